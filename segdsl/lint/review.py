"""A rule whose review was due: who set its borders meant to look at them again."""

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
        due = shift_date(min(meta.last_review, LATEST), *meta.review_every)  # later ones would leave the calendar
        if due < day:
            yield Diagnostic(
                "SEG0817",
                f"the review of `{rule.name}` was due on {written(due)}",
                rule.span,
                help="look at its sizes and borders, then set `last on`",
                severity="warning",
            )
