"""Outcomes of customers in two arms -> the difference of their means, its interval, and the chance of so much by chance.

The estimand is a ratio of totals, the candidate's less the incumbent's: outcome per customer, or outcome per something else
that each has (net revenue per starting revenue). The unit is what was randomised, a customer or a cluster of them, and arms are
compared within strata, weighted by their units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats

from segdsl.experiment.pilot.draw_checks import EXACT

Array = npt.NDArray[np.float64]

FEW_EVENTS = 30  # of either kind in an arm: below, shares have a score test and its interval
FEW_UNITS = 200  # in an arm: below, numbers have a randomisation test beside
SCORE = "Miettinen\u2013Nurminen"
LEAST_DRAWS, MOST_DRAWS = 1_999, 19_999  # of arms, for a randomisation test
LEAST_CHANCE = 2 / (MOST_DRAWS + 1)  # no smaller chance can be asked of so many draws


@dataclass(frozen=True)
class Units:
    """Arrays of one length, a row a unit: whether it is in the candidate's arm, the sums of the outcome and of what it is counted
    by (customers, or another amount), the stratum, and the sum of what was known before (a covariate), if there is one.

    `customers` are those in each unit; `cell` is the larger part that its stratum belongs to, None: strata belong to nothing. `is_share`: every row is one customer with a yes or no.
    """

    arm: npt.NDArray[np.bool_]
    y: Array
    x: Array
    stratum: npt.NDArray[np.int64]
    customers: Array
    covariate: Array | None = None
    is_share: bool = False
    cell: npt.NDArray[np.int64] | None = None

    @property
    def n(self) -> int:
        return len(self.y)


@dataclass(frozen=True, slots=True)
class Arm:
    """Customers with a known outcome, its mean, its variance between units, and the units; `covariate` is the mean of what was
    known before."""

    n: int
    mean: float
    variance: float
    units: int = 0
    covariate: float | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """Candidate's mean less the incumbent's, in the outcome's own direction, among those who differ. `good` is the same with the
    sign that makes more better. `p` is of there being no difference, `chance` that of a randomisation test where there was one.

    `theta` is by how much the covariate was adjusted for, `saved` the share of the variance that it took; `plain` is the same
    effect without what was registered to be cut (winsorised). `is_share`: the means are shares of customers.
    """

    incumbent: Arm
    candidate: Arm
    estimate: float
    low: float
    high: float
    p: float
    method: str
    se: float = 0.0
    dof: float = float("inf")
    strata: int = 1
    chance: float | None = None
    theta: float = 0.0
    saved: float = 0.0
    plain: Effect | None = None
    is_share: bool = False

    def good(self, better: Literal["higher", "lower"]) -> tuple[float, float, float]:
        """Estimate, lowest and highest, where more is better."""
        return (self.estimate, self.low, self.high) if better == "higher" else (-self.estimate, -self.high, -self.low)


def effect(units: Units, alpha: float, scale: float = 1.0, seed: int = 0, *, tested: bool = True) -> Effect:
    """mean_B - scale * mean_A at two-sided `alpha`; needs two units in each arm. `tested`: numbers of few units have a randomisation test.

    Within strata by units' shares W_s: estimate = sum W_s (mean_Bs - mean_As), variance = sum W_s^2 (s_As^2 / n_As + s_Bs^2 / n_Bs)
    (G. W. Imbens, D. B. Rubin, Causal Inference, 2015, section 9.4), t with Satterthwaite's degrees of freedom; with one stratum
    that is Welch's test. Ratios are linearised, z = (y - R x) / mean(x), R = mean(y) / mean(x) (delta method: A. Deng, U.
    Knoblich, J. Lu, Applying the Delta Method in Metric Analytics, KDD 2018, equation 4), with the leverage of each unit. A covariate known before takes
    theta = cov / var, pooled over arms and strata, times its own difference (CUPED: A. Deng et al., WSDM 2013, equation 4).
    """
    groups = _Groups.of(units)
    arms = [_arm(units, groups, side) for side in (0, 1)]
    means = np.array([a.mean for a in arms])
    z = (units.y - means[groups.side] * units.x) / groups.base(units.x)[groups.side] * groups.leverage(units.x)
    difference, theta, saved = means[1] - scale * means[0], 0.0, 0.0
    if units.covariate is not None:
        c = units.covariate - groups.overall(units.covariate, units.x) * units.x
        theta, saved = groups.slope(z, c)
        at = [float((groups.weights * groups.means(c)[s]).sum()) for s in (0, 1)]
        difference -= theta * (at[1] - scale * at[0])
        z = z - theta * c
    estimate, se, dof = groups.compared(float(difference), z, scale)
    low, high, p = interval(estimate, se, dof, alpha)
    method = "Welch" if groups.count == 1 else f"{groups.count} strata, t"
    if theta:
        method += ", adjusted"
    result = Effect(arms[0], arms[1], estimate, low, high, p, method, se, dof, groups.count, theta=theta, saved=saved)
    if units.is_share and any(has_few(a.mean, a.n) for a in arms):
        means = groups.means(units.y)
        estimate = float((groups.weights * (means[1] - scale * means[0])).sum())
        low, high, p = miettinen_nurminen(*groups.shares(units.y), groups.weights, alpha, scale)
        return replace(result, estimate=estimate, low=low, high=high, p=p, theta=0.0, saved=0.0, method=SCORE)
    if scale != 1:
        return result
    if tested and not units.is_share and min(a.units for a in arms) < FEW_UNITS:
        return replace(
            result, chance=by_chance(_alike(units, theta), groups, seed, alpha), method=f"{method}, randomisation test"
        )
    return result


def interval(estimate: float, se: float, dof: float, alpha: float) -> tuple[float, float, float]:
    """(low, high, p of 0) by Student's t."""
    if se == 0:
        return estimate, estimate, 1.0 if estimate == 0 else 0.0
    half = float(stats.t.isf(alpha / 2, dof)) * se
    return estimate - half, estimate + half, float(2 * stats.t.sf(abs(estimate / se), dof))


