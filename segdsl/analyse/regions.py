"""Regions: the sets of customers for whom conditions are true and false, as of one instant.

The problem. A proof such as "nobody can be in this arm" is about all data that could ever arrive, so no list of customers can
decide it. But rules tell customers apart only in a few respects: a rule with `seats >= 50` can't distinguish 51 seats from 52.

The idea. Every value that the conditions compare is a *subject*, and the constants it is compared with (its *borders*) cut its
values into finitely many *cells*. All customers with the same cell in each subject are treated alike by every condition. So a set of
customers is a set of combinations of cells, and a decision diagram (`diagram.py`) represents it and computes with it exactly.

For example, the conditions

    seats >= 50 and plan = "team"
    seats < 60

have two subjects. `seats` has the borders 50 and 60, hence the cells: below 50, exactly 50, 51 to 59, exactly 60, above 60, and
missing (unless the field is required). `plan`, one of ("free", "team"), has the cells "free", "team" and missing. Of the 6 × 3
combinations the first condition is true in 4 (`seats` from 50 on, and "team"), false in 8 (`seats` below 50, or "free"), and unknown in
the rest. Both conditions are true in 2. Were the second `seats < 40`, there would be none, and "nobody" would be proved.

What it can't see. A computed value (a count, a quotient) is a subject of its own, and subjects are treated as independent, except
for the facts of `facts.py` and `arithmetic.py`. A set may therefore contain combinations that no customer can have, but it never
lacks one that a customer can have: an empty set is a proof, any other set a possibility.

The parts below. `Regions.of` collects the subjects and borders of all conditions (`_collect`, `_atoms`), rewrites comparisons into a
subject, an operator and a constant (`plain`, `_read`, `_linear`), and cuts each subject (`_cut`). After that `truth` computes the sets of
a condition, and `segment` and `arms` those of a rule. The borders depend on as-of; `of_each_day` does the work again for each given
instant on which they have another order.
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
_VISIT = 150  # units of work for visiting an expression
_SIDES: dict[str, Callable[[c.Sides], int]] = {
    "<": lambda s: s.below,
    "<=": lambda s: s.below | s.at,
    "=": lambda s: s.at,
    "!=": lambda s: s.below | s.above,
    ">": lambda s: s.above,
    ">=": lambda s: s.at | s.above,
}
_DECIDED_BY_FLOOR: dict[str, tuple[str, bool]] = {
    ">": (">", True),
    ">=": (">=", True),
    "!=": (">", True),
    "<": (">=", False),
    "<=": (">", False),
    "=": (">", False),
}
"""How a lower bound (floor) of a count decides a comparison: the comparison that the floor must meet, and the truth then."""
CellTest = Callable[[c.Cell], bool]


@dataclass(frozen=True)
class Truth:
    """The sets of customers for whom a condition is true and false; for all others it is unknown."""

    true: int
    false: int


class Kind(Enum):
    """What the cells of a subject are."""

    ORDERED = "points and ranges of a number or a time"
    NAMED = "texts or truth values that rules name"
    TRUTH = "whether a comparison is true"
    PAIR = "the order of two values"


@dataclass
class Subject:
    """A value that conditions read, with the cells it is cut into.

    `of` is the value.
    `variable` is its variable in the decision diagrams.
    """

    of: k.Expr
    kind: Kind
    cells: tuple[c.Cell, ...]
    variable: int


@dataclass
class Regions:
    """Computes sets of customers of one entity. All conditions must be given to `of` beforehand, since they determine the cells."""

    model: Model
    clock: Clock
    doubts: Doubts
    costs: Costs
    diagrams: Diagrams = field(default_factory=Diagrams)
    subjects: dict[k.Expr, Subject] = field(default_factory=dict)
    _borders: dict[k.Expr, list[c.Value]] = field(default_factory=dict)
    _answers: list[c.Value] = field(default_factory=list)  # of comparisons of constants, which depend on the day
    _truths: dict[k.Expr, Truth] = field(default_factory=dict)
    _plain: dict[k.Expr, k.Expr] = field(default_factory=dict)

    @staticmethod
    def of(models: Sequence[tuple[Model, Sequence[k.Expr]]], clock: Clock) -> tuple[Regions, ...]:
        """Makes one object per model, over shared subjects and cells, so that their sets can be compared.

        Raises `TooInvolved`.
        """
        (regions,) = Regions.of_each_day(models, [clock])
        return regions

    @staticmethod
    def of_each_day(
        models: Sequence[tuple[Model, Sequence[k.Expr]]], clocks: Iterable[Clock], budget: Budget | None = None
    ) -> Iterator[tuple[Regions, ...]]:
        """Makes regions as of several instants, skipping an instant on which all borders have the order of an earlier one."""
        budget = budget or Budget()
        if any(size(model, roots) > MOST_SIZE for model, roots in models):
            raise TooInvolved
        plain: list[dict[k.Expr, k.Expr]] = [{} for _ in models]
        sizes = [Costs(model.schema, model.metrics) for model, _ in models]
        orders = set()
        for clock in clocks:
            first = Regions(models[0][0], clock, Doubts(models[0][0], clock), sizes[0], Diagrams(budget))
            shared = [
                replace(first, model=m, doubts=Doubts(m, clock), costs=costs, _truths={}, _plain=p)
                for (m, _), p, costs in zip(models, plain, sizes)
            ]
            for regions, (_, conditions) in zip(shared, models):
                for condition in conditions:
                    regions._collect(condition)
            if len(first._borders) > MOST_SUBJECTS or sum(map(len, first._borders.values())) > MOST_BORDERS:
                raise TooInvolved
            order = first._border_order()
            if order not in orders:
                orders.add(order)
                for subject in first._borders:
                    first._cut(subject)
                yield tuple(shared)

    # -- subjects and borders -----------------------------------------------------------------

    def _collect(self, condition: k.Expr) -> None:
        """Collects the subjects of a condition and their borders."""
        for atom, constant in self._atoms(condition, set()):
            borders = self._borders.setdefault(atom, [])
            if constant is not None:
                borders.append(constant)

    def _border_order(self) -> object:
        """Returns the order of all borders, and what may be unknown; equal on two days on which every condition behaves the same."""
        aggregates = (e for e in self._borders if isinstance(e, k.Aggregate) and e.rows.zone is None)
        windows = [e.rows.window for e in aggregates if e.rows.window is not None]
        bounds = [self._bound(bound) for window in windows for bound in (window.start, window.end)]
        by_kind = [[b for b in bounds if isinstance(b, dt.datetime) is instant] for instant in (True, False)]
        fixed = [[b for b in values if b is not None] for values in by_kind]
        gaps = any(r.complete_from is not None for r in self.model.schema.relations.values())
        possible_gaps = tuple(map(self._may_be_unknown, self._borders)) if gaps else ()
        return (
            tuple(self._answers),
            possible_gaps,
            tuple(map(_places, self._borders.values())),
            tuple(map(_places, fixed)),
        )

    def _bound(self, bound: k.Expr | None) -> dt.date | None:
        return None if bound is None else self.clock.constant(bound)

    def _may_be_unknown(self, e: k.Expr) -> tuple[bool, bool]:
        """Tells whether a subject may have only a lower bound (floor), and whether it may have neither value nor floor."""
        counts = self.doubts.floors(e)
        reasons = list(self.doubts.of(e))
        gaps = [d for d in reasons if d.why is Why.GAP and d.of in counts]
        return bool(gaps), len(gaps) < len(reasons)

    def _atoms(self, e: k.Expr, visited: set[k.Expr]) -> Iterator[tuple[k.Expr, c.Value]]:
        """Yields (subject, border) pairs of a condition."""
        self.diagrams.budget.spend(_VISIT)
        e = self.plain(e)
        if e in visited:
            return
        visited.add(e)
        match e:
            case k.Literal_() | k.Missing():
                return
            case k.Not(item=item):
                yield from self._atoms(item, visited)
            case k.And(items=items) | k.Or(items=items):
                for item in items:
                    yield from self._atoms(item, visited)
            case k.If(condition=condition, then=then, otherwise=otherwise):
                for part in (condition, then, otherwise):
                    yield from self._atoms(part, visited)
            case k.Compare() | k.OneOf() | k.IsMissing():
                distributed = self._distribute(e)
                constant_truth = self._constant_truth(e)
                if distributed is not None:
                    yield from self._atoms(distributed, visited)
                elif constant_truth is not None:
                    self._answers.append(constant_truth.value if isinstance(constant_truth, k.Literal_) else None)
                else:
                    yield from self._leaf(e)
            case k.Member() if (rule := self._arms_of(e)) is not None:
                for part in self.model.definition(rule.name):
                    yield from self._atoms(part, visited)
            case k.Column() | k.Member() | k.TextTest() | k.SetTest() | k.Aggregate() | k.At():
                yield e, None
            case k.MetricOf() | k.Named() | k.Tally() | k.Standing():
                yield e, None  # a metric of another row; the others are not conditions
            case k.AsOf() | k.StartOf() | k.Shift() | k.StartOfDay() | k.DateOf():
                yield e, None
            case k.Elapsed() | k.BusinessDays() | k.PartOf():
                yield e, None
            case k.Arithmetic() | k.Rounded() | k.Distance() | k.Split() | k.RoundTo() | k.SizeOf():
                yield e, None
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
        """Replaces metrics, phrases and memberships by their definitions, in the whole expression."""
        if e not in self._plain:
            self._plain[e] = self._plainly(e)
        return self._plain[e]

    def _plainly(self, e: k.Expr) -> k.Expr:
        match e:
            case k.Named(body=body):
                return self.plain(body)
            case k.MetricOf(row=row, name=name):
                body = self.plain(self.model.metrics[name].body)
                return body if row == k.This() else k.rebase(body, row) if _may_be_rebased(body) else e
            case k.Member(row=k.This()):
                condition = self._membership(e)
                return e if condition is None else self.plain(condition)
            case k.Compare(op="!="):
                return k.Not(self.plain(replace(e, op="=")))
            case k.Aggregate(rows=rows, value=value):
                inside = replace(rows, where=None if rows.where is None else self.plain(rows.where))
                return replace(e, rows=inside, value=None if value is None else self.plain(value))
            case k.And() | k.Or() | k.Not() | k.Compare() | k.IsMissing() | k.OneOf():
                return k.with_children(e, self.plain)
            case k.If() | k.Arithmetic() | k.Elapsed():
                return k.with_children(e, self.plain)
            case k.Literal_() | k.Missing() | k.Column() | k.Member() | k.Tally() | k.Standing() | k.At():
                return e
            case k.AsOf() | k.StartOf() | k.Shift() | k.StartOfDay() | k.DateOf() | k.BusinessDays() | k.PartOf():
                return e
            case k.Rounded() | k.Distance() | k.Split() | k.RoundTo() | k.SizeOf() | k.TextTest() | k.SetTest():
                return e
            case _:
                assert_never(e)

    def _membership(self, e: k.Member) -> k.Expr | None:
        """Returns the condition of membership in a segment; None if a limit also decides, or for an arm."""
        if e.name in self.model.segments:
            segment = self.model.segments[e.name]
            if segment.limit is not None:
                return None
            return segment.condition if segment.where is None else k.And((segment.where, segment.condition))
        return None  # for arms see `arms`

    def _arms_of(self, e: k.Member) -> Segmentation | None:
        """Returns the segmentation of an arm; None if a limit or a list also decides."""
        rule = self.model.segmentations.get(e.name)
        plain = rule is not None and rule.override is None and all(a.limit is None for a in rule.arms)
        return rule if plain and e.row == k.This() else None

    def _read(self, e: k.Compare) -> tuple[k.Expr, k.CompareOp, c.Value] | None:
        """Reads a comparison as (subject, operator, constant); None for a comparison of another form."""
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
        """Tells whether two values are always compared exactly, never in doubles because a number is too long."""
        if not (ty.is_numeric(left.type) and ty.is_numeric(right.type)) or ty.REAL in (left.type, right.type):
            return True
        return self.costs.exact(left, right)

    def _distribute(self, e: k.Compare | k.OneOf | k.IsMissing) -> k.Expr | None:
        """Moves a comparison of `if` into its branches; None if there is no `if`, or if that would change the meaning."""
        pushed = _over_branches(e)
        return pushed if pushed is not None and self._keeps_meaning_over_branches(e) else None

    def _keeps_meaning_over_branches(self, e: k.Compare | k.OneOf | k.IsMissing) -> bool:
        """Tells whether a comparison of `if` means the comparison of its branch: not if another branch turns it into a double."""
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
        """Tells whether the values of a list can be borders of the value compared with them."""
        if e.listed is not None or e.ignoring is not None:
            return False
        figures = [v for v in e.values if isinstance(v, k.Ratio)]
        return all(self._compares_exactly(e.item, k.Literal_(v, ty.CONSTANT)) for v in figures)

    def _since(self, e: k.Expr, op: k.CompareOp, constant: c.Value) -> tuple[k.Expr, k.CompareOp, c.Value] | None:
        """Reads a comparison of whole days since or until a date as a comparison of the date."""
        if not (isinstance(e, k.Elapsed) and e.unit == "day" and isinstance(constant, Fraction)):
            return None
        if constant.denominator != 1:
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

    def _constant_truth(self, e: k.Expr) -> k.Expr | None:
        """Returns the truth of a condition on constants or on a missing value as a literal; None for any other condition."""
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
        return k.Literal_(_compare_constants(e.op, left, right), ty.BOOLEAN)

    def constant(self, e: k.Expr) -> c.Value | None:
        """Returns the value of an expression that is the same for every customer; None for any other expression."""
        if isinstance(e, k.Literal_):
            return self._value(e.value, e.type)
        return self.clock.constant(e)

    def _value(self, value: k.Scalar, compared_with: ty.Type) -> c.Value:
        """Converts a literal to the type that it is compared with; a day compared with instants becomes its start."""
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
        """Reads an exact value as factor * subject + offset; returns (subject, (factor, offset))."""
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
        kind, cells = self._cells(e, set(self._borders[e]))
        self.subjects[e] = Subject(e, kind, cells, self.diagrams.variable(len(cells)))

    def _cells(self, e: k.Expr, borders: set[c.Value]) -> tuple[Kind, tuple[c.Cell, ...]]:
        floor, may_lack = self._may_be_unknown(e)
        if isinstance(e, k.Compare) and (e.ignoring or (e.op == "=" and not _has_order(e.left.type))):
            return Kind.TRUTH, c.named((True, False), False, True)
        if isinstance(e, k.Compare):
            floors_too = any(self._may_be_unknown(side)[0] for side in (e.left, e.right))
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
            case ty.Integer() | ty.Number() | ty.Real() | ty.Money() | ty.Constant() | ty.Version():
                within = range_of(self.model, e)
                return Kind.ORDERED, c.ordered(list(borders), within.step, within.low, within.high, may_lack, floor)
            case ty.Text() | ty.Link() | ty.SetOfText():
                return Kind.NAMED, c.named(sorted(borders, key=repr), True, may_lack)
            case _:
                assert_never(e.type)

    # -- sets ----------------------------------------------------------------------------------

    def truth(self, condition: k.Expr) -> Truth:
        e = self.plain(condition)
        if e not in self._truths:
            self._truths[e] = self._truth(e)
        return self._truths[e]

    def _truth(self, e: k.Expr) -> Truth:
        d = self.diagrams
        match e:
            case k.Literal_(value=bool() as value):
                return Truth(EVERYBODY, NOBODY) if value else Truth(NOBODY, EVERYBODY)
            case k.Missing():
                return Truth(NOBODY, NOBODY)
            case k.Not(item=item):
                inner = self.truth(item)
                return Truth(inner.false, inner.true)
            case k.And(items=items):
                parts = [self.truth(i) for i in items]
                return Truth(d.both(*(p.true for p in parts)), d.either(*(p.false for p in parts)))
            case k.Or(items=items):
                parts = [self.truth(i) for i in items]
                return Truth(d.either(*(p.true for p in parts)), d.both(*(p.false for p in parts)))
            case k.If(condition=condition, then=then, otherwise=otherwise):
                choice, a, b = self.truth(condition), self.truth(then), self.truth(otherwise)
                return Truth(
                    d.either(d.both(choice.true, a.true), d.both(choice.false, b.true)),
                    d.either(d.both(choice.true, a.false), d.both(choice.false, b.false)),
                )
            case k.Compare() | k.OneOf() | k.IsMissing():
                pushed = self._distribute(e) or self._constant_truth(e)
                return self.truth(pushed) if pushed is not None else self._comparison(e)
            case k.Member(arm=str() as arm) if (rule := self._arms_of(e)) is not None:
                arms = self.arms(rule)
                other_arms = [t for name, t in arms.items() if name != arm]
                return Truth(arms[arm], d.either(self.population(rule).false, *other_arms))
            case k.Column() | k.Member() | k.MetricOf() | k.TextTest() | k.SetTest() | k.Aggregate() | k.At():
                return self._truth_value(e)
            case k.Named():
                return self._truth_value(e)
            case k.Literal_() | k.Tally() | k.AsOf() | k.StartOf() | k.Shift() | k.StartOfDay() | k.DateOf():
                raise AssertionError(f"not a condition: {e}")
            case k.Elapsed() | k.BusinessDays() | k.PartOf():
                raise AssertionError(f"not a condition: {e}")
            case k.Arithmetic() | k.Rounded() | k.Distance() | k.Split() | k.RoundTo() | k.SizeOf() | k.Standing():
                raise AssertionError(f"not a condition: {e}")
            case _:
                assert_never(e)

    def _comparison(self, e: k.Compare | k.OneOf | k.IsMissing) -> Truth:
        match e:
            case k.Compare():
                read = self._read(e)
                if read is not None:
                    subject, op, constant = read
                    return self._sides_where(subject, op, [constant], as_compared=subject in (e.left, e.right))
                pair, op = _pair(e)
                if self.subjects[pair].kind is Kind.PAIR:
                    return self._cells_where(
                        pair, lambda x: _pair_compares(x, op) is True, lambda x: _pair_compares(x, op) is False
                    )
                return self._truth_value(pair)
            case k.OneOf(item=item, values=values):
                if not self._is_read(e):
                    return self._truth_value(e)
                subject, scale = self._linear(item)
                borders = [_scaled(self._value(v, item.type), scale, item.type) for v in values]
                return self._sides_where(subject, "=", borders, as_compared=subject == item)
            case k.IsMissing(item=item):
                if item.type == ty.BOOLEAN and not isinstance(item, k.Column):
                    inner = self.truth(item)
                    is_known = self.diagrams.either(inner.true, inner.false)
                    return Truth(self.diagrams.other(is_known), is_known)
                return self._cells_where(self._linear(item)[0], lambda x: x.missing, lambda x: not x.missing)
            case _:
                assert_never(e)

    def _sides_where(self, subject: k.Expr, op: k.CompareOp, borders: Sequence[c.Value], as_compared: bool) -> Truth:
        """Returns the sets of a comparison of a subject with any of some borders.

        `as_compared` says that the subject itself is compared, so that its floor may decide the comparison.
        """
        cut, d = self.subjects[subject], self.diagrams
        with_value = c.values(cut.cells)
        floor_op, truth = _DECIDED_BY_FLOOR[op]
        true_mask, decided_mask = 0, (1 << with_value) - 1 if not truth else 0
        for border in borders:
            sides = c.sides(cut.cells, border, cut.kind is Kind.ORDERED)
            true_mask |= _SIDES[op](sides)
            beyond = _SIDES[floor_op](sides)
            decided_mask = decided_mask | beyond if truth else decided_mask & beyond
        false_mask = ((1 << with_value) - 1) & ~true_mask
        if as_compared and any(cell.floor for cell in cut.cells[with_value:]):
            by_floor = decided_mask << with_value
            true_mask, false_mask = (true_mask | by_floor, false_mask) if truth else (true_mask, false_mask | by_floor)
        return Truth(d.subset(cut.variable, true_mask), d.subset(cut.variable, false_mask))

    def _truth_value(self, subject: k.Expr) -> Truth:
        return self._cells_where(subject, lambda cell: cell.low is True, lambda cell: cell.low is False)

    def _cells_where(self, subject: k.Expr, true: CellTest, false: CellTest) -> Truth:
        cut = self.subjects[subject]
        where = self.diagrams.where
        return Truth(where(cut.variable, map(true, cut.cells)), where(cut.variable, map(false, cut.cells)))

    # -- rules ---------------------------------------------------------------------------------

    def population(self, rule: Segment | Segmentation) -> Truth:
        return Truth(EVERYBODY, NOBODY) if rule.where is None else self.truth(rule.where)

    def segment(self, rule: Segment) -> Truth:
        """Returns the sets of a segment, before its limit."""
        inside, condition = self.population(rule), self.truth(rule.condition)
        return Truth(
            self.diagrams.both(inside.true, condition.true), self.diagrams.either(inside.false, condition.false)
        )

    def arms(self, rule: Segmentation) -> dict[str, int]:
        """Returns the customers whom each arm takes, leaving lists and limits aside."""
        d = self.diagrams
        inside = self.population(rule)
        remaining, sets, all_false = inside.true, {}, inside.true
        for arm in rule.arms:
            assert arm.condition is not None
            condition = self.truth(arm.condition)
            sets[arm.name] = d.both(remaining, condition.true)
            remaining = d.both(remaining, d.other(condition.true))
            all_false = d.both(all_false, condition.false)
        sets[rule.otherwise.name] = all_false
        if rule.undecided is not None:
            unsure = d.both(d.other(inside.true), d.other(inside.false))
            sets[rule.undecided.name] = d.either(unsure, d.both(remaining, d.other(all_false)))
        return sets


def size(model: Model, roots: Iterable[k.Expr]) -> int:
    """Counts the nodes of conditions with all the metrics and rules that they read written out, each time they are read."""
    sizes: dict[str, int] = {}

    def of(e: k.Expr) -> int:
        total = 0
        for node in k.deep(e):
            total += 1
            if isinstance(node, k.MetricOf | k.Member):
                if node.name not in sizes:
                    sizes[node.name] = sum(map(of, model.definition(node.name)))
                total += sizes[node.name]
        return total

    return sum(map(of, roots))


def _compare_constants(op: str, a: Any, b: Any) -> bool:
    return bool({"=": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op])


def _places(borders: Sequence[c.Value]) -> object:
    """Returns the place of each border in the order, and which neighbours are one day apart."""
    if not borders or not isinstance(borders[0], dt.date):
        return tuple(borders)
    in_order = sorted(set(borders))
    place = {b: i for i, b in enumerate(in_order)}
    next_day = [b - a == dt.timedelta(days=1) for a, b in itertools.pairwise(in_order)]
    return tuple(place[b] for b in borders), tuple(next_day)


def _pair(e: k.Compare) -> tuple[k.Compare, k.CompareOp]:
    """Returns a comparison of two values with its sides in a fixed order, as (subject, operator)."""
    if repr(e.left) <= repr(e.right):
        return replace(e, op="=", span=None), e.op
    return replace(e, op="=", left=e.right, right=e.left, span=None), k.MIRRORED[e.op]


def _scaled(constant: c.Value, scale: tuple[Fraction, Fraction], typed: ty.Type) -> c.Value:
    if isinstance(constant, Fraction) and typed == ty.REAL:
        return Fraction(float(constant))  # compared in doubles
    return (constant - scale[1]) / scale[0] if isinstance(constant, Fraction) else constant


def _pair_compares(cell: c.Cell, op: str) -> bool | None:
    """Tells whether two values in a cell of a pair compare as `op`; None if the cell doesn't decide it."""
    if cell.missing:
        return None
    if cell is c.NO_LESS or cell is c.NO_MORE:
        opposite = "<" if cell is c.NO_LESS else ">"
        return True if op == cell.low else False if op == opposite else None
    return op in {"<": ("<", "<=", "!="), "=": ("=", "<=", ">="), ">": (">", ">=", "!=")}[str(cell.low)]


