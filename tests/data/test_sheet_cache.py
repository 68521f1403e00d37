"""Sheets kept for the next command: the same answers, at once; and no answer from what somebody else put there."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pytest

from segdsl.data import sheet_cache, workbook
from segdsl.data.files import TextFile
from segdsl.data.sheet_cache import folder_of
from segdsl.data.workbook import Book
from segdsl.draft.exports import look_at
from segdsl.workspace.config import TableSource
from tests.support.cli import call

pytestmark = pytest.mark.slow

MODEL = "entity a { id: text key  n: integer }"
TOML = '[sources.default.tables]\na = { path = "a.xlsx" }\n'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sheet_cache, "LEAST_BYTES", 0)
    for name, text in {"m.seg": MODEL, "segdsl.toml": TOML}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    _write(tmp_path / "a.xlsx", [["id", "n"], ["x", 1], ["y", 2]])
    return tmp_path


def _write(path: Path, rows: list[list[object]]) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


def _taken(root: Path, condition: str = "n >= 2") -> str:
    printed = call("try", condition, cwd=root)
    return printed.output.partition(" ")[0] if printed.exit_code == 0 else printed.output


def _entry(root: Path) -> Path:
    (entry,) = folder_of(root).glob("*.csv")
    return entry


def _plant(entry: Path) -> None:
    """An entry that says there are three customers of 2, as one who wants another answer would write it."""
    text = b"id,n\nx,2\ny,2\nz,2\n"
    said, _, _ = entry.read_bytes().partition(b"\n")
    entry.write_bytes(text)
    entry.write_bytes(json.dumps(json.loads(said) | {"sha256": sheet_cache._digest(entry)}).encode() + b"\n" + text)


def test_a_sheet_is_read_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = call("data", "check", cwd=root).output
    monkeypatch.setattr(workbook, "open_workbook", lambda path: pytest.fail("it was read again"))
    assert call("data", "check", cwd=root).output == first
    assert _taken(root) == "1"


def test_an_entry_can_change_an_answer(root: Path) -> None:
    """So that the tests below can fail."""
    assert _taken(root) == "1"
    _plant(_entry(root))
    assert _taken(root) == "3"


def test_another_workbook_is_read(root: Path) -> None:
    assert _taken(root) == "1"
    _write(root / "a.xlsx", [["id", "n"], ["x", 2], ["y", 2]])
    assert _taken(root) == "2"


@pytest.mark.parametrize("how", ["tracked", "a link", "a linked folder"])
def test_an_entry_that_a_checkout_may_have_brought_is_not_read(root: Path, how: str) -> None:
    assert _taken(root) == "1"
    entry = _entry(root)
    _plant(entry)
    match how:
        case "tracked":
            for arguments in (["init", "-q"], ["add", "-f", str(entry)]):
                subprocess.run(["git", *arguments], cwd=root, check=True)
        case "a link":
            shutil.move(entry, root / "elsewhere")
            entry.symlink_to(root / "elsewhere")
        case _:
            shutil.move(entry.parent, root / "elsewhere")
            entry.parent.symlink_to(root / "elsewhere")
    before = entry.read_bytes()
    assert _taken(root) == "1"
    assert entry.read_bytes() == before, "and it is not written over"


def test_a_damaged_entry_is_not_read(root: Path) -> None:
    assert _taken(root) == "1"
    for damage in (b"", b"{}\n", b"[1]\nid,n\n", _entry(root).read_bytes()[:-2], b"\xff\n"):
        _entry(root).write_bytes(damage)
        assert _taken(root) == "1"


def test_a_workbook_saved_while_it_is_read_is_not_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, numbers = workbook._read_sheet, itertools.count()

    def and_saved(book: Book, source: TableSource, wanted: Sequence[str], target: Path) -> tuple[TextFile, bool]:
        result = read(book, source, wanted, target)
        _write(book.path, [["id", "n"], ["z", next(numbers)]])
        return result

    monkeypatch.setattr(workbook, "_read_sheet", and_saved)
    assert "it changed while it was read" in _taken(root)
    assert list(folder_of(root).glob("*.csv")) == []


def test_the_folder_is_bounded_and_git_ignores_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _taken(root) == "1"
    monkeypatch.setattr(sheet_cache, "MOST_BYTES", _entry(root).stat().st_size + 10)
    for n in (3, 4, 5):
        _write(root / "a.xlsx", [["id", "n"], ["x", n]])
        assert _taken(root) == "1"
    assert len(list(folder_of(root).glob("*.csv"))) == 1
    assert (folder_of(root) / ".gitignore").read_text() == "*\n"


def test_other_columns_are_looked_for_in_the_workbook(root: Path, tmp_path: Path) -> None:
    """What was kept without any wanted column doesn't hide that the header stands further down."""
    _write(root / "a.xlsx", [["Report", "of"], ["id", "n"], ["x", 1]])
    kept = folder_of(root)
    aside = tmp_path / "aside"
    aside.mkdir()
    with workbook.Book(root / "a.xlsx", aside) as book:
        workbook.text_of(book, TableSource("a.xlsx"), [], kept)
    assert "skip_rows = 1" in call("try", "n > 0", cwd=root).output


def test_a_sheet_is_parsed_once_for_a_draft(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening a workbook, its survey and its rows take all the time that a first reading takes."""
    calls = dict.fromkeys(("open_workbook", "survey_sheet", "rows_of"), 0)

    def counted(name: str) -> Callable[..., object]:
        function = getattr(workbook, name)

        def counting(*given: object) -> object:
            calls[name] += 1
            return function(*given)

        return counting

    for name in calls:
        monkeypatch.setattr(workbook, name, counted(name))
    _write(
        root / "a.xlsx",
        [["Report"], ["id", "n", "day"], *([f"k{i}", i, dt.datetime(2026, 1, 1)] for i in range(2_500))],
    )
    (tmp_path / "aside").mkdir()
    with duckdb.connect() as con:
        (profile,) = look_at(con, [root / "a.xlsx"], tmp_path / "aside").profiles
    assert (profile.rows, profile.source.skip_rows) == (2_500, 1)
    assert calls == {"open_workbook": 1, "survey_sheet": 1, "rows_of": 1}
