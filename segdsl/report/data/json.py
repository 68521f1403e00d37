"""What is wrong with the data -> the JSON of the machine contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from segdsl.data.contract import TableReport
from segdsl.data.findings import Finding
from segdsl.diagnostics import SCHEMA_VERSION, Diagnostic, as_json, json_text
from segdsl.model.clock import Clock


def render(clock: Clock, tables: Sequence[TableReport], notes: Sequence[Diagnostic]) -> str:
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "as_of": clock.now.isoformat() + "Z",
            "timezone": clock.zone.key,
            "data": [table_record(t) for t in tables],
            "diagnostics": [as_json(d) for d in notes],
        }
    )


def table_record(t: TableReport) -> dict[str, Any]:
    return {
        "table": t.name,
        "rows": t.rows,
        "newest": t.newest.isoformat() if t.newest is not None else None,
        "missing": dict(t.missing),
        "findings": [_finding(f) for f in t.findings],
    }


def _finding(f: Finding) -> dict[str, Any]:
    return {
        "kind": f.kind,
        "severity": f.severity,
        "column": f.column,
        "count": f.count,
        "message": f.message,
        "examples": list(f.examples),
        "help": f.help,
    }
