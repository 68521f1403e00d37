"""Cells that stand as the engine writes a value are read by a cast: which ones, and that patterns read them in the same way."""

from __future__ import annotations

import random
from typing import Any

import duckdb
import pandas as pd
import pytest

from segdsl.data.cells import Reader, chain
from segdsl.data.relations import read_query
from segdsl.workspace.config import NUMBER_FORMATS, Formats
from tests.support.answers import model_of
from tests.support.cells import FIELDS, attached

pytestmark = pytest.mark.slow

GERMAN, PLAIN = Formats(number="1.234,56", date="DD.MM.YYYY"), Formats()
BY_CAST = [
    ("integer", PLAIN, ["12", "-7", "0", "9223372036854775807"], ["012", "+7", "12.0", " 12", "1e3", "9223372036854775808", "-0"]),
    ("usd", PLAIN, ["12.34", "12.3", "12", "-0.50", "12."], ["12.345", "12.340", "$12", ".5", "-0", "1,200"]),
    ("usd", GERMAN, ["12", "-1200"], ["12.34", "12,34", "1.200"]),
    ("number", PLAIN, ["0.123456789", "999999999.5"], ["0.1234567891", "9999999999.5", "85%", "1e3"]),
    ("real", PLAIN, ["0.1", "12", "1e+20", "-2.5"], ["nan", "inf", "1e400", "50%", ".5"]),
    ("date", PLAIN, ["2026-11-01"], ["2026-02-30", "2026-11-1", "9999-12-31", "1 Nov 2026", "infinity"]),
    ("date", GERMAN, ["01.11.2026"], ["1.11.2026", "31.02.2026", "2026-11-01"]),
    ("timestamp", PLAIN, ["2026-11-01 09:30:15", "2026-11-01T09:30:15", "2026-11-01T09:30:15Z", "2026-11-01", "2026-11-01 09:30:15.25"], ["2026-11-01 09:30:15+02:00", "2026-11-01 24:00:00", "infinity", "epoch", "8999-12-31 23:00:00"]),
    ("timestamp", GERMAN, ["01.11.2026", "01.11.2026 09:30", "01.11.2026 09:30:15"], ["01.11.2026 9:30"]),
    ("enum", PLAIN, ["c", "a b"], ["C", " c"]),
    ("integer", Formats(missing=("-1",)), ["1"], ["-1"]),
]  # fmt: skip


def columns_of(kind: str, formats: Formats, cells: list[str], last: str) -> list[tuple[Any, ...]]:
    """Of each cell, in a column of text: a step by name, or the value with what is odd about it."""
    field = model_of(f"entity row {{ id: integer key  cell: {FIELDS[kind]} }}").schema.relations["row"].fields["cell"]
    cell = Reader(formats, "Etc/GMT-1").cell("raw", "VARCHAR", field, field.type)
    relation = model_of("entity row { id: integer key }").schema.relations["row"]
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.register("rows", pd.DataFrame({"raw": pd.Series(cells, dtype=object)}))
        con.execute("CREATE TABLE t AS SELECT CAST(raw AS VARCHAR) AS raw FROM rows")
        given = f'SELECT {cell.steps[0][1]} AS "{cell.steps[0][0]} cell" FROM t'
        step = f'SELECT "{last} cell" FROM ({chain({"cell": cell}, given)})'
        return con.execute(step if last else read_query(relation, {"cell": cell}, "t")).fetchall()


@pytest.mark.parametrize(("kind", "formats", "by_cast", "by_pattern"), BY_CAST)
def test_which_cells_are_read_by_a_cast(kind: str, formats: Formats, by_cast: list[str], by_pattern: list[str]) -> None:
    plain = columns_of(kind, formats, by_cast + by_pattern, "plain")
    assert [value is not None for (value,) in plain] == [True] * len(by_cast) + [False] * len(by_pattern)


def written(draw: random.Random) -> str:
    """Something like a number, a day or a time, often nearly in plain notation."""
    digits = "".join(draw.choice("0123456789") for _ in range(draw.randint(1, 20)))
    y, m, d = draw.choice([999, 1000, 2026, 8999, 9999]), draw.randint(0, 13), draw.randint(0, 31)
    clock = f"{draw.randint(0, 24):02}:{draw.randint(0, 60):02}"
    texts = [
        draw.choice(["", "-", "+"]) + digits[:6], f"-{digits}", f"{digits[:5]}.{digits[5:]}", f"{digits[:2]}.{digits[2:5]}", f"{float(digits[:17])!r}",
        f"{y:04}-{m:02}-{d:02}", f"{d:02}.{m:02}.{y}", f"{m:02}/{d:02}/{y % 100:02}", f"{y:04}-{m:02}-{d:02} {clock}:00", f"{y:04}-{m:02}-{d:02}T{clock}:07Z",
        f"{d:02}.{m:02}.{y} {clock}", "".join(draw.choice("0123456789.,eE-+% :") for _ in range(draw.randint(1, 8))).strip() or "0",
        draw.choice(["c", "a b", "NA", "nan", "inf", "infinity", "epoch", "yes", "0", "~", "1_000"]),
    ]  # fmt: skip
    return draw.choice(texts)


FORMATS = [PLAIN, Formats(missing=("NA", "0", "c", "2026-11-01")), *(Formats(number=f) for f in NUMBER_FORMATS)]
DATES = [PLAIN, *(Formats(date=f) for f in ("DD.MM.YYYY", "MM/DD/YY", "YYYY-DD-MM", "D Mon YYYY", "excel", "unix"))]


@pytest.mark.parametrize("kind", FIELDS)
def test_a_cast_reads_what_patterns_read(kind: str) -> None:
    """With a blank in front no cell is as the engine writes it, so that patterns read it; it means the same."""
    draw = random.Random(kind)
    for formats in DATES if kind in ("date", "timestamp") else FORMATS:
        cells = [written(draw) for _ in range(400)]
        bare, after_blank = (columns_of(kind, formats, c, "") for c in (cells, [f"\t{c}" for c in cells]))
        if kind == "text":  # where blanks stay
            after_blank = [(value and value[1:], odd and odd[1:]) for value, odd in after_blank]
        assert list(zip(cells, bare)) == list(zip(cells, after_blank)), formats


def test_an_empty_cell_decides_nothing_about_points() -> None:
    """1.500 in all cells that have something is asked for, whatever others lack."""
    from segdsl.data.files import DataError

    with pytest.raises(DataError, match="how are numbers written"):
        attached("number", ["1.500", None, "", "2.250"], PLAIN)
