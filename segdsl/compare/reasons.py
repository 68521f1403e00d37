"""Two evaluated rules and customers who are elsewhere by the second -> which clauses see to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segdsl.model import expr as k
from segdsl.model.segment import Segment
from segdsl.whatif.attrition import clauses_of
from segdsl.words.explain import written

if TYPE_CHECKING:
    import pandas as pd

    from segdsl.model.segment import Rule
    from segdsl.run.evaluation import Evaluated

MOST = 2


@dataclass(frozen=True)
class Clauses:
    """The clauses of each arm of a rule, and for whom each is true."""

    texts: Mapping[str, Mapping[str, str]]  # arm -> column -> clause
    frame: pd.DataFrame

    @staticmethod
    def of(done: Evaluated, rule: Rule) -> Clauses:
        from segdsl.sql.plan import condition

        arms = {"in": rule.condition} if isinstance(rule, Segment) else {a.name: a.condition for a in rule.arms}
        asked: dict[str, k.Expr] = {}
        texts: dict[str, dict[str, str]] = {}
        for number, (arm, whole) in enumerate(arms.items()):
            assert whole is not None
            clauses = {f"{number} {i}": e for i, e in enumerate(clauses_of(whole))}
            asked |= clauses
            texts[arm] = {column: written(e) for column, e in clauses.items()}
        frame = done.engine.frame(condition(done.model, rule.entity, asked, done.clock).query)
        return Clauses(texts, frame.set_index(frame["entity_id"].astype(str)))

    def not_true(self, arm: str, customers: Sequence[str]) -> list[tuple[str, int]]:
        """Of some customers, for how many each clause of an arm is false or unknown."""
        own = self.frame.loc[self.frame.index.isin(customers)]
        counts = {text: int((~own[c].eq(True).fillna(False)).sum()) for c, text in self.texts.get(arm, {}).items()}
        return [(text, n) for text, n in counts.items() if n]

    def unknown(self, customers: Sequence[str]) -> list[tuple[str, int]]:
        """Of some customers, for how many each clause of any arm is unknown."""
        own = self.frame.loc[self.frame.index.isin(customers)]
        counts = {text: int(own[c].isna().sum()) for texts in self.texts.values() for c, text in texts.items()}
        return [(text, n) for text, n in counts.items() if n]


def reasons(
    then: Clauses, now: Clauses, origin: str, goal: str, customers: Sequence[str]
) -> tuple[tuple[str, int], ...]:
    """The commonest first: what kept them from the goal by the first rule, and what keeps them from the origin by the second.

    Where neither place has a condition, what can't be told is what sends them to `undecided`, or away from it.
    """
    told = [(f"`{text}` was not true", n) for text, n in then.not_true(goal, customers)]
    told += [(f"`{text}` is not true any longer", n) for text, n in now.not_true(origin, customers)]
    if not told and goal not in now.texts:
        told += [(f"`{text}` is unknown", n) for text, n in now.unknown(customers)]
        told += [(f"`{text}` was unknown", n) for text, n in then.unknown(customers)]
    return tuple(sorted(told, key=lambda pair: -pair[1])[:MOST])
