"""What a backtest could find: errors by hand, power beside what chance gives, and nothing of it from what is judged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats.power import NormalIndPower

from segdsl.experiment.history.expected import Expected
from segdsl.experiment.history.power import _parts, expected
from segdsl.experiment.pilot.power import Endpoint, Prospect, ahead
from segdsl.experiment.shared.sample_size import of_share
from tests.simulate import gate
from tests.simulate import worlds as w

# of so many that what is learned wrongly is nothing
FOUR = Expected(0.0568, 0.0, 0.0, 0.0, (1, 1), (1.0, 1.0), 10**9, 1.0, (2_422, 2_084, 1_811, 1_588), 2_422, 0.01)


@pytest.mark.parametrize(("size", "apart", "se"), [
    (0.01, 0.0, 0.00225),  # 2 sqrt(.01 / 7,905)
    (0.0568, 0.0, 0.00536),  # 2 sqrt(.0568 / 7,905): a candidate that gains more errs by more
    (0.01, 0.02, 0.00390),  # an incumbent of 1 % skill of its own: 2 sqrt(.03 / 7,905)
])  # fmt: skip
def test_the_error_grows_with_the_gain(size: float, apart: float, se: float) -> None:
    assert replace(FOUR, apart=apart).se(size) == pytest.approx(se, abs=5e-6)


@pytest.mark.parametrize(("further", "learners", "size", "distance"), [
    ((0, 2), 400, 0.01, 0.02),  # refined by two segments: the gain is c^2 - 2/400, so c^2 = .015, and they learn 2/400 wrongly
    ((1, 3), 400, 0.01, 0.025),  # across each other: c^2 - 3/400 + 1/400 = .01, and 4/400 is learned wrongly
    ((2, 0), 400, 0.005, 0.005),  # a coarser one, which gains by what it needn't learn: 2/400
])  # fmt: skip
def test_rates_of_few_customers_differ_by_chance(
    further: tuple[int, int], learners: int, size: float, distance: float
) -> None:
    """Where one window shows less, it is no less than that."""
    few = replace(FOUR, seen=size, further=further, learners=learners, apart=-0.005 if further[1] else 0.0)
    assert few.se(size) == pytest.approx(2 * (distance / 7_905) ** 0.5)


def test_segments_that_are_drawn_to_the_average() -> None:
    """A quarter of 100 customers keeps 25 / 45 of what it learns. Worth c^2 = .1 it gains .8025 .1 - .3086 3/100 and its rates are apart by .3086 (.1 + 3/100)."""
    s = 25 / 45
    quarters = replace(FOUR, further=(0, 3), drawn=(1.0, s), learners=100, apart=-1.0)
    gain, distance = (2 * s - s**2) * 0.1 - s**2 * 0.03, s**2 * 0.13
    assert quarters.se(gain) == pytest.approx(2 * (distance / 7_905) ** 0.5)


@pytest.mark.parametrize(("pairs", "parts"), [
    ("ax ay bx by", 1),  # across
    ("ax ay bz", 2),  # a is cut, b is kept
    ("ax by cz", 3),
    ("ax ay by bz cz", 1),  # each overlaps the next
])  # fmt: skip
def test_parts_that_both_divide_alike(pairs: str, parts: int) -> None:
    assert _parts([(p[0], p[1]) for p in pairs.split()]) == parts


def test_a_gain_of_one_percent_is_found_by_so_many_whatever_the_candidate_showed() -> None:
    """1 % is 4.4 standard errors of a candidate that gains 1 %; it was taken for 1.8 of one that gains 5.7 %."""
    assert FOUR.chance(0.01) == pytest.approx(stats.norm.cdf(0.01 / 0.00225 - 1.96), abs=1e-3)
    assert FOUR.answerable > 0.99


@pytest.mark.parametrize(("detect", "seen", "is_answerable"), [
    (0.02, -0.01, True), (0.02, 0.0, True), (0.0005, 0.02, True), (0.0005, 0.001, False), (0.0005, -0.02, False),
])  # fmt: skip
def test_only_a_no_to_both_is_a_reason_to_refuse(detect: float, seen: float, is_answerable: bool) -> None:
    assert (replace(FOUR, detect=detect, seen=seen, apart=0.01).answerable >= 0.5) == is_answerable


def test_one_origin_never_promotes() -> None:
    one = replace(FOUR, customers=(7_905,))
    assert one.power(0.5) == 0.0 and one.least(0.8) is None


def test_power_grows_and_what_is_found_with_it_is_found_with_it() -> None:
    powers = [FOUR.power(g) for g in (0.0005, 0.001, 0.002, 0.004, 0.01)]
    assert powers == sorted(powers) and replace(FOUR, apart=0.01).power(0.0) <= 0.027
    least = FOUR.least(0.8)
    assert least is not None and FOUR.power(least) == pytest.approx(0.8, abs=0.002)


def test_what_one_window_leaves_open_is_an_interval() -> None:
    low, high = replace(FOUR, detect=0.003, apart=0.01, apart_low=0.002, apart_high=0.03).interval
    assert low < FOUR.power(0.003, 0.01) < high


def test_a_candidate_that_refines_the_incumbent_has_an_interval_too() -> None:
    """What the two are apart is nothing then, whatever the window shows; by how much clusters and other variances make it err isn't."""
    refined = replace(FOUR, detect=0.003, further=(0, 1), apart=0.0, apart_low=-0.001, apart_high=0.001)
    assert refined.interval[0] == refined.interval[1]
    worse, usual, better = (replace(refined, factor=f).power(0.003) for f in (1.25, 1.0, 0.8))
    assert worse < usual < better
    assert replace(refined, factor_low=0.8, factor_high=1.25).interval == pytest.approx((worse, better))


