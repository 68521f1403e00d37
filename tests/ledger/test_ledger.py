"""The ledger: who moved and why, the history of fields, and what is left after a run is killed at any point."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segdsl.data.files import DataError
from segdsl.diagnostics import Diagnostic
from segdsl.ledger.fingerprint import fingerprint
from segdsl.ledger.store import Ledger
from tests.support.answers import model_of
from tests.support.cli import as_json, call
from tests.support.ledgers import BEFORE, LOGINS, NOV, OCT, RULES, accounts, assigned, make_older, run, stretches
from tests.support.ledgers import workspace as workspace


def moves(workspace: Path, *arguments: str) -> dict[tuple[str, str], tuple[Any, ...]]:
    found = as_json(call("runs", *arguments, "--format", "json", cwd=workspace))["moves"]
    return {(m["rule"], m["entity_id"]): (m["from"], m["to"], *m["causes"], m["clause"]) for m in found}


def asked(workspace: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(workspace / ".segdsl" / "ledger.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def of_runs(workspace: Path) -> list[tuple[Any, ...]]:
    with Ledger.to_read(workspace / ".segdsl" / "ledger.duckdb") as ledger:
        assert ledger is not None
        return assigned(ledger)


def history(workspace: Path) -> list[tuple[Any, ...]]:
    """(key, field, value, known from, known to) of each stretch without a change."""
    with Ledger.to_read(workspace / ".segdsl" / "ledger.duckdb") as ledger:
        assert ledger is not None
        rows = stretches(ledger)
    return [(key, f, value, str(since), str(until) if until else None) for _, key, f, value, since, until in rows]


def known(workspace: Path, entity_id: str) -> list[tuple[Any, ...]]:
    return [row[1:] for row in history(workspace) if row[0] == entity_id]


def after(workspace: Path) -> None:
    """A month in which each customer is moved by what it is called after."""
    rows = BEFORE | {"field": "team,5,2026-12-01,DE", "new": "free,1,2027-06-01,DE"}
    del rows["gone"]
    (workspace / "accounts.csv").write_text(accounts(rows), encoding="utf-8")
    (workspace / "logins.csv").write_text(
        LOGINS + "a,2026-09-01,web\nrow,2026-10-15,web\nrow,2026-10-20,web\n", encoding="utf-8"
    )


@pytest.mark.slow
def test_each_move_has_its_cause_and_its_clause(workspace: Path) -> None:
    run(workspace, OCT)
    after(workspace)
    (workspace / "rules.seg").write_text(RULES.replace("seats >= 10", "seats >= 9"), encoding="utf-8")
    assert run(workspace, NOV)["since"] == 1
    assert moves(workspace, "last") == {
        ("motion", "time"): ("rest", "renew", "time passed", "renewal in next 90 days: was false, is true"),
        ("motion", "field"): ("rest", "renew", "data changed", "renewal in next 90 days: was false, is true"),
        ("motion", "row"): ("rest", "busy", "data changed", "count(logins in last 30 days) >= 2: was false, is true"),
        ("motion", "rule"): (
            "rest",
            "big",
            "rule changed",
            "seats >= 9: new in the rule, is true; seats >= 10: no longer in the rule",
        ),
        ("motion", "gone"): ("rest", None, "vanished", None),
        ("motion", "new"): (None, "rest", "appeared", None),
        ("paying", "field"): ("out", "in", "data changed", 'plan = "team": was false, is true'),
        ("paying", "gone"): ("out", None, "vanished", None),
        ("paying", "new"): (None, "out", "appeared", None),
    }  # the motion's rule changed: clauses of those who moved for another cause are told without it


@pytest.mark.slow
def test_what_happened_after_the_earlier_as_of_but_was_known_before_is_no_data_change(workspace: Path) -> None:
    """A row whose time lies between the two as-ofs is new; one that lay before the first was there already."""
    (workspace / "logins.csv").write_text(LOGINS + "row,2026-09-28,web\nrow,2026-09-29,web\n", encoding="utf-8")
    run(workspace, OCT)
    run(workspace, NOV)
    assert moves(workspace, "last")["motion", "row"][:3] == ("busy", "rest", "time passed")


@pytest.mark.slow
def test_history_is_of_type_2_and_of_the_fields_that_rules_read(workspace: Path) -> None:
    run(workspace, OCT)
    after(workspace)
    run(workspace, NOV)
    oct_, nov = "2026-10-01 00:00:00", "2026-11-01 00:00:00"
    assert known(workspace, "field") == [
        ("country", "DE", oct_, None), ("plan", "free", oct_, nov), ("plan", "team", nov, None), ("renewal", "2026-12-01", nov, None), ("renewal", "2027-06-01", oct_, nov),
        ("seats", "5", oct_, None),
    ]  # fmt: skip
    assert known(workspace, "gone") == [
        ("country", "FR", oct_, nov),
        ("plan", "free", oct_, nov),
        ("renewal", "2027-06-01", oct_, nov),
        ("seats", "1", oct_, nov),
    ]
    assert {f for _, f, *_ in history(workspace)} == {
        "country",  # which is fixed: whether it did change is looked at by experiments
        "plan",
        "renewal",
        "seats",
    }


@pytest.mark.slow
def test_a_repeat_replaces_and_an_earlier_as_of_keeps_no_history(workspace: Path) -> None:
    run(workspace, OCT)
    after(workspace)
    first = run(workspace, NOV)["run"]
    (workspace / "accounts.csv").write_text(accounts(BEFORE), encoding="utf-8")
    assert run(workspace, NOV)["run"] == first
    assert [until for *_, until in history(workspace) if until is not None] == []
    assert (
        "history is left as it is" in call("run", "--as-of", "2026-09-01", cwd=workspace).output
    )  # as a clock set back would
    assert asked(workspace, "SELECT run_id, keeps_history FROM runs ORDER BY 1") == [(1, True), (2, True), (3, False)]
    assert [since for *_, since, _ in history(workspace) if since < "2026-10-01"] == []
    (workspace / "rules.seg").write_text(RULES.replace("seats >= 10", "seats >= 9"), encoding="utf-8")
    assert run(workspace, NOV)["run"] == 4


def test_runs_are_listed_by_when_they_ran_with_their_arms_and_zeros(workspace: Path) -> None:
    """An empty arm is 0, one that the rule didn't have then is blank; a run of an earlier day that ran last is last."""
    run(workspace, NOV)
    rules = (workspace / "rules.seg").read_text(encoding="utf-8")
    more = rules.replace("segment big", "segment huge { when seats >= 100_000 } segment big", 1)
    assert more != rules
    (workspace / "rules.seg").write_text(more, encoding="utf-8")
    run(workspace, OCT)
    one = call("runs", "--of", "motion", cwd=workspace).output.split("\n")
    assert one[0] == "motion" and [line.split()[0] for line in one[2:4]] == ["1", "2"]
    assert one[1].split()[-5:] == ["renew", "busy", "huge", "big", "rest"], one
    at = one[1].index("huge")
    assert (one[2][at : at + 4].strip(), one[3][at : at + 4].strip()) == ("", "0"), one
    assert call("runs", "last", cwd=workspace).output.startswith("run 2, as of 1 Oct 2026")
    assert "paying" in call("runs", cwd=workspace).output and "not in" in call("runs", cwd=workspace).output
    assert "paying" not in "".join(one)
    refused = call("runs", "--of", "nobody", cwd=workspace)
    assert refused.exit_code == 2 and "rules that ran are motion, paying" in refused.output


