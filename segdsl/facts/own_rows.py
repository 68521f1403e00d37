"""Rules -> the tables of which each customer's place depends on the customer's own rows alone, if it does."""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.model import expr as k
from segdsl.model.dependencies import everything
from segdsl.model.segment import Model, Rule, Segment


def own_rows(model: Model, rules: Sequence[Rule]) -> dict[str, str] | None:
    """By relation, the column with the key of the customer to whom a row belongs: the rules' entity, and each table that they count.

    Of these relations no rows of other customers are read, and all rows of others. None where a customer's place may depend on other
    customers, by ranks, limits or links; also of some rules by which it doesn't.
    """
    (entity,) = {r.entity for r in rules}
    nodes = [n for r in rules for n in everything(model, model.definition(r.name))]
    known: dict[str, Rule] = {**model.segmentations, **model.segments}
    read = [known[n.name] for n in nodes if isinstance(n, k.Member | k.Tally) and n.name in known]
    if any(_has_limit(r) for r in [*rules, *read]):
        return None
    own = {entity: model.schema.relations[entity].key or ""}
    linked: set[str] = set()
    for node in nodes:
        linked |= {link for row in k.rows_named(node) for link in _links(row)}
        match node:
            case k.Standing() | k.Tally():
                return None
            case k.Aggregate(rows=k.Rows(anchor=k.This(), hops=(hop,), everyone=None)) if hop.source == entity:
                if own.setdefault(hop.target, hop.column) != hop.column:
                    return None
            case k.Aggregate():
                return None
            case _:
                pass
    return own if not linked & own.keys() else None


def _links(row: k.Row) -> set[str]:
    links = set()
    while isinstance(row, k.Via | k.Topmost):
        links.add(row.link.target)
        row = row.row
    return links


def _has_limit(rule: Rule) -> bool:
    if isinstance(rule, Segment):
        return rule.limit is not None
    return any(a.limit is not None for a in rule.all_arms)
