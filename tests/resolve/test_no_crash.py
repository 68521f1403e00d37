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
