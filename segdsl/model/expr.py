"""The kernel: the closed set of expressions that every consumer must handle.

An expression is evaluated for one row. `This` is that row; links lead from it to others.
Nodes are equal when they mean the same, wherever they were written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from segdsl.diagnostics import Span
from segdsl.model.schema import ToMany, ToOne
from segdsl.model.types import BOOLEAN, DATE, INTEGER, TIMESTAMP, Type

Unit = Literal["hour", "day", "week", "month", "year"]
Period = Literal["day", "week", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class This:
    """The row that is being evaluated."""


@dataclass(frozen=True, slots=True)
class Via:
    """The row that a link of another row leads to; missing where the link dangles."""

    row: Row
    link: ToOne


@dataclass(frozen=True, slots=True)
class Given:
    """A customer of a test, by key."""

    entity: str
    key: str | int


Row = This | Via | Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Ratio:
    """An exact number as written: 30% is 30 over 100, unreduced."""

    numerator: int
    denominator: int = 1


Scalar = bool | Ratio | str | dt.date | dt.datetime


@dataclass(frozen=True, slots=True)
class Literal_(Node):
    value: Scalar
    type: Type


@dataclass(frozen=True, slots=True)
class Missing(Node):
    """`missing "why"`."""

    because: str
    type: Type


@dataclass(frozen=True, slots=True)
class Column(Node):
    """A field of a row."""

    row: Row
    relation: str
    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class MetricOf(Node):
    """A named metric of a row's entity."""

    row: Row
    entity: str
    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Member(Node):
    """Whether a row's entity is in a segment, or in an arm of a segmentation."""

    row: Row
    entity: str
    name: str
    arm: str | None

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True)
class Tally(Node):
    """How many customers of a test are in a segment or an arm."""

    name: str
    arm: str | None

    @property
    def type(self) -> Type:
        return INTEGER


@dataclass(frozen=True, slots=True)
class AsOf(Node):
    """`now`, or `today` where the type is a date."""

    type: Type


@dataclass(frozen=True, slots=True)
class StartOf(Node):
    """The first day of the calendar period that lies `offset` periods after the one of as-of."""

    period: Period
    offset: int

    @property
    def type(self) -> Type:
        return DATE


@dataclass(frozen=True, slots=True)
class Shift(Node):
    """A point in time moved by civil days, weeks, months or years (months clamp), or exact hours."""

    moment: Expr
    count: int
    unit: Unit

    @property
    def type(self) -> Type:
        return self.moment.type


@dataclass(frozen=True, slots=True)
class StartOfDay(Node):
    """A date as the point in time at which it starts in the workspace's zone."""

    date: Expr

    @property
    def type(self) -> Type:
        return TIMESTAMP


@dataclass(frozen=True, slots=True)
class DateOf(Node):
    """The civil date of a timestamp in the workspace's zone."""

    moment: Expr

    @property
    def type(self) -> Type:
        return DATE


@dataclass(frozen=True, slots=True)
class Elapsed(Node):
    """Whole units from `start` to `end`, negative where `end` is earlier.

    Days and weeks by civil dates; months and years the greatest n with start + n <= end, clamped;
    hours by timestamps. `start` and `end` have one type: timestamp for hours, else date.
    """

    unit: Unit
    start: Expr
    end: Expr

    @property
    def type(self) -> Type:
        return INTEGER


@dataclass(frozen=True, slots=True)
class PartOf(Node):
    """The year, or the month as 1 to 12, of a date."""

    part: Literal["year", "month"]
    date: Expr

    @property
    def type(self) -> Type:
        return INTEGER


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    op: Literal["+", "-", "*", "/"]
    left: Expr
    right: Expr
    type: Type


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """Both sides have types that compare; `ignoring` only with text."""

    op: Literal["=", "!=", "<", "<=", ">", ">="]
    left: Expr
    right: Expr
    ignoring: Ignoring | None = None

    @property
    def type(self) -> Type:
        return BOOLEAN


Ignoring = Literal["case", "spaces", "case and spaces"]


