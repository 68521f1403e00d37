"""A file, or several parts of one table -> the profile of each table in it, and the sheets that hold none."""

from __future__ import annotations

import codecs
import csv
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import msgspec

from segdsl.data import files, workbook
from segdsl.data.files import TextFile
from segdsl.data.relations import first_line, text_query
from segdsl.data.sql_text import name, text
from segdsl.draft.grid import LOOKED_AT, Place, Rows, place_of, rows_below
from segdsl.draft.profile import Profile, profile_of
from segdsl.files.paths import bytes_in_words
from segdsl.workspace.config import DELIMITERS, Formats, TableSource

_ALIKE = 0.8  # of the columns are in all files that are one table
_TAIL = 1_000_000  # bytes at the end of a text file in which lines below the rows are looked for
_IN_WORDS = {
    "workbook": "a workbook (xlsx)",
    "parquet": "a Parquet file",
    "database": "a DuckDB file",
    "json": "JSON",
    "text": "a text file",
}
_PIVOTS = ("row labels", "zeilenbeschriftungen", "étiquettes de lignes", "etiquetas de fila", "rijlabels")


def read_tables(
    con: duckdb.DuckDBPyConnection, group: tuple[Path, ...], pattern: str, aside: Path, before: int
) -> tuple[list[Profile], list[str]]:
    """The tables of one file, or of several that may be one table; `before`: the number of tables read already. Raises `DataError`."""
    path = group[0]
    try:
        whole = _one_table(con, group, pattern, aside, before) if len(group) > 1 else None
        if whole is not None:
            return [whole], []
        profiles: list[Profile] = []
        left_out: list[str] = []
        for path in group:
            tables, empty = _of_file(con, path, aside, before + len(profiles))
            profiles += tables
            left_out += empty
        return profiles, left_out
    except UnicodeDecodeError as error:
        raise files.not_utf8(path, bytes_in_words(error)) from None
    except OSError as error:
        raise files.unreadable(path, error.strerror or "the system refuses") from None
    except duckdb.Error as error:
        raise files.unreadable(path, first_line(error)) from None


def _of_file(con: duckdb.DuckDBPyConnection, path: Path, aside: Path, before: int) -> tuple[list[Profile], list[str]]:
    """The tables of one file, and the sheets that hold none."""
    kind = files.kind_of(path)
    notes = (
        ()
        if kind == files.KINDS.get(path.suffix.lower())
        else (f"{path.name} is {_IN_WORDS[kind or '']}, whatever its ending says",)
    )
    if kind == "workbook":
        return _sheets(con, path, aside, before, notes)
    if kind == "database":
        return _of_database(con, path, before, notes), []
    source = TableSource(str(path))
    if kind == "text":
        source, file, more = _text(path, aside)
        query, notes = text_query([file]), (*notes, *more)
    elif kind == "parquet":
        query = f"SELECT * FROM read_parquet({text(str(path))})"
    else:
        query = f"SELECT * FROM read_json({text(str(files.without_mark(path, aside)))}, sample_size = -1)"
    profile = profile_of(con, path, f"table {before}", query, source, notes)
    inside = _inside(con, query) if kind == "json" and profile.rows == 1 else []
    if profile.rows and not inside:
        return [profile], []
    con.execute(f"DROP TABLE {name(profile.view)}")
    why = f"its rows lie inside `{inside[0]}`: save that list alone" if inside else "it has no rows"
    return [], [f"{path.name}: {why}"]


def _inside(con: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    """Keys of a JSON file's only record that hold records themselves."""
    return [
        str(r[0])
        for r in con.execute(f"DESCRIBE {query}").fetchall()
        if str(r[1]).startswith("STRUCT") and str(r[1]).endswith("[]")
    ]


def _of_database(con: duckdb.DuckDBPyConnection, path: Path, before: int, notes: Sequence[str]) -> list[Profile]:
    con.execute(f"ATTACH {text(str(path))} AS {name(str(path))} (READ_ONLY)")
    tables = con.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ? ORDER BY ALL", [str(path)]
    ).fetchall()
    return [
        profile_of(
            con,
            path,
            f"table {before + i}",
            f"SELECT * FROM {'.'.join(map(name, (str(path), s, t)))}",
            TableSource(str(path), table=f"{s}.{t}"),
            notes,
        )
        for i, (s, t) in enumerate(tables)
    ]


