"""Forty daily runs of a rule that keeps customers, by the command line, against a state machine written out by hand."""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import psycopg
import pytest

import segdsl
from segdsl.words.explain import Explanation
from tests.support.cli import as_json, call
from tests.support.git import git

TOML = '[workspace]\nname = "t"\ntimezone = "Europe/Berlin"\n[sources.default.tables]\naccount = "accounts.csv"\n'
RULES = """
entity account { account_id: text key  spend: integer  health: integer  status: one of ("active", "left") }
table tier_runs "Who was in which tier, run by run" of account from runs of loyalty starting 2026-10-01

segmentation loyalty of account where status = "active" {
  segment gold "Gold" {
    when spend >= 1_000
    keep until end of this calendar month
  }
  segment at_risk {
    when health < 50
    keep until health >= 60
    stay at least 5 days
  }
  segment silver {
    when spend >= 500
    keep for 7 days
  }
  otherwise base
}
segment thrice of account { when count(latest 3 tier_runs having arm = "at_risk") = 3 }
"""
FIRST, DAYS = dt.date(2026, 10, 1), 40
KEYS = [f"c{i}" for i in range(14)]


@dataclass
class Account:
    """A customer's figures, which wander from day to day."""

    spend: int
    health: int
    status: str = "active"


@dataclass
class State:
    """What a person would note of a customer after each run: the arm, since when, and when the data last gave each arm."""

    arm: str | None = None
    since: dt.date = FIRST
    by_data: dict[str, dt.date] = field(default_factory=dict)
    places: list[str | None] = field(default_factory=list)

    def outcome(self, account: Account, today: dt.date) -> tuple[str | None, str | None]:
        """(arm, arm by today's data); None outside the population."""
        if account.status == "left":
            return None, None
        fits = {
            "gold": account.spend >= 1_000,
            "at_risk": account.health < 50,
            "silver": account.spend >= 500,
            "base": True,
        }
        keeps = {
            "gold": self._last("gold").strftime("%Y-%m") == today.strftime("%Y-%m"),
            "at_risk": account.health < 60 or (today - self.since).days < 5,
            "silver": (today - self._last("silver")).days <= 7,
            "base": False,
        }
        by_data = next(arm for arm, fit in fits.items() if fit)
        arm = next(arm for arm in fits if fits[arm] or (self.arm == arm and keeps[arm]))
        return arm, by_data

    def note(self, arm: str | None, by_data: str | None, today: dt.date) -> None:
        if arm != self.arm:
            self.since = today
        self.arm = arm
        self.places.append(arm)
        if by_data is not None:
            self.by_data[by_data] = today

    def _last(self, arm: str) -> dt.date:
        return self.by_data.get(arm, dt.date.min)


def wander(chance: random.Random, accounts: dict[str, Account]) -> None:
    for account in accounts.values():
        account.spend = max(0, account.spend + chance.randint(-300, 300))
        account.health = min(100, max(0, account.health + chance.randint(-9, 9)))
        if chance.random() < (0.02 if account.status == "active" else 0.3):
            account.status = "left" if account.status == "active" else "active"


def write(root: Path, accounts: dict[str, Account]) -> None:
    rows = "".join(f"{key},{a.spend},{a.health},{a.status}\n" for key, a in accounts.items())
    (root / "accounts.csv").write_text("account_id,spend,health,status\n" + rows, encoding="utf-8")


def assigned(root: Path, today: dt.date, *more: str) -> dict[str, tuple[str | None, str | None]]:
    """(arm, arm by today's data) of each customer, as a run writes it."""
    result = call("run", "--as-of", str(today), "-o", "out.csv", *more, cwd=root)
    assert result.exit_code == 0, result.output
    with (root / "out.csv").open(encoding="utf-8", newline="") as file:
        return {r["entity_id"]: (r["loyalty"] or None, r["loyalty_by_data"] or None) for r in csv.DictReader(file)}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "segdsl.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "rules.seg").write_text(RULES, encoding="utf-8")
    return tmp_path


