"""Declarations of experiments: the segmentations compared, the outcomes measured, and what counts as better."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, assert_never

from segdsl.diagnostics import Span
from segdsl.model.as_if_run import AsIfRun
from segdsl.model.expr import Expr


@dataclass(frozen=True, slots=True)
class Size:
    """The size of an effect.

    `unit` `points` is absolute (5 points of a share are .05), and `share` is relative.
    `unit` `cost saved` is a margin: as much of the outcome as `value` times the cost that the candidate's plays save.
    `in_d` says that the effect is among affected customers only: those whom the segmentations place differently.
    """

    value: Fraction
    unit: Literal["points", "share", "units", "cost saved"]
    in_d: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """An outcome that an experiment measures.

    `better` says whether a higher or a lower outcome is better.
    `detect` is the smallest effect worth finding.
    `margin` is the most by which the outcome may be worse: for a guardrail, or for a primary that only has to be no worse.
    `per` is the metric that divides the outcome, total by total; None divides by the number of customers.
    `worth` is the value of one unit of the outcome, as an amount and a currency.
    """

    outcome: str
    better: Literal["higher", "lower"]
    detect: Size | None = None
    margin: Size | None = None
    per: str | None = None
    worth: tuple[Fraction, str] | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """Options for comparing a pilot's arms; None if not declared.

    `adjust` is the baseline metric for which outcomes are adjusted.
    `winsorise` is the quantile at which numbers are capped.
    `delivery` is the outcome that says whether a play was delivered.
    """

    adjust: str | None = None
    winsorise: Fraction | None = None
    delivery: str | None = None


# -- designs ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Backtest:
    """Both segmentations as of past days, judged by what happened later. `origins` are the past days, in order.

    `as_if_run` says when rules would have been run that read their own runs; None reads the runs that are recorded.
    """

    origins: tuple[dt.date, ...]
    as_if_run: AsIfRun | None = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """A pilot whose arms segdsl assigns at random.

    `seed` determines the arms.
    `starts` and `until` are the first and last day on which customers enter; one day if equal.
    `hashed_like` names the tool whose hash gives the arm of each customer; None draws permuted blocks.
    `holdout` is the share of customers held out of all pilots with the same holdout seed, and this seed.
    `layer` names a group of pilots that share no customer.
    `looks` are the days of interim analyses; without them there is one analysis, at the end.
    `any_day` allows an analysis on any day.
    """

    seed: str
    starts: dt.date
    until: dt.date
    hashed_like: str | None = None
    holdout: tuple[Fraction, str] | None = None
    layer: str = ""
    looks: tuple[dt.date, ...] = ()
    any_day: bool = False
    analysis: Analysis = Analysis()


@dataclass(frozen=True, slots=True)
class ArmRows:
    """Where the arms of an external pilot are recorded.

    `table` is the table of exposures.
    `arm` is the table's column of arms.
    `incumbent` and `candidate` are the texts in this column that stand for each arm.
    `since` is the column of `External.at`.
    """

    table: str
    arm: str
    incumbent: str
    candidate: str
    since: str | None = None


@dataclass(frozen=True, slots=True)
class External:
    """A pilot whose arms another tool assigned.

    `incumbent` and `candidate` are the conditions of being in each arm.
    `share` is the planned share of customers in the candidate's arm.
    `rows` is where the arms are recorded.
    `at` is the time at which a customer entered its arm; None if the data doesn't have it.
    """

    incumbent: Expr
    candidate: Expr
    share: Fraction
    rows: ArmRows
    at: Expr | None = None
    analysis: Analysis = Analysis()


@dataclass(frozen=True, slots=True)
class Replay:
    """A log of plays that were given to customers at random in the past.

    `play` is the name or title of the play that a customer got.
    `probability` is the probability with which the customer got this play.
    `table` is the log.
    `column` is the log's column of plays.
    `days` are the days on which plays were given, each judged as a log of its own; empty if there is one row per customer.
    `rows` counts a customer's rows on one of these days.
    `chosen_on` is the seed of the half of customers on which the candidate was chosen; None if it was chosen without the log.
    """

    play: Expr
    probability: Expr
    table: str
    column: str
    days: tuple[dt.date, ...] = ()
    rows: Expr | None = None
    chosen_on: str | None = None


Randomised = Assigned | External | Replay
"""Designs in which customers get their plays at random."""

Plannable = Backtest | Assigned
"""Designs whose power is computed beforehand: no outcome has happened yet, or none has been looked at."""

Design = Backtest | Randomised


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment of any `design`.

    `primary` is the outcome that decides.
    `guardrails` are outcomes that must not get worse.
    `cluster` is the value that groups customers into units; None makes each customer a unit.
    `alpha` is the two-sided significance level.
    `reported_days` is the number of days after which the last rows of a day have arrived.
    `at_most_days` and `at_most_units` bound how long to wait and how many units to enrol.
    """

    name: str
    entity: str
    incumbent: str
    candidates: tuple[str, ...]
    primary: Measure
    design: Design
    guardrails: tuple[Measure, ...] = ()
    cluster: Expr | None = None
    alpha: Fraction = Fraction(5, 100)
    power: Fraction = Fraction(80, 100)
    reported_days: int = 0
    at_most_days: int | None = None
    at_most_units: int | None = None
    title: str = ""
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def arms(self) -> tuple[str, ...]:
        """The segmentations compared, the incumbent first."""
        return (self.incumbent, *self.candidates)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The primary, then the guardrails."""
        return (self.primary, *self.guardrails)

    @property
    def kind(self) -> Literal["backtest", "pilot", "replay"]:
        """The keyword by which the design is declared."""
        match self.design:
            case Backtest():
                return "backtest"
            case Assigned() | External():
                return "pilot"
            case Replay():
                return "replay"
            case _:
                assert_never(self.design)

    @property
    def as_if_run(self) -> AsIfRun | None:
        """The runs that are supposed of its rules; only a backtest declares any."""
        match self.design:
            case Backtest(as_if_run=runs):
                return runs
            case Assigned() | External() | Replay():
                return None
            case _:
                assert_never(self.design)

    @property
    def analysis(self) -> Analysis:
        """The options for comparing arms; only a pilot declares any."""
        match self.design:
            case Assigned(analysis=analysis) | External(analysis=analysis):
                return analysis
            case Backtest() | Replay():
                return Analysis()
            case _:
                assert_never(self.design)

    @property
    def metrics_before(self) -> tuple[str, ...]:
        """Baseline metrics, read before anybody is treated: the covariate, then the divisors of outcomes."""
        names = (self.analysis.adjust, *(m.per for m in self.measures))
        return tuple(dict.fromkeys(n for n in names if n is not None))
