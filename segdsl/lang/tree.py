"""The syntax tree: what was written, with spans and brackets. Only the parser makes these."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction

from segdsl.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Node:
    """Two nodes are equal when they say the same, wherever they stand."""

    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name(Node):
    text: str


# -- expressions -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Path(Node):
    """`arr`, `parent.arr`, `users.logins`."""

    parts: tuple[Name, ...]

    @property
    def text(self) -> str:
        return ".".join(p.text for p in self.parts)


@dataclass(frozen=True, slots=True)
class Number(Node):
    """`0.5` is 5 over 10 and `30%` is 30 over 100: kept unreduced, as written."""

    numerator: int
    denominator: int
    percent: bool = False

    @property
    def value(self) -> Fraction:
        return Fraction(self.numerator, self.denominator)

    @property
    def whole(self) -> bool:
        return self.denominator == 1


@dataclass(frozen=True, slots=True)
class Text(Node):
    value: str


@dataclass(frozen=True, slots=True)
class Date(Node):
    """`value` is None where the digits name no day, as in 2026-02-30."""

    value: dt.date | None


@dataclass(frozen=True, slots=True)
class Timestamp(Node):
    value: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Truth(Node):
    value: bool


@dataclass(frozen=True, slots=True)
class Now(Node):
    pass


@dataclass(frozen=True, slots=True)
class Today(Node):
    pass


@dataclass(frozen=True, slots=True)
class MissingValue(Node):
    """`missing "why"`."""

    because: str | None


@dataclass(frozen=True, slots=True)
class Duration(Node):
    """`unit` is the singular: hour, day, week, month or year."""

    count: int
    unit: str


@dataclass(frozen=True, slots=True)
class Ago(Node):
    """`30 days ago` has sign -1, `90 days from now` +1."""

    duration: Duration
    sign: int


@dataclass(frozen=True, slots=True)
class Shifted(Node):
    """`7 days after X` has sign +1, `7 days before X` -1."""

    duration: Duration
    sign: int
    anchor: Expr


@dataclass(frozen=True, slots=True)
class StartOf(Node):
    """`start of this month`."""

    which: str
    period: str


@dataclass(frozen=True, slots=True)
class Elapsed(Node):
    """`days since X` has sign +1, `days until X` -1."""

    unit: str
    sign: int
    moment: Expr


@dataclass(frozen=True, slots=True)
class BusinessDays(Node):
    """`uk business days since X`."""

    calendar: Name
    moment: Expr


@dataclass(frozen=True, slots=True)
class PartOf(Node):
    """`year of X`, `month of X`."""

    unit: str
    moment: Expr


@dataclass(frozen=True, slots=True)
class Values(Node):
    """`("free", "team")`."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Compare(Node):
    op: str
    left: Expr
    right: Expr
    ignoring: str | None


@dataclass(frozen=True, slots=True)
class Between(Node):
    subject: Expr
    low: Expr
    high: Expr
    negated: bool


@dataclass(frozen=True, slots=True)
class IsMissing(Node):
    subject: Expr
    negated: bool


@dataclass(frozen=True, slots=True)
class InValues(Node):
    subject: Expr
    values: Values
    negated: bool
    ignoring: str | None


@dataclass(frozen=True, slots=True)
class InName(Node):
    """`country in dach`, `account in motion.save`."""

    subject: Expr
    name: Path
    negated: bool
    ignoring: str | None


@dataclass(frozen=True, slots=True)
class InPeriod(Node):
    """`renewal_date in next 90 days`."""

    subject: Expr
    period: Window


@dataclass(frozen=True, slots=True)
class Has(Node):
    """`mode` is one, any, all or none."""

    subject: Expr
    mode: str
    values: Values | Path | Text


@dataclass(frozen=True, slots=True)
class TextTest(Node):
    """`op` is starts with, ends with, contains, contains word or matches."""

    op: str
    subject: Expr
    pattern: Expr | Values
    any_of: bool
    ignoring: str | None


@dataclass(frozen=True, slots=True)
class Not(Node):
    item: Expr


@dataclass(frozen=True, slots=True)
class And(Node):
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """`a + b - c` or `a * b / c`, in written order: `ops` has one operator fewer than `items`."""

    items: tuple[Expr, ...]
    ops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Negate(Node):
    item: Expr


@dataclass(frozen=True, slots=True)
class Bracketed(Node):
    item: Expr


@dataclass(frozen=True, slots=True)
class If(Node):
    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Band(Node):
    """`bound` is None for `otherwise` and `missing`; `kind` tells which."""

    kind: str
    bound: Expr | None
    value: Expr


