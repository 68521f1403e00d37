"""Cells of one column: SQL of the typed value, by the field's declared type and the source's formats.

The engine reads text; the meaning of a cell is decided here. An unreadable cell is missing, and reported.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from segdsl.data import dates, numbers
from segdsl.data.sql_text import matches, name, text, texts, when
from segdsl.model import types as ty
from segdsl.model import versions
from segdsl.model.schema import Field
from segdsl.workspace.config import Formats

_BLANK = ty.BLANKS
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
SPREADSHEET_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")
_FLOATS = ("FLOAT", "DOUBLE")
_SALESFORCE = "[A-Za-z0-9]{15}[A-Z0-5]{3}"


@dataclass(frozen=True)
class Cell:
    """Steps that compute one column; each step's SQL uses the steps before it, and is named "STEP FIELD".

    `steps`: the first is the source's cell, `given` the cell without the blanks around it, and the last, `read`, its value. Of a
    column of text most cells stand as the engine itself writes a value: `cast` is what it makes of them, `plain` are the values that
    it writes as they stand, and the patterns in the steps between look at the rest alone.
    `value`: the value if it is within the field's range.
    `odd`: text to report of a cell that became missing or was rounded.
    `dots`: tells 1.500 (1) from 1.5 (2) where no number format is declared.
    """

    steps: tuple[tuple[str, str], ...]
    value: str
    odd: str
    dots: str | None = None


def chain(cells: Mapping[str, Cell], query_of_given: str) -> str:
    """Query that adds the steps after the first, one subquery for each, so that none is computed twice."""
    query = query_of_given
    for i in range(1, max((len(c.steps) for c in cells.values()), default=0)):
        columns = [f"{c.steps[i][1]} AS {name(f'{c.steps[i][0]} {f}')}" for f, c in cells.items() if i < len(c.steps)]
        query = f"SELECT *, {', '.join(columns)} FROM ({query})"
    return query


@dataclass(frozen=True)
class Reader:
    """Reads the cells of one column; `zone` applies to timestamps without a zone."""

    formats: Formats
    zone: str

    def cell(self, column: str, raw_type: str, field: Field, typed: ty.Type, is_id: bool = False) -> Cell:
        """Steps of a column; `raw_type` is the engine's type of the raw column, and a link has the type of its key."""
        given, read = name(f"given {field.name}"), name(f"read {field.name}")
        is_text, raw = raw_type == "VARCHAR", name(column)
        present, steps = f"CASE WHEN NOT isnan({raw}) THEN {raw} END" if raw_type in _FLOATS else raw, None
        if is_text:
            steps = self._written(field.name, raw, typed, is_id)
        elif (typed_steps := self._from_typed(field.name, given, raw_type, typed)) is not None:
            steps = [("given", present), *typed_steps]
        else:
            stripped = self._stripped(_as_text(present, raw_type), keep_blanks=typed == ty.TEXT and not is_id)
            steps = [("given", stripped), *self._from_text(field.name, given, typed, is_id)]
        value = _in_range(read, field, typed)
        odd = f"{given} IS NOT NULL AND ({value}) IS NULL"
        if isinstance(typed, ty.Money) and (first := _first_of_amount(steps)) is not None:
            odd = f"({odd} OR {numbers.finer_than_minor_units(field.name, typed, first)})"
        exact = isinstance(typed, ty.Money | ty.Number | ty.Real) and is_text and self.formats.number is None
        as_text = when(odd, f"CAST({given} AS VARCHAR)")
        return Cell(tuple(steps), value, as_text, _dots(given) if exact else None)

    def _stripped(self, column: str, keep_blanks: bool) -> str:
        """The cell without the blanks around it; missing where nothing is left, or a word that means so."""
        trimmed = f"trim({column}, {text(_BLANK)})"
        return when(f"{trimmed} NOT IN ({texts(['', *self._missing])})", column if keep_blanks else trimmed)

    @property
    def _missing(self) -> list[str]:
        return [m.strip() for m in self.formats.missing]

    # -- text ------------------------------------------------------------------------

    def _written(self, field: str, raw: str, typed: ty.Type, is_id: bool) -> list[tuple[str, str]]:
        """All steps of a column of text."""
        cell, given, plain = name(f"cell {field}"), name(f"given {field}"), name(f"plain {field}")
        keep_blanks = typed == ty.TEXT and not is_id
        steps = self._from_text(field, given, typed, is_id)
        known = f"{cell} NOT IN ({texts(self._missing)})" if self._missing else "true"
        as_written = self._plain(cell, name(f"cast {field}"), typed)
        if as_written is None:
            bare = f"{cell} BETWEEN '!' AND '~'"  # most cells begin with a letter or digit, and end with one
            ends_bare = "true" if keep_blanks and not self._missing else f"right({cell}, 1) BETWEEN '!' AND '~'"
            stripped = self._stripped(cell, keep_blanks)
            quick = f"CASE WHEN {bare} AND {ends_bare} AND {known} THEN {cell} ELSE {stripped} END"
            return [("cell", raw), ("given", quick), *steps]
        rest = [(step, when(f"{plain} IS NULL AND {given} IS NOT NULL", sql)) for step, sql in steps]
        last, read = rest.pop()
        return [
            ("cell", raw),
            ("cast", as_written.cast),
            ("plain", when(known, as_written.value) if self._missing else as_written.value),
            ("given", f"CASE WHEN {plain} IS NULL THEN {self._stripped(cell, keep_blanks)} ELSE {cell} END"),
            *rest,
            (last, f"coalesce({plain}, {read})"),
        ]

    def _plain(self, cell: str, cast: str, typed: ty.Type) -> numbers.Plain | None:
        """How cells are read that stand as the engine writes them; None for types of which it writes none."""
        match typed:
            case ty.Integer() | ty.Number() | ty.Money() | ty.Real():
                return numbers.plain(cell, cast, self.formats.number, typed)
            case ty.Date():
                return dates.plain_date(cell, cast, self.formats.date)
            case ty.Timestamp():
                return dates.plain_timestamp(cell, cast, self.formats.date, self.zone)
            case ty.Enum(values):
                bare = texts([v for v in dict.fromkeys(values) if v.strip(_BLANK) == v != ""])
                # of a column with a dictionary the engine casts each of its texts once, where IN looks at each row
                return numbers.Plain(f"TRY_CAST({cell} AS ENUM({bare}))", f"CAST({cast} AS VARCHAR)") if bare else None
            case ty.Boolean() | ty.Version() | ty.Text() | ty.SetOfText() | ty.Link() | ty.Constant() | ty.Moment():
                return None

    def _from_text(self, field: str, cell: str, typed: ty.Type, is_id: bool) -> list[tuple[str, str]]:
        """Steps from a cell without the blanks around it."""
        if isinstance(typed, ty.Integer | ty.Number | ty.Money | ty.Real):
            return numbers.steps(field, self.formats.number, typed, is_id)
        return [("read", self._read_text(cell, typed, is_id))]

    def _read_text(self, cell: str, typed: ty.Type, is_id: bool) -> str:
        formats = self.formats
        match typed:
            case ty.Text():
                return when(
                    f"{cell} NOT IN ({texts(list(SPREADSHEET_ERRORS))})", id_as_read(cell, formats) if is_id else cell
                )
            case ty.Enum(values):
                return when(f"{cell} IN ({texts(list(values))})", cell)
            case ty.Boolean():
                yes, no = (texts([w.lower() for w in words]) for words in (formats.yes, formats.no))
                return f"CASE WHEN lower({cell}) IN ({yes}) THEN true WHEN lower({cell}) IN ({no}) THEN false END"
            case ty.Date():
                return dates.date(cell, formats.date)
            case ty.Timestamp():
                return dates.timestamp(cell, formats.date, self.zone)
            case ty.Version():
                return when(matches(cell, versions.PATTERN), _version(cell))
            case ty.SetOfText():
                trimmed = (
                    f"list_transform({_parts(cell, formats.set_separator)}, lambda part: trim(part, {text(_BLANK)}))"
                )
                return f"list_sort(list_distinct(list_filter({trimmed}, lambda part: part != '')))"
            case ty.Integer() | ty.Number() | ty.Real() | ty.Money() | ty.Constant() | ty.Moment() | ty.Link():
                raise AssertionError(f"{typed} is read elsewhere, or of no field")

    # -- columns that have a type already -----------------------------------------------

    def _from_typed(self, field: str, raw: str, raw_type: str, typed: ty.Type) -> list[tuple[str, str]] | None:
        """Steps from a typed column; None where the type doesn't match the field's, and the column is read as text."""
        whole = raw_type in _WHOLE
        if isinstance(typed, ty.Money) and (read := numbers.exact_amount(raw, raw_type, typed)) is not None:
            return [("read", read)]
        number = whole or raw_type.startswith("DECIMAL") or raw_type in _FLOATS
        if isinstance(typed, ty.Money | ty.Number) and number and not whole:
            return numbers.from_decimal(field, numbers.decimal(raw), typed)
        read = self._read_typed(raw, raw_type, typed, whole, number)
        return [("read", read)] if read is not None else None

    def _read_typed(self, raw: str, raw_type: str, typed: ty.Type, whole: bool, number: bool) -> str | None:
        match typed:
            case ty.Integer() if number:
                exact = raw if whole else when(f"{raw} = trunc({raw})", raw)
                return f"TRY_CAST({exact} AS BIGINT)"
            case ty.Money(currency) if whole:
                return f"TRY_CAST(TRY_CAST({raw} AS HUGEINT) * {ty.minor_units(currency)} AS BIGINT)"
            case ty.Number() if whole:
                return numbers.billionths(numbers.decimal(raw))
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
                return f"list_sort(list_distinct(list_filter({raw}, lambda part: trim(part, {text(_BLANK)}) != '')))"
            case ty.Version() if number:
                return "CAST(NULL AS HUGEINT)"  # 10.10 has become 10.1 there
            case (
                ty.Integer()
                | ty.Version()
                | ty.Money()
                | ty.Number()
                | ty.Real()
                | ty.Boolean()
                | ty.Date()
                | ty.Timestamp()
                | ty.SetOfText()
                | ty.Text()
                | ty.Enum()
                | ty.Link()
                | ty.Constant()
                | ty.Moment()
            ):
                return None


