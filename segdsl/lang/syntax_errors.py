"""Explains a syntax error: a diagnostic that says in words what was expected."""

from __future__ import annotations

import difflib
import re

from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from segdsl.diagnostics import Diagnostic, Fix, Source, Span, series
from segdsl.lang.habits import RESERVED, habit_at

_WORDS = {
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "COMMA": "`,`",
    "COLON": "`:`",
    "DOT": "`.`",
    "EQUALS": "`=`",
    "NAME": "a name",
    "TEXT": "text in double quotes",
    "INT": "a whole number",
    "DATE": "a date",
    "UNIT": "`days`",
    "PERCENT": "a percentage",
    "DECIMAL": "a number",
    "CURRENCY": "a currency such as USD",
    "$END": "the end of the file",
}
_VALUE = {"NAME", "INT", "LPAR", "TEXT"}
_COMPARISON = {"COMPARE", "IS_MISSING"}
_DECLARATION = {"ENTITY", "SEGMENT", "METRIC"}
_DECLARATION_KEYWORDS = [
    "entity",
    "details",
    "table",
    "list",
    "metric",
    "play",
    "segment",
    "segmentation",
    "test",
    "score",
    "outcome",
    "calendar",
    "experiment",
    "property",
]
_NEW_DECLARATION = {*(keyword.upper() for keyword in _DECLARATION_KEYWORDS), "$END"}


def explain(error: UnexpectedInput, source: Source, offset: int, end: int) -> Diagnostic:
    """Explains a syntax error in the declaration between `offset` and `end`."""
    start = offset + (error.pos_in_stream or 0)
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return _ended_early(error, source, offset, end)
    if source.text.startswith('"', start) and isinstance(error, UnexpectedCharacters):
        line_end = source.text.find("\n", start)
        span = Span(source, start, len(source.text) if line_end < 0 else line_end)
        return Diagnostic(
            "SEG0103", "text without its closing quote", span, label="starts here", help='end it with `"`'
        )
    if start > max(0, offset) and source.text[start - 1 : start + 1] in ("==", "=>", "=<", "<>"):
        start -= 1  # the first sign was taken for an operator
    word = _word_at(source.text, start)
    span = Span(source, start, start + len(word))
    expected = _expected(error)
    if word == "}" and "`expect`" in expected and "`case`" in expected:
        at = Span(source, offset, offset + len(source.text[offset:].partition("\n")[0].partition("{")[0].rstrip()))
        return Diagnostic(
            "SEG0513", "this test expects nothing", at, help="add a line such as `expect acme in motion.save`"
        )
    if word == "}" and "`otherwise`" in expected:
        help = "a segmentation ends with those whom no segment takes, as in `otherwise rest`"
        return Diagnostic("SEG0101", "this segmentation has no `otherwise`", span, label=expected, help=help)
    if habit := habit_at(source.text, start, max(0, offset)):
        fix = None if habit.replacement is None else Fix(Span(source, habit.start, habit.end), habit.replacement)
        if habit.start == start:
            word, span = source.text[start : habit.end], Span(source, start, habit.end)
        message = f"`{word}` can't stand here"
        return Diagnostic("SEG0101", message, span, label=expected, help=habit.hint, fix=fix)
    message = f"`{word}` can't stand here"
    return Diagnostic("SEG0101", message, span, label=expected, help=_advice(source.text, start, word))


def _advice(text: str, start: int, word: str) -> str:
    near = difflib.get_close_matches(word, _DECLARATION_KEYWORDS, n=1, cutoff=0.75)
    if near and word not in _DECLARATION_KEYWORDS and text[:start].rpartition("\n")[2].strip() == "":
        return f"did you mean `{near[0]}`?"
    if word in RESERVED:
        return f"`{word}` is a word of the language; a field of that name must be renamed"
    return ""


def _ended_early(error: UnexpectedToken, source: Source, offset: int, end: int) -> Diagnostic:
    text = source.text[max(0, offset) : end].rstrip()
    place = max(0, max(0, offset) + len(text) - 1)
    opened = text.count("{") > text.count("}")
    help = "a `{` above has no `}`" if opened else ""
    head = Span(source, offset, offset + len(text.partition("\n")[0].rstrip()))
    return Diagnostic(
        "SEG0101",
        f"this {'condition' if offset < 0 else 'declaration'} isn't finished",
        Span(source, place, place + 1),
        label=_expected(error),
        help=help,
        related=((head, "it starts here"),) if "\n" in text else (),
    )


def _word_at(text: str, start: int) -> str:
    match = re.compile(r"\w+|\S", re.UNICODE).match(text, start)
    return match[0] if match else ""


def _expected(error: UnexpectedInput) -> str:
    """Says what was expected, grouped and at most five, as in `expected a comparison, `and` or `or``."""
    names = set(
        getattr(error, "accepts", None) or getattr(error, "expected", None) or getattr(error, "allowed", None) or ()
    )
    if not names:
        return ""
    groups: list[str] = []
    if names >= _VALUE:
        groups.append("a value")
        names -= {n for n in names if n not in ("RPAR", "RBRACE", "COMMA")}
    if names >= _COMPARISON:
        groups.append("a comparison")
        names &= {"AND", "OR", "RPAR", "RBRACE", "COMMA", "THEN"}
    if names >= _DECLARATION:
        groups.append("a new declaration")
        names -= _NEW_DECLARATION
    groups += sorted({_WORDS.get(n, f"`{n.lower().replace('_', ' ')}`") for n in names})
    return f"expected {series(groups[:5], 'or')}"
