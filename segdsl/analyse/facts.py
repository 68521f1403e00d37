"""Facts between the values that rules read, true whatever the data is, each with a name and a sentence.

Regions treats its subjects as independent; a fact excludes combinations of cells that no customer can have.
`tests/analyse/test_analyse.py` checks each fact against the reference evaluator on odd data.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from typing import assert_never

from segdsl.analyse.cells import MISSING, Cell
from segdsl.analyse.diagram import EVERYBODY
from segdsl.analyse.regions import Regions, Subject
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock

Possible = Callable[[Cell, Cell], bool]
"""Tells whether one customer can be in both cells."""


@dataclass(frozen=True)
class Fact:
    """A fact. `between` returns which cells of two aggregates go together; None if the fact doesn't apply to them."""

    name: str
    sentence: str
    between: Callable[[k.Aggregate, k.Aggregate, Clock], Possible | None]


def possible(regions: Regions, facts: tuple[Fact, ...] | None = None) -> int:
    """Returns the set of customers that the facts don't exclude."""
    sets = [EVERYBODY]
    for first, second, can in (*pairs(regions, FACTS if facts is None else facts), *_depend_on_parts(regions)):
        d = regions.diagrams
        for cell in first.cells:
            goes_with = [can(cell, other_cell) for other_cell in second.cells]
            if not all(goes_with):
                is_cell = d.where(first.variable, [c is cell for c in first.cells])
                sets.append(d.either(d.other(is_cell), d.where(second.variable, goes_with)))
    return regions.diagrams.both(*sets)


def pairs(regions: Regions, facts: tuple[Fact, ...]) -> Iterator[tuple[Subject, Subject, Possible]]:
    """Yields each two aggregates to which a fact applies, and which of their cells go together."""
    aggregates = [s for s in regions.subjects.values() if isinstance(s.of, k.Aggregate)]
    regions.diagrams.budget.spend(30 * len(aggregates) ** 2)
    for first, second in permutations(aggregates, 2):
        for fact in facts:
            assert isinstance(first.of, k.Aggregate) and isinstance(second.of, k.Aggregate)
            can = fact.between(first.of, second.of, regions.clock)
            if can is not None:
                yield first, second, can


def _depend_on_parts(regions: Regions) -> Iterator[tuple[Subject, Subject, Possible]]:
    """Yields each value with each value it is computed from: if that is missing, so is the value (`region contains "x"`)."""
    for computed in regions.subjects.values():
        for part in _required_values(computed.of):
            subject = regions.subjects.get(part)
            if subject is not None and subject is not computed and subject.cells[-1] is MISSING:
                yield subject, computed, lambda part, computed: not (part is MISSING and not computed.missing)


def _required_values(e: k.Expr) -> Iterator[k.Expr]:
    """Yields the values of the same row without which an expression has no value."""
    match e:
        case (
            k.TextTest()
            | k.SetTest()
            | k.OneOf()
            | k.Compare()
            | k.Arithmetic()
            | k.Distance()
            | k.Split()
            | k.RoundTo()
            | k.SizeOf()
        ):
            yield from _values_inside(e)
        case k.Elapsed() | k.PartOf() | k.DateOf() | k.Shift() | k.StartOfDay() | k.BusinessDays():
            yield from _values_inside(e)
        case k.Literal_() | k.Missing() | k.Column() | k.MetricOf() | k.Member() | k.Tally() | k.AsOf() | k.StartOf():
            return
        case k.IsMissing() | k.Not() | k.And() | k.Or() | k.If():
            return
        case k.Rounded() | k.Aggregate() | k.Standing() | k.At() | k.Named():
            return
        case _:
            assert_never(e)


def _values_inside(e: k.Expr) -> Iterator[k.Expr]:
    for part in k.children(e):
        yield part
        yield from _required_values(part)


# -- rows among rows ------------------------------------------------------------------------


def among(few: k.Aggregate, many: k.Aggregate, clock: Clock) -> bool:
    """Tells whether the rows of `few` are surely among the rows of `many`."""
    a, b = few.rows, many.rows
    if (a.anchor, a.hops, a.everyone, a.outer, a.zone) != (b.anchor, b.hops, b.everyone, b.outer, b.zone):
        return False
    if a.latest or b.latest or a.other or b.other or a.everyone:
        return False
    in_window = a.window == b.window or b.window is None if a.zone is not None else _inside(a.window, b.window, clock)
    return in_window and _conditions(many) <= _conditions(few)


def _conditions(e: k.Aggregate) -> frozenset[k.Expr]:
    """Returns the conditions on an aggregate's rows, all of which must be true."""
    conditions = [e.rows.where, e.value if e.function in (k.Function.ANY, k.Function.COUNT) else None]
    return frozenset(item for condition in conditions if condition is not None for item in _items(condition))


def _items(e: k.Expr) -> Iterator[k.Expr]:
    if isinstance(e, k.And):
        for item in e.items:
            yield from _items(item)
    else:
        yield e


def _inside(few: k.Window | None, many: k.Window | None, clock: Clock) -> bool:
    if many is None or few == many:
        return True
    window = k.Window(None, None) if few is None else few
    for bound, outer_bound, is_end in ((window.start, many.start, False), (window.end, many.end, True)):
        if outer_bound is None or bound == outer_bound:
            continue
        ours, theirs = clock.constant(bound) if bound is not None else None, clock.constant(outer_bound)
        if ours is None or theirs is None or isinstance(ours, dt.datetime) is not isinstance(theirs, dt.datetime):
            return False
        if ours > theirs if is_end else ours < theirs:
            return False
    return True


