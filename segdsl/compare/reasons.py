"""Reasons of movers: the clauses that keep customers from one place by one rule, and from another by the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from segdsl.model import expr as k
from segdsl.model.segment import Segment
from segdsl.run.keeping import elsewhere
from segdsl.whatif.attrition import clauses_of
from segdsl.words.explain import written

if TYPE_CHECKING:
    import pandas as pd

    from segdsl.model.segment import Rule
    from segdsl.run.evaluation import Evaluation

MOST = 2
Texts = Mapping[str, Mapping[str, str]]
"""By arm, each clause by the name of its column."""


class Counts(Protocol):
    """How many of some movers each clause of a rule holds for."""

    @property
    def texts(self) -> Texts: ...

    def not_true(self, arm: str, movers: Any) -> list[tuple[str, int]]:
        """Number of the movers for whom each clause of an arm is false or unknown, where it is any."""
        ...

    def unknown(self, movers: Any) -> list[tuple[str, int]]:
        """Number of the movers for whom each clause of any arm is unknown, where it is any."""
        ...


def clauses_by_arm(rule: Rule, named: str = "") -> tuple[Texts, dict[str, k.Expr]]:
    """The clauses of each arm by column, and the columns; names of these begin with `named`."""
    arms = {"in": rule.condition} if isinstance(rule, Segment) else {a.name: a.condition for a in rule.arms}
    columns: dict[str, k.Expr] = {}
    texts: dict[str, dict[str, str]] = {}
    for number, (arm, whole) in enumerate(arms.items()):
        assert whole is not None
        clauses = {f"{named}{number} {i}": e for i, e in enumerate(clauses_of(whole))}
        columns |= clauses
        texts[arm] = {column: written(e) for column, e in clauses.items()}
    return texts, columns


@dataclass(frozen=True)
class Clauses:
    """Clauses of each arm of a rule, and the customers for whom each is true."""

    texts: Texts
    frame: pd.DataFrame

    @staticmethod
    def of(evaluation: Evaluation, rule: Rule) -> Clauses:
        from segdsl.sql.plan import condition

        texts, columns = clauses_by_arm(rule)
        frame = evaluation.engine.frame(condition(evaluation.model, rule.entity, columns, evaluation.clock).query)
        return Clauses(texts, frame.set_index(frame["entity_id"].astype(str)))

    def not_true(self, arm: str, customers: Sequence[str]) -> list[tuple[str, int]]:
        """Number of the customers for whom each clause of an arm is false or unknown."""
        rows = self.frame.loc[self.frame.index.isin(customers)]
        counts = {text: int((~rows[c].eq(True).fillna(False)).sum()) for c, text in self.texts.get(arm, {}).items()}
        return [(text, n) for text, n in counts.items() if n]

    def unknown(self, customers: Sequence[str]) -> list[tuple[str, int]]:
        """Number of the customers for whom each clause of any arm is unknown."""
        rows = self.frame.loc[self.frame.index.isin(customers)]
        counts = {text: int(rows[c].isna().sum()) for texts in self.texts.values() for c, text in texts.items()}
        return [(text, n) for text, n in counts.items() if n]


def reasons(then: Counts, now: Counts, origin: str, goal: str, movers: Any) -> tuple[tuple[str, int], ...]:
    """Commonest reasons first: clauses that kept movers from the goal before, and clauses that keep them from the
    origin now.

    Where neither place has a condition, the reasons are clauses that are or were unknown (`undecided`).
    """
    new = _replaced(then, now, goal)
    clauses = [
        (f"`{text}` was not true" + (f", `{new[text]}` is" if text in new else ""), n)
        for text, n in then.not_true(goal, movers)
    ]
    old = {text: instead for instead, text in _replaced(then, now, origin).items()}
    clauses += [
        (f"`{text}` is not true" + (f", `{old[text]}` was" if text in old else " any longer"), n)
        for text, n in now.not_true(origin, movers)
    ]
    if not clauses and goal not in now.texts:
        clauses += [(f"`{text}` is unknown", n) for text, n in now.unknown(movers)]
        clauses += [(f"`{text}` was unknown", n) for text, n in then.unknown(movers)]
    return tuple(sorted(clauses, key=lambda pair: -pair[1])[:MOST])


def by_data_reasons(
    evaluation: Evaluation, rule: str, place: str, customers: Sequence[str], verb: str
) -> list[tuple[str, int]]:
    """Customers in a place whom today's data alone would have elsewhere: `gold, kept; by today's data silver`, with how many."""
    segmentation = evaluation.model.segmentations.get(rule)
    if segmentation is None:
        return []
    frame = evaluation.frames[segmentation.entity]
    own = frame[frame["entity_id"].astype(str).isin(customers)]
    by_place = {e.place: e for e in elsewhere(segmentation, own)}
    if place not in by_place:
        return []
    word = ", kept" if by_place[place].keeps else ""
    return [(f"{verb} {place}{word}; by today's data {arm}", n) for arm, n in by_place[place].by_data.items()]


def _replaced(then: Counts, now: Counts, arm: str) -> dict[str, str]:
    """The one clause of an arm that was replaced by one other, old -> new; none where more was changed."""
    old, new = ({*c.texts.get(arm, {}).values()} for c in (then, now))
    gone, came = old - new, new - old
    return {gone.pop(): came.pop()} if len(gone) == len(came) == 1 else {}
