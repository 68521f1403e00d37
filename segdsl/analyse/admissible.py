"""What a rule reads -> what of that can't be known to be as it was: a backtest on it would look into the future."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from segdsl.facts.past import Past, fields_read, past_of
from segdsl.model import expr as k
from segdsl.model.dependencies import columns, everything
from segdsl.model.schema import Relation
from segdsl.model.segment import Model


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
    """Fields of events that are taken to be as they were written, `invoices.status`, and those taken to be what they are declared, `account.tier
    (fixed)`. Nothing proves that they are."""
    found: dict[str, None] = {}
    for relation, name in _read(model, rules):
        described = model.schema.relations[relation]
        if past_of(described, name) in (Past.AS_WRITTEN, Past.FILLED_IN):
            found[f"{relation}.{name}"] = None
        elif described.fields[name].fixed:
            found[f"{relation}.{name} (fixed)"] = None
    return list(found)


def fixed_fields(model: Model, rules: Iterable[str]) -> dict[str, list[str]]:
    """Fields that the rules reach and that are declared `fixed`, by relation."""
    found: dict[str, dict[str, None]] = {}
    for relation, name in _read(model, rules):
        if model.schema.relations[relation].fields[name].fixed:
            found.setdefault(relation, {})[name] = None
    return {relation: list(names) for relation, names in found.items()}


def declared(model: Model, names: Iterable[str]) -> list[tuple[object, ...]]:
    """What the data is declared to be, of all that rules and outcomes reach: since when rows and fields are known, and what never changes. A
    declaration that is false is a leak, and as much a part of what was asked as a condition is."""
    found: list[tuple[object, ...]] = []
    for relation, fields in sorted(columns(model, [e for n in names for e in model.definition(n)]).items()):
        r = model.schema.relations[relation]
        own = [(n, f.fixed, f.known_at) for n in sorted(fields) if (f := r.fields.get(n)) is not None]
        life = (r.lives_from, r.lives_to, r.valid_from, r.valid_to, r.at, r.known_at, r.complete_from)
        found.append((relation, r.kind, life, own))
    return found


def _read(model: Model, rules: Iterable[str]) -> Iterator[tuple[str, str]]:
    for node in everything(model, [e for name in rules for e in model.definition(name)]):
        if isinstance(node, k.Column):
            yield node.relation, node.name


def _found(model: Model, roots: Iterable[k.Expr], of_outcome: bool) -> list[Leak]:
    found: dict[tuple[str, str], Leak] = {}
    for node in everything(model, roots):
        for relation, name in fields_read(node):
            described = model.schema.relations[relation]
            if why := _why(described, name, of_outcome):
                found.setdefault((relation, name), Leak(relation, name, why))
        if isinstance(node, k.Aggregate):
            relation = node.rows.relation
            counted = model.schema.relations[relation]
            if counted.kind == "entity" and counted.lives_from is None and not _happened(node.rows.where):
                found.setdefault((relation, ""), Leak(relation, "", "has no life: who was there isn't known"))
    return list(found.values())


def _happened(where: k.Expr | None) -> bool:
    """Whether a condition on rows asks for something that had happened, which only those can have who were there."""
    while isinstance(where, k.Named):
        where = where.body
    if isinstance(where, k.And):
        return any(map(_happened, where.items))
    return isinstance(where, k.Aggregate) and where.function == k.Function.ANY


def _why(relation: Relation, name: str, of_outcome: bool) -> str:
    """Why a field's value at an origin isn't known; empty where it is. An outcome is asked once its window has closed."""
    match past_of(relation, name):
        case Past.KNOWN | Past.AS_WRITTEN:
            return ""
        case Past.FILLED_IN:
            return "" if of_outcome else "is filled in later"
        case Past.ENDED:
            return "" if of_outcome else "is only known once it has happened"
        case Past.OVERWRITTEN:
            return "is overwritten"
        case unreachable:
            assert_never(unreachable)
