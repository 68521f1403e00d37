"""One file that repeats its customers or its orders (order lines, event logs) -> the column that names them, and what is theirs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import duckdb

from segdsl.data.sql_text import name
from segdsl.draft.alike import Alike, differ_by_capitals
from segdsl.draft.profile import Column, Profile
from segdsl.words import headers

_THE_SAME = 0.5  # of a file's customers that are another's, too
_NAMED = 0.8  # of a file's customers that are another's names
_OF_NOBODY = 0.5  # of the rows at most have no customer
_REPEATED = 0.9  # of the rows at most are the first of a customer


@dataclass(frozen=True)
class Flat:
    """The column whose values are customers or orders, how many there are, and the columns that have one value for each of them.

    `first`: those of them that have it in the first row of each alone.
    `missing`: rows without a value.
    `alike`: values that differ from another by capitals alone.
    `also`: other columns that might name customers, with the number of their values.
    """

    column: str
    distinct: int
    constant: tuple[str, ...]
    first: tuple[str, ...] = ()
    also: tuple[tuple[str, int], ...] = ()
    missing: int = 0
    alike: Alike = field(default_factory=Alike)


@dataclass(frozen=True)
class Same:
    """A file that repeats customers of another one: its view, and how many of the customers here are there, too."""

    view: str
    there: int
    distinct: int


@dataclass(frozen=True)
class Named:
    """A file that repeats customers by a name that another file has beside their key.

    `called`: the column of names; `target`: the other file's view, and `column` the names in it.
    `there`: how many of the `distinct` names here are among them.
    `twice`: how many names there are several customers'.
    """

    profile: Profile
    called: str
    target: str
    column: str
    there: int
    distinct: int
    twice: int


def find_customers(con: duckdb.DuckDBPyConnection, profile: Profile, has_key: bool) -> Flat | None:
    """A column that repeats and is called like an id of customers; where no row has an id of its own, like any id."""
    candidates = [c for c in profile.columns if _may_name_customers(c)]
    if not candidates:
        return None

    def rank(c: Column) -> tuple[int, bool, int]:
        return _likeness(c), headers.is_key(c.header), -profile.columns.index(c)

    best = max(candidates, key=rank)
    if _likeness(best) == 0 and has_key:
        return None
    constant, _ = _of_each(con, profile, best)
    also = [(c.header, c.distinct) for c in candidates if c.header not in constant and _likeness(c) == 2]
    alike = differ_by_capitals(con, profile, best.header)
    return Flat(best.header, best.distinct, constant, also=tuple(also), missing=best.missing, alike=alike)


def find_same(con: duckdb.DuckDBPyConnection, flat: Mapping[str, Flat]) -> dict[str, Same]:
    """Files that repeat the customers of another file, by view; whose are most of them stay."""
    same: dict[str, Same] = {}
    largest_first = sorted(flat, key=lambda view: -flat[view].distinct)
    for i, view in enumerate(largest_first):
        for main in largest_first[:i]:
            if main not in same and view not in same:
                ours, theirs = (f"trim({name(flat[v].column)})" for v in (view, main))
                sql = f"SELECT count(DISTINCT {ours}) FROM {name(view)} WHERE {ours} IN (SELECT {theirs} FROM {name(main)})"
                there = con.execute(sql).fetchall()[0][0]
                if there >= _THE_SAME * flat[view].distinct:
                    same[view] = Same(main, there, flat[view].distinct)
    return same


def find_named(
    con: duckdb.DuckDBPyConnection,
    profile: Profile,
    flat: Flat,
    others: Mapping[str, str],
    profiles: Collection[Profile],
) -> Named | None:
    """The customers of another file whose names a file repeats. `others`: the key of each file that may be the other, by view."""
    ours = f"trim({name(flat.column)})"
    for other in (p for p in profiles if p.view in others):
        for column in other.columns:
            if column.header == others[other.view] or not _are_names(column):
                continue
            theirs = f"trim({name(column.header)})"
            sql = f"SELECT count(DISTINCT {ours}) FROM {name(profile.view)} WHERE {ours} IN (SELECT {theirs} FROM {name(other.view)})"
            there = con.execute(sql).fetchall()[0][0]
            if there > 2 and there >= _NAMED * flat.distinct:
                twice = f"SELECT {theirs} FROM {name(other.view)} WHERE {theirs} <> '' GROUP BY 1 HAVING count(*) > 1"
                count = con.execute(f"SELECT count(*) FROM ({twice})").fetchall()[0][0]
                return Named(profile, flat.column, other.view, column.header, there, flat.distinct, count)
    return None


def _are_names(column: Column) -> bool:
    """Texts of which nearly every row has its own, of several words or under such a header; an id has no blank in it."""
    called = headers.identifier(column.header).endswith("name")
    words = sum(" " in v for v in column.values) * 2 > len(column.values)
    is_text = not (column.all_are("number") or column.all_are("iso", "written", "parts"))
    return is_text and (called or words) and column.distinct >= _REPEATED * column.given


def find_orders(
    con: duckdb.DuckDBPyConnection, profile: Profile, linked: Collection[str], in_any_case: Collection[str] = ()
) -> Flat | None:
    """A column that repeats, such as an order's number, where others are filled in on the first of its rows alone.

    `linked`: columns that hold another table's keys, whose rows are told there; `in_any_case`: those of them whose capitals don't count.
    """
    for column in (c for c in profile.columns if c.header not in linked):
        if column.missing or not 1 < column.distinct <= _REPEATED * column.rows:
            continue
        if any(c.given == column.distinct and c.missing for c in profile.columns):
            constant, first = _of_each(con, profile, column, in_any_case)
            if first:
                return Flat(column.header, column.distinct, constant, first)
    return None


def _likeness(column: Column) -> int:
    """How much a column's values are customers; an e-mail address is one."""
    return 2 if _is_email(column) else headers.likeness_to_customers(column.header)


