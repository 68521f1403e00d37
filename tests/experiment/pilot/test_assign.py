"""A pilot from its declaration to its verdict: who enters, who doesn't, what is looked at when, what is refused."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.support.cli import call
from tests.support.pilots import (
    CALLS,
    EXPERIMENT,
    LOOKS,
    MODEL,
    accounts,
    assigned,
    at,
    lived,
    made,
    rolled,
    rows,
    told,
)

pytestmark = pytest.mark.slow


# -- who enters ------------------------------------------------------------------------


def test_arms_are_alike_in_each_cell_and_who_has_the_same_play_is_the_placebo(tmp_path: Path) -> None:
    frame = accounts()
    folder = made(tmp_path, frame)
    found = assigned(folder, "--output", "lists")
    level = dict(zip(frame["account_id"], frame["level"]))
    kept = rows(folder)
    assert sorted(r["unit"] for r in kept) == sorted(frame["account_id"])
    differ = [r for r in kept if r["differs"] == "true"]
    assert {level[r["unit"]] for r in differ} == {1, 3}
    for stratum in {r["stratum"] for r in differ}:
        sizes = Counter(r["arm"] for r in differ if r["stratum"] == stratum)
        assert abs(sizes["motion"] - sizes["motion_v2"]) <= 2
    assert sum(n["differ"] for n in found["new"].values()) == len(differ)
    lists = {p.stem: pd.read_csv(p, keep_default_na=False) for p in (folder / "lists").iterdir()}
    assert set(lists) == {"motion", "motion_v2"}
    assert set(lists["motion_v2"]["play"]) == {"call", "mail"} and set(lists["motion"]["play"]) == {"mail", ""}
    assert sorted([*lists["motion"]["account"], *lists["motion_v2"]["account"]]) == sorted(r["unit"] for r in differ)


def test_asking_twice_adds_nobody(tmp_path: Path) -> None:
    folder = made(tmp_path, accounts())
    assigned(folder)
    before = (folder / "experiments" / "exposures" / "trial.csv").read_bytes()
    assert assigned(folder)["new"] == {}
    assert (folder / "experiments" / "exposures" / "trial.csv").read_bytes() == before
    assert "nobody new enters" in call("experiment", "assign", "trial", cwd=folder).output


def test_who_comes_later_goes_on_with_the_block_and_rows_are_only_added(tmp_path: Path) -> None:
    frame = accounts(300)
    text = MODEL + EXPERIMENT.replace("2026-03-02", "2026-03-02 until 2026-03-30")
    folder = made(tmp_path, frame, text)
    assigned(folder)
    path = folder / "experiments" / "exposures" / "trial.csv"
    for day in ("2026-03-09", "2026-03-16"):
        before = path.read_bytes()
        frame.loc[frame["level"] == 5, "level"] = [1 if i % 2 else 5 for i in range(int((frame["level"] == 5).sum()))]
        frame.to_csv(folder / "accounts.csv", index=False)
        at(folder, day)
        assert sum(n["differ"] for n in assigned(folder)["new"].values()) > 10
        assert path.read_bytes().startswith(before)
    differ = [r for r in rows(folder) if r["differs"] == "true"]
    assert len({r["unit"] for r in differ}) == len(differ) and len({r["entered"] for r in differ}) == 3
    for stratum in {r["stratum"] for r in differ}:
        sizes = Counter(r["arm"] for r in differ if r["stratum"] == stratum)
        assert abs(sizes["motion"] - sizes["motion_v2"]) <= 2


def test_clusters_are_whole_and_alike_in_size(tmp_path: Path) -> None:
    folder = made(tmp_path, accounts(), MODEL + EXPERIMENT.replace("  pilot", "  cluster by parent\n  pilot"))
    assigned(folder)
    by_cluster: dict[str, set[str]] = {}
    for r in rows(folder):
        by_cluster.setdefault(r["cluster"], set()).add(r["arm"])
    assert all(len(arms) == 1 for arms in by_cluster.values()) and len(by_cluster) == 80
    assert {r["stratum"] for r in rows(folder) if r["differs"] == "true"} <= {
        "1 customer",
        "2 to 3 customers",
        "4 to 7 customers",
    }


def test_some_are_held_out_and_for_some_there_is_no_room(tmp_path: Path) -> None:
    text = MODEL + EXPERIMENT.replace(
        "  primary", '  holdout 10% seed "nobody"\n  at most 26 weeks, 100 accounts\n  primary'
    )
    folder = made(tmp_path, accounts(), text)
    found = assigned(folder, "--output", "lists")
    differ = Counter(r["arm"] for r in rows(folder) if r["differs"] == "true")
    assert differ["motion"] + differ["motion_v2"] == 100 and differ["no room"] == found["no_room"] > 20
    held = {r["unit"] for r in rows(folder) if r["arm"] == "holdout"}
    assert 15 < len(held) < 70 and set(pd.read_csv(folder / "lists" / "holdout.csv")["account"]) == held
    other = made(
        tmp_path,
        accounts(),
        text.replace('seed "trial"', 'seed "another"')
        .replace("experiment trial", "experiment second")
        .replace("  pilot", '  layer "b"\n  pilot'),
    )
    assigned(other, name="second")
    assert {r["unit"] for r in rows(other, "second") if r["arm"] == "holdout"} == held


def test_nobody_is_in_two_pilots_of_one_layer(tmp_path: Path) -> None:
    second = EXPERIMENT.replace("trial", "second").replace("motion_v2", "motion_v3")
    folder = made(tmp_path, accounts(), MODEL + EXPERIMENT + second)
    assigned(folder)
    found = assigned(folder, name="second")
    inside = {r["unit"] for r in rows(folder) if r["differs"] == "true"}
    assert not inside & {r["unit"] for r in rows(folder, "second") if r["differs"] == "true"}
    assert found["busy"]["trial"]["customers"] > 50 and found["busy"]["trial"]["until"] == "2026-04-01"
    third = second.replace("second", "third").replace("  pilot", '  layer "mails"\n  pilot')
    made(tmp_path, accounts(), MODEL + EXPERIMENT + second + third)
    assert assigned(folder, name="third")["busy"] == {}


def test_like_growthbook_puts_them_where_growthbook_does(tmp_path: Path) -> None:
    from segdsl.experiment.pilot.randomise import growthbook

    folder = made(tmp_path, accounts(), MODEL + EXPERIMENT.replace("2026-03-02", "2026-03-02, hashed like growthbook"))
    assigned(folder)
    for r in rows(folder):
        assert (r["arm"] == "motion_v2") == (growthbook("trial", r["unit"]) >= 0.5)


@pytest.mark.parametrize(("day", "change", "said"), [
    ("2026-03-01", ("", ""), "customers enter `trial` on 2026-03-02, and it is 2026-03-01"),
    ("2026-03-03", ("", ""), "customers enter `trial` on 2026-03-02, and it is 2026-03-03"),
    ("2026-03-02", ('pilot seed "trial" starts 2026-03-02', "backtest as of 2026-01-01"), "only a pilot has arms"),
])  # fmt: skip
def test_who_cannot_enter_is_told(tmp_path: Path, day: str, change: tuple[str, str], said: str) -> None:
    text = EXPERIMENT.replace(*change) if change[0] else EXPERIMENT
    text = text.replace("lower is better", "lower is better, detect 1%") if change[0] else text
    folder = made(tmp_path, accounts(40), MODEL + text, day)
    result = call("experiment", "assign", "trial", cwd=folder)
    assert result.exit_code == 2 and said in result.output and not (folder / "experiments").exists()


def test_a_changed_rule_ends_the_enrolment_and_makes_it_exploratory(tmp_path: Path) -> None:
    frame = accounts()
    text = MODEL + EXPERIMENT.replace("2026-03-02", "2026-03-02 until 2026-03-30")
    folder = made(tmp_path, frame, text)
    assigned(folder)
    lived(folder, frame, {"motion": 0.6, "motion_v2": 0.05}, "2026-06-01")
    assert told(folder, 0)["verdict"] == "PROMOTE"
    (folder / "rules.seg").write_text(text.replace("level = 3", "level = 4"), encoding="utf-8")
    result = call("experiment", "assign", "trial", "--as-of", "2026-03-09", cwd=folder)
    assert result.exit_code == 2 and "was changed after its first customers entered" in result.output
    found = told(folder, 1)
    assert (found["verdict"], found["reason"], found["evidence"]) == ("KEEP", "exploratory", "exploratory")
    assert call("promote", "motion_v2", cwd=folder).exit_code == 1


def test_ci_is_told_of_a_change_that_would_end_a_pilot(tmp_path: Path) -> None:
    """As long as its customers are watched; whoever takes the experiment out ends it on purpose."""
    import datetime as dt

    today = dt.date.today()
    text = MODEL + EXPERIMENT.replace("2026-03-02", today.isoformat())
    folder = made(tmp_path, accounts(80), text, today.isoformat())
    assigned(folder)
    assert call("promote", "--check", cwd=folder).exit_code == 0
    (folder / "rules.seg").write_text(text.replace("level = 3", "level = 4"), encoding="utf-8")
    result = call("promote", "--check", cwd=folder)
    assert result.exit_code == 1 and f"the pilot `trial` runs until {today + dt.timedelta(days=30)}" in result.output
    (folder / "rules.seg").write_text(MODEL.replace("level = 3", "level = 4"), encoding="utf-8")
    assert call("promote", "--check", cwd=folder).exit_code == 0


def test_a_seed_of_a_pilot_that_is_gone_is_refused(tmp_path: Path) -> None:
    folder = made(tmp_path, accounts(60))
    assigned(folder)
    made(tmp_path, accounts(60), MODEL + EXPERIMENT.replace("experiment trial", "experiment again"))
    result = call("experiment", "assign", "again", cwd=folder)
    assert result.exit_code == 2 and '`trial` has used the seed "trial"' in result.output


@pytest.mark.parametrize(("spoil", "said"), [
    (lambda t: t + t.splitlines(keepends=True)[-1].replace("false", "true"), "stands in row"),
    (lambda t: t.replace("true", "yes"), "is not as it was written"),
    (lambda t: t.replace("unit,", "id,", 1), "is not as it was written"),
    (lambda t: t[:-5], "is not as it was written|its last row is cut off"),
])  # fmt: skip
def test_exposures_that_were_changed_are_refused(tmp_path: Path, spoil: Any, said: str) -> None:
    frame = accounts(60)
    frame.loc[59, "level"] = 1
    text = MODEL + EXPERIMENT.replace("2026-03-02", "2026-03-02 until 2026-03-30")
    folder = made(tmp_path, frame, text)
    assigned(folder)
    path = folder / "experiments" / "exposures" / "trial.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    lines = [lines[0], *sorted(lines[1:], key=lambda line: ",true," not in line)]
    spoilt = spoil("".join(lines))
    if "true" in spoilt.splitlines()[-1] and "yes" not in spoilt:
        spoilt += spoilt.splitlines(keepends=True)[-1]
    path.write_text(spoilt, encoding="utf-8")
    import re

    frame.loc[len(frame)] = ["late", "2026-03-03", "", 1, "p"]
    frame.to_csv(folder / "accounts.csv", index=False)
    at(folder, "2026-03-09")
    result = call("experiment", "assign", "trial", cwd=folder)
    assert result.exit_code == 3 and re.search(said, result.output), result.output
    assert path.read_text(encoding="utf-8") == spoilt


def test_names_that_a_spreadsheet_would_run_come_back_as_they_were(tmp_path: Path) -> None:
    frame = accounts(40)
    frame.loc[:3, "account_id"] = ["=1+1", "'=2", "@x", "-a"]
    frame.loc[:3, "level"] = 1
    text = MODEL + EXPERIMENT.replace("2026-03-02", "2026-03-02 until 2026-03-30")
    folder = made(tmp_path, frame, text)
    assigned(folder)
    path = folder / "experiments" / "exposures" / "trial.csv"
    assert not any(line.startswith(("=", "@", "-")) for line in path.read_text(encoding="utf-8").splitlines())
    at(folder, "2026-03-09")
    assert assigned(folder)["new"] == {}


# -- what became of them ---------------------------------------------------------------


def test_from_the_start_to_the_verdict_and_the_promotion(tmp_path: Path) -> None:
    frame = accounts(600)
    folder = made(tmp_path, frame)
    said = call("experiment", "run", "trial", cwd=folder)
    assert said.exit_code == 2 and "nobody has entered `trial`" in said.output
    assigned(folder)
    waiting = told(folder, 1)
    assert (
        waiting["verdict"] == "CONTINUE"
        and waiting["primary"] is None
        and waiting["next_look"] == {"as_of": "2026-04-01", "weeks": 5}
    )
    assert "the first look is as of 1 Apr 2026, in 5 weeks; no outcome is looked at before" in waiting["sentence"]
    lived(folder, frame, {"motion": 0.4, "motion_v2": 0.1})
    found = told(folder, 0)
    f = pd.DataFrame(rows(folder)).merge(pd.read_csv(folder / "accounts.csv"), left_on="unit", right_on="account_id")
    d = f[f["differs"] == "true"]
    estimate = 0.0
    for _, own in d.groupby("stratum"):
        means = own["ended_at"].notna().groupby(own["arm"]).mean()
        estimate += len(own) / len(d) * (means["motion_v2"] - means["motion"])
    assert found["primary"]["estimate"] == pytest.approx(estimate)
    assert found["verdict"] == "PROMOTE" and found["look"] == 1 and found["next_look"] is None
    assert found["primary"]["d"] == pytest.approx(len(d) / len(f))
    page = call("experiment", "run", "trial", "--format", "html", cwd=folder).output
    assert "What each look found" in page and "motion_v2" in page
    text = call("experiment", "run", "trial", cwd=folder).output
    assert "look  as of" in text and "PROMOTE: motion_v2&#x27;s" not in text
    promoted = call("promote", "motion_v2", cwd=folder)
    assert promoted.exit_code == 0, promoted.output


def test_looks_are_those_registered_whenever_it_is_asked(tmp_path: Path) -> None:
    frame = rolled(tmp_path)
    lived(tmp_path, frame, {"motion": 0.25, "motion_v2": 0.2}, "2026-04-07")
    assert told(tmp_path, 1)["primary"] is None
    at(tmp_path, "2026-04-15")
    early = told(tmp_path, 1)
    assert early["verdict"] == "CONTINUE" and early["look"] == 1 and early["next_look"]["as_of"] == "2026-04-20"
    at(tmp_path, "2026-06-30")
    late = told(tmp_path)
    assert late["looks"][0] == early["looks"][0]  # what came later changes no look
    ripe = [r for r in rows(tmp_path) if r["differs"] == "true" and r["until"] <= "2026-04-08"]
    assert late["looks"][0]["customers"] == len(ripe) < late["looks"][1]["customers"] <= late["looks"][-1]["customers"]
    assert [one["z"] for one in late["looks"]] == sorted((one["z"] for one in late["looks"]), reverse=True)
    assert late["looks"][0]["z"] > 2.5


def test_a_look_before_any_outcome_has_happened_decides_nothing(tmp_path: Path) -> None:
    text = MODEL + LOOKS.replace("2026-04-08, 2026-04-20", "2026-03-09, 2026-04-20")
    folder = made(tmp_path, accounts(), text)
    assigned(folder)
    at(folder, "2026-03-10")
    found = told(folder, 1)
    assert (found["verdict"], found["look"], found["next_look"]["as_of"]) == ("CONTINUE", 0, "2026-04-20")


def test_nobody_has_entered_for_a_candidate_that_came_later(tmp_path: Path) -> None:
    folder = made(tmp_path, accounts())
    assigned(folder)
    text = MODEL + EXPERIMENT.replace("candidate motion_v2", "candidate motion_v2, motion_v3")
    (folder / "rules.seg").write_text(text, encoding="utf-8")
    at(folder, "2026-05-10")
    result = call("experiment", "run", "trial", cwd=folder)
    assert (
        result.exit_code == 2 and "`motion_v3` became a candidate of `trial` after its first customers" in result.output
    )


def test_a_look_that_finds_it_ends_the_pilot(tmp_path: Path) -> None:
    frame = rolled(tmp_path)
    lived(tmp_path, frame, {"motion": 0.7, "motion_v2": 0.05}, "2026-06-30")
    found = told(tmp_path, 0)
    assert found["verdict"] == "PROMOTE" and found["look"] == 1 and found["next_look"] is None
    assert found["primary"]["alpha"] < 0.02


def test_the_estimate_after_a_later_look_is_corrected(tmp_path: Path) -> None:
    frame = rolled(tmp_path)
    lived(tmp_path, frame, {"motion": 0.35, "motion_v2": 0.15}, "2026-06-30", seed=3)
    found = told(tmp_path)
    assert found["look"] > 1
    raw, fair = found["primary"]["estimate"], found["primary"]["median_unbiased"]
    assert abs(fair) < abs(raw) and np.sign(fair) == np.sign(raw)


def test_any_day_may_be_looked_at_for_a_price(tmp_path: Path) -> None:
    text = MODEL + LOOKS.replace("looks as of 2026-04-08, 2026-04-20, 2026-05-04", "looks any day")
    frame = rolled(tmp_path, text)
    lived(tmp_path, frame, {"motion": 0.25, "motion_v2": 0.2}, "2026-04-10")
    found = told(tmp_path, 1)
    assert found["verdict"] == "CONTINUE" and found["looks"][0]["z"] > 3
    at(tmp_path, "2026-05-30")
    over = told(tmp_path, 1)
    assert over["looks"][0]["z"] < found["looks"][0]["z"] and over["verdict"] == "KEEP"


def test_several_candidates_share_the_incumbents_arm_and_the_error(tmp_path: Path) -> None:
    text = MODEL + EXPERIMENT.replace("candidate motion_v2", "candidate motion_v2, motion_v3")
    frame = accounts(900)
    folder = made(tmp_path, frame, text)
    assigned(folder)
    sizes = Counter(r["arm"] for r in rows(folder) if r["differs"] == "true")
    assert max(sizes.values()) - min(sizes.values()) <= 6 and len(sizes) == 3
    lived(folder, frame, {"motion": 0.5, "motion_v2": 0.47, "motion_v3": 0.1})
    found = {r["candidate"]: r for r in told(folder, 0)["candidates"]}
    assert found["motion_v3"]["verdict"] == "PROMOTE" and found["motion_v3"]["primary"]["alpha"] == pytest.approx(0.025)
    assert found["motion_v2"]["verdict"] == "KEEP" and found["motion_v2"]["primary"]["alpha"] == pytest.approx(0.05)
    level = dict(zip(frame["account_id"], frame["level"]))
    d2 = [
        r
        for r in rows(folder)
        if level[r["unit"]] in (1, 3) and r["arm"] in ("motion", "motion_v2") and r["differs"] == "true"
    ]
    assert found["motion_v2"]["primary"]["n"] == len(d2)


def test_customers_of_one_parent_are_one_unit(tmp_path: Path) -> None:
    folder = made(
        tmp_path, frame := accounts(800), MODEL + EXPERIMENT.replace("  pilot", "  cluster by parent\n  pilot")
    )
    assigned(folder)
    lived(folder, frame, {"motion": 0.4, "motion_v2": 0.2})
    found = told(folder)
    f = pd.DataFrame(rows(folder)).merge(pd.read_csv(folder / "accounts.csv"), left_on="unit", right_on="account_id")
    d = f[f["differs"] == "true"]
    units = d.groupby(["cluster", "arm", "stratum"])["ended_at"].agg(["count", "size"]).reset_index()
    ys = {
        arm: sum(len(s) / len(units) * s[s["arm"] == arm]["count"].mean() for _, s in units.groupby("stratum"))
        / sum(len(s) / len(units) * s[s["arm"] == arm]["size"].mean() for _, s in units.groupby("stratum"))
        for arm in ("motion", "motion_v2")
    }
    assert found["primary"]["estimate"] == pytest.approx(ys["motion_v2"] - ys["motion"])
    assert found["primary"]["arms"]["candidate"]["units"] == (units["arm"] == "motion_v2").sum()
    assert "clusters" in found["validity"]["srm in D"]["said"]


def talking(frame: pd.DataFrame, folder: Path, seed: int = 3) -> str:
    """Minutes before and after, alike for each customer; a call arrives at most of the candidate's lowest."""
    rng, kept = np.random.default_rng(seed), {r["unit"]: r for r in rows(folder)}
    lines = [CALLS]
    for unit in frame["account_id"]:
        usual, row = rng.lognormal(3, 1), kept[unit]
        gets = row["arm"] == "motion_v2" and row["play of motion_v2"] == "call" and rng.random() < 0.8
        lines.append(f"{unit},2026-02-20T10:00:00,{usual:.2f},1\n")
        if gets or rng.random() < 0.3:
            lines.append(f"{unit},2026-03-10T10:00:00,{usual * 1.1 + 10 * gets:.2f},1\n")
        else:
            lines.append(f"{unit},2026-03-12T10:00:00,{usual:.2f},1\n" if rng.random() < 0.5 else "")
    return "".join(lines)


