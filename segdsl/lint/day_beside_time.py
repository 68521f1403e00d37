"""A date beside a time is the first instant of that day: `seen <= 2026-10-31` leaves the day itself out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from segdsl.diagnostics import Diagnostic
from segdsl.model import expr as k
from segdsl.model.segment import Model

_ADVICE = {
    "<=": ("leaves out {day} but for its first instant", "write `{time} < {next}`, which takes in all of {day}"),
    ">": ("takes in {day} but for its first instant", "write `{time} >= {next}`, which begins after {day}"),
    "=": (
        "is true of the first instant of {day} alone",
        "write `{time} >= {day} and {time} < {next}` for the whole day",
    ),
    "!=": (
        "is false of the first instant of {day} alone",
        "write `{time} < {day} or {time} >= {next}` for the whole day",
    ),
}


def find(model: Model) -> Iterator[Diagnostic]:
    for _, roots in model.definitions():
        yield from advice(roots)


def advice(roots: Iterable[k.Expr]) -> Iterator[Diagnostic]:
    """Yields the advice on conditions that belong to no rule, too."""
    for root in roots:
        for node in k.deep(root):
            if isinstance(node, k.Compare):
                yield from _advice(node)


def _advice(e: k.Compare) -> Iterator[Diagnostic]:
    time, start, op = e.left, e.right, e.op
    if isinstance(time, k.StartOfDay):
        time, start, op = start, time, k.MIRRORED[op]
    match start:
        case k.StartOfDay(date=k.Literal_(value=dt.date() as day)) if op in _ADVICE and time.span and start.span:
            pass
        case _:
            return
    known = {"time": " ".join(time.span.text.split()), "day": day, "next": day + dt.timedelta(days=1)}
    message, help = (text.format(**known) for text in _ADVICE[op])
    yield Diagnostic("SEG0822", f"this {message}", start.span, help=help, severity="warning")
