"""Draft of a few customers: rows that can still change, linked as the model declares."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol, TypeVar

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model import versions
from segdsl.model.clock import Clock
from segdsl.model.schema import Field, Relation, Schema, ToMany
from segdsl.model.segment import Model
from segdsl.reference.evaluate import Evaluator, Result
from segdsl.reference.world import Row, Value, World
from segdsl.testing.run.evaluator import GivenMetrics

T = TypeVar("T")
Cells = dict[str, Value | None]


class Choose(Protocol):
    """Choose one option; the first is the simplest."""

    def __call__(self, options: Sequence[T], /) -> T: ...


@dataclass
class Draft:
    """Draft of a world. Keys are made up as they are needed.

    `rows`: rows by relation.
    `metrics`: values that replace metrics, as in a test.
    `may_replace_metrics`: whether `metrics` may be used.
    """

    model: Model
    clock: Clock
    choose: Choose
    rows: dict[str, list[Cells]] = field(default_factory=lambda: defaultdict(list))
    metrics: GivenMetrics = field(default_factory=dict)
    may_replace_metrics: bool = True

    @property
    def schema(self) -> Schema:
        return self.model.schema

    def evaluator(self) -> Evaluator:
        return Evaluator(self.model, World(self.schema, self.rows, self.clock), self.metrics)

    # -- rows --------------------------------------------------------------------------

    def new(self, relation: str, cells: Mapping[str, Value | None] | None = None) -> Cells:
        """Add a row with the cells, a key, and every required field filled in."""
        described = self.schema.relations[relation]
        row: Cells = dict(cells or {})
        if described.key is not None and row.get(described.key) is None:
            row[described.key] = self._key(described)
        if described.kind == "table" and described.of is not None and described.by not in row:
            row[described.by or ""] = self._owner(self.schema.relations[described.of])
        for name, known in described.fields.items():
            if known.required and row.get(name) is None:
                row[name] = self.plausible(known)
        self.rows[relation].append(row)
        return row

    def _owner(self, entity: Relation) -> Value | None:
        """Key of whoever a table's row belongs to that was reached by another link."""
        owner = next(iter(self.rows[entity.name]), None)
        return (owner if owner is not None else self.new(entity.name))[entity.key or ""]

    def give(self, entity: str, row: Cells, metric: str, value: Result) -> None:
        """Replace a metric of one customer."""
        self.metrics[entity, str(row.get(self.schema.relations[entity].key or "")), metric] = value

    def _key(self, described: Relation) -> Value:
        number = len(self.rows[described.name]) + 1
        return number if described.fields[described.key or ""].type == ty.INTEGER else f"{described.name}_{number}"

    def remove(self, relation: str, row: Row) -> None:
        """Remove a row with the rows that belong to it."""
        self.rows.update(without(self.schema, self.rows, relation, row))

    def plausible(self, field: Field) -> Value:
        """Some value of a field within its range; the first value of an enum is the simplest."""
        value = self._simple(field.type)
        scale = ty.scale(field.type)
        if (
            not isinstance(value, bool)
            and isinstance(value, int | float)
            and not within(field, Fraction(value) / scale)
        ):
            border = field.low if field.low is not None else field.high
            assert border is not None, "what isn't within a range has one"
            value = float(border) if isinstance(value, float) else round(border * scale)
        return value

    def _simple(self, typed: ty.Type) -> Value:
        match typed:
            case ty.Boolean():
                return bool(self.choose((True, False)))
            case ty.Enum(values):
                return str(self.choose(values))
            case ty.Version():
                return versions.of(10)
            case ty.Money(currency):
                return 1000 * ty.minor_units(currency)
            case ty.Number():
                return 10 * ty.NUMBER_SCALE
            case ty.Real():
                return 10.0
            case ty.Integer() | ty.Constant():
                return 10
            case ty.Date() | ty.Moment():
                return self.clock.today - dt.timedelta(days=100)
            case ty.Timestamp():
                return self.clock.start_of_day(self.clock.today - dt.timedelta(days=100))
            case ty.SetOfText():
                return frozenset()
            case ty.Text() | ty.Link():
                return "text"

    # -- links -------------------------------------------------------------------------

    def target(self, of: k.Row, row: Cells) -> Cells:
        """Row that a reference leads to; made and linked where there is none yet."""
        match of:
            case k.This() | k.Given() | k.Topmost():
                return row
            case k.Outer():
                return {}  # an outer row isn't made from inside
            case k.Via():
                return self._linked(of, row)

    def _linked(self, of: k.Via, row: Cells) -> Cells:
        start, link = self.target(of.row, row), of.link
        key = self.schema.relations[link.target].key or ""
        wanted = start.get(link.column)
        target = next((r for r in self.rows[link.target] if r.get(key) == wanted), None) if wanted is not None else None
        if target is None:
            target = self.new(link.target, {key: wanted})
            start[link.column] = target[key]
        return target

    def dangle(self, of: k.Via, row: Cells) -> None:
        """Make a reference lead nowhere; a table's row always belongs to somebody."""
        start, link = self.target(of.row, row), of.link
        source = self.schema.relations[link.source]
        if source.kind == "table" and link.column == source.by:
            return
        if self.schema.relations[link.target].kind in ("details", "list"):
            key = self.schema.relations[link.target].key or ""
            self.rows[link.target] = [r for r in self.rows[link.target] if r.get(key) != start.get(link.column)]
        else:
            start[link.column] = None

    def below(self, hops: Sequence[ToMany], anchor: Cells) -> Cells:
        """Add a row at the end of the hops; existing rows on the way are reused, or not."""
        start = anchor
        for hop in hops[:-1]:
            key = start.get(self.schema.relations[hop.source].key or "")
            existing = [r for r in self.rows[hop.target] if r.get(hop.column) == key]
            candidates: list[Cells | None] = [*existing[:1], None]
            reused: Cells | None = self.choose(candidates)
            start = reused if reused is not None else self.new(hop.target, {hop.column: key})
        last = hops[-1]
        return self.new(last.target, {last.column: start.get(self.schema.relations[last.source].key or "")})


R = TypeVar("R", bound=Row)


def without(schema: Schema, rows: Mapping[str, Sequence[R]], relation: str, row: Row) -> dict[str, list[R]]:
    """Relations that change when a row is removed with the rows that belong to it."""
    relations = {relation: [r for r in rows.get(relation, ()) if r is not row]}
    key = row.get(schema.relations[relation].key or "")
    for other in schema.relations.values():
        if key is not None and other.kind != "entity" and other.of == relation:
            relations[other.name] = [r for r in rows.get(other.name, ()) if r.get(other.by or "") != key]
    return relations


def within(field: Field, value: Fraction) -> bool:
    """Whether a number lies within a field's range, both ends included."""
    return (field.low is None or field.low <= value) and (field.high is None or value <= field.high)
