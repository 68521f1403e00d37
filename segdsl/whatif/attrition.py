"""Attrition: what each clause of a segment or arm costs, and who is one clause away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from segdsl.diagnostics import Diagnostic
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.segment import Rule, Segment
from segdsl.resolve.problems import nearest
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import amounts_of, attach, chosen_rules, clock_for, source_config
from segdsl.run.evaluation import Amounts
from segdsl.run.recorded import with_recorded_runs
from segdsl.whatif.customers import CustomerLookup
from segdsl.words.explain import Clause, all_facts, written
from segdsl.words.explain import clause as clause_of
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from segdsl.model.segment import Model


@dataclass(frozen=True)
class Group:
    """Number of customers and their total worth; None where no money is known."""

    count: int
    worth: float | None


@dataclass(frozen=True)
class Near:
    """A customer who misses one clause only, and the facts that it reads."""

    entity_id: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Cost:
    """Cost of one clause, within the population.

    `alone`: customers for whom the clause is true.
    `unknown`: customers for whom it is unknown.
    `in_turn`: customers for whom it and all earlier clauses are true.
    `left_out`: customers for whom all other clauses are true.
    `near`: customers of `left_out` who miss only this clause.
    `examples`: a few of `near`, the largest first.
    """

    clause: str
    alone: Group
    unknown: int
    in_turn: Group
    left_out: Group
    near: Group
    examples: tuple[Near, ...]


@dataclass(frozen=True)
class Attrition:
    """Attrition of a segment or arm.

    `inside`: customers for whom all clauses are true, whatever earlier arms take.
    `money`: name of the worth's field and currency.
    """

    name: str
    entity: str
    clock: Clock
    total: int
    population: Group
    inside: Group
    costs: tuple[Cost, ...]
    money: str


def attrition(
    workspace: Workspace, name: str, as_of: dt.date | dt.datetime | str | None, source: str | None, examples: int = 0
) -> Attrition:
    """Count for `segment` or `segmentation.arm`, with `examples` customers near each clause.

    Raises `UsageError` and `DataError`.
    """
    clock = clock_for(workspace.zone, as_of)
    workspace = with_recorded_runs(workspace, source, clock)
    model = workspace.model
    rule, condition = part_of(model, name)
    engine = attach(workspace, [rule], source_config(workspace, source), clock)
    clauses = clauses_of(condition)
    from segdsl.sql.plan import condition as query_for

    columns = {f"clause {i}": e for i, e in enumerate(clauses)}
    columns |= {"population": rule.where} if rule.where is not None else {}
    frame = engine.frame(query_for(model, rule.entity, columns, clock).query)
    result = _count(name, rule, clauses, frame, amounts_of(model, rule.entity, engine, clock), clock, examples)
    lookup = CustomerLookup(workspace, [rule], engine, clock)
    costs = (
        replace(c, examples=tuple(_with_facts(lookup, rule, e, n) for n in c.examples))
        for c, e in zip(result.costs, clauses)
    )
    return replace(result, costs=tuple(costs))


def _with_facts(lookup: CustomerLookup, rule: Rule, clause: k.Expr, near: Near) -> Near:
    customer = lookup.customer(rule.entity, near.entity_id, alone=True)
    assert customer is not None, "the engine found it"
    leaves = _leaves(clause_of(customer.evaluator, clause, customer.row))
    return replace(near, facts=tuple(dict.fromkeys(f for leaf in leaves for f in all_facts(leaf))))


def _leaves(clause: Clause) -> Iterator[Clause]:
    """Leaf clauses that keep a clause from being true."""
    if not clause.parts:
        yield clause
    for part in clause.parts:
        if part.truth is not True:
            yield from _leaves(part)


def clauses_of(condition: k.Expr) -> tuple[k.Expr, ...]:
    return condition.items if isinstance(condition, k.And) else (condition,)


def part_of(model: Model, name: str) -> tuple[Rule, k.Expr]:
    """The rule and the condition of a segment or arm; raises `UsageError` for a segmentation without an arm."""
    first, _, arm = name.partition(".")
    (rule,) = chosen_rules(model, [first])
    if isinstance(rule, Segment):
        return rule, rule.condition
    conditions = {a.name: a.condition for a in rule.arms if a.condition is not None}
    if arm not in conditions:
        near = nearest(arm, conditions)
        help = f"did you mean `{first}.{near}`?" if near else f"as in `{first}.{next(iter(conditions), 'arm')}`"
        raise UsageError(Diagnostic("SEG0606", f"`{name}` is no segment and no arm with a condition", help=help))
    return rule, conditions[arm]


def _count(
    name: str,
    rule: Rule,
    clauses: Sequence[k.Expr],
    frame: pd.DataFrame,
    amounts: Amounts | None,
    clock: Clock,
    examples: int,
) -> Attrition:
    import numpy as np
    import pandas as pd

    def true(column: str) -> pd.Series[bool]:
        return frame[column].eq(True).fillna(False).astype(bool)

    everyone = pd.Series(np.ones(len(frame), dtype=bool), index=frame.index)
    population = true("population") if "population" in frame else everyone
    worth = None if amounts is None else amounts.values.astype(float).fillna(0.0).set_axis(frame.index)

    def group(mask: pd.Series[Any]) -> Group:
        return Group(int(mask.sum()), None if worth is None else float(worth[mask].sum()))

    truths = [true(f"clause {i}") for i in range(len(clauses))]
    misses = sum((~h).astype(int) for h in truths)
    costs, remaining = [], population
    for i, (clause, is_true) in enumerate(zip(clauses, truths)):
        remaining = remaining & is_true
        others = population & (misses - (~is_true).astype(int) == 0)
        near = others & ~is_true
        ordered = frame.loc[near, "entity_id"]
        if worth is not None:
            ordered = ordered.loc[worth[near].sort_values(ascending=False, kind="stable").index]
        unknown = int((frame[f"clause {i}"].isna() & population).sum())
        costs.append(
            Cost(
                clause=written(clause),
                alone=group(population & is_true),
                unknown=unknown,
                in_turn=group(remaining),
                left_out=group(others),
                near=group(near),
                examples=tuple(Near(str(key), ()) for key in ordered[:examples]),
            )
        )
    inside = population & (misses == 0)
    money = amounts.heading if amounts is not None else ""
    return Attrition(name, rule.entity, clock, len(frame), group(population), group(inside), tuple(costs), money)
