"""Scores, clusters, valleys and draws of one group, each against what it is defined to be."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from segdsl.discover.groups.clusters import clustered
from segdsl.discover.groups.decide import LOOKS, Valley, adjusted_rand, decide, one_groups, together, valleys_of
from segdsl.discover.groups.learn import learn
from segdsl.discover.groups.rules import rules_of
from segdsl.discover.groups.scores import Scores, choose
from segdsl.discover.rows import Categories, Feature, Floats, Ints, Numbers

pytestmark = pytest.mark.slow


def cloud(n: int, seed: int, apart: float = 0.0) -> tuple[Floats, Ints]:
    """Six numbers that go together strongly, of two groups whose centres are so far apart in the last three."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 2, n)
    x = 2 * rng.normal(size=(n, 1)) + rng.normal(size=(n, 6))
    x[:, 3:] = rng.normal(size=(n, 3)) + groups[:, None] * apart / np.sqrt(3)
    return (x - x.mean(0)) / x.std(0), groups


def scores(x: Floats, facts: Floats | None = None) -> Scores:
    facts = np.zeros((len(x), 0)) if facts is None else facts
    return Scores(x, facts, np.ones(x.shape, np.bool_))


def test_adjusted_rand_is_that_of_pairs() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 3, 40), rng.integers(0, 4, 40)
    together_ = [(a[i] == a[j], b[i] == b[j]) for i, j in combinations(range(40), 2)]
    both, first, second = (
        sum(f(p) for p in together_) for f in (lambda p: p[0] and p[1], lambda p: p[0], lambda p: p[1])
    )
    expected = first * second / len(together_)
    assert adjusted_rand(a, b) == pytest.approx((both - expected) / ((first + second) / 2 - expected))
    assert adjusted_rand(a, (a + 1) % 3) == 1


def test_a_valley_is_the_sign_test() -> None:
    assert Valley(12, 3).p == pytest.approx(stats.binomtest(3, 15, alternative="less").pvalue)
    assert Valley(10, 10).depth == 0 and Valley().p == 1


def test_clusters_are_those_that_were_planted_not_the_widest_direction() -> None:
    x, groups = cloud(400, 1, apart=5.0)
    clustering = clustered(x, [2], np.random.default_rng(0))[2]
    assert clustering is not None and adjusted_rand(clustering.groups(x), groups) > 0.9
    turned = x @ np.random.default_rng(2).normal(size=(6, 6))
    again = clustered(turned, [2], np.random.default_rng(0))[2]
    assert again is not None and adjusted_rand(again.groups(turned), groups) > 0.9


def test_one_group_seldom_has_a_valley_whatever_its_skew() -> None:
    """60 clouds of one group: at 2.5 % more than 6 are rarer than one in 1,000 (binomial)."""
    seen = 0
    for seed in range(60):
        x = cloud(400, seed)[0]
        x = x if seed % 2 else np.exp(x / 2)
        found = valleys_of(scores(x[:230]), scores(x[230:]), np.random.default_rng(seed))
        seen += len(LOOKS) * min(v.p for v in found.values()) <= 0.025
    assert seen <= 6


def test_draws_of_one_group_keep_values_facts_and_rank_correlations() -> None:
    x = cloud(800, 3, apart=6.0)[0]
    x = np.round(x, 1)
    facts = (np.random.default_rng(1).random((800, 2)) < 0.3) + 0.0
    x[facts[:, 0] == 1, 0] = -3.0
    own = np.ones(x.shape, np.bool_)
    own[:, 0] = facts[:, 0] == 0
    given = Scores(x, facts - facts.mean(0), own)
    for drawn in one_groups(given, np.random.default_rng(0), 3):
        assert np.array_equal(np.sort(drawn.numbers, 0), np.sort(x, 0)) and drawn.facts is given.facts
        assert np.array_equal(drawn.numbers[:, 0] == -3.0, x[:, 0] == -3.0)
        apart = stats.spearmanr(drawn.numbers).statistic - stats.spearmanr(x).statistic
        assert np.abs(apart).max() < 0.1
        assert not np.array_equal(drawn.numbers, x)


