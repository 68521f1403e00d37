"""Conditions -> the sets of customers for whom they are true and false, as of one instant.

A condition is cut into *subjects*: a field, or a value that is taken as it comes (a count, a quotient), each with the
*cells* that its borders make. `seats >= 50 and seats < 60` has one subject, `seats`, with the cells below 50, 50, between,
60, above, and missing where the field may be; it is true in two of them. Subjects are independent of each other but for
the facts of `facts.py`, so a set may hold customers that can't be; it never lacks one that can. A set that is empty is
therefore a proof; one that isn't is a possibility.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from fractions import Fraction
from typing import Any, assert_never

from segdsl.analyse import cells as c
from segdsl.analyse.diagram import EVERYBODY, NOBODY, Budget, Diagrams, TooInvolved
from segdsl.facts.ranges import range_of
from segdsl.facts.unknown import Doubts, Why
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock, to_utc
from segdsl.model.cost import Costs
from segdsl.model.segment import Model, Segment, Segmentation

MOST_SIZE, MOST_SUBJECTS, MOST_BORDERS = 3_000, 250, 1_500
_A_LOOK = 150  # units of work
_SIDES: dict[str, Callable[[c.Sides], int]] = {
    "<": lambda s: s.below, "<=": lambda s: s.below | s.at, "=": lambda s: s.at, "!=": lambda s: s.below | s.above,
    ">": lambda s: s.above, ">=": lambda s: s.at | s.above,
}  # fmt: skip
_DECIDED: dict[str, tuple[str, bool]] = {
    ">": (">", True), ">=": (">=", True), "!=": (">", True), "<": (">=", False), "<=": (">", False), "=": (">", False),
}  # fmt: skip
"""Comparison of a count that can only grow -> what its floor must be to decide it, and as what."""
Asks = Callable[[c.Cell], bool]


@dataclass(frozen=True)
class Known:
    """A condition's customers: those for whom it is true, and those for whom it is false; unknown for the rest."""

    true: int
    false: int


class Kind(Enum):
    """What the cells of a subject are cut by."""

    ORDERED = "borders of a number or a time"
    NAMED = "texts or truths that rules name"
    TRUTH = "whether a comparison is true"
    PAIR = "how two values lie to each other"


@dataclass
class Subject:
    """A value that rules look at, and how it is cut."""

    of: k.Expr
    kind: Kind
    cells: tuple[c.Cell, ...]
    variable: int


