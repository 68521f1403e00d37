"""The syntax tree: rules as written, with spans and brackets. Only the parser builds its nodes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, fields
from fractions import Fraction

from segdsl.diagnostics import Span


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Node:
    """A node with its place in the text. Nodes are equal if they say the same, wherever they were written.

    Every node is a dataclass with `eq=False` and `repr=False`, which leaves both to this class: making them anew for each of ninety
    classes takes longer than to parse a small workspace.
    """

    span: Span = field(compare=False, repr=False)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in _compared(type(self)))

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in _compared(type(self))))

    def __repr__(self) -> str:
        shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr)
        return f"{type(self).__name__}({shown})"


_COMPARED: dict[type[Node], tuple[str, ...]] = {}


def _compared(kind: type[Node]) -> tuple[str, ...]:
    if kind not in _COMPARED:
        _COMPARED[kind] = tuple(f.name for f in fields(kind) if f.compare)
    return _COMPARED[kind]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Name(Node):
    text: str


# -- expressions -------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Path(Node):
    """`arr`, `parent.arr`, `users.logins`."""

    parts: tuple[Name, ...]

    @property
    def text(self) -> str:
        return ".".join(p.text for p in self.parts)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Number(Node):
    """A number as an unreduced fraction, as written: `0.5` is 5 over 10 and `30%` is 30 over 100."""

    numerator: int
    denominator: int
    percent: bool = False

    @property
    def value(self) -> Fraction:
        return Fraction(self.numerator, self.denominator)

    @property
    def whole(self) -> bool:
        return self.denominator == 1


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Text(Node):
    value: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Date(Node):
    """A date; `value` is None if the calendar has no such day, as in 2026-02-30."""

    value: dt.date | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Timestamp(Node):
    value: dt.datetime | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Truth(Node):
    value: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Now(Node):
    pass


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Today(Node):
    pass


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MissingValue(Node):
    """`missing "why"`."""

    because: str | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Duration(Node):
    """A duration such as `30 days`; `unit` is singular: minute, hour, day, week, month or year."""

    count: int
    unit: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ago(Node):
    """`30 days ago` has sign -1, `90 days from now` +1."""

    duration: Duration
    sign: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Shifted(Node):
    """`7 days after X` has sign +1, `7 days before X` -1."""

    duration: Duration
    sign: int
    anchor: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StartOf(Node):
    """`start of this month`."""

    which: str
    period: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Elapsed(Node):
    """`days since X` has sign +1, `days until X` -1."""

    unit: str
    sign: int
    moment: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ElapsedFrom(Node):
    """`days from X to Y`."""

    unit: str
    start: Expr
    end: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BusinessDays(Node):
    """`uk business days since X`, or `uk business days from X to Y` with `end`."""

    calendar: Name
    start: Expr
    end: Expr | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PartOf(Node):
    """`year of X`, `weekday of X`."""

    unit: str
    moment: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Values(Node):
    """`("free", "team")`."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Compare(Node):
    op: str
    left: Expr
    right: Expr
    ignoring: str | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Between(Node):
    subject: Expr
    low: Expr
    high: Expr
    negated: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class IsMissing(Node):
    subject: Expr
    negated: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class InValues(Node):
    subject: Expr
    values: Values
    negated: bool
    ignoring: str | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Lasting(Node):
    """`last(changes.stage) = "onboarding" for 45 days`."""

    asked: Compare | InValues
    duration: Duration


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class InName(Node):
    """`country in dach`, `account in motion.save`."""

    subject: Expr
    name: Path
    negated: bool
    ignoring: str | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class InPeriod(Node):
    """`renewal_date in next 90 days`."""

    subject: Expr
    period: Window


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Has(Node):
    """A test of a set, such as `tags has any of ("a", "b")`; `mode` is one, any, all or none."""

    subject: Expr
    mode: str
    values: Values | Path | Text
    ignoring: str | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TextTest(Node):
    """A test of text; `op` is starts with, ends with, contains, contains word, contains pattern or matches.

    `each` is any or none for `tags has any that starts with "x"`, a test of each value of a set; None for a text.
    """

    op: str
    subject: Expr
    pattern: Expr | Values
    any_of: bool
    ignoring: str | None
    each: str | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Not(Node):
    item: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class And(Node):
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Or(Node):
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Chain(Node):
    """`a + b - c` or `a * b / c`, in written order: `ops` has one operator fewer than `items`."""

    items: tuple[Expr, ...]
    ops: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Negate(Node):
    item: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Bracketed(Node):
    item: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class If(Node):
    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Band(Node):
    """One band of a score; `kind` is under, otherwise or missing, and only `under` has a `bound`."""

    kind: str
    bound: Expr | None
    value: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Bands(Node):
    subject: Expr
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Argument(Node):
    """An argument of a call; `label` is None for a positional argument."""

    label: Name | Number | None
    value: Expr | Duration


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Call(Node):
    """A call such as `root(parent).arr`; `path` holds the names after the brackets."""

    function: Name
    arguments: tuple[Argument, ...]
    path: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Rank(Node):
    """`rank(arr per region)`, `quantile(arr then by account_id, 5 per region)`."""

    function: Name
    subject: Expr
    ties: tuple[Expr, ...]
    parts: Number | None
    per: Path | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class InRank(Node):
    """`arr in top 10% per region`; `side` is top or bottom."""

    subject: Expr
    side: str
    amount: Number
    ties: tuple[Expr, ...]
    per: Path | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AsOf(Node):
    """`(arr as of 28 days ago)`."""

    item: Expr
    moment: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Quantifier(Node):
    """`every week for 4 weeks (COND)`; `mode` is every or any."""

    mode: str
    unit: str
    duration: Duration
    condition: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Window(Node):
    """A time window.

    `kind` is last, next, calendar, since, before or between.
    `duration` is the length of last and next.
    `words` are those of a calendar window: which, calendar or fiscal, period.
    `start` and `end` bound the other kinds.
    """

    kind: str
    duration: Duration | None = None
    words: tuple[str, str, str] | None = None
    start: Expr | None = None
    end: Expr | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Population(Node):
    """`all account [.arr] [per region]` as rows."""

    relation: Name
    path: tuple[Name, ...]
    per: Path | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Follow(Node):
    """`[not] followed by T [where COND] within D`."""

    path: Path
    where: Expr | None
    within: Duration
    negated: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Rows(Node):
    """`[latest N] ROOT [window] [where COND] [followed by …] [having COND]`: rows to aggregate."""

    root: Path | Call | Population
    latest: Number | None
    window: Window | None
    where: Expr | None
    follow: Follow | None
    having: Expr | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Aggregate(Node):
    """An aggregate over rows, such as `count(logins in last 30 days)`; `option` is an argument after the rows, as `zone: timezone`."""

    function: Name
    rows: Rows
    option: Argument | None = None


