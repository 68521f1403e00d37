"""Live rules held to their records -> the JSON of the machine contract."""

from __future__ import annotations

from typing import Any

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.promotion.gate import LiveChange
from segdsl.report.content.promotion import GateResult


def render(result: GateResult) -> str:
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "changed": [_changed(c, result.base) for c in result.changed],
            "waiting": [r.file for r in result.waiting],
            "altered": list(result.altered),
            "pilots": [{"experiment": name, "until": until.isoformat()} for name, until in result.ended],
        }
    )


def _changed(c: LiveChange, base: str | None) -> dict[str, Any]:
    return {
        "segmentation": c.segmentation,
        "since": c.since.file if c.since else base,
        "what": c.what,
        "reads": list(c.reads),
    }
