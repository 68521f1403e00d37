"""Numbers of the reference evaluator: exact pairs, and doubles where a step exceeds 2**126."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass

from segdsl.model.exact import BOUND, LARGEST_SUMMAND, QUOTIENT_SCALE


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number. `pair` is the exact (numerator, denominator > 0); None if it overflowed or the number is real."""

    pair: tuple[int, int] | None
    double: float


def exact(numerator: int, denominator: int) -> Quantity:
    pair = (numerator, denominator) if abs(numerator) < BOUND and denominator < BOUND else None
    return Quantity(pair, float(numerator) / float(denominator))


def real(value: float) -> Quantity | None:
    """Returns a real number; None if the value isn't finite."""
    return Quantity(None, value) if math.isfinite(value) else None


def rounded(q: Quantity) -> Quantity:
    """Returns a number as a double."""
    return Quantity(None, q.double)


_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def arithmetic(op: str, a: Quantity, b: Quantity, same_denominator: bool) -> Quantity | None:
    """Computes `a op b`; None for a division by zero, or for a real result that isn't finite.

    `same_denominator` says that both numbers have one denominator by definition, which + and - keep.
    """
    double = _double(op, a.double, b.double)
    if a.pair is None or b.pair is None:
        return double
    if op == "/" and b.pair[0] == 0:
        return None
    pair = _pair(op, a.pair, b.pair, same_denominator)
    if pair is None:
        return double
    return Quantity(pair, double.double if double is not None else pair[0] / pair[1])


def _double(op: str, a: float, b: float) -> Quantity | None:
    if op == "/":
        return None if b == 0 else real(a / b)
    return real(_OPERATORS[op](a, b))


def _pair(op: str, a: tuple[int, int], b: tuple[int, int], same_denominator: bool) -> tuple[int, int] | None:
    """Computes an exact pair; None if a step exceeds the bound."""
    (an, ad), (bn, bd) = a, b
    if op == "/":
        sign = 1 if bn > 0 else -1
        steps = [an * bd * sign, ad * abs(bn)]
    elif op == "*":
        steps = [an * bn, ad * bd]
    elif same_denominator:
        steps = [an + bn if op == "+" else an - bn, ad]
    else:
        left, right = an * bd, bn * ad
        steps = [left + right if op == "+" else left - right, ad * bd, left, right]
    return None if any(abs(s) >= BOUND for s in steps) else (steps[0], steps[1])


def compare(op: str, a: Quantity, b: Quantity, same_denominator: bool) -> tuple[bool, bool]:
    """Returns the truth of `a op b`, and whether it was decided in doubles."""
    if a.pair is not None and b.pair is not None:
        left, right = a.pair[0], b.pair[0]
        if not same_denominator:
            left, right = left * b.pair[1], right * a.pair[1]
        if abs(left) < BOUND and abs(right) < BOUND:
            return bool(_OPERATORS[op](left, right)), False
    return bool(_OPERATORS[op](a.double, b.double)), True


def summand(q: Quantity, denominator: int | None) -> int | None:
    """Returns the whole number that enters an aggregate: over `denominator`, else in billionths, rounded half up.

    Returns None if the number is too large to be summed.
    """
    if q.pair is None:
        return None
    numerator, over = q.pair
    if denominator is None:
        scaled, twice = 2 * QUOTIENT_SCALE * numerator, 2 * over
        if max(abs(scaled), abs(scaled + over), twice) >= BOUND:
            return None
        numerator = (scaled + over) // twice
    return numerator if abs(numerator) < LARGEST_SUMMAND else None
