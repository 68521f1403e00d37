"""The recipe of candidate features: a model and an entity -> values of each customer, each as a rule would write it.

A feature is an expression of the language, written first and resolved like any rule, so that whatever is learned about it can
be pasted into a rule and means the same there. For an account with a table of logins, the recipe writes

    plan                                     every field and metric, with those of details
    days since created_at                    a date as its age
    parent is not missing                    a link, by whether there is one
    count(logins in last 90 days)            how often: in each of the windows
    days since last(logins.at)               how recently
    count(logins in last 30 days) - count(logins from 60 days ago until 30 days ago)     more or fewer than before
    sum(invoices.amount in last 365 days)    how much, of amounts; the average of other numbers
    count(invoices in last 365 days where status = "failed")     each value of a short list
    share(users having role = "admin")       the make-up of entities that belong to the customer

Left out, each with its reason: keys, personal and sensitive fields and whatever reads them, and the end of a life, which is
known only once it has happened. Whether a feature was known as of an earlier day is another question (`analyse/admissible.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

from segdsl.diagnostics import Source
from segdsl.lang import tree
from segdsl.lang.parse import parse_expression
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.dependencies import everything
from segdsl.model.schema import Field, Relation, Schema, ToMany
from segdsl.model.segment import Model
from segdsl.resolve import resolve_values
from segdsl.resolve.scope import route_to
from segdsl.words import headers

WINDOWS = (30, 90, 365)
"""Days back over which rows are counted, shortest first."""
TREND = 30
"""Days that a trend compares with as many days before them."""
MOST_VALUES = 8
"""Values of a list up to which each gets a feature of its own."""
DEEPEST = 2
"""Steps from the entity down to rows, as from an account over its users to their logins."""

Kind = Literal["number", "yes or no", "category"]


@dataclass(frozen=True, slots=True)
class Feature:
    """A value of each customer.

    `text` is the value as a rule writes it, `expr` its meaning. Texts of one recipe differ.
    `kind` is "number", "yes or no", or "category" for texts, whose values only the data knows.
    `family` is what features have in common that say nearly the same, such as the counts of one table in several windows.
    `basis` is what kind of segmentation the feature stands for: as its field declares, else behavioural, value or lifecycle by
    what it is; "" for neither.
    """

    text: str
    expr: k.Expr
    kind: Kind
    family: str
    basis: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A field, metric or table that no feature reads, and why: `because` follows its name, as in `is personal`."""

    name: str
    because: str


