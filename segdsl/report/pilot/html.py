"""A pilot or a replay -> one HTML page: the verdict first, then what the plays did, whether it can be trusted, and what it doesn't say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segdsl.experiment.pilot.effect import Effect
from segdsl.experiment.pilot.holdouts import HeldOut
from segdsl.experiment.pilot.measures import Result
from segdsl.experiment.pilot.reconcile import Account
from segdsl.experiment.pilot.replay import CurvePoint
from segdsl.report.content import pilot_tables as tables
from segdsl.report.content.pilot import beside, checked, headline, limits, measured, of_held_out, points, with_another
from segdsl.report.content.pilot_in_words import in_words
from segdsl.report.layout import chart, page, verdict
from segdsl.report.layout.page import paragraphs, text, text_table
from segdsl.words import values


def render(results: Sequence[Result]) -> str:
    e = results[0].experiment
    return page.page(f"{e.name}: {e.title or results[0].kind}", (part for r in results for part in _parts(r)))


def _parts(r: Result) -> Iterator[str]:
    p = r.piloted
    yield verdict.section(p.verdict.word, headline(r))
    yield page.in_words(in_words(r))
    against = f"{text(r.candidate)} against {text(r.experiment.incumbent)}"
    yield f'<p class="dim">{against}, {r.kind}, as of {text(values.as_of(r.clock))}{text(with_another(r))}.</p>'
    if p.primary is not None:
        yield from _outcomes(r, p.primary)
    if r.looks:
        yield from _looks(r)
    if r.replayed is not None and len(r.replayed.curve) > 1:
        yield from _if_some_entered(r, r.replayed.curve)
    if p.cells is not None:
        yield text_table("By where they were and would be", *tables.cell_rows(r), right=(1,))
    yield paragraphs(beside(r))
    yield "<h2>Can it be trusted?</h2>" + verdict.ticks([(checked(c), c.ok) for c in p.checks])
    if r.account is not None:
        yield "<h2>Where each row ended</h2>"
        yield from _account(r.account)
    if r.held_out is not None:
        yield from _held_out(r, r.held_out)
    if lines := limits(r):
        yield "<h2>What this doesn't say</h2>" + paragraphs(lines)


def _outcomes(r: Result, primary: Effect) -> Iterator[str]:
    """All that are on the scale of the primary as a chart, and every one in a table."""
    p = r.piloted
    alike = [g for g in p.guardrails if g.effect.is_share == primary.is_share]
    drawn = [(measured(r.experiment.primary), *primary.good(r.experiment.primary.better))]
    drawn += [(measured(g.measure), *g.effect.good(g.measure.better)) for g in alike]
    yield "<h2>What the plays did</h2>"
    yield chart.intervals("difference of each outcome, better to the right", drawn, points(primary))
    yield text_table("Among those whose play differs", *tables.outcome_rows(r), right=(1, 2, 3))


def _looks(r: Result) -> Iterator[str]:
    better = r.experiment.primary.better
    drawn = [(f"look {n}", *look.effect.good(better)) for n, look in enumerate(r.looks, 1) if look.effect is not None]
    yield "<h2>Looks</h2>"
    if len(drawn) > 1:
        yield chart.intervals("difference at each look, better to the right", drawn, points(r.piloted.primary))
    yield text_table("What each look found", *tables.look_rows(r), right=(2, 3, 4))


def _if_some_entered(r: Result, curve: Sequence[CurvePoint]) -> Iterator[str]:
    words = "what changes per customer whose play differs, as cells enter one by one, better to the right"
    drawn = [(f"+ {c.cell}", c.estimate, c.low, c.high) for c in curve]
    yield "<h2>If only some entered</h2>"
    yield chart.intervals(words, drawn, points(r.piloted.primary))
    yield "<p>Cells enter whole, in the order of what half of the customers gained; measured on the other half.</p>"


def _held_out(r: Result, held_out: HeldOut) -> Iterator[str]:
    yield "<h2>All plays against none</h2>"
    heads, rows = tables.held_out_rows(r)
    if rows:
        yield text_table("Those held out, and all in an arm", heads, rows, right=(1, 2, 3, 4, 5))
    yield paragraphs(line.replace("`", "") for line in of_held_out(r))
    yield from _account(held_out.account)


def _account(account: Account) -> Iterator[str]:
    heads, rows = tables.account_rows(account)
    plain = [[cell.replace("`", "") for cell in row] for row in rows]
    yield text_table("Each row is in one line", heads, plain, right=tuple(range(1, 2 + len(account.groups))))
    yield paragraphs(line.replace("`", "") for line in account.data)
