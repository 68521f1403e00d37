"""One customer, as a dictionary, with rows -> its place by each rule, at once: by rules that are compiled once (`segdsl/compiled`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from segdsl.compiled.function import Compiled, Place, compiled
from segdsl.data.files import DataError
from segdsl.data.values import Reader, Unreadable, reader
from segdsl.diagnostics import Diagnostic
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.dependencies import everything, of_rules
from segdsl.model.schema import Relation, Schema
from segdsl.model.segment import Model, Rule, Segment
from segdsl.reference.world import Row, Value, World
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import clock_for

Given = Mapping[str, object]
"""A customer, or a row of a table: values by field."""


@dataclass(frozen=True)
class _Readers:
    """Reads the rows of one relation: `fields` are those that rules read, with what reads their values."""

    relation: Relation
    fields: Sequence[tuple[str, Reader]]
    schema: Schema

    def row(self, given: Given, of: object = None) -> dict[str, Any]:
        """Returns a row as rules read it; where it doesn't say whose it is, it is `of` somebody. Raises `DataError`."""
        cells: dict[str, Any] = {}
        name = ""
        try:
            for name, read in self.fields:
                value = given[name]
                cells[name] = None if value is None else read(value)
        except KeyError:
            if name != self.relation.by or of is None:
                raise DataError(self._lacking(name)) from None
            return self.row({**given, name: of})
        except Unreadable as expected:
            raise DataError(self._unreadable(name, given[name], expected)) from None
        except TypeError:
            if isinstance(given, Mapping):
                raise
            message = f"a row of `{self.relation.name}` is a {type(given).__name__}, and no dictionary"
            raise DataError(Diagnostic("SEG0702", message, help="give its values by field")) from None
        return cells

    def _lacking(self, name: str) -> Diagnostic:
        message = f"`{self.relation.name}` is given without `{name}`, which rules read"
        return Diagnostic("SEG0703", message, help=f'give it; where it is missing, as "{name}": None')

    def _unreadable(self, name: str, value: object, expected: Unreadable) -> Diagnostic:
        shown = "" if self.schema.is_personal(self.relation, name) else f" is {value!r}, and"
        return Diagnostic("SEG0713", f"`{name}` of `{self.relation.name}`{shown} should be {expected}")


@dataclass
class Decider:
    """Places one customer of an entity by rules, as often as wanted.

    `readers` read the rows of each relation that the rules read, by name.
    `reads_others` says whether links lead from the customer to others of the entity.
    """

    model: Model
    entity: Relation
    function: Compiled
    readers: Mapping[str, _Readers]
    reads_others: bool
    _as_of: tuple[object, Clock, tuple[object, ...]] | None = field(default=None, repr=False)

    def decide(
        self,
        customer: Given,
        rows: Mapping[str, Iterable[Given]],
        as_of: dt.date | dt.datetime | str | None,
    ) -> dict[str, Place | int] | None:
        """Returns the row that `evaluate` has of a customer; None where the customer doesn't exist as of then.

        `rows` are those of other relations that the rules read, by name, and other customers to whom links lead. Raises
        `UsageError` for an invalid time, `DataError` for data that can't be used.
        """
        clock, of_clock = self._clock(as_of)
        own = self.readers[self.entity.name].row(customer)
        key = own[self.entity.key or ""]
        if key is None:
            raise DataError(Diagnostic("SEG0705", f"the customer has no `{self.entity.key}`, which is its key"))
        data = {self.entity.name: [own]}
        for name, readers in self.readers.items():
            if name in rows:
                of = key if readers.relation.of == self.entity.name else None
                data.setdefault(name, []).extend([readers.row(given, of) for given in rows[name]])
                _check_keys(readers.relation, data[name])
            elif name != self.entity.name or self.reads_others:
                raise DataError(self._without(readers.relation))
        world = World(self.model.schema, data, clock)
        row = world.by_key(self.entity.name, key)
        return None if row is None else {"entity_id": key, **self.function.places(row, world, of_clock)}

    def _clock(self, as_of: dt.date | dt.datetime | str | None) -> tuple[Clock, tuple[object, ...]]:
        """Returns the clock, and what depends on it alone, which stay the same until another time is asked for."""
        zone = self.model.outside.zone
        wanted = as_of if as_of is not None else dt.datetime.now(zone).date()
        latest = self._as_of
        if latest is None or type(latest[0]) is not type(wanted) or latest[0] != wanted:
            clock = clock_for(zone, wanted)
            latest = wanted, clock, self.function.as_of(clock)
            if wanted not in ("today", "yesterday"):
                self._as_of = latest
        return latest[1:]

    def _without(self, relation: Relation) -> Diagnostic:
        if relation.name == self.entity.name:
            message = f"rules read other rows of `{relation.name}`, to which links of the customer lead"
        else:
            message = f"no rows of `{relation.name}`, which rules read"
        help = f'give them: rows={{"{relation.name}": [...]}}, an empty list where there are none'
        return Diagnostic("SEG0702", message, help=help)


