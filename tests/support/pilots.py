"""A workspace of 400 accounts with a pilot, and what becomes of them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.support.cli import call

MODEL = """
entity account from created_at to ended_at { account_id: text key  created_at: date  ended_at: date  level: integer fixed  parent: text fixed }
table calls of account by account_id at called_at { minutes: number  worth: money(USD) }
outcome left_30d of account = ended_at is not missing and ended_at in next 30 days
outcome talked_30d "Minutes of the next 30 days" of account = sum(calls.minutes in next 30 days)
outcome called_30d of account = any(calls in next 30 days)
metric talked_before "Minutes of the last 30 days" of account = sum(calls.minutes in last 30 days)
play mail { channel: "email", cost: 1, currency: "USD" }
play call { channel: "csm", cost: 20, currency: "USD" }
segmentation motion of account { segment low { when level <= 2 play mail } undecided unclear otherwise rest }
segmentation motion_v2 of account candidate of motion {
  segment lowest { when level = 1 play call } segment low { when level = 2 play mail } segment some { when level = 3 play mail }
  undecided unclear otherwise rest
}
segmentation motion_v3 of account candidate of motion { segment low { when level <= 2 play call } undecided unclear otherwise rest }
"""
EXPERIMENT = """
experiment trial "Does a call keep more?" {
  incumbent motion
  candidate motion_v2
  pilot seed "trial" starts 2026-03-02
  primary left_30d, lower is better
}
"""
TOML = """[workspace]
name = "t"
timezone = "UTC"
[sources.default]
snapshot = "{day}"
[sources.default.tables]
account = "accounts.csv"
calls = "calls.csv"
"""
CALLS = "account_id,called_at,minutes,worth\n"


def accounts(n: int = 400, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "account_id": [f"a{i:04}" for i in range(n)], "created_at": "2024-01-01", "ended_at": "", "level": rng.integers(1, 6, n),
        "parent": [f"p{i // 5}" for i in range(n)],
    })  # fmt: skip


def made(
    folder: Path, frame: pd.DataFrame, text: str = MODEL + EXPERIMENT, day: str = "2026-03-02", calls: str = CALLS
) -> Path:
    frame.to_csv(folder / "accounts.csv", index=False)
    (folder / "calls.csv").write_text(calls, encoding="utf-8")
    (folder / "segdsl.toml").write_text(TOML.format(day=day), encoding="utf-8")
    (folder / "rules.seg").write_text(text, encoding="utf-8")
    return folder


def at(folder: Path, day: str) -> None:
    (folder / "segdsl.toml").write_text(TOML.format(day=day), encoding="utf-8")


def assigned(folder: Path, *more: str, name: str = "trial") -> Any:
    result = call("experiment", "assign", name, "--format", "json", *more, cwd=folder)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def rows(folder: Path, name: str = "trial") -> list[dict[str, str]]:
    with (folder / "experiments" / "exposures" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def told(folder: Path, code: int | None = None, name: str = "trial") -> Any:
    result = call("experiment", "run", name, "--format", "json", cwd=folder)
    assert code is None or result.exit_code == code, result.output
    return json.loads(result.stdout)


def lived(
    folder: Path,
    frame: pd.DataFrame,
    rates: dict[str, float],
    day: str = "2026-05-01",
    seed: int = 2,
    name: str = "trial",
) -> None:
    """What becomes of everybody within 30 days of entering, by arm; then it is `day`."""
    rng, kept = np.random.default_rng(seed), {r["unit"]: r for r in rows(folder, name)}
    frame = frame.copy()
    for i, unit in enumerate(frame["account_id"]):
        row = kept.get(unit)
        rate = 0.2
        if row and row["differs"] == "true" and row["arm"] in rates:
            changed = row[f"play of {row['arm']}"] != row["play of motion"]
            rate = rates[row["arm"]] if changed else rates["motion"]
        if rng.random() < rate:
            entered = pd.Timestamp(row["entered"] if row else "2026-03-02")
            frame.loc[i, "ended_at"] = (entered + pd.Timedelta(days=int(rng.integers(1, 29)))).date().isoformat()
    frame.to_csv(folder / "accounts.csv", index=False)
    at(folder, day)


LOOKS = EXPERIMENT.replace("starts 2026-03-02", "starts 2026-03-02 until 2026-03-30").replace(
    "  primary", "  looks as of 2026-04-08, 2026-04-20, 2026-05-04\n  at most 600 accounts\n  primary"
)


def rolled(folder: Path, text: str = MODEL + LOOKS, n: int = 1_000) -> pd.DataFrame:
    """Customers who come into D over four weeks."""
    frame = accounts(n)
    made(folder, frame, text)
    rng = np.random.default_rng(5)
    calm = frame["level"].isin([1, 3])
    frame.loc[calm, "level"] = np.where(rng.random(int(calm.sum())) < 0.3, frame.loc[calm, "level"], 4)
    for week, day in enumerate(("2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23")):
        if week:
            frame.loc[(frame["level"] == 4) & (rng.random(n) < 0.25), "level"] = 1
        frame.to_csv(folder / "accounts.csv", index=False)
        at(folder, day)
        assigned(folder)
    return frame
