"""Cells as they come -> values by declared type: a table for text, one for columns that have a type already."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from segdsl.engines.duckdb import DuckDB
from segdsl.workspace import Formats, SourceConfig
from tests.conftest import model_of

FIELDS = {
    "integer": "integer", "percent": "integer from 0 to 100", "number": "number", "usd": "money(USD)", "jpy": "money(JPY)", "kwd": "money(KWD)",
    "real": "real", "boolean": "boolean", "date": "date", "timestamp": "timestamp", "enum": 'one of ("a b", "c")', "set": "set of text", "text": "text",
}  # fmt: skip
U = dt.datetime.fromisoformat
TEXT = [
    ("integer", "12", 12), ("integer", " 12 ", 12), ("integer", "-7", -7), ("integer", "12.0", 12), ("integer", "12.5", None),
    ("integer", "0x1F", None), ("integer", "1e3", None), ("integer", "1,000", None), ("integer", "9223372036854775808", None), ("integer", "", None),
    ("percent", "100", 100), ("percent", "101", None), ("percent", "-1", None),
    ("number", "0.1", 100_000_000), ("number", "1e400", None), ("number", ".5", 500_000_000), ("number", "12.", 12 * 10**9), ("number", "0.1234567894", 123_456_789),
    ("usd", "50000", 5_000_000), ("usd", "0.29", 29), ("usd", "0.125", 12), ("usd", "0.135", 14), ("usd", "-0.125", -12), ("usd", "-0.135", -14),
    ("usd", "$5", None), ("usd", "1.005", 100), ("usd", "1.015", 102), ("jpy", "7", 7), ("jpy", "7.5", 8), ("jpy", "6.5", 6), ("kwd", "1.2345", 1234), ("kwd", "1.2355", 1236),
    ("real", "1e3", 1000.0), ("real", "1e400", None), ("real", "nan", None), ("real", "-.5", -0.5),
    ("boolean", "TRUE", True), ("boolean", "Yes", True), ("boolean", "n", False), ("boolean", "0", False), ("boolean", "maybe", None),
    ("date", "2026-11-01", dt.date(2026, 11, 1)), ("date", "2026-02-30", None), ("date", "01/11/2026", None), ("date", "2026-11-01 00:00:00", dt.date(2026, 11, 1)),
    ("date", "2026-11-01 10:00:00", None), ("date", "9999-12-31", None),
    ("timestamp", "2026-11-01T09:30", U("2026-11-01T08:30")), ("timestamp", "2026-11-01 09:30:15.25", U("2026-11-01T08:30:15.250")),
    ("timestamp", "2026-11-01T09:30:00Z", U("2026-11-01T09:30")), ("timestamp", "2026-11-01 09:30:00+02:00", U("2026-11-01T07:30")), ("timestamp", "2026-11-01", U("2026-10-31T23:00")),
    ("timestamp", "1 Nov 2026", None),
    ("enum", " a b ", "a b"), ("enum", "d", None), ("set", "b; a;;b", ["a", "b"]), ("set", "a b", ["a b"]),
    ("text", " as is ", " as is "), ("text", "NA", None), ("text", "  ", None), ("text", "=1+1", "=1+1"), ("text", "é\u202e", "é\u202e"),
]  # fmt: skip
NAN = float("nan")
TYPED = [
    ("integer", [12, 13], [12, 13]), ("integer", [12.0, NAN], [12, None]), ("integer", [12.5, 3.0], [None, 3]),
    ("usd", [0.29, 1.125], [29, 112]), ("usd", [3, 4], [300, 400]), ("number", [0.1, NAN], [100_000_000, None]),
    ("real", [0.1, float("inf")], [0.1, None]), ("boolean", [True, False], [True, False]), ("boolean", [1, 0], [True, False]),
    ("date", [dt.date(2026, 11, 1), None], [dt.date(2026, 11, 1), None]), ("date", [U("2026-11-01"), U("2026-11-01T01:00")], [dt.date(2026, 11, 1), None]),
    ("timestamp", [U("2026-11-01T09:30"), None], [U("2026-11-01T08:30"), None]), ("text", [7, 8], ["7", "8"]), ("text", [7.0, NAN], ["7", None]),
    ("enum", ["c", "x"], ["c", None]), ("set", [["b", "a", "b"], None], [["a", "b"], None]),
]  # fmt: skip


def attached(kind: str, values: list[object]) -> DuckDB:
    """One column of frame data, in a source whose clocks run an hour ahead of UTC."""
    model = model_of(f"entity row {{ id: integer key  cell: {FIELDS[kind]} }}")
    frame = pd.DataFrame({"id": range(len(values)), "cell": values})
    source = SourceConfig(timezone="Etc/GMT-1", formats=Formats(missing=("NA",)))
    return DuckDB.attach(model.schema, {"row": {"id", "cell"}}, source, Path(), {"row": frame})


def read(kind: str, values: list[object]) -> list[object]:
    rows = attached(kind, values).con.execute("SELECT cell FROM row ORDER BY id").fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize(("kind", "written", "value"), TEXT, ids=lambda x: repr(x))
def test_text(kind: str, written: str, value: object) -> None:
    assert read(kind, [written, None]) == [value, None]


@pytest.mark.parametrize(("kind", "written", "values"), TYPED, ids=lambda x: repr(x))
def test_typed_columns(kind: str, written: list[object], values: list[object]) -> None:
    assert read(kind, written) == values


def test_what_cannot_be_read_is_counted_with_examples() -> None:
    (report,) = attached("date", ["2026-11-01", "soon", "", None, "31/12/2026", "soon"]).report(["row"])
    column = next(c for c in report.columns if c.name == "cell")
    assert (report.rows, column.missing, column.unreadable, column.examples) == (6, 5, 3, ("31/12/2026", "soon"))


def test_examples_of_personal_fields_are_not_shown() -> None:
    model = model_of("entity row { id: integer key  cell: date personal }")
    frame = pd.DataFrame({"id": [1], "cell": ["born 1970"]})
    (report,) = DuckDB.attach(model.schema, {"row": {"cell"}}, SourceConfig(), Path(), {"row": frame}).report(["row"])
    assert [(c.unreadable, c.examples) for c in report.columns if c.name == "cell"] == [(1, ())]
