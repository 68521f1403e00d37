"""`discover` in worlds whose truth is known: few of the worlds that `python -m tests.simulate.discoveries` does, into discoveries.txt."""

from __future__ import annotations

import pytest
from scipy import stats

from tests.simulate.discoveries import Tally, World, run, same_customers_decide

pytestmark = pytest.mark.long
RARE = 1 / 2_000


def test_nothing_is_seldom_found() -> None:
    """Customers who recur, with a propensity that no field holds: those who were searched would find it again."""
    lasting = World(600, base=0.2, lasting=2.5, searched=3, noise=7)
    found = run(lasting, 40).found
    assert found <= stats.binom.isf(RARE, 40, 0.025)
    assert same_customers_decide(lasting, 40) * 40 > found


@pytest.fixture(scope="module")
def planted() -> Tally:
    return run(World(800, "threshold", 0.04, 0.3, noise=7), 40, 1)


def test_intervals_cover_the_truth_given_that_something_was_found(planted: Tally) -> None:
    assert planted.found >= 30
    for covered, n in ((planted.rates_covered, planted.rates), (planted.ratios_covered, planted.ratios)):
        assert covered >= stats.binom.ppf(RARE, n, 0.95)


def test_what_was_planted_is_what_is_found(planted: Tally) -> None:
    assert planted.rand / planted.found >= 0.9
    assert planted.clauses / planted.found <= 1.5


def test_a_planted_window_is_not_written_as_one_of_its_borders() -> None:
    """What is searched alone shows one border only in two of these worlds; with what decided both are clear."""
    windows = run(World(1_000, "window", 0.03, 0.36, noise=200), 8, 2)
    assert windows.found == 8
    assert windows.rand / windows.found >= 0.95
