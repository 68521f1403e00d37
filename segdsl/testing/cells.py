"""A cell of a fixture's sheet -> what would stand in a `test` block, by the field's declared type."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from segdsl.diagnostics import Diagnostic, Span
from segdsl.lang import tree
from segdsl.model import types as ty
from segdsl.testing.sheets import Cell

_NUMBER = re.compile(r"(?P<sign>[-−]?)(?P<whole>\d{1,3}(?:[,_]\d{3})+|\d+)(?:\.(?P<places>\d+))?\s?(?P<percent>%?)")
_RELATIVE = re.compile(r"(\d{1,5}) (hour|day|week|month|year)s? (ago|from now)")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?))?")
_TRUE, _FALSE = ("true", "yes", "1", "x", "wahr", "vrai"), ("false", "no", "0", "falsch", "faux")
MISSING = ("missing", "#n/a")
Literal = tree.Expr | tree.Values | tree.Name


class Unreadable(Exception):
    """A cell that is no value of its column's type."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic


def literal(cell: Cell, column: str, typed: ty.Type) -> Literal:
    """Raises `Unreadable`. A value that isn't one of a field's is left to whoever resolves the test."""
    if cell.text.lower() in MISSING:
        return tree.MissingValue(cell.span, None)
    if cell.text[:1] == "'" and cell.text[1:2] in ("=", "+", "-", "@"):  # how a spreadsheet is told that it is text
        cell = Cell(cell.text[1:], cell.span)
    match typed:
        case ty.Link():
            return tree.Name(cell.span, cell.text)
        case ty.Text() | ty.Enum():
            return tree.Text(cell.span, cell.text)
        case ty.SetOfText():
            parts = [p.strip() for p in re.split("[;,]", cell.text)]
            return tree.Values(cell.span, tuple(tree.Text(cell.span, p) for p in parts if p))
        case ty.Boolean():
            return _read(cell, column, truth, "true or false")
        case ty.Date() | ty.Timestamp() | ty.Moment():
            return _read(
                cell,
                column,
                _moment,
                "a date as in 2026-12-15, or as in `3 days ago`; or save the sheet as .xlsx, where a date is a date",
            )
        case ty.Integer() | ty.Number() | ty.Real() | ty.Constant() | ty.Money():
            return _read(cell, column, number, "a number as in 1234.5, 1,234 or 90%")


def _read(cell: Cell, column: str, read: Callable[[Span, str], tree.Expr | None], wanted: str) -> tree.Expr:
    value = read(cell.span, cell.text)
    if value is None:
        line, _ = cell.span.source.position(cell.span.start)
        message = f"`{cell.text[:60]}` can't be read, in column `{column}`, row {line}"
        raise Unreadable(Diagnostic("SEG0511", message, cell.span, help=f"write {wanted}"))
    return value


def truth(span: Span, text: str) -> tree.Expr | None:
    word = text.lower()
    return tree.Truth(span, word in _TRUE) if word in _TRUE or word in _FALSE else None


def number(span: Span, text: str) -> tree.Expr | None:
    """`1,234`, `-12.5`, `90%`; None where it is no number."""
    match = _NUMBER.fullmatch(text)
    if match is None or len(text) > 30:
        return None
    places = match["places"] or ""
    digits = int(re.sub("[,_]", "", match["whole"]) + places)
    value = tree.Number(span, digits, 10 ** len(places) * (100 if match["percent"] else 1), bool(match["percent"]))
    return tree.Negate(span, value) if match["sign"] else value


def _moment(span: Span, text: str) -> tree.Expr | None:
    words = " ".join(text.lower().split())
    if words in ("today", "now"):
        return tree.Today(span) if words == "today" else tree.Now(span)
    relative = _RELATIVE.fullmatch(words)
    if relative is not None:
        sign = -1 if relative[3] == "ago" else 1
        return tree.Ago(span, tree.Duration(span, int(relative[1]), relative[2]), sign)
    match = _MOMENT.fullmatch(text)
    try:
        if match is None:
            return None
        if match[2] is None or match[2] in ("00:00", "00:00:00"):
            return tree.Date(span, dt.date.fromisoformat(match[1]))
        return tree.Timestamp(span, dt.datetime.fromisoformat(f"{match[1]}T{match[2]}"))
    except ValueError:
        return None
