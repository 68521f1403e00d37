"""Run tests: passed, failed, and why."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from segdsl.bounds import TooMuchWork
from segdsl.diagnostics import Diagnostic, Span, printable
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.play import Gets
from segdsl.model.segment import Expectation, Model, Test
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.plays import who_gets
from segdsl.reference.world import Row, World
from segdsl.testing.run.coverage import RecordingEvaluator
from segdsl.testing.run.decisive import as_text, deciding_clauses, leaves
from segdsl.testing.run.evaluator import GivenMetrics, clock_of, world_of
from segdsl.testing.run.mistakes import mistakes
from segdsl.words import values
from segdsl.words.explain import breakdown, fact, value_lines, written

Evaluators = Callable[[Model, World, GivenMetrics], Evaluator]


@dataclass(frozen=True, slots=True)
class Failure:
    """An expectation that failed.

    `expected`: the expectation's text.
    `actual`: the actual state, as lines that are `printable`.
    `unknown`: why it is unknown, where it is neither true nor false; one reason for each value that is missing.
    """

    expected: str
    actual: str
    span: Span
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TestResult:
    """Result of one test. It passes with neither `errors` (mistakes of the test itself) nor `failures`."""

    title: str
    span: Span
    as_of: dt.date | dt.datetime | None
    failures: tuple[Failure, ...]
    errors: tuple[Diagnostic, ...]
    seconds: float = 0.0

    @property
    def status(self) -> str:
        return "error" if self.errors else "failed" if self.failures else "passed"


def run_tests(
    tests: Iterable[Test],
    model: Model,
    zone: ZoneInfo,
    evaluators: Evaluators = Evaluator,
    fail_fast: bool = False,
) -> Iterator[TestResult]:
    """Run tests in order; stop at the first failure with `fail_fast`, and when the model's work is used up.

    Tests of one fixture folder have rows in common, and so one evaluator.
    """
    shared: tuple[Sequence[object], object, Evaluator] | None = None
    for test in tests:
        begun = time.perf_counter()
        errors: tuple[Diagnostic, ...] = ()
        failures: tuple[Failure, ...] = ()
        try:
            errors = () if test.checked else tuple(mistakes(test, model))
            if not errors:
                if shared is None or shared[0] is not test.rows or shared[1] != test.as_of:
                    shared = (test.rows, test.as_of, evaluator_for(test, model, clock_of(test, zone), evaluators))
                of_plays = (f for g in test.gets if (f := unmet_play(g, shared[2])) is not None)
                failures = (*(f for e in test.expectations for f in _check(e, shared[2])), *of_plays)
        except TooMuchWork:
            errors = (model.work.finding("this test, after those before it,", test.span),)
        yield TestResult(test.title, test.span, test.as_of, failures, errors, time.perf_counter() - begun)
        if model.work.left < 0 or (fail_fast and (errors or failures)):
            return


def holds(test: Test, model: Model, zone: ZoneInfo) -> bool:
    """Whether a test without mistakes passes, without reasons."""
    evaluator = evaluator_for(test, model, clock_of(test, zone))
    met = all(is_met(e, evaluator) for e in test.expectations)
    return met and all(unmet_play(g, evaluator) is None for g in test.gets)


def evaluator_for(test: Test, model: Model, clock: Clock, evaluators: Evaluators = Evaluator) -> Evaluator:
    world, metrics = world_of(test, model, clock)
    return evaluators(model, world, metrics)


# -- expectations ---------------------------------------------------------------------


def is_met(e: Expectation, evaluator: Evaluator) -> bool:
    answer = evaluator.truth(e.condition, {})
    if answer is not True or e.because is None:
        return answer is True
    return any(e.because in r for r in _reasons(e.condition, _aside(evaluator)))


def _aside(evaluator: Evaluator) -> Evaluator:
    return evaluator.unwatched() if isinstance(evaluator, RecordingEvaluator) else evaluator


def _check(e: Expectation, evaluator: Evaluator) -> Iterator[Failure]:
    if is_met(e, evaluator):
        return
    evaluator = _aside(evaluator)
    answer = evaluator.truth(e.condition, {})
    expected = e.text or written(e.condition)
    if answer is True:
        actual = " or ".join(f"“{r}”" for r in _reasons(e.condition, evaluator)) or "no single clause"
        yield Failure(f'{expected} because "{e.because}"', printable(f"it is, but because of {actual}"), e.span)
        return
    actual = "unknown" if isinstance(answer, Unknown) else "false"
    reasons = answer.reasons if isinstance(answer, Unknown) else ()
    because = f" ({', '.join(reasons)})" if isinstance(answer, Unknown) else ""
    lines = [printable(f"it is {actual}{because}"), *_details(e.condition, evaluator)]
    yield Failure(expected, "\n".join(lines), e.span, reasons)


def unmet_play(g: Gets, evaluator: Evaluator) -> Failure | None:
    """The failure of an expectation of who gets a play; None if it is met. Neither holdout nor capacity is asked."""
    gets, why = who_gets(evaluator, g.entity, g.key, g.play)
    if gets is not g.negated and (g.because is None or g.because in why):
        return None
    expected = g.span.text.partition("expect ")[2] or g.span.text
    actual = f"{g.key} gets it" if gets else f"{g.key} doesn't get it: {why}"
    return Failure(" ".join(expected.split()), printable(actual), g.span)


def _reasons(condition: k.Expr, evaluator: Evaluator) -> list[str]:
    """Reasons in words: those of a missing value, or the clauses that decide a membership."""
    if isinstance(condition, k.IsMissing):
        value = evaluator.value(condition.item, {})
        return list(value.reasons) if isinstance(value, Unknown) else []
    subject = condition.item if isinstance(condition, k.Not) else condition
    row = _row(subject, evaluator)
    if not isinstance(subject, k.Member) or row is None:
        return []
    return [
        leaf.text
        for _, clause in deciding_clauses(evaluator, subject.name, subject.arm, row)
        for leaf in leaves(clause)
    ]


def _row(e: k.Expr, evaluator: Evaluator) -> Row | None:
    if isinstance(e, k.Member) and isinstance(e.row, k.Given):
        return evaluator.world.by_key(e.row.entity, e.row.key)
    return None


def _details(e: k.Expr, evaluator: Evaluator) -> Iterator[str]:
    """Details of a failure: the clauses that decide, and the values compared."""
    for node in k.walk(e):
        match node:
            case k.Member(row=k.Given(key=key), name=name, arm=arm):
                row = _row(node, evaluator)
                if row is None:
                    yield printable(f"{key} doesn't exist as of {values.as_of(evaluator.world.clock)}")
                else:
                    yield as_text(evaluator, name, arm, row)
            case k.MetricOf() if (apart := breakdown(evaluator, node, {})).parts:
                yield from map(printable, value_lines(replace(apart, text=_name(node)), 0, set()))
            case k.Column() | k.MetricOf() | k.Tally():
                yield printable(fact(evaluator, _name(node), node, {}))
            case (
                k.Literal_()
                | k.Missing()
                | k.Member()
                | k.AsOf()
                | k.StartOf()
                | k.Shift()
                | k.StartOfDay()
                | k.DateOf()
                | k.Elapsed()
                | k.BusinessDays()
                | k.PartOf()
                | k.Arithmetic()
                | k.Rounded()
                | k.Distance()
                | k.Split()
                | k.RoundTo()
                | k.SizeOf()
                | k.Compare()
                | k.IsMissing()
                | k.OneOf()
                | k.TextTest()
                | k.SetTest()
                | k.Not()
                | k.And()
                | k.Or()
                | k.If()
                | k.Aggregate()
                | k.Standing()
                | k.At()
                | k.Named()
            ):
                pass


def _name(node: k.Column | k.MetricOf | k.Tally) -> str:
    if isinstance(node, k.Tally):
        return f"count({node.name}{'.' + node.arm if node.arm else ''})"
    return f"{node.row.key}.{node.name}" if isinstance(node.row, k.Given) else written(node)
