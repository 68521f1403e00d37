"""Spark engine: typed relations as temporary views of one session; Parquet files and tables of a catalog are read in place.

Columns are in canonical form (as in `engines/duckdb.py`). What a query gives is written by Spark's workers as Parquet into the engine's
folder, and read from there by its shelf: nothing of a customer's size comes through the driver as objects of Python. Only what
Spark Connect can do is used: SQL, readers, writers and temporary views.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import secrets
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp

from segdsl.data import files
from segdsl.data.contract import Earlier, TableReport, former_arms, stale
from segdsl.data.files import DataError, unreadable
from segdsl.data.relations import idle, undeclared
from segdsl.data.sql_text import text as _duckdb_text
from segdsl.diagnostics import Diagnostic
from segdsl.engines import canonical, keys, spark_session, zones
from segdsl.engines.duckdb import EXAMPLES, known_before
from segdsl.engines.engine import UNREAD, DataRequest, Definition, Engine
from segdsl.engines.shelf import Shelf
from segdsl.engines.spark_columns import canonical as canonical_column
from segdsl.engines.spark_columns import key_type, name, sql_type, text
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.schema import Field, Recorded, Relation, Schema
from segdsl.resolve.problems import nearest
from segdsl.sql import spark as spelling
from segdsl.workspace.config import SourceConfig, TableSource

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import DataFrame, SparkSession

MOST_READS = 24
"""Reads of tables in one query, each part's counted where it is read: Spark puts a named part into every query that reads it, so a part
that would come to more is written once."""
_OF_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]+://|dbfs:/")


@dataclass
class Spark(Engine):
    """A session with a workspace's relations.

    `views`: the query of each relation.
    """

    spark: SparkSession
    request: DataRequest
    _aside: tempfile.TemporaryDirectory[str]
    views: dict[str, str] = field(default_factory=dict)
    _fields: dict[str, set[str]] = field(default_factory=dict)
    zone_notes: tuple[Diagnostic, ...] = ()
    run_notes: tuple[Diagnostic, ...] = ()
    _token: str = field(default_factory=lambda: secrets.token_hex(4))
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _temporary: set[str] = field(default_factory=set)
    _stored: dict[str, str] = field(default_factory=dict)
    _stamps: dict[Path, dict[Path, tuple[int, int]]] = field(
        default_factory=dict
    )  # of files that are read, by what is named
    _closed: bool = False

    # -- opening ---------------------------------------------------------------------

    @staticmethod
    def attach(request: DataRequest) -> Spark:
        """Bind relations to their files and tables.

        Raises `DataError` for a Spark that can't be used, missing tables and columns, other types, and wrong keys.
        """
        source = request.source
        _check_place(source)
        shared = str(request.root / source.shared) if source.shared else None
        spark = spark_session.session(source)
        aside = tempfile.TemporaryDirectory(prefix="segdsl-", ignore_cleanup_errors=True, dir=shared)
        engine = Spark(spark, request, aside)
        try:
            spark_session.settle(spark)
        except BaseException:
            aside.cleanup()
            raise
        try:
            engine._bind_all()
        except BaseException:
            engine.close()
            raise
        return engine

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if "shelf" in self.__dict__:
            self.shelf.con.close()
        with contextlib.suppress(Exception):  # a session that was lost has neither views nor settings
            for view in self._temporary:
                self.spark.catalog.dropTempView(view)
            spark_session.unsettle(self.spark)
        self._aside.cleanup()

    def _bind_all(self) -> None:
        request, wanted = self.request, self.request.wanted
        problems = undeclared(request.source, request.schema)
        for n, relation in request.schema.relations.items():
            try:
                self._bind(relation, request.source, request.needed.columns.get(n, set()), wanted.get(n, set()))
            except DataError as error:
                problems += error.diagnostics
        if problems:
            raise DataError(problems)
        weeks = "explode(sequence(begins, ends - INTERVAL '1 second', INTERVAL '7 days'))"
        local = "CAST(from_utc_timestamp(instant, zone) AS TIMESTAMP_NTZ)"
        differing = zones.differences(zones.in_use(request, self._fields, self._ask), weeks, self._ask_naive, local)
        self.zone_notes = zones.check_differences(differing, request, self._fields, self._ask)

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
                help = f'add it in segdsl.toml: {relation.name} = "data/{relation.name}.parquet", or "catalog.schema.table"'
                raise DataError(Diagnostic("SEG0702", f"no source for `{relation.name}`, which rules read", help=help))
            self._create_empty(relation)
            return
        if not needed and not wanted:
            self._create_empty(relation)
            return
        if declared := idle(relation.name, table, "spark"):
            raise DataError(declared)
        raw = f"{self._token} raw {relation.name}"
        frame = self._read(relation, table)
        columns = dict(frame.dtypes)
        self._show(raw, frame)
        columns_sql: list[str] = []
        present: set[str] = set()
        for c, f in relation.fields.items():
            header = table.column(c).header or c
            if c not in wanted or (header not in columns and c not in needed):
                columns_sql.append(f"CAST(NULL AS {sql_type(self.schema, f)}) AS {name(c)}")
                continue
            if header not in columns:
                raise DataError(_lacking(relation, table, c, header, columns))
            value = canonical_column(f, key_type(self.schema, f), f"r.{name(header)}", columns[header], source.timezone)
            if value is None:
                message = f"`{table.path}.{header}` is {columns[header]} there, and `{relation.name}.{c}` is {f.type}"
                help = "give it that type where the table is written, or in a view of the catalog, and name the view"
                raise DataError(Diagnostic("SEG0713", message, help=help))
            columns_sql.append(f"{value} AS {name(c)}")
            present.add(c)
        self._create_view(relation, f"SELECT {', '.join(columns_sql)} FROM {name(raw)} r", present)
        if relation.key in present:
            keys.check(relation, self._ask)

    def _read(self, relation: Relation, table: TableSource) -> DataFrame:
        """The rows of a Parquet file, of a folder of such files, or of a table of the catalog."""
        if _OF_ELSEWHERE.match(table.path):
            return self._opened(relation, table, [table.path])
        if not _is_path(table.path):
            return self._of_catalog(relation, table)
        at = self.request.clock.today if self.request.clock else None
        paths = files.parquet_of(self.request.root, table, at)
        self._stamps |= {p: _stamps(p) for p in paths}
        return self._opened(relation, table, [p.resolve().as_uri() for p in paths])

    def _opened(self, relation: Relation, table: TableSource, paths: Sequence[str]) -> DataFrame:
        try:
            frame = self.spark.read.option("mergeSchema", "true").parquet(*paths)
            frame.dtypes  # noqa: B018 - Spark Connect asks for the schema only now
        except Exception as error:
            raise unreadable(table.path, spark_session.first_line(error), "Spark reads Parquet files") from None
        return frame

    def _of_catalog(self, relation: Relation, table: TableSource) -> DataFrame:
        qualified = ".".join(name(p) for p in table.path.split("."))
        try:
            frame = self.spark.sql(f"SELECT * FROM {qualified}")
            frame.dtypes  # noqa: B018
        except Exception as error:
            message = (
                f"no table `{table.path}` in Spark's catalog, for `{relation.name}`: {spark_session.first_line(error)}"
            )
            help = (
                "it is written catalog.schema.table, and a file as data/x.parquet; the user must be allowed to read it"
            )
            raise DataError(Diagnostic("SEG0702", message, help=help)) from None
        return frame

    def _create_empty(self, relation: Relation) -> None:
        nothing = ", ".join(
            f"CAST(NULL AS {sql_type(self.schema, f)}) AS {name(c)}" for c, f in relation.fields.items()
        )
        self._create_view(relation, f"SELECT {nothing} WHERE false", set())

    def _create_list(self, relation: Relation) -> None:
        rows = self.schema.listed.get(relation.name, ())
        path = self.exports / f"list {relation.name}.parquet"
        write_rows(path, self.schema, relation, rows)
        self._create_view(relation, self._typed(relation, path, f"list {relation.name}"), set(relation.fields))

    def _typed(self, relation: Relation, path: Path, label: str, columns: Sequence[str] | None = None) -> str:
        """A query of rows in canonical form, from a file of the engine's folder."""
        raw = f"{self._token} {label}"
        self._show(raw, self.spark.read.parquet(path.as_uri()))
        values = [
            f"CAST({name(c) if columns is None or c in columns else 'NULL'} AS {sql_type(self.schema, f)}) AS {name(c)}"
            for c, f in relation.fields.items()
        ]
        return f"SELECT {', '.join(values)} FROM {name(raw)} r"

    def _load_recorded(self, relation: Relation, recorded: Recorded, needed: set[str], wanted: set[str]) -> None:
        """Read the rows of a table of runs or deliveries from a file."""
        columns = [c for c in relation.fields if c in wanted | relation.placing]
        path = self.exports / f"recorded {relation.name}.parquet"
        is_whole = sql_type(self.schema, relation.fields[relation.by or ""]) == "BIGINT"
        recorded.export(columns, "BIGINT" if is_whole else "VARCHAR", path)
        rows = self._typed(relation, path, f"rows {relation.name}", columns)
        self._bind_recorded(relation, rows, columns)
        if recorded.note is not None and needed:
            self.run_notes += (recorded.note,)

    def _bind_recorded(self, relation: Relation, rows: str, columns: Sequence[str]) -> None:
        enums = {c: f for c in columns if isinstance((f := relation.fields[c]).type, ty.Enum)}
        values = [
            f"{_if_listed(name(c), f)} AS {name(c)}" if c in enums else name(c) for c, f in relation.fields.items()
        ]
        own = f"{self._token} recorded {relation.name}"
        self._execute(f"CREATE OR REPLACE TEMP VIEW {name(own)} AS {rows}")
        self._temporary.add(own)
        self._create_view(relation, f"SELECT {', '.join(values)} FROM {name(own)} r", set(columns))
        for c in enums:
            ((given,),) = self._all(f"SELECT count({name(c)}) FROM {name(own)}")
            ((left,),) = self._ask(f'SELECT count({name(c)}) FROM "{relation.name}"')
            if given > left:
                message = f"`{relation.name}`: {former_arms(relation, c, given - left)}"
                self.run_notes += (Diagnostic("SEG0726", message, relation.span, severity="warning"),)

    def _create_view(self, relation: Relation, query: str, fields: set[str]) -> None:
        self._look_at(relation.name, query)
        self.views[relation.name] = query
        self._fields[relation.name] = fields

    def _look_at(self, relation: str, query: str) -> None:
        view = self._view_of(relation)
        self._execute(f"CREATE OR REPLACE TEMP VIEW {name(view)} AS {query}")
        self._temporary.add(view)
        self._stored.clear()

    def _view_of(self, relation: str) -> str:
        return f"{self._token} {relation}"

    def _show(self, view: str, frame: DataFrame) -> None:
        with _as_data_error():
            frame.createOrReplaceTempView(name(view))
        self._temporary.add(view)

    # -- asking ------------------------------------------------------------------------

    @property
    def schema(self) -> Schema:
        return self.request.schema

    @property
    def version(self) -> str:
        return f"spark {self.spark.version}"

    @property
    def notes(self) -> tuple[Diagnostic, ...]:
        return (*self.zone_notes, *self.run_notes)

    @property
    def exports(self) -> Path:
        return Path(self._aside.name)

    def has(self, relation: str, column: str) -> bool:
        return column in self._fields.get(relation, ())

    def _execute(self, sql: str) -> None:
        with _as_data_error():
            self.spark.sql(sql).collect()

    def _all(self, sql: str) -> list[tuple[Any, ...]]:
        with _as_data_error():
            return _plain_rows(_without_zones(self.spark.sql(sql)))

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask in the SQL that engines share, with a relation's name after FROM."""
        return self._all(re.sub(r'FROM "(\w+)"', lambda m: f"FROM {name(self._view_of(m[1]))}", sql))

    def _ask_naive(self, sql: str) -> list[tuple[Any, ...]]:
        return self._all(sql.replace("TIMESTAMP '", "TIMESTAMP_NTZ '"))

    def rows(self, query: exp.Query) -> list[tuple[Any, ...]]:
        with _as_data_error():
            return _plain_rows(_without_zones(self._frame(query)))

    def frame(self, query: exp.Query) -> pd.DataFrame:
        folder = self._written(self._frame(query))
        described = self.shelf.rows(f"DESCRIBE SELECT * FROM {_files(folder)}")
        columns = ", ".join(
            f"CAST({_quoted(c)} AS DOUBLE) AS {_quoted(c)}" if t.startswith("DECIMAL") else _quoted(c)
            for c, t, *_ in described
        )
        source = f"read_parquet({_duckdb_text(f'{folder}/*.parquet')}, filename = true, file_row_number = true)"
        frame = self.shelf.frame(f"SELECT {columns} FROM {source} ORDER BY filename, file_row_number")
        shutil.rmtree(folder)
        return frame

    def _frame(self, query: exp.Query) -> DataFrame:
        """A query as a frame of Spark; its parts that would be read too often are written first."""
        views = {relation: self._view_of(relation) for relation in self.views}
        parts, last = spelling.parts(query, views)
        recursive = any(part.name in part.reads for part in parts)
        if recursive and spark_session.version_of(self.spark) < (4, 1):
            help = "use Spark 4.1 or newer, or a field with the topmost customer"
            message = f"Spark {self.spark.version} can't follow a hierarchy to its top"
            raise DataError(Diagnostic("SEG0714", message, help=help))
        read_by = Counter(r for part in (*parts, last) for r in part.reads if r != part.name)
        texts: dict[str, str] = {}
        reads: dict[str, tuple[str, ...]] = {}
        weights: dict[str, int] = {}
        for part in parts:
            texts[part.name], reads[part.name] = part.text, part.reads
            weights[part.name] = 1 + sum(weights.get(r, 0) for r in part.reads)
            if read_by[part.name] > 1 and weights[part.name] > MOST_READS and part.name not in part.reads:
                frame = self.spark.sql(_with(f"SELECT * FROM {name(part.name)}", [part.name], texts, reads, recursive))
                texts[part.name], reads[part.name], weights[part.name] = self._stored_once(frame), (), 1
        return self.spark.sql(_with(last.text, last.reads, texts, reads, recursive))

    def _stored_once(self, frame: DataFrame) -> str:
        """Write rows, and return the query that reads them."""
        view = f"{self._token} written {next(self._numbers)}"
        self._show(view, self.spark.read.parquet(self._written(frame).as_uri()))
        return f"SELECT * FROM {name(view)}"

    def _written(self, frame: DataFrame) -> Path:
        """A folder of Parquet files with the rows of a frame."""
        folder = self.exports / f"written-{next(self._numbers)}"
        with _as_data_error():
            _without_zones(frame).write.parquet(folder.as_uri())
        for path, before in self._stamps.items():
            if _stamps(path) != before:
                raise unreadable(path, "it changed while it was read", "try again once it has been written")
        return folder

    def store(self, query: exp.Query) -> exp.Query:
        asked = spelling.spark(query, {})
        if asked not in self._stored:
            self._stored[asked] = f"{self._token} stored {next(self._numbers)}"
            self._show(self._stored[asked], self.spark.read.parquet(self._written(self._frame(query)).as_uri()))
        return exp.Select(expressions=[exp.Star()]).from_(
            exp.Table(this=exp.to_identifier(self._stored[asked], quoted=True))
        )

    @cached_property
    def shelf(self) -> Shelf:
        return Shelf.beside(self.exports, self.request.source.timeout)

    def hold(self, query: exp.Query) -> str:
        folder = self._written(self._frame(query))
        described = self.shelf.rows(f"DESCRIBE SELECT * FROM {_files(folder)}")
        columns = ", ".join(
            f"CAST({_quoted(c)} AS HUGEINT) AS {_quoted(c)}" if t == "DECIMAL(38,0)" else _quoted(c)
            for c, t, *_ in described
        )
        table = self.shelf.put(f"SELECT {columns} FROM {_files(folder)}")
        shutil.rmtree(folder)
        return table

    def definition(self, relation: str) -> Definition:
        message = f"no query can be printed that reads `{relation}`: it reads Spark's tables in views of a session"
        raise DataError(Diagnostic("SEG0729", message, help="segdsl run evaluates the rule there"))

    def relation_rows(
        self, relation: str, column: str | None = None, values: Sequence[object] = ()
    ) -> list[dict[str, Any]]:
        described = self.schema.relations[relation]
        sql = f"SELECT {', '.join(name(c) for c in described.fields)} FROM {name(self._view_of(relation))}"
        if column is not None:
            sql += f" WHERE {name(column)} IN ({', '.join(map(_literal, values))})"
        return [dict(zip(described.fields, map(_plain, row))) for row in self._all(sql)]

    def unread(self, relation: str, column: str, owner: object = None) -> list[tuple[dict[str, Any], str]]:
        """Those of recorded runs alone: the columns of tables have types."""
        described = self.schema.relations[relation]
        enum = described.fields[column].type
        if described.recorded is None or column not in self._fields[relation] or not isinstance(enum, ty.Enum):
            return []
        held = [c for c in described.fields if c in self._fields[relation]]
        values = ", ".join(_if_listed(name(c), described.fields[c]) for c in held)
        of_owner = f" AND {name(described.by or '')} = {_literal(owner)}" if owner is not None else ""
        left = f"{name(column)} NOT IN ({_listed(enum)}){of_owner}"
        rows = f"FROM {name(f'{self._token} recorded {relation}')} WHERE {left} LIMIT {UNREAD}"
        nothing = dict.fromkeys(described.fields)
        return [
            ({**nothing, **dict(zip(held, map(_plain, cells)))}, written)
            for written, *cells in self._all(f"SELECT {name(column)}, {values} {rows}")
        ]

    def key_as_read(self, entity: str, written: str) -> str:
        """As it is written: `ids` and `digits` are of files."""
        del entity
        return written

    def similar_keys(self, entity: str, key: str) -> list[str]:
        column = f"CAST({name(self.schema.relations[entity].key or '')} AS STRING)"
        contains = f"contains(lower({column}), lower({text(key)}))"
        rows = f"FROM {name(self._view_of(entity))} WHERE {contains} ORDER BY 1 LIMIT {EXAMPLES}"
        return [row[0] for row in self._all(f"SELECT {column} {rows}")]

    def add_runs(self, relation: str, rows: pd.DataFrame) -> None:
        columns = [c for c in self.schema.relations[relation].fields if c in self._fields[relation]]
        held = self.shelf.put_frame(rows)
        listed = ", ".join(_quoted(c) for c in columns)
        path = self.shelf.write(f"SELECT {listed} FROM {held}", f"added {next(self._numbers)}.parquet")
        self.shelf.drop(held)
        described, own = self.schema.relations[relation], f"{self._token} recorded {relation}"
        added = self._typed(described, path, path.stem, columns)
        earlier = f"{self._token} before {next(self._numbers)}"
        self._show(earlier, self.spark.table(name(own)))
        self._bind_recorded(described, f"SELECT * FROM {name(earlier)} UNION ALL {added}", columns)

    def report(self, clock: Clock, earlier: Mapping[str, Earlier] | None = None) -> list[TableReport]:
        """Number of rows, missing values, oldest and newest time of each relation, with a finding where that is stale."""
        del earlier
        return [
            self._report(self.schema.relations[n], clock)
            for n, fields in self._fields.items()
            if fields and self.schema.relations[n].kind != "list"
        ]

    def _report(self, relation: Relation, clock: Clock) -> TableReport:
        fields = [c for c in relation.fields if c in self._fields[relation.name]]
        at = relation.at if relation.at in fields else None
        now = f"DATE '{clock.today}'" if relation.by_date else f"TIMESTAMP_NTZ '{clock.now}'"
        newest = f"max({name(at)}) FILTER (WHERE {name(at)} < {now})" if at is not None else "NULL"
        oldest = f"min({name(at)})" if at is not None else "NULL"
        counted = ", ".join(f"count(*) - count({name(c)})" for c in fields)
        asked = f"SELECT count(*), {newest} AS newest, {oldest} AS oldest, {counted} FROM {name(self._view_of(relation.name))}"
        rows, newest_row, oldest_row, *missing = self._all(asked)[0]
        recorded = relation.remembered if relation.recorded is not None else ""
        findings = () if recorded else tuple(stale(relation, newest_row, clock))
        return TableReport(
            relation.name, rows, dict(zip(fields, missing)), newest_row, findings, recorded, oldest=oldest_row
        )

    def uncounted(self, clock: Clock) -> list[TableReport]:
        """An empty list: findings on rows are of files alone."""
        del clock
        return []

    # -- what the ledger asks --------------------------------------------------------------

    def values_as_text(self, relation: str, fields: Sequence[str]) -> Path:
        described = self.schema.relations[relation]
        columns = [
            f"{f'TO_JSON({name(f)})' if isinstance(described.fields[f].type, ty.SetOfText) else f'CAST({name(f)} AS STRING)'} AS {name(f)}"
            for f in fields
        ]
        key = name(described.key or "")
        asked = (
            f"SELECT CAST({key} AS STRING) AS entity_id, {', '.join(columns)} "
            f"FROM {name(self._view_of(relation))} WHERE {key} IS NOT NULL"
        )
        folder = self._written(self.spark.sql(asked))
        path = self.shelf.write(f"SELECT * FROM {_files(folder)}", f"values of {relation}.parquet")
        shutil.rmtree(folder)
        return path

    @contextlib.contextmanager
    def as_it_was(self, then: Clock, changed: Mapping[str, tuple[Sequence[str], Path]]) -> Iterator[None]:
        touched = [n for n in self.views if self.schema.relations[n].at is not None or n in changed]
        try:
            for n in touched:
                known = known_before(self.schema.relations[n], then).replace("TIMESTAMP '", "TIMESTAMP_NTZ '")
                view = f"SELECT * FROM ({self.views[n]}) x WHERE {known}"
                if n in changed:
                    view = self._with_values(view, self.schema.relations[n], *changed[n])
                self._look_at(n, view)
            yield
        finally:
            for n in touched:
                self._look_at(n, self.views[n])

    @contextlib.contextmanager
    def only(self, own: Mapping[str, str], keys: str) -> Iterator[None]:
        few = {n: c for n, c in own.items() if n in self.views and c in self._fields[n]}
        whole = dict(self.views)
        path = self.shelf.write(f"SELECT entity_id FROM {keys}", f"only {next(self._numbers)}.parquet")
        shown = f"{self._token} {path.stem}"
        self._show(shown, self.spark.read.parquet(path.as_uri()))
        try:
            for n, column in few.items():
                typed = sql_type(self.schema, self.schema.relations[n].fields[column])
                own_keys = f"SELECT CAST(entity_id AS {typed}) FROM {name(shown)}"
                view = f"SELECT * FROM ({whole[n]}) x WHERE {name(column)} IN ({own_keys})"
                self._create_view(self.schema.relations[n], view, self._fields[n])
            yield
        finally:
            for n in few:
                self._create_view(self.schema.relations[n], whole[n], self._fields[n])

    def _with_values(self, view: str, relation: Relation, fields: Sequence[str], values: Path) -> str:
        was = f"{self._token} was {next(self._numbers)}"
        self._show(was, self.spark.read.parquet(values.as_uri()))
        columns = [
            f"{self._earlier_or_current(f, described)} AS {name(f)}" if f in fields else f"v.{name(f)}"
            for f, described in relation.fields.items()
        ]
        joined = f"CAST(v.{name(relation.key or '')} AS STRING) = w.entity_id"
        return f"SELECT {', '.join(columns)} FROM ({view}) v LEFT JOIN {name(was)} w ON {joined}"

    def _earlier_or_current(self, f: str, described: Field) -> str:
        typed, value = sql_type(self.schema, described), f"w.{name(f'was {f}')}"
        earlier = f"FROM_JSON({value}, 'ARRAY<STRING>')" if typed.startswith("ARRAY") else f"CAST({value} AS {typed})"
        return f"CASE WHEN w.{name(f'has {f}')} THEN {earlier} ELSE v.{name(f)} END"


