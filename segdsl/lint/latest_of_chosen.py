"""`latest N` with `where`: the latest of the rows that `where` chooses, not a question to the latest rows, which `having` asks."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic
from segdsl.lint._written import written
from segdsl.model import expr as k
from segdsl.model.segment import Model

_ASKING = (k.Function.ANY, k.Function.COUNT, k.Function.SHARE)


def find(model: Model) -> Iterator[Diagnostic]:
    for _, roots in model.definitions():
        for root in roots:
            for node in k.deep(root):
                if isinstance(node, k.Aggregate) and node.function in _ASKING and node.span is not None:
                    yield from _advice(node)


def _advice(e: k.Aggregate) -> Iterator[Diagnostic]:
    rows = e.rows
    if rows.latest is None or rows.where is None or rows.where.span is None:
        return
    chosen = written(rows.where)
    if e.value is not None:
        message = f"`latest {rows.latest}` takes the latest of the rows where `{chosen}`; `having` asks only these"
        help = f"to ask the latest {rows.latest} of all rows, write both behind `having`"
    elif e.function is k.Function.ANY:
        message = f"`latest {rows.latest}` changes nothing: of the rows where `{chosen}` there is a latest one if there is any"
        help = f"to ask the latest {rows.latest} of all rows, write `having {chosen}`"
    else:
        return
    yield Diagnostic("SEG0827", message, e.span, help=help, severity="warning")
