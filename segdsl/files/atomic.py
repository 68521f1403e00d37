"""The one way in which a file is written: beside its place, safe on the disk, then renamed into it. Nothing else in the package writes where a person's files lie.

INVARIANT: whoever looks finds the old file or the new one, whole; a link in its place is replaced and never followed.
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
"""What a file is to hold; or what writes that to the path it is given, which is there and empty."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A file on its way: it is written as `aside`, to become `target`. Nobody can foretell the name, which is made of the target's and of `token`."""

    target: Path
    token: str

    @staticmethod
    def beside(target: Path) -> Staged:
        """A file whose token is written down, in a journal or ledger, before the file is: these finish it or take it away."""
        return Staged(target, secrets.token_hex(8))

    @staticmethod
    def alone(target: Path) -> Staged:
        """A file of which nothing else tells: whoever writes the same target next takes away what is left of it."""
        return Staged(target, f"{_ALONE}{secrets.token_hex(8)}")

    @property
    def aside(self) -> Path:
        name = os.fsdecode(os.fsencode(self.target.name)[: _LONGEST - len(self.token) - 3])
        return self.target.with_name(f".{name}-{self.token}~")

    def write(self, content: Content, mode: int = 0o666) -> None:
        """Safe on the disk when it ends. The target's own permissions stay. Raises `OSError`, and then nothing is left behind."""
        _sweep(self.target)
        try:
            with os.fdopen(os.open(self.aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINKS, mode), "wb") as file:
                _is_free(file.fileno())
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
        """Into its place; raises `OSError`."""
        put(self.aside, self.target)

    def discard(self) -> None:
        with contextlib.suppress(OSError):
            self.aside.unlink(missing_ok=True)


_NO_LINKS, _NO_WAITING = getattr(os, "O_NOFOLLOW", 0), getattr(os, "O_NONBLOCK", 0)
_ALONE = "alone"
_LONGEST = 255  # octets of a name, on most file systems


def replace(target: Path, content: Content, mode: int = 0o666) -> None:
    """Writes a file whole, its folder too where there is none; raises `OSError`, and then it is as it was."""
    folder(target.parent)
    staged = Staged.alone(target)
    staged.write(content, mode)
    try:
        staged.put()
    except OSError:
        staged.discard()
        raise


def _sweep(target: Path) -> None:
    """Takes away what commands that were killed left of a file: it has a name that only `Staged.alone` gives, and nobody is writing it."""
    digits = "0" * 16
    before = Staged(target, _ALONE + digits).aside.name.removesuffix(f"{digits}~")
    leftover_name = re.compile(rf"{re.escape(before)}[0-9a-f]{{16}}~")
    with contextlib.suppress(OSError):  # of a folder that can't be listed
        for path in [p for p in target.parent.iterdir() if leftover_name.fullmatch(p.name)]:
            _remove_leftover(path)


def _remove_leftover(leftover: Path) -> None:
    with contextlib.suppress(OSError):
        handle = os.open(leftover, os.O_RDONLY | _NO_LINKS | _NO_WAITING)
        try:
            if _is_free(handle) and stat.S_ISREG(os.fstat(handle).st_mode):
                leftover.unlink()
        finally:
            os.close(handle)


def _is_free(file: int) -> bool:
    """Whether nobody else holds an open file; it is held then until it is closed, by its process's end at the latest."""
    if sys.platform != "win32":  # where an open file can't be taken away anyway
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def put(aside: Path, target: Path) -> None:
    """What was written beside a place into it; raises `OSError`."""
    os.replace(aside, target)
    sync(target.parent)


def remove(target: Path) -> None:
    """Takes a file away, if it is there; raises `OSError`."""
    target.unlink(missing_ok=True)
    sync(target.parent)


def folder(path: Path) -> None:
    """Makes a folder, and those above it; raises `OSError`."""
    path.mkdir(parents=True, exist_ok=True)


def sync(path: Path) -> None:
    """What was renamed in a folder is safe on the disk, where the system can tell."""
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
