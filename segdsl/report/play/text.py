"""A play for one customer -> a terminal: whether it gets it, and what is said to each of its people."""

from __future__ import annotations

from collections.abc import Iterator

import click

from segdsl.activation.plays import Shown, Written
from segdsl.diagnostics import printable, series
from segdsl.reference.plays import said_of
from segdsl.reference.recipients import said_of_recipient
from segdsl.words import values


def render(shown: Shown) -> str:
    return "\n".join(_lines(shown))


def _lines(shown: Shown) -> Iterator[str]:
    title = f' "{shown.play.title}"' if shown.play.title else ""
    yield click.style(printable(f"{shown.play.name}{title} for {shown.decided.key}"), bold=True) + (
        f"   as of {values.as_of(shown.clock)}"
    )
    if shown.found_by is not None:
        yield printable(f"{shown.decided.key} is found by its {shown.found_by}")
    decision = shown.decision
    yield printable(said_of(decision) if decision.line == "gets" else f"it gets nothing: {said_of(decision)}")
    if not shown.decided.is_past_known:
        yield "what it got before wasn't looked at: no export is recorded here"
    if shown.personal:
        yield printable(f"personal: {series(shown.personal)}")
    for one in shown.written:
        yield ""
        yield from _written(one)


def _written(one: Written) -> Iterator[str]:
    to = f" at {one.recipient.address}" if one.recipient.address else ""
    why = "" if one.recipient.gets else f": nothing, since {said_of_recipient(one.recipient)}"
    yield click.style(printable(f"to {one.recipient.key}{to}{why}"), bold=True)
    said = one.said
    if said.problem and one.recipient.line != "no message":
        yield click.style(printable(f"  ✗ the message can't be written: {said.problem}"), fg="red")
    if said.subject is not None:
        yield printable(f"  Subject: {said.subject}")
    if said.message is not None:
        yield from (f"  │ {printable(line)}".rstrip() for line in said.message.splitlines())
    if said.subject is None and said.message is None:
        width = max(map(len, said.fields), default=0)
        yield from (printable(f"  {n:<{width}}  {'missing' if v is None else v}") for n, v in said.fields.items())
