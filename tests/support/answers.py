"""Models of rules as text, and what each evaluator answers about each customer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import psycopg

from segdsl.diagnostics import Source, render
from segdsl.engines.canonical import load
from segdsl.lang.parse import parse
from segdsl.model.clock import Clock
from segdsl.model.schema import Schema
from segdsl.model.segment import Model, Outside, Segment
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.world import World
from segdsl.resolve import NOTHING_OUTSIDE, resolve
from segdsl.run.engine_evaluator import EngineEvaluator
from segdsl.sql import dialect
from segdsl.sql.plan import assignment

Answers = dict[str, dict[str, object]]
"""Customer's key -> rule -> arm, or true, false or None; a segmentation also gives `<rule>_status`, and `<rule>_by_data` where it keeps."""


def model_of(
    text: str, rows: Mapping[str, Iterable[Mapping[str, Any]]] | None = None, outside: Outside = NOTHING_OUTSIDE
) -> Model:
    """The typed model of a text that must be right; the rows of its lists are taken from `rows`."""
    file, syntax = parse(Source("rules.seg", text))
    model, semantic = resolve([file], outside)
    wrong = [render(d) for d in (*syntax, *semantic) if d.severity == "error"]
    assert model is not None and not wrong, "\n".join(wrong)
    lists = [r.name for r in model.schema.relations.values() if r.kind == "list"]
    listed = {name: tuple((rows or {}).get(name, ())) for name in lists}
    return replace(model, schema=replace(model.schema, listed=listed))


def by_reference(model: Model, entity: str, rows: Mapping[str, Iterable[Mapping[str, Any]]], clock: Clock) -> Answers:
    world = World(model.schema, rows, clock)
    return _told(Evaluator(model, world), world, model, entity)


def by_asking(
    con: duckdb.DuckDBPyConnection,
    model: Model,
    entity: str,
    rows: Mapping[str, Iterable[Mapping[str, Any]]],
    clock: Clock,
) -> Answers:
    """As `explain` does it: the reference over one customer's rows, who asks the engine how it stands among all."""
    load(con, model.schema, rows)
    world = World(model.schema, rows, clock)
    evaluator = EngineEvaluator(model, world, ask=lambda query: con.execute(query.sql("duckdb")).fetchall())
    return _told(evaluator, world, model, entity)


def _told(evaluator: Evaluator, world: World, model: Model, entity: str) -> Answers:
    key = model.schema.relations[entity].key or ""
    answers: Answers = {}
    for row in world.rows(entity):
        answer = answers[str(row[key])] = {}
        for rule in model.rules_of(entity):
            if isinstance(rule, Segment):
                held = evaluator.in_segment(rule, row)
                answer[rule.name] = None if isinstance(held, Unknown) else held
            else:
                outcome = evaluator.outcome(rule, row)
                answer |= {rule.name: outcome.arm, f"{rule.name}_status": outcome.status}
                if (by_data := rule.by_data()) is not None:
                    answer[f"{rule.name}_by_data"] = evaluator.outcome(by_data, row).arm
    return answers


def by_duckdb(
    con: duckdb.DuckDBPyConnection,
    model: Model,
    entity: str,
    rows: Mapping[str, Iterable[Mapping[str, Any]]],
    clock: Clock,
) -> Answers:
    load(con, model.schema, rows)
    return by_loaded(con, model, entity, clock)


def by_loaded(con: duckdb.DuckDBPyConnection, model: Model, entity: str, clock: Clock) -> Answers:
    """DuckDB's, of rows that it has."""
    planned = assignment(model, entity, model.rules_of(entity), clock)
    found = con.execute(planned.query.sql("duckdb")).fetchall()
    return {str(row[0]): dict(zip(planned.columns[1:], row[1:])) for row in found}


_PG_TYPES = {
    "Boolean": "BOOLEAN", "Integer": "BIGINT", "Number": "NUMERIC", "Version": "NUMERIC", "Real": "FLOAT8", "Money": "BIGINT", "Date": "DATE",
    "Timestamp": "TIMESTAMP", "SetOfText": "TEXT[]",
}  # fmt: skip
TEXT = 'TEXT COLLATE "C"'


def load_postgres(
    con: psycopg.Connection[Any], schema: Schema, rows: Mapping[str, Iterable[Mapping[str, Any]]]
) -> None:
    """Rows in canonical form -> temporary tables of the schema."""
    for name, relation in schema.relations.items():
        types = {c: _PG_TYPES.get(type(f.type).__name__, TEXT) for c, f in relation.fields.items()}
        columns = ", ".join(f'"{c}" {typed}' for c, typed in types.items())
        con.execute(f'DROP TABLE IF EXISTS "{name}"; CREATE TEMP TABLE "{name}" ({columns})'.encode())
        listed = rows.get(name) or schema.listed.get(name, ())
        with con.cursor() as cursor, cursor.copy(f'COPY "{name}" FROM STDIN'.encode()) as copy:
            for row in listed:
                copy.write_row([sorted(v) if isinstance(v := row.get(c), frozenset) else v for c in relation.fields])


def by_postgres(
    con: psycopg.Connection[Any],
    model: Model,
    entity: str,
    rows: Mapping[str, Iterable[Mapping[str, Any]]],
    clock: Clock,
) -> Answers:
    load_postgres(con, model.schema, rows)
    planned = assignment(model, entity, model.rules_of(entity), clock)
    found = con.execute(dialect.postgres(planned.query).encode()).fetchall()
    return {str(row[0]): dict(zip(planned.columns[1:], row[1:])) for row in found}


def clock_at(as_of: str, zone: str = "UTC") -> Clock:
    return Clock.at(dt.datetime.fromisoformat(as_of), ZoneInfo(zone))
