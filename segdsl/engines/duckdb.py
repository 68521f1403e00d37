"""Files or frames -> typed DuckDB relations, locked down; queries -> rows.

Each relation of the schema becomes a view of its name, with the columns in canonical form: money in minor
units, numbers in billionths, timestamps as naive UTC, sets as sorted lists.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp

from segdsl.data.cells import Cell, Reader
from segdsl.diagnostics import Diagnostic, Refusal
from segdsl.model import types as ty
from segdsl.model.schema import Field, Relation, Schema
from segdsl.resolve.problems import nearest
from segdsl.workspace import SourceConfig, TableSource

if TYPE_CHECKING:
    import pandas as pd

READS = "segdsl reads csv, tsv and parquet files"
EXAMPLES = 3


class DataError(Refusal):
    """The data can't be used. Nothing was published."""

    exit_code = 3


@dataclass(frozen=True)
class ColumnReport:
    """Cells of one field: how many are missing, and of those how many hold something unreadable.

    `needed` where none should be missing: a required field, a row's time or its owner.
    """

    name: str
    missing: int
    unreadable: int
    examples: tuple[str, ...] = ()
    needed: bool = False


@dataclass(frozen=True)
class TableReport:
    """One relation as it was read. `newest` is the newest time of its rows, as text."""

    name: str
    rows: int
    columns: tuple[ColumnReport, ...]
    newest: str | None = None


