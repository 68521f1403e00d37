"""PostgreSQL engine: typed relations as temporary views of one session; the data is read in place.

Columns are in canonical form (as in `engines/duckdb.py`). Everything runs in one REPEATABLE READ transaction, so a run
sees every table as of its start; nothing outside the session is written.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from segdsl.data.contract import Counts, Earlier, TableReport, findings_of_counts, former_arms
from segdsl.data.files import DataError
from segdsl.data.relations import idle, undeclared, without_value
from segdsl.data.sql_text import name as _name
from segdsl.data.sql_text import text as _text
from segdsl.diagnostics import Diagnostic
from segdsl.engines import keys, zones
from segdsl.engines.duckdb import EXAMPLES, known_before
from segdsl.engines.engine import UNREAD, DataRequest, Definition, Engine
from segdsl.engines.shelf import Shelf
from segdsl.model import types as ty
from segdsl.model import versions
from segdsl.model.clock import EARLIEST, LATEST, Clock
from segdsl.model.schema import Field, Recorded, Relation, Schema
from segdsl.resolve.problems import nearest
from segdsl.sql import dialect
from segdsl.workspace.config import SourceConfig

if TYPE_CHECKING:
    import pandas as pd
    import psycopg

_BATCH = 10_000  # rows that are copied at once
_NUMBERS = frozenset(["int2", "int4", "int8", "numeric", "float4", "float8"])
_TEXTS = frozenset(["text", "varchar", "bpchar", "uuid", "name", "citext"])
_LONGEST_LINE = 100_000_000  # bytes of a fetched row
_HELD = {
    "boolean": "BOOLEAN", "bigint": "BIGINT", "integer": "BIGINT", "smallint": "BIGINT", "numeric": "DOUBLE", "double precision": "DOUBLE",
    "real": "DOUBLE", "date": "DATE", "timestamp without time zone": "TIMESTAMP", "text[]": "JSON",
}  # fmt: skip
"""DuckDB's types of fetched columns; others are texts. Numbers without a width are doubles, as in frames; sets come as JSON."""
_TYPES = {
    "Boolean": "BOOLEAN",
    "Integer": "BIGINT",
    "Number": "NUMERIC",
    "Version": "NUMERIC",
    "Real": "FLOAT8",
    "Money": "BIGINT",
    "Date": "DATE",
    "Timestamp": "TIMESTAMP",
    "SetOfText": "TEXT[]",
}


