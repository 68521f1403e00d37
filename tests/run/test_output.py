"""Files that `run` writes, by their ending; and texts that aren't written under the name of another kind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from segdsl.run import output
from tests.support.cli import call

MODEL = """
entity a { id: text key  n: integer }
segment big of a { when n > 1 }
segmentation g of a { segment busy { when n > 1 } undecided open otherwise rest }
"""


def workspace(folder: Path) -> Path:
    (folder / "a.csv").write_text("id,n\n=1+1,1\nx,2\ny,\n", encoding="utf-8")
    (folder / "m.seg").write_text(MODEL, encoding="utf-8")
    (folder / "segdsl.toml").write_text('[sources.default.tables]\na = "a.csv"\n', encoding="utf-8")
    return folder


def test_a_workbook_has_types_a_frozen_header_and_no_formula(tmp_path: Path) -> None:
    result = call("run", "--as-of", "2026-11-01", "-o", "list.xlsx", cwd=workspace(tmp_path))
    assert result.exit_code == 0, result.output
    sheet = openpyxl.load_workbook(tmp_path / "list.xlsx")["assignments"]
    rows = list(sheet.values)
    assert rows[0] == ("entity_id", "g", "g_status", "big")
    assert rows[1:] == [
        ("=1+1", "rest", "assigned", False),
        ("x", "busy", "assigned", True),
        ("y", "open", "assigned", None),
    ]
    assert sheet["A2"].data_type == "s"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == sheet.dimensions
    assert sheet.column_dimensions["A"].width >= len("entity_id")


def test_whole_numbers_beside_a_missing_one_stay_whole(tmp_path: Path) -> None:
    """As doubles, two customers' numbers would be the same."""
    (workspace(tmp_path) / "a.csv").write_text("id,n\nx,100000000000000001\ny,\nz,0\n", encoding="utf-8")
    result = call("list", 'id != ""', "--with", "n", "--as-of", "2026-11-01", "-o", "list.csv", cwd=tmp_path)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "list.csv").read_text(encoding="utf-8") == "id,n\nx,100000000000000001\ny,\nz,0\n"


def test_more_rows_than_a_workbook_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "MOST_ROWS", 2)
    refused = call("run", "--as-of", "2026-11-01", "-o", "list.xlsx", cwd=workspace(tmp_path))
    assert (refused.exit_code, "3 rows are more than a workbook has (2)" in refused.output) == (2, True)
    assert not list(tmp_path.glob("*.xlsx*"))


def test_a_text_is_not_written_under_the_name_of_a_workbook(tmp_path: Path) -> None:
    refused = call("check", "--output", "findings.xlsx", cwd=workspace(tmp_path))
    assert refused.exit_code == 2
    assert "end it in .txt, .md, .html or .json" in refused.output
    assert not (tmp_path / "findings.xlsx").exists()


def test_long_keys_stay_as_they_are_in_a_workbook(tmp_path: Path) -> None:
    workspace(tmp_path)
    (tmp_path / "a.csv").write_text("id,n\n1234567890123456789,1\n7,2\n", encoding="utf-8")
    (tmp_path / "m.seg").write_text(MODEL.replace("id: text", "id: integer"), encoding="utf-8")
    assert call("run", "--as-of", "2026-11-01", "-o", "list.xlsx", cwd=tmp_path).exit_code == 0
    rows = list(openpyxl.load_workbook(tmp_path / "list.xlsx")["assignments"].values)
    assert [row[0] for row in rows[1:]] == [7, "1234567890123456789"]


SEEN = """
import sys
from segdsl.cli import main
try:
    main()
except SystemExit:
    print(sorted({"pandas", "pyarrow", "scipy"} & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_no_frame_is_made_on_the_way_to_a_table(tmp_path: Path, kind: str) -> None:
    """Nor in a second run, which says who moved."""
    workspace(tmp_path)
    for n in "12":
        (tmp_path / "a.csv").write_text(f"id,n\nx,{n}\ny,\n", encoding="utf-8")
        arguments = ["run", "--as-of", f"2026-11-0{n}", "-o", f"list.{kind}"]
        done = subprocess.run(
            [sys.executable, "-c", SEEN, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
        )
        assert done.stderr.splitlines()[-1] == "[]", done.stderr
