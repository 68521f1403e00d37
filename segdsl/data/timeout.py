"""How long a question to the engine may take."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import duckdb

from segdsl.data.examples import many
from segdsl.data.files import DataError
from segdsl.diagnostics import Diagnostic

_AGAIN = 0.1  # seconds between interruptions: one that meets no question is lost


class TooLong(DataError):
    """A question took longer than its source's `timeout`."""


@contextlib.contextmanager
def within(con: duckdb.DuckDBPyConnection, seconds: int, what: str) -> Iterator[None]:
    """Interrupts what the engine does when the time is over; then raises `TooLong`, which says that `what` took longer."""
    done, late = threading.Event(), threading.Event()

    def watch() -> None:
        if not done.wait(seconds):
            late.set()
            while not done.wait(_AGAIN):
                con.interrupt()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    except Exception:
        if not late.is_set():
            raise
    finally:
        done.set()
        watcher.join()
    if late.is_set():
        help = "a view without an end, or data that unpacks to very much? For more time, under the source in segdsl.toml: timeout = 3600"
        raise TooLong(Diagnostic("SEG0706", f"{what} took longer than {many(seconds, 'second')}", help=help))
