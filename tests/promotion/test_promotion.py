"""From a candidate to the incumbent's place and back: what lets it through, what is written, what CI holds the rules to."""

from __future__ import annotations

import datetime as dt
import json
import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from segdsl.data.files import DataError
from segdsl.files import journal
from segdsl.promotion import record, swap
from segdsl.workspace.load import load_workspace, sound
from tests.support.backtests import EXPERIMENT, MODEL, data, made
from tests.support.cli import call
from tests.support.git import git

# nobody gets another play: a better forecast is all that is asked
RULES = """
segmentation old "At risk" of account where region is not missing {
  goal "See who leaves" owner "cs@acme.example" basis behavioural review every 90 days
  segment quiet { when none(logins in last 30 days) }
  otherwise rest
}

test "a login a month ago keeps them out of quiet" as of 2025-07-01 {
  account a { region: "n" }
  logins of a { at: 2025-06-20 }
  expect a in old.rest
}

test "nobody there is quiet" as of 2025-07-01 {
  account a { region: "n" }
  expect a in old.quiet
}
"""
CANDIDATE = """# Proposed.

segmentation new "At risk" of account where region is not missing candidate of old {
  goal "See who leaves" owner "cs@acme.example" basis behavioural review every 90 days
  segment silent { when none(logins in last 90 days) }
  segment rare { when count(logins in last 90 days) <= 2 }
  otherwise rest
}

test "a single login is rare" as of 2025-07-01 {
  account a { region: "n" }
  logins of a { at: 2025-06-20 }
  expect a in new.rare
  expect new.silent = false or a in new.rare
}
""".replace("  expect new.silent = false or a in new.rare\n", "")


@pytest.fixture(scope="module")
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    return data()


@pytest.fixture
def workspace(tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame]) -> Path:
    """A git repository with the incumbent on main, and the candidate proposed."""
    made(tmp_path, tables, MODEL + RULES)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "rules.seg", "segdsl.toml")
    git(tmp_path, "commit", "-qm", "the incumbent")
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "new.seg").write_text(
        CANDIDATE + EXPERIMENT.replace("detect 5%", "detect 4%"), encoding="utf-8"
    )
    return tmp_path


def says(folder: Path, *arguments: str, code: int = 0) -> str:
    result = call(*arguments, cwd=folder)
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.slow
def test_from_a_proposal_to_a_promotion_and_back(workspace: Path) -> None:
    before = (workspace / "rules.seg").read_text(encoding="utf-8")
    assert "`e` has not been run" in says(workspace, "promote", "new", code=1)
    shown = says(workspace, "experiment", "run", "e")
    assert "PROMOTE: new changes nobody's play" in shown, shown
    assert "nothing stands against new" in says(workspace, "promote", "e", "--check")
    assert (workspace / "rules.seg").read_text(encoding="utf-8") == before

    shown = says(workspace, "promote", "new")
    assert "new is old now" in shown and "2 tests of the old old hold no more" in shown, shown
    after = (workspace / "rules.seg").read_text(encoding="utf-8")
    assert (
        'segmentation old "At risk" of account where region is not missing {' in after
        and "segment rare" in after
        and "candidate" not in after
    )
    rest = (workspace / "experiments" / "new.seg").read_text(encoding="utf-8")
    assert "expect a in old.rare" in rest and "segmentation" not in rest and "experiment" not in rest
    assert "1 passed" in says(workspace, "test")
    says(workspace, "check")
    (path,) = (workspace / "experiments" / "promotions").iterdir()
    record = tomllib.loads(path.read_text(encoding="utf-8"))
    assert (
        record["evidence"] == "backtest"
        and record["found"]["verdict"] == "PROMOTE"
        and record["sentence"].startswith("new changes nobody's play")
    )
    assert [p["what"] for p in record["taken_out"]] == ["rule", "candidate", "experiment", "test", "test"]
    assert "1 promoted segmentation as recorded" in says(workspace, "promote", "--check", "--base", "main")
    assert "backtest" in says(workspace, "promotions") and "old" in says(workspace, "promotions")

    assert "old is as it was before" in says(workspace, "rollback", "old", "--because", "support was flooded")
    back = (workspace / "rules.seg").read_text(encoding="utf-8")
    assert (
        back[back.index("segmentation old") : back.index("test")].split()
        == before[before.index("segmentation old") : before.index("test")].split()
    )
    assert "2 passed" in says(workspace, "test")
    assert "1 promoted segmentation as recorded" in says(workspace, "promote", "--check", "--base", "main")
    assert "was put back on" in says(workspace, "rollback", "old", code=2)
    kinds = [p["kind"] for p in json.loads(says(workspace, "promotions", "--format", "json"))["promotions"]]
    assert kinds == ["promotion", "rollback"]


