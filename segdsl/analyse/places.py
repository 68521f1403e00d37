"""Which cell of each subject a customer is in, by the reference evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from segdsl.analyse.cells import Cell
from segdsl.analyse.diagram import EVERYBODY, NOBODY
from segdsl.analyse.regions import Regions, Subject
from segdsl.model import expr as k
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.quantity import Quantity
from segdsl.reference.world import Row


def place(evaluator: Evaluator, subject: Subject, row: Row) -> int | None:
    """None where the data isn't as the model says: a required field that is missing, a value out of range.

    INVARIANT: the cells of a subject part all the values that it can have, so a customer is in exactly one.
    """
    value: Any
    if subject.kind == "pair":
        assert isinstance(subject.of, k.Compare)
        left, right = subject.of.left, subject.of.right
        asked = {op: evaluator.truth(k.Compare(op, left, right), row) for op in ("<", "=", ">")}
        value = next((op for op, held in asked.items() if held is True), None)
    else:
        value = evaluator.value(subject.of, row)
        value = None if isinstance(value, Unknown) else value
        if isinstance(value, Quantity):
            value = Fraction(*value.pair) if value.pair is not None else Fraction(value.double)
    return next((i for i, cell in enumerate(subject.cells) if _holds(cell, value, subject)), None)


def _holds(cell: Cell, value: Any, subject: Subject) -> bool:
    if cell.missing or value is None:
        return cell.missing and value is None
    if cell.point:
        return bool(cell.low == value)
    if subject.kind == "named":
        return not any(c.point and c.low == value for c in subject.cells)
    return (cell.low is None or cell.low < value) and (cell.high is None or value < cell.high)


def inside(regions: Regions, who: int, at: Mapping[int, int]) -> bool:
    """Whether someone in these cells (variable -> cell) is in a set."""
    while who not in (NOBODY, EVERYBODY):
        variable, children = regions.diagrams.node(who)
        who = children[at[variable]]
    return who == EVERYBODY
