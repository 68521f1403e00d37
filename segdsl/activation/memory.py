"""A workspace -> the workspace with everything that the tool remembers: runs, and what was delivered to customers of each entity."""

from __future__ import annotations

from dataclasses import replace

from segdsl.activation.log.recorded import RecordedDeliveries
from segdsl.activation.log.store import Log
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.play import DAY_OF_DELIVERY, columns_of_deliveries
from segdsl.model.schema import Field, Relation
from segdsl.model.segment import Model
from segdsl.run.recorded import with_recorded_runs
from segdsl.workspace.load import Workspace


def with_memory(workspace: Workspace, source: str | None, clock: Clock, log: Log | None = None) -> Workspace:
    """Bind the tables of runs and deliveries, and add one of the log's to each entity with plays whose rules don't read it.

    So what was delivered counts for cooldowns and stays whether rules read it or not. `log`: the log, where it is open.
    """
    workspace = with_recorded_runs(workspace, source, clock)
    model = workspace.model
    declared = {r.of for r in model.schema.relations.values() if r.deliveries and r.recorded is not None}
    entities = dict.fromkeys(entity for play in model.plays.values() for entity in play.used_for)
    added = [_undeclared(model, entity) for entity in entities if entity not in declared]
    bound = {
        r.name: replace(r, recorded=RecordedDeliveries(workspace.root, r, clock, is_declared=False, log=log))
        for r in added
    }
    schema = replace(model.schema, relations={**model.schema.relations, **bound})
    return replace(workspace, model=replace(model, schema=schema))


def _undeclared(model: Model, entity: str) -> Relation:
    """The table of an entity's deliveries, under a name that no declaration can have."""
    owner = model.schema.relations[entity]
    columns = [("customer", ty.Link(entity)), *columns_of_deliveries(model.plays)]
    fields = {c: Field(c, typed, owner.span) for c, typed in columns}
    name = f"deliveries of {entity}"
    return Relation(
        name, "table", owner.span, fields, of=entity, by="customer", at=DAY_OF_DELIVERY, by_date=True, deliveries=True
    )
