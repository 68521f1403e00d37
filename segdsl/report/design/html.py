"""What an experiment could find -> one HTML page with its curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from segdsl.experiment.history.expected import Expected
from segdsl.experiment.planning.plan import PilotPlan, Plan
from segdsl.experiment.shared.decide import LEAST_POWER
from segdsl.model.clock import day
from segdsl.report.content.backtest import chance, smallest
from segdsl.report.content.design import (
    ahead_rows,
    chance_of,
    entering_rows,
    guardrails_too,
    loose,
    newcomers,
    reach_rows,
    size_shown,
)
from segdsl.report.content.figures import percent, small
from segdsl.report.content.pilot import margin
from segdsl.report.layout import chart, verdict
from segdsl.report.layout.page import page, text, text_table
from segdsl.words.plural import plural


def render(plans: Sequence[Plan]) -> str:
    e = plans[0].experiment
    return page(f"{e.name}: what it could find", (part for p in plans for part in _parts(p)))


def _parts(p: Plan) -> Iterator[str]:
    against = f"{text(p.candidate)} against {text(p.experiment.incumbent)}"
    yield f'<p class="dim">{against}, by what is known before its outcomes are looked at.</p>'
    bad = [c for c in p.checks if not c.ok]
    yield from (verdict.section("INVALID", f"{c.name}: {c.message}") for c in bad)
    if bad:
        return
    if p.backtest is not None:
        yield from _backtest(p, p.backtest)
    if p.pilot is None:
        yield "<h2>A pilot</h2><p>Nobody's play would differ, so there is nothing to try out.</p>"
    else:
        yield from _pilot(p, p.pilot)


def _backtest(p: Plan, x: Expected) -> Iterator[str]:
    e = p.experiment
    power, own = float(e.power), len(x.customers)
    usual = sum(x.customers) / own
    by_origins = {
        k: replace(x, customers=(round(usual),) * k if k != own else x.customers) for k in sorted({3, 4, 5, own})
    }
    top = max(2 * x.detect, 1.5 * max((of.least(power) or 0.0) for of in by_origins.values()))
    sizes = [top * i / 24 for i in range(25)]
    lines = [(f"{k} origins", k == own, [(g, of.power(g)) for g in sizes]) for k, of in by_origins.items() if k > 1]
    word = "NOT ANSWERABLE: " if x.answerable < LEAST_POWER else ""
    yield f"<h2>The backtest</h2><p>{word}{_sentence(f'{chance(x)}; {smallest(x, power, e.entity)}')}.</p>"
    yield chart.curves(
        f"the chance of a verdict for {p.candidate}, by its gain in skill and by origins",
        lines,
        "gain in skill",
        percent,
        [(x.detect, "registered")],
        power,
    )
    yield text_table("The smallest gain in skill that is found", *reach_rows(p), right=(1, 2, 3))


def _pilot(p: Plan, q: PilotPlan) -> Iterator[str]:
    e = p.experiment
    rate = percent(q.outcome) if q.is_share else small(q.outcome)
    yield (
        f"<h2>{'The' if q.detect is not None else 'A'} pilot</h2>"
        f"<p>{q.differ:,} of {q.customers:,} {text(plural(e.entity))} get another play ({percent(q.d)}); "
        f"{text(e.primary.outcome)} is {rate} among them since {day(q.window)}.</p>"
    )
    if p.too_long:
        yield f"<p>NOT ANSWERABLE: {text(p.too_long)}.</p>"
    if answer := _answer(p, q, rate):
        yield f"<p>{answer}.</p>"
    if any(row.curve for row in q.table):
        yield _curves(p, q)
    heads, rows = entering_rows(p)
    yield text_table("By weeks in which customers enter", heads, rows, right=range(1, len(heads)))
    yield f'<p class="dim">{_sentence(newcomers(p))}.</p>'
    if len(q.ahead) > 1:
        yield text_table("Look by look, as if outcomes came in evenly", *ahead_rows(p), right=(1, 2, 3))


def _answer(p: Plan, q: PilotPlan, rate: str) -> str:
    """Whether what is registered can be shown; "" where nothing is and something can be found."""
    e, shown = p.experiment, size_shown(q)
    word = "NOT ANSWERABLE: " if q.power is not None and q.power < LEAST_POWER else ""
    if q.detect is not None and q.power is not None:
        what = f"the registered {shown(q.detect)} among them ({shown(q.detect * q.d)} on the whole base)"
        if q.detect >= q.most:
            return f"{word}{_sentence(f'{what} is more than {rate} can change')}"
        return f"{word}{_sentence(f'{what} is found with a chance of {chance_of(q.power)}{guardrails_too(e)}')}"
    if q.is_loose:
        return f"NOT ANSWERABLE: {text(loose(e, q))}"
    if q.margin is not None and q.power is not None:
        worse = f"No worse by more than {text(margin(e, shown(q.margin)))} among them"
        return f"{word}{worse} is shown with a chance of {chance_of(q.power)} where both are alike"
    return "NOT ANSWERABLE: not even the largest change there can be is found" if q.least is None else ""


def _curves(p: Plan, q: PilotPlan) -> str:
    own = next((row.entering for row in q.table if row.units == q.units), q.table[0].entering)
    lines = [
        ("on one day" if not row.entering else f"{row.entering} weeks", row.entering == own, row.curve)
        for row in q.table
        if row.curve
    ]
    return chart.curves(
        f"the chance to be promoted, by the change of {p.experiment.primary.outcome} and by weeks of entering",
        lines,
        "change among those whose play differs",
        size_shown(q),
        [(q.of, "registered")] if q.detect is not None and q.detect < q.most else [],
        float(p.experiment.power),
    )


def _sentence(words: str) -> str:
    return text(words[0].upper() + words[1:])
