"""Effect of a pilot: the difference of two arms' means, its interval, and its p-value.

Problem. Each unit (a customer, or a cluster of customers) was randomised within a stratum. The estimand is a ratio of
totals in the candidate's arm minus the same ratio in the incumbent's: outcome per customer, or outcome per another
amount (net revenue per starting revenue). Ratios, strata, clusters, covariates, skewed amounts and rare events must all
keep the registered error.

Idea. Linearise each arm's ratio, so that every unit has one residual z; compare the means of z within strata, weighted
by the strata's shares of units; apply Student's t with Satterthwaite's degrees of freedom. Theta times a
covariate is subtracted from z beforehand. Shares with few events take a score test instead; amounts with few units in an
arm also get a randomisation test.

Example. Two strata with two units in each arm and outcomes

    stratum 1   incumbent 1, 3   candidate 4, 6   means 2 and 5, variances 2 and 2
    stratum 2   incumbent 0, 2   candidate 1, 5   means 1 and 3, variances 2 and 8

Each stratum weighs 1/2, so the estimate is (3 + 2) / 2 = 2.5. Its variance is (1/2)^2 (2/2 + 2/2) + (1/2)^2 (2/2 + 8/2)
= 1.75, the standard error 1.32, with 1.75^2 / (3 * 0.25^2 + 1^2) = 2.58 degrees of freedom.

Parts. `effect` chooses the test; `_Groups` holds strata and arms, and all sums over them; `miettinen_nurminen` and
`chance_above` are the score test and its power; `by_chance` and `drawn_alike` draw arms again.
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

FEW_EVENTS = 30  # events or non-events in an arm, below which shares take the score test
FEW_UNITS = 200  # units in an arm, below which numbers also take a randomisation test
SCORE = "Miettinen\u2013Nurminen"
LEAST_DRAWS, MOST_DRAWS = 1_999, 19_999  # draws of a randomisation test
LEAST_CHANCE = 2 / (MOST_DRAWS + 1)  # smallest p that the draws can resolve


@dataclass(frozen=True)
class Units:
    """Randomised units as arrays of one length.

    `arm`: whether the unit is in the candidate's arm.
    `y`: sum of the outcome.
    `x`: sum of the denominator: customers, or another amount.
    `stratum`: number of the stratum.
    `customers`: customers in the unit.
    `covariate`: sum of a value known before the pilot, if there is one.
    `is_share`: every unit is one customer with a yes or no.
    `cell`: number of the larger group within which small strata are joined first; None for no such groups.
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
    """Summary of one arm.

    `n`: customers with a known outcome.
    `mean`: mean outcome.
    `variance`: variance between units.
    `units`: randomised units.
    `covariate`: mean of the covariate.
    """

    n: int
    mean: float
    variance: float
    units: int = 0
    covariate: float | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """The candidate's mean minus the incumbent's, in the outcome's own direction, in D.

    `p`: p-value of no difference.
    `chance`: p-value of the randomisation test, where there was one.
    `theta`: coefficient of the covariate.
    `saved`: share of the variance that the covariate removed.
    `plain`: the effect without winsorising, where winsorising was registered.
    `is_share`: the means are shares of customers.
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
        """Return (estimate, low, high), signed so that more is better."""
        return (self.estimate, self.low, self.high) if better == "higher" else (-self.estimate, -self.high, -self.low)


def effect(units: Units, alpha: float, scale: float = 1.0, seed: int = 0, *, tested: bool = True) -> Effect:
    """Estimate mean_B - scale * mean_A with a two-sided interval at `alpha`; needs two units in each arm.

    `tested`: run a randomisation test where an arm has few units; `seed` starts its draws.

    Within strata with shares of units W_s: estimate = sum W_s (mean_Bs - mean_As), variance = sum W_s^2 (s_As^2 / n_As
    + s_Bs^2 / n_Bs) (G. W. Imbens, D. B. Rubin, Causal Inference, 2015, section 9.4), t with Satterthwaite's degrees of
    freedom; with one stratum this is Welch's test. Ratios are linearised, z = (y - R x) / mean(x), R = mean(y) /
    mean(x) (delta method: A. Deng, U. Knoblich, J. Lu, Applying the Delta Method in Metric Analytics, KDD 2018,
    equation 4), with the leverage of each unit. A covariate subtracts theta = cov / var, pooled over arms and strata,
    times its own difference (CUPED: A. Deng et al., WSDM 2013, equation 4).
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
    estimate, se, dof = groups.difference_of_means(float(difference), z, scale)
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
            result,
            chance=by_chance(_exchangeable(units, theta), groups, seed, alpha),
            method=f"{method}, randomisation test",
        )
    return result


def interval(estimate: float, se: float, dof: float, alpha: float) -> tuple[float, float, float]:
    """Return (low, high, p of 0) by Student's t."""
    if se == 0:
        return estimate, estimate, 1.0 if estimate == 0 else 0.0
    half = float(stats.t.isf(alpha / 2, dof)) * se
    return estimate - half, estimate + half, float(2 * stats.t.sf(abs(estimate / se), dof))


def winsorised(y: Array, share: float) -> Array:
    """Clip values above the quantile `share`, and below the quantile 1 - share where some are negative.

    The quantiles are of both arms together, blind to the arm.
    """
    known = y[~np.isnan(y)]
    if not len(known):
        return y
    low = float(np.quantile(known, 1 - share)) if known.min() < 0 else 0.0
    return np.clip(y, min(low, 0.0), float(np.quantile(known, share)))


