"""Expectations: the `expect` lines that state what a rule says of a customer."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

from segdsl.model.segment import Metric, Segment, Segmentation
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.quantity import Quantity
from segdsl.reference.world import Row
from segdsl.testing.customers.block_text import Unwritable, decimal, key_text, quoted, value


def rule_says(rule: Segment | Segmentation, evaluator: Evaluator, row: Row) -> list[str]:
    """Text after `expect`: one line, or several for a customer outside a segmentation."""
    relation = evaluator.model.schema.relations[rule.entity]
    name = key_text(relation, row.get(relation.key or ""))
    if isinstance(rule, Segment):
        answer = evaluator.in_segment(rule, row)
        if isinstance(answer, Unknown):
            return [_unknown(f"{name} in {rule.name}", answer.reasons)]
        return [f"{name} in {rule.name}" if answer else f"not ({name} in {rule.name})"]
    outcome = evaluator.outcome(rule, row)
    if outcome.arm is not None:
        return [f"{name} in {rule.name}.{outcome.arm}"]
    if outcome.status == "unknown":
        return [_unknown(f"{name} in {rule.name}.{rule.otherwise.name}", outcome.reasons)]
    return [f"not ({name} in {rule.name}.{a.name})" for a in rule.all_arms]


def _unknown(subject: str, reasons: tuple[str, ...]) -> str:
    reason = next((r for r in reasons if '"' not in r), "")
    return f"({subject}) is missing" + (f" because {quoted(reason)}" if reason else "")


def metric_says(metric: Metric, evaluator: Evaluator, row: Row) -> list[str]:
    value = expected_value(evaluator, metric, row)
    return [value] if value is not None else []


def expected_value(evaluator: Evaluator, metric: Metric, row: Row) -> str | None:
    """Expectation of a metric's value; None where a rule file can't express the value."""
    relation = evaluator.model.schema.relations[metric.entity]
    name = f"{key_text(relation, row.get(relation.key or ''))}.{metric.name}"
    result = evaluator.metric(metric.name, row)
    try:
        match result:
            case Unknown(reasons):
                return _unknown(name, reasons).replace(f"({name})", name)
            case Quantity(pair=None):
                return None
            case Quantity(pair=pair):
                assert pair is not None
                return f"{name} = {decimal(Fraction(*pair))}"
            case bool():
                return name if result else f"not {name}"
            case frozenset():
                return None
            case str() | dt.date():
                return f"{name} = {value(result, metric.type, evaluator.world.clock)}"
    except Unwritable:
        return None
