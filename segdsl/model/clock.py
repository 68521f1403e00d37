"""Borders in time from as-of and the workspace's zone: civil days, weeks, months and years; exact hours."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from segdsl.model import expr as k
from segdsl.model.types import DATE

EARLIEST, LATEST = (
    dt.date(1000, 1, 1),
    dt.date(8999, 12, 31),
)  # of a date in data; any shift then stays within the calendar
LONGEST_SHIFT_DAYS = 999 * 365
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class Clock:
    """The instant as of which rules are evaluated: `now` in naive UTC, and the `zone` in which days begin and end."""

    now: dt.datetime
    zone: ZoneInfo

    @staticmethod
    def at(as_of: dt.date | dt.datetime, zone: ZoneInfo) -> Clock:
        """Makes a clock. A date stands for the start of that day in `zone`; a time without an offset is local to `zone`."""
        if not isinstance(as_of, dt.datetime):
            as_of = dt.datetime.combine(as_of, dt.time())
        return Clock(to_utc(as_of, zone), zone)

    @cached_property
    def today(self) -> dt.date:
        return self.date_of(self.now)

    @property
    def as_of(self) -> dt.date | dt.datetime:
        """As-of as a rule file writes it: a day, a local time, or a time in UTC if clocks show that local time twice."""
        if self.now == self.start_of_day(self.today):
            return self.today
        local = self.local(self.now)
        return local if to_utc(local, self.zone) == self.now else self.now.replace(tzinfo=dt.UTC)

    def date_of(self, instant: dt.datetime) -> dt.date:
        """The civil date of a naive UTC instant."""
        return self.local(instant).date()

    def local(self, instant: dt.datetime) -> dt.datetime:
        """Converts a naive UTC instant to naive local time."""
        return instant.replace(tzinfo=dt.UTC).astimezone(self.zone).replace(tzinfo=None)

    def start_of_day(self, day: dt.date) -> dt.datetime:
        return to_utc(dt.datetime.combine(day, dt.time()), self.zone)

    def shift(self, moment: dt.date | dt.datetime, count: int, unit: str) -> dt.date | dt.datetime:
        """Moves a date or a naive UTC instant: civil units move the local time, hours and minutes are exact."""
        if not isinstance(moment, dt.datetime):
            return shift_date(moment, count, unit)
        if unit in k.EXACT:
            return moment + dt.timedelta(seconds=count * k.EXACT[unit])
        local = self.local(moment)
        return to_utc(dt.datetime.combine(shift_date(local.date(), count, unit), local.time()), self.zone)

    def start_of(self, period: str, offset: int, first_month: int = 1) -> dt.date:
        """Returns the first day of the period that is `offset` periods after the current one.

        Weeks begin on Monday; quarters and years are counted from `first_month`.
        """
        if period == "week":
            return self.today - dt.timedelta(days=self.today.weekday()) + dt.timedelta(weeks=offset)
        months = _MONTHS[period]
        into = (self.today.month - first_month) % 12 % months if period != "month" else 0
        return shift_date(self.today.replace(day=1), offset * months - into, "month")

    def constant(self, e: k.Expr) -> dt.date | dt.datetime | None:
        """Returns the value of a time that depends only on as-of; None for any other expression."""
        match e:
            case k.AsOf():
                return self.today if e.type == DATE else self.now
            case k.StartOf(period=period, offset=offset, first_month=first_month):
                return self.start_of(period, offset, first_month)
            case k.Literal_(value=dt.datetime() as instant):
                return to_utc(instant, self.zone)
            case k.Literal_(value=dt.date() as day):
                return day
            case k.Shift(moment=moment, count=count, unit=unit):
                inner = self.constant(moment)
                return None if inner is None else self.shift(inner, count, unit)
            case k.StartOfDay(date=date):
                day_of = self.constant(date)
                return None if day_of is None else self.start_of_day(day_of)
            case k.DateOf(moment=moment, zone=None):
                instant_of = self.constant(moment)
                return self.date_of(instant_of) if isinstance(instant_of, dt.datetime) else None
            case k.Named(body=body):
                return self.constant(body)
            # called for every expression: the commonest first
            case k.Column() | k.Literal_() | k.Compare() | k.Aggregate() | k.Arithmetic() | k.MetricOf() | k.And():
                return None
            case k.Or() | k.Not() | k.OneOf() | k.IsMissing() | k.If() | k.DateOf() | k.Member() | k.Standing():
                return None
            case (
                k.Elapsed()
                | k.TextTest()
                | k.SetTest()
                | k.At()
                | k.Rounded()
                | k.Distance()
                | k.Split()
                | k.RoundTo()
                | k.SizeOf()
            ):
                return None
            case k.BusinessDays() | k.PartOf() | k.Tally() | k.Missing():
                return None


def to_utc(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Converts a time with an offset, or a local time of `zone`, to naive UTC.

    When clocks are set back, an hour is shown twice; its times are read as the second hour, as the engines read them.
    When clocks are set forward, an hour is left out; its times are read as if the clocks had not been set yet.
    """
    if moment.tzinfo is not None:
        return moment.astimezone(dt.UTC).replace(tzinfo=None)
    return max(moment.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC).replace(tzinfo=None) for fold in (0, 1))


