"""All segments of an entity -> their sentences, as every format shows them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from segdsl.compare.intersections import ALIKE, Intersections, Set
from segdsl.words.plural import plural

NAMED = 5
"""Sentences of a kind."""
MOST_NAMES = 8
"""Names in a sentence."""


def heading(x: Intersections) -> str:
    """Who is looked at, and who is in none of the sets."""
    sets = f"{len(x.sets)} segment{'' if len(x.sets) == 1 else 's and arms'}"
    return f"{x.customers:,} {plural(x.entity, x.customers)}, {sets}; in none of them {x.in_none:,} {plural(x.entity, x.in_none)}"


def share(x: Intersections, a: Set, b: Set) -> str:
    """How many of the first are in the second."""
    return f"{x.both(a, b) / a.customers:.0%}" if a.customers else ""


def remarks(x: Intersections) -> Iterator[str]:
    """Sets that are nearly the same, parts of others, without anybody, or unknown of many."""
    for group in x.equal[:NAMED]:
        many = f"{group[0].customers:,} {plural(x.entity, group[0].customers)}"
        yield f"{_names(group)} are exactly the same: {many}"
    yield from _more(len(x.equal), "groups of segments that are exactly the same")
    alike = [y for y in x.different if y.jaccard >= ALIKE]
    for y in alike[:NAMED]:
        either = y.first.customers + y.second.customers - y.both
        both = f"{y.both:,} of {either:,} {plural(x.entity, either)} are in both (Jaccard {_rounded_down(y.jaccard)})"
        yield f"`{y.first.name}` and `{y.second.name}` are nearly the same: {both}"
    yield from _more(len(alike), "pairs that are nearly the same")
    parts = [(c, y) for y in x.different if (c := y.contained) is not None and y.jaccard < ALIKE]
    for part, y in parts[:NAMED]:
        whole = y.second if part == y.first else y.first
        yield f"everybody in `{part.name}` is in `{whole.name}`, too"
    yield from _more(len(parts), "that are part of another")
    if empty := [y for y in x.sets if not y.customers and not y.unknown]:
        yield f"nobody is in {_names(empty, 'or')}"
    unknown = sorted((z for z in x.sets if z.unknown), key=lambda z: -z.unknown)
    for one in unknown[:NAMED]:
        known = "; nobody is known to be" if not one.customers else ""
        yield f"of {one.unknown:,} {plural(x.entity, one.unknown)} it is unknown whether they are in `{one.name}`{known}"
    yield from _more(len(unknown), "of which somebody's place is unknown")


def _names(sets: Sequence[Set], last: str = "and") -> str:
    """Names in a list: a, b and c."""
    names = [f"`{y.name}`" for y in sets[:MOST_NAMES]]
    if len(sets) > MOST_NAMES:
        return f"{', '.join(names)} {last} {len(sets) - MOST_NAMES} more"
    return f" {last} ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _more(count: int, what: str) -> Iterator[str]:
    if count > NAMED:
        yield f"and {count - NAMED:,} more {what}, with --format json"


def _rounded_down(jaccard: float) -> str:
    """Two digits, and never 1.00 of two that differ."""
    return f"{math.floor(jaccard * 100) / 100:.2f}"