def winsorised(y: Array, share: float) -> Array:
    """Values above the quantile at that share are cut to it, and below that at 1 - share where there are any below 0: the
    quantiles are those of all together, blind to the arm."""
    known = y[~np.isnan(y)]
    if not len(known):
        return y
    low = float(np.quantile(known, 1 - share)) if known.min() < 0 else 0.0
    return np.clip(y, min(low, 0.0), float(np.quantile(known, share)))


def miettinen_nurminen(
    yes_a: Array, n_a: Array, yes_b: Array, n_b: Array, weights: Array, alpha: float, scale: float = 1.0
) -> tuple[float, float, float]:
    """(low, high, p of 0) of the weighted difference of shares, b - scale * a, over strata: every difference that a score test doesn't refuse
    (O. Miettinen, M. Nurminen, Statistics in Medicine 4, 1985, equations 8 to 10, with their factor N / (N - 1)), and the p of that test."""
    difference = float((weights * (yes_b / n_b - scale * yes_a / n_a)).sum())
    border = float(stats.norm.isf(alpha / 2))

    def score(delta: float) -> float:
        variance = float((np.square(weights) * _restricted(yes_a, n_a, yes_b, n_b, delta, scale)).sum())
        if variance > 0:
            return (difference - delta) / sqrt(variance)
        return 0.0 if difference == delta else float(np.copysign(np.inf, difference - delta))

    least, most = -scale * (1 - 1e-9), 1 - 1e-9
    low = -scale if score(least) <= border else _root(lambda d: score(d) - border, least, difference)
    high = 1.0 if score(most) >= -border else _root(lambda d: score(d) + border, difference, most)
    return low, high, float(2 * stats.norm.sf(abs(score(0.0))))


