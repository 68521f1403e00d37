"""The delivery log's files, below `.segdsl/deliveries` of a workspace: one export writes at a time, and only appends.

Problem. A row that is sent twice annoys a customer, and a row that is lost is a customer forgotten. A process can be
killed between any two steps, and a file can be cut or edited by anybody.

Idea. Each row is written as `in doubt` before it is sent, and with what became of it afterwards. So after a kill the log
says `in doubt` of all that may have been sent and of nothing else, and the next export sends it again with the same key.

Example. `segdsl export` as of 2 March writes `2026-03-02-5f2c81aa.jsonl`:

    1  lines    100 × in doubt          on the disk before the request is made
    2           the request
    3  lines    98 × sent, 2 × rejected

Killed before 1, nothing has happened. Killed between 1 and 3, 100 rows are in doubt.

`head.json` has the number of the last line, its checksum, and the secret by which addresses become fingerprints. It is
written behind each append, before anything is sent: a log with fewer lines than that, or others, has been cut or edited.
A kill between the two leaves lines that the head doesn't know, and that nothing was done about yet.

INVARIANT: the lines of all files are numbered from 1 without a gap.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import msgspec

from segdsl.activation.log.entries import Broken, Entry, Fate, Status, chosen, read, seed, written
from segdsl.diagnostics import Diagnostic, Refusal, printable
from segdsl.files import appending, atomic, git
from segdsl.files.trusted import FOLDER, own_folder, planted

DELIVERIES, HEAD = "deliveries", "head.json"
PATIENCE = 60  # seconds to wait for another export
_AT_ONCE = 50_000  # most lines between two heads, which are in memory at once


class LogError(Refusal):
    """The delivery log can't be used, and nothing was sent. Exit code 3."""

    exit_code = 3


class NoExport(Refusal):
    """The delivery log has no export with an id. Exit code 2."""

    exit_code = 2


@dataclass(frozen=True)
class Export:
    """One run of an export: the same for the same day and the same plays, however often it is repeated.

    `rules`: fingerprint of the rules.
    """

    day: dt.date
    plays: tuple[str, ...]
    rules: str

    @property
    def id(self) -> str:
        digest = hashlib.sha256("\0".join(sorted(self.plays)).encode()).hexdigest()[:8]
        return f"{self.day.isoformat()}-{digest}"


@dataclass(frozen=True)
class _Head:
    """`n` and `sum` of the last line, 0 and "" before the first."""

    n: int
    sum: str
    secret: str

    @property
    def text(self) -> bytes:
        return json.dumps({"n": self.n, "sum": self.sum, "secret": self.secret}).encode()