@dataclass
class DuckDB:
    """One connection with a workspace's relations. `attach` opens it; queries can't reach anything else."""

    con: duckdb.DuckDBPyConnection
    schema: Schema
    cells: dict[str, dict[str, Cell]] = field(default_factory=dict)
    warnings: list[Diagnostic] = field(default_factory=list)

    # -- opening ---------------------------------------------------------------------

    @staticmethod
    def attach(
        schema: Schema,
        needed: Mapping[str, set[str]],
        source: SourceConfig,
        root: Path,
        frames: Mapping[str, pd.DataFrame] | None = None,
    ) -> DuckDB:
        """Binds every relation to its frame or file; `needed` are the columns that rules read.

        Raises `DataError` for what is missing, unreadable or has duplicate keys.
        """
        con = duckdb.connect()
        con.execute("SET TimeZone = 'UTC'")
        con.execute("SET preserve_insertion_order = false")
        engine = DuckDB(con, schema)
        paths = {} if frames is not None else engine._paths(needed, source, root)
        con.execute("SET python_enable_replacements = false")
        con.execute(
            "SET allowed_directories = ["
            + ", ".join(_text(str(p.parent) + "/") for ps in paths.values() for p in ps)
            + "]"
        )
        con.execute("SET enable_external_access = false")
        con.execute("SET lock_configuration = true")
        problems: list[Diagnostic] = []
        for name, relation in schema.relations.items():
            try:
                engine._bind(relation, needed.get(name, set()), source, paths.get(name), (frames or {}).get(name))
            except DataError as error:
                problems += error.diagnostics
        if problems:
            raise DataError(problems)
        return engine

    def _paths(self, needed: Mapping[str, set[str]], source: SourceConfig, root: Path) -> dict[str, list[Path]]:
        problems: list[Diagnostic] = []
        found: dict[str, list[Path]] = {}
        for name in source.tables:
            if name not in self.schema.relations:
                near = nearest(name, self.schema.relations)
                help = f"did you mean `{near}`?" if near else "declare it, or take it out of segdsl.toml"
                problems.append(
                    Diagnostic(
                        "SEG0704", f"segdsl.toml has a source for `{name}`, which no rule file declares", help=help
                    )
                )
        for name in self.schema.relations:
            table = source.table(name)
            if table is not None:
                found[name] = _files(root, table, problems)
            elif needed.get(name):
                problems.append(
                    Diagnostic(
                        "SEG0702",
                        f"no source for `{name}`, which rules read",
                        help=f'add it in segdsl.toml: {name} = "data/{name}.csv"',
                    )
                )
        if problems:
            raise DataError(problems)
        return found

    def _bind(
        self,
        relation: Relation,
        needed: set[str],
        source: SourceConfig,
        paths: list[Path] | None,
        frame: pd.DataFrame | None,
    ) -> None:
        raw = f"raw {relation.name}"
        mapping: dict[str, str] = {}
        if frame is not None:
            self.con.register(raw, _plain_frame(frame))
        elif paths:
            table = source.table(relation.name)
            mapping = dict(table.columns) if table else {}
            self._read_files(raw, paths, source.formats.delimiter)
        else:
            self._empty(relation, needed)
            return
        types = {str(row[0]): str(row[1]) for row in self._all(f"DESCRIBE SELECT * FROM {_name(raw)}")}
        self._typed_view(relation, raw, types, mapping, needed, Reader(source.formats, source.timezone))
        self._check_keys(relation)

    def _read_files(self, raw: str, paths: list[Path], delimiter: str) -> None:
        kinds = {p.suffix.lower() for p in paths}
        listed = "[" + ", ".join(_text(str(p)) for p in paths) + "]"
        try:
            if kinds == {".parquet"}:
                self.con.execute(
                    f"CREATE TEMP VIEW {_name(raw)} AS SELECT * FROM read_parquet({listed}, union_by_name = true)"
                )
            elif kinds <= {".csv", ".tsv", ".txt"}:
                tab = "\t" if kinds == {".tsv"} else delimiter
                header = _header(paths[0], tab)
                columns = "{" + ", ".join(f"{_text(h)}: 'VARCHAR'" for h in header) + "}"
                options = f"delim = {_text(tab)}, quote = '\"', escape = '\"', header = true, auto_detect = false, null_padding = false"
                self.con.execute(
                    f"CREATE TEMP TABLE {_name(raw)} AS SELECT * FROM read_csv({listed}, columns = {columns}, {options})"
                )
            else:
                raise DataError([Diagnostic("SEG0701", f"{paths[0]} can't be read: unknown kind of file", help=READS)])
        except (duckdb.Error, OSError) as error:
            raise DataError([Diagnostic("SEG0701", f"{paths[0]} can't be read: {_first_line(error)}")]) from None

    def _empty(self, relation: Relation, needed: set[str]) -> None:
        if needed:
            raise DataError(
                [
                    Diagnostic(
                        "SEG0702",
                        f"no data for `{relation.name}`, which rules read",
                        help=f"give a frame named `{relation.name}`",
                    )
                ]
            )
        columns = ", ".join(f"CAST(NULL AS {self._sql_type(f)}) AS {_name(c)}" for c, f in relation.fields.items())
        self.con.execute(f"CREATE TEMP VIEW {_name(relation.name)} AS SELECT {columns} WHERE false")

    def _typed_view(
        self,
        relation: Relation,
        raw: str,
        types: Mapping[str, str],
        mapping: Mapping[str, str],
        needed: set[str],
        reader: Reader,
    ) -> None:
        problems: list[Diagnostic] = []
        selected: list[str] = []
        cells = self.cells[relation.name] = {}
        structural = {c for c in (relation.key, relation.by, relation.at, relation.known_at) if c}
        for name, described in relation.fields.items():
            header = mapping.get(name, name)
            if header in types:
                cell = reader.cell(_name(header), types[header], described, self._key_type(described))
                cells[name] = cell
                selected.append(f"{cell.value} AS {_name(name)}")
                continue
            self._lacking(relation, name, header, types, problems if name in needed | structural else self.warnings)
            selected.append(f"CAST(NULL AS {self._sql_type(described)}) AS {_name(name)}")
        if problems:
            raise DataError(problems)
        self.con.execute(f"CREATE TEMP VIEW {_name(relation.name)} AS SELECT {', '.join(selected)} FROM {_name(raw)}")

    def _lacking(
        self, relation: Relation, name: str, header: str, types: Mapping[str, str], into: list[Diagnostic]
    ) -> None:
        folded = {c.casefold().replace(" ", "_"): c for c in types}
        near = folded.get(nearest(header.casefold(), folded) or "")
        seen = ", ".join(f"`{c}`" for c in list(types)[:12])
        help = f'name it in segdsl.toml: columns = {{ {name} = "{near}" }}' if near else f"the data has {seen}"
        severity = "warning" if into is self.warnings else "error"
        message = f"the data of `{relation.name}` has no column `{header}`"
        into.append(Diagnostic("SEG0703", message, help=help, severity="warning" if severity == "warning" else "error"))

    def _check_keys(self, relation: Relation) -> None:
        if relation.key is None:
            return
        key, table = _name(relation.key), _name(relation.name)
        try:
            missing = self._all(f"SELECT count(*) FROM {table} WHERE {key} IS NULL")[0][0]
            twice = self._all(
                f"SELECT {key}, count(*) FROM {table} WHERE {key} IS NOT NULL GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT {EXAMPLES}"
            )
        except duckdb.Error as error:
            raise DataError(
                [Diagnostic("SEG0701", f"the data of `{relation.name}` can't be read: {_first_line(error)}")]
            ) from None
        if missing:
            raise DataError(
                [
                    Diagnostic(
                        "SEG0705",
                        f"`{relation.key}` is missing in {missing:,} row{'s' if missing > 1 else ''} of `{relation.name}`",
                        help="every row needs its key",
                    )
                ]
            )
        if twice:
            shown = ", ".join(f"`{k}` {n} times" for k, n in twice)
            raise DataError(
                [
                    Diagnostic(
                        "SEG0705",
                        f"`{relation.key}` is not unique in `{relation.name}`: {shown}",
                        help="each key stands once",
                    )
                ]
            )

    def _key_type(self, described: Field) -> ty.Type:
        if not isinstance(described.type, ty.Link):
            return described.type
        target = self.schema.relations[described.type.entity]
        return target.fields[target.key].type if target.key else ty.TEXT

    def _sql_type(self, described: Field) -> str:
        match self._key_type(described):
            case ty.Boolean():
                return "BOOLEAN"
            case ty.Integer() | ty.Money():
                return "BIGINT"
            case ty.Number():
                return "HUGEINT"
            case ty.Real():
                return "DOUBLE"
            case ty.Date():
                return "DATE"
            case ty.Timestamp():
                return "TIMESTAMP"
            case ty.SetOfText():
                return "VARCHAR[]"
            case _:
                return "VARCHAR"

    # -- asking ------------------------------------------------------------------------

    def _all(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self.con.execute(sql, parameters).fetchall()

    def rows(self, query: exp.Select) -> list[tuple[Any, ...]]:
        return self._run(query).fetchall()

    def frame(self, query: exp.Select) -> pd.DataFrame:
        frame: pd.DataFrame = self._run(query).df()
        return frame

    def _run(self, query: exp.Select) -> duckdb.DuckDBPyConnection:
        try:
            return self.con.execute(query.sql("duckdb"))
        except duckdb.Error as error:
            raise DataError(
                [
                    Diagnostic(
                        "SEG0706",
                        f"the engine stopped: {_first_line(error)}",
                        help="if this is no lack of memory or disk, please report it",
                    )
                ]
            ) from error

    def relation_rows(self, relation: str, column: str | None = None, value: object = None) -> list[dict[str, Any]]:
        """Rows in canonical form, of one value of a column where given: for the reference evaluator."""
        described = self.schema.relations[relation]
        columns = ", ".join(_name(c) for c in described.fields)
        sql = f"SELECT {columns} FROM {_name(relation)}"
        found = self._all(sql) if column is None else self._all(f"{sql} WHERE {_name(column)} = ?", [value])
        return [dict(zip(described.fields, map(_canonical, row))) for row in found]

    def similar_keys(self, entity: str, key: str) -> list[str]:
        """A few keys that contain a text, whatever the case."""
        column = _name(self.schema.relations[entity].key or "")
        sql = f"SELECT CAST({column} AS VARCHAR) FROM {_name(entity)} WHERE contains(lower(CAST({column} AS VARCHAR)), lower(?)) ORDER BY 1 LIMIT {EXAMPLES}"
        return [row[0] for row in self._all(sql, [key])]

    def report(self, relations: Iterable[str]) -> list[TableReport]:
        """Row counts and unreadable cells of the given relations, one scan each."""
        return [self._report(self.schema.relations[r]) for r in relations if r in self.cells]

    def _report(self, relation: Relation) -> TableReport:
        cells = self.cells[relation.name]
        raw = _name(f"raw {relation.name}")
        parts = ["count(*)"]
        for cell in cells.values():
            bad = f"({cell.given}) AND ({cell.value}) IS NULL"
            parts += [f"count(*) FILTER (({cell.value}) IS NULL)", f"count(*) FILTER ({bad})"]
        at = cells.get(relation.at or "")
        parts.append(f"CAST(max({at.value}) AS VARCHAR)" if at else "NULL")
        try:
            rows, *counts, newest = self._all(f"SELECT {', '.join(parts)} FROM {raw}")[0]
        except duckdb.Error as error:
            raise DataError(
                [Diagnostic("SEG0701", f"the data of `{relation.name}` can't be read: {_first_line(error)}")]
            ) from None
        columns = tuple(
            ColumnReport(name, missing, bad, self._examples(relation, name) if bad else (), _is_needed(relation, name))
            for name, missing, bad in zip(cells, counts[::2], counts[1::2])
        )
        return TableReport(relation.name, rows, columns, newest)

    def _examples(self, relation: Relation, name: str) -> tuple[str, ...]:
        """The first few unreadable cells; of a personal field none."""
        if relation.fields[name].personal:
            return ()
        cell = self.cells[relation.name][name]
        column = re.search(r'"(?:[^"]|"")+"', cell.given)
        assert column is not None, "a cell is read from a column"
        raw = _name(f"raw {relation.name}")
        where = f"({cell.given}) AND ({cell.value}) IS NULL"
        found = self._all(
            f"SELECT DISTINCT CAST({column[0]} AS VARCHAR) FROM {raw} WHERE {where} ORDER BY 1 LIMIT {EXAMPLES}"
        )
        return tuple(str(row[0])[:40] for row in found)


def _is_needed(relation: Relation, name: str) -> bool:
    return relation.fields[name].required or name in (relation.at, relation.by, relation.known_at, relation.lives_from)


# -- small pieces ------------------------------------------------------------------------


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _first_line(error: BaseException) -> str:
    whole = str(error).strip()
    if "Expected Number of Columns" in whole and (line := re.search(r"on Line: (\d+)", whole)):
        return f"line {line[1]} has another number of cells than the header"
    text = whole.partition("\n")[0]
    return re.sub(r"^\w[\w ]* Error: ", "", text)


def _canonical(value: object) -> object:
    return frozenset(value) if isinstance(value, list) else value


def _files(root: Path, table: TableSource, problems: list[Diagnostic]) -> list[Path]:
    pattern = Path(table.path)
    base = pattern.parent if pattern.is_absolute() else root / pattern.parent
    paths = sorted(base.glob(pattern.name)) if any(c in pattern.name for c in "*?[") else [base / pattern.name]
    absent = [p for p in paths if not p.is_file()]
    if absent or not paths:
        problems.append(
            Diagnostic("SEG0701", f"{table.path} can't be read: no such file", help=f"paths start at {root}")
        )
    return [p.resolve() for p in paths]


def _header(path: Path, delimiter: str) -> list[str]:
    """The column names, read by ourselves: an engine's guess renames and drops them."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file, delimiter=delimiter), [])
    except UnicodeDecodeError:
        raise DataError(
            [Diagnostic("SEG0701", f"{path} can't be read: it is not UTF-8", help="save it as “CSV UTF-8”")]
        ) from None
    except csv.Error as error:
        raise DataError([Diagnostic("SEG0701", f"{path} can't be read: {error}")]) from None
    if not header:
        raise DataError(
            [Diagnostic("SEG0701", f"{path} can't be read: it is empty", help="the first line names the columns")]
        )
    twice = sorted({h for h in header if header.count(h) > 1})
    if twice:
        raise DataError(
            [
                Diagnostic(
                    "SEG0701",
                    f"{path} can't be read: the column `{twice[0]}` stands twice in its header",
                    help="rename one of them",
                )
            ]
        )
    return [h or f"(column {i})" for i, h in enumerate(header, 1)]


def _plain_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame whose columns DuckDB reads as they are: names as text, categories as their values."""
    changes = {c: frame[c].astype(object) for c in frame.columns if str(frame[c].dtype) == "category"}
    return frame.assign(**changes).rename(columns=str)
