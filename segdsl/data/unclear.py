"""Ambiguous columns: a format that can be read in two ways must be declared, and is never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import duckdb

from segdsl.data import dates, numbers
from segdsl.data.examples import EXAMPLES, many, one, shown
from segdsl.data.files import DataError
from segdsl.data.relations import Bound
from segdsl.data.sql_text import matches, name
from segdsl.diagnostics import Diagnostic
from segdsl.model import types as ty


def check_formats(con: duckdb.DuckDBPyConnection, bound: Bound) -> None:
    """Raise `DataError` for columns that can be read in two ways."""
    written = [f for f in bound.cells if bound.raw_types[f] == "VARCHAR"]
    problems = [d for f in written for d in _ambiguous(con, bound, f)]
    if problems:
        raise DataError(problems)


def _ambiguous(con: duckdb.DuckDBPyConnection, bound: Bound, field_name: str) -> Iterator[Diagnostic]:
    match bound.relation.fields[field_name].type:
        case ty.Date() | ty.Timestamp():
            yield from _unclear_dates(con, bound, field_name)
        case ty.Integer() | ty.Number() | ty.Money() | ty.Real() if bound.formats[field_name].number is None:
            yield from _unclear_numbers(con, bound, field_name)
        case (
            ty.Integer()
            | ty.Number()
            | ty.Money()
            | ty.Real()
            | ty.Boolean()
            | ty.Version()
            | ty.Text()
            | ty.Enum()
            | ty.SetOfText()
            | ty.Link()
            | ty.Constant()
            | ty.Moment()
        ):
            pass


def _unclear_dates(con: duckdb.DuckDBPyConnection, bound: Bound, field_name: str) -> Iterator[Diagnostic]:
    date_format = bound.formats[field_name].date
    odd, table = name(f"odd {field_name}"), name(f"read {bound.relation.name}")
    first, second = (f"TRY_CAST(regexp_extract({odd}, '^([0-9]+).([0-9]+)', {i}) AS INTEGER)" for i in (1, 2))
    n, read, examples, day_first, month_first, short, mark = con.execute(
        f"""SELECT count(*) FILTER ("is odd"), count({name(field_name)}),
                   (list(DISTINCT {odd} ORDER BY {odd}) FILTER ("is odd"))[:{EXAMPLES}],
                   bool_or({first} > 12) FILTER ("is odd"), bool_or({second} > 12) FILTER ("is odd"),
                   bool_or({matches(odd, "[0-9]+.[0-9]+.[0-9]{2}([ ,T].*)?")}) FILTER ("is odd"),
                   any_value(regexp_extract({odd}, '^[0-9]+([^0-9])', 1)) FILTER ("is odd")
            FROM (SELECT *, {matches(odd, dates.AMBIGUOUS)} AS "is odd" FROM {table})"""
    ).fetchall()[0]
    if not n:
        if date_format is None:
            yield from _numeric_dates(con, bound, field_name)
        return
    year = "YY" if short else "YYYY"
    day_month, month_day = f"DD{mark}MM{mark}{year}", f"MM{mark}DD{mark}{year}"
    listed = "" if bound.relation.fields[field_name].personal else f" ({shown(examples)})"
    place = f"`{field_name}` of `{bound.relation.name}`"
    likely = day_month if day_first and not month_first else month_day if month_first and not day_first else None
    help = f'say it in the formats: date = "{likely or day_month}"' + ("" if likely else f' or date = "{month_day}"')
    if date_format is None:
        undecided = "some cells can only be one, some only the other" if day_first else "no cell decides it"
        why = f"every cell fits {likely}" if likely else undecided
        yield Diagnostic("SEG0708", f"{place}: day or month first?{listed} {why}", help=help)
    elif n * 9 >= read and (contrary := _contrary(con, bound, field_name, date_format)) * 9 >= read and contrary:
        message = f"{place} is not written as {date_format}: {many(n, 'cell')}{listed} can't be that"
        yield Diagnostic("SEG0708", message, help=help)


def _contrary(con: duckdb.DuckDBPyConnection, bound: Bound, field_name: str, date_format: str) -> int:
    """Number of cells with more than 12 where the format has the month; 29/02/2026 is only a day that doesn't exist."""
    odd, table = name(f"odd {field_name}"), name(f"read {bound.relation.name}")
    nth = (
        [p[0] for p in re.findall("YYYY|YY|Month|Mon|MM|M|DD|D", date_format)].index("M") + 1
        if date_format[:1] in "DM"
        else 0
    )
    if nth not in (1, 2):
        return one(con, f"SELECT count(*) FROM {table} WHERE {matches(odd, dates.AMBIGUOUS)}")
    month = f"TRY_CAST(regexp_extract({odd}, '^([0-9]+).([0-9]+)', {nth}) AS INTEGER)"
    return one(con, f"SELECT count(*) FROM {table} WHERE {matches(odd, dates.AMBIGUOUS)} AND {month} > 12")


