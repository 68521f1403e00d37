"""What is measured of the customers of a pilot or replay, and what is found of them: for those that segdsl assigns, and all others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from segdsl import engines, reads
from segdsl.config import SourceConfig
from segdsl.engines import Engine
from segdsl.experiment import pilot, replay
from segdsl.experiment.admissible import leaks
from segdsl.experiment.decide import Check, Verdict
from segdsl.experiment.effect import Effect
from segdsl.experiment.randomise import drawn
from segdsl.model import expr as k
from segdsl.model.ahead import closes
from segdsl.model.clock import Clock
from segdsl.model.experiment import Experiment
from segdsl.model.segment import Model, Segmentation
from segdsl.model.types import BOOLEAN
from segdsl.run import clock_for
from segdsl.workspace import Workspace

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
    """`kind` is pilot or replay; `is_exploratory`: it was declared otherwise when it was first run, or its first customers entered.

    `looks` are those made of a pilot that segdsl assigned, `next_look` the day of the next where there is one and it is open;
    `unbiased` is the estimate corrected for having stopped early. `warned` is what may spoil it and isn't seen in the figures.
    """

    experiment: Experiment
    candidate: str
    kind: str
    clock: Clock
    piloted: pilot.Piloted
    is_exploratory: bool = False
    looks: tuple[Look, ...] = ()
    next_look: dt.date | None = None
    entered: int = 0
    unbiased: float | None = None
    warned: tuple[str, ...] = ()
    replayed: replay.Replayed | None = None

    @property
    def weeks_left(self) -> int:
        return (
            0
            if self.next_look is None
            else max(1, ceil((self.next_look - self.clock.date_of(self.clock.now)).days / 7))
        )


def settled(model: Model, e: Experiment, clock: Clock) -> dt.date:
    """The day before whose start all that its outcomes wait for as of then has happened and been reported."""
    waits = [closes(model, [model.metrics[m.outcome].body], clock) for m in (e.primary, *e.guardrails)]
    return max(w or clock.date_of(clock.now) for w in waits) + dt.timedelta(days=e.reported_days)


def values_of(model: Model, e: Experiment) -> dict[str, k.Expr]:
    """What is measured of each customer, by name."""
    measures = (e.primary, *e.guardrails)
    names = dict.fromkeys([*(m.outcome for m in measures), *(m.per for m in measures), e.adjust, e.delivery])
    return {n: model.metrics[n].body for n in names if n is not None}


def asked_of(e: Experiment, model: Model, alpha: float) -> pilot.Asked:
    seed = drawn(e.assigned.seed if e.assigned is not None else e.name) % 2**32
    return pilot.Asked(
        e.primary, e.guardrails, binary_of(model, e), 0.5, alpha, e.adjust, None if e.winsorise is None else float(e.winsorise), e.delivery, seed
    )  # fmt: skip


def binary_of(model: Model, e: Experiment) -> frozenset[str]:
    return frozenset(m.outcome for m in (e.primary, *e.guardrails) if model.metrics[m.outcome].type == BOOLEAN)


def attached(
    workspace: Workspace,
    model: Model,
    e: Experiment,
    config: SourceConfig,
    asked: Sequence[k.Expr],
    rules: Sequence[Segmentation] = (),
) -> Engine:
    extra = [*asked, *([e.cluster] if e.cluster is not None else [])]
    who = reads.of_rules(model, rules or [model.segmentations[e.incumbent]])  # without rules: for who is there
    needed = reads.together(reads.columns(model, extra), who)
    return engines.attach(
        model.schema, needed, config, workspace.root, None, clock_for(workspace.zone, config.snapshot)
    )


def before(model: Model, e: Experiment) -> Iterator[Check]:
    """What is adjusted for, and what outcomes are counted per, is as it was before: nothing that may have been overwritten since."""
    names = dict.fromkeys([e.adjust, *(m.per for m in (e.primary, *e.guardrails))])
    for name in names:
        if name is not None:
            found = ", ".join(map(str, leaks(model, [name])))
            said = f"`{name}` may have been changed by the plays: {found}" if found else f"`{name}` is of before"
            yield Check(f"before: {name}", not found, said)


def more_cost(model: Model, before: pd.Series[str], after: pd.Series[str]) -> pd.Series[float]:
    """What each customer's play by the candidate costs more."""
    cost = {name: float(str(p.settings.get("cost", 0) or 0)) for name, p in model.plays.items()} | {"": 0.0}
    return after.map(cost).astype(float) - before.map(cost).astype(float)
