"""Tests made for a person to judge, a list held against the rules, and what the command `test` does beside running."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.cli import as_json, call
from tests.support.git import git
from tests.support.small_workspace import LOGINS, RULES, TOML

PERSONAL = RULES.replace(
    "renewal:    date", "renewal:    date  email: text personal  parent: link to account reverse children"
)
ACCOUNTS = (
    "account_id,plan,arr,renewal,email,parent\n"
    "acme,team,50000,2026-12-15,ann@acme.example,zeta\nzeta,free,0,,z@z.example,\nnear,team,49999,2027-02-02,,\n"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    files = {"segdsl.toml": TOML, "rules.seg": PERSONAL, "accounts.csv": ACCOUNTS, "logins.csv": LOGINS}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_new_writes_customers_on_every_border_that_pass_as_they_are(workspace: Path) -> None:
    assert call("test", "new", "motion", cwd=workspace).exit_code == 0
    found = rows(workspace / "fixtures" / "motion" / "account.csv")
    assert {r["expect.motion"] for r in found} == {"save", "check_data", "steady"}
    assert {"2026-12-15", "2027-01-29", "2027-01-30"} & {r["renewal"] for r in found} >= {"2027-01-29", "2027-01-30"}
    assert all(r["note"] for r in found)
    result = call("test", "motion", cwd=workspace)
    assert result.exit_code == 0 and f"{len(found)} passed" in result.output
    again = call("test", "new", "motion", cwd=workspace)
    assert (again.exit_code, "is there already" in again.output) == (2, True)
    assert call("test", "new", "motion.save", "--name", "more", cwd=workspace).exit_code == 0
    assert call("test", "new", "motion", "--name", "../up", cwd=workspace).exit_code == 2


def test_new_of_a_segment_and_of_what_is_not_there(workspace: Path) -> None:
    assert call("test", "new", "big", cwd=workspace).exit_code == 0
    assert {(r["arr"], r["expect.big"]) for r in rows(workspace / "fixtures" / "big" / "account.csv")} >= {
        ("50000", "true"),
        ("49999", "false"),
    }
    result = call("test", "new", "bigg", cwd=workspace)
    assert (result.exit_code, "did you mean `big`?" in result.output) == (2, True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "rule",
    [
        'segment made of account { when split("x") < 50% }',
        'segmentation made of account { segment a { when split("y") < 50% and arr > 3 } otherwise b }',
        "segment made of account { when arr > 5 limit 2 by arr }",
        "segment made of account { when rank(arr) = 1 or arr > 8 }",
        "segment made of account { when count(all account per plan where arr > account.arr) >= 2 and arr > 3 }",
        "metric others of account = count(all account) segment made of account { when others >= 9 and arr > 3 }",
    ],
)
def test_new_judges_customers_under_the_keys_and_among_the_others_that_it_writes(workspace: Path, rule: str) -> None:
    (workspace / "rules.seg").write_text(PERSONAL + rule, encoding="utf-8")
    assert call("test", "new", "made", cwd=workspace).exit_code == 0
    result = call("test", "made", cwd=workspace)
    assert result.exit_code == 0, result.output
    assert len(rows(workspace / "fixtures" / "made" / "account.csv")) > 1


@pytest.mark.slow
def test_new_makes_customers_up_as_of_the_time_that_it_is_given(workspace: Path) -> None:
    """Else as of the day of other tests; without tests on one on which nobody's rows need be lacking."""

    def as_of(name: str, *more: str) -> str:
        assert call("test", "new", "quiet", "--name", name, *more, cwd=workspace).exit_code == 0
        assert call("test", name, cwd=workspace).exit_code == 0
        return (workspace / "fixtures" / name / "fixture.toml").read_text(encoding="utf-8")

    text = PERSONAL[: PERSONAL.index("test ")].replace("at occurred_at", "at occurred_at complete from 2026-10-01")
    (workspace / "rules.seg").write_text(text + "segment quiet of account { when none(logins in last 60 days) }")
    assert as_of("none") == "as_of = 2028-10-01\n"
    assert {r["expect.quiet"] for r in rows(workspace / "fixtures" / "none" / "account.csv")} == {"true", "false"}
    assert as_of("day", "--as-of", "2027-03-01") == "as_of = 2027-03-01\n"
    assert as_of("hour", "--as-of", "2027-03-01T09:30") == "as_of = 2027-03-01T09:30:00\n"


