"""Parts of a rule as they are written, for messages."""

from __future__ import annotations

from segdsl.model import expr as k


def written(e: k.Expr) -> str:
    """The text of an expression in its rule file, on one line; a field's or metric's name alone."""
    if isinstance(e, k.Column | k.MetricOf) and (e.row == k.This() or e.span is None):
        return e.name
    return " ".join(e.span.text.split()) if e.span is not None else type(e).__name__.lower()
