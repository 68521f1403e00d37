"""`segdsl list` on made-up customers, beside pandas on the same cells; every kind of file; and what it refuses."""

from __future__ import annotations

import datetime as dt
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pandas as pd
import pytest

import segdsl
from tests.support.cli import as_json, call
from tests.support.paths import GOLDENS, ROOT

pytestmark = pytest.mark.slow

RULES = """
entity account from since to ended {
  id: text key  name: text  since: date fixed  ended: date  plan: one of ("free", "team")  arr: money(EUR)
  seats: integer  tags: set of text  seen_at: timestamp  build: version  phone: text personal  owner: link to manager reverse accounts
}
entity manager { manager_id: text key  email: text personal }
entity user of account by account_id reverse users { user_id: text key  role: one of ("admin", "member")  email: text personal }
table logins of user by user_id at t { device: text }
segment paying of account { when plan = "team" and arr > 100 }
segmentation tiers of account where plan = "team" {
  overrides from named
  segment top "Top" { when arr >= 1_000 or seats > 50 }
  segment first "First" { when arr >= 200 limit 1 by arr }
  undecided unclear
  otherwise low
}
list named of account from "named.csv" { arm: one of ("top", "low") }
"""
TOML = """[workspace]
name = "t"
timezone = "Europe/Berlin"
[sources.default]
snapshot = 2026-11-01
[sources.default.tables]
account = "a.csv"
manager = "m.csv"
user = "u.csv"
logins = "l.csv"
"""
FILES = {
    "a.csv": """id,name,since,ended,plan,arr,seats,tags,seen_at,build,phone,owner
a1,Acme,2024-01-01,,team,1000.50,3,"[""b"", ""a""]",2026-10-01T22:30:00Z,10.2.1,+49 1,m1
a2,=HYPERLINK(1),2024-01-01,,team,500,60,,,,,m2
a3,Zoë AG,2026-09-15,,team,300,5,"[""a""]",2026-10-02T06:00:00Z,2.0,,m1
a4,Old,2024-01-01,2026-10-01,team,9000,5,,,,,m1
a5,Free,2024-01-01,,free,0,1,,,,,m1
a6,Unknown,2024-01-01,,team,,2,,,,,
a7,Listed,2024-01-01,,team,10,2,,,,,m2
a8,Second,2024-01-01,,team,250,2,,,,,m2
""",
    "m.csv": "manager_id,email\nm1,mia@acme.example\nm2,max@acme.example\n",
    "u.csv": "user_id,account_id,role,email\nu1,a1,admin,u1@x.example\nu2,a1,member,u2@x.example\nu3,a2,admin,u3@x.example\nu4,a3,,u4@x.example\nu5,a5,admin,u5@x.example\nu0,a1,admin,\n",
    "l.csv": "user_id,t\nu1,2026-10-20T10:00:00Z\nu3,2026-05-01T10:00:00Z\n",
    "named.csv": "id,arm\na7,top\n",
    "rules.seg": RULES,
    "segdsl.toml": TOML,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def listed(folder: Path, *arguments: str) -> dict[str, Any]:
    result = call("list", *arguments, "--format", "json", cwd=folder)
    assert result.exit_code == 0, result.output
    members: dict[str, Any] = as_json(result)
    return members


def rows(folder: Path, *arguments: str) -> list[list[Any]]:
    found: list[list[Any]] = listed(folder, *arguments)["rows"]
    return found


def test_a_segment_by_worth_with_the_fields_asked_for(folder: Path) -> None:
    members = listed(
        folder, "paying", "--with", "name, owner.email, arr * 2", "--with", 'any(users where role = "admin"), name'
    )
    assert members["columns"] == ["id", "name", "owner.email", "arr * 2", 'any(users where role = "admin")']
    assert members["rows"] == [
        ["a1", "Acme", "mia@acme.example", 2001.0, True],
        ["a2", "=HYPERLINK(1)", "max@acme.example", 1000, True],
        ["a3", "Zoë AG", "mia@acme.example", 600, None],
        ["a8", "Second", "max@acme.example", 500, False],
    ]
    assert (members["inside"], members["unknown"], members["total"]) == (4, 1, 7)
    assert members["worth"] == {"field": "arr", "currency": "EUR", "amount": 2050.5, "missing": 0}
    assert members["personal"] == ["owner.email"]


def test_without_fields_the_name_and_the_worth(folder: Path) -> None:
    assert listed(folder, "paying")["columns"] == ["id", "name", "arr"]
    assert listed(folder, 'role = "admin"', "--of", "user")["columns"] == ["user_id"], (
        "an address is shown where it is named"
    )


def test_an_arm_with_a_limit_and_a_list(folder: Path) -> None:
    """The arm of a rule has its limit, its population and its overrides, as a run has them."""
    assert [r[0] for r in rows(folder, "tiers.top")] == ["a1", "a2", "a7"]
    assert [r[0] for r in rows(folder, "tiers.first")] == ["a3"]
    assert [r[0] for r in rows(folder, "tiers.low")] == ["a8"]
    assert [r[0] for r in rows(folder, "tiers.unclear")] == ["a6"]


@pytest.mark.long
def test_every_place_is_as_a_run_has_it(tmp_path: Path) -> None:
    """All rules of the example, beside the table that `run` writes."""
    call("run", "--no-ledger", "-o", str(tmp_path), "-w", str(ROOT), "--as-of", "2026-11-01")
    run = {file.stem: pd.read_csv(file, dtype=str) for file in tmp_path.glob("*.csv")}
    arr = pd.read_csv(ROOT / "rules/data/accounts.csv", dtype={"account_id": str}).set_index("account_id")["arr"]
    places = 0
    for entity, frame in run.items():
        for column in frame.columns[1:]:
            if f"{column}_status" not in frame:
                continue
            for arm in frame[column].dropna().unique():
                wanted = set(frame.loc[frame[column] == arm, "entity_id"])
                members = listed(ROOT, f"{column}.{arm}", "--as-of", "2026-11-01")
                assert {row[0] for row in members["rows"]} == wanted and members["entity"] == entity
                if entity == "account":
                    assert members["worth"]["amount"] == pytest.approx(arr[list(wanted)].sum())
                    worths = [row[-1] for row in members["rows"]]
                    assert worths == sorted(worths, reverse=True)
                places += 1
    assert places > 10


@pytest.mark.parametrize(
    ("to", "wanted"),
    [
        ('users where role = "admin"', [("u0", "a1"), ("u1", "a1"), ("u3", "a2")]),
        ("users", [("u0", "a1"), ("u1", "a1"), ("u2", "a1"), ("u3", "a2"), ("u4", "a3")]),
        ("users where any(logins in last 30 days)", [("u1", "a1")]),
        ("users where account.arr > 600", [("u0", "a1"), ("u1", "a1"), ("u2", "a1")]),
    ],
)
def test_contacts_are_in_the_order_of_their_customers(folder: Path, to: str, wanted: list[tuple[str, str]]) -> None:
    members = listed(folder, "paying", "--to", to, "--with", "email, account.name")
    assert members["columns"] == ["user_id", "account_id", "email", "account.name"]
    assert [tuple(row[:2]) for row in members["rows"]] == wanted
    assert members["personal"] == ["email"]


def test_who_entered_and_left_by_the_data(folder: Path) -> None:
    """a4 ended on 1 October, a3 began on 15 September."""
    members = listed(folder, "paying", "--since", "2026-09-01", "--why")
    assert members["columns"][-2:] == ["change", "because"]
    assert [(r[0], r[-2]) for r in members["rows"]] == [("a3", "entered"), ("a4", "gone")]
    assert "the data as of 1 Sep 2026" in members["since"]
    assert [w for w in members["warnings"] if "account.arr" in w], "what was overwritten is said"


def test_who_entered_and_left_by_the_recorded_run(folder: Path) -> None:
    """The run knows the amounts of then, which the data has overwritten."""
    call("run", "--as-of", "2026-10-15", cwd=folder)
    changed = (
        FILES["a.csv"]
        .replace("1000.50,3", "100.50,3")
        .replace("team,,2", "team,700,2")
        .replace("team,500,60", "team,,60")
    )
    (folder / "a.csv").write_text(changed, encoding="utf-8")
    members = listed(folder, "paying", "--since", "2026-10-20")
    assert members["since"].startswith("the run of 15 Oct 2026")
    assert [(r[0], r[-1]) for r in members["rows"]] == [("a6", "entered")], (
        "a2 is unknown now: nobody knows that it left"
    )
    assert [r[0] for r in rows(folder, "paying")] == ["a6", "a3", "a8", "a1"]
    changes = rows(folder, "tiers.low", "--since", "2026-10-20", "--why")
    assert [(r[0], r[-2], r[-1]) for r in changes] == [
        (key, "entered", "no arm before takes it") for key in ("a3", "a1")
    ]
    gone = rows(folder, "tiers.top", "--since", "2026-10-20", "--why")
    assert [(r[0], r[-2], r[-1][:8]) for r in gone] == [("a1", "left", "now low;")]


def test_why_says_what_decided(folder: Path) -> None:
    because = {
        r[0]: r[-1] for place in ("top", "first", "low", "unclear") for r in rows(folder, f"tiers.{place}", "--why")
    }
    assert because == {
        "a1": "arr >= 1_000: arr is EUR 1,000.50",
        "a2": "seats > 50: seats is 60",
        "a7": "the list named names it",
        "a3": "arr >= 200: arr is EUR 300",
        "a8": "no arm before takes it",
        "a6": "`arr` is missing",
    }


def test_kinds_of_files(folder: Path) -> None:
    """The same values in each, with the types of a workbook and of Parquet."""
    wanted = ["name", "arr", "seats", "tags", "seen_at", "build", "since", 'plan = "team"']
    for kind in ("xlsx", "csv", "parquet", "json"):
        said = call("list", "paying", "--with", ", ".join(wanted), "-o", f"out/list.{kind}", cwd=folder)
        assert said.exit_code == 0 and f"wrote out/list.{kind}: 4 rows" in said.stdout, said.output
    head, first, second, *_ = openpyxl.load_workbook(folder / "out/list.xlsx")["paying"].iter_rows()
    assert [c.value for c in head] == ["id", *wanted]
    seen = dt.datetime(2026, 10, 2, 0, 30)
    assert [c.value for c in first] == ["a1", "Acme", 1000.5, 3, "a; b", seen, "10.2.1", dt.datetime(2024, 1, 1), True]
    assert (
        first[2].number_format == "#,##0.00"
        and first[5].number_format == "yyyy-mm-dd hh:mm"
        and first[6].data_type == "s"
    )
    assert second[1].value == "=HYPERLINK(1)" and second[1].data_type == "s", "a name is no formula"
    lines = (folder / "out/list.csv").read_text(encoding="utf-8").splitlines()
    assert lines[1:3] == [
        "a1,Acme,1000.50,3,a; b,2026-10-02 00:30:00,10.2.1,2024-01-01,true",
        "a2,'=HYPERLINK(1),500.00,60,,,,2024-01-01,true",
    ]
    of_parquet = duckdb.sql(f"FROM '{folder}/out/list.parquet'")
    assert of_parquet.fetchall()[0] == (
        "a1",
        "Acme",
        Decimal("1000.50"),
        3,
        "a; b",
        seen,
        "10.2.1",
        dt.date(2024, 1, 1),
        True,
    )
    objects = json.loads((folder / "out/list.json").read_text(encoding="utf-8"))
    assert list(objects[0].values()) == [
        "a1",
        "Acme",
        1000.5,
        3,
        "a; b",
        "2026-10-02T00:30:00",
        "10.2.1",
        "2024-01-01",
        True,
    ]
    assert objects[1]["seen_at"] is None and len(objects) == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--since", "2026-09-01"], ["1 entered, 1 gone", "wrote x.csv: 2 rows"]),
        (["--to", "users"], ["5 users of 4 accounts in paying", "wrote x.csv: 5 rows"]),
        (["--to", 'users where role = "member"'], ["1 user of 4 accounts in paying", "wrote x.csv: 1 row"]),
        ([], ["4 accounts in paying", "arr: EUR 2,050.50", "wrote x.csv: 4 rows"]),
    ],
)
def test_what_is_said_of_a_file_is_what_is_in_it(folder: Path, arguments: list[str], said: list[str]) -> None:
    result = call("list", "paying", *arguments, "-o", "x.csv", cwd=folder)
    assert result.exit_code == 0 and [s for s in said if s not in result.stdout] == [], result.output
    assert "a1 " not in result.stdout, "the rows are in the file"
    assert as_json(call("list", "paying", *arguments, "-o", "x.csv", "--format", "json", cwd=folder))["file"] == "x.csv"


