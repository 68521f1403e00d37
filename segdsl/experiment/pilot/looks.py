"""Interim analyses: critical values that keep the overall error over all looks.

Three kinds: a single look at the end; registered looks that spend the error as outcomes come in (K. K. G. Lan, D. L.
DeMets, Biometrika 70, 1983, spending like P. C. O'Brien and T. R. Fleming's, alpha / 2 on each side); or a look on any
day (an asymptotic confidence sequence: I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas, Annals of
Statistics 52, 2024, theorem 2.2 and its appendix on rho).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import log, sqrt

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

Array = npt.NDArray[np.float64]
POINTS = 401  # grid points of Simpson's rule, an odd number
FAR = 9.0  # standard deviations beyond which the density is neglected


def spent(fraction: float, alpha: float) -> float:
    """One-sided error that may be spent by `fraction` of the outcomes: 2 - 2 Phi(z_{1 - alpha/4} / sqrt(t)); `alpha` is
    two-sided.
    """
    if fraction <= 0:
        return 0.0
    return float(2 * stats.norm.sf(stats.norm.isf(alpha / 4) / sqrt(min(fraction, 1.0))))


@lru_cache(maxsize=1024)
def boundaries(sizes: tuple[float, ...], fractions: tuple[float, ...], alpha: float = 0.05) -> tuple[float, ...]:
    """Critical values of z at each look, both sides alike.

    `sizes`: units with an outcome at each look, increasing.
    `fractions`: share of all units as planned at the time; 1 at the last look, which spends all remaining error.

    By the recursion of P. Armitage, C. K. McPherson, B. C. Rowe, J. Royal Statistical Society A 132 (1969), on a grid.
    """
    borders: list[float] = []
    before, walk = 0.0, _Walk()
    for size, fraction in zip(sizes, fractions):
        now = max(spent(fraction, alpha), before)
        z = FAR if now - before <= 1e-15 else _border(walk.beyond(size), now - before)
        borders.append(z)
        walk = walk.on(size, z)
        before = now
    return tuple(borders)


def _border(beyond: Callable[[float], float], error: float) -> float:
    return float(optimize.brentq(lambda c: beyond(c) - error, 0.0, FAR, xtol=1e-12)) if beyond(FAR) < error else FAR


def level(z: float) -> float:
    """Two-sided error of a single look with critical value `z`."""
    return float(2 * stats.norm.sf(z))


def always(size: float, planned: float, alpha: float = 0.05) -> float:
    """Critical value of z on any day with `size` units; narrowest about `planned`.

    sqrt((t rho^2 + 1) / (t rho^2) 2 ln(sqrt(t rho^2 + 1) / alpha)), rho^2 planned = 2 ln(1 / alpha) + ln(1 + 2 ln(1 /
    alpha)).
    """
    r = size / planned * (2 * log(1 / alpha) + log(1 + 2 * log(1 / alpha)))
    return sqrt((r + 1) / r * 2 * log(sqrt(r + 1) / alpha))


def median_unbiased(sizes: Sequence[float], borders: Sequence[float], estimate: float, se: float) -> float:
    """Median-unbiased estimate under stagewise ordering (A. A. Tsiatis, G. L. Rosner, C. R. Mehta, Biometrics 40,
    1984).

    `sizes`, `borders`: of the looks so far; the last has `estimate` and `se`.
    """
    if len(sizes) == 1 or se == 0:
        return estimate
    last, z = sizes[-1], estimate / se

    def above(drift: float) -> float:
        """The chance of more, where the last look's z has that mean."""
        return _crossed(sizes[:-1], borders[:-1], last, z, drift / sqrt(last)) - 0.5

    return float(optimize.brentq(above, min(z, 0.0) - 8, max(z, 0.0) + 8, xtol=1e-9)) * se


DAYS = 20  # looks that approximate a look on any day, for planning


def inflation(fractions: Sequence[float], alpha: float, power: float) -> float:
    """Factor by which the looks raise the number of units for equal power."""
    return _inflation(fractions, boundaries(tuple(fractions), tuple(fractions), alpha), alpha, power)


def inflation_always(alpha: float, power: float) -> float:
    """Inflation for a look on any day, planned as `DAYS` looks."""
    fractions = [(i + 1) / DAYS for i in range(DAYS)]
    return _inflation(fractions, [always(f, 1.0, alpha) for f in fractions], alpha, power)


def by_look(fractions: Sequence[float], borders: Sequence[float], drift: float) -> list[tuple[float, float]]:
    """For each look: chances that z has crossed the upper border by then, and the lower; z at size 1 has mean `drift`."""
    walk, above, chances = _Walk(drift), 0.0, []
    for size, border in zip(fractions, borders):
        above += walk.beyond(size)(border)
        walk = walk.on(size, border)
        chances.append((above, max(0.0, 1 - above - float(walk.mass.sum()))))
    return chances


def _inflation(fractions: Sequence[float], borders: Sequence[float], alpha: float, power: float) -> float:
    single = float(stats.norm.isf(alpha / 2) + stats.norm.ppf(power))

    def short(drift: float) -> float:
        return _crossed(fractions[:-1], borders[:-1], fractions[-1], borders[-1], drift) - power

    return float(optimize.brentq(short, 0.0, 3 * single, xtol=1e-9)) ** 2 / single**2


def _crossed(sizes: Sequence[float], borders: Sequence[float], last: float, z: float, drift: float) -> float:
    """Chance that z crosses its border at an earlier look, or `z` at the last."""
    walk, total = _Walk(drift), 0.0
    for size, border in zip(sizes, borders):
        total += walk.beyond(size)(border)
        walk = walk.on(size, border)
    return total + walk.beyond(last)(z)


class _Walk:
    """Density of the score S = z sqrt(size) over pilots still open, on a grid; a unit of size adds `drift` to the mean
    and 1 to the variance.
    """

    def __init__(self, drift: float = 0.0, size: float = 0.0, at: Array | None = None, mass: Array | None = None):
        self.drift, self.size = drift, size
        self.at = np.zeros(1) if at is None else at
        self.mass = np.ones(1) if mass is None else mass

    def beyond(self, size: float) -> Callable[[float], float]:
        """Chance of z above a border at a look of this size."""
        step = size - self.size
        mean = self.at + self.drift * step

        def chance(z: float) -> float:
            return float((self.mass * stats.norm.sf((z * sqrt(size) - mean) / sqrt(step))).sum())

        return chance

    def on(self, size: float, z: float) -> _Walk:
        """Condition on staying open at a look with borders on both sides."""
        step = size - self.size
        edge = min(z, FAR) * sqrt(size)
        low, high = -edge, edge
        middle = float((self.mass * self.at).sum() / max(float(self.mass.sum()), 1e-300)) + self.drift * step
        low, high = max(low, middle - 12 * sqrt(size)), min(high, middle + 12 * sqrt(size))
        if low >= high:
            low, high = -edge, edge
        grid = np.linspace(low, high, POINTS)
        simpson = np.ones(POINTS)
        simpson[1:-1:2], simpson[2:-1:2] = 4.0, 2.0
        simpson *= (high - low) / (POINTS - 1) / 3
        mean = self.at + self.drift * step
        density = np.exp(-0.5 * np.square(grid[:, None] - mean) / step) @ self.mass / sqrt(2 * np.pi * step)
        return _Walk(self.drift, size, grid, density * simpson)