@dataclass
class Postgres(Engine):
    """A session with a workspace's relations."""

    con: psycopg.Connection[Any]
    request: DataRequest
    _aside: tempfile.TemporaryDirectory[str]
    views: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)  # tables of the database by relation
    _unread: dict[str, dict[str, str]] = field(
        default_factory=dict
    )  # by relation and field: whether a value there isn't read
    _fields: dict[str, set[str]] = field(default_factory=dict)
    zone_notes: tuple[Diagnostic, ...] = ()
    run_notes: tuple[Diagnostic, ...] = ()

    # -- opening ---------------------------------------------------------------------

    @staticmethod
    def attach(request: DataRequest) -> Postgres:
        """Bind relations to their tables.

        Raises `DataError` for missing tables and columns, other types, and wrong keys.
        """
        import psycopg

        try:
            con = psycopg.connect(address(request.source.url), connect_timeout=20)
        except psycopg.Error as error:
            raise _unusable(error, request.source.url) from None
        aside = tempfile.TemporaryDirectory(prefix="segdsl-", ignore_cleanup_errors=True)
        engine = Postgres(con, request, aside)
        try:
            engine._prepare_session()
            engine._bind_all()
        except BaseException:
            engine.close()
            raise
        return engine

    def close(self) -> None:
        if "shelf" in self.__dict__:
            self.shelf.con.close()
        self.con.close()
        self._aside.cleanup()

    def _prepare_session(self) -> None:
        import psycopg

        try:
            self.con.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            self.con.execute("SET TIME ZONE 'UTC'")
            self.con.execute(dialect.FUNCTIONS)
        except psycopg.Error as error:
            raise _unusable(error, self.request.source.url) from None

    def _bind_all(self) -> None:
        request, wanted = self.request, self.request.wanted
        problems = undeclared(request.source, request.schema)
        for name, relation in request.schema.relations.items():
            try:
                self._bind(relation, request.source, request.needed.columns.get(name, set()), wanted.get(name, set()))
            except DataError as error:
                problems += error.diagnostics
        if problems:
            raise DataError(problems)
        weeks = "generate_series(begins, ends - INTERVAL '1 second', INTERVAL '7 days')"
        differing = zones.differences(zones.in_use(request, self._fields, self._all), weeks, self._all)
        self.zone_notes = zones.check_differences(differing, request, self._fields, self._all)

    def _bind(self, relation: Relation, source: SourceConfig, needed: set[str], wanted: set[str]) -> None:
        if relation.kind == "list":
            self._create_list(relation)
            return
        table = source.table(relation.name)
        if table is None and relation.recorded is not None and (needed or wanted):
            self._load_recorded(relation, relation.recorded, needed, wanted)
            return
        if table is None:
            if needed:
                help = f'add it in segdsl.toml: {relation.name} = "schema.table"'
                raise DataError(Diagnostic("SEG0702", f"no source for `{relation.name}`, which rules read", help=help))
            nothing = ", ".join(
                f"CAST(NULL AS {_sql_type(self.schema, f)}) AS {_name(c)}" for c, f in relation.fields.items()
            )
            self._create_view(relation, f"SELECT {nothing} WHERE false", set())
            return
        if declared := idle(relation.name, table, "postgres"):
            raise DataError(declared)
        place, columns = self._columns(table.path, relation)
        columns_sql: list[str] = []
        present: set[str] = set()
        for c, f in relation.fields.items():
            header = table.column(c).header or c
            if c not in wanted or (header not in columns and c not in needed):
                columns_sql.append(f"CAST(NULL AS {_sql_type(self.schema, f)}) AS {_name(c)}")
                continue
            if header not in columns:
                near = nearest(header, columns)
                help = (
                    f'the table has `{near}`: say columns = {{ {c} = "{near}" }}'
                    if near
                    else f"it has {', '.join(list(columns)[:8])}"
                )
                raise DataError(
                    Diagnostic(
                        "SEG0703", f"`{table.path}` has no column `{header}`, which is `{relation.name}.{c}`", help=help
                    )
                )
            value = _canonical_sql(f, _key_type(self.schema, f), f"r.{_name(header)}", columns[header], source.timezone)
            if value is None:
                message = f"`{table.path}.{header}` is {columns[header]} there, and `{relation.name}.{c}` is {f.type}"
                raise DataError(
                    Diagnostic(
                        "SEG0713", message, help="give it that type in a view of the database, and name the view"
                    )
                )
            columns_sql.append(f"{value} AS {_name(c)}")
            present.add(c)
            written = f"r.{_name(header)}"
            is_there = (
                _is_written(f"CAST({written} AS TEXT)") if columns[header] in _TEXTS else f"{written} IS NOT NULL"
            )
            self._unread.setdefault(relation.name, {})[c] = f"{is_there} AND ({value}) IS NULL"
        self._create_view(relation, f"SELECT {', '.join(columns_sql)} FROM {place} r", present)
        self.places[relation.name] = place
        if relation.key in present:
            keys.check(relation, self._all)

    def _create_list(self, relation: Relation) -> None:
        columns = ", ".join(f"{_name(c)} {_sql_type(self.schema, f)}" for c, f in relation.fields.items())
        rows = self.schema.listed.get(relation.name, ())
        self._execute(f"CREATE TEMP TABLE {_name(relation.name)} ({columns}) ON COMMIT DROP")
        cells = [[sorted(v) if isinstance(v := r.get(c), frozenset) else v for c in relation.fields] for r in rows]
        self._insert(_name(relation.name), cells, len(relation.fields))
        self._fields[relation.name] = set(relation.fields)

    def _load_recorded(self, relation: Relation, recorded: Recorded, needed: set[str], wanted: set[str]) -> None:
        """Copy the rows of a table of runs or deliveries into the session, a batch at a time."""
        import duckdb

        columns = [c for c in relation.fields if c in wanted | relation.placing]
        types = {c: _sql_type(self.schema, relation.fields[c]) for c in relation.fields}
        path = self.exports / f"recorded {relation.name}.parquet"
        recorded.export(columns, "BIGINT" if types[relation.by or ""] == "BIGINT" else "VARCHAR", path)
        table = _name(f"rows {relation.name}")
        self._execute(
            f"CREATE TEMP TABLE {table} ({', '.join(f'{_name(c)} {types[c]}' for c in columns)}) ON COMMIT DROP"
        )
        copied = f"COPY {table} FROM STDIN"
        with (
            duckdb.connect() as con,
            _as_data_error(),
            self.con.cursor() as cursor,
            cursor.copy(copied.encode()) as copy,
        ):
            rows = con.execute(f"SELECT * FROM read_parquet({_text(str(path))})")
            while batch := rows.fetchmany(_BATCH):
                for row in batch:
                    copy.write_row(row)
        self._execute(f"ANALYZE {table}")
        values = []
        for c, described in relation.fields.items():
            if c not in columns:
                values.append(f"CAST(NULL AS {types[c]}) AS {_name(c)}")
            elif isinstance(described.type, ty.Enum):
                values.append(f'({_if_listed(_name(c), described)}) COLLATE "C" AS {_name(c)}')
            else:
                values.append(f"{_name(c)}{_collation(types[c])} AS {_name(c)}")
        self._create_view(relation, f"SELECT {', '.join(values)} FROM {table} r", set(columns))
        for c in (c for c in columns if isinstance(relation.fields[c].type, ty.Enum)):
            given, left = self._all(
                f"SELECT (SELECT count({_name(c)}) FROM {table}), (SELECT count({_name(c)}) FROM {_name(relation.name)})"
            )[0]
            if given > left:
                message = f"`{relation.name}`: {former_arms(relation, c, given - left)}"
                self.run_notes += (Diagnostic("SEG0726", message, relation.span, severity="warning"),)
        if recorded.note is not None and needed:
            self.run_notes += (recorded.note,)

    def _columns(self, path: str, relation: Relation) -> tuple[str, dict[str, str]]:
        """(qualified table name, types of its columns)."""
        parts = path.split(".")
        qualified = ".".join(_name(p) for p in parts)
        row = self._execute(
            "SELECT n.nspname, c.relname, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.oid = to_regclass(%s)",
            [qualified],
        ).fetchone()
        if row is None or len(parts) > 2:
            help = "it is written schema.table; the user must be allowed to see it"
            raise DataError(
                Diagnostic("SEG0702", f"no table `{path}` in the database, for `{relation.name}`", help=help)
            )
        columns = self._execute(
            "SELECT a.attname, t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
            "WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
            [row[2]],
        ).fetchall()
        return f"{_name(row[0])}.{_name(row[1])}", dict(columns)

    def _create_view(self, relation: Relation, query: str, fields: set[str]) -> None:
        self._execute(f"CREATE OR REPLACE TEMP VIEW {_name(relation.name)} AS {query}")
        self.views[relation.name] = query
        self._fields[relation.name] = fields

    # -- asking ------------------------------------------------------------------------

    @property
    def schema(self) -> Schema:
        return self.request.schema

    @property
    def version(self) -> str:
        number = self.con.info.server_version
        return f"postgres {number // 10_000}.{number % 10_000}"

    @property
    def notes(self) -> tuple[Diagnostic, ...]:
        return (*self.zone_notes, *self.run_notes)

    @property
    def exports(self) -> Path:
        return Path(self._aside.name)

    def has(self, relation: str, column: str) -> bool:
        return column in self._fields.get(relation, ())

    def _execute(self, sql: str, parameters: Sequence[object] | None = None) -> psycopg.Cursor[Any]:
        with _as_data_error():
            return self.con.execute(sql.encode(), parameters)

    def _insert(self, table: str, rows: Sequence[Sequence[object]], width: int) -> None:
        places = ", ".join(["%s"] * width)
        with _as_data_error(), self.con.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {table} VALUES ({places})".encode(), rows)

    def _all(self, sql: str, parameters: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
        return self._execute(sql, parameters).fetchall()

    def rows(self, query: exp.Query) -> list[tuple[Any, ...]]:
        return self._all(dialect.postgres(query))

    def frame(self, query: exp.Query) -> pd.DataFrame:
        import pandas as pd

        done = self._execute(dialect.postgres(query))
        names = [d.name for d in done.description or ()]
        rows = [[float(v) if isinstance(v, Decimal) else v for v in row] for row in done.fetchall()]
        return pd.DataFrame(rows, columns=names)

    def store(self, query: exp.Query) -> exp.Query:
        return query  # a session that only reads can't store

    @cached_property
    def shelf(self) -> Shelf:
        return Shelf.beside(self.exports, self.request.source.timeout)

    def hold(self, query: exp.Query) -> str:
        return self._fetched(dialect.postgres(query))

    def _fetched(self, query: str) -> str:
        """The shelf's table with the rows of a query, which come as a CSV file; returns its name."""
        described = self._execute(f"SELECT * FROM ({query}) q LIMIT 0").description or ()
        oids = ", ".join(f"{d.type_code}::oid" for d in described)
        types = self._all(
            f"SELECT CAST(CAST(t AS regtype) AS TEXT) FROM unnest(ARRAY[{oids}]) WITH ORDINALITY u(t, i) ORDER BY i"
        )
        held = {d.name: _HELD.get(t, "VARCHAR") for d, (t,) in zip(described, types)}
        columns = ", ".join(f"{_text(c)}: {_text(t)}" for c, t in held.items())
        sent = ", ".join(f"to_json({_name(c)})" if t == "JSON" else _name(c) for c, t in held.items())
        path = self.exports / "fetched.csv"
        copied = f"COPY (SELECT {sent} FROM ({query}) q) TO STDOUT (FORMAT csv, FORCE_QUOTE *)"
        with (
            _as_data_error(),
            self.con.cursor() as cursor,
            cursor.copy(copied.encode()) as copy,
            path.open("wb") as file,
        ):
            for block in copy:
                file.write(block)
        form = "header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false"
        read = f"read_csv({_text(str(path))}, {form}, max_line_size = {_LONGEST_LINE}, columns = {{{columns}}})"
        sets = ", ".join(f"CAST({_name(c)} AS VARCHAR[]) AS {_name(c)}" for c, t in held.items() if t == "JSON")
        table = self.shelf.put(f"SELECT *{f' REPLACE ({sets})' if sets else ''} FROM {read}")
        path.unlink()
        return table

    def relation_rows(
        self, relation: str, column: str | None = None, values: Sequence[object] = ()
    ) -> list[dict[str, Any]]:
        described = self.schema.relations[relation]
        sql = f"SELECT {', '.join(_name(c) for c in described.fields)} FROM {_name(relation)}"
        if column is not None:
            sql += f" WHERE {_name(column)} IN ({', '.join(['%s'] * len(values))})"
        return [dict(zip(described.fields, map(_plain, row))) for row in self._all(sql, list(values))]

    def definition(self, relation: str) -> Definition:
        described = self.schema.relations[relation]
        session = ("SET TIME ZONE 'UTC'",)
        if described.kind == "list":
            return Definition(relation, _rows_in_sql(self.schema, described), session=session)
        if relation in self.places:
            before = self.views[relation].removesuffix(f"{self.places[relation]} r")
            return Definition(relation, before, self.places[relation], " r", session=session)
        if described.recorded is not None and self._fields[relation]:
            why = "its rows are what the ledger or the delivery log remembers"
            help = "print a rule that keeps nobody, or name a table of the database for it"
            raise DataError(Diagnostic("SEG0729", f"no query can be printed that reads `{relation}`: {why}", help=help))
        return Definition(relation, self.views[relation], session=session)

    def unread(self, relation: str, column: str, owner: object = None) -> list[tuple[dict[str, Any], str]]:
        """Those of recorded runs alone: the columns of a database have types."""
        described = self.schema.relations[relation]
        enum = described.fields[column].type
        if described.recorded is None or column not in self._fields[relation] or not isinstance(enum, ty.Enum):
            return []
        held = [c for c in described.fields if c in self._fields[relation]]
        values = ", ".join(_if_listed(_name(c), described.fields[c]) for c in held)
        of_owner = f" AND {_name(described.by or '')} = %s" if owner is not None else ""
        left = f"{_name(column)} NOT IN ({_listed(enum)}){of_owner}"
        sql = f"SELECT {_name(column)}, {values} FROM {_name(f'rows {relation}')} WHERE {left} LIMIT {UNREAD}"
        nothing = dict.fromkeys(described.fields)
        rows = self._all(sql, [] if owner is None else [owner])
        return [({**nothing, **dict(zip(held, map(_plain, cells)))}, written) for written, *cells in rows]

    def key_as_read(self, entity: str, written: str) -> str:
        """As it is written: `ids` and `digits` are of files."""
        del entity
        return written

    def similar_keys(self, entity: str, key: str) -> list[str]:
        column = f"CAST({_name(self.schema.relations[entity].key or '')} AS TEXT)"
        sql = f"SELECT {column} FROM {_name(entity)} WHERE position(lower(%s) IN lower({column})) > 0 ORDER BY 1 LIMIT {EXAMPLES}"
        return [row[0] for row in self._all(sql, [key])]

    def add_runs(self, relation: str, rows: pd.DataFrame) -> None:
        columns = [c for c in self.schema.relations[relation].fields if c in self._fields[relation]]
        cells = rows[columns].astype(object).where(rows[columns].notna(), None)
        listed = ", ".join(map(_name, columns))
        copied = f"COPY {_name(f'rows {relation}')} ({listed}) FROM STDIN"
        with _as_data_error(), self.con.cursor() as cursor, cursor.copy(copied.encode()) as copy:
            for row in cells.itertuples(index=False, name=None):
                copy.write_row(row)

    def report(self, clock: Clock, earlier: Mapping[str, Earlier] | None = None) -> list[TableReport]:
        """State of each relation; of its findings those that can be told of columns with types."""
        return [
            self._report(self.schema.relations[n], clock, (earlier or {}).get(n))
            for n, fields in self._fields.items()
            if fields and n in self.views
        ]

    def _report(self, relation: Relation, clock: Clock, before: Earlier | None) -> TableReport:
        fields = [c for c in relation.fields if c in self._fields[relation.name]]
        at = relation.at if relation.at in fields else None
        now = f"DATE '{clock.today}'" if relation.by_date else f"TIMESTAMP '{clock.now}'"
        newest = f"max({_name(at)}) FILTER (WHERE {_name(at)} < {now})" if at is not None else "NULL"
        counted = ", ".join(f"count(*) - count({_name(c)})" for c in fields)
        oldest = f"min({_name(at)})" if at is not None else "NULL"
        query = f"SELECT count(*), {newest}, {oldest}, {counted} FROM {_name(relation.name)}"
        rows, newest_row, oldest_row, *cells = self._all(query)[0]
        missing = dict(zip(fields, cells))
        if relation.name not in self.places:
            recorded = relation.remembered if relation.recorded is not None else ""
            return TableReport(relation.name, rows, missing, newest_row, recorded=recorded, oldest=oldest_row)
        counts = self._counts(relation, missing)
        findings = findings_of_counts(relation, rows, newest_row, counts, clock, before)
        return TableReport(relation.name, rows, missing, newest_row, tuple(findings), oldest=oldest_row)

    def _counts(self, relation: Relation, missing: Mapping[str, int]) -> dict[str, Counts]:
        """Counts of each column; where a value is missing, the table itself is looked at, too."""
        place, unread = self.places[relation.name], self._unread[relation.name]
        odd = {c: unread[c] for c, n in missing.items() if n}
        counted = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in odd.values())
        of = dict(zip(odd, self._all(f"SELECT {counted} FROM {place} r")[0])) if odd else {}
        links, table = self.schema.links(relation), _name(relation.name)
        counts = {}
        for c, n in missing.items():
            written = f"CAST(r.{_name(self._header(relation, c))} AS TEXT)"
            unread_as = self._some(relation, c, written, f"{place} r", unread[c]) if of.get(c) else ()
            nowhere_as: tuple[str, ...] = ()
            nowhere, target = 0, self.schema.relations.get(links.get(c, ""))
            if target is not None and c != relation.key and target.kind == "entity" and self._has_keys(target):
                keys = f"SELECT 1 FROM {_name(target.name)} k WHERE k.{_name(target.key or '')} = r.{_name(c)}"
                lost = f"r.{_name(c)} IS NOT NULL AND NOT EXISTS ({keys})"
                nowhere = self._all(f"SELECT count(*) FROM {table} r WHERE {lost}")[0][0]
                shown = f"CAST(r.{_name(c)} AS TEXT)"
                nowhere_as = self._some(relation, c, shown, f"{table} r", lost) if nowhere else ()
            counts[c] = Counts(n, of.get(c, 0), unread_as, nowhere, nowhere_as, target.name if target else "")
        return counts

    def _has_keys(self, entity: Relation) -> bool:
        return entity.key in self._fields.get(entity.name, ()) and entity.name in self.places

    def _header(self, relation: Relation, column: str) -> str:
        source = self.request.source.table(relation.name)
        return (source.column(column).header if source is not None else None) or column

    def _some(self, relation: Relation, column: str, value: str, place: str, condition: str) -> tuple[str, ...]:
        """A few values, as texts; none of a personal field."""
        if self.schema.is_personal(relation, column):
            return ()
        sql = f"SELECT DISTINCT left({value}, 40) FROM {place} WHERE {condition} ORDER BY 1 LIMIT {EXAMPLES}"
        return tuple(row[0] for row in self._all(sql))

    def uncounted(self, clock: Clock) -> list[TableReport]:
        """An empty list: findings on rows are of files alone."""
        del clock
        return []

    # -- what the ledger asks --------------------------------------------------------------

    def values_as_text(self, relation: str, fields: Sequence[str]) -> Path:
        import duckdb
        import pandas as pd

        described = self.schema.relations[relation]
        columns = [
            f"CAST({f'to_json({_name(f)})' if isinstance(described.fields[f].type, ty.SetOfText) else _name(f)} AS TEXT)"
            for f in fields
        ]
        key = _name(described.key or "")
        rows = self._all(
            f"SELECT CAST({key} AS TEXT), {', '.join(columns)} FROM {_name(relation)} WHERE {key} IS NOT NULL"
        )
        path = Path(self._aside.name) / f"values of {relation}.parquet"
        frame = pd.DataFrame(rows, columns=["entity_id", *fields], dtype="string")
        con = duckdb.connect()
        con.register("frame", frame)
        con.execute(f"COPY (SELECT * FROM frame) TO {_text(str(path))} (FORMAT parquet)")
        con.close()
        return path

    @contextlib.contextmanager
    def as_it_was(self, then: Clock, changed: Mapping[str, tuple[Sequence[str], Path]]) -> Iterator[None]:
        touched = [n for n in self.views if self.schema.relations[n].at is not None or n in changed]
        try:
            for n in touched:
                view = f"SELECT * FROM ({self.views[n]}) x WHERE {known_before(self.schema.relations[n], then)}"
                if n in changed:
                    view = self._with_values(view, self.schema.relations[n], *changed[n])
                self._execute(f"CREATE OR REPLACE TEMP VIEW {_name(n)} AS {view}")
            yield
        finally:
            for n in touched:
                self._execute(f"CREATE OR REPLACE TEMP VIEW {_name(n)} AS {self.views[n]}")

    @contextlib.contextmanager
    def only(self, own: Mapping[str, str], keys: str) -> Iterator[None]:
        few = {n: c for n, c in own.items() if n in self.views and c in self._fields[n]}
        whole = dict(self.views)
        try:
            for i, (n, column) in enumerate(few.items()):
                described = self.schema.relations[n].fields[column]
                table = _name(f"only {i}")
                self._execute(f"DROP TABLE IF EXISTS {table} CASCADE")
                self._execute(
                    f"CREATE TEMP TABLE {table} (entity_id {_sql_type(self.schema, described)}) ON COMMIT DROP"
                )
                self._copy(f"COPY {table} FROM STDIN", f"SELECT entity_id FROM {keys}")
                self._execute(f"ANALYZE {table}")
                view = f"SELECT * FROM ({whole[n]}) x WHERE {_name(column)} IN (SELECT entity_id FROM {table})"
                self._create_view(self.schema.relations[n], view, self._fields[n])
            yield
        finally:
            for n in few:
                self._create_view(self.schema.relations[n], whole[n], self._fields[n])

    def _with_values(self, view: str, relation: Relation, fields: Sequence[str], values: Path) -> str:
        was, cells = _name(f"was {relation.name}"), [c for f in fields for c in (f"has {f}", f"was {f}")]
        typed = ", ".join(f"{_name(c)} {'BOOLEAN' if c.startswith('has ') else 'TEXT'}" for c in cells)
        self._execute(f"DROP TABLE IF EXISTS {was} CASCADE")
        self._execute(f"CREATE TEMP TABLE {was} (entity_id TEXT, {typed}) ON COMMIT DROP")
        read = f"SELECT entity_id, {', '.join(map(_name, cells))} FROM read_parquet({_text(str(values))})"
        self._copy(f"COPY {was} FROM STDIN", read)
        columns = [
            f"{self._earlier_or_current(f, described)} AS {_name(f)}" if f in fields else f"v.{_name(f)}"
            for f, described in relation.fields.items()
        ]
        joined = f"CAST(v.{_name(relation.key or '')} AS TEXT) = w.entity_id"
        return f"SELECT {', '.join(columns)} FROM ({view}) v LEFT JOIN {was} w ON {joined}"

    def _copy(self, statement: str, query: str) -> None:
        """Send the rows of a query of DuckDB on files of `exports` to the database, a batch at a time."""
        with (
            self.shelf.asking(),
            _as_data_error(),
            self.con.cursor() as cursor,
            cursor.copy(statement.encode()) as copy,
        ):
            rows = self.shelf.con.execute(query)
            while batch := rows.fetchmany(_BATCH):
                for row in batch:
                    copy.write_row(row)

    def _earlier_or_current(self, f: str, described: Field) -> str:
        earlier = _from_text(_name(f"was {f}"), self.schema, described)
        return f"CASE WHEN {_name(f'has {f}')} THEN {earlier} ELSE v.{_name(f)} END"