def test_adjusted_cut_delivered_and_worth(tmp_path: Path) -> None:
    text = MODEL + EXPERIMENT.replace(
        "left_30d, lower is better", "talked_30d, higher is better, worth 5 USD each"
    ).replace("  pilot", "  adjust by talked_before\n  winsorise at 95%\n  delivery called_30d\n  pilot")
    frame = accounts(1_000)
    folder = made(tmp_path, frame, text)
    assigned(folder)
    made(tmp_path, frame, text, "2026-05-01", talking(frame, folder))
    found = told(folder)
    primary = found["primary"]
    assert primary["adjusted"]["variance_saved"] > 0.1 and primary["not_winsorised"]["estimate"] != primary["estimate"]
    assert found["delivery"]["candidate"] > found["delivery"]["incumbent"]
    assert abs(found["delivery"]["complier_average"]["estimate"]) > abs(primary["estimate"])
    assert found["worth"]["gained"]["estimate"] == pytest.approx(5 * primary["estimate"])
    f = pd.DataFrame(rows(folder))
    d = f[(f["differs"] == "true") & f["arm"].isin(["motion", "motion_v2"])]
    cost = {"call": 20, "mail": 1, "": 0}
    assert found["worth"]["cost"] == pytest.approx(
        (d["play of motion_v2"].map(cost) - d["play of motion"].map(cost)).mean()
    )
    shown = call("experiment", "run", "trial", cwd=folder).output
    assert (
        "Adjusted for talked_before" in shown
        and "not winsorised" in shown
        and "per account whose play differs" in shown
    )