@pytest.mark.slow
def test_moves_against_any_earlier_run_have_all_causes_on_the_way(workspace: Path) -> None:
    run(workspace, "2026-09-01")
    (workspace / "logins.csv").write_text(LOGINS + "time,2026-09-15,web\ntime,2026-09-16,web\n", encoding="utf-8")
    run(workspace, OCT)
    run(workspace, NOV)
    assert moves(workspace, "last", "--since", "1")["motion", "time"][:4] == (
        "rest",
        "renew",
        "data changed",
        "time passed",
    )
    listed = as_json(call("runs", "--format", "json", cwd=workspace))["runs"]
    assert [r["run"] for r in listed] == [1, 2, 3]
    assert call("runs", "9", cwd=workspace).exit_code == 2


@pytest.mark.slow
def test_explain_says_since_when(workspace: Path) -> None:
    run(workspace, OCT)
    run(workspace, NOV)
    shown = call("explain", "time", "motion", "--as-of", NOV, cwd=workspace).output
    assert "since 1 Nov 2026, before that rest: time passed (renewal in next 90 days: was false, is true)" in shown
    assert (
        "since 1 Oct 2026 or before, the first run"
        in call("explain", "a", "motion", "--as-of", NOV, cwd=workspace).output
    )


@pytest.mark.slow
def test_where_ranks_and_limits_drew_the_line_is_said_and_remembered(workspace: Path) -> None:
    (workspace / "rules.seg").write_text(
        RULES.replace("otherwise rest", "segment few { when seats > 0 limit 2 by seats }\n  otherwise rest")
        + "segment low of account where seats > 0 { when seats in bottom 1 per country }"
    )
    (workspace / "accounts.csv").write_text(accounts(BEFORE | {"tied": "free,5,2027-06-01,FR"}))
    found = run(workspace, OCT)["borders"]
    assert [(b["rule"], b["arm"], b["group"], b["value"], b["inside"], b["room"]) for b in found] == [
        # back is big; of the rest one has 9 and five have 5, so the second has four equals
        ("motion", "few", "", "5", 6, 2), ("low", "low", "DE", "5", 3, None), ("low", "low", "FR", "1", 1, None),
    ]  # fmt: skip
    shown = call("run", "--as-of", OCT, "--workspace", str(workspace), cwd=workspace).output
    assert "few: limit 2 by seats; the border was 5 (6 taken: 4 more than 2, equal at the border)" in shown
    assert "low: seats is in the bottom 1 of the same country; the border was 5 in DE, 1 in FR" in shown
    of_one = call("explain", "rule", "--as-of", OCT, "--workspace", str(workspace), cwd=workspace).output
    assert "low: seats is in the bottom 1 of the same country; on 1 Oct 2026 the border was 1 in FR" in of_one
    assert "in DE" not in of_one


