"""The kernel: the closed set of expressions that every consumer must handle.

An expression is evaluated for one row. `This` is that row; links lead from it to others.
Nodes are equal when they mean the same, wherever they were written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from operator import attrgetter
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

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


class Asked(Enum):
    """How an expression inside another one is evaluated."""

    HERE = "for the same row, as of the same time"
    OF_ROWS = "for other rows"
    OF_BOTH = "for the row asked for and for others, which are compared"
    THEN = "as of another time"
    IN_WORDS = "not at all: the words of a phrase are made of it"


class _Remembers:
    __slots__ = ("_hash",)

    _hash: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Node(_Remembers):
    """What all expressions have. Fields that hold expressions say how they are evaluated: `Here`, `OfRows` and so on.

    Nodes are equal when their types and compared fields are. A node remembers its hash: whoever looks an expression up
    many times walks it once. Every node is a dataclass with `eq=False`, which leaves equality and hash to this class.
    """

    span: Span | None = field(default=None, compare=False, repr=False)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other) or hash(self) != hash(other):
            return False
        compared = _DECLARED[type(self)].compared
        return bool(compared(self) == compared(other))

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            kind = type(self)
            object.__setattr__(self, "_hash", hash((kind.__name__, _DECLARED[kind].compared(self))))
            return self._hash


@dataclass(frozen=True, slots=True)
class Ratio:
    """An exact number as written: 30% is 30 over 100, unreduced."""

    numerator: int
    denominator: int = 1


Scalar = bool | Ratio | str | dt.date | dt.datetime


@dataclass(frozen=True, slots=True, eq=False)
class Literal_(Node):
    value: Scalar
    type: Type


@dataclass(frozen=True, slots=True, eq=False)
class Missing(Node):
    """`missing "why"`."""

    because: str
    type: Type


@dataclass(frozen=True, slots=True, eq=False)
class Column(Node):
    """A field of a row."""

    row: Row
    relation: str
    name: str
    type: Type


@dataclass(frozen=True, slots=True, eq=False)
class MetricOf(Node):
    """A named metric of a row's entity."""

    row: Row
    entity: str
    name: str
    type: Type


@dataclass(frozen=True, slots=True, eq=False)
class Member(Node):
    """Whether a row's entity is in a segment, or in an arm of a segmentation."""

    row: Row
    entity: str
    name: str
    arm: str | None

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True, eq=False)
class Tally(Node):
    """How many customers of a test are in a segment or an arm."""

    name: str
    arm: str | None

    @property
    def type(self) -> Type:
        return INTEGER


@dataclass(frozen=True, slots=True, eq=False)
class AsOf(Node):
    """`now`, or `today` where the type is a date."""

    type: Type


@dataclass(frozen=True, slots=True, eq=False)
class StartOf(Node):
    """The first day of the calendar period that lies `offset` periods after the one of as-of."""

    period: Period
    offset: int
    first_month: int = 1  # of the year that quarters and years are counted in

    @property
    def type(self) -> Type:
        return DATE


@dataclass(frozen=True, slots=True, eq=False)
class Shift(Node):
    """A point in time moved by civil days, weeks, months or years (months clamp), or exact hours."""

    moment: Here
    count: int
    unit: Unit

    @property
    def type(self) -> Type:
        return self.moment.type


@dataclass(frozen=True, slots=True, eq=False)
class StartOfDay(Node):
    """A date as the point in time at which it starts in the workspace's zone."""

    date: Here

    @property
    def type(self) -> Type:
        return TIMESTAMP


@dataclass(frozen=True, slots=True, eq=False)
class DateOf(Node):
    """The civil date of a timestamp in the workspace's zone, or in the `zone` that a field names (missing if unknown)."""

    moment: Here
    zone: Here | None = None

    @property
    def type(self) -> Type:
        return DATE


