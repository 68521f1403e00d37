"""Small questions to the engine, and their answers as words."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

EXAMPLES = 3


def one(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(con.execute(sql).fetchall()[0][0])


def some_texts(con: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    return [str(row[0])[:40] for row in con.execute(sql).fetchall()]


def many(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def shown(examples: Iterable[str]) -> str:
    return ", ".join(f"`{e}`" for e in examples)
