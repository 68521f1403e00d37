"""The two example workspaces, and a public data set read as a new user would."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from segdsl import demo
from tests.conftest import HERE
from tests.test_cli import as_json, call

ROOT = HERE.parent


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


def test_the_demo_tells_the_whole_story(tmp_path: Path) -> None:
    result = call("demo", "--output", str(tmp_path))
    assert result.exit_code == 0
    for part in (
        "check  8 rule files, no findings",
        "17 passed",
        "northwind is in motion.save",
        "platinum",
        "1,469,307 rows",
        "3 passed",
    ):
        assert part in result.output, part
    assert (tmp_path / "software_company" / "account.csv").is_file()
    assert (tmp_path / "software_company" / "user.csv").is_file()
    assert (tmp_path / "complete_journey" / "out" / "household.csv").is_file()


def test_the_example_data_is_what_its_generator_makes(tmp_path: Path) -> None:
    import importlib.util

    spec = importlib.util.spec_from_file_location("generate", ROOT / "rules" / "data" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    generate.HERE = tmp_path
    generate.main()
    for file in (ROOT / "rules" / "data").glob("*.csv"):
        assert (tmp_path / file.name).read_bytes() == file.read_bytes(), file.name


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
    assert record["data"][0]["columns"]["total"] == {"missing": 11, "unreadable": 0, "examples": []}
