"""The test on the validation origin against every assignment of outcomes, its level, and the smallest lift."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from segdsl.discover.decide import decide, learned_rates, smallest_lift
from segdsl.discover.rows import Arm, AtLeast, Numbers, Rows, RuleList


def world(n: int, rate: float, inside: float, seed: int) -> Rows:
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=n), rng.normal(size=n)
    return Rows({"x": Numbers(x), "z": Numbers(z)}, rng.random(n) < np.where(x >= 0.8, inside, rate), np.arange(n))


LISTS = [RuleList((Arm((AtLeast("x", b),)),)) for b in (0.0, 0.8, 1.2)] + [RuleList((Arm((AtLeast("z", 0.0),)),))]


@pytest.mark.parametrize("seed", range(4))
def test_p_is_that_of_all_assignments(seed: int) -> None:
    """15 customers, 4 with the outcome: all 1,365 ways."""
    searched, small = world(500, 0.1, 0.5, seed), world(15, 0.1, 0.5, 100 + seed)
    small = Rows(small.features, np.arange(15) % 4 == 0, small.customers)
    found = decide(LISTS, searched, small, np.random.default_rng(0))
    scores = np.array([learned_rates(rule, searched)[rule.places(small)] for rule in LISTS])
    varying = scores.max(1) > scores.min(1)
    apart = (scores - scores.mean(1, keepdims=True))[varying]
    sums = np.array([apart[:, list(way)].sum(1) for way in combinations(range(15), 4)])
    scaled = sums / sums.std(0)
    seen = apart[:, small.outcome].sum(1) / sums.std(0)
    exact = float((scaled.max(1) >= seen.max() - 1e-9).mean())
    assert found.p == pytest.approx(exact, abs=4 * np.sqrt(0.25 / 20_000))


@pytest.mark.long
def test_the_level_is_kept_whatever_was_learned() -> None:
    """400 validations of nothing: more than 20 finds at 2.5 % are rarer than one in 1,000 (binomial)."""
    rng = np.random.default_rng(1)
    searched = world(500, 0.1, 0.5, 0)
    finds = 0
    for i in range(400):
        nothing = world(200, 0.1, 0.1, 1_000 + i)
        finds += decide(LISTS, searched, nothing, rng).chosen is not None
    assert finds <= 20


def test_what_comes_true_is_chosen_and_what_turns_round_is_not() -> None:
    searched = world(800, 0.05, 0.4, 0)
    assert decide(LISTS, searched, world(600, 0.05, 0.4, 1), np.random.default_rng(0)).chosen == LISTS[1]
    turned = world(600, 0.4, 0.05, 2)
    assert decide(LISTS, searched, turned, np.random.default_rng(0)).chosen is None


@pytest.mark.parametrize("outcome", [False, True])
def test_a_constant_outcome_decides_nothing(outcome: bool) -> None:
    some = world(100, 0.1, 0.5, 0)
    same = Rows(some.features, np.full(100, outcome), some.customers)
    found = decide(LISTS, some, same, np.random.default_rng(0))
    assert found.chosen is None and found.p == 1.0
    assert smallest_lift(some, same, found.critical, np.random.default_rng(0)) is None


def test_the_smallest_lift_falls_with_the_customers() -> None:
    lifts = [
        smallest_lift(world(n, 0.1, 0.1, 0), world(n, 0.1, 0.1, 1), 2.2, np.random.default_rng(0))
        for n in (300, 1_000, 5_000, 50_000)
    ]
    assert lifts == sorted(lifts, reverse=True)  # type: ignore[type-var]
    assert all(x is not None and x > 1 for x in lifts)
