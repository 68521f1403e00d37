"""Engine contract, and the request for data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from sqlglot import exp

from segdsl.data.arrow import ArrowFrame
from segdsl.data.contract import Earlier, TableReport
from segdsl.diagnostics import Diagnostic
from segdsl.engines.shelf import Shelf
from segdsl.model.clock import Clock
from segdsl.model.dependencies import Needed, together
from segdsl.model.schema import Schema
from segdsl.workspace.config import SourceConfig

if TYPE_CHECKING:
    import pandas as pd

UNREAD = 10_000  # most cells of `Engine.unread`


@dataclass(frozen=True)
class DataRequest:
    """Request for the data that rules read.

    `root`: folder where the source's paths start.
    `needed`: columns that must exist.
    `also`: columns that are read if they exist.
    `frames`: rows of each relation by name, in place of the source.
    `clock`: gives the date for `{as_of}` in paths.
    `to_look`: nothing is published, so keys that a spreadsheet rounded are warnings.
    """

    schema: Schema
    source: SourceConfig
    root: Path
    needed: Needed
    also: Mapping[str, set[str]] = field(default_factory=dict)
    frames: Mapping[str, pd.DataFrame | ArrowFrame] | None = None
    clock: Clock | None = None
    to_look: bool = False

    @property
    def wanted(self) -> dict[str, set[str]]:
        """Columns of each relation that are read if they exist."""
        return together(self.needed.columns, self.also)


@dataclass(frozen=True)
class Definition:
    """SQL of a relation's rows where the data lie, for a query that the engine's own client runs.

    `first`, `before`, `place`, `after`: the first named query is `before place after`, and `place` is the table or the files;
    it is empty for rows that come with the rules.
    `then`: named queries that read the ones before; the last is called as the relation.
    `session`: statements that a session needs before; `opening` those that it needs for `place`.
    """

    first: str
    before: str
    place: str = ""
    after: str = ""
    then: Mapping[str, str] = field(default_factory=dict)
    session: tuple[str, ...] = ()
    opening: tuple[str, ...] = ()

    def queries(self, place: str | None = None) -> dict[str, str]:
        """Named queries in order, reading `place` instead of the own one."""
        return {self.first: self.before + (self.place if place is None else place) + self.after, **self.then}


class Engine(Protocol):
    """A session with the typed relations of a schema, which runs queries.

    Each relation can be queried by name, with all columns in canonical form: money in minor units, numbers in
    billionths, timestamps as naive UTC, sets as sorted lists. Missing values and values of another type are NULL. Every
    method that reads data raises `DataError` where the engine stops. As a context manager it closes itself.
    """

    def close(self) -> None:
        """End the session and its transaction, and remove its temporary files; once more does nothing."""
        ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def schema(self) -> Schema:
        """Schema of the relations."""
        ...

    @property
    def version(self) -> str:
        """Name and version for the ledger, as `duckdb 1.4.2`."""
        ...

    @property
    def notes(self) -> tuple[Diagnostic, ...]:
        """Warnings about the attached data, such as columns that don't exist."""
        ...

    @property
    def exports(self) -> Path:
        """The engine's temporary folder, with the files of `values_as_text`; it is removed with the engine."""
        ...

    def has(self, relation: str, column: str) -> bool:
        """Whether the data has the column; other columns are NULL in every row."""
        ...

    def rows(self, query: exp.Query) -> list[tuple[Any, ...]]:
        """Rows of a query, in the order of its columns; NULL is None."""
        ...

    def frame(self, query: exp.Query) -> pd.DataFrame:
        """Frame of a query, one column for each of the query's; NULL is missing."""
        ...

    def store(self, query: exp.Query) -> exp.Query:
        """Query of the same rows for several questions: the engine evaluates `query` once where it can store rows, else each time."""
        ...

    @property
    def shelf(self) -> Shelf:
        """Where `hold` puts rows; it is closed with the engine."""
        ...

    def hold(self, query: exp.Query) -> str:
        """Evaluate a query once and keep its rows on the shelf, in no order, with the query's columns; returns the table's name as SQL."""
        ...

    def relation_rows(
        self, relation: str, column: str | None = None, values: Sequence[object] = ()
    ) -> list[dict[str, Any]]:
        """Rows as dictionaries with sets as frozensets, for the reference evaluator: all, or those with one of `values`
        in `column`.
        """
        ...

    def definition(self, relation: str) -> Definition:
        """SQL of a relation as it is attached; raises `DataError` where no query of the engine's client reads the same rows."""
        ...

    def unread(self, relation: str, column: str, owner: object = None) -> list[tuple[dict[str, Any], str]]:
        """Rows, as of `relation_rows`, whose cell in a column is missing since it is nothing of its type, with that cell as
        it is written; at most `UNREAD`, all of them or those of one owner.
        """
        ...

    def key_as_read(self, entity: str, written: str) -> str:
        """A key as a person writes it -> as it is read from the data: without the zeros, the capitals or the 3 characters that
        the formats of ids leave out.
        """
        ...

    def similar_keys(self, entity: str, key: str) -> list[str]:
        """A few keys that contain a text, in any case, sorted."""
        ...

    def add_runs(self, relation: str, rows: pd.DataFrame) -> None:
        """Add rows to a table of runs, as what was to be known by later runs; the frame has the table's columns, or more."""
        ...

    def report(self, clock: Clock, earlier: Mapping[str, Earlier] | None = None) -> list[TableReport]:
        """State of each relation with data, over the requested columns; `earlier` is the last run's state by relation."""
        ...

    def uncounted(self, clock: Clock) -> list[TableReport]:
        """State of each relation that rules read, with findings on rows that no count takes in alone; none where the engine
        doesn't look for such.
        """
        ...

    def values_as_text(self, relation: str, fields: Sequence[str]) -> Path:
        """Parquet file of a relation's key, as `entity_id`, and fields, all text; sets as JSON. The engine removes the
        file.
        """
        ...

    def as_it_was(self, then: Clock, changed: Mapping[str, tuple[Sequence[str], Path]]) -> AbstractContextManager[None]:
        """Within the context, hide rows that weren't known before `then`, and restore earlier values.

        `changed`: by relation, the fields of which values have changed, and a Parquet file of `exports` with `entity_id`, `has FIELD`
        whether the value was another one, and `was FIELD`, the earlier value as text (NULL is missing).
        """
        ...

    def only(self, own: Mapping[str, str], keys: str) -> AbstractContextManager[None]:
        """Within the context, and contexts of `as_it_was` in it, show only rows of some customers.

        `own`: by relation, the column with a customer's key.
        `keys`: a table of the shelf with the keys as texts, as `entity_id`.
        """
        ...
