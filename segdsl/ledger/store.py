"""`.segdsl/ledger.duckdb`: one writer at a time; whatever is interrupted is finished or undone when it is next opened.

A run's rows, its history and the names of its output files are one transaction. The files are written aside
before it and renamed after it; a ledger that still names files to be renamed renames them when it is opened.
INVARIANT: an output file is whole, old or new; and a run is in the ledger if, and only if, its files are or will be.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import filelock

from segdsl.data.sql_text import texts
from segdsl.diagnostics import Diagnostic, Refusal
from segdsl.files import atomic, locations
from segdsl.files.atomic import Staged
from segdsl.files.trusted import own_folder, planted

VERSION = 3
STAGED = "staged_assignments"  # of the run that is about to be kept
PATIENCE = 120  # seconds to wait for another writer
_TABLES = """
CREATE TABLE about (version INTEGER);
CREATE TABLE runs (
    run_id INTEGER PRIMARY KEY, as_of TIMESTAMP, zone VARCHAR, source VARCHAR, started_at TIMESTAMP,
    fingerprints VARCHAR, conditions VARCHAR, sizes VARCHAR, data VARCHAR, engine VARCHAR, version VARCHAR, files VARCHAR, keeps_history BOOLEAN);
CREATE TABLE assignments (run_id INTEGER, entity VARCHAR, entity_id VARCHAR, segmentation VARCHAR, arm VARCHAR, status VARCHAR);
CREATE TABLE history (entity VARCHAR, entity_id VARCHAR, field VARCHAR, value VARCHAR, known_from TIMESTAMP, known_to TIMESTAMP);
CREATE TABLE moves (
    run_id INTEGER, since_run INTEGER, entity VARCHAR, entity_id VARCHAR, segmentation VARCHAR,
    from_arm VARCHAR, from_status VARCHAR, to_arm VARCHAR, to_status VARCHAR, cause VARCHAR, clause VARCHAR);
CREATE TABLE borders (
    run_id INTEGER, rule VARCHAR, arm VARCHAR, text VARCHAR, grouping VARCHAR, value VARCHAR, inside BIGINT, room BIGINT);
CREATE TABLE publications (target VARCHAR, token VARCHAR, state VARCHAR);
"""


class LedgerError(Refusal):
    """The ledger can't be used. Nothing was published."""

    exit_code = 3


@dataclass(frozen=True)
class Run:
    """One run as the ledger has it. `as_of` and `started_at` are naive UTC; `sizes` counts by rule and arm or status,
    `conditions` are each rule's as written.

    `data` has what was seen of each table: its rows, its newest time, and the missing cells of each field.
    """

    run_id: int
    as_of: dt.datetime
    zone: str
    source: str
    started_at: dt.datetime
    fingerprints: Mapping[str, str]
    conditions: Mapping[str, Sequence[str]]
    sizes: Mapping[str, Mapping[str, int]]
    data: Mapping[str, Mapping[str, Any]]
    engine: str
    version: str
    files: tuple[str, ...] = ()
    keeps_history: bool = True


@dataclass(frozen=True, slots=True)
class Border:
    """`value` is the last that is in, as text, and `group` of which group, empty where there is none.

    `inside` are in, and `room` is what a limit has room for; more are in where equal values lie at the border.
    """

    rule: str
    arm: str
    text: str
    group: str
    value: str
    inside: int
    room: int | None = None

    @property
    def excess(self) -> int:
        return 0 if self.room is None else max(0, self.inside - self.room)


