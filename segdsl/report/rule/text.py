"""A rule or metric read aloud -> a terminal: its sentences, what the words in them mean, and how many are where."""

from __future__ import annotations

from collections.abc import Iterator

import click

from segdsl.diagnostics import printable
from segdsl.whatif.read_aloud import REASONED, Place, ReadAloud
from segdsl.words import values
from segdsl.words.plural import plural


def render(rule: ReadAloud) -> str:
    return "\n".join(_lines(rule))


def _lines(rule: ReadAloud) -> Iterator[str]:
    title = f' "{rule.title}"' if rule.title else ""
    yield click.style(printable(f"{rule.name}{title}"), bold=True)
    yield from map(printable, rule.sentences)
    if rule.terms or rule.periods:
        yield ""
        yield "Its words:"
        yield from (f"  {printable(term)}" for term in (*rule.terms, *rule.periods))
    if rule.total is not None:
        yield ""
        yield f"As of {values.as_of(rule.clock)}, of {rule.total:,} {plural(rule.entity, rule.total)}:"
        for place in rule.places:
            yield _place(place)
            yield from _reasons(place)


def _place(place: Place) -> str:
    title = f' "{place.title}"' if place.title else ""
    more = place.count - len(place.members)
    names = ", ".join(place.members) + (f" and {more:,} more" if more and place.members else "")
    return printable(f"  {place.count:>7,} {place.name}{title}" + (f"   {names}" if names else ""))


def _reasons(place: Place) -> Iterator[str]:
    """Why those of an `undecided` arm are in it; one customer may have several reasons."""
    if place.reasons:
        of = f", of {REASONED} looked at" if place.count > REASONED else ""
        yield f"      why{of}:"
        yield from (printable(f"      {n:>7,} {reason}") for reason, n in place.reasons)
