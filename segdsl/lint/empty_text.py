"""A field that is compared with `""`: an empty cell is missing, so no text is empty."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic
from segdsl.model import expr as k
from segdsl.model.segment import Model


def find(model: Model) -> Iterator[Diagnostic]:
    for _, roots in model.definitions():
        for root in roots:
            for node in k.deep(root):
                yield from _advice(node)


def _advice(e: k.Expr) -> Iterator[Diagnostic]:
    field = _beside_nothing(e)
    if field is not None and field.span is not None and e.span is not None:
        name = " ".join(field.span.text.split())
        differs = isinstance(e, k.Compare) and e.op == "!="
        help = f"write `{name} is {'not ' if differs else ''}missing`"
        yield Diagnostic("SEG0824", 'no text is `""`: an empty cell is missing', e.span, help=help, severity="warning")


def _beside_nothing(e: k.Expr) -> k.Column | None:
    """Returns the field that an expression compares with an empty text; None for any other expression."""
    if isinstance(e, k.OneOf):
        return e.item if isinstance(e.item, k.Column) and "" in e.values else None
    if not isinstance(e, k.Compare):
        return None
    for field, other in ((e.left, e.right), (e.right, e.left)):
        if isinstance(field, k.Column) and isinstance(other, k.Literal_) and other.value == "":
            return field
    return None
