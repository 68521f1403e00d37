"""Rows of each relation as of an instant, indexed by the columns that links use."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

from segdsl.model.clock import Clock
from segdsl.model.lists import counts
from segdsl.model.schema import Relation, Schema, ToOne

Value = bool | int | float | str | dt.date | dt.datetime | frozenset[str]
"""A cell in canonical form: money in minor units, a number in billionths, a timestamp as naive UTC."""

Row = Mapping[str, Value | None]


class World:
    """The rows that exist as of the clock's instant.

    `data` holds all rows, including those that don't exist then.
    `ahead` adds later rows and values that were known only later, as outcomes read them.
    `unread` returns a missing cell of a relation's row as it is written, where that is nothing of its type; else "".
    """

    def __init__(
        self,
        schema: Schema,
        data: Mapping[str, Collection[Row]],
        clock: Clock,
        ahead: bool = False,
        unread: Callable[[str, Row, str], str] = lambda relation, row, column: "",
    ) -> None:
        self.unread = unread
        self.schema, self.clock, self.data, self.ahead = schema, clock, data, ahead
        self._rows: dict[str, list[Row]] = {}
        self._index: dict[tuple[str, str], dict[Value, list[Row]]] = {}
        self._others: dict[tuple[dt.datetime, bool], World] = {}
        self._tops: dict[ToOne, dict[Value, Value]] = {}

    def rows(self, relation: str) -> list[Row]:
        rows = self._rows.get(relation)
        if rows is None:
            list_rows = self.schema.listed.get(relation, ())
            rows = self._rows[relation] = self.existing(relation, self.data.get(relation) or list_rows)
        return rows

    def existing(self, relation: str, rows: Iterable[Row]) -> list[Row]:
        """Returns the rows that exist as of the clock's instant, with the values known at that time."""
        described = self.schema.relations[relation]
        existing_rows = [r for r in rows if exists(described, r, self.clock, self.ahead)]
        known_at = {f.name: f.known_at for f in described.fields.values() if f.known_at is not None}
        if self.ahead or not known_at:
            return existing_rows
        return [
            {
                c: None if c in known_at and not _before_as_of(r.get(known_at[c]), self.clock) else v
                for c, v in r.items()
            }
            for r in existing_rows
        ]

    def at(self, now: dt.datetime, ahead: bool) -> World:
        """Returns the world of the same data as of another instant: one world for each instant, whatever steps lead to it."""
        if (now, ahead) not in self._others:
            world = self._others[now, ahead] = self.over(Clock(now, self.clock.zone), ahead)
            world._others = self._others
        return self._others[now, ahead]

    def over(self, clock: Clock, ahead: bool) -> World:
        return World(self.schema, self.data, clock, ahead, self.unread)

    def topmost(self, link: ToOne, key: Value | None) -> Value | None:
        """Returns the key at the top of the hierarchy that a link makes; None for rows in a loop and below a loop."""
        if link not in self._tops:
            self._tops[link] = self._find_tops(link)
        return self._tops[link].get(key) if key is not None else None

    def circle(self, link: ToOne, key: Value | None) -> list[Value]:
        """Returns the keys of the loop that a key is in, or that is above it, in their order; none if there is no loop."""
        path: dict[Value, None] = {}
        while key is not None and key not in path:
            path[key] = None
            row = self.by_key(link.source, key)
            key = row.get(link.column) if row is not None else None
        members = list(path)
        return members[members.index(key) :] if key is not None else []

    def _find_tops(self, link: ToOne) -> dict[Value, Value]:
        key_column = self.schema.relations[link.source].key or ""
        above = {r[key_column]: r.get(link.column) for r in self.rows(link.source)}
        tops: dict[Value | None, Value | None] = {}
        for start in above:
            path: dict[Value | None, None] = {}
            at: Value | None = start
            while at in above and at not in tops and at not in path:
                path[at] = None
                at = above[at]
            if at in tops:
                tops |= dict.fromkeys(path, tops[at])
            elif at not in path:
                tops |= dict.fromkeys(path, next(reversed(path)))
        return {key: top for key, top in tops.items() if key is not None and top is not None}

    def where(self, relation: str, column: str, value: Value | None) -> list[Row]:
        """Returns the rows with a value in a column; none for a missing value."""
        if value is None:
            return []
        index = self._index.get((relation, column))
        if index is None:
            by_value: dict[Value, list[Row]] = defaultdict(list)
            for row in self.rows(relation):
                cell = row.get(column)
                if cell is not None:
                    by_value[cell].append(row)
            index = self._index[relation, column] = dict(by_value)
        return index.get(value, [])

    def by_key(self, relation: str, key: Value | None) -> Row | None:
        column = self.schema.relations[relation].key
        assert column is not None, "only rows with a key are looked up by it"
        rows = self.where(relation, column, key)
        return rows[0] if rows else None


def exists(relation: Relation, row: Row, clock: Clock, ahead: bool = False) -> bool:
    """Tells whether a row exists as of the clock's instant.

    An entity exists in [from, to), and from the beginning if `from` is missing; with history only the row valid then exists.
    A list's row exists from the day `from` up to and including the day `expires`.
    A table's row exists if its `known at`, if declared, else its `at`, is before as-of; a row without a time never exists.
    `ahead` includes later rows.
    """
    if relation.kind == "list":
        return counts(row, clock)
    if relation.kind == "entity":
        return all(
            _started(row, begin, clock) is not False and _started(row, end, clock) is not True
            for begin, end in ((relation.lives_from, relation.lives_to), (relation.valid_from, relation.valid_to))
        )
    if relation.at is None:
        return True
    if row.get(relation.at) is None:
        return False
    if ahead:
        return True
    if relation.known_at is not None:
        return _before_as_of(row.get(relation.known_at), clock)
    return _before_as_of(row.get(relation.at), clock)


def _started(row: Row, column: str | None, clock: Clock) -> bool | None:
    """Tells whether a bound of an entity's life has been reached; None if the bound is missing."""
    value = row.get(column) if column is not None else None
    if value is None:
        return None
    return value <= clock.now if isinstance(value, dt.datetime) else value <= clock.today  # type: ignore[operator]


def _before_as_of(value: Value | None, clock: Clock) -> bool:
    if isinstance(value, dt.datetime):
        return value < clock.now
    return isinstance(value, dt.date) and value < clock.today
