"""Why a customer is on a list: the clauses that decided, with the values that they read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from segdsl.engines import Engine
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Rule, Segment, Segmentation
from segdsl.reference.evaluate import Evaluator
from segdsl.run.lazy_world import LazyWorld, WholeWorld
from segdsl.words.explain import Clause, Explanation, all_facts, clause, explain

FEW = 200  # customers whose rows are fetched one by one; of more, whole tables are read
MOST_CLAUSES = 5
"""Clauses of a customer."""


@dataclass(frozen=True)
class Reasons:
    """Reasons by an evaluator of small data, which reads the rows of a few customers, or all tables for many."""

    evaluator: Evaluator
    entity: str
    rule: Rule | None
    condition: k.Expr

    @staticmethod
    def of(
        model: Model, entity: str, rule: Rule | None, condition: k.Expr, engine: Engine, clock: Clock, customers: int
    ) -> Reasons:
        """Returns the reasons of so many `customers`, by the data of an engine."""
        world = LazyWorld(engine, clock) if customers <= FEW else WholeWorld(engine, clock)
        return Reasons(Evaluator(model, world), entity, rule, condition)

    def of_customer(self, key: str | int, place: str) -> str:
        """Returns what decided, as in `arr > 50_000: arr is USD 60,000`; empty where the data has no such customer.

        `place`: where the list has customers; of one who is elsewhere in a segmentation, that is said first.
        """
        row = self.evaluator.world.by_key(self.entity, key)
        if row is None:
            return ""
        if self.rule is None:
            return _joined(_deciding(clause(self.evaluator, self.condition, row)))
        explained = explain(self.evaluator, self.rule, row, [place])
        now = explained.arm or explained.status
        if isinstance(self.rule, Segment) or now == place:
            return _of_explanation(explained, self.rule)
        own = next((arm for arm in (*explained.arms, *explained.asked) if arm.name == place), None)
        if own is None or (own.clause.truth and not own.note):
            return f"now {now}; {_of_explanation(explained, self.rule)}"
        return f"now {now}; {own.note if own.note else 'not so: ' + _joined(_deciding(own.clause))}"


def _of_explanation(explained: Explanation, rule: Rule) -> str:
    if explained.override is not None:
        return f"the list {explained.override} names it"
    if explained.kept:
        since = f" since {explained.kept_since}" if explained.kept_since else ""
        return f"kept{since}; by today's data {explained.by_data}"
    if explained.status == "outside" and explained.population is not None:
        return _joined(_deciding(explained.population))
    if isinstance(rule, Segmentation) and explained.arm == rule.otherwise.name:
        return "no arm before takes it"
    last = explained.arms[-1] if explained.arms else None
    if last is not None and explained.status != "unknown" and (isinstance(rule, Segment) or last.clause.truth):
        return _joined(_deciding(last.clause)) if not last.note else last.note
    return _joined(iter(explained.reasons))


def _deciding(part: Clause) -> Iterator[str]:
    """Yields the clauses that are as the whole is, each with the values it read."""
    if part.joined_by in ("and", "or"):
        for inner in part.parts:
            if inner.truth is part.truth:
                yield from _deciding(inner)
    else:
        values = "; ".join(fact for fact in all_facts(part) if not fact.startswith("from "))
        yield f"{part.text}: {values}" if values else part.text


def _joined(clauses: Iterator[str]) -> str:
    shown = list(dict.fromkeys(clauses))
    more = f"; and {len(shown) - MOST_CLAUSES} more" if len(shown) > MOST_CLAUSES else ""
    return "; ".join(shown[:MOST_CLAUSES]) + more
