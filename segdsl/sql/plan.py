"""Typed model -> stages of named queries, and one query over them per entity.

What a rule reads is computed in stages: stage 0 of a relation is its rows as of the instant; each further
stage adds columns (aggregates, metrics, conditions, segments) that read only earlier stages. All aggregates
of one stage over the same rows, grouped for the same entity, share one pass. What is asked as of another time has
stages of its own, over the rows of then.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sqlglot import exp

from segdsl.model import expr as k
from segdsl.model import windows, zones
from segdsl.model.clock import Clock
from segdsl.model.exact import Exactness, field_bits
from segdsl.model.lists import active_values
from segdsl.model.schema import Relation, ToOne
from segdsl.model.segment import Metric, Model, Segment, Segmentation
from segdsl.model.types import DATE, TIMESTAMP
from segdsl.sql import aggregates as agg
from segdsl.sql import arms, life, standing
from segdsl.sql import numbers as n
from segdsl.sql import spell as s
from segdsl.sql.conditions import Conditions, Plain, Value
from segdsl.sql.spell import Sql
from segdsl.sql.steps import in_steps

ROW = "e"  # the alias of the row that a query is about
OUTER = "o"  # and of the row that the aggregates of a pass are asked for
HIERARCHY_KEY, HIERARCHY_TOP = "key", "top"
ZONE_NAME = "zone"
_THEN = k.AsOf(TIMESTAMP)


@dataclass(frozen=True)
class Seen:
    """A world that is asked: as of an instant, and whether it sees what comes after it."""

    now: dt.datetime
    ahead: bool = False


@dataclass(frozen=True)
class MetricKey:
    world: Seen
    name: str


@dataclass(frozen=True)
class SegmentKey:
    """Whether a segment has a customer: as far as its conditions go, where it has a limit."""

    world: Seen
    name: str


@dataclass(frozen=True)
class ArmKey:
    """Which arm of a segmentation a customer is in."""

    world: Seen
    name: str


@dataclass(frozen=True)
class ConditionKey:
    """A condition of a segmentation: that of its population (0), or of an arm by its number."""

    world: Seen
    name: str
    number: int


@dataclass(frozen=True)
class TakenKey:
    """Whether what has a limit takes a customer: a segment (0), or an arm of a segmentation by its number."""

    world: Seen
    name: str
    number: int


@dataclass(frozen=True)
class AggregateKey:
    """An aggregate, its anchor this row of the relation that it is asked for."""

    world: Seen
    relation: str
    node: k.Aggregate


@dataclass(frozen=True)
class StandingKey:
    world: Seen
    node: k.Standing


@dataclass(frozen=True)
class RoundedKey:
    world: Seen
    node: k.Rounded


@dataclass(frozen=True)
class AtKey:
    """A value of another time, which is the world's."""

    world: Seen
    node: k.At


Key = MetricKey | SegmentKey | ArmKey | ConditionKey | TakenKey | AggregateKey | StandingKey | RoundedKey | AtKey
"""What a computed column holds, and in which world."""


@dataclass
class Stored:
    """A computed column of a relation: the stage that adds it, and how later stages read it."""

    relation: str
    stage: int
    name: str
    read: Value | None = None  # over columns of `ROW`, filled in when the stage is built


@dataclass(frozen=True)
class JoinedZone:
    """A row of the table of time zones, joined under an alias."""

    plan: Plan
    alias: str
    world: Seen

    @property
    def name(self) -> Sql:
        return s.column(self.alias, ZONE_NAME)

    def border(self, e: k.Expr) -> Sql:
        anywhere = set(windows.by_zone(self.world.now, e).values())
        if len(anywhere) == 1:
            return s.moment(anywhere.pop())
        return s.column(self.alias, self.plan.border(e, self.world))


