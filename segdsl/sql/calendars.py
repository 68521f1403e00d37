"""Business days between two dates: whole weeks are multiplied, holidays are found in a tree of comparisons."""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.model import expr as k
from segdsl.model.clock import MONDAY, worked_by
from segdsl.sql import spell as s
from segdsl.sql.spell import Sql


def business_days(calendar: k.Calendar, start: Sql, end: Sql) -> Sql:
    """Builds the number of business days d with start < d <= end; 0 if `end` is not after `start`."""
    between = s.binary("-", _until(calendar, end), _until(calendar, start))
    return s.case((s.binary(">", end, start), between), (s.binary("<=", end, start), s.whole(0)))


def _until(calendar: k.Calendar, date: Sql) -> Sql:
    """Builds the number of business days from a fixed Monday up to and including a date; negative for earlier dates."""
    days = s.days_between(s.moment(MONDAY), date)
    worked = worked_by(calendar)
    weekday = s.binary("-", days, s.binary("*", s.floor_divide(days, s.whole(7)), s.whole(7)))
    into = s.case(
        *((s.binary("=", s.paren(weekday), s.whole(i)), s.whole(n)) for i, n in enumerate(worked[:-1])),
        default=s.whole(worked[-1]),
    )
    weeks = s.binary("*", s.paren(s.floor_divide(days, s.whole(7))), s.whole(worked[-1]))
    holidays = [h for h in calendar.holidays if h.weekday() not in calendar.weekend]
    return s.binary("-", s.binary("+", weeks, into), _not_after(date, holidays, 0))


def _not_after(date: Sql, holidays: Sequence, count: int) -> Sql:  # type: ignore[type-arg]
    """Builds the number of holidays not after a date. `holidays` ascend; `count` further holidays are known not to be after the date."""
    if not holidays:
        return s.whole(count)
    middle = len(holidays) // 2
    left = _not_after(date, holidays[:middle], count)
    right = _not_after(date, holidays[middle + 1 :], count + middle + 1)
    return s.case((s.binary("<", date, s.moment(holidays[middle])), left), default=right)