@contextlib.contextmanager
def _as_data_error() -> Iterator[None]:
    """Raise `DataError` where the database stops or the connection is lost."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        help = "nothing was published; if the database is well, please report it"
        line = _first_line(error)
        message = without_value(line) if isinstance(error, psycopg.DataError) else line
        raise DataError(Diagnostic("SEG0706", f"the engine stopped: {message}", help=help)) from error


def address(url: str) -> str:
    """A source's url with `${NAME}` replaced from the environment; raises `DataError` for an unset variable."""
    lacking = [n for n in re.findall(r"\$\{(\w+)\}", url) if n not in os.environ]
    if lacking:
        help = f"set {lacking[0]} to the address of the database: postgresql://user:password@host/name"
        raise DataError(
            Diagnostic("SEG0714", f"the environment has no {lacking[0]}, which a source's url names", help=help)
        )
    return re.sub(r"\$\{(\w+)\}", lambda m: os.environ[m[1]], url)


def _unusable(error: Exception, url: str) -> DataError:
    message = f"the database can't be used: {_without_secrets(_first_line(error), url)}"
    return DataError(Diagnostic("SEG0714", message, help="check its url, and the rights of its user"))


def _without_secrets(text: str, url: str) -> str:
    """A message about an address without the values of its variables, and without the parts that the driver splits an
    address into.

    The driver's message on an address that it can't parse is hidden, since it may quote any part.
    """
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    names = re.findall(r"\$\{(\w+)\}", url)
    if not names:
        return text
    filled = address(url)
    try:
        parts = [str(part) for part in conninfo_to_dict(filled).values() if part is not None]
    except ProgrammingError:
        return (
            "it isn't an address; write what has a meaning in one, such as a blank or `@` in a password, as %20 or %40"
        )
    values = {os.environ[name]: f"${{{name}}}" for name in names}
    hidden = values | {part: "…" for part in parts if part not in values and part not in url}
    longest_first = sorted((part for part in hidden if len(part) > 2), key=len, reverse=True)
    if not longest_first:
        return text
    return re.sub("|".join(map(re.escape, longest_first)), lambda match: hidden[match[0]], text)


