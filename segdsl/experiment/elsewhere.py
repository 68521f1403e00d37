"""A pilot that was run by another tool, or the log of an old one -> judged as of the day the data is of, or of the log's own days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from segdsl import reads
from segdsl.config import SourceConfig
from segdsl.data.asking import many
from segdsl.engines import Engine
from segdsl.experiment import pilot, replay
from segdsl.experiment.cells import FOLDS, UNKNOWN
from segdsl.experiment.decide import Check, population
from segdsl.experiment.measured import Result, asked_of, attached, before, binary_of, more_cost, settled, values_of
from segdsl.experiment.randomise import drawn, is_half
from segdsl.experiment.rows import UNIT, rows
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.experiment import Experiment
from segdsl.model.segment import Model, Segmentation
from segdsl.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

Told = Callable[[str], None]


def judged(workspace: Workspace, model: Model, e: Experiment, config: SourceConfig, clock: Clock, told: Told) -> Result:
    """A pilot as of the day the data is of; a replay as of the days of its log, where it has some."""
    rules = [model.segmentations[n] for n in (e.incumbent, e.candidates[0])]
    values = values_of(model, e)
    given: dict[str, k.Expr] = {}
    if e.exposures is not None:
        given = {"?old": e.exposures.incumbent, "?new": e.exposures.candidate}
    if e.log is not None:
        given = {replay.GIVEN: e.log.play, replay.CHANCE: e.log.probability} | (
            {"?rows": e.log.rows} if e.log.rows is not None else {}
        )
    asked = [*given.values(), *values.values()]
    if e.exposures is not None and e.exposures.at is not None:
        asked.append(e.exposures.at)
    checks = list(before(model, e))
    is_dated = e.exposures.at is not None if e.exposures is not None else e.log is not None and bool(e.log.days)
    if not is_dated:
        checks = [_survivors(model, e), _selection(model, e, asked), *checks]
    engine = attached(workspace, model, e, config, asked, rules)
    told(f"counting {', '.join(m.outcome for m in (e.primary, *e.guardrails))}")
    if e.log is None:
        if e.exposures is not None and e.exposures.at is not None:
            frame, checks = _since(workspace, model, e, rules, engine, clock, values | given, checks, told)
        else:
            frame = rows(engine, model, e.entity, rules, clock, values | given, e.cluster)
        return Result(e, e.candidates[0], "pilot", clock, _foreign(frame, model, e, rules[0], rules[1], tuple(checks)))
    if e.log.days:
        checks.append(_matured(model, e, clock, workspace))
    clocks = [Clock.at(day, workspace.zone) for day in e.log.days] or [clock]
    frames = []
    for at in clocks:
        told(f"the log as of {at.date_of(at.now)}")
        frames.append(rows(engine, model, e.entity, rules, at, values | given))
    return _replayed(frames, model, e, rules, clock, checks)


# -- parts -----------------------------------------------------------------------------


def whoever_was(model: Model, entity: str) -> Model:
    """The same without the entity's life: those who have left since are there, too."""
    relation = replace(model.schema.relations[entity], lives_from=None, lives_to=None)
    return replace(model, schema=replace(model.schema, relations={**model.schema.relations, entity: relation}))


def _matured(model: Model, e: Experiment, clock: Clock, workspace: Workspace) -> Check:
    """That what is waited for after each day of a log has happened."""
    assert e.log is not None
    today, late = clock.date_of(clock.now), []
    for day in e.log.days:
        if settled(model, e, Clock.at(day, workspace.zone)) > today:
            late.append(f"{day}")
    said = f"what is waited for as of {', '.join(late)} hasn't all happened on {today}: leave that day out"
    return Check("maturity", not late, said if late else "every outcome has had its time")


def _survivors(model: Model, e: Experiment) -> Check:
    """As of one day those are missing who have left before it, by what the plays did or not."""
    ends = model.schema.relations[e.entity].lives_to
    how = (
        "`at: COLUMN`, since when each was in its arm"
        if e.exposures is not None
        else "the days of the log, `as of 2026-02-01, …`"
    )
    said = f"{e.entity}s that have left (`{ends}`) aren't there any more: say {how}"
    return Check("survivorship", ends is None, f"{e.entity}s don't leave" if ends is None else said)


def _since(
    workspace: Workspace,
    model: Model,
    e: Experiment,
    rules: Sequence[Segmentation],
    engine: Engine,
    clock: Clock,
    asked: dict[str, k.Expr],
    checks: list[Check],
    told: Told,
) -> tuple[pd.DataFrame, list[Check]]:
    """Each customer as of the day it came into its arm; those alone whose outcomes have all happened."""
    import pandas as pd

    assert e.exposures is not None and e.exposures.at is not None
    found = rows(engine, whoever_was(model, e.entity), e.entity, [], clock, {"?at": e.exposures.at}).dropna()
    today = clock.date_of(clock.now)
    by_day: dict[dt.date, list[str]] = {}
    for unit, moment in zip(found[UNIT], found["?at"]):
        when = dt.datetime.fromisoformat(moment)
        by_day.setdefault(when.date() if isinstance(e.exposures.at.type, ty.Date) else clock.date_of(when), []).append(
            unit
        )
    parts, waiting = [], 0
    for day, own in sorted(by_day.items()):
        then = Clock.at(day, workspace.zone)
        if settled(model, e, then) > today:
            waiting += len(own)
            continue
        told(f"those who came into their arms on {day}")
        parts.append(
            rows(engine, model, e.entity, rules, then, asked, e.cluster).merge(pd.DataFrame({UNIT: own}), on=UNIT)
        )
    there = sum(map(len, parts))
    notes = (
        [f"{waiting:,} of {len(found):,} {e.entity}s came too late: their outcomes haven't all happened"]
        if waiting
        else []
    )
    if there + waiting < len(found):
        notes.append(
            f"{len(found) - there - waiting:,} weren't there on the day they came into an arm, and are left out"
        )
    said = "; ".join(notes) or "every outcome has had its time"
    checks = [*checks, Check("maturity", bool(parts), said)]
    if not parts:
        return rows(engine, model, e.entity, rules, clock, asked, e.cluster).head(0), checks
    return pd.concat(parts, ignore_index=True), checks


