"""What an experiment found, on a terminal: the verdict, what it rests on, what it doesn't say."""

from __future__ import annotations

from collections.abc import Iterator

import click

from segdsl.cli import _shared as shared
from segdsl.diagnostics import printable
from segdsl.experiment.backtest import Result
from segdsl.model.clock import day
from segdsl.report.diff import room
from segdsl.report.experiment import limits, p_value, percent, periods, sentence, shares, small

_HUES = {"PROMOTE": "green", "PROMOTE TO PILOT": "green", "INVALID": "red"}


def as_text(r: Result) -> Iterator[str]:
    """Lines; the first is the verdict."""
    e, j = r.experiment, r.judged
    shown = shares(j)
    yield click.style(j.verdict.word, fg=_HUES.get(j.verdict.word, "yellow"), bold=True) + f": {printable(sentence(r))}"
    yield f"  {e.name}, {r.evidence}, {periods(e)}, outcomes until {day(r.until)}"
    if j.is_shown:
        yield (
            f"  {small(j.estimate.estimate)} ({small(j.estimate.low)} to {small(j.estimate.high)}) less squared error per {e.entity}, "
            f"{p_value(j.estimate.p)}, two-sided {percent(j.alpha)}, {j.estimate.method}"
        )  # fmt: skip
        yield f"  {j.customers:,} {e.entity}s, {j.estimate.clusters:,} independent, {percent(j.d)} with another play; wanted {percent(j.detect / j.variance)}"
    yield ""
    yield from (f"  {'✓' if c.ok else '✗'} {c.name}: {printable(c.said)}" for c in j.checks)
    if not j.is_shown:
        return
    yield from (f"  {'✓' if held else '✗'} {name}" for name, held in j.needed)
    yield ""
    yield shared.table(
        ["as of", f"{e.entity}s", "another play", "observed", e.incumbent, r.candidate, "gain in skill"],
        [
            [day(o.as_of), f"{o.customers:,}", f"{o.differ:,}", shown(o.observed), shown(o.expected[0]), shown(o.expected[1]), percent(o.gain / j.variance)]
            for o in j.origins
        ],
        right=(1, 2, 3, 4, 5, 6),
    )  # fmt: skip
    yield ""
    yield shared.table(
        ["", "segment", f"{e.entity}s", "foretold", "observed", ""],
        [
            [s.rule, s.place, f"{s.customers:,}", shown(s.expected), shown(s.observed), f"{shown(s.low)} to {shown(s.high)}"]
            for s in j.segments
        ],
        right=(2, 3, 4),
    )  # fmt: skip
    yield f"gain for m = {', '.join(f'{m:g}: {percent(g / j.variance)}' for m, g in j.by_shrink.items())}; right on average: {percent(j.recalibrated / j.variance)}"
    if r.comparison is not None:
        c = r.comparison
        yield f"today {c.other_play:,} of {c.customers:,} {c.entity}s would get another play"
        yield from (f"  {x.play}: {x.before:,} → {x.after:,}{room(x)}" for x in c.loads)
    yield ""
    yield from limits(r)
