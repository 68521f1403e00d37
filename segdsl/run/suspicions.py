"""Suspicious results: arms with nobody or everybody, windows longer than the data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from segdsl.data.contract import TableReport
from segdsl.diagnostics import Diagnostic
from segdsl.model import expr as k
from segdsl.model import windows
from segdsl.model.clock import day
from segdsl.model.dependencies import everything
from segdsl.model.segment import Segment

if TYPE_CHECKING:
    from segdsl.run.assigned import Assigned

ENOUGH = 1_000  # least rows for a warning


def warnings(assigned: Assigned, tables: Sequence[TableReport]) -> Iterator[Diagnostic]:
    """Warnings on suspicious results; `tables` are the reports on all that was read. Raises `DataError`."""
    yield from _sizes(assigned)
    yield from _windows(assigned, {t.name: t for t in tables})


def _sizes(assigned: Assigned) -> Iterator[Diagnostic]:
    for rule in assigned.rules:
        places = assigned.places[rule.name]
        customers = sum(p.count for p in places)
        if customers < ENOUGH:
            continue
        arms = {"in": ""} if isinstance(rule, Segment) else {a.name: f".{a.name}" for a in rule.arms}
        for arm, suffix in arms.items():
            inside = sum(p.count for p in places if (p.status if isinstance(rule, Segment) else p.arm) == arm)
            if inside in (0, customers):
                name = f"{rule.name}{suffix}"
                who = "nobody" if inside == 0 else "everybody"
                help = (
                    f"segdsl attrition {name} shows which clause sees to it" if inside == 0 else "is its border right?"
                )
                yield Diagnostic("SEG0715", f"{who} is in `{name}`", rule.span, help=help, severity="warning")


def _windows(assigned: Assigned, tables: Mapping[str, TableReport]) -> Iterator[Diagnostic]:
    roots = [e for r in assigned.rules for e in assigned.model.definition(r.name)]
    earliest: dict[str, tuple[dt.date, k.Aggregate]] = {}
    for node in everything(assigned.model, roots):
        if isinstance(node, k.Aggregate) and node.rows.window is not None and node.rows.window.start is not None:
            relation = assigned.model.schema.relations[node.rows.relation]
            bound = node.rows.window.start
            start = (
                assigned.clock.constant(bound)
                if node.rows.zone is None
                else windows.earliest(assigned.clock.now, bound)
            )
            if relation.at is None or relation.complete_from is not None or start is None or node.span is None:
                continue
            if relation.name not in earliest or start < earliest[relation.name][0]:
                earliest[relation.name] = (start, node)
    for name, (start, node) in earliest.items():
        rows, oldest = tables[name].rows, tables[name].oldest
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