@pytest.mark.slow
def test_of_two_promotions_at_once_one_is_told_to_try_again(workspace: Path) -> None:
    """Each is made of the rules as it read them: the second record would say that it replaced what the first did."""
    says(workspace, "experiment", "run", "e")
    loaded = sound(load_workspace(workspace))
    change = swap.promote(loaded, "old", "new")
    says(workspace, "promote", "new")
    after = (workspace / "rules.seg").read_text(encoding="utf-8")
    written = record.Record("old", "promotion", dt.date.today(), "", "backtest", "", "", "new")
    with pytest.raises(DataError, match=r"can't be written: rules\.seg was changed in the meantime; try again"):
        record.save(loaded, written, change)
    assert (workspace / "rules.seg").read_text(encoding="utf-8") == after
    assert len(list((workspace / "experiments" / "promotions").iterdir())) == 1


@pytest.mark.parametrize("bytes_then", [b"mine", None])
def test_what_was_changed_since_it_was_read_is_left(tmp_path: Path, bytes_then: bytes | None) -> None:
    for name in ("a.seg", "b.seg"):
        (tmp_path / name).write_bytes(b"\xef\xbb\xbfread")
    read: dict[Path, str | None] = {tmp_path / "a.seg": "read", tmp_path / "b.seg": "read", tmp_path / "c.seg": None}
    if bytes_then is None:
        (tmp_path / "b.seg").unlink()
    else:
        (tmp_path / "b.seg").write_bytes(bytes_then)
    with pytest.raises(OSError, match=r"b\.seg was changed in the meantime"):
        journal.change(tmp_path, dict.fromkeys(read, b"new"), read)
    assert (tmp_path / "a.seg").read_bytes() == b"\xef\xbb\xbfread" and not (tmp_path / "c.seg").exists()
    (tmp_path / "b.seg").write_bytes(b"read")
    journal.change(tmp_path, dict.fromkeys(read, b"new"), read)
    assert {(tmp_path / f"{n}.seg").read_bytes() for n in "abc"} == {b"new"}


@pytest.mark.slow
def test_a_live_segmentation_is_retired_on_purpose_and_brought_back(workspace: Path) -> None:
    (workspace / "experiments" / "new.seg").unlink()
    model = (workspace / "rules.seg").read_text(encoding="utf-8").partition("segmentation old")[0]
    rule = workspace / "rules" / "old.seg"
    rule.parent.mkdir()
    (workspace / "rules.seg").write_text(model, encoding="utf-8")
    rule.write_text(RULES, encoding="utf-8")
    git(workspace, "add", "-A")
    git(workspace, "commit", "-qm", "a file each")
    check = ("promote", "--check", "--base", "main")

    shown = says(workspace, "retire", "old", "--because", "nobody acts on it", code=4)
    assert "old is live no longer" in shown and "2 tests of the old old hold no more" in shown, shown
    assert not rule.exists() and (workspace / "rules.seg").read_text(encoding="utf-8").split() == model.split()
    assert "waits for approval: nobody acts on it" in says(workspace, *check, code=4)
    (path,) = (workspace / "experiments" / "promotions").iterdir()
    record = path.read_text(encoding="utf-8")
    path.write_text(record.replace('approved_by = ""', 'approved_by = "Ada"'), encoding="utf-8")
    assert "as recorded" in says(workspace, *check)

    rule.write_text(RULES, encoding="utf-8")
    assert "`old` is live again, and was retired by its record of" in says(workspace, *check, code=1)
    rule.unlink()
    assert "old is as it was before" in says(workspace, "rollback", "old")
    assert rule.read_text(encoding="utf-8").split() == RULES.split()
    assert "as recorded" in says(workspace, *check)
    kinds = [p["kind"] for p in json.loads(says(workspace, "promotions", "--format", "json"))["promotions"]]
    assert kinds == ["retirement", "rollback"]


