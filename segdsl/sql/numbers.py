"""Numbers in SQL: exact pairs of whole numbers with proven widths, or doubles.

A pair's bits are bounds known from the types, so that most comparisons need neither 128 bits nor a
fallback; where a step may leave them, the row that does is decided in doubles (`compare`).
"""

from __future__ import annotations

from dataclasses import dataclass

from segdsl.model.exact import QUOTIENT_SCALE
from segdsl.sql import spell as s
from segdsl.sql.spell import Sql

NARROW, WIDE = 63, 127
SUMMAND_BITS = 95
ROW_BITS = 31  # of a count; a sum has that many more than its summands


@dataclass(frozen=True)
class Exact:
    """`numerator` over `denominator` (> 0; a known whole number, or SQL). NULL in either is missing.

    |numerator| < 2**bits and denominator < 2**over_bits; `steps` is the widest step taken to get there.
    """

    numerator: Sql
    denominator: int | Sql
    bits: int
    over_bits: int
    steps: int
    double: Sql

    @property
    def may_overflow(self) -> bool:
        return self.steps > WIDE

    @property
    def over(self) -> Sql:
        return s.big(self.denominator) if isinstance(self.denominator, int) else self.denominator


@dataclass(frozen=True)
class Double:
    sql: Sql


Number = Exact | Double


def leaf(numerator: Sql, denominator: int, bits: int) -> Exact:
    double = s.double(numerator)
    if denominator != 1:
        double = s.binary("/", double, s.double(s.whole(denominator)))
    return Exact(numerator, denominator, bits, denominator.bit_length(), bits, double)


def literal(numerator: int, denominator: int) -> Exact:
    return leaf(s.big(numerator), denominator, max(1, abs(numerator).bit_length()))


def as_double(n: Number) -> Sql:
    return n.double if isinstance(n, Exact) else n.sql


def arithmetic(op: str, a: Number, b: Number) -> Number:
    double = _double(op, as_double(a), as_double(b))
    if isinstance(a, Double) or isinstance(b, Double):
        return Double(double)
    match op:
        case "*":
            return _pair(_times(a.numerator, a.bits, b.numerator, b.bits), _over(a, b), a.bits + b.bits, a, b, double)
        case "/":
            return _divided(a, b, double)
        case _ if isinstance(a.denominator, int) and a.denominator == b.denominator:
            numerator, bits = _plus(op, a.numerator, a.bits, b.numerator, b.bits)
            return Exact(numerator, a.denominator, bits, a.over_bits, max(a.steps, b.steps, bits), double)
        case _:
            left = _times(a.numerator, a.bits, b.over, b.over_bits)
            right = _times(b.numerator, b.bits, a.over, a.over_bits)
            numerator, bits = _plus(op, left, a.bits + b.over_bits, right, b.bits + a.over_bits)
            return _pair(numerator, _over(a, b), bits, a, b, double)


def _double(op: str, a: Sql, b: Sql) -> Sql:
    if op == "/":
        b = s.call("nullif", b, s.whole(0))
    return s.finite(s.binary(op, a, b))


def _pair(numerator: Sql, over: int | Sql, bits: int, a: Exact, b: Exact, double: Sql) -> Exact:
    over_bits = over.bit_length() if isinstance(over, int) else a.over_bits + b.over_bits
    return Exact(numerator, over, bits, over_bits, max(a.steps, b.steps, bits, over_bits), double)


def _over(a: Exact, b: Exact) -> int | Sql:
    if isinstance(a.denominator, int) and isinstance(b.denominator, int):
        return a.denominator * b.denominator
    return _times(a.over, a.over_bits, b.over, b.over_bits)


def _divided(a: Exact, b: Exact, double: Sql) -> Exact:
    """(an·bd·sign bn, ad·|bn|), NULL where bn is 0."""
    sign = s.call("sign", b.numerator)
    numerator = s.binary("*", _times(a.numerator, a.bits, b.over, b.over_bits), sign)
    over = _times(a.over, a.over_bits, s.call("abs", b.numerator), b.bits)
    bits, over_bits = a.bits + b.over_bits, a.over_bits + b.bits
    nonzero = s.call("nullif", over, s.whole(0))
    return Exact(numerator, nonzero, bits, over_bits, max(a.steps, b.steps, bits, over_bits), double)


