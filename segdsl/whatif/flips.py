"""Flips: the nearest changes of a single value that would move one customer elsewhere."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from segdsl.analyse.cells import ANOTHER, Cell
from segdsl.analyse.diagram import TooInvolved
from segdsl.analyse.facts import possible
from segdsl.analyse.locate import inside, place
from segdsl.analyse.questions import by_conditions_alone
from segdsl.analyse.regions import Kind, Regions, Subject
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.dependencies import everything
from segdsl.model.segment import Model, Segment, Segmentation
from segdsl.reference import quantity as q
from segdsl.reference.evaluate import Evaluator, Unknown, where_is
from segdsl.reference.world import Row
from segdsl.words import english, values
from segdsl.words.explain import Flip, beside_percents, shown

MOST = 5


def flips(evaluator: Evaluator, rule: Segment | Segmentation, row: Row, most: int = MOST) -> tuple[Flip, ...]:
    """Flips of a customer, nearest first, those that leave the population last; none for rules beyond plain conditions."""
    model = evaluator.model
    if not by_conditions_alone(model, rule.name):
        return ()
    try:
        (regions,) = Regions.of([(model, model.definition(rule.name))], evaluator.world.clock)
        places, can_be = _places(regions, rule), possible(regions)
    except TooInvolved:
        return ()
    at = {s.variable: i for s in regions.subjects.values() if (i := place(evaluator, s, row)) is not None}
    if len(at) < len(regions.subjects):
        return ()  # the data contradicts the model
    around = _Around(evaluator, rule, row, regions, places, can_be, at)
    pairs = [
        pair
        for s in regions.subjects.values()
        if not (_in_step(s) or _is_past(model, s) or _is_all_of(rule, s))
        for pair in around.of(s)
    ]
    leaves = "out" if isinstance(rule, Segmentation) else ""
    pairs.sort(key=lambda pair: (pair[1].goal == leaves, pair[0]))
    return tuple(flip for _, flip in pairs[:most])


def _in_step(subject: Subject) -> bool:
    """Whether a subject changes only with another: how often the commonest value occurs, with which value that is."""
    nodes = k.walk(subject.of)
    return any(isinstance(n, k.Aggregate) and n.function is k.Function.TIMES_OF_COMMONEST for n in nodes)


def _is_past(model: Model, subject: Subject) -> bool:
    """Whether a subject is what a rule asks of earlier runs, which nobody can change."""
    e = subject.of
    return isinstance(e, k.Aggregate) and model.schema.relations[e.rows.relation].runs_of is not None


def _is_all_of(rule: Segment | Segmentation, subject: Subject) -> bool:
    """Whether a subject is the whole condition of a segment on rows: were it true, the customer would be in, says nothing."""
    if not (isinstance(rule, Segment) and isinstance(subject.of, k.Aggregate) and subject.of.type == ty.BOOLEAN):
        return False
    condition = rule.condition.body if isinstance(rule.condition, k.Named) else rule.condition
    return subject.of == (condition.item if isinstance(condition, k.Not) else condition)


@dataclass(frozen=True)
class _Around:
    """A customer's position among the cells of a rule's subjects."""

    evaluator: Evaluator
    rule: Segment | Segmentation
    row: Row
    regions: Regions
    places: Mapping[str, int]
    can_be: int
    at: Mapping[int, int]

    def of(self, subject: Subject) -> Iterator[tuple[float, Flip]]:
        """(distance, flip) for each goal that one value of a subject leads to, on each side where values are ordered."""
        current, origin = self.at[subject.variable], _goal(self.regions, self.places, self.at)
        floor = self._floor(subject)
        goals: dict[int, str] = {}
        for i, cell in enumerate(subject.cells):
            moved = {**self.at, subject.variable: i}
            if (
                i != current
                and not cell.missing
                and not cell.floor
                and not _below(cell, floor)
                and inside(self.regions, self.can_be, moved)
            ):
                goal = _goal(self.regions, self.places, moved)
                if goal != origin and self._is_so(subject, cell, goal):
                    goals[i] = goal
        runs = (
            _runs(goals)
            if subject.kind is Kind.ORDERED
            else [[i for i in goals if goals[i] == g] for g in dict.fromkeys(goals.values())]
        )
        sides = set()
        for run in sorted(runs, key=lambda r: min(abs(i - current) for i in r)):
            side = (goals[run[0]], run[0] > current if subject.kind is Kind.ORDERED else True)
            if side not in sides:
                sides.add(side)
                cells = [subject.cells[i] for i in run]
                in_percent = self._in_percent(subject)
                value = _value(self.evaluator, subject, self.row, in_percent)
                needed = _needed(subject, cells, self.evaluator.world.clock, in_percent)
                distance = min(_distance(self.evaluator, subject, c, self.row) for c in cells)
                yield distance, Flip(_name(self.regions, subject), value, needed, goals[run[0]])

    def _in_percent(self, subject: Subject) -> bool:
        """Whether the rule compares a subject with a figure in percent."""
        model = self.evaluator.model
        compared = {v for e in everything(model, model.definition(self.rule.name)) for v in beside_percents(e)}
        return any(self.regions.plain(v) == subject.of for v in compared)

    def _floor(self, subject: Subject) -> Fraction | None:
        """Lower bound of a count that may lack rows."""
        value = self.evaluator.value(subject.of, self.row)
        seen = value.at_least if isinstance(value, Unknown) else None
        return Fraction(*seen.pair) if seen is not None and seen.pair is not None else None

    def _is_so(self, subject: Subject, cell: Cell, goal: str) -> bool:
        """Whether the reference confirms the goal; it is asked for a customer's own field, on which other values may
        depend.
        """
        e = subject.of
        if not (isinstance(e, k.Column) and e.row == k.This() and cell.sample is not None):
            return True
        scale = ty.scale(e.type) if ty.is_numeric(e.type) and e.type != ty.REAL else 1
        value = cell.sample * scale if isinstance(cell.sample, Fraction) else cell.sample
        if isinstance(value, Fraction):
            value = float(value) if e.type == ty.REAL else int(value)
        other = self.evaluator.over(self.evaluator.world)
        return where_is(other, self.rule, {**self.row, e.name: value}) == goal


def _below(cell: Cell, floor: Fraction | None) -> bool:
    """Whether every value of a cell lies below `floor`."""
    if floor is None or cell.high is None:
        return False
    return bool(cell.high < floor or (cell.high == floor and not cell.point))


def _runs(goals: Mapping[int, str]) -> list[list[int]]:
    """Runs of adjacent cells with one goal."""
    runs: list[list[int]] = []
    for i, goal in goals.items():
        if runs and runs[-1][-1] == i - 1 and goals[i - 1] == goal:
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs


def _places(regions: Regions, rule: Segment | Segmentation) -> dict[str, int]:
    if isinstance(rule, Segment):
        answer = regions.segment(rule)
        return {"in": answer.true, "out": answer.false}
    return {**regions.arms(rule), "out": regions.population(rule).false}


def _goal(regions: Regions, places: Mapping[str, int], at: Mapping[int, int]) -> str:
    return next((name for name, who in places.items() if inside(regions, who, at)), "unknown")


# -- in words ------------------------------------------------------------------------------------


def _name(regions: Regions, subject: Subject) -> str:
    """Name of the metric with this value, otherwise the expression's text."""
    model: Model = regions.model
    for metric in model.metrics.values():
        if regions.plain(metric.body) == subject.of:
            return metric.name
    if (pair := _pair(subject)) is not None:
        return english.say(pair.left)
    return " ".join(subject.of.span.text.split()) if subject.of.span is not None else english.say(subject.of)


