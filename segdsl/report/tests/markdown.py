"""Test results -> markdown: the verdict first, then each failure folded, coverage and mutation where they were measured."""

from __future__ import annotations

from segdsl.report.content.suite_result import SuiteResult
from segdsl.report.layout.markdown import MOST, code, folded, html, left_out, place, table, text, written_place
from segdsl.testing.mutants.score import Score
from segdsl.testing.run.coverage import WORDS, Coverage
from segdsl.testing.run.runner import TestResult
from segdsl.testing.suite.suite import Report


def render(result: SuiteResult) -> str:
    report = result.report
    failed = [r for r in report.results if r.status != "passed"]
    parts = [f"### Tests: {_verdict(report)}\n"]
    parts += [f"- {text(d.message)} ({text(d.help)})" for d in report.problems[:MOST]]
    parts += [_failure(r) for r in failed[:MOST]]
    parts.append(left_out(len(failed)))
    if report.coverage is not None:
        parts.append(_coverage(report.coverage))
    if report.mutation is not None:
        parts.append(_mutation(report.mutation))
    return "\n".join(p for p in parts if p).rstrip() + "\n"


def _verdict(report: Report) -> str:
    bad = len(report.results) - report.count("passed") + len(report.problems)
    if not report.results and not report.problems:
        return "none found"
    return f"{report.count('passed')} passed" + (f", **{bad} failed**" if bad else "")


def _failure(test: TestResult) -> str:
    lines: list[str] = []
    for failure in test.failures:
        lines += [f"expected {failure.expected}", *(f"  {line}" for line in failure.actual.split("\n"))]
    lines += [d.message + (f" ({d.help})" if d.help else "") for d in test.errors]
    return folded(f"✗ {html(test.title)} · <code>{html(written_place(test.span))}</code>", lines)


def _coverage(coverage: Coverage) -> str:
    head = f"Conditions seen true, false and unknown: {coverage.seen} of {coverage.wanted} ({coverage.share:.0%})\n"
    misses = list(coverage.misses())
    rows = [[place(c.span), code(c.text), f"never {WORDS[t]}"] for c, t in misses[:MOST]]
    gaps = f"\n{table(('where', 'condition', ''), rows)}{left_out(len(misses))}" if rows else ""
    arms = ", ".join(f"`{rule}.{arm}`" for rule, arm in coverage.unreached)
    untested = ", ".join(f"`{rule}`" for rule in coverage.untested)
    no_test_reaches = f"\nNo test reaches {arms}.\n" if arms else ""
    no_test_asks = f"\nNo test asks for {untested}.\n" if untested else ""
    return head + gaps + no_test_reaches + no_test_asks


def _mutation(score: Score) -> str:
    head = f"Mistakes that the tests would notice: {score.killed} of {score.total} ({score.share:.0%})\n"
    rows = [
        [name, str(killed), str(killed + survived), str(same or "")]
        for name, (killed, survived, same) in score.counts.items()
    ]
    return f"{head}\n{table(('mistake', 'noticed', 'of', 'no change in meaning'), rows)}"
