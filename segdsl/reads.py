"""Rules -> what they read: fields by relation, through every metric, segment and row they mention."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from segdsl.model import expr as k
from segdsl.model.segment import Model, Segment, Segmentation


def everything(model: Model, roots: Iterable[k.Expr]) -> Iterator[k.Expr]:
    """All expressions inside the roots and inside every metric and rule they mention, each rule once."""
    todo = list(roots)
    seen: set[str] = set()
    while todo:
        for node in k.deep(todo.pop()):
            yield node
            if isinstance(node, k.MetricOf | k.Member | k.Tally) and node.name not in seen:
                seen.add(node.name)
                todo += model.definition(node.name)


def columns(model: Model, roots: Iterable[k.Expr]) -> dict[str, set[str]]:
    """Relation -> the fields that are read, keys and times of the rows on the way included."""
    found: dict[str, set[str]] = defaultdict(set)
    for node in everything(model, roots):
        rows = list(k.rows_of(node)) if isinstance(node, k.Column | k.MetricOf | k.Member | k.Aggregate) else []
        for row in rows:
            _links(row, found)
        match node:
            case k.Column():
                found[node.relation].add(node.name)
            case k.Aggregate():
                for hop in node.rows.hops:
                    found[hop.target].add(hop.column)
                if node.rows.everyone is not None:
                    found.setdefault(node.rows.relation, set())
            case k.OneOf(listed=listed) | k.TextTest(listed=listed) | k.SetTest(listed=listed):
                if listed is not None:
                    found.setdefault(listed, set())
            case k.Standing(relation=relation_name) | k.At(relation=relation_name):
                found.setdefault(relation_name, set())
            case (
                k.Literal_() | k.Missing() | k.MetricOf() | k.Member() | k.Tally() | k.AsOf() | k.StartOf() | k.Shift()
                | k.StartOfDay() | k.DateOf() | k.Elapsed() | k.BusinessDays() | k.PartOf() | k.Arithmetic() | k.Rounded()
                | k.Distance() | k.Split() | k.Compare() | k.IsMissing() | k.Not() | k.And() | k.Or() | k.If() | k.Named()
            ):  # fmt: skip
                pass  # their parts and rows are read
    for relation in model.schema.relations.values():
        if relation.name in found:
            found[relation.name] |= relation.existence
            known = {relation.fields[c].known_at for c in found[relation.name] if c in relation.fields}
            found[relation.name] |= {c for c in known if c is not None}
    return dict(found)


def together(*parts: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """All that any of them reads."""
    found: dict[str, set[str]] = defaultdict(set)
    for part in parts:
        for relation, fields in part.items():
            found[relation] |= fields
    return dict(found)


def _links(row: k.Row, found: dict[str, set[str]]) -> None:
    while isinstance(row, k.Via | k.Topmost):
        found[row.link.source].add(row.link.column)
        found.setdefault(row.link.target, set())
        row = row.row


def of_rules(model: Model, rules: Iterable[Segment | Segmentation]) -> dict[str, set[str]]:
    """What these rules read, the keys of their entities included."""
    kept = list(rules)
    found = columns(model, [e for r in kept for e in model.definition(r.name)])
    for rule in kept:
        _whether_it_exists(model, rule.entity, found)
    return found


def of_condition(model: Model, entity: str, condition: k.Expr) -> dict[str, set[str]]:
    """What a condition about an entity reads, its keys included."""
    found = columns(model, [condition])
    _whether_it_exists(model, entity, found)
    return found


def _whether_it_exists(model: Model, entity: str, found: dict[str, set[str]]) -> None:
    found.setdefault(entity, set()).update(model.schema.relations[entity].existence)
