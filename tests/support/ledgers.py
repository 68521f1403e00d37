"""A workspace whose runs a ledger remembers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

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
    with duckdb.connect(str(workspace / ".segdsl" / "ledger.duckdb")) as con:
        con.execute("ALTER TABLE assignments DROP COLUMN by_data")
        if version < 3:
            con.execute("DROP TABLE publications")
            con.execute("CREATE TABLE publications (target VARCHAR, aside VARCHAR, state VARCHAR)")
        if version < 2:
            con.execute("DROP TABLE borders")
        con.execute("UPDATE about SET version = ?", [version])


def run(workspace: Path, as_of: str, *more: str) -> dict[str, Any]:
    return as_json(call("run", "--as-of", as_of, "--format", "json", *more, cwd=workspace))
