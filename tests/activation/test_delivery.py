"""Deliveries: their keys."""

from __future__ import annotations

import itertools

from segdsl.activation.delivery import delivery_key


def test_a_key_is_of_all_its_parts() -> None:
    """No two of them run into one another, and nobody is somebody else than one called so."""
    parts = ["a", "b", "ab", "", "None", 'a", "b']
    keys = {delivery_key(*given) for given in itertools.product(parts, repeat=5)}
    keys |= {delivery_key(w, p, c, None, t) for w, p, c, t in itertools.product(parts, repeat=4)}
    assert len(keys) == len(parts) ** 5 + len(parts) ** 4
    assert (
        delivery_key("acme", "mail", "a1", "u1", "2026-03-02")
        == "5f290adcba4dbc33e1603ef4dce37ca167361a70c74018c0d338158e65556c99"
    )
