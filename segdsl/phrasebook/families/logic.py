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
            ";",
            to=_last_semicolon,
            note="no semicolon is needed",
            examples=(("seats > 10;", "seats > 10"),),
        ),
    ),
)
