"""Cells: the borders of a value cut it into points and the gaps between them, which are all that rules can tell apart."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeAlias

Place: TypeAlias = Any
"""A fraction, a date or an instant; all places of one value have one type, so they have an order."""
Value: TypeAlias = Any
"""A place, a text or a truth value."""


@dataclass(frozen=True)
class Cell:
    """A point, a gap between two borders, or a missing value.

    `low` and `high` are equal for a point; None is unbounded.
    `sample` is a value in the cell; None if the value is missing or if any unnamed value will do.
    `missing` says that the cell has no value.
    `point` says that the cell is a point.
    `floor` says that the value is unknown, but at least some value of the cell: a count that lacking rows can only increase.
    """

    low: Value
    high: Value
    sample: Value
    missing: bool = False
    point: bool = False
    floor: bool = False


MISSING = Cell(None, None, None, missing=True)
ANOTHER = Cell(None, None, None)  # a text that no rule names


NO_LESS, NO_MORE = Cell(">=", ">=", ">=", point=True, floor=True), Cell("<=", "<=", "<=", point=True, floor=True)
"""The order of two values of which one has only a floor, equal to the other value."""


def pair(with_floors: bool) -> tuple[Cell, ...]:
    """Returns the cells of a pair of values: their order."""
    return (*named(("<", "=", ">"), False, False), *((NO_LESS, NO_MORE) if with_floors else ()), MISSING)


def named(values: Sequence[Value], another: bool, may_lack: bool) -> tuple[Cell, ...]:
    """Returns the cells of a text or truth value: each named value, any other value, and missing."""
    points = tuple(Cell(v, v, v, point=True) for v in values)
    return (*points, *((ANOTHER,) if another else ()), *((MISSING,) if may_lack else ()))


def ordered(
    borders: Sequence[Place],
    grain: Fraction | dt.timedelta | None,
    low: Place | None,
    high: Place | None,
    may_lack: bool,
    may_have_floor: bool = False,
) -> tuple[Cell, ...]:
    """Returns the cells of a number or a time: first the values, then as many floors if `may_have_floor`, then missing.

    `grain` is the distance between neighbouring values; None if there are values between any two.
    `low` and `high` are the least and the greatest possible value.
    """
    within = {b for b in borders if (low is None or b >= low) and (high is None or b <= high)}
    at = sorted(within | {end for end in (low, high) if end is not None})
    cells: list[Cell] = []
    for i, border in enumerate(at):
        previous = at[i - 1] if i else None
        if not (i == 0 and low is not None):
            cells += _gap(previous, border, grain)
        if grain is None or not isinstance(grain, Fraction) or (border / grain).denominator == 1:
            cells.append(Cell(border, border, border, point=True))
    if high is None or not at:
        cells += _gap(at[-1] if at else None, None, grain)
    floors = [replace(cell, missing=True, floor=True) for cell in cells] if may_have_floor else []
    return (*cells, *floors, *((MISSING,) if may_lack else ()))


def _gap(low: Place | None, high: Place | None, grain: Fraction | dt.timedelta | None) -> list[Cell]:
    sample = _between(low, high, grain)
    return [] if sample is None else [Cell(low, high, sample)]


def _between(low: Place, high: Place, grain: Fraction | dt.timedelta | None) -> Place | None:
    """Returns a value strictly between two places; None if there is none."""
    step = grain if grain is not None else Fraction(1)
    if low is None and high is None:
        if isinstance(step, Fraction):
            return Fraction(0)
        return dt.date(2026, 1, 1) if step >= dt.timedelta(days=1) else dt.datetime(2026, 1, 1)
    try:
        if isinstance(step, Fraction):
            if low is None:
                return (high // step - 1) * step
            next_value = (low // step + 1) * step
            if high is None or next_value < high:
                return next_value
            return None if grain is not None else (low + high) / 2
        if low is None:
            return high - step
        next_value = low + step
        return next_value if high is None or next_value < high else None
    except OverflowError:
        return None


@dataclass(frozen=True)
class Sides:
    """Bit masks of the cells below a border, at it and above it."""

    below: int
    at: int
    above: int


def sides(cells: Sequence[Cell], border: Value, in_order: bool) -> Sides:
    """Returns the sides of a border. Unordered cells are at the border or above it; ordered cells must have been cut at it."""
    with_value = values(cells)
    every = (1 << with_value) - 1
    if not in_order:
        at = sum(1 << i for i, c in enumerate(cells[:with_value]) if c.point and c.low == border)
        return Sides(0, at, every & ~at)
    first = 1 if with_value and cells[0].low is None else 0
    place = bisect_left(cells, border, first, with_value, key=lambda c: c.low)
    is_border = int(place < with_value and cells[place].point and cells[place].low == border)
    below = (1 << place) - 1
    return Sides(below, is_border << place, every & ~(below | is_border << place))


def values(cells: Sequence[Cell]) -> int:
    """Counts the cells with a value, which come first."""
    count = len(cells)
    while count and cells[count - 1].missing:
        count -= 1
    return count
