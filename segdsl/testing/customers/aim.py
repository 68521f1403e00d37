"""Aim: make rows that bring a condition to a wanted truth, near the borders of what it compares.

Problem. Coverage, mutants and proofs ask for a customer for whom a condition is true, false or unknown. A condition
nests logic, comparisons, aggregates over windows, links and other rules, and any of their parts may share rows.

Idea. Walk the expression from the top with the wanted result, and turn it into wants for the parts, down to cells and
rows of a draft. Every choice (which part decides, which border, how many rows) goes to `draft.choose`: a random number
for a quick search, Hypothesis where the example should shrink. Nothing is solved exactly. A later step may undo an
earlier one, so the caller evaluates the result with the reference evaluator and tries again.

Example. The condition `plan = "pro" and count(logins in last 7 days) >= 3`, to be false:

    and, false            choose the part that decides, say the count; the others become true first
    plan = "pro", true    write "pro" into the customer's cell
    count >= 3, false     values near the border 3 for which `>=` is false: 2
    count, 2              make two rows of logins with times inside the window, often on its first or last day

Another choice writes another plan and makes three logins.

Parts. `Aim.truth` brings an expression to a truth, `Aim.value` to a value, `Aim.missing` and `Aim.present` to unknown
and known; `Aim.row` makes a row that an aggregate counts, or one just outside its window or its `where`; `Aim.stir`
only makes some rows near borders. `search.py` runs many attempts and shrinks the result.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from segdsl.facts.unknown import can_be_unknown
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model import versions, zones
from segdsl.model.clock import EARLIEST, LATEST, Clock, to_utc
from segdsl.model.lists import active_values
from segdsl.model.schema import Field
from segdsl.model.segment import Segment, Segmentation
from segdsl.model.windows import zone_for_aggregate
from segdsl.reference.evaluate import Evaluator, Result, Unknown
from segdsl.reference.quantity import Quantity, exact
from segdsl.reference.world import Row, World
from segdsl.testing.customers.draft import Cells, Draft, within

Truth = bool | None
Wanted = Fraction | str | bool | dt.date | frozenset[str]
_FLIPPED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_TESTS: dict[str, Callable[..., bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_ZONES = ("Europe/London", "America/Los_Angeles", "Asia/Kathmandu", "UTC")
_MOST_ROWS = 60
_MOST_STEPS = 1_500  # most steps of a draft; rules that read each other twice at every level would never end
_LARGEST_SET = 50  # values of a set that is made up
_DIFFERENT = 2  # distinct rows of a count; further rows are copies


@dataclass
class Aim:
    """Aims at truths and values in one draft."""

    draft: Draft

    def __post_init__(self) -> None:
        self.choose, self.clock, self.model = self.draft.choose, self.draft.clock, self.draft.model
        self._steps = 0
        self._alone = Evaluator(self.model, World(self.model.schema, {}, self.clock))

    # -- rules -------------------------------------------------------------------------

    def at_arm(self, rule: Segmentation, arm: str, row: Cells, wanted: Truth = True) -> None:
        """Bring the customer into the population, past earlier arms, and the arm's own condition to `wanted`."""
        if rule.where is not None:
            self.truth(rule.where, True, row)
        for other in rule.arms:
            assert other.condition is not None
            if other.name == arm:
                self.truth(other.condition, wanted, row)
                return
            if not self.choose((False, False, False, False, True)):
                self.truth(other.condition, False, row)
        if rule.undecided is not None and arm == rule.undecided.name:
            unsure = [
                a.condition for a in rule.arms if a.condition is not None and can_be_unknown(self.model, a.condition)
            ]
            if unsure:
                self.truth(self.choose(unsure), None, row)

    def at_segment(self, rule: Segment, row: Cells, wanted: Truth = True) -> None:
        if rule.where is not None:
            self.truth(rule.where, True, row)
        self.truth(rule.condition, wanted, row)

    # -- truths ------------------------------------------------------------------------

    def truth(self, e: k.Expr, wanted: Truth, row: Cells) -> None:
        """Bring a condition to `wanted`; a truth that already holds mostly stays."""
        if self._too_much():
            return
        leaf = wanted is not None and not isinstance(e, k.And | k.Or | k.Not)
        if not (leaf and self.choose((True, True, False)) and self._evaluator(e).value(e, row) is wanted):
            self._truth(e, wanted, row)

    def _truth(self, e: k.Expr, wanted: Truth, row: Cells) -> None:
        match e:
            case k.And(items=items) | k.Or(items=items):
                self._junction(items, isinstance(e, k.And), wanted, row)
            case k.Not(item=item):
                self.truth(item, None if wanted is None else not wanted, row)
            case k.Named(body=body):
                self.truth(body, wanted, row)
            case k.IsMissing(item=item):
                self.missing(item, row) if wanted else self.present(item, row)
            case k.Aggregate(function=k.Function.ANY):
                self._any(e, wanted, row)
            case k.Member():
                self._member(e, wanted, row)
            case k.MetricOf(name=name):
                self.truth(self.model.metrics[name].body, wanted, self.draft.target(e.row, row))
            case _ if wanted is None:
                self.missing(e, row)
            case k.Compare():
                self._compare(e, wanted, row)
            case k.OneOf(item=item, values=values, listed=listed):
                self._one_of(e, item, (*values, *self._listed(listed)), wanted, row)
            case k.TextTest():
                self._text(e, wanted, row)
            case k.SetTest(mode=mode, subject=subject, values=texts, listed=listed, item=item):
                element = self._now(item, row) if item is not None else None
                elements = (*texts, *map(str, self._listed(listed)), *([str(element)] if element is not None else []))
                if elements:
                    self._set(mode, subject, elements, wanted, row)
            case k.If():
                self.value(e, wanted, row)
            case k.Column():
                self.value(e, wanted, row)
            case (
                k.Literal_()
                | k.Missing()
                | k.Tally()
                | k.AsOf()
                | k.StartOf()
                | k.Shift()
                | k.StartOfDay()
                | k.DateOf()
                | k.Elapsed()
                | k.BusinessDays()
                | k.PartOf()
                | k.Arithmetic()
                | k.Rounded()
                | k.Distance()
                | k.Split()
                | k.RoundTo()
                | k.SizeOf()
                | k.Aggregate()
                | k.Standing()
                | k.At()
            ):
                pass

    def _junction(self, items: Sequence[k.Expr], is_and: bool, wanted: Truth, row: Cells) -> None:
        """Bring an `and` or `or` to a truth: all items of a true `and`; one item of a false `and`, while the others let
        it decide.
        """
        order = list(items)
        if wanted is is_and:
            start = self.choose(range(len(order)))
            for item in order[start:] + order[:start]:
                self.truth(item, wanted, row)
            return
        able = [i for i in order if wanted is not None or can_be_unknown(self.model, i)] or order
        decisive = self.choose(able)
        others = [item for item in order if item is not decisive]
        for item in (*others, decisive, *(others if self._maybe() else ())):
            self.truth(item, wanted if item is decisive else is_and, row)

    def _member(self, e: k.Member, wanted: Truth, row: Cells) -> None:
        other = self.draft.target(e.row, row)
        if e.name in self.model.segments:
            self.at_segment(self.model.segments[e.name], other, wanted)
            return
        rule = self.model.segmentations[e.name]
        conditions = [a.condition for a in rule.arms if a.condition is not None]
        if wanted is True:
            self.at_arm(rule, e.arm or "", other)
        elif wanted is None and conditions:
            for condition in conditions:
                self.truth(condition, False, other)
            self.truth(self.choose(conditions), None, other)
        else:
            self.at_arm(rule, self.choose([a.name for a in rule.all_arms if a.name != e.arm]), other)

    def _compare(self, e: k.Compare, wanted: bool, row: Cells) -> None:
        for side, other, op in ((e.left, e.right, e.op), (e.right, e.left, _FLIPPED[e.op])):
            if not self._settable(side):
                continue
            against = self._now(other, row)
            if against is None:
                self.present(other, row)
                against = self._now(other, row)
            if against is None:
                continue
            near = [v for v in self._near(side.type, against) if _TESTS[op](v, against) is wanted]
            if near:
                self.value(side, self.choose(near), row)
            return

    def _one_of(self, e: k.OneOf, item: k.Expr, values: Sequence[k.Scalar], wanted: bool, row: Cells) -> None:
        listed = [_wanted(self._literal(v)) for v in values]
        if wanted:
            some = [v for v in listed if v is not None]
            if some:
                self.value(item, self.choose(some), row)
            return
        others = [v for first in listed[:1] for v in self._near(item.type, first) if v not in listed]
        if others:
            self.value(item, self.choose(others), row)

    def _listed(self, name: str | None) -> list[k.Scalar]:
        return active_values(self.model.schema, name, self.clock) if name is not None else []

    def _text(self, e: k.TextTest, wanted: bool, row: Cells) -> None:
        patterns = [*e.patterns, *(k.Literal_(v, ty.TEXT) for v in self._listed(e.listed))]
        pattern = self._now(self.choose(patterns), row) if patterns else None
        if not isinstance(pattern, str):
            return
        plain = "".join(c for c in pattern if c.isalnum() or c in " -_@.")
        holding = {
            "starts with": f"{pattern} and more",
            "ends with": f"more {pattern}",
            "contains": f"a{pattern}b",
            "contains word": f"the {pattern} one",
            "contains pattern": f"a{plain}b",
            "matches": plain,
        }[e.op]
        near = {"starts with": f"a {pattern}", "ends with": f"{pattern} more", "contains word": f"{pattern}s"}.get(
            e.op, "else"
        )
        exact = plain if e.op in ("matches", "contains pattern") else pattern
        fits, misses = self.choose((exact, holding)), self.choose(("else", near))
        if e.each is None:
            self.value(e.subject, fits if wanted else misses, row)
            return
        some, none = (frozenset({fits}), frozenset({fits, misses})), (frozenset[str](), frozenset({misses}))
        self.value(e.subject, self.choose(some if wanted is (e.each == "any") else none), row)

    def _set(self, mode: str, subject: k.Expr, texts: Sequence[str], wanted: bool, row: Cells) -> None:
        some, every, none = frozenset([self.choose(texts)]), frozenset(texts), frozenset[str]()
        others = frozenset(["else"])
        holding = {"any": (some, every), "all": (every,), "none": (none, others)}[mode]
        failing = {"any": (none, others), "all": (frozenset(texts[1:]), none), "none": (some, every)}[mode]
        self.value(subject, self.choose(holding if wanted else failing), row)

    # -- rows of aggregates ----------------------------------------------------------------

    def _needed(self, e: k.Aggregate, row: Cells) -> list[k.Expr]:
        """Expressions of the aggregate's row whose missing value makes the aggregate unknown."""
        zone = zone_for_aggregate(self.model.schema, e.rows)
        return [b for b in (*k.children(e), *([zone] if zone is not None else [])) if can_be_unknown(self.model, b)]

    def _clock_of(self, zone: k.Expr | None, row: Cells) -> Clock:
        """Clock of the time zone in the row; a row without a zone gets one."""
        if zone is None:
            return self.clock
        if not isinstance(named := self._now(zone, row), str) or zones.zone(named) is None:
            self.value(zone, self.choose(_ZONES), row)
            named = self._now(zone, row)
        known = zones.zone(named) if isinstance(named, str) else None
        return self.clock if known is None else Clock(self.clock.now, known)

    def _any(self, e: k.Aggregate, wanted: Truth, row: Cells) -> None:
        if wanted is not None:
            self._clock_of(zone_for_aggregate(self.model.schema, e.rows), row)
        if wanted is True:
            self.truth_of_row(e, True, self.row(e.rows, row))
            for _ in range(self.choose((0, e.rows.latest, e.rows.latest - 1)) if e.rows.latest else 0):
                self.truth_of_row(e, False, self.row(e.rows, row))
            return
        if wanted is None:
            bounds = self._needed(e, row)
            if bounds and self._maybe():
                self.missing(self.choose(bounds), row)
                return
        for counted_row in self._counted_rows(e.rows, row):
            if e.value is None or self.choose((True, False)):
                self.draft.remove(e.rows.relation, counted_row)
            else:
                self.truth(e.value, False, counted_row)
        if wanted is None:
            self._unsure(e, row)
        elif near := self.choose((None, "where", "window", "value")):
            self._near_miss(e, near, row)

    def truth_of_row(self, e: k.Aggregate, wanted: Truth, new: Cells) -> None:
        if e.value is not None:
            self.truth(e.value, wanted, new)

    def _unsure(self, e: k.Aggregate, row: Cells) -> None:
        """Make a row of which nobody knows whether it counts, or none where rows may be lacking."""
        where = e.rows.where is not None and can_be_unknown(self.model, e.rows.where)
        doubtful = where or (e.value is not None and can_be_unknown(self.model, e.value))
        lacking = self.draft.schema.relations[e.rows.relation].complete_from is not None
        if lacking and (not doubtful or self._maybe()):
            return
        if where and (e.value is None or self.choose((True, False))):
            self.truth_of_row(e, True, self.row(e.rows, row, accepted=None))
        else:
            self.truth_of_row(e, None, self.row(e.rows, row))

    def _near_miss(self, e: k.Aggregate, near: str, row: Cells) -> None:
        if near == "where" and e.rows.where is not None:
            self.truth_of_row(e, True, self.row(e.rows, row, accepted=False))
        elif near == "window" and e.rows.window is not None:
            self.truth_of_row(e, True, self.row(e.rows, row, inside=False))
        elif near == "value" and e.value is not None:
            self.truth_of_row(e, False, self.row(e.rows, row))

    def row(self, rows: k.Rows, row: Cells, accepted: Truth = True, inside: bool = True) -> Cells:
        """Make a row for an aggregate, inside its window or just outside, with `where` brought to `accepted`."""
        relation = self.draft.schema.relations[rows.relation]
        if rows.everyone is None:
            new = self.draft.below(rows.hops, self.draft.target(rows.anchor, row))
        elif relation.kind == "list":
            return {}  # a list's rows come with the rules
        else:
            new = self.draft.new(rows.relation, {})
            per = rows.everyone.per
            if isinstance(per, k.Column) and per.row == k.This():
                new[per.name] = row.get(per.name)
        if relation.at is not None:
            new[relation.at] = self._time(rows, row, inside, relation.by_date, self._clock_of(rows.zone, new))
            if relation.known_at is not None:
                new[relation.known_at] = self.clock.now - dt.timedelta(days=1)
        if rows.where is not None:
            self.truth(rows.where, accepted, new)
        return new

    def _time(self, rows: k.Rows, row: Cells, inside: bool, by_date: bool, clock: Clock) -> dt.date:
        window = rows.window
        start, end = (self._bound(b, row, clock) for b in ((window.start, window.end) if window else (None, None)))
        tick, day = dt.timedelta(days=1) if by_date else dt.timedelta(minutes=1), dt.timedelta(days=1)
        now: dt.date = self.clock.today if by_date else self.clock.now
        if start is None and end is None:
            return self.choose((now - 10 * day, now - tick))
        if not inside:
            return self.choose([t for t in (start and start - tick, end, start and start - 10 * day) if t is not None])
        if start is None:
            assert end is not None
            return self.choose((min(end, now) - 10 * day, end - tick))
        if end is None:
            return self.choose((start, start + day))
        middle = start + (end - start) // 2
        if not by_date and isinstance(middle, dt.datetime):
            middle = clock.start_of_day(clock.date_of(middle))
        return self.choose([t for t in (middle, start, end - tick, end - day) if start <= t < end] or [start])

    def _bound(self, bound: k.Expr | None, row: Cells, clock: Clock) -> dt.date | None:
        if bound is None:
            return None
        value = _wanted(self._evaluator(bound).by(clock, bound, row))
        if value is None:
            self.present(bound, row)
            value = _wanted(self._evaluator(bound).by(clock, bound, row))
        return value if isinstance(value, dt.date) else None

    def _counted_rows(self, rows: k.Rows, row: Cells) -> list[Cells]:
        rows_by_truth = self.draft.evaluator().rows(rows, row)
        counted = [] if isinstance(rows_by_truth, Unknown) else [*rows_by_truth[0], *rows_by_truth[1]]
        return [r for r in self.draft.rows[rows.relation] if any(r is t for t in counted)]

    # -- values ------------------------------------------------------------------------------

    def _too_much(self) -> bool:
        self._steps += 1
        return self._steps > _MOST_STEPS

    def value(self, e: k.Expr, wanted: Wanted, row: Cells) -> None:
        if self._too_much():
            return
        match e:
            case k.Column():
                self._cell(e, wanted, self.draft.target(e.row, row))
            case k.MetricOf(name=name):
                other = self.draft.target(e.row, row)
                if self.draft.may_replace_metrics and self._maybe() and not isinstance(wanted, frozenset):
                    self.draft.give(e.entity, other, name, _result(wanted, e.type))
                else:
                    self.value(self.model.metrics[name].body, wanted, other)
            case k.Named(phrase="place in list", body=body) if isinstance(wanted, Fraction):
                self._place(body, wanted, row)
            case k.Named(body=body):
                self.value(body, wanted, row)
            case k.If(condition=condition, then=then, otherwise=otherwise):
                self._branch(condition, then, otherwise, wanted, row)
            case k.Arithmetic() if isinstance(wanted, Fraction):
                self._arithmetic(e, wanted, row)
            case k.Aggregate():
                self._aggregate(e, wanted, row)
            case k.Elapsed(unit=unit, start=start, end=end) if isinstance(wanted, Fraction):
                self._elapsed(unit, start, end, int(wanted), row)
            case k.Shift(moment=moment, count=count, unit=unit) if isinstance(wanted, dt.date):
                before = self._moved(wanted, -count, unit)
                if before is not None:
                    self.value(moment, before, row)
            case k.DateOf(moment=moment) if isinstance(wanted, dt.date):
                start_of = self.clock.start_of_day(wanted)
                self.value(moment, self.choose((start_of, start_of + dt.timedelta(hours=12))), row)
            case k.StartOfDay(date=date) if isinstance(wanted, dt.datetime):
                self.value(date, self.clock.date_of(wanted), row)
            case k.SizeOf(subject=subject) if isinstance(wanted, Fraction) and 0 <= wanted <= _LARGEST_SET:
                self.value(subject, frozenset(f"value {i + 1}" for i in range(int(wanted))), row)
            case k.PartOf(part=part, date=date) if isinstance(wanted, Fraction):
                moment_with = self._with_part(part, int(wanted))
                if moment_with is not None:
                    self.value(date, moment_with, row)
            case (
                k.Literal_()
                | k.Missing()
                | k.Member()
                | k.Tally()
                | k.AsOf()
                | k.StartOf()
                | k.Shift()
                | k.StartOfDay()
                | k.DateOf()
                | k.Elapsed()
                | k.BusinessDays()
                | k.PartOf()
                | k.Arithmetic()
                | k.Rounded()
                | k.Distance()
                | k.Split()
                | k.RoundTo()
                | k.SizeOf()
                | k.Compare()
                | k.IsMissing()
                | k.OneOf()
                | k.TextTest()
                | k.SetTest()
                | k.Not()
                | k.And()
                | k.Or()
                | k.Standing()
                | k.At()
            ):
                if isinstance(wanted, bool):
                    self.truth(e, wanted, row)

    def _cell(self, e: k.Column, wanted: Wanted, row: Cells) -> None:
        if isinstance(wanted, str) and ty.is_blank(wanted):
            return  # data has no such text
        field = self.draft.schema.relations[e.relation].fields[e.name]
        key = self.draft.schema.relations[field.type.entity] if isinstance(field.type, ty.Link) else None
        if not _may_hold(field if key is None else key.fields[key.key or ""], wanted):
            return
        if isinstance(wanted, Fraction):
            if field.type == ty.REAL:
                row[e.name] = float(wanted)
            else:
                scale = ty.scale(field.type)
                row[e.name] = round(wanted * scale)
        else:
            row[e.name] = wanted

    def _place(self, body: k.Expr, wanted: Fraction, row: Cells) -> None:
        """Bring a value to a place in an ordered list."""
        if isinstance(body, k.If) and isinstance(body.condition, k.Compare):
            if isinstance(body.then, k.Literal_) and body.then.value == k.Ratio(int(wanted)):
                self.truth(body.condition, True, row)
            else:
                self._place(body.otherwise, wanted, row)

    def _branch(self, condition: k.Expr, then: k.Expr, otherwise: k.Expr, wanted: Wanted, row: Cells) -> None:
        can_be = [b for b, e in ((True, then), (False, otherwise)) if self._reaches(e, wanted)]
        if not can_be:
            return
        branch = self.choose(can_be)
        self.truth(condition, branch, row)
        self.value(then if branch else otherwise, wanted, row)

    def _reaches(self, e: k.Expr, wanted: Wanted) -> bool:
        if isinstance(e, k.Literal_):
            return _wanted(self._literal(e.value)) == wanted
        if isinstance(e, k.If):
            return self._reaches(e.then, wanted) or self._reaches(e.otherwise, wanted)
        return not isinstance(e, k.Missing)

    def _arithmetic(self, e: k.Arithmetic, wanted: Fraction, row: Cells) -> None:
        known = self._fraction(e.right, row)
        if not self._settable(e.left) and self._settable(e.right):
            left = self._fraction(e.left, row)
            if left is not None and (solved := _solve_right(e.op, left, wanted)) is not None:
                self.value(e.right, solved, row)
            return
        if self._settable(e.right) and (not known or self.choose((True, False))):
            options = (wanted.denominator * 10, wanted.denominator, 10, 100) if e.op == "/" else (10, 20, 1)
            known = Fraction(self.choose(options))
            self.value(e.right, known, row)
        if known is None:
            return
        inner = e.left
        if e.op == "/" and isinstance(inner, k.Arithmetic) and inner.op == "-" and inner.right == e.right:
            self.value(inner.left, wanted * known + known, row)  # (new - old) / old, with old already chosen
        elif (solved := _solve_left(e.op, known, wanted)) is not None:
            self.value(inner, solved, row)

    def _aggregate(self, e: k.Aggregate, wanted: Wanted, row: Cells) -> None:
        self._clock_of(zone_for_aggregate(self.model.schema, e.rows), row)
        if isinstance(wanted, bool):
            self.truth(e, wanted, row)
        elif e.function in (k.Function.COUNT, k.Function.COUNT_DISTINCT) and isinstance(wanted, Fraction):
            self._count(e, int(wanted), row)
        elif e.function == k.Function.SHARE and isinstance(wanted, Fraction):
            self._share(e, wanted, row)
        elif e.value is not None:
            for counted_row in (
                self._counted_rows(e.rows, row) if e.function != k.Function.PICK or self._maybe() else ()
            ):
                self.draft.remove(e.rows.relation, counted_row)
            if e.function == k.Function.SUM and isinstance(wanted, Fraction) and wanted and self._maybe():
                self.value(e.value, Fraction(int(wanted / 2)), self.row(e.rows, row))
                wanted = wanted - int(wanted / 2)
            if not (e.function == k.Function.SUM and wanted == 0):
                self.value(e.value, wanted, self.row(e.rows, row))
            others = [v for v in self._near(e.value.type, wanted) if v != wanted]
            if e.function == k.Function.PICK and others and self._maybe():
                self.value(e.value, self.choose(others), self.row(e.rows, row))

    def _count(self, e: k.Aggregate, wanted: int, row: Cells) -> None:
        counted = self._counted_rows(e.rows, row)
        for surplus in counted[max(0, wanted) :]:
            self.draft.remove(e.rows.relation, surplus)
        relation = self.draft.schema.relations[e.rows.relation]
        new_rows: list[Cells] = []
        for i in range(min(wanted, _MOST_ROWS) - len(counted)):
            if i >= _DIFFERENT and relation.key is None and e.function == k.Function.COUNT:
                self.draft.rows[e.rows.relation].append(dict(new_rows[i % _DIFFERENT]))
                continue
            new = self.row(e.rows, row)
            new_rows.append(new)
            if e.function == k.Function.COUNT:
                self.truth_of_row(e, True, new)
            elif e.value is not None:
                self.value(e.value, self._number_of(i + 1, e.value.type, new.get(relation.at or "")), new)

    def _number_of(self, i: int, typed: ty.Type, near: object) -> Wanted:
        """The i-th of distinct values; for days, counted from the row's own day."""
        if ty.is_textual(typed):
            return f"text {i}"
        if typed == ty.DATE:
            day = self.clock.date_of(near) if isinstance(near, dt.datetime) else near
            return (day if isinstance(day, dt.date) else self.clock.today) + dt.timedelta(days=i - 1)
        return Fraction(i)

    def _share(self, e: k.Aggregate, wanted: Fraction, row: Cells) -> None:
        for counted_row in self._counted_rows(e.rows, row):
            self.draft.remove(e.rows.relation, counted_row)
        of = wanted.denominator if wanted.denominator > 1 else 2
        if 0 <= wanted <= 1 and of <= 20:
            for i in range(of):
                self.truth_of_row(e, i < wanted * of, self.row(e.rows, row))

    def _elapsed(self, unit: str, start: k.Expr, end: k.Expr, wanted: int, row: Cells) -> None:
        fixed, free, sign = (end, start, -1) if self._settable(start) else (start, end, 1)
        border = self._now(fixed, row)
        if not isinstance(border, dt.date):
            return
        day = self._moved(border, sign * wanted, unit)
        later = self._moved(day, sign, "day") if day is not None and unit not in (*k.EXACT, "day") else day
        if day is not None and later is not None:
            self.value(free, self.choose((day, later)), row)

    def _with_part(self, part: k.Part, number: int) -> dt.date | dt.datetime | None:
        """A date near today with a part that is `number`; None where there is none."""
        today = self.clock.today
        try:
            match part:
                case "year":
                    return dt.date(number, today.month, 1) if EARLIEST.year <= number <= LATEST.year else None
                case "quarter":
                    return dt.date(today.year, 3 * number - 2, 1)
                case "month":
                    return dt.date(today.year, number, 1)
                case "day":
                    return dt.date(today.year - 1, 12, number)
                case "weekday":
                    return today - dt.timedelta(days=(today.isoweekday() - number) % 7) if 1 <= number <= 7 else None
                case "hour":
                    return to_utc(dt.datetime.combine(today - dt.timedelta(days=1), dt.time(number)), self.clock.zone)
        except ValueError:
            return None

    def _moved(self, moment: dt.date | dt.datetime, count: int, unit: str) -> dt.date | dt.datetime | None:
        """Move a point in time; None beyond the calendar."""
        try:
            return self.clock.shift(moment, count, unit)
        except (OverflowError, ValueError):
            return None

    # -- missing and present ---------------------------------------------------------------------

    def missing(self, e: k.Expr, row: Cells) -> None:
        """Make an expression unknown, where that is possible."""
        if self._too_much():
            return
        match e:
            case k.Column(row=of):
                field = self.draft.schema.relations[e.relation].fields[e.name]
                if isinstance(of, k.Via) and (field.required or field.key or self._maybe()):
                    self.draft.dangle(of, row)
                elif not field.required and not field.key:
                    self.draft.target(of, row)[e.name] = None
            case k.MetricOf(name=name):
                other = self.draft.target(e.row, row)
                if self.draft.may_replace_metrics and self.choose((False, False, True)):
                    self.draft.give(e.entity, other, name, Unknown((f"`{name}` is given as missing",)))
                else:
                    self.missing(self.model.metrics[name].body, other)
            case k.Arithmetic(op="/", right=right) if self._settable(right) and self._maybe():
                self.value(right, Fraction(0), row)
            case k.Aggregate(function=k.Function.ANY) | k.Member() | k.And() | k.Or():
                self.truth(e, None, row)
            case k.Aggregate():
                self._no_value(e, row)
            case k.If(condition=condition, then=then, otherwise=otherwise):
                branches = [b for b, x in ((True, then), (False, otherwise)) if can_be_unknown(self.model, x)]
                if branches and (not can_be_unknown(self.model, condition) or self.choose((True, False))):
                    branch = self.choose(branches)
                    self.truth(condition, branch, row)
                    self.missing(then if branch else otherwise, row)
                else:
                    self.truth(condition, None, row)
            case (
                k.Literal_()
                | k.Missing()
                | k.Tally()
                | k.AsOf()
                | k.StartOf()
                | k.Shift()
                | k.StartOfDay()
                | k.DateOf()
                | k.Elapsed()
                | k.BusinessDays()
                | k.PartOf()
                | k.Arithmetic()
                | k.Rounded()
                | k.Distance()
                | k.Split()
                | k.RoundTo()
                | k.SizeOf()
                | k.Compare()
                | k.IsMissing()
                | k.OneOf()
                | k.TextTest()
                | k.SetTest()
                | k.Not()
                | k.Standing()
                | k.At()
                | k.Named()
            ):
                able = [c for c in k.children(e) if can_be_unknown(self.model, c)]
                if able:
                    self.missing(self.choose(able), row)

    def _no_value(self, e: k.Aggregate, row: Cells) -> None:
        bounds = self._needed(e, row)
        if bounds and self._maybe():
            self.missing(self.choose(bounds), row)
            return
        for counted_row in self._counted_rows(e.rows, row):
            self.draft.remove(e.rows.relation, counted_row)
        if (
            e.rows.latest is not None
            and e.rows.where is not None
            and can_be_unknown(self.model, e.rows.where)
            and self._maybe()
        ):
            self.row(e.rows, row, accepted=None)
        elif e.value is not None and can_be_unknown(self.model, e.value) and self._maybe():
            self.missing(e.value, self.row(e.rows, row))

    def present(self, e: k.Expr, row: Cells) -> None:
        """Give an expression some value."""
        if self._too_much():
            return
        match e:
            case k.Column():
                other = self.draft.target(e.row, row)
                if other.get(e.name) is None:
                    other[e.name] = self.draft.plausible(self.draft.schema.relations[e.relation].fields[e.name])
            case k.MetricOf(name=name):
                self.present(self.model.metrics[name].body, self.draft.target(e.row, row))
            case k.Aggregate(function=function, value=value):
                for bound in k.children(e):
                    self.present(bound, row)
                if function not in (k.Function.ANY, k.Function.COUNT, k.Function.SUM, k.Function.COUNT_DISTINCT):
                    new = self.row(e.rows, row)
                    if value is not None:
                        self.present(value, new)
            case (
                k.Literal_()
                | k.Missing()
                | k.Member()
                | k.Tally()
                | k.AsOf()
                | k.StartOf()
                | k.Shift()
                | k.StartOfDay()
                | k.DateOf()
                | k.Elapsed()
                | k.BusinessDays()
                | k.PartOf()
                | k.Arithmetic()
                | k.Rounded()
                | k.Distance()
                | k.Split()
                | k.RoundTo()
                | k.SizeOf()
                | k.Compare()
                | k.IsMissing()
                | k.OneOf()
                | k.TextTest()
                | k.SetTest()
                | k.Not()
                | k.And()
                | k.Or()
                | k.If()
                | k.Standing()
                | k.At()
                | k.Named()
            ):
                for child in k.children(e):
                    self.present(child, row)

    def stir(self, e: k.Expr, row: Cells) -> None:
        """Make some rows and values for everything that an expression reads, each near a border."""
        for node in k.walk(e) if not self._too_much() else ():
            if node.type == ty.BOOLEAN and not isinstance(node, k.Literal_):
                if self._maybe():
                    self.truth(node, self.choose((True, False, None)), row)
            elif isinstance(node, k.Aggregate):
                for _ in range(self.choose((1, 2, 0))):
                    new = self.row(
                        node.rows,
                        row,
                        accepted=self.choose((True, True, False)),
                        inside=self.choose((True, True, False)),
                    )
                    if node.value is not None:
                        self.stir(node.value, new)
            elif isinstance(node, k.Column):
                self.present(node, row)
            elif isinstance(node, k.MetricOf):
                self.stir(self.model.metrics[node.name].body, self.draft.target(node.row, row))

    def _maybe(self) -> bool:
        return self.choose((False, True))

    # -- what is there now --------------------------------------------------------------------------

    def _evaluator(self, e: k.Expr) -> Evaluator:
        """Evaluator over the draft; an expression over the row's own cells needs no world."""
        alone = all(
            not isinstance(n, k.MetricOf | k.Aggregate | k.Member)
            and not (isinstance(n, k.Column) and n.row != k.This())
            for n in k.walk(e)
        )
        return self._alone if alone else self.draft.evaluator()

    def _settable(self, e: k.Expr) -> bool:
        return any(isinstance(n, k.Column | k.MetricOf | k.Aggregate | k.Member) for n in k.walk(e))

    def _now(self, e: k.Expr, row: Row) -> Wanted | None:
        return _wanted(self._evaluator(e).value(e, row))

    def _fraction(self, e: k.Expr, row: Row) -> Fraction | None:
        value = self._now(e, row)
        return value if isinstance(value, Fraction) else None

    def _literal(self, value: k.Scalar) -> Result:
        return self._alone.value(k.Literal_(value, ty.TEXT), {})

    def _near(self, typed: ty.Type, value: Wanted | None) -> list[Wanted]:
        """The value itself, its neighbours, and one further away."""
        match value:
            case Fraction():
                step = Fraction(1) if value.denominator == 1 else Fraction(1, max(100, value.denominator))
                return [
                    value,
                    value + step,
                    value - step,
                    *([value - 1] if step != 1 else []),
                    value + 10 * step,
                    value * 2,
                ]
            case dt.datetime():
                return [value, *(value + dt.timedelta(minutes=m) for m in (1, -1, 1440, -1440, 14400))]
            case dt.date():
                return [value, *(value + dt.timedelta(days=d) for d in (1, -1, 10, -10))]
            case str():
                return [value, *(v for v in _others(typed) if v != value)]
            case bool():
                return [value, not value]
            case frozenset() | None:
                return []


