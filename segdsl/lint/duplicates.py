"""Two segments that are proved to take the same customers: one of them is to go, or was meant otherwise."""

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
    """Copies need no proof; others are looked for among the segments that read the same fields."""
    first_of: dict[object, Segment] = {}
    for segment in model.segments.values():
        original = first_of.setdefault((segment.entity, segment.where, segment.condition, segment.limit), segment)
        if original is not segment:
            yield _same(original, segment)
    alike: dict[object, list[Segment]] = {}
    for segment in first_of.values():
        reads = columns(model, model.definition(segment.name))
        alike.setdefault((segment.entity, frozenset((r, frozenset(c)) for r, c in reads.items())), []).append(segment)
    budget = Budget(ALL_TOGETHER)
    left_out: dict[str, list[Segment]] = {}
    for own in alike.values():
        try:
            for first, *others in same_customers(model, own, budget) if len(own) > 1 else ():
                yield from (_same(model.segments[first], model.segments[name]) for name in others)
        except TooInvolved as unanswered:
            left_out.setdefault(unanswered.reason, []).extend(own)
    yield from not_looked_at(left_out, "whether others take the same customers as")


def _same(first: Segment, second: Segment) -> Diagnostic:
    return Diagnostic(
        "SEG0811",
        f"`{second.name}` takes the same customers as `{first.name}`",
        second.span,
        help="keep one of them, or correct a border",
        severity="warning",
        related=((first.span, f"`{first.name}`"),) if first.span is not None else (),
    )
