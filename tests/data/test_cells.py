"""Cells as they come -> values by declared type: a table for text, one for columns that have a type already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlglot import select

from segdsl.data.files import DataError
from segdsl.workspace.config import Formats
from tests.support.answers import clock_at, model_of
from tests.support.cells import NA, attached, attached_to
from tests.support.cli import call

pytestmark = pytest.mark.slow

U = dt.datetime.fromisoformat
TEXT = [
    ("integer", "12", 12), ("integer", " 12 ", 12), ("integer", "-7", -7), ("integer", "12.0", 12), ("integer", "12.5", None),
    ("integer", "0x1F", None), ("integer", "1e3", 1000), ("integer", "1.2E+06", 1_200_000), ("integer", "1.5E+00", None), ("integer", "1E+19", None), ("integer", "-2E2", -200), ("integer", "1E+100", None), ("integer", "12.00", 12), ("integer", "9223372036854775808", None), ("integer", "", None),
    ("percent", "100", 100), ("percent", "101", None), ("percent", "-1", None),
    ("number", "0.1", 100_000_000), ("number", "1e400", None), ("number", "1E-9", 1), ("number", "1.10E-9", None), ("number", "1.5e-03", 1_500_000), ("number", "9.99999999999999E+17", 999_999_999_999_999_000 * 10**9), ("usd", "1.2345E+02", 12_345), ("usd", "1.23456E+02", 12_346), ("usd", "1.2E+06", 120_000_000), ("number", ".5", 500_000_000), ("number", "12.", 12 * 10**9), ("number", "0.1234567894", 123_456_789),
    ("usd", "50000", 5_000_000), ("usd", "0.29", 29), ("usd", "0.125", 12), ("usd", "0.135", 14), ("usd", "-0.125", -12), ("usd", "-0.135", -14),
    ("usd", "$5", 500), ("usd", "USD 5", 500), ("usd", "US$5.10", 510), ("usd", "€5", None), ("usd", "5 €", None), ("usd", "-$5", -500), ("usd", "$-5", -500), ("usd", "(12.00)", -1200), ("usd", "($12.00)", -1200), ("usd", "12.00-", -1200), ("usd", "5 %", None),
    ("number", "85%", 850_000_000), ("number", "-2.5 %", -25_000_000), ("integer", "85%", None), ("number", "+3", 3 * 10**9), ("real", "50%", 0.5),
    ("jpy", "7", 7), ("jpy", "7.5", 8), ("jpy", "6.5", 6), ("kwd", "1.2345", 1234), ("kwd", "1.2355", 1236),
    ("version", "10.2", 10_000002_000000_000000_1), ("version", " v1.2.3-rc.1+b7 ", 1_000002_000003_000000_0), ("version", "1.2.3.4.5", None), ("version", "1.x", None), ("version", "1234567", None), ("real", "1e3", 1000.0), ("real", "1e400", None), ("real", "nan", None), ("real", "-.5", -0.5),
    ("boolean", "TRUE", True), ("boolean", "Yes", True), ("boolean", "n", False), ("boolean", "0", False), ("boolean", "maybe", None),
    ("date", "2026-11-01", dt.date(2026, 11, 1)), ("date", "2026-02-30", None), ("date", "2026/11/01", dt.date(2026, 11, 1)), ("date", "20261101", dt.date(2026, 11, 1)), ("date", "1 Nov 2026", dt.date(2026, 11, 1)), ("date", "01-NOV-2026", dt.date(2026, 11, 1)), ("date", "November 1, 2026", dt.date(2026, 11, 1)), ("date", "1-Nov-26", None),
    ("date", "2026-11-01 00:00:00", dt.date(2026, 11, 1)),
    ("date", "2026-11-01T00:00:00.000+0200", dt.date(2026, 11, 1)), ("date", "2026-11-01 00:00 -05:00", dt.date(2026, 11, 1)), ("date", "2026-11-01T00:00:00Z", dt.date(2026, 11, 1)),
    ("date", "2026-11-01 10:00:00", None), ("date", "9999-12-31", None), ("date", "2026-11-01T00:00:01+0200", None),
    ("timestamp", "2026-11-01 09:30:00 PST", U("2026-11-01T17:30")), ("timestamp", "2026-11-01T09:30 EDT", U("2026-11-01T13:30")), ("timestamp", "2026-11-01 09:30:00GMT", U("2026-11-01T09:30")), ("timestamp", "2026-11-01 09:30:00 AEST", None),
    ("timestamp", "2026-11-01T09:30", U("2026-11-01T08:30")), ("timestamp", "2026-11-01 09:30:15.25", U("2026-11-01T08:30:15.250")),
    ("timestamp", "2026-11-01T09:30:00Z", U("2026-11-01T09:30")), ("timestamp", "2026-11-01 09:30:00+02:00", U("2026-11-01T07:30")), ("timestamp", "2026-11-01", U("2026-10-31T23:00")),
    ("timestamp", "1 Nov 2026", U("2026-10-31T23:00")), ("timestamp", "Nov 1, 2026, 9:30 pm", U("2026-11-01T20:30")), ("timestamp", "2026-11-01 09:30:00 UTC", U("2026-11-01T09:30")),
    ("enum", " a b ", "a b"), ("enum", "d", None), ("set", "b; a;;b", ["a", "b"]), ("set", "a b", ["a b"]), ("set", '"b";"a; ""c"""', ['a; "c"', "b"]), ("set", '6" pipe;8" pipe', ['6" pipe', '8" pipe']),
    ("text", " as is ", " as is "), ("text", "NA", None), ("text", "  ", None), ("text", "=1+1", "=1+1"), ("text", "#N/A", None), ("set", '["b", "a"]', ["a", "b"]), ("text", "é\u202e", "é\u202e"),
]  # fmt: skip
D = dt.date.fromisoformat
GERMAN, AMERICAN = Formats(number="1.234,56", date="DD.MM.YYYY"), Formats(number="1,234.56", date="MM/DD/YYYY")
FORMATTED = [
    (Formats(number="1234.56"), "usd", "1.005", 100), (Formats(number="1234.56"), "usd", "1.015", 102), (Formats(number="1234.56"), "usd", "1.500", 150),
    (GERMAN, "number", "1.234.567,8", 1_234_567_800_000_000), (GERMAN, "number", "1.500", 1_500 * 10**9), (GERMAN, "number", "1.5", None), (GERMAN, "number", "1,5", 1_500_000_000),
    (GERMAN, "usd", "1.234,56 $", 123_456), (GERMAN, "usd", "1,2E+06", 120_000_000), (GERMAN, "usd", "1.2E+06", None), (GERMAN, "usd", "-1.234,56", -123_456), (GERMAN, "usd", "(1.234,56)", -123_456), (GERMAN, "usd", "1234,56", 123_456), (GERMAN, "usd", "12.34,56", None),
    (GERMAN, "integer", "1.000", 1_000), (GERMAN, "integer", "1,5", None), (GERMAN, "real", "1.234,5", 1234.5), (GERMAN, "number", "12,5 %", 125_000_000),
    (AMERICAN, "usd", "$50,000", 5_000_000), (AMERICAN, "usd", "1,234.5", 123_450), (AMERICAN, "usd", "50,00", None), (AMERICAN, "integer", "1,000", 1_000), (AMERICAN, "integer", "10,00", None),
    (Formats(number="1 234,56"), "usd", "1\u00a0234,56", 123_456), (Formats(number="1'234.56"), "usd", "1'234.56", 123_456), (Formats(number="12,34,567.89"), "number", "12,34,567.5", 1_234_567_500_000_000),
    (GERMAN, "date", "01.11.2026", D("2026-11-01")), (GERMAN, "date", "1.11.2026", D("2026-11-01")), (GERMAN, "date", "31.02.2026", None), (GERMAN, "date", "01.11.26", None),
    (GERMAN, "date", "2026-11-01", D("2026-11-01")), (GERMAN, "date", "01/11/2026", None), (GERMAN, "date", "01.11.2026 00:00", D("2026-11-01")), (GERMAN, "date", "01.11.2026 10:00", None),
    (AMERICAN, "date", "11/01/2026", D("2026-11-01")), (Formats(date="DD/MM/YY"), "date", "01/11/26", D("2026-11-01")), (Formats(date="DD/MM/YY"), "date", "01/11/2026", None),
    (Formats(date="D-Mon-YY"), "date", "1-Nov-26", D("2026-11-01")), (Formats(date="excel"), "date", "45962", D("2025-11-01")), (Formats(date="excel"), "date", "45962.5", None), (Formats(date="excel"), "date", "59", None),
    (Formats(date="excel"), "timestamp", "45962.5", U("2025-11-01T11:00")), (Formats(date="unix"), "timestamp", "1761955200", U("2025-11-01T00:00")), (Formats(date="unix"), "timestamp", "69919207658823", None), (Formats(date="unix ms"), "timestamp", "1761955200000", U("2025-11-01T00:00")),
    (AMERICAN, "timestamp", "11/1/2026 9:30 PM", U("2026-11-01T20:30")), (AMERICAN, "timestamp", "11/01/2026 21:30:15", U("2026-11-01T20:30:15")), (AMERICAN, "timestamp", "11/01/2026, 09:30", U("2026-11-01T08:30")),
    (Formats(yes=("ja",), no=("nein",)), "boolean", "JA", True), (Formats(yes=("ja",), no=("nein",)), "boolean", "yes", None), (Formats(set_separator="|"), "set", "b| a", ["a", "b"]),
    (Formats(set_separator=","), "set", '"vip", "a, b","vip"', ["a, b", "vip"]), (Formats(set_separator=","), "set", '"vip"', ["vip"]), (Formats(set_separator=","), "set", '"a" or "b"', ['"a" or "b"']),
    (Formats(missing=("-", "n/a")), "text", " n/a ", None),
]  # fmt: skip
UNCLEAR = [
    ("date", ["01/11/2026"], "SEG0708", 'date = "DD/MM/YYYY" or date = "MM/DD/YYYY"'), ("date", ["2026-11-01", "25/12/2026"], "SEG0708", 'date = "DD/MM/YYYY"'),
    ("date", ["12/25/2026", "01/02/2026"], "SEG0708", 'date = "MM/DD/YYYY"'), ("date", ["1.2.26"], "SEG0708", 'date = "DD.MM.YY"'), ("timestamp", ["1/2/2026 9:30"], "SEG0708", "DD/MM/YYYY"),
    ("date", ["45962"], "SEG0708", 'date = "excel"'), ("timestamp", ["1761955200"], "SEG0708", 'date = "unix"'), ("timestamp", ["1761955200000"], "SEG0708", 'date = "unix ms"'),
    ("usd", ["50,000"], "SEG0709", 'number = "1,234.56" or number = "1.234,56"'), ("usd", ["1,234.50"], "SEG0709", 'number = "1,234.56"'), ("usd", ["1.234,50"], "SEG0709", 'number = "1.234,56"'),
    ("number", ["1.500", "2.000"], "SEG0709", "1.234,56"), ("integer", ["1,000"], "SEG0709", "1,234.56"), ("integer", ["1.000"], "SEG0709", "1.234,56"), ("usd", ["1.500"], "SEG0709", "1.234,56"),
    ("number", ["12,5"], "SEG0709", '"1.234,56"'), ("usd", ["$12,34,567"], "SEG0709", "12,34,567.89"),
]  # fmt: skip
NAN = float("nan")
TYPED = [
    ("integer", [12, 13], [12, 13]), ("integer", [12.0, NAN], [12, None]), ("integer", [12.5, 3.0], [None, 3]),
    ("usd", [0.29, 1.125], [29, 112]), ("usd", [3, 4], [300, 400]), ("number", [0.1, NAN], [100_000_000, None]),
    ("usd", [Decimal("0.29"), Decimal("1.1")], [29, 110]), ("usd", [Decimal("853467089963696435"), None], [None, None]), ("kwd", [Decimal("1.25"), Decimal(10) ** 15], [1250, 10**18]), ("jpy", [Decimal(10) ** 18, Decimal(7)], [None, 7]),
    ("real", [0.1, float("inf")], [0.1, None]), ("boolean", [True, False], [True, False]), ("boolean", [1, 0], [True, False]),
    ("date", [dt.date(2026, 11, 1), None], [dt.date(2026, 11, 1), None]), ("date", [U("2026-11-01"), U("2026-11-01T01:00")], [dt.date(2026, 11, 1), None]),
    ("timestamp", [U("2026-11-01T09:30"), None], [U("2026-11-01T08:30"), None]), ("text", [7, 8], ["7", "8"]), ("text", [7.0, NAN], ["7", None]),
    ("enum", ["c", "x"], ["c", None]), ("set", [["b", "a", "b"], None], [["a", "b"], None]), ("set", [["b", "", " "], [""]], [["b"], []]), ("text", ["", " "], [None, None]),
]  # fmt: skip


