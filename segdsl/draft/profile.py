"""Profiles of files: counts of every shape that cells have, over all rows."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from segdsl.data import files, workbook
from segdsl.data.contract import FOOTERS, MISSING_WORDS
from segdsl.data.files import TextFile
from segdsl.data.relations import first_line, text_query
from segdsl.data.sql_text import matches, name, text, texts
from segdsl.files.paths import bytes_in_words
from segdsl.workspace.config import DELIMITERS, Formats, TableSource

MOST_VALUES = 50  # most values kept of a column, commonest first
LARGE, SAMPLE = 300_000_000, 500_000  # bytes from which a file is sampled, and the rows of the sample
_LOOKED_AT = 40  # lines searched for the header
SHAPES = {
    "integer": r"[+-]?(0|[1-9][0-9]{0,17})",
    "leading zero": r"0[0-9]+",
    "number": r"[+-]?([0-9]{1,17}(\.[0-9]{1,9})?|\.[0-9]{1,9})",
    "comma": r".*[0-9],[0-9].*",
    "amount": r"[(+-]*(US|CA|AU)?[$€£¥₹] ?[0-9.,' ]+\)?-?|[0-9.,' ]+ ?[$€£¥₹]",
    "percent": r"[+-]?[0-9.,]+ ?%",
    "grouped": r"[(+-]*[$€£¥₹]? ?[0-9]{1,3}([., '][0-9]{3})*([.,][0-9]+)?\)?",
    "time": r".*[0-9]{1,2}:[0-9]{2}.*",
    "iso": r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}([ T].*)?",
    "written": r"[0-9]{1,2}[ -][A-Za-z]{3,9}[ -][0-9]{4}.*|[A-Za-z]{3,9} [0-9]{1,2},? [0-9]{4}.*",
    "parts": r"[0-9]{1,2}([/.-])[0-9]{1,2}[/.-]([0-9]{4}|[0-9]{2})([ ,T].*)?",
    "short year": r"[0-9]+[/.-][0-9]+[/.-][0-9]{2}([ ,T].*)?",
    "first over 12": r"(1[3-9]|[23][0-9])[/.-].*",
    "second over 12": r"[0-9]{1,2}[/.-](1[3-9]|[23][0-9])[/.-].*",
    "slash": ".*/.*",
    "dot": r".*\..*",
    "unix": "1[0-9]{9}",
    "unix ms": "1[0-9]{12}",
    "excel": r"[345][0-9]{4}(\.[0-9]+)?",
    "email": r"[^@ ]+@[^@ ]+\.[a-z]+",
    "separated": r"[^;|]+([;|][^;|]*)+",
    "json list": r"\[.*\]",
    "id18": "[A-Za-z0-9]{15}[A-Z0-5]{3}",
    "id15": "[a-zA-Z0-9]{15}",
}


@dataclass(frozen=True)
class Column:
    """Profile of one column.

    `missing`: empty cells and words such as `N/A` (`words`).
    `values`: commonest values with counts.
    `shapes`: filled cells by shape.
    """

    header: str
    rows: int
    missing: int
    words: tuple[str, ...]
    distinct: int
    values: Mapping[str, int]
    shapes: Mapping[str, int]

    @property
    def filled(self) -> int:
        return self.rows - self.missing

    def all_are(self, *shapes: str) -> bool:
        return self.filled > 0 and max(self.shapes[s] for s in shapes) == self.filled

    @property
    def is_unique(self) -> bool:
        return self.rows > 0 and self.missing == 0 and self.distinct == self.rows


@dataclass(frozen=True)
class Profile:
    """Profile of one table: a file, or a sheet of a workbook; `view` is its text in the engine."""

    path: Path
    view: str
    rows: int
    columns: tuple[Column, ...]
    source: TableSource
    notes: tuple[str, ...] = field(default=())


def profiles(con: duckdb.DuckDBPyConnection, paths: Sequence[Path], aside: Path) -> list[Profile]:
    """Profile each file; raises `DataError` for an unreadable one."""
    result: list[Profile] = []
    for path in paths:
        if not path.is_file():
            raise files.unreadable(path, "no such file")
        kind = files.KINDS.get(path.suffix.lower())
        if kind is None:
            raise files.unreadable(path, "unknown kind of file", files.READS)
        try:
            result += _profiles(con, path, kind, aside, len(result))
        except UnicodeDecodeError as error:
            raise files.not_utf8(path, bytes_in_words(error)) from None
        except OSError as error:
            raise files.unreadable(path, error.strerror or "the system refuses") from None
        except duckdb.Error as error:
            raise files.unreadable(path, first_line(error)) from None
    return result


def _profiles(con: duckdb.DuckDBPyConnection, path: Path, kind: str, aside: Path, before: int) -> list[Profile]:
    if kind == "workbook":
        sheets = workbook.sheet_names(path)
        sources = [TableSource(str(path), sheet=s) for s in sheets] if len(sheets) > 1 else [TableSource(str(path))]
        read = [(s, workbook.text_of(path, s, [], aside)) for s in sources]
        made = [(source, text_query([file])) for source, file in read if len(file.header) > 1]
        return [_profile(con, path, f"table {before + i}", query, source, ()) for i, (source, query) in enumerate(made)]
    if kind == "text":
        source, file, notes = _text(path, aside)
        return [_profile(con, path, f"table {before}", text_query([file]), source, notes)]
    if kind == "parquet":
        return [
            _profile(
                con,
                path,
                f"table {before}",
                f"SELECT * FROM read_parquet({text(str(path))})",
                TableSource(str(path)),
                (),
            )
        ]
    if kind == "json":
        query = f"SELECT * FROM read_json({text(str(path))}, sample_size = -1)"
        return [_profile(con, path, f"table {before}", query, TableSource(str(path)), ())]
    con.execute(f"ATTACH {text(str(path))} AS {name(str(path))} (READ_ONLY)")
    tables = con.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ? ORDER BY ALL", [str(path)]
    ).fetchall()
    return [
        _profile(
            con,
            path,
            f"table {before + i}",
            f"SELECT * FROM {'.'.join(map(name, (str(path), s, t)))}",
            TableSource(str(path), table=f"{s}.{t}"),
            (),
        )
        for i, (s, t) in enumerate(tables)
    ]


def _text(path: Path, aside: Path) -> tuple[TableSource, TextFile, tuple[str, ...]]:
    """(source, file, notes) of a text file: encoding, lines above and below the rows. The delimiter is detected at each
    reading.
    """
    notes = []
    encoding = None if _is_unicode(path) else "cp1252"
    if encoding:
        notes.append(f"{path.name}: not UTF-8, read as cp1252")
    formats = Formats(encoding=encoding)
    lines = _top(path, encoding)
    skip = _lines_above(lines)
    if skip:
        notes.append(f"{path.name}: {skip} line{'s' if skip > 1 else ''} above the header")
    file = files.text_file(path, TableSource(str(path), skip_rows=skip), formats, [], aside)
    footer = _lines_below(file)
    if footer:
        notes.append(f"{path.name}: {footer} line{'s' if footer > 1 else ''} below the rows")
    source = TableSource(str(path), skip_rows=skip, skip_footer=footer, formats=formats)
    return source, files.text_file(path, source, formats, [], aside), tuple(notes)


def _is_unicode(path: Path) -> bool:
    """Whether the first 64 MB are UTF-8, or UTF-16 with a mark."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return True
        file.seek(0)
        try:
            for _ in range(64):
                decoder.decode(file.read(1 << 20))
        except UnicodeDecodeError:
            return False
    return True


