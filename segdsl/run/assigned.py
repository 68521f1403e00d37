"""Rules evaluated on an engine -> who is where, as tables that the engine holds: counted, written as files and recorded from there."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from segdsl.data.sql_text import name, text
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.engines.shelf import Shelf
from segdsl.ledger.assignments import Where
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.dependencies import of_rules
from segdsl.model.segment import Model, Rule, Segment
from segdsl.run import csv_text, time_travel
from segdsl.run.evaluate import attach, chosen_rules, clock_for, source_config, worth_field
from segdsl.run.keeping import UNKNOWN, by_data_column
from segdsl.run.recorded import with_recorded_runs
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd

_WORTH = "?worth"  # no rule has such a name


@dataclass(frozen=True)
class Worth:
    """The money field whose total is shown with each count; a column of numbers of its smallest unit."""

    field: str
    currency: str

    @property
    def heading(self) -> str:
        return f"{self.field}, {self.currency}"

    def in_units(self, total: int) -> Fraction:
        return Fraction(total, ty.minor_units(self.currency))


@dataclass(frozen=True)
class Place:
    """Customers whom a rule has in one place.

    `arm`: None by a segment, and of those in no arm.
    `status`: assigned, unknown or outside; by a segment in, out or unknown.
    `by_data`: the arm by today's data alone.
    `count`: how many they are.
    `worth`: the sum of their worth, in whole units; None of an entity without a money field.
    """

    arm: str | None
    status: str
    by_data: str | None
    count: int
    worth: Fraction | None = None

    @property
    def name(self) -> str:
        return self.arm or self.status


@dataclass(frozen=True)
class Table:
    """Assignments of the customers of an entity, on a shelf.

    `sql`: the table's name.
    `columns`: those that are written: `entity_id`, then the columns of each rule.
    `rules`: the rules assigned.
    """

    shelf: Shelf
    sql: str
    columns: tuple[str, ...]
    rules: tuple[Rule, ...]
    worth: Worth | None = None

    @cached_property
    def size(self) -> int:
        """The number of customers."""
        return int(self.shelf.rows(f"SELECT count(*) FROM {self.sql}")[0][0])

    def places(self) -> dict[str, tuple[Place, ...]]:
        """The places of each rule with customers in them, in any order; those of all segments are counted together."""
        segments = [r for r in self.rules if isinstance(r, Segment)]
        counted = {r.name: self._of_segmentation(r) for r in self.rules if not isinstance(r, Segment)}
        return counted | (self._of_segments(segments) if segments else {})

    def _of_segmentation(self, rule: Rule) -> tuple[Place, ...]:
        columns = ", ".join(place(rule))
        rows = self.shelf.rows(f"SELECT {columns}, count(*), {self._total('true')} FROM {self.sql} t GROUP BY ALL")
        return tuple(Place(arm, status, by_data, n, self._units(total)) for arm, status, by_data, n, total in rows)

    def _of_segments(self, segments: Sequence[Segment]) -> dict[str, tuple[Place, ...]]:
        states = {"in": "{}", "out": "NOT {}", "unknown": "{} IS NULL"}
        columns = []
        for condition in (c.format(f"t.{name(r.name)}") for r in segments for c in states.values()):
            columns += [f"count(*) FILTER ({condition})", self._total(condition)]
        cells = iter(self.shelf.rows(f"SELECT {', '.join(columns)} FROM {self.sql} t")[0])
        counted = {r.name: [(status, next(cells), next(cells)) for status in states] for r in segments}
        return {
            rule: tuple(Place(None, status, None, n, self._units(total)) for status, n, total in states if n)
            for rule, states in counted.items()
        }

    def _total(self, condition: str) -> str:
        """SQL of the worth of customers of whom a condition holds, as text."""
        if self.worth is None:
            return "NULL"
        total = f"sum(CAST(t.{name(_WORTH)} AS HUGEINT)) FILTER ({condition})"
        return f"CAST(coalesce({total}, 0) AS VARCHAR)"

    def _units(self, total: str) -> Fraction | None:
        return self.worth.in_units(int(total)) if self.worth is not None else None

    def frame(self) -> pd.DataFrame:
        """The rows as a frame, ordered by key."""
        frame = self.shelf.frame(self._in_order())
        return frame.astype({r.name: "boolean" for r in self.rules if isinstance(r, Segment)})

    def parquet(self, stem: str) -> Path:
        """The rows as a Parquet file of the shelf's folder, ordered by key."""
        return self.shelf.write(self._in_order(), f"{stem}.parquet")

    def csv(self, stem: str) -> Path:
        """The rows as a CSV file of the shelf's folder, ordered by key."""
        types = dict(self.shelf.rows(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {self.sql})"))
        named = {c for r in self.rules for c in (r.name, f"{r.name}_status", f"{r.name}_by_data")}
        texts = {c for c in self.columns if types[c] == "VARCHAR"} - named
        lines = csv_text.lines(self.sql, self.columns, texts, '"entity_id"')
        return self.shelf.write(lines, f"{stem}.csv", csv_text.OPTIONS)

    def numbered(self, numbers: Mapping[str, Mapping[Where, int]], stem: str) -> Path:
        """A Parquet file of the keys as texts, and of each rule the number of its place as `is RULE`, in any order."""
        cells, joins = [], ""
        for i, rule in enumerate(self.rules):
            number = numbers[rule.name]
            if isinstance(rule, Segment):
                held, lost, unknown = (number.get((None, s, None), "NULL") for s in ("in", "out", "unknown"))
                own = f"t.{name(rule.name)}"
                cells.append(f"CASE WHEN {own} THEN {held} WHEN NOT {own} THEN {lost} ELSE {unknown} END")
            elif number:
                rows = ", ".join(f"({', '.join(_literal(part) for part in where)}, {n})" for where, n in number.items())
                same = " AND ".join(f"{c} IS NOT DISTINCT FROM p{i}.{p}" for c, p in zip(place(rule), "asd"))
                joins += f" LEFT JOIN (VALUES {rows}) p{i}(a, s, d, n) ON {same}"
                cells.append(f"p{i}.n")
            else:
                cells.append("NULL")
        named = ", ".join(f"CAST({c} AS INTEGER) AS {name(f'is {r.name}')}" for c, r in zip(cells, self.rules))
        query = f'SELECT CAST(t."entity_id" AS VARCHAR) AS entity_id, {named} FROM {self.sql} t{joins}'
        return self.shelf.write(query, f"{stem}.parquet")

    def _in_order(self) -> str:
        return f'SELECT {", ".join(map(name, self.columns))} FROM {self.sql} ORDER BY "entity_id"'


def _literal(value: str | None) -> str:
    return "CAST(NULL AS VARCHAR)" if value is None else text(value)


def by_data(places: Sequence[Place]) -> dict[tuple[str, str], int]:
    """Numbers of customers by (arm, arm by today's data), each an arm or `unknown`."""
    counts: Counter[tuple[str, str]] = Counter()
    for p in places:
        counts[p.arm or UNKNOWN, p.by_data or UNKNOWN] += p.count
    return counts


def place(rule: Rule) -> tuple[str, str, str]:
    """SQL of the arm, the status and the arm by today's data of a customer in a table `t` of assignments."""
    own = f"t.{name(rule.name)}"
    if isinstance(rule, Segment):
        return "NULL", f"CASE WHEN {own} THEN 'in' WHEN NOT {own} THEN 'out' ELSE 'unknown' END", "NULL"
    return own, f"t.{name(f'{rule.name}_status')}", f"t.{name(by_data_column(rule) or rule.name)}"


@dataclass(frozen=True)
class Assigned:
    """Rules evaluated on an attached engine, which can answer further queries; `notes` are warnings about the data."""

    model: Model
    rules: Sequence[Rule]
    engine: Engine
    clock: Clock
    tables: Mapping[str, Table]
    notes: tuple[Diagnostic, ...] = ()

    @cached_property
    def places(self) -> Mapping[str, tuple[Place, ...]]:
        """The places of each rule with customers in them."""
        counted = {entity: table.places() for entity, table in self.tables.items()}
        return {r.name: counted[r.entity][r.name] for r in self.rules}


def assign(model: Model, rules: Sequence[Rule], engine: Engine, clock: Clock) -> dict[str, Table]:
    """A table for each entity of the rules. Raises `DataError`."""
    from segdsl.sql.plan import assignment

    tables = {}
    for entity in dict.fromkeys(r.entity for r in rules):
        own = [r for r in rules if r.entity == entity]
        field = worth_field(model.schema.relations[entity])
        worth = None
        if field is not None and engine.has(entity, field):
            typed = model.schema.relations[entity].fields[field].type
            assert isinstance(typed, ty.Money)
            worth = Worth(field, typed.currency)
        beside: dict[str, k.Expr] = {}
        if worth is not None:
            beside = {
                _WORTH: k.Column(k.This(), entity, worth.field, model.schema.relations[entity].fields[worth.field].type)
            }
        planned = assignment(model, entity, own, clock, beside, "numerators", in_order=False)
        columns = tuple(c for c in planned.columns if c != _WORTH)
        tables[entity] = Table(engine.shelf, engine.hold(planned.query), columns, tuple(own), worth)
    return tables


def assign_source(
    workspace: Workspace,
    names: Sequence[str],
    as_of: dt.date | dt.datetime | str | None,
    source: str | None,
    explain_unknown: bool = False,
) -> Assigned:
    """Evaluate rules on a source; `explain_unknown` adds a column of reasons for each rule.

    Raises `UsageError` and `DataError`.
    """
    clock = clock_for(workspace.zone, as_of)
    config = source_config(workspace, source)
    workspace = with_recorded_runs(workspace, source, clock)
    model, rules = workspace.model, chosen_rules(workspace.model, names)
    engine = attach(workspace, rules, config, clock)
    travel = time_travel.warnings(model.schema, of_rules(model, rules).columns, config, clock)
    tables = assign(model, rules, engine, clock)
    if explain_unknown:
        tables = {e: _with_reasons(model, t, engine, clock) for e, t in tables.items()}
    return Assigned(model, rules, engine, clock, tables, (*engine.notes, *travel))


def _with_reasons(model: Model, table: Table, engine: Engine, clock: Clock) -> Table:
    """The table with a column of reasons after the columns of each rule, from those of whom something is unknown."""
    from segdsl.run.unknowns import with_reasons

    is_open = " OR ".join(_is_open(r) for r in table.rules)
    asked = replace(table, sql=f"(SELECT * FROM {table.sql} WHERE {is_open})")
    told = with_reasons(model, table.rules, engine, clock, asked.frame())
    columns = tuple(told.columns)
    new = [c for c in columns if c not in table.columns]
    put = table.shelf.put_frame(told[["entity_id", *new]].astype(dict.fromkeys(new, "string")))
    reasons = ", ".join(f"r.{name(c)}" for c in new)
    joined = table.shelf.put(
        f'SELECT t.*, {reasons} FROM {table.sql} t LEFT JOIN {put} r ON t."entity_id" = r."entity_id"'
    )
    return replace(table, sql=joined, columns=columns)


def _is_open(rule: Rule) -> str:
    """SQL whether membership is unknown, or a customer went to `undecided`."""
    if isinstance(rule, Segment):
        return f"{name(rule.name)} IS NULL"
    undecided = [] if rule.undecided is None else [f"{name(rule.name)} = '{rule.undecided.name}'"]
    return " OR ".join([f"{name(f'{rule.name}_status')} = 'unknown'", *undecided])
