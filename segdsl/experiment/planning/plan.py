"""Plan of an experiment: what a backtest can find, and the size and duration of a pilot, before outcomes are seen."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil, expm1
from typing import assert_never

import numpy as np

from segdsl.diagnostics import Diagnostic
from segdsl.experiment.history import backtest
from segdsl.experiment.history.expected import Expected
from segdsl.experiment.pilot.looks import inflation, inflation_always
from segdsl.experiment.pilot.power import Endpoint, Entering, LookAhead, Prospect, ahead
from segdsl.experiment.pilot.results import in_absolute, with_margin_in_units
from segdsl.experiment.shared.cells import Clusters, cells, clusters
from segdsl.experiment.shared.context import Context, ReportProgress, silent
from segdsl.experiment.shared.customer_rows import rows
from segdsl.experiment.shared.customers import Customers
from segdsl.experiment.shared.decide import LEAST_POWER, Check
from segdsl.experiment.shared.sample_size import design_effect, icc, of_share
from segdsl.model import expr as k
from segdsl.model.experiment import Assigned, Backtest, Experiment, External, Measure, Plannable, Replay
from segdsl.model.segment import Model, Segmentation
from segdsl.run.errors import UsageError
from segdsl.workspace.load import Workspace


@dataclass(frozen=True)
class PilotPlan:
    """Plan of a pilot with arms of equal size, among the customers whose play differs (D).

    With several candidates each is sized like the worst one, at alpha divided by their number.

    `window`: the day whose outcome window closed last; rates and spread are measured there.
    `customers`, `differ`: customers inside both segmentations, and those in D.
    `units`: customers of D that enter, over all arms.
    `outcome`: mean outcome in D.
    `icc`, `deff`: intraclass correlation and design effect of clusters.
    `weeks`: duration from the first entry to the last outcome.
    `least`: smallest effect in D found with the requested power (points of a share, units of a number), or smallest
        margin; None where there is none. On the whole base it is `least * d`.
    `detect`: registered effect in D.
    `margin`: registered margin in D, for a primary that must be no worse.
    `power`: chance of promotion at `detect`, or with equal arms at `margin`.
    `needed`: customers that each outcome needs, over all arms.
    `inflation`: factor by which interim analyses raise the size; `inflation_any_day` the factor for looks on any day.
    `rho`: correlation of covariate and outcome.
    `most`: largest possible effect.
    `a_week`: customers who newly came to differ each week; None where unknown.
    `of`: the effect that `table` and `ahead` are about.
    `table`: results by weeks of entering.
    `ahead`: the looks to come.
    `varies`: the outcome wasn't equal for everybody.
    """

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
    arms: int = 2
    detect: float | None = None
    margin: float | None = None
    power: float | None = None
    needed: Mapping[str, int] = field(default_factory=dict)
    inflation: float = 1.0
    inflation_any_day: float = 1.0
    rho: float = 0.0
    most: float = float("inf")
    a_week: float | None = None
    of: float = 0.0
    table: tuple[Entering, ...] = ()
    ahead: tuple[LookAhead, ...] = ()
    varies: bool = True

    @property
    def d(self) -> float:
        return self.differ / self.customers if self.customers else 0.0

    @property
    def is_loose(self) -> bool:
        """Whether the margin of a yes/no outcome is at least the share of the rarer answer: all events could be lost,
        or doubled.
        """
        rarer = min(self.outcome, 1 - self.outcome)
        return self.margin is not None and self.is_share and self.margin >= rarer > 0


@dataclass(frozen=True)
class Plan:
    """Plan for one candidate; `backtest` and `pilot` are None where a check fails or no play differs.

    `too_long`: the reason why the pilot exceeds the allowed time, or "".
    """

    experiment: Experiment
    design: Plannable
    candidate: str
    checks: tuple[Check, ...]
    backtest: Expected | None
    pilot: PilotPlan | None
    too_long: str = ""


def is_too_small(q: PilotPlan) -> bool:
    """Whether nothing is found with so many customers, or the registered effect in less than half of all pilots."""
    return q.least is None or (q.power is not None and q.power < LEAST_POWER)


def is_answerable_by(q: PilotPlan) -> bool:
    """Whether the pilot is large enough and its margin means something."""
    return not is_too_small(q) and not q.is_loose


def is_answerable(p: Plan) -> bool:
    """Whether the registered effect would be found in at least half of all runs."""
    match p.design:
        case Assigned():
            return not p.too_long and p.pilot is not None and is_answerable_by(p.pilot)
        case Backtest():
            return p.backtest is not None and p.backtest.answerable >= LEAST_POWER
        case _:
            assert_never(p.design)


def plans(
    workspace: Workspace, e: Experiment, source: str | None = None, report_progress: ReportProgress = silent
) -> list[Plan]:
    """Plan for each candidate.

    Customers are counted at the first origin; rates and spread come from earlier windows. Raises `UsageError` for an
    experiment that has already run, and `DataError`.
    """
    if isinstance(e.design, External | Replay):
        help = f"`segdsl experiment run {e.name}`"
        raise UsageError(Diagnostic("SEG0617", f"`{e.name}` has run: there is nothing to design", help=help))
    data = backtest.Data.of(Context.of(workspace, e, source, report_progress))
    plans_by_candidate = []
    for candidate in e.candidates:
        report_progress(f"{candidate}: what could be found")
        match e.design:
            case Backtest():
                plans_by_candidate.append(_of_backtest(data, e.design, candidate))
            case Assigned():
                pilot = _pilot(data, candidate, e.design)
                too_long = _too_long(e, pilot, "entering and the outcome take")
                plans_by_candidate.append(Plan(e, e.design, candidate, (), None, pilot, too_long))
            case _:
                assert_never(e.design)
    return plans_by_candidate


def _of_backtest(data: backtest.Data, design: Backtest, candidate: str) -> Plan:
    e, checks = data.context.experiment, tuple(backtest.validity(data, design, candidate))
    if not all(c.ok for c in checks):
        return Plan(e, design, candidate, checks, None, None)
    pilot = _pilot(data, candidate)
    too_long = _too_long(e, pilot, "the outcome alone takes")
    return Plan(e, design, candidate, checks, _backtest(data, design, candidate), pilot, too_long)


def _too_long(e: Experiment, pilot: PilotPlan | None, what: str) -> str:
    if pilot is None or e.at_most_days is None or pilot.weeks * 7 <= e.at_most_days:
        return ""
    return f"{what} {pilot.weeks} weeks, and at most {e.at_most_days // 7} are allowed"


def _backtest(data: backtest.Data, design: Backtest, candidate: str) -> Expected | None:
    first = cells(data.engine, data.question(candidate), data.clock(design.origins[0]))
    return backtest.expected_power(data, design, candidate, backtest.inside(first))


def _pilot(data: backtest.Data, candidate: str, design: Assigned | None = None) -> PilotPlan | None:
    """Plan a pilot on the latest closed window; without a design all customers enter at once, with one look."""
    e, q = data.context.experiment, data.question(candidate)
    day = data.earlier(data.end_of_data - dt.timedelta(days=e.reported_days))
    other = [pair for pair, differs in backtest.differing(q.incumbent, q.candidate).items() if differs]
    counted = cells(data.engine, q, data.clock(day))
    customers, differ = backtest.inside(counted), sum(c.n for place, c in counted.items() if place in other)
    if not differ:
        return None
    seen = clusters(data.engine, q, data.clock(day), other)
    mean = float((seen.sizes * seen.means).sum() / seen.sizes.sum()) if len(seen.sizes) else 0.0
    is_share = e.primary.outcome in data.context.binary
    correlation, deff = _deff(seen)
    falls = (e.primary.better == "lower") == (e.primary.margin is None)  # whether the effect lowers the outcome
    variance = of_share(mean, falls) if is_share else _of_number(seen, mean)
    most = (mean if falls else 1 - mean) if is_share else 1e3 * (float(np.sqrt(variance(0))) or 1.0)
    if e.primary.margin is not None:
        variance = partial(_alike, variance(0))
    rho = _rho(data, candidate, day, e.primary.outcome)
    primary = Endpoint(
        variance, most, deff * (1 - rho**2), _of_customers(data, e.primary, seen, mean), e.primary.margin is not None
    )
    alpha, power, arms = _level(e), _power_of_each(e), len(e.arms)
    entering = design.until - design.starts if design is not None else dt.timedelta()
    waiting = data.end(day) - day
    plan = PilotPlan(
        window=day,
        customers=customers,
        differ=differ,
        units=0,
        outcome=mean,
        is_share=is_share,
        icc=correlation,
        deff=deff,
        weeks=_weeks(entering + waiting),
        least=None,
        arms=arms,
        rho=rho,
        inflation=_inflation(design, alpha, power) if design is not None else 1.0,
        inflation_any_day=inflation_always(alpha, power) if design is not None else 1.0,
        most=most,
        a_week=_newcomers(data, candidate, day),
        varies=primary.varies,
    )
    prospect = Prospect(primary, arms, (), *ahead(design, alpha))
    units = _entered(e, plan, entering.days / 7)
    plan = replace(plan, units=units, least=prospect.least(units, power) if primary.varies else None)
    if design is not None:
        before, after = (_costs(data.context.model, rule) for rule in (q.incumbent, q.candidate))
        saved = sum((before[a] - after[b]) * c.n for (a, b), c in counted.items() if (a, b) in other) / differ
        size = _registered_size(data, candidate, plan, saved)
        guardrails = _guardrails(data, candidate, plan, other)
        detect, margin = (size, None) if e.primary.margin is None else (None, size)
        plan = replace(plan, detect=detect, margin=margin, needed=_needed(e, plan, size, prospect, guardrails))
        prospect = replace(prospect, guardrails=tuple(guardrails.values()))
    return _with_chances(e, plan, prospect, _weeks(entering), waiting)


def _entered(e: Experiment, plan: PilotPlan, weeks: float) -> int:
    """Expected number of entrants after `weeks`: all who differ, and newcomers at a constant weekly chance, once each."""
    others = plan.customers - plan.differ
    later = others * -expm1(-(plan.a_week or 0.0) * weeks / others) if others else 0.0
    units = plan.differ + round(later)
    return units if e.at_most_units is None else min(units, e.at_most_units)


def _with_chances(
    e: Experiment, plan: PilotPlan, prospect: Prospect, declared: int, waiting: dt.timedelta
) -> PilotPlan:
    """Add power by weeks of entering and by look: for the registered size, else the least that is found, else half the
    largest effect.
    """
    registered = plan.detect if plan.margin is None else plan.margin
    of = registered if registered is not None and registered > 0 else plan.least or plan.most / 2
    table = [
        prospect.entering(w, w + _weeks(waiting), _entered(e, plan, w), of, float(e.power))
        for w in _enterings(declared, waiting, e.at_most_days, bool(plan.a_week))
    ]
    power = (
        None
        if registered is None
        else prospect.power(registered, plan.units)
        if registered > 0 and plan.varies
        else 0.0
    )
    return replace(plan, of=of, power=power, table=tuple(table), ahead=prospect.looks(of, plan.units))


def _level(e: Experiment) -> float:
    """Level for the worst of several candidates, as in Holm's first step."""
    return float(e.alpha) / len(e.candidates)


