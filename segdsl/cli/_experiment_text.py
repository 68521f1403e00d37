"""What an experiment found, on a terminal: the verdict, what it rests on, what it doesn't say."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import assert_never

import click

from segdsl.cli import _shared as shared
from segdsl.diagnostics import printable
from segdsl.experiment.history.backtest import Result
from segdsl.experiment.history.power import curve
from segdsl.experiment.pilot.assign import AssignmentResult, sizes
from segdsl.experiment.pilot.measures import Result as Pilot
from segdsl.experiment.planning.plan import PilotPlan, Plan, is_too_small
from segdsl.experiment.shared import exposure
from segdsl.experiment.shared.decide import LEAST_POWER
from segdsl.model.clock import day
from segdsl.model.experiment import Assigned, Backtest
from segdsl.report import pilot
from segdsl.report.design import (
    ahead_rows,
    chance_of,
    entering_rows,
    guardrails_too,
    loose,
    newcomers,
    reach_rows,
    size_shown,
)
from segdsl.report.diff import room
from segdsl.report.experiment import (
    ENOUGH_ORIGINS,
    chance,
    described,
    few_origins,
    headline,
    limits,
    p_value,
    percent,
    periods,
    shares,
    small,
    smallest,
    units,
)
from segdsl.report.in_words import instead, of_backtest
from segdsl.report.markdown import Said
from segdsl.report.pilot import margin
from segdsl.words import values

WIDTH = 110  # columns that a sentence is wrapped to
_HUES = {"PROMOTE": "green", "PROMOTE TO PILOT": "green", "INVALID": "red"}


def verdict(r: Result) -> str:
    word = r.judged.verdict.word
    return click.style(word, fg=_HUES.get(word, "yellow"), bold=True) + f": {printable(headline(r))}"


def in_words(said: Said) -> Iterator[str]:
    """A label and what is said under it, wrapped beside it."""
    for label, words in said:
        first, *more = textwrap.wrap(printable(words), WIDTH - 12, break_on_hyphens=False, break_long_words=False)
        yield f"  {click.style(f'{label:<10}', dim=True)}{first}"
        yield from (f"{'':12}{line}" for line in more)


def in_short(r: Result) -> Iterator[str]:
    """What was asked, each origin in a line, the verdict and how much better."""
    e, j = r.experiment, r.judged
    yield f"{r.evidence}, {periods(r.design)}: {e.primary.outcome} by {e.incumbent}, and by {r.candidate}"
    for o in j.origins:
        yield f"  {day(o.as_of):>11}  {o.customers:,} {e.entity}s, gain in skill {percent(o.gain / j.variance)}"
    yield verdict(r)
    yield from in_words([s for s in of_backtest(r) if s[0] == "how much"])


def as_text(r: Result, said: Said) -> Iterator[str]:
    """Lines: the verdict, the result in words, then what it rests on."""
    e, j = r.experiment, r.judged
    shown = shares(j)
    yield verdict(r)
    yield ""
    yield from in_words(said)
    yield ""
    yield f"  {e.name}, {r.evidence}, {periods(r.design)}, outcomes until {day(r.until)}"
    if j.is_shown:
        yield (
            f"  {small(j.estimate.estimate)} ({small(j.estimate.low)} to {small(j.estimate.high)}) less squared error per {e.entity}, "
            f"{p_value(j.estimate.p)}, two-sided {percent(j.alpha)}, {j.estimate.method}"
        )  # fmt: skip
        yield f"  {units(r)}, {percent(j.d)} with another play; registered {percent(j.detect / j.variance)}"
    yield ""
    yield from (f"  {'✓' if c.ok else '✗'} {c.name}: {printable(c.message)}" for c in j.checks)
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
    yield ""
    yield shared.table(*described(r), right=(1, 2, 3, 4, 5, 6))
    if r.comparison is not None:
        c = r.comparison
        yield f"today {c.other_play:,} of {c.customers:,} {c.entity}s would get another play"
        yield from (f"  {x.play}: {x.before:,} → {x.after:,}{room(x)}" for x in c.loads)
    yield ""
    yield from limits(r)


def of_plan(p: Plan) -> Iterator[str]:
    """What could be found, and what couldn't."""
    e = p.experiment
    match p.design:
        case Backtest():
            when, weeks, first = periods(p.design), "each watched for {} weeks", [*_of_backtest(p)]
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
    yield from _of_pilot(p, q, weeks)
    if is_too_small(q) and (lines := instead(e, q)):
        yield "    what so many can answer instead:"
        yield from (f"      {line}" for line in lines)