@dataclass
class Log:
    """An open log, by `to_write` for the one export that writes or `to_read`."""

    folder: Path
    export: Export | None
    _head: _Head
    _latest: dict[str, dict[str, tuple[int, Status]]] = field(default_factory=dict)  # by destination and key
    _sums: dict[str, str] = field(default_factory=dict)

    # -- opening ---------------------------------------------------------------------

    @staticmethod
    @contextlib.contextmanager
    def to_write(root: Path, export: Export | None = None, patience: float = PATIENCE) -> Iterator[Log]:
        """Open a workspace's log, after waiting for another export up to `patience` seconds. Raises `LogError`.

        `export`: whose lines are written; None to withdraw one.
        """
        folder = root / FOLDER / DELIVERIES
        _refuse_planted(folder)
        with contextlib.ExitStack() as opened:
            with _as_log_error(folder):
                own_folder(folder.parent)
                atomic.folder(folder)
                opened.enter_context(_locked(folder, patience))
                log = Log(folder, export, _head(folder) or _new_head(folder))
                log._read_all(mend=True)
                if log._head != _head(folder):
                    log._keep_head()
            yield log

    @staticmethod
    def to_read(root: Path) -> Log:
        """A workspace's log as it is now, empty before the first export. Raises `LogError`."""
        folder = root / FOLDER / DELIVERIES
        _refuse_planted(folder)
        try:
            return Log._read(folder)
        except LogError:  # exports may have gone on while the files were read one after another
            return Log._read(folder)

    @staticmethod
    def _read(folder: Path) -> Log:
        with _as_log_error(folder):
            log = Log(folder, None, _head(folder) or _Head(0, "", ""))
            log._read_all(mend=False)
        return log

    def _read_all(self, mend: bool) -> None:
        """Check all lines, and learn what became of each key last; `mend`: take away a line that a kill cut."""
        numbers: list[int] = []
        last = (0, "")
        for path, content in self._files():
            whole = content[: content.rfind(b"\n") + 1]
            if mend and len(whole) < len(content):
                appending.cut_back(path, len(whole))
            for entry, digest in self._lines(path, whole):
                numbers.append(entry.n)
                if entry.n == self._head.n and digest != self._head.sum:
                    raise _error(self.folder, f"{path.name} isn't the file that was written", _COPY)
                last = max(last, (entry.n, digest))
                known = self._latest.setdefault(entry.destination, {})
                if entry.n > known.get(entry.key, (0, ""))[0]:
                    known[entry.key] = entry.n, entry.status
                self._sums[path.stem] = digest
        highest = max(self._head.n, last[0])
        if sorted(numbers) != list(range(1, highest + 1)):
            lacking = highest - len(set(numbers) & set(range(1, highest + 1)))
            why = f"{lacking:,} of its {highest:,} lines are missing" if lacking else "it has a line twice"
            raise _error(self.folder, why, _COPY)
        self._head = _Head(*last, self._head.secret)

    def _lines(self, path: Path, content: bytes) -> Iterator[tuple[Entry, str]]:
        try:
            yield from read(content, seed(path.stem))
        except Broken as broken:
            raise _error(self.folder, f"{path.name}: {broken}", _COPY) from None

    def _files(self, begins: str = "") -> Iterator[tuple[Path, bytes]]:
        if self.folder.is_dir():
            for path in sorted(self.folder.glob(f"{begins}*.jsonl")):
                yield path, path.read_bytes()

    def _keep_head(self) -> None:
        """Write the head; raises `OSError`."""
        atomic.replace(self.folder / HEAD, self._head.text, 0o600)

    # -- asking ------------------------------------------------------------------------

    def status(self, destination: str, key: str) -> Status | None:
        """What became of a delivery last; None where it was never tried."""
        found = self._latest.get(destination, {}).get(key)
        return found[1] if found else None

    def entries(self, day: dt.date | None = None) -> Iterator[Entry]:
        """All lines, by export, or those of exports as of a day; what is being written now included. Raises `LogError`."""
        for path, content in self._files("" if day is None else f"{day.isoformat()}-"):
            yield from (entry for entry, _ in self._lines(path, content[: content.rfind(b"\n") + 1]))

    def days(self) -> list[dt.date]:
        """The days as of which there were exports, in order."""
        return sorted({dt.date.fromisoformat(path.stem[:10]) for path in self.folder.glob("*.jsonl")})

    def latest(self, day: dt.date | None = None) -> list[Entry]:
        """The last line of each delivery at each destination, in the order in which they were written; of exports as of a day, or all."""
        last = self._last()
        found: list[Entry] = []
        for path, content in self._files("" if day is None else f"{day.isoformat()}-"):
            try:
                found += chosen(content, last)
            except Broken as broken:
                raise _error(self.folder, f"{path.name}: {broken}", _COPY) from None
        return sorted(found, key=lambda e: e.n)

    def _last(self) -> set[int]:
        """The numbers of the last lines of all deliveries."""
        return {n for known in self._latest.values() for n, _ in known.values()}

    def in_doubt(self, destination: str) -> list[Entry]:
        """The deliveries to a destination of which it is unknown whether they were sent."""
        if not any(status == "in doubt" for _, status in self._latest.get(destination, {}).values()):
            return []
        return [e for e in self.latest() if e.destination == destination and e.status == "in doubt"]

    def fingerprint(self, text: str) -> str:
        """32 hexadecimal digits that are the same for the same text, in this workspace alone."""
        mac = self._mac.copy()
        mac.update(text.encode("utf-8", "surrogatepass"))
        return mac.hexdigest()[:32]

    @cached_property
    def _mac(self) -> hmac.HMAC:
        return hmac.new(self._head.secret.encode(), digestmod="sha256")

    # -- writing -----------------------------------------------------------------------

    def write(self, fates: Sequence[Fate]) -> None:
        """Append what became of deliveries to the export's file, on the disk before this returns. Raises `LogError`.

        Of many deliveries a kill may leave the first ones.
        """
        assert self.export is not None, "it was opened for an export"
        self._append(self.export.id, self.export, fates)

    def withdraw(self, export: str) -> int:
        """Append a reversal of each delivery that an export sent or may have sent; return how many.

        Raises `NoExport` for an export that the log doesn't have, and `LogError`.
        """
        lines = [e for e in self.entries() if e.export == export]
        if not lines:
            have = ", ".join(sorted({p.stem for p, _ in self._files()})[-5:])
            what = f"the log has no export `{printable(export)}`"
            raise NoExport(Diagnostic("SEG0609", what, help=f"the latest are {have}" if have else "it is empty"))
        last = self._last()
        open_ = [e for e in lines if e.n in last and e.status in ("sent", "in doubt", "would have been sent")]
        parts = Fate.__struct_fields__
        fates = [Fate(**{p: getattr(e, p) for p in parts} | {"status": "withdrawn", "answer": ""}) for e in open_]
        whose = lines[-1]
        self._append(export, Export(whose.day, (), whose.rules), fates)
        return len(fates)

    def _append(self, id_: str, export: Export, fates: Sequence[Fate]) -> None:
        """Append lines, and write the head behind them, so many at once."""
        at = dt.datetime.now(dt.UTC).replace(microsecond=0)
        for start in range(0, len(fates), _AT_ONCE):
            some, first = fates[start : start + _AT_ONCE], self._head.n + 1
            before = self._sums.get(id_) or seed(id_)
            lines, digest = written(some, first, id_, export.day, export.rules, at, before)
            with _as_log_error(self.folder):
                appending.append(self.folder / f"{id_}.jsonl", lines)
            self._sums[id_] = digest
            self._head = _Head(first + len(some) - 1, digest, self._head.secret)
            for n, fate in enumerate(some, first):
                self._latest.setdefault(fate.destination, {})[fate.key] = n, fate.status
            with _as_log_error(self.folder):
                self._keep_head()


