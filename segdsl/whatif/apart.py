"""Conditions -> those that tell customers apart: true of some, and not of all."""

from __future__ import annotations

from collections.abc import Sequence

from segdsl import engines
from segdsl.diagnostics import Diagnostic, Refusal
from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.run.data_day import clock_to_look
from segdsl.run.evaluate import source_config
from segdsl.run.recorded import with_recorded_runs
from segdsl.sql.plan import condition as query_for
from segdsl.whatif.trial import entity_of, resolved
from segdsl.workspace.load import Workspace


def tell_apart(workspace: Workspace, conditions: Sequence[str], entity: str | None = None) -> set[str]:
    """Conditions that `try` answers with neither nobody nor everybody; all on one reading of the data, or else each on its own."""
    if not conditions:
        return set()
    try:
        return _answered(workspace, conditions, entity)
    except Refusal:
        if len(conditions) == 1:
            return set()
        return {c for c in conditions if tell_apart(workspace, [c], entity)}


def why_refused(workspace: Workspace, condition: str, entity: str | None = None) -> Sequence[Diagnostic]:
    """What stands in the way of an answer, such as a key that several rows have; nothing where there is one."""
    try:
        _answered(workspace, [condition], entity)
    except Refusal as refusal:
        return refusal.diagnostics
    return ()


def _answered(workspace: Workspace, conditions: Sequence[str], entity: str | None) -> set[str]:
    clock = clock_to_look(workspace, None, None).clock
    workspace = with_recorded_runs(workspace, None, clock)
    model = workspace.model
    relation = entity_of(model, entity)
    parsed = {text: resolved(workspace, text, relation) for text in conditions}
    needed = dependencies.of_condition(model, relation.name, k.And(tuple(parsed.values())))
    engine = engines.attach(
        model.schema, needed, source_config(workspace, None), workspace.root, None, clock, to_look=True
    )
    columns: dict[str, k.Expr] = {f"is {i}": condition for i, condition in enumerate(parsed.values())}
    rows = engine.rows(query_for(model, relation.name, columns, clock).query)
    inside = {text: sum(r[i] is True for r in rows) for i, text in enumerate(parsed, 1)}
    return {text for text, n in inside.items() if 0 < n < len(rows)}
