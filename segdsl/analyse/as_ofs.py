"""As-of instants for proofs: instants on which the borders in time of some conditions come in every possible order.

A proof says "whatever the day", but the prover examines one instant at a time. What it sees depends only on the order of the
borders: `28 days ago` is before, at or after `1 month ago`, which makes three cases. It is therefore enough to examine one instant
of each case. This module finds these instants, for every as-of from 1901 to 2100, in three steps:

1. *Days.* A border is a number of days from today that depends on the calendar (`1 month ago` is 28 to 31 days ago). Every day of
   four years is examined, of 28 years if weeks matter (the period after which weekdays repeat), and the last years up to 2100,
   which has no 29 February. If rules name dates, days between any two of them are examined, and every day on which a border meets one.
2. *Times of day.* If rules compare instants, `now` may be the start of its day or later, and hours cross midnight. The times at
   which one border meets another are examined, and one time between each two of them.
3. *Clock changes.* A civil day has 23, 24 or 25 hours. If hours and days are mixed, if an instant is named with its time, or if a
   zone skips or repeats a midnight, instants around one clock change of each kind are examined. They can show that something is
   possible, but not that nothing else is (two changes may lie between two borders, a change may fall on the turn of a month), so the
   question then stays open.

Of the instants with one order of all borders the first is used. `tests/analyse/test_as_ofs.py` compares the result with thousands of
random instants.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from zoneinfo import ZoneInfo

from segdsl.analyse.diagram import Budget, TooInvolved
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model import zones
from segdsl.model.clock import Clock, shift_date, to_utc
from segdsl.model.dependencies import columns, everything
from segdsl.model.segment import Model

FIRST, LAST = dt.date(1901, 1, 1), dt.date(2100, 12, 31)
USUAL = dt.date(2026, 11, 1)
_ERA = dt.date(2027, 1, 1)
_SECONDS = 86_400
_MOST_DAYS = 40_000
_LONGEST = 150 * 366  # days: a longer span covers all days that are examined
_A_DAY, _AN_INSTANT = 10, 60  # units of work
_TRIES = 4  # tries for an order that clock changes hide
_FEW = 12  # a border with at most so many distances from today has all of them examined


@dataclass(frozen=True)
class _Border:
    """A point in time that depends only on as-of, moved by `days`."""

    of: k.Expr
    days: int = 0

    def at(self, clock: Clock) -> dt.date:
        value = clock.constant(self.of)
        assert value is not None, "borders depend only on as-of"
        return value + dt.timedelta(days=self.days)


@dataclass(frozen=True)
class _Moving:
    """The position of a border relative to today.

    `day` maps today to the border's local day, both as ordinals.
    `seconds` are added to that day.
    `with_time` says that the border has the time of day of now.
    `regular` says that the border is the same number of days from every day.
    `instant` says that the border is an instant, not a date.
    """

    border: _Border
    day: Callable[[int], int]
    seconds: int
    with_time: bool
    regular: bool
    instant: bool


CLOCKS = "its times depend on clock changes, as it mixes hours and days"


def as_ofs(
    models: Sequence[tuple[Model, Sequence[k.Expr]]],
    budget: Budget | None = None,
    examples: bool = True,
    first: dt.date = USUAL,
) -> Iterator[Clock]:
    """Yields one instant for each order of the borders of conditions, which come with their models: `first` for its own order.

    Days are those of the first workspace's zone. Raises `TooInvolved` if there are too many days to examine, and if clock changes may
    bring other orders: then after the last instant or, without `examples`, before the first.
    """
    zone, budget = models[0][0].outside.zone, budget or Budget()
    usual = Clock.at(first if FIRST <= first <= LAST else USUAL, zone)
    yield usual
    borders = dict.fromkeys(b for model, roots in models for b in _borders_of(model, roots, usual))
    moving, fixed = _split(borders, usual)
    in_order = [m.border for m in (*moving, *fixed)]
    instants = any(m.instant for m in moving)
    if not fixed and not instants and all(m.regular for m in moving):
        return
    times = _times(moving, fixed, instants)
    days = _days(moving, fixed)
    if len(days) > _MOST_DAYS:
        raise TooInvolved
    budget.spend(_A_DAY * len(days))
    candidates = _first_of_each_order(moving, fixed, days, times, zone)
    open_ended = instants and _depends_on_clock_changes(moving, fixed, zone)
    if open_ended and not examples:
        raise TooInvolved(CLOCKS)
    if open_ended:
        candidates += _around_changes(moving, zone, times)
    budget.spend(_AN_INSTANT * len(candidates))
    orders = {_order(in_order, usual)}
    for instant in dict.fromkeys(candidates):
        clock = Clock(instant, zone)
        order = _order(in_order, clock)
        if order not in orders:
            orders.add(order)
            yield clock
    if open_ended:
        raise TooInvolved(CLOCKS)


def _local(day: int, seconds: int) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromordinal(day), dt.time()) + dt.timedelta(seconds=seconds)


def _order(borders: Sequence[_Border], clock: Clock) -> object:
    """Returns the places of all borders in the order of their kind, and which neighbouring dates are one day apart."""
    values = [b.at(clock) for b in borders]
    instants = [v for v in values if isinstance(v, dt.datetime)]
    dates = [v for v in values if not isinstance(v, dt.datetime)]
    place = {v: i for i, v in enumerate(sorted(set(instants)))}
    return tuple(place[v] for v in instants), _places([d.toordinal() for d in dates])


def _places(days: Sequence[int]) -> object:
    in_order = sorted(set(days))
    place = {d: i for i, d in enumerate(in_order)}
    return tuple(place[d] for d in days), tuple(b - a == 1 for a, b in itertools.pairwise(in_order))


# -- the borders --------------------------------------------------------------------------------


def _borders_of(model: Model, roots: Sequence[k.Expr], usual: Clock) -> tuple[_Border, ...]:
    """Returns every point in time that conditions name, and the days from which tables are complete."""
    nodes = list(everything(model, roots))
    borders = {_Border(n): None for n in nodes if usual.constant(n) is not None}
    literals = (n.value for n in nodes if isinstance(n, k.Literal_))
    ratios = (Fraction(v.numerator, v.denominator) for v in literals if isinstance(v, k.Ratio))
    figures = {
        r.numerator for r in ratios if r.denominator == 1
    }  # whole numbers, however written: `28`, `28.0` or `2800%`
    for node in nodes:
        if isinstance(node, k.Elapsed) and node.unit == "day":
            for end, sign in ((node.end, -1), (node.start, 1)):
                if usual.constant(end) is not None:
                    borders |= {_Border(end, sign * n): None for n in figures if abs(n) < _LONGEST}
        if isinstance(node, k.OneOf) and ty.is_time(node.item.type):
            borders |= {_Border(literal): None for literal in map(_as_time(node), node.values)}
    for name in columns(model, roots):
        first = model.schema.relations[name].complete_from
        if first is not None:
            literal = k.Literal_(first, ty.DATE)
            borders[_Border(literal if model.schema.relations[name].by_date else k.StartOfDay(literal))] = None
    return tuple(borders)


def _as_time(e: k.OneOf) -> Callable[[k.Scalar], k.Expr]:
    """Returns a function that makes a value of a list an expression of the type it is compared with."""

    def literal(value: k.Scalar) -> k.Expr:
        if isinstance(value, dt.datetime):
            return k.Literal_(value, ty.TIMESTAMP)
        day = k.Literal_(value, ty.DATE)
        return k.StartOfDay(day) if e.item.type == ty.TIMESTAMP else day

    return literal


def _split(borders: Iterable[_Border], usual: Clock) -> tuple[list[_Moving], list[_Moving]]:
    """Splits borders into those that move with as-of and those that are fixed."""
    moving: list[_Moving] = []
    fixed_borders: list[_Moving] = []
    for border in borders:
        is_fixed = not any(isinstance(n, k.AsOf | k.StartOf) for n in k.walk(border.of))
        (fixed_borders if is_fixed else moving).append(_moving(border, usual))
    return moving, fixed_borders


def _moving(border: _Border, usual: Clock) -> _Moving:
    position = _position(border.of, usual)
    days = border.days
    return _Moving(
        border,
        (lambda today: position.day(today) + days) if days else position.day,
        position.seconds,
        position.with_time,
        position.regular,
        position.instant,
    )


@dataclass(frozen=True)
class _Position:
    """The position of an expression relative to today; fields as in `_Moving`."""

    day: Callable[[int], int]
    seconds: int = 0
    with_time: bool = False
    regular: bool = True
    instant: bool = False


def _position(e: k.Expr, usual: Clock) -> _Position:
    match e:
        case k.AsOf():
            instant = e.type != ty.DATE
            return _Position(lambda today: today, with_time=instant, instant=instant)
        case k.StartOf(period=period, offset=offset, first_month=first_month):
            return _Position(_start_of(period, offset, first_month), regular=False)
        case k.Literal_(value=dt.datetime() as instant_value):
            local = usual.local(to_utc(instant_value, usual.zone))
            since = local - dt.datetime.combine(local.date(), dt.time())
            ordinal = local.date().toordinal()
            return _Position(lambda _: ordinal, int(since.total_seconds()), regular=False, instant=True)
        case k.Literal_(value=dt.date() as day_value):
            day_ordinal = day_value.toordinal()
            return _Position(lambda _: day_ordinal, regular=False)
        case k.StartOfDay(date=date):
            return _only_days(_position(date, usual), instant=True)
        case k.DateOf(moment=moment):
            return _only_days(_position(moment, usual), instant=False)
        case k.Shift(moment=moment, count=count, unit="hour" | "minute" as unit):
            inner = _position(moment, usual)
            return _Position(
                inner.day, inner.seconds + k.EXACT[unit] * count, inner.with_time, inner.regular, instant=True
            )
        case k.Shift(moment=moment, count=count, unit=unit):
            inner = _position(moment, usual)
            if inner.seconds:
                raise TooInvolved  # days are counted from an hour
            shift = _shifted(count, unit)
            regular = inner.regular and unit in ("day", "week")
            return _Position(lambda today: shift(inner.day(today)), 0, inner.with_time, regular, inner.instant)
        case k.Named(body=body):
            return _position(body, usual)
        case _:
            raise AssertionError(f"not a time that depends only on as-of: {e}")


def _only_days(inner: _Position, instant: bool) -> _Position:
    if inner.with_time and inner.seconds:
        raise TooInvolved  # the day of an hour
    return _Position(inner.day, 0, False, inner.regular, instant)


@cache
def _start_of(period: k.Period, offset: int, first_month: int) -> Callable[[int], int]:
    @cache
    def start(today: int) -> int:
        clock = Clock(dt.datetime.combine(dt.date.fromordinal(today), dt.time()), ZoneInfo("UTC"))
        return clock.start_of(period, offset, first_month).toordinal()

    return start


@cache
def _shifted(count: int, unit: str) -> Callable[[int], int]:
    if unit in ("day", "week"):
        days = count * (7 if unit == "week" else 1)
        return lambda day: day + days

    @cache
    def shifted(day: int) -> int:
        return shift_date(dt.date.fromordinal(day), count, unit).toordinal()

    return shifted


# -- days ---------------------------------------------------------------------------------------


def _days(moving: Sequence[_Moving], fixed: Sequence[_Moving]) -> list[int]:
    """Returns the days to examine, as ordinals."""
    regular = all(m.regular for m in moving)
    years = 1 if regular else 28 if _by_week(moving) else 4
    block = 1 if regular else 366 * years + 1
    marks = sorted({n.day(0) for n in fixed})
    low, high = FIRST.toordinal(), LAST.toordinal()
    starts = [max(low, min(m, high)) for m in marks]
    days: set[int] = set(range(_ERA.toordinal(), _ERA.toordinal() + block))
    if not regular:  # 1900 and 2100 have no 29 February
        beyond = 366 * (_longest_in_years(moving) + 1)
        days |= {*range(low, min(low + beyond, high)), *range(max(low, high - beyond), high + 1)}
    near = _distances(moving)
    for mark in marks:
        days |= {d for d in _meeting(mark, near, regular) if low <= d <= high}
    for start, end in zip([low, *starts], [*starts, high]):
        days |= set(range(start, min(start + block, end)))
        days |= set(range(max(start, end - block), end)) if block > 1 and end - start < 2 * block else set()
    return sorted(days)


def _by_week(moving: Sequence[_Moving]) -> bool:
    return any(isinstance(n, k.StartOf) and n.period == "week" for m in moving for n in k.walk(m.border.of))


def _longest_in_years(moving: Sequence[_Moving]) -> int:
    """Returns how many years borders reach from today, so that a year without 29 February may lie between."""
    reach = [0]
    for node in (n for m in moving for n in k.walk(m.border.of)):
        if isinstance(node, k.Shift) and node.unit in ("month", "year"):
            reach.append(abs(node.count) // (12 if node.unit == "month" else 1) + 1)
        if isinstance(node, k.StartOf):
            reach.append(abs(node.offset) // _A_YEAR[node.period] + 1)
    return sum(sorted(reach)[-2:])  # two may follow each other


_A_YEAR: Mapping[k.Period, int] = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}


def _distances(moving: Sequence[_Moving]) -> list[tuple[int, int]]:
    """Returns the (least, greatest) distance of each border from today in days; hours may reach into the next day."""
    today = _ERA.toordinal()
    distances = set()
    for m in moving:
        apart = {m.day(d) - d for d in ((today,) if m.regular else range(today, today + 1462))}
        hours = m.seconds // _SECONDS
        distances.add((min(apart) + hours - 1, max(apart) + hours + 1))
    return sorted(distances)


def _meeting(mark: int, near: Sequence[tuple[int, int]], regular: bool) -> Iterator[int]:
    """Yields the days on which some border may be at a mark or a day from it; all days between them if months matter."""
    if not near:
        return
    if regular:
        for low, high in near:
            yield from range(mark - high - 1, mark - low + 2)
    else:
        yield from range(mark - max(high for _, high in near) - 1, mark - min(low for low, _ in near) + 2)


def _first_of_each_order(
    moving: Sequence[_Moving], fixed: Sequence[_Moving], days: Sequence[int], times: Sequence[int], zone: ZoneInfo
) -> list[dt.datetime]:
    """Returns an instant (naive UTC) for each order by local time, and another if a clock change affects the first."""
    borders_in_order = [*moving, *fixed]
    borders = [m.border for m in borders_in_order]
    reach = max((max(abs(low), abs(high)) for low, high in _distances(moving)), default=0) + 3
    distances = [[m.day(d) - d for d in days] for m in moving]
    distances += [[max(-reach, min(reach, n.day(0) - d)) for d in days] for n in fixed]
    rows = list(zip(*distances))
    tries: dict[object, int] = {}
    instants: list[dt.datetime] = []
    for row, day in dict(zip(reversed(rows), reversed(days))).items():
        for time in times:
            order = _local_order(borders_in_order, row, time)
            if tries.get(order, 0) < _TRIES:
                instant = to_utc(_local(day, time), zone)
                instants.append(instant)
                as_expected = _order(borders, Clock(instant, zone)) == order
                tries[order] = _TRIES if as_expected else tries.get(order, 0) + 1
    return instants


def _local_order(borders: Sequence[_Moving], distances: Sequence[int], time: int) -> object:
    instants, dates = [], []
    for m, distance in zip(borders, distances):
        if m.instant:
            instants.append(distance * _SECONDS + m.seconds + (time if m.with_time else 0))
        else:
            dates.append(distance)
    place = {v: i for i, v in enumerate(sorted(set(instants)))}
    return tuple(place[v] for v in instants), _places(dates)


# -- times of day -------------------------------------------------------------------------------


def _times(moving: Sequence[_Moving], fixed: Sequence[_Moving], instants: bool) -> list[int]:
    """Returns the times of day, in seconds, at which one border may meet another, and one time between each two."""
    if not instants and not any(n.instant for n in fixed):
        return [0]
    hours = {m.seconds for m in moving if m.with_time} | {0}
    clock_times = {n.seconds for n in fixed} | {m.seconds for m in moving if not m.with_time} | {0}
    meeting = sorted({(w - h) % _SECONDS for w in clock_times for h in hours})
    between = [(a + b) // 2 for a, b in zip(meeting, [*meeting[1:], _SECONDS])]
    return sorted({*meeting, *between})


# -- clock changes ------------------------------------------------------------------------------


def _depends_on_clock_changes(moving: Sequence[_Moving], fixed: Sequence[_Moving], zone: ZoneInfo) -> bool:
    """Tells whether clock changes can alter the order of borders.

    They can if some borders are hours from now or have a time, and others are days from now; if days begin at midnights that are
    skipped or repeated; and if whole days are left out.
    """
    changes = zones.kinds_of_change(zone)
    if any(abs(c.after - c.before) >= dt.timedelta(days=1) for c in changes):
        return True
    begins = any(m.instant and not m.with_time for m in (*moving, *fixed))
    if begins and any(m.with_time for m in moving) and any(c.touches_midnight for c in changes):
        return True
    return bool(changes) and _mixes_hours_and_days(moving, fixed)


def _mixes_hours_and_days(moving: Sequence[_Moving], fixed: Sequence[_Moving]) -> bool:
    exact = any(m.seconds for m in moving) or any(n.instant and n.seconds for n in fixed)
    still = any(
        isinstance(n, k.Shift) and (n.count == 0 or isinstance(n.moment, k.Shift))
        for m in moving
        for n in k.walk(m.border.of)
    )
    civil = any(m.instant and not isinstance(m.border.of, k.AsOf) and not m.seconds for m in moving) or bool(fixed)
    return (exact and civil) or still


def _around_changes(moving: Sequence[_Moving], zone: ZoneInfo, times: Sequence[int]) -> list[dt.datetime]:
    """Returns instants (naive UTC) from which some border is just before, at or just after a clock change, or near it."""
    instants: list[dt.datetime] = []
    for change in zones.kinds_of_change(zone):
        at = change.before.date().toordinal()
        walls = {_since_midnight(w) + offset for w in (change.before, change.after) for offset in (-1, 0, 1, 900)}
        for distance in _few_distances(moving):
            for day in range(at - distance - 1, at - distance + 3):
                instants += [to_utc(_local(day, t), zone) for t in (*times, *walls) if 0 <= t < _SECONDS]
        jump = int(abs((change.after - change.before).total_seconds()))
        offsets = {-jump, 1 - jump, -jump // 2, -1, 0, 1, jump // 2, jump}
        for hours in {m.seconds for m in moving}:
            meeting = change.instant - dt.timedelta(seconds=hours)
            starts = [to_utc(_local(at + day, 0), zone) - dt.timedelta(seconds=hours) for day in (-1, 0, 1, 2)]
            instants += [i + dt.timedelta(seconds=offset) for i in (meeting, *starts) for offset in offsets]
    return instants


def _few_distances(moving: Sequence[_Moving]) -> list[int]:
    """Returns distances of borders from today in days: all of a border with few, else the least, a middle and the greatest."""
    few: set[int] = {0}
    for low, high in _distances(moving):
        between = range(low + 1, high)
        few |= set(between if len(between) <= _FEW else (low + 1, (low + high) // 2, high - 1))
    return sorted(few)


def _since_midnight(local: dt.datetime) -> int:
    return local.hour * 3600 + local.minute * 60 + local.second
