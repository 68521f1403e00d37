"""Types the clauses by which an arm keeps whoever was in it, over the declared runs of its segmentation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from segdsl.diagnostics import Span
from segdsl.lang import tree
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.schema import Relation, Schema
from segdsl.ops import keep
from segdsl.resolve.expressions import Typer
from segdsl.resolve.problems import Problems, repeats

_CLAUSES = {"until": "keep until", "for": "keep for", "end": "keep until end of", "stay": "stay at least"}


def runs_of(schema: Schema, rule: str) -> keep.Runs | None:
    """Returns the runs of a segmentation as rows of its customers; None if no table declares them."""
    table = next((r for r in schema.relations.values() if r.runs_of == rule and "arm" in r.fields), None)
    if table is None or table.complete_from is None or table.of is None:
        return None
    hop = schema.to_many[table.of][table.name]
    at, arm, by_data = (k.Column(k.This(), table.name, c, table.fields[c].type) for c in ("as_of", "arm", "by_data"))
    return keep.Runs(rule, table.complete_from, hop, at, arm, by_data)


def keeps_nobody(what: str, clauses: Sequence[tree.Keep], help: str, problems: Problems) -> None:
    """Reports clauses where nobody can be kept."""
    if clauses:
        problems.add("SEG0325", f"{what} keeps nobody", clauses[0], help=help)


def without_runs(d: tree.Segmentation, owner: Relation, rule: str, problems: Problems) -> None:
    """Reports a segmentation that keeps customers without a table of its runs, or of those of its incumbent, `rule`."""
    first = next(c for a in d.arms for c in a.keeps)
    whose = "its runs" if rule == d.name.text else f"the runs of `{rule}`"
    message = f"`{d.name.text}` keeps customers by {whose}, which no table declares"
    table = f"table {rule}_runs of {owner.name} from runs of {rule} starting {EXAMPLE_DAY}"
    problems.add("SEG0326", message, first, help=f"say from which day on they count: `{table}`")


EXAMPLE_DAY = "2026-11-01"


def keeps(d: tree.Arm, when: k.Expr, typer: Typer, runs: keep.Runs) -> k.Expr | None:
    """Types an arm's condition with what it keeps; None if a clause has a mistake. An arm that no run can name keeps nobody."""
    for first, again in repeats(d.keeps, lambda c: c.kind):
        name = _CLAUSES[first.kind]
        help = "keep the longer one" if first.condition is None else f"write `{name} {_both(first, again)}`"
        related = ((first.span, "the first is here"),)
        typer.problems.add("SEG0203", f"`{name}` is given twice", again, help=help, related=related)
    for c in d.keeps:
        if c.duration is not None and c.duration.count < 1:
            help = "leave it out, or say for how long"
            typer.problems.add(
                "SEG0314", f"`{c.span.text}` keeps nobody: it needs at least 1 {c.duration.unit}", c, help=help
            )
    typed = [_clause(c, d.name.text, typer, runs) for c in d.keeps]
    if any(c is None for c in typed):
        return None
    assert isinstance(runs.arm.type, ty.Enum)
    clauses = tuple(c for c in typed if c is not None)
    if not clauses:
        return when
    if d.name.text not in runs.arm.type.values:
        message = f"`{d.name.text}` keeps nobody, since `{runs.rule}`, by whose runs it would, has no such arm"
        help = "leave the clause out until then, or name the arm as there"
        typer.problems.add("SEG0325", message, d.keeps[0], help=help, severity="warning")
        return when
    last = d.keeps[-1].span
    return k.Or((when, *clauses), span=Span(last.source, d.condition.span.start, last.end))


def _both(first: tree.Keep, again: tree.Keep) -> str:
    """Returns the condition that ends two `keep until`, of which one is enough to keep."""
    conditions = [c.condition for c in (first, again) if c.condition is not None]
    return " and ".join(f"({c.span.text})" if isinstance(c, tree.Or) else c.span.text for c in conditions)


def _clause(d: tree.Keep, arm: str, typer: Typer, runs: keep.Runs) -> k.Expr | None:
    clause: k.Expr
    if d.condition is not None:
        condition = typer.condition(d.condition, "what follows `keep until`")
        if condition is None:
            return None
        clause = keep.until(runs, arm, condition)
    elif d.words is not None:
        which, calendar, period = d.words
        first_month = typer.names.fiscal_month() if calendar == "fiscal" else 1
        of_period = k.StartOf(cast(k.Period, period), -1 if which == "next" else 0, first_month)
        clause = keep.after_data(runs, arm, k.StartOfDay(of_period), f"until end of {which} {calendar} {period}")
    else:
        assert d.duration is not None
        how_long = f"{d.duration.count:,} {d.duration.unit}{'s' * (d.duration.count != 1)}"
        moment = k.Shift(k.AsOf(ty.TIMESTAMP), -d.duration.count, cast(k.Unit, d.duration.unit))
        clause = (
            keep.stay(runs, arm, moment, how_long)
            if d.kind == "stay"
            else keep.after_data(runs, arm, moment, f"for {how_long}")
        )
    return replace(clause, span=d.span)
