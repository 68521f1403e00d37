"""Time zones that a field may name."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, available_timezones


@cache
def known() -> frozenset[str]:
    """The names of the tz database, without its links to files of the machine."""
    return frozenset(z for z in available_timezones() if z not in ("localtime", "posixrules", "Factory"))


def zone(name: str) -> ZoneInfo | None:
    return ZoneInfo(name) if name in known() else None
