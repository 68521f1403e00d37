"""Nothing happened in the last 90 days: also for whoever came yesterday, unless the rule asks for an age.

Told where the rule asks for nothing else, or for rows of now and none of before: there it is most surely not meant.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from segdsl.diagnostics import Diagnostic
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.dependencies import everything
from segdsl.model.segment import Model


def find(model: Model) -> Iterator[Diagnostic]:
    for segment in model.segments.values():
        own = [e for e in (segment.where, segment.condition) if e is not None]
        yield from _of_arm(model, segment.entity, segment.name, own, segment.condition)
    for rule in model.segmentations.values():
        for arm in rule.arms:
            assert arm.condition is not None
            own = [e for e in (rule.where, arm.condition) if e is not None]
            yield from _of_arm(model, rule.entity, f"{rule.name}.{arm.name}", own, arm.condition)


def _of_arm(model: Model, entity: str, name: str, asked: list[k.Expr], condition: k.Expr) -> Iterator[Diagnostic]:
    born = model.schema.relations[entity].lives_from
    if born is None or _asks_for_age(model, asked, born):
        return
    items = condition.items if isinstance(condition, k.And) else (condition,)
    for item in items:
        nothing = _nothing(item, entity)
        others = [i for i in (*asked, *items) if i is not item and i is not condition]
        came = any(
            isinstance(o, k.Aggregate) and nothing is not None and o.rows.hops == nothing.rows.hops for o in others
        )
        back = _looks_back(nothing, model) if nothing is not None else None
        if back is not None and (came or not others) and item.span is not None:
            shown = " ".join(item.span.text.split())
            yield Diagnostic(
                "SEG0814",
                f"`{name}` also takes customers who are younger than `{shown}` looks back",
                item.span,
                help=f"ask for an age too, as in `days since {born} >= {back}`",
                severity="warning",
            )


def _nothing(e: k.Expr, entity: str) -> k.Aggregate | None:
    """The rows of the customer's own that there must be none of, in a window."""
    plain = e.body if isinstance(e, k.Named) and e.phrase == "none" else e
    some = plain.item if isinstance(plain, k.Not) else None
    if not isinstance(some, k.Aggregate) or some.function is not k.Function.ANY or some.rows.window is None:
        return None
    own = some.rows.anchor == k.This() and all(hop.target != entity for hop in some.rows.hops)
    return some if own else None


def _looks_back(nothing: k.Aggregate, model: Model) -> int | None:
    """How many days a window reaches back from now; None where it names no start, or has nothing to do with now.

    Nothing *before* a day is asked of the young as of anybody: they have to be in.
    """
    start = nothing.rows.window.start if nothing.rows.window is not None else None
    if start is None or not any(isinstance(n, k.AsOf | k.StartOf) for n in k.walk(start)):
        return None
    # of four years: windows of months and calendar periods are longest on some of their days
    clocks = (Clock.at(dt.date(2027, 1, 1) + dt.timedelta(days=i), ZoneInfo("UTC")) for i in range(1461))
    days = [d for clock in clocks if (d := _days_until(start, clock)) is not None]
    return max(days) if days and max(days) > 0 else None


def _days_until(start: k.Expr, clock: Clock) -> int | None:
    moment = clock.constant(start)
    if moment is None:
        return None
    return (clock.today - (clock.date_of(moment) if isinstance(moment, dt.datetime) else moment)).days


def _asks_for_age(model: Model, asked: list[k.Expr], born: str) -> bool:
    """Whether anything tells the customer's age, or asks for something that takes time: other rows, or another date."""
    for node in everything(model, asked):
        if isinstance(node, k.Column) and (node.name == born or isinstance(node.type, ty.Date | ty.Timestamp)):
            return True
    return any(isinstance(n, k.Aggregate) and n.function != k.Function.ANY for n in everything(model, asked))
