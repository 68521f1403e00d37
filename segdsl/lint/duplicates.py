"""Two segments that are proved to take the same customers: one of them is to go, or was meant otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.analyse.diagram import Budget
from segdsl.analyse.questions import same_customers
from segdsl.diagnostics import Diagnostic
from segdsl.model.segment import Model, Segment
from segdsl.reads import columns

ALL_TOGETHER = 3_000_000  # units of work


def find(model: Model) -> Iterator[Diagnostic]:
    """Looked for among those that read the same fields."""
    alike: dict[object, list[Segment]] = {}
    for segment in model.segments.values():
        reads = columns(model, model.definition(segment.name))
        alike.setdefault((segment.entity, frozenset((r, frozenset(c)) for r, c in reads.items())), []).append(segment)
    budget = Budget(ALL_TOGETHER)
    for own in alike.values():
        for first, *others in same_customers(model, own, budget) if len(own) > 1 else ():
            there = model.segments[first].span
            related = ((there, f"`{first}`"),) if there is not None else ()
            for name in others:
                yield Diagnostic(
                    "SEG0811",
                    f"`{name}` takes the same customers as `{first}`",
                    model.segments[name].span,
                    help="keep one of them, or correct a border",
                    severity="warning",
                    related=related,
                )
