"""Rows that an engine gave -> temporary tables of DuckDB, whichever engine it was: counted, joined and written as files from there."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from segdsl.data.files import DataError
from segdsl.data.relations import first_line
from segdsl.data.sql_text import name, text
from segdsl.data.timeout import within
from segdsl.diagnostics import Diagnostic

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Shelf:
    """A connection of DuckDB with tables, which it has until it is closed.

    `folder`: the only place where it reads and writes files.
    `asking`: context around each statement; raises `DataError` where the engine stops.
    """

    con: duckdb.DuckDBPyConnection
    folder: Path
    asking: Callable[[], AbstractContextManager[None]]
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @staticmethod
    def beside(folder: Path, timeout: int) -> Shelf:
        """A shelf of its own, for an engine that isn't DuckDB."""
        con = duckdb.connect(config={"autoinstall_known_extensions": False})
        con.execute("SET TimeZone = 'UTC'")
        con.execute("SET preserve_insertion_order = false")
        con.execute(f"SET temp_directory = {text(str(folder))}")
        con.execute("SET python_enable_replacements = false")
        con.execute(f"SET allowed_directories = [{text(f'{folder}/')}]")
        con.execute("SET enable_external_access = false")
        con.execute("SET lock_configuration = true")
        return Shelf(con, folder, lambda: asking(con, timeout))

    def put(self, query: str, parameters: Sequence[object] = ()) -> str:
        """Keep the rows of a query, in no order; returns the table's name as SQL."""
        table = name(f"held {next(self._numbers)}")
        self.run(f"CREATE TEMP TABLE {table} AS {query}", parameters)
        return table

    def put_rows(self, columns: Mapping[str, Sequence[str | None]]) -> str:
        """Keep columns of texts, in no order; returns the table's name as SQL."""
        shown = ", ".join(f"unnest(CAST(? AS VARCHAR[])) AS {name(c)}" for c in columns)
        return self.put(f"SELECT {shown}", [[*column] for column in columns.values()])

    def put_frame(self, frame: pd.DataFrame) -> str:
        with self.asking():
            self.con.register("put", frame)
            try:
                return self.put("SELECT * FROM put")
            finally:
                self.con.unregister("put")

    def drop(self, table: str) -> None:
        self.run(f"DROP TABLE {table}")

    def run(self, sql: str, parameters: Sequence[object] = ()) -> None:
        with self.asking():
            self.con.execute(sql, parameters)

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self.asking():
            return self.con.execute(query, parameters).fetchall()

    def frame(self, query: str) -> pd.DataFrame:
        with self.asking():
            frame: pd.DataFrame = self.con.execute(query).df()
            return frame

    def write(self, query: str, file: str, options: str = "FORMAT parquet") -> Path:
        """Write the rows of a query to a file of the folder, in the order of the query's ORDER BY."""
        path = self.folder / file
        self.run(f"COPY ({query}) TO {text(str(path))} ({options}, USE_TMP_FILE false)")
        return path


@contextlib.contextmanager
def asking(con: duckdb.DuckDBPyConnection, timeout: int) -> Iterator[None]:
    """Raises `DataError` where DuckDB stops, or takes longer than it may."""
    try:
        with within(con, timeout, "a question to the data"):
            yield
    except duckdb.Error as error:
        help = "if this is no lack of memory or disk, please report it"
        raise DataError(Diagnostic("SEG0706", f"the engine stopped: {_why(error)}", help=help)) from error


def _why(error: duckdb.Error) -> str:
    """The first line of a message; of a thread's error its own words."""
    line = first_line(error)
    own = re.search(r'"exception_message":("(?:[^"\\]|\\.)*")', line)
    return str(json.loads(own[1])) if own else line
