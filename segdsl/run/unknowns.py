"""Reasons of unknown assignments, as a column for each rule, from the reference evaluator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segdsl.engines import Engine
from segdsl.model.clock import Clock
from segdsl.model.dependencies import of_rules
from segdsl.model.segment import Model, Segment
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.world import Row, World
from segdsl.run.lazy_world import LazyWorld, UnreadCells

if TYPE_CHECKING:
    import pandas as pd

    from segdsl.model.segment import Rule

FEW = 200  # most customers whose rows are fetched one by one; for more, whole tables are read


def with_reasons(
    model: Model, rules: Sequence[Rule], engine: Engine, clock: Clock, frame: pd.DataFrame
) -> pd.DataFrame:
    """Add `<rule>_because` after each rule's columns: the reasons joined by "; ", or empty for a decided customer."""
    open_rows = {rule.name: _open(rule, frame) for rule in rules}
    keys = {key for mask in open_rows.values() for key in frame["entity_id"][mask]}
    evaluator = Evaluator(model, _world(model, rules, engine, clock, len(keys)))
    result = frame.copy()
    for rule in rules:
        because = [
            _because(evaluator, rule, key) if is_open else None
            for key, is_open in zip(frame["entity_id"], open_rows[rule.name])
        ]
        last = rule.name if isinstance(rule, Segment) else f"{rule.name}_status"
        result.insert(list(result.columns).index(last) + 1, f"{rule.name}_because", because)
    return result


def _open(rule: Rule, frame: pd.DataFrame) -> pd.Series[bool]:
    """Mask of customers whose membership is unknown or who went to `undecided`."""
    if isinstance(rule, Segment):
        return frame[rule.name].isna()
    unassigned = frame[f"{rule.name}_status"].eq("unknown")
    return unassigned if rule.undecided is None else unassigned | frame[rule.name].eq(rule.undecided.name)


def _world(model: Model, rules: Sequence[Rule], engine: Engine, clock: Clock, wanted: int) -> World:
    if wanted <= FEW:
        return LazyWorld(engine, clock)
    rows = {name: engine.relation_rows(name) for name in of_rules(model, rules).columns}
    return World(model.schema, rows, clock, unread=UnreadCells(engine))


def _because(evaluator: Evaluator, rule: Rule, key: str | int) -> str:
    row = _row(evaluator, rule, key)
    if isinstance(rule, Segment):
        answer = evaluator.in_segment(rule, row)
        return "; ".join(answer.reasons) if isinstance(answer, Unknown) else ""
    return "; ".join(evaluator.outcome(rule, row).reasons)


def _row(evaluator: Evaluator, rule: Rule, key: str | int) -> Row:
    row = evaluator.world.by_key(rule.entity, key)
    assert row is not None, "the engine found it"
    return row
