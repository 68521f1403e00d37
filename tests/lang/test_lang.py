"""The grammar is unambiguous, its saved table is the same parser, and one mistake hides no other."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from lark import Lark

from segdsl.diagnostics import Source, render
from segdsl.lang import grammar
from segdsl.lang.build import Builder
from segdsl.lang.parse import parse
from segdsl.lang.reserved import RESERVED
from segdsl.lang.syntax_errors import in_words
from tests.support.sources import SOURCES


def options(**more: Any) -> dict[str, Any]:
    return {"parser": "lalr", "lexer": "contextual", "maybe_placeholders": True, **more}


@pytest.mark.slow
def test_the_grammar_has_no_conflict_in_strict_mode() -> None:
    Lark(grammar.text(), **options(strict=True))


@pytest.mark.slow
def test_the_saved_table_is_the_grammar(tmp_path) -> None:  # type: ignore[no-untyped-def]
    grammar.save(tmp_path / "table")
    saved = (tmp_path / "table").read_bytes()[32:]
    from_table = grammar._Saved.with_builder(saved, Builder())
    from_text = Lark(grammar.text(), **options(transformer=Builder()))
    for text in SOURCES:
        assert from_table.parse(text) == from_text.parse(text)


@pytest.mark.slow
def test_a_table_of_another_grammar_is_not_used(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(grammar, "_stamp", lambda: b"0" * 32)
    monkeypatch.setattr(grammar._Saved, "with_builder", lambda *a: pytest.fail("a stale table was loaded"))
    assert grammar.load(Builder()).parse("list x = (1)")


def test_words_are_guarded_and_reserved_ones_are_few() -> None:
    words = re.findall(r"^([A-Z_]+)(?:\.\d)?: /([a-z]+)\\b/", grammar.text(), re.MULTILINE)
    assert len(words) > 50
    for _, word in words:
        if word not in RESERVED:
            text = f'entity e {{ {word}: text key  {word}x: text }} segment s of e {{ when {word}x = "a" }}'
            _, found = parse(Source("x", text))
            assert not found, f"`{word}` can't name a field: {render(found[0])}"


@pytest.mark.parametrize(
    ("text", "kept", "codes"),
    [
        ("list a = (1)\nlist b = = 2\nlist c = (3)", ["a", "c"], ["SEG0101"]),
        ('segment a of x { when b = "c }\nlist d = (1)', ["d"], ["SEG0103"]),
        (
            "segmentation a of x {\n  segment b { when c }\n  otherwise d\nlist e = (1)\nlist f = (2)",
            ["e", "f"],
            ["SEG0101"],
        ),
        ("segment a of x { when }\nsegment b of x { when and }\nlist c = (1)", ["c"], ["SEG0101", "SEG0101"]),
        ("sgment a of x { when b }\nlist c = (1)", ["c"], ["SEG0101"]),
        ("", [], []),
        ("# nothing but a comment", [], []),
        ("segment a of x { when b } }", [], ["SEG0101"]),
    ],
)
def test_reading_goes_on_at_the_next_declaration(text: str, kept: list[str], codes: list[str]) -> None:
    file, found = parse(Source("x", text))
    assert [d.name.text for d in file.declarations if d.name] == kept  # type: ignore[union-attr]
    assert [d.code for d in found] == codes


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("plan", ""),
        ("plan plan", "expected a comparison such as `=`, `>`, `in (…)`, `between` or `is missing`, a calculation (`+ - * /`), "
         "`and`, `or`, `.`, `business days from`, `business days since`, `keep until`, `limit`, `play` or `}`"),
        ("plan = ", "expected a field, a value or rows such as `count(…)`"),
        ("plan in 5", 'expected a list such as `("a", "b")` or a name'),
        ("(plan", "expected a comparison such as `=`, `>`, `in (…)`, `between` or `is missing`, a calculation (`+ - * /`), "
         "`and`, `or`, `)`, `.`, `business days from`, `as of` or `business days since`"),
    ],
)  # fmt: skip
def test_what_can_stand_at_a_place_is_said_whole_and_likeliest_first(written: str, label: str) -> None:
    _, found = parse(Source("x", f"segment s of account {{ when {written} }}"))
    assert [d.label for d in found] == ([label] if label else [])


@pytest.mark.parametrize(
    ("written", "whole", "help"),
    [
        ("not gekündigt", "gekündigt", 'did you mean `gekundigt`? Text stands in double quotes: "gekündigt"'),
        ("Größe_2 > 3", "Größe_2", "did you mean `grosse_2`?"),
        ("a.dernière_activité is missing", "dernière_activité", "did you mean `derniere_activite`?"),
        ("plan = 2ème", "2ème", 'digits and `_`; text stands in double quotes: "2ème"'),
        ("Привет > 3", "Привет", "digits and `_`; text"),
    ],
)
def test_a_name_with_other_letters_is_shown_whole(written: str, whole: str, help: str) -> None:
    (problem,) = parse(Source("x.seg", f"segment x of account {{ when {written} }}"))[1]
    assert problem.span is not None and problem.span.text == whole
    assert (problem.code, problem.message) == ("SEG0101", f"`{whole}` can't stand here")
    assert help in problem.help, problem.help


def test_what_can_stand_somewhere_is_said_as_people_write_it() -> None:
    """The words of a terminal are what its pattern reads; all others are said in `_WORDS`."""
    terminals = re.findall(r"^([A-Z_]+)(?:\.\d)?: (?:/(.*)/|\"(.*)\")$", grammar.text(), re.MULTILINE)
    assert len(terminals) > 100
    for name, pattern, sign in terminals:
        said = in_words(name)
        if name not in ("WS", "COMMENT") and said.startswith("`") and "(…)" not in said:
            assert sign == said.strip("`") or re.match(pattern or "$^", f"{said.strip('`')} {{"), name


def test_a_segmentation_without_an_end_is_told_what_is_missing() -> None:
    _, found = parse(Source("x", "segmentation m of a {\n  segment s { when b > 1 }\n}"))
    assert [d.message for d in found] == ["this segmentation has no `otherwise`"]


def test_positions_are_in_code_points() -> None:
    _, found = parse(Source("x", 'list a = ("é😀") list b = = 1'))
    assert found[0].place == ("x", 1, 26)
    assert io.StringIO(render(found[0])).readline().startswith("error[SEG0101]")
