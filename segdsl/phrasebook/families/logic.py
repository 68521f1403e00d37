"""Joining conditions: either … or, both … and, but not, unless, a semicolon between two."""

from __future__ import annotations

import itertools

from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row


def _last_semicolon(match: Match) -> str | None:
    """A semicolon at the end."""
    before, after = match.around.lower(match.start - 1), match.around.lower(match.end)
    ends = after in ("", "}", "play", "limit", "and", "or", ";", "otherwise", "segment", "select") or before in (
        "and",
        "or",
    )
    return "" if ends and not match.inside_call() else None


def _semicolon(match: Match) -> str | None:
    """A semicolon between two conditions."""
    return None if match.inside_call() else "and"


def _comma(match: Match) -> str | None:
    """A comma between two conditions."""
    after = match.around.lower(match.end)
    if match.inside_call() or _in_brackets(match) or after in ("", "}", "limit", "play"):
        return None
    return "" if after in ("and", "or") else "and"


def _in_brackets(match: Match) -> bool:
    depth = 0
    for at in range(match.start - 1, max(-1, match.start - 400), -1):
        lower = match.around.lower(at)
        if lower in ("(", "{", "when", "where"):
            if depth == 0:
                return lower == "(" or match.around.lower(at - 2) == "bands"
            depth -= lower in ("(", "{")
        depth += lower in (")", "}")
    return False


def _one_end(match: Match) -> str | None:
    """One `end` for a chain, where every `else if` had one of its own: as many are left as choices begin."""
    before = [match.around.lower(at) for at in range(match.start)]
    chained = sum(a == "else" and b == "if" for a, b in itertools.pairwise(before))
    needed = before.count("if") - chained - before.count("end")
    written = match.end - match.start
    return " ".join(["end"] * needed) if chained and 0 < needed < written <= needed + chained else None


FAMILY = Family(
    "Joining conditions",
    6,
    (
        row(
            "where",
            to=lambda m: "" if m.around.lower(m.start - 1) in ("", "when") else None,
            examples=(('where plan = "team"', 'plan = "team"'),),
        ),
        row(
            "either {a:condition} or {b:condition}",
            to="{a} or {b}",
            examples=(('either plan = "team" or seats > 10', 'plan = "team" or seats > 10'),),
            note="“either” isn't said",
        ),
        row(
            "both {a:condition} and {b:condition}",
            to="{a} and {b}",
            examples=(("both autopay and seats > 10", "autopay and seats > 10"),),
            note="“both” isn't said",
        ),
        row(
            "neither {a:value} nor {b:value}",
            to="not {a} and not {b}",
            note="“neither” is `not … and not …`",
            examples=(("neither autopay nor autopay", "not autopay and not autopay"),),
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
            "but_not/except/except_when/unless/excluding",
            to="and not",
            examples=(("seats > 10 but not autopay", "seats > 10 and not autopay"),),
            note="write `and not`",
        ),
        row(
            "but/as_well_as/plus/and_also/and_then/while/whereas",
            "and and",
            "and when",
            to="and",
            examples=(("seats > 10 but autopay", "seats > 10 and autopay"),),
            note="write `and`",
        ),
        row(
            "or_else/or_when",
            "or or",
            to="or",
            note="write `or`",
            examples=(("seats > 10 or when autopay", "seats > 10 or autopay"),),
        ),
        row(
            ";",
            to=_last_semicolon,
            note="no semicolon is needed",
            examples=(("seats > 10;", "seats > 10"),),
        ),
        row(
            ";",
            to=_semicolon,
            examples=(("seats > 10; autopay", "seats > 10 and autopay"),),
            note="two conditions are joined by `and`",
        ),
        row(
            ",",
            to=_comma,
            examples=(("seats > 10, autopay", "seats > 10 and autopay"),),
            note="two conditions are joined by `and`",
        ),
    ),
)
