"""A first model guessed from exports -> a terminal: each table with its guesses and their evidence, then what a person must decide."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from segdsl.diagnostics import printable
from segdsl.draft.drafts import Drafts, FieldDraft, Guess, TableDraft
from segdsl.draft.reading import Question
from segdsl.draft.write import lines_of_types
from segdsl.report.layout.terminal import table

WIDEST = 60  # characters of a guess


def render(drafts: Drafts) -> str:
    """What was settled of each table; then what a person has to decide, and which files hold no table."""
    parts = ["\n".join(_lines(d)) for d in drafts.tables]
    asked = [*_unsure(drafts), *_questions(drafts)]
    left_out = [f"{click.style('left out', fg='yellow')} {printable(reason)}" for reason in drafts.left_out]
    if asked:
        parts.append("\n".join([click.style("for you to decide", bold=True), *asked]))
    return "\n\n".join([*parts, *(["\n".join(left_out)] if left_out else [])])


def _lines(d: TableDraft) -> Iterator[str]:
    head = click.style(f"{d.kind} {d.name}{f' of {d.of}' if d.of else ''}", bold=True)
    yield f"{head}   {_rows(d)} of {printable(d.profile.label)}"
    yield from (f"    {_said(guess)}" for guess in d.guesses if not guess.unsure)
    rows = [[" ?" if f.questions else "  ", f.name, _short(" ".join([f.type, *f.flags])), f.evidence] for f in d.fields]
    yield table(["", "field", "guess", "because"], rows)
    yield from (f"  ! {f.name}: {printable(odd)}" for f in d.fields for odd in f.odd)


def _said(guess: Guess) -> str:
    return printable(guess.what) + (f": {printable(guess.evidence)}" if guess.evidence else "")


def _unsure(drafts: Drafts) -> Iterator[str]:
    """Guesses that a person must confirm or mend."""
    for d in drafts.tables:
        yield from (click.style(f"  ? {_said(guess)}", fg="yellow") for guess in d.guesses if guess.unsure)


def _questions(drafts: Drafts) -> Iterator[str]:
    """Each question with the fields that it is asked of, and the lines of which one is to be written."""
    asked: dict[str, list[tuple[TableDraft, FieldDraft, Question]]] = {}
    for d in drafts.tables:
        for f in d.fields:
            for question in f.questions:
                asked.setdefault(question.text, []).append((d, f, question))
    for text, places in asked.items():
        fields = ", ".join(f.name if len(drafts.tables) == 1 else f"{d.name}.{f.name}" for d, f, _ in places)
        yield click.style(f"  ? {fields}: {printable(text)}", fg="yellow")
        _, f, question = places[0]
        settings = [f"{f.name}.{k} = {json.dumps(v)}" for s in question.settings for k, v in s.items()]
        choices = settings or lines_of_types(f, question)
        if choices:
            where = "segdsl.toml" if settings else "model.seg"
            yield f"      in {where}{', as in' if len(places) > 1 else ':'} {printable(' or '.join(choices))}"


def _rows(d: TableDraft) -> str:
    """How many rows a table has; of one that repeats them, how many different ones."""
    rows = f"{d.profile.rows:,} row{'' if d.profile.rows == 1 else 's'}"
    key = next((f.header for f in d.fields if "key" in f.flags), None)
    different = next((c.distinct for c in d.profile.columns if c.header == key), 0)
    return f"{different:,} of {rows}" if d.distinct else rows


def _short(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "…"
