"""A pattern of `matches` that begins with `^` or ends with `$`: `matches` is of the whole text, and such patterns are for a part of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic
from segdsl.model import expr as k
from segdsl.model.segment import Model

_ENDS = re.compile(r"(?<!\\)(\\\\)*\$$")


def find(model: Model) -> Iterator[Diagnostic]:
    for _, roots in model.definitions():
        for root in roots:
            for node in k.deep(root):
                if isinstance(node, k.TextTest) and node.op == "matches":
                    yield from _advice(node)


def _advice(e: k.TextTest) -> Iterator[Diagnostic]:
    for pattern in e.patterns:
        text = pattern.value if isinstance(pattern, k.Literal_) else None
        if not isinstance(text, str) or pattern.span is None:
            continue
        begins, ends = text.startswith("^"), _ENDS.search(text) is not None
        if begins and ends:
            message, help = "`matches` is of the whole text, so `^` and `$` add nothing", "leave them out"
        elif begins or ends:
            sign, place = ("^", "begins") if begins else ("$", "ends")
            message = f"`matches` is of the whole text, so this isn't true of a text that only {place} so"
            help = f"write `contains pattern {pattern.span.text}` to look for it in the text, or leave the `{sign}` out"
        else:
            continue
        yield Diagnostic("SEG0823", message, pattern.span, help=help, severity="warning")
