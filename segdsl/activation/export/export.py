"""Exports: the account of a day, and what destinations do with the deliveries that follow from it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from segdsl.activation.account.account import Account, make_account, play_names
from segdsl.activation.delivery import Deliveries, Destination, Outcome, Plan
from segdsl.activation.destinations import destination
from segdsl.activation.destinations.fates import DestinationError, refusal, withheld, withhold
from segdsl.activation.destinations.files import Files
from segdsl.activation.export.lists import has_list, with_list
from segdsl.activation.log.store import Export, Log
from segdsl.data.sql_text import text
from segdsl.diagnostics import Diagnostic
from segdsl.ledger.fingerprint import fingerprint
from segdsl.model.clock import day as shown
from segdsl.model.segment import Model, Rule
from segdsl.reference.past import COUNTED
from segdsl.reference.today import Pilots
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import clock_for
from segdsl.workspace.destinations import OUTPUT, FilesSettings
from segdsl.workspace.inputs import refuse_over_inputs
from segdsl.workspace.load import Workspace


@dataclass(frozen=True)
class Exported:
    """An export. `plays`: those that were asked for.

    `plans`: of destinations that were only looked at, what they would do; `outcomes`: of the others, what became of the deliveries.
    `withheld`: how many deliveries are new in the log of those who are held out.
    """

    id: str
    account: Account
    plays: tuple[str, ...]
    plans: tuple[Plan, ...]
    outcomes: tuple[Outcome, ...]
    withheld: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether every delivery arrived where it was sent to."""
        return not any(o.stopped or o.rejected or o.in_doubt or o.not_sent for o in self.outcomes)


def export(
    workspace: Workspace,
    names: Sequence[str] = (),
    as_of: dt.date | dt.datetime | str | None = None,
    source: str | None = None,
    output: Path | None = None,
    to: Sequence[str] = (),
    send: bool = False,
    dry_run: bool = False,
    pilots: Pilots = MappingProxyType({}),
    allow_stale: bool = False,
    report_progress: Callable[[str], None] = lambda _: None,
) -> Exported:
    """Decide who gets what, and deliver it: files are written, and what goes elsewhere is sent with `send` alone.

    `names`: the plays that are delivered, all without any; every play is decided, since plays take each other's place.
    `output`: a folder for a file a play. `to`: names of destinations of `segdsl.toml`. Without either all to which one of the plays goes
    are looked at.
    `dry_run`: nothing is written or sent. `pilots`: who is in a pilot, and gets the plays of its arm.

    The same export of the same day is a repetition: it writes the same files, and what was sent isn't sent again. Raises `UsageError`,
    `DataError`, `LogError`, and `DestinationError` before anything is sent.
    """
    plays = play_names(workspace, names, pilots)
    declared = to or (_for_plays(workspace, plays) if output is None else ())
    places = [destination(workspace, name, plays) for name in declared]
    active = [d for d in places if to and not dry_run and (send or isinstance(d, Files))]
    if output is not None:
        files = Files(OUTPUT, FilesSettings(folder=str(output)), Path(), tuple(plays))
        refuse_over_inputs(workspace, files.targets)
        places.append(files)
        active += [] if dry_run else [files]
    _refuse_same_file(workspace, plays, places)
    day = clock_for(workspace.zone, as_of).today
    made = Export(day, tuple(plays), rules_of(workspace.model, plays))
    if not active:
        log = Log.to_read(workspace.root)
        account = make_account(workspace, as_of, source, log, pilots, allow_stale, report_progress)
        return Exported(made.id, account, tuple(plays), _plans(places, account, plays, log), ())
    with Log.to_write(workspace.root, made, workspace=workspace.config.workspace.name) as log:
        _refuse_earlier(log, day)
        account = make_account(workspace, as_of, source, log, pilots, allow_stale, report_progress)
        deliveries, held_out = account.deliveries(plays), account.deliveries(plays, held_out=True)
        taken = [(d, _taken(d, account, plays, deliveries, log)) for d in active]
        for d, own in taken[1:]:
            d.plan(own, log)  # the others refuse before the first one sends anything
        # no delivery is in both, so what the log says of who is held out is asked before lines are added to it
        queues = {d.name: withheld(d.name, of_destination(workspace, d, held_out), log) for d in active}
        outcomes, new = [], 0
        for d, own in taken:
            report_progress(f"delivering to {d.name}")
            outcomes.append(d.send(own, log))
            new += withhold(queues[d.name])
        looked_at = [d for d in places if d not in active]
        return Exported(made.id, account, tuple(plays), _plans(looked_at, account, plays, log), tuple(outcomes), new)