def test_the_window_leaves_open_by_how_much_more_it_errs() -> None:
    found = expected(w.crossfitted(w.noise(400)(np.random.default_rng(1))(0)), [400, 400], 0.01)
    assert found is not None and found.factor_low is not None and found.factor_high is not None
    assert found.factor_low < found.factor < found.factor_high < 2 * found.factor


def test_a_window_that_says_nothing_says_nothing() -> None:
    rng = np.random.default_rng(1)
    d = w.noise(200)(rng)(0)
    assert expected(w.crossfitted(replace(d, y=np.zeros(200))), [200, 200], 0.01) is None
    assert expected(w.crossfitted(replace(d, a=np.zeros(200, int), b=np.zeros(200, int))), [200, 200], 0.01) is None


def test_what_teaches_an_origin_is_what_the_one_before_was_judged_by() -> None:
    """Who leaves more than expected speaks for the candidate at one origin, and teaches it to say so at the next: gains that agree with each other."""
    x = gate.true_moments(0.01, 0.0134, 1_000, 4)
    assert x.power(0.01) - replace(x, follows=False).power(0.01) == pytest.approx(0.05, abs=0.02)


@pytest.mark.long
@pytest.mark.parametrize(("accounts", "skills", "apart"), [
    (400, (0.0, 0.02), False), (500, (0.01, 0.05), False), (1_000, (0.0, 0.012), False), (1_000, (0.0, 0.012), True), (1_000, (0.01, 0.055), False),
])  # fmt: skip
def test_power_is_how_often_a_verdict_is_given(accounts: int, skills: tuple[float, float], apart: bool) -> None:
    """Given the world's own moments, 2,500 backtests each of three to five origins: within two points, and one standard error of a share of 2,500."""
    world = w.staying(accounts, *skills)
    histories = [gate.history(world, np.random.default_rng([7, accounts, i]), apart)[0] for i in range(2_500)]
    for origins, runs in zip(gate.ORIGINS, zip(*histories)):
        truth, distance = (float(np.mean(x)) for x in zip(*((r.gain, r.distance) for r in runs)))
        power = gate.true_moments(truth, distance, accounts, origins, not apart).power(truth)
        assert power == pytest.approx(np.mean([r.passes for r in runs]), abs=0.02 + 0.01)


