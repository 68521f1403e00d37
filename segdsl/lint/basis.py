"""A rule that says on which basis it rests should name that of every field it reads."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic
from segdsl.model import expr as k
from segdsl.model.segment import Model, Segment, Segmentation
from segdsl.reads import everything


def find(model: Model) -> Iterator[Diagnostic]:
    rules: list[Segment | Segmentation] = [*model.segments.values(), *model.segmentations.values()]
    for rule in rules:
        if rule.meta.basis:
            yield from _compared(model, rule)


def _compared(model: Model, rule: Segment | Segmentation) -> Iterator[Diagnostic]:
    read: dict[str, str] = {}
    for node in everything(model, model.definition(rule.name)):
        if isinstance(node, k.Column):
            basis = model.schema.relations[node.relation].fields[node.name].basis
            if basis:
                read.setdefault(basis, node.name)
    declared = set(rule.meta.basis)
    for basis, field in read.items():
        if basis not in declared:
            yield Diagnostic(
                "SEG0813",
                f"`{rule.name}` reads `{field}`, which is {basis}, and doesn't say so",
                rule.span,
                help=f"add {basis} to its `basis`",
                severity="warning",
            )
