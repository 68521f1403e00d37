"""Relations in DuckDB: typed columns from the files of each relation.

Of each relation `x` there are "raw x", the raw columns; "read x", the values and what is odd about them; and `x`, which
rules see: money in minor units, numbers in billionths, timestamps as naive UTC, sets as sorted lists. Text files are
read once, into a table; columnar files remain views.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import msgspec

from segdsl.bounds import DATA_COLUMNS
from segdsl.data import arrow, files, workbook
from segdsl.data.arrow import ArrowFrame
from segdsl.data.cells import Cell, Reader, chain, id_as_read
from segdsl.data.files import DataError, SourceFiles, TextFile, folded, unreadable
from segdsl.data.json_files import file_of_records, records_of
from segdsl.data.sql_text import name, text
from segdsl.diagnostics import Diagnostic, Refusal, series
from segdsl.model import types as ty
from segdsl.model.schema import Field, Recorded, Relation, Schema
from segdsl.resolve.problems import nearest, nearest_help
from segdsl.workspace.config import Formats, SourceConfig, TableSource

if TYPE_CHECKING:
    import pandas as pd

LONGEST_LINE = 8_000_000  # bytes


@dataclass(frozen=True)
class Bound:
    """A relation with its data.

    `headers`: raw column of each field that the data has.
    `cells`: steps of each field.
    `undeclared`: other columns of the data.
    `view`: the query that rules see.
    `notes`: warnings about the data.
    `is_recorded`: whether the rows are runs in the ledger, or deliveries in the log.
    `read`: the query of "read x".
    `files`: its files, if it has any.
    `place`: SQL of the table or files where "raw x" is all of their rows; else empty.
    """

    relation: Relation
    source: TableSource | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw_types: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, Cell] = field(default_factory=dict)
    formats: Mapping[str, Formats] = field(default_factory=dict)
    undeclared: tuple[str, ...] = ()
    view: str = ""
    notes: tuple[Diagnostic, ...] = ()
    is_recorded: bool = False
    read: str = ""
    files: SourceFiles | None = None
    place: str = ""


@dataclass(frozen=True)
class Raw:
    """Facts about the columns of "raw x".

    `plain`: text columns whose numbers are in plain notation.
    `notes`: warnings about the files.
    `place`: as of `Bound`.
    """

    plain: frozenset[str] = frozenset()
    notes: tuple[Diagnostic, ...] = ()
    place: str = ""


@dataclass(frozen=True)
class Binder:
    """Binds the relations of one source.

    `aside`: a folder for copies.
    `kept`: the folder of sheets that were read before.
    """

    con: duckdb.DuckDBPyConnection
    schema: Schema
    config: SourceConfig
    aside: Path
    kept: Path | None = None

    # -- where it lies -------------------------------------------------------------------

    def find(
        self, needed: Mapping[str, set[str]], wanted: Mapping[str, set[str]], root: Path, as_of: dt.date | None
    ) -> dict[str, SourceFiles]:
        """Files of each wanted relation with a source; raises `DataError` with everything that is missing."""
        problems = undeclared(self.config, self.schema)
        by_relation: dict[str, SourceFiles] = {}
        for relation in self.schema.relations:
            if self.schema.relations[relation].kind == "list":
                continue  # a list's rows come with the rules
            source = self.config.table(relation)
            if source is None and self.schema.relations[relation].recorded is not None:
                continue  # its rows come from the ledger
            if source is None and needed.get(relation):
                help = f'add it in segdsl.toml: {relation} = "data/{relation}.csv"'
                problems.append(Diagnostic("SEG0702", f"no source for `{relation}`, which rules read", help=help))
            elif source is not None and relation in wanted:
                try:
                    by_relation[relation] = files.find(root, source, as_of)
                    problems += idle(relation, source, by_relation[relation].kind)
                except DataError as error:
                    problems += error.diagnostics
        if problems:
            raise DataError(problems)
        return by_relation

    def attach_databases(self, by_relation: Mapping[str, SourceFiles]) -> None:
        """Attach DuckDB files, before the engine is locked."""
        for path in {
            p for source_files in by_relation.values() if source_files.kind == "database" for p in source_files.paths
        }:
            try:
                self.con.execute(f"ATTACH {text(str(path))} AS {name(str(path))} (READ_ONLY)")
            except duckdb.Error as error:
                other = "extension" in str(error).lower()  # DuckDB would need an extension for the kind of file
                raise unreadable(path, "it is no DuckDB file" if other else first_line(error), files.READS) from None

    # -- binding -------------------------------------------------------------------------

    def bind_files(self, relation: Relation, source_files: SourceFiles, needed: set[str], wanted: set[str]) -> Bound:
        source = self.config.table(relation.name)
        assert source is not None
        is_copied = source_files.kind in ("text", "workbook", "json")
        try:
            before = _stamps(source_files)
            raw = self._raw(relation, source, source_files)
            bound = replace(self._bind_columns(relation, source, needed, wanted, is_copied, raw), files=source_files)
        except UnicodeDecodeError as error:
            raise files.not_utf8(source_files.paths[0], error.reason) from None
        except OSError as error:
            raise in_words(source_files.paths, error) from None
        except duckdb.Error as error:
            _check_unchanged(source_files, before)
            raise in_words(source_files.paths, error) from None
        if is_copied:
            _check_unchanged(source_files, before)
        return bound

    def bind_frame(
        self, relation: Relation, frame: pd.DataFrame | ArrowFrame, needed: set[str], wanted: set[str]
    ) -> Bound:
        import pandas as pd

        if isinstance(frame, pd.DataFrame):
            self.con.register(f"raw {relation.name}", _plain_frame(frame))
        else:
            try:
                arrow.load(self.con, f"raw {relation.name}", frame)
            except duckdb.Error as error:
                message = f"the data of `{relation.name}` can't be read as an Arrow stream: {first_line(error)}"
                help = "give a table with columns, such as a frame of polars or a table of pyarrow"
                raise DataError(Diagnostic("SEG0702", message, help=help)) from None
        return self._bind_columns(relation, None, needed, wanted, materialised=False)

    def bind_recorded(self, relation: Relation, recorded: Recorded, needed: set[str], wanted: set[str]) -> Bound:
        """Bind a table of runs or deliveries to what is remembered, with values as rules have them: no format of the source applies."""
        columns = [c for c in relation.fields if c in wanted | relation.placing]
        path = self.aside / f"recorded {relation.name}.parquet"
        try:
            recorded.export(columns, sql_type(self.schema, relation.fields[relation.by or ""]), path)
        except Refusal:
            if needed:
                raise
            return self.bind_nothing(relation, needed)  # only looked at
        self.con.execute(
            f"CREATE TEMP VIEW {name(f'raw {relation.name}')} AS SELECT * FROM read_parquet({text(str(path))})"
        )
        bound = replace(self, config=SourceConfig())._bind_columns(relation, None, needed, wanted, materialised=False)
        notes = (recorded.note,) if recorded.note is not None and needed else ()
        return replace(bound, notes=notes, is_recorded=True)

    def bind_nothing(self, relation: Relation, needed: set[str]) -> Bound:
        """Bind an empty relation, which rules don't read."""
        if needed:
            help = f"give a frame named `{relation.name}`"
            raise DataError(Diagnostic("SEG0702", f"no data for `{relation.name}`, which rules read", help=help))
        columns = ", ".join(
            f"CAST(NULL AS {sql_type(self.schema, f)}) AS {name(c)}" for c, f in relation.fields.items()
        )
        self.con.execute(f"CREATE TEMP VIEW {name(relation.name)} AS SELECT {columns} WHERE false")
        return Bound(relation)

    # -- raw columns ---------------------------------------------------------------------

    def _raw(self, relation: Relation, source: TableSource, source_files: SourceFiles) -> Raw:
        result = Raw()
        raw = name(f"raw {relation.name}")
        match source_files.kind:
            case "parquet":
                query, place, notes = self._parquet(relation, source_files.paths)
                result = Raw(notes=notes, place=place)
            case "json":
                records = records_of(self.con, [file_of_records(p, self.aside) for p in source_files.paths])
                query, result = records.query, Raw(records.numbers)
            case "database":
                result = Raw(place=self._database_table(relation, source, source_files.paths[0]))
                query = f"SELECT * FROM {result.place}"
            case _:
                wanted = _wanted(relation, source)
                read = self._text_files(source, source_files, wanted)
                query = text_query(read)
                plain = frozenset.intersection(*(f.plain for f in read))
                partial = _in_some_files(relation, source, {p: f.header for p, f in zip(source_files.paths, read)})
                mixed = _delimited_differently(relation, source, dict(zip(source_files.paths, read)))
                result = Raw(plain, (*(note for f in read for note in f.notes), *partial, *mixed))
        if source.line_number is not None:
            result = replace(result, place="")
            query = (
                f"SELECT row_number() OVER () + {source.first_line - 1} AS {name(source.line_number)}, * FROM ({query})"
            )
        self.con.execute(f"CREATE TEMP VIEW {raw} AS {query}")
        return result

    def _parquet(self, relation: Relation, paths: Sequence[Path]) -> tuple[str, str, tuple[Diagnostic, ...]]:
        """A query over Parquet files by the names of their columns, the place that it takes all of, if it does, and notes on columns
        that only some files have.

        Times without a zone are read in the zone of the source, also next to files whose times have one.
        """
        columns = {p: self._describe(f"SELECT * FROM read_parquet({text(str(p))})") for p in paths}
        source = self.config.table(relation.name)
        assert source is not None
        notes = tuple(_in_some_files(relation, source, columns))
        zoned = {c for types in columns.values() for c, t in types.items() if t == "TIMESTAMP WITH TIME ZONE"}
        naive = {
            p: [
                c
                for c in types
                if c in zoned and types[c].startswith("TIMESTAMP") and types[c] != "TIMESTAMP WITH TIME ZONE"
            ]
            for p, types in columns.items()
        }
        if not any(naive.values()):
            listed = ", ".join(text(str(p)) for p in paths)
            place = f"read_parquet([{listed}], union_by_name = true)"
            return f"SELECT * FROM {place}", place, notes
        zone = text(self.config.timezone)
        notes += (_without_zone(relation, naive, self.config.timezone),)
        queries = []
        for path, without in naive.items():
            changed = ", ".join(f"timezone({zone}, CAST({name(c)} AS TIMESTAMP)) AS {name(c)}" for c in without)
            replaced = f" REPLACE ({changed})" if changed else ""
            queries.append(f"SELECT *{replaced} FROM read_parquet({text(str(path))})")
        return " UNION ALL BY NAME ".join(queries), "", notes

    def _text_files(self, source: TableSource, source_files: SourceFiles, wanted: Sequence[str]) -> list[TextFile]:
        formats = self.config.formats.under(source.formats)
        if source_files.kind == "workbook":
            return [self._sheet(p, source, wanted) for p in source_files.paths]
        return [files.text_file(p, source, formats, wanted, self.aside) for p in source_files.paths]

    def _sheet(self, path: Path, source: TableSource, wanted: Sequence[str]) -> TextFile:
        with workbook.Book(path, self.aside) as book:
            return workbook.text_of(book, source, wanted, self.kept)

    def _database_table(self, relation: Relation, source: TableSource, path: Path) -> str:
        if source.table is not None:
            return ".".join(map(name, (str(path), *source.table.split("."))))
        sql = """SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ?
                 UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = ? AND NOT internal"""
        tables = self.con.execute(sql, [str(path), str(path)]).fetchall()
        same = [t for t in tables if t[1] == relation.name] or (tables if len(tables) == 1 else [])
        if len(same) != 1:
            listed = ", ".join(f"`{s}.{t}`" for s, t in tables[:10])
            help = f'say which in segdsl.toml, as in table = "main.{relation.name}"; it has {listed or "no tables"}'
            raise unreadable(path, f"it has no table `{relation.name}`", help)
        return ".".join(map(name, (str(path), *same[0])))

    def _describe(self, query: str) -> dict[str, str]:
        return {str(row[0]): str(row[1]) for row in self.con.execute(f"DESCRIBE {query}").fetchall()}

    # -- typed columns -------------------------------------------------------------------

    def _bind_columns(
        self,
        relation: Relation,
        source: TableSource | None,
        needed: set[str],
        wanted: set[str],
        materialised: bool,
        raw: Raw = Raw(),
    ) -> Bound:
        source_view = name(f"raw {relation.name}")
        types = self._describe(f"SELECT * FROM {source_view}")
        if len(types) > DATA_COLUMNS.most:
            raise DataError(DATA_COLUMNS.finding(f"the data of `{relation.name}`", len(types)))
        headers, absent = self._headers(relation, source, types, needed, wanted)
        formats = {f: self._spelt_as_its_key(relation.fields[f], self._formats(source, f)) for f in headers}
        formats |= {f: formats[f].under(Formats(number="1234.56")) for f, h in headers.items() if h in raw.plain}
        cells = {f: self._cell(relation.fields[f], formats[f], h, types[h]) for f, h in headers.items()}
        if source is not None and source.distinct:
            own = [*dict.fromkeys(headers.values())]
            ids = {
                h: id_as_read(f"trim({name(h)})", formats[f])
                for f, h in headers.items()
                if types[h] == "VARCHAR" and (f == relation.key or isinstance(relation.fields[f].type, ty.Link))
            }
            source_view = f"({once_each(source_view, headers.get(relation.key or '', own[0]), ids, own)})"
        read = read_query(relation, cells, source_view)
        header = headers.get(relation.key or "")
        has_text_keys = relation.kind == "entity" and header is not None and types[header] == "VARCHAR"
        kind = (
            "TABLE" if materialised or has_text_keys else "VIEW"
        )  # text is read once: keys are looked at a dozen times
        self.con.execute(f"CREATE TEMP {kind} {name('read ' + relation.name)} AS {read}")
        columns = [
            name(f) if f in cells else f"CAST(NULL AS {sql_type(self.schema, described)}) AS {name(f)}"
            for f, described in relation.fields.items()
        ]
        view = f"SELECT {', '.join(columns)} FROM {name('read ' + relation.name)}"
        self.con.execute(f"CREATE TEMP VIEW {name(relation.name)} AS {view}")
        everything = {folded(source.column(f).header or f if source else f) for f in relation.fields}
        is_part = source is not None and source.distinct  # the rest of the columns is of the lines
        read_columns = set(headers.values())
        undeclared = tuple(t for t in types if t not in read_columns and folded(t) not in everything and not is_part)
        return Bound(
            relation,
            source,
            headers,
            {f: types[h] for f, h in headers.items()},
            cells,
            formats,
            undeclared,
            view,
            (*raw.notes, *_without(relation, absent, types)),
            read=read,
            place=raw.place,
        )

    def _formats(self, source: TableSource | None, field_name: str) -> Formats:
        """Formats of a column: its own, then the table's, then the source's."""
        if source is None:
            return self.config.formats
        return self.config.formats.under(source.formats).under(source.column(field_name))

    def _spelt_as_its_key(self, described: Field, own: Formats) -> Formats:
        """Formats of a column; of a link, with the spelling of ids that its entity's key is read in, or else no id would be a key."""
        if not isinstance(described.type, ty.Link):
            return own
        entity = self.schema.relations[described.type.entity]
        if entity.key is None:
            return own
        key = self._spelt_as_its_key(
            entity.fields[entity.key], self._formats(self.config.table(entity.name), entity.key)
        )
        if key.ids != "as written":
            return msgspec.structs.replace(own, ids=key.ids, digits=None)
        is_said = own.digits is not None or own.ids != "as written"
        return own if is_said else msgspec.structs.replace(own, digits=key.digits)

    def _cell(self, described: Field, formats: Formats, header: str, raw_type: str) -> Cell:
        is_id = described.key or isinstance(described.type, ty.Link)
        reader = Reader(formats, self.config.timezone)
        return reader.cell(header, raw_type, described, key_type(self.schema, described), is_id)

    def _headers(
        self,
        relation: Relation,
        source: TableSource | None,
        types: Mapping[str, str],
        needed: set[str],
        wanted: set[str],
    ) -> tuple[dict[str, str], list[tuple[str, str]]]:
        """(raw column by field, optional fields without a column with the expected column).

        A name matches in any case and punctuation if only one column fits.
        """
        problems: list[Diagnostic] = []
        absent: list[tuple[str, str]] = []
        by_field: dict[str, str] = {}
        by_folded: dict[str, list[str]] = {}
        for header in types:
            by_folded.setdefault(folded(header), []).append(header)
        for field_name in (f for f in relation.fields if f in wanted | relation.placing):
            declared_header = source.column(field_name).header if source else None
            fitting = [declared_header] if declared_header is not None else by_folded.get(folded(field_name), [])
            exact = [h for h in fitting if declared_header or h == field_name]
            fitting = [h for h in (exact or fitting) if h in types]
            if len(fitting) == 1 and (declared_header or f"{fitting[0]} (2)" not in types):
                by_field[field_name] = fitting[0]
            elif fitting:
                also = fitting[1] if len(fitting) > 1 else f"{fitting[0]} (2)"
                problems.append(_twice(relation, field_name, fitting[0], also))
            else:
                absent.append((field_name, declared_header or field_name))
        problems += [_lacking(relation, f, header, types) for f, header in absent if f in needed | relation.placing]
        if problems:
            raise DataError(problems)
        return by_field, [(f, header) for f, header in absent if f not in needed | relation.placing]


