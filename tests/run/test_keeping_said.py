"""What is said of who is kept, and of who no longer is: how a clause ended, and who is sure to be kept beside a limit."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from segdsl.diagnostics import Source
from segdsl.run.keeping import elsewhere
from segdsl.workspace.config import Config
from segdsl.workspace.load import build, sound
from tests.support.cli import as_json, call

RULES = """
entity account { account_id: text key  usage: integer }
table motion_runs of account from runs of motion starting 2026-10-01
segmentation motion of account {
  segment save { when usage < 50 CLAUSES }
  otherwise base
}
"""


@pytest.mark.slow
@pytest.mark.parametrize(("clauses", "usage", "said"), [
    ("keep until usage >= 60", [40, 55, 65], "kept until usage >= 60, which came true"),
    ("keep for 1 day", [40, 55, 55], "kept for 1 day, now over"),
    ("stay at least 2 days", [40, 55, 55], "kept at least 2 days, now over"),
    ("keep until end of this calendar week", [40, 55, 55], None),
    ("keep until usage >= 60 stay at least 2 days", [40, 55, 65], "kept until usage >= 60, which came true; kept at least 2 days, now over"),
])  # fmt: skip
def test_how_keeping_ended(tmp_path: Path, clauses: str, usage: list[int], said: str | None) -> None:
    (tmp_path / "segdsl.toml").write_text(
        '[sources.default.tables]\naccount = "accounts-{as_of}.csv"\n', encoding="utf-8"
    )
    (tmp_path / "rules.seg").write_text(RULES.replace("CLAUSES", clauses), encoding="utf-8")
    days = ["2026-10-01", "2026-10-02", "2026-10-03"]
    for day, n in zip(days, usage):
        (tmp_path / f"accounts-{day}.csv").write_text(f"account_id,usage\na,{n}\n", encoding="utf-8")
        assert call("run", "--as-of", day, cwd=tmp_path).exit_code == 0
    moves = as_json(call("runs", "last", "--format", "json", cwd=tmp_path))["moves"]
    if said is None:
        assert moves == [], "the week isn't over"
        return
    assert [(m["causes"], m["clause"]) for m in moves] == [(["no longer kept"], said)]


LIMITED = """
entity account { account_id: text key  arr: integer  usage: integer }
table motion_runs of account from runs of motion starting 2026-10-01
segmentation motion of account {
  segment first { when usage > 90 }
  segment direct { when arr > 10 limit 2 by arr stay at least 2 days }
  segment engaged { when usage > 10 keep for 2 days }
  otherwise base
}
"""


@pytest.mark.parametrize(("place", "by_data", "keeps"), [
    ("engaged", "base", True),  # its `when` isn't true
    ("engaged", "direct", False),  # its `when` may be true, and those who are kept took the room in `direct`
    ("direct", "base", False),  # the limit may have left no room for it by the data alone
    ("first", "base", False),  # it keeps nobody
])  # fmt: skip
def test_who_is_sure_to_be_kept_beside_a_limit(place: str, by_data: str, keeps: bool) -> None:
    made = sound(build(Path(), Config(), [Source("rules.seg", LIMITED)], []))
    frame = pd.DataFrame({"motion": ["base", place], "motion_by_data": ["base", by_data]})
    (group,) = elsewhere(made.model.segmentations["motion"], frame)
    assert (group.place, group.keeps, dict(group.by_data)) == (place, keeps, {by_data: 1})


CHOICES = """
entity account { account_id: text key  arr: integer  used: integer  seats: integer  name: text }
metric seat_use of account = used / seats
metric tier of account = if arr > 60 then "big" else if arr > 15 and seat_use > 50% then "mid" else if arr > 5 then "low" else missing "too small" end
segment chosen of account { when if arr > 60 then used > 1 else if arr > 5 then used > 2 else used > 3 end }
segment percent of account { when seat_use between 20% and 40% and used / seats < 0.9 and seat_use != 50% }
"""


@pytest.fixture
def chosen(tmp_path: Path) -> Path:
    (tmp_path / "segdsl.toml").write_text('[sources.default.tables]\naccount = "accounts.csv"\n', encoding="utf-8")
    (tmp_path / "rules.seg").write_text(CHOICES, encoding="utf-8")
    rows = "a,70,1,3,André\nb,20,2,3,Zoe\u0308\nc,9,1,3,\nd,1,1,3,\n"
    (tmp_path / "accounts.csv").write_text(f"account_id,arr,used,seats,name\n{rows}", encoding="utf-8")
    return tmp_path


def explained(folder: Path, *what: str) -> list[str]:
    return [line.rstrip() for line in call("explain", *what, "--as-of", "2026-10-01", cwd=folder).stdout.split("\n")]


@pytest.mark.parametrize(("key", "lines"), [
    ("a", ["tier of a is \"big\"", "  ✓ if arr > 60   arr is 70", "  then \"big\""]),
    ("b", ["tier of b is \"mid\"", "  ✗ if arr > 60   arr is 20", "  ✓ else if all of", "    ✓ arr > 15   arr is 20", "    ✓ seat_use > 50%   seat_use is 66.67%", "  then \"mid\""]),
    ("c", ["tier of c is \"low\"", "  ✗ if arr > 60   arr is 9", "  ✗ else if all of", "    ✗ arr > 15   arr is 9", "    ✗ seat_use > 50%   seat_use is 33.33%", "  ✓ else if arr > 5   arr is 9", "  then \"low\""]),
    ("d", ["tier of d is missing", "  ✗ if arr > 60   arr is 1", "  ✗ else if all of", "    ✗ arr > 15   arr is 1", "    ✗ seat_use > 50%   seat_use is 33.33%", "  ✗ else if arr > 5   arr is 1", "  else missing   too small"]),
])  # fmt: skip
def test_a_chain_of_choices_has_a_line_for_each_condition(chosen: Path, key: str, lines: list[str]) -> None:
    assert explained(chosen, key, "tier")[2 : 2 + len(lines)] == lines


def test_a_chain_of_conditions_too(chosen: Path) -> None:
    told = explained(chosen, "c", "chosen")
    at = told.index("        ✗ if arr > 60   arr is 9") if "        ✗ if arr > 60   arr is 9" in told else -1
    assert at > 0, told
    assert told[at + 1 : at + 3] == ["        ✓ else if arr > 5   arr is 9", "        ✗ then used > 2   used is 1"]


def test_percent_is_answered_in_percent_and_a_decimal_in_decimals(chosen: Path) -> None:
    told = "\n".join(explained(chosen, "c", "percent"))
    assert "seat_use between 20% and 40%   seat_use is 33.33%" in told
    assert "used / seats < 0.9   used / seats is 0.3333" in told
    assert "seat_use != 50%   seat_use is 33.33%" in told


@pytest.mark.parametrize("typed", ["André", "Andre\u0301", "andre\u0301", "Zo\u00eb", "Zoe\u0308"])
def test_a_name_is_found_however_its_accents_are_written(chosen: Path, typed: str) -> None:
    told = call("explain", typed, "percent", "--as-of", "2026-10-01", cwd=chosen)
    assert "is found by its name" in told.stdout, told.output


def test_a_customer_who_is_not_in_the_data_of_that_day(tmp_path: Path) -> None:
    (tmp_path / "segdsl.toml").write_text(
        '[sources.default.tables]\naccount = "accounts-{as_of}.csv"\n', encoding="utf-8"
    )
    (tmp_path / "rules.seg").write_text(RULES.replace("CLAUSES", ""), encoding="utf-8")
    for n in range(1, 6):
        rows = "ACME,1\n" + ("COME,1\n" if n in (2, 4) else "")
        (tmp_path / f"accounts-2026-10-0{n}.csv").write_text(f"account_id,usage\n{rows}", encoding="utf-8")
        assert call("run", "--as-of", f"2026-10-0{n}", cwd=tmp_path).exit_code == 0
    asked = {n: call("explain", "COME", "--as-of", f"2026-10-0{n}", cwd=tmp_path) for n in (1, 3, 4, 5)}
    assert "isn't there as of 1 Oct 2026 00:00 UTC: the next run that has it is that of 2 Oct 2026" in asked[1].output
    both = "the last run that had it is that of 2 Oct 2026, and the next run that has it is that of 4 Oct 2026"
    assert both in asked[3].output and "ACME" not in asked[3].output
    assert asked[4].exit_code == 0 and asked[3].exit_code == 2
    assert asked[5].output.startswith(
        "error[SEG0608]: account `COME` isn't there as of 5 Oct 2026 00:00 UTC: the last run that had it is that of 4 Oct 2026\n"
    )
    assert (
        "no account has the key or name `NEVER`"
        in call("explain", "NEVER", "--as-of", "2026-10-05", cwd=tmp_path).output
    )
