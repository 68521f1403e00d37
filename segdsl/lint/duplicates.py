"""Segments that are proved to take the same customers: one of them is redundant or has a mistake."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.analyse.diagram import Budget, TooInvolved
from segdsl.analyse.questions import same_customers
from segdsl.diagnostics import Diagnostic
from segdsl.lint._not_looked_at import not_looked_at
from segdsl.model.dependencies import columns
from segdsl.model.segment import Model, Segment

ALL_TOGETHER = 3_000_000  # units of work


def find(model: Model) -> Iterator[Diagnostic]:
    """Finds copies, which need no proof, and equivalent segments among those that read the same fields."""
    first_of: dict[object, Segment] = {}
    for segment in model.segments.values():
        original = first_of.setdefault((segment.entity, segment.where, segment.condition, segment.limit), segment)
        if original is not segment:
            yield _duplicate(original, segment)
    alike: dict[object, list[Segment]] = {}
    for segment in first_of.values():
        reads = columns(model, model.definition(segment.name))
        alike.setdefault((segment.entity, frozenset((r, frozenset(c)) for r, c in reads.items())), []).append(segment)
    budget = Budget(ALL_TOGETHER)
    unproved: dict[str, list[Segment]] = {}
    for group in alike.values():
        try:
            for first, *copies in same_customers(model, group, budget) if len(group) > 1 else ():
                yield from (_duplicate(model.segments[first], model.segments[name]) for name in copies)
        except TooInvolved as unanswered:
            unproved.setdefault(unanswered.reason, []).extend(group)
    yield from not_looked_at(unproved, "whether others take the same customers as")


def _duplicate(first: Segment, second: Segment) -> Diagnostic:
    return Diagnostic(
        "SEG0811",
        f"`{second.name}` takes the same customers as `{first.name}`",
        second.span,
        help="keep one of them, or correct a threshold",
        severity="warning",
        related=((first.span, f"`{first.name}`"),) if first.span is not None else (),
    )
