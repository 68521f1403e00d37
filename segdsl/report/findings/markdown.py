"""Findings -> markdown, for a job's summary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from segdsl.diagnostics import Diagnostic, summary
from segdsl.report.layout.markdown import MOST, code, left_out, place, table, text


def render(findings: Sequence[Diagnostic], files: int, root: Path) -> str:
    head = f"### Rules: {summary(findings) or 'no findings'}\n\n{files} rule file{'s' if files != 1 else ''} checked.\n"
    rows = [[d.severity, place(d.span), text(d.message), _help(d), d.code] for d in findings[:MOST]]
    if not rows:
        return head
    return f"{head}\n{table(('', 'where', 'what', 'help', 'code'), rows)}{left_out(len(findings))}"


def _help(d: Diagnostic) -> str:
    return "<br>".join((text(d.help), *(code(line) for line in d.shown_lines if line)))
