"""Evidence files: one JSON file an experiment, with its registration and results, bound to the meaning of the rules.

The file is kept in git: a reviewer of a promotion sees what was registered, and CI compares results and rules without
data.
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
"""Verdicts that show no outcome."""


@dataclass(frozen=True, slots=True)
class Registration:
    """Registration of an experiment.

    `fingerprint`: fingerprint of the declaration and of the rules that it compares.
    `on`: day of the first run.
    `shown`: a run has shown an outcome; until then the declaration may change.
    """

    fingerprint: str
    on: dt.date
    shown: bool = True


@dataclass(frozen=True)
class Evidence:
    """Content of one evidence file.

    `registered`: the registration.
    `results`: by candidate, the record of the report, with fingerprints of both rules and their surroundings at that
        time.
    """

    experiment: str
    registered: Registration
    results: Mapping[str, Mapping[str, Any]]


def meaning(model: Model, name: str) -> str:
    """Fingerprint of a segmentation, 16 hexadecimal digits: who goes where and gets which play, with all that decides
    it.
    """
    rule = model.segmentations[name]
    plays = [(a.name, a.play) for a in rule.all_arms]
    return hashlib.sha256(repr((fingerprint(model, rule), plays)).encode()).hexdigest()[:16]


def reads(model: Model, name: str) -> dict[str, str]:
    """Fingerprints of what a segmentation depends on outside the rules: 16 hexadecimal digits by declaration, and the
    time zone.
    """
    parts = surroundings(model, name)
    return {
        n: str(v) if n == TIME_ZONE else hashlib.sha256(repr(v).encode()).hexdigest()[:16] for n, v in parts.items()
    }


def registration(model: Model, e: Experiment) -> str:
    """Fingerprint of everything that decides the result, 16 hexadecimal digits; layout, titles and comments don't
    count.

    Designs that read the past are also bound to the declared schema; an assigned pilot records its places on entry
    instead.
    """
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
    also = (*_costs(model, e), *([str(e.as_if_run)] if e.as_if_run is not None else []))
    return hashlib.sha256(repr((*payload, *also)).encode()).hexdigest()[:16]


def _costs(model: Model, e: Experiment) -> tuple[tuple[str, float], ...]:
    """Costs of the arms' plays, by name, where costs set the margin."""
    if e.primary.margin is None or e.primary.margin.unit != "cost saved":
        return ()
    plays = {a.play for n in e.arms for a in model.segmentations[n].all_arms}
    return tuple((name, play.cost) for name, play in sorted(model.plays.items()) if name in plays)


def _asks_the_past(design: Design) -> bool:
    """Whether the declared schema belongs to the registration: not for an assigned pilot, which begins afterwards."""
    match design:
        case Assigned():
            return False
        case Backtest() | External() | Replay():
            return True
        case _:
            assert_never(design)


class _Record:
    """Part of a declaration in the spelling of fingerprints."""

    def __init__(self, name: str, **fields: object) -> None:
        self.name, self.fields = name, fields

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{n}={value!r}' for n, value in self.fields.items())})"


class _Layout(NamedTuple):
    """The fields of all four designs in the fixed order of fingerprints."""

    origins: tuple[dt.date, ...] = ()
    exposures: _Record | None = None
    log: _Record | None = None
    assigned: _Record | None = None
    looks: tuple[dt.date, ...] = ()
    any_day: bool = False
    at_most_units: int | None = None


def _layout(e: Experiment) -> _Layout:
    """Layout of a design. It stays the same however the classes change: otherwise all existing evidence would become
    exploratory.
    """
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
    """Read an evidence file, None without a file; raises `DataError` for a malformed file."""
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
    """Write the file atomically; raises `DataError`."""
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
    """Other experiments that have shown the same outcome in windows overlapping `first` to `until`. Raises `DataError`."""
    names = []
    for path in sorted((workspace.root / FOLDER).glob("*.json")):
        other = load(path) if path != path_of(workspace, e) else None
        if other is not None and any(
            _overlaps(record, e.primary.outcome, first, until) for record in other.results.values()
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
    """Whether the declaration has changed since its first run and a run has shown an outcome: the evidence is then
    exploratory.

    Raises `DataError`.
    """
    before = load(path_of(workspace, e))
    return before is not None and before.registered.shown and before.registered.fingerprint != registration(model, e)


def keep(workspace: Workspace, e: Experiment, records: Sequence[Mapping[str, Any]]) -> Path:
    """Write the results of all candidates with fingerprints of both rules; return the path.

    The registration remains that of the first run that showed an outcome.
    """
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
