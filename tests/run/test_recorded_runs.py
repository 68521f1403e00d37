"""Tables of runs, whose rows are what the ledger recorded: the same on files and in PostgreSQL, in every command."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import psycopg
import pytest

import segdsl
from segdsl.model.clock import Clock
from segdsl.model.dependencies import surroundings
from segdsl.run import record
from segdsl.run.assigned import Assigned
from segdsl.run.recorded import with_recorded_runs
from segdsl.workspace.load import load_workspace, sound
from tests.support.cli import as_json, call
from tests.support.git import git
from tests.support.paths import PACKAGE

TOML = """[workspace]
name = "t"
[sources.default.tables]
account = "accounts.csv"
[sources.other.tables]
account = "accounts.csv"
"""
IN_POSTGRES = """
[sources.default]
engine = "postgres"
url = "${TIERS_URL}"
[sources.default.tables]
account = "tiers.account"
"""
ENTITY = 'entity account { account_id: text key  name: text  spend: integer  status: one of ("active", "gone") }\n'
TABLE = "table tier_runs of account from runs of loyalty starting 2026-10-01\n"
RULES = f"""{ENTITY}{TABLE}
segmentation loyalty of account where status = "active" {{
  segment gold {{ when spend >= 1_000 }}
  segment silver {{ when spend >= 100 }}
  otherwise base
}}
segment was_gold of account {{ when any(tier_runs since 2026-10-01 where arm = "gold") }}
segment gold_now of account {{ when any(latest 1 tier_runs since 2026-10-01 having arm = "gold") }}
segmentation again of account {{ segment before {{ when any(tier_runs since 2026-10-01 where arm = "gold") }} otherwise rest }}
segmentation again_2 of account candidate of again {{ segment before {{ when spend > 5 }} otherwise rest }}
"""
HOSTILE = ("a", "b'); DROP TABLE runs; --", "c\u202e{x}", 'd"e', "0012", "<script>")


def write(root: Path, spends: dict[str, int], gone: tuple[str, ...] = ()) -> None:
    rows = [(key, f"name of {key}", n, "gone" if key in gone else "active") for key, n in spends.items()]
    frame = pd.DataFrame(rows, columns=["account_id", "name", "spend", "status"])
    frame.to_csv(root / "accounts.csv", index=False)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "segdsl.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "rules.seg").write_text(RULES, encoding="utf-8")
    write(tmp_path, {"a": 2_000, "b": 200, "c": 2})
    return tmp_path


def run(root: Path, as_of: str, *more: str) -> dict[str, Any]:
    return as_json(call("run", "--as-of", as_of, "--format", "json", *more, cwd=root))


def rows_of(root: Path, rule: str, as_of: str, *more: str) -> dict[str, str]:
    """Each customer's cell of a rule, by key, in a run that records nothing."""
    out = root / "out.parquet"
    result = call("run", rule, "--as-of", as_of, "--no-ledger", "-o", str(out), *more, cwd=root)
    assert result.exit_code == 0, result.output
    with duckdb.connect() as con:
        cells = con.execute(f"SELECT entity_id, {rule} FROM read_parquet('{out}')").fetchall()
    return {str(key): value for key, value in cells}


def test_rows_are_the_runs_before_as_of_and_a_repeat_sees_the_same(workspace: Path) -> None:
    run(workspace, "2026-10-01")
    assert rows_of(workspace, "was_gold", "2026-10-01") == {"a": False, "b": False, "c": False}
    write(workspace, {"a": 1, "b": 3_000, "c": 2})
    run(workspace, "2026-10-05")
    assert rows_of(workspace, "was_gold", "2026-10-05") == {"a": True, "b": False, "c": False}
    first = run(workspace, "2026-10-05", "-o", "first.csv")
    assert run(workspace, "2026-10-05", "-o", "again.csv")["run"] == first["run"]
    assert (workspace / "first.csv").read_text() == (workspace / "again.csv").read_text()
    assert rows_of(workspace, "was_gold", "2026-10-06") == {"a": True, "b": True, "c": False}
    assert rows_of(workspace, "gold_now", "2026-10-06") == {"a": False, "b": True, "c": False}