def test_personal_fields_are_said_through_metrics_rules_and_reasons(folder: Path) -> None:
    rules = """
metric dialled of account = phone
segment german of account { when phone starts with "+49" }
"""
    (folder / "more.seg").write_text(rules, encoding="utf-8")
    assert listed(folder, "paying", "--with", "dialled, arr, account in german")["personal"] == [
        "dialled",
        "account in german",
    ]
    assert listed(folder, "german", "--why")["personal"] == ["because"]
    assert listed(folder, "account in german", "--why")["personal"] == ["because"]
    assert listed(folder, "paying", "--why")["personal"] == []


EXACT = {
    "rules.seg": """
entity account { id: integer key  arr: money(USD)  score: number  renewal: date  level: integer }
entity contact { contact_id: text key  of_whom: link to account reverse contacts }
segment big of account { when arr > 400 }
segmentation motion of account { segment top { when arr > 100 limit 2 by level } undecided open otherwise rest }
""",
    "segdsl.toml": '[workspace]\nname = "t"\n[sources.default]\nsnapshot = 2026-11-01\n[sources.default.tables]\naccount = "a.csv"\ncontact = "c.csv"\n',
    "a.csv": "id,arr,score,level\n1,90071992547409.93,123456789012345678.123456789,1\n2,500.10,0.5,2\n3,300,7,3\n4,,2,4\n",
    "c.csv": "contact_id,of_whom\nx1,1\nx2,2\nx3,\nx4,2\n",
}  # fmt: skip


