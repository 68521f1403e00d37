"""Engines: run queries on data, one engine a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from segdsl.closing import close_at_the_end
from segdsl.data.arrow import ArrowFrame
from segdsl.engines.duckdb import DuckDB
from segdsl.engines.engine import DataRequest, Engine
from segdsl.engines.postgres import Postgres
from segdsl.engines.spark import Spark
from segdsl.model.clock import Clock
from segdsl.model.dependencies import Needed
from segdsl.model.schema import Schema
from segdsl.workspace.config import SourceConfig

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ENGINES", "DataRequest", "Engine", "attach"]

ENGINES: Mapping[str, Callable[[DataRequest], Engine]] = {
    "duckdb": DuckDB.attach,
    "postgres": Postgres.attach,
    "spark": Spark.attach,
}


def attach(
    schema: Schema,
    needed: Needed,
    source: SourceConfig,
    root: Path,
    frames: Mapping[str, pd.DataFrame | ArrowFrame] | None = None,
    clock: Clock | None = None,
    also: Mapping[str, set[str]] | None = None,
    to_look: bool = False,
) -> Engine:
    """Attach the engine that a source names; frames always use DuckDB. Raises `DataError`.

    It is closed at the end of the command or call around (`segdsl/closing.py`), if nobody closes it before.
    """
    request = DataRequest(schema, source, root, needed, also or {}, frames, clock, to_look)
    engine = ENGINES[source.engine if frames is None else "duckdb"](request)
    close_at_the_end(engine)
    return engine
