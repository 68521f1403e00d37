"""A first model guessed from exports -> a terminal: each table with its guesses, the evidence of each, and what a person must say."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from segdsl.diagnostics import printable
from segdsl.draft.drafts import Drafts, FieldDraft, TableDraft
from segdsl.draft.write import lines_of_types
from segdsl.report.layout.terminal import table

WIDEST = 60  # characters of a guess


def render(drafts: Drafts) -> str:
    tables = ["\n".join(_lines(d)) for d in drafts.tables]
    left_out = [f"{click.style('left out', fg='yellow')} {printable(reason)}" for reason in drafts.left_out]
    return "\n\n".join([*tables, *(["\n".join(left_out)] if left_out else [])])


def _lines(d: TableDraft) -> Iterator[str]:
    head = click.style(f"{d.kind} {d.name}{f' of {d.of}' if d.of else ''}", bold=True)
    yield f"{head}   {_rows(d)} of {printable(d.profile.label)}"
    for guess in d.guesses:
        mark = click.style("?", fg="yellow") if guess.unsure else " "
        yield f"  {mark} {printable(guess.what)}" + (f": {printable(guess.evidence)}" if guess.evidence else "")
    rows = [[" ?" if f.questions else "  ", f.name, _short(" ".join([f.type, *f.flags])), f.evidence] for f in d.fields]
    yield table(["", "field", "guess", "because"], rows)
    for f in d.fields:
        yield from _asked(f)


def _rows(d: TableDraft) -> str:
    """How many rows a table has; of one that repeats them, how many different ones."""
    rows = f"{d.profile.rows:,} row{'' if d.profile.rows == 1 else 's'}"
    key = next((f.header for f in d.fields if "key" in f.flags), None)
    different = next((c.distinct for c in d.profile.columns if c.header == key), 0)
    return f"{different:,} of {rows}" if d.distinct else rows


def _asked(f: FieldDraft) -> Iterator[str]:
    """Odd cells of a column, and its questions, each with the lines of which one is to be written."""
    yield from (f"  ! {f.name}: {printable(odd)}" for odd in f.odd)
    for question in f.questions:
        yield click.style(f"  ? {f.name}: {printable(question.text)}", fg="yellow")
        settings = [f"{f.name}.{k} = {json.dumps(v)}" for s in question.settings for k, v in s.items()]
        choices = settings or lines_of_types(f, question)
        if choices:
            yield f"      in {'segdsl.toml' if settings else 'model.seg'}: {printable(' or '.join(choices))}"


def _short(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "…"
