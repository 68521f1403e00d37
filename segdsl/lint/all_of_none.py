"""`all(rows having …)` is true where there are no rows: mostly that there is one should be asked too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from segdsl.diagnostics import Diagnostic
from segdsl.lint._written import written
from segdsl.model import expr as k
from segdsl.model.segment import Model


def find(model: Model) -> Iterator[Diagnostic]:
    for name in [*model.metrics, *model.segments, *model.segmentations]:
        for root in model.definition(name):
            yield from _within(root, (), True, model)


def _within(e: k.Expr, beside: tuple[k.Expr, ...], wanted: bool, model: Model) -> Iterator[Diagnostic]:
    """`beside` is what else the rule asks; without `wanted` it asks for the opposite."""
    if isinstance(e, k.Named) and e.phrase == "all" and isinstance(e.body, k.Not):
        some = e.body.item
        asked = isinstance(some, k.Aggregate) and any(_asks_for_rows(b, some) for b in beside)
        if wanted and not asked and isinstance(some, k.Aggregate):
            yield _advice(e, some, model)
        return
    match e:
        case k.Not(item=item):
            yield from _within(item, beside, not wanted, model)
        case k.Named(body=body):
            yield from _within(body, beside, wanted, model)
        case k.And(items=items) | k.Or(items=items):
            for item in items:
                others = tuple(i for i in items if i is not item)
                yield from _within(item, (*beside, *others), wanted, model)
        case k.If(condition=condition, then=then, otherwise=otherwise):
            yield from _within(condition, beside, True, model)
            for branch in (then, otherwise):
                yield from _within(branch, (*beside, condition), wanted, model)
        case (
            k.Literal_() | k.Missing() | k.Column() | k.MetricOf() | k.Member() | k.Tally() | k.AsOf() | k.StartOf()
            | k.Shift() | k.StartOfDay() | k.DateOf() | k.Elapsed() | k.BusinessDays() | k.PartOf() | k.Arithmetic()
            | k.Rounded() | k.Distance() | k.Split() | k.Compare() | k.IsMissing() | k.OneOf() | k.TextTest()
            | k.SetTest() | k.Aggregate() | k.Standing() | k.At()
        ):  # fmt: skip
            for child in k.children(e):
                yield from _within(child, beside, wanted, model)
        case _:
            assert_never(e)


def _advice(e: k.Named, some: k.Aggregate, model: Model) -> Diagnostic:
    gaps = model.schema.relations[some.rows.relation].complete_from is not None
    return Diagnostic(
        "SEG0812",
        f"`{written(e)}` is true for whoever has no such rows{', where none may be lacking' if gaps else ''}",
        e.span,
        help="ask for one too, as in `any(…) and all(…)`",
        severity="warning",
    )


def _asks_for_rows(e: k.Expr, some: k.Aggregate) -> bool:
    """Whether a condition asks about rows of the same table."""
    return any(isinstance(n, k.Aggregate) and n.rows.hops == some.rows.hops for n in k.walk(e))
