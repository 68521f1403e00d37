"""Where the reference evaluator finds a customer among the cells that the encoder made."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from segdsl.analyse import facts
from segdsl.analyse.cells import Cell
from segdsl.analyse.diagram import EVERYBODY, NOBODY
from segdsl.analyse.regions import Regions, Subject
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.quantity import Quantity
from segdsl.reference.world import World
from tests.conformance.crowd import Crowd
from tests.conformance.run import clock
from tests.conftest import model_of
from tests.properties.worlds import SCHEMA


def place(evaluator: Evaluator, subject: Subject, row: Any) -> int:
    """Which cell of a subject a customer is in, by the reference evaluator."""
    if subject.kind == "pair":
        assert isinstance(subject.of, k.Compare)
        asked = {op: evaluator.truth(k.Compare(op, subject.of.left, subject.of.right), row) for op in ("<", "=", ">")}  # type: ignore[arg-type]
        value: Any = next((op for op, held in asked.items() if held is True), None)
    else:
        value = evaluator.value(subject.of, row)
        value = None if isinstance(value, Unknown) else value
        if isinstance(value, Quantity):
            value = Fraction(*value.pair) if value.pair is not None else Fraction(value.double)
    found = [i for i, cell in enumerate(subject.cells) if holds(cell, value, subject)]
    assert len(found) == 1, (subject.of, value, [subject.cells[i] for i in found] or subject.cells)
    return found[0]


def holds(cell: Cell, value: Any, subject: Subject) -> bool:
    if cell.missing or value is None:
        return cell.missing and value is None
    if cell.point:
        return bool(cell.low == value)
    if subject.kind == "named":
        return not any(c.point and c.low == value for c in subject.cells)
    return (cell.low is None or cell.low < value) and (cell.high is None or value < cell.high)


def inside(regions: Regions, region: int, at: dict[int, int]) -> bool:
    while region not in (NOBODY, EVERYBODY):
        variable, children = regions.diagrams._nodes[region]
        region = children[at[variable]]
    return region == EVERYBODY


def checked(i: int, customers: int, pack: str) -> int:
    """How many answers the encoder and the reference agree on; each of the facts holds of each customer."""
    at = clock(i)
    rows = Crowd(at.now, customers, f"proofs {i}").rows()
    model = model_of(SCHEMA + pack, rows)
    world = World(model.schema, rows, at)
    evaluator = Evaluator(model, world)
    compared = 0
    for rule in model.rules_of("account"):
        (regions,) = Regions.of([(model, model.definition(rule.name))], at)
        can_be = facts.possible(regions)
        for row in world.rows("account"):
            where = {s.variable: place(evaluator, s, row) for s in regions.subjects.values()}
            assert inside(regions, can_be, where), (rule.name, "a fact excludes a customer that is there")
            for condition in model.definition(rule.name):
                if condition.type != ty.BOOLEAN:
                    continue
                known = regions.truth(condition)
                found = (
                    True
                    if inside(regions, known.true, where)
                    else False
                    if inside(regions, known.false, where)
                    else None
                )
                told = evaluator.truth(condition, row)
                assert found == (None if isinstance(told, Unknown) else told), (rule.name, row)
                compared += 1
    return compared
