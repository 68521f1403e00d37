"""Drift of a segmentation's sizes between two days, compared with customers' ordinary coming and going."""

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
    """Drift between two days.

    `moves`: customers present on both days, by (place then, place now).
    `psi`: population stability index over these customers.
    `null`: quantile of `psi` if each customer's two places had a random order.
    `chi2`, `p`: Stuart-Maxwell test of equal sizes; `p` is None where nobody moved.
    `psi_of_all`: index over all customers of each day, including those who came or went.
    """

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
    """Compute the drift from counts of (place then, place now)."""
    table = np.array([[moves.get((a, b), 0) for b in places] for a in places], float)
    chi2, p = stuart_maxwell(table)
    then, now = table.sum(axis=1), table.sum(axis=0)
    return Drift(tuple(places), dict(moves), came, went, psi(then, now), psi_by_chance(table, seed), chi2, p)


def psi(then: Table, now: Table) -> float:
    """Population stability index, sum of (p_now - p_then) ln(p_now / p_then); an empty segment counts as half a
    customer.

    N. Siddiqi, Credit Risk Scorecards, 2006.
    """
    then, now = np.maximum(then, 0.5), np.maximum(now, 0.5)
    p, q = then / then.sum(), now / now.sum()
    return float(np.sum((q - p) * np.log(q / p)))


def psi_by_chance(table: Table, seed: int = 1) -> float:
    """`QUANTILE` of the index if each customer's two places were exchanged at random."""
    rng = np.random.default_rng(seed)
    size = len(table)
    above = np.triu_indices(size, 1)
    pairs = (table + table.T)[above].astype(int)
    flips = rng.binomial(pairs, 0.5, (DRAWS, len(pairs)))
    then = np.tile(np.diag(table), (DRAWS, 1))
    now = then.copy()
    for i, (a, b) in enumerate(zip(*above)):
        then[:, a] += flips[:, i]
        now[:, b] += flips[:, i]
        then[:, b] += pairs[i] - flips[:, i]
        now[:, a] += pairs[i] - flips[:, i]
    return float(np.quantile([psi(t, n) for t, n in zip(then, now)], QUANTILE))


def stuart_maxwell(table: Table) -> tuple[float, float | None]:
    """(chi-square, p) of equal margins in a square table; degrees of freedom are the places with movers, less one.

    A. Stuart, Biometrika 42, 1955; A. E. Maxwell, British Journal of Psychiatry 116, 1970.
    """
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    used = (rows + columns - 2 * np.diag(table)) > 0
    moving = table[np.ix_(used, used)]
    if len(moving) < 2:
        return 0.0, None
    d = (moving.sum(axis=1) - moving.sum(axis=0))[:-1]
    covariance = -(moving + moving.T)
    np.fill_diagonal(covariance, moving.sum(axis=1) + moving.sum(axis=0) - 2 * np.diag(moving))
    statistic = float(d @ np.linalg.pinv(covariance[:-1, :-1]) @ d)
    return statistic, float(stats.chi2.sf(statistic, len(moving) - 1))


def in_words(index: float, null: float) -> str:
    """Usual reading of an index, and whether chance explains it."""
    usual = "small" if index < 0.1 else "moderate" if index < 0.25 else "large"
    return f"{usual}, " + ("no more than chance gives" if index <= null else "more than chance gives")
