"""The runs that the ledger remembers -> the JSON of the machine contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.ledger.store import Run


def render(runs: Sequence[Run], rules: Sequence[str]) -> str:
    shown = [r for r in runs if not rules or set(rules) & set(r.fingerprints)]
    return json_text({"schema_version": SCHEMA_VERSION, "runs": [run_record(r) for r in shown]})


def run_record(run: Run) -> dict[str, Any]:
    return {
        "run": run.run_id,
        "as_of": run.as_of.isoformat() + "Z",
        "timezone": run.zone,
        "source": run.source,
        "started_at": run.started_at.isoformat() + "Z",
        "fingerprints": dict(run.fingerprints),
        "sizes": run.sizes,
        "data": run.data,
        "engine": run.engine,
        "version": run.version,
        "files": list(run.files),
        "keeps_history": run.keeps_history,
    }
