"""Which past days do what: search, validation, report, and those left for an experiment; and which customers.

The outcome of an origin is known once its window has closed, and windows don't overlap. Of the closed origins the latest are left
for an experiment, those before them report, one before these decides, and all earlier ones are searched:

    searched      validation   report   experiment
    Q1  Q2  Q3    Q4           Q5       Q6  Q7

With three closed origins none is left: the experiment is declared at the day of the data, and can be run once that window has
closed. Customers are divided by a hash of their key, which a rule can write as well: split("discover 0").
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

MOST = 9  # origins
FEWEST = 3
SEARCHED, VALIDATION = 0.45, 0.3  # of the customers; the rest report


@dataclass(frozen=True)
class Origins:
    """Days of each role, earliest first; those of `experiment` are closed, or else the day of the data."""

    searched: tuple[dt.date, ...]
    validation: dt.date
    report: tuple[dt.date, ...]
    experiment: tuple[dt.date, ...]

    @property
    def first(self) -> dt.date:
        return self.searched[0]

    @property
    def all(self) -> tuple[dt.date, ...]:
        return (*self.searched, self.validation, *self.report, *self.experiment)


def closed(end: Callable[[dt.date], dt.date], last: dt.date, first: dt.date) -> list[dt.date]:
    """Return the latest origins, `MOST` at most, whose windows don't overlap and have closed by `last`; none before `first`.

    `end`: the day by which the outcome as of a day has happened.
    """
    days: list[dt.date] = []
    border = last
    while len(days) < MOST:
        day = border - (end(border) - border)
        while end(day) > border:
            day -= dt.timedelta(days=1)
        if day < first:
            break
        days.insert(0, day)
        border = day
    return days


def roles(days: list[dt.date], last: dt.date) -> Origins | None:
    """Divide closed origins among the roles; None if there are too few. `last` is the day of the data."""
    if len(days) < FEWEST:
        return None
    left = 0 if len(days) == FEWEST else max(1, len(days) // 3)
    before, experiment = days[: len(days) - left], days[len(days) - left :]
    report = max(1, (len(before) - 2) // 3)
    return Origins(
        tuple(before[: -report - 1]), before[-report - 1], tuple(before[-report:]), tuple(experiment) or (last,)
    )
