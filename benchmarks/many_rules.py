"""Measure how `segdsl check` and `segdsl fmt --check` grow with the number of segments. Run: python benchmarks/many_rules.py

Each segment has a goal, an owner, a basis, a review and three conditions, and every fifth a metric. Seconds are of the processor, which
other work on the machine disturbs least.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SIZES, ROUNDS = (100, 1_000, 10_000), 3
FILE = 1_000  # segments in a file
MODEL = """
entity account {
  account_id: text key
  plan: one of ("free", "team", "business", "enterprise") required
  arr: money(USD) required
  closed_at: timestamp
}
table events of account by account_id at occurred_at { kind: one of ("login", "ticket", "export", "invite") required }
outcome closed "Closed" of account = closed_at is not missing and closed_at in next 90 days
"""
METRIC = """
metric m{m} "Metric {m}" of account = count(events in last {days} days where kind = "{kind}")
"""
SEGMENT = """
segment s{i} "Segment {i}" of account {{
  goal "Reach the group {i}" measured by closed
  owner "cs@example.com"
  basis behavioural, firmographic
  review every 90 days, last on 2026-10-01
  when plan in ("team", "business")
   and arr > {arr}
   and m{m} >= {least}
}}
"""
KINDS = ("login", "ticket", "export", "invite")


def write(folder: Path, segments: int) -> None:
    (folder / "segdsl.toml").write_text("[workspace]\n", encoding="utf-8")
    (folder / "model.seg").write_text(MODEL, encoding="utf-8")
    for first in range(0, segments, FILE):
        text = ""
        for i in range(first, min(first + FILE, segments)):
            if i % 5 == 0:
                text += METRIC.format(m=i // 5, days=7 + i % 83, kind=KINDS[i // 5 % 4])
            text += SEGMENT.format(i=i, arr=1_000 + i, m=i // 5, least=2 + i % 7)
        (folder / f"rules{first // FILE:03}.seg").write_text(text, encoding="utf-8")


def seconds(folder: Path, *command: str) -> float:
    """Median of the processor's seconds, the system's included."""
    taken = []
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "segdsl", *command], cwd=folder, capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(taken)


if __name__ == "__main__":
    print("| segments | `check` | ms a segment | `fmt --check` | ms a segment |\n|---|---|---|---|---|")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as scratch:
            write(Path(scratch), size)
            check, fmt = (seconds(Path(scratch), *c) for c in (("check",), ("fmt", "--check")))
        print(f"| {size:,} | {check:.2f} | {1_000 * check / size:.2f} | {fmt:.2f} | {1_000 * fmt / size:.2f} |")
