"""Customers of a pilot or replay as tables, a row each: every table owns its columns, and others read them by its accessors.

A column that isn't measured begins with "?" or holds a space, so that no rule, outcome or metric is called so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

    from segdsl.experiment.shared.exposure import Exposure

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]
INCUMBENT, CANDIDATE, NEITHER = "incumbent", "candidate", ""
_PLACE, _PLAY = "place of ", "play of "


def place_column(rule: str) -> str:
    """The column that says where a segmentation puts each customer."""
    return f"{_PLACE}{rule}"


def play_column(rule: str) -> str:
    """The column that says what a segmentation gives each customer."""
    return f"{_PLAY}{rule}"


def rules_of(columns: Iterable[str]) -> list[str]:
    """The segmentations that have a place among the columns, in order."""
    return [c.removeprefix(_PLACE) for c in columns if c.startswith(_PLACE)]


def cells_of(before: pd.Series[str], after: pd.Series[str]) -> pd.Series[str]:
    """Where the incumbent puts each customer, and where the candidate does."""
    return before + " \u2192 " + after


@dataclass(frozen=True)
class Customers:
    """Each customer's key, the cluster it belongs to (itself where it has none), its place by each segmentation (missing: outside of it),
    and what was measured of it, by name: numbers and truths as doubles, NaN where unknown."""

    frame: pd.DataFrame

    UNIT: ClassVar[str] = "?unit"
    CLUSTER: ClassVar[str] = "?cluster"
    DAY: ClassVar[str] = "?day"

    @staticmethod
    def of(values: pd.DataFrame, *, clusters: Any) -> Customers:
        return Customers(values.assign(**{Customers.CLUSTER: clusters}))

    @staticmethod
    def nobody(values: Iterable[str]) -> Customers:
        import pandas as pd

        return Customers(pd.DataFrame(columns=[Customers.UNIT, Customers.CLUSTER, *values]))

    @classmethod
    def together(cls, tables: Sequence[Self]) -> Self:
        """The rows of one after those of the other; of one table at least."""
        import pandas as pd

        return replace(tables[0], frame=pd.concat([t.frame for t in tables], ignore_index=True))

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def units(self) -> pd.Series[str]:
        return self.frame[self.UNIT]

    @property
    def clusters(self) -> pd.Series[str]:
        return self.frame[self.CLUSTER]

    def on(self, day: dt.date | None) -> Self:
        """The same customers as of a day of a log; None of a log without days."""
        return replace(self, frame=self.frame.assign(**{self.DAY: "" if day is None else str(day)}))

    @property
    def days(self) -> pd.Series[str]:
        """The day that each is asked as of, of a log, or of entering a pilot; "" where it isn't a day of its own."""
        import pandas as pd

        return self.frame[self.DAY] if self.DAY in self.frame else pd.Series("", self.frame.index, object)

    @property
    def day_and_unit(self) -> pd.Series[str]:
        """What a row of a log, or of exposures, is found by."""
        return self.frame[self.DAY] + " " + self.units

    def place(self, rule: str) -> pd.Series[str]:
        return self.frame[place_column(rule)]

    def value(self, name: str) -> Array:
        return self.frame[name].to_numpy(float)

    def with_value(self, name: str, values: Array) -> Self:
        """The same customers, had another value been measured."""
        return replace(self, frame=self.frame.assign(**{name: values}))

    def text(self, name: str) -> pd.Series[str]:
        """What was measured where it is a text or a time."""
        return self.frame[name]

    def where(self, rows: Mask | pd.Series[bool]) -> Self:
        return replace(self, frame=self.frame[rows])

    def known(self, name: str) -> Self:
        """Those of whom a value isn't missing."""
        return replace(self, frame=self.frame[self.frame[name].notna()])

    def inside(self, rules: Iterable[str]) -> Self:
        """Those who are inside of all these segmentations."""
        return replace(self, frame=self.frame.dropna(subset=[place_column(r) for r in rules]))

    def in_order(self) -> Self:
        """By key."""
        return replace(self, frame=self.frame.sort_values(self.UNIT))

    def among(self, units: Sequence[str]) -> Self:
        return self.where(self.units.isin(units))


@dataclass(frozen=True)
class Entrants(Customers):
    """Customers who have entered a pilot, of all its arms, with what was measured of them as of the day they entered."""

    ARM: ClassVar[str] = "?arm of"
    DIFFERS: ClassVar[str] = "?differs by one"
    UNTIL: ClassVar[str] = "?until"
    BLOCK: ClassVar[str] = "?block"
    WEEK: ClassVar[str] = "?week"
    THERE: ClassVar[str] = "?there"

    @staticmethod
    def from_exposures(
        rules: Sequence[str], exposures: Sequence[Exposure], week_of: Callable[[dt.date], str], measured: Customers
    ) -> Entrants:
        """Those of the exposures; nothing is known of whoever wasn't measured."""
        import pandas as pd

        texts = {
            Customers.UNIT: [x.unit for x in exposures],
            Customers.CLUSTER: [x.cluster for x in exposures],
            Entrants.ARM: [x.arm for x in exposures],
            Entrants.UNTIL: [x.until for x in exposures],
            Entrants.BLOCK: [x.stratum for x in exposures],
            Entrants.WEEK: [week_of(x.entered) for x in exposures],
            Customers.DAY: [str(x.entered) for x in exposures],
            **{place_column(r): [x.places[r] for x in exposures] for r in rules},
            **{play_column(r): [x.plays[r] for x in exposures] for r in rules},
        }
        entered = pd.DataFrame(texts, dtype=object)  # also of nobody
        entered[Entrants.DIFFERS] = np.array([x.differs for x in exposures], bool)
        entered[Entrants.THERE] = entered[Customers.UNIT].isin(measured.units)
        values = measured.frame.drop(columns=Customers.CLUSTER)
        return Entrants(entered.merge(values, on=Customers.UNIT, how="left"))

    @property
    def arms(self) -> pd.Series[str]:
        """The segmentation whose plays each customer gets."""
        return self.frame[self.ARM]

    @property
    def differ(self) -> pd.Series[bool]:
        """Who would have got another play by one of the candidates, when entering."""
        return self.frame[self.DIFFERS]

    @property
    def there(self) -> Mask:
        """Who was measured at all."""
        return self.frame[self.THERE].to_numpy(bool)

    @property
    def blocks(self) -> pd.Series[str]:
        """What the arms were drawn within on the day of entering."""
        return self.frame[self.BLOCK]

    @property
    def weeks(self) -> pd.Series[str]:
        """The week of entering, "" where all enter at once."""
        return self.frame[self.WEEK]

    def play(self, rule: str) -> pd.Series[str]:
        return self.frame[play_column(rule)]

    def ripe(self, day: dt.date) -> Entrants:
        """Those whose outcomes have all happened by a day."""
        return self.where(self.frame[self.UNTIL] <= day)


