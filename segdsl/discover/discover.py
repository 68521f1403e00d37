"""`discover`: a workspace and an outcome -> segments that its history bears out, or that nothing was found."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from segdsl import engines
from segdsl.discover import alias, edit, learn, origins
from segdsl.discover.admissible import Excluded, admissible, assumable_fields, of_the_same_source
from segdsl.discover.decide import smallest_lift
from segdsl.discover.history import (
    beginnings,
    first_customer,
    refuse_after_the_data,
    refuse_short_arms,
    within_the_history,
)
from segdsl.discover.improve import Improved, improve
from segdsl.discover.incumbent import Incumbent, read_incumbent
from segdsl.discover.reading import Counted, Reader, fields_of_the_end, fixed_that_tell_the_end
from segdsl.discover.refusals import (
    all_suspicious,
    endless,
    no_feature,
    refuse_constant,
    refuse_leaking_arms,
    refuse_leaking_population,
    refuse_open_outcome,
    refuse_unknown_beginnings,
    refuse_unknown_outcomes,
    too_short,
)
from segdsl.discover.request import Request, bases, incumbent_of, outcome_of, refuse_candidate
from segdsl.engines import Engine
from segdsl.features.recipe import Feature, LeftOut, features
from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.model.ahead import closes
from segdsl.model.clock import Clock
from segdsl.model.segment import Metric, Model
from segdsl.run.data_day import clock_to_look
from segdsl.run.evaluate import clock_for, source_config
from segdsl.run.recorded import with_recorded_runs
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd

SAYS_THE_END = "says who has left by now, so it isn't as it was"
HISTORY = dt.timedelta(days=60)  # of rows before the first origin


@dataclass(frozen=True)
class Findings:
    """Findings of a search, of one of three kinds: `learned`, a list of segments; `subgroups`; `improved`, a change of the incumbent.

    `p`: of the best that was looked at, one-sided, over all. `smallest`: the smallest lift that could have been found, where none was.
    `adds_undecided`: whether the improved incumbent has an arm more, for those of whom the change may be unknown.
    """

    p: float
    smallest: float | None
    learned: learn.Learned | None = None
    subgroups: tuple[learn.Subgroup, ...] = ()
    improved: Improved | None = None
    adds_undecided: bool = False

    @property
    def is_found(self) -> bool:
        changed = self.improved is not None and self.improved.change is not None
        return changed or bool(self.subgroups) or (self.learned is not None and self.learned.rule is not None)


@dataclass(frozen=True)
class Discovery:
    """The answer of `discover`: what was searched, and the findings.

    `read`: the features that were searched, by their text.
    `suspicious`: features that are the outcome under another name, by text.
    `left_out`: what no feature reads, by reason; `excluded`: what wasn't known at the origins.
    `unknown`: rows left out since their outcome is unknown.
    `sampled`: the share of the customers that was read; 1 for all.
    `leavers_missing`: whether the data doesn't say who has left.
    """

    request: Request
    entity: str
    clock: Clock
    because: str
    origins: origins.Origins
    counted: Mapping[str, Counted]
    read: Mapping[str, Feature]
    suspicious: Mapping[str, alias.Alias]
    left_out: tuple[LeftOut, ...]
    excluded: tuple[Excluded, ...]
    unknown: int
    sampled: float
    leavers_missing: bool
    incumbent: Incumbent | None
    findings: Findings

    @property
    def as_of(self) -> dt.date:
        return self.clock.today

    @property
    def exploratory(self) -> bool:
        """Whether fields were assumed to be as they are now."""
        return bool(self.request.assume_fixed)

    @property
    def is_found(self) -> bool:
        return self.findings.is_found


def discover(
    workspace: Workspace,
    request: Request,
    as_of: str | None,
    source: str | None,
    report_progress: Callable[[str], None],
) -> Discovery:
    """Look for segments. Raises `UsageError` for unknown names, `TooLittle` and `DataError`."""
    model = workspace.model
    outcome = outcome_of(model, request.outcome)
    request = replace(request, basis=bases(request.basis))
    named = incumbent_of(model, request.incumbent, outcome.entity)
    refuse_candidate(request, named)
    said = read_incumbent(workspace, named) if request.improve is not None and named is not None else None
    dated = clock_to_look(workspace, as_of, source)
    workspace = with_recorded_runs(workspace, source, dated.clock)
    model = workspace.model
    relation = model.schema.relations[outcome.entity]
    refuse_unknown_beginnings(relation)
    refuse_open_outcome(model, outcome)
    recipe = features(model, outcome.entity, workspace.files)
    chosen, excluded, left_out = admissible(model, recipe.features, request.basis, request.assume_fixed)
    population = [] if named is None or named.where is None else [named.where]
    refuse_leaking_population(model, request, named, population)
    columns = () if said is None else said.columns
    if said is not None:
        refuse_leaking_arms(model, request, said)

    roots = [outcome.body, *population, *(f.expr for f in (*chosen, *columns))]
    needed = dependencies.of_condition(model, outcome.entity, k.And(tuple(roots)))
    assumable = assumable_fields(model, recipe.features, excluded)
    also = dependencies.columns(model, [f.expr for f in assumable.values()])
    config = source_config(workspace, source)
    engine = engines.attach(model.schema, needed, config, workspace.root, None, dated.clock, also, to_look=True)

    begins = beginnings(model, engine, [*chosen, *columns])
    divided = _divided(model, engine, outcome, begins, dated.clock)
    first = Clock.at(divided.first, workspace.zone)
    ends = fields_of_the_end(model, engine, outcome.entity, assumable, first, dated.clock)
    excluded = tuple(replace(e, because=SAYS_THE_END, line="") if e.name in ends else e for e in excluded)
    loaded = clock_for(workspace.zone, config.snapshot)
    refuse_after_the_data(model, engine, begins, divided, min(dated.clock, loaded, key=lambda clock: clock.now))
    chosen, short = within_the_history(model, chosen, begins, first)
    left_out = (*recipe.left_out, *left_out, *short)
    if not chosen:
        raise no_feature(outcome.entity, request, excluded, left_out)
    if said is not None:
        refuse_short_arms(model, said, begins, first)
    reader = Reader(model, engine, outcome, population, tuple(chosen), request.seed, said)
    sampled = reader.sampled(Clock.at(divided.validation, workspace.zone), len(divided.searched), len(divided.report))
    groups, unknown = _read(reader, divided, sampled, workspace, report_progress)
    counted = {
        role: Counted(len(np.unique(rows.customers)), len(rows), rows.events)
        for role, rows in (("searched", groups.searched), ("validation", groups.validation), ("report", groups.report))
    }
    refuse_unknown_outcomes(outcome, unknown, sum(c.rows for c in counted.values()))
    # fields are those of the day of the data, whatever the as-of
    now = max(dated.clock, loaded, key=lambda clock: clock.now)
    window = dated.clock.today - max(day for day in divided.all if day < dated.clock.today)
    before = Clock.at(now.today - window, workspace.zone)
    told = fixed_that_tell_the_end(model, engine, outcome.entity, chosen, before, now)
    groups, suspicious, tainted = _without_suspicious(reader, groups, told)
    refuse_constant(outcome, counted)
    findings = _search(reader, request, groups, report_progress)
    return Discovery(
        request=request,
        entity=outcome.entity,
        clock=dated.clock,
        because=dated.because,
        origins=divided,
        counted=counted,
        read={f.text: f for f in reader.features if f.text in groups.searched.features},
        suspicious=suspicious,
        left_out=(*left_out, *tainted),
        excluded=excluded,
        unknown=unknown,
        sampled=sampled,
        leavers_missing=relation.lives_to is None,
        incumbent=said,
        findings=findings,
    )


def _divided(
    model: Model, engine: Engine, outcome: Metric, begins: Mapping[str, dt.date], clock: Clock
) -> origins.Origins:
    """The origins at which the outcome's window has closed, each with its role; raises `TooLittle` for too few."""

    def end(day: dt.date) -> dt.date:
        closing = closes(model, [outcome.body], Clock.at(day, clock.zone))
        if closing is None:
            raise endless(outcome)
        return closing

    today = clock.today
    # what most tables have: one that goes back further holds no more than a part of the history
    first = (
        sorted(begins.values())[len(begins) // 2] + HISTORY
        if begins
        else first_customer(engine, model, outcome.entity, clock)
    )
    days = origins.closed(end, today, first) if first is not None else []
    divided = origins.roles(days, today)
    if divided is None:
        raise too_short(outcome, days=len(days), window=(end(today) - today).days)
    return divided


def _read(
    reader: Reader,
    divided: origins.Origins,
    sampled: float,
    workspace: Workspace,
    report_progress: Callable[[str], None],
) -> tuple[learn.Groups, int]:
    """What was known at each origin of the customers of each role, and of how many rows the outcome is unknown."""
    border = origins.SEARCHED + origins.VALIDATION
    parts = {
        "searched": (divided.searched, 0.0, origins.SEARCHED),
        "validation": ((divided.validation,), origins.SEARCHED, border),
        "report": (divided.report, border, 1.0),
    }
    frames: dict[str, list[pd.DataFrame]] = {}
    started, done, of = time.monotonic(), 0, sum(len(days) for days, _, _ in parts.values())
    for role, (days, low, high) in parts.items():
        for day in days:
            left = in_words(time.monotonic() - started, done, of)
            report_progress(f"what was known on {day}, and what came of it: {done + 1} of {of} days{left}")
            done += 1
            clock = Clock.at(day, workspace.zone)
            frames.setdefault(role, []).append(reader.frame(clock, low, low + (high - low) * sampled))
    return reader.groups(frames)


def _without_suspicious(
    reader: Reader, groups: learn.Groups, told: Mapping[str, alias.Alias]
) -> tuple[learn.Groups, Mapping[str, alias.Alias], tuple[LeftOut, ...]]:
    """The rows without features that are the outcome under another name, or made of the same; raises `TooLittle` where none is left.

    `told`: features that tell who has left by now.
    """
    searched = groups.searched.without(reader.hidden)
    suspicious = {**{n: a for n, a in told.items() if n in searched.features}, **alias.aliases(searched)}
    if not suspicious:
        return groups, suspicious, ()
    tainted = of_the_same_source(reader.model, reader.features, list(suspicious))
    groups = learn.Groups(*(rows.without(tainted) for rows in (groups.searched, groups.validation, groups.report)))
    if groups.searched.features.keys() <= set(reader.hidden):
        raise all_suspicious(reader.outcome.entity, suspicious)
    others = [text for text in tainted if text not in suspicious]
    return groups, suspicious, tuple(LeftOut(text, "reads what a suspicious feature reads") for text in others)


def _search(reader: Reader, request: Request, groups: learn.Groups, report_progress: Callable[[str], None]) -> Findings:
    """Search as the request says: for a change of the incumbent, a list of segments, or single groups."""
    count = len(groups.searched.features) - len(reader.hidden)
    report_progress(f"searching {count:,} features of {len(groups.searched):,} rows")
    rng = np.random.default_rng([20_261_101, request.seed])
    if reader.incumbent is not None:
        improved = improve(groups, reader.incumbent.arms, reader.hidden, rng)
        by_text = {f.text: f for f in reader.features}
        adds = improved.change is not None and edit.adds_undecided(
            reader.incumbent, improved.change, by_text, reader.model
        )
        return Findings(improved.decision.p, improved.smallest, improved=improved, adds_undecided=adds)
    if request.top is None:
        learned = learn.learn(groups, rng)
        return Findings(learned.p, learned.smallest, learned=learned)
    found, decision = learn.subgroups(groups, request.top, rng)
    smallest = None if found else smallest_lift(groups.searched, groups.validation, decision.critical, rng)
    return Findings(decision.p, smallest, subgroups=tuple(found))


def in_words(seconds: float, done: int, of: int) -> str:
    """How long the rest takes at the pace of the days that are done, as in `, about 2 minutes left`; "" before the first is done."""
    if not done:
        return ""
    left = max(round(seconds / done * (of - done)), 1)
    number, unit = (round(left / 60), "minute") if left >= 90 else (left, "second")
    return f", about {number} {unit}{'' if number == 1 else 's'} left"
