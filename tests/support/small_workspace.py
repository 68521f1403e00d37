"""A workspace of two customers with their logins."""

from __future__ import annotations

from pathlib import Path

import pytest

RULES = """
entity account {
  account_id: text key
  plan:       one of ("free", "team", "business", "enterprise") required
  arr:        money(USD) required
  renewal:    date
}
table logins of account by account_id at occurred_at { }
segmentation motion of account {
  goal "Keep them" owner "cs@acme.example" basis value review every 90 days
  segment save { when renewal in next 90 days and none(logins in last 30 days) }
  undecided check_data
  otherwise steady
}
segment big of account { when arr >= 50_000 }
test "quiet" as of 2026-11-01 {
  account acme { plan: "team", arr: 5, renewal: 2026-12-15 }
  expect acme in motion.save
}
"""
TOML = '[workspace]\nname = "t"\n[sources.default]\nsnapshot = 2026-11-01\n[sources.default.tables]\naccount = "accounts.csv"\nlogins = "logins.csv"\n'
ACCOUNTS = "account_id,plan,arr,renewal\nacme,team,50000,2026-12-15\nzeta,free,0,\n=cmd|x,team,60000.50,2027-12-15\n"
LOGINS = "account_id,occurred_at\nzeta,2026-10-20T10:00:00Z\nacme,2026-09-01 08:00:00\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for name, text in {"segdsl.toml": TOML, "rules.seg": RULES, "accounts.csv": ACCOUNTS, "logins.csv": LOGINS}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path