def test_a_ratio_is_of_the_totals(tmp_path: Path) -> None:
    text = MODEL + EXPERIMENT.replace("left_30d, lower is better", "talked_30d, higher is better, per talked_before")
    frame = accounts(600)
    folder = made(tmp_path, frame, text)
    assigned(folder)
    made(tmp_path, frame, text, "2026-05-01", talking(frame, folder))
    found = told(folder)
    assert found["primary"]["estimand"].startswith("total over total of talked_before")
    assert 0.3 < found["primary"]["arms"]["incumbent"]["mean"] < 1.5


@pytest.mark.parametrize(("change", "said"), [
    (lambda t: t.replace("play call { ", 'play call { writes: "calls", '), "`call` writes `calls`, and the outcome reads it"),
    (lambda t: t.replace("play call { ", "play call { capacity: 40, "), "`call` has room for 40 at a time"),
])  # fmt: skip
def test_what_may_spoil_it_is_said(tmp_path: Path, change: Any, said: str) -> None:
    text = change(MODEL + EXPERIMENT.replace("left_30d, lower is better", "talked_30d, higher is better"))
    folder = made(tmp_path, accounts(100), text)
    assigned(folder)
    assert any(w.startswith(said) for w in told(folder)["warnings"])
    assert said in call("experiment", "run", "trial", cwd=folder).output


