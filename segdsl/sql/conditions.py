"""Translates typed expressions into SQL over the rows that a query has joined."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlglot import exp

from segdsl.model import expr as k
from segdsl.model import folding
from segdsl.model import types as ty
from segdsl.model.clock import Clock, to_utc
from segdsl.model.exact import SPLIT_SCALE, Exactness, column_denominator, constant_divisor
from segdsl.sql import numbers as n
from segdsl.sql import spell as s
from segdsl.sql.calendars import business_days
from segdsl.sql.distances import haversine
from segdsl.sql.spell import Sql


@dataclass(frozen=True)
class Plain:
    """A value that is not a number; NULL is missing or unknown."""

    sql: Sql


Value = Plain | n.Exact | n.Double


class Zone(Protocol):
    """The time zone that a text names, as columns of a joined row; NULL if the text names no zone."""

    @property
    def name(self) -> Sql: ...
    def border(self, e: k.Expr) -> Sql:
        """Returns the value in this zone of a time that depends only on as-of."""
        ...


class Rows(Protocol):
    """The rows in scope of an expression, as columns of the query being built."""

    def field(self, row: k.Row, relation: str, name: str) -> Sql: ...
    def zone(self, name: Sql) -> Zone: ...
    def computed(self, e: k.Computed) -> Value: ...
    def bits(self, relation: str, name: str) -> int: ...


@dataclass(frozen=True)
class Conditions:
    """Translates expressions.

    `rows` are the rows in scope.
    `clock` is as-of, and the zone in which days begin.
    `active` returns the values of a list that count as of a clock.
    `by` is the zone in which days begin if a value of each row names it; None uses the clock's zone.
    """

    rows: Rows
    clock: Clock
    exactness: Exactness
    active: Callable[[str, Clock], list[k.Scalar]]
    by: Zone | None = None

    @property
    def zone(self) -> Sql:
        return s.text(self.clock.zone.key) if self.by is None else self.by.name

    def sql(self, e: k.Expr) -> Sql:
        """Translates an expression that is not a number."""
        value = self.value(e)
        assert isinstance(value, Plain), "the expression is not a number"
        return value.sql

    def number(self, e: k.Expr) -> n.Number:
        value = self.value(e)
        assert not isinstance(value, Plain), "the expression is a number"
        return value

    def value(self, e: k.Expr) -> Value:
        constant = self.clock.constant(e)
        if constant is not None:
            return Plain(s.moment(constant) if self.by is None else self.by.border(e))
        match e:
            case k.Literal_(value=value):
                return self._literal(value)
            case k.Missing():
                return n.missing() if ty.is_numeric(e.type) else Plain(s.NULL)
            case k.Column():
                return self._column(e)
            case k.MetricOf() | k.Member() | k.Aggregate() | k.Standing() | k.At() | k.Rounded():
                return self.rows.computed(e)
            case k.Distance(places=places):
                return n.Double(haversine(*(n.as_double(self.number(p)) for p in places)))
            case k.RoundTo(item=item, to=to):
                return n.round_to(self.number(item), to)
            case k.SizeOf(subject=subject):
                return n.leaf(s.call("len", self.sql(subject)), 1, 40)
            case k.Split(salt=salt, by=by):
                key = self.value(by)
                text = key.sql if isinstance(key, Plain) else s.cast(key.numerator, "VARCHAR")  # type: ignore[union-attr]
                return n.leaf(s.drawn(salt, text), SPLIT_SCALE, 52)
            case k.BusinessDays(calendar=calendar, start=start, end=end):
                return n.leaf(business_days(calendar, self.sql(start), self.sql(end)), 1, 40)
            case k.Arithmetic(op=op, left=left, right=right):
                divisor = constant_divisor(right) if op == "/" else None
                return n.arithmetic(op, self.number(left), self.number(right), divisor.numerator if divisor else None)
            case k.If(condition=condition, then=then, otherwise=otherwise):
                return self._if(self.sql(condition), then, otherwise)
            case k.Named(body=body):
                return self.value(body)
            case k.Elapsed(unit=unit, start=start, end=end):
                return n.leaf(self._elapsed(unit, self.sql(start), self.sql(end)), 1, 40)
            case k.PartOf(part=part, date=date):
                moment = s.local(self.sql(date), self.zone) if part == "hour" else self.sql(date)
                return n.leaf(s.call("isodow" if part == "weekday" else part, moment), 1, 16)
            case k.Compare():
                return Plain(self._compare(e))
            case k.IsMissing(item=item):
                return Plain(self._is_missing(item))
            case k.OneOf():
                return Plain(self._one_of(e))
            case k.TextTest():
                return Plain(self._text_test(e))
            case k.SetTest():
                return Plain(self._set_test(e))
            case k.Not(item=item):
                return Plain(s.not_(self.sql(item)))
            case k.And(items=items):
                return Plain(s.all_of([self.sql(i) for i in items]))
            case k.Or(items=items):
                return Plain(s.any_of([self.sql(i) for i in items]))
            case k.Shift(moment=moment, count=count, unit=unit):
                return Plain(self._shift(self.sql(moment), count, unit, moment.type == ty.DATE))
            case k.StartOfDay(date=date):
                return Plain(s.utc(s.cast(self.sql(date), "TIMESTAMP"), self.zone))
            case k.DateOf(moment=moment, zone=None):
                return Plain(s.cast(s.local(self.sql(moment), self.zone), "DATE"))
            case k.DateOf(moment=moment, zone=zone):
                assert zone is not None
                return Plain(s.cast(s.local(self.sql(moment), self.rows.zone(self.sql(zone)).name), "DATE"))
            case k.AsOf() | k.StartOf() | k.Tally():
                raise AssertionError("constants are translated above, and only tests have tallies")

    # -- values ---------------------------------------------------------------------

    def _literal(self, value: k.Scalar) -> Value:
        if isinstance(value, k.Ratio):
            return n.literal(value.numerator, value.denominator)
        return Plain(self._scalar(value))

    def _scalar(self, value: k.Scalar) -> Sql:
        match value:
            case bool():
                return s.TRUE if value else s.FALSE
            case str():
                return s.text(value)
            case dt.datetime():
                return s.moment(to_utc(value, self.clock.zone))
            case dt.date():
                return s.moment(value)
            case k.Ratio():
                raise AssertionError("numbers are pairs")

    def _column(self, e: k.Column) -> Value:
        sql = self.rows.field(e.row, e.relation, e.name)
        if not ty.is_numeric(e.type):
            return Plain(sql)
        if e.type == ty.REAL:
            return n.Double(sql)
        return n.leaf(sql, column_denominator(e.type), self.rows.bits(e.relation, e.name))

    def _if(self, condition: Sql, then: k.Expr, otherwise: k.Expr) -> Value:
        if ty.is_numeric(then.type) or ty.is_numeric(otherwise.type):
            branches = [None if isinstance(b, k.Missing) else self.number(b) for b in (then, otherwise)]
            a, b = (self._missing_like(branches[1 - i]) if x is None else x for i, x in enumerate(branches))
            return n.choose(condition, a, b)
        return Plain(s.case((condition, self.sql(then)), (s.not_(condition), self.sql(otherwise))))

    def _missing_like(self, branch: n.Number | None) -> n.Number:
        """Returns a missing number with the denominator of the other branch."""
        if isinstance(branch, n.Exact) and isinstance(branch.denominator, int):
            return n.leaf(s.NULL, branch.denominator, 1)
        return n.missing()

    def _is_missing(self, item: k.Expr) -> Sql:
        value = self.value(item)
        return s.is_null(value.sql) if isinstance(value, Plain) else n.is_missing(value)

    # -- conditions -------------------------------------------------------------------

    def _compare(self, e: k.Compare) -> Sql:
        if ty.is_numeric(e.left.type) or ty.is_numeric(e.right.type):
            return n.compare(e.op, self.number(e.left), self.number(e.right))
        left, right = self.sql(e.left), self.sql(e.right)
        if e.ignoring is not None:
            left, right = s.folded(left, e.ignoring), s.folded(right, e.ignoring)
        return s.binary(e.op, left, right)

    def _one_of(self, e: k.OneOf) -> Sql:
        if ty.is_numeric(e.item.type):
            item = self.number(e.item)
            literals = [n.literal(v.numerator, v.denominator) for v in self._values(e) if isinstance(v, k.Ratio)]
            if not literals:
                is_known = [
                    s.not_(n.is_missing(item)),
                    *([] if item.floor is None else [s.not_(s.is_null(item.floor))]),
                ]
                return s.case((s.any_of(is_known), s.FALSE))
            return s.any_of([n.compare("=", item, literal) for literal in literals])
        values = [self._start(v) if e.item.type == ty.TIMESTAMP else v for v in self._values(e)]
        item_sql = self.sql(e.item)
        if e.ignoring is not None:
            item_sql = s.folded(item_sql, e.ignoring)
            values = [folding.fold(v, e.ignoring) if isinstance(v, str) else v for v in values]
        if not values:
            return s.case((s.not_(s.is_null(item_sql)), s.FALSE))
        return exp.In(this=s.paren(item_sql), expressions=[self._scalar(v) for v in values])

    def _values(self, e: k.OneOf | k.SetTest) -> list[k.Scalar]:
        return [*e.values, *(self.active(e.listed, self.clock) if e.listed is not None else [])]

    def _start(self, value: k.Scalar) -> k.Scalar:
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return self.clock.start_of_day(value).replace(tzinfo=dt.UTC)
        return value

    def _text_test(self, e: k.TextTest) -> Sql:
        subject = self.sql(e.subject)
        list_values = self.active(e.listed, self.clock) if e.listed is not None else []
        patterns = [*e.patterns, *(k.Literal_(v, ty.TEXT) for v in list_values)]
        if not patterns:
            return s.case((s.not_(s.is_null(subject)), s.TRUE if e.each == "none" else s.FALSE))
        if e.each is None:
            return self._matches_any(e, subject, patterns)
        some = s.call("list_filter", subject, _each(self._matches_any(e, _EACH_VALUE, patterns)))
        answer = s.binary(">" if e.each == "any" else "=", s.call("len", some), s.whole(0))
        is_known = [s.not_(s.is_null(self.sql(p))) for p in e.patterns if not isinstance(p, k.Literal_)]
        return s.case((s.all_of(is_known), answer)) if is_known else answer

    def _matches_any(self, e: k.TextTest, text: Sql, patterns: list[k.Expr]) -> Sql:
        if e.ignoring is not None:
            text = s.folded(text, e.ignoring)
        return s.any_of([self._text_matches(e, text, p) for p in patterns])

    def _text_matches(self, e: k.TextTest, subject: Sql, pattern: k.Expr) -> Sql:
        if isinstance(pattern, k.Literal_) and isinstance(pattern.value, str):
            word = folding.fold(pattern.value, e.ignoring)
            match e.op:
                case "contains word":
                    return s.call("regexp_matches", subject, s.text(folding.word_pattern(word)))
                case "contains pattern":
                    return s.call("regexp_matches", subject, s.text(f"(?s:{word})"))
                case "matches":
                    return s.call("regexp_full_match", subject, s.text(f"(?s:{word})"))
                case "starts with" | "ends with" | "contains":
                    return s.call(_TEXT_FUNCTIONS[e.op], subject, s.text(word))
        pattern_sql = self.sql(pattern)
        return s.call(_TEXT_FUNCTIONS[e.op], subject, s.folded(pattern_sql, e.ignoring) if e.ignoring else pattern_sql)

    def _set_test(self, e: k.SetTest) -> Sql:
        texts = [s.text(folding.fold(str(v), e.ignoring)) for v in self._values(e)]
        subject = self.sql(e.subject) if e.ignoring is None else _fold_each(self.sql(e.subject), e.ignoring)
        if e.item is not None:
            item = self.sql(e.item) if e.ignoring is None else s.folded(self.sql(e.item), e.ignoring)
            return s.case((s.not_(s.is_null(item)), s.call("list_has_any", subject, exp.Array(expressions=[item]))))
        if not texts:
            return s.case((s.not_(s.is_null(subject)), s.FALSE if e.mode == "any" else s.TRUE))
        values = exp.Array(expressions=texts)
        if e.mode == "all":
            return s.call("list_has_all", subject, values)
        some = s.call("list_has_any", subject, values)
        return some if e.mode == "any" else s.not_(some)

    # -- time ---------------------------------------------------------------------------

    def _shift(self, moment: Sql, count: int, unit: str, is_date: bool) -> Sql:
        if is_date:
            return s.cast(s.shifted(moment, s.whole(count), unit), "DATE")
        if unit in k.EXACT:
            return s.shifted(moment, s.whole(count), unit)
        return s.utc(s.shifted(s.local(moment, self.zone), s.whole(count), unit), self.zone)

    def _elapsed(self, unit: str, start: Sql, end: Sql) -> Sql:
        if unit in k.EXACT:
            apart = s.binary("-", s.call("epoch_us", end), s.call("epoch_us", start))
            return s.floor_divide(apart, s.whole(k.EXACT[unit] * 1_000_000))
        days = s.days_between(start, end)
        if unit == "day":
            return days
        if unit == "week":
            return s.floor_divide(days, s.whole(7))
        months = s.call("datediff", s.text("month"), start, end)
        if unit == "year":
            months = s.floor_divide(months, s.whole(12))
        reached = s.cast(s.shifted(start, months, unit), "DATE")
        return s.binary("-", months, s.case((s.binary(">", reached, end), s.whole(1)), default=s.whole(0)))


_TEXT_FUNCTIONS = {"starts with": "starts_with", "ends with": "ends_with", "contains": "contains"}


_EACH_VALUE = exp.column("x")


def _each(of_value: Sql) -> exp.Lambda:
    """A function of `_EACH_VALUE`, for every value of a set."""
    return exp.Lambda(this=of_value, expressions=[exp.to_identifier("x")])


def _fold_each(sql: Sql, ignoring: str) -> Sql:
    """Folds every value of a set."""
    return s.call("list_transform", sql, _each(s.folded(_EACH_VALUE, ignoring)))
