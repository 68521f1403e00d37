"""World of the reference evaluator over an engine's relations, fetching only the rows that are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from segdsl.engines import Engine
from segdsl.model.clock import Clock
from segdsl.reference.world import Row, Value, World

TOGETHER = 10_000  # most values in one query; PostgreSQL takes 65,535


class LazyWorld(World):
    """World whose rows are fetched on demand and cached."""

    def __init__(self, engine: Engine, clock: Clock, ahead: bool = False, fetched: _RowCache | None = None) -> None:
        self._engine = engine
        self._fetched = fetched or _RowCache(engine)
        super().__init__(engine.schema, {}, clock, ahead, self._fetched.unread)
        self._asked: dict[tuple[str, str, Value], list[Row]] = {}
        self._whole: dict[str, list[Row]] = {}

    def where(self, relation: str, column: str, value: Value | None) -> list[Row]:
        if value is None:
            return []
        key = (relation, column, value)
        if key not in self._asked:
            self._asked[key] = self.existing(relation, self._fetched.where(relation, column, value))
        return self._asked[key]

    def rows(self, relation: str) -> list[Row]:
        if relation not in self._whole:
            self._whole[relation] = self.existing(relation, self._fetched.whole(relation))
        return self._whole[relation]

    def over(self, clock: Clock, ahead: bool) -> World:
        return LazyWorld(self._engine, clock, ahead, self._fetched)

    def fetch(self, entity: str, keys: Iterable[Value]) -> None:
        """Fetch customers who will be asked about: together, as then all is that is read of any of them."""
        self._fetched.together(entity, self._engine.schema.relations[entity].key or "", list(keys))

    def fetched(self) -> dict[str, list[Row]]:
        """Rows that have been read so far, by relation."""
        rows_by_relation: dict[str, list[Row]] = {name: list(rows) for name, rows in self._whole.items()}
        for (relation, _, _), rows in self._asked.items():
            if relation not in self._whole:
                rows_by_relation.setdefault(relation, []).extend(rows)
        return rows_by_relation


class WholeWorld(LazyWorld):
    """World of which every row may be asked for: each relation is fetched whole when it is first read, and indexed here."""

    where = World.where

    def over(self, clock: Clock, ahead: bool) -> World:
        return WholeWorld(self._engine, clock, ahead, self._fetched)


class UnreadCells:
    """Cells as they are written that the engine can't read, of each column when it is first asked for, and of recorded runs and
    deliveries, which may be very many, of each customer.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._written: dict[tuple[str, str, Value | None], Mapping[frozenset[tuple[str, Value | None]], str]] = {}

    def __call__(self, relation: str, row: Row, column: str) -> str:
        described = self._engine.schema.relations[relation]
        owner = row.get(described.by or "") if described.remembered else None
        asked = (relation, column, owner)
        if asked not in self._written:
            self._written[asked] = {_values(cells): written for cells, written in self._engine.unread(*asked)}
        return self._written[asked].get(_values(row), "")


def _values(row: Row) -> frozenset[tuple[str, Value | None]]:
    return frozenset(row.items())


class _RowCache:
    """Raw rows, for the worlds of all instants.

    A query for one row's links also fetches those of its siblings, the rows that were fetched with it: a customer's logins are
    the logins of its users, and one query of a large table takes as long as another.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.unread = UnreadCells(engine)
        self._rows: dict[tuple[str, str, Value], list[Row]] = {}
        self._whole: dict[str, list[Row]] = {}
        self._sibling_keys: dict[tuple[str, Value], Sequence[Value]] = {}
        self._linked_keys: dict[tuple[str, Value], Sequence[Value]] = {}

    def where(self, relation: str, column: str, value: Value) -> list[Row]:
        if (relation, column, value) not in self._rows:
            self._fetch(relation, column, [value, *self._siblings(relation, column, value)])
        return self._rows[relation, column, value]

    def together(self, relation: str, column: str, values: Sequence[Value]) -> None:
        for start in range(0, len(values), TOGETHER):
            self._fetch(relation, column, values[start : start + TOGETHER])

    def whole(self, relation: str) -> list[Row]:
        if relation not in self._whole:
            self._whole[relation] = list(self._engine.relation_rows(relation))
        return self._whole[relation]

    def _siblings(self, relation: str, column: str, value: Value) -> Sequence[Value]:
        """Keys of rows that were fetched together with the row in question; of rows that a link leads to, those to which the
        links of such rows lead.
        """
        schema = self._engine.schema
        links = (link for of in schema.to_many.values() for link in of.values())
        sources = [link.source for link in links if (link.target, link.column) == (relation, column)]
        by_row = next((self._sibling_keys[s, value] for s in sources if (s, value) in self._sibling_keys), None)
        is_key = column == schema.relations[relation].key
        return by_row or (self._linked_keys.get((relation, value), ()) if is_key else ())

    def _fetch(self, relation: str, column: str, values: Sequence[Value]) -> None:
        new = [v for v in dict.fromkeys(values) if (relation, column, v) not in self._rows][:TOGETHER]
        self._rows |= {(relation, column, v): [] for v in new}
        rows = self._engine.relation_rows(relation, column, new)
        for row in rows:
            self._rows[relation, column, row[column]].append(row)
        described = self._engine.schema.relations[relation]
        if described.key is not None:
            keys = [row[described.key] for row in rows]
            self._sibling_keys |= {(relation, k): keys for k in keys}
        for link, target in self._engine.schema.links(described).items():
            linked = list(dict.fromkeys(row[link] for row in rows if row.get(link) is not None))
            self._linked_keys |= {(target, k): linked for k in linked}
