"""What is wrong with the data -> markdown: a table of tables, then one of findings."""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.data.contract import TableReport
from segdsl.diagnostics import Diagnostic
from segdsl.model.clock import Clock
from segdsl.report.data.text import written_time
from segdsl.report.layout.markdown import text


def render(clock: Clock, tables: Sequence[TableReport], notes: Sequence[Diagnostic]) -> str:
    lines = ["| table | rows | newest | findings |", "|---|---:|---|---:|"]
    for t in tables:
        count = sum(f.severity != "info" for f in t.findings)
        lines.append(f"| {text(t.name)} | {t.rows:,} | {written_time(t) if t.newest else ''} | {count or ''} |")
    findings = [f for t in tables for f in t.findings]
    if findings:
        lines += ["", "| table | what | examples | what to do |", "|---|---|---|---|"]
        for f in findings:
            cells = (f.table, f.message, ", ".join(f.examples), f.help)
            lines.append(f"| {' | '.join(map(text, cells))} |")
    return "\n".join(lines)
