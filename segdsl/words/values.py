"""Values as text for people."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

from segdsl.model import types as ty
from segdsl.model import versions
from segdsl.model.clock import Clock
from segdsl.model.clock import day as day
from segdsl.reference.evaluate import Result, Unknown
from segdsl.reference.quantity import Quantity


def instant(value: dt.datetime, clock: Clock) -> str:
    """Writes an instant in the workspace's zone, as in `1 Nov 2026 09:30`."""
    local = clock.local(value)
    return f"{day(local)} {local:%H:%M}" + (f":{local:%S}" if local.second or local.microsecond else "")


def as_of(clock: Clock) -> str:
    """Writes as-of, as in `1 Nov 2026 00:00 Europe/London`."""
    return f"{instant(clock.now, clock)} {clock.zone.key}"


def shown(value: Result, typed: ty.Type, clock: Clock) -> str:
    """Writes a value, as in `12 Dec 2026`, `USD 50,000`, `"free"`, `at least 3` or `missing`."""
    match value:
        case Unknown(at_least=Quantity() as floor) if floor.double > 0:
            return f"at least {number(floor, typed)}"
        case Unknown():
            return "missing"
        case bool():
            return "true" if value else "false"
        case Quantity():
            return number(value, typed)
        case str():
            return f'"{value}"'
        case frozenset():
            return "(" + ", ".join(f'"{v}"' for v in sorted(value)) + ")"
        case dt.datetime():
            return instant(value, clock)
        case dt.date():
            return day(value)


_MOST_PLACES = 9


def percent(value: Quantity) -> str:
    """Writes a share beside a percentage, as in `33.33%`; what isn't a whole percent doesn't look like one, as in `49.996%`."""
    exact = Fraction(value.double) if value.pair is None else Fraction(*value.pair)
    for places in range(2, _MOST_PLACES + 1):
        text = f"{float(exact * 100):,.{places}f}"
        shown = text.rstrip("0").rstrip(".")
        if "." in shown or Fraction(shown.replace(",", "")) == exact * 100:
            break
    return f"{shown}%"


def number(value: Quantity, typed: ty.Type) -> str:
    if value.pair is None:
        return f"{value.double:,.6g}"
    exact = Fraction(*value.pair)
    if typed == ty.VERSION:
        return versions.decoded(int(exact))
    if isinstance(typed, ty.Money):
        return f"{typed.currency} {money(exact, typed.currency)}"
    if exact.denominator == 1:
        return f"{exact.numerator:,}"
    return f"{float(exact):,.4f}".rstrip("0").rstrip(".")


def money(amount: Fraction, currency: str) -> str:
    """Writes an amount, as in `50,000` or `50,000.50`."""
    places = len(str(ty.minor_units(currency))) - 1
    if amount.denominator == 1:
        return f"{amount.numerator:,}"
    units = round(abs(amount) * 10**places)  # not by a double, which holds no 17 digits
    if not places:
        return f"{'-' if amount < 0 else ''}{units:,}"
    return f"{'-' if amount < 0 else ''}{units // 10**places:,}.{units % 10**places:0{places}d}"


def in_json(value: object) -> object:
    """Returns a value as JSON has it: a day or time in ISO 8601, a set as a list, a truth value of a frame as its own.

    An exact number is a number where a double holds it, else its digits as a text.
    """
    match value:
        case Decimal() if value == value.to_integral_value():
            return int(value)
        case Decimal():
            return float(value) if Decimal(repr(float(value))) == value else f"{value:f}"
        case dt.date():
            return value.isoformat()
        case tuple():
            return list(value)
        case _ if type(value).__name__ == "bool":
            return bool(value)
        case _:
            return value


FORMULA = ("=", "+", "-", "@", "\t", "\r")


def for_a_spreadsheet(text: str) -> str:
    """Returns text as a CSV cell, with a `'` before anything that a spreadsheet would run as a formula."""
    return "'" + text if text.startswith(FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
