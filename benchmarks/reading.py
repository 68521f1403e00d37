"""Read a CSV file with formatted dates and amounts, by segdsl, by pandas and by DuckDB's sniffer. Run: python benchmarks/reading.py

All three must give the same sum and the same newest day, which are printed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import duckdb
import pandas as pd

from benchmarks.measure import medians, table
from segdsl.engines import DataRequest
from segdsl.engines.duckdb import DuckDB
from segdsl.model.dependencies import Needed
from segdsl.workspace.load import load_workspace, sound

ROWS = 3_000_000
MODEL = "entity account { account_id: integer key  renewal: date  arr: money(USD)  active: boolean }"
TOML = '[sources.default.formats]\ndate = "DD/MM/YYYY"\nnumber = "1,234.56"\n[sources.default.tables]\naccount = "accounts.csv"\n'


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _write(folder)
        path = folder / "accounts.csv"
        ways = {
            "segdsl": lambda: ours(folder),
            "pandas": lambda: by_pandas(path),
            "DuckDB's guess": lambda: by_duckdb(path),
        }
        print(f"{ROWS:,} rows, {path.stat().st_size / 1e6:,.0f} MB")
        for name, way in ways.items():
            print(f"  {name}: sum of arr and newest renewal {way()}")
        print(table(medians(ways, rounds=5), "pandas"))


def _write(folder: Path) -> None:
    (folder / "model.seg").write_text(MODEL, encoding="utf-8")
    (folder / "segdsl.toml").write_text(TOML, encoding="utf-8")
    with duckdb.connect() as con:
        con.execute(
            f"""COPY (SELECT i AS account_id, strftime(DATE '2024-01-01' + CAST((i * 37) % 900 AS INTEGER), '%d/%m/%Y') AS renewal,
                      CASE WHEN i % 100000 = 7 THEN 'tbd' ELSE '$' || format('{{:,}}', (i * 7919) % 250000) || '.50' END AS arr,
                      CASE WHEN i % 3 = 0 THEN 'Yes' ELSE 'No' END AS active
                FROM range({ROWS}) t(i)) TO '{folder / "accounts.csv"}' (HEADER)"""
        )


def ours(folder: Path) -> tuple[Any, ...]:
    workspace = sound(load_workspace(folder))
    fields = Needed({"account": {"account_id", "renewal", "arr", "active"}})
    engine = DuckDB.attach(DataRequest(workspace.model.schema, workspace.config.sources["default"], folder, fields))
    total, newest = engine.con.execute("SELECT sum(arr), max(renewal) FROM account").fetchall()[0]
    return round(total / 100, 2), str(newest)


def by_pandas(path: Path) -> tuple[Any, ...]:
    """Read with pandas, with conversions as one would write them by hand."""
    frame = pd.read_csv(path, dtype={"arr": "string"}, true_values=["Yes"], false_values=["No"])
    renewal = pd.to_datetime(frame["renewal"], format="%d/%m/%Y")
    arr = pd.to_numeric(frame["arr"].str.replace("[$,]", "", regex=True), errors="coerce")
    return round(float(arr.sum()), 2), str(renewal.max().date())


def by_duckdb(path: Path) -> tuple[Any, ...]:
    """Read with DuckDB's sniffer, given the date format; convert amounts by hand."""
    with duckdb.connect() as con:
        con.execute(
            f"CREATE TABLE t AS FROM read_csv('{path}', dateformat = '%d/%m/%Y', types = {{'renewal': 'DATE'}})"
        )
        total, newest = con.execute(
            "SELECT sum(TRY_CAST(replace(replace(arr, '$', ''), ',', '') AS DECIMAL(18, 2))), max(renewal) FROM t"
        ).fetchall()[0]
        return round(float(total), 2), str(newest)


if __name__ == "__main__":
    main()
