"""Findings -> a terminal: each with the place it is about, then how many of what severity."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from segdsl.diagnostics import Diagnostic, summary
from segdsl.report.layout.terminal import styled


def render(findings: Sequence[Diagnostic], files: int, root: Path) -> str:
    checked = f"{files} rule file{'s' if files != 1 else ''}"
    end = f"{checked}: {summary(findings) or click.style('no findings', fg='green')}"
    return "\n".join([*(f"{styled(d)}\n" for d in findings), end])
