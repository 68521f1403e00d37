"""Mistakes of people who came from elsewhere, written down before anybody saw a message: each is mended by one edit from the message alone.

`forty.tsv` are whole declarations of a spreadsheet person, `shapes.tsv` declarations set out in other ways, `spoken.tsv` declarations
in sentences over `english.model`, `mistakes.tsv` conditions in four habits: English (E), spreadsheets (X),
SQL (S) and the filters of a CRM (C). A row is a number, what is written, and what is meant.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from segdsl.diagnostics import render
from segdsl.phrasebook.tokens import cut
from segdsl.workspace.load import Workspace
from tests.support.whom import Customers, answers, mended, segment, workspace

HERE = Path(__file__).parent


def table(name: str) -> list[list[str]]:
    lines = (HERE / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [[cell.replace("\\t", "\t") for cell in line.replace("\\n", "\n").split("\t")] for line in lines]


def model(name: str) -> str:
    return (HERE / f"{name}.model").read_text(encoding="utf-8")


def words(text: str) -> list[str]:
    """The tokens of a declaration of values, in which commas and `_` don't count."""
    return [t.text.replace("_", "") for t in cut(text) if t.text != ","]


@pytest.mark.sample(4)
@pytest.mark.slow
@pytest.mark.parametrize(
    ("of", "number", "written", "meant"), [[of, *row] for of in ("forty", "shapes", "spoken") for row in table(of)]
)
def test_a_declaration_is_mended_from_its_message(of: str, number: str, written: str, meant: str) -> None:
    declared = model({"spoken": "english"}.get(of, of))
    wanted = workspace(declared, meant)
    assert isinstance(wanted, Workspace), [render(d) for d in wanted.diagnostics]
    customers = Customers(wanted.model.schema, written + meant).rows()
    texts = mended(declared, written)
    edited = [workspace(declared, text) for text in texts]
    assert [render(d) for e in edited for d in e.diagnostics if d.severity == "error"] == []
    if not re.search(r"(?:^|\} )segment", meant):
        assert words(meant) in [words(text) for text in texts]
    got = [answers(e, customers) for e in edited if isinstance(e, Workspace)]
    assert answers(wanted, customers) in got


@pytest.mark.parametrize(
    "written",
    [
        'play ring "Ring" { channel: "csm" max 1 a week }',
        'play ring "Ring" { channel: "csm" stop after 3 months }',
        'play ring "Ring" { channel: "csm" to everybody who matters }',
        'play ring "Ring" { channel: "csm" message: "Dear {somebody}" }',
        "channel mail { address: email\n  consent: ask legal }",
        "channel mail { address: email\n  max 3 a week }",
        "never contact the angry ones",
        "do not contact motion.save",
        'property "p" of account { no account in vips may be on the free plan unless it is new }',
        "calendar desk { closed on holidays }",
        "segmentation fun of account for fun { segment a { when arr > 5 } otherwise b }",
        "segmentation care of account { segment a { when arr > 5 they stay happy for at least 2 weeks } otherwise b }",
        "segmentation m2 of account replaces nothing { segment a { when arr > 5 } otherwise b }",
        'test "t" { account acme { status: "active", plan: "team", arr: 5 } expect 2 friends }',
        "keep 5% of accounts with us",
        "score mood of account {\n  use counts 60%: seat_use * 100\n  fun counts 40%: 50\n  if use is missing, go by fun alone\n}",
        "score mood of account {\n  use counts 60%: seat_use * 100\n  fun counts 40%: 50\n  if fun is missing, go by arr alone\n}",
        "metric size of account = arr {\n  small: 0 - 9.9\n  large: 20+\n}",
        'segmentation r of account {\n  goal "More": bring joy from 1% to 2% soon\n  segment a { when arr > 5 }\n  otherwise b\n}',
        "score mood of account { 60% use = whatever\n  40% money = arr }",
    ],
)
def test_what_is_read_in_part_gets_no_line(written: str) -> None:
    """A limit that may be one of each, an end of something else, words that name nothing."""
    found = [d for d in workspace(model("english"), written).diagnostics if d.severity == "error"]
    assert found and all(d.fix is None and not d.help.startswith("write") for d in found), [d.help for d in found]


LINES = table("mistakes")


@pytest.mark.long
@pytest.mark.parametrize("habit", ["E", "X", "S", "C"])
def test_a_condition_is_mended_from_its_message(habit: str) -> None:
    declared, rows = model("mistakes"), [row for row in LINES if row[0].startswith(habit)]

    def segments(conditions: list[str]) -> str:
        return "".join(segment(c).replace("segment s", f"segment s{i}", 1) for i, c in enumerate(conditions))

    written, meant = segments([w for _, w, _ in rows]), segments([m for _, _, m in rows])
    wanted = workspace(declared, meant)
    edited = [workspace(declared, text) for text in mended(declared, written)]
    broken = [render(d) for e in edited for d in e.diagnostics if d.severity == "error"]
    assert broken == [] and isinstance(wanted, Workspace)
    customers = Customers(wanted.model.schema, written + meant).rows()
    whom = answers(wanted, customers)
    got = [answers(e, customers) for e in edited if isinstance(e, Workspace)]
    assert [row for i, row in enumerate(rows) if all(g[f"s{i}"] != whom[f"s{i}"] for g in got)] == []
