"""Versions as whole numbers: they have the order of versions, and are written back."""

from __future__ import annotations

import itertools

import pytest

from segdsl.model import versions

IN_ORDER = ["0.1", "0.9", "0.10", "1-rc.1", "1", "1.0.0.1", "1.2.3", "1.2.10", "1.10", "9.9.9", "10.2-beta", "10.2", "10.10", "120.0.6099.109", "2026.11"]  # fmt: skip


def test_the_order_is_that_of_versions() -> None:
    codes = [versions.encoded(v) for v in IN_ORDER]
    assert all(a is not None and b is not None and a < b for a, b in itertools.pairwise(codes))


@pytest.mark.parametrize(("written", "read"), [
    ("10.2.0", "10.2"), ("v1", "1.0"), ("1.2.3+build.7", "1.2.3"), ("1.2-alpha.1", "1.2-pre"), ("1.2.0-beta+7", "1.2-pre"), ("0.0.0.1", "0.0.0.1"),
])  # fmt: skip
def test_a_version_is_written_back(written: str, read: str) -> None:
    code = versions.encoded(written)
    assert code is not None and versions.decoded(code) == read
    assert versions.encoded(read) == code and versions.is_code(code)


@pytest.mark.parametrize("text", ["", "x", "1.", ".1", "1..2", "1.2.3.4.5", "1234567", "1,2", "1.2 beta", "-1", "1.2-"])
def test_other_texts_are_no_versions(text: str) -> None:
    assert versions.encoded(text) is None


def test_a_double_has_room_for_two_numbers() -> None:
    for major, minor in itertools.product((0, 1, 4, 99, 2026, 999_999), (0, 1, 7, 10, 999)):
        code = versions.encoded(f"{major}.{minor}.9999")
        assert code is not None and versions.in_short(float(code)) == f"{major}.{minor}"
