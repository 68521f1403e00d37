"""Rows of a list that no longer count, but that a reader of the file would take for members."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic
from segdsl.model.clock import day as written
from segdsl.model.segment import Model


def find_on(model: Model, day: dt.date) -> Iterator[Diagnostic]:
    for name, rows in model.schema.listed.items():
        expired = [last for row in rows if isinstance(last := row.get("expires"), dt.date) and last < day]
        if expired:
            rows_are = "row has" if len(expired) == 1 else "rows have"
            yield Diagnostic(
                "SEG0818",
                f"{len(expired)} {rows_are} expired in the list `{name}`, the last on {written(max(expired))}",
                model.schema.relations[name].span,
                help="delete them, or renew them",
                severity="warning",
            )