@pytest.mark.long
def test_each_day_is_as_the_state_machine_has_it(workspace: Path) -> None:
    """With days that nobody ran, repeats, customers that are outside for a while, and one that the data lacks for some days."""
    chance = random.Random(22)
    accounts = {key: Account(chance.randint(0, 1_500), chance.randint(30, 80)) for key in KEYS}
    states = {key: State() for key in KEYS}
    seen: Counter[str] = Counter()
    for n in range(DAYS):
        today = FIRST + dt.timedelta(days=n)
        wander(chance, accounts)
        if n in (5, 6, 17, 30):
            continue  # a day without a run
        there = {key: a for key, a in accounts.items() if not (key == "c3" and 12 <= n < 20)}
        write(workspace, there)
        expected = {key: states[key].outcome(a, today) for key, a in there.items()}
        assert assigned(workspace, today) == expected, today
        if n % 9 == 0:
            assert assigned(workspace, today, "--no-ledger") == expected, today  # a look records nothing
            assert assigned(workspace, today) == expected, today  # a repeat
        for key, (arm, by_data) in expected.items():
            states[key].note(arm, by_data, today)
            seen[arm or "outside"] += 1
            seen[f"kept in {arm}"] += arm != by_data
    assert min(seen[f"kept in {arm}"] for arm in ("gold", "at_risk", "silver")) > 10, seen
    assert min(seen[arm] for arm in ("gold", "at_risk", "silver", "base", "outside")) > 10, seen
    last = FIRST + dt.timedelta(days=DAYS - 1)
    assert len(as_json(call("runs", "--format", "json", cwd=workspace))["runs"]) == DAYS - 4
    with (workspace / "out.csv").open(encoding="utf-8", newline="") as file:
        thrice = {r["entity_id"] for r in csv.DictReader(file) if r["thrice"] == "true"}
    assert thrice == {key for key, s in states.items() if s.places[-4:-1] == ["at_risk"] * 3}
    _commands_say_so(workspace, last, states, expected)


def _commands_say_so(
    root: Path, last: dt.date, states: dict[str, State], expected: dict[str, tuple[str | None, str | None]]
) -> None:
    counts = Counter((arm, by_data) for arm, by_data in expected.values() if arm != by_data)
    assert {arm for arm, _ in counts} == {"gold", "at_risk", "silver"}
    ran = as_json(call("run", "--as-of", str(last), "--format", "json", cwd=root))["rules"]["loyalty"]
    assert {(p, d): n for p, of in ran["elsewhere_by_data"].items() for d, n in of.items()} == counts
    looked = as_json(call("runs", "last", "--format", "json", cwd=root))["elsewhere_by_data"]["loyalty"]
    assert {(e["place"], e["by_data"]): e["count"] for e in looked} == counts
    for arm, by_data in counts:
        key = next(k for k, e in expected.items() if e == (arm, by_data))
        explained = call("explain", key, "loyalty", "--as-of", str(last), cwd=root).output
        assert "kept" in explained, explained
        assert f"by today's data {by_data}" in explained, explained
    del states


@pytest.mark.long
def test_what_a_person_reads(workspace: Path) -> None:
    """Two runs, after which two customers are kept and a third no longer is; then the rule no longer keeps."""
    git(workspace, "init", "-q")
    git(workspace, "add", "rules.seg", "segdsl.toml")
    git(workspace, "commit", "-qm", "rules")
    write(workspace, {"a": Account(2_000, 90), "b": Account(0, 40), "c": Account(600, 90), "d": Account(0, 90)})
    assigned(workspace, FIRST)
    write(workspace, {"a": Account(10, 90), "b": Account(0, 55), "c": Account(10, 90), "d": Account(0, 90)})
    second = call("run", "--as-of", "2026-10-05", "-o", "out.xlsx", cwd=workspace).output
    rows = list(openpyxl.load_workbook(workspace / "out.xlsx")["assignments"].values)
    assert rows[0] == ("entity_id", "loyalty", "loyalty_status", "loyalty_by_data", "thrice")
    assert rows[1][:4] == ("a", "gold", "assigned", "base")
    assert "gold: 1 is kept; by today's data it would be in base" in second, second
    assert "at_risk: 1 is kept; by today's data it would be in base" in second, second
    assert "silver: 1 is kept; by today's data it would be in base" in second, second
    third = call("run", "--as-of", "2026-10-12", cwd=workspace).output
    assert "silver: 1 is kept" not in third, third
    moves = call("runs", "last", cwd=workspace).output
    assert "silver → base   1   no longer kept" in moves, moves
    assert "in gold, 1 who by the data of that day would be in base" in moves, moves
    explained = call("explain", "c", "loyalty", "--as-of", "2026-10-12", cwd=workspace).output
    assert "since 12 Oct 2026, before that silver: no longer kept" in explained, explained
    (workspace / "rules.seg").write_text(RULES.replace("keep until end of this calendar month", ""), encoding="utf-8")
    differs = call("diff", "--as-of", "2026-10-12", cwd=workspace).output
    assert "gold → base" in differs
    assert "was gold, kept; by today's data base" in differs, differs


PUSHED_OUT = """
entity account { account_id: text key  spend: integer  health: integer  status: one of ("active", "left") }
table tier_runs of account from runs of loyalty starting 2026-10-01
segmentation loyalty of account {
  segment vip { when health >= 95 keep for 1 day }
  segment gold { when spend >= 1_000 limit 1 by health stay at least 2 days }
  undecided open
  otherwise base
}
"""


