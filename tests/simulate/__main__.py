"""`make simulate`: 10,000 runs a cell, into results.txt; ends with 1 where a share lies outside of its borders."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.simulate.cells import CELLS, Found, holm_runs, run

RESULTS = Path(__file__).parent / "results.txt"
RUNS = int(os.environ.get("SEGDSL_RUNS", "10000"))


def line(f: Found) -> str:
    c = f.cell
    shares = [
        f"promoted {f.promoted:7.2%}{_asked(c.promoted)}",
        f"falsely {f.false:7.2%}{_asked(c.false)}",
        f"covers {f.covers:7.2%}{_asked(c.covers)}",
        f"p < 5 % {f.error:7.2%}",
        f"above 0 {f.pooled:7.2%}",
        f"answered {f.answered:7.2%}{_asked(c.answered)}",
    ]
    power = f"  power {f.power:.2%}, designed {f.designed:.2%}" if c.as_designed is not None else ""
    return f"{c.name:40} {'  '.join(shares)}  true gain {f.gain:+.6f}{power}"


def _asked(borders: tuple[float, float] | None) -> str:
    return "" if borders is None else f" ({borders[0]:.1%} to {borders[1]:.1%})"


def main() -> int:
    started = time.monotonic()
    with ProcessPoolExecutor(int(os.environ.get("SEGDSL_WORKERS", "2"))) as pool:
        found = []
        holm = pool.submit(holm_runs, RUNS // 5)
        for f in pool.map(_one, range(len(CELLS))):
            found.append(f)
            print(line(f), flush=True)
        together, alone = holm.result()
    wrong = [w for f in found for w in f.wrong()]
    lines = [
        f"{RUNS:,} runs a cell; `p < 5 %` is two-sided, of the mean gain being 0; `above 0` is its interval, whatever else is asked", "", *map(line, found), "",
        f"five candidates of nothing, {RUNS // 5:,} runs: one is promoted falsely in {together:.2%} by Holm, in {alone:.2%} if each is judged alone",
        "", *(wrong or ["every share lies within its borders (99.9 %)"]),
    ]  # fmt: skip
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines[-3:]))
    print(f"{(time.monotonic() - started) / 60:.1f} minutes", file=sys.stderr)
    return 1 if wrong else 0


def _one(number: int) -> Found:
    return run(number, RUNS)


if __name__ == "__main__":
    sys.exit(main())
