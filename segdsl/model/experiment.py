"""What an experiment registers before it is run: two segmentations, what is measured, what would count as better."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from segdsl.diagnostics import Span
from segdsl.model.expr import Expr


@dataclass(frozen=True, slots=True)
class Size:
    """An effect. `points` is absolute (5 points of a share are .05), `share` relative; of those who differ where `in_d`."""

    value: Fraction
    unit: Literal["points", "share", "units"]
    in_d: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """An outcome with its good side; the smallest effect worth finding, and (a guardrail's) the most it may be worse by.

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
class Exposures:
    """A pilot that was run elsewhere: the conditions of being in each arm, the share of customers that the candidate's was to
    have, and since when each was in it, None where it isn't said."""

    incumbent: Expr
    candidate: Expr
    share: Fraction
    at: Expr | None = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """A pilot whose arms we draw, by a seed of its own: customers enter from the first day to the last (one day: all at once).

    `hashed_like` names another tool by whose hash the arm of each is found, None: permuted blocks. A share of the customers, by
    a seed that may be that of other experiments, is held out of all. Two experiments of one `layer` share no customer.
    """

    seed: str
    starts: dt.date
    until: dt.date
    hashed_like: str | None = None
    holdout: tuple[Fraction, str] | None = None
    layer: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """Plays that customers got by chance in the past: which each got, by the play's name or title, and with what probability.

    `days` are those on which they were given, each a log of its own; none where there is one row a customer, and `rows` counts those
    of a day. The candidate was chosen on a half of the customers, by the seed `chosen_on`, or without looking at the log.
    """

    play: Expr
    probability: Expr
    days: tuple[dt.date, ...] = ()
    rows: Expr | None = None
    chosen_on: str | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """`origins` are the as-of dates of a backtest, in order; it has `exposures` or what is `assigned` instead where it is a pilot,
    a `log` where it is a replay. `reported` is how late the last rows of a day come, in days.

    `looks` are the days on which a pilot is looked at, none: once, at its end; `any_day` is whenever one likes. `adjust` is a metric
    of before, `winsorise` the quantile to which numbers are cut, `delivery` the outcome that says whether a play arrived.

    `cluster` is what makes customers one unit, None where each is its own; `at_most_days` and `at_most_units` bound
    what could be waited for and enrolled. `alpha` is two-sided.
    """

    name: str
    entity: str
    incumbent: str
    candidates: tuple[str, ...]
    origins: tuple[dt.date, ...]
    primary: Measure
    guardrails: tuple[Measure, ...] = ()
    cluster: Expr | None = None
    alpha: Fraction = Fraction(5, 100)
    power: Fraction = Fraction(80, 100)
    reported_days: int = 0
    at_most_days: int | None = None
    at_most_units: int | None = None
    exposures: Exposures | None = None
    log: Log | None = None
    assigned: Assigned | None = None
    looks: tuple[dt.date, ...] = ()
    any_day: bool = False
    adjust: str | None = None
    winsorise: Fraction | None = None
    delivery: str | None = None
    title: str = ""
    span: Span | None = field(default=None, compare=False, repr=False)
