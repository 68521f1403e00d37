"""Which rows and names an expression can see, and where a path leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from segdsl.lang import tree
from segdsl.model.expr import Given, Outer, Row, This, Topmost, Via
from segdsl.model.schema import Relation, Schema, ToMany
from segdsl.resolve.problems import Problems


@dataclass(frozen=True, slots=True)
class Frame:
    """A row in sight. `row` leads to it from the innermost row; None where no link leads back."""

    relation: Relation
    row: Row | None


@dataclass(frozen=True)
class Scope:
    """The rows in sight, innermost first. `givens` are the customers of a test, by name."""

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
        """The scope of a `where`: a row of the last hop's target, with the rows around it."""
        target = self.schema.relations[hops[-1].target]
        return self.around(target, self.back(hops) if anchor == This() else Outer())

    def around(self, target: Relation, asked: Row) -> Scope:
        """The scope of a row of `target`, from which `asked` leads to the row that an aggregate is asked for."""
        outer = (Frame(f.relation, _through(f.row, asked)) for f in self.frames)
        return Scope(self.schema, (Frame(target, This()), *outer), self.givens)

    def back(self, hops: Sequence[ToMany]) -> Row:
        """The links that lead from a row of the last hop's target back to the one where the hops begin."""
        back: Row = This()
        for hop in reversed(hops):
            back = Via(back, self.schema.back(hop))
        return back

    def enclosing(self, name: str) -> Frame | None:
        """The nearest enclosing row whose relation has this name; the innermost row itself where no other has."""
        return next((f for f in (*self.frames[1:], *self.frames[:1]) if f.relation.name == name), None)


def _through(row: Row | None, asked: Row) -> Row | None:
    """The same row, from one step further in: None where it is the second that no link leads back to."""
    match row:
        case This():
            return asked
        case Via(inner, link) | Topmost(inner, link):
            nearer = _through(inner, asked)
            return None if nearer is None else type(row)(nearer, link)
        case Outer():
            return None
        case Given() | None:
            return row


@dataclass(frozen=True, slots=True)
class Place:
    """Where the front part of a path leads: a row of a relation, and the names not yet used."""

    row: Row
    relation: Relation
    rest: tuple[tree.Name, ...]


def start_of_path(path: tree.Path, scope: Scope, problems: Problems) -> Place | None:
    """The row from which the path's fields are read: this one, an enclosing one, or a customer of a test."""
    first = path.parts[0]
    if first.text in scope.givens:
        given = scope.givens[first.text]
        return Place(given, scope.schema.relations[given.entity], path.parts[1:])
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
                    f"`{first.text}` can't be named from rows this deep inside",
                    first,
                    help="name what is asked of the inner rows as a metric",
                )
                return None
            return Place(frame.row, frame.relation, path.parts[1:])
    row = scope.frames[0].row
    assert row is not None, "the innermost row is always in sight"
    return Place(row, inner, path.parts)


def follow_links(place: Place, schema: Schema) -> Place:
    """Follows to-one links as far as the path names them; a link at its very end is left as a field."""
    while place.rest:
        name = place.rest[0].text
        link = schema.to_one.get(place.relation.name, {}).get(name)
        is_last_field = len(place.rest) == 1 and name in place.relation.fields
        if link is None or is_last_field:
            return place
        place = Place(Via(place.row, link), schema.relations[link.target], place.rest[1:])
    return place


def route_to(schema: Schema, start: str, name: str) -> tuple[ToMany, ...] | None:
    """The way down from a relation to one of that name, along `of`; each relation is `of` one, so there is one at most."""
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
