"""Numbers in SQL: exact pairs of whole numbers with proven widths, or doubles.

The bits of a pair are bounds known from the types, so most comparisons need neither wide numbers nor a check. A step that may exceed
126 bits is checked before it is taken, because DuckDB moves common parts of expressions out of `TRY`, so that an error can't be
caught afterwards. A row in which a step would exceed 126 bits is computed in doubles.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from segdsl.model import expr as k
from segdsl.model.exact import BOUND, QUOTIENT_SCALE, ROUNDABLE, rounded_bits
from segdsl.sql import spell as s
from segdsl.sql.spell import Sql

NARROW, WIDE = 63, 126
SUMMAND_BITS = 94
ROW_BITS = 31  # of a count of rows; a sum has this many bits more than its summands


@dataclass(frozen=True)
class WholeNumber:
    """A whole number below 2**bits. `out` is true if a step exceeded 126 bits; then `sql` is NULL."""

    sql: Sql
    bits: int
    out: Sql | None = None


@dataclass(frozen=True)
class Exact:
    """An exact number: `numerator` over `denominator`; NULL in either is missing.

    `denominator` is positive: a fixed whole number, or SQL.
    `bits` and `over_bits` bound the bits of numerator and denominator.
    `double` is the number as a double.
    `out` is true if a step exceeded 126 bits; then `double` is the number.
    `floor` is a lower bound of a count that is missing because rows may be lacking; NULL if there is none.
    """

    numerator: Sql
    denominator: int | Sql
    bits: int
    over_bits: int
    double: Sql
    out: Sql | None = None
    floor: Sql | None = None

    @property
    def top(self) -> WholeNumber:
        return WholeNumber(self.numerator, self.bits, self.out)

    @property
    def over(self) -> WholeNumber:
        if isinstance(self.denominator, int):
            return WholeNumber(s.big(self.denominator), self.over_bits)
        return WholeNumber(self.denominator, self.over_bits, self.out)

    @property
    def fixed(self) -> int | None:
        """The denominator if it has one value in every row, else None."""
        return self.denominator if isinstance(self.denominator, int) else None


@dataclass(frozen=True)
class Double:
    """A number as a double; NULL is missing, and `floor` is as in `Exact`."""

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
    """Returns a number as a double; NULL if missing."""
    return n.double if isinstance(n, Exact) else n.sql


def is_missing(n: Number) -> Sql:
    if isinstance(n, Double):
        return s.is_null(n.sql)
    parts = [s.is_null(n.numerator), *([] if n.fixed is not None else [s.is_null(n.over.sql)])]
    if n.out is None:
        return s.any_of(parts)
    return s.case((n.out, s.is_null(n.double)), default=s.any_of(parts))


# -- arithmetic --------------------------------------------------------------------


def arithmetic(op: str, a: Number, b: Number, divisor: int | None = None) -> Number:
    """Builds `a op b`. `divisor` is the numerator of `b` if `b` is a constant divisor."""
    double = _double(op, as_double(a), as_double(b))
    if isinstance(a, Double) or isinstance(b, Double):
        return Double(double)
    if op == "/" and divisor is not None and a.fixed is not None and a.fixed * abs(divisor) < BOUND:
        top = times(a.top, b.over)
        return _pair(replace(top, sql=negated(top.sql)) if divisor < 0 else top, a.fixed * abs(divisor), double)
    if op == "/":
        return _divided(a, b, double)
    if op == "*":
        return _pair(times(a.top, b.top), _over(a, b), double)
    if a.fixed is not None and a.fixed == b.fixed:
        return _pair(plus(op, a.top, b.top), a.fixed, double)
    return _pair(plus(op, times(a.top, b.over), times(b.top, a.over)), _over(a, b), double)


def _double(op: str, a: Sql, b: Sql) -> Sql:
    if op == "/":
        b = s.call("nullif", b, s.whole(0))
    return s.finite(s.binary(op, a, b))


def _pair(top: WholeNumber, over: WholeNumber | int, double: Sql) -> Exact:
    if isinstance(over, int):
        return Exact(top.sql, over, top.bits, over.bit_length(), double, top.out)
    return Exact(top.sql, over.sql, top.bits, over.bits, double, _either(top.out, over.out))


def _over(a: Exact, b: Exact) -> WholeNumber | int:
    if a.fixed is not None and b.fixed is not None and a.fixed * b.fixed < BOUND:
        return a.fixed * b.fixed
    return times(a.over, b.over)


def _divided(a: Exact, b: Exact, double: Sql) -> Exact:
    """Builds the quotient (an·bd·sign bn, ad·|bn|); NULL if bn is 0."""
    scaled = times(a.top, b.over)
    top = replace(scaled, sql=s.binary("*", scaled.sql, s.call("sign", b.numerator)))
    divisor = WholeNumber(s.call("nullif", s.call("abs", b.numerator), s.whole(0)), b.bits, b.out)
    return _pair(top, times(a.over, divisor), double)


def times(a: WholeNumber, b: WholeNumber) -> WholeNumber:
    out = _either(a.out, b.out)
    constant_a, constant_b = s.constant(a.sql), s.constant(b.sql)
    if constant_a is not None and constant_b is not None and abs(constant_a * constant_b) < BOUND:
        return WholeNumber(s.big(constant_a * constant_b), max(1, abs(constant_a * constant_b).bit_length()), out)
    if constant_a == 1:
        return replace(b, out=out)
    if constant_b == 1:
        return replace(a, out=out)
    bits = a.bits + b.bits
    if bits <= NARROW:
        return WholeNumber(s.binary("*", a.sql, b.sql), bits, out)
    left, right = s.wide(a.sql), s.wide(b.sql)
    product = s.binary("*", left, right)
    if bits <= WIDE:
        return WholeNumber(product, bits, out)
    most = s.binary("//", s.wide(s.whole(BOUND - 1)), s.call("nullif", s.call("abs", right), s.whole(0)))
    leaves = s.is_true(s.binary(">", s.call("abs", left), most))
    return WholeNumber(s.case((s.not_(leaves), product)), WIDE, _either(out, leaves))


def plus(op: str, a: WholeNumber, b: WholeNumber) -> WholeNumber:
    out = _either(a.out, b.out)
    bits = max(a.bits, b.bits) + 1
    if bits <= NARROW:
        return WholeNumber(s.binary(op, a.sql, b.sql), bits, out)
    left, right = s.wide(a.sql), s.wide(b.sql)
    total = s.binary(op, left, right)
    if bits <= WIDE:
        return WholeNumber(total, bits, out)
    largest = s.wide(s.whole(BOUND - 1))
    if op == "-":
        right = negated(right)
    # `greatest` and `least` keep the check itself within 128 bits, whatever the sign of `right`
    too_high = s.binary(">", left, s.binary("-", largest, s.call("greatest", right, s.wide(s.whole(0)))))
    too_low = s.binary("<", left, s.binary("-", negated(largest), s.call("least", right, s.wide(s.whole(0)))))
    leaves = s.is_true(s.any_of([too_high, too_low]))
    return WholeNumber(s.case((s.not_(leaves), total)), WIDE, _either(out, leaves))


def negated(sql: Sql) -> Sql:
    return s.binary("-", s.whole(0), sql)


def _either(a: Sql | None, b: Sql | None) -> Sql | None:
    if a is None or b is None or a == b:
        return a if b is None else b
    return s.any_of([a, b])


# -- comparisons, choices and summands -----------------------------------------------------------


def compare(op: k.CompareOp, a: Number, b: Number) -> Sql:
    """Builds a three-valued comparison; a count that may lack rows is decided by its lower bound if possible."""
    comparison = _compare(op, a, b)
    for decided in (_by_floor(op, a, b), _by_floor(k.MIRRORED[op], b, a)):
        comparison = comparison if decided is None else s.coalesce(comparison, decided)
    return comparison


def _by_floor(op: k.CompareOp, count: Number, figure: Number) -> Sql | None:
    """Builds the comparison of a count's lower bound; NULL if the bound doesn't decide it."""
    if count.floor is None:
        return None
    beyond = _compare(">=" if op in (">=", "<") else ">", leaf(count.floor, 1, ROW_BITS), figure)
    return s.case((beyond, s.TRUE if op in (">", ">=", "!=") else s.FALSE))


def _compare(op: k.CompareOp, a: Number, b: Number) -> Sql:
    """Builds a comparison, in doubles only for rows in which an exact step exceeds 126 bits."""
    in_double = s.binary(op, as_double(a), as_double(b))
    if isinstance(a, Double) or isinstance(b, Double):
        return in_double
    if a.fixed is not None and a.fixed == b.fixed:
        left, right = a.top, b.top
    else:
        left, right = times(a.top, b.over), times(b.top, a.over)
    exact = s.binary(op, left.sql, right.sql)
    out = _either(left.out, right.out)
    return exact if out is None else s.case((out, in_double), default=exact)


def choose(condition: Sql, then: Number, otherwise: Number) -> Number:
    """Builds `then` if the condition is true, `otherwise` if it is false, missing if it is unknown."""

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
        then.fixed
        if then.fixed is not None and then.fixed == otherwise.fixed
        else pick(then.over.sql, otherwise.over.sql),
        max(then.bits, otherwise.bits),
        max(then.over_bits, otherwise.over_bits),
        double,
        out,
        floor,
    )


def round_to(n: Number, to: k.Ratio) -> Exact:
    """Rounds a number that is stored over one denominator half up to a multiple of `to`."""
    assert isinstance(n, Exact) and n.fixed is not None and n.out is None, (
        "what is rounded is exact, and computed before"
    )
    if n.fixed * to.numerator >= ROUNDABLE:
        return missing()
    step = n.fixed * to.numerator
    scaled = times(n.top, WholeNumber(s.big(to.denominator), to.denominator.bit_length()))
    # of whole numbers, (a + step // 2) // step is a / step rounded half up, whether the step is even or odd
    raised = plus("+", scaled, WholeNumber(s.big(step // 2), (step // 2).bit_length()))
    assert raised.out is None, "a summand leaves room for a step of nine places"
    steps = s.floor_divide(s.paren(s.wide(raised.sql)), s.wide(s.whole(step)))
    rounded = s.binary("*", s.paren(steps), s.wide(s.whole(to.numerator)))
    return leaf(rounded, to.denominator, min(rounded_bits(n.bits, n.fixed, to), WIDE))


def summand(n: Exact) -> tuple[Sql, int, int]:
    """Returns the whole number that enters an aggregate, its denominator and its bits; NULL if the number is too large."""
    over = QUOTIENT_SCALE if n.fixed is None else n.fixed
    value = n.top if n.fixed is not None else _rounded(n)
    if value.bits <= SUMMAND_BITS:
        return value.sql, over, value.bits
    limit = s.wide(s.whole(2**SUMMAND_BITS))
    within = s.all_of([s.binary("<", value.sql, limit), s.binary(">", value.sql, negated(limit))])
    return s.case((within, value.sql)), over, SUMMAND_BITS


def _rounded(n: Exact) -> WholeNumber:
    """Returns a number in billionths, rounded half up."""
    scaled = times(n.top, WholeNumber(s.big(2 * QUOTIENT_SCALE), 31))
    raised = plus("+", scaled, n.over)
    twice = times(n.over, WholeNumber(s.big(2), 2))
    return WholeNumber(s.floor_divide(s.wide(raised.sql), s.wide(twice.sql)), max(raised.bits, 1), raised.out)
