"""The test on the validation origin against every assignment of outcomes, its level, and the smallest lift."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from segdsl.discover.decide import decide, is_anything, learned_rates, simplest, smallest_lift
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


@pytest.mark.parametrize("seed", range(4))
def test_weighted_evidence_is_that_of_all_assignments(seed: int) -> None:
    """15 customers, 4 with the outcome: all 1,365 ways, each list's likelihood over its mean of all ways, as a normal one."""
    searched, small = world(500, 0.1, 0.5, seed), world(15, 0.1, 0.5, 100 + seed)
    small = Rows(small.features, np.arange(15) % 4 == 0, small.customers)
    worths = [3.0, 5.0, 0.0, -8.0]
    p = is_anything(list(zip(LISTS, worths, strict=True)), searched, small, np.random.default_rng(0))

    def evidence(have: tuple[int, ...]) -> float:
        total = 0.0
        for rule, worth in zip(LISTS, worths, strict=True):
            rates = learned_rates(rule, searched)[rule.places(small)]
            odds = np.log(rates / (1 - rates))
            spread = 4 * 11 / 15 * odds.var(ddof=1)
            total += np.exp(worth / 2 + odds[list(have)].sum() - 4 * odds.mean() - spread / 2)
        return float(total)

    seen = evidence(tuple(np.flatnonzero(small.outcome)))
    exact = np.mean([evidence(way) >= seen - 1e-9 for way in combinations(range(15), 4)])
    assert p == pytest.approx(exact, abs=4 * np.sqrt(0.25 / 2_000))


def test_weighted_evidence_keeps_the_level_whatever_the_priors() -> None:
    """400 validations of nothing, a prior that is wrong: more than 20 finds at 2.5 % are rarer than one in 1,000 (binomial)."""
    rng = np.random.default_rng(2)
    searched = world(500, 0.1, 0.5, 0)
    plausible = [(rule, 10.0 * i) for i, rule in enumerate(LISTS)]
    ps = [is_anything(plausible, searched, world(200, 0.1, 0.1, 2_000 + i), rng) for i in range(400)]
    assert sum(p <= 0.025 for p in ps) <= 20
    assert 0.4 < np.mean(ps) < 0.6


def test_what_is_second_in_the_search_is_evidence_too() -> None:
    searched, validation = world(800, 0.05, 0.4, 0), world(600, 0.05, 0.4, 1)
    wrong, right = (LISTS[3], 20.0), (LISTS[1], 10.0)
    rng = np.random.default_rng(0)
    assert is_anything([wrong], searched, validation, rng) > 0.025
    assert is_anything([wrong, right], searched, validation, rng) < 0.001
    assert is_anything([right], searched, world(600, 0.4, 0.05, 2), rng) > 0.5


def test_the_evidence_of_a_sample_with_the_rarer_outcome_is_that_of_all() -> None:
    """Of 30,000 rows 20,000 are read; what holds of all holds of these, and nothing is nothing."""
    searched, rng = world(800, 0.05, 0.4, 0), np.random.default_rng(0)
    plausible = [(rule, 0.0) for rule in LISTS]
    assert is_anything(plausible, searched, world(30_000, 0.01, 0.03, 1), rng) < 0.001
    assert is_anything(plausible, searched, world(30_000, 0.01, 0.01, 1), rng) > 0.025


def test_of_lists_as_good_the_one_of_fewest_arms_is_taken() -> None:
    searched, validation = world(800, 0.05, 0.4, 0), world(600, 0.05, 0.4, 1)
    longer = RuleList((*LISTS[1].arms, *LISTS[3].arms))
    assert simplest([longer, *LISTS], searched, validation) == LISTS[1]


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
    assert is_anything([(rule, 0.0) for rule in LISTS], some, same, np.random.default_rng(0)) == 1.0
    assert smallest_lift(some, same, found.critical, np.random.default_rng(0)) is None


def test_the_smallest_lift_falls_with_the_customers() -> None:
    lifts = [
        smallest_lift(world(n, 0.1, 0.1, 0), world(n, 0.1, 0.1, 1), 2.2, np.random.default_rng(0))
        for n in (300, 1_000, 5_000, 50_000)
    ]
    assert lifts == sorted(lifts, reverse=True)  # type: ignore[type-var]
    assert all(x is not None and x > 1 for x in lifts)
