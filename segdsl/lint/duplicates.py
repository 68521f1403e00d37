"""Two segments that are proved to take the same customers: one of them is to go, or was meant otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from segdsl.analyse.diagram import Budget
from segdsl.analyse.questions import same_customers
from segdsl.diagnostics import Diagnostic
from segdsl.model.segment import Model

ALL_TOGETHER = 2_000_000  # units of work; pairs that are left over aren't asked


def find(model: Model) -> Iterator[Diagnostic]:
    budget = Budget(ALL_TOGETHER)
    told: set[str] = set()
    for first, second in combinations(model.segments.values(), 2):
        if first.entity != second.entity or first.limit or second.limit or second.name in told:
            continue
        if same_customers(model, first, second, budget):
            told.add(second.name)
            related = ((first.span, f"`{first.name}`"),) if first.span is not None else ()
            yield Diagnostic(
                "SEG0811", f"`{second.name}` takes the same customers as `{first.name}`", second.span, "", "keep one of them, or correct a border", "warning", related,
            )  # fmt: skip
