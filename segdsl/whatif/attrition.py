"""A segment or arm -> what each of its clauses costs: alone, in turn, left out; and who is one clause away."""

from __future__ import annotations

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
from segdsl.whatif.customers import Among
from segdsl.words.explain import Clause, written
from segdsl.words.explain import clause as clause_of
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from segdsl.model.segment import Model


@dataclass(frozen=True)
class Group:
    """How many customers, and what they are worth together; None where no money is known."""

    count: int
    worth: float | None


@dataclass(frozen=True)
class Near:
    """A customer one clause away, and what that reads."""

    entity_id: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Cost:
    """One clause. Among the population: for how many it is true `alone`, is unknown, and is true after those before it
    (`in_turn`); for how many all the others are (`left_out`), and it alone isn't: the `near`, and a few of them with what the
    clause reads, the largest first."""

    clause: str
    alone: Group
    unknown: int
    in_turn: Group
    left_out: Group
    near: Group
    examples: tuple[Near, ...]


@dataclass(frozen=True)
class Attrition:
    """`inside` are those for whom all clauses are true, whatever arms before may take. `money` names what worth counts."""

    name: str
    entity: str
    clock: Clock
    total: int
    population: Group
    inside: Group
    costs: tuple[Cost, ...]
    money: str


def attrition(workspace: Workspace, name: str, as_of: str | None, source: str | None, examples: int = 0) -> Attrition:
    """Of `segment` or `segmentation.arm`, with so many customers near each clause. Raises `UsageError` and `DataError`."""
    model = workspace.model
    rule, condition = part_of(model, name)
    clock = clock_for(workspace.zone, as_of)
    engine = attach(workspace, [rule], source_config(workspace, source), clock)
    clauses = clauses_of(condition)
    from segdsl.sql.plan import condition as query_for

    asked = {f"clause {i}": e for i, e in enumerate(clauses)}
    asked |= {"population": rule.where} if rule.where is not None else {}
    frame = engine.frame(query_for(model, rule.entity, asked, clock).query)
    counted = _counted(name, rule, clauses, frame, amounts_of(model, rule.entity, engine, clock), clock, examples)
    among = Among(workspace, [rule], engine, clock)
    costs = (
        replace(c, examples=tuple(_told(among, rule, e, n) for n in c.examples)) for c, e in zip(counted.costs, clauses)
    )
    return replace(counted, costs=tuple(costs))


def _told(among: Among, rule: Rule, clause: k.Expr, near: Near) -> Near:
    customer = among.customer(rule.entity, near.entity_id, alone=True)
    assert customer is not None, "the engine found it"
    leaves = _leaves(clause_of(customer.evaluator, clause, customer.row))
    return replace(near, facts=tuple(dict.fromkeys(f for leaf in leaves for f in leaf.facts)))


def _leaves(clause: Clause) -> Iterator[Clause]:
    """Those that see to it that it isn't true."""
    if not clause.parts:
        yield clause
    for part in clause.parts:
        if part.held is not True:
            yield from _leaves(part)


def clauses_of(condition: k.Expr) -> tuple[k.Expr, ...]:
    return condition.items if isinstance(condition, k.And) else (condition,)


def part_of(model: Model, name: str) -> tuple[Rule, k.Expr]:
    """The rule, and the condition of the segment or arm; a segmentation alone is not one."""
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


def _counted(
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

    held = [true(f"clause {i}") for i in range(len(clauses))]
    misses = sum((~h).astype(int) for h in held)
    costs, so_far = [], population
    for i, (clause, own) in enumerate(zip(clauses, held)):
        so_far = so_far & own
        others = population & (misses - (~own).astype(int) == 0)
        near = others & ~own
        ordered = frame.loc[near, "entity_id"]
        if worth is not None:
            ordered = ordered.loc[worth[near].sort_values(ascending=False, kind="stable").index]
        unknown = int((frame[f"clause {i}"].isna() & population).sum())
        costs.append(
            Cost(
                written(clause),
                group(population & own),
                unknown,
                group(so_far),
                group(others),
                group(near),
                tuple(Near(str(key), ()) for key in ordered[:examples]),
            )
        )
    inside = population & (misses == 0)
    money = amounts.heading if amounts is not None else ""
    return Attrition(name, rule.entity, clock, len(frame), group(population), group(inside), tuple(costs), money)
