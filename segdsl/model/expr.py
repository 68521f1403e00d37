"""The kernel: the closed set of expressions that every consumer must handle.

An expression is evaluated for one row, `This`; links lead from that row to other rows.
Nodes are equal if they mean the same, wherever they were written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from segdsl.diagnostics import Span
from segdsl.model.schema import ToMany, ToOne
from segdsl.model.types import BOOLEAN, DATE, INTEGER, NUMBER, REAL, TIMESTAMP, Type

Unit = Literal["minute", "hour", "day", "week", "month", "year"]
EXACT: Mapping[str, int] = {"minute": 60, "hour": 3600}
"""Units of exact length, in seconds; the others are civil."""
Period = Literal["day", "week", "month", "quarter", "year"]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class This:
    """The row that is being evaluated."""


@dataclass(frozen=True, slots=True)
class Via:
    """The row that a link of another row leads to; missing if the link dangles."""

    row: Row
    link: ToOne


@dataclass(frozen=True, slots=True)
class Given:
    """A customer of a test, by key."""

    entity: str
    key: str | int


@dataclass(frozen=True, slots=True)
class Topmost:
    """The top of the hierarchy that a link within an entity makes, starting from `row`.

    This is `row` itself if its link is missing or dangles. It is missing for rows in a loop and for rows below a loop.
    """

    row: Row
    link: ToOne


@dataclass(frozen=True, slots=True)
class Outer:
    """Inside an aggregate: the row that the aggregate is evaluated for."""


Row = This | Via | Given | Topmost | Outer


class Scope(Enum):
    """The row and the time for which an expression inside another expression is evaluated."""

    HERE = "for the same row, as of the same time"
    OF_ROWS = "for other rows"
    OF_BOTH = "for the row evaluated and for other rows, which are compared"
    THEN = "as of another time"
    IN_WORDS = "not at all: the expression is only put into words"


class _StoredHash:
    __slots__ = ("_hash",)

    _hash: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Node(_StoredHash):
    """The base of all expressions. A field that holds an expression declares its scope: `Here`, `OfRows` and so on.

    Nodes are equal if their types and their compared fields are equal. A node stores its hash, so that looking an expression up
    many times walks it once. Every node is a dataclass with `eq=False`, which leaves equality and hash to this class.
    """

    span: Span | None = field(default=None, compare=False, repr=False)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other) or hash(self) != hash(other):
            return False
        values_of = _DECLARED[type(self)].compared
        return bool(values_of(self) == values_of(other))

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            kind = type(self)
            object.__setattr__(self, "_hash", hash((kind.__name__, _DECLARED[kind].compared(self))))
            return self._hash


def _without(parts: Any, unset: str) -> str:
    """Writes a node or its parts as a dataclass does, without a field that has nothing."""
    written = [f.name for f in fields(parts) if f.repr and (f.name != unset or getattr(parts, unset))]
    return f"{type(parts).__name__}({', '.join(f'{name}={getattr(parts, name)!r}' for name in written)})"


@dataclass(frozen=True, slots=True)
class Ratio:
    """An exact number as an unreduced fraction: 30% is 30 over 100. `percent` says that it was written as a percentage."""

    numerator: int
    denominator: int = 1
    percent: bool = field(default=False, compare=False, repr=False)

    @property
    def text(self) -> str:
        """The number as it was written, but with commas between thousands: `1,000`, `52.52` or `12.5 %`."""
        places = len(str(self.denominator)) - 1
        if self.denominator != 10**places:
            return f"{self.numerator / self.denominator:,.10g}"
        places, unit = (places - 2, " %") if self.percent else (places, "")
        return f"{Decimal(f'{self.numerator}E{-places}'):,.{places}f}{unit}"


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
    """Membership of a row's customer in a segment, or in an arm of a segmentation."""

    row: Row
    entity: str
    name: str
    arm: str | None

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True, eq=False)
class Tally(Node):
    """The number of customers of a test in a segment or an arm."""

    name: str
    arm: str | None

    @property
    def type(self) -> Type:
        return INTEGER


@dataclass(frozen=True, slots=True, eq=False)
class AsOf(Node):
    """`now`, or `today` if the type is a date."""

    type: Type


