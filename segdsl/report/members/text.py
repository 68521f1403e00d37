"""Who is in a segment, an arm or a condition -> a terminal: how many, what they are worth, and the first of them as a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import click

from segdsl.activation.customers import ENTERED, GONE, LEFT, Worth
from segdsl.activation.members import Column, Members
from segdsl.diagnostics import printable
from segdsl.model import types as ty
from segdsl.reference.shown import Cell
from segdsl.report.layout.terminal import styled, table
from segdsl.words import values
from segdsl.words.plural import plural

SHOWN = 20
_WIDEST = 60  # characters of a cell


def render(members: Members) -> str:
    return "\n".join(_lines(members))


def _lines(members: Members) -> Iterator[str]:
    yield click.style(printable(_headline(members)), bold=True) + f"   as of {values.as_of(members.clock)}"
    yield from map(printable, _beside(members))
    rows = members.rows
    if rows and members.file is None:
        yield ""
        right = [i for i, c in enumerate(members.columns) if ty.is_measure(c.type)]
        yield table([_head(c) for c in members.columns], [_cells(members, row) for row in rows[:SHOWN]], right)
        if len(rows) > SHOWN:
            yield f"and {len(rows) - SHOWN:,} more: a file has them all, as in -o list.xlsx"
    yield from (styled(warning) for warning in members.warnings)
    if members.file is not None:
        yield f"wrote {printable(str(members.file))}: {len(rows):,} {'row' if len(rows) == 1 else 'rows'}"


def _headline(members: Members) -> str:
    selection, entity = members.selection, members.selection.entity.name
    where = f"in {selection.text}" if selection.rule is not None else f"with {selection.text}"
    title = f' "{selection.title}"' if selection.title else ""
    if members.changed is not None:
        counts = [f"{n:,} {word}" for word in (ENTERED, LEFT, GONE) if (n := members.changed.get(word, 0))]
        since = f"{_contacts(members)}{plural(entity)} {where}{title}, since {members.since}"
        return f"{since}: {', '.join(counts) or 'nobody entered or left'}"
    return f"{_contacts(members)}{members.inside:,} {plural(entity, members.inside)} {where}{title}"


def _contacts(members: Members) -> str:
    """How many contacts are listed, and of whom they are."""
    if members.contacts is None:
        return ""
    number = len(members.rows)
    return f"{number:,} {plural(members.contacts.entity.name, number)} of "


def _beside(members: Members) -> Iterator[str]:
    """What stands below the first line: the worth, those of whom it is unknown, and which columns are personal."""
    if members.worth is not None and members.inside and members.since is None:
        yield f"  {members.worth.field}: {_worth(members.worth, members.inside)}"
    if members.unknown:
        yield f"  left out: {members.unknown:,} of whom it is unknown (segdsl explain says why)"
    personal = [c.name for c in members.columns if c.is_personal]
    if personal:
        yield f"  personal: {', '.join(personal)}"


def _worth(worth: Worth, inside: int) -> str:
    """A sum, with how many customers it leaves out since theirs is missing."""
    if worth.missing == inside:
        return "missing"
    amount = f"{worth.currency} {values.money(Fraction(worth.total), worth.currency)}"
    return amount if not worth.missing else f"{amount} (missing for {worth.missing:,} of {inside:,})"


def _head(column: Column) -> str:
    return f"{column.name}, {column.type.currency}" if isinstance(column.type, ty.Money) else column.name


def _cells(members: Members, row: tuple[Cell, ...]) -> list[str]:
    shown = (_shown(cell, column.type, members) for cell, column in zip(row, members.columns))
    return [
        s if len(s) <= _WIDEST or c.name.startswith("because") else f"{s[: _WIDEST - 1]}…"
        for s, c in zip(shown, members.columns)
    ]


def _shown(cell: Cell, typed: ty.Type, members: Members) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case Decimal():
            return f"{cell:,f}" if cell != cell.to_integral_value() else f"{int(cell):,}"
        case int() if ty.is_measure(typed):
            return f"{cell:,}"
        case float():
            return f"{cell:,.4f}".rstrip("0").rstrip(".")
        case tuple():
            return ", ".join(cell)
        case dt.datetime():
            return f"{values.day(cell)} {cell:%H:%M}"
        case dt.date():
            return values.day(cell)
        case _:
            return str(cell)