def _first_of_amount(steps: list[tuple[str, str]]) -> str | None:
    """The step of an amount from which its value follows; None where it is read at once."""
    return next((step for step, _ in steps if step in ("digits", "decimal")), None)


def _version(cell: str) -> str:
    """Code of a version (`model/versions.py`)."""
    parts = f"string_split(regexp_extract({cell}, {text(versions.CORE)}, 1), '.')"
    code = "0"
    for i in range(1, versions.PARTS + 1):
        code = f"({code} * {versions.PART} + coalesce(CAST({parts}[{i}] AS HUGEINT), 0))"
    is_release = f"CASE WHEN regexp_matches({cell}, {text(versions.PRE_RELEASE)}) THEN 0 ELSE 1 END"
    return f"{code} * 10 + {is_release}"


def version_as_text(code: str) -> str:
    """A version as text that has the code."""
    parts = [
        f"CAST({code} // {10 * versions.PART**i} % {versions.PART} AS VARCHAR)" for i in reversed(range(versions.PARTS))
    ]
    numbers_of = " || '.' || ".join(parts)
    return f"{numbers_of} || CASE WHEN {code} % 10 = 0 THEN '-pre' ELSE '' END"


def id_as_read(cell: str, formats: Formats) -> str:
    """A key or link as `digits` or `ids` say: with the zeros in front that a spreadsheet took off, or without them all, in small
    letters, or as 15 of Salesforce's 18 characters.
    """
    whole = f"CASE WHEN {matches(cell, '[0-9]+[.]0+')} THEN split_part({cell}, '.', 1) ELSE {cell} END"
    is_digits = matches(whole, "[0-9]+")
    if formats.digits is not None:
        n = formats.digits
        return f"CASE WHEN {is_digits} AND length({whole}) < {n} THEN lpad({whole}, {n}, '0') ELSE {cell} END"
    if formats.ids == "without zeros":
        return f"CASE WHEN {is_digits} THEN coalesce(nullif(ltrim({whole}, '0'), ''), '0') ELSE {cell} END"
    if formats.ids == "any case":
        return f"lower({cell})"
    if formats.ids != "salesforce":
        return cell
    return f"CASE WHEN {matches(cell, _SALESFORCE)} THEN left({cell}, 15) ELSE {cell} END"


