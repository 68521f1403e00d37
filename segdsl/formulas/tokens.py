"""Tokens of formulas: their quotes, names in brackets, patterns between slashes, numbers with currencies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from segdsl.formulas.called import CALLED, JOINED

Kind = Literal["word", "number", "date", "text", "pattern", "name", "sign", "end"]
_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*|--[ \t][^\n]*|/\*(?:[^*]|\*(?!/)){0,2000}+\*/)
    |(?P<text>[rRfFbB]?"(?:[^"\\\n]|\\.|"")*+"|[rRfFbB]?'(?:[^'\\\n]|\\.|'')*+'|[“”„«»][^“”„«»\n"]{0,500}+[“”„«»]|‘[^‘’\n]{0,500}+’)
    |(?P<name>`[^`\n]{1,80}`)
    |(?P<date>\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)?(?![\w-]))
    |(?P<number>(?:[$€£]\s?)?\d{1,40}(?:[\d_]{0,40})(?:,\d{3}(?![\d])){0,9}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,2})?\s?(?:%(?=\s*(?:[)<>=!,;:?*/+-]|and\b|or\b|then\b|else\b|AND\b|OR\b|\Z|\n))|[kKmM]\b)?(?!\w))
    |(?P<word>[^\W\d]\w*|\$[A-Z]{1,3}\$?\d{1,7}\b|\$[A-Z]{1,3}\b|[A-Z]{1,3}\$\d{1,7}\b)
    |(?P<sign>===|!==|<=>|@>|<@(?!\[)|\|>|<>|!=|==|<=|>=|=>|=<|&&|\|\||\?\?|\?\.|::|=~|!~\*|!~|~\*|\.\.\.|->>|->|\*\*|//|\S)""",
    re.VERBOSE,
)
_PATTERN = re.compile(r"/((?:[^/\\\n]|\\.){1,200}+)/([a-z]{0,4})")
_BEFORE_COMMAS = re.compile(r"[$€£]")
LONGEST = 3_000


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        return self.text.lower() if self.kind in ("word", "sign") else ""


def cut(text: str, start: int, end: int) -> list[Token]:
    """Cuts a text into tokens, the last of which is the end; nothing where there are too many."""
    tokens, at = list[Token](), start
    while match := _TOKEN.search(text, at, end):
        kind, begin, stop = match.lastgroup or "sign", match.start(), match.end()
        said = match[0]
        if kind == "number" and len(tokens) > 1 and tokens[-1].text == "=>" and not _is_arrow(tokens):
            tokens[-1] = replace(tokens[-1], text=">=")
        due = kind == "sign" and said in ("/", "//") and (not tokens or _before_operand(tokens[-1]))
        if due and (pattern := _PATTERN.match(text, begin, end)):
            kind, stop, said = "pattern", pattern.end(), pattern[0]
        if kind == "number" and "," in said and not _grouped(said, tokens):
            said = said[: said.index(",")]
            stop = begin + len(said)
        if kind == "number":
            blanks = len(said) - len(said.rstrip())
            stop, said = stop - blanks, said.rstrip()
        if kind == "text" and said[0] in "«»":
            said = said[0] + said[1:-1].strip() + said[-1]  # blanks beside guillemets are a custom of writing
        if kind != "comment":
            tokens.append(Token(kind, said, begin, stop))  # type: ignore[arg-type]  # the groups of _TOKEN
        at = stop
        if len(tokens) > LONGEST:
            return []
    tokens.append(Token("end", "", end, end))
    return _with_decimal_commas(_in_english(tokens))


THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")


