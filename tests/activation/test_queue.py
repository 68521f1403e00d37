"""Who is turned away by the engine, and by `first_come` with those whom the engine leaves to it, is who `first_come` alone would turn away."""

from __future__ import annotations

import contextlib
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from segdsl.activation.account.queue import Space, turned_away
from segdsl.engines.shelf import Shelf
from segdsl.model.play import Capacity
from segdsl.reference.account import Room, first_come

CUSTOMERS = [f"c{i:02}" for i in range(40)]


Taken = tuple[Capacity, str, list[tuple[str | None, str]]]


def taken(random: Random) -> list[Taken | None]:
    """The room of a play and that of its channel, of which some customers, of today or before, and strangers have some already."""
    made: list[Taken | None] = []
    for name in ("play", "channel"):
        who = [(random.choice((c, c, None)), random.choice("aaab")) for c in random.sample(CUSTOMERS, 6)]
        made.append((Capacity(random.randint(1, 12), "week"), name, who) if random.random() < 0.6 else None)
    return made


def rooms(taken: list[Taken | None]) -> list[Room | None]:
    """The rooms as the reference has them."""
    made: list[Room | None] = []
    for one in taken:
        made.append(Room(*one[:2]) if one is not None else None)
        for customer, part in one[2] if one is not None else ():
            assert made[-1] is not None
            made[-1].add(customer, part)
    return made


def spaces(shelf: Shelf, taken: list[Taken | None]) -> list[Space | None]:
    """The rooms as tables."""
    return [
        Space(*one[:2], shelf.put_rows({"customer": [c for c, _ in one[2]], "part": [p for _, p in one[2]]}))
        if one is not None
        else None
        for one in taken
    ]


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


@pytest.mark.parametrize("seed", range(200))
def test_nobody_is_decided_otherwise(seed: int) -> None:
    with duckdb.connect() as con:
        shelf = Shelf(con, Path(), contextlib.nullcontext)
        customers, recipients, shared = put(shelf, Random(seed))
        whole, addresses = everybody(shelf, shared), {"x": "somebody"} if seed % 2 else {}
        withheld, room = Random(seed).sample(CUSTOMERS, 12), taken(Random(-seed))
        own = rooms(room)
        refusals, copies = first_come(whole, {**addresses}, own[0], own[1], withheld)
        kept = shelf.put_rows({"key": withheld})
        out, away = turned_away(shelf, customers, recipients, shared, spaces(shelf, room), kept, {**addresses})
        assert sorted(shelf.rows(f"FROM {out}")) == sorted(refusals)
        assert sorted(shelf.rows(f"FROM {away}")) == sorted(copies)


@pytest.mark.parametrize("of_channel", [False, True])
def test_of_many_few_are_asked(of_channel: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 10,000 customers nobody is asked alone but whom the room of the play leaves, and that of the channel may not."""
    asked: list[int] = []

    def counted(queue: list[tuple[Any, ...]], *rest: Any) -> Any:
        asked.append(len(queue))
        return first_come(queue, *rest)

    monkeypatch.setattr("segdsl.activation.account.queue.first_come", counted)
    with duckdb.connect() as con:
        shelf = Shelf(con, Path(), contextlib.nullcontext)
        con.execute(
            "CREATE TABLE d AS SELECT 'c' || i AS key, false AS held_out, CAST(i % 10 AS VARCHAR) AS part, '' AS channel_part, i AS place,"
            " 'gets' AS line FROM range(10_000) t(i)"
        )
        con.execute(
            "CREATE TABLE r AS SELECT key AS customer, key, NULL::VARCHAR AS folded, false AS held_out, line FROM d"
        )
        shared, nobody = shelf.put("SELECT NULL::VARCHAR AS folded WHERE false"), shelf.put_rows({"key": []})
        room: list[Taken | None] = [(Capacity(40, "week"), "play", []), (Capacity(100, "day"), "channel", [])]
        out, _ = turned_away(shelf, "d", "r", shared, spaces(shelf, room[: 1 + of_channel]), nobody, {})
        ((left, first),) = shelf.rows(f"SELECT count(*), min(CAST(key[2:] AS INTEGER)) FROM {out}")
    assert (left, first) == ((9_900, 100) if of_channel else (9_600, 400))
    assert asked == [300 if of_channel else 0]
