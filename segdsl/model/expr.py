"""The kernel: the closed set of expressions that every consumer must handle.

An expression is evaluated for one row. `This` is that row; links lead from it to others.
Nodes are equal when they mean the same, wherever they were written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import Any, Literal

from segdsl.diagnostics import Span
from segdsl.model.schema import ToMany, ToOne
from segdsl.model.types import BOOLEAN, DATE, INTEGER, NUMBER, REAL, TIMESTAMP, Type

Unit = Literal["hour", "day", "week", "month", "year"]
Period = Literal["day", "week", "month", "quarter", "year"]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


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


@dataclass(frozen=True, slots=True)
class Topmost:
    """The row at the top of the hierarchy that a link of a row's entity makes.

    The row itself where its link is missing or dangles; missing for members of a loop, and for those below one.
    """

    row: Row
    link: ToOne


@dataclass(frozen=True, slots=True)
class Outer:
    """Inside an aggregate: the row that the aggregate is asked for."""


Row = This | Via | Given | Topmost | Outer


class _Remembers:
    __slots__ = ("_hash",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(_Remembers):
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
    first_month: int = 1  # of the year that quarters and years are counted in

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
    """The civil date of a timestamp in the workspace's zone, or in the `zone` that a field names (missing if unknown)."""

    moment: Expr
    zone: Expr | None = None

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
class Calendar:
    """Which days are business days. `weekend` counts from Monday as 0; `holidays` ascend."""

    name: str
    weekend: frozenset[int]
    holidays: tuple[dt.date, ...] = ()


@dataclass(frozen=True, slots=True)
class BusinessDays(Node):
    """How many business days d have start < d <= end; 0 where `end` is not after `start`. Both are dates."""

    calendar: Calendar
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
class Rounded(Node):
    """An exact number of a row as it enters an aggregate: a quotient rounded half up to a billionth, others as they are.

    It is computed once for the whole relation, so whatever mentions it several times stays small.
    """

    relation: str
    item: Expr
    row: Row = This()

    @property
    def type(self) -> Type:
        return self.item.type


@dataclass(frozen=True, slots=True)
class Distance(Node):
    """Kilometres between two places by the haversine formula on a sphere of radius 6371.0088 km, to a millimetre.

    Latitudes and longitudes in degrees; missing outside -90..90 and -180..180.
    """

    places: tuple[Expr, Expr, Expr, Expr]

    @property
    def type(self) -> Type:
        return REAL


@dataclass(frozen=True, slots=True)
class Split(Node):
    """A stable share in [0, 1): the first 52 bits of md5 over the bytes salt, NUL and `by`, over 2**52."""

    salt: str
    by: Expr

    @property
    def type(self) -> Type:
        return NUMBER


