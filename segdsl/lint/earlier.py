"""What is asked as of another time should be known of that time: a field that may have changed is as it is now."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic
from segdsl.facts.past import Past, fields_read, past_of
from segdsl.model import expr as k
from segdsl.model.dependencies import everything
from segdsl.model.segment import Model

SHOWN = 3


def find(model: Model) -> Iterator[Diagnostic]:
    seen: set[tuple[str, int]] = set()
    for name in [*model.metrics, *model.segments, *model.segmentations]:
        for root in model.definition(name):
            for node in k.deep(root):
                if not isinstance(node, k.At) or node.ahead or node.span is None or isinstance(node.moment, k.AsOf):
                    continue
                place = (node.span.source.path, node.span.start)
                if place not in seen:
                    seen.add(place)
                    yield from _changeable(node, model)


def _changeable(e: k.At, model: Model) -> Iterator[Diagnostic]:
    fields = dict.fromkeys(
        name
        for node in everything(model, [e.item])
        for relation, name in fields_read(node)
        if past_of(model.schema.relations[relation], name) is Past.OVERWRITTEN
    )
    if fields:
        names = list(fields)
        shown = ", ".join(f"`{n}`" for n in names[:SHOWN]) + (
            f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        )
        verb = "are" if len(names) > 1 else "is"
        yield Diagnostic(
            "SEG0804",
            f"{shown} {verb} asked as of an earlier time, but known only as of now",
            e.span,
            help="mark what never changes `fixed`, keep `history from … to …`, or count rows instead",
            severity="warning",
        )
