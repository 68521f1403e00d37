"""Borders of ranks and limits in a run: the last value that was in, for each group of which the rule takes somebody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from segdsl.data.sql_text import name, text, texts
from segdsl.ledger.store import Border
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model import versions
from segdsl.model.segment import Arm, Limit, Segment, Segmentation
from segdsl.reference import quantity as q
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.world import Row
from segdsl.words import english, values

if TYPE_CHECKING:
    from segdsl.model.clock import Clock
    from segdsl.model.segment import Rule
    from segdsl.run.assigned import Assigned

GROUPS = 1_000  # most groups shown: more wouldn't answer "where is the border?"


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that a rule draws.

    `by`: the value compared.
    `group`: groups that are ranked separately.
    `inside`: condition of those within; None for an arm with a limit.
    `from_below`: the border is the least value inside.
    """

    arm: str
    text: str
    by: k.Expr
    group: k.Expr | None
    inside: k.Expr | None
    from_below: bool
    limit: Limit | None = None


def borders(assigned: Assigned) -> tuple[Border, ...]:
    """Borders of every `limit`, `in top` and `in bottom` of a run's rules. Raises `DataError`."""
    return tuple(b for rule in assigned.rules for line in _lines(rule) for b in _borders_of_line(assigned, rule, line))


def borders_of_customer(evaluator: Evaluator, rule: Rule, row: Row) -> set[tuple[str, str, str]]:
    """(arm, text, group) of the borders that a customer is compared with."""
    names = set()
    for line in _lines(rule):
        group = evaluator.value(line.group, row) if line.group is not None else None
        if not isinstance(group, Unknown):
            clock = evaluator.world.clock
            shown = (
                "" if group is None or line.group is None else values.shown(group, line.group.type, clock).strip('"')
            )
            names.add((line.arm, line.text, shown))
    return names


def _lines(rule: Rule) -> Iterator[_Line]:
    parts: list[Arm | Segment] = [rule] if isinstance(rule, Segment) else list(rule.arms)
    for part in parts:
        if part.condition is not None:
            for node in k.walk(part.condition):
                if isinstance(node, k.Named) and node.phrase == "in_top":
                    yield from _ranked(part.name, node)
        if part.limit is not None:
            per = f" per {english.say(part.limit.group)}" if part.limit.group is not None else ""
            text = f"limit {part.limit.count:,} by {english.say(part.limit.by)}{per}"
            yield _Line(part.name, text, part.limit.by, part.limit.group, None, True, part.limit)


def _ranked(arm: str, node: k.Named) -> Iterator[_Line]:
    standing = next(n for n in k.walk(node.body) if isinstance(n, k.Standing))
    if isinstance(standing.row, k.This):
        inside = node if standing.among is None else k.And((standing.among, node))
        yield _Line(arm, english.say(node), standing.value, standing.group, inside, standing.of == "greater")


def _borders_of_line(assigned: Assigned, rule: Rule, line: _Line) -> Iterator[Border]:
    from segdsl.sql.plan import condition

    columns = {"by": line.by} | ({"group": line.group} if line.group is not None else {})
    override = rule.override if line.inside is None and isinstance(rule, Segmentation) else None
    columns |= {"inside": line.inside} if line.inside is not None else {}
    columns |= {"named": override} if override is not None else {}
    planned = condition(assigned.model, rule.entity, columns, assigned.clock, in_order=False)
    shelf, held = assigned.engine.shelf, assigned.engine.hold(planned.query)
    own = f"a.{name(rule.name)}"
    takes = own if isinstance(rule, Segment) else f"{own} = {text(line.arm)}"
    inside = ['"by" IS NOT NULL', "taken" if line.inside is None else '"inside"']
    if override is not None and isinstance(rule, Segmentation):
        inside.append(f'coalesce("named" NOT IN ({texts([a.name for a in rule.all_arms])}), true)')
    group = '"group"' if line.group is not None else "true"  # of those who are taken; nobody is, and there is no border
    last = "min" if line.from_below else "max"
    found = shelf.rows(
        f"""WITH compared AS (SELECT c.*, {takes} AS taken FROM {held} c
                JOIN {assigned.tables[rule.entity].sql} a ON a."entity_id" = c."entity_id")
            SELECT {group} AS g, {last}("by"), count(*) FROM compared
            WHERE {" AND ".join(inside)} AND {group} IN (SELECT {group} FROM compared WHERE taken)
            GROUP BY g ORDER BY g LIMIT {GROUPS}"""
    )
    shelf.drop(held)
    for of, value, members in found:
        shown = "" if line.group is None else _text(of, line.group, assigned.clock)
        room = line.limit.count if line.limit is not None else None
        yield Border(rule.name, line.arm, line.text, shown, _text(value, line.by, assigned.clock), members, room)


def _text(value: Any, e: k.Expr, clock: Clock) -> str:
    """A value that DuckDB has, in words."""
    if e.type == ty.VERSION:
        return versions.in_short(float(value))
    if ty.is_numeric(e.type):
        exact = Fraction(repr(float(value)))
        return values.shown(q.exact(exact.numerator, exact.denominator), e.type, clock)
    if isinstance(value, dt.datetime) and e.type == ty.DATE:
        return values.shown(value.date(), e.type, clock)
    return str(value) if isinstance(value, str) else values.shown(value, e.type, clock)
