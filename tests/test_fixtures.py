"""Fixture folders: what a person fills into a spreadsheet becomes tests; what can't be meant is named with its place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from segdsl.diagnostics import printable, render
from segdsl.testing.suite.suite import Report, run, suite_of
from segdsl.workspace.load import load_workspace, sound
from tests.conftest import HERE

GOLDEN = HERE / "golden" / "fixtures.txt"
RULES = """
entity account { account_id: text key  plan: one of ("free", "team") required  arr: money(USD)  renewal: date  tags: set of text
                 paying: boolean  seats: integer from 0 to 100  parent: link to account reverse children }
entity user of account by account_id reverse users { user_id: text key  role: one of ("admin", "member") }
table logins of user by user_id at occurred_at { device: text }
details billing of account by account_id { autopay: boolean }
metric logins_30d of account = count(logins in last 30 days)
metric per_seat of account = logins_30d / seats
segmentation motion of account where plan != "free" {
  segment save "Save them" { when renewal in next 90 days and logins_30d = 0 }
  undecided look "Data missing"
  otherwise steady
}
segment big of account { when arr > 10_000 }
segment tagged of account { when tags has "vip" and paying }
segment family of account { when parent.plan = "team" or billing.autopay }
segment plain of account { when arr > 5 }
"""
AS_OF = "as_of = 2026-11-01\n"
Files = Mapping[str, str | bytes | list[list[object]]]


def workspace(tmp_path: Path, files: Files, rules: str = RULES) -> Path:
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / "segdsl.toml").write_text('[workspace]\nname = "t"\n', encoding="utf-8")
    (tmp_path / "rules.seg").write_text(rules, encoding="utf-8")
    for name, content in files.items():
        path = tmp_path / "fixtures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, list):
            book = openpyxl.Workbook()
            sheet = book.active
            assert sheet is not None
            for row in content:
                sheet.append(row)
            book.save(path)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content, encoding="utf-8")
    return tmp_path


def report(root: Path) -> Report:
    return run(suite_of(sound(load_workspace(root))))


def statuses(found: Report) -> dict[str, str]:
    assert not found.problems, "\n".join(render(p) for p in found.problems)
    return {r.title: r.status for r in found.results}


# -- what is meant ------------------------------------------------------------------------


def test_each_row_with_an_expectation_is_a_test_of_the_folders_world(tmp_path: Path) -> None:
    root = workspace(tmp_path, {
        "first/account.csv": "Account ID,Plan,arr,renewal,seats,expect.motion,expect.big,expect.logins_30d,expect.per_seat,note\n"
        'acme,team,"12,000",2026-12-01,10,Save them,yes,0,0,quiet\n'
        "busy,team,500,2026-12-01,10,steady,false,2,20%,\n"
        "unsure,team,,,10,look,unknown,,,nothing known\n"
        "free,free,1,2026-12-01,,outside,no,,missing,\n",
        "first/users.csv": "user_id,account_id,role\nu1,busy,admin\n",
        "first/logins.csv": "user_id,at\nu1,2026-10-31 23:59\nu1,3 days ago\nu1,2026-11-01\n",
        "first/fixture.toml": AS_OF + 'expect = ["count(motion.save) = 1", "busy.logins_30d > acme.logins_30d"]\n',
    })  # fmt: skip
    assert statuses(report(root)) == {f"first{t}": "passed" for t in (": acme", ": busy", ": unsure", ": free", "")}


@pytest.mark.parametrize(
    ("cell", "passes"),
    [("20%", True), ("0.2", True), ("20.1%", False), ("0.25 ± 0.05", True), ("0.3 +- 0.05", False), ("between 10% and 30%", True),
     ("> 20%", False), (">= 20%", True), ("is not missing", True), ("missing", False), ("unknown", False)],
)  # fmt: skip
def test_a_metric_is_expected_exactly_about_or_by_comparison(tmp_path: Path, cell: str, passes: bool) -> None:
    files = {
        "m/account.csv": f"account_id,plan,seats,logins_30d,expect.per_seat\na,team,10,2,{cell}\n",
        "m/fixture.toml": AS_OF,
    }
    found = report(workspace(tmp_path, files))
    assert [r.status for r in found.results] == ["passed" if passes else "failed"], found


@pytest.mark.parametrize(
    ("reason", "passes"),
    [("logins_30d", True), ("renewal in next 90 days", True), ("plan", False)],
)
def test_the_reason_is_a_clause_that_decided(tmp_path: Path, reason: str, passes: bool) -> None:
    files = {
        "m/account.csv": f"account_id,plan,renewal,expect.motion,because.motion\na,team,2026-12-01,save,{reason}\n",
        "m/fixture.toml": AS_OF,
    }
    assert [r.status for r in report(workspace(tmp_path, files)).results] == ["passed" if passes else "failed"]


def test_a_workbook_keeps_dates_and_may_hold_all_sheets(tmp_path: Path) -> None:
    import datetime as dt

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    accounts = book.create_sheet("account")
    for row in (
        ["account_id", "plan", "renewal", "arr", "expect.motion"],
        ["a", "team", dt.datetime(2026, 12, 1), 1200.5, "save"],
    ):
        accounts.append(row)
    users = book.create_sheet("User")
    for row in (["user_id", "account_id"], ["u", "a"]):
        users.append(row)
    book.create_sheet("remarks").append(["anything"])
    folder = workspace(tmp_path, {"m/fixture.toml": AS_OF}) / "fixtures" / "m"
    book.save(folder / "customers.xlsx")
    assert statuses(report(tmp_path)) == {"m: a": "passed"}


def test_a_spreadsheet_of_another_country_is_read(tmp_path: Path) -> None:
    text = "account_id;plan;paying;tags;expect.tagged\nä;team;WAHR;vip, x;yes\n"
    assert statuses(report(workspace(tmp_path, {"m/account.csv": text.encode("utf-16")}))) == {"m: ä": "passed"}


def test_several_tests_in_a_folder_share_what_names_none(tmp_path: Path) -> None:
    root = workspace(tmp_path, {
        "m/account.csv": "test,account_id,plan,parent,expect.family\n,mother,team,,\none,a,free,mother,true\ntwo,a,free,,unknown\n",
    })  # fmt: skip
    assert statuses(report(root)) == {"m: one: a": "passed", "m: two: a": "passed"}


def test_a_folder_beside_rules_is_found_too_and_another_workspace_is_not(tmp_path: Path) -> None:
    root = workspace(tmp_path, {"m/account.csv": "account_id,plan,arr,expect.big\na,free,10001,true\n"})
    (root / "more" / "fixtures" / "n").mkdir(parents=True)
    (root / "more" / "fixtures" / "n" / "account.csv").write_text(
        "account_id,plan,arr,expect.big\na,free,9,false\n", encoding="utf-8"
    )
    (root / "other" / "fixtures" / "x").mkdir(parents=True)
    (root / "other" / "segdsl.toml").write_text("[workspace]\n", encoding="utf-8")
    assert statuses(report(root)) == {"m: a": "passed", "n: a": "passed"}


def test_what_failed_is_shown_with_the_clauses_that_decided_and_no_others(tmp_path: Path) -> None:
    files = {
        "m/account.csv": "account_id,plan,renewal,expect.motion\nacme,team,2026-12-01,steady\n",
        "m/fixture.toml": AS_OF,
    }
    (result,) = report(workspace(tmp_path, files)).results
    (failure,) = result.failures
    assert failure.expected == "acme: motion steady"
    assert failure.actual.split("\n") == [
        "it is false",
        'acme is in motion.save "Save them"',
        "  save: ✓",
        "    ✓ renewal in next 90 days   from 1 Nov 2026 until 30 Jan 2027; renewal is 1 Dec 2026",
        "    ✓ logins_30d = 0   logins_30d is 0",
    ]


# -- what can't be meant ------------------------------------------------------------------


@dataclass(frozen=True)
class Bad:
    name: str
    files: Files
    code: str


GOOD = "account_id,plan,arr,expect.big\na,team,5,false\n"
BAD = [
    Bad("a duplicate key", {"m/account.csv": GOOD + "a,free,6,false\n"}, "SEG0506"),
    Bad("a number that can't be read", {"m/account.csv": GOOD + "b,team,12k,true\n"}, "SEG0511"),
    Bad("a number of another country", {"m/account.csv": "account_id;plan;arr;expect.big\na;team;1.234,56;false\n"}, "SEG0511"),
    Bad("a date that could be two", {"m/account.csv": "account_id,plan,renewal,expect.motion\na,team,03/04/2026,save\n", "m/fixture.toml": AS_OF}, "SEG0511"),
    Bad("no day of the calendar", {"m/account.csv": "account_id,plan,renewal,expect.motion\na,team,2026-02-30,save\n", "m/fixture.toml": AS_OF}, "SEG0511"),
    Bad("neither true nor false", {"m/account.csv": "account_id,plan,paying,expect.big\na,team,perhaps,true\n"}, "SEG0511"),
    Bad("a value that isn't one of the field's", {"m/account.csv": GOOD + "b,teem,5,false\n"}, "SEG0204"),
    Bad("an unknown column", {"m/account.csv": "account_id,plan,aar,expect.big\na,team,5,false\n"}, "SEG0501"),
    Bad("two columns of one field", {"m/account.csv": "account_id,plan,arr,ARR,expect.big\na,team,5,6,false\n"}, "SEG0203"),
    Bad("an expectation of a rule that isn't there", {"m/account.csv": "account_id,plan,expect.biig\na,team,true\n"}, "SEG0514"),
    Bad("an expectation of an arm that isn't there", {"m/account.csv": "account_id,plan,expect.motion\na,team,saave\n", "m/fixture.toml": AS_OF}, "SEG0514"),
    Bad("a reason without an expectation", {"m/account.csv": "account_id,plan,because.motion\na,team,renewal\n", "m/fixture.toml": AS_OF}, "SEG0514"),
    Bad("an empty folder", {"m/readme.txt": "later"}, "SEG0512"),
    Bad("an empty sheet", {"m/account.csv": ""}, "SEG0701"),
    Bad("no expectation at all", {"m/account.csv": "account_id,plan\na,team\n"}, "SEG0513"),
    Bad("a test of the folder without expectation", {"m/account.csv": "test,account_id,plan,arr,expect.big\none,a,team,5,false\ntwo,b,team,5,\n"}, "SEG0513"),
    Bad("a rule that depends on time", {"m/account.csv": "account_id,plan,renewal,expect.motion\na,team,2026-12-01,save\n"}, "SEG0503"),
    Bad("a required field left out", {"m/account.csv": "account_id,renewal,expect.motion\na,2026-12-01,save\n", "m/fixture.toml": AS_OF}, "SEG0504"),
    Bad("100,000 rows", {"m/account.csv": "account_id,plan,arr,expect.big\n" + "".join(f"a{i},team,5,false\n" for i in range(100_000))}, "SEG0515"),
    Bad("many rows in several sheets", {"m/account.csv": "account_id,plan,arr,expect.big\n" + "".join(f"a{i},team,5,false\n" for i in range(15_000)),
                                        "m/user.csv": "user_id,account_id\n" + "".join(f"u{i},a1\n" for i in range(15_000))}, "SEG0515"),
    Bad("a file that isn't text", {"m/account.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20}, "SEG0701"),
    Bad("a workbook that isn't one", {"m/account.xlsx": b"no workbook"}, "SEG0701"),
    Bad("not UTF-8", {"m/account.csv": "account_id,plan,arr,expect.big\nM\xfcller,team,5,false\n".encode("latin-1")}, "SEG0701"),
    Bad("a quote that never closes", {"m/account.csv": GOOD + '"b,team,5,false\n'}, "SEG0701"),
    Bad("a cell too many", {"m/account.csv": GOOD + "b,team,5,false,oops\n"}, "SEG0701"),
    Bad("a file of no table", {"m/account.csv": GOOD, "m/logns.csv": "user_id,at\n"}, "SEG0512"),
    Bad("a kind of file that isn't read", {"m/account.ods": b"x"}, "SEG0701"),
    Bad("two sheets of one table", {"m/account.csv": GOOD, "m/accounts.csv": GOOD}, "SEG0512"),
    Bad("no column of keys", {"m/account.csv": "plan,arr,expect.big\nteam,5,false\n"}, "SEG0512"),
    Bad("a row without its key", {"m/account.csv": GOOD + ",team,5,false\n"}, "SEG0512"),
    Bad("a row of nobody", {"m/account.csv": GOOD, "m/user.csv": "user_id,account_id\nu,zzz\n", "m/logins.csv": "user_id,at\nv,2026-10-01\n"}, "SEG0507"),
    Bad("a link to nobody is no mistake of the fixture, but its rule is unknown", {"m/account.csv": "account_id,plan,parent,expect.family\na,team,zzz,unknown\n"}, ""),
    Bad("broken settings", {"m/account.csv": GOOD, "m/fixture.toml": "as_of = \n"}, "SEG0512"),
    Bad("an as-of in quotes", {"m/account.csv": GOOD, "m/fixture.toml": 'as_of = "2026-11-01"\n'}, "SEG0512"),
    Bad("an unknown setting", {"m/account.csv": GOOD, "m/fixture.toml": "asof = 2026-11-01\n"}, "SEG0512"),
    Bad("a condition that can't be read", {"m/account.csv": GOOD, "m/fixture.toml": 'expect = ["count(big) = "]\n'}, "SEG0101"),
    Bad("a condition of what isn't there", {"m/account.csv": GOOD, "m/fixture.toml": 'expect = ["zzz in big"]\n'}, "SEG0507"),
    Bad("a comparison that can't be read", {"m/account.csv": "account_id,plan,seats,logins_30d,expect.per_seat\na,team,10,2,> > 3\n", "m/fixture.toml": AS_OF}, "SEG0101"),
    Bad("a formula of a cell", {"m/account.csv": GOOD + "b,team,=1+1,false\n"}, "SEG0511"),
    Bad("a cell that would steer the terminal", {"m/account.csv": GOOD + "b,team,\x1b[31m5,false\n"}, "SEG0511"),
]  # fmt: skip


def said(tmp_path: Path, bad: Bad) -> tuple[set[str], str]:
    found = report(workspace(tmp_path, bad.files))
    problems = [*found.problems, *(d for r in found.results for d in r.errors)]
    text = "\n".join(render(d) for d in problems[:2])
    return {d.code for d in problems}, text.replace(str(tmp_path), "DIR")


@pytest.mark.parametrize("bad", BAD, ids=lambda b: b.name)
def test_bad_fixtures_are_named(tmp_path: Path, bad: Bad) -> None:
    codes, text = said(tmp_path, bad)
    assert codes == ({bad.code} if bad.code else set()), text
    assert "\x1b" not in text
    expected = _golden().get(bad.name, "")
    if os.environ.get("UPDATE_GOLDEN"):
        _write(bad.name, text)
    else:
        assert text == expected


def _golden() -> dict[str, str]:
    parts = GOLDEN.read_text(encoding="utf-8").split("\n## ") if GOLDEN.exists() else []
    return {p.partition("\n")[0].removeprefix("## "): p.partition("\n")[2].strip("\n") for p in parts}


def _write(name: str, text: str) -> None:
    known = {**_golden(), name: text}
    kept = {b.name: known[b.name] for b in BAD if b.name in known}
    GOLDEN.write_text("\n".join(f"## {n}\n{t}\n" for n, t in kept.items()), encoding="utf-8")


def test_a_folder_with_a_mistake_takes_no_other_test_with_it(tmp_path: Path) -> None:
    root = workspace(tmp_path, {"good/account.csv": GOOD, "bad/account.csv": GOOD.replace("false", "perhaps")})
    found = report(root)
    assert ([r.title for r in found.results], [p.code for p in found.problems], found.ok) == (
        ["good: a"],
        ["SEG0511"],
        False,
    )


def test_a_thousand_fixtures_are_one_world_read_once(tmp_path: Path) -> None:
    rows = "".join(f"a{i},team,{10_000 + i % 3},{'true' if i % 3 else 'false'}\n" for i in range(1_000))
    found = report(workspace(tmp_path, {"m/account.csv": "account_id,plan,arr,expect.big\n" + rows}))
    assert (found.count("passed"), printable(found.results[0].title)) == (1_000, "m: a0")


def test_nothing_outside_the_workspace_is_read(tmp_path: Path) -> None:
    """A pull request could hold a link to any file of the machine that tests it."""
    secret = tmp_path / "secret.csv"
    secret.write_text("account_id,plan,arr,expect.big\nsecret,team,5,false\n", encoding="utf-8")
    root = workspace(tmp_path / "rules", {"m/fixture.toml": AS_OF})
    (root / "fixtures" / "m" / "account.csv").symlink_to(secret)
    found = report(root)
    assert [p.code for p in found.problems] == ["SEG0512"] and "secret" not in "".join(
        render(p) for p in found.problems
    )
    (root / "more.seg").symlink_to(secret)
    assert "leads outside the workspace" in load_workspace(root).diagnostics[0].message


def test_a_workbook_that_grows_is_not_opened(tmp_path: Path) -> None:
    import zipfile

    root = workspace(tmp_path, {"m/fixture.toml": AS_OF})
    with zipfile.ZipFile(root / "fixtures" / "m" / "account.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"0" * 30_000_000)
    assert [p.code for p in report(root).problems] == ["SEG0515"]


def test_what_would_take_too_long_is_left_out_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from segdsl.testing.mutants import score as scoring
    from segdsl.testing.mutants.mutants import declarations

    monkeypatch.setattr(scoring, "MOST_EFFORT", 30_000)

    huge = "segment huge of account { when " + " or ".join(f"arr = {i}" for i in range(150)) + " }"
    suite = suite_of(sound(load_workspace(workspace(tmp_path, {}, RULES + huge))))
    result = scoring.score(declarations(suite.workspace.files), suite.tests, suite.resolver, suite.workspace.zone)
    assert result.left_out == ("huge",)
