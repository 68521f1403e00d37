"""What an engine is: the contract between whoever asks for data and the session that has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sqlglot import exp

from segdsl.data.contract import Earlier, TableReport
from segdsl.diagnostics import Diagnostic
from segdsl.model.clock import Clock
from segdsl.model.dependencies import Needed, together
from segdsl.model.schema import Schema
from segdsl.workspace.config import SourceConfig

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class DataRequest:
    """The data that rules ask for, and where it lies.

    The columns of each relation that are `needed` must be there; of `also` is read what is there.
    `root` is the folder that paths of the source start at.
    `frames` are the rows of each relation, by its name, in place of the source.
    `clock` gives the date that `{as_of}` stands for in a path.
    """

    schema: Schema
    source: SourceConfig
    root: Path
    needed: Needed
    also: Mapping[str, set[str]] = field(default_factory=dict)
    frames: Mapping[str, pd.DataFrame] | None = None
    clock: Clock | None = None

    @property
    def wanted(self) -> dict[str, set[str]]:
        """The columns of each relation that are read if they are there."""
        return together(self.needed.columns, self.also)


class Engine(Protocol):
    """A session with typed relations of a schema: queries -> rows.

    Each relation can be queried by its name, with all its columns in canonical form: money in minor units, numbers in
    billionths, timestamps as naive UTC, sets as sorted lists. What is missing, or not of the declared type, is NULL.
    Every method that asks the data raises `DataError` where the engine stops.
    """

    @property
    def schema(self) -> Schema:
        """The schema whose relations these are."""
        ...

    @property
    def version(self) -> str:
        """Its name and version, as the ledger remembers them: `duckdb 1.4.2`."""
        ...

    @property
    def notes(self) -> tuple[Diagnostic, ...]:
        """Warnings about the data that was attached: how it lies, and columns that aren't there."""
        ...

    @property
    def exports(self) -> Path:
        """The folder of its own in which its files lie, those of `values_as_text` among them; it goes with it."""
        ...

    def has(self, relation: str, column: str) -> bool:
        """Whether the data has a column; one that it hasn't is NULL in every row."""
        ...

    def rows(self, query: exp.Query) -> list[tuple[Any, ...]]:
        """The rows of a query, in its order of columns; NULL is None."""
        ...

    def frame(self, query: exp.Query) -> pd.DataFrame:
        """The rows of a query, one column for each of its own; NULL is what pandas takes for missing."""
        ...

    def relation_rows(
        self, relation: str, column: str | None = None, values: Sequence[object] = ()
    ) -> list[dict[str, Any]]:
        """Rows by column, as the reference evaluator takes them, with sets as frozensets: all, or those with one of `values` in `column`."""
        ...

    def similar_keys(self, entity: str, key: str) -> list[str]:
        """A few keys that contain a text, whatever the case, in order."""
        ...

    def report(self, clock: Clock, earlier: Mapping[str, Earlier] | None = None) -> list[TableReport]:
        """The state of each relation that has data, in the columns that were asked for; `earlier` is what the last run saw, by relation."""
        ...

    def values_as_text(self, relation: str, fields: Sequence[str]) -> Path:
        """A Parquet file of a relation's key, as `entity_id`, and fields, all as text; sets as JSON. It lives as long as the engine."""
        ...

    def as_it_was(
        self, then: Clock, changed: Iterable[tuple[str, str, str, str | None]]
    ) -> AbstractContextManager[None]:
        """For a while, rows of tables that weren't known before `then` are gone, and fields have the values they had.

        `changed` are (relation, key, field, value as text) of what has another value now; None is missing.
        """
        ...
