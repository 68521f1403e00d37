"""Type rules of operators, and conversion of operands to one type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Literal

from segdsl.model import expr as k
from segdsl.model import types as ty

CompareOp = Literal["=", "!=", "<", "<=", ">", ">="]
ArithmeticOp = Literal["+", "-", "*", "/"]
TextOp = Literal["starts with", "ends with", "contains", "contains word", "contains pattern", "matches"]
SetMode = Literal["any", "all", "none"]
_ORDER = ("<", "<=", ">", ">=")


@dataclass
class Mismatch(Exception):
    """Two operands that don't compare; `at_left` says that the left operand is the wrong one."""

    code: str
    message: str
    _: KW_ONLY
    label: str = ""
    help: str = ""
    at_left: bool = False


# -- time ------------------------------------------------------------------------


def settled(e: k.Expr) -> k.Expr:
    """Types a moment such as `30 days ago`: a date, or a timestamp if it counts hours."""
    if e.type != ty.MOMENT:
        return e
    return as_timestamp(e) if counts_hours(e) else as_date(e)


def counts_hours(e: k.Expr) -> bool:
    """Tells whether a moment is moved by hours or minutes, so that it can't be a date."""
    return exact_unit(e) is not None


def exact_unit(e: k.Expr) -> str | None:
    """Returns the unit of exact length by which a moment is moved, as in `3 hours ago`."""
    if e.type != ty.MOMENT:
        return None
    return next((n.unit for n in k.walk(e) if isinstance(n, k.Shift) and n.unit in k.EXACT), None)


def _as(e: k.Expr, typed: ty.Type) -> k.Expr:
    if isinstance(e, k.AsOf):
        return replace(e, type=typed)
    assert isinstance(e, k.Shift), "a moment is as-of, possibly shifted"
    return replace(e, moment=_as(e.moment, typed))


def as_date(e: k.Expr) -> k.Expr:
    if e.type == ty.MOMENT:
        return _as(e, ty.DATE)
    return k.DateOf(e, span=e.span) if e.type == ty.TIMESTAMP else e


def as_timestamp(e: k.Expr) -> k.Expr:
    if e.type == ty.MOMENT:
        return _as(e, ty.TIMESTAMP)
    return k.StartOfDay(e, span=e.span) if e.type == ty.DATE else e


# -- numbers -----------------------------------------------------------------------


def arithmetic_type(op: str, left: ty.Type, right: ty.Type) -> ty.Type | None:
    """Returns the type of `left op right`; None if the operator doesn't take these types."""
    if not (ty.is_measure(left) and ty.is_measure(right)):
        return None
    money = [t for t in (left, right) if isinstance(t, ty.Money)]
    if ty.REAL in (left, right) and not money:
        return ty.REAL
    if op in "+-":
        if len(money) == 2:
            return left if left == right else None
        if money:
            return money[0] if ty.CONSTANT in (left, right) else None
        return _wider(left, right)
    if not money:
        return ty.NUMBER if op == "/" else _wider(left, right)
    if len(money) == 2:
        return ty.NUMBER if op == "/" and left == right else None
    if op == "*":
        return money[0]
    return left if isinstance(left, ty.Money) else None


def _wider(left: ty.Type, right: ty.Type) -> ty.Type:
    """Returns the wider of two number types that are neither money nor real."""
    return left if left == right else ty.NUMBER


def why_not_arithmetic(op: str, left: ty.Type, right: ty.Type) -> tuple[str, str, str]:
    """Returns (code, message, help) for operands that `op` doesn't take."""
    if isinstance(left, ty.Money) and isinstance(right, ty.Money) and left != right:
        return (
            "SEG0306",
            f"{left.currency} and {right.currency} can't be combined",
            "convert one of the amounts in the data first",
        )
    if ty.is_time(left) or ty.is_time(right):
        return (
            "SEG0305",
            "dates can't be added or subtracted",
            "write `days from X to Y`, `days since X`, or `7 days after X`",
        )
    if ty.is_measure(left) and ty.is_measure(right):
        return (
            "SEG0305",
            f"`{op}` can't combine {left} and {right}",
            "add money to money, or multiply or divide money by a number",
        )
    wrong = right if ty.is_measure(left) else left
    return "SEG0305", f"`{op}` needs numbers", f"this is {wrong}"


# -- comparisons -------------------------------------------------------------------


