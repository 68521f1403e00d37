"""Findings -> SARIF 2.1.0 (OASIS), which code scanning reads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from segdsl.codes import page
from segdsl.diagnostics import Diagnostic, json_text, printable
from segdsl.version import __version__

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(findings: Sequence[Diagnostic], files: int, root: Path) -> str:
    """One run; its rules are the codes of the findings, with their pages. Paths are relative to `root`."""
    codes = sorted({d.code for d in findings})
    run = {
        "tool": {"driver": {"name": "segdsl", "semanticVersion": __version__, "rules": [_rule(c) for c in codes]}},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"WORKSPACE": {"uri": root.resolve().as_uri() + "/"}},
        "results": [_result(d, codes) for d in findings],
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n"


def _rule(code: str) -> dict[str, Any]:
    text = page(code) or code
    title = text.partition("\n")[0].removeprefix("# ")
    return {"id": code, "shortDescription": {"text": title}, "help": {"text": text, "markdown": text}}


def _result(d: Diagnostic, codes: Sequence[str]) -> dict[str, Any]:
    text = "\n".join((printable(d.message), *([printable(d.help)] if d.help else []), *d.shown_lines))
    result: dict[str, Any] = {
        "ruleId": d.code,
        "ruleIndex": codes.index(d.code),
        "level": _LEVELS[d.severity],
        "message": {"text": text},
    }
    if d.span is not None:
        result["locations"] = [{"physicalLocation": _place(d)}]
    return result


def _place(d: Diagnostic) -> dict[str, Any]:
    assert d.span is not None
    source = d.span.source
    (line, column), (end_line, end_column) = source.position(d.span.start), source.position(d.span.end)
    return {
        "artifactLocation": {"uri": quote(os.fsencode(source.path)), "uriBaseId": "WORKSPACE"},
        "region": {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column},
    }
