"""Gate of promotions: what speaks against a candidate, and live rules that changed without a record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, assert_never

from segdsl.diagnostics import Diagnostic, printable
from segdsl.experiment.pilot import exposures
from segdsl.experiment.shared import evidence, exposure
from segdsl.lint.checks import checked
from segdsl.model.dependencies import TIME_ZONE
from segdsl.model.experiment import Assigned, Backtest, Experiment, External, Replay
from segdsl.model.segment import Model
from segdsl.promotion.record import Record
from segdsl.run.errors import UsageError
from segdsl.testing.suite import suite
from segdsl.workspace.load import BrokenWorkspace, Workspace


@dataclass(frozen=True)
class Standing:
    """State of a candidate's evidence.

    `result`: record of its best experiment.
    `against`: remaining objections, in words.
    """

    experiment: Experiment | None
    result: Mapping[str, Any]
    against: tuple[str, ...]


def pair(model: Model, name: str) -> tuple[str, str]:
    """(incumbent, candidate) for a candidate's name, or an experiment with one candidate; raises `UsageError`."""
    experiment = model.experiments.get(name)
    candidate = ""
    if name in model.segmentations:
        candidate = name
    elif experiment is not None and len(experiment.candidates) == 1:
        candidate = experiment.candidates[0]
    if not candidate:
        known = [n for n, s in model.segmentations.items() if s.candidate_of is not None]
        help = (
            f"candidates are {', '.join(f'`{n}`' for n in known)}"
            if known
            else "there is no candidate: declare one with `candidate of`"
        )
        raise UsageError(Diagnostic("SEG0620", f"`{name}` is no candidate", help=help))
    incumbent = model.segmentations[candidate].candidate_of or next(
        (e.incumbent for e in model.experiments.values() if candidate in e.candidates), None
    )
    if incumbent is None:
        help = f"write `candidate of …` after the name of `{candidate}`"
        raise UsageError(Diagnostic("SEG0620", f"`{candidate}` is no candidate of anything", help=help))
    return incumbent, candidate


def standing(workspace: Workspace, incumbent: str, candidate: str) -> Standing:
    """State of the evidence, from the evidence files."""
    standings: list[Standing] = []
    for e in workspace.model.experiments.values():
        if candidate in e.candidates and e.incumbent == incumbent:
            file = evidence.load(evidence.path_of(workspace, e))
            result = (file.results.get(candidate) if file is not None else None) or {}
            standings.append(Standing(e, result, tuple(_against(workspace.model, e, candidate, file, result))))
    if not standings:
        return Standing(None, {}, (f"no experiment compares `{candidate}` with `{incumbent}`",))
    return min(standings, key=lambda s: len(s.against))


def _against(
    model: Model, e: Experiment, candidate: str, file: evidence.Evidence | None, result: Mapping[str, Any]
) -> Iterator[str]:
    if file is None or not result:
        yield f"`{e.name}` has not been run: `segdsl experiment run {e.name}`"
        return
    then, read = result.get("meaning", {}), result.get("reads", {})
    for name in (e.incumbent, candidate):
        if not isinstance(then, dict) or then.get(name) != evidence.meaning(model, name):
            yield f"`{name}` has changed since `{e.name}` was run: run it again"
        elif not isinstance(read, dict) or read.get(name) != evidence.reads(model, name):
            yield f"what `{name}` reads is declared otherwise than when `{e.name}` was run: run it again"
    if file.registered.fingerprint != evidence.registration(model, e):
        yield (
            f"`{e.name}` was declared otherwise when it was first run, on {file.registered.on}: it is exploratory. "
            "Declare it under a new name"
        )
    verdict = str(result.get("verdict", ""))
    if verdict == "PROMOTE TO PILOT":
        yield (
            f"`{e.name}` says PROMOTE TO PILOT: `{candidate}` predicts better, but it gives customers other plays, "
            "and whether these work only a pilot can tell"
        )
    elif verdict != "PROMOTE":
        yield f"`{e.name}` says {verdict}: {result.get('sentence', '')}"
    for play in result.get("plays", ()):
        if play.get("over"):
            yield f"`{play['play']}` has room for {play['capacity']}, and {play['candidate']:,} would get it"


def rules_hold(after: Workspace | BrokenWorkspace) -> Iterator[str]:
    """Objections of the rules and tests to a change, once it is made."""
    errors = [d for d in checked(after) if d.severity == "error"]
    for d in errors[:5]:
        yield f"{d.place[0]}:{d.place[1]}: {d.message}"
    if errors or isinstance(after, BrokenWorkspace):
        return
    report = suite.run(suite.suite_of(after))
    for r in report.results:
        if r.status != "passed":
            yield f'test "{r.title}" fails'
    for problem in report.problems:
        yield problem.message


# -- in CI ----------------------------------------------------------------------------


