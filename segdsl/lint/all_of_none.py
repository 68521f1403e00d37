"""`all(rows having …)` is true where there are no rows: mostly that there is one should be asked too."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic
from segdsl.model import expr as k
from segdsl.model.segment import Model


def find(model: Model) -> Iterator[Diagnostic]:
    for name in [*model.metrics, *model.segments, *model.segmentations]:
        for root in model.definition(name):
            yield from _within(root, ())


def _within(e: k.Expr, beside: tuple[k.Expr, ...]) -> Iterator[Diagnostic]:
    """`beside` is what must be true, or must have been asked, too."""
    if isinstance(e, k.Named) and e.phrase == "all" and isinstance(e.body, k.Not):
        some = e.body.item
        if (
            isinstance(some, k.Aggregate)
            and some.rows.latest is None
            and not any(_asks_for_rows(b, some) for b in beside)
        ):
            shown = " ".join(e.span.text.split()) if e.span is not None else "all(…)"
            yield Diagnostic(
                "SEG0812",
                f"`{shown}` is true for whoever has no such rows",
                e.span,
                help="ask for one too, as in `any(…) and all(…)`",
                severity="warning",
            )
        return
    if isinstance(e, k.And):
        for item in e.items:
            yield from _within(item, (*beside, *(i for i in e.items if i is not item)))
        return
    if isinstance(e, k.If):
        yield from _within(e.condition, ())
        for branch in (e.then, e.otherwise):
            yield from _within(branch, (*beside, e.condition))
        return
    for child in k.children(e):
        yield from _within(child, ())


def _asks_for_rows(e: k.Expr, some: k.Aggregate) -> bool:
    """Whether a condition can only be true with rows from the same table."""
    nodes = list(k.walk(e))
    return any(isinstance(n, k.Aggregate) and n.rows.hops == some.rows.hops for n in nodes)
