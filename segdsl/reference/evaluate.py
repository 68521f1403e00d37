"""One expression, one row -> its value, or unknown with the reasons. This is what a rule means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

import re2

from segdsl.model import expr as k
from segdsl.model import folding
from segdsl.model import types as ty
from segdsl.model.clock import elapsed, to_utc
from segdsl.model.exact import QUOTIENT_SCALE, Exactness, column_denominator
from segdsl.model.segment import Model, Segment, Segmentation
from segdsl.reference import quantity as q
from segdsl.reference.world import Row, Value, World

MOST_REASONS = 12


@dataclass(frozen=True, slots=True)
class Unknown:
    """No value, and why: each reason names a field, a bound or a word of the rule."""

    reasons: tuple[str, ...]


Result = bool | str | dt.date | dt.datetime | frozenset[str] | q.Quantity | Unknown


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a segmentation puts one customer. `arm` is None where outside or unassigned."""

    status: str  # assigned, unknown or outside
    arm: str | None
    reasons: tuple[str, ...] = ()


@dataclass
class Evaluator:
    """Evaluates rules of a model over a world.

    `given` replaces metrics: (entity, key, metric) -> value, as a test may say. `in_double` counts the
    comparisons that left exact arithmetic.
    """

    model: Model
    world: World
    given: Mapping[tuple[str, str, str], Result] = field(default_factory=dict)
    in_double: int = 0
    _exactness: Exactness = field(init=False)
    _metrics: dict[tuple[str, int], Result] = field(default_factory=dict)
    _outcomes: dict[tuple[str, int], Outcome] = field(default_factory=dict)
    _members: dict[tuple[str, int], Result] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._exactness = Exactness(self.model.metrics)

    # -- rules ------------------------------------------------------------------

    def outcome(self, rule: Segmentation, row: Row) -> Outcome:
        """The first true arm; `undecided` or unknown where an unknown one came first and none is true."""
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
        for arm in rule.arms:
            assert arm.condition is not None
            held = self.truth(arm.condition, row)
            if held is True:
                return Outcome("assigned", arm.name, _few(reasons))
            if isinstance(held, Unknown):
                reasons += held.reasons
        if reasons:
            return self._unassigned(rule, _few(reasons))
        return Outcome("assigned", rule.otherwise.name)

    def _unassigned(self, rule: Segmentation, reasons: tuple[str, ...]) -> Outcome:
        if rule.undecided is not None:
            return Outcome("assigned", rule.undecided.name, reasons)
        return Outcome("unknown", None, reasons)

    def in_segment(self, rule: Segment, row: Row) -> bool | Unknown:
        cached = self._members.get((rule.name, id(row)))
        if cached is None:
            parts = (rule.condition,) if rule.where is None else (rule.where, rule.condition)
            cached = self._members[rule.name, id(row)] = self._and(parts, row)
        assert isinstance(cached, bool | Unknown)
        return cached

    def metric(self, name: str, row: Row) -> Result:
        cached = self._metrics.get((name, id(row)))
        if cached is None:
            cached = self._metrics[name, id(row)] = self._metric(name, row)
        return cached

    def _metric(self, name: str, row: Row) -> Result:
        metric = self.model.metrics[name]
        key = self.model.schema.relations[metric.entity].key
        given = self.given.get((metric.entity, str(row.get(key or "")), name))
        return given if given is not None else self.value(metric.body, row)

    def _member(self, e: k.Member, row: Row) -> bool | Unknown:
        if e.name in self.model.segments:
            return self.in_segment(self.model.segments[e.name], row)
        outcome = self.outcome(self.model.segmentations[e.name], row)
        return Unknown(outcome.reasons) if outcome.status == "unknown" else outcome.arm == e.arm

    def _tally(self, e: k.Tally) -> int:
        if e.name in self.model.segments:
            segment = self.model.segments[e.name]
            return sum(self.in_segment(segment, r) is True for r in self.world.rows(segment.entity))
        rule = self.model.segmentations[e.name]
        return sum(self.outcome(rule, r).arm == e.arm for r in self.world.rows(rule.entity))

    # -- expressions --------------------------------------------------------------

    def truth(self, e: k.Expr, row: Row) -> bool | Unknown:
        value = self.value(e, row)
        assert isinstance(value, bool | Unknown), "conditions are true, false or unknown"
        return value

    def value(self, e: k.Expr, row: Row) -> Result:
        match e:
            case k.Literal_(value=value):
                return self._literal(value)
            case k.Missing(because=because):
                return Unknown((because,))
            case k.Column():
                return self._column(e, row)
            case k.MetricOf(row=of, name=name):
                other = self._row(of, row)
                return _dangling(of) if other is None else self.metric(name, other)
            case k.Member(row=of):
                other = self._row(of, row)
                return _dangling(of) if other is None else self._member(e, other)
            case k.Tally():
                return q.exact(self._tally(e), 1)
            case k.AsOf() | k.StartOf():
                constant = self.world.clock.constant(e)
                assert constant is not None
                return constant
            case k.Shift(moment=moment, count=count, unit=unit):
                start = self.value(moment, row)
                return start if isinstance(start, Unknown) else self.world.clock.shift(_time(start), count, unit)
            case k.StartOfDay(date=date):
                day = self.value(date, row)
                return day if isinstance(day, Unknown) else self.world.clock.start_of_day(_time(day))
            case k.DateOf(moment=moment):
                instant = self.value(moment, row)
                if isinstance(instant, Unknown):
                    return instant
                assert isinstance(instant, dt.datetime)
                return self.world.clock.date_of(instant)
            case k.Elapsed(unit=unit, start=start_of, end=end_of):
                both = self._both(start_of, end_of, row)
                return both if isinstance(both, Unknown) else q.exact(elapsed(unit, _time(both[0]), _time(both[1])), 1)
            case k.PartOf(part=part, date=date):
                day = self.value(date, row)
                return day if isinstance(day, Unknown) else q.exact(getattr(day, part), 1)
            case k.Arithmetic():
                return self._arithmetic(e, row)
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
                chosen = self.truth(condition, row)
                if isinstance(chosen, Unknown):
                    return chosen
                return self.value(then if chosen else otherwise, row)
            case k.Aggregate():
                return self._aggregate(e, row)
            case k.Named(body=body):
                return self.value(body, row)
            case _:
                assert_never(e)

    def _literal(self, value: k.Scalar) -> Result:
        if isinstance(value, k.Ratio):
            return q.exact(value.numerator, value.denominator)
        return to_utc(value, self.world.clock.zone) if isinstance(value, dt.datetime) else value

    def _row(self, of: k.Row, row: Row) -> Row | None:
        match of:
            case k.This():
                return row
            case k.Via(row=inner, link=link):
                start = self._row(inner, row)
                return None if start is None else self.world.by_key(link.target, start.get(link.column))
            case k.Given(entity=entity, key=key):
                return self.world.by_key(entity, key)

    def _column(self, e: k.Column, row: Row) -> Result:
        other = self._row(e.row, row)
        if other is None:
            return _dangling(e.row)
        return self._cell(other.get(e.name), e)

    def _cell(self, cell: Value | None, e: k.Column) -> Result:
        if cell is None:
            return Unknown((f"`{_label(e)}` is missing",))
        if not ty.is_numeric(e.type):
            assert not isinstance(cell, int | float) or isinstance(cell, bool)
            return cell
        if e.type == ty.REAL:
            return q.real(float(cell)) or Unknown((f"`{_label(e)}` is no finite number",))  # type: ignore[arg-type]
        assert isinstance(cell, int)
        return q.exact(cell, column_denominator(e.type))

    def _both(self, left: k.Expr, right: k.Expr, row: Row) -> tuple[Result, Result] | Unknown:
        a, b = self.value(left, row), self.value(right, row)
        reasons = [r for v in (a, b) if isinstance(v, Unknown) for r in v.reasons]
        return Unknown(_few(reasons)) if reasons else (a, b)

    def _arithmetic(self, e: k.Arithmetic, row: Row) -> Result:
        both = self._both(e.left, e.right, row)
        if isinstance(both, Unknown):
            return both
        a, b = both
        assert isinstance(a, q.Quantity) and isinstance(b, q.Quantity)
        result = q.arithmetic(e.op, a, b, self._exactness.same_denominator(e.left, e.right))
        if result is not None:
            return result
        text = " ".join(e.right.span.text.split()) if e.span and e.right.span else "the divisor"
        return Unknown((f"`{text}` is 0" if e.op == "/" else "too large a number",))

    def _compare(self, e: k.Compare, row: Row) -> bool | Unknown:
        both = self._both(e.left, e.right, row)
        if isinstance(both, Unknown):
            return both
        a, b = both
        if isinstance(a, q.Quantity) and isinstance(b, q.Quantity):
            held, doubled = q.compare(e.op, a, b, self._exactness.same_denominator(e.left, e.right))
            self.in_double += doubled
            return held
        if isinstance(a, str) and isinstance(b, str):
            a, b = folding.fold(a, e.ignoring), folding.fold(b, e.ignoring)
        return _ordered(e.op, a, b)

    def _one_of(self, e: k.OneOf, row: Row) -> bool | Unknown:
        item = self.value(e.item, row)
        if isinstance(item, Unknown):
            return item
        values = [self._literal(v) for v in e.values]
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
        patterns = [self.value(p, row) for p in e.patterns]
        reasons = [r for v in (subject, *patterns) if isinstance(v, Unknown) for r in v.reasons]
        if reasons:
            return Unknown(_few(reasons))
        text = folding.fold(str(subject), e.ignoring)
        return any(_text_matches(e.op, text, folding.fold(str(p), e.ignoring)) for p in patterns)

    def _set_test(self, e: k.SetTest, row: Row) -> bool | Unknown:
        subject = self.value(e.subject, row)
        if isinstance(subject, Unknown):
            return subject
        assert isinstance(subject, frozenset)
        wanted = set(e.values)
        if e.mode == "all":
            return wanted <= subject
        return bool(wanted & subject) == (e.mode == "any")

    def _and(self, items: Iterable[k.Expr], row: Row) -> bool | Unknown:
        reasons: list[str] = []
        for item in items:
            held = self.truth(item, row)
            if held is False:
                return False
            if isinstance(held, Unknown):
                reasons += held.reasons
        return Unknown(_few(reasons)) if reasons else True

    def _or(self, items: Iterable[k.Expr], row: Row) -> bool | Unknown:
        reasons: list[str] = []
        for item in items:
            held = self.truth(item, row)
            if held is True:
                return True
            if isinstance(held, Unknown):
                reasons += held.reasons
        return Unknown(_few(reasons)) if reasons else False

    # -- aggregates -----------------------------------------------------------------

    def _aggregate(self, e: k.Aggregate, row: Row) -> Result:
        rows = self.rows(e.rows, row)
        if isinstance(rows, Unknown):
            return rows
        taken, uncertain = rows
        if e.rows.latest is not None:
            chosen = self._latest(e.rows, taken, uncertain)
            if isinstance(chosen, Unknown):
                return chosen
            taken, uncertain = chosen, []
        if e.function in ("any", "count", "share"):
            return self._ask(e, taken, uncertain)
        assert e.value is not None
        values = [self.value(e.value, r) for r in taken]
        if e.function == "pick":
            return self._picked(e, values[0]) if values else Unknown((f"no `{e.rows.relation}`",))
        return self._combine(e, values)

    def rows(self, rows: k.Rows, row: Row) -> tuple[list[Row], list[Row]] | Unknown:
        """(rows that `where` takes, rows for which it is unknown), within the window; unknown for a missing bound."""
        anchor = self._row(rows.anchor, row)
        if anchor is None:
            return _dangling(rows.anchor)
        bounds = self._bounds(rows.window, row)
        if isinstance(bounds, Unknown):
            return bounds
        reached = [anchor]
        for hop in rows.hops:
            key = self.model.schema.relations[hop.source].key or ""
            reached = [r for start in reached for r in self.world.where(hop.target, hop.column, start.get(key))]
        taken: list[Row] = []
        uncertain: list[Row] = []
        for r in reached:
            if not self._in_window(rows, bounds, r):
                continue
            held = self.truth(rows.where, r) if rows.where is not None else True
            if held is True:
                taken.append(r)
            elif isinstance(held, Unknown):
                uncertain.append(r)
        return taken, uncertain

    def _bounds(self, window: k.Window | None, row: Row) -> tuple[Result | None, Result | None] | Unknown:
        if window is None:
            return None, None
        start = self.value(window.start, row) if window.start is not None else None
        end = self.value(window.end, row) if window.end is not None else None
        reasons = [r for v in (start, end) if isinstance(v, Unknown) for r in v.reasons]
        return Unknown(_few(reasons)) if reasons else (start, end)

    def _in_window(self, rows: k.Rows, bounds: tuple[Result | None, Result | None], row: Row) -> bool:
        """Half-open: a row at the start is in, one at the end is not."""
        start, end = bounds
        at = row.get(self.model.schema.relations[rows.relation].at or "")
        return (start is None or at >= start) and (end is None or at < end)  # type: ignore[operator]

    def _latest(self, rows: k.Rows, taken: list[Row], uncertain: list[Row]) -> list[Row] | Unknown:
        """The latest (or earliest) of the rows taken; unknown if a row that might be taken could be among them."""
        assert rows.latest is not None
        maybe = {id(r) for r in uncertain}
        ordered = sorted([*taken, *uncertain], key=lambda r: self._order(rows.relation, r), reverse=not rows.earliest)
        chosen: list[Row] = []
        for r in ordered:
            if len(chosen) == rows.latest:
                break
            if id(r) in maybe:
                assert rows.where is not None
                held = self.truth(rows.where, r)
                assert isinstance(held, Unknown)
                return held
            chosen.append(r)
        return chosen

    def _order(self, relation: str, row: Row) -> tuple[tuple[bool, object], ...]:
        """Time, then the declared columns in order, ascending, missing first; the owner's key last."""
        described = self.model.schema.relations[relation]
        columns = [c for c in described.fields if c not in (described.at, described.by)]
        cells = [row.get(c) for c in (described.at or "", *columns, described.by or "")]
        return tuple(
            (False, 0) if c is None else (True, tuple(sorted(c)) if isinstance(c, frozenset) else c) for c in cells
        )

    def _ask(self, e: k.Aggregate, taken: list[Row], uncertain: list[Row]) -> Result:
        """any, count and share: what `having` says of the rows taken; for any, also of those that might be."""
        asked = [self.truth(e.value, r) if e.value is not None else True for r in taken]
        if e.function == "any":
            reasons: list[str] = []
            for held in asked:
                if held is True:
                    return True
                reasons += held.reasons if isinstance(held, Unknown) else ()
            for r in uncertain:
                held = self.truth(e.value, r) if e.value is not None else True
                assert e.rows.where is not None
                where = self.truth(e.rows.where, r)
                assert isinstance(where, Unknown)
                if held is not False:
                    reasons += where.reasons
            return Unknown(_few(reasons)) if reasons else False
        true = sum(held is True for held in asked)
        if e.function == "count":
            return q.exact(true, 1)
        known = sum(not isinstance(held, Unknown) for held in asked)
        return q.exact(true, known) if known else Unknown((f"no `{e.rows.relation}` to take a share of",))

    def _combine(self, e: k.Aggregate, values: Sequence[Result]) -> Result:
        """sum, average, median, min, max and count_distinct of the values that are known."""
        known = [v for v in values if not isinstance(v, Unknown)]
        if e.function == "count_distinct":
            return q.exact(len(self._distinct(e, known)), 1)
        if not values and e.function == "sum":
            return q.exact(0, 1)
        if not known:
            reasons = [r for v in values if isinstance(v, Unknown) for r in v.reasons]
            return Unknown(_few(reasons) or (f"no `{e.rows.relation}`",))
        if not isinstance(known[0], q.Quantity):
            return min(known) if e.function == "min" else max(known)  # type: ignore[type-var]
        assert e.value is not None
        numbers = [v for v in known if isinstance(v, q.Quantity)]
        if self._exactness.real(e.value):
            return _combine_real(e.function, [n.double for n in numbers])
        over = self._exactness.denominator(e.value)
        summands = [s for n in numbers if (s := q.summand(n, over)) is not None]
        if not summands:
            return Unknown(("too large a number",))
        return _combine_exact(e.function, summands, over or QUOTIENT_SCALE)

    def _picked(self, e: k.Aggregate, value: Result) -> Result:
        assert e.value is not None
        if not isinstance(value, q.Quantity) or self._exactness.real(e.value):
            return value
        over = self._exactness.denominator(e.value)
        summand = q.summand(value, over)
        return Unknown(("too large a number",)) if summand is None else q.exact(summand, over or QUOTIENT_SCALE)

    def _distinct(self, e: k.Aggregate, known: Sequence[Result]) -> set[object]:
        """Equal numbers once, however they are written."""
        assert e.value is not None
        if not ty.is_numeric(e.value.type):
            return set(known)
        numbers = [v for v in known if isinstance(v, q.Quantity)]
        if self._exactness.real(e.value):
            return {n.double for n in numbers}
        over = self._exactness.denominator(e.value)
        return {s for n in numbers if (s := q.summand(n, over)) is not None}