# -- of a pilot ------------------------------------------------------------------------

SPREAD = Endpoint(lambda _: 2.0, 10.0)
ONE = Prospect(SPREAD, 2, (), (None,), (1.0,), (1.959964,))
TWO = replace(ONE, fractions=(0.5, 1.0), days=(None, None), borders=(2.963, 1.969))


def test_with_one_look_power_is_that_of_one_test() -> None:
    """200 an arm, standard deviation 1, effect .3: .3 / sqrt(2 / 200) = 3 standard errors."""
    assert ONE.power(0.3, 400) == pytest.approx(stats.norm.cdf(3 - 1.959964), abs=1e-6)
    assert replace(ONE, primary=replace(SPREAD, more=2.25)).power(0.3, 400) == pytest.approx(
        stats.norm.cdf(2 - 1.959964), abs=1e-6
    )
    assert replace(ONE, arms=3).power(0.3, 600) == ONE.power(0.3, 400)


@pytest.mark.parametrize("effect", [0.0, 0.1, 0.25, 0.3, 0.5])
def test_with_two_looks_it_is_that_of_two_correlated_tests(effect: float) -> None:
    """z at half of the outcomes and at all: means sqrt(1/2) and 1 of the drift, correlation sqrt(1/2)."""
    drift, (first, last) = effect / 0.1, TWO.borders
    both = stats.multivariate_normal([drift * 0.5**0.5, drift], [[1, 0.5**0.5], [0.5**0.5, 1]])
    early = stats.norm.sf(first - drift * 0.5**0.5)
    below = stats.norm.cdf(-first - drift * 0.5**0.5)
    later = both.cdf([first, np.inf], lower_limit=[-first, last])
    one, two = TWO.looks(effect, 400)
    assert one.promoted == pytest.approx(early, abs=1e-4) and two.promoted == pytest.approx(early + later, abs=1e-4)
    assert one.left == pytest.approx(later / (1 - early - below), abs=1e-4) and two.left is None


def test_guardrails_have_to_hold_too() -> None:
    """A margin of 2.5 standard errors of something that doesn't change is shown in 71 %; none so wide as that of 9."""
    guarded = replace(ONE, guardrails=((0.25, SPREAD), (0.9, SPREAD)))
    assert guarded.power(0.3, 400) == pytest.approx(ONE.power(0.3, 400) * stats.norm.cdf(2.5 - 1.959964), abs=1e-6)


def test_what_is_found_with_a_power_is_found_with_it() -> None:
    least = TWO.least(400, 0.8)
    assert least is not None and TWO.power(least, 400) == pytest.approx(0.8, abs=1e-5)
    assert least > (ONE.least(400, 0.8) or 0.0) == pytest.approx((1.959964 + 0.841621) * 0.1, abs=1e-5)
    assert replace(ONE, primary=replace(SPREAD, most=0.2)).least(400, 0.8) is None and ONE.power(0.3, 3) == 0.0


def test_what_two_thousand_accounts_can_find() -> None:
    """d = 20 %, a tenth leaves: 200 an arm find 6.9 points in D by the normal law, 1.4 on the base."""
    found = replace(ONE, primary=Endpoint(of_share(0.1, lower_is_better=True), 0.1)).least(400, 0.8)
    assert found is not None
    assert round(found * 100, 1) == 6.9 and round(found * 0.2 * 100, 1) == 1.4


def test_any_day_asks_for_more_and_a_curve_rises() -> None:
    days, shares, borders = ahead(None, 0.05)
    assert (days, shares, borders[0]) == ((None,), (1.0,), pytest.approx(1.959964, abs=1e-5))
    curve = TWO.entering(0, 13, 400, 0.2, 0.8).curve
    chances = [chance for _, chance in curve]
    assert (
        chances == sorted(chances)
        and [size for size, _ in curve][8] == 0.2
        and chances[0] == pytest.approx(0.025, abs=1e-3)
    )
    assert [
        size for size, _ in replace(TWO, primary=replace(SPREAD, most=0.3)).entering(0, 13, 400, 0.2, 0.8).powers
    ] == [0.1, 0.2]


