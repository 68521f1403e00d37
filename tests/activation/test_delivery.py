"""Deliveries: their keys."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path

import duckdb
from hypothesis import example, given, settings
from hypothesis import strategies as st

from segdsl.activation.delivery import delivery_key, with_keys
from segdsl.engines.shelf import Shelf

TEXTS = st.text(
    st.sampled_from('a"\\\n\t\x00\x1f\x7f /é\u2028😀') | st.characters(exclude_categories=["Cs"]), max_size=6
)


def test_a_key_is_of_all_its_parts() -> None:
    """No two of them run into one another, and nobody is somebody else than one called so."""
    parts = ["a", "b", "ab", "", "None", 'a", "b']
    keys = {delivery_key(*given) for given in itertools.product(parts, repeat=6)}
    keys |= {delivery_key(w, p, e, c, None, t) for w, p, e, c, t in itertools.product(parts, repeat=5)}
    assert len(keys) == len(parts) ** 6 + len(parts) ** 5
    assert (
        delivery_key("acme", "mail", "account", "a1", "u1", "2026-03-02")
        == "ec26888d3dcade50796f08e380b76dd95ed1ff401d1dd558fe42ceb9c67f7c60"
    )


@given(st.lists(st.tuples(TEXTS, st.none() | TEXTS), min_size=1, max_size=8), TEXTS)
@example([("plain", None), ("plain", "a b"), ("\x7f", "'"), ('"', "\\")], "o'brien")
@settings(max_examples=100, deadline=None)
def test_keys_are_the_same_in_the_engine(people: list[tuple[str, str | None]], workspace: str) -> None:
    with duckdb.connect() as con:
        shelf = Shelf(con, Path(), contextlib.nullcontext)
        put = shelf.put_rows({"customer": [c for c, _ in people], "recipient": [r for _, r in people]})
        rows = f"SELECT *, 'first' AS trigger FROM {put}"
        made = shelf.rows(f"SELECT customer, recipient, key FROM {with_keys(shelf, workspace, 'p', 'e', rows)}")
    expected = {(c, r, delivery_key(workspace, "p", "e", c, r, "first")) for c, r in people}
    assert {*made} == expected
    assert len(made) == len(people)
