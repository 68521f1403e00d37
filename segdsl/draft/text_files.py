"""A text file -> how it is written: its encoding, and which of its lines are no rows. The words for these go for sheets, too."""

from __future__ import annotations

import codecs
import csv
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from segdsl.data import files, workbook
from segdsl.data.files import TextFile
from segdsl.draft.grid import LOOKED_AT, Place, Rows, place_of, rows_below
from segdsl.workspace.config import DELIMITERS, Formats, TableSource

_TAIL = 1_000_000  # bytes at the end of a text file in which lines below the rows are looked for


@dataclass(frozen=True)
class Written:
    """How a text file is written; `notes` and `doubts` as of a `Profile`."""

    source: TableSource
    file: TextFile
    notes: tuple[str, ...]
    doubts: tuple[str, ...]


def look_at_text(path: Path, aside: Path) -> Written:
    """Encoding and lines around the rows. The delimiter is found each time that the file is read."""
    encoding = _encoding(path)
    coded = (f"{path.name}: not UTF-8, read as {encoding}",) if encoding else ()
    formats = Formats(encoding=encoding)
    place = _place(_top(path, encoding))
    file = files.text_file(path, source_at(path, place, 0), formats, [], aside)
    below = rows_below(list(_last_rows(file)), len(file.header))
    source = msgspec.structs.replace(source_at(path, place, len(below)), formats=formats)
    file = files.text_file(path, source, formats, [], aside) if below else file
    return Written(source, file, (*coded, *around(path.name, place, below)), tuple(doubts_of(path.name, place)))


def source_at(path: Path, place: Place, below: int) -> TableSource:
    """The settings of a file whose table stands at a place."""
    return TableSource(
        str(path),
        skip_rows=place.above,
        skip_footer=below,
        header_rows=place.header_rows,
        skip_below_header=place.totals,
    )


def around(label: str, place: Place, below: Rows) -> Iterator[str]:
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


def doubts_of(label: str, place: Place) -> Iterator[str]:
    """What may be wrong about the place of a table."""
    if place.is_nameless:
        yield f"{label}: its first line looks like a row, not like names of columns: put a line with names above it"


def _lines(count: int) -> str:
    return f"{count} line{'s' if count > 1 else ''}"


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
    return replace(place, above=above)


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
