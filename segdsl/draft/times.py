"""The times of a table's rows: when they happened, and since when a customer is there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from segdsl.data.cells import Reader, chain
from segdsl.data.sql_text import name
from segdsl.diagnostics import Source, Span
from segdsl.draft.profile import Profile
from segdsl.draft.reading import Reading
from segdsl.model import types as ty
from segdsl.model.schema import Field
from segdsl.words import headers

_NOWHERE = Span(Source("", ""), 0, 0)
_NEARLY_ALL = 0.95  # of the rows that belong to a customer lie after its beginning
_MOST = 0.5  # the same, where the column is called after what a customer did, such as to sign up
_PERIODS = re.compile(r"(^|_)(period|trial|term|contract|laufzeit)(_|$)")


@dataclass(frozen=True)
class Time:
    """A column with a date or a time in every row. `others` are those that weren't chosen, with the number of their empty cells."""

    column: str
    type: str
    others: tuple[tuple[str, int], ...] = ()


def time_of_rows(profile: Profile, readings: Mapping[str, Reading]) -> Time | None:
    """The column that says when a row happened: called so, not what became of it later, and the finest."""
    times = _full(profile, readings)
    if not times:
        return None

    def rank(header: str) -> tuple[bool, bool, bool, bool, int]:
        place = -[c.header for c in profile.columns].index(header)
        timed = readings[header].type == "timestamp"
        return not headers.is_later(header), headers.is_beginning(header), timed, headers.is_time(header), place

    chosen = max(times, key=rank)
    return Time(chosen, readings[chosen].type, others(profile, readings, chosen))


def others(profile: Profile, readings: Mapping[str, Reading], chosen: str) -> tuple[tuple[str, int], ...]:
    """The other columns of dates and times, with the number of their empty cells."""
    return tuple((c.header, c.missing) for c in profile.columns if _is_dated(readings[c.header]) and c.header != chosen)


def beginning(profile: Profile, readings: Mapping[str, Reading], candidates: Sequence[str] | None = None) -> str | None:
    """The column that says since when a customer is there: decided, and called so; what a customer did before what was recorded.

    `candidates` are columns that each customer has; else those full in every row.
    """
    full = _full(profile, readings) if candidates is None else candidates
    times = [h for h in full if _is_dated(readings[h]) and headers.is_beginning(h) and readings[h].is_decided]
    return max(times, key=headers.is_own_act) if times else None


def endings(profile: Profile, readings: Mapping[str, Reading]) -> list[str]:
    """Columns that may say when a customer ceased to be one; not when a period of it does."""
    return [
        c.header
        for c in profile.columns
        if _is_dated(readings[c.header])
        and headers.is_end(c.header)
        and not _PERIODS.search(headers.identifier(c.header))
    ]


def _is_dated(reading: Reading) -> bool:
    return reading.type in ("date", "timestamp")


def _full(profile: Profile, readings: Mapping[str, Reading]) -> list[str]:
    return [
        c.header
        for c in profile.columns
        if _is_dated(readings[c.header]) and c.missing == 0 and not readings[c.header].odd
    ]


@dataclass(frozen=True)
class Rows:
    """Rows that belong to another table's: their column that links, and their time."""

    profile: Profile
    link: str
    time: str
    reading: Reading


def rows_after(
    con: duckdb.DuckDBPyConnection,
    profile: Profile,
    key: str,
    begins: str,
    reading: Reading,
    belonging: Sequence[Rows],
) -> tuple[int, int]:
    """(rows that lie on the day of the beginning or later, all rows) of those that belong to these customers."""
    after = total = 0
    for rows in belonging:
        sql = f"""SELECT count(*) FILTER (CAST(b.t AS DATE) >= CAST(a.t AS DATE)), count(*) FROM {_values(profile, key, begins, reading)} a
                  JOIN {_values(rows.profile, rows.link, rows.time, rows.reading)} b USING (k) WHERE a.t IS NOT NULL AND b.t IS NOT NULL"""
        found = con.execute(sql).fetchall()[0]
        after, total = after + found[0], total + found[1]
    return after, total


def rows_ahead(con: duckdb.DuckDBPyConnection, profile: Profile, column: str, reading: Reading) -> int:
    """The number of rows whose time lies after today."""
    values = _values(profile, column, column, reading)
    sql = f"SELECT count(*) FROM {values} WHERE CAST(t AS DATE) > current_date"
    return int(con.execute(sql).fetchall()[0][0])


def lie_after(header: str, after: int, total: int) -> bool:
    """Whether so many of the rows that belong to customers lie after their beginning that the column is one."""
    return after >= (_MOST if headers.is_own_act(header) else _NEARLY_ALL) * total


def _values(profile: Profile, key: str, column: str, reading: Reading) -> str:
    """A query (k, t): each row's key, and its time as `segdsl run` will read it."""
    typed = ty.DATE if reading.type == "date" else ty.TIMESTAMP
    cell = Reader(reading.formats, "UTC").cell(column, "VARCHAR", Field("t", typed, _NOWHERE), typed)
    given = f"SELECT trim({name(key)}) AS k, {cell.steps[0][1]} AS {name(f'{cell.steps[0][0]} t')} FROM {name(profile.view)}"
    return f"(SELECT k, {cell.value} AS t FROM ({chain({'t': cell}, given)}))"