# -- queries -------------------------------------------------------------------------------


def _with(
    last: str, read: Sequence[str], texts: Mapping[str, str], reads: Mapping[str, Sequence[str]], recursive: bool
) -> str:
    """A query with the parts that it reads, in order."""
    needed: set[str] = set()
    waiting = [*read]
    while waiting:
        part = waiting.pop()
        if part not in needed:
            needed.add(part)
            waiting += reads[part]
    ctes = ", ".join(f"{name(part)} AS ({texts[part]})" for part in texts if part in needed)
    return f"WITH {'RECURSIVE ' if recursive else ''}{ctes} {last}" if ctes else last


def _without_zones(frame: DataFrame) -> DataFrame:
    """Times as naive UTC, which neither a client nor a file moves, and columns of nothing but NULL as whole numbers."""
    others = {"timestamp": "TIMESTAMP_NTZ", "void": "INT"}
    if not any(t in others for _, t in frame.dtypes):
        return frame
    return frame.selectExpr(
        *(f"CAST({name(c)} AS {others[t]}) AS {name(c)}" if t in others else name(c) for c, t in frame.dtypes)
    )


def _plain_rows(frame: DataFrame) -> list[tuple[Any, ...]]:
    return [tuple(int(v) if isinstance(v, Decimal) else v for v in row) for row in frame.collect()]


