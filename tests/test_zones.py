"""Time zones: of one database on every machine, and the engine's are the same."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pytest

from segdsl.model import zones

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
