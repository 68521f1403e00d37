"""What a set of exports is, and the few words of pandas that its answers are written in."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

Content = str | bytes | Callable[[Path], None]
"""A file's text (UTF-8), its bytes, or what writes it."""
Row = Sequence[object]
FAILING = Path(__file__).parent / "failing.txt"
"""The checks that fail today, one a line: SET: CHECK. `python -m tests.first_day --write` writes it."""
KINDS = {
    "A1": "the past isn't the past: rows and customers that lie after as-of are counted",
    "A2": "old data, and nothing says so",
    "A3": "a sheet or rows of a workbook read as something else, or dropped",
    "A4": "words taken for missing, or not, without being told",
    "A5": "which of several times is that of the rows isn't shown, or is the wrong one",
    "A6": "links that lead nowhere aren't told",
    "A7": "rows that stand twice aren't told",
    "A8": "percent columns aren't asked about",
    "A9": "a cell that can't be read is called missing",
    "B1": "keys with leading zeros",
    "B2": "a key that stands twice takes everything down",
    "B3": "a file or sheet that is no data takes everything down",
    "B4": "a line offered in segdsl.toml doesn't go with the one above it",
    "B5": "one odd cell makes a column text",
    "B6": "links of other names, of half of the values, to a column that wasn't chosen as the key",
    "B7": "no customers are made of a column that repeats",
    "B8": "an entity with children has no time",
    "C1": "a link of a table isn't followed",
    "C2": "where and window in the other order",
    "C3": "and, true, texts as others write them",
    "C4": "an aggregate of a product",
    "C5": "plurals",
    "C7": "no list of fields",
    "C13": "folders, copies and other files after --from",
    "C15": "the first question proposed is none that a person asks",
    "C16": "words for yes and no",
    "C17": "amounts without a currency aren't asked about",
    "S4": "what was typed and isn't there: --as-of today, --output list.xlsx, --without, --update",
    "R16": "bug report 16: days that don't exist, against a format",
    "R24": "bug report 24: times with a zone and without in one table",
    "R25": "bug report 25: a column that only some files have",
    "R29": "bug report 29: numbers of a workbook beyond 2^53",
    "R30": "bug report 30: zeros shown by a number format",
    "R36": "bug report 36: lists that match nobody",
    "N1": "a footer of more than five lines",
    "N2": "title lines padded with delimiters",
    "N3": "days such as 02/Oct/25",
    "N4": "a total above the rows",
    "N5": "people with a day of their own become rows, not customers",
    "N6": "seconds or milliseconds in a column not called a time",
    "N7": "two or three header rows",
    "N8": "e-mail addresses that differ by capitals alone",
    "N9": "cells of an order that stand on its first line only",
    "N10": "lists of quoted words in a cell",
    "N11": "a key called by a sign, as `Attendee #`",
    "N12": "JSON with a byte order mark, or an empty list",
    "N13": "several files of one table become several tables",
    "N14": "names of columns: letters lost, lines of 200 letters",
    "N15": "days at midnight with an offset; years such as 202",
    "N16": "parents in a circle",
    "N17": "small groups under a rank per group",
    "N18": "keys that a spreadsheet made decimals or days of",
    "N19": "days such as 20251002 are taken for numbers",
    "N20": "a type is drafted in which the cells can't be read afterwards, such as 2025-10-02 14:33:01 +0200",
    "N21": "days that a spreadsheet half read",
    "N22": "values of one field that differ by capitals alone",
    "N23": "counts of 0 and 1 are taken for yes and no",
    "N24": "a database's word for nothing, and its days of zeros",
}
"""The kinds of fault: A, B, C and S as the sections of the field notes on first use, R rows of the bug reports, N what these sets showed besides."""
AS_OF = "2025-11-01"  # of questions with a window: the exports are of the day before


@dataclass(frozen=True)
class Ask:
    """A question, as `segdsl try` takes it.

    `condition` names a table by its file in braces, since what it is called is for `init` to choose: `count({orders}) > 3`.
    `of` is the file whose rows are counted; `orders:Customer ID` those of an entity made of a column's values.
    `right` is pandas' answer from the raw files: true, false or missing for each of them.
    `says` are patterns that stand on one line of the answer. `fails` is the kind of fault, where it fails today.
    """

    condition: str
    of: str
    right: Callable[[Any], pd.Series[Any]]
    as_of: str | None = None
    says: tuple[str, ...] = ()
    fails: str = ""
    unsaid: str = ""


@dataclass(frozen=True)
class Say:
    """Patterns that must stand on one line of what a command says; with `never`, that may stand on none.

    `command` is what is typed after `segdsl`, with tables as in an `Ask`. Commands but `init` come after the questions, each once.
    """

    command: str
    facts: tuple[str, ...]
    fails: str = ""
    never: bool = False


