"""Backtest: segments and rates of an earlier day, judged by outcomes that happened later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from segdsl import engines
from segdsl.analyse.admissible import assumed, leaks, unclosed
from segdsl.compare.segmentations import Comparison, compare_on
from segdsl.engines import Engine
from segdsl.experiment.history import judge
from segdsl.experiment.history.describe import Description
from segdsl.experiment.history.expected import Expected
from segdsl.experiment.history.fixed_fields import survival, unchanged
from segdsl.experiment.history.power import expected
from segdsl.experiment.shared import evidence, gain
from segdsl.experiment.shared.cells import ByCluster, Cells, Question, Totals, by_cluster, cells, cells_by_fold, pooled
from segdsl.experiment.shared.context import Context
from segdsl.experiment.shared.decide import Check, Evidence
from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.model.ahead import closes
from segdsl.model.as_if_run import AsIfRun
from segdsl.model.clock import LATEST, Clock, day, shift_date
from segdsl.model.experiment import Backtest, Experiment
from segdsl.model.segment import Model, Rule, Segmentation
from segdsl.run.as_if_run import as_if_run, check, rules_run, run_on, without_runs
from segdsl.run.evaluate import worth_field
from segdsl.run.newest import newest_row
from segdsl.words.plural import plural


@dataclass(frozen=True)
class Result:
    """Backtest of one candidate against the incumbent.

    `assumed`: event fields that the backtest assumes unchanged since they were written.
    `comparison`: the movers as of the day of the data; None without an estimate.
    `until`: the end of the last outcome window.
    `described`: descriptive figures of the incumbent and the candidate; the verdict doesn't use them.
    `empty`: segments (`RULE.ARM`) without a customer at any origin.
    `earlier`: other experiments that have shown the same outcome in overlapping windows.
    """

    experiment: Experiment
    design: Backtest
    candidate: str
    evidence: Evidence
    judged: judge.BacktestJudgement
    assumed: tuple[str, ...]
    comparison: Comparison | None
    until: dt.date
    described: tuple[Description, ...] = ()
    empty: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()


def run(context: Context, design: Backtest) -> list[Result]:
    """Backtest each candidate, in the order of the declaration.

    A declaration that has changed since its registered run makes the evidence exploratory. Raises `DataError`.
    """
    workspace, model, experiment = context.workspace, context.model, context.experiment
    data = Data.of(context)
    asked = data.context.model.segmentations
    counted = {candidate: _counted(data, design, candidate) for candidate in experiment.candidates}
    if evidence.is_changed(workspace, model, experiment):
        counted = {n: replace(c, evidence="exploratory") if c.evidence == "backtest" else c for n, c in counted.items()}
    alpha = float(experiment.alpha)
    first = {candidate: c.judged(alpha) for candidate, c in counted.items()}
    levels = gain.holm({n: j.estimate.p if j.origins else 1.0 for n, j in first.items()}, alpha)
    earlier = evidence.earlier(workspace, experiment, design.origins[0], data.until(design))
    results = []
    for candidate, c in counted.items():
        judgement = first[candidate] if levels[candidate] == alpha else c.judged(levels[candidate])
        comparison = None
        if judgement.origins:
            context.report_progress(f"comparing {candidate} as of {context.clock.today}")
            pair = asked[experiment.incumbent], asked[candidate]
            comparison = compare_on(data.context.workspace, *pair, data.engine, context.clock)

        results.append(
            Result(
                experiment,
                design,
                candidate,
                c.evidence,
                judgement,
                assumed=tuple(_assumed(model, experiment, candidate)),
                comparison=comparison,
                until=data.until(design),
                described=judge.describe_both(c.origins, judgement.alpha) if judgement.is_shown else (),
                empty=_empty(model, judgement),
                earlier=earlier,
            )
        )
    return results


def _assumed(model: Model, e: Experiment, candidate: str) -> Iterable[str]:
    """What is assumed unchanged of the data; supposed runs aren't data."""
    for read in assumed(model, [e.incumbent, candidate]):
        relation = model.schema.relations[read.partition(".")[0]]
        if relation.runs_of is None or e.as_if_run is None:
            yield read


