"""A file of a fixture -> its rows, each cell with its place."""

from __future__ import annotations

import csv
import itertools
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from segdsl.bounds import FIXTURE_BYTES, FIXTURE_CELLS, FIXTURE_COLUMNS, FIXTURE_ROWS
from segdsl.config import Formats, TableSource
from segdsl.data import workbook
from segdsl.data.files import KINDS, DataError, folded, once_each, text_file, unreadable
from segdsl.diagnostics import Diagnostic, Source, Span

_AS_UTF8 = "save it as “CSV UTF-8”, or as .xlsx"
_WIDEST = 4_000  # characters of a cell


@dataclass(frozen=True, slots=True)
class Cell:
    """A filled cell: its text without blanks around it, and where it stands."""

    text: str
    span: Span


@dataclass(frozen=True)
class Sheet:
    """One table of a fixture. `rows` hold only filled cells, by column; a row's `""` is its whole line."""

    name: str
    header: tuple[Cell, ...]
    rows: tuple[dict[str, Cell], ...]
    notes: tuple[Diagnostic, ...] = ()


def sheets(path: Path, shown: str, names: Sequence[str], wanted: Sequence[str]) -> list[Sheet]:
    """A text file's only sheet, by the file's name, or those of a workbook: the one it is named for, or each by its name.

    `names` are the tables there can be, folded; `wanted` the columns looked for, folded. Raises `DataError`.
    """
    _small(path, shown)
    kind = KINDS.get(path.suffix.lower())
    if kind == "workbook":
        return list(_of_workbook(path, shown, names))
    if kind != "text":
        help = "a fixture's files are .csv or .xlsx"
        raise unreadable(shown, "unknown kind of file", help)
    return [_of_text(path, shown, wanted)]


def _small(path: Path, shown: str) -> None:
    """Neither a large file nor one that grows large when it is opened."""
    size = max(path.stat().st_size, workbook.unpacked(path))
    if size > FIXTURE_BYTES.most:
        raise DataError(FIXTURE_BYTES.finding(shown, size))


def _of_text(path: Path, shown: str, wanted: Sequence[str]) -> Sheet:
    with tempfile.TemporaryDirectory(prefix="segdsl-") as aside:
        try:
            file = text_file(path, TableSource(path.name), Formats(), wanted, Path(aside))
            with file.path.open(encoding="utf-8-sig", newline="") as lines:
                reader = csv.reader(lines, delimiter=file.delimiter, strict=True)
                read = _few(((reader.line_num, row) for row in reader), shown)
        except UnicodeDecodeError as error:
            raise unreadable(
                shown, f"it is not UTF-8: byte {error.object[error.start]:#04x}", "save it as “CSV UTF-8”"
            ) from None
        except csv.Error as error:
            raise unreadable(shown, str(error), "look for a quote that never closes") from None
        except DataError as error:
            raise _shown(error, path, shown) from None
    return _sheet(path.stem, shown, read, file.delimiter if file.delimiter != "\t" else " ")


def _shown(error: DataError, path: Path, shown: str) -> DataError:
    """The same, with the path as the workspace's people know it; a fixture has no formats to set."""
    found = [replace(d, message=d.message.replace(str(path), shown)) for d in error.diagnostics]
    return DataError([replace(d, help=_AS_UTF8 if "formats" in d.help else d.help) for d in found])


def _of_workbook(path: Path, shown: str, names: Sequence[str]) -> Iterator[Sheet]:
    try:
        yield from _sheets_of(path, shown, names)
    except DataError as error:
        raise _shown(error, path, shown) from None


def _sheets_of(path: Path, shown: str, names: Sequence[str]) -> Iterator[Sheet]:
    book = workbook.opened(path)
    try:
        if folded(path.stem) in names:
            taken = [n for n in book.sheetnames if hasattr(book[n], "iter_rows")][:1]
            titles = dict.fromkeys(taken, path.stem)
        else:
            titles = {n: n for n in book.sheetnames if folded(n) in names}
        if not titles:
            listed = ", ".join(f"`{n}`" for n in book.sheetnames)
            raise unreadable(shown, f"its sheets are {listed}", "a sheet has the name of an entity or a table")
        for sheet, name in titles.items():
            looked = workbook.look(path, book[sheet])
            rows = enumerate(workbook.rows_of(path, book[sheet]), 1)
            read = _few(((i, [workbook.as_text(v) for v in row]) for i, row in rows), shown)
            found = _sheet(name, f"{shown}, sheet {sheet}", read, " | ")
            notes = tuple(looked.odd([c.text for c in found.header]))
            yield Sheet(found.name, found.header, found.rows, notes)
    finally:
        book.close()


def _few(rows: Iterable[tuple[int, list[str]]], shown: str) -> list[tuple[int, list[str]]]:
    """The rows, where neither they nor their columns or cells are too many; raises `DataError` at the first too many."""
    kept: list[tuple[int, list[str]]] = []
    cells = width = 0
    for line, row in rows:
        filled = len(row) - sum(1 for _ in itertools.takewhile(lambda c: not c.strip(), reversed(row)))
        cells += len(row)
        width = width or filled
        kept.append((line, row[: max(filled, width)]))
        for bound, count in ((FIXTURE_ROWS, len(kept) - 1), (FIXTURE_COLUMNS, filled), (FIXTURE_CELLS, cells)):
            if count > bound.most:
                raise DataError(bound.finding(shown))
    return kept


def _sheet(name: str, shown: str, read: Sequence[tuple[int, Sequence[str]]], separator: str) -> Sheet:
    """Lays the cells out as lines, so that each has a place that can be shown: its line is the file's."""
    filled = [(line, [c.strip()[:_WIDEST] for c in cells]) for line, cells in read if any(c.strip() for c in cells)]
    if not filled:
        raise unreadable(shown, "it is empty", "the first line names the columns")
    lines: dict[int, str] = {}
    places: list[list[tuple[int, int]]] = []
    for line, cells in filled:
        flat = [" ".join(c.split()) for c in cells]
        starts = itertools.accumulate((len(c) + len(separator) for c in flat), initial=0)
        places.append([(s, s + max(1, len(c))) for s, c in zip(starts, flat)])
        lines[line] = separator.join(flat)
    source = Source(shown, "\n".join(lines.get(i, "") for i in range(1, max(lines) + 1)) + "\n")
    names = once_each(filled[0][1])
    header: tuple[Cell, ...] = ()
    rows: list[dict[str, Cell]] = []
    for (line, cells), spans in zip(filled, places):
        begin = source._line_starts[line - 1]
        whole = Span(source, begin, begin + len(lines[line].rstrip()))
        placed = [Cell(text, Span(source, begin + s, begin + e)) for text, (s, e) in zip(cells, spans)]
        if not header:
            header = tuple(Cell(n, c.span) for n, c in zip(names, placed))
            continue
        if extra := [c for c in placed[len(header) :] if c.text]:
            raise unreadable(
                shown,
                f"line {line} has a cell beyond the last column: `{extra[0].text[:40]}`",
                "name its column in the first line",
            )
        rows.append({"": Cell("", whole)} | {h.text: c for h, c in zip(header, placed) if c.text})
    return Sheet(name, header, tuple(rows))
