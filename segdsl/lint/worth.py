"""Experiments that give one outcome different worths: what a margin or a cost is paid by would be whatever suits."""

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
        f"`{e.name}` says that one `{e.primary.outcome}` is worth {_amount(e)}, and `{first.name}` {_amount(first)}",
        e.span,
        help="say the same in both: what an outcome is worth doesn't hang on which plays are tried",
        related=() if first.span is None else ((first.span, f"{_amount(first)} here"),),
        severity="warning",
    )


def _amount(e: Experiment) -> str:
    assert e.primary.worth is not None
    return f"{e.primary.worth[1]} {float(e.primary.worth[0]):,.0f}"
