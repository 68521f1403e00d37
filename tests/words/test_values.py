"""Values as text: a share beside a percentage."""

from __future__ import annotations

import pytest

from segdsl.reference.quantity import Quantity
from segdsl.words.values import percent

SHARES = [
    ((1, 3), "33.33%"),
    ((1, 2), "50%"),
    ((12_499, 25_000), "49.996%"),
    ((1, 8), "12.5%"),
    ((36, 41), "87.8%"),
    ((2, 1), "200%"),
    ((0, 1), "0%"),
    ((12_345, 1), "1,234,500%"),
    ((-1, 3), "-33.33%"),
]


@pytest.mark.parametrize(("share", "text"), SHARES)
def test_a_share_looks_like_a_whole_percent_only_if_it_is(share: tuple[int, int], text: str) -> None:
    assert percent(Quantity(share, share[0] / share[1])) == text


def test_a_share_that_is_no_exact_number() -> None:
    assert percent(Quantity(None, 0.25)) == "25%"
