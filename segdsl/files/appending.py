"""Append-only writing of the tool's own files: whole lines, on the disk before anything else happens."""

from __future__ import annotations

import os
from pathlib import Path

from segdsl.files import atomic


def append(path: Path, lines: bytes) -> None:
    """Append lines to a file, made where it isn't there, and sync it. Raises `OSError`, and then the file is as it was.

    A kill may leave the beginning of the lines, the last one cut: see `cut_back`.
    """
    is_new = not path.exists()
    with path.open("ab", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        try:
            _write(file.fileno(), lines)
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), size)
            raise
    if is_new:
        atomic.sync(path.parent)


def _write(file: int, lines: bytes) -> None:
    left = memoryview(lines)
    while left:
        left = left[os.write(file, left) :]


def cut_back(path: Path, size: int) -> None:
    """Take away what a kill left of a line behind the first `size` bytes; raises `OSError`."""
    with path.open("r+b") as file:
        file.truncate(size)
        os.fsync(file.fileno())