def _top(path: Path, encoding: str | None) -> list[str]:
    with path.open(encoding=encoding or files.encoding_of(path), errors="replace", newline="") as file:
        return [line for _, line in zip(range(_LOOKED_AT), file)]


def _lines_above(lines: Sequence[str]) -> int:
    """Number of lines before the first with the usual number of cells."""
    if not lines:
        return 0
    widths = {d: [len(next(csv.reader([line], delimiter=d), [])) for line in lines] for d in DELIMITERS}

    def even(delimiter: str) -> tuple[bool, int, int]:
        width, count = Counter(widths[delimiter]).most_common(1)[0]
        return width > 1, count, width

    delimiter = max(DELIMITERS, key=even)
    common = Counter(widths[delimiter]).most_common(1)[0][0]
    return 0 if common < 2 else next(i for i, width in enumerate(widths[delimiter]) if width == common)


def _lines_below(file: TextFile) -> int:
    """Number of lines at the end that aren't rows: other widths, totals."""
    last: list[list[str]] = []
    for row in files.rows_of(file):
        last = [*last[-4:], row]
    count = 0
    for row in reversed(last):
        first = row[0].strip().lower() if row else ""
        empty = sum(not c.strip() for c in row)
        if len(row) != len(file.header) or first in FOOTERS or (len(row) > 3 and empty >= len(row) - 2):
            count += 1
        else:
            break
    return 0 if count == len(last) else count


