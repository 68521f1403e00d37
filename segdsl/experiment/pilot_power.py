"""A pilot that hasn't begun -> the chance that its candidate is promoted: by effect, by weeks of entering, look by look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from math import prod, sqrt

from scipy import optimize, stats

from segdsl.experiment import looks
from segdsl.experiment.looks import DAYS, always, boundaries
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
class Prospect:
    """What decides how likely a pilot's candidate is promoted. Effects and margins are those among customers whose play differs.

    `variance` is s_A^2 + s_B^2 of one customer of each arm, by effect; `most` the largest effect there can be.
    `more` is how many times as many customers are needed for clusters, less what a covariate saves: DEFF (1 - rho^2).
    `guardrails` are (margin, s_A^2 + s_B^2, the same `more` of its own).
    `days`, `fractions` and `borders` are those of the looks, the last with all outcomes.
    """

    variance: Callable[[float], float]
    most: float
    more: float
    arms: int
    guardrails: tuple[tuple[float, float, float], ...]
    days: tuple[dt.date | None, ...]
    fractions: tuple[float, ...]
    borders: tuple[float, ...]

    def looks(self, effect: float, units: int) -> tuple[LookAhead, ...]:
        """Of a pilot with `units` in all arms together. PROMOTE asks for the primary above a look's border, and for each guardrail above its margin at
        the same look; guardrails don't change, and are taken to be independent of it and of each other."""
        each = max(units, 1) / self.arms
        by = self._by_look(effect, each) if self._can_tell(effect, each) else [(0.0, 0.0)] * len(self.days)
        promoted = [
            above * prod(self._holds(margin, v * more / each / t, z) for margin, v, more in self.guardrails)
            for (above, _), t, z in zip(by, self.fractions, self.borders)
        ]
        open_ = [1 - p - below for p, (_, below) in zip(promoted, by)]
        left = [(promoted[-1] - p) / o if o > 1e-9 else 0.0 for p, o in zip(promoted[:-1], open_)]
        return tuple(LookAhead(*told) for told in zip(self.days, self.fractions, self.borders, promoted, [*left, None]))

    def _can_tell(self, effect: float, each: float) -> bool:
        """Nothing is promised by fewer than two an arm, nor of an outcome that was the same for all."""
        return effect < self.most and each >= 2 and self.variance(0.0) > 0

    def _by_look(self, effect: float, each: float) -> list[tuple[float, float]]:
        """By each look: the chances that the primary's z was above its border by then, and below the other."""
        both = self.variance(effect) * self.more
        return looks.by_look(self.fractions, self.borders, min(effect / sqrt(both / each), looks.FAR * 4))

    def power(self, effect: float, units: int) -> float:
        """The chance to be promoted at one of the looks."""
        return self.looks(effect, units)[-1].promoted

    def entering(self, entering: int, weeks: int, units: int, of: float, power: float) -> Entering:
        """What is found by `units` in all arms, about an effect `of`, and with a power."""
        sizes = [of * i / 8 for i in range(17)]
        curve = tuple((size, self.power(size, units)) for size in sizes if size < self.most)
        return Entering(entering, weeks, units, self.least(units, power), curve)

    def least(self, units: int, power: float) -> float | None:
        """The smallest effect that is promoted with that power; None where none is."""
        top = self.most * (1 - 1e-9)
        if self.power(top, units) < power:
            return None
        return float(optimize.brentq(lambda effect: self.power(effect, units) - power, 0.0, top, xtol=1e-7))

    @staticmethod
    def _holds(margin: float, variance: float, z: float) -> float:
        """The chance that something that doesn't change is shown to be no worse by a margin."""
        return float(stats.norm.cdf(margin / sqrt(variance) - z))


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
