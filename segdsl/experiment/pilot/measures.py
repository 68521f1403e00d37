"""What is measured of the customers of a pilot or replay, and what is found of them: for those that segdsl assigns, and all others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from segdsl import engines
from segdsl.analyse.admissible import leaks
from segdsl.engines import Engine
from segdsl.experiment.pilot import replay, results
from segdsl.experiment.pilot.effect import Effect
from segdsl.experiment.pilot.holdouts import HeldOut
from segdsl.experiment.pilot.randomise import drawn
from segdsl.experiment.pilot.reconcile import Account
from segdsl.experiment.shared.context import Context
from segdsl.experiment.shared.decide import Check, Verdict
from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.model.ahead import closes
from segdsl.model.clock import Clock
from segdsl.model.experiment import Experiment, Randomised
from segdsl.model.segment import Model, Segmentation

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Look:
    """A registered look that has been made: of how many customers of the two arms the outcomes had happened, as a share of those there
    will be, the z that it asked for, and what it found; the effect is None where a check failed."""

    on: dt.date
    customers: int
    fraction: float
    border: float
    effect: Effect | None
    verdict: Verdict


@dataclass(frozen=True)
class Result:
    """`is_exploratory`: it was declared otherwise when it was first run, or its first customers entered.

    `looks` are those made of a pilot that segdsl assigned, `next_look` the day of the next where there is one and it is open;
    `unbiased` is the estimate corrected for having stopped early. `warned` is what may spoil it and isn't seen in the figures,
    `account` where each row of its exposures or its log ended, `held_out` what a pilot that has ended says of those held out.
    """

    experiment: Experiment
    design: Randomised
    candidate: str
    clock: Clock
    piloted: results.Piloted
    is_exploratory: bool = False
    looks: tuple[Look, ...] = ()
    next_look: dt.date | None = None
    entered: int = 0
    unbiased: float | None = None
    warned: tuple[str, ...] = ()
    replayed: replay.Replayed | None = None
    account: Account | None = None
    held_out: HeldOut | None = None

    @property
    def kind(self) -> str:
        """pilot or replay"""
        return self.experiment.kind

    @property
    def weeks_left(self) -> int:
        return (
            0
            if self.next_look is None
            else max(1, ceil((self.next_look - self.clock.date_of(self.clock.now)).days / 7))
        )


def settled(context: Context, clock: Clock) -> dt.date:
    """The day before whose start all that the outcomes wait for as of `clock` has happened and been reported."""
    waits = [closes(context.model, [body], clock) for body in context.outcomes.values()]
    return max(w or clock.today for w in waits) + dt.timedelta(days=context.experiment.reported_days)


def values_of(context: Context) -> dict[str, k.Expr]:
    """What is measured of each customer, by name."""
    e = context.experiment
    names = dict.fromkeys(
        [
            *context.outcomes,
            *(m.per for m in e.measures),
            e.analysis.adjust,
            e.analysis.delivery,
        ]
    )
    return {n: context.model.metrics[n].body for n in names if n is not None}


def settings_of(context: Context, alpha: float) -> results.Settings:
    """Arms of equal size, and draws that begin at the experiment's name."""
    e = context.experiment
    winsorise = e.analysis.winsorise
    return results.Settings(
        e.primary,
        e.guardrails,
        context.binary,
        alpha=alpha,
        adjust=e.analysis.adjust,
        winsorise=None if winsorise is None else float(winsorise),
        delivery=e.analysis.delivery,
        seed=seed_of(e.name),
    )


def seed_of(text: str) -> int:
    """Where the draws of a randomisation test begin."""
    return drawn(text) % 2**32


def attached(context: Context, values: Sequence[k.Expr], rules: Sequence[Segmentation] = ()) -> Engine:
    """The data that is read for some values and rules; without rules: for who is there."""
    model, cluster = context.model, context.experiment.cluster
    extra = [*values, *([cluster] if cluster is not None else [])]
    needed = dependencies.of_rules(model, rules or context.rules[:1], extra)
    return engines.attach(model.schema, needed, context.config, context.workspace.root, None, context.clock)


def before(context: Context) -> Iterator[Check]:
    """What is adjusted for, and what outcomes are counted per, is as it was before: nothing that may have been overwritten since."""
    for name in context.experiment.metrics_before:
        unknown_then = ", ".join(map(str, leaks(context.model, [name])))
        message = (
            f"`{name}` may have been changed by the plays: {unknown_then}" if unknown_then else f"`{name}` is of before"
        )
        yield Check(f"before: {name}", not unknown_then, message)


def more_cost(model: Model, before: pd.Series[str], after: pd.Series[str]) -> pd.Series[float]:
    """What each customer's play by the candidate costs more."""
    cost = {name: p.cost for name, p in model.plays.items()} | {"": 0.0}
    return after.map(cost).astype(float) - before.map(cost).astype(float)
