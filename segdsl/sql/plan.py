"""Plans queries: which computed columns a set of rules needs, in which order they are computed, and the SQL of each step.

The problem. A rule reads aggregates over rows, aggregates over other aggregates, metrics, other rules, and all of these as of
other times. Written as one expression, the SQL would repeat shared parts many times, and every aggregate would be a correlated
subquery.

The idea. Everything that is computed for a whole relation (`k.Computed`) becomes a column of that relation. Each column has a
stage: one more than the highest stage among the columns it reads. A stage is one named query (a CTE) that reads the stage below
and adds its columns, so each column is computed once and every reader joins it. All aggregates of one stage over the same rows,
grouped in the same way, share one *pass*: one GROUP BY over these rows, joined to the stage by key.

For example, with

    metric logins_28d of account = count(logins in last 28 days)
    segment quiet of account { when logins_28d < average(children.logins_28d) }

the plan has these queries, each reading only the queries above it:

    "account 0"          accounts that exist as of now          "logins 0"  logins before now
    "pass 0 logins"      "logins 0" grouped by account: count
    "account 1"          "account 0" with the count             stage 1: an aggregate over stage 0
    "account 2"          "account 1" with logins_28d            stage 2: a metric reads the aggregate
    "pass 3 account"     "account 2" grouped by parent: average
    "account 3"          "account 2" with the average           stage 3: an aggregate over stage 2
    "account 4"          "account 3" with quiet                 stage 4: the segment reads both

An expression as of another time reads another `DataView`: the same relations as of that instant, with stages of their own, joined
by key. Nothing else in the plan knows about time travel.

`Plan.need` registers the columns that an expression reads and returns the highest stage among them; `Plan.build` then builds the
stages from the lowest up. `Query` is one SELECT while it is being built, with the rows that its expressions reach by links. The
functions at the end (`assignment`, `condition`, …) each make the final SELECT over one entity.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sqlglot import exp

from segdsl.model import expr as k
from segdsl.model import windows, zones
from segdsl.model.clock import Clock
from segdsl.model.exact import Exactness, field_bits
from segdsl.model.lists import active_values
from segdsl.model.schema import Relation, ToOne
from segdsl.model.segment import Metric, Model, Segment, Segmentation
from segdsl.model.types import DATE, TIMESTAMP, is_textual
from segdsl.sql import aggregates as agg
from segdsl.sql import arms, life, standing
from segdsl.sql import numbers as n
from segdsl.sql import spell as s
from segdsl.sql.conditions import Conditions, Plain, Value
from segdsl.sql.spell import Sql
from segdsl.sql.steps import in_steps

ROW = "e"  # alias of the row that a query is about
OUTER = "o"  # alias of the row that the aggregates of a pass are evaluated for
HIERARCHY_KEY, HIERARCHY_TOP = "key", "top"
ZONE_NAME = "zone"
_PLACEHOLDER = k.AsOf(TIMESTAMP)


@dataclass(frozen=True)
class DataView:
    """The data as of an instant; `ahead` also sees later rows."""

    now: dt.datetime
    ahead: bool = False


@dataclass(frozen=True)
class MetricKey:
    view: DataView
    name: str


@dataclass(frozen=True)
class SegmentKey:
    """Whether a customer meets the conditions of a segment, before any limit."""

    view: DataView
    name: str


@dataclass(frozen=True)
class ArmKey:
    """The arm of a segmentation that a customer is in."""

    view: DataView
    name: str


@dataclass(frozen=True)
class ConditionKey:
    """A condition of a segmentation: of its population (`number` 0), or of an arm by its number from 1."""

    view: DataView
    name: str
    number: int


@dataclass(frozen=True)
class LimitKey:
    """Whether a customer is within a limit: of a segment (`number` 0), or of an arm of a segmentation by its number from 1."""

    view: DataView
    name: str
    number: int


@dataclass(frozen=True)
class AggregateKey:
    """An aggregate, with its anchor normalised to a row of `relation`."""

    view: DataView
    relation: str
    node: k.Aggregate


@dataclass(frozen=True)
class StandingKey:
    view: DataView
    node: k.Standing


@dataclass(frozen=True)
class RoundedKey:
    view: DataView
    node: k.Rounded


@dataclass(frozen=True)
class AtKey:
    """A value as of another time, the time of `view`."""

    view: DataView
    node: k.At


Key = MetricKey | SegmentKey | ArmKey | ConditionKey | LimitKey | AggregateKey | StandingKey | RoundedKey | AtKey
"""What a computed column holds, and in which view of the data."""


@dataclass
class Stored:
    """A computed column.

    `relation` is the relation that has the column.
    `stage` is the stage that adds it.
    `name` is its name.
    `read` is how later stages read it, over columns of `ROW`; set when the stage is built.
    """

    relation: str
    stage: int
    name: str
    read: Value | None = None


@dataclass(frozen=True)
class JoinedZone:
    """A row of the table of time zones, joined under an alias."""

    plan: Plan
    alias: str
    view: DataView

    @property
    def name(self) -> Sql:
        return s.column(self.alias, ZONE_NAME)

    def border(self, e: k.Expr) -> Sql:
        moments = set(windows.by_zone(self.view.now, e).values())
        if len(moments) == 1:
            return s.moment(moments.pop())
        return s.column(self.alias, self.plan.border(e, self.view))


@dataclass
class Query:
    """One SELECT while it is being built: its base row, and the rows joined to it by links.

    `relation` is the relation of the base row.
    `below` is the highest stage whose computed columns may be read.
    `outer` is the relation of the row that a pass is evaluated for, if the pass must join that row.
    `joined` are the aliases of rows joined so far.
    """

    plan: Plan
    relation: str
    below: int
    view: DataView
    outer: str | None = None
    joined: dict[object, str] = field(default_factory=dict)
    joins: list[exp.Join] = field(default_factory=list)

    @property
    def conditions(self) -> Conditions:
        return Conditions(self, self.plan.clock(self.view), self.plan.exactness, self.plan.active)

    def conditions_by(self, zone: k.Expr | None) -> Conditions:
        """Returns the conditions with the days of a time zone; None is the workspace's zone."""
        clock = self.plan.clock_by(zone, self.view)
        if clock is not None:
            return replace(self.conditions, clock=clock)
        assert zone is not None, "the workspace has a clock"
        return replace(self.conditions, by=self.zone(self.conditions.sql(zone)))

    def zone(self, name: Sql) -> JoinedZone:
        """Joins the time zone that a text names."""
        zone_key = ("zone", name.sql("duckdb", copy=False))
        if zone_key not in self.joined:
            alias = self.joined[zone_key] = f"z{len(self.joined) + 1}"
            self.join(self.plan.zones(self.view), alias, s.binary("=", s.column(alias, ZONE_NAME), name))
        return JoinedZone(self.plan, self.joined[zone_key], self.view)

    def alias(self, row: k.Row) -> str:
        match row:
            case k.This():
                return ROW
            case k.Outer():
                assert self.outer is not None, "only a pass has an outer row"
                return OUTER
            case k.Via() | k.Topmost():
                return self._linked(row)
            case k.Given():
                raise AssertionError("only the reference evaluator has customers of a test")

    def _linked(self, row: k.Via | k.Topmost) -> str:
        if row not in self.joined:
            target = self.plan.model.schema.relations[row.link.target]
            key = self._key_of(row)
            alias = self.joined[row] = f"l{len(self.joined) + 1}"
            on = s.binary("=", s.column(alias, target.key or ""), key)
            self.join(self.plan.table(target.name, self.below, self.view), alias, on)
        return self.joined[row]

    def _key_of(self, row: k.Via | k.Topmost) -> Sql:
        """Returns the key of the row that a link or a hierarchy leads to."""
        if isinstance(row, k.Via):
            return self.field(row.row, row.link.source, row.link.column)
        own_key = self.field(row.row, row.link.source, self.plan.model.schema.relations[row.link.source].key or "")
        alias = f"t{len(self.joined) + 1}"
        self.joined[row.link, row.row] = alias
        self.join(
            self.plan.hierarchy(row.link, self.view), alias, s.binary("=", s.column(alias, HIERARCHY_KEY), own_key)
        )
        return s.column(alias, HIERARCHY_TOP)

    def at(self, row: k.Row, relation: str, view: DataView) -> str:
        """Returns the alias of a row in another view of the data."""
        if (row, view) not in self.joined:
            key = self.plan.model.schema.relations[relation].key or ""
            own_key = self.field(row, relation, key)
            alias = self.joined[row, view] = f"w{len(self.joined) + 1}"
            self.plan.use(relation, key, view)
            self.join(self.plan.table(relation, self.below, view), alias, s.binary("=", s.column(alias, key), own_key))
        return self.joined[row, view]

    def relation_of(self, row: k.Row) -> str:
        match row:
            case k.This():
                return self.relation
            case k.Outer():
                assert self.outer is not None, "only a pass has an outer row"
                return self.outer
            case k.Via(link=link) | k.Topmost(link=link):
                return link.target
            case k.Given():
                raise AssertionError("only the reference evaluator has customers of a test")

    def join(self, table: str, alias: str, on: Sql, side: str = "LEFT") -> None:
        self.joins.append(exp.Join(this=s.table(table, alias), on=on, side=side))

    def field(self, row: k.Row, relation: str, name: str) -> Sql:
        self.plan.use(relation, name, self.view)
        return s.column(self.alias(row), name)

    def computed(self, e: k.Computed) -> Value:
        row = e.rows.anchor if isinstance(e, k.Aggregate) else e.row
        if isinstance(e, k.Aggregate) and e.rows.outer is not None:
            row = k.This()
        key = self.plan.key(e, self.relation_of(row), self.view)
        stored = self.plan.stored[key]
        alias = self.at(row, e.relation, key.view) if isinstance(e, k.At) else self.alias(row)
        if isinstance(e, k.Member) and e.arm is not None:
            return Plain(arms.member(alias, stored.name, e.arm))
        assert stored.read is not None, "stages are built lowest first"
        return _requalified(stored.read, alias)

    def bits(self, relation: str, name: str) -> int:
        return field_bits(self.plan.model.schema.relations[relation].fields[name])

    def select(self, *columns: Sql) -> exp.Select:
        source = s.table(self.plan.table(self.relation, self.below, self.view), ROW)
        query = exp.Select(expressions=list(columns)).from_(source, copy=False)
        query.set("joins", list(self.joins))
        return query


