"""Time zones: of one database on every machine, and the engine's are the same."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pytest

import segdsl
from segdsl.data.files import DataError
from segdsl.engines import Engine, attach
from segdsl.engines import duckdb as duckdb_engine
from segdsl.model import zones
from segdsl.model.clock import Clock
from segdsl.model.dependencies import Needed, of_rules
from segdsl.workspace.config import SourceConfig
from segdsl.workspace.load import load_workspace, sound

pytestmark = pytest.mark.slow

INSTANTS = [
    dt.datetime(y, m, d, h, 30) for y in range(1970, 2101) for m in range(1, 13) for d, h in ((1, 23), (15, 11))
]


def test_no_zone_is_read_from_the_machine() -> None:
    assert zoneinfo.TZPATH == ()
    summer = dt.datetime(2026, 12, 1, tzinfo=ZoneInfo("America/Vancouver")).utcoffset()
    assert summer == dt.timedelta(hours=-7), "British Columbia has stayed on summer time since 2026"


@pytest.mark.parametrize("name", ["Africa/Casablanca", "America/Vancouver", "Antarctica/Troll", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/London", "Pacific/Apia"])  # fmt: skip
def test_duckdb_has_the_same_days(name: str, con: duckdb.DuckDBPyConnection) -> None:
    con.register("instants", pd.DataFrame({"t": INSTANTS}))
    local = con.execute("SELECT timezone(?, timezone('UTC', t)) FROM instants", [name]).fetchall()
    own = [t.replace(tzinfo=dt.UTC).astimezone(zones.zone(name)).replace(tzinfo=None) for t in INSTANTS]
    assert [t for (t,) in local] == own


RULES = """
entity account { account_id: text key  created_at: timestamp }
segment new of account { when created_at in last 30 days }
"""
ODD = (dt.datetime(2025, 6, 1), dt.datetime(2025, 7, 1))  # where one of the two databases is an hour off


@pytest.fixture
def an_hour_off(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package's clocks of London as if they had been put forward for a month, which DuckDB doesn't know."""
    stretches, london = zones.stretches, ZoneInfo("Europe/London")
    right = stretches(london)
    (around,) = [s for s in right if s.begins <= ODD[0] < s.ends]
    odd = [replace(around, ends=ODD[0]), zones.Stretch(*ODD, around.offset + dt.timedelta(hours=1)), replace(around, begins=ODD[1])]  # fmt: skip
    planted = tuple(sorted([*(s for s in right if s is not around), *odd], key=lambda s: s.begins))
    monkeypatch.setattr(zones, "stretches", lambda of: planted if of.key == london.key else stretches(of))
    duckdb_engine._zone_differences.cache_clear()
    yield
    duckdb_engine._zone_differences.cache_clear()


def opened(created: dt.datetime) -> Engine:
    schema = sound(segdsl.loads(RULES).workspace).model.schema
    frame = pd.DataFrame({"account_id": ["a"], "created_at": [created]})
    clock = Clock(dt.datetime(2025, 6, 15), ZoneInfo("Europe/London"))
    return attach(schema, Needed({"account": {"created_at"}}), SourceConfig(), Path(), {"account": frame}, clock)


def test_a_difference_among_the_data_stops(an_hour_off: None) -> None:
    with pytest.raises(DataError) as stopped:
        opened(dt.datetime(2025, 6, 10))
    (found,) = stopped.value.diagnostics
    assert (found.code, found.severity) == ("SEG0718", "error")
    assert "clocks of Europe/London" in found.message and "2025-06-01 00:00 UTC is 2025-06-01 01:00 there" in found.message  # fmt: skip


@pytest.mark.parametrize(("created", "severities"), [(dt.datetime(2025, 1, 10), ["warning"]), (dt.datetime(2026, 1, 10), [])])  # fmt: skip
def test_one_after_the_data_warns_and_one_before_it_is_nothing(
    created: dt.datetime, severities: list[str], an_hour_off: None
) -> None:
    assert [d.severity for d in opened(created).notes if d.code == "SEG0718"] == severities


NAMED = """
entity account { account_id: text key  created_at: timestamp  tz: text }
entity user { user_id: text key  account_id: link to account reverse users  tz: text }
table logins of user by user_id at occurred_at { device: text }
list strategic of account from "strategic.csv" { tz: text }
metric days_of_each of account = distinct_days(users.logins in last 30 days, zone: user.tz)
"""


