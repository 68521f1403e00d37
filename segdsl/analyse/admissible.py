"""Leaks: values that a rule reads but that weren't known at an origin, so that a backtest would look into the future."""

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
    """A field, and why its value at an origin isn't known."""

    relation: str
    field: str
    because: str

    def __str__(self) -> str:
        return f"`{self.relation}.{self.field}` {self.because}" if self.field else f"`{self.relation}` {self.because}"


def leaks(model: Model, rules: Iterable[str]) -> list[Leak]:
    """Returns the leaks of rules: overwritten fields, and times that are filled in later."""
    roots = [e for name in rules for e in model.definition(name)]
    return _leaks(model, roots, of_outcome=False)


def leaks_of(model: Model, expressions: Iterable[k.Expr]) -> list[Leak]:
    """Returns the leaks of expressions that no rule names."""
    return _leaks(model, expressions, of_outcome=False)


def unclosed(model: Model, outcome: str) -> list[Leak]:
    """Returns the leaks of an outcome: fields that have their value of now, not of the day its window closed."""
    return _leaks(model, model.definition(outcome), of_outcome=True)


def assumed(model: Model, rules: Iterable[str]) -> list[str]:
    """Returns the fields whose values are assumed to be unchanged, without a proof.

    These are fields of events, such as `invoices.status`, and fields declared fixed, such as `account.tier (fixed)`.
    """
    names: dict[str, None] = {}
    for relation, name in _read(model, rules):
        declared = model.schema.relations[relation]
        if past_of(declared, name) in (Past.AS_WRITTEN, Past.FILLED_IN):
            names[f"{relation}.{name}"] = None
        elif declared.fields[name].fixed:
            names[f"{relation}.{name} (fixed)"] = None
    return list(names)


def fixed_fields(model: Model, rules: Iterable[str]) -> dict[str, list[str]]:
    """Returns the fields that rules read and that are declared `fixed`, by relation."""
    by_relation: dict[str, dict[str, None]] = {}
    for relation, name in _read(model, rules):
        if model.schema.relations[relation].fields[name].fixed:
            by_relation.setdefault(relation, {})[name] = None
    return {relation: list(names) for relation, names in by_relation.items()}


def declared(model: Model, names: Iterable[str]) -> list[tuple[object, ...]]:
    """Returns the declarations on which the absence of leaks depends: from when rows and fields are known, and what never changes.

    If a declaration is false, there is a leak, so declarations are as much a part of an experiment as its conditions.
    """
    declarations: list[tuple[object, ...]] = []
    for relation, fields in sorted(columns(model, [e for n in names for e in model.definition(n)]).items()):
        r = model.schema.relations[relation]
        field_times = [(n, f.fixed, f.known_at) for n in sorted(fields) if (f := r.fields.get(n)) is not None]
        life = (r.lives_from, r.lives_to, r.valid_from, r.valid_to, r.at, r.known_at, r.complete_from)
        declarations.append((relation, r.kind, life, field_times))
    return declarations


def _read(model: Model, rules: Iterable[str]) -> Iterator[tuple[str, str]]:
    for node in everything(model, [e for name in rules for e in model.definition(name)]):
        if isinstance(node, k.Column):
            yield node.relation, node.name


def _leaks(model: Model, roots: Iterable[k.Expr], of_outcome: bool) -> list[Leak]:
    leaks_found: dict[tuple[str, str], Leak] = {}
    for node in everything(model, roots):
        for relation, name in fields_read(node):
            declared = model.schema.relations[relation]
            if why := _why(declared, name, of_outcome):
                leaks_found.setdefault((relation, name), Leak(relation, name, why))
        if isinstance(node, k.Aggregate):
            relation = node.rows.relation
            relation_counted = model.schema.relations[relation]
            if (
                relation_counted.kind == "entity"
                and relation_counted.lives_from is None
                and not _happened(node.rows.where)
            ):
                leaks_found.setdefault(
                    (relation, ""), Leak(relation, "", "has no life: which rows existed isn't known")
                )
    return list(leaks_found.values())


def _happened(where: k.Expr | None) -> bool:
    """Tells whether a condition on rows requires a past event, which only rows that existed can have."""
    while isinstance(where, k.Named):
        where = where.body
    if isinstance(where, k.And):
        return any(map(_happened, where.items))
    return isinstance(where, k.Aggregate) and where.function == k.Function.ANY


def _why(relation: Relation, name: str, of_outcome: bool) -> str:
    """Returns why a field's value at an origin isn't known; empty if it is. An outcome is read after its window has closed."""
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
