"""What an experiment registers before it is run: two segmentations, what is measured, what would count as better."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, assert_never

from segdsl.diagnostics import Span
from segdsl.model.expr import Expr


@dataclass(frozen=True, slots=True)
class Size:
    """An effect. `points` is absolute (5 points of a share are .05), `share` relative; of those who differ where `in_d`. `cost saved` is a margin: as
    much of the outcome as the candidate's cheaper plays pay for, `value` times what they save, among those who differ."""

    value: Fraction
    unit: Literal["points", "share", "units", "cost saved"]
    in_d: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """An outcome with its good side; the smallest effect worth finding, or the most it may be worse by: a guardrail's, or that of a primary
    that has to be no worse instead of better.

    `per` is the metric whose total the outcome's total is divided by, None: customers; `worth` an amount and its currency for
    each unit of the outcome.
    """

    outcome: str
    better: Literal["higher", "lower"]
    detect: Size | None = None
    margin: Size | None = None
    per: str | None = None
    worth: tuple[Fraction, str] | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the comparison of a pilot's arms takes into account.

    `adjust` is the metric of before that outcomes are adjusted for, `winsorise` the quantile to which numbers are cut, `delivery` the
    outcome that says whether a play arrived; None where it isn't declared.
    """

    adjust: str | None = None
    winsorise: Fraction | None = None
    delivery: str | None = None


# -- designs ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Backtest:
    """Both segmentations as of days of the past, judged by what happened later. `origins` are these days, in order."""

    origins: tuple[dt.date, ...]


@dataclass(frozen=True, slots=True)
class Assigned:
    """A pilot whose arms segdsl draws by `seed`: customers enter from the day it `starts` `until` another (the same: all at once).

    `hashed_like` names another tool by whose hash the arm of each customer is found, None: permuted blocks. `holdout` is the share
    of customers that is held out of all pilots with the same holdout seed, and that seed. Two pilots of one `layer` share no customer.
    `looks` are the days on which the pilot is looked at, none: once, at its end; `any_day` is whenever one likes.
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
    """The table of exposures, its column of arms, and the cells of that column that stand for the incumbent and the candidate, as texts.

    `since` is the column of `External.at`.
    """

    table: str
    arm: str
    incumbent: str
    candidate: str
    since: str | None = None


@dataclass(frozen=True, slots=True)
class External:
    """A pilot whose arms another tool drew: the condition of being in each arm, and the `share` of customers that the candidate's arm
    was to have. `at` is the time at which each customer came into its arm, None where the data doesn't say. `rows` is where the arms
    were read from."""

    incumbent: Expr
    candidate: Expr
    share: Fraction
    rows: ArmRows
    at: Expr | None = None
    analysis: Analysis = Analysis()


@dataclass(frozen=True, slots=True)
class Replay:
    """Plays that customers got by chance in the past: which `play` each got, by the play's name or title, and with what `probability`.

    `days` are those on which plays were given, each a log of its own; none where there is one row a customer. `rows` counts the rows of
    such a day. The candidate was chosen on a half of the customers, by the seed `chosen_on`, or without looking at the log. `table` is
    the log, `column` that of its plays.
    """

    play: Expr
    probability: Expr
    table: str
    column: str
    days: tuple[dt.date, ...] = ()
    rows: Expr | None = None
    chosen_on: str | None = None


Randomised = Assigned | External | Replay
"""Customers got their plays by chance."""

Plannable = Backtest | Assigned
"""What it can find is said beforehand: nothing has happened yet, or has been looked at."""

Design = Backtest | Randomised


@dataclass(frozen=True, slots=True)
class Experiment:
    """Whatever the `design`: a `primary` outcome decides, no guardrail may get worse. `reported_days` is how late the last rows of a day
    come.

    `cluster` is what makes customers one unit, None where each is its own; `at_most_days` and `at_most_units` bound
    what could be waited for and enrolled. `alpha` is two-sided.
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
        """The segmentations that are compared, the incumbent first."""
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
    def analysis(self) -> Analysis:
        """Only a pilot declares anything of it."""
        match self.design:
            case Assigned(analysis=analysis) | External(analysis=analysis):
                return analysis
            case Backtest() | Replay():
                return Analysis()
            case _:
                assert_never(self.design)

    @property
    def metrics_before(self) -> tuple[str, ...]:
        """Metrics that have to be known before anybody is treated: what is adjusted for, then what outcomes are counted per."""
        names = (self.analysis.adjust, *(m.per for m in self.measures))
        return tuple(dict.fromkeys(n for n in names if n is not None))