@dataclass
class Query:
    """One SELECT being built: its base row, and the rows joined to it by links.

    `outer` is the relation of the row that a pass is asked for, where the rows must be seen together with it.
    """

    plan: Plan
    relation: str
    below: int  # computed columns of this stage or lower may be read
    world: Seen
    outer: str | None = None
    joined: dict[object, str] = field(default_factory=dict)
    joins: list[exp.Join] = field(default_factory=list)

    @property
    def conditions(self) -> Conditions:
        return Conditions(self, self.plan.clock(self.world), self.plan.exactness, self.plan.active)

    def conditions_by(self, zone: k.Expr | None) -> Conditions:
        """Those whose days begin in a time zone; None is the workspace's."""
        clock = self.plan.clock_by(zone, self.world)
        if clock is not None:
            return replace(self.conditions, clock=clock)
        assert zone is not None, "the workspace has a clock"
        return replace(self.conditions, by=self.zone(self.conditions.sql(zone)))

    def zone(self, name: Sql) -> JoinedZone:
        """The time zone that a text names."""
        joined = ("zone", name.sql("duckdb", copy=False))
        if joined not in self.joined:
            alias = self.joined[joined] = f"z{len(self.joined) + 1}"
            self.join(self.plan.zones(self.world), alias, s.binary("=", s.column(alias, ZONE_NAME), name))
        return JoinedZone(self.plan, self.joined[joined], self.world)

    def alias(self, row: k.Row) -> str:
        match row:
            case k.This():
                return ROW
            case k.Outer():
                assert self.outer is not None, "only a pass has a row around its rows"
                return OUTER
            case k.Via() | k.Topmost():
                return self._linked(row)
            case k.Given():
                raise AssertionError("customers of a test are the reference's")

    def _linked(self, row: k.Via | k.Topmost) -> str:
        if row not in self.joined:
            target = self.plan.model.schema.relations[row.link.target]
            key = self._key_of(row)
            alias = self.joined[row] = f"l{len(self.joined) + 1}"
            on = s.binary("=", s.column(alias, target.key or ""), key)
            self.join(self.plan.table(target.name, self.below, self.world), alias, on)
        return self.joined[row]

    def _key_of(self, row: k.Via | k.Topmost) -> Sql:
        """The key of the row that a link, or a hierarchy, leads to."""
        if isinstance(row, k.Via):
            return self.field(row.row, row.link.source, row.link.column)
        own = self.field(row.row, row.link.source, self.plan.model.schema.relations[row.link.source].key or "")
        alias = f"t{len(self.joined) + 1}"
        self.joined[row.link, row.row] = alias
        self.join(self.plan.hierarchy(row.link, self.world), alias, s.binary("=", s.column(alias, HIERARCHY_KEY), own))
        return s.column(alias, HIERARCHY_TOP)

    def at(self, row: k.Row, relation: str, world: Seen) -> str:
        """The alias of the same row in another world."""
        if (row, world) not in self.joined:
            key = self.plan.model.schema.relations[relation].key or ""
            own = self.field(row, relation, key)
            alias = self.joined[row, world] = f"w{len(self.joined) + 1}"
            self.plan.use(relation, key, world)
            self.join(self.plan.table(relation, self.below, world), alias, s.binary("=", s.column(alias, key), own))
        return self.joined[row, world]

    def relation_of(self, row: k.Row) -> str:
        match row:
            case k.This():
                return self.relation
            case k.Outer():
                assert self.outer is not None, "only a pass has a row around its rows"
                return self.outer
            case k.Via(link=link) | k.Topmost(link=link):
                return link.target
            case k.Given():
                raise AssertionError("customers of a test are the reference's")

    def join(self, table: str, alias: str, on: Sql, side: str = "LEFT") -> None:
        self.joins.append(exp.Join(this=s.table(table, alias), on=on, side=side))

    def field(self, row: k.Row, relation: str, name: str) -> Sql:
        self.plan.use(relation, name, self.world)
        return s.column(self.alias(row), name)

    def computed(self, e: k.Computed) -> Value:
        row = e.rows.anchor if isinstance(e, k.Aggregate) else e.row
        if isinstance(e, k.Aggregate) and e.rows.outer is not None:
            row = k.This()
        key = self.plan.key(e, self.relation_of(row), self.world)
        stored = self.plan.stored[key]
        alias = self.at(row, e.relation, key.world) if isinstance(e, k.At) else self.alias(row)
        if isinstance(e, k.Member) and e.arm is not None:
            return Plain(arms.member(alias, stored.name, e.arm))
        assert stored.read is not None, "stages are built lowest first"
        return _requalified(stored.read, alias)

    def bits(self, relation: str, name: str) -> int:
        return field_bits(self.plan.model.schema.relations[relation].fields[name])

    def select(self, *columns: Sql) -> exp.Select:
        source = s.table(self.plan.table(self.relation, self.below, self.world), ROW)
        query = exp.Select(expressions=list(columns)).from_(source, copy=False)
        query.set("joins", list(self.joins))
        return query


