"""`segdsl export`: the account that adds up, files that are the same again, what is sent once, and what is withdrawn."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import psycopg
import pytest

import segdsl
from tests.support.cli import as_json, call

pytestmark = pytest.mark.slow

RULES = """
entity account { account_id: text key  name: text  arr: money(EUR) required  region: text }
entity user of account by account_id reverse users {
  user_id: text key  email: text personal  ok: boolean
}
segment large of account { when arr > 1_000 play mail }
segmentation motion of account {
  owner "x"
  segment first "First" { when arr > 500 play call }
  otherwise rest
}
channel email "E-mail" { address: email  consent: opt in by ok  cooldown 7 days }
play mail { channel: email  to users  every 30 days  priority 2  merge account.name as name  message "Dear {{ name }}" }
play letter { channel: email  to users  every 1 day }
play call { channel: "csm"  capacity 2 per day by arr  every 1 day  merge name }
segment any_size of account { when arr > 0 play letter }
"""
TOML = """[workspace]
name = "t"
timezone = "Europe/Berlin"
[sources.default.tables]
account = "a.csv"
user = "u.csv"
[destinations.sheets]
kind = "files"
folder = "sheets"
plays = ["mail"]
"""
ACCOUNTS = "account_id,name,arr,region\n" + "".join(f"a{i},Name {i},{500 * i},north\n" for i in range(6))
USERS = """user_id,account_id,email,ok
u1,a3,ann@a.example,true
u2,a3,ANN@a. example,true
u3,a4,bob@a.example,false
u4,a5,cid@a.example,true
u5,a5,,true
u6,a2,dora@a.example,true
u7,a1,cid@a.example,true
"""
DAY = "2026-03-02"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    for path, content in (("segdsl.toml", TOML), ("rules/r.seg", RULES), ("a.csv", ACCOUNTS), ("u.csv", USERS)):
        (tmp_path / path).write_text(content, encoding="utf-8")
    return tmp_path


def export(workspace: Path, *arguments: str, day: str = DAY) -> dict[str, Any]:
    result = call("export", *arguments, "--as-of", day, "--format", "json", cwd=workspace)
    assert result.exit_code == 0, result.output
    return as_json(result)


def accounts(exported: dict[str, Any]) -> dict[str, Any]:
    return {p["play"]: (p["members"], p["customers"], p["recipients"]) for p in exported["plays"]}


def files(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def files_below(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.open(encoding="utf-8-sig")))


def test_the_account_of_each_play_adds_up(workspace: Path) -> None:
    assert accounts(export(workspace, "--dry-run")) == {
        # u2 has the address of u1, u3 refused, u5 has no address
        "mail": (3, {"gets": 2, "nobody to reach": 1}, {"gets": 2, "same address": 1, "refused": 1, "no address": 1}),
        # a3 and a5 get the mail; u7 has the address of u4, who gets the mail
        "letter": (5, {"gets": 1, "enough plays": 2, "nobody to reach": 2}, {"gets": 1, "refused": 1, "cooling down": 1}),
        "call": (4, {"gets": 2, "no room": 2}, {"gets": 2, "waiting": 2}),
    }  # fmt: skip


def test_everybody_is_named_in_one_line(workspace: Path) -> None:
    by_play = {p["play"]: p["names"] for p in export(workspace, "--dry-run", "--names")["plays"]}
    assert [(n["customer"], n["recipient"], n["line"], n["detail"]) for n in by_play["mail"]] == [
        ("a3", None, "gets", None), ("a4", None, "nobody to reach", None), ("a5", None, "gets", None),
        ("a3", "u1", "gets", None), ("a3", "u2", "same address", "u1"), ("a4", "u3", "refused", None),
        ("a5", "u4", "gets", None), ("a5", "u5", "no address", None),
    ]  # fmt: skip
    assert {n["customer"]: n["line"] for n in by_play["call"] if n["recipient"] is None} == {
        "a2": "no room", "a3": "no room", "a4": "gets", "a5": "gets"
    }  # fmt: skip


def test_a_file_a_play_and_the_same_bytes_again(workspace: Path) -> None:
    first = export(workspace, "-o", "out")
    before = files(workspace / "out")
    assert list(before) == ["call.csv", "letter.csv", "mail.csv"]
    assert [(r["customer"], r["recipient"], r["address"], r["name"], r["message"]) for r in rows(workspace / "out" / "mail.csv")] == [
        ("a3", "u1", "ann@a.example", "Name 3", "Dear Name 3"), ("a5", "u4", "cid@a.example", "Name 5", "Dear Name 5"),
    ]  # fmt: skip
    again = export(workspace, "-o", "out")
    assert files(workspace / "out") == before
    assert [(e["destinations"][0]["sent"], e["destinations"][0]["repeated"]) for e in (first, again)] == [
        (5, 0),
        (0, 5),
    ]
    assert again["plays"] == first["plays"] and again["export"] == first["export"]


def test_what_was_given_counts_on_the_days_after(workspace: Path) -> None:
    export(workspace, "-o", "out")
    after = accounts(export(workspace, "-o", "out", day="2026-03-03"))
    assert after["mail"][1] == {"given already": 2, "nobody to reach": 1}
    assert after["letter"][2] == {"cooling down": 5, "refused": 1, "no address": 1}
    assert after["call"][1] == {"gets": 2, "no room": 2}
    assert accounts(export(workspace, "--dry-run", day="2026-03-09"))["letter"][1]["gets"] == 3


def test_exports_of_one_day_are_one(workspace: Path) -> None:
    """What an export before it gave counts for another one of the day, whatever comes first by priority."""
    assert accounts(export(workspace, "letter", "-o", "out"))["letter"][1]["gets"] == 1
    (workspace / "rules" / "r.seg").write_text(RULES.replace("priority 2", ""), encoding="utf-8")
    (workspace / "a.csv").write_text(ACCOUNTS.replace("a2,Name 2,1000", "a2,Name 2,9000"), encoding="utf-8")
    every = export(workspace, "-o", "all")
    assert accounts(every)["mail"][1] == {"gets": 2, "nobody to reach": 1, "enough plays": 1}
    assert (every["destinations"][0]["sent"], every["destinations"][0]["repeated"]) == (4, 1)


def test_a_destination_gets_its_plays_and_others_are_looked_at(workspace: Path) -> None:
    looked = export(workspace)["destinations"]
    assert [(d["destination"], d["dry_run"], d["rows"]) for d in looked] == [("sheets", True, 2)]
    assert not (workspace / "sheets").exists() and not (workspace / ".segdsl" / "deliveries").exists()
    sent = export(workspace, "--to", "sheets")["destinations"]
    assert [(d["destination"], d["sent"]) for d in sent] == [("sheets", 2)]
    assert [p.name for p in (workspace / "sheets").iterdir()] == ["mail.csv"]


LISTS = """
[destinations.told]
kind = "files"
folder = "told"
mode = "changes"
plays = ["mail"]
"""


def test_a_list_is_told_who_entered_and_who_left(workspace: Path) -> None:
    """u4 moves below the border, u1 withdraws her consent, and u3 gives his; who stays is no change."""
    with (workspace / "segdsl.toml").open("a", encoding="utf-8") as file:
        file.write(LISTS)

    def changes(day: str) -> set[tuple[str, str, str]]:
        export(workspace, "--to", "told", day=day)
        return {(r["recipient"], r["address"], r["change"]) for r in rows(workspace / "told" / "mail.csv")}

    (workspace / "u.csv").write_text(USERS + "u8,a5,eve@a.example,true\n", encoding="utf-8")
    first = {("u1", "ann@a.example", "entered"), ("u4", "cid@a.example", "entered"), ("u8", "eve@a.example", "entered")}
    assert changes("2026-03-02") == first == changes("2026-03-02")
    assert changes("2026-03-03") == set()
    (workspace / "u.csv").write_text(USERS.replace("ann@a.example,true", "ann@a.example,false").replace(",false", ",true") + "u8,a5,eve@a.example,false\n", encoding="utf-8")  # fmt: skip
    assert changes("2026-03-04") == {("u3", "bob@a.example", "entered"), ("u8", "eve@a.example", "left")}
    (workspace / "a.csv").write_text(ACCOUNTS.replace("a5,Name 5,2500", "a5,Name 5,"), encoding="utf-8")
    assert changes("2026-03-05") == set(), "nobody leaves of whom it is unknown"
    (workspace / "a.csv").write_text(ACCOUNTS.replace("a5,Name 5,2500", "a5,Name 5,10"), encoding="utf-8")
    second = {("u4", "cid@a.example", "left")}
    assert changes("2026-03-06") == second == changes("2026-03-06")
    assert changes("2026-03-07") == set()


def test_a_workspace_with_another_name_sends_nothing_again(workspace: Path) -> None:
    sent = export(workspace, "-o", "out")["destinations"][0]["sent"]
    before = files(workspace / "out")
    settings = workspace / "segdsl.toml"
    settings.write_text(settings.read_text().replace('name = "t"', 'name = "tt"'))
    again = export(workspace, "-o", "out")["destinations"][0]
    assert sent == 5 and (again["sent"], again["repeated"]) == (0, 5)
    assert files(workspace / "out") == before


def test_an_export_that_is_withdrawn_can_be_made_again(workspace: Path) -> None:
    made = export(workspace, "mail", "-o", "out")
    result = call("export", "--withdraw", made["export"], cwd=workspace)
    assert result.output.endswith(f"{made['export']}: 2 deliveries withdrawn\n")
    assert accounts(export(workspace, "--dry-run", day="2026-03-03"))["mail"][1]["gets"] == 2
    again = call("export", "--withdraw", "2026-01-01-00000000", cwd=workspace)
    assert again.exit_code == 2, again.output
    assert "the log has no export `2026-01-01-00000000`" in again.output
    assert f"the latest are {made['export']}" in again.output


@pytest.mark.parametrize(
    "arguments", [["mail"], ["--output", "out"], ["--to", "sheets"], ["--send"], ["--dry-run"], ["--as-of", DAY]]
)
def test_a_withdrawal_stands_alone(workspace: Path, arguments: list[str]) -> None:
    made = export(workspace, "mail", "-o", "out")
    before = files(workspace / ".segdsl" / "deliveries")
    result = call("export", *arguments, "--withdraw", made["export"], cwd=workspace)
    said = arguments[0].replace("mail", "PLAYS")
    assert result.exit_code == 2 and f"leave {said} out" in result.output, result.output
    assert files(workspace / ".segdsl" / "deliveries") == before


@pytest.mark.parametrize("name", ["make", "withdraw"])
def test_a_play_has_any_name(workspace: Path, name: str) -> None:
    """`make` and `withdraw` were commands of their own."""
    rules = RULES.replace("play call", f"play {name}")
    (workspace / "rules" / "r.seg").write_text(rules, encoding="utf-8")
    export(workspace, name, "-o", "out")
    assert list(files(workspace / "out")) == [f"{name}.csv"]


def test_a_destination_named_twice_gets_everything_once(workspace: Path) -> None:
    sent = export(workspace, "--to", "sheets", "--to", "sheets")["destinations"]
    assert [(d["destination"], d["sent"]) for d in sent] == [("sheets", 2)]


@pytest.mark.parametrize(
    "arguments", [["--to", "sheets", "--to", "again"], ["--to", "again"], ["--to", "sheets", "-o", "sheets"]]
)
def test_two_destinations_have_no_file_in_common(workspace: Path, arguments: list[str]) -> None:
    again = '[destinations.again]\nkind = "files"\nfolder = "x/../sheets"\nlayout = "hubspot contacts"\n'
    (workspace / "segdsl.toml").write_text(TOML + again, encoding="utf-8")
    result = call("export", "mail", *arguments, "--as-of", DAY, cwd=workspace)
    assert (result.exit_code, "mail.csv is the file of" in result.output) == (3, True), result.output
    assert not (workspace / "sheets").exists() and not (workspace / ".segdsl" / "deliveries").exists()


@pytest.mark.parametrize("command", ["export", "snapshot"])
def test_an_empty_name_is_no_folder(workspace: Path, command: str) -> None:
    before = files_below(workspace)
    result = call(command, "--output", "", "--as-of", DAY, cwd=workspace)
    assert (result.exit_code, "it has no name" in result.output) == (2, True), result.output
    assert files_below(workspace) == before


def test_a_merge_field_named_like_a_column_can_be_renamed(workspace: Path) -> None:
    """`columns` are of destinations; files of `--output` have the names of the play."""
    rules = RULES.replace("merge name }", "merge name as key }")
    (workspace / "rules" / "r.seg").write_text(rules, encoding="utf-8")
    toml = TOML.replace('plays = ["mail"]', 'plays = ["call"]')
    (workspace / "segdsl.toml").write_text(toml, encoding="utf-8")
    for arguments, help in ((["-o", "out"], "merge … as NAME"), (["--to", "sheets"], 'columns = { key = "…" }')):
        result = call("export", "call", *arguments, "--as-of", DAY, cwd=workspace)
        assert result.exit_code == 3 and "two columns would have the header `key`" in result.output, result.output
        assert [line for line in result.output.splitlines() if "= help" in line and line.endswith(help)], result.output


def test_who_is_held_out_is_in_no_file_and_in_the_log(workspace: Path) -> None:
    with (workspace / "rules" / "r.seg").open("a", encoding="utf-8") as file:
        file.write('\nholdout 60% of account seed "s"\n')
    exported = export(workspace, "call", "-o", "out")
    (play,) = exported["plays"]
    held = play["held_out"]
    assert sum(held.values()) + sum(play["customers"].values()) == play["members"] == 4 and held
    from segdsl.activation.log.store import Log

    withheld = {e.customer for e in Log.to_read(workspace).latest("status = 'would have been sent'")}
    assert len(withheld) == held.get("gets", 0) == exported["withheld"]
    assert not withheld & {r["customer"] for r in rows(workspace / "out" / "call.csv")}


SETS = """
entity account { id: text key  arr: money(EUR)  tags: set of text }
segment all_of_them of account { when arr > 0 play call }
play call { channel: "csm"  every 1 day  merge tags  message "Likes {{ tags }}" }
"""
SETS_TOML = """[workspace]
name = "t"
[sources.default.tables]
account = "a.parquet"
[sources.warehouse]
engine = "postgres"
url = "${WAREHOUSE_URL}"
[sources.warehouse.tables]
account = "sets.account"
"""


def test_sets_of_a_database_are_those_of_a_file(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tags = {"a1": ["two", "one"], "a2": ['a "b", {c}\\', "NULL"], "a3": [], "a4": None, "a5": ["one", None, " ", "one"]}
    monkeypatch.setenv("WAREHOUSE_URL", postgres_url)
    (tmp_path / "r.seg").write_text(SETS, encoding="utf-8")
    (tmp_path / "segdsl.toml").write_text(SETS_TOML, encoding="utf-8")
    accounts = [(key, 10, of_key) for key, of_key in tags.items()]
    with psycopg.connect(postgres_url, autocommit=True) as con:
        con.execute("DROP SCHEMA IF EXISTS sets CASCADE; CREATE SCHEMA sets")
        con.execute("CREATE TABLE sets.account (id TEXT, arr INT, tags TEXT[])")
        con.cursor().executemany("INSERT INTO sets.account VALUES (%s, %s, %s)", accounts)
    pd.DataFrame(accounts, columns=["id", "arr", "tags"]).to_parquet(tmp_path / "a.parquet")
    for source in ("default", "warehouse"):
        listed = as_json(
            call("list", "all_of_them", "--with", "tags", "--source", source, "--format", "json", cwd=tmp_path)
        )
        sets = dict(listed["rows"])
        assert sets == {"a1": ["one", "two"], "a2": ["NULL", 'a "b", {c}\\'], "a3": [], "a4": None, "a5": ["one"]}, (
            source
        )
        exported = call("export", "--as-of", DAY, "--source", source, "-o", source, cwd=tmp_path)
        assert exported.exit_code == 0, exported.output
    file = (tmp_path / "default" / "call.csv").read_bytes()
    assert b"one;two" in file and (tmp_path / "warehouse" / "call.csv").read_bytes() == file


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nothing"], 2, "no play `nothing`"),
        (["--to", "crm"], 2, "segdsl.toml has no destination `crm`"),
        (["-o", "sources"], 2, "a file that the workspace reads"),
        (["--as-of", "soon"], 2, "soon"),
    ],
)
def test_what_an_export_refuses(workspace: Path, arguments: list[str], code: int, words: str) -> None:
    (workspace / "sources").mkdir()
    (workspace / "a.csv").rename(workspace / "sources" / "mail.csv")
    (workspace / "segdsl.toml").write_text(TOML.replace("a.csv", "sources/mail.csv"), encoding="utf-8")
    result = call("export", *arguments, cwd=workspace)
    assert (result.exit_code, words in result.output) == (code, True), result.output
    assert (workspace / "sources" / "mail.csv").read_text() == ACCOUNTS and not (workspace / ".segdsl").exists()


def test_the_text_names_each_line(workspace: Path) -> None:
    text = call("export", "--dry-run", "--as-of", DAY, cwd=workspace).output
    for line in (
        "mail by email",
        "   3 accounts in it",
        "  -1 with nobody to reach",
        "   2 get it",
        "   5 users of accounts that may get it",
        "  -1 without consent",
    ):
        assert line in text.splitlines(), text


def test_nothing_is_delivered_as_of_a_day_before_an_export(workspace: Path) -> None:
    export(workspace, "mail", "-o", "out")
    result = call("export", "letter", "-o", "out", "--as-of", "2026-03-01", cwd=workspace)
    assert (result.exit_code, "an export as of 2 Mar 2026 was made already" in result.output) == (2, True), (
        result.output
    )
    assert accounts(export(workspace, "letter", "--dry-run", day="2026-03-01"))["letter"][1]["gets"] == 1


def logged(workspace: Path, status: str, recipient: str) -> None:
    """Write into the log what became of a delivery of the mail last."""
    from segdsl.activation.log.entries import Settled
    from segdsl.activation.log.store import Export, Log

    entry = next(e for e in Log.to_read(workspace).latest() if e.recipient == recipient)
    with Log.to_write(workspace, Export(entry.day, ("mail",), entry.rules)) as log:
        log.settle(Settled(of=[(entry.line, entry.line)], status=status))  # type: ignore[arg-type]


def test_a_clock_that_is_set_back_changes_nothing(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was given counts by the day of the export and its place in the log, whatever the machine's clock says."""
    from segdsl.activation.log import store

    class SetBack(dt.datetime):
        looks = 0

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            cls.looks += 1
            return dt.datetime(2026, 3, 2, tzinfo=tz) - dt.timedelta(days=cls.looks)

    monkeypatch.setattr(store, "dt", SimpleNamespace(**vars(dt) | {"datetime": SetBack}))
    first = export(workspace, "-o", "out")
    before = files(workspace / "out")
    again = export(workspace, "-o", "out")
    assert SetBack.looks > 1 and (files(workspace / "out"), again["plays"]) == (before, first["plays"])
    assert [again["destinations"][0][n] for n in ("sent", "repeated")] == [0, 5]
    assert accounts(export(workspace, "-o", "out", day="2026-03-03"))["mail"][1] == {
        "given already": 2,
        "nobody to reach": 1,
    }


