"""The account of an engine is the reference's: every customer and recipient in exactly one line, on generated rules and data."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.accounts import (
    by_engine,
    by_reference,
    changed,
    crowded,
    exported,
    part_of,
    small,
    too_many,
    workspace,
    wrongly_given,
)


@given(st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_the_engine_says_what_the_reference_says(seed: int) -> None:
    drawn = workspace(seed)
    lines = by_engine(drawn)
    assert lines == by_reference(drawn), drawn.rules.partition("channel")[2]
    assert wrongly_given(drawn, lines) == []


@pytest.mark.long
@given(st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_an_export_that_is_repeated_has_the_same_account(seed: int) -> None:
    """Whatever of it was made before: one of its plays, some of its rows, those that weren't withdrawn."""
    first = crowded(seed)
    lines = by_reference(first)
    part = part_of(exported(first, lines), seed)
    assert by_reference(part) == lines, first.rules.partition("channel")[2]
    assert by_engine(part) == lines, first.rules.partition("channel")[2]


@pytest.mark.long
@given(st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_what_was_sent_counts_where_something_has_changed_since(seed: int) -> None:
    first = crowded(seed)
    later = changed(part_of(exported(first, by_reference(first)), seed), seed)
    lines = by_engine(later)
    assert lines == by_reference(later), first.rules.partition("channel")[2]
    assert too_many(later, lines) == [], first.rules.partition("channel")[2]


def test_a_repetition_has_who_is_held_out_in_the_same_line() -> None:
    """Room and addresses that others took later in the first export don't keep the play from it."""
    first = replace(workspace(5324), given=())
    lines = by_engine(first)
    assert by_engine(exported(first, lines)) == lines


A, B = (4, "a@x.example"), (5, "b@x.example")
SINCE = {
    "the room is taken": ("capacity 1 per day by size", {"a1": A}, {"a1": A, "a2": B}, {"a1": "gets", "a2": "no room"}),
    "the address has it": ("capacity 9 per day by size", {"a1": A}, {"a1": A, "a2": (5, " A@X.example")}, {"a1": "gets", "a2": "nobody to reach"}),
    "who had room took none": ("capacity 1 per day by size", {"a1": A, "h2": B}, {"a1": A, "h2": B, "a3": B, "h4": B}, {"a1": "gets", "h2": "gets", "a3": "no room", "h4": "no room"}),
    "who had the address took none": ("capacity 9 per day by size", {"a1": A, "h2": (5, A[1])}, {"a1": (9, A[1]), "h2": (5, A[1]), "h3": (8, A[1])}, {"a1": "gets", "h2": "gets", "h3": "nobody to reach"}),
    "nobody has it any more": ("capacity 1 per day by size", {"a1": A}, {"a2": B}, {"a2": "no room"}),
}  # fmt: skip


@pytest.mark.parametrize("case", SINCE)
def test_what_an_export_of_the_day_gave_counts(case: str) -> None:
    """Customers by size and address, at an export and later on the same day; those whose name begins with h are held out by a pilot."""
    clauses, before, after, lines = SINCE[case]
    first, later = (small(clauses, those, [c for c in those if c[0] == "h"]) for those in (before, after))
    made = exported(first, by_reference(first))
    for decide in (by_reference, by_engine):
        own, _ = decide(replace(later, given=made.given))["first", "account"]
        assert {customer: line for customer, (line, _) in own.items()} == lines