def shift_date(day: dt.date, count: int, unit: str) -> dt.date:
    """Moves a date; a day that the month doesn't have becomes the last day of the month."""
    if unit in _DAYS:
        return day + dt.timedelta(days=count * _DAYS[unit])
    months = day.year * 12 + day.month - 1 + count * _MONTHS[unit]
    year, month = divmod(months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


def elapsed(unit: str, start: dt.date | dt.datetime, end: dt.date | dt.datetime) -> int:
    """Returns the greatest n such that `start` moved by n units is not after `end`."""
    if unit in k.EXACT:
        assert isinstance(start, dt.datetime) and isinstance(end, dt.datetime)
        return (end - start) // dt.timedelta(seconds=k.EXACT[unit])
    days = (end - start).days  # type: ignore[operator]
    if unit in _DAYS:
        return days // _DAYS[unit]
    months = (end.year - start.year) * 12 + end.month - start.month
    months //= _MONTHS[unit]
    return months if shift_date(start, months, unit) <= end else months - 1


def part(of: k.Part, moment: dt.date | dt.datetime) -> int:
    """Returns a part of a date, or of a local time, as `PartOf` counts it."""
    match of:
        case "year":
            return moment.year
        case "quarter":
            return (moment.month + 2) // 3
        case "month":
            return moment.month
        case "day":
            return moment.day
        case "weekday":
            return moment.isoweekday()
        case "hour":
            assert isinstance(moment, dt.datetime), "a date has no hour"
            return moment.hour


def day(value: dt.date) -> str:
    """Writes a date as in `1 Nov 2026`."""
    return f"{value.day} {value:%b %Y}"


def business_days(calendar: k.Calendar, start: dt.date, end: dt.date) -> int:
    """Counts the business days d with start < d <= end."""
    if end <= start:
        return 0
    holidays_lost = sum(start < h <= end and h.weekday() not in calendar.weekend for h in calendar.holidays)
    return workdays_until(calendar, end) - workdays_until(calendar, start) - holidays_lost


MONDAY = dt.date(1969, 12, 29)


def workdays_until(calendar: k.Calendar, date: dt.date) -> int:
    """Counts days outside weekends from Monday, 29 December 1969, up to and including a date; negative for earlier dates."""
    weeks, weekday = divmod((date - MONDAY).days, 7)
    return weeks * worked_by(calendar)[6] + worked_by(calendar)[weekday]


def worked_by(calendar: k.Calendar) -> list[int]:
    """Counts, for each weekday, the days of a week up to and including it that are outside the weekend."""
    return [sum(d not in calendar.weekend for d in range(weekday + 1)) for weekday in range(7)]
