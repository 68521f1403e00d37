"""Evaluator over a test's world: its rows and given metrics."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from zoneinfo import ZoneInfo

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.segment import GivenRow, Model, Test
from segdsl.reference.evaluate import Evaluator, Result, Unknown
from segdsl.reference.quantity import Quantity
from segdsl.reference.world import Value, World

_NO_TIME = dt.date(2000, 1, 1)  # as-of of a test whose rules don't depend on time


GivenMetrics = dict[tuple[str, str, str], Result]
"""Values that replace a metric's definition, by (entity, key, metric)."""


def clock_of(test: Test, zone: ZoneInfo) -> Clock:
    return Clock.at(test.as_of or _NO_TIME, zone)


def world_of(test: Test, model: Model, clock: Clock) -> tuple[World, GivenMetrics]:
    empty = Evaluator(model, World(model.schema, {}, clock))
    rows: dict[str, list[dict[str, Value | None]]] = {}
    metrics: GivenMetrics = {}
    for row in test.rows:
        rows.setdefault(row.relation, []).append(_cells(row, model, empty))
        for name, value in row.metrics.items():
            key = model.schema.relations[row.relation].key or ""
            typed = model.metrics[name].type
            result = empty.value(value, {}) if value is not None else Unknown((f"`{name}` is given as missing",))
            metrics[row.relation, str(_canonical(row.cells[key], model, empty, ty.TEXT)), name] = _scaled(result, typed)
    return World(model.schema, rows, clock), metrics


def _cells(row: GivenRow, model: Model, empty: Evaluator) -> dict[str, Value | None]:
    fields = model.schema.relations[row.relation].fields
    return {name: _canonical(cell, model, empty, fields[name].type) for name, cell in row.cells.items()}


def _canonical(cell: k.Expr | frozenset[str] | None, model: Model, empty: Evaluator, typed: ty.Type) -> Value | None:
    if cell is None or isinstance(cell, frozenset):
        return cell
    value = empty.value(cell, {})
    if isinstance(value, Unknown):
        return None
    if not isinstance(value, Quantity):
        return value
    assert value.pair is not None, "literals are exact"
    if typed == ty.REAL:
        return value.double
    return round(Fraction(*value.pair) * ty.scale(typed))


def _scaled(result: Result, typed: ty.Type) -> Result:
    """A given number, as real where the metric is real."""
    if isinstance(result, Quantity) and typed == ty.REAL:
        return Quantity(None, result.double)
    return result
