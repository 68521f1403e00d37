"""`segdsl discover` on a club whose members complain after a month of few visits, or for no reason that anybody wrote down.

What is printed and written is golden: `golden/discover.txt`, written anew with UPDATE_GOLDEN=1.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segdsl.diagnostics import Source
from segdsl.discover import search
from segdsl.discover.discover import discover, in_words
from segdsl.discover.learn import Groups, subgroups
from segdsl.discover.request import Request
from segdsl.discover.rows import Arm, Below, Numbers, Rows, RuleList
from segdsl.lang.format import format_text
from segdsl.workspace.load import load_workspace, sound
from tests.discover import planted
from tests.support.cli import as_json, call
from tests.support.paths import GOLDENS

pytestmark = pytest.mark.slow
GOLDEN = GOLDENS / "discover.txt"
ASKED = ("discover", "--outcome", "complains_30d")


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("club")
    planted.write(root)
    return root


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("nothing")
    planted.write(root, members=400, inside=0.12, base=0.12)
    return root


def test_what_was_planted_is_found_and_written_as_rules(club: Path) -> None:
    """The file passes `check --strict` and its own tests where it stands."""
    result = call(*ASKED, "--candidate-of", "care", "-o", "found.seg", cwd=club)
    written = (club / "found.seg").read_text(encoding="utf-8")
    text = f"{result.stdout}\n--- found.seg\n\n{written}"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert result.exit_code == 0
    assert text == GOLDEN.read_text(encoding="utf-8")
    assert "when count(visits in last 30 days) < 3 }" in written
    try:
        assert call("check", "--strict", cwd=club).exit_code == 0
        assert call("test", cwd=club).exit_code == 0
        assert format_text(Source("found.seg", written)) == written
        judged = as_json(call("experiment", "run", "complains_30d_found", "--format", "json", "--no-record", cwd=club))
        assert "INVALID" not in str(judged)
    finally:
        (club / "found.seg").unlink()


def test_the_same_answer_twice_and_another_one_of_other_customers(club: Path) -> None:
    first, again, other = (call(*ASKED, "--format", "json", "--seed", seed, cwd=club) for seed in ("0", "0", "1"))
    assert first.stdout == again.stdout
    assert as_json(first)["customers"] != as_json(other)["customers"]
    assert as_json(other)["found"]


def test_three_groups_of_customers_and_days_that_nobody_used(club: Path) -> None:
    found = as_json(call(*ASKED, "--format", "json", cwd=club))
    roles = found["origins"]
    days = [*roles["searched"], roles["validation"], *roles["report"], *roles["experiment"]]
    assert days == sorted(set(days))
    assert sum(c["customers"] for c in found["customers"].values()) == 900
    excluded = {e["field"]: e["admitted_by"] for e in found["excluded"]}
    assert excluded == {"region": "region: text basis geographic fixed", "shoe": "shoe: integer from 20 to 60 fixed"}
    left_out = {x["name"]: x["because"] for x in found["left_out"]}
    assert (left_out["email"], left_out["religion"]) == ("is personal", "is sensitive")


def test_nothing_is_an_answer_and_leaves_no_file(nothing: Path) -> None:
    result = call(*ASKED, "-o", "found.seg", cwd=nothing)
    assert result.exit_code == 1 and not (nothing / "found.seg").exists()
    assert "nothing found" in result.stdout
    assert re.search(r"rule out a group of 20% of the members with up to \d\.\d times", result.stdout)


def test_groups_by_themselves(club: Path) -> None:
    result = call(*ASKED, "--top", "3", "-o", "top.seg", cwd=club)
    try:
        assert result.exit_code == 0, result.stdout
        assert "segment few_visits_30_days of member {" in (club / "top.seg").read_text(encoding="utf-8")
        assert call("check", cwd=club).exit_code == 0 and call("test", cwd=club).exit_code == 0
    finally:
        (club / "top.seg").unlink()


def test_names_that_are_taken_get_a_number(club: Path) -> None:
    (club / "first.seg").write_text('segment complains_30d_found of member { when plan = "day" }\n', encoding="utf-8")
    try:
        found = as_json(call(*ASKED, "--format", "json", cwd=club))
        assert "segmentation complains_30d_found_2 of member" in found["rules"]
    finally:
        (club / "first.seg").unlink()


def test_assumed_fields_are_searched_and_make_it_exploratory(club: Path) -> None:
    found = as_json(call(*ASKED, "--assume-fixed", "region, shoe", "--format", "json", cwd=club))
    assert {"region", "shoe"} <= set(found["features"]) and found["exploratory"]
    assert "# EXPLORATORY: region, shoe had their value of today" in found["rules"]


def test_only_features_of_a_basis(club: Path) -> None:
    result = call(*ASKED, "--basis", "value", "--format", "json", cwd=club)
    assert as_json(result)["features"] == ["plan"] and result.exit_code == 1


def test_the_outcome_under_another_name(tmp_path: Path) -> None:
    planted.write(tmp_path, members=400, inside=0.12, base=0.12, alerts=1.0)
    found = as_json(call(*ASKED, "--format", "json", cwd=tmp_path))
    assert "count(alerts in last 30 days)" in {s["feature"] for s in found["suspicious"]}
    assert not [f for f in found["features"] if "alerts" in f]
    assert "suspicious: `count(alerts in last 30 days)`" in call(*ASKED, cwd=tmp_path).stdout


def club_that_members_leave(root: Path) -> Path:
    """Members leave after a month of few visits, whatever their plan; `status` and `gone_on` are written once they have."""
    planted.write(root, members=900)
    model = planted.MODEL.replace(
        "  region:",
        '  status:    one of ("member", "left") required\n  gone_on:   date fixed\n  town:      text\n  region:',
    )
    model += "outcome leaves_30d of member = left_at is not missing and left_at in next 30 days\n"
    (root / "model.seg").write_text(model, encoding="utf-8")
    rng = np.random.default_rng(1)
    visits = pd.read_csv(root / "visits.csv", parse_dates=["visited_at"])
    members = pd.read_csv(root / "members.csv", dtype="object").set_index("member_id")
    left = {}
    for month in range(2, planted.MONTHS):
        day = pd.Timestamp(planted.DAY) - pd.Timedelta(days=30 * (planted.MONTHS - month))
        recent = visits[(visits["visited_at"] < day) & (visits["visited_at"] >= day - pd.Timedelta(days=30))]
        seen = recent.groupby("member_id").size().reindex(members.index).fillna(0)
        for member in members.index[rng.random(len(members)) < np.where(seen < 3, 0.15, 0.01)]:
            left.setdefault(member, day + pd.Timedelta(days=int(rng.integers(1, 30))))
    members["left_at"] = members["gone_on"] = pd.Series({m: f"{d:%Y-%m-%d}" for m, d in left.items()})
    members["status"] = np.where(members["left_at"].isna(), "member", "left")
    members["town"] = rng.choice(["A", "B", "C"], len(members))
    members.reset_index().to_csv(root / "members.csv", index=False)
    return root


@pytest.fixture(scope="module")
def leaving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return club_that_members_leave(tmp_path_factory.mktemp("leaving"))


def test_an_alias_takes_only_what_is_made_of_it_along(leaving: Path) -> None:
    """Whoever joined when, and on which plan, says nothing of `gone_on`: the field alone is left out."""
    found = as_json(call("discover", "--outcome", "leaves_30d", "--format", "json", cwd=leaving))
    assert [s["feature"] for s in found["suspicious"]] == ["days since gone_on"]
    assert {"plan", "count(visits in last 30 days)"} <= set(found["features"])
    assert not [x for x in found["left_out"] if "suspicious" in x["because"]]


def test_a_field_that_says_who_has_left_is_not_offered(leaving: Path) -> None:
    found = as_json(call("discover", "--outcome", "leaves_30d", "--format", "json", cwd=leaving))
    admitted = {e["field"]: (e["because"], e["admitted_by"]) for e in found["excluded"]}
    assert admitted["status"] == ("says who has left by now, so it isn't as it was", None)
    assert admitted["town"][1] == "town: text fixed"
    text = call("discover", "--outcome", "leaves_30d", cwd=leaving).stdout
    assert "left out: status, which says who has left by now" in text
    assert "status:" not in text and "status" not in next(x for x in text.split("\n") if "--assume-fixed" in x)


def test_taken_nonetheless_it_is_suspicious_and_not_found(leaving: Path) -> None:
    arguments = ("discover", "--outcome", "leaves_30d", "--assume-fixed", "status")
    found = as_json(call(*arguments, "--format", "json", cwd=leaving))
    assert {s["feature"]: s["bounds"] for s in found["suspicious"]}["status"] == "nobody"
    assert "status" not in found["features"] and "status =" not in (found["rules"] or "")
    said = "`status` has values with which nobody has leaves_30d, those of most members"
    assert said in call(*arguments, cwd=leaving).stdout


def test_a_fixed_field_that_is_written_when_somebody_leaves_is_suspicious(tmp_path: Path) -> None:
    """Of six in ten who leave a reason is written down: of the others nothing tells them from those who stay, at first."""
    root = club_that_members_leave(tmp_path)
    model = (root / "model.seg").read_text(encoding="utf-8")
    (root / "model.seg").write_text(
        model.replace("  gone_on:   date fixed", "  reason:    text fixed"), encoding="utf-8"
    )
    members = pd.read_csv(root / "members.csv", dtype="object")
    asked = members["left_at"].notna() & (np.random.default_rng(2).random(len(members)) < 0.6)
    members["reason"] = np.where(asked, "price", None)
    members.to_csv(root / "members.csv", index=False)
    arguments = ("discover", "--outcome", "leaves_30d")
    found = as_json(call(*arguments, "--format", "json", cwd=root))
    assert {s["feature"]: s["bounds"] for s in found["suspicious"]} == {"reason": "left"}
    assert "reason" not in found["features"] and "plan" in found["features"]
    for more in ((), ("--as-of", "2026-08-15")):
        assert "suspicious: `reason` says who has left by now" in call(*arguments, *more, cwd=root).stdout


def test_an_outcome_that_is_unknown_of_whoever_stays_bears_no_search(leaving: Path) -> None:
    """Among those alone of whom it is known, all of whom leave at some time, its rate is no rate."""
    (leaving / "later.seg").write_text("outcome goes_30d of member = left_at in next 30 days\n", encoding="utf-8")
    try:
        result = call("discover", "--outcome", "goes_30d", cwd=leaving)
    finally:
        (leaving / "later.seg").unlink()
    assert result.exit_code == 3 and re.search(r"`goes_30d` is unknown of [\d,]+ of [\d,]+ customers", result.stderr)
    assert "ended_at is not missing and" in result.stderr


@pytest.mark.parametrize("output", ["new/folder/found.seg", "../found_elsewhere.seg"])
def test_the_folder_is_made_and_what_is_not_read_is_said(club: Path, output: str) -> None:
    result = call(*ASKED, "-o", output, cwd=club)
    written = club / output
    try:
        assert result.exit_code == 0 and written.exists()
        assert ("doesn't read" in result.stderr) is output.startswith("..")
    finally:
        written.unlink()


def test_groups_whose_borders_round_to_one_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)

    def rows(seed: int) -> Rows:
        draw = np.random.default_rng(seed)
        x = draw.uniform(0, 100, 4_000)
        return Rows({"x": Numbers(x)}, draw.random(4_000) < np.where(x < 25, 0.4, 0.05), np.arange(4_000))

    twins = [RuleList((Arm((Below("x", border),)),)) for border in (24.9, 25.1)]
    monkeypatch.setattr(search, "single_arms", lambda *_: twins)
    found, decision = subgroups(Groups(rows(1), rows(2), rows(3)), 5, rng)
    assert max(decision.ps) < 0.025
    assert [g.rule for g in found] == [RuleList((Arm((Below("x", 25.0),)),))]


def without(line: str) -> Callable[[str], str]:
    return lambda text: text.replace(line, "")


@pytest.mark.parametrize(
    ("arguments", "changed", "exit", "said"),
    [
        (("--outcome", "complains"), None, 2, "did you mean `complains_30d`?"),
        (("--outcome", "complaints_30d"), None, 2, "is no yes or no"),
        (("--outcome", "monthly"), None, 3, "looks at no later time"),
        (("--outcome", "ill_30d"), None, 3, "true of nobody at every origin"),
        ((*ASKED[1:], "--candidate-of", "car"), None, 2, "did you mean `care`?"),
        ((*ASKED[1:], "--assume-fixed", "email"), None, 2, "no field that is left out for its past"),
        ((*ASKED[1:], "--basis", "psychographic"), None, 3, "no feature of member that is known of an earlier day is of the basis psychographic"),
        ((*ASKED[1:], "--basis", "foo"), None, 2, "there is no basis `foo`"),
        ((*ASKED[1:], "--basis", "valu"), None, 2, "did you mean `value`?"),
        (("--groups", "--basis", "foo"), None, 2, "there is no basis `foo`"),
        ((*ASKED[1:], "--as-of", "2099-01-01"), None, 3, "--as-of 2026-11-01 is the day after the data"),
        ((*ASKED[1:], "--as-of", "2026-04-01"), None, 3, "the history is too short: 0 windows"),
        ((*ASKED[1:], "-o", "model.seg"), None, 2, "model.seg is here already"),
        ((*ASKED[1:], "-o", "found.txt"), None, 2, "found.txt isn't read as rules"),
        (ASKED[1:], without(" from joined_at to left_at"), 3, "it isn't known which member was there on an earlier day"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, tuple) else "",
)  # fmt: skip
def test_bad_input(
    club: Path, tmp_path: Path, arguments: tuple[str, ...], changed: Callable[[str], str] | None, exit: int, said: str
) -> None:
    root = club
    if changed is not None:
        planted.write(tmp_path, members=20)
        (tmp_path / "model.seg").write_text(changed(planted.MODEL), encoding="utf-8")
        root = tmp_path
    result = call("discover", *arguments, cwd=root)
    assert result.exit_code == exit, result.stdout + result.stderr
    assert said in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("seconds", "done", "said"),
    [(0.0, 0, ""), (0.1, 1, ", about 1 second left"), (10.0, 1, ", about 30 seconds left"), (90.0, 3, ", about 30 seconds left"), (40.0, 1, ", about 2 minutes left")],
)  # fmt: skip
def test_how_long_the_rest_takes(seconds: float, done: int, said: str) -> None:
    assert in_words(seconds, done, 4) == said


def test_each_day_is_said_with_how_many_are_left(club: Path) -> None:
    said: list[str] = []
    discover(sound(load_workspace(club)), Request("complains_30d"), None, None, said.append)
    days = [line for line in said if line.startswith("what was known on")]
    assert re.search(r"1 of 4 days$", days[0]) and re.search(r"4 of 4 days, about \d+ seconds? left$", days[-1])


def test_eight_members(tmp_path: Path) -> None:
    planted.write(tmp_path, members=8)
    result = call(*ASKED, cwd=tmp_path)
    assert result.exit_code == 1 and "so few members" in result.stdout
