"""Each row of the phrasebook, by its examples: what is written is mended by one edit from the message, and means what is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from segdsl.diagnostics import render
from segdsl.phrasebook.families import families
from segdsl.phrasebook.row import EXAMPLE_MODEL
from segdsl.phrasebook.tokens import cut
from segdsl.phrasebook.vocabulary import vocabularies
from segdsl.workspace.load import Workspace
from tests.support.whom import Customers, answers, mended, workspace

Pair = tuple[str, str]


def segments(conditions: list[str]) -> str:
    return "".join(f"segment s{i} of account {{\n  when {c}\n}}\n" for i, c in enumerate(conditions))


def is_declaration(text: str) -> bool:
    return re.match(r"(?:segment|segmentation|metric|test) ", text) is not None


EXAMPLES = {f.title: [pair for row in f.rows for pair in row.examples] for f in (*families(), *vocabularies())}
CONDITIONS = {title: [pair for pair in pairs if not is_declaration(pair[1])] for title, pairs in EXAMPLES.items()}
DECLARATIONS = [pair for pairs in EXAMPLES.values() for pair in pairs if is_declaration(pair[1])]


def test_every_row_has_an_example() -> None:
    assert [row.written for family in families() for row in family.rows if not row.examples] == []
    spoken = [v for v in vocabularies() if v.part != "vague"]
    assert [entry.written for v in spoken for entry in v.rows if not entry.examples] == []


def unlike(pairs: list[Pair]) -> Iterator[str]:
    """The pairs whose two conditions don't take the same customers after one edit from the message."""
    meant = workspace(EXAMPLE_MODEL, segments([m for _, m in pairs]))
    assert isinstance(meant, Workspace), [render(d) for d in meant.diagnostics]
    written = segments([w for w, _ in pairs])
    tried = [workspace(EXAMPLE_MODEL, text) for text in mended(EXAMPLE_MODEL, written)]
    broken = [render(d) for t in tried for d in t.diagnostics if d.severity == "error"]
    if broken:
        yield from broken
        return
    rows = Customers(meant.model.schema, written).rows()
    wanted = answers(meant, rows)
    got = [answers(t, rows) for t in tried if isinstance(t, Workspace)]
    for i, pair in enumerate(pairs):
        if all(g[f"s{i}"] != wanted[f"s{i}"] for g in got):
            yield f"{pair}: {[len(g[f's{i}']) for g in got]} and {len(wanted[f's{i}'])} customers"


@pytest.mark.parametrize("title", [title for title, pairs in CONDITIONS.items() if pairs])
def test_what_is_written_is_mended_and_means_what_is_meant(title: str) -> None:
    pairs = CONDITIONS[title]
    for start in range(0, len(pairs), 40):
        assert list(unlike(pairs[start : start + 40])) == []


@pytest.mark.parametrize(("written", "meant"), DECLARATIONS)
def test_a_declaration_is_mended_and_means_what_is_meant(written: str, meant: str) -> None:
    text = mended(EXAMPLE_MODEL, written)[0]
    wanted, edited = workspace(EXAMPLE_MODEL, meant), workspace(EXAMPLE_MODEL, text)
    assert isinstance(wanted, Workspace) and isinstance(edited, Workspace), [render(d) for d in edited.diagnostics]
    if not wanted.model.segments and not wanted.model.segmentations:
        assert [t.text for t in cut(text)] == [t.text for t in cut(meant)]
    rows = Customers(wanted.model.schema, written).rows()
    assert answers(edited, rows) == answers(wanted, rows)
