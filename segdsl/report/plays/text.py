"""The plays of a workspace -> a terminal: each with the parts that it says, then the channels and the holdouts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from segdsl.diagnostics import printable
from segdsl.model.segment import Model
from segdsl.words.plays import said_of_channel, said_of_holdout, said_of_play

LONGEST = 100  # of a part; what is longer is cut


def render(model: Model) -> str:
    return "\n".join(_lines(model))


def _lines(model: Model) -> Iterator[str]:
    if not model.plays:
        yield "no play is declared"
    groups = [
        ("play", {n: said_of_play(model, p) for n, p in model.plays.items()}),
        ("channel", {n: said_of_channel(c) for n, c in model.channels.items()}),
        ("holdout of", {n: said_of_holdout(h) for n, h in model.holdouts.items()}),
    ]
    for kind, every in groups:
        for name, parts in every.items():
            yield from _part_lines(kind, name, parts)


def _part_lines(kind: str, name: str, parts: Mapping[str, str]) -> Iterator[str]:
    title = f' "{parts["title"]}"' if "title" in parts else ""
    yield click.style(printable(f"{kind} {name}{title}"), bold=True)
    said = {part: text for part, text in parts.items() if part != "title"}
    width = max(map(len, said), default=0)
    for part, text in said.items():
        line = " ".join(text.split())
        yield printable(f"  {part:<{width}}  {line if len(line) <= LONGEST else line[:LONGEST] + '…'}")
