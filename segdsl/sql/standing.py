"""Standings of rows within a population, as window functions in which equal values stand together, the same on every engine.

Only counts and sums over all rows up to a value are used: NTILE and ROW_NUMBER are arbitrary on ties. Only exact numbers are
summed, since sums of doubles depend on their order.
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
    """A population.

    `value` is what is ranked.
    `group` is the group of each row; None makes one group of all.
    `among` is the condition of the rows that count; None counts all.
    `ties` order the rows with equal values, each with whether it is a text, of which the first stands highest.
    """

    value: Sql
    group: Sql | None
    among: Sql | None
    ties: tuple[tuple[Sql, bool], ...] = ()

    @property
    def ranked(self) -> Sql:
        """The condition that a row counts in the population."""
        is_known = [s.not_(s.is_null(x)) for x in (self.value, self.group) if x is not None]
        return s.all_of([*([s.is_true(self.among)] if self.among is not None else []), *is_known])

    def for_ranked(self, sql: Sql) -> Sql:
        """Builds a value that is missing if the row's value or group is missing."""
        return s.case((s.all_of([s.not_(s.is_null(x)) for x in (self.value, self.group) if x is not None]), sql))

    def over(self, aggregate: Sql, order: Literal["up", "down"] | None) -> Sql:
        """Builds an aggregate over the group: over all rows, or over the rows up to the row's value, equal values included."""
        window = exp.Window(this=aggregate)
        if self.group is not None:
            window.set("partition_by", [self.group])
        if order is not None:
            down = order == "down"
            by = [exp.Ordered(this=self.value, desc=down, nulls_first=False)]
            by += [exp.Ordered(this=tie, desc=down is not is_text, nulls_first=not down) for tie, is_text in self.ties]
            window.set("order", exp.Order(expressions=by))
            window.set(
                "spec", exp.WindowSpec(kind="RANGE", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW")
            )
        return window


def ranked(value: Value) -> tuple[Sql, int, int]:
    """Returns a value as it is ranked, its denominator and its bits; an exact number is ranked as it enters an aggregate."""
    match value:
        case Plain(sql) | n.Double(sql):
            return sql, 1, n.ROW_BITS
        case n.Exact():
            return n.summand(value)


def greater(p: Population) -> Sql:
    """Builds the number of rows of the population with a strictly greater value."""
    return p.for_ranked(s.binary("-", _count(p, None), _count(p, "up")))


def value(e: k.Standing, p: Population, over: int, bits: int) -> n.Exact:
    match e.of:
        case "greater":
            return n.leaf(greater(p), 1, n.ROW_BITS)
        case "smaller":
            return n.leaf(p.for_ranked(_smaller(p)), 1, n.ROW_BITS)
        case "ranked":
            return n.leaf(p.for_ranked(_count(p, None)), 1, n.ROW_BITS)
        case "greater_sum":
            return n.leaf(p.for_ranked(s.binary("-", _sum(p, None), _sum(p, "up"))), over, bits + n.ROW_BITS)
        case "positive_sum":
            return n.leaf(p.for_ranked(_sum(p, None)), over, bits + n.ROW_BITS)
        case "quantile":
            below = s.binary("*", s.wide(_smaller(p)), s.whole(e.parts))
            part = s.binary("//", below, s.call("nullif", _count(p, None), s.whole(0)))
            most = s.case(
                (s.binary("<", part, s.wide(s.whole(e.parts - 1))), part),
                (s.not_(s.is_null(part)), s.wide(s.whole(e.parts - 1))),
            )
            return n.leaf(p.for_ranked(s.binary("+", most, s.whole(1))), 1, n.ROW_BITS)


def _smaller(p: Population) -> Sql:
    return s.binary("-", _count(p, None), _count(p, "down"))


def _count(p: Population, order: Literal["up", "down"] | None) -> Sql:
    return p.over(exp.Count(this=s.case((p.ranked, s.whole(1)))), order)


def _sum(p: Population, order: Literal["up", "down"] | None) -> Sql:
    positive = s.all_of([p.ranked, s.binary(">", p.value, s.whole(0))])
    return s.coalesce(p.over(exp.Sum(this=s.case((positive, p.value))), order), s.big(0))
