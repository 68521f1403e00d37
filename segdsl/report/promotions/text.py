"""What was promoted, put back and retired -> a table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.promotion.record import Record
from segdsl.report.layout.terminal import table


def render(records: Sequence[Record]) -> str:
    if not records:
        return "nothing was promoted yet"
    return table(["on", "segmentation", "by", "evidence", ""], [_row(r) for r in records])


def _row(r: Record) -> list[str]:
    evidence = r.evidence + (", waits for approval" if r.needs_approval else "")
    return [str(r.on), r.segmentation, r.candidate or r.kind, evidence, r.sentence]
