"""Ledgers of older versions -> the tables of today, with nothing lost.

Until version 4 the ledger had a row for each run, customer and rule, and one for each value of a field.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from segdsl.data.sql_text import name, text
from segdsl.ledger import timelines as t
from segdsl.ledger.timelines import IS

_TABLES = """
CREATE TABLE about (version INTEGER);
CREATE TABLE runs (
    run_id INTEGER PRIMARY KEY, as_of TIMESTAMP, zone VARCHAR, source VARCHAR, started_at TIMESTAMP,
    fingerprints VARCHAR, conditions VARCHAR, sizes VARCHAR, data VARCHAR, engine VARCHAR, version VARCHAR,
    files VARCHAR, keeps_history BOOLEAN);
CREATE TABLE assignments (
    run_id INTEGER, entity VARCHAR, entity_id VARCHAR, segmentation VARCHAR, arm VARCHAR, status VARCHAR, by_data VARCHAR);
CREATE TABLE history (entity VARCHAR, entity_id VARCHAR, field VARCHAR, value VARCHAR, known_from TIMESTAMP, known_to TIMESTAMP);
CREATE TABLE moves (
    run_id INTEGER, since_run INTEGER, entity VARCHAR, entity_id VARCHAR, segmentation VARCHAR,
    from_arm VARCHAR, from_status VARCHAR, to_arm VARCHAR, to_status VARCHAR, cause VARCHAR, clause VARCHAR);
CREATE TABLE borders (
    run_id INTEGER, rule VARCHAR, arm VARCHAR, text VARCHAR, grouping VARCHAR, value VARCHAR, inside BIGINT, room BIGINT);
CREATE TABLE publications (target VARCHAR, token VARCHAR, state VARCHAR);
"""
"""Of version 4."""


def tables(version: int) -> list[str]:
    """Statements that create the tables of a version before 5."""
    statements = {s.split()[2]: s.strip() for s in _TABLES.split(";") if s.strip()}
    if version < 4:
        statements["assignments"] = statements["assignments"].replace(", by_data VARCHAR", "")
    if version < 3:
        statements["publications"] = "CREATE TABLE publications (target VARCHAR, aside VARCHAR, state VARCHAR)"
    if version < 2:
        del statements["borders"]
    return list(statements.values())


def renew(con: duckdb.DuckDBPyConnection, version: int, statements: Sequence[str]) -> None:
    """Bring the tables of a version before 5 to those of today, which `statements` create, within a transaction."""
    if version < 3:
        con.execute("DROP TABLE publications")
    by_data = "by_data" if version >= 4 else "arm"  # no rule kept anybody then
    con.execute("ALTER TABLE runs RENAME TO old_runs")
    for statement in statements:
        if version < 2 or "CREATE TABLE borders" not in statement:
            con.execute(statement.replace("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ", 1))
    con.execute("INSERT INTO runs SELECT *, row_number() OVER (ORDER BY started_at, run_id) FROM old_runs")
    con.execute("DROP TABLE old_runs")
    _assignments(con, by_data)
    _history(con)
    con.execute("DROP TABLE assignments")
    con.execute("DROP TABLE history")


def _assignments(con: duckdb.DuckDBPyConnection, by_data: str) -> None:
    """Each run's rows, in the order of publication, as one row a customer."""
    con.execute(
        f"""INSERT INTO places SELECT row_number() OVER (ORDER BY arm, status, by_data), * FROM
            (SELECT DISTINCT arm, status, {by_data} AS by_data FROM assignments)"""
    )
    for run_id, source, published in con.execute(
        "SELECT run_id, source, published FROM runs ORDER BY published"
    ).fetchall():
        of_run = con.execute(
            "SELECT entity, list(DISTINCT segmentation ORDER BY segmentation) FROM assignments WHERE run_id = ? GROUP BY 1 ORDER BY 1",
            [run_id],
        ).fetchall()
        for entity, rules in of_run:
            cells = ", ".join(f"max(code) FILTER (segmentation = {text(r)}) AS {name(IS + r)}" for r in rules)
            rows = f"""SELECT entity_id, {cells} FROM assignments a JOIN places p ON a.arm IS NOT DISTINCT FROM p.arm
                       AND a.status = p.status AND a.{by_data} IS NOT DISTINCT FROM p.by_data
                       WHERE run_id = {run_id} AND entity = {text(entity)} GROUP BY 1"""
            _write(con, t.with_columns(con, "places", source, entity, rules), rows, rules, str(published))


def _history(con: duckdb.DuckDBPyConnection) -> None:
    """What was known at each instant at which a value began or ended."""
    for entity, fields in con.execute(
        "SELECT entity, list(DISTINCT field ORDER BY field) FROM history GROUP BY 1 ORDER BY 1"
    ).fetchall():
        timeline = t.with_columns(con, "values", "", entity, fields)
        own = f"SELECT * FROM history WHERE entity = {text(entity)}"
        ends = f"SELECT known_from AS at FROM ({own}) UNION SELECT known_to FROM ({own}) WHERE known_to IS NOT NULL ORDER BY 1"
        for (at,) in con.execute(ends).fetchall():
            instant = f"TIMESTAMP {text(at.isoformat(sep=' '))}"
            cells = ", ".join(f"max(coalesce(value, '')) FILTER (field = {text(f)}) AS {name(IS + f)}" for f in fields)
            rows = f"""SELECT entity_id, {cells} FROM ({own}) WHERE known_from <= {instant} AND (known_to IS NULL OR known_to > {instant})
                       GROUP BY 1"""
            _write(con, timeline, rows, fields, instant)


def _write(
    con: duckdb.DuckDBPyConnection, timeline: t.Timeline, rows: str, columns: Sequence[str], instant: str
) -> None:
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE renewed AS {t.differences(timeline.latest(), timeline.columns, rows, columns)}"
    )
    timeline.turn("renewed", columns, instant)
    con.execute("DROP TABLE renewed")