def test_customers_who_vanish_are_missing_outcomes(tmp_path: Path) -> None:
    frame = accounts(400)
    folder = made(tmp_path, frame)
    assigned(folder)
    lived(folder, frame, {"motion": 0.4, "motion_v2": 0.1})
    kept = pd.read_csv(folder / "accounts.csv", keep_default_na=False)
    kept[kept.index % 10 > 0].to_csv(folder / "accounts.csv", index=False)
    found = told(folder, 3)
    assert found["verdict"] == "INVALID" and not found["validity"]["outcomes"]["ok"] and found["primary"] is None


def test_a_few_who_vanish_may_not_decide_it(tmp_path: Path) -> None:
    """One or two of three hundred: the verdict has to stand whatever became of them."""
    frame = accounts(1_500)
    folder = made(tmp_path, frame)
    assigned(folder)
    lived(folder, frame, {"motion": 0.4, "motion_v2": 0.1})
    kept = pd.read_csv(folder / "accounts.csv", keep_default_na=False)
    gone = [r["unit"] for r in rows(folder) if r["differs"] == "true"][:4]
    kept[~kept["account_id"].isin(gone)].to_csv(folder / "accounts.csv", index=False)
    found = told(folder, 0)
    assert found["needed"]["whatever became of those who aren't known"] is True