def test_a_real_customer_comes_without_its_name_and_personal_fields(workspace: Path) -> None:
    result = call("test", "new", "motion", "--from", "acme", "--as-of", "2026-11-01", cwd=workspace)
    assert result.exit_code == 0, result.output
    folder = workspace / "fixtures" / "motion_real"
    text = "".join(p.read_text(encoding="utf-8") for p in folder.iterdir())
    assert "acme" not in text and "zeta" not in text and "ann@" not in text and "email" not in text
    assert rows(folder / "account.csv")[0]["expect.motion"] == "save"
    assert rows(folder / "logins.csv") == [{"account_id": "account_1", "at": "2026-09-01 08:00"}]
    assert call("test", "motion_real", cwd=workspace).exit_code == 0


def test_a_personal_field_that_decides_stays_out_and_is_told(workspace: Path) -> None:
    (workspace / "rules.seg").write_text(
        PERSONAL + 'segment acmes of account { when email contains "acme" }\n', encoding="utf-8"
    )
    result = call("test", "new", "acmes", "--from", "acme", "--as-of", "2026-11-01", cwd=workspace)
    assert result.exit_code == 0
    assert "personal fields that the rule reads stay out: account.email" in result.output
    assert "otherwise than the customer" in result.output
    assert "ann@" not in (workspace / "fixtures" / "acmes_real" / "account.csv").read_text(encoding="utf-8")


def test_a_copy_that_is_elsewhere_for_its_name_is_told(workspace: Path) -> None:
    """By md5 acme's share is 0.83, account_1's 0.36."""
    (workspace / "rules.seg").write_text(
        PERSONAL + 'segment some of account { when split("f") < 50% }\n', encoding="utf-8"
    )
    result = call("test", "new", "some", "--from", "acme", "--as-of", "2026-11-01T09:30", cwd=workspace)
    assert "under another name and without others the rule sees the copy otherwise" in result.output
    folder = workspace / "fixtures" / "some_real"
    assert rows(folder / "account.csv")[0]["expect.some"] == "true"
    assert (folder / "fixture.toml").read_text(encoding="utf-8") == "as_of = 2026-11-01T09:30:00\n"
    assert call("test", "some_real", cwd=workspace).exit_code == 0


def test_no_cell_is_a_formula_and_each_is_read_as_it_was(workspace: Path) -> None:
    rules = PERSONAL.replace("email: text personal", "email: text personal note: text")
    (workspace / "rules.seg").write_text(
        rules + 'segment odd of account { when note starts with "=" }\n', encoding="utf-8"
    )
    (workspace / "accounts.csv").write_text(
        "account_id,plan,arr,note,email,parent,renewal\nacme,team,5,=1+cmd|x,,,\n", encoding="utf-8"
    )
    assert call("test", "new", "odd", "--from", "acme", "--as-of", "2026-11-01", cwd=workspace).exit_code == 0
    text = (workspace / "fixtures" / "odd_real" / "account.csv").read_text(encoding="utf-8")
    assert "'=1+cmd|x" in text and ",=1" not in text and text.startswith("account_id,note,expect.odd,notes\n")
    assert call("test", "odd_real", cwd=workspace).exit_code == 0


def test_a_list_made_by_hand_shows_who_differs_why_and_how_near(workspace: Path) -> None:
    (workspace / "hand.csv").write_text(
        "account_id,expect.motion,expect.big\nacme,Save,yes\nnear,save,true\nzeta,steady,\nnobody,save,\n".replace(
            "Save", "save"
        ),
        encoding="utf-8",
    )
    result = call("test", "compare", "hand.csv", "--as-of", "2026-11-01", cwd=workspace)
    assert result.exit_code == 1
    assert "near: judged save, motion says steady" in result.output
    assert "save: ✗ renewal in next 90 days" in result.output
    assert "nearest: renewal is 2 Feb 2027, the border is 30 Jan 2027: 3 days away" in result.output
    assert (
        "near: judged true, big says false" in result.output
        and "nearest: arr is USD 49,999, the border is USD 50,000" in result.output
    )
    assert "nobody: nobody has this key" in result.output
    assert "3 of 6 judgements agree" in result.output
    record = as_json(call("test", "compare", "hand.csv", "--as-of", "2026-11-01", "--format", "json", cwd=workspace))
    assert record["judged"] == 6 and [d["found"] for d in record["differences"]] == ["steady", "false", None]