@pytest.mark.slow
def test_a_ledger_of_an_older_version_is_renewed(workspace: Path) -> None:
    """What it left of an interrupted run is finished: it wrote down both names, and only those that it gave are looked at."""
    run(workspace, OCT)
    precious = workspace / "precious.csv"
    precious.write_text("mine", encoding="utf-8")
    for name in ("a", "b"):
        (workspace / f".{name}-0123456789ab.csv").write_text("new", encoding="utf-8")
    left = [
        ("a.csv", ".a-0123456789ab.csv", "kept"),
        ("b.csv", ".b-0123456789ab.csv", "intended"),
        ("x", "precious.csv", "intended"),
    ]
    make_older(workspace, 1)
    with duckdb.connect(str(workspace / ".segdsl" / "ledger.duckdb")) as con:
        for target, aside, state in left:
            con.execute(
                "INSERT INTO publications VALUES (?, ?, ?)", [str(workspace / target), str(workspace / aside), state]
            )
    assert (
        "since 1 Oct 2026" in call("explain", "a", "--as-of", OCT, "--workspace", str(workspace), cwd=workspace).output
    )
    run(workspace, NOV)
    assert asked(workspace, "SELECT version FROM about") == [(5,)]
    assert asked(workspace, "SELECT * FROM publications") == []
    assert sorted(p.name for p in workspace.glob("*.csv")) == ["a.csv", "accounts.csv", "logins.csv", "precious.csv"]
    assert asked(workspace, "SELECT count(*) FROM borders") == [(0,)]


