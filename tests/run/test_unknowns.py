"""Why customers are unknown: one question for each table whoever is asked about, and the same reasons as by whole tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from segdsl.engines.duckdb import DuckDB
from segdsl.run import unknowns
from tests.support.cli import call

pytestmark = pytest.mark.slow

TOML = """[workspace]
name = "t"
[sources.default]
snapshot = 2026-11-01
[sources.default.tables]
plan = "plans.csv"
account = "accounts.csv"
user = "users.csv"
logins = "logins.csv"
"""
MODEL = """
entity plan { plan_id: text key  seats: integer }
entity account { account_id: text key  on: link to plan  arr: money(USD) }
entity user of account by account_id reverse users { user_id: text key  age: integer }
table logins of user by user_id at happened_at { minutes: integer }
metric minutes of account = sum(users.logins.minutes in last 30 days)
"""
RULES = """
segment heavy of account { when minutes > 10 and arr > 100 }
segment roomy of account { when on.seats > 5 or minutes > 1_000 }
"""
CUSTOMERS = 300


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    who = range(CUSTOMERS)
    files = {
        "plans": "plan_id,seats\n" + "".join(f"p{i},{'' if i % 2 else 9}\n" for i in range(10)),
        "accounts": "account_id,on,arr\n" + "".join(f"a{i},p{i % 10},{'' if i % 3 else 500}\n" for i in who),
        "users": "user_id,account_id,age\n" + "".join(f"u{i}-{n},a{i},30\n" for i in who for n in (1, 2)),
        "logins": "user_id,happened_at,minutes\n"
        + "".join(f"u{i}-1,2026-10-2{i % 9},{'' if i % 5 == 0 else i}\n" for i in who),
    }
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text)
    (tmp_path / "segdsl.toml").write_text(TOML)
    (tmp_path / "rules.seg").write_text(MODEL + RULES)
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tables whose rows are asked for, one after another."""
    tables: list[str] = []
    ask = DuckDB.relation_rows

    def counted(self: DuckDB, relation: str, *of: object) -> object:
        tables.append(relation)
        return ask(self, relation, *of)  # type: ignore[arg-type]

    monkeypatch.setattr(DuckDB, "relation_rows", counted)
    return tables


def test_a_trial_asks_each_table_once_for_all_who_are_unknown(workspace: Path, asked: list[str]) -> None:
    output = call("try", "minutes > 10 and arr > 100 and on.seats > 5", "--of", "account", cwd=workspace).output
    assert "unknown" in output
    assert sorted(asked) == ["account", "logins", "plan", "user"]


def test_a_run_asks_each_table_once_for_all_who_are_unknown(workspace: Path, asked: list[str]) -> None:
    assert call("run", "-o", "a.csv", "--explain-unknown", "--as-of", "2026-11-01", cwd=workspace).exit_code == 0
    assert sorted(asked) == ["account", "logins", "plan", "user"]


def test_the_reasons_are_those_by_whole_tables(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are asked for together, and where rules ask of everybody, too."""
    command = ("run", "--explain-unknown", "--as-of", "2026-11-01", "--no-ledger", "-o")
    call(*command, "together.csv", cwd=workspace)
    monkeypatch.setattr(unknowns, "TOGETHER", 7)
    call(*command, "in-parts.csv", cwd=workspace)
    monkeypatch.setattr(unknowns, "FEW", 0)
    monkeypatch.setattr(unknowns, "_ask_of_everybody", lambda model, rules: True)
    call(*command, "whole.csv", cwd=workspace)
    together, in_parts, whole = (pd.read_csv(workspace / f"{n}.csv") for n in ("together", "in-parts", "whole"))
    pd.testing.assert_frame_equal(together, whole)
    pd.testing.assert_frame_equal(in_parts, whole)
    assert whole["heavy_because"].notna().sum() > 100 and whole["roomy_because"].notna().sum() > 100


@pytest.mark.parametrize(
    ("rule", "asks"),
    [
        ("when minutes > 10", False), ("when arr in top 10%", True), ("when any(all account where arr > account.arr)", True),
        ("when count(users) > 1", False), ("when account in few", True),
    ],
)  # fmt: skip
def test_which_rules_ask_of_everybody(workspace: Path, rule: str, asks: bool) -> None:
    from segdsl.workspace.load import load_workspace, sound

    limited = "segment few of account { when arr > 1 limit 5 by arr }\n"
    (workspace / "rules.seg").write_text(MODEL + limited + f"segment s of account {{ {rule} }}\n")
    model = sound(load_workspace(workspace)).model
    assert unknowns._ask_of_everybody(model, [model.segments["s"]]) is asks
