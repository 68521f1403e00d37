"""Destinations that have a list of who is in a play -> who stays on it, who entered and who left.

Others take what is given on a day, and no more. A list is told of changes (files with `mode = "changes"`), or mirrors who is on it (a table
with `mode = "mirror"`): so whoever was put on it on an earlier day stays there as long as the play's place has it and it may be contacted.

What is on a list is what the log says of the days before: the last line of a delivery that was sent, unless that one took somebody off it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from segdsl.activation.account.account import Account
from segdsl.activation.account.rows import left
from segdsl.activation.delivery import Deliveries, Rows
from segdsl.activation.log.entries import Change
from segdsl.activation.log.store import Log
from segdsl.data.sql_text import text
from segdsl.workspace.destinations import DestinationSettings, FilesSettings, PostgresSettings


def has_list(settings: DestinationSettings) -> bool:
    match settings:
        case FilesSettings():
            return settings.mode == "changes"
        case PostgresSettings():
            return settings.mode == "mirror"
        case _:
            return False


def with_list(destination: str, account: Account, plays: Sequence[str], deliveries: Deliveries, log: Log) -> Deliveries:
    """Returns the deliveries of a day as a destination with a list takes them, and those who stay on the list or leave it."""
    shelf = account.walk.shelf
    listed = _listed(destination, plays, account, log)
    roster = {(r.play, r.entity): r for r in account.roster(plays).rows}
    given = {(r.play, r.entity): r for r in deliveries.rows}
    places = shelf.rows(f"SELECT DISTINCT play, entity, channel FROM {listed} ORDER BY ALL")
    found: list[Rows] = []
    for of in dict.fromkeys([*given, *roster, *((play, entity) for play, entity, _ in places)]):
        on = shelf.put(f"SELECT * FROM {listed} WHERE play = {text(of[0])} AND entity = {text(of[1])}")
        today = given[of].table if of in given else f"({_NOBODY})"
        inside = roster[of].table if of in roster else f"({_NOBODY})"
        if of in given:
            ways: list[tuple[Change, str]] = [("entered", "ANTI"), ("updated", "SEMI")]
            for change, join in ways:
                table = shelf.put(f"SELECT t.* FROM {today} t {join} JOIN {on} l ON {_SAME}")
                found.append(replace(given[of], table=table, change=change))
        if of in roster:
            stay = f"SELECT t.* REPLACE (l.key AS key) FROM {inside} t JOIN {on} l ON {_SAME}"
            table = shelf.put(f"SELECT t.* FROM ({stay}) t ANTI JOIN {today} l ON {_SAME}")
            found.append(replace(roster[of], table=table))
        for channel in (c for play, entity, c in places if (play, entity) == of):
            gone = (
                f"SELECT t.customer, t.recipient, t.key AS listed FROM {on} t ANTI JOIN {today} l ON {_SAME}"
                f" WHERE channel = {text(channel)}"
            )
            gone = shelf.put(f"SELECT t.* FROM ({gone}) t ANTI JOIN {inside} l ON {_SAME}")
            people = shelf.put(account.addresses(*of, gone))
            found.append(left(shelf, account.named, *of, channel, account.clock.today, people))
    return Deliveries.of(found)


_SAME = "t.customer = l.customer AND t.recipient IS NOT DISTINCT FROM l.recipient"
_NOBODY = "SELECT NULL::VARCHAR AS customer, NULL::VARCHAR AS recipient WHERE false"


def _listed(destination: str, plays: Sequence[str], account: Account, log: Log) -> str:
    """Returns a table of who was on a destination's list before today, with the delivery that put it there."""
    named = ", ".join(map(text, plays))
    last = "row_number() OVER (PARTITION BY play, entity, customer, recipient ORDER BY n DESC, line DESC) = 1"
    lines = (
        f"SELECT * FROM latest WHERE destination = {text(destination)} AND play IN ({named})"
        f" AND day < DATE {text(str(account.clock.today))} AND status IN ('sent', 'in doubt') QUALIFY {last}"
    )
    columns = "play, entity, channel, customer, recipient, key"
    return log.put(account.walk.shelf, f"SELECT {columns} FROM ({lines}) WHERE change IS DISTINCT FROM 'left'")
