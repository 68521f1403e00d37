"""Scopes: the rows and names that an expression can refer to, and where a path leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from segdsl.lang import tree
from segdsl.model.expr import Given, Outer, Row, This, Topmost, Via
from segdsl.model.schema import Relation, Schema, ToMany
from segdsl.resolve.problems import Problems


@dataclass(frozen=True, slots=True)
class Frame:
    """A row in scope. `row` is the way to it from the innermost row; None if no link leads back."""

    relation: Relation
    row: Row | None


@dataclass(frozen=True)
class Scope:
    """The rows in scope, innermost first. `givens` are the customers of a test, by name."""

    schema: Schema
    frames: tuple[Frame, ...]
    givens: Mapping[str, Given] = field(default_factory=dict)

    @staticmethod
    def of(schema: Schema, entity: Relation) -> Scope:
        return Scope(schema, (Frame(entity, This()),))

    @property
    def inner(self) -> Relation | None:
        return self.frames[0].relation if self.frames else None

    def inside(self, anchor: Row, hops: Sequence[ToMany]) -> Scope:
        """Returns the scope of a `where`: a row of the last hop's target, with the rows around it."""
        target = self.schema.relations[hops[-1].target]
        return self.around(target, self.back(hops) if anchor == This() else Outer())

    def around(self, target: Relation, outer_row: Row) -> Scope:
        """Returns the scope of an aggregated row of `target`; `outer_row` leads from it to the row of the aggregate."""
        outer = (Frame(f.relation, _through(f.row, outer_row)) for f in self.frames)
        return Scope(self.schema, (Frame(target, This()), *outer), self.givens)

    def back(self, hops: Sequence[ToMany]) -> Row:
        """Returns the way back from a row of the last hop's target to the row where the hops begin."""
        back: Row = This()
        for hop in reversed(hops):
            back = Via(back, self.schema.back(hop))
        return back

    def enclosing(self, name: str) -> Frame | None:
        """Returns the nearest enclosing row of the relation with this name, else the innermost row if its relation has the name."""
        return next((f for f in (*self.frames[1:], *self.frames[:1]) if f.relation.name == name), None)


def _through(row: Row | None, outer_row: Row) -> Row | None:
    """Returns the way to a row from one level further in; None for a row two levels out to which no link leads."""
    match row:
        case This():
            return outer_row
        case Via(inner, link) | Topmost(inner, link):
            nearer = _through(inner, outer_row)
            return None if nearer is None else type(row)(nearer, link)
        case Outer():
            return None
        case Given() | None:
            return row


@dataclass(frozen=True, slots=True)
class Place:
    """The row that the front part of a path leads to, and the names that remain."""

    row: Row
    relation: Relation
    remaining: tuple[tree.Name, ...]


def start_of_path(path: tree.Path, scope: Scope, problems: Problems) -> Place | None:
    """Returns the row from which a path is read: the innermost row, an enclosing row, or a customer of a test."""
    first = path.parts[0]
    if first.text in scope.givens:
        customer = scope.givens[first.text]
        return Place(customer, scope.schema.relations[customer.entity], path.parts[1:])
    if not scope.frames:
        problems.unknown("SEG0507", "customer", first, scope.givens, " in this test")
        return None
    inner = scope.frames[0].relation
    if first.text not in inner.fields and first.text not in scope.schema.to_one.get(inner.name, {}):
        frame = scope.enclosing(first.text)
        if frame is not None:
            if frame.row is None:
                problems.add(
                    "SEG0322",
                    f"`{first.text}` can't be used here: aggregates are nested too deeply",
                    first,
                    help="declare the inner aggregate as a metric, and use the metric here",
                )
                return None
            return Place(frame.row, frame.relation, path.parts[1:])
    row = scope.frames[0].row
    assert row is not None, "the innermost row is always in scope"
    return Place(row, inner, path.parts)


def follow_links(place: Place, schema: Schema) -> Place:
    """Follows the to-one links that a path names. A link at the end of the path stays, to be read as a field."""
    while place.remaining:
        name = place.remaining[0].text
        link = schema.to_one.get(place.relation.name, {}).get(name)
        is_last_field = len(place.remaining) == 1 and name in place.relation.fields
        if link is None or is_last_field:
            return place
        place = Place(Via(place.row, link), schema.relations[link.target], place.remaining[1:])
    return place


def route_to(schema: Schema, start: str, name: str) -> tuple[ToMany, ...] | None:
    """Returns the way down from a relation to the relation `name` along `of`. There is at most one, since each relation has one owner."""
    hops: list[ToMany] = []
    relation = schema.relations.get(name)
    while relation is not None and relation.name != start and relation.of is not None:
        owner = relation.of
        hop = next(
            (
                h
                for h in schema.to_many.get(owner, {}).values()
                if h.target == relation.name and h.column == relation.by
            ),
            None,
        )
        if hop is None or len(hops) > len(schema.relations):
            return None
        hops.insert(0, hop)
        relation = schema.relations[owner]
    return tuple(hops) if hops and relation is not None and relation.name == start else None