def has_few(share: float | Array, n: float) -> npt.NDArray[np.bool_]:
    """Whether an arm has too few with a yes, or with a no, for a test by its variance."""
    return np.asarray(np.minimum(share, 1 - share) * n < FEW_EVENTS - 1e-9)


def chance_above(share_a: float, share_b: float, n: int, beyond: float, z: float) -> float:
    """The chance that the interval of b - a, of `n` customers an arm in one stratum, lies above `beyond`, by the test that `effect` chooses at
    the two-sided error of `z`: over all counts that there can be, those of a out of reach (1e-9 on each side) left out.

    Of every count of a those of b that suffice begin somewhere, and are found by halving.
    """
    first, last = (int(stats.binom.ppf(q, n, share_a)) for q in (1e-9, 1 - 1e-9))
    yes_a = np.arange(first, last + 1, dtype=np.float64)
    too_few, enough = np.full(len(yes_a), -1.0), np.full(len(yes_a), n + 1.0)
    while (enough - too_few > 1).any():
        middle = np.clip(np.floor((too_few + enough) / 2), 0, n)
        above = _is_above(yes_a, middle, n, beyond, z)
        too_few, enough = np.where(above, too_few, middle), np.where(above, middle, enough)
    return float(stats.binom.pmf(yes_a, n, share_a) @ stats.binom.sf(enough - 1, n, share_b))


def by_chance(z: Array, groups: _Groups, seed: int, alpha: float) -> float:
    """Two-sided p of a stratified randomisation test (E. S. Edgington, P. Onghena, Randomization Tests, 4th ed., 2007): the share
    of arms, drawn anew within each stratum, whose means are at least as far apart, the one there was among them."""
    rng = np.random.default_rng(seed)
    w, n = groups.weights, groups.n
    draws = min(MOST_DRAWS, max(LEAST_DRAWS, round(100 / alpha)))
    sums = groups.sums(z)
    seen = float((w * (sums[1] / n[1] - sums[0] / n[0])).sum())
    apart = np.zeros(draws)
    for s in range(groups.count):
        values, k = z[groups.stratum == s], int(n[1][s])
        b = rng.permuted(np.broadcast_to(values, (draws, len(values))), axis=1)[:, :k].sum(axis=1)
        apart += w[s] * (b / k - (values.sum() - b) / (len(values) - k))
    return float((1 + np.count_nonzero(np.abs(apart) >= abs(seen) - 1e-12)) / (draws + 1))


def drawn_alike(units: Units, seed: int) -> float:
    """p of both arms having alike of an outcome that no play can have changed: by the ranks of units' means, the arms drawn anew within strata. With
    few units that is done, else by the normal law with the variance that drawing has (E. L. Lehmann, Nonparametrics, 1975, sections 1.4 and 3.3).
    Welch's test would refuse arms of 10 and 90 % of an amount like spend many times as often as it says. Needs two units in each arm."""
    groups, ranks = _Groups.of(units), stats.rankdata(units.y / np.maximum(units.x, 1e-12)).astype(np.float64)
    if units.n < EXACT:
        return by_chance(ranks, groups, seed, 0.05)
    means, pooled = groups.means(ranks), groups.sums(ranks).sum(axis=0) / groups.n.sum(axis=0)
    spread = np.bincount(groups.stratum, np.square(ranks - pooled[groups.stratum])) / (groups.n.sum(axis=0) - 1)
    variance = float((np.square(groups.weights) * spread * (1 / groups.n).sum(axis=0)).sum())
    if variance == 0:
        return 1.0
    return float(2 * stats.norm.sf(abs(groups.weights @ (means[1] - means[0])) / sqrt(variance)))


