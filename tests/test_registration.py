"""What an experiment registers has the same fingerprint for good: evidence in git is bound to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from segdsl.experiment.shared.evidence import registration
from segdsl.workspace.load import load_workspace

MODEL = """
entity account from created_at to ended_at { account_id: text key  created_at: date  ended_at: date  arr: money(USD) fixed  parent: link to account  tier: text fixed }
details elsewhere of account by account_id { version: text  since: date  seen: boolean  play: text  chance: real }
table logins of account by account_id at logged_at { n: integer }
table calls of account by account_id at called_at { n: integer }
table offers of account by account_id at offered_at { play: text  chance: real }
metric before of account = count(logins in last 30 days)
outcome churned of account = ended_at is not missing and ended_at in next 90 days
outcome active of account = count(logins in next 30 days)
outcome called of account = any(calls in next 14 days)
outcome seen of account = elsewhere.seen
play call "Call" { channel: "call"  cost: 10 }
play mail "Mail" { channel: "mail" }
segmentation motion of account { segment top { when arr >= 500 play call } undecided unclear otherwise rest }
segmentation motion_v2 of account candidate of motion { segment top { when arr >= 300 play call } undecided unclear otherwise rest }
segmentation motion_v3 of account candidate of motion { segment top { when arr >= 200 play mail } undecided unclear otherwise rest }
"""
EXPERIMENTS = {
    "backtest": """experiment backtest "A title is not registered" { incumbent motion  candidate motion_v2, motion_v3  cluster by parent
      backtest as of 2025-01-01, 2025-06-01  reported within 3 days  at most 12 weeks, 400 accounts  primary churned, lower is better, detect 1% }""",
    "backtest_alone": """experiment backtest_alone { incumbent motion  candidate motion_v2  backtest as of 2025-01-01
      primary churned, lower is better, detect 2%  alpha 10%  power 90% }""",
    "assigned": """experiment assigned { incumbent motion  candidate motion_v2  pilot seed "a" starts 2026-01-05
      primary churned, lower is better, detect 5 points }""",
    "assigned_in_weeks": """experiment assigned_in_weeks { incumbent motion  candidate motion_v2, motion_v3  cluster by parent
      pilot seed "b" starts 2026-01-05 until 2026-03-02  looks as of 2026-06-01, 2026-07-01, 2026-08-01  at most 40 weeks, 400 accounts
      holdout 5% seed "2026"  layer "motion"  adjust by before  winsorise at 99%  delivery called
      primary active, higher is better, detect 5%, worth 100 USD each  guardrail churned, lower is better, not worse by 1 point }""",
    "assigned_any_day": """experiment assigned_any_day { incumbent motion  candidate motion_v2
      pilot seed "c" starts 2026-01-05, hashed like growthbook  looks any day  at most 40 weeks, 400 accounts
      primary active, higher is better, per before }""",
    "external": """experiment external { incumbent motion  candidate motion_v2
      pilot from elsewhere(arm: version, incumbent: "a", candidate: "b")  primary seen, higher is better }""",
    "external_since": """experiment external_since { incumbent motion  candidate motion_v2  cluster by parent  adjust by before
      pilot from elsewhere(arm: version, incumbent: "a", candidate: "b", share: 30%, at: since)  primary churned, lower is better }""",
    "replay": """experiment replay { incumbent motion  candidate motion_v2
      replay from elsewhere(play: play, probability: 1/3)  primary seen, higher is better }""",
    "replay_of_days": """experiment replay_of_days { incumbent motion  candidate motion_v2
      replay from offers(play: play, probability: chance, chosen: "half") as of 2025-02-01, 2025-05-01  reported within 2 days
      primary churned, lower is better  guardrail active, higher is better, not worse by 5% }""",
}
# Of `assigned…` computed by the version before designs became types of their own, from the same declarations. The others look into the past, and
# have had another since they are bound to what the data is declared to be: a field declared `fixed` after a run was promoted as if nothing had changed.
FINGERPRINTS = {
    "backtest": "258967747109bce6",
    "backtest_alone": "b006c8e1762f3899",
    "assigned": "1f0feed5cded6c1c",
    "assigned_in_weeks": "bceca715e7b92222",
    "assigned_any_day": "c00986dc3808a990",
    "external": "b7b5f0bf643801d5",
    "external_since": "8df951e1589b1ecf",
    "replay": "73ef71aecb43c8fd",
    "replay_of_days": "aa04f6934ddd2210",
}


def fingerprint(root: Path, name: str, text: str, model: str = MODEL) -> str:
    (root / "segdsl.toml").write_text('[workspace]\nname = "t"\n', encoding="utf-8")
    (root / "rules.seg").write_text(model + text, encoding="utf-8")
    workspace = load_workspace(root)
    assert workspace.model is not None, workspace.diagnostics
    return registration(workspace.model, workspace.model.experiments[name])


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_same_declaration_has_the_same_fingerprint_for_good(tmp_path: Path, name: str) -> None:
    assert fingerprint(tmp_path, name, EXPERIMENTS[name]) == FINGERPRINTS[name]


@pytest.mark.parametrize(("name", "before", "after"), [
    ("backtest", "2025-06-01", "2025-06-02"), ("backtest", "cluster by parent", ""), ("backtest", "within 3 days", "within 4 days"),
    ("assigned", 'seed "a"', 'seed "z"'), ("assigned_in_weeks", "until 2026-03-02", "until 2026-03-09"), ("assigned_in_weeks", "2026-07-01", "2026-07-02"),
    ("assigned_in_weeks", "holdout 5%", "holdout 6%"), ("assigned_in_weeks", 'layer "motion"', ""), ("assigned_in_weeks", "400 accounts", "500 accounts"),
    ("assigned_in_weeks", "adjust by before", ""), ("assigned_in_weeks", "at 99%", "at 98%"), ("assigned_in_weeks", "delivery called", ""),
    ("assigned_any_day", ", hashed like growthbook", ""), ("assigned_any_day", "looks any day", ""), ("external_since", "share: 30%", "share: 40%"),
    ("external_since", ", at: since", ""), ("external_since", "adjust by before", ""), ("replay", "1/3", "1/2"), ("replay_of_days", "2025-05-01", "2025-06-01"),
    ("replay_of_days", ', chosen: "half"', ""), ("replay_of_days", "worse by 5%", "worse by 6%"),
])  # fmt: skip
def test_another_declaration_has_another(tmp_path: Path, name: str, before: str, after: str) -> None:
    changed = EXPERIMENTS[name].replace(before, after)
    assert changed != EXPERIMENTS[name] and fingerprint(tmp_path, name, changed) != FINGERPRINTS[name]


@pytest.mark.parametrize(("name", "before", "after", "is_another"), [
    ("backtest", "arr: money(USD) fixed", "arr: money(USD)", True), ("backtest", "from created_at to ended_at", "from created_at", True),
    ("replay", "arr: money(USD) fixed", "arr: money(USD) known at created_at", True), ("backtest", "tier: text fixed", "tier: text", False),
    ("assigned", "arr: money(USD) fixed", "arr: money(USD)", False),
])  # fmt: skip
def test_what_the_data_is_declared_to_be_is_registered_where_it_is_asked_of_the_past(
    tmp_path: Path, name: str, before: str, after: str, is_another: bool
) -> None:
    """Of the fields that are reached."""
    assert before in MODEL
    found = fingerprint(tmp_path, name, EXPERIMENTS[name], MODEL.replace(before, after))
    assert (found != FINGERPRINTS[name]) == is_another


@pytest.mark.parametrize(("name", "before", "after"), [
    ("backtest", "A title is not registered", "Another"), ("backtest", "at most 12 weeks, 400 accounts", ""), ("external", "  ", "\n"),
])  # fmt: skip
def test_what_decides_nothing_is_not_registered(tmp_path: Path, name: str, before: str, after: str) -> None:
    changed = EXPERIMENTS[name].replace(before, after)
    assert changed != EXPERIMENTS[name] and fingerprint(tmp_path, name, changed) == FINGERPRINTS[name]
