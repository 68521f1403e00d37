"""Generated rules over generated data: DuckDB gives what the reference gives, unknowns included.

The worlds are split into blocks so that they run side by side; each block has its own seed.
`SEGDSL_WORLDS` sets how many worlds there are in all; `make conformance` asks for 2,000.
"""

from __future__ import annotations

import datetime as dt
import os
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings

from segdsl.engines.canonical import load
from segdsl.model.clock import Clock, to_utc
from tests.support.answers import by_loaded, by_reference, model_of
from tests.support.blocks import blocks
from tests.support.worlds import SCHEMA, Case, cases

pytestmark = pytest.mark.slow

BLOCKS = 4
WORLDS = int(os.environ.get("SEGDSL_WORLDS", "120"))


@pytest.mark.parametrize("block", blocks(BLOCKS))
def test_reference_and_duckdb_agree(block: int, con: duckdb.DuckDBPyConnection) -> None:
    counts = {"worlds": 0, "answers": 0, "unknown": 0}

    @seed(20261101 + block)
    @settings(
        max_examples=WORLDS // BLOCKS, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink], print_blob=True,
    )  # fmt: skip
    @given(cases())
    def agree(case: Case) -> None:
        try:
            model = model_of(SCHEMA + case.rules, case.rows)
        except AssertionError as refused:
            assume("SEG0316" not in str(refused))  # too involved to be a query
            raise
        clock = Clock(case.now, ZoneInfo(case.zone))
        load(con, model.schema, case.rows)
        for entity in ("account", "user"):
            expected = by_reference(model, entity, case.rows, clock)
            assert by_loaded(con, model, entity, clock) == expected, f"as of {case.now} in {case.zone}\n{case.rules}"
            counts["answers"] += sum(len(a) for a in expected.values())
            counts["unknown"] += sum(v is None for a in expected.values() for v in a.values())
        counts["worlds"] += 1

    agree()
    assert counts["worlds"] >= WORLDS // BLOCKS
    assert counts["unknown"] > counts["answers"] // 50, "worlds without unknowns show little"


def test_local_times_are_those_of_zoneinfo(con: duckdb.DuckDBPyConnection) -> None:
    """The engine's zone function against Python's: each midnight of 60 years, and each half hour of the days of Sundays."""
    for zone in (
        "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo", "Asia/Beirut", "Europe/Dublin",
    ):  # fmt: skip
        clock = Clock(dt.datetime(2026, 11, 1), ZoneInfo(zone))
        days = [dt.datetime(1975, 1, 1) + dt.timedelta(days=n) for n in range(0, 60 * 365)]
        times = days + [d + dt.timedelta(minutes=30 * n) for d in days if d.weekday() == 6 for n in range(1, 8)]
        con.register("times", pd.DataFrame({"t": [t.isoformat() for t in times]}))
        found = con.execute(
            f"SELECT timezone('UTC', timezone('{zone}', CAST(t AS TIMESTAMP))) FROM times ORDER BY CAST(t AS TIMESTAMP)"
        ).fetchall()
        assert [row[0] for row in found] == [to_utc(t, clock.zone) for t in sorted(times)], zone
