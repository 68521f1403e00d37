"""Conditions that are true of all or of none since they name what no row has: told by `try`, with what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import call

MODEL = "entity a { id: text key  plan: text  name: text personal  health: number  arr: money(USD) }"
DATA = "id,plan,name,health,arr\nx,Pro,Ada,45%,10\ny,Free,Bo,80%,20.50\nz,,,,\n"
SETTINGS = '[sources.default.tables]\na = "a.csv"\n'
CASES = [
    ('plan = "pro"', 'no row of `a` has the plan "pro"', 'did you mean "Pro"?'),
    ('plan in ("Pro", "team")', 'no row of `a` has the plan "team"', 'it has "Free", "Pro"'),
    ('plan != "Prro"', 'no row of `a` has the plan "Prro"', 'did you mean "Pro"?'),
    ("health < 60", "", "read as shares, 85% as 0.85: write 60%"),  # said once, by SEG0724
    ("health < 0.4", "all values of `health` in the data are from 0.45 to 0.8", ""),
    ("arr > 20.51", "all values of `arr` in the data are from USD 10 to USD 20.50", ""),
    ("arr >= 20.50 or arr < 10", "", ""),
    ('plan = "Pro" or health > 60%', "", ""),
    ("arr > 0", "", ""),
    ('plan = ""', "", ""),
    ('name = "Cy"', 'no row of `a` has the name "Cy"', ""),
]


@pytest.mark.parametrize(("condition", "message", "help"), CASES)
def test_a_value_that_no_row_has(condition: str, message: str, help: str, tmp_path: Path) -> None:
    for name, text in {"m.seg": MODEL, "a.csv": DATA, "segdsl.toml": '[sources.default.tables]\na = "a.csv"\n'}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    said = call("try", condition, "--as-of", "2026-11-01", cwd=tmp_path)
    assert said.exit_code == 0
    assert ("SEG0723" in said.output) == bool(message), said.output
    assert message in said.output and help in said.output
    assert "Ada" not in said.output


@pytest.mark.parametrize(
    ("condition", "line"),
    [
        ('plan = "Pro"', "  arr: USD 10"),
        ("plan is missing", "  arr: missing"),
        ('plan = "Free" or plan is missing', "  arr: USD 20.50 (missing for 1 of 2)"),
        ("arr > 1_000", "  arr: USD 0"),
    ],
)
def test_a_sum_says_how_many_have_no_amount(condition: str, line: str, tmp_path: Path) -> None:
    for name, text in {"m.seg": MODEL, "a.csv": DATA, "segdsl.toml": SETTINGS}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    said = call("try", condition, "--as-of", "2026-11-01", cwd=tmp_path)
    assert said.exit_code == 0 and line in said.output.splitlines(), said.output


NAMED = "id,name,city,since\nx1,Acme Corp,Bonn,2026-01-01\nx2,Zenith,Bonn,2026-01-01\nx3,Ada Ltd,Kiel,2026-01-01\nzenith,Ada Ltd,acme corp,2027-01-01\n"
NAMES = [
    ("acme CORP", 0, "x1 is found by its name"),
    ("kiel", 0, "x3 is found by its city"),
    ("x2", 0, "x2 is in s"),
    ("zenith", 0, "x2 is found by its name"),  # the other of this key comes later
    ("Bonn", 2, "2 as have `Bonn` as `city`\n  = help: give the key of one: `x1`, `x2`"),
    ("Acme", 2, "there is `x1` (by its name)"),
    ("Zenht", 2, "there is `x2` (by its name)"),
    ("onn", 2, "there is `x1` (by its city `Bonn`), `x2` (by its city `Bonn`)"),
    ("Kile", 2, "there is `x3` (by its city `Kiel`)"),
    ("Nobody & Sons", 2, "give its key, or its name as it stands in the data"),
]


@pytest.mark.parametrize(("what", "code", "message"), NAMES)
def test_a_customer_is_found_by_name(what: str, code: int, message: str, tmp_path: Path) -> None:
    model = "entity a from since { id: text key  name: text personal  city: text  since: date }  segment s of a { when since >= 2025-01-01 }"
    for name, text in {
        "m.seg": model,
        "a.csv": NAMED,
        "segdsl.toml": '[sources.default.tables]\na = "a.csv"\n',
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    said = call("explain", what, "s", "--as-of", "2026-11-01", cwd=tmp_path)
    assert (said.exit_code, message in said.output) == (code, True), said.output
    assert ("Acme Corp" in said.output, "Zenith" in said.output) == (False, False)  # they are personal
    new = call("test", "new", "s", "--from", what, "--name", "real", "--as-of", "2026-11-01", cwd=tmp_path)
    assert new.exit_code == code, new.output


PEOPLE = """mail,first_name,Nachname,vorname,plan,city
t1@x.example,Tina,Vogel,,pro,Bonn
t2@x.example,Tina,Vogel,,pro,Kiel
o@x.example,Ole,von der Aue,,odd,Bonn
"""


@pytest.mark.parametrize(
    ("what", "code", "message"),
    [
        ("ole VON DER AUE", 0, "o@x.example is found by its first_name and nachname"),
        ("von der Aue, Ole", 0, "o@x.example is found by its first_name and nachname"),
        ("Ole Vogel", 2, "no a has the key or name `Ole Vogel` as of 1 Nov 2026 00:00 UTC"),
        ("Tina Vogel", 2, "2 as have `Tina Vogel` as `first_name` and `nachname`"),
        ("tina vogel", 2, "give the key of one: `t1@x.example` (city Bonn), `t2@x.example` (city Kiel)"),
    ],
)
def test_a_person_is_found_by_first_and_last_name(what: str, code: int, message: str, tmp_path: Path) -> None:
    """Those of one name are told apart by a field in which they differ; a value that the list hasn't is no matter."""
    model = (
        "entity a { mail: text key personal  first_name: text personal  nachname: text personal  "
        'plan: one of ("pro")  city: text }  segment s of a { when nachname is not missing }'
    )
    for name, text in {"m.seg": model, "a.csv": PEOPLE, "segdsl.toml": SETTINGS}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    said = call("explain", what, "s", "--as-of", "2026-11-01", cwd=tmp_path)
    assert (said.exit_code, message in said.output) == (code, True), said.output


