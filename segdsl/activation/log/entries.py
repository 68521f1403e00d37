"""What the delivery log says of deliveries, and how its lines are written and checked.

Deliveries that go out together are a block: a head with all that they have in common, and a line for each of them. What
became of them is one line more, about whole ranges of lines. Each head, and each line about others, ends in a checksum of
itself, of the lines that it stands before, and of the checksum before: so no line can be changed, taken out or put in
between without this one, or the next, showing it.

Logs of before had every line whole, with a checksum of its own; they are read as blocks of one line.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

Status = Literal["in doubt", "sent", "not sent", "rejected", "would have been sent", "withdrawn"]
"""`in doubt`: it may have been sent, written before every attempt. `not sent`: the attempt surely reached nobody."""


Change = Literal["entered", "left", "updated"]
"""What a recipient did since the export before, for a destination that is told of changes."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What a line says of one delivery at one destination: its own line, or one about it.

    `n`: the number of that line among all lines of all exports, from 1; the latest one of a key has the highest. `line`: of its own line.
    `key`: idempotency key; the same for each attempt.
    `address`, `content`: fingerprints of the address, and of all that was to be delivered; never the thing itself.
    `entity`: what the customer is. `change`: what a list was told of the recipient; whoever left it got nothing.
    `answer`: what the destination said, without anything of the delivery; "" without an answer.
    `export`, `day`, `rules`: which export wrote it, as of which day, by which rules (a fingerprint).
    `at`: time of the clock, UTC, for people; nothing is ordered by it.
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
    change: Change | None
    answer: str
    n: int
    line: int
    export: str
    day: dt.date
    rules: str
    at: dt.datetime


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """What the deliveries of a block have in common."""

    destination: str
    play: str
    channel: str
    entity: str
    change: Change | None
    status: Status


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the deliveries of some lines. `of`: the first and the last number of each range of them."""

    of: Sequence[tuple[int, int]]
    status: Status
    answer: str = ""


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """Who wrote a line, which stands at the end of heads and of lines about others: see `Entry`."""

    export: str
    day: dt.date
    rules: str
    at: dt.datetime


class Broken(Exception):
    """A file of the log isn't as it was written; `str` says where, in words."""


class _Head(msgspec.Struct, frozen=True):
    """What is read of a line with a checksum. `lines`, `bytes`: how many follow it; `n` of the first of them, or of itself."""

    n: int
    lines: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Lines that were checked together. `first`, `last`: their numbers; `end`: the byte of the file behind them."""

    first: int
    last: int
    sum: str
    end: int


_SUM = re.compile(rb',"sum":"([0-9a-f]{64})"\}\Z')
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Head).decode


def seed(export: str) -> str:
    """The checksum before the first line of an export's file."""
    return hashlib.sha256(export.encode()).hexdigest()


def written(about: Block | Settled, n: int, count: int, lines: bytes, by: Signature, before: str) -> tuple[bytes, str]:
    """(bytes, checksum) of a head and the `count` lines behind it, numbered from `n`, or of a line about others, without any."""
    own = _encode({"n": n, "lines": count, "bytes": len(lines)} if isinstance(about, Block) else {"n": n})
    body = b"%b,%b,%b" % (own[:-1], _encode(about)[1:-1], _encode(by)[1:-1])
    digest = _digest(before, body, lines)
    return b'%b,"sum":"%b"}\n%b' % (body, digest.encode(), lines), digest


def parts(content: bytes, before: str) -> Iterator[Part]:
    """What a file has, in order; the last part is left out where its end is missing. Raises `Broken` where one isn't as it was written."""
    at = number = 0
    while (end := content.find(b"\n", at) + 1) > 0:
        line = content[at : end - 1]
        ending = _SUM.search(line[-100:])
        body = line[: -len(ending[0])] if ending else line
        try:
            head = _decode(body + b"}") if ending else None
        except (msgspec.DecodeError, RecursionError):
            head = None
        size = head.bytes if head is not None else 0
        if end + size > len(content):
            return
        lines = content[end : end + size]
        own = 1 + (head.lines if head is not None else 0)
        if head is None or ending is None or _digest(before, body, lines) != ending[1].decode():
            where = (
                f"line {number + 1} was changed, or one before it"
                if own == 1
                else f"one of lines {number + 1} to {number + own} was changed, or one before them"
            )
            raise Broken(f"{where} is missing")
        before = ending[1].decode()
        at, number = end + size, number + own
        yield Part(head.n, head.n + max(1, head.lines) - 1, before, at)


def _digest(before: str, body: bytes, lines: bytes) -> str:
    digest = hashlib.sha256(before.encode() + body)
    digest.update(lines)
    return digest.hexdigest()
