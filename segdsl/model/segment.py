"""What a workspace declares beside its schema: metrics, segments, segmentations, plays and tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from segdsl.diagnostics import Span
from segdsl.model.expr import Expr
from segdsl.model.schema import Schema
from segdsl.model.types import Type


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    entity: str
    body: Expr
    title: str = ""
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def type(self) -> Type:
        return self.body.type


@dataclass(frozen=True, slots=True)
class Play:
    name: str
    title: str
    settings: Mapping[str, object]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Meta:
    """What a segment says about itself. `basis` as written, `behavioral` as `behavioural`."""

    goal: str = ""
    owner: str = ""
    basis: tuple[str, ...] = ()
    review_every_days: int | None = None
    last_review: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """An audience: everyone of `where` for whom `condition` is true."""

    name: str
    entity: str
    where: Expr | None
    condition: Expr
    title: str = ""
    play: str | None = None
    meta: Meta = Meta()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Arm:
    """`condition` is None for `undecided` and `otherwise`."""

    name: str
    condition: Expr | None
    title: str = ""
    play: str | None = None
    meta: Meta = Meta()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Exclusive arms: everyone of `where` gets the first true one, `otherwise` if all are false."""

    name: str
    entity: str
    where: Expr | None
    arms: tuple[Arm, ...]
    undecided: Arm | None
    otherwise: Arm
    title: str = ""
    meta: Meta = Meta()
    span: Span | None = field(default=None, compare=False, repr=False)

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
class Model:
    """A whole workspace, typed. Rules of one name space: a name means one thing."""

    schema: Schema
    metrics: Mapping[str, Metric]
    segments: Mapping[str, Segment]
    segmentations: Mapping[str, Segmentation]
    plays: Mapping[str, Play]
    tests: tuple[Test, ...]
    properties: tuple[Property, ...] = ()

    def definition(self, name: str) -> list[Expr]:
        """What a metric, segment or segmentation is defined by: its body, or its population and conditions."""
        if name in self.metrics:
            return [self.metrics[name].body]
        if name in self.segments:
            segment = self.segments[name]
            return [e for e in (segment.where, segment.condition) if e is not None]
        segmentation = self.segmentations[name]
        return [e for e in (segmentation.where, *(a.condition for a in segmentation.arms)) if e is not None]

    def rules_of(self, entity: str) -> list[Segment | Segmentation]:
        """The rules over one entity, in the order they were declared."""
        both: list[Segment | Segmentation] = [*self.segmentations.values(), *self.segments.values()]
        return [r for r in both if r.entity == entity]
