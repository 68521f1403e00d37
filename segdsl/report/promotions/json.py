"""What was promoted, put back and retired -> the JSON of the machine contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.promotion.record import Record


def render(records: Sequence[Record]) -> str:
    return json_text({"schema_version": SCHEMA_VERSION, "promotions": [_record(r) for r in records]})


def _record(r: Record) -> dict[str, Any]:
    return {
        "segmentation": r.segmentation,
        "kind": r.kind,
        "on": r.on.isoformat(),
        "candidate": r.candidate or None,
        "evidence": r.evidence,
        "sentence": r.sentence,
        "approved_by": r.approved_by or None,
        "meaning": r.meaning,
        "file": r.file,
    }
