"""Exposures of another tool whose arms weren't drawn as declared: no play does anything in these worlds, and none may say that one does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from segdsl.experiment.pilot import results
from segdsl.experiment.pilot.draw_checks import on_same_days
from segdsl.experiment.pilot.effect import Units, drawn_alike
from segdsl.experiment.shared.customers import CANDIDATE, INCUMBENT, Customers, TwoArms
from segdsl.experiment.shared.decide import Check
from segdsl.model.experiment import Measure
from segdsl.report.content import pilot as report
from tests.support import imported_pilots
from tests.support.cli import call
from tests.support.imported_pilots import exposures, made, players, told

N = imported_pilots.N
MONDAY = pd.Timestamp("2026-02-02")
MODEL = """
entity player from joined to left_on { id: text key  score: integer fixed  spent: integer fixed  joined: date  left_on: date }
details exposures of player by id { arm: text  since: date }
metric earlier of player = spent
outcome left_30d of player = left_on is not missing and left_on in next 30 days
play a { channel: "x" }
play b { channel: "x" }
segmentation old of player { segment low { when score < 60 play a } undecided u otherwise n }
segmentation new of player candidate of old { segment low { when score < 30 play b } segment mid { when score < 60 play b } undecided u otherwise n }
experiment e { incumbent old candidate new
  pilot from exposures(arm: arm, incumbent: "old", candidate: "new", at: since)
  primary left_30d, lower is better
  adjust by earlier
}
"""


def world(folder: Path, arm: Any, day: Any, rate: Any) -> Any:
    """2,000 players in arms since a day, counted from a Monday; a share of each leaves twelve days later, whatever its arm."""
    since = pd.Series(MONDAY + pd.to_timedelta(day, "D"))
    left = (since + pd.Timedelta(days=12)).where(np.random.default_rng(8).random(N) < rate)
    who = players().assign(joined="2025-01-01", left_on=left.dt.date)
    exposed = exposures(who).assign(arm=arm, since=since.dt.strftime("%Y-%m-%d"))
    return told(made(folder, who, exposed, "date", model=MODEL))


@dataclass(frozen=True)
class Drawn:
    """How another tool came to its arms, by players, days and a coin each; the check that finds it, "" where it was by chance, and its words."""

    name: str
    check: str
    said: str
    new: Callable[[pd.DataFrame, Any, Any], Any] = lambda who, day, coin: coin < 0.5
    came: Callable[[Any, Any], Any] = lambda day, new: day
    leaves: Callable[[pd.DataFrame, Any], Any] = lambda who, day: 0.2


def of_season(who: pd.DataFrame, day: Any) -> Any:
    return np.where(day >= 14, 0.37, 0.25)


def of_score(who: pd.DataFrame, day: Any) -> Any:
    return np.where(who["score"] < 30, 0.4, 0.15)


def by_score(who: pd.DataFrame, day: Any, coin: Any) -> Any:
    """As many in each arm, of all and of those who differ."""
    return coin < np.select([who["score"] < 30, who["score"] < 60], [0.62, 0.38], 0.5)


TOLD = [
    Drawn("chance", "", ""),
    Drawn("chance, and a season", "", "", leaves=of_season),
    Drawn("one after the other", "same days", "the incumbent's from 2026-02-16 to 2026-03-01", new=lambda who, day, coin: day < 14, leaves=of_season),
    Drawn("by turns", "same days", "the arms ran at different times", new=lambda who, day, coin: day % 2 == 0),
    Drawn("times filled in", "same days", "the candidate's all on 2026-02-02", came=lambda day, new: np.where(new, 0, day)),
    Drawn("times of the middle filled in", "same days", "the candidate's all on 2026-02-15", came=lambda day, new: np.where(new, 13, day)),
    Drawn("a ramp", "same days", "by one share", new=lambda who, day, coin: coin < np.where(day < 14, 0.3, 0.7)),
    Drawn("by what the rules read", "srm per cell", "in the cell low → low", new=by_score, leaves=of_score),
    Drawn("by a size no rule reads", "balance", "`earlier` differs between the arms already before", new=lambda who, day, coin: coin < np.where(who["spent"] > 5, 0.6, 0.435)),
]  # fmt: skip


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("drawn", TOLD, ids=lambda d: d.name)
def test_arms_that_chance_did_not_draw_are_invalid(tmp_path: Path, drawn: Drawn) -> None:
    rng, who = np.random.default_rng(5), players()
    day, coin = rng.integers(0, 28, N), rng.random(N)
    new = drawn.new(who, day, coin)
    found = world(tmp_path, np.where(new, "new", "old"), drawn.came(day, new), drawn.leaves(who, day))
    failed = {name for name, c in found["validity"].items() if not c["ok"]}
    assert (drawn.check in failed) if drawn.check else not failed, found["validity"]
    assert (found["verdict"] == "INVALID") == bool(drawn.check)
    assert not drawn.check or drawn.said in found["validity"][drawn.check]["said"]


@pytest.mark.slow
def test_cells_and_weeks_are_compared_within(tmp_path: Path) -> None:
    """Chance gave a cell a little more of one arm: what its customers do anyway is no effect."""
    who, rng = players(), np.random.default_rng(5)
    day, arm = rng.integers(0, 28, N), np.random.default_rng(3).permutation(["old", "new"] * (N // 2))
    found = world(tmp_path, arm, day, of_score(who, day))
    y, new = np.random.default_rng(8).random(N) < of_score(who, day), arm == "new"
    score, x = who["score"].to_numpy(int), who["spent"].to_numpy(float)
    strata = [(score < 60) & ((score < 30) == low) & (day // 7 == w) for low in (True, False) for w in range(4)]

    def apart(v: Any) -> float:
        return float(sum(s.sum() / (score < 60).sum() * (v[s & new].mean() - v[s & ~new].mean()) for s in strata))

    inner = [m for s in strata for m in (s & new, s & ~new)]
    theta = sum(((y[m] - y[m].mean()) * (x[m] - x[m].mean())).sum() for m in inner) / sum(
        np.square(x[m] - x[m].mean()).sum() for m in inner
    )
    assert found["verdict"] != "INVALID"
    assert found["primary"]["estimate"] == pytest.approx(apart(y) - theta * apart(x))


# -- tests of what chance draws --------------------------------------------------------

START = MONDAY.toordinal()
SHAPES: dict[str, Callable[[Any, int], Any]] = {
    "steady": lambda rng, n: rng.integers(0, 28, n), "growing": lambda rng, n: (28 * np.sqrt(rng.random(n))).astype(int),
    "mostly on one day": lambda rng, n: np.where(rng.random(n) < 0.9, 0, rng.integers(0, 200, n)),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("n", "share"), [(600, 0.5), (600, 0.1), (30, 0.1)])
def test_days_of_arms_drawn_by_a_coin_are_refused_as_seldom_as_said(shape: str, n: int, share: float) -> None:
    """Of 500 at p < 0.01, five are expected at most; more than 15 come with a chance below 0.0001."""
    rng = np.random.default_rng(11)
    found = [on_same_days(START + SHAPES[shape](rng, n), _coin(rng, n, share)) for _ in range(500)]
    assert sum(p < 0.01 for p in found) <= 15


def _coin(rng: Any, n: int, share: float) -> Any:
    """At least two of each."""
    return rng.permutation(np.append(rng.random(n - 4) < share, [True, True, False, False]))


OTHERWISE: dict[str, Callable[[Any, Any], tuple[Any, Any]]] = {
    "day by day": lambda day, coin: (day, day % 2 == 0),
    "week by week": lambda day, coin: (day, day // 7 % 2 == 0),
    "more at weekends": lambda day, coin: (day, coin < np.where(day % 7 > 4, 0.8, 0.4)),
    "a ramp": lambda day, coin: (day, coin < np.where(day < 14, 0.35, 0.65)),
    "four days later": lambda day, coin: (day + 4 * (coin < 0.5), coin < 0.5),
    "two parts of three of one day": lambda day, coin: (np.where(coin < 0.3, 9, day), coin < 0.5),
    "an arm in the middle of the other": lambda day, coin: (np.where(coin < 0.5, 7 + day // 2, day), coin < 0.5),
    "the last days of one missing": lambda day, coin: (day[(coin > 0.5) | (day < 23)], (coin < 0.5)[(coin > 0.5) | (day < 23)]),
}  # fmt: skip


@pytest.mark.parametrize("how", OTHERWISE)
def test_days_of_arms_that_ran_otherwise_are_refused(how: str) -> None:
    """Each of twenty, of 600 customers."""
    rng = np.random.default_rng(2)
    for _ in range(20):
        day, arm = OTHERWISE[how](rng.integers(0, 28, 600), rng.random(600))
        assert on_same_days(START + day, arm) < results.SRM_P


@pytest.mark.parametrize(("arm", "day"), [([True, False] * 9, [5] * 18), ([True, False], [1, 9])])
def test_nothing_is_said_of_days_that_can_say_nothing(arm: Any, day: Any) -> None:
    assert on_same_days(START + np.array(day, np.int64), np.array(arm, bool)) >= results.SRM_P


AMOUNTS: dict[str, Callable[[Any, int], Any]] = {
    "spend": lambda rng, n: rng.lognormal(0, 2, n), "few have any": lambda rng, n: (rng.random(n) < 0.03) * 1.0,
    "seats": lambda rng, n: rng.integers(1, 9, n) * 1.0,
}  # fmt: skip


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize(("n", "share"), [(200, 0.5), (200, 0.1), (1_200, 0.1)])
def test_amounts_of_arms_drawn_by_a_coin_are_refused_as_seldom_as_said(amount: str, n: int, share: float) -> None:
    """Of 300 at p < 0.01, three are expected; more than 11 come with a chance below 0.0002. Welch's test refuses 14 of spend, 20 of few."""
    rng = np.random.default_rng(12)
    found = [
        drawn_alike(_units(_coin(rng, n, share), AMOUNTS[amount](rng, n), rng.integers(0, 3, n)), 0) for _ in range(300)
    ]
    assert sum(p < 0.01 for p in found) <= 11


