"""What a workspace declares beside its schema: metrics, segments, segmentations, plays and tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from segdsl.bounds import Work
from segdsl.diagnostics import Span
from segdsl.model.experiment import Experiment
from segdsl.model.expr import Column, Expr, Ratio
from segdsl.model.schema import Schema
from segdsl.model.types import Type

UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Metric:
    """A named value of an entity's or a table's row. An `outcome` looks forward, and no rule may read it."""

    name: str
    entity: str
    body: Expr
    title: str = ""
    span: Span | None = field(default=None, compare=False, repr=False)
    outcome: bool = False

    @property
    def type(self) -> Type:
        return self.body.type


@dataclass(frozen=True, slots=True)
class Play:
    """`only_when` guards it: entity -> the condition under which a customer of it gets the play."""

    name: str
    title: str
    settings: Mapping[str, object]
    span: Span | None = field(default=None, compare=False, repr=False)
    only_when: Mapping[str, Expr] = field(default_factory=dict)

    @property
    def cost(self) -> float:
        """What giving it to one customer costs, 0 where no number is set."""
        cost = self.settings.get("cost", 0)
        return float(cost) if isinstance(cost, int | float) else 0.0


@dataclass(frozen=True, slots=True)
class Target:
    """What a goal is measured by: an outcome or metric, from one figure to another by a day."""

    measure: str
    start: Ratio | None = None
    end: Ratio | None = None
    by: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """Of those who would be taken, the ones with fewer than `count` strictly greater `by`, in each group."""

    count: int
    by: Expr
    group: Expr | None = None


@dataclass(frozen=True, slots=True)
class Meta:
    """What a segment says about itself. `basis` as written, `behavioral` as `behavioural`; `review_every` as (2, "month")."""

    goal: str = ""
    owner: str = ""
    basis: tuple[str, ...] = ()
    review_every: tuple[int, str] | None = None
    last_review: dt.date | None = None
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """An audience: everyone of `where` for whom `condition` is true, within the limit."""

    name: str
    entity: str
    where: Expr | None
    condition: Expr
    title: str = ""
    play: str | None = None
    meta: Meta = Meta()
    span: Span | None = field(default=None, compare=False, repr=False)
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Arm:
    """`condition` is None for `undecided` and `otherwise`."""

    name: str
    condition: Expr | None
    title: str = ""
    play: str | None = None
    meta: Meta = Meta()
    span: Span | None = field(default=None, compare=False, repr=False)
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Exclusive arms: everyone of `where` gets the first true one, `otherwise` if all are false.

    `override` is the arm that a list names for a customer, missing for whoever isn't on it; it wins over every arm.
    `candidate_of` names the segmentation that this one may replace; `run` leaves it out.
    """

    name: str
    entity: str
    where: Expr | None
    arms: tuple[Arm, ...]
    undecided: Arm | None
    otherwise: Arm
    title: str = ""
    meta: Meta = Meta()
    span: Span | None = field(default=None, compare=False, repr=False)
    override: Column | None = None
    candidate_of: str | None = None

    @property
    def all_arms(self) -> tuple[Arm, ...]:
        last = (self.undecided,) if self.undecided else ()
        return (*self.arms, *last, self.otherwise)

    def arm(self, name: str) -> Arm:
        return next(a for a in self.all_arms if a.name == name)


@dataclass(frozen=True, slots=True)
class GivenRow:
    """`metrics` replace a metric's definition for this customer. Cells may be expressions of as-of."""

    relation: str
    cells: Mapping[str, Expr | frozenset[str] | None]
    metrics: Mapping[str, Expr | None]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Expectation:
    """`text` is how a reader is told what was expected; empty where the condition says it as written."""

    condition: Expr
    because: str | None
    span: Span = field(compare=False, repr=False)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Test:
    """`checked` tells that its mistakes were looked for when it was read."""

    title: str
    as_of: dt.date | dt.datetime | None
    rows: tuple[GivenRow, ...]
    expectations: tuple[Expectation, ...]
    span: Span = field(compare=False, repr=False)
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Property:
    """A statement about every customer: its `condition` never holds, or (`always`) always does."""

    title: str
    entity: str
    always: bool
    condition: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Outside:
    """What rules need to know that stands in no rule file: from segdsl.toml, and calendars' holidays by name."""

    fiscal_month: int = 1
    zone: ZoneInfo = UTC
    holidays: Mapping[str, tuple[dt.date, ...]] = field(default_factory=dict)


Rule = Segment | Segmentation
"""What decides where customers are."""


@dataclass(frozen=True)
class Model:
    """A whole workspace, typed. Rules of one name space: a name means one thing.

    `work` is what whoever evaluates it in Python may still do; without bounds where the data is the workspace's own.
    """

    schema: Schema
    metrics: Mapping[str, Metric]
    segments: Mapping[str, Segment]
    segmentations: Mapping[str, Segmentation]
    plays: Mapping[str, Play]
    tests: tuple[Test, ...]
    properties: tuple[Property, ...] = ()
    outside: Outside = Outside()
    experiments: Mapping[str, Experiment] = field(default_factory=dict)
    work: Work = field(default_factory=Work, compare=False, repr=False)

    def definition(self, name: str) -> list[Expr]:
        """What a metric, segment or segmentation is defined by: its body, or its population and conditions."""
        if name in self.metrics:
            return [self.metrics[name].body]
        if name in self.segments:
            segment = self.segments[name]
            return [e for e in (segment.where, segment.condition, *_limiting(segment.limit)) if e is not None]
        segmentation = self.segmentations[name]
        limits = [e for a in segmentation.arms for e in _limiting(a.limit)]
        conditions = (a.condition for a in segmentation.arms)
        return [e for e in (segmentation.where, segmentation.override, *conditions, *limits) if e is not None]

    def guards(self) -> list[Expr]:
        """The conditions that plays are given under."""
        return [e for play in self.plays.values() for e in play.only_when.values()]

    def rules_of(self, entity: str) -> list[Segment | Segmentation]:
        """The rules over one entity, in the order they were declared; candidates too."""
        both: list[Segment | Segmentation] = [*self.segmentations.values(), *self.segments.values()]
        return [r for r in both if r.entity == entity]


def _limiting(limit: Limit | None) -> tuple[Expr | None, ...]:
    return () if limit is None else (limit.by, limit.group)