def _in_english(tokens: list[Token]) -> list[Token]:
    """Beside a function by its name in another language, conditions are joined and thousands grouped as in that language."""
    calls = {i for i in range(len(tokens) - 1) if tokens[i + 1].lower == "(" and _is_foreign(tokens, i)}
    if not calls:
        return tokens
    found = list[Token]()
    for i, token in enumerate(tokens):
        last = found[-1] if found else token
        if token.lower in JOINED and found and _after_value(last) and not _is_call(tokens, i):
            found.append(Token("word", JOINED[token.lower], token.start, token.end))
        elif token.kind == "number" and THOUSANDS.fullmatch(token.text):
            found.append(Token("number", token.text.replace(".", "_"), token.start, token.end))
        elif (
            last.kind == token.kind == "number"
            and last is not token
            and re.fullmatch(r"\d{3}", token.text)
            and re.fullmatch(r"[1-9]\d{0,2}(?:_\d{3})*", last.text)
            and token.start == last.end + 1
        ):
            found[-1] = Token("number", f"{last.text}_{token.text}", last.start, token.end)
        else:
            found.append(token)
    return found


def _is_foreign(tokens: Sequence[Token], at: int) -> bool:
    """Tells whether the name that ends at a place is that of a function in another language."""
    begin = at
    while begin > 1 and tokens[begin - 1].lower == "." and tokens[begin - 2].kind == "word" and at - begin < 6:
        begin -= 2
    return tokens[at].kind == "word" and "".join(t.lower for t in tokens[begin : at + 1]) in CALLED


def _after_value(token: Token) -> bool:
    """Tells whether a value may end with a token, so that what follows joins it to another."""
    is_name = token.kind == "word" and token.lower not in ("and", "or", "not", "when", "where", "in", "then", "else")
    return is_name or token.kind in ("number", "text", "date", "name") or token.lower in (")", "]")


def _is_call(tokens: list[Token], at: int) -> bool:
    return tokens[at + 1].lower == "(" and tokens[at + 1].start == tokens[at].end


def is_localised(tokens: Sequence[Token]) -> bool:
    """Tells whether a formula is written for a country with decimal commas, by its functions' names or `;` between arguments."""
    calls = (i for i in range(len(tokens) - 1) if tokens[i + 1].lower == "(")
    return _has_semicolons(tokens) or any(_is_foreign(tokens, i) for i in calls)


def _has_semicolons(tokens: Sequence[Token]) -> bool:
    """Tells whether `;` stands between the arguments of a call; in braces it ends a row."""
    depth = braces = 0
    for token in tokens:
        depth += (token.lower == "(") - (token.lower == ")")
        braces += (token.lower == "{") - (token.lower == "}")
        if token.lower == ";" and depth > 0 and braces <= 0:
            return True
    return False


def _with_decimal_commas(tokens: list[Token]) -> list[Token]:
    """Where `;` stands between the arguments of a call, a comma stands before decimals: `SI(seat_use>=0,9;1;0)`."""
    if not _has_semicolons(tokens):
        return tokens
    joined = list[Token]()
    for token in tokens:
        whole, comma = joined[-2:] if len(joined) > 1 else (token, token)
        is_decimal = whole.kind == token.kind == "number" and comma.lower == "," and token.text.rstrip("%").isdigit()
        if is_decimal and whole.text.isdigit() and whole.end == comma.start and comma.end == token.start:
            joined[-2:] = [Token("number", f"{whole.text}.{token.text}", whole.start, token.end)]
        else:
            joined.append(token)
    return joined


def _is_arrow(tokens: Sequence[Token]) -> bool:
    """Tells whether the last token may be the arrow of a function, as in `tickets.map(t => 1)`."""
    return tokens[-2].text == ")" or (len(tokens) > 2 and tokens[-2].kind == "word" and tokens[-3].text in ("(", ","))


def _before_operand(token: Token) -> bool:
    return token.kind == "sign" and token.text not in (")", "]", "}", "%")


def _grouped(said: str, tokens: list[Token]) -> bool:
    """Tells whether the commas of a number group its thousands.

    They do behind a currency, and behind a comparison outside the arguments of a call; among these where what follows a
    comma begins with 0, as in `AND(arr >= 10,000, autopay)`, which no argument does.
    """
    depth = sum((t.text == "(") - (t.text == ")") for t in tokens[-400:] if t.kind == "sign")
    compared = bool(tokens) and tokens[-1].lower in ("=", "==", "!=", "<>", "<", ">", "<=", ">=")
    return bool(_BEFORE_COMMAS.match(said)) or (compared and (depth == 0 or ",0" in said))
