"""The reference evaluator: the value of an expression for a row, or unknown with reasons. It defines what a rule means."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

import re2

from segdsl.model import expr as k
from segdsl.model import folding, haversine, split, windows, zones
from segdsl.model import types as ty
from segdsl.model.clock import LATEST, Clock, business_days, day, elapsed, to_utc
from segdsl.model.clock import part as part_of
from segdsl.model.exact import QUOTIENT_SCALE, ROUNDABLE, Exactness, column_denominator
from segdsl.model.schema import in_a_circle
from segdsl.model.segment import Limit, Model, Segment, Segmentation
from segdsl.reference import quantity as q
from segdsl.reference.world import Row, Value, World

MOST_REASONS = 12


@dataclass(frozen=True, slots=True)
class Unknown:
    """An unknown value.

    `reasons` each name a field, a bound or a word of the rule.
    `at_least` is a lower bound of a count over an incomplete table: the count of the rows seen.
    """

    reasons: tuple[str, ...]
    at_least: q.Quantity | None = None


Ranked = dict[object, list[Any]]
"""The values of a population in ascending order, by group."""

Bounds = tuple["Result | None", "Result | None"]
"""Start and end of a window; None is unbounded."""

Result = bool | str | dt.date | dt.datetime | frozenset[str] | q.Quantity | Unknown


@dataclass(frozen=True, slots=True)
class Outcome:
    """The place of one customer in a segmentation.

    `status` is assigned, unknown or outside.
    `arm` is None if the customer is outside or unassigned.
    `reasons` say what is unknown.
    """

    status: str
    arm: str | None
    reasons: tuple[str, ...] = ()


@dataclass
class Evaluator:
    """Evaluates the rules of a model over a world.

    `given` replaces metrics, as a test may declare: (entity, key, metric) -> value.
    `in_double` counts the comparisons that left exact arithmetic.
    """

    model: Model
    world: World
    given: Mapping[tuple[str, str, str], Result] = field(default_factory=dict)
    in_double: int = 0
    _exactness: Exactness = field(init=False)
    _metrics: dict[tuple[str, int], Result] = field(default_factory=dict)
    _outcomes: dict[tuple[str, int], Outcome] = field(default_factory=dict)
    _members: dict[tuple[str, int], Result] = field(default_factory=dict)
    _populations: dict[int, tuple[k.Standing, Ranked]] = field(default_factory=dict)
    _limited: dict[tuple[str, int], Ranked] = field(default_factory=dict)
    _tallies: dict[tuple[str, str | None], int] = field(default_factory=dict)
    _grouped: dict[tuple[int, int], tuple[k.Everyone, Clock, dict[object, list[Row]]]] = field(default_factory=dict)
    _list_values: dict[str, list[Result]] = field(default_factory=dict)
    _others: dict[int, Evaluator] = field(default_factory=dict)
    _outer: list[Row] = field(default_factory=list)  # the rows for which the enclosing aggregates are evaluated
    _clock: Clock = field(init=False)  # whose days are used: inside the bounds of a window the clock of another zone
    _clocks: dict[str, Clock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._exactness = Exactness(self.model.metrics, frozenset(name for _, _, name in self.given))
        self._clock = self.world.clock
        self._work = self.model.work

    # -- rules ------------------------------------------------------------------

    def outcome(self, rule: Segmentation, row: Row) -> Outcome:
        """Returns the first arm that is true. If none is true and one is unknown, returns `undecided` or unknown."""
        cached = self._outcomes.get((rule.name, id(row)))
        if cached is None:
            cached = self._outcomes[rule.name, id(row)] = self._outcome(rule, row)
        return cached

    def _outcome(self, rule: Segmentation, row: Row) -> Outcome:
        inside = self.truth(rule.where, row) if rule.where is not None else True
        if inside is False:
            return Outcome("outside", None)
        reasons: list[str] = []
        if isinstance(inside, Unknown):
            return self._unassigned(rule, inside.reasons)
        override = self.override(rule, row)
        if override is not None:
            return Outcome("assigned", override)
        for i, arm in enumerate(rule.arms):
            truth = self.takes(rule, i, row)
            if truth is True:
                return Outcome("assigned", arm.name, _few(reasons))
            if isinstance(truth, Unknown):
                reasons += truth.reasons
        if reasons:
            return self._unassigned(rule, _few(reasons))
        return Outcome("assigned", rule.otherwise.name)

    def override(self, rule: Segmentation, row: Row) -> str | None:
        """Returns the arm that a list names for a customer; None if the customer isn't on the list."""
        arm = self.value(rule.override, row) if rule.override is not None else None
        return arm if isinstance(arm, str) and any(a.name == arm for a in rule.all_arms) else None

    def takes(self, rule: Segmentation, number: int, row: Row) -> bool | Unknown:
        """Tells whether an arm takes a customer whom no earlier arm took: its condition is true, and its limit leaves room."""
        arm = rule.arms[number]
        assert arm.condition is not None
        truth = self.truth(arm.condition, row)
        if truth is not True or arm.limit is None:
            return truth
        return self._fits(rule, number, arm.limit, row)

    def _fits(self, rule: Segment | Segmentation, number: int, limit: Limit, row: Row) -> bool | Unknown:
        """Tells whether the limit of an arm or segment leaves room for a customer for whom its condition is true."""
        key = (rule.name, number)
        if key not in self._limited:
            rows = self.world.rows(rule.entity)
            if isinstance(rule, Segment):
                among = [r for r in rows if self._conditions_of(rule, r) is True]
            else:
                among = [r for r in rows if self._reaches(rule, number, r)]
            self._limited[key] = self._ranked(limit.by, limit.ties, limit.group, among)
        place = self._place(limit.by, limit.ties, limit.group, self._limited[key], row)
        return place if isinstance(place, Unknown) else len(place[1]) - bisect_right(place[1], place[0]) < limit.count

    def _reaches(self, rule: Segmentation, number: int, row: Row) -> bool:
        """Tells whether an arm's condition is true for a customer of the population whom no earlier arm and no list took."""
        if rule.where is not None and self.truth(rule.where, row) is not True:
            return False
        if self.override(rule, row) is not None:
            return False
        condition = rule.arms[number].condition
        assert condition is not None
        if self.truth(condition, row) is not True:
            return False
        return not any(self.takes(rule, earlier, row) is True for earlier in range(number))

    def _unassigned(self, rule: Segmentation, reasons: tuple[str, ...]) -> Outcome:
        if rule.undecided is not None:
            return Outcome("assigned", rule.undecided.name, reasons)
        return Outcome("unknown", None, reasons)

    def in_segment(self, rule: Segment, row: Row) -> bool | Unknown:
        cached = self._members.get((rule.name, id(row)))
        if cached is None:
            cached = self._conditions_of(rule, row)
            if cached is True and rule.limit is not None:
                cached = self._fits(rule, 0, rule.limit, row)
            self._members[rule.name, id(row)] = cached
        assert isinstance(cached, bool | Unknown)
        return cached

    def _conditions_of(self, rule: Segment, row: Row) -> bool | Unknown:
        return self._and((rule.condition,) if rule.where is None else (rule.where, rule.condition), row)

    def metric(self, name: str, row: Row) -> Result:
        cached = self._metrics.get((name, id(row)))
        if cached is None:
            cached = self._metrics[name, id(row)] = self._metric(name, row)
        return cached

    def _metric(self, name: str, row: Row) -> Result:
        metric = self.model.metrics[name]
        key = self.model.schema.relations[metric.entity].key
        if key is None:
            return self._alone(metric.body, row)
        replacement = self.given.get((metric.entity, str(row.get(key or "")), name))
        return replacement if replacement is not None else self._alone(metric.body, row)

    def _alone(self, body: k.Expr, row: Row) -> Result:
        """Evaluates a definition for a row, without any enclosing row."""
        outer, self._outer = self._outer, []
        try:
            return self.value(body, row)
        finally:
            self._outer = outer

    def _member(self, e: k.Member, row: Row) -> bool | Unknown:
        if e.name in self.model.segments:
            return self.in_segment(self.model.segments[e.name], row)
        outcome = self.outcome(self.model.segmentations[e.name], row)
        return Unknown(outcome.reasons) if outcome.status == "unknown" else outcome.arm == e.arm

    def _tally(self, e: k.Tally) -> int:
        count = self._tallies.get((e.name, e.arm))
        if count is None:
            count = self._tallies[e.name, e.arm] = self._count_members(e)
        return count

    def _count_members(self, e: k.Tally) -> int:
        if e.name in self.model.segments:
            segment = self.model.segments[e.name]
            return sum(self.in_segment(segment, r) is True for r in self.world.rows(segment.entity))
        rule = self.model.segmentations[e.name]
        return sum(self.outcome(rule, r).arm == e.arm for r in self.world.rows(rule.entity))

    def rows_where(self, relation: str, condition: k.Expr) -> list[Row]:
        """Returns the rows of an entity for which a condition is true."""
        return [r for r in self.world.rows(relation) if self.truth(condition, r) is True]

    # -- expressions --------------------------------------------------------------

    def truth(self, e: k.Expr, row: Row) -> bool | Unknown:
        value = self.value(e, row)
        assert isinstance(value, bool | Unknown), "conditions are true, false or unknown"
        return value

    def value(self, e: k.Expr, row: Row) -> Result:
        """Evaluates an expression for a row. Raises `TooMuchWork` if the model's budget of work is used up."""
        self._work.spend(1)
        if self._clock is not self.world.clock and isinstance(e, k.Computed):
            return self.by(self.world.clock, e, row)
        match e:
            case k.Literal_(value=value):
                return self._literal(value, self._clock)
            case k.Missing(because=because):
                return Unknown((because,))
            case k.Column():
                return self._column(e, row)
            case k.MetricOf(row=of, name=name):
                target = self._row(of, row)
                return self._dangling(of, row) if target is None else self.metric(name, target)
            case k.Member(row=of):
                target = self._row(of, row)
                return self._dangling(of, row) if target is None else self._member(e, target)
            case k.Tally():
                return q.exact(self._tally(e), 1)
            case k.AsOf() | k.StartOf():
                constant = self._clock.constant(e)
                assert constant is not None
                return constant
            case k.Shift(moment=moment, count=count, unit=unit):
                start = self.value(moment, row)
                return start if isinstance(start, Unknown) else self._clock.shift(_time(start), count, unit)
            case k.StartOfDay(date=date):
                day = self.value(date, row)
                return day if isinstance(day, Unknown) else self._clock.start_of_day(_time(day))
            case k.DateOf():
                return self._date_of(e, row)
            case k.BusinessDays():
                return self._business_days(e, row)
            case k.Elapsed(unit=unit, start=start_of, end=end_of):
                operands = self._operands(start_of, end_of, row)
                return (
                    operands
                    if isinstance(operands, Unknown)
                    else q.exact(elapsed(unit, _time(operands[0]), _time(operands[1])), 1)
                )
            case k.PartOf(part=part, date=date):
                moment_of = self.value(date, row)
                if isinstance(moment_of, Unknown):
                    return moment_of
                local = self._clock.local(moment_of) if isinstance(moment_of, dt.datetime) else _time(moment_of)
                return q.exact(part_of(part, local), 1)
            case k.Arithmetic():
                return self._arithmetic(e, row)
            case k.Rounded(item=item, row=of):
                target = self._row(of, row)
                number = self._dangling(of, row) if target is None else self._alone(item, target)
                return number if isinstance(number, Unknown) else self._picked(item, number)
            case k.Distance():
                return self._distance(e, row)
            case k.RoundTo(item=item, to=to):
                number = self.value(item, row)
                if isinstance(number, Unknown):
                    return Unknown(number.reasons)  # what is at least 40 may round to 0
                assert isinstance(number, q.Quantity), "a number is rounded"
                if number.pair is None:
                    return number
                top, over = number.pair
                if over * to.numerator >= ROUNDABLE:
                    return Unknown(("too large a number",))
                steps = (2 * top * to.denominator + over * to.numerator) // (2 * over * to.numerator)
                return q.exact(steps * to.numerator, to.denominator)
            case k.SizeOf(subject=subject):
                values = self.value(subject, row)
                assert isinstance(values, frozenset | Unknown), "a set is counted"
                return values if isinstance(values, Unknown) else q.exact(len(values), 1)
            case k.Split(salt=salt, by=by):
                key = self.value(by, row)
                if isinstance(key, Unknown):
                    return Unknown(key.reasons)
                text = str(key.pair[0]) if isinstance(key, q.Quantity) and key.pair is not None else str(key)
                return q.exact(split.drawn(salt, text), split.SCALE)
            case k.Compare():
                return self._compare(e, row)
            case k.IsMissing(item=item):
                return isinstance(self.value(item, row), Unknown)
            case k.OneOf():
                return self._one_of(e, row)
            case k.TextTest():
                return self._text_test(e, row)
            case k.SetTest():
                return self._set_test(e, row)
            case k.Not(item=item):
                inner = self.truth(item, row)
                return inner if isinstance(inner, Unknown) else not inner
            case k.And(items=items):
                return self._and(items, row)
            case k.Or(items=items):
                return self._or(items, row)
            case k.If(condition=condition, then=then, otherwise=otherwise):
                truth = self.truth(condition, row)
                if isinstance(truth, Unknown):
                    return truth
                return self._branch_value(e, self.value(then if truth else otherwise, row))
            case k.Aggregate():
                return self._aggregate(e, row)
            case k.Standing(row=of):
                target = self._row(of, row)
                return self._dangling(of, row) if target is None else self._standing(e, target)
            case k.At(row=of):
                target = self._row(of, row)
                return self._dangling(of, row) if target is None else self._at(e, target)
            case k.Named(body=body):
                return self.value(body, row)
            case _:
                assert_never(e)

    def by(self, clock: Clock, e: k.Expr, row: Row) -> Result:
        """Evaluates an expression with the days of another clock. Values computed for whole relations keep the workspace's clock."""
        workspace_clock, self._clock = self._clock, clock
        try:
            return self.value(e, row)
        finally:
            self._clock = workspace_clock

    def _literal(self, value: k.Scalar, clock: Clock) -> Result:
        if isinstance(value, k.Ratio):
            return q.exact(value.numerator, value.denominator)
        return to_utc(value, clock.zone) if isinstance(value, dt.datetime) else value

    def _row(self, of: k.Row, row: Row) -> Row | None:
        match of:
            case k.This():
                return row
            case k.Via(row=inner, link=link):
                start = self._row(inner, row)
                return None if start is None else self.world.by_key(link.target, start.get(link.column))
            case k.Topmost(row=inner, link=link):
                start = self._row(inner, row)
                key_column = self.model.schema.relations[link.source].key or ""
                if start is None:
                    return None
                return self.world.by_key(link.target, self.world.topmost(link, start.get(key_column)))
            case k.Outer():
                return self._outer[-1] if self._outer else None  # evaluated on its own, it has no enclosing row
            case k.Given(entity=entity, key=key):
                return self.world.by_key(entity, key)

    def reached(self, of: k.Row, row: Row) -> Row | None:
        """Returns the row to which links lead from a row; None if one of them is missing or leads nowhere."""
        return self._row(of, row)

    def _column(self, e: k.Column, row: Row) -> Result:
        target = self._row(e.row, row)
        if target is None:
            return self._dangling(e.row, row)
        cell = target.get(e.name)
        return self._cell(cell, e) if cell is not None else Unknown((self._why_missing(e, target),))

    def _why_missing(self, e: k.Column, row: Row) -> str:
        """Says of a missing cell whether it is empty, or written as nothing of its type."""
        written = self.world.unread(e.relation, row, e.name)
        if not written:
            return f"`{_label(e)}` is missing"
        schema = self.model.schema
        is_personal = schema.is_personal(schema.relations[e.relation], e.name)
        return f"`{_label(e)}` can't be read{'' if is_personal else f': {written}'}"

    def _dangling(self, of: k.Row, row: Row) -> Unknown:
        """Unknown since no row stands where a way leads; of a link that leads nowhere with its key, of a circle with its members."""
        name, schema = row_label(of).removesuffix("."), self.model.schema
        if isinstance(of, k.Topmost) and (start := self._row(of.row, row)) is not None:
            members = self.world.circle(of.link, start.get(schema.relations[of.link.source].key or ""))
            if members:
                is_personal = schema.is_personal(schema.relations[of.link.source], of.link.column)
                round_it = "" if is_personal else f": {in_a_circle(members)}"
                return Unknown((f"`{row_label(of.row)}{of.link.name}` goes in a circle{round_it}",))
        if isinstance(of, k.Via) and (start := self._row(of.row, row)) is not None:
            key = start.get(of.link.column)
            if key is not None and schema.relations[of.link.target].kind != "details":
                is_personal = schema.is_personal(schema.relations[of.link.source], of.link.column)
                return Unknown((f"`{name}` leads nowhere{'' if is_personal else f': {key}'}",))
        return Unknown((f"`{name}` is missing",))

    def _cell(self, cell: Value, e: k.Column) -> Result:
        if not ty.is_numeric(e.type):
            assert not isinstance(cell, int | float) or isinstance(cell, bool)
            return cell
        if e.type == ty.REAL:
            return q.real(float(cell)) or Unknown((f"`{_label(e)}` is not a finite number",))  # type: ignore[arg-type]
        assert isinstance(cell, int)
        return q.exact(cell, column_denominator(e.type))

    def _branch_value(self, e: k.If, value: Result) -> Result:
        """Returns the value of a branch; a number becomes a double if the other branch is a double."""
        return q.rounded(value) if isinstance(value, q.Quantity) and self._exactness.real(e) else value

    # -- time -------------------------------------------------------------------------

    def _date_of(self, e: k.DateOf, row: Row) -> Result:
        instant = self.value(e.moment, row)
        if isinstance(instant, Unknown):
            return instant
        assert isinstance(instant, dt.datetime)
        clock = self._clock if e.zone is None else self._clock_in(e.zone, row)
        return clock if isinstance(clock, Unknown) else clock.date_of(instant)

    def _clock_in(self, zone: k.Expr, row: Row) -> Clock | Unknown:
        """Returns the clock of the time zone that a value names."""
        name = self.value(zone, row)
        if isinstance(name, Unknown):
            return name
        zone_info = zones.zone(str(name))
        if zone_info is None:
            return Unknown((f"`{name}` is not a time zone",))
        return self._clocks.setdefault(zone_info.key, Clock(self.world.clock.now, zone_info))

    def _business_days(self, e: k.BusinessDays, row: Row) -> Result:
        dates = self._operands(e.start, e.end, row)
        if isinstance(dates, Unknown):
            return dates
        return q.exact(business_days(e.calendar, _time(dates[0]), _time(dates[1])), 1)

    def _at(self, e: k.At, row: Row) -> Result:
        """Evaluates an expression as of another time, with an evaluator of its own."""
        earlier = self.as_of(e, row)
        if isinstance(earlier, Unknown):
            return earlier
        evaluator, row_then = earlier
        count_before = evaluator.in_double
        value = evaluator._afresh(e.item, row_then)
        self.in_double += evaluator.in_double - count_before
        return value

    def as_of(self, e: k.At, row: Row) -> tuple[Evaluator, Row] | Unknown:
        """Returns the evaluator as of another time, and the row as it was then; unknown if it did not exist."""
        instant = self.world.clock.constant(e.moment)
        assert isinstance(instant, dt.datetime)
        world = self.world.at(instant, e.ahead)
        key = self.model.schema.relations[e.relation].key
        assert key is not None
        earlier = world.by_key(e.relation, row.get(key))
        if earlier is None:
            return Unknown((f"it did not exist on {day(world.clock.today)}",))
        if id(world) not in self._others:
            self._work.spend(sum(map(len, self.world.data.values())))
            evaluator = self._others[id(world)] = self.over(world)
            evaluator._others = self._others
        return self._others[id(world)], earlier

    def _afresh(self, e: k.Expr, row: Row) -> Result:
        """Evaluates an expression afresh: without the enclosing rows and the zone of the evaluation in progress."""
        clock, self._clock = self._clock, self.world.clock
        try:
            return self._alone(e, row)
        finally:
            self._clock = clock

    def over(self, world: World) -> Evaluator:
        """Returns an evaluator of the same model over another world, with empty caches."""
        return Evaluator(self.model, world, self.given)

    # -- populations --------------------------------------------------------------------

    def _standing(self, e: k.Standing, row: Row) -> Result:
        cached = self._populations.get(id(e))
        if cached is None:
            among = [r for r in self.world.rows(e.relation) if e.among is None or self.truth(e.among, r) is True]
            cached = self._populations[id(e)] = (e, self._ranked(e.value, e.ties, e.group, among))
        place = self._place(e.value, e.ties, e.group, cached[1], row)
        if isinstance(place, Unknown):
            return place
        value, values = place
        self._work.spend(len(values) if e.of in ("greater_sum", "positive_sum") else 1)
        smaller, greater = bisect_left(values, value), len(values) - bisect_right(values, value)
        match e.of:
            case "greater":
                return q.exact(greater, 1)
            case "smaller":
                return q.exact(smaller, 1)
            case "ranked":
                return q.exact(len(values), 1)
            case "quantile":
                if not values:
                    return Unknown(("nobody is ranked",))
                return q.exact(1 + min(e.parts - 1, e.parts * smaller // len(values)), 1)
            case "greater_sum" | "positive_sum":
                over = self._exactness.denominator(e.value) or QUOTIENT_SCALE
                above = values[len(values) - greater :] if e.of == "greater_sum" else values
                return q.exact(sum(v for v, *_ in above if v > 0), over)

    def _ranked(self, by: k.Expr, ties: Sequence[k.Expr], group: k.Expr | None, rows: Iterable[Row]) -> Ranked:
        """Returns the known values of a population, each with what breaks its ties, in ascending order, by group."""
        by_group: dict[object, list[Any]] = {}
        for r in rows:
            value, group_value = self._rankable(by, r), self._group(group, r)
            if not isinstance(value, Unknown) and not isinstance(group_value, Unknown):
                by_group.setdefault(group_value, []).append((value, *self.ties(ties, r)))
        for values in by_group.values():
            values.sort()
        return by_group

    def ties(self, ties: Sequence[k.Expr], row: Row) -> list[tuple[bool, object]]:
        """Returns what orders a row among those with its value; a missing one comes first, so it stands lowest."""
        values = [self._rankable(e, row) for e in ties]
        return [
            (False, 0) if isinstance(v, Unknown) else (True, _Backwards(v) if isinstance(v, str) else v) for v in values
        ]

    def _place(
        self, by: k.Expr, ties: Sequence[k.Expr], group: k.Expr | None, ranked: Ranked, row: Row
    ) -> tuple[Any, list[Any]] | Unknown:
        """Returns a row's value with what breaks its ties, and those of its group."""
        unplaced = self._unplaced(by, group, row)
        if unplaced:
            return Unknown(unplaced)
        return (self._rankable(by, row), *self.ties(ties, row)), ranked.get(self._group(group, row), [])

    def _unplaced(self, by: k.Expr, group: k.Expr | None, row: Row) -> tuple[str, ...]:
        """Returns why a row has no standing: its value or its group is unknown."""
        value_and_group = (self._rankable(by, row), self._group(group, row))
        return _few([r for v in value_and_group if isinstance(v, Unknown) for r in v.reasons])

    def _rankable(self, by: k.Expr, row: Row) -> object:
        """Returns a value as it is ranked: an exact number as it enters an aggregate."""
        value = self.value(by, row)
        if not isinstance(value, q.Quantity):
            return value
        if self._exactness.real(by):
            return value.double
        summand = q.summand(value, self._exactness.denominator(by))
        return Unknown(("too large a number",)) if summand is None else summand

    def _group(self, group: k.Expr | None, row: Row) -> object:
        return None if group is None else self._rankable(group, row)

    def _operands(self, left: k.Expr, right: k.Expr, row: Row) -> tuple[Result, Result] | Unknown:
        a, b = self.value(left, row), self.value(right, row)
        reasons = [r for v in (a, b) if isinstance(v, Unknown) for r in v.reasons]
        return Unknown(_few(reasons)) if reasons else (a, b)

    def _arithmetic(self, e: k.Arithmetic, row: Row) -> Result:
        operands = self._operands(e.left, e.right, row)
        if isinstance(operands, Unknown):
            return operands
        a, b = operands
        assert isinstance(a, q.Quantity) and isinstance(b, q.Quantity)
        result = q.arithmetic(e.op, a, b, self._exactness.same_denominator(e.left, e.right))
        if result is not None:
            return result
        text = " ".join(e.right.span.text.split()) if e.span and e.right.span else "the divisor"
        return Unknown((f"`{text}` is 0" if e.op == "/" else "too large a number",))

    def _compare(self, e: k.Compare, row: Row) -> bool | Unknown:
        a, b = self.value(e.left, row), self.value(e.right, row)
        reasons = [r for v in (a, b) if isinstance(v, Unknown) for r in v.reasons]
        if reasons:
            for op, count, figure in ((e.op, a, b), (k.MIRRORED[e.op], b, a)):
                decided = self._decided(op, count, figure)
                if decided is not None:
                    return decided
            return Unknown(_few(reasons))
        if isinstance(a, q.Quantity) and isinstance(b, q.Quantity):
            truth, doubled = q.compare(e.op, a, b, self._exactness.same_denominator(e.left, e.right))
            self.in_double += doubled
            return truth
        if isinstance(a, str) and isinstance(b, str):
            a, b = folding.fold(a, e.ignoring), folding.fold(b, e.ignoring)
        return _ordered(e.op, a, b)

    def _decided(self, op: str, count: Result, figure: Result) -> bool | None:
        """Decides a comparison of an unknown count by its lower bound; None if the bound doesn't decide it."""
        if not isinstance(count, Unknown) or count.at_least is None or not isinstance(figure, q.Quantity):
            return None
        beyond, doubled = q.compare(">=" if op in (">=", "<") else ">", count.at_least, figure, False)
        self.in_double += doubled
        return op in (">", ">=", "!=") if beyond else None

    def _one_of(self, e: k.OneOf, row: Row) -> bool | Unknown:
        item = self.value(e.item, row)
        self._work.spend(len(e.values))
        values = [self._literal(v, self.world.clock) for v in e.values] + self.values_of_list(e.listed)
        if isinstance(item, Unknown):
            excluded = item.at_least is not None and all(self._decided("=", item, v) is False for v in values)
            return False if excluded else Unknown(item.reasons)
        if isinstance(item, q.Quantity):
            over = self._exactness.denominator(e.item)
            return any(
                q.compare("=", item, v, v.pair is not None and v.pair[1] == over)[0]
                for v in values
                if isinstance(v, q.Quantity)
            )
        if isinstance(item, str):
            return folding.fold(item, e.ignoring) in {folding.fold(v, e.ignoring) for v in values if isinstance(v, str)}
        if isinstance(item, dt.datetime):
            values = [v if isinstance(v, dt.datetime) else self.world.clock.start_of_day(_time(v)) for v in values]
        return item in values

    def _text_test(self, e: k.TextTest, row: Row) -> bool | Unknown:
        subject = self.value(e.subject, row)
        patterns = [self.value(p, row) for p in e.patterns] + self.values_of_list(e.listed)
        reasons = [r for v in (subject, *patterns) if isinstance(v, Unknown) for r in v.reasons]
        if reasons:
            return Unknown(_few(reasons))
        folded = [folding.fold(str(p), e.ignoring) for p in patterns]
        if e.each is None:
            return _matches_any(e, str(subject), folded)
        assert isinstance(subject, frozenset)
        self._work.spend(len(subject))
        return any(_matches_any(e, value, folded) for value in subject) is (e.each == "any")

    def _set_test(self, e: k.SetTest, row: Row) -> bool | Unknown:
        subject = self.value(e.subject, row)
        if isinstance(subject, Unknown):
            return subject
        assert isinstance(subject, frozenset)
        if e.item is not None:
            item = self.value(e.item, row)
            return item if isinstance(item, Unknown) else folding.fold(str(item), e.ignoring) in _folded(subject, e)
        subject, values = _folded(subject, e), _folded({*e.values, *map(str, self.values_of_list(e.listed))}, e)
        if e.mode == "all":
            return values <= subject
        return bool(values & subject) == (e.mode == "any")

    def _and(self, items: Iterable[k.Expr], row: Row) -> bool | Unknown:
        reasons: list[str] = []
        for item in items:
            truth = self.truth(item, row)
            if truth is False:
                return False
            if isinstance(truth, Unknown):
                reasons += truth.reasons
        return Unknown(_few(reasons)) if reasons else True

    def _or(self, items: Iterable[k.Expr], row: Row) -> bool | Unknown:
        reasons: list[str] = []
        for item in items:
            truth = self.truth(item, row)
            if truth is True:
                return True
            if isinstance(truth, Unknown):
                reasons += truth.reasons
        return Unknown(_few(reasons)) if reasons else False

    def values_of_list(self, name: str | None) -> list[Result]:
        """Returns the values of a list that count as of the world's instant."""
        if name is None:
            return []
        values = self._list_values.get(name)
        if values is None:
            relation = self.model.schema.relations[name]
            column = k.Column(k.This(), name, relation.listed_column, relation.fields[relation.listed_column].type)
            cells = [self._column(column, r) for r in self.world.rows(name)]
            values = self._list_values[name] = [v for v in cells if not isinstance(v, Unknown)]
        self._work.spend(len(values))
        return values

    def _distance(self, e: k.Distance, row: Row) -> Result:
        values = [self.value(p, row) for p in e.places]
        reasons = [r for v in values if isinstance(v, Unknown) for r in v.reasons]
        if reasons:
            return Unknown(_few(reasons))
        kilometres = haversine.kilometres(*(v.double for v in values if isinstance(v, q.Quantity)))
        return Unknown(("these coordinates are not a place",)) if kilometres is None else q.Quantity(None, kilometres)

    # -- aggregates -----------------------------------------------------------------

    def _aggregate(self, e: k.Aggregate, row: Row) -> Result:
        self._outer.append(row)
        try:
            return self._aggregated(e, row)
        finally:
            self._outer.pop()

    def _aggregated(self, e: k.Aggregate, row: Row) -> Result:
        rows = self.rows(e.rows, row)
        if isinstance(rows, Unknown):
            return Unknown(rows.reasons)
        selected, uncertain = rows
        gap = self._gap(e.rows, row)
        if e.rows.latest is not None:
            latest = self._latest(e.rows, selected, uncertain)
            if isinstance(latest, Unknown):
                return latest
            selected, uncertain = latest, []
            if len(selected) == e.rows.latest and not e.rows.earliest:
                gap = None  # earlier rows would not be among the latest
        if gap is not None:
            return self._at_least(e, selected, gap)
        match e.function:
            case k.Function.ANY | k.Function.COUNT | k.Function.SHARE:
                return self._ask(e, selected, uncertain)
            case k.Function.PICK:
                return self._only(e, selected)
            case k.Function.MOST_COMMON:
                return self._most_common(e, self._values(e, selected))
            case k.Function.TIMES_OF_COMMONEST:
                return q.exact(max(self._counted(e, self._values(e, selected)).values(), default=0), 1)
            case k.Function.COUNT_DISTINCT:
                return self._different(e, selected)
            case k.Function.SUM | k.Function.AVERAGE | k.Function.MEDIAN | k.Function.MIN | k.Function.MAX as combining:
                return self._combine(e, combining, self._values(e, selected))

    def _values(self, e: k.Aggregate, selected: list[Row]) -> list[Result]:
        assert e.value is not None
        return [self.value(e.value, r) for r in selected]

    def _only(self, e: k.Aggregate, selected: list[Row]) -> Result:
        """Returns the value of the only row."""
        assert e.value is not None
        if not selected:
            return Unknown((f"no `{e.rows.relation}`",))
        picked = self._picked(e.value, self.value(e.value, selected[0]))
        return Unknown(picked.reasons) if isinstance(picked, Unknown) else picked

    def _at_least(self, e: k.Aggregate, selected: list[Row], gap: Unknown) -> bool | Unknown:
        """Evaluates an aggregate over rows with a gap: one row is enough for `any`, and the rows seen bound a count."""
        match e.function:
            case k.Function.ANY:
                return True if self._ask(e, selected, []) is True else gap
            case k.Function.COUNT:
                count = self._ask(e, selected, [])
            case k.Function.COUNT_DISTINCT:
                count = self._different(e, selected)
            case k.Function.SHARE | k.Function.SUM | k.Function.AVERAGE | k.Function.MEDIAN:
                return gap
            case k.Function.MIN | k.Function.MAX | k.Function.PICK | k.Function.MOST_COMMON:
                return gap
            case k.Function.TIMES_OF_COMMONEST:
                return gap
        assert isinstance(count, q.Quantity)
        return Unknown(gap.reasons, count)

    def _gap(self, rows: k.Rows, row: Row) -> Unknown | None:
        """Returns unknown if rows may be lacking: the window reaches back before the day from which the table is complete.

        An entity has no rows from before its life began. The entity is the one of the row where the hops begin.
        """
        relation = self.model.schema.relations[rows.relation]
        if relation.complete_from is None:
            return None
        first = relation.complete_from if relation.by_date else self.world.clock.start_of_day(relation.complete_from)
        start = self._start(rows, row)
        if (start is not None and start >= first) or self._began(rows, row, relation.complete_from):
            return None
        if relation.runs_of is not None:
            return Unknown((_lacking_runs(relation.runs_of, relation.complete_from),))
        return Unknown((f"`{rows.relation}` is complete only from {day(relation.complete_from)}",))

    def _start(self, rows: k.Rows, row: Row) -> dt.date | None:
        """Returns the start of a window; None if it has none. If rows on the way name zones, returns the earliest start in any zone."""
        if rows.window is None or rows.window.start is None:
            return None
        clock = self.clock_of(rows, row)
        if clock is None:
            return windows.earliest(self.world.clock.now, rows.window.start)
        assert not isinstance(clock, Unknown), "the rows have a zone"
        return _time(self.by(clock, rows.window.start, row))

    def _began(self, rows: k.Rows, row: Row, first: dt.date) -> bool:
        """Tells whether the life of the row where the hops begin began on the day `first` or later."""
        anchor = self._row(rows.anchor, row)
        column = self.model.schema.relations[rows.hops[0].source].lives_from if rows.hops else None
        birth = anchor.get(column) if anchor is not None and column is not None else None
        if isinstance(birth, dt.datetime):
            return birth >= self.world.clock.start_of_day(first)
        return isinstance(birth, dt.date) and birth >= first

    def clock_of(self, rows: k.Rows, row: Row) -> Clock | Unknown | None:
        """Returns the clock of an aggregate's window; None if each row on the way names its zone."""
        if rows.zone is None:
            return self.world.clock
        zone = windows.zone_for_aggregate(self.model.schema, rows)
        return None if zone is None else self._clock_in(zone, row)

    def clock_of_row(self, rows: k.Rows, of: Row, row: Row) -> Clock | Unknown:
        """Returns the clock of one of an aggregate's rows."""
        clock = self.clock_of(rows, row)
        if clock is not None:
            return clock
        assert rows.zone is not None, "only rows with a zone have their own clock"
        return self._clock_in(rows.zone, of)

    def rows(self, rows: k.Rows, row: Row) -> tuple[list[Row], list[Row]] | Unknown:
        """Returns the rows in the window for which `where` is true, and those for which it is unknown; unknown if a bound is missing."""
        self._outer.append(row)
        try:
            return self._rows_of(rows, row)
        finally:
            self._outer.pop()

    def _rows_of(self, rows: k.Rows, row: Row) -> tuple[list[Row], list[Row]] | Unknown:
        anchor = self._row(rows.anchor, row)
        if anchor is None:
            return self._dangling(rows.anchor, row)
        reached = self._reached(rows, anchor)
        if isinstance(reached, Unknown):
            return reached
        within = self._within(rows, reached, row)
        if isinstance(within, Unknown):
            return within
        selected: list[Row] = []
        uncertain: list[Row] = []
        for r in within:
            if rows.other and r is row:
                continue
            truth = self.truth(rows.where, r) if rows.where is not None else True
            if truth is True:
                selected.append(r)
            elif isinstance(truth, Unknown):
                uncertain.append(r)
        return selected, uncertain

    def _reached(self, rows: k.Rows, anchor: Row) -> list[Row] | Unknown:
        if rows.everyone is not None:
            group = self._group(rows.everyone.per, anchor)
            if isinstance(group, Unknown):
                return group
            members = self._groups(rows.everyone).get(group, [])
            self._work.spend(len(members))
            return members
        reached = [anchor]
        for hop in rows.hops:
            key = self.model.schema.relations[hop.source].key or ""
            reached = [r for start in reached for r in self.world.where(hop.target, hop.column, start.get(key))]
            self._work.spend(len(reached))
        return reached

    def _groups(self, everyone: k.Everyone) -> dict[object, list[Row]]:
        """Returns a relation's rows by group, with the days of the current clock."""
        cached = self._grouped.get((id(everyone), id(self._clock)))
        if cached is None:
            groups: dict[object, list[Row]] = {}
            for r in self.world.rows(everyone.relation):
                groups.setdefault(self._group(everyone.per, r), []).append(r)
            cached = self._grouped[id(everyone), id(self._clock)] = (everyone, self._clock, groups)
        return cached[2]

    def _within(self, rows: k.Rows, reached: list[Row], row: Row) -> list[Row] | Unknown:
        """Returns the rows in the window; unknown if a bound or a time zone is unknown."""
        clock = self.clock_of(rows, row)
        if isinstance(clock, Unknown):
            return clock
        bounds = self.bounds(rows.window, row, clock or self.world.clock)
        if isinstance(bounds, Unknown):
            return bounds
        if clock is not None:
            return [r for r in reached if self._in_window(rows, bounds, r)]
        with_bounds = [(r, self._bounds_for_row(rows, r, row)) for r in reached]
        reasons = [reason for _, window in with_bounds if isinstance(window, Unknown) for reason in window.reasons]
        if reasons:
            return Unknown(_few(reasons))
        return [r for r, w in with_bounds if not isinstance(w, Unknown) and self._in_window(rows, w, r)]

    def _bounds_for_row(self, rows: k.Rows, r: Row, row: Row) -> Bounds | Unknown:
        """Returns the bounds of a window for `row`, in the zone of the aggregated row `r`."""
        clock = self.clock_of_row(rows, r, row)
        return clock if isinstance(clock, Unknown) else self.bounds(rows.window, row, clock)

    def bounds(self, window: k.Window | None, row: Row, clock: Clock) -> Bounds | Unknown:
        """Returns start and end of a window for a row, by the days of a clock; unknown if a bound is missing."""
        if window is None:
            return None, None
        start, end = (self.by(clock, b, row) if b is not None else None for b in (window.start, window.end))
        reasons = [r for v in (start, end) if isinstance(v, Unknown) for r in v.reasons]
        return Unknown(_few(reasons)) if reasons else (start, end)

    def _in_window(self, rows: k.Rows, bounds: Bounds, row: Row) -> bool:
        """Tells whether a row is in a half-open window: the start is included, the end is not."""
        start, end = bounds
        at = row.get(self.model.schema.relations[rows.relation].at or "")
        return (start is None or at >= start) and (end is None or at < end)  # type: ignore[operator]

    def _latest(self, rows: k.Rows, selected: list[Row], uncertain: list[Row]) -> list[Row] | Unknown:
        """Returns the latest (or earliest) of the selected rows; unknown if an uncertain row could be among them."""
        assert rows.latest is not None
        maybe = {id(r) for r in uncertain}
        ordered = sorted(
            [*selected, *uncertain], key=lambda r: self._order(rows.relation, r), reverse=not rows.earliest
        )
        latest: list[Row] = []
        for r in ordered:
            if len(latest) == rows.latest:
                break
            if id(r) in maybe:
                assert rows.where is not None
                truth = self.truth(rows.where, r)
                assert isinstance(truth, Unknown)
                return truth
            latest.append(r)
        return latest

    def _order(self, relation: str, row: Row) -> tuple[tuple[bool, object], ...]:
        """Returns the sort key of a row: its time, its columns as declared, then its owner's key; missing comes first."""
        declared = self.model.schema.relations[relation]
        columns = [c for c in declared.fields if c not in (declared.at, declared.by)]
        cells = [row.get(c) for c in (declared.at or "", *columns, declared.by or "")]
        return tuple(
            (False, 0) if c is None else (True, tuple(sorted(c)) if isinstance(c, frozenset) else c) for c in cells
        )

    def _ask(self, e: k.Aggregate, selected: list[Row], uncertain: list[Row]) -> Result:
        """Evaluates any, count or share: the condition for the selected rows and, for any, for the uncertain rows."""
        truths = [self.truth(e.value, r) if e.value is not None else True for r in selected]
        if e.function == k.Function.ANY:
            reasons: list[str] = []
            for truth in truths:
                if truth is True:
                    return True
                reasons += truth.reasons if isinstance(truth, Unknown) else ()
            for r in uncertain:
                truth = self.truth(e.value, r) if e.value is not None else True
                assert e.rows.where is not None
                where = self.truth(e.rows.where, r)
                assert isinstance(where, Unknown)
                if truth is not False:
                    reasons += where.reasons
            return Unknown(_few(reasons)) if reasons else False
        true = sum(truth is True for truth in truths)
        if e.function == k.Function.COUNT:
            return q.exact(true, 1)
        known_truths = sum(not isinstance(truth, Unknown) for truth in truths)
        return q.exact(true, known_truths) if known_truths else Unknown((f"no `{e.rows.relation}` to take a share of",))

    def _different(self, e: k.Aggregate, selected: list[Row]) -> q.Quantity:
        """Counts the different known values."""
        known_values = [v for v in self._values(e, selected) if not isinstance(v, Unknown)]
        return q.exact(len(self._distinct(e, known_values)), 1)

    def _combine(self, e: k.Aggregate, function: k.Combining, values: Sequence[Result]) -> Result:
        """Evaluates sum, average, median, min or max over the known values."""
        known_values = [v for v in values if not isinstance(v, Unknown)]
        if not values and function == k.Function.SUM:
            return self._nothing(e)
        if not known_values:
            reasons = [r for v in values if isinstance(v, Unknown) for r in v.reasons]
            return Unknown(_few(reasons) or (f"no `{e.rows.relation}`",))
        if not isinstance(known_values[0], q.Quantity):
            return min(known_values) if function == k.Function.MIN else max(known_values)  # type: ignore[type-var]
        assert e.value is not None
        numbers = [v for v in known_values if isinstance(v, q.Quantity)]
        if self._exactness.real(e.value):
            return _combine_real(function, [n.double for n in numbers])
        over = self._exactness.denominator(e.value)
        summands = [s for n in numbers if (s := q.summand(n, over)) is not None]
        if not summands:
            return Unknown(("too large a number",))
        return _combine_exact(function, summands, over or QUOTIENT_SCALE)

    def _nothing(self, e: k.Aggregate) -> q.Quantity:
        """Returns the sum of no rows, as a double or with the denominator of the sum."""
        nothing = q.exact(0, self._exactness.denominator(e) or 1)
        return q.rounded(nothing) if self._exactness.real(e) else nothing

    def _most_common(self, e: k.Aggregate, values: Sequence[Result]) -> Result:
        """Returns the commonest value; unknown if two are equally common."""
        most = self._counted(e, values).most_common(2)
        if not most:
            return Unknown((f"no `{e.rows.relation}`",))
        if len(most) == 2 and most[0][1] == most[1][1]:
            return Unknown((f"several values are equally common in `{e.rows.relation}`",))
        value = most[0][0]
        return q.exact(*value) if isinstance(value, tuple) else value  # type: ignore[return-value]

    def _counted(self, e: k.Aggregate, values: Sequence[Result]) -> Counter[object]:
        """Returns how often each known value occurs, an exact number as its pair."""
        assert e.value is not None
        known_values = [self._picked(e.value, v) for v in values if not isinstance(v, Unknown)]
        return Counter(v.pair if isinstance(v, q.Quantity) else v for v in known_values if not isinstance(v, Unknown))

    def _picked(self, e: k.Expr, value: Result) -> Result:
        """Returns a value as it enters an aggregate."""
        if not isinstance(value, q.Quantity) or self._exactness.real(e):
            return value
        over = self._exactness.denominator(e)
        summand = q.summand(value, over)
        return Unknown(("too large a number",)) if summand is None else q.exact(summand, over or QUOTIENT_SCALE)

    def _distinct(self, e: k.Aggregate, values: Sequence[Result]) -> set[object]:
        """Returns the distinct values; equal numbers count once, however they are written."""
        assert e.value is not None
        if not ty.is_numeric(e.value.type):
            return set(values)
        numbers = [v for v in values if isinstance(v, q.Quantity)]
        if self._exactness.real(e.value):
            return {n.double for n in numbers}
        over = self._exactness.denominator(e.value)
        return {s for n in numbers if (s := q.summand(n, over)) is not None}


# -- helpers -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Backwards:
    """A text in the order from the last to the first, so that the first stands highest."""

    text: str

    def __lt__(self, other: _Backwards) -> bool:
        return other.text < self.text


def _lacking_runs(rule: str, first: dt.date) -> str:
    return (
        f"no run of `{rule}` is recorded"
        if first == LATEST
        else f"runs of `{rule}` are recorded only from {day(first)}"
    )


def _few(reasons: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reasons))[:MOST_REASONS]


def _time(value: Result) -> dt.date:
    assert isinstance(value, dt.date)
    return value


def row_label(row: k.Row) -> str:
    """Returns the prefix of a row's fields: `parent.` for the parent, nothing for the row itself."""
    match row:
        case k.This() | k.Outer():
            return ""
        case k.Topmost(row=inner, link=link):
            return f"{row_label(inner)}root({link.name})."
        case k.Via(row=inner, link=link):
            return f"{row_label(inner)}{link.name}."
        case k.Given(key=key):
            return f"{key}."


def _label(e: k.Column) -> str:
    return row_label(e.row) + e.name


def _ordered(op: str, a: Result, b: Result) -> bool:
    match op:
        case "=":
            return a == b
        case "!=":
            return a != b
        case "<":
            return a < b  # type: ignore[operator]
        case "<=":
            return a <= b  # type: ignore[operator]
        case ">":
            return a > b  # type: ignore[operator]
        case _:
            return a >= b  # type: ignore[operator]


def _matches_any(e: k.TextTest, text: str, patterns: Iterable[str]) -> bool:
    text = folding.fold(text, e.ignoring)
    return any(_text_matches(e.op, text, p) for p in patterns)


def _folded(values: Iterable[str], e: k.SetTest) -> frozenset[str]:
    return frozenset(folding.fold(v, e.ignoring) for v in values)


def _text_matches(op: str, text: str, pattern: str) -> bool:
    match op:
        case "starts with":
            return text.startswith(pattern)
        case "ends with":
            return text.endswith(pattern)
        case "contains":
            return pattern in text
        case "contains word":
            return re2.search(folding.word_pattern(pattern), text) is not None
        case "contains pattern":
            return re2.search(f"(?s:{pattern})", text) is not None
        case _:
            return re2.fullmatch(f"(?s:{pattern})", text) is not None


def _combine_exact(function: k.Combining, values: list[int], over: int) -> q.Quantity:
    match function:
        case k.Function.SUM:
            return q.exact(sum(values), over)
        case k.Function.AVERAGE:
            return q.exact(sum(values), over * len(values))
        case k.Function.MIN:
            return q.exact(min(values), over)
        case k.Function.MAX:
            return q.exact(max(values), over)
        case k.Function.MEDIAN:
            ordered = sorted(values)
            middle = (len(ordered) - 1) // 2
            return q.exact(ordered[middle] + ordered[len(ordered) // 2], over * 2)


def _combine_real(function: k.Combining, values: list[float]) -> q.Quantity | Unknown:
    """Combines doubles. They are summed in ascending order, so that the result doesn't depend on the order of rows."""
    ordered = sorted(values)
    total = 0.0
    for value in ordered:
        total += value
    match function:
        case k.Function.SUM:
            result = q.real(total)
        case k.Function.AVERAGE:
            result = q.real(total / len(ordered))
        case k.Function.MIN:
            result = q.real(ordered[0])
        case k.Function.MAX:
            result = q.real(ordered[-1])
        case k.Function.MEDIAN:
            result = q.real((ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2)
    return result or Unknown(("too large a number",))


def where_is(evaluator: Evaluator, rule: Segment | Segmentation, row: Row) -> str:
    """Returns where a customer is: the arm or `in`, else `out` or `unknown`."""
    if isinstance(rule, Segment):
        truth = evaluator.in_segment(rule, row)
        return "unknown" if isinstance(truth, Unknown) else "in" if truth else "out"
    outcome = evaluator.outcome(rule, row)
    return outcome.arm or {"outside": "out"}.get(outcome.status, outcome.status)
