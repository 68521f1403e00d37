"""What is the same for every destination: which deliveries go out, and what the log says of each before and after."""

from __future__ import annotations

import importlib
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from segdsl.activation.account.parts import folded
from segdsl.activation.delivery import ORDERED, Deliveries, Delivery, Outcome, Plan, Rejected, Rows
from segdsl.activation.destinations.answers import LONGEST, without_personal
from segdsl.activation.log.entries import Block, Entry, Settled, Status
from segdsl.activation.log.store import Log, ranges
from segdsl.data.sql_text import text
from segdsl.diagnostics import Diagnostic, Refusal, printable
from segdsl.workspace.destinations import FROM_ENVIRONMENT


class DestinationError(Refusal):
    """A destination that nothing can be sent to as it is set up, and nothing was. Exit code 3."""

    exit_code = 3


def refusal(name: str, why: str, help: str) -> Diagnostic:
    """Says why a destination takes nothing more."""
    return Diagnostic("SEG0752", f"destination `{name}`: {why}", help=help)


def secret(name: str, setting: str, value: str) -> str:
    """A setting whose value may be `env:NAME`, which stands for a variable of the environment.

    Raises `DestinationError` where there is no such variable.
    """
    named = FROM_ENVIRONMENT.fullmatch(value)
    if named is None:
        return value
    found = os.environ.get(named[1], "")
    if not found:
        why = f"the environment has no {named[1]}, which `{setting}` in [destinations.{name}] names"
        raise DestinationError(refusal(name, why, f"set {named[1]} before the export"))
    return found


def refuse_without(name: str, extra: str, *packages: str) -> None:
    """Raise `DestinationError` where packages that a destination needs aren't installed."""
    for package in packages:
        try:
            importlib.import_module(package)
        except ImportError:
            why = f"it needs the package {package}, which isn't installed"
            raise DestinationError(refusal(name, why, f'pip install "segdsl[{extra}]"')) from None


def refuse_equal_keys(name: str, deliveries: Deliveries) -> None:
    """Raise `DestinationError` where two deliveries have one key: only one of them could be sent."""
    if not deliveries.rows:
        return
    keys = " UNION ALL ".join(f"SELECT key, {text(r.play)} AS play, customer FROM {r.table}" for r in deliveries.rows)
    counted = f"SELECT any_value(play), any_value(customer), count(*) FROM ({keys}) GROUP BY key HAVING count(*) > 1"
    for play, customer, count in deliveries.rows[0].shelf.rows(f"{counted} ORDER BY 3 DESC, key LIMIT 1"):
        whose = printable(f"`{play}` for `{customer}`")
        raise DestinationError(
            refusal(name, f"{whose} is there {count:,} times", "each play reaches somebody once a day")
        )


@dataclass(frozen=True)
class Run:
    """Deliveries of `rows`, a part of all, at places that follow each other."""

    rows: Rows
    part: int
    first: int
    last: int


