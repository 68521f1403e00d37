"""Offers of tests: few tests that close gaps of coverage or kill surviving mutants, ready to be judged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from segdsl.diagnostics import Source
from segdsl.lang import tree
from segdsl.lang.parse import parse
from segdsl.model.segment import Model, Segment, Segmentation, Test
from segdsl.testing.customers.closing import as_ofs_for, find_closing_example
from segdsl.testing.customers.search import Example
from segdsl.testing.mutants.killing import find_killing_example
from segdsl.testing.mutants.mutants import Mutant
from segdsl.testing.mutants.score import PreparedTest, Score, prepare
from segdsl.testing.run.coverage import Condition, Coverage, Observations, Truth
from segdsl.testing.run.evaluator import clock_of, world_of
from segdsl.testing.run.runner import unmet_play
from segdsl.testing.suite.suite import Suite

Rule = Segment | Segmentation


@dataclass(frozen=True)
class Offer:
    """An offered test with the gap that it closes; `text` is "" where none was found."""

    miss: tuple[Condition, Truth] | Mutant
    text: str
    example: Example | None


def closers(
    suite: Suite, coverage: Coverage, most: int | None = None, of: Rule | None = None, as_of: dt.date | None = None
) -> Iterator[Offer]:
    """Offer a test for each miss that no earlier offer closes: at most `most`, optionally of one rule and as of one
    time.
    """
    model, zone = _model(suite), suite.workspace.zone
    days = [as_of] if as_of is not None else as_ofs_for(suite.tests, model.schema)
    seen = Observations()
    count = 0
    for condition, truth in coverage.misses():
        if truth in seen.truths.get(id(condition.node), ()):
            continue
        if count == most:
            return
        count += 1
        example = _first(find_closing_example(model, condition, truth, day, zone, of) for day in days)
        text = example.text(model) if example is not None else ""
        test = _read(suite, text)
        if test is not None:
            _ask(test, model, suite, seen)
        yield Offer((condition, truth), text, example)


def killers(
    suite: Suite, score: Score, most: int | None = None, of: Rule | None = None, as_of: dt.date | None = None
) -> Iterator[Offer]:
    """Offer a test for each survivor that no earlier offer kills: at most `most`, optionally of one rule and as of one
    time.
    """
    model, zone = _model(suite), suite.workspace.zone
    days = [as_of] if as_of is not None else as_ofs_for(suite.tests, model.schema)
    tests_before: list[PreparedTest] = []
    count = 0
    for mutant in score.survivors:
        if any(p.names & mutant.rules and not p.passes(mutant.model) for p in tests_before):
            continue
        if count == most:
            return
        count += 1
        example = _first(find_killing_example(model, mutant, day, zone, of) for day in days)
        text = example.text(model) if example is not None else ""
        test = _read(suite, text)
        if test is not None:
            tests_before.append(prepare(test, model, zone))
        yield Offer(mutant, text, example)


def _first(examples: Iterator[Example | None]) -> Example | None:
    return next((example for example in examples if example is not None), None)


def _model(suite: Suite) -> Model:
    return suite.workspace.model


def _ask(test: Test, model: Model, suite: Suite, seen: Observations) -> None:
    world, metrics = world_of(test, model, clock_of(test, suite.workspace.zone))
    evaluator = seen.evaluator(model, world, metrics)
    for expectation in test.expectations:
        evaluator.truth(expectation.condition, {})
    for g in test.gets:
        unmet_play(g, evaluator)


def _read(suite: Suite, text: str) -> Test | None:
    """Parse a test's text."""
    file, wrong = parse(Source("offer", text))
    written = next((d for d in file.declarations if isinstance(d, tree.Test)), None)
    if wrong or written is None:
        return None
    return suite.resolver.test(written)[0]
