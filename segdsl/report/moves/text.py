"""Who moved between two runs -> a terminal: of each rule each way with its causes, and some of its customers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import click

from segdsl.diagnostics import printable
from segdsl.ledger.moves import Move
from segdsl.ledger.store import Run
from segdsl.report.runs.text import written_as_of

SHOWN = 10  # customers of each move


def render(new: Run, old: Run | None, moves: Sequence[Move], rules: Sequence[str]) -> str:
    head = f"run {new.run_id}, as of {written_as_of(new)}"
    if old is None:
        return f"{head}\nthere is no run before it to compare with"
    lines = [head, f"since run {old.run_id}, as of {written_as_of(old)}"]
    for rule in (r for r in new.fingerprints if r in rules):
        lines += _rule(rule, new, old, [m for m in moves if m.rule == rule])
    return "\n".join(lines)


def _rule(rule: str, new: Run, old: Run, moves: Sequence[Move]) -> Iterator[str]:
    yield ""
    if rule not in old.fingerprints:
        yield f"{click.style(rule, bold=True)}   new since then"
        return
    changed = "" if old.fingerprints[rule] == new.fingerprints[rule] else ", the rule was changed"
    yield f"{click.style(rule, bold=True)}   {len(moves):,} moved{changed}"
    for (origin, goal), _ in Counter((m.origin, m.goal) for m in moves).most_common():
        yield from _way([m for m in moves if (m.origin, m.goal) == (origin, goal)])


def _way(moves: Sequence[Move]) -> Iterator[str]:
    """Those who moved from one place to another."""
    first, n = moves[0], len(moves)
    way = f"appeared in {first.goal}" if first.origin is None else f"{first.origin} → {first.goal or 'gone'}"
    causes = Counter(" and ".join(m.causes) or "cause not told" for m in moves)
    yield f"  {way}   {n:,}: {', '.join(f'{cause} {count:,}' for cause, count in causes.most_common())}"
    for m in moves[:SHOWN]:
        yield f"    {printable(m.entity_id)}" + (f"   {printable(m.clause)}" if m.clause else "")
    if n > SHOWN:
        yield f"    and {n - SHOWN:,} more (--format json lists all)"
