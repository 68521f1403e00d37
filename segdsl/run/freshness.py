"""The data that rules read -> findings on tables that are older than their `fresh within`, and the refusal of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlglot import exp

from segdsl.data.contract import stale
from segdsl.data.files import DataError
from segdsl.data.findings import Finding
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model.clock import Clock
from segdsl.model.schema import Relation
from segdsl.sql import spell as s


def stale_tables(engine: Engine, read: Mapping[str, set[str]], clock: Clock) -> Iterator[Finding]:
    """Yields a finding on each table that is stale; nothing else of the data is looked at. Raises `DataError`.

    `read`: the columns that are read, by relation.
    """
    for name, columns in read.items():
        relation = engine.schema.relations[name]
        is_there = any(engine.has(name, c) for c in columns | relation.lasting)
        if relation.fresh is not None and relation.at is not None and relation.recorded is None and is_there:
            yield from stale(relation, _newest(engine, relation, relation.at, clock), clock)


def _newest(engine: Engine, relation: Relation, column: str, clock: Clock) -> Any:
    """The newest time of a table's rows before as-of; None without one."""
    at = s.column("t", column)
    before = exp.LT(this=at.copy(), expression=s.moment(clock.today if relation.by_date else clock.now))
    ((last,),) = engine.rows(
        exp.Select(expressions=[exp.Max(this=at)]).from_(s.table(relation.name, "t")).where(before)
    )
    return last


def refuse_stale(findings: Iterable[Finding], allow_stale: bool) -> None:
    """Raise `DataError` for stale tables unless `allow_stale`."""
    stale = [f for f in findings if f.kind == "stale"]
    if stale and not allow_stale:
        raise DataError([Diagnostic("SEG0712", f"`{f.table}` is {f.message}", help=f.help) for f in stale])
