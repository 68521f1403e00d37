"""Output of assignments and lists as CSV, Parquet or JSON files or workbooks, all or none."""

from __future__ import annotations

import csv
import datetime as dt
import errno
import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segdsl.data.files import DataError
from segdsl.diagnostics import Diagnostic, Refusal, printable, printable_lines
from segdsl.files import atomic
from segdsl.files.atomic import Content, Staged
from segdsl.run.assigned import Table
from segdsl.run.errors import UsageError
from segdsl.words import values

Columns = Mapping[str, Sequence[object]]
"""Values of Python by header."""

if TYPE_CHECKING:
    import pandas as pd

    Rows = pd.DataFrame | Columns | Table | Callable[[], Path]
    """What is written: a frame, columns, a table that an engine holds, or what makes a file of the right kind in an engine's folder."""

KINDS = (".csv", ".parquet", ".xlsx", ".json")
SHEET = "assignments"
MOST_ROWS = 1_048_575  # of a sheet, below its header
_WIDEST = 40  # characters of a column of a workbook
_MOST_DIGITS = 15  # of a number in a workbook


class CannotWrite(Refusal):
    """The output can't be written, and nothing was changed. Exit code 3."""

    exit_code = 3


def targets(entities: Sequence[str], output: Path) -> dict[str, Path]:
    """Target file of each entity: a single file, or a CSV file in a folder.

    Raises `UsageError` for a single file with several entities, and for an unknown kind of file.
    """
    if not output.suffix or output.is_dir():
        return {entity: output / f"{entity}.csv" for entity in entities}
    if len(entities) > 1:
        help = f"name a folder, and it gets {', '.join(f'{e}.csv' for e in entities)}"
        raise UsageError(
            Diagnostic("SEG0607", f"the rules are about {len(entities)} entities, and {output} is one file", help=help)
        )
    if output.suffix not in KINDS:
        raise UsageError(
            Diagnostic(
                "SEG0607", f"{output} is no kind of file segdsl writes", help="end it in .csv, .parquet, .xlsx or .json"
            )
        )
    return dict.fromkeys(entities, output)


def stage(entities: Sequence[str], output: Path, staged: Callable[[Path], Staged] = Staged.beside) -> dict[str, Staged]:
    """Target and temporary file of each entity. Writes nothing."""
    return {entity: staged(target.absolute()) for entity, target in targets(entities, output).items()}


def write_aside(rows: Mapping[str, Rows], staged: Mapping[str, Staged], sheet: str = SHEET) -> None:
    """Write each entity's rows to its temporary file and sync it; raises `CannotWrite`, and then no file is left.

    `sheet`: the name of a workbook's sheet.
    """
    for entity, files in staged.items():
        try:
            if files.target.is_dir():
                raise IsADirectoryError(errno.EISDIR, "a folder has that name")
            atomic.folder(files.target.parent)
            files.write(_content(rows[entity], files.target, sheet))
        except (OSError, DataError) as error:
            for other in staged.values():
                other.discard()
            raise _cannot(files.target, error) from error


def write(rows: Mapping[str, Rows], output: Path, sheet: str = SHEET) -> list[Path]:
    """Write each entity's rows to its target; raises `CannotWrite`, and then no file is new or changed."""
    staged = stage(list(rows), output, Staged.alone)
    write_aside(rows, staged, sheet)
    try:
        for files in staged.values():
            files.put()
    except OSError as error:
        for files in staged.values():
            files.discard()
        raise _cannot(output, error) from error
    return list(targets(list(rows), output).values())


def _cannot(path: Path, error: OSError | DataError) -> CannotWrite:
    why = error.diagnostics[0].message if isinstance(error, DataError) else error.strerror or str(error)
    return CannotWrite(Diagnostic("SEG0707", f"{path} can't be written: {why}", help="nothing was changed"))


def _content(rows: Rows, target: Path, sheet: str) -> Content:
    """Content of a target by its ending. Raises `UsageError` for more rows than a workbook has, and `DataError`."""
    if callable(rows):
        return _moved(rows())
    if isinstance(rows, Table):
        match target.suffix:
            case ".parquet":
                return _moved(rows.parquet("output"))
            case ".xlsx" | ".json":
                _refuse_too_many(rows.size, target)
                return _content(rows.frame(), target, sheet)
            case _:
                return _moved(rows.csv("output"))
    if target.suffix not in (".parquet", ".xlsx", ".json"):
        return csv_text(list(rows), zip(*rows.values()) if isinstance(rows, Mapping) else _plain(rows))
    frame = _frame(rows)
    match target.suffix:
        case ".parquet":
            return lambda path: _write_parquet(frame, path)
        case ".xlsx":
            _refuse_too_many(len(frame), target)
            return lambda path: _write_workbook(frame, path, sheet)
        case _:
            return _json(frame)


def _refuse_too_many(rows: int, target: Path) -> None:
    if target.suffix == ".xlsx" and rows > MOST_ROWS:
        message = f"{rows:,} rows are more than a workbook has ({MOST_ROWS:,})"
        raise UsageError(Diagnostic("SEG0607", message, help="end the name in .csv or .parquet"))


