"""A typed model -> lawful customers with odd values: borders that the rules name and a step beside them.

Nothing here knows how proofs are made. Rows hold what the model declares: required fields, ranges, fixed values,
keys of their own, one valid row of a history at a time.
"""

from __future__ import annotations

import datetime as dt
import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from segdsl.model import types as ty
from segdsl.model.clock import EARLIEST, LATEST, Clock
from segdsl.model.schema import Field, Relation
from segdsl.model.segment import Model
from segdsl.reference.world import Row

Rows = dict[str, list[dict[str, Any]]]
MICROSECOND = dt.timedelta(microseconds=1)
BESIDE = (dt.timedelta(), MICROSECOND, -MICROSECOND, dt.timedelta(minutes=15), dt.timedelta(minutes=-15))
FEW = 10  # borders in time that a crowd is drawn around, so that its rows lie close
ODD_TEXTS = ["", "eu", "EU", "US", "uk", "uk ", "a b", "ab", "ß", "SS", "else"]
PLACES = ["UTC", "Europe/London", "Asia/Tokyo", "Pacific/Apia", "Nowhere/Atall"]


# -- as-ofs ------------------------------------------------------------------------------------


@cache
def changes(zone: str) -> tuple[dt.datetime, ...]:
    """The instants at which the zone's clocks change, 2024 to 2028 (and in 2011, when Apia left a day out), naive UTC."""
    place = ZoneInfo(zone)

    def offset(at: dt.datetime) -> dt.timedelta | None:
        return at.replace(tzinfo=dt.UTC).astimezone(place).utcoffset()

    found = []
    for year in (2011, 2024, 2025, 2026, 2027, 2028):
        for day in range(366):
            start = dt.datetime(year, 1, 1) + dt.timedelta(days=day)
            if offset(start) != offset(start + dt.timedelta(days=1)):
                half_hours = (start + dt.timedelta(minutes=30 * i) for i in range(1, 49))
                found.append(next(at for at in half_hours if offset(at) != offset(start)))
    return tuple(found)


ORDINARY = [dt.date(2026, 1, 31), dt.date(2026, 2, 28), dt.date(2026, 3, 1), dt.date(2024, 2, 29), dt.date(2028, 2, 29), dt.date(2026, 11, 1), dt.date(2026, 12, 31), dt.date(2027, 1, 1), dt.date(2026, 7, 15), dt.date(2026, 3, 31), dt.date(2026, 5, 31), dt.date(2026, 8, 30)]  # fmt: skip


def instants(text: str, zone: ZoneInfo, draw: random.Random, count: int) -> list[Clock]:
    """As-ofs: midnights and times within days, on and around changes of clocks, month ends, days that the rules name."""
    named = [dt.date.fromisoformat(d) for d in re.findall(r"\b\d{4}-\d\d-\d\d\b", text)]
    found = []
    for _ in range(count):
        near = changes(zone.key)
        if near and draw.random() < 0.6:
            at = draw.choice(near)
            kind = draw.randrange(4)
            if kind == 0:
                clock = Clock(at + draw.choice([dt.timedelta(), MICROSECOND, -MICROSECOND, dt.timedelta(hours=1), dt.timedelta(hours=-1), dt.timedelta(minutes=30)]), zone)  # fmt: skip
            else:
                day = Clock(at, zone).today + dt.timedelta(days=draw.choice([0, 1, 1, 1, 2, 7, -1, 20, 30, 300]))
                clock = _on(day, zone, draw)
        else:
            day = draw.choice(named or ORDINARY) if draw.random() < 0.4 else draw.choice(ORDINARY)
            clock = _on(day + dt.timedelta(days=draw.choice([0, 0, 0, 1, -1])), zone, draw)
        found.append(clock)
    return found


def _on(day: dt.date, zone: ZoneInfo, draw: random.Random) -> Clock:
    time = draw.choice([dt.time(), dt.time(), dt.time(12), dt.time(1, 30), dt.time(23, 59, 59, 999_999), dt.time(0, 0, 0, 1), dt.time(2, 15), dt.time(17, 3)])  # fmt: skip
    return Clock.at(dt.datetime.combine(day, time), zone)


# -- values ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pools:
    """What cells are drawn from: figures, texts, days and instants that the rules name, and those just beside."""

    figures: tuple[Fraction, ...]
    days: tuple[dt.date, ...]
    instants: tuple[dt.datetime, ...]

    @staticmethod
    def of(text: str, clock: Clock, draw: random.Random) -> Pools:
        figures = {Fraction(n) for n in (-5, -1, 0, 1, 2, 5, 50, 100)}
        for n, percent in re.findall(r"(?<![\w.-])(-?\d+(?:\.\d+)?)(%?)", text):
            figures.add(Fraction(n) / (100 if percent else 1))
        days = sorted(d for d in set(_days(text, clock)) if EARLIEST <= d <= LATEST)
        borders = draw.sample(some := list(_instants(text, clock)), min(FEW, len(some)))
        moments = sorted({b + x for b in borders for x in BESIDE})
        return Pools(tuple(sorted(figures)), tuple(draw.sample(days, min(2 * FEW, len(days)))), tuple(moments))


