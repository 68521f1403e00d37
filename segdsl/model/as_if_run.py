"""`as if run every week since 2025-01-01`: the days on which rules that read their own runs would have been run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from segdsl.model.clock import Clock, day, shift_date

UNITS = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class AsIfRun:
    """Runs that never were: one as of the start of the day `since`, when nobody was in any arm, and one every `count` units.

    `unit` is one of `UNITS`.
    """

    since: dt.date
    count: int = 1
    unit: str = "day"

    def days(self, before: Clock) -> Iterator[dt.date]:
        """Yields the days of the runs before an instant, in order. The last day of a month is that of shorter months, too."""
        number = 0
        while before.start_of_day(run := shift_date(self.since, number * self.count, self.unit)) < before.now:
            yield run
            number += 1

    def number(self, before: Clock, most: int) -> int:
        """Counts the runs before an instant, up to one more than `most`."""
        return sum(1 for _, _ in zip(range(most + 1), self.days(before)))

    @property
    def every(self) -> str:
        """How often, in words: `every day`, `every 2 weeks`."""
        return f"every {self.unit}" if self.count == 1 else f"every {self.count:,} {self.unit}s"

    @property
    def words(self) -> str:
        """As a sentence says it: `as if run every week since 1 Jan 2025`."""
        return f"as if run {self.every} since {day(self.since)}"

    def __str__(self) -> str:
        """As a rule file has it: `as if run every week since 2025-01-01`."""
        return f"as if run {self.every} since {self.since}"
