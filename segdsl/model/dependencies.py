"""Dependencies of rules: the fields they read, by relation, through every metric, segment and row they mention."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.segment import Metric, Model, Segment, Segmentation


@dataclass(frozen=True, slots=True)
class Needed:
    """The columns and time zones that an engine needs to evaluate rules.

    `columns` are the names of columns, by relation.
    `zones` are the names of time zones in the text of the rules.
    `zone_columns` are the columns whose values name time zones, as (relation, column).
    """

    columns: Mapping[str, set[str]]
    zones: frozenset[str] = frozenset()
    zone_columns: frozenset[tuple[str, str]] = frozenset()


def everything(model: Model, roots: Iterable[k.Expr]) -> Iterator[k.Expr]:
    """Yields all expressions inside the roots and inside every metric and rule they mention, each rule once."""
    todo = list(roots)
    visited: set[str] = set()
    while todo:
        for node in k.deep(todo.pop()):
            yield node
            if isinstance(node, k.MetricOf | k.Member | k.Tally) and node.name not in visited:
                visited.add(node.name)
                todo += model.definition(node.name)


def columns(model: Model, roots: Iterable[k.Expr]) -> dict[str, set[str]]:
    """Returns the fields that are read, by relation, including keys and times of the rows on the way."""
    fields: dict[str, set[str]] = defaultdict(set)
    for node in everything(model, roots):
        rows = list(k.rows_of(node)) if isinstance(node, k.Column | k.MetricOf | k.Member | k.Aggregate) else []
        for row in rows:
            _links(row, fields)
        match node:
            case k.Column():
                fields[node.relation].add(node.name)
            case k.Aggregate():
                for hop in node.rows.hops:
                    fields[hop.target].add(hop.column)
                if node.rows.everyone is not None:
                    fields.setdefault(node.rows.relation, set())
            case k.OneOf(listed=listed) | k.TextTest(listed=listed) | k.SetTest(listed=listed):
                if listed is not None:
                    fields.setdefault(listed, set())
            case k.Standing(relation=relation_name) | k.At(relation=relation_name):
                fields.setdefault(relation_name, set())
            # these read nothing themselves: their parts and rows are visited on their own
            case (
                k.Literal_() | k.Missing() | k.MetricOf() | k.Member() | k.Tally() | k.AsOf() | k.StartOf() | k.Shift()
            ):
                pass
            case k.StartOfDay() | k.DateOf() | k.Elapsed() | k.BusinessDays() | k.PartOf() | k.RoundTo() | k.SizeOf():
                pass
            case k.Arithmetic() | k.Rounded() | k.Distance() | k.Split() | k.If() | k.Named():
                pass
            case k.Compare() | k.IsMissing() | k.Not() | k.And() | k.Or():
                pass
    for relation in model.schema.relations.values():
        if relation.name in fields:
            fields[relation.name] |= relation.existence
            known_at = {relation.fields[c].known_at for c in fields[relation.name] if c in relation.fields}
            fields[relation.name] |= {c for c in known_at if c is not None}
    return dict(fields)


def together(*parts: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Returns the union of several sets of fields by relation."""
    union: dict[str, set[str]] = defaultdict(set)
    for part in parts:
        for relation, names in part.items():
            union[relation] |= names
    return dict(union)


# -- declarations -----------------------------------------------------------------------


TIME_ZONE = "time zone"  # no relation can have this name


def surroundings(model: Model, rule: str, also: Mapping[str, set[str]] | None = None) -> dict[str, object]:
    """Returns what a rule's members depend on apart from its text: the declarations and list rows that it reaches, by name.

    The entry `TIME_ZONE` is the workspace's zone, if the start of days matters. `also` are further fields to include, by relation.
    Equal values have the same `repr` in every process.
    """
    roots = model.definition(rule)
    entity = model.schema.relations[(model.segments.get(rule) or model.segmentations[rule]).entity]
    fields_read = together(columns(model, roots), {entity.name: set(entity.existence)})
    declarations = {
        name: _declaration(model, name, fields) for name, fields in sorted(together(fields_read, also or {}).items())
    }
    nodes = list(everything(model, roots))
    for name in {n.rows.relation for n in nodes if isinstance(n, k.Aggregate) and n.rows.latest is not None}:
        ties = list(
            model.schema.relations[name].fields
        )  # between rows with the same time the columns decide, in their order
        declarations[name] = (declarations[name], ties)
    if any(isinstance(n, _OF_DAYS) for n in nodes) or any(
        _has_days(model, name, fields_read[name]) for name in fields_read
    ):
        declarations[TIME_ZONE] = str(model.outside.zone)
    return declarations