CLOCK = clock_at("2026-11-01")


def read(kind: str, values: list[object], formats: Formats = NA) -> list[object]:
    rows = attached(kind, values, formats).con.execute("SELECT cell FROM row ORDER BY id").fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize(("kind", "written", "value"), TEXT, ids=lambda x: repr(x))
def test_text(kind: str, written: str, value: object) -> None:
    assert read(kind, [written, None]) == [value, None]


@pytest.mark.parametrize(("kind", "written", "values"), TYPED, ids=lambda x: repr(x))
def test_typed_columns(kind: str, written: list[object], values: list[object]) -> None:
    assert read(kind, written) == values


@pytest.mark.parametrize(
    ("formats", "kind", "written", "value"), FORMATTED, ids=lambda x: repr(x) if isinstance(x, str) else ""
)
def test_formats(formats: Formats, kind: str, written: str, value: object) -> None:
    # a second cell that reads in any format, so that one unreadable cell isn't all there is
    other: Any = {"date": "2026-12-24", "timestamp": "2026-12-24"}.get(kind)
    assert read(kind, [written, *[other] * 12], formats)[0] == value


@pytest.mark.parametrize(("kind", "written", "code", "help"), UNCLEAR, ids=lambda x: repr(x))
def test_what_can_be_read_in_two_ways_is_asked_for(kind: str, written: list[object], code: str, help: str) -> None:
    with pytest.raises(DataError) as refused:
        attached(kind, written)
    (found,) = refused.value.diagnostics
    assert found.code == code
    assert help in found.help