def decider(model: Model, entity: str, rules: Sequence[Rule]) -> Decider:
    """Compiles rules of one entity. Raises `UsageError` for rules that compare customers with each other."""
    comparing = {r.name: what for r in rules if (what := next(_comparisons(model, r), None)) is not None}
    if comparing:
        raise UsageError([_refusal(name, what, rules, comparing) for name, what in comparing.items()])
    schema = model.schema
    needed = of_rules(model, rules).columns
    readers = {
        name: _Readers(
            relation, [(f, _reader(schema, relation, f)) for f in relation.fields if f in needed[name]], schema
        )
        for name, relation in schema.relations.items()
        if name in needed and relation.kind != "list"
    }
    reads_others = any(_reaches_others(schema, entity, e) for e in everything(model, _definitions(model, rules)))
    return Decider(model, schema.relations[entity], compiled(model, entity, rules), readers, reads_others)


def _reader(schema: Schema, relation: Relation, name: str) -> Reader:
    described = relation.fields[name]
    read = reader(described, schema.cell_type(described))
    return _read_or_missing(read) if relation.remembered else read


def _read_or_missing(read: Reader) -> Reader:
    """Reads what was recorded: an arm that the rule no longer has is missing there."""

    def read_or_missing(value: object) -> Value | None:
        try:
            return read(value)
        except Unreadable:
            return None

    return read_or_missing


def _check_keys(relation: Relation, rows: Sequence[Row]) -> None:
    """Raises `DataError` where two rows of an entity have one key, and where one has none."""
    if relation.key is None or relation.history:
        return
    keys = [row[relation.key] for row in rows]
    if None in keys or len(set(keys)) < len(keys):
        message = f"a row of `{relation.name}` has no `{relation.key}`, or the one that another has"
        raise DataError(Diagnostic("SEG0705", message, help="the customer itself is given once, and not among `rows`"))


# -- what one customer alone doesn't decide ---------------------------------------------


def _definitions(model: Model, rules: Iterable[Rule]) -> list[k.Expr]:
    return [e for r in rules for e in model.definition(r.name)]


def _comparisons(model: Model, rule: Rule) -> Iterator[str]:
    """Yields what a rule asks of all customers, in words."""
    named, relations = {rule.name}, model.schema.relations
    for e in everything(model, model.definition(rule.name)):
        if isinstance(e, k.Member):
            named.add(e.name)
        if isinstance(e, k.Standing | k.Tally):
            yield "ranks the customer among all"
        if isinstance(e, k.Aggregate) and e.rows.everyone is not None and relations[e.rows.relation].kind != "list":
            yield f"asks something of all rows of `{e.rows.relation}`"
    for name in named:
        other = model.segments.get(name) or model.segmentations[name]
        if any(a.limit is not None for a in ([other] if isinstance(other, Segment) else other.arms)):
            yield "has a limit" if name == rule.name else f"asks for `{name}`, which has a limit"


def _refusal(name: str, what: str, rules: Sequence[Rule], comparing: Mapping[str, str]) -> Diagnostic:
    others = [r.name for r in rules if r.name not in comparing]
    help = "give all customers to evaluate()"
    if others:
        help += (
            f"; or name the other rules: rules={others!r}" if len(others) <= 5 else "; or name other rules: rules=[...]"
        )
    return Diagnostic("SEG0624", f"`{name}` {what}, which one customer alone doesn't decide", help=help)


def _reaches_others(schema: Schema, entity: str, e: k.Expr) -> bool:
    """Tells whether an expression follows a link to customers other than the one that its rows belong to."""
    if isinstance(e, k.Aggregate) and any(hop.target == entity for hop in e.rows.hops):
        return True
    for row in k.rows_named(e):
        while isinstance(row, k.Via | k.Topmost):
            if row.link.target == entity and row.link.column != schema.relations[row.link.source].by:
                return True
            row = row.row
    return False