def _empty(model: Model, judgement: judge.BacktestJudgement) -> tuple[str, ...]:
    """Arms without a customer at any origin."""
    occupied = {(s.rule, s.place) for s in judgement.segments}
    rules = dict.fromkeys(s.rule for s in judgement.segments)
    return tuple(
        f"{rule}.{a.name}" for rule in rules for a in model.segmentations[rule].arms if (rule, a.name) not in occupied
    )


@dataclass(frozen=True)
class Data:
    """The engine with all columns that an experiment reads; as if its rules had been run, where it says so."""

    context: Context
    engine: Engine

    @staticmethod
    def of(context: Context) -> Data:
        runs = context.experiment.as_if_run
        if runs is None:
            return Data._attached(context, [])
        check(runs, context.clock, f"`{context.experiment.name}`")
        workspace = as_if_run(context.workspace, runs, _candidates(context))
        config = without_runs(context.config, workspace.model)
        supposed = replace(context, workspace=workspace, model=workspace.model, config=config)
        behind = rules_run(supposed.model, supposed.rules)
        data = Data._attached(supposed, behind)
        run_on(supposed.model, behind, data.engine, runs, context.clock, context.report_progress)
        return data

    @staticmethod
    def _attached(context: Context, also: Sequence[Rule]) -> Data:
        model, e = context.model, context.experiment
        extra = [*context.outcomes.values(), *([e.cluster] if e.cluster is not None else [])]
        extra += [model.metrics[n].body for n in (e.analysis.adjust,) if n is not None]
        needed = dependencies.of_rules(model, [*context.rules, *also], extra)
        amount = worth_field(model.schema.relations[e.entity])
        worth = {e.entity: {amount}} if amount else {}
        root = context.workspace.root
        return Data(context, engines.attach(model.schema, needed, context.config, root, None, context.clock, worth))

    def clock(self, day: dt.date) -> Clock:
        return self.context.clock_on(day)

    def end(self, day: dt.date) -> dt.date:
        """Return the first day by which every outcome as of `day` has happened."""
        closing_day = closes(self.context.model, [self._primary], self.clock(day))
        assert closing_day is not None, "an outcome of an experiment has an end"
        return closing_day

    @property
    def _primary(self) -> k.Expr:
        return self.context.outcomes[self.context.experiment.primary.outcome]

    @cached_property
    def newest(self) -> dict[str, dt.date | None]:
        """Day of the newest row of each event table that the primary outcome reads; of all event tables where the
        outcome reads none.
        """
        model, now = self.context.model, self.context.clock
        kinds = model.schema.relations
        read = [n for n in dependencies.columns(model, [self._primary]) if kinds[n].kind == "table"]
        if not read and self.context.config.snapshot is None:
            read = [n for n, r in kinds.items() if r.kind == "table" and r.runs_of is None]
        times = {n: kinds[n].at or "" for n in read}
        return {n: newest_row(self.engine, n, at, now) if self.engine.has(n, at) else None for n, at in times.items()}

    @property
    def end_of_data(self) -> dt.date:
        """The snapshot day from the settings; without a setting, the day after the newest row."""
        if self.context.config.snapshot is not None:
            return self.context.config.snapshot
        days, today = [d for d in self.newest.values() if d is not None], self.context.clock.today
        return min(today, max(days) + dt.timedelta(days=1)) if days else today

    def until(self, design: Backtest) -> dt.date:
        """Return the end of the last outcome window."""
        return self.end(design.origins[-1])

    def earlier(self, day: dt.date) -> dt.date:
        """Return the latest as-of whose outcome window has closed by `day`: rates for `day` are learned there."""
        candidate_day = day - (self.end(day) - day)
        while self.end(candidate_day) > day:
            candidate_day -= dt.timedelta(days=1)
        return candidate_day

    def question(self, candidate: str) -> Question:
        e, rules = self.context.experiment, self.context.model.segmentations
        return Question(self.context.model, e.entity, rules[e.incumbent], rules[candidate], self._primary, e.cluster)


def _candidates(context: Context) -> list[str]:
    """The candidates that keep customers or read runs by those of their incumbent."""
    return [r.name for r in context.rules if r.candidate_of is not None]


