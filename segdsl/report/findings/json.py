"""Findings -> the JSON of the machine contract."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from segdsl.diagnostics import SCHEMA_VERSION, Diagnostic, as_json, json_text


def render(findings: Sequence[Diagnostic], files: int, root: Path) -> str:
    return json_text({"schema_version": SCHEMA_VERSION, "diagnostics": [as_json(d) for d in findings]})