class Plan:
    """Registers the columns that a set of rules needs, then builds the stages."""

    def __init__(self, model: Model, clock: Clock) -> None:
        self.model, self.zone = model.with_rules_by_data(), clock.zone
        self.now = DataView(clock.now)
        self.exactness = Exactness(model.metrics)
        self.stored: dict[Key, Stored] = {}
        self._stages: dict[tuple[str, DataView], dict[int, dict[Key, Stored]]] = defaultdict(lambda: defaultdict(dict))
        self._columns_read: dict[tuple[str, DataView], dict[str, None]] = defaultdict(dict)
        self._numbered: set[tuple[str, DataView]] = set()
        self._hierarchies: dict[tuple[ToOne, DataView], str] = {}
        self._zones: dict[DataView, dict[k.Expr, str]] = {}  # times that depend only on as-of and on a time zone
        self._queries: dict[str, exp.Select] = {}
        self.materialized: set[str] = set()  # queries that an engine should materialize, not inline
        self._view_suffixes: dict[DataView, str] = {self.now: ""}
        self._clocks: dict[DataView, Clock] = {}

    def clock(self, view: DataView) -> Clock:
        if view not in self._clocks:
            self._clocks[view] = Clock(view.now, self.zone)
        return self._clocks[view]

    def clock_by(self, zone: k.Expr | None, view: DataView) -> Clock | None:
        """Returns the clock of a time zone that is the same for all rows; None if a value of each row names the zone."""
        if zone is None:
            return self.clock(view)
        zone_info = zones.zone(zone.value) if isinstance(zone, k.Literal_) and isinstance(zone.value, str) else None
        return None if zone_info is None else Clock(view.now, zone_info)

    def active(self, listed: str, clock: Clock) -> list[k.Scalar]:
        """Returns the values of a list that count as of the clock's instant."""
        return active_values(self.model.schema, listed, clock)

    # -- the columns needed, and their stages ----------------------------------------------

    def key(self, e: k.Computed, relation: str, view: DataView) -> Key:
        """Returns the key of a computed expression that is evaluated for a row of `relation`."""
        match e:
            case k.MetricOf(name=name):
                return MetricKey(view, name)
            case k.Member(name=name):
                return self.rule_key(name, view)
            case k.Standing():
                return StandingKey(view, replace(e, row=k.This()))
            case k.Rounded():
                return RoundedKey(view, replace(e, row=k.This()))
            case k.At():
                instant = self.clock(view).constant(e.moment)
                assert isinstance(instant, dt.datetime)
                return AtKey(DataView(instant, e.ahead), replace(e, moment=_PLACEHOLDER, ahead=False, row=k.This()))
            case k.Aggregate():
                local = e if e.rows.outer is not None else replace(e, rows=replace(e.rows, anchor=k.This()))
                return AggregateKey(view, _owner_of(e.rows, relation), local)

    def rule_key(self, name: str, view: DataView) -> Key:
        """Returns the key of the column that says whether a customer is in a segment, or in which arm of a segmentation."""
        segment = self.model.segments.get(name)
        if segment is None:
            return ArmKey(view, name)
        return SegmentKey(view, name) if segment.limit is None else LimitKey(view, name, 0)

    def need(self, e: k.Expr, relation: str, view: DataView) -> int:
        """Registers the columns that an expression over rows of a relation reads, and returns the highest stage among them."""
        stages = [0]
        for node in k.walk(e):
            if isinstance(node, k.Computed):
                stages.append(self.need_column(self.key(node, relation, view)).stage)
        return max(stages)

    def need_column(self, key: Key) -> Stored:
        if key not in self.stored:
            self._view_suffixes.setdefault(key.view, f" at {len(self._view_suffixes)}")
            relation, parts = self._parts(key)
            below = [self.need(p, relation, key.view) for p in parts]
            if isinstance(key, AggregateKey):
                below += [self.need(e, key.node.rows.relation, key.view) for e in k.elsewhere(key.node)]
            below += [self.need_column(c).stage for c in self._other_columns(key)]
            stored = Stored(relation, 1 + max([0, *below]), _column_name(key, len(self.stored)))
            self.stored[key] = self._stages[relation, key.view][stored.stage][key] = stored
        return self.stored[key]

    def _parts(self, key: Key) -> tuple[str, list[k.Expr]]:
        """Returns the relation of a computed column, and the expressions over its rows that the column reads."""
        match key:
            case MetricKey(name=name):
                metric = self.model.metrics[name]
                return metric.entity, [metric.body]
            case SegmentKey(name=name):
                segment = self.model.segments[name]
                return segment.entity, [e for e in (segment.where, segment.condition) if e is not None]
            case ConditionKey(name=name, number=number):
                rule = self.model.segmentations[name]
                return rule.entity, [_condition(rule, number)]
            case ArmKey(name=name):
                rule = self.model.segmentations[name]
                return rule.entity, [rule.override] if rule.override is not None else []
            case LimitKey():
                limited = self._limited(key)
                by = [e for e in (limited.limit.by, limited.limit.group, *limited.limit.ties) if e is not None]
                return limited.entity, [*by, *([limited.override] if limited.override is not None else [])]
            case AggregateKey(relation=relation, node=node):
                return relation, list(k.children(node))
            case StandingKey(node=computed) | RoundedKey(node=computed) | AtKey(node=computed):
                return computed.relation, list(k.elsewhere(computed))

    def _other_columns(self, key: Key) -> list[Key]:
        """Returns the columns that a rule's column reads in addition to its expressions."""
        match key:
            case ArmKey(view, name):
                return self.deciding(name, view)
            case LimitKey(view, name, 0):
                return [SegmentKey(view, name)]
            case LimitKey(view, name, number):
                rule = self.model.segmentations[name]
                earlier_arms = [self._arm_key(rule, i, view) for i in range(1, number)]
                return [*_population(rule, view), *earlier_arms, ConditionKey(view, name, number)]
            case MetricKey() | SegmentKey() | ConditionKey():
                return []
            case AggregateKey() | StandingKey() | RoundedKey() | AtKey():
                return []

    def deciding(self, name: str, view: DataView) -> list[Key]:
        """Returns the column of the population's condition, if any, then the column of each arm."""
        rule = self.model.segmentations[name]
        return [*_population(rule, view), *(self._arm_key(rule, i, view) for i in range(1, len(rule.arms) + 1))]

    def _arm_key(self, rule: Segmentation, number: int, view: DataView) -> Key:
        kind = ConditionKey if rule.arms[number - 1].limit is None else LimitKey
        return kind(view, rule.name, number)

    def _limited(self, key: LimitKey) -> arms.Limited:
        if key.number == 0:
            segment = self.model.segments[key.name]
            assert segment.limit is not None
            return arms.Limited(segment.entity, segment.limit, None)
        rule = self.model.segmentations[key.name]
        limit = rule.arms[key.number - 1].limit
        assert limit is not None
        return arms.Limited(rule.entity, limit, rule.override)

    def use(self, relation: str, column: str, view: DataView) -> None:
        self._columns_read[relation, view][column] = None

    # -- the stages ------------------------------------------------------------------------

    def table(self, relation: str, below: int, view: DataView) -> str:
        """Returns the name of the query with a relation's rows and the columns of all stages up to `below`."""
        stages = [stage for stage in self._stages[relation, view] if stage <= below]
        self._columns_read[relation, view]
        return self._table_name(relation, max(stages, default=0), view)

    def _table_name(self, relation: str, stage: int, view: DataView) -> str:
        """Returns a query's name. It contains a blank, which no declared name has, so it never hides a relation or a field."""
        return f"{relation} {stage}{self._view_suffixes.setdefault(view, f' at {len(self._view_suffixes)}')}"

    def hierarchy(self, link: ToOne, view: DataView) -> str:
        return self._hierarchies.setdefault((link, view), f"top {len(self._hierarchies)} {link.name}")

    def zones(self, view: DataView) -> str:
        """Returns the name of the table of time zones."""
        self._zones.setdefault(view, {})
        return f"time zones{self._view_suffixes[view]}"

    def border(self, e: k.Expr, view: DataView) -> str:
        """Returns the column of the table of time zones that holds a time."""
        return self._zones[view].setdefault(e, f"border {len(self._zones[view])}")

    @property
    def is_recursive(self) -> bool:
        return bool(self._hierarchies)

    def build(self) -> dict[str, exp.Query]:
        """Builds all named queries, in an order in which each reads only earlier queries."""
        for stage in range(1, 1 + max((c.stage for c in self.stored.values()), default=0)):
            relations = {(c.relation, key.view): None for key, c in self.stored.items() if c.stage == stage}
            for relation, view in relations:
                self._build_stage(relation, stage, view)
        tops = {name: self._climb(link, view, name) for (link, view), name in self._hierarchies.items()}
        bases: dict[str, exp.Query] = {}
        for (name, view), columns in self._columns_read.items():
            declared, numbered = self.model.schema.relations[name], (name, view) in self._numbered
            base = life.base(declared, list(columns), self.clock(view), view.ahead, numbered)
            bases[self._table_name(name, 0, view)] = base
        zone_tables = {self.zones(view): _time_zones(view.now, borders) for view, borders in self._zones.items()}
        staged: dict[str, exp.Query] = {}
        for name, select in self._queries.items():
            steps = dict(in_steps(name, select))
            self.materialized |= set(steps)
            staged |= {**steps, name: select}
        return bases | zone_tables | tops | staged

    def _climb(self, link: ToOne, view: DataView, name: str) -> exp.Query:
        """Builds the hierarchy of a link from the top down, so that rows in a loop are never reached."""
        key = self.model.schema.relations[link.source].key or ""
        self.use(link.source, key, view)
        self.use(link.source, link.column, view)
        table = self._table_name(link.source, 0, view)
        above = s.binary("=", s.column("above", key), s.column(ROW, link.column))
        starts = exp.Select(
            expressions=[s.named(s.column(ROW, key), HIERARCHY_KEY), s.named(s.column(ROW, key), HIERARCHY_TOP)]
        )
        starts = starts.from_(s.table(table, ROW)).join(s.table(table, "above"), on=above, join_type="LEFT")
        starts = starts.where(s.is_null(s.column("above", key)))
        below = exp.Select(expressions=[s.column(ROW, key), s.column("t", HIERARCHY_TOP)])
        on = s.binary("=", s.column(ROW, link.column), s.column("t", HIERARCHY_KEY))
        below = below.from_(s.table(name, "t")).join(s.table(table, ROW), on=on)
        return exp.union(starts, below, distinct=False)

    def _build_stage(self, relation: str, stage: int, view: DataView) -> None:
        query = Query(self, relation, stage - 1, view)
        declared = self.model.schema.relations[relation]
        if declared.key is not None:
            self.use(relation, declared.key, view)
        columns: list[Sql] = [exp.Column(this=exp.Star(), table=s.name(ROW))]
        stored_columns = self._stages[relation, view][stage]
        for group in self._passes(stored_columns):
            columns += self._join_pass(query, group, stage)
        for key, stored in stored_columns.items():
            columns += self._column(query, key, stored)
        self._queries[self._table_name(relation, stage, view)] = query.select(*columns)

    def _column(self, query: Query, key: Key, stored: Stored) -> list[Sql]:
        match key:
            case AggregateKey():
                return []  # its pass adds the column
            case ArmKey(view, name):
                rule = self.model.segmentations[name]
                override = query.conditions.sql(rule.override) if rule.override is not None else None
                deciding = [self.stored[c].name for c in self.deciding(name, view)]
                return arms.assignment(rule, stored.name, deciding, override)
            case LimitKey():
                return self._columns_of(Plain(self._within_limit(query, key)), stored)
            case SegmentKey() | ConditionKey():
                return self._columns_of(Plain(s.all_of([query.conditions.sql(p) for p in self._parts(key)[1]])), stored)
            case StandingKey(node=node):
                return self._columns_of(self._standing(query, node), stored)
            case RoundedKey(node=rounded):
                return self._columns_of(_rounded(query.conditions.number(rounded.item)), stored)
            case MetricKey() | AtKey():
                return self._columns_of(query.conditions.value(self._parts(key)[1][0]), stored)

    def _columns_of(self, value: Value, stored: Stored) -> list[Sql]:
        stored.read, columns = agg.store(value, stored.name)
        return columns

    def _standing(self, query: Query, e: k.Standing) -> Value:
        among = query.conditions.sql(e.among) if e.among is not None else None
        value, over, bits = standing.ranked(query.conditions.value(e.value))
        group = standing.ranked(query.conditions.value(e.group))[0] if e.group is not None else None
        return standing.value(e, standing.Population(value, group, among, _ties(query, e.ties)), over, bits)

    def _within_limit(self, query: Query, key: LimitKey) -> Sql:
        """Builds the column of a limit: of the customers who reach the arm or segment, those with few others above them."""
        limited = self._limited(key)
        *earlier_arms, condition = [s.column(ROW, self.stored[c].name) for c in self._other_columns(key)]
        where = earlier_arms.pop(0) if key.number and self.model.segmentations[key.name].where is not None else None
        override = query.conditions.sql(limited.override) if limited.override is not None else None
        all_arms = [a.name for a in self.model.segmentations[key.name].all_arms] if override is not None else []
        reaches = arms.reaches(condition, earlier_arms, where, override, all_arms)
        by = standing.ranked(query.conditions.value(limited.limit.by))[0]
        group_of = limited.limit.group
        group = standing.ranked(query.conditions.value(group_of))[0] if group_of is not None else None
        above = standing.greater(standing.Population(by, group, reaches, _ties(query, limited.limit.ties)))
        return s.case(
            (s.not_(s.is_true(condition)), condition), default=s.binary("<", above, s.whole(limited.limit.count))
        )

    # -- passes over rows --------------------------------------------------------------------

    def _passes(self, stored_columns: dict[Key, Stored]) -> list[list[tuple[k.Aggregate, Stored]]]:
        groups: dict[object, list[tuple[k.Aggregate, Stored]]] = defaultdict(list)
        for key, stored in stored_columns.items():
            if isinstance(key, AggregateKey):
                rows = key.node.rows
                groups[rows.hops, rows.everyone, rows.outer and rows.anchor, rows.outer, rows.other].append(
                    (key.node, stored)
                )
        return list(groups.values())

    def _join_pass(self, query: Query, aggregates: list[tuple[k.Aggregate, Stored]], stage: int) -> list[Sql]:
        """Builds a pass, joins it, and returns the columns of its aggregates."""
        first = aggregates[0][0].rows
        rows = Query(self, first.relation, stage - 1, query.view, first.outer)
        join_conditions: list[Sql] = []
        if first.outer is not None:
            row_id = self._number(first.outer, query)
            rows.join(self.table(first.outer, stage - 1, query.view), OUTER, s.TRUE, "")
            group_key = s.column(OUTER, row_id)
            join_conditions = self._join_conditions(rows, first)
            row_group = s.column(ROW, row_id)
        else:
            group_key, row_group = self._group_key(rows, query, first)
        grouping = agg.Pass(rows, self.model.schema.relations[first.relation], group_key)
        read = [
            grouping.add(a, _back(self.model, a), self._is_complete(query, a), self._zone_of(a)) for a, _ in aggregates
        ]
        name, alias = f"pass {len(self._queries)} {first.relation}", f"p{len(query.joins) + 1}"
        self._queries[name] = grouping.query(self._earliest(query.view, (a for a, _ in aggregates)), join_conditions)
        query.join(name, alias, s.binary("=", s.column(alias, agg.GROUP), row_group))
        columns: list[Sql] = []
        for (aggregate, stored), reader in zip(aggregates, read):
            nullable = self._missing_bound(query, aggregate)
            if first.outer is not None and first.anchor != k.This():
                nullable.append(self._start(query, first.anchor, first))
            if first.everyone is not None and first.everyone.per is not None:
                nullable.append(standing.ranked(query.conditions.value(first.everyone.per))[0])
            stored.read, added_columns = agg.store(agg.unless(nullable, reader(alias)), stored.name)
            columns += added_columns
        return columns

    def _group_key(self, rows: Query, query: Query, first: k.Rows) -> tuple[Sql, Sql]:
        """Returns the group of an aggregated row, and the group that the row evaluated belongs to."""
        if first.everyone is not None:
            per = first.everyone.per
            if per is None:
                return s.whole(1), s.whole(1)
            return standing.ranked(rows.conditions.value(per))[0], standing.ranked(query.conditions.value(per))[0]
        key = self.model.schema.relations[query.relation].key or ""
        return self._belongs_to(rows, first), s.column(ROW, key)

    def _belongs_to(self, rows: Query, first: k.Rows) -> Sql:
        """Returns the key of the row from which the hops lead to a row of the pass."""
        row: k.Row = k.This()
        for hop in reversed(first.hops[1:]):
            row = k.Via(row, self.model.schema.back(hop))
        return rows.field(row, first.hops[0].target, first.hops[0].column)

    def _start(self, query: Query, anchor: k.Row, first: k.Rows) -> Sql:
        """Returns the key of the row where the hops begin."""
        source = self.model.schema.relations[first.hops[0].source]
        return query.field(anchor, source.name, source.key or "")

    def _number(self, relation: str, query: Query) -> str:
        """Returns the column that identifies the rows of a relation: their key, or a number."""
        key = self.model.schema.relations[relation].key
        if key is None:
            self._numbered.add((relation, query.view))
        else:
            self.use(relation, key, query.view)
        return key or life.NUMBER

    def _join_conditions(self, rows: Query, first: k.Rows) -> list[Sql]:
        """Returns the conditions that join the rows of a pass to the row that it is evaluated for."""
        conditions: list[Sql] = []
        if first.everyone is None:
            anchor = self._start(rows, k.replace_row(first.anchor, k.Outer()), first)
            conditions.append(s.binary("=", anchor, self._belongs_to(rows, first)))
        elif first.everyone.per is not None:
            sides = (k.rebase(first.everyone.per, k.Outer()), first.everyone.per)
            conditions.append(s.binary("=", *(standing.ranked(rows.conditions.value(e))[0] for e in sides)))
        if first.other:
            conditions.append(s.binary("!=", s.column(ROW, life.NUMBER), s.column(OUTER, life.NUMBER)))
        return conditions

    def _zone_of(self, aggregate: k.Aggregate) -> k.Expr | None:
        return windows.zone_for_aggregate(self.model.schema, aggregate.rows)

    def _missing_bound(self, query: Query, aggregate: k.Aggregate) -> list[Sql]:
        """Returns the bounds and the zone that may be missing for a row; the aggregate is then missing, with or without rows."""
        by = query.conditions_by(self._zone_of(aggregate))
        bounds = [by.sql(b) for b in _bounds(aggregate.rows) if by.clock.constant(b) is None]
        return bounds if by.by is None else [by.by.name, *bounds]

    def _is_complete(self, query: Query, aggregate: k.Aggregate) -> Sql | None:
        """Builds the condition that no row is lacking; None if the table has no `complete from`, or if no row can be lacking."""
        rows = aggregate.rows
        relation = self.model.schema.relations[rows.relation]
        if relation.complete_from is None:
            return None
        midnight = self.clock(query.view).start_of_day(relation.complete_from)
        late = self._starts_late(query, rows, relation.complete_from if relation.by_date else midnight)
        if late is s.TRUE:
            return None
        source = self.model.schema.relations[rows.hops[0].source]
        if source.lives_from is None:
            return late
        first = midnight if source.fields[source.lives_from].type == TIMESTAMP else relation.complete_from
        birth = query.field(rows.anchor, source.name, source.lives_from)
        return s.any_of([late, s.binary(">=", birth, s.moment(first))])

    def _starts_late(self, query: Query, rows: k.Rows, first: dt.date) -> Sql:
        """Builds the condition that a window starts on the day from which its table is complete, or later."""
        start, zone = rows.window.start if rows.window else None, windows.zone_for_aggregate(self.model.schema, rows)
        if start is None:
            return s.FALSE
        if rows.zone is not None and zone is None:
            earliest = windows.earliest(query.view.now, start)
            return s.TRUE if earliest is not None and earliest >= first else s.FALSE
        by = query.conditions_by(zone)
        constant = by.clock.constant(start) if by.by is None else None
        if constant is None:
            return s.binary(">=", by.sql(start), s.moment(first))
        return s.TRUE if constant >= first else s.FALSE

    def _earliest(self, view: DataView, aggregates: Iterable[k.Aggregate]) -> Sql | None:
        """Returns the earliest start of the windows, so that older rows are not grouped; None if a start isn't fixed."""
        starts = []
        for a in aggregates:
            start, clock = a.rows.window.start if a.rows.window else None, self.clock_by(a.rows.zone, view)
            constant = clock.constant(start) if start is not None and clock is not None else None
            if constant is None:
                return None
            starts.append(constant)
        return s.moment(min(starts)) if starts else None