def _has_order(typed: ty.Type) -> bool:
    return not isinstance(typed, ty.Text | ty.Boolean | ty.SetOfText | ty.Link | ty.Enum)


def _over_branches(e: k.Compare | k.OneOf | k.IsMissing) -> k.Expr | None:
    """Moves a comparison of `if` into the branches of the `if`; None if there is no `if`."""
    if isinstance(e, k.Compare):
        if isinstance(e.left, k.If):
            choice = e.left
            return k.If(choice.condition, replace(e, left=choice.then), replace(e, left=choice.otherwise), ty.BOOLEAN)
        if isinstance(e.right, k.If):
            choice = e.right
            return k.If(choice.condition, replace(e, right=choice.then), replace(e, right=choice.otherwise), ty.BOOLEAN)
        return None
    if isinstance(e.item, k.If) and e.item.type != ty.BOOLEAN:
        choice = e.item
        distributed = k.If(
            choice.condition, replace(e, item=choice.then), replace(e, item=choice.otherwise), ty.BOOLEAN
        )
        return k.Or((k.IsMissing(choice.condition), distributed)) if isinstance(e, k.IsMissing) else distributed
    return None


def _mixes_doubles(e: k.Expr) -> bool:
    return isinstance(e, k.If) and e.type == ty.REAL and any(b.type != ty.REAL for b in (e.then, e.otherwise))


def _may_be_rebased(e: k.Expr) -> bool:
    """Tells whether an expression keeps its meaning with its row replaced by another."""
    return not any(isinstance(n, k.Member | k.Tally | k.Standing | k.At | k.Rounded) for n in k.walk(e))
