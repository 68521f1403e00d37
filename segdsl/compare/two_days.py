"""Comparison of two days by one segmentation."""

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
from segdsl.run.recorded import with_recorded_runs
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd

MOST_WEEKS = 60


@dataclass(frozen=True)
class DriftReport:
    """Drift with its circumstances.

    `unknown_then`: fields whose earlier values aren't known.
    `warnings`: the later day lies after the day of the data.
    `weekly`: (start of week, share of movers).
    """

    rule: str
    entity: str
    then: Clock
    now: Clock
    drift: Drift
    unknown_then: tuple[str, ...]
    warnings: tuple[str, ...]
    weekly: tuple[tuple[dt.date, float], ...]


def compare_days(
    workspace: Workspace, name: str, since: str, as_of: str | None, source: str | None, weeks: bool = False
) -> DriftReport:
    """Compare two days; without `as_of` the later day is the source's snapshot, otherwise today.

    Raises `UsageError` for an unknown name or a wrong day, and `DataError`.
    """
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
    workspace = with_recorded_runs(workspace, source, now)
    engine = attach(workspace, [rule], config, now)
    before, after = _places_of(workspace, rule, engine, then), _places_of(workspace, rule, engine, now)
    both = before.index.intersection(after.index)
    moves = Counter(zip(before[both].tolist(), after[both].tolist()))
    names = [a.name for a in rule.all_arms] + (["unknown"] if any("unknown" in pair for pair in moves) else [])
    result = drift(moves, names, len(after.index.difference(before.index)), len(before.index.difference(after.index)))
    names_seen = sorted({*before, *after})
    sizes = [np.array([float((on == n).sum()) for n in names_seen]) for on in (before, after)]
    result = replace(result, psi_of_all=psi(*sizes))
    weekly = tuple(_weekly(workspace, rule, engine, then, now)) if weeks else ()
    warnings = tuple(d.message for d in time_travel.warnings(model.schema, {}, config, now))
    return DriftReport(name, rule.entity, then, now, result, tuple(map(str, leaks(model, [name]))), warnings, weekly)


def _places_of(workspace: Workspace, rule: Segmentation, engine: Engine, clock: Clock) -> pd.Series[str]:
    """Place of each customer who isn't outside, by key."""
    frame = evaluate(workspace.model, [rule], engine, clock)[rule.entity]
    where = places(frame, rule).set_axis(frame["entity_id"].astype(str))
    return where[where != OUT]


def _weekly(
    workspace: Workspace, rule: Segmentation, engine: Engine, then: Clock, now: Clock
) -> list[tuple[dt.date, float]]:
    """Share of movers among customers present at both ends of each week; at most the last `MOST_WEEKS`."""
    days = [now.today - dt.timedelta(weeks=w) for w in range((now.today - then.today).days // 7, -1, -1)][
        -MOST_WEEKS - 1 :
    ]
    shares = []
    before = _places_of(workspace, rule, engine, Clock.at(days[0], workspace.zone))
    for start, end in pairwise(days):
        after = _places_of(workspace, rule, engine, Clock.at(end, workspace.zone))
        both = before.index.intersection(after.index)
        shares.append((start, float((before[both] != after[both]).mean()) if len(both) else 0.0))
        before = after
    return shares
