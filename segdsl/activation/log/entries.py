"""What the delivery log says of one delivery, and how its lines are written and read.

A line is a JSON object whose last member is a checksum of the line and of the checksum before, so that no line can be
changed, taken out or put in between without the next one showing it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Container, Iterable, Iterator
from typing import Literal

import msgspec

Status = Literal["in doubt", "sent", "not sent", "rejected", "would have been sent", "withdrawn"]
"""`in doubt`: it may have been sent, written before every attempt. `not sent`: the attempt surely reached nobody."""


Change = Literal["entered", "left", "updated"]
"""What a recipient did since the export before, for a destination that is told of changes."""


class Fate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of one delivery at one destination.

    `key`: idempotency key; the same for each attempt.
    `address`, `content`: fingerprints of the address, and of all that was to be delivered; never the thing itself.
    `entity`: what the customer is. `change`: what a list was told of the recipient; whoever left it got nothing.
    `answer`: what the destination said, without anything of the delivery; "" without an answer.
    """

    destination: str
    play: str
    channel: str
    entity: str
    customer: str
    recipient: str | None
    key: str
    address: str | None
    content: str
    status: Status
    change: Change | None = None
    answer: str = ""


class Entry(Fate, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of the log.

    `n`: its number among all lines of all exports, from 1; the latest line of a key is the one with the highest.
    `export`, `day`, `rules`: which export wrote it, as of which day, by which rules (a fingerprint).
    `at`: time of the clock, UTC, for people; nothing is ordered by it.
    """

    n: int
    export: str
    day: dt.date
    rules: str
    at: dt.datetime


class Broken(Exception):
    """A file of the log isn't as it was written; `str` says where, in words."""


_SUM = re.compile(rb',"sum":"([0-9a-f]{64})"\}\Z')
_sha256 = hashlib.sha256
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Entry).decode


def seed(export: str) -> str:
    """The checksum before the first line of an export's file."""
    return hashlib.sha256(export.encode()).hexdigest()


def written(
    fates: Iterable[Fate], first: int, export: str, day: dt.date, rules: str, at: dt.datetime, before: str
) -> tuple[bytes, str]:
    """(lines, checksum of the last one) of the entries of fates, numbered from `first`, that follow a line with the checksum `before`.

    A line is the JSON of its `Entry`: the members of the fate, which differ, come first, and those that all lines have last.
    """
    tail = _encode({"export": export, "day": day, "rules": rules, "at": at})[1:-1]
    parts: list[bytes] = []
    digest = before.encode()
    for n, fate in enumerate(fates, first):
        body = b'%b,"n":%d,%b' % (_encode(fate)[:-1], n, tail)
        digest = _sha256(digest + body).hexdigest().encode()
        parts += (body, b',"sum":"', digest, b'"}\n')
    return b"".join(parts), digest.decode()


def read(content: bytes, before: str) -> Iterator[tuple[Entry, str]]:
    """Each entry of whole lines with its checksum; raises `Broken` at the first line that isn't as it was written."""
    for number, line in enumerate(content.split(b"\n")[:-1], 1):
        ending = _SUM.search(line[-100:])
        body = line[: -len(ending[0])] if ending else line
        if ending is None or _digest(before, body) != ending[1].decode():
            raise Broken(f"line {number} was changed, or one before it is missing")
        try:
            entry = _decode(body + b"}")
        except (msgspec.DecodeError, RecursionError):
            raise Broken(f"line {number} is none that an export wrote") from None
        before = ending[1].decode()
        yield entry, before


def chosen(content: bytes, numbers: Container[int]) -> Iterator[Entry]:
    """Each entry with one of some numbers, of lines that `read` has checked; raises `Broken` where they aren't those any more."""
    for line in content.split(b"\n")[:-1]:
        _, _, behind = line.rpartition(b',"n":')  # no text of an entry has it: its quotes are escaped
        try:
            if int(behind.partition(b",")[0]) in numbers:
                yield _decode(_SUM.sub(b"}", line))
        except (ValueError, msgspec.DecodeError, RecursionError):
            raise Broken("its lines have changed") from None


def _digest(before: str, body: bytes) -> str:
    return _sha256(before.encode() + body).hexdigest()
