"""How columns are guessed to be read -> whether the reader of cells can: every cell is read as `segdsl run` will read it.

A guess is made from shapes of cells, and only the reader decides what a cell means. So a guess that the reader can't keep for a few cells
names them, and one that it can't keep for many is none: the column is text, and the cells are named with a question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import duckdb
import msgspec

from segdsl.data.cells import Cell, Reader, chain
from segdsl.data.sql_text import name
from segdsl.diagnostics import Source, Span
from segdsl.draft.columns import as_text, readings
from segdsl.draft.profile import Column, Profile
from segdsl.draft.reading import Question, Reading, cells, spare
from segdsl.model import types as ty
from segdsl.model.schema import Field
from segdsl.workspace.config import Formats

_NOWHERE = Span(Source("", ""), 0, 0)
_EXAMPLES = 3
_FEW = 0.2  # of the cells may be unreadable, and the guess is kept


@dataclass(frozen=True)
class _Unread:
    """Cells of a column that the reader can't read: how many, and the commonest of them."""

    count: int
    examples: tuple[str, ...]


def read_columns(con: duckdb.DuckDBPyConnection, profile: Profile) -> dict[str, Reading]:
    """How each column of a table is read, with the cells that can't be read so; as text where these are many."""
    guessed = readings(profile.columns)
    unread = _unread(con, profile, guessed)
    return {c.header: _judged(c, guessed[c.header], unread.get(c.header)) for c in profile.columns}


def _judged(column: Column, reading: Reading, unread: _Unread | None) -> Reading:
    if unread is None:
        return reading
    examples = ", ".join(f"`{v}`" for v in unread.examples)
    typed = _type_of(reading.type)
    what = f"amounts in {typed.currency}" if isinstance(typed, ty.Money) else _IN_WORDS[type(typed)]
    if unread.count <= max(spare(column), _FEW * column.given):
        fitting = column.given - unread.count
        lost = "which is read as missing" if unread.count == 1 else "which are read as missing"
        odd = f"{fitting:,} of {column.given:,} cells are {what}, not {examples}, {lost}"
        evidence = reading.evidence.replace(cells(column), f"in {fitting:,} of {column.given:,} cells")
        return replace(reading, evidence=evidence, odd=(*reading.odd, odd))
    text = as_text(column)
    asked = Question(
        f"{unread.count:,} of {column.given:,} cells are no {what} that can be read, such as {examples}: it is text"
    )
    return replace(text, questions=(*text.questions, asked))


def _unread(con: duckdb.DuckDBPyConnection, profile: Profile, readings: Mapping[str, Reading]) -> dict[str, _Unread]:
    """The cells of each column that have a value and get none, by header."""
    fields = {c.header: f"c{i}" for i, c in enumerate(profile.columns) if c.given}
    steps = {f: _cell(c, f, readings[c.header], profile) for c in profile.columns if (f := fields.get(c.header))}
    if not steps:
        return {}
    first = ", ".join(f"{cell.steps[0][1]} AS {name(f'{cell.steps[0][0]} {f}')}" for f, cell in steps.items())
    read = ", ".join(f"CASE WHEN ({cell.value}) IS NULL THEN {cell.odd} END AS {f}" for f, cell in steps.items())
    odd = f"(SELECT {read} FROM ({chain(steps, f'SELECT {first} FROM {name(profile.view)}')}))"
    counts = con.execute(f"SELECT {', '.join(f'count({f})' for f in steps)} FROM {odd}").fetchall()[0]
    found = {}
    for header, count in zip(fields, counts):
        if count:
            f = fields[header]
            sql = f"SELECT {f} FROM {odd} WHERE {f} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {_EXAMPLES}"
            found[header] = _Unread(count, tuple(str(row[0])[:40] for row in con.execute(sql).fetchall()))
    return found


def _cell(column: Column, field: str, reading: Reading, profile: Profile) -> Cell:
    """The steps that read a column as it was guessed; where a person must choose a format, in the first of them."""
    formats = profile.source.formats.under(reading.formats)
    if not reading.is_decided:
        chosen = next(q.settings[0] for q in reading.questions if q.blocks)
        formats = formats.under(msgspec.convert(chosen, Formats))
    if column.is_plain:
        formats = formats.under(Formats(number="1234.56"))
    typed = _type_of(reading.type)
    return Reader(formats, "UTC").cell(column.header, "VARCHAR", Field(field, typed, _NOWHERE), typed)


def _type_of(written: str) -> ty.Type:
    """The type that a guess is written as."""
    if written.startswith("one of"):
        values = re.findall(r'"((?:[^"\\]|\\.)*)"', written)
        return ty.Enum(tuple(re.sub(r"\\(.)", r"\1", v) for v in values))
    if written.startswith("money"):
        return ty.Money(written[len("money(") : -1])
    return _PLAIN_TYPES[written]


_PLAIN_TYPES: Mapping[str, ty.Type] = {
    "text": ty.TEXT,
    "boolean": ty.BOOLEAN,
    "integer": ty.INTEGER,
    "number": ty.NUMBER,
    "date": ty.DATE,
    "timestamp": ty.TIMESTAMP,
    "set of text": ty.SetOfText(),
}
_IN_WORDS: Mapping[type[ty.Type], str] = {
    ty.Text: "texts",
    ty.Enum: "texts",
    ty.Boolean: "yes or no",
    ty.Integer: "whole numbers",
    ty.Number: "numbers",
    ty.Date: "dates",
    ty.Timestamp: "times",
    ty.SetOfText: "sets of texts",
}
