"""Power of a pilot that hasn't begun: by effect, by weeks of entering, and look by look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from math import prod, sqrt

from scipy import optimize, special

from segdsl.experiment.pilot import looks
from segdsl.experiment.pilot.effect import chance_above, has_few
from segdsl.experiment.pilot.looks import DAYS, always, boundaries
from segdsl.model.experiment import Assigned


@dataclass(frozen=True, slots=True)
class LookAhead:
    """A look to come, at a given effect.

    `on`: its day; None where any day may be one.
    `fraction`: share of all outcomes that have happened by then.
    `border`: critical value of z.
    `promoted`: chance of promotion at this look or earlier.
    `left`: chance of promotion later, if this look doesn't decide; None for the last.
    """

    on: dt.date | None
    fraction: float
    border: float
    promoted: float
    left: float | None


@dataclass(frozen=True, slots=True)
class Entering:
    """Result of a pilot by its weeks of entering.

    `entering`: weeks of entering; 0 where all enter on one day.
    `weeks`: weeks until the last outcome.
    `units`: entrants over all arms.
    `least`: smallest effect promoted with the requested power; None where there is none.
    `curve`: (effect, chance of promotion), from 0 to twice the effect in question in sixteenths, as far as the effect
        is possible.
    """

    entering: int
    weeks: int
    units: int
    least: float | None
    curve: tuple[tuple[float, float], ...]

    @property
    def powers(self) -> tuple[tuple[float, float], ...]:
        """Power at half the effect in question, at the effect, and at its double."""
        return tuple(self.curve[i] for i in (4, 8, 16) if i < len(self.curve))


@dataclass(frozen=True)
class Endpoint:
    """An outcome in D, and the test that a run will apply.

    `variance`: s_A^2 + s_B^2 for one customer of each arm, as a function of the effect.
    `most`: largest possible effect.
    `more`: factor on the number of customers: design effect of clusters times what a covariate leaves, DEFF (1 -
        rho^2).
    `share`: share with the better answer under the incumbent's plays; None for a number, and for clusters.
    `no_worse`: the effect is a margin, and the question is whether equal arms are shown to differ by less.
    """

    variance: Callable[[float], float]
    most: float = float("inf")
    more: float = 1.0
    share: float | None = None
    no_worse: bool = False

    def chance(self, effect: float, each: float, z: float) -> float:
        """Chance that a look's interval lies above 0, or above the margin, with `each` customers an arm and critical
        value `z`.

        Exact for a yes or no, otherwise the normal approximation. A covariate saves nothing where an arm has few
        events, since their test takes none.
        """
        n = int(each + 1e-9)
        if n < 2:
            return 0.0
        share = self.share
        if share is None or (self.more != 1 and not has_few(share, n)):
            return float(special.ndtr(effect / sqrt(self.variance(effect) * self.more / each) - z))
        other, beyond = (share, -min(effect, 1.0)) if self.no_worse else (share + effect, 0.0)
        return chance_above(share, min(other, 1.0), n, beyond, z)

    @property
    def varies(self) -> bool:
        return self.variance(0.0) > 0


MOST_UNITS = 2**30  # largest arm considered


@dataclass(frozen=True)
class Prospect:
    """All that decides a pilot's chance of promotion.

    `guardrails`: (margin, endpoint).
    `days`, `fractions`, `borders`: of each look; the last has all outcomes.
    """

    primary: Endpoint
    arms: int
    guardrails: tuple[tuple[float, Endpoint], ...]
    days: tuple[dt.date | None, ...]
    fractions: tuple[float, ...]
    borders: tuple[float, ...]

    def looks(self, effect: float, units: int) -> tuple[LookAhead, ...]:
        """Chance of promotion at each look, with `units` over all arms.

        PROMOTE requires the primary above the look's border and each guardrail above its margin at the same look.
        Guardrails are assumed unchanged, and independent of the primary and of each other.
        """
        each = max(units, 1) / self.arms
        by = self._by_look(effect, each) if self._can_tell(effect, each) else [(0.0, 0.0)] * len(self.days)
        promoted = [
            above * prod(guardrail.chance(margin, each * t, z) for margin, guardrail in self.guardrails)
            for (above, _), t, z in zip(by, self.fractions, self.borders)
        ]
        open_ = [1 - p - below for p, (_, below) in zip(promoted, by)]
        left = [(promoted[-1] - p) / o if o > 1e-9 else 0.0 for p, o in zip(promoted[:-1], open_)]
        return tuple(LookAhead(*look) for look in zip(self.days, self.fractions, self.borders, promoted, [*left, None]))

    def _can_tell(self, effect: float, each: float) -> bool:
        """Whether a test is possible: two customers an arm, an outcome that varies, and a possible effect."""
        return effect < self.primary.most and each >= 2 and self.primary.varies

    def _by_look(self, effect: float, each: float) -> list[tuple[float, float]]:
        """For each look: chances that the primary's z has crossed the upper border by then, and the lower.

        z is normal, with the drift that gives a single final look the power of its own test.
        """
        alone = self.primary.chance(effect, each, self.borders[-1])
        drift = self.borders[-1] + float(special.ndtri(min(max(alone, 1e-300), 1 - 1e-16)))
        return looks.by_look(self.fractions, self.borders, drift)

    def power(self, effect: float, units: int) -> float:
        """Chance of promotion at any of the looks."""
        return self.looks(effect, units)[-1].promoted

    def entering(self, entering: int, weeks: int, units: int, of: float, power: float) -> Entering:
        """Result with `units` over all arms, about an effect `of`, at the given power."""
        sizes = [of * i / 8 for i in range(17)]
        curve = tuple((size, self.power(size, units)) for size in sizes if size < self.primary.most)
        return Entering(entering, weeks, units, self.least(units, power), curve)

    def least(self, units: int, power: float) -> float | None:
        """Smallest effect promoted with that power; None where there is none."""
        top = min(self.primary.most * (1 - 1e-9), 1e3 * sqrt(self.primary.variance(0.0)))
        if self.power(top, units) < power:
            return None
        return float(optimize.brentq(lambda effect: self.power(effect, units) - power, 0.0, top, xtol=1e-7))

    def units(self, effect: float, power: float) -> int | None:
        """Smallest number over all arms that promotes an effect with that power; None where no number does."""
        few, enough = 1, 2
        while self.power(effect, enough * self.arms) < power:
            few, enough = enough, 2 * enough
            if enough > MOST_UNITS:
                return None
        while enough - few > 1:
            middle = (few + enough) // 2
            few, enough = (few, middle) if self.power(effect, middle * self.arms) >= power else (middle, enough)
        return enough * self.arms


Ahead = tuple[tuple[dt.date | None, ...], tuple[float, ...], tuple[float, ...]]
"""Days of the looks, shares of the outcomes, and borders."""


def ahead(design: Assigned | None, alpha: float) -> Ahead:
    """Looks of a pilot at a two-sided level, as if outcomes came in evenly; one look without a design."""
    if design is not None and design.any_day:
        shares = tuple((i + 1) / DAYS for i in range(DAYS))
        return (None,) * DAYS, shares, tuple(always(t, 1.0, alpha) for t in shares)
    days = design.looks if design is not None else ()
    count = max(1, len(days))
    shares = tuple((i + 1) / count for i in range(count))
    return days or (None,), shares, boundaries(shares, shares, alpha)
