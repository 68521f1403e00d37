"""A primary that has to be no worse by more than a margin: by other libraries, by hand, and from its declaration to its verdict."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import test_proportions_2indep as score_test

from segdsl.diagnostics import Source
from segdsl.experiment.pilot import results
from segdsl.experiment.shared.customers import CANDIDATE, INCUMBENT, Customers, TwoArms
from segdsl.experiment.shared.sample_size import units_per_arm
from segdsl.lang.format import format_text
from segdsl.model.experiment import Measure, Size
from tests.support import pilots, registrations
from tests.support.cli import call
from tests.support.pilots import accounts, assigned, lived, made, told

pytestmark = pytest.mark.slow
Array = np.ndarray[Any, Any]


def shared(y: Array, arms: Array, costs: float = 0.0, **more: Array) -> TwoArms:
    customers = Customers.of(pd.DataFrame({"y": y, **more}), clusters=np.arange(len(y)))
    return TwoArms.from_customers(customers, arms=arms, differ=True, costs=costs)


def counted(yes: tuple[int, int], of: tuple[int, int], costs: float = 0.0) -> TwoArms:
    """Yes of the incumbent's and of the candidate's, of so many."""
    y = np.concatenate([np.repeat([1.0, 0.0], [k, n - k]) for k, n in zip(yes, of)])
    return shared(y, np.repeat([INCUMBENT, CANDIDATE], of), costs)


def judged(table: TwoArms, m: Measure, left: int = 0, binary: bool = True, **more: Any) -> results.PilotJudgement:
    asked = results.Settings(m, binary=frozenset({"y"} if binary else ()), **more)
    return results.judge(table, asked, looks_left=left)


def points(margin: str, better: Literal["higher", "lower"] = "higher") -> Measure:
    return Measure("y", better, margin=Size(Fraction(margin) / 100, "points", in_d=True))


# -- by other libraries ------------------------------------------------------------------


@pytest.mark.parametrize("better", ["higher", "lower"])
@pytest.mark.parametrize("margin", ["2", "5", "10"])
def test_a_share_is_no_worse_where_a_score_test_of_the_margin_says_so(
    better: Literal["higher", "lower"], margin: str
) -> None:
    """statsmodels' test of a difference of -margin, by Miettinen and Nurminen's score, one-sided at 2.5 %."""
    verdicts = set()
    for yes in range(4, 27):
        counts = (yes, 120), (12, 100)
        if better == "higher":
            counts = (120 - yes, 120), (88, 100)
        (k, n), (k_a, n_a) = counts
        sign = 1 if better == "higher" else -1
        side = "larger" if better == "higher" else "smaller"
        p = score_test(k, n, k_a, n_a, value=-sign * float(margin) / 100, method="score", compare="diff", alternative=side, correction=True).pvalue  # fmt: skip
        found = judged(counted((k_a, k), (n_a, n)), points(margin, better))
        assert (found.verdict.word == "PROMOTE") == (p < 0.025), (yes, p)
        verdicts.add(found.verdict.word)
    assert verdicts == {"PROMOTE", "KEEP"}


def test_an_amount_is_no_worse_where_welchs_test_of_the_margin_says_so() -> None:
    rng = np.random.default_rng(5)
    verdicts = set()
    for _ in range(40):
        a, b = rng.gamma(2, 10, 150), rng.gamma(2, 9.6, 170)
        p = stats.ttest_ind(b, a - 4, equal_var=False, alternative="greater").pvalue
        m = Measure("y", "higher", margin=Size(Fraction(4), "units", in_d=True))
        found = judged(shared(np.r_[a, b], np.repeat([INCUMBENT, CANDIDATE], [150, 170])), m, binary=False)
        assert (found.verdict.word == "PROMOTE") == (p < 0.025)
        verdicts.add(found.verdict.word)
    assert verdicts == {"PROMOTE", "KEEP"}


def test_the_units_that_a_margin_needs() -> None:
    """85 % in both, 10 points, 2.5 % on one side, 90 %: 268 an arm (W. C. Blackwelder, Controlled Clinical Trials 3, 1982, equation 2: (1.96 + 1.2816)^2
    times 2 times .85 times .15 / .1^2)."""
    assert units_per_arm(0.1, 0.85 * 0.15, 0.85 * 0.15, 0.05, 0.9) == 268


@pytest.mark.long
def test_a_loss_of_the_margin_is_let_pass_as_seldom_as_promised() -> None:
    """20 % in one, 25 % in the other, 5 points allowed: 1,000 pilots of 2 times 300."""
    rng, promoted = np.random.default_rng(7), 0
    for _ in range(1_000):
        a, b = rng.binomial(300, 0.2), rng.binomial(300, 0.25)
        promoted += judged(counted((a, b), (300, 300)), points("5", "lower")).verdict.word == "PROMOTE"
    assert promoted / 1_000 <= 0.025 + 3 * (0.025 * 0.975 / 1_000) ** 0.5


# -- verdicts ----------------------------------------------------------------------------


@pytest.mark.parametrize(("yes", "of", "left", "verdict"), [
    ((500, 500), 1_000, 0, "PROMOTE"),
    ((5_000, 4_850), 10_000, 0, "PROMOTE"),  # worse, by less than was allowed: CONSORT's case D (G. Piaggio et al., JAMA 308, 2012, figure 1)
    ((500, 470), 1_000, 0, "KEEP, inconclusive"),
    ((500, 470), 1_000, 1, "CONTINUE"),
    ((5_000, 4_550), 10_000, 1, "CONTINUE"),  # worse, perhaps by less than was allowed
    ((5_000, 4_000), 10_000, 1, "KEEP, harm"),
    ((500, 600), 1_000, 0, "PROMOTE"),
])  # fmt: skip
def test_what_is_allowed_decides(yes: tuple[int, int], of: int, left: int, verdict: str) -> None:
    found = judged(counted(yes, (of, of)), points("5"), left)
    assert str(found.verdict) == verdict
    assert found.no_worse is not None and found.primary == found.no_worse.effect


@pytest.mark.parametrize(
    ("cost", "verdict"), [(200.0, "KEEP, costs more than it saves"), (1.0, "PROMOTE"), (-1.0, "PROMOTE")]
)
def test_better_plays_that_cost_more_than_they_save_are_kept_out(cost: float, verdict: str) -> None:
    """20 points fewer leave, worth 10 USD each: 2 USD a customer at best 2.5."""
    m = Measure("y", "lower", worth=(Fraction(10), "USD"))
    found = judged(counted((400, 200), (1_000, 1_000), costs=cost), m)
    assert str(found.verdict) == verdict and found.worth is not None
    assert (found.worth.net[2] < 0) == (cost == 200.0)


@pytest.mark.parametrize(("margin", "yes", "n", "verdict"), [
    ("42", 4, 77, "INVALID"),  # eight times as many could leave
    ("10", 30, 300, "PROMOTE"),
    ("5", 1, 77, "KEEP, inconclusive"),  # of so few no proof that 5 points are more than what there is; at worst it is 5.8
    ("6", 1, 77, "PROMOTE"),
    ("5", 3, 200, "PROMOTE"),  # 3 or fewer of 200 where 5 % leave: 0.9 %
    ("5", 1, 200, "INVALID"),  # 1 or fewer: 0.04 %
])  # fmt: skip
@pytest.mark.parametrize("better", ["higher", "lower"])
def test_a_margin_larger_than_the_outcome_is_none(
    margin: str, yes: int, n: int, verdict: str, better: Literal["higher", "lower"]
) -> None:
    """Both arms alike, with so many of the bad kind: INVALID where the incumbent's shows, at p < 0.001, that it has fewer than the margin."""
    bad = yes if better == "lower" else n - yes
    found = judged(counted((bad, bad), (n, n)), points(margin, better))
    assert str(found.verdict) == verdict
    assert ("larger than what it is about" in found.checks[-1].message) == (verdict == "INVALID")
    assert (stats.binom.cdf(yes, n, float(margin) / 100) < 0.001) == (verdict == "INVALID")


