"""Exports as they come: each is read right, or the message says the one line that makes it so; never wrong in silence.

What was said of each is golden: `golden/exports.txt`, written anew with UPDATE_GOLDEN=1.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from segdsl.data.contract import TableReport
from segdsl.data.files import DataError
from segdsl.diagnostics import render
from segdsl.engines import DataRequest
from segdsl.engines.duckdb import DuckDB
from segdsl.model.dependencies import Needed
from segdsl.run.evaluate import clock_for
from segdsl.workspace.load import load_workspace, sound
from tests.support.paths import GOLDENS

GOLDEN = GOLDENS / "exports.txt"
MODEL = """
entity account {
  account_id: text key
  name:       text
  plan:       one of ("free", "team", "business") required
  created:    timestamp
  renewal:    date
  arr:        money(EUR)
  seats:      integer from 0 to 100_000
  share:      number
  active:     boolean
  tags:       set of text
}
"""
U, D = dt.datetime.fromisoformat, dt.date.fromisoformat
ROWS: list[dict[str, Any]] = [
    {
        "account_id": f"acc-{i:03}", "name": name, "plan": ("free", "team", "business")[i % 3], "created": U("2024-01-31T09:05:00") + dt.timedelta(days=37 * i, minutes=7 * i),
        "renewal": None if i == 4 else D("2026-01-25") + dt.timedelta(days=29 * i), "arr": [0, 1_250_00, 48_000_00, -120_50, 1_999_99, 250_000_00][i % 6], "seats": [5, 1_200, 80, 12, 10_500, 3][i % 6],
        "share": [0.5, 0.125, 0.25, 1, 0.75, 0.1][i % 6], "active": i % 4 != 1, "tags": ["a"] if i % 2 else ["b", "c"],
    }
    for i, name in enumerate(["Müller AG", "Acme, Inc.", 'The "Best" Ltd', "Zoë & Co", "Line\nbreak", "Ørsted", "Plain", "Été", "O'Neil", "Groß", "100% Ltd", "Naïve"])
]  # fmt: skip
COLUMNS = list(ROWS[0])
Shown = Mapping[str, Callable[[Any], str]]
PLAIN: dict[str, Callable[[Any], str]] = {
    "created": lambda v: v.strftime("%Y-%m-%d %H:%M:%S"), "renewal": lambda v: v.isoformat(), "arr": lambda v: f"{v / 100:.2f}", "active": lambda v: "true" if v else "false",
    "tags": lambda v: ";".join(v),
}  # fmt: skip


def cells(
    shown: Shown, empty: str = "", columns: list[str] = COLUMNS, rows: list[dict[str, Any]] = ROWS
) -> list[list[str]]:
    how = {**PLAIN, **shown}
    return [[empty if r[c] is None else how.get(c, str)(r[c]) for c in columns] for r in rows]


def text(
    shown: Shown | None = None, header: list[str] | None = None, delimiter: str = ",", newline: str = "\n", empty: str = "",
    above: str = "", below: str = "", columns: list[str] = COLUMNS, rows: list[dict[str, Any]] = ROWS,
) -> str:  # fmt: skip
    """A delimited file; every cell with anything odd in it is quoted."""

    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if re.search(r'["\r\n' + re.escape(delimiter) + "]", cell) else cell

    lines = [header or columns, *cells(shown or {}, empty, columns, rows)]
    return above + newline.join(delimiter.join(map(quoted, line)) for line in lines) + newline + below


def stamp(format: str) -> Callable[[Any], str]:
    return lambda v: str(v.strftime(format))


def book(
    lines: list[list[Any]],
    title: str = "Sheet",
    change: Callable[[Any], None] = lambda _: None,
    first: list[list[Any]] | None = None,
) -> bytes:
    made = openpyxl.Workbook()
    if first is not None:
        for line in first:
            made.active.append(line)
        made.create_sheet(title)
    sheet = made.worksheets[-1]
    sheet.title = title
    for line in lines:
        sheet.append(line)
    change(sheet)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def typed(row: dict[str, Any]) -> list[Any]:
    return [row["arr"] / 100 if c == "arr" else ";".join(row[c]) if c == "tags" else row[c] for c in COLUMNS]


TYPED = [COLUMNS, *map(typed, ROWS)]


def parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


def database(frame: pd.DataFrame) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        import duckdb

        frame.to_parquet(path.with_suffix(".parquet"))
        with duckdb.connect(str(path)) as con:
            con.execute("CREATE SCHEMA crm")
            con.execute(f"CREATE TABLE crm.accounts AS FROM '{path.with_suffix('.parquet')}'")
            con.execute("CREATE TABLE crm.other (a INTEGER)")

    return write


FRAME = pd.DataFrame([dict(zip(COLUMNS, typed(r))) for r in ROWS])
GERMAN = str.maketrans(",.", ".,")


@dataclass(frozen=True)
class Export:
    """`files` by name; `path` what segdsl.toml names. `choose` is what a person picks where the message offers two lines.

    `missing` are the cells that may be missing after all, told in the report; `refused` where it can't be read at all.
    """

    name: str
    files: Mapping[str, str | bytes | Callable[[Path], None]]
    path: str = "accounts.csv"
    choose: str = ""
    toml: str = ""
    missing: dict[str, int] = field(default_factory=dict)
    refused: bool = False


def one(name: str, content: str | bytes, file: str = "accounts.csv", **more: Any) -> Export:
    return Export(name, {file: content}, file, **more)


def thousands(v: int) -> str:
    return f"{v / 100:,.2f}"


EXPORTS = [
    one("plain", text()),
    one("a byte order mark", "\ufeff" + text()),
    one("Windows lines", text(newline="\r\n")),
    one("old Mac lines", text(rows=[r | {"name": r["name"].replace("\n", " ")} for r in ROWS], newline="\r")),
    one("semicolons", text(delimiter=";", shown={"tags": "|".join}), toml='formats = { set_separator = "|" }'),
    one("tabs", text(delimiter="\t"), "accounts.tsv"),
    one("tabs in a .txt", text(delimiter="\t"), "accounts.txt"),
    one("bars", text(delimiter="|")),
    one("UTF-16 with its mark", text().encode("utf-16")),
    one("UTF-16 without it", text().encode("utf-16-le")),
    one("cp1252", text().encode("cp1252")),
    one("DD/MM/YYYY", text({"created": stamp("%d/%m/%Y %H:%M:%S"), "renewal": stamp("%d/%m/%Y")})),
    one("MM/DD/YYYY", text({"renewal": stamp("%m/%d/%Y")})),
    one("M/D/YY with AM and PM", text({"created": stamp("%m/%d/%y %I:%M:%S %p"), "renewal": stamp("%m/%d/%y")})),
    one("days up to 12 only", text({"renewal": stamp("%d/%m/%Y")}, rows=[r | {"renewal": r["renewal"] and r["renewal"].replace(day=3)} for r in ROWS]), choose="DD/MM/YYYY"),
    one("DD.MM.YYYY", text({"renewal": stamp("%d.%m.%Y"), "created": stamp("%d.%m.%Y %H:%M:%S")})),
    one("months as words", text({"renewal": stamp("%d-%b-%Y"), "created": stamp("%b %d, %Y %I:%M:%S %p")})),
    one("days as a spreadsheet counts them", text({"renewal": lambda v: str((v - D("1899-12-30")).days)})),
    one("seconds since 1970", text({"created": lambda v: str(int(v.replace(tzinfo=dt.UTC).timestamp()))})),
    one("milliseconds since 1970", text({"created": lambda v: str(int(v.replace(tzinfo=dt.UTC).timestamp() * 1000))})),
    one("times with their zone", text({"created": lambda v: (v + dt.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S+02:00")})),
    one("times of Zulu", text({"created": stamp("%Y-%m-%dT%H:%M:%S.000Z")})),
    one("€1,234.56", text({"arr": lambda v: f"€{thousands(v)}", "seats": lambda v: f"{v:,}"})),
    one("1.234,56 €", text({"arr": lambda v: f"{thousands(v).translate(GERMAN)} €", "share": lambda v: str(v).translate(GERMAN)}, delimiter=";", columns=[c for c in COLUMNS if c != "tags"])),
    one("EUR 1 234,56", text({"arr": lambda v: "EUR " + thousands(v).replace(",", "\u00a0").replace(".", ","), "share": lambda v: str(v).translate(GERMAN)}, delimiter=";", columns=[c for c in COLUMNS if c != "tags"])),
    one("1'234.56", text({"arr": lambda v: thousands(v).replace(",", "'")})),
    one("two ways of writing numbers", text({"arr": lambda v: thousands(v).translate(GERMAN)}), missing={"share": 10}),
    one("brackets for negative amounts", text({"arr": lambda v: f"({-v / 100:.2f})" if v < 0 else f"{v / 100:.2f}"})),
    one("a minus behind", text({"arr": lambda v: f"{-v / 100:.2f}-" if v < 0 else f"{v / 100:.2f}"})),
    one("percent", text({"share": lambda v: f"{v * 100:g}%"})),
    one("Yes and No", text({"active": lambda v: "Yes" if v else "No"})),
    one("1 and 0", text({"active": lambda v: str(int(v))})),
    one("ja and nein", text({"active": lambda v: "ja" if v else "nein"}), missing={"active": 12}),
    one("headers as people write them", text(header=["Account ID", "Name", "PLAN", "Created", "Renewal ", "ARR", "Seats", "Share", "Active?", "Tags"])),
    one("camel case, in another order", text(columns=list(reversed(COLUMNS)), header=["tags", "Active", "share", "Seats", "arr", "renewal", "created", "plan", "name", "accountId"])),
    one("another word for a column", text(header=[c if c != "renewal" else "renewal_dt" for c in COLUMNS])),
    one("two lines above", text(above="Account export\n\n")),
    one("a header of two lines, the first of which names all columns", text(above=",".join(COLUMNS) + "\n", header=["Id", "Name", "Plan", "Day", "Day", "USD", "Count", "Share", "Yes or no", "Words"]), toml="header_rows = 2"),
    one("a header of two lines", text(above="account_id,name,plan,created,renewal,arr,seats,share,,\n", header=["", "", "", "", "", "", "", "", "active", "tags"]), toml='header_rows = 2\ncolumns = { active = "share active", tags = "share tags" }'),
    one("a total between header and rows", text(header=[*COLUMNS[:9], "tags\n,,,,,301129.49,,,,"], columns=COLUMNS).replace('"tags\n,,,,,301129.49,,,,"', "tags\n,,,,,301129.49,,,,"), toml="skip_below_header = 1"),
    one("a total below", text(below="Total,,,,,301129.49,,,,\n")),
    one("a line below, and blank ones after it", text(below="acc-zzz,Ours,team,2026-01-01,2026-01-01,1.00,1,0.5,true,a\n\n\n"), toml="skip_footer = 1"),
    one("a line below that is no row", text(below="12 records\n")),
    one("a column twice", text(header=["account_id", "name", "plan", "created", "renewal", "arr", "seats", "share", "active", "plan"], columns=[*COLUMNS[:-1], "plan"]), choose='"plan"'),
    one("a delimiter at each end", "\n".join(line + "," for line in text(rows=[r | {"name": "x"} for r in ROWS]).splitlines()) + "\n"),
    one("blanks around", text({"account_id": lambda v: f" {v} ", "plan": lambda v: f"{v}  ", "seats": lambda v: f" {v}"})),
    one("words for nothing", text(empty="n/a", shown={"seats": lambda v: "-" if v == 3 else str(v)}), missing={"seats": 2, "renewal": 1}),
    one("a column that changes half-way", text({"seats": lambda v: str(v) if v < 100 else f"about {v}"}), missing={"seats": 4}),
    one("values in another case", text({"plan": str.title}), missing={"plan": 12}),
    one("spreadsheet errors", text({"name": lambda v: "#REF!" if v == "Plain" else v, "seats": lambda v: "#N/A" if v == 3 else str(v)}), missing={"seats": 2, "name": 1}),
    one("ids that a spreadsheet rounded", text({"account_id": lambda v: "1.23E+15" if v == "acc-003" else v}), refused=True),
    one("a key twice", text(rows=[*ROWS, {**ROWS[0], "seats": 6}]), refused=True),
    one("a row twice", text(rows=[*ROWS, ROWS[0]])),
    one("a quote that doesn't end", text().replace('"The ""Best"" Ltd"', '"The Best'), refused=True),
    one("a workbook", book(TYPED), "accounts.xlsx"),
    one("a workbook of texts", book([COLUMNS, *cells({"renewal": stamp("%d/%m/%Y")})]), "accounts.xlsx"),
    one("a workbook with other sheets", book(TYPED, "Data", first=[["Read me"], ["This is an export"]]), "accounts.xlsx"),
    one("a workbook with two such sheets", book(TYPED, "Accounts", first=[COLUMNS]), "accounts.xlsx", choose="Accounts"),
    one("a workbook with a title", book([["Accounts of 2026"], [], *TYPED]), "accounts.xlsx"),
    one("merged cells", book(TYPED, change=lambda s: s.merge_cells("C2:C3")), "accounts.xlsx", missing={"plan": 1}),
    one("hidden columns", book(TYPED, change=lambda s: s.column_dimensions.__getitem__("G").__setattr__("hidden", True)), "accounts.xlsx"),
    one("formulas never computed", book(TYPED, change=lambda s: s.__setitem__("G2", "=1+4")), "accounts.xlsx", missing={"seats": 1}),
    one("a workbook's numbers, though texts elsewhere are German", book(TYPED), "accounts.xlsx", toml='formats = { number = "1.234,56" }'),
    one("JSON numbers, though texts elsewhere are German", json.dumps([{c: r[c].isoformat() if hasattr(r[c], "isoformat") else r[c] for c in COLUMNS} | {"arr": r["arr"] / 100} for r in ROWS]), "accounts.json", toml='formats = { number = "1.234,56" }'),
    one("numbers and texts in a workbook's column", book([COLUMNS, *([*line[:6], f"{line[6]:,}" if i % 2 else line[6], *line[7:]] for i, line in enumerate(TYPED[1:]))]), "accounts.xlsx"),
    one("JSON", json.dumps([dict(zip(COLUMNS, [None if c == "" else c for c in line])) | {"tags": r["tags"], "seats": r["seats"]} for r, line in zip(ROWS, cells({}))]), "accounts.json"),
    one("a JSON object a line", "".join(json.dumps(dict(zip(COLUMNS, line))) + "\n" for line in cells({})), "accounts.ndjson"),
    one("Parquet", parquet(FRAME), "accounts.parquet"),
    one("Parquet of texts", parquet(pd.DataFrame(cells({}), columns=COLUMNS)), "accounts.parquet"),
    Export("a DuckDB file", {"warehouse.duckdb": database(FRAME)}, "warehouse.duckdb", toml='table = "crm.accounts"'),
    Export("two files, their columns in another order", {"a-1.csv": text(rows=ROWS[:5]), "a-2.csv": text(rows=ROWS[5:], columns=list(reversed(COLUMNS)))}, "a-*.csv"),
    Export("a file of the day", {"a-2026-11-01.csv": text(), "a-2026-11-02.csv": text(rows=ROWS[:2])}, "a-{as_of}.csv"),
    Export("no file of the day", {"a-2026-10-31.csv": text()}, "a-{as_of}.csv", refused=True),
    one("a spreadsheet of before 2007", b"\xd0\xcf\x11\xe0", "accounts.xls", refused=True),
    one("a workbook called .csv", book(TYPED), "accounts.csv"),
    one("a text file called .xlsx", text(), "accounts.xlsx"),
    one("a workbook with a header of two lines", book([COLUMNS, ["Id", "Name", "Plan", "Day", "Day", "USD"], *TYPED[1:]]), "accounts.xlsx", toml="header_rows = 2"),
    one("a total between header and rows of a workbook", book([COLUMNS, [None] * 5 + [301129.49], *TYPED[1:]]), "accounts.xlsx", toml="skip_below_header = 1"),
    one("a web page", b"<html><table><tr><td>account_id</td></tr></table></html>", "accounts.xlsx", refused=True),
    one("a photo", b"PK\x03\x04 no workbook", "accounts.xlsx", refused=True),
    one("no rows", text(rows=[]), missing={"every row": 12}),
]  # fmt: skip


def attempt(folder: Path, path: str, setting: str, formats: str) -> tuple[DuckDB, TableReport]:
    toml = f'[workspace]\nname = "t"\n{formats}\n[sources.default.tables.account]\npath = "{path}"\n{setting}\n'
    (folder / "segdsl.toml").write_text(toml, encoding="utf-8")
    (folder / "model.seg").write_text(MODEL, encoding="utf-8")
    workspace = sound(load_workspace(folder))
    clock = clock_for(workspace.zone, "2026-11-01")
    everything = (
        {"account": set(COLUMNS) - ({"tags"} if "tags" not in setting else set())}
        if False
        else {"account": set(COLUMNS)}
    )
    source, needed = workspace.config.sources["default"], Needed({"account": {"account_id", "renewal"}})
    engine = DuckDB.attach(DataRequest(workspace.model.schema, source, folder, needed, everything, clock=clock))
    (report,) = engine.report(clock)
    return engine, report


SUGGESTED = re.compile(
    r'((?:date|number|encoding|delimiter|sheet|table|columns|skip_rows|skip_footer|missing) = (?:"[^"]*"|\{ .*? \}(?: \})?|\d+|\[.*?\]))'
)


def load(export: Export, folder: Path) -> tuple[list[str], DuckDB | None, TableReport | None]:
    """As a person would: read it; where it is refused, add the line that the message says, up to twice."""
    for file, content in export.files.items():
        if callable(content):
            content(folder / file)
        else:
            (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    setting, formats, said = export.toml, "", []
    for _ in range(3):
        try:
            engine, report = attempt(folder, export.path, setting, formats)
        except DataError as refused:
            said += [render(d).replace(str(folder), "WORKSPACE") for d in refused.diagnostics]
            offered = [m for d in refused.diagnostics for m in SUGGESTED.findall(d.help)]
            line = next((x for x in offered if export.choose in x), None)
            if export.refused or line is None:
                return said, None, None
            said.append(f"    added: {line}")
            if re.match(r"date|number|encoding|delimiter", line):
                formats += ("" if formats else "[sources.default.formats]\n") + line + "\n"
            else:
                setting += "\n" + line
            continue
        said += [render(d).replace(str(folder), "WORKSPACE") for d in engine.notes]
        said += [
            f"    {f.message}{', as ' + ', '.join(f.examples) if f.examples else ''}{' = ' + f.help if f.help else ''}"
            for f in report.findings
        ]
        return said, engine, report
    return said, None, None


def expected(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"share": round(row["share"] * 10**9), "tags": frozenset(row["tags"])}


@pytest.mark.sample(3)
@pytest.mark.slow
@pytest.mark.parametrize("export", EXPORTS, ids=lambda e: e.name)
def test_each_is_read_right_or_says_so(export: Export, tmp_path: Path) -> None:
    said, engine, report = load(export, tmp_path)
    if export.refused:
        assert engine is None
        assert said
        return
    assert engine is not None and report is not None, said
    assert sum("added" in s for s in said) <= 1, said
    found = {r["account_id"]: r for r in engine.relation_rows("account")}
    assert len(found) == (0 if "every row" in export.missing else len(ROWS))
    lost: dict[str, int] = {}
    for row in ROWS if found else []:
        for column, value in expected(row).items():
            got = found[row["account_id"]][column]
            if export.name == "days up to 12 only" and column == "renewal" and value:
                value = value.replace(day=3)
            if column == "name" and export.name in ("old Mac lines", "a delimiter at each end"):
                continue
            if column == "tags" and "tags" not in engine.bounds["account"].cells:
                continue
            if got is None and value is not None:
                lost[column] = lost.get(column, 0) + 1
            else:
                assert got == value, (row["account_id"], column)
    told = {f.column for f in report.findings} | {
        c for d in engine.notes for c in COLUMNS if "merged" in d.message or "formula" in d.message
    }
    assert {c: n for c, n in export.missing.items() if c in COLUMNS and c != "renewal"} == lost
    assert set(lost) <= told, "a cell is missing in silence"


def test_most_load_unaided_or_with_one_line() -> None:
    good = [e for e in EXPORTS if not e.refused and not e.missing]
    assert len(EXPORTS) >= 60
    assert len(good) >= 45


@pytest.mark.long
def test_what_was_said_is_golden(tmp_path: Path) -> None:
    shown = []
    for i, export in enumerate(EXPORTS):
        folder = tmp_path / str(i)
        folder.mkdir()
        said, engine, _ = load(export, folder)
        verdict = "refused" if engine is None else "read with one line" if any("added" in s for s in said) else "read"
        shown.append("\n".join([f"--- {export.name}: {verdict}", *said]))
    whole = "\n".join(shown) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(whole, encoding="utf-8")
    assert whole == GOLDEN.read_text(encoding="utf-8")


def test_ids_of_15_and_18_characters(tmp_path: Path) -> None:
    """One export has them short, the other long: the orphans are counted, and the message says the line."""
    long = [f"0015g00000Ab{i:02}xAAB" for i in range(20)]
    short = [i[:15] for i in long]
    assert all(len(i) == 18 for i in long)
    (tmp_path / "accounts.csv").write_text("account_id\n" + "\n".join(long) + "\n", encoding="utf-8")
    (tmp_path / "logins.csv").write_text(
        "account_id,at\n" + "".join(f"{i},2026-10-01\n" for i in short), encoding="utf-8"
    )
    (tmp_path / "model.seg").write_text(
        "entity account { account_id: text key }\ntable logins of account by account_id at at { }\n", encoding="utf-8"
    )
    toml = '[sources.default.formats]\n{}\n[sources.default.tables]\naccount = "accounts.csv"\nlogins = "logins.csv"\n'

    def orphans(formats: str) -> list[str]:
        (tmp_path / "segdsl.toml").write_text(toml.format(formats), encoding="utf-8")
        workspace = sound(load_workspace(tmp_path))
        clock = clock_for(workspace.zone, "2026-11-01")
        everything = {r.name: set(r.fields) for r in workspace.model.schema.relations.values()}
        source = workspace.config.sources["default"]
        engine = DuckDB.attach(DataRequest(workspace.model.schema, source, tmp_path, Needed(everything), clock=clock))
        return [f.help for t in engine.report(clock) for f in t.findings if f.kind == "orphans"]

    (help,) = orphans("")
    assert 'ids = "salesforce"' in help
    assert orphans('ids = "salesforce"') == []


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_a_file_whose_name_is_a_pattern_too(kind: str, tmp_path: Path) -> None:
    """`a[1].csv` is that file, not `a1.csv`, which the pattern would find; and a quote in a folder's name is none in SQL."""
    folder = tmp_path / "it's [here]"
    folder.mkdir()
    for name, plan in (("a[1]", "team"), ("a1", "free")):
        frame = pd.DataFrame({"account_id": ["x"], "plan": [plan]})
        write = {"csv": frame.to_csv, "json": partial(frame.to_json, orient="records"), "parquet": frame.to_parquet}
        write[kind](folder / f"{name}.{kind}")
    engine, _ = attempt(folder, f"a[1].{kind}", 'columns = { renewal = "plan" }', "")
    assert [r["plan"] for r in engine.relation_rows("account")] == ["team"]
