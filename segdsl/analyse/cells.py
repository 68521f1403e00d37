"""What rules can tell apart in one value: its borders cut it into points and the gaps between them."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeAlias

Place: TypeAlias = Any
"""A fraction, a date or an instant; those of one value are all of a kind, so that they have an order."""
Value: TypeAlias = Any
"""A place, a text or a truth."""


@dataclass(frozen=True)
class Cell:
    """A point (`low` is `high`), a gap between two borders (None: without end), or no value at all (`missing`).

    `sample` is a value within it; None where it is missing, and where any other value will do. With `floor` the value is
    unknown, too, but known to be no less than some value of the cell: rows that may be lacking can only make it larger.
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
"""How two values lie to each other where of one only a floor is known, and it equals the other."""


def pair(with_floors: bool) -> tuple[Cell, ...]:
    """Cells of how two values lie to each other."""
    return (*named(("<", "=", ">"), False, False), *((NO_LESS, NO_MORE) if with_floors else ()), MISSING)


def named(values: Sequence[Value], another: bool, may_lack: bool) -> tuple[Cell, ...]:
    """Cells of texts and truths: each that is named, any other, and none."""
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
    """Cells of a number or a time. `grain` is the distance between two values, None where there are ever more between.

    `low` and `high` are the least and the largest value there can be. Values come first, then as many floors, where the
    number may have one, then the missing value.
    """
    at = sorted({b for b in borders if (low is None or b >= low) and (high is None or b <= high)} | {e for e in (low, high) if e is not None})  # fmt: skip
    cells: list[Cell] = []
    for i, border in enumerate(at):
        before = at[i - 1] if i else None
        if not (i == 0 and low is not None):
            cells += _gap(before, border, grain)
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
    """A value strictly between two; None where there is none."""
    step = grain if grain is not None else Fraction(1)
    if low is None and high is None:
        if isinstance(step, Fraction):
            return Fraction(0)
        return dt.date(2026, 1, 1) if step >= dt.timedelta(days=1) else dt.datetime(2026, 1, 1)
    try:
        if isinstance(step, Fraction):
            if low is None:
                return (high // step - 1) * step
            after = (low // step + 1) * step
            if high is None or after < high:
                return after
            return None if grain is not None else (low + high) / 2
        if low is None:
            return high - step
        after = low + step
        return after if high is None or after < high else None
    except OverflowError:
        return None


@dataclass(frozen=True)
class Sides:
    """Bit masks of cells with a value: which lie below a border, at it, and above."""

    below: int
    at: int
    above: int


def sides(cells: Sequence[Cell], border: Value, in_order: bool) -> Sides:
    """Cells of texts and truths are at a border or above it. Of ordered ones the border must be one that cuts them."""
    known = values(cells)
    every = (1 << known) - 1
    if not in_order:
        at = sum(1 << i for i, c in enumerate(cells[:known]) if c.point and c.low == border)
        return Sides(0, at, every & ~at)
    first = 1 if known and cells[0].low is None else 0
    place = bisect_left(cells, border, first, known, key=lambda c: c.low)
    there = int(place < known and cells[place].point and cells[place].low == border)
    below = (1 << place) - 1
    return Sides(below, there << place, every & ~(below | there << place))


def values(cells: Sequence[Cell]) -> int:
    """How many of the cells, the first ones, have a value; the few that have none are the last."""
    known = len(cells)
    while known and cells[known - 1].missing:
        known -= 1
    return known
