"""Who is one clause away from a segment -> a terminal: of each clause how many lack only it, and some of them."""

from __future__ import annotations

from collections.abc import Iterator

import click

from segdsl.diagnostics import printable
from segdsl.whatif.attrition import Attrition, Cost
from segdsl.words import values
from segdsl.words.plural import plural


def render(attrition: Attrition) -> str:
    return "\n".join(_lines(attrition))


def _lines(a: Attrition) -> Iterator[str]:
    n = a.inside.count
    inside = f"1 {a.entity} is" if n == 1 else f"{n:,} {plural(a.entity)} are"
    yield f"as of {values.as_of(a.clock)}, {inside} in {a.name} by its clauses"
    for cost in a.costs:
        yield from _clause(a, cost)


def _clause(a: Attrition, cost: Cost) -> Iterator[str]:
    n = cost.near.count
    who = f"{n:,} {plural(a.entity)} lack" if n > 1 else f"1 {a.entity} lacks" if n else "nobody lacks"
    worth = f", {a.money} {cost.near.worth:,.0f}" if cost.near.worth else ""
    yield ""
    yield click.style(f"{who} only this{worth}", bold=True)
    yield f"  {printable(cost.clause)}"
    for customer in cost.examples:
        yield f"    {printable(customer.entity_id)}   {printable('; '.join(customer.facts))}"