@dataclass
class Regions:
    """Sets of customers of one entity. Everything that will be asked must be given to `of`, so that the cells are known."""

    model: Model
    clock: Clock
    doubts: Doubts
    costs: Costs
    diagrams: Diagrams = field(default_factory=Diagrams)
    subjects: dict[k.Expr, Subject] = field(default_factory=dict)
    _noted: dict[k.Expr, list[c.Value]] = field(default_factory=dict)
    _answers: list[c.Value] = field(default_factory=list)  # to questions about constants: other ones on another day
    _known: dict[k.Expr, Known] = field(default_factory=dict)
    _plain: dict[k.Expr, k.Expr] = field(default_factory=dict)

    @staticmethod
    def of(models: Sequence[tuple[Model, Sequence[k.Expr]]], clock: Clock) -> tuple[Regions, ...]:
        """One for each model, over the same subjects and cells, so that their sets can be compared.

        Raises `TooInvolved`.
        """
        (found,) = Regions.of_each_day(models, [clock])
        return found

    @staticmethod
    def of_each_day(
        models: Sequence[tuple[Model, Sequence[k.Expr]]], clocks: Iterable[Clock], budget: Budget | None = None
    ) -> Iterator[tuple[Regions, ...]]:
        """The same as of several instants, without those on which all borders have the same order as on one before."""
        budget = budget or Budget()
        if any(size(model, roots) > MOST_SIZE for model, roots in models):
            raise TooInvolved
        plain: list[dict[k.Expr, k.Expr]] = [{} for _ in models]
        sizes = [Costs(model.schema, model.metrics) for model, _ in models]
        seen = set()
        for clock in clocks:
            first = Regions(models[0][0], clock, Doubts(models[0][0], clock), sizes[0], Diagrams(budget))
            shared = [
                replace(first, model=m, doubts=Doubts(m, clock), costs=costs, _known={}, _plain=p)
                for (m, _), p, costs in zip(models, plain, sizes)
            ]
            for regions, (_, conditions) in zip(shared, models):
                for condition in conditions:
                    regions._look(condition)
            if len(first._noted) > MOST_SUBJECTS or sum(map(len, first._noted.values())) > MOST_BORDERS:
                raise TooInvolved
            order = first._order()
            if order not in seen:
                seen.add(order)
                for subject in first._noted:
                    first._cut(subject)
                yield tuple(shared)

    # -- what is looked at -----------------------------------------------------------------

    def _look(self, condition: k.Expr) -> None:
        """Notes the subjects of a condition and their borders."""
        for atom, constant in self._atoms(condition, set()):
            borders = self._noted.setdefault(atom, [])
            if constant is not None:
                borders.append(constant)

    def _order(self) -> object:
        """The order of all borders, and what may be unknown: equal on two instants with the same sets of customers."""
        bounds = [
            self._bound(bound)
            for e in self._noted if isinstance(e, k.Aggregate) and e.rows.window is not None and e.rows.zone is None
            for bound in (e.rows.window.start, e.rows.window.end)
        ]  # fmt: skip
        apart = [[b for b in bounds if isinstance(b, dt.datetime) is instant] for instant in (True, False)]
        known = [[b for b in some if b is not None] for some in apart]
        gaps = any(r.complete_from is not None for r in self.model.schema.relations.values())
        lacking = tuple(map(self._lacking, self._noted)) if gaps else ()
        return tuple(self._answers), lacking, tuple(map(_places, self._noted.values())), tuple(map(_places, known))

    def _bound(self, bound: k.Expr | None) -> dt.date | None:
        return None if bound is None else self.clock.constant(bound)

    def _lacking(self, e: k.Expr) -> tuple[bool, bool]:
        """Whether a subject may have a floor instead of a value, and whether it may have neither."""
        counts = self.doubts.floors(e)
        reasons = list(self.doubts.of(e))
        gaps = [d for d in reasons if d.why is Why.GAP and d.of in counts]
        return bool(gaps), len(gaps) < len(reasons)

    def _atoms(self, e: k.Expr, seen: set[k.Expr]) -> Iterator[tuple[k.Expr, c.Value]]:
        """(subject, border) pairs of a condition."""
        self.diagrams.budget.spend(_A_LOOK)
        e = self.plain(e)
        if e in seen:
            return
        seen.add(e)
        match e:
            case k.Literal_() | k.Missing():
                return
            case k.Not(item=item):
                yield from self._atoms(item, seen)
            case k.And(items=items) | k.Or(items=items):
                for item in items:
                    yield from self._atoms(item, seen)
            case k.If(condition=condition, then=then, otherwise=otherwise):
                for part in (condition, then, otherwise):
                    yield from self._atoms(part, seen)
            case k.Compare() | k.OneOf() | k.IsMissing():
                pushed = self._pushed(e)
                settled = self._settled(e)
                if pushed is not None:
                    yield from self._atoms(pushed, seen)
                elif settled is not None:
                    self._answers.append(settled.value if isinstance(settled, k.Literal_) else None)
                else:
                    yield from self._leaf(e)
            case k.Member() if (rule := self._arms_of(e)) is not None:
                for part in self.model.definition(rule.name):
                    yield from self._atoms(part, seen)
            case k.Column() | k.Member() | k.TextTest() | k.SetTest() | k.Aggregate() | k.At():
                yield e, None
            case (
                k.MetricOf() | k.Named() | k.Tally() | k.AsOf() | k.StartOf() | k.Shift() | k.StartOfDay() | k.DateOf()
                | k.Elapsed() | k.BusinessDays() | k.PartOf() | k.Arithmetic() | k.Rounded() | k.Distance() | k.Split()
                | k.Standing()
            ):  # fmt: skip
                yield e, None  # a metric of another row; the others are no truths
            case _:
                assert_never(e)

    def _leaf(self, e: k.Compare | k.OneOf | k.IsMissing) -> Iterator[tuple[k.Expr, c.Value]]:
        match e:
            case k.Compare():
                read = self._read(e)
                if read is None:
                    yield _pair(e)[0], None
                else:
                    yield read[0], read[2]
            case k.OneOf(item=item, values=values):
                if not self._is_read(e):
                    yield e, None
                    return
                subject, scale = self._linear(item)
                for value in values:
                    yield subject, _scaled(self._value(value, item.type), scale, item.type)
            case k.IsMissing(item=item):
                if item.type == ty.BOOLEAN and not isinstance(item, k.Column):
                    yield from self._atoms(item, set())
                else:
                    yield self._linear(item)[0], None
            case _:
                assert_never(e)

    # -- reading -----------------------------------------------------------------------------

    def plain(self, e: k.Expr) -> k.Expr:
        """Metrics, phrases and memberships replaced by what they mean, at the outside of an expression and inside it."""
        if e not in self._plain:
            self._plain[e] = self._plainly(e)
        return self._plain[e]

    def _plainly(self, e: k.Expr) -> k.Expr:
        match e:
            case k.Named(body=body):
                return self.plain(body)
            case k.MetricOf(row=row, name=name):
                body = self.plain(self.model.metrics[name].body)
                return body if row == k.This() else k.rebase(body, row) if _may_be_asked_elsewhere(body) else e
            case k.Member(row=k.This()):
                condition = self._membership(e)
                return e if condition is None else self.plain(condition)
            case k.Compare(op="!="):
                return k.Not(self.plain(replace(e, op="=")))
            case k.Aggregate(rows=rows, value=value):
                inside = replace(rows, where=None if rows.where is None else self.plain(rows.where))
                return replace(e, rows=inside, value=None if value is None else self.plain(value))
            case (
                k.And() | k.Or() | k.Not() | k.Compare() | k.IsMissing() | k.OneOf() | k.If() | k.Arithmetic() | k.Elapsed()
            ):  # fmt: skip
                return k.with_children(e, self.plain)
            case (
                k.Literal_() | k.Missing() | k.Column() | k.Member() | k.Tally() | k.AsOf() | k.StartOf() | k.Shift()
                | k.StartOfDay() | k.DateOf() | k.BusinessDays() | k.PartOf() | k.Rounded() | k.Distance() | k.Split()
                | k.TextTest() | k.SetTest() | k.Standing() | k.At()
            ):  # fmt: skip
                return e
            case _:
                assert_never(e)

    def _membership(self, e: k.Member) -> k.Expr | None:
        """A membership as a condition; None where a limit or a list has a say."""
        if e.name in self.model.segments:
            segment = self.model.segments[e.name]
            if segment.limit is not None:
                return None
            return segment.condition if segment.where is None else k.And((segment.where, segment.condition))
        return None  # an arm's is a set of its own: see `arms`

    def _arms_of(self, e: k.Member) -> Segmentation | None:
        """The segmentation of an arm that is asked for; None where a limit or a list has a say."""
        rule = self.model.segmentations.get(e.name)
        plain = rule is not None and rule.override is None and all(a.limit is None for a in rule.arms)
        return rule if plain and e.row == k.This() else None

    def _read(self, e: k.Compare) -> tuple[k.Expr, k.CompareOp, c.Value] | None:
        """A comparison of a subject with a constant: (subject, operator, constant)."""
        if e.ignoring is not None or not self._compares_exactly(e.left, e.right):
            return None
        for left, right, op in ((e.left, e.right, e.op), (e.right, e.left, k.MIRRORED[e.op])):
            constant = self.constant(right)
            if constant is None or self.constant(left) is not None:
                continue
            since = self._since(left, op, constant)
            if since is not None:
                return since
            subject, (factor, offset) = self._linear(left)
            if isinstance(constant, Fraction) and left.type == ty.REAL:
                return subject, op, Fraction(float(constant))  # compared in doubles
            if isinstance(constant, Fraction):
                return subject, op if factor > 0 else k.MIRRORED[op], (constant - offset) / factor
            return subject, op, constant
        return None

    def _compares_exactly(self, left: k.Expr, right: k.Expr) -> bool:
        """Whether two values are compared as they are: no exact number among them is ever too long, and taken as a double."""
        if not (ty.is_numeric(left.type) and ty.is_numeric(right.type)) or ty.REAL in (left.type, right.type):
            return True
        return self.costs.exact(left, right)

    def _pushed(self, e: k.Compare | k.OneOf | k.IsMissing) -> k.Expr | None:
        """A question about a choice as a choice between questions; None where it asks about none, or means something else."""
        pushed = _asked_of_branches(e)
        return pushed if pushed is not None and self._is_asked_of_branches(e) else None

    def _is_asked_of_branches(self, e: k.Compare | k.OneOf | k.IsMissing) -> bool:
        """Whether asking a choice is asking the branch that it takes: not where the other makes a double of an exact number."""
        match e:
            case k.IsMissing():
                return True
            case k.OneOf(item=item):
                return not _mixes_doubles(item)
            case k.Compare(left=left, right=right):
                plain = not _mixes_doubles(left) and not _mixes_doubles(right)
                return plain and self._compares_exactly(left, right)
            case _:
                assert_never(e)

    def _is_read(self, e: k.OneOf) -> bool:
        """Whether the values of a list are borders of what is compared with them."""
        if e.listed is not None or e.ignoring is not None:
            return False
        figures = [v for v in e.values if isinstance(v, k.Ratio)]
        return all(self._compares_exactly(e.item, k.Literal_(v, ty.CONSTANT)) for v in figures)

    def _since(self, e: k.Expr, op: k.CompareOp, constant: c.Value) -> tuple[k.Expr, k.CompareOp, c.Value] | None:
        """Whole days since or until a date as a border of the date."""
        if (
            not (isinstance(e, k.Elapsed) and e.unit == "day" and isinstance(constant, Fraction))
            or constant.denominator != 1
        ):
            return None
        start, end = self.constant(e.start), self.constant(e.end)
        try:
            days = dt.timedelta(days=int(constant))
            if isinstance(end, dt.date) and start is None and e.start.type == ty.DATE:
                return e.start, k.MIRRORED[op], end - days
            if isinstance(start, dt.date) and end is None and e.end.type == ty.DATE:
                return e.end, op, start + days
        except OverflowError:
            pass
        return None

    def _settled(self, e: k.Expr) -> k.Expr | None:
        """A question about constants as its answer; about a missing value it is missing, unless it asks just that."""
        if isinstance(e, k.IsMissing) and isinstance(e.item, k.Missing | k.Literal_):
            return k.Literal_(isinstance(e.item, k.Missing), ty.BOOLEAN)
        if isinstance(e, k.OneOf) and isinstance(e.item, k.Missing):
            return k.Missing("missing", ty.BOOLEAN)
        if isinstance(e, k.OneOf) and (constant := self.constant(e.item)) is not None and self._is_read(e):
            return k.Literal_(constant in [self._value(v, e.item.type) for v in e.values], ty.BOOLEAN)
        if not isinstance(e, k.Compare):
            return None
        if isinstance(e.left, k.Missing) or isinstance(e.right, k.Missing):
            return k.Missing("missing", ty.BOOLEAN)
        left, right = self.constant(e.left), self.constant(e.right)
        if left is None or right is None or e.ignoring is not None:
            return None
        return k.Literal_(_compared(e.op, left, right), ty.BOOLEAN)

    def constant(self, e: k.Expr) -> c.Value | None:
        """The value of what is the same for every customer; None for any other expression."""
        if isinstance(e, k.Literal_):
            return self._value(e.value, e.type)
        return self.clock.constant(e)

    def _value(self, value: k.Scalar, compared_with: ty.Type) -> c.Value:
        """A value as written, as one of the type that it is compared with: a day beside instants is its start."""
        match value:
            case k.Ratio(numerator, denominator):
                return Fraction(numerator, denominator)
            case dt.datetime():
                return to_utc(value, self.clock.zone)
            case dt.date() if compared_with == ty.TIMESTAMP:
                return self.clock.start_of_day(value)
            case bool() | str() | dt.date():
                return value
            case _:
                assert_never(value)

    def _linear(self, e: k.Expr) -> tuple[k.Expr, tuple[Fraction, Fraction]]:
        """An exact value as factor * subject + offset."""
        if isinstance(e, k.Arithmetic) and e.type != ty.REAL and e.op in "+-*/":
            left, right = self.constant(e.left), self.constant(e.right)
            if isinstance(right, Fraction) and not (e.op == "/" and right == 0):
                subject, (f, o) = self._linear(e.left)
                match e.op:
                    case "+":
                        return subject, (f, o + right)
                    case "-":
                        return subject, (f, o - right)
                    case "*" if right:
                        return subject, (f * right, o * right)
                    case "*":
                        pass
                    case "/":
                        return subject, (f / right, o / right)
            if isinstance(left, Fraction):
                subject, (f, o) = self._linear(e.right)
                match e.op:
                    case "+":
                        return subject, (f, o + left)
                    case "-":
                        return subject, (-f, left - o)
                    case "*" if left:
                        return subject, (f * left, o * left)
                    case _:
                        pass
        return e, (Fraction(1), Fraction(0))

    # -- cells ---------------------------------------------------------------------------------

    def _cut(self, e: k.Expr) -> None:
        kind, cells = self._cells(e, set(self._noted[e]))
        self.subjects[e] = Subject(e, kind, cells, self.diagrams.variable(len(cells)))

    def _cells(self, e: k.Expr, borders: set[c.Value]) -> tuple[Kind, tuple[c.Cell, ...]]:
        floor, may_lack = self._lacking(e)
        if isinstance(e, k.Compare) and (e.ignoring or (e.op == "=" and not _has_order(e.left.type))):
            return Kind.TRUTH, c.named((True, False), False, True)
        if isinstance(e, k.Compare):
            floors_too = any(self._lacking(side)[0] for side in (e.left, e.right))
            return Kind.PAIR, c.pair(floors_too)
        match e.type:
            case ty.Boolean():
                return Kind.NAMED, c.named((True, False), False, may_lack)
            case ty.Enum(values=values):
                return Kind.NAMED, c.named(values, False, may_lack)
            case ty.Date() | ty.Moment():
                return Kind.ORDERED, c.ordered(list(borders), dt.timedelta(days=1), None, None, may_lack)
            case ty.Timestamp():
                return Kind.ORDERED, c.ordered(list(borders), dt.timedelta(microseconds=1), None, None, may_lack)
            case ty.Integer() | ty.Number() | ty.Real() | ty.Money() | ty.Constant():
                within = range_of(self.model, e)
                return Kind.ORDERED, c.ordered(list(borders), within.step, within.low, within.high, may_lack, floor)
            case ty.Text() | ty.Link() | ty.SetOfText():
                return Kind.NAMED, c.named(sorted(borders, key=repr), True, may_lack)
            case _:
                assert_never(e.type)

    # -- sets ----------------------------------------------------------------------------------

    def truth(self, condition: k.Expr) -> Known:
        e = self.plain(condition)
        if e not in self._known:
            self._known[e] = self._truth(e)
        return self._known[e]

    def _truth(self, e: k.Expr) -> Known:
        d = self.diagrams
        match e:
            case k.Literal_(value=bool() as value):
                return Known(EVERYBODY, NOBODY) if value else Known(NOBODY, EVERYBODY)
            case k.Missing():
                return Known(NOBODY, NOBODY)
            case k.Not(item=item):
                inner = self.truth(item)
                return Known(inner.false, inner.true)
            case k.And(items=items):
                parts = [self.truth(i) for i in items]
                return Known(d.both(*(p.true for p in parts)), d.either(*(p.false for p in parts)))
            case k.Or(items=items):
                parts = [self.truth(i) for i in items]
                return Known(d.either(*(p.true for p in parts)), d.both(*(p.false for p in parts)))
            case k.If(condition=condition, then=then, otherwise=otherwise):
                asked, a, b = self.truth(condition), self.truth(then), self.truth(otherwise)
                return Known(
                    d.either(d.both(asked.true, a.true), d.both(asked.false, b.true)),
                    d.either(d.both(asked.true, a.false), d.both(asked.false, b.false)),
                )
            case k.Compare() | k.OneOf() | k.IsMissing():
                pushed = self._pushed(e) or self._settled(e)
                return self.truth(pushed) if pushed is not None else self._asked(e)
            case k.Member(arm=str() as arm) if (rule := self._arms_of(e)) is not None:
                taken = self.arms(rule)
                elsewhere = [t for name, t in taken.items() if name != arm]
                return Known(taken[arm], d.either(self.population(rule).false, *elsewhere))
            case (
                k.Column() | k.Member() | k.MetricOf() | k.TextTest() | k.SetTest() | k.Aggregate() | k.At() | k.Named()
            ):  # fmt: skip
                return self._as_it_comes(e)
            case (
                k.Literal_() | k.Tally() | k.AsOf() | k.StartOf() | k.Shift() | k.StartOfDay() | k.DateOf() | k.Elapsed()
                | k.BusinessDays() | k.PartOf() | k.Arithmetic() | k.Rounded() | k.Distance() | k.Split() | k.Standing()
            ):  # fmt: skip
                raise AssertionError(f"no truth: {e}")
            case _:
                assert_never(e)

    def _asked(self, e: k.Compare | k.OneOf | k.IsMissing) -> Known:
        match e:
            case k.Compare():
                read = self._read(e)
                if read is not None:
                    subject, op, constant = read
                    return self._sides_where(subject, op, [constant], as_compared=subject in (e.left, e.right))
                pair, op = _pair(e)
                if self.subjects[pair].kind is Kind.PAIR:
                    return self._cells_where(pair, lambda x: _lie_so(x, op) is True, lambda x: _lie_so(x, op) is False)
                return self._as_it_comes(pair)
            case k.OneOf(item=item, values=values):
                if not self._is_read(e):
                    return self._as_it_comes(e)
                subject, scale = self._linear(item)
                wanted = [_scaled(self._value(v, item.type), scale, item.type) for v in values]
                return self._sides_where(subject, "=", wanted, as_compared=subject == item)
            case k.IsMissing(item=item):
                if item.type == ty.BOOLEAN and not isinstance(item, k.Column):
                    inner = self.truth(item)
                    known = self.diagrams.either(inner.true, inner.false)
                    return Known(self.diagrams.other(known), known)
                return self._cells_where(self._linear(item)[0], lambda x: x.missing, lambda x: not x.missing)
            case _:
                assert_never(e)

    def _sides_where(self, subject: k.Expr, op: k.CompareOp, borders: Sequence[c.Value], as_compared: bool) -> Known:
        """Those whose cell lies on one side of one of some borders.

        `as_compared`: the subject itself is compared, so that its floor may decide.
        """
        found, d = self.subjects[subject], self.diagrams
        known = c.values(found.cells)
        needed, decided_as = _DECIDED[op]
        true, decided = 0, (1 << known) - 1 if not decided_as else 0
        for border in borders:
            sides = c.sides(found.cells, border, found.kind is Kind.ORDERED)
            true |= _SIDES[op](sides)
            beyond = _SIDES[needed](sides)
            decided = decided | beyond if decided_as else decided & beyond
        false = ((1 << known) - 1) & ~true
        if as_compared and any(cell.floor for cell in found.cells[known:]):
            by_floor = decided << known
            true, false = (true | by_floor, false) if decided_as else (true, false | by_floor)
        return Known(d.subset(found.variable, true), d.subset(found.variable, false))

    def _as_it_comes(self, subject: k.Expr) -> Known:
        return self._cells_where(subject, lambda cell: cell.low is True, lambda cell: cell.low is False)

    def _cells_where(self, subject: k.Expr, true: Asks, false: Asks) -> Known:
        found = self.subjects[subject]
        where = self.diagrams.where
        return Known(where(found.variable, map(true, found.cells)), where(found.variable, map(false, found.cells)))

    # -- rules ---------------------------------------------------------------------------------

    def population(self, rule: Segment | Segmentation) -> Known:
        return Known(EVERYBODY, NOBODY) if rule.where is None else self.truth(rule.where)

    def segment(self, rule: Segment) -> Known:
        """Before a limit, if it has one."""
        inside, held = self.population(rule), self.truth(rule.condition)
        return Known(self.diagrams.both(inside.true, held.true), self.diagrams.either(inside.false, held.false))

    def arms(self, rule: Segmentation) -> dict[str, int]:
        """Arm -> whom it takes, where neither a list nor a limit sends them elsewhere."""
        d = self.diagrams
        inside = self.population(rule)
        left, taken, sure = inside.true, {}, inside.true
        for arm in rule.arms:
            assert arm.condition is not None
            held = self.truth(arm.condition)
            taken[arm.name] = d.both(left, held.true)
            left = d.both(left, d.other(held.true))
            sure = d.both(sure, held.false)
        taken[rule.otherwise.name] = sure
        if rule.undecided is not None:
            unsure = d.both(d.other(inside.true), d.other(inside.false))
            taken[rule.undecided.name] = d.either(unsure, d.both(left, d.other(sure)))
        return taken