_Constant = Number | Text | Date | Timestamp | Truth | Now | Today | MissingValue
_Time = Ago | Shifted | StartOf | Elapsed | ElapsedFrom | BusinessDays | PartOf
_Test = Compare | Lasting | Between | IsMissing | InValues | InName | InPeriod | Has | TextTest | InRank | Quantifier
_Compound = Not | And | Or | Chain | Negate | Bracketed | If | Bands
Expr = Path | _Constant | _Time | _Test | _Compound | Call | Rank | AsOf | Aggregate


# -- declarations ------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Title(Node):
    text: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ScalarType(Node):
    name: Name
    currency: Name | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EnumType(Node):
    values: Values
    ordered: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SetType(Node):
    element: Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LinkType(Node):
    entity: Name
    reverse: Name | None


TypeExpr = ScalarType | EnumType | SetType | LinkType


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Flag(Node):
    """A flag of a field; `kind` is key, required, personal, fixed, basis, range or known at."""

    kind: str
    name: Name | None = None
    low: Expr | None = None
    high: Expr | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Field(Node):
    name: Name
    type: TypeExpr
    flags: tuple[Flag, ...]
    doc: Title | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Belongs(Node):
    """`of ENTITY by COLUMN [reverse NAME]`."""

    entity: Name
    by: Name
    reverse: Name | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Entity(Node):
    name: Name
    title: Title | None
    belongs: Belongs | None
    lives_from: Name | None
    lives_to: Name | None
    history: tuple[Name, Name] | None
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Details(Node):
    name: Name
    title: Title | None
    belongs: Belongs
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Table(Node):
    name: Name
    title: Title | None
    belongs: Belongs
    at: Name | None
    by_date: bool
    known_at: Name | None
    complete_from: Date | None
    fresh: Duration | None
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RunsTable(Node):
    """`table NAME of ENTITY from runs of RULE starting DATE`: where a rule placed each customer, run by run."""

    name: Name
    title: Title | None
    entity: Name
    rule: Name
    starting: Date


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DeliveriesTable(Node):
    """`table NAME of ENTITY from deliveries [starting DATE]`: what was delivered to each customer, by the log."""

    name: Name
    title: Title | None
    entity: Name
    starting: Date | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ListDecl(Node):
    name: Name
    title: Title | None
    values: Values


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ListFile(Node):
    """`list NAME [of ENTITY] from "x.csv" { field… }`."""

    name: Name
    title: Title | None
    entity: Name | None
    path: Text
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Calendar(Node):
    name: Name
    title: Title | None
    weekend: tuple[Name, ...] | None
    holidays: Text | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Metric(Node):
    """A metric, or an outcome if `outcome`."""

    name: Name
    title: Title | None
    entity: Name | None
    body: Expr
    outcome: bool = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Part(Node):
    name: Name
    weight: Number
    body: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MissingPolicy(Node):
    """What a score does about missing parts: `kind` is share (up to `amount`), unknown, or count (as `amount`)."""

    kind: str
    amount: Number | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cap(Node):
    most: Number
    condition: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Score(Node):
    name: Name
    title: Title | None
    entity: Name | None
    parts: tuple[Part, ...]
    missing: MissingPolicy
    caps: tuple[Cap, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Setting(Node):
    """`cost: 120`, or `channel: email` with the name of a channel."""

    name: Name
    value: Number | Text | Date | Timestamp | Truth | Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OnlyWhen(Node):
    condition: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class To(Node):
    """`to users where role = "admin"`, or `to first of users where … by last_seen_at`, of whom the first one gets the play."""

    path: Path
    where: Expr | None
    first: bool
    by: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OncePerStay(Node):
    pass


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Repeat(Node):
    """`every 90 days`."""

    duration: Duration


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Priority(Node):
    number: Number


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cooldown(Node):
    duration: Duration


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Capacity(Node):
    """`capacity 40 per csm per week by arr`; `period` is day, week, month, quarter or year."""

    count: Number
    per: Path | None
    period: str
    by: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MergeField(Node):
    """`csm.name as manager`; without `as` it has the last name of its path."""

    value: Expr
    label: Name | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Merge(Node):
    fields: tuple[MergeField, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Subject(Node):
    text: Text


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Message(Node):
    """`message "…"`, or `message file "mails/renewal.md"` if `is_file`."""

    text: Text
    is_file: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Suppress(Node):
    """`suppress do_not_contact`, of the workspace, a channel or a play."""

    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Address(Node):
    path: Path


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Consent(Node):
    """`consent: opt in by newsletter_ok, blank means no`.

    `kind` is opt in, opt out or none; `blank` is what a blank field means, None for unknown.
    """

    kind: str
    condition: Expr | None
    blank: bool | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MostPlays(Node):
    """`at most 2 plays per customer per week`."""

    count: Number
    period: str


PlayClause = (
    OnlyWhen | To | OncePerStay | Repeat | Priority | Cooldown | Capacity | Merge | Subject | Message | Suppress
)
ChannelClause = Address | Consent | Cooldown | Capacity | MostPlays | Suppress


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Play(Node):
    name: Name
    title: Title | None
    settings: tuple[Setting, ...]
    clauses: tuple[PlayClause, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Channel(Node):
    name: Name
    title: Title | None
    clauses: tuple[ChannelClause, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class HeldOut(Node):
    """`holdout 5% [of ENTITY] seed "global 2026"`: customers who get nothing."""

    share: Number
    entity: Name | None
    seed: Text


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Measured(Node):
    """`measured by renewed_90d from 86% to 90% by 2026-12-31`."""

    measure: Name
    start: Number | None
    end: Number | None
    by: Date | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Meta(Node):
    """A statement about a segment, such as its goal.

    `kind` is goal, owner, basis or review.
    `text` is the text of goal and owner.
    `names` are the names after `basis`.
    `every` and `last` are the interval and the last day of a review.
    `measured` is the measure of a goal.
    """

    kind: str
    text: str = ""
    names: tuple[Name, ...] = ()
    every: Duration | None = None
    last: Date | None = None
    measured: Measured | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Limit(Node):
    """`limit 150 by arr per region`."""

    count: Number
    by: Expr
    ties: tuple[Expr, ...]
    per: Path | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Keep(Node):
    """How long an arm keeps a customer who was in it.

    `kind` is until (`condition` is true), for (a `duration` after the data last said so), end (of a period, as `words` say it:
    which, calendar or fiscal, period), or stay (at least a `duration`).
    """

    kind: str
    condition: Expr | None = None
    duration: Duration | None = None
    words: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Arm(Node):
    """The body of a segment, whether the segment is free or an arm of a segmentation."""

    name: Name
    title: Title | None
    metas: tuple[Meta, ...]
    condition: Expr
    limit: Limit | None
    keeps: tuple[Keep, ...]
    play: Name | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Segment(Node):
    arm: Arm
    entity: Name | None
    where: Expr | None

    @property
    def name(self) -> Name:
        return self.arm.name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Rest(Node):
    """`undecided NAME` or `otherwise NAME`. Nobody is kept there: `keeps` is only parsed to be answered."""

    name: Name
    title: Title | None
    keeps: tuple[Keep, ...]
    play: Name | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Segmentation(Node):
    name: Name
    title: Title | None
    entity: Name | None
    where: Expr | None
    candidate_of: Name | None
    metas: tuple[Meta, ...]
    overrides: Name | None
    arms: tuple[Arm, ...]
    undecided: Rest | None
    otherwise: Rest


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cell(Node):
    """`status: "active"`; a bare name is a link's key."""

    name: Name
    value: Expr | Values | Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Case(Node):
    """`case { paid: 9_999, tier: loyalty.bronze }`: values for names in the rows and expectations."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Given(Node):
    """A row of a test: `account acme { … }`, or `logins of acme { … }` if `of_entity` is false."""

    what: Name
    key: str
    key_span: Span = field(compare=False, repr=False)
    cells: tuple[Cell, ...]
    of_entity: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Expect(Node):
    condition: Expr
    because: str | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ExpectPlay(Node):
    """`expect acme gets exec_call`, or with `doesn't get` if `negated`; `key` is that of a customer or recipient."""

    key: str
    key_span: Span = field(compare=False, repr=False)
    play: Name
    negated: bool
    because: str | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Test(Node):
    title: Title
    as_of: Expr | None
    givens: tuple[Given, ...]
    expects: tuple[Expect, ...]
    cases: tuple[Case, ...] = ()
    plays: tuple[ExpectPlay, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Property(Node):
    """A condition that holds for every customer or for none; `kind` is always or never."""

    title: Title
    entity: Name | None
    kind: str
    condition: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Wish(Node):
    """A part of a measure, such as `lower is better` or `detect 1%`.

    `kind` is higher, lower, detect, margin, per or worth.
    `size` is the size of detect, margin and worth; None for a margin that is the cost saved.
    `points` says that the size is in percentage points.
    `in_d` says that the size counts only customers whom the two segmentations place differently.
    `name` is the metric of `per`, or the currency of `worth`.
    """

    kind: str
    size: Number | None = None
    points: bool = False
    in_d: bool = False
    name: Name | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Measure(Node):
    """`primary churned_90d, lower is better, detect 1%`; `kind` is primary or guardrail."""

    kind: str
    name: Name
    wishes: tuple[Wish, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ExperimentSetting(Node):
    """A setting of an experiment. `kind` is its keyword; each other field is set only for some keywords.

    `names` are segmentations, metrics, the unit of `at most`, or the tool whose hash a pilot uses.
    `path` is the link of `cluster`.
    `dates` are the days of a backtest or of looks, the first and last day of a pilot, or the first day of `as if run`.
    `duration` is the length of `at most` and `reported within`, and the time from run to run of `as if run`.
    `number` is a share, such as `alpha`.
    `count` is the number of units of `at most`.
    `call` is the call of a pilot or replay by another tool.
    `text` is the seed of a pilot or holdout, or the name of a layer.
    """

    kind: str
    names: tuple[Name, ...] = ()
    path: Path | None = None
    dates: tuple[Date, ...] = ()
    duration: Duration | None = None
    number: Number | None = None
    count: int | None = None
    call: Call | None = None
    text: Text | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Experiment(Node):
    name: Name
    title: Title | None
    settings: tuple[ExperimentSetting, ...]
    measures: tuple[Measure, ...]


_Data = Entity | Details | Table | RunsTable | DeliveriesTable | ListDecl | ListFile | Calendar
_Activation = Play | Channel | Suppress | HeldOut
Declaration = _Data | Metric | Score | _Activation | Segment | Segmentation | Test | Property | Experiment


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class File(Node):
    declarations: tuple[Declaration, ...]
