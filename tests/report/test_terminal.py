"""What a terminal shows: long lines broken between words."""

from __future__ import annotations

import click
import pytest

from segdsl.report.layout.terminal import wrapped

BLUE = click.style("two", fg="blue")
WRAPPED = [
    ("one two three", 13, "one two three"),
    ("one two three", 12, "one two\n    three"),
    ("  ✓ one   two three", 12, "  ✓ one\n      two\n      three"),
    (f"one {BLUE} three", 9, f"one {BLUE}\n    three"),
    ("12│   when plan = x", 10, "12│   when plan = x"),
    ("a_word_that_is_longer than", 10, "a_word_that_is_longer\n    than"),
    ("a\n\nb", 5, "a\n\nb"),
    ("日本 日本 日本", 9, "日本 日本\n    日本"),
]


@pytest.mark.parametrize(("text", "width", "shown"), WRAPPED)
def test_lines_are_broken_between_words_and_indented(text: str, width: int, shown: str) -> None:
    assert wrapped(text, width) == shown
