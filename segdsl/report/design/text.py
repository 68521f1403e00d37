"""What an experiment could find -> a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

import click

from segdsl.diagnostics import printable
from segdsl.experiment.history.power import curve
from segdsl.experiment.planning.plan import PilotPlan, Plan, is_too_small
from segdsl.experiment.shared.decide import LEAST_POWER
from segdsl.model.clock import day
from segdsl.model.experiment import Assigned, Backtest
from segdsl.report.content.backtest import ENOUGH_ORIGINS, chance, few_origins, periods, smallest
from segdsl.report.content.design import (
    ahead_rows,
    chance_of,
    entering_rows,
    guardrails_too,
    instead,
    loose,
    newcomers,
    reach_rows,
    size_shown,
)
from segdsl.report.content.figures import Table, percent, small
from segdsl.report.content.pilot import margin
from segdsl.report.layout.terminal import table
from segdsl.words.plural import plural


def render(plans: Sequence[Plan]) -> str:
    return "\n".join(line for p in plans for line in lines(p))


def lines(p: Plan) -> Iterator[str]:
    """What could be found, and what couldn't."""
    e = p.experiment
    match p.design:
        case Backtest():
            when, weeks, first = periods(p.design), "each watched for {} weeks", [*_backtest(p)]
        case Assigned():
            when, weeks, first = f"pilot from {day(p.design.starts)}", "{} weeks in all", []
        case _:
            assert_never(p.design)
    yield click.style(f"{p.candidate} against {e.incumbent}", bold=True) + f"   {e.name}, {when}"
    bad = [c for c in p.checks if not c.ok]
    yield from (f"  ✗ {c.name}: {printable(c.message)}" for c in bad)
    if bad:
        return
    yield from first
    if (q := p.pilot) is None:
        yield "  pilot: nobody's play would differ, so there is nothing to try out"
        return
    yield from _pilot(p, q, weeks)
    if is_too_small(q) and (lines := instead(e, q)):
        yield "    what so many can answer instead:"
        yield from (f"      {line}" for line in lines)


def _backtest(p: Plan) -> Iterator[str]:
    e, x = p.experiment, p.backtest
    if x is None:
        yield "  backtest: nothing happened before the first origin, so that nothing can be said beforehand"
        return
    said = f"{chance(x)}; {smallest(x, float(e.power), e.entity)}"
    if x.answerable < LEAST_POWER:
        said = f"NOT ANSWERABLE: {said}"
    elif x.chance(x.detect) < LEAST_POWER:
        said = f"{said}; before the first origin {p.candidate} showed enough more that it is worth a run"
    yield f"  backtest: {said}"
    yield _indented(reach_rows(p), right=(1, 2, 3))
    yield "    chance to find a gain of " + ", ".join(f"{percent(size)}: {power:.0%}" for size, power in curve(x))
    if len(x.customers) < ENOUGH_ORIGINS:
        yield f"    {few_origins(len(x.customers))}"


def _pilot(p: Plan, q: PilotPlan, weeks: str) -> Iterator[str]:
    e = p.experiment
    rate = percent(q.outcome) if q.is_share else small(q.outcome)
    another = f"{q.differ:,} of {q.customers:,} {plural(e.entity)} get another play ({percent(q.d)})"
    yield f"  pilot: {another}; {e.primary.outcome} is {rate} among them since {day(q.window)}"
    if p.too_long:
        yield f"    NOT ANSWERABLE: {p.too_long}"
    elif answer := _no_answer(p, q):
        yield f"    NOT ANSWERABLE: {answer}"
        return
    else:
        yield f"    {_smallest(p, q, weeks)}"
    if answer := _no_answer_to_registered(p, q, rate):
        yield f"    NOT ANSWERABLE: {answer}"
        return
    yield from (f"    {line}" for line in _registered(p, q))
    yield from (f"    {line}" for line in _needed(p, q))
    heads, _ = entering_rows(p)
    yield _indented(entering_rows(p), right=range(1, len(heads)))
    yield f"    {newcomers(p)}"
    if len(q.ahead) > 1:
        yield _indented(ahead_rows(p), right=(1, 2, 3))


