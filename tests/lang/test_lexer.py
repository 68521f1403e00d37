"""The one pattern of all terminals reads what Lark's patterns of each state read, and few of those are compiled."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from lark import Lark
from lark.exceptions import UnexpectedInput
from lark.lexer import _create_unless

from segdsl.diagnostics import Source
from segdsl.lang import grammar
from segdsl.lang.build import Builder
from segdsl.lang.parse import declarations
from tests.support.sources import SOURCES

ROOT = Path(__file__).parent.parent.parent
LARK = {"parser": "lalr", "lexer": "contextual", "maybe_placeholders": True}


def reads(parser: Lark, builder: Builder, text: str) -> list[object]:
    """Each token with its place, and what stops the parse."""
    seen: list[object] = []
    builder.begin(Source("x", text), 0)
    reading = parser.parse_interactive(text)
    try:
        seen.extend((t.type, str(t), t.start_pos, t.end_pos) for t in reading.iter_parse())
    except UnexpectedInput as error:
        seen.append((type(error), error.pos_in_stream, getattr(error, "token", None), sorted(reading.accepts())))
    return seen


def damaged(text: str, dice: random.Random) -> Iterator[str]:
    """A text, and the text with a piece of it cut out or put elsewhere, where other states of the parser meet it."""
    yield text
    for _ in range(3):
        start, end, to = sorted(dice.randrange(len(text) + 1) for _ in range(3))
        yield text[:start] + text[end:]
        yield text[:start] + text[end:to] + text[start:end] + text[to:]


@pytest.mark.slow
def test_tokens_and_mistakes_are_those_of_lark() -> None:
    builder = Builder()
    ours, theirs = grammar.load(builder), Lark(grammar.text(), transformer=builder, **LARK)
    dice = random.Random(26)
    every = [source[start:end] for source in SOURCES for start, end in declarations(source)]
    for declaration in [d for d in every if len(d) < 2_000 and dice.random() < 0.1]:
        for text in damaged(declaration, dice):
            assert reads(ours, builder, text) == reads(theirs, builder, text), text


@pytest.mark.slow
def test_few_patterns_are_compiled_for_the_repository_s_own_rules() -> None:
    builder = Builder()
    parser = grammar.load(builder)
    for file in sorted((ROOT / "rules").rglob("*.seg")):
        builder.begin(Source("x", text := file.read_text(encoding="utf-8")), 0)
        parser.parse(text)
    lexers = parser.parser.lexer.lexers._by_terminals.values()
    own = [lexer for lexer in lexers if lexer._scanner is not None]
    assert len(lexers) > 100
    assert len(own) < 15


def test_no_fixed_text_is_what_the_pattern_of_another_terminal_matches() -> None:
    lexer = grammar.load(Builder()).parser.lexer.root_lexer
    assert _create_unless(lexer.terminals, 0, lexer.re, False)[1] == {}