def once_each(view: str, key: str, ids: Mapping[str, str], headers: Iterable[str]) -> str:
    """Query for one row of each key; rows without a key are nobody's. `ids`: how columns of ids are read, so that spellings of one are one.

    An empty cell takes the value of another row with the same key: exports of orders have the order's own cells on its first line alone.
    """
    columns = []
    partition = ids.get(key, name(key))
    for header in headers:
        read = ids.get(header, name(header))
        filled = f"CASE WHEN trim(CAST({name(header)} AS VARCHAR)) <> '' THEN {read} END"
        cell = f"coalesce({filled}, max({filled}) OVER (PARTITION BY {partition}))" if header != key else partition
        columns.append(f"{cell} AS {name(header)}")
    return f"SELECT DISTINCT {', '.join(columns)} FROM {view} WHERE trim(CAST({name(key)} AS VARCHAR)) <> ''"


def key_type(schema: Schema, described: Field) -> ty.Type:
    """A field's type; for a link, the type of the key."""
    if not isinstance(described.type, ty.Link):
        return described.type
    target = schema.relations[described.type.entity]
    return target.fields[target.key].type if target.key else ty.TEXT


def sql_type(schema: Schema, described: Field) -> str:
    """The engine's type of a field's canonical values."""
    match key_type(schema, described):
        case ty.Boolean():
            return "BOOLEAN"
        case ty.Integer() | ty.Money():
            return "BIGINT"
        case ty.Number() | ty.Version():
            return "HUGEINT"
        case ty.Real():
            return "DOUBLE"
        case ty.Date():
            return "DATE"
        case ty.Timestamp():
            return "TIMESTAMP"
        case ty.SetOfText():
            return "VARCHAR[]"
        case ty.Text() | ty.Enum() | ty.Link():
            return "VARCHAR"
        case ty.Constant() | ty.Moment() as typed:
            raise AssertionError(f"no field is {typed}")