def _others(typed: ty.Type) -> tuple[str, ...]:
    return typed.values if isinstance(typed, ty.Enum) else ("else",)


def _wanted(value: Result) -> Wanted | None:
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Quantity):
        return Fraction(*value.pair) if value.pair is not None else Fraction(value.double)
    return value


def _result(value: Wanted, typed: ty.Type) -> Result:
    if isinstance(value, Fraction):
        return Quantity(None, float(value)) if typed == ty.REAL else exact(value.numerator, value.denominator)
    return value


def _solve_left(op: str, right: Fraction, wanted: Fraction) -> Fraction | None:
    """Solve `left op right` for the left side."""
    if op == "*":
        return wanted / right if right else None
    return {"+": wanted - right, "-": wanted + right, "/": wanted * right}[op]


def _may_hold(field: Field, wanted: Wanted) -> bool:
    """Whether a value fits a field's type and range."""
    match field.type:
        case ty.Boolean():
            return isinstance(wanted, bool)
        case ty.Enum(values=values):
            return wanted in values
        case ty.Text() | ty.Link():
            return isinstance(wanted, str)
        case ty.SetOfText():
            return isinstance(wanted, frozenset)
        case ty.Date() | ty.Moment():
            return isinstance(wanted, dt.date) and not isinstance(wanted, dt.datetime)
        case ty.Timestamp():
            return isinstance(wanted, dt.datetime)
        case ty.Integer() | ty.Number() | ty.Real() | ty.Money() | ty.Constant():
            return isinstance(wanted, Fraction) and within(field, wanted)
        case ty.Version():
            return isinstance(wanted, Fraction) and versions.is_code(wanted)
        case _:
            assert_never(field.type)


def _solve_right(op: str, left: Fraction, wanted: Fraction) -> Fraction | None:
    if op in ("*", "/"):
        top, under = (wanted, left) if op == "*" else (left, wanted)
        return top / under if under else None
    return wanted - left if op == "+" else left - wanted
