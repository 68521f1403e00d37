"""What a stranger's small files can make large: counted before the work, and refused in a sentence that says place, number, limit and mend.

Nothing is timed: a test of each kind holds the work that was counted, or the finding.
"""

from __future__ import annotations

import datetime as dt
import difflib
import inspect
import json
import os
import re
import sys
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from segdsl import bounds
from segdsl.bounds import BOUNDS, FIXTURE_CELLS, TooMuchWork, Work
from segdsl.codes import known_codes
from segdsl.data.files import DataError, once_each
from segdsl.data.relations import first_line
from segdsl.diagnostics import Source
from segdsl.facts.unknown import Doubts
from segdsl.ledger.store import Ledger
from segdsl.reference.world import World
from segdsl.resolve.problems import COMPARISONS
from segdsl.run.evaluate import clock_for
from segdsl.sql import dialect, steps
from segdsl.sql.plan import assignment
from segdsl.testing.suite.suite import run, suite_of
from segdsl.workspace.config import Config
from segdsl.workspace.load import build, load_workspace, sound
from tests.support.answers import model_of
from tests.support.cli import call
from tests.support.ledgers import stretches
from tests.support.paths import ROOT

MODEL = """entity account { account_id: text key  parent: link to account reverse children  arr: money(USD)  seats: integer }
table logins of account by account_id at occurred_at { device: text }
"""
TOML = '[sources.default.tables]\naccount = "account.csv"\nlogins = "logins.csv"\n'


def workspace(folder: Path, rules: str, files: dict[str, str | bytes] | None = None) -> Path:
    every = {"segdsl.toml": TOML, "model.seg": MODEL, "a.seg": rules, **(files or {})}
    for name, text in every.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def codes(folder: Path) -> list[str]:
    return [d.code for d in load_workspace(folder).diagnostics]


def test_each_bound_says_place_number_limit_and_mend() -> None:
    for bound in BOUNDS:
        finding = bound.finding("rules/a.csv", bound.most + 1)
        assert finding.code in known_codes() and finding.help
        assert "rules/a.csv" in finding.message and f"{bound.most:,}" in finding.message


# -- what multiplies -------------------------------------------------------------------


def some(count: int, row: str = " account x{} {{ arr: {} }}\n") -> str:
    return "".join(row.format(i, i) for i in range(count))


def in_a_row(count: int) -> str:
    rows = "".join(f" account x{i} {{ arr: 1, parent: x{i - 1} }}\n" for i in range(1, count))
    return f" account x0 {{ arr: 1 }}\n{rows}"


NESTED = "any(all account where count(all account where count(all account where arr > account.arr) > 2) > 2)"
TOO_MUCH = {
    "cases × customers": lambda: (
        f'segment s of account {{ when arr > 1 }}\ntest "t" {{\n{some(300, " account x{} {{ arr: a }} ")}'
        f"{''.join(f' case {{ a: {i} }}' for i in range(300))}\n expect x0 in s\n}}"
    ),
    "`all` in `all` in `all`": lambda: (
        f'segment s of account {{ when {NESTED} }} test "t" {{\n{some(40)} expect count(s) = 1\n}}'
    ),
    "a family in a row": lambda: (
        f'segment s of account {{ when sum(family(parent).arr) > 1 }} test "t" {{\n{in_a_row(1000)} expect count(s) = 1\n}}'
    ),
    "times × rules": lambda: "\n".join(
        f"segment q{i} of account {{ when every day for 400 days (any(logins in last {i + 1} days)) }}"
        for i in range(40)
    ),
    "rules that stand on each other at other times": lambda: as_of_the_day_before(25),
}


def as_of_the_day_before(rules: int) -> str:
    each = "".join(f"metric m{i} of account = (m{i - 1} as of 1 day ago) + m{i - 1}\n" for i in range(1, rules))
    return (
        f"metric m0 of account = count(logins in last 7 days)\n{each}segment s of account {{ when m{rules - 1} > 3 }}"
    )