@pytest.mark.parametrize("change", ["2026-03-29", "2026-10-25"])
def test_a_cooldown_is_of_days_also_where_the_clocks_change(workspace: Path, change: str) -> None:
    """Seven days of cooldown end a week later to the day, whether one of the days has 23 or 25 hours."""
    day = dt.date.fromisoformat(change) - dt.timedelta(days=3)
    export(workspace, "letter", "-o", "out", day=day.isoformat())
    later = [(day + dt.timedelta(days=days)).isoformat() for days in (6, 7)]
    got = [accounts(export(workspace, "letter", "--dry-run", day=d))["letter"][1] for d in later]
    assert ["gets" in each for each in got] == [False, True]


@pytest.mark.parametrize(("status", "again"), [("in doubt", 1), ("not sent", 1), ("rejected", 0)])
def test_what_reached_some_of_a_customers_people_is_given_again_to_the_others(
    workspace: Path, status: str, again: int
) -> None:
    """Who has it isn't sent it twice: the channel's cooldown keeps it from u4 here, and the key anywhere."""
    (workspace / "u.csv").write_text(USERS.replace("u5,a5,,true", "u5,a5,eve@a.example,true"), encoding="utf-8")
    export(workspace, "mail", "-o", "out")
    logged(workspace, status, "u5")
    after = export(workspace, "mail", "-o", "out", day="2026-03-03")
    assert after["destinations"][0]["sent"] == again
    assert [r["recipient"] for r in rows(workspace / "out" / "mail.csv")] == ["u5"] * again


