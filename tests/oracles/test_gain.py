"""The statistics of a backtest: by other libraries, by definition, by published figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_confint

from segdsl.experiment.history import judge
from segdsl.experiment.shared import gain, sample_size
from segdsl.experiment.shared.cells import Cell
from segdsl.report.content.backtest import ENOUGH_ORIGINS, few_origins


def of_clusters(seed: int, clusters: int, most: int = 6) -> tuple[Any, Any, Any, Any]:
    """Gains of customers, which cluster each is of, and the totals."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, most, clusters)
    who = np.repeat(np.arange(clusters), sizes)
    d = rng.normal(0.02, 1, len(who)) + rng.normal(0, 0.5, clusters)[who]
    return d, who, np.bincount(who, d), sizes.astype(float)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("clusters", [30, 31, 400])
def test_the_clustered_error_is_that_of_statsmodels(seed: int, clusters: int) -> None:
    """A regression on a constant with errors clustered, corrected for few clusters, t with M - 1 degrees of freedom."""
    d, who, gains, sizes = of_clusters(seed, clusters)
    found = gain.paired(gains, sizes, 0.05)
    fit = sm.OLS(d, np.ones(len(d))).fit(
        cov_type="cluster", cov_kwds={"groups": who, "use_correction": True}, use_t=True
    )
    assert found.estimate == pytest.approx(fit.params[0], rel=1e-10)
    assert found.se == pytest.approx(fit.bse[0], rel=1e-10)
    assert (found.low, found.high) == pytest.approx(tuple(fit.conf_int(0.05)[0]), rel=1e-9)
    assert found.p == pytest.approx(fit.pvalues[0], rel=1e-8)


@pytest.mark.parametrize("clusters", [4, 20, 300])
def test_clusters_that_are_alike_count_as_often_as_there_are(clusters: int) -> None:
    _, _, gains, sizes = of_clusters(1, clusters)
    counts = np.random.default_rng(2).integers(2, 9, clusters)
    together = gain.paired(gains, sizes, 0.05, counts.astype(float))
    each = gain.paired(np.repeat(gains, counts), np.repeat(sizes, counts), 0.05)
    assert (together.clusters, together.method) == (each.clusters, each.method) == (counts.sum(), each.method)
    for figure in ("estimate", "low", "high", "p", "se"):
        assert getattr(together, figure) == pytest.approx(getattr(each, figure), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("clusters", [6, 9, 12])
@pytest.mark.parametrize("seed", range(4))
def test_signs_are_flipped_as_scipy_flips_them(seed: int, clusters: int) -> None:
    _, _, gains, sizes = of_clusters(seed, clusters)
    found = gain.paired(gains, sizes, 0.05)
    oracle = stats.permutation_test(
        (gains,), lambda x, axis: np.abs(np.sum(x, axis=axis)), permutation_type="samples", n_resamples=np.inf, alternative="greater"
    )  # fmt: skip
    assert found.method == "sign-flip" and found.p == pytest.approx(oracle.pvalue, abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("clusters", [6, 10, 20, 29])
def test_the_interval_is_what_the_flips_do_not_rule_out(clusters: int) -> None:
    """Just inside a border the value isn't rejected, just outside it is."""
    _, _, gains, sizes = of_clusters(3, clusters)
    found = gain.paired(gains, sizes, 0.05)
    assert found.low < found.estimate < found.high
    for border, out in ((found.low, -1), (found.high, 1)):
        step = (found.high - found.low) * 1e-6
        assert gain.paired(gains - (border + out * step) * sizes, sizes, 0.05).p < 0.05
        assert gain.paired(gains - (border - out * step) * sizes, sizes, 0.05).p >= 0.05


def test_six_clusters_of_one_sign_just_reach_five_percent() -> None:
    assert gain.paired(np.ones(6) + np.arange(6) / 10, np.ones(6), 0.05).p == pytest.approx(2 / 64)
    assert gain.paired(np.ones(5) + np.arange(5) / 10, np.ones(5), 0.05).p == pytest.approx(
        2 / 32
    )  # why five are too few


BENJAMINI_HOCHBERG = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
]  # fmt: skip


def test_holm_rejects_three_of_the_fifteen() -> None:
    """Y. Benjamini, Y. Hochberg, Controlling the False Discovery Rate (1995), section 3.2: 3 by Bonferroni and Holm, 4 by theirs."""
    ps = {str(i): p for i, p in enumerate(BENJAMINI_HOCHBERG)}
    levels = gain.holm(ps, 0.05)
    assert [n for n, p in ps.items() if p < levels[n]] == ["0", "1", "2"]
    assert sum(p < 0.05 / 15 for p in BENJAMINI_HOCHBERG) == 3
    assert sum(stats.false_discovery_control(BENJAMINI_HOCHBERG) <= 0.05) == 4


@pytest.mark.long
@settings(max_examples=40, deadline=None)
@example([0.03, 0.04])  # the first isn't rejected, so the second isn't, though below 5 %
@given(st.lists(st.floats(1e-6, 0.2), min_size=1, max_size=8))
def test_holm_is_that_of_statsmodels(ps: list[float]) -> None:
    named = {str(i): p for i, p in enumerate(ps)}
    levels = gain.holm(named, 0.05)
    ours = [p <= levels[n] for n, p in named.items()]
    assert ours == list(multipletests(ps, 0.05, "holm")[0])


def test_rates_are_drawn_to_the_average() -> None:
    """10 of 100 and none of 4, with 20 average customers (10/104) added to each."""
    overall = 10 / 104
    assert gain.learn_rates({"a": (100, 0.1), "b": (4, 0.0)}) == pytest.approx({
        "a": (10 + 20 * overall) / 120, "b": (0 + 20 * overall) / 24,
    })  # fmt: skip


@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6), min_size=1, max_size=5))
def test_moments_of_parts_are_those_of_the_whole(parts: list[list[float]]) -> None:
    every = [v for p in parts for v in p]
    cells = [Cell(len(p), len(p), float(np.mean(p)), float(np.var(p) * len(p))) for p in parts]
    n, mean, variance = judge.spread(cells)
    assert n == len(every)
    assert mean == pytest.approx(np.mean(every), rel=1e-9, abs=1e-9)
    assert variance == pytest.approx(np.var(every), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("yes", "n"), [(0, 40), (3, 40), (40, 40), (500, 2_000)])
