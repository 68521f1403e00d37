"""Past values of fields: what today's data says about a field's value as of an earlier day."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.schema import Relation


class Past(Enum):
    """What today's data says about a field's value as of an earlier day."""

    KNOWN = "the value of that day: it never changes, or the data has its history"
    AS_WRITTEN = "the value that an event's row has today, taken as it was written with the row"
    FILLED_IN = "a time in an event's row that may have been filled in after the event"
    ENDED = "the end of a life, which is only known once it has happened"
    OVERWRITTEN = "the value of today; that of the earlier day was overwritten"


def past_of(relation: Relation, name: str) -> Past:
    """Tells what is known about a field's earlier values.

    Lists are versioned with the rules, so their rows are the same as of every day.
    """
    field = relation.fields[name]
    if relation.kind == "list":
        return Past.KNOWN
    if name == relation.lives_to:
        return Past.ENDED
    if field.fixed or field.known_at is not None or relation.history or name in relation.lasting:
        return Past.KNOWN
    if relation.kind == "table":
        return Past.FILLED_IN if ty.is_time(field.type) else Past.AS_WRITTEN
    return Past.OVERWRITTEN


def fields_read(node: k.Expr) -> Iterator[tuple[str, str]]:
    """Yields (relation, field) for each field that a node itself reads, including the links to its rows."""
    if isinstance(node, k.Column):
        yield node.relation, node.name
    for row in k.rows_named(node):
        while isinstance(row, k.Via | k.Topmost):
            yield row.link.source, row.link.column
            row = row.row
    if isinstance(node, k.Aggregate):
        yield from ((hop.target, hop.column) for hop in node.rows.hops)


def runs_remember(relation: Relation, name: str) -> bool:
    """Tells whether runs record a customer's field, because a later export may have another value.

    Only keys never change: the start of a life and the owner may be corrected, and a field declared `fixed` may turn out not to be.
    An entity with `history` records its values itself.
    """
    return relation.kind in ("entity", "details") and not relation.history and name != relation.key
