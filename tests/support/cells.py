"""Engines over columns of cells."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from segdsl.engines import DataRequest
from segdsl.engines.duckdb import DuckDB
from segdsl.model.dependencies import Needed
from segdsl.model.segment import Model
from segdsl.workspace.config import Formats, SourceConfig
from tests.support.answers import model_of

FIELDS = {
    "integer": "integer", "percent": "integer from 0 to 100", "number": "number", "usd": "money(USD)", "jpy": "money(JPY)", "kwd": "money(KWD)",
    "real": "real", "version": "version", "boolean": "boolean", "date": "date", "timestamp": "timestamp", "enum": 'one of ("a b", "c")', "set": "set of text", "text": "text",
}  # fmt: skip
NA = Formats(missing=("NA",))
SOURCE = SourceConfig()


def attached_to(model: Model, frame: pd.DataFrame, needed: set[str], source: SourceConfig = SOURCE) -> DuckDB:
    return DuckDB.attach(DataRequest(model.schema, source, Path(), Needed({"row": needed}), frames={"row": frame}))


def attached(kind: str, values: list[object], formats: Formats = NA) -> DuckDB:
    """One column of frame data, in a source whose clocks run an hour ahead of UTC."""
    model = model_of(f"entity row {{ id: integer key  cell: {FIELDS[kind]} }}")
    frame = pd.DataFrame({"id": range(len(values)), "cell": values})
    source = SourceConfig(timezone="Etc/GMT-1", formats=formats)
    return attached_to(model, frame, {"id", "cell"}, source)
