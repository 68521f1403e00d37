"""Numbers -> the text that every format shows of them, alone and in tables."""

from __future__ import annotations

from segdsl.compare.memberships import Load

Table = tuple[list[str], list[list[str]]]
"""Heads, and rows of cells, all of them plain text."""


def percent(share: float) -> str:
    """Three digits that mean something: 1.10%, 12.3%, 0.0412%."""
    if abs(share) == float("inf"):
        return "∞" if share > 0 else "\u2212∞"
    size = abs(share) * 100
    digits = 1 if size >= 10 else 2 if size >= 0.1 or size == 0 else 4
    return f"{share * 100:.{digits}f}%".replace("-", "\u2212")


def small(value: float) -> str:
    return f"{value:.3g}".replace("-", "\u2212")


def p_value(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def in_points(share: float) -> str:
    number = small(float(f"{share * 100:.3g}"))
    return f"{number} point{'' if number == '1' else 's'}"


def room(load: Load) -> str:
    return "" if load.capacity is None else f", room for {load.capacity:,}" + (" ✗" if load.is_over else "")
