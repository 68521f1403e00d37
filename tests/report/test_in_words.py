"""Results in words: what was compared, how much better, how sure, what next; by hand from the figures beside them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from segdsl.experiment.pilot import results
from segdsl.experiment.pilot.measures import Look, Result
from segdsl.experiment.pilot.power import Entering
from segdsl.experiment.planning.plan import PilotPlan, Plan
from segdsl.experiment.shared.customers import CANDIDATE, INCUMBENT, Customers, TwoArms
from segdsl.model.clock import Clock
from segdsl.model.experiment import Analysis, Assigned, Backtest, Experiment, Measure, Size
from segdsl.report.content.design import chance_of, entering_rows, instead
from segdsl.report.content.figures import percent
from segdsl.report.content.pilot import headline
from segdsl.report.content.pilot_in_words import in_words
from tests.support.backtests import EXPERIMENT, MODEL, RULES, data, made
from tests.support.cli import call
from tests.support.pilots import EXPERIMENT as PILOT
from tests.support.pilots import MODEL as ASSIGNED
from tests.support.pilots import accounts
from tests.support.pilots import made as pilot_of


@pytest.mark.slow
def test_a_backtest_says_it_in_customers_first(tmp_path: Path) -> None:
    folder = made(tmp_path, data(), MODEL + RULES + EXPERIMENT)
    found = json.loads(call("experiment", "run", "e", "--format", "json", cwd=folder).stdout)
    said = found["in_words"]
    assert found["verdict"] == "PROMOTE TO PILOT"
    assert next(iter(said)) == "compared" and list(said)[-1] == "next"
    tops = [f"{found['described'][name]['top_tenth'] * 100:.0f}" for name in ("candidate", "incumbent")]
    assert f"call first on each day holds {tops[0]} by new instead of {tops[1]} by old." in said["how much"]
    skill = found["primary"]["skill"]
    assert f"foretells {percent(skill['estimate'])} beyond old (the gain in skill)" in said["how sure"]
    assert "in the windows that the rates were learned from, new foretells" in said["how sure"]
    assert found["primary"]["variance_of"] == "learning windows"
    assert "Nobody was treated." in said["compared"] and "save" not in said["how much"]
    text = call("experiment", "run", "e", cwd=folder).output.splitlines()
    assert text[0].startswith("PROMOTE TO PILOT: new foretells") and "%" not in text[0]
    first = next(i for i, line in enumerate(text) if line.startswith("  ✓"))
    assert all(any(line.startswith(f"  {label}") for line in text[1:first]) for label in said)  # before any figure
    page = call("experiment", "run", "e", "--format", "html", cwd=folder).output
    assert page.index("<dt>compared</dt>") < page.index("<dt>next</dt>") < page.index("<svg")
    assert "- **next**: " in call("experiment", "run", "e", "--format", "markdown", cwd=folder).output


@pytest.mark.slow
def test_no_answer_says_what_can_be_asked_instead(tmp_path: Path) -> None:
    folder = made(tmp_path, data(), MODEL + RULES + EXPERIMENT.replace("detect 5%", "detect 0.01%"))
    found = json.loads(call("experiment", "run", "e", "--format", "json", cwd=folder).stdout)
    if found["verdict"] == "NOT ANSWERABLE":
        said = found["in_words"]
        assert "how much" not in said and "in money" not in said
        for way in ("comes earlier", "more quarters", "cheaper play keeps as many", "may still be changed"):
            assert way in said["next"]


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 3])
def test_a_design_of_fewer_than_two_an_arm_claims_nothing(tmp_path: Path, n: int) -> None:
    folder = pilot_of(tmp_path, accounts(n).assign(level=1), ASSIGNED + PILOT)
    result = call("experiment", "design", "trial", cwd=folder)
    assert result.exit_code == 1 and f"NOT ANSWERABLE: {n} for 2 arms are too few" in result.output
    assert "is found with" not in result.output
    page = call("experiment", "design", "trial", "--format", "html", cwd=folder)
    assert page.exit_code == 1 and "NOT ANSWERABLE" in page.output and "<svg" not in page.output, page.output


LESS = Experiment("e", "account", "a", ("b",), Measure("left", "lower"), Backtest((dt.date(2026, 1, 1),)))
PLAN = PilotPlan(dt.date(2026, 1, 1), 1_000, 400, 400, 0.1, True, 0.0, 1.0, 13, None)


def test_what_fewer_can_answer_by_hand() -> None:
    """10 % leave of 400, two arms, 5 % and 80 %: a quarter less of 40 %, 10 points, needs (1.96 + .8416)^2 (.4 .6 + .3 .7) / .1^2 = 353.2 an arm; 34.39 % leave
    within four times as long; no worse by more than 2.8016 sqrt(2 .1 .9 / 200) = 8.40 points is shown."""
    lines = instead(LESS, PLAN)
    assert "40% of them have instead of 10.0%: 25% less of it needs 708 accounts in all" in lines[0]
    assert "about 34.4% would have this one" in lines[1]
    assert "no worse by more than 8.4 points among them is shown with 80%" in lines[2]


# -- a pilot, by hand --------------------------------------------------------------------

DAY = dt.date(2026, 1, 1)
ASSIGNED_ON = Assigned("s", DAY, DAY)


def decided(table: TwoArms, primary: Measure, adjust: str | None = None, candidates: int = 1, looks: int = 0) -> Result:
    """As `run` has it: of several looks each asks for a border of its own, here that of the last."""
    alpha = 0.0473731 if looks else 0.05 / candidates
    names = ("new", "newer", "newest")[:candidates]
    design = replace(ASSIGNED_ON, analysis=Analysis(adjust))
    binary = frozenset({"y"} if table.value("y").max() <= 1 else ())
    judged = results.judge(table, results.Settings(primary, binary=binary, alpha=alpha, adjust=adjust))
    made_looks = (Look(DAY, 800, 0.5, 2.96, judged.primary, judged.verdict),) * looks
    clock = Clock.at(DAY, ZoneInfo("UTC"))
    return Result(Experiment("e", "account", "old", names, primary, design), design, "new", clock, judged, looks=made_looks)  # fmt: skip


def shared(yes_old: int, yes_new: int, n: int = 400) -> TwoArms:
    y = np.concatenate([np.repeat([1.0, 0.0], [yes, n - yes]) for yes in (yes_old, yes_new)])
    customers = Customers.of(pd.DataFrame({"y": y}), clusters=np.arange(2 * n))
    return TwoArms.from_customers(customers, arms=np.repeat([INCUMBENT, CANDIDATE], n), differ=True)


def measured_by_hand() -> TwoArms:
    """400 an arm: x is 10 of 200 of old and of 240 of new, else 0; y is 2 x + 3 of new, one more or less by turns: 10 and 15, adjusted 3."""
    x = np.concatenate([np.repeat([0.0, 10.0], [400 - k, k]) for k in (200, 240)])
    y = 2 * x + np.repeat([0.0, 3.0], 400) + np.tile([1.0, -1.0], 400)
    customers = Customers.of(pd.DataFrame({"y": y, "x": x}), clusters=np.arange(800))
    return TwoArms.from_customers(customers, arms=np.repeat([INCUMBENT, CANDIDATE], 400), differ=True)


@pytest.mark.parametrize(("adjust", "said"), [
    (None, "The difference: 5 more per account, between {:.2f} more and {:.2f} more."),
    ("x", "Adjusted for x, of which chance gave one arm more, the difference: 3 more per account, between {:.2f} more and {:.2f} more."),
])  # fmt: skip
def test_the_difference_that_decides_is_said_with_its_range(adjust: str | None, said: str) -> None:
    """Variances within an arm are of the noise, 1, and of x as long as it isn't adjusted for: 4 times 100 .5 .5, and 100 .6 .4."""
    variances = (1, 1) if adjust else (1 + 400 * 0.25, 1 + 400 * 0.24)
    half = stats.norm.isf(0.025) * (sum(variances) / 399) ** 0.5
    mid = 3 if adjust else 5
    words = dict(in_words(decided(measured_by_hand(), Measure("y", "higher"), adjust)))
    assert (
        words["how much"] == "y is 15 per account with new, 10 with old. " + said.format(mid - half, mid + half).strip()
    )