@dataclass(frozen=True, slots=True, eq=False)
class StartOf(Node):
    """The first day of the calendar period that is `offset` periods after the period of as-of."""

    period: Period
    offset: int
    first_month: int = 1  # the first month of a fiscal year

    @property
    def type(self) -> Type:
        return DATE


@dataclass(frozen=True, slots=True, eq=False)
class Shift(Node):
    """A point in time moved by civil days, weeks, months or years (clamped to the end of a month), or by exact hours or minutes."""

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
    """The civil date of a timestamp in the workspace's zone, or in the named `zone` (missing for an unknown name)."""

    moment: Here
    zone: Here | None = None

    @property
    def type(self) -> Type:
        return DATE


@dataclass(frozen=True, slots=True, eq=False)
class Elapsed(Node):
    """Whole units from `start` to `end`; negative if `end` is earlier.

    Days and weeks are counted by civil dates. Months and years are the greatest n with start + n <= end, clamped.
    `start` and `end` are timestamps for hours and minutes, else dates.
    """

    unit: Unit
    start: Here
    end: Here

    @property
    def type(self) -> Type:
        return INTEGER


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar of business days. `weekend` holds weekdays, Monday being 0; `holidays` are in order."""

    name: str
    weekend: frozenset[int]
    holidays: tuple[dt.date, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class BusinessDays(Node):
    """The number of business days d with start < d <= end; 0 if `end` is not after `start`. Both are dates."""

    calendar: Calendar
    start: Here
    end: Here

    @property
    def type(self) -> Type:
        return INTEGER


Part = Literal["year", "quarter", "month", "day", "weekday", "hour"]


@dataclass(frozen=True, slots=True, eq=False)
class PartOf(Node):
    """A part of a date as a number, Monday being 1; or the hour of a timestamp in the workspace's zone."""

    part: Part
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
    """An exact number as it enters an aggregate: a quotient is rounded half up to a billionth, other numbers stay as they are.

    The number is computed once for the whole relation, so an expression that mentions it several times stays small.
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

    `places` are latitude, longitude, latitude, longitude in degrees; missing outside -90..90 and -180..180.
    """

    places: tuple[Here, Here, Here, Here]

    @property
    def type(self) -> Type:
        return REAL


@dataclass(frozen=True, slots=True, eq=False)
class Split(Node):
    """A stable number in [0, 1): the first 52 bits of the MD5 of the bytes salt, NUL and `by`, over 2**52."""

    salt: str
    by: Here

    @property
    def type(self) -> Type:
        return NUMBER


@dataclass(frozen=True, slots=True, eq=False)
class RoundTo(Node):
    """An exact number with one denominator (`Rounded`), rounded half up to a multiple of `to`, which is positive."""

    item: Here
    to: Ratio
    type: Type


@dataclass(frozen=True, slots=True, eq=False)
class SizeOf(Node):
    """The number of values of a set."""

    subject: Here

    @property
    def type(self) -> Type:
        return INTEGER


CompareOp = Literal["=", "!=", "<", "<=", ">", ">="]
MIRRORED: Mapping[CompareOp, CompareOp] = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""The equivalent comparison with left and right exchanged."""


@dataclass(frozen=True, slots=True, eq=False)
class Compare(Node):
    """A comparison of two values with comparable types; `ignoring` is for text only."""

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
    """Whether a value is one of `values`, or of the values of the list named `listed` that count as of the same time."""

    item: Here
    values: tuple[Scalar, ...]
    ignoring: Ignoring | None = None
    listed: str | None = None

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True, eq=False)
class TextTest(Node):
    """Whether a text matches any of the patterns. `op` is as written in a rule; `listed` as in `OneOf`.

    `each`: the subject is a set; whether any of its values, or none, matches.
    """

    op: Literal["starts with", "ends with", "contains", "contains word", "contains pattern", "matches"]
    subject: Here
    patterns: tuple[Here, ...]
    ignoring: Ignoring | None = None
    listed: str | None = None
    each: Literal["any", "none"] | None = None

    def __repr__(self) -> str:
        """Leaves out `each` of a text: fingerprints in ledgers are older than it."""
        return _without(self, "each")

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True, eq=False)
class SetTest(Node):
    """Whether a set has any, all or none of `values`, with `listed` as in `OneOf`; or whether the set has the text `item`."""

    mode: Literal["any", "all", "none"]
    subject: Here
    values: tuple[str, ...]
    listed: str | None = None
    item: Here | None = None
    ignoring: Ignoring | None = None

    def __repr__(self) -> str:
        """Leaves out `ignoring` if nothing is: fingerprints in ledgers are older than it."""
        return _without(self, "ignoring")

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
    """`if … then … else … end`; missing if the condition is unknown."""

    condition: Here
    then: Here
    otherwise: Here
    type: Type


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open window [start, end) on the time of rows; None is unbounded.

    Bounds are evaluated for the row that the aggregate is evaluated for, and have the type of the rows' time (for a table with
    timestamps a date is wrapped in `StartOfDay`).
    """

    start: Here | None
    end: Here | None