def test_a_customer_is_found_by_a_name_that_is_a_link(tmp_path: Path) -> None:
    """A name by which rows of another file lead to the customer; a link by a number is no name."""
    model = 'entity c { name: text key }  entity b { name: integer key }  entity a { id: text key  c_name: link to c  b_name: link to b }  segment s of a { when id = "x" }'
    toml = '[sources.default.tables]\na = "a.csv"\nb = "b.csv"\nc = "c.csv"\n'
    files = {"a.csv": "id,c_name,b_name\nx,Cafe #1,7\n", "b.csv": "name\n7\n", "c.csv": "name\nCafe #1\n"}
    for name, text in {"m.seg": model, "segdsl.toml": toml, **files}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    said = [call("explain", what, "s", "--as-of", "2026-11-01", cwd=tmp_path) for what in ("cafe #1", "Cafe", "7")]
    assert "x is found by its c_name" in said[0].output and "there is `x` (by its c_name `Cafe #1`)" in said[1].output
    assert said[2].exit_code == 2


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("late", "a `late` isn't there as of 1 Nov 2026 00:00 UTC: since is 1 Jan 2027"),
        ("s", "segdsl explain --near s"),
        ("X", "there is `x`"),
    ],
)
def test_why_nobody_is_explained(what: str, message: str, tmp_path: Path) -> None:
    model = "entity a from since { id: text key  since: date }  segment s of a { when since >= 2025-01-01 }"
    data = "id,since\nx,2026-01-01\nlate,2027-01-01\n"
    for name, text in {"m.seg": model, "a.csv": data, "segdsl.toml": '[sources.default.tables]\na = "a.csv"\n'}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    said = call("explain", what, "s", "--as-of", "2026-11-01", cwd=tmp_path)
    assert (said.exit_code, message in said.output) == (2, True), said.output
