"""Recorded runs: assignments and history go into the ledger together with the output files, or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from segdsl.data.contract import Earlier, TableReport
from segdsl.data.files import DataError
from segdsl.diagnostics import Diagnostic
from segdsl.ledger import history
from segdsl.ledger.fingerprint import fingerprint
from segdsl.ledger.moves import Move, against, record
from segdsl.ledger.recorded import Recorded
from segdsl.ledger.store import Border, Ledger, LedgerError, Run, Seen
from segdsl.model.clock import Clock, to_utc
from segdsl.model.dependencies import of_rules
from segdsl.model.segment import Rule, Segment, Segmentation
from segdsl.run.borders import borders
from segdsl.run.causes import conditions, values_now, with_causes
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import chosen_rules, evaluate_source, result_of
from segdsl.run.evaluation import Evaluation, Result
from segdsl.run.keeping import by_data_column
from segdsl.run.output import stage, targets, write, write_aside
from segdsl.version import __version__
from segdsl.workspace.inputs import refuse_over_inputs
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class RecordedRun:
    """A finished run.

    `run`: its entry in the ledger; None without a ledger.
    `since`: the earlier run from which moves are counted.
    `put_in_place`: files of an interrupted earlier run that were completed.
    """

    result: Result
    files: tuple[Path, ...]
    run: Run | None = None
    since: Run | None = None
    moves: tuple[Move, ...] = ()
    put_in_place: tuple[str, ...] = ()
    borders: tuple[Border, ...] = ()


def run_and_record(
    workspace: Workspace,
    names: Sequence[str],
    as_of: dt.date | dt.datetime | str | None,
    source: str | None,
    output: Path | None,
    explain_unknown: bool = False,
    ledger: Path | None = None,
    allow_stale: bool = False,
) -> RecordedRun:
    """Evaluate rules, record the run in the ledger, and publish its files in one transaction; without a ledger only
    publish.

    Raises `UsageError`, `DataError` (also for stale data), `LedgerError`, `CannotWrite`, and `Refusal` for an output
    that would overwrite an input; then nothing is published.
    """
    if output is not None:
        entities = list(dict.fromkeys(r.entity for r in chosen_rules(workspace.model, names)))
        refuse_over_inputs(workspace, targets(entities, output).values())
    evaluation = evaluate_source(workspace, names, as_of, source, explain_unknown)
    if ledger is None:
        result = result_of(evaluation, None)
        _refuse_stale(result.tables, allow_stale)
        drawn = borders(evaluation)
        return RecordedRun(result, tuple(write(result.frames, output)) if output is not None else (), borders=drawn)
    with Ledger.to_write(ledger, workspace.root, evaluation.engine.exports) as opened:
        return _record_run(opened, evaluation, source or "default", output, allow_stale)


def _record_run(
    ledger: Ledger, evaluation: Evaluation, source: str, output: Path | None, allow_stale: bool
) -> RecordedRun:
    interrupted = ledger.settle()
    _refuse_outdated(ledger, evaluation)
    fingerprints = {r.name: fingerprint(evaluation.model, r) for r in evaluation.rules}
    repeated, since = _earlier_runs(ledger, fingerprints, source, evaluation.clock)
    result = result_of(evaluation, tables_of_run(since))
    _refuse_stale(result.tables, allow_stale)
    found_borders = borders(evaluation)
    now = values_now(evaluation.model, evaluation.engine, of_rules(evaluation.model, evaluation.rules).columns)
    ledger.stage(_assignments(evaluation.rules, result.frames))
    moves = _moves(ledger, evaluation, since, now, fingerprints) if since is not None else []
    staged = stage(list(result.frames), output) if output is not None else {}
    files = tuple(targets(list(result.frames), output).values()) if output is not None else ()
    newest = max(
        (r.as_of for r in ledger.runs() if r.source == source and r.keeps_history), default=evaluation.clock.now
    )
    run = Run(
        run_id=repeated.run_id if repeated else ledger.next_id(),
        as_of=evaluation.clock.now,
        zone=evaluation.clock.zone.key,
        source=source,
        started_at=to_utc(dt.datetime.now(dt.UTC), evaluation.clock.zone),
        fingerprints=fingerprints,
        conditions={r.name: list(conditions(r)) for r in evaluation.rules},
        sizes=_sizes(ledger, evaluation.rules),
        data=_data(result.tables),
        engine=evaluation.engine.version,
        version=__version__,
        files=tuple(map(str, files)),
        keeps_history=evaluation.clock.now >= newest and not _ahead(evaluation.clock),
    )
    ledger.intend(list(staged.values()))
    try:
        write_aside(result.frames, staged)
        with ledger.transaction():
            if repeated is not None:
                ledger.forget(repeated.run_id)
            ledger.add(run)
            ledger.keep_borders(run.run_id, found_borders)
            if since is not None:
                record(ledger, run.run_id, since.run_id, moves)
            if run.keeps_history:
                for entity, (fields, path) in now.items():
                    history.keep(ledger, entity, fields, path, run.as_of)
            ledger.keep_publications()
    finally:
        ledger.settle()
    return RecordedRun(result, files, run, since, tuple(moves), interrupted, found_borders)


def _refuse_outdated(ledger: Ledger, evaluation: Evaluation) -> None:
    """Raise `LedgerError` where another run was recorded since this one read the runs before it."""
    read = of_rules(evaluation.model, evaluation.rules).columns
    for recorded in (evaluation.model.schema.relations[name].recorded for name in read):
        if isinstance(recorded, Recorded) and not recorded.is_current(ledger):
            message = (
                f"the ledger {ledger.path} has other runs of `{recorded.relation.runs_of}` than when this run began"
            )
            raise LedgerError(Diagnostic("SEG0711", message, help="nothing was published: run it again"))


def _ahead(clock: Clock) -> bool:
    """Whether as-of lies after tomorrow: today's data then differs from the data of that day."""
    return clock.today > dt.datetime.now(clock.zone).date() + dt.timedelta(days=1)


