"""Power of a backtest, estimated from the window before the first origin: before any judged outcome has happened."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, sqrt

import numpy as np
from scipy import special

from segdsl.experiment.history import judge
from segdsl.experiment.history.expected import Expected
from segdsl.experiment.shared import gain
from segdsl.experiment.shared.cells import Cells, Totals

Array = gain.Array

_Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Reach:
    """Smallest gain, in skill, that `customers` at each of `origins` find with the requested power; None where there is
    none.
    """

    origins: int
    customers: int
    least: float | None


def reach(x: Expected, power: float) -> tuple[Reach, ...]:
    """Smallest gains by number of origins (declared, and three to five) and by customers at each: half, as many, twice.

    More customers would also learn better rates; that isn't counted.
    """
    usual = sum(x.customers) / len(x.customers)
    rows = []
    for origins in sorted({3, 4, 5, len(x.customers)}):
        for times in (0.5, 1.0, 2.0):
            each = max(1, round(usual * times))
            rows.append(Reach(origins, each, replace(x, customers=(each,) * origins).least(power)))
    return tuple(rows)


def curve(x: Expected) -> tuple[tuple[float, float], ...]:
    """Gains from half the registered gain to eight times, each with its power."""
    return tuple(
        (size, x.power(size)) for size in (x.detect * times for times in (0.5, 1.0, 2.0, 4.0, 8.0)) if size < 1
    )


def expected(
    before: judge.Origin, customers: Sequence[int], detect: float, alpha: float = 0.05, follows: bool = True
) -> Expected | None:
    """Estimate a backtest's power; None where the window has no customers, no variance, or no difference between the
    rates.

    `before`: the cross-fitted window before the first origin.
    `customers`: customers at each origin.
    """
    units, parts = before.totals.clusters, before.scored
    if units < 2 or not sum(customers):
        return None
    variance, seen, distance = _moments(parts)
    if variance <= 0 or distance <= 0:
        return None
    _, se = gain.ratio(before.totals.gains, before.totals.sizes, before.totals.counts)
    n = before.totals.customers
    factor = se**2 * n / variance**2 / (4 * distance)
    open_ = exp(_Z_95 * _relative_error(before.totals))
    half = _half_width([_moments({f: p for f, p in parts.items() if f != fold}) for fold in parts])
    apart = distance - seen
    pairs = {place for cells in parts.values() for place in cells if None not in place}
    segments = [len({place[side] for place in pairs}) for side in (0, 1)]
    common = _parts(pairs)
    first, second = (n / (n + gain.SHRINK * k) for k in segments)
    return Expected(
        seen=seen,
        apart=apart,
        apart_low=apart - half,
        apart_high=apart + half,
        further=(segments[0] - common, segments[1] - common),
        drawn=(first, second),
        learners=round(n),
        factor=factor,
        customers=tuple(c for c in customers if c),
        clusters=units,
        detect=detect,
        alpha=alpha,
        follows=follows,
        factor_low=factor / open_,
        factor_high=factor * open_,
    )


def _relative_error(t: Totals) -> float:
    """Standard error of the logarithm of the clusters' sum of squared residuals: large where a few large clusters
    dominate.
    """
    squares = np.square(t.gains - (t.counts * t.gains).sum() / t.customers * t.sizes)
    total = float((t.counts * squares).sum())
    return sqrt(float((t.counts * np.square(squares - total / t.clusters)).sum())) / total if total > 0 else 0.0


def _parts(pairs: Collection[tuple[object, object]]) -> int:
    """Count the connected components of pairs of places that share a place: the parts in which both segmentations
    agree.
    """
    unvisited = set(pairs)
    components = 0
    while unvisited:
        components, near = components + 1, [unvisited.pop()]
        while near:
            a, b = near.pop()
            neighbours = {p for p in unvisited if p[0] == a or p[1] == b}
            unvisited -= neighbours
            near += neighbours
    return components


def _moments(parts: Mapping[int, Cells]) -> tuple[float, float, float]:
    """Return (variance of the outcome, gain, E(r_B - r_A)^2), the last two in skill, with each fold scored by rates of
    the others.
    """
    variance = judge.spread(c for cells in parts.values() for c in cells.values())[2]
    total = apart = 0.0
    n = 0
    for fold, cells in parts.items():
        rates = judge.rates_of(judge.without(parts, fold))
        for place, c in cells.items():
            if None not in place:
                first, second = (judge.rate_of(rates[i], place[i]) for i in (0, 1))
                total += c.known * ((c.mean - first) ** 2 - (c.mean - second) ** 2)
                apart += c.known * (second - first) ** 2
                n += c.known
    scale = variance * n
    return (variance, total / scale, apart / scale) if scale > 0 else (0.0, 0.0, 0.0)


def _half_width(left_out: Sequence[tuple[float, float, float]]) -> float:
    """Half of the 95 % interval of `apart`, by the jackknife over folds: (J - 1) / J sum (x_j - x)^2, t with J - 1
    degrees of freedom.

    K. M. Wolter, Introduction to Variance Estimation, 2nd ed., 2007, equation 4.2.4.
    """
    x = np.array([distance - seen for variance, seen, distance in left_out if variance > 0])
    if len(x) < 2:
        return float("inf")
    se = sqrt((len(x) - 1) / len(x) * float(np.square(x - x.mean()).sum()))
    return float(special.stdtrit(len(x) - 1, 0.975)) * se