@dataclass(frozen=True, slots=True)
class Bands(Node):
    subject: Expr
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """A call's argument: positional where `label` is None."""

    label: Name | Number | None
    value: Expr | Duration


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`root(parent).arr`: `rest` is what stands behind the brackets."""

    function: Name
    arguments: tuple[Argument, ...]
    rest: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Rank(Node):
    """`rank(arr per region)`, `quantile(arr, 5 per region)`."""

    function: Name
    subject: Expr
    parts: Number | None
    per: Path | None


@dataclass(frozen=True, slots=True)
class InRank(Node):
    """`arr in top 10% per region`; `side` is top or bottom."""

    subject: Expr
    side: str
    amount: Number
    per: Path | None


@dataclass(frozen=True, slots=True)
class AsOf(Node):
    """`(arr as of 28 days ago)`."""

    item: Expr
    moment: Expr


@dataclass(frozen=True, slots=True)
class Quantifier(Node):
    """`every week for 4 weeks (COND)`; `mode` is every or any."""

    mode: str
    unit: str
    duration: Duration
    condition: Expr


@dataclass(frozen=True, slots=True)
class Window(Node):
    """A stretch of time. `kind`: last, next, calendar, since, before or between.

    `duration` for last and next, `words` for calendar (which, calendar or fiscal, period), `start` and `end` for the rest.
    """

    kind: str
    duration: Duration | None = None
    words: tuple[str, str, str] | None = None
    start: Expr | None = None
    end: Expr | None = None


@dataclass(frozen=True, slots=True)
class Population(Node):
    """`all account [.arr] [per region]` as rows."""

    relation: Name
    rest: tuple[Name, ...]
    per: Path | None


@dataclass(frozen=True, slots=True)
class Follow(Node):
    """`[not] followed by T [where COND] within D`."""

    path: Path
    where: Expr | None
    within: Duration
    negated: bool


@dataclass(frozen=True, slots=True)
class Rows(Node):
    """`[latest N] ROOT [window] [where COND] [followed by …] [having COND]`: rows to aggregate."""

    root: Path | Call | Population
    latest: Number | None
    window: Window | None
    where: Expr | None
    follow: Follow | None
    having: Expr | None


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """`option` is what may follow the rows, as `zone: timezone`."""

    function: Name
    rows: Rows
    option: Argument | None = None


Expr = (
    Path | Number | Text | Date | Timestamp | Truth | Now | Today | MissingValue | Ago | Shifted | StartOf
    | Elapsed | BusinessDays | PartOf | Compare | Between | IsMissing | InValues | InName | InPeriod | Has | TextTest
    | Not | And | Or | Chain | Negate | Bracketed | If | Bands | Call | Rank | InRank | AsOf | Quantifier | Aggregate
)  # fmt: skip


# -- declarations ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Title(Node):
    text: str


@dataclass(frozen=True, slots=True)
class ScalarType(Node):
    name: Name
    currency: Name | None


@dataclass(frozen=True, slots=True)
class EnumType(Node):
    values: Values
    ordered: bool


@dataclass(frozen=True, slots=True)
class SetType(Node):
    element: Name


@dataclass(frozen=True, slots=True)
class LinkType(Node):
    entity: Name
    reverse: Name | None


TypeExpr = ScalarType | EnumType | SetType | LinkType


@dataclass(frozen=True, slots=True)
class Flag(Node):
    """`kind`: key, required, personal, fixed, basis, range or known at."""

    kind: str
    name: Name | None = None
    low: Expr | None = None
    high: Expr | None = None


@dataclass(frozen=True, slots=True)
class Field(Node):
    name: Name
    type: TypeExpr
    flags: tuple[Flag, ...]
    doc: Title | None


@dataclass(frozen=True, slots=True)
class Belongs(Node):
    """`of ENTITY by COLUMN [reverse NAME]`."""

    entity: Name
    by: Name
    reverse: Name | None


@dataclass(frozen=True, slots=True)
class Entity(Node):
    name: Name
    title: Title | None
    belongs: Belongs | None
    lives_from: Name | None
    lives_to: Name | None
    history: tuple[Name, Name] | None
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Details(Node):
    name: Name
    title: Title | None
    belongs: Belongs
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class ListDecl(Node):
    name: Name
    title: Title | None
    values: Values


@dataclass(frozen=True, slots=True)
class ListFile(Node):
    """`list NAME [of ENTITY] from "x.csv" { field… }`."""

    name: Name
    title: Title | None
    entity: Name | None
    path: Text
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Calendar(Node):
    name: Name
    title: Title | None
    weekend: tuple[Name, ...] | None
    holidays: Text | None


@dataclass(frozen=True, slots=True)
class Metric(Node):
    """`outcome NAME …` too."""

    name: Name
    title: Title | None
    entity: Name | None
    body: Expr
    outcome: bool = False


@dataclass(frozen=True, slots=True)
class Part(Node):
    name: Name
    weight: Number
    body: Expr


@dataclass(frozen=True, slots=True)
class MissingPolicy(Node):
    """`kind` is share (up to `amount`), unknown, or count (as `amount`)."""

    kind: str
    amount: Number | None


@dataclass(frozen=True, slots=True)
class Cap(Node):
    most: Number
    condition: Expr


@dataclass(frozen=True, slots=True)
class Score(Node):
    name: Name
    title: Title | None
    entity: Name | None
    parts: tuple[Part, ...]
    missing: MissingPolicy
    caps: tuple[Cap, ...]


@dataclass(frozen=True, slots=True)
class Setting(Node):
    name: Name
    value: Number | Text | Date | Timestamp | Truth


@dataclass(frozen=True, slots=True)
class Play(Node):
    name: Name
    title: Title | None
    settings: tuple[Setting, ...]
    only_when: Expr | None


@dataclass(frozen=True, slots=True)
class Measured(Node):
    """`measured by renewed_90d from 86% to 90% by 2026-12-31`."""

    measure: Name
    start: Number | None
    end: Number | None
    by: Date | None


@dataclass(frozen=True, slots=True)
class Meta(Node):
    """`kind`: goal, owner, basis or review.

    `text` of goal and owner, `names` of basis; what a goal is `measured` by, a review's `every` and `last`.
    """

    kind: str
    text: str = ""
    names: tuple[Name, ...] = ()
    every: Duration | None = None
    last: Date | None = None
    measured: Measured | None = None


@dataclass(frozen=True, slots=True)
class Limit(Node):
    """`limit 150 by arr per region`."""

    count: Number
    by: Expr
    per: Path | None


@dataclass(frozen=True, slots=True)
class Arm(Node):
    """A segment's body, free or inside a segmentation."""

    name: Name
    title: Title | None
    metas: tuple[Meta, ...]
    condition: Expr
    limit: Limit | None
    play: Name | None


