"""A play's recipients on a shelf -> the values of its merge fields, and what it says to each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segdsl.activation.account.facts import Answers
from segdsl.activation.cells import cells, exact_cells
from segdsl.data.sql_text import name
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.play import Play, PlayFor
from segdsl.model.segment import Model
from segdsl.reference.messages import written
from segdsl.reference.shown import Cell, without_link


@dataclass(frozen=True)
class MergeFields:
    """The merge fields of a play, as an engine has answered them for `people`."""

    model: Model
    clock: Clock
    use: PlayFor
    people: Answers

    @property
    def names(self) -> list[str]:
        return [f.name for f in self.use.merge]

    def sql(self, row: str) -> str:
        """The columns of a row of the answers, each behind a comma."""
        return "".join(f", {row}.{name(self.people.columns[f.value])}" for f in self.use.merge)

    def cells(self, columns: Sequence[Sequence[object]], alike: bool = True) -> list[list[Cell]]:
        """Values of the columns, in the order of the fields; `alike`: those of a column have one type."""
        make = cells if alike else exact_cells
        return [
            make(column, without_link(self.model, f.value.type), self.clock, self._denominator(f.value))
            for f, column in zip(self.use.merge, columns)
        ]

    def texts(self, row: str) -> str:
        """The columns of a row of the answers as texts `f0`, `f1`, …, each behind a comma; those that aren't texts as `v0`, … beside."""
        shown = []
        for i, f in enumerate(self.use.merge):
            column, typed = f"{row}.{name(self.people.columns[f.value])}", without_link(self.model, f.value.type)
            as_text = f"to_json({column})" if isinstance(typed, ty.SetOfText) else column
            shown += [f", CAST({as_text} AS VARCHAR) AS f{i}"] + [f", {column} AS v{i}"] * (not ty.is_textual(typed))
        return "".join(shown)

    def values(self, table: str) -> list[Mapping[str, Cell] | None]:
        """What each text of a column of a table with the columns of `texts` stands for, made once; None where each stands for itself."""
        found: list[Mapping[str, Cell] | None] = []
        for i, f in enumerate(self.use.merge):
            typed = without_link(self.model, f.value.type)
            if ty.is_textual(typed):
                found.append(None)
                continue
            rows = self.people.shelf.rows(
                f"SELECT f{i}, any_value(v{i}) FROM {table} WHERE v{i} IS NOT NULL GROUP BY 1"
            )
            made = cells([v for _, v in rows], typed, self.clock, self._denominator(f.value))
            found.append(dict(zip([t for t, _ in rows], made)))
        return found

    def _denominator(self, value: Any) -> int | None:
        return self.people.denominators.get(self.people.columns[value])


def put_messages(play: Play, fields: MergeFields, recipients: str) -> str:
    """A table of what a play says to the recipients of a query of `id`s: `id` as a text, `subject`, `message`, and `problem` where it can't
    be written.
    """
    shelf = fields.people.shelf
    answers = f"{fields.people.sql} p ON p.entity_id = x.id"
    rows = shelf.rows(f"SELECT CAST(x.id AS VARCHAR){fields.sql('p')} FROM ({recipients}) x JOIN {answers}")
    keys, *columns = zip(*rows) if rows else ((), *([()] * len(fields.names)))
    values = zip(*fields.cells(columns, alike=False)) if fields.names else [()] * len(keys)
    said = [written(play, dict(zip(fields.names, of_one))) for of_one in values]
    problems = [s.problem or None for s in said]
    return shelf.put_rows(
        {"key": keys, "subject": [s.subject for s in said], "message": [s.message for s in said], "problem": problems},
    )