@dataclass
class Ledger:
    """An open ledger. `to_write` opens it for the one writer, `to_read` for looking. `root` is the workspace's folder."""

    con: duckdb.DuckDBPyConnection
    path: Path
    root: Path = Path()

    # -- opening ---------------------------------------------------------------------

    @staticmethod
    @contextlib.contextmanager
    def to_write(path: Path, root: Path, reads: Path, patience: float = PATIENCE) -> Iterator[Ledger]:
        """Waits for another writer. It can read what lies in the folder `reads`, and nothing else. Raises `LedgerError`."""
        _refuse_planted(path)
        try:
            own_folder(path.parent)
            lock = filelock.FileLock(path.with_suffix(".lock"), timeout=patience)
            with lock:
                ledger = Ledger(_connect(path, read_only=False, reads=reads), path, root)
                try:
                    ledger._prepare()
                    yield ledger
                finally:
                    ledger.con.close()
        except filelock.Timeout:
            raise _refused(
                path, f"another run has been writing for {patience:.0f} seconds", "wait for it to end"
            ) from None
        except duckdb.Error as error:
            raise _refused(path, str(error).partition("\n")[0], _advice(error)) from error
        except OSError as error:
            raise _refused(path, error.strerror or str(error), _WITHOUT) from None

    @staticmethod
    @contextlib.contextmanager
    def to_read(path: Path) -> Iterator[Ledger | None]:
        """None where no run has been kept yet. Raises `LedgerError`."""
        _refuse_planted(path)
        if not path.is_file():
            yield None
            return
        ledger = Ledger(_connect(path, read_only=True), path)
        try:
            ledger._check_version()
            yield ledger
        except duckdb.Error as error:
            raise _refused(path, str(error).partition("\n")[0], _AWAY) from error
        finally:
            ledger.con.close()

    def _prepare(self) -> None:
        if _told_tables(self.con):
            self._check_version()
            self._renew()
            return
        with self.transaction():
            for statement in _tables(VERSION).values():
                self.con.execute(statement)
            self.con.execute("INSERT INTO about VALUES (?)", [VERSION])

    def _renew(self) -> None:
        """Gives a ledger of an older version what it lacks."""
        version = self._version()
        if version == VERSION:
            return
        self._settle_as_before()
        with self.transaction():
            self.con.execute("DROP TABLE publications")
            for name in set(_tables(VERSION)) - set(_tables(version)) | {"publications"}:
                self.con.execute(_tables(VERSION)[name])
            self.con.execute("UPDATE about SET version = ?", [VERSION])

    def _settle_as_before(self) -> None:
        """What versions before 3 left of an interrupted run: they wrote down both names."""
        for target, aside, state in self._all("SELECT target, aside, state FROM publications"):
            there, beside = Path(target), Path(aside)
            shape = rf"\.{re.escape(there.stem)}-[0-9a-f]{{12}}{re.escape(there.suffix)}"
            if beside.parent != there.parent or not re.fullmatch(shape, beside.name) or not beside.is_file():
                continue
            if state == "kept":
                atomic.put(beside, there)
            else:
                atomic.remove(beside)

    def _version(self) -> int:
        return int(self._all("SELECT max(version) FROM about")[0][0])

    def _check_version(self) -> None:
        tables = _told_tables(self.con)
        if not set(_wanted_tables(VERSION)) & {t for t in tables if t[1] == "about"}:
            raise _refused(self.path, "it isn't a ledger", _AWAY)
        found = self._version()
        if found > VERSION:
            raise _refused(
                self.path,
                f"it was written by a newer segdsl (ledger {found}, this one knows {VERSION})",
                "update segdsl",
            )
        if tables != _wanted_tables(found):
            raise _refused(self.path, "its tables aren't those of a ledger", _AWAY)

    def settle(self) -> tuple[str, ...]:
        """Renames the files of a run that was kept, takes away those of one that wasn't; returns the renamed."""
        pending = self._all("SELECT target, token, state FROM publications")
        try:
            staged = [(locations.staged(self.root, target, token), state) for target, token, state in pending]
        except ValueError as error:
            raise _refused(self.path, f"it names a file that no run wrote: {error}", _AWAY) from None
        renamed = []
        for file, state in staged:
            if state != "kept":
                file.discard()
            elif file.aside.is_file():
                file.put()
                renamed.append(str(file.target))
        if pending:
            self.con.execute("DELETE FROM publications")
        return tuple(renamed)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        try:
            self.con.execute("BEGIN")
            yield
            self.con.execute("COMMIT")
        except BaseException as error:
            with contextlib.suppress(duckdb.Error):
                self.con.execute("ROLLBACK")
            if isinstance(error, duckdb.Error):
                raise _refused(
                    self.path, str(error).partition("\n")[0], "nothing was published; is the disk full?"
                ) from error
            raise

    # -- publishing ------------------------------------------------------------------

    def intend(self, staged: Sequence[Staged]) -> None:
        """Says which files are about to be written aside, so that they can be taken away."""
        with self.transaction():
            for s in staged:
                told = [locations.written(self.root, s.target), s.token]
                self.con.execute("INSERT INTO publications VALUES (?, ?, 'intended')", told)

    def keep_publications(self) -> None:
        """Within a run's transaction: from its end on the files belong to it."""
        self.con.execute("UPDATE publications SET state = 'kept'")

    def stage(self, assignments: Iterable[tuple[str, str, Any, str]]) -> None:
        """Brings in the assignments of the run to be kept: (entity, rule, frame with entity_id, SQL of arm and status)."""
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE {STAGED} (entity VARCHAR, entity_id VARCHAR, segmentation VARCHAR, arm VARCHAR, status VARCHAR)"
        )
        for entity, rule, frame, columns in assignments:
            self.con.register("assigned", frame)
            self.con.execute(
                f"INSERT INTO {STAGED} SELECT ?, CAST(entity_id AS VARCHAR), ?, {columns} FROM assigned", [entity, rule]
            )
            self.con.unregister("assigned")

    def staged_sizes(self) -> dict[str, dict[str, int]]:
        """How many customers each rule has in each arm, or of each status where there is no arm."""
        sizes: dict[str, dict[str, int]] = {}
        rows = self._all(
            f"SELECT segmentation, coalesce(arm, status), count(*) FROM {STAGED} GROUP BY ALL ORDER BY ALL"
        )
        for rule, place, n in rows:
            sizes.setdefault(rule, {})[place] = n
        return sizes

    # -- runs ------------------------------------------------------------------------

    def runs(self) -> list[Run]:
        """All runs, oldest as-of first."""
        rows = self._all("SELECT * FROM runs ORDER BY as_of, run_id")
        return [_run(row) for row in rows]

    def next_id(self) -> int:
        return int(self._all("SELECT coalesce(max(run_id), 0) + 1 FROM runs")[0][0])

    def add(self, run: Run) -> None:
        """Keeps a run with the staged assignments. One step of its transaction."""
        values = [
            run.run_id,
            run.as_of,
            run.zone,
            run.source,
            run.started_at,
            *map(_json, (run.fingerprints, run.conditions, run.sizes, run.data)),
            run.engine,
            run.version,
            _json(run.files),
            run.keeps_history,
        ]
        self.con.execute(f"INSERT INTO runs VALUES ({', '.join('?' * len(values))})", values)
        self.con.execute(f"INSERT INTO assignments SELECT ?, * FROM {STAGED}", [run.run_id])

    def keep_borders(self, run_id: int, borders: Sequence[Border]) -> None:
        """Where a run's ranks and limits drew the line. One step of its transaction."""
        if borders:
            rows = [[run_id, *dataclasses.astuple(b)] for b in borders]
            self.con.executemany("INSERT INTO borders VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def borders(self, run_id: int) -> list[Border]:
        """Those of a run; none of one by a version that kept none."""
        if self._version() < 2:
            return []
        columns = "rule, arm, text, grouping, value, inside, room"
        return [Border(*row) for row in self._all(f"SELECT {columns} FROM borders WHERE run_id = ?", [run_id])]

    def forget(self, run_id: int) -> None:
        """Before a repeat of the same run takes its place."""
        for table in ("runs", "assignments", "moves", "borders"):
            self.con.execute(f"DELETE FROM {table} WHERE run_id = ?", [run_id])

    def _all(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self.con.execute(sql, parameters).fetchall()

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of a question about the ledger's tables."""
        return self._all(sql, parameters)


_WITHOUT = "free the folder, or run with --no-ledger: then nothing is remembered"
_AWAY = "move it away to begin a new one (its history is lost to later runs), or bring back a copy"


def _refuse_planted(path: Path) -> None:
    why = planted(path)
    if why:
        help = f"a ledger is kept where it is written, and by nobody else: take it out of the repository (git rm --cached {path.name}), or run with --no-ledger"
        raise _refused(path, why, help)


def _tables(version: int) -> dict[str, str]:
    """Name -> the statement that makes it."""
    found = {t.split()[2]: t.strip() for t in _TABLES.split(";") if t.strip()}
    if version < 3:
        found["publications"] = "CREATE TABLE publications (target VARCHAR, aside VARCHAR, state VARCHAR)"
    if version < 2:
        del found["borders"]
    return found


@functools.cache
def _wanted_tables(version: int) -> list[tuple[Any, ...]]:
    """As the engine of this very version spells them."""
    with duckdb.connect() as con:
        for statement in _tables(version).values():
            con.execute(statement)
        return _told_tables(con)


def _told_tables(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """All that a database declares: tables, and views, functions, types and sequences that could stand in the place of ours."""
    return con.execute(
        """SELECT schema_name, table_name, sql FROM duckdb_tables() WHERE NOT temporary
        UNION ALL SELECT schema_name, view_name, sql FROM duckdb_views() WHERE NOT internal AND NOT temporary
        UNION ALL SELECT schema_name, function_name, macro_definition FROM duckdb_functions() WHERE NOT internal
        UNION ALL SELECT schema_name, type_name, '' FROM duckdb_types() WHERE NOT internal
        UNION ALL SELECT schema_name, sequence_name, '' FROM duckdb_sequences()
        UNION ALL SELECT schema_name, index_name, sql FROM duckdb_indexes() ORDER BY ALL"""
    ).fetchall()


_ALONE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


_ROOM = "make room on the disk, and run again: nothing is lost"


def _advice(error: duckdb.Error) -> str:
    """What helps: a disk that is full is no ledger that is broken."""
    first = str(error).lower()
    return _ROOM if "space left" in first or "could not write" in first or "disk quota" in first else _AWAY


def _connect(path: Path, read_only: bool, reads: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Without access to anything but the ledger and what lies in a folder; nothing is installed."""
    try:
        con = duckdb.connect(str(path), read_only=read_only, config=_ALONE)
        if reads is not None:
            con.execute(f"SET allowed_directories = [{texts([str(reads)])}]")
        con.execute("SET enable_external_access = false")
        con.execute("SET lock_configuration = true")
        return con
    except duckdb.Error as error:
        first = str(error).partition("\n")[0]
        if "lock" in first.lower():
            raise _refused(path, "another program has it open", "close it, and run again") from None
        if "read-only" in first.lower() or "permission" in first.lower():
            raise _refused(path, "it can't be written", _WITHOUT) from None
        raise _refused(path, first, _AWAY) from None


def _refused(path: Path, why: str, help: str) -> LedgerError:
    return LedgerError(Diagnostic("SEG0711", f"the ledger {path} can't be used: {why}", help=help))


def _json(value: object) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)


def _run(row: tuple[Any, ...]) -> Run:
    run_id, as_of, zone, source, started, prints, conditions, sizes, data, engine, version, files, keeps = row
    return Run(
        run_id,
        as_of,
        zone,
        source,
        started,
        json.loads(prints),
        json.loads(conditions),
        json.loads(sizes),
        json.loads(data),
        engine,
        version,
        tuple(json.loads(files)),
        keeps,
    )
