"""How a column is read: its type, how its cells are written, and what a person has to decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from segdsl.draft.profile import Column
from segdsl.workspace.config import Formats

_SOLID = 8  # cells from which one odd cell doesn't decide the type of a column


@dataclass(frozen=True)
class Question:
    """What the data doesn't decide: in words, and the lines of which one is to be written.

    `settings` go beside the column in segdsl.toml, as in `date = "DD/MM/YYYY"`; `types` into model.seg.
    `blocks`: the column can't be read before somebody decides.
    """

    text: str
    settings: tuple[Mapping[str, object], ...] = ()
    types: tuple[str, ...] = ()
    blocks: bool = False


@dataclass(frozen=True)
class Reading:
    """How a column is read. `evidence` says from which cells; `odd` what some cells hold that don't fit."""

    type: str
    evidence: str
    formats: Formats = field(default_factory=Formats)
    questions: tuple[Question, ...] = ()
    odd: tuple[str, ...] = ()

    @property
    def is_decided(self) -> bool:
        """Whether the column can be read without an answer from a person."""
        return not any(q.blocks for q in self.questions)


def spare(column: Column) -> int:
    """How many odd cells keep no column from its type."""
    return max(1, column.given // 50) if column.given >= _SOLID else 0


def fits(column: Column, odd: int, *shapes: str) -> bool:
    """Whether cells of these shapes (which exclude one another) are all of the column, but for a number of odd ones."""
    return column.given - sum(column.shapes[s] for s in shapes) <= odd


def cells(column: Column) -> str:
    """How many cells have a value, in words."""
    given = f"{column.given:,} cell{'' if column.given == 1 else 's'}"
    if column.missing == 0:
        return f"in {'the only cell' if column.given == 1 else f'all {given}'}"
    return f"in {given}, {column.missing:,} {'is' if column.missing == 1 else 'are'} missing"
