"""Looks: published borders, and how often they err and find by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from segdsl.experiment.pilot.looks import always, boundaries, inflation, inflation_always, level, median_unbiased, spent

RUNS = 600  # of a walk whose estimate is sought


def test_borders_are_those_of_lan_and_demets() -> None:
    """Five equal looks, .025 on each side, spending like O'Brien and Fleming."""
    found = boundaries((1.0, 2.0, 3.0, 4.0, 5.0), (0.2, 0.4, 0.6, 0.8, 1.0))
    assert found == pytest.approx((4.877, 3.357, 2.680, 2.290, 2.031), abs=5e-4)
    assert boundaries((1.0,), (1.0,)) == pytest.approx((1.959964,), abs=1e-6)
    assert spent(1.0, 0.05) == pytest.approx(0.025) and spent(0.0, 0.05) == 0.0


def test_the_last_look_spends_what_is_left() -> None:
    """Fewer came than were planned: the borders of before stay, the last asks for less than it would as one of many."""
    first = boundaries((100.0, 200.0), (0.25, 0.5))
    ended = boundaries((100.0, 200.0, 300.0), (0.25, 0.5, 1.0))
    assert ended[:2] == first
    assert ended[2] < boundaries((100.0, 200.0, 300.0), (0.25, 0.5, 0.75))[2]
    assert level(ended[2]) < 0.05


def test_what_was_thought_at_a_look_stays() -> None:
    """At the second look fewer will come than was thought at the first: the first asks for what it asked for then."""
    assert (
        boundaries((100.0, 200.0, 260.0), (0.25, 0.5, 1.0))[0] == boundaries((100.0, 200.0, 400.0), (0.25, 0.5, 1.0))[0]
    )
    z = np.abs(walks_of((100.0, 200.0, 260.0), 20_000))
    assert np.mean((z > boundaries((100.0, 200.0, 260.0), (0.25, 0.6, 1.0))).any(axis=1)) == pytest.approx(
        0.05, abs=0.0062
    )


def walks_of(sizes: tuple[float, ...], runs: int, seed: int = 9) -> np.ndarray:
    """z at looks of these sizes."""
    rng = np.random.default_rng(seed)
    steps = np.diff(np.r_[0.0, sizes])
    return (rng.normal(0, 1, (runs, len(sizes))) * np.sqrt(steps)).cumsum(axis=1) / np.sqrt(sizes)


def walks(looks: int, runs: int, drift: float = 0.0, seed: int = 1) -> np.ndarray:
    """z at each of equal looks, `drift` being z's mean at the last."""
    rng = np.random.default_rng(seed)
    step = rng.normal(drift / np.sqrt(looks), 1, (runs, looks))
    return step.cumsum(axis=1) / np.sqrt(np.arange(1, looks + 1))


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 5, 20])
def test_all_looks_together_err_as_often_as_one(count: int) -> None:
    z = np.abs(walks(count, 20_000))
    borders = boundaries(tuple(float(i + 1) for i in range(count)), tuple((i + 1) / count for i in range(count)))
    assert np.mean((z > borders).any(axis=1)) == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 20_000))


def test_unregistered_looks_err_far_more_often() -> None:
    """20 looks at 1.96: 24.8 % (P. Armitage, C. K. McPherson, B. C. Rowe, 1969, table 2); on any day by the sequence below 5 %."""
    z = np.abs(walks(20, 20_000))
    assert np.mean((z > 1.959964).any(axis=1)) == pytest.approx(0.248, abs=0.013)
    asked = [always(i + 1, 20) for i in range(20)]
    assert np.mean((z > asked).any(axis=1)) <= 0.05


def test_any_day_is_the_formula_written_down_again() -> None:
    rho2 = (2 * np.log(20) + np.log(1 + 2 * np.log(20))) / 400
    t = 250
    assert always(t, 400) == pytest.approx(
        np.sqrt((t * rho2 + 1) / (t * rho2) * 2 * np.log(np.sqrt(t * rho2 + 1) / 0.05))
    )
    assert min(range(50, 2_000, 10), key=lambda n: always(n, 400) / np.sqrt(n)) > 400


@pytest.mark.slow
def test_looks_cost_units() -> None:
    """About 1.03 times for five looks, 1.75 times for one on any day; and with so many the power is that of one look."""
    five = inflation((0.2, 0.4, 0.6, 0.8, 1.0), 0.05, 0.8)
    assert five == pytest.approx(1.025, abs=0.005) and inflation_always(0.05, 0.8) == pytest.approx(1.75, abs=0.02)
    drift = np.sqrt(five) * (stats.norm.ppf(0.975) + stats.norm.ppf(0.8))
    z = walks(5, 20_000, drift)
    assert np.mean((z > boundaries((0.2, 0.4, 0.6, 0.8, 1.0), (0.2, 0.4, 0.6, 0.8, 1.0))).any(axis=1)) == pytest.approx(
        0.8, abs=0.012
    )


@pytest.mark.long
@pytest.mark.parametrize("drift", [0.0, 2.0, 3.5])
def test_half_of_all_estimates_lie_below_the_truth(drift: float) -> None:
    borders = boundaries((1.0, 2.0, 3.0), (1 / 3, 2 / 3, 1.0))
    below = []
    for z in walks(3, RUNS, drift, seed=4):
        stop = next((i for i in range(3) if abs(z[i]) > borders[i]), 2)
        sizes = (1.0, 2.0, 3.0)[: stop + 1]
        se = 1 / np.sqrt(sizes[-1])
        truth = drift / np.sqrt(3)
        below.append(median_unbiased(sizes, borders[: stop + 1], z[stop] * se, se) < truth)
    assert np.mean(below) == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(RUNS))


def test_an_estimate_without_looks_before_is_left_as_it_is() -> None:
    assert median_unbiased((3.0,), (1.96,), 0.4, 0.1) == 0.4
