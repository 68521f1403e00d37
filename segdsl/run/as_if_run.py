"""Rules as if they had been run: tables of runs with what rules would have given, run after run from a day on.

What a rule that keeps customers says today depends on what its earlier runs said. Where none are recorded, or another version of
the rule recorded them, these runs are made up for: the rule is evaluated as of the first day, when nobody was in any arm, and what
it gives are rows of its table of runs as of the second day, and so on. The result is a function of files, data, as-of and the
runs that are supposed; the ledger isn't read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from msgspec import structs

from segdsl.bounds import AS_IF_RUNS
from segdsl.data.sql_text import name, text
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.lang import tree
from segdsl.model.as_if_run import AsIfRun
from segdsl.model.clock import Clock, day
from segdsl.model.dependencies import columns, everything, of_rules
from segdsl.model.schema import Relation
from segdsl.model.segment import Metric, Model, Rule, Segment
from segdsl.resolve import resolve
from segdsl.run import time_travel
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import amounts_of, attach, chosen_rules, clock_for, evaluate, source_config
from segdsl.run.evaluation import Evaluation
from segdsl.run.keeping import by_data_column
from segdsl.workspace.config import SourceConfig
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd

Report = Callable[[str], None]


def rules_run(model: Model, rules: Iterable[Rule | Metric]) -> list[Rule]:
    """The rules whose runs these rules and metrics read, and those whose runs they read in turn."""
    known: dict[str, Rule] = {**model.segmentations, **model.segments}
    behind: dict[str, Rule] = {}
    todo = list(rules)
    while todo:
        for relation in of_rules(model, [todo.pop()]).columns:
            run = model.schema.relations[relation].runs_of
            if run is not None and run not in behind:
                behind[run] = known[run]
                todo.append(known[run])
    return list(behind.values())


def check(runs: AsIfRun, before: Clock, what: str) -> None:
    """Raise `UsageError` where there is no run before an instant, or more than may be; `what` names who would be run."""
    if not runs.number(before, 0):
        message = f"the first run, on {day(runs.since)}, isn't before {day(before.today)}"
        raise UsageError(Diagnostic("SEG0604", message, help="name an earlier day, from which customers can be kept"))
    if runs.number(before, AS_IF_RUNS.most) > AS_IF_RUNS.most:
        raise UsageError(AS_IF_RUNS.finding(what))


def evaluate_as_if_run(
    workspace: Workspace, names: Sequence[str], runs: AsIfRun, as_of: str | None, source: str | None, report: Report
) -> Evaluation:
    """Evaluate rules on a source as if they had been run; each run sees the files of its day where paths have `{as_of}`.

    Raises `UsageError` and `DataError`.
    """
    clock = clock_for(workspace.zone, as_of)
    supposed = as_if_run(workspace, runs)
    config, model = source_config(supposed, source), supposed.model
    rules = chosen_rules(model, names)
    behind = rules_run(model, rules)
    needed = list(dict.fromkeys([*rules, *behind]))
    read = of_rules(model, needed).columns
    check(runs, clock, "a diff as if run")
    is_dated = any((table := config.table(r)) is not None and "{as_of}" in table.path for r in read)
    rows: list[tuple[str, pd.DataFrame]] = []
    engine = attach(supposed, needed, config, clock)
    for run in runs.days(clock):
        then = Clock.at(run, clock.zone)
        report(f"as of {run}")
        if is_dated:
            with attach(supposed, needed, config, then) as of_then:
                for relation, earlier in rows:
                    of_then.add_runs(relation, earlier)
                added = _run(model, behind, of_then, then)
        else:
            added = _run(model, behind, engine, then)
        for relation, given in added:
            engine.add_runs(relation, given)
        rows += added if is_dated else []
    first = Clock.at(runs.since, clock.zone)
    travel = time_travel.warnings(model.schema, read, config, first)
    frames = evaluate(model, rules, engine, clock)
    amounts = {e: a for e in frames if (a := amounts_of(model, e, engine, clock)) is not None}
    return Evaluation(model, rules, engine, clock, frames, amounts, (*engine.notes, *travel))


def run_on(model: Model, rules: Sequence[Rule], engine: Engine, runs: AsIfRun, until: Clock, report: Report) -> None:
    """Fill an engine's tables of runs with each run before an instant; the data as of each day is the engine's."""
    for run in runs.days(until):
        report(f"as if run as of {run}")
        for relation, rows in _run(model, rules, engine, Clock.at(run, until.zone)):
            engine.add_runs(relation, rows)


def _run(model: Model, rules: Sequence[Rule], engine: Engine, clock: Clock) -> list[tuple[str, pd.DataFrame]]:
    """The rows that a run adds to each table of runs of these rules."""
    by_name = {r.name: r for r in rules}
    frames = evaluate(model, rules, engine, clock)
    return [
        (t.name, _rows(t, by_name[t.runs_of], frames[by_name[t.runs_of].entity], clock))
        for t in model.schema.relations.values()
        if t.runs_of in by_name
    ]


def _rows(relation: Relation, rule: Rule, frame: pd.DataFrame, clock: Clock) -> pd.DataFrame:
    """A run's frame as rows of a table of runs: the key, the as-of, and where the customer was."""
    import pandas as pd

    rows = pd.DataFrame({relation.by: frame["entity_id"], relation.at: pd.Timestamp(clock.now)})
    if isinstance(rule, Segment):
        return rows.assign(member=frame[rule.name])
    return rows.assign(arm=frame[rule.name], by_data=frame[by_data_column(rule) or rule.name])


