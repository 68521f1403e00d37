"""The declarations of a workspace that are not data: metrics, segments, segmentations and tests; and the model of all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from zoneinfo import ZoneInfo

from segdsl.bounds import Work
from segdsl.diagnostics import Source, Span
from segdsl.model.experiment import Experiment
from segdsl.model.expr import Column, Expr, Member, Named, Or, Ratio, This
from segdsl.model.play import Channel, Gets, Holdout, Play
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
class Target:
    """The target of a goal: an outcome or metric, from one figure to another by a day."""

    measure: str
    start: Ratio | None = None
    end: Ratio | None = None
    by: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit on a segment: in each group, only customers with fewer than `count` others that stand above by `by`, then by `ties`."""

    count: int
    by: Expr
    group: Expr | None = None
    ties: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Meta:
    """The documentation of a segment.

    `basis` holds the words as written, except that `behavioral` becomes `behavioural`.
    `review_every` is a period such as (2, "month").
    """

    goal: str = ""
    owner: str = ""
    basis: tuple[str, ...] = ()
    review_every: tuple[int, str] | None = None
    last_review: dt.date | None = None
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """An audience: all customers of `where` for whom `condition` is true, within the limit."""

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
    """An arm of a segmentation; `condition` is None for `undecided` and `otherwise`.

    `by_data` is the part of `condition` that asks today's data alone, where the arm also keeps those who were in it; None where
    it keeps nobody. Then `condition` is `by_data` or one of `keeps`.
    """

    name: str
    condition: Expr | None
    title: str = ""
    play: str | None = None
    meta: Meta = Meta()
    span: Span | None = field(default=None, compare=False, repr=False)
    limit: Limit | None = None
    by_data: Expr | None = None

    @property
    def keeps(self) -> tuple[Named, ...]:
        """The clauses that keep whoever was in the arm, in their order."""
        if self.by_data is None:
            return ()
        assert isinstance(self.condition, Or), "an arm that keeps takes by its data or by its clauses"
        return tuple(e for e in self.condition.items[1:] if isinstance(e, Named))


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Exclusive arms: each customer of `where` gets the first arm that is true, or `otherwise` if all are false.

    `override` is the arm that a list names for a customer, missing for customers not on the list. It takes precedence over every arm.
    `candidate_of` is the segmentation that this candidate may replace; `run` skips candidates.
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

    def by_data(self) -> Segmentation | None:
        """Returns the rule that today's data alone would make of this one, where an arm keeps; None where none does."""
        if all(a.by_data is None for a in self.arms):
            return None
        arms = (a if a.by_data is None else replace(a, condition=a.by_data, by_data=None) for a in self.arms)
        return replace(self, name=f"{self.name} by data", arms=tuple(arms))


@dataclass(frozen=True, slots=True)
class GivenRow:
    """A row of a test. `metrics` replace the definitions of metrics for this customer; `cells` may depend on as-of."""

    relation: str
    cells: Mapping[str, Expr | frozenset[str] | None]
    metrics: Mapping[str, Expr | None]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Expectation:
    """An expectation of a test. `text` puts it into words; empty if the condition as written is clear."""

    condition: Expr
    because: str | None
    span: Span = field(compare=False, repr=False)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Test:
    """A test. `gets` are its expectations of who gets which play. `checked` says that it was checked for mistakes when it was read."""

    title: str
    as_of: dt.date | dt.datetime | None
    rows: tuple[GivenRow, ...]
    expectations: tuple[Expectation, ...]
    span: Span = field(compare=False, repr=False)
    checked: bool = False
    gets: tuple[Gets, ...] = ()


@dataclass(frozen=True, slots=True)
class Property:
    """A property of all customers: `condition` always holds if `always`, else it never holds."""

    title: str
    entity: str
    always: bool
    condition: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Outside:
    """Settings that rules depend on, from outside the rule files: from segdsl.toml, holidays, and files of messages.

    `holidays`: the days of each calendar, by its name.
    `messages`: the file that a play's message is in, by play.
    """

    fiscal_month: int = 1
    zone: ZoneInfo = UTC
    holidays: Mapping[str, tuple[dt.date, ...]] = field(default_factory=dict)
    messages: Mapping[str, Source] = field(default_factory=dict)


Rule = Segment | Segmentation
"""Declarations that place customers."""


@dataclass(frozen=True)
class Model:
    """A whole workspace, typed. All names are in one name space.

    `work` is the budget for evaluating the model in Python; unlimited if the data is the workspace's own.
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
    channels: Mapping[str, Channel] = field(default_factory=dict)
    holdouts: Mapping[str, Holdout] = field(default_factory=dict)
    work: Work = field(default_factory=Work, compare=False, repr=False)

    def definition(self, name: str) -> list[Expr]:
        """Returns the expressions that define a metric, segment or segmentation: its body, or its population and conditions."""
        if name in self.metrics:
            return [self.metrics[name].body]
        if name in self.segments:
            segment = self.segments[name]
            return [e for e in (segment.where, segment.condition, *_expressions_of(segment.limit)) if e is not None]
        return self.definition_of(self.segmentations[name])

    def definition_of(self, segmentation: Segmentation) -> list[Expr]:
        """Returns the expressions that define a segmentation."""
        limits = [e for a in segmentation.arms for e in _expressions_of(a.limit)]
        conditions = (a.condition for a in segmentation.arms)
        return [e for e in (segmentation.where, segmentation.override, *conditions, *limits) if e is not None]

    def definitions(self) -> Iterator[tuple[str, list[Expr]]]:
        """Yields the name and the defining expressions of every metric, segment and segmentation."""
        for name in (*self.metrics, *self.segments, *self.segmentations):
            yield name, self.definition(name)

    def with_rules_by_data(self) -> Model:
        """Returns the model with the rules that today's data alone would make of those that keep customers."""
        by_data = [r for s in self.segmentations.values() if (r := s.by_data()) is not None]
        return replace(self, segmentations={**self.segmentations, **{r.name: r for r in by_data}}) if by_data else self

    def definition_of_play(self, play: str) -> list[Expr]:
        """Returns all that a play asks: who is in a place that names it, and what is asked of customers and recipients."""
        return [*self.places_of(play), *self.plays[play].expressions]

    def channel_of(self, play: Play) -> Channel | None:
        """Returns the channel of a play; one with defaults alone where it isn't declared, None where the play names none."""
        return None if play.channel is None else self.channels.get(play.channel, Channel(play.channel))

    def places_of(self, play: str) -> list[Member]:
        """Returns the places whose customers get a play: segments and arms that name it, without those of candidates."""
        return self._places.get(play, [])

    @cached_property
    def _places(self) -> dict[str, list[Member]]:
        """The places that name each play."""
        places: dict[str, list[Member]] = {}
        for s in self.segments.values():
            if s.play is not None:
                places.setdefault(s.play, []).append(Member(This(), s.entity, s.name, None))
        for rule in self.segmentations.values():
            for arm in rule.all_arms if rule.candidate_of is None else ():
                if arm.play is not None:
                    places.setdefault(arm.play, []).append(Member(This(), rule.entity, rule.name, arm.name))
        return places

    def rules_of(self, entity: str) -> list[Segment | Segmentation]:
        """Returns the rules over one entity, segmentations first, candidates included."""
        rules: list[Segment | Segmentation] = [*self.segmentations.values(), *self.segments.values()]
        return [r for r in rules if r.entity == entity]


def _expressions_of(limit: Limit | None) -> tuple[Expr | None, ...]:
    return () if limit is None else (limit.by, limit.group, *limit.ties)
