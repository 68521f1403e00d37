"""Pilots that were run elsewhere: known results of public data, formulas by other libraries, what can't be judged."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportions_ztest

from segdsl.experiment.pilot import draw_checks, results
from segdsl.experiment.shared.customers import CANDIDATE, INCUMBENT, Customers, TwoArms
from segdsl.model.experiment import Measure, Size
from segdsl.report.content import pilot as report
from tests.support.cli import call

pytestmark = pytest.mark.slow
MODEL = """
entity player { player_id: integer key }
details exposures of player by player_id {
  version: one of ("gate_30", "gate_40")  retention_1: boolean  retention_7: boolean  sum_gamerounds: integer  level: integer
}
outcome retained_1d of player = exposures.retention_1
outcome retained_7d of player = exposures.retention_7
outcome rounds of player = exposures.sum_gamerounds
play early "The first gate at level 30" { channel: "game" }
play late "The first gate at level 40" { channel: "game" }
segmentation gate_30 of player { segment everybody { when player_id >= 0 play early } undecided unclear otherwise nobody }
segmentation gate_40 of player candidate of gate_30 { segment everybody { when player_id >= 0 play late } undecided unclear otherwise nobody }
"""
EXPERIMENT = """
experiment gate "A live test that has run" {
  incumbent gate_30
  candidate gate_40
  pilot from exposures(arm: version, incumbent: "gate_30", candidate: "gate_40")
  primary retained_7d, higher is better
}
"""
TOML = """[workspace]
name = "t"
[sources.default.tables]
player = {{ path = "{path}", columns = {{ player_id = "userid" }} }}
exposures = {{ path = "{path}", columns = {{ player_id = "userid" }} }}
"""


def made(folder: Path, path: Path, text: str = MODEL + EXPERIMENT) -> Path:
    (folder / "segdsl.toml").write_text(TOML.format(path=path), encoding="utf-8")
    (folder / "rules.seg").write_text(text, encoding="utf-8")
    return folder


def told(folder: Path, name: str = "gate", code: int | None = None) -> Any:
    result = call("experiment", "run", name, "--format", "json", cwd=folder)
    assert code is None or result.exit_code == code, result.output
    return json.loads(result.stdout)


@pytest.mark.long
def test_cookie_cats(tmp_path: Path, public_data: Path) -> None:
    """7 days: 19.02 against 18.20 %, Welch p .001557; 1 day p .0744; the arms' sizes p .0086, flagged at .01 and not at .001."""
    guards = "  guardrail retained_1d, higher is better, not worse by 1 point\n  guardrail rounds, higher is better, not worse by 5%\n}\n"
    folder = made(
        tmp_path,
        public_data / "cookie_cats.csv",
        MODEL.replace("  level: integer", "") + EXPERIMENT.rstrip().removesuffix("}") + guards,
    )
    found = told(folder, code=1)
    arms = found["primary"]["arms"]
    assert (arms["incumbent"]["n"], arms["candidate"]["n"]) == (44_700, 45_489)
    assert (round(arms["incumbent"]["mean"], 4), round(arms["candidate"]["mean"], 4)) == (0.1902, 0.1820)
    assert round(found["primary"]["p"], 6) == 0.001557 and found["primary"]["d"] == 1.0
    counts = [round(a["n"] * a["mean"]) for a in arms.values()]
    z, p = proportions_ztest(counts[::-1], [a["n"] for a in arms.values()][::-1])
    assert (round(z, 3), round(p, 5)) == (-3.164, 0.00155)
    assert round(found["guardrails"]["retained_1d"]["p"], 4) == 0.0744
    assert round(found["guardrails"]["rounds"]["p"], 3) == 0.376
    assert round(found["validity"]["srm"]["p"], 4) == 0.0086 and found["validity"]["srm"]["ok"]
    assert (found["verdict"], found["reason"], found["evidence"]) == ("KEEP", "harm", "pilot")
    shown = call("experiment", "run", "gate", cwd=folder).output
    assert "Of 100 players, 18.2 have retained_7d with gate_40, 19.0 with gate_30." in shown
    assert "18.2%  −0.82 points (−1.33 to −0.31)  p = 0.002, Welch" in shown
    page = call("experiment", "run", "gate", "--format", "html", cwd=folder).output
    assert "What the plays did" in page and len(page) < 100_000
    assert call("experiment", "run", "gate", "--format", "markdown", cwd=folder).output.startswith("### KEEP: ")
    assert "has run: there is nothing to design" in call("experiment", "design", "gate", cwd=folder).output
    refused = call("promote", "gate_40", cwd=folder)
    assert refused.exit_code == 1 and "`gate` says KEEP" in refused.output