def is_there(root: Path) -> bool:
    """Whether a workspace has exported anything."""
    return (root / FOLDER / DELIVERIES / HEAD).is_file()


_COPY = "bring the files back from a copy: nothing else knows what was sent, so nothing is sent before"


def _head(folder: Path) -> _Head | None:
    """The head that was written last; None where none was. Raises `LogError`, also where there are lines without a head."""
    try:
        return msgspec.json.decode((folder / HEAD).read_bytes(), type=_Head)
    except FileNotFoundError:
        if folder.is_dir() and any(folder.glob("*.jsonl")):
            raise _error(folder, f"{HEAD} is missing, which says where it ends", _COPY) from None
        return None
    except (msgspec.DecodeError, RecursionError):
        raise _error(folder, f"{HEAD} is none that an export wrote", _COPY) from None


def _new_head(folder: Path) -> _Head:
    head = _Head(0, "", secrets.token_hex(32))
    atomic.replace(folder / HEAD, head.text, 0o600)
    return head


def _refuse_planted(folder: Path) -> None:
    """Raise `LogError` for a log that a checkout may have brought."""
    link = next((p for p in folder.glob("*.jsonl") if p.is_symlink()), None) if folder.is_dir() else None
    why = f"{link} is a link" if link else planted(folder / HEAD)
    try:
        if not why and folder.is_dir() and git.tracks(folder, Path(".")):
            why = "git tracks it: it came with the repository"
    except git.NoAnswer as refused:
        why = f"git doesn't say whether the repository brought it ({refused})"
    if why:
        raise _error(folder, why, f"take {FOLDER} out of the repository: git rm -r --cached {FOLDER}")


@contextlib.contextmanager
def _locked(folder: Path, patience: float) -> Iterator[None]:
    """Wait until no other export writes, up to `patience` seconds; raises `LogError`."""
    import filelock

    try:
        with filelock.FileLock(folder / "deliveries.lock", timeout=patience):
            yield
    except filelock.Timeout:
        why = f"another export has been writing for {patience:.0f} seconds"
        raise _error(folder, why, "wait for it to end") from None


@contextlib.contextmanager
def _as_log_error(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        help = "free the folder or the disk, and export again: what was sent is known"
        raise _error(folder, error.strerror or str(error), help) from None


def _error(folder: Path, why: str, help: str) -> LogError:
    return LogError(Diagnostic("SEG0751", f"the delivery log {folder} can't be used: {why}", help=help))
