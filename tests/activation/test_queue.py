"""Who surely comes too late for a play is who `first_come` would turn away, and nobody else is decided otherwise without them."""

from __future__ import annotations

import contextlib
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from segdsl.activation.account.queue import queue
from segdsl.engines.shelf import Shelf
from segdsl.model.play import Capacity
from segdsl.reference.account import Room, first_come

CUSTOMERS = [f"c{i:02}" for i in range(40)]


def rooms(random: Random) -> tuple[Room | None, Room | None]:
    """The room of a play and that of its channel, of which some customers, of today or before, and strangers have some already."""
    made = []
    for name in ("play", "channel"):
        room = Room(Capacity(random.randint(1, 8), "week"), name) if random.random() < 0.5 else None
        for customer in random.sample(CUSTOMERS, 6) if room is not None else ():
            room.add(random.choice((customer, customer, None)), random.choice("aaab"))
        made.append(room)
    return made[0], made[1]


def put(shelf: Shelf, random: Random) -> tuple[str, str, str]:
    """Customers, recipients and shared addresses."""
    random.shuffle(CUSTOMERS)
    people = [
        (
            c,
            f"{c}.{n}",
            random.choice(("x", "y", "z")) if random.random() < 0.2 else f"{c}.{n}@x",
            random.random() < 0.1,
        )
        for c in CUSTOMERS
        for n in range(random.choice((1, 1, 2)))
    ]
    con = shelf.con
    con.execute(
        "CREATE TABLE d (key VARCHAR, held_out BOOLEAN, part VARCHAR, channel_part VARCHAR, place INTEGER, line VARCHAR)"
    )
    rows: list[tuple[Any, ...]] = [
        (
            c,
            random.random() < 0.2,
            random.choice("ab"),
            random.choice("ab"),
            place,
            random.choice(("gets", "gets", "only when")),
        )
        for place, c in enumerate(CUSTOMERS)
    ]
    con.executemany("INSERT INTO d VALUES (?, ?, ?, ?, ?, ?)", rows)
    con.execute("CREATE TABLE r (customer VARCHAR, key VARCHAR, folded VARCHAR, held_out BOOLEAN, line VARCHAR)")
    con.executemany("INSERT INTO r VALUES (?, ?, ?, ?, 'gets')", people)
    shared = shelf.put("SELECT folded FROM r GROUP BY 1 HAVING count(DISTINCT customer) > 1")
    return "d", "r", shared


def everybody(shelf: Shelf, shared: str) -> list[tuple[Any, ...]]:
    return shelf.rows(
        "SELECT d.key, d.held_out, d.part, d.channel_part,"
        " list({'key': r.key, 'folded': s.folded, 'held_out': r.held_out} ORDER BY r.key)"
        f" FROM d JOIN r ON r.customer = d.key LEFT JOIN {shared} s ON s.folded = r.folded WHERE d.line = 'gets'"
        " GROUP BY d.key, d.held_out, d.part, d.channel_part, d.place ORDER BY d.place"
    )


@pytest.mark.parametrize("seed", range(60))
def test_nobody_is_decided_otherwise(seed: int) -> None:
    with duckdb.connect() as con:
        shelf = Shelf(con, Path(), contextlib.nullcontext)
        customers, recipients, shared = put(shelf, Random(seed))
        whole, taken = everybody(shelf, shared), {"x": "somebody"} if seed % 2 else {}
        withheld = Random(seed).sample(CUSTOMERS, 12)
        refusals, copies = first_come(whole, {**taken}, *rooms(Random(-seed)), withheld)
        own = rooms(Random(-seed))
        waiting, late = queue(shelf, customers, recipients, shared, own, withheld)
        fewer, same = first_come(waiting, {**taken}, *own, withheld)
        turned_away = shelf.rows(f"SELECT key, line, detail FROM {late}")
        assert sorted([*fewer, *turned_away]) == sorted(refusals)
        assert sorted(same) == sorted(copies)
        assert len(waiting) == len(whole) - len(turned_away) or own == (None, None)
