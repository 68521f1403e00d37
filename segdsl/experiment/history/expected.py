"""What a backtest can be expected to find: the standard error and the power of a gain of any size, by draws of each origin.

`power.py` estimates it from the window before the first origin, before any outcome that is judged has happened.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import hypot, sqrt

import numpy as np
from scipy import optimize, special

from segdsl.experiment.shared import gain
from segdsl.experiment.shared.sample_size import power_of

Array = gain.Array

DRAWS = 40_000
_SEED = 20_260_101


@dataclass(frozen=True)
class Expected:
    """What the window before the first origin says of a backtest. Gains are in skill: shares of the outcome's variance in that window.

    A gain is that of rates as they were learned, not of those that many more customers would give.
    `seen` is the candidate's gain there, each fold of customers by rates of the others.
    `apart` is by how much the rates of the two differ beyond that gain, E(r_B - r_A)^2 / v - seen: what the incumbent knows and the candidate
    doesn't, and what the candidate has learned wrongly. `apart_low` and `apart_high` are its 95 % interval.
    `further` are how many rates each of the two learns that the other doesn't: where the candidate refines the incumbent none, and the segments it
    adds; where any two segments overlap all but one, the average. `drawn` is how much of what it learns each keeps, n / (n + m k), and `learners`
    the customers of the window.
    `factor` is the variance of the gain, clusters in it, over the one of independent yes/no outcomes; `factor_low` and `factor_high` its 95 % interval.
    `customers` are those of each origin, one number an origin; `clusters` the independent units of the window.
    `detect` is the registered gain, `alpha` the two-sided level at which the worst of several candidates is tested.
    `follows` is whether each origin learns from what the one before is judged by.
    """

    seen: float
    apart: float
    apart_low: float
    apart_high: float
    further: tuple[int, int]
    drawn: tuple[float, float]
    learners: int
    factor: float
    customers: tuple[int, ...]
    clusters: int
    detect: float
    alpha: float = 0.05
    follows: bool = True
    factor_low: float | None = None
    factor_high: float | None = None

    def se(self, size: float, apart: float | None = None) -> float:
        """The standard error of a gain of that size over all origins, in skill: 2 sqrt(factor (size + apart) / n).

        A customer's gain is d = (r_B - r_A)(2y - r_A - r_B). Of independent yes/no outcomes whose rates are right, with p (1 - p) about v,
        Var d = 4 v E(r_B - r_A)^2. Their gain is G = (Var r_B - Var r_A) / v, so that E(r_B - r_A)^2 / v = G + x with
        x = 2 (Var r_A - Cov(r_A, r_B)) / v: 0 where the candidate refines the incumbent, twice the incumbent's skill where the two
        have nothing in common. A greater gain has a greater error. Rates learned from n customers are apart by some k / n more, k segments
        each v / (n / k), and gain as much less: `apart` is x + 2 k / n, and where one window shows less than is learned wrongly, it is that.
        """
        distance = sum(self._distances(self._worth(size, self.apart if apart is None else apart)))
        return 2 * sqrt(self.factor * distance / sum(self.customers))

    def chance(self, size: float) -> float:
        """That the interval lies above 0 where the gain is of that size, whatever else is asked."""
        return power_of(size, self.se(size), self.alpha)

    @property
    def answerable(self) -> float:
        """The chance that the registered gain is found, or the one seen in the window where that is more."""
        return max(self.chance(self.detect), self.chance(self.seen) if self.seen > 0 else 0.0)

    def power(self, size: float, apart: float | None = None) -> float:
        """The chance of a verdict for the candidate where the gain is of that size, by draws of what each origin finds, of which all is asked
        that `judge` asks. Other shrinkage and right averages are taken to leave a gain as it is."""
        gains, distances = self._origins(size, self.apart if apart is None else apart)
        if not distances.any():
            return float(size > 0 and len(self.customers) > 1)
        sizes = np.array(self.customers, float)
        ses = 2 * np.sqrt(self.factor * distances / sizes)
        overall = (gains * sizes).sum(-1) / sizes.sum()
        error = np.sqrt((np.square(ses * sizes)).sum(-1)) / sizes.sum()
        above = overall > special.stdtrit(max(self.clusters - 1, 1), 1 - self.alpha / 2) * error
        requirements = gain.requirements(gains, ses, overall[:, None], overall, self.alpha)
        return float(np.mean(np.logical_and.reduce([above, *(is_met for _, is_met in requirements)])))

    def _origins(self, size: float, apart: float) -> tuple[Array, Array]:
        """Draws of the gain that each origin finds, and of E(r_B - r_A)^2 / v there (draws by origins).

        The rates of k segments, less the average, are a vector c as long as the square root of what they are worth, and an origin sees c + z,
        z normal with variance factor / n in each direction. Frozen rates are r = s (c + z), z that of the window before: worth 2 cr - r^2, found to
        be worth 2 zr more, z that of the origin. So rates differ from origin to origin, and their gain and error with them; and where the
        customers who leave more than expected speak for the candidate at one origin, they teach it to say so at the next.
        """
        (first, second), worth = self.drawn, self._worth(size, apart)
        n, origins = self.learners / self.factor, len(self.customers)
        learned, judged = slice(origins), slice(1, origins + 1) if self.follows else slice(origins, None)
        gains = distances = np.zeros((DRAWS, origins))
        for side, (sign, s) in enumerate(((-1, first), (1, second))):
            if self.further[side]:
                along, across, off = _directions(2 * origins, self.further[side], side)
                c = sqrt(worth[side])
                r, aside = s * (c + along[:, learned] / sqrt(n)), s * off[:, learned] / sqrt(n)
                z = 2 * np.sqrt(self.factor / np.array(self.customers))
                square = r**2 + aside**2
                gains = gains + sign * (2 * c * r - square + z * (r * along[:, judged] + aside * across[:, judged]))
                distances = distances + square
        return gains + (size - gains.mean()), distances

    def _worth(self, size: float, apart: float) -> tuple[float, float]:
        """c^2 of the incumbent and of the candidate. The incumbent's is that of the window, where the mean gain is `seen` and the mean distance
        `seen + apart`, as far as that can be; the candidate's is what makes the mean gain `size`."""
        first, second = self._distances((0.0, 0.0))
        seen, distance = self.seen + second - first, self.seen + apart - second - first
        (kept_a, a), (kept_b, b) = ((2 * s - s**2, s**2) for s in self.drawn)
        if not self.further[1]:
            return max(distance / a, 0.0), 0.0
        first_worth = max((kept_b * distance - b * seen) / (kept_b * a + b * kept_a), 0.0) if self.further[0] else 0.0
        return first_worth, max((size + second - first + kept_a * first_worth) / kept_b, 0.0)

    def _distances(self, worth: tuple[float, float]) -> tuple[float, float]:
        """The mean of r^2 of the two: what they are worth, and what they learn wrongly."""
        first, second = (
            s**2 * (c + k * self.factor / self.learners) for s, c, k in zip(self.drawn, worth, self.further)
        )
        return first, second

    @property
    def interval(self) -> tuple[float, float]:
        """Of the power for the registered gain: what one window leaves open of `apart` and of `factor`, each alone, put together as independent ones
        (G. Y. Zou, A. Donner, Statistics in Medicine 27, 2008, equation 4)."""
        usual, ends = self.power(self.detect), []
        for side, apart, factor in ((-1, self.apart_high, self.factor_high), (1, self.apart_low, self.factor_low)):
            other = self if factor is None else replace(self, factor=factor)
            alone = self.power(self.detect, apart) - usual, other.power(self.detect) - usual
            ends.append(min(max(usual + side * hypot(*alone), 0.0), 1.0))
        return ends[0], ends[1]

    def least(self, power: float) -> float | None:
        """The gain that is found with that power; None where none is: one origin alone never promotes."""
        if self.power(1.0) < power:
            return None
        return float(optimize.brentq(lambda size: self.power(size) - power, 0.0, 1.0, xtol=1e-5))


@lru_cache(maxsize=16)
def _directions(origins: int, count: int, seed: int) -> tuple[Array, Array, Array]:
    """Standard normal vectors of `count` directions, a row for each draw: along the true rates, along what the rates learned beside them, and how
    long each is beside the true rates. No more of a vector matters."""
    rng = np.random.default_rng([_SEED, seed])
    shape = (DRAWS, origins)
    along = rng.normal(size=shape)
    across = rng.normal(size=shape) * (count > 1)
    rest = rng.chisquare(count - 2, shape) if count > 2 else 0.0
    return along, across, np.sqrt(across**2 + rest)