@dataclass(frozen=True)
class Case:
    """A set of exports. `kind` says what it is about; the first of `asks` is what a person would ask first.

    `read` is how pandas reads a file that isn't a plain CSV. `answers` are texts in lines that `init` offers behind a `#` in segdsl.toml, which the person takes up.
    `given` is what stands after `init --from`, if not the files. `added` are files written after `init`, such as a list. `first` is the kind of fault by which the first count takes more than three commands today.
    `init` is the kind by which `init` ends badly, `proposal` that by which the question that it proposes
    tells nobody apart, if it isn't the same as `first`; `unreadable` that by which cells can't be read as `init` guessed,
    `offers` that by which a line that `init` offers in segdsl.toml can't be taken up.
    """

    name: str
    kind: str
    files: Mapping[str, Content]
    asks: tuple[Ask, ...]
    says: tuple[Say, ...] = ()
    read: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    answers: tuple[str, ...] = ()
    added: Mapping[str, str] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    first: str = ""
    init: str = ""
    proposal: str | None = None
    unreadable: str = ""
    offers: str = ""


# -- writing ---------------------------------------------------------------------------


def sheet(header: str, rows: Iterable[Row], sep: str = ",", quoted: bool = False) -> str:
    """A CSV file. `header` has the columns between `|`."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=sep, lineterminator="\n", quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    writer.writerows([header.split("|"), *rows])
    return out.getvalue()


def day(n: int, start: str = "2025-01-01") -> dt.date:
    """The nth day after one."""
    return dt.date.fromisoformat(start) + dt.timedelta(n)


def back(n: int, end: str = "2025-10-31") -> dt.date:
    """The nth day before one."""
    return dt.date.fromisoformat(end) - dt.timedelta(n)


def clock(n: int) -> str:
    """A time of day, another for each n."""
    return f"{8 + n % 11:02}:{n * 7 % 60:02}:{n * 13 % 60:02}"


def book(sheets: Mapping[str, Sequence[Row]], hidden: Sequence[str] = (), formats: Mapping[str, str] | None = None) -> Content:
    """A workbook; `formats` gives columns of the first sheet a number format, by their letter."""

    def write(path: Path) -> None:
        import openpyxl

        made = openpyxl.Workbook()
        made.remove(made.active)
        for name, rows in sheets.items():
            page = made.create_sheet(name)
            for row in rows:
                page.append(list(row))
            page.sheet_state = "hidden" if name in hidden else "visible"
        for letter, written in (formats or {}).items():
            for cell in made.worksheets[0][letter][1:]:
                cell.number_format = written
        made.save(path)

    return write


def parquet(columns: str, rows: Sequence[Row]) -> Content:
    """A Parquet file; `columns` as in `id VARCHAR, at TIMESTAMPTZ`."""

    def write(path: Path) -> None:
        with duckdb.connect() as con:
            con.execute("SET TimeZone = 'UTC'")
            con.execute(f"CREATE TABLE t ({columns})")
            con.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(rows[0]))})", [list(r) for r in rows])
            con.execute(f"COPY t TO '{path}' (FORMAT parquet)")

    return write


def json_lines(records: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(r) + "\n" for r in records)


# -- pandas ----------------------------------------------------------------------------


def num(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Plain numbers; what is none is missing."""
    return pd.to_numeric(cells, errors="coerce").astype("Float64")


def when(cells: pd.Series[Any], written: str | None = None) -> pd.Series[Any]:
    """Days or times, of a `strptime` format."""
    return pd.to_datetime(cells.where(cells != ""), format=written or "ISO8601", errors="coerce")


def known(truth: pd.Series[Any], given: pd.Series[Any]) -> pd.Series[Any]:
    """A truth that is missing where nothing is given."""
    return truth.astype("boolean").where(given.astype(bool))


def per(keys: pd.Series[Any], rows: pd.Series[Any]) -> pd.Series[Any]:
    """How many rows belong to each key."""
    return keys.map(rows.value_counts()).fillna(0).astype(int)


def any_of(keys: pd.Series[Any], rows: pd.Series[Any], truth: pd.Series[Any]) -> pd.Series[Any]:
    """Whether a row of each key is true: missing where none is and one may be."""
    some = per(keys, rows[truth.fillna(False)]) > 0
    return some.astype("boolean").where(some | (per(keys, rows[truth.isna()]) == 0))


def total(keys: pd.Series[Any], rows: pd.Series[Any], amounts: pd.Series[Any]) -> pd.Series[Any]:
    """The sum of the amounts of the rows that belong to each key."""
    return keys.map(amounts.groupby(rows).sum()).fillna(0)


def recent(times: pd.Series[Any], days: int, as_of: str = AS_OF) -> pd.Series[Any]:
    """Whether a time is in the last days before as-of."""
    end = pd.Timestamp(as_of)
    return (times >= end - pd.Timedelta(days=days)) & (times < end)


def once(cells: pd.Series[Any]) -> pd.Series[Any]:
    """The different values of a column, in order."""
    return cells[cells != ""].drop_duplicates().reset_index(drop=True)


def failing() -> frozenset[str]:
    """The checks that fail today."""
    return frozenset(FAILING.read_text(encoding="utf-8").splitlines())
