"""Hostile and odd formulas: they are answered soon, and what is sure to be meant is right."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segdsl.diagnostics import render
from segdsl.formulas.cursor import Unreadable
from segdsl.formulas.families import functions
from segdsl.formulas.read import read
from segdsl.formulas.tokens import cut
from segdsl.phrasebook.row import EXAMPLE_MODEL
from segdsl.phrasebook.slots import TooMuch, Tries
from tests.support.whom import segment, workspace

SIGNS = ["(", ")", "[", "]", "{", "}", ",", ";", "=", "==", "<>", ">", "&", "&&", "|", "+", "-", "*", "/", "^", "%", "!", "?", ":", "=>", "::", "."]  # fmt: skip
WORDS = ["SELECT", "FROM", "WHERE", "JOIN", "ON", "GROUP BY", "HAVING", "ORDER BY", "LIMIT", "CASE", "WHEN", "THEN", "ELSE", "END", "AND", "OR", "NOT", "IN",
         "LIKE", "BETWEEN", "IS NULL", "INTERVAL", "OVER", "PARTITION BY", "EXISTS", "for", "in", "if", "else", "lambda", "UNION", "WITH", "AS", "DISTINCT"]  # fmt: skip
VALUES = ["seats", "plan", "arr", "country", "tags", "autopay", "signed_on", "tickets", "tickets.state", "invoices.amount", "logins", "account", "t", "H2",
          '"team"', "'open'", "5", "30", "0.9", "10%", "'2026-01-01'", "TRUE", "NULL", "today"]  # fmt: skip
CALLS = [f"{name}(" for name in functions() if name.isidentifier()]
PIECES = st.sampled_from([*SIGNS, *WORDS, *VALUES, *VALUES]) | st.sampled_from(CALLS)
HOSTILE = {
    "open calls": "IF(" * 2_000,
    "closed calls": "IF(" * 400 + "seats" + ",1,2)" * 400,
    "brackets": "(" * 1_400 + "seats" + ")" * 1_400,
    "arrows": "(a, b) => " * 700,
    "cases": "CASE WHEN seats THEN " * 700,
    "queries": "(SELECT 1 FROM " * 700,
    "generators": "[t for t in " * 700,
    "minus signs": "-" * 2_900 + "seats",
    "powers": "seats" + " ^ 2" * 1_000,
    "joined texts": 'plan' + '&"-"&country' * 400 + ' = "' + "-" * 400 + '"',
    "quotes": "'" * 2_999,
    "a chain of attributes": "seats" + ".dt" * 1_400,
    "conditions": "SUMPRODUCT(" + "*".join(['(tickets.state = "open")'] * 500) + ") > 0",
    "words": "IF(" + "a b c and " * 700 + ")",
}  # fmt: skip


@pytest.mark.sample(3)
@pytest.mark.slow
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_formulas_are_answered_soon(kind: str) -> None:
    assert workspace(EXAMPLE_MODEL, segment(HOSTILE[kind])).diagnostics
    assert workspace(EXAMPLE_MODEL, HOSTILE[kind]).diagnostics


@pytest.mark.slow
@given(st.lists(PIECES, max_size=25))
def test_any_formula_is_answered(pieces: list[str]) -> None:
    """With a line that has no error, or without a line."""
    text = segment(" ".join(pieces))
    for d in workspace(EXAMPLE_MODEL, text).diagnostics:
        assert render(d)
        if d.fix is not None and d.fix.sure:
            fixed = text[: d.fix.span.start] + d.fix.replacement + text[d.fix.span.end :]
            wrong = [e for e in workspace(EXAMPLE_MODEL, fixed).diagnostics if e.severity == "error"]
            assert not [e for e in wrong if e.place == d.place]


@given(st.lists(PIECES | st.text(max_size=5), max_size=40))
def test_reading_ends(pieces: list[str]) -> None:
    text = " ".join(pieces)
    tokens = cut(text, 0, len(text))
    assert all(a.end <= b.start for a, b in pairwise(tokens))
    with suppress(Unreadable, TooMuch):
        read(text, 0, len(text), Tries(100_000))
