"""Columns and the possible keys of other tables -> how many of a column's values are keys there, and in which spelling.

Each possible key is first asked for a few values of all columns at once, then column by column for those that have some of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Literal

import duckdb

from segdsl.data.contract import MISSING_WORDS
from segdsl.data.sql_text import matches, name, text, texts
from segdsl.draft.profile import Column, Profile
from segdsl.words import headers

Way = Literal["as written", "15 of 18", "zeros lost here", "zeros lost there", "zeros lost", "decimals", "any case"]

_SOME = 0.2  # of the values asked for first
_LONG = 6  # digits from which numbers are no coincidence
_FEW, _GAP = 20, 10  # keys, and the gap between two, from which a number that is a key is no coincidence
_LETTERS = 3  # of a word that stand for it
_SAMPLED = 50  # values of a column that are asked for first


@dataclass(frozen=True)
class Match:
    """`there` of the `values` of a column are values of a possible key.

    `way`: how the spellings differ: ids of 18 characters for 15; zeros in front that one side lost; 12.0 for 12; e-mail addresses in other
    capitals.
    `digits`: the length of the ids that kept their zeros.
    `absent`: the commonest values that aren't there, with the number of their rows.
    `capitals`: how many values differ from a key by capital letters alone.
    `is_called_so`: the column has the key's name.
    """

    view: str
    column: str
    target: str
    key: str
    values: int
    there: int
    way: Way = "as written"
    digits: int | None = None
    absent: tuple[tuple[str, int], ...] = ()
    capitals: int = 0
    is_called_so: bool = False

    @property
    def in_capitals(self) -> str:
        """What would make keys of the values that differ from one by capitals alone; nothing where there are none."""
        help = 'the same ones? Then `ids = "any case"` under [sources.default.formats] in segdsl.toml'
        return (
            f"; {self.capitals:,} differ by capitals alone: {help}" if self.capitals and self.way != "any case" else ""
        )

    @property
    def share(self) -> float:
        return self.there / self.values


def find_matches(
    con: duckdb.DuckDBPyConnection, profiles: Sequence[Profile], possible: Mapping[str, Sequence[str]]
) -> list[Match]:
    """Columns that are called like a possible key, or hold at least one of its values, where that is no coincidence of small numbers."""
    con.execute("CREATE OR REPLACE TEMP TABLE sampled (view VARCHAR, header VARCHAR, v VARCHAR)")
    rows = [[p.view, c.header, v] for p in profiles for c in p.columns for v in [*c.values][:_SAMPLED]]
    if rows:
        con.execute(f"INSERT INTO sampled VALUES {', '.join('(' + ', '.join(map(text, r)) + ')' for r in rows)}")
    return [m for p in profiles for key in possible[p.view] for m in _of_key(con, profiles, p, _column(p, key))]


def _of_key(
    con: duckdb.DuckDBPyConnection, profiles: Sequence[Profile], target: Profile, key: Column
) -> Iterator[Match]:
    cell = f"trim({name(key.header)})"
    sql = f"SELECT view, header, count(*) FROM sampled WHERE v IN (SELECT {cell} FROM {name(target.view)}) GROUP BY ALL"
    some = {(view, header): n for view, header, n in con.execute(sql).fetchall()}
    for profile in profiles:
        for column in profile.columns:
            itself = profile is target
            if (itself and column.header == key.header) or not _may_hold(column, key, target, itself):
                continue
            sampled = min(_SAMPLED, len(column.values))
            if some.get((profile.view, column.header), 0) >= max(1, _SOME * sampled):
                found = _counted(con, profile, column, target, key, "as written")
            else:
                found = _spelt_otherwise(con, profile, column, target, key)
            called = is_named_after(column, key, target)
            if found is None and called:
                found = _counted(con, profile, column, target, key, "as written")
            if found is not None and found.capitals and _are_emails(column, key):
                in_any_case = _counted(con, profile, column, target, key, "any case")
                found = replace(in_any_case, capitals=found.capitals) if in_any_case is not None else found
            if found is not None and (found.there or called):
                yield replace(found, is_called_so=called)


def _may_hold(column: Column, key: Column, target: Profile, itself: bool) -> bool:
    """Whether a column may hold a table's keys: by its name; or by values alone, where they are no small numbers and no days."""
    if column.distinct == 0 or column.shapes["iso"] + column.shapes["parts"] + column.shapes["percent"] > 0:
        return False
    if itself and headers.is_parent(column.header):
        return True
    if is_named_after(column, key, target):
        return not itself or headers.identifier(column.header) != headers.identifier(key.header)
    if itself and column.is_unique:
        return False
    if not itself and _are_both_customers(column, key, target):
        return column.distinct >= _FEW
    if column.all_are("number") and not (column.shapes["leading zero"] and key.shapes["leading zero"]):
        return column.distinct > 1 and (all(len(v.lstrip("0")) >= _LONG for v in column.values) or _is_sparse(key))
    return column.distinct > 1


def _are_both_customers(column: Column, key: Column, target: Profile) -> bool:
    """Whether `customer_id` may name the rows of accounts.csv: the words differ, and either is one for customers."""
    theirs = (headers.title(key.header), headers.title(target.title))
    return min(_likeness(column.header), max(map(_likeness, theirs))) == 2


def _likeness(header: str) -> int:
    return headers.likeness_to_customers(headers.title(header))


def _is_sparse(key: Column) -> bool:
    """Whether keys are whole numbers with wide gaps between them, which other numbers meet hardly ever by chance."""
    numbers = sorted(int(v) for v in key.values if v.isdecimal())
    gaps = [after - before for before, after in pairwise(numbers)]
    return len(numbers) >= _FEW and median(gaps) >= _GAP


