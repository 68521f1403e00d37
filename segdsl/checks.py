"""Workspace -> every finding: syntax, meaning, mistakes of tests, and advice."""

from __future__ import annotations

from segdsl import lint
from segdsl.diagnostics import Diagnostic, in_file_order
from segdsl.testing.mistakes import mistakes
from segdsl.workspace import Workspace


def checked(workspace: Workspace) -> tuple[Diagnostic, ...]:
    """In file order. Tests are looked at and advice is given only where there is no error."""
    if workspace.model is None:
        return workspace.diagnostics
    tests = [d for t in workspace.model.tests for d in mistakes(t, workspace.model)]
    return in_file_order([*workspace.diagnostics, *tests, *lint.findings(workspace.model)])
