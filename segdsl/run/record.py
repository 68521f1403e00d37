"""A run that is remembered: assignments and history in the ledger, and the output files with them or not at all."""

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
from segdsl.ledger.store import Border, Ledger, Run
from segdsl.model.clock import Clock, to_utc
from segdsl.model.dependencies import of_rules
from segdsl.model.segment import Rule, Segment, Segmentation
from segdsl.run.borders import borders
from segdsl.run.causes import conditions, told, values_now
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import chosen_rules, evaluated, finished
from segdsl.run.evaluation import Evaluated, Result
from segdsl.run.output import stage, targets, write, write_aside
from segdsl.version import __version__
from segdsl.workspace.inputs import refuse_over_inputs
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Kept:
    """A finished run. `since` is the run that its moves are counted from; both are None without a ledger.

    `put_in_place` are files of an interrupted run before this one.
    """

    result: Result
    files: tuple[Path, ...]
    run: Run | None = None
    since: Run | None = None
    moves: tuple[Move, ...] = ()
    put_in_place: tuple[str, ...] = ()
    borders: tuple[Border, ...] = ()


def run_and_keep(
    workspace: Workspace,
    names: Sequence[str],
    as_of: dt.date | dt.datetime | str | None,
    source: str | None,
    output: Path | None,
    explain_unknown: bool = False,
    ledger: Path | None = None,
    allow_stale: bool = False,
) -> Kept:
    """Evaluates rules, keeps the run in the ledger, and publishes its files with it. Without a ledger it only publishes.

    Raises `UsageError`, `DataError` (also for stale data), `LedgerError`, `CannotWrite`, and `Refusal` for an output over what is read; then nothing is published.
    """
    if output is not None:
        entities = list(dict.fromkeys(r.entity for r in chosen_rules(workspace.model, names)))
        refuse_over_inputs(workspace, targets(entities, output).values())
    done = evaluated(workspace, names, as_of, source, explain_unknown)
    if ledger is None:
        result = finished(done, None)
        _refuse_stale(result.tables, allow_stale)
        drawn = borders(done)
        return Kept(result, tuple(write(result.frames, output)) if output is not None else (), borders=drawn)
    with Ledger.to_write(ledger, workspace.root, done.engine.exports) as opened:
        return _keep(opened, done, source or "default", output, allow_stale)


def _keep(ledger: Ledger, done: Evaluated, source: str, output: Path | None, allow_stale: bool) -> Kept:
    interrupted = ledger.settle()
    prints = {r.name: fingerprint(done.model, r) for r in done.rules}
    repeated, since = _earlier_runs(ledger, prints, source, done.clock)
    result = finished(done, seen(since))
    _refuse_stale(result.tables, allow_stale)
    drawn = borders(done)
    now = values_now(done.model, done.engine, of_rules(done.model, done.rules).columns)
    ledger.stage(_assignments(done.rules, result.frames))
    found = _moves(ledger, done, since, now, prints) if since is not None else []
    staged = stage(list(result.frames), output) if output is not None else {}
    files = tuple(targets(list(result.frames), output).values()) if output is not None else ()
    newest = max((r.as_of for r in ledger.runs() if r.source == source and r.keeps_history), default=done.clock.now)
    run = Run(
        repeated.run_id if repeated else ledger.next_id(),
        done.clock.now,
        done.clock.zone.key,
        source,
        to_utc(dt.datetime.now(dt.UTC), done.clock.zone),
        prints,
        {r.name: list(conditions(r)) for r in done.rules},
        _sizes(ledger, done.rules),
        _data(result.tables),
        done.engine.version,
        __version__,
        tuple(map(str, files)),
        done.clock.now >= newest and not _ahead(done.clock),
    )
    ledger.intend(list(staged.values()))
    try:
        write_aside(result.frames, staged)
        with ledger.transaction():
            if repeated is not None:
                ledger.forget(repeated.run_id)
            ledger.add(run)
            ledger.keep_borders(run.run_id, drawn)
            if since is not None:
                record(ledger, run.run_id, since.run_id, found)
            if run.keeps_history:
                for entity, (fields, path) in now.items():
                    history.keep(ledger, entity, fields, path, run.as_of)
            ledger.keep_publications()
    finally:
        ledger.settle()
    return Kept(result, files, run, since, tuple(found), interrupted, drawn)


