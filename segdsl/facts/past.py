"""A field, asked as of an earlier day -> what is known of the value that it had then."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.schema import Relation


class Past(Enum):
    """What the data of today says about a field's value as of an earlier day."""

    KNOWN = "the value of that day: it never changes, or the data has its history"
    AS_WRITTEN = "the value that an event's row has today, taken as it was written with the row"
    FILLED_IN = "a time in an event's row that may have been filled in after the event"
    ENDED = "the end of a life, which is only known once it has happened"
    OVERWRITTEN = "the value of today; that of the earlier day was overwritten"


def past_of(relation: Relation, name: str) -> Past:
    """What is known of a field's earlier values.

    Lists are versioned with the rules, so their rows are those of every day.
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
    """(relation, field) of each field that a node reads itself, those by which it finds its rows too."""
    if isinstance(node, k.Column):
        yield node.relation, node.name
    for row in k.rows_named(node):
        while isinstance(row, k.Via | k.Topmost):
            yield row.link.source, row.link.column
            row = row.row
    if isinstance(node, k.Aggregate):
        yield from ((hop.target, hop.column) for hop in node.rows.hops)


def runs_remember(relation: Relation, name: str) -> bool:
    """Whether runs keep what a customer's field was, since a later export may have another value.

    The start of a life and the owner may be corrected, and a field that is declared `fixed` may not be: only keys can't change. A source
    with `history` keeps it itself.
    """
    return relation.kind in ("entity", "details") and not relation.history and name != relation.key
