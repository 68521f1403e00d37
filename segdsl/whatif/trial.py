"""Trial of a condition: how many customers it takes, their worth, and why some are unknown."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from segdsl import engines
from segdsl.diagnostics import Diagnostic, Refusal, Source
from segdsl.engines import Engine
from segdsl.lang.parse import parse_expression
from segdsl.lint.day_beside_time import advice
from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.schema import Relation
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.resolve import resolve_condition
from segdsl.resolve.problems import nearest_help
from segdsl.run.data_day import open_to_look
from segdsl.run.empty_windows import after_the_data
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import clock_for, source_config
from segdsl.run.lazy_world import LazyWorld
from segdsl.run.not_in_the_data import not_in_the_data
from segdsl.run.percents import compared_with_points
from segdsl.run.recorded import with_recorded_runs
from segdsl.run.uncounted_rows import uncounted_rows
from segdsl.whatif.sweep import sweep
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    from segdsl.model.segment import Model

EXAMPLES = 10
_SHOWN_NOTES = ("SEG0705", "SEG0726")  # rounded keys, and runs that are lacking
REASONED = 200  # most unknown customers whose reasons are looked up


@dataclass(frozen=True, slots=True)
class Trial:
    """Result of a trial.

    `inside`: customers for whom the condition is true.
    `money`: (currency, sum) of each amount over these customers.
    `missing`: number of these customers for whom each amount is missing, which the sum leaves out.
    `reasons`: reasons of unknown customers with their number, commonest first.
    `reasons_of`: number of unknown customers whose reasons were looked up.
    `because`: where as-of comes from, if nobody said it.
    """

    entity: str
    clock: Clock
    inside: int
    unknown: int
    total: int
    money: Mapping[str, tuple[str, Fraction]]
    examples: tuple[str, ...]
    reasons: tuple[tuple[str, int], ...]
    reasons_of: int
    windows: tuple[str, ...]
    missing: Mapping[str, int]
    because: str = ""
    warnings: tuple[Diagnostic, ...] = ()


class TrialError(Refusal):
    """The condition has errors. Exit code 1."""

    exit_code = 1


def try_condition(
    workspace: Workspace, text: str, entity: str | None, as_of: dt.date | dt.datetime | str | None, source: str | None
) -> Trial:
    """Evaluate a condition over an entity, as of the day of the data where nobody says another.

    Raises `TrialError`, `UsageError` and `DataError`.
    """
    relation = entity_of(workspace.model, entity)
    condition = resolved(workspace, text, relation)
    amounts = {f.name: f.type for f in relation.fields.values() if isinstance(f.type, ty.Money)}
    needed = dependencies.of_condition(workspace.model, relation.name, condition)
    dated, workspace, engine = open_to_look(workspace, needed, {relation.name: set(amounts)}, as_of, source)
    trial = _measure(workspace.model, engine, relation, condition, dated.clock, amounts)
    notes = (note for note in engine.notes if note.code in _SHOWN_NOTES)
    return replace(trial, because=dated.because, warnings=(*notes, *trial.warnings))


@dataclass(frozen=True, slots=True)
class Step:
    """One value of a sweep: customers taken, customers unknown, and (currency, sum) of each amount."""

    value: str
    inside: int
    unknown: int
    money: Mapping[str, tuple[str, Fraction]]


def try_sweep(
    workspace: Workspace, text: str, entity: str | None, as_of: dt.date | dt.datetime | str | None, source: str | None
) -> tuple[str, Clock, int, list[Step]]:
    """(entity, clock, number of customers, steps) of a condition with a range. Raises like `try_condition`."""
    from segdsl.sql.plan import condition as query_for

    clock = clock_for(workspace.zone, as_of)
    workspace = with_recorded_runs(workspace, source, clock)
    model = workspace.model
    relation = entity_of(model, entity)
    options = sweep(text)
    conditions = {o.value: resolved(workspace, o.text, relation) for o in options}
    amounts = {f.name: f.type for f in relation.fields.values() if isinstance(f.type, ty.Money)}
    needed = dependencies.of_condition(model, relation.name, k.And(tuple(conditions.values())))
    config, worth = source_config(workspace, source), {relation.name: set(amounts)}
    engine = engines.attach(model.schema, needed, config, workspace.root, None, clock, worth)
    columns: dict[str, k.Expr] = {n: k.Column(k.This(), relation.name, n, t) for n, t in amounts.items()}
    queried = columns | {f"at {value}": condition for value, condition in conditions.items()}
    rows = engine.rows(query_for(model, relation.name, queried, clock).query)
    steps = []
    for i, value in enumerate(conditions, 1 + len(columns)):
        members = [r for r in rows if r[i] is True]
        steps.append(Step(value, len(members), sum(r[i] is None for r in rows), _sums(members, amounts, 1)))
    return relation.name, clock, len(rows), steps


def resolved(workspace: Workspace, text: str, relation: Relation) -> k.Expr:
    """A condition about an entity. Raises `TrialError`."""
    source = Source("condition", text)
    node, wrong = parse_expression(source)
    condition = None
    if node is not None:
        condition, wrong = resolve_condition(node, relation.name, workspace.files, workspace.model.outside)
    if condition is None:
        from segdsl.mend.messages import mended_condition  # only where something is wrong

        raise TrialError(mended_condition(source, relation.name, wrong, workspace.files, workspace.model.outside))
    return condition


def _sums(rows: Sequence[Any], amounts: Mapping[str, ty.Type], first: int) -> dict[str, tuple[str, Fraction]]:
    """Sum of each amount; `first` is the column of the first amount."""
    sums = {}
    for i, (name, typed) in enumerate(amounts.items(), first):
        assert isinstance(typed, ty.Money)
        units = ty.minor_units(typed.currency)
        sums[name] = (typed.currency, Fraction(sum(round(r[i] * units) for r in rows if r[i] is not None), units))
    return sums


def entity_of(model: Model, name: str | None) -> Relation:
    """The entity named, else the first. Raises `UsageError`."""
    entities = {r.name: r for r in model.schema.entities}
    if name is None and entities:
        return next(iter(entities.values()))
    if name not in entities:
        help = nearest_help(name or "", entities, f"entities are {', '.join(entities) or 'none'}")
        raise UsageError(Diagnostic("SEG0606", f"no entity `{name}`", help=help))
    return entities[name]


def _measure(
    model: Model, engine: Engine, relation: Relation, condition: k.Expr, clock: Clock, amounts: Mapping[str, ty.Type]
) -> Trial:
    from segdsl.sql.plan import condition as query_for

    columns: dict[str, k.Expr] = {name: k.Column(k.This(), relation.name, name, t) for name, t in amounts.items()}
    rows = engine.rows(query_for(model, relation.name, {"taken": condition, **columns}, clock).query)
    members = [r for r in rows if r[1] is True]
    unknown = [r[0] for r in rows if r[1] is None]
    sums = _sums(members, amounts, 2)
    world = LazyWorld(engine, clock)
    world.fetch(relation.name, unknown[:REASONED])
    evaluator = Evaluator(model, world)
    reasons = Counter(reason for key in unknown[:REASONED] for reason in _reasons(evaluator, relation, condition, key))
    return Trial(
        entity=relation.name,
        clock=clock,
        inside=len(members),
        unknown=len(unknown),
        total=len(rows),
        money=sums,
        examples=tuple(str(r[0]) for r in members[:EXAMPLES]),
        reasons=tuple(reasons.most_common(5)),
        reasons_of=min(len(unknown), REASONED),
        windows=tuple(dict.fromkeys(_windows(condition, clock))),
        missing={name: sum(r[i] is None for r in members) for i, name in enumerate(amounts, 2)},
        warnings=(
            *uncounted_rows(engine, clock),
            *after_the_data(model, [condition], clock, engine),
            *compared_with_points(model, [condition], engine),
            *not_in_the_data(model, [condition], clock, engine),
            *advice([condition]),
        ),
    )


def _reasons(evaluator: Evaluator, relation: Relation, condition: k.Expr, key: str | int) -> tuple[str, ...]:
    row = evaluator.world.by_key(relation.name, key)
    assert row is not None, "the engine found it"
    answer = evaluator.truth(condition, row)
    return answer.reasons if isinstance(answer, Unknown) else ()


def _windows(condition: k.Expr, clock: Clock) -> list[str]:
    """Borders of fixed windows in words, to show what `in last 30 days` meant."""
    from segdsl.words.values import day, instant

    windows = []
    for node in k.deep(condition):
        if isinstance(node, k.Aggregate) and node.rows.window is not None and node.rows.zone is None:
            start, end = (
                clock.constant(b) if b is not None else None for b in (node.rows.window.start, node.rows.window.end)
            )
            if start is not None and end is not None:
                shown = [instant(b, clock) if isinstance(b, dt.datetime) else day(b) for b in (start, end)]
                windows.append(f"{node.rows.relation}: from {shown[0]} until {shown[1]}")
    return windows
