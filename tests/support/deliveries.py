"""Deliveries made up, and an HTTP server on loopback that takes them, with faults planted."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import socket
import ssl
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb

from segdsl.activation.delivery import Deliveries, Delivery, Rows, Value
from segdsl.activation.destinations.fates import Queue
from segdsl.activation.log.entries import Settled, Status
from segdsl.activation.log.store import Export, Log, ranges
from segdsl.engines.shelf import Shelf

DAY = dt.date(2026, 3, 2)
MAIL = "renewal_mail"
EXPORT = Export(DAY, (MAIL,), "0123456789abcdef")


def delivery(n: int, **changes: Any) -> Delivery:
    """The n-th of many deliveries that look alike."""
    key = hashlib.sha256(f"t {n}".encode()).hexdigest()
    usual: dict[str, Any] = {
        "key": key,
        "play": MAIL,
        "channel": "email",
        "day": DAY,
        "entity": "account",
        "customer": f"a{n:05}",
        "recipient": f"u{n:05}",
        "address": f"user{n}@customer.example",
        "fields": {
            "name": f"Customer {n}",
            "arr": Decimal("1200.50") + n,
            "renewal": DAY,
            "seats": n,
            "tags": ("a", "b"),
        },
        "subject": f"Your renewal, customer {n}",
        "message": "Hello\nthere",
    }
    return Delivery(**(usual | changes))


def deliveries(count: int) -> list[Delivery]:
    return [delivery(n) for n in range(count)]


def put(rows: Sequence[Delivery]) -> Deliveries:
    """Deliveries as an account has them: tables on a shelf, one for those that have the same but for who gets it and its fields."""
    shelf = Shelf(duckdb.connect(), Path(tempfile.mkdtemp()), contextlib.nullcontext)
    parts: dict[tuple[object, ...], list[Delivery]] = {}
    for d in rows:
        parts.setdefault((d.play, d.channel, d.entity, d.day, d.change, *d.fields), []).append(d)
    return Deliveries(tuple(_put(shelf, part) for part in parts.values()))


def _put(shelf: Shelf, rows: Sequence[Delivery]) -> Rows:
    one, texts = rows[0], ("key", "customer", "recipient", "address", "subject", "message")
    columns: dict[str, list[str | None]] = {c: [getattr(d, c) for d in rows] for c in texts}
    meant: list[dict[str, Value] | None] = []
    for i, name in enumerate(one.fields):
        values = [d.fields[name] for d in rows]
        is_text = all(isinstance(v, str | None) for v in values)
        columns[f"f{i}"] = [None if v is None else v if is_text else repr(v) for v in values]  # type: ignore[misc]
        meant.append(None if is_text else {repr(v): v for v in values if v is not None})
    table = shelf.put_rows({**columns, "numbered": [str(n) for n in range(len(rows))]})
    table = shelf.put(f"SELECT *, CAST(numbered AS BIGINT) AS place FROM {table}")
    return Rows(shelf, table, one.play, one.channel, one.entity, one.day, tuple(one.fields), tuple(meant), one.change)


def statuses(log: Log, to: str) -> dict[str, Status]:
    """What became last of each delivery to a destination, by key."""
    return {e.key: e.status for e in log.latest(f"destination = '{to}'")}


def say(log: Log, to: str, rows: Sequence[Delivery], status: Status) -> None:
    """Write into a log that deliveries are in doubt, or would have been sent, or what became of them, who are in doubt before."""
    unsettled = {e.key: e.line for e in log.latest(f"destination = '{to}' AND status = 'in doubt'")}
    if status in ("in doubt", "would have been sent") or not {d.key for d in rows} <= {*unsettled}:
        queue = Queue.of(to, put(rows), log, ())
        for run in queue.runs:
            queue.write(run, run.first, run.last, "in doubt" if status != "would have been sent" else status)
    if status not in ("in doubt", "would have been sent"):
        lines = {e.key: e.line for e in log.latest(f"destination = '{to}'")}
        log.settle(Settled(of=ranges(sorted(lines[d.key] for d in rows)), status=status))


@dataclass(frozen=True)
class Reply:
    """What the server does with a request.

    `takes`: whether it accepts the rows before it answers, or doesn't.
    `cut`: closes the connection in the middle of the answer, at its beginning without `status`.
    """

    status: int | None = 200
    body: bytes = b'{"ok": true}'
    headers: dict[str, str] = field(default_factory=dict)
    takes: bool = True
    cut: bool = False
    after: float = 0.0


OK = Reply()
BUSY = Reply(500, b"oops", takes=False)
LOST = Reply(500, b"oops after all")  # it took the rows, and says that it didn't
GONE = Reply(None, cut=True)  # it took the rows, and says nothing
DEAF = Reply(None, cut=True, takes=False)
HALF = Reply(200, b'{"ok": true, "re', cut=True)
Taken = list[dict[str, Any]]


def too_large(most: int) -> Callable[[int, Taken], Reply]:
    return lambda n, rows: Reply(413, b"too large", takes=False) if len(rows) > most else OK


def refusing(wrong: Callable[[dict[str, Any]], bool]) -> Callable[[int, Taken], Reply]:
    """Answers 200 with the rows that it doesn't take."""

    def reply(n: int, rows: Taken) -> Reply:
        listed = [{"key": r["key"], "reason": f"no such mailbox: {r['address']}"} for r in rows if wrong(r)]
        return Reply(200, json.dumps({"rejected": listed}).encode(), {"content-type": "application/json"})

    return reply


def in_turn(replies: Sequence[Reply], then: Reply = OK) -> Callable[[int, Taken], Reply]:
    return lambda n, rows: replies[n] if n < len(replies) else then


@dataclass
class Receiver:
    """What a server took: each row once by its key. `requests` are (headers, body, monotonic time)."""

    url: str
    reply: Callable[[int, Taken], Reply]
    accepted: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[tuple[dict[str, str], bytes, float]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, headers: dict[str, str], body: bytes) -> Reply:
        with self.lock:
            rows: Taken = json.loads(body)["rows"]
            reply = self.reply(len(self.requests), rows)
            self.requests.append((headers, body, time.monotonic()))
            said = json.loads(reply.body) if reply.status == 200 and reply.body.endswith(b"}") else {}
            refused = {r.get("key") for r in said.get("rejected", []) if isinstance(r, dict)}
            for row in rows if reply.takes else ():
                if row["key"] not in refused:
                    self.accepted.setdefault(row["key"], row)
            return reply


@contextlib.contextmanager
def receiver(
    reply: Callable[[int, Taken], Reply] = lambda n, rows: OK, certificate: Path | None = None
) -> Iterator[Receiver]:
    """A server that answers by `reply`; over TLS with a certificate."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            answer = taken.take({k.lower(): v for k, v in self.headers.items()}, body)
            if answer.after:
                time.sleep(answer.after)
            with contextlib.suppress(OSError):
                self._answer(answer)

        def _answer(self, answer: Reply) -> None:
            if answer.status is not None:
                size = len(answer.body) * (2 if answer.cut else 1)
                self.send_response(answer.status)
                for name, value in {"content-length": str(size), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)
                self.wfile.flush()
            if answer.cut:
                self.close_connection = True
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 0, 0))
                self.connection.close()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that was killed is no error."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    scheme = "http"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    taken = Receiver(f"{scheme}://127.0.0.1:{server.server_port}/rows", reply)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield taken
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
