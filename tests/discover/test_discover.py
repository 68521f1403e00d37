"""`segdsl discover` on a club whose members complain after a month of few visits, or for no reason that anybody wrote down.

What is printed and written is golden: `golden/discover.txt`, written anew with UPDATE_GOLDEN=1.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from segdsl.diagnostics import Source
from segdsl.discover.discover import Request, discover, in_words
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
        ((*ASKED[1:], "--basis", "psychographic"), None, 3, "no feature is of the basis psychographic"),
        ((*ASKED[1:], "--as-of", "2026-04-01"), None, 3, "the history is too short: 0 windows"),
        ((*ASKED[1:], "-o", "model.seg"), None, 2, "model.seg is here already"),
        ((*ASKED[1:], "-o", "found.txt"), None, 2, "found.txt isn't read as rules"),
        ((*ASKED[1:], "-o", "no/such/found.seg"), None, 2, "there is no folder"),
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