def size(model: Model, roots: Iterable[k.Expr]) -> int:
    """How many nodes conditions have with all metrics and rules that they read written out, as often as they read them."""
    known: dict[str, int] = {}

    def of(e: k.Expr) -> int:
        total = 0
        for node in k.deep(e):
            total += 1
            if isinstance(node, k.MetricOf | k.Member):
                if node.name not in known:
                    known[node.name] = sum(map(of, model.definition(node.name)))
                total += known[node.name]
        return total

    return sum(map(of, roots))


def _compared(op: str, a: Any, b: Any) -> bool:
    return bool({"=": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op])


def _places(borders: Sequence[c.Value]) -> object:
    """The place of each border among them, and between which there is no other day."""
    if not borders or not isinstance(borders[0], dt.date):
        return tuple(borders)
    in_order = sorted(set(borders))
    place = {b: i for i, b in enumerate(in_order)}
    next_day = [b - a == dt.timedelta(days=1) for a, b in itertools.pairwise(in_order)]
    return tuple(place[b] for b in borders), tuple(next_day)


def _pair(e: k.Compare) -> tuple[k.Compare, k.CompareOp]:
    """Two values compared, always in one order: (the subject, the operator between them)."""
    if repr(e.left) <= repr(e.right):
        return replace(e, op="=", span=None), e.op
    return replace(e, op="=", left=e.right, right=e.left, span=None), k.MIRRORED[e.op]


