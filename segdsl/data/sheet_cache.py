"""Sheets of workbooks that were read before, as text, so that the next command needn't read a large workbook again.

An entry is found by the bytes of the workbook, by which sheet and lines of it were read, and by what reads it. It
lies among the tool's own files, which git ignores. One that git tracks, or that a link leads to, may be somebody else's and
isn't read (`files/trusted.py`); one that was damaged is read from the workbook again. The folder holds `MOST_BYTES`, the
entries that were used last.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from segdsl.data.files import TextFile
from segdsl.diagnostics import Diagnostic
from segdsl.files import atomic, trusted
from segdsl.version import __version__
from segdsl.workspace.config import TableSource

MOST_BYTES = 1_000_000_000  # of all entries
LEAST_BYTES = 100_000  # of a workbook; a smaller one is read at once
_LONGEST_LINE = 10_000_000  # bytes of what is said of an entry


def folder_of(root: Path) -> Path:
    """Where the sheets of a workspace are kept."""
    return root / trusted.FOLDER / "sheets"


@dataclass(frozen=True)
class Entry:
    """A sheet's place in a folder of sheets: a line about it in JSON, then its text."""

    path: Path

    @staticmethod
    def of(folder: Path, workbook: Path, source: TableSource) -> Entry | None:
        """The entry of a sheet, whether or not it is there; None for a workbook that is small, or can't be read."""
        try:
            if workbook.stat().st_size < LEAST_BYTES:
                return None
            written = [_digest(workbook), workbook.name, *_reader()]
        except OSError:
            return None
        asked = [
            *written,
            source.sheet,
            source.skip_rows,
            source.skip_footer,
            source.header_rows,
            source.skip_below_header,
        ]
        return Entry(folder / f"{hashlib.sha256(json.dumps(asked).encode()).hexdigest()}.csv")

    def read(self, target: Path) -> TextFile | None:
        """Copy the sheet's text to a file; None where there is no entry that can be trusted."""
        if not self.path.is_file() or trusted.planted(self.path):
            return None
        try:
            with self.path.open("rb") as kept, target.open("wb") as copy:
                said = json.loads(kept.readline(_LONGEST_LINE))
                shutil.copyfileobj(kept, copy, 1_000_000)
            if _digest(target) != said["sha256"]:
                return None
            os.utime(self.path)
            return _file(target, said)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, file: TextFile) -> None:
        """Keep a sheet's text, and delete the entries that weren't used for longest; does nothing where that fails."""

        def write(path: Path) -> None:
            with path.open("wb") as kept, file.path.open("rb") as text:
                kept.write(json.dumps(_said(file)).encode() + b"\n")
                shutil.copyfileobj(text, kept, 1_000_000)

        if file.path.stat().st_size > MOST_BYTES // 2 or trusted.planted(self.path):
            return
        with contextlib.suppress(OSError):
            trusted.own_folder(self.path.parent)
            atomic.replace(self.path, write, 0o600)
            self._make_room()

    def _make_room(self) -> None:
        entries = sorted(self.path.parent.glob("*.csv"), key=lambda p: p.stat().st_mtime, reverse=True)
        size = 0
        for entry in entries:
            size += entry.stat().st_size
            if size > MOST_BYTES and entry != self.path:
                atomic.remove(entry)


@cache
def _reader() -> tuple[str, str, str]:
    """What reads workbooks here: an entry of another version or of changed code is no answer."""
    return (__version__, version("openpyxl"), _digest(Path(__file__).with_name("workbook.py")))


def _said(file: TextFile) -> dict[str, Any]:
    return {
        "sha256": _digest(file.path),
        "delimiter": file.delimiter,
        "header": file.header,
        "skip": file.skip,
        "plain": sorted(file.plain),
        "percents": sorted(file.percents),
        "notes": [(note.code, note.message, note.help) for note in file.notes],
    }


def _file(path: Path, said: Mapping[str, Any]) -> TextFile:
    notes = tuple(Diagnostic(code, message, help=help, severity="warning") for code, message, help in said["notes"])
    plain, percents = frozenset(said["plain"]), frozenset(said["percents"])
    return TextFile(path, said["delimiter"], tuple(said["header"]), said["skip"], plain, notes, percents)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
