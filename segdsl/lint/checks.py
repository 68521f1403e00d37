"""All findings on a workspace: syntax, meaning, mistakes in tests, and advice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from segdsl import lint
from segdsl.bounds import TooMuchWork, Work, few
from segdsl.diagnostics import Diagnostic, in_file_order
from segdsl.lint._ignored import without_ignored
from segdsl.model.segment import Model
from segdsl.testing.run.mistakes import mistakes
from segdsl.workspace.load import BrokenWorkspace, Workspace


def checked(workspace: Workspace | BrokenWorkspace, day: dt.date | None = None) -> tuple[Diagnostic, ...]:
    """Returns the findings in file order. Tests are checked and advice is given only without errors; with a day also what is due."""
    if isinstance(workspace, BrokenWorkspace):
        return workspace.diagnostics
    tests = list(_of_tests(replace(workspace.model, work=Work.of(workspace.characters))))
    findings = [*workspace.diagnostics, *tests, *lint.findings(workspace.model, day)]
    return few(in_file_order(without_ignored(findings, workspace.sources)))


def _of_tests(model: Model) -> Iterator[Diagnostic]:
    for test in model.tests:
        try:
            yield from mistakes(test, model)
        except TooMuchWork:
            yield model.work.finding("this test, together with the tests before it,", test.span)
            return
