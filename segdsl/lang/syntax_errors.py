"""Explains a syntax error: a diagnostic that says in words what can stand there, what a person would write first."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection

from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from segdsl.diagnostics import Diagnostic, Source, Span, series
from segdsl.lang.letters import plain
from segdsl.lang.reserved import DECLARATIONS, RESERVED

_COMPARISON = """
    EQUALS COMPARE IN NOT_IN BETWEEN NOT_BETWEEN IS_MISSING IS_NOT_MISSING IN_LAST IN_NEXT IN_PERIOD IN_TOP IN_BOTTOM HAS HAS_MANY
    HAS_THAT TEXT_TEST TEXT_TEST_ANY
"""
_GROUPS = (
    ("NAME INT DECIMAL PERCENT TEXT DATE TIMESTAMP TRUE FALSE LPAR FUNC AGGREGATE RANK IF BANDS NOW TODAY MISSING START_OF MINUS "
     "NOT EVERY_FOR ANY_FOR UNIT_SINCE UNIT_UNTIL UNIT_FROM PART_OF",
     "NAME INT LPAR TEXT",
     "a field, a value or rows such as `count(…)`"),
    (_COMPARISON, "COMPARE IS_MISSING", "a comparison such as `=`, `>`, `in (…)`, `between` or `is missing`"),
    ("PLUS MINUS STAR SLASH", "PLUS STAR", "a calculation (`+ - * /`)"),
    (" ".join(d.upper() for d in DECLARATIONS) + " $END", "ENTITY SEGMENT METRIC", "a new declaration such as `segment`"),
    ("TRUE FALSE INT DECIMAL PERCENT TEXT DATE TIMESTAMP MINUS", "TRUE INT TEXT", "a value: a number, text in quotes or a date"),
    ("INT DECIMAL PERCENT", "INT DECIMAL", "a number"),
    ("NAME LPAR", "NAME LPAR", 'a list such as `("a", "b")` or a name'),
    ("DATE TIMESTAMP NOW TODAY START_OF", "DATE TIMESTAMP", "a day or a time"),
)  # fmt: skip
"""Terminals that are said together: which they are, which of them must be there, and how they are said."""

_WORDS = {
    "WHEN": "`when`",
    "OTHERWISE": "`otherwise`",
    "AND": "`and`",
    "OR": "`or`",
    "RPAR": "`)`",
    "IN_LAST": "`in last 30 days`",
    "IN_NEXT": "`in next 30 days`",
    "WHERE": "`where`",
    "HAVING": "`having`",
    "SINCE": "`since`",
    "BEFORE": "`before`",
    "EQUALS": "`=`",
    "COMPARE": "`>`",
    "NAME": "a name",
    "TEXT": "text in double quotes",
    "INT": "a whole number",
    "DECIMAL": "a number",
    "PERCENT": "a percentage",
    "DATE": "a date",
    "TIMESTAMP": "a time",
    "UNIT": "`days`",
    "CURRENCY": "a currency such as USD",
    "LBRACE": "`{`",
    "LPAR": "`(`",
    "COMMA": "`,`",
    "COLON": "`:`",
    "DOT": "`.`",
    "PLUS": "`+`",
    "MINUS": "`-`",
    "STAR": "`*`",
    "SLASH": "`/`",
    "FUNC": "a function",
    "AGGREGATE": "rows such as `count(…)`",
    "RANK": "`rank(…)`",
    "TEXT_TEST": "`contains`",
    "TEXT_TEST_ANY": "`contains any of`",
    "HAS_MANY": "`has any`",
    "HAS_THAT": "`has any that starts with`",
    "IGNORING": "`ignoring case`",
    "IN_PERIOD": "`in this calendar month`",
    "PERIOD": "`month`",
    "WITHIN_TIME": "`within 3 days`",
    "EVERY_FOR": "`every week for`",
    "ANY_FOR": "`any week for`",
    "UNIT_SINCE": "`days since`",
    "UNIT_UNTIL": "`days until`",
    "UNIT_FROM": "`days from`",
    "BUSINESS_DAYS_FROM": "`business days from`",
    "FOR_TIME": "`for 30 days`",
    "PART_OF": "`year of`",
    "START_OF": "`start of this`",
    "IN_D": "`in D`",
    "COST_SAVED": "`the cost saved`",
    "DATE_TYPE": "`date`",
    "KEEP_UNTIL_END": "`keep until end of this calendar year`",
    "BASIS_FLAG": "`basis`",
    "PER_PERIOD": "`per week`",
    "BLANK_MEANS": "`blank means no`",
    "PLAYS_PER_CUSTOMER": "`plays per customer`",
    "DOESNT_GET": "`doesn't get`",
    "RBRACE": "`}`",
    "$END": "the end of the file",
}
"""How terminals are said, likeliest first; every other is said by its own words."""
_LAST = ("RBRACE", "$END")
_MORE_CLAUSES = {"KEEP_UNTIL_END", "KEEP_FOR", "STAY_AT_LEAST"}
"""Clauses that stand wherever `keep until` does, which is said for all of them."""


def explain(error: UnexpectedInput, source: Source, offset: int, end: int, accepted: Collection[str]) -> Diagnostic:
    """Explains a syntax error in the declaration between `offset` and `end`; `accepted` are the terminals that could stand there."""
    start = offset + (error.pos_in_stream or 0)
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return _ended_early(source, offset, end, expected(accepted))
    if source.text.startswith('"', start) and isinstance(error, UnexpectedCharacters):
        line_end = source.text.find("\n", start)
        span = Span(source, start, len(source.text) if line_end < 0 else line_end)
        return Diagnostic(
            "SEG0103", "text without its closing quote", span, label="starts here", help='end it with `"`'
        )
    if start > max(0, offset) and source.text[start - 1 : start + 1] in ("==", "=>", "=<", "<>"):
        start -= 1  # the first sign was taken for an operator
    if foreign := _foreign_name(source, start, offset):
        return foreign
    word = _word_at(source.text, start)
    if source.text[start : start + 2] in ("==", "=>", "=<", "<>"):
        word = source.text[start : start + 2]
    span = Span(source, start, start + len(word))
    if word == "}" and {"EXPECT", "CASE"} <= {*accepted}:
        at = Span(source, offset, offset + len(source.text[offset:].partition("\n")[0].partition("{")[0].rstrip()))
        return Diagnostic(
            "SEG0513", "this test expects nothing", at, help="add a line such as `expect acme in motion.save`"
        )
    if word == "}" and "OTHERWISE" in accepted and "SEGMENT" in accepted:
        help = "a segmentation ends with those whom no segment takes, as in `otherwise rest`"
        return Diagnostic("SEG0101", "this segmentation has no `otherwise`", span, label=expected(accepted), help=help)
    message = f"`{word}` can't stand here"
    if not word:
        blank = source.text[start]
        span = Span(source, start, start + 1)
        message = f"a blank of another kind can't stand here: U+{ord(blank):04X} {unicodedata.name(blank, '')}".rstrip()
    return Diagnostic("SEG0101", message, span, label=expected(accepted), help=_advice(source.text, start, word))


def _advice(text: str, start: int, word: str) -> str:
    near = difflib.get_close_matches(word, DECLARATIONS, n=1, cutoff=0.75)
    if near and word not in DECLARATIONS and text[:start].rpartition("\n")[2].strip() == "":
        return f"did you mean `{near[0]}`?"
    after = re.compile(r"\s*(?::|[=<>!]+)").match(text, start + len(word))
    if word in RESERVED and after:
        return f"`{word}` is a word of the language; a field of that name must be renamed"
    return ""


def _ended_early(source: Source, offset: int, end: int, label: str) -> Diagnostic:
    text = source.text[max(0, offset) : end].rstrip()
    place = max(0, max(0, offset) + len(text) - 1)
    opened = text.count("{") > text.count("}")
    help = "a `{` above has no `}`" if opened else ""
    head = Span(source, offset, offset + len(text.partition("\n")[0].rstrip()))
    return Diagnostic(
        "SEG0101",
        f"this {'condition' if offset < 0 else 'declaration'} isn't finished",
        Span(source, place, place + 1),
        label=label,
        help=help,
        related=((head, "it starts here"),) if "\n" in text else (),
    )


def _word_at(text: str, start: int) -> str:
    match = re.compile(r"\w+['’](?:t|s|ve|re|ll|d|m)\b|\w+|\S", re.UNICODE).match(text, start)
    return match[0] if match else ""


def _foreign_name(source: Source, start: int, offset: int) -> Diagnostic | None:
    """A word with letters that no name has, whole, with the name that it may be; None for other words."""
    word = _word_at(source.text, start)
    letter = next((c for c in word if c.isalpha() and not c.isascii()), "")
    if not letter:
        return None
    begin = start
    while begin > max(0, offset) and (source.text[begin - 1].isalnum() or source.text[begin - 1] == "_"):
        begin -= 1
    span = Span(source, begin, start + len(word))
    name = plain(span.text).lower()
    meant = f": did you mean `{name}`? Text" if re.fullmatch(r"[a-z_]\w*", name) else "; text"
    help = f'names have the letters a to z, digits and `_`{meant} stands in double quotes: "{span.text}"'
    return Diagnostic("SEG0101", f"`{span.text}` can't stand here", span, label=f"no name has `{letter}`", help=help)


def expected(accepted: Collection[str]) -> str:
    """Says all that could stand at a place, likeliest first, as in ``expected a comparison such as `=`, `and` or `or` ``."""
    left, said = set(accepted) - (_MORE_CLAUSES if "KEEP_UNTIL" in accepted else set()), list[str]()
    for members, needed, words in _GROUPS:
        if left >= {*needed.split()}:
            said.append(words)
            left -= {*members.split()}
    order = list(_WORDS)
    ranked = sorted(left, key=lambda n: (n in _LAST, order.index(n) if n in _WORDS else len(order), n))
    said += [in_words(name) for name in ranked]
    return f"expected {series(said, 'or')}" if said else ""


def in_words(terminal: str) -> str:
    """A terminal as people write it."""
    return _WORDS.get(terminal) or f"`{terminal.lower().replace('_', ' ')}`"