# -- formulas --------------------------------------------------------------------------


@pytest.mark.parametrize(("arms", "share", "exact", "p"), [
    ((1000, 1200), 0.5, False, 2.0079e-5), ((135, 115), 0.5, False, 0.2059), ((135, 115), 0.5, True, 0.2294),
    ((310, 98), 0.25, False, 0.6474), ((310, 98), 0.25, True, 0.6891),
])  # fmt: skip
def test_sample_ratios(
    arms: tuple[int, int], share: float, exact: bool, p: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draw_checks, "EXACT", 1_000 if exact else 0)
    assert draw_checks.srm(*arms, share) == pytest.approx(p, rel=1e-3)


# -- among those who differ ------------------------------------------------------------


def players(n: int = 4_000, effect: float = 0.1, seed: int = 1, differ: float = 0.4) -> pd.DataFrame:
    """Level decides whose play differs; only they can be changed by it."""
    rng = np.random.default_rng(seed)
    level = rng.random(n) < differ
    late = rng.random(n) < 0.5
    chance = 0.2 + effect * (level & late)
    return pd.DataFrame({
        "userid": range(n), "version": np.where(late, "gate_40", "gate_30"), "retention_1": rng.random(n) < 0.5,
        "retention_7": rng.random(n) < chance, "sum_gamerounds": rng.poisson(20, n), "level": np.where(level, 2, 1),
    })  # fmt: skip


SPLIT = (
    MODEL.replace("segmentation gate_40 of player candidate of gate_30 { segment everybody { when player_id >= 0 play late }", """segmentation gate_40 of player candidate of gate_30 {
  segment high { when exposures.level = 2 play late } segment low { when exposures.level = 1 play early }""")
)  # fmt: skip


def split(tmp_path: Path, frame: pd.DataFrame, text: str = SPLIT + EXPERIMENT) -> Path:
    frame.to_csv(tmp_path / "players.csv", index=False)
    return made(tmp_path, Path("players.csv"), text)


def test_the_effect_is_among_those_who_differ(tmp_path: Path) -> None:
    frame = players()
    found = told(split(tmp_path, frame), code=0)
    d = frame[frame["level"] == 2]
    means = d.groupby("version")["retention_7"].agg(["mean", "count"])
    primary = found["primary"]
    assert primary["estimate"] == pytest.approx(means["mean"]["gate_40"] - means["mean"]["gate_30"])
    assert primary["n"] == len(d) and primary["d"] == pytest.approx(len(d) / len(frame))
    assert primary["base"]["estimate"] == pytest.approx(primary["estimate"] * primary["d"])
    assert found["verdict"] == "PROMOTE" and found["validity"]["placebo"]["ok"]
    promoted = call("promote", "gate_40", cwd=tmp_path)
    assert promoted.exit_code == 0 and "gate_40 is gate_30 now" in promoted.output, promoted.output


@pytest.mark.parametrize(("better", "verdict", "reason"), [("higher", "PROMOTE", ""), ("lower", "KEEP", "harm")])
def test_the_good_side_is_the_one_that_was_registered(tmp_path: Path, better: str, verdict: str, reason: str) -> None:
    found = told(split(tmp_path, players(), (SPLIT + EXPERIMENT).replace("higher is", f"{better} is")))
    assert (found["verdict"], found["reason"]) == (verdict, reason)


@pytest.mark.parametrize(("change", "check", "said"), [
    (lambda f: f[(f["version"] == "gate_30") | (f["userid"] % 5 > 0)], "srm", "something else chose the arms"),
    (lambda f: f.assign(version="gate_30"), "arms", "the candidate's arm is empty"),
    (lambda f: f.assign(level=1), "difference", "nobody has another play"),
    (lambda f: f.assign(retention_7=True), "variance", "the same for everybody"),
    (lambda f: f.assign(retention_7=f["retention_7"].astype(object).where(f["userid"] % 20 > 0, None)), "outcomes", "outcomes are missing"),
    (lambda f: f.assign(retention_7=f["retention_7"] | ((f["level"] == 1) & (f["version"] == "gate_40") & (f["userid"] % 3 == 0))), "placebo", "those with the same play fare differently"),
])  # fmt: skip
def test_what_cannot_be_judged_has_no_figure(tmp_path: Path, change: Any, check: str, said: str) -> None:
    found = told(split(tmp_path, change(players())), code=3)
    assert found["verdict"] == "INVALID" and found["primary"] is None and found["guardrails"] == {}
    assert not found["validity"][check]["ok"] and said in found["sentence"]


