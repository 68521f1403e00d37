"""Gain of one set of frozen rates over another, with its uncertainty, from totals by cluster.

The gain of a customer i is d_i = (y_i - r_A)^2 - (y_i - r_B)^2: the squared error of the incumbent minus that of the
candidate. For a yes or no its mean is the difference of two Brier scores (G. W. Brier, Verification of forecasts
expressed in terms of probability, 1950). Inference is about the mean of d over the population, given the rates.
Customers of one cluster, and a customer at several origins, count as one unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special  # not scipy.stats: its argument checks take half of a backtest

Array = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

FEWEST = 6  # clusters, below which no two-sided sign-flip test reaches 5 % (2 / 2^5 = 6.25 %)
FEW = 30  # clusters below which the t distribution isn't trusted
ENUMERATED = 20  # clusters up to which every way to flip signs is tried; above, DRAWN ways
DRAWN = 200_000
LEARNERS = 30  # fewest customers to learn rates from
# events and non-events of a yes/no: a rate of fewer has a relative error of nearly half (1 / sqrt(5))
LEARNED_EVENTS = 5
SHRINK = 20.0  # m: pseudo-customers of average outcome added to each segment
OTHER_SHRINKS = (5.0, 80.0)


@dataclass(frozen=True)
class Estimate:
    """A mean with its two-sided interval.

    `p`: p-value of the mean being 0.
    `clusters`: number of clusters, M.
    `method`: "t" or "sign-flip".
    """

    estimate: float
    low: float
    high: float
    p: float
    se: float
    clusters: int
    method: str


def shrunk_rate(mean: float, n: float, overall: float, m: float = SHRINK) -> float:
    """Rate of a segment, shrunk towards the overall rate: (n * mean + m * overall) / (n + m)."""
    return (n * mean + m * overall) / (n + m)


def learn_rates(cells: Mapping[str, tuple[float, float]], m: float = SHRINK) -> dict[str, float]:
    """Learn the rate of each segment from (customers, mean outcome) by segment, with shrinkage `m`."""
    total = sum(n for n, _ in cells.values())
    overall = sum(n * mean for n, mean in cells.values() if n) / total
    return {name: shrunk_rate(mean if n else 0.0, n, overall, m) for name, (n, mean) in cells.items()}


def paired(gains: Array, sizes: Array, alpha: float = 0.05, counts: Array | None = None) -> Estimate:
    """Mean gain of a customer, from each cluster's total gain D_g and its customers n_g: arrays of one length, M >= 2 clusters.

    `counts`: how many clusters each item stands for, which have the same totals; one each without it.

    delta = sum D_g / sum n_g, a ratio estimator; its variance is linearised,
    M/(M-1) * sum (D_g - delta n_g)^2 / (sum n_g)^2 (W. G. Cochran, Sampling Techniques, 3rd ed., 1977, equation 9A.3
    without the finite population correction), t with M - 1 degrees of freedom. Below `FEW` clusters: signs of
    D_g - delta_0 n_g are flipped, which is exact where they are symmetric around the tested value.
    """
    clusters = len(gains) if counts is None else int(counts.sum())
    delta, se = ratio(gains, sizes, counts)
    if clusters < FEW:
        if counts is not None:
            gains, sizes = (np.repeat(x, counts.astype(int)) for x in (gains, sizes))
        return _flipped(gains, sizes, alpha, delta, se)
    if se == 0.0:
        return Estimate(delta, delta, delta, 1.0 if delta == 0 else 0.0, se, clusters, "t")
    half = float(special.stdtrit(clusters - 1, 1 - alpha / 2)) * se
    p = float(2 * special.stdtr(clusters - 1, -abs(delta / se)))
    return Estimate(delta, delta - half, delta + half, p, se, clusters, "t")


def ratio(gains: Array, sizes: Array, counts: Array | None = None) -> tuple[float, float]:
    """Return delta and its standard error, as defined in `paired`."""
    counts = np.ones(len(gains)) if counts is None else counts
    clusters, n = float(counts.sum()), float((counts * sizes).sum())
    delta = float((counts * gains).sum()) / n
    return delta, float(np.sqrt(clusters / (clusters - 1) * (counts * np.square(gains - delta * sizes)).sum())) / n


def _flipped(gains: Array, sizes: Array, alpha: float, delta: float, se: float) -> Estimate:
    """Sign-flip test and its interval."""
    signs = _signs(len(gains))
    flipped_gains, flipped_sizes = signs @ gains, signs @ sizes
    total, n = float(gains.sum()), float(sizes.sum())

    def p_of(value: float) -> float:
        """Two-sided p of the mean being `value`: how many flips lie as far out; rounding counts as equal."""
        scale = np.abs(gains).sum() + abs(value) * n
        return float(np.mean(np.abs(flipped_gains - value * flipped_sizes) >= abs(total - value * n) - 1e-12 * scale))

    method = "sign-flip" if len(gains) <= ENUMERATED else f"sign-flip, {DRAWN:,} drawn"
    reach = max(se, 1e-15) * 4
    low, high = (_border(p_of, delta, side * reach, alpha) for side in (-1, 1))
    return Estimate(delta, low, high, p_of(0.0), se, len(gains), method)


def _signs(clusters: int) -> Array:
    """All assignments of signs, one a row, or `DRAWN` random ones from a fixed seed; the first row is the observed one."""
    if clusters <= ENUMERATED:
        ways = np.arange(2**clusters)[:, None] >> np.arange(clusters) & 1
        return np.asarray(1.0 - 2.0 * ways, np.float64)
    drawn = np.random.default_rng(20_260_101).choice([-1.0, 1.0], (DRAWN, clusters))
    drawn[0] = 1.0
    return drawn


def _border(p_of: object, inside: float, step: float, alpha: float) -> float:
    """Find where p falls to alpha outwards from `inside`, where p is 1; infinite where p never falls."""
    assert callable(p_of)
    for _ in range(40):
        if p_of(inside + step) < alpha:
            break
        step *= 2
    else:
        return float("inf") if step > 0 else float("-inf")
    near, far = 0.0, step
    for _ in range(60):
        middle = (near + far) / 2
        near, far = (middle, far) if p_of(inside + middle) >= alpha else (near, middle)
    return inside + far


def requirements(
    gains: Array, ses: Array, by_shrink: Array, recalibrated: Array, alpha: float
) -> tuple[tuple[str, Truths], ...]:
    """Requirements of a gain beyond its interval above 0, each with whether it is met; vectorised over leading axes.

    `gains`, `ses`: gain and standard error of each origin (last axis).
    `by_shrink`: overall gain for each m (last axis).
    `recalibrated`: the gain left when both segmentations are right on average.
    """
    return (
        ("a gain beyond what differs between origins", between(gains, ses, alpha)[0] > 0),
        ("a gain whatever the shrinkage", np.asarray((by_shrink > 0).all(-1))),
        ("a gain that isn't the average's alone", np.asarray(recalibrated > 0)),
    )


def between(gains: Array, ses: Array, alpha: float) -> tuple[Array, Array]:
    """Interval of the mean gain over exchangeable origins, from each origin's gain and standard error (last axis).

    With variance between origins, t with K - 1 degrees of freedom replaces the normal (D. A. Follmann, M. A. Proschan,
    Biometrics 55, 1999). tests/simulate/frontier.txt lists its error rates beside other conditions.
    """
    gains, ses = np.asarray(gains, float), np.asarray(ses, float)
    origins = gains.shape[-1]
    if origins < 2 or not (ses > 0).all():
        nothing = np.full(gains.shape[:-1], np.inf)
        return -nothing, nothing
    mean, tau2, _ = _heterogeneity(gains, ses)
    weights = 1 / (ses**2 + tau2[..., None])
    reach = np.where(tau2 > 0, special.stdtrit(origins - 1, 1 - alpha / 2), special.ndtri(1 - alpha / 2))
    half = reach / np.sqrt(weights.sum(-1))
    return mean - half, mean + half


def heterogeneity(estimates: Array, ses: Array) -> tuple[float, float, float]:
    """Return (mean, variance between estimates, Cochran's Q about the mean weighted by precision).

    `ses` are above 0. R. DerSimonian, N. Laird, Meta-analysis in clinical trials (1986), equation 8.
    """
    mean, tau2, q = _heterogeneity(estimates, ses)
    return float(mean), float(tau2), float(q)


def _heterogeneity(estimates: Array, ses: Array) -> tuple[Array, Array, Array]:
    """Compute `heterogeneity` over the last axis."""
    weights = 1 / ses**2
    total = weights.sum(-1)
    mean = (weights * estimates).sum(-1) / total
    q = (weights * (estimates - mean[..., None]) ** 2).sum(-1)
    scale = total - (weights**2).sum(-1) / total
    excess = q - (estimates.shape[-1] - 1)
    tau2 = np.maximum(0.0, np.divide(excess, scale, out=np.zeros_like(excess), where=scale > 0))
    weights = 1 / (ses**2 + tau2[..., None])
    return (weights * estimates).sum(-1) / weights.sum(-1), tau2, q


def holm(ps: Mapping[str, float], alpha: float) -> dict[str, float]:
    """Two-sided level at which each candidate is tested: alpha / (K - k + 1) for the k-th smallest p.

    After the first that isn't rejected, all others keep its level and aren't rejected either (S. Holm, A simple
    sequentially rejective multiple test procedure, 1979).
    """
    levels: dict[str, float] = {}
    level, stopped = alpha, False
    for rank, name in enumerate(sorted(ps, key=lambda n: ps[n])):
        level = level if stopped else alpha / (len(ps) - rank)
        levels[name] = level
        stopped = stopped or ps[name] > level
    return levels
