"""A candidate beside the incumbent -> a terminal: who would be elsewhere, the arms of both, and the load of each play."""

from __future__ import annotations

from collections.abc import Iterator

import click

from segdsl.compare.segmentations import Comparison
from segdsl.experiment.history.snapshot import Snapshot
from segdsl.report.content.backtest import described_rows, gained
from segdsl.report.content.figures import percent, room
from segdsl.report.layout.terminal import table
from segdsl.words import values
from segdsl.words.plural import plural


def render(comparison: Comparison, snapshot: Snapshot | None) -> str:
    lines = [*_lines(comparison), *(_measured(snapshot) if snapshot is not None else ())]
    return "\n".join(lines)


def _lines(c: Comparison) -> Iterator[str]:
    yield click.style(f"{c.incumbent} and {c.candidate}", bold=True) + f"   as of {values.as_of(c.clock)}"
    if not c.differ:
        yield f"nobody of {c.customers:,} {plural(c.entity)} would be elsewhere"
    else:
        worth = f", who hold {c.money} {c.worth:,.0f}" if c.worth else ""
        elsewhere = f"of {c.customers:,} {plural(c.entity)} {c.differ:,} would be elsewhere"
        yield f"{elsewhere}, {c.other_play:,} ({c.d:.1%}) with another play{worth}"
    yield ""
    if moves := _moves(c):
        yield table([c.incumbent, c.candidate, plural(c.entity), ""], moves, right=(2,))
        yield ""
    yield _arms(c)
    covered = [f"{n:,} by {name}" for n, name in zip(c.covered, (c.incumbent, c.candidate))]
    unplaced = f"who can't be placed: {c.unknown[0]:,} and {c.unknown[1]:,}"
    yield f"in an arm with a condition: {covered[0]}, {covered[1]}; {unplaced}"
    if c.adjusted_rand is not None:
        yield f"adjusted Rand index {c.adjusted_rand:.3f}: 1 were the same, 0 no more alike than by chance"
    yield from (f"  {load.play}: {load.before:,} → {load.after:,}{room(load)}" for load in c.loads)
    yield "these are counts of today: whether it is better only an experiment can tell"


def _moves(c: Comparison) -> list[list[str]]:
    """From the largest group."""
    ways = sorted(((way, n) for way, n in c.moves.items() if way[0] != way[1]), key=lambda m: (-m[1], m[0]))
    return [[*way, f"{n:,}", "; ".join(f"{clause} ({k:,})" for clause, k in c.reasons.get(way, ()))] for way, n in ways]


def _arms(c: Comparison) -> str:
    rows = [
        [a.name, f"{a.incumbent:,}", f"{a.candidate:,}", f"{a.both:,}", "" if a.jaccard is None else f"{a.jaccard:.2f}"]
        for a in c.arms
    ]
    return table(["", c.incumbent, c.candidate, "in both", "Jaccard"], rows, right=(1, 2, 3, 4))


def _measured(s: Snapshot) -> Iterator[str]:
    """How well each of the two goes with a condition of the same day."""
    j = s.judged
    yield ""
    if not j.is_shown:
        yield f"{s.measure}: {'; '.join(c.message for c in j.checks if not c.ok)}"
        return
    share = sum(o.observed * o.customers for o in j.origins) / j.customers
    yield click.style(s.measure, bold=True) + f"   {percent(share)} of {j.customers:,} {plural(s.entity)}"
    rows = [
        [x.rule, x.place, f"{x.customers:,}", percent(x.observed), f"{percent(x.low)} to {percent(x.high)}"]
        for x in j.segments
    ]
    yield table(["", "segment", plural(s.entity), "observed", ""], rows, right=(2, 3))
    yield table(*described_rows(s.names, s.described), right=(1, 2, 3, 4, 5, 6))
    limit = "one snapshot says what goes together, not what can be predicted. It never promotes."
    yield f"cross-fitted {gained(j)}, approximate: {limit}"
