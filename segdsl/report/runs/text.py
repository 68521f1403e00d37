"""The runs that the ledger remembers -> a table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from segdsl.ledger.store import Run
from segdsl.model.clock import Clock
from segdsl.report.layout.terminal import table
from segdsl.words import values


def render(runs: Sequence[Run]) -> str:
    if not runs:
        return "no runs yet: segdsl run"
    rows = [[str(r.run_id), written_as_of(r), r.source, f"{r.started_at:%Y-%m-%d %H:%M} UTC", _sizes(r)] for r in runs]
    return table(["run", "as of", "source", "started", "sizes"], rows, right=(0,))


def written_as_of(run: Run) -> str:
    return values.as_of(Clock(run.as_of, ZoneInfo(run.zone)))


def _sizes(run: Run) -> str:
    """The arms of the segmentations; of segments those who are in."""
    parts = []
    for rule, counts in run.sizes.items():
        if set(counts) <= {"in", "out", "unknown"}:
            parts.append(f"{rule} {counts.get('in', 0):,}")
        else:
            parts.append(f"{rule} " + "/".join(f"{n:,}" for place, n in counts.items() if place != "outside"))
    return ", ".join(parts[:3]) + (f", and {len(parts) - 3} more" if len(parts) > 3 else "")
