"""Findings -> annotations of GitHub."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from segdsl.diagnostics import Diagnostic
from segdsl.report.layout.annotations import annotate, commands


def render(findings: Sequence[Diagnostic], files: int, root: Path) -> str:
    return commands([annotate(d) for d in findings], root)
