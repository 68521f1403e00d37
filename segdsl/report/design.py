"""What an experiment could find, before it begins: rows of its tables, the machine contract, and a page with its curves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from segdsl.diagnostics import SCHEMA_VERSION
from segdsl.experiment.history.expected import Expected
from segdsl.experiment.history.power import curve, reach
from segdsl.experiment.planning.plan import LOOKED_BACK, PilotPlan, Plan
from segdsl.experiment.shared.decide import LEAST_POWER
from segdsl.model.clock import day
from segdsl.model.experiment import Experiment
from segdsl.report import chart
from segdsl.report.experiment import chance, expected_record, percent, small, smallest
from segdsl.report.page import page, table, text
from segdsl.report.pilot import margin

Rows = tuple[list[str], list[list[str]]]
"""Heads, and rows of cells."""


def size_shown(q: PilotPlan) -> Callable[[float], str]:
    """How an effect is shown: in points where the outcome is a share."""
    return (lambda size: f"{size * 100:.2g} points") if q.is_share else small


def chance_of(power: float) -> str:
    """A promise is rounded down: 79.8 % isn't the 80 % that was asked for."""
    return f"{int(power * 100 + 1e-9)}%"


def loose(e: Experiment, q: PilotPlan) -> str:
    """Of a margin that holds nobody to anything."""
    assert q.margin is not None
    shown = size_shown(q)
    return (
        f"a margin of {margin(e, shown(q.margin))} among them is as large as what it is about, {percent(q.outcome)} with {e.primary.outcome}: twice as many could be lost, and it would be kept. "
        f"{'Is one of them worth so little?' if e.primary.worth else 'Set a smaller one'}"
    )


def reach_rows(p: Plan) -> Rows:
    """The smallest gain by origins and by customers."""
    assert p.backtest is not None
    power, entity = float(p.experiment.power), p.experiment.entity
    found = reach(p.backtest, power)
    sizes = dict.fromkeys(r.customers for r in found)
    rows = [
        [
            f"{origins} origins",
            *("none" if r.least is None else percent(r.least) for r in found if r.origins == origins),
        ]
        for origins in dict.fromkeys(r.origins for r in found)
    ]
    return [f"found with {power:.0%}", *(f"{n:,} {entity}s each" for n in sizes)], rows


def entering_rows(p: Plan) -> Rows:
    """What a pilot finds by weeks of entering: the smallest effect, and the chance of some."""
    q, e = p.pilot, p.experiment
    assert q is not None
    shown = size_shown(q)
    sizes = dict.fromkeys(size for row in q.table for size, _ in row.powers)
    heads = [
        "entering",
        "in all",
        f"{e.entity}s",
        f"found with {float(e.power):.0%}",
        *(f"chance {'to show a margin ' if q.margin is not None else ''}of {shown(s)}" for s in sizes),
    ]
    rows = [
        [
            "on one day" if not row.entering else f"{row.entering} weeks", f"{row.weeks} weeks", f"{row.units:,}",
            "none" if row.least is None else shown(row.least), *(chance_of(power) for _, power in row.powers),
        ]
        for row in q.table
    ]  # fmt: skip
    return heads, rows


def newcomers(p: Plan) -> str:
    """Whom the weeks of entering count on."""
    q, e = p.pilot, p.experiment
    assert q is not None
    since = f"the {LOOKED_BACK} weeks before {day(q.window)}"
    if q.a_week is None:
        return f"how many {e.entity}s come to be among them later isn't known: nobody was before {since}"
    return f"those who are there, and {q.a_week:,.3g} {e.entity}s a week who come to be among them, as in {since}"