@pytest.mark.parametrize("command", ["promote newer", "rollback old", "retire old"])
def test_nothing_is_recorded_before_a_record_of_a_later_day(command: str, workspace: Path) -> None:
    """As after a clock that ran ahead: the older change would count as the latest, and `rollback` would undo another than the last."""
    says(workspace, "promote", "new", "--because", "a pilot", code=4)
    (record,) = (workspace / "experiments" / "promotions").glob("*.toml")
    text = re.sub(r"(?m)^on = .*$", "on = 2999-01-01", record.read_text(encoding="utf-8"))
    record.rename(record.with_name("2999-01-01-old.toml")).write_text(text, encoding="utf-8")
    if "newer" in command:
        (workspace / "newer.seg").write_text(
            CANDIDATE.replace("new", "newer").replace("a single", "another"), encoding="utf-8"
        )
    before = {p: p.read_bytes() for p in workspace.rglob("*") if p.suffix in (".seg", ".toml")}
    said = says(workspace, *command.split(), "--because", "again", code=3)
    assert "2999-01-01-old.toml is of 2999-01-01, and today is" in said
    assert before == {p: p.read_bytes() for p in workspace.rglob("*") if p.suffix in (".seg", ".toml")}


def test_what_others_need_is_not_retired(workspace: Path) -> None:
    before = (workspace / "rules.seg").read_text(encoding="utf-8")
    shown = says(workspace, "retire", "old", "--because", "x", code=1)
    assert "the other rules need old" in shown and "experiments/new.seg" in shown
    assert "`new` is no live segmentation" in says(workspace, "retire", "new", "--because", "x", code=2)
    assert "needs a reason" in says(workspace, "retire", "old", "--because", " ", code=2)
    assert (workspace / "rules.seg").read_text(encoding="utf-8") == before


@pytest.mark.parametrize("file", ["../x.seg", "/tmp/x.seg", ".git/x.seg", "segdsl.toml", ".bashrc", "elsewhere/x.seg"])
def test_a_record_names_no_file_but_rules_of_the_workspace(workspace: Path, file: str) -> None:
    (workspace / "experiments" / "new.seg").unlink()
    says(workspace, "retire", "old", "--because", "x", code=4)
    (workspace.parent / "outside").mkdir(exist_ok=True)
    (workspace / "elsewhere").symlink_to(workspace.parent / "outside")
    (path,) = (workspace / "experiments" / "promotions").iterdir()
    path.write_text(
        path.read_text(encoding="utf-8").replace('file = "rules.seg"', f'file = "{file}"'), encoding="utf-8"
    )
    assert "is no record of a promotion" in says(workspace, "rollback", "old", code=3)
    assert not (workspace.parent / "x.seg").exists() and not list((workspace.parent / "outside").iterdir())


@pytest.mark.slow
def test_evidence_is_of_the_rules_as_they_are(workspace: Path) -> None:
    says(workspace, "experiment", "run", "e")
    file = workspace / "experiments" / "new.seg"
    text = file.read_text(encoding="utf-8")
    file.write_text("# laid out anew\n" + text.replace("  segment rare {", "\n  segment rare {"), encoding="utf-8")
    says(workspace, "promote", "new", "--check")
    for changed in (("<= 2", "<= 3"), ("segment rare {", "segment seldom {")):
        file.write_text(
            text.replace(*changed).replace("new.rare", "new.seldom" if "seldom" in changed[1] else "new.rare"),
            encoding="utf-8",
        )
        shown = says(workspace, "promote", "new", code=1)
        assert "`new` has changed since `e` was run" in shown, shown
    file.write_text(text.replace("detect 4%", "detect 3%"), encoding="utf-8")
    assert "it is exploratory" in says(workspace, "promote", "new", code=1)


@pytest.mark.slow
def test_what_only_foretells_better_waits_for_a_pilot(workspace: Path) -> None:
    for file, old, now in (
        ("rules.seg", "30 days) }", "30 days) play call }"),
        ("experiments/new.seg", "90 days) }", "90 days) play call }"),
    ):
        path = workspace / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, now, 1), encoding="utf-8")
    says(workspace, "experiment", "run", "e")
    assert "PROMOTE TO PILOT" in says(workspace, "promote", "new", code=1)


def test_without_evidence_somebody_has_to_approve(workspace: Path) -> None:
    shown = says(workspace, "promote", "new", "--because", "the old one is wrong since the merger", code=4)
    assert "which somebody has to approve" in shown
    assert "waits for approval: the old one is wrong since the merger" in says(workspace, "promote", "--check", code=4)
    (path,) = (workspace / "experiments" / "promotions").iterdir()
    text = path.read_text(encoding="utf-8")
    assert 'evidence = "not evidence"' in text
    path.write_text(text.replace('approved_by = ""', 'approved_by = "Ann, head of CS"'), encoding="utf-8")
    says(workspace, "promote", "--check")
    path.write_text("segmentation = 3", encoding="utf-8")
    broken = says(workspace, "promote", "--check", code=3)
    assert "no record of a promotion" in broken and "`on` is missing" in broken