def test_the_difference_of_shares_is_said_of_all() -> None:
    """60 and 40 of 400: 5 points of 800, and 1.96 sqrt((.15 .85 + .1 .9) / 399) = 4.58 of them, 36.6."""
    words = dict(in_words(decided(shared(60, 40), Measure("y", "lower"))))
    assert words["how much"] == (
        "Of 100 accounts, 10.0 have y with new, 15.0 with old. Of all 800: 40 fewer, between 77 fewer and 3 fewer."
    )


@pytest.mark.parametrize(("yes", "state"), [((70, 36), "better"), ((36, 40), "worse"), ((40, 40), "worse")])
def test_the_worst_that_may_be_has_its_side(yes: tuple[int, int], state: str) -> None:
    margin = Measure("y", "lower", margin=Size(Fraction(6, 100), "points", in_d=True))
    words = dict(in_words(decided(shared(*yes), margin)))
    a, b = (k / 400 for k in yes)
    v, w = a * (1 - a), b * (1 - b)
    high = b - a + stats.t.isf(0.025, (v + w) ** 2 * 399 / (v**2 + w**2)) * ((v + w) / 399) ** 0.5
    worst = f"{abs(high) * 100:.3g}"
    assert (high < 0) == (state == "better")
    assert words["how sure"] == (
        f"At worst it is {worst} points {state}, with 97.5% confidence; 6 points worse was allowed."
    )


