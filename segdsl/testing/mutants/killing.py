"""Kill a surviving mutant: make a test with a customer whom it treats differently."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from zoneinfo import ZoneInfo

from segdsl.model import expr as k
from segdsl.model.segment import Metric, Model, Segment, Segmentation
from segdsl.reference.evaluate import Unknown
from segdsl.reference.quantity import Quantity
from segdsl.reference.world import Row
from segdsl.testing.customers.aim import Aim, Truth
from segdsl.testing.customers.closing import ask
from segdsl.testing.customers.draft import Cells
from segdsl.testing.customers.expectation import expected_value, metric_says, rule_says
from segdsl.testing.customers.search import Attempt, Example, MadeUpCustomer, Search, Shows
from segdsl.testing.mutants.mutants import Mutant, dependents

_LONG = 90  # most characters of a change in a title
_TRIES = 150  # attempts by the mutant's answer, and as many by the rule's


def find_killing_example(
    model: Model, mutant: Mutant, as_of: dt.date, zone: ZoneInfo, of: Segment | Segmentation | None = None
) -> Example | None:
    """Find a customer whom the mutant treats differently, in any rule or in `of`; None where none is found."""
    for rule in [of] if of is not None else dependents(model, mutant.rules):
        customer = _distinguishing_customer(model, mutant, rule, as_of, zone)
        if customer is not None:
            return Example(_title(mutant, rule.name), customer, partial(rule_says, rule))
    for name in sorted(mutant.rules & set(model.metrics)) if of is None else ():
        customer = _customer_with_other_value(model, mutant, model.metrics[name], as_of, zone)
        if customer is not None:
            return Example(_title(mutant, name), customer, partial(metric_says, model.metrics[name]))
    return None


def _title(mutant: Mutant, of: str) -> str:
    was, now = (_short(text) for text in mutant.mutation.texts)
    return f"{of}: `{was}`, not `{now}`" if was and now else f"{of}: `{was or now}` counts"


def _short(text: str) -> str:
    return text if len(text) <= _LONG else text[: _LONG - 1].rstrip() + "…"


def _distinguishing_customer(
    model: Model, mutant: Mutant, rule: Segment | Segmentation, as_of: dt.date, zone: ZoneInfo
) -> MadeUpCustomer | None:
    other = mutant.model.segments.get(rule.name) or mutant.model.segmentations[rule.name]

    def shows(customer: MadeUpCustomer, row: Row) -> bool:
        return ask(customer.evaluator(model), rule, row) != ask(customer.evaluator(mutant.model), other, row)

    def attempt(aim: Aim, row: Cells) -> None:
        of = aim.model.segments.get(rule.name) or aim.model.segmentations[rule.name]
        wanted: Truth = aim.choose((True, True, False, None))
        if isinstance(of, Segment):
            aim.at_segment(of, row, wanted)
        else:
            arms = _changed_arms(model, mutant.model, of) or [a.name for a in of.all_arms]
            aim.at_arm(of, aim.choose(arms), row, wanted)
            if mutant.mutation.operator == "arm order":
                aim.truth(aim.choose([a.condition for a in of.arms if a.condition is not None]), True, row)
        for name in sorted(mutant.rules & set(model.metrics)):
            if aim.choose((False, True)) and aim.model.metrics[name].entity == rule.entity:
                aim.stir(aim.model.metrics[name].body, row)

    roots = [*model.definition(rule.name), *mutant.model.definition(rule.name)]
    return _find(model, mutant, rule.entity, roots, attempt, shows, as_of, zone)


def _changed_arms(model: Model, mutated: Model, of: Segmentation) -> list[str]:
    """Arms whose own condition differs."""
    a, b = model.segmentations[of.name], mutated.segmentations[of.name]
    conditions = {arm.name: arm.condition for arm in b.arms}
    return [arm.name for arm in a.arms if conditions.get(arm.name) != arm.condition]


def _customer_with_other_value(
    model: Model, mutant: Mutant, metric: Metric, as_of: dt.date, zone: ZoneInfo
) -> MadeUpCustomer | None:
    """Find a customer with a different value; None for a metric of a table's rows, which no test can read."""
    if model.schema.relations[metric.entity].key is None:
        return None

    def shows(customer: MadeUpCustomer, row: Row) -> bool:
        evaluator = customer.evaluator(model)
        one, other = evaluator.metric(metric.name, row), customer.evaluator(mutant.model).metric(metric.name, row)
        return _shown(one) != _shown(other) and expected_value(evaluator, metric, row) is not None

    def attempt(aim: Aim, row: Cells) -> None:
        aim.stir(aim.model.metrics[metric.name].body, row)

    roots = [metric.body, mutant.model.metrics[metric.name].body]
    return _find(model, mutant, metric.entity, roots, attempt, shows, as_of, zone)


def _shown(value: object) -> object:
    if isinstance(value, Quantity):
        return value.double
    return None if isinstance(value, Unknown) else value


def _find(
    model: Model,
    mutant: Mutant,
    entity: str,
    roots: Sequence[k.Expr],
    attempt: Attempt,
    shows: Shows,
    as_of: dt.date,
    zone: ZoneInfo,
) -> MadeUpCustomer | None:
    searches = [Search.of(side, entity, roots, as_of, zone) for side in (mutant.model, model)]
    read = {r: searches[0].read.get(r, set()) | searches[1].read.get(r, set()) for r in model.schema.relations}
    for search in searches:
        customer = replace(search, read=read).find(attempt, shows, _TRIES)
        if customer is not None:
            return customer
    return None