def comparison(op: CompareOp, left: k.Expr, right: k.Expr, ignoring: k.Ignoring | None = None) -> k.Expr:
    """Builds `left op right` with both sides in one type. Raises `Mismatch` if the types don't compare."""
    a, b = left.type, right.type
    if ty.is_measure(a) and ty.is_measure(b):
        _check_numbers(a, b)
        return k.Compare(op, left, right)
    if ty.is_time(a) and ty.is_time(b):
        return _compare_times(op, left, right)
    if ty.is_textual(a) and ty.is_textual(b):
        return _compare_texts(op, left, right, ignoring)
    if a == b == ty.VERSION:
        return k.Compare(op, left, right)
    if ty.VERSION in (a, b):
        raise Mismatch(
            "SEG0302",
            "a version compares with a version",
            help='write it in quotes, as in "10.2"',
            at_left=b == ty.VERSION,
        )
    if a == ty.BOOLEAN and b == ty.BOOLEAN and op in ("=", "!="):
        return _compare_truths(op, left, right)
    if isinstance(a, ty.SetOfText) or isinstance(b, ty.SetOfText):
        raise Mismatch(
            "SEG0308",
            "a set is tested with `has`",
            help='as in `interests has "reporting"`',
            at_left=isinstance(a, ty.SetOfText),
        )
    name = left.span.text if left.span and len(left.span.text) < 40 else "the left side"
    raise Mismatch("SEG0302", f"`{name}` doesn't compare with {b}", label=f"`{name}` is {a}", help=_help_compare(a, b))


def _help_compare(a: ty.Type, b: ty.Type) -> str:
    if ty.is_time(a):
        if ty.is_textual(b):
            return "write dates without quotes, as in 2026-11-01"
        return "a date compares with a date, as in 2026-11-01, or with a day such as `30 days after today`"
    if ty.is_measure(a) and ty.is_textual(b):
        return "write numbers without quotes"
    if ty.is_textual(a):
        return 'put text in double quotes: "…"'
    return ""


def _check_numbers(a: ty.Type, b: ty.Type) -> None:
    if isinstance(a, ty.Money) and isinstance(b, ty.Money) and a != b:
        raise Mismatch(
            "SEG0306",
            f"{a.currency} and {b.currency} can't be compared",
            help="convert one of the amounts in the data first",
        )
    for money, other in ((a, b), (b, a)):
        if isinstance(money, ty.Money) and not isinstance(other, ty.Money | ty.Constant):
            raise Mismatch(
                "SEG0302",
                f"{money} doesn't compare with {other}",
                help="compare it with money, or with a plain figure such as 10_000",
            )


def _compare_times(op: CompareOp, left: k.Expr, right: k.Expr) -> k.Expr:
    dates = all(t in (ty.DATE, ty.MOMENT) for t in (left.type, right.type)) and ty.DATE in (left.type, right.type)
    if dates and not counts_hours(left) and not counts_hours(right):
        return k.Compare(op, as_date(left), as_date(right))
    return k.Compare(op, as_timestamp(left), as_timestamp(right))


def _compare_texts(op: CompareOp, left: k.Expr, right: k.Expr, ignoring: k.Ignoring | None) -> k.Expr:
    if op not in _ORDER:
        return k.Compare(op, left, right, ignoring)
    enum = next((t for t in (left.type, right.type) if isinstance(t, ty.Enum) and t.ordered), None)
    if enum is None or any(isinstance(t, ty.Enum) and t != enum for t in (left.type, right.type)):
        name = left.span.text if left.span else "text"
        raise Mismatch(
            "SEG0304",
            f"`{name}` has no order",
            label=f"it is {left.type}",
            help=_values_by_name(op, name, left.type, right) or "`<` and `>` need numbers, dates or `ordered one of`",
            at_left=True,
        )
    return k.Compare(op, place_in(enum, left), place_in(enum, right))


_SCALE = ("lowest", "low", "minor", "normal", "medium", "moderate", "high", "major", "urgent", "critical", "highest")
"""Words for how much, in the order that everybody gives them."""


