"""One column of a source -> SQL of its typed value, by the field's declared type and the source's formats.

The engine reads text; what a cell means is decided here. A cell that can't be read is missing, and reported.
"""

from __future__ import annotations

from dataclasses import dataclass

from segdsl.config import Formats
from segdsl.data import dates, numbers
from segdsl.data.sql_text import matches, name, text, texts, when
from segdsl.model import types as ty
from segdsl.model.schema import Field

_BLANK = " \t\r\n\u00a0\ufeff"
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
SPREADSHEET_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")
_SALESFORCE = "[A-Za-z0-9]{15}[A-Z0-5]{3}"


@dataclass(frozen=True)
class Cell:
    """The steps of one column, each in terms of the one before it.

    `given` is what the source has, from the raw column; `read` its value, from "given F"; `value` the
    same where it is in range, from "read F". `odd` is the text to report, of a cell that became missing or
    was rounded; `dots` tells 1.500 (1) from 1.5 (2) where no number format is said.
    """

    given: str
    read: str
    value: str
    odd: str | None = None
    dots: str | None = None


@dataclass(frozen=True)
class Reader:
    """Reads the cells of one column. `zone` is that of timestamps written without one."""

    formats: Formats
    zone: str

    def cell(self, column: str, raw_type: str, field: Field, typed: ty.Type, is_id: bool = False) -> Cell:
        """`column` is the raw column's name, of the engine's type `raw_type`; a link has the type of its key."""
        given, read_name = name(f"given {field.name}"), name(f"read {field.name}")
        written = raw_type == "VARCHAR"
        raw = name(column)
        if written:
            present = self._present(raw, keep_blanks=typed == ty.TEXT and not is_id)
            read = self._from_text(given, typed, is_id)
        else:
            present = f"CASE WHEN NOT isnan({raw}) THEN {raw} END" if raw_type in ("FLOAT", "DOUBLE") else raw
            read = self._from_typed(given, raw_type, typed, is_id)
        value = _in_range(read_name, field, typed)
        odd = f"{given} IS NOT NULL AND ({value}) IS NULL"
        if written and isinstance(typed, ty.Money):
            odd = f"({odd} OR {numbers.finer_than_minor_units(given, self.formats.number, typed)})"
        exact = isinstance(typed, ty.Money | ty.Number | ty.Real) and written and self.formats.number is None
        return Cell(present, read, value, when(odd, f"CAST({given} AS VARCHAR)"), _dots(given) if exact else None)

    def _present(self, column: str, keep_blanks: bool) -> str:
        missing = texts(["", *(m.strip() for m in self.formats.missing)])
        trimmed = f"trim({column}, {text(_BLANK)})"
        return when(f"{trimmed} NOT IN ({missing})", column if keep_blanks else trimmed)

    # -- text ------------------------------------------------------------------------

    def _from_text(self, given: str, typed: ty.Type, is_id: bool) -> str:
        formats = self.formats
        match typed:
            case ty.Text():
                return when(f"{given} NOT IN ({texts(list(SPREADSHEET_ERRORS))})", self._id(given) if is_id else given)
            case ty.Enum(values):
                return when(f"{given} IN ({texts(list(values))})", given)
            case ty.Boolean():
                yes, no = (texts([w.lower() for w in words]) for words in (formats.yes, formats.no))
                return f"CASE WHEN lower({given}) IN ({yes}) THEN true WHEN lower({given}) IN ({no}) THEN false END"
            case ty.Integer() | ty.Number() | ty.Money() | ty.Real():
                return numbers.number(given, formats.number, typed)
            case ty.Date():
                return dates.date(given, formats.date)
            case ty.Timestamp():
                return dates.timestamp(given, formats.date, self.zone)
            case ty.SetOfText():
                listed = f"from_json({given}, '[\"VARCHAR\"]')"
                parts = f"CASE WHEN {_is_json_list(given)} THEN {listed} ELSE string_split({given}, {text(formats.set_separator)}) END"
                trimmed = f"list_transform({parts}, lambda part: trim(part, {text(_BLANK)}))"
                return f"list_sort(list_distinct(list_filter({trimmed}, lambda part: part != '')))"
            case _:
                raise AssertionError(f"no field is {typed}")

    def _id(self, given: str) -> str:
        """With `ids = "salesforce"`, an id of 18 characters without its three check characters."""
        if self.formats.ids != "salesforce":
            return given
        return f"CASE WHEN {matches(given, _SALESFORCE)} THEN left({given}, 15) ELSE {given} END"

    # -- columns that have a type already -----------------------------------------------

    def _from_typed(self, raw: str, raw_type: str, typed: ty.Type, is_id: bool) -> str:
        whole = raw_type in _WHOLE
        number = whole or raw_type.startswith("DECIMAL") or raw_type in ("FLOAT", "DOUBLE")
        match typed:
            case ty.Integer() if number:
                exact = raw if whole else when(f"{raw} = trunc({raw})", raw)
                return f"TRY_CAST({exact} AS BIGINT)"
            case ty.Money(currency) if whole:
                return f"TRY_CAST(TRY_CAST({raw} AS HUGEINT) * {ty.minor_units(currency)} AS BIGINT)"
            case ty.Money(currency) if (places := _places(raw_type)) is not None and 10**places <= ty.minor_units(
                currency
            ):
                return f"TRY_CAST({raw} * {ty.minor_units(currency)} AS BIGINT)"
            case ty.Money(currency) if number:
                return numbers.minor_units(_billionths(raw), currency)
            case ty.Number() if number:
                return _billionths(raw)
            case ty.Real() if number:
                return numbers.finite(f"CAST({raw} AS DOUBLE)")
            case ty.Boolean() if raw_type == "BOOLEAN":
                return raw
            case ty.Date() if raw_type == "DATE":
                return dates.in_calendar(raw, "DATE")
            case ty.Date() if raw_type.startswith("TIMESTAMP") and "TIME ZONE" not in raw_type:
                midnight = when(f"{raw} = date_trunc('day', {raw})", f"CAST({raw} AS DATE)")
                return dates.in_calendar(midnight, "DATE")
            case ty.Timestamp() if raw_type == "TIMESTAMP WITH TIME ZONE":
                return dates.in_calendar(f"timezone('UTC', {raw})", "TIMESTAMP")
            case ty.Timestamp() if raw_type.startswith("TIMESTAMP") or raw_type == "DATE":
                return dates.to_utc(dates.in_calendar(f"CAST({raw} AS TIMESTAMP)", "TIMESTAMP"), self.zone)
            case ty.SetOfText() if raw_type == "VARCHAR[]":
                return f"list_sort(list_distinct({raw}))"
            case ty.Text() | ty.Enum() if raw_type in ("FLOAT", "DOUBLE"):
                whole_text = f"CAST(CAST({raw} AS HUGEINT) AS VARCHAR)"
                as_text = f"CASE WHEN {raw} = trunc({raw}) THEN {whole_text} ELSE CAST({raw} AS VARCHAR) END"
                return self._from_text(as_text, typed, is_id)
            case _:
                return self._from_text(f"CAST({raw} AS VARCHAR)", typed, is_id)


def _is_json_list(given: str) -> str:
    return f"starts_with({given}, '[') AND TRY_CAST({given} AS JSON) IS NOT NULL"


def _places(raw_type: str) -> int | None:
    """Decimal places of `DECIMAL(p,s)`."""
    return int(raw_type.rstrip(")").split(",")[1]) if raw_type.startswith("DECIMAL(") else None


def _billionths(raw: str) -> str:
    return f"CAST(TRY_CAST({raw} AS DECIMAL(27, 9)) * 1000000000 AS HUGEINT)"


def _dots(given: str) -> str:
    three = matches(given, numbers.THOUSANDS_OR_THOUSANDTHS)
    return f"CASE WHEN {three} THEN 1 WHEN contains({given}, '.') THEN 2 ELSE 0 END :: UTINYINT"


def _in_range(read: str, field: Field, typed: ty.Type) -> str:
    return read if field.low is None or field.high is None else numbers.within(read, field.low, field.high, typed)
