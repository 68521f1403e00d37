"""A file -> what its columns look like: counts of every shape a cell can have, over all rows."""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from segdsl.data import files, workbook
from segdsl.data.contract import FOOTERS, MISSING_WORDS
from segdsl.data.files import TextFile
from segdsl.data.relations import first_line, text_query
from segdsl.data.sql_text import matches, name, text, texts
from segdsl.files.paths import bytes_in_words
from segdsl.workspace.config import DELIMITERS, Formats, TableSource

MOST_VALUES = 50  # of a column that are kept, commonest first
LARGE, SAMPLE = 300_000_000, 500_000  # bytes of a file that is looked at by a sample, and the rows of it
_LOOKED_AT = 40  # lines at the top, to find the header
_NUMBER = r"[+-]?([0-9]{1,17}(\.[0-9]{1,20})?|\.[0-9]{1,20})([eE][+-]?[0-9]{1,2})?"
_AMOUNT = r"[(+-]*(US|CA|AU)?[$€£¥₹] ?[0-9.,' ]+\)?-?|[+-]?[0-9.,' ]+ ?[$€£¥₹]"
_GROUPED = r"[(+-]*[$€£¥₹]? ?[0-9]{1,3}([., '\x{a0}\x{202f}][0-9]{3})*([.,][0-9]+)?\)?"
SHAPES = {
    "integer": r"[+-]?(0|[1-9][0-9]{0,17})",
    "leading zero": r"0[0-9]+",
    "number": _NUMBER,
    "comma": r".*[0-9],[0-9].*",
    "amount": _AMOUNT,
    "percent": r"[+-]?[0-9.,]+ ?%",
    "grouped": _GROUPED,
    "written number": f"{_NUMBER}|{_AMOUNT}|{_GROUPED}|[+-]?[0-9]+,[0-9]+",
    "time": r".*[0-9]{1,2}:[0-9]{2}.*",
    "iso": r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}([ T].*)?",
    "written": r"[0-9]{1,2}[ -][A-Za-z]{3,9}[ -][0-9]{4}.*|[A-Za-z]{3,9} [0-9]{1,2},? [0-9]{4}.*",
    "short month": r"[0-9]{1,2}/[A-Za-z]{3}/[0-9]{2}( .*)?",
    "compact": "(19|20)[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])",
    "parts": r"[0-9]{1,2}([/.-])[0-9]{1,2}[/.-]([0-9]{4}|[0-9]{2})([ ,T].*)?",
    "short year": r"[0-9]+[/.-][0-9]+[/.-][0-9]{2}([ ,T].*)?",
    "first over 12": r"(1[3-9]|[23][0-9])[/.-].*",
    "second over 12": r"[0-9]{1,2}[/.-](1[3-9]|[23][0-9])[/.-].*",
    "slash": ".*/.*",
    "dot": r".*\..*",
    "unix": "1[0-9]{9}",
    "unix ms": "1[0-9]{12}",
    "excel": r"[345][0-9]{4}(\.[0-9]+)?",
    "email": r"[^@ ]+@[^@ ]+\.[A-Za-z]+",
    "separated": r"[^;|]+([;|][^;|]*)+",
    "json list": r"\[.*\]",
}
FAMILIES: tuple[tuple[str, ...], ...] = (
    ("iso", "written"),
    ("iso", "written", "parts"),
    ("percent",),
    ("number",),
    ("written number",),
)
"""Shapes that one type is written in: of a column that a few odd cells keep from it, these cells are looked up."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `missing`: empty cells, and cells with a word such as `N/A`.
    `words`: these words, with the number of their cells.
    `distinct`: different values, without words.
    `values`: the commonest values, with the number of their cells.
    `shapes`: the number of cells of each shape.
    `outside`: by family of shapes, examples of the few cells that are of none of them.
    `middle`: of plain numbers, the value above which a quarter of them lie, rounded to two digits, as rules have it.
    """

    header: str
    rows: int
    missing: int
    words: Mapping[str, int]
    distinct: int
    values: Mapping[str, int]
    shapes: Mapping[str, int]
    outside: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    middle: str | None = None

    @property
    def given(self) -> int:
        return self.rows - self.missing

    def all_are(self, *shapes: str) -> bool:
        return self.given > 0 and max(self.shapes[s] for s in shapes) == self.given

    @property
    def is_unique(self) -> bool:
        return self.rows > 0 and self.missing == 0 and self.distinct == self.rows

    def with_values(self, words: Mapping[str, int]) -> Column:
        """The column with some of its words taken for values."""
        if not words:
            return self
        left = {w: n for w, n in self.words.items() if w not in words}
        return replace(
            self,
            missing=self.missing - sum(words.values()),
            words=left,
            distinct=self.distinct + len(words),
            values={**self.values, **words},
        )


