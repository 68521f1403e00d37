"""Tests -> what passed, what failed and why, on the reference evaluator or an engine."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from segdsl.bounds import TooMuchWork
from segdsl.diagnostics import Diagnostic, Span, printable
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.segment import Expectation, Model, Test
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.world import Row, World
from segdsl.testing.run.coverage import Watching
from segdsl.testing.run.decisive import as_text, deciding, leaves
from segdsl.testing.run.evaluator import GivenMetrics, clock_of, world_of
from segdsl.testing.run.mistakes import mistakes
from segdsl.words import values
from segdsl.words.explain import fact, written

Evaluators = Callable[[Model, World, GivenMetrics], Evaluator]


@dataclass(frozen=True, slots=True)
class Failure:
    """An expectation that didn't hold: what was expected, as written, and what is the case, as lines that are `printable`."""

    expected: str
    found: str
    span: Span


@dataclass(frozen=True, slots=True)
class TestResult:
    """`errors` are mistakes of the test itself; a test passes with neither errors nor failures."""

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
    """In the order given; with `fail_fast` nothing after the first that doesn't pass, and nothing where the model's work is used up.

    Tests of one fixture folder share their rows, and so one evaluator.
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
                failures = tuple(f for e in test.expectations for f in _check(e, shared[2]))
        except TooMuchWork:
            errors = (model.work.finding("this test, after those before it,", test.span),)
        yield TestResult(test.title, test.span, test.as_of, failures, errors, time.perf_counter() - begun)
        if model.work.left < 0 or (fail_fast and (errors or failures)):
            return


def holds(test: Test, model: Model, zone: ZoneInfo) -> bool:
    """Whether a test without mistakes passes; says nothing about why."""
    evaluator = evaluator_for(test, model, clock_of(test, zone))
    return all(met(e, evaluator) for e in test.expectations)


def evaluator_for(test: Test, model: Model, clock: Clock, evaluators: Evaluators = Evaluator) -> Evaluator:
    world, given = world_of(test, model, clock)
    return evaluators(model, world, given)


# -- expectations ---------------------------------------------------------------------


def met(e: Expectation, evaluator: Evaluator) -> bool:
    held = evaluator.truth(e.condition, {})
    if held is not True or e.because is None:
        return held is True
    return any(e.because in r for r in _reasons(e.condition, _aside(evaluator)))


def _aside(evaluator: Evaluator) -> Evaluator:
    return evaluator.unwatched() if isinstance(evaluator, Watching) else evaluator


def _check(e: Expectation, evaluator: Evaluator) -> Iterator[Failure]:
    if met(e, evaluator):
        return
    evaluator = _aside(evaluator)
    held = evaluator.truth(e.condition, {})
    expected = e.text or written(e.condition)
    if held is True:
        found = " or ".join(f"“{r}”" for r in _reasons(e.condition, evaluator)) or "no single clause"
        yield Failure(f'{expected} because "{e.because}"', printable(f"it is, but because of {found}"), e.span)
        return
    found = "unknown" if isinstance(held, Unknown) else "false"
    reasons = f" ({', '.join(held.reasons)})" if isinstance(held, Unknown) else ""
    lines = [printable(f"it is {found}{reasons}"), *_details(e.condition, evaluator)]
    yield Failure(expected, "\n".join(lines), e.span)


def _reasons(condition: k.Expr, evaluator: Evaluator) -> list[str]:
    """What decided, as texts: the reasons of what is missing, the clauses of a membership."""
    if isinstance(condition, k.IsMissing):
        value = evaluator.value(condition.item, {})
        return list(value.reasons) if isinstance(value, Unknown) else []
    asked = condition.item if isinstance(condition, k.Not) else condition
    row = _row(asked, evaluator)
    if not isinstance(asked, k.Member) or row is None:
        return []
    return [leaf.text for _, clause in deciding(evaluator, asked.name, asked.arm, row) for leaf in leaves(clause)]


def _row(e: k.Expr, evaluator: Evaluator) -> Row | None:
    if isinstance(e, k.Member) and isinstance(e.row, k.Given):
        return evaluator.world.by_key(e.row.entity, e.row.key)
    return None


def _details(e: k.Expr, evaluator: Evaluator) -> Iterator[str]:
    """What decided: the clauses that stand between a rule and what was expected, and the values compared."""
    for node in k.walk(e):
        match node:
            case k.Member(row=k.Given(key=key), name=name, arm=arm):
                row = _row(node, evaluator)
                if row is None:
                    yield printable(f"{key} doesn't exist as of {values.as_of(evaluator.world.clock)}")
                else:
                    yield as_text(evaluator, name, arm, row)
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
