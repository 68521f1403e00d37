"""Workspace -> every finding: syntax, meaning, mistakes of tests, and advice."""

from __future__ import annotations

import datetime as dt

from segdsl import lint
from segdsl.diagnostics import Diagnostic, in_file_order
from segdsl.lint._ignored import without_ignored
from segdsl.testing.mistakes import mistakes
from segdsl.workspace import BrokenWorkspace, Workspace


def checked(workspace: Workspace | BrokenWorkspace, day: dt.date | None = None) -> tuple[Diagnostic, ...]:
    """In file order. Tests are looked at and advice is given only where there is no error; with a day also what is due."""
    if isinstance(workspace, BrokenWorkspace):
        return workspace.diagnostics
    tests = [d for t in workspace.model.tests for d in mistakes(t, workspace.model)]
    found = [*workspace.diagnostics, *tests, *lint.findings(workspace.model, day)]
    return in_file_order(without_ignored(found, workspace.sources))
