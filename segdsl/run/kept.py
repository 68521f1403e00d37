"""A run that is remembered: assignments and history in the ledger, and the output files with them or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from segdsl.data.contract import Earlier, TableReport
from segdsl.data.files import DataError
from segdsl.diagnostics import Diagnostic
from segdsl.ledger import history
from segdsl.ledger.fingerprint import fingerprint
from segdsl.ledger.moves import Move, record
from segdsl.ledger.store import Ledger, Run
from segdsl.model.clock import Clock, to_utc
from segdsl.reads import of_rules
from segdsl.run import Evaluated, Result, Rule, evaluated, finished
from segdsl.run.causes import Places, conditions, moves, places, values_now
from segdsl.run.output import stage, targets, write, write_aside
from segdsl.version import __version__
from segdsl.workspace import Workspace

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

    Raises `UsageError`, `DataError` (also for stale data), `LedgerError` and `CannotWrite`; then nothing is published.
    """
    done = evaluated(workspace, names, as_of, source, explain_unknown)
    if ledger is None:
        result = finished(done, None)
        _refuse_stale(result.tables, allow_stale)
        return Kept(result, tuple(write(result.frames, output)) if output is not None else ())
    with Ledger.to_write(ledger) as opened:
        return _keep(opened, workspace, done, source or "default", output, allow_stale)


def _keep(
    ledger: Ledger, workspace: Workspace, done: Evaluated, source: str, output: Path | None, allow_stale: bool
) -> Kept:
    model, clock = done.model, done.clock
    interrupted = ledger.settle()
    prints = {r.name: fingerprint(model, r) for r in done.rules}
    runs = [r for r in ledger.runs() if r.source == source and set(prints) & set(r.fingerprints)]
    repeated = next((r for r in runs if r.as_of == clock.now and dict(r.fingerprints) == prints), None)
    before = [r for r in runs if r.as_of <= clock.now and r is not repeated]
    since = before[-1] if before else None
    result = finished(done, _seen(since))
    _refuse_stale(result.tables, allow_stale)
    newest = max((r.as_of for r in ledger.runs() if r.source == source), default=clock.now)
    keeps_history = clock.now >= newest
    read = of_rules(model, done.rules)
    now = values_now(model, done.engine, read)
    new = places(done.rules, done.frames)
    found: list[Move] = []
    if since is not None:
        then = Clock(since.as_of, clock.zone)
        changed = history.changes_since(ledger, since.as_of, now)
        common = [r for r in done.rules if r.name in since.fingerprints]
        both = {who: place for who, place in new.items() if who[0] in since.fingerprints}
        found = moves(model, common, done.engine, then, clock, changed, _places(ledger, since), both, since.conditions)
    staged = stage(list(result.frames), output) if output is not None else {}
    files = tuple(targets(list(result.frames), output).values()) if output is not None else ()
    run = Run(
        repeated.run_id if repeated else ledger.next_id(), clock.now, clock.zone.key, source, to_utc(dt.datetime.now(dt.UTC), clock.zone),
        prints, {r.name: list(conditions(r)) for r in done.rules}, sizes(done.rules, new), _data(result.tables), f"duckdb {_engine_version()}", __version__, tuple(map(str, files)), keeps_history,
    )  # fmt: skip
    ledger.intend(list(staged.values()))
    try:
        write_aside(result.frames, staged)
        with ledger.transaction():
            if repeated is not None:
                ledger.forget(repeated.run_id)
            ledger.add(run)
            _assign(ledger, run.run_id, done.rules, result.frames)
            if since is not None:
                record(ledger, run.run_id, since.run_id, found)
            if keeps_history:
                for entity, (fields, path) in now.items():
                    history.keep(ledger, entity, fields, path, clock.now)
            ledger.keep_publications()
    finally:
        ledger.settle()
    return Kept(result, files, run, since, tuple(found), interrupted)


def _refuse_stale(tables: Sequence[TableReport], allowed: bool) -> None:
    stale = [f for t in tables for f in t.findings if f.kind == "stale"]
    if stale and not allowed:
        raise DataError([Diagnostic("SEG0712", f"`{f.table}` is {f.message}", help=f.help) for f in stale])


def _seen(run: Run | None) -> Mapping[str, Earlier] | None:
    return None if run is None else {t: Earlier(d["rows"], d["missing"]) for t, d in run.data.items()}


def _data(tables: Sequence[TableReport]) -> dict[str, dict[str, object]]:
    return {
        t.name: {"rows": t.rows, "newest": t.newest.isoformat() if t.newest else None, "missing": dict(t.missing)}
        for t in tables
    }


def sizes(rules: Sequence[Rule], where: Places) -> dict[str, dict[str, int]]:
    """How many customers each rule has in each arm, or of each status where there is no arm."""
    counts: dict[str, dict[str, int]] = {r.name: {} for r in rules}
    for (rule, _), (arm, status) in where.items():
        place = arm or status or ""
        counts[rule][place] = counts[rule].get(place, 0) + 1
    return counts


def _places(ledger: Ledger, run: Run) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    rows = ledger.rows("SELECT segmentation, entity_id, arm, status FROM assignments WHERE run_id = ?", [run.run_id])
    return {(rule, key): (arm, status) for rule, key, arm, status in rows}


def _assign(ledger: Ledger, run_id: int, rules: Sequence[Rule], frames: Mapping[str, pd.DataFrame]) -> None:
    from segdsl.model.segment import Segment

    for rule in rules:
        frame = frames[rule.entity]
        if isinstance(rule, Segment):
            part = frame[["entity_id", rule.name]].set_axis(["entity_id", "held"], axis=1)
            values = "NULL, CASE WHEN held THEN 'in' WHEN NOT held THEN 'out' ELSE 'unknown' END"
        else:
            part = frame[["entity_id", rule.name, f"{rule.name}_status"]].set_axis(
                ["entity_id", "arm", "status"], axis=1
            )
            values = "CAST(arm AS VARCHAR), CAST(status AS VARCHAR)"
        ledger.con.register("assigned", part)
        ledger.con.execute(
            f"INSERT INTO assignments SELECT ?, ?, CAST(entity_id AS VARCHAR), ?, {values} FROM assigned",
            [run_id, rule.entity, rule.name],
        )
        ledger.con.unregister("assigned")


def _engine_version() -> str:
    import duckdb

    return str(duckdb.__version__)