@dataclass(frozen=True, slots=True, eq=False)
class Elapsed(Node):
    """Whole units from `start` to `end`, negative where `end` is earlier.

    Days and weeks by civil dates; months and years the greatest n with start + n <= end, clamped;
    hours by timestamps. `start` and `end` have one type: timestamp for hours, else date.
    """

    unit: Unit
    start: Here
    end: Here

    @property
    def type(self) -> Type:
        return INTEGER


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are business days. `weekend` counts from Monday as 0; `holidays` ascend."""

    name: str
    weekend: frozenset[int]
    holidays: tuple[dt.date, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class BusinessDays(Node):
    """How many business days d have start < d <= end; 0 where `end` is not after `start`. Both are dates."""

    calendar: Calendar
    start: Here
    end: Here

    @property
    def type(self) -> Type:
        return INTEGER


@dataclass(frozen=True, slots=True, eq=False)
class PartOf(Node):
    """The year, or the month as 1 to 12, of a date."""

    part: Literal["year", "month"]
    date: Here

    @property
    def type(self) -> Type:
        return INTEGER


@dataclass(frozen=True, slots=True, eq=False)
class Arithmetic(Node):
    op: Literal["+", "-", "*", "/"]
    left: Here
    right: Here
    type: Type


@dataclass(frozen=True, slots=True, eq=False)
class Rounded(Node):
    """An exact number of a row as it enters an aggregate: a quotient rounded half up to a billionth, others as they are.

    It is computed once for the whole relation, so whatever mentions it several times stays small.
    """

    relation: str
    item: OfRows
    row: Row = This()

    @property
    def type(self) -> Type:
        return self.item.type


@dataclass(frozen=True, slots=True, eq=False)
class Distance(Node):
    """Kilometres between two places by the haversine formula on a sphere of radius 6371.0088 km, to a millimetre.

    Latitudes and longitudes in degrees; missing outside -90..90 and -180..180.
    """

    places: tuple[Here, Here, Here, Here]

    @property
    def type(self) -> Type:
        return REAL


@dataclass(frozen=True, slots=True, eq=False)
class Split(Node):
    """A stable share in [0, 1): the first 52 bits of md5 over the bytes salt, NUL and `by`, over 2**52."""

    salt: str
    by: Here

    @property
    def type(self) -> Type:
        return NUMBER


CompareOp = Literal["=", "!=", "<", "<=", ">", ">="]
MIRRORED: Mapping[CompareOp, CompareOp] = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""The comparison that means the same with its sides exchanged."""


@dataclass(frozen=True, slots=True, eq=False)
class Compare(Node):
    """Both sides have types that compare; `ignoring` only with text."""

    op: CompareOp
    left: Here
    right: Here
    ignoring: Ignoring | None = None

    @property
    def type(self) -> Type:
        return BOOLEAN


Ignoring = Literal["case", "spaces", "case and spaces"]


