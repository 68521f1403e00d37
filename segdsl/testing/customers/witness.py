"""Witness of a proof's remainder: a made-up customer that a proof could not exclude, checked by the reference
evaluator.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from segdsl.analyse.as_ofs import USUAL
from segdsl.analyse.cells import ANOTHER, Cell
from segdsl.analyse.questions import Compared, Possibly
from segdsl.analyse.regions import Kind, Subject
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.segment import Model, Segment, Segmentation
from segdsl.reference.evaluate import where_is
from segdsl.reference.world import Row
from segdsl.testing.customers.aim import Aim, Wanted
from segdsl.testing.customers.block_text import given_lines
from segdsl.testing.customers.draft import Cells
from segdsl.testing.customers.expectation import rule_says
from segdsl.testing.customers.search import Attempt, Example, MadeUpCustomer, Search
from segdsl.words import values

TRIES = 60
MOST_SEARCHES = 16  # for one rule: nobody reads examples for two hundred changed arms
_ROUNDS = 2  # bringing one subject into its cell may move another out


@dataclass(frozen=True)
class Witness:
    """A made-up customer whom two versions of a rule put into different places.

    `lines`: its rows, one a line.
    `when`: ` as of 25 Oct 2026 12:00 Europe/London`, where it isn't of the day asked for.
    """

    example: Example
    origin: str
    goal: str
    lines: tuple[str, ...]
    when: str = ""


def when(customer: MadeUpCustomer, asked: dt.date = USUAL) -> str:
    """As-of of a made-up customer as ` as of …`; empty on the day asked for."""
    return "" if customer.as_of == asked else f" as of {values.as_of(customer.clock)}"


def find_movers(
    old: Model, new: Model, name: str, verdicts: Mapping[str, Compared], zone: ZoneInfo, asked: dt.date = USUAL
) -> list[Witness]:
    """For a segment or each arm find a customer who enters it and one who leaves it by the change, where they exist.

    Only the first of very many arms are searched.
    """
    searches = 0
    witnesses: dict[tuple[str, str], Witness] = {}
    for arm, verdict in verdicts.items():
        at = arm or "in"
        for possibly, whose in ((verdict.came, "goal"), (verdict.left, "origin")):
            if searches == MOST_SEARCHES:
                return list(witnesses.values())
            if possibly is not None and not any(getattr(w, whose) == at for w in witnesses.values()):
                searches += 1
                witness = _find_mover(old, new, name, possibly, at, zone, asked)
                if witness is not None and getattr(witness, whose) == at:
                    witnesses.setdefault((witness.origin, witness.goal), witness)
    return list(witnesses.values())


def _find_mover(
    old: Model, new: Model, name: str, possibly: Possibly, at: str, zone: ZoneInfo, asked: dt.date
) -> Witness | None:
    """Find a customer whom exactly one of the two versions puts in place `at`."""
    before, after = rule_of(old, name), rule_of(new, name)
    roots = [*new.definition(name), *old.definition(name)]
    search = Search.of(new, after.entity, roots, possibly.regions.clock.as_of, zone)

    def shows(f: MadeUpCustomer, row: Row) -> bool:
        return (where_is(f.evaluator(old), before, row) == at) is not (where_is(f.evaluator(new), after, row) == at)

    customer = search.find(one_of(possibly), shows, TRIES, may_replace_metrics=False)
    if customer is None:
        return None
    row = customer.row(customer.evaluator(new))
    assert row is not None
    origin, goal = where_is(customer.evaluator(old), before, row), where_is(customer.evaluator(new), after, row)
    example = Example(f"{name}: {goal}, before a change {origin}", customer, partial(rule_says, after))
    lines = given_lines(customer.rows, customer.metrics, new, customer.clock)
    return Witness(example, origin, goal, tuple(lines), when(customer, asked))


def in_both(
    model: Model, entity: str, parts: Sequence[k.Expr], possibly: Possibly, zone: ZoneInfo
) -> MadeUpCustomer | None:
    """Find a customer for whom all conditions are true; None where none is found."""
    search = Search.of(model, entity, parts, possibly.regions.clock.as_of, zone)

    def shows(f: MadeUpCustomer, row: Row) -> bool:
        evaluator = f.evaluator(model)
        return all(evaluator.truth(p, row) is True for p in parts)

    return search.find(one_of(possibly), shows, TRIES, may_replace_metrics=False)


def rule_of(model: Model, name: str) -> Segment | Segmentation:
    return model.segments.get(name) or model.segmentations[name]


def one_of(possibly: Possibly) -> Attempt:
    """Aim at one path through the set: bring each subject into its cell."""

    def attempt(aim: Aim, row: Cells) -> None:
        regions = possibly.regions
        subjects = {s.variable: s for s in regions.subjects.values()}
        way = regions.diagrams.way(possibly.who, aim.choose)
        for _ in range(_ROUNDS):
            for variable, value in way.items():
                _into(aim, subjects[variable], subjects[variable].cells[value], row)

    return attempt


def _into(aim: Aim, subject: Subject, cell: Cell, row: Cells) -> None:
    e = subject.of
    if subject.kind is Kind.PAIR and isinstance(e, k.Compare):
        return aim.missing(e, row) if cell.missing else aim.truth(k.Compare(cell.low, e.left, e.right), True, row)
    if e.type == ty.BOOLEAN:
        return aim.truth(e, None if cell.missing else cell.low is True, row)
    if cell.missing and not cell.floor:
        return aim.missing(e, row)
    if cell is ANOTHER:
        return aim.value(e, _another(e.type, {c.low for c in subject.cells}), row)
    return aim.value(e, _readable(cell), row)


def _another(typed: ty.Type, named: set[Any]) -> Wanted:
    """A value that no rule names."""
    text = next(f"else {i}" for i in range(len(named) + 1) if f"else {i}" not in named)
    return frozenset([text]) if isinstance(typed, ty.SetOfText) else text


def _readable(cell: Cell) -> Any:
    """A value in the cell: a border, or its neighbour."""
    if isinstance(cell.sample, dt.datetime) and not cell.point and cell.low is not None and cell.high is None:
        return cell.low + dt.timedelta(minutes=1)
    return cell.sample


def shorten(lines: Sequence[str]) -> Iterator[str]:
    """Show rows that differ only in their time once, with their number."""
    for alike, rows in groupby(lines, key=lambda line: re.sub(r"\bat: [^,} ]+", "at: …", line)):
        first, *more = rows
        yield first if not more else f"{alike}   {1 + len(more)} times"
