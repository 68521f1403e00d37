"""Rules -> what they read: fields by relation, through every metric, segment and row they mention."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.segment import Model, Segment, Segmentation


@dataclass(frozen=True, slots=True)
class Needed:
    """Columns and time zones that an engine needs to answer for rules.

    `columns` are the names of columns, by relation.
    `zones` are the names of time zones that stand in the rules themselves.
    `zone_columns` are the columns whose values name time zones, as (relation, column).
    """

    columns: Mapping[str, set[str]]
    zones: frozenset[str] = frozenset()
    zone_columns: frozenset[tuple[str, str]] = frozenset()


def everything(model: Model, roots: Iterable[k.Expr]) -> Iterator[k.Expr]:
    """All expressions inside the roots and inside every metric and rule they mention, each rule once."""
    todo = list(roots)
    seen: set[str] = set()
    while todo:
        for node in k.deep(todo.pop()):
            yield node
            if isinstance(node, k.MetricOf | k.Member | k.Tally) and node.name not in seen:
                seen.add(node.name)
                todo += model.definition(node.name)


def columns(model: Model, roots: Iterable[k.Expr]) -> dict[str, set[str]]:
    """Relation -> the fields that are read, keys and times of the rows on the way included."""
    found: dict[str, set[str]] = defaultdict(set)
    for node in everything(model, roots):
        rows = list(k.rows_of(node)) if isinstance(node, k.Column | k.MetricOf | k.Member | k.Aggregate) else []
        for row in rows:
            _links(row, found)
        match node:
            case k.Column():
                found[node.relation].add(node.name)
            case k.Aggregate():
                for hop in node.rows.hops:
                    found[hop.target].add(hop.column)
                if node.rows.everyone is not None:
                    found.setdefault(node.rows.relation, set())
            case k.OneOf(listed=listed) | k.TextTest(listed=listed) | k.SetTest(listed=listed):
                if listed is not None:
                    found.setdefault(listed, set())
            case k.Standing(relation=relation_name) | k.At(relation=relation_name):
                found.setdefault(relation_name, set())
            case (
                k.Literal_() | k.Missing() | k.MetricOf() | k.Member() | k.Tally() | k.AsOf() | k.StartOf() | k.Shift()
                | k.StartOfDay() | k.DateOf() | k.Elapsed() | k.BusinessDays() | k.PartOf() | k.Arithmetic() | k.Rounded()
                | k.Distance() | k.Split() | k.Compare() | k.IsMissing() | k.Not() | k.And() | k.Or() | k.If() | k.Named()
            ):  # fmt: skip
                pass  # their parts and rows are read
    for relation in model.schema.relations.values():
        if relation.name in found:
            found[relation.name] |= relation.existence
            known = {relation.fields[c].known_at for c in found[relation.name] if c in relation.fields}
            found[relation.name] |= {c for c in known if c is not None}
    return dict(found)


def together(*parts: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """All that any of them reads."""
    found: dict[str, set[str]] = defaultdict(set)
    for part in parts:
        for relation, fields in part.items():
            found[relation] |= fields
    return dict(found)


# -- declarations -----------------------------------------------------------------------


TIME_ZONE = "time zone"  # no relation can be called so


def surroundings(model: Model, rule: str, also: Mapping[str, set[str]] | None = None) -> dict[str, object]:
    """All that a rule's members depend on beside its text: by name the declarations and list rows that it reaches, and as `TIME_ZONE` where its days
    begin, if that matters. `also` are fields that it is to be told of too, as `columns` gives them. The same values have the same `repr` in every process.
    """
    roots = model.definition(rule)
    entity = model.schema.relations[(model.segments.get(rule) or model.segmentations[rule]).entity]
    own = together(columns(model, roots), {entity.name: set(entity.existence)})
    found = {name: _declaration(model, name, fields) for name, fields in sorted(together(own, also or {}).items())}
    nodes = list(everything(model, roots))
    for name in {n.rows.relation for n in nodes if isinstance(n, k.Aggregate) and n.rows.latest is not None}:
        ties = list(model.schema.relations[name].fields)  # of rows with one time, the columns in their order decide
        found[name] = (found[name], ties)
    if any(isinstance(n, _OF_DAYS) for n in nodes) or any(_has_days(model, name, own[name]) for name in own):
        found[TIME_ZONE] = str(model.outside.zone)
    return found


_OF_DAYS = (k.AsOf, k.StartOf, k.StartOfDay, k.DateOf, k.Shift, k.Elapsed, k.BusinessDays, k.PartOf, k.At)


def _has_days(model: Model, name: str, fields: set[str]) -> bool:
    """Whether what there is of a relation as of an instant depends on where days begin."""
    r = model.schema.relations.get(name)
    return r is not None and (r.complete_from is not None or bool(r.existence - {r.key}))


def _declaration(model: Model, name: str, fields: Iterable[str]) -> object:
    r = model.schema.relations.get(name)
    if r is None:
        return None
    described = [r.fields[name] for name in sorted(fields) if name in r.fields]
    return (
        r.kind, r.key, r.of, r.by, r.at, r.by_date, r.known_at, r.lives_from, r.lives_to, r.valid_from, r.valid_to, r.complete_from,
        [(f.name, f.type, f.low, f.high, f.required, f.known_at) for f in described], listed_rows(model, name),
    )  # fmt: skip


def listed_rows(model: Model, name: str) -> list[list[tuple[str, object]]]:
    """A list's rows with their sets in an order of their own: the same in every process."""
    rows = model.schema.listed.get(name, ())
    return [[(c, sorted(v) if isinstance(v, frozenset) else v) for c, v in row.items()] for row in rows]


def _links(row: k.Row, found: dict[str, set[str]]) -> None:
    while isinstance(row, k.Via | k.Topmost):
        found[row.link.source].add(row.link.column)
        found.setdefault(row.link.target, set())
        row = row.row


# -- of the data ------------------------------------------------------------------------


def of_rules(model: Model, rules: Iterable[Segment | Segmentation], values: Iterable[k.Expr] = ()) -> Needed:
    """What these rules and values need, and who there is of the rules' entities."""
    kept = list(rules)
    roots = [*values, *(e for r in kept for e in model.definition(r.name))]
    return _needed(model, [r.entity for r in kept], roots)


def of_condition(model: Model, entity: str, condition: k.Expr) -> Needed:
    """What a condition about an entity needs, and who there is of it."""
    return _needed(model, [entity], [condition])


def _needed(model: Model, entities: Iterable[str], roots: Iterable[k.Expr]) -> Needed:
    asked = list(roots)
    zones = [n for zone in _zones(model, asked) for n in everything(model, [zone])]
    return Needed(
        together(columns(model, asked), {e: set(model.schema.relations[e].existence) for e in entities}),
        frozenset(n.value for n in zones if isinstance(n, k.Literal_) and isinstance(n.value, str)),
        frozenset((n.relation, n.name) for n in zones if isinstance(n, k.Column) and ty.is_textual(n.type)),
    )


def _zones(model: Model, roots: Iterable[k.Expr]) -> Iterator[k.Expr]:
    """The texts that name a time zone by whose days something is counted."""
    for node in everything(model, roots):
        if isinstance(node, k.DateOf) and node.zone is not None:
            yield node.zone
        if isinstance(node, k.Aggregate) and node.rows.zone is not None:
            yield node.rows.zone