@dataclass(frozen=True, slots=True)
class Segment(Node):
    arm: Arm
    entity: Name | None
    where: Expr | None

    @property
    def name(self) -> Name:
        return self.arm.name


@dataclass(frozen=True, slots=True)
class Rest(Node):
    """`undecided NAME` or `otherwise NAME`."""

    name: Name
    title: Title | None
    play: Name | None


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Cell(Node):
    """`status: "active"`; a bare name is a link's key."""

    name: Name
    value: Expr | Values | Name


@dataclass(frozen=True, slots=True)
class Case(Node):
    """`case { paid: 9_999, tier: loyalty.bronze }`: values for names in the rows and expectations."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Given(Node):
    """`account acme { … }`, or `logins of acme { … }` where `of_entity` is false."""

    what: Name
    key: str
    key_span: Span = field(compare=False, repr=False)
    cells: tuple[Cell, ...]
    of_entity: bool


@dataclass(frozen=True, slots=True)
class Expect(Node):
    condition: Expr
    because: str | None


@dataclass(frozen=True, slots=True)
class Test(Node):
    title: Title
    as_of: Expr | None
    givens: tuple[Given, ...]
    expects: tuple[Expect, ...]
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True)
class Property(Node):
    """Must hold for every customer: `kind` is always or never."""

    title: Title
    entity: Name | None
    kind: str
    condition: Expr


@dataclass(frozen=True, slots=True)
class Wish(Node):
    """`kind`: higher, lower, detect, margin, per or worth; a size for detect and margin, in `points` or not, of those who differ
    or of all, none for a margin that is the cost saved; of `per` the `name` of a metric, of `worth` a size and a currency."""

    kind: str
    size: Number | None = None
    points: bool = False
    in_d: bool = False
    name: Name | None = None


@dataclass(frozen=True, slots=True)
class Measure(Node):
    """`primary churned_90d, lower is better, detect 1%`; `kind` is primary or guardrail."""

    kind: str
    name: Name
    wishes: tuple[Wish, ...]


@dataclass(frozen=True, slots=True)
class ExperimentSetting(Node):
    """`kind` is the keyword; of the rest what belongs to it: `count` units called by the one of `names` for `at most`, the seed's
    `text`, first and last day, and the one of `names` that it is hashed like, for a pilot."""

    kind: str
    names: tuple[Name, ...] = ()
    path: Path | None = None
    dates: tuple[Date, ...] = ()
    duration: Duration | None = None
    number: Number | None = None
    count: int | None = None
    call: Call | None = None
    text: Text | None = None


@dataclass(frozen=True, slots=True)
class Experiment(Node):
    name: Name
    title: Title | None
    settings: tuple[ExperimentSetting, ...]
    measures: tuple[Measure, ...]


Declaration = (
    Entity | Details | Table | ListDecl | ListFile | Calendar | Metric | Score | Play | Segment | Segmentation | Test
    | Property | Experiment
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class File(Node):
    declarations: tuple[Declaration, ...]