@dataclass(frozen=True, slots=True)
class IsMissing(Node):
    item: Expr

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True)
class OneOf(Node):
    """Whether a value equals one of a list's."""

    item: Expr
    values: tuple[Scalar, ...]
    ignoring: Ignoring | None = None

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True)
class TextTest(Node):
    """Whether a text matches any of the patterns; `op` as written in a rule."""

    op: Literal["starts with", "ends with", "contains", "contains word", "matches"]
    subject: Expr
    patterns: tuple[Expr, ...]
    ignoring: Ignoring | None = None

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True)
class SetTest(Node):
    """Whether a set has any, all or none of the values."""

    mode: Literal["any", "all", "none"]
    subject: Expr
    values: tuple[str, ...]

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True)
class Not(Node):
    item: Expr

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True)
class And(Node):
    items: tuple[Expr, ...]

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True)
class Or(Node):
    items: tuple[Expr, ...]

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True)
class If(Node):
    """Missing where the condition is unknown."""

    condition: Expr
    then: Expr
    otherwise: Expr
    type: Type


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open [start, end) on a row's time; None is open. Bounds are evaluated for the row aggregated for.

    Bounds have the type of the row's time (a date bound of a timestamped table is wrapped in `StartOfDay`).
    """

    start: Expr | None
    end: Expr | None


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to aggregate: reached from `anchor` by `hops`, in `window`, with `where` true; of those the `latest`.

    `where` is evaluated for each row of the last hop's target. `earliest` takes them from the other end.
    """

    anchor: Row
    hops: tuple[ToMany, ...]
    window: Window | None = None
    where: Expr | None = None
    latest: int | None = None
    earliest: bool = False

    @property
    def relation(self) -> str:
        return self.hops[-1].target


Function = Literal[
    "count", "any", "share", "sum", "average", "median", "min", "max", "pick", "count_distinct", "distinct_days"
]


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """One value over rows. `value` is evaluated for each row.

    For any, count and share it is the condition asked of the rows (None: true); for the others what is
    aggregated; distinct_days takes the rows' time. `pick` is the value of the only row (`latest` is 1).
    """

    function: Function
    rows: Rows
    value: Expr | None
    type: Type


@dataclass(frozen=True, slots=True)
class Named(Node):
    """A phrase as written, and what it means: evaluators look through it, explanations stop at it."""

    phrase: str
    body: Expr

    @property
    def type(self) -> Type:
        return self.body.type


Expr = (
    Literal_ | Missing | Column | MetricOf | Member | Tally | AsOf | StartOf | Shift | StartOfDay | DateOf | Elapsed
    | PartOf | Arithmetic | Compare | IsMissing | OneOf | TextTest | SetTest | Not | And | Or | If | Aggregate | Named
)  # fmt: skip


def children(node: Expr) -> Iterator[Expr]:
    """The expressions directly inside one that are evaluated for the same row."""
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(node, Aggregate) and part.name == "value":
            continue
        if isinstance(value, Rows):
            if value.window is not None:
                yield from (b for b in (value.window.start, value.window.end) if b is not None)
        elif isinstance(value, tuple):
            yield from (v for v in value if isinstance(v, Node))  # type: ignore[misc]
        elif isinstance(value, Node):
            yield value  # type: ignore[misc]


def of_rows(node: Aggregate) -> Iterator[Expr]:
    """The expressions of an aggregate that are evaluated for each of its rows."""
    yield from (e for e in (node.rows.where, node.value) if e is not None)


def walk(node: Expr) -> Iterator[Expr]:
    """An expression and all inside it that are evaluated for the same row, outermost first."""
    todo = [node]
    while todo:
        item = todo.pop()
        yield item
        todo += reversed(list(children(item)))


def deep(node: Expr) -> Iterator[Expr]:
    """An expression and all inside it, what is asked of the rows of its aggregates included."""
    todo = [node]
    while todo:
        for item in walk(todo.pop()):
            yield item
            if isinstance(item, Aggregate):
                todo += of_rows(item)


def rows_of(node: Expr) -> Iterator[Row]:
    """Every row that an expression reads directly."""
    for item in walk(node):
        if isinstance(item, Column | MetricOf | Member):
            yield item.row
        elif isinstance(item, Aggregate):
            yield item.rows.anchor


def rebase(node: Expr, onto: Row) -> Expr:
    """The same expression, evaluated for another row from which `onto` leads to this one."""

    def row(r: Row) -> Row:
        return onto if isinstance(r, This) else replace(r, row=row(r.row)) if isinstance(r, Via) else r

    def visit(item: Expr) -> Expr:
        return _map(item, visit, row)

    return visit(node)


def replace_rows(node: Expr, row: Callable[[Row], Row]) -> Expr:
    """The same expression, asked of other rows."""

    def visit(item: Expr) -> Expr:
        return _map(item, visit, row)

    return visit(node)


def _map(node: Expr, visit: Callable[[Expr], Expr], row: Callable[[Row], Row]) -> Expr:
    changes: dict[str, Any] = {}
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(node, Aggregate) and part.name == "value":
            continue
        if isinstance(value, This | Via | Given):
            changes[part.name] = row(value)
        elif isinstance(value, Rows):
            window = value.window and Window(
                value.window.start and visit(value.window.start), value.window.end and visit(value.window.end)
            )
            changes[part.name] = replace(value, anchor=row(value.anchor), window=window)
        elif isinstance(value, tuple):
            changes[part.name] = tuple(visit(v) if isinstance(v, Node) else v for v in value)  # type: ignore[arg-type]
        elif isinstance(value, Node):
            changes[part.name] = visit(value)  # type: ignore[arg-type]
    return replace(node, **changes) if changes else node
