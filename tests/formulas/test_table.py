"""Each function of the table, by its examples: what is written is mended and means what is meant; what can't be said is answered."""

from __future__ import annotations

from collections import Counter

import pytest

from segdsl.formulas.called import CALLED, EXAMPLES
from segdsl.formulas.families import families, functions
from segdsl.phrasebook.row import EXAMPLE_MODEL
from tests.support.whom import segment, unlike, workspace

FAMILIES = {family.title: family for family in families()}
REFUSED = [pair for family in families() for row in family.rows for pair in row.refused]
OWN = "The language's own words"


def test_every_row_has_an_example() -> None:
    rows = [row for title, family in FAMILIES.items() if title != OWN for row in family.rows]
    assert [row.names for row in rows if not row.examples and not row.refused] == []


def test_no_name_stands_in_two_rows() -> None:
    names = Counter(name for family in families() for row in family.rows for name in row.names)
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.slow
@pytest.mark.parametrize("title", [title for title in FAMILIES if title != OWN])
def test_what_is_written_is_mended_and_means_what_is_meant(title: str) -> None:
    pairs = [pair for row in FAMILIES[title].rows for pair in row.examples]
    for start in range(0, len(pairs), 40):
        assert list(unlike(EXAMPLE_MODEL, pairs[start : start + 40])) == []


@pytest.mark.slow
def test_functions_are_known_by_their_names_in_other_languages() -> None:
    assert list(unlike(EXAMPLE_MODEL, EXAMPLES)) == []
    assert [name for name in CALLED.values() if name not in functions()] == []


@pytest.mark.parametrize(("written", "sentence"), REFUSED)
def test_what_cannot_be_said_is_answered_in_one_sentence(written: str, sentence: str) -> None:
    (d,) = [d for d in workspace(EXAMPLE_MODEL, segment(written)).diagnostics if d.severity == "error"]
    assert sentence in d.help and "write: `" not in d.help and d.label == "" and d.fix is None
