"""A declared experiment -> what it can find before anybody looks at the outcomes: its backtest, and a pilot after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np

from segdsl.diagnostics import Diagnostic
from segdsl.experiment import backtest, judge
from segdsl.experiment.cells import Cells, Clusters, cells, clusters
from segdsl.experiment.decide import Check
from segdsl.experiment.design import design_effect, icc, of_share, power_of, smallest_effect, z_total
from segdsl.model.experiment import Experiment
from segdsl.model.types import BOOLEAN
from segdsl.run import source_config
from segdsl.run.errors import UsageError
from segdsl.workspace import Workspace


@dataclass(frozen=True)
class BacktestPlan:
    """`se` is the standard error to expect, in skill like `detect` and `least`, the gain that is found with the power asked for."""

    customers: int
    se: float
    detect: float
    power: float
    least: float


@dataclass(frozen=True)
class PilotPlan:
    """Half of those who differ get the candidate's play. `outcome` is what happened to them in the latest window that is over,
    `least` the change among them that is found with the power asked for (points of a share, units of a number), None where none
    is; on the whole base it is `least * d`. `weeks` is how long each has to be watched."""

    window: dt.date
    customers: int
    differ: int
    units: int
    outcome: float
    is_share: bool
    icc: float
    deff: float
    weeks: int
    least: float | None

    @property
    def d(self) -> float:
        return self.differ / self.customers if self.customers else 0.0


@dataclass(frozen=True)
class Plan:
    """Of one candidate. A part is None where a check fails, or nobody differs. `too_long` says why a pilot can't be run."""

    experiment: Experiment
    candidate: str
    checks: tuple[Check, ...]
    backtest: BacktestPlan | None
    pilot: PilotPlan | None
    too_long: str = ""


def plans(
    workspace: Workspace, name: str, source: str | None = None, told: Callable[[str], None] = lambda _: None
) -> list[Plan]:
    """One per candidate. Of the origins only who is there is counted; rates and spread are those of before the first.

    Raises `UsageError` for a name that is no experiment, and `DataError`.
    """
    model, e = backtest.declared(workspace, name)
    if not e.origins:
        raise UsageError(
            Diagnostic(
                "SEG0617", f"`{name}` has run: there is nothing to design", help=f"`segdsl experiment run {name}`"
            )
        )
    config = source_config(workspace, source)
    data = backtest.Data.of(workspace, model, e, config)
    found = []
    for candidate in e.candidates:
        told(f"{candidate}: what could be found")
        checks = tuple(backtest.validity(data, candidate))
        if not all(c.ok for c in checks):
            found.append(Plan(e, candidate, checks, None, None))
            continue
        pilot = _pilot(data, candidate)
        too_long = ""
        if pilot is not None and e.at_most_days is not None and pilot.weeks * 7 > e.at_most_days:
            too_long = f"the outcome alone takes {pilot.weeks} weeks, and at most {e.at_most_days // 7} are allowed"
        found.append(Plan(e, candidate, checks, _backtest(data, candidate), pilot, too_long))
    return found


def _backtest(data: backtest.Data, candidate: str) -> BacktestPlan | None:
    e, q = data.experiment, data.question(candidate)
    assert e.primary.detect is not None, "a backtest registers its smallest gain"
    before = backtest.crossfit(data.engine, q, data.clock(data.earlier(e.origins[0])))
    variance = judge.spread(c for part in before.scored.values() for c in part.values())[2]
    customers = sum(_inside(cells(data.engine, q, data.clock(day))) for day in e.origins)
    if variance <= 0 or len(before.totals.gains) < 2 or not customers:
        return None
    se, detect = judge.planned_se(before.totals, customers) / variance, float(e.primary.detect.value)
    alpha, power = float(e.alpha), float(e.power)
    return BacktestPlan(customers, se, detect, power_of(detect, se, alpha), z_total(alpha, power) * se)


def _inside(found: Cells) -> int:
    return sum(c.n for place, c in found.items() if None not in place)


def _pilot(data: backtest.Data, candidate: str) -> PilotPlan | None:
    """By the customers of the latest day whose outcome window is over."""
    e, q, model = data.experiment, data.question(candidate), data.model
    day = data.earlier(data.end_of_data - dt.timedelta(days=e.reported_days))
    other = [pair for pair, differs in backtest.differing(q.incumbent, q.candidate).items() if differs]
    counted = cells(data.engine, q, data.clock(day))
    customers, differ = _inside(counted), sum(c.n for place, c in counted.items() if place in other)
    if not differ:
        return None
    seen = clusters(data.engine, q, data.clock(day), other)
    mean = float((seen.sizes * seen.means).sum() / seen.sizes.sum())
    is_share = model.metrics[e.primary.outcome].type == BOOLEAN
    correlation, deff = _deff(seen)
    units = min(differ, e.at_most_units) if e.at_most_units is not None else differ
    variance = of_share(mean, e.primary.better == "lower") if is_share else _of_number(seen, mean)
    most = (
        (mean if e.primary.better == "lower" else 1 - mean) if is_share else 1e3 * (float(np.sqrt(variance(0))) or 1.0)
    )
    least = smallest_effect(units / 2 / deff, variance, float(e.alpha), float(e.power), most)
    weeks = ceil((data.end(day) - day).days / 7)
    return PilotPlan(day, customers, differ, units, mean, is_share, correlation, deff, weeks, least)


def _deff(seen: Clusters) -> tuple[float, float]:
    if seen.sizes.max() <= 1:
        return 0.0, 1.0
    correlation = icc(seen.sizes, seen.means, seen.m2)
    size = float(seen.sizes.mean())
    return correlation, design_effect(size, float(seen.sizes.std()) / size, correlation)


def _of_number(seen: Clusters, mean: float) -> Callable[[float], float]:
    n = float(seen.sizes.sum())
    variance = float((seen.m2 + seen.sizes * np.square(seen.means - mean)).sum()) / max(n - 1, 1.0)
    return lambda _: 2 * variance