class Plan:
    """Registers all that a set of rules needs, then builds the stages."""

    def __init__(self, model: Model, clock: Clock) -> None:
        self.model, self.zone = model, clock.zone
        self.now = Seen(clock.now)
        self.exactness = Exactness(model.metrics)
        self.stored: dict[Key, Stored] = {}
        self._stages: dict[tuple[str, Seen], dict[int, dict[Key, Stored]]] = defaultdict(lambda: defaultdict(dict))
        self._used: dict[tuple[str, Seen], dict[str, None]] = defaultdict(dict)
        self._numbered: set[tuple[str, Seen]] = set()
        self._hierarchies: dict[tuple[ToOne, Seen], str] = {}
        self._zones: dict[Seen, dict[k.Expr, str]] = {}  # the times that depend on as-of and on a time zone alone
        self._built: dict[str, exp.Select] = {}
        self.kept: set[str] = set()  # queries whose rows an engine had better keep than put into what reads them
        self._worlds: dict[Seen, str] = {self.now: ""}
        self._clocks: dict[Seen, Clock] = {}

    def clock(self, world: Seen) -> Clock:
        if world not in self._clocks:
            self._clocks[world] = Clock(world.now, self.zone)
        return self._clocks[world]

    def clock_by(self, zone: k.Expr | None, world: Seen) -> Clock | None:
        """The clock of a time zone that is the same for all rows; None where a value of theirs names it."""
        if zone is None:
            return self.clock(world)
        named = zones.zone(zone.value) if isinstance(zone, k.Literal_) and isinstance(zone.value, str) else None
        return None if named is None else Clock(world.now, named)

    def active(self, listed: str, world_clock: Clock) -> list[k.Scalar]:
        """The values of a list that count as of then."""
        return active_values(self.model.schema, listed, world_clock)

    # -- what is needed, and in which stage ----------------------------------------------

    def key(self, e: k.Computed, relation: str, world: Seen) -> Key:
        """`relation` is the one of the row for which the expression is evaluated."""
        match e:
            case k.MetricOf(name=name):
                return MetricKey(world, name)
            case k.Member(name=name):
                return self.rule_key(name, world)
            case k.Standing():
                return StandingKey(world, replace(e, row=k.This()))
            case k.Rounded():
                return RoundedKey(world, replace(e, row=k.This()))
            case k.At():
                then = self.clock(world).constant(e.moment)
                assert isinstance(then, dt.datetime)
                return AtKey(Seen(then, e.ahead), replace(e, moment=_THEN, ahead=False, row=k.This()))
            case k.Aggregate():
                local = e if e.rows.outer is not None else replace(e, rows=replace(e.rows, anchor=k.This()))
                return AggregateKey(world, _asked_of(e.rows, relation), local)

    def rule_key(self, name: str, world: Seen) -> Key:
        """The column that says whether a customer is in a segment, or in which arm of a segmentation."""
        segment = self.model.segments.get(name)
        if segment is None:
            return ArmKey(world, name)
        return SegmentKey(world, name) if segment.limit is None else TakenKey(world, name, 0)

    def need(self, e: k.Expr, relation: str, world: Seen) -> int:
        """Registers what an expression for rows of a relation reads; the highest stage among it."""
        stages = [0]
        for node in k.walk(e):
            if isinstance(node, k.Computed):
                stages.append(self.need_column(self.key(node, relation, world)).stage)
        return max(stages)

    def need_column(self, key: Key) -> Stored:
        if key not in self.stored:
            self._worlds.setdefault(key.world, f" at {len(self._worlds)}")
            relation, parts = self._parts(key)
            below = [self.need(p, relation, key.world) for p in parts]
            if isinstance(key, AggregateKey):
                below += [self.need(e, key.node.rows.relation, key.world) for e in k.elsewhere(key.node)]
            below += [self.need_column(c).stage for c in self._stands_on(key)]
            stored = Stored(relation, 1 + max([0, *below]), _column_name(key, len(self.stored)))
            self.stored[key] = self._stages[relation, key.world][stored.stage][key] = stored
        return self.stored[key]

    def _parts(self, key: Key) -> tuple[str, list[k.Expr]]:
        """(relation, expressions for its rows) that a computed column is made of."""
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
            case TakenKey():
                limited = self._limited(key)
                by = [e for e in (limited.limit.by, limited.limit.group) if e is not None]
                return limited.entity, [*by, *([limited.override] if limited.override is not None else [])]
            case AggregateKey(relation=relation, node=node):
                return relation, list(k.children(node))
            case StandingKey(node=computed) | RoundedKey(node=computed) | AtKey(node=computed):
                return computed.relation, list(k.elsewhere(computed))

    def _stands_on(self, key: Key) -> list[Key]:
        """The columns beside the expressions that a rule's column is made of."""
        match key:
            case ArmKey(world, name):
                return self.deciding(name, world)
            case TakenKey(world, name, 0):
                return [SegmentKey(world, name)]
            case TakenKey(world, name, number):
                rule = self.model.segmentations[name]
                before = [self._arm_key(rule, i, world) for i in range(1, number)]
                return [*_population(rule, world), *before, ConditionKey(world, name, number)]
            case (
                MetricKey() | SegmentKey() | ConditionKey() | AggregateKey() | StandingKey() | RoundedKey() | AtKey()
            ):  # fmt: skip
                return []

    def deciding(self, name: str, world: Seen) -> list[Key]:
        """The population's condition, where there is one, then what says whether each arm takes a customer."""
        rule = self.model.segmentations[name]
        return [*_population(rule, world), *(self._arm_key(rule, i, world) for i in range(1, len(rule.arms) + 1))]

    def _arm_key(self, rule: Segmentation, number: int, world: Seen) -> Key:
        kind = ConditionKey if rule.arms[number - 1].limit is None else TakenKey
        return kind(world, rule.name, number)

    def _limited(self, key: TakenKey) -> arms.Limited:
        if key.number == 0:
            segment = self.model.segments[key.name]
            assert segment.limit is not None
            return arms.Limited(segment.entity, segment.limit, None)
        rule = self.model.segmentations[key.name]
        limit = rule.arms[key.number - 1].limit
        assert limit is not None
        return arms.Limited(rule.entity, limit, rule.override)

    def use(self, relation: str, column: str, world: Seen) -> None:
        self._used[relation, world][column] = None

    # -- the stages ------------------------------------------------------------------------

    def table(self, relation: str, below: int, world: Seen) -> str:
        """The name of a relation's rows with the columns of all stages up to `below`."""
        stages = [stage for stage in self._stages[relation, world] if stage <= below]
        self._used[relation, world]
        return self._table_name(relation, max(stages, default=0), world)

    def _table_name(self, relation: str, stage: int, world: Seen) -> str:
        """With a blank, as no declared name has one: so these never hide a relation or a field."""
        return f"{relation} {stage}{self._worlds.setdefault(world, f' at {len(self._worlds)}')}"

    def hierarchy(self, link: ToOne, world: Seen) -> str:
        return self._hierarchies.setdefault((link, world), f"top {len(self._hierarchies)} {link.name}")

    def zones(self, world: Seen) -> str:
        """The name of the table of time zones."""
        self._zones.setdefault(world, {})
        return f"time zones{self._worlds[world]}"

    def border(self, e: k.Expr, world: Seen) -> str:
        """The column of the table of time zones that holds a time."""
        return self._zones[world].setdefault(e, f"border {len(self._zones[world])}")

    @property
    def is_recursive(self) -> bool:
        return bool(self._hierarchies)

    def build(self) -> dict[str, exp.Query]:
        """All named queries, in an order in which each reads only earlier ones."""
        for stage in range(1, 1 + max((c.stage for c in self.stored.values()), default=0)):
            added = {(c.relation, key.world): None for key, c in self.stored.items() if c.stage == stage}
            for relation, world in added:
                self._build_stage(relation, stage, world)
        tops = {name: self._climb(link, world, name) for (link, world), name in self._hierarchies.items()}
        bases: dict[str, exp.Query] = {}
        for (name, world), used in self._used.items():
            described, numbered = self.model.schema.relations[name], (name, world) in self._numbered
            base = life.base(described, list(used), self.clock(world), world.ahead, numbered)
            bases[self._table_name(name, 0, world)] = base
        known = {self.zones(world): _time_zones(world.now, borders) for world, borders in self._zones.items()}
        built: dict[str, exp.Query] = {}
        for name, select in self._built.items():
            steps = dict(in_steps(name, select))
            self.kept |= set(steps)
            built |= {**steps, name: select}
        return bases | known | tops | built

    def _climb(self, link: ToOne, world: Seen, name: str) -> exp.Query:
        """From every row without one above it down to those below: members of a loop are never reached."""
        key = self.model.schema.relations[link.source].key or ""
        self.use(link.source, key, world)
        self.use(link.source, link.column, world)
        table = self._table_name(link.source, 0, world)
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

    def _build_stage(self, relation: str, stage: int, world: Seen) -> None:
        query = Query(self, relation, stage - 1, world)
        described = self.model.schema.relations[relation]
        if described.key is not None:
            self.use(relation, described.key, world)
        columns: list[Sql] = [exp.Column(this=exp.Star(), table=s.name(ROW))]
        added = self._stages[relation, world][stage]
        for passed in self._passes(added):
            columns += self._join_pass(query, passed, stage)
        for key, stored in added.items():
            columns += self._column(query, key, stored)
        self._built[self._table_name(relation, stage, world)] = query.select(*columns)

    def _column(self, query: Query, key: Key, stored: Stored) -> list[Sql]:
        match key:
            case AggregateKey():
                return []  # its pass gives it
            case ArmKey(world, name):
                rule = self.model.segmentations[name]
                override = query.conditions.sql(rule.override) if rule.override is not None else None
                deciding = [self.stored[c].name for c in self.deciding(name, world)]
                return arms.assignment(rule, stored.name, deciding, override)
            case TakenKey():
                return self._kept(Plain(self._taken(query, key)), stored)
            case SegmentKey() | ConditionKey():
                return self._kept(Plain(s.all_of([query.conditions.sql(p) for p in self._parts(key)[1]])), stored)
            case StandingKey(node=node):
                return self._kept(self._standing(query, node), stored)
            case RoundedKey(node=rounded):
                return self._kept(_rounded(query.conditions.number(rounded.item)), stored)
            case MetricKey() | AtKey():
                return self._kept(query.conditions.value(self._parts(key)[1][0]), stored)

    def _kept(self, value: Value, stored: Stored) -> list[Sql]:
        stored.read, columns = agg.keep(value, stored.name)
        return columns

    def _standing(self, query: Query, e: k.Standing) -> Value:
        among = query.conditions.sql(e.among) if e.among is not None else None
        value, over, bits = standing.ranked(query.conditions.value(e.value))
        group = standing.ranked(query.conditions.value(e.group))[0] if e.group is not None else None
        return standing.value(e, standing.Population(value, group, among), over, bits)

    def _taken(self, query: Query, key: TakenKey) -> Sql:
        """Whether an arm or segment with a limit takes a customer: of those who reach it, the ones with few above them."""
        limited = self._limited(key)
        *before, own = [s.column(ROW, self.stored[c].name) for c in self._stands_on(key)]
        where = before.pop(0) if key.number and self.model.segmentations[key.name].where is not None else None
        override = query.conditions.sql(limited.override) if limited.override is not None else None
        all_arms = [a.name for a in self.model.segmentations[key.name].all_arms] if override is not None else []
        reaches = arms.reaches(own, before, where, override, all_arms)
        by = standing.ranked(query.conditions.value(limited.limit.by))[0]
        group_of = limited.limit.group
        group = standing.ranked(query.conditions.value(group_of))[0] if group_of is not None else None
        above = standing.greater(standing.Population(by, group, reaches))
        return s.case((s.not_(s.is_true(own)), own), default=s.binary("<", above, s.whole(limited.limit.count)))

    # -- passes over rows --------------------------------------------------------------------

    def _passes(self, added: dict[Key, Stored]) -> list[list[tuple[k.Aggregate, Stored]]]:
        groups: dict[object, list[tuple[k.Aggregate, Stored]]] = defaultdict(list)
        for key, stored in added.items():
            if isinstance(key, AggregateKey):
                rows = key.node.rows
                groups[rows.hops, rows.everyone, rows.outer and rows.anchor, rows.outer, rows.other].append(
                    (key.node, stored)
                )
        return list(groups.values())

    def _join_pass(self, query: Query, passed: list[tuple[k.Aggregate, Stored]], stage: int) -> list[Sql]:
        """Builds the pass, joins it, and gives the columns that its aggregates become."""
        first = passed[0][0].rows
        rows = Query(self, first.relation, stage - 1, query.world, first.outer)
        together: list[Sql] = []
        if first.outer is not None:
            own = self._number(first.outer, query)
            rows.join(self.table(first.outer, stage - 1, query.world), OUTER, s.TRUE, "")
            group = s.column(OUTER, own)
            together = self._belong_together(rows, first)
            asked = s.column(ROW, own)
        else:
            group, asked = self._group_key(rows, query, first)
        grouping = agg.Pass(rows, self.model.schema.relations[first.relation], group)
        read = [grouping.add(a, _back(self.model, a), self._whole(query, a), self._asked_zone(a)) for a, _ in passed]
        name, alias = f"pass {len(self._built)} {first.relation}", f"p{len(query.joins) + 1}"
        self._built[name] = grouping.query(self._earliest(query.world, (a for a, _ in passed)), together)
        query.join(name, alias, s.binary("=", s.column(alias, agg.GROUP), asked))
        columns: list[Sql] = []
        for (aggregate, stored), reader in zip(passed, read):
            missing = self._missing_bound(query, aggregate)
            if first.outer is not None and first.anchor != k.This():
                missing.append(self._start(query, first.anchor, first))
            if first.everyone is not None and first.everyone.per is not None:
                missing.append(standing.ranked(query.conditions.value(first.everyone.per))[0])
            stored.read, kept = agg.keep(agg.unless(missing, reader(alias)), stored.name)
            columns += kept
        return columns

    def _group_key(self, rows: Query, query: Query, first: k.Rows) -> tuple[Sql, Sql]:
        """(by what the rows are grouped, what the row asked for has of it)."""
        if first.everyone is not None:
            per = first.everyone.per
            if per is None:
                return s.whole(1), s.whole(1)
            return standing.ranked(rows.conditions.value(per))[0], standing.ranked(query.conditions.value(per))[0]
        key = self.model.schema.relations[query.relation].key or ""
        return self._belongs_to(rows, first), s.column(ROW, key)

    def _belongs_to(self, rows: Query, first: k.Rows) -> Sql:
        """The key of the row from which the hops lead to a row of the pass."""
        row: k.Row = k.This()
        for hop in reversed(first.hops[1:]):
            row = k.Via(row, self.model.schema.back(hop))
        return rows.field(row, first.hops[0].target, first.hops[0].column)

    def _start(self, query: Query, anchor: k.Row, first: k.Rows) -> Sql:
        """The key of the row where the hops begin."""
        source = self.model.schema.relations[first.hops[0].source]
        return query.field(anchor, source.name, source.key or "")

    def _number(self, relation: str, query: Query) -> str:
        """The column that tells the rows of a relation apart: their key, or a number."""
        key = self.model.schema.relations[relation].key
        if key is None:
            self._numbered.add((relation, query.world))
        else:
            self.use(relation, key, query.world)
        return key or life.NUMBER

    def _belong_together(self, rows: Query, first: k.Rows) -> list[Sql]:
        """Which rows of a pass go with which row that it is asked for."""
        found: list[Sql] = []
        if first.everyone is None:
            anchor = self._start(rows, k.replace_row(first.anchor, k.Outer()), first)
            found.append(s.binary("=", anchor, self._belongs_to(rows, first)))
        elif first.everyone.per is not None:
            sides = (k.rebase(first.everyone.per, k.Outer()), first.everyone.per)
            found.append(s.binary("=", *(standing.ranked(rows.conditions.value(e))[0] for e in sides)))
        if first.other:
            found.append(s.binary("!=", s.column(ROW, life.NUMBER), s.column(OUTER, life.NUMBER)))
        return found

    def _asked_zone(self, aggregate: k.Aggregate) -> k.Expr | None:
        return windows.asked_zone(self.model.schema, aggregate.rows)

    def _missing_bound(self, query: Query, aggregate: k.Aggregate) -> list[Sql]:
        """What may be missing for a customer, a bound or the zone: then so is the aggregate, with or without rows."""
        by = query.conditions_by(self._asked_zone(aggregate))
        bounds = [by.sql(b) for b in _bounds(aggregate.rows) if by.clock.constant(b) is None]
        return bounds if by.by is None else [by.by.name, *bounds]

    def _whole(self, query: Query, aggregate: k.Aggregate) -> Sql | None:
        """Whether no row is lacking, for the row asked for; None where the table says nothing of it, or none can be."""
        rows = aggregate.rows
        relation = self.model.schema.relations[rows.relation]
        if relation.complete_from is None:
            return None
        midnight = self.clock(query.world).start_of_day(relation.complete_from)
        late = self._starts_late(query, rows, relation.complete_from if relation.by_date else midnight)
        if late is s.TRUE:
            return None
        source = self.model.schema.relations[rows.hops[0].source]
        if source.lives_from is None:
            return late
        first = midnight if source.fields[source.lives_from].type == TIMESTAMP else relation.complete_from
        began = query.field(rows.anchor, source.name, source.lives_from)
        return s.any_of([late, s.binary(">=", began, s.moment(first))])

    def _starts_late(self, query: Query, rows: k.Rows, first: dt.date) -> Sql:
        """Whether a window starts on the day from which its table is complete, or later."""
        start, asked = rows.window.start if rows.window else None, windows.asked_zone(self.model.schema, rows)
        if start is None:
            return s.FALSE
        if rows.zone is not None and asked is None:
            anywhere = windows.earliest(query.world.now, start)
            return s.TRUE if anywhere is not None and anywhere >= first else s.FALSE
        by = query.conditions_by(asked)
        constant = by.clock.constant(start) if by.by is None else None
        if constant is None:
            return s.binary(">=", by.sql(start), s.moment(first))
        return s.TRUE if constant >= first else s.FALSE

    def _earliest(self, world: Seen, aggregates: Iterable[k.Aggregate]) -> Sql | None:
        """Where every window starts at a fixed time: the earliest start, so that older rows are never grouped."""
        starts = []
        for a in aggregates:
            start, clock = a.rows.window.start if a.rows.window else None, self.clock_by(a.rows.zone, world)
            constant = clock.constant(start) if start is not None and clock is not None else None
            if constant is None:
                return None
            starts.append(constant)
        return s.moment(min(starts)) if starts else None


