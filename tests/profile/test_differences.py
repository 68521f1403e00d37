"""Figures of two groups beside scipy, statsmodels and numpy, over random groups."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from segdsl.profile.differences import Summary, adjusted, lift, of_numbers, of_shares, together, wilson

SEEDS = range(12)


def summary(values: np.ndarray, n: int | None = None) -> Summary:
    known = len(values)
    return Summary(n or known, known, float(values.mean()), float(values.var(ddof=1)) if known > 1 else math.nan)


def groups(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(5, 400, 2)
    return rng.gamma(0.5 + seed, 10, sizes[0]), rng.gamma(1.0, 10 + seed, sizes[1])


@pytest.mark.parametrize("seed", SEEDS)
def test_of_numbers_is_welch_in_standard_units(seed: int) -> None:
    a, b = groups(seed)
    ours = of_numbers(summary(a), summary(b))
    theirs = stats.ttest_ind(a, b, equal_var=False)
    unit = math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
    interval = theirs.confidence_interval(0.95)
    assert ours is not None
    assert ours.p == pytest.approx(theirs.pvalue, rel=1e-9)
    assert (ours.effect, *ours.interval) == pytest.approx(
        ((a.mean() - b.mean()) / unit, interval.low / unit, interval.high / unit)
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_groups_together_are_as_one(seed: int) -> None:
    a, b = groups(seed)
    one, whole = (
        together([summary(a, 500), summary(b), Summary(7, 0, math.nan, math.nan), summary(a[:1])]),
        np.concatenate([a, b, a[:1]]),
    )
    assert (one.n, one.known) == (500 + len(b) + 7 + 1, len(whole))
    assert (one.mean, one.variance) == pytest.approx((whole.mean(), whole.var(ddof=1)))


def share(yes: int, n: int) -> Summary:
    p = yes / n
    return Summary(n, n, p, p * (1 - p) * n / (n - 1) if n > 1 else math.nan)


@pytest.mark.parametrize(
    ("a", "b"),
    [((30, 50), (10, 80)), ((5, 5), (6, 400)), ((0, 90), (12, 100)), ((3, 7), (2, 9)), ((999, 1000), (990, 1000))],
)
def test_of_shares(a: tuple[int, int], b: tuple[int, int]) -> None:
    ours = of_shares(share(*a), share(*b))
    low, high = confint_proportions_2indep(*a, *b, compare="diff", method="newcomb")
    table = np.array([[a[0], a[1] - a[0]], [b[0], b[1] - b[0]]])
    plain = stats.chi2_contingency(table, correction=False).statistic
    p1, p2 = a[0] / a[1], b[0] / b[1]
    unit = math.sqrt((p1 * (1 - p1) + p2 * (1 - p2)) / 2)
    assert ours is not None
    assert (ours.effect, *ours.interval) == pytest.approx(((p1 - p2) / unit, low / unit, high / unit))
    expected = stats.contingency.expected_freq(table)
    fisher = stats.fisher_exact(table).pvalue
    assert ours.p == pytest.approx(
        stats.chi2.sf(plain * (table.sum() - 1) / table.sum(), 1) if expected.min() >= 1 else fisher
    )


@pytest.mark.parametrize(("a", "b"), [((30, 50), (10, 80)), ((0, 90), (12, 100)), ((5, 5), (6, 400))])
def test_lift(a: tuple[int, int], b: tuple[int, int]) -> None:
    ours = lift(share(*a), share(*b))
    low, high = confint_proportions_2indep(*a, *b, compare="ratio", method="log-adjusted")
    assert ours is not None
    assert (ours.ratio, ours.low, ours.high) == pytest.approx((a[0] / a[1] / (b[0] / b[1]), low, high))


@pytest.mark.parametrize(("yes", "n"), [(0, 10), (10, 10), (1, 7), (120, 300)])
def test_wilson(yes: int, n: int) -> None:
    assert wilson(yes, n) == pytest.approx(proportion_confint(yes, n, method="wilson"))


def test_adjusted_is_benjamini_hochberg() -> None:
    ps = np.random.default_rng(1).uniform(size=40) ** 3
    assert adjusted(list(ps)) == pytest.approx(list(multipletests(ps, method="fdr_bh")[1]))
    assert adjusted([]) == []


FIVE = np.full(5, 3.0)


@pytest.mark.parametrize(
    ("a", "b", "effect"),
    [
        (FIVE, FIVE, None),
        (FIVE, FIVE + 1, -math.inf),
        (FIVE * 0.1 * 3, FIVE * 0.3, None),
        (FIVE[:4], FIVE + 1, None),
    ],
    ids=["the same value", "two values", "the same but for rounding", "four customers"],
)
def test_groups_that_do_not_vary(a: np.ndarray, b: np.ndarray, effect: float | None) -> None:
    ours = of_numbers(summary(a), summary(b))
    assert (ours.effect if ours is not None else None) == effect
    assert ours is None or ours.p < 0.01


def test_a_group_with_one_value_is_given_the_other_s_spread() -> None:
    """So few are no proof, though their own variance is 0: Welch's p would be 1e-10."""
    b = np.repeat([0.0, 1.0], [60, 40])
    ours = of_numbers(summary(np.zeros(5)), summary(b))
    assert ours is not None and 0.05 < ours.p < 0.2


@pytest.mark.parametrize(("a", "b"), [((0, 50), (0, 50)), ((50, 50), (50, 50)), ((1, 4), (200, 400))])
def test_shares_with_too_few_to_test(a: tuple[int, int], b: tuple[int, int]) -> None:
    assert of_shares(share(*a), share(*b)) is None


def test_the_rate_of_false_discoveries_where_nothing_differs() -> None:
    """Of two groups drawn alike, as skewed counts: p below 5 % in no more than 5 % and what chance adds."""
    rng = np.random.default_rng(3)
    below = [
        (d.p < 0.05)
        for _ in range(1500)
        if (
            d := of_numbers(summary(rng.negative_binomial(0.4, 0.1, 40)), summary(rng.negative_binomial(0.4, 0.1, 400)))
        )
        is not None
    ]
    assert np.mean(below) < 0.075