def test_what_is_adjusted_for_must_be_of_before(tmp_path: Path) -> None:
    text = (
        MODEL.replace("parent: text fixed", "parent: text fixed  seats: integer")
        + "metric seats_now of account = seats\n"
    )
    text += EXPERIMENT.replace("  pilot", "  adjust by seats_now\n  pilot")
    frame = accounts(400).assign(seats=3)
    folder = made(tmp_path, frame, text)
    assigned(folder)
    lived(folder, frame, {"motion": 0.4, "motion_v2": 0.1})
    found = told(folder, 3)
    assert "may have been changed by the plays: `account.seats` is overwritten" in found["sentence"]


def test_who_was_put_into_another_arm_by_hand_is_named(tmp_path: Path) -> None:
    frame = accounts(400)
    folder = made(tmp_path, frame)
    assigned(folder)
    lived(folder, frame, {"motion": 0.4, "motion_v2": 0.1})
    assert told(folder, 0)["validity"]["as drawn"]["ok"]
    path = folder / "experiments" / "exposures" / "trial.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    at_row = next(i for i, line in enumerate(lines) if ",motion,true," in line)
    unit = lines[at_row].split(",")[0]
    lines[at_row] = lines[at_row].replace(",motion,true,", ",motion_v2,true,")
    path.write_text("".join(lines), encoding="utf-8")
    found = told(folder, 3)
    assert f"1 account in another arm than drawn for, as `{unit}`" in found["sentence"]
    assert found["primary"] is None
    at(folder, "2026-03-05")
    early = told(folder, 3)
    assert early["verdict"] == "INVALID" and early["looks"] == []