@pytest.mark.slow
def test_ci_sees_a_live_rule_that_changed_without_a_record(workspace: Path) -> None:
    file = workspace / "rules.seg"
    text = file.read_text(encoding="utf-8")
    says(workspace, "promote", "--check", "--base", "main")
    file.write_text(text.replace("last 30 days", "last 31 days"), encoding="utf-8")
    assert "`old` means something else than in main" in says(workspace, "promote", "--check", "--base", "main", code=1)
    says(workspace, "promote", "--check")  # without a base or a record nothing is known
    file.write_text(text, encoding="utf-8")
    says(workspace, "experiment", "run", "e")
    says(workspace, "promote", "new")
    file.write_text(file.read_text(encoding="utf-8").replace("<= 2", "<= 4"), encoding="utf-8")
    assert "`old` means something else than its record of" in says(workspace, "promote", "--check", code=1)
    found = json.loads(says(workspace, "promote", "--check", "--format", "json", code=1))
    assert [c["segmentation"] for c in found["changed"]] == ["old"]


@pytest.mark.slow
@pytest.mark.parametrize(("change", "said"), [
    (("segment silent { when none(logins in last 90 days) }", "segment silent { when none(logins in last 60 days) }\n  segment hidden { when plan = \"free\" }"), "has changed"),
    (("expect a in new.rare", "expect a in new.silent"), 'test "a single login is rare" fails'),
])  # fmt: skip
def test_what_stands_against_it_is_said_and_nothing_is_changed(
    workspace: Path, change: tuple[str, str], said: str
) -> None:
    says(workspace, "experiment", "run", "e")
    file = workspace / "experiments" / "new.seg"
    file.write_text(file.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    before = {p: p.read_bytes() for p in workspace.rglob("*.seg")}
    assert said in says(workspace, "promote", "new", code=1)
    assert {p: p.read_bytes() for p in workspace.rglob("*.seg")} == before
    assert not (workspace / "experiments" / "promotions").exists()


def test_other_rules_that_name_an_arm_that_goes(workspace: Path) -> None:
    file = workspace / "rules.seg"
    file.write_text(
        file.read_text(encoding="utf-8")
        + "\nsegment loud of account { basis behavioural when not (account in old.quiet) }\n",
        encoding="utf-8",
    )
    shown = says(workspace, "promote", "new", "--because", "x", code=1)
    assert "unknown arm `quiet` of `old`" in shown, shown


@pytest.mark.parametrize(("arguments", "said"), [
    (("promote", "old"), "`old` is no candidate of anything"), (("promote", "nothing"), "`nothing` is no candidate"), (("promote",), "name a candidate"),
    (("promote", "new", "--because", " "), "needs a reason"), (("rollback", "old"), "`old` was never promoted"), (("rollback", "none"), "was never promoted"),
])  # fmt: skip
def test_wrong_names(workspace: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in says(workspace, *arguments, code=2)


@pytest.mark.slow
def test_evidence_that_does_not_say_of_which_rules_is_none(workspace: Path) -> None:
    says(workspace, "experiment", "run", "e")
    path = workspace / "experiments" / "evidence" / "e.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    for meaning in ({}, {"new": told["candidates"]["new"]["meaning"]["new"]}, None):
        told["candidates"]["new"]["meaning"] = meaning
        path.write_text(json.dumps(told), encoding="utf-8")
        assert "`old` has changed since `e` was run" in says(workspace, "promote", "new", code=1)


@pytest.mark.slow
def test_nothing_of_a_record_or_evidence_reaches_the_terminal_as_it_is(workspace: Path) -> None:
    says(workspace, "experiment", "run", "e")
    path = workspace / "experiments" / "evidence" / "e.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["candidates"]["new"] |= {"verdict": "KEEP", "sentence": "a\x1b[2Jb"}
    path.write_text(json.dumps(told), encoding="utf-8")
    shown = [
        says(workspace, "promote", "new", code=1),
        says(workspace, "promote", "new", "--because", "x\x1b[2Jy", code=4),
    ]
    shown += [says(workspace, "promote", "--check", code=4), says(workspace, "promotions")]
    assert not any("\x1b[2J" in text for text in shown) and "\\u{1b}[2Jy" in shown[2]
