"""Values as an engine's query answers them -> values of Python for a list."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import pandas as pd

from segdsl.engines import Engine
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model import versions
from segdsl.model.clock import Clock
from segdsl.model.segment import Model

KEY = "entity_id"
Cell = bool | int | float | Decimal | str | dt.date | tuple[str, ...] | None


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
        types = {KEY: key, **{name: _plain(model, e.type) for name, e in values.items()}}
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


def _plain(model: Model, typed: ty.Type) -> ty.Type:
    """The type of a value; of a link that of the key that it holds."""
    if not isinstance(typed, ty.Link):
        return typed
    target = model.schema.relations[typed.entity]
    return target.fields[target.key or ""].type


def cells(values: Iterable[object], typed: ty.Type, clock: Clock, denominator: int | None = None) -> list[Cell]:
    """Returns the values of a type: money as a decimal, a time in the workspace's zone, a set as a tuple; None where it is missing.

    Numbers are whole numbers or decimals as long as all of a column have an end within `PLACES`, else doubles.
    `denominator`: of numbers that are numerators as texts (`sql.plan.exact_values`).
    """
    convert = _converter(typed, clock)
    known = ((value, _is_missing(value)) for value in values)
    if denominator is None:
        return [None if missing else convert(value) for value, missing in known]
    column = [None if missing else convert(Fraction(int(str(value)), denominator)) for value, missing in known]
    kinds = {type(cell) for cell in column}
    widest = float if float in kinds else Decimal if Decimal in kinds else None
    return column if widest is None else [widest(c) if isinstance(c, int | Decimal) else c for c in column]


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _converter(typed: ty.Type, clock: Clock) -> Callable[..., Cell]:
    match typed:
        case ty.Money():
            places = len(str(ty.minor_units(typed.currency))) - 1
            return lambda value: _rounded(value, places)
        case ty.Boolean():
            return bool
        case ty.Integer():
            return int
        case ty.Version():
            return lambda value: versions.decoded(int(value))
        case ty.Number() | ty.Real() | ty.Constant():
            return _number
        case ty.SetOfText():
            return lambda value: tuple(map(str, value))
        case ty.Date():
            return lambda value: pd.Timestamp(value).date()
        case ty.Timestamp() | ty.Moment():
            return lambda value: clock.local(pd.Timestamp(value).to_pydatetime()).replace(tzinfo=None)
        case ty.Text() | ty.Enum() | ty.Link():
            return str


PLACES = 9
"""Most decimals of an exact number."""


def _rounded(amount: Fraction | float, places: int) -> Decimal:
    """Returns an amount of money with all its decimals; one without an end in so many decimals, halves to the even one."""
    exact = _decimal(amount) if isinstance(amount, Fraction) else None
    if exact is None:
        return Decimal(round(Fraction(amount) * 10**places)).scaleb(-places)
    return max(exact, exact.quantize(Decimal(1).scaleb(-places)), key=lambda d: -int(d.as_tuple().exponent))


def _number(value: Fraction | float) -> int | float | Decimal:
    exact = _decimal(value) if isinstance(value, Fraction) else None
    if exact is None:
        return float(value)
    return int(exact) if exact == exact.to_integral_value() else exact


def _decimal(value: Fraction) -> Decimal | None:
    """Returns a number that ends within `PLACES`, without zeros behind; None of another."""
    scaled = value * 10**PLACES
    if scaled.denominator != 1:
        return None
    digits, exponent = scaled.numerator, -PLACES
    while exponent < 0 and digits % 10 == 0:
        digits, exponent = digits // 10, exponent + 1
    return Decimal(digits).scaleb(exponent)
