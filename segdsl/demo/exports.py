"""Files of the demo's world: clean Parquet, plain CSV, or exports of three systems."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from segdsl.demo.world import Table, World, rows
from segdsl.files import atomic

if TYPE_CHECKING:
    import duckdb

DATES = {
    "renewal_date",
    "last_renewal_date",
    "onboarded_on",
    "due_date",
    "signed_on",
    "ends_on",
    "valid_from",
    "valid_to",
}
SEEN = (
    "accounts",
    "billing",
    "contracts",
    "users",
    "logins",
    "feature_uses",
    "tickets",
    "invoices",
    "meetings",
    "surveys",
    "plays_log",
)


def write(world: World, folder: Path, kind: str = "parquet", tables: Iterable[str] | None = None) -> list[Path]:
    """Write one file a table, reproducibly; `kind` is parquet or csv."""
    import duckdb

    paths = []
    with duckdb.connect() as con:
        con.execute("SET threads = 1")
        con.execute("SET pandas_analyze_sample = 0")
        for name in tables if tables is not None else world.tables:
            con.register("frame", _frame(world.tables[name]))
            columns = ", ".join(
                f"CAST({_quoted(c)} AS {_type(c, v)}) AS {_quoted(c)}" for c, v in world.tables[name].items()
            )
            target = folder / f"{name}.{kind}"
            options = (
                "FORMAT parquet" if kind == "parquet" else "FORMAT csv, HEADER, TIMESTAMPFORMAT '%Y-%m-%d %H:%M:%S'"
            )
            copy_out(con, f"SELECT {columns} FROM frame", target, options)
            con.unregister("frame")
            paths.append(target)
    return paths


def copy_out(con: duckdb.DuckDBPyConnection, query: str, target: Path, options: str = "FORMAT parquet") -> None:
    """Write the rows of a query to a file, atomically."""

    def write(path: Path) -> None:
        con.execute(f"COPY ({query}) TO '{str(path).replace(chr(39), chr(39) * 2)}' ({options}, USE_TMP_FILE false)")

    atomic.replace(target, write)


def _frame(table: Table) -> Any:
    import pandas as pd

    return pd.DataFrame({c: pd.Series(v) for c, v in table.items()})


def _quoted(name: str) -> str:
    return f'"{name}"'


def _type(name: str, values: Any) -> str:
    if name in DATES:
        return "DATE"
    if values.dtype.kind == "M":
        return "TIMESTAMP"
    if name in ("arr", "amount", "credit_balance"):
        return "DECIMAL(18, 2)"
    if values.dtype.kind == "f":
        return "DOUBLE"
    if values.dtype.kind == "b":
        return "BOOLEAN"
    if values.dtype.kind == "i":
        return "BIGINT"
    first = next((v for v in values if v is not None), None)
    return "BOOLEAN" if isinstance(first, bool) else "BIGINT" if isinstance(first, int | np.integer) else "VARCHAR"


# -- exports as they come ----------------------------------------------------------------


def write_dirty(world: World, folder: Path) -> str:
    """Write a CRM export (cp1252, semicolons, footer), a billing workbook and product logs; return the toml that reads
    them.
    """
    _crm(world.tables["accounts"], folder / "CRM accounts.csv")
    _billing(world.tables["billing"], folder / "billing.xlsx")
    _users(world.tables["users"], folder / "users.tsv")
    _logins(world.tables["logins"], folder)
    _tickets(world.tables["tickets"], folder / "tickets.json")
    _invoices(world.tables["invoices"], folder / "invoices.csv")
    return DIRTY_TOML


DIRTY_TOML = """[sources.dirty]
[sources.dirty.formats]
missing = ["-", "n/a"]

[sources.dirty.tables.account]
path = "dirty/CRM accounts.csv"
skip_rows = 2
skip_footer = 1
columns = { name = "Account Name", created_at = "Created", seats_purchased = "Seats", arr = "ARR", renewal_date = "Renewal" }
formats = { encoding = "cp1252", date = "DD/MM/YYYY", number = "1,234.56" }

[sources.dirty.tables.billing]
path = "dirty/billing.xlsx"
sheet = "Balances"
formats = { yes = ["x"], no = ["o"], number = "1,234.56" }

[sources.dirty.tables.user]
path = "dirty/users.tsv"

[sources.dirty.tables.logins]
path = "dirty/logins-*.csv"
columns = { occurred_at = { header = "ts", date = "unix ms" } }

[sources.dirty.tables.tickets]
path = "dirty/tickets.json"

