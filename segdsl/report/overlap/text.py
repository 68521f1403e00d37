"""Whether segments can have a customer in common -> a terminal: of each pair the proof, the count, and somebody made up."""

from __future__ import annotations

from collections.abc import Iterator

import click

from segdsl.compare.overlap import Overlaps, Pair
from segdsl.diagnostics import printable
from segdsl.report.layout.terminal import styled
from segdsl.testing.customers.witness import shorten
from segdsl.words import values
from segdsl.words.plural import plural


def render(overlaps: Overlaps) -> str:
    return "\n".join(_lines(overlaps))


def _lines(overlaps: Overlaps) -> Iterator[str]:
    for pair in overlaps.pairs:
        yield from _pair(pair, overlaps.entity)
    if overlaps.clock is not None:
        yield f"customers of the data are counted as of {values.as_of(overlaps.clock)}"
    yield from map(styled, overlaps.warnings)


def _who(pair: Pair) -> str:
    more = (pair.both or 0) - len(pair.keys)
    return printable(f" ({', '.join(pair.keys)}{f' and {more:,} more' if more else ''})") if pair.keys else ""


def _pair(pair: Pair, entity: str) -> Iterator[str]:
    head = click.style(f"{pair.first} and {pair.second}", bold=True)
    verb = "are" if pair.both != 1 else "is"
    count = "" if pair.both is None else f"; in the data {pair.both:,} {plural(entity, pair.both)} {verb}{_who(pair)}"
    match pair.proof.verdict:
        case "disjoint":
            yield f"{head}: nobody can be in both (proved)"
        case "unknown":
            yield f"{head}: whether somebody can be in both isn't decided, {pair.proof.reason}{count}"
        case "perhaps" if not pair.lines:
            yield f"{head}: somebody may be in both{count}"
        case "perhaps":
            yield f"{head}: somebody can be in both{count}; made up, for example{pair.when}"
            yield from (f"    {printable(row)}" for row in shorten(pair.lines))
