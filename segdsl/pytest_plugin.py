"""pytest plugin: `pytest -p segdsl.pytest_plugin` collects the tests in `.seg` files and fixture folders.

Nothing is collected by default: put `-p segdsl.pytest_plugin` into `addopts`, or on the command line.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from segdsl.diagnostics import Refusal, render
from segdsl.model.segment import Test
from segdsl.testing.fixtures.fixtures import FOLDER
from segdsl.testing.run.runner import TestResult, run_tests
from segdsl.testing.suite.suite import Suite, suite_of
from segdsl.workspace.load import find_root, load_workspace, sound

_SUITES = pytest.StashKey[dict[Path, "Suite | str"]]()


class RulesFailure(Exception):
    """A rule's test that didn't pass."""


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect rule files, and the sheets of fixture folders."""
    if file_path.suffix == ".seg" or (file_path.suffix in (".csv", ".xlsx") and file_path.parent.parent.name == FOLDER):
        return RulesFile.from_parent(parent, path=file_path)
    return None


class RulesFile(pytest.File):
    """The tests in one file."""

    def collect(self) -> Iterable[RulesItem]:
        suite = _suite(self.config, self.path)
        if isinstance(suite, str):
            raise self.CollectError(suite)
        if suite is None:
            return
        file = self.path.resolve().relative_to(suite.workspace.root.resolve()).as_posix()
        folder = file.rpartition("/")[0] + "/"
        for problem in suite.problems:
            if problem.span is not None and problem.span.source.path.startswith(file):
                raise self.CollectError(render(problem))
            if problem.span is None and f"{FOLDER}/" in file and folder.rstrip("/") in problem.message:
                raise self.CollectError(render(problem))
        for test in suite.tests:
            if test.span.source.path.partition(", sheet ")[0] == file:
                yield RulesItem.from_parent(self, name=test.title, suite=suite, test=test)


class RulesItem(pytest.Item):
    """One test of rules."""

    def __init__(self, *, suite: Suite, test: Test, **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self.suite, self.test = suite, test

    def runtest(self) -> None:
        model = self.suite.workspace.model
        (result,) = run_tests([self.test], model, self.suite.workspace.zone)
        if result.status != "passed":
            raise RulesFailure(_text(result))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.test.span.source.position(self.test.span.start)[0] - 1, self.test.title


def _text(result: TestResult) -> str:
    lines = [render(e) for e in result.errors]
    for failure in result.failures:
        lines += [f"expected {failure.expected}", *(f"  {line}" for line in failure.actual.split("\n"))]
    return "\n".join(lines)


def _suite(config: pytest.Config, path: Path) -> Suite | str | None:
    """Suite of a file's workspace, cached for the session; a message where its rules have errors."""
    known = config.stash.setdefault(_SUITES, {})
    try:
        root = find_root(path.parent)
    except Refusal:
        return None
    if root not in known:
        known[root] = _load(root)
    return known[root]


def _load(root: Path) -> Suite | str:
    try:
        workspace = sound(load_workspace(root))
    except Refusal as refused:
        return "\n".join(render(d) for d in refused.diagnostics)
    return suite_of(workspace)
