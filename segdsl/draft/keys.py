"""Profiles of tables -> the column that identifies a row of each, or nearly does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb

from segdsl.data.sql_text import name
from segdsl.draft.profile import Column, Profile
from segdsl.words import headers

_ROUGHLY = 0.02  # a share of rows that may repeat or lack a key, and it is still taken for one
_NEVER_MORE = 50  # rows
SHOWN = 3


@dataclass(frozen=True)
class Key:
    """The column that identifies a row. `problems` name the rows that speak against it, with their lines."""

    column: str
    problems: tuple[str, ...] = ()


def find_keys(con: duckdb.DuckDBPyConnection, profiles: Sequence[Profile]) -> dict[str, Key | None]:
    """The key of each table, by view. A column that is nearly a key is one only where it isn't the proper key of another table."""
    exact = {p.view: _exact(p) for p in profiles}
    proper = {headers.identifier(k.column) for k in exact.values() if k is not None}
    return {p.view: exact[p.view] or _nearly(con, p, proper) for p in profiles}


def _exact(profile: Profile) -> Key | None:
    """A column with a value of its own in every row."""
    unique = [c for c in profile.columns if c.is_unique and _may_identify(c)]
    if not unique:
        return None
    best = min(unique, key=lambda c: _rank(profile, c))
    return Key(best.header) if _rank(profile, best)[0] < 2 or profile.columns.index(best) == 0 else None


def _nearly(con: duckdb.DuckDBPyConnection, profile: Profile, proper: Collection[str]) -> Key | None:
    """A column that is called a key and has a value of its own in nearly every row."""
    near = [
        c
        for c in profile.columns
        if _is_nearly_unique(c)
        and _may_identify(c)
        and _rank(profile, c)[0] < 2
        and headers.identifier(c.header) not in proper
    ]
    if not near:
        return None
    best = min(near, key=lambda c: _rank(profile, c))
    return Key(best.header, tuple(_problems(con, profile, best)))


def _may_identify(column: Column) -> bool:
    """Texts and whole numbers, leading zeros included; no amounts and no dates."""
    whole = column.shapes["integer"] + column.shapes["leading zero"] == column.given
    return whole or not column.all_are("number") | column.all_are("iso") | column.all_are("percent")


def _is_nearly_unique(column: Column) -> bool:
    """All rows but a few have a value of their own."""
    spare = column.rows - column.distinct
    return column.rows >= 4 and 0 < spare <= max(1, min(_NEVER_MORE, round(_ROUGHLY * column.rows)))


def _rank(profile: Profile, column: Column) -> tuple[int, int, int]:
    """By name: `account_id` in accounts.csv before another id, both before a column that isn't called one; then by place."""
    own = headers.singular(headers.identifier(profile.title))
    plain = headers.identifier(column.header)
    named = 0 if plain in (f"{own}_id", "id", f"{own}_key", "record_id") else 1 if headers.is_key(column.header) else 2
    return named, -headers.likeness_to_customers(plain) if named == 1 else 0, profile.columns.index(column)


def _problems(con: duckdb.DuckDBPyConnection, profile: Profile, column: Column) -> Sequence[str]:
    """What stands twice, and in which lines of the file; how many rows have no key."""
    cell = f"trim({name(column.header)})"
    numbered = (
        f"(SELECT {cell} AS v, row_number() OVER () + {profile.first_line - 1} AS line FROM {name(profile.view)})"
    )
    twice = con.execute(
        f"SELECT v, list(line ORDER BY line) FROM {numbered} WHERE v <> '' GROUP BY 1 HAVING count(*) > 1 ORDER BY 1"
    ).fetchall()
    problems = []
    if twice:
        lines = ", ".join(
            f"`{str(v)[:40]}` (lines {' and '.join(map(str, found[:SHOWN]))})" for v, found in twice[:SHOWN]
        )
        more = f" and {len(twice) - SHOWN:,} more" if len(twice) > SHOWN else ""
        problems.append(
            f"{len(twice):,} of its values stand{'s' if len(twice) == 1 else ''} in several rows: {lines}{more}"
        )
    if column.missing:
        problems.append(f"{column.missing:,} rows have none" if column.missing > 1 else "1 row has none")
    return problems
