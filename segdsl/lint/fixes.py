"""Applies the fixes of advice to the rule files, all files or none."""

from __future__ import annotations

from collections.abc import Iterable

from segdsl.diagnostics import Diagnostic, Fix
from segdsl.testing.customers.append import change_texts
from segdsl.workspace.load import BrokenWorkspace, Workspace


def apply(workspace: Workspace | BrokenWorkspace, findings: Iterable[Diagnostic]) -> dict[str, int]:
    """Applies fixes, and returns their number by path. Of two overlapping fixes only the first is applied.

    An error is fixed only where nothing in its fix is guessed, since only its author knows what was meant. Raises `DataError`.
    """
    by_path: dict[str, list[Fix]] = {}
    for d in findings:
        if d.fix is not None and (d.severity != "error" or d.fix.sure):
            by_path.setdefault(d.fix.span.source.path, []).append(d.fix)
    fixed: dict[str, int] = {}
    texts: dict[str, str | None] = {}
    for path, fixes in by_path.items():
        text = fixes[0].span.source.text
        start = len(text) + 1
        for fix in sorted(fixes, key=lambda f: f.span.start, reverse=True):
            if fix.span.end <= start:
                text = text[: fix.span.start] + fix.replacement + text[fix.span.end :]
                start = fix.span.start
                fixed[path] = fixed.get(path, 0) + 1
        texts[path] = text
    change_texts(workspace, texts)
    return fixed
