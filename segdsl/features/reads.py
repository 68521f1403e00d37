"""Expressions -> what they are made of: fields, and tables whose rows they count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from segdsl.model import expr as k
from segdsl.model.dependencies import everything
from segdsl.model.segment import Model

Reads = frozenset[tuple[str, str]]
"""Fields as (relation, field), and tables whose rows are counted as (table, "")."""

_OF_HOW_MANY = (
    k.Function.COUNT,
    k.Function.ANY,
    k.Function.SUM,
    k.Function.COUNT_DISTINCT,
    k.Function.TIMES_OF_COMMONEST,
)
"""Functions that are 0 or false without rows, and the larger the more rows there are."""


def reads(model: Model, roots: Iterable[k.Expr]) -> Reads:
    """What expressions read, through every metric and rule that they mention: fields but keys and times of rows, and tables."""
    return frozenset(r for node in everything(model, roots) for r in _read_by(model, node))


def made_of(model: Model, value: k.Expr) -> Reads:
    """What a value is made of: its fields, and the tables of which it says how many, how much or how recently.

    An average or a share over rows is made of their fields, not of how many rows there are.
    """
    return frozenset(
        r
        for node in everything(model, [value])
        if not isinstance(node, k.Aggregate) or _says_how_many(model, node)
        for r in _read_by(model, node)
    )


def _says_how_many(model: Model, node: k.Aggregate) -> bool:
    return node.function in _OF_HOW_MANY or not any(f for part in k.elsewhere(node) for _, f in reads(model, [part]))


def _read_by(model: Model, node: k.Expr) -> Iterator[tuple[str, str]]:
    if isinstance(node, k.Aggregate):
        yield node.rows.relation, ""
    elif isinstance(node, k.Column):
        relation = model.schema.relations[node.relation]
        if node.name not in (relation.placing if relation.kind == "table" else {relation.key, relation.by}):
            yield node.relation, node.name