def test_a_wrong_date_format_is_noticed() -> None:
    with pytest.raises(DataError, match="not written as DD/MM/YYYY"):
        attached("date", ["12/25/2026", "01/02/2026"], Formats(date="DD/MM/YYYY"))


def findings(kind: str, values: list[object], **formats: Any) -> list[tuple[object, ...]]:
    (report,) = attached(kind, values, Formats(**formats)).report(CLOCK)
    return [(f.kind, f.count, f.examples) for f in report.findings]


@pytest.mark.parametrize("name", ["a", "n", "r", "v", "x", "id", "word", "odd", "is_odd"])
def test_a_field_may_have_any_name(name: str) -> None:
    """Also one by which a query of our own might call something."""
    import pandas as pd

    import segdsl

    rules = segdsl.loads(
        f"entity account {{ account_id: text key  {name}: date }} segment s of account {{ when {name} < 2026-02-01 }}"
    )
    frame = pd.DataFrame({"account_id": ["1", "2"], name: ["2026-01-02", "2026-03-04"]})
    assert rules.evaluate({"account": frame}, "2026-11-01")["s"].tolist() == [True, False]


def test_what_cannot_be_read_is_counted_with_examples() -> None:
    assert findings("date", ["2026-11-01", "soon", "", None, "later", "soon"]) == [("unreadable", 3, ("later", "soon"))]
    assert findings("percent", ["100", "101", "x"]) == [("out of range", 1, ("101",)), ("unreadable", 1, ("x",))]
    assert findings("enum", ["c", "C"]) == [("not one of", 1, ("C",))]
    assert findings("usd", ["10.1050", "1.10"]) == [("rounded", 1, ("10.1050",))]
    assert findings("usd", [1.005, 0.1 + 0.2, 2.5]) == [("rounded", 1, ("1.005",))]
    assert findings("text", ["N/A", "a"]) == [("missing word", 1, ("N/A",))]
    assert findings("text", ["N/A", "a"], missing=("N/A",)) == []


