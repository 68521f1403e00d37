"""From features of customers to groups as rules, or to none, with held-out figures: what command and simulation call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from segdsl.discover.groups.decide import Decision, decide
from segdsl.discover.groups.rules import Fidelity, GroupRules, Mark, fidelity, marks, rules_of
from segdsl.discover.groups.scores import MOST_NUMBERS, Scorer, choose
from segdsl.discover.rows import Feature, Ints

FIRST, SECOND = 0.4, 0.3
"""Shares of the customers that are clustered, and that decide; the others estimate."""
PER_NUMBER = 25
"""Customers that cluster and decide, for each number that is used."""


@dataclass(frozen=True)
class Group:
    """A group as the rules have it, of the customers that estimate: how many, and what marks it out from the others."""

    customers: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Learned:
    """`rules`: the groups as rules; None where none were found. `groups`: in the order of the rules, the last the rest.

    `numbers`, `facts`: features that groups are made of, and beside which they are judged. `left_out`: the others, with reasons.
    `decision`: None where fewer than two numbers say anything.
    `without_rules`: groups were found, but no short rules tell them.
    `undecided`: customers that estimate, of whom a condition is unknown.
    """

    decision: Decision | None
    rules: GroupRules | None
    groups: tuple[Group, ...]
    fidelity: Fidelity | None
    numbers: tuple[str, ...]
    facts: tuple[str, ...]
    left_out: Mapping[str, str]
    without_rules: bool = False
    undecided: int = 0


def learn(
    features: Mapping[str, Feature],
    parts: Ints,
    families: Mapping[str, str],
    rng: np.random.Generator,
    report_progress: Callable[[str], None] = lambda _: None,
) -> Learned:
    """Cluster the customers of part 0, decide by those of part 1, tell the groups of both, and estimate by part 2."""
    order = np.concatenate([np.flatnonzero(parts == part) for part in (0, 1)])
    both = {name: f.at(order) for name, f in features.items()}
    chosen = choose(both, families, min(MOST_NUMBERS, max(2, len(order) // PER_NUMBER)))
    scorer = chosen.scorer
    if scorer is None:
        return Learned(None, None, (), None, (), (), chosen.left_out)
    scores = scorer.scores(both)
    first = int((parts == 0).sum())
    places = np.arange(len(order))
    report_progress(f"clustering {first:,} customers by {len(scorer.names)} numbers")
    decision = decide(scores.at(places < first), scores.at(places >= first), rng, report_progress)
    nothing = Learned(decision, None, (), None, scorer.names, scorer.facts, chosen.left_out)
    if decision.clustering is None:
        return nothing
    report_progress("telling the groups as rules")
    used = {name: both[name] for name in (*scorer.names, *scorer.facts)}
    rules = rules_of(used, decision.clustering.groups(scores.numbers))
    if rules is None:
        return Learned(decision, None, (), None, scorer.names, scorer.facts, chosen.left_out, without_rules=True)
    third = {name: f.at(np.flatnonzero(parts == 2)) for name, f in features.items()}
    return _estimated(nothing, rules, scorer, third, int((parts == 2).sum()), families)


def _estimated(
    learned: Learned,
    rules: GroupRules,
    scorer: Scorer,
    third: Mapping[str, Feature],
    customers: int,
    families: Mapping[str, str],
) -> Learned:
    assert learned.decision is not None and learned.decision.clustering is not None
    by_rules = rules.groups(third, customers)
    groups = learned.decision.clustering.groups(scorer.scores(third).numbers)
    used = {name: third[name] for name in (*scorer.names, *scorer.facts)}
    shown = tuple(Group(int((by_rules == g).sum()), tuple(marks(used, by_rules == g, families))) for g in rules.order)
    return Learned(
        learned.decision,
        rules,
        shown,
        fidelity(by_rules, groups),
        learned.numbers,
        learned.facts,
        learned.left_out,
        undecided=int((by_rules < 0).sum()),
    )