@pytest.mark.parametrize(
    ("condition", "accounts", "users", "stops"),
    [
        ('distinct_days(users.logins in last 30 days, zone: "Europe/London") > 1', None, None, True),
        ('any(users.logins since today, zone: "Europe/London")', None, None, True),
        (
            'distinct_days(users.logins in last 30 days, zone: "Asia/Tokyo") > 1',
            "Europe/London",
            "Europe/London",
            False,
        ),
        ("distinct_days(users.logins in last 30 days, zone: account.tz) > 1", "Europe/London", "Asia/Tokyo", True),
        ("distinct_days(users.logins in last 30 days, zone: account.tz) > 1", "Asia/Tokyo", "Europe/London", False),
        ("distinct_days(users.logins in last 30 days, zone: account.tz) > 1", "London", None, False),
        ("distinct_days(users.logins in last 30 days, zone: user.tz) > 1", None, "Europe/London", True),
        ("distinct_days(users.logins in last 30 days, zone: account.strategic.tz) > 1", None, None, True),
        ("days_of_each > 1", None, "Europe/London", True),
        ("days_of_each > 1", "Europe/London", "Asia/Tokyo", False),
    ],
)
def test_zones_that_rules_and_columns_name_are_compared(
    condition: str, accounts: str | None, users: str | None, stops: bool, an_hour_off: None, tmp_path: Path
) -> None:
    (tmp_path / "rules.seg").write_text(f"{NAMED} segment s of account {{ when {condition} }}", encoding="utf-8")
    (tmp_path / "segdsl.toml").write_text("", encoding="utf-8")
    (tmp_path / "strategic.csv").write_text("account_id,tz\na,Europe/London\n", encoding="utf-8")
    model = sound(load_workspace(tmp_path)).model
    frames = {
        "account": pd.DataFrame({"account_id": ["a"], "created_at": [dt.datetime(2025, 5, 1)], "tz": [accounts]}),
        "user": pd.DataFrame({"user_id": ["u"], "account_id": ["a"], "tz": [users]}),
        "logins": pd.DataFrame({"user_id": ["u"], "occurred_at": [dt.datetime(2025, 6, 10)], "device": ["x"]}),
    }
    clock = Clock(dt.datetime(2025, 6, 15), ZoneInfo("UTC"))
    needed = of_rules(model, model.segments.values())
    with pytest.raises(DataError, match="clocks of Europe/London") if stops else nullcontext():
        attach(model.schema, needed, SourceConfig(), Path(), frames, clock)


def test_changes_are_found_to_the_second() -> None:
    """Of London as in the tz database: summer time of 2026 from 29 March to 25 October, 01:00 UTC; double summer time ended on 1947-08-10 02:00 UTC."""
    begins = {s.begins: s.offset for s in zones.stretches(ZoneInfo("Europe/London"))}
    hours = {2: dt.datetime(1947, 4, 13, 1), 1: dt.datetime(2026, 3, 29, 1), 0: dt.datetime(2026, 10, 25, 1)}
    assert {h: begins.get(at) for h, at in hours.items()} == {h: dt.timedelta(hours=h) for h in hours}
    assert all(a.ends == b.begins and a.offset != b.offset for a, b in pairwise(zones.stretches(ZoneInfo("Europe/London"))))  # fmt: skip


@pytest.mark.parametrize("name", ["Africa/Casablanca", "Africa/Monrovia", "America/Vancouver", "Antarctica/Troll", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Amsterdam", "Europe/London", "Pacific/Apia"])  # fmt: skip
def test_no_change_of_the_clocks_is_passed_over(name: str) -> None:
    """Each week from 1900 to 2100 has the offset of the stretch that it lies in, and each border one second before it another."""
    zone = ZoneInfo(name)
    found = zones.stretches(zone)

    def offset(instant: dt.datetime) -> dt.timedelta | None:
        return instant.replace(tzinfo=dt.UTC).astimezone(zone).utcoffset()

    assert (found[0].begins, found[-1].ends) == (dt.datetime(1900, 1, 1), dt.datetime(2101, 1, 1))
    for s, following in pairwise([*found, None]):
        weeks = range(-((s.begins - s.ends) // dt.timedelta(days=7)))
        assert {offset(s.begins + n * dt.timedelta(days=7)) for n in weeks} == {s.offset}, s
        assert following is None or (
            s.ends == following.begins and offset(s.ends - dt.timedelta(seconds=1)) == s.offset
        )
