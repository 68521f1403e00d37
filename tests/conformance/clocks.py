"""As-of instants at which civil time is odd: around changes of clocks, on missing days, at both ends of the calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from segdsl.model.clock import Clock, to_utc

AsOf = tuple[str, str]
"""A naive UTC instant, and the workspace's zone."""

FIXED: list[AsOf] = [
    ("2026-03-29T00:00", "Europe/London"), ("2026-03-30T00:00", "Europe/London"), ("2026-10-25T00:30", "Europe/London"),
    ("2026-11-01T06:00", "America/New_York"), ("2026-04-05T00:00", "Australia/Lord_Howe"), ("2024-02-29T12:00", "UTC"),
    ("2026-01-31T00:00", "Asia/Kathmandu"), ("2026-02-28T23:59", "America/New_York"), ("2026-12-31T23:00", "Europe/London"),
    ("2028-02-29T00:00", "Australia/Lord_Howe"), ("1000-01-02T00:00", "UTC"), ("8999-12-31T00:00", "UTC"),
]  # fmt: skip
"""Month ends, leap days, midnights of UTC within a local day, and both ends of the calendar."""

CHANGES: list[AsOf] = [
    ("2026-03-29T01:00", "Europe/London"), ("2026-10-25T01:00", "Europe/London"),
    ("2026-03-08T07:00", "America/New_York"), ("2026-11-01T06:00", "America/New_York"),
    ("2026-04-04T15:00", "Australia/Lord_Howe"), ("2026-10-03T15:30", "Australia/Lord_Howe"),  # by half an hour
    ("2026-02-15T02:00", "Africa/Casablanca"), ("2026-03-22T02:00", "Africa/Casablanca"),  # back for Ramadan
    ("2011-12-30T10:00", "Pacific/Apia"),  # 30 December doesn't exist
    ("1985-12-31T18:30", "Asia/Kathmandu"),  # from +5:30 to +5:45: midnight doesn't exist
    ("2026-03-28T22:00", "Asia/Beirut"), ("2026-10-24T21:00", "Asia/Beirut"),  # midnight doesn't exist; the last hour comes twice
    ("1937-04-04T02:00", "Europe/Amsterdam"), ("1937-10-03T02:00", "Europe/Amsterdam"),  # of which databases of zones say different things
    ("1972-01-07T00:44:30", "Africa/Monrovia"),  # by 44 minutes and a half, past midnight
    ("2026-03-29T01:00", "Antarctica/Troll"), ("2026-10-25T01:00", "Antarctica/Troll"),  # by two hours
]  # fmt: skip
"""The first instant of another offset."""


def around(change: AsOf) -> Iterator[AsOf]:
    """The midnights of the day before, of and after a change; noon; the hour that is repeated or skipped."""
    first, zone = dt.datetime.fromisoformat(change[0]), ZoneInfo(change[1])
    day = Clock(first, zone).today
    midnights = [dt.datetime.combine(day + dt.timedelta(days=n), dt.time()) for n in (-1, 0, 1)]
    near = [first + dt.timedelta(minutes=n) for n in (-30, 0, 20)]
    for now in [*(to_utc(m, zone) for m in midnights), to_utc(midnights[1].replace(hour=12), zone), *near]:
        yield now.isoformat(), change[1]


AS_OFS: list[AsOf] = [*FIXED, *dict.fromkeys(a for of_one in zip(*map(around, CHANGES)) for a in of_one)]
"""`FIXED`, then around each change: the day before of all of them, then the day itself, …"""

ODD_ZONES = frozenset(
    {
        "Europe/Amsterdam",
        "Australia/Lord_Howe",
        "Africa/Monrovia",
        "Pacific/Apia",
        "Africa/Casablanca",
        "Antarctica/Troll",
    }
)
"""Where civil time has been oddest."""


def crosses(a: dt.datetime, b: dt.datetime, zone: ZoneInfo) -> bool:
    """Whether the zone's offset differs between two naive UTC instants: one of them lies beyond a change of clocks."""
    offsets = {m.replace(tzinfo=dt.UTC).astimezone(zone).utcoffset() for m in (a, b)}
    return len(offsets) > 1