@dataclass(frozen=True)
class Queue:
    """Deliveries that are logged, each at a place, from 0: those that may have been sent before come first, which are `again` many.

    `table`: on a shelf, with the `place` of the row of a `part` with the rowid `own`.
    """

    destination: str
    log: Log
    runs: tuple[Run, ...] = ()
    again: int = 0
    table: str = ""

    @property
    def size(self) -> int:
        return self.runs[-1].last + 1 if self.runs else 0

    @staticmethod
    def of(name: str, deliveries: Deliveries, log: Log, settled: Sequence[Status]) -> Queue:
        """Those of which the log doesn't say one of some statuses."""
        if not deliveries.rows:
            return Queue(name, log)
        shelf = deliveries.rows[0].shelf
        known = log.put(shelf, f"SELECT key, status FROM latest WHERE destination = {text(name)}")
        parts = " UNION ALL ".join(
            f"SELECT {i} AS part, rowid AS own, {ORDERED}, key FROM {rows.table}"
            for i, rows in enumerate(deliveries.rows)
        )
        was = "k.status IS NOT DISTINCT FROM 'in doubt'"
        table = shelf.put(
            f"SELECT row_number() OVER (ORDER BY {was} DESC, part, {ORDERED}) - 1 AS place, part, own, {was} AS again"
            f" FROM ({parts}) p LEFT JOIN {known} k ON k.key = p.key"
            f" WHERE k.status IS NULL OR k.status NOT IN ({', '.join(map(text, settled))})"
        )
        found = shelf.rows(f"SELECT part, min(place), max(place), again FROM {table} GROUP BY part, again ORDER BY 2")
        runs = tuple(Run(deliveries.rows[part], part, first, last) for part, first, last, _ in found)
        again = sum(last - first + 1 for _, first, last, is_again in found if is_again)
        return Queue(name, log, runs, again, table)

    def between(self, run: Run, first: int, last: int) -> str:
        """A join that leaves of the rows of a run, `t`, those at some places of the queue, `q`."""
        return (
            f"JOIN {self.table} q ON q.own = t.rowid WHERE q.part = {run.part} AND q.place BETWEEN {first} AND {last}"
        )

    def write(self, run: Run, first: int, last: int, status: Status) -> int:
        """Log those at places of a run; return the number of the first line."""
        rows = run.rows
        block = Block(
            destination=self.destination,
            play=rows.play,
            channel=rows.channel,
            entity=rows.entity,
            change=rows.change,
            status=status,
        )
        address = f"coalesce({folded('t.address')}, CASE WHEN t.address IS NOT NULL THEN '' END)"
        cells = {
            "customer": "t.customer", "recipient": "t.recipient", "key": "t.key", "address": self.log.fingerprint(address),
            "content": self.log.fingerprint(rows.content("t")),
        }  # fmt: skip
        members = ", ".join(f"{c} := {cell}" for c, cell in cells.items())

        def lines(start: int, end: int, number: int) -> str:
            line = f"to_json(struct_pack(n := q.place + {number - first - start}, {members}))"
            between = self.between(run, first + start, first + end)
            every = f"SELECT q.place, CAST({line} AS VARCHAR) || chr(10) AS line FROM {rows.table} t {between}"
            ((found,),) = rows.shelf.rows(f"SELECT string_agg(line, '' ORDER BY place) FROM ({every})")
            return str(found)

        return self.log.write(block, last - first + 1, lines)


def withheld(name: str, deliveries: Deliveries, log: Log) -> Queue:
    """Deliveries to customers who are held out, for `withhold`. What was sent before, or may have been, stays so."""
    return Queue.of(name, deliveries, log, ("sent", "in doubt", "would have been sent"))


def withhold(queue: Queue) -> int:
    """Log deliveries as `would have been sent`, once each; return how many were new."""
    for run in queue.runs:
        queue.write(run, run.first, run.last, "would have been sent")
    return queue.size


Places = Sequence[tuple[int, int]]
"""Ranges of places, from one to another one."""
_OPEN, _DOUBTFUL, _CLOSED = range(3)
_PAGE = 10_000  # deliveries that are read at once


