"""Coverage: which conditions tests saw true, false and unknown, which arms they reached, which rules they read.

A condition is a leaf of a rule's `and`, `or` and `not`: in populations, arms, segments, `if`, `where` and `having`. A
condition counts when a test's expectation makes the evaluator evaluate it, so layout has no influence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from segdsl.diagnostics import Span
from segdsl.facts.unknown import Known, can_be_unknown, guarded, reached_from
from segdsl.model import expr as k
from segdsl.model.segment import Model, Segment, Segmentation
from segdsl.reference.evaluate import Evaluator, Outcome, Result, Unknown
from segdsl.reference.world import Row, World
from segdsl.testing.run.evaluator import GivenMetrics
from segdsl.words.explain import written

Truth = bool | None
WORDS: dict[Truth, str] = {True: "true", False: "false", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Condition:
    """A leaf condition.

    `of`: the rule or metric.
    `arm`: the arm around it, or "".
    `wanted`: the truths that it can have.
    """

    of: str
    arm: str
    node: k.Expr
    wanted: tuple[Truth, ...]

    @property
    def text(self) -> str:
        return written(self.node)

    @property
    def span(self) -> Span | None:
        return self.node.span


@dataclass
class Observations:
    """Observations of tests: truths of conditions by identity, arms reached, names read."""

    truths: dict[int, set[Truth]] = field(default_factory=lambda: defaultdict(set))
    arms: set[tuple[str, str]] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def evaluator(self, model: Model, world: World, metrics: GivenMetrics) -> Evaluator:
        return RecordingEvaluator(model, world, metrics, seen=self)


@dataclass
class RecordingEvaluator(Evaluator):
    """Evaluator that records what is evaluated."""

    seen: Observations = field(default_factory=Observations)
    _aside: Evaluator | None = None

    def unwatched(self) -> Evaluator:
        """Evaluator for explanations, which evaluate more than the rule does."""
        self._aside = self._aside or Evaluator(self.model, self.world, self.given)
        return self._aside

    def truth(self, e: k.Expr, row: Row) -> bool | Unknown:
        answer = super().truth(e, row)
        self.seen.truths[id(e)].add(None if isinstance(answer, Unknown) else answer)
        return answer

    def outcome(self, rule: Segmentation, row: Row) -> Outcome:
        outcome = super().outcome(rule, row)
        self.seen.names.add(rule.name)
        if outcome.arm is not None:
            self.seen.arms.add((rule.name, outcome.arm))
        return outcome

    def in_segment(self, rule: Segment, row: Row) -> bool | Unknown:
        self.seen.names.add(rule.name)
        return super().in_segment(rule, row)

    def _metric(self, name: str, row: Row) -> Result:
        self.seen.names.add(name)
        body = self.model.metrics[name].body
        result = super()._metric(name, row)
        if isinstance(result, bool | Unknown):
            self.seen.truths[id(body)].add(None if isinstance(result, Unknown) else result)
        return result


@dataclass(frozen=True)
class Coverage:
    """Coverage of all conditions: each with the truths that tests saw."""

    conditions: tuple[tuple[Condition, frozenset[Truth]], ...]
    unreached: tuple[tuple[str, str], ...]
    untested: tuple[str, ...]

    @property
    def wanted(self) -> int:
        return sum(len(c.wanted) for c, _ in self.conditions)

    @property
    def seen(self) -> int:
        return sum(len(seen & set(c.wanted)) for c, seen in self.conditions)

    @property
    def share(self) -> float:
        """Share of truths seen, from 0 to 1; 1 without conditions."""
        return self.seen / self.wanted if self.wanted else 1.0

    def misses(self) -> Iterator[tuple[Condition, Truth]]:
        """Truths that no test saw, in the order of the rules."""
        for condition, seen in self.conditions:
            yield from ((condition, truth) for truth in condition.wanted if truth not in seen)


def coverage(model: Model, seen: Observations) -> Coverage:
    by_condition = tuple((c, frozenset(seen.truths.get(id(c.node), set()))) for c in conditions(model))
    arms = [(r.name, a.name) for r in model.segmentations.values() for a in r.all_arms]
    rules = [*model.segmentations, *model.segments]
    return Coverage(
        by_condition, tuple(a for a in arms if a not in seen.arms), tuple(r for r in rules if r not in seen.names)
    )


# -- what there is to see ---------------------------------------------------------------


def conditions(model: Model) -> list[Condition]:
    """All conditions in the order of metrics, segmentations, segments."""
    conditions_of_rules: list[Condition] = []
    for name, metric in model.metrics.items():
        conditions_of_rules += _inside(model, name, "", metric.body)
    rules: list[Segment | Segmentation] = [*model.segmentations.values(), *model.segments.values()]
    for rule in rules:
        if rule.where is not None:
            conditions_of_rules += _of(model, rule.name, "", rule.where, frozenset())
        if isinstance(rule, Segment):
            conditions_of_rules += _of(model, rule.name, "", rule.condition, frozenset())
        else:
            for arm in rule.arms:
                assert arm.condition is not None
                conditions_of_rules += _of(model, rule.name, arm.name, arm.condition, frozenset())
    return list({id(c.node): c for c in conditions_of_rules}.values())


def _of(model: Model, of: str, arm: str, e: k.Expr, known: Known) -> Iterator[Condition]:
    """Leaves of a condition, and the conditions inside them."""
    if isinstance(e, k.And | k.Or):
        for item in e.items:
            yield from _of(model, of, arm, item, known)
            known |= guarded(model, item, isinstance(e, k.And))
        return
    if isinstance(e, k.Not) and isinstance(e.item, k.And | k.Or):
        yield from _of(model, of, arm, e.item, known)
        return
    if isinstance(e, k.Literal_) or e.span is None:
        return
    yield Condition(of, arm, e, _possible(model, e, known))
    yield from _inside(model, of, arm, e, known)


def _possible(model: Model, e: k.Expr, known: Known) -> tuple[Truth, ...]:
    subject, turned = (e.item, True) if isinstance(e, k.Not) else (e, False)
    if isinstance(subject, k.IsMissing) and not can_be_unknown(model, subject.item, known):
        return (turned,)
    return (True, False, None) if can_be_unknown(model, e, known) else (True, False)


def _inside(model: Model, of: str, arm: str, e: k.Expr, known: Known = frozenset()) -> Iterator[Condition]:
    """Conditions of an expression's `if`, `where` and `having`, at any depth."""
    if isinstance(e, k.If):
        yield from _of(model, of, arm, e.condition, known)
        yield from _inside(model, of, arm, e.then, known | guarded(model, e.condition, True))
        yield from _inside(model, of, arm, e.otherwise, known | guarded(model, e.condition, False))
        return
    if isinstance(e, k.Aggregate):
        sure = reached_from(model, e.rows)
        if e.rows.where is not None:
            yield from _of(model, of, arm, e.rows.where, sure)
        if e.value is not None:
            is_condition = e.function in (k.Function.ANY, k.Function.COUNT, k.Function.SHARE)
            yield from _of(model, of, arm, e.value, sure) if is_condition else _inside(model, of, arm, e.value, sure)
    for child in k.children(e):
        yield from _inside(model, of, arm, child, known)
