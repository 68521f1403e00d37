"""Workspace and two days -> who was where on each, by one segmentation."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from segdsl.analyse.admissible import leaks
from segdsl.compare.drift import Drift, drift, psi
from segdsl.compare.memberships import OUT, places
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model.clock import Clock
from segdsl.model.segment import Segmentation
from segdsl.run import time_travel
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import attach, clock_for, evaluate, source_config
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd

MOST_WEEKS = 60


@dataclass(frozen=True)
class Drifted:
    """`unknown_then` are the fields that are as they are now, not as they were; `warnings` say that the later day lies after the one the data is of; `weekly` the share who moved in each week."""

    rule: str
    entity: str
    then: Clock
    now: Clock
    drift: Drift
    unknown_then: tuple[str, ...]
    warnings: tuple[str, ...]
    weekly: tuple[tuple[dt.date, float], ...]


def drifted(
    workspace: Workspace, name: str, since: str, as_of: str | None, source: str | None, weeks: bool = False
) -> Drifted:
    """Without `as_of` the later day is the one that the source says its data is of, else today. Raises `UsageError` for a wrong name or day, and `DataError`."""
    model = workspace.model
    assert model is not None
    rule = model.segmentations.get(name)
    if rule is None:
        known = ", ".join(f"`{n}`" for n in model.segmentations) or "none"
        raise UsageError(Diagnostic("SEG0616", f"`{name}` is no segmentation", help=f"there is {known}"))
    config = source_config(workspace, source)
    then, now = (clock_for(workspace.zone, day) for day in (since, as_of if as_of is not None else config.snapshot))
    if then.now >= now.now:
        raise UsageError(
            Diagnostic("SEG0604", f"{then.today} isn't before {now.today}", help="--since is the earlier day")
        )
    engine = attach(workspace, [rule], config, now)
    before, after = _placed(workspace, rule, engine, then), _placed(workspace, rule, engine, now)
    both = before.index.intersection(after.index)
    moves = Counter(zip(before[both].tolist(), after[both].tolist()))
    names = [a.name for a in rule.all_arms] + (["unknown"] if any("unknown" in pair for pair in moves) else [])
    found = drift(moves, names, len(after.index.difference(before.index)), len(before.index.difference(after.index)))
    there = sorted({*before, *after})
    sizes = [np.array([float((on == n).sum()) for n in there]) for on in (before, after)]
    found = replace(found, psi_of_all=psi(*sizes))
    weekly = tuple(_weekly(workspace, rule, engine, then, now)) if weeks else ()
    warnings = tuple(d.message for d in time_travel.warnings(model.schema, {}, config, now))
    return Drifted(name, rule.entity, then, now, found, tuple(map(str, leaks(model, [name]))), warnings, weekly)


def _placed(workspace: Workspace, rule: Segmentation, engine: Engine, clock: Clock) -> pd.Series[str]:
    """The place of each customer who is inside, by key."""
    frame = evaluate(workspace.model, [rule], engine, clock)[rule.entity]
    where = places(frame, rule).set_axis(frame["entity_id"].astype(str))
    return where[where != OUT]


def _weekly(
    workspace: Workspace, rule: Segmentation, engine: Engine, then: Clock, now: Clock
) -> list[tuple[dt.date, float]]:
    """Of those who are there at both ends of a week, the share who moved in it; the last weeks where there are very many."""
    days = [now.today - dt.timedelta(weeks=w) for w in range((now.today - then.today).days // 7, -1, -1)][
        -MOST_WEEKS - 1 :
    ]
    found = []
    before = _placed(workspace, rule, engine, Clock.at(days[0], workspace.zone))
    for start, end in pairwise(days):
        after = _placed(workspace, rule, engine, Clock.at(end, workspace.zone))
        both = before.index.intersection(after.index)
        found.append((start, float((before[both] != after[both]).mean()) if len(both) else 0.0))
        before = after
    return found