# -- the facts --------------------------------------------------------------------------------


def _at_most(a: Cell, b: Cell) -> bool:
    """Tells whether some value or floor in `a` can be at most some value or floor in `b`."""
    if a is MISSING or b is MISSING or a.low is None or b.high is None:
        return True
    return bool(a.low <= b.high if a.point and b.point else a.low < b.high)


def _counts(few: k.Aggregate, many: k.Aggregate, clock: Clock) -> Possible | None:
    fits = few.function in (k.Function.COUNT, k.Function.COUNT_DISTINCT) and many.function == k.Function.COUNT
    return _at_most if fits and among(few, many, clock) else None


def _any(few: k.Aggregate, many: k.Aggregate, clock: Clock) -> Possible | None:
    if not (few.function == many.function == k.Function.ANY and among(few, many, clock)):
        return None
    sure = few.rows.window == many.rows.window or _bounds_are_known(few.rows, clock)
    return lambda a, b: (
        not (a.low is True and b.low is not True) and not (b.low is False and (a.low is True or (a.missing and sure)))
    )


def _bounds_are_known(rows: k.Rows, clock: Clock) -> bool:
    """Tells whether a window has bounds for every customer, because they depend only on as-of."""
    bounds = (rows.window.start, rows.window.end) if rows.window is not None else ()
    return rows.zone is None and all(b is None or clock.constant(b) is not None for b in bounds)


def _counted_is_there(few: k.Aggregate, many: k.Aggregate, clock: Clock) -> Possible | None:
    if not (few.function == k.Function.COUNT and many.function == k.Function.ANY and among(few, many, clock)):
        return None
    return lambda a, b: a is MISSING or b.low is True or not _positive(a)


def _there_is_counted(few: k.Aggregate, many: k.Aggregate, clock: Clock) -> Possible | None:
    if not (few.function == k.Function.ANY and many.function == k.Function.COUNT and among(few, many, clock)):
        return None
    return lambda a, b: b is MISSING or a.low is not True or b.high is None or b.high >= Fraction(1)


def _counted_or_not(count: k.Aggregate, some: k.Aggregate, clock: Clock) -> Possible | None:
    """Relates count and any over rows without conditions: without rows the count is 0, and if any is unknown so is the count."""
    del clock
    if (count.function, some.function) != (k.Function.COUNT, k.Function.ANY) or count.rows != some.rows:
        return None
    if count.rows.where is not None or count.value is not None or some.value is not None:
        return None

    def can(a: Cell, b: Cell) -> bool:
        if b.missing:
            return a is MISSING or (a.floor and _holds_zero(a))
        return not a.missing and _holds_zero(a) if b.low is False else a is not MISSING

    return can


def _nothing_adds_up(few: k.Aggregate, many: k.Aggregate, clock: Clock) -> Possible | None:
    """Relates a sum over rows to any or count over rows that include them: without rows the sum is 0."""
    if not (
        few.function == k.Function.SUM
        and many.function in (k.Function.ANY, k.Function.COUNT)
        and among(few, many, clock)
    ):
        return None

    def can(a: Cell, b: Cell) -> bool:
        nothing = b.low is False if many.function == k.Function.ANY else b.point and b.low == 0
        return not nothing or a.missing or _holds_zero(a)

    return can


def _holds_zero(cell: Cell) -> bool:
    if cell.point:
        return bool(cell.low == 0)
    return (cell.low is None or cell.low < 0) and (cell.high is None or cell.high > 0)


def _positive(cell: Cell) -> bool:
    """Tells whether all values of a count's cell are above 0."""
    return cell.low is not None and (cell.low > Fraction(0) if cell.point else cell.low >= Fraction(0))


_RISING = {k.Function.MIN: 0, k.Function.AVERAGE: 1, k.Function.MEDIAN: 1, k.Function.MAX: 2}


def _between(low: k.Aggregate, high: k.Aggregate, clock: Clock) -> Possible | None:
    del clock
    if low.value is None or low.value.type == ty.REAL:
        return None  # an average of doubles is rounded, and may be outside their range
    fits = low.function in _RISING and high.function in _RISING and _RISING[low.function] < _RISING[high.function]
    same_values = low.rows == high.rows and low.value == high.value and not low.rows.latest
    return _at_most if fits and same_values else None


FACTS = (
    Fact("counts", "A count of fewer rows, or of their distinct values, is no larger.", _counts),
    Fact(
        "any",
        "If any of few rows meets a condition, any of more rows does; if none of more does, none of few does.",
        _any,
    ),
    Fact("counted is there", "A count above 0 means that there is a row.", _counted_is_there),
    Fact("there is counted", "If there is a row, the count is at least 1.", _there_is_counted),
    Fact(
        "counted or not",
        "Without rows the count is 0; if it is unknown whether there is a row, the count is unknown.",
        _counted_or_not,
    ),
    Fact("nothing adds up", "The sum over no rows is 0.", _nothing_adds_up),
    Fact("between", "An average is between the least and the greatest value.", _between),
)
