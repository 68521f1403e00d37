"""Rules too large for a proof, or for which no work was left -> a word on what nothing is said about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from segdsl.diagnostics import Diagnostic
from segdsl.model.segment import Segment, Segmentation

_SHOWN = 3


def not_looked_at(rules: Mapping[str, Sequence[Segment | Segmentation]], question: str) -> Iterator[Diagnostic]:
    """`rules` by the reason for which nothing was proved of them; `question` stands before their names, as in `whether nobody is in`."""
    for reason, left_out in rules.items():
        names = ", ".join(f"`{r.name}`" for r in left_out[:_SHOWN])
        more = f" and {len(left_out) - _SHOWN:,} more" if len(left_out) > _SHOWN else ""
        yield Diagnostic(
            "SEG0820",
            f"{question} {names}{more} wasn't proved: {reason}",
            left_out[0].span,
            help="that no finding names them says nothing; `segdsl explain SEG0820` tells what helps",
            severity="info",
        )
