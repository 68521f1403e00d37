"""Load canonical rows into DuckDB tables without reading cells, for lists and for tests of rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb

from segdsl.data.sql_text import text
from segdsl.model import types as ty
from segdsl.model.schema import Relation, Schema

SEPARATOR = "\x1f"
_SQL_TYPES = {
    "Boolean": "BOOLEAN",
    "Integer": "BIGINT",
    "Number": "HUGEINT",
    "Version": "HUGEINT",
    "Real": "DOUBLE",
    "Money": "BIGINT",
    "Date": "DATE",
    "Timestamp": "TIMESTAMP",
}


def load(con: duckdb.DuckDBPyConnection, schema: Schema, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    """Load all relations of a schema."""
    for name, relation in schema.relations.items():
        load_relation(con, schema, relation, rows.get(name) or schema.listed.get(name, ()))


def load_relation(
    con: duckdb.DuckDBPyConnection, schema: Schema, relation: Relation, rows: Iterable[Mapping[str, Any]]
) -> None:
    """Load one relation."""

    columns: dict[str, list[str | None]] = {c: [] for c in relation.fields}
    for row in rows:
        for column in columns:
            columns[column].append(_written(row.get(column)))
    texts = ", ".join(f'unnest(CAST(? AS VARCHAR[])) AS "{c}"' for c in columns)
    typed = ", ".join(_read(c, schema.cell_type(f)) for c, f in relation.fields.items())
    table = f'CREATE OR REPLACE TEMP TABLE "{relation.name}" AS SELECT {typed} FROM (SELECT {texts})'
    con.execute(table, list(columns.values()))


def rows_in_sql(schema: Schema, relation: Relation, rows: Iterable[Mapping[str, Any]]) -> str:
    """Query for the rows of one relation as literals, with the columns that `load_relation` gives it."""
    listed = [[_written(row.get(c)) for c in relation.fields] for row in rows]
    cells = ", ".join(f"({', '.join('NULL' if v is None else text(v) for v in row)})" for row in listed)
    columns = ", ".join(f'"{c}"' for c in relation.fields)
    typed = ", ".join(_read(c, schema.cell_type(f)) for c, f in relation.fields.items())
    if not listed:
        nothing = ", ".join(f'NULL AS "{c}"' for c in relation.fields)
        return f"SELECT {typed} FROM (SELECT {nothing}) WHERE false"
    return f"SELECT {typed} FROM (VALUES {cells}) v({columns})"


def _written(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, frozenset):
        return SEPARATOR.join(sorted(value))
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return value if isinstance(value, str) else repr(value) if isinstance(value, float) else str(value)


def _read(column: str, typed: ty.Type) -> str:
    cell = f'CAST("{column}" AS VARCHAR)'
    if isinstance(typed, ty.SetOfText):
        return f"CASE WHEN {cell} = '' THEN []::VARCHAR[] ELSE string_split({cell}, '{SEPARATOR}') END AS \"{column}\""
    sql = _SQL_TYPES.get(type(typed).__name__, "VARCHAR")
    return f'CAST({cell} AS {sql}) AS "{column}"'