def _ties(query: Query, ties: Sequence[k.Expr]) -> tuple[tuple[Sql, bool], ...]:
    return tuple((standing.ranked(query.conditions.value(e))[0], is_textual(e.type)) for e in ties)


def _bounds(rows: k.Rows) -> list[k.Expr]:
    return [b for b in (rows.window.start, rows.window.end) if b is not None] if rows.window else []


def _time_zones(now: dt.datetime, borders: dict[k.Expr, str]) -> exp.Select:
    """Builds the table of time zones: each zone's name, and the value in that zone of times that depend only on as-of."""
    moments = [windows.by_zone(now, e) for e in borders]
    table = exp.values([(z, *(_iso(m[z]) for m in moments)) for z in sorted(zones.names())], alias=ROW)
    table.args["alias"].set("columns", [s.name(c) for c in (ZONE_NAME, *borders.values())])
    typed = [
        s.named(s.cast(s.column(ROW, c), "DATE" if e.type == DATE else "TIMESTAMP"), c) for e, c in borders.items()
    ]
    return exp.Select(expressions=[s.column(ROW, ZONE_NAME), *typed]).from_(table)


def _iso(moment: dt.date) -> str:
    return moment.isoformat(sep=" ") if isinstance(moment, dt.datetime) else moment.isoformat()