@dataclass(frozen=True)
class TwoArms(Customers):
    """Customers of the incumbent's arm, of one candidate's, and of neither, inside of both segmentations."""

    ARM: ClassVar[str] = "?arm"
    DIFFERS: ClassVar[str] = "?differs"
    STRATUM: ClassVar[str] = "?stratum"
    WEEK: ClassVar[str] = "?week of entering"
    CELL: ClassVar[str] = "?cell"
    COST: ClassVar[str] = "?cost"

    @staticmethod
    def from_customers(
        customers: Customers,
        *,
        arms: Any,
        differ: Any,
        strata: Any = "",
        weeks: Any = "",
        cells: Any = "",
        costs: Any = 0.0,
    ) -> TwoArms:
        """A value, or one for each customer, of every column: `arms` are INCUMBENT, CANDIDATE or NEITHER, `costs` what the candidate's play
        costs more than the incumbent's. Each of the `strata` is divided by `weeks`, where there are any."""
        columns = {
            TwoArms.ARM: arms,
            TwoArms.DIFFERS: differ,
            TwoArms.STRATUM: strata,
            TwoArms.WEEK: weeks,
            TwoArms.CELL: cells,
            TwoArms.COST: costs,
        }
        return TwoArms(customers.frame.assign(**columns))

    @property
    def arms(self) -> Texts:
        return self.frame[self.ARM].to_numpy(object)

    @property
    def differ(self) -> Mask:
        """Whose play differs between the two."""
        return self.frame[self.DIFFERS].to_numpy(bool)

    @property
    def blocks(self) -> Texts:
        """The strata whatever the week."""
        return self.frame[self.STRATUM].to_numpy(object)

    @property
    def strata(self) -> Texts:
        """An entry in another week is a stratum of its own."""
        weeks = self.frame[self.WEEK].to_numpy(object)
        return np.where(weeks == "", self.blocks, self.blocks + ", " + weeks).astype(object)

    @property
    def cells(self) -> Texts:
        """Where each customer was, and would be."""
        return self.frame[self.CELL].to_numpy(object)

    @property
    def costs(self) -> Array:
        return self.frame[self.COST].to_numpy(float)

    def mean_by_cell(self, name: str) -> tuple[tuple[str, float], ...]:
        """The mean of a value in each cell, in the order of the cells' names."""
        return tuple((str(cell), float(rows[name].mean())) for cell, rows in self.frame.groupby(self.CELL))


@dataclass(frozen=True)
class PlayLog(Customers):
    """Customers of the log of a replay on each of its days: the play that each got by chance, and those that the two rules give it."""

    GIVEN: ClassVar[str] = "?given"
    CHANCE: ClassVar[str] = "?chance"
    FIRST: ClassVar[str] = "?first"
    SECOND: ClassVar[str] = "?second"
    CELL: ClassVar[str] = "?cell"
    FOLD: ClassVar[str] = "?fold"

    @staticmethod
    def from_customers(
        customers: Customers, *, given: Any, chances: Any, first: Any, second: Any, folds: Any, cells: Any = ""
    ) -> PlayLog:
        """A value, or one for each customer and day, of every column: plays by name, of the `first` rule and of the `second`; probabilities;
        the fold that the customer belongs to."""
        columns = {
            PlayLog.GIVEN: given,
            PlayLog.CHANCE: chances,
            PlayLog.FIRST: first,
            PlayLog.SECOND: second,
            PlayLog.CELL: cells,
            PlayLog.FOLD: folds,
        }
        return PlayLog(customers.frame.assign(**columns))

    @property
    def given(self) -> Texts:
        return self.frame[self.GIVEN].to_numpy(object)

    @property
    def chances(self) -> Array:
        return self.frame[self.CHANCE].to_numpy(float)

    @property
    def plays(self) -> tuple[Texts, Texts]:
        """By the first rule, and by the second."""
        return self.frame[self.FIRST].to_numpy(object), self.frame[self.SECOND].to_numpy(object)

    @property
    def cells(self) -> Texts:
        return self.frame[self.CELL].to_numpy(object)

    @property
    def folds(self) -> npt.NDArray[np.int64]:
        return self.frame[self.FOLD].to_numpy(np.int64)

    def differing(self) -> PlayLog:
        """Those to whom the two rules give another play."""
        first, second = self.plays
        return self.where(first != second)

    def chances_by_play(self) -> pd.DataFrame:
        """By play that was given: `count`, and `min` and `max` of its probability."""
        return self.frame.groupby(self.GIVEN)[self.CHANCE].agg(["count", "min", "max"])