def test_what_one_destination_lacks_is_given_again_there(workspace: Path) -> None:
    """The files of `output` are there, and those of `sheets` can't be written."""
    (workspace / "sheets").write_text("no folder", encoding="utf-8")
    result = call("export", "mail", "-o", "out", "--to", "sheets", "--as-of", DAY, "--format", "json", cwd=workspace)
    assert result.exit_code == 1, result.output
    (workspace / "sheets").unlink()
    after = export(workspace, "mail", "-o", "out", "--to", "sheets", day="2026-03-03")
    assert {d["destination"]: (d["sent"], d["repeated"]) for d in after["destinations"]} == {"output": (0, 2), "sheets": (2, 0)}  # fmt: skip


def test_the_python_api_delivers_what_the_command_does(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = workspace / "other"
    shutil.copytree(workspace, other)
    monkeypatch.chdir(workspace)
    rules = segdsl.load(workspace)
    looked = rules.export(dry_run=True, output=workspace / "out", names=True, as_of=DAY)
    assert looked.details["plays"] == export(other, "--dry-run", "-o", "out", "--names")["plays"]
    assert not (workspace / "out").exists() and not (workspace / "sheets").exists()
    delivered = rules.export("mail", output="out", to="sheets", as_of=DAY)
    printed = call("export", "mail", "-o", "out", "--to", "sheets", "--as-of", DAY, cwd=other)
    assert delivered and delivered.ok and delivered.plays == ("mail",) and delivered.id in printed.output
    assert repr(delivered) == printed.output.rstrip("\n")
    for folder in ("out", "sheets"):
        assert files(workspace / folder) == files(other / folder)
    assert rules.export("mail", output=workspace / "out", as_of=DAY).id == delivered.id


def test_the_python_api_refuses_what_the_command_does(workspace: Path) -> None:
    rules = segdsl.load(workspace)
    before = files_below(workspace)
    for plays, options, message in (
        (("males",), {}, "no play `males`"),
        ((), {"to": "crm"}, "no destination `crm`"),
        ((), {"source": "other", "output": workspace / "out"}, "no source `other`"),
        ((), {"output": ""}, "the output has no name"),
    ):
        with pytest.raises(segdsl.RulesError) as refused:
            rules.export(*plays, as_of=DAY, **options)  # type: ignore[arg-type]
        assert message in str(refused.value)
    with pytest.raises(segdsl.RulesError, match="names no data"):
        segdsl.loads(RULES, lists=workspace).export(output=workspace / "out", as_of=DAY)
    assert files_below(workspace) == before


def test_the_account_is_the_same_whatever_of_it_was_exported_already(workspace: Path) -> None:
    """a5 is held out, and comes behind a3 in the room of the channel; the letter's customers take what is left of it."""
    rules = RULES.replace("cooldown 7 days }", "cooldown 7 days  capacity 3 per day }")
    (workspace / "rules" / "r.seg").write_text(f'{rules}\nholdout 20% of account seed "s11"\n', encoding="utf-8")
    whole = export(workspace, "--dry-run")["plays"]
    assert accounts({"plays": whole})["mail"][1] == {"gets": 1, "nobody to reach": 1}
    assert [p["held_out"] for p in whole if p["play"] == "mail"] == [{"gets": 1}]
    assert accounts({"plays": whole})["letter"][1]["gets"] == 2
    letter = export(workspace, "letter", "-o", "out")
    for plays in ([], [], ["mail"]):
        assert export(workspace, *plays, "-o", "out")["plays"] == [
            p for p in whole if p["play"] in (plays or p["play"])
        ]
    withdrawn = call("export", "--withdraw", letter["export"], cwd=workspace)
    assert withdrawn.exit_code == 0, withdrawn.output
    assert export(workspace, "-o", "out")["plays"] == whole


def test_from_stale_data_nothing_is_delivered(workspace: Path) -> None:
    rules = RULES.replace(
        "segment large", "table visits of account by account_id at seen: date fresh within 3 days {}\nsegment large"
    )
    rules = rules.replace("when arr > 1_000", "when arr > 1_000 and none(visits in last 2 days)")
    (workspace / "rules/r.seg").write_text(rules, encoding="utf-8")
    (workspace / "segdsl.toml").write_text(
        TOML.replace('user = "u.csv"', 'user = "u.csv"\nvisits = "v.csv"'), encoding="utf-8"
    )
    (workspace / "v.csv").write_text("account_id,seen\na1,2026-02-26\na2,2026-03-02\n", encoding="utf-8")
    refused = call("export", "--as-of", DAY, "-o", "out", cwd=workspace)
    assert (refused.exit_code, (workspace / "out").exists()) == (3, False)
    assert "SEG0712" in refused.output
    assert "`visits` is not fresh within 3 days: the newest row is of 2026-02-26" in refused.output
    assert call("export", "--as-of", DAY, "-o", "out", "--allow-stale", cwd=workspace).exit_code == 0
    assert call("export", "--as-of", "2026-03-01", "--dry-run", cwd=workspace).exit_code == 0
