"""What the phrasebook leaves alone, and what it costs."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segdsl.diagnostics import Source, render
from segdsl.lang import parse
from segdsl.mend.messages import TRIES
from segdsl.mend.rewrite import readings
from segdsl.ops import phrases
from segdsl.ops.phrase import EXAMPLE_MODEL as PHRASES_MODEL
from segdsl.phrasebook.families import families, rows
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.row import EXAMPLE_MODEL
from segdsl.phrasebook.slots import Tries
from segdsl.phrasebook.tokens import cut, joined
from segdsl.phrasebook.vocabulary import vocabularies
from segdsl.resolve.declare import declare
from segdsl.resolve.problems import Problems
from tests.support.paths import ROOT
from tests.support.whom import segment, workspace


def folders() -> list[tuple[str, str]]:
    """(all rules of a folder, one text of it), and the examples of the documentation."""
    by_folder: dict[str, list[str]] = {}
    for file in [*ROOT.glob("rules/*.seg"), *ROOT.glob("experiments/*.seg"), *ROOT.glob("examples/**/*.seg")]:
        by_folder.setdefault(str(file.parent), []).append(file.read_text(encoding="utf-8"))
    written = "\n".join(
        re.findall(r"```seg\n(.*?)```", (ROOT / "docs/language.md").read_text(encoding="utf-8"), re.DOTALL)
    )
    whole = [("\n".join(texts), text) for texts in by_folder.values() for text in texts]
    return [*whole, (written, written), *((PHRASES_MODEL + p.examples, p.examples) for p in phrases().values())]


@pytest.mark.long
@pytest.mark.slow
def test_no_row_applies_to_what_is_right() -> None:
    """So that the parts of a line that are right stay as they are."""
    changed = []
    for context, text in folders():
        declared = declare([parse.parse(Source("x", context))[0]], Problems())
        for start, end in parse.declarations(text):
            about = re.search(r"(?<!as )\bof ([a-z_]\w*)|[{=]", text[start:end])
            first = next((r.name for r in declared.schema.entities), "")
            people = re.search(
                r"^play[^}]*?\bto (?:first of )?(\w+) where", text[start:end]
            )  # whose rows its conditions are about
            hops = (h for by_name in declared.schema.to_many.values() for h in by_name.items())
            whose = next((h.target for name, h in hops if people and name == people[1]), None)
            names = Names(declared.schema, whose or (about and about[1]) or first, frozenset(declared.names))
            for reading in readings(text, start, end, names, Tries(TRIES)):
                changed.append((text[start:end][:80], joined(reading.tokens)))
    assert changed == []


EVERY = [*families(), *vocabularies()]


@pytest.mark.parametrize("right", [m for family in EVERY for row in family.rows for _, m in row.examples])
def test_no_row_applies_to_what_rows_lead_to(right: str) -> None:
    text = (
        right
        if re.match(r"(?:segment|segmentation|metric|score|property|entity|test|play|list|table) ", right)
        else segment(right)
    )
    declared = declare([parse.parse(Source("x", EXAMPLE_MODEL))[0]], Problems())
    names = Names(declared.schema, "account", frozenset(declared.names))
    found = readings(text, 0, len(text), names, Tries(TRIES))
    assert [joined(reading.tokens) for reading in found] == []


DEEP_IF = "seats > 5"
for _level in range(40):
    DEEP_IF = f"IF(seats > {_level}, seats > {_level}, {DEEP_IF})"
LARGE = {
    "a query a line": "\n".join(f"SELECT * FROM account WHERE plan = 'team' AND arr > {i};" for i in range(10_000)),
    "a formula of 40 IFs": segment(DEEP_IF),
    "words without sense": segment("a b is not more than 5 or " * 300),
    "one long sum": segment("seats + " * 1_500),
    "open brackets": segment("count(logins where ( " * 150),
    "a long number": segment("1.1" * 18_000),
    "comments without an end": segment("/*" * 25_000),
    "quotes without an end": segment("“" * 25_000 + "'" * 25_001),
    "a file of figures": "1,111." * 300_000,
    "clauses without an end": segment("has at least 3 open urgent tickets that were opened in the last 30 days and " * 24),
    "one noun again and again": segment("the last number of total tickets of the average " * 40),
    "nobody and nothing": segment("not never no " * 120),
    "rules in SQL": "".join(f"segment s{i} of account {{ when plan = 'team' AND country IS NOT NULL }}\n" for i in range(300)),
}  # fmt: skip


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("kind", LARGE)
def test_large_and_odd_texts_are_answered_soon(kind: str) -> None:
    assert workspace(EXAMPLE_MODEL, LARGE[kind]).diagnostics


PIECES = sorted(
    {
        word
        for row in (*rows(), *(entry for v in vocabularies() for entry in v.rows))
        for written in row.written
        for word in re.split(r"[ /?_]", re.sub(r"\{\w+(?::\w+)?\}", "", written))
        if word
    }
)
VALUES = ["plan", "seats", '"team"', "5", "30", "days", "logins", "tickets", "priority", "'x'", "$5,000", "01.11.2026", "11/01/2026", "{", "}", "\n"]  # fmt: skip


@pytest.mark.slow
@given(st.lists(st.sampled_from([*PIECES, *VALUES, *VALUES]), max_size=25))
def test_any_words_are_answered(words: list[str]) -> None:
    """With a line that has no error, or without a line."""
    text = segment(" ".join(words))
    for d in workspace(EXAMPLE_MODEL, text).diagnostics:
        assert render(d)
        if d.fix is not None and d.fix.sure:
            fixed = text[: d.fix.span.start] + d.fix.replacement + text[d.fix.span.end :]
            assert not [
                e for e in workspace(EXAMPLE_MODEL, fixed).diagnostics if e.severity == "error" and e.place == d.place
            ]


@given(st.text(alphabet=" ab1.,'\"“’-/$#\n\t\u00a0é≥=(){}", max_size=60))
def test_tokens_make_up_their_text(text: str) -> None:
    tokens = cut(text)
    assert "".join(t.gap + t.text for t in tokens) == text[: tokens[-1].end if tokens else 0]
