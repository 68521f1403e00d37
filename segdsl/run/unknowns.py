"""Reasons of unknown assignments, as a column for each rule, from the reference evaluator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from segdsl.engines import Engine
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.dependencies import everything, of_rules
from segdsl.model.segment import Model, Segment
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.world import Row, Value, World
from segdsl.run.lazy_world import TOGETHER, LazyWorld, UnreadCells

if TYPE_CHECKING:
    import pandas as pd

    from segdsl.model.segment import Rule

FEW = 200  # most customers whose rows are fetched alone where rules ask of everybody; for more, whole tables are read


def with_reasons(
    model: Model, rules: Sequence[Rule], engine: Engine, clock: Clock, frame: pd.DataFrame
) -> pd.DataFrame:
    """Add `<rule>_because` after each rule's columns: the reasons joined by "; ", or empty for a decided customer."""
    open_keys = {rule.name: set(frame["entity_id"][_open(rule, frame)]) for rule in rules}
    because: dict[str, dict[Value, str]] = {rule.name: {} for rule in rules}
    keys = [key for key in frame["entity_id"] if any(key in own for own in open_keys.values())]
    for evaluator, some in _evaluators(model, rules, engine, clock, keys):
        for rule in rules:
            because[rule.name] |= {key: _because(evaluator, rule, key) for key in some if key in open_keys[rule.name]}
    result = frame.copy()
    for rule in rules:
        last = rule.name if isinstance(rule, Segment) else f"{rule.name}_status"
        reasons = [because[rule.name].get(key) for key in frame["entity_id"]]
        result.insert(list(result.columns).index(last) + 1, f"{rule.name}_because", reasons)
    return result


def _open(rule: Rule, frame: pd.DataFrame) -> pd.Series[bool]:
    """Mask of customers whose membership is unknown or who went to `undecided`."""
    if isinstance(rule, Segment):
        return frame[rule.name].isna()
    unassigned = frame[f"{rule.name}_status"].eq("unknown")
    return unassigned if rule.undecided is None else unassigned | frame[rule.name].eq(rule.undecided.name)


def _evaluators(
    model: Model, rules: Sequence[Rule], engine: Engine, clock: Clock, keys: Sequence[Value]
) -> Iterator[tuple[Evaluator, Sequence[Value]]]:
    """Evaluators of customers, each with the customers whose rows it has: some thousand that were asked for together."""
    if len(keys) > FEW and _ask_of_everybody(model, rules):
        rows = {name: engine.relation_rows(name) for name in of_rules(model, rules).columns}
        yield Evaluator(model, World(model.schema, rows, clock, unread=UnreadCells(engine))), keys
        return
    for start in range(0, len(keys), TOGETHER):
        world, some = LazyWorld(engine, clock), keys[start : start + TOGETHER]
        world.fetch(rules[0].entity, some)
        yield Evaluator(model, world), some


def _ask_of_everybody(model: Model, rules: Sequence[Rule]) -> bool:
    """Whether the evaluator reads other customers than the one in question: for ranks, limits and counts of all."""
    roots = [e for rule in rules for e in model.definition(rule.name)]
    nodes = list(everything(model, roots))
    mentioned = {n.name for n in nodes if isinstance(n, k.Member | k.Tally)} | {rule.name for rule in rules}
    return any(_has_limit(model, name) for name in mentioned) or any(
        isinstance(n, k.Standing | k.Tally) or (isinstance(n, k.Aggregate) and n.rows.everyone is not None)
        for n in nodes
    )


def _has_limit(model: Model, name: str) -> bool:
    if name in model.segments:
        return model.segments[name].limit is not None
    return any(arm.limit is not None for arm in model.segmentations[name].arms)


def _because(evaluator: Evaluator, rule: Rule, key: Value) -> str:
    row = _row(evaluator, rule, key)
    if isinstance(rule, Segment):
        answer = evaluator.in_segment(rule, row)
        return "; ".join(answer.reasons) if isinstance(answer, Unknown) else ""
    return "; ".join(evaluator.outcome(rule, row).reasons)


def _row(evaluator: Evaluator, rule: Rule, key: Value) -> Row:
    row = evaluator.world.by_key(rule.entity, key)
    assert row is not None, "the engine found it"
    return row
