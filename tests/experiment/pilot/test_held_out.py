"""Those held out of a pilot against all in an arm: a world whose effect is known, by other libraries; what can't be said; that it decides nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats import proportion
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from tests.support.cli import call
from tests.support.pilots import CALLS, EXPERIMENT, LOOKS, MODEL, accounts, assigned, at, made, rolled, rows, told

pytestmark = pytest.mark.slow
HELD = '  holdout 10% seed "nobody"\n'

GUARDED = "lower is better\n  guardrail talked_30d, higher is better, not worse by 50%"


def declared(more: str = HELD, primary: str = GUARDED, experiment: str = EXPERIMENT) -> str:
    return MODEL + experiment.replace("  primary", f"{more}  primary", 1).replace("lower is better", primary)


def became(folder: Path, frame: pd.DataFrame, arm: float, none: float, day: str = "2026-05-01", seed: int = 3) -> None:
    """Of those in an arm a share leaves, another of those held out, whatever they are; those in an arm are called for two minutes each, the others for one, give or take."""
    rng, entered = np.random.default_rng(seed), {r["unit"]: r for r in reversed(rows(folder))}
    calls = CALLS
    for unit in frame["account_id"]:
        row = entered[unit]
        held = row["arm"] == "holdout"
        first = pd.Timestamp(row["entered"])
        if rng.random() < (none if held else arm):
            ended = first + pd.Timedelta(days=int(rng.integers(24, 29)))
            frame.loc[frame["account_id"] == unit, "ended_at"] = ended.date().isoformat()
        calls += f"{unit},{(first + pd.Timedelta(days=2)).date()},{(1 if held else 2) + rng.normal(0, 1):.4f},0\n"
    frame.to_csv(folder / "accounts.csv", index=False)
    (folder / "calls.csv").write_text(calls, encoding="utf-8")
    at(folder, day)


def figures(folder: Path, *where: str) -> pd.DataFrame:
    """Everybody who was there on the first day, with what became of each, by pandas alone."""
    f = pd.DataFrame(rows(folder)).merge(pd.read_csv(folder / "accounts.csv"), left_on="unit", right_on="account_id")
    f = f[(f["entered"] == f["entered"].min()) & (f["arm"] != "no room")]
    f["left"] = f["ended_at"].notna().astype(float)
    minutes = pd.read_csv(folder / "calls.csv").groupby("account_id")["minutes"].sum()
    f["minutes"], f["inside"] = f["unit"].map(minutes), f["arm"] != "holdout"
    f["cell"] = f["place of motion"] + " > " + f["place of motion_v2"]
    return f


def within(f: pd.DataFrame, y: str) -> tuple[float, float]:
    """Strata weighted by their customers: the difference and its standard error."""
    difference, variance = 0.0, 0.0
    for _, own in f.groupby("cell"):
        both = CompareMeans(DescrStatsW(own.loc[own["inside"], y]), DescrStatsW(own.loc[~own["inside"], y]))
        difference += len(own) / len(f) * (both.d1.mean - both.d2.mean)
        variance += (len(own) / len(f) * both.std_meandiff_separatevar) ** 2
    return difference, float(np.sqrt(variance))


def ended(folder: Path, of: str = "left_30d") -> tuple[Any, Any]:
    """(what is said of those held out, and of one outcome)."""
    found = told(folder)["held_out"]
    return found, found["outcomes"].get(of)


def lines(found: Any) -> dict[str, int]:
    counted = found["account"]
    assert sum(line["rows"] for line in counted["lines"]) == counted["rows"]
    return {line["name"]: line["rows"] for line in counted["lines"]}


# -- what the plays do together ----------------------------------------------------------


def test_a_known_effect_is_that_of_stratified_means(tmp_path: Path) -> None:
    frame = accounts(2_000)
    folder = made(tmp_path, frame, declared())
    assigned(folder)
    became(folder, frame, arm=0.2, none=0.35)
    found, left = ended(folder)
    f = figures(folder)
    for of, y, true in (("left_30d", "left", -0.15), ("talked_30d", "minutes", 1.0)):
        one = found["outcomes"][of]
        estimate, se = within(f, y)
        assert (one["estimate"], one["se"]) == pytest.approx((estimate, se))
        half = stats.t.isf(0.025, one["dof"]) * se
        assert (one["low"], one["high"]) == pytest.approx((estimate - half, estimate + half))
        assert one["p"] == pytest.approx(2 * stats.t.sf(abs(estimate / se), one["dof"]))
        assert one["low"] < true < one["high"] and abs(estimate) > 3 * se
    assert (
        left["arms"]["held_out"]["n"] == (~f["inside"]).sum() > 150
        and left["arms"]["in_an_arm"]["n"] == f["inside"].sum()
        and not left["too_few"]
    )
    assert found["as_of"] == "2026-03-02" and lines(found) == {"compared": 2_000}
    for format in ("text", "markdown", "html"):
        page = call("experiment", "run", "trial", "--format", format, "--no-record", cwd=folder).output
        shown = f"{left['estimate'] * 100:+.2f} points".replace("-", "−")
        assert page.count(shown) == 2 and "All plays together against none" in page


def test_few_events_are_compared_as_those_of_arms(tmp_path: Path) -> None:
    frame = accounts(600).assign(level=1)
    folder = made(tmp_path, frame, declared())
    assigned(folder)
    became(folder, frame, arm=0.1, none=0.3)
    _, left = ended(folder)
    yes = figures(folder).groupby("inside")["left"].agg(["sum", "count"])
    counts = [int(v) for inside in (True, False) for v in yes.loc[inside]]
    low, high = proportion.confint_proportions_2indep(*counts, method="score", compare="diff", correction=True)
    p = proportion.test_proportions_2indep(*counts, method="score", compare="diff", correction=True).pvalue
    assert left["method"] == "Miettinen–Nurminen" and counts[2] < 30
    assert left["p"] == pytest.approx(p, abs=1e-9)
    assert (left["low"], left["high"]) == pytest.approx(
        (low, high), abs=2e-3
    )  # its interval is a little off that of Newcombe's table (test_effect.py)


def test_clusters_are_held_out_whole(tmp_path: Path) -> None:
    frame = accounts(2_500)
    folder = made(tmp_path, frame, declared(f"  cluster by parent\n{HELD}"))
    assigned(folder)
    became(folder, frame, arm=0.2, none=0.35)
    _, left = ended(folder)
    f = figures(folder)
    f["cell"] = f["differs"].eq("true").groupby(f["cluster"]).transform("any").astype(str)
    clusters = f.groupby("cluster").agg(left=("left", "mean"), inside=("inside", "first"), cell=("cell", "first"))
    assert f.groupby("cluster")["inside"].nunique().max() == 1 and clusters["cell"].nunique() == 2
    assert (left["estimate"], left["se"]) == pytest.approx(within(clusters, "left"), rel=2e-3)
    assert left["arms"]["held_out"]["units"] == (~clusters["inside"]).sum()


def test_whom_there_is_no_room_for_leaves_the_rest_comparable(tmp_path: Path) -> None:
    frame = accounts(2_000)
    folder = made(tmp_path, frame, declared(f"{HELD}  at most 26 weeks, 100 accounts\n"))
    assigned(folder)
    became(folder, frame, arm=0.2, none=0.2)
    held = {r["unit"] for r in rows(folder) if r["arm"] == "holdout"}
    frame["ended_at"] = np.where(frame["level"].isin([1, 3]), "2026-03-20", "")  # who differs leaves, whatever the play
    frame.loc[frame.index[frame["account_id"].isin(sorted(held)[:4])], "ended_at"] = "2026-03-20"
    frame.loc[frame.index[frame["level"].eq(1)][::3], "ended_at"] = ""
    frame.to_csv(folder / "accounts.csv", index=False)
    found, left = ended(folder)
    f = figures(folder)
    assert lines(found)["no room"] == sum(r["arm"] == "no room" for r in rows(folder)) > 400
    assert left["estimate"] == pytest.approx(within(f, "left")[0]) and abs(left["estimate"]) < 0.05
    assert abs(f.groupby("inside")["left"].mean().diff().iloc[-1]) > 0.2  # without strata it looks like an effect


# -- what can't be said ------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize(("share", "said"), [
    ("1%", "0 held out and 100 in an arm: at least 2 of each are needed"),
    ("5%", "too few to say anything; 5 held out and 95 in an arm find a difference of"),
])  # fmt: skip
def test_too_few_say_so_with_their_number(tmp_path: Path, share: str, said: str) -> None:
    frame = accounts(100)
    folder = made(tmp_path, frame, declared(f'  holdout {share} seed "nobody"\n', "lower is better"))
    assigned(folder)
    became(folder, frame, arm=0.2, none=0.3)
    _, left = ended(folder)
    assert left is None or (left["too_few"] and left["smallest"] > left["mean"] > 0)
    for format in ("text", "markdown", "html"):
        page = " ".join(
            call("experiment", "run", "trial", "--format", format, "--no-record", cwd=folder).output.split()
        )
        assert said in page.replace("&#x27;", "'")


def test_whoever_was_moved_by_hand_spoils_it(tmp_path: Path) -> None:
    frame = accounts()
    folder = made(tmp_path, frame, declared())
    assigned(folder)
    became(folder, frame, arm=0.2, none=0.3)
    file = folder / "experiments" / "exposures" / "trial.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(",holdout,false,", ",motion,false,", 1), encoding="utf-8")
    found, left = ended(folder)
    assert (
        left is None
        and "1 account held out, or not, otherwise than drawn" in found["validity"]["held out as drawn"]["said"]
    )


# -- it decides nothing ------------------------------------------------------------------


def test_the_verdict_and_its_figures_dont_hang_on_those_held_out(tmp_path: Path) -> None:
    frame = accounts(1_000)
    folder = made(tmp_path, frame, declared())
    assigned(folder)
    became(folder, frame, arm=0.2, none=0.2)
    before = told(folder)
    held = [r["unit"] for r in rows(folder) if r["arm"] == "holdout"]
    frame.loc[frame["account_id"].isin(held), "ended_at"] = ""
    frame.to_csv(folder / "accounts.csv", index=False)
    after = told(folder)
    for told_of in (before, after):
        told_of["in_words"].pop("held out")
    assert (
        before.pop("held_out")["outcomes"]["left_30d"]["estimate"]
        < after.pop("held_out")["outcomes"]["left_30d"]["estimate"]
    )
    assert before == after


def test_it_is_said_once_the_pilot_has_ended_of_those_of_the_first_day(tmp_path: Path) -> None:
    rolled(tmp_path, declared(experiment=LOOKS, primary="lower is better"))
    frame = pd.read_csv(tmp_path / "accounts.csv", dtype=str, keep_default_na=False)
    became(tmp_path, frame, arm=0.25, none=0.25, day="2026-04-15")
    early = told(tmp_path, 1)
    assert early["verdict"] == "CONTINUE" and early["look"] == 1 and "held_out" not in early
    at(tmp_path, "2026-06-30")
    found, left = ended(tmp_path)
    kept = rows(tmp_path)
    later = sum(r["entered"] != "2026-03-02" for r in kept)
    assert lines(found) == {"compared": 1_000, "entered later": later} and later > 50
    assert left["estimate"] == pytest.approx(within(figures(tmp_path), "left")[0])


def test_who_would_be_in_another_pilot_is_left_out_on_both_sides(tmp_path: Path) -> None:
    second = EXPERIMENT.replace("trial", "second").replace("motion_v2", "motion_v3")
    frame = accounts(1_000)
    folder = made(
        tmp_path, frame, declared() + second.replace("  primary", f"{HELD}  primary").replace("03-02", "03-09")
    )
    assigned(folder)
    at(folder, "2026-03-09")
    assigned(folder, name="second")
    became(folder, frame, arm=0.25, none=0.25)
    found = told(folder, name="second")["held_out"]
    apart = {r["unit"] for r in rows(folder) if r["arm"] == "holdout" and r["differs"] == "true"}
    kept = {r["unit"] for r in rows(folder, "second")} - apart
    assert lines(found) == {"compared": len(kept), "in another pilot": len(apart)} and len(apart) > 20
    levels = frame[frame["account_id"].isin(kept)].groupby("level").size()
    assert set(levels.index) == {2, 4, 5}