def _times(a: Sql, a_bits: int, b: Sql, b_bits: int) -> Sql:
    known_a, known_b = s.known(a), s.known(b)
    if known_a is not None and known_b is not None:
        return s.big(known_a * known_b)
    if known_a == 1:
        return b
    if known_b == 1:
        return a
    if a_bits + b_bits > NARROW:
        a, b = s.wide(a), s.wide(b)
    return s.binary("*", a, b)


def _plus(op: str, a: Sql, a_bits: int, b: Sql, b_bits: int) -> tuple[Sql, int]:
    bits = max(a_bits, b_bits) + 1
    if bits > NARROW:
        a, b = s.wide(a), s.wide(b)
    return s.binary(op, a, b), bits


def compare(op: str, a: Number, b: Number) -> Sql:
    """Three-valued; in doubles only for the rows where an exact step leaves 128 bits."""
    in_double = s.binary(op, as_double(a), as_double(b))
    if isinstance(a, Double) or isinstance(b, Double):
        return in_double
    left, right, bits = _cross(a, b)
    exact = s.binary(op, left, right)
    if max(bits, a.steps, b.steps) <= WIDE:
        # a NULL denominator must make it NULL also where the other side needs no multiplying
        return exact
    decided = s.attempt(s.case((exact, s.whole(1)), (s.not_(exact), s.whole(0)), default=s.whole(2)))
    return s.case(
        (s.binary("=", decided, s.whole(1)), s.TRUE),
        (s.binary("=", decided, s.whole(0)), s.FALSE),
        (s.is_null(decided), in_double),
    )


def _cross(a: Exact, b: Exact) -> tuple[Sql, Sql, int]:
    if isinstance(a.denominator, int) and a.denominator == b.denominator:
        return a.numerator, b.numerator, max(a.bits, b.bits)
    left = _times(a.numerator, a.bits, b.over, b.over_bits)
    right = _times(b.numerator, b.bits, a.over, a.over_bits)
    return left, right, max(a.bits + b.over_bits, b.bits + a.over_bits)


def choose(condition: Sql, then: Number, otherwise: Number) -> Number:
    """`then` where the condition is true, `otherwise` where it is false, missing where it is unknown."""

    def pick(a: Sql, b: Sql) -> Sql:
        return s.case((condition, a), (s.not_(condition), b))

    double = pick(as_double(then), as_double(otherwise))
    if isinstance(then, Double) or isinstance(otherwise, Double):
        return Double(double)
    same = isinstance(then.denominator, int) and then.denominator == otherwise.denominator
    return Exact(
        pick(then.numerator, otherwise.numerator),
        then.denominator if same else pick(then.over, otherwise.over),
        max(then.bits, otherwise.bits),
        max(then.over_bits, otherwise.over_bits),
        max(then.steps, otherwise.steps),
        double,
    )


def missing() -> Exact:
    return Exact(s.NULL, 1, 1, 1, 1, s.NULL)


def summand(n: Exact) -> tuple[Sql, int, int]:
    """(whole number that enters an aggregate, its denominator, its bits); NULL where it is too large."""
    if isinstance(n.denominator, int) and n.steps <= SUMMAND_BITS:
        return n.numerator, n.denominator, n.bits
    if isinstance(n.denominator, int):
        over, value = n.denominator, s.attempt(n.numerator)
    else:
        over = QUOTIENT_SCALE
        doubled = s.binary("+", s.binary("*", s.wide(n.numerator), s.wide(s.whole(2 * over))), s.wide(n.over))
        twice = s.binary("*", s.wide(n.over), s.whole(2))
        value = s.attempt(s.floor_divide(doubled, twice))
    limit = s.wide(s.whole(2**SUMMAND_BITS))
    within = s.all_of([s.binary("<", value, limit), s.binary(">", value, exp_negated(limit))])
    return s.case((within, value)), over, SUMMAND_BITS


def exp_negated(sql: Sql) -> Sql:
    return s.binary("-", s.whole(0), sql)
