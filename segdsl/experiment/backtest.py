"""An experiment over history: segments and rates of earlier, judged by what happened later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from segdsl import engines, reads
from segdsl.config import SourceConfig
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.experiment import evidence, gain, judge
from segdsl.experiment.admissible import assumed, leaks, unclosed
from segdsl.experiment.cells import Cell, Cells, Question, cells, cells_by_fold, totals
from segdsl.experiment.compare import Comparison, compared
from segdsl.experiment.decide import Check, Evidence
from segdsl.experiment.describe import Described
from segdsl.model.ahead import closes
from segdsl.model.clock import Clock
from segdsl.model.experiment import Experiment
from segdsl.model.segment import Model, Segmentation
from segdsl.run import source_config, worth_field
from segdsl.run.errors import UsageError
from segdsl.workspace import Workspace

Told = Callable[[str], None]


@dataclass(frozen=True)
class Result:
    """One candidate against the incumbent. `assumed` are fields of events taken to be as they were written; `comparison`
    is who would be elsewhere as of the day the data is of; `until` the end of the last outcome window; `described` are figures
    of the incumbent and the candidate that decide nothing; `empty` are the segments nobody was in at any origin."""

    experiment: Experiment
    candidate: str
    evidence: Evidence
    judged: judge.Judged
    assumed: tuple[str, ...]
    comparison: Comparison | None
    until: dt.date
    described: tuple[Described, ...] = ()
    empty: tuple[str, ...] = ()


def run(workspace: Workspace, name: str, source: str | None = None, told: Told = lambda _: None) -> list[Result]:
    """One result per candidate, in the order of the declaration; `told` hears what is being done.

    What was declared otherwise when it was first run, as the file of its evidence has it, is exploratory.

    Raises `UsageError` for a name that is no experiment, and `DataError`.
    """
    model, experiment = declared(workspace, name)
    config = source_config(workspace, source)
    data = Data.of(workspace, model, experiment, config)
    counted = {candidate: _counted(data, candidate, told) for candidate in experiment.candidates}
    if evidence.is_changed(workspace, model, experiment):
        counted = {n: replace(c, evidence="exploratory") if c.evidence == "backtest" else c for n, c in counted.items()}
    alpha = float(experiment.alpha)
    first = {candidate: c.judged(alpha) for candidate, c in counted.items()}
    levels = gain.holm({n: j.estimate.p if j.origins else 1.0 for n, j in first.items()}, alpha)
    results = []
    for candidate, c in counted.items():
        found = first[candidate] if levels[candidate] == alpha else c.judged(levels[candidate])
        comparison = None
        if found.origins:
            told(f"comparing {candidate} as of {data.now.today}")
            pair = model.segmentations[experiment.incumbent], model.segmentations[candidate]
            comparison = compared(workspace, *pair, data.engine, data.now)
        written = tuple(assumed(model, [experiment.incumbent, candidate]))
        described = judge.described(c.origins, found.alpha) if found.is_shown else ()
        results.append(
            Result(
                experiment,
                candidate,
                c.evidence,
                found,
                written,
                comparison,
                data.until,
                described,
                _empty(model, found),
            )
        )
    return results


def _empty(model: Model, found: judge.Judged) -> tuple[str, ...]:
    there = {(s.rule, s.place) for s in found.segments}
    rules = dict.fromkeys(s.rule for s in found.segments)
    return tuple(
        f"{rule}.{a.name}" for rule in rules for a in model.segmentations[rule].arms if (rule, a.name) not in there
    )


def declared(workspace: Workspace, name: str) -> tuple[Model, Experiment]:
    model = workspace.model
    assert model is not None
    if name not in model.experiments:
        known = ", ".join(f"`{n}`" for n in model.experiments)
        help = (
            f"there is {known}"
            if known
            else "declare one: experiment NAME { incumbent … candidate … backtest as of … primary … }"
        )
        raise UsageError(Diagnostic("SEG0617", f"`{name}` is no experiment", help=help))
    return model, model.experiments[name]


@dataclass(frozen=True)
class Data:
    """The data with all that the experiment reads; `now` is the day it is of."""

    workspace: Workspace
    model: Model
    experiment: Experiment
    config: SourceConfig
    engine: Engine
    now: Clock

    @staticmethod
    def of(workspace: Workspace, model: Model, experiment: Experiment, config: SourceConfig) -> Data:
        rules = [model.segmentations[n] for n in (experiment.incumbent, *experiment.candidates)]
        outcome = model.metrics[experiment.primary.outcome]
        extra = [outcome.body, *([experiment.cluster] if experiment.cluster is not None else [])]
        extra += [model.metrics[m.outcome].body for m in experiment.guardrails]
        extra += [model.metrics[experiment.adjust].body] if experiment.adjust is not None else []
        needed = reads.together(reads.of_rules(model, rules), reads.columns(model, extra))
        of = config.snapshot or dt.datetime.now(workspace.zone).date()
        now = Clock.at(of, workspace.zone)
        amount = worth_field(model.schema.relations[experiment.entity])
        worth = {experiment.entity: {amount}} if amount else {}
        engine = engines.attach(model.schema, needed, config, workspace.root, None, now, worth)
        return Data(workspace, model, experiment, config, engine, now)

    def clock(self, day: dt.date) -> Clock:
        return Clock.at(day, self.workspace.zone)

    def end(self, day: dt.date) -> dt.date:
        """The day before whose start all that an outcome as of `day` waits for has happened."""
        outcome = self.model.metrics[self.experiment.primary.outcome]
        found = closes(self.model, [outcome.body], self.clock(day))
        assert found is not None, "an outcome of an experiment has an end"
        return found

    @cached_property
    def newest(self) -> dict[str, dt.date | None]:
        """Of each table of events that the outcome reads, or of all where it reads none, the day of the newest row."""
        kinds = self.model.schema.relations
        read = [
            n
            for n in reads.columns(self.model, [self.model.metrics[self.experiment.primary.outcome].body])
            if kinds[n].kind == "table"
        ]
        told = {
            t.name: self.now.date_of(t.newest) if isinstance(t.newest, dt.datetime) else t.newest
            for t in self.engine.report(self.now)
        }
        wanted = read or [n for n in told if kinds[n].kind == "table"]
        return {n: told.get(n) for n in wanted} if read or self.config.snapshot is None else {}

    @property
    def end_of_data(self) -> dt.date:
        """The day the data is said to be of; else the day after its newest row."""
        if self.config.snapshot is not None:
            return self.config.snapshot
        days = [d for d in self.newest.values() if d is not None]
        return min(self.now.today, max(days) + dt.timedelta(days=1)) if days else self.now.today

    @property
    def until(self) -> dt.date:
        return self.end(self.experiment.origins[-1])

    def earlier(self, day: dt.date) -> dt.date:
        """The latest as-of whose outcome window is over at `day`: where the rates are learned."""
        found = day - (self.end(day) - day)
        while self.end(found) > day:
            found -= dt.timedelta(days=1)
        return found

    def question(self, candidate: str) -> Question:
        e = self.experiment
        return Question(
            self.model, e.entity, self.model.segmentations[e.incumbent], self.model.segmentations[candidate],
            self.model.metrics[e.primary.outcome].body, e.cluster,
        )  # fmt: skip


@dataclass(frozen=True)
class _Counted:
    """What the engine counted for one candidate; no origin where that would have been for nothing."""

    data: Data
    candidate: str
    evidence: Evidence
    checks: tuple[Check, ...]
    origins: tuple[judge.Origin, ...] = ()
    planned: float | None = None

    def judged(self, alpha: float) -> judge.Judged:
        """By a two-sided level, that of the experiment or a smaller one where there are several candidates."""
        e = self.data.experiment
        assert e.primary.detect is not None, "a backtest registers its smallest gain"
        if not self.origins:
            return judge.nothing(self.checks, alpha)
        rules = self.data.model.segmentations
        return judge.judge(
            self.origins, float(e.primary.detect.value), differing(rules[e.incumbent], rules[self.candidate]),
            names=(e.incumbent, self.candidate), alpha=alpha, evidence=self.evidence, checks=self.checks, planned=self.planned,
        )  # fmt: skip


def _counted(data: Data, candidate: str, told: Told) -> _Counted:
    e = data.experiment
    checks = tuple(validity(data, candidate))
    if not all(c.ok for c in checks):
        return _Counted(data, candidate, "backtest", checks)
    q = data.question(candidate)
    origins = []
    for day in e.origins:
        told(f"{candidate}: as of {day}")
        origins.append(_origin(data.engine, q, data.clock(day), data.clock(data.earlier(day))))
    if len(origins) == 1 and not judge.spread(origins[0].learned[0].values())[0]:
        told(f"{candidate}: nothing to learn from before, so cross-fitted")
        return _Counted(data, candidate, "crossfit", checks, (crossfit(data.engine, q, data.clock(e.origins[0])),))
    planned = None
    if judge.spread(origins[0].learned[0].values())[2] > 0:
        told(f"{candidate}: what can be found")
        before = crossfit(data.engine, q, data.clock(data.earlier(e.origins[0]))).totals
        customers = sum(c.n for o in origins for place, c in o.scored[0].items() if None not in place)
        planned = judge.planned_se(before, customers) if len(before.gains) > 1 else None
    return _Counted(data, candidate, "backtest", checks, tuple(origins), planned)


def validity(data: Data, candidate: str) -> Iterable[Check]:
    """What can be said before any outcome is counted."""
    model, e, until = data.model, data.experiment, data.until
    relation = model.schema.relations[e.entity]
    lives = relation.lives_from is not None
    yield Check(
        "survivorship", lives,
        f"{e.entity}s are there from their `{relation.lives_from}`" if lives
        else f"`{e.entity}` has no life: those who were there and are gone would be left out. Declare it, as in `entity {e.entity} from created_at to ended_at`",
    )  # fmt: skip
    found = leaks(model, [e.incumbent, candidate])
    yield Check(
        "leakage", not found,
        "what both read is known as it was" if not found
        else f"not known as of then: {'; '.join(map(str, found))}. Mark what never changes `fixed` and what is known from a time on `known at …`, keep `history from … to …`, or count events",
    )  # fmt: skip
    open_ = unclosed(model, e.primary.outcome)
    yield Check(
        "outcome", not open_,
        f"`{e.primary.outcome}` is made of what happened" if not open_
        else f"`{e.primary.outcome}` reads how things are now: {'; '.join(map(str, open_))}",
    )  # fmt: skip
    matured = until + dt.timedelta(days=e.reported_days)
    yield Check(
        "maturity", matured <= data.end_of_data,
        f"the last outcome window ended on {until}" if matured <= data.end_of_data
        else f"the last outcome window ends on {matured}, the data on {data.end_of_data}: leave the last origin out, or wait"
        + ("" if data.config.snapshot else " (`snapshot = …` in segdsl.toml says of which day the data is)"),
    )  # fmt: skip
    silent = [(table, day) for table, day in data.newest.items() if day is not None and day < e.origins[-1]]
    if silent and matured <= data.end_of_data:
        yield Check(
            "freshness",
            False,
            f"no row lies in the last outcome window: {'; '.join(f'the newest of `{t}` is of {d}' for t, d in silent)}",
        )


def _origin(engine: Engine, q: Question, at: Clock, before: Clock) -> judge.Origin:
    learned = cells(engine, q, before)
    rates = {0: judge.rates_of(learned)}
    scored = cells(engine, q, at)
    return judge.Origin(at.today, {0: learned}, {0: scored}, rates, totals(engine, q, at, rates))


def crossfit(engine: Engine, q: Question, at: Clock) -> judge.Origin:
    """One window: each fold of the clusters is scored by rates of the others; the folds aren't independent, so its
    interval is approximate."""
    scored = cells_by_fold(engine, q, at)
    learned = {fold: without(scored, fold) for fold in scored}
    rates = {fold: judge.rates_of(part) for fold, part in learned.items()}
    return judge.Origin(at.today, learned, scored, rates, totals(engine, q, at, rates))


def without(parts: Mapping[int, Cells], fold: int) -> Cells:
    """All cells but those of one fold, each merged over the folds."""
    found: dict[tuple[str | None, str | None], Cell] = {}
    for place in dict.fromkeys(p for other, part in parts.items() if other != fold for p in part):
        own = [part[place] for other, part in parts.items() if other != fold and place in part]
        known, mean, variance = judge.spread(own)
        found[place] = Cell(sum(c.n for c in own), known, mean, variance * known)
    return found


def differing(incumbent: Segmentation, candidate: Segmentation) -> dict[tuple[str, str], bool]:
    """For each pair of places whether the play differs; unknown has none."""
    first, second = ({**{a.name: a.play for a in r.all_arms}, "unknown": None} for r in (incumbent, candidate))
    return {(a, b): p != q for a, p in first.items() for b, q in second.items()}
