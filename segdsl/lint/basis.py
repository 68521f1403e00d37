"""A rule that declares its basis should name the basis of every field it reads."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic
from segdsl.model import expr as k
from segdsl.model.dependencies import everything
from segdsl.model.segment import Model, Segment, Segmentation


def find(model: Model) -> Iterator[Diagnostic]:
    rules: list[Segment | Segmentation] = [*model.segments.values(), *model.segmentations.values()]
    for rule in rules:
        if rule.meta.basis:
            yield from _missing_bases(model, rule)


def _missing_bases(model: Model, rule: Segment | Segmentation) -> Iterator[Diagnostic]:
    basis_of_arms = {} if isinstance(rule, Segment) else {a.condition: a.meta.basis for a in rule.arms}
    undeclared: dict[str, str] = {}
    for part in model.definition(rule.name):
        declared = {*rule.meta.basis, *basis_of_arms.get(part, ())}
        for basis, field in _bases(model, part):
            if basis not in declared:
                undeclared.setdefault(basis, field)
    for basis, field in undeclared.items():
        yield Diagnostic(
            "SEG0813",
            f"`{rule.name}` reads `{field}`, which is {basis}, but its `basis` doesn't say so",
            rule.span,
            help=f"add {basis} to its `basis`",
            severity="warning",
        )


def _bases(model: Model, part: k.Expr) -> Iterator[tuple[str, str]]:
    """Yields the basis and the name of each field with a basis that a part of a rule reads."""
    for node in everything(model, [part]):
        if isinstance(node, k.Column):
            basis = model.schema.relations[node.relation].fields[node.name].basis
            if basis:
                yield basis, node.name