@dataclass
class Fates:
    """The deliveries of an export to one destination, and what became of them. Places are those of what wasn't sent before, from 0, where
    those in doubt come first.
    """

    name: str
    log: Log
    deliveries: Deliveries
    sent_now: int = 0
    refused: list[Rejected] = field(default_factory=list)
    _queue: Queue = field(init=False)
    _unsettled: tuple[Entry, ...] = ()
    _state: bytearray = field(init=False)  # of each place
    _numbers: list[tuple[int, int, int]] = field(
        default_factory=list
    )  # first and last place of what was begun, and its first line
    _places: dict[str, int] = field(default_factory=dict)  # by key, of the deliveries that were read last

    def __post_init__(self) -> None:
        refuse_equal_keys(self.name, self.deliveries)
        self._queue = Queue.of(self.name, self.deliveries, self.log, ("sent",))
        self._state = bytearray([_DOUBTFUL]) * self.again + bytearray([_OPEN]) * (self.pending - self.again)
        if not self.log.is_empty:
            self._unsettled = self._left_in_doubt()

    def _left_in_doubt(self) -> tuple[Entry, ...]:
        """What an earlier export left in doubt, and is no delivery of this one."""
        doubtful = self.log.latest(f"destination = {text(self.name)} AND status = 'in doubt'")
        if not doubtful or not self.deliveries.rows:
            return tuple(doubtful)
        shelf = self.deliveries.rows[0].shelf
        asked = shelf.put_rows({"key": [e.key for e in doubtful]})
        own = " UNION ALL ".join(f"SELECT key FROM {r.table}" for r in self.deliveries.rows)
        mine = {key for (key,) in shelf.rows(f"SELECT key FROM {asked} SEMI JOIN ({own}) USING (key)")}
        return tuple(e for e in doubtful if e.key not in mine)

    @property
    def pending(self) -> int:
        """How many weren't sent before."""
        return self._queue.size

    @property
    def again(self) -> int:
        """How many may have been sent before."""
        return self._queue.again

    @property
    def everything(self) -> Places:
        return [(run.first, run.last) for run in self._queue.runs]

    def of_plays(self, plays: Collection[str]) -> Places:
        """The places of some plays."""
        return [(run.first, run.last) for run in self._queue.runs if run.rows.play in plays]

    def places(self, batch: Iterable[Delivery]) -> Places:
        """The places of deliveries of the batch that was read last."""
        return ranges(sorted(self._places[d.key] for d in batch))

    def batches(self, size: int) -> Iterator[list[Delivery]]:
        for start in range(0, self.pending, (_PAGE // size or 1) * size):
            page = self.read([(start, min(start + (_PAGE // size or 1) * size, self.pending) - 1)])
            self._places = {d.key: start + i for i, d in enumerate(page)}
            for first in range(0, len(page), size):
                yield page[first : first + size]

    def read(self, places: Places) -> list[Delivery]:
        """The deliveries at places, in their order."""
        found: list[Delivery] = []
        for run, first, last in self._in_runs(places):
            found += run.rows.read(self._queue.between(run, first, last))
        return found

    def _in_runs(self, places: Places) -> Iterator[tuple[Run, int, int]]:
        for first, last in places:
            for run in self._queue.runs:
                if max(first, run.first) <= min(last, run.last):
                    yield run, max(first, run.first), min(last, run.last)

    # -- into the log --------------------------------------------------------------------

    def begin(self, places: Places) -> None:
        """Log an attempt before it is made: from here on the deliveries are in doubt."""
        self._numbers = [n for n in self._numbers if _DOUBTFUL in self._state[n[0] : n[1] + 1]]
        for run, first, last in self._in_runs(places):
            self._numbers.append((first, last, self._queue.write(run, first, last, "in doubt")))
            self._mark([(first, last)], _DOUBTFUL)

    def sent(self, places: Places, answer: str = "") -> None:
        self._settle(places, "sent", answer)
        self._mark(places, _CLOSED)
        self.sent_now += sum(last - first + 1 for first, last in places)

    def rejected(self, refused: Sequence[Rejected]) -> None:
        """Log that the destination refuses deliveries, with its answers."""
        by_answer: dict[str, list[Delivery]] = {}
        for r in refused:
            by_answer.setdefault(without_personal(r.answer, r.delivery), []).append(r.delivery)
        for answer, batch in by_answer.items():
            self._settle(self.places(batch), "rejected", answer)
            self._mark(self.places(batch), _CLOSED)
        self.refused += [Rejected(r.delivery, r.answer[:LONGEST]) for r in refused]

    def not_sent(self, places: Places, answer: str = "") -> None:
        """Log that the attempt surely reached nobody. What an earlier export left in doubt stays in doubt."""
        new = [(max(first, self.again), last) for first, last in places if last >= self.again]
        self._settle(new, "not sent", answer)
        self._mark(new, _OPEN)

    def _settle(self, places: Places, status: Status, answer: str) -> None:
        of = [
            (number + max(first, low) - low, number + min(last, high) - low)
            for first, last in places
            for low, high, number in self._numbers
            if max(first, low) <= min(last, high)
        ]
        self.log.settle(Settled(of=sorted(of), status=status, answer=answer))

    def _mark(self, places: Places, state: int) -> None:
        for first, last in places:
            self._state[first : last + 1] = bytes([state]) * (last - first + 1)

    # -- results -----------------------------------------------------------------------------

    def outcome(self, files: Sequence[Path] = (), stopped: Diagnostic | None = None) -> Outcome:
        doubtful, open_ = (
            self.read(ranges([place for place, state in enumerate(self._state) if state == which]))
            if which in self._state
            else ()
            for which in (_DOUBTFUL, _OPEN)
        )
        return Outcome(
            self.name,
            self.sent_now,
            len(self.deliveries) - self.pending,
            tuple(self.refused),
            tuple(doubtful),
            tuple(open_),
            self._unsettled,
            tuple(files),
            stopped,
        )

    def plan(self, place: str, steps: Sequence[str]) -> Plan:
        repeated = len(self.deliveries) - self.pending
        return Plan(self.name, place, self.pending, repeated, self.again, self._unsettled, tuple(steps))