@dataclass(frozen=True)
class Profile:
    """One table of a person's: a file, or a sheet of a workbook. `view` is its text in the engine."""

    path: Path
    view: str
    rows: int
    columns: tuple[Column, ...]
    source: TableSource
    notes: tuple[str, ...] = field(default=())

    @property
    def title(self) -> str:
        """The name of the sheet, of the database's table, or of the file without its date."""
        table = (self.source.table or "").rpartition(".")[2]
        stem = Path(self.source.path).stem.rstrip("*")
        return self.source.sheet or table or re.sub(r"([-_ ]\d+|[-_ ]?\d{4,}.*| ?\(\d+\)|[-_ ])$", "", stem)

    @property
    def label(self) -> str:
        """The file, and the sheet where it has several."""
        name = Path(self.source.path).name
        return f"{name}, sheet {self.source.sheet}" if self.source.sheet else name

    @property
    def first_line(self) -> int:
        """The line of the first row in the file, as an editor or a spreadsheet program counts."""
        return self.source.skip_rows + 2


@dataclass(frozen=True)
class Looked:
    """The tables of a person's files, and which files or sheets hold none, with the reason."""

    profiles: tuple[Profile, ...]
    left_out: tuple[str, ...] = ()


def look_at(con: duckdb.DuckDBPyConnection, paths: Sequence[Path], aside: Path, without: Sequence[Path] = ()) -> Looked:
    """The tables of files and folders, but for files in `without`. Raises `DataError` where no file can be read."""
    left_out: list[str] = []
    profiles: list[Profile] = []
    refused: list[files.DataError] = []
    for group in _tables(list(_readable(paths, without, left_out))):
        try:
            tables, empty = _read(con, group, aside, len(profiles))
        except files.DataError as error:
            refused.append(error)
            left_out += [d.message for d in error.diagnostics]
            continue
        profiles += tables
        left_out += empty
    if refused and not profiles:
        raise refused[0]
    return Looked(tuple(profiles), tuple(left_out))


def _readable(paths: Sequence[Path], without: Sequence[Path], left_out: list[str]) -> Iterator[Path]:
    """Files of a kind that is read, each content once. Raises `DataError` for one that was named and isn't there, or of another kind."""
    seen: dict[str, Path] = {}
    unwanted = {p.resolve() for p in without}
    for path, is_named in _files(paths):
        if path.resolve() in unwanted:
            left_out.append(f"{path.name}: as asked")
            continue
        if not path.is_file():
            raise files.unreadable(path, "no such file")
        if path.suffix.lower() not in files.KINDS:
            if is_named:
                raise files.unreadable(path, "unknown kind of file", files.READS)
            left_out.append(f"{path.name}: unknown kind of file")
            continue
        content = _digest(path)
        if content in seen:
            left_out.append(f"{path.name}: the same as {seen[content].name}")
        else:
            seen[content] = path
            yield path


