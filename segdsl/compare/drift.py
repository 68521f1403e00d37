"""One segmentation on two days -> how its segments' sizes moved, beside what customers' coming and going gives anyway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Table = npt.NDArray[np.float64]
DRAWS = 2_000
QUANTILE = 0.95


@dataclass(frozen=True)
class Drift:
    """`moves` counts customers there on both days by (place then, place now). `psi` is over them, with the quantile it has
    where every customer's two places are in an order of chance; `p` that of the sizes being the same (Stuart-Maxwell), None
    where nobody moved. `psi_of_all` is over all who were there on each day: who came and went is in it."""

    places: tuple[str, ...]
    moves: Mapping[tuple[str, str], int]
    came: int
    went: int
    psi: float
    null: float
    chi2: float
    p: float | None
    psi_of_all: float = 0.0

    @property
    def customers(self) -> int:
        return sum(self.moves.values())

    @property
    def moved(self) -> int:
        return sum(n for (a, b), n in self.moves.items() if a != b)


def drift(
    moves: Mapping[tuple[str, str], int], places: Sequence[str], came: int = 0, went: int = 0, seed: int = 1
) -> Drift:
    """From the counts of who was where then and is where now."""
    table = np.array([[moves.get((a, b), 0) for b in places] for a in places], float)
    chi2, p = stuart_maxwell(table)
    then, now = table.sum(axis=1), table.sum(axis=0)
    return Drift(tuple(places), dict(moves), came, went, psi(then, now), psi_by_chance(table, seed), chi2, p)


def psi(then: Table, now: Table) -> float:
    """Population stability index: sum of (p_now - p_then) ln(p_now / p_then) over the segments (N. Siddiqi, Credit Risk
    Scorecards, 2006). A segment that was or is empty counts as half a customer."""
    then, now = np.maximum(then, 0.5), np.maximum(now, 0.5)
    p, q = then / then.sum(), now / now.sum()
    return float(np.sum((q - p) * np.log(q / p)))


def psi_by_chance(table: Table, seed: int = 1) -> float:
    """The `QUANTILE` of the index where each customer's two places might as well have been the other way round."""
    rng = np.random.default_rng(seed)
    size = len(table)
    above = np.triu_indices(size, 1)
    pairs = (table + table.T)[above].astype(int)
    there = rng.binomial(pairs, 0.5, (DRAWS, len(pairs)))
    then = np.tile(np.diag(table), (DRAWS, 1))
    now = then.copy()
    for i, (a, b) in enumerate(zip(*above)):
        then[:, a] += there[:, i]
        now[:, b] += there[:, i]
        then[:, b] += pairs[i] - there[:, i]
        now[:, a] += pairs[i] - there[:, i]
    return float(np.quantile([psi(t, n) for t, n in zip(then, now)], QUANTILE))


def stuart_maxwell(table: Table) -> tuple[float, float | None]:
    """Whether the margins of a square table are the same: chi-square with one degree of freedom less than places somebody
    moved from or to (A. Stuart, Biometrika 42, 1955; A. E. Maxwell, British Journal of Psychiatry 116, 1970)."""
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    used = (rows + columns - 2 * np.diag(table)) > 0
    kept = table[np.ix_(used, used)]
    if len(kept) < 2:
        return 0.0, None
    d = (kept.sum(axis=1) - kept.sum(axis=0))[:-1]
    covariance = -(kept + kept.T)
    np.fill_diagonal(covariance, kept.sum(axis=1) + kept.sum(axis=0) - 2 * np.diag(kept))
    statistic = float(d @ np.linalg.pinv(covariance[:-1, :-1]) @ d)
    return statistic, float(stats.chi2.sf(statistic, len(kept) - 1))


def in_words(index: float, null: float) -> str:
    """How an index is usually read, and whether chance gives it."""
    usual = "small" if index < 0.1 else "moderate" if index < 0.25 else "large"
    return f"{usual}, " + ("no more than chance gives" if index <= null else "more than chance gives")
