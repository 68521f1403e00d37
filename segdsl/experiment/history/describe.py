"""Descriptive figures of a segmentation, from groups of customers with one frozen rate.

No figure here decides anything: split any segment at random into sixty parts, and most figures improve on the same
customers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.stats import contingency


@dataclass(frozen=True, slots=True)
class Group:
    """Customers with one frozen rate on one day.

    `n`: customers.
    `mean`: mean outcome.
    `m2`: sum of squared deviations from the mean.
    `day`: number of the origin.
    """

    place: str
    rate: float
    n: int
    mean: float
    m2: float
    day: int = 0


@dataclass(frozen=True, slots=True)
class Description:
    """Association between segments and outcome. All fields after `omega2` are None unless the outcome is a yes or no.

    `eta2`, `omega2`: share of the outcome's variance between segments.
    `cramers_v`: Cramér's V.
    `information`: mutual information, in bits.
    `auc`: area under the ROC curve of the frozen rates, mean over days, with DeLong's interval.
    `top_tenth`: share of all events found among the tenth of each day with the highest rates.
    `murphy`: reliability, resolution and uncertainty of the Brier score.
    """

    eta2: float
    omega2: float
    cramers_v: float | None = None
    information: float | None = None
    auc: tuple[float, float, float] | None = None
    top_tenth: float | None = None
    murphy: tuple[float, float, float] | None = None  # reliability, resolution, uncertainty


def describe(groups: Sequence[Group], binary: bool, alpha: float = 0.05) -> Description:
    """Compute the figures for `groups`; `alpha` is the two-sided error of the AUC's interval."""
    occupied = [g for g in groups if g.n]
    eta2, omega2 = explained_variance(occupied)
    if not binary:
        return Description(eta2, omega2)
    yes = {g.place: 0.0 for g in occupied}
    no = dict(yes)
    for g in occupied:
        yes[g.place] += g.n * g.mean
        no[g.place] += g.n * (1 - g.mean)
    table = np.array([list(yes.values()), list(no.values())])
    if len(yes) < 2 or not table.sum(axis=1).all():
        return Description(eta2, omega2, murphy=murphy(occupied))
    v = float(contingency.association(np.rint(table).astype(int), method="cramer"))
    return Description(eta2, omega2, v, information(table), auc(occupied, alpha), top_tenth(occupied), murphy(occupied))


def explained_variance(groups: Sequence[Group]) -> tuple[float, float]:
    """Return (eta^2, omega^2), with segments pooled over origins.

    eta^2 = SS_between / SS_total; omega^2 = (SS_between - (k - 1) MS_within) / (SS_total + MS_within), 0 on average
    where segments say nothing (W. L. Hays, Statistics, 1963).
    """
    merged: dict[str, list[Group]] = {}
    for g in groups:
        merged.setdefault(g.place, []).append(g)
    n = sum(g.n for g in groups)
    overall = sum(g.n * g.mean for g in groups) / n
    between = within = 0.0
    for groups_of_place in merged.values():
        size = sum(g.n for g in groups_of_place)
        mean = sum(g.n * g.mean for g in groups_of_place) / size
        between += size * (mean - overall) ** 2
        within += sum(g.m2 + g.n * (g.mean - mean) ** 2 for g in groups_of_place)
    total, k = between + within, len(merged)
    if total == 0 or n <= k:
        return 0.0, 0.0
    error = within / (n - k)
    return between / total, (between - (k - 1) * error) / (total + error)


def information(table: np.ndarray) -> float:
    """Mutual information of segment and outcome in bits (C. E. Shannon, 1948); 0 where segment and outcome are
    independent.
    """
    p = table / table.sum()
    expected = p.sum(axis=1, keepdims=True) * p.sum(axis=0, keepdims=True)
    seen = p > 0
    return float(np.sum(p[seen] * np.log2(p[seen] / expected[seen])))


def by_day(groups: Sequence[Group]) -> list[list[Group]]:
    """Split groups by day: rates learned in different windows aren't comparable, and a call list is made on one day."""
    days: dict[int, list[Group]] = {}
    for g in groups:
        days.setdefault(g.day, []).append(g)
    return list(days.values())


def auc(groups: Sequence[Group], alpha: float = 0.05) -> tuple[float, float, float] | None:
    """Mean area under the ROC curve over the days with both outcomes, with its interval; None without such a day."""
    days = [
        _area(groups_of_day)
        for groups_of_day in by_day(groups)
        if 0 < sum(g.n * g.mean for g in groups_of_day) < sum(g.n for g in groups_of_day)
    ]
    if not days:
        return None
    area = sum(a for a, _ in days) / len(days)
    half = float(stats.norm.ppf(1 - alpha / 2)) * sum(v for _, v in days) ** 0.5 / len(days)
    return area, max(0.0, area - half), min(1.0, area + half)


def _area(groups: Sequence[Group]) -> tuple[float, float]:
    """Return (area, variance) for one day: the chance that a customer with the outcome has the higher rate, ties
    counted by half.

    The variance is by E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, Biometrics 44 (1988). The rates are frozen:
    nothing was fitted to these customers.
    """
    rate = np.array([g.rate for g in groups])
    yes = np.array([g.n * g.mean for g in groups])
    no = np.array([g.n * (1 - g.mean) for g in groups])
    beats = (rate[:, None] > rate[None, :]) + 0.5 * (rate[:, None] == rate[None, :])
    of_yes, of_no = beats @ no / no.sum(), yes @ beats / yes.sum()  # placements of each group's events and non-events
    area = float(yes @ of_yes / yes.sum())
    variance = 0.0
    for weights, placed in ((yes, of_yes), (no, of_no)):
        count = weights.sum()
        if count > 1:
            variance += float(weights @ np.square(placed - area)) / (count - 1) / count
    return area, variance


def top_tenth(groups: Sequence[Group]) -> float:
    """Share of all events found among the tenth of each day with the highest rates.

    A segment that straddles the tenth counts in part; segments with equal rates are treated as one.
    """
    return sum(_caught(groups_of_day) for groups_of_day in by_day(groups)) / sum(g.n * g.mean for g in groups)


def _caught(groups: Sequence[Group]) -> float:
    """Count the events in a day's tenth; customers at the border rate contribute their average."""
    room, caught = sum(g.n for g in groups) / 10, 0.0
    for rate in sorted({g.rate for g in groups}, reverse=True):
        alike = [g for g in groups if g.rate == rate]
        size = sum(g.n for g in alike)
        customers = min(room, size)
        caught, room = caught + customers * sum(g.n * g.mean for g in alike) / size, room - customers
    return caught


def murphy(groups: Sequence[Group]) -> tuple[float, float, float]:
    """Brier score = reliability - resolution + uncertainty (A. H. Murphy, J. Applied Meteorology 12, 1973), over groups
    of one rate.
    """
    n = sum(g.n for g in groups)
    overall = sum(g.n * g.mean for g in groups) / n
    reliability = sum(g.n * (g.rate - g.mean) ** 2 for g in groups) / n
    resolution = sum(g.n * (g.mean - overall) ** 2 for g in groups) / n
    return reliability, resolution, overall * (1 - overall)
