"""Numbers of the reference evaluator: exact pairs, decided in doubles only where a step leaves 2**127."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass

from segdsl.model.exact import BOUND, LARGEST_SUMMAND, QUOTIENT_SCALE


@dataclass(frozen=True, slots=True)
class Quantity:
    """`pair` is the exact (numerator, denominator > 0), None where it overflowed or the number is real."""

    pair: tuple[int, int] | None
    double: float


def exact(numerator: int, denominator: int) -> Quantity:
    pair = (numerator, denominator) if abs(numerator) < BOUND and denominator < BOUND else None
    return Quantity(pair, float(numerator) / float(denominator))


def real(value: float) -> Quantity | None:
    """None where the value is no finite number."""
    return Quantity(None, value) if math.isfinite(value) else None


def rounded(q: Quantity) -> Quantity:
    """As a double, whatever it was."""
    return Quantity(None, q.double)


_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "=": operator.eq, "!=": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def arithmetic(op: str, a: Quantity, b: Quantity, same_denominator: bool) -> Quantity | None:
    """`a op b`; None for a division by zero, or a real result that is not finite.

    `same_denominator` says that both have one denominator by their definition, which + and - then keep.
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


def _pair(op: str, a: tuple[int, int], b: tuple[int, int], same: bool) -> tuple[int, int] | None:
    """The exact pair, None where a step leaves the bound."""
    (an, ad), (bn, bd) = a, b
    if op == "/":
        sign = 1 if bn > 0 else -1
        steps = [an * bd * sign, ad * abs(bn)]
    elif op == "*":
        steps = [an * bn, ad * bd]
    elif same:
        steps = [an + bn if op == "+" else an - bn, ad]
    else:
        left, right = an * bd, bn * ad
        steps = [left + right if op == "+" else left - right, ad * bd, left, right]
    return None if any(abs(s) >= BOUND for s in steps) else (steps[0], steps[1])


def compare(op: str, a: Quantity, b: Quantity, same_denominator: bool) -> tuple[bool, bool]:
    """(`a op b`, whether it had to be decided in doubles)."""
    if a.pair is not None and b.pair is not None:
        left, right = a.pair[0], b.pair[0]
        if not same_denominator:
            left, right = left * b.pair[1], right * a.pair[1]
        if abs(left) < BOUND and abs(right) < BOUND:
            return bool(_OPERATORS[op](left, right)), False
    return bool(_OPERATORS[op](a.double, b.double)), True


def summand(q: Quantity, denominator: int | None) -> int | None:
    """The whole number that enters an aggregate: over `denominator`, else in billionths, rounded half up.

    None where it is too large to be summed.
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