# -- several files that are one table ----------------------------------------------------------


def _one_table(
    con: duckdb.DuckDBPyConnection, group: tuple[Path, ...], pattern: str, aside: Path, before: int
) -> Profile | None:
    """Several files as one table, by the names of their columns; None where they have little in common."""
    path = group[0]
    notes = [f"{len(group)} files are one table: {', '.join(p.name for p in group)}"]
    source = TableSource(str(path.with_name(pattern)))
    if files.kind_of(path) == "parquet":
        columns, query = _parquet_parts(con, group, notes)
    else:
        source, _, more = _text(path, aside)
        source = msgspec.structs.replace(source, path=str(path.with_name(pattern)))
        notes += more
        parts = {p: files.text_file(p, source, source.formats, [], aside) for p in group}
        columns = {p: list(part.header) for p, part in parts.items()}
        query = text_query(list(parts.values()))
    everywhere = set.intersection(*map(set, columns.values()))
    if any(len(everywhere) < _ALIKE * len(own) - 1 for own in columns.values()):
        return None
    for column in dict.fromkeys(c for own in columns.values() for c in own):
        lacking = [p.name for p, own in columns.items() if column not in own]
        if lacking:
            share = f"{len(group) - len(lacking)} of {len(group)} files"
            notes.append(f"{column} is in {share}, not in {', '.join(lacking[:3])}")
    return profile_of(con, path, f"table {before}", query, source, notes)


def _parquet_parts(
    con: duckdb.DuckDBPyConnection, group: tuple[Path, ...], notes: list[str]
) -> tuple[Mapping[Path, Sequence[str]], str]:
    described = {p: con.execute(f"DESCRIBE SELECT * FROM read_parquet({text(str(p))})").fetchall() for p in group}
    zoned = {p for p, rows in described.items() if any("TIME ZONE" in str(row[1]) for row in rows)}
    if 0 < len(zoned) < len(group):
        naive = ", ".join(p.name for p in group if p not in zoned)
        notes.append(f"{naive}: times without a zone are read in that of the source (timezone in segdsl.toml)")
    listed = ", ".join(text(str(p)) for p in group)
    columns = {p: [str(row[0]) for row in rows] for p, rows in described.items()}
    return columns, f"SELECT * FROM read_parquet([{listed}], union_by_name = true)"


# -- a workbook --------------------------------------------------------------------------------


def _sheets(
    con: duckdb.DuckDBPyConnection, path: Path, aside: Path, before: int, notes: Sequence[str]
) -> tuple[list[Profile], list[str]]:
    """A table of each sheet that has a header and rows, and the sheets that have none."""
    sheets = workbook.sheets_of(path)
    profiles: list[Profile] = []
    left_out: list[str] = []
    empty: list[str] = []
    for sheet in sheets:
        label = f"{path.name}, sheet {sheet.name}"
        top, bottom = workbook.ends(path, sheet.name, LOOKED_AT)
        place = place_of(top)
        head = top[place.above : place.above + place.header_rows]
        width = max((len(_trimmed(row)) for row in head), default=0)
        if not any(map(any, top)):
            empty.append(sheet.name)
        elif sheet.is_pivot or (head and head[0][:1] and head[0][0].strip().lower() in _PIVOTS):
            left_out.append(f"{label}: it is a pivot table, which sums up other rows")
        elif width < 2 or len(top) <= place.above + place.header_rows + place.totals:
            left_out.append(f"{label}: no table of two columns or more")
        else:
            below = rows_below([[*row, *[""] * width][:width] for row in bottom], width)
            several = sheet.name if len(sheets) > 1 else None
            source = msgspec.structs.replace(_source(path, place, len(below)), sheet=several)
            file = workbook.text_of(path, source, [], aside)
            hidden = [f"{label} is hidden in the workbook"] if sheet.is_hidden else []
            said = (
                *notes,
                *hidden,
                *_around(label, place, below),
                *_zeros(file),
                *(note.message for note in file.notes),
            )
            view = f"table {before + len(profiles)}"
            profiles.append(profile_of(con, path, view, text_query([file]), source, said, file.plain, file.percents))
    if empty:
        left_out.append(f"{path.name}: {'sheets' if len(empty) > 1 else 'sheet'} {', '.join(empty)}, empty")
    return profiles, left_out


