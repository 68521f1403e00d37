"""Measurements and results of pilots and replays, whoever assigned the arms."""

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
    """A registered look that has been made.

    `customers`: customers of the two arms with closed outcome windows.
    `fraction`: their share of the planned number.
    `border`: critical value of z.
    `effect`: None where a check failed.
    """

    on: dt.date
    customers: int
    fraction: float
    border: float
    effect: Effect | None
    verdict: Verdict


@dataclass(frozen=True)
class Result:
    """Result of a randomised experiment for one candidate.

    `is_exploratory`: the declaration has changed since its first run or since its first customers entered.
    `looks`: looks made so far, of a pilot that segdsl assigned.
    `next_look`: day of the next look while the pilot is open.
    `entered`: entrants of both arms whose play differs.
    `unbiased`: estimate corrected for early stopping.
    `warned`: threats that the figures don't show.
    `account`: where each row of the exposures or the log ended.
    `held_out`: the holdout's result, once the pilot has ended.
    """

    experiment: Experiment
    design: Randomised
    candidate: str
    clock: Clock
    piloted: results.PilotJudgement
    is_exploratory: bool = False
    looks: tuple[Look, ...] = ()
    next_look: dt.date | None = None
    entered: int = 0
    unbiased: float | None = None
    warned: tuple[str, ...] = ()
    replayed: replay.ReplayJudgement | None = None
    account: Account | None = None
    held_out: HeldOut | None = None

    @property
    def kind(self) -> str:
        """ "pilot" or "replay"."""
        return self.experiment.kind

    @property
    def weeks_left(self) -> int:
        return (
            0
            if self.next_look is None
            else max(1, ceil((self.next_look - self.clock.date_of(self.clock.now)).days / 7))
        )


def closing_day(context: Context, clock: Clock) -> dt.date:
    """First day by which all outcomes as of `clock` have happened and been reported."""
    waits = [closes(context.model, [body], clock) for body in context.outcomes.values()]
    return max(w or clock.today for w in waits) + dt.timedelta(days=context.experiment.reported_days)


def values_of(context: Context) -> dict[str, k.Expr]:
    """Expressions measured of each customer, by name."""
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
    """Settings of an analysis with equal arms; the experiment's name seeds its draws."""
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
    """Seed of a randomisation test."""
    return drawn(text) % 2**32


def attach_data(context: Context, values: Sequence[k.Expr], rules: Sequence[Segmentation] = ()) -> Engine:
    """Attach the data that values and rules read; without rules, the data that says which customers exist."""
    model, cluster = context.model, context.experiment.cluster
    extra = [*values, *([cluster] if cluster is not None else [])]
    needed = dependencies.of_rules(model, rules or context.rules[:1], extra)
    return engines.attach(model.schema, needed, context.config, context.workspace.root, None, context.clock)


def before(context: Context) -> Iterator[Check]:
    """Check that covariates and denominators are known as of entering, not overwritten since."""
    for name in context.experiment.metrics_before:
        unknown_then = ", ".join(map(str, leaks(context.model, [name])))
        message = (
            f"`{name}` may have been changed by the plays: {unknown_then}" if unknown_then else f"`{name}` is of before"
        )
        yield Check(f"before: {name}", not unknown_then, message)


def more_cost(model: Model, before: pd.Series[str], after: pd.Series[str]) -> pd.Series[float]:
    """Cost of the candidate's play minus the incumbent's, by customer."""
    cost = {name: p.cost for name, p in model.plays.items()} | {"": 0.0}
    return after.map(cost).astype(float) - before.map(cost).astype(float)
