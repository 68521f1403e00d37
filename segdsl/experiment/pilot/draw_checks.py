"""Checks that chance drew the arms: p-values of arm sizes and of entry days."""

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
    """p of a sample ratio mismatch, given the candidate arm's planned `share`.

    Exact below `EXACT` units, otherwise Pearson's chi-square (A. Fabijan et al., Diagnosing Sample Ratio Mismatch, KDD
    2019).
    """
    n = incumbent + candidate
    if n < EXACT:
        return float(stats.binomtest(candidate, n, share).pvalue) if n else 1.0
    return float(stats.chisquare([incumbent, candidate], [n * (1 - share), n * share]).pvalue)


def on_same_days(days: Days, arm: npt.NDArray[np.bool_]) -> float:
    """p of units entering both arms on the same days: the smallest of three tests times their number (Bonferroni).

    `days`: ordinal of each unit's entry.
    `arm`: whether the unit is in the candidate's arm; neither arm is empty.

    A rank test with ties corrected (H. B. Mann, D. R. Whitney, Annals of Mathematical Statistics 18, 1947) detects an
    arm that started later. Pearson's chi-square by week and by day detects arms that took turns; adjacent periods are
    joined until each expects `LEAST_EXPECTED` units of the smaller arm.
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
    """Sum adjacent columns until each sum reaches `least`; the remainder joins the last."""
    ends = [0]
    totals = np.concatenate([[0], counts.sum(axis=0).cumsum()])
    for i in range(1, len(totals)):
        if totals[i] - totals[ends[-1]] >= least:
            ends.append(i)
    for start, end in pairwise([0, *ends[1:-1], len(totals) - 1]):
        yield counts[:, start:end].sum(axis=1)
