"""The two example workspaces, and a public data set read as a new user would."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from segdsl import demo
from tests.support.cli import as_json, call
from tests.support.paths import ROOT


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    package = demo.journey_package()
    assert package is not None, "the extra `examples` is part of the test set-up"
    return demo.prepare_journey(tmp_path_factory.mktemp("journey"), package)


@pytest.fixture(scope="module")
def assigned(journey: Path) -> pd.DataFrame:
    result = call("run", "--as-of", "2018-01-01", "-o", "out.csv", cwd=journey)
    assert result.exit_code == 0
    return pd.read_csv(journey / "out.csv", dtype={"entity_id": int}).set_index("entity_id").sort_index()


@pytest.fixture(scope="module")
def purchases(journey: Path) -> pd.DataFrame:
    """As pandas reads it; amounts in whole cents, which is what the tills wrote."""
    frame = pd.read_parquet(journey / "data" / "purchases.parquet")
    frame["cents"] = (frame["sales_value"] * 100).round().astype("int64")
    return frame[frame["transaction_timestamp"] < "2018-01-01"].rename(columns={"transaction_timestamp": "at"})


def since(frame: pd.DataFrame, start: str, end: str = "2018-01-01") -> pd.DataFrame:
    return frame[(frame["at"] >= start) & (frame["at"] < end)]


@pytest.mark.long
def test_loyalty_tiers_are_those_of_pandas(assigned: pd.DataFrame, purchases: pd.DataFrame) -> None:
    spend = since(purchases, "2017-01-01").groupby("household_id")["cents"].sum().reindex(assigned.index, fill_value=0)
    baskets = (
        since(purchases, "2017-10-01")
        .groupby("household_id")["basket_id"]
        .nunique()
        .reindex(assigned.index, fill_value=0)
    )
    tier = pd.Series("bronze", index=assigned.index)
    tier[spend >= 100_000] = "silver"
    tier[spend >= 250_000] = "gold"
    tier[(spend >= 500_000) & (baskets >= 20)] = "platinum"
    assert assigned["loyalty"].value_counts().to_dict() == tier.value_counts().to_dict()
    assert (assigned["loyalty"] == tier).all()


@pytest.mark.long
def test_lifecycle_is_that_of_pandas(assigned: pd.DataFrame, purchases: pd.DataFrame) -> None:
    first = purchases.groupby("household_id")["at"].min().reindex(assigned.index)
    recent = since(purchases, "2017-11-02").groupby("household_id").size().reindex(assigned.index, fill_value=0)
    quarter = (
        since(purchases, "2017-10-01").groupby("household_id")["cents"].sum().reindex(assigned.index, fill_value=0)
    )
    before = (
        since(purchases, "2017-07-01", "2017-10-01")
        .groupby("household_id")["cents"]
        .sum()
        .reindex(assigned.index, fill_value=0)
    )
    stage = pd.Series("steady", index=assigned.index)
    stage[(before >= 15_000) & (quarter * 3 < before * 2)] = "lapsing"
    stage[recent == 0] = "lapsed"
    stage[first >= "2017-10-03"] = "new"
    stage[first.isna()] = "unclear"
    assert (assigned["lifecycle"] == stage).all()


@pytest.mark.slow
def test_free_segments_are_those_of_pandas(assigned: pd.DataFrame, purchases: pd.DataFrame, journey: Path) -> None:
    year = since(purchases, "2017-01-01")
    spend = year.groupby("household_id")["cents"].sum()
    produce = (
        year[year["department"] == "PRODUCE"].groupby("household_id")["cents"].sum().reindex(spend.index, fill_value=0)
    )
    size = pd.read_parquet(journey / "data" / "demographics.parquet").set_index("household_id")["household_size"]
    large = size[size.isin(["3", "4", "5+"])].index
    much = produce.index[produce * 10 >= spend]
    assert set(assigned.index[assigned["families_on_produce"].eq(True)]) == set(large) & set(much)
    redeemed = pd.read_parquet(journey / "data" / "redemptions.parquet")
    often = (
        redeemed[(redeemed["redemption_date"] >= "2017-01-01") & (redeemed["redemption_date"] < "2018-01-01")]
        .groupby("household_id")
        .size()
    )
    mailed = pd.read_parquet(journey / "data" / "mailings.parquet")
    sent = mailed[
        (mailed["start_date"] >= "2017-01-01")
        & (mailed["start_date"] < "2018-01-01")
        & (mailed["campaign_type"] == "Type A")
    ]
    lovers = assigned.index[assigned["coupon_lovers"].eq(True)]
    assert set(lovers) == set(often.index[often >= 3]) & set(sent["household_id"])


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("demo")
    result = call("demo", "--output", str(folder), "--all", "--accounts", "1500", "--dirty")
    assert result.exit_code == 0
    return folder, result.output


@pytest.mark.long
def test_the_demo_tells_the_whole_story(told: tuple[Path, str]) -> None:
    folder, output = told
    for part in (
        "1,500 accounts", "rules  10 files, no findings · tests 217 passed", "conditions seen true, false and unknown 178 of 178", "99% of 406 mistakes", "since 1 Oct 2026", "steady → save", "northwind is in motion.save",
        "last one before that on 20 Sep 2026, 42 days ago", "12 orphans", "platinum", "1,469,307 purchases", "60 passed",
        "Is attention_v2 better?", "Is lifecycle_v2 better?", "PROMOTE TO PILOT: lifecycle_v2 predicts away_60d better than lifecycle; whether its plays work, only a pilot can tell", "first on each day holds 43",
    ):  # fmt: skip
        assert part in output, part
    assert (folder / "software_company" / "out" / "account.csv").is_file()
    assert (folder / "software_company" / "out" / "user.csv").is_file()
    assert (folder / "complete_journey" / "out" / "household.csv").is_file()
    for page in ("software_company/out/attention_v2.html", "complete_journey/out/lifecycle_v2.html"):
        assert (folder / page).read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.long
def test_the_dirty_exports_say_what_the_clean_tables_say(told: tuple[Path, str]) -> None:
    """A CRM's cp1252, a workbook, UTF-16, JSON, files with their columns in another order: the same answers."""
    root = told[0] / "software_company"
    rules = [
        "lifecycle",
        "health",
        "loyalty",
        "dach_accounts",
        "payment_trouble",
        "came_back",
        "security_minded",
        "daughters",
    ]
    dirty_toml = (root / "segdsl.toml").read_text(encoding="utf-8")
    for name in ("meetings", "surveys", "feature_uses", "plays_log", "contracts"):
        dirty_toml += f'\n[sources.dirty.tables.{name}]\npath = "data/{name}.parquet"\n'
    (root / "segdsl.toml").write_text(dirty_toml, encoding="utf-8")
    answers = {}
    for source in ("default", "dirty"):
        result = call(
            "run", *rules, "--as-of", "2026-11-01", "--source", source, "--no-ledger", "-o", f"{source}.csv", cwd=root
        )
        assert result.exit_code == 0, result.output
        assert "unreadable" not in result.output
        answers[source] = (root / f"{source}.csv").read_bytes()
    assert answers["default"] == answers["dirty"]


