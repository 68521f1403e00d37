"""An arm that is renamed: its earlier runs are named as they were, and a move has the cause that it has besides the name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.cli import as_json, call

RULES = """
entity account { account_id: text key  usage: integer }
table motion_runs of account from runs of motion starting 2026-10-01
segmentation motion of account {
  segment save { when usage < 50 keep until usage >= 60 stay at least 9 days }
  otherwise base
}
"""
FILES = '[sources.default.tables]\naccount = "accounts-{as_of}.csv"\n'
USAGE = {"2026-10-01": {"a": 40, "b": 40, "c": 55}, "2026-10-02": {"a": 80, "b": 40, "c": 55}}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "segdsl.toml").write_text(FILES, encoding="utf-8")
    (tmp_path / "rules.seg").write_text(RULES, encoding="utf-8")
    for day, usage in USAGE.items():
        rows = "".join(f"{key},{n}\n" for key, n in usage.items())
        (tmp_path / f"accounts-{day}.csv").write_text(f"account_id,usage\n{rows}", encoding="utf-8")
    assert call("run", "--as-of", "2026-10-01", cwd=tmp_path).exit_code == 0
    (tmp_path / "rules.seg").write_text(RULES.replace("save", "rescue"), encoding="utf-8")
    return tmp_path


def test_it_is_named_as_it_was(workspace: Path) -> None:
    told = call("explain", "a", "motion", "--as-of", "2026-10-02", cwd=workspace).stdout
    assert "keep until usage >= 60   save, which `motion` no longer has, at the run of 1 Oct 2026; usage is 80" in told
    assert "stay at least 9 days   save, which `motion` no longer has, at the run of 1 Oct 2026\n" in told
    assert "nowhere" not in told
    assert told.rstrip().endswith("the last run had it in save, which `motion` no longer has, since 1 Oct 2026")
    told = call("explain", "c", "motion", "--as-of", "2026-10-02", cwd=workspace).stdout
    assert "base at the run of 1 Oct 2026" in told and "no longer has" not in told


def test_a_move_has_the_cause_that_it_has_besides_the_name(workspace: Path) -> None:
    as_json(call("run", "--as-of", "2026-10-02", "--format", "json", cwd=workspace))
    moves = {m["entity_id"]: m for m in as_json(call("runs", "last", "--format", "json", cwd=workspace))["moves"]}
    assert moves["a"]["causes"] == ["rule changed", "data changed"]
    assert moves["a"]["clause"] == "save is no longer in the rule; usage < 50: was true, is false"
    assert moves["b"]["causes"] == ["rule changed"]
    assert moves["b"]["clause"] == "save is no longer in the rule"
    assert set(moves) == {"a", "b"}
    assert "rule changed and data changed" in call("runs", "last", cwd=workspace).stdout


@pytest.mark.slow
def test_in_postgres_too(
    workspace: Path, pg: psycopg.Connection[Any], postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENAMED_URL", postgres_url)
    pg.execute("DROP SCHEMA IF EXISTS renamed CASCADE; CREATE SCHEMA renamed")
    pg.execute("CREATE TABLE renamed.account (account_id TEXT, usage BIGINT)")
    pg.execute("INSERT INTO renamed.account VALUES ('a', 80), ('b', 40), ('c', 55)")
    toml = '[sources.default]\nengine = "postgres"\nurl = "${RENAMED_URL}"\n[sources.default.tables]\naccount = "renamed.account"\n'
    (workspace / "segdsl.toml").write_text(toml, encoding="utf-8")
    told = call("explain", "a", "motion", "--as-of", "2026-10-02", cwd=workspace).stdout
    assert "keep until usage >= 60   save, which `motion` no longer has, at the run of 1 Oct 2026; usage is 80" in told
