"""Run all tests of a workspace, from `test` blocks and fixture folders, into one report."""

from __future__ import annotations

from dataclasses import dataclass, replace

from segdsl.bounds import Work
from segdsl.diagnostics import Diagnostic
from segdsl.model.segment import Test
from segdsl.resolve import Resolver
from segdsl.testing.customers.closing import as_ofs_for
from segdsl.testing.fixtures import fixtures
from segdsl.testing.mutants.score import Score
from segdsl.testing.run.coverage import Coverage, Observations, coverage
from segdsl.testing.run.runner import Evaluators, TestResult, run_tests
from segdsl.testing.suite.properties import try_properties
from segdsl.workspace.load import Workspace


@dataclass(frozen=True)
class Suite:
    """All tests of a workspace; a suite without tests has failed.

    `problems`: fixture folders that can't be used.
    `characters`: size of the usable fixture folders.
    """

    workspace: Workspace
    tests: tuple[Test, ...]
    problems: tuple[Diagnostic, ...]
    resolver: Resolver
    text: str = ""
    characters: int = 0

    def containing(self, text: str) -> Suite:
        """Keep tests whose title contains a text, in any case."""
        matching = tuple(t for t in self.tests if text.lower() in t.title.lower())
        return replace(self, tests=matching, text=text)


def suite_of(workspace: Workspace) -> Suite:
    """Collect tests in the order of their files, fixture folders last."""
    model = workspace.model
    resolver = Resolver(workspace.files, model)
    work = Work.of(workspace.characters)
    folders = fixtures.load(workspace.root, workspace.config.workspace.include, resolver, work)
    titles = {t.title for t in model.tests}
    twice = [t for t in folders.tests if t.title in titles]
    problems = [
        Diagnostic("SEG0510", f"two tests are called `{t.title}`", t.span, help="give the folder another name")
        for t in twice
    ]
    return Suite(
        workspace, (*model.tests, *folders.tests), (*folders.problems, *problems), resolver, "", folders.characters
    )


@dataclass(frozen=True)
class Report:
    """Results of a suite."""

    results: tuple[TestResult, ...]
    problems: tuple[Diagnostic, ...] = ()
    coverage: Coverage | None = None
    mutation: Score | None = None

    def count(self, status: str) -> int:
        return sum(r.status == status for r in self.results)

    @property
    def ok(self) -> bool:
        return bool(self.results) and not self.problems and self.count("passed") == len(self.results)


def run(suite: Suite, evaluators: Evaluators | None = None, fail_fast: bool = False) -> Report:
    """Run on the reference evaluator, which also measures coverage, or on `evaluators`, which doesn't."""
    model = replace(suite.workspace.model, work=Work.of(suite.workspace.characters + suite.characters))
    seen = Observations()
    results = tuple(run_tests(suite.tests, model, suite.workspace.zone, evaluators or seen.evaluator, fail_fast))
    ended = model.work.left < 0 or (fail_fast and any(r.status != "passed" for r in results))
    if evaluators is None and not ended:
        results += tuple(
            try_properties(model, suite.text, as_ofs_for(suite.tests, model.schema)[0], suite.workspace.zone)
        )
    return Report(results, suite.problems, None if evaluators else coverage(model, seen))
