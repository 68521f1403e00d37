"""Files of a source: those that a path names, and text files in the form that the engine reads."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import re
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from segdsl.bounds import DATA_COLUMNS
from segdsl.diagnostics import Diagnostic, Refusal
from segdsl.files.paths import bytes_in_words, cells_in_words, is_file, leads_outside
from segdsl.workspace.config import DELIMITERS, Formats, TableSource

KINDS = {
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".parquet": "parquet",
    ".json": "json",
    ".ndjson": "json",
    ".jsonl": "json",
    ".xlsx": "workbook",
    ".xlsm": "workbook",
    ".duckdb": "database",
    ".db": "database",
}
READS = "segdsl reads csv, tsv, xlsx, parquet, json and duckdb files"
_LOOK = 20  # lines searched for the header
_LOOKED_AT = 1_000_000  # bytes searched for formulas
_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


class DataError(Refusal):
    """The data can't be used: files are missing or unreadable, or keys are wrong. `diagnostics` has all errors. Exit
    code 3.

    Nothing was published.
    """

    exit_code = 3


def unreadable(path: Path | str, why: str, help: str = "") -> DataError:
    """Error for a path that can't be read."""
    return DataError(Diagnostic("SEG0701", f"{path} can't be read: {why}", help=help))


@dataclass(frozen=True)
class SourceFiles:
    """Files of one table, all of one kind."""

    paths: tuple[Path, ...]
    kind: str


def find(root: Path, source: TableSource, as_of: dt.date | None) -> SourceFiles:
    """Files that a source's path names; raises `DataError` for no file, or an unsupported kind."""
    path = _dated(source.path, as_of)
    pattern = Path(path)
    base = pattern.parent if pattern.is_absolute() else root / pattern.parent
    globbed = any(c in pattern.name for c in "*?[") and not (base / pattern.name).is_file()
    paths = sorted(p for p in base.glob(pattern.name) if p.is_file()) if globbed else [base / pattern.name]
    if paths and paths[0].is_dir():
        raise unreadable(path, "it is a folder", "name the files in it that are one table, as in data/logins-*.csv")
    if not paths or not is_file(paths[0]):
        raise unreadable(path, "no such file", _similar_files(root, source.path, base, pattern.name))
    for p in paths:
        if p.absolute().is_relative_to(root.absolute()) and ".." not in pattern.parts and leads_outside(p, root):
            help = "put the file itself there, or name the place where it lies in segdsl.toml"
            raise unreadable(path, "it is a link out of the workspace", help)
    kinds = {kind_of(p) for p in paths}
    if None in kinds:
        raise unknown_kind(next(p for p in paths if kind_of(p) is None))
    if len(kinds) > 1:
        raise unreadable(path, "files of several kinds", "name those of one kind, as in data/users-*.csv")
    (kind,) = kinds
    assert kind is not None
    if kind == "parquet":
        for folder in {p.parent for p in paths}:
            _refuse_log(path, folder)
    return SourceFiles(tuple(p.resolve() for p in paths), kind)


def parquet_of(root: Path, source: TableSource, as_of: dt.date | None) -> tuple[Path, ...]:
    """Parquet files that a source's path names for an engine that reads a folder of them as one table; raises `DataError`."""
    path = _dated(source.path, as_of)
    folder = root / path
    if folder.is_dir():
        _refuse_log(path, folder)
        if leads_outside(folder, root) and not Path(path).is_absolute() and ".." not in Path(path).parts:
            raise unreadable(path, "it is a link out of the workspace", "name the place where it lies in segdsl.toml")
        return (folder.resolve(),)
    named = find(root, source, as_of)
    if named.kind != "parquet":
        raise unreadable(path, "it is no Parquet file", "Spark reads Parquet files and tables of its catalog")
    return named.paths


def _dated(path: str, as_of: dt.date | None) -> str:
    if "{as_of}" not in path:
        return path
    if as_of is None:
        raise unreadable(path, "{as_of} stands for a date, and there is none here")
    return path.replace("{as_of}", as_of.isoformat())


