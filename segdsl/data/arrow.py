"""Frames by the Arrow PyCapsule interface, from any library and for any: read into DuckDB and given from it, without pyarrow.

The interface: https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import duckdb

from segdsl.data.sql_text import name

if TYPE_CHECKING:
    import pandas as pd


@runtime_checkable
class ArrowFrame(Protocol):
    """Rows as an Arrow stream: a frame of polars, a table of pyarrow, a relation of DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class _Stream:
    """The interface alone: of libraries that it knows, DuckDB would ask for pyarrow."""

    def __init__(self, frame: ArrowFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


def load(con: duckdb.DuckDBPyConnection, table: str, frame: ArrowFrame) -> None:
    """Make a temporary table of a frame's rows, which are read once; categories become texts. Raises `duckdb.Error`."""
    con.register("given", _Stream(frame))
    try:
        con.execute(f"CREATE TEMP TABLE {name(table)} AS SELECT * FROM given")
    finally:
        con.unregister("given")
    columns = con.execute(f"DESCRIBE {name(table)}").fetchall()
    for column in (c for c, typed, *_ in columns if typed.startswith("ENUM")):
        con.execute(f"ALTER TABLE {name(table)} ALTER {name(column)} TYPE VARCHAR")


class Assigned:
    """Assigned customers, by key, for any library that takes Arrow: `polars.DataFrame(assigned)`, `pyarrow.table(assigned)`."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    @staticmethod
    def of(rows: duckdb.DuckDBPyRelation | pd.DataFrame) -> Assigned:
        con = duckdb.connect(config={"autoinstall_known_extensions": False})
        con.register("given", _Stream(rows) if isinstance(rows, duckdb.DuckDBPyRelation) else rows)
        con.execute("CREATE TABLE assigned AS SELECT * FROM given")
        con.unregister("given")
        return Assigned(con)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        rows = self._con.cursor().sql("SELECT * FROM assigned ORDER BY entity_id")
        return rows.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return int(self._con.execute("SELECT count(*) FROM assigned").fetchall()[0][0])

    def __repr__(self) -> str:
        return f"<{len(self)} customers, as an Arrow stream>"