@dataclass(frozen=True, slots=True)
class Everyone:
    """All rows of a relation; with `per`, the rows with the same value of `per` as the row evaluated."""

    relation: str
    per: OfBoth | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to aggregate.

    `anchor` is the row from which the rows are reached.
    `hops` are the links from `anchor` to the rows.
    `everyone` replaces the hops: all rows of a relation.
    `window` is the time window of the rows.
    `where` is a condition, evaluated for each row.
    `latest` keeps only the latest rows, this many.
    `earliest` makes `latest` count from the earliest.
    `outer` is the relation of the row evaluated, if the window or an expression over the rows mentions that row as `Outer`; the
    window is then evaluated for that row.
    `other` leaves out the row evaluated itself.
    `zone` is the name of the time zone in which the window has its days, evaluated for each row; None is the workspace's zone.
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
        """Leaves out `zone` if there is none: fingerprints in ledgers are older than zones."""
        return _without(self, "zone")

    @property
    def relation(self) -> str:
        return self.everyone.relation if self.everyone is not None else self.hops[-1].target


class Function(Enum):
    """The function of an aggregate; `value` is the word in the text of an expression."""

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
    TIMES_OF_COMMONEST = "times_of_commonest"

    def __repr__(self) -> str:
        """Returns only the word: fingerprints in ledgers are made of it."""
        return repr(self.value)


Combining = Literal[Function.SUM, Function.AVERAGE, Function.MEDIAN, Function.MIN, Function.MAX]
"""Functions that combine several values."""
OfValues = Combining | Literal[Function.PICK, Function.MOST_COMMON]
"""Functions that combine several values or pick one of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate(Node):
    """One value over rows.

    `value` is evaluated for each row: a condition for any, count and share (None: true), else the value to aggregate.
    The function pick takes the value of the only row (`latest` is 1). most_common is missing if two values are equally common,
    and times_of_commonest counts the rows with the commonest value: 0 without one.
    """

    function: Function
    rows: Rows
    value: OfRows | None
    type: Type


StandingOf = Literal["greater", "smaller", "ranked", "greater_sum", "positive_sum", "quantile"]


@dataclass(frozen=True, slots=True, eq=False)
class Standing(Node):
    """The standing of a row's `value` among the rows of its relation for which `among` is true and `value` is known.

    `group` restricts the rows to the row's own group.
    `ties` order the rows with equal values: the greater stands higher, of texts the one that comes first by code point; a
    missing one stands below all others. Rows that agree in all of them are equal.
    `of` says what is computed: greater and smaller count the rows strictly above and below, and ranked counts all rows;
    greater_sum and positive_sum add up the positive values above, and all positive values; quantile is
    1 + floor(parts * smaller / ranked).
    The standing is missing if the row's value or group is missing.
    """

    of: StandingOf
    relation: str
    value: OfRows
    among: OfRows | None = None
    group: OfRows | None = None
    parts: int = 0
    row: Row = This()
    ties: tuple[OfRows, ...] = ()

    def __repr__(self) -> str:
        """Leaves out `ties` if there are none: fingerprints in ledgers are older than them."""
        return _without(self, "ties")

    @property
    def type(self) -> Type:
        return self.value.type if self.of in ("greater_sum", "positive_sum") else INTEGER


@dataclass(frozen=True, slots=True, eq=False)
class At(Node):
    """The value of `item` as of another moment, for the same row of an entity; missing if the row did not exist then.

    `moment` depends only on as-of.
    `ahead` also reads rows at and after as-of, as outcomes do.
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
    """A phrase as written, with its meaning. Evaluators evaluate `body`; explanations name the phrase.

    `args` are the arguments of the phrase, for putting it into words.
    """

    phrase: str
    body: Here
    args: tuple[tuple[str, InWords | str], ...] = field(default=(), compare=False, repr=False)

    @property
    def type(self) -> Type:
        return self.body.type