def test_the_example_data_is_what_its_generator_makes(tmp_path: Path) -> None:
    import importlib.util

    spec = importlib.util.spec_from_file_location("generate", ROOT / "rules" / "data" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    generate.main(tmp_path)
    for file in (ROOT / "rules" / "data").glob("*.csv"):
        assert (tmp_path / file.name).read_bytes() == file.read_bytes(), file.name


@pytest.mark.long
def test_the_demo_again_keeps_what_was_changed_in_it(told: tuple[Path, str]) -> None:
    """And fits two screens of 45 lines and 100 columns."""
    folder = told[0] / "software_company"
    rule = folder / "rules" / "motion.seg"
    mine = rule.read_text(encoding="utf-8") + "# mine\n"
    rule.write_text(mine, encoding="utf-8")
    again = call("demo", "--output", str(told[0]), "--accounts", "400", "--seed", "8")
    lines = again.output.split("\n")
    assert again.exit_code == 0 and len(lines) <= 90 and max(map(len, lines)) <= 100, again.output
    assert lines.index(next(x for x in lines if x.startswith("Big customers"))) <= 45
    assert (folder / "rules" / "motion.seg.before").read_text(encoding="utf-8") == mine
    assert "# mine" not in rule.read_text(encoding="utf-8")
    assert call("runs", cwd=folder).output.count("Europe/London") == 2


# -- telecom churn: columns renamed and blanks declared in the toml ------------------------

TELCO_TOML = """
[workspace]
name = "telco"
[sources.default.formats]
missing = [" "]
[sources.default.tables]
customer = {{ path = "{path}", columns = {{ customer_id = "customerID", contract = "Contract", total = "TotalCharges", churned = "Churn" }} }}
"""
TELCO_RULES = """
entity customer {
  customer_id: text key
  contract:    one of ("Month-to-month", "One year", "Two year") required
  total:       money(USD)
  churned:     boolean required
}
segmentation contracts of customer {
  segment monthly { when contract = "Month-to-month" }
  segment yearly { when contract = "One year" }
  otherwise two_years
}
segment gone of customer { when churned }
segment no_total of customer { when total is missing }
segment dear of customer { when total >= 5_000 }
"""


def test_telco_churn(public_data: Path, tmp_path: Path) -> None:
    (tmp_path / "segdsl.toml").write_text(
        TELCO_TOML.format(path=public_data.resolve() / "telco_churn.csv"), encoding="utf-8"
    )
    (tmp_path / "rules.seg").write_text(TELCO_RULES, encoding="utf-8")
    record = as_json(call("run", "--as-of", "2026-11-01", "-o", "out.csv", "--format", "json", cwd=tmp_path))
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7_043
    churn = {
        arm: round(
            sum(r["gone"] == "true" for r in rows if r["contracts"] == arm) / sum(r["contracts"] == arm for r in rows),
            3,
        )
        for arm in ("monthly", "yearly", "two_years")
    }
    assert churn == {"monthly": 0.427, "yearly": 0.113, "two_years": 0.028}
    assert round(record["rules"]["gone"]["in"] / 7_043, 4) == 0.2654
    assert record["rules"]["no_total"] == {"in": 11, "out": 7_032, "unknown": 0}
    assert record["rules"]["dear"]["unknown"] == 11
    assert record["data"][0]["missing"]["total"] == 11
    assert [f["kind"] for f in record["data"][0]["findings"]] == ["undeclared"]
