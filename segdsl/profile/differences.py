"""Differences between two groups of customers in one feature, from counts, means and variances alone.

A difference is in standard units, d = (m1 - m2) / S with S^2 = (v1 + v2) / 2, for numbers and for shares alike, so that one list
ranks both (P. C. Austin, Balance diagnostics for comparing the distribution of baseline covariates, Statistics in Medicine 28,
2009; he calls |d| below 0.1 negligible). S is the unit of measurement: intervals are of m1 - m2, in that unit.

Numbers: Welch's t. A group in which everybody has one value says nothing of its spread; it is given the other's.
Shares: the interval is R. G. Newcombe's (Statistics in Medicine 17, 1998, method 10), the test is the chi-squared test with N - 1
in place of N where all expected counts are at least 1, else Fisher's (I. Campbell, Statistics in Medicine 26, 2007). A lift is the ratio
of two shares, with the interval of its logarithm after a half is added to each count (S. D. Walter, Biometrika 62, 1975).

The intervals are about customers such as these, of which those in the data are taken as a sample.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scipy import special, stats

LEVEL = 0.95
FALSE_DISCOVERIES = 0.05
"""Share of the differences named that may be there by chance."""
NEGLIGIBLE = 0.1
FEWEST = 5
"""Customers with a known value in each group, below which a feature isn't tested."""
Z = float(special.ndtri(0.5 + LEVEL / 2))


@dataclass(frozen=True, slots=True)
class Summary:
    """A feature in one group.

    `n` are the customers of the group, `known` those with a value; `mean` and `variance` (divided by n - 1) are theirs: NaN without
    enough of them. Of a yes or no, `mean` is the share of yes. `quantiles` are those of `QUANTILES`, for numbers.
    """

    n: int
    known: int
    mean: float
    variance: float
    quantiles: tuple[float, ...] = ()

    @property
    def yes(self) -> int:
        """Customers with yes, of a yes or no."""
        return round(self.known * self.mean) if self.known else 0

    @property
    def missing(self) -> float:
        """Share of customers without a value; NaN for an empty group."""
        return 1 - self.known / self.n if self.n else math.nan


QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two averages or shares, `apart`, with its interval; `unit` is S, and `p` tests that there is none."""

    apart: float
    low: float
    high: float
    unit: float
    p: float

    @property
    def effect(self) -> float:
        """The difference in standard units; infinite where neither group varies."""
        return self.in_units(self.apart)

    @property
    def interval(self) -> tuple[float, float]:
        """The interval in standard units."""
        return self.in_units(self.low), self.in_units(self.high)

    def in_units(self, apart: float) -> float:
        return apart / self.unit if self.unit else math.copysign(math.inf, self.apart)


@dataclass(frozen=True, slots=True)
class Lift:
    """A ratio of two shares, with its interval."""

    ratio: float
    low: float
    high: float


def together(parts: Iterable[Summary]) -> Summary:
    """Returns the summary of several groups as one, without quantiles."""
    groups = list(parts)
    n, known = sum(g.n for g in groups), sum(g.known for g in groups)
    if not known:
        return Summary(n, 0, math.nan, math.nan)
    mean = sum(g.known * g.mean for g in groups if g.known) / known
    squares = sum((g.known - 1) * g.variance for g in groups if g.known > 1)
    squares += sum(g.known * (g.mean - mean) ** 2 for g in groups if g.known)
    return Summary(n, known, mean, squares / (known - 1) if known > 1 else math.nan)


def of_numbers(a: Summary, b: Summary) -> Difference | None:
    """Returns the difference of two means; None with fewer than `FEWEST` known values in a group, or one value in both."""
    if min(a.known, b.known) < FEWEST:
        return None
    apart, unit = a.mean - b.mean, math.sqrt((a.variance + b.variance) / 2)
    if unit <= 1e-12 * max(abs(a.mean), abs(b.mean)):
        return _without_spread(apart, a, b)
    spread_a, spread_b = a.variance or b.variance, b.variance or a.variance
    parts = spread_a / a.known, spread_b / b.known
    error = math.sqrt(sum(parts))
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (a.known - 1) + parts[1] ** 2 / (b.known - 1))
    half = float(special.stdtrit(freedom, 0.5 + LEVEL / 2)) * error
    p = float(2 * special.stdtr(freedom, -abs(apart) / error))
    return Difference(apart, apart - half, apart + half, unit, p)


def _without_spread(apart: float, a: Summary, b: Summary) -> Difference | None:
    """Returns the difference where each group has one value: as sure as that two shares, of all and of none, differ."""
    if math.isclose(a.mean, b.mean, rel_tol=1e-9, abs_tol=0.0):
        return None
    return Difference(apart, apart, apart, 0.0, _p_of_shares(a.known, a.known, 0, b.known))


def of_shares(a: Summary, b: Summary) -> Difference | None:
    """Returns the difference of two shares; None with fewer than `FEWEST` known values in a group, or the same one in both."""
    if min(a.known, b.known) < FEWEST or a.yes + b.yes in (0, a.known + b.known):
        return None
    p1, p2 = a.yes / a.known, b.yes / b.known
    (low1, high1), (low2, high2) = wilson(a.yes, a.known), wilson(b.yes, b.known)
    apart = p1 - p2
    low = apart - math.hypot(p1 - low1, high2 - p2)
    high = apart + math.hypot(high1 - p1, p2 - low2)
    unit = math.sqrt((p1 * (1 - p1) + p2 * (1 - p2)) / 2)
    p = _p_of_shares(a.yes, a.known, b.yes, b.known)
    return Difference(apart, low, high, unit, p)


def _p_of_shares(yes1: int, n1: int, yes2: int, n2: int) -> float:
    """p of two shares being one; not all are yes, and not none."""
    total, yes = n1 + n2, yes1 + yes2
    if min(yes, total - yes) * min(n1, n2) < total:
        return float(stats.fisher_exact([[yes1, n1 - yes1], [yes2, n2 - yes2]]).pvalue)
    cross = yes1 * (n2 - yes2) - yes2 * (n1 - yes1)
    statistic = cross**2 / (n1 * n2) * (total - 1) / (yes * (total - yes))
    return float(special.chdtrc(1, statistic))


def wilson(yes: int, n: int, z: float = Z) -> tuple[float, float]:
    """Returns the score interval of a share (E. B. Wilson, 1927); n is above 0."""
    p, spread = yes / n, z * z / n
    middle = (p + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(p * (1 - p) / n + spread / (4 * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def lift(a: Summary, b: Summary) -> Lift | None:
    """Returns how many times as frequent a yes is in `a`; None where `b` has none."""
    if not (a.known and b.yes):
        return None
    halves = [(s.yes + 0.5, s.known + 0.5) for s in (a, b)]
    (x1, n1), (x2, n2) = halves
    middle = math.log(x1 / n1) - math.log(x2 / n2)
    half = Z * math.sqrt(max(0.0, 1 / x1 - 1 / n1 + 1 / x2 - 1 / n2))
    return Lift((a.yes / a.known) / (b.yes / b.known), math.exp(middle - half), math.exp(middle + half))


def adjusted(ps: Sequence[float]) -> list[float]:
    """Returns the p-values adjusted for false discoveries (Y. Benjamini, Y. Hochberg, 1995), in their order.

    It holds for independent tests and for tests that depend on each other positively, as those of one customer's habits do.
    """
    return [float(q) for q in stats.false_discovery_control(list(ps))] if ps else []
