"""Values as an engine's query answers them -> values of Python for a list."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from segdsl.engines import Engine
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.segment import Model
from segdsl.reference.shown import Cell, converter, without_link

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
        frame = self.frame[rows] if isinstance(rows, pd.Series) else self.frame.iloc[list(rows)]
        return replace(self, frame=frame)


def cells(values: Iterable[object], typed: ty.Type, clock: Clock, denominator: int | None = None) -> list[Cell]:
    """Returns the values of a type: money as a decimal, a time in the workspace's zone, a set as a tuple; None where it is missing.

    Numbers are whole numbers or decimals as long as all of a column have an end within `PLACES`, else doubles.
    `denominator`: of numbers that are numerators as texts (`sql.plan.exact_values`).
    """
    make = converter(typed, clock)
    is_time = isinstance(typed, ty.Date | ty.Timestamp | ty.Moment)
    known = ((value, _is_missing(value)) for value in values)
    if denominator is None:
        return [None if missing else make(_time(value) if is_time else value) for value, missing in known]
    column = [None if missing else make(Fraction(int(str(value)), denominator)) for value, missing in known]
    kinds = {type(cell) for cell in column}
    widest = float if float in kinds else Decimal if Decimal in kinds else None
    return column if widest is None else [widest(c) if isinstance(c, int | Decimal) else c for c in column]


def _time(value: Any) -> dt.datetime:
    time: dt.datetime = pd.Timestamp(value).to_pydatetime()
    return time


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value))
