"""Values as an engine's query answers them -> values of Python for a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from segdsl.engines import Engine
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.segment import Model
from segdsl.reference.shown import Cell, converter, without_link

if TYPE_CHECKING:
    import pandas as pd

KEY = "entity_id"


@dataclass(frozen=True)
class Table:
    """Values of customers or contacts as an engine answered them: a row each, the key as `entity_id`.

    `types`: of each value; `denominators`: of those that are exact numbers, whose cells are numerators as texts.
    """

    frame: pd.DataFrame
    types: Mapping[str, ty.Type]
    denominators: Mapping[str, int]
    clock: Clock

    @staticmethod
    def of(model: Model, engine: Engine, entity: str, values: Mapping[str, k.Expr], clock: Clock) -> Table:
        """Evaluate values by name for each customer of an entity."""
        from segdsl.sql.plan import exact_values

        query, denominators = exact_values(model, entity, dict(values), clock)
        relation = model.schema.relations[entity]
        key = relation.fields[relation.key or ""].type
        types = {KEY: key, **{name: without_link(model, e.type) for name, e in values.items()}}
        return Table(engine.frame(query.query), types, denominators, clock)

    def cells(self, name: str) -> list[Cell]:
        """Values of a column, None where missing."""
        return cells(self.frame[name], self.types[name], self.clock, self.denominators.get(name))

    def true(self, name: str) -> pd.Series[bool]:
        """The rows in which a condition is true."""
        return self.frame[name].eq(True).fillna(False).astype(bool)

    def taken(self, rows: pd.Series[bool] | Sequence[int]) -> Table:
        """The rows of a mask, or those at some places in that order."""
        frame = self.frame.iloc[list(rows)] if isinstance(rows, Sequence) else self.frame[rows]
        return replace(self, frame=frame)


def cells(values: Iterable[object], typed: ty.Type, clock: Clock, denominator: int | None = None) -> list[Cell]:
    """Returns the values of a type: money as a decimal, a time in the workspace's zone, a set as a tuple; None where it is missing.

    Numbers are whole numbers or decimals as long as all of a column have an end within `PLACES`, else doubles.
    `denominator`: of numbers that are numerators as texts (`sql.plan.exact_values`).
    """
    column = exact_cells(values, typed, clock, denominator)
    if denominator is None:
        return column
    kinds = {type(cell) for cell in column}
    widest = float if float in kinds else Decimal if Decimal in kinds else None
    return column if widest is None else [widest(c) if isinstance(c, int | Decimal) else c for c in column]


def exact_cells(values: Iterable[object], typed: ty.Type, clock: Clock, denominator: int | None = None) -> list[Cell]:
    """Returns the values as `cells` does, but each number as it is alone."""
    make = converter(typed, clock)
    if denominator is not None:
        return [None if _is_missing(v) else make(Fraction(int(str(v)), denominator)) for v in values]
    if isinstance(typed, ty.Date | ty.Timestamp | ty.Moment):
        return [None if _is_missing(v) else make(_time(v)) for v in values]
    return [None if _is_missing(v) else make(v) for v in values]


def _time(value: Any) -> dt.datetime | dt.date:
    """A time of a frame as one of Python."""
    time: dt.datetime | dt.date = value.to_pydatetime() if hasattr(value, "to_pydatetime") else value
    return time


def _is_missing(value: object) -> bool:
    """Whether a cell of a frame or of an engine has no value."""
    return value is None or (isinstance(value, float) and value != value) or type(value).__name__ in _MISSING


_MISSING = ("NAType", "NaTType")  # types of what frames have for none; their names, so that no frame has to be loaded
