"""How rows stand among a population: window functions in which equal values land together, on every engine alike.

Only counts and sums over all rows up to a value are used: NTILE and ROW_NUMBER are arbitrary on ties, and sums of
doubles depend on their order, so only exact numbers are added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from segdsl.model import expr as k
from segdsl.sql import numbers as n
from segdsl.sql import spell as s
from segdsl.sql.conditions import Plain, Value
from segdsl.sql.spell import Sql


@dataclass(frozen=True)
class Population:
    """What is ranked, in which groups (None: all together), and which rows count (None: all)."""

    value: Sql
    group: Sql | None
    among: Sql | None

    @property
    def ranked(self) -> Sql:
        """Whether a row is one of those that others stand among."""
        known = [s.not_(s.is_null(x)) for x in (self.value, self.group) if x is not None]
        return s.all_of([*([s.is_true(self.among)] if self.among is not None else []), *known])

    def own(self, sql: Sql) -> Sql:
        """Missing where the row's own value or group is."""
        return s.case((s.all_of([s.not_(s.is_null(x)) for x in (self.value, self.group) if x is not None]), sql))

    def over(self, aggregate: Sql, order: Literal["up", "down"] | None) -> Sql:
        """An aggregate over the group: all of it, or up to the row's value with all that are equal to it."""
        window = exp.Window(this=aggregate)
        if self.group is not None:
            window.set("partition_by", [self.group])
        if order is not None:
            window.set(
                "order", exp.Order(expressions=[exp.Ordered(this=self.value, desc=order == "down", nulls_first=False)])
            )
            window.set(
                "spec", exp.WindowSpec(kind="RANGE", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW")
            )
        return window


def ranked(value: Value) -> tuple[Sql, int, int]:
    """(a value as it is compared with others, its denominator, its bits): an exact number as it enters an aggregate."""
    match value:
        case Plain(sql) | n.Double(sql):
            return sql, 1, n.ROW_BITS
        case n.Exact():
            return n.summand(value)


def greater(p: Population) -> Sql:
    """How many of the population have a strictly greater value."""
    return p.own(s.binary("-", _counted(p, None), _counted(p, "up")))


def value(e: k.Standing, p: Population, over: int, bits: int) -> n.Exact:
    match e.of:
        case "greater":
            return n.leaf(greater(p), 1, n.ROW_BITS)
        case "smaller":
            return n.leaf(p.own(_smaller(p)), 1, n.ROW_BITS)
        case "ranked":
            return n.leaf(p.own(_counted(p, None)), 1, n.ROW_BITS)
        case "greater_sum":
            return n.leaf(p.own(s.binary("-", _added(p, None), _added(p, "up"))), over, bits + n.ROW_BITS)
        case "positive_sum":
            return n.leaf(p.own(_added(p, None)), over, bits + n.ROW_BITS)
        case "quantile":
            below = s.binary("*", s.wide(_smaller(p)), s.whole(e.parts))
            part = s.binary("//", below, s.call("nullif", _counted(p, None), s.whole(0)))
            most = s.case(
                (s.binary("<", part, s.wide(s.whole(e.parts - 1))), part),
                (s.not_(s.is_null(part)), s.wide(s.whole(e.parts - 1))),
            )
            return n.leaf(p.own(s.binary("+", most, s.whole(1))), 1, n.ROW_BITS)


def _smaller(p: Population) -> Sql:
    return s.binary("-", _counted(p, None), _counted(p, "down"))


def _counted(p: Population, order: Literal["up", "down"] | None) -> Sql:
    return p.over(exp.Count(this=s.case((p.ranked, s.whole(1)))), order)


def _added(p: Population, order: Literal["up", "down"] | None) -> Sql:
    positive = s.all_of([p.ranked, s.binary(">", p.value, s.whole(0))])
    return s.coalesce(p.over(exp.Sum(this=s.case((positive, p.value))), order), s.big(0))