@pytest.mark.long
def test_only_who_was_kept_is_no_longer_kept(workspace: Path) -> None:
    """Not who had a place by its own data, whoever else's would have had it by theirs, nor who was undecided."""
    (workspace / "rules.seg").write_text(PUSHED_OUT, encoding="utf-8")
    days = (
        {"a": Account(2_000, 50), "b": Account(0, 40), "c": Account(0, 10)},
        {"a": Account(0, 90), "b": Account(2_000, 40), "c": Account(0, 10)},
        {"a": Account(0, 90), "b": Account(2_000, 40), "c": Account(0, 10)},
    )
    causes = []
    for n, accounts in enumerate(days):
        write(workspace, accounts)
        assigned(workspace, FIRST + dt.timedelta(days=n))
        causes.append(_causes(workspace))
    assert causes == [{}, {}, {"a": ("gold", "base", ["no longer kept"]), "b": ("base", "gold", ["time passed"])}]
    write(workspace, {"a": Account(3_000, 60), "b": Account(2_000, 40), "c": Account(0, 10)})
    assigned(workspace, FIRST + dt.timedelta(days=3))
    assert _causes(workspace) == {"a": ("base", "gold", ["data changed"]), "b": ("gold", "base", ["data changed"])}


@pytest.mark.slow
def test_who_falls_out_of_a_limit_was_not_kept(workspace: Path) -> None:
    """An earlier arm had kept the one with more, whose place the data alone would have given it."""
    (workspace / "rules.seg").write_text(PUSHED_OUT, encoding="utf-8")
    for day, health in enumerate((96, 94, 94)):
        write(workspace, {"b": Account(2_000, 40), "c": Account(2_000, health)})
        places = assigned(workspace, FIRST + dt.timedelta(days=day))
        assert places["b"] == (("gold", "gold"), ("gold", "base"), ("base", "base"))[day]
    assert _causes(workspace) == {"b": ("gold", "base", ["time passed"]), "c": ("vip", "gold", ["no longer kept"])}


@pytest.mark.slow
def test_who_was_undecided_was_not_kept(workspace: Path) -> None:
    """The ledger is lost, which leaves who is in an arm unknown for as long as its clause reaches back."""
    (workspace / "rules.seg").write_text(PUSHED_OUT, encoding="utf-8")
    for day in (5, 6, 7):
        write(workspace, {"a": Account(0, 50)})
        assigned(workspace, dt.date(2026, 10, day))
        if "a" in (causes := _causes(workspace)):
            assert causes == {"a": ("open", "base", ["data changed"])}
            return
    raise AssertionError("a stays undecided")


def _causes(root: Path) -> dict[str, tuple[str, str, list[str]]]:
    if len(as_json(call("runs", "--format", "json", cwd=root))["runs"]) < 2:
        return {}
    moves = as_json(call("runs", "last", "--format", "json", cwd=root))["moves"]
    return {m["entity_id"]: (m["from"], m["to"], m["causes"]) for m in moves if m["rule"] == "loyalty"}


KEPT_BY = {
    "until": "keep until health >= 60",
    "stay": "stay at least 9 days",
    "both": "keep until health >= 60 stay at least 2 days",
    "for": "keep for 9 days",
    "end": "keep until end of calendar month",
    "all": "keep until health >= 60 keep for 9 days stay at least 9 days",
}


@pytest.mark.long
@pytest.mark.parametrize("clauses", KEPT_BY.values(), ids=KEPT_BY)
def test_since_when_somebody_is_kept(clauses: str, workspace: Path) -> None:
    """By whatever clause, by a candidate too, and after its data have brought the customer back in between."""
    _keep(workspace, clauses)
    for today, health in enumerate((40, 55, 45, 55, 55)):
        write(workspace, {"a": Account(0, health)})
        assigned(workspace, FIRST + dt.timedelta(days=today))
    for rule in ("loyalty", "loyalty_2"):
        for day, said in ((2, "kept;"), (4, "kept;"), (5, "kept since 4 Oct 2026;"), (6, "kept since 4 Oct 2026;")):
            explained = call("explain", "a", rule, "--as-of", f"2026-10-0{day}", cwd=workspace).output
            assert f"a is in {rule}.at_risk, {said} by today's data base" in explained, explained


@pytest.mark.slow
def test_runs_that_do_not_say_by_data_say_no_day(workspace: Path) -> None:
    _keep(workspace, "keep until health >= 60")
    account = pd.DataFrame({"account_id": ["a"], "spend": [0], "health": [55], "status": ["active"]})
    runs = pd.DataFrame({"account_id": ["a"] * 2, "as_of": ["2026-10-01", "2026-10-02"], "arm": ["at_risk"] * 2})
    for frame, since in ((runs, ""), (runs.assign(by_data=["at_risk", "base"]), "2 Oct 2026 02:00")):
        frames = {"account": account, "tier_runs": frame}
        (explained,) = segdsl.load(workspace).explain("a", frames, "2026-10-03", rules=["loyalty"])
        assert isinstance(explained, Explanation)
        assert (explained.kept, explained.kept_since) == (True, since)


