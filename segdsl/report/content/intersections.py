"""All segments of an entity -> their sentences, as every format shows them."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.compare.intersections import ALIKE, Intersections, Set
from segdsl.words.plural import plural

NAMED = 5


def heading(x: Intersections) -> str:
    """Who is looked at, and who is in none of the sets."""
    sets = f"{len(x.sets)} segment{'' if len(x.sets) == 1 else 's and arms'}"
    return f"{x.customers:,} {plural(x.entity, x.customers)}, {sets}; in none of them {x.in_none:,} {plural(x.entity, x.in_none)}"


def share(x: Intersections, a: Set, b: Set) -> str:
    """How many of the first are in the second."""
    return f"{x.both(a, b) / a.customers:.0%}" if a.customers else ""


def remarks(x: Intersections) -> Iterator[str]:
    """Sets that are nearly the same, parts of others, without anybody, or unknown of many."""
    for y in x.alike[:NAMED]:
        either = y.first.customers + y.second.customers - y.both
        both = f"{y.both:,} of {either:,} {plural(x.entity, either)} are in both (Jaccard {y.jaccard:.2f})"
        yield f"{y.first.name} and {y.second.name} are nearly the same: {both}"
    parts = [(c, y) for y in x.shared if (c := y.contained) is not None and y.jaccard < ALIKE]
    for part, y in parts[:NAMED]:
        whole = y.second if part == y.first else y.first
        yield f"everybody in {part.name} is in {whole.name}, too"
    if len(parts) > NAMED:
        yield f"and {len(parts) - NAMED} more that are part of another"
    if empty := [y.name for y in x.sets if not y.customers]:
        yield f"nobody is in {', '.join(empty[:NAMED])}" + (
            f" and {len(empty) - NAMED} more" if len(empty) > NAMED else ""
        )
    for one in sorted((z for z in x.sets if z.unknown), key=lambda z: -z.unknown)[:NAMED]:
        yield f"of {one.unknown:,} {plural(x.entity, one.unknown)} it is unknown whether they are in {one.name}"