def _bounds(rows: k.Rows) -> list[k.Expr]:
    return [b for b in (rows.window.start, rows.window.end) if b is not None] if rows.window else []


def _time_zones(now: dt.datetime, borders: dict[k.Expr, str]) -> exp.Select:
    """A row for each time zone: its name, and times that depend on as-of alone, by its days."""
    moments = [windows.by_zone(now, e) for e in borders]
    written = exp.values([(z, *(_iso(m[z]) for m in moments)) for z in sorted(zones.known())], alias=ROW)
    written.args["alias"].set("columns", [s.name(c) for c in (ZONE_NAME, *borders.values())])
    typed = [
        s.named(s.cast(s.column(ROW, c), "DATE" if e.type == DATE else "TIMESTAMP"), c) for e, c in borders.items()
    ]
    return exp.Select(expressions=[s.column(ROW, ZONE_NAME), *typed]).from_(written)


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
        case TakenKey(name=name):
            return f"taken {number} {name}"
        case AggregateKey(relation=relation):
            return f"aggregate {number} {relation}"
        case StandingKey():
            return f"standing {number} "
        case RoundedKey():
            return f"value {number} "
        case AtKey(node=node):
            return f"value {number} {node.relation}"


def _population(rule: Segmentation, world: Seen) -> list[Key]:
    return [ConditionKey(world, rule.name, 0)] if rule.where is not None else []