def _as_text(raw: str, raw_type: str) -> str:
    """Typed column as text: whole doubles without a point; in scientific notation beyond exact integers, so that a
    rounded key is noticed.
    """
    if raw_type not in _FLOATS:
        return f"CAST({raw} AS VARCHAR)"
    exact = f"abs({raw}) < {2**24 if raw_type == 'FLOAT' else 2**53}"
    whole = f"CAST(CAST({raw} AS HUGEINT) AS VARCHAR)"
    return (
        f"CASE WHEN NOT {exact} THEN upper(format('{{:.16e}}', CAST({raw} AS DOUBLE))) "
        f"WHEN {raw} = trunc({raw}) THEN {whole} ELSE CAST({raw} AS VARCHAR) END"
    )


def _parts(cell: str, separator: str) -> str:
    """Parts of a set: of a JSON list, of texts in quotes as in `"a","b, c"`, else what stands between separators."""
    is_json = f"starts_with({cell}, '[') AND TRY_CAST({cell} AS JSON) IS NOT NULL"
    listed = f"from_json({cell}, '[\"VARCHAR\"]')"
    part = '"([^"]|"")*"'
    in_quotes = matches(cell, f"{part}( ?{re.escape(separator)} ?{part})*")
    unquoted = "replace(part[2:-2], '\"\"', '\"')"
    quoted = f"list_transform(regexp_extract_all({cell}, {text(part)}), lambda part: {unquoted})"
    return f"CASE WHEN {is_json} THEN {listed} WHEN {in_quotes} THEN {quoted} ELSE string_split({cell}, {text(separator)}) END"


def _dots(cell: str) -> str:
    three = matches(cell, numbers.THOUSANDS_OR_THOUSANDTHS)
    return f"CASE WHEN contains({cell}, '.') THEN CASE WHEN {three} THEN 1 ELSE 2 END ELSE 0 END :: UTINYINT"


def _in_range(read: str, field: Field, typed: ty.Type) -> str:
    return read if field.low is None or field.high is None else numbers.within(read, field.low, field.high, typed)