# -- small pieces -----------------------------------------------------------------


def _few(reasons: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reasons))[:MOST_REASONS]


def _time(value: Result) -> dt.date:
    assert isinstance(value, dt.date)
    return value


def row_label(row: k.Row) -> str:
    """`parent.` before a field of the parent; nothing for this row."""
    match row:
        case k.This():
            return ""
        case k.Via(row=inner, link=link):
            return f"{row_label(inner)}{link.name}."
        case k.Given(key=key):
            return f"{key}."


def _label(e: k.Column) -> str:
    return row_label(e.row) + e.name


def _dangling(row: k.Row) -> Unknown:
    return Unknown((f"`{row_label(row).removesuffix('.')}` is missing",))


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
        case _:
            return re2.fullmatch(f"(?s:{pattern})", text) is not None


def _combine_exact(function: str, values: list[int], over: int) -> q.Quantity:
    match function:
        case "sum":
            return q.exact(sum(values), over)
        case "average":
            return q.exact(sum(values), over * len(values))
        case "min":
            return q.exact(min(values), over)
        case "max":
            return q.exact(max(values), over)
        case _:
            ordered = sorted(values)
            middle = (len(ordered) - 1) // 2
            return q.exact(ordered[middle] + ordered[len(ordered) // 2], over * 2)


def _combine_real(function: str, values: list[float]) -> q.Quantity | Unknown:
    """Sums run over the values in ascending order, so that they don't depend on the order of rows."""
    ordered = sorted(values)
    total = 0.0
    for value in ordered:
        total += value
    match function:
        case "sum":
            result = q.real(total)
        case "average":
            result = q.real(total / len(ordered))
        case "min":
            result = q.real(ordered[0])
        case "max":
            result = q.real(ordered[-1])
        case _:
            result = q.real((ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2)
    return result or Unknown(("too large a number",))
