"""Rules, data and as-of -> assignments of every customer: one query an entity."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from segdsl import engines
from segdsl.data.contract import Earlier
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import EARLIEST, LATEST, Clock
from segdsl.model.dependencies import of_rules
from segdsl.model.schema import Relation
from segdsl.model.segment import Model, Rule, Segment, Segmentation
from segdsl.resolve.problems import nearest_help
from segdsl.run import time_travel
from segdsl.run.errors import UsageError
from segdsl.run.evaluation import Amounts, Evaluated, Result
from segdsl.workspace.config import SourceConfig
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd


def clock_for(zone: ZoneInfo, as_of: dt.date | dt.datetime | str | None) -> Clock:
    """As-of as given, or the start of today in the workspace's zone; raises `UsageError` for no date."""
    if as_of is None:
        as_of = dt.datetime.now(zone).date()
    if isinstance(as_of, str):
        as_of = _parsed(as_of)
    if isinstance(as_of, dt.datetime) and as_of.microsecond:
        raise UsageError(Diagnostic("SEG0604", f"`{as_of}` is between two seconds", help="as in 2026-11-01T09:30:15"))
    if not EARLIEST < (as_of.date() if isinstance(as_of, dt.datetime) else as_of) < LATEST:
        raise UsageError(
            Diagnostic("SEG0604", f"`{as_of}` is too far away", help=f"days go from {EARLIEST} to {LATEST}")
        )
    return Clock.at(as_of, zone)


def _parsed(text: str) -> dt.date | dt.datetime:
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else dt.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            Diagnostic("SEG0604", f"`{text}` is no date", help="as in 2026-11-01 or 2026-11-01T09:30")
        ) from None


def source_config(workspace: Workspace, name: str | None) -> SourceConfig:
    """The source of that name; `default` where none is asked for. Raises `UsageError`."""
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
    rules: Iterable[Rule],
    source: SourceConfig,
    clock: Clock,
    frames: Mapping[str, pd.DataFrame] | None = None,
) -> Engine:
    """An engine with all that the rules read, and what their entities are worth; raises `DataError`."""
    schema, kept = workspace.model.schema, list(rules)
    worth = {r.entity: {field} for r in kept if (field := worth_field(schema.relations[r.entity])) is not None}
    return engines.attach(schema, of_rules(workspace.model, kept), source, workspace.root, frames, clock, worth)


def worth_field(entity: Relation) -> str | None:
    """The first required money field: what a person asks for first beside a count."""
    return next((n for n, f in entity.fields.items() if f.required and isinstance(f.type, ty.Money)), None)


def evaluate(model: Model, rules: Sequence[Rule], engine: Engine, clock: Clock) -> dict[str, pd.DataFrame]:
    """One frame per entity that the rules are about, in the order of its key."""
    from segdsl.sql.plan import assignment

    frames = {}
    for entity in dict.fromkeys(r.entity for r in rules):
        own = [r for r in rules if r.entity == entity]
        frame = engine.frame(assignment(model, entity, own, clock).query)
        frames[entity] = frame.astype({r.name: "boolean" for r in own if isinstance(r, Segment)})
    return frames


def evaluated(
    workspace: Workspace,
    names: Sequence[str],
    as_of: dt.date | dt.datetime | str | None,
    source: str | None,
    explain_unknown: bool = False,
) -> Evaluated:
    """Evaluates rules over a source; with `explain_unknown` each rule has a column of reasons.

    Raises `UsageError` and `DataError`.
    """
    rules = chosen_rules(workspace.model, names)
    clock = clock_for(workspace.zone, as_of)
    config = source_config(workspace, source)
    engine = attach(workspace, rules, config, clock)
    travel = time_travel.warnings(workspace.model.schema, of_rules(workspace.model, rules).columns, config, clock)
    frames = evaluate(workspace.model, rules, engine, clock)
    if explain_unknown:
        from segdsl.run.unknowns import with_reasons

        own = {entity: [r for r in rules if r.entity == entity] for entity in frames}
        frames = {e: with_reasons(workspace.model, own[e], engine, clock, frame) for e, frame in frames.items()}
    amounts = {e: a for e in frames if (a := amounts_of(workspace.model, e, engine, clock)) is not None}
    return Evaluated(workspace.model, rules, engine, clock, frames, amounts, (*engine.notes, *travel))


def finished(done: Evaluated, earlier: Mapping[str, Earlier] | None) -> Result:
    """The answer, with what the data was like; `earlier` is what the last run saw of it. Raises `DataError`."""
    from segdsl.run.suspicions import doubts

    tables = tuple(done.engine.report(done.clock, earlier))
    return Result(done.clock, done.frames, done.amounts, tables, (*done.notes, *doubts(done)))


def amounts_of(model: Model, entity: str, engine: Engine, clock: Clock) -> Amounts | None:
    from segdsl.sql.plan import condition

    name = worth_field(model.schema.relations[entity])
    if name is None or not engine.has(entity, name):
        return None
    typed = model.schema.relations[entity].fields[name].type
    assert isinstance(typed, ty.Money)
    frame = engine.frame(condition(model, entity, {name: k.Column(k.This(), entity, name, typed)}, clock).query)
    return Amounts(name, typed.currency, frame[name])
