"""The generator knows what each play would have done to each account: from the backtest to the promotion, and by a replay, the truth lies in
the interval."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from segdsl.demo import exports, world
from tests.support.cli import call
from tests.support.paths import ROOT
from tests.support.places import placed

pytestmark = pytest.mark.slow
DELIVERED = world.DELIVERED
CANDIDATES = """
segmentation attention_x "Call those who are about to decide" of account where any(contracts) candidate of attention {
  goal "Reach the accounts that are about to leave" measured by churned_90d
  owner "cs-ops@northwind.example"
  basis behavioural, lifecycle
  review every 90 days, last on 2026-10-01
  segment leaving "Contract ends, little used" {
    when any(contracts where ends_on in next 90 days) and (use_per_user < 1.2 or use_per_user is missing)
    play exec_call
  }
  segment quiet "Quiet" { when none(logins in last 30 days) play support_outreach }
  otherwise steady "Steady"
}

segmentation attention_r "Reach out to those who are about to decide" of account where any(contracts) candidate of attention {
  goal "Reach the accounts that are about to leave" measured by churned_90d
  owner "cs-ops@northwind.example"
  basis behavioural, lifecycle
  review every 90 days, last on 2026-10-01
  segment leaving "Contract ends, little used" {
    when any(contracts where ends_on in next 90 days) and (use_per_user < 1.2 or use_per_user is missing)
    play support_outreach
  }
  segment quiet "Quiet" { when none(logins in last 30 days) play support_outreach }
  otherwise steady "Steady"
}

outcome reached of account = any(meetings in next 30 days)

experiment foretold "Do contracts that end say more?" {
  incumbent attention
  candidate attention_x
  backtest as of 2025-05-01, 2025-08-01, 2025-11-01
  primary churned_90d, lower is better, detect 0.3%
}

experiment tried "Do its calls keep them?" {
  incumbent attention
  candidate attention_x
  pilot seed "tried-2026" starts 2026-02-01 until 2026-05-01
  primary churned_90d, lower is better, detect 4 points in D
  looks as of 2026-05-04, 2026-08-03
  at most 40 weeks, 9000 accounts
}

experiment replayed "Would outreach have kept them?" {
  incumbent attention
  candidate attention_r
  replay from plays_log(play: play, probability: probability)
    as of 2025-05-01, 2025-08-01, 2025-11-01, 2026-02-01, 2026-05-01, 2026-08-01
  primary churned_90d, lower is better
}

experiment unsupported "Would calls have kept them?" {
  incumbent attention
  candidate attention_x
  replay from plays_log(play: play, probability: probability) as of 2025-08-01, 2025-11-01, 2026-02-01, 2026-05-01
  primary churned_90d, lower is better
}
"""


@pytest.fixture(scope="module", params=[30_000])
def made(request: pytest.FixtureRequest) -> world.World:
    """The world, of as many accounts as the verdict of a test takes."""
    return world.generate(request.param, 7)


@pytest.fixture
def company(tmp_path: Path, made: world.World) -> Path:
    """The example workspace over this world, without what is proposed there."""
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    plays = tmp_path / "rules" / "plays.seg"
    plays.write_text(plays.read_text(encoding="utf-8").replace(", capacity: 40", ""), encoding="utf-8")
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "calls.seg").write_text(CANDIDATES, encoding="utf-8")
    at(tmp_path, "2026-11-01")
    exports.write(made, tmp_path / "data", tables=exports.SEEN)
    return tmp_path


def at(folder: Path, day: str) -> None:
    text = (ROOT / "segdsl.toml").read_text(encoding="utf-8")
    text = (
        text.replace("snapshot = 2026-11-01", f"snapshot = {day}")
        .replace("rules/data/", "data/")
        .replace(".csv", ".parquet")
    )
    (folder / "segdsl.toml").write_text(text, encoding="utf-8")


def told(folder: Path, name: str, code: int | None = None) -> Any:
    result = call("experiment", "run", name, "--format", "json", cwd=folder)
    assert code is None or result.exit_code == code, result.output
    return json.loads(result.stdout)


def truth_of(made: world.World) -> pd.DataFrame:
    frame = pd.DataFrame(made.tables["truth_outcomes"])
    return frame.assign(day=pd.to_datetime(frame["decided_at"]).dt.date.astype(str)).set_index(["account_id", "day"])


def churn(truth: pd.DataFrame, unit: str, day: str, play: str) -> tuple[float, float]:
    """(if nothing arrives, if the play does); no play does anything that isn't in the truth."""
    if (unit, day) not in truth.index:
        return 0.0, 0.0
    row = truth.loc[(unit, day)]
    none = float(row["churn_none"])
    return none, float(row[f"churn_{play}"]) if f"churn_{play}" in row else none


