"""Intervals against statsmodels, and customers who recur."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from segdsl.discover.estimate import estimate, ratio, wilson
from segdsl.discover.rows import Rows

Z = 1.959963984540054


@pytest.mark.parametrize(("k", "n"), [(0, 40), (1, 40), (12, 100), (100, 100), (3, 5_000)])
def test_wilson_is_that_of_statsmodels(k: int, n: int) -> None:
    assert wilson(k / n, n, Z) == pytest.approx(proportion_confint(k, n, method="wilson"), abs=1e-9)


@pytest.mark.parametrize(
    ("k", "n", "c", "m"),
    [(12, 100, 30, 900), (1, 40, 3, 500), (0, 40, 3, 500), (5, 10, 5, 10), (300, 1_000, 20, 4_000)],
)
def test_ratio_is_the_score_interval_of_statsmodels(k: int, n: int, c: int, m: int) -> None:
    wanted = confint_proportions_2indep(k, n, c, m, compare="ratio", method="score")
    assert ratio(k / n, n, c / m, m, Z) == pytest.approx(wanted, rel=1e-4, abs=1e-9)


def test_a_ratio_to_nothing_has_no_upper_end() -> None:
    low, high = ratio(0.2, 50, 0.0, 200, Z)
    assert 0 < low < inf and high == inf


def test_customers_who_recur_count_once() -> None:
    """The same outcome at four origins: as wide as a single origin."""
    rng = np.random.default_rng(0)
    y = rng.random(300) < 0.2
    once = Rows({}, y, np.arange(300))
    often = Rows({}, np.tile(y, 4), np.tile(np.arange(300), 4))
    inside = np.arange(300) < 120
    a, b = estimate(inside, once), estimate(np.tile(inside, 4), often)
    assert (b.rate, b.customers, b.rows) == (a.rate, 120, 480)
    assert (b.low, b.high) == pytest.approx((a.low, a.high), abs=0.002)


def test_nobody_inside_is_no_rate() -> None:
    held = estimate(np.zeros(5, np.bool_), Rows({}, np.array([True] * 5), np.arange(5)))
    assert (held.rows, held.low, held.high) == (0, 0.0, 1.0) and np.isnan(held.rate)