@pytest.mark.parametrize(("change", "code", "said"), [
    (('"gate_40")', '"gate_50")'), "SEG0204", "gate_50"),
    (('candidate: "gate_40"', 'candidate: "gate_30"'), "SEG0906", "the same arm"),
    (("arm: version, ", ""), "SEG0906", "a pilot from a table needs `arm`"),
    (("exposures(", "exposure("), "SEG0906", "`exposure` is unknown"),
    (('"gate_40")', '"gate_40", share: 150%)'), "SEG0906", "between 0% and 100%"),
    (("primary retained_7d, higher is better", "primary retained_7d"), "SEG0903", "which direction is better"),
    (("primary", "backtest as of 2025-01-01 primary"), "SEG0902", "both a backtest and a pilot"),
    (("primary", "guardrail retained_1d, higher is better primary"), "SEG0903", "`retained_1d` has no margin"),
    (("higher is better", "higher is better, detect 1 point, not worse by 1 point"), "SEG0903", "a primary can't have both `detect` and `not worse by`"),
    (("primary", "guardrail retained_1d, higher is better, not worse by 150% primary"), "SEG0903", "a margin of 100% or more accepts the loss of the whole outcome"),
    (("higher is better", "higher is better, detect 0 points"), "SEG0903", "an effect must be more than 0"),
    (("higher is better", "higher is better, detect 0%"), "SEG0903", "an effect must be more than 0"),
    (("higher is better", "higher is better, detect 100 points"), "SEG0903", "a share can't change by 100 points or more"),
    (("higher is better", "lower is better, detect 100%"), "SEG0903", "an outcome can't fall by 100% or more"),
    (("higher is better", "higher is better, not worse by 120 points"), "SEG0903", "a share can't change by 100 points or more"),
    (("higher is better", "higher is better, not worse by 120%"), "SEG0903", "a margin of 100% or more accepts the loss of the whole outcome"),
    (("primary", "looks any day primary"), "SEG0903", "of pilots that segdsl assigns"),
    (("primary", "holdout 5% seed \"x\" primary"), "SEG0903", "of pilots that segdsl assigns"),
    (("primary", "adjust by retained_1d primary"), "SEG0905", "the metric to adjust by must be a metric"),
    (("primary", "delivery level primary"), "SEG0201", "unknown outcome `level`"),
    (("primary", "winsorise at 20% primary"), "SEG0903", "`winsorise at` must be between 50% and 100%"),
])  # fmt: skip
def test_what_is_declared_wrong_is_said(tmp_path: Path, change: tuple[str, str], code: str, said: str) -> None:
    folder = split(tmp_path, players(20), MODEL + EXPERIMENT.replace(*change, 1))
    found = json.loads(call("check", "--format", "json", cwd=folder).stdout)["diagnostics"]
    errors = [(d["code"], d["message"]) for d in found if d["severity"] == "error"]
    assert any(c == code and said in m for c, m in errors), errors


def test_rules_that_read_what_came_after_are_named(tmp_path: Path) -> None:
    text = SPLIT.replace("exposures.level = 2", "exposures.level = 2 and not exposures.retention_7")
    found = told(split(tmp_path, players(), text + EXPERIMENT), code=3)
    assert not found["validity"]["selection"]["ok"] and "`exposures.retention_7`" in found["sentence"]


def test_a_customer_in_both_arms_is_named(tmp_path: Path) -> None:
    frame = players(200)
    folder = split(tmp_path, frame)
    pd.concat([frame, frame.head(3).assign(version="gate_40")]).to_csv(folder / "exposures.csv", index=False)
    toml = TOML.format(path="players.csv").replace(
        'exposures = { path = "players.csv"', 'exposures = { path = "exposures.csv"'
    )
    (folder / "segdsl.toml").write_text(toml, encoding="utf-8")
    found = told(folder, code=3)
    assert "of customers who are in several arms" in found["sentence"] and "`0`" in found["sentence"]


# -- since when each was in its arm ----------------------------------------------------

