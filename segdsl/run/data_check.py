"""Report on all tables of a source, whether or not a rule reads them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from segdsl.data.contract import TableReport, stale
from segdsl.diagnostics import Diagnostic
from segdsl.ledger.store import Ledger, LedgerError, Run
from segdsl.model.clock import Clock
from segdsl.model.dependencies import Needed
from segdsl.model.schema import Schema
from segdsl.model.segment import Rule
from segdsl.run.data_day import Dated, open_to_look
from segdsl.run.evaluate import clock_for, source_config
from segdsl.run.record import tables_of_run
from segdsl.run.small_groups import small_groups
from segdsl.run.unmatched_lists import unmatched_rows
from segdsl.workspace.load import Workspace


def check_data(
    workspace: Workspace, as_of: dt.date | dt.datetime | str | None, source: str | None, ledger: Path
) -> tuple[Dated, list[TableReport], list[Diagnostic]]:
    """Report on a source's tables, compared with the last run in the ledger. Raises `UsageError` and `DataError`.

    Whether the data are fresh is told as of today where nobody says another day.
    """
    schema, config = workspace.model.schema, source_config(workspace, source)
    everything = {
        name: set(r.fields) for name, r in schema.relations.items() if config.table(name) is not None or r.remembered
    }
    dated, workspace, engine = open_to_look(workspace, Needed({}), everything, as_of, source)
    clock = dated.clock
    last, trouble = _last_run(ledger, source or "default", clock)
    lists = unmatched_rows(engine, [r for r in schema.relations.values() if r.kind == "list"])
    model = workspace.model
    rules: list[Rule] = [*model.segments.values(), *model.segmentations.values()]
    groups = small_groups(model, rules, clock, engine)
    tables = [_stale_at(t, schema, clock_for(workspace.zone, as_of)) for t in engine.report(clock, tables_of_run(last))]
    return dated, tables, [*engine.notes, *trouble, *lists, *groups]


def _stale_at(table: TableReport, schema: Schema, clock: Clock) -> TableReport:
    others = (f for f in table.findings if f.kind != "stale")
    return replace(table, findings=(*others, *stale(schema.relations[table.name], table.newest, clock)))


def _last_run(ledger: Path, source: str, clock: Clock) -> tuple[Run | None, list[Diagnostic]]:
    """Newest run of a source up to as-of; an unreadable ledger is only a warning."""
    try:
        with Ledger.to_read(ledger) as opened:
            runs = [r for r in opened.runs() if r.source == source and r.as_of <= clock.now] if opened else []
    except LedgerError as error:
        return None, [replace(d, severity="warning") for d in error.diagnostics]
    return runs[-1] if runs else None, []
