"""Experiments with different worths for one outcome: a margin or cost could be chosen to suit the result."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic
from segdsl.model.experiment import Experiment
from segdsl.model.segment import Model


def find(model: Model) -> Iterator[Diagnostic]:
    first_of: dict[tuple[str, str], Experiment] = {}
    for e in model.experiments.values():
        if e.primary.worth is None:
            continue
        first = first_of.setdefault((e.entity, e.primary.outcome), e)
        if first.primary.worth != e.primary.worth:
            yield _differs(first, e)


def _differs(first: Experiment, e: Experiment) -> Diagnostic:
    return Diagnostic(
        "SEG0821",
        f"one `{e.primary.outcome}` is worth {_amount(e)} in `{e.name}`, but {_amount(first)} in `{first.name}`",
        e.span,
        help="use one worth in both: the worth of an outcome doesn't depend on the plays",
        related=() if first.span is None else ((first.span, f"{_amount(first)} here"),),
        severity="warning",
    )


def _amount(e: Experiment) -> str:
    assert e.primary.worth is not None
    return f"{e.primary.worth[1]} {float(e.primary.worth[0]):,.0f}"