def _profile(
    con: duckdb.DuckDBPyConnection, path: Path, view: str, query: str, source: TableSource, notes: tuple[str, ...]
) -> Profile:
    types = {str(r[0]): str(r[1]) for r in con.execute(f"DESCRIBE {query}").fetchall()}
    as_text = [
        f"CAST({f'to_json({name(c)})' if t.endswith(']') else name(c)} AS VARCHAR) AS {name(c)}"
        for c, t in types.items()
    ]
    sample = f" USING SAMPLE reservoir({SAMPLE} ROWS) REPEATABLE (1)" if path.stat().st_size > LARGE else ""
    con.execute(f"CREATE TEMP TABLE {name(view)} AS SELECT {', '.join(as_text)} FROM ({query}){sample}")
    if sample:
        notes = (*notes, f"{path.name} is large: the guesses are from a sample of {SAMPLE:,} rows")
    rows = con.execute(f"SELECT count(*) FROM {name(view)}").fetchall()[0][0]
    columns = tuple(_column(con, view, c, rows) for c in types)
    return Profile(path, view, rows, columns, source, notes)


def _column(con: duckdb.DuckDBPyConnection, view: str, header: str, rows: int) -> Column:
    cell = f"trim({name(header)}, ' \t\r\n\u00a0')"
    listed = texts(["", *MISSING_WORDS])
    missing_words = con.execute(
        f"SELECT DISTINCT {cell} FROM {name(view)} WHERE lower({cell}) IN ({listed}) AND {cell} <> '' ORDER BY 1"
    ).fetchall()
    filled_cells = (
        f"(SELECT {cell} AS v FROM {name(view)} WHERE {name(header)} IS NOT NULL AND lower({cell}) NOT IN ({listed}))"
    )
    counts = ", ".join(f"count(*) FILTER ({matches('v', pattern)})" for pattern in SHAPES.values())
    n, distinct, *shape_counts = con.execute(
        f"SELECT count(*), count(DISTINCT v), {counts} FROM {filled_cells}"
    ).fetchall()[0]
    values = con.execute(
        f"SELECT v, count(*) FROM {filled_cells} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_VALUES}"
    ).fetchall()
    return Column(
        header,
        rows,
        rows - n,
        tuple(r[0] for r in missing_words),
        distinct,
        dict(values),
        dict(zip(SHAPES, shape_counts)),
    )


def matching_values(
    con: duckdb.DuckDBPyConnection, one: Profile, column: str, other: Profile, key: str
) -> tuple[int, int]:
    """(distinct values of a column, those among the other table's keys)."""
    a, b = f"trim({name(column)})", f"trim({name(key)})"
    sql = f"""SELECT count(*), count(*) FILTER (v IN (SELECT {b} FROM {name(other.view)}))
              FROM (SELECT DISTINCT {a} AS v FROM {name(one.view)} WHERE {a} <> '' AND lower({a}) NOT IN ({texts(list(MISSING_WORDS))}))"""
    all_, matches = con.execute(sql).fetchall()[0]
    return all_, matches
