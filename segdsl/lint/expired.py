"""Rows of a list that no longer count: the file grows, and a reader takes them for members."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic
from segdsl.model.clock import day as written
from segdsl.model.segment import Model


def find_on(model: Model, day: dt.date) -> Iterator[Diagnostic]:
    for name, rows in model.schema.listed.items():
        over = [last for row in rows if isinstance(last := row.get("expires"), dt.date) and last < day]
        if over:
            rows_are = "row has" if len(over) == 1 else "rows have"
            yield Diagnostic(
                "SEG0818",
                f"{len(over)} {rows_are} expired in the list `{name}`, the last on {written(max(over))}",
                model.schema.relations[name].span,
                help="delete them, or renew them",
                severity="warning",
            )
