"""Tables most of whose rows can't count for anybody: `try` says so, how many of how many rows, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import call

MODEL = """entity a { id: text key  arr: number }
table ev of a by who at t: date { who: text  t: date }
"""
KNOWN = "x,2025-01-02\nx,2025-03-04\ny,2025-01-05\n"
ABSENT = "most of the 5 rows of `ev` are in no count: 3 rows whose who is no a, such as `Q`, `R`, `X`"
SEVERAL = "2 of the 5 rows of `ev` are in no count: 2 rows whose who holds several ids, such as `x; y`, `y;gone`"
CASES = [
    ("count(ev) > 0", f"{KNOWN}", "2025-06-01", "", ""),
    ("count(ev) > 0", f"{KNOWN}X,2025-01-02\nQ,2025-01-02\n", "2025-06-01", "", ""),  # 2 of 5 aren't most
    ("count(ev) > 0", "x,2025-01-02\ny,2025-01-02\nX,2025-01-02\nQ,2025-01-03\nR,2025-01-03\n", "2025-06-01", ABSENT, "1 of them differs"),
    ("arr > 1", "X,2025-01-02\nQ,2025-01-03\n", "2025-06-01", "", ""),  # not asked about
    ("count(ev) > 0", KNOWN, "2025-01-01", "3 rows lie after as-of, the latest of 4 Mar 2025", "--as-of 2025-03-05"),
    ("count(ev) > 0", KNOWN, "2025-01-03", "2 rows lie after as-of, the latest of 4 Mar 2025", "as in `known at booked_at`"),
    ("arr > 1", KNOWN, "2025-01-03", "", ""),
    ("count(ev) > 0", f"{KNOWN}x; y,2025-01-02\ny;gone,2025-01-02\n", "2025-06-01", SEVERAL, "export one row for each a"),
    ("count(ev) > 0", f"{KNOWN}no;one,2025-01-02\n", "2025-06-01", "", ""),
    ("count(ev) > 0", "x,2025-01-02\n,2025-01-02\n,2025-01-05\n", "2025-06-01", "of the 3 rows of `ev` are in no count: 2 cells of who", "data check"),
    ("count(ev) > 0", "x,2025-01-02\ny,soon\n y,later\n", "2025-06-01", "2 cells of t unreadable, kept as missing, such as `later`, `soon`", ""),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "events", "as_of", "message", "help"), CASES)
def test_most_rows_in_no_count(
    condition: str, events: str, as_of: str, message: str, help: str, tmp_path: Path
) -> None:
    toml = '[sources.default.tables]\na = "a.csv"\nev = "ev.csv"\n'
    files = {"m.seg": MODEL, "a.csv": "id,arr\nx,2\ny,\n", "ev.csv": f"who,t\n{events}", "segdsl.toml": toml}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    said = call("try", condition, "--as-of", as_of, cwd=tmp_path)
    assert said.exit_code == 0, said.output
    assert said.output.count("SEG0725") == bool(message), said.output
    assert message in said.output and help in said.output, said.output