def _foreign(
    frame: pd.DataFrame,
    model: Model,
    e: Experiment,
    first: Segmentation,
    second: Segmentation,
    checks: tuple[Check, ...],
) -> pilot.Piloted:
    import numpy as np

    a, b = frame[first.name], frame[second.name]
    one = a.isna() != b.isna()
    inside = frame[a.notna() & b.notna()]
    plays = [inside[r.name].map({**{x.name: x.play or "" for x in r.all_arms}, UNKNOWN: ""}) for r in (first, second)]
    customers = inside.copy()
    customers[pilot.ARM] = np.select([inside["?old"] == 1, inside["?new"] == 1], [pilot.INCUMBENT, pilot.CANDIDATE], "")
    customers[pilot.DIFFERS] = (plays[0] != plays[1]).to_numpy(bool)
    customers[pilot.STRATUM] = ""
    customers[pilot.CELL] = inside[first.name] + " \u2192 " + inside[second.name]
    customers[pilot.COST] = more_cost(model, plays[0], plays[1])
    assert e.exposures is not None
    asked = replace(asked_of(e, model, float(e.alpha)), share=float(e.exposures.share))
    return pilot.judge(customers, asked, None, (*checks, population(int(one.sum()))))


def _replayed(
    frames: Sequence[pd.DataFrame],
    model: Model,
    e: Experiment,
    rules: Sequence[Segmentation],
    clock: Clock,
    checks: list[Check],
) -> Result:
    import pandas as pd

    assert e.log is not None
    frame = pd.concat(frames, ignore_index=True)
    a, b = (frame[r.name] for r in rules)
    checks.append(population(int((a.isna() != b.isna()).sum())))
    inside = frame[a.notna() & b.notna()]
    log = inside[inside[replay.GIVEN].notna()].copy()
    checks.append(
        Check(
            "log",
            len(log) > 0,
            f"{len(log):,} of {len(inside):,} {e.entity}s are in the log"
            if len(log)
            else "nobody of these rules is in the log",
        )
    )
    if "?rows" in log:
        several = int((log["?rows"] > 1).sum())
        said = (
            f"{many(several, e.entity)} with several rows on one day: which play was given isn't known"
            if several
            else "one play for each, each day"
        )
        checks.append(Check("one play", not several, said))
    names = {p.title: n for n, p in model.plays.items() if p.title} | {n: n for n in [*model.plays, replay.NO_PLAY]}
    log[replay.GIVEN] = log[replay.GIVEN].map(names).fillna("?")
    for column, rule in zip((replay.FIRST, replay.SECOND), rules):
        log[column] = log[rule.name].map(
            {**{x.name: x.play or replay.NO_PLAY for x in rule.all_arms}, UNKNOWN: replay.NO_PLAY}
        )
    log[pilot.CELL] = log[rules[0].name] + " \u2192 " + log[rules[1].name]
    log[pilot.CLUSTER] = log[UNIT]
    log[replay.FOLD] = [drawn("fold", u) % FOLDS for u in log[UNIT]]
    if e.log.chosen_on is not None:
        mine = [not is_half(e.log.chosen_on, u) for u in log[UNIT]]
        log = log[mine]
        checks.append(
            Check(
                "other half",
                True,
                f"the candidate was chosen on one half; {len(log):,} {e.entity}s of the other judge it",
            )
        )
    found = replay.judge(log, e.primary, e.guardrails, float(e.alpha), binary_of(model, e), tuple(checks))
    return Result(e, e.candidates[0], "replay", clock, found.piloted, replayed=found)


def _selection(model: Model, e: Experiment, asked: Sequence[k.Expr]) -> Check:
    """Whose play differs may not hang on what the plays did: no rule reads what the outcomes or the arms are made of."""
    before = {n for n in (e.adjust, *(m.per for m in (e.primary, *e.guardrails))) if n is not None}
    after = [a for a in asked if all(a is not model.metrics[n].body for n in before)]
    rules = [part for name in (e.incumbent, *e.candidates) for part in model.definition(name)]
    read, told = (
        {(c.relation, c.name) for c in reads.everything(model, roots) if isinstance(c, k.Column)}
        for roots in (rules, after)
    )
    both = ", ".join(f"`{relation}.{name}`" for relation, name in sorted(read & told))
    good = "the rules don't read what is measured"
    return Check("selection", not both, f"the rules read what came after the plays: {both}" if both else good)