def test_where_nobody_differs_there_is_nothing_to_see(tmp_path: Path) -> None:
    frame = accounts(100).assign(level=5)
    folder = made(tmp_path, frame)
    assigned(folder)
    assert told(folder, 1)["verdict"] == "CONTINUE"
    at(folder, "2026-05-01")
    found = told(folder, 3)
    assert found["verdict"] == "INVALID" and "nobody has another play" in found["sentence"]


@pytest.mark.long
def test_two_at_once_enter_nobody_twice(tmp_path: Path) -> None:
    import subprocess
    import sys

    folder = made(tmp_path, accounts(300))
    command = [sys.executable, "-m", "segdsl", "experiment", "assign", "trial"]
    both = [subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    assert [p.wait(60) for p in both] == [0, 0]
    units = [r["unit"] for r in rows(folder)]
    assert len(units) == len(set(units)) == 300


def test_names_of_our_own_columns_are_free(tmp_path: Path) -> None:
    text = MODEL + EXPERIMENT.replace("left_30d, lower is better", "talked_30d, higher is better").replace(
        "  pilot", "  adjust by unit\n  pilot"
    )
    for old, new in (
        ("motion_v2", "cluster"),
        ("talked_before", "unit"),
        ("talked_30d", "arm"),
        ("motion_v3", "stratum"),
    ):
        text = text.replace(old, new)
    frame = accounts(400)
    folder = made(tmp_path, frame, text)
    assigned(folder)
    calls = CALLS + "".join(f"a{i:04},2026-03-{5 + i % 9:02}T10:00:00,{i % 7},1\n" for i in range(400))
    made(tmp_path, frame, text, "2026-05-01", calls)
    assert told(folder)["primary"]["outcome"] == "arm"


# -- what it could find ----------------------------------------------------------------


def test_what_a_pilot_needs_is_the_formula_written_down_again(tmp_path: Path) -> None:
    """Of the customers of the last window that is over; sized for the primary and one guardrail, with the looks in it."""
    from scipy import stats

    from segdsl.experiment.pilot.looks import inflation, inflation_always

    text = MODEL + EXPERIMENT.replace("starts 2026-03-02", "starts 2026-05-01 until 2026-05-15").replace(
        "left_30d, lower is better",
        "left_30d, lower is better, detect 4 points\n  guardrail talked_30d, higher is better, not worse by 1 in D\n"
        "  looks as of 2026-06-10, 2026-07-01\n  at most 26 weeks, 500 accounts",
    )
    frame, rng = accounts(3_000), np.random.default_rng(2)
    left = rng.random(3_000) < 0.2
    frame["ended_at"] = np.where(left, "2026-04-15", "")
    calls = CALLS + "".join(f"a{i:04},2026-04-{3 + i % 20:02}T10:00:00,{i % 7},1\n" for i in range(0, 3_000, 2))
    folder = made(tmp_path, frame, text, "2026-05-01", calls)
    result = call("experiment", "design", "trial", "--format", "json", cwd=folder)
    found = json.loads(result.stdout)["candidates"][0]["pilot"]
    d = frame[frame["level"].isin([1, 3])]
    share = len(d) / len(frame)
    rate, lift = (d["ended_at"] != "").mean(), 0.04 / share
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.9)
    more = inflation([0.5, 1.0], 0.05, 0.9)
    both = rate * (1 - rate) + (rate - lift) * (1 - rate + lift)
    assert (
        found["d"] == pytest.approx(share)
        and found["outcome"] == pytest.approx(rate)
        and found["detect"] == pytest.approx(lift)
    )
    assert found["needed"]["left_30d"] == pytest.approx(2 * z**2 * both / lift**2 * more, abs=4)
    minutes = pd.Series([i % 7 if i % 2 == 0 else 0 for i in range(3_000)])[d.index]
    assert found["needed"]["talked_30d"] == pytest.approx(2 * z**2 * 2 * minutes.var() / 1**2 * more, abs=4)
    alone = stats.norm.cdf(lift / np.sqrt(both / 250 * more) - stats.norm.ppf(0.975))
    shown = stats.norm.cdf(1 / np.sqrt(2 * minutes.var() / 250) - stats.norm.ppf(0.975))
    assert found["power"] == pytest.approx(alone * shown, abs=0.003)
    assert [a["on"] for a in found["ahead"]] == ["2026-06-10", "2026-07-01"] and found["ahead"][1]["promoted"] == found[
        "power"
    ]
    assert {row["entering"]: row["units"] for row in found["table"]}[2] == 500
    assert (
        found["units"] == 500
        and found["weeks"] == 7
        and found["inflation_any_day"] == pytest.approx(inflation_always(0.05, 0.9))
    )
    shown = call("experiment", "design", "trial", cwd=folder)
    assert "more than there are" in shown.output and "if any day could be one" in shown.output
    assert shown.exit_code == (0 if found["power"] >= 0.5 else 1)


