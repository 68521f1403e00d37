"""What there is to write rules with -> a terminal: each entity and table with its fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from segdsl.model.clock import Clock
from segdsl.report.layout.terminal import table
from segdsl.whatif.fields import FieldFacts, RelationFacts

READERS = 3


def render(clock: Clock, relations: Sequence[RelationFacts]) -> str:
    return "\n\n".join("\n".join(_lines(r)) for r in relations)


def _lines(r: RelationFacts) -> Iterator[str]:
    rows = "no data" if r.rows is None else f"{r.rows:,} row{'' if r.rows == 1 else 's'}"
    yield click.style(f"{r.kind} {r.name}", bold=True) + f"   {rows}"
    cells = [[f.name, *_type_and_values(f), _readers(f.readers)] for f in r.fields]
    yield table(["field", "type", "missing", "such as", "read by"], cells, right=(2,))
    if r.metrics:
        yield table(["metric", "type", ""], [[m.name, m.type, m.title] for m in r.metrics])


def _type_and_values(f: FieldFacts) -> list[str]:
    """The type, the share missing, and examples; of a list of values all stand with the examples."""
    kind, is_list, listed = f.type.partition(" (")
    values = listed.removesuffix(")") if is_list else ", ".join(f.examples)
    return [" ".join([kind, *f.flags]), _missing(f), values]


def _missing(f: FieldFacts) -> str:
    """The share of rows without a value; a share that rounds to nothing isn't 0."""
    if f.missing is None:
        return "not there"
    return "" if f.missing == 0 else "< 1%" if f.missing < 0.005 else f"{f.missing:.0%}"


def _readers(readers: Sequence[str]) -> str:
    more = f" and {len(readers) - READERS} more" if len(readers) > READERS else ""
    return ", ".join(readers[:READERS]) + more