def _weeks(span: dt.timedelta) -> int:
    return ceil(span.days / 7)


USUAL_WEEKS = (0, 4, 8, 13, 26)
LOOKED_BACK = 4  # weeks before the plan's day, for newcomers


def _enterings(declared: int, waiting: dt.timedelta, at_most_days: int | None, do_enter: bool) -> list[int]:
    """Weeks of entering to tabulate: the declared ones, and usual ones that are allowed and where customers enter later
    at all.
    """
    usual = [w for w in USUAL_WEEKS if do_enter and (at_most_days is None or w * 7 + waiting.days <= at_most_days)]
    return sorted({declared, *usual})


def _newcomers(data: backtest.Data, candidate: str, day: dt.date) -> float | None:
    """Weekly number of customers who newly came to differ, over the weeks before `day`; None where nobody differed
    before.
    """
    now, then = (set(_differing(data, candidate, d, {}).units) for d in (day, day - dt.timedelta(weeks=LOOKED_BACK)))
    return len(now - then) / LOOKED_BACK if then else None


def _power_of_each(e: Experiment) -> float:
    """Power for the primary and each guardrail, so that all of them together reach the requested power."""
    return 1 - (1 - float(e.power)) / (1 + len(e.guardrails))


def _of_customers(data: backtest.Data, m: Measure, seen: Clusters, mean: float) -> float | None:
    """Share with the better answer, where customers are the unit; None for a number, and for clusters."""
    if m.outcome not in data.context.binary or (len(seen.sizes) and seen.sizes.max() > 1):
        return None
    return 1 - mean if m.better == "lower" else mean


