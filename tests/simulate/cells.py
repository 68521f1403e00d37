"""What is simulated, and what has to come of it: one row a cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import numpy as np
from scipy import stats

from segdsl.experiment import gain, judge
from tests.simulate import worlds as w

NOMINAL = 0.025  # of one side
FAIL = "INVALID", "NOT ANSWERABLE"


@dataclass(frozen=True)
class Cell:
    """`promoted` and `covers` are the borders (low, high) between which the shares have to lie; None: not asked.

    `false` is that of promotions of rates that truly foretell no better: segments of nothing have rates that are a little
    worse or better by luck, and inference is about the rates.

    `error` is the share of two-sided p below 5 % where the true gain is 0; `answered` the share that isn't INVALID or NOT
    ANSWERABLE; `as_designed` by how much the power of the single test may differ from the one to be expected.
    """

    name: str
    world: w.World
    origins: int
    detect: float
    promoted: tuple[float, float] | None = None
    false: tuple[float, float] | None = None
    covers: tuple[float, float] | None = None
    error: tuple[float, float] | None = None
    answered: tuple[float, float] | None = None
    as_designed: float | None = None
    kwargs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """Shares over `runs` runs of a cell by its number."""

    number: int
    runs: int
    promoted: float
    false: float
    covers: float
    error: float
    answered: float
    gain: float
    power: float  # how often the interval lies above 0, whatever else is asked: `pooled` of segments of nothing
    designed: float

    @property
    def pooled(self) -> float:
        return self.power

    @property
    def cell(self) -> Cell:
        return CELLS[self.number]

    def wrong(self, confidence: float = 0.999) -> list[str]:
        """The shares that lie outside of their borders by more than chance."""
        found = []
        for name in ("promoted", "false", "covers", "error", "answered"):
            borders, share = getattr(self.cell, name), getattr(self, name)
            if borders is not None and not _within(share, self.runs, borders, confidence):
                found.append(f"{self.cell.name}: {name} {share:.2%}, not within {borders[0]:.1%} to {borders[1]:.1%}")
        slack = self.cell.as_designed
        if slack is not None:
            borders = (max(0.0, self.designed - slack), min(1.0, self.designed + slack))
            if not _within(self.power, self.runs, borders, confidence):
                found.append(f"{self.cell.name}: power {self.power:.2%}, designed {self.designed:.2%}")
        return found


def _within(share: float, runs: int, borders: tuple[float, float], confidence: float) -> bool:
    """Whether a share of runs is one that chance gives somewhere between the borders (exact binomial)."""
    count, tail = round(share * runs), (1 - confidence) / 2
    above = stats.binom.sf(count - 1, runs, borders[1])  # so many or more
    below = stats.binom.cdf(count, runs, borders[0])
    return bool(above >= tail and below >= tail)


FREE = {"plan": False}
APART = {"plan": False, "apart": True}
CELLS = [
    Cell("nothing is foretold by either", w.noise(), 4, 1e-9, false=(0, NOMINAL), covers=(0.94, 0.97), kwargs=FREE),
    Cell("nothing, and a gain worth a pilot is asked", w.noise(), 4, 0.005, promoted=(0, 0.001), covers=(0.94, 0.97), kwargs=FREE),
    Cell("60 random parts of 4 segments", w.sliced(), 4, 1e-9, promoted=(0, 0.001), kwargs=FREE),
    Cell("quarter shocks, 3 origins", w.shocks(), 3, 1e-9, promoted=(0, NOMINAL), kwargs=APART),
    Cell("quarter shocks, 4 origins", w.shocks(), 4, 1e-9, promoted=(0, NOMINAL), kwargs=APART),
    Cell("quarter shocks, 5 origins", w.shocks(), 5, 1e-9, promoted=(0, NOMINAL + 0.002), kwargs=APART),
    Cell("shocks that last from quarter to quarter", w.shocks(lasting=0.7), 4, 1e-9, kwargs=FREE),
    Cell("parents of 10 accounts, ICC .1", w.families(), 3, 1e-9, false=(0, NOMINAL), covers=(0.94, 0.99), kwargs=FREE),
    Cell("the same, parents ignored", w.families(), 3, 1e-9, covers=(0.0, 0.92), kwargs={**FREE, "clustered": False}),
    Cell("money that few spend", w.amounts(), 4, 1e-9, false=(0, NOMINAL), covers=(0.93, 0.97), kwargs=FREE),
    Cell("few events: 500 customers, one in 85 leaves", w.better(500, 0.005, 0.04), 4, 1e-9, false=(0, NOMINAL), covers=(0.9, 0.97), kwargs=FREE),
    Cell("few events, and nothing is foretold", w.noise(500, 0.01), 4, 1e-9, promoted=(0, NOMINAL), covers=(0.93, 0.97), kwargs=FREE),
    Cell("12 parents: signs are flipped", w.families(parents=12), 3, 1e-9, false=(0, NOMINAL), covers=(0.94, 1.0), kwargs=FREE),
    Cell("a real gain, as many as were planned", w.better(6_000), 4, 0.02, promoted=(0.8, 1.0), covers=(0.93, 0.97), answered=(0.9, 1.0)),
    Cell("a gain 1.6 times the registered one", w.better(6_000, 0.08, 0.16), 4, 0.004, promoted=(0.8, 1.0), covers=(0.93, 0.97), answered=(0.9, 1.0)),
    Cell("power as designed", w.better(4_000, 0.08, 0.15), 2, 1e-9, as_designed=0.02),
    Cell("too few to find it", w.better(400), 2, 0.01, answered=(0.0, 0.5)),
]  # fmt: skip


def run(number: int, runs: int, seed: int = 1) -> Found:
    """The same runs for the same seed, whichever cells are run beside."""
    cell, said = CELLS[number], []
    for i in range(runs):
        rng = np.random.default_rng([seed, number, i])
        said.append(w.backtest(cell.world, rng, cell.origins, cell.detect, **cell.kwargs))
    answered = [s for s in said if not s.verdict.startswith(FAIL)]
    return Found(
        number, runs, float(np.mean([s.verdict.startswith("PROMOTE") for s in said])),
        float(np.mean([s.verdict.startswith("PROMOTE") and s.truth <= 0 for s in said])), float(np.mean([s.covers for s in answered])) if answered else 0.0,
        float(np.mean([s.p < 0.05 for s in said])), len(answered) / runs, float(np.mean([s.truth for s in said])),
        float(np.mean([s.p < 0.05 and s.estimate > 0 for s in said])), float(np.mean([s.designed for s in said])),
    )  # fmt: skip


def holm_runs(runs: int, seed: int = 1, count: int = 5) -> tuple[float, float]:
    """How often one of several candidates of nothing is promoted falsely: by Holm, and if each were judged alone."""
    both = [0, 0]
    for i in range(runs):
        made = w.candidates(np.random.default_rng([seed, 1_000, i]), count)
        alone = [judge.judge(origins, 1e-9, {}) for origins, _ in made]
        levels = gain.holm({str(c): j.estimate.p for c, j in enumerate(alone)}, 0.05)
        together = [judge.judge(origins, 1e-9, {}, alpha=levels[str(c)]) for c, (origins, _) in enumerate(made)]
        for n, judged in enumerate((together, alone)):
            both[n] += any(j.verdict.word.startswith("PROMOTE") and truth <= 0 for j, (_, truth) in zip(judged, made))
    return both[0] / runs, both[1] / runs


def three_se(nominal: float, runs: int) -> float:
    return nominal + 3 * sqrt(nominal * (1 - nominal) / runs)