# -- parts -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Groups:
    """Units by stratum and arm. `stratum` is by unit, small strata joined; `n` (2, strata)."""

    side: npt.NDArray[np.int64]
    stratum: npt.NDArray[np.int64]
    count: int
    n: Array
    weights: Array

    @staticmethod
    def of(units: Units) -> _Groups:
        """Strata with fewer than two units in an arm are joined: within their cell as far as that goes, then with those of others."""
        side = units.arm.astype(np.int64)
        stratum = np.unique(units.stratum, return_inverse=True)[1]
        if units.cell is not None:
            joined = stratum.copy()
            for cell in np.unique(units.cell):
                mask = units.cell == cell
                joined[mask] = stratum[mask][0] + len(stratum) * _joined(side[mask], stratum[mask])
            stratum = joined
        stratum = _joined(side, stratum)
        count = int(stratum.max()) + 1
        n = np.bincount(side * count + stratum, minlength=2 * count).reshape(2, count)
        return _Groups(side, stratum, count, n.astype(float), n.sum(axis=0) / len(side))

    def sums(self, v: Array) -> Array:
        totals = np.bincount(self.side * self.count + self.stratum, v, 2 * self.count)
        return totals.reshape(2, self.count).astype(np.float64)

    def means(self, v: Array) -> Array:
        return self.sums(v) / self.n

    def base(self, v: Array) -> Array:
        """The weighted mean of each arm."""
        return np.asarray((self.weights * self.means(v)).sum(axis=1))

    def leverage(self, x: Array) -> Array:
        """How much more a unit weighs in a ratio than its residual says: (1 - 1 / n) / (1 - x / sum of the arm's x), 1 where all are alike. With
        it the variance is that of the jackknife, each unit left out once (B. Efron, The Jackknife, 1982, chapter 3)."""
        n, total = (np.bincount(self.side, v, 2)[self.side] for v in (np.ones(len(x)), x))
        return np.asarray((1 - 1 / n) / np.maximum(1 - x / total, 1 / n))

    def overall(self, c: Array, x: Array) -> float:
        return float(c.sum() / x.sum())

    def within(self, v: Array) -> Array:
        """Less the mean of the unit's own stratum and arm."""
        return v - self.means(v)[self.side, self.stratum]

    def slope(self, z: Array, c: Array) -> tuple[float, float]:
        """(theta, share of the variance it takes); 0 where the covariate doesn't vary."""
        dz, dc = self.within(z), self.within(c)
        cc, zz, zc = float(dc @ dc), float(dz @ dz), float(dz @ dc)
        if cc <= 1e-12 * max(1.0, float(c @ c)):
            return 0.0, 0.0
        return zc / cc, zc * zc / (cc * zz) if zz > 0 else 0.0

    def compared(self, difference: float, z: Array, scale: float) -> tuple[float, float, float]:
        """(difference, its standard error, degrees of freedom)."""
        inner = self.within(z)
        variances = self.sums(np.square(inner)) / (self.n - 1)
        parts = np.square(self.weights) * variances / self.n * np.array([[scale**2], [1.0]])
        total = float(parts.sum())
        if total == 0:
            return difference, 0.0, float("inf")
        return difference, sqrt(total), total**2 / float((np.square(parts) / (self.n - 1)).sum())

    def shares(self, y: Array) -> tuple[Array, Array, Array, Array]:
        yes = self.sums(y)
        return yes[0], self.n[0], yes[1], self.n[1]


def _is_above(yes_a: Array, yes_b: Array, n: int, beyond: float, z: float) -> npt.NDArray[np.bool_]:
    """Whether the interval of b - a lies above `beyond`, for each of some counts of `n` an arm."""
    a, b, each = yes_a / n, yes_b / n, np.full(len(yes_a), float(n))
    variance = np.where(
        few := has_few(a, n) | has_few(b, n),
        _restricted(yes_a, each, yes_b, each, beyond, 1.0),
        (a * (1 - a) + b * (1 - b)) / (n - 1),
    )
    parts = np.square(a * (1 - a)) + np.square(b * (1 - b))
    dof = (n - 1) * np.divide(np.square(a * (1 - a) + b * (1 - b)), parts, out=np.ones(len(a)), where=parts > 0)
    border = np.where(few, z, special.stdtrit(dof, special.ndtr(z)))
    return np.asarray(b - a - beyond > border * np.sqrt(variance))