def read_query(relation: Relation, cells: Mapping[str, Cell], raw: str) -> str:
    """Query from raw columns through the steps of each cell to values, with what is odd."""
    first_steps = ", ".join(f"{c.steps[0][1]} AS {name(f'{c.steps[0][0]} {f}')}" for f, c in cells.items())
    values = []
    for f, c in cells.items():
        values += [f"{c.value} AS {name(f)}", f"{c.odd} AS {name('odd ' + f)}"]
        values += [f"{c.dots} AS {name('dots ' + f)}"] if c.dots else []
    return f"SELECT {', '.join(values)} FROM ({chain(cells, f'SELECT {first_steps} FROM {raw}')})"


def _stamps(source_files: SourceFiles) -> dict[Path, tuple[int, int]]:
    """Size and time of each file: others show that it was written to, and that its last row may be half a row."""
    found = {p: p.stat() if p.exists() else None for p in source_files.paths}
    return {p: (status.st_size, status.st_mtime_ns) if status is not None else (0, 0) for p, status in found.items()}


def _check_unchanged(source_files: SourceFiles, before: Mapping[Path, tuple[int, int]]) -> None:
    """Raise `DataError` where a file was written to since."""
    for path, stamp in _stamps(source_files).items():
        if stamp != before[path]:
            raise unreadable(path, "it changed while it was read", "try again once it has been written")


