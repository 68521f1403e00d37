"""`segdsl overlap RULE` and `segdsl explain RULE`: the waterfall of a segmentation, and a rule read aloud, counted by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import call

RULES = """
entity account { id: text key  arr: money(USD) required  plan: text }
metric half "Of the yearly revenue" of account = arr / 2
segmentation m "Which?" of account where plan != "x" {
  segment a "First" { when arr >= 100 limit 1 by arr }
  segment b { when half >= 25 and plan = "y" }
  undecided u
  otherwise c
}
segment s "Small" of account { when arr < 100 }
"""
ROWS = "id,arr,plan\np,200,y\nq,150,y\nr,60,y\ns,10,y\nt,,y\nx1,300,x\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    toml = '[sources.default]\nsnapshot = 2026-11-01\n[sources.default.tables]\naccount = "a.csv"\n'
    for name, text in {"m.seg": RULES, "a.csv": ROWS, "segdsl.toml": toml}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_waterfall_of_a_segmentation(workspace: Path) -> None:
    """p and q fit a, which has room for one; p, q and r fit b; of t nothing is known, x1 is outside."""
    found = json.loads(call("overlap", "m", "--as-of", "2026-11-01", "--format", "json", cwd=workspace).stdout)
    assert (found["total"], found["population"], found["fit_several"]) == (6, 5, 2)
    assert [(a["arm"], a["fit"], a["unknown"], a["got"], a["elsewhere"]) for a in found["arms"]] == [
        ("a", 2, 1, 1, {"b": 1}),
        ("b", 3, 1, 2, {"a": 1}),
    ]
    assert found["rest"] == {"u": 1, "c": 1}
    text = call("overlap", "m", "--as-of", "2026-11-01", cwd=workspace).stdout
    assert "5 of 6 accounts; 2 fit more than one arm" in text
    assert [line.split() for line in text.split("\n") if line.startswith(("a ", "b "))] == [
        ["a", "2", "1", "1", "b", "1"],
        ["b", "3", "2", "1", "a", "1"],
    ]
    assert call("overlap", "s", cwd=workspace).exit_code == 2
    assert call("overlap", "m", "--no-data", cwd=workspace).exit_code == 2


READ_ALOUD = [
    ("s", ["Of accounts: those for which arr is below USD 100."], {"in": (2, ("r", "s"))}),
    (
        "m",
        [
            "Of accounts for which plan is not “x”, each goes to the first that fits:",
            "- “First”, if arr is at least USD 100, but only the 1 with the largest arr;",
            "- b, if half is at least USD 25 and plan is “y”;",
            "- u, if what decides is missing;",
            "- c, if none does.",
        ],
        {"a": (1, ("p",)), "b": (2, ("q", "r")), "u": (1, ("t",)), "c": (1, ("s",))},
    ),
    (
        "m.b",
        [
            "Of accounts for which plan is not “x”: those for which half is at least USD 25 and plan is “y”, unless “First” takes them."
        ],
        {"b": (2, ("q", "r"))},
    ),
    ("m.c", ["Of accounts for which plan is not “x”: those whom no other arm takes."], {"c": (1, ("s",))}),
    ("half", ["Half (“Of the yearly revenue”) of each account: arr divided by 2."], {}),
]


@pytest.mark.parametrize(("name", "sentences", "places"), READ_ALOUD)
def test_a_rule_is_read_aloud(
    name: str, sentences: list[str], places: dict[str, tuple[int, tuple[str, ...]]], workspace: Path
) -> None:
    found = json.loads(call("explain", name, "--as-of", "2026-11-01", "--format", "json", cwd=workspace).stdout)
    assert found["sentences"] == sentences
    assert {p["name"]: (p["count"], tuple(p["members"])) for p in found["places"]} == places
    text = call("explain", name, "--as-of", "2026-11-01", cwd=workspace).stdout
    assert all(s in text for s in sentences) and all(m in text for _, members in places.values() for m in members)


def test_the_arms_that_would_take_a_customer_too(workspace: Path) -> None:
    text = call("explain", "p", "m", "--as-of", "2026-11-01", cwd=workspace).stdout
    assert "p is in m.a" in text and "fits too: b; a comes first" in text
    text = call("explain", "q", "m", "half", "--as-of", "2026-11-01", cwd=workspace).stdout
    assert (
        "q is in m.b" in text
        and "fits too" not in text
        and "limit of 1 is filled" in text
        and "half of q is USD 75" in text
    )


OVERRIDDEN = """
entity account { id: text key  arr: integer }
list named of account from "named.csv" { arm: text }
segmentation m of account {
  overrides from named
  segment a { when arr >= 100 }
  segment b { when arr >= 50 }
  otherwise c
}
"""


def test_whom_a_list_names_is_said_with_the_arms_that_would_take_it(tmp_path: Path) -> None:
    toml = '[sources.default]\nsnapshot = 2026-11-01\n[sources.default.tables]\naccount = "a.csv"\n'
    data = {"a.csv": "id,arr\np,200\nq,150\nr,10\n", "named.csv": "id,arm\np,c\nr,b\n"}
    for name, text in {"m.seg": OVERRIDDEN, "segdsl.toml": toml, **data}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    text = call("explain", "p", "m", "--as-of", "2026-11-01", cwd=tmp_path).stdout
    assert "the list named names it" in text and "fits too: a, b; the list comes first" in text, text
    found = json.loads(call("overlap", "m", "--as-of", "2026-11-01", "--format", "json", cwd=tmp_path).stdout)
    assert (found["by_list"], found["rest"], found["fit_several"]) == (2, {"c": 1}, 2)
    assert [(a["fit"], a["got"], a["elsewhere"]) for a in found["arms"]] == [(2, 1, {"c": 1}), (2, 1, {"a": 1, "c": 1})]