def test_the_nearest_border_is_one_that_stands_in_the_way(workspace: Path) -> None:
    picky = "segment picky of account { when arr >= 49_990 and arr < 40_000 }\n"
    (workspace / "rules.seg").write_text(PERSONAL + picky, encoding="utf-8")
    (workspace / "hand.csv").write_text("account_id,expect.picky\nnear,yes\n", encoding="utf-8")
    result = call("test", "compare", "hand.csv", "--as-of", "2026-11-01", cwd=workspace)
    assert "nearest: arr is USD 49,999, the border is USD 40,000" in result.output


@pytest.mark.parametrize(
    ("text", "code"),
    [("account_id\nacme\n", "SEG0514"), ("account_id,expect.zzz\nacme,x\n", "SEG0514"), ("who,expect.big\nacme,true\n", "SEG0512"),
     ("account_id,expect.motion\nacme,saave\n", "SEG0514"), ("account_id,expect.big\nacme,maybe\n", "says nothing of `big`"), ("", "SEG0701")],
)  # fmt: skip
def test_a_list_that_can_not_be_meant_is_refused(workspace: Path, text: str, code: str) -> None:
    (workspace / "hand.csv").write_text(text, encoding="utf-8")
    result = call("test", "compare", "hand.csv", cwd=workspace)
    assert (result.exit_code, code in result.output) == (3, True), result.output


# -- running ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_write_adds_what_was_missing_beside_the_rules(workspace: Path) -> None:
    assert "never" in call("test", "--coverage", cwd=workspace).output
    assert call("test", "--coverage", "--write", cwd=workspace).exit_code == 0
    assert call("test", "--mutate", "--write", cwd=workspace).exit_code == 0
    record = as_json(call("test", "--mutate", "--format", "json", cwd=workspace))
    assert (record["coverage"]["share"], record["mutation"]["score"]) == (1.0, 1.0)
    assert call("test", "--fail-under", "100", "--mutate-fail-under", "100%", cwd=workspace).exit_code == 0
    assert call("test", "--write", cwd=workspace).exit_code == 2