def _moved(written: Path) -> Content:
    """What an engine wrote in its folder."""

    def content(path: Path) -> None:
        shutil.copyfile(written, path)
        written.unlink()

    return content


def csv_text(heads: Sequence[object], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 text; booleans as true and false, unknown (None) as empty, formulas escaped for spreadsheets."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow([values.for_a_spreadsheet(str(head)) for head in heads])
    lines.writerows([v if type(v) is str and v[:1] not in values.FORMULA else _cell(v) for v in row] for row in rows)
    return text.getvalue().encode("utf-8", "surrogatepass")


def _plain(frame: pd.DataFrame) -> Iterable[Sequence[object]]:
    """The rows of a frame with None for what is missing."""
    return frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None)


def _frame(rows: pd.DataFrame | Columns) -> pd.DataFrame:
    """A frame with its cells as they are: whole numbers beside a missing one would become doubles."""
    import pandas as pd

    if not isinstance(rows, Mapping):
        return rows
    return pd.DataFrame({name: pd.Series([*column], dtype=object) for name, column in rows.items()})


def _cell(value: object) -> object:
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "true" if value else "false"
    return values.for_a_spreadsheet(value) if isinstance(value, str) else value


def _json(frame: pd.DataFrame) -> bytes:
    """A list with an object for each row; amounts as numbers, days and times in ISO 8601, unknown as null."""
    plain = frame.astype(object).where(frame.notna(), None)
    rows = [{str(name): values.in_json(v) for name, v in row.items()} for row in plain.to_dict("records")]
    return (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "surrogatepass")


_IN_TITLE = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))  # signs that no name of a sheet has
_LONGEST_TITLE = 31
_FORMATS = {Decimal: "#,##0.00", dt.datetime: "yyyy-mm-dd hh:mm", dt.date: "yyyy-mm-dd"}


def _write_workbook(frame: pd.DataFrame, path: Path, title: str) -> None:
    """One sheet: texts as texts, so that none is run as a formula; a frozen header with filters, and widths that fit.

    The same rows give the same bytes: no time of the clock is in them.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.writer.excel import ExcelWriter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(printable(title).translate(_IN_TITLE)[:_LONGEST_TITLE].strip() or SHEET)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(frame.columns))}{len(frame) + 1}"
    for i, name in enumerate(frame.columns, 1):
        longest = int(frame[name].astype(str).str.len().fillna(0).max()) if len(frame) else 0
        sheet.column_dimensions[get_column_letter(i)].width = min(max(longest, len(str(name))) + 2, _WIDEST)

    def written(value: object, bold: bool = False) -> WriteOnlyCell:
        cell = WriteOnlyCell(sheet, value=_text(value) if isinstance(value, str) else value)
        if isinstance(value, str):
            cell.data_type = "s"
        if (form := _FORMATS.get(type(value))) is not None:
            cell.number_format = form
        if bold:
            cell.font = Font(bold=True)
        return cell

    sheet.append([written(str(name), bold=True) for name in frame.columns])
    plain = frame.astype(object).where(frame.notna(), None)
    for row in plain.itertuples(index=False):
        sheet.append([written(_in_a_workbook(v)) for v in row])
    book.properties.created = book.properties.modified = dt.datetime(*_UNDATED)
    ExcelWriter(book, _Undated(path, "w", zipfile.ZIP_DEFLATED)).save()


_UNDATED = (1980, 1, 1, 0, 0, 0)  # the first time that a zip file can say


class _Undated(zipfile.ZipFile):
    """A zip file whose members all have the same time."""

    def writestr(self, zinfo_or_arcname: Any, data: Any, compress_type: Any = None, compresslevel: Any = None) -> None:
        super().writestr(zipfile.ZipInfo(zinfo_or_arcname, _UNDATED), data, zipfile.ZIP_DEFLATED)

    def write(self, filename: Any, arcname: Any = None, compress_type: Any = None, compresslevel: Any = None) -> None:
        member = zipfile.ZipInfo(arcname, _UNDATED)
        member.compress_type, member.file_size = zipfile.ZIP_DEFLATED, os.path.getsize(filename)
        with open(filename, "rb") as source, self.open(member, "w") as target:
            shutil.copyfileobj(source, target)


def _text(text: str) -> str:
    """A text as a workbook can hold it: its lines and tabs stay, other control characters are spelt out."""
    return "\t".join(map(printable_lines, text.replace("\r\n", "\n").split("\t")))


def _in_a_workbook(value: object) -> object:
    """A value as a spreadsheet keeps it: a key with more digits than its numbers have is a text."""
    if type(value).__name__ == "bool":
        return bool(value)
    is_long = isinstance(value, int) and abs(value) >= 10**_MOST_DIGITS
    is_longer = isinstance(value, Decimal) and len(value.as_tuple().digits) > _MOST_DIGITS
    return f"{value:f}" if is_longer else str(value) if is_long else value


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    import duckdb

    con = duckdb.connect()
    try:
        con.register("frame", frame)
        con.execute("COPY frame TO '" + str(path).replace("'", "''") + "' (FORMAT parquet, USE_TMP_FILE false)")
    except duckdb.Error as error:
        raise OSError(str(error).partition("\n")[0]) from error
    finally:
        con.close()
