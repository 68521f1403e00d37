"""A query -> its rows, on one engine a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from segdsl.config import SourceConfig
from segdsl.engines.duckdb import DuckDB
from segdsl.engines.postgres import Postgres
from segdsl.model.clock import Clock
from segdsl.model.schema import Schema

if TYPE_CHECKING:
    import pandas as pd

Engine = DuckDB | Postgres


def attach(
    schema: Schema,
    needed: Mapping[str, set[str]],
    source: SourceConfig,
    root: Path,
    frames: Mapping[str, pd.DataFrame] | None = None,
    clock: Clock | None = None,
    also: Mapping[str, set[str]] | None = None,
) -> Engine:
    """The engine that a source names, with what rules need and `also` what is there of that; raises `DataError`."""
    if source.engine == "postgres" and frames is None:
        return Postgres.attach(schema, needed, source, also)
    return DuckDB.attach(schema, needed, source, root, frames, clock, also)