def _column_name(key: Key, number: int) -> str:
    match key:
        case MetricKey(name=name):
            return f"metric {number} {name}"
        case SegmentKey(name=name):
            return f"segment {number} {name}"
        case ArmKey(name=name):
            return f"segmentation {number} {name}"
        case ConditionKey(name=name):
            return f"condition {number} {name}"
        case LimitKey(name=name):
            return f"taken {number} {name}"
        case AggregateKey(relation=relation):
            return f"aggregate {number} {relation}"
        case StandingKey():
            return f"standing {number} "
        case RoundedKey():
            return f"value {number} "
        case AtKey(node=node):
            return f"value {number} {node.relation}"


def _population(rule: Segmentation, view: DataView) -> list[Key]:
    return [ConditionKey(view, rule.name, 0)] if rule.where is not None else []


def _rounded(number: n.Number) -> n.Number:
    """Returns a number as it enters an aggregate."""
    return replace(n.leaf(*n.summand(number)), floor=number.floor) if isinstance(number, n.Exact) else number


def _owner_of(rows: k.Rows, relation: str) -> str:
    """Returns the relation of the rows that an aggregate is evaluated for, with its anchor normalised.

    An aggregate over all rows of a relation is evaluated for each row of `relation`, where the expression is.
    """
    if rows.outer is not None:
        return rows.outer
    return rows.hops[0].source if rows.hops else relation


