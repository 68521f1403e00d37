"""Tables with keys -> the columns of one whose values are the keys of another, or of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from segdsl.draft.keys import Key
from segdsl.draft.profile import Column, Profile, found_in
from segdsl.words import headers

_ENOUGH = 0.5  # of a column's values that are keys
_LONG = 6  # digits from which numbers are no coincidence


@dataclass(frozen=True)
class Link:
    """A column whose values are another table's keys: `there` of its `values` are.

    `shortened`: ids of 18 characters on one side are the 15 characters of the other, as Salesforce has both.
    """

    column: str
    target: str
    values: int
    there: int
    shortened: bool = False

    @property
    def evidence(self) -> str:
        return f"{self.there:,} of {self.values:,} values are there"

    @property
    def share(self) -> float:
        return self.there / self.values


def find_links(
    con: duckdb.DuckDBPyConnection, profile: Profile, tables: Sequence[Profile], keys: Mapping[str, Key | None]
) -> list[Link]:
    """The best target of each column: the one with most of its values."""
    best: dict[str, Link] = {}
    for link in _candidates(con, profile, tables, keys):
        before = best.get(link.column)
        if before is None or (link.share, link.target != profile.view) > (before.share, before.target != profile.view):
            best[link.column] = link
    return list(best.values())


def _candidates(
    con: duckdb.DuckDBPyConnection, profile: Profile, tables: Sequence[Profile], keys: Mapping[str, Key | None]
) -> Iterator[Link]:
    for other in tables:
        key = keys[other.view]
        if key is None:
            continue
        target = next(c for c in other.columns if c.header == key.column)
        for column in profile.columns:
            itself = other is profile
            if (
                (itself and column.header == key.column)
                or column.given == 0
                or not _may_link(column, profile, target, other)
            ):
                continue
            shortened = {len(v) for c in (column, target) for v in c.values} == {15, 18}
            values, there = found_in(con, profile, column.header, other, key.column, shortened)
            if values and there >= _ENOUGH * values and (there > 1 or itself):
                yield Link(column.header, other.view, values, there, shortened)


def _may_link(column: Column, profile: Profile, key: Column, other: Profile) -> bool:
    """By name; or by values alone, where they aren't small numbers, which are any table's keys, nor a few words."""
    if _is_named_after(column, key, other):
        return other is not profile or headers.identifier(column.header) != headers.identifier(key.header)
    if column.shapes["iso"] + column.shapes["parts"] + column.shapes["percent"] > 0:
        return False
    if column.all_are("number"):
        return all(len(v) >= _LONG for v in column.values) and column.distinct > 1
    return column.distinct > 1


def _is_named_after(column: Column, key: Column, other: Profile) -> bool:
    ours, theirs = headers.identifier(column.header), headers.identifier(key.header)
    own = headers.singular(headers.identifier(other.title))
    if ours == theirs:
        return True
    named = (f"{own}_id", own, f"{own}_key", f"parent_{theirs}", f"parent_{own}_id", "parent", "parent_id")
    of_it = ours.endswith((f"_{own}_id", f"_{own}_key", f"_{own}_no", f"_{own}_number"))
    return ours in named or of_it or (theirs not in ("id", "record_id") and ours.endswith("_" + theirs))