# -- columns -------------------------------------------------------------------------------


def _key_type(schema: Schema, described: Field) -> ty.Type:
    """A field's type; for a link, the type of the key."""
    if isinstance(described.type, ty.Link):
        target = schema.relations[described.type.entity]
        key_type = target.fields[target.key or ""].type
        return key_type if key_type == ty.INTEGER else ty.TEXT
    return described.type


def _listed(enum: ty.Enum) -> str:
    """The values of an enum in SQL."""
    return ", ".join(map(_text, enum.values))


def _if_listed(column: str, described: Field) -> str:
    """A column, without what is none of its values where these are listed."""
    if not isinstance(described.type, ty.Enum):
        return column
    return f"CASE WHEN {column} IN ({_listed(described.type)}) THEN {column} END"


def _collation(sql_type: str) -> str:
    return ' COLLATE "C"' if sql_type == "TEXT" else ""


def _sql_type(schema: Schema, described: Field) -> str:
    return _TYPES.get(type(_key_type(schema, described)).__name__, "TEXT")


def _rows_in_sql(schema: Schema, relation: Relation) -> str:
    """Query for the rows of a list as literals, with the types that its table has."""
    types = {c: _sql_type(schema, f) for c, f in relation.fields.items()}
    rows = schema.listed.get(relation.name, ())
    cells = ", ".join(f"({', '.join(_literal(row.get(c), t) for c, t in types.items())})" for row in rows)
    if not cells:
        return f"SELECT {', '.join(f'CAST(NULL AS {t}) AS {_name(c)}' for c, t in types.items())} WHERE false"
    return f"SELECT * FROM (VALUES {cells}) v({', '.join(map(_name, types))})"