@pytest.mark.parametrize(("candidates", "looks", "said"), [
    (1, 0, "with 95% confidence."),
    (1, 1, "with 95% confidence."),
    (1, 2, "with 95% confidence, over all looks together."),
    (2, 0, "with 97.5% confidence, since 2 candidates share the error of 5%."),
    (2, 3, "with 97.5% confidence, over all looks together, since 2 candidates share the error of 5%."),
])  # fmt: skip
def test_a_confidence_is_that_of_the_whole_procedure(candidates: int, looks: int, said: str) -> None:
    r = decided(shared(60, 40), Measure("y", "lower"), candidates=candidates, looks=looks)
    assert dict(in_words(r))["how sure"].startswith(f"The ranges hold {said}")


@pytest.mark.parametrize(("detect", "said"), [
    (20, "new's plays are better, but by less than the 20 points that were asked for"),
    (10, "new's plays are better"),
])  # fmt: skip
def test_better_by_less_than_was_asked_for_is_said(detect: int, said: str) -> None:
    """160 and 130 of 400: 7.5 points, 0.9 to 14.1."""
    r = decided(shared(160, 130), Measure("y", "lower", detect=Size(Fraction(detect, 100), "points", in_d=True)))
    assert r.piloted.verdict.word == "PROMOTE" and headline(r) == said


# -- a design, by hand -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("power", "said"), [(0.798, "79%"), (0.8, "80%"), (0.29, "29%"), (0.999, "99%"), (1.0, "100%"), (0.0, "0%")]
)
def test_a_chance_is_rounded_down(power: float, said: str) -> None:
    assert chance_of(power) == said


@pytest.mark.parametrize(
    ("margin", "said"), [(None, "chance of 5 points"), (0.05, "chance to show a margin of 5 points")]
)
def test_the_chances_of_a_table_say_what_of(margin: float | None, said: str) -> None:
    entering = Entering(0, 13, 400, 0.06, tuple((0.05 * i / 8, 0.1) for i in range(17)))
    plan = replace(PLAN, margin=margin, table=(entering,))
    assert said in entering_rows(Plan(LESS, ASSIGNED_ON, "b", (), None, plan))[0]


@pytest.mark.parametrize(("change", "lines", "said"), [
    ({}, 3, "25% less of it"),
    ({"detect": 0.099}, 3, "50% less of it"),  # nobody's plays do more
    ({"units": 200}, 2, ""),  # 2.8016 sqrt(2 .1 .9 / 100) = 11.9 points of 10 %: no margin that anybody wants
])  # fmt: skip
def test_what_is_offered_instead_makes_sense(change: dict[str, Any], lines: int, said: str) -> None:
    found = instead(LESS, replace(PLAN, **change))
    assert len(found) == lines and said in found[0] and not any("99%" in line for line in found)


def test_the_power_that_guardrails_leave_is_said() -> None:
    """Two that are shown with 90 % each, both are with 80 %."""
    guarded = replace(LESS, guardrails=(Measure("spent", "higher", margin=Size(Fraction(1, 20), "share")),))
    (line,) = (line for line in instead(guarded, PLAN) if "cheaper" in line)
    assert line.endswith("is shown with 90%, which is 80% with the guardrails")
