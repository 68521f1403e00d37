"""The same answers by hand, each as a program of its own: python -m benchmarks.nightly.peers NAME FOLDER OUT SIZES [DATE].

`FOLDER` has the tables, `OUT` is the file to write (Spark writes a folder), and the tables are of the kind that `OUT` is, or Parquet.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.nightly.workload import AS_OF, MONEY, Condition, Workload


def duckdb(work: Workload, folder: Path, out: Path, as_of: dt.date) -> None:
    """One query, written by DuckDB itself."""
    import duckdb

    ending = "csv" if (folder / "account.csv").exists() else "parquet"
    how = "FORMAT parquet" if out.suffix == ".parquet" else "FORMAT csv, HEADER true"
    query = work.query(f"'{folder}/account.{ending}'", f"'{folder}/events.{ending}'", as_of)
    duckdb.connect().execute(f"COPY ({query}) TO '{out}' ({how})")


def polars(work: Workload, folder: Path, out: Path, as_of: dt.date) -> None:
    """One lazy query, with a sink."""
    import polars as pl

    scan: Callable[[str], Any] = lambda name: (  # noqa: E731
        pl.scan_csv(folder / f"{name}.csv", try_parse_dates=True)
        if (folder / f"{name}.csv").exists()
        else pl.scan_parquet(folder / f"{name}.parquet")
    )
    account, events = scan("account"), scan("events")
    if work.aggregates:
        start = lambda days: dt.datetime.combine(as_of - dt.timedelta(days), dt.time())  # noqa: E731
        at, kind_of = pl.col("occurred_at"), pl.col("kind")
        longest = max(days for _, _, days in work.aggregates)
        counts = [
            ((kind_of == kind) & (at >= start(days))).sum().cast(pl.Int64).alias(n) for n, kind, days in work.aggregates
        ]
        of_each = events.filter((at >= start(longest)) & (at < start(0))).group_by("account_id").agg(counts)
        account = account.join(of_each, on="account_id", how="left").with_columns(
            pl.col(n).fill_null(0) for n, _, _ in work.aggregates
        )

    def holds(c: Condition) -> Any:
        column = pl.col(c.column)
        if c.values:
            return column.is_in(c.values)
        if c.days is not None:
            return (column >= as_of) & (column < as_of + dt.timedelta(c.days))
        return column >= c.least

    conditions = [pl.all_horizontal([holds(c) for c in cs]) for cs in work.conditions]
    names = [*work.arm_names, *(f"s{i}" for i in range(work.segments))]
    motion = pl.when(pl.col("status").fill_null("churned") == "churned").then(None)
    for name in work.arm_names:
        motion = motion.when(pl.col(name)).then(pl.lit(name))
    unknown = pl.any_horizontal([pl.col(n).is_null() for n in work.arm_names])
    motion = motion.when(unknown).then(pl.lit("check")).otherwise(pl.lit("steady")).alias("motion")
    answer = (
        account.with_columns(c.alias(n) for c, n in zip(conditions, names, strict=True))
        .with_columns(motion)
        .select(work.answers)
    )
    (answer.sink_parquet if out.suffix == ".parquet" else answer.sink_csv)(out)


def pandas(work: Workload, folder: Path, out: Path, as_of: dt.date) -> None:
    """Masks over nullable columns, and one group by and count for each kind and window."""
    import numpy as np
    import pandas as pd

    if (folder / "account.csv").exists():
        account = pd.read_csv(folder / "account.csv", parse_dates=["renewal"], dtype_backend="numpy_nullable")
        events = pd.read_csv(folder / "events.csv", parse_dates=["occurred_at"])
    else:
        columns = ["account_id", *{c.column for cs in work.conditions for c in cs} - {n for n, _, _ in work.aggregates}]
        account = pd.read_parquet(
            folder / "account.parquet", columns=list({*columns, "status"}), dtype_backend="numpy_nullable"
        )
        account["renewal"] = pd.to_datetime(account["renewal"])
        account = account.astype({c: "Float64" for c in MONEY if c in account})  # exact for what is compared here
        events = pd.read_parquet(folder / "events.parquet")
    day = pd.Timestamp(as_of)
    for name, kind, days in work.aggregates:
        rows = events[
            (events["kind"] == kind)
            & (events["occurred_at"] >= day - pd.Timedelta(days=days))
            & (events["occurred_at"] < day)
        ]
        account[name] = account["account_id"].map(rows.groupby("account_id").size()).fillna(0).astype("int64")

    def holds(c: Condition) -> Any:
        column = account[c.column]
        if c.values:
            return column.isin(c.values).astype("boolean").mask(column.isna())
        if c.days is not None:
            return ((column >= day) & (column < day + pd.Timedelta(days=c.days))).astype("boolean").mask(column.isna())
        return (column >= c.least).astype("boolean")

    conditions = []
    for cs in work.conditions:
        both = holds(cs[0])
        for c in cs[1:]:
            both = both & holds(c)
        conditions.append(both)
    arms = conditions[: work.arms]
    unknown = np.logical_or.reduce([c.isna() for c in arms])
    motion = np.select(
        [c.fillna(False).to_numpy(bool) for c in arms] + [unknown], [*work.arm_names, "check"], default="steady"
    )
    frame = pd.DataFrame(
        {"account_id": account["account_id"], "motion": pd.Series(motion).mask(account["status"].eq("churned"))}
    )
    for i, c in enumerate(conditions[work.arms :]):
        frame[f"s{i}"] = c
    if out.suffix == ".parquet":
        frame.to_parquet(out, index=False)
    else:
        frame.to_csv(out, index=False)


def spark(work: Workload, folder: Path, out: Path, as_of: dt.date) -> None:
    """The query of `duckdb`, on two cores."""
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.driver.memory", "4g")
        .getOrCreate()
    )
    for name in ("account", "events"):
        session.read.parquet(str(folder / f"{name}.parquet")).createOrReplaceTempView(name)
    session.sql(work.query("account", "events", as_of)).write.mode("overwrite").parquet(str(out))


PEERS = {peer.__name__: peer for peer in (duckdb, polars, pandas, spark)}

if __name__ == "__main__":
    peer, tables, written, sizes, *day = sys.argv[1:]
    workload = Workload(*(int(n) for n in sizes.split(",")))
    PEERS[peer](workload, Path(tables), Path(written), dt.date.fromisoformat(day[0]) if day else AS_OF)
