"""The size of an expression in a query, computed before the query is built.

Exact arithmetic repeats its operands: a quotient's divisor appears in its numerator and its denominator, and a step that may
exceed 128 bits is written twice, once to check it. Nested a few dozen times, such an expression would not fit on any machine.
The sizes here follow `sql/numbers.py`, so that `check` refuses such an expression.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.exact import (
    BOUND,
    LARGEST_SUMMAND,
    QUOTIENT_SCALE,
    SPLIT_SCALE,
    Exactness,
    column_denominator,
    field_bits,
    rounded_bits,
)
from segdsl.model.schema import Schema
from segdsl.model.segment import Metric

LARGEST = 40_000  # nodes of one expression in a query; rules in practice have a few hundred at most
_WIDE = 126
ROW_BITS = 31  # of a count of rows
SUMMAND_BITS = LARGEST_SUMMAND.bit_length() - 1


@dataclass(frozen=True, slots=True)
class _WholeNumber:
    """A whole number in a query.

    size: nodes of its expression.
    bits: a bound on its bits.
    out: nodes of the check that a step exceeded 128 bits; 0 if none can.
    """

    size: int
    bits: int
    out: int = 0


@dataclass(frozen=True, slots=True)
class _Pair:
    """A number in a query, as a pair of numerator and denominator and as a double.

    top: the numerator.
    over: the denominator.
    fixed: the denominator if it has one value in every row, else None.
    double: nodes of the number as a double; for a real only this counts.
    floor: nodes of the lower bound of a count that may lack rows; 0 for any other number.
    """

    top: _WholeNumber
    over: _WholeNumber
    fixed: int | None
    double: int
    floor: int = 0

    @property
    def total(self) -> int:
        return self.top.size + self.over.size + self.double + self.top.out + self.over.out


class Costs:
    """Computes sizes for the expressions of one model, each node once."""

    def __init__(self, schema: Schema, metrics: Mapping[str, Metric]) -> None:
        self._schema, self._metrics = schema, metrics
        self._exactness = Exactness(metrics)
        self._pairs: dict[int, tuple[k.Expr, _Pair]] = {}
        self._sizes: dict[int, tuple[k.Expr, int]] = {}

    def size(self, e: k.Expr) -> int:
        """Returns an upper bound on the nodes of an expression in a query, capped well above `LARGEST`."""
        if ty.is_numeric(e.type):
            return min(self._pair(e).total, _CAP)
        cached = self._sizes.get(id(e))
        if cached is None:
            cached = self._sizes[id(e)] = (e, min(self._plain(e), _CAP))
        return cached[1]

    def summable(self, e: k.Expr) -> bool:
        """Tells whether an exact number can always be summed: in its denominator, or in billionths, it fits into 94 bits."""
        pair = self._pair(e)
        scaled = 0 if self._exactness.denominator(e) is not None else (2 * QUOTIENT_SCALE).bit_length()
        steps_out = pair.top.out or pair.over.out
        return not steps_out and pair.top.bits + scaled <= SUMMAND_BITS and pair.over.bits < _WIDE

    def exact(self, left: k.Expr, right: k.Expr) -> bool:
        """Tells whether two exact numbers are always compared exactly: no step, including the last, exceeds 128 bits."""
        a, b = self._pair(left), self._pair(right)
        parts = (a.top, a.over, b.top, b.over, _times(a.top, b.over), _times(b.top, a.over))
        return not any(part.out for part in parts)

    def _plain(self, e: k.Expr) -> int:
        match e:
            case k.Compare(left=left, right=right) if ty.is_numeric(left.type) or ty.is_numeric(right.type):
                return _comparison(self._pair(left), self._pair(right))
            case k.OneOf(item=item, values=values) if ty.is_numeric(item.type):
                pair = self._pair(item)
                comparison = pair.top.size + 2 if pair.fixed is not None else pair.total + 4
                return len(values) * (comparison + (pair.floor + 8 if pair.floor else 0))
            case k.OneOf(item=item):
                return self.size(item) + 2
            case k.TextTest(subject=subject, patterns=patterns, each=None):
                return len(patterns) * (self.size(subject) + 4) + sum(self.size(p) for p in patterns)
            case k.TextTest(subject=subject, patterns=patterns):  # the set stands there once, a pattern twice
                return self.size(subject) + 6 * len(patterns) + 2 * sum(self.size(p) for p in patterns)
            case k.If(condition=condition, then=then, otherwise=otherwise):
                return 2 * self.size(condition) + self.size(then) + self.size(otherwise) + 4
            case k.Aggregate() | k.MetricOf() | k.Member() | k.Standing() | k.At() | k.Rounded():
                return 4
            case k.Elapsed():
                return 4 * sum(self.size(c) for c in k.children(e)) + 20
            case k.Literal_() | k.Missing() | k.Column() | k.Tally() | k.AsOf() | k.StartOf():
                return 2
            case k.BusinessDays(calendar=calendar):  # each date is compared with the weekdays and the holidays
                times = 14 + len(calendar.holidays)
                return 2 + times * sum(self.size(c) for c in k.children(e))
            case k.Shift() | k.StartOfDay() | k.DateOf() | k.PartOf():
                return 2 + sum(self.size(c) for c in k.children(e))
            case k.Arithmetic() | k.Distance() | k.Split() | k.RoundTo() | k.SizeOf() | k.Named():
                return 2 + sum(self.size(c) for c in k.children(e))
            case k.Compare() | k.IsMissing() | k.SetTest() | k.Not() | k.And() | k.Or():
                return 2 + sum(self.size(c) for c in k.children(e))

    # -- numbers, as in sql/numbers.py ---------------------------------------------------

    def _pair(self, e: k.Expr) -> _Pair:
        cached = self._pairs.get(id(e))
        if cached is None:
            cached = self._pairs[id(e)] = (e, _capped(self._number(e)))
        return cached[1]

    def _number(self, e: k.Expr) -> _Pair:
        match e:
            case k.Literal_(value=k.Ratio(numerator, denominator)):
                return _leaf(max(1, abs(numerator).bit_length()), denominator)
            case k.Column():
                field = self._schema.relations[e.relation].fields.get(e.name)
                return _leaf(field_bits(field) if field is not None else 63, column_denominator(e.type))
            case k.MetricOf(name=name):
                return _stored(self._pair(self._metrics[name].body))
            case k.Aggregate():
                return self._aggregate(e)
            case k.Standing(of="greater_sum" | "positive_sum", value=value):
                return _leaf(min(self._summand(value).bits + ROW_BITS, _WIDE), self._exactness.denominator(e))
            case k.Standing():
                return _leaf(ROW_BITS, 1)
            case k.At(item=item):
                return _stored(self._pair(item))
            case k.Rounded(item=item):
                fixed = self._exactness.denominator(item)
                pair = self._pair(item)
                rounded = _leaf(
                    min(pair.top.bits, _WIDE) if fixed is not None else SUMMAND_BITS, fixed or QUOTIENT_SCALE
                )
                return replace(rounded, floor=2 if pair.floor else 0)
            case k.RoundTo(item=item, to=to):
                pair = self._pair(item)
                bits = rounded_bits(min(pair.top.bits, 95), pair.fixed or 1, to)
                return _leaf_of(2 * pair.total + 20, bits, to.denominator)
            case k.Split(by=by):
                return _leaf_of(self.size(by) + 8, 52, SPLIT_SCALE)
            case k.Distance(places=places):
                return _leaf_of(20 * (2 + sum(self._pair(p).double for p in places)), 1, 1)
            case k.Named(body=body):
                return self._pair(body)
            case k.Arithmetic(op=op, left=left, right=right):
                a, b = self._pair(left), self._pair(right)
                fixed = self._exactness.denominator(e)
                if op == "/" and fixed is not None:
                    return _Pair(
                        _times(a.top, b.over),
                        _WholeNumber(2, fixed.bit_length()),
                        fixed,
                        2 * (a.double + b.double) + 6,
                    )
                return _arithmetic(op, a, b)
            case k.If(condition=condition, then=then, otherwise=otherwise):
                return _if(2 * self.size(condition) + 4, self._pair(then), self._pair(otherwise))
            case k.Elapsed() | k.PartOf() | k.BusinessDays() | k.SizeOf():
                inner = self._plain(e) + (2 * len(e.calendar.holidays) + 20 if isinstance(e, k.BusinessDays) else 0)
                return _Pair(_WholeNumber(inner, 40), _WholeNumber(1, 1), 1, inner)
            case k.Literal_() | k.Missing() | k.Member() | k.Tally():
                return _leaf(1, 1)
            case k.AsOf() | k.StartOf() | k.Shift() | k.StartOfDay() | k.DateOf():
                return _leaf(1, 1)
            case k.Compare() | k.IsMissing() | k.OneOf() | k.TextTest() | k.SetTest() | k.Not() | k.And() | k.Or():
                return _leaf(1, 1)

    def _aggregate(self, e: k.Aggregate) -> _Pair:
        over = self._exactness.denominator(e)
        match e.function:
            case k.Function.COUNT | k.Function.COUNT_DISTINCT | k.Function.ANY:
                may_lack_rows = self._schema.relations[e.rows.relation].complete_from is not None
                return replace(_leaf(ROW_BITS, 1), floor=2 if may_lack_rows else 0)
            case k.Function.TIMES_OF_COMMONEST:
                return _leaf(ROW_BITS, 1)
            case k.Function.SHARE:
                return _Pair(_WholeNumber(2, ROW_BITS), _WholeNumber(2, ROW_BITS), None, 4)
            case k.Function.SUM:
                assert e.value is not None
                return _leaf(min(self._summand(e.value).bits + ROW_BITS, _WIDE), over)
            case k.Function.AVERAGE:
                assert e.value is not None
                summand = self._summand(e.value)
                top = min(summand.bits + ROW_BITS, _WIDE)
                return _Pair(_WholeNumber(2, top), _WholeNumber(4, summand.over.bit_length() + ROW_BITS), None, 6)
            case k.Function.MEDIAN:
                assert e.value is not None
                return _leaf(self._summand(e.value).bits + 1, 2 * self._summand(e.value).over)
            case k.Function.MIN | k.Function.MAX | k.Function.PICK | k.Function.MOST_COMMON:
                assert e.value is not None
                return _leaf(self._summand(e.value).bits, over)
            case _:
                assert_never(e.function)

    def _summand(self, value: k.Expr) -> _Summand:
        """Returns the size of a number as it enters an aggregate."""
        over = self._exactness.denominator(value)
        bits = self._pair(value).top.bits if over is not None else SUMMAND_BITS
        return _Summand(min(bits, SUMMAND_BITS), over or QUOTIENT_SCALE)


@dataclass(frozen=True, slots=True)
class _Summand:
    bits: int
    over: int


_CAP = 100 * LARGEST


def _capped(p: _Pair) -> _Pair:
    def capped(w: _WholeNumber) -> _WholeNumber:
        return _WholeNumber(min(w.size, _CAP), w.bits, min(w.out, _CAP))

    return _Pair(capped(p.top), capped(p.over), p.fixed, min(p.double, _CAP), min(p.floor, _CAP))


def _leaf(bits: int, over: int | None) -> _Pair:
    return _Pair(_WholeNumber(2, bits), _WholeNumber(2, (over or QUOTIENT_SCALE).bit_length() if over else 62), over, 4)


def _leaf_of(size: int, bits: int, over: int) -> _Pair:
    return _Pair(_WholeNumber(size, bits), _WholeNumber(2, over.bit_length()), over, size + 2)


def _stored(p: _Pair) -> _Pair:
    """Returns the size of a metric, which is computed into columns once and read from there."""
    out = 2 if p.top.out or p.over.out else 0
    return _Pair(_WholeNumber(2, p.top.bits, out), _WholeNumber(2, p.over.bits, out), p.fixed, 4, 2 if p.floor else 0)


def _times(a: _WholeNumber, b: _WholeNumber) -> _WholeNumber:
    bits, size, out = a.bits + b.bits, a.size + b.size + 3, a.out + b.out
    return _WholeNumber(size, bits, out) if bits <= _WIDE else _WholeNumber(2 * size + 10, _WIDE, out + size + 10)


def _plus(a: _WholeNumber, b: _WholeNumber) -> _WholeNumber:
    bits, size, out = max(a.bits, b.bits) + 1, a.size + b.size + 3, a.out + b.out
    return _WholeNumber(size, bits, out) if bits <= _WIDE else _WholeNumber(3 * size + 20, _WIDE, out + 2 * size + 20)


def _arithmetic(op: str, a: _Pair, b: _Pair) -> _Pair:
    double = 2 * (a.double + b.double) + 6  # written twice: once to check that it is finite
    denominator = (
        a.fixed * b.fixed if a.fixed is not None and b.fixed is not None and a.fixed * b.fixed < BOUND else None
    )
    over = _times(a.over, b.over) if denominator is None else _WholeNumber(2, denominator.bit_length())
    if op == "/":
        top = _times(a.top, b.over)
        return _Pair(
            replace(top, size=top.size + b.top.size + 2),
            _times(a.over, replace(b.top, size=b.top.size + 4)),
            None,
            double,
        )
    if op == "*":
        return _Pair(_times(a.top, b.top), over, denominator, double)
    if a.fixed is not None and a.fixed == b.fixed:
        return _Pair(_plus(a.top, b.top), a.over, a.fixed, double)
    return _Pair(_plus(_times(a.top, b.over), _times(b.top, a.over)), over, denominator, double)


def _if(condition: int, a: _Pair, b: _Pair) -> _Pair:
    checks = a.top.out + b.top.out + a.over.out + b.over.out
    out = condition + checks if checks else 0
    top = _WholeNumber(condition + a.top.size + b.top.size, max(a.top.bits, b.top.bits), out)
    denominator = a.fixed if a.fixed is not None and a.fixed == b.fixed else None
    over = _WholeNumber(condition + a.over.size + b.over.size, max(a.over.bits, b.over.bits), out)
    over = a.over if denominator is not None else over
    floor = condition + a.floor + b.floor if a.floor or b.floor else 0
    return _Pair(top, over, denominator, condition + a.double + b.double, floor)


def _comparison(a: _Pair, b: _Pair) -> int:
    """Returns the size of a comparison; for a count that may lack rows its floor is compared as well."""
    floors = [(x.floor, y) for x, y in ((a, b), (b, a)) if x.floor]
    decided = sum(_exact_comparison(_leaf_of(floor, 31, 1), other) + 8 for floor, other in floors)
    return _exact_comparison(a, b) + decided


def _exact_comparison(a: _Pair, b: _Pair) -> int:
    left, right = _times(a.top, b.over), _times(b.top, a.over)
    doubled = left.out + right.out + a.double + b.double if left.out or right.out else 0
    return left.size + right.size + doubled + 4
