"""Conditions -> the sets of customers for whom they are true and false, as of one instant.

A condition is cut into *subjects*: a field, or a value that is taken as it comes (a count, a quotient), each with the
cells that its borders make. Subjects are independent of each other but for the facts of `facts.py`, so a set may hold
customers that can't be; it never lacks one that can. A set that is empty is therefore a proof; one that isn't is
a possibility.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from segdsl.analyse import cells as c
from segdsl.analyse.diagram import EVERYBODY, NOBODY, Budget, Diagrams, TooInvolved
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Segment, Segmentation

MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_BOUNDED = frozenset([k.Function.COUNT, k.Function.COUNT_DISTINCT, k.Function.SHARE])
_OF_VALUES = frozenset(
    [k.Function.MIN, k.Function.MAX, k.Function.PICK, k.Function.MOST_COMMON, k.Function.AVERAGE, k.Function.MEDIAN]
)  # no further than the values themselves
MOST_SIZE, MOST_SUBJECTS, MOST_BORDERS = 3_000, 250, 1_500
_A_LOOK = 150  # units of work
_SIDES: dict[str, Callable[[c.Sides], int]] = {
    "<": lambda s: s.below, "<=": lambda s: s.below | s.at, "=": lambda s: s.at, "!=": lambda s: s.below | s.above,
    ">": lambda s: s.above, ">=": lambda s: s.at | s.above,
}  # fmt: skip
_PAIR = c.named(("<", "=", ">"), False, True)


Asks = Callable[[c.Cell], bool]


@dataclass(frozen=True)
class Known:
    """A condition's customers: those for whom it is true, and those for whom it is false; unknown for the rest."""

    true: int
    false: int


@dataclass
class Subject:
    """A value that rules look at, and how it is cut."""

    of: k.Expr
    kind: str  # ordered, named, truth or pair
    cells: tuple[c.Cell, ...]
    variable: int