def test_of_several_runs_as_of_one_instant_the_one_that_was_published_last_counts(workspace: Path) -> None:
    run(workspace, "2026-10-01")
    (workspace / "rules.seg").write_text(RULES.replace("spend >= 1_000", "spend >= 150"), encoding="utf-8")
    run(workspace, "2026-10-01")
    assert [r["as_of"] for r in as_json(call("runs", "--format", "json", cwd=workspace))["runs"]] == [
        "2026-10-01T00:00:00Z"
    ] * 2
    assert rows_of(workspace, "was_gold", "2026-10-02") == {"a": True, "b": True, "c": False}
    call("runs", "last", "--take-out", cwd=workspace)
    assert rows_of(workspace, "was_gold", "2026-10-02") == {"a": True, "b": False, "c": False}


def test_only_runs_of_the_rule_by_the_source_since_the_starting_day_count(workspace: Path) -> None:
    run(workspace, "2026-09-30")
    run(workspace, "2026-10-01", "--source", "other")
    run(workspace, "2026-10-01", "was_gold")
    assert set(rows_of(workspace, "was_gold", "2026-10-03").values()) == {None}
    assert rows_of(workspace, "was_gold", "2026-10-03", "--source", "other") == {"a": True, "b": False, "c": False}


def test_what_is_not_recorded_is_unknown_and_says_what_to_do(workspace: Path) -> None:
    for command in (
        ("run", "--as-of", "2026-11-29", "--no-ledger"),
        ("try", "account in was_gold", "--as-of", "2026-11-29"),
        ("explain", "a", "was_gold", "--as-of", "2026-11-29"),
    ):
        output = call(*command, cwd=workspace).output
        assert "no run of `loyalty` since 1 Oct 2026 is recorded here, so who was in its arms is unknown" in output, (
            command
        )
        assert "begin with `segdsl run --as-of 2026-10-01`, or write `starting 2026-11-29`" in output, command
    assert (
        "no run of `loyalty` is recorded"
        in call("explain", "a", "was_gold", "--as-of", "2026-11-29", cwd=workspace).output
    )
    assert "SEG0726" not in call("run", "loyalty", "--as-of", "2026-11-29", "--no-ledger", cwd=workspace).output
    run(workspace, "2026-10-20")
    output = call("run", "--as-of", "2026-11-29", "--no-ledger", cwd=workspace).output
    assert "the first one recorded here is of 20 Oct 2026" in output
    assert set(rows_of(workspace, "was_gold", "2026-11-29").values()) == {True, None}  # one run is enough for `any`
    (workspace / "rules.seg").write_text(RULES.replace("2026-10-01", "2026-10-20"), encoding="utf-8")
    assert rows_of(workspace, "was_gold", "2026-11-29") == {"a": True, "b": False, "c": False}


def test_a_backtested_day_before_the_first_run_is_unknown(workspace: Path) -> None:
    run(workspace, "2026-10-20")
    then = "(any(tier_runs in last 3 days) as of {} days ago)"
    for days, (taken, unknown) in {10: (0, 3), 2: (3, 0)}.items():
        asked = as_json(call("try", then.format(days), "--as-of", "2026-10-25", "--format", "json", cwd=workspace))
        assert (asked["taken"], asked["unknown"]) == (taken, unknown)


def test_arms_that_the_rule_no_longer_has_are_missing_counted_and_said(workspace: Path) -> None:
    run(workspace, "2026-10-01")
    (workspace / "rules.seg").write_text(RULES.replace("silver", "bronze"), encoding="utf-8")
    output = call("run", "--as-of", "2026-10-02", "--no-ledger", cwd=workspace).output
    assert "1 row with an arm in arm that `loyalty` no longer has: it is missing there, as `silver`" in output
    assert rows_of(workspace, "was_gold", "2026-10-02") == {"a": True, "b": None, "c": False}


def test_evidence_is_bound_to_what_is_declared_not_to_what_is_recorded(workspace: Path) -> None:
    loaded = sound(load_workspace(workspace))
    clock = Clock.at(dt.date(2026, 11, 29), loaded.zone)
    declared = repr(surroundings(loaded.model, "was_gold"))
    assert repr(surroundings(with_recorded_runs(loaded, None, clock).model, "was_gold")) == declared
    run(workspace, "2026-10-20")
    bound = with_recorded_runs(loaded, None, clock)
    assert bound.model.schema.relations["tier_runs"].complete_from == dt.date(2026, 10, 20)
    assert repr(surroundings(bound.model, "was_gold")) == declared
    assert with_recorded_runs(bound, None, clock).model.schema == bound.model.schema
    (workspace / "rules.seg").write_text(RULES.replace("starting 2026-10-01", "starting 2026-10-20"), encoding="utf-8")
    assert repr(surroundings(sound(load_workspace(workspace)).model, "was_gold")) != declared