def _plain(value: object) -> object:
    return frozenset(value) if isinstance(value, list) else value


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int) else text(str(value))


def _files(folder: Path) -> str:
    return f"read_parquet({_duckdb_text(f'{folder}/*.parquet')})"


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _listed(enum: ty.Enum) -> str:
    return ", ".join(map(text, enum.values))


def _if_listed(column: str, described: Field) -> str:
    """A column, without what is none of its values where these are listed."""
    if not isinstance(described.type, ty.Enum):
        return column
    return f"CASE WHEN {column} IN ({_listed(described.type)}) THEN {column} END"


@contextlib.contextmanager
def _as_data_error() -> Iterator[None]:
    """Raise `DataError` where Spark stops, or is lost."""
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, OSError) as error:
        help = "nothing was published; if Spark is well, please report it"
        message = f"the engine stopped: {spark_session.first_line(error)}"
        raise DataError(Diagnostic("SEG0706", message, help=help)) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("py4j", "grpc"):
            raise
        help = "nothing was published; is Spark still there? Run it again"
        message = f"the engine stopped: {spark_session.first_line(error)}"
        raise DataError(Diagnostic("SEG0706", message, help=help)) from error


# -- tables --------------------------------------------------------------------------------


def write_rows(path: Path, schema: Schema, relation: Relation, rows: Any) -> None:
    """Write rows in canonical form as Parquet; whole numbers of 128 bits as decimals, which Parquet has."""
    with duckdb.connect() as con:
        canonical.load_relation(con, schema, relation, rows)
        columns = ", ".join(
            f"CAST({_quoted(c)} AS DECIMAL(38, 0)) AS {_quoted(c)}"
            if sql_type(schema, f).startswith("DECIMAL")
            else _quoted(c)
            for c, f in relation.fields.items()
        )
        con.execute(f'COPY (SELECT {columns} FROM "{relation.name}") TO {_duckdb_text(str(path))} (FORMAT parquet)')


