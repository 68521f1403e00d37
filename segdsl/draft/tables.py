"""A file, or several parts of one table -> the profile of each table in it, and the sheets that hold none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import msgspec

from segdsl.data import files, workbook
from segdsl.data.files import TextFile
from segdsl.data.json_files import file_of_records, lists_inside, records_of
from segdsl.data.relations import in_words, text_query
from segdsl.data.sql_text import matches, name, text
from segdsl.data.unclear import likely_number
from segdsl.data.workbook import Book
from segdsl.draft.grid import LOOKED_AT, place_of, rows_below
from segdsl.draft.profile import Profile, profile_of
from segdsl.draft.shapes import SHAPES
from segdsl.draft.text_files import around, doubts_of, look_at_text, source_at
from segdsl.files.paths import bytes_in_words
from segdsl.words import headers
from segdsl.workspace.config import TableSource

_ALIKE = 0.8  # of the columns are in all files that are one table
_IN_WORDS = {
    "workbook": "a workbook (xlsx)",
    "parquet": "a Parquet file",
    "database": "a DuckDB file",
    "json": "JSON",
    "text": "a text file",
}
_PIVOTS = ("row labels", "zeilenbeschriftungen", "étiquettes de lignes", "etiquetas de fila", "rijlabels")


def read_tables(
    con: duckdb.DuckDBPyConnection,
    group: tuple[Path, ...],
    pattern: str,
    aside: Path,
    before: int,
    kept: Path | None = None,
) -> tuple[list[Profile], list[str]]:
    """The tables of one file, or of several that may be one table. Raises `DataError`.

    `before`: the number of tables read already. `kept`: folder of sheets that were read before.
    """
    path = group[0]
    try:
        whole = _one_table(con, group, pattern, aside, before) if len(group) > 1 else None
        if whole is not None:
            return [whole], []
        profiles: list[Profile] = []
        left_out: list[str] = []
        for path in group:
            tables, empty = _of_file(con, path, aside, before + len(profiles), kept)
            profiles += tables
            left_out += empty
        return profiles, left_out
    except UnicodeDecodeError as error:
        raise files.not_utf8(path, bytes_in_words(error)) from None
    except OSError as error:
        raise files.unreadable(path, error.strerror or "the system refuses") from None
    except duckdb.Error as error:
        raise in_words(group, error) from None


def _of_file(
    con: duckdb.DuckDBPyConnection, path: Path, aside: Path, before: int, kept: Path | None
) -> tuple[list[Profile], list[str]]:
    """The tables of one file, and the sheets that hold none."""
    kind = files.kind_of(path)
    notes = (
        ()
        if kind == files.KINDS.get(path.suffix.lower())
        else (f"{path.name} is {_IN_WORDS[kind or '']}, whatever its ending says",)
    )
    if kind == "workbook":
        with workbook.Book(path, aside) as book:
            return _sheets(con, book, before, notes, kept)
    if kind == "database":
        return _of_database(con, path, before, notes), []
    lists: list[str] = []
    source, doubts, plain = TableSource(str(path)), tuple[str, ...](), frozenset[str]()
    if kind == "text":
        written = look_at_text(path, aside)
        source, doubts = written.source, written.doubts
        query, notes = text_query([written.file]), (*notes, *written.notes)
    elif kind == "parquet":
        query = f"SELECT * FROM read_parquet({text(str(path))})"
    else:
        records = records_of(con, [file_of_records(path, aside)])
        query, plain = records.query, records.numbers
        lists = list(lists_inside(files.without_mark(path, aside)))
        notes = (*notes, f"{path.name}: its rows are those inside `{lists[0]}`") if len(lists) == 1 else notes
    profile = replace(profile_of(con, path, f"table {before}", query, source, notes, plain), doubts=doubts)
    inside = lists if len(lists) > 1 else []
    if profile.rows and not inside:
        return [profile], []
    con.execute(f"DROP TABLE {name(profile.view)}")
    why = (
        f"it holds several lists, {', '.join(f'`{k}`' for k in inside)}: save each alone, as a file of its own"
        if inside
        else "it has no rows"
    )
    return [], [f"{path.name}: {why}"]


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
    texts: dict[Path, TextFile] = {}
    if files.kind_of(path) == "parquet":
        columns, query = _parquet_parts(con, group, notes)
    else:
        written = look_at_text(path, aside)
        source = msgspec.structs.replace(written.source, path=str(path.with_name(pattern)))
        notes += written.notes
        texts = {p: files.text_file(p, source, source.formats, [], aside) for p in group}
        columns = {p: list(part.header) for p, part in texts.items()}
        query = text_query(list(texts.values()))
    names = {p: {c.lower() for c in own} for p, own in columns.items()}
    everywhere = set.intersection(*names.values())
    if any(len(everywhere) < _ALIKE * len(own) - 1 for own in columns.values()):
        return None
    for column in {c.lower(): c for own in reversed(list(columns.values())) for c in own}.values():
        lacking = [p.name for p, own in names.items() if column.lower() not in own]
        if lacking:
            share = f"{len(group) - len(lacking)} of {len(group)} files"
            notes.append(f"{column} is in {share}, not in {', '.join(lacking[:3])}")
    profile = profile_of(con, path, f"table {before}", query, source, notes)
    profile = replace(profile, doubts=tuple(_in_several_files(con, profile, texts)))
    if len({part.delimiter for part in texts.values()}) < 2:
        return profile
    return replace(
        profile, columns=tuple(replace(c, spellings=_spellings(con, texts, c.header)) for c in profile.columns)
    )


def _in_several_files(
    con: duckdb.DuckDBPyConnection, profile: Profile, parts: Mapping[Path, TextFile]
) -> Iterator[str]:
    """Ids that stand once in each file, and in several: each file is all that was there on its day, not a part."""
    key = next((c for c in profile.columns if headers.is_key(c.header) and c.missing == 0), None)
    if key is None or key.distinct == key.rows or len(parts) < 2:
        return
    own = [next((h for h in part.header if h.lower() == key.header.lower()), None) for part in parts.values()]
    for part, header in zip(parts.values(), own):
        if header is None:
            return
        sql = f"SELECT count(*) - count(DISTINCT trim({name(header)})) FROM ({text_query([part])})"
        if con.execute(sql).fetchall()[0][0]:
            return
    again = key.rows - key.distinct
    yield (
        f"{key.header} stands once in each file, and {again:,} times in another again: is each file an export of all, not a part? "
        "Then keep the newest alone, since every row counts"
    )


def _spellings(con: duckdb.DuckDBPyConnection, parts: Mapping[Path, TextFile], column: str) -> tuple[str, ...]:
    """Numbers of a column that files delimited in two ways write in two ways, each with its file; a region has a mark for both."""
    ways: dict[tuple[str, ...], str] = {}
    for path, part in parts.items():
        header = next((h for h in part.header if h.lower() == column.lower()), None)
        if header is None:
            continue
        cell = f"trim({name(header)})"
        separated = (
            f"SELECT DISTINCT {cell} FROM ({text_query([part])}) WHERE {matches(cell, SHAPES['written number'])}"
        )
        cells = [
            str(r[0])
            for r in con.execute(
                f"{separated} AND {matches(cell, '.*[0-9][.,][0-9].*')} ORDER BY 1 LIMIT 200"
            ).fetchall()
        ]
        if cells:
            ways.setdefault(tuple(likely_number(cells)), f"`{cells[0]}` in {path.name}")
    return tuple(ways.values()) if len(ways) > 1 else ()


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
    con: duckdb.DuckDBPyConnection, book: Book, before: int, notes: Sequence[str], kept: Path | None
) -> tuple[list[Profile], list[str]]:
    """A table of each sheet that has a header and rows, and the sheets that have none."""
    path, sheets = book.path, workbook.sheets_of(book)
    profiles: list[Profile] = []
    left_out: list[str] = []
    empty: list[str] = []
    for sheet in sheets:
        label = f"{path.name}, sheet {sheet.name}"
        top, bottom = workbook.ends(book, sheet.name, LOOKED_AT)
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
            source = msgspec.structs.replace(source_at(path, place, len(below)), sheet=several)
            file = workbook.text_of(book, source, [], kept)
            hidden = [f"{label} is hidden in the workbook"] if sheet.is_hidden else []
            said = (
                *notes,
                *hidden,
                *around(label, place, below),
                *(note.message for note in file.notes),
            )
            view = f"table {before + len(profiles)}"
            profile = profile_of(con, path, view, text_query([file]), source, said, file.plain, file.percents)
            profiles.append(replace(profile, doubts=(*doubts_of(label, place), *_side_by_side(label, profile))))
    if empty:
        left_out.append(f"{path.name}: {'sheets' if len(empty) > 1 else 'sheet'} {', '.join(empty)}, empty")
    return profiles, left_out


def _side_by_side(label: str, profile: Profile) -> Iterator[str]:
    """An empty column without a name between others, behind which a name stands again: two tables in one sheet."""
    headers = [c.header for c in profile.columns]
    gaps = [i for i, c in enumerate(profile.columns) if c.given == 0 and c.header == f"(column {i + 1})"]
    again = next((h for i in gaps[:1] for h in headers[i:] if h.removesuffix(" (2)") in headers[:i]), None)
    if again is not None:
        first = again.removesuffix(" (2)")
        sides = f"`{first}` stands on both sides of an empty column: two tables side by side?"
        yield f"{label}: {sides} Their rows are read as one, so put each on a sheet of its own"


def _trimmed(row: Sequence[str]) -> Sequence[str]:
    """A row without empty cells at its end."""
    width = len(row)
    while width and not row[width - 1].strip():
        width -= 1
    return row[:width]