def _back(model: Model, aggregate: k.Aggregate) -> k.Aggregate:
    """Returns an aggregate whose bounds are read from the aggregated row: by the links back, or from the outer row."""
    window = aggregate.rows.window
    if window is None:
        return aggregate
    row: k.Row = k.Outer() if aggregate.rows.outer is not None else k.This()
    for hop in reversed(aggregate.rows.hops) if aggregate.rows.outer is None else ():
        row = k.Via(row, model.schema.back(hop))
    start, end = (b and k.rebase(b, row) for b in (window.start, window.end))
    return replace(aggregate, rows=replace(aggregate.rows, window=k.Window(start, end)))


def _condition(rule: Segmentation, number: int) -> k.Expr:
    condition = rule.where if number == 0 else rule.arms[number - 1].condition
    assert condition is not None
    return condition


def _requalified(value: Value, alias: str) -> Value:
    """Returns stored columns read from another alias."""

    def move(sql: Sql) -> Sql:
        return sql.transform(
            lambda node: exp.column(node.this.copy(), table=s.name(alias)) if isinstance(node, exp.Column) else node
        )

    match value:
        case Plain(sql):
            return Plain(move(sql))
        case n.Double(sql, floor):
            return n.Double(move(sql), floor and move(floor))
        case n.Exact():
            over = value.denominator if isinstance(value.denominator, int) else move(value.denominator)
            return replace(
                value,
                numerator=move(value.numerator),
                denominator=over,
                double=move(value.double),
                out=value.out and move(value.out),
                floor=value.floor and move(value.floor),
            )