def _values_by_name(op: CompareOp, name: str, typed: ty.Type, right: k.Expr) -> str:
    """Says how a field of values without an order is asked, by those from the one that it is compared with on; empty without any."""
    said = right.value if isinstance(right, k.Literal_) else None
    if not isinstance(typed, ty.Enum) or not isinstance(said, str) or said not in typed.values or len(name) > 40:
        return ""
    values, known = list(typed.values), [_SCALE.index(v) for v in typed.values if v in _SCALE]
    if known != sorted(known):
        values = values[::-1] if known == sorted(known, reverse=True) else []
    at = values.index(said) if said in values else 0
    meant = {">": values[at + 1 :], ">=": values[at:], "<": values[:at], "<=": values[: at + 1]}[op] if values else []
    if not meant:
        return ""
    listed = ", ".join(f'"{v}"' for v in meant)
    line = f"{name} = {listed}" if len(meant) == 1 else f"{name} in ({listed})"
    return f"name the values that are meant, as in `{line}`; only numbers, dates and `ordered one of` have an order"


def place_in(enum: ty.Enum, e: k.Expr) -> k.Expr:
    """Returns the place of an ordered value in its list, as a number."""
    if isinstance(e, k.Literal_) and isinstance(e.value, str):
        return k.Literal_(k.Ratio(enum.values.index(e.value)), ty.CONSTANT, span=e.span)
    place: k.Expr = k.Missing("no place in the list", ty.INTEGER)
    for i, value in reversed(list(enumerate(enum.values))):
        is_value = k.Compare("=", e, k.Literal_(value, ty.TEXT))
        place = k.If(is_value, k.Literal_(k.Ratio(i), ty.CONSTANT), place, ty.INTEGER)
    return k.Named("place in list", place, span=e.span)


def _compare_truths(op: CompareOp, left: k.Expr, right: k.Expr) -> k.Expr:
    for literal, other in ((right, left), (left, right)):
        if isinstance(literal, k.Literal_):
            return other if literal.value == (op == "=") else k.Not(other)
    equal = k.Or((k.And((left, right)), k.And((k.Not(left), k.Not(right)))))
    return equal if op == "=" else k.Not(equal)


def literal_for(item: k.Expr, literal: k.Expr) -> k.Scalar:
    """Returns the value of a literal in a list that `item` is compared with."""
    assert isinstance(literal, k.Literal_), "lists hold literals"
    return literal.value


# -- results of conditionals -----------------------------------------------------------


def unified(values: Sequence[k.Expr]) -> list[k.Expr] | None:
    """Converts results to one type; None if they have none in common. Texts become an enum of these texts."""
    present: list[k.Expr] = [v for v in values if not isinstance(v, k.Missing)]
    if not present:
        return list(values)
    types = {v.type for v in present}
    texts = [v.value for v in present if isinstance(v, k.Literal_) and isinstance(v.value, str)]
    typed: ty.Type
    if len(texts) == len(present):
        typed = ty.Enum(tuple(dict.fromkeys(texts)))
    elif all(ty.is_textual(t) for t in types):
        typed = ty.TEXT if len(types) > 1 else next(iter(types))
    elif all(ty.is_measure(t) for t in types):
        money = {t for t in types if isinstance(t, ty.Money)}
        if money and (len(money) > 1 or types - money - {ty.CONSTANT}):
            return None
        typed = next(iter(money)) if money else ty.REAL if ty.REAL in types else _widest_of(types)
    elif types <= {ty.DATE, ty.TIMESTAMP}:
        typed = ty.TIMESTAMP if ty.TIMESTAMP in types else ty.DATE
        present = [as_timestamp(v) if typed == ty.TIMESTAMP else v for v in present]
    elif len(types) == 1:
        typed = next(iter(types))
    else:
        return None
    remaining = iter(present)
    return [replace(v, type=typed) if isinstance(v, k.Missing) else _typed(next(remaining), typed) for v in values]


def _widest_of(types: set[ty.Type]) -> ty.Type:
    return next(iter(types)) if len(types) == 1 else ty.NUMBER


def _typed(value: k.Expr, typed: ty.Type) -> k.Expr:
    return replace(value, type=typed) if isinstance(value, k.Literal_) and isinstance(value.value, str) else value


def common(values: Sequence[k.Expr]) -> ty.Type:
    """Returns the common type of results that `unified` returned: the widest."""
    types = [v.type for v in values if not isinstance(v, k.Missing)] or [values[0].type]
    for wide in (ty.REAL, ty.NUMBER):
        if wide in types:
            return wide
    if len(set(types)) > 1 and all(map(ty.is_textual, types)):
        return ty.TEXT  # two fields' values: either may be there
    other_types = [t for t in types if t != ty.CONSTANT]
    if not other_types or (len(other_types) < len(types) and other_types[0] == ty.INTEGER):
        return ty.NUMBER
    return other_types[0]
