"""A rule or metric in words, with the size of each of its places and a few members."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice

from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.dependencies import everything
from segdsl.model.segment import Model, Rule, Segment, Segmentation
from segdsl.reference.evaluate import Evaluator
from segdsl.run.evaluate import amounts_of, attach, clock_for, evaluate, source_config
from segdsl.run.lazy_world import LazyWorld
from segdsl.run.recorded import with_recorded_runs
from segdsl.whatif.attrition import part_of
from segdsl.words import english
from segdsl.workspace.load import Workspace

MEMBERS, OF_EACH_ARM = 10, 3  # enough to recognise, few enough to read
REASONED, MOST_REASONS = 200, 5  # undecided customers that are looked at, and reasons that are shown


@dataclass(frozen=True)
class Place:
    """A place of a rule: an arm, or `in` of a segment.

    `members`: a few customers, those worth most first.
    `reasons`: why an `undecided` arm that was asked for has its first members, with how many, the commonest first.
    """

    name: str
    title: str
    count: int
    members: tuple[str, ...]
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class ReadAloud:
    """A rule or metric in words.

    `sentences`: the whole of it.
    `terms`: the metrics that it reads, in words.
    `periods`: dates of its windows as of `clock`.
    `places`: without data and for a metric ().
    `total`: customers of the entity, with data.
    """

    name: str
    title: str
    entity: str
    clock: Clock
    sentences: tuple[str, ...]
    terms: tuple[str, ...]
    periods: tuple[str, ...]
    places: tuple[Place, ...] = ()
    total: int | None = None


def is_rule(model: Model, name: str) -> bool:
    """Whether a name is that of a segment, segmentation, arm or metric."""
    return name in {*model.segments, *model.metrics} or name.partition(".")[0] in model.segmentations


def read_aloud(
    workspace: Workspace, name: str, as_of: dt.date | dt.datetime | str | None, source: str | None
) -> ReadAloud:
    """Put a segment, segmentation, `segmentation.arm` or metric into words; count on a source, if there is one.

    Raises `UsageError` and `DataError`.
    """
    model, clock = workspace.model, clock_for(workspace.zone, as_of)
    if name in model.metrics:
        metric = model.metrics[name]
        return _of(model, name, metric.title, metric.entity, clock, [english.of_metric(metric)], [metric.body])
    first, _, arm = name.partition(".")
    rule: Rule = model.segmentations[first] if first in model.segmentations else model.segments[first]
    if arm and isinstance(rule, Segmentation):
        if arm not in [a.name for a in rule.all_arms]:
            part_of(model, name)  # says what there is instead
        one = rule.arm(arm)
        roots = [e for e in (rule.where, one.condition) if e is not None]
        words = _of(model, name, one.title, rule.entity, clock, [english.of_arm(rule, one)], roots)
    else:
        words = _of(model, name, rule.title, rule.entity, clock, english.of_rule(rule), model.definition(first))
    return _with_members(words, workspace, rule, arm, source) if workspace.config.sources else words


def _of(
    model: Model, name: str, title: str, entity: str, clock: Clock, sentences: list[str], roots: list[k.Expr]
) -> ReadAloud:
    read = list(everything(model, roots))
    names = dict.fromkeys(e.name for e in read if isinstance(e, k.MetricOf))
    terms = tuple(english.of_metric(model.metrics[n]) for n in names)
    return ReadAloud(name, title, entity, clock, tuple(sentences), terms, tuple(english.periods(model, roots, clock)))


def _with_members(words: ReadAloud, workspace: Workspace, rule: Rule, arm: str, source: str | None) -> ReadAloud:
    workspace = with_recorded_runs(workspace, source, words.clock)
    engine = attach(workspace, [rule], source_config(workspace, source), words.clock, to_look=True)
    frame = evaluate(workspace.model, [rule], engine, words.clock)[rule.entity]
    amounts = amounts_of(workspace.model, rule.entity, engine, words.clock)
    if amounts is not None:
        worth = amounts.values.astype(float).fillna(0.0).set_axis(frame.index)
        frame = frame.loc[worth.sort_values(ascending=False, kind="stable").index]
    wanted: list[tuple[str, str, bool | str]]
    if isinstance(rule, Segment):
        wanted = [("in", rule.title, True)]
    else:
        wanted = [(a.name, a.title, a.name) for a in rule.all_arms if arm in ("", a.name)]
    few = MEMBERS if len(wanted) == 1 else OF_EACH_ARM
    places = []
    for name, title, value in wanted:
        keys = frame.loc[frame[rule.name].eq(value).fillna(False).astype(bool), "entity_id"]
        reasons: tuple[tuple[str, int], ...] = ()
        if isinstance(rule, Segmentation) and len(wanted) == 1 and rule.arm(name) is rule.undecided:
            reasons = _reasons(Evaluator(workspace.model, LazyWorld(engine, words.clock)), rule, keys)
        places.append(Place(name, title, len(keys), tuple(map(str, keys[:few])), reasons))
    return replace(words, places=tuple(places), total=len(frame))


def _reasons(evaluator: Evaluator, rule: Segmentation, keys: Iterable[str | int]) -> tuple[tuple[str, int], ...]:
    """The commonest reasons why the first `REASONED` customers are undecided."""
    rows = (evaluator.world.by_key(rule.entity, key) for key in islice(keys, REASONED))
    reasons = (reason for row in rows if row is not None for reason in evaluator.outcome(rule, row).reasons)
    return tuple(Counter(reasons).most_common(MOST_REASONS))