_Numbers = Literal["doubles", "numerators", "texts"]
"""How numbers are answered: `texts` are the numerators of numbers that are exact in every row, and doubles for the others."""


def _answer_column(value: Value, numbers: _Numbers) -> Sql:
    """Returns a value as a column of the answer."""
    if isinstance(value, Plain):
        return value.sql
    if numbers == "texts" and (denominator_of(value) is not None):
        assert isinstance(value, n.Exact), "it has a denominator"
        return s.cast(value.numerator, "TEXT")
    return value.numerator if numbers == "numerators" and isinstance(value, n.Exact) else n.as_double(value)


def denominator_of(value: Value) -> int | None:
    """Returns the denominator that an exact number has in every row; None of any other value."""
    return value.fixed if isinstance(value, n.Exact) and value.out is None else None


# -- one query per entity --------------------------------------------------------------------


@dataclass(frozen=True)
class Assignment:
    """A query over one entity, with its columns: `entity_id`, then those of the rules and values."""

    query: exp.Select
    columns: list[str]


def assignment(
    model: Model,
    entity: str,
    rules: list[Segment | Segmentation],
    clock: Clock,
    beside: dict[str, k.Expr] | None = None,
    numbers: _Numbers = "doubles",
    in_order: bool = True,
) -> Assignment:
    """Builds the query with one row per customer that exists as of the clock, in the order of keys if `in_order`.

    A segmentation has a column with the arm and a column `<name>_status` (assigned, unknown, outside), and where it keeps
    customers a column `<name>_by_data` with the arm by today's data alone. A segment has a boolean.
    `beside` are further values by name, with numbers as `numbers` says.
    """
    plan, values = _with_values(model, entity, beside or {}, clock)
    relation = model.schema.relations[entity]
    columns: list[tuple[str, str]] = []
    for rule in rules:
        kind = "segment" if isinstance(rule, Segment) else "segmentation"
        stored = plan.need_column(plan.rule_key(rule.name, plan.now))
        columns.append((rule.name, stored.name))
        if kind == "segmentation":
            columns.append((f"{rule.name}_status", arms.status_column(stored.name)))
        if isinstance(rule, Segmentation) and (by_data := rule.by_data()) is not None:
            columns.append((f"{rule.name}_by_data", plan.need_column(plan.rule_key(by_data.name, plan.now)).name))
    return _over(plan, relation, columns, values, numbers, in_order)


