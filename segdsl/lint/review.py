"""Rules whose review is overdue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic
from segdsl.model.clock import LATEST, shift_date
from segdsl.model.clock import day as written
from segdsl.model.segment import Model, Segment, Segmentation


def find_on(model: Model, day: dt.date) -> Iterator[Diagnostic]:
    rules: list[Segment | Segmentation] = [*model.segments.values(), *model.segmentations.values()]
    for rule in rules:
        meta = rule.meta
        if meta.review_every is None or meta.last_review is None:
            continue
        due = shift_date(
            min(meta.last_review, LATEST), *meta.review_every
        )  # a later date would be outside the calendar
        if due < day:
            yield Diagnostic(
                "SEG0817",
                f"the review of `{rule.name}` was due on {written(due)}",
                rule.span,
                help="review its sizes and thresholds, then set `last on`",
                severity="warning",
            )
