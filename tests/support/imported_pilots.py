"""A workspace with a table of exposures that another tool wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.support.cli import call

Frame = pd.DataFrame
MODEL = """
entity player { id: text key  score: integer fixed  kept: boolean fixed  spent: integer fixed }
details exposures of player by id { arm: TYPE }
outcome kept_o of player = kept
play a { channel: "x" }
play b { channel: "x" }
segmentation old of player where score >= 0 { segment low { when score < 60 play a } segment high { when score >= 60 play a } undecided u otherwise n }
segmentation new of player where score >= 0 candidate of old { segment low { when score < 60 play b } segment high { when score >= 60 play a } undecided u otherwise n }
experiment e { incumbent old candidate new
  pilot from exposures(arm: arm, incumbent: "old", candidate: "new")
  primary kept_o, higher is better MORE
}
"""
TOML = """
[workspace]
name = "t"
language = 1
timezone = "UTC"
[sources.default]
snapshot = "2026-06-01"
timezone = "UTC"
[sources.default.tables]
player = "players.csv"
exposures = "exposures.csv"
"""
N = 2_000


def players() -> Frame:
    rng = np.random.default_rng(1)
    return pd.DataFrame({
        "id": [f"u{i}" for i in range(N)], "score": rng.integers(0, 100, N), "kept": (rng.random(N) < 0.3).astype(int),
        "spent": rng.poisson(5, N),
    })  # fmt: skip


def exposures(who: Frame) -> Frame:
    return pd.DataFrame(
        {"id": who["id"], "arm": np.random.default_rng(2).permutation(["old", "new"] * (len(who) // 2))}
    )


def made(folder: Path, who: Frame, exposed: Frame, type_: str = "text", more: str = "", model: str = MODEL) -> Path:
    who.to_csv(folder / "players.csv", index=False)
    exposed.to_csv(folder / "exposures.csv", index=False)
    (folder / "segdsl.toml").write_text(TOML, encoding="utf-8")
    (folder / "rules.seg").write_text(model.replace("TYPE", type_).replace("MORE", more), encoding="utf-8")
    return folder


def told(folder: Path, code: int | None = None) -> Any:
    result = call("experiment", "run", "e", "--format", "json", "--no-record", cwd=folder)
    assert code is None or result.exit_code == code, result.output
    return json.loads(result.stdout)
