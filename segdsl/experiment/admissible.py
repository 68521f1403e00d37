"""What a rule reads -> what of that can't be known to be as it was: a backtest on it would look into the future."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.model.segment import Model
from segdsl.reads import everything


@dataclass(frozen=True, slots=True)
class Leak:
    """A field, and why what it held at an origin isn't known."""

    relation: str
    field: str
    because: str

    def __str__(self) -> str:
        return f"`{self.relation}.{self.field}` {self.because}" if self.field else f"`{self.relation}` {self.because}"


def leaks(model: Model, rules: Iterable[str]) -> list[Leak]:
    """Of all that the rules reach: fields that are overwritten, and times that are filled in later."""
    roots = [e for name in rules for e in model.definition(name)]
    return _found(model, roots, of_outcome=False)


def unclosed(model: Model, outcome: str) -> list[Leak]:
    """Fields of an outcome that say how things are now, not how they were when its window closed."""
    return _found(model, model.definition(outcome), of_outcome=True)


def assumed(model: Model, rules: Iterable[str]) -> list[str]:
    """Fields of events that are taken to be as they were written: `invoices.status`. Nothing proves that they are."""
    found: dict[str, None] = {}
    for node in everything(model, [e for name in rules for e in model.definition(name)]):
        if isinstance(node, k.Column) and model.schema.relations[node.relation].kind == "table":
            field = model.schema.relations[node.relation].fields[node.name]
            if not _own(model.schema.relations[node.relation], node.name) and not field.fixed and not field.known_at:
                found[f"{node.relation}.{node.name}"] = None
    return list(found)


def _found(model: Model, roots: Iterable[k.Expr], of_outcome: bool) -> list[Leak]:
    found: dict[tuple[str, str], Leak] = {}
    for node in everything(model, roots):
        for relation, name in _fields(node):
            described = model.schema.relations[relation]
            if why := _why(described, name, of_outcome):
                found.setdefault((relation, name), Leak(relation, name, why))
        if isinstance(node, k.Aggregate):
            relation = node.rows.relation
            counted = model.schema.relations[relation]
            if counted.kind == "entity" and counted.lives_from is None and not _happened(node.rows.where):
                found.setdefault((relation, ""), Leak(relation, "", "has no life: who was there isn't known"))
    return list(found.values())


def _fields(node: k.Expr) -> Iterator[tuple[str, str]]:
    """The fields that a node reads itself, those by which it finds its rows too."""
    if isinstance(node, k.Column):
        yield node.relation, node.name
    if isinstance(node, k.Column | k.MetricOf | k.Member | k.Standing | k.At | k.Rounded):
        yield from _links(node.row)
    if isinstance(node, k.Aggregate):
        yield from _links(node.rows.anchor)
        yield from ((hop.target, hop.column) for hop in node.rows.hops)


def _links(row: k.Row) -> Iterator[tuple[str, str]]:
    while isinstance(row, k.Via | k.Topmost):
        yield row.link.source, row.link.column
        row = row.row


def _happened(where: k.Expr | None) -> bool:
    """Whether a condition on rows asks for something that had happened, which only those can have who were there."""
    while isinstance(where, k.Named):
        where = where.body
    if isinstance(where, k.And):
        return any(map(_happened, where.items))
    return isinstance(where, k.Aggregate) and where.function == k.Function.ANY


def _why(relation: Relation, name: str, of_outcome: bool) -> str:
    """Empty where the field is known to be as it was."""
    field = relation.fields[name]
    if name == relation.lives_to:
        return "" if of_outcome else "is only known once it has happened"
    if field.fixed or field.known_at is not None or relation.history or relation.kind == "list" or _own(relation, name):
        return ""
    if relation.kind == "table":
        return "is filled in later" if ty.is_time(field.type) and not of_outcome else ""
    return "is overwritten"


def _own(relation: Relation, name: str) -> bool:
    """A key, a link to whom it belongs, or a time at which a row began to be there."""
    return name in (relation.key, relation.by, relation.at, relation.known_at, relation.lives_from, relation.valid_from)
