"""DuckDB engine: files or frames become typed relations in a locked-down connection.

Each relation of the schema is a view of its name with canonical columns: money in minor units, numbers in billionths,
timestamps as naive UTC, sets as sorted lists.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp

from segdsl.data import contract, sheet_cache, unclear
from segdsl.data.cells import id_as_read
from segdsl.data.contract import Earlier, TableReport
from segdsl.data.files import DataError, SourceFiles
from segdsl.data.relations import Binder, Bound, first_line, key_type, sql_type
from segdsl.data.sql_text import name as _name
from segdsl.data.sql_text import text as _text
from segdsl.data.timeout import TooLong, within
from segdsl.diagnostics import Diagnostic
from segdsl.engines import zones
from segdsl.engines.canonical import load_relation, rows_in_sql
from segdsl.engines.engine import UNREAD, DataRequest, Definition, Engine
from segdsl.engines.shelf import Shelf, asking
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.schema import Field, Relation, Schema
from segdsl.sql import dialect

if TYPE_CHECKING:
    import pandas as pd

EXAMPLES = 3


@dataclass(frozen=True)
class DuckDB(Engine):
    """A connection with a workspace's relations; queries can't reach anything else.

    `bounds`: relations with their data, by name; lists have none.
    """

    con: duckdb.DuckDBPyConnection
    request: DataRequest
    bounds: Mapping[str, Bound]
    _aside: tempfile.TemporaryDirectory[str]  # copies of files that the engine can't read directly
    zone_notes: tuple[Diagnostic, ...] = ()
    _stored: dict[str, str] = field(default_factory=dict)  # temporary table by SQL, of the views as they are
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _with_own_rows: set[str] = field(default_factory=set)  # tables of runs with rows of the session
    _only: dict[str, str] = field(default_factory=dict)  # views within `only`

    # -- opening ---------------------------------------------------------------------

    @staticmethod
    def attach(request: DataRequest) -> DuckDB:
        """Bind relations to their frames or files.

        Raises `DataError` for missing, unreadable or ambiguous data, and for wrong keys.
        """
        aside = tempfile.TemporaryDirectory(prefix="segdsl-", ignore_cleanup_errors=True)
        con = duckdb.connect(config={"autoinstall_known_extensions": False})  # no kind of file may start a download
        empty = DuckDB(con, request, {}, aside)
        try:
            return empty._with_relations()
        except BaseException:
            empty.close()
            raise

    def close(self) -> None:
        self.con.close()
        self._aside.cleanup()

    def _with_relations(self) -> DuckDB:
        con, request, aside = self.con, self.request, self._aside
        source, frames, clock = request.source, request.frames, request.clock
        con.execute("SET TimeZone = 'UTC'")
        con.execute("SET preserve_insertion_order = false")
        con.execute(f"SET temp_directory = {_text(aside.name)}")
        binder = Binder(con, request.schema, source, Path(aside.name), sheet_cache.folder_of(request.root))
        today = clock.today if clock else None
        files = binder.find(request.needed.columns, request.wanted, request.root, today) if frames is None else {}
        binder.attach_databases(files)
        _lock(con, [p for source_files in files.values() for p in source_files.paths], aside.name)
        bounds: dict[str, Bound] = {}
        problems: list[Diagnostic] = []
        for name, relation in request.schema.relations.items():
            try:
                with within(con, source.timeout, f"reading the data of `{name}`"):
                    bound = _bound(binder, request, relation, files.get(name))
                    if bound is not None:
                        rounded = _check(con, request.schema, bound)
                        if rounded and not request.to_look:
                            raise DataError(rounded)
                        warnings = (replace(d, severity="warning") for d in rounded)
                        bounds[name] = replace(bound, notes=(*bound.notes, *warnings))
            except TooLong:
                raise
            except DataError as error:
                problems += error.diagnostics
        if problems:
            raise DataError(problems)
        engine = DuckDB(con, request, bounds, aside)
        columns = {name: list(bound.cells) for name, bound in bounds.items()}
        differing = _zone_differences(zones.in_use(request, columns, engine._all))
        return replace(engine, zone_notes=zones.check_differences(differing, request, columns, engine._all))

    # -- asking ------------------------------------------------------------------------

    def _all(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._asking():
            return self.con.execute(sql, parameters).fetchall()

    @property
    def schema(self) -> Schema:
        return self.request.schema

    @property
    def notes(self) -> tuple[Diagnostic, ...]:
        return (*self.zone_notes, *(note for bound in self.bounds.values() for note in bound.notes))

    def rows(self, query: exp.Query) -> list[tuple[Any, ...]]:
        return self._all(dialect.duckdb(query))

    def frame(self, query: exp.Query) -> pd.DataFrame:
        with self._asking():
            frame: pd.DataFrame = self.con.execute(dialect.duckdb(query)).df()
            return frame

    def store(self, query: exp.Query) -> exp.Query:
        sql = dialect.duckdb(query)
        if sql not in self._stored:
            table = f"stored {next(self._numbers)}"
            self._execute(f"CREATE TEMP TABLE {_name(table)} AS {sql}")
            self._stored[sql] = table
        return exp.Select(expressions=[exp.Star()]).from_(exp.to_table(_name(self._stored[sql])))

    def _execute(self, sql: str) -> None:
        with self._asking():
            self.con.execute(sql)

    def _asking(self) -> AbstractContextManager[None]:
        return asking(self.con, self.request.source.timeout)

    @cached_property
    def shelf(self) -> Shelf:
        return Shelf(self.con, Path(self._aside.name), self._asking)

    def hold(self, query: exp.Query) -> str:
        return self.shelf.put(dialect.duckdb(query))

    @property
    def version(self) -> str:
        return f"duckdb {duckdb.__version__}"

    @property
    def exports(self) -> Path:
        return Path(self._aside.name)

    def has(self, relation: str, column: str) -> bool:
        bound = self.bounds.get(relation)
        return bound is not None and column in bound.cells

    def relation_rows(
        self, relation: str, column: str | None = None, values: Sequence[object] = ()
    ) -> list[dict[str, Any]]:
        described = self.schema.relations[relation]
        columns = ", ".join(_name(c) for c in described.fields)
        sql = f"SELECT {columns} FROM {_name(relation)}"
        if column is not None:
            sql += f" WHERE {_name(column)} IN ({', '.join('?' * len(values))})"
        return [dict(zip(described.fields, map(_canonical, row))) for row in self._all(sql, values)]

    def definition(self, relation: str) -> Definition:
        described, bound = self.schema.relations[relation], self.bounds.get(relation)
        if bound is None or not bound.view:
            rows = self.schema.listed.get(relation, ()) if described.kind == "list" else ()
            return Definition(relation, rows_in_sql(self.schema, described, rows))
        why = _unprintable(self.schema, bound)
        if why or bound.files is None:
            help = "write the table as Parquet with typed columns, as `segdsl snapshot` does, and name that in a source"
            raise DataError(Diagnostic("SEG0729", f"no query can be printed that reads `{relation}`: {why}", help=help))
        path = str(bound.files.paths[0])
        is_database = bound.files.kind == "database"
        opening = (f"ATTACH IF NOT EXISTS {_text(path)} AS {_name(path)} (READ_ONLY)",) if is_database else ()
        has_copies = self._all("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [f"once {relation}"])
        read = f"SELECT DISTINCT * FROM ({bound.read})" if has_copies else bound.read
        then = {f"read {relation}": read, relation: bound.view}
        place = _place(bound, bound.files)
        return Definition(f"raw {relation}", "SELECT * FROM ", place, "", then, ("SET TimeZone = 'UTC'",), opening)

    def unread(self, relation: str, column: str, owner: object = None) -> list[tuple[dict[str, Any], str]]:
        if not self.has(relation, column):
            return []
        bound, odd = self.bounds[relation], _name(f"odd {column}")
        known = ", ".join(_name(c) for c in bound.cells)
        of_owner = f" AND {_name(bound.relation.by or '')} = ?" if owner is not None else ""
        is_unread = f"{odd} IS NOT NULL AND {_name(column)} IS NULL{of_owner}"
        sql = f"SELECT {odd}, {known} FROM {_name(f'read {relation}')} WHERE {is_unread} LIMIT {UNREAD}"
        nothing = dict.fromkeys(bound.relation.fields)
        return [
            ({**nothing, **dict(zip(bound.cells, map(_canonical, cells)))}, written)
            for written, *cells in self._all(sql, [] if owner is None else [owner])
        ]

    def key_as_read(self, entity: str, written: str) -> str:
        bound = self.bounds.get(entity)
        formats = bound.formats.get(bound.relation.key or "") if bound is not None else None
        if formats is None:
            return written
        return str(self._all(f"SELECT {id_as_read(_text(written), formats)}")[0][0])

    def similar_keys(self, entity: str, key: str) -> list[str]:
        column = _name(self.schema.relations[entity].key or "")
        text_of_key = f"CAST({column} AS VARCHAR)"
        contains = f"contains(lower({text_of_key}), lower(?))"
        sql = f"SELECT {text_of_key} FROM {_name(entity)} WHERE {contains} ORDER BY 1 LIMIT {EXAMPLES}"
        return [row[0] for row in self._all(sql, [key])]

    def export(self, query: str, stem: str) -> Path:
        """Write a query's rows to a Parquet file in the engine's folder."""
        path = Path(self._aside.name) / f"{stem}.parquet"
        self._execute(f"COPY ({query}) TO {_text(str(path))} (FORMAT parquet)")
        return path

    @contextlib.contextmanager
    def as_it_was(self, then: Clock, changed: Mapping[str, tuple[Sequence[str], Path]]) -> Iterator[None]:
        touched = [
            b for b in self.bounds.values() if b.view and (b.relation.at is not None or b.relation.name in changed)
        ]
        try:
            for bound in touched:
                view = f"SELECT * FROM ({self._view(bound)}) WHERE {known_before(bound.relation, then)}"
                if bound.relation.name in changed:
                    view = self._with_values(view, bound.relation, *changed[bound.relation.name])
                self._show(bound, view)
            self._stored.clear()
            yield
        finally:
            self._stored.clear()
            for bound in touched:
                self._show(bound, self._view(bound))

    @contextlib.contextmanager
    def only(self, own: Mapping[str, str], keys: str) -> Iterator[None]:
        few = [b for b in self.bounds.values() if b.view and own.get(b.relation.name) in b.cells]
        held = {}
        try:
            for bound in few:
                relation = bound.relation
                described = relation.fields[own[relation.name]]
                own_keys = f"SELECT CAST(entity_id AS {sql_type(self.schema, described)}) FROM {keys}"
                present = ", ".join(_name(c) for c in bound.cells)
                held[relation.name] = self.shelf.put(
                    f"SELECT {present} FROM {_name(relation.name)} WHERE {_name(described.name)} IN ({own_keys})"
                )
                columns = ", ".join(
                    _name(c) if c in bound.cells else f"CAST(NULL AS {sql_type(self.schema, f)}) AS {_name(c)}"
                    for c, f in relation.fields.items()
                )
                self._only[relation.name] = f"SELECT {columns} FROM {held[relation.name]}"
            for bound in few:
                self._show(bound, self._view(bound))
            self._stored.clear()
            yield
        finally:
            self._stored.clear()
            self._only.clear()
            for bound in few:
                self._show(bound, self._view(bound))
            for table in held.values():
                self.shelf.drop(table)

    def _view(self, bound: Bound) -> str:
        return self._only.get(bound.relation.name, bound.view)

    def _show(self, bound: Bound, view: str) -> None:
        self._execute(f"CREATE OR REPLACE TEMP VIEW {_name(bound.relation.name)} AS {view}")

    def _with_values(self, view: str, relation: Relation, fields: Sequence[str], values: Path) -> str:
        columns = [
            f"{self._earlier_or_current(f, described)} AS {_name(f)}" if f in fields else f"v.{_name(f)}"
            for f, described in relation.fields.items()
        ]
        joined = f"CAST(v.{_name(relation.key or '')} AS VARCHAR) = w.entity_id"
        return f"SELECT {', '.join(columns)} FROM ({view}) v LEFT JOIN read_parquet({_text(str(values))}) w ON {joined}"

    def _earlier_or_current(self, f: str, described: Field) -> str:
        earlier = self._from_text("w." + _name(f"was {f}"), described)
        return f"CASE WHEN w.{_name(f'has {f}')} THEN {earlier} ELSE v.{_name(f)} END"

    def _from_text(self, value: str, described: Field) -> str:
        typed = sql_type(self.schema, described)
        return f"from_json({value}, '[\"VARCHAR\"]')" if typed.endswith("[]") else f"CAST({value} AS {typed})"

    def values_as_text(self, relation: str, fields: Sequence[str]) -> Path:
        described = self.schema.relations[relation]
        columns = []
        for f in fields:
            is_set = sql_type(self.schema, described.fields[f]).endswith("[]")
            value = f"to_json({_name(f)})" if is_set else _name(f)
            columns.append(f"CAST({value} AS VARCHAR) AS {_name(f)}")
        key = _name(described.key or "")
        query = f"SELECT CAST({key} AS VARCHAR) AS entity_id, {', '.join(columns)} FROM {_name(relation)} WHERE {key} IS NOT NULL"
        return self.export(query, f"values of {relation}")

    def add_runs(self, relation: str, rows: pd.DataFrame) -> None:
        raw, own = _name(f"raw {relation}"), _name(f"own {relation}")
        if relation not in self._with_own_rows:
            self._execute(f"CREATE TEMP TABLE {own} AS SELECT * FROM {raw}")
            self._execute(f"CREATE OR REPLACE TEMP VIEW {raw} AS SELECT * FROM {own}")
            self._with_own_rows.add(relation)
        columns = ", ".join(_name(c) for c in self.bounds[relation].cells)
        self.con.register("added", rows)
        self._execute(f"INSERT INTO {own} BY NAME SELECT {columns} FROM added")
        self.con.unregister("added")
        self._stored.clear()

    def report(self, clock: Clock, earlier: Mapping[str, Earlier] | None = None) -> list[TableReport]:
        with self._asking():
            return contract.report(self.con, self.schema, self.bounds, self.request.wanted, clock, earlier)

    def uncounted(self, clock: Clock) -> list[TableReport]:
        with self._asking():
            return contract.uncounted(self.con, self.schema, self.bounds, self.request.needed.columns, clock)


@cache
def _zone_differences(names: frozenset[str]) -> tuple[zones.Difference, ...]:
    """Differences of DuckDB's time zones, cached for the process, since the zones are part of the library."""
    weeks = "unnest(generate_series(begins, ends - INTERVAL '1 second', INTERVAL '7 days'))"
    with duckdb.connect() as con:
        return zones.differences(names, weeks, lambda sql: con.execute(sql).fetchall())


