"""Reference evaluator that asks an engine how one customer ranks among all.

One customer is thus explained without fetching the rows of all others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from segdsl.model import expr as k
from segdsl.model.exact import QUOTIENT_SCALE
from segdsl.model.segment import Limit, Segment, Segmentation
from segdsl.reference import quantity as q
from segdsl.reference.evaluate import Evaluator, Result, Unknown
from segdsl.reference.world import Row, World
from segdsl.sql import spell as s

if TYPE_CHECKING:
    from segdsl.sql.plan import Assignment


@dataclass(kw_only=True)
class EngineEvaluator(Evaluator):
    """Evaluator whose ranks, limits and rows of a condition come from an engine's queries."""

    ask: Callable[[exp.Select], list[tuple[Any, ...]]]
    _answers: dict[tuple[exp.Select, object], object] = field(default_factory=dict)

    def _standing(self, e: k.Standing, row: Row) -> Result:
        from segdsl.sql.plan import standing_of

        if self.world.ahead:
            return super()._standing(e, row)
        reasons = self._unplaced(e.value, e.group, row)
        if reasons:
            return Unknown(reasons)
        amount = self._answer(e.relation, standing_of(self.model, e, self.world.clock), row)
        if amount is None:
            return Unknown(("nobody is ranked",))
        assert isinstance(amount, int)
        of_values = e.of in ("greater_sum", "positive_sum")
        return q.exact(amount, (self._exactness.denominator(e.value) or QUOTIENT_SCALE) if of_values else 1)

    def _fits(self, rule: Segment | Segmentation, number: int, limit: Limit, row: Row) -> bool | Unknown:
        from segdsl.sql.plan import room_of

        reasons = self._unplaced(limit.by, limit.group, row)
        if reasons:
            return Unknown(reasons)
        return bool(self._answer(rule.entity, room_of(self.model, rule, number, self.world.clock), row))

    def rows_where(self, relation: str, condition: k.Expr) -> list[Row]:
        from segdsl.sql.plan import condition as asked

        about = asked(self.model, relation, {"asked": condition}, self.world.clock, in_order=False)
        true = exp.Select(expressions=[s.column("asked", "entity_id")]).from_(about.query.subquery("asked"))
        keys = [key for (key,) in self.ask(true.where(s.column("asked", about.columns[-1])))]
        return [row for key in sorted(keys) if (row := self.world.by_key(relation, key)) is not None]

    def over(self, world: World) -> Evaluator:
        return EngineEvaluator(self.model, world, self.given, ask=self.ask)

    def _answer(self, relation: str, about: Assignment, row: Row) -> object:
        """Answer of a query about one row, cached."""
        key = row.get(self.model.schema.relations[relation].key or "")
        key_of_answer = (about.query, key)
        if key_of_answer not in self._answers:
            self._answers[key_of_answer] = self._query(about, key)
        return self._answers[key_of_answer]

    def _query(self, about: Assignment, key: object) -> object:
        literal = s.whole(key) if isinstance(key, int) else s.text(str(key))
        query = exp.Select(expressions=[s.column("asked", about.columns[-1])])
        query = query.from_(about.query.subquery("asked")).where(s.binary("=", s.column("asked", "entity_id"), literal))
        ((answer,),) = self.ask(query)
        return answer