@pytest.fixture
def exact(tmp_path: Path) -> Path:
    for name, text in EXACT.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_amounts_and_numbers_have_all_their_digits(exact: Path) -> None:
    """A double holds neither 90,071,992,547,409.93 nor 123,456,789,012,345,678.123456789."""
    shown = call("list", "big", "--with", "arr, score, arr / 1000, -arr", cwd=exact).stdout
    for wanted in (
        "90,071,992,547,409.93",
        "123,456,789,012,345,678.123456789",
        "90,071,992,547,910.03",
        "0.5001",
        "-500.10",
    ):
        assert wanted in shown, shown
    for kind in ("csv", "json", "xlsx", "parquet"):
        call("list", "big", "--with", "arr, score, arr / 1000", "-o", f"x.{kind}", cwd=exact)
    assert (exact / "x.csv").read_text().splitlines()[1:] == [
        "1,90071992547409.93,123456789012345678.123456789,90071992547.40993",
        "2,500.10,0.5,0.5001",
    ]
    texts = {"arr": "90071992547409.93", "score": "123456789012345678.123456789", "arr / 1000": "90071992547.40993"}
    assert json.loads((exact / "x.json").read_text()) == [{"id": 1, **texts, "arr / 1000": 90071992547.40993}, {"id": 2, "arr": 500.1, "score": 0.5, "arr / 1000": 0.5001}]  # fmt: skip
    (_, first, second) = openpyxl.load_workbook(exact / "x.xlsx")["big"].values
    assert first == (1, *texts.values()) and second == (2, 500.1, 0.5, 0.5001)
    (row, _) = duckdb.sql(f"FROM '{exact}/x.parquet'").fetchall()
    assert row == (1, *map(Decimal, texts.values()))


