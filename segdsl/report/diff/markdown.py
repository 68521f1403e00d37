"""What a change of rules means -> markdown for a pull request: the verdict first, no customer named."""

from __future__ import annotations

import re
from collections.abc import Sequence

from segdsl.compare.versions import Change, Difference, MoveGroup
from segdsl.report.content.diff import (
    FEW,
    because,
    count_shown,
    headline,
    play_change,
    possible_too,
    sizes_to_show,
    supposed,
)
from segdsl.report.content.figures import room
from segdsl.report.layout.markdown import code, folded, table, text
from segdsl.testing.customers.witness import Witness, shorten
from segdsl.words import values
from segdsl.words.plural import plural

MOST = 30


LONGEST = 50_000  # characters about rules: a comment takes 65,536 with all that stands around it


def render(difference: Difference, names_customers: bool) -> str:
    parts = [f"### {text(headline(difference, FEW))}\n"]
    if difference.clock:
        parts.append(f"As of {values.as_of(difference.clock)}. {supposed(difference)}".rstrip() + "\n")
    length, left_out = 0, 0
    for n, c in enumerate(difference.changed):
        section = _section(c, difference.money)
        length += len(section)
        if n == MOST or length > LONGEST:
            left_out = len(difference.changed) - n
            break
        parts.append(section)
    if left_out:
        parts.append(f"and {left_out} more\n")
    parts += [f"{code(p.name)}: {text(play_change(p))}\n" for p in difference.plays[:MOST]]
    if len(difference.plays) > MOST:
        parts.append(f"and {len(difference.plays) - MOST} more plays and channels\n")
    same = sum(c.status == "same meaning" for c in difference.changes)
    if same:
        parts.append(f"{same} other rule{'s keep their' if same != 1 else ' keeps its'} meaning.\n")
    if difference.loads:
        rows = [[text(x.play), count_shown(x.before), count_shown(x.after) + room(x)] for x in difference.loads[:MOST]]
        parts.append(table(("play", "before", "after"), rows, right=(1, 2)))
    return "\n".join(parts)


def _section(c: Change, money: str) -> str:
    words = re.split(r"`(\w+)`", c.verdict)  # an arm's name, in every other place
    verdict = "".join(code(word) if i % 2 else text(word) for i, word in enumerate(words))
    parts = [f"{code(c.rule)}: {verdict}\n"]
    if c.moves:
        parts += [*([_sizes(c)] if sizes_to_show(c) else []), _matrix(c, money)]
    if possible_too(c):
        parts.append(_made_up_folded(possible_too(c)))
    return "\n".join(parts)


def _sizes(c: Change) -> str:
    """`save` 1,222 → 1,319"""
    return ", ".join(f"{code(place)} {before} → {after}" for place, before, after in sizes_to_show(c)) + "\n"


def _made_up_folded(witnesses: Sequence[Witness]) -> str:
    lines = [line for w in witnesses for line in (f"# from {w.origin} to {w.goal}{w.when}", *shorten(w.lines))]
    return folded("made-up customers that would move too", lines)


def _matrix(c: Change, money: str) -> str:
    """From the largest group; small ones are told together, so that nobody can be picked out."""
    heads = ["from", "to", f"{text(plural(c.entity))}", *([text(money)] if money else []), "because"]
    rows = [
        [text(m.origin), text(m.goal), f"{m.count:,}", *([f"{m.worth:,.0f}"] if money else []), _why(m)]
        for m in c.moves[:MOST]
        if m.count >= FEW
    ]
    small = any(m.count < FEW for m in c.moves)
    other = f"| other | ways | fewer than {FEW} each |{' |' if money else ''} |\n" if small else ""
    return table(heads, rows, right=(2, 3) if money else (2,)) + other


def _why(m: MoveGroup) -> str:
    return "; ".join(_clause(clause) + ("" if n == m.count else f" ({n:,})") for clause, n in because(m))


def _clause(clause: str) -> str:
    """A clause in a cell of a table: no text of a rule leaves it."""
    return text(clause.replace("`", ""))
