"""Customers whom a play reaches -> who doesn't get it for lack of room, or since somebody else has their address.

Problem. `first_come` of `reference/account.py` defines it, one customer after the other. Of a million customers hardly anybody has to be
asked so: whoever comes before room can be lacking has it, and whoever comes after all of it must be taken has none.

Idea. A customer is plain who shares no address with another one. Of each customer the engine counts who could take room before:

    early   plain, and all who could take room up to here have some               gets it
    late    plain, and so many plain ones as have room come before, who take      doesn't get it
            room of the same parts, or were refused since it was full
    queue   whoever shares an address, and whoever stands between                  is asked, in order

Example. A play has room for 3. Of a, b, c, d, e, f, g only c has an address that an earlier play took.

    a, b           early: 1 and 2 of at most 3
    c, d           the queue: c may lose its address, and then d has room
    e, f, g        late: a, b and d come before

The queue begins with the room that the early ones take. They stand at different places within reach of the room, and so does whoever of the
queue could take some there, so nobody lacks room who has it. Those who are held out take none and aren't counted: whoever of them surely
has room is inside it from the beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segdsl.data.sql_text import text
from segdsl.engines.shelf import Shelf
from segdsl.model.play import Capacity
from segdsl.reference.account import Room, first_come

_PARTS = ("part", "channel_part")


@dataclass(frozen=True)
class Space:
    """The room of a play or channel in the present period.

    `taken`: a table of who has some, `customer` (NULL for one of another entity) and `part`.
    """

    capacity: Capacity
    name: str
    taken: str


def turned_away(
    shelf: Shelf,
    customers: str,
    recipients: str,
    shared: str,
    spaces: Sequence[Space | None],
    withheld: str,
    addresses: dict[str, str],
) -> tuple[str, str]:
    """Decides who gets a play: a table of customers who don't, `key`, `line`, `detail`, and one of recipients whose address somebody else
    has, `customer`, `key`, `detail`.

    `shared`: table of the addresses that several customers ask for, or somebody has; `spaces`: of the play and of its channel.
    `withheld`: table of `key`s of customers of whom an export of the same day says that they would have got it.
    `addresses`: those that have the play, with who has them.
    """
    bounded = [(space, part, i) for i, (space, part) in enumerate(zip(spaces, _PARTS)) if space is not None]
    standing = _standing(shelf, customers, recipients, shared, bounded, withheld)
    own = ["key", "held_out", "part", "channel_part"]
    told = ["is_withheld", *(f"sure_{i}" for _, _, i in bounded)]
    listed, others = (", ".join(f"w.{c}" for c in columns) for columns in (own, told))
    rows = shelf.rows(
        f"SELECT {listed}, list({{'key': r.key, 'folded': s.folded, 'held_out': r.held_out}} ORDER BY r.key), {others}"
        f" FROM {standing} w JOIN {recipients} r ON r.customer = w.key AND r.line = 'gets' LEFT JOIN {shared} s ON s.folded = r.folded"
        f" WHERE w.stands = 'queue' GROUP BY {listed}, {others}, w.place ORDER BY w.place"
    )
    rooms: list[Room | None] = [None, None]
    for n, (space, part, i) in enumerate(bounded):
        room = rooms[i] = Room(space.capacity, space.name, {row[0] for row in rows if row[6 + n]})
        early = f"SELECT {part} FROM {standing} WHERE stands = 'early' AND takes_{i}"
        for of_part, number in shelf.rows(
            f"SELECT part, count(*) FROM (SELECT part FROM {space.taken} UNION ALL {early}) GROUP BY 1"
        ):
            room.add(None, of_part, number)
    refusals, copies = first_come(
        [row[:5] for row in rows], addresses, rooms[0], rooms[1], {row[0] for row in rows if row[5]}
    )
    out = shelf.put_rows(dict(zip(("key", "line", "detail"), zip(*refusals) if refusals else [()] * 3)))
    away = shelf.put_rows(dict(zip(("customer", "key", "detail"), zip(*copies) if copies else [()] * 3)))
    if bounded:
        shelf.run(f"INSERT INTO {out} {_late(standing, bounded, out)}")
    return out, away


_Bounded = Sequence[tuple[Space, str, int]]
"""The spaces that there are, with the column of the parts and their number."""


def _standing(shelf: Shelf, customers: str, recipients: str, shared: str, bounded: _Bounded, withheld: str) -> str:
    """A table of whom the play reaches, with `stands`: early, late or queue; of each space how much is `free` in its part, whether
    they `take` some, and whether they are `sure` to have some and take none. `is_withheld`: whether they need none.
    """
    gets = shelf.put(
        "SELECT d.key, d.held_out, d.part, d.channel_part, d.place, bool_or(s.folded IS NOT NULL) AS shares"
        f" FROM {customers} d JOIN {recipients} r ON r.customer = d.key AND r.line = 'gets' LEFT JOIN {shared} s ON s.folded = r.folded"
        " WHERE d.line = 'gets' GROUP BY ALL"
    )
    is_withheld = f"g.held_out AND g.key IN (SELECT key FROM {withheld}) AS is_withheld"
    if not bounded:
        return shelf.put(
            f"SELECT g.*, {is_withheld}, CASE WHEN shares THEN 'queue' ELSE 'early' END AS stands FROM {gets} g"
        )
    inside, joins, counts, own = [], "", [], []
    for space, part, i in bounded:
        inside.append(
            f"g.key IN (SELECT customer FROM {space.taken} WHERE customer IS NOT NULL) AS in_{i},"
            f" {space.capacity.count} - coalesce(t{i}.number, 0) AS free_{i}"
        )
        taken = f"SELECT part, count(*) AS number FROM {space.taken} GROUP BY 1"
        joins += f" LEFT JOIN ({taken}) t{i} ON t{i}.part IS NOT DISTINCT FROM g.{part}"
        counts.append(
            f"NOT held_out AND NOT in_{i} AS takes_{i},"
            f" count(*) FILTER (takes_{i}) OVER (PARTITION BY {part} ORDER BY place ROWS UNBOUNDED PRECEDING) AS up_to_{i}"
        )
        own.append(f"in_{i} OR held_out AND up_to_{i} < free_{i} AS sure_{i}")
    numbers = [i for _, _, i in bounded]
    parts = ", ".join(part for _, part, _ in bounded)
    before = f"PARTITION BY {parts} ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    is_new = " AND ".join(f"NOT in_{i}" for i in numbers)
    ahead = f"count(*) FILTER (NOT shares AND NOT held_out AND {is_new}) OVER ({before}) AS ahead"
    fits = " AND ".join(f"(sure_{i} OR takes_{i} AND up_to_{i} <= free_{i})" for i in numbers)
    least = f"least({', '.join(f'free_{i}' for i in numbers)})"
    stands = (
        f"CASE WHEN shares THEN 'queue' WHEN is_withheld OR {fits} THEN 'early' WHEN {is_new} AND ahead >= {least} THEN 'late'"
        " ELSE 'queue' END AS stands"
    )
    return shelf.put(
        f"SELECT *, {', '.join(own)}, {stands} FROM (SELECT *, {', '.join(counts)}, {ahead}"
        f" FROM (SELECT g.*, {is_withheld}, {', '.join(inside)} FROM {gets} g{joins}))"
    )


def _late(standing: str, bounded: _Bounded, out: str) -> str:
    """Query of the late ones, as `key`, `line` and `detail`: the space that was full when it was their turn, that of the play first."""
    late = f"SELECT key, 'no room', {{}} FROM {standing} l{{}} WHERE l.stands = 'late'"
    (space, part, i), *others = bounded
    if not others:
        return late.format(text(space.name), "")
    admitted = (
        f"SELECT {part}, place, free_{i}, row_number() OVER (PARTITION BY {part} ORDER BY place) AS nth FROM {standing} a"
        f" WHERE takes_{i} AND stands <> 'late' AND key NOT IN (SELECT key FROM {out})"
    )
    full = f" LEFT JOIN (SELECT * FROM ({admitted}) WHERE nth = free_{i}) f ON f.{part} IS NOT DISTINCT FROM l.{part}"
    is_full = f"l.free_{i} <= 0 OR f.place < l.place"
    return late.format(f"CASE WHEN {is_full} THEN {text(space.name)} ELSE {text(others[0][0].name)} END", full)