def _registered_size(data: backtest.Data, candidate: str, plan: PilotPlan, saved: float) -> float | None:
    """Registered effect or margin in D; `saved` is the saving in play costs per customer of D."""
    primary = with_margin_in_units(data.context.experiment.primary, saved)
    size = primary.detect if primary.margin is None else primary.margin
    if size is None:
        return None
    return in_absolute(size, plan.outcome, _mean(data, candidate, plan.window, primary.outcome), plan.d)


def _guardrails(
    data: backtest.Data, candidate: str, plan: PilotPlan, other: Sequence[tuple[str, str]]
) -> dict[str, tuple[float, Endpoint]]:
    """Margin and endpoint of each guardrail in D, where its outcome varies."""
    day, margins = plan.window, dict[str, tuple[float, Endpoint]]()
    for m in data.context.experiment.guardrails:
        seen = clusters(
            data.engine,
            replace(data.question(candidate), outcome=data.context.outcomes[m.outcome]),
            data.clock(day),
            other,
        )
        mean = float((seen.sizes * seen.means).sum() / seen.sizes.sum()) if len(seen.sizes) else 0.0
        assert m.margin is not None, "a guardrail has a margin"
        margin = in_absolute(m.margin, mean, _mean(data, candidate, day, m.outcome), plan.d)
        rho, deff = _rho(data, candidate, day, m.outcome), _deff(seen)[1]
        share = _of_customers(data, m, seen, mean)
        tested = Endpoint(_of_number(seen, mean), more=deff * (1 - rho**2), share=share, no_worse=True)
        if margin > 0 and tested.varies:
            margins[m.outcome] = margin, tested
    return margins


