"""Who is in a segment, an arm or a condition -> the JSON of the machine contract."""

from __future__ import annotations

from typing import Any

from segdsl.activation.members import Members
from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.reference.shown import Cell
from segdsl.words import values


def render(members: Members) -> str:
    worth = members.worth
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "as_of": members.clock.now.isoformat() + "Z",
            "timezone": members.clock.zone.key,
            "of": members.selection.text,
            "entity": members.selection.entity.name,
            "contacts": members.contacts.text if members.contacts is not None else None,
            "inside": members.inside,
            "unknown": members.unknown,
            "total": members.total,
            "worth": None
            if worth is None
            else {
                "field": worth.field,
                "currency": worth.currency,
                "amount": as_json(worth.total),
                "missing": worth.missing,
            },
            "since": members.since,
            "changed": members.changed,
            "columns": [c.name for c in members.columns],
            "personal": [c.name for c in members.columns if c.is_personal],
            "rows": [list(map(as_json, row)) for row in members.rows],
            "file": str(members.file) if members.file is not None else None,
            "warnings": [d.message for d in members.warnings],
        }
    )


def as_json(cell: Cell) -> Any:
    """A cell as JSON has it."""
    return values.in_json(cell)
