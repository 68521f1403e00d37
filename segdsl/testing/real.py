"""A customer of the data -> the same one under made-up names, with the rows that a rule asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from segdsl import reads
from segdsl.model import types as ty
from segdsl.model.schema import Relation, Schema
from segdsl.model.segment import Segment, Segmentation
from segdsl.reference.world import Row, Value
from segdsl.run.customers import Customer
from segdsl.testing.expected import rule_says
from segdsl.testing.folder import said
from segdsl.testing.search import Example, Found


@dataclass(frozen=True)
class Pseudonymised:
    """`left_out` are personal fields that the rule reads: their values stay where they are. `same` tells whether
    the rule says of the copy what it says of the customer."""

    example: Example
    left_out: tuple[str, ...]
    same: bool


def pseudonymised(customer: Customer, rule: Segment | Segmentation) -> Pseudonymised:
    """Keys are numbered, personal fields left out; everything else is what the rule read of it, and no more."""
    evaluator, row = customer.evaluator, customer.row
    before = said(evaluator, rule, row)
    schema, clock = evaluator.model.schema, evaluator.world.clock
    rows = {name: _once(schema.relations[name], found) for name, found in customer.fetched().items()}
    names = _names(schema, rows, rule.entity, row)
    copied = {name: [_copy(r, schema.relations[name], schema, names) for r in found] for name, found in rows.items()}
    key = names[rule.entity, row[schema.relations[rule.entity].key or ""]]  # type: ignore[index]
    found = Found(copied, {}, rule.entity, key, clock, clock.as_of)
    read = reads.of_rules(evaluator.model, [rule]).columns
    personal = [
        f"{name}.{f}" for name in rows for f in sorted(read.get(name, ())) if schema.relations[name].fields[f].personal
    ]
    again = found.evaluator(evaluator.model)
    copy = found.row(again)
    example = Example(f"{rule.name}: a real {rule.entity}, pseudonymised", found, partial(rule_says, rule))
    return Pseudonymised(example, tuple(personal), copy is not None and said(again, rule, copy) == before)


def _once(relation: Relation, rows: list[Row]) -> list[Row]:
    """Each row of an entity once, however it was come by."""
    if relation.key is None:
        return rows
    return list({r.get(relation.key): r for r in rows}.values())


Names = Mapping[tuple[str, Value], Value]


def _names(schema: Schema, rows: Mapping[str, list[Row]], entity: str, focus: Row) -> Names:
    names: dict[tuple[str, Value], Value] = {}
    for relation in schema.entities:
        own = rows.get(relation.name, [])
        first = [
            r for r in own if relation.name == entity and r.get(relation.key or "") == focus.get(relation.key or "")
        ]
        for number, row in enumerate([*first, *(r for r in own if r not in first)], 1):
            key = row.get(relation.key or "")
            if key is not None:
                whole = relation.fields[relation.key or ""].type == ty.INTEGER
                names[relation.name, key] = number if whole else f"{relation.name}_{number}"
    return names


def _copy(row: Row, relation: Relation, schema: Schema, names: Names) -> dict[str, Value | None]:
    links = {link.column: link.target for link in schema.to_one.get(relation.name, {}).values()}
    copied: dict[str, Value | None] = {}
    for name, value in row.items():
        field = relation.fields[name]
        of = relation.name if relation.kind == "entity" and name == relation.key else links.get(name)
        if relation.kind != "entity" and name == relation.by:
            of = relation.of
        if of is not None and schema.relations[of].kind == "entity":
            copied[name] = names.get((of, value)) if value is not None else None
        elif not field.personal:
            copied[name] = value
    return copied
