"""A workspace of 900 accounts with a backtest over three quarters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

TOML = '[workspace]\nname = "t"\n[sources.default]\nsnapshot = 2026-01-01\n[sources.default.tables]\naccount = "accounts.csv"\nlogins = "logins.csv"\n'
MODEL = """
entity account from created_at to ended_at {
  account_id: text key  created_at: timestamp  ended_at: timestamp  parent: link to account
  plan: one of ("free", "team") required  region: text fixed  seats: integer
}
table logins of account by account_id at at { device: text  left_at: timestamp }
outcome gone of account = ended_at is not missing and ended_at in next 90 days
outcome uses of account = count(logins in next 90 days)
outcome kept "Days until they leave, 90 at most: its mean is a restricted mean survival time" of account
  = if ended_at is not missing and ended_at in next 90 days then days until ended_at else 90 end
play call "Call" { capacity: 500 }
"""
RULES = """
segmentation old of account where region is not missing { segment quiet { when none(logins in last 30 days) play call } otherwise rest }
segmentation new of account where region is not missing candidate of old {
  segment silent { when none(logins in last 90 days) play call }
  segment rare { when count(logins in last 90 days) <= 2 }
  otherwise rest
}
"""
EXPERIMENT = "experiment e { incumbent old candidate new backtest as of 2025-04-01, 2025-07-01, 2025-10-01 primary gone, lower is better, detect 5% }\n"


def data(accounts: int = 900, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Some log in often and stay, others don't; a fifth belong to a parent."""
    rng = np.random.default_rng(seed)
    day = pd.Timestamp("2024-06-01")
    life = rng.gamma(1.2, 1, accounts)
    created = day + pd.to_timedelta(rng.integers(0, 400, accounts), unit="D")
    lasts = rng.exponential(np.where(life < 0.6, 350, 2_500))
    ended = created + pd.to_timedelta(np.ceil(lasts) + 20, unit="D")
    ids = np.array([f"a{i:04}" for i in range(accounts)])
    parent = np.where(rng.random(accounts) < 0.2, ids[rng.integers(0, min(40, accounts), accounts)], None)
    parent[parent == ids] = None
    frame = pd.DataFrame({
        "account_id": ids, "created_at": created, "ended_at": pd.Series(ended).where(pd.Series(ended) < pd.Timestamp("2026-01-01")),
        "parent": parent, "plan": rng.choice(["free", "team"], accounts), "region": rng.choice(["n", "s", None], accounts, p=[0.5, 0.45, 0.05]),
        "seats": rng.integers(1, 9, accounts),
    })  # fmt: skip
    rows = []
    for i in range(accounts):
        end = min(
            frame["ended_at"][i] if pd.notna(frame["ended_at"][i]) else pd.Timestamp("2026-01-01"),
            pd.Timestamp("2026-01-01"),
        )
        days = max((end - created[i]).days, 0)
        for d in np.flatnonzero(rng.random(days) < 0.02 * life[i]):
            rows.append((ids[i], created[i] + pd.Timedelta(days=int(d), hours=12)))
    logins = pd.DataFrame(rows, columns=["account_id", "at"])
    logins["device"], logins["left_at"] = "web", logins["at"] + pd.Timedelta(hours=1)
    return frame, logins


def made(folder: Path, tables: tuple[pd.DataFrame, pd.DataFrame], rules: str = MODEL + RULES + EXPERIMENT) -> Path:
    (folder / "segdsl.toml").write_text(TOML, encoding="utf-8")
    (folder / "rules.seg").write_text(rules, encoding="utf-8")
    tables[0].to_csv(folder / "accounts.csv", index=False)
    tables[1].to_csv(folder / "logins.csv", index=False)
    return folder