def test_keys_that_are_numbers_stay_numbers(exact: Path) -> None:
    """Also where some contacts belong to nobody, and beside reasons."""
    assert [(r[0], r[1]) for r in rows(exact, "big", "--to", "contacts", "--why")] == [("x1", 1), ("x2", 2), ("x4", 2)]
    call("list", "big", "--to", "contacts", "-o", "c.xlsx", cwd=exact)
    assert [row[1] for row in list(openpyxl.load_workbook(exact / "c.xlsx")["big"].values)[1:]] == [1, 2, 2]


def test_a_sum_says_whom_it_leaves_out(exact: Path) -> None:
    assert "arr: USD 800.10 (missing for 1 of 3)" in call("list", "level >= 2", cwd=exact).stdout
    assert "arr: missing" in call("list", "level = 4", cwd=exact).stdout


def test_changes_count_customers_and_say_why_somebody_left(exact: Path) -> None:
    call("run", "--as-of", "2026-10-30", cwd=exact)
    (exact / "a.csv").write_text(
        EXACT["a.csv"].replace("3,300,", "3,30,").replace("1,9007", "9,9007"), encoding="utf-8"
    )
    said = call("list", "motion.top", "--since", "2026-10-31", "--why", cwd=exact).stdout
    assert "accounts in motion.top, since the run of 30 Oct 2026 00:00 UTC: 1 entered, 1 left" in said, said
    changed = {r[0]: (r[-2], r[-1]) for r in rows(exact, "motion.top", "--since", "2026-10-31", "--why")}
    assert changed == {
        9: ("entered", "arr > 100: arr is USD 90,071,992,547,409.93"),
        3: ("left", "now rest; not so: arr > 100: arr is USD 30"),
    }
    people = call("list", "motion.top", "--since", "2026-10-31", "--to", "contacts", cwd=exact).stdout
    assert "0 contacts of accounts in motion.top, since the run of 30 Oct 2026 00:00 UTC: 1 entered, 1 left" in people


