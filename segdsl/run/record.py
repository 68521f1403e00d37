"""Recorded runs: assignments and history go into the ledger together with the output files, or not at all."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from segdsl.data.contract import Earlier, TableReport
from segdsl.data.sql_text import text
from segdsl.diagnostics import Diagnostic
from segdsl.ledger import assignments, history
from segdsl.ledger.fingerprint import fingerprint
from segdsl.ledger.moves import Told, Way, record
from segdsl.ledger.recorded import Recorded
from segdsl.ledger.store import Border, Ledger, LedgerError, Run, Seen
from segdsl.model.clock import Clock, to_utc
from segdsl.model.dependencies import of_rules
from segdsl.model.segment import Segmentation
from segdsl.run.assigned import Assigned, assign_source
from segdsl.run.borders import borders
from segdsl.run.causes import conditions, values_now, with_causes
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import chosen_rules, clock_for
from segdsl.run.freshness import refuse_stale
from segdsl.run.output import stage, targets, write, write_aside
from segdsl.run.result import Result, result_of
from segdsl.version import __version__
from segdsl.workspace.inputs import refuse_over_inputs
from segdsl.workspace.load import Workspace


@dataclass(frozen=True)
class RecordedRun:
    """A finished run.

    `run`: its entry in the ledger; None without a ledger.
    `since`: the earlier run from which moves are counted, the commonest way first.
    `put_in_place`: files of an interrupted earlier run that were completed.
    """

    result: Result
    files: tuple[Path, ...]
    run: Run | None = None
    since: Run | None = None
    moves: tuple[Way, ...] = ()
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
    assigned = assign_source(workspace, names, as_of, source, explain_unknown)
    if ledger is None:
        result = result_of(assigned, None)
        refuse_stale(result.findings, allow_stale)
        drawn = borders(assigned)
        return RecordedRun(result, tuple(write(assigned.tables, output)) if output is not None else (), borders=drawn)
    with Ledger.to_write(ledger, workspace.root, assigned.engine.exports) as opened:
        return _record_run(opened, assigned, source or "default", output, allow_stale)


def _record_run(ledger: Ledger, assigned: Assigned, source: str, output: Path | None, allow_stale: bool) -> RecordedRun:
    interrupted = ledger.settle()
    _refuse_outdated(ledger, assigned)
    fingerprints = {r.name: fingerprint(assigned.model, r) for r in assigned.rules}
    repeated, since = _earlier_runs(ledger, fingerprints, source, assigned.clock)
    result = result_of(assigned, tables_of_run(since))
    refuse_stale(result.findings, allow_stale)
    found_borders = borders(assigned)
    now = values_now(assigned.model, assigned.engine, of_rules(assigned.model, assigned.rules).columns)
    numbers = assignments.Numbers.of(ledger)
    rows = [_stage(ledger, assigned, source, entity, numbers) for entity in assigned.tables]
    told = _moves(ledger, assigned, since, now, fingerprints, rows, numbers) if since is not None else None
    staged = stage(list(assigned.tables), output) if output is not None else {}
    files = tuple(targets(list(assigned.tables), output).values()) if output is not None else ()
    newest = max((r.as_of for r in ledger.runs() if r.source == source and r.keeps_history), default=assigned.clock.now)
    run = Run(
        run_id=repeated.run_id if repeated else ledger.next_id(),
        as_of=assigned.clock.now,
        zone=assigned.clock.zone.key,
        source=source,
        started_at=to_utc(dt.datetime.now(dt.UTC), assigned.clock.zone),
        fingerprints=fingerprints,
        conditions={r.name: list(conditions(r)) for r in assigned.rules},
        sizes=_sizes(assigned),
        data=_data(result.tables),
        engine=assigned.engine.version,
        version=__version__,
        files=tuple(map(str, files)),
        keeps_history=assigned.clock.now >= newest and not _ahead(assigned.clock),
        published=ledger.next_published(),
    )
    ledger.intend(list(staged.values()))
    try:
        write_aside(assigned.tables, staged)
        with ledger.transaction():
            if repeated is not None:
                ledger.forget([repeated.run_id])
            ledger.add(run)
            assignments.write(ledger, run, rows, numbers)
            if repeated is not None:
                assignments.sweep(ledger, source)
            ledger.keep_borders(run.run_id, found_borders)
            if since is not None and told is not None:
                record(ledger, run.run_id, since.run_id, told)
            if run.keeps_history:
                for entity, (fields, path) in now.items():
                    history.keep(ledger, entity, fields, path, run.as_of)
            ledger.keep_publications()
    finally:
        ledger.settle()
    return RecordedRun(result, files, run, since, told.ways if told is not None else (), interrupted, found_borders)


def _refuse_outdated(ledger: Ledger, assigned: Assigned) -> None:
    """Raise `LedgerError` where another run was recorded since this one read the runs before it."""
    read = of_rules(assigned.model, assigned.rules).columns
    for recorded in (assigned.model.schema.relations[name].recorded for name in read):
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
            ledger.forget([run.run_id])
            assignments.sweep(ledger, run.source)
            if run.keeps_history and all(r.as_of != run.as_of for r in others):
                history.take_back(ledger, run.as_of)
    return run


def prune(root: Path, path: Path, zone: ZoneInfo, keep: int | None, before: str | None) -> tuple[int, int]:
    """Remove runs as of days before one, or all of a source but the latest `keep`; returns how many went and how many are left.

    What only they remember goes with them: assignments, moves, and the history of fields before the first run that is left. Raises
    `UsageError` for a day that is none.
    """
    with Ledger.to_write(path, root, path.parent) as ledger:
        ledger.settle()
        runs = ledger.runs()
        border = None if before is None else clock_for(zone, before).now
        by_source: dict[str, list[Run]] = {}
        for run in runs:
            by_source.setdefault(run.source, []).append(run)
        gone = [
            r
            for own in by_source.values()
            for i, r in enumerate(reversed(own))
            if (border is not None and r.as_of < border) or (keep is not None and i >= keep)
        ]
        left = [r for r in runs if r not in gone]
        if gone:
            with ledger.transaction():
                ledger.forget([r.run_id for r in gone])
                for source in by_source:
                    assignments.sweep(ledger, source)
                history.forget_before(ledger, min((r.as_of for r in left), default=dt.datetime.max))
    return len(gone), len(left)


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


def _stage(
    ledger: Ledger, assigned: Assigned, source: str, entity: str, numbers: assignments.Numbers
) -> assignments.Staged:
    """The assignments of an entity, compared with those of the run published last."""
    table = assigned.tables[entity]
    by_rule = {
        r.name: {w: numbers.number(w) for p in assigned.places[r.name] for w in [(p.arm, p.status, p.by_data)]}
        for r in table.rules
    }
    file = table.numbered(by_rule, f"assigned {entity}")
    return assignments.stage(ledger, source, entity, [r.name for r in table.rules], file)


def _moves(
    ledger: Ledger,
    assigned: Assigned,
    since: Run,
    now: Mapping[str, tuple[list[str], Path]],
    prints: Mapping[str, str],
    rows: Sequence[assignments.Staged],
    numbers: assignments.Numbers,
) -> Told | None:
    """Moves since an earlier run, with their causes; None without any."""
    common = [r for r in assigned.rules if r.name in since.fingerprints]
    moved = assignments.make_moves(ledger, since, [r.name for r in common], rows, numbers)
    file = assigned.engine.exports / "moved.parquet"
    ((count,),) = ledger.rows(f"COPY (SELECT * FROM {moved}) TO {text(str(file))} (FORMAT parquet)")
    if not count:
        return None
    changes = history.changes_since(ledger, since.as_of, now)
    then = Clock(since.as_of, assigned.clock.zone)
    meaning = {code: where for where, code in numbers.known.items()}
    return with_causes(assigned, common, then, changes, file, meaning, since, prints)


def tables_of_run(run: Run | None) -> Mapping[str, Earlier] | None:
    """State of each table in a run."""
    return None if run is None else {t: Earlier(d["rows"], d["missing"]) for t, d in run.data.items()}


def _data(tables: Sequence[TableReport]) -> dict[str, Seen]:
    return {
        t.name: {"rows": t.rows, "newest": t.newest.isoformat() if t.newest else None, "missing": dict(t.missing)}
        for t in tables
    }


def _sizes(assigned: Assigned) -> dict[str, dict[str, int]]:
    """Number of customers by arm, empty ones included, in the declared order; then by status without an arm."""
    sizes = {}
    for rule in assigned.rules:
        arms = [a.name for a in rule.all_arms] if isinstance(rule, Segmentation) else ["in", "out"]
        counts: Counter[str] = Counter()
        for p in assigned.places[rule.name]:
            counts[p.name] += p.count
        sizes[rule.name] = dict.fromkeys(arms, 0) | {name: counts[name] for name in sorted(counts)}
    return sizes