def _pair(subject: Subject) -> k.Compare | None:
    """A comparison of two values of the customer: of ordered ones, or whether they are equal."""
    e = subject.of
    return e if isinstance(e, k.Compare) and (subject.kind is Kind.PAIR or e.op == "=") else None


def _value(evaluator: Evaluator, subject: Subject, row: Row, in_percent: bool) -> str:
    pair = _pair(subject)
    e = pair.left if pair is not None else subject.of
    value = evaluator.value(e, row)
    is_inverted = isinstance(value, bool) and _is_inverted(subject)
    return shown(not value if is_inverted else value, e, evaluator.world.clock, in_percent)


def _is_inverted(subject: Subject) -> bool:
    """Whether the text states the opposite of the expression: `none(…)` and `all(…)` are evaluated as `any`."""
    e = subject.of
    asks = isinstance(e, k.Aggregate) and e.function == k.Function.ANY and e.span is not None
    return asks and re.match(r"(none|all)\s*\(", e.span.text if e.span is not None else "") is not None


def _needed(subject: Subject, cells: Sequence[Cell], clock: Clock, in_percent: bool) -> str:
    """Range of ordered values, otherwise the list of values that lead to the goal."""
    typed = subject.of.type
    if (pair := _pair(subject)) is not None:
        words = {"<": "less than", "=": "equal to", ">": "more than", "True": "equal to", "False": "other than"}
        return " or ".join(words[str(c.low)] for c in cells) + f" {english.say(pair.right)}"
    if subject.kind is not Kind.ORDERED:
        if typed == ty.BOOLEAN:
            return "true" if (cells[0].low is True) is not _is_inverted(subject) else "false"
        return " or ".join("something else" if c is ANOTHER else _shown(c.low, typed, clock) for c in cells)
    return _range(subject, cells, clock, in_percent)


