"""A share or a ratio that is compared with points: 90 % of a whole is 0.9, and `seat_use >= 90` asks for ninety times as much."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from segdsl.diagnostics import Diagnostic
from segdsl.lint._written import written
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.segment import Model

_SHARES = ("percentile", "cumulative_share")
_POINTS = range(50, 101)  # of a ratio, which may be above 1, only what looks like points


def find(model: Model) -> Iterator[Diagnostic]:
    for _, roots in model.definitions():
        for root in roots:
            for node in k.deep(root):
                if isinstance(node, k.Compare):
                    yield from _advice(node, model)


def _advice(e: k.Compare, model: Model) -> Iterator[Diagnostic]:
    for ratio, figure in ((e.left, e.right), (e.right, e.left)):
        points = _points(figure)
        if points is None or figure.span is None:
            continue
        meant = _plain(ratio, model)
        is_share = _is_share(meant)
        if (is_share and points > 1) or (_is_ratio(meant) and points in _POINTS):
            what = "a share from 0 to 1" if is_share else "a ratio, which is 1 where both are equal"
            message = f"`{written(ratio)}` is {what}, and this is {points} times the whole"
            help = f"write `{points}%` for the share"
            yield Diagnostic("SEG0825", message, figure.span, help=help, severity="warning")


def _points(e: k.Expr) -> int | None:
    """Returns a whole number above 1 that a rule writes without `%`; None for any other value."""
    value = e.value if isinstance(e, k.Literal_) else None
    if not isinstance(value, k.Ratio) or (e.span is not None and e.span.text.endswith("%")):
        return None
    number = Fraction(value.numerator, value.denominator)
    return int(number) if number.denominator == 1 and number > 1 else None


def _plain(e: k.Expr, model: Model) -> k.Expr:
    """Returns what a metric's name stands for."""
    while isinstance(e, k.MetricOf):
        e = model.metrics[e.name].body
    return e


def _is_share(e: k.Expr) -> bool:
    if isinstance(e, k.Named):
        return e.phrase in _SHARES
    return isinstance(e, k.Aggregate) and e.function is k.Function.SHARE


def _is_ratio(e: k.Expr) -> bool:
    """Tells whether an expression divides one whole number by another, as `active_users / seats`."""
    return isinstance(e, k.Arithmetic) and e.op == "/" and e.left.type == e.right.type == ty.INTEGER
