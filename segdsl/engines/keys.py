"""Keys of a relation that an engine reads in place: each row has one, and each stands once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from segdsl.data.contract import overlapping
from segdsl.data.files import DataError
from segdsl.data.sql_text import name
from segdsl.diagnostics import Diagnostic
from segdsl.model.schema import Relation

Ask = Callable[[str], list[tuple[Any, ...]]]


def check(relation: Relation, ask: Ask) -> None:
    """Raises `DataError` for rows without their key, and for keys that stand twice."""
    key, table = name(relation.key or ""), name(relation.name)
    missing = ask(f"SELECT count(*) FROM {table} WHERE {key} IS NULL")[0][0]
    if missing:
        message = f"`{relation.key}` is missing in {missing:,} rows of `{relation.name}`"
        raise DataError(Diagnostic("SEG0705", message, help="every row needs its key"))
    again = f"SELECT {key} FROM {table} GROUP BY 1 HAVING count(*) > 1"
    twice = ask(f"SELECT count(*) FROM ({overlapping(relation) if relation.history else again}) x")[0][0]
    if twice:
        message = f"`{relation.key}` is not unique in `{relation.name}` ({twice:,} keys)"
        raise DataError(Diagnostic("SEG0705", message, help="each key stands once"))
