"""What is wrong with runs and keeping is said with the line as it should be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from segdsl.diagnostics import Diagnostic, Source
from segdsl.workspace.config import Config
from segdsl.workspace.load import build

MODEL = """
entity account { account_id: text key  arr: number  region: text }
entity user of account by account_id reverse users { user_id: text key  age: integer }
segment big of account { when arr > 5 }
"""
RUNS = "table size_runs of account from runs of size starting 2026-10-01\n"
SIZE = "segmentation size of account {{ segment large {{ when arr > 10 {} }} otherwise small {} }}"


def errors(rules: str) -> list[Diagnostic]:
    made = build(Path(), Config(), [Source("model.seg", MODEL), Source("rules.seg", rules)], [])
    return [d for d in made.diagnostics if d.severity == "error"]


def size(keeps: str = "", rest: str = "") -> str:
    return SIZE.format(keeps, rest)


WRONG = [
    (size("keep until arr < 8"), "SEG0326", "`size` keeps customers by its runs, which no table declares",
     "`table size_runs of account from runs of size starting 2026-11-01`"),
    (size() + "segmentation newer of account candidate of size { segment large { when arr > 9 keep for 3 days } otherwise small }", "SEG0326",
     "`newer` keeps customers by the runs of `size`, which no table declares", "`table size_runs of account from runs of size starting 2026-11-01`"),
    (RUNS + size("keep until arr < 8 keep until region is missing or arr < 5"), "SEG0203", "`keep until` is given twice", "write `keep until arr < 8 and (region is missing or arr < 5)`"),
    (RUNS + size("stay at least 3 days stay at least 5 days"), "SEG0203", "`stay at least` is given twice", "keep the longer one"),
    (RUNS + size("keep until end of calendar year keep until end of next calendar year"), "SEG0203", "`keep until end of` is given twice", "keep the longer one"),
    (RUNS + size("", "{ keep for 3 days }"), "SEG0325", "`small` keeps nobody", "leave it out: `small` takes those whom no segment takes; let another segment keep them"),
    ("segment s of account { when arr > 5 stay at least 3 days }", "SEG0325", "`s` is a segment, which keeps nobody", "make it an arm of a segmentation, whose runs say who was in it before"),
    *((RUNS + size(f"{clause} 0 {unit}s"), "SEG0314", f"`{clause} 0 {unit}s` keeps nobody: it needs at least 1 {unit}", "leave it out, or say for how long")
      for clause in ("keep for", "stay at least") for unit in ("hour", "day", "week", "month", "year")),
    (RUNS + size("keep until arr"), "SEG0303", "what follows `keep until` must be true or false", "compare it with something"),
    ("table size_runs of user from runs of size starting 2026-10-01\n" + size(), "SEG0324", "`size` places each `account`, so its runs are rows of `account`",
     "write `table size_runs of account from runs of size starting 2026-10-01`"),
    ("table r of account from runs of sizes starting 2026-10-01\n" + size(), "SEG0202", "unknown segmentation or segment `sizes`", "did you mean `size`?"),
    ("table r of accounts from runs of size starting 2026-10-01\n" + size(), "SEG0202", "unknown entity `accounts`", "write: `table r of account from runs of size starting 2026-10-01`"),
    (RUNS + RUNS.replace("size_runs", "again") + size(), "SEG0203", "the runs of `size` are `size_runs` already", "keep one of the two tables"),
    (RUNS + size() + 'segment s of account { when any(size_runs where by_data = "larg") }', "SEG0204", "unknown value `larg` for `by_data`", 'did you mean "large"?'),
    (RUNS + size() + "metric size_by_data of account = arr", "", "", ""),
    (RUNS + size("keep for 3 days") + "metric size_by_data of account = arr", "SEG0203", "`size_by_data` is the column of `size`'s arm by today's data in the output", "rename it"),
    ("table r of account from runs of big starting 2026-02-30", "SEG0106", "`2026-02-30` is not a date in the calendar", "dates are written YEAR-MONTH-DAY"),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "code", "message", "help"), WRONG)
def test_what_is_wrong_is_said_with_what_is_right(rules: str, code: str, message: str, help: str) -> None:
    found = [(d.code, d.message, d.help) for d in errors(rules)]
    if not code:
        assert found == []
        return
    assert len(found) == 1
    assert found[0][:2] == (code, message)
    assert help in found[0][2]


@pytest.mark.parametrize(
    "clause", ["keep until arr < 8", "keep for 3 days", "keep until end of calendar month", "stay at least 3 days"]
)
def test_an_arm_that_the_incumbent_lacks_keeps_nobody_which_is_said(clause: str) -> None:
    candidate = "segmentation newer of account candidate of size {{ segment {} {{ when arr > 9 {} }} otherwise small }}"
    for arm, said in (
        ("large", []),
        ("huge", ["`huge` keeps nobody, since `size`, by whose runs it would, has no such arm"]),
    ):
        text = RUNS + size() + candidate.format(arm, clause)
        made = build(Path(), Config(), [Source("model.seg", MODEL), Source("rules.seg", text)], [])
        assert [d.message for d in made.diagnostics if d.code == "SEG0325"] == said
        assert not errors(text)


def test_a_key_called_as_a_column_of_runs_is_named() -> None:
    model = "entity account { arm: text key } segment s of account { when arm is missing } table r of account from runs of s starting 2026-10-01"
    of_segment = build(Path(), Config(), [Source("rules.seg", model)], [])
    assert [d for d in of_segment.diagnostics if d.severity == "error"] == []
    of_arms = model.replace(
        "segment s of account { when arm is missing }",
        "segmentation s of account { segment a { when arm is missing } otherwise b }",
    )
    found = build(Path(), Config(), [Source("rules.seg", of_arms)], [])
    assert "`arm` is a column of the runs of a rule already" in [d.message for d in found.diagnostics]
