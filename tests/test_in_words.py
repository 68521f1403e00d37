"""Results in words: what was compared, how much better, how sure, what next; by hand from the figures beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from segdsl.experiment.plan import PilotPlan
from segdsl.model.experiment import Backtest, Experiment, Measure
from segdsl.report.experiment import percent
from segdsl.report.in_words import instead
from tests.test_assign import EXPERIMENT as PILOT
from tests.test_assign import MODEL as ASSIGNED
from tests.test_assign import accounts
from tests.test_assign import made as pilot_of
from tests.test_backtest import EXPERIMENT, MODEL, RULES, data, made
from tests.test_cli import call


@pytest.mark.slow
def test_a_backtest_says_it_in_customers_first(tmp_path: Path) -> None:
    folder = made(tmp_path, data(), MODEL + RULES + EXPERIMENT)
    found = json.loads(call("experiment", "run", "e", "--format", "json", cwd=folder).stdout)
    said = found["in_words"]
    assert found["verdict"] == "PROMOTE TO PILOT"
    assert next(iter(said)) == "compared" and list(said)[-1] == "next"
    tops = [f"{found['described'][name]['top_tenth'] * 100:.0f}" for name in ("candidate", "incumbent")]
    assert f"holds {tops[0]} by new instead of {tops[1]} by old." in said["how much"]
    skill = found["primary"]["skill"]
    assert f"foretells {percent(skill['estimate'])} beyond old (the gain in skill)" in said["how sure"]
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


def test_what_fewer_can_answer_by_hand() -> None:
    """10 % leave of 400, two arms, 5 % and 80 %: a quarter less of 40 %, 10 points, needs (1.96 + .8416)^2 (.4 .6 + .3 .7) / .1^2 = 353.2 an arm; 34.39 % leave
    within four times as long; no worse by more than 2.8016 sqrt(2 .1 .9 / 200) = 8.40 points is shown."""
    import datetime as dt

    e = Experiment("e", "account", "a", ("b",), Measure("left", "lower"), Backtest((dt.date(2026, 1, 1),)))
    q = PilotPlan(dt.date(2026, 1, 1), 1_000, 400, 400, 0.1, True, 0.0, 1.0, 13, None)
    lines = instead(e, q)
    assert "40% of them have instead of 10.0%: 25% less of it needs 708 accounts in all" in lines[0]
    assert "about 34.4% would have this one" in lines[1]
    assert "no worse by more than 8.4 points among them is shown with 80%" in lines[2]
