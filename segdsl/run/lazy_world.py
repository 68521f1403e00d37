"""An engine's relations -> a world for the reference evaluator that fetches only the rows it is asked for."""

from __future__ import annotations

from segdsl.engines import Engine
from segdsl.model.clock import Clock
from segdsl.reference.world import Row, Value, World


class LazyWorld(World):
    def __init__(self, engine: Engine, clock: Clock, ahead: bool = False) -> None:
        super().__init__(engine.schema, {}, clock, ahead)
        self._engine = engine
        self._fetched: dict[tuple[str, str, Value], list[Row]] = {}
        self._whole: dict[str, list[Row]] = {}

    def where(self, relation: str, column: str, value: Value | None) -> list[Row]:
        if value is None:
            return []
        key = (relation, column, value)
        if key not in self._fetched:
            self._fetched[key] = self.existing(relation, self._engine.relation_rows(relation, column, value))
        return self._fetched[key]

    def rows(self, relation: str) -> list[Row]:
        if relation not in self._whole:
            self._whole[relation] = self.existing(relation, self._engine.relation_rows(relation))
        return self._whole[relation]

    def other(self, clock: Clock, ahead: bool) -> World:
        return LazyWorld(self._engine, clock, ahead)

    def fetched(self) -> dict[str, list[Row]]:
        """The rows that somebody asked for, by relation."""
        found: dict[str, list[Row]] = {name: list(rows) for name, rows in self._whole.items()}
        for (relation, _, _), rows in self._fetched.items():
            if relation not in self._whole:
                found.setdefault(relation, []).extend(rows)
        return found
