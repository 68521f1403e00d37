"""Evaluation of rules on data as of a time: assignments of every customer, one query an entity."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from segdsl import engines
from segdsl.data.arrow import ArrowFrame
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import EARLIEST, LATEST, Clock
from segdsl.model.dependencies import of_rules, together
from segdsl.model.schema import Relation
from segdsl.model.segment import Metric, Model, Rule, Segment, Segmentation
from segdsl.resolve.problems import nearest_help
from segdsl.run import time_travel
from segdsl.run.errors import UsageError
from segdsl.run.evaluation import Amounts, Evaluation, Money
from segdsl.run.recorded import with_recorded_runs
from segdsl.workspace.config import SourceConfig
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd


def clock_for(zone: ZoneInfo, as_of: dt.date | dt.datetime | str | None) -> Clock:
    """Clock at `as_of`, or at the start of today in the workspace's zone; raises `UsageError` for an invalid date."""
    if as_of is None:
        as_of = dt.datetime.now(zone).date()
    if isinstance(as_of, str):
        as_of = _parse_day(as_of, zone)
    if isinstance(as_of, dt.datetime) and as_of.microsecond:
        raise UsageError(Diagnostic("SEG0604", f"`{as_of}` is between two seconds", help="as in 2026-11-01T09:30:15"))
    if not EARLIEST < (as_of.date() if isinstance(as_of, dt.datetime) else as_of) < LATEST:
        raise UsageError(
            Diagnostic("SEG0604", f"`{as_of}` is too far away", help=f"days go from {EARLIEST} to {LATEST}")
        )
    return Clock.at(as_of, zone)


def _parse_day(text: str, zone: ZoneInfo) -> dt.date | dt.datetime:
    days_back = {"today": 0, "yesterday": 1}.get(text)
    if days_back is not None:
        return dt.datetime.now(zone).date() - dt.timedelta(days=days_back)
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else dt.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            Diagnostic("SEG0604", f"`{text}` is no date", help="as in 2026-11-01, 2026-11-01T09:30, today or yesterday")
        ) from None


def source_config(workspace: Workspace, name: str | None) -> SourceConfig:
    """Configuration of a source, `default` without a name. Raises `UsageError`."""
    sources = workspace.config.sources
    wanted = name or "default"
    if wanted in sources:
        return sources[wanted]
    if name is None and not sources:
        help = "add [sources.default.tables] to segdsl.toml, with a file for each entity and table"
        raise UsageError(Diagnostic("SEG0605", "segdsl.toml names no data", help=help))
    help = nearest_help(wanted, sources, f"sources are {', '.join(sources) or 'none'}")
    raise UsageError(Diagnostic("SEG0605", f"no source `{wanted}` in segdsl.toml", help=help))


def chosen_rules(model: Model, names: Sequence[str]) -> list[Rule]:
    """The named rules, or all but candidates; raises `UsageError` for an unknown name."""
    known: dict[str, Rule] = {**model.segmentations, **model.segments}
    if not known:
        raise UsageError(
            Diagnostic("SEG0606", "the workspace has no segment or segmentation", help="declare one in a .seg file")
        )
    for name in names:
        if name not in known:
            help = nearest_help(name, known, f"rules are {', '.join(known) or 'none'}")
            raise UsageError(Diagnostic("SEG0606", f"no segment or segmentation `{name}`", help=help))
    return [known[n] for n in names] if names else [r for r in known.values() if not _is_candidate(r)]


def _is_candidate(rule: Rule) -> bool:
    return isinstance(rule, Segmentation) and rule.candidate_of is not None


def attach(
    workspace: Workspace,
    rules: Iterable[Rule | Metric],
    source: SourceConfig,
    clock: Clock,
    frames: Mapping[str, pd.DataFrame | ArrowFrame] | None = None,
    to_look: bool = False,
    also: Mapping[str, set[str]] | None = None,
) -> Engine:
    """Engine with all columns that the rules read, their entities' worth, and of `also` those that exist; raises
    `DataError`.
    """
    schema, rules_read = workspace.model.schema, list(rules)
    worth = {r.entity: {field} for r in rules_read if (field := worth_field(schema.relations[r.entity])) is not None}
    needed = of_rules(workspace.model, rules_read)
    return engines.attach(schema, needed, source, workspace.root, frames, clock, together(worth, also or {}), to_look)


def worth_field(entity: Relation) -> str | None:
    """First required money field of an entity; its total is shown next to each count."""
    return next((n for n, f in entity.fields.items() if f.required and isinstance(f.type, ty.Money)), None)


def evaluate(model: Model, rules: Sequence[Rule], engine: Engine, clock: Clock) -> dict[str, pd.DataFrame]:
    """One frame for each entity of the rules, ordered by key."""
    from segdsl.sql.plan import assignment

    frames = {}
    for entity in dict.fromkeys(r.entity for r in rules):
        rules_of_entity = [r for r in rules if r.entity == entity]
        frame = engine.frame(assignment(model, entity, rules_of_entity, clock).query)
        frames[entity] = frame.astype({r.name: "boolean" for r in rules_of_entity if isinstance(r, Segment)})
    return frames


def evaluate_source(
    workspace: Workspace, names: Sequence[str], as_of: dt.date | dt.datetime | str | None, source: str | None
) -> Evaluation:
    """Evaluate rules on a source as frames. Raises `UsageError` and `DataError`."""
    clock = clock_for(workspace.zone, as_of)
    config = source_config(workspace, source)
    workspace = with_recorded_runs(workspace, source, clock)
    rules = chosen_rules(workspace.model, names)
    engine = attach(workspace, rules, config, clock)
    travel = time_travel.warnings(workspace.model.schema, of_rules(workspace.model, rules).columns, config, clock)
    frames = evaluate(workspace.model, rules, engine, clock)
    amounts = {e: a for e in frames if (a := amounts_of(workspace.model, e, engine, clock)) is not None}
    return Evaluation(workspace.model, rules, engine, clock, frames, amounts, (*engine.notes, *travel))


def amounts_of(model: Model, entity: str, engine: Engine, clock: Clock) -> Amounts | None:
    """Worth of each customer of an entity; None without a money field in the data."""
    from segdsl.sql.plan import condition

    money = money_of(model, entity, engine)
    if money is None:
        return None
    frame = engine.frame(condition(model, entity, {money.field: money.column}, clock).query)
    return Amounts(money.field, money.currency, frame[money.field])


def money_of(model: Model, entity: str, engine: Engine) -> Money | None:
    """The field with a customer's worth; None where the data have none."""
    name = worth_field(model.schema.relations[entity])
    if name is None or not engine.has(entity, name):
        return None
    typed = model.schema.relations[entity].fields[name].type
    assert isinstance(typed, ty.Money)
    return Money(name, typed.currency, k.Column(k.This(), entity, name, typed))
