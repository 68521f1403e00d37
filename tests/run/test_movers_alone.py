"""Causes of moves from those who moved alone are the same as from everybody."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import pytest

from segdsl.facts.own_rows import own_rows
from segdsl.run import causes
from tests.support.answers import model_of
from tests.support.cli import as_json, call

ENTITIES = """
entity account { account_id: text key  seats: integer  plan: text  parent: link to account  region: text  tags: set of text }
table logins of account by account_id at occurred_at { device: text  sender: link to account }
table payments of account by payer at paid_at { amount: integer  payee: link to account }
"""
ALONE = [
    ("seats > 3", {"account": "account_id"}),
    ("count(logins in last 30 days) >= 2", {"account": "account_id", "logins": "account_id"}),
    ("sum(payments.amount) > 3 or any(logins where device = \"x\")", {"account": "account_id", "logins": "account_id", "payments": "payer"}),
    ("(seats as of 30 days ago) < seats", {"account": "account_id"}),
    ("few > 2", {"account": "account_id", "logins": "account_id"}),
    ("account in busy", {"account": "account_id", "logins": "account_id"}),
]  # fmt: skip
TOGETHER = [
    "seats in top 10%",
    "rank(seats) <= 3",
    "parent.seats > 3",
    "count(all account) > 3",
    "count(all account per region) > 3",
    "any(logins where sender.seats > 3)",
    "account in first",
    "count(logins) > average(all account.few)",
]
RULES = """
metric few of account = count(logins)
segment busy of account { when count(logins) > 2 }
segment first of account { when seats > 2 limit 3 by seats }
"""


def found(condition: str) -> dict[str, str] | None:
    model = model_of(f"{ENTITIES}{RULES}segment s of account {{ when {condition} }}")
    return own_rows(model, [model.segments["s"]])


@pytest.mark.parametrize(("condition", "relations"), ALONE)
def test_rows_of_each_customer_alone(condition: str, relations: dict[str, str]) -> None:
    assert found(condition) == relations


@pytest.mark.parametrize("condition", TOGETHER)
def test_rows_of_others_too(condition: str) -> None:
    assert found(condition) is None


TOML = """[workspace]
name = "t"
[sources.default.tables]
account = "accounts.csv"
logins = "logins.csv"
"""
MODEL = """
entity account { account_id: text key  plan: one of ("free", "team")  seats: integer  tags: set of text  since: date }
table logins of account by account_id at occurred_at { device: text }
table tier_runs of account from runs of tiers starting 2026-10-01
segmentation tiers of account {
  segment renew { when since in next 20 days }
  segment busy { when count(logins in last 14 days where device = "web") >= 3 keep for 9 days }
  segment big { when seats >= 5 and tags has "x" }
  otherwise rest
}
segment many of account { when plan = "team" and count(logins) > count(latest 2 tier_runs having arm = "busy") }
"""


def write(root: Path, seed: int) -> None:
    chance = random.Random(seed)
    day = dt.date(2026, 10, 1)
    rows = ["account_id,plan,seats,tags,since"]
    logins = ["account_id,occurred_at,device"]
    for i in range(20):
        if chance.random() < 0.9:
            tags = chance.choice(["x", "y;x", "", "y"])
            rows.append(
                f"a{i},{chance.choice(['free', 'team', ''])},{chance.choice(['', 3, 5, 9])},{tags},{day + dt.timedelta(chance.randint(0, 60))}"
            )
        logins += [
            f"a{i},{day + dt.timedelta(chance.randint(-20, 20))},{chance.choice(['web', 'app'])}"
            for _ in range(chance.randint(0, 9))
        ]
    for name, lines in (("accounts", rows), ("logins", logins)):
        (root / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    changed = MODEL.replace("seats >= 5", "seats >= 6") if seed % 3 == 2 else MODEL
    for name, text in (("rules.seg", changed), ("segdsl.toml", TOML)):
        (root / name).write_text(text, encoding="utf-8")


def told(root: Path, few: float, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The moves of four runs: the second has the same data, the others have other data, and the last one another rule."""
    monkeypatch.setattr(causes, "FEW", few)
    root.mkdir()
    moves = []
    for seed, day in ((0, "2026-10-05"), (0, "2026-10-12"), (1, "2026-10-16"), (2, "2026-10-25")):
        write(root, seed)
        assert call("run", "--as-of", day, cwd=root).exit_code == 0
        moves.append(as_json(call("runs", "last", "--format", "json", cwd=root))["moves"])
    return moves


@pytest.mark.long
def test_the_same_causes_and_clauses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = told(tmp_path / "alone", 9, monkeypatch)
    assert alone == told(tmp_path / "all", 0, monkeypatch)
    causes_told = {cause for moves in alone for m in moves for cause in m["causes"]}
    assert causes_told >= {"time passed", "data changed", "rule changed", "appeared", "vanished"}, causes_told