@pytest.mark.slow
@pytest.mark.parametrize("rules", TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_multiplies_is_refused(tmp_path: Path, rules: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With a tenth of the work that there is: the kinds are the same."""
    monkeypatch.setattr(bounds, "STEPS", 100_000)
    loaded = load_workspace(workspace(tmp_path, rules()))
    found = loaded.diagnostics or [d for r in run(suite_of(sound(loaded))).results for d in r.errors]
    help = bounds.FEWER_TIMES if "every day" in rules() or "ago" in rules() else bounds.FEWER
    assert [(d.code, d.help) for d in found] == [("SEG0112", help)]


def test_what_an_engine_takes_does_not_grow_with_the_files(tmp_path: Path) -> None:
    padding = "# nothing\n" * 100_000
    found = load_workspace(workspace(tmp_path, padding + as_of_the_day_before(45))).diagnostics
    assert [d.code for d in found] == ["SEG0112"]


@pytest.mark.slow
def test_what_is_not_refused_is_spelled(tmp_path: Path) -> None:
    """DuckDB's text of a chain through times is nested more deeply than Python's stack may go: it was a fault of segdsl's own."""
    loaded = sound(load_workspace(workspace(tmp_path, as_of_the_day_before(36))))
    query = assignment(
        loaded.model, "account", loaded.model.rules_of("account"), clock_for(loaded.zone, "2026-11-01")
    ).query
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 600)
    try:
        assert "m35" in dialect.duckdb(query) and "m35" in dialect.postgres(query)
    finally:
        sys.setrecursionlimit(before)


def test_what_people_write_takes_a_thirtieth() -> None:
    from tests.support.paths import ROOT

    loaded = sound(load_workspace(ROOT))
    suite = suite_of(loaded)
    work = Work.of(loaded.characters)
    from segdsl.testing.run.runner import run_tests

    assert all(r.status == "passed" for r in run_tests(suite.tests, replace(loaded.model, work=work), loaded.zone))
    assert work.most - work.left < work.most / 30


@pytest.mark.long
@pytest.mark.parametrize(
    ("rules", "sheet"),
    [
        ("".join(f'segment s{i} of wide {{ when v = "vlue {i}" }}\n' for i in range(300)), ""),
        ("".join(f"segment s{i} of wide {{ when feld_{i} = 1 }}\n" for i in range(300)), ""),
        ("segment s of wide { when v = \"value 1\" }", "k,expect.s," + ",".join(f"feld_{i}" for i in range(300)) + "\na,true\n"),
        ("segment s of wide { when v = \"value 1\" }", "k,v,expect.s\n" + "".join(f"a{i},vlue {i},true\n" for i in range(300))),
    ],
    ids=["values", "fields", "headings", "cells"],
)  # fmt: skip
def test_wrong_names_are_compared_with_few(
    rules: str, sheet: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them with all that there are took minutes: 200 KB of names a little wrong beside as many that are right."""
    compared: list[int] = []
    matches = difflib.get_close_matches

    def counted(word: str, choices: Collection[str], n: int, cutoff: float) -> list[str]:
        compared.append(len(choices))
        return matches(word, choices, n, cutoff) if len(compared) < 3 else []

    monkeypatch.setattr(difflib, "get_close_matches", counted)
    names = ", ".join(f'"value {i}"' for i in range(1_000))
    fields = " ".join(f"field_{i}: text" for i in range(1_000))
    wide = f"entity wide {{ k: text key v: one of ({names}) {fields} }}\n"
    made = load_workspace(workspace(tmp_path, wide + rules, {"fixtures/f/wide.csv": sheet} if sheet else {}))
    found = run(suite_of(sound(made))).problems if sheet else made.diagnostics
    assert sum(d.severity == "error" for d in found) >= 300 and "did you mean" in found[0].help
    assert sum(compared) <= COMPARISONS


@pytest.mark.slow
def test_outside_is_counted_for_each_arm(tmp_path: Path) -> None:
    arms = "".join(f"segment a{i} {{ when arr > {i} }}\n" for i in range(1_000))
    rows = "".join(f"a{i},outside\n" for i in range(2_000))
    folder = workspace(tmp_path, f"segmentation m of account {{ {arms} otherwise o }}", {
        "fixtures/f/account.csv": "account_id,expect.m\n" + rows
    })  # fmt: skip
    assert [d.code for d in run(suite_of(sound(load_workspace(folder)))).problems] == ["SEG0112"]


def test_each_time_is_one_world_by_whatever_steps_it_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each sum of some of 1 to 11 days there was one for each way to make it up: with 23 in a kilobyte minutes of `test`.

    All 2,048 sums count 1, and that of none the login, too.
    """
    chain = "".join(f"metric m{i} of account = (m{i - 1} as of {i} days ago) + m{i - 1}\n" for i in range(1, 12))
    rules = f"""metric m0 of account = count(logins in last 7 days) + 1
{chain}segment s of account {{ when m11 = 2_049 }}
test "t" as of 2026-11-01 {{ account x {{ arr: 1 }} logins of x {{ at: 2026-10-31 }} expect x in s }}"""
    made: list[object] = []
    for part in (World, Doubts):
        begin = part.__init__

        def counted(self: object, *arguments: object, begin: Callable[..., None] = begin) -> None:
            made.append(self)
            begin(self, *arguments)

        monkeypatch.setattr(part, "__init__", counted)
    report = run(suite_of(sound(load_workspace(workspace(tmp_path, rules)))))
    assert [r.status for r in report.results] == ["passed"]
    times = 11 * 12 // 2
    assert len(made) <= 3 * (times + 2)


CAPPED = "score h of account {{ part p weight 1 = seats missing parts: unknown {} }}"


def test_each_cap_of_a_score_adds_as_much_as_the_one_before() -> None:
    """Each was asked of what the ones before gave, three times: ten caps in 300 characters held a machine for seconds, 14 for minutes."""

    def nodes(caps: int) -> int:
        written = " ".join(f"cap {i} when arr > {i}" for i in range(caps))
        body = model_of(MODEL + CAPPED.format(written)).metrics["h"].body
        return repr(body).count("(")

    two, four, eight = nodes(2), nodes(4), nodes(8)
    assert eight - four == 2 * (four - two)


def test_the_lowest_cap_that_holds_is_the_scores_in_any_order(tmp_path: Path) -> None:
    """A cap that isn't known doesn't matter below it."""
    for written in ("cap 20 when arr > 1 cap 30 when parent.arr > 1", "cap 30 when parent.arr > 1 cap 20 when arr > 1"):
        rules = CAPPED.format(written) + 'test "t" { account x { arr: 5, seats: 100 } expect x.h = 20 }'
        report = run(suite_of(sound(load_workspace(workspace(tmp_path, rules)))))
        assert [r.status for r in report.results] == ["passed"], written


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (CAPPED.format(" ".join(f"cap {i} when arr > {i}" for i in range(60))), "60 caps in one score; the most is 50"),
        ("metric b of account = bands arr { " + ", ".join(f"under {i}: 1" for i in range(20_000)) + " }", "20,000 bands; the most is 200"),
    ],
)  # fmt: skip
def test_what_is_asked_inside_one_another_is_few(rules: str, said: str, tmp_path: Path) -> None:
    found = load_workspace(workspace(tmp_path, rules)).diagnostics
    assert [(d.code, d.message) for d in found if d.severity == "error"] == [("SEG0109", said)]


