"""What a first model is made of: tables with their fields, each guess with its evidence, and questions for a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from segdsl.draft.profile import Profile
from segdsl.draft.reading import Question
from segdsl.workspace.config import Formats

Kind = Literal["entity", "details", "table"]


@dataclass(frozen=True)
class Guess:
    """Something taken to be so. `unsure` where the data doesn't decide it, and a person must."""

    what: str
    evidence: str
    unsure: bool = False


@dataclass(frozen=True)
class FieldDraft:
    """A field as it will stand in the model."""

    name: str
    header: str
    type: str
    flags: tuple[str, ...] = ()
    evidence: str = ""
    formats: Formats = field(default_factory=Formats)
    questions: tuple[Question, ...] = ()
    odd: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableDraft:
    """An entity, details or a table, with the file that its rows lie in.

    `of`, `by`: whose rows these are, and by which field.
    `at`: the field that says when a row happened; `by_date` where it is a day.
    `begins`: the field since when a customer is there.
    `distinct`: the rows are the different customers of a file that repeats them.
    `numbered`: the field that numbers the lines, where nothing else identifies a row.
    """

    profile: Profile
    kind: Kind
    name: str
    fields: tuple[FieldDraft, ...]
    of: str | None = None
    by: str | None = None
    at: str | None = None
    by_date: bool = False
    begins: str | None = None
    reverse: str | None = None
    distinct: bool = False
    numbered: str | None = None
    guesses: tuple[Guess, ...] = field(default=())


@dataclass(frozen=True)
class Drafts:
    """What a model can be made of, customers first; `left_out` says which files or sheets aren't in it, and why."""

    tables: tuple[TableDraft, ...]
    left_out: tuple[str, ...] = ()