def test_keys_are_read_as_they_are(workspace: Path) -> None:
    write(workspace, dict.fromkeys(HOSTILE, 5_000))
    run(workspace, "2026-10-01")
    assert rows_of(workspace, "was_gold", "2026-10-02") == dict.fromkeys(HOSTILE, True)


def test_whole_numbers_are_keys_too(workspace: Path) -> None:
    (workspace / "rules.seg").write_text(RULES.replace("text key", "integer key"), encoding="utf-8")
    write(workspace, {"7": 2_000, "-12": 2, "9223372036854775807": 5_000})
    run(workspace, "2026-10-01")
    taken = {"7": True, "-12": False, "9223372036854775807": True}
    assert rows_of(workspace, "was_gold", "2026-10-02") == taken


def test_a_run_that_was_recorded_meanwhile_is_not_overlooked(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(workspace, "2026-10-01")
    evaluate = record.assign_source

    def evaluate_slowly(*arguments: Any) -> Assigned:
        evaluation = evaluate(*arguments)
        monkeypatch.undo()
        run(workspace, "2026-10-03")
        return evaluation

    monkeypatch.setattr(record, "assign_source", evaluate_slowly)
    refused = call("run", "--as-of", "2026-10-05", "-o", "out.csv", cwd=workspace)
    assert (refused.exit_code, (workspace / "out.csv").exists()) == (3, False)
    assert "has other runs of `loyalty` than when this run began" in refused.output
    assert call("run", "--as-of", "2026-10-05", "-o", "out.csv", cwd=workspace).exit_code == 0


@pytest.mark.slow
def test_every_command_reads_the_ledger(workspace: Path) -> None:
    """None asks for a file."""
    git(workspace, "init", "-q")
    git(workspace, "add", "rules.seg", "segdsl.toml")
    git(workspace, "commit", "-qm", "rules")
    run(workspace, "2026-10-01")
    (workspace / "rules.seg").write_text(
        RULES.replace('arm = "gold") }\nsegment gold_now', 'arm = "silver") }\nsegment gold_now'), encoding="utf-8"
    )
    day = ("--as-of", "2026-10-02")
    for arguments, expected in {
        ("attrition", "was_gold", *day): "any(tier_runs",
        ("overlap", "was_gold", "gold_now", *day): "",
        ("overlap", "loyalty", *day): "",
        ("diff", *day): "2 accounts move",
        ("explain", "b", "was_gold", *day): "b is in was_gold",
        ("explain", "was_gold", *day): "b",
        ("data", "check", *day): "tier_runs: 3 rows of recorded runs",
        ("fields", "tier_runs", *day): "3 rows",
        ("snapshot", "-o", "copy", *day): "tier_runs.parquet   3 rows",
        ("snapshot", "--for-ci", *day): "tier_runs.parquet   3 rows",
        ("init", "--update"): "nothing new",
        ("drift", "again", "--since", "2026-10-01", *day): "rest",
        ("experiment", "compare", "again_2", "--measure", 'status = "gone"', *day): "again_2",
        ("test", "new", "was_gold", "--from", "b", *day): "",
    }.items():
        result = call(*arguments, cwd=workspace)
        assert (result.exit_code, expected in result.output) == (0, True), (arguments, result.output)


def test_a_file_or_frame_of_the_table_wins(workspace: Path) -> None:
    run(workspace, "2026-10-01")
    loaded = segdsl.load(workspace)
    at = {"as_of": "2026-10-02", "entity": "account", "rules": ["was_gold"]}

    def taken(**more: Any) -> list[Any]:
        return loaded.evaluate(**at, **more)["was_gold"].tolist()

    accounts = pd.read_csv(workspace / "accounts.csv")
    assert taken() == taken(frames={"account": accounts}) == [True, False, False]
    runs = pd.DataFrame(
        {"account_id": ["c"], "as_of": pd.to_datetime(["2026-10-01"]), "arm": ["gold"], "by_data": ["gold"]}
    )
    assert taken(frames={"account": accounts, "tier_runs": runs}) == [False, False, True]
    assert loaded.explain("a", as_of="2026-10-02", rules=["was_gold"])[0].rule == "was_gold"
    runs.to_csv(workspace / "runs.csv", index=False)
    (workspace / "segdsl.toml").write_text(
        TOML.replace("[sources.other", 'tier_runs = "runs.csv"\n[sources.other'), encoding="utf-8"
    )
    assert rows_of(workspace, "was_gold", "2026-10-02") == {"a": False, "b": False, "c": True}


@pytest.mark.slow
def test_a_ledger_that_somebody_else_brought_is_not_read(workspace: Path) -> None:
    run(workspace, "2026-10-01")
    git(workspace, "init", "-q")
    git(workspace, "add", "-f", ".segdsl/ledger.duckdb")
    for arguments in (("run", "--no-ledger"), ("try", "account in was_gold"), ("explain", "a", "was_gold")):
        refused = call(*arguments, "--as-of", "2026-10-02", cwd=workspace)
        assert (refused.exit_code, "it came with the repository" in refused.output) == (3, True), refused.output
    assert call("run", "loyalty", "--no-ledger", "--as-of", "2026-10-02", cwd=workspace).exit_code == 0  # reads no runs
    assert "SEG0711" in call("data", "check", "--as-of", "2026-10-02", cwd=workspace).output
    git(workspace, "rm", "-q", "--cached", ".segdsl/ledger.duckdb")
    assert rows_of(workspace, "was_gold", "2026-10-02")["a"] is True
    (workspace / ".segdsl" / "ledger.duckdb").rename(workspace / "elsewhere.duckdb")
    (workspace / ".segdsl" / "ledger.duckdb").symlink_to(workspace / "elsewhere.duckdb")
    refused = call("try", "account in was_gold", "--as-of", "2026-10-02", cwd=workspace)
    assert (refused.exit_code, "is a link" in refused.output) == (3, True), refused.output
    with pytest.raises(segdsl.Refusal):
        segdsl.load(workspace).evaluate(as_of="2026-10-02", rules=["was_gold"])


@pytest.mark.slow
def test_a_writer_is_waited_for(workspace: Path) -> None:
    run(workspace, "2026-10-01")
    hold = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(1.5)"
    ledger = str(workspace / ".segdsl" / "ledger.duckdb")
    with subprocess.Popen([sys.executable, "-c", hold, ledger], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert rows_of(workspace, "was_gold", "2026-10-02")["a"] is True


@pytest.mark.slow
def test_postgres_reads_the_same_runs(
    workspace: Path, pg: psycopg.Connection[Any], postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIERS_URL", postgres_url)
    (workspace / "segdsl.toml").write_text(f'[workspace]\nname = "t"\n{IN_POSTGRES}', encoding="utf-8")
    pg.execute("DROP SCHEMA IF EXISTS tiers CASCADE; CREATE SCHEMA tiers")
    pg.execute("CREATE TABLE tiers.account (account_id TEXT, name TEXT, spend INT, status TEXT)")
    with pg.cursor() as cursor:
        rows = [(key, key, 5_000, "active") for key in HOSTILE] + [("z", None, 150, "gone")]
        cursor.executemany("INSERT INTO tiers.account VALUES (%s, %s, %s, %s)", rows)
    assert set(rows_of(workspace, "was_gold", "2026-10-02").values()) == {None}
    assert "SEG0726" in call("run", "--as-of", "2026-10-02", "--no-ledger", cwd=workspace).output
    run(workspace, "2026-10-01")
    assert rows_of(workspace, "was_gold", "2026-10-02") == {**dict.fromkeys(HOSTILE, True), "z": None}
    (workspace / "rules.seg").write_text(RULES.replace("gold", "top"), encoding="utf-8")
    assert (
        "6 rows with an arm in arm that `loyalty` no longer has"
        in call("run", "--as-of", "2026-10-02", cwd=workspace).output
    )


def test_whatever_attaches_data_binds_recorded_runs() -> None:
    """Itself, or by the context of an experiment, which has them bound; or it supposes runs."""
    unbound = []
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        is_engine = path.parent.name == "engines" or path.name == "evaluate.py"
        binds = any(
            word in text
            for word in ("with_recorded_runs", "with_memory", "open_to_look", "context: Context", "as_if_run(workspace")
        )
        if re.search(r"\battach\(", text) and not is_engine and not binds:
            unbound.append(path.name)
    assert unbound == []