def _of_pilot(p: Plan, q: PilotPlan, weeks: str) -> Iterator[str]:
    e = p.experiment
    rate = percent(q.outcome) if q.is_share else small(q.outcome)
    yield f"  pilot: {q.differ:,} of {q.customers:,} {e.entity}s get another play ({percent(q.d)}); {e.primary.outcome} is {rate} among them since {day(q.window)}"
    among = (
        f"{q.units // q.arms:,} of them an arm"
        + (f", design effect {q.deff:.2f}" if q.deff > 1 else "")
        + (f", {e.analysis.adjust} takes {percent(q.rho**2)} of the variance" if q.rho**2 >= 0.01 else "")
        + (
            f", {q.inflation:.2f} times as many for the looks ({q.inflation_any_day:.2f} if any day could be one)"
            if q.inflation > 1
            else ""
        )
        + f", {weeks.format(q.weeks)}"
    )
    shown = size_shown(q)
    asked = 1 - (1 - float(e.power)) / (1 + len(e.guardrails))
    if p.too_long:
        yield f"    NOT ANSWERABLE: {p.too_long}"
    elif q.units // q.arms < 2:
        yield f"    NOT ANSWERABLE: {q.units:,} for {q.arms} arms are too few: at least two of each are needed to see how much they differ"
        return
    elif q.least is None and not q.varies:
        yield f"    NOT ANSWERABLE: {e.primary.outcome} was the same for all of them, so nothing says how much chance does"
        return
    elif q.least is None:
        yield f"    NOT ANSWERABLE: {among}: not even the largest change there can be is found with {asked:.0%}"
    elif e.primary.margin is not None:
        yield f"    {among}: no worse by more than {shown(q.least)} among them is shown with {asked:.0%} where both are alike, {shown(q.least * q.d)} on the whole base"
    else:
        yield f"    {among}: a change of {shown(q.least)} among them is found with {asked:.0%}, {shown(q.least * q.d)} on the whole base"
    if q.margin is not None and q.power is not None:
        word = "NOT ANSWERABLE: " if q.power < LEAST_POWER else ""
        if q.margin <= 0:
            yield f"    NOT ANSWERABLE: {p.candidate}'s plays cost no less: nothing is saved that would pay for a loss"
            return
        if q.is_loose:
            yield f"    NOT ANSWERABLE: {loose(e, q)}"
            return
        yield f"    {word}no worse by more than {margin(e, shown(q.margin))} among them, {shown(q.margin * q.d)} on the whole base, is shown with a chance of {chance_of(q.power)} where both are alike"
    if q.detect is not None and q.power is not None:
        word = "NOT ANSWERABLE: " if q.power < LEAST_POWER else ""
        if q.detect >= q.most:
            yield f"    NOT ANSWERABLE: the registered {shown(q.detect)} among them ({shown(q.detect * q.d)} on the whole base) is more than {rate} can change"
            return
        yield f"    {word}the registered {shown(q.detect)} among them ({shown(q.detect * q.d)} on the whole base) is found with a chance of {chance_of(q.power)}{guardrails_too(e)}"
    for name, n in q.needed.items():
        yield f"    {name} needs {n:,} {e.entity}s in all arms together" + (
            f", {n - q.units:,} more than there are" if n > q.units else ""
        )
    heads, rows = entering_rows(p)
    yield shared.table(
        [f"    {heads[0]}", *heads[1:]],
        [[f"    {row[0]}", *row[1:]] for row in rows],
        right=tuple(range(1, len(heads))),
    )
    yield f"    {newcomers(p)}"
    if len(q.ahead) > 1:
        heads, rows = ahead_rows(p)
        yield shared.table(
            [f"    {heads[0]}", *heads[1:]], [[f"    {row[0]}", *row[1:]] for row in rows], right=(1, 2, 3)
        )


