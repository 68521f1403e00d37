"""Where a table stands in a file: the header's lines, totals below it, what is above and below."""

from __future__ import annotations

import pytest

from segdsl.draft.grid import Place, place_of, rows_below

ROWS = [[f"AC-{i}", f"Firm {i}", str(i * 10), f"2025-01-{i + 1:02}"] for i in range(12)]
HEADER = ["Account", "Name", "ARR", "Since"]
WORDS = [
    [name, "north" if i % 2 else "south"] for i, name in enumerate(["Ann", "Bo", "Cy", "Di", "Ed", "Flo", "Gus", "Hal"])
]
CASES = {
    "a header": ([HEADER, *ROWS], Place()),
    "titles": ([["Accounts"], ["as of 31 Oct 2025"], [], HEADER, *ROWS], Place(3)),
    "titles padded with delimiters": ([["Accounts", "", "", ""], ["", "", "", ""], HEADER, *ROWS], Place(2)),
    "a title as wide as the table": ([["Accounts", "", "", "31 Oct 2025"], HEADER, *ROWS], Place(1)),
    "comments of a tool": ([["# Free form 1"], ["# 20251001-20251031"], [], HEADER, *ROWS], Place(3)),
    "a second line of words": ([HEADER, ["Account ID", "Name of it", "in USD", "Day"], *ROWS], Place(0, 2)),
    "two more lines": ([HEADER, ["Id", "Name", "Amount", "Day"], [f'{{"ImportId":"{h}"}}' for h in HEADER], *ROWS], Place(0, 3)),
    "answers below their question": (
        [
            ["Id", "Day", "How likely?", "", "Which parts?", "", ""],
            ["", "", "Response", "Other", "Reports", "Alerts", "Imports"],
            *([f"{118 + i}", f"2025-01-{i + 1:02}", str(i % 11), "", "Reports" if i % 2 else "", "Alerts" if i % 3 else "", ""] for i in range(20)),
        ],
        Place(0, 2),
    ),
    "answers that only some give": (
        [
            ["Id", "Day", "How likely?", "Which parts?", "", ""],
            ["", "", "", "Reports", "Alerts", "Imports"],
            *([f"{118 + i}", f"2025-01-{i + 1:02}", str(i % 11), "Reports" if i % 2 else "", "Alerts" if i % 3 else "", ""] for i in range(20)),
        ],
        Place(0, 2),
    ),
    "lines of an order told above": ([["No", "Day", "Item", ""], ["1", "2025-01-01", "a", ""], ["", "", "b", ""], *([str(i), f"2025-01-{i:02}", "c", ""] for i in range(2, 12))], Place()),
    "many answers below few questions": (
        [
            ["Id", "Day", "Which parts?", "", "", "", "", ""],
            ["", "", "a", "b", "c", "d", "e", "f"],
            *([f"{118 + i}", f"2025-01-{i + 1:02}", *("abcdef"[j] if (i + j) % 2 else "" for j in range(6))] for i in range(20)),
        ],
        Place(0, 2),
    ),
    "years above what repeats": ([["", "2024", "", "2025", ""], ["Account", "Paid", "Due", "Paid", "Due"], *([f"A{i}", "1", "2", "3", "4"] for i in range(9))], Place(0, 2)),
    "years as names": ([["Account", "2024", "2025"], *([f"Firm {i}", str(i), str(i * 2)] for i in range(9))], Place()),
    "a total below the header": ([HEADER, ["", "", "780", ""], *ROWS], Place(0, 1, 1)),
    "a total by its word": ([HEADER, ["Grand total", "", "780", ""], *ROWS], Place(0, 1, 1)),
    "a customer called Total": ([["Name", "ARR", "Id"], ["Total", "780", "AC-99"], *([r[1], r[2], r[0]] for r in ROWS)], Place()),
    "words in the first row's number": ([HEADER, ["AC-77", "Ann", "call Bo", "2025-01-01"], *ROWS], Place()),
    "nothing known in the first row": ([HEADER, ["AC-77", "Ann", "n/a", "n/a"], *ROWS], Place()),
    "words alone": ([["name", "region"], *WORDS], Place()),
    "a column without a name": ([["", "order", "sum", "day"], *([str(i), *r[1:]] for i, r in enumerate(ROWS))], Place()),
    "no header": (ROWS, Place(is_nameless=True)),
    "no header, words and numbers": ([[w, r, str(i), str(i * 3)] for i, (w, r) in enumerate(WORDS)], Place(is_nameless=True)),
    "months as names": ([["Account", "2024-01", "2024-02"], *([f"Firm {i}", str(i), str(i * 2)] for i in range(9))], Place()),
    "one row": ([["id", "n"], ["a", "1"]], Place()),
    "a header alone": ([["id", "n"]], Place()),
    "nothing": ([], Place()),
    "one column": ([["note"], ["a"], ["b"]], Place()),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_where_the_table_stands(case: str) -> None:
    rows, place = CASES[case]
    assert place_of(rows) == place


BELOW = {
    "nothing": ([], 0),
    "a total": ([["Total", "", "660", ""]], 1),
    "a total of all columns": ([["Total", "12", "660", "-"]], 1),
    "a total and remarks": ([["Total", "", "660", ""], [], ["Created by Jo", "", "", ""], ["Confidential"]], 3),
    "a total without a word": ([["", "", "660", ""]], 1),
    "a row that lacks something": ([["AC-99", "Ann", "", ""]], 0),
    "remarks": ([["Copyright 2025"], ["All rights reserved"], ["a"], ["b"], ["c"], ["d"], ["e"]], 7),
}


@pytest.mark.parametrize("case", BELOW)
def test_what_stands_below(case: str) -> None:
    rows, count = BELOW[case]
    assert len(rows_below([*ROWS, *rows], len(HEADER))) == count