def is_named_after(column: Column, key: Column, target: Profile) -> bool:
    """`account_id`, `Associated Account IDs` or `parent` for the key of accounts.csv; `id` alone names each table's own rows."""
    ours = headers.singular(headers.identifier(column.header))
    theirs = headers.identifier(key.header)
    own = headers.singular(headers.title(target.title))
    if ours == theirs:
        return ours not in headers.OWN or column.distinct * 10 <= column.rows * 9
    if _is_short_for(ours, theirs):
        return True
    named = (own, f"parent_{theirs}", "parent", "parent_id")
    of_it = any(ours == f"{own}{e}" or ours.endswith(f"_{own}{e}") for e in ("_id", "_key", "_no", "_number", "_code"))
    return ours in named or of_it or (theirs not in headers.OWN and ours.endswith("_" + theirs))


def _is_short_for(ours: str, theirs: str) -> bool:
    """`cons_id` and `const_id` for constituent_id: word by word the same, or its first letters."""
    pairs = list(zip(ours.split("_"), theirs.split("_")))
    return ours.count("_") == theirs.count("_") > 0 and all(
        a == b or (len(a) >= _LETTERS and b.startswith(a)) for a, b in pairs
    )


def _spelt_otherwise(
    con: duckdb.DuckDBPyConnection, profile: Profile, column: Column, target: Profile, key: Column
) -> Match | None:
    """The match in a spelling that a program changed, where the shapes of the cells speak for one."""
    whole, theirs_whole = column.shapes["integer"], key.shapes["integer"]
    if _are_emails(column, key):
        return _counted(con, profile, column, target, key, "as written")
    if {len(v) for c in (column, key) for v in c.values} == {15, 18}:
        return _counted(con, profile, column, target, key, "15 of 18")
    if key.shapes["leading zero"] and column.all_are("number"):
        digits = _width(con, target, key)
        return _counted(con, profile, column, target, key, "zeros lost here" if digits else "zeros lost", digits)
    if column.shapes["leading zero"] and theirs_whole == key.given:
        digits = _width(con, profile, column)
        return _counted(con, profile, column, target, key, "zeros lost there" if digits else "zeros lost", digits)
    if whole == 0 and column.all_are("number") and theirs_whole == key.given:
        return _counted(con, profile, column, target, key, "decimals")
    return None


def _are_emails(*columns: Column) -> bool:
    return all(c.shapes["email"] * 2 > c.given for c in columns)


def _width(con: duckdb.DuckDBPyConnection, profile: Profile, column: Column) -> int | None:
    """The length of ids that are all of digits and all equally long."""
    cell = f"trim({name(column.header)})"
    sql = f"SELECT min(length({cell})), max(length({cell})) FROM {name(profile.view)} WHERE {cell} <> ''"
    shortest, longest = con.execute(sql).fetchall()[0]
    digits = column.shapes["integer"] + column.shapes["leading zero"] == column.given
    return longest if digits and shortest == longest else None


def _counted(
    con: duckdb.DuckDBPyConnection,
    profile: Profile,
    column: Column,
    target: Profile,
    key: Column,
    way: Way,
    digits: int | None = None,
) -> Match | None:
    ours, theirs = f"trim({name(column.header)})", f"trim({name(key.header)})"
    match way:
        case "as written":
            a, b = ours, theirs
        case "15 of 18":
            a, b = f"left({ours}, 15)", f"left({theirs}, 15)"
        case "zeros lost here" | "zeros lost there":
            assert digits is not None
            a, b = _filled(_whole(ours), digits), _filled(theirs, digits)
        case "zeros lost":
            a, b = f"ltrim({_whole(ours)}, '0')", f"ltrim({theirs}, '0')"
        case "decimals":
            a, b = _whole(ours), theirs
        case "any case":
            a, b = f"lower({ours})", f"lower({theirs})"
    words = texts(list(MISSING_WORDS))
    given = f"SELECT {a} AS v, count(*) AS n FROM {name(profile.view)} WHERE {ours} <> '' AND lower({ours}) NOT IN ({words}) GROUP BY 1"
    counted = f"SELECT v, n, v IN (SELECT {b} FROM {name(target.view)}) AS there FROM ({given})"
    small = f"lower(v) IN (SELECT lower({b}) FROM {name(target.view)})"
    sql = f"""SELECT count(*), count(*) FILTER (there), count(*) FILTER (NOT there AND {small}),
              list((v, n) ORDER BY n DESC, v) FILTER (NOT there) [:2] FROM ({counted})"""
    values, there, capitals, absent = con.execute(sql).fetchall()[0]
    if not values or (way in ("zeros lost", "any case") and not _stays_unique(con, target, b)):
        return None
    examples = tuple((str(v)[:40], n) for v, n in absent or ())
    return Match(profile.view, column.header, target.view, key.header, values, there, way, digits, examples, capitals)


def _stays_unique(con: duckdb.DuckDBPyConnection, target: Profile, key: str) -> bool:
    sql = f"SELECT count({key}) - count(DISTINCT {key}) FROM {name(target.view)}"
    return bool(con.execute(sql).fetchall()[0][0] == 0)


def _whole(cell: str) -> str:
    """12.0 as 12."""
    return f"CASE WHEN {matches(cell, '[0-9]+[.]0+')} THEN split_part({cell}, '.', 1) ELSE {cell} END"


def _filled(cell: str, digits: int) -> str:
    """Digits, with zeros in front up to a length."""
    return f"CASE WHEN length({cell}) < {digits} THEN lpad({cell}, {digits}, '0') ELSE {cell} END"


def _column(profile: Profile, header: str) -> Column:
    return next(c for c in profile.columns if c.header == header)
