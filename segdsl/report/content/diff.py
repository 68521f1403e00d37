"""What a change of rules says -> its headline, and which groups are too small to be shown."""

from __future__ import annotations

from collections import Counter

from segdsl.compare.plays import PlayChange
from segdsl.compare.versions import Change, Difference, MoveGroup
from segdsl.diagnostics import series
from segdsl.testing.customers.witness import Witness
from segdsl.words import values
from segdsl.words.plural import plural

FEW = 5  # a group below it isn't shown in a comment


def headline(difference: Difference, few: int = 0) -> str:
    """`2 rules change · 131 accounts move · arr, USD 2,100,000`; fewer than `few` aren't counted."""
    n = len(difference.changed)
    of_plays = _plays_change(difference)
    if not n:
        return f"no rule changes its meaning{f' · {of_plays}' if of_plays else ''}"
    parts = [f"{n} rule{'s' if n != 1 else ''} change{'s' if n == 1 else ''}"]
    parts = [" · ".join(part for part in (*parts, of_plays) if part)]
    if difference.clock is None:
        return f"{parts[0]}; without data only possible moves are known"
    moved: dict[str, int] = {}
    for c in difference.changed:
        moved[c.entity] = moved.get(c.entity, 0) + c.moved
    if not any(moved.values()):
        return f"{parts[0]} · nobody moves"
    if sum(moved.values()) < few:
        return f"{parts[0]} · fewer than {few} customers move"
    parts += [f"{m:,} {plural(entity, m)} move{'s' if m == 1 else ''}" for entity, m in moved.items()]
    worth = sum(c.worth for c in difference.changes)
    return " · ".join([*parts, *([f"{difference.money} {worth:,.0f}"] if difference.money else [])])


def _plays_change(difference: Difference) -> str:
    """`2 plays and 1 channel change`; "" where none does."""
    counts = Counter(c.kind for c in difference.plays)
    named = [f"{n} {kind}{'s' if n != 1 else ''}" for kind, n in counts.items()]
    return f"{series(named)} change{'s' if counts.total() == 1 else ''}" if named else ""


def play_change(change: PlayChange) -> str:
    """How a play, channel or holdout changes, as a sentence without its name: `changes: cooldown: 30 days → 14 days`."""
    if change.status != "changed":
        return f"{change.kind} {change.status}"
    return f"{change.kind} changed: {'; '.join(change.parts)}"


def supposed(difference: Difference) -> str:
    """How both versions are supposed to have been run, as a sentence; "" where the runs are those that are recorded."""
    if difference.as_if_run is None:
        return ""
    runs = difference.as_if_run
    return (
        f"As if each version had been run {runs.every} since {values.day(runs.since)}, with nobody in any arm before."
    )


def possible_too(c: Change) -> list[Witness]:
    """Those who go where no customer of the data goes."""
    real = {(m.origin, m.goal) for m in c.moves}
    return [w for w in c.witnesses if (w.origin, w.goal) not in real]


def count_shown(n: int) -> str:
    return f"{n:,}" if n >= FEW or not n else f"fewer than {FEW}"


def because(m: MoveGroup) -> list[tuple[str, int]]:
    """The clauses that see to it; of one that holds for few of the group nothing is said."""
    return [(text, n) for text, n in m.reasons if n >= FEW]


def sizes_to_show(c: Change) -> list[tuple[str, str, str]]:
    """(place, before, after) of the places that at least `FEW` came to or left."""
    changed = [s for s in c.sizes if abs((s.after or 0) - (s.before or 0)) >= FEW]
    return [(s.place, _size(s.before), _size(s.after)) for s in changed]


def _size(n: int | None) -> str:
    """`–` where that version has no such place."""
    return "–" if n is None else count_shown(n)
