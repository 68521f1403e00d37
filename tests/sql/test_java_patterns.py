"""Patterns as Java reads them; `tests/engines/test_spark.py` holds what they take to DuckDB."""

from __future__ import annotations

import pytest

from segdsl.diagnostics import Refusal
from segdsl.sql.java_patterns import java


@pytest.mark.parametrize(
    ("pattern", "in_java"),
    [
        (r"[A-Z]{2}-x$", r"[A-Z]{2}-x\z"),
        (r"a\$", r"a\$"),
        (r"\s[\s]\S", r"[\t\n\f\r ][\t\n\f\r ][^\t\n\f\r ]"),
        (r"[\S]", r"[\S\x0B]"),
        (r"\v[\v]", r"\x0B[\x0B]"),
        (r"[a&&b]", r"[a\&\&b]"),
        (r"[]a]", r"[\]a]"),
        (r"[^]a]$", r"[^\]a]\z"),
        (r"a{2}{", r"a{2}\{"),
        (r"(ab)+", r"(ab)+"),
        (r"(?:a|b)c", r"(?:a|b)c"),
    ],
)
def test_patterns_in_java(pattern: str, in_java: str) -> None:
    assert java(pattern) == in_java


@pytest.mark.parametrize("pattern", [r"(a+)+b", r"(?:a|aa)*b", r"((x*)y?)+", r"(a{1,3}){2,9}"])
def test_what_java_may_search_for_without_end_is_refused(pattern: str) -> None:
    with pytest.raises(Refusal, match="Java may search without end"):
        java(pattern)
