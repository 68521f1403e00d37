"""Mutation score: which mistakes the tests notice."""

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
from segdsl.testing.run.coverage import Observations
from segdsl.testing.run.evaluator import GivenMetrics, clock_of, world_of
from segdsl.testing.run.runner import is_met, unmet_play

MOST_EFFORT = 4_000_000  # characters of rules parsed again; the example workspace needs a thirtieth


@dataclass(frozen=True)
class Score:
    """Result of mutation testing.

    `counts`: (killed, survived, proved equivalent) by operator.
    `survivors`: mutants that no test noticed.
    `left_out`: rules that would have taken too long.
    """

    counts: dict[str, tuple[int, int, int]]
    survivors: tuple[Mutant, ...]
    left_out: tuple[str, ...] = ()

    @property
    def killed(self) -> int:
        return sum(killed for killed, _, _ in self.counts.values())

    @property
    def total(self) -> int:
        """Mutants that aren't proved equivalent."""
        return self.killed + len(self.survivors)

    @property
    def share(self) -> float:
        """Killed mutants as a share from 0 to 1; 1 without mutants."""
        return self.killed / self.total if self.total else 1.0


@dataclass
class PreparedTest:
    """A test with its world, built once, and the names that its expectations read."""

    test: Test
    world: World
    metrics: GivenMetrics
    names: set[str]

    def passes(self, model: Model) -> bool:
        evaluator = Evaluator(model, self.world, self.metrics)
        met = all(is_met(e, evaluator) for e in self.test.expectations)
        return met and all(unmet_play(g, evaluator) is None for g in self.test.gets)


def score(declarations: Sequence[Mutable], tests: Collection[Test], resolver: Resolver, zone: ZoneInfo) -> Score:
    """Mutate each declaration and run the tests that read it; all `tests` must pass on the unchanged rules."""
    ready = [prepare(t, resolver.model, zone) for t in tests]
    counts: dict[str, list[int]] = {}
    survivors: list[Mutant] = []
    left_out: list[str] = []
    effort = 0
    for declaration in declarations:
        relevant: list[PreparedTest] | None = None
        for mutation, mutant in mutants(declaration, resolver):
            effort += len(declaration.span.text)
            if effort > MOST_EFFORT:
                left_out.append(declaration.name.text)
                break
            of = counts.setdefault(mutation.operator, [0, 0, 0])
            if mutant is None:
                of[2] += 1
                continue
            if relevant is None:
                relevant = [p for p in ready if p.names & mutant.rules]
            if _killed(mutant.model, relevant):
                of[0] += 1
            else:
                of[1] += 1
                survivors.append(mutant)
    return Score(
        {o: (a, b, c) for o in OPERATORS if o in counts for a, b, c in [counts[o]]}, tuple(survivors), tuple(left_out)
    )


def prepare(test: Test, model: Model, zone: ZoneInfo) -> PreparedTest:
    world, metrics = world_of(test, model, clock_of(test, zone))
    seen = Observations()
    evaluator = seen.evaluator(model, world, metrics)
    for expectation in test.expectations:
        evaluator.truth(expectation.condition, {})
    for g in test.gets:
        unmet_play(g, evaluator)
    return PreparedTest(test, world, metrics, seen.names)


def _killed(model: Model, tests: list[PreparedTest]) -> bool:
    """Whether a test fails; that test then runs first the next time."""
    for i, test in enumerate(tests):
        if not test.passes(model):
            tests.insert(0, tests.pop(i))
            return True
    return False