DATED = """
entity account from created_at to ended_at { account_id: text key  created_at: date  ended_at: date  level: integer fixed }
details shown of account by account_id { arm: one of ("old", "new")  since: TYPE }
outcome left_30d of account = ended_at is not missing and ended_at in next 30 days
play mail { channel: "email" }
play call { channel: "csm" }
segmentation motion of account { segment low { when level = 1 play mail } undecided unclear otherwise rest }
segmentation motion_v2 of account candidate of motion { segment low { when level = 1 play call } undecided unclear otherwise rest }
experiment seen { incumbent motion candidate motion_v2
  pilot from shown(arm: arm, incumbent: "old", candidate: "new", at: since)
  primary left_30d, lower is better }
"""


@pytest.mark.parametrize("kind", ["date", "timestamp"])
def test_what_came_before_somebody_was_in_an_arm_doesnt_count(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(4)
    n = 800
    new, level = rng.random(n) < 0.5, rng.integers(1, 3, n)
    since = pd.Timestamp("2026-02-02") + pd.to_timedelta(rng.integers(0, 80, n), "D")
    leaves = rng.random(n) < np.where(new & (level == 1), 0.1, 0.3)
    days = rng.integers(-20, 25, n)  # some had left before: nobody can be in an arm then
    ended = pd.Series(since + pd.to_timedelta(days, "D")).where(leaves)
    frame = pd.DataFrame(
        {
            "account_id": [f"a{i}" for i in range(n)],
            "created_at": "2024-01-01",
            "ended_at": ended.dt.date,
            "level": level,
        }
    )
    frame.to_csv(tmp_path / "accounts.csv", index=False)
    hour = "" if kind == "date" else " 11:30:00"
    shown = pd.DataFrame(
        {
            "account_id": frame["account_id"],
            "arm": np.where(new, "new", "old"),
            "since": [f"{d.date()}{hour}" for d in since],
        }
    )
    shown.to_csv(tmp_path / "shown.csv", index=False)
    (tmp_path / "rules.seg").write_text(DATED.replace("TYPE", kind), encoding="utf-8")
    (tmp_path / "segdsl.toml").write_text(
        '[workspace]\nname = "t"\ntimezone = "UTC"\n[sources.default]\nsnapshot = "2026-05-01"\n[sources.default.tables]\naccount = "accounts.csv"\nshown = "shown.csv"\n',
        encoding="utf-8",
    )
    found = told(tmp_path, "seen")
    there = (~leaves | (days > 0)) & (since + pd.Timedelta(days=30) <= pd.Timestamp("2026-05-01")) & (level == 1)
    y = leaves & (days >= 0)
    rows = pd.DataFrame({"y": y[there], "new": new[there], "week": since[there].to_period("W")})
    means = rows.groupby(["week", "new"])["y"].mean().unstack()
    weights = rows.groupby("week").size() / len(rows)
    assert found["primary"]["estimate"] == pytest.approx(((means[True] - means[False]) * weights).sum())
    assert found["primary"]["n"] == int(there.sum())
    said = found["validity"]["maturity"]["said"]
    gone = int((leaves & (days <= 0) & (since + pd.Timedelta(days=30) <= pd.Timestamp("2026-05-01"))).sum())
    assert "came too late: their outcomes haven't all happened" in said and f"{gone:,} weren't there on the day" in said


def test_what_the_missing_could_change_decides_nothing() -> None:
    """600 against 655 of 2,000, and 19 more of whom nothing is known: they could all be noes of the candidate's arm."""
    y = np.r_[np.repeat([1.0, 0.0], [600, 1_400]), np.repeat([1.0, 0.0, np.nan], [655, 1_326, 19])]
    customers = Customers.of(pd.DataFrame({"y": y}), clusters=np.arange(4_000))
    table = TwoArms.from_customers(customers, arms=np.repeat([INCUMBENT, CANDIDATE], 2_000), differ=True)
    found = results.judge(table, results.Settings(Measure("y", "higher"), binary=frozenset({"y"})))
    assert found.primary is not None and found.primary.low > 0
    worst = stats.ttest_ind(np.nan_to_num(y[2_000:]), y[:2_000], equal_var=False).confidence_interval(0.95)
    assert worst.low < 0
    assert found.needed == (("whatever became of those who aren't known", False),)
    assert str(found.verdict) == "KEEP, inconclusive"


def test_nothing_can_be_counted_per_nothing() -> None:
    values = pd.DataFrame({"y": np.arange(40.0), "x": np.r_[np.zeros(20), np.ones(20)]})
    customers = Customers.of(values, clusters=np.arange(40))
    table = TwoArms.from_customers(customers, arms=np.repeat([INCUMBENT, CANDIDATE], 20), differ=True)
    found = results.judge(table, results.Settings(Measure("y", "higher", per="x")))
    assert str(found.verdict) == "INVALID" and [c.name for c in found.checks if not c.ok] == ["per x"]


# -- margins, in the mean they name ----------------------------------------------------


def base_of(n: int, d: float, rates: tuple[float, float, float], seed: int = 3) -> TwoArms:
    """Those who differ by arm, and the others: how often `left` and `used` happen to them (`used` as often as `left` doesn't)."""
    rng = np.random.default_rng(seed)
    differ, late = np.arange(n) < d * n, rng.permutation(n) % 2 == 0
    rate = np.where(differ, np.where(late, rates[1], rates[0]), rates[2])
    left = (rng.random(n) < rate).astype(float)
    customers = Customers.of(pd.DataFrame({"left": left, "used": 1 - left}), clusters=np.arange(n))
    return TwoArms.from_customers(customers, arms=np.where(late, CANDIDATE, INCUMBENT), differ=differ)


def judged(table: TwoArms, guard: Measure, *more: Measure, alpha: float = 0.05) -> results.PilotJudgement:
    asked = results.Settings(Measure("used", "higher"), (guard, *more), frozenset({"left", "used"}), alpha=alpha)
    return results.judge(table, asked)


def test_a_margin_in_per_cent_is_of_the_mean_it_names() -> None:
    """30 % leave of the 20 % who differ, 5 % of the others, 10 % of all: 5 % of that is half a point of all, 2.5 points of those who differ."""
    table = base_of(40_000, 0.2, (0.3, 0.3, 0.05))
    d = table.frame[table.differ]
    base = 0.2 * d.loc[d[TwoArms.ARM] == INCUMBENT, "left"].mean() + 0.8 * table.frame.loc[~table.differ, "left"].mean()
    for in_d, mean in ((False, base / 0.2), (True, d.loc[d[TwoArms.ARM] == INCUMBENT, "left"].mean())):
        found = judged(table, Measure("left", "lower", margin=Size(Fraction(5, 100), "share", in_d))).guardrails[0]
        assert found.margin == pytest.approx(0.05 * mean)
    asked = results.Settings(
        Measure("left", "lower", detect=Size(Fraction(5, 100), "share")), binary=frozenset({"left"})
    )
    assert results.judge(table, asked).detect == pytest.approx(0.05 * base / 0.2)


@pytest.mark.parametrize("alpha", [0.9, 0.5, 0.3, 0.1, 0.05, 0.01])
def test_a_margin_of_the_whole_base_is_held_by_the_errors_of_both_means(alpha: float) -> None:
    """1 point worse of those who differ, where 2.5 are allowed: holds where mean_B - 1.05 mean_A - .05 * 4 mean_O is below 0 by its own error."""
    table = base_of(20_000, 0.2, (0.3, 0.31, 0.05))
    found = judged(table, Measure("left", "lower", margin=Size(Fraction(5, 100), "share")), alpha=alpha).guardrails[0]
    d, others = table.frame[table.differ], table.frame.loc[~table.differ, "left"]
    a, b = (d.loc[d[TwoArms.ARM] == arm, "left"] for arm in (INCUMBENT, CANDIDATE))
    estimate = b.mean() - 1.05 * a.mean() - 0.2 * others.mean()
    se = np.sqrt(b.var() / len(b) + 1.05**2 * a.var() / len(a) + 0.2**2 * others.var() / len(others))
    assert found.holds == (estimate + stats.norm.isf(alpha / 2) * se < 0)


def test_a_margin_that_cannot_be_missed_is_told() -> None:
    """2 % differ: 5 % of what all use is more than they use in all."""
    found = judged(
        base_of(20_000, 0.02, (0.3, 0.3, 0.05)), Measure("used", "higher", margin=Size(Fraction(5, 100), "share"))
    )
    assert found.guardrails[0].holds and not found.guardrails[0].can_fail
    assert found.notes[0].startswith(
        "`used` can't get worse by its margin: those with another play have too little of it"
    )


def test_harm_by_one_of_several_guardrails_is_shared_by_their_number() -> None:
    """Worse with p = .03: harm where it is the only guardrail, no proof of any where it is one of three."""
    n, y = 2_000, np.repeat([1.0, 0.0, 1.0, 0.0], [600, 1_400, 663, 1_337])
    columns = {"left": y, "used": 1 - y, "even": np.arange(2 * n) % 2 * 1.0, "odd": (np.arange(2 * n) + 1) % 2 * 1.0}
    customers = Customers.of(pd.DataFrame(columns), clusters=np.arange(2 * n))
    table = TwoArms.from_customers(customers, arms=np.repeat([INCUMBENT, CANDIDATE], n), differ=True)
    guards = [Measure(name, "lower", margin=Size(Fraction(1), "points")) for name in ("left", "even", "odd")]
    asked = results.Settings(Measure("even", "higher"), guards[:1], frozenset(columns))
    alone, of_three = results.judge(table, asked), results.judge(table, replace(asked, guardrails=guards))
    assert 0.025 < alone.guardrails[0].effect.p < 0.05
    assert alone.guardrails[0].harmed and not of_three.guardrails[0].harmed


@pytest.mark.parametrize("is_share", [True, False])
@pytest.mark.parametrize(("alpha", "verdict"), [(1.1e-6, "PROMOTE"), (1.5e-5, "PROMOTE"), (0.05, "PROMOTE")])
def test_the_first_of_many_looks_can_promote(is_share: bool, alpha: float, verdict: str) -> None:
    """Of few events and of few units, where draws of the arms can't show as small a chance as the look asks for."""
    y = np.repeat([0.0, 1.0, 0.0, 1.0], [98, 2, 40, 60])
    y = y if is_share else y + np.random.default_rng(1).normal(0, 0.1, 200)
    customers = Customers.of(pd.DataFrame({"y": y}), clusters=np.arange(200))
    table = TwoArms.from_customers(customers, arms=np.repeat([INCUMBENT, CANDIDATE], 100), differ=True)
    asked = results.Settings(Measure("y", "higher"), binary=frozenset({"y"} if is_share else ()), alpha=alpha)
    assert str(results.judge(table, asked, looks_left=4).verdict) == verdict


def test_a_check_says_its_border() -> None:
    assert (
        report.tested(0.2) == "p = 0.200 (below 0.001 is INVALID)"
        and report.tested(0.0001) == "p < 0.001 (below 0.001 is INVALID)"
    )


# -- a covariate that does less than was declared ----------------------------------------


@pytest.mark.parametrize(("change", "said"), [
    (lambda x: np.full(len(x), np.nan), "`x` is known of nobody: nothing is adjusted for"),
    (lambda x: np.where(np.arange(len(x)) % 3 == 0, np.nan, x), "`x` isn't known of 33.4% of those with another play"),
    (lambda x: np.ones(len(x)), "`x` is the same for everybody: nothing is adjusted for"),
    (lambda x: x, None),
])  # fmt: skip
def test_a_covariate_that_isnt_known_is_told(change: Any, said: str | None) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(0, 1, 1_000)
    customers = Customers.of(
        pd.DataFrame({"y": x + rng.normal(0, 1, 1_000), "x": change(x)}), clusters=np.arange(1_000)
    )
    table = TwoArms.from_customers(customers, arms=np.repeat([INCUMBENT, CANDIDATE], 500), differ=True)
    found = results.judge(table, results.Settings(Measure("y", "higher"), adjust="x"))
    assert found.primary is not None and (found.primary.theta == 0) == (said is not None and "33" not in said)
    assert [n for n in found.notes if said is None or said in n] == list(found.notes) and bool(found.notes) == (
        said is not None
    )


def test_few_events_take_no_covariate_and_say_so() -> None:
    y = np.repeat([1.0, 0.0, 1.0, 0.0], [5, 95, 9, 91])
    customers = Customers.of(pd.DataFrame({"y": y, "x": np.tile(np.arange(100.0), 2)}), clusters=np.arange(200))
    table = TwoArms.from_customers(customers, arms=np.repeat([INCUMBENT, CANDIDATE], 100), differ=True)
    found = results.judge(table, results.Settings(Measure("y", "higher"), binary=frozenset({"y"}), adjust="x"))
    assert found.notes == (
        "nothing is adjusted for `x`: an arm has fewer than 30 events of a kind, and their test takes no covariate",
    )