def _tables(paths: Sequence[Path]) -> list[tuple[Path, ...]]:
    """Files that are parts of one table together: `logins-2025.csv` and `logins-2026.csv`, where no other file has such a name."""
    groups: dict[tuple[Path, str], list[Path]] = {}
    for path in paths:
        groups.setdefault((path.parent, _pattern(path)), []).append(path)
    parted: list[tuple[Path, ...]] = []
    for (folder, pattern), group in groups.items():
        whole = len(group) > 1 and files.KINDS[group[0].suffix.lower()] in ("text", "parquet")
        if whole and sorted(p for p in folder.glob(pattern) if p.is_file()) == sorted(group):
            parted.append(tuple(group))
        else:
            parted += [(path,) for path in group]
    return sorted(parted, key=lambda g: paths.index(g[0]))


def _pattern(path: Path) -> str:
    """The name with `*` for the digits that it ends with: a part's number, or a date."""
    stem = re.sub(r"\d[\d_.-]*$", "*", path.stem)
    return stem + path.suffix if stem != "*" else path.name


def _read(
    con: duckdb.DuckDBPyConnection, group: tuple[Path, ...], aside: Path, before: int
) -> tuple[list[Profile], list[str]]:
    """The tables of one file, or the one table of several. Raises `DataError`."""
    path = group[0]
    try:
        if len(group) > 1:
            return [_parts(con, group, aside, before)], []
        return _profiles(con, path, files.KINDS[path.suffix.lower()], aside, before)
    except UnicodeDecodeError as error:
        raise files.not_utf8(path, bytes_in_words(error)) from None
    except OSError as error:
        raise files.unreadable(path, error.strerror or "the system refuses") from None
    except duckdb.Error as error:
        raise files.unreadable(path, first_line(error)) from None


def _parts(con: duckdb.DuckDBPyConnection, group: tuple[Path, ...], aside: Path, before: int) -> Profile:
    """Several files as one table, by the names of their columns; the same settings hold for all of them."""
    path, pattern = group[0], _pattern(group[0])
    notes = [f"{len(group)} files are one table: {', '.join(p.name for p in group)}"]
    if files.KINDS[path.suffix.lower()] == "parquet":
        described = {p: con.execute(f"DESCRIBE SELECT * FROM read_parquet({text(str(p))})").fetchall() for p in group}
        columns = {p: [str(row[0]) for row in rows] for p, rows in described.items()}
        zoned = {p for p, rows in described.items() if any("TIME ZONE" in str(row[1]) for row in rows)}
        if 0 < len(zoned) < len(group):
            naive = ", ".join(p.name for p in group if p not in zoned)
            notes.append(f"{naive}: times without a zone are read in that of the source (timezone in segdsl.toml)")
        listed = ", ".join(text(str(p)) for p in group)
        query = f"SELECT * FROM read_parquet([{listed}], union_by_name = true)"
        source = TableSource(str(path.with_name(pattern)))
    else:
        first, _, more = _text(path, aside)
        source = TableSource(
            str(path.with_name(pattern)),
            skip_rows=first.skip_rows,
            skip_footer=first.skip_footer,
            formats=first.formats,
        )
        notes += more
        parts = {p: files.text_file(p, source, first.formats, [], aside) for p in group}
        columns = {p: list(part.header) for p, part in parts.items()}
        query = text_query(list(parts.values()))
    for column in dict.fromkeys(c for own in columns.values() for c in own):
        lacking = [p.name for p, own in columns.items() if column not in own]
        if lacking:
            notes.append(
                f"{column} is in {len(group) - len(lacking)} of {len(group)} files, not in {', '.join(lacking[:3])}"
            )
    return _profile(con, path, f"table {before}", query, source, tuple(notes))


