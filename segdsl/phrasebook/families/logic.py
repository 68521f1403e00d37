"""Joining conditions: either … or, both … and, but not, unless, a semicolon between two."""

from __future__ import annotations

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
            ";",
            to=_last_semicolon,
            note="no semicolon is needed",
            examples=(("seats > 10;", "seats > 10"),),
        ),
    ),
)
