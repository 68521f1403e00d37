"""Expression -> how large it is in a query, known before anything is built.

Exact arithmetic repeats its operands: a quotient's divisor stands in its numerator and its denominator, and
a step that may leave 128 bits is written twice, once to ask. Nested a few dozen times that would be larger
than any machine. The sizes here follow `sql/numbers.py`, so that such an expression is refused by `check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.exact import BOUND, QUOTIENT_SCALE, SPLIT_SCALE, Exactness, column_denominator, field_bits
from segdsl.model.schema import Schema
from segdsl.model.segment import Metric

LARGEST = 40_000  # nodes of one expression in a query; what people write stays below a few hundred
_WIDE = 127


@dataclass(frozen=True, slots=True)
class _Whole:
    size: int
    bits: int
    out: int = 0  # the size of what tells that a step left 128 bits; 0 where none can


@dataclass(frozen=True, slots=True)
class _Pair:
    """`same` is the denominator, where it is the same in every row; a real has no pair and only `double` counts.

    `floor` is the size of what a count that may lack rows is at least; 0 for all others.
    """

    top: _Whole
    over: _Whole
    same: int | None
    double: int
    floor: int = 0

    @property
    def total(self) -> int:
        return self.top.size + self.over.size + self.double + self.top.out + self.over.out


class Costs:
    """Sizes for the expressions of one model, each node once."""

    def __init__(self, schema: Schema, metrics: Mapping[str, Metric]) -> None:
        self._schema, self._metrics = schema, metrics
        self._exactness = Exactness(metrics)
        self._pairs: dict[int, tuple[k.Expr, _Pair]] = {}
        self._sizes: dict[int, tuple[k.Expr, int]] = {}

    def size(self, e: k.Expr) -> int:
        """Nodes of the whole expression in a query, at most; capped well above `LARGEST`."""
        if ty.is_numeric(e.type):
            return min(self._pair(e).total, _CAP)
        known = self._sizes.get(id(e))
        if known is None:
            known = self._sizes[id(e)] = (e, min(self._plain(e), _CAP))
        return known[1]

    def _plain(self, e: k.Expr) -> int:
        match e:
            case k.Compare(left=left, right=right) if ty.is_numeric(left.type) or ty.is_numeric(right.type):
                return _compared(self._pair(left), self._pair(right))
            case k.OneOf(item=item, values=values) if ty.is_numeric(item.type):
                pair = self._pair(item)
                one = pair.top.size + 2 if pair.same is not None else pair.total + 4
                return len(values) * (one + (pair.floor + 8 if pair.floor else 0))
            case k.OneOf(item=item):
                return self.size(item) + 2
            case k.TextTest(subject=subject, patterns=patterns):
                return len(patterns) * (self.size(subject) + 4) + sum(self.size(p) for p in patterns)
            case k.If(condition=condition, then=then, otherwise=otherwise):
                return 2 * self.size(condition) + self.size(then) + self.size(otherwise) + 4
            case k.Aggregate() | k.MetricOf() | k.Member() | k.Standing() | k.At() | k.Rounded():
                return 4
            case k.Elapsed():
                return 4 * sum(self.size(c) for c in k.children(e)) + 20
            case (
                k.Literal_() | k.Missing() | k.Column() | k.Tally() | k.AsOf() | k.StartOf() | k.Shift()
                | k.StartOfDay() | k.DateOf() | k.BusinessDays() | k.PartOf() | k.Arithmetic() | k.Distance()
                | k.Split() | k.Compare() | k.IsMissing() | k.SetTest() | k.Not() | k.And() | k.Or() | k.Named()
            ):  # fmt: skip
                return 2 + sum(self.size(c) for c in k.children(e))

    # -- numbers, as in sql/numbers.py ---------------------------------------------------

    def _pair(self, e: k.Expr) -> _Pair:
        known = self._pairs.get(id(e))
        if known is None:
            known = self._pairs[id(e)] = (e, _capped(self._number(e)))
        return known[1]

    def _number(self, e: k.Expr) -> _Pair:
        match e:
            case k.Literal_(value=k.Ratio(numerator, denominator)):
                return _leaf(max(1, abs(numerator).bit_length()), denominator)
            case k.Column():
                field = self._schema.relations[e.relation].fields.get(e.name)
                return _leaf(field_bits(field) if field is not None else 63, column_denominator(e.type))
            case k.MetricOf(name=name):
                return _stored(self._pair(self._metrics[name].body))
            case k.Aggregate(function=k.Function.COUNT | k.Function.COUNT_DISTINCT, rows=rows):
                lacking = self._schema.relations[rows.relation].complete_from is not None
                return replace(_leaf(_WIDE - 1, self._exactness.denominator(e)), floor=2 if lacking else 0)
            case k.Aggregate() | k.Standing():
                return _leaf(_WIDE - 1, self._exactness.denominator(e))
            case k.At(item=item):
                return _stored(self._pair(item))
            case k.Rounded(item=item):
                same = self._exactness.denominator(item)
                pair = self._pair(item)
                kept = _leaf(min(pair.top.bits, _WIDE) if same is not None else 95, same or QUOTIENT_SCALE)
                return replace(kept, floor=2 if pair.floor else 0)
            case k.Split(by=by):
                return _leaf_of(self.size(by) + 8, 52, SPLIT_SCALE)
            case k.Distance(places=places):
                return _leaf_of(20 * (2 + sum(self._pair(p).double for p in places)), 1, 1)
            case k.Named(body=body):
                return self._pair(body)
            case k.Arithmetic(op=op, left=left, right=right):
                a, b = self._pair(left), self._pair(right)
                same = self._exactness.denominator(e)
                if op == "/" and same is not None:
                    return _Pair(
                        _times(a.top, b.over), _Whole(2, same.bit_length()), same, 2 * (a.double + b.double) + 6
                    )
                return _arithmetic(op, a, b)
            case k.If(condition=condition, then=then, otherwise=otherwise):
                return _chosen(2 * self.size(condition) + 4, self._pair(then), self._pair(otherwise))
            case k.Elapsed() | k.PartOf() | k.BusinessDays():
                inner = self._plain(e) + (2 * len(e.calendar.holidays) + 20 if isinstance(e, k.BusinessDays) else 0)
                return _Pair(_Whole(inner, 40), _Whole(1, 1), 1, inner)
            case (
                k.Literal_() | k.Missing() | k.Member() | k.Tally() | k.AsOf() | k.StartOf() | k.Shift()
                | k.StartOfDay() | k.DateOf() | k.Compare() | k.IsMissing() | k.OneOf() | k.TextTest() | k.SetTest()
                | k.Not() | k.And() | k.Or()
            ):  # fmt: skip
                return _leaf(1, 1)


_CAP = 100 * LARGEST


def _capped(p: _Pair) -> _Pair:
    def capped(w: _Whole) -> _Whole:
        return _Whole(min(w.size, _CAP), w.bits, min(w.out, _CAP))

    return _Pair(capped(p.top), capped(p.over), p.same, min(p.double, _CAP), min(p.floor, _CAP))


def _leaf(bits: int, over: int | None) -> _Pair:
    return _Pair(_Whole(2, bits), _Whole(2, (over or QUOTIENT_SCALE).bit_length() if over else 62), over, 4)


def _leaf_of(size: int, bits: int, over: int) -> _Pair:
    return _Pair(_Whole(size, bits), _Whole(2, over.bit_length()), over, size + 2)


def _stored(p: _Pair) -> _Pair:
    """A metric is kept in columns: what it is made of is not repeated by whoever reads it."""
    out = 2 if p.top.out or p.over.out else 0
    return _Pair(_Whole(2, p.top.bits, out), _Whole(2, p.over.bits, out), p.same, 4, 2 if p.floor else 0)


def _times(a: _Whole, b: _Whole) -> _Whole:
    bits, size, out = a.bits + b.bits, a.size + b.size + 3, a.out + b.out
    return _Whole(size, bits, out) if bits <= _WIDE else _Whole(2 * size + 10, _WIDE, out + size + 10)


def _plus(a: _Whole, b: _Whole) -> _Whole:
    bits, size, out = max(a.bits, b.bits) + 1, a.size + b.size + 3, a.out + b.out
    return _Whole(size, bits, out) if bits <= _WIDE else _Whole(3 * size + 20, _WIDE, out + 2 * size + 20)


def _arithmetic(op: str, a: _Pair, b: _Pair) -> _Pair:
    double = 2 * (a.double + b.double) + 6  # asked whether it is finite, then given
    same = a.same * b.same if a.same is not None and b.same is not None and a.same * b.same < BOUND else None
    over = _times(a.over, b.over) if same is None else _Whole(2, same.bit_length())
    if op == "/":
        top = _times(a.top, b.over)
        return _Pair(
            replace(top, size=top.size + b.top.size + 2),
            _times(a.over, replace(b.top, size=b.top.size + 4)),
            None,
            double,
        )
    if op == "*":
        return _Pair(_times(a.top, b.top), over, same, double)
    if a.same is not None and a.same == b.same:
        return _Pair(_plus(a.top, b.top), a.over, a.same, double)
    return _Pair(_plus(_times(a.top, b.over), _times(b.top, a.over)), over, same, double)


def _chosen(condition: int, a: _Pair, b: _Pair) -> _Pair:
    out = (
        condition + a.top.out + b.top.out + a.over.out + b.over.out
        if a.top.out or b.top.out or a.over.out or b.over.out
        else 0
    )
    top = _Whole(condition + a.top.size + b.top.size, max(a.top.bits, b.top.bits), out)
    same = a.same if a.same is not None and a.same == b.same else None
    over = (
        a.over
        if same is not None
        else _Whole(condition + a.over.size + b.over.size, max(a.over.bits, b.over.bits), out)
    )
    floor = condition + a.floor + b.floor if a.floor or b.floor else 0
    return _Pair(top, over, same, condition + a.double + b.double, floor)


def _compared(a: _Pair, b: _Pair) -> int:
    """Where a count may lack rows, what the rows seen decide is asked, too."""
    floors = [(x.floor, y) for x, y in ((a, b), (b, a)) if x.floor]
    decided = sum(_known(_leaf_of(floor, 31, 1), other) + 8 for floor, other in floors)
    return _known(a, b) + decided


def _known(a: _Pair, b: _Pair) -> int:
    left, right = _times(a.top, b.over), _times(b.top, a.over)
    doubled = left.out + right.out + a.double + b.double if left.out or right.out else 0
    return left.size + right.size + doubled + 4
