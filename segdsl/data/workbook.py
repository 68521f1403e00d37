"""Workbooks: a sheet as a text file, with what is odd about it.

Dates become ISO dates, numbers plain numbers, formulas the values that the spreadsheet last computed.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import itertools
import pickle
import re
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError, ParserCreate

from segdsl.bounds import SHEET_CELLS, SHEET_COLUMNS, SHEET_ROWS, UNPACKED
from segdsl.data.files import DataError, TextFile, folded, joined, once_each, unreadable
from segdsl.data.sheet_cache import Entry
from segdsl.diagnostics import Diagnostic
from segdsl.workspace.config import TableSource

_LOOK = 20  # lines searched for the header
_BATCH = 1_000  # rows that are put aside at once
BOTTOM = 60  # lines searched for what stands below the rows
MOST_EXACT = 2**53  # numbers of a workbook are doubles: above, two whole numbers may be one

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook


class Book:
    """A workbook that is opened when it is first asked for, and whose sheets are read once: `with Book(path, aside) as book`.

    `aside`: a folder of one's own for what is written, among it the rows of a sheet that was read to its end.
    """

    def __init__(self, path: Path, aside: Path) -> None:
        self.path, self.aside = path, aside
        self._surveys: dict[str, SheetSurvey] = {}
        self._rows: dict[str, Path] = {}

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        if "book" in self.__dict__:
            self.book.close()

    @cached_property
    def book(self) -> Workbook:
        return open_workbook(self.path)

    def free_path(self, ending: str) -> Path:
        return self.aside / f"{self.path.stem}-{sum(1 for _ in self.aside.iterdir())}{ending}"

    def survey(self, sheet: Any) -> SheetSurvey:
        """What is odd about a sheet; raises `DataError`."""
        if sheet.title not in self._surveys:
            self._surveys[sheet.title] = survey_sheet(self.path, sheet)
        return self._surveys[sheet.title]

    def whole(self, sheet: Any) -> Iterator[Sequence[object]]:
        """All rows of a sheet, which later looks find beside; raises `DataError`."""
        path = self.free_path(".rows")
        with path.open("wb") as file:
            rows = rows_of(self.path, sheet)
            while batch := list(itertools.islice(rows, _BATCH)):
                pickle.dump(batch, file)
                yield from batch
        self._rows[sheet.title] = path

    def rows(self, sheet: Any, first: int = 1) -> Iterator[Sequence[object]]:
        """Rows of a sheet from the first wanted on; raises `DataError`."""
        if sheet.title not in self._rows:
            return rows_of(self.path, sheet, first)
        return itertools.islice(_batches(self._rows[sheet.title]), first - 1, None)


def _batches(path: Path) -> Iterator[Sequence[object]]:
    with path.open("rb") as file:
        while file.peek(1):
            yield from pickle.load(file)


def text_of(book: Book, source: TableSource, wanted: Sequence[str], kept: Path | None = None) -> TextFile:
    """Write a sheet to a text file aside, with warnings; raises `DataError`.

    `kept`: folder of sheets that were read before, where a large one is kept, too.
    """
    target = book.free_path(".csv")
    entry = Entry.of(kept, book.path, source) if kept is not None else None
    before = entry.read(target) if entry is not None else None
    if before is not None and (not wanted or set(map(folded, before.header)) & set(wanted)):
        return before
    file, is_clear = _read_sheet(book, source, wanted, target)
    if entry is not None and is_clear and kept is not None and Entry.of(kept, book.path, source) == entry:
        entry.keep(file)  # else the workbook was saved while it was read
    return file


def _read_sheet(book: Book, source: TableSource, wanted: Sequence[str], target: Path) -> tuple[TextFile, bool]:
    """A sheet as a text file, and whether it is the one that is meant whatever columns are wanted."""
    path = book.path
    is_clear = source.sheet is not None or len(book.book.sheetnames) == 1
    sheet = _sheet(book, source, wanted)
    survey = book.survey(sheet)
    header, rows = _rows(book, sheet, source)
    if not header:
        raise unreadable(path, f"the sheet `{sheet.title}` is empty", "its first line names the columns")
    names = once_each(header)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        kinds = [_Kinds(survey.digits(book.book, i)) for i in range(1, len(names) + 1)]
        for row in rows:
            cells = [*row[: len(names)], *[None] * (len(names) - len(row))]
            writer.writerow([k.written(v) for k, v in zip(kinds, cells)])
    percents = frozenset(n for i, n in enumerate(names, 1) if survey.is_percent(book.book, i))
    padded = {n: k.shown for n, k in zip(names, kinds) if k.padded and k.shown is not None}
    rounded = [n for n, k in zip(names, kinds) if k.rounded]
    mixed = [n for n, k in zip(names, kinds) if k.numbers and k.digits]
    notes = (
        *survey.odd(names),
        *_mixed(path, sheet, mixed),
        *_padded(path, sheet, padded),
        *_rounded(path, sheet, rounded),
    )
    plain = frozenset(n for n, k in zip(names, kinds) if k.numbers and not k.digits)
    return TextFile(target, ",", names, 0, plain, notes, percents), is_clear


@dataclass
class _Kinds:
    """Which kinds of cell a column has had so far: numbers, texts containing digits.

    `shown`: how many digits each number is shown with, as 007 is; None where that is left to the number.
    `padded`: a number had zeros put before it.
    `rounded`: a number so large that a spreadsheet has rounded it.
    """

    shown: int | None = None
    numbers: bool = False
    digits: bool = False
    padded: bool = False
    rounded: bool = False

    def written(self, value: object) -> str:
        if (
            self.shown is not None
            and isinstance(value, float | int)
            and value == int(value) >= 0
            and value < MOST_EXACT
        ):
            self.digits = True
            written = str(int(value)).zfill(self.shown)
            self.padded = self.padded or written[0] == "0"
            return written
        if isinstance(value, float | int) and not isinstance(value, bool):
            self.numbers = True
            self.rounded = self.rounded or abs(value) >= MOST_EXACT
        elif isinstance(value, str) and any(map(str.isdigit, value)):
            self.digits = True
        return as_text(value)


def _mixed(path: Path, sheet: Any, columns: Sequence[str]) -> list[Diagnostic]:
    if not columns:
        return []
    listed = ", ".join(f"`{c}`" for c in columns[:5])
    message = f"{path.name}, sheet `{sheet.title}`: some cells of {listed} are numbers, some texts with digits"
    return [
        Diagnostic(
            "SEG0710",
            message,
            help="make them one or the other, or numbers may be read in the texts' format",
            severity="warning",
        )
    ]


def _padded(path: Path, sheet: Any, columns: Mapping[str, int]) -> Iterator[Diagnostic]:
    """Says that numbers are read as they are shown, with their zeros."""
    for name, digits in columns.items():
        where = f"{path.name}, sheet `{sheet.title}`"
        message = f"{where}: numbers of `{name}` are read as they are shown, with zeros to {digits} digits"
        help = "other files need the same zeros for these keys to match"
        yield Diagnostic("SEG0710", message, help=help, severity="warning")


def _rounded(path: Path, sheet: Any, columns: Sequence[str]) -> Iterator[Diagnostic]:
    if columns:
        listed = ", ".join(f"`{c}`" for c in columns[:5])
        message = f"{path.name}, sheet `{sheet.title}`: {listed} has numbers of more than 15 digits, which a spreadsheet rounds"
        yield Diagnostic("SEG0710", message, help="ids of so many digits are kept exactly as text", severity="warning")


@dataclass(frozen=True)
class SheetName:
    """A sheet that can have rows: whether it is hidden, and whether it shows a pivot table."""

    name: str
    is_hidden: bool
    is_pivot: bool


def sheets_of(book: Book) -> list[SheetName]:
    """Sheets of a workbook that can have rows; raises `DataError`."""
    opened = book.book
    with _reading(book.path), zipfile.ZipFile(book.path) as archive:
        parts = {n: archive.read(n) for n in archive.namelist() if n.startswith("xl/worksheets/_rels/")}
        sheets = [(n, opened[n]) for n in opened.sheetnames if hasattr(opened[n], "iter_rows")]
        return [SheetName(n, s.sheet_state != "visible", _is_pivot(s, parts)) for n, s in sheets]


def _is_pivot(sheet: Any, parts: Mapping[str, bytes]) -> bool:
    """Whether a sheet's relationships, which are parts of the archive, name a pivot table."""
    part = sheet._worksheet_path.rpartition("/")[2]
    return b"relationships/pivotTable" in parts.get(f"xl/worksheets/_rels/{part}.rels", b"")