def _refuse_log(path: str, folder: Path) -> None:
    """Refuse files that a log beside them says to leave out: read as they are, they would bring deleted rows back."""
    for above in (folder, *folder.parents[:3]):
        if (above / "_delta_log").is_dir():
            help = "name it as a table of Spark's catalog that knows Delta, or export what it holds now"
            raise unreadable(path, "it is a Delta table, whose files hold deleted rows, too", help)
        if (above.name == "data" and any(above.parent.glob("metadata/*.metadata.json"))) or any(
            above.glob("metadata/*.metadata.json")
        ):
            help = "name it as a table of Spark's catalog that knows Iceberg, or export what it holds now"
            raise unreadable(path, "it is an Iceberg table, whose files hold deleted rows, too", help)


def kind_of(path: Path) -> str | None:
    """What a file is: a workbook, Parquet, DuckDB, JSON or text by its first bytes, whatever it is called; else by its ending.

    None for a file that isn't read, such as a document under the ending of a text.
    """
    by_name = KINDS.get(path.suffix.lower())
    start = _start(path)
    if start.startswith(b"PK\x03\x04"):
        return "workbook" if by_name == "workbook" or _is_workbook(path) else None
    if start.startswith(_PACKED):
        return None
    if start.startswith(b"PAR1"):
        return "parquet"
    if start[8:12] == b"DUCK":
        return "database"
    if by_name == "text" and re.match(rb"(\xef\xbb\xbf)?\s*(\[\s*)?\{\s*\"\w", start):
        return "json"
    if path.suffix.lower() in _SHEETS and _is_markup(start):
        return None
    if path.suffix.lower() in _SHEETS and re.match(
        rb"[^\x00-\x08\x0e-\x1f\n]*[,;\t|][^\x00-\x08\x0e-\x1f\n]*\n", start
    ):
        return "text"  # under the ending of a workbook, as many tools export it
    return by_name


def _is_markup(start: bytes) -> bool:
    return start.lstrip()[:1] == b"<"


def unknown_kind(path: Path) -> DataError:
    """Error for a file that isn't read, with what to do."""
    if _is_markup(_start(path)):
        help = "it is a web page, whatever its ending says: open it in a spreadsheet program and save it as .xlsx"
        return unreadable(path, "unknown kind of file", help)
    if is_packed(path):
        return unreadable(path, "it is packed", "unpack it, and name the file that comes out")
    old = path.suffix.lower() in (".xls", ".numbers", ".ods")
    return unreadable(path, "unknown kind of file", "save it as .xlsx or .csv" if old else READS)


def is_packed(path: Path) -> bool:
    """Whether a file holds others, packed: by its first bytes, and a ZIP by its ending, since documents are such, too."""
    start = _start(path)
    return start.startswith(_PACKED) or (path.suffix.lower() == ".zip" and start.startswith(b"PK\x03\x04"))


_SHEETS = (".xls", ".xlsx", ".xlsm")
_PACKED = (b"\x1f\x8b", b"BZh91AY", b"\xfd7zXZ\0", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a", b"\x28\xb5\x2f\xfd")
"""First bytes of what gzip, bzip2, xz, 7-Zip, RAR and Zstandard write."""


def _start(path: Path) -> bytes:
    """The first bytes of a file; none where it can't be read, which is said by what reads it."""
    try:
        with path.open("rb") as file:
            return file.read(4096)
    except OSError:
        return b""


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def _similar_files(root: Path, written: str, base: Path, name: str) -> str:
    if "{as_of}" in written:
        dates = exports(root, written)
        return f"there is one of {', '.join(dates[-3:])}" if dates else f"paths start at {root}"
    import difflib

    names = [p.name for p in base.glob("*")] if base.is_dir() else []
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.75)
    return f"did you mean `{near[0]}`?" if near else f"paths start at {root}"


def exports(root: Path, written: str) -> list[str]:
    """Dates of the files with {as_of} in their path, oldest first; empty for a path outside `root`."""
    if Path(written).is_absolute():
        return []
    first, *others = map(re.escape, written.split("{as_of}"))
    shape = first + r"(\d{4}-\d\d-\d\d)" + r"\1".join(others)
    matches = (re.fullmatch(shape, p.relative_to(root).as_posix()) for p in root.glob(written.replace("{as_of}", "*")))
    return sorted(m[1] for m in matches if m)


# -- text files ----------------------------------------------------------------------