def exposures(folder: Path) -> list[dict[str, str]]:
    with (folder / "experiments" / "exposures" / "tried.csv").open(encoding="utf-8") as file:
        return [r for r in csv.DictReader(file) if r["differs"] == "true" and r["arm"] in ("attention", "attention_x")]


def lived(folder: Path, made: world.World, day: str) -> tuple[float, int]:
    """What becomes of those who entered on a day, by the play of their arm: the accounts as they are three months later. Returns the sum of what
    the candidate's plays change on average, and of how many."""
    truth, rng = truth_of(made), np.random.default_rng(3)
    accounts = pd.read_parquet(folder / "data" / "accounts.parquet").set_index("account_id")
    total, count = 0.0, 0
    for row in exposures(folder):
        if row["entered"] != day:
            continue
        outcome = {arm: churn(truth, row["unit"], day, row[f"play of {arm}"]) for arm in ("attention", "attention_x")}
        total += sum(
            sign * (DELIVERED * o[1] + (1 - DELIVERED) * o[0])
            for sign, o in ((1, outcome["attention_x"]), (-1, outcome["attention"]))
        )
        count += 1
        gone = outcome[row["arm"]][int(rng.random() < DELIVERED)]
        when = pd.Timestamp(day) + pd.Timedelta(days=int(rng.integers(5, 85)))
        accounts.loc[row["unit"], "ended_at"] = when if gone else pd.NaT
    accounts.reset_index().to_parquet(folder / "data" / "accounts.parquet")
    return total, count


@pytest.mark.long
def test_from_the_backtest_to_the_promotion(company: Path, made: world.World) -> None:
    at(company, "2026-02-01")
    foretold = told(company, "foretold", 0)
    assert foretold["verdict"] == "PROMOTE TO PILOT"
    assert "only a pilot can tell" in call("promote", "attention_x", cwd=company).output
    designed = call("experiment", "design", "tried", cwd=company)
    assert designed.exit_code == 0 and "is found with a chance of" in designed.output, designed.output
    total = count = 0.0
    for day in ("2026-02-01", "2026-05-01"):
        at(company, day)
        assert call("experiment", "assign", "tried", "--output", "lists", cwd=company).exit_code == 0
        if day == "2026-02-01":
            waiting = told(company, "tried", 1)
            assert waiting["verdict"] == "CONTINUE" and waiting["primary"] is None
        changed, n = lived(company, made, day)
        total, count = total + changed, count + n
    at(company, "2026-05-20")
    first = told(company, "tried")
    at(company, "2026-11-01")
    last = told(company, "tried")
    assert last["looks"][0] == first["looks"][0]
    assert last["primary"]["low"] < total / count < last["primary"]["high"]
    assert last["verdict"] == "PROMOTE", last["sentence"]
    promoted = call("promote", "attention_x", cwd=company)
    assert promoted.exit_code == 0, promoted.output
    assert call("promote", "--check", cwd=company).exit_code == 0


@pytest.mark.long
@pytest.mark.parametrize("made", [10_000], indirect=True)
def test_by_a_replay_of_the_log(company: Path, made: world.World) -> None:
    found = told(company, "replayed")
    truth, changes = truth_of(made), []
    days = ("2025-05-01", "2025-08-01", "2025-11-01", "2026-02-01", "2026-05-01", "2026-08-01")
    for day, places in placed(company, ["attention", "attention_r"], days).items():
        differ = places[(places["attention"] == "steady") & (places["attention_r"] == "leaving")]
        for unit in differ.index:
            if (unit, day) in truth.index:
                none, with_play = churn(truth, unit, day, "support_outreach")
                changes.append(DELIVERED * (with_play - none))
    for estimate in (found["primary"], found["doubly_robust"]):
        assert estimate["low"] < np.mean(changes) < estimate["high"]
    assert round(found["primary"]["d"] * int(found["validity"]["log"]["said"].split()[0].replace(",", ""))) == len(
        changes
    )


@pytest.mark.long
@pytest.mark.parametrize("made", [10_000], indirect=True)
def test_a_play_that_some_could_not_have_got_is_refused(company: Path) -> None:
    """Healthy accounts were never called: the log's probabilities say so by their weights alone."""
    found = told(company, "unsupported", 3)
    assert not found["validity"]["support"]["ok"] and "could not have got it" in found["sentence"], found["sentence"]