[sources.dirty.tables.invoices]
path = "dirty/invoices.csv"
formats = { date = "DD.MM.YYYY", number = "1.234,56" }
"""


@contextlib.contextmanager
def _text(path: Path, encoding: str = "utf-8") -> Iterator[io.StringIO]:
    """Context whose text becomes a file, atomically."""
    text = io.StringIO(newline="")
    yield text
    atomic.replace(path, text.getvalue().encode(encoding))


def _crm(table: Table, path: Path) -> None:
    headers = {
        "account_id": "Account ID",
        "name": "Account Name",
        "created_at": "Created",
        "ended_at": "Ended At",
        "parent": "Parent",
        "status": "Status",
        "plan": "Plan",
        "industry": "Industry",
        "employees": "Employees",
        "country": "Country",
        "postcode": "Postcode",
        "arr": "ARR",
        "seats_purchased": "Seats",
        "renewal_date": "Renewal",
        "last_renewal_date": "Last renewal date",
        "onboarded_on": "Onboarded on",
    }
    shown: dict[str, Callable[[Any], str]] = {
        "arr": lambda v: f"${v:,.2f}",
        "employees": lambda v: f"{v:,}",
        "seats_purchased": lambda v: f"{v:,}",
    }
    for column in ("created_at", "ended_at"):
        shown[column] = _stamp("%d/%m/%Y %H:%M:%S")
    for column in ("renewal_date", "last_renewal_date", "onboarded_on"):
        shown[column] = _stamp("%d/%m/%Y")
    with _text(path, "cp1252") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        file.write("Account export\r\n\r\n")
        writer.writerow(headers.values())
        writer.writerows(_lines(table, list(headers), shown, missing="n/a"))
        file.write(f"{rows(table):,} records;;;;;;;;;;;;;;;\r\n")


def _billing(table: Table, path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    book.create_sheet("Read me").append(["Balances as of month end"])
    sheet = book.create_sheet("Balances")
    sheet.append(["Account Id", "AutoPay", "Credit balance"])
    for line in _lines(
        table,
        ["account_id", "autopay", "credit_balance"],
        {"autopay": lambda v: "x" if v else "o", "credit_balance": lambda v: f"({v:,.2f})" if v < 0 else f"{v:,.2f}"},
        "-",
    ):
        sheet.append(line)
    packed = io.BytesIO()
    book.save(packed)
    atomic.replace(path, packed.getvalue())


def _users(table: Table, path: Path) -> None:
    with _text(path, "utf-16") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(table)
        writer.writerows(_lines(table, list(table), {"active": lambda v: "Yes" if v else "No"}, ""))


def _logins(table: Table, folder: Path) -> None:
    """One file for each half; the second has another order of columns."""
    stamps = (table["occurred_at"].astype("datetime64[ms]").astype("int64")).astype(str)
    half = rows(table) // 2
    for n, (part, order) in enumerate(((slice(0, half), (0, 1, 2)), (slice(half, None), (2, 1, 0))), 1):
        columns = [("user_id", table["user_id"][part]), ("ts", stamps[part]), ("device", table["device"][part])]
        with _text(folder / f"logins-{n}.csv", "utf-8-sig") as file:
            writer = csv.writer(file)
            writer.writerow([columns[i][0] for i in order])
            writer.writerows(zip(*(columns[i][1] for i in order)))


def _tickets(table: Table, path: Path) -> None:
    shown = {"opened_at": _stamp("%Y-%m-%dT%H:%M:%SZ"), "solved_at": _stamp("%Y-%m-%dT%H:%M:%SZ")}
    lines = (dict(zip(table, line)) for line in _lines(table, list(table), shown, None))
    atomic.replace(path, json.dumps(list(lines)).encode())


def _invoices(table: Table, path: Path) -> None:
    german = str.maketrans(",.", ".,")
    shown = {"due_date": _stamp("%d.%m.%Y"), "amount": lambda v: f"{v:,.2f}".translate(german)}
    with _text(path) as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(table)
        writer.writerows(_lines(table, list(table), shown, ""))


def _lines(
    table: Table, columns: Sequence[str], shown: dict[str, Callable[[Any], str]], missing: str | None
) -> Iterable[list[Any]]:
    def cells(column: str) -> list[Any]:
        values = table[column]
        write = shown.get(column, str)
        listed = values.astype("datetime64[s]").tolist() if values.dtype.kind == "M" else values.tolist()
        return [missing if v is None or v != v else write(v) for v in listed]

    return map(list, zip(*(cells(c) for c in columns)))


def _stamp(format: str) -> Callable[[Any], str]:
    return lambda v: str(v.strftime(format))
