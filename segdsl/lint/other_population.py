"""A rank over the rule's population beside `all account`, which is everybody: one rule that compares a customer with two crowds."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic
from segdsl.lint._written import written
from segdsl.model import expr as k
from segdsl.model.segment import Model


def find(model: Model) -> Iterator[Diagnostic]:
    for segment in model.segments.values():
        if segment.where is not None:
            yield from _advice(segment.entity, segment.where, [segment.condition])
    for rule in model.segmentations.values():
        if rule.where is not None:
            for arm in rule.arms:
                yield from _advice(rule.entity, rule.where, [arm.condition] if arm.condition is not None else [])


def _advice(entity: str, where: k.Expr, conditions: list[k.Expr]) -> Iterator[Diagnostic]:
    """Yields the advice on one rule or arm, of which `where` is the population."""
    nodes = [n for e in conditions for n in k.walk(e)]
    if not any(isinstance(n, k.Standing) and n.among is not None for n in nodes):
        return
    for node in nodes:
        everyone = node.rows.everyone if isinstance(node, k.Aggregate) else None
        if not isinstance(node, k.Aggregate) or everyone is None or everyone.relation != entity or node.span is None:
            continue
        if isinstance(everyone.per, k.Column) and isinstance(everyone.per.row, k.Topmost):
            continue  # a family is nobody's population
        if not _asks(node.rows.where, where):
            message = f"this is about every {entity}, and the rank beside it about those where `{written(where)}`"
            help = f"write `where {written(where)}` here, too, if the same are meant"
            yield Diagnostic("SEG0826", message, node.span, help=help, severity="warning")


def _asks(condition: k.Expr | None, where: k.Expr) -> bool:
    """Tells whether a condition of rows asks what a rule's `where` asks, or something about the same fields."""
    fields = {n.name for n in k.walk(where) if isinstance(n, k.Column)}
    asked = k.walk(condition) if condition is not None else ()
    return condition == where or any(isinstance(n, k.Column) and n.name in fields for n in asked)