@dataclass
class Regions:
    """Sets of customers of one entity. Everything that will be asked must be given to `of`, so that the cells are known."""

    model: Model
    clock: Clock
    diagrams: Diagrams = field(default_factory=Diagrams)
    subjects: dict[k.Expr, Subject] = field(default_factory=dict)
    _noted: dict[k.Expr, list[c.Value]] = field(default_factory=dict)
    _found: dict[k.Expr, Known] = field(default_factory=dict)
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
        """The same as of several instants, those left out on which all borders lie as on one before."""
        budget = budget or Budget()
        if any(size(model, roots) > MOST_SIZE for model, roots in models):
            raise TooInvolved
        plain: list[dict[k.Expr, k.Expr]] = [{} for _ in models]
        seen = set()
        for clock in clocks:
            first = Regions(models[0][0], clock, Diagrams(budget))
            shared = [replace(first, model=m, _found={}, _plain=p) for (m, _), p in zip(models, plain)]
            for regions, (_, conditions) in zip(shared, models):
                for condition in conditions:
                    regions._look(condition)
            if len(first._noted) > MOST_SUBJECTS or sum(map(len, first._noted.values())) > MOST_BORDERS:
                raise TooInvolved
            lie = first._lie()
            if lie not in seen:
                seen.add(lie)
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

    def _lie(self) -> object:
        """How all borders lie to each other: equal on two days on which the same is true of the same customers."""
        bounds = [
            bound
            for e in self._noted if isinstance(e, k.Aggregate) and e.rows.window is not None
            for bound in map(self._bound, (e.rows.window.start, e.rows.window.end))
        ]  # fmt: skip
        apart = [[b for b in bounds if isinstance(b, dt.datetime) is instant] for instant in (True, False)]
        days = [[b for b in some if b is not None] for some in apart]
        settled = tuple(e.value for e in self._noted if isinstance(e, k.Literal_))  # the rest are the same on every day
        return settled, tuple(map(_places, self._noted.values())), tuple(map(_places, days))

    def _bound(self, bound: k.Expr | None) -> dt.date | None:
        return None if bound is None else self.clock.constant(bound)

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
            case k.Compare() | k.OneOf(listed=None, ignoring=None) | k.IsMissing():
                pushed = _pushed(e)
                settled = self._settled(e)
                if pushed is not None:
                    yield from self._atoms(pushed, seen)
                elif settled is not None:
                    yield settled, None  # on another day it may be otherwise
                else:
                    yield from self._leaf(e)
            case k.Member() if (rule := self._arms_of(e)) is not None:
                for part in self.model.definition(rule.name):
                    yield from self._atoms(part, seen)
            case _:
                yield e, None

    def _leaf(self, e: k.Compare | k.OneOf | k.IsMissing) -> Iterator[tuple[k.Expr, c.Value]]:
        match e:
            case k.Compare():
                read = self._read(e)
                if read is None:
                    yield _pair(e)[0], None
                else:
                    yield read[0], read[2]
            case k.OneOf(item=item, values=values):
                subject, scale = self._linear(item)
                for value in values:
                    yield subject, _scaled(_value(value), scale, item.type)
            case k.IsMissing(item=item):
                if item.type == ty.BOOLEAN and not isinstance(item, k.Column):
                    yield from self._atoms(item, set())
                else:
                    yield self._linear(item)[0], None

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
                told = self._membership(e)
                return e if told is None else self.plain(told)
            case k.Compare(op="!="):
                return k.Not(self.plain(replace(e, op="=")))
            case k.Aggregate(rows=rows, value=value):
                inside = replace(rows, where=None if rows.where is None else self.plain(rows.where))
                return replace(e, rows=inside, value=None if value is None else self.plain(value))
            case (
                k.And()
                | k.Or()
                | k.Not()
                | k.Compare()
                | k.IsMissing()
                | k.OneOf()
                | k.If()
                | k.Arithmetic()
                | k.Elapsed()
            ):
                return k.with_children(e, self.plain)
            case _:
                return e

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

    def _read(self, e: k.Compare) -> tuple[k.Expr, str, c.Value] | None:
        """A comparison of a subject with a constant: (subject, operator, constant)."""
        if e.ignoring is not None:
            return None
        for left, right, op in ((e.left, e.right, e.op), (e.right, e.left, MIRRORED[e.op])):
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
                return subject, op if factor > 0 else MIRRORED[op], (constant - offset) / factor
            return subject, op, constant
        return None

    def _since(self, e: k.Expr, op: str, constant: c.Value) -> tuple[k.Expr, str, c.Value] | None:
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
                return e.start, MIRRORED[op], end - days
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
        if isinstance(e, k.OneOf) and isinstance(e.item, k.Literal_):
            return k.Literal_(_value(e.item.value) in map(_value, e.values), ty.BOOLEAN)
        if not isinstance(e, k.Compare):
            return None
        if isinstance(e.left, k.Missing) or isinstance(e.right, k.Missing):
            return k.Missing("missing", ty.BOOLEAN)
        left, right = self.constant(e.left), self.constant(e.right)
        if left is None or right is None or e.ignoring is not None:
            return None
        return k.Literal_(_compared(e.op, left, right), ty.BOOLEAN)

    def constant(self, e: k.Expr) -> c.Value | None:
        if isinstance(e, k.Literal_) and not isinstance(e.value, dt.date):
            return _value(e.value)
        return self.clock.constant(e)

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

    def _cells(self, e: k.Expr, borders: set[c.Value]) -> tuple[str, tuple[c.Cell, ...]]:
        may_lack = self.may_lack(e)
        if isinstance(e, k.Compare):
            return ("truth", c.named((True, False), False, True)) if e.ignoring or (e.op == "=" and not _has_order(e.left.type)) else ("pair", _PAIR)  # fmt: skip
        match e.type:
            case ty.Boolean():
                return "named", c.named((True, False), False, may_lack)
            case ty.Enum(values=values):
                return "named", c.named(values, False, may_lack)
            case ty.Date():
                return "ordered", c.ordered(list(borders), dt.timedelta(days=1), None, None, may_lack)
            case ty.Timestamp():
                return "ordered", c.ordered(list(borders), dt.timedelta(microseconds=1), None, None, may_lack)
            case ty.Integer() | ty.Number() | ty.Real() | ty.Money() | ty.Constant():
                low, high, grain = self.range(e)
                return "ordered", c.ordered(list(borders), grain, low, high, may_lack)
            case _:
                return "named", c.named(sorted(map(str, borders)), True, may_lack)

    def range(self, e: k.Expr) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
        """(least, largest, distance between two values) of a number."""
        if isinstance(e, k.Aggregate) and e.function in _BOUNDED:
            return Fraction(0), Fraction(1) if e.function == k.Function.SHARE else None, None if e.function == k.Function.SHARE else Fraction(1)  # fmt: skip
        if isinstance(e, k.Aggregate) and e.function in _OF_VALUES and isinstance(e.value, k.Column):
            low, high, grain = self.range(e.value)
            return low, high, None if e.function in (k.Function.AVERAGE, k.Function.MEDIAN) else grain
        if isinstance(e, k.Standing):
            return (None if e.of.endswith("sum") else Fraction(0)), None, None if e.of.endswith("sum") else Fraction(1)
        if isinstance(e, k.Split):
            return Fraction(0), None, None
        if (isinstance(e, k.Column) and e.type in (ty.INTEGER, ty.NUMBER)) or (isinstance(e, k.Column) and isinstance(e.type, ty.Money)):  # fmt: skip
            described = self.model.schema.relations[e.relation].fields[e.name]
            low, high = (None if x is None else Fraction(x) for x in (described.low, described.high))
            return low, high, Fraction(1, ty.scale(e.type))
        return None, None, Fraction(1) if e.type == ty.INTEGER else None

    def may_lack(self, e: k.Expr) -> bool:
        if isinstance(e, k.Column):
            described = self.model.schema.relations[e.relation].fields[e.name]
            return not ((described.key or described.required) and described.known_at is None and e.row == k.This())
        if isinstance(e, k.Aggregate) and e.function in (k.Function.COUNT, k.Function.COUNT_DISTINCT):
            window = e.rows.window
            sure = window is None or all(b is None or self.clock.constant(b) is not None for b in (window.start, window.end))  # fmt: skip
            complete = all(self.model.schema.relations[h.relation].complete_from is None for h in e.rows.hops if hasattr(h, "relation"))  # fmt: skip
            return not (
                sure and complete and e.rows.anchor == k.This() and e.rows.latest is None and e.rows.everyone is None
            )
        return True

    # -- sets ----------------------------------------------------------------------------------

    def truth(self, condition: k.Expr) -> Known:
        e = self.plain(condition)
        if e not in self._found:
            self._found[e] = self._truth(e)
        return self._found[e]

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
            case k.Compare() | k.OneOf(listed=None, ignoring=None) | k.IsMissing():
                pushed = _pushed(e) or self._settled(e)
                return self.truth(pushed) if pushed is not None else self._asked(e)
            case k.Member(arm=str() as arm) if (rule := self._arms_of(e)) is not None:
                taken = self.arms(rule)
                elsewhere = [t for name, t in taken.items() if name != arm]
                return Known(taken[arm], d.either(self.population(rule).false, *elsewhere))
            case _:
                return self._cells_where(e, lambda cell: cell.low is True, lambda cell: cell.low is False)

    def _asked(self, e: k.Compare | k.OneOf | k.IsMissing) -> Known:
        match e:
            case k.Compare():
                read = self._read(e)
                if read is not None:
                    subject, op, constant = read
                    return self._sides_where(subject, _SIDES[op], [constant])
                pair, op = _pair(e)
                if self.subjects[pair].kind == "pair":
                    return self._cells_where(
                        pair, lambda x: not x.missing and str(x.low) in op, lambda x: not x.missing and str(x.low) not in op
                    )  # fmt: skip
                return self._cells_where(pair, lambda x: x.low is True, lambda x: x.low is False)
            case k.OneOf(item=item, values=values):
                subject, scale = self._linear(item)
                wanted = [_scaled(_value(v), scale, item.type) for v in values]
                return self._sides_where(subject, _SIDES["="], wanted)
            case k.IsMissing(item=item):
                if item.type == ty.BOOLEAN and not isinstance(item, k.Column):
                    inner = self.truth(item)
                    known = self.diagrams.either(inner.true, inner.false)
                    return Known(self.diagrams.other(known), known)
                return self._cells_where(self._linear(item)[0], lambda x: x.missing, lambda x: not x.missing)
        raise AssertionError(e)

    def _sides_where(self, subject: k.Expr, holds: Callable[[c.Sides], int], borders: Sequence[c.Value]) -> Known:
        """Those whose cell lies on one of some sides of one of some borders."""
        found, d = self.subjects[subject], self.diagrams
        true = 0
        for border in borders:
            true |= holds(c.sides(found.cells, border))
        known = (1 << len(found.cells)) - 1 ^ (1 << len(found.cells) - 1 if found.cells[-1].missing else 0)
        return Known(d.subset(found.variable, true), d.subset(found.variable, known & ~true))

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


