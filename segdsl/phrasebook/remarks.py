"""Lines of a letter around rules, such as `Hi team, please add:` and `Thanks! Anna`: what is no rule stands behind `#`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from segdsl.phrasebook.tokens import Token, joined

NOTE = "what is no rule stands behind `#`"
_LETTER = re.compile(
    r"(?:hi|hello|hey|dear|hallo|liebe|lieber|bonjour|salut|hola|thanks|thank you|many thanks|thx|cheers|regards|kind regards|best regards"
    r"|best wishes|best|sincerely|merci|danke|vielen dank|viele grüße|viele grüsse|mfg|lg|gracias|saludos|cordialement|fyi|sent from"
    r"|please (?:add|create|see|find|set up|use)|as discussed|see (?:below|attached)|from|to|cc|bcc|subject|betreff|date|sent)\b[^={}]*",
    re.IGNORECASE,
)
_HEADING = re.compile(r"table ?\{[^{}:]*\|[^{}:]*\}|[A-Z][\w &/-]{0,40}:|-{3,}|={3,}|_{3,}")
"""A heading by itself, the names of a table's columns, or a line between parts."""


def set_aside(tokens: Sequence[Token]) -> tuple[list[Token], list[tuple[int, int]]]:
    """Tokens with the lines of a letter as comments, and from where to where each stood.

    Only lines at the margin, outside all brackets, are lines of a letter; a heading is one where nothing else is there.
    """
    done, found, depth = list[Token](), list[tuple[int, int]](), 0
    lines = [i for i, t in enumerate(tokens) if i == 0 or "\n" in t.gap]
    for begin, end in zip(lines, [*lines[1:], len(tokens)]):
        line = tokens[begin:end]
        text = " ".join(joined(line).split())
        is_alone = len(lines) == 1 and _HEADING.fullmatch(text) is not None
        if depth == 0 and line[0].kind == "word" and (_LETTER.fullmatch(text) or is_alone) and not _is_setting(line):
            start, stop = line[0].start, line[-1].end
            found.append((start, stop))
            done.append(replace(line[0], kind="comment", text=f"# {text}", start=start, end=stop))
        elif (at := _aside(line)) is not None:
            start, stop = line[at].start, line[-1].end
            found.append((start, stop))
            said = " ".join(joined(line[at + 1 :]).split())
            done += [*line[:at], replace(line[at], kind="comment", text=f"# {said}", start=start, end=stop)]
        else:
            done += line
        depth += sum((t.text in ("{", "(", "[")) - (t.text in ("}", ")", "]")) for t in line if t.kind == "sign")
    return done, found


_BEGINS_A_REMARK = {"nobody", "because", "these", "this", "that", "those", "we", "they", "it", "note"}


def _aside(line: Sequence[Token]) -> int | None:
    """Where a remark begins behind a dash, as in `none(logins in last 30 days) — nobody uses it`; None without."""
    at = next((i for i, t in enumerate(line) if t.text in ("—", "–") and i), None)
    if at is None or not line[at].gap or len(line) < at + 3:
        return None
    is_said = all(t.kind == "word" or t.text in (",", ".", "'", "’") for t in line[at + 1 :])
    return at if is_said and line[at + 1].lower in _BEGINS_A_REMARK else None


def _is_setting(line: Sequence[Token]) -> bool:
    """Tells whether a line may be a setting of a declaration: `from: account`, `to: users`."""
    return (
        len(line) < 5
        and len(line) > 2
        and line[1].text in (":", "=")
        and line[0].lower in ("from", "to", "date", "subject")
    )
