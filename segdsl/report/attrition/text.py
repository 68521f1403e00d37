"""What each clause of a segment costs -> a table for a terminal."""

from __future__ import annotations

import click

from segdsl.report.layout.terminal import table
from segdsl.whatif.attrition import Attrition, Cost
from segdsl.words import values
from segdsl.words.plural import plural

WIDEST = 70  # characters of a clause


def render(attrition: Attrition) -> str:
    a = attrition
    population = [["(population)", "", "", f"{a.population.count:,}", ""]] if a.population.count != a.total else []
    rows = [*population, *map(_row, a.costs)]
    worth = f", {a.money} {a.inside.worth:,.0f}" if a.inside.worth is not None else ""
    lines = [
        click.style(a.name, bold=True) + f"   as of {values.as_of(a.clock)}",
        table(["", "alone", "unknown", "in turn", "if left out"], rows, right=(1, 2, 3, 4)),
        f"all of them are true for {a.inside.count:,} of {a.total:,} {plural(a.entity)}{worth}",
    ]
    return "\n".join(lines)


def _row(c: Cost) -> list[str]:
    unknown = f"{c.unknown:,}" if c.unknown else ""
    return [_short(c.clause), f"{c.alone.count:,}", unknown, f"{c.in_turn.count:,}", f"+{c.near.count:,}"]


def _short(clause: str) -> str:
    return clause if len(clause) <= WIDEST else clause[: WIDEST - 1] + "…"
