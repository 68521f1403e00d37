"""How often a run reads each table, and asks the table of who is where: counted in its statements, which no busy machine changes."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any, Self

import duckdb
import pytest

from segdsl.run.record import run_and_record
from segdsl.workspace.load import load_workspace, sound

MODEL = """
entity account { id: integer key  plan: one of ("free", "team")  seats: integer  arr: money(USD) required }
table events of account by id at at { kind: one of ("login", "ticket") required }
metric logins of account = count(events in last 28 days where kind = "login")
metric tickets of account = count(events in last 7 days where kind = "ticket")
segmentation motion of account where plan = "team" {
  segment busy { when logins >= 2 and seats >= 10 }
  segment stuck { when tickets >= 1 }
  otherwise steady
}
segment large of account { when seats >= 100 }
segment active of account { when logins >= 1 }
segment loud of account { when tickets >= 2 and plan = "free" }
"""
TOML = """
[sources.default.tables]
account = "account.parquet"
events = "events.parquet"
"""


class Listening:
    """A connection that notes what it is asked."""

    def __init__(self, con: duckdb.DuckDBPyConnection, asked: list[str]) -> None:
        self._con, self._asked = con, asked

    def execute(self, sql: str, *parameters: object) -> duckdb.DuckDBPyConnection:
        self._asked.append(sql)
        return self._con.execute(sql, *parameters)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._con.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements of a run without a ledger, over sound Parquet files."""
    (tmp_path / "m.seg").write_text(MODEL)
    (tmp_path / "segdsl.toml").write_text(TOML)
    with duckdb.connect() as con:
        of_account = "range AS id, if(range % 2 = 0, 'free', 'team') AS plan, range AS seats, CAST(range AS DECIMAL(18, 2)) AS arr"
        con.execute(f"COPY (SELECT {of_account} FROM range(200)) TO '{tmp_path / 'account.parquet'}'")
        of_events = "range % 200 AS id, TIMESTAMP '2026-10-31' - to_minutes(range) AS at, if(range % 3 = 0, 'ticket', 'login') AS kind"
        con.execute(f"COPY (SELECT {of_events} FROM range(2000)) TO '{tmp_path / 'events.parquet'}'")
    statements: list[str] = []
    connect = duckdb.connect
    monkeypatch.setattr(duckdb, "connect", lambda *a, **k: Listening(connect(*a, **k), statements))
    run_and_record(sound(load_workspace(tmp_path)), [], "2026-11-01", None, tmp_path / "out.parquet")
    return statements


def reads(statements: list[str], table: str) -> int:
    """How often the rows of a table are read; its views and descriptions read none."""
    asking = (s for s in statements if not re.match(r"DESCRIBE|CREATE (OR REPLACE )?TEMP VIEW", s))
    return sum(len(re.findall(rf'(?:FROM|JOIN) \(?(?:"(?:read |raw )?{table}"|{table})', s)) for s in asking)


def test_a_run_reads_each_table_a_few_times(asked: list[str]) -> None:
    """Events: the rules' one pass, counts with oldest and newest rows, links that lead somewhere, copies. Accounts: the same rules, keys
    twice, counts, links. Who is where: the segmentation's sizes, those of all segments, and the file.
    """
    counted = Counter({t: reads(asked, t) for t in ("events", "account")})
    held = sum(len(re.findall(r'FROM "held 0"', s)) for s in asked)
    assert (dict(counted), held) == ({"events": 4, "account": 5}, 3), "\n".join(asked)
