"""Measure `segdsl experiment run` beside pandas, scipy and tea-tasting by hand, each as a whole process, in turns.

By hand, in an environment of its own, since the project doesn't need tea-tasting:

    python -m venv /somewhere && /somewhere/bin/pip install . -r benchmarks/experiments.requirements.txt
    /somewhere/bin/python -m benchmarks.experiments --customers 100000 1000000 --rounds 3

A backtest at four origins over ten logins a customer, and a pilot with one yes or no of each customer. The answers of all are compared
before a time is printed: the gain with its interval, and the difference between the arms with its p.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.nightly.__main__ import Measurement, measure

ORIGINS = ("2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01")
SHRINK, WINDOW = 20.0, 90
OURS = "segdsl"
PEERS = {
    "backtest": {"pandas and scipy": "pandas"},
    "pilot": {"tea-tasting on pandas": "tea_tasting", "pandas and scipy": "pandas"},
}
WORKSPACE = """[workspace]
name = "measured"
[sources.default]
snapshot = 2026-01-01
[sources.default.tables]
account = "accounts.parquet"
logins = "logins.parquet"
user = "accounts.parquet"
exposures = "exposures.parquet"
"""
RULES = f"""
entity account from created_at to ended_at {{ account_id: integer key  created_at: timestamp  ended_at: timestamp }}
table logins of account by account_id at at {{ }}
outcome gone of account = ended_at is not missing and ended_at in next {WINDOW} days
play call "Call" {{ }}
segmentation old of account {{ segment quiet {{ when none(logins in last 30 days) play call }} otherwise rest }}
segmentation new of account candidate of old {{
  segment silent {{ when none(logins in last 90 days) play call }}
  segment rare {{ when count(logins in last 90 days) <= 2 }}
  otherwise rest
}}
experiment backtest_of_new {{
  incumbent old candidate new backtest as of {", ".join(ORIGINS)} primary gone, lower is better, detect 1%
}}

