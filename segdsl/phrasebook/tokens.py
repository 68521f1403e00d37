"""Text as people write it elsewhere, cut into tokens: nothing is refused, and a token knows where it stood."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from segdsl.phrasebook.measures import COMPARED

Kind = Literal["word", "number", "amount", "date", "day", "text", "quoted", "blank", "sign", "remark", "comment"]
"""The kind of a token.

number, date, text, comment: as in the language.
amount: a number with a currency, with separators of thousands, or in thousands, as in $20,000 or 20k.
day: a date in another order, as in 01.11.2026.
quoted: a text in quotes of other kinds.
blank: a blank that isn't one in the language, such as one that doesn't break.
remark: a comment of SQL or of a programming language.
sign: an operator, a bracket, or any other character.
"""

_CURRENCY = r"(?:[$€£¥]|(?:USD|EUR|GBP)(?![A-Za-z_]))"
_FIGURE = r"\d(?:[\d_]|[.,'’\u00a0\u202f](?=\d)){0,40}"  # bounded, so that no run of figures is read over and over
_SCALE = r"(?:\s?(?:k|K|m|M|mn|mio|Mio|millions?|thousand|[Tt]ausend|Tsd|Millionen|mille|mil|millones)\b)"
_PARTS: tuple[tuple[Kind, str], ...] = (
    ("comment", r"\#[^\n]*"),
    ("remark", r"(?:--|//)(?=\s)[^\n]*|/\*(?:[^*]|\*(?!/)){0,2000}+\*/"),
    ("text", r'"(?:[^"\\\n]++|\\["\\nt])*+"'),
    ("word", r"[^\W\d]\w*n['’]t\b"),
    ("quoted", r"[“”„«»][^“”„«»\n\"]*[“”„«»]|‘[^‘’\n]*’|(?<!\w)'[^'\n]*'(?!\w)|(?<!\w)’[^’\n]*’(?!\w)"),
    ("date", r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)?(?![\w-])"),
    (
        "day",
        r"\d{1,2}(?P<by>[./-])\d{1,2}(?P=by)(?:\d{4}|\d{2})(?![\d./-]\d|\d|%)|\d{4}(?P<in>[./-])\d{1,2}(?P=in)\d{1,2}(?![\w-])",
    ),
    ("amount", rf"{_CURRENCY}\s?{_FIGURE}{_SCALE}?|{_FIGURE}{_SCALE}?\s?(?:{_CURRENCY}|dollars\b|euros?\b)"),
    ("amount", r"\d{1,40}(?:\.\d{1,40})?[eE][+-]?\d{1,3}\b"),
    (
        "amount",
        rf"\d(?:[\d_]|[.,](?=\d)){{0,40}}{_SCALE}(?!\s*:)|\d{{1,3}}(?:\.\d{{3}}){{1,9}},\d{{1,9}}(?![\d.,])|\d{{1,3}}(?:\.\d{{3}}){{2,9}}(?![\d.,])",
    ),
    ("number", r"\d[\d_]*(?:\.\d+)?%?(?!%)"),
    ("word", r"[^\W\d]\w*"),
    ("blank", r"[^\S \t\r\n]+"),
    ("sign", r"\f|<>|!=|==|<=|>=|=>|=<|&&|\|\||::|\.\.\.?|\S"),
)
_TOKEN = re.compile("|".join(f"(?P<part{i}>{pattern})" for i, (_, pattern) in enumerate(_PARTS)))
_COMMAS = r"\d{1,3}(?:,\d{3}){1,9}(?:\.\d{1,9})?"
_WITH_COMMAS = re.compile(_COMMAS + r"(?![\d,])")
_BEFORE_A_RANGE = re.compile(_COMMAS + r"(?=\s*(?:[-–—]|to\b)\s*[$€£]?\d)")
"""Thousands at the beginning of a range: `arr 25,000 – 100,000`."""
_BEFORE_A_CLAUSE = re.compile(_COMMAS + r"(?=,\s+[a-z])", re.IGNORECASE)
"""Thousands, and the comma before another clause: `arr >= 20,000, plan is team`, but not in a call."""
_BEFORE_AMOUNTS = {
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "<>",
    "==",
    "=>",
    "=<",
    "between",
    "than",
    "over",
    "under",
    "above",
    "below",
    "least",
    "most",
    "to",
    "from",
    "and",
    "of",
    "exceeds",
    "exceed",
    "exceeding",
    "totalling",
    "worth",
    "is",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A token with the blanks before it.

    `start` and `end` are where it stood in the text as written; for a token that was put in, those of what it stands for.
    """

    kind: Kind
    text: str
    gap: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        if self.kind == "word":
            return self.text.lower().replace("’", "'")
        return "'" if self.text == "’" else self.text