def _scaled(constant: c.Value, scale: tuple[Fraction, Fraction], typed: ty.Type) -> c.Value:
    if isinstance(constant, Fraction) and typed == ty.REAL:
        return Fraction(float(constant))  # compared in doubles
    return (constant - scale[1]) / scale[0] if isinstance(constant, Fraction) else constant


def _lie_so(cell: c.Cell, op: str) -> bool | None:
    """Whether two values that lie to each other as a cell says compare so; None where that isn't known."""
    if cell.missing:
        return None
    if cell is c.NO_LESS or cell is c.NO_MORE:
        other = "<" if cell is c.NO_LESS else ">"
        return True if op == cell.low else False if op == other else None
    return op in {"<": ("<", "<=", "!="), "=": ("=", "<=", ">="), ">": (">", ">=", "!=")}[str(cell.low)]


def _has_order(typed: ty.Type) -> bool:
    return not isinstance(typed, ty.Text | ty.Boolean | ty.SetOfText | ty.Link | ty.Enum)


def _asked_of_branches(e: k.Compare | k.OneOf | k.IsMissing) -> k.Expr | None:
    """A question about a choice as a choice between questions; None where it asks about none."""
    if isinstance(e, k.Compare):
        if isinstance(e.left, k.If):
            chosen = e.left
            return k.If(chosen.condition, replace(e, left=chosen.then), replace(e, left=chosen.otherwise), ty.BOOLEAN)
        if isinstance(e.right, k.If):
            chosen = e.right
            return k.If(chosen.condition, replace(e, right=chosen.then), replace(e, right=chosen.otherwise), ty.BOOLEAN)
        return None
    if isinstance(e.item, k.If) and e.item.type != ty.BOOLEAN:
        chosen = e.item
        asked = k.If(chosen.condition, replace(e, item=chosen.then), replace(e, item=chosen.otherwise), ty.BOOLEAN)
        return k.Or((k.IsMissing(chosen.condition), asked)) if isinstance(e, k.IsMissing) else asked
    return None


def _mixes_doubles(e: k.Expr) -> bool:
    return isinstance(e, k.If) and e.type == ty.REAL and any(b.type != ty.REAL for b in (e.then, e.otherwise))


def _may_be_asked_elsewhere(e: k.Expr) -> bool:
    """Whether an expression keeps its meaning with its row replaced by another."""
    return not any(isinstance(n, k.Member | k.Tally | k.Standing | k.At | k.Rounded) for n in k.walk(e))
