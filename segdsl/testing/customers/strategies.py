"""Hypothesis strategies for a model's data: customers near the borders that rules compare with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import strategies as st

from segdsl.bounds import A_WORLD, TooMuchWork, Work
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.segment import Model
from segdsl.testing.customers.aim import Aim
from segdsl.testing.customers.draft import Cells, Draft
from segdsl.testing.customers.search import MadeUpCustomer

T = TypeVar("T")


@st.composite
def customers(
    draw: st.DrawFn, model: Model, entity: str, as_of: dt.date, clock: Clock, attempt: Callable[[Aim, Cells], None]
) -> MadeUpCustomer:
    """One customer with its rows. Hypothesis makes every choice, so it shrinks to the simplest.

    Each has its own work budget, since equal choices must make equal customers.
    """
    model_with_work = replace(model, work=Work(A_WORLD, A_WORLD))
    draft = Draft(model_with_work, clock, _chooser(draw), may_replace_metrics=False)
    focus = draft.new(entity)
    with suppress(TooMuchWork):
        attempt(Aim(draft), focus)
    key = focus[model.schema.relations[entity].key or ""]
    return MadeUpCustomer(draft.rows, draft.metrics, entity, key, clock, as_of, model_with_work.work)


@st.composite
def worlds(draw: st.DrawFn, model: Model, clock: Clock, most: int = 5) -> dict[str, list[Cells]]:
    """A few customers of each entity, stirred by every rule: rows of each relation, in canonical form."""
    draft = Draft(model, clock, _chooser(draw), may_replace_metrics=False)
    for relation in model.schema.entities:
        rules = [e for r in model.rules_of(relation.name) for e in model.definition(r.name)]
        rules += [m.body for m in model.metrics.values() if m.entity == relation.name]
        for _ in range(draw(st.integers(0, most))):
            row = draft.new(relation.name)
            for e in draw(st.lists(st.sampled_from(rules), max_size=3)) if rules else ():
                Aim(draft).stir(e, row)
    return {name: draft.rows[name] for name in model.schema.relations}


def _chooser(draw: st.DrawFn) -> Any:
    def choose(options: Sequence[T]) -> T:
        return options[draw(st.integers(0, len(options) - 1))] if len(options) > 1 else options[0]

    return choose


def violating(condition: k.Expr, wanted: bool) -> Callable[[Aim, Cells], None]:
    """Aim at a condition; now and then only at what it reads."""

    def attempt(aim: Aim, row: Cells) -> None:
        if aim.choose((False, False, False, True)):
            aim.stir(condition, row)
        aim.truth(condition, wanted, row)

    return attempt
