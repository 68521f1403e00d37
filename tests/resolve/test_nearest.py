"""What was meant by a word that no name or value is."""

from __future__ import annotations

import pytest

from segdsl.resolve.problems import nearest


@pytest.mark.parametrize(
    ("word", "choices", "meant"),
    [
        ("KOELN", ("Bonn", "Köln", "Düsseldorf"), "Köln"),
        ("STRASSE", ("Straße", "Haus"), "Straße"),
        ("ete", ("été", "hiver"), "été"),
        ("plna", ("plan", "PLAN"), "plan"),
        ("spring", ("Köln", "été"), None),
    ],
)
def test_spellings_are_compared_without_accents_and_capitals(
    word: str, choices: tuple[str, ...], meant: str | None
) -> None:
    assert nearest(word, choices) == meant
