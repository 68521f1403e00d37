"""An expression as of another time should read only values known from that time; a field that is overwritten has its value of now."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic
from segdsl.facts.past import Past, fields_read, past_of
from segdsl.model import expr as k
from segdsl.model.dependencies import everything
from segdsl.model.segment import Model

MOST_NAMES = 3


def find(model: Model) -> Iterator[Diagnostic]:
    places: set[tuple[str, int]] = set()
    for _, roots in model.definitions():
        for root in roots:
            for node in k.deep(root):
                if not isinstance(node, k.At) or node.ahead or node.span is None or isinstance(node.moment, k.AsOf):
                    continue
                place = (node.span.source.path, node.span.start)
                if place not in places:
                    places.add(place)
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
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        fields_in_words = ", ".join(f"`{n}`" for n in names[:MOST_NAMES]) + more
        verb = "are" if len(names) > 1 else "is"
        yield Diagnostic(
            "SEG0804",
            f"{fields_in_words} {verb} read as of an earlier time, but known only as of now",
            e.span,
            help="mark fields that never change `fixed`, declare `history from … to …`, or count rows instead",
            severity="warning",
        )