def _numeric_dates(con: duckdb.DuckDBPyConnection, bound: Bound, field_name: str) -> Iterator[Diagnostic]:
    """Diagnostics on spreadsheet day numbers and seconds since 1970."""
    odd, table = name(f"odd {field_name}"), name(f"read {bound.relation.name}")
    shapes = {"excel": r"[2-6][0-9]{4}(\.[0-9]+)?", "unix": "1[0-9]{9}", "unix ms": "1[0-9]{12}"}
    counts = ", ".join(f"count(*) FILTER ({matches(odd, shape)})" for shape in shapes.values())
    for format, n in zip(shapes, con.execute(f"SELECT {counts} FROM {table}").fetchall()[0]):
        if n:
            what = {
                "excel": "days as a spreadsheet counts them",
                "unix": "seconds since 1970",
                "unix ms": "milliseconds since 1970",
            }[format]
            message = f"`{field_name}` of `{bound.relation.name}`: {many(n, 'cell')} look like {what}"
            column = f'{{ header = "{bound.headers[field_name]}", date = "{format}" }}'
            help = f"if so, for this table: columns = {{ {field_name} = {column} }}"
            yield Diagnostic("SEG0708", message, help=help)


def _unclear_numbers(con: duckdb.DuckDBPyConnection, bound: Bound, field_name: str) -> Iterator[Diagnostic]:
    odd, table = name(f"odd {field_name}"), name(f"read {bound.relation.name}")
    described = bound.relation.fields[field_name]
    dotted = f" OR {matches(odd, numbers.THOUSANDS_OR_THOUSANDTHS)}" if described.type == ty.INTEGER else ""
    cells = [
        r[0]
        for r in con.execute(
            f"SELECT DISTINCT {odd} FROM {table} WHERE {matches(odd, numbers.SEPARATED)}{dotted} ORDER BY 1 LIMIT 200"
        ).fetchall()
    ]
    if not cells and bound.cells[field_name].dots is not None:
        dots = name(f"dots {field_name}")
        three, other = con.execute(
            f"SELECT count(*) FILTER ({dots} = 1), count(*) FILTER ({dots} = 2) FROM {table}"
        ).fetchall()[0]
        cells = [f"{three:,} cells such as 1.500"] if three and not other else []
    if cells:
        likely = likely_number(cells)
        listed = "" if described.personal else f" ({shown(cells[:EXAMPLES])})"
        why = f"they fit {likely[0]}" if len(likely) == 1 else "thousands or a fraction?"
        help = "say it in the formats: " + " or ".join(f'number = "{f}"' for f in likely)
        yield Diagnostic(
            "SEG0709", f"`{field_name}` of `{bound.relation.name}`: how are numbers written?{listed} {why}", help=help
        )


def likely_number(cells: Sequence[str]) -> list[str]:
    """Formats that fit cells with separators, preferring the usual ones."""
    bare = [m[0].strip() for c in cells if (m := re.search(r"\d[\d.,'’ \u00a0\u202f]*", c))]
    fits = [f for f, shape in _SHAPES.items() if all(re.fullmatch(shape, b) for b in bare)]
    grouped = [f for f in fits if f not in _LAST_RESORT or not set(fits) - set(_LAST_RESORT)]
    return grouped or ["1,234.56", "1.234,56"]


_B = "[ \u00a0\u202f]"
_SHAPES = {
    "1,234.56": r"\d{1,3}(,\d{3})+(\.\d+)?|\d+(\.\d+)?",
    "1.234,56": r"\d{1,3}(\.\d{3})+(,\d+)?|\d+(,\d+)?",
    "1 234,56": rf"\d{{1,3}}({_B}\d{{3}})+(,\d+)?|\d+(,\d+)?",
    "1 234.56": rf"\d{{1,3}}({_B}\d{{3}})+(\.\d+)?|\d+(\.\d+)?",
    "1'234.56": r"\d{1,3}(['’]\d{3})+(\.\d+)?|\d+(\.\d+)?",
    "12,34,567.89": r"\d{1,2}(,\d{2})*,\d{3}(\.\d+)?|\d+(\.\d+)?",
}
_LAST_RESORT = ("12,34,567.89", "1 234,56", "1 234.56", "1'234.56")  # only if the two usual formats don't fit