def test_a_guardrail_can_still_refuse() -> None:
    table = shared(np.tile([1.0, 0.0], 1_000), np.repeat([INCUMBENT, CANDIDATE], 1_000), x=np.repeat([0.0, 1.0], 1_000))
    asked = results.Settings(points("10"), [replace(points("1", "lower"), outcome="x")], frozenset("xy"))
    assert str(results.judge(table, asked).verdict) == "KEEP, harm"


def test_what_the_missing_could_change_decides_nothing() -> None:
    """10 of 1,000 more noes are worth a point: 4.4 points below at worst without them, 5.4 with them."""
    for missing, held in ((0, None), (9, False)):
        y = np.r_[np.repeat([1.0, 0.0], [500, 500]), np.repeat([1.0, 0.0, np.nan], [500 - missing, 500, missing])]
        found = judged(shared(y, np.repeat([INCUMBENT, CANDIDATE], 1_000)), points("4.9"))
        assert dict(found.needed) == ({} if held is None else {"whatever became of those who aren't known": False})
        assert found.verdict.word == ("PROMOTE" if held is None else "KEEP")


@pytest.mark.parametrize("yes", [400, 420, 440, 460, 480])
def test_what_the_plays_cost_less_pays_for_as_much(yes: int) -> None:
    """40 saved a customer at 500 each pay for .08 of one: no worse by more is the same as being worth more, net of costs."""
    m = replace(points("1"), margin=Size(Fraction(1), "cost saved", in_d=True), worth=(Fraction(500), "USD"))
    found = judged(counted((500, yes), (1_000, 1_000), costs=-40.0), m)
    assert found.no_worse is not None and found.no_worse.margin == pytest.approx(0.08) and found.worth is not None
    assert (found.verdict.word == "PROMOTE") == (found.worth.gained[1] - found.worth.cost > 0)


