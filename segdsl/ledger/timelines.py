"""Timelines: what many customers' values were at each instant, one row for each customer and each stretch without a change.

Problem. Every run gives a value of each of some ten columns for each of a million customers, and from one run to the next a hundredth
of them changes. Rows for each run, or even for each column, would be a hundred times what is new.

Idea. A row holds all columns of a customer, with the instant from which it is so. Rows that are still so lie in the table `now_N`,
those that a later one has replaced in `before_N`, with the instant until which they were so (it belongs to the next row). To write
what is true at an instant, the given columns are joined with `now_N`; rows that differ move to `before_N`, and take their other columns
along to the new row. Instants are numbers of runs in the order of their publication for places, and as-ofs for the fields' history.

Example, for places by two rules, of which the second run gives but one:

    published 1:  a big in    b small in     c small out       now_1     b since 1: small, in
    published 2:  a small     b small                                    a since 2: small, in
                                                                         c since 2: -, out        (gone by the first rule alone)
                                                               before_1  a from 1 until 2: big, in
                                                                         c from 1 until 2: small, out

A cell is NULL where the column was never written of this customer, or no longer is. What holds at an instant doesn't depend on other
instants: one may be left out, and nothing has to be rewritten.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from segdsl.data.sql_text import name

WAS, IS = "was ", "is "  # prefixes of columns, so that none is called as one of the others


@dataclass(frozen=True)
class Timeline:
    """The two tables of a timeline. `kind` is `places` or `values`; `columns` are the SQL columns by what they are of."""

    con: duckdb.DuckDBPyConnection
    number: int
    kind: str
    columns: Mapping[str, str]

    @property
    def now(self) -> str:
        return f"now_{self.number}"

    @property
    def before(self) -> str:
        return f"before_{self.number}"

    def at(self, instant: str, but_not_at: str = "") -> str:
        """Query of the rows at an instant, in SQL: `entity_id`, `since`, and `was C` for each column C; without those that hold at another
        instant too.
        """
        so = f"since <= {instant}"
        then = f"{so} AND until > {instant}"
        if but_not_at:
            then += f" AND NOT (since <= {but_not_at} AND until > {but_not_at})"
            so += f" AND NOT since <= {but_not_at}"
        cells = self._named()
        return (
            f"SELECT entity_id, since{cells} FROM {self.now} WHERE {so}"
            f" UNION ALL SELECT entity_id, since{cells} FROM {self.before} WHERE {then}"
        )

    def latest(self) -> str:
        """Query of the rows that still hold."""
        return f"SELECT entity_id, since{self._named()} FROM {self.now}"

    def ever(self, of: str) -> str:
        """Query of all rows: `entity_id`, `since`, `until` (NULL of those that still hold), and a column as `cell`."""
        cell = f"{self.columns[of]} AS cell"
        return (
            f"SELECT entity_id, since, NULL AS until, {cell} FROM {self.now}"
            f" UNION ALL SELECT entity_id, since, until, {cell} FROM {self.before}"
        )

    def turn(self, differing: str, given: Sequence[str], instant: str) -> None:
        """Replace, at an instant that isn't before any other, the rows that differ: `differing` is a table of `differences` from the latest
        ones.
        """
        self.con.execute(
            f"""INSERT INTO {self.before} SELECT entity_id, since, {instant}{self._cells(WAS)} FROM {differing}
                WHERE since < {instant}"""
        )
        self.con.execute(
            f"DELETE FROM {self.now} WHERE entity_id IN (SELECT entity_id FROM {differing} WHERE since IS NOT NULL)"
        )
        cells = [f"{name((IS if of in given else WAS) + of)}" for of in self.columns]
        self.con.execute(
            f"""INSERT INTO {self.now} SELECT entity_id, {instant}, {", ".join(cells)} FROM {differing}
                WHERE coalesce({", ".join(cells)}) IS NOT NULL"""
        )

    def fill(self, rows: str, given: Sequence[str], instant: str) -> None:
        """Write the first rows of an empty timeline, from a query with `entity_id` and `is C` of the given columns."""
        listed = "".join(f", {self.columns[of]}" for of in given)
        cells = "".join(f", {name(IS + of)}" for of in given)
        self.con.execute(
            f"INSERT INTO {self.now} (entity_id, since{listed}) SELECT entity_id, {instant}{cells} FROM ({rows})"
        )

    def reopen(self, instant: str) -> None:
        """Let the rows of an instant hold as the latest: those that began later go, those that ended later hold again."""
        self.con.execute(f"DELETE FROM {self.now} WHERE since > {instant}")
        listed = "".join(f", {c}" for c in self.columns.values())
        ended = f"FROM {self.before} WHERE since <= {instant} AND until > {instant}"
        self.con.execute(f"INSERT INTO {self.now} (entity_id, since{listed}) SELECT entity_id, since{listed} {ended}")
        self.con.execute(f"DELETE FROM {self.before} WHERE until > {instant}")

    def undo(self, of: Collection[str], instant: str) -> None:
        """Take back what was written of some columns at the latest instant."""
        touched = f"SELECT 1 FROM {self.now} WHERE since = {instant} UNION ALL SELECT 1 FROM {self.before} WHERE until = {instant} LIMIT 1"
        if not self.con.execute(touched).fetchall():
            return
        cells = list(self.columns.values())
        back = ", ".join(f"{'p' if n in of else 'c'}.{c} AS {c}" for n, c in self.columns.items())
        was = ", ".join(f"p.{c} AS {name(WAS + c)}" for c in cells)
        self.con.execute(
            f"""CREATE OR REPLACE TEMP TABLE undone AS
                SELECT coalesce(p.entity_id, c.entity_id) AS entity_id, p.since AS since, {back}, {was}
                FROM (SELECT * FROM {self.before} WHERE until = {instant}) p
                FULL JOIN (SELECT * FROM {self.now} WHERE since = {instant}) c ON p.entity_id = c.entity_id"""
        )
        listed = ", ".join(cells)
        is_back = " AND ".join(f"{c} IS NOT DISTINCT FROM {name(WAS + c)}" for c in cells)
        self.con.execute(f"DELETE FROM {self.now} WHERE since = {instant}")
        self.con.execute(
            f"""DELETE FROM {self.before} WHERE until = {instant} AND entity_id IN
                (SELECT entity_id FROM undone WHERE since IS NOT NULL AND {is_back})"""
        )
        self.con.execute(
            f"""INSERT INTO {self.now} SELECT entity_id, CASE WHEN since IS NOT NULL AND {is_back} THEN since ELSE {instant} END, {listed}
                FROM undone WHERE coalesce({listed}) IS NOT NULL"""
        )
        self.con.execute("DROP TABLE undone")

    def forget_unless(self, instants: Sequence[int]) -> None:
        """Remove the rows that hold at none of the instants, which are numbers in order; the last one is the latest from then on."""
        last = instants[-1] if instants else 0
        later = f"SELECT 1 FROM {self.now} WHERE since > {last} UNION ALL SELECT 1 FROM {self.before} WHERE until > {last} LIMIT 1"
        if self.con.execute(later).fetchall():
            self.reopen(str(last))
        begun = [b for (b,) in self.con.execute(f"SELECT DISTINCT since FROM {self.before}").fetchall()]
        shown = [instants[bisect_left(instants, b)] for b in begun]
        self.con.execute(
            f"""DELETE FROM {self.before} USING (SELECT unnest($begun::INTEGER[]) AS begun, unnest($shown::INTEGER[]) AS shown) s
                WHERE since = s.begun AND until <= s.shown""",
            {"begun": begun, "shown": shown},
        )

    def _named(self) -> str:
        return "".join(f", {c} AS {name(WAS + of)}" for of, c in self.columns.items())

    def _cells(self, prefix: str) -> str:
        return "".join(f", {name(prefix + of)}" for of in self.columns)


def differences(rows: str, columns: Collection[str], new: str, given: Sequence[str]) -> str:
    """Query of the customers of whom rows of a timeline and new ones differ in a given column: `entity_id`, `since` (NULL for a customer
    without a row), `was C` of every column, and `is C` of the given ones.

    `rows`: a query as of `Timeline.at`, with these columns.
    `new`: a query with `entity_id` and `is C` of the given columns.
    """
    every = dict.fromkeys([*columns, *given])
    was = "".join(f", {_was(c, columns)} AS {name(WAS + c)}" for c in every)
    now = "".join(f", n.{name(IS + c)}" for c in given)
    differs = " OR ".join(f"{_was(c, columns)} IS DISTINCT FROM n.{name(IS + c)}" for c in given)
    return f"""SELECT coalesce(o.entity_id, n.entity_id) AS entity_id, o.since{was}{now}
               FROM ({rows}) o FULL JOIN ({new}) n ON o.entity_id = n.entity_id WHERE {differs}"""


def _was(column: str, columns: Collection[str]) -> str:
    return f"o.{name(WAS + column)}" if column in columns else "NULL"


# -- their tables ----------------------------------------------------------------------------

_INSTANT = {"places": "INTEGER", "values": "TIMESTAMP"}
_CELL = {"places": "INTEGER", "values": "VARCHAR"}


def declarations(number: int, kind: str, columns: int) -> list[str]:
    """Statements that create the tables of a timeline with a number of columns."""
    instant = _INSTANT[kind]
    cells = "".join(f", c{i} {_CELL[kind]}" for i in range(1, columns + 1))
    return [
        f"CREATE TABLE now_{number} (entity_id VARCHAR, since {instant}{cells})",
        f"CREATE TABLE before_{number} (entity_id VARCHAR, since {instant}, until {instant}{cells})",
    ]


def timelines(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], Timeline]:
    """All timelines of a ledger by (kind, source, entity)."""
    columns: dict[int, dict[str, str]] = {}
    for timeline, number, of in con.execute('SELECT timeline, number, "of" FROM columns ORDER BY 1, 2').fetchall():
        columns.setdefault(timeline, {})[of] = f"c{number}"
    found = con.execute("SELECT timeline, kind, source, entity FROM timelines").fetchall()
    return {(k, s, e): Timeline(con, n, k, columns.get(n, {})) for n, k, s, e in found}


def with_columns(
    con: duckdb.DuckDBPyConnection, kind: str, source: str, entity: str, wanted: Sequence[str]
) -> Timeline:
    """The timeline of an entity, made if there is none, with these columns besides those that it has."""
    timeline = timelines(con).get((kind, source, entity))
    if timeline is None:
        ((number,),) = con.execute("SELECT coalesce(max(timeline), 0) + 1 FROM timelines").fetchall()
        con.execute("INSERT INTO timelines VALUES (?, ?, ?, ?)", [number, kind, source, entity])
        for statement in declarations(number, kind, 0):
            con.execute(statement)
        timeline = Timeline(con, number, kind, {})
    new = [c for c in wanted if c not in timeline.columns]
    for i, of in enumerate(new, len(timeline.columns) + 1):
        con.execute("INSERT INTO columns VALUES (?, ?, ?)", [timeline.number, i, of])
        for table in (timeline.now, timeline.before):
            con.execute(f"ALTER TABLE {table} ADD COLUMN c{i} {_CELL[kind]}")
    columns = {**timeline.columns, **{of: f"c{i}" for i, of in enumerate(new, len(timeline.columns) + 1)}}
    return Timeline(con, timeline.number, kind, columns)