def _with_values(model: Model, entity: str, values: dict[str, k.Expr], clock: Clock) -> tuple[Plan, dict[str, Stored]]:
    """Plans a query over an entity with named values."""
    value_metrics = {f"?{name}": Metric(f"?{name}", entity, e) for name, e in values.items()}
    plan = Plan(replace(model, metrics={**model.metrics, **value_metrics}), clock)
    plan.use(entity, model.schema.relations[entity].key or "", plan.now)
    return plan, {name: plan.need_column(MetricKey(plan.now, f"?{name}")) for name in values}


def exact_values(
    model: Model, entity: str, values: dict[str, k.Expr], clock: Clock, in_order: bool = True
) -> tuple[Assignment, dict[str, int]]:
    """Builds the query with one row per customer and named values, and returns the denominators of exact numbers by name.

    The column of a value with a denominator is its numerator as a text, which frames of any engine hold whole; other numbers are doubles.
    """
    plan, stored = _with_values(model, entity, values, clock)
    query = _over(plan, model.schema.relations[entity], [], stored, "texts", in_order)
    reads = {name: column.read for name, column in stored.items() if column.read is not None}
    return query, {name: over for name, value in reads.items() if (over := denominator_of(value)) is not None}


def condition(model: Model, entity: str, values: dict[str, k.Expr], clock: Clock, in_order: bool = True) -> Assignment:
    """Builds the query with one row per customer and named conditions or values, numbers as doubles."""
    return assignment(model, entity, [], clock, values, in_order=in_order)


