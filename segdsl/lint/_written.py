"""Text of expressions for messages."""

from __future__ import annotations

from segdsl.model import expr as k


def written(e: k.Expr) -> str:
    """Returns the text of an expression in its rule file, on one line; only the name of a field or metric."""
    if isinstance(e, k.Column | k.MetricOf) and (e.row == k.This() or e.span is None):
        return e.name
    return " ".join(e.span.text.split()) if e.span is not None else type(e).__name__.lower()