def ends(book: Book, sheet: str, count: int) -> tuple[list[list[str]], list[list[str]]]:
    """The first `count` rows of a sheet as text, and the last that hold anything; raises `DataError`."""
    book.survey(book.book[sheet])
    top: list[list[str]] = []
    bottom: deque[Sequence[object]] = deque(maxlen=BOTTOM)
    for row in book.whole(book.book[sheet]):
        if len(top) < count:
            top.append([as_text(v) for v in row])
        if any(v is not None and v != "" for v in row):
            bottom.append(row)
    return top, [[as_text(v) for v in row] for row in bottom]


def open_workbook(path: Path) -> Workbook:
    """Open a workbook, which the caller closes; raises `DataError`."""
    import openpyxl

    with _reading(path):
        size = unpacked(path)
        if size > _SMALL and size > UNPACKED.most * path.stat().st_size:
            raise DataError(UNPACKED.finding(str(path), size // path.stat().st_size))
        named = path.suffix.lower() in (".xlsx", ".xlsm")  # a path of another ending is refused
        return openpyxl.load_workbook(path if named else io.BytesIO(path.read_bytes()), read_only=True, data_only=True)


def unpacked(path: Path) -> int:
    """Declared unpacked size of an archive in bytes; 0 for other files. Raises `DataError`."""
    with _reading(path):
        if not zipfile.is_zipfile(path):
            return 0
        with zipfile.ZipFile(path) as archive:
            return sum(i.file_size for i in archive.infolist())


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn all failures of the foreign reader into a `DataError` about the file."""
    try:
        yield
    except DataError:
        raise
    except zipfile.BadZipFile:
        raise unreadable(path, "it is no workbook, or has a password", _SAVED_ANEW) from None
    except Exception as error:
        raise unreadable(path, f"it is broken: {_broken(error)}", _SAVED_ANEW) from None


def _broken(error: Exception) -> str:
    match error:
        case OSError(strerror=str() as said):
            return said
        case ParseError() | ExpatError() | zlib.error() | EOFError():
            return "it was cut off or damaged"
        case KeyError():
            return "a part of it is missing"
        case NotImplementedError() | RuntimeError():
            return "it is packed in a way that isn't read, or has a password"
        case MemoryError():
            return "there isn't enough memory"
        case _:
            return "something in it is written as no spreadsheet writes it"


_SAVED_ANEW = "save it as .xlsx without a password, or as .csv"
_SMALL = 20_000_000  # bytes that any archive may unpack to


def rows_of(path: Path, sheet: Any, first: int = 1, last: int | None = None) -> Iterator[Sequence[object]]:
    """Values of a sheet's rows. Raises `DataError` for an unreadable cell."""
    with _reading(path):
        sheet.reset_dimensions()
        rows = sheet.iter_rows(values_only=True, min_row=first, max_row=last)
    while True:
        with _reading(path):
            row = next(rows, None)
        if row is None:
            return
        yield row


def _sheet(opened: Book, source: TableSource, wanted: Sequence[str]) -> Any:
    """The declared sheet, or the only one whose header has the expected columns."""
    book, path = opened.book, opened.path
    names = book.sheetnames
    listed = ", ".join(f"`{n}`" for n in names)
    if source.sheet is not None:
        if source.sheet not in names:
            raise unreadable(path, f"it has no sheet `{source.sheet}`", f"its sheets are {listed}")
        return book[source.sheet]
    hits = {
        n: len(set(map(folded, _rows(opened, book[n], source)[0])) & set(wanted))
        for n in names
        if hasattr(book[n], "iter_rows")
    }
    best = max(hits.values(), default=0)
    candidates = [n for n, h in hits.items() if h == best and (best or (len(hits) == 1 and not wanted))]
    if len(candidates) != 1:
        if not best:
            _header_further_down(book, path, source, wanted)
        why = "several sheets could be meant" if best else "no sheet has the columns in its first line"
        offered = " or ".join(f'sheet = "{n}"' for n in (candidates or names)[:5])
        raise unreadable(path, why, f"say which in segdsl.toml: {offered}; its sheets are {listed}")
    return book[candidates[0]]


def _header_further_down(book: Workbook, path: Path, source: TableSource, wanted: Sequence[str]) -> None:
    for name in book.sheetnames:
        lines = rows_of(path, book[name], source.skip_rows + 2, source.skip_rows + _LOOK)
        for i, line in enumerate(lines, source.skip_rows + 1):
            if len({folded(as_text(v)) for v in line} & set(wanted)) * 2 >= len(wanted):
                help = f"say so for this table in segdsl.toml: skip_rows = {i}"
                raise unreadable(path, f"the header of the sheet `{name}` stands on line {i + 1}", help)


def _rows(book: Book, sheet: Any, source: TableSource) -> tuple[list[str], Iterator[Sequence[object]]]:
    """(header as text, rows below it that aren't empty)."""
    rows = book.rows(sheet, source.skip_rows + 1)
    first = next(rows, ())
    filled_rows = (r for r in rows if any(v is not None and v != "" for v in r))
    others = list(itertools.islice(filled_rows, source.header_rows + source.skip_below_header - 1))
    header = joined([[as_text(v) for v in row] for row in (first, *others[: source.header_rows - 1])])
    while header and not header[-1]:
        header.pop()
    return header, _without_footer(filled_rows, source.skip_footer)


def _without_footer(rows: Iterator[Sequence[object]], footer: int) -> Iterator[Sequence[object]]:
    pending: list[Sequence[object]] = []
    for row in rows:
        pending.append(row)
        if len(pending) > footer:
            yield pending.pop(0)


def as_text(value: object) -> str:
    """A cell as a text file would have it: `2026-11-01`, `12.5`, `true`.

    A number so large that its neighbours are the same number is written as `1.2E+17`: a key that a spreadsheet has rounded.
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            if value.is_integer() and abs(value) < MOST_EXACT:
                return str(int(value))
            return f"{value:.16E}" if abs(value) >= MOST_EXACT else repr(value)
        case dt.datetime():  # workbooks have only times; midnight means a day
            return (value.date() if value.time() == dt.time() else value).isoformat().replace("T", " ")
        case dt.date():
            return value.isoformat()
        case _:
            return str(value)


@dataclass
class SheetSurvey:
    """Facts from a sheet's XML: merged ranges, hidden columns, formulas without values, and its extent.

    `styles`: styles of the cells with numbers, by column number.
    """

    where: str
    merged: list[str] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    uncomputed: int = 0
    last_row: int = 0
    last_column: int = 0
    cells: int = 0
    styles: dict[int, set[int]] = field(default_factory=dict)

    def check(self) -> None:
        """Raise `DataError` for a sheet beyond the bounds."""
        reach = ((SHEET_ROWS, self.last_row), (SHEET_COLUMNS, self.last_column), (SHEET_CELLS, self.cells))
        for bound, count in reach:
            if count > bound.most:
                raise DataError(bound.finding(self.where))

    def digits(self, book: Workbook, column: int) -> int | None:
        """How many digits the numbers of a column are shown with, zeros before them: by the number format `00000` of some cells."""
        codes = (_number_format(book, style) for style in self.styles.get(column, ()))
        return max((len(code) for code in codes if re.fullmatch("0{2,20}", code)), default=None)

    def is_percent(self, book: Workbook, column: int) -> bool:
        """Whether all numbers of a column are shown as percent."""
        codes = [_number_format(book, style) for style in self.styles.get(column, ())]
        return bool(codes) and all("%" in code for code in codes)

    def odd(self, names: Sequence[str]) -> Iterator[Diagnostic]:
        """Warnings on merged cells, hidden columns, and formulas without stored values."""
        if self.merged:
            count = f"{len(self.merged)} merged cell{'s' if len(self.merged) > 1 else ''}"
            message = f"{self.where}: {count} ({', '.join(self.merged[:3])}); only the first of each has a value"
            yield Diagnostic("SEG0710", message, help="unmerge them, and fill in the values", severity="warning")
        shown = ", ".join([f"`{names[c - 1]}`" for c in self.hidden if c <= len(names)][:5])
        if shown:
            yield Diagnostic("SEG0710", f"{self.where}: hidden columns are read too: {shown}", severity="warning")
        if self.uncomputed:
            message = f"{self.where}: {self.uncomputed:,} formula{'s have' if self.uncomputed > 1 else ' has'} no value"
            help = "open it in the spreadsheet program and save it, so that it computes them"
            yield Diagnostic("SEG0710", message, help=help, severity="warning")


class _Surveyor:
    """Takes the elements of a sheet's XML as they come, without a tree of them, which takes twice as long."""

    def __init__(self, survey: SheetSurvey) -> None:
        self.survey = survey
        self.parser = ParserCreate()
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.cell: Mapping[str, str] = {}
        self.nth = self.width = 0  # cells of the row so far, and the furthest column of them
        self.has_formula = self.has_value = False

    def _begin(self, tag: str, given: Mapping[str, str]) -> None:
        survey = self.survey
        match tag.rpartition(":")[2]:
            case "c":
                self.cell, self.has_formula, self.has_value = given, False, False
                self.nth += 1
            case "v":
                self.parser.CharacterDataHandler = self._value
            case "f":
                self.has_formula = True
            case "row":
                survey.last_row = max(survey.last_row + 1, int(given.get("r", 0)))
                self.nth = self.width = 0
            case "mergeCell":
                survey.merged.append(given.get("ref", ""))
            case "col" if given.get("hidden") in ("1", "true"):
                last = min(int(given.get("max", 1)), SHEET_COLUMNS.most)
                survey.hidden += range(int(given.get("min", 1)), last + 1)
            case _:
                pass

    def _value(self, text: str) -> None:
        self.has_value = True

    def _end(self, tag: str) -> None:
        match tag.rpartition(":")[2]:
            case "c":
                self._cell()
            case "v":
                self.parser.CharacterDataHandler = None
            case "row":
                survey = self.survey
                survey.last_column, survey.cells = max(survey.last_column, self.width), survey.cells + self.width
                survey.check()
            case _:
                pass

    def _cell(self) -> None:
        place = self.cell.get("r", "")
        column = _column(place, self.nth)
        self.width = max(self.width, column)
        self.survey.uncomputed += self.has_formula and not self.has_value
        if self.has_value and place and self.cell.get("t", "n") == "n":
            self.survey.styles.setdefault(column, set()).add(int(self.cell.get("s", 0)))


def _number_format(book: Any, style: int) -> str:
    """The code of a style's number format: `0.00`, `00000`, `General`."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

    if style >= len(book._cell_styles):
        return ""
    number = book._cell_styles[style].numFmtId
    own = number - BUILTIN_FORMATS_MAX_SIZE
    return str(book._number_formats[own] if 0 <= own < len(book._number_formats) else BUILTIN_FORMATS.get(number, ""))


def _column(place: str, nth: int) -> int:
    """Column number of a cell, 3 for `C7`; without a place, the number after the previous cell."""
    number = 0
    for letter in place.rstrip("0123456789"):
        if not "A" <= letter <= "Z":
            raise ValueError(f"`{place}` is no place of a cell")
        number = 26 * number + ord(letter) - 64
    return number or nth


def survey_sheet(path: Path, sheet: Any) -> SheetSurvey:
    """Survey a sheet before its rows are read; raises `DataError` for a sheet beyond the bounds."""
    survey = SheetSurvey(f"{path.name}, sheet `{sheet.title}`")
    with _reading(path), zipfile.ZipFile(path) as archive, archive.open(sheet._worksheet_path.lstrip("/")) as file:
        _Surveyor(survey).parser.ParseFile(file)
    return survey
