"""Workbooks as people open them: by a spreadsheet library, and by LibreOffice, which reads a workbook anew and shows its cells.

Texts that a spreadsheet could take for something else arrive as they are, in what an export and `segdsl list` write.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.support.cli import call

pytestmark = pytest.mark.slow

RULES = """
entity account {
  id: text key  name: text  renewal_date: date  arr: money(EUR)  seen_at: timestamp  seats: integer  ratio: number
}
segment all_of_them of account { when id is not missing play letter }
play letter "A letter" { channel: "post"  merge name, renewal_date, arr, seen_at, seats, ratio  message "Dear {{ name }}" }
"""
TOML = """[workspace]
name = "t"
timezone = "Europe/Berlin"
[sources.default.tables]
account = "accounts.csv"
[destinations.sheets]
kind = "files"
folder = "out"
format = "xlsx"
"""
FIELDS = ("name", "renewal_date", "arr", "seen_at", "seats", "ratio")
NAMES = {
    "equals": '=HYPERLINK("http://x.example","click")',
    "plus": "+49 30 1234",
    "minus": "-2+3",
    "at": "@SUM(A1)",
    "zeros": "00123",
    "digits": "123456789012345678",
    "exponent": "1e5",
    "date": "1-2",
    "truth": "TRUE",
    "umlauts": "Zoë Müller-Łódź & Söhne 😀",
    "lines": "one\ntwo, and\n\nfour",
    "tab": "one\ttwo",
    "quotes": 'a "quoted", text; 100%',
    "blanks": "  two before, two after  ",
    "apostrophe": "'quoted",
    "markup": "<b>&amp;</b>",
}  # fmt: skip
OTHERS = (dt.datetime(2026, 12, 1), 1234.5, dt.datetime(2026, 10, 1, 22, 30), 7, 0.25)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same customers as an export's file and as a list's."""
    folder = tmp_path_factory.mktemp("sheets")
    (folder / "rules.seg").write_text(RULES, encoding="utf-8")
    (folder / "segdsl.toml").write_text(TOML, encoding="utf-8")
    with (folder / "accounts.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("id", *FIELDS))
        rows.writerows(
            (key, name, "2026-12-01", "1234.50", "2026-10-01T20:30:00Z", 7, 0.25) for key, name in NAMES.items()
        )
    shown = ("--with", f"id, {', '.join(FIELDS)}")
    for command in (
        ("export", "letter", "--to", "sheets", "--as-of", "2026-11-01"),
        ("list", "all_of_them", *shown, "-o", "list.xlsx", "--as-of", "2026-11-01"),
    ):
        result = call(*command, cwd=folder)
        assert result.exit_code == 0, result.output
    return {"export": folder / "out/letter.xlsx", "list": folder / "list.xlsx"}


BOTH = pytest.mark.parametrize("made_by", ["export", "list"])


@BOTH
def test_a_spreadsheet_library_reads_each_cell_as_it_is(written: dict[str, Path], made_by: str) -> None:
    header, *rows = openpyxl.load_workbook(written[made_by]).active.iter_rows()
    columns = [cell.value for cell in header]
    key = columns.index("customer" if made_by == "export" else "id")
    first = columns.index("name")
    assert columns[first : first + len(FIELDS)] == [*FIELDS]
    assert {row[key].value: row[first].value for row in rows} == NAMES
    for row in rows:
        assert row[first].data_type == "s", "a text is no formula"
        assert tuple(cell.value for cell in row[first + 1 : first + len(FIELDS)]) == OTHERS
    if made_by == "export":
        assert {row[key].value: row[columns.index("message")].value for row in rows} == {
            k: f"Dear {n}" for k, n in NAMES.items()
        }


@BOTH
def test_libreoffice_shows_each_cell_as_it_is(
    written: dict[str, Path], made_by: str, libreoffice: Callable[[Path], list[list[str]]]
) -> None:
    header, *rows = libreoffice(written[made_by])
    key, first = header.index("customer" if made_by == "export" else "id"), header.index("name")
    assert {row[key]: row[first] for row in rows} == NAMES
    shown = {tuple(row[first + 1 : first + len(FIELDS)]) for row in rows}
    assert shown == {("2026-12-01", "1,234.50", "2026-10-01 22:30", "7", "0.25")}
