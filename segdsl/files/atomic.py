"""Atomic writing: a file is written next to its target, synced, and renamed. No other code writes where a person's
files lie.

INVARIANT: a reader finds the old file or the new one, whole; a link at the target is replaced and never followed.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

if sys.platform != "win32":
    import fcntl

Content = bytes | Callable[[Path], None]
"""A file's content, or a function that writes it to the path of an existing empty file."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A file being written as `aside`, to become `target`; its name contains the unpredictable `token`."""

    target: Path
    token: str

    @staticmethod
    def beside(target: Path) -> Staged:
        """Stage a file whose token is recorded first, in a journal or ledger, which later finishes or deletes it."""
        return Staged(target, secrets.token_hex(8))

    @staticmethod
    def alone(target: Path) -> Staged:
        """Stage a file without a record; the next writer of the target deletes what is left of it."""
        return Staged(target, f"{_ALONE}{secrets.token_hex(8)}")

    @property
    def aside(self) -> Path:
        name = os.fsdecode(os.fsencode(self.target.name)[: _LONGEST - len(self.token) - 3])
        return self.target.with_name(f".{name}-{self.token}~")

    def write(self, content: Content, mode: int = 0o666) -> None:
        """Write and sync the temporary file, with the target's permissions. Raises `OSError`, and then no file is left."""
        _sweep(self.target)
        try:
            with os.fdopen(os.open(self.aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINKS, mode), "wb") as file:
                _try_lock(file.fileno())
                target_mode = _mode(self.target)
                if target_mode is not None:
                    os.chmod(self.aside, target_mode)
                if isinstance(content, bytes):
                    file.write(content)
                else:
                    content(self.aside)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            self.discard()
            raise

    def put(self) -> None:
        """Rename to the target; raises `OSError`."""
        put(self.aside, self.target)

    def discard(self) -> None:
        with contextlib.suppress(OSError):
            self.aside.unlink(missing_ok=True)


_NO_LINKS, _NO_WAITING = getattr(os, "O_NOFOLLOW", 0), getattr(os, "O_NONBLOCK", 0)
_ALONE = "alone"
_LONGEST = 255  # bytes of a file name, on most file systems


def replace(target: Path, content: Content, mode: int = 0o666) -> None:
    """Write a file atomically, and its folder if needed; raises `OSError`, and then the file is unchanged."""
    folder(target.parent)
    staged = Staged.alone(target)
    staged.write(content, mode)
    try:
        staged.put()
    except OSError:
        staged.discard()
        raise


def _sweep(target: Path) -> None:
    """Delete what killed commands left of a target: files named by `Staged.alone` that nobody is writing."""
    digits = "0" * 16
    before = Staged(target, _ALONE + digits).aside.name.removesuffix(f"{digits}~")
    leftover_name = re.compile(rf"{re.escape(before)}[0-9a-f]{{16}}~")
    with contextlib.suppress(OSError):  # the folder can't be listed
        for path in [p for p in target.parent.iterdir() if leftover_name.fullmatch(p.name)]:
            _remove_leftover(path)


def _remove_leftover(leftover: Path) -> None:
    with contextlib.suppress(OSError):
        handle = os.open(leftover, os.O_RDONLY | _NO_LINKS | _NO_WAITING)
        try:
            if _try_lock(handle) and stat.S_ISREG(os.fstat(handle).st_mode):
                leftover.unlink()
        finally:
            os.close(handle)


def _try_lock(file: int) -> bool:
    """Lock an open file until it is closed; False if another process holds the lock."""
    if sys.platform != "win32":  # Windows doesn't delete open files anyway
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def put(aside: Path, target: Path) -> None:
    """Rename a temporary file to its target; raises `OSError`."""
    os.replace(aside, target)
    sync(target.parent)


def remove(target: Path) -> None:
    """Delete a file if it exists; raises `OSError`."""
    target.unlink(missing_ok=True)
    sync(target.parent)


def folder(path: Path) -> None:
    """Make a folder and its parents; raises `OSError`."""
    path.mkdir(parents=True, exist_ok=True)


def sync(path: Path) -> None:
    """Sync a folder after renaming, where the system supports it."""
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _mode(path: Path) -> int | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    return stat.S_IMODE(status.st_mode) if stat.S_ISREG(status.st_mode) else None