@pytest.mark.parametrize("n", [400, 1_600])
def test_amounts_that_chose_the_arms_are_refused(n: int) -> None:
    rng = np.random.default_rng(13)
    y, stratum = rng.lognormal(0, 2, n), rng.integers(0, 3, n)
    arm = rng.random(n) < np.where(y > 1, 0.65, 0.35)
    assert drawn_alike(_units(arm, y, stratum), 0) < results.SRM_P


def test_amounts_are_compared_within_strata() -> None:
    """A stratum with more of it has more of one arm, as it was to have."""
    rng = np.random.default_rng(14)
    stratum = rng.integers(0, 2, 1_600)
    y, arm = rng.normal(0, 1, 1_600) + 30 * stratum, rng.random(1_600) < np.where(stratum, 0.7, 0.3)
    assert drawn_alike(_units(arm, y, stratum), 0) > 0.01
    assert drawn_alike(_units(arm, y, np.zeros_like(stratum)), 0) < 1e-9
    assert drawn_alike(_units(arm, y + 0.35 * arm, stratum), 0) < 1e-6


def test_in_one_stratum_it_is_mann_and_whitneys_test() -> None:
    rng = np.random.default_rng(15)
    arm, y = rng.random(1_200) < 0.4, rng.integers(0, 9, 1_200) * 1.0
    p = stats.mannwhitneyu(y[arm], y[~arm], method="asymptotic", use_continuity=False).pvalue
    assert drawn_alike(_units(arm, y, np.zeros(1_200, np.int64)), 0) == pytest.approx(p)


