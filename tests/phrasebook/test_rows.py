"""Each row of the phrasebook, by its examples: what is written is mended by one edit from the message, and means what is meant.

`wholes.tsv` are further declarations over `EXAMPLE_MODEL`, which are read as a whole: what is written, and what is meant.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from segdsl.diagnostics import render
from segdsl.phrasebook.declarations.examples import EXAMPLES as SHAPES
from segdsl.phrasebook.english.takes import TAKES, TAKES_BESIDE
from segdsl.phrasebook.entry import Slot
from segdsl.phrasebook.families import families
from segdsl.phrasebook.row import EXAMPLE_MODEL
from segdsl.phrasebook.tokens import cut
from segdsl.phrasebook.vocabulary import vocabularies
from segdsl.workspace.load import Workspace
from tests.support.whom import Customers, answers, mended, unlike, workspace

Pair = tuple[str, str]


def is_declaration(text: str) -> bool:
    return re.match(r"(?:segment|segmentation|metric|score|property|entity|test|play|list|table) ", text) is not None


EXAMPLES = {f.title: [pair for row in f.rows for pair in row.examples] for f in (*families(), *vocabularies())}
CONDITIONS = {title: [pair for pair in pairs if not is_declaration(pair[1])] for title, pairs in EXAMPLES.items()}
EXAMPLES |= {title: list(pairs) for title, pairs in SHAPES.items()}
WHOLES = [
    line.replace("\\n", "\n").split("\t")
    for line in (Path(__file__).parent / "wholes.tsv").read_text("utf-8").splitlines()
]
DECLARATIONS = [pair for pairs in EXAMPLES.values() for pair in pairs if is_declaration(pair[1])]
DECLARATIONS += [(written, meant) for written, meant in WHOLES]


def test_every_row_has_an_example() -> None:
    assert [row.written for family in families() for row in family.rows if not row.examples] == []
    spoken = [v for v in vocabularies() if v.part != "vague"]
    assert [entry.written for v in spoken for entry in v.rows if not entry.examples] == []


def test_every_slot_of_a_vocabulary_takes_something() -> None:
    templates = [t for v in vocabularies() for entry in v.rows for t in entry.templates]
    kinds = {part.kind for t in templates for part in t.parts if isinstance(part, Slot)}
    assert kinds == {*TAKES, *TAKES_BESIDE}


@pytest.mark.long
@pytest.mark.parametrize("title", [title for title, pairs in CONDITIONS.items() if pairs])
def test_what_is_written_is_mended_and_means_what_is_meant(title: str) -> None:
    pairs = CONDITIONS[title]
    for start in range(0, len(pairs), 40):
        assert list(unlike(EXAMPLE_MODEL, pairs[start : start + 40])) == []


@pytest.mark.sample(3)
@pytest.mark.parametrize(("written", "meant"), DECLARATIONS)
def test_a_declaration_is_mended_and_means_what_is_meant(written: str, meant: str) -> None:
    text = mended(EXAMPLE_MODEL, written)[0]
    wanted, edited = workspace(EXAMPLE_MODEL, meant), workspace(EXAMPLE_MODEL, text)
    assert isinstance(wanted, Workspace) and isinstance(edited, Workspace), [render(d) for d in edited.diagnostics]
    if not wanted.model.segments and not wanted.model.segmentations:
        assert [t.text for t in cut(text)] == [t.text for t in cut(meant)]
    rows = Customers(wanted.model.schema, written).rows()
    assert answers(edited, rows) == answers(wanted, rows)
