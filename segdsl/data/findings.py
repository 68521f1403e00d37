"""What a table's data is like: one finding each, with a count and examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "unreadable",
    "not one of",
    "out of range",
    "rounded",
    "empty",
    "orphans",
    "several ids",
    "without details",
    "no time",
    "stale",
    "fewer rows",
    "more missing",
    "missing word",
    "undeclared",
    "look-alike keys",
    "ahead",
    "twice",
    "circles",
    "early",
]


@dataclass(frozen=True)
class Finding:
    """One thing about a table's data: how many cells or rows, and a few of them (none of a personal field)."""

    kind: Kind
    table: str
    column: str | None
    count: int
    message: str
    examples: tuple[str, ...] = ()
    help: str = ""
    severity: Literal["warning", "info", "error"] = "warning"