def _wanted(relation: Relation, source: TableSource) -> list[str]:
    return [folded(source.column(f).header or f) for f in relation.fields]


def text_query(text_files: Sequence[TextFile]) -> str:
    """Query over all files; equal headers are read together, different ones joined by name."""
    alike: dict[tuple[str, tuple[str, ...], int, bool], list[Path]] = defaultdict(list)
    for file in text_files:
        alike[file.delimiter, file.header, file.skip, file.has_formulas].append(file.path)
    queries = []
    for (delimiter, header, skip, has_formulas), paths in alike.items():
        columns = ", ".join(f"{text(h)}: 'VARCHAR'" for h in header)
        listed = ", ".join(text(str(p)) for p in paths)
        options = (
            f"delim = {text(delimiter)}, quote = '\"', escape = '\"', header = true, auto_detect = false, "
            f"null_padding = false, max_line_size = {LONGEST_LINE}, skip = {skip}"
        )
        cells = ", ".join(map(_without_formula, header)) if has_formulas else "*"
        queries.append(f"SELECT {cells} FROM read_csv([{listed}], columns = {{{columns}}}, {options})")
    return " UNION ALL BY NAME ".join(queries)


def _without_formula(header: str) -> str:
    """SQL of a column in which `="00123"` is the text 00123."""
    c = name(header)
    return f"CASE WHEN {c} LIKE '=\"%\"' AND length({c}) > 2 THEN {c}[3:-2] ELSE {c} END AS {c}"


