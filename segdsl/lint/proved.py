"""Proved facts of a rule that are surely mistakes: nobody or everybody in it, an arm never reached, a clause without effect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from segdsl.analyse.diagram import Budget, TooInvolved
from segdsl.analyse.questions import Proved, proved
from segdsl.diagnostics import Diagnostic
from segdsl.facts.unknown import Doubts
from segdsl.lint._not_looked_at import not_looked_at
from segdsl.lint._written import written
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.segment import Model, Segment, Segmentation

ALL_TOGETHER = 6_000_000  # units of work: a few seconds; rules after that are not examined


def find(model: Model) -> Iterator[Diagnostic]:
    rules: list[Segment | Segmentation] = [*model.segments.values(), *model.segmentations.values()]
    budget = Budget(ALL_TOGETHER)
    unproved: dict[str, list[Segment | Segmentation]] = {}
    for rule in rules:
        try:
            yield from (_advice(claim, model) for claim in proved(model, rule, budget))
        except TooInvolved as unanswered:
            unproved.setdefault(unanswered.reason, []).append(rule)
    yield from not_looked_at(unproved, "whether everybody or nobody is in")


def _advice(p: Proved, model: Model) -> Diagnostic:
    name = f"{p.rule}.{p.arm}" if p.arm else p.rule
    rule = model.segments.get(p.rule) or model.segmentations[p.rule]
    has_list = isinstance(rule, Segmentation) and rule.override is not None
    exception = ", except customers whom the list names" if has_list else ""
    place = p.of.span or rule.span  # one end of a `between` has no place of its own
    match p.kind:
        case "never":
            return Diagnostic(
                "SEG0805",
                f"nobody can ever be in `{name}`{exception}",
                place,
                help="its clauses, or the population, exclude each other: correct a threshold, or delete it",
                severity="warning",
            )
        case "shadowed":
            takers = " and ".join(f"`{a}`" for a in p.by)
            verb = "takes" if len(p.by) == 1 else "take"
            return Diagnostic(
                "SEG0806",
                f"`{name}` is never reached{exception}: {takers} {verb} everyone it would take",
                place,
                help="move it up, or narrow the arms before it",
                severity="warning",
            )
        case "always":
            return Diagnostic(
                "SEG0807",
                f"{_everybody(p, model)} is in `{name}`, whatever the data is",
                place,
                help="state the population in `where`, or correct a threshold",
                severity="warning",
            )
        case "never false":
            return Diagnostic(
                "SEG0819",
                f"`{name}` takes everybody whose {_read(p.of, model)} is known: it is never false",
                place,
                help="write `is not missing`, if that is meant; or correct a threshold",
                severity="warning",
            )
        case "says nothing":
            return Diagnostic(
                "SEG0808",
                f"this clause of `{name}` has no effect",
                place,
                help="leave it out, or correct it: the other clauses decide without it",
                severity="warning",
            )
        case _:
            assert_never(p.kind)


def _everybody(p: Proved, model: Model) -> str:
    if p.arm is not None:
        return f"everybody whom `{p.rule}` hasn't placed yet"
    return "everybody" if model.segments[p.rule].where is None else f"everybody in the population of `{p.rule}`"


def _read(e: k.Expr, model: Model) -> str:
    """Names the values that a condition reads and that may be missing, as written."""
    names = dict.fromkeys(f"`{written(part)}`" for part in _doubtful(e, Doubts(model)))
    return " and ".join(names) or "data"


def _doubtful(e: k.Expr, doubts: Doubts) -> Iterator[k.Expr]:
    """Yields the largest values inside a condition that may be missing."""
    if isinstance(e, k.IsMissing):
        return
    if e.type != ty.BOOLEAN or isinstance(e, k.Column | k.Aggregate | k.At | k.Member | k.MetricOf):
        if next(doubts.of(e), None) is not None:
            yield e
        return
    for part in k.children(e):
        yield from _doubtful(part, doubts)