def test_many_expectations_ask_each_customer_once(tmp_path: Path) -> None:
    rules = f'segment s of account {{ when arr > 5 }} test "t" {{\n{some(100)}{" expect count(s) = 1" * 100}\n}}'
    loaded = sound(load_workspace(workspace(tmp_path, rules)))
    model = replace(loaded.model, work=Work.of(loaded.characters))
    from segdsl.testing.run.runner import run_tests

    (result,) = run_tests(model.tests, model, loaded.zone)
    assert result.status == "failed" and model.work.most - model.work.left < 3_000


@pytest.mark.parametrize(("seats", "told"), [("seats: 5", 1), ("", 21)], ids=["in another arm", "unknown in all"])
def test_an_expectation_that_is_not_met_explains_few_arms(
    seats: str, told: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each expectation all arms were explained: 5,000 beside 1,500 arms held `test` for ten seconds."""
    from segdsl.testing.run import decisive as deciding

    explained: list[object] = []
    clause = deciding.clause
    monkeypatch.setattr(deciding, "clause", lambda *asked: explained.append(asked) or clause(*asked))
    arms = "".join(f"segment a{i} {{ when seats = {i} }}\n" for i in range(300))
    rules = (
        f'segmentation m of account {{ {arms} otherwise o }}\ntest "t" {{ account x {{ {seats} }}\n expect x in m.o }}'
    )
    (failure,) = run(suite_of(sound(load_workspace(workspace(tmp_path, rules))))).results[0].failures
    assert len(explained) == told and ("and more arms" in failure.actual) is (told > 20)


def test_properties_share_what_may_be_made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "STEPS", 2_000)
    never = 'property "p{0}" of account {{ never count(logins in last {0} days) = 7_000 and seats < 3 }}'
    text = "\n".join(never.format(i + 1) for i in range(12))
    results = run(suite_of(sound(load_workspace(workspace(tmp_path, text))))).results
    assert len(results) == 12 and results[-1].status == "error"
    assert {d.code for r in results for d in r.errors} == {"SEG0112"}


def test_work_that_is_used_up_stays_so() -> None:
    work = Work.of(0)
    work.spend(work.left)
    for _ in range(2):
        with pytest.raises(TooMuchWork):
            work.spend(1)


# -- lists --------------------------------------------------------------------------------


def test_wrong_rows_of_a_list_end_after_a_hundred(tmp_path: Path) -> None:
    folder = workspace(
        tmp_path, 'list l from "l.csv" { code: text n: integer }', {"l.csv": "code,n\n" + "x,y\n" * 5_000}
    )
    assert sorted(codes(folder)) == ["SEG0111"] + ["SEG0613"] * 100


@pytest.mark.parametrize(
    ("rules", "rows", "said"),
    [
        ('list l from "l.csv" { code: text }', "DE\nFR\n", "no column `code`"),
        ('list l from "l.csv" { code: text }', "version https://git-lfs.github.com/spec/v1\noid sha256:a\nsize 5\n", "no column `code`"),
        ('calendar c { holidays from "l.csv" }', "25.12.2026\n2026-12-26\n", "`25.12.2026` is no day"),
        ('list l from "l.csv" { code: text }', "Code\nDE\n", ""),
        ('calendar c { holidays from "l.csv" }', "day\n2026-12-26\n", ""),
        ('calendar c { holidays from "l.csv" }', "2026-12-26\n", ""),
    ],
)  # fmt: skip
def test_no_first_line_is_left_out_as_a_heading_that_is_none(tmp_path: Path, rules: str, rows: str, said: str) -> None:
    found = load_workspace(workspace(tmp_path, rules, {"l.csv": rows})).diagnostics
    assert [(d.code, d.message, d.place[1]) for d in found] == ([("SEG0613", said, 1)] if said else [])


def test_the_line_of_a_wrong_row_is_the_files(tmp_path: Path) -> None:
    folder = workspace(
        tmp_path, 'list l from "l.csv" { code: text n: integer }', {"l.csv": "code,n\na\u2028b,1\nx,y\n"}
    )
    (finding,) = load_workspace(folder).diagnostics
    assert finding.place[:2] == ("l.csv", 3)


def test_one_file_named_by_many_lists_is_read_once_and_counted_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "STEPS", 10_000)
    lists = "\n".join(f'list l{i} from "l.csv" {{ code: text }}' for i in range(50))
    assert codes(workspace(tmp_path, lists, {"l.csv": "code\n" + "x\n" * 400}))[0] == "SEG0112"


def test_a_list_that_breaks_off_is_told(tmp_path: Path) -> None:
    folder = workspace(tmp_path, 'list l from "l.csv" { code: text }', {"l.csv": "code\na\n" + "b" * 200_000 + "\nc\n"})
    assert codes(folder) == ["SEG0613"]


def test_days_of_one_customer_meet_wherever_they_stand(tmp_path: Path) -> None:
    rows = [f"a,2026-01-{d:02},2026-01-{d:02}\n" for d in (9, 3, 7, 1, 5)]
    rules = 'list l of account from "l.csv"'
    assert codes(workspace(tmp_path / "apart", rules, {"l.csv": "account_id,from,expires\n" + "".join(rows)})) == []
    for meeting in ("a,2026-01-02,2026-01-03\n", "a,2026-01-09,\n", "a,,2026-01-01\n", "a,2026-01-04,2026-01-06\n"):
        folder = workspace(
            tmp_path / meeting[2:12], rules, {"l.csv": "account_id,from,expires\n" + "".join(rows) + meeting}
        )
        assert codes(folder) == ["SEG0613"]


@pytest.mark.parametrize("path", ["a" * 300 + ".csv", "a" * 10_000 + ".csv", "circle.csv"])
def test_a_path_that_leads_nowhere_is_a_finding(tmp_path: Path, path: str) -> None:
    folder = workspace(tmp_path, f'list l from "{path}" {{ code: text }}')
    (folder / "circle.csv").symlink_to("circle.csv")
    assert codes(folder) == ["SEG0612"]


# -- sheets and data -----------------------------------------------------------------------


def test_names_that_are_the_same_are_told_apart() -> None:
    assert once_each(["Name", "name", "NAME"]) == ("Name", "name (2)", "NAME (3)")
    assert once_each(["c", "c (2)", "c", "", "c"]) == ("c", "c (2)", "c (3)", "(column 4)", "c (4)")


SHEETS = {
    "columns": ("account_id" + ",c" * 1_001 + "\na\n", "columns"),
    "cells": ("account_id,expect.s\n" + "a,true" + "," * FIXTURE_CELLS.most + "\n", "cells"),
}


@pytest.mark.parametrize(("text", "unit"), SHEETS.values(), ids=SHEETS)
def test_a_wide_sheet_is_refused(tmp_path: Path, text: str, unit: str) -> None:
    folder = workspace(tmp_path, "segment s of account { when arr > 1 }", {"fixtures/f/account.csv": text})
    (problem,) = suite_of(sound(load_workspace(folder))).problems
    assert problem.code == "SEG0515" and unit in problem.message


def test_a_fixture_with_tens_of_thousands_of_conditions_is_refused(tmp_path: Path) -> None:
    """50,000 of them, 800 KB, took 12 s."""
    files: dict[str, str | bytes] = {
        "fixtures/f/account.csv": "account_id,expect.s\na,unknown\n",
        "fixtures/f/fixture.toml": "expect = [" + '"count(s) = 0",' * 7_000 + "]",
    }
    folder = workspace(tmp_path, "segment s of account { when arr > 1 }", files)
    (problem,) = suite_of(sound(load_workspace(folder))).problems
    assert problem.code == "SEG0515" and "fixtures/f/fixture.toml has 105,011 bytes" in problem.message


def test_deep_toml_is_a_finding(tmp_path: Path) -> None:
    deep = "a = " + "[" * 20_000 + "]" * 20_000
    files: dict[str, str | bytes] = {
        "fixtures/f/account.csv": "account_id,expect.s\na,true\n",
        "fixtures/f/fixture.toml": deep,
    }
    folder = workspace(tmp_path, "segment s of account { when arr > 1 }", files)
    assert [d.code for d in suite_of(sound(load_workspace(folder))).problems] == ["SEG0512"]
    (folder / "segdsl.toml").write_text(deep)
    assert call("check", "-w", str(folder)).exit_code == 2


_ODD = "something in it is written as no spreadsheet writes it"
BROKEN = {
    "a place that is none": ('<row r="2"><c r="!!"><v>1</v></c></row>', _ODD),
    "a number that is none": ('<row r="2"><c r="A2"><v>abc</v></c></row>', _ODD),
    "a text that isn't there": ('<row r="2"><c r="A2" t="s"><v>999</v></c></row>', _ODD),
    "a day that is none": ('<row r="2"><c r="A2" t="d"><v>no day</v></c></row>', _ODD),
    "a row that is none": ('<row r="x"><c r="A2"><v>1</v></c></row>', _ODD),
    "the row 1,000,000,000": ('<row r="1000000000"><c r="A1000000000"><v>1</v></c></row>', "rows"),
    "XML that ends": ('<row r="2"><c r="A2">', "it was cut off or damaged"),
}


def book(path: Path, rows: str) -> None:
    import zipfile

    import openpyxl

    made = openpyxl.Workbook()
    made.active.title = "account"
    made.active.append(["account_id", "arr", "expect.s"])
    made.save(path.with_suffix(".tmp"))
    with zipfile.ZipFile(path.with_suffix(".tmp")) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(
                name, text.replace(b"</sheetData>", rows.encode() + b"</sheetData>") if "sheet1" in name else text
            )
    path.with_suffix(".tmp").unlink()


@pytest.mark.parametrize(("rows", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_workbook_is_a_finding(tmp_path: Path, rows: str, said: str) -> None:
    folder = workspace(tmp_path, "segment s of account { when arr > 1 }", {"fixtures/f/readme.txt": ""})
    book(folder / "fixtures" / "f" / "account.xlsx", rows)
    (problem,) = suite_of(sound(load_workspace(folder))).problems
    assert problem.code in ("SEG0701", "SEG0515") and str(folder) not in problem.message
    book(folder / "account.xlsx", rows)
    (folder / "segdsl.toml").write_text(TOML.replace("account.csv", "account.xlsx"))
    (folder / "logins.csv").write_text("account_id,occurred_at,device\n")
    done = call("run", "-w", str(folder), "--no-ledger")
    assert done.exit_code == 3 and "SEG0701" in done.output and said in done.output, done.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('account_id\n"' + "x" * 200_000 + '"\n', "a cell is longer than 131,072 characters"),
        ('account_id\n"x\n', "a quote never closes"),
        ('account_id\n"x"y\n', "a quote closes in the middle of a cell"),
    ],
    ids=lambda t: t[-12:],
)
def test_why_cells_cannot_be_told_apart_is_in_words(tmp_path: Path, text: str, said: str) -> None:
    folder = workspace(tmp_path, "segment s of account { when arr > 1 }", {"fixtures/f/account.csv": text})
    (problem,) = suite_of(sound(load_workspace(folder))).problems
    assert (problem.code, problem.message.endswith(said)) == ("SEG0701", True), problem.message


def test_a_workbook_that_unpacks_to_very_much_is_refused(tmp_path: Path) -> None:
    folder = workspace(
        tmp_path, "segment s of account { when arr > 1 }", {"logins.csv": "account_id,occurred_at,device\n"}
    )
    import zipfile

    with zipfile.ZipFile(folder / "account.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * 30_000_000)
    (folder / "segdsl.toml").write_text(TOML.replace("account.csv", "account.xlsx"))
    done = call("run", "-w", str(folder), "--no-ledger")
    assert done.exit_code == 3 and "when unpacked" in done.output


@pytest.mark.parametrize(("keys", "exit"), [(50_000, 3), (300, 0)])
def test_keys_of_json_are_counted_before_their_types(tmp_path: Path, keys: int, exit: int) -> None:
    """Each in an object of its own, all of one type."""
    folder = workspace(tmp_path, "segment s of account { when arr > 1 }", {})
    (folder / "segdsl.toml").write_text(TOML.replace("account.csv", "account.json"))
    rows = ({"account_id": str(i), "arr": 2, f"k{i}": 1} for i in range(keys))
    (folder / "account.json").write_text("\n".join(map(json.dumps, rows)))
    (folder / "logins.csv").write_text("account_id,occurred_at,device\n")
    began = time.monotonic()
    done = call("run", "-w", str(folder), "--no-ledger", "--as-of", "2026-11-01")
    assert (done.exit_code, "50,002 different keys; the most is 5,000" in done.output) == (exit, exit == 3), done.output
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("name", ["account.parquet", "account.duckdb"])
def test_columns_of_files_with_columns_are_bounded(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    from segdsl.data import relations

    monkeypatch.setattr(relations, "DATA_COLUMNS", replace(relations.DATA_COLUMNS, most=100))
    folder = workspace(tmp_path, "segment s of account { when arr > 1 }", {})
    (folder / "segdsl.toml").write_text(TOML.replace("account.csv", name))
    (folder / "logins.csv").write_text("account_id,occurred_at,device\n")
    columns = "SELECT 'a' AS account_id, 2 AS arr, " + ", ".join(f"1 AS c{i}" for i in range(100))
    with duckdb.connect(str(folder / "account.duckdb")) as con:
        con.execute(
            f"CREATE VIEW account AS {columns}" if name.endswith("duckdb") else f"COPY ({columns}) TO '{folder / name}'"
        )
    done = call("run", "-w", str(folder), "--no-ledger", "--as-of", "2026-11-01")
    assert (done.exit_code, "102 columns; the most is 100" in done.output) == (3, True), done.output


def test_rules_in_a_folder_that_is_a_link_out_are_not_read(tmp_path: Path) -> None:
    secret, folder = tmp_path / "secret", tmp_path / "shop"
    secret.mkdir()
    folder.mkdir()
    (secret / "x.seg").write_text("password hunter2\n", encoding="utf-8")
    (folder / "segdsl.toml").write_text('[workspace]\nname = "t"\ninclude = ["rules"]\n', encoding="utf-8")
    (folder / "rules").symlink_to(secret)
    result = call("check", cwd=folder)
    assert result.exit_code == 2 and "SEG0602" in result.output and "a link that leads outside" in result.output
    assert "hunter2" not in result.output


def test_data_that_is_a_link_out_is_not_read(tmp_path: Path) -> None:
    folder = workspace(
        tmp_path / "w", "segment s of account { when arr > 1 }", {"logins.csv": "account_id,occurred_at,device\n"}
    )
    (tmp_path / "secret").write_text("password=hunter2\n")
    (folder / "account.csv").symlink_to(tmp_path / "secret")
    done = call("run", "-w", str(folder), "--no-ledger")
    assert done.exit_code == 3 and "hunter2" not in done.output and "link out of the workspace" in done.output


def test_a_database_of_another_kind_starts_no_download(tmp_path: Path) -> None:
    import sqlite3

    folder = workspace(
        tmp_path, "segment s of account { when arr > 1 }", {"logins.csv": "account_id,occurred_at,device\n"}
    )
    made = sqlite3.connect(folder / "account.db")
    made.execute("CREATE TABLE account (account_id TEXT)")
    made.commit()
    made.close()
    (folder / "segdsl.toml").write_text(TOML.replace("account.csv", "account.db"))
    done = call("run", "-w", str(folder), "--no-ledger")
    assert done.exit_code == 3 and "it is no DuckDB file" in done.output


def test_what_a_variable_holds_is_in_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    from segdsl.engines.postgres import _without_secrets

    monkeypatch.setenv("WAREHOUSE", "postgresql://ada:hunter2@db.invalid:5432/x")
    text = "could not resolve host 'db.invalid': user ada, hunter2"
    hidden = _without_secrets(text, "${WAREHOUSE}")
    assert not any(part in hidden for part in ("db.invalid", "hunter2", "ada,"))


@pytest.mark.parametrize(
    "url",
    [
        "${PART}",
        "postgresql://u:${PART}@127.0.0.1:9/x",
        "host=127.0.0.1 port=9 password=${PART}",
        "postgresql://127.0.0.1:9/x?sslmode=${PART}",
    ],
)
@pytest.mark.parametrize("value", ["hunter2 and more", "hunter2/and@L:more?x y z", "hunter2=more", "hunter2' more\\"])
def test_no_piece_of_a_variable_stands_in_what_the_driver_says_of_an_address(
    monkeypatch: pytest.MonkeyPatch, url: str, value: str
) -> None:
    """The driver cuts an address where it likes, and quotes the piece at which it stops."""
    import psycopg

    from segdsl.engines.postgres import _without_secrets, address

    monkeypatch.setenv("PART", value)
    with pytest.raises(psycopg.Error) as refused:
        psycopg.connect(address(url), connect_timeout=2)
    said = _without_secrets(str(refused.value).partition("\n")[0], url)
    assert not any(piece in said for piece in ("hunter2", "more", "y z")), said


def test_a_value_that_an_engine_stops_at_is_in_no_message() -> None:
    import psycopg

    from segdsl.engines.postgres import _as_data_error

    with pytest.raises(DataError) as stopped, _as_data_error():
        raise psycopg.errors.InvalidTextRepresentation('invalid input syntax for type numeric: "Ada "the first""')
    assert "Ada" not in str(stopped.value) and "type numeric: a value" in str(stopped.value)
    with pytest.raises(duckdb.Error) as cast:
        duckdb.execute("SELECT CAST(x AS INTEGER) FROM (VALUES ('it''s Ada')) t(x)").fetchall()
    assert "Ada" not in first_line(cast.value) and "a value" in first_line(cast.value)


# -- what `check` passes runs --------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("most", [2, 5, 50])
def test_other_times_in_steps_say_the_same(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "segment s of account { when every day for 9 days (any(logins in last 7 days)) }\n"
        "segment t of account { when any day for 9 days (account in s) or any day for 3 days (none(logins)) }"
    )
    loaded = sound(build(Path(), Config(), [Source("m.seg", MODEL), Source("a.seg", text)], []))
    monkeypatch.setattr(steps, "MOST_JOINS", most)
    query = assignment(
        loaded.model, "account", list(loaded.model.segments.values()), clock_for(loaded.zone, "2026-11-01")
    )
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE account AS SELECT 'a' || i AS account_id, NULL AS parent, i AS arr, i AS seats FROM range(20) t(i)"
    )
    con.execute(
        """CREATE TABLE logins AS SELECT 'a' || (i % 20) AS account_id, 'x' AS device,
           TIMESTAMP '2026-11-01' - INTERVAL (i * 8) HOUR AS occurred_at FROM range(60) t(i) WHERE i % 20 > 3"""
    )
    monkeypatch.setattr(steps, "MOST_NAMES", most)
    sql = dialect.duckdb(query.query)
    assert ("MATERIALIZED" in sql) == (most < 50)
    rows = con.execute(sql).fetchall()
    assert len(rows) == 20 and {r[1] for r in rows} == {True, False}
    monkeypatch.setattr(steps, "MOST_JOINS", 1_000)
    again = assignment(
        loaded.model, "account", list(loaded.model.segments.values()), clock_for(loaded.zone, "2026-11-01")
    )
    assert con.execute(again.query.sql("duckdb")).fetchall() == rows


# -- runs that were a mistake ---------------------------------------------------------------


@pytest.mark.slow
def test_a_run_far_ahead_keeps_no_history_and_can_be_taken_out(tmp_path: Path) -> None:
    data: dict[str, str | bytes] = {
        "account.csv": "account_id,parent,arr,seats\na,,5,1\n",
        "logins.csv": "account_id,occurred_at,device\n",
    }
    folder = workspace(tmp_path, "segment s of account { when arr > 1 }", data)

    def history() -> list[tuple[str, str | None]]:
        with Ledger.to_read(folder / ".segdsl" / "ledger.duckdb") as ledger:
            assert ledger is not None
            rows = stretches(ledger)
        return [(value, until) for _, _, f, value, _, until in sorted(rows, key=lambda row: row[4]) if f == "arr"]

    def ran(day: str) -> str:
        done = call("run", "-w", str(folder), "--as-of", day)
        assert done.exit_code == 0, done.output
        return done.output

    today = dt.date.today()
    ran(str(today))
    assert "the fields' history is left as it is" in ran("2199-12-31")
    assert history() == [("500", None)]
    (folder / "account.csv").write_text("account_id,parent,arr,seats\na,,7,1\n")
    ran(str(today + dt.timedelta(days=1)))
    assert [value for value, _ in history()] == ["500", "700"]
    assert call("runs", "1", "--take-out", "-w", str(folder)).exit_code == 2
    assert call("runs", "3", "--take-out", "-w", str(folder)).exit_code == 0
    assert history() == [("500", None)]
    assert call("runs", "2", "--take-out", "-w", str(folder)).exit_code == 0
    assert call("runs", "2", "-w", str(folder)).exit_code == 2


def test_a_full_disk_is_no_broken_ledger() -> None:
    from segdsl.ledger.store import _advice

    full = duckdb.IOException("Could not write all bytes to file: No space left on device")
    assert "make room" in _advice(full) and "move it away" in _advice(duckdb.IOException("corrupt block"))


SECURITY = ROOT / "SECURITY.md"


def test_security_has_the_table_of_what_is_refused() -> None:
    """UPDATE_GOLDEN=1 writes it."""
    rows = [f"| {b.of} | {b.most:,} {b.unit} | {b.code} |" for b in BOUNDS]
    table = "\n".join(["| what | at most | message |", "|---|---|---|", *rows])
    text = SECURITY.read_text(encoding="utf-8")
    written = re.sub(r"(<!-- bounds -->\n).*(<!-- /bounds -->)", rf"\g<1>\n{table}\n\n\g<2>", text, flags=re.S)
    if os.environ.get("UPDATE_GOLDEN"):
        SECURITY.write_text(written, encoding="utf-8")
    assert written == SECURITY.read_text(encoding="utf-8")