def test_examples_of_personal_fields_are_not_shown() -> None:
    model = model_of("entity row { id: integer key  cell: date personal }")
    frame = pd.DataFrame({"id": [1], "cell": ["born 1970"]})
    engine = attached_to(model, frame, {"cell"})
    (report,) = engine.report(CLOCK)
    assert [(f.count, f.examples) for f in report.findings if f.column == "cell"] == [(1, ())]


def test_whatever_is_asked_of_an_engine_that_stops_is_refused() -> None:
    engine = attached("text", ["a"])
    engine.con.close()
    asks: list[Callable[[], object]] = [
        lambda: engine.rows(select("1")),
        lambda: engine.frame(select("1")),
        lambda: engine.store(select("1")),
        lambda: engine.relation_rows("row"),
        lambda: engine.similar_keys("row", "1"),
        lambda: engine.report(CLOCK),
        lambda: engine.values_as_text("row", ["cell"]),
        lambda: engine.as_it_was(CLOCK, {"row": (["cell"], Path("no.parquet"))}).__enter__(),
        lambda: engine.hold(select("1")),
    ]
    for ask in asks:
        with pytest.raises(DataError):
            ask()


def test_a_personal_key_is_not_shown_either() -> None:
    model = model_of("entity row { id: text key personal  n: integer }")
    frame = pd.DataFrame({"id": ["ann@example.com"] * 2, "n": [1, 2]})
    with pytest.raises(DataError) as refused:
        attached_to(model, frame, {"id"})
    assert [d.message for d in refused.value.diagnostics] == ["`id` is not unique in `row` (1 key)"]


def test_keys_that_look_alike_are_told(tmp_path: Path) -> None:
    """White space, case, a character that isn't seen, a Cyrillic letter; keys of Salesforce differ by case."""
    (tmp_path / "segdsl.toml").write_text('[workspace]\nname = "t"\n[sources.default.tables]\naccount = "a.csv"\n')
    (tmp_path / "r.seg").write_text(
        "entity account { account_id: text key  arr: integer }\nsegment s of account { when arr > 1 }\n"
    )
    keys = [
        "acme",
        "\u0430cme",
        "ACME ",
        "ze ta",
        "zeta",
        "beta",
        "b\u200beta",
        "001A000001aBcDe",
        "001A000001aBcDE",
        "eta",
    ]
    (tmp_path / "a.csv").write_text("account_id,arr\n" + "".join(f"{key},1\n" for key in keys), encoding="utf-8")
    output = call("data", "check", cwd=tmp_path).output
    assert (
        "7 keys of account look like another one, as `ACME / \u0430cme`, `beta / b\\u{200b}eta`, `ze ta / zeta`"
        in output
    )