def _literal(value: object, sql_type: str) -> str:
    if value is None:
        return f"CAST(NULL AS {sql_type})"
    if isinstance(value, frozenset):
        return f"CAST(ARRAY[{', '.join(map(_text, sorted(value)))}] AS {sql_type})"
    return f"CAST({_text(str(value))} AS {sql_type})"


def _canonical_sql(described: Field, typed: ty.Type, column: str, db_type: str, zone: str) -> str | None:
    """A column in canonical form; None where its database type doesn't match the declared type."""
    match typed:
        case ty.Text():
            if db_type not in _TEXTS:
                return None
            value = f"CAST({column} AS TEXT)"
            read = f"btrim({value})" if described.key or isinstance(described.type, ty.Link) else value
            return f'(CASE WHEN {_is_written(value)} THEN {read} END) COLLATE "C"'
        case ty.Enum(values=values):
            if (
                db_type in _NUMBERS
                or db_type.startswith("_")
                or db_type in ("bool", "date", "timestamp", "timestamptz")
            ):
                return None
            value = f"btrim(CAST({column} AS TEXT))"
            listed = ", ".join(_text(v) for v in values)
            return f'(CASE WHEN {value} IN ({listed}) THEN {value} END) COLLATE "C"'
        case ty.Boolean():
            return column if db_type == "bool" else None
        case ty.SetOfText():
            if db_type not in ("_text", "_varchar"):
                return None
            parts = f"unnest(CAST({column} AS TEXT[])) AS t(x) WHERE {_is_written('x')}"
            ordered = f'ARRAY(SELECT DISTINCT x COLLATE "C" FROM {parts} ORDER BY 1)'
            return f"CASE WHEN {column} IS NOT NULL THEN {ordered} END"
        case ty.Version():
            return _version(f"btrim(CAST({column} AS TEXT))") if db_type in _TEXTS else None
        case ty.Date():
            within = f"{column} BETWEEN DATE '{EARLIEST}' AND DATE '{LATEST}'"
            return f"CASE WHEN {within} THEN {column} END" if db_type == "date" else None
        case ty.Timestamp():
            return _instant(column, db_type, zone)
        case ty.Real():
            value = f"CAST({column} AS FLOAT8)"
            finite = f"{value} > '-Infinity'::FLOAT8 AND {value} < 'Infinity'::FLOAT8"
            return f"CASE WHEN {finite} THEN {value} END" if db_type in _NUMBERS else None
        case ty.Integer() | ty.Number() | ty.Money() | ty.Constant() | ty.Moment() | ty.Link():
            return _number(described, typed, column) if db_type in _NUMBERS else None


