"""A workspace -> the workspace whose tables `from runs of` a rule read its ledger, and those `from deliveries` its delivery log."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from segdsl.activation.log.recorded import RecordedDeliveries
from segdsl.diagnostics import Diagnostic
from segdsl.ledger.recorded import recorded_runs
from segdsl.model.clock import Clock
from segdsl.model.dependencies import of_rules
from segdsl.model.schema import Relation
from segdsl.model.segment import Metric, Rule
from segdsl.workspace.load import Workspace


def with_recorded_runs(
    workspace: Workspace, source: str | None, clock: Clock, given: Collection[str] = ()
) -> Workspace:
    """Bind each table of runs to the ledger's runs of a source before as-of; its `complete from` becomes the day of the first. Bind each
    table of deliveries to those before the day of as-of in the log.

    A file or table that the source names, or a frame that is `given`, by name, has the rows instead. An unreadable ledger is
    an error only where rows are read.
    """
    name = source or "default"
    config = workspace.config.sources.get(name)
    ledger = workspace.config.workspace.ledger
    path = workspace.root / ledger if ledger else None
    bound = []
    for relation in map(_as_declared, workspace.model.schema.relations.values()):
        is_given = relation.name in given or (config is not None and config.table(relation.name) is not None)
        if relation.runs_of is not None and not is_given:
            bound.append(replace(relation, recorded=recorded_runs(path, relation, name, clock)))
        elif relation.deliveries and not is_given:
            bound.append(replace(relation, recorded=RecordedDeliveries(workspace.root, relation, clock)))
    return seen_as_of(_with(workspace, bound), clock)


def seen_as_of(workspace: Workspace, clock: Clock) -> Workspace:
    """The same runs as of another time: the day from which none is lacking may be another one."""
    relations = workspace.model.schema.relations.values()
    return _with(
        workspace,
        [replace(r, complete_from=r.recorded.complete_from(clock.today)) for r in relations if r.recorded is not None],
    )


def lacking_runs(
    workspace: Workspace, rules: Iterable[Rule | Metric], source: str | None, clock: Clock
) -> list[Diagnostic]:
    """A warning for each table of runs or deliveries that rules read and that lacks some."""
    if not any(r.remembered for r in workspace.model.schema.relations.values()):
        return []
    model = with_recorded_runs(workspace, source, clock).model
    read = [model.schema.relations[name] for name in of_rules(model, rules).columns]
    return [r.recorded.note for r in read if r.recorded is not None and r.recorded.note is not None]


def _as_declared(relation: Relation) -> Relation:
    if relation.recorded is None:
        return relation
    return replace(relation, complete_from=relation.recorded.starting, recorded=None)


def _with(workspace: Workspace, relations: Iterable[Relation]) -> Workspace:
    schema = workspace.model.schema
    new = {**schema.relations, **{r.name: r for r in relations}}
    return replace(workspace, model=replace(workspace.model, schema=replace(schema, relations=new)))
