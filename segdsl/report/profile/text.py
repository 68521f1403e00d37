"""What marks a segment out -> a terminal, on one screen: the strongest differences, and three typical customers."""

from __future__ import annotations

from collections.abc import Iterator

import click

from segdsl.diagnostics import printable
from segdsl.profile.profile import Entry, Marks, Profile
from segdsl.report.content.profile import (
    LEGEND,
    READ,
    apart,
    change_heads,
    change_row,
    left_out,
    not_compared,
    nothing,
    of_group,
    people,
    since,
    tested,
    typical_heads,
    typical_rows,
)
from segdsl.report.layout.terminal import styled, table
from segdsl.words import values
from segdsl.words.plural import plural

LISTED = 10
"""Differences of a group alone; the arms of a segmentation share somewhat more."""
LISTED_OF_ARMS = 15
MOST_ARMS = 12
TYPICAL = 5


def render(p: Profile) -> str:
    return "\n".join(_lines(p))


def _lines(p: Profile) -> Iterator[str]:
    yield click.style(p.name, bold=True) + f"   as of {values.as_of(p.clock)}"
    yield printable(people(p))
    yield ""
    if len(p.names) > 2 or p.against == "the other arms":
        yield from _arms(p)
    else:
        yield from _group(p, p.marks[0], LISTED)
        yield from _typical(p, p.marks[0])
    if p.since is not None:
        yield from _since(p)
    if not all(nothing(p, m) for m in p.marks):
        yield LEGEND
    yield from map(printable, tested(p))
    if said := left_out(p):
        yield printable(said)
    yield from map(styled, p.warnings)


def _arms(p: Profile) -> Iterator[str]:
    """Arms with somebody, largest differences first; the others in one line."""
    there = [m for m in p.marks if not nothing(p, m)]
    each = max(1, LISTED_OF_ARMS // max(1, len(there)))
    for marks in there[:MOST_ARMS]:
        yield click.style(marks.name, bold=True) + f"   {marks.customers:,} {plural(p.entity, marks.customers)}"
        yield from _group(p, marks, each)
    if len(there) > MOST_ARMS:
        yield f"and {len(there) - MOST_ARMS} more arms, with --format json"
        yield ""
    for marks in p.marks:
        if why := nothing(p, marks):
            yield printable(why)
    if len(there) < len(p.marks):
        yield ""
    if there:
        yield f"typical {plural(p.entity)} of an arm: segdsl profile {p.name}.{there[0].name}"


def _group(p: Profile, marks: Marks, most: int) -> Iterator[str]:
    if why := nothing(p, marks):
        yield printable(why)
        yield ""
        return
    strongest = marks.strongest()
    heads = ["what marks them out", marks.name, p.against, "difference", ""]
    yield table(heads, [_row(e) for e in strongest[:most]], right=(1, 2))
    if len(strongest) > most:
        yield f"and {len(strongest) - most} more kinds of difference"
    yield ""


def _row(e: Entry) -> list[str]:
    return [e.value.text, of_group(e.value, e.group), of_group(e.value, e.others), apart(e), READ if e.is_read else ""]


def _typical(p: Profile, marks: Marks) -> Iterator[str]:
    rows = typical_rows(marks, TYPICAL)
    if marks.typical and rows:
        heads = [f"typical {plural(p.entity)}, and how many are most like them", *typical_heads(p, marks)]
        yield table(heads, rows, right=tuple(range(1, len(heads))))
        yield ""


def _since(p: Profile) -> Iterator[str]:
    assert p.since is not None
    each = max(1, LISTED // len(p.marks))
    for g, changes in enumerate(p.since.changes[:MOST_ARMS]):
        yield printable(since(p, g))
        if changes:
            yield table(change_heads(p), [change_row(c) for c in changes[:each]], right=(1, 2, 3, 4))
    yield from map(printable, not_compared(p))
    yield ""