def test_heads_are_no_formulas_either(exact: Path) -> None:
    call("list", "big", "--with", "-arr", "-o", "x.csv", cwd=exact)
    assert (exact / "x.csv").read_text().splitlines()[0] == "id,'-arr"


def test_a_wrong_output_is_refused_before_the_data_are_read(folder: Path) -> None:
    (folder / "a.csv").unlink()
    for output, said in (("x.txt", "no kind of file"), ("m.csv", "would be gone"), ("x", "no name of a file")):
        refused = call("list", "paying", "-o", output, cwd=folder)
        assert refused.exit_code == 2 and said in refused.output, refused.output


def test_an_empty_list_is_a_file_too(folder: Path) -> None:
    for kind in ("xlsx", "csv", "parquet", "json"):
        said = call("list", "arr > 1_000_000", "-o", f"none.{kind}", cwd=folder)
        assert said.exit_code == 0 and (folder / f"none.{kind}").is_file(), said.output


def test_what_is_said_and_refused() -> None:
    """Golden: the example's rules, and mistakes."""
    lines = []
    for arguments in (
        ["motion.save", "--with", "arr, renewal_date"],
        ["motion.save", "--to", 'users where role = "admin"', "--with", "email, account.arr"],
        ["motion.steady", "--since", "2026-09-01"],
        ["security_minded", "--why", "--as-of", "2026-11-01"],
        ["motion"],
        ["motion.sav"],
        ["nobody_knows"],
        ["arr > "],
        ["motion.save", "--with", "nam, arr"],
        ["motion.save", "--with", "arr >"],
        ["motion.save", "--to", "logins"],
        ["motion.save", "--to", "tickets"],
        ["motion.save", "--to", 'users where role = "admin" having active'],
        ["motion.save", "--since", "2027-01-01"],
        ["motion.save", "-o", "list.txt"],
        ["motion.save", "-o", "list"],
        ["motion.save", "-o", "rules/data/accounts.csv"],
    ):
        result = call("list", *arguments, cwd=ROOT)
        lines += [f"$ segdsl list {' '.join(arguments)}", result.output.rstrip(), f"exit {result.exit_code}", ""]
    golden, text = GOLDENS / "list.txt", "\n".join(lines)
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_the_python_api_lists_what_the_command_does(folder: Path) -> None:
    rules = segdsl.load(folder)
    for arguments, options in (
        (("paying",), {}),
        (("tiers.first", "--with", "name, arr", "--why"), {"with_": "name, arr", "why": True}),
        (("paying", "--with", "name", "--with", "seats"), {"with_": ["name", "seats"]}),
        (("paying", "--to", 'users where role = "admin"'), {"to": 'users where role = "admin"'}),
        (("paying", "--since", "2026-09-10", "--as-of", "2026-10-30"), {"since": "2026-09-10", "as_of": "2026-10-30"}),
        (('role = "admin"', "--of", "user"), {"of": "user"}),
    ):
        listing = rules.list(arguments[0], **options)  # type: ignore[arg-type]
        printed = call("list", *arguments, cwd=folder)
        assert repr(listing) == printed.output.rstrip("\n"), arguments
        written = as_json(call("list", *arguments, "--format", "json", cwd=folder))
        assert (list(listing.frame().columns), len(listing)) == (written["columns"], len(written["rows"]))
    file = rules.list("paying", output=folder / "list.csv").frame()
    call("list", "paying", "-o", "same.csv", cwd=folder)
    assert (folder / "list.csv").read_bytes() == (folder / "same.csv").read_bytes()
    assert file["arr"].tolist() == [Decimal("1000.50"), 500, 300, 250]


@pytest.mark.parametrize(("what", "options", "message"), [
    ("payng", {}, "payng"),
    ("paying", {"with_": "nam"}, "unknown field `nam`"),
    ("paying", {"as_of": "soon"}, "is no date"),
    ("paying", {"source": "other"}, "no source `other`"),
    ("paying", {"output": " "}, "the output has no name"),
    ("paying", {"output": "list"}, "is no name of a file for a list"),
])  # fmt: skip
def test_the_python_api_refuses_what_the_command_does(
    folder: Path, what: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(segdsl.RulesError) as refused:
        segdsl.load(folder).list(what, **options)
    assert message in str(refused.value)