def standing_of(model: Model, e: k.Standing, clock: Clock) -> Assignment:
    """Builds the query with one row per customer and its standing; an exact number as its numerator."""
    plan = Plan(model, clock)
    stored = plan.need_column(plan.key(e, e.relation, plan.now))
    return _over(plan, model.schema.relations[e.relation], [], {"standing": stored}, "numerators")


def room_of(model: Model, rule: Segment | Segmentation, number: int, clock: Clock) -> Assignment:
    """Builds the query with one row per customer and whether the limit of a segment or arm leaves room."""
    plan = Plan(model, clock)
    arm = 0 if isinstance(rule, Segment) else number + 1
    stored = plan.need_column(LimitKey(plan.now, rule.name, arm))
    return _over(plan, model.schema.relations[rule.entity], [], {"room": stored})


def _over(
    plan: Plan,
    relation: Relation,
    columns: list[tuple[str, str]],
    values: dict[str, Stored] | None = None,
    numbers: _Numbers = "doubles",
    in_order: bool = True,
) -> Assignment:
    queries = plan.build()
    highest = max((c.stage for c in plan.stored.values()), default=0)
    recursive = plan.is_recursive
    selected = [(("entity_id"), s.column(ROW, relation.key or ""))]
    selected += [(name, s.column(ROW, stored)) for name, stored in columns]
    for name, stored in (values or {}).items():
        assert stored.read is not None
        selected.append((name, _answer_column(stored.read, numbers)))
    source = s.table(plan.table(relation.name, highest, plan.now), ROW)
    query = exp.Select(expressions=[s.named(sql, name) for name, sql in selected]).from_(source, copy=False)
    if in_order:
        query = query.order_by(exp.Ordered(this=s.column(ROW, relation.key or ""), nulls_first=False))
    for name, select in queries.items():
        query = query.with_(
            s.name(name),
            as_=select,
            copy=False,
            recursive=recursive,
            materialized=True if name in plan.materialized else None,
        )
    return Assignment(query, [name for name, _ in selected])
