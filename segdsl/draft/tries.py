"""Drafts -> a few questions that a person asks of such data, on its own columns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from segdsl.draft.drafts import FieldDraft, TableDraft
from segdsl.draft.profile import Column

MOST = 3
_PLAIN = re.compile(r"[\w .,/&+()%-]+")  # a value that can stand between quotes of a rule and of a shell


def conditions(tables: tuple[TableDraft, ...]) -> list[str]:
    """At most three conditions about the first entity: who does nothing, who is of a kind, who is worth much."""
    entity = next((t for t in tables if t.kind == "entity"), None)
    if entity is None or not any("key" in f.flags for f in entity.fields):
        return []
    asked = [*_silence(entity, tables), *_kinds(entity), *_large(entity), *_yes(entity)]
    if not asked:
        readable = [f for f in entity.fields if not any(q.blocks for q in f.questions)]
        plain = next((f for f in readable if "key" not in f.flags), readable[0])
        asked = [f"{plain.name} is not missing"]
    return asked[:MOST]


def _silence(entity: TableDraft, tables: tuple[TableDraft, ...]) -> Iterator[str]:
    """Customers with no row of a table in the last 30 days."""
    table = next((t for t in tables if t.kind == "table" and t.of == entity.name and t.at), None)
    if table is not None:
        yield f"none({table.name} in last 30 days)"


def _kinds(entity: TableDraft) -> Iterator[str]:
    """The commonest of few values that not nearly everybody has."""
    for f, column in _fields(entity):
        if not f.type.startswith("one of"):
            continue
        some = [
            v
            for v, n in column.values.items()
            if n <= 0.6 * column.rows and _PLAIN.fullmatch(v) and v.lower() not in ("other", "none", "unknown")
        ]
        if some:
            yield f'{f.name} = "{some[0]}"'
            return


def _large(entity: TableDraft) -> Iterator[str]:
    """More than most of a number or an amount."""
    numeric = [(f, c) for f, c in _fields(entity) if f.type in ("integer", "number") or f.type.startswith("money")]
    for f, column in sorted(numeric, key=lambda fc: not fc[0].type.startswith("money")):
        if column.middle is not None:
            yield f"{f.name} > {column.middle}"
            return


def _yes(entity: TableDraft) -> Iterator[str]:
    for f, _ in _fields(entity):
        if f.type == "boolean":
            yield f.name
            return


def _fields(entity: TableDraft) -> Iterator[tuple[FieldDraft, Column]]:
    columns = {c.header: c for c in entity.profile.columns}
    return (
        (f, columns[f.header]) for f in entity.fields if "key" not in f.flags and not any(q.blocks for q in f.questions)
    )
