"""Cells that DuckDB writes, against those that Python writes."""

from __future__ import annotations

import csv
import io
import unicodedata

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segdsl.run import csv_text
from segdsl.words import values

SIGNS = "=+-@\t\r\n\x0b ._eE0123456789infatyNAN,\"'#\\;|\u0663\u00a0\u2028\u3000\uff11\u00b2"
ODD = ["-1", "+1e5", "-1_000", "-_1", "-1_", "- 1", "-inf", "-Infinity", "+nan", "-nano", "-.5", "-5.", "-.", "-1e", "-1e-3", "\t-1", "\t=1", "-1\u00a0", "-\u0663", "+\uff11.\u0663", "-\u00b2", "@x", "#1", "a#", "a,b", 'a"b', "a\nb", "a\rb", "\r1", "NULL", "", " x "]  # fmt: skip


def written(texts: list[str]) -> bytes:
    """By Python, in quotes where Python 3.13 would set them."""
    file = io.StringIO()
    rows = [["key", "n"], *([values.for_a_spreadsheet(t), "1"] for t in texts)]
    for row in rows:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(row)
        cell = row[0]
        file.write(f'"{cell}",1\n' if "\r" in cell and not line.getvalue().startswith('"') else line.getvalue())
    return file.getvalue().encode()


def by_duckdb(texts: list[str], folder: str) -> bytes:
    path = f"{folder}/x.csv"
    with duckdb.connect() as con:
        con.execute("CREATE TABLE t (place INTEGER, key VARCHAR, n INTEGER)")
        con.execute("INSERT INTO t SELECT unnest(range(len($1))), unnest($1::VARCHAR[]), 1", [texts])
        con.execute(f"COPY ({csv_text.lines('t', ['key', 'n'], {'key'}, 'place')}) TO '{path}' ({csv_text.OPTIONS})")
    with open(path, "rb") as file:
        return file.read()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("csv"))


@given(st.lists(st.text(SIGNS, max_size=8) | st.text(max_size=4), max_size=30))
def test_any_text_is_written_as_python_writes_it(folder: str, texts: list[str]) -> None:
    kept = [t for t in texts if "\0" not in t]
    assert by_duckdb([*kept, *ODD], folder) == written([*kept, *ODD])


@pytest.mark.slow
def test_every_sign_of_numbers_is_read_as_python_reads_it(folder: str) -> None:
    """But for signs that Python's Unicode doesn't have yet."""
    signs = [chr(c) for c in range(1, 0x11000) if unicodedata.category(chr(c)) not in ("Cn", "Cs")]
    texts = [f"-{s}" for s in signs] + [f"\t{s}1" for s in signs]
    assert by_duckdb(texts, folder) == written(texts)
