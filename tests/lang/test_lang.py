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
from segdsl.lang.reserved import RESERVED
from segdsl.lang.parse import parse, parse_expression
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
    ("written", "help"),
    [
        ("plan == 1", "equal is written `=`"),
        ("plan <> 1", "not equal is written `!=`"),
        ("plan = 'x'", 'put text in double quotes: "…"'),
        ("plan = “x”", 'put text in straight double quotes: "…"'),
        ("arr > 50,000", "thousands are written with `_`, as in 50_000"),
        ("arr > 50k", "write the number in full, as in 50_000"),
        ("arr > $50", "write the amount without its sign; the field's type says the currency"),
        ("plan = x && y", "write `and`"),
        ("arr ≥ 5", "write `>=`"),
        ("Plan = 1", "names are written in lower case"),
        ("plan = Free Trial", 'text is written in double quotes: did you mean "Free Trial"?'),
        ("a = 1 AND b = 2", "write `and`"),
        ("plan IS NOT NULL", "write `is not missing`"),
        ("plan = NULL", "write `is missing`"),
        ("count(logins IN LAST 30 DAYS) > 1", "write `in last 30 days`"),
        (
            'any(logins where a = "x, (y" in last 60 days)',
            'the window stands before `where`: in last 60 days where a = "x, (y"',
        ),
        (
            "sum(lines.price * amount in last 30 days) > 5",
            "name it in a rule file: `metric price_of_row of lines = price * amount`, "
            "and read it by that name: lines.price_of_row",
        ),
        ("between = 1", "`between` is a word of the language; a field of that name must be renamed"),
    ],
)
def test_habits_from_elsewhere_are_answered(written: str, help: str) -> None:
    _, found = parse(Source("x", f"segment s of account {{ when {written} }}"))
    assert [d.help for d in found][:1] == [help]


MENDED = (
    ("industry = FinTech AND trial = TRUE", 'industry = "FinTech" and trial = true', ("FinTech", "AND", "TRUE")),
    ("plan = 'é' && arr > 50k", 'plan = "é" and arr > 50_000', ("'é'", "&&", "50k")),
    ("any(t where a = 1 in last 6 days) and arr > 1,250,000", "any(t in last 6 days where a = 1) and arr > 1_250_000", ("in", ",")),
    ("plan in [Free, Pro]", 'plan in ("Free", "Pro")', ("[Free, Pro]", "Free", "Pro")),
)  # fmt: skip


@pytest.mark.parametrize(("written", "meant", "places"), MENDED)
def test_all_mistakes_of_a_line_are_told_at_once(written: str, meant: str, places: tuple[str, ...]) -> None:
    """Each where it stands in the line as written; the last says how all of it is written, and that parses."""
    _, found = parse_expression(Source("condition", written))
    assert tuple(d.span.text for d in found if d.span is not None) == places
    assert found[-1].help.endswith(f"; all of it: {meant}")
    assert parse_expression(Source("condition", meant))[1] == ()


def test_a_segmentation_without_an_end_is_told_what_is_missing() -> None:
    _, found = parse(Source("x", "segmentation m of a {\n  segment s { when b > 1 }\n}"))
    assert [d.message for d in found] == ["this segmentation has no `otherwise`"]


def test_what_a_guess_makes_worse_is_not_told() -> None:
    """`IN` may be a name; read as `in` it is wrong in the same place."""
    _, found = parse_expression(Source("condition", "IN > 5 and x = = 3"))
    assert len(found) == 1


def test_positions_are_in_code_points() -> None:
    _, found = parse(Source("x", 'list a = ("é😀") list b = = 1'))
    assert found[0].place == ("x", 1, 26)
    assert io.StringIO(render(found[0])).readline().startswith("error[SEG0101]")
