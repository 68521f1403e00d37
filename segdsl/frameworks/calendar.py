"""Rows that say how often customers come, in the data -> a refusal where they come by the calendar, as bills of a subscription do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from operator import itemgetter

from sqlglot import exp

from segdsl.data.files import DataError
from segdsl.diagnostics import Diagnostic
from segdsl.frameworks import fields as f
from segdsl.frameworks.known.framework import Framework
from segdsl.model.dependencies import Needed
from segdsl.model.schema import Relation
from segdsl.run.data_day import open_to_look
from segdsl.run.errors import UsageError
from segdsl.sql import spell as s
from segdsl.workspace.load import Workspace

ALIKE = 0.15
"""How far two gaps in a row may be apart, of the longer one, to be alike; months are 28 to 31 days."""
MOST = 0.6
"""Share of gaps that are like the gap before, beyond which rows come by the calendar. Of purchases by chance it is 8 %."""
FEWEST = 30
"""Pairs of gaps below which nothing is said."""
SHORT = 6
"""Days below which gaps are alike by themselves, and say nothing."""
_ROWS = 200_000
"""Rows that are looked at, of the first customers by their keys."""


def refuse_calendar(
    workspace: Workspace,
    framework: Framework,
    entity: Relation,
    places: Mapping[str, f.Place],
    as_of: str | None,
    source: str | None,
) -> None:
    """Raises `UsageError` where the rows of `own_will` come by the calendar. Without data nothing is known, and nothing refused."""
    slot = next(one for one in framework.slots if one.name == framework.own_will)
    table = places[slot.name].table
    if table is None or table.at is None or table.by is None:
        return
    try:
        rows = _rows(workspace, table, as_of, source)
    except (DataError, UsageError):
        return
    pairs = list(_pairs(rows))
    alike = sum(abs(a - b) <= ALIKE * max(a, b) for a, b in pairs)
    if len(pairs) < FEWEST or alike <= MOST * len(pairs):
        return
    share = f"{alike / len(pairs) * 100:.0f}% of the gaps between them are as long as the gap before"
    message = f"`{table.name}` come by the calendar, as bills do, so they don't say how often anybody comes: {share}"
    others = f.others(slot, entity, workspace.model.schema, table)
    name = f"name rows of what they do of their own will: {others}; or " if others else ""
    help = f"{name}take value alone: segdsl new value_tiers. --field {slot.name}={table.name} takes them all the same"
    raise UsageError(Diagnostic("SEG0628", message, help=help))


def _rows(workspace: Workspace, table: Relation, as_of: str | None, source: str | None) -> list[Sequence[object]]:
    """(owner, time) of a table's rows, in order."""
    assert table.by is not None and table.at is not None
    needed = Needed({table.name: {table.by, table.at}})
    _, _, engine = open_to_look(workspace, needed, {}, as_of, source)
    by, at = s.column("t", table.by), s.column("t", table.at)
    query = exp.Select(expressions=[s.named(by, "owner"), s.named(at, "at")]).from_(s.table(table.name, "t"))
    return list(engine.rows(query.order_by(by.copy(), at.copy()).limit(_ROWS)))


def _pairs(rows: Sequence[Sequence[object]]) -> Iterator[tuple[float, float]]:
    """Each gap of an owner in days, with the gap before, but for short ones; several rows of one day are one."""
    for _, group in groupby(rows, key=itemgetter(0)):
        days = sorted({at.date() if isinstance(at, dt.datetime) else at for _, at in group if isinstance(at, dt.date)})
        gaps = [(b - a).days for a, b in pairwise(days)]
        yield from ((a, b) for a, b in pairwise(gaps) if max(a, b) >= SHORT)
