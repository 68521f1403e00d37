"""`all(rows having …)` is true without rows; usually a rule should also require a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from segdsl.diagnostics import Diagnostic
from segdsl.lint._written import written
from segdsl.model import expr as k
from segdsl.model.segment import Model


def find(model: Model) -> Iterator[Diagnostic]:
    for _, roots in model.definitions():
        for root in roots:
            yield from _within(root, (), True, model)


def _within(e: k.Expr, context: tuple[k.Expr, ...], positive: bool, model: Model) -> Iterator[Diagnostic]:
    """Finds `all(…)` within an expression. `context` are the other conditions; `positive` is false under a negation."""
    if isinstance(e, k.Named) and e.phrase == "all" and isinstance(e.body, k.Not):
        some = e.body.item
        requires_rows = isinstance(some, k.Aggregate) and any(_is_about_rows(b, some) for b in context)
        if positive and not requires_rows and isinstance(some, k.Aggregate):
            yield _advice(e, some, model)
        return
    match e:
        case k.Not(item=item):
            yield from _within(item, context, not positive, model)
        case k.Named(body=body):
            yield from _within(body, context, positive, model)
        case k.And(items=items) | k.Or(items=items):
            for item in items:
                siblings = tuple(i for i in items if i is not item)
                yield from _within(item, (*context, *siblings), positive, model)
        case k.If(condition=condition, then=then, otherwise=otherwise):
            yield from _within(condition, context, True, model)
            for branch in (then, otherwise):
                yield from _within(branch, (*context, condition), positive, model)
        case k.Literal_() | k.Missing() | k.Column() | k.MetricOf() | k.Member() | k.Tally() | k.AsOf() | k.StartOf():
            return
        case k.Shift() | k.StartOfDay() | k.DateOf() | k.Elapsed() | k.BusinessDays() | k.PartOf():
            yield from _within_children(e, context, positive, model)
        case (
            k.Arithmetic()
            | k.Rounded()
            | k.Distance()
            | k.Split()
            | k.RoundTo()
            | k.SizeOf()
            | k.Aggregate()
            | k.Standing()
            | k.At()
        ):
            yield from _within_children(e, context, positive, model)
        case k.Compare() | k.IsMissing() | k.OneOf() | k.TextTest() | k.SetTest():
            yield from _within_children(e, context, positive, model)
        case _:
            assert_never(e)


def _within_children(e: k.Expr, context: tuple[k.Expr, ...], positive: bool, model: Model) -> Iterator[Diagnostic]:
    for child in k.children(e):
        yield from _within(child, context, positive, model)


def _advice(e: k.Named, some: k.Aggregate, model: Model) -> Diagnostic:
    gaps = model.schema.relations[some.rows.relation].complete_from is not None
    return Diagnostic(
        "SEG0812",
        f"`{written(e)}` is also true for customers without such rows{', if no row is lacking' if gaps else ''}",
        e.span,
        help="require a row as well, as in `any(…) and all(…)`",
        severity="warning",
    )


def _is_about_rows(e: k.Expr, some: k.Aggregate) -> bool:
    """Tells whether a condition is about the same rows."""
    return any(isinstance(n, k.Aggregate) and n.rows.hops == some.rows.hops for n in k.walk(e))
