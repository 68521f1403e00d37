"""A segmentation should have a goal, an owner, a basis and a review."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic, series
from segdsl.model.segment import Model


def find(model: Model) -> Iterator[Diagnostic]:
    for rule in model.segmentations.values():
        meta = rule.meta
        metadata = {"goal": meta.goal, "owner": meta.owner, "basis": meta.basis, "review": meta.review_every}
        missing_names = [f"`{name}`" for name, value in metadata.items() if not value]
        if missing_names:
            yield Diagnostic(
                "SEG0801",
                f"`{rule.name}` has no {series(missing_names, 'or')}",
                rule.span,
                help='as in: goal "…"  owner "cs-ops@acme.example"  basis value, lifecycle  review every 90 days',
                severity="warning",
            )
