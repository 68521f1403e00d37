"""The delivery log's files, below `.segdsl/deliveries` of a workspace: one export writes at a time, and only appends.

Problem. A row that is sent twice annoys a customer, and a row that is lost is a customer forgotten. A process can be
killed between any two steps, and a file can be cut or edited by anybody.

Idea. Each row is written as `in doubt` before it is sent, and what became of it afterwards, in one line for all of which
the same is said. So after a kill the log says `in doubt` of all that may have been sent and of nothing else, and the next
export sends it again with the same key.

Example. `segdsl export` as of 2 March writes `2026-03-02-5f2c81aa.jsonl`:

    1  lines 1 to 100, in doubt                 on the disk before the request is made
    2                                           the request
    3  line 101: 1 to 40 and 43 to 100 are sent
       line 102: 41 and 42 are rejected

Killed before 1, nothing has happened. Killed between 1 and 3, 100 rows are in doubt.

`head.json` has the number of the last line, its checksum, the secret by which addresses become fingerprints, and the name that
the workspace had at the first export, which is in the keys of deliveries. It is written behind each append, before anything is
sent: a log with fewer lines than that, or others, has been cut or edited.
A kill between the two leaves lines that the head doesn't know, and that nothing was done about yet.

Whoever opens the log checks the checksums of all its lines. What they say is read by DuckDB, once it is asked for.

INVARIANT: the lines of all files are numbered from 1 without a gap; the head of a block has no number of its own.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import duckdb
import msgspec

from segdsl.activation.log.entries import Block, Broken, Entry, Part, Settled, Signature, parts, seed, written
from segdsl.data.sql_text import name, text
from segdsl.diagnostics import Diagnostic, Refusal, printable
from segdsl.engines.shelf import Shelf
from segdsl.files import appending, atomic, git
from segdsl.files.trusted import FOLDER, own_folder, planted

DELIVERIES, HEAD = "deliveries", "head.json"
PATIENCE = 60  # seconds to wait for another export
_AT_ONCE = 50_000  # most lines of a block, which are in memory at once


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
    """`n` and `sum` of the last line, 0 and "" before the first.

    `workspace`: its name at the first export; "" in heads of earlier versions.
    """

    n: int
    sum: str
    secret: str
    workspace: str = ""

    @property
    def text(self) -> bytes:
        return json.dumps(asdict(self)).encode()


@dataclass
class Log:
    """An open log, by `to_write` for the one export that writes or `to_read`."""

    folder: Path
    export: Export | None
    _head: _Head
    _sums: dict[str, str] = field(default_factory=dict)
    _tables: duckdb.DuckDBPyConnection | None = None  # what the lines say, until more are written

    # -- opening ---------------------------------------------------------------------

    @staticmethod
    @contextlib.contextmanager
    def to_write(
        root: Path, export: Export | None = None, patience: float = PATIENCE, workspace: str = ""
    ) -> Iterator[Log]:
        """Open a workspace's log, after waiting for another export up to `patience` seconds. Raises `LogError`.

        `export`: whose lines are written; None to withdraw one.
        `workspace`: its name, which a log that has none takes on.
        """
        folder = root / FOLDER / DELIVERIES
        _refuse_planted(folder)
        with contextlib.ExitStack() as opened:
            with _as_log_error(folder):
                own_folder(folder.parent)
                atomic.folder(folder)
                opened.enter_context(_locked(folder, patience))
                log = Log(folder, export, _head(folder) or _new_head(folder))
                log._check_all(mend=True)
                log._head = replace(log._head, workspace=log.named(workspace))
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
            log._check_all(mend=False)
        return log

    def _check_all(self, mend: bool) -> None:
        """Check all lines; `mend`: take away what a kill cut."""
        ranges: list[tuple[int, int]] = []
        last = (0, "")
        for path in self._files():
            content, end = path.read_bytes(), 0
            for part in self._parts(path, content):
                ranges.append((part.first, part.last))
                if part.first <= self._head.n <= part.last and (part.last, part.sum) != (self._head.n, self._head.sum):
                    raise _error(self.folder, f"{path.name} isn't the file that was written", _COPY)
                last = max(last, (part.last, part.sum))
                self._sums[path.stem], end = part.sum, part.end
            if mend and end < len(content):
                appending.cut_back(path, end)
        highest, count, before = max(self._head.n, last[0]), 0, 0
        for first, until in sorted(ranges):
            if first <= before:
                raise _error(self.folder, "it has a line twice", _COPY)
            count, before = count + until - first + 1, until
        if count < highest:
            why = f"{highest - count:,} of its {highest:,} lines are missing"
            raise _error(self.folder, why, _COPY)
        self._head = replace(self._head, n=last[0], sum=last[1])

    def _parts(self, path: Path, content: bytes) -> Iterator[Part]:
        try:
            yield from parts(content, seed(path.stem))
        except Broken as broken:
            raise _error(self.folder, f"{path.name}: {broken}", _COPY) from None

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.jsonl")) if self.folder.is_dir() else []

    def _keep_head(self) -> None:
        """Write the head; raises `OSError`."""
        atomic.replace(self.folder / HEAD, self._head.text, 0o600)

    # -- asking ------------------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        return not self._head.n

    def named(self, workspace: str) -> str:
        """The name by which deliveries have their keys: that of the workspace at the first export, else the one it has now."""
        return self._head.workspace or workspace

    def tables(self) -> duckdb.DuckDBPyConnection:
        """A connection with what the lines say, each a row with the columns of `Entry`. Raises `LogError`.

        `entries`: everything; `latest`: the last line of each delivery at each destination.
        """
        if self._tables is None:
            self._tables = duckdb.connect()
            try:
                for statement in _statements(self._files(), self._head.n):
                    self._tables.execute(statement)
                ((count,),) = self._tables.execute("SELECT coalesce(sum(numbers), 0) FROM numbered").fetchall()
            except duckdb.Error:
                count = None
            if count != self._head.n:
                raise _error(self.folder, "its lines have changed while they were read", _COPY)
        return self._tables

    def entries(self, condition: str = "true", table: str = "entries") -> list[Entry]:
        """The rows of a table of `tables`, in the order in which they were written, for which a condition holds. Raises `LogError`."""
        columns = Entry.__struct_fields__
        rows = self.tables().execute(
            f"SELECT {', '.join(map(name, columns))} FROM {table} WHERE {condition} ORDER BY n, line"
        )
        return [msgspec.convert(dict(zip(columns, row)), Entry) for row in rows.fetchall()]

    def latest(self, condition: str = "true") -> list[Entry]:
        """The last line of each delivery at each destination, in the order in which they were written."""
        return self.entries(condition, "latest")

    def days(self) -> list[dt.date]:
        """The days as of which there were exports, in order."""
        return sorted({dt.date.fromisoformat(path.stem[:10]) for path in self._files()})

    def parquet(self, query: str, path: Path) -> None:
        """Write the rows of a query of `tables` to a Parquet file. Raises `LogError`."""
        self.tables().execute(f"COPY ({query}) TO {text(str(path))} (FORMAT parquet)")

    def put(self, shelf: Shelf, query: str) -> str:
        """The rows of a query of `tables` as a table of a shelf; returns its name as SQL. Raises `LogError`."""
        path = shelf.folder / f"log {secrets.token_hex(4)}.parquet"
        self.parquet(query, path)
        table = shelf.put(f"SELECT * FROM read_parquet({text(str(path))})")
        path.unlink()
        return table

    def fingerprint(self, text_: str) -> str:
        """SQL of 32 hexadecimal digits that are the same for the same text, in this workspace alone; NULL for NULL.

        They are of an HMAC by SHA-256, as RFC 2104 has it; the secret is as long as a block of that.
        """
        key = self._head.secret.encode().ljust(_BLOCK, b"\0")
        assert len(key) == _BLOCK, "a secret is as it was made"
        inner, outer = ("".join(f"\\x{byte ^ pad:02x}" for byte in key) for pad in (0x36, 0x5C))
        return f"sha256('{outer}'::BLOB || unhex(sha256('{inner}'::BLOB || encode({text_}))))[:32]"

    # -- writing -----------------------------------------------------------------------

    def write(self, block: Block, count: int, lines: Callable[[int, int, int], str]) -> int:
        """Append deliveries that have a block in common, so many at once; return the number of the first line. Raises `LogError`.

        They are on the disk before this returns. Of many deliveries a kill may leave the first ones.
        `lines`: the lines of those from a place to another one, from 0, numbered from a third number.
        """
        assert self.export is not None, "it was opened for an export"
        first = self._head.n + 1
        for start in range(0, count, _AT_ONCE):
            some = min(_AT_ONCE, count - start)
            self._append(
                self.export.id, self.export, block, some, lines(start, start + some - 1, first + start).encode()
            )
        return first

    def settle(self, settled: Settled) -> None:
        """Append what became of the deliveries of some lines, on the disk before this returns. Raises `LogError`."""
        assert self.export is not None, "it was opened for an export"
        if settled.of:
            self._append(self.export.id, self.export, settled)

    def withdraw(self, export: str) -> int:
        """Append a reversal of each delivery that an export sent or may have sent; return how many.

        Raises `NoExport` for an export that the log doesn't have, and `LogError`.
        """
        lines = self.entries(f"export = {text(export)}")
        if not lines:
            have = ", ".join(path.stem for path in self._files()[-5:])
            what = f"the log has no export `{printable(export)}`"
            raise NoExport(Diagnostic("SEG0609", what, help=f"the latest are {have}" if have else "it is empty"))
        open_ = f"SELECT line FROM latest WHERE export = {text(export)} AND status IN ('sent', 'in doubt', 'would have been sent')"
        numbers = [n for (n,) in self.tables().execute(f"{open_} ORDER BY 1").fetchall()]
        whose = lines[-1]
        if numbers:
            self._append(export, Export(whose.day, (), whose.rules), Settled(of=ranges(numbers), status="withdrawn"))
        return len(numbers)

    def _append(self, id_: str, export: Export, about: Block | Settled, count: int = 0, lines: bytes = b"") -> None:
        """Append a head with its lines, or a line about others, and write the head of the log behind it."""
        by = Signature(
            export=id_, day=export.day, rules=export.rules, at=dt.datetime.now(dt.UTC).replace(microsecond=0)
        )
        first = self._head.n + 1
        content, digest = written(about, first, count, lines, by, self._sums.get(id_) or seed(id_))
        with _as_log_error(self.folder):
            appending.append(self.folder / f"{id_}.jsonl", content)
        self._sums[id_] = digest
        self._head = replace(self._head, n=first + max(1, count) - 1, sum=digest)
        self._tables = None
        with _as_log_error(self.folder):
            self._keep_head()


_BLOCK = 64  # bytes


def ranges(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """The first and the last of each range of numbers in ascending order."""
    found: list[tuple[int, int]] = []
    for n in numbers:
        if found and found[-1][1] == n - 1:
            found[-1] = found[-1][0], n
        else:
            found.append((n, n))
    return found


_COLUMNS = {
    "n": "BIGINT", "lines": "BIGINT", "of": "BIGINT[][]", "destination": "VARCHAR", "play": "VARCHAR", "channel": "VARCHAR",
    "entity": "VARCHAR", "customer": "VARCHAR", "recipient": "VARCHAR", "key": "VARCHAR", "address": "VARCHAR",
    "content": "VARCHAR", "status": "VARCHAR", "change": "VARCHAR", "answer": "VARCHAR", "export": "VARCHAR", "day": "DATE",
    "rules": "VARCHAR", "at": "VARCHAR", "sum": "VARCHAR",
}  # fmt: skip
_SHARED = ("destination", "play", "channel", "entity", "change")
_OWN = ("customer", "recipient", "key", "address", "content")
_SAID = ("status", "answer", "export", "day", "rules", "at")


def _statements(files: Sequence[Path], last: int) -> Iterator[str]:
    """SQL that makes the tables `numbered` (of how many numbers each line is), `entries` and `latest` of files whose lines up to a number
    have been checked.
    """
    types = ", ".join(f"{name(c)}: {text(t)}" for c, t in _COLUMNS.items())
    listed = ", ".join(text(str(path)) for path in files)
    read = f"read_ndjson([{listed}], columns = {{{types}}}, ignore_errors = true)"
    nothing = f"(SELECT {', '.join(f'NULL::{t} AS {name(c)}' for c, t in _COLUMNS.items())})"
    yield f"CREATE TEMP TABLE read AS SELECT * FROM {read if files else nothing} WHERE n <= {last}"
    yield "CREATE TEMP TABLE numbered AS SELECT count(*) AS numbers FROM read WHERE lines IS NULL"
    yield "CREATE TEMP TABLE blocks AS SELECT * FROM read WHERE lines IS NOT NULL"
    yield "CREATE TEMP TABLE settled AS SELECT * FROM read WHERE of IS NOT NULL"
    each = "SELECT n, unnest(range(o[1], o[2] + 1)) AS line FROM (SELECT n, unnest(of) AS o FROM settled)"
    yield f"CREATE TEMP TABLE about AS {each}"
    shared, own, said = (", ".join(f"{{0}}.{name(c)}" for c in columns) for columns in (_SHARED, _OWN, _SAID))
    in_block = f"{shared}, b.status, '' AS answer, b.export, b.day, b.rules, b.\"at\"".format("b")
    whole = f"{shared}, {said}".format("r")
    yield (
        f"CREATE TEMP TABLE written AS SELECT r.n, {own.format('r')}, {in_block} FROM read r ASOF JOIN blocks b ON r.n >= b.n"
        f" WHERE r.sum IS NULL UNION ALL SELECT r.n, {own.format('r')}, {whole} FROM read r WHERE sum IS NOT NULL AND key IS NOT NULL"
    )
    columns = f"{shared}, {own}".format("w")
    yield (
        f"CREATE TEMP VIEW entries AS SELECT n, n AS line, {columns}, {said.format('w')} FROM written w UNION ALL"
        f" SELECT s.n, w.n, {columns}, {said.format('s')} FROM about a JOIN written w ON w.n = a.line JOIN settled s ON s.n = a.n"
    )
    last_of_line = (
        "SELECT w.n AS line, coalesce(a.n, w.n) AS n, w.destination, w.key FROM written w"
        " LEFT JOIN (SELECT line, max(n) AS n FROM about GROUP BY 1) a ON a.line = w.n"
    )
    is_last = "row_number() OVER (PARTITION BY destination, key ORDER BY n DESC, line DESC) = 1"
    last_of_key = f"SELECT * FROM ({last_of_line}) QUALIFY {is_last}"
    chosen = ", ".join(f"CASE WHEN s.n IS NULL THEN w.{name(c)} ELSE s.{name(c)} END AS {name(c)}" for c in _SAID)
    yield (
        f"CREATE TEMP TABLE latest AS SELECT l.n, l.line, {columns}, {chosen} FROM ({last_of_key}) l JOIN written w ON w.n = l.line"
        " LEFT JOIN settled s ON s.n = l.n"
    )


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