CompareOp = Literal["=", "!=", "<", "<=", ">", ">="]
MIRRORED: Mapping[CompareOp, CompareOp] = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""The comparison that means the same with its sides exchanged."""


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """Both sides have types that compare; `ignoring` only with text."""

    op: CompareOp
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
    """Whether a value equals one of a list's: of `values`, and of those of a list `listed` that count as of then."""

    item: Expr
    values: tuple[Scalar, ...]
    ignoring: Ignoring | None = None
    listed: str | None = None

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True)
class TextTest(Node):
    """Whether a text matches any of the patterns; `op` as written in a rule, `listed` as in `OneOf`."""

    op: Literal["starts with", "ends with", "contains", "contains word", "matches"]
    subject: Expr
    patterns: tuple[Expr, ...]
    ignoring: Ignoring | None = None
    listed: str | None = None

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True)
class SetTest(Node):
    """Whether a set has any, all or none of the values, `listed` as in `OneOf`; or whether it has the text `item`."""

    mode: Literal["any", "all", "none"]
    subject: Expr
    values: tuple[str, ...]
    listed: str | None = None
    item: Expr | None = None

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
class Everyone:
    """All rows of a relation; with `per`, those for which it has the same value as for the row asked for."""

    relation: str
    per: Expr | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to aggregate: reached from `anchor` by `hops`, in `window`, with `where` true; of those the `latest`.

    `everyone` stands in the place of hops. `where` is evaluated for each row of the last hop's target. `earliest`
    takes them from the other end. `outer` names the relation of the row asked for where `window` (then evaluated for
    that row) or what is asked of the rows mentions it as `Outer`; `other` leaves that very row out. `zone`, a text
    that is evaluated as `where` is, names the time zone by which a row's window has its days; None is the workspace's.
    """

    anchor: Row
    hops: tuple[ToMany, ...]
    window: Window | None = None
    where: Expr | None = None
    latest: int | None = None
    earliest: bool = False
    everyone: Everyone | None = None
    outer: str | None = None
    other: bool = False
    zone: Expr | None = None

    @property
    def relation(self) -> str:
        return self.everyone.relation if self.everyone is not None else self.hops[-1].target


class Function(Enum):
    """What an aggregate makes of its rows; `value` is the word in the text of an expression."""

    COUNT = "count"
    ANY = "any"
    SHARE = "share"
    SUM = "sum"
    AVERAGE = "average"
    MEDIAN = "median"
    MIN = "min"
    MAX = "max"
    PICK = "pick"
    COUNT_DISTINCT = "count_distinct"
    MOST_COMMON = "most_common"

    def __repr__(self) -> str:
        """The word alone: fingerprints that ledgers keep are made of it."""
        return repr(self.value)


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """One value over rows. `value` is evaluated for each row.

    For any, count and share it is the condition asked of the rows (None: true); for the others what is
    aggregated. `pick` is the value of the only row (`latest` is 1); `most_common` is missing where there is a tie.
    """

    function: Function
    rows: Rows
    value: Expr | None
    type: Type


StandingOf = Literal["greater", "smaller", "ranked", "greater_sum", "positive_sum", "quantile"]


@dataclass(frozen=True, slots=True)
class Standing(Node):
    """How a row's `value` stands among the rows of its relation for which `among` is true and `value` is known.

    With `group`, among those of the same group. greater and smaller count the rows strictly above and below, ranked
    all; greater_sum and positive_sum add up the positive values above, and all; quantile is 1 + floor(parts *
    smaller / ranked). Missing where the row's own value or group is.
    """

    of: StandingOf
    relation: str
    value: Expr
    among: Expr | None = None
    group: Expr | None = None
    parts: int = 0
    row: Row = This()

    @property
    def type(self) -> Type:
        return self.value.type if self.of in ("greater_sum", "positive_sum") else INTEGER


@dataclass(frozen=True, slots=True)
class At(Node):
    """What `item` was as of a moment (a time that depends on as-of alone), for the same row of an entity.

    Missing where the row didn't exist then. `ahead` lets it see rows at and after as-of: only outcomes do.
    """

    relation: str
    item: Expr
    moment: Expr
    ahead: bool = False
    row: Row = This()

    @property
    def type(self) -> Type:
        return self.item.type


@dataclass(frozen=True, slots=True)
class Named(Node):
    """A phrase as written, and what it means: evaluators look through it, explanations stop at it.

    `args` are what the phrase was made of, for whoever puts it in words.
    """

    phrase: str
    body: Expr
    args: tuple[tuple[str, Expr | str], ...] = field(default=(), compare=False, repr=False)

    @property
    def type(self) -> Type:
        return self.body.type


Expr = (
    Literal_ | Missing | Column | MetricOf | Member | Tally | AsOf | StartOf | Shift | StartOfDay | DateOf | Elapsed
    | BusinessDays | PartOf | Arithmetic | Rounded | Distance | Split | Compare | IsMissing | OneOf | TextTest | SetTest
    | Not | And | Or | If | Aggregate | Standing | At | Named
)  # fmt: skip


Computed = MetricOf | Member | Aggregate | Standing | At | Rounded
"""What is computed for a whole relation before the expressions that read it."""

_ELSEWHERE = {
    Aggregate: ("value",), Standing: ("value", "among", "group"), At: ("item",), Rounded: ("item",), Named: ("args",),
}  # fmt: skip


def children(node: Expr) -> Iterator[Expr]:
    """The expressions directly inside one that are evaluated for the same row, as of the same time."""
    elsewhere = _ELSEWHERE.get(type(node), ())
    for part in fields(node):
        value = getattr(node, part.name)
        if part.name in elsewhere:
            continue
        if isinstance(value, Rows):
            if value.window is not None:
                yield from (b for b in (value.window.start, value.window.end) if b is not None)
            if value.everyone is not None and value.everyone.per is not None:
                yield value.everyone.per
        elif isinstance(value, tuple):
            yield from (v for v in value if isinstance(v, Node))  # type: ignore[misc]
        elif isinstance(value, Node):
            yield value  # type: ignore[misc]


def elsewhere(node: Expr) -> Iterator[Expr]:
    """The expressions directly inside one that are evaluated for other rows, or as of another time."""
    match node:
        case Aggregate():
            yield from (e for e in (node.rows.where, node.rows.zone, node.value) if e is not None)
        case Standing():
            yield from (e for e in (node.value, node.among, node.group) if e is not None)
        case At() | Rounded():
            yield node.item
        case _:
            pass


def walk(node: Expr) -> Iterator[Expr]:
    """An expression and all inside it that are evaluated for the same row at the same time, outermost first."""
    todo = [node]
    while todo:
        item = todo.pop()
        yield item
        todo += reversed(list(children(item)))


def deep(node: Expr) -> Iterator[Expr]:
    """An expression and all inside it, what is asked of other rows and as of other times included."""
    todo = [node]
    while todo:
        for item in walk(todo.pop()):
            yield item
            todo += elsewhere(item)


def rows_of(node: Expr) -> Iterator[Row]:
    """Every row that an expression reads directly."""
    for item in walk(node):
        if isinstance(item, Column | MetricOf | Member | Standing | At | Rounded):
            yield item.row
        elif isinstance(item, Aggregate):
            yield item.rows.anchor


def mentions_outer(node: Expr) -> bool:
    """Whether an expression asked of an aggregate's rows reads the row that the aggregate is asked for."""
    return any(start_of(row) == Outer() for row in rows_of(node))