def test_nothing_saved_pays_for_nothing() -> None:
    m = replace(points("1"), margin=Size(Fraction(1), "cost saved", in_d=True), worth=(Fraction(500), "USD"))
    for cost in (0.0, 3.0):
        found = judged(counted((500, 500), (1_000, 1_000), costs=cost), m)
        assert (found.verdict.word, found.verdict.reason) == ("INVALID", "cost saved") and found.primary is None


def test_a_margin_that_cannot_be_missed_is_invalid() -> None:
    """Where half have it, 60 points can't be lost; nor can 60 be added, where a smaller share is better."""
    for better in ("higher", "lower"):
        found = judged(counted((500, 480), (1_000, 1_000)), points("60", better))  # type: ignore[arg-type]
        assert (found.verdict.word, found.verdict.reason, found.primary) == ("INVALID", "margin", None)


# -- from the declaration to the verdict -------------------------------------------------

CHEAPER = """
experiment cheaper "Do mails keep as many as calls?" {
  incumbent motion_v3
  candidate motion
  pilot seed "cheaper" starts 2026-03-02
  primary left_30d, lower is better, worth 100 USD each, not worse by the cost saved
}
"""


def folder_of(tmp_path: Path, text: str = CHEAPER, n: int = 4_000) -> Path:
    return made(tmp_path, accounts(n), pilots.MODEL + text)


def test_from_the_declaration_to_the_verdict(tmp_path: Path) -> None:
    """A call costs 20, a mail 1: 19 saved are 19 points of customers at 100 each."""
    folder = folder_of(tmp_path)
    planned = json.loads(call("experiment", "design", "cheaper", "--format", "json", cwd=folder).stdout)
    p = planned["candidates"][0]["pilot"]
    assert p["margin"] == pytest.approx(0.19) and p["detect"] is None
    assigned(folder, name="cheaper")
    lived(folder, accounts(4_000), {"motion_v3": 0.2, "motion": 0.22}, name="cheaper")
    found = told(folder, 0, "cheaper")
    assert found["verdict"] == "PROMOTE" and found["primary"]["no_worse"]["margin"] == pytest.approx(0.19)
    assert found["primary"]["high"] < 0.19 and found["validity"]["cost saved"]["ok"]
    text = call("experiment", "run", "cheaper", cwd=folder).output
    assert "motion's plays are no worse by more than 19 points (what they cost less, at USD 100 each)" in text
    said, primary = found["in_words"], found["primary"]
    assert list(said) == ["compared", "how much", "in money", "how sure", "next"]
    arms, n = primary["arms"], found["differ"]
    rates = f"Of 100 accounts, {arms['candidate']['mean'] * 100:.1f} have left_30d with motion, {arms['incumbent']['mean'] * 100:.1f} with motion_v3."
    assert said["how much"].startswith(rates)
    net = -100 * primary["estimate"] * n + 19 * n
    assert (
        f"plays that cost USD {19 * n:,} less: USD {abs(net):,.0f} {'gained' if net >= 0 else 'lost'} for all of them"
        in said["in money"]
    )
    assert (
        f"At worst it is {primary['high'] * 100:.3g} points worse, with 97.5% confidence; 19 points" in said["how sure"]
    )
    assert said["next"] == "`segdsl promote motion` puts it in motion_v3's place."
    promoted = call("promote", "motion", cwd=folder)
    assert promoted.exit_code in (0, 1) and "says KEEP" not in promoted.output


