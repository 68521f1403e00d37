"""The day that commands which only look are as of, where nobody says one: that of the data.

Exports are often old. As of today, "no login in the last 30 days" would then be true of everybody. So `try`, `explain`,
`test new` and `data check` go by the source's `snapshot`, or where the newest row lies more than a week back, by the day
after it. What is published (`run`, `experiment assign`) goes by today.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segdsl import engines
from segdsl.data.arrow import ArrowFrame
from segdsl.data.files import DataError
from segdsl.engines import Engine
from segdsl.model.clock import Clock
from segdsl.model.dependencies import Needed, together
from segdsl.model.schema import Relation, Schema
from segdsl.run.evaluate import clock_for, source_config
from segdsl.run.newest import newest_row
from segdsl.run.recorded import seen_as_of, with_recorded_runs
from segdsl.words import headers
from segdsl.workspace.config import SourceConfig
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd

OLD = dt.timedelta(days=7)  # a newest row further back than this is what the data ends with


@dataclass(frozen=True)
class Dated:
    """An as-of, and in words where it comes from; "" where somebody said it or it is today."""

    clock: Clock
    because: str = ""


def clock_to_look(
    workspace: Workspace,
    as_of: dt.date | dt.datetime | str | None,
    source: str | None,
    frames: Mapping[str, pd.DataFrame | ArrowFrame] | None = None,
) -> Dated:
    """As-of as said, else that of the data. Raises `UsageError` for no date or no source."""
    if as_of is not None or frames is not None:
        return Dated(clock_for(workspace.zone, as_of))
    config, today = source_config(workspace, source), clock_for(workspace.zone, None)
    if config.snapshot is not None:
        return Dated(clock_for(workspace.zone, config.snapshot), "the snapshot of segdsl.toml")
    return _dated(workspace, today, newest_rows(workspace, config, today))


def open_to_look(
    workspace: Workspace,
    needed: Needed,
    also: Mapping[str, set[str]],
    as_of: dt.date | dt.datetime | str | None,
    source: str | None,
) -> tuple[Dated, Workspace, Engine]:
    """As-of as said, else that of the data, the workspace with its recorded runs, and an engine with the columns needed: each
    table is read once for all.

    Raises `UsageError` for no date or no source, and `DataError`.
    """
    config = source_config(workspace, source)
    today = clock_for(workspace.zone, None)
    by_date = any("{as_of}" in t.path for name in config.tables if (t := config.table(name)) is not None)
    if as_of is None and config.snapshot is None and not by_date:
        timed = _timed(workspace, config)
        recorded = with_recorded_runs(workspace, source, today)
        schema = recorded.model.schema
        with suppress(DataError):  # of a table that may not be needed
            times = together(also, {name: {column} for name, column in timed.items()})
            engine = engines.attach(schema, needed, config, workspace.root, None, today, times, to_look=True)
            rows = {name: newest_row(engine, name, column, today) for name, column in timed.items()}
            dated = _dated(workspace, today, {name: last for name, last in rows.items() if last is not None})
            return dated, seen_as_of(recorded, dated.clock), engine
    dated = clock_to_look(workspace, as_of, source)
    recorded = with_recorded_runs(workspace, source, dated.clock)
    schema = recorded.model.schema
    return (
        dated,
        recorded,
        engines.attach(schema, needed, config, workspace.root, None, dated.clock, also, to_look=True),
    )


def _dated(workspace: Workspace, today: Clock, newest_by_table: Mapping[str, dt.date]) -> Dated:
    """Today, or the day after the newest row where that is old."""
    newest = max(newest_by_table.items(), key=lambda row: row[1], default=None)
    if newest is None or today.today - newest[1] <= OLD:
        return Dated(today)
    table, last = newest
    because = f"the day after the newest row of `{table}`; for another one: --as-of today"
    return Dated(clock_for(workspace.zone, last + dt.timedelta(days=1)), because)


def newest_rows(workspace: Workspace, config: SourceConfig, clock: Clock) -> dict[str, dt.date]:
    """The day of the newest row of each table that has a time, and that no later than as-of; tables that can't be read are left out."""
    schema = workspace.model.schema
    newest: dict[str, dt.date] = {}
    for name, column in _timed(workspace, config).items():
        try:
            last = _newest(schema, workspace, config, clock, name, column)
        except DataError:
            continue
        if last is not None:
            newest[name] = last
    return newest


def _timed(workspace: Workspace, config: SourceConfig) -> dict[str, str]:
    """The column of each table's time, where it has data and a time."""
    relations = workspace.model.schema.relations.values()
    events = (
        r for r in relations if config.table(r.name) and r.runs_of is None
    )  # runs may go on while the data are old
    return {r.name: column for r in events if (column := _time(r))}


def _time(relation: Relation) -> str | None:
    """When a table's rows happened, or since when an entity's are there, unless that may be a day to come, as of a contract."""
    begins = relation.lives_from
    return relation.at or (begins if begins is not None and not headers.may_lie_ahead(begins) else None)


def _newest(
    schema: Schema, workspace: Workspace, config: SourceConfig, clock: Clock, name: str, column: str
) -> dt.date | None:
    needed = Needed({name: {column}})
    engine = engines.attach(schema, needed, config, workspace.root, None, clock, to_look=True)
    return newest_row(engine, name, column, clock)
