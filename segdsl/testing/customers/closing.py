"""Close a gap of coverage: make a test in which a condition is true, false or unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import partial
from zoneinfo import ZoneInfo

from segdsl.model import expr as k
from segdsl.model.clock import LATEST
from segdsl.model.dependencies import everything
from segdsl.model.schema import Schema
from segdsl.model.segment import Metric, Model, Segment, Segmentation, Test
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.world import Row
from segdsl.testing.customers.aim import Aim
from segdsl.testing.customers.draft import Cells
from segdsl.testing.customers.expectation import expected_value, metric_says, rule_says
from segdsl.testing.customers.search import Example, MadeUpCustomer, Search
from segdsl.testing.run.coverage import WORDS, Condition, Observations, Truth

_NO_TESTS = dt.date(2026, 1, 1)
_WINDOWS = dt.timedelta(days=731)  # longer than most windows


def as_ofs_for(tests: Iterable[Test], schema: Schema, otherwise: dt.date | None = None) -> list[dt.date]:
    """As-ofs for new tests: the most common among existing tests, so that new tests read like their neighbours, then
    others.

    The others are a day so long after the last `complete from` that no window reaches before it, and the day after it;
    without any `complete from`, `otherwise`.
    """
    days = [t.as_of for t in tests if t.as_of is not None and not isinstance(t.as_of, dt.datetime)]
    usual = [max(sorted(set(days), reverse=True), key=days.count)] if days else []
    gaps = [first for r in schema.relations.values() if (first := r.complete_from) is not None and first < LATEST]
    others = [max(_NO_TESTS, max(gaps) + _WINDOWS), max(gaps) + dt.timedelta(days=1)] if gaps else []
    return list(dict.fromkeys([*usual, *others])) or [otherwise or _NO_TESTS]


def find_closing_example(
    model: Model,
    condition: Condition,
    truth: Truth,
    as_of: dt.date,
    zone: ZoneInfo,
    of: Segment | Segmentation | None = None,
) -> Example | None:
    """Find a customer for whom the condition has the truth, within any rule that reads it or within `of`; None where
    none is found.
    """
    for rule in [of] if of is not None else askers(model, condition.of):
        example = _closing_by_rule(model, rule, condition, truth, as_of, zone)
        if example is not None:
            return example
    metric = model.metrics.get(condition.of)
    if of is None and metric is not None and model.schema.relations[metric.entity].key is not None:
        return _closing_by_value(model, metric, condition, truth, as_of, zone)
    return None


def _closing_by_value(
    model: Model, metric: Metric, condition: Condition, truth: Truth, as_of: dt.date, zone: ZoneInfo
) -> Example | None:
    """Find a customer by the metric's own value, where no rule reads the condition."""

    def attempt(aim: Aim, row: Cells) -> None:
        if aim.choose((False, True)):
            aim.stir(metric.body, row)
        aim.truth(condition.node, truth, row)

    def shows(customer: MadeUpCustomer, row: Row) -> bool:
        seen = Observations()
        evaluator = seen.evaluator(model, customer.evaluator(model).world, customer.metrics)
        says = expected_value(evaluator, metric, row)
        return says is not None and truth in seen.truths.get(id(condition.node), set())

    customer = Search.of(model, metric.entity, [metric.body], as_of, zone).find(attempt, shows)
    title = f"{metric.name}: `{condition.text}` is {WORDS[truth]}"
    return None if customer is None else Example(title, customer, partial(metric_says, metric))


def _closing_by_rule(
    model: Model, rule: Segment | Segmentation, condition: Condition, truth: Truth, as_of: dt.date, zone: ZoneInfo
) -> Example | None:
    def attempt(aim: Aim, row: Cells) -> None:
        _attempt(aim, row, rule, condition, truth)

    def shows(customer: MadeUpCustomer, row: Row) -> bool:
        seen = Observations()
        ask(seen.evaluator(model, customer.evaluator(model).world, customer.metrics), rule, row)
        return truth in seen.truths.get(id(condition.node), set())

    customer = Search.of(model, rule.entity, model.definition(rule.name), as_of, zone).find(attempt, shows)
    place = f"{condition.of}.{condition.arm}" if condition.arm else condition.of
    title = f"{place}: `{condition.text}` is {WORDS[truth]}"
    return None if customer is None else Example(title, customer, partial(rule_says, rule))


