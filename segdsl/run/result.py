"""Rules evaluated on data -> the result of a run: the state of the data, and what is suspicious about both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from segdsl.data.contract import Earlier, TableReport
from segdsl.data.findings import Finding
from segdsl.diagnostics import Diagnostic
from segdsl.model.clock import Clock
from segdsl.model.dependencies import of_rules
from segdsl.run.assigned import Assigned, Place, Worth
from segdsl.run.empty_windows import after_the_data
from segdsl.run.percents import compared_with_points
from segdsl.run.small_groups import small_groups
from segdsl.run.suspicions import warnings
from segdsl.run.unmatched_lists import unmatched_rows


@dataclass(frozen=True)
class Result:
    """What a run says of its rules and its data.

    `places`: of each rule, those with customers in them.
    `worth`: the first required money field, of entities that have one.
    `tables`: reports on the tables read.
    """

    clock: Clock
    places: Mapping[str, Sequence[Place]]
    worth: Mapping[str, Worth]
    tables: tuple[TableReport, ...]
    warnings: tuple[Diagnostic, ...]

    @property
    def findings(self) -> Iterator[Finding]:
        """What was found in the tables."""
        return (f for table in self.tables for f in table.findings)


def result_of(assigned: Assigned, earlier: Mapping[str, Earlier] | None) -> Result:
    """Result of an evaluation with the report on its data; `earlier` is what the last run saw of each table. Raises
    `DataError`.
    """
    tables = tuple(assigned.engine.report(assigned.clock, earlier))
    roots = [e for r in assigned.rules for e in assigned.model.definition(r.name)]
    newest = {t.name: t.newest for t in tables}
    empty = after_the_data(assigned.model, roots, assigned.clock, assigned.engine, newest)
    schema, read = assigned.model.schema, of_rules(assigned.model, assigned.rules).columns
    lists = unmatched_rows(
        assigned.engine, [r for r in schema.relations.values() if r.kind == "list" and r.name in read]
    )
    points = compared_with_points(assigned.model, roots, assigned.engine)
    groups = small_groups(assigned.model, assigned.rules, assigned.clock, assigned.engine)
    notes = (*assigned.notes, *warnings(assigned, tables), *empty, *points, *lists, *groups)
    worth = {e: t.worth for e, t in assigned.tables.items() if t.worth is not None}
    return Result(assigned.clock, assigned.places, worth, tables, notes)
