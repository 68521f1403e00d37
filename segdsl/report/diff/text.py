"""What a change of rules means -> a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.compare.versions import Change, Difference, MoveGroup
from segdsl.diagnostics import printable
from segdsl.report.content.diff import headline, possible_too
from segdsl.report.content.figures import room
from segdsl.testing.customers.witness import shorten
from segdsl.words import values

_MARKS = {"added": "+", "removed": "−", "changed": "~", "same meaning": "="}


def render(difference: Difference, names_customers: bool) -> str:
    return "\n".join(map(printable, _lines(difference)))


def _lines(difference: Difference) -> Iterator[str]:
    yield headline(difference) + (f"   as of {values.as_of(difference.clock)}" if difference.clock else "")
    for c in difference.changed:
        yield ""
        yield f"{_MARKS[c.status]} {c.rule}: {c.verdict}".replace("`", "")
        width = max((len(f"{m.origin} → {m.goal}") for m in c.moves), default=0)
        for m in c.moves:
            way = f"{m.origin} → {m.goal}"
            worth = f"  {m.worth:>14,.0f}" if difference.money else ""
            yield f"    {way:<{width}}  {m.count:>8,}{worth}{_because(m)}".replace("`", "")
        if difference.clock and not c.moves:
            yield "    nobody moves"
        yield from _made_up(c)
    same = [c.rule for c in difference.changes if c.status == "same meaning"]
    if same:
        yield ""
        yield f"= {len(same)} with the same meaning: {', '.join(same)}"
    for load in difference.loads:
        yield f"  {load.play}: {load.before:,} → {load.after:,}{room(load)}"


def _because(m: MoveGroup) -> str:
    return "   " + "; ".join(text + ("" if n == m.count else f" ({n:,})") for text, n in m.reasons) if m.reasons else ""


def _made_up(c: Change) -> Iterator[str]:
    for w in possible_too(c):
        yield f"    for example (made up), from {w.origin} to {w.goal}{w.when}:"
        yield from (f"        {line}" for line in shorten(w.lines))