def test_groups_of_one_number_alone_are_none() -> None:
    """A number with two peaks beside others without: its values are kept by the draws."""
    x = cloud(500, 4)[0]
    x[:, 5] = np.where(np.random.default_rng(0).random(500) < 0.5, -3, 3) + 0.3 * np.random.default_rng(1).normal(
        size=500
    )
    found = decide(scores(x[:300]), scores(x[300:]), np.random.default_rng(0))
    assert found.clustering is None
    assert found.one_peak <= 0.025 and found.one_group is not None and found.one_group > 0.025


def test_scores_draw_in_tails_and_hold_facts_apart() -> None:
    rng = np.random.default_rng(0)
    x = rng.lognormal(0, 2, 500)
    features: dict[str, Feature] = {
        "spend": Numbers(x),
        "cents": Numbers(100 * x + rng.normal(size=500) * 0.01),
        "age": Numbers(rng.normal(size=500)),
        "zeros": Numbers(np.where(rng.random(500) < 0.5, 0.0, x)),
        "plan": Categories(rng.integers(0, 3, 500), ("a", "b", "c")),
        "name": Categories(np.arange(500), tuple(map(str, range(500)))),
    }
    chosen = choose(features, {})
    assert chosen.scorer is not None and chosen.scorer.names == ("spend", "age")
    assert set(chosen.scorer.facts) == {"plan", "zeros"}
    assert chosen.left_out["cents"] == "says nearly what `spend` says"
    assert chosen.left_out["name"] == "has more than 12 different values"
    given = chosen.scorer.scores(features)
    assert np.abs(given.numbers).max() <= 3 and np.abs(given.numbers.mean(0)).max() < 0.1
    assert abs(stats.skew(given.numbers[:, 0])) < 0.3
    assert np.abs(together(given, given).residuals().T @ together(given, given).facts).max() < 1e-1


def test_rules_tell_the_groups_and_drop_clauses_that_are_not_worth_reading() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=600) * 10, rng.normal(size=600) * 10
    groups = np.where(x >= 5, 0, np.where(y < -3, 1, 2))
    rules = rules_of({"x": Numbers(x), "y": Numbers(y)}, groups)
    assert rules is not None and rules.rule.clauses <= 3
    assert (rules.groups({"x": Numbers(x), "y": Numbers(y)}, 600) == groups).mean() > 0.97
    gaps = Numbers(np.full(600, np.nan))
    assert (rules.groups({"x": gaps, "y": gaps}, 600) == -1).all()


ODD: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "a tail without a mean": lambda rng, n: rng.pareto(0.1, n),
    "tiny": lambda rng, n: rng.normal(size=n) * 1e-300,
    "huge": lambda rng, n: rng.normal(size=n) * 1e300,
    "far from zero": lambda rng, n: 1e15 + rng.integers(0, 100, n),
    "one outlier": lambda rng, n: np.append(rng.normal(size=n - 1), 1e12),
    "nearly half missing": lambda rng, n: np.where(rng.random(n) < 0.45, np.nan, rng.normal(size=n)),
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.filterwarnings("error")
def test_odd_numbers_make_no_groups_and_no_warnings(kind: str) -> None:
    """The last number is the sum of the first two, so that the numbers have no more than four dimensions."""
    rng = np.random.default_rng(0)
    values = [ODD[kind](rng, 300) for _ in range(4)]
    features: dict[str, Feature] = {f"x{i}": Numbers(v) for i, v in enumerate([*values, values[0] + values[1]])}
    learned = learn(features, rng.integers(0, 3, 300), {}, rng)
    assert learned.rules is None and len(learned.numbers) >= 2


@pytest.mark.parametrize("customers", [0, 1, 3])
def test_hardly_any_customers(customers: int) -> None:
    features: dict[str, Feature] = {f"x{i}": Numbers(np.arange(customers) * 1.0) for i in range(3)}
    assert learn(features, np.arange(customers) % 3, {}, np.random.default_rng(0)).rules is None
