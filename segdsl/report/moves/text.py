"""Who moved between two runs -> a terminal: of each rule each way with its causes, then its reasons with some of their customers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import click

from segdsl.diagnostics import printable
from segdsl.ledger.moves import Move
from segdsl.ledger.store import Run
from segdsl.report.run.text import would_be
from segdsl.report.runs.text import written_as_of

REASONS = 3  # of each way
CUSTOMERS = 5  # of each reason


def render(
    new: Run,
    old: Run | None,
    moves: Sequence[Move],
    rules: Sequence[str],
    elsewhere: Mapping[str, Mapping[tuple[str, str], int]],
) -> str:
    head = f"run {new.run_id}, as of {written_as_of(new)}"
    if old is None:
        return f"{head}\nthere is no run before it to compare with"
    lines = [head, f"since run {old.run_id}, as of {written_as_of(old)}"]
    for rule in (r for r in new.fingerprints if r in rules):
        lines += _rule(rule, new, old, [m for m in moves if m.rule == rule])
        lines += _elsewhere(elsewhere.get(rule, {}))
    return "\n".join(lines)


def _elsewhere(counts: Mapping[tuple[str, str], int]) -> Iterator[str]:
    """Those whom the data alone would have elsewhere, by place."""
    for place in dict.fromkeys(place for place, _ in counts):
        by_data = {arm: n for (own, arm), n in counts.items() if own == place}
        yield printable(f"  in {place}, {sum(by_data.values()):,} who by the data of that day {would_be(by_data)}")


def _rule(rule: str, new: Run, old: Run, moves: Sequence[Move]) -> Iterator[str]:
    yield ""
    if rule not in old.fingerprints:
        yield f"{click.style(rule, bold=True)}   new since then"
        return
    changed = "" if old.fingerprints[rule] == new.fingerprints[rule] else ", the rule was changed"
    yield f"{click.style(rule, bold=True)}   {len(moves):,} moved{changed}"
    yield from ways(moves)


def ways(moves: Sequence[Move]) -> Iterator[str]:
    """Moves of one rule by way, the commonest first."""
    for (origin, goal), _ in Counter((m.origin, m.goal) for m in moves).most_common():
        yield from _way([m for m in moves if (m.origin, m.goal) == (origin, goal)])


def _way(moves: Sequence[Move]) -> Iterator[str]:
    """Those who moved from one place to another."""
    first, n = moves[0], len(moves)
    way = f"appeared in {first.goal}" if first.origin is None else f"{first.origin} → {first.goal or 'gone'}"
    causes = Counter(" and ".join(m.causes) or "cause not told" for m in moves)
    told = "" if None in (first.origin, first.goal) else "   " + ", ".join(_counted(causes.most_common(), n))
    yield f"  {click.style(way, bold=True)}   {n:,}{told}"
    reasons = Counter(m.clause for m in moves).most_common()
    for clause, count in reasons[:REASONS]:
        own = [m.entity_id for m in moves if m.clause == clause]
        of = f"{count:,}: " if len(reasons) > 1 else ""
        yield from [f"    {of}{printable(clause)}"] if clause else [f"    {of}no clause of it changed"] if of else []
        yield click.style(f"      {', '.join(map(printable, own[:CUSTOMERS]))}{_more(count - CUSTOMERS)}", dim=True)
    if len(reasons) > REASONS:
        left = sum(count for _, count in reasons[REASONS:])
        yield f"    {left:,} for {len(reasons) - REASONS} other reasons (--format json lists all)"


def _counted(causes: Sequence[tuple[str, int]], n: int) -> Iterator[str]:
    """`time passed` of all of them, or of how many."""
    return (cause if count == n else f"{cause} {count:,}" for cause, count in causes)


def _more(n: int) -> str:
    return f" and {n:,} more" if n > 0 else ""
