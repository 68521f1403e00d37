"""Typed model -> stages of named queries, and one query over them per entity.

What a rule reads is computed in stages: stage 0 of a relation is its rows as of the instant; each further
stage adds columns (aggregates, metrics, conditions, segments) that read only earlier stages. All aggregates
of one stage over the same rows, grouped for the same entity, share one pass.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from sqlglot import exp

from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.exact import Exactness, field_bits
from segdsl.model.schema import Relation, ToMany
from segdsl.model.segment import Metric, Model, Segment, Segmentation
from segdsl.sql import aggregates as agg
from segdsl.sql import arms, life
from segdsl.sql import numbers as n
from segdsl.sql import spell as s
from segdsl.sql.conditions import Conditions, Plain, Value
from segdsl.sql.spell import Sql

ROW = "e"  # the alias of the row that a query is about


@dataclass(frozen=True)
class Key:
    """What a computed column holds: a metric, a segment, a segmentation, one of its conditions, or an aggregate."""

    kind: str
    name: str = ""
    number: int = 0
    aggregate: k.Aggregate | None = None


@dataclass
class Stored:
    """A computed column of a relation: the stage that adds it, and how later stages read it."""

    relation: str
    stage: int
    name: str
    read: Value | None = None  # over columns of `ROW`, filled in when the stage is built


@dataclass
class Query:
    """One SELECT being built: its base row, and the rows joined to it by links."""

    plan: Plan
    relation: str
    below: int  # computed columns of this stage or lower may be read
    joined: dict[k.Row, str] = field(default_factory=dict)
    joins: list[exp.Join] = field(default_factory=list)

    @property
    def conditions(self) -> Conditions:
        return Conditions(self, self.plan.clock, self.plan.exactness)

    def alias(self, row: k.Row) -> str:
        if isinstance(row, k.This):
            return ROW
        assert isinstance(row, k.Via), "customers of a test are the reference's"
        if row not in self.joined:
            inner = self.alias(row.row)
            alias = self.joined[row] = f"l{len(self.joined) + 1}"
            target = self.plan.model.schema.relations[row.link.target]
            self.plan.use(row.link.source, row.link.column)
            on = s.binary("=", s.column(alias, target.key or ""), s.column(inner, row.link.column))
            self._join(self.plan.table(target.name, self.below), alias, on)
        return self.joined[row]

    def pass_over(self, name: str, alias: str, key: str) -> None:
        """Join the aggregates of a pass."""
        self._join(name, alias, s.binary("=", s.column(alias, agg.GROUP), s.column(ROW, key)))

    def _join(self, table: str, alias: str, on: Sql) -> None:
        source = s.table(table, alias)
        self.joins.append(exp.Join(this=source, on=on, side="LEFT"))

    def field(self, row: k.Row, relation: str, name: str) -> Sql:
        self.plan.use(relation, name)
        return s.column(self.alias(row), name)

    def computed(self, e: k.MetricOf | k.Member | k.Aggregate) -> Value:
        row = e.rows.anchor if isinstance(e, k.Aggregate) else e.row
        stored = self.plan.stored[self.plan.key(e)]
        if isinstance(e, k.Member) and e.arm is not None:
            return Plain(arms.member(self.alias(row), stored.name, e.arm))
        assert stored.read is not None, "stages are built lowest first"
        return _requalified(stored.read, self.alias(row))

    def bits(self, relation: str, name: str) -> int:
        return field_bits(self.plan.model.schema.relations[relation].fields[name])

    def select(self, *columns: Sql) -> exp.Select:
        source = s.table(self.plan.table(self.relation, self.below), ROW)
        query = exp.Select(expressions=list(columns)).from_(source)
        query.set("joins", list(self.joins))
        return query


class Plan:
    """Registers all that a set of rules needs, then builds the stages."""

    def __init__(self, model: Model, clock: Clock) -> None:
        self.model, self.clock = model, clock
        self.exactness = Exactness(model.metrics)
        self.stored: dict[Key, Stored] = {}
        self._used: dict[str, dict[str, None]] = defaultdict(dict)
        self._built: dict[str, exp.Select] = {}

    # -- what is needed, and in which stage ----------------------------------------------

    def key(self, e: k.MetricOf | k.Member | k.Aggregate) -> Key:
        match e:
            case k.MetricOf(name=name):
                return Key("metric", name)
            case k.Member(name=name):
                return Key("segment" if name in self.model.segments else "segmentation", name)
            case k.Aggregate():
                local = replace(e, rows=replace(e.rows, anchor=k.This()))
                return Key("aggregate", e.rows.hops[0].source, aggregate=local)

    def need(self, e: k.Expr) -> int:
        """Registers what an expression reads; the highest stage among it."""
        stages = [0]
        for node in k.walk(e):
            if isinstance(node, k.MetricOf | k.Member | k.Aggregate):
                stages.append(self.need_column(self.key(node)).stage)
        return max(stages)

    def need_column(self, key: Key) -> Stored:
        if key not in self.stored:
            relation, parts = self._parts(key)
            stage = 1 + max([0, *(self.need(p) for p in parts)])
            if key.kind == "segmentation":
                rule = self.model.segmentations[key.name]
                stage = 1 + max([0, *(self.need_column(c).stage for c in _conditions(rule))])
            self.stored[key] = Stored(relation, stage, f"{key.kind} {len(self.stored)} {key.name}")
        return self.stored[key]

    def _parts(self, key: Key) -> tuple[str, list[k.Expr]]:
        """(relation, expressions) that a computed column is made of."""
        match key.kind:
            case "metric":
                metric = self.model.metrics[key.name]
                return metric.entity, [metric.body]
            case "segment":
                segment = self.model.segments[key.name]
                return segment.entity, [e for e in (segment.where, segment.condition) if e is not None]
            case "condition":
                rule = self.model.segmentations[key.name]
                return rule.entity, [_condition(rule, key.number)]
            case "segmentation":
                return self.model.segmentations[key.name].entity, []
            case _:
                assert key.aggregate is not None
                rows = key.aggregate.rows
                bounds = [b for b in (rows.window.start, rows.window.end) if b is not None] if rows.window else []
                return rows.hops[0].source, [*bounds, *k.of_rows(key.aggregate)]

    def use(self, relation: str, column: str) -> None:
        self._used[relation][column] = None

    # -- the stages ------------------------------------------------------------------------

    def table(self, relation: str, below: int) -> str:
        """The name of a relation's rows with the columns of all stages up to `below`."""
        stages = [c.stage for c in self.stored.values() if c.relation == relation and c.stage <= below]
        return _table_name(relation, max(stages, default=0))

    def build(self) -> dict[str, exp.Select]:
        """All named queries, in an order in which each reads only earlier ones."""
        for stage in range(1, 1 + max((c.stage for c in self.stored.values()), default=0)):
            for relation in dict.fromkeys(c.relation for c in self.stored.values() if c.stage == stage):
                self._build_stage(relation, stage)
        bases = {
            _table_name(name, 0): life.base(r, list(self._used[name]), self.clock) for name, r in self._relations()
        }
        return bases | self._built

    def _relations(self) -> Iterator[tuple[str, Relation]]:
        for name, relation in self.model.schema.relations.items():
            if name in self._used:
                yield name, relation

    def _build_stage(self, relation: str, stage: int) -> None:
        query = Query(self, relation, stage - 1)
        self.use(relation, self.model.schema.relations[relation].key or "")
        columns: list[Sql] = [exp.Column(this=exp.Star(), table=s.name(ROW))]
        added = {key: c for key, c in self.stored.items() if c.relation == relation and c.stage == stage}
        for passed in self._passes(added):
            columns += self._join_pass(query, passed, stage)
        for key, stored in added.items():
            if key.kind != "aggregate":
                columns += self._column(query, key, stored)
        self._built[_table_name(relation, stage)] = query.select(*columns)

    def _column(self, query: Query, key: Key, stored: Stored) -> list[Sql]:
        if key.kind == "segmentation":
            rule = self.model.segmentations[key.name]
            return arms.assignment(rule, stored.name, [self.stored[c].name for c in _conditions(rule)])
        _, parts = self._parts(key)
        if key.kind in ("segment", "condition"):
            sql = s.all_of([query.conditions.sql(p) for p in parts])
            stored.read = Plain(s.column(ROW, stored.name))
            return [s.named(sql, stored.name)]
        stored.read, columns = agg.keep(query.conditions.value(parts[0]), stored.name)
        return columns

    # -- passes over rows --------------------------------------------------------------------

    def _passes(self, added: dict[Key, Stored]) -> list[list[tuple[k.Aggregate, Stored]]]:
        groups: dict[tuple[ToMany, ...], list[tuple[k.Aggregate, Stored]]] = defaultdict(list)
        for key, stored in added.items():
            if key.aggregate is not None:
                groups[key.aggregate.rows.hops].append((key.aggregate, stored))
        return list(groups.values())

    def _join_pass(self, query: Query, passed: list[tuple[k.Aggregate, Stored]], stage: int) -> list[Sql]:
        """Builds the pass, joins it, and gives the columns that its aggregates become."""
        hops = passed[0][0].rows.hops
        rows = Query(self, hops[-1].target, stage - 1)
        grouping = agg.Pass(rows, self.model.schema.relations[hops[-1].target], self._group_key(rows, hops))
        read = [grouping.add(a, _back(self.model, a), stored.name) for a, stored in passed]
        name, alias = f"pass {len(self._built)} {hops[-1].target}", f"p{len(query.joins) + 1}"
        self._built[name] = grouping.query(self._earliest(a for a, _ in passed))
        query.pass_over(name, alias, self.model.schema.relations[query.relation].key or "")
        columns: list[Sql] = []
        for (aggregate, stored), reader in zip(passed, read):
            value = reader(alias)
            missing_bound = self._missing_bound(query, aggregate)
            stored.read, kept = agg.keep(agg.unless(missing_bound, value), stored.name)
            columns += kept
        return columns

    def _group_key(self, rows: Query, hops: tuple[ToMany, ...]) -> Sql:
        row: k.Row = k.This()
        for hop in reversed(hops[1:]):
            row = k.Via(row, self.model.schema.back(hop))
        return rows.field(row, hops[0].target, hops[0].column)

    def _missing_bound(self, query: Query, aggregate: k.Aggregate) -> list[Sql]:
        """Bounds that may be missing for a customer: then so is the aggregate, with or without rows."""
        window = aggregate.rows.window
        bounds = [b for b in (window.start, window.end) if b is not None] if window else []
        return [query.conditions.sql(b) for b in bounds if self.clock.constant(b) is None]

    def _earliest(self, aggregates: Iterable[k.Aggregate]) -> Sql | None:
        """Where every window starts at a fixed time: the earliest start, so that older rows are never grouped."""
        starts = []
        for a in aggregates:
            start = a.rows.window.start if a.rows.window else None
            constant = self.clock.constant(start) if start is not None else None
            if constant is None:
                return None
            starts.append(constant)
        return s.moment(min(starts)) if starts else None


