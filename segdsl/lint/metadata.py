"""A segmentation should say what it is for, who answers for it, on what it rests and when it is reviewed."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic
from segdsl.model.segment import Model


def find(model: Model) -> Iterator[Diagnostic]:
    for rule in model.segmentations.values():
        meta = rule.meta
        said = {"goal": meta.goal, "owner": meta.owner, "basis": meta.basis, "review": meta.review_every}
        lacking = [f"`{name}`" for name, value in said.items() if not value]
        if lacking:
            yield Diagnostic(
                "SEG0801",
                f"`{rule.name}` doesn't say its {_listed(lacking)}",
                rule.span,
                help='as in: goal "…"  owner "cs-ops@acme.example"  basis value, lifecycle  review every 90 days',
                severity="warning",
            )


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
