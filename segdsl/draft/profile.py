"""A query -> what its columns look like: counts of every shape that a cell can have.

Shapes are counted over different values. Where a column has very many of them, they are counted over a sample; every guess is
checked against all cells afterwards (`readable.py`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from segdsl.data.contract import MISSING_WORDS
from segdsl.data.sql_text import matches, name, text, texts
from segdsl.draft.shapes import SHAPES
from segdsl.workspace.config import TableSource

MOST_VALUES = 50  # of a column that are kept, commonest first
SAMPLE = 200_000  # different values of a column whose shapes are looked at


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `missing`: empty cells, and cells with a word such as `N/A`.
    `words`: these words, with the number of their cells.
    `distinct`: different values, without words.
    `values`: the commonest values, with the number of their cells.
    `shapes`: the number of cells of each shape.
    `middle`: of plain numbers, the value above which a quarter of them lie, rounded to two digits, as rules have it.
    `is_plain`: its numbers are numbers in the file, not texts, so that how they are written is no question.
    `is_percent`: its numbers are shown as percent, 0.2 as 20%.
    `spellings`: where the files of a table write its numbers in two ways, an example of each.
    """

    header: str
    rows: int
    missing: int
    words: Mapping[str, int]
    distinct: int
    values: Mapping[str, int]
    shapes: Mapping[str, int]
    middle: str | None = None
    is_plain: bool = False
    is_percent: bool = False
    spellings: tuple[str, ...] = ()

    @property
    def given(self) -> int:
        return self.rows - self.missing

    def all_are(self, *shapes: str) -> bool:
        return self.given > 0 and max(self.shapes[s] for s in shapes) == self.given

    @property
    def is_whole(self) -> bool:
        """Whole numbers, also where a program wrote them as 12.0."""
        return 0 < self.given == self.shapes["integer"] + self.shapes["whole"]

    @property
    def is_unique(self) -> bool:
        return self.rows > 0 and self.missing == 0 and self.distinct == self.rows

    def with_values(self, words: Mapping[str, int]) -> Column:
        """The column with some of its words taken for values."""
        if not words:
            return self
        left = {w: n for w, n in self.words.items() if w not in words}
        return replace(
            self,
            missing=self.missing - sum(words.values()),
            words=left,
            distinct=self.distinct + len(words),
            values={**self.values, **words},
        )


@dataclass(frozen=True)
class Profile:
    """One table of a person's: a file, or a sheet of a workbook. `view` is its text in the engine.

    `notes` say how the file was read, `doubts` what about that may be wrong.
    `headers_again`: the number of rows that hold the name of each column.
    """

    path: Path
    view: str
    rows: int
    columns: tuple[Column, ...]
    source: TableSource
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    headers_again: int = 0

    @property
    def title(self) -> str:
        """The name of the sheet, of the database's table, or of the file without its date."""
        table = (self.source.table or "").rpartition(".")[2]
        stem = Path(self.source.path).stem.rstrip("*")
        return self.source.sheet or table or re.sub(r"([-_ ]\d+|[-_ ]?\d{4,}.*| ?\(\d+\)|[-_ ])$", "", stem)

    @property
    def label(self) -> str:
        """The file, and the sheet where it has several."""
        name = Path(self.source.path).name
        return f"{name}, sheet {self.source.sheet}" if self.source.sheet else name

    @property
    def first_line(self) -> int:
        """The line of the first row in the file, as an editor or a spreadsheet program counts."""
        return self.source.first_line