def _table_name(relation: str, stage: int) -> str:
    """With a blank, as no declared name has one: so these never hide a relation or a field."""
    return f"{relation} {stage}"


def _back(model: Model, aggregate: k.Aggregate) -> k.Aggregate:
    """An aggregate with its bounds read from the row that is aggregated, by the links back."""
    window = aggregate.rows.window
    if window is None:
        return aggregate
    row: k.Row = k.This()
    for hop in reversed(aggregate.rows.hops):
        row = k.Via(row, model.schema.back(hop))
    start, end = (b and k.rebase(b, row) for b in (window.start, window.end))
    return replace(aggregate, rows=replace(aggregate.rows, window=k.Window(start, end)))


def _conditions(rule: Segmentation) -> list[Key]:
    """The population's condition is number 0, where there is one; the arms follow."""
    first = [0] if rule.where is not None else []
    return [Key("condition", rule.name, i) for i in (*first, *range(1, len(rule.arms) + 1))]


def _condition(rule: Segmentation, number: int) -> k.Expr:
    found = rule.where if number == 0 else rule.arms[number - 1].condition
    assert found is not None
    return found


def _requalified(value: Value, alias: str) -> Value:
    """The same stored columns, of another alias."""

    def move(sql: Sql) -> Sql:
        return sql.transform(
            lambda node: exp.column(node.this.copy(), table=s.name(alias)) if isinstance(node, exp.Column) else node
        )

    match value:
        case Plain(sql):
            return Plain(move(sql))
        case n.Double(sql):
            return n.Double(move(sql))
        case n.Exact():
            over = value.denominator if isinstance(value.denominator, int) else move(value.denominator)
            return replace(
                value,
                numerator=move(value.numerator),
                denominator=over,
                double=move(value.double),
                out=value.out and move(value.out),
            )