@dataclass(frozen=True)
class Recipe:
    """Features of an entity in the order of the model, its own fields first, and what was left out."""

    entity: str
    features: tuple[Feature, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class _Written:
    """A feature before it is typed. `name` is the field, metric or table that it is about."""

    text: str
    family: str
    basis: str
    name: str


PERSONAL, SENSITIVE = "is personal", "is sensitive"


def features(model: Model, entity: str, files: Sequence[tree.File]) -> Recipe:
    """Returns the features of an entity. `files` are the syntax trees of the model's workspace."""
    written, left_out = list[_Written](), dict[str, LeftOut]()
    for item in _written(model, model.schema.relations[entity]):
        if isinstance(item, LeftOut):
            left_out.setdefault(item.name, item)
        else:
            written.append(item)
    chosen = dict[str, Feature]()
    for w, value in zip(written, _resolved(model, entity, files, [w.text for w in written])):
        if value is None or (kind := kind_of(value.type)) is None:
            left_out.setdefault(w.name, LeftOut(w.name, "can't be compared between customers"))
        elif why := protected(model, value):
            left_out.setdefault(w.name, LeftOut(w.name, why))
        else:
            chosen.setdefault(w.text, Feature(w.text, value, kind, _of_one_field(model, value) or w.family, w.basis))
    return Recipe(entity, tuple(chosen.values()), tuple(left_out.values()))


def _resolved(model: Model, entity: str, files: Sequence[tree.File], texts: Sequence[str]) -> list[k.Expr | None]:
    """Returns what each text means; None for each that has a mistake, as of rows nested too deeply."""
    nodes = [parse_expression(Source("feature", text))[0] for text in texts]
    values = iter(resolve_values((n for n in nodes if n is not None), entity, files, model.outside))
    return [None if node is None else next(values) for node in nodes]


def kind_of(typed: ty.Type) -> Kind | None:
    """Returns how values of a type compare; None for dates, whose age compares, for sets and versions."""
    match typed:
        case ty.Boolean():
            return "yes or no"
        case ty.Integer() | ty.Number() | ty.Real() | ty.Constant() | ty.Money():
            return "number"
        case ty.Text() | ty.Enum() | ty.Link():
            return "category"
        case ty.SetOfText() | ty.Date() | ty.Timestamp() | ty.Moment() | ty.Version():
            return None
        case _:
            assert_never(typed)


def _of_one_field(model: Model, value: k.Expr) -> str:
    """Returns the field that a metric is about, where it reads nothing else of anybody: `months until renewal_date`; else ""."""
    nodes = list(everything(model, [value]))
    read = {(n.relation, n.name) for n in nodes if isinstance(n, k.Column)}
    if (
        not isinstance(value, k.MetricOf)
        or len(read) != 1
        or any(isinstance(n, k.Aggregate | k.Standing) for n in nodes)
    ):
        return ""
    ((relation, name),) = read
    return name if relation == value.entity else f"{relation}.{name}"


def protected(model: Model, value: k.Expr) -> str:
    """Returns why nothing should be learned from a value: it reads a personal or sensitive field, which the reason names; else ""."""
    for node in everything(model, [value]):
        if isinstance(node, k.MetricOf) and headers.is_sensitive(node.name):
            return f"reads `{node.name}`, which {SENSITIVE}"
        if isinstance(node, k.Column):
            relation = model.schema.relations[node.relation]
            if model.schema.is_personal(relation, node.name):
                return f"reads `{node.relation}.{node.name}`, which {PERSONAL}"
            if headers.is_sensitive(node.name):
                return f"reads `{node.relation}.{node.name}`, which {SENSITIVE}"
    return ""


# -- what is written -------------------------------------------------------------------


def _written(model: Model, entity: Relation) -> Iterator[_Written | LeftOut]:
    schema = model.schema
    yield from _fields(schema, entity, "")
    for details in schema.relations.values():
        if details.kind == "details" and details.of == entity.name:
            yield from _fields(schema, details, f"{details.name}.")
    for metric in model.metrics.values():
        if metric.entity != entity.name or metric.outcome:
            continue
        if headers.is_sensitive(metric.name):
            yield LeftOut(metric.name, SENSITIVE)
        else:
            yield from _value(metric.name, metric.type, metric.name, "")
    for path, hops in _ways(schema, entity, ()):
        yield from _rows(schema, path, hops)


def _fields(schema: Schema, relation: Relation, prefix: str) -> Iterator[_Written | LeftOut]:
    """Writes the fields of the customer itself, or of its details."""
    for name, field in relation.fields.items():
        written = f"{prefix}{name}"
        if field.key or name == relation.by:
            continue
        if why := _why_left_out(schema, relation, field):
            yield LeftOut(written, why)
        else:
            yield from _value(written, field.type, written, field.basis)


def _why_left_out(schema: Schema, relation: Relation, field: Field) -> str:
    if schema.is_personal(relation, field.name):
        return PERSONAL
    if headers.is_sensitive(field.name):
        return SENSITIVE
    if field.name in (relation.lives_to, relation.valid_from, relation.valid_to):
        return "is the end of a life, known once it has happened" if field.name == relation.lives_to else "is a period"
    return ""


def _value(written: str, typed: ty.Type, name: str, basis: str) -> Iterator[_Written]:
    match typed:
        case ty.Date() | ty.Timestamp() | ty.Moment():
            yield _Written(f"days since {written}", written, basis or "lifecycle", name)
        case ty.Link():
            yield _Written(f"{written} is not missing", written, basis, name)
        case ty.SetOfText():
            yield _Written(f"size({written})", written, basis, name)
        case ty.Money():
            yield _Written(written, written, basis or "value", name)
        case (
            ty.Boolean() | ty.Integer() | ty.Number() | ty.Real() | ty.Constant() | ty.Text() | ty.Enum() | ty.Version()
        ):
            yield _Written(written, written, basis, name)
        case _:
            assert_never(typed)


def _ways(schema: Schema, relation: Relation, hops: tuple[ToMany, ...]) -> Iterator[tuple[str, tuple[ToMany, ...]]]:
    """Yields the ways down from an entity to rows, each with its path as it is written; a link within one entity ends its way."""
    for name, hop in schema.to_many.get(relation.name, {}).items():
        target, way = schema.relations[hop.target], (*hops, hop)
        start = way[0].source
        is_direct = target.kind == "table" and route_to(schema, start, target.name) == way
        written = ".".join([*_names(schema, hops), name])
        yield (target.name if is_direct else written), way
        if target.kind == "entity" and target.name not in {h.source for h in way} and len(way) < DEEPEST:
            yield from _ways(schema, target, way)


def _names(schema: Schema, hops: tuple[ToMany, ...]) -> list[str]:
    return [next(n for n, h in schema.to_many[hop.source].items() if h == hop) for hop in hops]


def _rows(schema: Schema, path: str, hops: tuple[ToMany, ...]) -> Iterator[_Written | LeftOut]:
    relation = schema.relations[hops[-1].target]
    if relation.kind == "table" and relation.at is not None:
        yield from _events(schema, path, relation, hops[-1].column)
    else:
        yield _Written(f"count({path})", path, "", path)
        if relation.name != hops[-1].source:
            yield from _parts(schema, path, relation)


def _events(schema: Schema, path: str, table: Relation, by: str) -> Iterator[_Written | LeftOut]:
    """Writes how often, how recently, whether more than before, and how much; `by` has the key that the rows are reached by."""
    basis = "behavioural"
    for days in WINDOWS:
        yield _Written(f"count({path} in last {days} days)", path, basis, path)
    longest = f"in last {WINDOWS[-1]} days"
    yield _Written(f"any({path} {longest})", path, basis, path)
    yield _Written(f"days since last({path}.{table.at})", f"last {path}", basis, path)
    before = f"count({path} from {2 * TREND} days ago until {TREND} days ago)"
    yield _Written(f"count({path} in last {TREND} days) - {before}", f"trend of {path}", basis, path)
    for name, field in table.fields.items():
        written = f"{path}.{name}"
        if name in table.structural or name == by or field.key:
            continue
        if why := _why_left_out(schema, table, field):
            yield LeftOut(written, why)
            continue
        own = field.basis or basis
        match field.type:
            case ty.Money():
                for days in WINDOWS:
                    yield _Written(f"sum({written} in last {days} days)", written, field.basis or "value", written)
                yield _Written(f"average({written} {longest})", f"average {written}", field.basis or "value", written)
            case ty.Integer() | ty.Number() | ty.Real() if not headers.is_key(name):
                if field.high is None:
                    for days in WINDOWS:
                        yield _Written(f"sum({written} in last {days} days)", written, own, written)
                yield _Written(f"average({written} {longest})", f"average {written}", own, written)
                yield _Written(f"last({written} {longest})", f"average {written}", own, written)
            case ty.Boolean():
                yield _Written(f"count({path} {longest} where {name})", written, own, written)
            case ty.Enum(values=values) if len(values) <= MOST_VALUES:
                for value in values:
                    where = f"where {name} = {quoted(value)}"
                    yield _Written(f"count({path} {longest} {where})", f"{written} {value}", own, written)
            case (
                ty.Text() | ty.Enum() | ty.Link() | ty.Version() | ty.Integer() | ty.Number() | ty.Real()
            ):  # numbers that are ids
                yield _Written(f"count_distinct({written} {longest})", written, own, written)
            case ty.SetOfText() | ty.Date() | ty.Timestamp():
                pass
            case ty.Constant() | ty.Moment():
                raise AssertionError("no field has this type")
            case _:
                assert_never(field.type)


def _parts(schema: Schema, path: str, relation: Relation) -> Iterator[_Written | LeftOut]:
    """Writes the make-up of entities that belong to the customer."""
    for name, field in relation.fields.items():
        written = f"{path}.{name}"
        if name in relation.structural or field.key:
            continue
        if why := _why_left_out(schema, relation, field):
            yield LeftOut(written, why)
            continue
        match field.type:
            case ty.Boolean():
                yield _Written(f"share({path} having {name})", written, field.basis, written)
            case ty.Enum(values=values) if len(values) <= MOST_VALUES:
                for value in values:
                    having = f"having {name} = {quoted(value)}"
                    yield _Written(f"share({path} {having})", f"{written} {value}", field.basis, written)
            case ty.Money():
                yield _Written(f"sum({written})", written, field.basis or "value", written)
            case ty.Integer() | ty.Number() | ty.Real():
                yield _Written(f"average({written})", written, field.basis, written)
            case ty.Text() | ty.Enum() | ty.Link() | ty.Version():
                yield _Written(f"count_distinct({written})", written, field.basis, written)
            case ty.SetOfText() | ty.Date() | ty.Timestamp():
                pass
            case ty.Constant() | ty.Moment():
                raise AssertionError("no field has this type")
            case _:
                assert_never(field.type)


def quoted(value: str) -> str:
    """Returns a text as a rule writes it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