def _rounded(number: n.Number) -> n.Number:
    """A number as it enters an aggregate."""
    return replace(n.leaf(*n.summand(number)), floor=number.floor) if isinstance(number, n.Exact) else number


def _asked_of(rows: k.Rows, relation: str) -> str:
    """The relation of the row that an aggregate, with its anchor made this row, is asked for.

    What all rows of another relation come to is asked of each row of `relation`, where the expression stands.
    """
    if rows.outer is not None:
        return rows.outer
    return rows.hops[0].source if rows.hops else relation


def _back(model: Model, aggregate: k.Aggregate) -> k.Aggregate:
    """An aggregate with its bounds read from the row that is aggregated: by the links back, or as that of the row around it."""
    window = aggregate.rows.window
    if window is None:
        return aggregate
    row: k.Row = k.Outer() if aggregate.rows.outer is not None else k.This()
    for hop in reversed(aggregate.rows.hops) if aggregate.rows.outer is None else ():
        row = k.Via(row, model.schema.back(hop))
    start, end = (b and k.rebase(b, row) for b in (window.start, window.end))
    return replace(aggregate, rows=replace(aggregate.rows, window=k.Window(start, end)))


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


def _shown(value: Value, exactly: bool) -> Sql:
    """A value as a column of an answer: a number as a double, or as the numerator of an exact one."""
    if isinstance(value, Plain):
        return value.sql
    return value.numerator if exactly and isinstance(value, n.Exact) else n.as_double(value)


