"""Rows of each relation as of an instant, indexed by the columns that links use."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping

from segdsl.model.clock import Clock
from segdsl.model.schema import Relation, Schema

Value = bool | int | float | str | dt.date | dt.datetime | frozenset[str]
"""Canonical: money in minor units, a number in billionths, a timestamp as naive UTC."""

Row = Mapping[str, Value | None]


class World:
    """What existed as of the clock's instant; rows that didn't are left out here, once. `data` has them all."""

    def __init__(self, schema: Schema, data: Mapping[str, Iterable[Row]], clock: Clock) -> None:
        self.schema, self.clock, self.data = schema, clock, data
        self._rows: dict[str, list[Row]] = {
            name: [r for r in data.get(name, ()) if exists(relation, r, clock)]
            for name, relation in schema.relations.items()
        }
        self._index: dict[tuple[str, str], dict[Value, list[Row]]] = {}

    def rows(self, relation: str) -> list[Row]:
        return self._rows[relation]

    def where(self, relation: str, column: str, value: Value | None) -> list[Row]:
        """The rows with this value in a column; none for a missing value."""
        if value is None:
            return []
        index = self._index.get((relation, column))
        if index is None:
            built: dict[Value, list[Row]] = defaultdict(list)
            for row in self._rows[relation]:
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


def exists(relation: Relation, row: Row, clock: Clock) -> bool:
    """Whether a row existed as of the instant.

    An entity exists in [from, to), always if `from` is missing. A table's row exists if its `at` (and
    its `known at`, where declared, which then decides alone) is before as-of; without a time it never does.
    """
    if relation.kind == "entity":
        born, gone = (_started(row, column, clock) for column in (relation.lives_from, relation.lives_to))
        return born is not False and gone is not True
    if relation.at is None:
        return True
    if row.get(relation.at) is None:
        return False
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