def _keep(root: Path, clauses: str) -> None:
    entity, table = RULES.strip().splitlines()[:2]
    arms = f"{{ segment at_risk {{ when health < 50 {clauses} }} otherwise base }}"
    rules = (
        f"segmentation loyalty{more} of account{what} {arms}"
        for more, what in (("", ""), ("_2", " candidate of loyalty"))
    )
    (root / "rules.seg").write_text("\n".join((entity, table, *rules)), encoding="utf-8")


@pytest.mark.slow
def test_taking_a_run_out_changes_what_is_kept_later(workspace: Path) -> None:
    write(workspace, {"a": Account(2_000, 90)})
    assigned(workspace, FIRST)
    assigned(workspace, FIRST + dt.timedelta(days=1))
    write(workspace, {"a": Account(0, 90)})
    assert assigned(workspace, FIRST + dt.timedelta(days=2), "--no-ledger") == {"a": ("gold", "base")}
    frame = segdsl.load(workspace).evaluate(as_of="2026-10-03", rules=["loyalty"])
    assert list(frame.columns) == ["entity_id", "loyalty", "loyalty_status", "loyalty_by_data"]
    assert frame.iloc[0].tolist() == ["a", "gold", "assigned", "base"]
    for _ in range(2):
        assert call("runs", "last", "--take-out", cwd=workspace).exit_code == 0
    assert assigned(workspace, FIRST, "--no-ledger") == {"a": ("base", "base")}
    assert assigned(workspace, FIRST + dt.timedelta(days=2), "--no-ledger") == {
        "a": (None, "base")
    }  # nothing is recorded


WITH_LIMIT = """
entity account { account_id: text key  spend: integer  health: integer  status: one of ("active", "left") }
table tier_runs of account from runs of loyalty starting 2026-10-01
segmentation loyalty of account {
  segment gold { when spend >= 1_000 limit 1 by health keep until end of this calendar month }
  otherwise base
}
"""


@pytest.mark.slow
def test_who_is_kept_takes_room_from_others(workspace: Path) -> None:
    (workspace / "rules.seg").write_text(WITH_LIMIT, encoding="utf-8")
    write(workspace, {"a": Account(2_000, 90), "b": Account(0, 10)})
    assert assigned(workspace, FIRST) == {"a": ("gold", "gold"), "b": ("base", "base")}
    write(workspace, {"a": Account(0, 90), "b": Account(2_000, 10)})
    ran = call("run", "--as-of", "2026-10-02", cwd=workspace).output
    assert "gold: 1 who by today's data would be in base" in ran, ran
    assert "base: 1 who by today's data would be in gold" in ran, ran


@pytest.mark.long
def test_postgres_keeps_the_same(
    workspace: Path, pg: psycopg.Connection[Any], postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each source has runs of its own."""
    monkeypatch.setenv("KEEPING_URL", postgres_url)
    source = '[sources.warehouse]\nengine = "postgres"\nurl = "${KEEPING_URL}"\n[sources.warehouse.tables]\naccount = "keeping.account"\n'
    (workspace / "segdsl.toml").write_text(TOML + source, encoding="utf-8")
    pg.execute("DROP SCHEMA IF EXISTS keeping CASCADE; CREATE SCHEMA keeping")
    pg.execute("CREATE TABLE keeping.account (account_id TEXT, spend INT, health INT, status TEXT)")
    chance = random.Random(22)
    accounts = {key: Account(chance.randint(0, 1_500), chance.randint(30, 80)) for key in KEYS}
    elsewhere = 0
    for n in (0, 3, 4, 9):
        wander(chance, accounts)
        write(workspace, accounts)
        pg.execute("DELETE FROM keeping.account")
        with pg.cursor() as cursor:
            rows = [(key, a.spend, a.health, a.status) for key, a in accounts.items()]
            cursor.executemany("INSERT INTO keeping.account VALUES (%s, %s, %s, %s)", rows)
        today = FIRST + dt.timedelta(days=n)
        by_file = assigned(workspace, today)
        assert assigned(workspace, today, "--source", "warehouse") == by_file
        elsewhere += sum(arm != by_data for arm, by_data in by_file.values())
    assert elsewhere > 3
    runs = {r["source"]: r["run"] for r in as_json(call("runs", "--format", "json", cwd=workspace))["runs"]}
    said = [as_json(call("runs", str(runs[s]), "--format", "json", cwd=workspace)) for s in ("default", "warehouse")]
    assert said[0]["moves"] == said[1]["moves"]
    assert said[0]["elsewhere_by_data"] == said[1]["elsewhere_by_data"] != {}
    assert "no longer kept" in {cause for m in said[0]["moves"] for cause in m["causes"]}
