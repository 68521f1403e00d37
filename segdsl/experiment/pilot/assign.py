"""Assignment: put today's new customers into the arms of a declared pilot, and record them for good.

Both rules are evaluated as of today, before anybody gets a play. Customers whose play differs are randomised in blocks;
the others by hash, as a placebo: nothing may differ between their arms.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from pathlib import Path
from typing import assert_never

import numpy as np

from segdsl import engines
from segdsl.diagnostics import Diagnostic
from segdsl.experiment.pilot import exposures, randomise, reconcile
from segdsl.experiment.pilot.measures import closing_day
from segdsl.experiment.pilot.reconcile import Account, Case
from segdsl.experiment.shared import evidence
from segdsl.experiment.shared.cells import UNKNOWN
from segdsl.experiment.shared.context import Context, ReportProgress, silent
from segdsl.experiment.shared.customer_rows import rows
from segdsl.experiment.shared.customers import Mask
from segdsl.experiment.shared.exposure import HOLDOUT, NO_ROOM, OUTSIDE, Exposure
from segdsl.model import dependencies
from segdsl.model.experiment import Assigned, Backtest, Experiment, External, Replay
from segdsl.model.segment import Segmentation
from segdsl.run.errors import UsageError
from segdsl.run.output import write
from segdsl.words.plural import plural
from segdsl.workspace.load import Workspace


@dataclass(frozen=True)
class AssignmentResult:
    """Result of one assignment.

    `new`: the exposures written today.
    `all`: all exposures.
    `busy`: by other pilot, how many customers with another play are in it and so were left out, and until when.
    `over`: customers for whom the registered number left no room.
    `account`: where each customer inside all rules ended today.
    """

    experiment: Experiment
    day: dt.date
    new: Sequence[Exposure]
    all: Sequence[Exposure]
    busy: Mapping[str, tuple[int, dt.date]]
    over: int
    account: Account


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer as of a day.

    `cluster`: the randomised unit.
    `places`, `plays`: by segmentation; "" for no play.
    """

    unit: str
    cluster: str
    places: Mapping[str, str]
    plays: Mapping[str, str]

    def differs(self, e: Experiment) -> bool:
        return any(self.plays[c] != self.plays[e.incumbent] for c in e.candidates)


@dataclass(frozen=True, slots=True)
class Entry:
    """Fields that all entrants of a day share.

    `until`: the day on which all outcomes have happened.
    `registered`: fingerprint of the declaration.
    """

    day: dt.date
    until: dt.date
    registered: str


def assign(
    workspace: Workspace,
    e: Experiment,
    source: str | None,
    as_of: str | None = None,
    report_progress: ReportProgress = silent,
) -> AssignmentResult:
    """Add customers who are new; a second run on one day adds nobody. Raises `UsageError` and `DataError`."""
    design = _assigned_design(e)
    context = Context.of(workspace, e, source, report_progress, as_of)
    model, day = context.model, context.clock.today
    _is_open(e, design, day)
    path = exposures.path_of(workspace, e.name)
    with exposures.locked(workspace):
        entries, registered = exposures.load(path), evidence.registration(model, e)
        other_pilots = exposures.others(workspace, e)
        _is_as_registered(e, entries, registered, day)
        _is_fresh(design, other_pilots)
        report_progress("evaluating both")
        everybody = _standing(context)
        report_progress("putting them into arms")
        busy = _in_other_pilots(design, other_pilots, day)
        entry = Entry(day, closing_day(context, context.clock), registered)
        new, over = entering(e, design, everybody, entries, busy, entry)
        if new:
            exposures.append(workspace.root, path, new)
    busy_by_pilot: dict[str, tuple[int, dt.date]] = {}
    for s in everybody:
        if s.differs(e) and s.unit in busy:
            name, last = busy[s.unit]
            count, latest = busy_by_pilot.get(name, (0, last))
            busy_by_pilot[name] = (count + 1, max(latest, last))
    return AssignmentResult(
        e, day, new, [*entries, *new], busy_by_pilot, over, _account(e, everybody, entries, new, busy)
    )