@pytest.mark.sample(2)
@pytest.mark.slow
@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_a_renewed_ledger_says_what_it_said(workspace: Path, version: int) -> None:
    """With the arm by data of each assignment: no rule kept anybody before version 4, so that today's data gave the arm."""
    run(workspace, OCT)
    after(workspace)
    run(workspace, NOV)
    before, values, told = of_runs(workspace), history(workspace), moves(workspace, "last")
    assert [(arm, by) for *_, arm, _, by in before if arm != by] == []
    assert {arm for *_, arm, _, _ in before} == {None, "rest", "big", "busy", "renew"}
    make_older(workspace, version)
    assert moves(workspace, "last") == told
    assert asked(workspace, "SELECT version FROM about") == [(5,)]
    assert (of_runs(workspace), history(workspace)) == (before, values)
    (workspace / "logins.csv").write_text(LOGINS, encoding="utf-8")
    assert run(workspace, "2026-11-02")["since"] == 2
    assert [row for row in of_runs(workspace) if row[0] < 3] == before


@pytest.mark.slow
def test_the_contract_compares_with_the_last_run(workspace: Path) -> None:
    run(workspace, OCT)
    (workspace / "accounts.csv").write_text(
        accounts({k: BEFORE[k].replace(",5,", ",,") for k in list(BEFORE)[:5]}), encoding="utf-8"
    )
    looked = as_json(call("data", "check", "--as-of", NOV, "--format", "json", cwd=workspace))["data"]
    assert "fewer rows" in {f["kind"] for t in looked for f in t["findings"]}
    found = next(t for t in run(workspace, NOV)["data"] if t["table"] == "account")["findings"]
    assert [(f["kind"], f["message"]) for f in found] == [
        ("fewer rows", "5 rows, 7 in the last run"),
        ("more missing", "seats is missing in 80% of the rows, 0% in the last run"),
    ]


@pytest.mark.slow
def test_stale_data_is_not_published(workspace: Path) -> None:
    (workspace / "rules.seg").write_text(
        RULES.replace("at occurred_at", "at occurred_at fresh within 3 weeks"), encoding="utf-8"
    )
    refused = call("run", "--as-of", OCT, "-o", "a.csv", cwd=workspace)
    assert (refused.exit_code, (workspace / "a.csv").exists()) == (3, False)
    assert "SEG0712" in refused.output
    assert "the newest row is of 2026-09-01 00:00" in refused.output
    assert call("run", "--as-of", OCT, "-o", "a.csv", "--allow-stale", cwd=workspace).exit_code == 0
    assert call("run", "--as-of", "2026-09-20", "-o", "a.csv", cwd=workspace).exit_code == 0
    assert call("data", "check", "--as-of", OCT, cwd=workspace).exit_code == 1


@pytest.mark.slow
def test_fingerprints_are_of_the_meaning(workspace: Path) -> None:
    first = run(workspace, OCT, "--no-ledger")
    assert (first["run"], (workspace / ".segdsl").exists()) == (None, False)
    prints = {}
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-m", "segdsl", "run", "--as-of", OCT],
            cwd=workspace,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            check=True,
            capture_output=True,
        )
        assert done.returncode == 0
        prints[seed] = as_json(call("runs", "--format", "json", cwd=workspace))["runs"][-1]["fingerprints"]
        (workspace / "rules.seg").write_text(
            RULES.replace("segment renew", '\n# a comment\nsegment renew "Title"'), encoding="utf-8"
        )
    assert prints["1"] == prints["2"]


FIELDS = """
entity account { account_id: text key  plan: one of ("free", "team")  arr: money(USD)  created: timestamp  region: text  tags: set of text }
table logins of account by account_id at occurred_at { device: text  minutes: integer }
"""


@pytest.mark.parametrize(("condition", "expected"), [
    ('plan = "free" and not (arr > 100 or region is missing)', "07e3918ee5c714a4"),
    ('count(logins in last 30 days where minutes >= 5) > 2 and any(logins having device = "x")', "559d86c91bd39ba9"),
    ("sum(logins.minutes) > 3 or count_distinct(logins.device) = 2 or last(logins.minutes) > 1 or distinct_days(logins) > 1", "da9ac905db087b21"),
    ("arr in top 10% and count(all account per region) > 3", "9c95d10deb6ce59c"),
    ("days since created > 30 and (arr as of 30 days ago) > 5 and created < 2026-01-01", "fe697fb984fe4eb1"),
])  # fmt: skip
def test_fingerprints_are_for_good(condition: str, expected: str) -> None:
    """As ledgers and evidence of before have them: a new field of an expression doesn't show where it isn't used."""
    model = model_of(f"{FIELDS}segment s of account {{ when {condition} }}")
    assert fingerprint(model, model.segments["s"]) == expected