def _bound(binder: Binder, request: DataRequest, relation: Relation, source_files: SourceFiles | None) -> Bound | None:
    """Bind a relation to its files, its frame or the ledger; None for a list, whose rows come with the rules."""
    needed, wanted = request.needed.columns.get(relation.name, set()), request.wanted.get(relation.name, set())
    frame = (request.frames or {}).get(relation.name)
    if source_files is not None:
        return binder.bind_files(relation, source_files, needed, wanted)
    if frame is not None:
        return binder.bind_frame(relation, frame, needed, wanted)
    if relation.recorded is not None and (needed or wanted):
        return binder.bind_recorded(relation, relation.recorded, needed, wanted)
    if relation.kind == "list":
        load_relation(binder.con, request.schema, relation, request.schema.listed.get(relation.name, ()))
        return None
    return binder.bind_nothing(relation, needed)


_READ_AS_TEXT = (ty.Text, ty.Enum, ty.SetOfText, ty.Version)


def _unprintable(schema: Schema, bound: Bound) -> str:
    """Why a query of DuckDB's client wouldn't read the same rows; empty where it does."""
    if bound.is_recorded:
        return "its rows are what the ledger or the delivery log remembers"
    if bound.files is None or bound.files.kind not in ("parquet", "database"):
        return "segdsl reads its cells, and finds out how they are written; a query has to know"
    if not bound.place:
        return "its rows are numbered by their lines, or only some of its files have a zone in their times"
    for field_name, raw_type in bound.raw_types.items():
        described = bound.relation.fields[field_name]
        if raw_type == "VARCHAR" and not isinstance(key_type(schema, described), _READ_AS_TEXT):
            return f"its column `{bound.headers[field_name]}` has texts, and `{field_name}` is {described.type}"
    return ""


