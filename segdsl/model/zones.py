"""Time zones: the names that a field may hold, and the clock changes of a zone."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

_FIRST, _LAST = dt.datetime(1900, 1, 1), dt.datetime(2038, 1, 1)
_END = dt.datetime(2101, 1, 1)
_USUAL = dt.datetime(2026, 11, 1)
_LOOK = dt.timedelta(days=28)  # a rule for every year has its two changes months apart
_SECOND, _HOUR = dt.timedelta(seconds=1), dt.timedelta(hours=1)
_1970 = dt.datetime(1970, 1, 1)


@cache
def names() -> frozenset[str]:
    """Returns the names in the tz database, except those that depend on the machine."""
    return frozenset(z for z in available_timezones() if z not in ("localtime", "posixrules", "Factory"))


def zone(name: str) -> ZoneInfo | None:
    return _read(name) if name in names() else None


@cache
def _read(name: str) -> ZoneInfo:
    """Reads a zone once: Python caches only eight zones."""
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
    """A period with one offset from UTC, from one instant (naive UTC) up to another."""

    begins: dt.datetime
    ends: dt.datetime
    offset: dt.timedelta


@cache
def stretches(of: ZoneInfo) -> tuple[Stretch, ...]:
    """Returns the stretches of a zone from 1900 to the end of 2100, in order."""
    borders = [_FIRST, *(change.instant for change in _changes(of, _END)), _END]
    return tuple(Stretch(begins, ends, _offset(of, begins)) for begins, ends in pairwise(borders))


def local(name: str, instant: dt.datetime) -> dt.datetime:
    """Returns the local time in a known zone at an instant (naive UTC)."""
    return instant + _offset(_read(name), instant)


def _changes(of: ZoneInfo, until: dt.datetime) -> Iterator[Change]:
    """Yields the changes that the zone's file lists, then those of the rule that the file may end in, for every later year."""
    listed, rule = _file(of.key)
    for instant in listed:
        if _FIRST < instant < until and _offset(of, instant - _SECOND) != _offset(of, instant):
            yield _change_at(of, instant)
    if "," not in rule:  # only offsets that change have dates
        return
    at = max([_FIRST, *listed[-1:]])
    offset = _offset(of, at)
    while at < until:
        next_offset = _offset(of, at + _LOOK)
        if offset != next_offset:
            yield _change_between(of, at, at + _LOOK)
        at, offset = at + _LOOK, next_offset


def _file(name: str) -> tuple[Sequence[dt.datetime], str]:
    """The instants (naive UTC) at which something changes in a zone, and the rule for those after them; of a file as RFC 8536 has it."""
    data = files("tzdata.zoneinfo").joinpath(*name.split("/")).read_bytes()
    header = struct.Struct(">4sc15x6L")
    _, _, *counts = header.unpack_from(data)
    begin = header.size + _length(counts, 4)  # of what is the same once more, in numbers of eight octets
    _, _, *counts = header.unpack_from(data, begin)
    instants = struct.unpack_from(f">{counts[3]}q", data, begin + header.size)
    rule = data[begin + header.size + _length(counts, 8) :].decode("ascii").strip("\n")
    return [_1970 + dt.timedelta(seconds=s) for s in instants if s > _EARLIEST], rule


_EARLIEST = (_FIRST - _1970).total_seconds()


def _length(counts: Sequence[int], width: int) -> int:
    """The octets of what follows a header."""
    at_utc, standard, leaps, instants, kinds, letters = counts
    return instants * (width + 1) + kinds * 6 + letters + leaps * (width + 4) + standard + at_utc


@cache
def kinds_of_change(of: ZoneInfo) -> tuple[Change, ...]:
    """Returns one change of each kind, by length and local time of day: the change nearest to 2026. The nearest comes first."""
    nearest: dict[object, Change] = {}
    for change in _changes(of, _LAST):
        kind = (change.after - change.before, change.before.time())
        nearest[kind] = min(nearest.get(kind, change), change, key=_from_usual)
    return tuple(sorted(nearest.values(), key=_from_usual))


def _from_usual(change: Change) -> dt.timedelta:
    return abs(change.instant - _USUAL)


def _change_between(of: ZoneInfo, low: dt.datetime, high: dt.datetime) -> Change:
    """Finds the first change of offset after `low`, by bisection to the hour, then to the second where a change is not on the hour."""
    own = _offset(of, low)
    for step in (_HOUR, _SECOND):
        while high - low > step:
            middle = low + (high - low) // step // 2 * step
            low, high = (middle, high) if _offset(of, middle) == own else (low, middle)
        if _offset(of, high - _SECOND) == own:
            break
    return _change_at(of, high)


def _change_at(of: ZoneInfo, instant: dt.datetime) -> Change:
    return Change(instant, instant + _offset(of, instant - _SECOND), instant + _offset(of, instant))


def _offset(of: ZoneInfo, instant: dt.datetime) -> dt.timedelta:
    offset = instant.replace(tzinfo=dt.UTC).astimezone(of).utcoffset()
    assert offset is not None
    return offset
