"""Units in two arms -> whether chance can have drawn them: p of the arms' sizes, of the days on which units came in, and of what was known of them before."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import stats

EXACT = 1_000  # units below which the test of the arms' sizes is exact
LEAST_EXPECTED = 5  # units of the smaller arm in each period of a chi-square
Days = npt.NDArray[np.int64]


def srm(incumbent: int, candidate: int, share: float) -> float:
    """p of a sample ratio mismatch: the arms' sizes against the share that the candidate's was to have. Exact below `EXACT` units,
    else Pearson's chi-square (A. Fabijan et al., Diagnosing Sample Ratio Mismatch, KDD 2019)."""
    n = incumbent + candidate
    if n < EXACT:
        return float(stats.binomtest(candidate, n, share).pvalue) if n else 1.0
    return float(stats.chisquare([incumbent, candidate], [n * (1 - share), n * share]).pvalue)


def on_same_days(days: Days, arm: npt.NDArray[np.bool_]) -> float:
    """p of both arms' units coming in on the same days: the smallest of three tests times their number (Bonferroni).

    `days` are ordinals, a unit each; `arm` is whether it is in the candidate's, and neither arm is empty. The tests are of ranks, ties corrected (H. B.
    Mann, D. R. Whitney, Annals of Mathematical Statistics 18, 1947), which sees that an arm came later; and Pearson's chi-square by week and by day, which
    sees that they took turns. Periods that follow each other are joined until each expects `LEAST_EXPECTED` units of the smaller arm.
    """
    if days.min() == days.max():
        return 1.0
    ranks = float(stats.mannwhitneyu(days[arm], days[~arm], method="asymptotic").pvalue)
    return min(1.0, 3 * min(ranks, *(_by_period(days, arm, length) for length in (7, 1))))


# -- parts -----------------------------------------------------------------------------


def _by_period(days: Days, arm: npt.NDArray[np.bool_], length: int) -> float:
    # 1 January of year 1 was a Monday, and its ordinal is 1
    period = np.unique((days - 1) // length, return_inverse=True)[1]
    counts = np.array([np.bincount(period[mask], minlength=int(period.max()) + 1) for mask in (~arm, arm)])
    least = LEAST_EXPECTED * len(arm) / min(np.count_nonzero(arm), np.count_nonzero(~arm))
    joined = np.array(list(_joined(counts, least))).T
    return 1.0 if joined.shape[1] < 2 else float(stats.chi2_contingency(joined, correction=False).pvalue)


def _joined(counts: npt.NDArray[np.int64], least: float) -> Iterator[npt.NDArray[np.int64]]:
    """Columns that follow each other, summed until each has as many; what is left at the end goes with the last."""
    ends = [0]
    totals = np.concatenate([[0], counts.sum(axis=0).cumsum()])
    for i in range(1, len(totals)):
        if totals[i] - totals[ends[-1]] >= least:
            ends.append(i)
    for start, end in pairwise([0, *ends[1:-1], len(totals) - 1]):
        yield counts[:, start:end].sum(axis=1)
