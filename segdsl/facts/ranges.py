"""Ranges of numbers in rules: the bounds of a number, and the step from one value to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import EARLIEST, LATEST, LONGEST_SHIFT_DAYS
from segdsl.model.cost import Costs
from segdsl.model.segment import Model

_FINITE_BITS = 1_000  # a double holds whole numbers of up to 1,024 bits
_LEAF_BITS = 128


@dataclass(frozen=True, slots=True)
class Range:
    """The range of a number; both bounds are possible values.

    `low` is the least value; None if there is no bound.
    `high` is the greatest value; None if there is no bound.
    `step` is the distance between neighbouring values; None if there are values between any two.
    """

    low: Fraction | None = None
    high: Fraction | None = None
    step: Fraction | None = None


_PARTS: Mapping[k.Part, tuple[int, int]] = {
    "year": (EARLIEST.year - LONGEST_SHIFT_DAYS // 365, LATEST.year + LONGEST_SHIFT_DAYS // 365), "quarter": (1, 4), "month": (1, 12),
    "day": (1, 31), "weekday": (1, 7), "hour": (0, 23),
}  # fmt: skip
_COUNT = Range(low=Fraction(0), step=Fraction(1))
_COUNTS = (k.Function.COUNT, k.Function.COUNT_DISTINCT, k.Function.TIMES_OF_COMMONEST)
_EXTREMES = (k.Function.MIN, k.Function.MAX, k.Function.PICK, k.Function.MOST_COMMON)
_MIDDLES = (k.Function.AVERAGE, k.Function.MEDIAN)


def range_of(model: Model, e: k.Expr) -> Range:
    """Returns the range of a number, as far as it is known."""
    match e:
        case k.Aggregate(function=function, rows=rows) if function in _COUNTS:
            return _COUNT if rows.latest is None else replace(_COUNT, high=Fraction(rows.latest))
        case k.BusinessDays() | k.SizeOf():
            return _COUNT
        case k.Aggregate(function=k.Function.SHARE):
            return Range(Fraction(0), Fraction(1))
        case k.Aggregate(function=function, value=k.Column() as value) if function in _EXTREMES:
            return range_of(model, value)
        case k.Aggregate(function=function, value=k.Column() as value) if function in _MIDDLES:
            inner = range_of(model, value)
            return Range(inner.low, inner.high)
        case k.Standing(of="greater_sum" | "positive_sum"):
            return Range()
        case k.Standing():
            return _COUNT
        case k.PartOf(part=part):
            least, greatest = _PARTS[part]
            return Range(Fraction(least), Fraction(greatest), Fraction(1))
        case k.Split():
            return Range(low=Fraction(0))
        case k.Column(type=ty.Integer() | ty.Number() | ty.Money()):
            field = model.schema.relations[e.relation].fields[e.name]
            low, high = (None if bound is None else Fraction(bound) for bound in (field.low, field.high))
            return Range(low, high, Fraction(1, ty.scale(e.type)))
        case _:
            return Range(step=Fraction(1) if e.type == ty.INTEGER else None)


class Sizes:
    """Bounds the size of computed numbers in one model; each metric is computed once."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._costs = Costs(model.schema, model.metrics)
        self._metrics: dict[str, int] = {}

    def may_overflow(self, e: k.Arithmetic) -> bool:
        """Tells whether a computed number may be too large to have a value: a double that isn't finite."""
        return e.type == ty.REAL or self._bits(e) > _FINITE_BITS

    def may_be_left_out_of_sums(self, e: k.Expr) -> bool:
        """Tells whether a known number may be too large to be summed, ranked or rounded."""
        if e.type == ty.REAL:
            return True  # the sum may be infinite
        return ty.is_numeric(e.type) and not self._costs.summable(e)

    def _bits(self, e: k.Expr) -> int:
        """Returns a bound on the bits before the point: the total over all values that the number is computed from."""
        match e:
            case k.Arithmetic(left=left, right=right):
                return min(_FINITE_BITS + 1, self._bits(left) + self._bits(right))
            case k.If(then=then, otherwise=otherwise):
                return max(self._bits(then), self._bits(otherwise))
            case k.Named(body=body):
                return self._bits(body)
            case k.MetricOf(name=name):
                if name not in self._metrics:
                    self._metrics[name] = self._bits(self._model.metrics[name].body)
                return self._metrics[name]
            case _:  # a field, a figure as written, or a number stored in 128 bits
                return _LEAF_BITS
