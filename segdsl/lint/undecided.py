"""Where data may be missing, a segmentation should say what becomes of those it can't decide on."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic
from segdsl.model import expr as k
from segdsl.model.segment import Model


def find(model: Model) -> Iterator[Diagnostic]:
    for rule in model.segmentations.values():
        if rule.undecided is not None:
            continue
        field = next((f for e in model.definition(rule.name) if (f := _may_be_missing(e, model)) is not None), None)
        if field is not None:
            yield Diagnostic(
                "SEG0802",
                f"customers whose `{field}` is missing stay unassigned in `{rule.name}`",
                rule.span,
                help='declare an arm for them, as in `undecided check_data "Data missing"`',
                severity="warning",
            )


def _may_be_missing(e: k.Expr, model: Model) -> str | None:
    """A field without which the expression is unknown, if there is one that may be missing."""
    if isinstance(e, k.IsMissing):
        return None
    if isinstance(e, k.If) and isinstance(e.condition, k.IsMissing):
        return _may_be_missing(e.otherwise, model) or _may_be_missing(e.then, model)
    if isinstance(e, k.Column):
        field = model.schema.relations[e.relation].fields[e.name]
        sure = field.required and field.known_at is None
        return e.name if not sure or isinstance(e.row, k.Via | k.Topmost) else None
    if isinstance(e, k.At | k.Rounded | k.Standing):
        inside = [_may_be_missing(part, model) for part in k.elsewhere(e) if part is not getattr(e, "among", None)]
        found = next((f for f in inside if f is not None), None)
        return found or (" ".join(e.span.text.split()) if isinstance(e, k.At) and e.span is not None else None)
    if isinstance(e, k.MetricOf):
        return _may_be_missing(model.metrics[e.name].body, model)
    if isinstance(e, k.Aggregate) and e.function in (
        k.Function.MIN,
        k.Function.MAX,
        k.Function.AVERAGE,
        k.Function.MEDIAN,
        k.Function.PICK,
        k.Function.SHARE,
        k.Function.MOST_COMMON,
    ):
        return _name(e)
    return next((f for c in k.children(e) if (f := _may_be_missing(c, model)) is not None), None)


def _name(e: k.Aggregate) -> str:
    return " ".join(e.span.text.split()) if e.span else e.function.value
