"""Time zones that a field may name, and the clock changes of a zone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

_FIRST, _LAST = dt.datetime(1900, 1, 1), dt.datetime(2038, 1, 1)
_END = dt.datetime(2101, 1, 1)
_USUAL = dt.datetime(2026, 11, 1)
_LOOK = dt.timedelta(days=7)  # no zone has changed its offset and back within a week
_SECOND = dt.timedelta(seconds=1)


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


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a zone's offset at `instant` (naive UTC): local time jumps from `before` to `after`."""

    instant: dt.datetime
    before: dt.datetime
    after: dt.datetime

    @property
    def touches_midnight(self) -> bool:
        """Whether the clocks skip the start of a day, or show it twice."""
        earlier, later = sorted((self.before, self.after))
        return earlier <= dt.datetime.combine(later.date(), dt.time()) <= later


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time of one offset from UTC, from an instant (naive UTC) up to another."""

    begins: dt.datetime
    ends: dt.datetime
    offset: dt.timedelta


@cache
def stretches(of: ZoneInfo) -> tuple[Stretch, ...]:
    """All of a zone from 1900 to the end of 2100, in order."""
    borders = [_FIRST, *(change.instant for change in _changes(of, _END)), _END]
    return tuple(Stretch(begins, ends, _offset(of, begins)) for begins, ends in pairwise(borders))


def local(name: str, instant: dt.datetime) -> dt.datetime:
    """What the clocks of a known zone show at an instant (naive UTC)."""
    return instant + _offset(_read(name), instant)


def _changes(of: ZoneInfo, until: dt.datetime) -> Iterator[Change]:
    at, before = _FIRST, _offset(of, _FIRST)
    while at < until:
        after = _offset(of, at + _LOOK)
        if before != after:
            yield _change_between(of, at, at + _LOOK)
        at, before = at + _LOOK, after


@cache
def kinds_of_change(of: ZoneInfo) -> tuple[Change, ...]:
    """A change of each kind since 1900, by so much, at the same local time of day: the nearest to 2026, the nearest first."""
    nearest: dict[object, Change] = {}
    for change in _changes(of, _LAST):
        kind = (change.after - change.before, change.before.time())
        nearest[kind] = min(nearest.get(kind, change), change, key=_from_usual)
    return tuple(sorted(nearest.values(), key=_from_usual))


def _from_usual(change: Change) -> dt.timedelta:
    return abs(change.instant - _USUAL)


def _change_between(of: ZoneInfo, low: dt.datetime, high: dt.datetime) -> Change:
    """The first change of offset after `low`, by bisection to the second."""
    own = _offset(of, low)
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        middle -= dt.timedelta(microseconds=middle.microsecond)
        if middle == low:
            break
        low, high = (middle, high) if _offset(of, middle) == own else (low, middle)
    return Change(high, high + own, high + _offset(of, high))


def _offset(of: ZoneInfo, instant: dt.datetime) -> dt.timedelta:
    offset = instant.replace(tzinfo=dt.UTC).astimezone(of).utcoffset()
    assert offset is not None
    return offset
