"""Ledger store, `.segdsl/ledger.duckdb`: one writer at a time; an interrupted run is finished or undone at the next
opening.

Problem. A run writes to the ledger (its assignments, history, borders and moves) and to output files. A crash, a full
disk or a killed process must never leave half an output file, nor files of a run that the ledger doesn't know.

Idea. Files are written under a temporary name next to their target, and renamed only after the transaction that records
the run has been committed. The table `publications` lists the files: "intended" before they are written, "kept" from
the commit on. Whoever opens the ledger next reads that table, and knows what to do with each file.

Example. `segdsl run --output out/` for accounts:

    1  commit   publications: out/account.csv, token 5f2c, intended
    2           write and sync out/.account.csv-5f2c~
    3  commit   the run, its assignments and history; publications: kept
    4           rename out/.account.csv-5f2c~ to out/account.csv; clear publications

Killed before 3, the next opening deletes the temporary file: the old output and the ledger agree on the earlier run.
Killed after 3, it renames the file: both have the new run.

Parts. `Ledger.to_write` takes the lock and restricts what the database can read. `run/record.py` takes the steps: `intend` is step
1, `write_aside` of `run/output.py` step 2, `add`, `assignments.write` and `keep_publications` step 3; `settle` is step 4, and finishes or
undoes what was interrupted. `_check_version` accepts only tables that a version of segdsl has made.

What changes is stored, and nothing else (`ledger/timelines.py`): the places of customers (`ledger/assignments.py`) and the fields that
rules read (`ledger/history.py`) have a row for each customer and stretch of runs without a change. Runs are numbered in the order of
their publication (`Run.published`), whatever their as-of: a run for an earlier day, of other rules, or of another source is one more
number, and a repeat gets a new one. A run that goes leaves its number unused, and then rows that no other run shows are removed.
`ledger/renewal.py` brings ledgers of older versions to this form, once.

INVARIANT: an output file is whole, old or new; a run is in the ledger if, and only if, its files are or will be.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import functools
import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

import duckdb
import filelock
import msgspec

from segdsl.data.sql_text import name, texts
from segdsl.diagnostics import Diagnostic, Refusal
from segdsl.files import atomic, locations
from segdsl.files.atomic import Staged
from segdsl.files.trusted import own_folder, planted
from segdsl.ledger import renewal
from segdsl.ledger.timelines import declarations
from segdsl.model.clock import EARLIEST, LATEST

VERSION = 5
PATIENCE = 120  # seconds to wait for another writer
_TABLES = """
CREATE TABLE about (version INTEGER);
CREATE TABLE runs (
    run_id INTEGER PRIMARY KEY, as_of TIMESTAMP, zone VARCHAR, source VARCHAR, started_at TIMESTAMP,
    fingerprints VARCHAR, conditions VARCHAR, sizes VARCHAR, data VARCHAR, engine VARCHAR, version VARCHAR,
    files VARCHAR, keeps_history BOOLEAN, published INTEGER);
CREATE TABLE timelines (timeline INTEGER, kind VARCHAR, source VARCHAR, entity VARCHAR);
CREATE TABLE columns (timeline INTEGER, number INTEGER, "of" VARCHAR);
CREATE TABLE places (code INTEGER, arm VARCHAR, status VARCHAR, by_data VARCHAR);
CREATE TABLE moves (
    run_id INTEGER, since_run INTEGER, entity VARCHAR, entity_id VARCHAR, segmentation VARCHAR,
    from_arm VARCHAR, from_status VARCHAR, to_arm VARCHAR, to_status VARCHAR, cause VARCHAR, clause VARCHAR);
CREATE TABLE borders (
    run_id INTEGER, rule VARCHAR, arm VARCHAR, text VARCHAR, grouping VARCHAR, value VARCHAR, inside BIGINT, room BIGINT);
CREATE TABLE publications (target VARCHAR, token VARCHAR, state VARCHAR);
"""
"""Besides the tables of the timelines."""
_MAY_BE_EMPTY = {
    "assignments": {"arm", "by_data"},
    "history": {"value", "known_to"},
    "places": {"arm", "by_data"},
    "borders": {"room"},
    "moves": {"from_arm", "from_status", "to_arm", "to_status", "cause", "clause"},
}
_OF_TIMELINE = re.compile(r"(?:now|before)_\d+")


class LedgerError(Refusal):
    """The ledger can't be used, and nothing was published. Exit code 3."""

    exit_code = 3


class Seen(TypedDict):
    """What a run saw of a table; `missing` counts the empty cells of each field."""

    rows: int
    newest: str | None
    missing: Mapping[str, int]