def _durations(text: str) -> set[tuple[int, str]]:
    return {(int(n), unit) for n, unit in re.findall(r"\b(\d+) (hour|day|week|month|year)s?\b", text)} | {(1, "day"), (1, "week")}  # fmt: skip


def _named(text: str) -> set[dt.date]:
    return {dt.date.fromisoformat(d) for d in re.findall(r"\b\d{4}-\d\d-\d\d\b", text)}


def _days(text: str, clock: Clock) -> Iterator[dt.date]:
    starts = [clock.today, *_named(text), *_periods(clock)]
    for day in starts:
        for x in (-1, 0, 1):
            yield day + dt.timedelta(days=x)
    for n, unit in _durations(text):
        for start in (clock.today, *_named(text)):
            for m in (-2 * n, -n, n):
                moved = clock.shift(start, m, unit) if unit != "hour" else start + dt.timedelta(days=m // 24)
                assert isinstance(moved, dt.date)
                for x in (-1, 0, 1):
                    yield moved + dt.timedelta(days=x)


def _periods(clock: Clock) -> Iterator[dt.date]:
    for period in ("week", "month", "quarter", "year"):
        for offset in (-1, 0, 1):
            yield clock.start_of(period, offset)


def _instants(text: str, clock: Clock) -> Iterator[dt.datetime]:
    """Where windows may begin and end: so many civil units before now, or before today, and as many times 24 hours."""
    yield from (clock.now, clock.start_of_day(clock.today))
    for n, unit in _durations(text):
        for m in (-2 * n, -n, -n, -n, n):
            for start in (clock.now, clock.start_of_day(clock.today)):
                moved = clock.shift(start, m, unit)
                assert isinstance(moved, dt.datetime)
                yield moved
                if unit in ("day", "week"):
                    yield start + dt.timedelta(days=m * (7 if unit == "week" else 1))
    for day in (*_named(text), *_periods(clock)):
        yield clock.start_of_day(day)


# -- rows --------------------------------------------------------------------------------------


@dataclass
class Crowd:
    """Draws the rows of a model's relations; lists bring their own."""

    model: Model
    clock: Clock
    draw: random.Random
    pools: Pools
    customers: int = 12
    first_entity: str = "account"

    def rows(self) -> Rows:
        rows: Rows = {}
        self.lack = self.draw.choice([0.0, 0.1, 0.1, 0.3, 0.6])
        relations = self.model.schema.relations.values()
        self.keys = {
            r.name: [f"{r.name[0]}{i}" for i in range(self.customers if r.name == self.first_entity else self.customers // 2)]
            for r in relations if r.kind == "entity"
        }  # fmt: skip
        for r in relations:
            match r.kind:
                case "entity":
                    rows[r.name] = [row for key in self.keys[r.name] for row in self._entity(r, key)]
                case "details":
                    rows[r.name] = [self._row(r, {r.by: key}) for key in self.keys[r.of or ""] if self.draw.random() < 0.7]  # fmt: skip
                case "table":
                    some = [key for key in self.keys[r.of or ""] for _ in range(self.draw.choice([0, 0, 1, 1, 2, 3]))]
                    rows[r.name] = [self._row(r, {r.by: key}) for key in some]
                case "list":
                    pass
        return rows

    def _entity(self, r: Relation, key: str) -> list[dict[str, Any]]:
        first = self._row(r, {r.key: key})
        if r.valid_from is None:
            return [first]
        never = [n for n, f in r.fields.items() if f.fixed or n in (r.key, r.lives_from, r.lives_to)]
        until = r.valid_to or ""
        at = sorted(set(self.draw.sample(self.pools.instants, self.draw.choice([0, 0, 1, 2]))))
        edges: list[Any] = [self.clock.now - dt.timedelta(days=900), *at, None]
        found: list[dict[str, Any]] = []
        for start, end in pairwise(edges):
            row = self._row(r, {r.key: key}) if found else first
            found.append({**row, **{n: first[n] for n in never}, r.valid_from: start, until: end})
        return found if self.draw.random() < 0.8 else found[-1:]

    def _row(self, r: Relation, known: Mapping[str | None, Any]) -> dict[str, Any]:
        row = {name: known[name] if name in known else self.value(f) for name, f in r.fields.items()}
        row |= {name: v for name, v in known.items() if name is not None}
        if r.lives_from is not None and row.get(r.lives_from) is not None and self.draw.random() < 0.6:
            row[r.lives_from] = self._early(r.fields[r.lives_from].type)
        if r.lives_to is not None and self.draw.random() < 0.7 and not r.fields[r.lives_to].required:
            row[r.lives_to] = None
        return row

    def _early(self, typed: ty.Type) -> Any:
        early = self.clock.now - dt.timedelta(days=1500)
        return early if isinstance(typed, ty.Timestamp) else early.date()

    def value(self, f: Field) -> Any:
        if not f.required and not f.key and self.draw.random() < self.lack:
            return None
        match f.type:
            case ty.Boolean():
                return self.draw.random() < 0.5
            case ty.Enum(values):
                return self.draw.choice(values)
            case ty.Date():
                return self.draw.choice(self.pools.days)
            case ty.Timestamp():
                return self.draw.choice(self.pools.instants)
            case ty.SetOfText():
                return frozenset(v for v in ("x", "y", "z", "eu") if self.draw.random() < 0.4)
            case ty.Link():
                there = next(iter(self.keys.values())) if f.name == "parent" else [k for ks in self.keys.values() for k in ks]  # fmt: skip
                return self.draw.choice([*there, "nobody"])
            case ty.Text():
                return self.draw.choice(PLACES if f.name in ("tz", "zone") else ODD_TEXTS)
            case _:
                return self._figure(f)

    def _figure(self, f: Field) -> Any:
        low, high = f.low, f.high
        if low is not None and high is not None:
            some = [low, high, (low + high) / 2, *(n for n in self.pools.figures if low <= n <= high)]
        else:
            some = list(self.pools.figures)
        wanted = self.draw.choice(some)
        if f.type == ty.REAL:
            near = float(wanted)
            near = self.draw.choice([near, near, math.nextafter(near, math.inf), math.nextafter(near, -math.inf)])
            return near if low is None or high is None or low <= near <= high else float(wanted)
        scale = ty.scale(f.type)
        exact = math.floor(wanted * scale)
        beside = exact + self.draw.choice([0, 0, 0, 1, -1])
        lowest, highest = (None if b is None else b * scale for b in (low, high))
        fits = (lowest is None or lowest <= beside) and (highest is None or beside <= highest)
        return beside if fits else math.ceil(lowest) if lowest is not None and exact < lowest else exact


# -- what the model declares ---------------------------------------------------------------------


def unlawful(model: Model, rows: Mapping[str, Sequence[Row]]) -> str:
    """What in the rows the model doesn't allow; empty where all is as declared."""
    for r in model.schema.relations.values():
        keys = set()
        for row in rows.get(r.name, ()):
            if r.key is not None and not r.history and (row.get(r.key) is None or row[r.key] in keys):
                return f"{r.name}: two rows of one key, or none"
            keys.add(row.get(r.key or ""))
            for name, f in r.fields.items():
                value = row.get(name)
                if value is None:
                    if f.required:
                        return f"{r.name}.{name} is required"
                    continue
                if isinstance(f.type, ty.Enum) and value not in f.type.values:
                    return f"{r.name}.{name} is none of its values: {value}"
                figure = isinstance(value, int | float) and not isinstance(value, bool)
                if figure and f.low is not None and f.high is not None:
                    n = Fraction(value) / (1 if f.type == ty.REAL else ty.scale(f.type))  # type: ignore[arg-type]
                    if not f.low <= n <= f.high:
                        return f"{r.name}.{name} is out of its range: {value}"
    return ""


def lawful(model: Model, rows: Mapping[str, Sequence[Row]]) -> Rows:
    """Rows with figures moved into their ranges and required cells filled in."""
    found: Rows = {}
    for name, some in rows.items():
        r = model.schema.relations[name]
        found[name] = [{c: _allowed(r.fields[c], v) if c in r.fields else v for c, v in row.items()} for row in some]
        for number, row in enumerate(found[name], 1):
            if r.key is not None and row.get(r.key) is None:
                row[r.key] = f"{name}_{number}"
    return found


def _allowed(f: Field, value: Any) -> Any:
    if isinstance(f.type, ty.Enum) and value is not None and value not in f.type.values:
        return f.type.values[0]
    if value is None and f.required and not f.key:
        return "nobody" if isinstance(f.type, ty.Link) else value
    if value is None or f.low is None or f.high is None or isinstance(value, bool):
        return value
    scale = 1 if f.type == ty.REAL else ty.scale(f.type)
    inside = min(max(Fraction(value), f.low * scale), f.high * scale)
    return float(inside) if f.type == ty.REAL else math.floor(inside)
