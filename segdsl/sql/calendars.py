"""Business days between two dates: whole weeks counted, holidays looked up in a tree of comparisons."""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.model import expr as k
from segdsl.model.clock import MONDAY, worked_by
from segdsl.sql import spell as s
from segdsl.sql.spell import Sql


def business_days(calendar: k.Calendar, start: Sql, end: Sql) -> Sql:
    """How many business days d have start < d <= end; 0 where `end` is not after `start`."""
    between = s.binary("-", _until(calendar, end), _until(calendar, start))
    return s.case((s.binary(">", end, start), between), (s.binary("<=", end, start), s.whole(0)))


def _until(calendar: k.Calendar, date: Sql) -> Sql:
    """Business days from a fixed Monday up to and with a date; negative before it."""
    days = s.days_between(s.moment(MONDAY), date)
    worked = worked_by(calendar)
    weekday = s.binary("-", days, s.binary("*", s.floor_divide(days, s.whole(7)), s.whole(7)))
    into = s.case(
        *((s.binary("=", s.paren(weekday), s.whole(i)), s.whole(n)) for i, n in enumerate(worked[:-1])),
        default=s.whole(worked[-1]),
    )
    weeks = s.binary("*", s.paren(s.floor_divide(days, s.whole(7))), s.whole(worked[-1]))
    held = [h for h in calendar.holidays if h.weekday() not in calendar.weekend]
    return s.binary("-", s.binary("+", weeks, into), _not_after(date, held, 0))


def _not_after(date: Sql, holidays: Sequence, before: int) -> Sql:  # type: ignore[type-arg]
    """How many of the holidays, in ascending order, are not after a date; `before` are known not to be."""
    if not holidays:
        return s.whole(before)
    middle = len(holidays) // 2
    left = _not_after(date, holidays[:middle], before)
    right = _not_after(date, holidays[middle + 1 :], before + middle + 1)
    return s.case((s.binary("<", date, s.moment(holidays[middle])), left), default=right)