def start_of(row: Row) -> Row:
    """The row from which links lead to this one."""
    while isinstance(row, Via | Topmost):
        row = row.row
    return row


def replace_row(row: Row, onto: Row) -> Row:
    """The row that `row` names from the one where `onto` leads to."""
    return (
        replace(row, row=replace_row(row.row, onto))
        if isinstance(row, Via | Topmost)
        else onto
        if isinstance(row, This)
        else row
    )


def rebase(node: Expr, onto: Row) -> Expr:
    """The same expression, evaluated for another row from which `onto` leads to this one."""
    return replace_rows(node, lambda row: onto if isinstance(row, This) else row)


def with_children(node: Expr, visit: Callable[[Expr], Expr]) -> Expr:
    """The same expression over other ones; those asked of other rows or as of other times stay."""
    return _map(node, visit, lambda row: row)


def replace_rows(node: Expr, start: Callable[[Row], Row]) -> Expr:
    """The same expression, asked of other rows: `start` gives the row where links begin."""

    def row(r: Row) -> Row:
        return replace(r, row=row(r.row)) if isinstance(r, Via | Topmost) else start(r)

    return replace_whole_rows(node, row)


def replace_whole_rows(node: Expr, row: Callable[[Row], Row]) -> Expr:
    """The same expression, asked of other rows: `row` gives the other one for each, links and all."""

    def visit(item: Expr) -> Expr:
        return _map(item, visit, row)

    return visit(node)


def _map(node: Expr, visit: Callable[[Expr], Expr], row: Callable[[Row], Row]) -> Expr:
    changes: dict[str, Any] = {}
    elsewhere = _ELSEWHERE.get(type(node), ())
    for part in fields(node):
        value = getattr(node, part.name)
        if part.name in elsewhere:
            continue
        if isinstance(value, Row):
            changes[part.name] = row(value)
        elif isinstance(value, Rows):
            changes[part.name] = _map_rows(value, visit, row)
        elif isinstance(value, tuple):
            changes[part.name] = tuple(visit(v) if isinstance(v, Node) else v for v in value)  # type: ignore[arg-type]
        elif isinstance(value, Node):
            changes[part.name] = visit(value)  # type: ignore[arg-type]
    return replace(node, **changes) if changes else node


def _map_rows(rows: Rows, visit: Callable[[Expr], Expr], row: Callable[[Row], Row]) -> Rows:
    window = rows.window and Window(
        rows.window.start and visit(rows.window.start), rows.window.end and visit(rows.window.end)
    )
    return replace(rows, anchor=row(rows.anchor), window=window)


def _remember_hash(cls: type[Node]) -> None:
    """Whoever looks an expression up many times walks it once: a condition's hash is that of all below it."""
    computed = cls.__hash__

    def remembered(self: Node) -> int:
        try:
            return self._hash  # type: ignore[attr-defined, no-any-return]
        except AttributeError:
            object.__setattr__(self, "_hash", computed(self))
            return self._hash  # type: ignore[attr-defined, no-any-return]

    cls.__hash__ = remembered  # type: ignore[method-assign, assignment]


for _node in Node.__subclasses__():
    _remember_hash(_node)