def askers(model: Model, name: str) -> list[Segment | Segmentation]:
    """Rules that a rule or metric has a part in: itself, or the rules that read it, nearest first."""
    if name not in model.metrics:
        return [model.segments.get(name) or model.segmentations[name]]
    rules: list[Segment | Segmentation] = [*model.segmentations.values(), *model.segments.values()]
    depths: dict[str, int | None] = {name: 0}
    by_depth = [(depth, r) for r in rules if (depth := _depth(model, r.name, depths)) is not None]
    return [r for _, r in sorted(by_depth, key=lambda pair: pair[0])]


def _depth(model: Model, start: str, depths: dict[str, int | None]) -> int | None:
    """Number of rules between `start` and the rule with depth 0; None where `start` doesn't read it."""
    if start not in depths:
        read = {n.name for e in model.definition(start) for n in k.deep(e) if isinstance(n, k.MetricOf | k.Member)}
        below = [d for n in sorted(read) if (d := _depth(model, n, depths)) is not None]
        depths[start] = 1 + min(below) if below else None
    return depths[start]


def _attempt(aim: Aim, row: Cells, rule: Segment | Segmentation, condition: Condition, truth: Truth) -> None:
    """Aim at the condition where it can be reached, otherwise at the expression around it."""
    subject: Cells | None = row
    if condition.of == rule.name:
        _past(aim, row, rule, condition.arm)
        holder = _holder(aim.model.definition(rule.name), condition.node)
    else:
        reader = _reader(aim.model, rule, condition.of)
        _past(aim, row, rule, reader)
        holder = aim.model.metrics[condition.of].body
        subject = _row_of(aim, aim.model.metrics[condition.of].entity, rule, row)
    if subject is None:
        return
    if holder is None or aim.choose((False, False, True)):
        for e in [holder] if holder is not None else aim.model.definition(rule.name):
            aim.stir(e, subject)
    path = _rows_to(holder, condition.node) if holder is not None else ()
    target = subject
    for aggregate in path:
        target = aim.row(aggregate.rows, target)
    aim.truth(condition.node, truth, target)


def _row_of(aim: Aim, relation: str, rule: Segment | Segmentation, row: Cells) -> Cells | None:
    """Row that a metric is evaluated for: the customer, or a new row of a table that the rule reads; None where there
    is none.
    """
    if relation == rule.entity:
        return row
    nodes = everything(aim.model, aim.model.definition(rule.name))
    reading = [n for n in nodes if isinstance(n, k.Aggregate) and n.rows.relation == relation]
    direct = [n for n in reading if n.rows.anchor == k.This() and n.rows.hops and n.rows.hops[0].source == rule.entity]
    return aim.row(aim.choose(direct).rows, row) if direct else None


def _past(aim: Aim, row: Cells, rule: Segment | Segmentation, arm: str) -> None:
    """Bring the customer into the population and past earlier arms."""
    if isinstance(rule, Segmentation) and arm:
        aim.at_arm(rule, arm, row)
    elif isinstance(rule, Segment):
        aim.at_segment(rule, row)


def _reader(model: Model, rule: Segment | Segmentation, metric: str) -> str:
    if isinstance(rule, Segment):
        return ""
    for arm in rule.arms:
        assert arm.condition is not None
        names = {n.name for n in _all_below(model, arm.condition)}
        if metric in names:
            return arm.name
    return ""


def _all_below(model: Model, e: k.Expr) -> list[k.MetricOf]:
    from segdsl.model import dependencies

    return [n for n in dependencies.everything(model, [e]) if isinstance(n, k.MetricOf)]


def _holder(roots: Iterable[k.Expr], node: k.Expr) -> k.Expr | None:
    """The root expression that contains a node."""
    return next((e for e in roots if any(n is node for n in k.deep(e))), None)


def _rows_to(root: k.Expr, node: k.Expr) -> tuple[k.Aggregate, ...]:
    """Aggregates on the path to a condition of their rows, outermost first."""
    for inner in k.walk(root):
        if inner is node:
            return ()
        if isinstance(inner, k.Aggregate):
            for part in k.elsewhere(inner):
                if any(n is node for n in k.deep(part)):
                    return (inner, *_rows_to(part, node))
    return ()


def ask(evaluator: Evaluator, rule: Segment | Segmentation, row: Row) -> object:
    """Answer of a rule for a customer, comparable between two models."""
    if isinstance(rule, Segmentation):
        outcome = evaluator.outcome(rule, row)
        return outcome.status, outcome.arm
    answer = evaluator.in_segment(rule, row)
    return None if isinstance(answer, Unknown) else answer