# -- of a yes or no: by an enumeration of all that can happen ---------------------------


def _restricted_share(a: int, b: int, n: int, delta: float) -> float:
    """The likeliest share of the incumbent's arm where the candidate's is `delta` more, by a search over all there are."""
    low, high = max(0.0, -delta), min(1.0, 1 - delta)

    def unlikely(p: float) -> float:
        q = p + delta
        terms = [(a, p), (n - a, 1 - p), (b, q), (n - b, 1 - q)]
        return -sum(k * np.log(max(x, 1e-300)) for k, x in terms if k)

    return float(
        optimize.minimize_scalar(unlikely, (low, high), (low, high), method="bounded", options={"xatol": 1e-11}).x
    )


def _is_shown(a: int, b: int, n: int, delta: float) -> bool:
    """Whether b / n - a / n is shown to be above `delta`, one-sided at 2.5 %: with 30 of either kind in both arms by Welch's t, else by Miettinen and
    Nurminen's score (1985, equation 8)."""
    p, q = a / n, b / n
    if min(a, b, n - a, n - b) >= 30:
        v, w = p * (1 - p) / (n - 1), q * (1 - q) / (n - 1)
        return q - p - delta > stats.t.ppf(0.975, (v + w) ** 2 * (n - 1) / (v**2 + w**2)) * (v + w) ** 0.5
    at = _restricted_share(a, b, n, delta)
    variance = (at * (1 - at) + (at + delta) * (1 - at - delta)) / n * 2 * n / (2 * n - 1)
    return q - p - delta > 1.959964 * max(variance, 0.0) ** 0.5


def _enumerated(p: float, q: float, n: int, delta: float) -> float:
    first, second = (stats.binom.pmf(range(n + 1), n, x) for x in (p, q))
    likely = [(a, b, first[a] * second[b]) for a in range(n + 1) for b in range(n + 1) if first[a] * second[b] > 1e-8]
    return float(sum(w for a, b, w in likely if _is_shown(a, b, n, delta)))


@pytest.mark.parametrize(("share", "effect", "n", "no_worse"), [
    (1 - 0.0519, 0.10, 77, True),  # the normal approximation says 79.8 %; it is 70.0 %
    (1 - 0.0519, 0.05, 77, True),  # 29 %, and 22.9 %
    (0.60, 0.30, 12, True),
    (0.40, 0.35, 20, False),
    (0.94, 0.055, 90, False),
    (0.35, 0.15, 150, False),  # 30 of a kind in some counts, and fewer in others
])  # fmt: skip
def test_the_power_of_a_yes_or_no_is_that_of_the_test_that_run_uses(
    share: float, effect: float, n: int, no_worse: bool
) -> None:
    of = Prospect(
        Endpoint(of_share(share, False), 1.0, share=share, no_worse=no_worse), 2, (), (None,), (1.0,), (1.959964,)
    )
    other, delta = (share, -effect) if no_worse else (share + effect, 0.0)
    assert of.power(effect, 2 * n) == pytest.approx(_enumerated(share, other, n, delta), abs=2e-4)


def test_a_margin_of_rare_outcomes_needs_more_than_the_normal_law_says() -> None:
    """5 of 5.19 % an arm can't show 42 points: 0 of 5 and 0 of 5 leave 42.8 open. 10 are needed, by the enumeration."""
    rare = Prospect(
        Endpoint(lambda _: 0.0984, 1.0, share=1 - 0.0519, no_worse=True), 2, (), (None,), (1.0,), (1.959964,)
    )
    assert rare.units(0.42, 0.8) == 20
    assert _enumerated(1 - 0.0519, 1 - 0.0519, 10, -0.42) >= 0.8 > _enumerated(1 - 0.0519, 1 - 0.0519, 9, -0.42)


