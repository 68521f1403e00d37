"""What a column is taken for by its cells: its type, the settings it is read with, and what is asked or told."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from segdsl.draft.exports import look_at
from segdsl.draft.readable import read_columns
from segdsl.draft.reading import Reading
from tests.support.cli import call

pytestmark = pytest.mark.slow


def read(folder: Path, cells: Sequence[str], header: str = "x") -> Reading:
    with (folder / "things.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["thing_id", header], *([f"t{i}", cell] for i, cell in enumerate(cells))])
    with duckdb.connect() as con:
        (profile,) = look_at(con, [folder / "things.csv"], folder).profiles
        return read_columns(con, profile)[header]


def every(cells: Sequence[str], count: int = 40) -> list[str]:
    return [cells[i % len(cells)] for i in range(count)]


DAYS = [f"2025-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(40)]
NUMBERS = [f"{i * 37 / 4:g}" for i in range(40)]
CASES: dict[str, tuple[Sequence[str], str, str, str]] = {
    # cells, header, type, what is said (a pattern)
    "days at midnight with an offset": ([f"{d}T00:00:00.000+0200" for d in DAYS], "renewal", "date", "each at midnight"),
    "days at midnight": ([f"{d} 00:00:00" for d in DAYS], "ordered", "date", "each at midnight"),
    "times": ([f"{d} 10:00:00 +0200" for d in DAYS], "at", "timestamp", "dates in all"),
    "times of named zones": ([f"{d} 10:00:00 {'PDT' if i % 2 else 'PST'}" for i, d in enumerate(DAYS)], "at", "timestamp", r"\?PDT, PST in 40 cells"),
    "times of a zone that isn't read": ([f"{d} 10:00:00 AEST" for d in DAYS], "at", "text", r"\?40 of 40 cells are no times that can be read, such as `2025-01-01 10:00:00 AEST`"),
    "compact days": ([d.replace("-", "") for d in DAYS], "Date", "date", "days such as 2025"),
    "numbers like compact days": ([d.replace("-", "") for d in DAYS], "points", "integer", "whole numbers"),
    "the year 202": ([*DAYS[:38], "0202-05-04", "0202-05-09"], "ends", "date", r"!38 of 40 cells are dates, not `0202-05-04`, `0202-05-09`, which are read as missing"),
    "days that don't exist": ([*(f"{d[8:]}/{d[5:7]}/2025" for d in DAYS[:38]), "31/04/2025", "29/02/2025"], "ends", "date", "!38 of 40 .*29/02/2025.*31/04/2025"),
    "days half read in a workbook": ([d if int(d[8:]) <= 12 else f"{d[8:]}/{d[5:7]}/2025" for d in DAYS], "joined", "text", r"\?16 cells can only be days .* the other 24"),
    "days half read in a text file": ([f"{int(d[8:])}/{int(d[5:7])}/2025" if int(d[8:]) <= 12 else f"{d[8:]}/{d[5:7]}/2025" for d in DAYS], "joined", "text", r"\?16 cells can only be days"),
    "days of a database": ([f"{1 + i % 28:02}-{('JAN', 'FEB', 'MAR')[i % 3]}-25" for i in range(40)], "joined", "date", "DD-Mon-YY in all 40"),
    "days with zeros": ([f"{d[8:]}/{d[5:7]}/2025" for d in DAYS], "joined", "date", "DD/MM/YYYY: 16 cells can only be that"),
    "days without zeros": ([f"{int(d[5:7])}/{int(d[8:])}/2025" for d in DAYS], "joined", "date", "MM/DD/YYYY: 16 cells can only be that"),
    "days of zeros": (every(["0000-00-00", *DAYS[:3]]), "deleted_at", "date", "read as missing: `0000-00-00` in 10"),
    "a database's word for nothing": (every(["\\N", "EU", "US"]), "region", 'one of ("EU", "US")', r"read as missing: `\\N` in 14"),
    "an ambiguous word": (every(["- None -", "Gold", "Silver"]), "category", 'one of ("- None -", "Gold", "Silver")', r"\?`- None -` is taken for an answer, in 14 of 40"),
    "a rare ambiguous word": (["(not set)", *every(["Gold", "Silver"], 39)], "category", 'one of ("Gold", "Silver")', r"\?`\(not set\)` is taken for missing, in 1 of 40 rows"),
    "a dash": (every(["-", "Normal", "Urgent"]), "priority", 'one of ("Normal", "Urgent")', r"\?`-` is taken for missing, in 14 of 40 rows"),
    "capitals": (every(["Lead", "Customer", "customer"]), "stage", 'one of ("Customer", "Lead", "customer")', r'\?.*capitals .*"Customer" in 13; "customer" in 13'),
    "yes and no in German": (every(["ja", "nein"]), "aktiv", "boolean", "ja/nein"),
    "on and off": (every(["On", "Off"]), "auto", "boolean", "Off/On|On/Off"),
    "J and N": (every(["J", "N"]), "aktiv", "boolean", "J/N"),
    "x or empty": (every(["x", "", "X", ""]), "vip", "boolean", "X/x in 20 cells|x/X in 20 cells"),
    "a tick in few rows": (["\u2713", *[""] * 39], "vip", "boolean", "\u2713 in 1 cell, 39 are missing"),
    "on alone": (every(["on"]), "auto", 'one of ("on")', "1 value in"),
    "0 and 1 of a state": (every(["0", "1"]), "is_trial", "boolean", "0/1"),
    "0 and 1 of a count": (every(["0", "1"]), "number_of_calls", "integer", "a count, by its name"),
    "0 and 1": (every(["0", "1"]), "open_tickets", "integer", r"\?0 and 1 alone: taken for a number"),
    "a sign before some amounts alone": ([*(f"{i},395.08" for i in range(1, 61)), *(f"£{i},527.96" for i in range(1, 61))], "lifetime", "money(GBP)", "amounts in all 120 cells, written as 1,234.56"),
    "a sign before whole numbers": ([f"£{i}" for i in range(1, 60)], "largest", "money(GBP)", "^amounts in all 59 cells$"),
    "blanks within amounts": ([f"£{i} 500,50" for i in range(1, 60)], "largest", "money(GBP)", "written as 1 234,56"),
    "lakhs": ([f"{1 + i % 9},{23 + i},{456 + i}.00" for i in range(40)], "turnover", "number", "written as 12,34,567.89"),
    "cells that a spreadsheet takes for formulas": ([f'="{i:05}"' for i in range(40)], "ref", "text", "digits with leading zeros in all 40"),
    "seconds under t": ([str(1761900000 + i) for i in range(40)], "t", "timestamp", "seconds since 1970 in all 40"),
    "seconds under another name": ([str(1761900000 + i) for i in range(40)], "seen", "integer", r"\?seconds since 1970\? `17619000\d\d` would be 2025-10-31 08:40"),
    "seconds, and zeros": ([str(1761900000 + i if i % 4 else 0) for i in range(40)], "last_seen", "integer", r"\?seconds since 1970\? `17619000\d\d` would be 2025-10-31 08:40"),
    "days of a spreadsheet under the name of an end": ([str(45000 + i) for i in range(40)], "end", "integer", r"\?days as a spreadsheet counts them\? `45000` would be 2023-03-15"),
    "five digits of nothing in particular": ([str(45000 + i) for i in range(40)], "points", "integer", "whole numbers in all 40"),
    "few amounts with units": (every(["1.2M", "350K"]), "annual_revenue", "text", r"\?numbers with K, M behind them"),
    "ten digits of an id": ([str(1761900000 + i) for i in range(40)], "ref_no", "integer", "whole numbers"),
    "remarks": ([f"called {i}; will call {i + 1} again" for i in range(20)] + ["", "ok"] * 10, "notes", "text", "21 different values"),
    "lists by semicolons": (every(["CRM; Mail", "CRM", "Mail; Web", ""]), "products", "set of text", "several values by `;`"),
    "lists in quotes": (every(['"a","b, c"', '"a"', '"b, c"']), "tags", "set of text", "several values by `,`"),
    "sentences with a semicolon": (every(["Shower cold; please check", "Device broken", "too full"]), "description", "text", "3 different values"),
    "tags by commas": (every(["vip", "wholesale, vip", "newsletter", ""]), "Tags", "set of text", "several values by `,`"),
    "lists of several words": (every(["Too slow; Hard to use", "Too slow", "Hard to use; No app", "No app"]), "reasons", "set of text", "by `;`"),
    "lists by commas": (every(["CRM", "CRM, Mail", "Mail", "CRM, Mail, Web"]), "products", "set of text", "several values by `,`"),
    "a place and its country": (every(["Paris, France", "Lyon, France", "Nice, France", "Monaco"]), "place", 'one of ("Lyon, France", "Monaco", "Nice, France", "Paris, France")', "4 values"),
    "a minus behind, and a mathematician's": ([f"{i}.00-" if i % 2 else f"\u2212{i}.00" for i in range(40)], "change", "number", "amounts in all 40"),
    "thousands by blanks": ([f"{i + 1} {i * 7 % 1000:03}" for i in range(40)], "views", "number", "written as 1 234,56"),
    "quoted texts that are no lists": (every(['"a"', '"b"']), "tags", 'one of ("\\"a\\"", "\\"b\\"")', "2 values"),
    "thousands or a fraction": ([f"{i + 1}.{i * 7 % 1000:03}" for i in range(40)], "size", "number", r"\?thousands or a fraction"),
    "a lost sign": ([f"? {n}" for n in NUMBERS], "price", "text", r"\?40 of 40 cells are numbers behind a sign that was lost, such as `\? \d"),
    "an odd cell": (["call Bo", *NUMBERS[1:]], "mrr", "number", "!39 of 40 cells are numbers, not `call Bo`, which is read as missing"),
    "another currency": (["€8,000.00", *(f"${i},000.50" for i in range(1, 40))], "arr", "money(USD)", "!39 of 40 cells are amounts in USD, not `€8,000.00`"),
    "two currencies": ([f"{'€$'[i % 2]}{i + 1},000.00" for i in range(40)], "arr", "text", r"\?20 of 40 cells are no amounts in (USD|EUR) that can be read, such as `"),
    "decimals of ids": ([f"{1000 + i}.0" for i in range(40)], "customer_id", "integer", "a program wrote as decimals"),
    "percent with a comma": ([f"{i % 20},5 %" for i in range(40)], "rabatt", "number", "percent in all 40"),
    "one value": (every(["same"]), "only", 'one of ("same")', "1 value in all 40"),
    "nothing": (every([""]), "note", "text", "empty in every row"),
    "words for nothing alone": (every(["N/A"]), "note", 'one of ("N/A")', r"\?`N/A` is taken for an answer"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_a_column_is_taken_for(case: str, tmp_path: Path) -> None:
    cells, header, typed, said = CASES[case]
    reading = read(tmp_path, cells, header)
    told = [reading.evidence, *(f"?{q.text}" for q in reading.questions), *(f"!{odd}" for odd in reading.odd)]
    assert (reading.type, bool(re.search(said, "\n".join(told)))) == (typed, True), told


@pytest.mark.long
def test_no_cell_is_lost_without_a_word(tmp_path: Path) -> None:
    """All these columns together: what the reader can't read in the end, init has named."""
    columns = {f"{header} {i}": cells for i, (cells, header, _, _) in enumerate(CASES.values())}
    with (tmp_path / "things.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [["thing_id", *columns], *([f"t{i}", *(c[i] for c in columns.values())] for i in range(40))]
        )
    said = call("init", "--from", "things.csv", cwd=tmp_path).output
    named = set(re.findall(r"^  ! (\w+): ", said, re.MULTILINE))
    config = tmp_path / "segdsl.toml"
    asked = re.sub(r'^# (\w+\.(date|number) = "[^"]*")$', r"\1", config.read_text(encoding="utf-8"), flags=re.MULTILINE)
    config.write_text("\n".join(_first_of_each(asked.splitlines())), encoding="utf-8")
    checked = call("data", "check", cwd=tmp_path).output
    unread = set(re.findall(r"cells? of (\w+) (?:unreadable|not one of)", checked))
    assert "thing: 40 rows" in checked, checked
    assert unread and unread <= named, (unread - named, said, checked)


def _first_of_each(lines: Sequence[str]) -> list[str]:
    """Lines without a second setting of the same name: of several that a question offers, the first is taken up."""
    seen: set[str] = set()
    kept = []
    for line in lines:
        setting = re.match(r"\w+\.\w+ = ", line)
        if setting is None or setting[0] not in seen:
            kept.append(line)
        seen.add(setting[0] if setting else "")
    return kept
