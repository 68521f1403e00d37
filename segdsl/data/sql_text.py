"""SQL of names and texts, quoted so that nothing from rules or data is ever read as SQL."""

from __future__ import annotations


def name(text: str) -> str:
    """A quoted identifier."""
    return '"' + text.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text literal."""
    return "'" + value.replace("'", "''") + "'"


def texts(values: tuple[str, ...] | list[str]) -> str:
    """Text literals joined by commas."""
    return ", ".join(map(text, values))


def matches(value: str, pattern: str) -> str:
    """SQL whether the whole text matches an RE2 pattern."""
    return f"regexp_full_match({value}, {text(pattern)})"


def when(condition: str, value: str) -> str:
    """SQL of the value where the condition is true, otherwise missing."""
    return f"CASE WHEN {condition} THEN {value} END"
