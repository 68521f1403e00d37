"""Holdout: all customers in an arm against those held out of every arm, the joint effect of all plays. It doesn't enter
the verdict.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np

from segdsl.experiment.pilot import reconcile, results
from segdsl.experiment.pilot.effect import Effect
from segdsl.experiment.pilot.reconcile import Account
from segdsl.experiment.shared.customers import CANDIDATE, INCUMBENT, TwoArms
from segdsl.experiment.shared.decide import Check
from segdsl.experiment.shared.decide import outcomes as known
from segdsl.experiment.shared.sample_size import z_total
from segdsl.model.experiment import Measure

LEAST = 2  # fewest units on each side


@dataclass(frozen=True, slots=True)
class Together:
    """Joint effect of all plays on one outcome.

    `effect`: the holdout in the incumbent's place, all arms in the candidate's.
    `smallest`: the difference found with the registered power.
    `mean`: mean of everybody; like `smallest`, blind to who was held out.
    """

    measure: Measure
    effect: Effect
    smallest: float
    mean: float

    @property
    def p(self) -> float:
        """p-value, the larger of the two with a randomisation test: a few equal outcomes have hardly any variance of
        their own.
        """
        return max(self.effect.p, self.effect.chance or 0.0)

    def is_too_few(self, alpha: float) -> bool:
        """Whether nothing is found and even losing the whole outcome (for a share: all events, or all non-events)
        wouldn't have been found.
        """
        most = min(self.mean, 1 - self.mean) if self.effect.is_share else abs(self.mean)
        return self.p >= alpha and self.smallest > most


@dataclass(frozen=True)
class HeldOut:
    """Result of the holdout, over customers present on the first day of entering.

    `outcomes`: one for the primary and each guardrail; empty where a check fails.
    """

    on: dt.date
    account: Account
    checks: tuple[Check, ...]
    alpha: float
    power: float
    outcomes: tuple[Together, ...] = ()


def against_none(
    customers: TwoArms, settings: results.Settings, power: float, on: dt.date, account: Account, as_drawn: Check
) -> HeldOut:
    """Compare the holdout (as the incumbent's arm) with all customers in an arm; `account` covers the rows of
    `customers`.
    """
    measures = (settings.primary, *settings.guardrails)
    checks = (as_drawn, reconcile.check(account), *_checks(customers, measures))
    result = HeldOut(on, account, checks, settings.alpha, power)
    if not all(c.ok for c in checks):
        return result
    return HeldOut(
        on, account, checks, settings.alpha, power, tuple(_together(customers, settings, m, power) for m in measures)
    )


# -- parts -----------------------------------------------------------------------------


def _checks(customers: TwoArms, measures: tuple[Measure, ...]) -> Iterator[Check]:
    sides = [customers.arms == arm for arm in (INCUMBENT, CANDIDATE)]
    units = [customers.where(side).clusters.nunique() for side in sides]
    few = f"{units[0]:,} held out and {units[1]:,} in an arm: at least {LEAST} of each are needed to see how much they differ"
    yield Check("both", min(units) >= LEAST, few if min(units) < LEAST else "some are held out, and some in an arm")
    for m in measures:
        values = customers.value(m.outcome)
        checked = known(int(np.isnan(values).sum()), len(values))
        yield Check(f"outcomes of {m.outcome}", checked.ok, checked.message)
        if m.per is not None and any(not np.nansum(customers.value(m.per)[side]) > 0 for side in sides):
            problem = f"`{m.per}` adds up to nothing on one side: nothing can be counted per it"
            yield Check(f"per {m.per}", False, problem)


def _together(customers: TwoArms, settings: results.Settings, m: Measure, power: float) -> Together:
    e = results.effect_on(customers, settings, m)
    sides = (e.incumbent, e.candidate)
    mean = sum(a.n * a.mean for a in sides) / sum(a.n for a in sides)
    variance = sum((a.units - 1) * a.variance for a in sides) / (sum(a.units for a in sides) - 2)
    smallest = z_total(settings.alpha, power) * sqrt(variance * sum(1 / a.units for a in sides))
    return Together(m, e, smallest, mean)