def ahead_rows(p: Plan) -> Rows:
    """The looks to come, for one effect; four where any day may be one."""
    q = p.pilot
    assert q is not None
    shown = q.ahead if q.ahead[0].on is not None else q.ahead[len(q.ahead) // 4 - 1 :: len(q.ahead) // 4]
    rows = [
        [
            day(a.on) if a.on is not None else f"{a.fraction:.0%} of the outcomes", f"{a.border:.2f}", chance_of(a.promoted),
            "" if a.left is None else chance_of(a.left),
        ]
        for a in shown
    ]  # fmt: skip
    return [f"looks, for a change of {size_shown(q)(q.of)}", "z asked", "promoted by then", "left if it goes on"], rows


def guardrails_too(e: Experiment) -> str:
    """What else the chance asks for."""
    if not e.guardrails:
        return ""
    return f", {'each guardrail' if len(e.guardrails) > 1 else 'the guardrail'} shown to be no worse where its plays don't change it"


# -- JSON ------------------------------------------------------------------------------


def record(name: str, found: Sequence[Plan]) -> Any:
    """The machine contract: of each candidate what stands against it, and what its backtest and a pilot could find."""
    return {"schema_version": SCHEMA_VERSION, "experiment": name, "candidates": [_record(p) for p in found]}


def _record(p: Plan) -> dict[str, Any]:
    power = float(p.experiment.power)
    x, q = p.backtest, p.pilot
    return {
        "candidate": p.candidate, "validity": {c.name: {"ok": c.ok, "said": c.message} for c in p.checks},
        "backtest": None if x is None else expected_record(x, power) | reach_record(x, power),
        "pilot": None if q is None else asdict(q) | {"d": q.d}, "too_long": p.too_long or None,
    }  # fmt: skip


def reach_record(x: Expected, power: float) -> dict[str, Any]:
    """What other origins and other numbers of customers would find, and the power by gain."""
    return {
        "reach": [asdict(r) for r in reach(x, power)],
        "curve": [{"gain": size, "power": found} for size, found in curve(x)],
    }


# -- page ------------------------------------------------------------------------------


def as_html(found: Sequence[Plan]) -> str:
    e = found[0].experiment
    return page(f"{e.name}: what it could find", (part for p in found for part in _parts(p)))


def _parts(p: Plan) -> Iterator[str]:
    e = p.experiment
    bad = [c for c in p.checks if not c.ok]
    yield f'<p class="dim">{text(p.candidate)} against {text(e.incumbent)}, by what is known before its outcomes are looked at.</p>'
    for c in bad:
        yield f'<section class="verdict bad"><strong>INVALID</strong><p>{text(f"{c.name}: {c.message}".replace("`", ""))}.</p></section>'
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
    said = f"{chance(x)}; {smallest(x, power, e.entity)}"
    word = "NOT ANSWERABLE: " if x.answerable < LEAST_POWER else ""
    yield f"<h2>The backtest</h2><p>{word}{text(said[0].upper() + said[1:])}.</p>"
    yield chart.curves(
        f"the chance of a verdict for {p.candidate}, by its gain in skill and by origins", lines, "gain in skill", percent, [(x.detect, "registered")], power,
    )  # fmt: skip
    heads, rows = reach_rows(p)
    yield table("The smallest gain in skill that is found", heads, _escaped(rows), right=(1, 2, 3))


def _pilot(p: Plan, q: PilotPlan) -> Iterator[str]:
    e, shown = p.experiment, size_shown(q)
    rate = percent(q.outcome) if q.is_share else small(q.outcome)
    yield (
        f"<h2>{'The' if q.detect is not None else 'A'} pilot</h2><p>{q.differ:,} of {q.customers:,} {text(e.entity)}s get another play ({percent(q.d)}); "
        f"{text(e.primary.outcome)} is {rate} among them since {day(q.window)}.</p>"
    )  # fmt: skip
    if p.too_long:
        yield f"<p>NOT ANSWERABLE: {text(p.too_long)}.</p>"
    if q.detect is not None and q.power is not None:
        what = f"the registered {shown(q.detect)} among them ({shown(q.detect * q.d)} on the whole base)"
        said = (
            f"{what} is found with a chance of {chance_of(q.power)}{guardrails_too(e)}"
            if q.detect < q.most
            else f"{what} is more than {rate} can change"
        )
        yield f"<p>{'NOT ANSWERABLE: ' if q.power < LEAST_POWER else ''}{text(said[0].upper() + said[1:])}.</p>"
    elif q.is_loose:
        yield f"<p>NOT ANSWERABLE: {text(loose(e, q))}.</p>"
    elif q.margin is not None and q.power is not None:
        word = "NOT ANSWERABLE: " if q.power < LEAST_POWER else ""
        yield f"<p>{word}No worse by more than {text(margin(e, shown(q.margin)))} among them is shown with a chance of {chance_of(q.power)} where both are alike.</p>"
    elif q.least is None:
        yield "<p>NOT ANSWERABLE: not even the largest change there can be is found.</p>"
    declared = next((row.entering for row in q.table if row.units == q.units), q.table[0].entering)
    lines = [
        ("on one day" if not row.entering else f"{row.entering} weeks", row.entering == declared, row.curve) for row in q.table
    ]  # fmt: skip
    yield chart.curves(
        f"the chance to be promoted, by the change of {e.primary.outcome} and by weeks of entering", lines, "change among those whose play differs", shown,
        [(q.of, "registered")] if q.detect is not None and q.detect < q.most else [], float(e.power),
    )  # fmt: skip
    heads, rows = entering_rows(p)
    yield table("By weeks in which customers enter", heads, _escaped(rows), right=tuple(range(1, len(heads))))
    yield f'<p class="dim">{text(newcomers(p)[0].upper() + newcomers(p)[1:])}.</p>'
    if len(q.ahead) > 1:
        heads, rows = ahead_rows(p)
        yield table("Look by look, as if outcomes came in evenly", heads, _escaped(rows), right=(1, 2, 3))


def _escaped(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[text(cell) for cell in row] for row in rows]
