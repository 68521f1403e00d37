"""The first and last rows of a text file or a sheet -> where the table in it stands: its header, totals, what is above and below.

A report is more than its table:

    Aged receivables,,,          above
    ,2025,,2026                  header, two lines
    Account,Paid,Due,Paid
    ,402,17,96                   a total
    Kite Ltd,12,0,3              rows
    Total,402,17,96              below

Rows tell: a header names nearly all columns that are filled in below it, and its further lines have no cell of the kind of those below,
such as a number above numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from segdsl.data.contract import FOOTERS, MISSING_WORDS

LOOKED_AT = 60  # lines at the top, to find the header
_MOST_HEADER_ROWS = 4
_NAMED = 0.75  # of the columns at least have a name in the header's main line
_USED = 0.2  # of the rows fill a column, else it is no column of the table
_ALIKE = 0.8  # of a column's cells are of one kind, else it has none
_NUMBER = re.compile(r"[(+\-−]*[$€£¥₹]? ?\d[\d.,' \u00a0\u202f]*([eE][+-]?\d+)?( ?[%$€£¥₹])?\)?-?")
_DAY = re.compile(
    r"(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}[-/ .]+[A-Za-z]{3,9}[-/ .,]+\d{2,4}|[A-Za-z]{3,9} \d{1,2},? \d{4})\b.*"
)
_YEAR = re.compile(r" *(19|20)\d\d([-/ ]?\d\d?)? *")
Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Place:
    """Where a table begins: rows above its header, rows of the header, totals between it and the rows.

    `is_nameless`: what stands for the header looks like a row of the table.
    """

    above: int = 0
    header_rows: int = 1
    totals: int = 0
    is_nameless: bool = False


def place_of(rows: Rows) -> Place:
    """The place of the table whose first rows these are; `Place()` where they don't tell."""
    used = _used(rows)
    if len(used) < 2:
        return Place()
    top = _main_line(rows, used)
    if top is None:
        return Place()
    last = top + 1
    for end in range(min(len(rows) - 2, top + _MOST_HEADER_ROWS), top + 1, -1):
        kinds = _Kinds.of(rows[end:])
        if all(kinds.speak_against(row) or kinds.name_others(row, rows[top]) for row in rows[top + 1 : end]):
            last = end
            break
    while top and _names_more(rows[top - 1], rows[top:last], used):
        top -= 1
    totals = 0
    while last + totals < len(rows) - 1 and _Kinds.of(rows[last + totals + 1 :]).is_total(rows[last + totals]):
        totals += 1
    return Place(top, last - top, totals, last == top + 1 and _Kinds.of(rows[last:]).is_row(rows[top]))


def rows_below(last: Rows, width: int) -> Rows:
    """Those of the last filled rows that are no rows of the table: a total and what follows it, remarks, rows of another width."""
    rows = [row for row in last if any(c.strip() for c in row)]
    end = next((i for i, row in enumerate(rows) if _first(row) in FOOTERS), len(rows))
    while end and not _belongs(rows[end - 1], rows[: end - 1], width):
        end -= 1
    return rows[end:] if end else []


def _belongs(row: Sequence[str], before: Rows, width: int) -> bool:
    """Whether a row is one of the table, like those before it."""
    if len(row) != width or not before:
        return len(row) == width
    kinds = _Kinds.of(before)
    empty = sum(not c.strip() for c in row)
    return not kinds.is_total(row) and (width <= 3 or empty < width - 2 or kinds.fit(row))


def _first(row: Sequence[str]) -> str:
    """The first word of a row, in small letters."""
    return next((c.strip().lower().rstrip(":") for c in row if c.strip()), "")


# -- the header ------------------------------------------------------------------------


def _used(rows: Rows) -> frozenset[int]:
    """Columns that the table's rows fill in."""
    counts = Counter(i for row in rows for i in _filled(row))
    wide = sum(len(_filled(row)) > 1 for row in rows)
    return frozenset(i for i, n in counts.items() if n >= _USED * wide and n > 1)


def _filled(row: Sequence[str]) -> frozenset[int]:
    return frozenset(i for i, cell in enumerate(row) if cell.strip())