# -- ledgers that can't be used ------------------------------------------------------------


@pytest.mark.slow
def test_a_ledger_that_cannot_be_used_stops_the_run_before_it_publishes(workspace: Path) -> None:
    ledger = workspace / ".segdsl" / "ledger.duckdb"
    run(workspace, OCT)
    good = ledger.read_bytes()

    def refused(*arguments: str) -> str:
        result = call("run", "--as-of", NOV, "-o", "a.csv", *arguments, cwd=workspace)
        assert (result.exit_code, "SEG0711" in result.output, (workspace / "a.csv").exists()) == (3, True, False), (
            result.output
        )
        return result.output

    ledger.write_bytes(good[: len(good) // 2])
    assert "move it away" in refused()
    ledger.write_bytes(b"no database at all" * 1000)
    assert "move it away" in refused()
    ledger.write_bytes(good)
    with duckdb.connect(str(ledger)) as con:
        con.execute("UPDATE about SET version = 99")
    assert "newer segdsl" in refused()
    ledger.write_bytes(good)
    hold = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", hold, str(ledger)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        assert "another program has it open" in refused()
        assert "since when is not known" in call("explain", "a", "motion", "--as-of", NOV, cwd=workspace).output
    finally:
        holder.kill()
        holder.wait()
    assert call("run", "--as-of", NOV, "-o", "a.csv", "--no-ledger", cwd=workspace).exit_code == 0
    ledger.unlink()
    ledger.mkdir()
    (workspace / "a.csv").unlink()
    refused()


def test_a_run_that_the_ledger_could_not_take_publishes_nothing(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise DataError(Diagnostic("SEG0711", "the disk is full"))

    monkeypatch.setattr(Ledger, "add", refuse)
    result = call("run", "--as-of", NOV, "-o", "a.csv", cwd=workspace)
    assert (result.exit_code, (workspace / "a.csv").exists()) == (3, False), result.output


@pytest.mark.long
def test_concurrent_runs_wait_for_each_other(workspace: Path) -> None:
    days = [f"2026-10-{day:02}" for day in range(1, 7)]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "segdsl", "run", "--as-of", day, "-o", f"{day}.csv"],
            cwd=workspace,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for day in days
    ]
    for process in started:
        _, error = process.communicate(timeout=120)
        assert process.returncode == 0, error
    assert len(asked(workspace, "SELECT * FROM runs")) == len(days)
    assert Counter(run for run, *_ in of_runs(workspace)) == dict.fromkeys(range(1, len(days) + 1), 14)
    assert set(Counter((key, f) for key, f, *_, until in history(workspace) if until is None).values()) == {1}
    assert all((workspace / f"{day}.csv").is_file() for day in days)


@pytest.mark.slow
def test_rows_of_then_that_came_late_are_data(workspace: Path) -> None:
    """The rule is the same, yet it would have said otherwise then: what it read was not all there."""
    run(workspace, OCT)
    (workspace / "logins.csv").write_text(
        LOGINS + "a,2026-09-01,web\nrow,2026-09-20,web\nrow,2026-09-21,web\n", encoding="utf-8"
    )
    run(workspace, "2026-10-02")
    assert moves(workspace, "last")["motion", "row"][:3] == ("rest", "busy", "data changed")


@pytest.mark.slow
def test_an_engine_that_stops_is_not_blamed_on_the_ledger(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk beside the engine must not end in the advice to move the ledger away."""
    from segdsl.engines.duckdb import DuckDB

    run(workspace, OCT)
    monkeypatch.setattr(
        DuckDB, "export", lambda self, query, stem: self._execute(f"COPY ({query}) TO '/nowhere/x.parquet'")
    )
    stopped = call("run", "--as-of", NOV, "-o", "a.csv", cwd=workspace)
    assert (stopped.exit_code, "SEG0706" in stopped.output, "SEG0711" in stopped.output) == (3, True, False), (
        stopped.output
    )
    assert not (workspace / "a.csv").exists()
