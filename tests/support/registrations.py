"""An experiment of each design, and its fingerprint."""

from __future__ import annotations

from pathlib import Path

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


def fingerprint(root: Path, name: str, text: str, model: str = MODEL) -> str:
    (root / "segdsl.toml").write_text('[workspace]\nname = "t"\n', encoding="utf-8")
    (root / "rules.seg").write_text(model + text, encoding="utf-8")
    workspace = load_workspace(root)
    assert workspace.model is not None, workspace.diagnostics
    return registration(workspace.model, workspace.model.experiments[name])
