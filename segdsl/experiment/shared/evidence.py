"""What was registered and what was found -> one JSON file an experiment, bound to the meaning of the rules.

The file is for git: whoever reviews a promotion sees what was asked before, and CI needs no data to hold it to the rules.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, assert_never

from segdsl.analyse.admissible import declared
from segdsl.data.files import DataError
from segdsl.diagnostics import Diagnostic
from segdsl.files import journal
from segdsl.ledger.fingerprint import fingerprint
from segdsl.model.dependencies import TIME_ZONE, surroundings
from segdsl.model.experiment import Assigned, Backtest, Design, Experiment, External, Replay
from segdsl.model.segment import Model
from segdsl.workspace.load import Workspace

FOLDER = "experiments/evidence"
SHOW_NOTHING = ("INVALID", "NOT ANSWERABLE")
"""Verdicts beside which no outcome stands."""


@dataclass(frozen=True, slots=True)
class Registration:
    """The fingerprint of what an experiment declares and of the rules it compares, the day it was first run, and whether a run has `shown` an
    outcome since: until then it may be declared otherwise."""

    fingerprint: str
    on: dt.date
    shown: bool = True


@dataclass(frozen=True)
class Evidence:
    """One file: what was registered, and by candidate what was found (the records of the report), with the fingerprints of
    both rules, and of what they read, at that time."""

    experiment: str
    registered: Registration
    found: Mapping[str, Mapping[str, Any]]


def meaning(model: Model, name: str) -> str:
    """16 hexadecimal digits over whom a segmentation puts where and what they get: all it reaches, and the plays of its arms."""
    rule = model.segmentations[name]
    plays = [(a.name, a.play) for a in rule.all_arms]
    return hashlib.sha256(repr((fingerprint(model, rule), plays)).encode()).hexdigest()[:16]


def reads(model: Model, name: str) -> dict[str, str]:
    """What a segmentation depends on beside the rules: of each declaration that it reaches 16 hexadecimal digits, and the time zone of its days."""
    parts = surroundings(model, name)
    return {
        n: str(v) if n == TIME_ZONE else hashlib.sha256(repr(v).encode()).hexdigest()[:16] for n, v in parts.items()
    }


def registration(model: Model, e: Experiment) -> str:
    """16 hexadecimal digits over all that decides: layout, titles and comments apart. Whatever looks into the past is bound to what the data is
    declared to be, too; a pilot of our own writes down where everybody was when it entered."""
    rules = [meaning(model, n) for n in e.arms]
    measures = [(m, model.definition(m.outcome)) for m in e.measures]
    d, a = _layout(e), e.analysis
    basics = (
        e.incumbent,
        e.candidates,
        rules,
        measures,
        d.origins,
        e.cluster,
        e.alpha,
        e.power,
        e.reported_days,
        d.exposures,
    )
    optional = (d.log, d.assigned, d.looks, d.any_day, a.adjust, a.winsorise, a.delivery, d.at_most_units)
    past = declared(model, [*e.arms, *(m.outcome for m in e.measures)]) if _asks_the_past(e.design) else None
    names = (a.adjust, a.delivery, *(m.per for m in e.measures))
    metrics = [model.definition(n) for n in names if n is not None]
    payload: tuple[object, ...] = (basics, past)
    if any(optional):
        payload = (basics, optional, metrics) if past is None else (basics, optional, metrics, past)
    return hashlib.sha256(repr((*payload, *_costs(model, e))).encode()).hexdigest()[:16]


def _costs(model: Model, e: Experiment) -> tuple[tuple[str, float], ...]:
    """What the plays of the arms cost, by name, where that sets the margin."""
    if e.primary.margin is None or e.primary.margin.unit != "cost saved":
        return ()
    plays = {a.play for n in e.arms for a in model.segmentations[n].all_arms}
    return tuple((name, play.cost) for name, play in sorted(model.plays.items()) if name in plays)


def _asks_the_past(design: Design) -> bool:
    """Whether what the data is declared to be belongs to the registration: a pilot of our own begins after it."""
    match design:
        case Assigned():
            return False
        case Backtest() | External() | Replay():
            return True
        case _:
            assert_never(design)


class _Record:
    """A part of a declaration as fingerprints spell it."""

    def __init__(self, name: str, **fields: object) -> None:
        self.name, self.fields = name, fields

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{n}={value!r}' for n, value in self.fields.items())})"


class _Layout(NamedTuple):
    """What the four designs declare, side by side, as fingerprints have always had it."""

    origins: tuple[dt.date, ...] = ()
    exposures: _Record | None = None
    log: _Record | None = None
    assigned: _Record | None = None
    looks: tuple[dt.date, ...] = ()
    any_day: bool = False
    at_most_units: int | None = None


def _layout(e: Experiment) -> _Layout:
    """Whatever the classes of designs become, their layout stays: else every file of evidence there is would be exploratory."""
    match e.design:
        case Backtest() as d:
            return _Layout(origins=d.origins)
        case External() as d:
            return _Layout(
                exposures=_Record("Exposures", incumbent=d.incumbent, candidate=d.candidate, share=d.share, at=d.at)
            )
        case Replay() as d:
            return _Layout(
                log=_Record(
                    "Log", play=d.play, probability=d.probability, days=d.days, rows=d.rows, chosen_on=d.chosen_on
                )
            )
        case Assigned() as d:
            assigned = _Record(
                "Assigned",
                seed=d.seed,
                starts=d.starts,
                until=d.until,
                hashed_like=d.hashed_like,
                holdout=d.holdout,
                layer=d.layer,
            )
            return _Layout(assigned=assigned, looks=d.looks, any_day=d.any_day, at_most_units=e.at_most_units)
        case _:
            assert_never(e.design)


def path_of(workspace: Workspace, e: Experiment) -> Path:
    return workspace.root / FOLDER / f"{e.name}.json"


def load(path: Path) -> Evidence | None:
    """None where there is none; raises `DataError` for a file that is none."""
    if not path.is_file():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        registered = Registration(
            str(record["registered"]["fingerprint"]),
            dt.date.fromisoformat(record["registered"]["on"]),
            record["registered"].get("shown", True) is not False,
        )
        return Evidence(str(record["experiment"]), registered, dict(record["candidates"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        help = "bring it back from git, or delete it and run the experiment anew: it is then registered anew"
        raise DataError(Diagnostic("SEG0618", f"{path} is no evidence of an experiment: {error}", help=help)) from None


def save(root: Path, path: Path, registered: Registration, name: str, results: Mapping[str, Mapping[str, Any]]) -> None:
    """Whole or not at all; raises `DataError`."""
    record = {
        "schema_version": 1,
        "experiment": name,
        "registered": {
            "fingerprint": registered.fingerprint,
            "on": registered.on.isoformat(),
            "shown": registered.shown,
        },
        "candidates": results,
    }
    try:
        text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        journal.change(root, {path: text.encode()})
    except OSError as error:
        message = f"{path} can't be written: {error.strerror or error}"
        raise DataError(Diagnostic("SEG0707", message, help="it is as it was")) from None


def earlier(workspace: Workspace, e: Experiment, first: dt.date, until: dt.date) -> tuple[str, ...]:
    """Other backtests that have shown what became of the same outcome between two days. Raises `DataError`."""
    names = []
    for path in sorted((workspace.root / FOLDER).glob("*.json")):
        other = load(path) if path != path_of(workspace, e) else None
        if other is not None and any(
            _overlaps(record, e.primary.outcome, first, until) for record in other.found.values()
        ):
            names.append(other.experiment)
    return tuple(names)


def _overlaps(record: Mapping[str, Any], outcome: str, first: dt.date, until: dt.date) -> bool:
    if not record.get("origins") or not record.get("primary") or record["primary"].get("outcome") != outcome:
        return False
    return dt.date.fromisoformat(record["origins"][0]) < until and first < dt.date.fromisoformat(
        record["outcomes_until"]
    )


def is_changed(workspace: Workspace, model: Model, e: Experiment) -> bool:
    """Whether it was declared otherwise when it was first run and has shown an outcome since: it is exploratory then. Raises `DataError`."""
    before = load(path_of(workspace, e))
    return before is not None and before.registered.shown and before.registered.fingerprint != registration(model, e)


def keep(workspace: Workspace, e: Experiment, records: Sequence[Mapping[str, Any]]) -> Path:
    """Writes what was found of each candidate, with the meaning of both rules and of what they read; the registration stays that of the first run that showed an
    outcome."""
    model, path = workspace.model, path_of(workspace, e)
    before, fingerprint_now = load(path), registration(model, e)
    shown = any(record["verdict"] not in SHOW_NOTHING for record in records)
    if before is None:
        registered = Registration(fingerprint_now, dt.date.today(), shown)
    elif before.registered.shown or before.registered.fingerprint == fingerprint_now:
        registered = replace(before.registered, shown=before.registered.shown or shown)
    else:
        registered = Registration(fingerprint_now, dt.date.today(), shown)
    results = {}
    for record in records:
        candidate = str(record["candidate"])
        both = (e.incumbent, candidate)
        results[candidate] = {
            **record,
            "meaning": {n: meaning(model, n) for n in both},
            "reads": {n: reads(model, n) for n in both},
        }
    save(workspace.root, path, registered, e.name, results)
    return path