def _needed(
    e: Experiment,
    plan: PilotPlan,
    size_registered: float | None,
    prospect: Prospect,
    guardrails: Mapping[str, tuple[float, Endpoint]],
) -> dict[str, int]:
    """Customers over all arms that each outcome needs alone."""
    power = _power_of_each(e)
    endpoints = {m: (margin, replace(prospect, primary=tested)) for m, (margin, tested) in guardrails.items()}
    if size_registered is not None and size_registered > 0 and plan.varies and plan.units // plan.arms >= 2:
        endpoints = {e.primary.outcome: (size_registered, prospect), **endpoints}
    units = {m: of.units(size, power) for m, (size, of) in endpoints.items()}
    return {m: n for m, n in units.items() if n is not None}


def _costs(model: Model, rule: Segmentation) -> Mapping[str | None, float]:
    """Cost of each arm's play; 0 for an arm without a play."""
    costs: dict[str | None, float] = {a.name: model.plays[a.play].cost for a in rule.all_arms if a.play is not None}
    return defaultdict(float, costs)


def _alike(variance: float, _: float) -> float:
    """Variance of two equal arms, whatever the margin."""
    return variance


def _mean(data: backtest.Data, candidate: str, day: dt.date, outcome: str) -> float:
    """Mean of an outcome among all customers inside both segmentations."""
    q = replace(data.question(candidate), outcome=data.context.outcomes[outcome])
    inside = [c for place, c in cells(data.engine, q, data.clock(day)).items() if None not in place]
    return sum(c.mean * c.known for c in inside if c.known) / max(1, sum(c.known for c in inside))


def _inflation(design: Assigned, alpha: float, power: float) -> float:
    """Inflation for evenly spaced looks."""
    if design.any_day:
        return inflation_always(alpha, power)
    count = len(design.looks)
    return inflation([(i + 1) / count for i in range(count)], alpha, power) if count > 1 else 1.0


def _rho(data: backtest.Data, candidate: str, day: dt.date, outcome: str) -> float:
    """Correlation of covariate and outcome in the latest closed window; 0 without a covariate."""
    adjust = data.context.experiment.analysis.adjust
    if adjust is None:
        return 0.0
    values = {n: data.context.model.metrics[n].body for n in (adjust, outcome)}
    customers = _differing(data, candidate, day, values).known(adjust).known(outcome)
    before, after = customers.value(adjust), customers.value(outcome)
    varies = len(customers) > 2 and before.std() > 0 and after.std() > 0
    return float(np.corrcoef(before, after)[0, 1]) if varies else 0.0


def _differing(data: backtest.Data, candidate: str, day: dt.date, values: Mapping[str, k.Expr]) -> Customers:
    """Customers whose play differs as of `day`, with measured `values`."""
    context = data.context
    rules = [context.model.segmentations[n] for n in (context.experiment.incumbent, candidate)]
    customers = rows(context, data.engine, data.clock(day), rules, values).inside([r.name for r in rules])
    differing = backtest.differing(*rules)
    places = zip(*(customers.place(r.name) for r in rules))
    return customers.where(np.array([differing.get(p, False) for p in places], bool))


def _deff(seen: Clusters) -> tuple[float, float]:
    if not len(seen.sizes) or seen.sizes.max() <= 1:
        return 0.0, 1.0
    correlation = icc(seen.sizes, seen.means, seen.m2)
    size = float(seen.sizes.mean())
    return correlation, design_effect(size, float(seen.sizes.std()) / size, correlation)


def _of_number(seen: Clusters, mean: float) -> Callable[[float], float]:
    n = float(seen.sizes.sum())
    variance = float((seen.m2 + seen.sizes * np.square(seen.means - mean)).sum()) / max(n - 1, 1.0)
    return lambda _: 2 * variance