@dataclass(frozen=True)
class LiveChange:
    """A live segmentation that differs from its last record, or from the base where `since` is None.

    `what`: "meaning" has changed; it is "gone" or no longer live; it is "back" after being retired; or it "reads" what is
        declared differently.
    `reads`: what is declared differently, where that changes the meaning too.
    """

    segmentation: str
    since: Record | None
    what: Literal["meaning", "gone", "back", "reads"]
    reads: tuple[str, ...] = ()

    def message(self, base: str) -> str:
        """The change as one line."""
        since = f"its record of {self.since.on} ({printable(self.since.file)})" if self.since else f"in {base}"
        names = ", ".join(f"`{n}`" if n != TIME_ZONE else f"the {n}" for n in self.reads)
        match self.what:
            case "meaning":
                why = f"; what it reads is declared otherwise: {names}" if names else ""
                return f"`{self.segmentation}` means something else than {since}{why}"
            case "gone":
                return f"`{self.segmentation}` is gone, or live no longer: it was live {'by ' if self.since else ''}{since}"
            case "back":
                return f"`{self.segmentation}` is live again, and was retired by {since}"
            case "reads":
                return f"`{self.segmentation}` reads what is declared otherwise than {since}: {names}"


def unrecorded_changes(model: Model, records: Sequence[Record], base: Model | None) -> list[LiveChange]:
    """Live segmentations that differ from their last record, or without one from `base`."""
    now, then = _live(model), _live(base) if base is not None else {}
    latest = {r.segmentation: r for r in records}
    changes = []
    for name in dict.fromkeys([*now, *latest, *then]):
        record, before = latest.get(name), then.get(name)
        if record is not None:
            meaning, reads = record.meaning, record.reads or (before.reads if before is not None else {})
        elif before is not None:
            meaning, reads = before.meaning, before.reads
        else:
            continue  # a new segmentation
        if record is not None and record.retires:
            changes += [LiveChange(name, record, "back")] if name in now else []
        elif name not in now:
            changes.append(LiveChange(name, record, "gone"))
        else:
            others = _differing(reads, now[name].reads) if reads else ()
            if now[name].meaning != meaning:
                in_both = tuple(n for n in others if n in reads and n in now[name].reads)
                changes.append(LiveChange(name, record, "meaning", in_both))
            elif others:
                changes.append(LiveChange(name, record, "reads", others))
    return changes


def is_borne_out(root: Path, model: Model, record: Record, earlier: Sequence[Record]) -> bool:
    """Whether other files confirm a record: for a promotion, the evidence of its experiment about today's live rule;
    for a rollback, the record before.

    `earlier`: records before it. Raises `DataError`.
    """
    if record.kind == "rollback":
        of = [r for r in earlier if r.segmentation == record.segmentation]
        return bool(of) and of[-1].before == record.meaning
    experiment = str(record.results.get("experiment"))
    file = evidence.load(root / evidence.FOLDER / f"{experiment}.json") if experiment.isidentifier() else None
    result = (file.results.get(record.candidate) if file is not None else None) or {}
    meanings, live = result.get("meaning"), model.segmentations.get(record.segmentation)
    if live is None or record.kind != "promotion" or not isinstance(meanings, dict):
        return False
    # the meaning includes the name, which was the candidate's during the experiment
    renamed = {**model.segmentations, record.candidate: replace(live, name=record.candidate)}
    meaning_now = evidence.meaning(replace(model, segmentations=renamed), record.candidate)
    return result.get("verdict") == "PROMOTE" and meanings.get(record.candidate) == meaning_now


@dataclass(frozen=True)
class _Live:
    """State that the gate compares a live segmentation with."""

    meaning: str
    reads: Mapping[str, str]


def _live(model: Model) -> dict[str, _Live]:
    live = [n for n, rule in model.segmentations.items() if rule.candidate_of is None]
    return {n: _Live(evidence.meaning(model, n), evidence.reads(model, n)) for n in live}


def _differing(then: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(n for n in {**then, **now} if then.get(n) != now.get(n))


def ended_pilots(workspace: Workspace, today: dt.date) -> list[tuple[str, dt.date]]:
    """(name, last day) of pilots still in observation whose declaration or rules have changed since customers entered.

    Their results would be exploratory. Raises `DataError`.
    """
    pilots = []
    for e in workspace.model.experiments.values():
        inside = [x for x in _entered(workspace, e) if x.differs and x.arm not in exposure.OUTSIDE]
        until = max((x.until for x in inside), default=today)
        if until > today and inside[0].registered != evidence.registration(workspace.model, e):
            pilots.append((e.name, until))
    return pilots


def _entered(workspace: Workspace, e: Experiment) -> list[exposure.Exposure]:
    """Exposures of a pilot that segdsl assigns; empty for other designs."""
    match e.design:
        case Assigned():
            return exposures.load(exposures.path_of(workspace, e.name))
        case Backtest() | External() | Replay():
            return []
        case _:
            assert_never(e.design)