def _source(path: Path, place: Place, below: int) -> TableSource:
    return TableSource(
        str(path),
        skip_rows=place.above,
        skip_footer=below,
        header_rows=place.header_rows,
        skip_below_header=place.totals,
    )


def _around(label: str, place: Place, below: Rows) -> Iterator[str]:
    """What of a file is no row, in words."""
    if place.above:
        yield f"{label}: {_lines(place.above)} above the header"
    if place.header_rows > 1:
        yield f"{label}: the header takes {place.header_rows} lines"
    if place.totals:
        yield f"{label}: {_lines(place.totals)} below the header, a total, {'is' if place.totals == 1 else 'are'} left out"
    if below:
        first = ", ".join(c.strip() for c in below[0] if c.strip())
        yield f"{label}: {_lines(len(below))} below the rows, `{first[:40]}`{' and what follows' if len(below) > 1 else ''}"


def _zeros(file: TextFile) -> Iterator[str]:
    for column, example in file.zeros.items():
        yield f"{column} has zeros in front by its number format alone, as {example} has: they are read too, as they are shown"


def _lines(count: int) -> str:
    return f"{count} line{'s' if count > 1 else ''}"


def _trimmed(row: Sequence[str]) -> Sequence[str]:
    """A row without empty cells at its end."""
    width = len(row)
    while width and not row[width - 1].strip():
        width -= 1
    return row[:width]


# -- a text file -------------------------------------------------------------------------------


def _text(path: Path, aside: Path) -> tuple[TableSource, TextFile, tuple[str, ...]]:
    """How a text file is written: encoding, lines around the rows. The delimiter is found each time it is read."""
    notes = []
    encoding = _encoding(path)
    if encoding:
        notes.append(f"{path.name}: not UTF-8, read as {encoding}")
    formats = Formats(encoding=encoding)
    place = _place(_top(path, encoding))
    file = files.text_file(path, _source(path, place, 0), formats, [], aside)
    below = rows_below(list(_last_rows(file)), len(file.header))
    notes += _around(path.name, place, below)
    source = msgspec.structs.replace(_source(path, place, len(below)), formats=formats)
    return source, files.text_file(path, source, formats, [], aside) if below else file, tuple(notes)


def _encoding(path: Path) -> str | None:
    """How a text is written, as far as its first 64 MB tell; None for UTF-8, and for UTF-16 with its mark."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        start = file.read(4096)
        if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return None
        for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
            if start[first::2].count(0) * 2 > len(start[first::2]) > 0:
                return encoding
        file.seek(0)
        try:
            for _ in range(64):
                decoder.decode(file.read(1 << 20))
        except UnicodeDecodeError:
            return "cp1252"
    return None


def _top(path: Path, encoding: str | None) -> list[str]:
    with path.open(encoding=encoding or files.encoding_of(path), errors="replace", newline="") as file:
        return [line for _, line in zip(range(LOOKED_AT), file)]


def _place(lines: Sequence[str]) -> Place:
    """The place of the table, with the lines above it as the engine counts them."""
    by_delimiter = {d: list(_rows(lines, d)) for d in DELIMITERS}

    def even(delimiter: str) -> tuple[bool, int, int]:
        counts = Counter(len(row) for _, row in by_delimiter[delimiter]).most_common(1)
        width, count = counts[0] if counts else (0, 0)
        return width > 1, count, width

    numbered = by_delimiter[max(DELIMITERS, key=even)]
    place = place_of([row for _, row in numbered])
    above = numbered[place.above][0] if numbered else 0
    return Place(above, place.header_rows, place.totals)


def _rows(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row, with the number of lines above it."""
    reader = csv.reader(lines, delimiter=delimiter)
    above = 0
    try:
        for row in reader:
            yield above, row
            above = reader.line_num
    except csv.Error:
        return


def _last_rows(file: TextFile) -> deque[list[str]]:
    """The last rows of a file; of a large one the first of them may be the end of a row only."""
    if file.path.stat().st_size <= _TAIL:
        return deque(files.rows_of(file), maxlen=workbook.BOTTOM)
    with file.path.open("rb") as whole:
        whole.seek(-_TAIL, 2)
        lines = whole.read().decode("utf-8", errors="replace").splitlines(keepends=True)[1:]
    return deque((row for _, row in _rows(lines, file.delimiter)), maxlen=workbook.BOTTOM)
