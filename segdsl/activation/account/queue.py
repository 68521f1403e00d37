"""Customers whom a play reaches -> who is decided one after the other, by `reference/account.py`, and who surely comes too late."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from segdsl.data.sql_text import text
from segdsl.engines.shelf import Shelf
from segdsl.reference.account import Room


def queue(
    shelf: Shelf,
    customers: str,
    recipients: str,
    shared: str,
    rooms: Sequence[Room | None],
    withheld: Collection[str] = (),
) -> tuple[list[tuple[Any, ...]], str]:
    """Who is decided one after the other, for `first_come`, and a table of who surely comes too late: `key`, `line`, `detail`.

    Without a room only shared addresses are decided. In one room, whoever shares no address and isn't inside or withheld takes a place as
    long as there is one. So those come too late who have as many of them before as the room has places; and nobody else depends on who
    shares no address. Two rooms depend on each other: then everybody is in the queue.
    """
    gets = shelf.put(
        "SELECT d.key, d.held_out, d.part, d.channel_part, d.place, bool_or(s.folded IS NOT NULL) AS shares"
        f" FROM {customers} d JOIN {recipients} r ON r.customer = d.key AND r.line = 'gets' LEFT JOIN {shared} s ON s.folded = r.folded"
        " WHERE d.line = 'gets' GROUP BY ALL"
    )
    bounded = [(room, part) for room, part in zip(rooms, ("part", "channel_part")) if room is not None]
    late = "SELECT NULL::VARCHAR AS key, NULL::VARCHAR AS line, NULL::VARCHAR AS detail WHERE false"
    if len(bounded) == 1:
        ((room, part),) = bounded
        inside = shelf.put_rows({"key": [*room.inside.union(withheld)]})
        before = f"PARTITION BY {part} ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
        counted = f"SELECT g.*, i.key IS NOT NULL AS is_inside FROM {gets} g LEFT JOIN {inside} i ON i.key = g.key"
        numbered = f"SELECT *, count(*) FILTER (NOT (held_out OR shares OR is_inside)) OVER ({before}) AS ahead FROM ({counted})"
        late = (
            f"SELECT key, 'no room' AS line, {text(room.name)} AS detail FROM ({numbered})"
            f" WHERE ahead >= {room.capacity.count} AND NOT shares AND NOT is_inside"
        )
    late = shelf.put(late)
    waiting = (
        f"SELECT * FROM {gets} WHERE shares"
        if not bounded
        else f"SELECT g.* FROM {gets} g ANTI JOIN {late} l ON l.key = g.key"
    )
    return shelf.rows(
        f"SELECT w.key, w.held_out, w.part, w.channel_part,"
        f" list({{'key': r.key, 'folded': s.folded, 'held_out': r.held_out}} ORDER BY r.key)"
        f" FROM ({waiting}) w JOIN {recipients} r ON r.customer = w.key AND r.line = 'gets' LEFT JOIN {shared} s ON s.folded = r.folded"
        " GROUP BY w.key, w.held_out, w.part, w.channel_part, w.place ORDER BY w.place"
    ), late
