"""A first model guessed from exports -> a terminal: each table with its guesses, and the evidence of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from segdsl.diagnostics import printable
from segdsl.draft.guess import TableDraft
from segdsl.report.layout.terminal import table

WIDEST = 60  # characters of a guess


def render(drafts: Sequence[TableDraft]) -> str:
    return "\n\n".join("\n".join(_lines(d)) for d in drafts)


def _lines(d: TableDraft) -> Iterator[str]:
    head = click.style(f"{d.kind} {d.name}{f' of {d.of}' if d.of else ''}", bold=True)
    yield f"{head}   {d.profile.rows:,} rows of {printable(d.profile.path.name)}"
    for guess in d.guesses:
        mark = click.style("?", fg="yellow") if guess.unsure else " "
        yield f"  {mark} {printable(guess.what)}" + (f": {printable(guess.evidence)}" if guess.evidence else "")
    rows = [[" ?" if f.unsure else "  ", f.name, _short(" ".join([f.type, *f.flags])), f.evidence] for f in d.fields]
    yield table(["", "field", "guess", "because"], rows)
    yield from (click.style(f"  ? {f.name}: say {f.unsure} in segdsl.toml", fg="yellow") for f in d.fields if f.unsure)


def _short(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "…"