def _place(bound: Bound, source_files: SourceFiles) -> str:
    """SQL of the files; by their pattern, since there may be more of them tomorrow."""
    assert bound.source is not None
    pattern, folder = Path(bound.source.path).name, str(source_files.paths[0].parent)
    is_pattern = pattern != source_files.paths[0].name and "{as_of}" not in pattern
    if source_files.kind != "parquet" or not is_pattern or re.search(r"[*?\[]", folder) or "[" in pattern:
        return bound.place
    return f"read_parquet({_text(f'{folder}/{pattern}')}, union_by_name = true)"


def _check(con: duckdb.DuckDBPyConnection, schema: Schema, bound: Bound) -> list[Diagnostic]:
    """Check formats and keys, without which every answer is wrong, and return errors on rounded keys; raises `DataError`."""
    try:
        unclear.check_formats(con, bound)
        return contract.check_keys(con, schema, bound)
    except duckdb.Error as error:
        message = f"the data of `{bound.relation.name}` can't be read: {first_line(error)}"
        raise DataError(Diagnostic("SEG0701", message)) from None


def _lock(con: duckdb.DuckDBPyConnection, files: Sequence[Path], aside: str) -> None:
    """Restrict the connection to these files and its own folder."""
    con.execute("SET python_enable_replacements = false")
    con.execute(f"SET allowed_paths = [{', '.join(_text(str(p)) for p in files)}]")
    con.execute(f"SET allowed_directories = [{_text(aside + '/')}]")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


def known_before(relation: Relation, then: Clock) -> str:
    """SQL whether a row was known before an instant; true for relations without time."""
    known = relation.known_at or relation.at
    if known is None:
        return "true"
    by_date = relation.by_date and relation.known_at is None
    border = f"DATE '{then.today}'" if by_date else f"TIMESTAMP '{then.now}'"
    return f"{_name(known)} < {border}"


def _canonical(value: object) -> object:
    return frozenset(value) if isinstance(value, list) else value