# -- one query per entity --------------------------------------------------------------------


@dataclass(frozen=True)
class Assignment:
    """A query over one entity: `entity_id`, then the columns of the contract; and what each column is."""

    query: exp.Select
    columns: list[str]


def assignment(model: Model, entity: str, rules: list[Segment | Segmentation], clock: Clock) -> Assignment:
    """One row per entity that exists as of the clock, in the order of its key.

    A segmentation gives its arm and `<name>_status` (assigned, unknown, outside), a segment a boolean.
    """
    plan = Plan(model, clock)
    relation = model.schema.relations[entity]
    plan.use(entity, relation.key or "")
    columns: list[tuple[str, str]] = []
    for rule in rules:
        kind = "segment" if isinstance(rule, Segment) else "segmentation"
        stored = plan.need_column(Key(kind, rule.name))
        columns.append((rule.name, stored.name))
        if kind == "segmentation":
            columns.append((f"{rule.name}_status", arms.status_column(stored.name)))
    return _over(plan, relation, columns)


def condition(model: Model, entity: str, wanted: dict[str, k.Expr], clock: Clock) -> Assignment:
    """One row per entity, with named conditions or values (numbers as doubles)."""
    relation = model.schema.relations[entity]
    asked = {f"?{name}": Metric(f"?{name}", entity, e) for name, e in wanted.items()}
    plan = Plan(replace(model, metrics={**model.metrics, **asked}), clock)
    plan.use(entity, relation.key or "")
    stored = {name: plan.need_column(Key("metric", f"?{name}")) for name in wanted}
    return _over(plan, relation, [], stored)


def _over(
    plan: Plan, relation: Relation, columns: list[tuple[str, str]], values: dict[str, Stored] | None = None
) -> Assignment:
    named = plan.build()
    highest = max((c.stage for c in plan.stored.values()), default=0)
    selected = [(("entity_id"), s.column(ROW, relation.key or ""))]
    selected += [(name, s.column(ROW, stored)) for name, stored in columns]
    for name, stored in (values or {}).items():
        assert stored.read is not None
        selected.append((name, stored.read.sql if isinstance(stored.read, Plain) else n.as_double(stored.read)))
    source = s.table(plan.table(relation.name, highest), ROW)
    query = exp.Select(expressions=[s.named(sql, name) for name, sql in selected]).from_(source)
    query = query.order_by(exp.Ordered(this=s.column(ROW, relation.key or ""), nulls_first=False))
    for name, select in named.items():
        query = query.with_(s.name(name), as_=select, copy=False)
    return Assignment(query, [name for name, _ in selected])
