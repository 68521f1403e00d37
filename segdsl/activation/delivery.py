"""Deliveries, and what a destination does with them: the interface between who gets what and where it goes."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Protocol

import msgspec

from segdsl.activation.log.entries import Change, Entry
from segdsl.activation.log.store import Log
from segdsl.data.sql_text import text
from segdsl.diagnostics import Diagnostic
from segdsl.engines.shelf import Shelf

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
_PLAIN = "[ !#-\\[\\]-~]*"  # what JSON in ASCII writes as it is


def with_keys(shelf: Shelf, workspace: str, play: str, entity: str, rows: str) -> str:
    """A table of the rows of a query with `customer`, `recipient` and `trigger` (of plain letters), and with `key` by `delivery_key`.

    Texts of plain letters are put in quotes; of the others Python writes each once.
    """
    columns, without = ("customer", "recipient"), shelf.put(rows)
    odd = " UNION ".join(
        f"SELECT {c} AS t FROM {without} WHERE NOT regexp_full_match({c}, {text(_PLAIN)})" for c in columns
    )
    texts, joins = [t for (t,) in shelf.rows(odd)], ""
    cells = [f"'\"' || x.{c} || '\"'" for c in columns]
    if texts:
        written = shelf.put_rows({"t": texts, "json": list(map(_in_json, texts))})
        joins = "".join(f" LEFT JOIN {written} {c}_ ON {c}_.t = x.{c}" for c in columns)
        cells = [f"coalesce({c}_.json, {cell})" for c, cell in zip(columns, cells)]
    first = text("".join(f"{_in_json(part)}, " for part in (workspace, play, entity)))
    listed = f"'[' || {first} || {cells[0]} || ', ' || coalesce({cells[1]}, 'null') || ', \"' || x.trigger || '\"]'"
    table = shelf.put(f"SELECT x.*, sha256({listed}) AS key FROM {without} x{joins}")
    shelf.drop(without)
    return table


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


ORDERED = "place, customer, recipient"
_TEXTS = ("key", "customer", "recipient", "address", "subject", "message")


@dataclass(frozen=True)
class Rows:
    """Deliveries of one play for customers of one entity, as a table on a shelf.

    `table`: as SQL, with the columns `key`, `customer`, `recipient`, `address`, `subject` and `message`, which are as in `Delivery`, and
    for each merge field `f0`, `f1`, …, a text; `place` is the customer's in the order in which they are delivered (`ORDERED`).
    `names`: of the merge fields; `values`: what a text of a field stands for, None where each is itself.
    """

    shelf: Shelf
    table: str
    play: str
    channel: str
    entity: str
    day: dt.date
    names: tuple[str, ...] = ()
    values: tuple[Mapping[str, Value] | None, ...] = ()
    change: Change | None = None

    @cached_property
    def count(self) -> int:
        return int(self.shelf.rows(f"SELECT count(*) FROM {self.table}")[0][0])

    @property
    def fields(self) -> list[str]:
        """The columns of the merge fields."""
        return [f"f{i}" for i in range(len(self.names))]

    def read(self, condition: str = "") -> Iterator[Delivery]:
        """Yields the deliveries in order, or those of `JOIN … WHERE …` with the table as `t`."""
        columns = ", ".join(f"t.{c}" for c in (*_TEXTS, *self.fields))
        order = ", ".join(f"t.{c}" for c in ORDERED.split(", "))
        rows = self.shelf.rows(f"SELECT {columns} FROM {self.table} t {condition} ORDER BY {order}")
        for row in rows:
            merged = zip(self.names, self.values, row[len(_TEXTS) :])
            yield Delivery(
                **dict(zip(_TEXTS, row)),
                play=self.play,
                channel=self.channel,
                day=self.day,
                entity=self.entity,
                fields={name: v if known is None or v is None else known[v] for name, known, v in merged},
                change=self.change,
            )

    def content(self, row: str) -> str:
        """All that is to be delivered to a row of the table, as SQL of a text."""
        texts = ", ".join(f"{row}.{c}" for c in ("address", *self.fields, "subject", "message"))
        names = text(json.dumps([self.names, self.change]))
        return f"{names} || CAST(to_json([{texts}]) AS VARCHAR)"


@dataclass(frozen=True)
class Deliveries:
    """What goes out, by play; iterating yields each delivery in order."""

    rows: tuple[Rows, ...] = ()

    @staticmethod
    def of(rows: Iterable[Rows]) -> Deliveries:
        """The rows, without those of plays that nobody gets."""
        return Deliveries(tuple(r for r in rows if r.count))

    def __len__(self) -> int:
        return sum(r.count for r in self.rows)

    def __iter__(self) -> Iterator[Delivery]:
        for rows in self.rows:
            yield from rows.read()

    @property
    def names(self) -> list[str]:
        """The merge fields that one of them has."""
        return list(dict.fromkeys(name for rows in self.rows for name in rows.names))

    def where(self, condition: Callable[[Rows], bool]) -> Deliveries:
        return Deliveries(tuple(r for r in self.rows if condition(r)))


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

    def plan(self, deliveries: Deliveries, log: Log) -> Plan:
        """What would be done; nothing is. Raises `DestinationError` for what could never be sent."""

    def send(self, deliveries: Deliveries, log: Log) -> Outcome:
        """Send what wasn't sent before. What becomes of each row is in the log before and after.

        Raises `DestinationError` before anything is sent, and `LogError`.
        """
