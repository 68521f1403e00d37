"""`count(…) > 0` asks whether there is any row; `any(…)` says so, and is unknown if a row is uncertain."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic, Fix
from segdsl.model import expr as k
from segdsl.model.segment import Model

_ANY, _NONE = {(">", 0), (">=", 1), ("!=", 0)}, {("=", 0), ("<", 1), ("<=", 0)}


def find(model: Model) -> Iterator[Diagnostic]:
    for _, roots in model.definitions():
        for root in roots:
            nodes = list(k.deep(root))
            borders = {id(b) for n in nodes if isinstance(n, k.Named) and n.phrase == "bands" for b in _borders(n.body)}
            for node in nodes:
                if isinstance(node, k.Compare) and id(node) not in borders:
                    yield from _advice(node)


def _borders(e: k.Expr) -> Iterator[k.Expr]:
    """Yields the comparisons of `bands`, which are not in the rule's text."""
    while isinstance(e, k.If):
        yield e.condition
        e = e.otherwise


def _advice(e: k.Compare) -> Iterator[Diagnostic]:
    left, right, op = (e.left, e.right, e.op)
    if isinstance(left, k.Literal_):
        left, right, op = right, left, k.MIRRORED[op]
    if not (isinstance(left, k.Aggregate) and left.function == k.Function.COUNT and isinstance(right, k.Literal_)):
        return
    if not isinstance(right.value, k.Ratio) or right.value.denominator != 1 or e.span is None or left.span is None:
        return
    border = (op, right.value.numerator)
    word = "any" if border in _ANY else "none" if border in _NONE else None
    if word is not None:
        better = left.span.text.replace("count", word, 1)
        # a row whose `where` or `having` is unknown isn't counted, but makes `any` unknown
        is_equivalent = left.rows.where is None and left.value is None
        yield Diagnostic(
            "SEG0803",
            f"a count with `{op} {right.value.numerator}` means `{word}`",
            e.span,
            help=f"write `{' '.join(better.split())}`, which is unknown if a row is uncertain",
            severity="warning",
            fix=Fix(e.span, better) if is_equivalent else None,
        )
