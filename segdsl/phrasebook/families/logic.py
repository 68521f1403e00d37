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
