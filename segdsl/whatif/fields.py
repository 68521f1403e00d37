"""A workspace and its data -> what rules can read: each field with its type, the share missing, examples, and its readers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlglot import exp

from segdsl import engines
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.dependencies import Needed, columns, of_rules
from segdsl.model.exact import column_denominator
from segdsl.model.schema import Field, Relation
from segdsl.model.segment import Model, Rule
from segdsl.reference import quantity as q
from segdsl.reference.evaluate import Result, Unknown
from segdsl.resolve.problems import nearest_help
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import clock_for, source_config
from segdsl.run.recorded import with_recorded_runs
from segdsl.sql import spell as s
from segdsl.words import values
from segdsl.workspace.load import Workspace

EXAMPLES = 3


@dataclass(frozen=True)
class FieldFacts:
    """A declared field and its data.

    `missing`: share of rows without a value; None where the data has no such column.
    `examples`: the commonest values as rules have them; none of a personal field.
    `readers`: segments and segmentations that read the field.
    """

    name: str
    type: str
    flags: tuple[str, ...]
    missing: float | None
    examples: tuple[str, ...]
    readers: tuple[str, ...]


@dataclass(frozen=True)
class MetricFacts:
    """A metric, which rules read like a field."""

    name: str
    type: str
    title: str


@dataclass(frozen=True)
class RelationFacts:
    """An entity, details or a table, with the number of its rows; None without data."""

    kind: str
    name: str
    rows: int | None
    fields: tuple[FieldFacts, ...]
    metrics: tuple[MetricFacts, ...]


def describe_fields(
    workspace: Workspace, name: str | None, as_of: dt.date | dt.datetime | str | None, source: str | None
) -> tuple[Clock, list[RelationFacts]]:
    """Facts about all relations, or one. Raises `UsageError` for an unknown name, and `DataError`."""
    config, clock = source_config(workspace, source), clock_for(workspace.zone, as_of)
    model = with_recorded_runs(workspace, source, clock).model
    relations = {r.name: r for r in model.schema.relations.values() if r.kind != "list"}
    if name is not None and name not in relations:
        help = nearest_help(name, relations, f"there is {', '.join(relations)}")
        raise UsageError(Diagnostic("SEG0606", f"no entity or table `{name}`", help=help))
    chosen = [relations[name]] if name is not None else list(relations.values())
    there = {r.name: set(r.fields) for r in chosen if config.table(r.name) is not None or r.recorded is not None}
    engine = engines.attach(model.schema, Needed({}), config, workspace.root, None, clock, there, to_look=True)
    readers = _readers(model)
    return clock, [_facts(model, engine, r, r.name in there, readers, clock) for r in chosen]


def _readers(model: Model) -> dict[tuple[str, str], list[str]]:
    """The rules and plays that read each (relation, field)."""
    readers: dict[tuple[str, str], list[str]] = {}
    rules: list[Rule] = [*model.segmentations.values(), *model.segments.values()]
    for rule in rules:
        for relation, fields in of_rules(model, [rule]).columns.items():
            for field in fields:
                readers.setdefault((relation, field), []).append(rule.name)
    for play in model.plays.values():
        for relation, fields in columns(model, play.expressions).items():
            for field in fields:
                readers.setdefault((relation, field), []).append(play.name)
    return readers


def _facts(
    model: Model,
    engine: Engine,
    relation: Relation,
    has_data: bool,
    readers: dict[tuple[str, str], list[str]],
    clock: Clock,
) -> RelationFacts:
    counts: Sequence[int] = ()
    if has_data:
        counted = [exp.Count(this=s.column("t", f)) for f in relation.fields]
        query = exp.Select(expressions=[exp.Count(this=exp.Star()), *counted]).from_(s.table(relation.name, "t"))
        ((*counts,),) = engine.rows(query)
    rows = counts[0] if counts else None
    fields = []
    for i, (name, field) in enumerate(relation.fields.items(), 1):
        is_there = rows is not None and engine.has(relation.name, name)
        fields.append(
            FieldFacts(
                name,
                _type(field),
                tuple(flag for flag in ("key", "required", "personal", "fixed") if getattr(field, flag)),
                missing=1 - counts[i] / rows if is_there and rows else None,
                examples=_examples(engine, relation, field, clock) if is_there else (),
                readers=tuple(readers.get((relation.name, name), ())),
            )
        )
    return RelationFacts(relation.kind, relation.name, rows, tuple(fields), tuple(_metrics(model, relation)))


def _metrics(model: Model, relation: Relation) -> list[MetricFacts]:
    own = [m for m in model.metrics.values() if m.entity == relation.name and not m.outcome]
    return [MetricFacts(m.name, str(m.type), m.title) for m in own]


def _type(field: Field) -> str:
    """The type as the model declares it, a long list of values shortened."""
    if isinstance(field.type, ty.Link):
        return f"link to {field.type.entity}"
    if isinstance(field.type, ty.Enum):
        listed = ", ".join(f'"{v}"' for v in field.type.values[:5])
        return f"one of ({listed}{', …' if len(field.type.values) > 5 else ''})"
    return str(field.type)


def _examples(engine: Engine, relation: Relation, field: Field, clock: Clock) -> tuple[str, ...]:
    """The commonest values, each as a rule would have it."""
    if engine.schema.is_personal(relation, field.name) or isinstance(field.type, ty.SetOfText | ty.Enum):
        return ()
    column = s.column("t", field.name)
    count = exp.Count(this=exp.Star())
    query = (
        exp.Select(expressions=[column, count])
        .from_(s.table(relation.name, "t"))
        .where(exp.Not(this=exp.Is(this=column.copy(), expression=exp.Null())))
        .group_by(column.copy())
        .order_by(exp.Ordered(this=count.copy(), desc=True), exp.Ordered(this=column.copy()))
        .limit(EXAMPLES)
    )
    typed = engine.schema.cell_type(field)
    if typed == ty.INTEGER and (field.key or typed != field.type):  # an id, which nobody writes as 10,000
        return tuple(str(value) for value, _ in engine.rows(query))
    return tuple(values.shown(_result(value, typed), typed, clock) for value, _ in engine.rows(query))


def _result(stored: Any, typed: ty.Type) -> Result:
    """A value of the engine's canonical form as the evaluator has it."""
    if not ty.is_numeric(typed):
        return cast(Result, stored)
    if typed == ty.REAL:
        return q.real(float(stored)) or Unknown(())
    return q.exact(int(stored), column_denominator(typed))
