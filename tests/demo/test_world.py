"""The demo's world: its figures recomputed from its tables, by pandas, and the same bytes for the same seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segdsl.demo import world as w
from segdsl.demo.exports import write

Frames = dict[str, pd.DataFrame]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Frames:
    """As they lie in the Parquet files."""
    folder = tmp_path_factory.mktemp("world")
    write(w.generate(20_000, 7), folder)
    return {p.stem: pd.read_parquet(p) for p in folder.glob("*.parquet")}


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(w.generate(400, 3), tmp_path / name)
    write(w.generate(400, 4), tmp_path / "c")
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes(), file.name
    assert (tmp_path / "a" / "logins.parquet").read_bytes() != (tmp_path / "c" / "logins.parquet").read_bytes()


def test_its_size_is_what_it_says(tables: Frames) -> None:
    events = sum(len(tables[t]) for t in ("logins", "feature_uses", "tickets", "invoices", "meetings", "surveys"))
    assert len(tables["accounts"]) == 20_000
    assert 1_900_000 < events < 2_400_000
    per_account = tables["logins"]["user_id"].str.rsplit("-", n=1).str[0].value_counts()
    assert (
        per_account.head(len(per_account) // 10).sum() > 0.35 * per_account.sum()
    )  # skew: the top tenth has over a third


def logit(p: pd.Series) -> pd.Series:
    return np.log(p / (1 - p))


def test_effects_are_those_of_the_plan(tables: Frames) -> None:
    """Potential outcomes of all account-quarters: log-odds of each play against none, within the band."""
    would = tables["truth_outcomes"]
    rates = would.groupby("band")[[f"churn_{p}" for p in w.PLAYS]].mean()
    for i, band in enumerate(w.BANDS):
        for j, play in enumerate(w.PLAYS):
            seen = logit(rates[f"churn_{play}"])[band] - logit(rates["churn_none"])[band]
            assert seen == pytest.approx(w.EFFECT[i, j], abs=0.12), (band, play)  # health varies within a band


def test_the_past_is_a_coin_with_the_probabilities_it_says(tables: Frames) -> None:
    log = tables["plays_log"].merge(tables["truth_outcomes"], on=["account_id", "decided_at"])
    assert len(log) == len(tables["plays_log"])
    for i, band in enumerate(w.BANDS):
        own = log[log["band"] == band]
        for j, play in enumerate(w.PLAYS):
            share, p = (own["play"] == play).mean(), w.PROPENSITY[i, j]
            assert abs(share - p) <= 4 * np.sqrt(p * (1 - p) / len(own)), (band, play)
            assert (own.loc[own["play"] == play, "probability"] == p).all()
    played = log[log["play"] != "none"]
    assert played["delivered"].mean() == pytest.approx(w.DELIVERED, abs=0.01)
    assert played["delivered_at"].isna().eq(~played["delivered"]).all()


def test_what_happened_is_what_would_have_happened(tables: Frames) -> None:
    """The outcome of the play that was delivered came true, on a day within its quarter."""
    log = (
        tables["plays_log"]
        .merge(tables["truth_outcomes"], on=["account_id", "decided_at"])
        .merge(tables["accounts"][["account_id", "ended_at"]])
    )
    effective = log["play"].where(log["delivered"], "none")
    would = np.select([effective == p for p in w.PLAYS], [log[f"churn_{p}"] for p in w.PLAYS])
    told = log["account_id"] != "northwind"  # whose story is fixed
    assert (would.astype(bool) == log["churned"])[told].all()
    end = log["decided_at"] + pd.DateOffset(months=3)
    ended_in_quarter = (log["ended_at"] >= log["decided_at"]) & (log["ended_at"] < end)
    assert (ended_in_quarter == log["churned"]).all()
    churned = tables["accounts"]["status"] == "churned"
    assert (churned == tables["accounts"]["ended_at"].notna()).all()


def test_weighting_the_log_finds_the_effect(tables: Frames) -> None:
    """Inverse propensity weighting, assigned plays against none, among accounts in poor health."""
    log = tables["plays_log"].merge(tables["truth_outcomes"], on=["account_id", "decided_at"])
    poor = log[log["band"] == "poor"]
    ours, none = (poor[poor["play"] == p] for p in ("exec_call", "none"))
    found = (ours["churned"] / ours["probability"]).sum() / len(poor) - (
        none["churned"] / none["probability"]
    ).sum() / len(poor)
    true = w.DELIVERED * (poor["churn_exec_call"].mean() - poor["churn_none"].mean())
    se = np.sqrt(
        (ours["churned"] / ours["probability"]).var() * len(ours)
        + (none["churned"] / none["probability"]).var() * len(none)
    ) / len(poor)
    assert abs(found - true) < 4 * se
    assert found < -2 * se


def test_churn_follows_health(tables: Frames) -> None:
    rates = tables["truth_outcomes"].groupby("band")["churned"].mean()
    assert rates["poor"] > 2 * rates["fair"] > 4 * rates["good"]


def test_the_season_is_in_the_logins(tables: Frames) -> None:
    """Logins of a month over those of the accounts' mean month, both years together, against the plan's."""
    logins = tables["logins"]
    kept = tables["accounts"][
        (tables["accounts"]["created_at"] < "2024-11-01") & tables["accounts"]["ended_at"].isna()
    ]["account_id"]
    own = logins[logins["user_id"].str.rsplit("-", n=1).str[0].isin(kept)]
    by_month = own["occurred_at"].dt.month.value_counts().sort_index()
    seen = by_month / by_month.mean()
    assert np.corrcoef(seen, w.SEASON)[0, 1] > 0.97
    assert seen[12] / seen[11] == pytest.approx(w.SEASON[11] / w.SEASON[10], abs=0.04)
    weekend = own["occurred_at"].dt.day_of_week >= 5
    assert weekend.mean() < 0.1


def test_nothing_happens_outside_a_life(tables: Frames) -> None:
    life = tables["accounts"][["account_id", "created_at", "ended_at"]]
    for table, at in (("tickets", "opened_at"), ("invoices", "due_date"), ("plays_log", "decided_at")):
        rows = tables[table].merge(life, on="account_id")
        when = pd.to_datetime(rows[at])
        assert (when > rows["created_at"]).all(), table
        assert ((when < rows["ended_at"]) | rows["ended_at"].isna()).all(), table
    late = (tables["feature_uses"]["loaded_at"] - tables["feature_uses"]["used_at"]) > pd.Timedelta(hours=12)
    assert late.mean() == pytest.approx(0.02, abs=0.002)
    versions = tables["account_versions"].merge(
        tables["accounts"][["account_id", "arr"]], on="account_id", suffixes=("", "_now")
    )
    now = versions[versions["valid_to"].isna()]
    assert len(now) == 20_000
    assert (now["arr"] == now["arr_now"]).all()