def test_what_can_not_be_written_is_told_and_nothing_is_lost(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = (workspace / "rules.seg").read_text(encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        result = call("test", "--coverage", "--write", cwd=workspace)
    assert (result.exit_code, "rules.seg can't be written" in result.output) == (3, True)
    assert (workspace / "rules.seg").read_text(encoding="utf-8") == before
    (workspace / "fixtures").write_text("a file", encoding="utf-8")
    result = call("test", "-w", str(workspace), "new", "motion")
    assert (result.exit_code, "can't be written" in result.output) == (3, True)


def test_gates_fail_where_less_was_seen(workspace: Path) -> None:
    result = call("test", "--fail-under", "90", cwd=workspace)
    assert (result.exit_code, "90.0% is asked for" in result.output) == (1, True)
    assert call("test", "--mutate-fail-under", "99", cwd=workspace).exit_code == 1
    assert call("test", "--fail-under", "150", cwd=workspace).exit_code == 2
    assert call("test", "--fail-under", "90", "--engine", "duckdb", cwd=workspace).exit_code == 2


@pytest.mark.slow
def test_the_engine_gives_the_same_answers(workspace: Path) -> None:
    call("test", "new", "motion", cwd=workspace)
    call("test", "new", "big", cwd=workspace)
    by_reference = as_json(call("test", "--format", "json", cwd=workspace))
    on_duckdb = as_json(call("test", "--engine", "duckdb", "--format", "json", cwd=workspace))
    assert by_reference["totals"] == on_duckdb["totals"]
    (workspace / "rules.seg").write_text(PERSONAL.replace("in next 90 days", "in next 30 days"), encoding="utf-8")
    differing = [
        as_json(call("test", "--engine", e, "--format", "json", cwd=workspace)) for e in ("reference", "duckdb")
    ]
    one, other = ([t["status"] for t in d["tests"]] for d in differing)
    assert one == other
    assert differing[0]["totals"]["failed"] > 0


def test_fail_fast_stops_at_the_first(workspace: Path) -> None:
    call("test", "new", "motion", cwd=workspace)
    (workspace / "rules.seg").write_text(PERSONAL.replace("in next 90 days", "in next 5 days"), encoding="utf-8")
    record = as_json(call("test", "-x", "--format", "json", cwd=workspace))
    assert [t["status"] for t in record["tests"]] == ["failed"]


@pytest.mark.slow
def test_watching_runs_again_when_a_file_changes(workspace: Path) -> None:
    command = [sys.executable, "-m", "segdsl", "test", "--watch"]
    with subprocess.Popen(
        command, cwd=workspace, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as watching:
        assert watching.stdout is not None
        try:
            _wait_for(watching, "1 passed")
            (workspace / "rules.seg").write_text(
                PERSONAL.replace("in next 90 days", "in next 5 days"), encoding="utf-8"
            )
            _wait_for(watching, "1 failed")
            (workspace / "rules.seg").write_text(PERSONAL.replace("plan:", "plan"), encoding="utf-8")
            _wait_for(watching, "error[")
        finally:
            watching.terminate()


def _wait_for(watching: subprocess.Popen[str], text: str) -> None:
    assert watching.stdout is not None
    begun = time.monotonic()
    while time.monotonic() - begun < 60:
        if text in watching.stdout.readline():
            return
    raise AssertionError(f"{text} didn't come")


# -- what changed -------------------------------------------------------------------------------


@pytest.mark.slow
def test_mistakes_are_tried_only_in_what_a_branch_changes(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(workspace, "init")
    git(workspace, "add", ".")
    git(workspace, "commit", "-m", "begin")
    git(workspace, "checkout", "-b", "change")
    text = (
        PERSONAL.replace("arr >= 50_000", "arr >= 60_000")
        .replace("segment big", "# why\n\n\nsegment big")
        .replace("  segment save", "segment save")
    )
    (workspace / "rules.seg").write_text(text, encoding="utf-8")
    record = as_json(call("test", "--mutate", "--changed-from", "main", "--format", "json", cwd=workspace))
    assert {s["rule"] for s in record["mutation"]["survivors"]} == {"big"}
    everything = as_json(call("test", "--mutate", "--format", "json", cwd=workspace))
    assert everything["mutation"]["of"] > record["mutation"]["of"]
    git(workspace, "update-ref", "refs/remotes/origin/main", "main")
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    assert as_json(call("test", "--mutate", "--format", "json", cwd=workspace))["mutation"] == record["mutation"]
    assert (
        as_json(call("test", "--mutate", "--all", "--format", "json", cwd=workspace))["mutation"]
        == everything["mutation"]
    )
    result = call("test", "--mutate", "--changed-from", "--upload-pack=x", cwd=workspace)
    assert (result.exit_code, "SEG0611" in result.output) == (2, True)


def test_a_key_of_a_list_whose_zeros_a_spreadsheet_took_off(tmp_path: Path) -> None:
    """`69` is `000069`; `7` may be either of two, and nobody is `70`."""
    files = {
        "m.seg": "entity a { nr: text key  arr: integer }  segment s of a { when arr > 5 }",
        "a.csv": "nr,arr\n000069,9\n000690,9\n0007,9\n00007,9\n",
        "segdsl.toml": '[sources.default.tables]\na = "a.csv"\n',
        "hand.csv": "nr,expect.s\n69,false\n690,true\n7,true\n70,true\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    said = call("test", "compare", "hand.csv", "--as-of", "2026-11-01", cwd=tmp_path).output
    assert "69: judged false, s says true" in said and "690:" not in said, said
    assert "7: nobody has this key" in said and "70: nobody has this key" in said
    assert "1 of 4 judgements agree" in said


def test_a_list_may_have_names_in_place_of_keys(tmp_path: Path) -> None:
    """A name that two customers have is nobody's; the column is that of a field of names, or called by what it names."""
    files = {
        "m.seg": "entity company { nr: text key  name: text  arr: integer }  segment s of company { when arr > 5 }",
        "a.csv": "nr,name,arr\n1,Acme,9\n2,Bolt,1\n3,Twin,9\n4,Twin,9\n",
        "segdsl.toml": '[sources.default.tables]\ncompany = "a.csv"\n',
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for column in ("name", "Company"):
        (tmp_path / "hand.csv").write_text(f"{column},expect.s\nacme,true\nBolt,true\nTwin,true\n3,true\n")
        said = call("test", "compare", "hand.csv", "--as-of", "2026-11-01", cwd=tmp_path).output
        assert "Bolt: judged true, s says false" in said and "acme:" not in said and "3:" not in said, said
        assert "Twin: nobody has this key or, alone, this name" in said and "2 of 4 judgements agree" in said