def cut(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Cuts a text into tokens."""
    end = len(text) if end is None else end
    tokens, before, depth = list[Token](), start, 0
    while match := _TOKEN.search(text, before, end):
        kind = _PARTS[int((match.lastgroup or "").removeprefix("part"))][0]
        at, stop = match.start(), match.end()
        ends_range = len(tokens) > 1 and tokens[-1].text in ("-", "–", "—") and tokens[-2].kind == "amount"
        if kind == "number" and not depth and (begins_range := _BEFORE_A_RANGE.match(text, at, end)):
            kind, stop = "amount", begins_range.end()
        elif kind == "number" and tokens and (tokens[-1].lower in _BEFORE_AMOUNTS or ends_range):
            with_commas = _WITH_COMMAS.match(text, at, end) or (
                None if depth else _BEFORE_A_CLAUSE.match(text, at, end)
            )
            kind, stop = ("amount", with_commas.end()) if with_commas else (kind, stop)
        said = _within_guillemets(text[at:stop]) if kind == "quoted" else text[at:stop]
        tokens.append(Token(kind, said, text[before:at], at, stop))
        depth += (said in ("(", "[")) - (said in (")", "]"))
        before = stop
    return tokens


def _within_guillemets(text: str) -> str:
    """`« FR »` as `«FR»`: blanks beside guillemets are a custom of writing, not of the text."""
    return text[0] + text[1:-1].strip() + text[-1] if text[0] in "«»" else text


def placed(tokens: Iterable[Token], start: int, end: int) -> list[Token]:
    """Tokens that stand for what was written from `start` to `end`."""
    return [replace(token, start=start, end=end) for token in tokens]


def spaced(tokens: Sequence[Token], gap: str) -> list[Token]:
    """The tokens with other blanks before the first."""
    return [replace(tokens[0], gap=gap), *tokens[1:]] if tokens else []


BEFORE_OPERANDS = frozenset(["when", "where", "having", "and", "or", "not", "(", ",", "=", "!=", "<", ">", "<=", ">="])
"""What stands before a name or a value, not after one."""
_WORDLIKE = {"word", "number", "amount", "date", "day", "text", "quoted"}


def before(tokens: Sequence[Token], i: int) -> str:
    """The blanks between a token and the one before it."""
    if i == 0:
        return ""
    last, token = tokens[i - 1], tokens[i]
    if last.kind == "comment" and "\n" not in token.gap:
        return "\n"
    if not token.gap and (token.text in COMPARED or last.text in COMPARED):
        return " "
    beside = last.kind in _WORDLIKE or last.text in (")", "}")
    return " " if beside and not token.gap and token.kind in _WORDLIKE else token.gap


def joined(tokens: Sequence[Token]) -> str:
    """The text of tokens, with their blanks; the blanks before the first are left out."""
    return "".join(before(tokens, i) + token.text for i, token in enumerate(tokens))


def on_one_line(tokens: Sequence[Token]) -> str:
    """The text of tokens without comments, for a message."""
    return " ".join(joined([t for t in tokens if t.kind != "comment"]).split())