_OF_DAYS = (k.AsOf, k.StartOf, k.StartOfDay, k.DateOf, k.Shift, k.Elapsed, k.BusinessDays, k.PartOf, k.At)


def _has_days(model: Model, name: str, fields: set[str]) -> bool:
    """Tells whether the rows of a relation that exist as of an instant depend on when days begin."""
    r = model.schema.relations.get(name)
    return r is not None and (r.complete_from is not None or bool(r.existence - {r.key}))


def _declaration(model: Model, name: str, fields: Iterable[str]) -> object:
    r = model.schema.relations.get(name)
    if r is None:
        return None
    identity = (r.kind, r.key, r.of, r.by, *([r.runs_of] if r.runs_of is not None else []))
    complete_from = r.recorded.starting if r.recorded is not None else r.complete_from
    times = (r.at, r.by_date, r.known_at, r.lives_from, r.lives_to, r.valid_from, r.valid_to, complete_from)
    declared = [r.fields[name] for name in sorted(fields) if name in r.fields]
    columns = [(f.name, f.type, f.low, f.high, f.required, f.known_at) for f in declared]
    return (*identity, *times, columns, listed_rows(model, name))


def listed_rows(model: Model, name: str) -> list[list[tuple[str, object]]]:
    """Returns a list's rows with sets as sorted lists, so that they are the same in every process."""
    rows = model.schema.listed.get(name, ())
    return [[(c, sorted(v) if isinstance(v, frozenset) else v) for c, v in row.items()] for row in rows]


def _links(row: k.Row, fields: dict[str, set[str]]) -> None:
    while isinstance(row, k.Via | k.Topmost):
        fields[row.link.source].add(row.link.column)
        fields.setdefault(row.link.target, set())
        row = row.row


# -- what an engine needs ------------------------------------------------------------------------


def of_rules(model: Model, rules: Iterable[Segment | Segmentation | Metric], values: Iterable[k.Expr] = ()) -> Needed:
    """Returns what rules, metrics and values need, including the columns that say which customers of the rules' entities exist."""
    rule_list = list(rules)
    roots = [*values, *(e for r in rule_list for e in model.definition(r.name))]
    return of_values(model, [r.entity for r in rule_list], roots)


def of_condition(model: Model, entity: str, condition: k.Expr) -> Needed:
    """Returns what a condition needs, including the columns that say which customers of its entity exist."""
    return of_values(model, [entity], [condition])


def of_values(model: Model, entities: Iterable[str], values: Iterable[k.Expr]) -> Needed:
    """Returns what values of any type need, including the columns that say which customers of the entities exist."""
    expressions = list(values)
    zones = [n for zone in _zones(model, expressions) for n in everything(model, [zone])]
    return Needed(
        together(columns(model, expressions), {e: set(model.schema.relations[e].existence) for e in entities}),
        frozenset(n.value for n in zones if isinstance(n, k.Literal_) and isinstance(n.value, str)),
        frozenset((n.relation, n.name) for n in zones if isinstance(n, k.Column) and ty.is_textual(n.type)),
    )


def _zones(model: Model, roots: Iterable[k.Expr]) -> Iterator[k.Expr]:
    """Yields the expressions that name a time zone whose days are counted."""
    for node in everything(model, roots):
        if isinstance(node, k.DateOf) and node.zone is not None:
            yield node.zone
        if isinstance(node, k.Aggregate) and node.rows.zone is not None:
            yield node.rows.zone