def test_several_candidates_are_sized_at_the_level_of_the_worst(tmp_path: Path) -> None:
    """Holm's first: alpha / 2, which takes ((z_{.9875} + z_{.8}) / (z_{.975} + z_{.8}))^2 = 1.211 times as many an arm."""
    needed = []
    for name, candidates in (("one", "motion_v2"), ("two", "motion_v2, motion_v3")):
        (tmp_path / name).mkdir()
        text = EXPERIMENT.replace("candidate motion_v2", f"candidate {candidates}")
        frame = accounts(3_000)
        frame["ended_at"] = np.where(np.arange(3_000) % 5 == 0, "2026-04-15", "")
        folder = made(
            tmp_path / name,
            frame,
            MODEL + text.replace("lower is better", "lower is better, detect 4 points"),
            "2026-05-01",
        )
        plan = json.loads(call("experiment", "design", "trial", "--format", "json", cwd=folder).stdout)["candidates"][0]
        needed.append(plan["pilot"]["needed"]["left_30d"] / plan["pilot"]["arms"])
    assert needed[1] / needed[0] == pytest.approx(1.211, abs=0.005)


def test_a_guardrail_is_sized_by_what_goes_with_it(tmp_path: Path) -> None:
    """Its own correlation with what is adjusted for, not the primary's."""
    from scipy import stats

    text = MODEL + EXPERIMENT.replace("starts 2026-03-02", "starts 2026-05-01").replace(
        "left_30d, lower is better",
        "left_30d, lower is better\n  guardrail talked_30d, higher is better, not worse by 1 in D\n  adjust by talked_before",
    )
    frame, rng = accounts(1_200), np.random.default_rng(3)
    frame["ended_at"] = np.where(rng.random(1_200) < 0.2, "2026-04-15", "")
    usual, later = rng.gamma(2, 5, 1_200).round(2), rng.normal(0, 2, 1_200).round(2)
    calls = CALLS + "".join(
        f"a{i:04},2026-03-20T10:00:00,{usual[i]},1\na{i:04},2026-04-10T10:00:00,{usual[i] + later[i]:.2f},1\n"
        for i in range(1_200)
    )
    folder = made(tmp_path, frame, text, "2026-05-01", calls)
    found = json.loads(call("experiment", "design", "trial", "--format", "json", cwd=folder).stdout)["candidates"][0][
        "pilot"
    ]
    d = frame["level"].isin([1, 3]).to_numpy()
    before, after = usual[d], (usual + later)[d]
    rho = np.corrcoef(before, after)[0, 1]
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.9)
    assert rho > 0.9 and abs(found["rho"]) < 0.2
    assert found["needed"]["talked_30d"] == pytest.approx(2 * z**2 * 2 * after.var(ddof=1) * (1 - rho**2), abs=4)


@pytest.mark.parametrize(("change", "said"), [
    (("lower is better", "lower is better, detect 90 points in D"), "is more than"),
    (("  primary", "  at most 2 weeks\n  primary"), "NOT ANSWERABLE: entering and the outcome take"),
    (("  primary", "  at most 26 weeks, 4 accounts\n  primary"), "NOT ANSWERABLE"),
])  # fmt: skip
def test_a_pilot_that_could_find_nothing_is_told_before(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    frame = accounts(400)
    frame["ended_at"] = np.where(np.arange(400) % 9 == 0, "2026-02-20", "")
    folder = made(tmp_path, frame, MODEL + EXPERIMENT.replace(*change))
    result = call("experiment", "design", "trial", cwd=folder)
    assert result.exit_code == 1 and said in result.output, result.output