@dataclass(frozen=True)
class Run:
    """One run as the ledger has it. `as_of` and `started_at` are naive UTC; `sizes` counts by rule and arm or status,
    `conditions` are each rule's as written, `data` is by table. `published` is its number in the order of publication.
    """

    run_id: int
    as_of: dt.datetime
    zone: str
    source: str
    started_at: dt.datetime
    fingerprints: Mapping[str, str]
    conditions: Mapping[str, Sequence[str]]
    sizes: Mapping[str, Mapping[str, int]]
    data: Mapping[str, Seen]
    engine: str
    version: str
    files: tuple[str, ...] = ()
    keeps_history: bool = True
    published: int = 0


@dataclass(frozen=True, slots=True)
class Border:
    """Border of a rank or limit.

    `group`: the ranked group; "" without groups.
    `value`: the last value inside, as text.
    `inside`: customers inside.
    `room`: the limit; equal values at the border may exceed it.
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
    """An open ledger, by `to_write` for the single writer or `to_read`; `root` is the workspace's folder."""

    con: duckdb.DuckDBPyConnection
    path: Path
    root: Path = Path()
    _runs: list[Run] | None = None  # as they were read

    # -- opening ---------------------------------------------------------------------

    @staticmethod
    @contextlib.contextmanager
    def to_write(path: Path, root: Path, reads: Path, patience: float = PATIENCE) -> Iterator[Ledger]:
        """Open for writing, after waiting for another writer up to `patience` seconds. Raises `LedgerError`.

        The connection can read files in the folder `reads`, and no others.
        """
        _refuse_planted(path, ", or run with --no-ledger")
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
            raise _error(
                path, f"another run has been writing for {patience:.0f} seconds", "wait for it to end"
            ) from None
        except duckdb.Error as error:
            raise _error(path, str(error).partition("\n")[0], _advice(error)) from error
        except OSError as error:
            raise _error(path, error.strerror or str(error), _WITHOUT) from None

    @staticmethod
    @contextlib.contextmanager
    def to_read(path: Path | None, writes: Path | None = None, patience: float = 0) -> Iterator[Ledger | None]:
        """Open for reading, after waiting for a writer up to `patience` seconds; None where no run has been recorded, and where
        rules have no ledger. Raises `LedgerError`.

        The connection can write files to the folder `writes`, and nowhere else. A ledger of an older version is renewed first.
        """
        if path is not None:
            _refuse_planted(path)
        if path is None or not path.is_file():
            yield None
            return
        ledger = Ledger(_connect_in_turn(path, writes, patience), path)
        try:
            if ledger._check_version() < VERSION:
                ledger.con.close()
                with Ledger.to_write(path, Path(), path.parent, patience):
                    pass
                ledger = Ledger(_connect_in_turn(path, writes, patience), path)
            yield ledger
        except duckdb.Error as error:
            raise _error(path, str(error).partition("\n")[0], _AWAY) from error
        finally:
            ledger.con.close()

    @staticmethod
    @contextlib.contextmanager
    def without_runs() -> Iterator[Ledger]:
        """A ledger in memory that remembers nothing."""
        with duckdb.connect() as con:
            ledger = Ledger(con, Path())
            ledger._prepare()
            yield ledger

    def _prepare(self) -> None:
        if _declared_objects(self.con):
            self._check_version()
            self._renew()
            return
        with self.transaction():
            for statement in _statements(_TABLES):
                self.con.execute(statement)
            self.con.execute("INSERT INTO about VALUES (?)", [VERSION])

    def _renew(self) -> None:
        """Upgrade a ledger of an older version."""
        version = self._version()
        if version == VERSION:
            return
        if version < 3:
            self._settle_version_2()
        with self.transaction():
            renewal.renew(self.con, version, _statements(_TABLES))
            self.con.execute("UPDATE about SET version = ?", [VERSION])

    def _settle_version_2(self) -> None:
        """Settle an interrupted run of a version before 3, which recorded both names."""
        for target, aside, state in self._all("SELECT target, aside, state FROM publications"):
            target_path, aside_path = Path(target), Path(aside)
            shape = rf"\.{re.escape(target_path.stem)}-[0-9a-f]{{12}}{re.escape(target_path.suffix)}"
            if (
                aside_path.parent != target_path.parent
                or not re.fullmatch(shape, aside_path.name)
                or not aside_path.is_file()
            ):
                continue
            if state == "kept":
                atomic.put(aside_path, target_path)
            else:
                atomic.remove(aside_path)

    def _version(self) -> int:
        versions = self._all("SELECT version FROM about")
        if len(versions) != 1 or versions[0][0] is None:
            raise _error(self.path, "it doesn't say of which version it is", _AWAY)
        return int(versions[0][0])

    def _check_version(self) -> int:
        """The version; raises `LedgerError` for tables that no version of segdsl has made."""
        objects = _declared_objects(self.con)
        if not set(_expected_objects(VERSION)) & {t for t in objects if t[1] == "about"}:
            raise _error(self.path, "it isn't a ledger", _AWAY)
        version = self._version()
        if version > VERSION:
            raise _error(
                self.path,
                f"it was written by a newer segdsl (ledger {version}, this one knows {VERSION})",
                "update segdsl",
            )
        own = [o for o in objects if version < VERSION or not _OF_TIMELINE.fullmatch(o[1])]
        if own != _expected_objects(version):
            raise _error(self.path, "its tables aren't those of a ledger", _AWAY)
        if len(own) < len(objects) and objects != _expected_objects(version, self._timelines()):
            raise _error(self.path, "its tables aren't those of a ledger", _AWAY)
        self._refuse_emptied()
        if version == VERSION:
            self._refuse_unknown_places()
        return version

    def _timelines(self) -> tuple[tuple[int, str, int], ...]:
        """(number, kind, number of columns) of each timeline."""
        return tuple(
            self._all(
                """SELECT timeline, kind, (SELECT count(*) FROM columns c WHERE c.timeline = t.timeline) FROM timelines t
                   WHERE kind IN ('places', 'values') ORDER BY ALL"""
            )
        )

    def _refuse_emptied(self) -> None:
        """Raise `LedgerError` if a cell is empty that every run would have filled."""
        for table, columns in self._all(
            "SELECT table_name, list(column_name) FROM duckdb_columns() WHERE NOT internal GROUP BY 1 ORDER BY 1"
        ):
            may_be = _MAY_BE_EMPTY.get(table, set())
            if _OF_TIMELINE.fullmatch(table):
                may_be = set(columns) - {"entity_id", "since", "until"}
            empty = " OR ".join(f"{name(c)} IS NULL" for c in columns if c not in may_be)
            if self._all(f"SELECT 1 FROM {name(table)} WHERE {empty} LIMIT 1"):
                raise _error(self.path, f"`{table}` has empty cells where no run leaves any", _AWAY)

    def _refuse_unknown_places(self) -> None:
        """Raise `LedgerError` if a customer has a place, or has it since a run, that isn't in the ledger."""
        for number, kind, columns in self._timelines():
            if kind != "places":
                continue
            strange = ["since NOT BETWEEN 1 AND coalesce((SELECT max(published) FROM runs), 0)"]
            strange += [f"c{i} NOT IN (SELECT code FROM places)" for i in range(1, columns + 1)]
            for table in (f"now_{number}", f"before_{number}"):
                if self._all(f"SELECT 1 FROM {table} WHERE {' OR '.join(strange)} LIMIT 1"):
                    raise _error(self.path, f"`{table}` has places or runs that the ledger doesn't have", _AWAY)

    def settle(self) -> tuple[str, ...]:
        """Rename the files of a recorded run, delete those of one that wasn't recorded; return the renamed files."""
        pending = self._all("SELECT target, token, state FROM publications")
        try:
            staged = [(locations.staged(self.root, target, token), state) for target, token, state in pending]
        except ValueError as error:
            raise _error(self.path, f"it names a file that no run wrote: {error}", _AWAY) from None
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
                raise _error(
                    self.path, str(error).partition("\n")[0], "nothing was published; is the disk full?"
                ) from error
            raise

    # -- publishing ------------------------------------------------------------------

    def intend(self, staged: Sequence[Staged]) -> None:
        """Record the files that are about to be written, so that they can be deleted after a crash."""
        with self.transaction():
            for s in staged:
                row = [locations.written(self.root, s.target), s.token]
                self.con.execute("INSERT INTO publications VALUES (?, ?, 'intended')", row)

    def keep_publications(self) -> None:
        """Mark the files as belonging to the run, within its transaction."""
        self.con.execute("UPDATE publications SET state = 'kept'")

    # -- runs ------------------------------------------------------------------------

    def runs(self) -> list[Run]:
        """All runs, oldest as-of first."""
        if self._runs is None:
            rows = self._all("SELECT * FROM runs ORDER BY as_of, run_id")
            try:
                self._runs = [_run(row) for row in rows]
            except (
                ValueError,
                LookupError,
                OSError,
                RecursionError,
            ) as error:  # of JSON, its depth and types; of the zone
                raise _error(self.path, f"it has a run that none wrote: {error}", _AWAY) from None
        return list(self._runs)

    def next_id(self) -> int:
        return max((r.run_id for r in self.runs()), default=0) + 1

    def next_published(self) -> int:
        return max((r.published for r in self.runs()), default=0) + 1

    def add(self, run: Run) -> None:
        """Record a run, within its transaction."""
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
            run.published,
        ]
        self.con.execute(f"INSERT INTO runs VALUES ({', '.join('?' * len(values))})", values)
        self._runs = None

    def keep_borders(self, run_id: int, borders: Sequence[Border]) -> None:
        """Record a run's borders, within its transaction."""
        if borders:
            rows = [[run_id, *dataclasses.astuple(b)] for b in borders]
            self.con.executemany("INSERT INTO borders VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def borders(self, run_id: int) -> list[Border]:
        """Borders of a run; empty for versions that recorded none."""
        columns = "rule, arm, text, grouping, value, inside, room"
        return [Border(*row) for row in self._all(f"SELECT {columns} FROM borders WHERE run_id = ?", [run_id])]

    def forget(self, run_ids: Iterable[int]) -> None:
        """Remove runs, within a transaction; `assignments.sweep` then removes what no other run shows."""
        for table in ("runs", "moves", "borders"):
            self.con.execute(f"DELETE FROM {table} WHERE list_contains(?, run_id)", [list(run_ids)])
        self._runs = None

    def _all(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self.con.execute(sql, parameters).fetchall()

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of a query on the ledger's tables."""
        return self._all(sql, parameters)


_WITHOUT = "free the folder, or run with --no-ledger: then nothing is remembered"
_AWAY = "move it away to begin a new one (its history is lost to later runs), or bring back a copy"


def _refuse_planted(path: Path, otherwise: str = "") -> None:
    """Raise `LedgerError` for a ledger that somebody else may have brought; `otherwise` is what can be done instead."""
    why = planted(path)
    if why:
        help = (
            "a ledger is kept where it is written, and by nobody else: "
            f"take it out of the repository (git rm --cached {path.name}){otherwise}"
        )
        raise _error(path, why, help)


def _statements(tables: str) -> list[str]:
    """The statement that creates each table."""
    return [t.strip() for t in tables.split(";") if t.strip()]


@functools.cache
def _expected_objects(version: int, timelines: tuple[tuple[int, str, int], ...] = ()) -> list[tuple[Any, ...]]:
    """Objects of a ledger, as this version of the engine declares them; `timelines` are (number, kind, number of columns)."""
    with duckdb.connect() as con:
        for statement in _statements(_TABLES) if version == VERSION else renewal.tables(version):
            con.execute(statement)
        for timeline in timelines:
            for statement in declarations(*timeline):
                con.execute(statement)
        return _declared_objects(con)


def _declared_objects(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """Everything that a database declares: tables, and views, functions, types and sequences that could pose as tables."""
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


_IN_USE = "another program has it open"
_ROOM = "make room on the disk, and run again: nothing is lost"


def _advice(error: duckdb.Error) -> str:
    """Help for an error: a full disk isn't a broken ledger."""
    first = str(error).lower()
    return _ROOM if "space left" in first or "could not write" in first or "disk quota" in first else _AWAY


def _connect(path: Path, read_only: bool, reads: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Connect without access to anything but the ledger and a folder; nothing is installed."""
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
            raise _error(path, _IN_USE, "close it, and run again") from None
        if "read-only" in first.lower() or "permission" in first.lower():
            raise _error(path, "it can't be written", _WITHOUT) from None
        raise _error(path, first, _AWAY) from None


def _connect_in_turn(path: Path, writes: Path | None, patience: float) -> duckdb.DuckDBPyConnection:
    """Connect for reading once no other program has the ledger open, within `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return _connect(path, read_only=True, reads=writes)
        except LedgerError as error:
            if _IN_USE not in error.diagnostics[0].message or time.monotonic() >= deadline:
                raise
            time.sleep(0.1)


def _error(path: Path, why: str, help: str) -> LedgerError:
    return LedgerError(Diagnostic("SEG0711", f"the ledger {path} can't be used: {why}", help=help))


def _json(value: object) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)


_AS_JSON = ("fingerprints", "conditions", "sizes", "data", "files")


def _run(row: tuple[Any, ...]) -> Run:
    """Raises what `json`, `msgspec` and `ZoneInfo` do of a row that no run wrote."""
    texts = dict(zip(Run.__dataclass_fields__, row, strict=True))
    texts |= {column: json.loads(texts[column]) for column in _AS_JSON}
    ZoneInfo(texts["zone"])
    run = msgspec.convert(texts, Run, builtin_types=(dt.datetime,))
    if not EARLIEST <= run.as_of.date() <= LATEST:
        raise ValueError(f"it is as of {run.as_of.date()}")
    return run
