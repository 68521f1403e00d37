"""Look up a customer by key, and explain what the rules say of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.schema import Relation
from segdsl.model.segment import Rule
from segdsl.reference.evaluate import Evaluator
from segdsl.reference.world import Row
from segdsl.run import borders
from segdsl.run.engine_evaluator import EngineEvaluator
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import attach, chosen_rules, clock_for, source_config
from segdsl.run.lazy_world import LazyWorld
from segdsl.whatif.flips import flips
from segdsl.words import values
from segdsl.words.explain import Explanation, explain
from segdsl.workspace.config import SourceConfig
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Customer:
    """A customer's row with an evaluator that fetches further rows on demand."""

    evaluator: Evaluator
    row: Row

    def fetched(self) -> dict[str, list[Row]]:
        """Rows that rules have read so far, by relation."""
        assert isinstance(self.evaluator.world, LazyWorld)
        return self.evaluator.world.fetched()


def explanations(
    workspace: Workspace,
    key: str,
    names: Sequence[str],
    as_of: dt.date | dt.datetime | str | None = None,
    source: str | None = None,
    frames: Mapping[str, pd.DataFrame] | None = None,
) -> tuple[Clock, list[Explanation]]:
    """Explain every rule, or the named ones, about the entity that has this key.

    Raises `UsageError` where no entity has the key or no rule is about it, and `DataError`.
    """
    rules = chosen_rules(workspace.model, names)
    config = source_config(workspace, source) if frames is None else SourceConfig()
    lookup = CustomerLookup.of(workspace, rules, config, clock_for(workspace.zone, as_of), frames)
    result: list[Explanation] = []
    exists = False
    for entity in dict.fromkeys(r.entity for r in rules):
        customer = lookup.customer(entity, key, alone=True)
        if customer is not None:
            exists = True
            result += [_explain(customer, r) for r in rules if r.entity == entity]
    if not exists:
        raise UsageError(lookup.nobody(key))
    return lookup.clock, result


def _explain(customer: Customer, rule: Rule) -> Explanation:
    compared = sorted(borders.borders_of_customer(customer.evaluator, rule, customer.row))
    explanation = explain(customer.evaluator, rule, customer.row)
    return replace(explanation, compared=tuple(compared), flips=flips(customer.evaluator, rule, customer.row))


class CustomerLookup:
    """Lookup of customers in a source, for some rules; raises `DataError`."""

    def __init__(self, workspace: Workspace, rules: Sequence[Rule], engine: Engine, clock: Clock) -> None:
        self.model, self.rules, self.clock, self._engine = workspace.model, rules, clock, engine

    @staticmethod
    def of(
        workspace: Workspace,
        rules: Sequence[Rule],
        config: SourceConfig,
        clock: Clock,
        frames: Mapping[str, pd.DataFrame] | None = None,
    ) -> CustomerLookup:
        return CustomerLookup(workspace, rules, attach(workspace, rules, config, clock, frames, to_look=True), clock)

    def customer(self, entity: str, key: str, alone: bool = False) -> Customer | None:
        """Customer by key, None where nobody has it as of then; with `alone` the engine computes ranks instead of
        fetching everybody.
        """
        world = LazyWorld(self._engine, self.clock)
        row = world.by_key(entity, self._key(self.model.schema.relations[entity], key))
        if row is None:
            return None
        evaluator = EngineEvaluator(self.model, world, ask=self._engine.rows) if alone else Evaluator(self.model, world)
        return Customer(evaluator, row)

    def _not_there(self, entity: Relation, key: str) -> str:
        """When a customer begins and ends who isn't there as of then; "" where nobody has the key at any time."""
        typed = self._key(entity, key)
        rows = self._engine.relation_rows(entity.name, entity.key, [typed]) if typed is not None else []
        bounds = (_bound(name, row, self.clock) for row in rows[:1] for name in (entity.lives_from, entity.lives_to))
        return ", ".join(b for b in bounds if b)

    def _key(self, entity: Relation, written: str) -> str | int | None:
        return _as_key(entity, self._engine.key_as_read(entity.name, written))

    def nobody(self, key: str) -> Diagnostic:
        """Diagnostic that no customer has the key, with similar keys."""
        entities = list(dict.fromkeys(r.entity for r in self.rules))
        for entity in entities:
            if bounds := self._not_there(self.model.schema.relations[entity], key):
                message = f"{entity} `{key}` isn't there as of {values.as_of(self.clock)}: {bounds}"
                return Diagnostic("SEG0608", message, help="give another --as-of")
        if key.partition(".")[0] in {*self.model.segments, *self.model.segmentations}:
            help = f"it is a rule: who is nearly in it, says segdsl explain --near {key}; who is, the file of segdsl run --output"
            return Diagnostic("SEG0608", f"`{key}` is the key of no {' or '.join(entities)}", help=help)
        near = [n for entity in entities for n in self._engine.similar_keys(entity, key)]
        help = f"there is {', '.join(f'`{n}`' for n in near)}" if near else "give its key, as it stands in the data"
        return Diagnostic("SEG0608", f"no {' or '.join(entities)} has the key `{key}` as of then", help=help)


def _bound(name: str | None, row: Row, clock: Clock) -> str:
    value = row.get(name or "")
    if not isinstance(value, dt.date):
        return ""
    return f"{name} is {values.instant(value, clock) if isinstance(value, dt.datetime) else values.day(value)}"


def _as_key(relation: Relation, key: str) -> str | int | None:
    typed = relation.fields[relation.key or ""].type
    if typed == ty.INTEGER:
        return int(key) if key.lstrip("-").isdigit() else None
    return key