def test_design_says_where_a_margin_cant_be_shown(tmp_path: Path) -> None:
    few = CHEAPER.replace("100 USD", "2_000 USD")
    folder = folder_of(tmp_path, few, 200)
    lived_on = accounts(200)
    lived_on.loc[::7, "ended_at"] = "2026-02-20"
    lived_on.to_csv(folder / "accounts.csv", index=False)
    result = call("experiment", "design", "cheaper", cwd=folder)
    assert result.exit_code == 1, result.output
    assert "NOT ANSWERABLE: no worse by more than 0.95 points (what they cost less, at USD 2,000 each)" in result.output
    assert "what so many can answer instead:" in result.output and "an outcome that comes earlier" in result.output
    planned = json.loads(call("experiment", "design", "cheaper", "--format", "json", cwd=folder).stdout)
    p = planned["candidates"][0]["pilot"]
    se = (2 * p["outcome"] * (1 - p["outcome"]) / (p["units"] / 2)) ** 0.5
    assert p["power"] == pytest.approx(stats.norm.cdf(0.0095 / se - stats.norm.isf(0.025)), abs=0.01)
    assert p["needed"]["left_30d"] == pytest.approx(
        2 * units_per_arm(0.0095, *[p["outcome"] * (1 - p["outcome"])] * 2), rel=0.01
    )


@pytest.mark.parametrize(("change", "said"), [
    ((", worth 100 USD each", ""), "`the cost saved` needs a primary with a `worth` per customer"),
    (("worth 100 USD each", "worth 100 EUR each"), "is in USD, but the worth of the outcome in EUR"),
    (("the cost saved", "1 point, detect 1 point"), "a primary can't have both `detect` and `not worse by`"),
    (("the cost saved", "0 points"), "an effect must be more than 0"),
    (("pilot seed \"cheaper\" starts 2026-03-02", "backtest as of 2025-01-01"), "`left_30d` has no `detect`"),
])  # fmt: skip
def test_what_is_declared_wrong_is_said(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert change[0] in CHEAPER
    folder = folder_of(tmp_path, CHEAPER.replace(*change), 20)
    found = json.loads(call("check", "--format", "json", cwd=folder).stdout)["diagnostics"]
    assert any(said in d["message"] for d in found if d["severity"] == "error"), found


@pytest.mark.parametrize(("cost", "said"), [("", "no play of the two segmentations has a cost"), ('cost: "a lot", ', "is not an amount")])  # fmt: skip
def test_a_saving_needs_costs(tmp_path: Path, cost: str, said: str) -> None:
    text = pilots.MODEL.replace("cost: 1, ", cost).replace("cost: 20, ", cost) + CHEAPER
    made(tmp_path, accounts(20), text)
    found = json.loads(call("check", "--format", "json", cwd=tmp_path).stdout)["diagnostics"]
    assert any(said in d["message"] for d in found if d["severity"] == "error"), found


def test_a_replays_primary_has_no_margin(tmp_path: Path) -> None:
    text = registrations.EXPERIMENTS["replay"].replace("higher is better", "higher is better, not worse by 1 point")
    (tmp_path / "segdsl.toml").write_text('[workspace]\nname = "t"\n', encoding="utf-8")
    (tmp_path / "rules.seg").write_text(registrations.MODEL + text, encoding="utf-8")
    assert "`not worse by` is for pilots and guardrails" in call("check", cwd=tmp_path).output


def test_layout_and_registration(tmp_path: Path) -> None:
    squeezed = "primary left_30d,lower is better,worth 100 USD each,not   worse by the  cost saved"
    text = CHEAPER.replace(CHEAPER[CHEAPER.index("primary") : CHEAPER.index(" saved") + 6], squeezed)
    assert format_text(Source("rules.seg", text)).strip() == CHEAPER.strip()
    prints = {
        registrations.fingerprint(tmp_path, "cheaper", CHEAPER.replace("the cost saved", margin), model)
        for margin in ("the cost saved", "19 points in D")
        for model in (pilots.MODEL, pilots.MODEL.replace("cost: 20", "cost: 30"))
    }
    assert len(prints) == 3  # what a play costs is registered where it sets the margin