@dataclass(frozen=True, slots=True, eq=False)
class IsMissing(Node):
    item: Here

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True, eq=False)
class OneOf(Node):
    """Whether a value equals one of a list's: of `values`, and of those of a list `listed` that count as of then."""

    item: Here
    values: tuple[Scalar, ...]
    ignoring: Ignoring | None = None
    listed: str | None = None

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True, eq=False)
class TextTest(Node):
    """Whether a text matches any of the patterns; `op` as written in a rule, `listed` as in `OneOf`."""

    op: Literal["starts with", "ends with", "contains", "contains word", "matches"]
    subject: Here
    patterns: tuple[Here, ...]
    ignoring: Ignoring | None = None
    listed: str | None = None

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True, eq=False)
class SetTest(Node):
    """Whether a set has any, all or none of the values, `listed` as in `OneOf`; or whether it has the text `item`."""

    mode: Literal["any", "all", "none"]
    subject: Here
    values: tuple[str, ...]
    listed: str | None = None
    item: Here | None = None

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True, eq=False)
class Not(Node):
    item: Here

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True, eq=False)
class And(Node):
    items: tuple[Here, ...]

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True, eq=False)
class Or(Node):
    items: tuple[Here, ...]

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True, eq=False)
class If(Node):
    """Missing where the condition is unknown."""

    condition: Here
    then: Here
    otherwise: Here
    type: Type


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open [start, end) on a row's time; None is open. Bounds are evaluated for the row aggregated for.

    Bounds have the type of the row's time (a date bound of a timestamped table is wrapped in `StartOfDay`).
    """

    start: Here | None
    end: Here | None


@dataclass(frozen=True, slots=True)
class Everyone:
    """All rows of a relation; with `per`, those for which it has the same value as for the row asked for."""

    relation: str
    per: OfBoth | None = None


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
    where: OfRows | None = None
    latest: int | None = None
    earliest: bool = False
    everyone: Everyone | None = None
    outer: str | None = None
    other: bool = False
    zone: OfRows | None = None

    def __repr__(self) -> str:
        """Without a zone where there is none: fingerprints that ledgers keep are older than zones."""
        shown = [f for f in fields(self) if f.name != "zone" or self.zone is not None]
        return f"Rows({', '.join(f'{f.name}={getattr(self, f.name)!r}' for f in shown)})"

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


Combining = Literal[Function.SUM, Function.AVERAGE, Function.MEDIAN, Function.MIN, Function.MAX]
"""What is made of several values."""
OfValues = Combining | Literal[Function.PICK, Function.MOST_COMMON]
"""What is made of values, or is one of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate(Node):
    """One value over rows. `value` is evaluated for each row.

    For any, count and share it is the condition asked of the rows (None: true); for the others what is
    aggregated. `pick` is the value of the only row (`latest` is 1); `most_common` is missing where there is a tie.
    """

    function: Function
    rows: Rows
    value: OfRows | None
    type: Type


StandingOf = Literal["greater", "smaller", "ranked", "greater_sum", "positive_sum", "quantile"]


@dataclass(frozen=True, slots=True, eq=False)
class Standing(Node):
    """How a row's `value` stands among the rows of its relation for which `among` is true and `value` is known.

    With `group`, among those of the same group. greater and smaller count the rows strictly above and below, ranked
    all; greater_sum and positive_sum add up the positive values above, and all; quantile is 1 + floor(parts *
    smaller / ranked). Missing where the row's own value or group is.
    """

    of: StandingOf
    relation: str
    value: OfRows
    among: OfRows | None = None
    group: OfRows | None = None
    parts: int = 0
    row: Row = This()

    @property
    def type(self) -> Type:
        return self.value.type if self.of in ("greater_sum", "positive_sum") else INTEGER


@dataclass(frozen=True, slots=True, eq=False)
class At(Node):
    """What `item` was as of a moment (a time that depends on as-of alone), for the same row of an entity.

    Missing where the row didn't exist then. `ahead` lets it see rows at and after as-of: only outcomes do.
    """

    relation: str
    item: Then
    moment: Here
    ahead: bool = False
    row: Row = This()

    @property
    def type(self) -> Type:
        return self.item.type


@dataclass(frozen=True, slots=True, eq=False)
class Named(Node):
    """A phrase as written, and what it means: evaluators look through it, explanations stop at it.

    `args` are what the phrase was made of, for whoever puts it in words.
    """

    phrase: str
    body: Here
    args: tuple[tuple[str, InWords | str], ...] = field(default=(), compare=False, repr=False)

    @property
    def type(self) -> Type:
        return self.body.type


Expr = (
    Literal_ | Missing | Column | MetricOf | Member | Tally | AsOf | StartOf | Shift | StartOfDay | DateOf | Elapsed
    | BusinessDays | PartOf | Arithmetic | Rounded | Distance | Split | Compare | IsMissing | OneOf | TextTest | SetTest
    | Not | And | Or | If | Aggregate | Standing | At | Named
)  # fmt: skip

Here = Annotated[Expr, Asked.HERE]
OfRows = Annotated[Expr, Asked.OF_ROWS]
OfBoth = Annotated[Expr, Asked.OF_BOTH]
Then = Annotated[Expr, Asked.THEN]
InWords = Annotated[Expr, Asked.IN_WORDS]
"""The expressions that a field holds, and how they are evaluated."""