def _joined(side: npt.NDArray[np.int64], stratum: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Strata from 0 on, those with fewer than two units in an arm joined, and with the smallest of the others if that isn't enough: it hangs on
    sizes alone."""
    while True:
        stratum = np.unique(stratum, return_inverse=True)[1]
        count = int(stratum.max()) + 1
        n = np.bincount(side * count + stratum, minlength=2 * count).reshape(2, count)
        small = n.min(axis=0) < 2
        if count == 1 or not small.any():
            return stratum
        joined = np.flatnonzero(small)
        if len(joined) == 1:
            others = np.flatnonzero(~small)
            joined = np.append(joined, others[np.argmin(n.sum(axis=0)[others])])
        stratum = np.where(np.isin(stratum, joined), joined[0], stratum)


def _alike(units: Units, theta: float) -> Array:
    """Each unit's outcome less what all have in common: what has the same spread in both arms where there is no effect."""
    z = (units.y - float(units.y.sum() / units.x.sum()) * units.x) / float(units.x.mean())
    if units.covariate is None or not theta:
        return z
    return z - theta * (units.covariate - float(units.covariate.sum() / units.x.sum()) * units.x)


def _arm(units: Units, groups: _Groups, side: int) -> Arm:
    """The mean is the ratio of the arm's weighted means."""
    base = groups.base(units.x)[side]
    mean = float(groups.base(units.y)[side] / base) if base else 0.0
    mask = groups.side == side
    residual = units.y[mask] - mean * units.x[mask]
    n = int(mask.sum())
    variance = float(residual @ residual) / (n - 1) / float(units.x[mask].mean()) ** 2 if n > 1 and base else 0.0
    covariate = None if units.covariate is None or not base else float(groups.base(units.covariate)[side] / base)
    return Arm(int(units.customers[mask].sum()), mean, variance, n, covariate)


def _restricted(yes_a: Array, n_a: Array, yes_b: Array, n_b: Array, delta: float, scale: float) -> Array:
    """Variance of each stratum's difference with the likeliest shares for which b = scale * a + delta: the middle root of the cubic to which the
    likelihood's derivative comes (C. P. Farrington, G. Manning, Statistics in Medicine 9, 1990, appendix, for both their tests at once)."""
    n, event = n_a + n_b, yes_b - n_b * delta
    cubic = scale**2 * n
    square = -scale * (scale * yes_a + n_a * (1 - 2 * delta) + event + scale * n_b)
    linear = yes_a * scale * (1 - 2 * delta) - n_a * delta * (1 - delta) + scale * event
    shift, free = square / (3 * cubic), yes_a * delta * (1 - delta)
    p, q = linear / cubic - 3 * shift**2, 2 * shift**3 - shift * linear / cubic + free / cubic
    r = np.sqrt(np.maximum(-p / 3, 0.0))
    angle = np.arccos(np.clip(np.divide(-q / 2, r**3, out=np.zeros_like(q), where=r > 0), -1, 1))
    at_a = np.clip(
        2 * r * np.cos((angle + 4 * np.pi) / 3) - shift, max(0.0, -delta / scale), min(1.0, (1 - delta) / scale)
    )
    at_b = np.clip(scale * at_a + delta, 0.0, 1.0)
    return np.asarray((scale**2 * at_a * (1 - at_a) / n_a + at_b * (1 - at_b) / n_b) * n / (n - 1))


def _root(f: Callable[[float], Any], low: float, high: float) -> float:
    return float(optimize.brentq(f, low, high, xtol=1e-10)) if low < high else low
