"""What a pull request could do to be compared with something else: the gate of promotions and `diff` stop, and name it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from segdsl.experiment.shared.evidence import reads
from tests.support.answers import model_of
from tests.support.cli import as_json, call
from tests.support.git import git

pytestmark = pytest.mark.slow

TOML = '[workspace]\nname = "t"\ntimezone = "Europe/London"\n'
MODEL = """entity account from created_at {
  account_id: text key
  created_at: timestamp
  arr: money(USD)
  region: text
}

table calls of account by account_id at t complete from 2026-01-01 {
  minutes: integer
  t2: timestamp
  heard: timestamp
}
"""
RULE = """
segmentation tier of account {
  segment gold {
    when arr > 100 and count(calls in last 30 days) < 9 and last(calls.minutes) > 1
  }
  otherwise rest
}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The rule on `origin/main`, which is also what lies here."""
    root = tmp_path / "repository"
    (root / "rules").mkdir(parents=True)
    (root / "segdsl.toml").write_text(TOML, encoding="utf-8")
    (root / "rules" / "model.seg").write_text(MODEL, encoding="utf-8")
    (root / "rules" / "tier.seg").write_text(RULE, encoding="utf-8")
    git(root, "init", "-q", "-b", "work")
    committed(root)
    return root


def committed(root: Path) -> None:
    """All that lies here, as `origin/main`."""
    git(root, "add", "-A")
    git(root, "commit", "-qm", "base")
    git(root, "update-ref", "refs/remotes/origin/main", "HEAD")


def edit(root: Path, old: str, new: str, file: str = "rules/tier.seg") -> None:
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def gate(root: Path, *more: str) -> tuple[int, str]:
    result = call("promote", "--check", "--base", "origin/main", *more, cwd=root)
    return result.exit_code, result.output


def diff(root: Path, *arguments: str) -> tuple[int, str]:
    result = call("diff", *(arguments or ("origin/main",)), "--no-data", cwd=root)
    return result.exit_code, result.output


# -- a revision is a revision ------------------------------------------------------------------------


def folder_of_that_name(root: Path) -> None:
    for name in ("segdsl.toml", "rules/model.seg", "rules/tier.seg"):
        target = root / "origin" / "main" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((root / name).read_bytes())


def attributes(root: Path) -> None:
    edit(root, "> 50", "> 100")
    (root / ".gitattributes").write_text("rules/tier.seg export-ignore\n*.seg -text export-subst\n", encoding="utf-8")
    committed(root)
    edit(root, "> 100", "> 50")


def replacement(root: Path) -> None:
    """What `git replace` shows in the place of a commit."""
    git(root, "commit", "-qam", "change")
    git(root, "replace", "origin/main", "HEAD")


def odd_names(root: Path) -> None:
    edit(root, "> 50", "> 100")
    for name in ("rules/tab\t.seg", 'rules/quo"te.seg', "rules/é\n.seg"):
        (root / name).write_text("# nothing\n", encoding="utf-8")
    committed(root)
    edit(root, "> 100", "> 50")


@pytest.mark.parametrize("trick", [folder_of_that_name, attributes, replacement, odd_names])
def test_a_changed_rule_is_seen_whatever_the_repository_says(repository: Path, trick: Callable[[Path], None]) -> None:
    edit(repository, "arr > 100", "arr > 50")
    trick(repository)
    code, shown = gate(repository)
    assert code == 1 and "`tier` means something else than in origin/main" in shown, shown
    code, shown = diff(repository)
    assert (code == 0 and "gold` can only gain" in shown) or "gold can only gain" in shown, shown


def tag_of_that_name(root: Path) -> None:
    git(root, "tag", "origin/main")


def branch_of_that_name(root: Path) -> None:
    git(root, "branch", "origin/main")


@pytest.mark.parametrize("trick", [tag_of_that_name, branch_of_that_name])
def test_a_name_of_several_commits_stops(repository: Path, trick: Callable[[Path], None]) -> None:
    """git itself takes the first that it finds: the change would be compared with itself."""
    edit(repository, "arr > 100", "arr > 50")
    git(repository, "commit", "-qam", "change")
    trick(repository)
    for code, shown in (gate(repository), diff(repository), diff(repository, "origin/main...HEAD")):
        assert code == 2 and "it names several commits" in shown and "refs/remotes/origin/main" in shown, shown
    code, shown = diff(repository, "refs/remotes/origin/main")
    assert code == 0 and "gold can only gain" in shown


def test_a_repository_among_the_files_of_another_is_none(repository: Path) -> None:
    """A pull request can commit what a bare repository is made of, with an `origin/main` and settings of its own."""
    inner = repository / "inner"
    inner.mkdir()
    for name in ("segdsl.toml", "rules"):
        (repository / name).rename(inner / name)
    committed(repository)
    edit(inner, "arr > 100", "arr > 50")
    git(inner, "init", "-q", "-b", "work")
    committed(inner)
    for name in ("HEAD", "objects", "refs", "config"):
        (inner / ".git" / name).rename(inner / name)
    shutil.rmtree(inner / ".git")
    for code, shown in (gate(inner), diff(inner)):
        assert code == 2 and "bare repository" in shown, shown


def test_a_base_of_any_length_is_named(repository: Path) -> None:
    for base in ("a" * 5000, "./" + "a" * 5000):
        code, shown = diff(repository, base)
        assert code == 2 and "SEG0614" in shown


# -- what git doesn't have stops ---------------------------------------------------------------------


def linked_rule(root: Path) -> None:
    (root / "rules" / "tier.seg").rename(root / "tier.txt")
    (root / "rules" / "tier.seg").symlink_to("../tier.txt")


def linked_folder(root: Path) -> None:
    (root / "rules").rename(root / "else")
    (root / "rules").symlink_to("else")
    (root / "segdsl.toml").write_text(TOML + 'include = ["rules"]\n', encoding="utf-8")


def linked_configuration(root: Path) -> None:
    (root / "segdsl.toml").rename(root / "other.toml")
    (root / "segdsl.toml").symlink_to("other.toml")


def linked_list(root: Path) -> None:
    (root / "regions.txt").write_text("region\nx\n", encoding="utf-8")
    (root / "rules" / "regions.csv").symlink_to("../regions.txt")
    (root / "rules" / "model.seg").write_text(MODEL + 'list regions from "regions.csv" { region: text }\n')


def submodule(root: Path) -> None:
    other = root.parent / "other"
    other.mkdir()
    git(other, "init", "-q")
    (other / "more.seg").write_text("# nothing\n", encoding="utf-8")
    git(other, "add", "-A")
    git(other, "commit", "-qm", "x")
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "rules/more")


def outside_of_the_repository(root: Path) -> None:
    (root.parent / "shared").mkdir()
    (root.parent / "shared" / "x.seg").write_text("# nothing\n", encoding="utf-8")
    (root / "segdsl.toml").write_text(TOML + 'include = ["rules", "../shared"]\n', encoding="utf-8")


def no_rules(root: Path) -> None:
    (root / "rules" / "model.seg").unlink()
    (root / "rules" / "tier.seg").unlink()


def broken_rules(root: Path) -> None:
    edit(root, "arr > 100", "arr > ")


def no_configuration(root: Path) -> None:
    (root / "segdsl.toml").unlink()


def broken_configuration(root: Path) -> None:
    (root / "segdsl.toml").write_text("[", encoding="utf-8")


def large_rule(root: Path) -> None:
    (root / "rules" / "large.seg").write_text("# x\n" * 600_000, encoding="utf-8")


@pytest.mark.parametrize(("trick", "said"), [
    (linked_rule, "`rules/tier.seg` of `origin/main` is a link"), (linked_folder, "`rules` of `origin/main` is a link"),
    (linked_configuration, "`segdsl.toml` of `origin/main` is a link"), (linked_list, "`rules/regions.csv` of `origin/main` is a link"),
    (submodule, "`rules/more` of `origin/main` is a submodule"),
    (outside_of_the_repository, "`include` names `../shared` of `origin/main`, which lies outside the repository"),
    (no_rules, "there is no rule file"), (broken_rules, "have 1 error, so they can't be compared"), (no_configuration, "has no segdsl.toml"),
    (broken_configuration, "segdsl.toml can't be read"), (large_rule, "`rules/large.seg` of `origin/main` is larger than 2 MB"),
])  # fmt: skip
def test_what_a_base_does_not_have_whole_is_named_and_stops(
    repository: Path, trick: Callable[[Path], None], said: str
) -> None:
    trick(repository)
    committed(repository)
    git(repository, "checkout", "-q", "HEAD~1")
    for code, shown in (gate(repository), diff(repository)):
        assert code == 2 and said in shown and str(repository.parent) not in shown, shown


def test_submodules_and_links_that_no_rule_lies_in_are_no_matter(repository: Path) -> None:
    submodule(repository)
    (repository / "data").symlink_to("/nowhere")
    (repository / "segdsl.toml").write_text(TOML + 'include = ["rules"]\n', encoding="utf-8")
    git(repository, "mv", "rules/more", "more")
    committed(repository)
    edit(repository, "arr > 100", "arr > 50")
    assert gate(repository)[0] == 1


ODD_GITS = {
    "endless": ("yes", "larger than 1 MB"),
    "waits": ("sleep 600", "in 2 seconds"),
    "leaves another": ("sleep 600 & exit 0", "in 2 seconds"),
    "complains for good": ("yes >&2", "git"),
    "no letters": ("printf '\\377\\376\\n'", "isn't git"),
    "killed": ("kill -9 $$", "stopped"),
    "long no": ("printf %02000d 1 >&2; exit 3", "000"),
}


@pytest.mark.sample(4)
@pytest.mark.parametrize("when", ["--verify", "--batch="])
@pytest.mark.parametrize(("does", "said"), ODD_GITS.values(), ids=ODD_GITS)
def test_a_git_that_does_not_answer_as_git_is_named(
    repository: Path, does: str, said: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from segdsl.files import git as asked

    real, folder = shutil.which("git"), repository.parent / "bin"
    folder.mkdir()
    script = f'#!/bin/sh\ncase "$*" in *{when}*) {does};; *) exec {real} "$@";; esac\n'
    (folder / "git").write_text(script, encoding="utf-8")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr(asked, "PATIENCE", 2)
    monkeypatch.setattr(asked, "MOST", 1_000_000)
    result = call("diff", "origin/main", "--no-data", cwd=repository)
    refused_as_no = when == "--verify" and does.endswith("exit 3")  # so git says that there is none
    assert result.exit_code == 2 and ("no branch, tag or commit" if refused_as_no else said) in result.output, (
        result.output
    )
    assert len(result.output) < 1_000


def test_a_shallow_clone_is_named(repository: Path) -> None:
    git(repository, "commit", "-q", "--allow-empty", "-m", "later")
    clone = repository.parent / "clone"
    git(repository.parent, "clone", "-q", "--depth", "1", f"file://{repository}", str(clone))
    for arguments in (("HEAD~1",), ("HEAD...HEAD",)):
        code, shown = diff(clone, *arguments)
        assert code == 2 and "the clone is shallow" in shown and "fetch-depth: 0" in shown, shown
    shown = call("promote", "--check", "--base", "origin/main~1", cwd=clone)
    assert shown.exit_code == 2 and "the clone is shallow" in shown.output
    assert diff(clone, "HEAD")[0] == 0


def test_three_dots_compare_with_where_the_branches_left_each_other(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "main")
    edit(repository, "segment gold", "segment silver")
    git(repository, "commit", "-qam", "on main, later")
    git(repository, "checkout", "-q", "work")
    edit(repository, "arr > 100", "arr > 50")
    git(repository, "commit", "-qam", "on the branch")
    assert "its arms are others now" in diff(repository, "main")[1]
    for written in ("main...HEAD", "main...", "main...work"):
        shown = diff(repository, written)[1]
        assert "gold` can only gain" in shown or "gold can only gain" in shown, shown
    git(repository, "checkout", "-q", "--orphan", "alone")
    git(repository, "commit", "-qm", "alone")
    assert "no commit in common" in diff(repository, "main...alone")[1]


def test_a_folder_is_written_as_a_path(repository: Path) -> None:
    folder_of_that_name(repository)
    edit(repository, "arr > 100", "arr > 50")
    assert "can only gain" in diff(repository, "./origin/main")[1]
    git(repository, "update-ref", "-d", "refs/remotes/origin/main")
    code, shown = diff(repository)
    assert code == 2 and "for the folder of that name write `./origin/main`" in shown, shown
    code, shown = gate(repository)
    assert code == 2 and "this repository has no branch, tag or commit" in shown
    assert "there is no folder `./nothing`" in diff(repository, "./nothing")[1]


def test_a_rule_file_that_is_not_read_stops(repository: Path) -> None:
    (repository / "rules" / "more.SEG").write_text(RULE.replace("tier", "other"), encoding="utf-8")
    for code, shown in (gate(repository), diff(repository)):
        assert code == 2 and "more.SEG isn't read" in shown, shown


def test_no_rules_at_all_are_a_finding(repository: Path) -> None:
    no_rules(repository)
    result = call("check", cwd=repository)
    assert result.exit_code == 1 and "there is no rule file" in result.output
    assert diff(repository)[0] == gate(repository)[0] == 1
    for arguments in (["--check"], ["--check", "rules"], []):
        result = call("fmt", *arguments, cwd=repository)
        assert result.exit_code == 1 and "there is no rule file" in result.output


# -- what is gone, and what is declared otherwise -----------------------------------------------------


@pytest.mark.parametrize(("file", "old", "new"), [
    ("rules/tier.seg", "segmentation tier of", "segmentation tier_b of"),
    ("rules/tier.seg", "tier of account", "tier of account candidate of other"), ("segdsl.toml", TOML, TOML + 'include = ["other"]\n'),
])  # fmt: skip
@pytest.mark.parametrize("recorded", [False, True])
def test_a_live_segmentation_that_is_gone_is_named(
    repository: Path, file: str, old: str, new: str, recorded: bool
) -> None:
    other = RULE.replace("tier", "other")
    (repository / "other").mkdir()
    (repository / "other" / "other.seg").write_text(other + (MODEL if "include" in new else ""), encoding="utf-8")
    if "include" in new:
        (repository / "rules" / "model.seg").unlink()
    committed(repository)
    if recorded:
        promoted(repository)
        git(repository, "add", "-A")
        git(repository, "commit", "-qm", "promoted")
    edit(repository, old, new, file)
    code, shown = gate(repository)
    assert code == 1 and "`tier` is gone, or live no longer" in shown and "bring it back under its name" in shown, shown
    assert (call("promote", "--check", cwd=repository).exit_code == 1) == recorded


def promoted(root: Path) -> None:
    """`tier` by a record that somebody approved."""
    candidate = RULE.replace("tier of account", "tier_v2 of account candidate of tier").replace("< 9", "< 8")
    (root / "rules" / "v2.seg").write_text(candidate, encoding="utf-8")
    assert call("promote", "tier_v2", "--because", "x", cwd=root).exit_code == 4
    (record,) = (root / "experiments" / "promotions").iterdir()
    edit(root, 'approved_by = ""', 'approved_by = "Ann"', str(record.relative_to(root)))
    assert call("promote", "--check", cwd=root).exit_code == 0


@pytest.mark.parametrize("name", ['""', '" "', '"-"', '"\\u3164"', '"\\u200b"'])
def test_nobody_has_approved_what_no_name_stands_in(repository: Path, name: str) -> None:
    promoted(repository)
    (record,) = (repository / "experiments" / "promotions").iterdir()
    edit(repository, 'approved_by = "Ann"', f"approved_by = {name}", str(record.relative_to(repository)))
    assert gate(repository)[0] == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('approved_by = "Ann"', "approved_by = []"),
        ('approved_by = "Ann"', "approved_by = true"),
        ('kind = "promotion"', 'kind = "other"'),
        ('segmentation = "tier"', "segmentation = 5"),
    ],
)
def test_a_record_with_something_else_in_a_place_is_none(repository: Path, old: str, new: str) -> None:
    promoted(repository)
    (record,) = (repository / "experiments" / "promotions").iterdir()
    edit(repository, old, new, str(record.relative_to(repository)))
    code, shown = gate(repository)
    assert code == 3 and "SEG0619" in shown


def altered_meaning(record: Path) -> None:
    """Whoever changes the rule writes what it means now into the record of before."""
    record.write_text(record.read_text(encoding="utf-8").replace('because = "x"', 'because = "y"'), encoding="utf-8")


@pytest.mark.parametrize("change", [altered_meaning, Path.unlink])
def test_a_record_of_the_base_stays_as_it_was(repository: Path, change: Callable[[Path], None]) -> None:
    promoted(repository)
    (record,) = (repository / "experiments" / "promotions").iterdir()
    edit(repository, 'approved_by = "Ann"', 'approved_by = ""', str(record.relative_to(repository)))
    committed(repository)
    edit(repository, 'approved_by = ""', 'approved_by = "Ann"', str(record.relative_to(repository)))
    assert gate(repository)[0] == 0  # a name is what it waits for
    committed(repository)
    change(record)
    code, shown = gate(repository)
    assert code == 1 and f"the record {record.name} isn't as in origin/main" in shown, shown


@pytest.mark.parametrize(
    ("kind", "evidence"), [("promotion", "backtest"), ("promotion", "pilot"), ("rollback", "rollback"), ("retirement", "rollback")]
)  # fmt: skip
def test_a_new_record_that_nothing_bears_out_waits_for_approval(repository: Path, kind: str, evidence: str) -> None:
    """A pull request writes records by hand as well."""
    promoted(repository)
    (record,) = (repository / "experiments" / "promotions").iterdir()
    for old, new in (
        ('evidence = "not evidence"', f'evidence = "{evidence}"'),
        ('approved_by = "Ann"', 'approved_by = ""'),
        ('kind = "promotion"', f'kind = "{kind}"'),
    ):
        edit(repository, old, new, str(record.relative_to(repository)))
    code, shown = gate(repository)
    assert code == (1 if kind == "retirement" else 4) and "waits for approval" in shown, shown


DECLARATIONS = [
    ("rules/model.seg", " complete from 2026-01-01", "", "`calls`"),
    ("rules/model.seg", "complete from 2026-01-01", "complete from 2026-02-01", "`calls`"),
    ("rules/model.seg", " from created_at", "", "`account`"),
    ("rules/model.seg", "at t complete", "at t known at heard complete", "`calls`"),  # from then on windows end at as-of
    ("rules/model.seg", "at t complete", "at t2 complete", "`calls`"),
    ("rules/model.seg", "  minutes: integer\n  t2: timestamp", "  t2: timestamp\n  minutes: integer", "`calls`"),
    ("rules/model.seg", "arr: money(USD)", "arr: money(USD) known at created_at", "`account`"),
    ("rules/model.seg", "  ended: timestamp", "  ended: timestamp\n  since: timestamp\n  history from since to ended", "`account`"),
    ("segdsl.toml", "Europe/London", "Asia/Tokyo", "the time zone"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "named"), DECLARATIONS)
def test_a_declaration_that_changes_under_a_rule_is_named(
    repository: Path, file: str, old: str, new: str, named: str
) -> None:
    """Beside the base, and beside the rule's own record; `diff` doesn't call it the same either."""
    if "t2 complete" in new:
        edit(repository, "  t2: timestamp", "  t2: timestamp\n  t: timestamp", "rules/model.seg")
        committed(repository)
    if "ended" in new:
        edit(repository, "  region: text", "  region: text\n  ended: timestamp", "rules/model.seg")
        committed(repository)
    promoted(repository)
    edit(repository, old, new, file)
    if "at t2" in new:
        edit(repository, "  t2: timestamp\n", "", file)
    what, says = (
        ("meaning", "means something else than")
        if "known at heard" in new
        else ("reads", "reads what is declared otherwise than")
    )
    code, shown = gate(repository)
    assert code == 1 and f"`tier` {says} its record" in shown, shown
    assert shown.splitlines()[0].endswith(f": {named}"), shown
    git(repository, "checkout", "-q", "rules/tier.seg")
    for path in [*(repository / "experiments").rglob("*.toml"), *(repository / "rules").glob("v2.seg")]:
        path.unlink()
    code, shown = gate(repository)
    assert code == 1 and f"`tier` {says} in origin/main" in shown and shown.splitlines()[0].endswith(f": {named}"), (
        shown
    )
    found = as_json(call("promote", "--check", "--base", "origin/main", "--format", "json", cwd=repository))["changed"]
    assert [(c["segmentation"], c["what"], c["since"]) for c in found] == [("tier", what, "origin/main")]
    assert "same meaning" not in diff(repository)[1] and "no rule changes" not in diff(repository)[1]


def test_what_a_rule_does_not_reach_is_no_matter(repository: Path) -> None:
    promoted(repository)
    edit(repository, "region: text", "region: integer  more: text", "rules/model.seg")
    (repository / "rules" / "more.seg").write_text("table x of account by account_id at u { a: integer }\n")
    assert gate(repository)[0] == 0


def test_a_record_of_before_that_says_nothing_of_declarations_holds_to_the_base(repository: Path) -> None:
    promoted(repository)
    (record,) = (repository / "experiments" / "promotions").iterdir()
    text = record.read_text(encoding="utf-8")
    start = text.index("# what that reads")
    record.write_text(text[:start] + text[text.index("[[taken_out]]") :], encoding="utf-8")
    committed(repository)
    assert gate(repository)[0] == 0
    edit(repository, "Europe/London", "Asia/Tokyo", "segdsl.toml")
    assert "declared otherwise than its record" in gate(repository)[1]


def test_what_a_rule_reads_is_told_in_the_same_way_by_every_process() -> None:
    text = MODEL + RULE
    script = (
        "from pathlib import Path\nfrom segdsl.workspace.config import Config\nfrom segdsl.diagnostics import Source\n"
        "from segdsl.experiment.shared.evidence import reads\nfrom segdsl.workspace.load import build\n"
        f"print(reads(build(Path(), Config(), [Source('r.seg', {text!r})], []).model, 'tier'))"
    )
    there = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.strip() == str(reads(model_of(text), "tier"))
