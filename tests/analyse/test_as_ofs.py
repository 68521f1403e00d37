"""The order of borders on an instant drawn at random is the order on one of the instants that the prover looks at."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from segdsl.analyse import as_ofs as module
from segdsl.analyse.as_ofs import as_ofs
from segdsl.analyse.diagram import Budget, TooInvolved
from segdsl.model import zones
from segdsl.model.clock import Clock, to_utc
from tests.support.answers import model_of

pytestmark = pytest.mark.slow

ZONES = ["UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca", "America/Sao_Paulo", "America/Juneau", "America/Phoenix"]  # fmt: skip
MODEL = "entity c { id: text key  t: timestamp  d: date }\n"
LENGTHS = ["1 day", "2 days", "7 days", "1 week", "28 days", "30 days", "1 month", "3 months", "90 days", "91 days", "1 year", "365 days", "366 days", "12 months", "31 days", "10 years", "3651 days", "14 years", "5114 days"]  # fmt: skip
HOURS = [1, 23, 24, 25, 48, 720]
PERIODS = ["week", "month", "quarter", "year"]
NAMED = ["2027-03-01", "2026-10-25", "2028-02-29", "2024-01-01"]
INSTANTS = ["2026-10-25T00:30:00Z", "2027-03-28T01:00:00Z", "2026-11-01T09:00:00Z"]


def condition(draw: random.Random) -> str:
    kinds = [
        f"t in last {draw.choice(LENGTHS)}", f"t in next {draw.choice(LENGTHS)}", f"t in last {draw.choice(HOURS)} hours", f"t > {draw.choice(LENGTHS)} ago",
        f"t in this calendar {draw.choice(PERIODS)}", f"t in last calendar {draw.choice(PERIODS)}", "t < now", "t < today", f"t >= {draw.choice(NAMED)}",
        f"t >= {draw.choice(INSTANTS)}", f"d in last {draw.choice(LENGTHS)}", f"d in next {draw.choice(LENGTHS)}", f"d in this calendar {draw.choice(PERIODS)}",
        f"d >= {draw.choice(NAMED)}", f"days since d < {draw.choice([1, 7, 30, 365])}", "d = today", f"today > {draw.choice(NAMED)}", f"t in ({draw.choice(NAMED)})",
    ]  # fmt: skip
    return draw.choice(kinds)


def instants(draw: random.Random, zone: ZoneInfo) -> Iterator[dt.datetime]:
    """Naive UTC, around clock changes, midnights, dates that are named, and anywhere."""
    changes = zones.kinds_of_change(zone)
    for _ in range(60):
        yield dt.datetime(1902, 1, 1) + dt.timedelta(seconds=draw.randrange(198 * 365 * 86_400))
        day = dt.date(1902, 1, 1) + dt.timedelta(days=draw.randrange(198 * 365))
        yield Clock.at(day, zone).now + dt.timedelta(seconds=draw.choice([0, 0, 1, -1]))
        about = Clock.at(dt.date.fromisoformat(draw.choice(NAMED)), zone).now
        yield about + dt.timedelta(days=draw.choice([0, 1, 7, 28, 30, 31, 90, 365, -1, -30, draw.randrange(-400, 400)]), seconds=draw.choice([0, 1, -1, 3_600, 5_400, 40_000]))  # fmt: skip
        if changes:
            change = draw.choice(changes).instant
            yield change + dt.timedelta(minutes=draw.randrange(-130, 130))
            yield change + dt.timedelta(hours=draw.choice([0, 1, 24, 25, 48, 23, draw.randrange(-800, 800)]), seconds=draw.choice([0, 1, -1, 1_800, draw.randrange(3_600)]))  # fmt: skip


@pytest.mark.parametrize("seed", range(32))
def test_every_order_is_looked_at(seed: int) -> None:
    """Where clock changes set borders apart the question is left open, and nothing is promised."""
    draw = random.Random(seed)
    conditions = [condition(draw) for _ in range(draw.choice([2, 2, 3, 4]))]
    zone = ZoneInfo(ZONES[seed % len(ZONES)])
    made = model_of(MODEL + f"segment s of c {{ when {' and '.join(f'({c})' for c in conditions)} }}")
    model = replace(made, outside=replace(made.outside, zone=zone))
    roots = model.definition("s")
    try:
        clocks = list(as_ofs([(model, roots)], Budget(10**9)))
    except TooInvolved:
        return
    borders = module._borders_of(model, roots, clocks[0])  # what is compared is the prover's; the orders are seen here
    orders = {module._order(borders, c) for c in clocks}
    for instant in instants(draw, zone):
        clock = Clock(instant, zone)
        assert module._order(borders, clock) in orders, (conditions, zone.key, instant, clock.local(instant))


def test_what_is_left_open_has_examples_of_both_orders() -> None:
    """London's days of 23, 24 and 25 hours: the example by which `diff` says that 1 day isn't 24 hours."""
    made = model_of(MODEL + "segment s of c { when t in last 1 day and t in last 24 hours }")
    model = replace(made, outside=replace(made.outside, zone=ZoneInfo("Europe/London")))
    clocks: list[Clock] = []
    with pytest.raises(TooInvolved):
        clocks.extend(as_ofs([(model, model.definition("s"))]))
    hours = {(c.now - to_utc(c.local(c.now) - dt.timedelta(days=1), c.zone)) // dt.timedelta(hours=1) for c in clocks}
    assert hours == {23, 24, 25}


def test_most_are_promised() -> None:
    """Without hours beside days only odd zones are left open."""
    left_open = 0
    for seed in range(60):
        draw = random.Random(seed)
        text = " and ".join(f"t in last {draw.choice(LENGTHS)}" for _ in range(3))
        made = model_of(MODEL + f"segment s of c {{ when {text} }}")
        model = replace(made, outside=replace(made.outside, zone=ZoneInfo(ZONES[seed % len(ZONES)])))
        try:
            list(as_ofs([(model, model.definition("s"))]))
        except TooInvolved:
            left_open += 1
            assert ZONES[seed % len(ZONES)] == "Pacific/Apia"
    assert left_open == 6
