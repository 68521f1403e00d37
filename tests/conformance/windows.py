"""Windows of every kind as they are written, and the instants at which they begin and end."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from segdsl.model.clock import Clock
from segdsl.model.expr import Unit
from tests.support.worlds import COMPLETE


@dataclass(frozen=True)
class Window:
    """`of` says over what it can stand: any rows with a time, those with a time of day, or those that are planned ahead."""

    text: str
    of: str = "any"


WINDOWS = [
    Window(""), Window("in last 2 hours", "instants"), Window("in last 24 hours", "instants"), Window("from 25 hours ago until 1 hour ago", "instants"),
    Window("in last 1 day"), Window("in last 7 days"), Window("in last 28 days"), Window("in last 4 weeks"), Window("in last 1 month"), Window("in last 3 months"), Window("in last 1 year"),
    Window("in this calendar week"), Window("in last calendar week"), Window("in last calendar month"), Window("in this calendar quarter"), Window("in last calendar year"),
    Window("in last fiscal quarter"), Window("in this fiscal year"), Window("in next 30 days", "planned"), Window("in next calendar month", "planned"),
    Window("from 31 days ago until 7 days ago"), Window("since 7 days ago"), Window("before 7 days ago"), Window("before today"), Window("since start of this month"),
    Window("since {date}"), Window("since {instant}"), Window("since {born}"), Window("before {instant}"), Window("from {date} until now"), Window("from {date} until 7 days after {date}"), Window("from 60 days ago until {instant}"),
    Window(f"since {COMPLETE}"), Window(f"before {COMPLETE}"), Window(f"from {COMPLETE} until now"), Window(f"from 1 day before {COMPLETE} until 7 days ago"),
]  # fmt: skip

_SHIFTS: list[tuple[int, Unit]] = [(2, "hour"), (24, "hour"), (25, "hour"), (1, "day"), (2, "day"), (3, "day"), (7, "day"), (28, "day"), (31, "day"), (60, "day"), (1, "month"), (3, "month"), (1, "year")]  # fmt: skip
_STARTS = [(p, offset, month) for p in ("week", "month", "quarter", "year") for offset in (-1, 0) for month in (1, 2, 4)]  # fmt: skip


def borders(at: Clock, complete: dt.date) -> list[dt.datetime]:
    """Where windows of `WINDOWS` begin and end as of a clock's instant, and civil days around it."""
    earlier = [at.now, *(m for n, unit in _SHIFTS if (m := _shifted(at, n, unit)) is not None)]
    days = [complete, at.today, *(at.start_of(p, offset, month) for p, offset, month in _STARTS if at.now.year > 1001)]
    days += [m.date() for m in earlier]
    return list(dict.fromkeys([*earlier, *map(at.start_of_day, days)]))


def _shifted(at: Clock, n: int, unit: Unit) -> dt.datetime | None:
    try:
        found = at.shift(at.now, -n, unit)
    except (OverflowError, ValueError):
        return None
    assert isinstance(found, dt.datetime)
    return found
