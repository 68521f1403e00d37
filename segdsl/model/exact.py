"""Which numbers are exact, and over which denominator; both follow from a rule's text.

An exact number is a pair (numerator, denominator), built unreduced in written order. If a step exceeds `BOUND` in a row, that row
is computed in doubles; this is the only point on which all engines must agree.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model import versions
from segdsl.model.schema import Field
from segdsl.model.segment import Metric

BOUND = 2**126  # whole numbers below it fit into 128 bits as well as into 38 decimal digits
QUOTIENT_PLACES = 9  # a quotient that enters an aggregate is rounded half up to a billionth
QUOTIENT_SCALE = 10**QUOTIENT_PLACES
SPLIT_SCALE = 2**52
LARGEST_SUMMAND = 2**94  # so that a sum over 2**31 rows stays within BOUND, with a bit to round it


class Exactness:
    """Computes exactness for the expressions of one model, each node once.

    `metrics_of_tests` are the metrics that a test sets for a customer; such a metric has the denominator of the figure in the test.
    """

    def __init__(self, metrics: Mapping[str, Metric], metrics_of_tests: Collection[str] = ()) -> None:
        self._metrics, self._metrics_of_tests = metrics, metrics_of_tests
        self._denominators: dict[int, tuple[k.Expr, int | None]] = {}
        self._real: dict[int, tuple[k.Expr, bool]] = {}

    def denominator(self, e: k.Expr) -> int | None:
        """Returns the denominator of every value of `e`, None if it differs from row to row."""
        cached = self._denominators.get(id(e))
        if cached is None:
            cached = self._denominators[id(e)] = (e, self._denominator(e))
        return cached[1]

    def same_denominator(self, a: k.Expr, b: k.Expr) -> bool:
        return self.denominator(a) is not None and self.denominator(a) == self.denominator(b)

    def real(self, e: k.Expr) -> bool:
        """Tells whether `e` is computed in doubles."""
        cached = self._real.get(id(e))
        if cached is None:
            cached = self._real[id(e)] = (e, self._is_real(e))
        return cached[1]

    def _denominator(self, e: k.Expr) -> int | None:
        match e:
            case k.Literal_(value=k.Ratio(_, denominator)):
                return denominator
            case k.Column():
                return column_denominator(e.type)
            case k.MetricOf(name=name):
                return None if name in self._metrics_of_tests else self.denominator(self._metrics[name].body)
            case k.Named(body=body):
                return self.denominator(body)
            case k.Arithmetic(op=op, left=left, right=right):
                a, b = self.denominator(left), self.denominator(right)
                if op == "/":
                    divisor = constant_divisor(right)
                    return None if a is None or divisor is None else _within_bound(a * abs(divisor.numerator))
                if a is None or b is None:
                    return None
                return a if op in "+-" and a == b else _within_bound(a * b)
            case k.If(then=then, otherwise=otherwise):
                branches = [self.denominator(x) for x in (then, otherwise) if not isinstance(x, k.Missing)]
                return branches[0] if branches and all(b == branches[0] for b in branches) else None
            case k.Aggregate(function=function, value=value):
                return self._denominator_of(function, value)
            case k.RoundTo(to=to):
                return to.denominator
            case k.Standing(of="greater_sum" | "positive_sum", value=value) | k.Rounded(item=value):
                return self.denominator(value) or QUOTIENT_SCALE
            case k.At(item=item):
                return self.denominator(item)
            case k.Split():
                return SPLIT_SCALE
            case k.Literal_() | k.Missing() | k.Member() | k.Tally() | k.Standing() | k.Distance():
                return 1
            case k.AsOf() | k.StartOf() | k.Shift() | k.StartOfDay() | k.DateOf():
                return 1
            case k.Elapsed() | k.BusinessDays() | k.PartOf() | k.SizeOf():
                return 1
            case k.Compare() | k.IsMissing() | k.OneOf() | k.TextTest() | k.SetTest() | k.Not() | k.And() | k.Or():
                return 1

    def _denominator_of(self, function: k.Function, value: k.Expr | None) -> int | None:
        match function:
            case k.Function.AVERAGE | k.Function.SHARE:
                return None
            case k.Function.MEDIAN:
                assert value is not None
                return _within_bound(2 * (self.denominator(value) or QUOTIENT_SCALE))
            case k.Function.SUM | k.Function.MIN | k.Function.MAX | k.Function.PICK | k.Function.MOST_COMMON:
                if value is None or not ty.is_numeric(value.type):
                    return 1
                return self.denominator(value) or QUOTIENT_SCALE
            case k.Function.COUNT | k.Function.ANY | k.Function.COUNT_DISTINCT | k.Function.TIMES_OF_COMMONEST:
                return 1

    def _is_real(self, e: k.Expr) -> bool:
        match e:
            case k.Column():
                return e.type == ty.REAL
            case k.MetricOf(name=name):
                return self.real(self._metrics[name].body)
            case k.Named(body=body):
                return self.real(body)
            case k.Arithmetic(left=left, right=right):
                return self.real(left) or self.real(right)
            case k.If(then=then, otherwise=otherwise):
                return self.real(then) or self.real(otherwise)
            case k.Aggregate(function=function, value=value):
                return self._is_real_of(function, value)
            case k.Rounded(item=item) | k.At(item=item):
                return self.real(item)
            case k.RoundTo():
                return False
            case k.Distance():
                return True
            case k.Literal_() | k.Missing() | k.Member() | k.Tally() | k.Standing() | k.Split():
                return False
            case k.AsOf() | k.StartOf() | k.Shift() | k.StartOfDay() | k.DateOf():
                return False
            case k.Elapsed() | k.BusinessDays() | k.PartOf() | k.SizeOf():
                return False
            case k.Compare() | k.IsMissing() | k.OneOf() | k.TextTest() | k.SetTest() | k.Not() | k.And() | k.Or():
                return False

    def _is_real_of(self, function: k.Function, value: k.Expr | None) -> bool:
        match function:
            case k.Function.SUM | k.Function.AVERAGE | k.Function.MEDIAN | k.Function.MIN | k.Function.MAX:
                return value is not None and self.real(value)
            case k.Function.PICK | k.Function.MOST_COMMON:
                return value is not None and self.real(value)
            case k.Function.COUNT | k.Function.ANY | k.Function.SHARE | k.Function.COUNT_DISTINCT:
                return False
            case k.Function.TIMES_OF_COMMONEST:
                return False


def _within_bound(denominator: int) -> int | None:
    return denominator if denominator < BOUND else None


def constant_divisor(e: k.Expr) -> k.Ratio | None:
    """Returns a constant divisor other than 0, None for any other divisor. With it the quotient's denominator is fixed."""
    if isinstance(e, k.Literal_) and isinstance(e.value, k.Ratio) and e.value.numerator != 0:
        return e.value
    return None


ROUNDABLE = 2**125
"""A denominator times a step must be smaller, so that rounding to the step stays below `BOUND`."""


def rounded_bits(bits: int, over: int, to: k.Ratio) -> int:
    """Returns a bound on the bits of a number of `bits` over `over` that is rounded to a multiple of `to`, over its denominator."""
    return max(bits + to.denominator.bit_length() - over.bit_length() + 2, to.numerator.bit_length() + 1)


def column_denominator(t: ty.Type) -> int:
    """Returns the denominator of a field's values, which are stored as whole numbers."""
    if isinstance(t, ty.Money):
        return ty.minor_units(t.currency)
    return ty.NUMBER_SCALE if t == ty.NUMBER else 1


def field_bits(field: Field) -> int:
    """Returns a bound on the bits of a field's values, which are stored as whole numbers."""
    scale = ty.minor_units(field.type.currency) if isinstance(field.type, ty.Money) else 1
    if field.type == ty.VERSION:
        return versions.BITS
    if field.type == ty.NUMBER:
        return 90  # 18 digits before the point and 9 after it
    if field.low is not None and field.high is not None:
        largest = max(abs(field.low), abs(field.high)) * scale
        return max(1, int(largest + 1).bit_length())
    return 63