# -- one query per entity --------------------------------------------------------------------


@dataclass(frozen=True)
class Assignment:
    """A query over one entity: `entity_id`, then the columns of the contract; and what each column is."""

    query: exp.Select
    columns: list[str]


def assignment(
    model: Model,
    entity: str,
    rules: list[Segment | Segmentation],
    clock: Clock,
    beside: dict[str, k.Expr] | None = None,
) -> Assignment:
    """One row per entity that exists as of the clock, in the order of its key.

    A segmentation gives its arm and `<name>_status` (assigned, unknown, outside), a segment a boolean; `beside` are
    named values (numbers as doubles).
    """
    asked = {f"?{name}": Metric(f"?{name}", entity, e) for name, e in (beside or {}).items()}
    plan = Plan(replace(model, metrics={**model.metrics, **asked}), clock)
    relation = model.schema.relations[entity]
    plan.use(entity, relation.key or "", plan.now)
    columns: list[tuple[str, str]] = []
    for rule in rules:
        kind = "segment" if isinstance(rule, Segment) else "segmentation"
        stored = plan.need_column(plan.rule_key(rule.name, plan.now))
        columns.append((rule.name, stored.name))
        if kind == "segmentation":
            columns.append((f"{rule.name}_status", arms.status_column(stored.name)))
    return _over(
        plan, relation, columns, {name: plan.need_column(MetricKey(plan.now, f"?{name}")) for name in beside or {}}
    )