def profile_of(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    view: str,
    query: str,
    source: TableSource,
    notes: Sequence[str] = (),
    plain: Collection[str] = (),
    percents: Collection[str] = (),
) -> Profile:
    """The profile of a query's rows, which become the table `view`.

    `plain`: columns of numbers that are no texts. `percents`: those of them that are shown as percent.
    """
    types = {str(r[0]): str(r[1]) for r in con.execute(f"DESCRIBE {query}").fetchall()}
    as_text = [
        f"CAST({f'to_json({name(c)})' if t.endswith(']') else name(c)} AS VARCHAR) AS {name(c)}"
        for c, t in types.items()
    ]
    con.execute(f"CREATE TEMP TABLE {name(view)} AS SELECT {', '.join(as_text)} FROM ({query})")
    rows = con.execute(f"SELECT count(*) FROM {name(view)}").fetchall()[0][0]
    columns = tuple(
        replace(
            _column(con, view, c, rows),
            is_plain=c in plain or t not in ("VARCHAR", "JSON"),
            is_percent=c in percents,
        )
        for c, t in types.items()
    )
    large = [c.header for c in columns if c.distinct > SAMPLE]
    if large:
        guessed = f"how its cells are written is guessed from {SAMPLE:,} different values of a column"
        sample = f"{path.name} is large: {guessed}, and then checked on all {rows:,} rows"
        notes = (*notes, sample)
    again = _headers_again(con, view, list(types))
    return Profile(path, view, rows, columns, source, tuple(notes), headers_again=again)


def _headers_again(con: duckdb.DuckDBPyConnection, view: str, headers: Sequence[str]) -> int:
    """The number of rows that hold the name of each column, as where exports were put together."""
    written = {h: re.sub(r" \(\d+\)$", "", h) for h in headers if not re.fullmatch(r"\(column \d+\)", h)}
    same = " AND ".join(f"trim({name(h)}) = {text(w)}" for h, w in written.items())
    return int(con.execute(f"SELECT count(*) FROM {name(view)} WHERE {same or 'false'}").fetchall()[0][0])


def _column(con: duckdb.DuckDBPyConnection, view: str, header: str, rows: int) -> Column:
    counted = name(f"values of {view}")
    cell = f"trim({name(header)}, ' \t\r\n\u00a0')"
    is_word = f"lower(v) IN ({texts(list(MISSING_WORDS))})"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {counted} AS SELECT v, n, {is_word} AS is_word "
        f"FROM (SELECT {cell} AS v, count(*) AS n FROM {name(view)} GROUP BY 1) WHERE v <> ''"
    )
    words = dict(con.execute(f"SELECT v, n FROM {counted} WHERE is_word ORDER BY n DESC, v").fetchall())
    given = f"(SELECT v, n FROM {counted} WHERE NOT is_word)"
    n, distinct = con.execute(f"SELECT coalesce(sum(n), 0), count(*) FROM {given}").fetchall()[0]
    values = dict(con.execute(f"SELECT v, n FROM {given} ORDER BY n DESC, v LIMIT {MOST_VALUES}").fetchall())
    shapes = _shapes(con, given, int(n), distinct)
    middle = _middle(con, given) if 0 < n == shapes["number"] else None
    con.execute(f"DROP TABLE {counted}")
    return Column(header, rows, rows - int(n), words, distinct, values, shapes, middle)


def _shapes(con: duckdb.DuckDBPyConnection, given: str, cells: int, distinct: int) -> dict[str, int]:
    """The number of cells of each shape; of a sample's counts, what they come to in all cells."""
    sample = f" USING SAMPLE reservoir({SAMPLE} ROWS) REPEATABLE (1)" if distinct > SAMPLE else ""
    counts = ", ".join(f"coalesce(sum(n) FILTER ({matches('v', pattern)}), 0)" for pattern in SHAPES.values())
    of, *counted = con.execute(f"SELECT coalesce(sum(n), 0), {counts} FROM {given}{sample}").fetchall()[0]
    if of == cells:
        return dict(zip(SHAPES, map(int, counted)))
    return {s: cells if k == of else min(round(k * cells / of), cells - 1) for s, k in zip(SHAPES, map(int, counted))}


def _middle(con: duckdb.DuckDBPyConnection, given: str) -> str | None:
    """The upper quartile of plain numbers, rounded to two digits: 50_000."""
    weighted = f"SELECT CAST(v AS DOUBLE) AS x, sum(n) OVER (ORDER BY CAST(v AS DOUBLE)) AS up_to, sum(n) OVER () AS cells FROM {given}"
    found = con.execute(f"SELECT min(x) FILTER (up_to >= 0.75 * cells) FROM ({weighted})").fetchall()[0][0]
    rounded = float(f"{float(found):.1e}")
    return f"{int(rounded):_}" if rounded == int(rounded) else f"{rounded:g}"