def miettinen_nurminen(
    yes_a: Array, n_a: Array, yes_b: Array, n_b: Array, weights: Array, alpha: float, scale: float = 1.0
) -> tuple[float, float, float]:
    """Return (low, high, p of 0) for the stratified difference of shares, b - scale * a, by inverting a score test.

    O. Miettinen, M. Nurminen, Statistics in Medicine 4, 1985, equations 8 to 10, with their factor N / (N - 1).
    """
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
    """Whether an arm has too few events, or too few non-events, for a test by its variance."""
    return np.asarray(np.minimum(share, 1 - share) * n < FEW_EVENTS - 1e-9)


def chance_above(share_a: float, share_b: float, n: int, beyond: float, z: float) -> float:
    """Chance that the interval of b - a, with `n` customers an arm in one stratum, lies above `beyond`; `z` is the
    critical value.

    Sums exactly over counts, with the test that `effect` would choose; counts of a with probability below 1e-9 on each
    side are left out. For each count of a, the smallest sufficient count of b is found by bisection.
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
    """Two-sided p of a stratified randomisation test: the share of redrawn arms, the observed one included, with means
    at least as far apart.

    E. S. Edgington, P. Onghena, Randomization Tests, 4th ed., 2007.
    """
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
    """p of both arms having equal distributions of a value that no play can have changed; needs two units in each arm.

    A rank test on units' means, with arms redrawn within strata for few units, otherwise by its normal approximation
    (E. L. Lehmann, Nonparametrics, 1975, sections 1.4 and 3.3). Welch's test would reject arms of 10 and 90 % of a
    skewed amount far more often than its level.
    """
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
    """Units by stratum and arm, with small strata joined.

    `side`: 0 for the incumbent's arm, 1 for the candidate's, by unit.
    `stratum`: number of the stratum, by unit.
    `count`: number of strata.
    `n`: units, shape (2, strata).
    `weights`: share of units, by stratum.
    """

    side: npt.NDArray[np.int64]
    stratum: npt.NDArray[np.int64]
    count: int
    n: Array
    weights: Array

    @staticmethod
    def of(units: Units) -> _Groups:
        """Group units; strata with fewer than two units in an arm are joined, within their cell first, then across
        cells.
        """
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
        """Weighted mean of each arm."""
        return np.asarray((self.weights * self.means(v)).sum(axis=1))

    def leverage(self, x: Array) -> Array:
        """Factor on each unit's residual in a ratio: (1 - 1 / n) / (1 - x / the arm's sum of x); 1 where all x are
        equal.

        The variance then equals the jackknife's, leaving out one unit at a time (B. Efron, The Jackknife, 1982, chapter
        3).
        """
        n, total = (np.bincount(self.side, v, 2)[self.side] for v in (np.ones(len(x)), x))
        return np.asarray((1 - 1 / n) / np.maximum(1 - x / total, 1 / n))

    def overall(self, c: Array, x: Array) -> float:
        return float(c.sum() / x.sum())

    def within(self, v: Array) -> Array:
        """Subtract the mean of the unit's stratum and arm."""
        return v - self.means(v)[self.side, self.stratum]

    def slope(self, z: Array, c: Array) -> tuple[float, float]:
        """Return (theta, share of the variance removed); zeros for a constant covariate."""
        dz, dc = self.within(z), self.within(c)
        cc, zz, zc = float(dc @ dc), float(dz @ dz), float(dz @ dc)
        if cc <= 1e-12 * max(1.0, float(c @ c)):
            return 0.0, 0.0
        return zc / cc, zc * zc / (cc * zz) if zz > 0 else 0.0

    def difference_of_means(self, difference: float, z: Array, scale: float) -> tuple[float, float, float]:
        """Return (difference, standard error, degrees of freedom)."""
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
    """Whether the interval of b - a lies above `beyond`, for counts of `n` customers an arm."""
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
    """Renumber strata, joining those with fewer than two units in an arm; a single small one joins the smallest other.

    The choice depends only on stratum sizes, never on outcomes.
    """
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


def _exchangeable(units: Units, theta: float) -> Array:
    """Each unit's outcome minus the overall mean: exchangeable between arms if there is no effect."""
    z = (units.y - float(units.y.sum() / units.x.sum()) * units.x) / float(units.x.mean())
    if units.covariate is None or not theta:
        return z
    return z - theta * (units.covariate - float(units.covariate.sum() / units.x.sum()) * units.x)


def _arm(units: Units, groups: _Groups, side: int) -> Arm:
    """Summarise an arm; the mean is the ratio of the arm's weighted means."""
    base = groups.base(units.x)[side]
    mean = float(groups.base(units.y)[side] / base) if base else 0.0
    mask = groups.side == side
    residual = units.y[mask] - mean * units.x[mask]
    n = int(mask.sum())
    variance = float(residual @ residual) / (n - 1) / float(units.x[mask].mean()) ** 2 if n > 1 and base else 0.0
    covariate = None if units.covariate is None or not base else float(groups.base(units.covariate)[side] / base)
    return Arm(int(units.customers[mask].sum()), mean, variance, n, covariate)


def _restricted(yes_a: Array, n_a: Array, yes_b: Array, n_b: Array, delta: float, scale: float) -> Array:
    """Variance of each stratum's difference at the maximum-likelihood shares under b = scale * a + delta.

    The shares are the middle root of a cubic (C. P. Farrington, G. Manning, Statistics in Medicine 9, 1990, appendix,
    for both of their tests at once).
    """
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