def take_out(root: Path, path: Path, word: str) -> Run:
    """Remove a mistaken run, by number or `last`, with the history that it wrote, in one transaction.

    Raises `UsageError` for an unknown run, and where later runs' history builds on its own.
    """
    with Ledger.to_write(path, root, path.parent) as ledger:
        ledger.settle()
        runs = ledger.runs()
        run = find_run(runs, word)
        others = [r for r in runs if r is not run and r.keeps_history]
        if run.keeps_history and any(r.as_of > run.as_of for r in others):
            help = "take those out first, the latest as-of first"
            raise UsageError(
                Diagnostic("SEG0609", f"runs as of later days stand on the history of run {run.run_id}", help=help)
            )
        with ledger.transaction():
            ledger.forget(run.run_id)
            if run.keeps_history and all(r.as_of != run.as_of for r in others):
                history.take_back(ledger, run.as_of)
    return run


def find_run(runs: Sequence[Run], word: str) -> Run:
    """Run by number, or the `last` that ran, whatever its as-of; raises `UsageError`."""
    by_id = {str(r.run_id): r for r in sorted(runs, key=lambda r: r.run_id)}
    if word == "last" and runs:
        return max(runs, key=lambda r: r.started_at)
    if word not in by_id:
        help = (
            f"runs are {', '.join(by_id)}"
            if len(by_id) <= 20
            else f"runs go to {max(r.run_id for r in runs)}, or say `last`"
        )
        raise UsageError(
            Diagnostic("SEG0609", f"no run `{word}`", help=help if by_id else "there is none yet: segdsl run")
        )
    return by_id[word]


def _earlier_runs(
    ledger: Ledger, prints: Mapping[str, str], source: str, clock: Clock
) -> tuple[Run | None, Run | None]:
    """(the run that this one repeats, the latest earlier run with any of its rules)."""
    runs = [r for r in ledger.runs() if r.source == source and set(prints) & set(r.fingerprints)]
    repeated = next((r for r in runs if r.as_of == clock.now and dict(r.fingerprints) == prints), None)
    before = [r for r in runs if r.as_of <= clock.now and r is not repeated]
    return repeated, before[-1] if before else None


def _moves(
    ledger: Ledger,
    evaluation: Evaluation,
    since: Run,
    now: Mapping[str, tuple[list[str], Path]],
    prints: Mapping[str, str],
) -> list[Move]:
    common = [r for r in evaluation.rules if r.name in since.fingerprints]
    moves = against(ledger, since, [r.name for r in common])
    if not moves:
        return []
    changes = history.changes_since(ledger, since.as_of, now)
    then = Clock(since.as_of, evaluation.clock.zone)
    return with_causes(
        evaluation.model, common, evaluation.engine, then, evaluation.clock, changes, moves, since, prints
    )


def _refuse_stale(tables: Sequence[TableReport], allow_stale: bool) -> None:
    """Raise `DataError` for stale tables unless `allow_stale`."""
    stale = [f for t in tables for f in t.findings if f.kind == "stale"]
    if stale and not allow_stale:
        raise DataError([Diagnostic("SEG0712", f"`{f.table}` is {f.message}", help=f.help) for f in stale])


def tables_of_run(run: Run | None) -> Mapping[str, Earlier] | None:
    """State of each table in a run."""
    return None if run is None else {t: Earlier(d["rows"], d["missing"]) for t, d in run.data.items()}


def _data(tables: Sequence[TableReport]) -> dict[str, Seen]:
    return {
        t.name: {"rows": t.rows, "newest": t.newest.isoformat() if t.newest else None, "missing": dict(t.missing)}
        for t in tables
    }


def _sizes(ledger: Ledger, rules: Sequence[Rule]) -> dict[str, dict[str, int]]:
    """Number of customers by arm, empty ones included, in the declared order; then by status without an arm."""
    counts = ledger.staged_sizes()
    sizes = {}
    for rule in rules:
        arms = [a.name for a in rule.all_arms] if isinstance(rule, Segmentation) else ["in", "out"]
        sizes[rule.name] = dict.fromkeys(arms, 0) | counts.get(rule.name, {})
    return sizes


def _assignments(
    rules: Sequence[Rule], frames: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[str, str, pd.DataFrame, str]]:
    """(entity, rule, rows, SQL of arm, status and the arm by today's data) for each rule."""
    for rule in rules:
        frame = frames[rule.entity]
        if isinstance(rule, Segment):
            part = frame[["entity_id", rule.name]].set_axis(["entity_id", "held"], axis=1)
            yield (
                rule.entity,
                rule.name,
                part,
                "NULL, CASE WHEN held THEN 'in' WHEN NOT held THEN 'out' ELSE 'unknown' END, NULL",
            )
        else:
            columns = ["entity_id", rule.name, f"{rule.name}_status", by_data_column(rule) or rule.name]
            part = frame[columns].set_axis(["entity_id", "arm", "status", "by_data"], axis=1)
            yield (
                rule.entity,
                rule.name,
                part,
                "CAST(arm AS VARCHAR), CAST(status AS VARCHAR), CAST(by_data AS VARCHAR)",
            )