def _no_answer(p: Plan, q: PilotPlan) -> str:
    """Why so few, or such an outcome, say nothing at all; "" where they may."""
    if q.units // q.arms < 2:
        return f"{q.units:,} for {q.arms} arms are too few: at least two of each are needed to see how much they differ"
    if q.least is None and not q.varies:
        return f"{p.experiment.primary.outcome} was the same for all of them, so nothing says how much chance does"
    return ""


def _smallest(p: Plan, q: PilotPlan, weeks: str) -> str:
    """What so many find, among how many and by what means."""
    e, shown = p.experiment, size_shown(q)
    power = 1 - (1 - float(e.power)) / (1 + len(e.guardrails))
    among = ", ".join([f"{q.units // q.arms:,} of them an arm", *_means(p, q), weeks.format(q.weeks)])
    if q.least is None:
        return f"NOT ANSWERABLE: {among}: not even the largest change there can be is found with {power:.0%}"
    base = f"{shown(q.least * q.d)} on the whole base"
    if e.primary.margin is not None:
        worse = f"no worse by more than {shown(q.least)} among them"
        return f"{among}: {worse} is shown with {power:.0%} where both are alike, {base}"
    return f"{among}: a change of {shown(q.least)} among them is found with {power:.0%}, {base}"


def _means(p: Plan, q: PilotPlan) -> Iterator[str]:
    if q.deff > 1:
        yield f"design effect {q.deff:.2f}"
    if q.rho**2 >= 0.01:
        yield f"{p.experiment.analysis.adjust} takes {percent(q.rho**2)} of the variance"
    if q.inflation > 1:
        any_day = f"{q.inflation_any_day:.2f} if any day could be one"
        yield f"{q.inflation:.2f} times as many for the looks ({any_day})"


def _no_answer_to_registered(p: Plan, q: PilotPlan, rate: str) -> str:
    """Why what is registered can't be asked; "" where it can."""
    e, shown = p.experiment, size_shown(q)
    if q.margin is not None and q.power is not None and q.margin <= 0:
        return f"{p.candidate}'s plays cost no less: nothing is saved that would pay for a loss"
    if q.margin is not None and q.power is not None and q.is_loose:
        return loose(e, q)
    if q.detect is not None and q.power is not None and q.detect >= q.most:
        size = f"{shown(q.detect)} among them ({shown(q.detect * q.d)} on the whole base)"
        return f"the registered {size} is more than {rate} can change"
    return ""


def _registered(p: Plan, q: PilotPlan) -> Iterator[str]:
    """The chance to show what is registered."""
    if q.power is None:
        return
    e, shown = p.experiment, size_shown(q)
    word = "NOT ANSWERABLE: " if q.power < LEAST_POWER else ""
    if q.margin is not None:
        worse = (
            f"no worse by more than {margin(e, shown(q.margin))} among them, {shown(q.margin * q.d)} on the whole base"
        )
        yield f"{word}{worse}, is shown with a chance of {chance_of(q.power)} where both are alike"
    if q.detect is not None:
        size = f"{shown(q.detect)} among them ({shown(q.detect * q.d)} on the whole base)"
        yield f"{word}the registered {size} is found with a chance of {chance_of(q.power)}{guardrails_too(e)}"


def _needed(p: Plan, q: PilotPlan) -> Iterator[str]:
    for name, n in q.needed.items():
        more = f", {n - q.units:,} more than there are" if n > q.units else ""
        yield f"{name} needs {n:,} {plural(p.experiment.entity)} in all arms together{more}"


def _indented(content: Table, right: Sequence[int]) -> str:
    heads, rows = content
    return table([f"    {heads[0]}", *heads[1:]], [[f"    {row[0]}", *row[1:]] for row in rows], right)