def test_intervals_of_shares_are_wilsons(yes: int, n: int) -> None:
    share = yes / n
    assert judge._interval(share, share * (1 - share), n, 0.05) == pytest.approx(
        proportion_confint(yes, n, method="wilson"), abs=1e-12
    )


# -- design ------------------------------------------------------------------------


def test_numbers_of_customers() -> None:
    """A tenth leaves: one point is found with 28,256 customers. Where a fifth differs, the same is five points among them: a
    25th of the customers, from a base five times as large."""
    whole = 2 * sample_size.units_per_arm(0.01, 0.09, 0.09)
    assert whole == 28_256
    differ = 2 * sample_size.units_per_arm(0.05, 0.09, 0.09)
    assert abs(differ - whole * 0.2**2) < 2 and abs(differ / 0.2 - 5_651) < 10


@given(st.floats(0.05, 0.9), st.floats(0.01, 0.1), st.floats(0.55, 0.95))
def test_power_is_that_of_statsmodels(sd: float, alpha: float, power: float) -> None:
    """What `design` asks for has the power it says, the far side left out: n customers an arm, one side of alpha / 2."""
    effect = 0.1
    n = sample_size.z_total(alpha, power) ** 2 * 2 * sd**2 / effect**2
    exact = NormalIndPower().power(effect / sd, nobs1=n, alpha=alpha / 2, alternative="larger")
    assert exact == pytest.approx(power, abs=1e-9)
    assert sample_size.units_per_arm(effect, sd**2, sd**2, alpha, power) == np.ceil(n - 1e-9)
    assert sample_size.power_of(effect, np.sqrt(2 * sd**2 / n), alpha) == pytest.approx(power, abs=1e-9)


def test_clusters_and_covariates() -> None:
    assert sample_size.design_effect(10, 0, 0.1) == pytest.approx(1.9)  # Kish: 1 + (m - 1) ICC
    assert sample_size.design_effect(1, 0, 0.3) == pytest.approx(1.0)
    plain = sample_size.units_per_arm(0.05, 0.09, 0.09)
    assert sample_size.units_per_arm(0.05, 0.09, 0.09, rho=0.5) == pytest.approx(plain * 0.75, abs=1)
    with pytest.raises(ValueError, match="effect of 0"):
        sample_size.units_per_arm(0, 1, 1)


# -- over origins ---------------------------------------------------------------------


def test_what_differs_between_origins_is_that_of_statsmodels() -> None:
    """DerSimonian and Laird's variance and mean; then t instead of the normal."""
    from statsmodels.stats.meta_analysis import combine_effects

    gains, ses = np.array([0.31, 0.05, 0.22, 0.61]), np.array([0.05, 0.06, 0.09, 0.07])
    oracle = combine_effects(gains, ses**2, method_re="chi2", row_names=list("abcd"))
    low, high = gain.between(gains, ses, 0.05)
    assert (low + high) / 2 == pytest.approx(oracle.mean_effect_re)
    assert (high - low) / 2 == pytest.approx(stats.t.ppf(0.975, 3) * oracle.sd_eff_w_re)


def test_origins_that_agree_are_no_wider_than_chance() -> None:
    low, high = gain.between(np.array([0.20, 0.21, 0.19]), np.full(3, 0.1), 0.05)
    assert (low, high) == pytest.approx((0.2 - 1.959964 * 0.1 / 3**0.5, 0.2 + 1.959964 * 0.1 / 3**0.5))
    assert gain.between(np.array([5.0]), np.array([0.1]), 0.05) == (
        -np.inf,
        np.inf,
    )  # one origin says nothing of another


def test_one_origin_without_a_gain_stands_against_nothing() -> None:
    """Three of 2 and one of -0.1, each with an error of 1.2: Q = 2.3 of 3 expected, so the mean is 1.475 less 1.96 * 0.6."""
    gains, ses = np.array([2.0, 2.0, -0.1, 2.0]), np.full(4, 1.2)
    assert gain.between(gains, ses, 0.05)[0] == pytest.approx(1.475 - 1.959964 * 0.6)
    assert all(held for _, held in gain.requirements(gains, ses, np.full(3, 1.4), np.array(1.4), 0.05))


@pytest.mark.parametrize(("origins", "said"), [
    (1, "1 origin can hardly promote anything: ask four"), (2, "2 origins can hardly"), (3, "Ask four origins rather than three"),
])  # fmt: skip
def test_four_origins_are_asked_for(origins: int, said: str) -> None:
    assert few_origins(origins).startswith(said) and ENOUGH_ORIGINS == 4
