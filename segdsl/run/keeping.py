"""Who is kept in an arm: a segmentation and its frame -> where today's data alone would have each customer."""

from __future__ import annotations

from segdsl.model.segment import Rule, Segmentation


def by_data_column(rule: Rule) -> str | None:
    """Column of a frame with the arm by today's data alone; None where no arm keeps anybody."""
    keeps = isinstance(rule, Segmentation) and any(getattr(a, "by_data", None) is not None for a in rule.arms)
    return f"{rule.name}_by_data" if keeps else None
