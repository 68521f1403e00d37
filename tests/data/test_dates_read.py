"""Thousands of texts that may be dates and times, in several formats: read as the calendar has them, or not at all."""

from __future__ import annotations

import calendar
import datetime as dt
import random

import pytest

from segdsl.workspace.config import Formats
from tests.support.cells import attached

pytestmark = pytest.mark.slow

MONTHS = [calendar.month_abbr[m] for m in range(1, 13)]
WRITTEN = {
    "DD/MM/YYYY": "{d:02}/{m:02}/{y:04}", "MM/DD/YYYY": "{m}/{d}/{y:04}", "DD.MM.YY": "{d:02}.{m:02}.{yy:02}", "YYYY-DD-MM": "{y:04}-{d:02}-{m:02}",
    "D Mon YYYY": "{d} {mon} {y:04}", "Mon D, YYYY": "{mon} {d}, {y:04}", None: "{y:04}-{m:02}-{d:02}",
}  # fmt: skip


def day(draw: random.Random) -> tuple[int, int, int]:
    """Mostly days of the calendar, now and then a 31st of June, a 29th of February, a month 13."""
    year = draw.randint(1969, 2068)
    if draw.random() < 0.95:
        month = draw.randint(1, 12)
        return year, month, draw.randint(1, calendar.monthrange(year, month)[1])
    return year, draw.choice([0, 2, 4, 6, 9, 11, 13]), draw.choice([0, 29, 30, 31, 32])


def text(format: str | None, when: tuple[int, int, int]) -> str:
    y, m, d = when
    return WRITTEN[format].format(y=y, yy=y % 100, m=m, d=d, mon=MONTHS[m - 1] if 1 <= m <= 12 else "Smarch")


def known(when: tuple[int, int, int]) -> dt.date | None:
    try:
        return dt.date(*when)
    except ValueError:
        return None


@pytest.mark.parametrize("format", list(WRITTEN))
def test_dates_are_those_of_the_calendar(format: str | None) -> None:
    draw = random.Random(str(format))
    days = [day(draw) for _ in range(2000)]
    rows = (
        attached("date", [text(format, d) for d in days], Formats(date=format))
        .con.execute("SELECT cell FROM row ORDER BY id")
        .fetchall()
    )
    for when, (read,) in zip(days, rows):
        assert read == known(when), (when, format)


@pytest.mark.parametrize("format", ["DD/MM/YYYY", "MM/DD/YYYY", "D Mon YYYY", None])
@pytest.mark.parametrize("clock", [" %H:%M", " %H:%M:%S", "T%H:%M:%S", " %I:%M %p", " %I:%M:%S%p", ", %H:%M", ""])
def test_times_are_those_of_the_clock(format: str | None, clock: str) -> None:
    """The source's clocks run an hour ahead of UTC."""
    if (format is None and clock.endswith("p")) or (format is None and clock.startswith(",")):
        format = "D Mon YYYY"
    draw = random.Random(f"{format}{clock}")
    moments = [dt.datetime(1970, 1, 2) + dt.timedelta(seconds=draw.randrange(98 * 365 * 86_400)) for _ in range(500)]
    written = [text(format, (m.year, m.month, m.day)) + m.strftime(clock) for m in moments]
    rows = (
        attached("timestamp", list(written), Formats(date=format))
        .con.execute("SELECT cell FROM row ORDER BY id")
        .fetchall()
    )
    for moment, cell, (read,) in zip(moments, written, rows):
        known_to = moment.replace(second=moment.second if "%S" in clock else 0)
        if not clock:
            known_to = moment.replace(hour=0, minute=0, second=0)
        assert read == known_to - dt.timedelta(hours=1), cell
