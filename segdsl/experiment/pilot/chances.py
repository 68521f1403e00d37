"""A pilot that hasn't begun -> the chance that its candidate is promoted: by effect, by weeks of entering, look by look."""

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
    """One of the looks to come, where the effect is a given one.

    `on` is its day, None where any day may be one; `fraction` the share of all outcomes that have happened by then.
    `border` is the z that it asks for.
    `promoted` is the chance that the candidate is promoted at this look or an earlier one.
    `left` is the chance that it is promoted later, if this look decides nothing; None of the last.
    """

    on: dt.date | None
    fraction: float
    border: float
    promoted: float
    left: float | None


@dataclass(frozen=True, slots=True)
class Entering:
    """What a pilot finds whose customers enter over so many weeks.

    `entering` are these weeks, 0 where all enter on one day; `weeks` go by until the last outcome.
    `units` enter in all, into all arms together.
    `least` is the smallest effect that is promoted with the power asked for; None where none is.
    `curve` has (effect, chance to be promoted): from nothing to twice the effect in question, in sixteenths, as far as there can be so much.
    """

    entering: int
    weeks: int
    units: int
    least: float | None
    curve: tuple[tuple[float, float], ...]

    @property
    def powers(self) -> tuple[tuple[float, float], ...]:
        """Half the effect in question, the effect, and its double."""
        return tuple(self.curve[i] for i in (4, 8, 16) if i < len(self.curve))


@dataclass(frozen=True)
class Endpoint:
    """An outcome among customers whose play differs, and how `run` will test it.

    `variance` is s_A^2 + s_B^2 of one customer of each arm, by effect; `most` the largest effect there can be.
    `more` is how many times as many customers are needed for clusters, less what a covariate saves: DEFF (1 - rho^2).
    `share` are those with the better of a yes and a no, by the incumbent's plays; None of a number, and where clusters are drawn.
    `no_worse`: an effect is a margin, and asked is whether two that are alike are shown to differ by less.
    """

    variance: Callable[[float], float]
    most: float = float("inf")
    more: float = 1.0
    share: float | None = None
    no_worse: bool = False

    def chance(self, effect: float, each: float, z: float) -> float:
        """That the interval of a look lies above 0, or above the margin, with so many customers an arm: exact of a yes or no, else by the normal
        approximation. A covariate saves nothing where an arm has few events, since their test takes none."""
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


MOST_UNITS = 2**30  # in an arm: nobody has as many


@dataclass(frozen=True)
class Prospect:
    """What decides how likely a pilot's candidate is promoted. `guardrails` are margins, each with what is tested against it. `days`, `fractions`
    and `borders` are those of the looks, the last with all outcomes."""

    primary: Endpoint
    arms: int
    guardrails: tuple[tuple[float, Endpoint], ...]
    days: tuple[dt.date | None, ...]
    fractions: tuple[float, ...]
    borders: tuple[float, ...]

    def looks(self, effect: float, units: int) -> tuple[LookAhead, ...]:
        """Of a pilot with `units` in all arms together. PROMOTE asks for the primary above a look's border, and for each guardrail above its margin at
        the same look; guardrails don't change, and are taken to be independent of it and of each other."""
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
        """Nothing is promised by fewer than two an arm, nor of an outcome that was the same for all."""
        return effect < self.primary.most and each >= 2 and self.primary.varies

    def _by_look(self, effect: float, each: float) -> list[tuple[float, float]]:
        """By each look: the chances that the primary's z was above its border by then, and below the other: z is normal, with the mean that gives
        the last look, were it alone, the chance of its test."""
        alone = self.primary.chance(effect, each, self.borders[-1])
        drift = self.borders[-1] + float(special.ndtri(min(max(alone, 1e-300), 1 - 1e-16)))
        return looks.by_look(self.fractions, self.borders, drift)

    def power(self, effect: float, units: int) -> float:
        """The chance to be promoted at one of the looks."""
        return self.looks(effect, units)[-1].promoted

    def entering(self, entering: int, weeks: int, units: int, of: float, power: float) -> Entering:
        """What is found by `units` in all arms, about an effect `of`, and with a power."""
        sizes = [of * i / 8 for i in range(17)]
        curve = tuple((size, self.power(size, units)) for size in sizes if size < self.primary.most)
        return Entering(entering, weeks, units, self.least(units, power), curve)

    def least(self, units: int, power: float) -> float | None:
        """The smallest effect that is promoted with that power; None where none is."""
        top = min(self.primary.most * (1 - 1e-9), 1e3 * sqrt(self.primary.variance(0.0)))
        if self.power(top, units) < power:
            return None
        return float(optimize.brentq(lambda effect: self.power(effect, units) - power, 0.0, top, xtol=1e-7))

    def units(self, effect: float, power: float) -> int | None:
        """How many in all arms promote an effect with that power, where one fewer an arm don't; None where none do."""
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
"""Days, shares of the outcomes, and borders of looks."""


def ahead(design: Assigned | None, alpha: float) -> Ahead:
    """The looks of a pilot, one where there is no design: as if outcomes came in evenly from look to look, by a two-sided level."""
    if design is not None and design.any_day:
        shares = tuple((i + 1) / DAYS for i in range(DAYS))
        return (None,) * DAYS, shares, tuple(always(t, 1.0, alpha) for t in shares)
    days = design.looks if design is not None else ()
    count = max(1, len(days))
    shares = tuple((i + 1) / count for i in range(count))
    return days or (None,), shares, boundaries(shares, shares, alpha)
