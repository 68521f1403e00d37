"""Where conditions and values stand among the tokens of a declaration."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from segdsl.phrasebook.tokens import BEFORE_OPERANDS, Token

_BEGINS = {"when", "where", "having", "expect", "always", "never"}
_ENDS = {"limit", "keep", "stay", "play", "because", "segment", "arm", "otherwise", "undecided", "part", "cap"}
_ENDS_OF_PLAYS = {"merge", "suppress"}
_FIGURES_OF_PLAYS = {"cooldown", "capacity", "priority"}
"""Clauses that begin with a figure; where none is behind the word, it is a name."""
_NAMED_VALUES = {"metric", "outcome", "part"}
_ONE_VALUE = {"metric", "outcome"}
_BEFORE_NAMES = BEFORE_OPERANDS | {"if", "then", "else", "."}


def conditions(tokens: Sequence[Token]) -> list[bool]:
    """Tells for each token whether it stands in a condition or value, as after `when`, `keep until` or the `=` of a metric."""
    inside, braces, brackets = False, 0, 0
    answers = list[bool]()
    for i, token in enumerate(tokens):
        lower = token.lower if token.kind in ("word", "sign") else ""
        brackets = max(0, brackets + (lower == "(") - (lower == ")")) if inside else 0
        before = tokens[max(0, i - 8) : i]
        in_call = braces > 0 or (i > 0 and tokens[i - 1].lower in ("(", ",", ";", "in", "=", "!=", "<>", "=="))
        is_fixed = i + 1 < len(tokens) and tokens[i + 1].lower == "fixed"  # of Tableau
        if (
            inside
            and lower == "{"
            and (in_call or is_fixed or any(t.lower in ("bands", "switch", "match") for t in before))
        ):
            braces += 1
        elif inside and lower == "}" and braces:
            braces -= 1
        elif lower in ("{", "}") or (not (brackets and lower == "limit") and _ends(tokens, i, lower, braces)):
            inside = False
        elif lower == "expect" and tokens[0].lower == "test":
            inside = False  # the next thing that is expected
        answers.append(inside)
        begins = lower in _BEGINS or (lower == "=" and any(t.lower in _NAMED_VALUES for t in before[-6:]))
        begins = begins or (
            lower == "=" and tokens[0].lower == "segment" and not any(t.text == "{" for t in tokens[:i])
        )
        following = tokens[i + 1].lower if i + 1 < len(tokens) else ""
        keeps = lower == "until" and i > 0 and tokens[i - 1].lower == "keep" and following not in ("end", "the")
        inside = inside or begins or keeps
    return answers


def _ends(tokens: Sequence[Token], i: int, lower: str, braces: int) -> bool:
    """Tells whether a word ends the condition before it; where a name is due, it is a name."""
    if lower == "missing":
        return i + 1 < len(tokens) and tokens[i + 1].lower == "parts"
    if lower == "otherwise" and tokens[0].lower in _ONE_VALUE:
        return False  # `if … then … otherwise …`
    if lower in _FIGURES_OF_PLAYS or lower in ("only", "once"):
        following = tokens[i + 1] if i + 1 < len(tokens) else None
        begins = following is not None and (following.kind == "number" or following.lower in ("when", "per"))
        return begins and tokens[0].lower in ("play", "channel") and tokens[i - 1].lower not in _BEFORE_NAMES
    if lower in _ENDS_OF_PLAYS:
        return tokens[0].lower in ("play", "channel")
    if lower in ("segment", "arm") and i > 0 and "\n" not in tokens[i].gap and tokens[i - 1].text not in ("}", "{"):
        return False  # `is in the segment vips`
    return i > 0 and lower in _ENDS and tokens[i - 1].lower not in _BEFORE_NAMES and not braces


def clauses(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Returns from where to where each condition of a declaration stands in the text."""
    runs = groupby(zip(tokens, conditions(tokens)), key=lambda pair: pair[1])
    extents = [[token for token, _ in run] for inside, run in runs if inside]
    return [(run[0].start, run[-1].end) for run in extents]
