"""One `test` block -> passed, failed with the clauses and their values, or an error in the test itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from zoneinfo import ZoneInfo

from segdsl import values
from segdsl.diagnostics import Diagnostic, Span
from segdsl.explain import as_text, explain
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.segment import Expectation, GivenRow, Model, Test
from segdsl.reference.evaluate import Evaluator, Result, Unknown
from segdsl.reference.quantity import Quantity
from segdsl.reference.world import Value, World
from segdsl.testing.mistakes import mistakes

_NO_TIME = dt.date(2000, 1, 1)  # of a test whose rules don't depend on time


@dataclass(frozen=True, slots=True)
class Failure:
    """An expectation that didn't hold: what was expected, as written, and what is the case."""

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

    @property
    def status(self) -> str:
        return "error" if self.errors else "failed" if self.failures else "passed"


def run_tests(model: Model, zone: ZoneInfo, containing: str = "") -> list[TestResult]:
    """All tests whose title contains a text, in the order they were written."""
    return [run_test(t, model, zone) for t in model.tests if containing.lower() in t.title.lower()]


def run_test(test: Test, model: Model, zone: ZoneInfo) -> TestResult:
    errors = tuple(mistakes(test, model))
    failures: tuple[Failure, ...] = ()
    if not errors:
        clock = Clock.at(test.as_of or _NO_TIME, zone)
        evaluator = evaluator_for(test, model, clock)
        failures = tuple(f for e in test.expectations for f in _check(e, evaluator))
    return TestResult(test.title, test.span, test.as_of, failures, errors)


# -- the test's world -----------------------------------------------------------------


def evaluator_for(test: Test, model: Model, clock: Clock) -> Evaluator:
    empty = Evaluator(model, World(model.schema, {}, clock))
    rows: dict[str, list[dict[str, Value | None]]] = {}
    given: dict[tuple[str, str, str], Result] = {}
    for row in test.rows:
        rows.setdefault(row.relation, []).append(_cells(row, model, empty))
        for name, value in row.metrics.items():
            key = model.schema.relations[row.relation].key or ""
            typed = model.metrics[name].type
            found = empty.value(value, {}) if value is not None else Unknown((f"`{name}` is given as missing",))
            given[row.relation, str(_canonical(row.cells[key], model, empty, ty.TEXT)), name] = _scaled(found, typed)
    return Evaluator(model, World(model.schema, rows, clock), given)


def _cells(row: GivenRow, model: Model, empty: Evaluator) -> dict[str, Value | None]:
    fields = model.schema.relations[row.relation].fields
    return {name: _canonical(cell, model, empty, fields[name].type) for name, cell in row.cells.items()}


def _canonical(cell: k.Expr | frozenset[str] | None, model: Model, empty: Evaluator, typed: ty.Type) -> Value | None:
    if cell is None or isinstance(cell, frozenset):
        return cell
    value = empty.value(cell, {})
    if isinstance(value, Unknown):
        return None
    if not isinstance(value, Quantity):
        return value
    assert value.pair is not None, "literals are exact"
    if typed == ty.REAL:
        return value.double
    return round(Fraction(*value.pair) * _scale(typed))


def _scale(typed: ty.Type) -> int:
    return (
        ty.minor_units(typed.currency) if isinstance(typed, ty.Money) else ty.NUMBER_SCALE if typed == ty.NUMBER else 1
    )


def _scaled(found: Result, typed: ty.Type) -> Result:
    """A given metric's number, as real where the metric is."""
    if isinstance(found, Quantity) and typed == ty.REAL:
        return Quantity(None, found.double)
    return found


# -- expectations ---------------------------------------------------------------------


def _check(e: Expectation, evaluator: Evaluator) -> Iterator[Failure]:
    held = evaluator.truth(e.condition, {})
    expected = _text(e.condition)
    if held is True:
        if e.because is not None:
            yield from _check_reason(e, evaluator, e.because, expected)
        return
    found = "unknown" if isinstance(held, Unknown) else "false"
    why = f" ({', '.join(held.reasons)})" if isinstance(held, Unknown) else ""
    yield Failure(expected, "\n".join([f"it is {found}{why}", *_details(e.condition, evaluator)]), e.span)


def _check_reason(e: Expectation, evaluator: Evaluator, because: str, expected: str) -> Iterator[Failure]:
    assert isinstance(e.condition, k.IsMissing)
    value = evaluator.value(e.condition.item, {})
    reasons = value.reasons if isinstance(value, Unknown) else ()
    if not any(because in r for r in reasons):
        yield Failure(f'{expected} because "{because}"', f"it is missing because {', '.join(reasons)}", e.span)


def _details(e: k.Expr, evaluator: Evaluator) -> Iterator[str]:
    """What decided: the clauses of each rule asked about, and the values compared."""
    model = evaluator.model
    for node in k.walk(e):
        match node:
            case k.Member(row=k.Given(entity=entity, key=key), name=name):
                row = evaluator.world.by_key(entity, key)
                if row is None:
                    yield f"{key} doesn't exist as of {values.as_of(evaluator.world.clock)}"
                else:
                    yield as_text(explain(evaluator, model.segments.get(name) or model.segmentations[name], row))
            case k.Column() | k.MetricOf() | k.Tally():
                yield f"{_text(node)} is {values.shown(evaluator.value(node, {}), node.type, evaluator.world.clock)}"
            case _:
                pass


def _text(e: k.Expr) -> str:
    return " ".join(e.span.text.split()) if e.span is not None else "(made by the language)"
