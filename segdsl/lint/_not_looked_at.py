"""Rules too large for a proof, or for which no work was left -> a word on what nothing is said about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segdsl.diagnostics import Diagnostic
from segdsl.model.segment import Segment, Segmentation

_SHOWN = 3


def not_looked_at(rules: Sequence[Segment | Segmentation], question: str) -> Iterator[Diagnostic]:
    """`question` stands after "it was not looked at", as in `whether anybody can be in`; nothing where no rule was left out."""
    if not rules:
        return
    names = ", ".join(f"`{r.name}`" for r in rules[:_SHOWN])
    more = f" and {len(rules) - _SHOWN:,} more" if len(rules) > _SHOWN else ""
    yield Diagnostic(
        "SEG0820",
        f"it was not looked at {question} {names}{more}: the proof is too large",
        rules[0].span,
        help="no finding says nothing of them; put fewer conditions in one rule, or fewer rules in one workspace",
        severity="info",
    )
