"""All segments of an entity -> a terminal: which share customers, the largest intersections as dots and bars, and remarks."""

from __future__ import annotations

from collections.abc import Iterator

import click

from segdsl.compare.intersections import Intersection, Intersections
from segdsl.diagnostics import printable
from segdsl.report.content.intersections import heading, remarks, share
from segdsl.report.layout.terminal import styled, table
from segdsl.words import values
from segdsl.words.plural import plural

ACROSS = 12
"""Sets that a matrix has room for."""
BAR = 20


def render(x: Intersections) -> str:
    return "\n".join(_lines(x))


def _lines(x: Intersections) -> Iterator[str]:
    yield click.style(f"all segments of {x.entity}", bold=True) + f"   as of {values.as_of(x.clock)}"
    yield printable(heading(x))
    yield ""
    shown = [y for y in x.sets if y.customers][:ACROSS]
    numbers = [str(i) for i in range(1, len(shown) + 1)]
    heads = ["", "in", plural(x.entity), *numbers]
    rows = [
        [n, a.name, f"{a.customers:,}", *("·" if a == b else share(x, a, b) for b in shown)]
        for n, a in zip(numbers, shown)
    ]
    if shown:
        yield f"of the {plural(x.entity)} in a row, how many are in each column"
        yield table(heads, rows, right=(0, *range(2, len(heads))))
        if left := sum(1 for y in x.sets if y.customers) - len(shown):
            yield f"and {left} smaller ones, with --format json"
        yield ""
    yield f"{plural(x.entity)} in exactly these, and in no other"
    yield table(
        [plural(x.entity), "", *numbers, ""], [_row(x, y, [a.name for a in shown]) for y in x.largest], right=(0,)
    )
    if x.count > len(x.largest):
        yield f"and {x.count - len(x.largest):,} smaller intersections"
    if lines := list(remarks(x)):
        yield ""
        yield from map(printable, lines)
    yield from map(styled, x.warnings)


def _row(x: Intersections, y: Intersection, names: list[str]) -> list[str]:
    """The number, its bar, a dot in each set that it is in, and the names of sets that have no column."""
    bar = "█" * round(BAR * y.customers / x.largest[0].customers) or "▏"
    rest = [n for n in y.names if n not in names]
    said = "in none" if not y.names else f"also {', '.join(rest)}" if rest else ""
    return [f"{y.customers:,}", bar, *("●" if n in y.names else "·" for n in names), said]