def _version(value: str) -> str:
    """Code of a version (`model/versions.py`); missing for other texts."""
    core = f"substring({value} FROM {_text(versions.CORE)})"
    code = "CAST(0 AS NUMERIC)"
    for i in range(1, versions.PARTS + 1):
        code = f"({code} * {versions.PART} + CAST(coalesce(nullif(split_part({core}, '.', {i}), ''), '0') AS NUMERIC))"
    is_release = f"CASE WHEN {value} ~ {_text(versions.PRE_RELEASE)} THEN 0 ELSE 1 END"
    return f"CASE WHEN {value} ~ {_text(f'^(?:{versions.PATTERN})$')} THEN {code} * 10 + {is_release} END"


def _is_written(value: str) -> str:
    """Condition that a text is more than blanks, which are missing."""
    return f"btrim({value}, {_text(ty.BLANKS)}) <> ''"


def _instant(column: str, db_type: str, zone: str) -> str | None:
    match db_type:
        case "timestamptz":
            value = f"timezone('UTC', {column})"
        case "timestamp":
            value = f"timezone('UTC', timezone({_text(zone)}, {column}))"
        case "date":
            value = f"timezone('UTC', timezone({_text(zone)}, CAST({column} AS TIMESTAMP)))"
        case _:
            return None
    return f"CASE WHEN {column} BETWEEN '{EARLIEST}' AND '{LATEST}' THEN {value} END"


