"""History of fields as runs read them, in a timeline for each entity (`ledger/timelines.py`): each value, from when to when it was known.

A missing value is a value too, and written as a text of no characters, which no value is. Values are text: lists as JSON, others in
the engine's notation.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from segdsl.data.sql_text import name, text
from segdsl.ledger import timelines as t
from segdsl.ledger.store import Ledger
from segdsl.ledger.timelines import IS, WAS

KIND = "values"


def keep(ledger: Ledger, entity: str, fields: Sequence[str], now: Path, as_of: dt.datetime) -> None:
    """Update the history of an entity's fields to as-of; `now` is a Parquet file with entity_id and each field as text.

    A repeat of the newest as-of replaces its values. The values of an entity that vanished are closed.
    """
    is_new = (KIND, "", entity) not in t.timelines(ledger.con)
    timeline = t.with_columns(ledger.con, KIND, "", entity, fields)
    rows, instant = _rows(now, fields), _instant(as_of)
    if is_new:
        timeline.fill(rows, fields, instant)
        return
    timeline.undo(fields, instant)
    differing = t.differences(timeline.latest(), timeline.columns, rows, fields)
    ledger.con.execute(f"CREATE OR REPLACE TEMP TABLE differing AS {differing}")
    timeline.turn("differing", fields, instant)
    ledger.con.execute("DROP TABLE differing")


def take_back(ledger: Ledger, as_of: dt.datetime) -> None:
    """Remove what was written at the newest as-of, and let hold again what it closed."""
    for (kind, _, _), timeline in t.timelines(ledger.con).items():
        if kind == KIND:
            timeline.undo(timeline.columns, _instant(as_of))


def forget_before(ledger: Ledger, as_of: dt.datetime) -> None:
    """Remove the values that were known only before an instant."""
    for (kind, _, _), timeline in t.timelines(ledger.con).items():
        if kind == KIND:
            ledger.con.execute(f"DELETE FROM {timeline.before} WHERE until <= {_instant(as_of)}")


def changes_since(
    ledger: Ledger, then: dt.datetime, now: Mapping[str, tuple[Sequence[str], Path]]
) -> dict[str, tuple[Sequence[str], Path]]:
    """Values at `then` that differ from those of now, for entities present at both, in a Parquet file beside that of now.

    Returns (fields, file) of each entity with such a value: columns `entity_id`, `has FIELD` whether it differs, `was FIELD`.
    """
    changes: dict[str, tuple[Sequence[str], Path]] = {}
    for entity, (fields, path) in now.items():
        timeline = t.timelines(ledger.con).get((KIND, "", entity))
        known = [f for f in fields if timeline is not None and f in timeline.columns]
        if timeline is None or not known:
            continue
        differs = {
            f: f"(h.{name(WAS + f)} IS NOT NULL AND h.{name(WAS + f)} IS DISTINCT FROM n.{name(IS + f)})" for f in known
        }
        columns = ", ".join(
            f"{differs[f]} AS {name('has ' + f)}, nullif(h.{name(WAS + f)}, '') AS {name('was ' + f)}" for f in known
        )
        joined = f"({timeline.at(_instant(then))}) h JOIN ({_rows(path, known)}) n ON h.entity_id = n.entity_id"
        file = path.with_name(f"{path.stem} then.parquet")
        query = f"SELECT h.entity_id, {columns} FROM {joined} WHERE {' OR '.join(differs.values())}"
        ((count,),) = ledger.rows(f"COPY ({query}) TO {text(str(file))} (FORMAT parquet)")
        if count:
            changes[entity] = (known, file)
    return changes


def values(ledger: Ledger, entity: str, fields: Sequence[str]) -> list[tuple[str, str, str | None]]:
    """All values that fields of an entity ever had, as (key, field, value)."""
    timeline = t.timelines(ledger.con).get((KIND, "", entity))
    found = []
    for f in fields if timeline is not None else ():
        if timeline is not None and f in timeline.columns:
            rows = f"SELECT DISTINCT entity_id, nullif(cell, '') FROM ({timeline.ever(f)}) WHERE cell IS NOT NULL"
            found += [(key, f, value) for key, value in ledger.rows(rows)]
    return found


def _rows(path: Path, fields: Sequence[str]) -> str:
    """Query of a file's rows as a timeline has them."""
    cells = ", ".join(f"coalesce({name(f)}, '') AS {name(IS + f)}" for f in fields)
    return f"SELECT entity_id, {cells} FROM read_parquet({text(str(path))})"


def _instant(as_of: dt.datetime) -> str:
    return f"TIMESTAMP {text(as_of.isoformat(sep=' '))}"
