"""A backtest from end to end: figures recomputed by pandas from the files, bad input named, and the demo's truth found."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conftest import HERE
from tests.test_cli import call

ROOT = HERE.parent
TOML = '[workspace]\nname = "t"\n[sources.default]\nsnapshot = 2026-01-01\n[sources.default.tables]\naccount = "accounts.csv"\nlogins = "logins.csv"\n'
MODEL = """
entity account from created_at to ended_at {
  account_id: text key  created_at: timestamp  ended_at: timestamp  parent: link to account
  plan: one of ("free", "team") required  region: text fixed  seats: integer
}
table logins of account by account_id at at { device: text  left_at: timestamp }
outcome gone of account = ended_at is not missing and ended_at in next 90 days
outcome uses of account = count(logins in next 90 days)
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
ORIGINS = ("2025-04-01", "2025-07-01", "2025-10-01")
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
    parent = np.where(rng.random(accounts) < 0.2, ids[rng.integers(0, 40, accounts)], None)
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


@pytest.fixture(scope="module")
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    return data()


def made(folder: Path, tables: tuple[pd.DataFrame, pd.DataFrame], rules: str = MODEL + RULES + EXPERIMENT) -> Path:
    (folder / "segdsl.toml").write_text(TOML, encoding="utf-8")
    (folder / "rules.seg").write_text(rules, encoding="utf-8")
    tables[0].to_csv(folder / "accounts.csv", index=False)
    tables[1].to_csv(folder / "logins.csv", index=False)
    return folder


def told(folder: Path, name: str = "e", code: int | None = None) -> Any:
    result = call("experiment", "run", name, "--format", "json", cwd=folder)
    assert code is None or result.exit_code == code, result.output
    return json.loads(result.stdout)


# -- by pandas, from the files ----------------------------------------------------------


def looked(tables: tuple[pd.DataFrame, pd.DataFrame], day: str) -> pd.DataFrame:
    """Who is where as of a day, and what happened in the 90 days from it."""
    accounts, logins = tables
    t = pd.Timestamp(day)
    there = accounts[(accounts["created_at"] <= t) & ~(accounts["ended_at"] <= t) & accounts["region"].notna()].copy()
    seen = logins[logins["at"] < t]

    def count(days: int) -> Any:
        within = seen[seen["at"] >= t - pd.Timedelta(days=days)].groupby("account_id").size()
        return there["account_id"].map(within).fillna(0)

    there["a"] = np.where(count(30) == 0, "quiet", "rest")
    there["b"] = np.select([count(90) == 0, count(90) <= 2], ["silent", "rare"], "rest")
    there["y"] = ((there["ended_at"] >= t) & (there["ended_at"] < t + pd.Timedelta(days=90))).astype(float)
    later = logins[(logins["at"] >= t) & (logins["at"] < t + pd.Timedelta(days=90))].groupby("account_id").size()
    there["uses"] = there["account_id"].map(later).fillna(0).astype(float)
    return there


def by_pandas(
    tables: tuple[pd.DataFrame, pd.DataFrame], y: str = "y", cluster: bool = False, m: float = 20
) -> dict[str, float]:
    parts, variances, sizes = [], [], []
    for day in ORIGINS:
        t = pd.Timestamp(day)
        before, now = looked(tables, str((t - pd.Timedelta(days=90)).date())), looked(tables, day)
        for side in ("a", "b"):
            by = before.groupby(side)[y].agg(["sum", "count"])
            rate = (by["sum"] + m * before[y].mean()) / (by["count"] + m)
            now[f"r_{side}"] = now[side].map(rate).fillna(before[y].mean())
        now["d"] = (now[y] - now["r_a"]) ** 2 - (now[y] - now["r_b"]) ** 2
        parts.append(now)
        variances.append(before[y].var(ddof=0))
        sizes.append(len(now))
    every = pd.concat(parts)
    who = every["parent"].where(every["parent"].notna(), every["account_id"]) if cluster else every["account_id"]
    by = every.groupby(who)["d"].agg(["sum", "count"])
    delta, n, units = every["d"].mean(), len(every), len(by)
    se = math.sqrt(units / (units - 1) * ((by["sum"] - delta * by["count"]) ** 2).sum()) / n
    return {
        "estimate": delta,
        "se": se,
        "n": n,
        "clusters": units,
        "variance": float(np.average(variances, weights=sizes)),
    }


@pytest.mark.parametrize(
    ("outcome", "y", "cluster"), [("gone", "y", False), ("gone", "y", True), ("uses", "uses", False)]
)
def test_the_figures_are_those_of_pandas(
    tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame], outcome: str, y: str, cluster: bool
) -> None:
    text = MODEL + RULES + EXPERIMENT.replace("gone", outcome).replace("detect 5%", "detect 40%")
    if cluster:
        text = text.replace("candidate new backtest", "candidate new cluster by parent backtest")
    found = told(made(tmp_path, tables, text))["primary"]
    expected = by_pandas(tables, y, cluster)
    assert {k: found[k] for k in expected} == pytest.approx(expected, rel=1e-9)
    assert found["low"] < found["estimate"] < found["high"] and found["method"] == "t"


def test_a_better_candidate_is_sent_to_a_pilot(tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    folder = made(tmp_path, tables, (MODEL + RULES + EXPERIMENT).replace("detect 5%", "detect 2%"))
    found = told(folder)
    assert (
        found["evidence"] == "backtest"
        and found["primary"]["outcome"] == "gone"
        and set(found["validity"]) >= {"leakage", "maturity", "survivorship"}
    )
    assert all(c["ok"] for c in found["validity"].values()), found["validity"]
    assert found["verdict"] in ("PROMOTE TO PILOT", "KEEP", "NOT ANSWERABLE"), found
    kept = json.loads((folder / "evidence" / "e.json").read_text(encoding="utf-8"))
    assert kept["candidates"]["new"]["verdict"] == found["verdict"]
