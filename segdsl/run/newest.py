"""A table -> the day of its newest row."""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from segdsl.engines import Engine
from segdsl.model.clock import Clock
from segdsl.sql import spell as s


def newest_row(engine: Engine, name: str, column: str, clock: Clock) -> dt.date | None:
    """The day of a table's newest row before as-of; None where there is none. Raises `DataError`."""
    at = s.column("t", column)
    before = exp.LT(this=s.cast(at.copy(), "TIMESTAMP"), expression=s.moment(clock.now))
    ((last,),) = engine.rows(exp.Select(expressions=[exp.Max(this=at)]).from_(s.table(name, "t")).where(before))
    return clock.date_of(last) if isinstance(last, dt.datetime) else last