_Value = Literal_ | Missing | Column | MetricOf | Member | Tally
_Time = AsOf | StartOf | Shift | StartOfDay | DateOf | Elapsed | BusinessDays | PartOf
_Number = Arithmetic | Rounded | Distance | Split | RoundTo | SizeOf
_Condition = Compare | IsMissing | OneOf | TextTest | SetTest | Not | And | Or
Expr = _Value | _Time | _Number | _Condition | If | Aggregate | Standing | At | Named

Here = Annotated[Expr, Scope.HERE]
OfRows = Annotated[Expr, Scope.OF_ROWS]
OfBoth = Annotated[Expr, Scope.OF_BOTH]
Then = Annotated[Expr, Scope.THEN]
InWords = Annotated[Expr, Scope.IN_WORDS]
"""Types of fields that hold expressions, each with its scope."""

WRITTEN = (Literal_, AsOf, StartOf, Shift, StartOfDay, DateOf)
"""Expressions that, with nothing else in them, have one value for all rows, which the rule writes."""

Computed = MetricOf | Member | Aggregate | Standing | At | Rounded
"""Expressions that are computed for a whole relation before the expressions that read them."""

Parts = Expr | Rows | Window | Everyone
"""Objects that can hold expressions, or name the row of an expression."""


Leads = tuple[tuple[str, bool], ...]
"""Names of fields that lead to expressions, each with whether it holds nested parts instead."""


@dataclass(frozen=True, slots=True)
class _Declared:
    """The declarations of a class of `Parts`, read from the types of its fields.

    `fields` are the fields that lead to expressions or rows, each with its scope, or `row`, or `parts` for nested parts.
    `compared` returns the values by which two objects are compared.
    """

    fields: tuple[tuple[str, Scope | Literal["row", "parts"]], ...]
    compared: Callable[[Any], object]

    def leads(self, *scopes: Scope) -> Leads:
        return tuple((name, scope == "parts") for name, scope in self.fields if scope == "parts" or scope in scopes)


def _declared(kind: type[Any]) -> _Declared:
    """Reads the declarations of a class. Raises `TypeError` if a field holds an expression without a scope."""
    if issubclass(kind, Node) and kind.__hash__ is not Node.__hash__:
        raise TypeError(f"{kind.__name__} has a hash of its own: make it a dataclass with `eq=False`")
    hints = get_type_hints(kind, include_extras=True)
    scoped = [(f.name, scope) for f in fields(kind) if (scope := _scope_of(kind, f.name, hints[f.name])) is not None]
    return _Declared(tuple(scoped), attrgetter(*(f.name for f in fields(kind) if f.compare)))


def _scope_of(kind: type[Any], name: str, hint: Any) -> Scope | Literal["row", "parts"] | None:
    if get_origin(hint) is Annotated:
        return next(h for h in hint.__metadata__ if isinstance(h, Scope))
    if hint in get_args(Row):
        return "row"
    if hint in (Rows, Window, Everyone):
        return "parts"
    if isinstance(hint, type) and issubclass(hint, Node):
        raise TypeError(f"{kind.__name__}.{name} holds an expression: say how it is evaluated, as in `{name}: Here`")
    scopes = {_scope_of(kind, name, part) for part in get_args(hint)} - {None}
    if len(scopes) > 1:
        raise TypeError(f"{kind.__name__}.{name} is evaluated in more than one way")
    return next(iter(scopes), None)


_DECLARED: dict[type, _Declared] = {kind: _declared(kind) for kind in get_args(Parts)}

_HERE = {kind: declared.leads(Scope.HERE, Scope.OF_BOTH) for kind, declared in _DECLARED.items()}
_ELSEWHERE = {kind: declared.leads(Scope.OF_ROWS, Scope.THEN) for kind, declared in _DECLARED.items()}


