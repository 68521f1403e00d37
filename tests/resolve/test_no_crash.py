"""Whatever stands in a rule file, checking it gives diagnostics, never an exception; and what checks, plans."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segdsl.diagnostics import Source, as_json, render
from segdsl.lint.checks import checked
from segdsl.model.clock import Clock
from segdsl.sql.plan import assignment
from segdsl.workspace.config import Config
from segdsl.workspace.load import Workspace, build
from tests.support.paths import GOLDENS
from tests.support.sources import LATER, SOURCES
from tests.support.worlds import SCHEMA

pytestmark = pytest.mark.slow

MODEL = (GOLDENS / "model.seg").read_text(encoding="utf-8")
PIECE = re.compile(r'"(?:\\.|[^"\\\n])*"|\w+|\s+|[^\w\s]')
POOL = sorted({p for text in [*SOURCES, LATER, SCHEMA] for p in PIECE.findall(text) if p.strip()})
ODD = [
    "",
    '"',
    "\\",
    "\0",
    "é",
    "😀",
    "\u202e",
    "{",
    "}",
    "(",
    ")",
    "#",
    "0",
    "99999999999",
    "1e9",
    "2026-13-45",
    "--",
    "%%",
    "$",
    "\n",
    "`",
]


@st.composite
def mangled(draw: st.DrawFn) -> str:
    """A source of the project with some pieces taken out, doubled, exchanged or put in."""
    pieces = PIECE.findall(draw(st.sampled_from([*SOURCES, MODEL + LATER])))
    for _ in range(draw(st.integers(1, 6))):
        i = draw(st.integers(0, max(0, len(pieces) - 1)))
        what = draw(st.sampled_from(["out", "in", "instead", "swap", "odd"]))
        piece = draw(st.sampled_from(POOL))
        if what == "out":
            del pieces[i : i + draw(st.integers(1, 4))]
        elif what == "in":
            pieces[i:i] = [" ", piece, " "]
        elif what == "instead" and pieces:
            pieces[i] = piece
        elif what == "swap" and pieces:
            j = draw(st.integers(0, len(pieces) - 1))
            pieces[i], pieces[j] = pieces[j], pieces[i]
        else:
            pieces[i:i] = [draw(st.sampled_from(ODD))]
    return "".join(pieces)


@pytest.mark.long
@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(mangled(), st.booleans())
def test_mangled_rules(text: str, with_model: bool) -> None:
    sources = [Source("a.seg", text)] + ([Source("model.seg", MODEL)] if with_model else [])
    workspace = build(Path(), Config(), sources, [])
    for found in checked(workspace):
        assert render(found)
        record = as_json(found)
        assert record["code"]
        assert found.span is None or 0 <= found.span.start <= len(found.span.source.text)
    if isinstance(workspace, Workspace):
        clock = Clock.at(dt.date(2026, 11, 1), ZoneInfo("Europe/London"))
        for entity in workspace.model.schema.entities:
            assert assignment(workspace.model, entity.name, workspace.model.rules_of(entity.name), clock).query.sql(
                "duckdb"
            )


@pytest.mark.parametrize("value", ["a5", '("x", "y")', "()", '"t"', "5", "2026-01-01", "s", "missing", "true"])
@pytest.mark.parametrize(
    "asked",
    [
        "a.arr = it",
        "a in it",
        "it",
        "a.tags has it",
        "a.plan in it",
        "not it",
        "a.arr > 2 * it",
        "count(it) = 1",
        "it in last 3 days",
        'it contains "x"',
        "days since it > 3",
        "it in top 10%",
        "it is missing",
        "any(it where arr > 1)",
        "every day for 3 days (it)",
        "(it as of 2026-01-01)",
        "a.arr between it and 5",
        "if it then a.arr = 1 else false end",
        "a.tags has any it",
        "it starts with it",
        "a.plan in (it)",
        "-it > 1",
        "rank(it) = 1",
        "sum(it.arr) > 1",
    ],
)
def test_any_value_of_a_case_where_an_expectation_has_its_name(value: str, asked: str) -> None:
    text = f"""
    entity account {{ id: text key  arr: number  tags: set of text  plan: text }}
    segment s of account {{ when arr > 1 }}
    test "t" {{ account a {{ arr: 1 }} case {{ it: {value} }} expect {asked} }}
    """
    found = build(Path(), Config(), [Source("x.seg", text)], []).diagnostics
    assert (value, asked) not in {("5", "a.arr = it"), ("s", "a in it")} or not found
    assert value != "()" or {"SEG0509", "SEG0101"} & {d.code for d in found}
