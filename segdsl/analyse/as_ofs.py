"""Conditions -> the as-of instants on which their borders in time come in every order.

A proof says "whatever the day", but the prover looks at one instant at a time. What it sees there depends on the order
of the borders alone: `28 days ago` lies before, at or after `1 month ago`, and those are three cases. So it is enough to
look at one instant of each case, and this module finds them, for every as-of from 1901 to 2100, in three steps:

1. *Days.* A border lies so many days from today, a number that depends on the calendar (`1 month ago` is 28 to 31 days
   ago). Every day of four years is asked, of 28 years where weeks matter (after which weekdays come round), and the last
   years up to 2100, which has no 29 February; where rules name dates, between any two of them, and with every day on which
   a border meets one.
2. *Times of day.* Where rules look at instants, `now` may be the start of its day or later, and hours reach over
   midnight: the times at which one border meets another, and one time between each two.
3. *Clock changes.* A civil day has 23, 24 or 25 hours. Where hours stand beside days, where an instant is named with its
   time, and where zones skip or repeat a midnight, instants around one clock change of each kind are asked too. These are
   enough to show that something can be; that nothing else can be they don't show (two changes may lie between two borders,
   a change may fall on the turn of a month), so after them the question is left open.

Of the instants on which all borders have the same order the first is kept. `tests/properties/test_as_ofs.py` holds this
to thousands of instants drawn at random.
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
_LONGEST = 150 * 366  # days: a longer span reaches over all days that are looked at
_A_DAY, _AN_INSTANT = 10, 60  # units of work
_TRIES = 4  # of an order that clock changes hide
_FEW = 12  # distances of a border from today that are looked at one by one


@dataclass(frozen=True)
class _Border:
    """A point in time that depends on as-of alone, moved by `days`."""

    of: k.Expr
    days: int = 0

    def at(self, clock: Clock) -> dt.date:
        value = clock.constant(self.of)
        assert value is not None, "borders depend on as-of alone"
        return value + dt.timedelta(days=self.days)


@dataclass(frozen=True)
class _Moving:
    """How a border lies to today: `day` maps today to the border's local day, both as ordinals; then come `seconds`.

    with_time: the border keeps the time of day of now.
    regular: the border is equally many days from every day.
    """

    border: _Border
    day: Callable[[int], int]
    seconds: int
    with_time: bool
    regular: bool
    instant: bool


CLOCKS = "it asks for times that clock changes set apart, as hours beside days"


def as_ofs(
    models: Sequence[tuple[Model, Sequence[k.Expr]]], budget: Budget | None = None, examples: bool = True
) -> Iterator[Clock]:
    """One instant for each order of the borders of some conditions, each with its model; the first is a usual day.

    Days are those of the zone of the first workspace. Raises `TooInvolved` where there are too many to look at; and, after
    the last instant, where clock changes may bring other orders. Without `examples` it is raised before the first.
    """
    zone, budget = models[0][0].outside.zone, budget or Budget()
    usual = Clock.at(USUAL, zone)
    yield usual
    borders = dict.fromkeys(b for model, roots in models for b in _borders_of(model, roots, usual))
    moving, named = _sorted_out(borders, usual)
    in_order = [m.border for m in (*moving, *named)]
    instants = any(m.instant for m in moving)
    if not named and not instants and all(m.regular for m in moving):
        return
    times = _times(moving, named, instants)
    days = _days(moving, named)
    if len(days) > _MOST_DAYS:
        raise TooInvolved
    budget.spend(_A_DAY * len(days))
    chosen = _first_of_each_order(moving, named, days, times, zone)
    open_ended = instants and _depends_on_clock_changes(moving, named, zone)
    if open_ended and not examples:
        raise TooInvolved(CLOCKS)
    if open_ended:
        chosen += _around_changes(moving, zone, times)
    budget.spend(_AN_INSTANT * len(chosen))
    seen = {_order(in_order, usual)}
    for instant in dict.fromkeys(chosen):
        clock = Clock(instant, zone)
        order = _order(in_order, clock)
        if order not in seen:
            seen.add(order)
            yield clock
    if open_ended:
        raise TooInvolved(CLOCKS)


def _local(day: int, seconds: int) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromordinal(day), dt.time()) + dt.timedelta(seconds=seconds)


def _order(borders: Sequence[_Border], clock: Clock) -> object:
    """The places of all borders among those of their kind, and between which dates there is no other."""
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
    """Every point in time that conditions name, relative to as-of or not, and the days from which tables are complete."""
    nodes = list(everything(model, roots))
    borders = {_Border(n): None for n in nodes if usual.constant(n) is not None}
    written = (n.value for n in nodes if isinstance(n, k.Literal_))
    ratios = (Fraction(v.numerator, v.denominator) for v in written if isinstance(v, k.Ratio))
    figures = {r.numerator for r in ratios if r.denominator == 1}  # of `28`, `28.0` and `2800%`
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
            whole = k.Literal_(first, ty.DATE)
            borders[_Border(whole if model.schema.relations[name].by_date else k.StartOfDay(whole))] = None
    return tuple(borders)


def _as_time(e: k.OneOf) -> Callable[[k.Scalar], k.Expr]:
    """A value of a list as an expression of the type that it is compared with."""

    def literal(value: k.Scalar) -> k.Expr:
        if isinstance(value, dt.datetime):
            return k.Literal_(value, ty.TIMESTAMP)
        day = k.Literal_(value, ty.DATE)
        return k.StartOfDay(day) if e.item.type == ty.TIMESTAMP else day

    return literal


def _sorted_out(borders: Iterable[_Border], usual: Clock) -> tuple[list[_Moving], list[_Moving]]:
    """(borders that move with as-of, borders that are named)."""
    moving: list[_Moving] = []
    named: list[_Moving] = []
    for border in borders:
        fixed = not any(isinstance(n, k.AsOf | k.StartOf) for n in k.walk(border.of))
        (named if fixed else moving).append(_moving(border, usual))
    return moving, named


def _moving(border: _Border, usual: Clock) -> _Moving:
    way = _way(border.of, usual)
    days = border.days
    return _Moving(
        border,
        (lambda today: way.day(today) + days) if days else way.day,
        way.seconds,
        way.with_time,
        way.regular,
        way.instant,
    )


@dataclass(frozen=True)
class _Way:
    """The same of an expression: see `_Moving`."""

    day: Callable[[int], int]
    seconds: int = 0
    with_time: bool = False
    regular: bool = True
    instant: bool = False


def _way(e: k.Expr, usual: Clock) -> _Way:
    match e:
        case k.AsOf():
            instant = e.type != ty.DATE
            return _Way(lambda today: today, with_time=instant, instant=instant)
        case k.StartOf(period=period, offset=offset, first_month=first_month):
            return _Way(_start_of(period, offset, first_month), regular=False)
        case k.Literal_(value=dt.datetime() as instant_value):
            local = usual.local(to_utc(instant_value, usual.zone))
            since = local - dt.datetime.combine(local.date(), dt.time())
            named = local.date().toordinal()
            return _Way(lambda _: named, int(since.total_seconds()), regular=False, instant=True)
        case k.Literal_(value=dt.date() as day_value):
            written = day_value.toordinal()
            return _Way(lambda _: written, regular=False)
        case k.StartOfDay(date=date):
            return _only_days(_way(date, usual), instant=True)
        case k.DateOf(moment=moment):
            return _only_days(_way(moment, usual), instant=False)
        case k.Shift(moment=moment, count=count, unit="hour"):
            inner = _way(moment, usual)
            return _Way(inner.day, inner.seconds + 3600 * count, inner.with_time, inner.regular, instant=True)
        case k.Shift(moment=moment, count=count, unit=unit):
            inner = _way(moment, usual)
            if inner.seconds:
                raise TooInvolved  # days counted from an hour
            shift = _shifted(count, unit)
            regular = inner.regular and unit in ("day", "week")
            return _Way(lambda today: shift(inner.day(today)), 0, inner.with_time, regular, inner.instant)
        case k.Named(body=body):
            return _way(body, usual)
        case _:
            raise AssertionError(f"no time that depends on as-of alone: {e}")


def _only_days(inner: _Way, instant: bool) -> _Way:
    if inner.with_time and inner.seconds:
        raise TooInvolved  # the day of an hour
    return _Way(inner.day, 0, False, inner.regular, instant)


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


def _days(moving: Sequence[_Moving], named: Sequence[_Moving]) -> list[int]:
    """The days, as ordinals, of which those on which borders come in another order are looked for."""
    regular = all(m.regular for m in moving)
    years = 1 if regular else 28 if _by_week(moving) else 4
    block = 1 if regular else 366 * years + 1
    marks = sorted({n.day(0) for n in named})
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
    """How far the months and years of a border reach, so that it may lie beyond a year without 29 February."""
    reach = [0]
    for node in (n for m in moving for n in k.walk(m.border.of)):
        if isinstance(node, k.Shift) and node.unit in ("month", "year"):
            reach.append(abs(node.count) // (12 if node.unit == "month" else 1) + 1)
        if isinstance(node, k.StartOf):
            reach.append(abs(node.offset) // _A_YEAR[node.period] + 1)
    return sum(sorted(reach)[-2:])  # one may start where another ends


_A_YEAR: Mapping[k.Period, int] = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}


def _distances(moving: Sequence[_Moving]) -> list[tuple[int, int]]:
    """(least, largest) distance of each border from today, in days; hours may reach into the next day."""
    today = _ERA.toordinal()
    distances = set()
    for m in moving:
        apart = {m.day(d) - d for d in ((today,) if m.regular else range(today, today + 1462))}
        hours = m.seconds // _SECONDS
        distances.add((min(apart) + hours - 1, max(apart) + hours + 1))
    return sorted(distances)


def _meeting(mark: int, near: Sequence[tuple[int, int]], regular: bool) -> Iterator[int]:
    """The days on which some border may be at a mark, a day before and a day after; all between them where months matter."""
    if not near:
        return
    if regular:
        for low, high in near:
            yield from range(mark - high - 1, mark - low + 2)
    else:
        yield from range(mark - max(high for _, high in near) - 1, mark - min(low for low, _ in near) + 2)


def _first_of_each_order(
    moving: Sequence[_Moving], named: Sequence[_Moving], days: Sequence[int], times: Sequence[int], zone: ZoneInfo
) -> list[dt.datetime]:
    """An instant (naive UTC) for each order that there is by local time; a second one where clocks are changed at the first."""
    both = [*moving, *named]
    borders = [m.border for m in both]
    reach = max((max(abs(low), abs(high)) for low, high in _distances(moving)), default=0) + 3
    distances = [[m.day(d) - d for d in days] for m in moving]
    distances += [[max(-reach, min(reach, n.day(0) - d)) for d in days] for n in named]
    rows = list(zip(*distances))
    tries: dict[object, int] = {}
    chosen: list[dt.datetime] = []
    for row, day in dict(zip(reversed(rows), reversed(days))).items():
        for time in times:
            order = _local_order(both, row, time)
            if tries.get(order, 0) < _TRIES:
                instant = to_utc(_local(day, time), zone)
                chosen.append(instant)
                as_expected = _order(borders, Clock(instant, zone)) == order
                tries[order] = _TRIES if as_expected else tries.get(order, 0) + 1
    return chosen


def _local_order(both: Sequence[_Moving], distances: Sequence[int], time: int) -> object:
    instants, dates = [], []
    for m, distance in zip(both, distances):
        if m.instant:
            instants.append(distance * _SECONDS + m.seconds + (time if m.with_time else 0))
        else:
            dates.append(distance)
    place = {v: i for i, v in enumerate(sorted(set(instants)))}
    return tuple(place[v] for v in instants), _places(dates)


# -- times of day -------------------------------------------------------------------------------


def _times(moving: Sequence[_Moving], named: Sequence[_Moving], instants: bool) -> list[int]:
    """Times of day, in seconds, at which one border may meet another, and one between each two."""
    if not instants and not any(n.instant for n in named):
        return [0]
    hours = {m.seconds for m in moving if m.with_time} | {0}
    written = {n.seconds for n in named} | {m.seconds for m in moving if not m.with_time} | {0}
    meeting = sorted({(w - h) % _SECONDS for w in written for h in hours})
    between = [(a + b) // 2 for a, b in zip(meeting, [*meeting[1:], _SECONDS])]
    return sorted({*meeting, *between})


# -- clock changes ------------------------------------------------------------------------------


def _depends_on_clock_changes(moving: Sequence[_Moving], named: Sequence[_Moving], zone: ZoneInfo) -> bool:
    """Whether clock changes can alter the order of borders.

    They do where some borders lie hours from now or are written with a time, and others days from now; where days begin at
    midnights that are skipped or repeated; and where whole days are left out.
    """
    changes = zones.kinds_of_change(zone)
    if any(abs(c.after - c.before) >= dt.timedelta(days=1) for c in changes):
        return True
    begins = any(m.instant and not m.with_time for m in (*moving, *named))
    if begins and any(m.with_time for m in moving) and any(c.touches_midnight for c in changes):
        return True
    return bool(changes) and _mixes_hours_and_days(moving, named)


def _mixes_hours_and_days(moving: Sequence[_Moving], named: Sequence[_Moving]) -> bool:
    exact = any(m.seconds for m in moving) or any(n.instant and n.seconds for n in named)
    still = any(
        isinstance(n, k.Shift) and (n.count == 0 or isinstance(n.moment, k.Shift))
        for m in moving
        for n in k.walk(m.border.of)
    )
    civil = any(m.instant and not isinstance(m.border.of, k.AsOf) and not m.seconds for m in moving) or bool(named)
    return (exact and civil) or still


def _around_changes(moving: Sequence[_Moving], zone: ZoneInfo, times: Sequence[int]) -> list[dt.datetime]:
    """Instants (naive UTC) from which some border lies just before, at or just after a clock change, and days beside it."""
    chosen: list[dt.datetime] = []
    for change in zones.kinds_of_change(zone):
        at = change.before.date().toordinal()
        walls = {_since_midnight(w) + beside for w in (change.before, change.after) for beside in (-1, 0, 1, 900)}
        for distance in _few_distances(moving):
            for day in range(at - distance - 1, at - distance + 3):
                chosen += [to_utc(_local(day, t), zone) for t in (*times, *walls) if 0 <= t < _SECONDS]
        jump = int(abs((change.after - change.before).total_seconds()))
        besides = {-jump, 1 - jump, -jump // 2, -1, 0, 1, jump // 2, jump}
        for hours in {m.seconds for m in moving}:
            met = change.instant - dt.timedelta(seconds=hours)
            starts = [to_utc(_local(at + day, 0), zone) - dt.timedelta(seconds=hours) for day in (-1, 0, 1, 2)]
            chosen += [i + dt.timedelta(seconds=beside) for i in (met, *starts) for beside in besides]
    return chosen


def _few_distances(moving: Sequence[_Moving]) -> list[int]:
    """Distances of borders from today, in days: all of a border that has few, else the least, a middle one and the largest."""
    few: set[int] = {0}
    for low, high in _distances(moving):
        between = range(low + 1, high)
        few |= set(between if len(between) <= _FEW else (low + 1, (low + high) // 2, high - 1))
    return sorted(few)


def _since_midnight(local: dt.datetime) -> int:
    return local.hour * 3600 + local.minute * 60 + local.second
