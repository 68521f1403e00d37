"""A play and somebody's row -> what the play says to whoever it is of, or why that can't be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segdsl.model.play import Play, PlayFor
from segdsl.reference.evaluate import Evaluator
from segdsl.reference.shown import Cell, cell
from segdsl.reference.world import Row


@dataclass(frozen=True)
class Said:
    """What a play says to one recipient. `problem`: why it can't be written; "" where it can."""

    fields: Mapping[str, Cell]
    subject: str | None = None
    message: str | None = None
    problem: str = ""


def said(evaluator: Evaluator, play: Play, use: PlayFor, row: Row) -> Said:
    """Returns the merge fields, subject and message of a play for a recipient's row."""
    model, clock = evaluator.model, evaluator.world.clock
    return written(play, {f.name: cell(evaluator.value(f.value, row), f.value.type, model, clock) for f in use.merge})


def written(play: Play, fields: Mapping[str, Cell]) -> Said:
    """Returns what a play says where its merge fields have some values."""
    if play.subject is None and play.message is None:
        return Said(fields)
    from segdsl.templates.template import CannotWrite, write  # Jinja is loaded where there is a template

    subject = message = None
    try:
        if play.subject is not None:
            subject = write(play.subject.text, fields, one_line=True)
        if play.message is not None:
            message = write(play.message.text, fields, html=is_html(play.message.file))
    except CannotWrite as problem:
        return Said(fields, subject, None, str(problem))
    return Said(fields, subject, message)


def is_html(file: str | None) -> bool:
    """Tells whether the template of a file is a page, in which values are escaped."""
    return file is not None and file.lower().endswith((".html", ".htm"))