@dataclass(frozen=True)
class TextFile:
    """A delimited file of UTF-8 text.

    `header`: unique column names.
    `skip`: lines above the last line of the header, or of what stands between it and the rows.
    `plain`: columns whose numbers are written as 1234.56 whatever the formats.
    `notes`: warnings about the original file.
    `percents`: columns whose numbers a workbook shows as percent, as it shows 0.2 as 20%.
    `has_formulas`: some cells are written as `="00123"`, so that a spreadsheet keeps their zeros.
    """

    path: Path
    delimiter: str
    header: tuple[str, ...]
    skip: int
    plain: frozenset[str] = frozenset()
    notes: tuple[Diagnostic, ...] = ()
    percents: frozenset[str] = frozenset()
    has_formulas: bool = False


def text_file(path: Path, source: TableSource, formats: Formats, wanted: Sequence[str], aside: Path) -> TextFile:
    """Detect encoding, delimiter and header; `wanted` are expected columns, folded.

    A file that isn't UTF-8, or has a footer, is copied into `aside` first. Raises `DataError`.
    """
    encoding = formats.encoding or encoding_of(path)
    plain = path
    if encoding.lower().replace("_", "-") not in ("utf-8", "utf8", "utf-8-sig") or source.skip_footer:
        plain = _copy_as_utf8(path, encoding, source.skip_footer, aside)
    lines = _first_lines(plain, path, source.skip_rows + source.header_rows + source.skip_below_header + _LOOK)
    if len(lines) <= source.skip_rows or not any(line.strip() for line in lines):
        raise unreadable(path, "it is empty", "the first line names the columns")
    body = lines[source.skip_rows :]
    fixed = formats.delimiter or ("\t" if path.suffix.lower() == ".tsv" else None)
    delimiter = fixed or _delimiter(path, body[0], wanted)
    header, before_rows = _header(path, body, delimiter, source)
    if wanted and not set(map(folded, header)) & set(wanted):
        _header_further_down(path, source, body, delimiter, wanted)
    names = once_each(re.sub('^="(.*)"$', r"\1", name) for name in header)
    return TextFile(plain, delimiter, names, source.skip_rows + before_rows, has_formulas=_has_formulas(plain))


def _has_formulas(path: Path) -> bool:
    """Whether `="` stands in the first of a file's bytes; if so, all its cells are looked at."""
    with path.open("rb") as file:
        return b'="' in file.read(_LOOKED_AT)


def folded(header: str) -> str:
    """Column name without case, blanks and punctuation: `Account ID` matches account_id."""
    return re.sub(r"[\W_]+", "", header.casefold())


def once_each(header: Iterable[str]) -> tuple[str, ...]:
    """Unique column names, in whatever case: an empty one gets its number, a repeated one its count, as in `Date`, `date (2)`."""
    names: dict[str, str] = {}  # by the name as the engine compares it
    counts: dict[str, int] = {}
    for i, written in enumerate(header, 1):
        name = first = written.strip() or f"(column {i})"
        while name.lower() in names:
            counts[first.lower()] = counts.get(first.lower(), 1) + 1
            name = f"{first} ({counts[first.lower()]})"
        names[name.lower()] = name
    return tuple(names.values())


def encoding_of(path: Path) -> str:
    """Encoding by the byte order mark, otherwise UTF-8; raises `DataError` for apparent UTF-16 without a mark."""
    with path.open("rb") as file:
        start = file.read(4096)
    for mark, encoding in _BOMS.items():
        if start.startswith(mark):
            return encoding
    if start.count(b"\0") > len(start) // 4:
        raise unreadable(path, "it isn't UTF-8, but looks like UTF-16", 'in the formats: encoding = "utf-16-le"')
    return "utf-8"


def without_mark(path: Path, aside: Path) -> Path:
    """A JSON file without the byte order mark that it begins with: a copy in `aside`, where it has one."""
    encoding = encoding_of(path)
    return path if encoding == "utf-8" else _copy_as_utf8(path, encoding, 0, aside)


def _copy_as_utf8(path: Path, encoding: str, footer: int, aside: Path) -> Path:
    """Copy as UTF-8 without the last `footer` lines and blank lines after them."""
    target = aside / f"{path.stem}-{sum(1 for _ in aside.iterdir())}.csv"
    try:
        with path.open(encoding=encoding, newline="") as read, target.open("w", encoding="utf-8", newline="") as write:
            pending: deque[str] = deque()
            filled = 0  # filled lines among the pending; blank lines at the end aren't the footer
            for line in read:
                pending.append(line)
                filled += bool(line.strip())
                while filled > footer:
                    first = pending.popleft()
                    filled -= bool(first.strip())
                    write.write(first)
    except UnicodeError as error:
        raise unreadable(path, f"it is not {encoding}: {bytes_in_words(error)}") from None
    return target