def entering(
    e: Experiment,
    design: Assigned,
    everybody: Sequence[Standing],
    entries: Sequence[Exposure],
    busy: Mapping[str, object],
    entry: Entry,
) -> tuple[list[Exposure], int]:
    """Return (exposures to write, customers without room). Pure."""
    settled_units = {x.unit for x in entries if x.differs or x.arm in OUTSIDE}
    recorded_units = {x.unit for x in entries}
    inside = [x for x in entries if x.differs and x.arm not in OUTSIDE]
    arm_of = {x.cluster: x.arm for x in inside}
    arm_counts: dict[str, Counter[str]] = {}
    for x in {x.cluster: x for x in inside}.values():
        arm_counts.setdefault(x.stratum, Counter())[x.arm] += 1
    new = [s for s in everybody if s.unit not in settled_units and s.unit not in busy]
    held_out_clusters = (
        {s.cluster for s in new if randomise.is_held_out(design.holdout[1], s.cluster, float(design.holdout[0]))}
        if design.holdout is not None
        else set()
    )
    differ = sorted(
        (s for s in new if s.cluster not in held_out_clusters and s.differs(e)),
        key=lambda s: (randomise.drawn(design.seed, "order", s.cluster), s.cluster, s.unit),
    )
    room = len(differ)
    if e.at_most_units is not None:
        room = max(0, e.at_most_units - len(inside))
    admitted = differ[:room]
    stratum_of = _strata(e, admitted, {x.cluster: x.stratum for x in inside})
    for stratum in sorted({*stratum_of.values()}):
        fresh = [c for c, s in stratum_of.items() if s == stratum and c not in arm_of]
        arm_of |= _arms_of_stratum(design, stratum, fresh, arm_counts.get(stratum, Counter()), e.arms)
    rows = [_row(s, arm_of[s.cluster], True, stratum_of[s.cluster], design, entry) for s in admitted]
    rows += [_row(s, NO_ROOM, True, NO_ROOM, design, entry) for s in differ[room:]]
    rows += [
        _row(s, HOLDOUT, s.differs(e), HOLDOUT, design, entry)
        for s in new
        if s.cluster in held_out_clusters and s.unit not in recorded_units
    ]
    if not entries:
        placebo = [s for s in new if s.cluster not in held_out_clusters and not s.differs(e)]
        for s in placebo:
            arm = arm_of.get(s.cluster) or (
                randomise.like_growthbook(design.seed, s.cluster, e.arms)
                if design.hashed_like
                else randomise.by_hash(design.seed, s.cluster, e.arms)
            )
            rows.append(_row(s, arm, False, "placebo", design, entry))
    return rows, len(differ) - len(admitted)


def tampered_units(e: Experiment, design: Assigned, entries: Sequence[Exposure]) -> list[str]:
    """Units whose recorded arm is not the one the seed gives, in the order of entering: the file has been edited."""
    arm_of: dict[str, str] = {}
    arm_counts: dict[str, Counter[str]] = {}
    inside = [x for x in entries if x.differs and x.arm not in OUTSIDE]
    for day in sorted({x.entered for x in inside}):
        fresh: dict[str, dict[str, None]] = {}
        for x in inside:
            if x.entered == day and x.cluster not in arm_of:
                fresh.setdefault(x.stratum, {})[x.cluster] = None
        for stratum, clusters in fresh.items():
            drawn = _arms_of_stratum(design, stratum, clusters, arm_counts.get(stratum, Counter()), e.arms)
            arm_counts.setdefault(stratum, Counter()).update(drawn.values())
            arm_of |= drawn
    return [x.unit for x in inside if arm_of[x.cluster] != x.arm]


def sizes(entries: Sequence[Exposure]) -> dict[str, dict[str, int]]:
    """Count units by arm: those whose play differs, and the placebo."""
    by_arm: dict[str, dict[str, int]] = {}
    for x in entries:
        counts = by_arm.setdefault(x.arm, {"differ": 0, "placebo": 0})
        counts["differ" if x.differs else "placebo"] += 1
    return by_arm


def lists(assignment: AssignmentResult, folder: Path) -> list[Path]:
    """Write a file for each arm with its customers whose play differs, their play and their day of entering, and a file
    of the holdout.

    All files or none are written. Raises `CannotWrite`.
    """
    import pandas as pd

    e = assignment.experiment
    frames = {}
    for arm in (*e.arms, HOLDOUT):
        entries = [x for x in assignment.all if x.arm == arm and (x.differs or arm == HOLDOUT)]
        if entries or arm != HOLDOUT:
            plays = ["" if arm == HOLDOUT else x.plays[arm] for x in entries]
            frames[arm] = pd.DataFrame(
                {
                    e.entity: [x.unit for x in entries],
                    "play": plays,
                    "place": ["" if arm == HOLDOUT else x.places[arm] for x in entries],
                    "since": [x.entered.isoformat() for x in entries],
                }
            )
    return write(frames, folder)


# -- parts -----------------------------------------------------------------------------


def _account(
    e: Experiment,
    everybody: Sequence[Standing],
    entries: Sequence[Exposure],
    new: Sequence[Exposure],
    busy: Mapping[str, object],
) -> Account:
    """Account of the customers inside all rules."""
    units = np.array([s.unit for s in everybody], object)

    def among(members: Iterable[str]) -> Mask:
        return np.isin(units.astype(str), list(members))

    cases = [
        Case(reconcile.HELD_OUT, among(x.unit for x in new if x.arm == HOLDOUT)),
        Case(reconcile.NO_ROOM, among(x.unit for x in new if x.arm == NO_ROOM)),
        Case(reconcile.PLACEBO, among(x.unit for x in new if not x.differs)),
        Case(reconcile.ENTERED, among(x.unit for x in new)),
        Case(reconcile.BEFORE, among(x.unit for x in entries)),
        Case(reconcile.BUSY, among(busy)),
    ]
    return reconcile.account(f"{plural(e.entity)} today", (), units, cases, reconcile.ALIKE)


