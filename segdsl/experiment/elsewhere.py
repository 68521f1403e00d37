"""A pilot that was run by another tool, or the log of an old one -> judged as of the day the data is of, or of the log's own days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from segdsl import reads
from segdsl.config import SourceConfig
from segdsl.experiment import pilot, replay
from segdsl.experiment.cells import FOLDS, UNKNOWN
from segdsl.experiment.decide import Check, population
from segdsl.experiment.measured import Result, asked_of, attached, before, binary_of, more_cost, values_of
from segdsl.experiment.randomise import drawn, is_half
from segdsl.experiment.rows import rows
from segdsl.model import expr as k
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
    checks = list(before(model, e))
    if e.log is None or not e.log.days:
        checks.insert(0, _selection(model, e, asked))
    engine = attached(workspace, model, e, config, asked, rules)
    told(f"counting {', '.join(m.outcome for m in (e.primary, *e.guardrails))}")
    if e.log is None:
        frame = rows(engine, model, e.entity, rules, clock, values | given, e.cluster)
        return Result(e, e.candidates[0], "pilot", clock, _foreign(frame, model, e, rules[0], rules[1], tuple(checks)))
    clocks = [Clock.at(day, workspace.zone) for day in e.log.days] or [clock]
    frames = []
    for at in clocks:
        told(f"the log as of {at.date_of(at.now)}")
        frames.append(
            rows(engine, model, e.entity, rules, at, values | given).assign(**{replay.DAY: at.date_of(at.now)})
        )
    return _replayed(frames, model, e, rules, clock, checks)


# -- parts -----------------------------------------------------------------------------


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
    customers[pilot.CLUSTER], customers[pilot.STRATUM] = inside["cluster"], ""
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
        many = int((log["?rows"] > 1).sum())
        said = (
            f"{many:,} {e.entity}s have several rows on one day: which play they got isn't known"
            if many
            else "one play for each, each day"
        )
        checks.append(Check("one play", not many, said))
    names = {p.title: n for n, p in model.plays.items() if p.title} | {n: n for n in [*model.plays, replay.NO_PLAY]}
    log[replay.GIVEN] = log[replay.GIVEN].map(names).fillna("?")
    for column, rule in zip((replay.FIRST, replay.SECOND), rules):
        log[column] = log[rule.name].map(
            {**{x.name: x.play or replay.NO_PLAY for x in rule.all_arms}, UNKNOWN: replay.NO_PLAY}
        )
    log[pilot.CELL] = log[rules[0].name] + " \u2192 " + log[rules[1].name]
    log[pilot.CLUSTER] = log["unit"]
    log[replay.FOLD] = [drawn("fold", u) % FOLDS for u in log["unit"]]
    if e.log.chosen_on is not None:
        mine = [not is_half(e.log.chosen_on, u) for u in log["unit"]]
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
