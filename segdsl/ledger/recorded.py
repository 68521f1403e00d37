"""Ledger -> the runs of one rule as rows of a table: where each customer was, run by run, from a day on.

Of several runs as of one instant the one that was published last counts. Rows are written by the ledger's own engine to a
Parquet file, only the columns that are asked for, so that a large ledger is never in memory.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from segdsl.data.sql_text import name, text
from segdsl.diagnostics import Diagnostic
from segdsl.ledger import assignments
from segdsl.ledger.store import PATIENCE, Ledger, LedgerError, Run
from segdsl.model.clock import LATEST, Clock, day
from segdsl.model.schema import Relation

_MEMBER = "CASE p.status WHEN 'in' THEN true WHEN 'out' THEN false END"


@dataclass(frozen=True)
class Recorded:
    """The runs of a rule in a ledger, as the rows of `relation` as it was declared.

    `source`, `before`: whose runs count, and as of when at the latest.
    `runs`: each run that counts.
    `first`: day of the first of them; None without any.
    `note`: a warning where runs are lacking.
    `trouble`: why the ledger can't be read; raised by `export`.
    """

    ledger: Path | None
    relation: Relation
    source: str
    before: Clock
    runs: tuple[Run, ...] = ()
    first: dt.date | None = None
    note: Diagnostic | None = None
    trouble: LedgerError | None = None

    def is_current(self, ledger: Ledger) -> bool:
        """Whether the runs that count are still the same."""
        now = _counting(ledger.runs(), self.relation, self.source, self.before)
        return [(r.run_id, r.started_at) for r in now] == [(r.run_id, r.started_at) for r in self.runs]

    @property
    def starting(self) -> dt.date:
        return _starting(self.relation)

    def complete_from(self, today: dt.date) -> dt.date:
        """The day from which no run is lacking: `starting` as of that day itself, when there can be none yet; the end of time
        without any run.
        """
        if today <= self.starting:
            return self.starting
        return self.first if self.first is not None else LATEST

    def export(self, columns: Sequence[str], key_type: str, path: Path) -> None:
        """Write columns of the rows to a Parquet file; `key_type` is DuckDB's type of the customers' keys. Raises `LedgerError`."""
        if self.trouble is not None:
            raise self.trouble
        with Ledger.to_read(self.ledger, path.parent, PATIENCE) as opened, Ledger.without_runs() as empty:
            ledger = opened or empty
            rows = self._rows(ledger, columns, key_type)
            ledger.con.execute(f"COPY ({rows}) TO {text(str(path))} (FORMAT parquet)")

    def _rows(self, ledger: Ledger, columns: Sequence[str], key_type: str) -> str:
        relation = self.relation
        values = {
            relation.by: f"TRY_CAST(a.entity_id AS {key_type})",
            relation.at: "r.as_of",
            "arm": "p.arm",
            "by_data": "p.by_data",
            "member": _MEMBER,
        }
        shown = ", ".join(f"{values[c]} AS {name(c)}" for c in columns)
        runs = ", ".join(str(r.run_id) for r in self.runs) or "NULL"
        written = assignments.recorded(ledger, self.source, relation.of or "", relation.runs_of or "") or _NOTHING
        return (
            f"SELECT {shown} FROM ({written}) a JOIN runs r ON a.since <= r.published AND (a.until IS NULL OR r.published < a.until)"
            f" JOIN places p ON p.code = a.cell WHERE r.run_id IN ({runs})"
        )


_NOTHING = "SELECT NULL::VARCHAR AS entity_id, 0 AS since, 0 AS until, 0 AS cell WHERE false"


def recorded_runs(path: Path | None, relation: Relation, source: str, clock: Clock) -> Recorded:
    """Runs before as-of of the rule that a table is of, by a source; none without a ledger, and of an unreadable one the trouble."""
    try:
        with Ledger.to_read(path, patience=PATIENCE) as ledger:
            runs = ledger.runs() if ledger is not None else []
    except LedgerError as error:
        return Recorded(path, relation, source, clock, trouble=error)
    first = min((clock.date_of(r.as_of) for r in _own(runs, relation, source, clock)), default=None)
    counting = tuple(_counting(runs, relation, source, clock))
    return Recorded(path, relation, source, clock, counting, first, _note(relation, first, clock))


def _own(runs: Iterable[Run], relation: Relation, source: str, clock: Clock) -> list[Run]:
    """Runs of the rule by a source since the starting day."""
    starting = clock.start_of_day(_starting(relation))
    return [r for r in runs if relation.runs_of in r.fingerprints and r.source == source and r.as_of >= starting]


def _counting(runs: Iterable[Run], relation: Relation, source: str, clock: Clock) -> list[Run]:
    """Of the runs as of each instant before as-of the one that was published last, oldest first."""
    published = sorted(_own(runs, relation, source, clock), key=lambda r: (r.started_at, r.run_id))
    return sorted({r.as_of: r for r in published if r.as_of < clock.now}.values(), key=lambda r: r.as_of)


def _starting(relation: Relation) -> dt.date:
    assert relation.complete_from is not None, "a table of runs says the day from which it reads them"
    return relation.complete_from


def _note(relation: Relation, first: dt.date | None, clock: Clock) -> Diagnostic | None:
    """A warning where the runs begin later than they are read, or there are none."""
    starting = _starting(relation)
    if clock.today <= starting or first == starting:
        return None
    rule = relation.runs_of
    who = "in it" if "member" in relation.fields else "in its arms"
    begin = f"begin with `segdsl run --as-of {starting}`"
    if first is None:
        message = f"no run of `{rule}` since {day(starting)} is recorded here, so who was {who} is unknown"
        help = f"{begin}, or write `starting {clock.today}`"
    else:
        message = (
            f"`{relation.name}` reads the runs of `{rule}` since {day(starting)}, and the first one recorded here is of {day(first)}, "
            f"so who was {who} before is unknown"
        )
        help = f"write `starting {first}`, or {begin}"
    return Diagnostic("SEG0726", message, relation.span, help=help, severity="warning")