@dataclass(frozen=True)
class _Counted:
    """Counts from the engine for one candidate; `origins` is empty where a check has failed."""

    data: Data
    candidate: str
    evidence: Evidence
    checks: tuple[Check, ...]
    origins: tuple[judge.Origin, ...] = ()
    pooled: Totals = field(default_factory=Totals.none)
    expected: Expected | None = None

    def judged(self, alpha: float) -> judge.BacktestJudgement:
        """Judge at a two-sided level: the experiment's alpha, or a smaller level by Holm where there are several
        candidates.
        """
        e = self.data.context.experiment
        assert e.primary.detect is not None, "a backtest registers its smallest gain"
        if not self.origins:
            return judge.without_estimate(self.checks, alpha)
        rules = self.data.context.model.segmentations
        return judge.judge(
            self.origins,
            self.pooled,
            float(e.primary.detect.value),
            differing(rules[e.incumbent], rules[self.candidate]),
            names=(e.incumbent, self.candidate),
            alpha=alpha,
            evidence=self.evidence,
            checks=self.checks,
            expected=self.expected,
        )


def _counted(data: Data, design: Backtest, candidate: str) -> _Counted:
    report_progress = data.context.report_progress
    checks = tuple(validity(data, design, candidate))
    if all(c.ok for c in checks):
        rules = [data.context.experiment.incumbent, candidate]
        days = data.clock(design.origins[-1]), data.clock(data.end_of_data)
        checks = (*checks, *survival(data.context, data.engine, rules, *days))
    if not all(c.ok for c in checks):
        return _Counted(data, candidate, "backtest", checks)
    q = data.question(candidate)
    origins, gains = [], []
    for as_of in design.origins:
        report_progress(f"{candidate}: as of {as_of}")
        origin, gains_then = _origin(data.engine, q, data.clock(as_of), data.clock(data.earlier(as_of)))
        origins.append(origin)
        gains.append(gains_then)
    if len(origins) == 1 and not judge.has_taught(origins[0].learned[0]):
        report_progress(f"{candidate}: too little to learn from before, so cross-fitted")
        alone = crossfit(data.engine, q, data.clock(design.origins[0]))
        return _Counted(data, candidate, "crossfit", checks, (alone,), alone.totals)
    report_progress(f"{candidate}: what can be found")
    power = expected_power(data, design, candidate, inside(origins[0].scored[0]))
    return _Counted(data, candidate, "backtest", checks, tuple(origins), pooled(gains), power)


def expected_power(data: Data, design: Backtest, candidate: str, customers: int) -> Expected | None:
    """Estimate what the backtest can find, from the window before the first origin; None where that window says
    nothing.

    Every origin is assumed to have as many customers as the first: later counts would be outcomes. Reads the past only.
    """
    e = data.context.experiment
    assert e.primary.detect is not None, "a backtest registers its smallest gain"
    before = crossfit(data.engine, data.question(candidate), data.clock(data.earlier(design.origins[0])))
    level = float(e.alpha) / len(e.candidates)
    return expected(
        before, [customers] * len(design.origins), float(e.primary.detect.value), level, _follows(data, design)
    )


def _follows(data: Data, design: Backtest) -> bool:
    """Whether each origin learns mostly from the window that judges the origin before."""
    days = pairwise(design.origins)
    return all(2 * (data.earlier(later) - day) < data.end(day) - day for day, later in days)


def inside(cells: Cells) -> int:
    """Count the customers who are inside both segmentations."""
    return sum(c.n for place, c in cells.items() if None not in place)