def _plain_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Frame with text column names, and categories as their values."""
    changes = {c: frame[c].astype(object) for c in frame.columns if str(frame[c].dtype) == "category"}
    return frame.assign(**changes).rename(columns=str)


# -- in words --------------------------------------------------------------------------


def undeclared(config: SourceConfig, schema: Schema) -> list[Diagnostic]:
    """The tables of a source, and the names under `columns`, that no rule file declares."""
    problems = []
    for table in config.tables:
        source, relation = config.table(table), schema.relations.get(table)
        if relation is None:
            message = f"segdsl.toml has a source for `{table}`, which no rule file declares"
            help = nearest_help(table, schema.relations, "declare it, or take it out of segdsl.toml")
            problems.append(Diagnostic("SEG0704", message, help=help))
            continue
        for field_name in (f for f in (source.columns if source else ()) if f not in relation.fields):
            message = f"segdsl.toml has `{field_name}` under the columns of `{table}`, which has no such field"
            help = nearest_help(field_name, relation.fields, f"fields are {', '.join(relation.fields)}")
            problems.append(Diagnostic("SEG0704", message, help=help))
    return problems


_READ_OF = {
    "sheet": ("workbook",),
    "table": ("database",),
    "skip_rows": ("text", "workbook"),
    "skip_footer": ("text", "workbook"),
    "header_rows": ("text", "workbook"),
    "skip_below_header": ("text", "workbook"),
    "distinct": ("text", "workbook", "database", "parquet", "json"),
    "line_number": ("text", "workbook", "database", "parquet", "json"),
}
_KINDS_IN_WORDS = {
    "text": "a text file",
    "workbook": "a workbook",
    "database": "a DuckDB file",
    "parquet": "a Parquet file",
    "json": "a JSON file",
    "postgres": "a table of PostgreSQL",
    "spark": "a table of Spark",
}


def idle(table: str, source: TableSource, kind: str) -> list[Diagnostic]:
    """The settings of a table that say nothing of data of its kind, one of `files.KINDS`, `postgres` or `spark`."""
    problems = []
    unset = TableSource(source.path)
    for setting, kinds in _READ_OF.items():
        if getattr(source, setting) != getattr(unset, setting) and kind not in kinds:
            message = f"segdsl.toml says `{setting}` of `{table}`, which is {_KINDS_IN_WORDS[kind]}"
            others = [s for s, of in _READ_OF.items() if kind in of]
            help = f"take it out; what can be said is {series(others)}" if others else "take it out"
            problems.append(Diagnostic("SEG0704", message, help=help))
    return problems


def _lacking(relation: Relation, field_name: str, header: str, types: Mapping[str, str]) -> Diagnostic:
    message = f"the data of `{relation.name}` has no column `{header}`"
    return Diagnostic("SEG0703", message, help=_near(field_name, header, types))


def _without(relation: Relation, absent: Sequence[tuple[str, str]], types: Mapping[str, str]) -> list[Diagnostic]:
    """One diagnostic for all columns that no rule reads and the data lacks."""
    if len(absent) < 2:
        return [replace(_lacking(relation, f, header, types), severity="warning") for f, header in absent]
    listed = ", ".join(f"`{header}`" for _, header in absent)
    message = f"the data of `{relation.name}` has none of the columns {listed}"
    return [Diagnostic("SEG0703", message, help=_near(*absent[0], types), severity="warning")]


def _in_some_files(
    relation: Relation, source: TableSource, columns: Mapping[Path, Iterable[str]]
) -> Iterator[Diagnostic]:
    """One word about each declared column that only some of several files have: it is missing in the rows of the others."""
    headers = {p: {folded(c) for c in own} for p, own in columns.items()}
    for f in relation.fields:
        column = folded(source.column(f).header or f)
        without = [p for p, own in headers.items() if column not in own]
        if 0 < len(without) < len(headers):
            more = f" and {len(without) - 3} more" if len(without) > 3 else ""
            listed = ", ".join(p.name for p in without[:3])
            share = f"{len(headers) - len(without)} of {len(headers)} files have the column"
            message = f"`{f}` of `{relation.name}` is missing in the rows of {listed}{more}: {share}"
            yield Diagnostic("SEG0703", message, help="export all files with the same columns", severity="warning")


def _delimited_differently(
    relation: Relation, source: TableSource, parts: Mapping[Path, TextFile]
) -> Iterator[Diagnostic]:
    """One word about files of a table that are of two regions, where a format says how the numbers of all are written."""
    by_delimiter = {part.delimiter: path.name for path, part in parts.items()}
    settings = (source.formats, *map(source.column, relation.fields))
    if len(by_delimiter) > 1 and any(s.number is not None for s in settings):
        listed = ", ".join(f"{path} by `{d}`" for d, path in sorted(by_delimiter.items(), key=lambda item: item[1]))
        message = f"the files of `{relation.name}` aren't delimited alike ({listed}), and their numbers are read in one format"
        help = "are they of two regions, as in 12,50 and 12.50? Then export them alike"
        yield Diagnostic("SEG0709", message, help=help, severity="warning")


def _without_zone(relation: Relation, naive: Mapping[Path, Sequence[str]], zone: str) -> Diagnostic:
    """One word about files whose times have no zone, next to files whose times have one."""
    without = [p.name for p, columns in naive.items() if columns]
    columns = ", ".join(f"`{c}`" for c in dict.fromkeys(c for own in naive.values() for c in own))
    more = f" and {len(without) - 3} more" if len(without) > 3 else ""
    message = f"{columns} of `{relation.name}` has no zone in {', '.join(without[:3])}{more}, and one in other files: read in {zone}"
    help = 'is that their zone? Else say it for the source in segdsl.toml: timezone = "Europe/London"'
    return Diagnostic("SEG0722", message, help=help, severity="warning")


def _near(field_name: str, header: str, types: Mapping[str, str]) -> str:
    keys = {folded(c): c for c in types}
    near = keys.get(nearest(folded(header), keys) or "")
    seen = ", ".join(f"`{c}`" for c in list(types)[:12])
    return f'name it in segdsl.toml: columns = {{ {field_name} = "{near}" }}' if near else f"the data has {seen}"


def _twice(relation: Relation, field_name: str, first: str, second: str) -> Diagnostic:
    message = f"two columns of the data of `{relation.name}` could be `{field_name}`: `{first}` and `{second}`"
    return Diagnostic("SEG0703", message, help=f'say which in segdsl.toml: columns = {{ {field_name} = "{first}" }}')


def in_words(paths: Sequence[Path], error: BaseException) -> DataError:
    """Error for files that the engine refuses: the line that is wrong, and what helps."""
    whole = str(error)
    path = next((p for p in paths if str(p) in whole), paths[0])
    line = re.search(r"on Line: (\d+)", whole)
    if "unicode" in whole.lower() or "utf-8" in whole.lower():
        return files.not_utf8(path, f"line {line[1]}" if line else "a byte that isn't")
    if line and "Maximum line size" in whole:
        help = "a quote that doesn't end takes in all that follows"
        return unreadable(path, f"line {line[1]} is longer than {LONGEST_LINE // 1_000_000} MB", help)
    if line and "Expected Number of Columns" in whole:
        help = "a cell with the delimiter in it needs quotes; lines below the rows: skip_footer = 1"
        return unreadable(path, f"line {line[1]} has another number of cells than the header", help)
    if line and "quote" in whole.lower():
        return unreadable(
            path, f"line {line[1]} has a quote that doesn't end, or stands inside a cell", 'double it: "6"" pipe"'
        )
    return unreadable(path, first_line(error))


def first_line(error: BaseException) -> str:
    line = re.sub(r"^\w[\w ]* Error: ", "", str(error).strip().partition("\n")[0])
    return without_value(line) if isinstance(error, duckdb.DataError) else line


def without_value(message: str) -> str:
    """An engine's message without the quoted value, which may be personal: everything between the outer quotes is
    removed.
    """
    return re.sub(r"""(["']).*\1""", "a value", message)
