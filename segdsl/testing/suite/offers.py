"""What tests didn't see, and mistakes that they wouldn't notice -> few tests that would, ready to be judged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from segdsl.diagnostics import Source
from segdsl.lang import tree
from segdsl.lang.parse import parse
from segdsl.model.segment import Model, Segment, Segmentation, Test
from segdsl.testing.customers.closing import as_ofs_for, closing
from segdsl.testing.customers.search import Example
from segdsl.testing.mutants.killing import killing
from segdsl.testing.mutants.mutants import Mutant
from segdsl.testing.mutants.score import Prepared, Score, prepared
from segdsl.testing.run.coverage import Condition, Coverage, Seen, Truth
from segdsl.testing.run.evaluator import clock_of, world_of
from segdsl.testing.suite.suite import Suite

Rule = Segment | Segmentation


@dataclass(frozen=True)
class Offer:
    """A test, as text too, and what it is for: "" where none was found. Misses that an earlier one closes have none."""

    miss: tuple[Condition, Truth] | Mutant
    text: str
    example: Example | None


def closers(
    suite: Suite, coverage: Coverage, most: int | None = None, of: Rule | None = None, as_of: dt.date | None = None
) -> Iterator[Offer]:
    """A test for each miss that no offer before it closes; at most so many; of one rule and as of one time, if said."""
    model, zone = _model(suite), suite.workspace.zone
    days = [as_of] if as_of is not None else as_ofs_for(suite.tests, model.schema)
    seen = Seen()
    made = 0
    for condition, truth in coverage.misses():
        if truth in seen.truths.get(id(condition.node), ()):
            continue
        if made == most:
            return
        made += 1
        example = _first(closing(model, condition, truth, day, zone, of) for day in days)
        text = example.text(model) if example is not None else ""
        test = _read(suite, text)
        if test is not None:
            _ask(test, model, suite, seen)
        yield Offer((condition, truth), text, example)


def killers(
    suite: Suite, score: Score, most: int | None = None, of: Rule | None = None, as_of: dt.date | None = None
) -> Iterator[Offer]:
    """A test for each survivor that no offer before it would notice; at most so many; of one rule and as of one time, if said."""
    model, zone = _model(suite), suite.workspace.zone
    days = [as_of] if as_of is not None else as_ofs_for(suite.tests, model.schema)
    before: list[Prepared] = []
    made = 0
    for mutant in score.survivors:
        if any(p.names & mutant.rules and not p.passes(mutant.model) for p in before):
            continue
        if made == most:
            return
        made += 1
        example = _first(killing(model, mutant, day, zone, of) for day in days)
        text = example.text(model) if example is not None else ""
        test = _read(suite, text)
        if test is not None:
            before.append(prepared(test, model, zone))
        yield Offer(mutant, text, example)


def _first(found: Iterator[Example | None]) -> Example | None:
    return next((example for example in found if example is not None), None)


def _model(suite: Suite) -> Model:
    return suite.workspace.model


def _ask(test: Test, model: Model, suite: Suite, seen: Seen) -> None:
    world, given = world_of(test, model, clock_of(test, suite.workspace.zone))
    evaluator = seen.evaluator(model, world, given)
    for expectation in test.expectations:
        evaluator.truth(expectation.condition, {})


def _read(suite: Suite, text: str) -> Test | None:
    """The test that a text says."""
    file, wrong = parse(Source("offer", text))
    written = next((d for d in file.declarations if isinstance(d, tree.Test)), None)
    if wrong or written is None:
        return None
    return suite.resolver.test(written)[0]
