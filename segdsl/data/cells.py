"""One column of a source -> SQL of its typed value, by the field's declared type.

The engine reads text; what a cell means is decided here. A cell that can't be read is missing, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass

from segdsl.model import types as ty
from segdsl.model.clock import EARLIEST, LATEST
from segdsl.model.schema import Field
from segdsl.workspace import Formats

_PLAIN_NUMBER = r"[+-]?([0-9]{1,18}(\.[0-9]*)?|\.[0-9]+)"
_INTEGER = r"[+-]?[0-9]{1,19}(\.0*)?"
_REAL = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]00:00(:00(\.0+)?)?)?"
_TIMESTAMP = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?)?"
_ZONE = r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
_LARGEST_MINOR = 2**63 - 1


@dataclass(frozen=True)
class Cell:
    """`value` is NULL where missing; `given` tells whether the source has anything there."""

    value: str
    given: str


@dataclass(frozen=True)
class Reader:
    """Reads the cells of one source. `zone` is that of timestamps written without one."""

    formats: Formats
    zone: str

    def cell(self, column: str, raw_type: str, field: Field, key_type: ty.Type) -> Cell:
        """`column` is a quoted identifier of type `raw_type`; `key_type` that of the entity a link leads to."""
        typed = key_type if isinstance(field.type, ty.Link) else field.type
        if raw_type == "VARCHAR":
            raw = self._present(column)
            value = self._from_text(raw, typed)
        elif raw_type in ("FLOAT", "DOUBLE"):
            raw = f"CASE WHEN NOT isnan({column}) THEN {column} END"
            value = self._from_typed(raw, raw_type, typed)
        else:
            raw = column
            value = self._from_typed(column, raw_type, typed)
        return Cell(_in_range(value, field, typed), f"({raw}) IS NOT NULL")

    def _present(self, column: str) -> str:
        missing = ", ".join(_text(m) for m in ["", *(m.strip() for m in self.formats.missing)])
        return f"CASE WHEN trim({column}, {_text(_BLANK)}) NOT IN ({missing}) THEN {column} END"

    # -- text ------------------------------------------------------------------------

    def _from_text(self, raw: str, typed: ty.Type) -> str:
        bare = f"trim({raw}, {_text(_BLANK)})"
        match typed:
            case ty.Text() | ty.Link():
                return raw
            case ty.Enum(values):
                return f"CASE WHEN {bare} IN ({', '.join(map(_text, values))}) THEN {bare} END"
            case ty.Boolean():
                yes, no = (", ".join(_text(w.lower()) for w in words) for words in (self.formats.yes, self.formats.no))
                return f"CASE WHEN lower({bare}) IN ({yes}) THEN true WHEN lower({bare}) IN ({no}) THEN false END"
            case ty.Integer():
                return _matched(bare, _INTEGER, f"TRY_CAST(split_part({bare}, '.', 1) AS BIGINT)")
            case ty.Number() | ty.Money():
                return _scaled(_matched(bare, _PLAIN_NUMBER, f"TRY_CAST({bare} AS DECIMAL(27, 9))"), typed)
            case ty.Real():
                return _finite(_matched(bare, _REAL, f"TRY_CAST({bare} AS DOUBLE)"))
            case ty.Date():
                return _in_calendar(_matched(bare, _DATE, f"TRY_CAST(left({bare}, 10) AS DATE)"), "DATE")
            case ty.Timestamp():
                return self._timestamp(bare)
            case ty.SetOfText():
                parts = f"string_split({raw}, {_text(self.formats.set_separator)})"
                trimmed = f"list_transform({parts}, lambda part: trim(part, {_text(_BLANK)}))"
                return f"list_sort(list_distinct(list_filter({trimmed}, lambda part: part != '')))"
            case _:
                raise AssertionError(f"no field is {typed}")

    def _timestamp(self, bare: str) -> str:
        naive = _in_calendar(_matched(bare, _TIMESTAMP, f"TRY_CAST({bare} AS TIMESTAMP)"), "TIMESTAMP")
        zoned = _matched(bare, _TIMESTAMP + _ZONE, f"timezone('UTC', TRY_CAST({bare} AS TIMESTAMPTZ))")
        return f"coalesce({self._to_utc(naive)}, {_in_calendar(zoned, 'TIMESTAMP')})"

    def _to_utc(self, naive: str) -> str:
        return naive if self.zone == "UTC" else f"timezone('UTC', timezone({_text(self.zone)}, {naive}))"

    # -- columns that have a type already -----------------------------------------------

    def _from_typed(self, raw: str, raw_type: str, typed: ty.Type) -> str:
        whole = raw_type in _WHOLE
        number = whole or raw_type.startswith("DECIMAL") or raw_type in ("FLOAT", "DOUBLE")
        match typed:
            case ty.Integer() if number:
                exact = raw if whole else f"CASE WHEN {raw} = trunc({raw}) THEN {raw} END"
                return f"TRY_CAST({exact} AS BIGINT)"
            case ty.Money() if whole:
                return f"TRY_CAST({raw} AS BIGINT) * {ty.minor_units(typed.currency)}"
            case ty.Money() if (places := _places(raw_type)) is not None and 10**places <= ty.minor_units(
                typed.currency
            ):
                return f"TRY_CAST({raw} * {ty.minor_units(typed.currency)} AS BIGINT)"
            case ty.Number() | ty.Money() if number:
                return _scaled(f"TRY_CAST({raw} AS DECIMAL(27, 9))", typed)
            case ty.Real() if number:
                return _finite(f"CAST({raw} AS DOUBLE)")
            case ty.Boolean() if raw_type == "BOOLEAN":
                return raw
            case ty.Date() if raw_type == "DATE":
                return _in_calendar(raw, "DATE")
            case ty.Date() if raw_type.startswith("TIMESTAMP") and "TIME ZONE" not in raw_type:
                return _in_calendar(f"CASE WHEN {raw} = date_trunc('day', {raw}) THEN CAST({raw} AS DATE) END", "DATE")
            case ty.Timestamp() if raw_type == "TIMESTAMP WITH TIME ZONE":
                return _in_calendar(f"timezone('UTC', {raw})", "TIMESTAMP")
            case ty.Timestamp() if raw_type.startswith("TIMESTAMP") or raw_type == "DATE":
                return self._to_utc(_in_calendar(f"CAST({raw} AS TIMESTAMP)", "TIMESTAMP"))
            case ty.SetOfText() if raw_type == "VARCHAR[]":
                return f"list_sort(list_distinct({raw}))"
            case ty.Text() | ty.Link() | ty.Enum() if raw_type in ("FLOAT", "DOUBLE"):
                return self._from_text(
                    f"CASE WHEN {raw} = trunc({raw}) THEN CAST(CAST({raw} AS HUGEINT) AS VARCHAR) ELSE CAST({raw} AS VARCHAR) END",
                    typed,
                )
            case _:
                return self._from_text(f"CAST({raw} AS VARCHAR)", typed)


_BLANK = " \t\r\n\u00a0"
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


def _text(value: str) -> str:
    """An SQL text literal."""
    return "'" + value.replace("'", "''") + "'"


def _matched(text: str, pattern: str, value: str) -> str:
    return f"CASE WHEN regexp_full_match({text}, {_text(pattern)}) THEN {value} END"


def _places(raw_type: str) -> int | None:
    """Decimal places of `DECIMAL(p,s)`."""
    return int(raw_type.rstrip(")").split(",")[1]) if raw_type.startswith("DECIMAL(") else None


def _scaled(decimal: str, typed: ty.Type) -> str:
    """A DECIMAL(27, 9) -> billionths, or minor units rounded half to even."""
    billionths = f"CAST({decimal} * 1000000000 AS HUGEINT)"
    if not isinstance(typed, ty.Money):
        return billionths
    step = ty.NUMBER_SCALE // ty.minor_units(typed.currency)
    down = f"(v // {step} - CASE WHEN v % {step} < 0 THEN 1 ELSE 0 END)"
    rest = f"(v - {down} * {step})"
    up = f"CASE WHEN 2 * {rest} > {step} OR (2 * {rest} = {step} AND {down} % 2 != 0) THEN 1 ELSE 0 END"
    return f"list_transform([{billionths}], lambda v: TRY_CAST({down} + {up} AS BIGINT))[1]"


def _finite(value: str) -> str:
    return f"CASE WHEN isfinite({value}) THEN {value} END"


def _in_calendar(value: str, kind: str) -> str:
    """Missing beyond the years within which every shift stays a date."""
    low, high = f"{kind} '{EARLIEST}'", f"{kind} '{LATEST}'"
    return f"CASE WHEN {value} BETWEEN {low} AND {high} THEN {value} END"


def _in_range(value: str, field: Field, typed: ty.Type) -> str:
    if field.low is None or field.high is None:
        return value
    scale = (
        ty.minor_units(typed.currency) if isinstance(typed, ty.Money) else ty.NUMBER_SCALE if typed == ty.NUMBER else 1
    )
    low, high = (f * scale for f in (field.low, field.high))
    lowest, highest = -((-low.numerator) // low.denominator), high.numerator // high.denominator
    if typed == ty.REAL:
        return f"CASE WHEN {value} BETWEEN {float(low)!r} AND {float(high)!r} THEN {value} END"
    return f"CASE WHEN {value} BETWEEN {lowest} AND {highest} THEN {value} END"
