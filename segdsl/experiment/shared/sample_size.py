"""Sample size and power of a two-sided test."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import numpy as np
import numpy.typing as npt
from scipy import special, stats

Array = npt.NDArray[np.float64]


def z_total(alpha: float, power: float) -> float:
    """z_{1 - alpha/2} + z_{power}: the distance of the effect from 0, in standard errors."""
    return float(stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power))


def units_per_arm(
    effect: float,
    variance_a: float,
    variance_b: float,
    alpha: float = 0.05,
    power: float = 0.8,
    rho: float = 0.0,
    deff: float = 1.0,
) -> int:
    """n of each arm for a two-sided test of a difference of two means.

    (z_{1-alpha/2} + z_{power})^2 (s_A^2 + s_B^2) / effect^2 (S.-C. Chow, J. Shao, H. Wang, Sample Size Calculations in
    Clinical Research, 2nd ed., 2008, equation 3.2.2, equal arms), times 1 - rho^2 where a covariate of correlation rho is
    adjusted for (A. Deng et al., CUPED, 2013, equation 5), times the design effect of clusters.
    """
    if effect == 0:
        raise ValueError("no number of customers finds an effect of 0")
    n = z_total(alpha, power) ** 2 * (variance_a + variance_b) / effect**2 * (1 - rho**2) * deff
    return ceil(n - 1e-9)


def design_effect(mean_size: float, cv: float, icc: float) -> float:
    """Factor by which clusters raise the number of customers: 1 + ((1 + CV^2) m - 1) ICC, with mean size m and its
    coefficient of variation.

    S. M. Eldridge, D. Ashby, S. Kerry, Int. J. Epidemiology 35, 2006, equation 3.
    """
    return 1 + ((1 + cv**2) * mean_size - 1) * icc


def icc(sizes: Array, means: Array, m2: Array) -> float:
    """Intraclass correlation of k clusters by analysis of variance, at least 0; 0 where each customer is a cluster
    alone.

    (MSB - MSW) / (MSB + (n0 - 1) MSW), n0 = (N - sum n^2 / N) / (k - 1) (A. Donner, J. J. Koval, Biometrics 36, 1980,
    equation 2).
    """
    k, n = len(sizes), float(sizes.sum())
    if k < 2 or n <= k:
        return 0.0
    overall = float((sizes * means).sum()) / n
    between = float((sizes * np.square(means - overall)).sum()) / (k - 1)
    within = float(m2.sum()) / (n - k)
    n0 = (n - float(np.square(sizes).sum()) / n) / (k - 1)
    total = between + (n0 - 1) * within
    return max(0.0, (between - within) / total) if total > 0 else 0.0


def of_share(base: float, lower_is_better: bool) -> Callable[[float], float]:
    """s_A^2 + s_B^2 of a yes/no outcome as a function of the effect in points; `base` is the incumbent's share."""

    def variance(effect: float) -> float:
        other = min(1.0, max(0.0, base - effect if lower_is_better else base + effect))
        return base * (1 - base) + other * (1 - other)

    return variance


def power_of(effect: float, se: float, alpha: float = 0.05) -> float:
    """Chance that the interval lies above 0 at this effect: Phi(effect / se - z_{1 - alpha/2})."""
    return 1.0 if se == 0 else float(special.ndtr(effect / se - special.ndtri(1 - alpha / 2)))