def _files(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Each file, and whether it was named itself; of a folder all that lies there, by name, but for hidden ones and segdsl's own."""
    for path in paths:
        if not path.is_dir():
            yield path, True
            continue
        for inner in sorted(path.iterdir(), key=lambda p: (len(p.name), p.name)):  # a copy has the longer name
            if (
                inner.is_file()
                and not inner.name.startswith((".", "~$"))
                and inner.suffix not in (".seg", ".toml", ".md")
            ):
                yield inner, False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _profiles(
    con: duckdb.DuckDBPyConnection, path: Path, kind: str, aside: Path, before: int
) -> tuple[list[Profile], list[str]]:
    """The tables of one file, and the sheets that hold none."""
    if kind == "workbook":
        return _sheets(con, path, aside, before)
    if kind == "text":
        source, file, notes = _text(path, aside)
        return [_profile(con, path, f"table {before}", text_query([file]), source, notes)], []
    if kind in ("parquet", "json"):
        reader = "read_parquet({})" if kind == "parquet" else "read_json({}, sample_size = -1)"
        plain = path if kind == "parquet" else files.without_mark(path, aside)
        query = f"SELECT * FROM {reader.format(text(str(plain)))}"
        profile = _profile(con, path, f"table {before}", query, TableSource(str(path)), ())
        if profile.rows:
            return [profile], []
        con.execute(f"DROP TABLE {name(profile.view)}")
        return [], [f"{path.name}: it has no rows"]
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
    ], []


def _sheets(con: duckdb.DuckDBPyConnection, path: Path, aside: Path, before: int) -> tuple[list[Profile], list[str]]:
    """A table of each sheet that has a header and rows; lines above and below them as in a text file."""
    sheets = workbook.sheet_names(path)
    profiles: list[Profile] = []
    left_out: list[str] = []
    for sheet in sheets:
        label = f"{path.name}, sheet {sheet}"
        top, bottom = workbook.ends(path, sheet, _LOOKED_AT)
        above = _rows_above(top)
        width = len(_trimmed(top[above])) if above < len(top) else 0
        if width < 2 or len(top) <= above + 1:
            left_out.append(
                f"{label}: {'it is empty' if not any(map(any, top)) else 'no table of two columns or more'}"
            )
            continue
        below = _rows_below([[*row, *[""] * width][:width] for row in bottom], width)
        source = TableSource(str(path), skip_rows=above, skip_footer=below, sheet=sheet if len(sheets) > 1 else None)
        file = workbook.text_of(path, source, [], aside)
        notes = (*_ends(label, above, below), *(note.message for note in file.notes))
        profiles.append(_profile(con, path, f"table {before + len(profiles)}", text_query([file]), source, notes))
    return profiles, left_out


def _ends(label: str, above: int, below: int) -> Iterator[str]:
    if above:
        yield f"{label}: {above} line{'s' if above > 1 else ''} above the header"
    if below:
        yield f"{label}: {below} line{'s' if below > 1 else ''} below the rows"


def _text(path: Path, aside: Path) -> tuple[TableSource, TextFile, tuple[str, ...]]:
    """How a text file is written: encoding, lines above and below the rows. The delimiter is found each time it is read."""
    notes = []
    encoding = None if _is_unicode(path) else "cp1252"
    if encoding:
        notes.append(f"{path.name}: not UTF-8, read as cp1252")
    formats = Formats(encoding=encoding)
    skip = _lines_above(_top(path, encoding))
    file = files.text_file(path, TableSource(str(path), skip_rows=skip), formats, [], aside)
    footer = _lines_below(file)
    notes += _ends(path.name, skip, footer)
    source = TableSource(str(path), skip_rows=skip, skip_footer=footer, formats=formats)
    return source, files.text_file(path, source, formats, [], aside), tuple(notes)


def _is_unicode(path: Path) -> bool:
    """UTF-8, or UTF-16 with its mark, as far as the first 64 MB tell."""
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
    """Lines before the first that has as many cells as most."""
    if not lines:
        return 0
    rows = {d: [next(csv.reader([line], delimiter=d), []) for line in lines] for d in DELIMITERS}

    def even(delimiter: str) -> tuple[bool, int, int]:
        width, count = Counter(map(len, rows[delimiter])).most_common(1)[0]
        return width > 1, count, width

    return _rows_above(rows[max(DELIMITERS, key=even)])


