"""A number of the syntax tree -> the exact number of the model, which knows whether it was written as a percentage."""

from __future__ import annotations

from segdsl.lang import tree
from segdsl.model import expr as k


def figure(number: tree.Number, sign: int = 1) -> k.Ratio:
    return k.Ratio(sign * number.numerator, number.denominator, number.percent)


def signed(node: tree.Node) -> k.Ratio | None:
    """Returns a number with its sign; None if the node is anything else."""
    sign, inner = (-1, node.item) if isinstance(node, tree.Negate) else (1, node)
    return figure(inner, sign) if isinstance(inner, tree.Number) else None
