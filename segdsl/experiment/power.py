"""The window before the first origin -> what a backtest could find, said before anything that it judges has happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from scipy import optimize, stats

from segdsl.experiment import gain, judge
from segdsl.experiment.cells import Cells
from segdsl.experiment.design import power_of

DRAWS = 10_000
_SEED = 20_260_101


@dataclass(frozen=True)
class Expected:
    """What the window before the first origin says of a backtest. Gains are in skill: shares of the outcome's variance in that window.

    A gain is that of rates as they were learned, not of those that many more customers would give.
    `seen` is the candidate's gain there, each fold of customers by rates of the others.
    `apart` is by how much the rates of the two differ beyond that gain, E(r_B - r_A)^2 / v - seen: what the incumbent knows and the candidate
    doesn't, and what the candidate has learned wrongly. `apart_low` and `apart_high` are its 95 % interval.
    `noise` is the least that `apart` can be: what a candidate that only refines the incumbent learns wrongly of its further segments.
    `factor` is the variance of the gain, clusters in it, over the one of independent yes/no outcomes.
    `customers` are those of each origin, one number an origin; `clusters` the independent units of the window.
    `detect` is the registered gain, `alpha` the two-sided level at which the worst of several candidates is tested.
    """

    seen: float
    apart: float
    apart_low: float
    apart_high: float
    noise: float
    factor: float
    customers: tuple[int, ...]
    clusters: int
    detect: float
    alpha: float = 0.05

    def se(self, size: float, apart: float | None = None) -> float:
        """The standard error of a gain of that size over all origins, in skill: 2 sqrt(factor (size + apart) / n).

        A customer's gain is d = (r_B - r_A)(2y - r_A - r_B). Of independent yes/no outcomes whose rates are right, with p (1 - p) about v,
        Var d = 4 v E(r_B - r_A)^2. Their gain is G = (Var r_B - Var r_A) / v, so that E(r_B - r_A)^2 / v = G + x with
        x = 2 (Var r_A - Cov(r_A, r_B)) / v: 0 where the candidate refines the incumbent, twice the incumbent's skill where the two
        have nothing in common. A greater gain has a greater error. Rates learned from n customers are apart by some k / n more, k segments
        each v / (n / k), and gain as much less: `apart` is x + 2 k / n.
        """
        x = max(self.apart, self.noise) if apart is None else max(apart, 0.0)
        return 2 * sqrt(self.factor * max(size + x, 0.0) / sum(self.customers))

    def chance(self, size: float) -> float:
        """That the interval lies above 0 where the gain is of that size, whatever else is asked."""
        return power_of(size, self.se(size), self.alpha)

    @property
    def answerable(self) -> float:
        """The chance that the registered gain is found, or the one seen in the window where that is more."""
        return max(self.chance(self.detect), self.chance(self.seen) if self.seen > 0 else 0.0)

    def power(self, size: float, apart: float | None = None) -> float:
        """The chance of a verdict for the candidate where the gain is of that size: by draws of what each origin finds, normal around it, of
        which all is asked that `judge` asks. Other shrinkage and right averages are taken to leave a gain as it is."""
        se = self.se(size, apart)
        if se == 0:
            return float(size > 0 and len(self.customers) > 1)
        sizes = np.array(self.customers, float)
        ses = se * np.sqrt(sizes.sum() / sizes)
        gains = size + ses * np.random.default_rng(_SEED).normal(size=(DRAWS, len(sizes)))
        overall = (gains * sizes).sum(-1) / sizes.sum()
        above = overall > stats.t.ppf(1 - self.alpha / 2, max(self.clusters - 1, 1)) * se
        asked = gain.requirements(gains, np.broadcast_to(ses, gains.shape), overall[:, None], overall, self.alpha)
        return float(np.mean(np.logical_and.reduce([above, *(held for _, held in asked)])))

    @property
    def interval(self) -> tuple[float, float]:
        """Of the power for the registered gain: what one window leaves open of `apart`."""
        return self.power(self.detect, max(self.apart_high, self.noise)), self.power(self.detect, self.apart_low)

    def least(self, power: float) -> float | None:
        """The gain that is found with that power; None where none is: one origin alone never promotes."""
        if self.power(1.0) < power:
            return None
        return float(optimize.brentq(lambda size: self.power(size) - power, 0.0, 1.0, xtol=1e-5))


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
    found = []
    for origins in sorted({3, 4, 5, len(x.customers)}):
        for times in (0.5, 1.0, 2.0):
            each = max(1, round(usual * times))
            found.append(Reach(origins, each, replace(x, customers=(each,) * origins).least(power)))
    return tuple(found)


def curve(x: Expected) -> tuple[tuple[float, float], ...]:
    """Gains around the registered one, from a half to eight times as large, each with its power."""
    return tuple(
        (size, x.power(size)) for size in (x.detect * times for times in (0.5, 1.0, 2.0, 4.0, 8.0)) if size < 1
    )


def expected(before: judge.Origin, customers: Sequence[int], detect: float, alpha: float = 0.05) -> Expected | None:
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
    half = _half_width([_moments({f: p for f, p in parts.items() if f != fold}) for fold in parts])
    apart = distance - seen
    sides = ({place[side] for cells in parts.values() for place in cells if None not in place} for side in (0, 1))
    fewer, more = map(len, sides)
    noise = (
        2 * max(more - fewer, 0) * n / (n + gain.SHRINK * more) ** 2
    )  # each is drawn to the average by n / (n + m k)
    return Expected(
        seen, apart, apart - half, apart + half, noise, factor, tuple(c for c in customers if c), units, detect, alpha
    )


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
    return float(stats.t.ppf(0.975, len(x) - 1)) * se
