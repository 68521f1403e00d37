"""A column of two answers -> yes and no, in the words that it has for them; 0 and 1 may be a count."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.draft.profile import Column
from segdsl.draft.reading import Question, Reading, cells
from segdsl.words import headers
from segdsl.workspace.config import Formats

_WORDS = (
    (Formats().yes, Formats().no),
    (("ja", "j"), ("nein", "nee", "nej", "nei", "n")),
    (("oui",), ("non",)),
    (("si", "sí", "sì"), ("no",)),
    (("sim",), ("não", "nao")),
    (("tak",), ("nie",)),
    (("on",), ("off",)),
    (("wahr",), ("falsch",)),
    (("vrai",), ("faux",)),
    (("enabled",), ("disabled",)),
    (("checked",), ("unchecked",)),
)
"""Words for yes and no that stand together, in small letters."""
_MARKS = {"x", "✓", "✔", "☑", "•", *(word for yes, _ in _WORDS for word in yes)} - {"1"}
"""What marks a row as one that has something, where others are empty."""


def read_yes_no(column: Column) -> Reading | None:
    """Yes or no; a whole number where 0 and 1 count something; None for a column of something else."""
    values = {v.lower() for v in column.values}
    if column.distinct > 4 or values == {"1"}:
        return None
    shown = "/".join(column.values)
    for yes, no in _WORDS:
        usual = yes == Formats().yes
        if values <= {*yes, *no} and values & {*yes} and (values & {*no} or (usual and column.distinct == 1)):
            if values == {"0", "1"} and not headers.is_state(column.header):
                return _count(column)
            own_yes, own_no = (tuple(w for w in words if w in values) or words for words in (yes, no))
            formats = Formats() if usual else Formats(yes=own_yes, no=own_no)
            return Reading("boolean", f"{shown} {cells(column)}", formats)
    if len(values) == 1 and values <= _MARKS and column.missing:
        return Reading("boolean", f"{shown} {cells(column)}", Formats(yes=tuple(values)))
    return None


def if_empty_means_no(column: Column, reading: Reading, name: str) -> Iterator[Question]:
    """What to ask of a column that has a word for yes alone, and is empty in the other rows."""
    values = {v.lower() for v in column.values}
    if reading.type in ("boolean", "integer") and column.missing and len(values) == 1 and values <= {"1", *_MARKS}:
        of_rows = f"`{next(iter(column.values))}` in {column.given:,} rows, and empty in {column.missing:,}"
        yield Question(
            f"{of_rows}: an empty cell is unknown here, and no is none of the answers; if empty means no, ask `{name} is missing`"
        )


def _count(column: Column) -> Reading:
    """0 and 1 are a number, as they stand, unless the header speaks of a state."""
    evidence = f"0 and 1 {cells(column)}"
    if headers.is_count(column.header):
        return Reading("integer", f"{evidence}: a count, by its name")
    question = Question("0 and 1 alone: taken for a number; if they mean no and yes, write", types=("boolean",))
    return Reading("integer", evidence, questions=(question,))
