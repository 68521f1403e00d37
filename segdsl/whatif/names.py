"""What a person calls a customer -> its key: text fields of an entity that hold just that, or nearly."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segdsl.engines import Engine
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.schema import Relation
from segdsl.model.segment import Model

if TYPE_CHECKING:
    import pandas as pd

FEW = 3
_LONG_ENOUGH = 3  # characters: a shorter text is part of almost every name
_COMPARISONS = 20_000  # some 30 microseconds each


@dataclass(frozen=True)
class Named:
    """A customer and the field that holds a name, of which `value` is None where the field is personal."""

    entity: str
    key: str
    field: str
    value: str | None = None


def name_fields(entity: Relation) -> list[str]:
    """Fields that may hold a name: texts other than the key."""
    return [n for n, f in entity.fields.items() if f.type == ty.TEXT and n != entity.key]


@dataclass(frozen=True)
class Names:
    """Names of the customers that an engine has as of a time."""

    model: Model
    engine: Engine
    clock: Clock

    def exactly(self, entity: str, text: str) -> list[Named]:
        """Customers of whom a field holds just this text, in any case; one row a field."""
        wanted = k.Literal_(text, ty.TEXT)
        return list(self._where(entity, lambda column: k.Compare("=", column, wanted, "case")))

    def nearly(self, entity: str, text: str) -> list[Named]:
        """A few customers of whom a field contains the text, else whose key or name is spelled much like it."""
        if len(text) < _LONG_ENOUGH:
            return []
        wanted = k.Literal_(text, ty.TEXT)
        inside = self._where(entity, lambda column: k.TextTest("contains", column, (wanted,), "case"))
        return (list(inside) or list(self._spelled_like(entity, text)))[:FEW]

    def _where(self, entity: str, test: Callable[[k.Expr], k.Expr]) -> Iterator[Named]:
        columns = self._columns(entity)
        frame = self._frame(entity, {name: test(column) for name, column in columns.items()})
        for name in columns:
            for key in frame.loc[frame[name].eq(True).fillna(False).astype(bool), "entity_id"]:
                yield Named(entity, str(key), name.removeprefix("text "))

    def _spelled_like(self, entity: str, text: str) -> Iterator[Named]:
        columns = self._columns(entity)
        frame = self._frame(entity, columns)
        relation = self.model.schema.relations[entity]
        known = {str(key).lower(): Named(entity, str(key), relation.key or "", str(key)) for key in frame["entity_id"]}
        for name in columns:
            field = name.removeprefix("text ")
            is_personal = self.model.schema.is_personal(relation, field)
            for key, value in zip(frame["entity_id"], frame[name]):
                if isinstance(value, str):
                    known.setdefault(value.lower(), Named(entity, str(key), field, None if is_personal else value))
        close = difflib.get_close_matches(text.lower(), list(known)[:_COMPARISONS], n=FEW, cutoff=0.7)
        yield from (known[match] for match in close)

    def _columns(self, entity: str) -> dict[str, k.Expr]:
        """Columns of texts that the data has, under names that no column of an assignment has."""
        relation = self.model.schema.relations[entity]
        fields = [f for f in name_fields(relation) if self.engine.has(entity, f)]
        return {f"text {f}": k.Column(k.This(), entity, f, relation.fields[f].type) for f in fields}

    def _frame(self, entity: str, columns: dict[str, k.Expr]) -> pd.DataFrame:
        from segdsl.sql.plan import condition

        return self.engine.frame(condition(self.model, entity, columns, self.clock).query)
