"""A workspace whose runs a ledger remembers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from segdsl.ledger import assignments, renewal
from segdsl.ledger.store import Ledger
from segdsl.ledger.timelines import Timeline, timelines
from tests.support.cli import as_json, call

TOML = """[workspace]
name = "t"
[sources.default]
snapshot = 2026-11-01
[sources.default.tables]
account = "accounts.csv"
logins = "logins.csv"
"""
RULES = """
entity account { account_id: text key  plan: one of ("free", "team") required  seats: integer  renewal: date  country: text fixed }
table logins of account by account_id at occurred_at { device: text }
segmentation motion of account {
  segment renew { when renewal in next 90 days }
  segment busy { when count(logins in last 30 days) >= 2 }
  segment big { when seats >= 10 }
  otherwise rest
}
segment paying of account { when plan = "team" and country = "DE" }
"""
HEAD = "account_id,plan,seats,renewal,country\n"
LOGINS = "account_id,occurred_at,device\n"
BEFORE = {
    "a": "team,5,2027-06-01,DE", "time": "free,5,2026-12-31,DE", "field": "free,5,2027-06-01,DE", "row": "free,5,2027-06-01,FR",
    "rule": "free,9,2027-06-01,FR", "gone": "free,1,2027-06-01,FR", "back": "team,12,2027-06-01,DE",
}  # fmt: skip
OCT, NOV = "2026-10-01", "2026-11-01"


def accounts(rows: dict[str, str]) -> str:
    return HEAD + "".join(f"{key},{row}\n" for key, row in rows.items())


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for name, text in {
        "segdsl.toml": TOML,
        "rules.seg": RULES,
        "accounts.csv": accounts(BEFORE),
        "logins.csv": LOGINS + "a,2026-09-01,web\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def make_older(workspace: Path, version: int) -> None:
    """Give the ledger the tables of an older version, with what this one wrote."""
    path = workspace / ".segdsl" / "ledger.duckdb"
    with Ledger.to_write(path, workspace, path.parent) as ledger:
        rows = assigned(ledger)
        values = stretches(ledger)
        runs = ledger.rows("SELECT * EXCLUDE (published) FROM runs")
        kept = {t: ledger.rows(f"SELECT * FROM {t}") for t in ("moves", "borders")}
    path.unlink()
    with duckdb.connect(str(path)) as con:
        for statement in renewal.tables(version):
            con.execute(statement)
        width = 6 if version < 4 else 7
        for table, of_table in {
            "runs": runs,
            "assignments": [r[:width] for r in rows],
            "history": values,
            **kept,
        }.items():
            if of_table and not (table == "borders" and version < 2):
                con.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(of_table[0]))})", of_table)
        con.execute("INSERT INTO about VALUES (?)", [version])


def assigned(ledger: Ledger) -> list[tuple[Any, ...]]:
    """(run, entity, key, rule, arm, status, arm by today's data) of all runs, in order."""
    meaning = assignments.places(ledger)
    return sorted(
        (
            (run.run_id, entity, key, rule, *meaning[code])
            for run in ledger.runs()
            for entity, rule, rows in assignments.of_run(ledger, run)
            for key, code in ledger.rows(rows)
        ),
        key=str,
    )


def stretches(ledger: Ledger) -> list[tuple[Any, ...]]:
    """(entity, key, field, value, since, until) of each field, as long as its value didn't change, in order."""
    return sorted(
        (
            (entity, key, f, value, since, until)
            for (kind, _, entity), timeline in timelines(ledger.con).items()
            for f in (timeline.columns if kind == "values" else ())
            for key, since, until, value in _of_field(ledger, timeline, f)
        ),
        key=str,
    )


def _of_field(ledger: Ledger, timeline: Timeline, f: str) -> list[tuple[Any, ...]]:
    rows = ledger.rows(f"SELECT entity_id, since, until, cell FROM ({timeline.ever(f)}) ORDER BY 1, 2")
    joined: list[tuple[Any, ...]] = []
    for key, since, until, cell in rows:
        if joined and joined[-1][0] == key and joined[-1][2] == since and joined[-1][3] == cell:
            joined[-1] = (key, joined[-1][1], until, cell)
        else:
            joined.append((key, since, until, cell))
    return [(key, since, until, cell or None) for key, since, until, cell in joined if cell is not None]


def run(workspace: Path, as_of: str, *more: str) -> dict[str, Any]:
    return as_json(call("run", "--as-of", as_of, "--format", "json", *more, cwd=workspace))
