"""Numbers in SQL: exact pairs of whole numbers with proven widths, or doubles.

A pair's bits are bounds known from the types, so that most comparisons need neither 128 bits nor a check.
A step that may leave 128 bits is checked before it is taken: DuckDB moves common parts of expressions out
of `TRY`, so an error can't be caught afterwards. A row where a step would leave them is decided in doubles.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from segdsl.model import expr as k
from segdsl.model.exact import BOUND, QUOTIENT_SCALE
from segdsl.sql import spell as s
from segdsl.sql.spell import Sql

NARROW, WIDE = 63, 127
SUMMAND_BITS = 95
ROW_BITS = 31  # of a count; a sum has that many more than its summands


@dataclass(frozen=True)
class Whole:
    """A whole number below 2**bits. `out` is true where a step to it left 128 bits; then `sql` is NULL."""

    sql: Sql
    bits: int
    out: Sql | None = None


@dataclass(frozen=True)
class Exact:
    """`numerator` over `denominator` (> 0; a known whole number, or SQL). NULL in either is missing.

    `floor` is a whole number that it is at least, where it is missing because rows may be lacking; NULL for nothing.
    """

    numerator: Sql
    denominator: int | Sql
    bits: int
    over_bits: int
    double: Sql
    out: Sql | None = None
    floor: Sql | None = None

    @property
    def top(self) -> Whole:
        return Whole(self.numerator, self.bits, self.out)

    @property
    def over(self) -> Whole:
        if isinstance(self.denominator, int):
            return Whole(s.big(self.denominator), self.over_bits)
        return Whole(self.denominator, self.over_bits, self.out)

    @property
    def same(self) -> int | None:
        """The denominator, where it is the same in every row."""
        return self.denominator if isinstance(self.denominator, int) else None


@dataclass(frozen=True)
class Double:
    """NULL is missing; `floor` as of `Exact`."""

    sql: Sql
    floor: Sql | None = None


Number = Exact | Double


def leaf(numerator: Sql, denominator: int, bits: int) -> Exact:
    double = s.double(numerator)
    if denominator != 1:
        double = s.binary("/", double, s.double(s.whole(denominator)))
    return Exact(numerator, denominator, bits, denominator.bit_length(), double)


def literal(numerator: int, denominator: int) -> Exact:
    return leaf(s.big(numerator), denominator, max(1, abs(numerator).bit_length()))


def missing() -> Exact:
    return leaf(s.NULL, 1, 1)


def as_double(n: Number) -> Sql:
    """In doubles all the way; NULL where missing."""
    return n.double if isinstance(n, Exact) else n.sql


def is_missing(n: Number) -> Sql:
    if isinstance(n, Double):
        return s.is_null(n.sql)
    parts = [s.is_null(n.numerator), *([] if n.same is not None else [s.is_null(n.over.sql)])]
    if n.out is None:
        return s.any_of(parts)
    return s.case((n.out, s.is_null(n.double)), default=s.any_of(parts))


# -- arithmetic --------------------------------------------------------------------


def arithmetic(op: str, a: Number, b: Number, divisor: int | None = None) -> Number:
    """`divisor` is the numerator of `b` where a figure is divided by."""
    double = _double(op, as_double(a), as_double(b))
    if isinstance(a, Double) or isinstance(b, Double):
        return Double(double)
    if op == "/" and divisor is not None and a.same is not None and a.same * abs(divisor) < BOUND:
        top = times(a.top, b.over)
        return _pair(replace(top, sql=negated(top.sql)) if divisor < 0 else top, a.same * abs(divisor), double)
    if op == "/":
        return _divided(a, b, double)
    if op == "*":
        return _pair(times(a.top, b.top), _over(a, b), double)
    if a.same is not None and a.same == b.same:
        return _pair(plus(op, a.top, b.top), a.same, double)
    return _pair(plus(op, times(a.top, b.over), times(b.top, a.over)), _over(a, b), double)


def _double(op: str, a: Sql, b: Sql) -> Sql:
    if op == "/":
        b = s.call("nullif", b, s.whole(0))
    return s.finite(s.binary(op, a, b))


def _pair(top: Whole, over: Whole | int, double: Sql) -> Exact:
    if isinstance(over, int):
        return Exact(top.sql, over, top.bits, over.bit_length(), double, top.out)
    return Exact(top.sql, over.sql, top.bits, over.bits, double, _either(top.out, over.out))


def _over(a: Exact, b: Exact) -> Whole | int:
    if a.same is not None and b.same is not None and a.same * b.same < BOUND:
        return a.same * b.same
    return times(a.over, b.over)


def _divided(a: Exact, b: Exact, double: Sql) -> Exact:
    """(an·bd·sign bn, ad·|bn|), NULL where bn is 0."""
    scaled = times(a.top, b.over)
    top = replace(scaled, sql=s.binary("*", scaled.sql, s.call("sign", b.numerator)))
    divisor = Whole(s.call("nullif", s.call("abs", b.numerator), s.whole(0)), b.bits, b.out)
    return _pair(top, times(a.over, divisor), double)


def times(a: Whole, b: Whole) -> Whole:
    out = _either(a.out, b.out)
    known_a, known_b = s.known(a.sql), s.known(b.sql)
    if known_a is not None and known_b is not None and abs(known_a * known_b) < BOUND:
        return Whole(s.big(known_a * known_b), max(1, abs(known_a * known_b).bit_length()), out)
    if known_a == 1:
        return replace(b, out=out)
    if known_b == 1:
        return replace(a, out=out)
    bits = a.bits + b.bits
    if bits <= NARROW:
        return Whole(s.binary("*", a.sql, b.sql), bits, out)
    left, right = s.wide(a.sql), s.wide(b.sql)
    product = s.binary("*", left, right)
    if bits <= WIDE:
        return Whole(product, bits, out)
    most = s.binary("//", s.wide(s.whole(BOUND - 1)), s.call("nullif", s.call("abs", right), s.whole(0)))
    leaves = s.is_true(s.binary(">", s.call("abs", left), most))
    return Whole(s.case((s.not_(leaves), product)), WIDE, _either(out, leaves))


def plus(op: str, a: Whole, b: Whole) -> Whole:
    out = _either(a.out, b.out)
    bits = max(a.bits, b.bits) + 1
    if bits <= NARROW:
        return Whole(s.binary(op, a.sql, b.sql), bits, out)
    left, right = s.wide(a.sql), s.wide(b.sql)
    total = s.binary(op, left, right)
    if bits <= WIDE:
        return Whole(total, bits, out)
    largest = s.wide(s.whole(BOUND - 1))
    if op == "-":
        right = negated(right)
    # `greatest` and `least` keep the check itself within 128 bits, whatever the sign of `right`
    too_high = s.binary(">", left, s.binary("-", largest, s.call("greatest", right, s.wide(s.whole(0)))))
    too_low = s.binary("<", left, s.binary("-", negated(largest), s.call("least", right, s.wide(s.whole(0)))))
    leaves = s.is_true(s.any_of([too_high, too_low]))
    return Whole(s.case((s.not_(leaves), total)), WIDE, _either(out, leaves))


def negated(sql: Sql) -> Sql:
    return s.binary("-", s.whole(0), sql)


def _either(a: Sql | None, b: Sql | None) -> Sql | None:
    if a is None or b is None or a == b:
        return a if b is None else b
    return s.any_of([a, b])


# -- what is made of numbers -----------------------------------------------------------


def compare(op: k.CompareOp, a: Number, b: Number) -> Sql:
    """Three-valued; where a count may lack rows, what the rows seen decide."""
    known = _compare(op, a, b)
    for decided in (_by_floor(op, a, b), _by_floor(k.MIRRORED[op], b, a)):
        known = known if decided is None else s.coalesce(known, decided)
    return known


def _by_floor(op: k.CompareOp, counted: Number, other: Number) -> Sql | None:
    """NULL unless a count is at least so large that it is decided, whatever it is."""
    if counted.floor is None:
        return None
    beyond = _compare(">=" if op in (">=", "<") else ">", leaf(counted.floor, 1, ROW_BITS), other)
    return s.case((beyond, s.TRUE if op in (">", ">=", "!=") else s.FALSE))


def _compare(op: k.CompareOp, a: Number, b: Number) -> Sql:
    """In doubles only for the rows where an exact step leaves 128 bits."""
    in_double = s.binary(op, as_double(a), as_double(b))
    if isinstance(a, Double) or isinstance(b, Double):
        return in_double
    if a.same is not None and a.same == b.same:
        left, right = a.top, b.top
    else:
        left, right = times(a.top, b.over), times(b.top, a.over)
    exact = s.binary(op, left.sql, right.sql)
    out = _either(left.out, right.out)
    return exact if out is None else s.case((out, in_double), default=exact)


def choose(condition: Sql, then: Number, otherwise: Number) -> Number:
    """`then` where the condition is true, `otherwise` where it is false, missing where it is unknown."""

    def pick(a: Sql, b: Sql) -> Sql:
        return s.case((condition, a), (s.not_(condition), b))

    double = pick(as_double(then), as_double(otherwise))
    floor = None
    if then.floor is not None or otherwise.floor is not None:
        floor = pick(then.floor or s.NULL, otherwise.floor or s.NULL)
    if isinstance(then, Double) or isinstance(otherwise, Double):
        return Double(double, floor)
    out = None
    if then.out is not None or otherwise.out is not None:
        out = s.is_true(pick(then.out or s.FALSE, otherwise.out or s.FALSE))
    return Exact(
        pick(then.numerator, otherwise.numerator),
        then.same if then.same is not None and then.same == otherwise.same else pick(then.over.sql, otherwise.over.sql),
        max(then.bits, otherwise.bits),
        max(then.over_bits, otherwise.over_bits),
        double,
        out,
        floor,
    )


def summand(n: Exact) -> tuple[Sql, int, int]:
    """(whole number that enters an aggregate, its denominator, its bits); NULL where it is too large."""
    over = QUOTIENT_SCALE if n.same is None else n.same
    value = n.top if n.same is not None else _rounded(n)
    if value.bits <= SUMMAND_BITS:
        return value.sql, over, value.bits
    limit = s.wide(s.whole(2**SUMMAND_BITS))
    within = s.all_of([s.binary("<", value.sql, limit), s.binary(">", value.sql, negated(limit))])
    return s.case((within, value.sql)), over, SUMMAND_BITS


def _rounded(n: Exact) -> Whole:
    """In billionths, rounded half up."""
    scaled = times(n.top, Whole(s.big(2 * QUOTIENT_SCALE), 31))
    raised = plus("+", scaled, n.over)
    twice = times(n.over, Whole(s.big(2), 2))
    return Whole(s.floor_divide(s.wide(raised.sql), s.wide(twice.sql)), max(raised.bits, 1), raised.out)