def _is_email(column: Column) -> bool:
    return column.shapes["email"] * 2 > column.given > 0


def _may_name_customers(column: Column) -> bool:
    plain = headers.identifier(column.header)
    counts = headers.is_plural(plain) and column.all_are("number")  # `Guests`: 0, 1 or 2 of them
    customers = headers.likeness_to_customers(plain) == 2 and not counts
    called = headers.is_key(column.header) or customers or _is_email(column)
    return (
        called
        and column.missing <= _OF_NOBODY * column.rows
        and not column.words
        and 1 < column.distinct <= _REPEATED * column.given
        and not column.all_are("iso", "parts")
    )


def _of_each(
    con: duckdb.DuckDBPyConnection, profile: Profile, column: Column, in_any_case: Collection[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(columns with no two values for one value of a column, itself first; those of them that have it in one row of several).

    `in_any_case`: columns of which values that differ by capitals alone are one.
    """
    others = [c for c in profile.columns if c.header != column.header]
    if not others:
        return (column.header,), ()
    inner = []
    for i, c in enumerate(others):
        cell = f"trim({name(c.header)})"
        filled = f"CASE WHEN {cell} <> '' THEN {f'lower({cell})' if c.header in in_any_case else cell} END"
        inner += [f"count(DISTINCT {filled}) AS d{i}", f"count({filled}) AS n{i}"]
    outer = ", ".join(f"max(d{i}), max(n{i})" for i in range(len(others)))
    key = f"lower(trim({name(column.header)}))"  # so that they can be read in any case
    sql = f"SELECT {outer} FROM (SELECT {', '.join(inner)} FROM {name(profile.view)} WHERE {key} <> '' GROUP BY {key})"
    most = con.execute(sql).fetchall()[0]
    constant = [c.header for i, c in enumerate(others) if most[2 * i] <= 1 and c.distinct > 1]
    first = [c.header for i, c in enumerate(others) if most[2 * i + 1] == 1 and c.given <= column.distinct]
    whole = any(c.given == column.distinct for c in others if c.header in first)
    return (column.header, *constant), tuple(first) if whole else ()
