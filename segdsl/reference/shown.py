"""A value of a type -> the value of Python that a list and a message show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model import versions
from segdsl.model.clock import Clock, day
from segdsl.model.segment import Model
from segdsl.reference.evaluate import Evaluator, Result, Unknown
from segdsl.reference.quantity import Quantity
from segdsl.reference.world import Row

Cell = bool | int | float | Decimal | str | dt.date | tuple[str, ...] | None


def cell(value: Result, typed: ty.Type, model: Model, clock: Clock) -> Cell:
    """Returns a value of the reference as it is shown; None where it is unknown."""
    if isinstance(value, Unknown):
        return None
    plain: object = value
    if isinstance(value, Quantity):
        plain = Fraction(*value.pair) if value.pair is not None else value.double
    elif isinstance(value, frozenset):
        plain = sorted(value)
    return converter(without_link(model, typed), clock)(plain)


def values_read(evaluator: Evaluator, e: k.Expr, row: Row) -> list[str]:
    """Says the known values of a row that an expression reads, as in `arr` is USD 5,000."""
    facts: list[str] = []
    for node in k.walk(e):
        if isinstance(node, k.Column | k.MetricOf):
            value = cell(evaluator.value(node, row), node.type, evaluator.model, evaluator.world.clock)
            name = " ".join(node.span.text.split()) if node.span is not None else node.name
            facts += [f"`{name}` is {_in_words(value, node.type)}"] if value is not None else []
    return list(dict.fromkeys(facts))


def _in_words(value: Cell, typed: ty.Type) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"'
        case tuple():
            return " and ".join(f'"{v}"' for v in value) or "empty"
        case dt.datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case dt.date():
            return day(value)
        case int() | float() | Decimal() | None:
            return f"{typed.currency} {value:,f}" if isinstance(typed, ty.Money) else f"{value:,}"


def without_link(model: Model, typed: ty.Type) -> ty.Type:
    """Returns the type of a value; of a link that of the key that it holds."""
    if not isinstance(typed, ty.Link):
        return typed
    target = model.schema.relations[typed.entity]
    return target.fields[target.key or ""].type


def converter(typed: ty.Type, clock: Clock) -> Callable[..., Cell]:
    """Returns what makes a cell of a known value: a fraction or double, a text, a truth, a day, a time in UTC, texts of a set."""
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
            return lambda value: value.date() if isinstance(value, dt.datetime) else value
        case ty.Timestamp() | ty.Moment():
            return lambda value: clock.local(value).replace(tzinfo=None)
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
