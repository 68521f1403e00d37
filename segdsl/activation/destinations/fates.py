"""What is the same for every destination: which deliveries go out, and what the log says of each before and after."""

from __future__ import annotations

import importlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from segdsl.activation.delivery import Delivery, Outcome, Plan, Rejected
from segdsl.activation.destinations.answers import LONGEST, without_personal
from segdsl.activation.log.entries import Entry, Fate, Status
from segdsl.activation.log.store import Log
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


def refuse_equal_keys(name: str, deliveries: Sequence[Delivery]) -> None:
    """Raise `DestinationError` where two deliveries have one key: only one of them could be sent."""
    if len({d.key for d in deliveries}) < len(deliveries):
        ((key, count),) = Counter(d.key for d in deliveries).most_common(1)
        first = next(d for d in deliveries if d.key == key)
        whose = printable(f"`{first.play}` for `{first.customer}`")
        raise DestinationError(
            refusal(name, f"{whose} is there {count:,} times", "each play reaches somebody once a day")
        )


def withhold(name: str, deliveries: Sequence[Delivery], log: Log) -> int:
    """Log deliveries to customers who are held out as `would have been sent`, once each; return how many were new.

    What was sent before, or may have been, stays so.
    """
    settled = ("sent", "in doubt", "would have been sent")
    new = [d for d in deliveries if log.status(name, d.key) not in settled]
    log.write([d.fate(name, log, "would have been sent") for d in new])
    return len(new)


@dataclass
class Fates:
    """The deliveries of an export to one destination, and what became of them.

    `pending`: those that weren't sent before, those in doubt first.
    """

    name: str
    log: Log
    deliveries: Sequence[Delivery]
    pending: list[Delivery] = field(init=False)
    sent_now: int = 0
    refused: list[Rejected] = field(default_factory=list)
    _open: dict[str, Delivery] = field(default_factory=dict)
    _doubtful: frozenset[str] = frozenset()
    _written: dict[str, Fate] = field(default_factory=dict)

    def __post_init__(self) -> None:
        refuse_equal_keys(self.name, self.deliveries)
        status = {d.key: self.log.status(self.name, d.key) for d in self.deliveries}
        self._doubtful = frozenset(key for key, known in status.items() if known == "in doubt")
        again = [d for d in self.deliveries if d.key in self._doubtful]
        self.pending = again + [d for d in self.deliveries if status[d.key] not in ("sent", "in doubt")]
        self._open = {d.key: d for d in self.pending}

    @property
    def again(self) -> int:
        """How many may have been sent before."""
        return len(self._doubtful)

    def batches(self, size: int) -> Iterator[list[Delivery]]:
        for start in range(0, len(self.pending), size):
            yield self.pending[start : start + size]

    # -- into the log --------------------------------------------------------------------

    def begin(self, batch: Sequence[Delivery]) -> None:
        """Log an attempt before it is made: from here on the deliveries are in doubt."""
        self._written |= {d.key: d.fate(self.name, self.log, "in doubt") for d in batch}
        self.log.write([self._written[d.key] for d in batch if self.log.status(self.name, d.key) != "in doubt"])

    def sent(self, batch: Sequence[Delivery], answer: str = "") -> None:
        self._write(batch, "sent", dict.fromkeys((d.key for d in batch), answer))
        self._close(batch)
        self.sent_now += len(batch)

    def rejected(self, batch: Sequence[Delivery], answers: Mapping[str, str]) -> None:
        """Log that the destination refuses deliveries, with its answer by key."""
        self._write(batch, "rejected", answers)
        self._close(batch)
        self.refused += [Rejected(d, answers[d.key][:LONGEST]) for d in batch]

    def not_sent(self, batch: Sequence[Delivery], answer: str = "") -> None:
        """Log that the attempt surely reached nobody. What an earlier export left in doubt stays in doubt."""
        new = [d for d in batch if d.key not in self._doubtful]
        self._write(new, "not sent", dict.fromkeys((d.key for d in new), answer))

    def _write(self, batch: Sequence[Delivery], status: Status, answers: Mapping[str, str]) -> None:
        replace, fates = msgspec.structs.replace, self._written
        answered = ((d.key, without_personal(answers[d.key], d)) for d in batch)
        self.log.write([replace(fates[key], status=status, answer=answer) for key, answer in answered])

    def _close(self, batch: Sequence[Delivery]) -> None:
        for d in batch:
            del self._open[d.key], self._written[d.key]

    # -- results -----------------------------------------------------------------------------

    def outcome(self, files: Sequence[Path] = (), stopped: Diagnostic | None = None) -> Outcome:
        open_ = list(self._open.values())
        doubtful = {d.key for d in open_ if self.log.status(self.name, d.key) == "in doubt"}
        return Outcome(
            self.name,
            self.sent_now,
            len(self.deliveries) - len(self.pending),
            tuple(self.refused),
            tuple(d for d in open_ if d.key in doubtful),
            tuple(d for d in open_ if d.key not in doubtful),
            self._unsettled(),
            tuple(files),
            stopped,
        )

    def plan(self, place: str, steps: Sequence[str]) -> Plan:
        repeated = len(self.deliveries) - len(self.pending)
        return Plan(self.name, place, len(self.pending), repeated, self.again, self._unsettled(), tuple(steps))

    def _unsettled(self) -> tuple[Entry, ...]:
        """What an earlier export left in doubt, and is no delivery of this one."""
        keys = {d.key for d in self.deliveries}
        return tuple(e for e in self.log.in_doubt(self.name) if e.key not in keys)
