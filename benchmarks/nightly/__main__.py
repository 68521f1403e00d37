"""Measure `segdsl run` beside the same answers by hand, each as a whole process, in turns.

    python -m benchmarks.nightly --customers 100000 1000000 --rounds 3 --json nightly.json
    python -m benchmarks.nightly.plots nightly.json

Every answer is compared before a time is printed. Peers whose library isn't installed are left out, by name.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path

import duckdb

from benchmarks.nightly.workload import AS_OF, Workload

LIBRARIES = {"duckdb": "duckdb", "polars": "polars", "pandas": "pandas", "spark": "pyspark"}
BASE = "DuckDB by hand"
PEERS = {BASE: "duckdb", "polars, lazy": "polars", "pandas masks": "pandas", "PySpark by hand": "spark"}


@dataclass(frozen=True)
class Measurement:
    """One process: seconds that passed, seconds of the processor, and the largest resident memory in MB."""

    seconds: float
    processor: float
    memory: float


def measure(command: Sequence[str], folder: Path, ends: Sequence[int] = (0,)) -> Measurement:
    """Run a command in a folder to its end. Raises RuntimeError with its output where it doesn't end with one of `ends`."""
    import time

    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        pid = os.posix_spawn(
            command[0],
            list(command),
            os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "PWD": str(folder)},
            file_actions=[(os.POSIX_SPAWN_DUP2, output.fileno(), 1), (os.POSIX_SPAWN_DUP2, output.fileno(), 2)],
        )
        _, status, usage = os.wait4(pid, 0)
        seconds = time.perf_counter() - start
        if os.waitstatus_to_exitcode(status) not in ends:
            output.seek(0)
            raise RuntimeError(f"{' '.join(command)}\n{output.read().decode(errors='replace')}")
    return Measurement(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def rounds(work: Workload, folder: Path, ending: str, peers: Sequence[str], count: int) -> dict[str, list[Measurement]]:
    """Measure each alternative `count` times, in turns, over tables that end in `ending`; the first answers are compared."""
    work.make(folder, ending)
    work.write_workspace(folder, ending)
    python = sys.executable
    run = [python, "-m", "segdsl", "run", "--workspace", str(folder)]
    today, later = ["--as-of", AS_OF.isoformat()], ["--as-of", "2026-11-08"]
    state, first = folder / ".segdsl", folder / "first"
    measured: dict[str, list[Measurement]] = {}

    def note(name: str, command: Sequence[str]) -> None:
        measured.setdefault(name, []).append(measure(command, folder))
        print(f"  {name}: {measured[name][-1].processor:.2f}", file=sys.stderr, flush=True)

    for _ in range(count):
        for name in peers:
            out = folder / f"{PEERS[name]}.{ending}"
            sizes = ",".join(str(n) for n in astuple(work))
            note(name, [python, "-m", "benchmarks.nightly.peers", PEERS[name], str(folder), str(out), sizes])
        shutil.rmtree(state, ignore_errors=True)
        note("segdsl, no ledger", [*run, *today, "--no-ledger", "--output", str(folder / f"ours.{ending}")])
        shutil.rmtree(state, ignore_errors=True)
        note("segdsl, first run", [*run, *today, "--output", str(folder / f"ours-first.{ending}")])
        if not first.exists():
            shutil.copytree(state, first)
        note("segdsl, a week later", [*run, *later, "--output", str(folder / f"ours-later.{ending}")])
        if len(measured["segdsl, no ledger"]) == 1:
            _compare(work, folder, ending, peers)
    return measured


def _compare(work: Workload, folder: Path, ending: str, peers: Sequence[str]) -> None:
    """Compare the answers of all alternatives with those of the first peer. Raises RuntimeError where a row differs."""
    con = duckdb.connect()
    columns = ", ".join(work.answers[1:])

    def answers(name: str, key: str = "account_id") -> str:
        path = folder / f"{name}.{ending}"
        file = (
            f"read_csv('{path}', all_varchar = true)"
            if ending == "csv"
            else f"'{path}{'/*.parquet' if path.is_dir() else ''}'"
        )
        return f"SELECT CAST({key} AS BIGINT) AS account_id, {columns if ending != 'csv' else ', '.join(f'lower({c}) AS {c}' for c in work.answers[1:])} FROM {file}"

    names = [answers(PEERS[p]) for p in peers] + [answers("ours", "entity_id"), answers("ours-first", "entity_id")]
    for other in names[1:]:
        for a, b in ((names[0], other), (other, names[0])):
            differing = con.execute(f"SELECT count(*) FROM ({a} EXCEPT ALL {b})").fetchone()
            if differing != (0,):
                raise RuntimeError(f"{differing} rows differ:\n{a}\n{b}")


def main() -> None:
    """Measure what the arguments say, print a table a size, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--each", type=int, default=16, help="events a customer")
    parser.add_argument("--counts", type=int, nargs="+", default=[16], help="counts of events, 0 to 56")
    parser.add_argument("--segments", type=int, nargs="+", default=[10])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--csv", action="store_true", help="CSV files in and out, in place of Parquet")
    parser.add_argument("--peers", nargs="+", choices=sorted(LIBRARIES), default=["duckdb", "polars", "pandas"])
    parser.add_argument("--json", type=Path, help="where to keep all figures; others in it stay")
    arguments = parser.parse_args()
    ending = "csv" if arguments.csv else "parquet"
    peers = [
        name for name, peer in PEERS.items() if peer in arguments.peers and importlib.util.find_spec(LIBRARIES[peer])
    ]
    for name, peer in PEERS.items():
        if peer in arguments.peers and name not in peers:
            print(f"left out: {name} (no {LIBRARIES[peer]})", file=sys.stderr)
    kept = json.loads(arguments.json.read_text()) if arguments.json and arguments.json.exists() else []
    for customers in arguments.customers:
        for counts in arguments.counts:
            for segments in arguments.segments:
                work = replace(Workload(), customers=customers, each=arguments.each, counts=counts, segments=segments)
                with tempfile.TemporaryDirectory() as folder:
                    measured = rounds(work, Path(folder), ending, peers, arguments.rounds)
                print(_table(work, ending, measured, arguments.rounds), flush=True)
                kept.append(
                    {"ending": ending} | asdict(work) | {n: [asdict(m) for m in ms] for n, ms in measured.items()}
                )
                if arguments.json:
                    arguments.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def _table(work: Workload, ending: str, measured: dict[str, list[Measurement]], count: int) -> str:
    """A Markdown table of medians, with ratios to the first alternative."""
    median = {
        name: [statistics.median(getattr(m, what) for m in ms) for what in ("seconds", "processor", "memory")]
        for name, ms in measured.items()
    }
    base = next(iter(median.values()))
    lines = [
        f"{work.customers:,} customers, {work.customers * work.each:,} events, {work.arms + work.segments} rules, {work.counts} counts, "
        f"{'CSV' if ending == 'csv' else 'Parquet'}; medians of {count}; all answers the same",
        "| whole process | seconds | times | processor | times | MB |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {s:.2f} | {s / base[0]:.2f} | {p:.2f} | {p / base[1]:.2f} | {m:,.0f} |"
        for name, (s, p, m) in median.items()
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
