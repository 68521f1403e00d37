"""Compiled rules as an evaluator beside the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from segdsl.compiled.function import Compiled, compiled
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Rule, Segment, Segmentation
from segdsl.reference.evaluate import Evaluator, Outcome, Unknown
from segdsl.reference.world import Row, World
from tests.support.answers import Answers


def by_function(model: Model, entity: str, rows: Mapping[str, Iterable[Mapping[str, Any]]], clock: Clock) -> Answers:
    """What compiled rules answer about each customer, as `by_reference` does."""
    function = compiled(model, entity, model.rules_of(entity))
    of_clock = function.as_of(clock)
    world = World(model.schema, {name: list(listed) for name, listed in rows.items()}, clock)
    key = model.schema.relations[entity].key or ""
    return {str(row[key]): dict(function.places(row, world, of_clock)) for row in world.rows(entity)}


@dataclass
class OnFunctions(Evaluator):
    """Evaluator whose rules are compiled; the reference gives the reasons, and evaluates customers with given metrics."""

    _functions: dict[str, Compiled] = field(default_factory=dict)

    def in_segment(self, rule: Segment, row: Row) -> bool | Unknown:
        reference = super().in_segment(rule, row)
        truth = self._places(rule, row)[rule.name] if not self.given else reference
        return truth if isinstance(truth, bool) else _unknown(reference)

    def outcome(self, rule: Segmentation, row: Row) -> Outcome:
        reference = super().outcome(rule, row)
        if self.given:
            return reference
        places = self._places(rule, row)
        arm, status = places[rule.name], places[f"{rule.name}_status"]
        assert isinstance(arm, str | None) and isinstance(status, str)
        return Outcome(status, arm, reference.reasons)

    def _places(self, rule: Rule, row: Row) -> Mapping[str, bool | str | None]:
        if rule.name not in self._functions:
            self._functions[rule.name] = compiled(self.model, rule.entity, [rule])
        function = self._functions[rule.name]
        return function.places(row, self.world, function.as_of(self.world.clock))


def _unknown(reference: bool | Unknown) -> Unknown:
    return reference if isinstance(reference, Unknown) else Unknown(("the reference knows it",))