def _for_plays(workspace: Workspace, plays: Sequence[str]) -> list[str]:
    """The destinations to which one of some plays goes."""
    declared = workspace.config.destinations
    return [name for name, settings in declared.items() if not settings.plays or {*settings.plays} & {*plays}]


def _refuse_same_file(workspace: Workspace, plays: Sequence[str], places: Sequence[Destination]) -> None:
    """Raise `DestinationError` where one of some places would write a play's file over that of another destination, asked for or not."""
    settings = workspace.config.destinations
    named = [n for n in _for_plays(workspace, plays) if isinstance(settings[n], FilesSettings)]
    declared = {n: destination(workspace, n, plays) for n in named}
    every = declared | {d.name: d for d in places}
    whose: dict[Path, str] = {}
    for d in sorted((d for d in every.values() if isinstance(d, Files)), key=lambda d: d in places):
        for target in d.targets:
            other = whose.setdefault(target.resolve(), d.name)
            if other != d.name and d in places:
                why = f"{target} is the file of `{other}` too: one would be written over the other"
                raise DestinationError(refusal(d.name, why, "name another folder, or other `plays`, for one of them"))


def _refuse_earlier(log: Log, day: dt.date) -> None:
    """Raise `UsageError` where something was delivered on a later day: nothing keeps plays from whoever got one then."""
    counted = ", ".join(map(text, COUNTED))
    later = [d for d in log.days() if d > day and log.latest(f"day = DATE {text(str(d))} AND status IN ({counted})")]
    if later:
        message = f"an export as of {shown(later[-1])} was made already, so nothing can be delivered as of {shown(day)}"
        raise UsageError(
            Diagnostic("SEG0604", message, help="look at it with --dry-run, or withdraw what was delivered later")
        )


def _plans(places: Sequence[Destination], account: Account, plays: Sequence[str], log: Log) -> tuple[Plan, ...]:
    deliveries = account.deliveries(plays) if places else Deliveries()
    return tuple(d.plan(_taken(d, account, plays, deliveries, log), log) for d in places)


def _taken(place: Destination, account: Account, plays: Sequence[str], deliveries: Deliveries, log: Log) -> Deliveries:
    """The deliveries as a destination takes them."""
    own = of_destination(account.workspace, place, deliveries)
    settings = account.workspace.config.destinations.get(place.name)
    if settings is None or not has_list(settings):
        return own
    return with_list(place.name, account, [p for p in plays if not settings.plays or p in settings.plays], own, log)


def of_destination(workspace: Workspace, place: Destination, deliveries: Deliveries) -> Deliveries:
    """The deliveries whose plays go to a destination."""
    settings = workspace.config.destinations.get(place.name)
    own = settings.plays if settings is not None else ()
    return deliveries.where(lambda rows: not own or rows.play in own)


def rules_of(model: Model, plays: Sequence[str]) -> str:
    """16 hexadecimal digits over the meaning of plays, and of the rules that name them."""
    rules = {place.name for play in plays for place in model.places_of(play)}
    known: dict[str, Rule] = {**model.segmentations, **model.segments}
    meaning = repr(([fingerprint(model, known[r]) for r in sorted(rules)], [model.plays[p] for p in sorted(plays)]))
    return hashlib.sha256(meaning.encode()).hexdigest()[:16]
