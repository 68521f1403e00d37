"""Deliveries, and what a destination does with them: the interface between who gets what and where it goes."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import msgspec

from segdsl.activation.log.entries import Change, Entry, Fate, Status
from segdsl.activation.log.store import Log
from segdsl.diagnostics import Diagnostic
from segdsl.model.folding import fold
from segdsl.model.play import ADDRESSES_IGNORE

Value = bool | int | float | Decimal | str | dt.date | tuple[str, ...] | None


def delivery_key(workspace: str, play: str, entity: str, customer: str, recipient: str | None, trigger: str) -> str:
    """The idempotency key of a delivery, 64 hexadecimal digits.

    `entity`: what the customer is.
    `trigger`: what it is sent for, such as the day of the delivery before; the same play is sent again for another one only.
    """
    parts = (workspace, play, entity, customer, recipient, trigger)
    listed = ", ".join(["null" if part is None else _in_json(part) for part in parts])
    return hashlib.sha256(f"[{listed}]".encode()).hexdigest()


_in_json = json.encoder.encode_basestring_ascii


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One play, for one recipient or about one customer, on one day.

    `key`: idempotency key, by `delivery_key`: the same after a kill.
    `entity`: what the customer is.
    `address`: where the recipient is reached; None for a channel without addresses.
    `fields`: the merge fields in the order written, with exact values.
    `change`: for destinations that mirror a list: what the recipient did since the export before; None on others.
    """

    key: str
    play: str
    channel: str
    day: dt.date
    entity: str
    customer: str
    recipient: str | None = None
    address: str | None = None
    fields: dict[str, Value] = {}
    subject: str | None = None
    message: str | None = None
    change: Change | None = None

    def fate(self, destination: str, log: Log, status: Status, answer: str = "") -> Fate:
        """What the log says of it."""
        content = repr((self.address, tuple(self.fields.items()), self.subject, self.message, self.change))
        return Fate(
            destination=destination,
            play=self.play,
            channel=self.channel,
            entity=self.entity,
            change=self.change,
            customer=self.customer,
            recipient=self.recipient,
            key=self.key,
            address=log.fingerprint(fold(self.address, ADDRESSES_IGNORE)) if self.address is not None else None,
            content=log.fingerprint(content),
            status=status,
            answer=answer,
        )


@dataclass(frozen=True)
class Plan:
    """What a destination would do. Nothing has been done.

    `place`: where the rows go, as a person knows it, without secrets.
    `rows`: how many would go there; `repeated`: how many more went there before.
    `again`: those of the rows that may have been sent before; their keys are the same again.
    `unsettled`: what may have been sent before, and is no delivery of this export.
    `steps`: what would happen, a sentence each.
    """

    destination: str
    place: str
    rows: int
    repeated: int
    again: int
    unsettled: tuple[Entry, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Rejected:
    """A delivery that the destination refused, with its answer."""

    delivery: Delivery
    answer: str


@dataclass(frozen=True)
class Outcome:
    """What became of the deliveries of an export at a destination.

    `sent`: how many went out now; `repeated`: how many went there before, and not again.
    `in_doubt`: may have been sent, no answer came; the next export sends them again, with the same keys.
    `not_sent`: surely reached nobody.
    `unsettled`: what an earlier export left in doubt, and is no delivery of this one.
    `files`: what was written, the file of rejected rows last.
    `stopped`: why it ended early; None where everything was tried.
    """

    destination: str
    sent: int
    repeated: int
    rejected: tuple[Rejected, ...]
    in_doubt: tuple[Delivery, ...]
    not_sent: tuple[Delivery, ...]
    unsettled: tuple[Entry, ...]
    files: tuple[Path, ...] = ()
    stopped: Diagnostic | None = None


class Destination(Protocol):
    """Where deliveries go."""

    @property
    def name(self) -> str: ...

    def plan(self, deliveries: Sequence[Delivery], log: Log) -> Plan:
        """What would be done; nothing is. Raises `DestinationError` for what could never be sent."""

    def send(self, deliveries: Sequence[Delivery], log: Log) -> Outcome:
        """Send what wasn't sent before. What becomes of each row is in the log before and after.

        Raises `DestinationError` before anything is sent, and `LogError`.
        """