def condition(model: Model, entity: str, wanted: dict[str, k.Expr], clock: Clock) -> Assignment:
    """One row per entity, with named conditions or values (numbers as doubles)."""
    return assignment(model, entity, [], clock, wanted)


def standing_of(model: Model, e: k.Standing, clock: Clock) -> Assignment:
    """One row per entity with how it stands among its population: an exact number's numerator."""
    plan = Plan(model, clock)
    stored = plan.need_column(plan.key(e, e.relation, plan.now))
    return _over(plan, model.schema.relations[e.relation], [], {"standing": stored}, exactly=True)


def room_of(model: Model, rule: Segment | Segmentation, number: int, clock: Clock) -> Assignment:
    """One row per entity with whether the limit of a segment, or of an arm by its number, leaves room for it."""
    plan = Plan(model, clock)
    arm = 0 if isinstance(rule, Segment) else number + 1
    stored = plan.need_column(TakenKey(plan.now, rule.name, arm))
    return _over(plan, model.schema.relations[rule.entity], [], {"room": stored})


def _over(
    plan: Plan,
    relation: Relation,
    columns: list[tuple[str, str]],
    values: dict[str, Stored] | None = None,
    exactly: bool = False,
) -> Assignment:
    named = plan.build()
    highest = max((c.stage for c in plan.stored.values()), default=0)
    recursive = plan.is_recursive
    selected = [(("entity_id"), s.column(ROW, relation.key or ""))]
    selected += [(name, s.column(ROW, stored)) for name, stored in columns]
    for name, stored in (values or {}).items():
        assert stored.read is not None
        selected.append((name, _shown(stored.read, exactly)))
    source = s.table(plan.table(relation.name, highest, plan.now), ROW)
    query = exp.Select(expressions=[s.named(sql, name) for name, sql in selected]).from_(source, copy=False)
    query = query.order_by(exp.Ordered(this=s.column(ROW, relation.key or ""), nulls_first=False))
    for name, select in named.items():
        query = query.with_(
            s.name(name), as_=select, copy=False, recursive=recursive, materialized=True if name in plan.kept else None
        )
    return Assignment(query, [name for name, _ in selected])
