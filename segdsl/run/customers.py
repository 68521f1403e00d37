"""A customer's key -> the explanations of the rules about it, from the data as it lies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from segdsl.config import SourceConfig
from segdsl.diagnostics import Diagnostic
from segdsl.engines.duckdb import DuckDB
from segdsl.explain import Explanation, explain
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.schema import Relation
from segdsl.reference.evaluate import Evaluator
from segdsl.run import Rule, attach, chosen_rules, clock_for, source_config
from segdsl.run.errors import UsageError
from segdsl.run.lazy_world import LazyWorld
from segdsl.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd


def explanations(
    workspace: Workspace,
    key: str,
    names: Sequence[str],
    as_of: dt.date | dt.datetime | str | None = None,
    source: str | None = None,
    frames: Mapping[str, pd.DataFrame] | None = None,
) -> tuple[Clock, list[Explanation]]:
    """Of every rule, or of those named, about the entity that has this key.

    Raises `UsageError` where no entity has it or no rule is about it, and `DataError`.
    """
    assert workspace.model is not None
    rules = chosen_rules(workspace.model, names)
    clock = clock_for(workspace.zone, as_of)
    config = source_config(workspace, source) if frames is None else SourceConfig()
    engine = attach(workspace, rules, config, clock, frames)
    world = LazyWorld(engine, clock)
    entities = dict.fromkeys(r.entity for r in rules)
    found: list[Explanation] = []
    exists = False
    for entity in entities:
        relation = workspace.model.schema.relations[entity]
        row = world.by_key(entity, _as_key(relation, key))
        if row is not None:
            exists = True
            evaluator = Evaluator(workspace.model, world)
            found += [explain(evaluator, r, row) for r in rules if r.entity == entity]
    if not exists:
        raise UsageError(_no_customer(engine, workspace, rules, key))
    return clock, found


def _as_key(relation: Relation, key: str) -> str | int | None:
    typed = relation.fields[relation.key or ""].type
    if typed == ty.INTEGER:
        return int(key) if key.lstrip("-").isdigit() else None
    return key


def _no_customer(engine: DuckDB, workspace: Workspace, rules: Sequence[Rule], key: str) -> Diagnostic:
    assert workspace.model is not None
    entities = list(dict.fromkeys(r.entity for r in rules))
    near: list[str] = []
    for entity in entities:
        near += engine.similar_keys(entity, key)
    help = f"there is {', '.join(f'`{n}`' for n in near)}" if near else "give its key, as it stands in the data"
    return Diagnostic("SEG0608", f"no {' or '.join(entities)} has the key `{key}` as of then", help=help)
