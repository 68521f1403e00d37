"""Groups of customers -> a short list of rules that puts nearly everybody into their group, and how many it does of other customers.

A group of a mixture is a formula of all its numbers, which nobody can read or check. So the groups are told anew as an ordered list
of arms of one to three clauses, one arm a group and the last group the rest: the search for rules of `discover --outcome`, with
being in the group as the outcome. Of the groups that are left, that with the fewest mistakes comes next. (S. Dasgupta, N. Frost,
M. Moshkovitz, C. Rashtchian, Explainable k-means and k-medians clustering, ICML 2020, grow a tree, whose leaves share their first clauses.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log

import numpy as np
from scipy import special

from segdsl.discover import search
from segdsl.discover.estimate import LEVEL, wilson
from segdsl.discover.rounding import rounded
from segdsl.discover.rows import (
    Arm,
    AtLeast,
    Below,
    Clause,
    Feature,
    Ints,
    Missing,
    Numbers,
    OneOf,
    Rows,
    RuleList,
    Truths,
)

WORTH = 0.01
"""Share of the customers of whom a clause has to be right, and the arm without it wrong, to be worth reading."""


@dataclass(frozen=True)
class GroupRules:
    """`rule`: an arm for each group but the last. `order`: the group of each arm, and of `otherwise`."""

    rule: RuleList
    order: tuple[int, ...]

    def groups(self, features: Mapping[str, Feature], customers: int) -> Ints:
        """Return the group of each customer by the rules; -1 where a condition is unknown."""
        return np.array([*self.order, -1])[self.rule.places(_rows(features, np.zeros(customers, np.bool_)))]


def rules_of(features: Mapping[str, Feature], groups: Ints) -> GroupRules | None:
    """Return rules for groups by number; None where some group has no rule of its own."""
    left = np.ones(len(groups), np.bool_)
    remaining = sorted(set(groups.tolist()))
    arms: list[Arm] = []
    order: list[int] = []
    while len(remaining) > 1:
        found: list[tuple[int, int, Arm]] = []
        here = {name: f.at(left) for name, f in features.items()}
        for group in remaining:
            outcome = groups[left] == group
            arm = _arm(_rows(here, outcome))
            if arm is not None:
                found.append((_mistakes(arm, _rows(here, outcome)), group, arm))
        if not found:
            return None
        _, group, arm = min(found, key=lambda x: x[:2])
        arms.append(arm)
        order.append(group)
        remaining.remove(group)
        left &= ~arm.true(_rows(features, np.zeros(len(groups), np.bool_)))
    return GroupRules(RuleList(tuple(arms)), (*order, *remaining))


def _arm(rows: Rows) -> Arm | None:
    conditions = search.conditions_of(rows)
    if not conditions:
        return None
    matrix = np.column_stack([c.true(rows) for c in conditions]).astype(np.float32)
    cost = 2 * log(len(conditions))
    arm, _ = search.best_arm(conditions, matrix, rows.outcome, max(search.FEWEST, search.SMALLEST * len(rows)), cost)
    if arm is None:
        return None
    return rounded(RuleList((_shorter(search.refined(RuleList((arm,)), rows, cost).arms[0], rows),)), rows).rule.arms[0]


def _shorter(arm: Arm, rows: Rows) -> Arm:
    """Drop clauses, the least useful first, that save too few mistakes to be worth reading."""
    while len(arm.clauses) > 1:
        shorter = [Arm((*arm.clauses[:i], *arm.clauses[i + 1 :])) for i in range(len(arm.clauses))]
        best = min(shorter, key=lambda a: _mistakes(a, rows))
        if _mistakes(best, rows) - _mistakes(arm, rows) > WORTH * len(rows):
            break
        arm = best
    return arm


def _mistakes(arm: Arm, rows: Rows) -> int:
    return int((arm.true(rows) != rows.outcome).sum())


def _rows(features: Mapping[str, Feature], outcome: Truths) -> Rows:
    return Rows(features, outcome, np.arange(len(outcome)))


@dataclass(frozen=True)
class Fidelity:
    """Of how many customers the rules' group is their group, with a 95 % interval (Wilson)."""

    same: int
    customers: int
    low: float
    high: float

    @property
    def share(self) -> float:
        return self.same / self.customers if self.customers else float("nan")


def fidelity(by_rules: Ints, groups: Ints) -> Fidelity:
    same, n = int((by_rules == groups).sum()), len(groups)
    low, high = wilson(same / n, n, float(special.ndtri((1 + LEVEL) / 2))) if n else (0.0, 1.0)
    return Fidelity(same, n, low, high)


# -- what marks a group out ----------------------------------------------------------------

MARKS = 3
LEAST_APART = 0.4  # standard deviations from the others


@dataclass(frozen=True)
class Mark:
    """What marks a group out: `inside` and `outside` are medians of a number, or shares of a clause on a text, or yes or no.

    `clause` says it as a rule would, with the others' median as the border of a number.
    """

    clause: Clause
    inside: float
    outside: float
    apart: float

    @property
    def is_share(self) -> bool:
        return isinstance(self.clause, OneOf | Missing)


def marks(features: Mapping[str, Feature], inside: Truths, families: Mapping[str, str]) -> list[Mark]:
    """Return the strongest differences between some customers and the others, one of each family; not a test of anything."""
    found = [m for name, f in features.items() for m in _marks(name, f, inside) if abs(m.apart) >= LEAST_APART]
    best: dict[str, Mark] = {}
    for mark in sorted(found, key=lambda m: (-round(abs(m.apart), 9), m.clause.feature)):
        best.setdefault(families.get(mark.clause.feature, mark.clause.feature), mark)
    return list(best.values())[:MARKS]


def _marks(name: str, feature: Feature, inside: Truths) -> list[Mark]:
    known = ~feature.missing
    here, others = inside & known, ~inside & known
    if min(here.sum(), others.sum()) < 5:
        return []
    if isinstance(feature, Numbers):
        ranks = np.argsort(np.argsort(feature.values[known], kind="stable"), kind="stable") / known.sum()
        place = np.full(len(known), np.nan)
        place[known] = ranks
        apart = float((place[here].mean() - place[others].mean()) / ranks.std()) if ranks.std() else 0.0
        medians = [float(np.median(feature.values[rows])) for rows in (here, others)]
        if medians[0] == medians[1]:
            return []
        clause = AtLeast(name, medians[1]) if medians[0] > medians[1] else Below(name, medians[1])
        return [Mark(clause, medians[0], medians[1], apart)]
    found = []
    for code, value in enumerate(feature.names):
        if feature.names == ("false", "true") and value == "false":
            continue
        has = feature.codes == code
        shares = [float(has[rows].mean()) for rows in (here, others)]
        spread = float(np.sqrt((shares[0] * (1 - shares[0]) + shares[1] * (1 - shares[1])) / 2))
        apart = (shares[0] - shares[1]) / spread if spread else 0.0
        found.append(Mark(OneOf(name, (value,)), shares[0], shares[1], apart))
    return found
