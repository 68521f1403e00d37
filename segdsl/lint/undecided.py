"""A segmentation whose conditions may be unknown should have an arm for the customers it can't decide on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from segdsl.diagnostics import Diagnostic
from segdsl.facts.unknown import Doubt, Doubts, Why
from segdsl.lint._written import written
from segdsl.model import expr as k
from segdsl.model.clock import day
from segdsl.model.segment import Model, Segmentation


def find(model: Model) -> Iterator[Diagnostic]:
    doubts = Doubts(model)
    for rule in model.segmentations.values():
        doubt = None if rule.undecided is not None else _first(doubts, model, rule)
        if doubt is not None:
            yield Diagnostic(
                "SEG0802",
                f"customers {_who(doubt, model)} stay unassigned in `{rule.name}`",
                rule.span,
                help='declare an arm for them, as in `undecided check_data "Data missing"`',
                severity="warning",
            )


def _first(doubts: Doubts, model: Model, rule: Segmentation) -> Doubt | None:
    """Returns a reason why a rule may be undecided; a number that is too large only if there is no other. Overrides don't count.

    Nor do runs that weren't recorded, which is said where data are read.
    """
    conditions = [e for e in model.definition(rule.name) if e is not rule.override]
    unread = {n for e in conditions for n in _unread(e)}
    reasons = [d for e in conditions for d in doubts.of(e) if d.of not in unread and not _of_runs(d, model)]
    return min(reasons, key=lambda d: d.why is Why.TOO_LARGE, default=None)


def _unread(e: k.Expr) -> Iterator[k.Expr]:
    """Yields what keeping says as of a day before the runs of a rule are read."""
    for keep in (n for n in k.deep(e) if isinstance(n, k.Named) and n.phrase == "keep"):
        yield from (n for n in k.walk(keep) if isinstance(n, k.Missing) and n.span is None)


def _of_runs(doubt: Doubt, model: Model) -> bool:
    of = doubt.of
    return (
        doubt.why is Why.GAP
        and isinstance(of, k.Aggregate)
        and model.schema.relations[of.rows.relation].runs_of is not None
    )


def _who(doubt: Doubt, model: Model) -> str:
    if doubt.why is Why.GAP and isinstance(doubt.of, k.Aggregate):
        table = model.schema.relations[doubt.of.rows.relation]
        assert table.complete_from is not None
        return f"whose `{table.name}` before {day(table.complete_from)} may be lacking"
    text = written(doubt.of)
    match doubt.why:
        case Why.MISSING | Why.DANGLING | Why.NO_ROWS | Why.GAP:
            return f"whose `{text}` is missing"
        case Why.ZONE:
            return f"whose `{text}` is not a time zone"
        case Why.DIVISOR:
            return f"for whom `{text}` divides by 0"
        case Why.TOO_LARGE:
            return f"whose `{text}` is too large a number"
        case Why.NOT_YET:
            return f"who didn't exist yet at the time of `{text}`"
        case Why.PLACE:
            return f"for whom `{text}` has no valid place"
        case Why.STATED:
            return f"for whom a rule says `{text}`"
        case _:
            assert_never(doubt.why)
