"""Files or frames -> typed DuckDB relations, locked down; queries -> rows.

Each relation of the schema becomes a view of its name, with the columns in canonical form: money in minor
units, numbers in billionths, timestamps as naive UTC, sets as sorted lists.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp

from segdsl.config import SourceConfig
from segdsl.data import contract, unclear
from segdsl.data.contract import Earlier, TableReport
from segdsl.data.files import DataError
from segdsl.data.relations import Binder, Bound, first_line, sql_type
from segdsl.data.sql_text import name as _name
from segdsl.data.sql_text import text as _text
from segdsl.diagnostics import Diagnostic
from segdsl.engines.canonical import load_relation
from segdsl.model.clock import Clock
from segdsl.model.schema import Field, Relation, Schema

if TYPE_CHECKING:
    import pandas as pd

EXAMPLES = 3


@dataclass
class DuckDB:
    """One connection with a workspace's relations. `attach` opens it; queries can't reach anything else."""

    con: duckdb.DuckDBPyConnection
    schema: Schema
    wanted: Mapping[str, set[str]]
    bounds: dict[str, Bound] = field(default_factory=dict)
    notes: list[Diagnostic] = field(default_factory=list)
    _aside: tempfile.TemporaryDirectory[str] | None = None  # copies of files the engine can't read as they are

    # -- opening ---------------------------------------------------------------------

    @staticmethod
    def attach(
        schema: Schema,
        needed: Mapping[str, set[str]],
        source: SourceConfig,
        root: Path,
        frames: Mapping[str, pd.DataFrame] | None = None,
        clock: Clock | None = None,
        also: Mapping[str, set[str]] | None = None,
    ) -> DuckDB:
        """Binds relations to their frames or files, with the columns that rules need, and `also` those if they are there.

        Raises `DataError` for what is missing, unreadable, can be read in two ways, or has no proper keys.
        """
        if frames is None and source.engine != "duckdb":
            help = "ask the database itself, or an export of it"
            raise DataError(
                Diagnostic("SEG0714", f"this reads files, and the source is a {source.engine} database", help=help)
            )
        aside = tempfile.TemporaryDirectory(prefix="segdsl-", ignore_cleanup_errors=True)
        con = duckdb.connect()
        con.execute("SET TimeZone = 'UTC'")
        con.execute("SET preserve_insertion_order = false")
        con.execute(f"SET temp_directory = {_text(aside.name)}")
        wanted = {r: needed.get(r, set()) | (also or {}).get(r, set()) for r in {**needed, **(also or {})}}
        engine = DuckDB(con, schema, wanted, _aside=aside)
        binder = Binder(con, schema, source, Path(aside.name), engine.notes)
        found = binder.find(needed, wanted, root, clock.today if clock else None) if frames is None else {}
        binder.attach_databases(found)
        _lock(con, [p for lying in found.values() for p in lying.paths], aside.name)
        problems: list[Diagnostic] = []
        for name, relation in schema.relations.items():
            reads = needed.get(name, set())
            try:
                if name in found:
                    bound = binder.bind_files(relation, found[name], reads, wanted[name])
                elif name in (frames or {}):
                    bound = binder.bind_frame(relation, (frames or {})[name], reads, wanted.get(name, set()))
                elif relation.kind == "list":
                    load_relation(con, schema, relation, schema.listed.get(name, ()))
                    continue
                else:
                    bound = binder.bind_nothing(relation, reads)
                engine.bounds[name] = bound
                engine._check(bound)
            except DataError as error:
                problems += error.diagnostics
        if problems:
            raise DataError(problems)
        return engine

    def _check(self, bound: Bound) -> None:
        """What would make every answer wrong."""
        try:
            unclear.check_formats(self.con, bound)
            contract.check_keys(self.con, self.schema, bound)
        except duckdb.Error as error:
            message = f"the data of `{bound.relation.name}` can't be read: {first_line(error)}"
            raise DataError(Diagnostic("SEG0701", message)) from None

    # -- asking ------------------------------------------------------------------------

    def _all(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self.con.execute(sql, parameters).fetchall()

    def rows(self, query: exp.Select) -> list[tuple[Any, ...]]:
        return self._run(query).fetchall()

    def frame(self, query: exp.Select) -> pd.DataFrame:
        frame: pd.DataFrame = self._run(query).df()
        return frame

    def _run(self, query: exp.Select) -> duckdb.DuckDBPyConnection:
        return self._execute(query.sql("duckdb"))

    def _execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Raises `DataError` where the engine stops."""
        try:
            return self.con.execute(sql)
        except duckdb.Error as error:
            help = "if this is no lack of memory or disk, please report it"
            raise DataError(Diagnostic("SEG0706", f"the engine stopped: {first_line(error)}", help=help)) from error

    @property
    def version(self) -> str:
        return f"duckdb {duckdb.__version__}"

    def has(self, relation: str, column: str) -> bool:
        """Whether the data has a field."""
        bound = self.bounds.get(relation)
        return bound is not None and column in bound.cells

    def relation_rows(
        self, relation: str, column: str | None = None, values: Sequence[object] = ()
    ) -> list[dict[str, Any]]:
        """Rows in canonical form, of some values of a column where one is given: for the reference evaluator."""
        described = self.schema.relations[relation]
        columns = ", ".join(_name(c) for c in described.fields)
        sql = f"SELECT {columns} FROM {_name(relation)}"
        if column is not None:
            sql += f" WHERE {_name(column)} IN ({', '.join('?' * len(values))})"
        return [dict(zip(described.fields, map(_canonical, row))) for row in self._all(sql, values)]

    def similar_keys(self, entity: str, key: str) -> list[str]:
        """A few keys that contain a text, whatever the case."""
        column = _name(self.schema.relations[entity].key or "")
        sql = f"SELECT CAST({column} AS VARCHAR) FROM {_name(entity)} WHERE contains(lower(CAST({column} AS VARCHAR)), lower(?)) ORDER BY 1 LIMIT {EXAMPLES}"
        return [row[0] for row in self._all(sql, [key])]

    def export(self, query: str, stem: str) -> Path:
        """A query's rows as a Parquet file, in a folder of the engine's own."""
        assert self._aside is not None
        path = Path(self._aside.name) / f"{stem}.parquet"
        self._execute(f"COPY ({query}) TO {_text(str(path))} (FORMAT parquet)")
        return path

    @contextlib.contextmanager
    def as_it_was(self, then: Clock, changed: Iterable[tuple[str, str, str, str | None]]) -> Iterator[None]:
        """For a while the rows of tables that came later are gone, and fields have the values they had.

        `changed` are (relation, key, field, value as text) of what has another value now.
        """
        values: dict[str, list[tuple[str, str, str | None]]] = {}
        for relation, key, column, value in changed:
            values.setdefault(relation, []).append((key, column, value))
        touched = [
            b for b in self.bounds.values() if b.view and (b.relation.at is not None or b.relation.name in values)
        ]
        try:
            for bound in touched:
                view = f"SELECT * FROM ({bound.view}) WHERE {known_before(bound.relation, then)}"
                if bound.relation.name in values:
                    view = self._with_values(view, bound.relation, values[bound.relation.name])
                self._execute(f"CREATE OR REPLACE TEMP VIEW {_name(bound.relation.name)} AS {view}")
            yield
        finally:
            for bound in touched:
                self._execute(f"CREATE OR REPLACE TEMP VIEW {_name(bound.relation.name)} AS {bound.view}")

    def _with_values(self, view: str, relation: Relation, values: Sequence[tuple[str, str, str | None]]) -> str:
        import pandas as pd

        was = _name(f"was {relation.name}")
        self.con.register("changed", pd.DataFrame(values, columns=["entity_id", "field", "value"], dtype="string"))
        self._execute(f"CREATE OR REPLACE TEMP TABLE {was} AS SELECT * FROM changed")
        self.con.unregister("changed")
        fields = dict.fromkeys(column for _, column, _ in values)
        pivoted = ", ".join(
            f"bool_or(field = {_text(f)}) AS {_name('has ' + f)}, max(value) FILTER (field = {_text(f)}) AS {_name('was ' + f)}"
            for f in fields
        )
        columns = [
            f"CASE WHEN {_name('has ' + f)} THEN {self._from_text(_name('was ' + f), described)} ELSE v.{_name(f)} END AS {_name(f)}"
            if f in fields else f"v.{_name(f)}" for f, described in relation.fields.items()
        ]  # fmt: skip
        joined = f"CAST(v.{_name(relation.key or '')} AS VARCHAR) = w.entity_id"
        return f"SELECT {', '.join(columns)} FROM ({view}) v LEFT JOIN (SELECT entity_id, {pivoted} FROM {was} GROUP BY 1) w ON {joined}"

    def _from_text(self, value: str, described: Field) -> str:
        typed = sql_type(self.schema, described)
        return f"from_json({value}, '[\"VARCHAR\"]')" if typed.endswith("[]") else f"CAST({value} AS {typed})"

    def values_as_text(self, relation: str, fields: Sequence[str]) -> Path:
        """A Parquet file of a relation's key, as entity_id, and fields, all as text; lists as JSON."""
        described = self.schema.relations[relation]
        columns = [
            f"CAST({f'to_json({_name(f)})' if sql_type(self.schema, described.fields[f]).endswith('[]') else _name(f)} AS VARCHAR) AS {_name(f)}"
            for f in fields
        ]
        key = _name(described.key or "")
        query = f"SELECT CAST({key} AS VARCHAR) AS entity_id, {', '.join(columns)} FROM {_name(relation)} WHERE {key} IS NOT NULL"
        return self.export(query, f"values of {relation}")

    def report(self, clock: Clock, earlier: Mapping[str, Earlier] | None = None) -> list[TableReport]:
        """What the data of the fields that rules read is like; `earlier` is what the last run saw."""
        return contract.report(self.con, self.schema, self.bounds, self.wanted, clock, earlier)


def _lock(con: duckdb.DuckDBPyConnection, files: Sequence[Path], aside: str) -> None:
    """From here on the engine reads these files and its own folder, and nothing else."""
    con.execute("SET python_enable_replacements = false")
    con.execute(f"SET allowed_paths = [{', '.join(_text(str(p)) for p in files)}]")
    con.execute(f"SET allowed_directories = [{_text(aside + '/')}]")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


def known_before(relation: Relation, then: Clock) -> str:
    """SQL: whether a row of a table was known before an instant; every row of what has no time."""
    known = relation.known_at or relation.at
    if known is None:
        return "true"
    by_date = relation.by_date and relation.known_at is None
    border = f"DATE '{then.today}'" if by_date else f"TIMESTAMP '{then.now}'"
    return f"{_name(known)} < {border}"


def _canonical(value: object) -> object:
    return frozenset(value) if isinstance(value, list) else value
