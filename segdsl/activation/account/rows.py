"""A play's recipients on a shelf -> its deliveries to them, as a table."""

from __future__ import annotations

import datetime as dt

from segdsl.activation.account.facts import KEY
from segdsl.activation.account.messages import MergeFields
from segdsl.activation.account.walk import Lines
from segdsl.activation.delivery import Rows, with_keys
from segdsl.engines.shelf import Shelf


def rows_of(shelf: Shelf, workspace: str, one: Lines, fields: MergeFields, people: str) -> Rows:
    """The deliveries to the rows of a query: as in `Lines.recipients`, `last`, the day of the delivery before, and `place`.

    `workspace`: its name, which is in the keys.
    """
    play, use = one.play, one.use
    recipient = "x.key" if use.recipients is not None else "NULL::VARCHAR"
    rows = (
        f"SELECT x.place, x.customer, {recipient} AS recipient, x.address, x.subject, x.message,"
        f" coalesce(x.last, 'first') AS trigger{fields.texts('p')}"
        f" FROM ({people}) x JOIN {fields.people.sql} p ON p.{KEY} = x.id"
    )
    table = with_keys(shelf, workspace, play.name, use.entity, rows)
    names, values = tuple(fields.names), tuple(fields.values(table))
    return Rows(shelf, table, play.name, play.channel or "", use.entity, fields.clock.today, names, values)


def left(shelf: Shelf, workspace: str, play: str, entity: str, channel: str, day: dt.date, people: str) -> Rows:
    """Deliveries that say that somebody left a list, without fields.

    `people`: table of `customer`, `recipient`, `address` and `listed`, the key by which they came onto it.
    """
    rows = (
        "SELECT 0 AS place, customer, recipient, address, 'left ' || listed AS trigger, NULL::VARCHAR AS subject,"
        f" NULL::VARCHAR AS message FROM {people}"
    )
    table = with_keys(shelf, workspace, play, entity, rows)
    return Rows(shelf, table, play, channel, entity, day, change="left")