# -- the workspace ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Supposed:
    """Runs that aren't recorded: none at first, and none lacks from the first day on."""

    starting: dt.date
    note: Diagnostic | None = None

    def complete_from(self, today: dt.date) -> dt.date:
        del today
        return self.starting

    def export(self, columns: Sequence[str], key_type: str, path: Path) -> None:
        types = {"as_of": "TIMESTAMP", "arm": "VARCHAR", "by_data": "VARCHAR", "member": "BOOLEAN"}
        none = ", ".join(f"CAST(NULL AS {types.get(c, key_type)}) AS {name(c)}" for c in columns)
        with duckdb.connect() as con:
            con.execute(f"COPY (SELECT {none} WHERE false) TO {text(str(path))} (FORMAT parquet)")


def as_if_run(workspace: Workspace, runs: AsIfRun, in_place: Sequence[str] = ()) -> Workspace:
    """The workspace whose tables of runs begin with the first of `runs`, without a row yet, whatever a source names for them.

    Each candidate of `in_place` has runs of its own, as it would in the place of its incumbent, and so has whatever it reads that
    reads the runs of the incumbent.
    """
    declarations = [d for file in workspace.files for d in file.declarations if not isinstance(d, _PLACES_NOBODY)]
    declarations += [d for candidate in in_place for d in _in_its_place(declarations, workspace.model, candidate)]
    once = {d.name.text: _starting(d, runs.since) for d in declarations}
    span = workspace.files[0].span
    model, wrong = resolve([tree.File(span, tuple(once.values()))], workspace.model.outside)
    assert model is not None, f"rules are as right as if run: {wrong}"
    relations = {
        r.name: replace(r, recorded=_Supposed(runs.since)) if r.runs_of is not None else r
        for r in model.schema.relations.values()
    }
    schema = replace(model.schema, relations=relations, listed=workspace.model.schema.listed)
    model = replace(model, schema=schema, experiments=workspace.model.experiments)
    sources = {n: without_runs(s, model) for n, s in workspace.config.sources.items()}
    return replace(workspace, model=model, config=structs.replace(workspace.config, sources=sources))


_PLACES_NOBODY = (tree.Test, tree.Property, tree.Experiment, tree.Suppress, tree.HeldOut)


def _starting(d: Any, since: dt.date) -> Any:
    return replace(d, starting=replace(d.starting, value=since)) if isinstance(d, tree.RunsTable) else d


def without_runs(source: SourceConfig, model: Model) -> SourceConfig:
    """A source that names nothing for the tables of runs."""
    runs = {r.name for r in model.schema.relations.values() if r.runs_of is not None}
    tables = {n: t for n, t in source.tables.items() if n not in runs}
    return structs.replace(source, tables=tables)


def _in_its_place(declarations: Sequence[Any], model: Model, candidate: str) -> list[Any]:
    """A candidate as its own incumbent, with tables of its runs, and copies of the rules and metrics between these and itself."""
    incumbent = model.segmentations[candidate].candidate_of
    tables = {r.name for r in model.schema.relations.values() if r.runs_of is not None and r.runs_of == incumbent}
    named = (getattr(node, "name", "") for node in everything(model, model.definition(candidate)))
    reached = {n for n, _ in model.definitions()}.intersection(named) - {incumbent, candidate}
    between = {n for n in reached if tables & columns(model, model.definition(n)).keys()}
    own = {n: f"{n} of {candidate}" for n in tables | between}
    result = []
    for d in declarations:
        if d.name.text == candidate:
            result.append(replace(_renamed(d, own), candidate_of=None))
        elif d.name.text in tables:
            result.append(replace(d, name=replace(d.name, text=own[d.name.text]), rule=replace(d.rule, text=candidate)))
        elif d.name.text in between:
            result.append(_renamed(d, own))
    return result


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    """A syntax tree in which some names are others."""
    if isinstance(node, tree.Name):
        return replace(node, text=names[node.text]) if node.text in names else node
    if isinstance(node, tuple):
        return tuple(_renamed(part, names) for part in node)
    if is_dataclass(node) and isinstance(node, tree.Node):
        parts = {f.name: _renamed(getattr(node, f.name), names) for f in fields(node) if f.name != "span"}
        return replace(node, **parts)
    return node
