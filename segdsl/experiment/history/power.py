"""The window before the first origin -> what a backtest could find, said before anything that it judges has happened."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, sqrt

import numpy as np
from scipy import special

from segdsl.experiment.history import judge
from segdsl.experiment.history.expected import Expected
from segdsl.experiment.shared import gain
from segdsl.experiment.shared.cells import Cells

Array = gain.Array

_Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Reach:
    """The smallest gain in skill that so many customers an origin find with the power asked for; None where none is."""

    origins: int
    customers: int
    least: float | None


def reach(x: Expected, power: float) -> tuple[Reach, ...]:
    """By origins (those declared, and three to five) and by customers an origin: half, as many, twice. More customers teach their segments better;
    that isn't counted on."""
    usual = sum(x.customers) / len(x.customers)
    rows = []
    for origins in sorted({3, 4, 5, len(x.customers)}):
        for times in (0.5, 1.0, 2.0):
            each = max(1, round(usual * times))
            rows.append(Reach(origins, each, replace(x, customers=(each,) * origins).least(power)))
    return tuple(rows)


def curve(x: Expected) -> tuple[tuple[float, float], ...]:
    """Gains around the registered one, from a half to eight times as large, each with its power."""
    return tuple(
        (size, x.power(size)) for size in (x.detect * times for times in (0.5, 1.0, 2.0, 4.0, 8.0)) if size < 1
    )


def expected(
    before: judge.Origin, customers: Sequence[int], detect: float, alpha: float = 0.05, follows: bool = True
) -> Expected | None:
    """`before` is the window before the first origin, cross-fitted; `customers` those of each origin. None where the window says nothing:
    nobody was there, the outcome was the same for all, or the rates of the two are."""
    units, parts = len(before.totals.gains), before.scored
    if units < 2 or not sum(customers):
        return None
    variance, seen, distance = _moments(parts)
    if variance <= 0 or distance <= 0:
        return None
    _, se = gain.ratio(before.totals.gains, before.totals.sizes)
    n = float(before.totals.sizes.sum())
    factor = se**2 * n / variance**2 / (4 * distance)
    open_ = exp(_Z_95 * _relative_error(before.totals.gains, before.totals.sizes))
    half = _half_width([_moments({f: p for f, p in parts.items() if f != fold}) for fold in parts])
    apart = distance - seen
    pairs = {place for cells in parts.values() for place in cells if None not in place}
    segments = [len({place[side] for place in pairs}) for side in (0, 1)]
    common = _parts(pairs)
    first, second = (n / (n + gain.SHRINK * k) for k in segments)
    return Expected(
        seen,
        apart,
        apart - half,
        apart + half,
        (segments[0] - common, segments[1] - common),
        (first, second),
        round(n),
        factor,
        tuple(c for c in customers if c),
        units,
        detect,
        alpha,
        follows,
        factor / open_,
        factor * open_,
    )


def _relative_error(gains: Array, sizes: Array) -> float:
    """The standard error of the logarithm of the sum of squared residuals of clusters, by its parts: what few large ones make of it is open."""
    squares = np.square(gains - gains.sum() / sizes.sum() * sizes)
    total = float(squares.sum())
    return sqrt(float(np.square(squares - squares.mean()).sum())) / total if total > 0 else 0.0


def _parts(pairs: Collection[tuple[object, object]]) -> int:
    """Into how many parts both divide customers alike: the components of who shares a place with whom, by either of the two."""
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
    """Of folds, each judged by rates of the others: the outcome's variance, the gain and E(r_B - r_A)^2, both in skill."""
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
    """Half of the 95 % interval of what rates are apart beyond the gain, from what it is without each fold: the jackknife, (J - 1) / J
    sum (x_j - x)^2, t with J - 1 degrees of freedom (K. M. Wolter, Introduction to Variance Estimation, 2nd ed., 2007, equation 4.2.4)."""
    x = np.array([distance - seen for variance, seen, distance in left_out if variance > 0])
    if len(x) < 2:
        return float("inf")
    se = sqrt((len(x) - 1) / len(x) * float(np.square(x - x.mean()).sum()))
    return float(special.stdtrit(len(x) - 1, 0.975)) * se
