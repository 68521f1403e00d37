"""Time zones that a field may name."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, available_timezones


@cache
def known() -> frozenset[str]:
    """The names of the tz database, without its links to files of the machine."""
    return frozenset(z for z in available_timezones() if z not in ("localtime", "posixrules", "Factory"))


def zone(name: str) -> ZoneInfo | None:
    return _read(name) if name in known() else None


@cache
def _read(name: str) -> ZoneInfo:
    """Kept, for Python forgets all but eight and reads them again."""
    return ZoneInfo(name)
