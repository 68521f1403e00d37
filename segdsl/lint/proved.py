"""What is proved of a rule and was surely not meant: nobody in it, everybody, an arm never reached, a clause without effect."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.analyse.diagram import Budget
from segdsl.analyse.questions import Proved, proved
from segdsl.diagnostics import Diagnostic
from segdsl.model import expr as k
from segdsl.model.segment import Model, Segment, Segmentation

ALL_TOGETHER = 6_000_000  # units of work: a few seconds; what is left over isn't asked


def find(model: Model) -> Iterator[Diagnostic]:
    rules: list[Segment | Segmentation] = [*model.segments.values(), *model.segmentations.values()]
    budget = Budget(ALL_TOGETHER)
    for rule in rules:
        for found in proved(model, rule, budget):
            yield _told(found, model)


def _told(p: Proved, model: Model) -> Diagnostic:
    name = f"{p.rule}.{p.arm}" if p.arm else p.rule
    match p.kind:
        case "never":
            return Diagnostic(
                "SEG0805",
                f"nobody can ever be in `{name}`",
                p.of.span,
                help="its clauses, or the population, exclude each other; correct a border, or drop it",
                severity="warning",
            )
        case "shadowed":
            takers = " and ".join(f"`{a}`" for a in p.by)
            return Diagnostic(
                "SEG0806",
                f"`{name}` is never reached: {takers} {'takes' if len(p.by) == 1 else 'take'} everyone it would take",
                p.of.span,
                help="put it before, or narrow what stands before it",
                severity="warning",
            )
        case "always":
            return Diagnostic(
                "SEG0807",
                f"everybody is in `{name}`, whatever the data",
                p.of.span,
                help="name the population in `where`, or correct a border",
                severity="warning",
            )
        case "never false":
            return Diagnostic(
                "SEG0819",
                f"`{name}` takes everybody whose {_read(p.of, model)} is known: it is never false",
                p.of.span,
                help="ask `is not missing`, if that is meant; or correct a border",
                severity="warning",
            )
        case _:
            return Diagnostic(
                "SEG0808",
                f"this clause of `{name}` changes nothing",
                p.of.span,
                help="the rest decides without it; leave it out, or correct it",
                severity="warning",
            )


def _read(e: k.Expr, model: Model) -> str:
    """The values that a condition looks at, as they are written."""
    names = dict.fromkeys(
        f"`{n.name}`"
        for n in k.walk(e)
        if isinstance(n, k.Column | k.MetricOf) and not (isinstance(n, k.Column) and _sure(n, model))
    )
    return " and ".join(names) or "data"


def _sure(e: k.Column, model: Model) -> bool:
    field = model.schema.relations[e.relation].fields[e.name]
    return field.required or field.key
