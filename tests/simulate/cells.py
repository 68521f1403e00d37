"""What is simulated, and what has to come of it: one row a cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from scipy import stats

from segdsl.experiment.history import judge
from segdsl.experiment.shared import gain
from tests.simulate import pilots as p
from tests.simulate import worlds as w

NOMINAL = 0.025  # of one side
FAIL = "INVALID", "NOT ANSWERABLE"


@dataclass(frozen=True)
class Cell:
    """`promoted` and `covers` are the borders (low, high) between which the shares have to lie; None: not asked.

    `false` is that of promotions of rates that truly foretell no better: segments of nothing have rates that are a little
    worse or better by luck, and inference is about the rates.

    `error` is the share of two-sided p below 5 % where the true gain is 0; `answered` the share that isn't INVALID or NOT
    ANSWERABLE; `as_designed` by how much the power of the single test may differ from the one to be expected (of a backtest: tests/experiment/planning/test_power.py).
    """

    name: str
    once: p.Once
    promoted: tuple[float, float] | None = None
    false: tuple[float, float] | None = None
    covers: tuple[float, float] | None = None
    error: tuple[float, float] | None = None
    answered: tuple[float, float] | None = None
    as_designed: float | None = None


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


def backtest(
    name: str, world: w.World, origins: int, detect: float, kwargs: Mapping[str, Any] | None = None, **borders: Any
) -> Cell:
    return Cell(name, lambda rng: w.backtest(world, rng, origins, detect, **(kwargs or {})), **borders)


BACKTESTS = [
    backtest("nothing is foretold by either", w.noise(), 4, 1e-9, false=(0, NOMINAL), covers=(0.94, 0.97), kwargs=FREE),
    backtest("nothing, and a gain worth a pilot is asked", w.noise(), 4, 0.005, promoted=(0, NOMINAL), covers=(0.94, 0.97), kwargs=FREE),
    backtest("60 random parts of 4 segments", w.sliced(), 4, 1e-9, promoted=(0, 0.001), kwargs=FREE),
    backtest("quarter shocks, 3 origins", w.shocks(), 3, 1e-9, promoted=(0, 0.04), kwargs=APART),
    backtest("quarter shocks, 4 origins", w.shocks(), 4, 1e-9, promoted=(0, 0.03), kwargs=APART),
    backtest("quarter shocks, 5 origins", w.shocks(), 5, 1e-9, promoted=(0, 0.03), kwargs=APART),
    backtest("shocks that last from quarter to quarter", w.shocks(lasting=0.7), 4, 1e-9, kwargs=FREE),
    backtest("parents of 10 accounts, ICC .1", w.families(), 3, 1e-9, false=(0, NOMINAL), covers=(0.94, 0.99), kwargs=FREE),
    backtest("the same, parents ignored", w.families(), 3, 1e-9, covers=(0.0, 0.92), kwargs={**FREE, "clustered": False}),
    backtest("money that few spend", w.amounts(), 4, 1e-9, false=(0, NOMINAL), covers=(0.93, 0.97), kwargs=FREE),
    backtest("few events: 500 customers, one in 85 leaves", w.better(500, 0.005, 0.04), 4, 1e-9, false=(0, NOMINAL), covers=(0.9, 0.97), kwargs=FREE),
    backtest("few events, and nothing is foretold", w.noise(500, 0.01), 4, 1e-9, promoted=(0, NOMINAL), covers=(0.93, 0.97), kwargs=FREE),
    backtest("12 parents: signs are flipped", w.families(parents=12), 3, 1e-9, false=(0, NOMINAL), covers=(0.94, 1.0), kwargs=FREE),
    backtest("a real gain, as many as were planned", w.better(6_000), 4, 0.02, promoted=(0.8, 1.0), covers=(0.93, 0.97), answered=(0.9, 1.0)),
    backtest("a gain 1.6 times the registered one", w.better(6_000, 0.08, 0.16), 4, 0.004, promoted=(0.8, 1.0), covers=(0.93, 0.97), answered=(0.9, 1.0)),
    backtest("1,000 accounts, a gain of 4 % where .5 % is registered", w.staying(1_000, 0.01, 0.055), 4, 0.005, promoted=(0.85, 1.0), answered=(0.9, 1.0)),
    backtest("the same, 1 % is registered", w.staying(1_000, 0.01, 0.055), 4, 0.01, promoted=(0.85, 1.0), answered=(0.9, 1.0)),
    backtest("2,000 accounts, a gain of 2.8 %", w.staying(2_000, 0.01, 0.039), 4, 0.005, promoted=(0.85, 1.0), answered=(0.9, 1.0)),
    backtest("1,000 accounts, no gain", w.staying(1_000, 0.01, 0.01), 4, 0.005, promoted=(0, NOMINAL)),
    backtest("too few to find it", w.noise(400), 4, 0.005, answered=(0.0, 0.5)),
]  # fmt: skip
NOTHING = {"promoted": (0, NOMINAL), "covers": (0.94, 0.96)}
FOUND = {"promoted": (0.78, 1.0), "covers": (0.94, 0.96), "answered": (0.9, 1.0)}
PILOTS = [
    Cell("pilot: nothing, 400 an arm, a tenth", p.shares(400, 0.1), **NOTHING),
    Cell("pilot: nothing, 20 an arm, a fifth", p.shares(20, 0.2), promoted=(0, NOMINAL), covers=(0.94, 0.98)),
    Cell("pilot: nothing, 40 an arm, one in 33", p.shares(40, 0.03), promoted=(0, NOMINAL), covers=(0.94, 1.0)),
    Cell("pilot: ten points more, 40 an arm", p.shares(40, 0.1, 0.2), covers=(0.94, 0.97)),
    Cell("few: a 50th against 9 %, 20 an arm", p.few(20, 0.02), covers=(0.94, 1.0)),
    Cell("few: the same, by Welch", p.few(20, 0.02, welch=True), covers=(0.6, 0.93)),
    Cell(
        "pilot: power as designed, a tenth to 16 %", p.shares(524, 0.1, 0.06, designed=True), **FOUND, as_designed=0.02
    ),
    Cell("pilot: cells that differ much", p.strata(), **NOTHING),
    Cell("pilot: cells that differ much, and an effect", p.strata(lift=0.1), covers=(0.94, 0.96)),
    Cell("the same, cells forgotten: covers too much", p.strata(pooled=True), covers=(0.965, 0.995)),
    Cell("pilot: the same customers, arms drawn anew (conservative)", p.rerandomised(), covers=(0.94, 1.0)),
    Cell("Simpson: halves with other shares, kept apart", p.simpson(), **NOTHING),
    Cell("the same, forgotten", p.simpson(kept=False), covers=(0.0, 0.5)),
    Cell("pilot: money that few spend, 60 an arm", p.money(60), promoted=(0, NOMINAL)),
    Cell("pilot: money that few spend, 600 an arm", p.money(600), promoted=(0, NOMINAL), covers=(0.94, 0.96)),
    Cell("pilot: a gain and one outlier, winsorised", p.outlier(), promoted=(0.9, 1.0)),
    Cell("the same, not winsorised", p.outlier(winsorise=None), promoted=(0, 0.01)),
    Cell("pilot: adjusted for before (rho .7), nothing", p.adjusted(200), **NOTHING),
    Cell("pilot: adjusted, power as designed", p.adjusted(101, lift=0.283, designed=True), **FOUND, as_designed=0.02),
    Cell("pilot: revenue per starting revenue", p.ratio(), **NOTHING),
    Cell("the worst of last quarter: before and after is no effect", p.regression_to_the_mean(), **NOTHING),
    Cell("pilot: 60 parents of 10, ICC .1", p.families(), **NOTHING, error=(0.04, 0.06)),
    Cell("the same, parents ignored", p.families(ignored=True), error=(0.14, 0.18)),
    Cell("pilot: parents of 1 to 30, in strata by size", p.unequal(), promoted=(0, 0.03), covers=(0.93, 0.96)),
    Cell("a fifth differs: whole base, 28,256", p.of_those_who_differ(True), as_designed=0.03),
    Cell("a fifth differs: only they, 1,132 (d\u00b2)", p.of_those_who_differ(False), as_designed=0.03),
    Cell("looks: 5, registered", p.looked(5, "registered"), error=(0.0, 0.05), covers=(0.95, 1.0)),
    Cell("looks: 20, registered", p.looked(20, "registered"), error=(0.0, 0.05), covers=(0.95, 1.0)),
    Cell("looks: 20, unregistered", p.looked(20, "unregistered"), error=(0.235, 0.26)),
    Cell("looks: 20, on any day", p.looked(20, "any day"), error=(0.0, 0.05), covers=(0.95, 1.0)),
    Cell("looks: 5, registered, power as designed", p.planned(5, "registered"), as_designed=0.02),
    Cell("looks: on any day, power as designed", p.planned(20, "any day"), as_designed=0.02),
    Cell("six in ten reached: by the arm drawn", p.half_delivered(), promoted=(0.7, 1.0), covers=(0.94, 0.96)),
    Cell("six in ten reached: those whom it reached", p.half_delivered(complier=True), covers=(0.94, 0.96)),
    Cell("bad ones vanish from one arm", p.lost(), promoted=(0, NOMINAL), answered=(0.0, 0.02)),
    Cell("bad ones' outcomes are missing", p.lost(as_zero=True), promoted=(0, 0.001), answered=(0.0, 0.001)),
    Cell("fewer than one in a hundred missing, all bad", p.few_lost(), promoted=(0, NOMINAL), answered=(0.9, 1.0)),
    Cell("guardrail worse by its margin, in points", p.guarded(), promoted=(0, NOMINAL + 0.001)),
    Cell("guardrail worse by its margin, relative", p.guarded(relative=True), promoted=(0, NOMINAL + 0.001)),
    Cell("guardrail worse by half, of nearly nothing", p.near_zero(), promoted=(0, NOMINAL + 0.004)),
    Cell("the good side registered", p.sign(), **NOTHING),
    Cell("the good side picked afterwards", p.sign(after=True), promoted=(0.04, 0.06)),
    Cell("another pilot on the same customers, own arms", p.overlapping(), **NOTHING),
    Cell("the same with one seed", p.overlapping(shared=True), promoted=(0.9, 1.0)),
    Cell("twenty cells of nothing: one is called different", p.many_cells(), error=(0.0, 0.06)),
    Cell("three candidates of nothing, by Holm", p.candidates(), promoted=(0, NOMINAL)),
    Cell("the same, each alone", p.candidates(together=False), promoted=(0.05, 0.08)),
    Cell("replay: 1 in 2 got it", p.replayed(2_000, 0.5), **NOTHING, answered=(0.9, 1.0)),
    Cell("replay: 1 in 5 got it, and it helps", p.replayed(3_000, 0.2, 0.1), **FOUND),
    Cell(
        "replay: 1 in 20 got it",
        p.replayed(3_200, 0.05),
        promoted=(0, NOMINAL),
        covers=(0.935, 0.96),
        answered=(0.9, 1.0),
    ),
    Cell("replay: 1 in 20 got it, doubly robust", p.replayed(3_200, 0.05, robust=True), covers=(0.935, 0.96)),
    Cell("replay: 1 in 20 of too few", p.replayed(1_500, 0.05), answered=(0.0, 0.05)),
    Cell(
        "replay: the best of ten of nothing, on the other half", p.chosen(), promoted=(0, NOMINAL), covers=(0.94, 0.96)
    ),
    Cell("the same, on its own half", p.chosen(honest=False), promoted=(0.1, 0.3)),
    Cell("replay: the same customers on three days", p.days(), **NOTHING),
    Cell("counted: by what was known before", p.selected(), **NOTHING),
    Cell("the same, by who answered after", p.selected(when="answered"), covers=(0.0, 0.5)),
    Cell("the same, by who is still there", p.selected(when="stayed"), covers=(0.0, 0.5)),
    Cell("pilot: arms by the hash of the command", p.by_the_command(), **NOTHING),
]
CELLS = [*BACKTESTS, *PILOTS]


def run(number: int, runs: int, seed: int = 1) -> Found:
    """The same runs for the same seed, whichever cells are run beside."""
    cell, said = CELLS[number], []
    for i in range(runs):
        rng = np.random.default_rng([seed, number, i])
        said.append(cell.once(rng))
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
        alone = [judge.judge(origins, w.pooled(origins), 1e-9, {}) for origins, _ in made]
        levels = gain.holm({str(c): j.estimate.p for c, j in enumerate(alone)}, 0.05)
        together = [
            judge.judge(origins, w.pooled(origins), 1e-9, {}, alpha=levels[str(c)])
            for c, (origins, _) in enumerate(made)
        ]
        for n, judged in enumerate((together, alone)):
            both[n] += any(j.verdict.word.startswith("PROMOTE") and truth <= 0 for j, (_, truth) in zip(judged, made))
    return both[0] / runs, both[1] / runs


def three_se(nominal: float, runs: int) -> float:
    return nominal + 3 * sqrt(nominal * (1 - nominal) / runs)
