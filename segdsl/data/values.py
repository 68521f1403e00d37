"""A value as Python or JSON has it -> the cell that rules read, as a cell of a file would be; what can't be read is refused.

Unlike a file, where such cells are missing and counted, nobody looks at a report about one customer.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import assert_never

from segdsl.data.cells import SPREADSHEET_ERRORS
from segdsl.model import types as ty
from segdsl.model import versions
from segdsl.model.clock import EARLIEST, LATEST
from segdsl.model.schema import Field
from segdsl.reference.world import Value
from segdsl.workspace.config import Formats

Reader = Callable[[object], Value | None]
"""Raises `Unreadable`."""

_PYTHONS_OWN = frozenset((bool, int, dt.date, dt.datetime, list, tuple, set, frozenset))
_WHOLE = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}.*")
_FIRST, _LAST = (dt.datetime.combine(day, dt.time()) for day in (EARLIEST, LATEST))
_LARGEST = 2**63
_BEFORE_THE_POINT = 10**18
_BILLIONTH = Decimal(1).scaleb(-ty.NUMBER_PLACES)
_YES, _NO = frozenset(Formats().yes), frozenset(Formats().no)


class Unreadable(ValueError):
    """A value that isn't of a field's type. The text says what would be."""


def reader(described: Field, typed: ty.Type) -> Reader:
    """Returns what reads the values of a field; `typed` is its type, for a link that of the key.

    A text that is empty or blank, NaN and the missing values of pandas are None.
    """
    of_type, is_kept = _of_type(typed, described.key or isinstance(described.type, ty.Link)), typed == ty.TEXT
    low, high = described.low, described.high
    scale = _scale(typed)

    def read(value: object) -> Value | None:
        kind = type(value)
        if kind is str:
            written: str = value  # type: ignore[assignment]
            if ty.is_blank(written):
                return None
            cell = of_type(written if is_kept else written.strip(ty.BLANKS))
        elif kind in _PYTHONS_OWN:
            cell = of_type(value)
        elif _is_missing(value):
            return None
        else:
            cell = of_type(_as_pythons_own(value))
        if low is not None and high is not None and not _is_within(cell, low, high, scale):
            raise Unreadable(f"a value from {low} to {high}")
        return cell

    return read


def _is_missing(value: object) -> bool:
    """Tells whether a value is NaN, or a missing value of pandas."""
    if isinstance(value, float | Decimal | dt.datetime):
        return bool(value != value)
    return type(value).__name__ == "NAType"


def _as_pythons_own(value: object) -> object:
    """Returns a value of numpy or pandas as Python's own."""
    if isinstance(value, dt.datetime):
        return value.to_pydatetime(warn=False)  # type: ignore[attr-defined]
    as_list = getattr(value, "tolist", None)
    return as_list() if callable(as_list) else value


def _is_within(cell: Value | None, low: Fraction, high: Fraction, scale: int) -> bool:
    if isinstance(cell, float):
        return float(low) <= cell <= float(high)
    return not isinstance(cell, int) or low * scale <= cell <= high * scale


def _scale(typed: ty.Type) -> int:
    if isinstance(typed, ty.Money):
        return ty.minor_units(typed.currency)
    return ty.NUMBER_SCALE if typed == ty.NUMBER else 1


def _of_type(typed: ty.Type, is_id: bool) -> Reader:
    match typed:
        case ty.Boolean():
            return _boolean
        case ty.Integer():
            return _integer
        case ty.Number():
            return _billionths
        case ty.Money(currency):
            return lambda value: _minor_units(value, ty.minor_units(currency))
        case ty.Real():
            return _double
        case ty.Version():
            return _version
        case ty.Text():
            return _id if is_id else _text
        case ty.Enum(values):
            return lambda value: _one_of(value, values)
        case ty.SetOfText():
            return _set
        case ty.Date():
            return _day
        case ty.Timestamp():
            return _instant
        case ty.Constant() | ty.Moment() | ty.Link():
            raise AssertionError(f"no field is {typed}")
        case _:
            assert_never(typed)


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).lower() if isinstance(value, str | int) else ""
    if word in _YES or word in _NO:
        return word in _YES
    raise Unreadable("true or false")


def _integer(value: object) -> int:
    if isinstance(value, str):
        value = int(value) if _WHOLE.fullmatch(value) else None
    elif isinstance(value, float | Decimal):
        value = int(value) if math.isfinite(value) and value == int(value) else None
    if not isinstance(value, int) or isinstance(value, bool) or not -_LARGEST <= value < _LARGEST:
        raise Unreadable("a whole number")
    return value


def _billionths(value: object) -> int:
    return int(_decimal(value) * ty.NUMBER_SCALE)


def _minor_units(value: object, units: int) -> int:
    amount = int((_decimal(value) * units).quantize(Decimal(1), ROUND_HALF_EVEN))
    if not -_LARGEST <= amount < _LARGEST:
        raise Unreadable("a smaller amount")
    return amount


def _decimal(value: object) -> Decimal:
    """Returns a number with nine places, half away from zero."""
    if isinstance(value, float):
        value = repr(value)
        is_number = "n" not in value  # inf
    else:
        is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        is_number = is_number or (isinstance(value, str) and _DECIMAL.fullmatch(value) is not None)
    if not is_number:
        raise Unreadable("a number")
    number = Decimal(value)  # type: ignore[arg-type]
    if not number.is_finite() or abs(number) >= _BEFORE_THE_POINT:
        raise Unreadable("a number with at most 18 digits before the point")
    return number.quantize(_BILLIONTH, ROUND_HALF_UP)


def _double(value: object) -> float:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise Unreadable("a number") from None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Unreadable("a number")
    double = float(value)
    if not math.isfinite(double):
        raise Unreadable("a finite number")
    return double


def _version(value: object) -> int:
    code = versions.encoded(value) if isinstance(value, str) else None
    if code is None:
        raise Unreadable("a version, as a text such as 10.2.1")
    return code


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or value in SPREADSHEET_ERRORS:
        raise Unreadable("a text")
    return value


def _id(value: object) -> str:
    return _text(value).strip(ty.BLANKS)


def _one_of(value: object, values: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in values:
        raise Unreadable(f"one of {ty.quoted(values)}")
    return value


def _set(value: object) -> frozenset[str]:
    if not isinstance(value, list | tuple | set | frozenset) or not all(isinstance(v, str) for v in value):
        raise Unreadable("a list of texts")
    return frozenset(v for v in value if not ty.is_blank(v))


def _day(value: object) -> dt.date:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            value = dt.date.fromisoformat(value)
        elif isinstance(value, str) and _TIME.fullmatch(value):
            value = dt.datetime.fromisoformat(value)
    except ValueError:
        raise Unreadable("a day, as in 2026-11-01") from None
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime) or not EARLIEST <= value <= LATEST:
        raise Unreadable("a day, as in 2026-11-01")
    return value


def _instant(value: object) -> dt.datetime:
    """Returns a time in UTC; one without a zone is in UTC."""
    try:
        if isinstance(value, str) and (_DAY.fullmatch(value) or _TIME.fullmatch(value)):
            value = dt.datetime.fromisoformat(value)
    except ValueError:
        raise Unreadable("a time, as in 2026-11-01T09:30:00Z") from None
    if type(value) is dt.date:
        value = dt.datetime.combine(value, dt.time())
    if isinstance(value, dt.datetime):
        in_utc = value if value.tzinfo is None else value.astimezone(dt.UTC).replace(tzinfo=None)
        if _FIRST <= in_utc <= _LAST:
            return in_utc
    raise Unreadable("a time, as in 2026-11-01T09:30:00Z")