def _main_line(rows: Rows, used: frozenset[int]) -> int | None:
    """The first row that names nearly all columns; where that is a row of the table, the last of the lines that name them together."""
    wide = (i for i, row in enumerate(rows[:-1]) if _covers([row], used))
    first = next(wide, None)
    if first is None or not _Kinds.of(rows[first + 1 :]).fit(rows[first]):
        return first
    above = first
    while above and len(_filled(rows[above - 1])) > 1:
        above -= 1
    return first - 1 if _covers(rows[above:first], used) else first


def _covers(rows: Rows, used: frozenset[int]) -> bool:
    named = frozenset[int]().union(*map(_filled, rows))
    return len(named & used) >= max(2, _NAMED * len(used))


def _names_more(row: Sequence[str], header: Rows, used: frozenset[int]) -> bool:
    """Whether a row above a header belongs to it: it has names for columns without one, or for groups of columns called the same."""
    named = frozenset[int]().union(*map(_filled, header))
    names = [header[-1][i].strip() for i in _filled(header[-1])]
    repeated = len(set(names)) < len(names)
    return len(_filled(row)) > 1 and (bool((_filled(row) & used) - named) or repeated)


@dataclass(frozen=True)
class _Kinds:
    """The kind of each column's cells in some rows, where it has one; `full` are columns that every row fills in."""

    kinds: dict[int, str]
    full: frozenset[int]

    @staticmethod
    def of(rows: Rows) -> _Kinds:
        wide = [row for row in rows if len(_filled(row)) > 1]
        kinds = {}
        for i in range(max(map(len, wide), default=0)):
            found = Counter(_kind(row[i]) for row in wide if i < len(row) and row[i].strip())
            kind, count = found.most_common(1)[0] if found else ("", 0)
            if count > 1 and kind and count >= _ALIKE * found.total():
                kinds[i] = kind
        full = frozenset.intersection(*map(_filled, wide)) if len(wide) > 1 else frozenset()
        return _Kinds(kinds, full)

    def fit(self, row: Sequence[str]) -> bool:
        """Whether a cell of the row is of the kind of its column."""
        return any(_kind(row[i]) == self.kinds.get(i) for i in _filled(row))

    def is_row(self, row: Sequence[str]) -> bool:
        """Whether all cells are of the kinds of their columns, which are more than a number; years are names, too."""
        alike = [
            i for i in self.kinds if i < len(row) and _kind(row[i]) == self.kinds[i] and not _YEAR.fullmatch(row[i])
        ]
        telling = len(alike) > 1 or any(self.kinds[i] != "number" for i in alike)
        return len(alike) == len(self.kinds) and telling

    def speak_against(self, row: Sequence[str]) -> bool:
        """Whether the row is none of the table: no cell of it fits, words stand among numbers, columns that are full are empty."""
        words = [i for i in _filled(row) & self.kinds.keys() if row[i].strip().lower() not in MISSING_WORDS]
        empty = self.full - _filled(row)
        return not self.fit(row) and len(words) > 0 and len(words) + len(empty) > 1

    def name_others(self, row: Sequence[str], header: Sequence[str]) -> bool:
        """Whether the row has names for columns that the header leaves without one, and is empty where every row of the table is full."""
        named = _filled(row) - _filled(header)
        return bool(named) and not named & self.kinds.keys() and bool(self.full) and not self.full & _filled(row)

    def is_total(self, row: Sequence[str]) -> bool:
        """Whether the row sums up others: numbers alone, or behind a word for it, where the columns that are full are empty."""
        cells = list(_cells(row))
        empty = self.full - _filled(row)
        summing = all(_kind(c) == "number" for c in cells if c.lower() not in FOOTERS)
        return (
            bool(cells)
            and summing
            and any(_kind(c) == "number" for c in cells)
            and 2 * len(empty) >= len(self.full) > 0
        )


def _cells(row: Sequence[str]) -> Iterator[str]:
    return (c.strip() for c in row if c.strip())


def _kind(cell: str) -> str:
    """A day, a number, a code by its shape (`AC-9`); "" for words, which are of no kind."""
    plain = cell.strip()
    if _DAY.fullmatch(plain):
        return "day"
    if _NUMBER.fullmatch(plain):
        return "number"
    shape = re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", plain))
    return shape if "9" in shape or "@" in shape else ""
