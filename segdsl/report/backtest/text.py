"""A backtest -> a terminal: the verdict, the result in words, then what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segdsl.diagnostics import printable
from segdsl.experiment.history.backtest import Result
from segdsl.model.clock import day
from segdsl.report.content.backtest import described, headline, limits, periods, shares, units
from segdsl.report.content.backtest_in_words import in_words
from segdsl.report.content.figures import p_value, percent, room, small
from segdsl.report.layout import verdict
from segdsl.report.layout.terminal import table
from segdsl.words.plural import plural


def render(results: Sequence[Result]) -> str:
    return "\n\n".join("\n".join(_lines(r)) for r in results)


def in_short(r: Result) -> Iterator[str]:
    """What was asked, each origin in a line, the verdict and how much better."""
    e, j = r.experiment, r.judged
    yield f"{r.evidence}, {periods(r.design)}: {e.primary.outcome} by {e.incumbent}, and by {r.candidate}"
    for o in j.origins:
        yield f"  {day(o.as_of):>11}  {o.customers:,} {plural(e.entity)}, gain in skill {percent(o.gain / j.variance)}"
    yield verdict.styled(j.verdict.word, headline(r))
    yield from verdict.in_words([s for s in in_words(r) if s[0] == "how much"])


def _lines(r: Result) -> Iterator[str]:
    e, j = r.experiment, r.judged
    yield verdict.styled(j.verdict.word, headline(r))
    yield ""
    yield from verdict.in_words(in_words(r))
    yield ""
    yield f"  {e.name}, {r.evidence}, {periods(r.design)}, outcomes until {day(r.until)}"
    if j.is_shown:
        yield from _gain(r)
    yield ""
    yield from (f"  {'✓' if c.ok else '✗'} {c.name}: {printable(c.message)}" for c in j.checks)
    if not j.is_shown:
        return
    yield from (f"  {'✓' if held else '✗'} {name}" for name, held in j.needed)
    yield ""
    yield _origins(r)
    yield ""
    yield _segments(r)
    shrinks = ", ".join(f"{m:g}: {percent(g / j.variance)}" for m, g in j.by_shrink.items())
    yield f"gain for m = {shrinks}; right on average: {percent(j.recalibrated / j.variance)}"
    yield ""
    yield table(*described(r), right=(1, 2, 3, 4, 5, 6))
    if r.comparison is not None:
        c = r.comparison
        yield f"today {c.other_play:,} of {c.customers:,} {plural(c.entity)} would get another play"
        yield from (f"  {x.play}: {x.before:,} → {x.after:,}{room(x)}" for x in c.loads)
    yield ""
    yield from limits(r)


def _gain(r: Result) -> Iterator[str]:
    e, j = r.experiment, r.judged
    gain = f"{small(j.estimate.estimate)} ({small(j.estimate.low)} to {small(j.estimate.high)})"
    sure = f"{p_value(j.estimate.p)}, two-sided {percent(j.alpha)}, {j.estimate.method}"
    yield f"  {gain} less squared error per {e.entity}, {sure}"
    yield f"  {units(r)}, {percent(j.d)} with another play; registered {percent(j.detect / j.variance)}"


def _origins(r: Result) -> str:
    e, j, shown = r.experiment, r.judged, shares(r.judged)
    heads = ["as of", plural(e.entity), "another play", "observed", e.incumbent, r.candidate, "gain in skill"]
    rows = [
        [
            day(o.as_of),
            f"{o.customers:,}",
            f"{o.differ:,}",
            shown(o.observed),
            *map(shown, o.expected),
            percent(o.gain / j.variance),
        ]
        for o in j.origins
    ]
    return table(heads, rows, right=(1, 2, 3, 4, 5, 6))


def _segments(r: Result) -> str:
    shown = shares(r.judged)
    rows = [
        [
            s.rule,
            s.place,
            f"{s.customers:,}",
            shown(s.expected),
            shown(s.observed),
            f"{shown(s.low)} to {shown(s.high)}",
        ]
        for s in r.judged.segments
    ]
    return table(["", "segment", plural(r.experiment.entity), "predicted", "observed", ""], rows, right=(2, 3, 4))
