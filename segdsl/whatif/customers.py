"""Look up a customer by key or name, and explain what the rules say of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from segdsl.data.arrow import ArrowFrame
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.ledger.moves import runs_with
from segdsl.ledger.store import Ledger, LedgerError
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.dependencies import together
from segdsl.model.schema import Relation
from segdsl.model.segment import Metric, Model, Rule
from segdsl.reference.evaluate import Evaluator
from segdsl.reference.world import Row
from segdsl.resolve.problems import SHOWN, listed, nearest_help
from segdsl.run import borders
from segdsl.run.engine_evaluator import EngineEvaluator
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import attach, chosen_rules, clock_for, source_config
from segdsl.run.lazy_world import LazyWorld
from segdsl.run.recorded import with_recorded_runs
from segdsl.whatif.flips import flips
from segdsl.whatif.names import Named, Names, name_fields, spellings, telling_fields
from segdsl.words import keeping, values
from segdsl.words.explain import Explanation, MetricExplanation, explain, explain_metric
from segdsl.words.plural import plural
from segdsl.workspace.config import SourceConfig
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Customer:
    """A customer's row with an evaluator that fetches further rows on demand.

    `found_by`: the field that holds the name by which the customer was looked up; None for its key.
    """

    entity: str
    evaluator: Evaluator
    row: Row
    found_by: str | None = None

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
    frames: Mapping[str, pd.DataFrame | ArrowFrame] | None = None,
) -> tuple[Clock, list[Explanation], list[MetricExplanation]]:
    """Explain every rule, or the named rules, arms and metrics, of the customer that has this key or name.

    Raises `UsageError` where there is no such customer or no rule about it, and `DataError`.
    """
    rules, metrics = _chosen(workspace.model, names)
    arms = {
        first: [n.partition(".")[2] for n in names if n.startswith(f"{first}.")]
        for first in workspace.model.segmentations
    }
    config = source_config(workspace, source) if frames is None else SourceConfig()
    clock = clock_for(workspace.zone, as_of)
    workspace = with_recorded_runs(workspace, source, clock, frames or ())
    lookup = CustomerLookup.of(workspace, [*rules, *metrics], config, clock, frames, source)
    customers = lookup.customers(key, alone=True)
    of_rules = [_explain(c, r, arms.get(r.name, ())) for c in customers for r in rules if r.entity == c.entity]
    return lookup.clock, of_rules, [_explain_metric(c, m) for c in customers for m in metrics if m.entity == c.entity]


def _chosen(model: Model, names: Sequence[str]) -> tuple[list[Rule], list[Metric]]:
    """The named rules and metrics of entities; all rules but candidates without names."""
    of_entities = {n: m for n, m in model.metrics.items() if model.schema.relations[m.entity].kind == "entity"}
    arms = {f"{r.name}.{a.name}": r.name for r in model.segmentations.values() for a in r.all_arms}
    known = (*model.segmentations, *model.segments, *of_entities, *(arms if any("." in n for n in names) else ()))
    for name in names:
        if name not in known:
            message = f"no segment, segmentation{', arm' if '.' in name else ''} or metric `{name}`"
            raise UsageError(
                Diagnostic("SEG0606", message, help=nearest_help(name, known, f"there is {listed(known)}"))
            )
    rules = list(dict.fromkeys(arms.get(n, n) for n in names if n not in of_entities))
    metrics = [of_entities[n] for n in names if n in of_entities]
    return (chosen_rules(model, rules) if rules or not names else []), metrics


def _explain_metric(customer: Customer, metric: Metric) -> MetricExplanation:
    explanation = explain_metric(customer.evaluator, metric, customer.row)
    return replace(explanation, found_by=customer.found_by)


def _explain(customer: Customer, rule: Rule, arms: Collection[str] = ()) -> Explanation:
    compared = sorted(borders.borders_of_customer(customer.evaluator, rule, customer.row))
    explanation = explain(customer.evaluator, rule, customer.row, arms)
    return replace(
        explanation,
        compared=tuple(compared),
        flips=flips(customer.evaluator, rule, customer.row),
        found_by=customer.found_by,
    )


class CustomerLookup:
    """Lookup of customers in a source, for some rules and metrics; raises `DataError`."""

    def __init__(
        self,
        workspace: Workspace,
        rules: Sequence[Rule | Metric],
        engine: Engine,
        clock: Clock,
        remembered: Callable[[str, str], str] = lambda entity, key: "",
    ) -> None:
        self.model, self.rules, self.clock, self._engine = workspace.model, rules, clock, engine
        self._remembered = remembered

    @staticmethod
    def of(
        workspace: Workspace,
        rules: Sequence[Rule | Metric],
        config: SourceConfig,
        clock: Clock,
        frames: Mapping[str, pd.DataFrame | ArrowFrame] | None = None,
        source: str | None = None,
    ) -> CustomerLookup:
        schema = workspace.model.schema
        relations = {r.entity: schema.relations[r.entity] for r in rules}
        names = {entity: {*name_fields(r), *telling_fields(r)} for entity, r in relations.items()}
        of_runs = [keeping.columns(r) for r in rules if not isinstance(r, Metric)]
        engine = attach(workspace, rules, config, clock, frames, to_look=True, also=together(names, *of_runs))
        ledger = workspace.config.workspace.ledger if frames is None else ""
        remembered = partial(_in_runs, workspace.root / ledger if ledger else None, clock, source or "default")
        return CustomerLookup(workspace, rules, engine, clock, remembered)

    def customers(self, text: str, alone: bool = False) -> list[Customer]:
        """Customers whose key is a text, at most one of each entity; else the one whose name it is.

        Raises `UsageError` where there is none, and where several have that name.
        """
        for key in spellings(text):
            by_key = [self.customer(entity, key, alone) for entity in self._entities]
            if customers := [c for c in by_key if c is not None]:
                return customers
        named = [n for entity in self._entities for n in self._names.exactly(entity, text)]
        if len({(n.entity, n.key) for n in named}) != 1:
            raise UsageError(self._several(text, named) if named else self._nobody(text))
        customer = self.customer(named[0].entity, named[0].key, alone)
        assert customer is not None, "the engine found it"
        return [replace(customer, found_by=named[0].field)]

    @property
    def _entities(self) -> list[str]:
        return list(dict.fromkeys(r.entity for r in self.rules))

    @property
    def _names(self) -> Names:
        return Names(self.model, self._engine, self.clock)

    def customer(self, entity: str, key: str, alone: bool = False) -> Customer | None:
        """Customer by key, None where nobody has it as of then; with `alone` the engine computes ranks instead of
        fetching everybody.
        """
        world = LazyWorld(self._engine, self.clock)
        row = world.by_key(entity, self._key(self.model.schema.relations[entity], key))
        if row is None:
            return None
        evaluator = EngineEvaluator(self.model, world, ask=self._engine.rows) if alone else Evaluator(self.model, world)
        return Customer(entity, evaluator, row)

    def named(self, entity: str, text: str) -> Customer | None:
        """Customer of an entity whose name it is; None where nobody has it, and where several have."""
        named = list(self._names.exactly(entity, text))
        if len({n.key for n in named}) != 1:
            return None
        customer = self.customer(entity, named[0].key)
        return None if customer is None else replace(customer, found_by=named[0].field)

    def with_zeros(self, entity: str, key: str) -> Customer | None:
        """Customer whose key is this number with zeros before it, which a spreadsheet takes off; None unless it is one."""
        if not key.isdigit():
            return None
        similar = self._engine.similar_keys(entity, key)
        keys = [k for k in similar if k != key and k.lstrip("0") == key.lstrip("0")]
        return self.customer(entity, keys[0]) if len(keys) == 1 else None

    def _not_there(self, entity: Relation, key: str) -> str:
        """When a customer begins and ends who isn't there as of then; "" where nobody has the key at any time."""
        typed = self._key(entity, key)
        rows = self._engine.relation_rows(entity.name, entity.key, [typed]) if typed is not None else []
        bounds = (_bound(name, row, self.clock) for row in rows[:1] for name in (entity.lives_from, entity.lives_to))
        return ", ".join(b for b in bounds if b)

    def _key(self, entity: Relation, written: str) -> str | int | None:
        return _as_key(entity, self._engine.key_as_read(entity.name, written))

    def _several(self, text: str, named: Sequence[Named]) -> Diagnostic:
        """Diagnostic that several customers have a name, with what tells them apart."""
        keys = list(dict.fromkeys((n.entity, n.key) for n in named))
        who = " and ".join(dict.fromkeys(plural(n.entity) for n in named))
        fields = " or ".join(dict.fromkeys(f"`{n.field}`".replace(" and ", "` and `") for n in named))
        shown: list[str] = []
        for entity in dict.fromkeys(n.entity for n in named):
            own = [key for e, key in keys if e == entity]
            apart = self._names.differing(entity, own[:SHOWN])
            shown += [f"`{key}`{f' ({apart[key]})' if key in apart else ''}" for key in own]
        more = f" and {len(shown) - SHOWN:,} more" if len(shown) > SHOWN else ""
        help = f"give the key of one: {', '.join(shown[:SHOWN])}{more}"
        return Diagnostic("SEG0608", f"{len(keys):,} {who} have `{text}` as {fields}", help=help)

    def _nobody(self, key: str) -> Diagnostic:
        """Diagnostic that no customer has the key or name, with similar ones."""
        entities = self._entities
        for entity in entities:
            bounds = self._not_there(self.model.schema.relations[entity], key) or self._remembered(entity, key)
            if bounds:
                message = f"{entity} `{key}` isn't there as of {values.as_of(self.clock)}: {bounds}"
                return Diagnostic("SEG0608", message, help="give another --as-of")
        if key.partition(".")[0] in {*self.model.segments, *self.model.segmentations}:
            help = f"it is a rule: who is nearly in it, says segdsl explain --near {key}; who is, the file of segdsl run --output"
            return Diagnostic("SEG0608", f"`{key}` is the key of no {' or '.join(entities)}", help=help)
        near = [f"`{n}`" for entity in entities for n in self._engine.similar_keys(entity, key)]
        near += [_shown(n) for entity in entities for n in self._names.nearly(entity, key)] if not near else []
        help = f"there is {', '.join(near)}" if near else "give its key, or its name as it stands in the data"
        return Diagnostic(
            "SEG0608",
            f"no {' or '.join(entities)} has the key or name `{key}` as of {values.as_of(self.clock)}",
            help=help,
        )


def _in_runs(ledger: Path | None, clock: Clock, source: str, entity: str, key: str) -> str:
    """Which runs of a source had a customer who isn't there as of then: the last one before, and the next one; "" without any."""
    try:
        with Ledger.to_read(ledger) as opened:
            last, following = runs_with(opened, entity, key, clock.now, source) if opened is not None else (None, None)
    except LedgerError:
        return ""
    before = f"the last run that had it is that of {values.day(clock.date_of(last))}" if last is not None else ""
    after = (
        f"the next run that has it is that of {values.day(clock.date_of(following))}" if following is not None else ""
    )
    return ", and ".join(part for part in (before, after) if part)


def _shown(near: Named) -> str:
    if near.value == near.key:
        return f"`{near.key}`"
    return f"`{near.key}` (by its {near.field}{f' `{near.value}`' if near.value is not None else ''})"


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