def _pair(e: k.Compare) -> tuple[k.Compare, str]:
    """Two values compared, always in one order: (the subject, the operator between them)."""
    if repr(e.left) <= repr(e.right):
        return replace(e, op="=", span=None), e.op
    return replace(e, op="=", left=e.right, right=e.left, span=None), MIRRORED[e.op]


def _value(value: k.Scalar) -> c.Value:
    return Fraction(value.numerator, value.denominator) if isinstance(value, k.Ratio) else value


def _scaled(constant: c.Value, scale: tuple[Fraction, Fraction], typed: ty.Type) -> c.Value:
    if isinstance(constant, Fraction) and typed == ty.REAL:
        return Fraction(float(constant))  # compared in doubles
    return (constant - scale[1]) / scale[0] if isinstance(constant, Fraction) else constant


def _has_order(typed: ty.Type) -> bool:
    return not isinstance(typed, ty.Text | ty.Boolean | ty.SetOfText | ty.Link | ty.Enum)


def _pushed(e: k.Compare | k.OneOf | k.IsMissing) -> k.Expr | None:
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


def _may_be_asked_elsewhere(e: k.Expr) -> bool:
    """Whether an expression keeps its meaning with its row replaced by another."""
    return not any(isinstance(n, k.Member | k.Tally | k.Standing | k.At | k.Rounded) for n in k.walk(e))
