"""An engine's relations -> a world for the reference evaluator that fetches only the rows it is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.engines import Engine
from segdsl.model.clock import Clock
from segdsl.reference.world import Row, Value, World

TOGETHER = 1_000  # values in one question: PostgreSQL takes no more than 65,535


class LazyWorld(World):
    def __init__(self, engine: Engine, clock: Clock, ahead: bool = False, fetched: _Fetched | None = None) -> None:
        super().__init__(engine.schema, {}, clock, ahead)
        self._engine = engine
        self._fetched = fetched or _Fetched(engine)
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

    def fetched(self) -> dict[str, list[Row]]:
        """The rows that somebody asked for, by relation."""
        found: dict[str, list[Row]] = {name: list(rows) for name, rows in self._whole.items()}
        for (relation, _, _), rows in self._asked.items():
            if relation not in self._whole:
                found.setdefault(relation, []).extend(rows)
        return found


class _Fetched:
    """Rows as they lie, for the worlds of all instants. What is asked of one row is fetched for all that came with it:
    a customer's logins are those of its users, and one question of a large table takes as long as another."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._rows: dict[tuple[str, str, Value], list[Row]] = {}
        self._whole: dict[str, list[Row]] = {}
        self._together: dict[tuple[str, Value], Sequence[Value]] = {}

    def where(self, relation: str, column: str, value: Value) -> list[Row]:
        if (relation, column, value) not in self._rows:
            self._fetch(relation, column, [value, *self._beside(relation, column, value)])
        return self._rows[relation, column, value]

    def whole(self, relation: str) -> list[Row]:
        if relation not in self._whole:
            self._whole[relation] = list(self._engine.relation_rows(relation))
        return self._whole[relation]

    def _beside(self, relation: str, column: str, value: Value) -> Sequence[Value]:
        """The keys of the rows that came together with the one whose rows are asked for."""
        schema = self._engine.schema
        links = (link for of in schema.to_many.values() for link in of.values())
        sources = [link.source for link in links if (link.target, link.column) == (relation, column)]
        return next((self._together[s, value] for s in sources if (s, value) in self._together), ())

    def _fetch(self, relation: str, column: str, values: Sequence[Value]) -> None:
        new = [v for v in dict.fromkeys(values) if (relation, column, v) not in self._rows][:TOGETHER]
        self._rows |= {(relation, column, v): [] for v in new}
        found = self._engine.relation_rows(relation, column, new)
        for row in found:
            self._rows[relation, column, row[column]].append(row)
        key = self._engine.schema.relations[relation].key
        if key is not None:
            keys = [row[key] for row in found]
            self._together |= {(relation, k): keys for k in keys}
