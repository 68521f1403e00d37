"""Joining conditions: either … or, both … and, but not, unless, a semicolon between two."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from segdsl.model.types import BOOLEAN
from segdsl.phrasebook.english.line import so_many_of
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row
from segdsl.phrasebook.slots import COMPARISONS
from segdsl.phrasebook.tokens import Token, joined


def _last_semicolon(match: Match) -> str | None:
    """A semicolon at the end."""
    before, after = match.around.lower(match.start - 1), match.around.lower(match.end)
    ends = after in ("", "}", "play", "limit", "and", "or", ";", "otherwise", "segment", "select") or before in (
        "and",
        "or",
    )
    return "" if ends and not match.inside_call() else None


def _one_end(match: Match) -> str | None:
    """One `end` for a chain, where every `else if` had one of its own: as many are left as choices begin."""
    before = [match.around.lower(at) for at in range(match.start)]
    chained = sum(a == "else" and b == "if" for a, b in itertools.pairwise(before))
    needed = before.count("if") - chained - before.count("end")
    written = match.end - match.start
    return " ".join(["end"] * needed) if chained and 0 < needed < written <= needed + chained else None


def _chain(match: Match) -> str | None:
    """`if A: x elif B: y else: z` of Python."""
    around, tokens = match.around, match.slots["x"]
    if around.lower(match.start - 1) not in ("=", "when", "(", ":"):
        return None
    parts, depth, after = list[str](), 0, True
    for i, token in enumerate(tokens):
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        if depth:
            parts.append(token.gap + token.text)
        elif token.lower in ("elif", "elsif", "elseif") or (
            token.lower == "else" and around.lower(match.start + 2 + i) == "if"
        ):
            parts.append(" else if" if token.lower != "else" else " else")
            after = False
        elif token.lower == "else":
            parts.append(" else")
            after = True
        elif token.text == ":" and i:
            parts.append("" if after and parts[-1].strip() == "else" else " then")
            after = True
        elif token.lower in ("then", "end"):
            return None
        else:
            parts.append(token.gap + token.text)
    line = "".join(parts)
    return f"if {' '.join(line.split())} end" if " else" in line and ":" in [t.text for t in tokens] else None


def _so_many_of(match: Match) -> str | None:
    """`at least 2 of (A, B, C)`: each pair of them."""
    count, items = match.text("n"), items_of(match, match.slots["b"][1:-1])
    return None if items is None else so_many_of(items, int(count) if count.isdigit() else 0)


def items_of(match: Match, inner: Sequence[Token]) -> list[str] | None:
    """Conditions with commas between them; None where one isn't a condition."""
    items, item, depth = list[str](), list[Token](), 0
    for token in [*inner, replace(inner[-1], kind="sign", text=",")] if inner else ():
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if depth == 0 and token.text in (",", ";"):
            item = item[1:] if item and item[0].lower in ("and", "or") else item
            if not item or not any(_compares(match, item)) or any(t.text in ("{", "}") for t in item):
                return None
            words = {t.lower for t in item}
            items.append(f"({joined(item).strip()})" if "or" in words or "and" in words else joined(item).strip())
            item = []
        else:
            item.append(token)
    return items


def _compares(match: Match, item: Sequence[Token]) -> Iterator[bool]:
    """Whether an item of a list is a condition, and no value."""
    names = match.around.names
    words = {t.lower for t in item if t.kind in ("word", "sign")}
    yield bool(words & {*COMPARISONS, "in", "is", "has", "between", "contains", "not"})
    yield item[0].lower in ("any", "none", "all") and len(item) > 1 and item[1].text == "("
    field = names.described("".join(t.text for t in item))
    yield field is not None and field.type == BOOLEAN


FAMILY = Family(
    "Joining conditions",
    6,
    (
        row(
            "at_least/any {n:number} of these/the_following? conditions/signs/criteria? :? {b:list}",
            "at_least/any {n:number} of these/the_following? conditions/signs/criteria? :? {b:bracketed}",
            "{n:number} or_more of these/the_following? conditions/signs/criteria? :? {b:list}",
            to=_so_many_of,
            sure=False,
            note="each pair of them, or each of so many, is written out",
            examples=(
                (
                    "at least 2 of (seats > 10, nps > 8, autopay)",
                    "(seats > 10 and nps > 8) or (seats > 10 and autopay) or (nps > 8 and autopay)",
                ),
            ),
        ),
        row(
            "where",
            to=lambda m: "" if m.around.lower(m.start - 1) in ("", "when") else None,
            examples=(('where plan = "team"', 'plan = "team"'),),
        ),
        row(
            "end end",
            "end end end",
            "end end end end",
            to=_one_end,
            examples=(
                (
                    "if seats > 9 then autopay else if seats > 5 then true else false end end",
                    "if seats > 9 then autopay else if seats > 5 then true else false end",
                ),
            ),
            note="a chain `if … else if … else … end` has one `end`",
        ),
        row(
            "if {x:everything}",
            to=_chain,
            note="a choice is `if … then … else … end`",
            where="anywhere",
            examples=(
                (
                    'metric size of account = if seats > 10: "large" elif seats > 5: "medium" else: "small"',
                    'metric size of account = if seats > 10 then "large" else if seats > 5 then "medium" else "small" end',
                ),
            ),
        ),
        row(
            "as_well_as/in_addition_to/together_with/along_with",
            to="and",
            note="two conditions are joined by `and`",
            examples=(('plan = "team" as well as autopay', 'plan = "team" and autopay'),),
        ),
        row(
            ";",
            to=_last_semicolon,
            note="no semicolon is needed",
            examples=(("seats > 10;", "seats > 10"),),
        ),
    ),
)