entity user {{ account_id: integer key }}
details exposures of user by account_id {{ arm: one of ("early", "late")  retained: boolean }}
outcome retained of user = exposures.retained
play sooner "Sooner" {{ }}
play later "Later" {{ }}
segmentation early of user {{ segment everybody {{ when account_id >= 0 play sooner }} undecided unclear otherwise nobody }}
segmentation late of user candidate of early {{ segment everybody {{ when account_id >= 0 play later }} undecided unclear otherwise nobody }}
experiment pilot_of_late {{
  incumbent early candidate late pilot from exposures(arm: arm, incumbent: "early", candidate: "late")
  primary retained, higher is better
}}
"""


def write(folder: Path, customers: int) -> None:
    """Write tables drawn from hashes of whole numbers, the same each time, and rules over them.

    Who logs in seldom leaves early; of the pilot's customers some 18.2% and 18.6% stay.
    """
    import duckdb

    def drawn(what: str, key: str = "i") -> str:
        return f"((hash({key} * 7919 + {sum(map(ord, what))}) % 1000003) / 1000003.0)"

    con = duckdb.connect()
    con.execute("SET preserve_insertion_order = false")
    con.execute(
        f"CREATE TABLE drawn AS SELECT i, {drawn('activity')} AS activity, TIMESTAMP '2023-01-01 12:00' + INTERVAL 1 DAY * "
        f"CAST(floor({drawn('created')} * 900) AS INTEGER) AS created_at FROM range({customers}) r(i)"
    )
    con.execute(
        "CREATE TABLE account AS SELECT i AS account_id, activity, created_at, CASE WHEN ended_at < TIMESTAMP '2026-01-01' THEN ended_at END AS ended_at "
        "FROM (SELECT *, created_at + INTERVAL 1 DAY * CAST(ceil(-ln(1 - " + drawn("ended") + ") * "
        "CASE WHEN activity < 0.3 THEN 600 ELSE 3000 END) AS INTEGER) AS ended_at FROM drawn)"
    )
    con.execute(
        f"CREATE TABLE login AS SELECT account_id, TIMESTAMP '2024-06-01 09:30' + INTERVAL 1 DAY * CAST(floor({drawn('at', '(account_id * 64 + j)')} * 579) AS INTEGER) AS at "
        "FROM account, range(20) s(j) WHERE j < 1 + 19 * activity"
    )
    exposures = f"SELECT account_id, arm, {drawn('retained', 'account_id')} < CASE arm WHEN 'early' THEN 0.182 ELSE 0.186 END AS retained FROM (SELECT account_id, CASE WHEN {drawn('arm', 'account_id')} < 0.5 THEN 'early' ELSE 'late' END AS arm FROM account)"
    for name, query in {
        "accounts": "SELECT account_id, created_at, ended_at FROM account ORDER BY account_id",
        "logins": "SELECT l.account_id, l.at FROM login l JOIN account a USING (account_id) WHERE l.at >= a.created_at AND (a.ended_at IS NULL OR l.at < a.ended_at) ORDER BY l.at, l.account_id",
        "exposures": f"{exposures} ORDER BY account_id",
    }.items():
        con.execute(f"COPY ({query}) TO '{folder / name}.parquet' (FORMAT parquet)")
    (folder / "segdsl.toml").write_text(WORKSPACE, encoding="utf-8")
    (folder / "rules.seg").write_text(RULES, encoding="utf-8")


# -- by hand ------------------------------------------------------------------------------


def backtest_by_hand(folder: Path) -> dict[str, float]:
    """Brier gain of frozen rates, each learned in the window before its origin, with an interval over customers."""
    import numpy as np
    import pandas as pd
    from scipy import stats

    accounts = pd.read_parquet(folder / "accounts.parquet").set_index("account_id")
    logins = pd.read_parquet(folder / "logins.parquet")

    def as_of(origin: pd.Timestamp) -> pd.DataFrame:
        there = accounts[
            (accounts["created_at"] <= origin) & (accounts["ended_at"].isna() | (accounts["ended_at"] > origin))
        ]
        before = logins[(logins["at"] < origin) & (logins["at"] >= origin - pd.Timedelta(days=90))]
        last_90 = before.groupby("account_id").size().reindex(there.index, fill_value=0)
        late = before[before["at"] >= origin - pd.Timedelta(days=30)]
        last_30 = late.groupby("account_id").size().reindex(there.index, fill_value=0)
        gone = (there["ended_at"] < origin + pd.Timedelta(days=WINDOW)).to_numpy(float)
        new = np.select([last_90 == 0, last_90 <= 2], [0, 1], 2)
        return pd.DataFrame({"old": (last_30 > 0).to_numpy(int), "new": new, "gone": gone}, index=there.index)

    def rates(learned: pd.DataFrame, arm: str) -> pd.Series[float]:
        sums = learned.groupby(arm)["gone"].agg(["sum", "size"])
        return (sums["sum"] + SHRINK * learned["gone"].mean()) / (sums["size"] + SHRINK)

    parts = []
    for day in ORIGINS:
        origin = pd.Timestamp(day)
        learned, scored = as_of(origin - pd.Timedelta(days=WINDOW)), as_of(origin)
        old, new = (scored[arm].map(rates(learned, arm)) for arm in ("old", "new"))
        parts.append((scored["gone"] - old) ** 2 - (scored["gone"] - new) ** 2)
    by_customer = pd.concat(parts).groupby(level=0).agg(["sum", "size"])
    gains, sizes = by_customer["sum"].to_numpy(), by_customer["size"].to_numpy()
    n, clusters = sizes.sum(), len(gains)
    gain = gains.sum() / n
    error = np.sqrt(clusters / (clusters - 1) * ((gains - gain * sizes) ** 2).sum()) / n
    half = stats.t.ppf(0.975, clusters - 1) * error
    return {"estimate": gain, "low": gain - half, "high": gain + half, "clusters": clusters}


def pilot_by_hand(folder: Path) -> dict[str, float]:
    """Difference of two shares by Welch, and whether the arms have the sizes that half and half would give."""
    import pandas as pd
    from scipy import stats

    exposures = pd.read_parquet(folder / "exposures.parquet")
    arms = [exposures.loc[exposures["arm"] == arm, "retained"].astype(float) for arm in ("late", "early")]
    return {
        "estimate": arms[0].mean() - arms[1].mean(),
        "p": stats.ttest_ind(*arms, equal_var=False).pvalue,
        "sizes": stats.chisquare([len(a) for a in arms]).pvalue,
    }


def pilot_by_tea_tasting(folder: Path) -> dict[str, float]:
    import pandas as pd

    tea: Any = importlib.import_module("tea_tasting")
    exposures = pd.read_parquet(folder / "exposures.parquet")
    exposures["retained"] = exposures["retained"].astype(float)
    experiment = tea.Experiment(retained=tea.Mean("retained"), sizes=tea.SampleRatio(), variant="arm")
    result = experiment.analyze(exposures, control="early")
    mean = result["retained"]
    return {
        "estimate": mean.treatment - mean.control,
        "p": mean.pvalue,
        "sizes": result["sizes"].pvalue,
    }


BY_HAND: dict[tuple[str, str], Callable[[Path], dict[str, float]]] = {
    ("backtest", "pandas"): backtest_by_hand,
    ("pilot", "pandas"): pilot_by_hand,
    ("pilot", "tea_tasting"): pilot_by_tea_tasting,
}


# -- in turns -----------------------------------------------------------------------------


def answer_of(kind: str, evidence: dict[str, Any]) -> dict[str, float]:
    """The figures of `segdsl experiment run` that are compared."""
    primary = evidence["primary"]
    if kind == "backtest":
        return {name: primary[name] for name in ("estimate", "low", "high", "clusters")}
    return {"estimate": primary["estimate"], "p": primary["p"]}


def compare(name: str, ours: dict[str, float], theirs: dict[str, float]) -> None:
    """Raises RuntimeError where a figure differs by more than a hundred-thousandth of it."""
    for figure, value in ours.items():
        if abs(value - theirs[figure]) > 1e-5 * abs(value):
            raise RuntimeError(f"{name}: {figure} is {value} by segdsl and {theirs[figure]} by hand")


def main() -> None:
    """Measure what the arguments say, and print a table a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kinds", nargs="+", choices=sorted(PEERS), default=sorted(PEERS))
    parser.add_argument("--by-hand", nargs=2, metavar=("KIND", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.by_hand:
        kind, folder = arguments.by_hand
        answer = BY_HAND[kind, arguments.peer](Path(folder))
        (Path(folder) / f"{kind}-{arguments.peer}.json").write_text(
            json.dumps({k: float(v) for k, v in answer.items()})
        )
        return
    for customers in arguments.customers:
        with tempfile.TemporaryDirectory() as scratch:
            write(Path(scratch), customers)
            for kind in arguments.kinds:
                print(_table(kind, Path(scratch), customers, arguments.rounds), flush=True)


def _table(kind: str, folder: Path, customers: int, rounds: int) -> str:
    """A Markdown table of medians, with ratios of the processor's seconds to the first alternative."""
    peers = {n: library for n, library in PEERS[kind].items() if importlib.util.find_spec(library)}
    ours = folder / f"{kind}-ours.json"
    name = "backtest_of_new" if kind == "backtest" else "pilot_of_late"
    command = [sys.executable, "-m", "segdsl", "experiment", "run", name, "--workspace", str(folder), "--no-record"]
    measured: dict[str, list[Measurement]] = {}
    for number in range(rounds):
        for peer, library in peers.items():
            by_hand = [
                sys.executable,
                "-m",
                "benchmarks.experiments",
                "--by-hand",
                kind,
                str(folder),
                "--peer",
                library,
            ]
            measured.setdefault(peer, []).append(measure(by_hand, folder))
        taken = measure([*command, "--format", "json", "--output", str(ours)], folder, ends=(0, 1))
        measured.setdefault(OURS, []).append(taken)
        if number == 0:
            answer = answer_of(kind, json.loads(ours.read_text(encoding="utf-8")))
            for peer, library in peers.items():
                compare(peer, answer, json.loads((folder / f"{kind}-{library}.json").read_text()))
    base = statistics.median(m.processor for m in next(iter(measured.values())))
    lines = [f"| {kind}, {customers:,} customers | seconds | processor | times | MB |", "|---|---|---|---|---|"]
    for alternative, every in measured.items():
        seconds, processor, memory = (
            statistics.median(getattr(m, what) for m in every) for what in ("seconds", "processor", "memory")
        )
        lines.append(f"| {alternative} | {seconds:.2f} | {processor:.2f} | {processor / base:.2f} | {memory:,.0f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