def children(node: Expr) -> Sequence[Expr]:
    """Returns the direct parts of an expression that are evaluated for the same row, as of the same time."""
    return _inside(node, _HERE)


def elsewhere(node: Expr) -> Sequence[Expr]:
    """Returns the direct parts of an expression that are evaluated for other rows, or as of another time."""
    return _inside(node, _ELSEWHERE)


def _inside(parts: Parts, leads: Mapping[type, Leads]) -> Sequence[Expr]:
    if not (fields := leads[type(parts)]):
        return ()
    inside: list[Expr] = []
    for name, is_nested in fields:
        value = getattr(parts, name)
        if value is None:
            continue
        if is_nested:
            inside += _inside(value, leads)
        elif type(value) is tuple:
            inside += value
        else:
            inside.append(value)
    return inside


def walk(node: Expr) -> Iterator[Expr]:
    """Yields an expression and all parts that are evaluated for the same row as of the same time, outermost first."""
    todo = [node]
    while todo:
        item = todo.pop()
        yield item
        if _HERE[type(item)]:
            todo += reversed(_inside(item, _HERE))


def deep(node: Expr) -> Iterator[Expr]:
    """Yields an expression and all its parts, including those of other rows and other times."""
    todo = [node]
    while todo:
        for item in walk(todo.pop()):
            yield item
            if _ELSEWHERE[type(item)]:
                todo += _inside(item, _ELSEWHERE)


def rows_of(node: Expr) -> Iterator[Row]:
    """Yields every row that an expression reads directly."""
    for item in walk(node):
        yield from rows_named(item)


def rows_named(parts: Parts) -> Iterator[Row]:
    """Yields the rows that a node itself reads from."""
    for name, scope in _DECLARED[type(parts)].fields:
        value = getattr(parts, name)
        if scope == "row":
            yield value
        elif scope == "parts" and value is not None:
            yield from rows_named(value)


def mentions_outer(node: Expr) -> bool:
    """Tells whether an expression over an aggregate's rows reads the row that the aggregate is evaluated for."""
    return any(start_of(row) == Outer() for row in rows_of(node))


def start_of(row: Row) -> Row:
    """Returns the row from which links lead to `row`."""
    while isinstance(row, Via | Topmost):
        row = row.row
    return row


def replace_row(row: Row, onto: Row) -> Row:
    """Returns `row` with `onto` in the place of `This`."""
    if isinstance(row, Via | Topmost):
        return replace(row, row=replace_row(row.row, onto))
    return onto if isinstance(row, This) else row


def rebase(node: Expr, onto: Row) -> Expr:
    """Returns an expression with `onto` in the place of `This`, to be evaluated for the row where `onto` starts."""
    return replace_rows(node, lambda row: onto if isinstance(row, This) else row)


def with_children(node: Expr, visit: Callable[[Expr], Expr]) -> Expr:
    """Replaces the direct parts of an expression; parts of other rows or other times stay."""
    return _map(node, visit, lambda row: row)


def replace_rows(node: Expr, start: Callable[[Row], Row]) -> Expr:
    """Replaces the rows of an expression: `start` returns the new start of each chain of links."""

    def row(r: Row) -> Row:
        return replace(r, row=row(r.row)) if isinstance(r, Via | Topmost) else start(r)

    return replace_whole_rows(node, row)


def replace_whole_rows(node: Expr, row: Callable[[Row], Row]) -> Expr:
    """Replaces the rows of an expression: `row` returns the new row, links included."""

    def visit(item: Expr) -> Expr:
        return _map(item, visit, row)

    return visit(node)


P = TypeVar("P", bound=Parts)


def _map(parts: P, visit: Callable[[Expr], Expr], row: Callable[[Row], Row]) -> P:
    changes: dict[str, Any] = {}
    for name, scope in _DECLARED[type(parts)].fields:
        value = getattr(parts, name)
        if value is None:
            continue
        if scope == "row":
            changes[name] = row(value)
        elif scope == "parts":
            changes[name] = _map(value, visit, row)
        elif scope is Scope.HERE:
            changes[name] = tuple(visit(v) for v in value) if isinstance(value, tuple) else visit(value)
    return replace(parts, **changes) if changes else parts
