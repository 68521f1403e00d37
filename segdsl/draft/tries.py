"""Drafts -> questions that a person may ask of such data, on its own columns; the command proposes those that tell customers apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from segdsl.draft.drafts import FieldDraft, TableDraft
from segdsl.draft.profile import Column
from segdsl.words import headers

_MOST_TABLES = 3  # that are asked about: each is read for it
_MOST_VARIANTS = 8  # of a kind of question
_PLAIN = re.compile(r"[\w .,/&+()%-]+")  # a value that can stand between quotes of a rule and of a shell
_NO_VALUES = ("other", "others", "none", "unknown", "n/a")
_NO_AMOUNTS = re.compile(
    r"(^|_)(year|month|day|week|version|lat|latitude|lon|lng|longitude|row|line|index|jahr|annee|column_\d+)(_|$)"
)


def questions(tables: Sequence[TableDraft]) -> list[tuple[str, ...]]:
    """Of each kind of question its variants, the best first: who does nothing, who is of a kind, who is worth much, who has a mark, …"""
    entity = next((t for t in tables if t.kind == "entity"), None)
    if entity is None:
        return []
    tables = [t for t in tables if t.of == entity.name][:_MOST_TABLES]
    kinds = (
        _silence(tables),
        _kinds(entity),
        _large(entity),
        _yes(entity),
        _busy(tables),
        _last(tables),
        _dated(entity),
    )
    return [found for variants in kinds if (found := tuple(islice(variants, _MOST_VARIANTS)))]


def _silence(tables: Sequence[TableDraft]) -> Iterator[str]:
    """Customers with no row of a table in a while."""
    for table in tables:
        if table.kind == "table" and _can_be_read(table, table.at):
            yield from (f"none({table.name} in last {n} days)" for n in (30, 90, 365, 14, 7))


def _busy(tables: Sequence[TableDraft]) -> Iterator[str]:
    """Customers with several rows of a table, or several parts."""
    for table in tables:
        if table.kind != "details":
            yield from (f"count({table.reverse or table.name}) >= {n}" for n in (3, 2, 5, 10, 1))


def _last(tables: Sequence[TableDraft]) -> Iterator[str]:
    """Customers whose newest row has more than most of an amount or a number."""
    for table in tables:
        if table.kind == "table" and _can_be_read(table, table.at):
            yield from (f"last({table.name}.{c.replace(' >', ') >')}" for c in _large(table))


def _can_be_read(table: TableDraft, field: str | None) -> bool:
    return any(f.name == field and not any(q.blocks for q in f.questions) for f in table.fields)


def _kinds(entity: TableDraft) -> Iterator[str]:
    """Few values that not nearly everybody has, a column's commonest first."""
    for f, column in _fields(entity):
        if f.type.startswith("one of"):
            for v, n in column.values.items():
                if n <= 0.6 * column.rows and _PLAIN.fullmatch(v) and v.lower() not in _NO_VALUES:
                    yield f'{f.name} = "{v}"'
                    break


def _large(table: TableDraft) -> Iterator[str]:
    """More than most of an amount or a number, money first."""
    numeric = [(f, c) for f, c in _fields(table) if f.type in ("integer", "number") or f.type.startswith("money")]
    asked = [(f, c) for f, c in numeric if not headers.is_key(f.header) and not _NO_AMOUNTS.search(f.name)]
    for f, column in sorted(
        asked, key=lambda fc: not (fc[0].type.startswith("money") or headers.is_money(fc[0].header))
    ):
        middle = column.middle or _middle(column, f.formats.number)
        if middle is not None:
            yield f"{f.name} > {middle}{'%' if column.shapes['percent'] else ''}"


def _middle(column: Column, format: str | None) -> str | None:
    """The upper quartile of amounts with signs and separators, as far as the commonest tell, rounded to two digits."""
    point = "," if format and format.rstrip("0123456789").endswith(",") else "."
    plain = [
        re.sub(r"[^\d.-]", "", v.replace("." if point == "," else ",", "").replace(point, ".")) for v in column.values
    ]
    numbers = sorted(float(v) for v in plain if re.fullmatch(r"-?\d+(\.\d+)?", v))
    if not numbers:
        return None
    rounded = float(f"{numbers[len(numbers) * 3 // 4]:.1e}")
    return f"{int(rounded):_}" if rounded == int(rounded) else f"{rounded:g}"


def _dated(entity: TableDraft) -> Iterator[str]:
    """Customers whose date was lately, or will be soon."""
    for f, _ in _fields(entity):
        if f.type in ("date", "timestamp"):
            yield from (f"{f.name} in {way} {n} days" for n in (90, 365) for way in ("next", "last"))
            yield f"{f.name} < 365 days ago"


def _yes(entity: TableDraft) -> Iterator[str]:
    yield from (f.name for f, _ in _fields(entity) if f.type == "boolean")


def _fields(entity: TableDraft) -> Iterator[tuple[FieldDraft, Column]]:
    columns = {c.header: c for c in entity.profile.columns}
    return (
        (f, columns[f.header])
        for f in entity.fields
        if f.header in columns and "key" not in f.flags and not any(q.blocks for q in f.questions)
    )
