"""Rows in canonical form -> DuckDB tables of a schema, past the reading of cells: for tests of rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import pandas as pd

from segdsl.model import types as ty
from segdsl.model.schema import Schema

SEPARATOR = "\x1f"
_SQL_TYPES = {"Boolean": "BOOLEAN", "Integer": "BIGINT", "Number": "HUGEINT", "Real": "DOUBLE", "Money": "BIGINT",
              "Date": "DATE", "Timestamp": "TIMESTAMP"}  # fmt: skip


def load(con: duckdb.DuckDBPyConnection, schema: Schema, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    for name, relation in schema.relations.items():
        columns: dict[str, list[str | None]] = {c: [] for c in relation.fields}
        for row in rows.get(name, ()):
            for column in columns:
                columns[column].append(_written(row.get(column)))
        frame = pd.DataFrame({c: pd.Series(v, dtype=object) for c, v in columns.items()})
        con.register("frame_" + name, frame)
        typed = ", ".join(_read(c, f.type) for c, f in relation.fields.items())
        con.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS SELECT {typed} FROM "frame_{name}"')


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
