"""Locates a customer: the cell of each subject, according to the reference evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from segdsl.analyse.cells import Cell
from segdsl.analyse.diagram import EVERYBODY, NOBODY
from segdsl.analyse.regions import Kind, Regions, Subject
from segdsl.model import expr as k
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.quantity import Quantity
from segdsl.reference.world import Row


def place(evaluator: Evaluator, subject: Subject, row: Row) -> int | None:
    """Returns the cell of a subject that a customer is in; None if the data contradicts the model, such as a missing required field.

    INVARIANT: the cells of a subject partition all its possible values, so a customer is in exactly one.
    """
    if subject.kind is Kind.PAIR:
        assert isinstance(subject.of, k.Compare)
        left, right = subject.of.left, subject.of.right
        true = {op for op in _OPS if evaluator.truth(k.Compare(op, left, right), row) is True}
        order = next((op for op in _OPS if op in true), None)
        return next((i for i, c in enumerate(subject.cells) if c.missing is (order is None) and c.low == order), None)
    value = evaluator.value(subject.of, row)
    floor = isinstance(value, Unknown) and value.at_least is not None
    value_or_floor = value.at_least if isinstance(value, Unknown) else value
    at = (
        Fraction(*value_or_floor.pair)
        if isinstance(value_or_floor, Quantity) and value_or_floor.pair
        else value_or_floor
    )
    if isinstance(at, Quantity):
        at = Fraction(at.double)
    for i, cell in enumerate(subject.cells):
        if cell.floor is floor and cell.missing is isinstance(value, Unknown) and _holds(cell, at, subject):
            return i
    return len(subject.cells) - 1 if floor and subject.cells[-1].missing and not subject.cells[-1].floor else None


_OPS: tuple[k.CompareOp, ...] = ("<", "=", ">", "<=", ">=")  # the last two are for floors


def _holds(cell: Cell, value: Any, subject: Subject) -> bool:
    """Tells whether a value or floor is in a cell; None is in the cell of missing values."""
    if value is None or (cell.missing and not cell.floor):
        return value is None and cell.missing and not cell.floor
    if cell.point:
        return bool(cell.low == value)
    if subject.kind is Kind.NAMED:
        return not any(c.point and c.low == value for c in subject.cells)
    return (cell.low is None or cell.low < value) and (cell.high is None or value < cell.high)


def inside(regions: Regions, who: int, at: Mapping[int, int]) -> bool:
    """Tells whether a customer in certain cells, given by variable, is in a set."""
    while who not in (NOBODY, EVERYBODY):
        variable, children = regions.diagrams.node(who)
        who = children[at[variable]]
    return who == EVERYBODY
