"""What a pilot or a replay says -> the heads and rows of its tables."""

from __future__ import annotations

from itertools import chain, repeat

from segdsl.data.examples import shown
from segdsl.experiment.pilot.measures import Result
from segdsl.experiment.pilot.reconcile import Account
from segdsl.experiment.pilot.results import MarginResult
from segdsl.model.clock import day
from segdsl.report.content.figures import Table, p_value, percent, small
from segdsl.report.content.pilot import difference, measured, shares
from segdsl.words.plural import plural


def outcome_rows(r: Result) -> Table:
    p = r.piloted
    assert p.primary is not None
    heads = ["", r.experiment.incumbent, r.candidate, "difference", "", ""]
    rows = [("primary", p.primary, measured(r.experiment.primary), "" if p.no_worse is None else _margin(p.no_worse))]
    if p.primary.plain is not None:
        rows.append(("not winsorised", p.primary.plain, measured(r.experiment.primary), ""))
    rows += [("guardrail", g.effect, measured(g.measure), _margin(g)) for g in p.guardrails]
    return heads, [
        [
            f"{name} ({kind})",
            shares(e)(e.incumbent.mean),
            shares(e)(e.candidate.mean),
            difference(e),
            f"{p_value(e.p)}, {e.method}",
            margin,
        ]
        for kind, e, name, margin in rows
    ]


def _margin(g: MarginResult) -> str:
    """Whether a margin was kept."""
    return "not worse ✓" if g.holds else "worse ✗" if g.harmed else "may be worse ✗"


def held_out_rows(r: Result) -> Table:
    """All arms together against those held out."""
    outcomes = [] if r.held_out is None else r.held_out.outcomes
    who = plural(r.experiment.entity)
    return ["", "held out", who, "in an arm", who, "difference", ""], [
        [
            f"{measured(t.measure)} ({kind})",
            *(
                cell
                for a in (t.effect.incumbent, t.effect.candidate)
                for cell in (shares(t.effect)(a.mean), f"{a.n:,}")
            ),
            difference(t.effect),
            f"{p_value(t.effect.p)}, {t.effect.method}{'' if t.effect.chance is None else ' ' + p_value(t.effect.chance)}",
        ]
        for kind, t in zip(chain(["primary"], repeat("guardrail")), outcomes)
    ]


def account_rows(a: Account) -> Table:
    """Where each row ended: a line each, then their sum."""
    heads = [a.table, "rows", *a.groups, ""]
    lines = [
        [
            line.ending.name,
            f"{line.rows:,}",
            *(f"{n:,}" for n in line.by_group),
            line.ending.message + (f", as {shown(line.examples)}" if line.examples else ""),
        ]
        for line in a.lines
    ]
    return heads, [*lines, ["in all", f"{a.rows:,}", *(f"{n:,}" for n in a.sizes), ""]]


def look_rows(r: Result) -> Table:
    """The monitoring table."""
    heads = [
        "look",
        "as of",
        plural(r.experiment.entity),
        "of all",
        "z asked",
        "difference, repeated interval",
        "",
    ]
    return heads, [
        [
            f"{number}",
            day(look.on),
            f"{look.customers:,}",
            percent(look.fraction),
            f"{look.border:.3f}",
            "" if look.effect is None else difference(look.effect),
            look.verdict.word,
        ]
        for number, look in enumerate(r.looks, 1)
    ]


def cell_rows(r: Result) -> Table:
    cells, p = r.piloted.cells, r.piloted.primary
    assert cells is not None and p is not None
    scale, unit = (100, ", points") if p.is_share else (1, "")
    return ["moved", plural(r.experiment.entity), f"difference{unit}", "drawn to all", ""], [
        [
            c.cell,
            f"{c.customers:,}",
            f"{small(c.estimate * scale)} ({small(c.low * scale)} to {small(c.high * scale)})",
            small(c.shrunk * scale),
            "more than chance, by Holm" if c.is_significant else "",
        ]
        for c in cells.cells
    ]
