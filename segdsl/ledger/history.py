"""History of fields as runs read them (type 2): each value, from when to when it was known.

A missing value is a value too. Values are text: lists as JSON, others in the engine's notation.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from segdsl.data.sql_text import name, text, texts
from segdsl.ledger.store import Ledger


@dataclass(frozen=True)
class Change:
    """An earlier value of a field that has changed."""

    entity: str
    entity_id: str
    field: str
    value: str | None


def keep(ledger: Ledger, entity: str, fields: Sequence[str], now: Path, as_of: dt.datetime) -> None:
    """Update the history of an entity's fields to as-of; `now` is a Parquet file with entity_id and each field as text.

    A repeat of the newest as-of replaces its rows. The rows of an entity that vanished are closed.
    """
    con, these = ledger.con, f"entity = {text(entity)} AND field IN ({texts(list(fields))})"
    con.execute(f"DELETE FROM history WHERE {these} AND known_from = ?", [as_of])
    con.execute(f"UPDATE history SET known_to = NULL WHERE {these} AND known_to = ?", [as_of])
    con.execute(f"CREATE OR REPLACE TEMP TABLE now AS {_long(fields, now)}")
    same = "o.entity_id = now.entity_id AND o.field = now.field AND o.value IS NOT DISTINCT FROM now.value"
    con.execute(
        f"""UPDATE history AS o SET known_to = ? WHERE {these} AND known_to IS NULL
            AND NOT EXISTS (SELECT 1 FROM now WHERE {same})""",
        [as_of],
    )
    con.execute(
        f"""INSERT INTO history SELECT {text(entity)}, entity_id, field, value, ?, NULL FROM now
            WHERE NOT EXISTS (SELECT 1 FROM history AS o WHERE {these} AND o.known_to IS NULL AND {same})""",
        [as_of],
    )
    con.execute("DROP TABLE now")


def take_back(ledger: Ledger, as_of: dt.datetime) -> None:
    """Remove what was written at the newest as-of, and reopen the rows that it closed."""
    ledger.con.execute("DELETE FROM history WHERE known_from = ?", [as_of])
    ledger.con.execute("UPDATE history SET known_to = NULL WHERE known_to = ?", [as_of])


def changes_since(ledger: Ledger, then: dt.datetime, now: Mapping[str, tuple[Sequence[str], Path]]) -> list[Change]:
    """Values at `then` that differ from those of now, for entities present at both."""
    changes = []
    for entity, (fields, path) in now.items():
        rows = ledger.rows(
            f"""SELECT h.entity_id, h.field, h.value FROM history h
                JOIN ({_long(fields, path)}) n ON h.entity_id = n.entity_id AND h.field = n.field
                WHERE h.entity = ? AND h.known_from <= ? AND (h.known_to IS NULL OR h.known_to > ?)
                AND h.value IS DISTINCT FROM n.value""",
            [entity, then, then],
        )
        changes += [Change(entity, *row) for row in rows]
    return changes


def values(ledger: Ledger, entity: str, fields: Sequence[str]) -> list[tuple[str, str, str | None]]:
    """All values that fields of an entity ever had, as (key, field, value)."""
    return ledger.rows(
        f"SELECT DISTINCT entity_id, field, value FROM history WHERE entity = ? AND field IN ({texts(list(fields))})",
        [entity],
    )


def _long(fields: Sequence[str], path: Path) -> str:
    """Query that unpivots a file to rows of entity_id, field, value."""
    columns = ", ".join(map(name, fields))
    return f"SELECT entity_id, field, value FROM read_parquet({text(str(path))}) UNPIVOT INCLUDE NULLS (value FOR field IN ({columns}))"
