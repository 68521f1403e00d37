"""One file that repeats its customers (order lines, event logs) -> the column that names them, and what is theirs."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from segdsl.data.sql_text import name
from segdsl.draft.profile import Column, Profile
from segdsl.words import headers

_REPEATED = 0.9  # of the rows at most are the first of a customer


@dataclass(frozen=True)
class Flat:
    """The column whose values are the customers, how many there are, and the columns that have one value for each of them."""

    column: str
    distinct: int
    constant: tuple[str, ...]


def find_customers(con: duckdb.DuckDBPyConnection, profile: Profile) -> Flat | None:
    """A column in every row that repeats and is called like an id of customers; None where there is none."""
    candidates = [c for c in profile.columns if _may_name_customers(c)]
    if not candidates:
        return None

    def rank(c: Column) -> tuple[int, bool, int]:
        return headers.likeness_to_customers(c.header), headers.is_key(c.header), -profile.columns.index(c)

    best = max(candidates, key=rank)
    if headers.likeness_to_customers(best.header) == 0:
        return None
    return Flat(best.header, best.distinct, _constant(con, profile, best))


def _may_name_customers(column: Column) -> bool:
    plain = headers.identifier(column.header)
    called = headers.is_key(column.header) or headers.likeness_to_customers(plain) == 2
    return (
        called
        and column.missing == 0
        and 1 < column.distinct <= _REPEATED * column.rows
        and not column.all_are("iso", "parts")
    )


def _constant(con: duckdb.DuckDBPyConnection, profile: Profile, customers: Column) -> tuple[str, ...]:
    """Columns that have no two values for one customer."""
    key = f"trim({name(customers.header)})"
    others = [c.header for c in profile.columns if c.header != customers.header]
    if not others:
        return (customers.header,)
    counts = [
        f"count(DISTINCT {name(c)}) + CAST(count({name(c)}) BETWEEN 1 AND count(*) - 1 AS INTEGER)" for c in others
    ]
    inner = ", ".join(f"{count} AS n{i}" for i, count in enumerate(counts))
    most = ", ".join(f"max(n{i})" for i in range(len(others)))
    found = con.execute(f"SELECT {most} FROM (SELECT {inner} FROM {name(profile.view)} GROUP BY {key})").fetchall()[0]
    return (customers.header, *(c for c, n in zip(others, found) if n <= 1))
