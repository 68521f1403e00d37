"""Small queries for examples, and words for counts."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from segdsl.words.plural import plural

EXAMPLES = 3


def one(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    """Single number of a query."""
    return int(con.execute(sql).fetchall()[0][0])


def some_texts(con: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    """First column of a query as short texts."""
    return [str(row[0])[:40] for row in con.execute(sql).fetchall()]


def many(n: int, what: str) -> str:
    """Count with its noun: "1 row", "2,000 rows"."""
    return f"{n:,} {plural(what, n)}"


def shown(examples: Iterable[str]) -> str:
    """Examples in backquotes, joined by commas."""
    return ", ".join(f"`{e}`" for e in examples)
