"""Delivery log -> the rows of a table `from deliveries`: one for each delivery to a customer before as-of, on whatever destinations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec

from segdsl.activation.log.entries import Entry, Status
from segdsl.activation.log.store import Log, is_there
from segdsl.data.sql_text import name, text
from segdsl.diagnostics import Diagnostic
from segdsl.model.clock import Clock
from segdsl.model.schema import Relation

_STRONGEST: tuple[Status, ...] = ("sent", "in doubt", "would have been sent", "rejected", "not sent", "withdrawn")
"""Of a delivery to several destinations the first of these that one of them has is what became of it; see `_together`."""


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
        relation = self.relation
        rows = [
            e for e in deliveries((self.log or Log.to_read(self.root)).latest(), self.before) if e.entity == relation.of
        ]
        held: dict[str, list[object]] = {
            relation.by or "": [e.customer for e in rows],
            relation.at or "": [e.day.isoformat() for e in rows],
            **{c: [getattr(e, c) for e in rows] for c in ("play", "channel", "recipient", "status")},
        }
        types = {relation.by: key_type, relation.at: "DATE"}
        shown = ", ".join(f"TRY_CAST({name(c)} AS {types.get(c, 'VARCHAR')}) AS {name(c)}" for c in columns)
        unnested = ", ".join(f"unnest(CAST(? AS VARCHAR[])) AS {name(c)}" for c in held)
        with duckdb.connect() as con:
            con.execute(f"CREATE TABLE deliveries AS SELECT {unnested}", [*held.values()])
            con.execute(f"COPY (SELECT {shown} FROM deliveries) TO {text(str(path))} (FORMAT parquet)")


def deliveries(lines: Iterable[Entry], before: Clock | None = None) -> Iterator[Entry]:
    """Yields each delivery as its last lines say it, of all its destinations together; before the day of a clock if one is given."""
    by_key: dict[str, list[Entry]] = {}
    for entry in lines:
        if entry.change != "left" and (before is None or entry.day < before.today):
            by_key.setdefault(entry.key, []).append(entry)
    yield from map(_together, by_key.values())


def _together(entries: Sequence[Entry]) -> Entry:
    """Returns what became of a delivery: in doubt where one destination has it and another one still lacks it."""
    strongest = min(entries, key=lambda e: _STRONGEST.index(e.status))
    lacks = any(e.status in ("in doubt", "not sent") for e in entries)
    return msgspec.structs.replace(strongest, status="in doubt") if strongest.status == "sent" and lacks else strongest
