"""What a change of rules means -> a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from segdsl.compare.versions import Change, Difference, MoveGroup, Size
from segdsl.diagnostics import printable
from segdsl.report.content.diff import headline, play_change, possible_too, supposed
from segdsl.report.content.figures import room
from segdsl.testing.customers.witness import shorten
from segdsl.words import values

_MARKS = {"added": "+", "removed": "−", "changed": "~", "same meaning": "="}


MOST_NAMES = 100  # customers of one move


def render(difference: Difference, names_customers: bool) -> str:
    return "\n".join(map(printable, _lines(difference, names_customers)))


def _lines(difference: Difference, names_customers: bool) -> Iterator[str]:
    yield headline(difference) + (f"   as of {values.as_of(difference.clock)}" if difference.clock else "")
    if how := supposed(difference):
        yield how
    for c in difference.changed:
        yield ""
        yield f"{_MARKS[c.status]} {c.rule}: {c.verdict}".replace("`", "")
        yield from _sizes(c)
        width = max((len(f"{m.origin} → {m.goal}") for m in c.moves), default=0)
        for m in c.moves:
            way = f"{m.origin} → {m.goal}"
            worth = f"  {m.worth:>14,.0f}" if difference.money else ""
            yield f"    {way:<{width}}  {m.count:>8,}{worth}{_because(m)}".replace("`", "")
            if names_customers:
                yield from _names(m)
        if difference.clock and not c.moves:
            yield "    nobody moves"
        yield from _made_up(c)
    for play in difference.plays:
        yield ""
        yield f"{_MARKS[play.status]} {play.name}: {play_change(play)}".replace("`", "")
    same = [c.rule for c in difference.changes if c.status == "same meaning"]
    if same:
        yield ""
        yield f"= {len(same)} with the same meaning: {', '.join(same)}"
    for load in difference.loads:
        yield f"  {load.play}: {load.before:,} → {load.after:,}{room(load)}"


def _sizes(c: Change) -> Iterator[str]:
    """Customers of each place before and after, where anybody moves: `save  1,222 → 1,319  +97`."""
    if not c.moves:
        return
    rows = [(s.place, *("–" if n is None else f"{n:,}" for n in (s.before, s.after)), _by(s)) for s in c.sizes]
    name, before, after, _ = (max(map(len, column), default=0) for column in zip(*rows))
    for place, then, now, by in rows:
        yield f"    {place:<{name}}  {then:>{before}} → {now:>{after}}  {by}".rstrip()
    yield ""


def _by(s: Size) -> str:
    change = (s.after or 0) - (s.before or 0)
    return f"{change:+,}".replace("-", "−") if change else ""


def _names(m: MoveGroup) -> Iterator[str]:
    """Customers of a move, wrapped; names of more than are read anyway are left to JSON."""
    for line in textwrap.wrap(", ".join(m.customers[:MOST_NAMES]), 92, break_long_words=False, break_on_hyphens=False):
        yield f"        {line}"
    if len(m.customers) > MOST_NAMES:
        yield f"        and {len(m.customers) - MOST_NAMES:,} more (--format json names all)"


def _because(m: MoveGroup) -> str:
    return "   " + "; ".join(text + ("" if n == m.count else f" ({n:,})") for text, n in m.reasons) if m.reasons else ""


def _made_up(c: Change) -> Iterator[str]:
    for w in possible_too(c):
        yield f"    for example (made up), from {w.origin} to {w.goal}{w.when}:"
        yield from (f"        {line}" for line in shorten(w.lines))