def _units(arm: Any, y: Any, stratum: Any) -> Units:
    return Units(arm, y, np.ones(len(y)), stratum, np.ones(len(y)))


# -- words and money -------------------------------------------------------------------


@pytest.mark.parametrize(("p", "unusual"), [(0.003, True), (0.02, False)])
def test_a_check_that_passed_by_little_says_so(p: float, unusual: bool) -> None:
    assert ("unusual" in report.checked(Check("srm", True, "594 and 606", p))) == unusual


def test_where_nobody_was_looked_at_nothing_is_said_to_be_compared(tmp_path: Path) -> None:
    who = players()
    made(tmp_path, who, pd.concat([exposures(who)] * 2))
    for form in ("text", "markdown", "html"):
        said = call("experiment", "run", "e", "--no-record", "--format", form, cwd=tmp_path).output
        assert "INVALID" in said and "nobody" not in said and "0 of 0" not in said and "compared</" not in said


@pytest.mark.parametrize(("cost", "verdict"), [(0.0, "PROMOTE"), (1_300.0, "KEEP, costs more than it saves")])
def test_money_of_a_ratio_is_that_of_its_outcome(cost: float, verdict: str) -> None:
    """600 more of the outcome at 2 each, whatever it is counted per; what each has more doesn't hang on 50 of the other."""
    noise = np.random.default_rng(4).normal(0, 1, 400)
    y, arms = np.repeat([1_000.0, 1_600.0], 200) + noise, np.repeat([INCUMBENT, CANDIDATE], 200)
    customers = Customers.of(pd.DataFrame({"y": y, "visits": 50.0}), clusters=np.arange(400))
    table = TwoArms.from_customers(customers, arms=arms, differ=True, costs=cost)
    found = results.judge(table, results.Settings(Measure("y", "higher", per="visits", worth=(Fraction(2), "EUR"))))
    assert str(found.verdict) == verdict
    assert found.primary is not None and found.primary.estimate == pytest.approx(12, abs=0.1)
    assert found.worth is not None and found.worth.gained[0] == pytest.approx(1_200, abs=1)
