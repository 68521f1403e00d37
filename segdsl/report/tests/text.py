"""Test results -> a terminal: failures, the verdict, then what is not covered and mistakes that nobody would notice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from segdsl.diagnostics import Span, printable
from segdsl.diagnostics import render as rendered
from segdsl.report.content.suite_result import SuiteResult
from segdsl.report.layout.terminal import marked
from segdsl.testing.mutants.mutants import Mutant
from segdsl.testing.mutants.score import Score
from segdsl.testing.run.coverage import WORDS, Coverage
from segdsl.testing.run.runner import TestResult
from segdsl.testing.suite.offers import Offer
from segdsl.testing.suite.suite import Report

MOST, WIDEST = 100, 400  # mistakes listed, and characters of a line


def render(result: SuiteResult) -> str:
    report = result.report
    lines = list(results_and_verdict(report, result.containing))
    if report.coverage is not None and report.results:
        lines += _coverage(report.coverage, result.offers) if result.lists_coverage else [_summary(report.coverage)]
    if report.mutation is not None and result.lists_mutation:
        lines += ["", *_mutation(report.mutation, result.offers)]
    return "\n".join(lines)


def results_and_verdict(report: Report, containing: str = "") -> Iterator[str]:
    """What is wrong with fixture folders, what failed, and how many passed."""
    for problem in report.problems:
        yield from (rendered(problem), "")
    for test in report.results:
        if test.status != "passed":
            yield from (*_failure(test), "")
    yield verdict(report, containing)


def verdict(report: Report, containing: str = "") -> str:
    """`17 passed`, `16 passed, 1 failed`, or that there was nothing to run."""
    passed, bad = report.count("passed"), len(report.results) - report.count("passed") + len(report.problems)
    if not report.results and not report.problems:
        return f"no test has `{containing}` in its title" if containing else "no tests found; write one beside a rule"
    if bad:
        return f"{passed} passed, " + click.style(f"{bad} failed", fg="red")
    return click.style(f"{passed} passed", fg="green")


def _place(span: Span | None) -> str:
    return f"{printable(span.source.path)}:{span.source.position(span.start)[0]}" if span is not None else ""


def _failure(test: TestResult) -> Iterator[str]:
    when = f" as of {test.as_of}" if test.as_of else ""
    head = click.style(f"{test.status}: ", fg="red", bold=True)
    yield f"{head}{printable(test.title)}{when}  {_place(test.span)}"
    yield from map(rendered, test.errors)
    for failure in test.failures:
        yield f"  expected {printable(failure.expected)}"
        yield from (f"    {marked(printable(line))}" for line in failure.actual.split("\n"))


# -- coverage --------------------------------------------------------------------------------


def _summary(coverage: Coverage) -> str:
    more = "" if coverage.share == 1 else "   segdsl test --coverage lists the rest"
    return f"conditions seen true, false and unknown: {coverage.seen} of {coverage.wanted}{more}"


def _coverage(coverage: Coverage, offers: Sequence[Offer]) -> Iterator[str]:
    yield f"conditions seen true, false and unknown: {coverage.seen} of {coverage.wanted} ({coverage.share:.1%})"
    misses = list(coverage.misses())
    for condition, truth in misses[:MOST]:
        place = f"{condition.of}.{condition.arm}" if condition.arm else condition.of
        yield f"  never {WORDS[truth]:<8}{printable(condition.text)}   {place}, {_place(condition.span)}"
    if len(misses) > MOST:
        yield f"  … and {len(misses) - MOST:,} more; --format json has them all"
    for rule, arm in coverage.unreached:
        yield f"  no test reaches {rule}.{arm}"
    for rule in coverage.untested:
        yield f"  no test asks for {rule}"
    texts = [o.text for o in offers if isinstance(o.miss, tuple) and o.text]
    for text in texts:
        yield ""
        yield from (f"  {printable(line)}" for line in text.rstrip().split("\n"))
    if texts:
        yield ""
        offer = "these tests" if len(texts) > 1 else "this test"
        yield f"{offer} would see more; --write adds all there are, to be read and corrected"


# -- mutation ---------------------------------------------------------------------------------


def _mutation(score: Score, offers: Sequence[Offer]) -> Iterator[str]:
    yield f"mistakes that the tests would notice: {score.killed} of {score.total} ({score.share:.1%})"
    width = max((len(name) for name in score.counts), default=0)
    for name, (killed, survived, same) in score.counts.items():
        tried = killed + survived
        share = f"{killed / tried:.0%}" if tried else ""
        equal = f"   {same} left out: no change in meaning" if same else ""
        yield f"  {name:<{width}}  {killed:>4} of {tried:<4}{share:>5}{equal}"
    if score.left_out:
        yield f"  left out, at least in part, as it would take too long: {', '.join(score.left_out)}"
    offered = {id(o.miss): o.text for o in offers}
    for survivor in score.survivors[:MOST]:
        yield ""
        yield from _survivor(survivor, offered.get(id(survivor)))
    if len(score.survivors) > MOST:
        yield f"\n… and {len(score.survivors) - MOST:,} more; --format json has them all"


def _short(line: str) -> str:
    text = printable(line.strip())
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _survivor(survivor: Mutant, offer: str | None) -> Iterator[str]:
    """Its lines as they are and as they would be, and who would notice; `offer` is "" where nobody was found."""
    before, after = survivor.diff
    yield f"not noticed: {survivor.mutation.operator}   {_place(survivor.mutation.span)}"
    yield from (click.style(f"  - {_short(line)}", fg="red") for line in before.split("\n"))
    yield from (click.style(f"  + {_short(line)}", fg="green") for line in after.split("\n"))
    if offer:
        yield from (f"    {printable(line)}" for line in offer.rstrip().split("\n"))
    elif offer == "":
        yield "    no customer was found whom it would treat otherwise: it may mean the same"