def _first_lines(plain: Path, path: Path, count: int) -> list[str]:
    try:
        with plain.open(encoding="utf-8-sig", newline="") as file:
            return [line for _, line in zip(range(count), iter(lambda: file.readline(1_000_000), ""))]
    except UnicodeDecodeError as error:
        raise not_utf8(path, f"byte {error.object[error.start]:#04x}") from None


def not_utf8(path: Path, what: str) -> DataError:
    help = 'say in the formats how it is written, most often: encoding = "cp1252"; or save it as “CSV UTF-8”'
    return unreadable(path, f"it is not UTF-8: {what}", help)


def _delimiter(path: Path, line: str, wanted: Sequence[str]) -> str:
    """Delimiter that gives most of the expected columns; without any, the one that splits the line most."""
    hits = {d: len(set(map(folded, _cells(line, d))) & set(wanted)) for d in DELIMITERS}
    best = max(hits.values())
    if best == 0:  # no expected column matches: the delimiter that splits the line most
        return max(DELIMITERS, key=lambda d: len(_cells(line, d)))
    candidates = [d for d, n in hits.items() if n == best]
    if len(candidates) > 1 and best > 1:
        raise unreadable(path, "its delimiter isn't clear", 'say it in the formats: delimiter = ";"')
    return candidates[0]


def _header(path: Path, lines: Sequence[str], delimiter: str, source: TableSource) -> tuple[list[str], int]:
    """(names of the columns, lines before the last one above the rows)."""
    reader = csv.reader(iter(lines), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    before = 0
    try:
        while len(rows) < source.header_rows + source.skip_below_header:
            start, row = reader.line_num, next(reader, None)
            if row is None:
                break
            if row or not rows:
                rows.append(row)
                before = start
    except csv.Error as error:
        raise unreadable(path, f"its header: {cells_in_words(error)}") from None
    if not rows or not rows[0]:
        blank = next(i for i, line in enumerate([*lines, "x"]) if line.strip())
        skip = source.skip_rows + blank
        help = (
            f"{blank} blank line{'s' if blank > 1 else ''} above it? For this table in segdsl.toml: skip_rows = {skip}"
        )
        raise unreadable(path, "its header is empty", help)
    header = joined(rows[: source.header_rows])
    if len(header) > DATA_COLUMNS.most:
        raise DataError(DATA_COLUMNS.finding(str(path), len(header)))
    return header, before


def joined(rows: Sequence[Sequence[str]]) -> list[str]:
    """Names of columns from the lines of a header: the first line where it names each column, else all of them.

    A cell of an upper line stands for the columns to its right that have none, as in `Which do you use?` above `Reports` and `Alerts`.
    """
    width = max(map(len, rows))
    cells = [[c.strip() for c in (*row, *[""] * (width - len(row)))] for row in rows]
    first = cells[0]
    if len(rows) == 1 or len({c for c in first if c}) == width:
        return list(rows[0])
    names = []
    groups = [""] * (len(cells) - 1)
    for column in zip(*cells):
        groups = [cell or (group if any(column[1:]) else "") for cell, group in zip(column, groups)]
        names.append(" ".join(dict.fromkeys(part for part in (*groups, column[-1]) if part)))
    return names


def _header_further_down(
    path: Path, source: TableSource, body: Sequence[str], delimiter: str, wanted: Sequence[str]
) -> None:
    for i, line in enumerate(body[1:], 1):
        cells = max((_cells(line, d) for d in DELIMITERS), key=lambda c: len(set(map(folded, c)) & set(wanted)))
        if len(set(map(folded, cells)) & set(wanted)) * 2 >= len(wanted):
            skip = source.skip_rows + i
            raise unreadable(
                path,
                f"its header stands on line {skip + 1}",
                f"say so for this table in segdsl.toml: skip_rows = {skip}",
            )


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
    except csv.Error:
        return [line]


def rows_of(file: TextFile) -> Iterator[list[str]]:
    """Rows below the header, for small files."""
    with file.path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(itertools.islice(lines, file.skip, None), delimiter=file.delimiter)
        next(reader, None)
        yield from reader
