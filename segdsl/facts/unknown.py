"""Whether an expression can be unknown, and why, according to the model's declarations.

A *doubt* names the part of an expression that may have no value, and the reason. An expression without doubts is never
unknown; an expression with a doubt may be. The answer "never" is therefore always right, while "may be" can be wrong if only
arithmetic would exclude it (a sum that can't be zero).

    count(calls in last 30 days) >= 2        `calls` complete from 2024-01-01: a gap, as of a day in January 2024
    region = "eu"                            `region` isn't required: it may be missing
    region = "eu" or region is missing       no doubt: if the region is missing, the second condition decides
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import assert_never

from segdsl.facts.ranges import Sizes
from segdsl.model import expr as k
from segdsl.model import zones
from segdsl.model.clock import Clock
from segdsl.model.schema import Relation
from segdsl.model.segment import Model, Segmentation

Known = frozenset[k.Expr | k.Row]
"""What is certain where a condition is evaluated, because of a guard or of the row it is reached from: expressions that are not
missing, rows that exist, and comparisons that hold."""

NEGATED: Mapping[k.CompareOp, k.CompareOp] = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_NOTHING: Known = frozenset()


class Why(Enum):
    """Why a value may be unknown."""

    MISSING = "a field that isn't required"
    DANGLING = "a link that may lead nowhere"
    NO_ROWS = "nothing to take a value of, or several values that are equally common"
    GAP = "rows before the day from which the table is complete"
    ZONE = "a text that may not name a time zone"
    DIVISOR = "a divisor that may be 0"
    TOO_LARGE = "a number that may be too large"
    NOT_YET = "a customer who may not have existed at that time"
    PLACE = "coordinates that may be out of range"
    STATED = "a rule that says `missing`"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason why an expression may be unknown. `of` is the innermost part that `why` applies to."""

    of: k.Expr
    why: Why


def can_be_unknown(model: Model, e: k.Expr, facts: Known = _NOTHING, clock: Clock | None = None) -> bool:
    """Tells whether an expression can be unknown: as of the instant of `clock`, or of any instant if None."""
    return next(doubts(model, e, facts, clock), None) is not None


def doubts(model: Model, e: k.Expr, facts: Known = _NOTHING, clock: Clock | None = None) -> Iterator[Doubt]:
    """Yields the reasons why an expression may be unknown; a reason may come several times."""
    return Doubts(model, clock).of(e, facts)


def guarded(model: Model, e: k.Expr, truth: bool) -> Known:
    """Returns what is certain if the truth of `e` is `truth`, or unknown."""
    return Doubts(model).guarded(e, truth)


def reached_from(model: Model, rows: k.Rows) -> Known:
    """Returns the rows on the way to the rows of an aggregate, as seen from an aggregated row."""
    back: k.Row = k.This()
    on_the_way: list[k.Row] = []
    for hop in reversed(rows.hops):
        back = k.Via(back, model.schema.back(hop))
        on_the_way.append(back)
    return frozenset(on_the_way)


def surely_complete(relation: Relation, rows: k.Rows, clock: Clock | None) -> bool:
    """Tells whether no row can be lacking: the window begins on or after the day from which the table is complete."""
    if relation.complete_from is None:
        return True
    if clock is None or rows.zone is not None or rows.window is None or rows.window.start is None:
        return False
    start = clock.constant(rows.window.start)
    if start is None:
        return False
    day = relation.complete_from
    return start >= (clock.start_of_day(day) if isinstance(start, dt.datetime) else day)