def _ahead(clock: Clock) -> bool:
    """Whether as-of lies after tomorrow: what is known today isn't what will be known then."""
    return clock.today > dt.datetime.now(clock.zone).date() + dt.timedelta(days=1)


def take_out(root: Path, path: Path, word: str) -> Run:
    """Takes a mistaken run out of the ledger, by its number or `last`, with the history that it wrote, in one transaction.

    Raises `UsageError` where there is none, and where later runs' history stands on its own.
    """
    with Ledger.to_write(path, root, path.parent) as ledger:
        ledger.settle()
        runs = ledger.runs()
        run = chosen(runs, word)
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


def chosen(found: Sequence[Run], word: str) -> Run:
    """The run of a number, or the `last`; raises `UsageError`."""
    by_id = {str(r.run_id): r for r in found}
    if word == "last" and found:
        return found[-1]
    if word not in by_id:
        help = f"runs are {', '.join(by_id)}" if len(by_id) <= 20 else f"runs go to {found[-1].run_id}, or say `last`"
        raise UsageError(
            Diagnostic("SEG0609", f"no run `{word}`", help=help if by_id else "there is none yet: segdsl run")
        )
    return by_id[word]


def _earlier_runs(
    ledger: Ledger, prints: Mapping[str, str], source: str, clock: Clock
) -> tuple[Run | None, Run | None]:
    """The run that this one repeats, and the last before it that knew any of its rules."""
    runs = [r for r in ledger.runs() if r.source == source and set(prints) & set(r.fingerprints)]
    repeated = next((r for r in runs if r.as_of == clock.now and dict(r.fingerprints) == prints), None)
    before = [r for r in runs if r.as_of <= clock.now and r is not repeated]
    return repeated, before[-1] if before else None


def _moves(
    ledger: Ledger, done: Evaluated, since: Run, now: Mapping[str, tuple[list[str], Path]], prints: Mapping[str, str]
) -> list[Move]:
    common = [r for r in done.rules if r.name in since.fingerprints]
    moved = against(ledger, since, [r.name for r in common])
    if not moved:
        return []
    changed = history.changes_since(ledger, since.as_of, now)
    then = Clock(since.as_of, done.clock.zone)
    return told(done.model, common, done.engine, then, done.clock, changed, moved, since, prints)


def _refuse_stale(tables: Sequence[TableReport], allowed: bool) -> None:
    stale = [f for t in tables for f in t.findings if f.kind == "stale"]
    if stale and not allowed:
        raise DataError([Diagnostic("SEG0712", f"`{f.table}` is {f.message}", help=f.help) for f in stale])


def seen(run: Run | None) -> Mapping[str, Earlier] | None:
    """What a run saw of each table."""
    return None if run is None else {t: Earlier(d["rows"], d["missing"]) for t, d in run.data.items()}


def _data(tables: Sequence[TableReport]) -> dict[str, dict[str, object]]:
    return {
        t.name: {"rows": t.rows, "newest": t.newest.isoformat() if t.newest else None, "missing": dict(t.missing)}
        for t in tables
    }


def _sizes(ledger: Ledger, rules: Sequence[Rule]) -> dict[str, dict[str, int]]:
    """How many customers each rule has in each arm, or of each status where there is no arm; as they are declared."""
    found = ledger.staged_sizes()
    sizes = {}
    for rule in rules:
        own = found.get(rule.name, {})
        arms = [a.name for a in rule.all_arms] if isinstance(rule, Segmentation) else ["in", "out"]
        sizes[rule.name] = {place: own[place] for place in dict.fromkeys([*arms, *own]) if place in own}
    return sizes


def _assignments(
    rules: Sequence[Rule], frames: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[str, str, pd.DataFrame, str]]:
    """Each rule's rows, and SQL of their arm and status."""
    for rule in rules:
        frame = frames[rule.entity]
        if isinstance(rule, Segment):
            part = frame[["entity_id", rule.name]].set_axis(["entity_id", "held"], axis=1)
            yield (
                rule.entity,
                rule.name,
                part,
                "NULL, CASE WHEN held THEN 'in' WHEN NOT held THEN 'out' ELSE 'unknown' END",
            )
        else:
            columns = ["entity_id", rule.name, f"{rule.name}_status"]
            part = frame[columns].set_axis(["entity_id", "arm", "status"], axis=1)
            yield rule.entity, rule.name, part, "CAST(arm AS VARCHAR), CAST(status AS VARCHAR)"