def _assigned_design(e: Experiment) -> Assigned:
    """Return the design; raises `UsageError` where segdsl assigns no arms."""
    match e.design:
        case Assigned():
            return e.design
        case External() | Replay():
            help = f"its customers were put into arms elsewhere: `segdsl experiment run {e.name}`"
        case Backtest():
            help = 'only a pilot has arms: `pilot seed "…" starts DATE`'
        case _:
            assert_never(e.design)
    raise UsageError(Diagnostic("SEG0622", f"nobody can be assigned to `{e.name}`", help=help))


def _arms_of_stratum(
    pilot: Assigned, stratum: str, clusters: Iterable[str], used: Mapping[str, int], arms: Sequence[str]
) -> dict[str, str]:
    if pilot.hashed_like is not None:
        return {c: randomise.like_growthbook(pilot.seed, c, arms) for c in clusters}
    return randomise.in_blocks(pilot.seed, stratum, clusters, used, arms)


def _row(s: Standing, arm: str, differs: bool, stratum: str, design: Assigned, entry: Entry) -> Exposure:
    return Exposure(
        s.unit,
        s.cluster,
        arm,
        differs,
        entry.day,
        stratum,
        entry.registered,
        design.seed,
        design.layer,
        entry.until,
        s.places,
        s.plays,
    )


def _strata(e: Experiment, admitted: Sequence[Standing], strata_before: Mapping[str, str]) -> dict[str, str]:
    """Stratum of each cluster.

    A single customer's stratum is its places. A cluster's is its number of entrants in powers of two, since size says
    most about the outcome.
    """
    if e.cluster is None:
        return {s.cluster: strata_before.get(s.cluster) or " \u2192 ".join(s.places.values()) for s in admitted}
    sizes = Counter(s.cluster for s in admitted)
    return {c: strata_before.get(c) or _band(n) for c, n in sizes.items()}


def _band(size: int) -> str:
    low = 2 ** int(log2(size))
    return "1 customer" if low == 1 else f"{low} to {2 * low - 1} customers"


def _is_open(e: Experiment, pilot: Assigned, day: dt.date) -> None:
    if pilot.starts <= day <= pilot.until:
        return
    last = "" if pilot.until == pilot.starts else f" until {pilot.until}"
    help = (
        "it is asked as of the day the data is of; `--as-of` names another"
        if day < pilot.starts
        else f"where somebody has entered, `segdsl experiment run {e.name}` says how it stands; else declare a pilot of days to come"
    )
    message = f"customers enter `{e.name}` on {pilot.starts}{last}, and it is {day}"
    raise UsageError(Diagnostic("SEG0622", message, help=help))


def _is_as_registered(e: Experiment, entries: Sequence[Exposure], registered: str, day: dt.date) -> None:
    if entries and entries[0].registered != registered:
        help = "bring the declaration and both rules back, or declare the pilot anew under another name and with another seed"
        message = (
            f"`{e.name}` or one of its rules was changed after its first customers entered on {entries[0].entered}"
        )
        raise UsageError(Diagnostic("SEG0622", message, help=help))
    last = max((x.entered for x in entries), default=day)
    if day < last:
        message = f"customers have entered `{e.name}` on {last}, and it is {day}"
        raise UsageError(Diagnostic("SEG0622", message, help="who enters is asked day after day"))


def _is_fresh(pilot: Assigned, other_pilots: Mapping[str, Sequence[Exposure]]) -> None:
    for name, entries in other_pilots.items():
        if any(x.seed == pilot.seed for x in entries):
            help = "write another: the same customers would be in the same arms again"
            raise UsageError(Diagnostic("SEG0622", f'`{name}` has used the seed "{pilot.seed}"', help=help))


def _in_other_pilots(
    pilot: Assigned, other_pilots: Mapping[str, Sequence[Exposure]], day: dt.date
) -> dict[str, tuple[str, dt.date]]:
    """Customers in another open pilot of the layer: (its name, its end) by unit."""
    return {
        x.unit: (name, x.until)
        for name, entries in other_pilots.items()
        for x in entries
        if x.differs and x.arm not in OUTSIDE and x.layer == pilot.layer and x.until > day
    }


def _standing(context: Context) -> list[Standing]:
    """Customers inside all segmentations of the pilot."""
    model, rules, cluster = context.model, context.rules, context.experiment.cluster
    extra = [cluster] if cluster is not None else []
    needed = dependencies.of_rules(model, rules, extra)
    engine = engines.attach(model.schema, needed, context.config, context.workspace.root, None, context.clock)
    names = [rule.name for rule in rules]
    inside = rows(context, engine, context.clock, rules, {}, clustered=True).inside(names).in_order()
    plays = {rule.name: _plays(rule) for rule in rules}
    return [
        Standing(
            str(unit), str(cluster), dict(zip(names, places)), {n: plays[n].get(p, "") for n, p in zip(names, places)}
        )
        for unit, cluster, *places in zip(inside.units, inside.clusters, *map(inside.place, names))
    ]


def _plays(rule: Segmentation) -> dict[str, str]:
    return {**{a.name: a.play or "" for a in rule.all_arms}, UNKNOWN: ""}
