"""What a condition between origins costs and what it is good for, into frontier.txt: `python -m tests.simulate.frontier`.

A backtest is drawn by what each of its K origins finds, normal around the gain of that origin with a standard error of 1. The gain of an
origin is the true one and a shock, normal or (as where segments of both have shocks) a difference of two chi-squares of 3.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import stats

from segdsl.experiment.shared import gain

RESULTS = Path(__file__).parent / "frontier.txt"
RUNS = int(os.environ.get("SEGDSL_RUNS", "100000"))
SHOCKS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)
Z = stats.norm.ppf(0.975)
Condition = Callable[[gain.Array, gain.Array], npt.NDArray[np.bool_]]


def drawn(origins: int, size: float, shock: float, kind: str) -> tuple[gain.Array, gain.Array]:
    """What each origin of each run finds, and its error: the same draws for every condition."""
    rng = np.random.default_rng([origins, round(size * 1_000), round(shock * 100)])
    shape = (RUNS, origins)
    shocks = (
        rng.normal(size=shape)
        if kind == "normal"
        else (rng.chisquare(3, shape) - rng.chisquare(3, shape)) / np.sqrt(12)
    )
    return size + shock * shocks + rng.normal(size=shape), np.ones(shape)


def pooled(gains: gain.Array, ses: gain.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(gains.mean(-1) > Z / np.sqrt(gains.shape[-1]))


def every(gains: gain.Array, ses: gain.Array) -> npt.NDArray[np.bool_]:
    return np.asarray((gains > 0).all(-1))


def between(gains: gain.Array, ses: gain.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(gain.between(gains, ses, 0.05)[0] > 0)


def knapp_hartung(gains: gain.Array, ses: gain.Array) -> npt.NDArray[np.bool_]:
    origins = gains.shape[-1]
    return np.asarray(gains.mean(-1) > stats.t.ppf(0.975, origins - 1) * gains.std(-1, ddof=1) / np.sqrt(origins))


def where_q_is_below(p: float) -> Condition:
    """The interval between origins is asked for only where Cochran's Q has a smaller p."""

    def condition(gains: gain.Array, ses: gain.Array) -> npt.NDArray[np.bool_]:
        q = np.square(gains - gains.mean(-1, keepdims=True)).sum(-1)
        return np.asarray(between(gains, ses) | (stats.chi2.sf(q, gains.shape[-1] - 1) >= p))

    return condition


CONDITIONS: dict[str, tuple[Condition, ...]] = {
    "none": (),
    "a gain at every origin": (every,),
    "between and every origin (until now)": (between, every),
    "between (chosen)": (between,),
    "Knapp and Hartung's t": (knapp_hartung,),
    **{f"between where Q has p < {p:g}": (where_q_is_below(p),) for p in (0.3, 0.2, 0.1, 0.05)},
    **{f"the same and every origin, {p:g}": (where_q_is_below(p), every) for p in (0.3, 0.2, 0.1, 0.05)},
}


def share(conditions: tuple[Condition, ...], origins: int, size: float, shock: float, kind: str = "normal") -> float:
    """Of runs that are promoted: the pooled interval lies above 0, and every condition holds."""
    gains, ses = drawn(origins, size, shock, kind)
    return float(np.logical_and.reduce([pooled(gains, ses), *(c(gains, ses) for c in conditions)]).mean())


def lines() -> list[str]:
    """For each number of origins a table of conditions."""
    said = [
        f"{RUNS:,} runs a cell; shocks in errors of an origin, {SHOCKS[0]:g} to {SHOCKS[-1]:g}; power where the pooled gain is 2.8, 3.5, 4.5 of its errors",
        "",
    ]
    for origins in (3, 4, 5):
        said += [
            f"{origins} origins{'':30}  worst false promotion: normal  chi-square   power without shocks    with shocks of 1 error",
        ]
        for name, conditions in CONDITIONS.items():
            worst = []
            for kind in ("normal", "chi-square"):
                most, at = max((share(conditions, origins, 0.0, s, kind), s) for s in SHOCKS)
                worst.append(f"{most:6.2%} at {at:<4g}")
            sizes = [z / np.sqrt(origins) for z in (2.8, 3.5, 4.5)]
            powers = [
                "  ".join(f"{share(conditions, origins, size, shock):6.1%}" for size in sizes) for shock in (0.0, 1.0)
            ]
            said.append(f"{name:40} {worst[0]:>27} {worst[1]:>14}   {powers[0]}   {powers[1]}")
        said.append("")
    return said


if __name__ == "__main__":
    text = "\n".join(lines())
    RESULTS.write_text(text, encoding="utf-8")
    print(text)
