"""Tests -> which conditions they saw true, false and unknown; which arms they reached, which rules they asked.

A condition is a leaf of a rule's `and`, `or` and `not`, wherever there is one: in populations, arms, segments,
`if`, `where` and `having`. It is seen when a test's expectation makes the evaluator ask it, so layout has no part in it.
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
    """`of` is the rule or metric, `arm` the arm it stands in, "" elsewhere. `wanted` is what it can be."""

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
class Seen:
    """What tests saw: truths of conditions by identity, arms reached, names asked for."""

    truths: dict[int, set[Truth]] = field(default_factory=lambda: defaultdict(set))
    arms: set[tuple[str, str]] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def evaluator(self, model: Model, world: World, given: GivenMetrics) -> Evaluator:
        return Watching(model, world, given, seen=self)


@dataclass
class Watching(Evaluator):
    """Evaluates as ever, and notes what is asked."""

    seen: Seen = field(default_factory=Seen)
    _aside: Evaluator | None = None

    def unwatched(self) -> Evaluator:
        """For explanations, which ask more than the rule does."""
        self._aside = self._aside or Evaluator(self.model, self.world, self.given)
        return self._aside

    def truth(self, e: k.Expr, row: Row) -> bool | Unknown:
        held = super().truth(e, row)
        self.seen.truths[id(e)].add(None if isinstance(held, Unknown) else held)
        return held

    def outcome(self, rule: Segmentation, row: Row) -> Outcome:
        found = super().outcome(rule, row)
        self.seen.names.add(rule.name)
        if found.arm is not None:
            self.seen.arms.add((rule.name, found.arm))
        return found

    def in_segment(self, rule: Segment, row: Row) -> bool | Unknown:
        self.seen.names.add(rule.name)
        return super().in_segment(rule, row)

    def _metric(self, name: str, row: Row) -> Result:
        self.seen.names.add(name)
        body = self.model.metrics[name].body
        found = super()._metric(name, row)
        if isinstance(found, bool | Unknown):
            self.seen.truths[id(body)].add(None if isinstance(found, Unknown) else found)
        return found


@dataclass(frozen=True)
class Coverage:
    """`seen` is what of each condition's `wanted` a test saw."""

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
        """From 0 to 1; 1 where there is nothing to see."""
        return self.seen / self.wanted if self.wanted else 1.0

    def misses(self) -> Iterator[tuple[Condition, Truth]]:
        """What no test saw, in the order of the rules."""
        for condition, seen in self.conditions:
            yield from ((condition, truth) for truth in condition.wanted if truth not in seen)


def coverage(model: Model, seen: Seen) -> Coverage:
    found = tuple((c, frozenset(seen.truths.get(id(c.node), set()))) for c in conditions(model))
    arms = [(r.name, a.name) for r in model.segmentations.values() for a in r.all_arms]
    rules = [*model.segmentations, *model.segments]
    return Coverage(found, tuple(a for a in arms if a not in seen.arms), tuple(r for r in rules if r not in seen.names))


# -- what there is to see ---------------------------------------------------------------


def conditions(model: Model) -> list[Condition]:
    """In the order of the rules: metrics, segmentations, segments."""
    found: list[Condition] = []
    for name, metric in model.metrics.items():
        found += _inside(model, name, "", metric.body)
    rules: list[Segment | Segmentation] = [*model.segmentations.values(), *model.segments.values()]
    for rule in rules:
        if rule.where is not None:
            found += _of(model, rule.name, "", rule.where, frozenset())
        if isinstance(rule, Segment):
            found += _of(model, rule.name, "", rule.condition, frozenset())
        else:
            for arm in rule.arms:
                assert arm.condition is not None
                found += _of(model, rule.name, arm.name, arm.condition, frozenset())
    return list({id(c.node): c for c in found}.values())


def _of(model: Model, of: str, arm: str, e: k.Expr, known: Known) -> Iterator[Condition]:
    """The leaves of a condition, and the conditions inside them."""
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
    asked, turned = (e.item, True) if isinstance(e, k.Not) else (e, False)
    if isinstance(asked, k.IsMissing) and not can_be_unknown(model, asked.item, known):
        return (turned,)
    return (True, False, None) if can_be_unknown(model, e, known) else (True, False)


def _inside(model: Model, of: str, arm: str, e: k.Expr, known: Known = frozenset()) -> Iterator[Condition]:
    """The conditions of an expression's `if`, `where` and `having`, however deep."""
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
            asked = e.function in (k.Function.ANY, k.Function.COUNT, k.Function.SHARE)
            yield from _of(model, of, arm, e.value, sure) if asked else _inside(model, of, arm, e.value, sure)
    for child in k.children(e):
        yield from _inside(model, of, arm, child, known)
