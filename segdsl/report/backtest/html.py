"""A backtest -> one HTML page: the verdict first, then validity, what differs, the gain, and what it doesn't say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segdsl.experiment.history.backtest import Result
from segdsl.model.clock import day
from segdsl.report.content.backtest import chance, described, headline, limits, periods, shares, smallest, units
from segdsl.report.content.backtest_in_words import in_words
from segdsl.report.content.figures import p_value, percent, small
from segdsl.report.layout import chart, page, verdict
from segdsl.report.layout.page import paragraphs, table, text, text_table
from segdsl.words.plural import plural


def render(results: Sequence[Result]) -> str:
    title = f"{results[0].experiment.name}: {results[0].experiment.title or 'experiment'}"
    return page.page(title, (part for r in results for part in _parts(r)))


def _parts(r: Result) -> Iterator[str]:
    e, j = r.experiment, r.judged
    yield verdict.section(j.verdict.word, headline(r))
    yield page.in_words(in_words(r))
    against = f"{text(r.candidate)} against {text(e.incumbent)}"
    yield f'<p class="dim">{against}, {r.evidence}, {periods(r.design)}; outcomes until {day(r.until)}.</p>'
    if j.is_shown:
        yield from _gain(r)
    yield "<h2>Can it be trusted?</h2>" + verdict.ticks([(f"{c.name}: {c.message}", c.ok) for c in j.checks])
    if not j.is_shown:
        return
    yield "<h2>What an improvement has to show</h2>" + verdict.ticks(j.needed)
    yield _sensitivity(r)
    yield from _segments(r)
    yield text_table("Figures that decide nothing", *described(r), right=(1, 2, 3, 4, 5, 6))
    yield from _moves(r)
    if (x := j.expected) is not None:
        power = f"{chance(x)}; {smallest(x, float(e.power), e.entity)}"
        yield f"<h2>Power</h2><p>Before anything of this had happened: {text(power)}.</p>"
    yield "<h2>What this doesn't say</h2>" + paragraphs(limits(r))


def _sensitivity(r: Result) -> str:
    j = r.judged
    shrinks = ", ".join(f"m = {m:g}: {percent(g / j.variance)}" for m, g in j.by_shrink.items())
    return (
        f'<p class="dim">Gain in skill by how much small segments are drawn to the average: {shrinks}; '
        f"with both right on average: {percent(j.recalibrated / j.variance)}.</p>"
    )


def _gain(r: Result) -> Iterator[str]:
    e, j = r.experiment, r.judged
    v, shown = j.variance, shares(j)
    rows = [(day(o.as_of), o.gain / v, o.low / v, o.high / v) for o in j.origins]
    rows.append(("together", *j.skill))
    yield f"<h2>How much better {text(e.primary.outcome)} is predicted</h2>"
    words = f"gain in skill at each origin and together: {percent(j.skill[0])}"
    yield chart.intervals(words, rows, percent, j.detect / v)
    yield _squared_error(r)
    heads = [
        "as of",
        plural(e.entity),
        "another play",
        "observed",
        f"predicted by {e.incumbent}",
        f"by {r.candidate}",
        "gain in skill",
    ]
    cells = [
        [
            f'<span class="date">{day(o.as_of)}</span>',
            f"{o.customers:,}",
            f"{o.differ:,}",
            shown(o.observed),
            *map(shown, o.expected),
            percent(o.gain / v),
        ]
        for o in j.origins
    ]
    yield table("Each origin: rates learned before, judged by what came after", heads, cells, right=(1, 2, 3, 4, 5, 6))


def _squared_error(r: Result) -> str:
    e, j = r.experiment, r.judged
    gain = f"{small(j.estimate.estimate)} ({small(j.estimate.low)} to {small(j.estimate.high)})"
    return (
        "<p>Gain in skill: the share of what can't be predicted without any segmentation that "
        f"{text(r.candidate)} predicts beyond {text(e.incumbent)}. "
        f"{gain} less squared error per {text(e.entity)}, {p_value(j.estimate.p)}, two-sided {percent(j.alpha)}; "
        f"{text(units(r))}, {percent(j.d)} with another play.</p>"
    )


def _segments(r: Result) -> Iterator[str]:
    e, j = r.experiment, r.judged
    yield "<h2>Each segment: predicted and observed</h2>"
    rows = [(s.place, s.rule == r.candidate, s.expected, s.observed, s.low, s.high) for s in j.segments]
    shown = shares(j)
    yield chart.calibration("what the rate of each segment predicted against what was observed", rows, shown)
    legend = f"○ {text(e.incumbent)} · ● {text(r.candidate)}."
    yield f'<p class="dim">{legend} Rates that lie further apart tell customers apart better.</p>'
    cells = [
        [
            text(s.rule),
            text(s.place),
            f"{s.customers:,}",
            shown(s.expected),
            shown(s.observed),
            f"{shown(s.low)} to {shown(s.high)}",
        ]
        for s in j.segments
    ]
    yield table("", ["", "segment", plural(e.entity), "predicted", "observed", "interval"], cells, right=(2, 3, 4, 5))


def _moves(r: Result) -> Iterator[str]:
    c, e = r.comparison, r.experiment
    if c is None:
        return
    inside = {p: n for p, n in c.moves.items() if p != ("out", "out")}
    left = list(dict.fromkeys([*(a.name for a in c.arms), *(a for a, _ in inside)]))
    right = list(dict.fromkeys([*(a.name for a in c.arms), *(b for _, b in inside)]))
    left, right = (
        [n for n in left if any(a == n for a, _ in inside)],
        [n for n in right if any(b == n for _, b in inside)],
    )
    yield f"<h2>What differs today</h2>\n<p>{c.other_play:,} of {c.customers:,} {text(plural(e.entity))} would get another play.</p>"
    yield chart.flow(f"who is where by {c.incumbent}, and by {c.candidate}", inside, left, right)
    rows = []
    for x in c.loads:
        after = f'<span class="warn">{x.after:,} ✗</span>' if x.is_over else f"{x.after:,}"
        rows.append([text(x.play), f"{x.before:,}", after, "" if x.capacity is None else f"{x.capacity:,}"])
    if rows:
        yield table("How many get each play", ["play", c.incumbent, c.candidate, "room for"], rows, right=(1, 2, 3))
