"""Delivery log -> the rows of a table `from deliveries`: one for each delivery to a customer before as-of, on whatever destinations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from segdsl.activation.log.entries import Status
from segdsl.activation.log.store import Log, is_there
from segdsl.data.sql_text import name, text
from segdsl.diagnostics import Diagnostic
from segdsl.model.clock import Clock
from segdsl.model.schema import Relation

_STRONGEST: tuple[Status, ...] = ("sent", "in doubt", "would have been sent", "rejected", "not sent", "withdrawn")
"""Of a delivery to several destinations the first of these that one of them has is what became of it; see `deliveries`."""


@dataclass(frozen=True)
class RecordedDeliveries:
    """The deliveries in a workspace's log, as the rows of `relation`; those before the day of `before` count.

    `is_declared`: whether rules declare the table, and may read it. `log`: the log, where it is open.
    """

    root: Path
    relation: Relation
    before: Clock
    is_declared: bool = True
    log: Log | None = None

    @property
    def starting(self) -> dt.date | None:
        return self.relation.complete_from

    @property
    def note(self) -> Diagnostic | None:
        """A warning where nothing was ever exported: then nobody got anything, as far as this machine knows."""
        if is_there(self.root) or not self.is_declared:
            return None
        message = f"no export is recorded here, so `{self.relation.name}` has no rows"
        help = "where exports are made elsewhere, name their table in segdsl.toml"
        return Diagnostic("SEG0726", message, self.relation.span, help=help, severity="warning")

    def complete_from(self, today: dt.date) -> dt.date | None:
        del today  # the log has every delivery
        return self.starting

    def export(self, columns: Sequence[str], key_type: str, path: Path) -> None:
        """Write columns of the rows to a Parquet file; `key_type` is DuckDB's type of the customers' keys. Raises `LogError`."""
        relation, log = self.relation, self.log or Log.to_read(self.root)
        held = {relation.by: "customer", relation.at: "day"}
        types = {relation.by: key_type, relation.at: "DATE"}
        shown = ", ".join(
            f"TRY_CAST({held.get(c, name(c))} AS {types.get(c, 'VARCHAR')}) AS {name(c)}" for c in columns
        )
        before = f"entity = {text(relation.of or '')} AND day < DATE {text(self.before.today.isoformat())}"
        log.parquet(f"SELECT {shown} FROM ({deliveries(before)})", path)


def deliveries(condition: str) -> str:
    """Query, of the log's tables, of each delivery as its last lines say it, of all its destinations together; of lines for which a
    condition holds. It is in doubt where one destination has it and another one still lacks it.
    """
    rank = " ".join(f"WHEN {text(status)} THEN {i}" for i, status in enumerate(_STRONGEST))
    strongest = f"row_number() OVER (PARTITION BY key ORDER BY CASE status {rank} END, n) = 1"
    lacks = "bool_or(status IN ('in doubt', 'not sent')) OVER (PARTITION BY key)"
    return (
        f"SELECT * REPLACE (CASE WHEN status = 'sent' AND lacks THEN 'in doubt' ELSE status END AS status)"
        f" FROM (SELECT *, {lacks} AS lacks FROM latest WHERE change IS DISTINCT FROM 'left' AND {condition} QUALIFY {strongest})"
    )