def _stamps(path: Path) -> dict[Path, tuple[int, int]]:
    """Size and time of a file, or of each in a folder."""
    among = [p for p in path.rglob("*") if p.is_file()] if path.is_dir() else [path]
    return {p: (s.st_size, s.st_mtime_ns) for p in among if p.exists() and (s := p.stat())}


def _is_path(written: str) -> bool:
    return "/" in written or "*" in written or written.endswith(".parquet")


def _check_place(source: SourceConfig) -> None:
    """Check that there is a folder that Spark's workers and this machine see."""
    is_near = source.master.startswith("local") or re.match(r"sc://(localhost|127\.0\.0\.1|\[::1\])", source.remote)
    if not is_near and not source.shared:
        message = f"Spark runs elsewhere ({source.master or source.remote}), and source has no `shared`"
        help = 'name a folder that its workers and this machine see: shared = "/mnt/team/segdsl"'
        raise DataError(Diagnostic("SEG0714", message, help=help))


def _lacking(
    relation: Relation, table: TableSource, field_name: str, header: str, columns: Mapping[str, str]
) -> Diagnostic:
    near = next((c for c in columns if c.lower() == header.lower()), None) or nearest(header, columns)
    help = (
        f'the table has `{near}`: say columns = {{ {field_name} = "{near}" }}'
        if near
        else f"it has {', '.join(list(columns)[:8])}"
    )
    message = f"`{table.path}` has no column `{header}`, which is `{relation.name}.{field_name}`"
    return Diagnostic("SEG0703", message, help=help)