def _range(subject: Subject, cells: Sequence[Cell], clock: Clock, in_percent: bool) -> str:
    """Adjacent cells as `5 or more`, `3 to 4`, `from 1 Nov 2026 until 30 Jan 2027`."""
    typed = subject.of.type
    if len(cells) == 1 and cells[0].low is not None and cells[0].low == cells[0].high:
        return _shown(cells[0].low, typed, clock, in_percent)
    known = [c for c in subject.cells if not c.missing]
    low, high = (None if cells[0] is known[0] else cells[0]), (None if cells[-1] is known[-1] else cells[-1])
    is_time = isinstance(typed, ty.Date | ty.Timestamp)
    less, more = ("earlier", "later") if is_time else ("less", "more")
    first = _shown(low.low, typed, clock, in_percent) if low is not None else ""
    last = _shown(high.high, typed, clock, in_percent) if high is not None else ""
    if low is None or high is None:
        edge, border, further = (high, last, less) if high is not None else (low, first, more)
        if edge is None:
            return "anything"
        return f"{border} or {further}" if edge.point else f"{further} than {border}"
    if first == last:
        return first
    if is_time:
        return f"{'from' if low.point else 'after'} {first} {'to' if high.point else 'until'} {last}"
    if low.point and high.point:
        return f"{first} to {last}"
    return f"{'at least' if low.point else 'more than'} {first} and {'at most' if high.point else 'less than'} {last}"


def _shown(value: Any, typed: ty.Type, clock: Clock, in_percent: bool = False) -> str:
    if isinstance(value, Fraction):
        figure = q.exact(value.numerator, value.denominator)
        return (
            values.percent(figure)
            if in_percent and isinstance(figure, q.Quantity)
            else values.shown(figure, typed, clock)
        )
    return values.shown(value, typed, clock)


def _distance(evaluator: Evaluator, subject: Subject, cell: Cell, row: Row) -> float:
    """Distance to a cell: relative for numbers, in years for times, 1 for values without order."""
    value: Any = evaluator.value(subject.of, row)
    if subject.kind is not Kind.ORDERED or isinstance(value, Unknown):
        return 1.0
    if isinstance(value, q.Quantity):
        value = Fraction(*value.pair) if value.pair is not None else Fraction(value.double)
    borders = [b for b in (cell.low, cell.high) if b is not None]
    apart = min((abs(b - value) for b in borders), default=None)
    if apart is None:
        return 1.0
    if isinstance(apart, dt.timedelta):
        return apart.days / 365
    return float(apart / max(abs(value), *map(abs, borders), Fraction(1)))