def validity(data: Data, design: Backtest, candidate: str) -> Iterable[Check]:
    """Check what can be checked before any outcome is counted."""
    model, e, until = data.context.model, data.context.experiment, data.until(design)
    relation = model.schema.relations[e.entity]
    lives = relation.lives_from is not None
    yield Check.of(
        "survivorship",
        lives,
        f"{plural(e.entity)} are there from their `{relation.lives_from}`",
        f"`{e.entity}` has no life: those who were there and are gone would be left out. "
        f"Declare it, as in `entity {e.entity} from created_at to ended_at`",
    )
    unknown_then = leaks(model, [e.incumbent, candidate])
    yield Check.of(
        "leakage",
        not unknown_then,
        "what both read is known as it was",
        f"not known as of then: {'; '.join(map(str, unknown_then))}. Mark what never changes `fixed` and what is known "
        "from a time on `known at …`, keep `history from … to …`, or count events",
    )
    yield from _runs(data, design, candidate)
    yield from unchanged(data.context, data.engine, [e.incumbent, candidate])
    open_ = unclosed(model, e.primary.outcome)
    yield Check.of(
        "outcome",
        not open_,
        f"`{e.primary.outcome}` is made of what happened",
        f"`{e.primary.outcome}` reads how things are now: {'; '.join(map(str, open_))}",
    )
    matured = until + dt.timedelta(days=e.reported_days)
    hint = "" if data.context.config.snapshot else " (`snapshot = …` in segdsl.toml says of which day the data is)"
    yield Check.of(
        "maturity",
        matured <= data.end_of_data,
        f"the last outcome window ended on {until}",
        f"the last outcome window ends on {matured}, the data on {data.end_of_data}: "
        f"leave the last origin out, or wait{hint}",
    )
    silent = [(table, day) for table, day in data.newest.items() if day is not None and day < design.origins[-1]]
    if silent and matured <= data.end_of_data:
        yield Check(
            "freshness",
            False,
            f"no row lies in the last outcome window: {'; '.join(f'the newest of `{t}` is of {d}' for t, d in silent)}",
        )


def _runs(data: Data, design: Backtest, candidate: str) -> Iterable[Check]:
    """Check that runs, where a rule reads any, are known since before the day on which the first rates are learned."""
    model, e, learned = data.context.model, data.context.experiment, data.earlier(design.origins[0])
    rules = [model.segmentations[n] for n in (e.incumbent, candidate)]
    read = [model.schema.relations[n] for n in dependencies.of_rules(model, rules).columns]
    known_from = {r.runs_of: r.complete_from for r in read if r.runs_of is not None and r.complete_from is not None}
    if not known_from:
        return
    since, rule = max((since, rule) for rule, since in known_from.items())
    if design.as_if_run is not None:
        known = f"both are judged {design.as_if_run.words}"
    else:
        known = (
            f"who was in which arm of `{rule}` is known from {day(since)} on"
            if since != LATEST
            else f"no run of `{rule}` is recorded"
        )
    every = design.as_if_run if design.as_if_run is not None else AsIfRun(since, 1, "week")
    example = replace(every, since=shift_date(learned, -1, "year"))
    yield Check.of(
        "runs",
        since <= learned,
        known,
        f"{known}, and the first rates are learned as of {day(learned)}: write `{example}` below `backtest`",
    )


def _origin(engine: Engine, q: Question, at: Clock, before: Clock) -> tuple[judge.Origin, ByCluster]:
    learned = cells(engine, q, before)
    rates = {0: judge.rates_of(learned)}
    scored = cells(engine, q, at)
    gains = by_cluster(engine, q, at, rates)
    return judge.Origin(at.today, {0: learned}, {0: scored}, rates, gains.totals()), gains


def crossfit(engine: Engine, q: Question, at: Clock) -> judge.Origin:
    """Cross-fit one window: score each fold of the clusters by rates of the other folds.

    The folds aren't independent, so the interval is approximate.
    """
    scored = cells_by_fold(engine, q, at)
    learned = {fold: judge.without(scored, fold) for fold in scored}
    rates = {fold: judge.rates_of(part) for fold, part in learned.items()}
    return judge.Origin(
        at.today, learned, scored, rates, by_cluster(engine, q, at, rates).totals() if rates else Totals.none()
    )


def differing(incumbent: Segmentation, candidate: Segmentation) -> dict[tuple[str, str], bool]:
    """Whether the play differs, for each pair of places; an unknown place has no play."""
    first, second = ({**{a.name: a.play for a in r.all_arms}, "unknown": None} for r in (incumbent, candidate))
    return {(a, b): p != q for a, p in first.items() for b, q in second.items()}