def _of_backtest(p: Plan) -> Iterator[str]:
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
    heads, rows = reach_rows(p)
    yield shared.table([f"    {heads[0]}", *heads[1:]], [[f"    {row[0]}", *row[1:]] for row in rows], right=(1, 2, 3))
    yield "    chance to find a gain of " + ", ".join(f"{percent(size)}: {power:.0%}" for size, power in curve(x))
    if len(x.customers) < ENOUGH_ORIGINS:
        yield f"    {few_origins(len(x.customers))}"


def of_pilot(r: Pilot, said: Said) -> Iterator[str]:
    """Lines: the verdict, the result in words, then what it rests on."""
    p, e = r.piloted, r.experiment
    word = click.style(p.verdict.word, fg=_HUES.get(p.verdict.word, "yellow"), bold=True)
    yield f"{word}: {printable(pilot.headline(r))}"
    yield ""
    yield from in_words(said)
    yield ""
    yield f"  {e.name}, {r.kind}, as of {values.as_of(r.clock)}{pilot.with_another(r)}"
    if p.checks:
        yield ""
    yield from (
        f"  {'✓' if c.ok else '✗'} {c.name}: {printable(c.message)}"
        + (f", {pilot.tested(c.p)}" if c.p is not None else "")
        for c in p.checks
    )
    yield from (f"  {'✓' if held else '✗'} {name}" for name, held in p.needed)
    if p.primary is not None:
        yield ""
        yield shared.table(*pilot.outcome_rows(r), right=(1, 2, 3))
    if r.looks:
        yield ""
        yield shared.table(*pilot.look_rows(r), right=(0, 2, 3, 4))
    if p.cells is not None:
        yield ""
        heads, cells = pilot.cell_rows(r)
        yield shared.table(heads, [[printable(c) for c in row] for row in cells], right=(1,))
    if r.account is not None:
        yield ""
        heads, cells = pilot.account_rows(r.account)
        yield shared.table(heads, cells, right=tuple(range(1, 2 + len(r.account.groups))))
        yield from (f"  {printable(line)}" for line in r.account.data)
    if r.held_out is not None:
        yield ""
        heads, cells = pilot.held_out_rows(r)
        if cells:
            yield shared.table(heads, cells, right=(1, 2, 3, 4, 5))
        yield from (f"  {printable(line)}" for line in pilot.of_held_out(r))
        yield shared.table(*pilot.account_rows(r.held_out.account), right=(1, 2, 3))
    if lines := [*pilot.beside(r), *pilot.limits(r)]:
        yield ""
        yield from map(printable, lines)


def of_entered(found: AssignmentResult, kept: Path, lists: Sequence[Path]) -> Iterator[str]:
    """Who is in which arm, who isn't in any and why, and where it is written."""
    e, new = found.experiment, sizes(found.new)
    entered = sum(n["differ"] for arm, n in new.items() if arm not in exposure.OUTSIDE)
    who = "nobody new enters" if not entered else f"{entered:,} {e.entity}s enter"
    yield click.style(e.name, bold=True) + f"   as of {day(found.day)}: {who}"
    every = sizes(found.all)
    yield shared.table(
        ["arm", "new", "in all", "placebo"],
        [
            [arm, f"{new.get(arm, {}).get('differ', 0):,}", f"{every.get(arm, {}).get('differ', 0):,}", f"{every.get(arm, {}).get('placebo', 0):,}"]
            for arm in dict.fromkeys([*e.arms, *every])
        ],
        right=(1, 2, 3),
    )  # fmt: skip
    yield shared.table(*pilot.account_rows(found.account), right=(1,))
    for name, (count, until) in found.busy.items():
        yield f"{count:,} {e.entity}s are in `{name}` until {day(until)} at the latest, and stay out of this one"
    if found.over:
        yield f"{found.over:,} {e.entity}s stay out: `at most` leaves no room for them"
    yield "placebo: same play in every arm, so nothing may differ between theirs"
    yield f"{'wrote' if found.new else 'nothing was added to'} {kept}"
    yield from (printable(f"wrote {path}") for path in lists)
