"""Notes on rules that were too large for a proof, or for which no work was left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from segdsl.diagnostics import Diagnostic
from segdsl.model.segment import Segment, Segmentation

_MOST_NAMES = 3


def not_looked_at(rules: Mapping[str, Sequence[Segment | Segmentation]], question: str) -> Iterator[Diagnostic]:
    """Notes the unproved rules, which are grouped by reason. `question` comes before their names, as in `whether nobody is in`."""
    for reason, unproved in rules.items():
        names = ", ".join(f"`{r.name}`" for r in unproved[:_MOST_NAMES])
        more = f" and {len(unproved) - _MOST_NAMES:,} more" if len(unproved) > _MOST_NAMES else ""
        yield Diagnostic(
            "SEG0820",
            f"it was not proved {question} {names}{more}: {reason}",
            unproved[0].span,
            help="without a proof, the lack of a finding means nothing; see `segdsl explain SEG0820`",
            severity="info",
        )
