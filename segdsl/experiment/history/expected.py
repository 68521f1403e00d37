"""Power of a backtest: standard error and chance of a verdict for a gain of any size, by simulated origins.

`power.py` estimates the inputs from the window before the first origin, before any judged outcome has happened.
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
    """Inputs of a backtest's power, estimated in the window before the first origin.

    Gains are in skill: shares of the outcome's variance in that window. A gain is the gain of rates as learned, not of
    the rates that many more customers would give.

    `seen`: the candidate's cross-fitted gain in the window.
    `apart`: E(r_B - r_A)^2 / v - seen, the squared distance of the two rates beyond the gain: what only the incumbent
        knows, plus what the candidate has learned wrongly.
    `apart_low`, `apart_high`: 95 % interval of `apart`.
    `further`: number of rates that each segmentation learns and the other doesn't. A candidate that refines the
        incumbent adds its new segments; two that overlap everywhere differ in all segments but one.
    `drawn`: shrinkage of each segmentation's rates, n / (n + m k).
    `learners`: customers in the window.
    `factor`: variance of the gain, with clusters, relative to independent yes/no outcomes.
    `factor_low`, `factor_high`: 95 % interval of `factor`.
    `customers`: customers at each origin.
    `clusters`: independent units in the window.
    `detect`: the registered gain.
    `alpha`: two-sided level at which the worst of several candidates is tested.
    `follows`: whether each origin learns from the window that judges the origin before.
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
        """Standard error, in skill, of a gain of `size` over all origins: 2 sqrt(factor (size + apart) / n).

        A customer's gain is d = (r_B - r_A)(2y - r_A - r_B). Independent yes/no outcomes with right rates and p (1 - p)
        about v have Var d = 4 v E(r_B - r_A)^2. Their gain is G = (Var r_B - Var r_A) / v, so E(r_B - r_A)^2 / v = G +
        x with x = 2 (Var r_A - Cov(r_A, r_B)) / v: 0 where the candidate refines the incumbent, twice the incumbent's
        skill where the two have nothing in common. A larger gain therefore has a larger error. Rates learned from n
        customers in k segments, each with variance v / (n / k), add k / n to the distance and subtract k / n from the
        gain: `apart` is x + 2 k / n, and at least what is learned wrongly.
        """
        distance = sum(self._distances(self._worth(size, self.apart if apart is None else apart)))
        return 2 * sqrt(self.factor * distance / sum(self.customers))

    def chance(self, size: float) -> float:
        """Chance that the interval lies above 0 for a gain of `size`, ignoring the other requirements."""
        return power_of(size, self.se(size), self.alpha)

    @property
    def answerable(self) -> float:
        """Chance to find the registered gain, or the gain seen in the window if that chance is larger."""
        return max(self.chance(self.detect), self.chance(self.seen) if self.seen > 0 else 0.0)

    def power(self, size: float, apart: float | None = None) -> float:
        """Chance of a verdict for the candidate at a gain of `size`, by simulated origins under all requirements of
        `judge`.

        Other shrinkage and recalibration are assumed to leave the gain unchanged.
        """
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
        """Simulate (gain, E(r_B - r_A)^2 / v) at each origin: two arrays, draws by origins.

        The rates of k segments, less the average, form a vector c whose squared length is their worth. An origin
        observes c + z, z normal with variance factor / n in each direction. Frozen rates are r = s (c + z), with z from
        the window before: their worth is 2 cr - r^2, and the origin measures 2 zr more, with its own z. Rates, gain and
        error thus vary between origins. Where `follows`, the noise that favours the candidate at one origin also
        teaches the rates of the next.
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
        """Return c^2 of the incumbent and of the candidate.

        The incumbent's c^2 reproduces the window, with mean gain `seen` and mean distance `seen + apart`, as far as
        possible; the candidate's c^2 gives the mean gain `size`.
        """
        first, second = self._distances((0.0, 0.0))
        seen, distance = self.seen + second - first, self.seen + apart - second - first
        (kept_a, a), (kept_b, b) = ((2 * s - s**2, s**2) for s in self.drawn)
        if not self.further[1]:
            return max(distance / a, 0.0), 0.0
        first_worth = max((kept_b * distance - b * seen) / (kept_b * a + b * kept_a), 0.0) if self.further[0] else 0.0
        return first_worth, max((size + second - first + kept_a * first_worth) / kept_b, 0.0)

    def _distances(self, worth: tuple[float, float]) -> tuple[float, float]:
        """Mean of r^2 for both segmentations: their worth plus what they learn wrongly."""
        first, second = (
            s**2 * (c + k * self.factor / self.learners) for s, c, k in zip(self.drawn, worth, self.further)
        )
        return first, second

    @property
    def interval(self) -> tuple[float, float]:
        """Interval of the power for the registered gain, given the uncertainty of `apart` and of `factor`.

        The two parts are combined as independent (G. Y. Zou, A. Donner, Statistics in Medicine 27, 2008, equation 4).
        """
        usual, ends = self.power(self.detect), []
        for side, apart, factor in ((-1, self.apart_high, self.factor_high), (1, self.apart_low, self.factor_low)):
            other = self if factor is None else replace(self, factor=factor)
            alone = self.power(self.detect, apart) - usual, other.power(self.detect) - usual
            ends.append(min(max(usual + side * hypot(*alone), 0.0), 1.0))
        return ends[0], ends[1]

    def least(self, power: float) -> float | None:
        """Smallest gain that is found with that power; None where there is none, as with a single origin, which never
        promotes.
        """
        if self.power(1.0) < power:
            return None
        return float(optimize.brentq(lambda size: self.power(size) - power, 0.0, 1.0, xtol=1e-5))


@lru_cache(maxsize=16)
def _directions(origins: int, count: int, seed: int) -> tuple[Array, Array, Array]:
    """Draw standard normal vectors in `count` dimensions, one row a draw.

    Returns three components: along the true rates, along the learned rates' deviation, and the length orthogonal to the
    true rates. The power needs no more of a vector.
    """
    rng = np.random.default_rng([_SEED, seed])
    shape = (DRAWS, origins)
    along = rng.normal(size=shape)
    across = rng.normal(size=shape) * (count > 1)
    rest = rng.chisquare(count - 2, shape) if count > 2 else 0.0
    return along, across, np.sqrt(across**2 + rest)