def _rows_above(rows: Sequence[Sequence[str]]) -> int:
    """Rows before the header: the first as wide as most rows are, all of whose cells are filled in, or else the first as wide."""
    widths = Counter(len(_trimmed(row)) for row in rows if any(row))
    common = max((w for w, n in widths.items() if n == max(widths.values())), default=0)
    if common < 2:
        return 0
    wide = [i for i, row in enumerate(rows) if len(_trimmed(row)) >= common]
    return wide[0] if wide else 0


def _trimmed(row: Sequence[str]) -> Sequence[str]:
    """A row without empty cells at its end."""
    width = len(row)
    while width and not row[width - 1].strip():
        width -= 1
    return row[:width]


def _lines_below(file: TextFile) -> int:
    """Lines at the end that aren't rows: other widths, totals."""
    return _rows_below(list(deque(files.rows_of(file), maxlen=workbook.BOTTOM)), len(file.header))


def _rows_below(last: Sequence[Sequence[str]], width: int) -> int:
    """How many of the last filled rows are no rows of the table: a total and what follows it, remarks, rows of another width."""
    rows = [row for row in last if any(c.strip() for c in row)]
    total = next((i for i, row in enumerate(rows) if _first(row) in FOOTERS), len(rows))
    count = len(rows) - total
    for row in reversed(rows[:total]):
        empty = sum(not c.strip() for c in row)
        if len(row) == width and (width <= 3 or empty < width - 2):
            break
        count += 1
    return 0 if count == len(rows) else count


def _first(row: Sequence[str]) -> str:
    """The first word of a row, in small letters."""
    return next((c.strip().lower().rstrip(":") for c in row if c.strip()), "")


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
    words = con.execute(
        f"SELECT {cell}, count(*) FROM {name(view)} WHERE lower({cell}) IN ({listed}) AND {cell} <> '' GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    given = (
        f"(SELECT {cell} AS v FROM {name(view)} WHERE {name(header)} IS NOT NULL AND lower({cell}) NOT IN ({listed}))"
    )
    counts = ", ".join(f"count(*) FILTER ({matches('v', pattern)})" for pattern in SHAPES.values())
    n, distinct, *counted = con.execute(f"SELECT count(*), count(DISTINCT v), {counts} FROM {given}").fetchall()[0]
    values = con.execute(
        f"SELECT v, count(*) FROM {given} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_VALUES}"
    ).fetchall()
    shapes = dict(zip(SHAPES, counted))
    outside = {family: _outside(con, given, family) for family in FAMILIES if _is_nearly(shapes, family, n)}
    middle = _middle(con, given) if 0 < n == shapes["number"] else None
    return Column(header, rows, rows - n, dict(words), distinct, dict(values), shapes, outside, middle)


def _middle(con: duckdb.DuckDBPyConnection, given: str) -> str:
    """The upper quartile of plain numbers, rounded to two digits: 50_000."""
    quartile = float(con.execute(f"SELECT quantile_disc(CAST(v AS DOUBLE), 0.75) FROM {given}").fetchall()[0][0])
    rounded = float(f"{quartile:.1e}")
    return f"{int(rounded):_}" if rounded == int(rounded) else f"{rounded:g}"


def _is_nearly(shapes: Mapping[str, int], family: Sequence[str], cells: int) -> bool:
    """Whether most of a column's cells are of a family of shapes, but not all."""
    return 0.8 * cells <= sum(shapes[s] for s in family) < cells


def _outside(con: duckdb.DuckDBPyConnection, given: str, family: Sequence[str]) -> tuple[str, ...]:
    """The commonest values of none of these shapes."""
    none = " AND ".join(f"NOT {matches('v', SHAPES[s])}" for s in family)
    sql = f"SELECT v FROM {given} WHERE {none} GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 3"
    return tuple(str(row[0])[:40] for row in con.execute(sql).fetchall())
