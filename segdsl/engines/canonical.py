"""Load canonical rows into DuckDB tables without reading cells, for lists and for tests of rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb

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
    text = f'CAST("{column}" AS VARCHAR)'
    if isinstance(typed, ty.SetOfText):
        return f"CASE WHEN {text} = '' THEN []::VARCHAR[] ELSE string_split({text}, '{SEPARATOR}') END AS \"{column}\""
    sql = _SQL_TYPES.get(type(typed).__name__, "VARCHAR")
    return f'CAST({text} AS {sql}) AS "{column}"'