def _number(described: Field, typed: ty.Type, column: str) -> str:
    """Whole number of units: money and numbers are rounded half to even, other fractions are missing."""
    scale = ty.scale(typed)
    exact = f"CAST(CAST({column} AS TEXT) AS NUMERIC)"  # a double's shortest decimal notation
    scaled = f"({exact} * {scale})"
    if typed == ty.INTEGER:
        fits, value = f"{scaled} = trunc({scaled})", scaled
    else:
        half = f"abs({scaled} - trunc({scaled})) = 0.5"
        fits, value = "true", f"CASE WHEN {half} THEN 2 * round({scaled} / 2) ELSE round({scaled}) END"
    low = f"{exact} >= {described.low}" if described.low is not None else "true"
    high = f"{exact} <= {described.high}" if described.high is not None else "true"
    digits = f"abs({exact}) < 1e18" if typed == ty.NUMBER else f"abs({scaled}) < 9.2e18"
    known = f"CAST({column} AS TEXT) NOT IN ('NaN', 'Infinity', '-Infinity')"
    to = "NUMERIC" if typed == ty.NUMBER else "BIGINT"
    return (
        f"CASE WHEN {known} THEN CASE WHEN {digits} AND {fits} AND {low} AND {high} THEN CAST({value} AS {to}) END END"
    )


def _from_text(value: str, schema: Schema, described: Field) -> str:
    typed = _sql_type(schema, described)
    if typed.endswith("[]"):
        return f"ARRAY(SELECT json_array_elements_text(CAST({value} AS JSON)))"
    return f'{value} COLLATE "C"' if typed == "TEXT" else f"CAST({value} AS {typed})"


def _plain(value: object) -> object:
    if isinstance(value, list):
        return frozenset(value)
    if isinstance(value, Decimal):
        return int(value)
    assert not isinstance(value, dt.datetime) or value.tzinfo is None
    return value


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
