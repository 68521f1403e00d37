"""A file, or several parts of one table -> the profile of each table in it, and the sheets that hold none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import msgspec

from segdsl.data import files, workbook
from segdsl.data.json_files import records_of
from segdsl.data.relations import first_line, text_query
from segdsl.data.sql_text import name, text
from segdsl.draft.grid import LOOKED_AT, place_of, rows_below
from segdsl.draft.profile import Profile, profile_of
from segdsl.draft.text_files import around, doubts_of, look_at_text, source_at
from segdsl.files.paths import bytes_in_words
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
        raise files.unreadable(path, first_line(error)) from None


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
        return _sheets(con, path, aside, before, notes, kept)
    if kind == "database":
        return _of_database(con, path, before, notes), []
    source, doubts, plain = TableSource(str(path)), tuple[str, ...](), frozenset[str]()
    if kind == "text":
        written = look_at_text(path, aside)
        source, doubts = written.source, written.doubts
        query, notes = text_query([written.file]), (*notes, *written.notes)
    elif kind == "parquet":
        query = f"SELECT * FROM read_parquet({text(str(path))})"
    else:
        records = records_of(con, [files.without_mark(path, aside)])
        query, plain = records.query, records.numbers
    profile = replace(profile_of(con, path, f"table {before}", query, source, notes, plain), doubts=doubts)
    inside = _inside(con, path, aside) if kind == "json" and profile.rows == 1 else []
    if profile.rows and not inside:
        return [profile], []
    con.execute(f"DROP TABLE {name(profile.view)}")
    why = f"its rows lie inside `{inside[0]}`: save that list alone" if inside else "it has no rows"
    return [], [f"{path.name}: {why}"]


def _inside(con: duckdb.DuckDBPyConnection, path: Path, aside: Path) -> list[str]:
    """Keys of a JSON file's only record that hold records themselves."""
    query = f"SELECT * FROM read_json({text(str(files.without_mark(path, aside)))}, sample_size = -1)"
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
        written = look_at_text(path, aside)
        source = msgspec.structs.replace(written.source, path=str(path.with_name(pattern)))
        notes += written.notes
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
    con: duckdb.DuckDBPyConnection, path: Path, aside: Path, before: int, notes: Sequence[str], kept: Path | None
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
            source = msgspec.structs.replace(source_at(path, place, len(below)), sheet=several)
            file = workbook.text_of(path, source, [], aside, kept)
            hidden = [f"{label} is hidden in the workbook"] if sheet.is_hidden else []
            said = (
                *notes,
                *hidden,
                *around(label, place, below),
                *(note.message for note in file.notes),
            )
            view = f"table {before + len(profiles)}"
            profile = profile_of(con, path, view, text_query([file]), source, said, file.plain, file.percents)
            profiles.append(replace(profile, doubts=tuple(doubts_of(label, place))))
    if empty:
        left_out.append(f"{path.name}: {'sheets' if len(empty) > 1 else 'sheet'} {', '.join(empty)}, empty")
    return profiles, left_out


def _trimmed(row: Sequence[str]) -> Sequence[str]:
    """A row without empty cells at its end."""
    width = len(row)
    while width and not row[width - 1].strip():
        width -= 1
    return row[:width]
