"""`none(… in last 90 days)` is also true for a customer who came yesterday, unless the rule requires an age.

Advice is given only if the rule has no other condition, or also requires rows of the same kind; then a mistake is most likely.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from segdsl.diagnostics import Diagnostic
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.dependencies import everything
from segdsl.model.segment import Model


def find(model: Model) -> Iterator[Diagnostic]:
    for segment in model.segments.values():
        conditions = [e for e in (segment.where, segment.condition) if e is not None]
        yield from _of_arm(model, segment.entity, segment.name, conditions, segment.condition)
    for rule in model.segmentations.values():
        for arm in rule.arms:
            assert arm.condition is not None
            conditions = [e for e in (rule.where, arm.condition) if e is not None]
            yield from _of_arm(model, rule.entity, f"{rule.name}.{arm.name}", conditions, arm.condition)


def _of_arm(model: Model, entity: str, name: str, conditions: list[k.Expr], condition: k.Expr) -> Iterator[Diagnostic]:
    birth_column = model.schema.relations[entity].lives_from
    if birth_column is None or _requires_age(model, conditions, birth_column):
        return
    items = condition.items if isinstance(condition, k.And) else (condition,)
    for item in items:
        absent_rows = _absent_rows(item, entity)
        if absent_rows is None or absent_rows.window is None or item.span is None:
            continue
        siblings = [i for i in (*conditions, *items) if i is not item and i is not condition]
        requires_rows = any(isinstance(o, k.Aggregate) and o.rows.hops == absent_rows.hops for o in siblings)
        if siblings and not requires_rows:
            continue
        back = _looks_back(absent_rows.window.start)
        if back is not None:
            condition_text = " ".join(item.span.text.split())
            yield Diagnostic(
                "SEG0814",
                f"`{name}` also takes customers who are younger than the window of `{condition_text}`",
                item.span,
                help=f"require an age as well, as in `days since {birth_column} >= {back}`",
                severity="warning",
            )


def _absent_rows(e: k.Expr, entity: str) -> k.Rows | None:
    """Returns the customer's rows of which a condition requires none, in a window; None for other conditions."""
    plain = e.body if isinstance(e, k.Named) and e.phrase == "none" else e
    some = plain.item if isinstance(plain, k.Not) else None
    if not isinstance(some, k.Aggregate) or some.function is not k.Function.ANY or some.rows.window is None:
        return None
    is_of_customer = some.rows.anchor == k.This() and all(hop.target != entity for hop in some.rows.hops)
    return some.rows if is_of_customer else None


@lru_cache(maxsize=1_000)
def _looks_back(start: k.Expr | None) -> int | None:
    """Returns how many days a window from `start` reaches back from now; None if it has no start, or doesn't depend on now.

    Nothing *before* a day says nothing about a customer's age.
    """
    if start is None or not any(isinstance(n, k.AsOf | k.StartOf) for n in k.walk(start)):
        return None
    days = [d for clock in _four_years() if (d := _days_until(start, clock)) is not None]
    return max(days) if days and max(days) > 0 else None


@cache
def _four_years() -> tuple[Clock, ...]:
    """Every day of four years: windows of months and calendar periods are longest on some of them."""
    first = dt.date(2027, 1, 1)
    return tuple(Clock.at(first + dt.timedelta(days=i), ZoneInfo("UTC")) for i in range(1461))


def _days_until(start: k.Expr, clock: Clock) -> int | None:
    moment = clock.constant(start)
    if moment is None:
        return None
    return (clock.today - (clock.date_of(moment) if isinstance(moment, dt.datetime) else moment)).days


def _requires_age(model: Model, conditions: list[k.Expr], birth_column: str) -> bool:
    """Tells whether any condition requires an age, or something that takes time: other rows, or another date."""
    for node in everything(model, conditions):
        if isinstance(node, k.Column) and (node.name == birth_column or isinstance(node.type, ty.Date | ty.Timestamp)):
            return True
    return any(isinstance(n, k.Aggregate) and n.function != k.Function.ANY for n in everything(model, conditions))
