"""A table of DuckDB -> lines of CSV as spreadsheets read them, by DuckDB itself: the same bytes as from a frame (`run/output.py`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from segdsl.data.sql_text import name, text
from segdsl.words import values

_SPACE = r"[\t-\r\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]*"
_DIGITS = r"\p{Nd}+(?:_\p{Nd}+)*"
_EXPONENT = rf"(?:[eE][+-]?{_DIGITS})?"
_NUMBER = rf"{_SPACE}[+-]?(?:(?i:inf|infinity|nan)|(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS}){_EXPONENT}){_SPACE}"
"""What Python reads as a number (`values.for_a_spreadsheet`)."""

OPTIONS = "FORMAT csv, HEADER, QUOTE '', ESCAPE '', NULLSTR ''"
"""Of COPY: the lines are whole, with their quotes."""


def lines(
    table: str, columns: Sequence[str], texts: Collection[str], order: str, heads: Sequence[str] | None = None
) -> str:
    """Query of one line a row, in the order of columns, as SQL, under the name of the header.

    `texts`: columns that may have any text; others are numbers, truths and names of the rules. `heads`: what the columns are called.
    """
    guarded = ", ".join(f"{for_a_spreadsheet(name(c))} AS {name(f'text {c}')}" for c in columns if c in texts)
    cells = [_quoted(name(f"text {c}")) if c in texts else f"CAST({name(c)} AS VARCHAR)" for c in columns]
    line = " || ',' || ".join(f"coalesce({cell}, '')" for cell in cells)
    head = ",".join(_head(h) for h in (columns if heads is None else heads))
    rows = f"(SELECT *, {guarded} FROM {table})" if guarded else table
    return f"SELECT {line} AS {name(head)} FROM {rows} ORDER BY {order}"


def for_a_spreadsheet(cell: str) -> str:
    """SQL of a text with a `'` before anything that a spreadsheet would run as a formula."""
    starts = " OR ".join(f"starts_with({cell}, {_sign(s)})" for s in values.FORMULA)
    return (
        f"CASE WHEN ({starts}) AND NOT regexp_full_match({cell}, {text(_NUMBER)}) THEN '''' || {cell} ELSE {cell} END"
    )


def shown(value: object) -> str:
    """A value that isn't missing as the text of a cell."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _head(head: str) -> str:
    guarded = values.for_a_spreadsheet(head)
    return '"' + guarded.replace('"', '""') + '"' if {*guarded} & {*_SPECIAL} else guarded


_SPECIAL = ',"\n\r'


def _quoted(cell: str) -> str:
    """SQL of a cell in quotes where it has a comma, a quote or an end of line."""
    special = " OR ".join(f"contains({cell}, {_sign(s)})" for s in _SPECIAL)
    return f"CASE WHEN {special} THEN '\"' || replace({cell}, '\"', '\"\"') || '\"' ELSE {cell} END"


def _sign(sign: str) -> str:
    return f"chr({ord(sign)})"
