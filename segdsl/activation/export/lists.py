"""Destinations that have a list of who is in a play -> who stays on it, who entered and who left.

Others take what is given on a day, and no more. A list is told of changes (files with `mode = "changes"`), or mirrors who is on it (a table
with `mode = "mirror"`): so whoever was put on it on an earlier day stays there as long as the play's place has it and it may be contacted.

What is on a list is what the log says of the days before: the last line of a delivery that was sent, unless that one took somebody off it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from segdsl.activation.account.account import Account
from segdsl.activation.delivery import Delivery, delivery_key
from segdsl.activation.log.entries import Entry
from segdsl.activation.log.store import Log
from segdsl.workspace.destinations import DestinationSettings, FilesSettings, PostgresSettings

Place = tuple[str, str, str, str | None]
"""Play, entity, customer and recipient: who is on a list."""


def has_list(settings: DestinationSettings) -> bool:
    match settings:
        case FilesSettings():
            return settings.mode == "changes"
        case PostgresSettings():
            return settings.mode == "mirror"
        case _:
            return False


def with_list(
    destination: str, account: Account, plays: Sequence[str], deliveries: Iterable[Delivery], log: Log
) -> list[Delivery]:
    """Returns the deliveries of a day as a destination with a list takes them, and those who stay on the list or leave it."""
    given = {_place(d): d for d in deliveries}
    listed = _listed(destination, plays, log.latest(), account)
    roster = {_place(d): d for d in account.roster(plays)}
    changed = [replace(d, change="updated" if place in listed else "entered") for place, d in given.items()]
    stay = [replace(roster[p], key=e.key) for p, e in listed.items() if p in roster and p not in given]
    gone = [p for p in listed if p not in roster and p not in given]
    addresses = account.addresses(gone)
    workspace = account.workspace.config.workspace.name
    left = [
        Delivery(
            key=delivery_key(workspace, p[0], p[1], p[2], p[3], f"left {listed[p].key}"),
            play=p[0],
            channel=listed[p].channel,
            day=account.clock.today,
            entity=p[1],
            customer=p[2],
            recipient=p[3],
            address=addresses.get(p),
            change="left",
        )
        for p in gone
    ]
    return [*changed, *stay, *left]


def _place(d: Delivery | Entry) -> Place:
    return d.play, d.entity, d.customer, d.recipient


def _listed(
    destination: str, plays: Sequence[str], entries: Iterable[Entry], account: Account
) -> Mapping[Place, Entry]:
    """Returns who was on a destination's list before today, with the delivery that put it there."""
    last: dict[Place, Entry] = {}
    for e in entries:
        if (
            e.destination == destination
            and e.play in plays
            and e.day < account.clock.today
            and e.status in ("sent", "in doubt")
        ):
            last[_place(e)] = e
    return {place: e for place, e in last.items() if e.change != "left"}