Computed = MetricOf | Member | Aggregate | Standing | At | Rounded
"""What is computed for a whole relation before the expressions that read it."""

Parts = Expr | Rows | Window | Everyone
"""What can hold an expression, or name the row that one is asked of."""


@dataclass(frozen=True, slots=True)
class _Declared:
    """What the fields of a node, or of what a node holds, say of themselves.

    `fields` are those that lead to expressions and rows, each with how: `Asked`, the row itself, or the parts of a part.
    `compared` are the values that make two of them equal.
    """

    fields: tuple[tuple[str, Asked | Literal["row", "parts"]], ...]
    compared: Callable[[Any], object]


def _declared(kind: type[Any]) -> _Declared:
    """Raises `TypeError` where a field holds an expression and doesn't say how it is evaluated."""
    if issubclass(kind, Node) and kind.__hash__ is not Node.__hash__:
        raise TypeError(f"{kind.__name__} has a hash of its own: make it a dataclass with `eq=False`")
    hints = get_type_hints(kind, include_extras=True)
    led = [(f.name, how) for f in fields(kind) if (how := _how(kind, f.name, hints[f.name])) is not None]
    return _Declared(tuple(led), attrgetter(*(f.name for f in fields(kind) if f.compare)))


def _how(kind: type[Any], name: str, hint: Any) -> Asked | Literal["row", "parts"] | None:
    if get_origin(hint) is Annotated:
        return next(h for h in hint.__metadata__ if isinstance(h, Asked))
    if hint in get_args(Row):
        return "row"
    if hint in (Rows, Window, Everyone):
        return "parts"
    if isinstance(hint, type) and issubclass(hint, Node):
        raise TypeError(f"{kind.__name__}.{name} holds an expression: say how it is evaluated, as in `{name}: Here`")
    ways = {_how(kind, name, part) for part in get_args(hint)} - {None}
    if len(ways) > 1:
        raise TypeError(f"{kind.__name__}.{name} is evaluated in more than one way")
    return next(iter(ways), None)


_DECLARED: dict[type, _Declared] = {kind: _declared(kind) for kind in get_args(Parts)}

_SAME = frozenset([Asked.HERE, Asked.OF_BOTH])
_ELSEWHERE = frozenset([Asked.OF_ROWS, Asked.THEN])


def children(node: Expr) -> Iterator[Expr]:
    """The expressions directly inside one that are evaluated for the same row, as of the same time."""
    return _inside(node, _SAME)


def elsewhere(node: Expr) -> Iterator[Expr]:
    """The expressions directly inside one that are evaluated for other rows, or as of another time."""
    return _inside(node, _ELSEWHERE)


def _inside(parts: Parts, asked: frozenset[Asked]) -> Iterator[Expr]:
    for name, how in _DECLARED[type(parts)].fields:
        value = getattr(parts, name)
        if value is None or how == "row":
            continue
        if how == "parts":
            yield from _inside(value, asked)
        elif how in asked:
            yield from value if isinstance(value, tuple) else (value,)


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
        yield from rows_named(item)


def rows_named(parts: Parts) -> Iterator[Row]:
    """The rows that a node itself reads from."""
    for name, how in _DECLARED[type(parts)].fields:
        value = getattr(parts, name)
        if how == "row":
            yield value
        elif how == "parts" and value is not None:
            yield from rows_named(value)


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


P = TypeVar("P", bound=Parts)


def _map(parts: P, visit: Callable[[Expr], Expr], row: Callable[[Row], Row]) -> P:
    changes: dict[str, Any] = {}
    for name, how in _DECLARED[type(parts)].fields:
        value = getattr(parts, name)
        if value is None:
            continue
        if how == "row":
            changes[name] = row(value)
        elif how == "parts":
            changes[name] = _map(value, visit, row)
        elif how is Asked.HERE:
            changes[name] = tuple(visit(v) for v in value) if isinstance(value, tuple) else visit(value)
    return replace(parts, **changes) if changes else parts