class Doubts:
    """Finds doubts in the expressions of one model; each metric and rule is examined once, however often it is mentioned."""

    def __init__(self, model: Model, clock: Clock | None = None) -> None:
        self.model, self.clock = model, clock
        self._metrics: dict[tuple[str, Known], tuple[Doubt, ...]] = {}
        self._rules: dict[str, tuple[Doubt, ...]] = {}
        self._floors: dict[str, frozenset[k.Expr]] = {}
        self._sizes = Sizes(model)
        self._inside = 0
        self._at: dict[dt.datetime | None, Doubts] = {}

    def of(self, e: k.Expr, facts: Known = _NOTHING) -> Iterator[Doubt]:
        if e in facts:
            return
        match e:
            case k.IsMissing() | k.Literal_() | k.AsOf() | k.StartOf() | k.Tally():
                return
            case k.Missing():
                yield Doubt(e, Why.STATED)
            case k.At(item=item):
                yield Doubt(e, Why.NOT_YET)
                yield from self._link(e, e.row, facts)
                yield from self._as_of(e.moment).of(item)
            case k.Distance(places=places):
                yield Doubt(e, Why.PLACE)
                yield from self._all(places, facts)
            case k.DateOf(moment=moment, zone=zone):
                yield from self.of(moment, facts)
                if zone is not None:
                    yield from self._zone(zone, facts)
            case k.Rounded(item=item):
                yield from self._link(e, e.row, facts)
                yield from self.of(item)
                if self._sizes.may_be_left_out_of_sums(item):
                    yield Doubt(e, Why.TOO_LARGE)
            case k.Standing(value=value, group=group):
                yield from self._link(e, e.row, facts)
                yield from self.of(value)
                if group is not None:
                    yield from self.of(group)
                if e.of == "quantile":
                    yield Doubt(e, Why.NO_ROWS)
                if any(self._sizes.may_be_left_out_of_sums(part) for part in (value, group) if part is not None):
                    yield Doubt(e, Why.TOO_LARGE)
            case k.Column():
                relation = self.model.schema.relations[e.relation]
                field = relation.fields[e.name]
                present = field.required or field.key or e.name == relation.at  # a row without a time doesn't exist
                if not present or field.known_at is not None:
                    yield Doubt(e, Why.MISSING)
                yield from self._link(e, e.row, facts)
            case k.MetricOf():
                yield from self._link(e, e.row, facts)
                yield from self._metric(e.name, facts if e.row == k.This() else _NOTHING)
            case k.Member():
                yield from self._link(e, e.row, facts)
                yield from self._membership(e.name)
            case k.Arithmetic(op=op, left=left, right=right):
                yield from self._all((left, right), facts)
                if op == "/" and not _never_zero(right, facts):
                    yield Doubt(e, Why.DIVISOR)
                if self._sizes.may_overflow(e):
                    yield Doubt(e, Why.TOO_LARGE)
            case k.Aggregate():
                yield from self._aggregate(e, facts)
            case k.If(condition=condition, then=then, otherwise=otherwise):
                yield from self.of(condition, facts)
                for branch, truth in ((then, True), (otherwise, False)):
                    if not _settled(condition, not truth, facts):
                        yield from self.of(branch, facts | self.guarded(condition, truth))
            case k.And(items=items) | k.Or(items=items):
                # and/or is unknown only if no item decides it, so each item is a guard for all others, whatever their order
                sure = facts.union(*(self.guarded(item, isinstance(e, k.And)) for item in items))
                yield from self._all(items, sure)
            case k.Named(body=body):
                yield from self.of(body, facts)
            case k.Compare():
                decided = self._decided_by_no_rows(e)
                yield from (d for d in self._all(k.children(e), facts) if not (d.why is Why.GAP and d.of in decided))
            case k.Shift() | k.StartOfDay() | k.Elapsed() | k.BusinessDays() | k.PartOf():
                yield from self._all(k.children(e), facts)
            case k.Split() | k.RoundTo() | k.SizeOf() | k.OneOf() | k.TextTest() | k.SetTest() | k.Not():
                yield from self._all(k.children(e), facts)
            case _:
                assert_never(e)

    def _as_of(self, moment: k.Expr) -> Doubts:
        """Returns the doubts as of another time: one object per instant, whatever steps lead to that instant."""
        instant = self.clock.constant(moment) if self.clock is not None else None
        clock = Clock(instant, self.clock.zone) if self.clock and isinstance(instant, dt.datetime) else None
        at = clock.now if clock is not None else None
        if at not in self._at:
            doubts = self._at[at] = Doubts(self.model, clock)
            doubts._at = self._at
        return self._at[at]

    def floors(self, e: k.Expr) -> frozenset[k.Expr]:
        """Returns the counts over incomplete tables that a number stands for; such a count, if unknown, has a lower bound."""
        match e:
            case k.Aggregate(function=k.Function.COUNT | k.Function.COUNT_DISTINCT, rows=rows):
                gaps = self.model.schema.relations[rows.relation].complete_from is not None
                return frozenset([e] if gaps and not rows.earliest else [])
            case k.Named(body=inner) | k.At(item=inner):
                return self.floors(inner)
            case k.MetricOf(name=name):
                if name not in self._floors:
                    self._floors[name] = self.floors(self.model.metrics[name].body)
                return self._floors[name]
            case k.If(then=then, otherwise=otherwise):
                return self.floors(then) | self.floors(otherwise)
            case _:  # whatever computes with a count has no floor
                return frozenset()

    def guarded(self, e: k.Expr, truth: bool) -> Known:
        """Returns what is certain if the truth of `e` is `truth`, or unknown."""
        match e:
            case k.Not(item=item):
                return self.guarded(item, not truth)
            case k.IsMissing(item=item):
                return _NOTHING if truth else frozenset([item])
            case k.And(items=items) if truth:
                return _NOTHING.union(*(self.guarded(i, True) for i in items))
            case k.Or(items=items) if not truth:
                return _NOTHING.union(*(self.guarded(i, False) for i in items))
            case k.Compare(op=op) if next(self.of(e), None) is None:
                return frozenset([replace(e, op=op if truth else NEGATED[op])])
            case _:  # any other condition says nothing about its parts
                return _NOTHING

    def _decided_by_no_rows(self, e: k.Compare) -> frozenset[k.Expr]:
        """Returns the counts for which a comparison is decided however many rows are lacking, as in `count(calls) >= 0`."""
        for number, figure, op in ((e.left, e.right, e.op), (e.right, e.left, k.MIRRORED[e.op])):
            value = figure.value if isinstance(figure, k.Literal_) else None
            if isinstance(value, k.Ratio):
                is_decided = value.numerator <= 0 if op in (">=", "<") else value.numerator < 0
                return self.floors(number) if is_decided else frozenset()
        return frozenset()

    def _all(self, parts: Iterable[k.Expr], facts: Known) -> Iterator[Doubt]:
        for part in parts:
            yield from self.of(part, facts)

    def _link(self, e: k.Expr, row: k.Row, facts: Known) -> Iterator[Doubt]:
        if isinstance(row, k.Via | k.Topmost) and row not in facts:
            yield Doubt(e, Why.DANGLING)

    def _zone(self, zone: k.Expr, facts: Known) -> Iterator[Doubt]:
        yield from self.of(zone, facts)
        name = zone.value if isinstance(zone, k.Literal_) else None
        if not (isinstance(name, str) and zones.zone(name) is not None):
            yield Doubt(zone, Why.ZONE)

    def _metric(self, name: str, facts: Known) -> tuple[Doubt, ...]:
        """Carries what is certain into a metric, but not into the metrics that it reads: there would be too many combinations."""
        facts = facts if not self._inside else _NOTHING
        if (name, facts) not in self._metrics:
            self._inside += 1
            self._metrics[name, facts] = _each_once(self.of(self.model.metrics[name].body, facts))
            self._inside -= 1
        return self._metrics[name, facts]

    def _membership(self, name: str) -> tuple[Doubt, ...]:
        """Returns the doubts about membership. An arm of a segmentation with `undecided` is never unknown; overrides raise no doubt."""
        if name not in self._rules:
            rule = self.model.segments.get(name) or self.model.segmentations[name]
            if isinstance(rule, Segmentation) and rule.undecided is not None:
                self._rules[name] = ()
            else:
                override = rule.override if isinstance(rule, Segmentation) else None
                parts = (e for e in self.model.definition(name) if e is not override)
                self._rules[name] = _each_once(self._all(parts, _NOTHING))
        return self._rules[name]

    def _aggregate(self, e: k.Aggregate, facts: Known) -> Iterator[Doubt]:
        rows = e.rows
        yield from self._link(e, rows.anchor, facts)
        yield from self._all(k.children(e), facts)  # bounds, and the group of `per`
        if not surely_complete(self.model.schema.relations[rows.relation], rows, self.clock):
            yield Doubt(e, Why.GAP)
        sure = reached_from(self.model, rows)
        if rows.zone is not None:
            yield from self._zone(rows.zone, sure)
        where = [] if rows.where is None else list(self.of(rows.where, sure))
        value = [] if e.value is None else list(self.of(e.value, sure))
        if rows.latest is not None:
            yield from where
        match e.function:
            case k.Function.COUNT | k.Function.COUNT_DISTINCT | k.Function.TIMES_OF_COMMONEST:
                return
            case k.Function.ANY:
                yield from where
                yield from value
            case k.Function.SUM:
                yield from value
                if e.value is not None and self._sizes.may_be_left_out_of_sums(e.value):
                    yield Doubt(e, Why.TOO_LARGE)
            case k.Function.SHARE | k.Function.AVERAGE | k.Function.MEDIAN | k.Function.MIN | k.Function.MAX:
                yield Doubt(e, Why.NO_ROWS)
            case k.Function.PICK | k.Function.MOST_COMMON:
                yield Doubt(e, Why.NO_ROWS)
            case _:
                assert_never(e.function)


def _each_once(doubts: Iterable[Doubt]) -> tuple[Doubt, ...]:
    return tuple(dict.fromkeys(doubts))


def _settled(condition: k.Expr, truth: bool, facts: Known) -> bool:
    """Tells whether it is certain that a comparison is `truth`."""
    if not isinstance(condition, k.Compare):
        return False
    return replace(condition, op=condition.op if truth else NEGATED[condition.op]) in facts


def _never_zero(e: k.Expr, facts: Known) -> bool:
    if isinstance(e, k.Literal_):
        return isinstance(e.value, k.Ratio) and e.value.numerator != 0
    if isinstance(e, k.Standing) and e.of == "ranked" and e.among is None:
        return True  # every row with a value is ranked, including the row itself
    return any(isinstance(fact, k.Compare) and fact.left == e and _is_positive(fact) for fact in facts)


def _is_positive(fact: k.Compare) -> bool:
    """Tells whether a comparison that holds puts its left side above zero."""
    value = fact.right.value if isinstance(fact.right, k.Literal_) else None
    if not isinstance(value, k.Ratio):
        return False
    return value.numerator > 0 if fact.op in (">=", "=") else fact.op == ">" and value.numerator >= 0
