"""Test results -> JUnit's XML, as CI servers show it."""

from __future__ import annotations

from itertools import groupby
from xml.etree import ElementTree as xml

from segdsl.diagnostics import as_plain_text, printable, printable_lines
from segdsl.report.content.suite_result import SuiteResult
from segdsl.testing.run.runner import TestResult


def render(result: SuiteResult) -> str:
    """One suite a file, one case a test; fixture folders that can't be used are errors of a suite of their own."""
    report = result.report
    root = xml.Element("testsuites", name="segdsl", tests=str(len(report.results) + len(report.problems)))
    root.set("failures", str(report.count("failed")))
    root.set("errors", str(report.count("error") + len(report.problems)))
    root.set("time", f"{sum(r.seconds for r in report.results):.3f}")
    for path, results in groupby(report.results, key=lambda r: r.span.source.path):
        _suite(root, path, list(results))
    if report.problems:
        suite = xml.SubElement(
            root,
            "testsuite",
            name="fixtures",
            tests=str(len(report.problems)),
            failures="0",
            errors=str(len(report.problems)),
        )
        for problem in report.problems:
            case = xml.SubElement(suite, "testcase", name=printable(problem.message), classname="fixtures")
            xml.SubElement(case, "error", message=printable(problem.message)).text = as_plain_text([problem])
    xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


def _suite(root: xml.Element, path: str, results: list[TestResult]) -> None:
    count = {s: str(sum(r.status == s for r in results)) for s in ("failed", "error")}
    suite = xml.SubElement(
        root,
        "testsuite",
        name=printable(path),
        tests=str(len(results)),
        failures=count["failed"],
        errors=count["error"],
    )
    suite.set("time", f"{sum(r.seconds for r in results):.3f}")
    for result in results:
        line = result.span.source.position(result.span.start)[0]
        case = xml.SubElement(
            suite,
            "testcase",
            name=printable(result.title),
            classname=printable(path),
            file=printable(path),
            line=str(line),
            time=f"{result.seconds:.3f}",
        )
        for failure in result.failures:
            what = f"expected {failure.expected}"
            xml.SubElement(
                case, "failure", message=printable(what)
            ).text = f"{printable(what)}\n{printable_lines(failure.actual)}"
        for error in result.errors:
            xml.SubElement(case, "error", message=printable(error.message)).text = as_plain_text([error])
