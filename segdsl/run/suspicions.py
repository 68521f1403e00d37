"""Suspicious results: arms with nobody or everybody, windows longer than the data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlglot import exp

from segdsl.diagnostics import Diagnostic
from segdsl.model import expr as k
from segdsl.model import windows
from segdsl.model.clock import day
from segdsl.model.dependencies import everything
from segdsl.model.segment import Segment
from segdsl.sql import spell as s

if TYPE_CHECKING:
    from segdsl.run.evaluation import Evaluation

ENOUGH = 1_000  # least rows for a warning


def warnings(evaluation: Evaluation) -> Iterator[Diagnostic]:
    """Warnings on suspicious results. Raises `DataError`."""
    yield from _sizes(evaluation)
    yield from _windows(evaluation)


def _sizes(evaluation: Evaluation) -> Iterator[Diagnostic]:
    for rule in evaluation.rules:
        column = evaluation.frames[rule.entity][rule.name]
        if len(column) < ENOUGH:
            continue
        places = [("", True)] if isinstance(rule, Segment) else [(a.name, a.name) for a in rule.arms]
        for arm, value in places:
            inside = int(column.eq(value).fillna(False).sum())
            if inside in (0, len(column)):
                name = f"{rule.name}.{arm}" if arm else rule.name
                who = "nobody" if inside == 0 else "everybody"
                help = (
                    f"segdsl attrition {name} shows which clause sees to it" if inside == 0 else "is its border right?"
                )
                yield Diagnostic("SEG0715", f"{who} is in `{name}`", rule.span, help=help, severity="warning")


def _windows(evaluation: Evaluation) -> Iterator[Diagnostic]:
    roots = [e for r in evaluation.rules for e in evaluation.model.definition(r.name)]
    earliest: dict[str, tuple[dt.date, k.Aggregate]] = {}
    for node in everything(evaluation.model, roots):
        if isinstance(node, k.Aggregate) and node.rows.window is not None and node.rows.window.start is not None:
            relation = evaluation.model.schema.relations[node.rows.relation]
            bound = node.rows.window.start
            start = (
                evaluation.clock.constant(bound)
                if node.rows.zone is None
                else windows.earliest(evaluation.clock.now, bound)
            )
            if relation.at is None or relation.complete_from is not None or start is None or node.span is None:
                continue
            if relation.name not in earliest or start < earliest[relation.name][0]:
                earliest[relation.name] = (start, node)
    for name, (start, node) in earliest.items():
        at = s.column("t", evaluation.model.schema.relations[name].at or "")
        ((rows, oldest),) = evaluation.engine.rows(
            exp.Select(expressions=[exp.Count(this=exp.Star()), exp.Min(this=at)]).from_(s.table(name, "t"))
        )
        if rows >= ENOUGH and oldest is not None and _date(oldest) > _date(start):
            shown = " ".join(node.span.text.split()) if node.span is not None else name
            yield Diagnostic(
                "SEG0716",
                f"`{name}` begins on {day(_date(oldest))}, and `{shown}` looks back to {day(_date(start))}",
                node.span,
                help="what was before is counted as nothing; say `complete from` in the model, and it is unknown",
                severity="warning",
            )


def _date(moment: dt.date) -> dt.date:
    return moment.date() if isinstance(moment, dt.datetime) else moment
