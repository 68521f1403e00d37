"""`segdsl test`: the workspace's test blocks, on the reference evaluator."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.testing.blocks import TestResult


@click.command("test")
@click.argument("containing", default="", metavar="[TEXT]")
@shared.workspace_option
@shared.format_option("text", "json")
def command(containing: str, workspace: Path | None, format_: str) -> None:
    """Run all tests, or those whose title contains TEXT.

    No test at all is a failure: ends with 0 if all passed, else 1.
    """
    from segdsl.testing.blocks import run_tests

    with shared.failing(format_):
        loaded = shared.good_workspace(workspace, format_)
        assert loaded.model is not None
        results = run_tests(loaded.model, loaded.zone, containing)
        if format_ == "json":
            shared.say_json(_record(results))
        else:
            say_results(results, containing)
    if not results or any(r.status != "passed" for r in results):
        sys.exit(shared.FINDINGS)


def say_results(results: list[TestResult], containing: str = "") -> None:
    from segdsl.diagnostics import printable

    for result in results:
        if result.status == "passed":
            continue
        path, (line, _) = result.span.source.path, result.span.source.position(result.span.start)
        when = f" as of {result.as_of}" if result.as_of else ""
        shared.say(
            click.style(f"{result.status}: ", fg="red", bold=True) + f"{printable(result.title)}{when}  {path}:{line}"
        )
        shared.say_diagnostics(result.errors)
        for failure in result.failures:
            shared.say(f"  expected {printable(failure.expected)}")
            for found in failure.found.split("\n"):
                shared.say(f"    {printable(found)}")
        shared.say()
    passed = sum(r.status == "passed" for r in results)
    if not results:
        shared.say(
            f"no test has `{containing}` in its title" if containing else "no tests found; write one beside a rule"
        )
    elif passed == len(results):
        shared.say(click.style(f"{passed} passed", fg="green"))
    else:
        shared.say(f"{passed} passed, " + click.style(f"{len(results) - passed} failed", fg="red"))


def _record(results: list[TestResult]) -> dict[str, object]:
    from segdsl.diagnostics import SCHEMA_VERSION, as_json

    statuses = [r.status for r in results]
    return {
        "schema_version": SCHEMA_VERSION,
        "totals": {"tests": len(results), "passed": statuses.count("passed"), "failed": statuses.count("failed"), "errors": statuses.count("error")},
        "tests": [
            {
                "title": r.title,
                "status": r.status,
                "file": r.span.source.path,
                "line": r.span.source.position(r.span.start)[0],
                "as_of": r.as_of.isoformat() if r.as_of else None,
                "failures": [{"expected": f.expected, "found": f.found, "line": f.span.source.position(f.span.start)[0]} for f in r.failures],
                "diagnostics": [as_json(d) for d in r.errors],
            }
            for r in results
        ],
    }  # fmt: skip
