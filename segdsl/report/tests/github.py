"""Test results -> annotations of GitHub, one for each failure."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.diagnostics import printable, printable_lines
from segdsl.report.content.suite_result import SuiteResult
from segdsl.report.layout.annotations import Annotation, annotate, commands
from segdsl.testing.run.runner import TestResult


def render(result: SuiteResult) -> str:
    report = result.report
    shown = [annotate(d) for d in report.problems]
    shown += [annotation for test in report.results for annotation in _of_test(test)]
    if not report.results and not shown:
        shown.append(Annotation("error", "no tests", "no tests were found; write one beside a rule", None))
    return commands(shown, result.root)


def _of_test(test: TestResult) -> Iterator[Annotation]:
    yield from (annotate(d) for d in test.errors)
    for failure in test.failures:
        message = f"expected {printable(failure.expected)}\n{printable_lines(failure.actual)}"
        yield Annotation("error", f"test: {printable(test.title)}", message, failure.span)
