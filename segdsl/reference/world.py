"""Rows of each relation as of an instant, indexed by the columns that links use."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from segdsl.model.clock import Clock
from segdsl.model.lists import counts
from segdsl.model.schema import Relation, Schema, ToOne

Value = bool | int | float | str | dt.date | dt.datetime | frozenset[str]
"""Canonical: money in minor units, a number in billionths, a timestamp as naive UTC."""

Row = Mapping[str, Value | None]


class World:
    """What existed as of the clock's instant; rows that didn't are left out here, once. `data` has them all.

    `ahead` lets rows of later be seen too, and what was only known later: an outcome asks for them.
    """

    def __init__(self, schema: Schema, data: Mapping[str, Collection[Row]], clock: Clock, ahead: bool = False) -> None:
        self.schema, self.clock, self.data, self.ahead = schema, clock, data, ahead
        self._rows: dict[str, list[Row]] = {}
        self._index: dict[tuple[str, str], dict[Value, list[Row]]] = {}
        self._others: dict[tuple[dt.datetime, bool], World] = {}
        self._tops: dict[ToOne, dict[Value, Value]] = {}

    def rows(self, relation: str) -> list[Row]:
        found = self._rows.get(relation)
        if found is None:
            listed = self.schema.listed.get(relation, ())
            found = self._rows[relation] = self.existing(relation, self.data.get(relation) or listed)
        return found

    def existing(self, relation: str, rows: Iterable[Row]) -> list[Row]:
        """Those that exist as of then, with what was known of them."""
        described = self.schema.relations[relation]
        kept = [r for r in rows if exists(described, r, self.clock, self.ahead)]
        late = {f.name: f.known_at for f in described.fields.values() if f.known_at is not None}
        if self.ahead or not late:
            return kept
        return [
            {c: None if c in late and not _before_as_of(r.get(late[c]), self.clock) else v for c, v in r.items()}
            for r in kept
        ]

    def at(self, now: dt.datetime, ahead: bool) -> World:
        """The same data as of another instant: one world for each, by whatever steps it is reached."""
        if (now, ahead) not in self._others:
            other = self._others[now, ahead] = self.other(Clock(now, self.clock.zone), ahead)
            other._others = self._others
        return self._others[now, ahead]

    def other(self, clock: Clock, ahead: bool) -> World:
        return World(self.schema, self.data, clock, ahead)

    def topmost(self, link: ToOne, key: Value | None) -> Value | None:
        """The key at the top of the hierarchy that a link makes; None for members of a loop and those below it."""
        if link not in self._tops:
            self._tops[link] = self._find_tops(link)
        return self._tops[link].get(key) if key is not None else None

    def _find_tops(self, link: ToOne) -> dict[Value, Value]:
        own = self.schema.relations[link.source].key or ""
        above = {r[own]: r.get(link.column) for r in self.rows(link.source)}
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
        """The rows with this value in a column; none for a missing value."""
        if value is None:
            return []
        index = self._index.get((relation, column))
        if index is None:
            built: dict[Value, list[Row]] = defaultdict(list)
            for row in self.rows(relation):
                cell = row.get(column)
                if cell is not None:
                    built[cell].append(row)
            index = self._index[relation, column] = dict(built)
        return index.get(value, [])

    def by_key(self, relation: str, key: Value | None) -> Row | None:
        column = self.schema.relations[relation].key
        assert column is not None, "only rows with a key are looked up by it"
        found = self.where(relation, column, key)
        return found[0] if found else None


def exists(relation: Relation, row: Row, clock: Clock, ahead: bool = False) -> bool:
    """Whether a row existed as of the instant.

    An entity exists in [from, to), always if `from` is missing; with history, its row is the one that is valid then. A
    list's row counts from `from` up to and with the day it `expires`. A table's row exists if its `at` (and
    its `known at`, where declared, which then decides alone) is before as-of; without a time it never does.
    `ahead` takes rows of later too.
    """
    if relation.kind == "list":
        return counts(row, clock)
    if relation.kind == "entity":
        return all(
            _started(row, born, clock) is not False and _started(row, gone, clock) is not True
            for born, gone in ((relation.lives_from, relation.lives_to), (relation.valid_from, relation.valid_to))
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
    """Whether a bound of an entity's life has been reached; None where it is missing."""
    value = row.get(column) if column is not None else None
    if value is None:
        return None
    return value <= clock.now if isinstance(value, dt.datetime) else value <= clock.today  # type: ignore[operator]


def _before_as_of(value: Value | None, clock: Clock) -> bool:
    if isinstance(value, dt.datetime):
        return value < clock.now
    return isinstance(value, dt.date) and value < clock.today
