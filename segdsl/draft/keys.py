"""Profiles of tables -> the column that identifies a row of each, or nearly does.

Of several that do, the one that other files' columns hold is the key: `Account Number`, where invoices have no `Account ID`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from segdsl.data.sql_text import name
from segdsl.draft.lines import lines_of
from segdsl.draft.matches import Match, find_matches
from segdsl.draft.profile import Column, Profile
from segdsl.words import headers

_ROUGHLY = 0.02  # a share of rows that may repeat or lack a key, and it is still taken for one
_FEW = 0.1  # a share of rows that repeat an id, from which it is no slip
_NEVER_MORE = 50  # rows
_ENOUGH = 0.5  # of a column's values that are keys
_CALLED = 3  # ranks below this are called a key
SHOWN = 3


@dataclass(frozen=True)
class Key:
    """The column that identifies a row.

    `problems` name the rows that speak against it, with their lines.
    `rather_than`: the column that is called the key, where other files hold this one.
    """

    column: str
    problems: tuple[str, ...] = ()
    rather_than: str | None = None


def find_keys(con: duckdb.DuckDBPyConnection, profiles: Sequence[Profile]) -> tuple[dict[str, Key | None], list[Match]]:
    """The key of each table, by view, and which columns hold it or another that identifies its rows.

    A column that is nearly a key is one only where it isn't the proper key of another table.
    """
    possible = {p.view: _possible(p) for p in profiles}
    exact = {headers.identifier(own[0].header) for own in possible.values() if own}
    near = {p.view: _nearly(p, exact) for p in profiles if not possible[p.view]}
    asked = {p.view: [c.header for c in possible[p.view] or near[p.view]] for p in profiles}
    matches = find_matches(con, profiles, asked)
    keys: dict[str, Key | None] = {}
    for p in profiles:
        columns = possible[p.view] or near[p.view]
        keys[p.view] = _chosen(p, columns, [m for m in matches if m.column not in _own(possible[m.view])])
        key = keys[p.view]
        if key is not None and not possible[p.view]:
            column = next(c for c in columns if c.header == key.column)
            keys[p.view] = Key(key.column, tuple(_problems(con, p, column)), key.rather_than)
    return keys, matches


def _own(possible: Sequence[Column]) -> set[str]:
    """The column that identifies a table's rows by its name, and so doesn't speak for a key elsewhere."""
    return {c.header for c in possible[:1]}


def _possible(profile: Profile) -> list[Column]:
    """Columns with a value of its own in every row, best called first."""
    unique = [c for c in profile.columns if c.is_unique and _may_identify(c)]
    unique = [c for c in unique if not c.all_are("integer") or _rank(profile, c)[0] < _CALLED or _is_first(profile, c)]
    return sorted(unique, key=lambda c: _rank(profile, c)) or _by_number(profile)


def _by_number(profile: Profile) -> list[Column]:
    """The first column, where it has a phone number or a postcode of its own in every row and no other column identifies it."""
    return [c for c in profile.columns[:1] if c.is_unique and headers.is_no_id(c.header)]


def _nearly(profile: Profile, proper: set[str]) -> list[Column]:
    """Columns that are called a key and have a value of their own in nearly every row."""
    near = [
        c
        for c in profile.columns
        if _is_nearly_unique(c, _FEW if _rank(profile, c)[0] == 0 else _ROUGHLY)
        and _may_identify(c)
        and _rank(profile, c)[0] < _CALLED
        and headers.identifier(c.header) not in proper
    ]
    return sorted(near, key=lambda c: _rank(profile, c))


def _chosen(profile: Profile, columns: Sequence[Column], matches: Sequence[Match]) -> Key | None:
    """The best called; or where other files hold none of its values, the one that most of them hold."""
    if not columns:
        return None
    held = Counter(m.key for m in matches if m.target == profile.view != m.view and m.share >= _ENOUGH and m.there > 1)
    best = columns[0]
    is_called = _rank(profile, best)[0] < _CALLED or _is_first(profile, best)
    others = [c for c in columns if held[c.header]]
    if others and best not in others:
        chosen = max(others, key=lambda c: held[c.header])
        return Key(chosen.header, rather_than=best.header if is_called else None)
    return Key(best.header) if is_called else None


def _may_identify(column: Column) -> bool:
    """Texts and whole numbers, leading zeros included; no amounts, no dates, no postcodes and no long remarks."""
    if headers.is_no_id(column.header) or any(len(v) > 200 for v in column.values):
        return False
    s = column.shapes
    whole = s["integer"] + s["leading zero"] + s["whole"] + s["exponent"] == column.given
    return whole or not column.all_are("number") | column.all_are("iso", "written", "parts") | column.all_are("percent")


def _is_nearly_unique(column: Column, share: float) -> bool:
    """All rows but a few have a value of their own."""
    spare = column.rows - column.distinct
    return column.rows >= 4 and 0 < spare <= max(1, min(_NEVER_MORE, round(share * column.rows)))


def _is_first(profile: Profile, column: Column) -> bool:
    return profile.columns.index(column) == 0


def _rank(profile: Profile, column: Column) -> tuple[int, int, int]:
    """By name: `account_id` or `account` in accounts.csv before another id, that before an e-mail address, and all before others; then by
    place.
    """
    own = headers.singular(headers.title(profile.title))
    plain = headers.identifier(column.header)
    of_its_own = {own, *(f"{own}_{e}" for e in ("id", "key", "no", "number", "nr", "code"))}
    named = (
        0 if plain in of_its_own or plain in ("id", "record_id", "key") else 1 if headers.is_key(column.header) else 3
    )
    if named == 3 and column.shapes["email"] * 2 > column.given:
        named = 2
    return named, -headers.likeness_to_customers(plain) if named == 1 else 0, profile.columns.index(column)


def repeats(con: duckdb.DuckDBPyConnection, profile: Profile, column: Column) -> str | None:
    """What is said of a column that is called an id, and of which a few values stand in several rows."""
    spare = column.given - column.distinct
    if not headers.is_key(column.header) or not 0 < spare <= _FEW * column.given:
        return None
    return next(iter(_problems(con, profile, column)), None)


def _problems(con: duckdb.DuckDBPyConnection, profile: Profile, column: Column) -> Sequence[str]:
    """What stands twice, and in which lines of the file; how many rows have no key."""
    cell = f"trim({name(column.header)})"
    numbered = f"(SELECT {cell} AS v, row_number() OVER () - 1 AS row FROM {name(profile.view)})"
    twice = con.execute(
        f"SELECT v, list(row ORDER BY row) FROM {numbered} WHERE v <> '' GROUP BY 1 HAVING count(*) > 1 ORDER BY 1"
    ).fetchall()
    problems = []
    if twice:
        line = lines_of(profile, {row for _, rows in twice[:SHOWN] for row in rows[:SHOWN]})
        lines = ", ".join(
            f"`{str(v)[:40]}` (lines {' and '.join(str(line.get(row, row + profile.first_line)) for row in rows[:SHOWN])})"
            for v, rows in twice[:SHOWN]
        )
        more = f" and {len(twice) - SHOWN:,} more" if len(twice) > SHOWN else ""
        problems.append(
            f"{len(twice):,} of its values stand{'s' if len(twice) == 1 else ''} in several rows: {lines}{more}"
        )
    if column.missing:
        problems.append(f"{column.missing:,} rows have none" if column.missing > 1 else "1 row has none")
    return problems
