"""Deliveries: their keys."""

from __future__ import annotations

import itertools

from segdsl.activation.delivery import delivery_key


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
