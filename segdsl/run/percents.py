"""Comparisons with a number above 1 of fields that are never above it, as percentages are read: 85% is 0.85, and everybody is below 60."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.dependencies import everything
from segdsl.model.segment import Model
from segdsl.sql import spell as s

_HIGHEST = 1  # what is compared with more than this, and never is more, may be a percentage


def compared_with_points(model: Model, roots: Iterable[k.Expr], engine: Engine) -> Iterator[Diagnostic]:
    """A warning for each field of numbers from -1 to 1 that is compared with a number of percent points. Raises `DataError`."""
    for (relation, name), (node, points) in _comparisons(model, roots).items():
        highest = _highest(engine, relation, name)
        if highest is not None and highest <= _HIGHEST:
            message = f"`{name}` of `{relation}` is never above 1, and is compared with {points:g}"
            help = f"percentages are read as shares, 85% as 0.85: write {points:g}%"
            yield Diagnostic("SEG0724", message, node.span, help=help, severity="warning")


def _comparisons(model: Model, roots: Iterable[k.Expr]) -> dict[tuple[str, str], tuple[k.Compare, float]]:
    """By (relation, field), the first comparison with a number above 1."""
    found: dict[tuple[str, str], tuple[k.Compare, float]] = {}
    for node in everything(model, roots):
        if not isinstance(node, k.Compare):
            continue
        for column, literal in ((node.left, node.right), (node.right, node.left)):
            if (
                isinstance(column, k.Column)
                and isinstance(column.type, ty.Number)
                and isinstance(literal, k.Literal_)
                and isinstance(literal.value, k.Ratio)
                and abs(literal.value.numerator) > _HIGHEST * literal.value.denominator
            ):
                points = literal.value.numerator / literal.value.denominator
                found.setdefault((column.relation, column.name), (node, points))
    return found


def _highest(engine: Engine, relation: str, name: str) -> float | None:
    """The largest absolute value of a field; None without any."""
    column = s.column("t", name)
    query = exp.Select(expressions=[exp.Max(this=exp.Abs(this=column))]).from_(s.table(relation, "t"))
    ((highest,),) = engine.rows(query)
    return None if highest is None else float(highest) / ty.NUMBER_SCALE
