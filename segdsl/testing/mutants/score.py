"""Tests and mutants -> which mistakes the tests would notice: the mutation score."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from segdsl.model.segment import Model, Test
from segdsl.reference.evaluate import Evaluator
from segdsl.reference.world import World
from segdsl.resolve import Resolver
from segdsl.testing.mutants.mutants import Mutable, Mutant, mutants
from segdsl.testing.mutants.operators import OPERATORS
from segdsl.testing.run.coverage import Seen
from segdsl.testing.run.evaluator import GivenMetrics, clock_of, world_of
from segdsl.testing.run.runner import met

MOST_EFFORT = 4_000_000  # characters of rules read again; the example takes a thirtieth


@dataclass(frozen=True)
class Score:
    """`counts` are (killed, survived, shown equivalent) of each operator that applied; `left_out` are rules that
    would have taken too long."""

    counts: dict[str, tuple[int, int, int]]
    survivors: tuple[Mutant, ...]
    left_out: tuple[str, ...] = ()

    @property
    def killed(self) -> int:
        return sum(killed for killed, _, _ in self.counts.values())

    @property
    def total(self) -> int:
        """Without those shown to be equivalent."""
        return self.killed + len(self.survivors)

    @property
    def share(self) -> float:
        """From 0 to 1; 1 where nothing could be mutated."""
        return self.killed / self.total if self.total else 1.0


@dataclass
class Prepared:
    """A test's world, made once, and the names that its expectations ask for."""

    test: Test
    world: World
    given: GivenMetrics
    names: set[str]

    def passes(self, model: Model) -> bool:
        evaluator = Evaluator(model, self.world, self.given)
        return all(met(e, evaluator) for e in self.test.expectations)


def score(declarations: Sequence[Mutable], tests: Collection[Test], resolver: Resolver, zone: ZoneInfo) -> Score:
    """Mutates each declaration and runs the tests that ask for it; `tests` must all pass without a mistake."""
    ready = [prepared(t, resolver.model, zone) for t in tests]
    counts: dict[str, list[int]] = {}
    survivors: list[Mutant] = []
    left_out: list[str] = []
    effort = 0
    for declaration in declarations:
        own: list[Prepared] | None = None
        for mutation, mutant in mutants(declaration, resolver):
            effort += len(declaration.span.text)
            if effort > MOST_EFFORT:
                left_out.append(declaration.name.text)
                break
            of = counts.setdefault(mutation.operator, [0, 0, 0])
            if mutant is None:
                of[2] += 1
                continue
            if own is None:
                own = [p for p in ready if p.names & mutant.rules]
            if _killed(mutant.model, own):
                of[0] += 1
            else:
                of[1] += 1
                survivors.append(mutant)
    return Score(
        {o: (a, b, c) for o in OPERATORS if o in counts for a, b, c in [counts[o]]}, tuple(survivors), tuple(left_out)
    )


def prepared(test: Test, model: Model, zone: ZoneInfo) -> Prepared:
    world, given = world_of(test, model, clock_of(test, zone))
    seen = Seen()
    evaluator = seen.evaluator(model, world, given)
    for expectation in test.expectations:
        evaluator.truth(expectation.condition, {})
    return Prepared(test, world, given, seen.names)


def _killed(model: Model, tests: list[Prepared]) -> bool:
    """Whether a test fails; one that does is asked first the next time."""
    for i, test in enumerate(tests):
        if not test.passes(model):
            tests.insert(0, tests.pop(i))
            return True
    return False