def test_looks_at_a_yes_or_no_end_with_the_power_of_its_test() -> None:
    """Two looks lose little to one, and an outcome that can't be seen at the last isn't at the first."""
    one = Prospect(Endpoint(of_share(0.94, False), 0.06, share=0.94), 2, (), (None,), (1.0,), (1.959964,))
    two = replace(one, fractions=(0.5, 1.0), days=(None, None), borders=(2.963, 1.969))
    first, last = two.looks(0.05, 300)
    assert one.power(0.05, 300) - 0.01 < last.promoted < one.power(0.05, 300) + 0.01 and first.promoted < last.promoted


@pytest.mark.parametrize(("size", "each"), [(0.1, 100), (0.2, 100), (0.3, 200), (0.25, 500), (0.0, 300)])
def test_the_power_of_a_number_is_that_of_statsmodels(size: float, each: int) -> None:
    """Of standard deviation 1, one-sided at 2.5 %: the other side promotes nothing."""
    known = NormalIndPower().power(size, each, 0.025, alternative="larger")
    assert ONE.power(size, 2 * each) == pytest.approx(known, abs=1e-6)


ONE_IN_16 = Endpoint(of_share(0.94, False), 0.06, share=0.94)


@pytest.mark.parametrize(("more", "n"), [(0.5, 90), (1.7, 90)])
def test_a_covariate_saves_nothing_of_few_events(more: float, n: int) -> None:
    """90 an arm have 5.4 of the rarer kind: their test takes no covariate."""
    of = Prospect(replace(ONE_IN_16, more=more), 2, (), (None,), (1.0,), (1.959964,))
    assert of.power(0.055, 2 * n) == pytest.approx(_enumerated(0.94, 0.995, n, 0.0), abs=2e-4)


def test_with_many_events_a_covariate_saves_what_it_takes() -> None:
    """600 an arm of a half, 0.6 of the variance left: 1,000 an arm of which nothing is taken."""
    half = Endpoint(of_share(0.5, False), 0.5, share=0.5, more=0.6)
    of = Prospect(half, 2, (), (None,), (1.0,), (1.959964,))
    known = stats.norm.cdf(0.06 / ((0.25 + 0.56 * 0.44) / 1_000) ** 0.5 - 1.959964)
    assert of.power(0.06, 1_200) == pytest.approx(known, abs=1e-9)


def test_a_primary_and_a_guardrail_are_both_enumerated() -> None:
    """The guardrail's margin of 10 points where nothing changes, beside a better primary: the product of their chances."""
    guardrail = Endpoint(of_share(0.9, False), 0.1, share=0.9, no_worse=True)
    of = Prospect(Endpoint(of_share(0.4, False), 0.6, share=0.4), 2, ((0.1, guardrail),), (None,), (1.0,), (1.959964,))
    both = _enumerated(0.4, 0.7, 40, 0.0) * _enumerated(0.9, 0.9, 40, -0.1)
    assert of.power(0.3, 80) == pytest.approx(both, abs=5e-4)


@pytest.mark.parametrize(("power", "arms"), [(0.5, 2), (0.7, 2), (0.7, 3)])
def test_as_many_are_asked_for_as_find_it(power: float, arms: int) -> None:
    """Of 60 and 90 %: the smallest number an arm with which the enumeration has that chance, and one more has it still."""
    of = Prospect(Endpoint(of_share(0.6, False), 0.4, share=0.6), arms, (), (None,), (1.0,), (1.959964,))
    units = of.units(0.3, power)
    assert units is not None and units % arms == 0
    before, at = (_enumerated(0.6, 0.9, n, 0.0) for n in (units // arms - 1, units // arms))
    assert before < power <= at


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_no_effect_is_found_as_seldom_as_its_error(share: float) -> None:
    """Where nothing changes the chance of PROMOTE is the error on one side, 2.5 %, or less where there are few."""
    of = Prospect(Endpoint(of_share(share, False), 1.0, share=share), 2, (), (None,), (1.0,), (1.959964,))
    assert of.power(0.0, 300) == pytest.approx(_enumerated(share, share, 150, 0.0), abs=2e-4)
    assert of.power(0.0, 300) < 0.029
