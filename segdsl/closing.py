"""What a command or a call of the Python API opens is closed at its end, also where it ends with an error.

An error holds on to everything that was open when it was raised, such as a database session with its transaction, until
Python happens to collect it. So engines enter themselves here when they are attached.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Protocol


class Closable(Protocol):
    def close(self) -> None: ...


_open: ContextVar[list[weakref.ref[Closable]] | None] = ContextVar("open", default=None)


@contextlib.contextmanager
def closing() -> Iterator[None]:
    """Close what is opened within and still there at the end, latest first."""
    opened: list[weakref.ref[Closable]] = []
    before = _open.set(opened)
    try:
        yield
    finally:
        _open.reset(before)
        for reference in reversed(opened):
            resource = reference()
            if resource is not None:
                resource.close()


def close_at_the_end(resource: Closable) -> None:
    """Have a resource closed at the end of the innermost `closing`, unless nobody holds it by then."""
    opened = _open.get()
    if opened is not None:
        opened.append(weakref.ref(resource))
