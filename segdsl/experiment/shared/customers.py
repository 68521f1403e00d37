"""Tables of customers in a pilot or replay, one row a customer. Each table owns its columns; other code uses the
accessors.

Names of internal columns begin with "?" or contain a space, so no rule, outcome or metric can collide with them.
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
    """Column with a segmentation's place of each customer."""
    return f"{_PLACE}{rule}"


def play_column(rule: str) -> str:
    """Column with a segmentation's play for each customer."""
    return f"{_PLAY}{rule}"


def rules_of(columns: Iterable[str]) -> list[str]:
    """Segmentations with a place column, in order."""
    return [c.removeprefix(_PLACE) for c in columns if c.startswith(_PLACE)]


def cells_of(before: pd.Series[str], after: pd.Series[str]) -> pd.Series[str]:
    """Label of each customer's pair of places: "incumbent's → candidate's"."""
    return before + " \u2192 " + after


@dataclass(frozen=True)
class Customers:
    """Customers with their key, cluster, place by each segmentation (missing: outside), and measured values by name.

    Numbers and truths are doubles, NaN where unknown.
    """

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
        """Concatenate tables, at least one."""
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
        """Return a copy whose rows carry the day of the log they come from; None if the log has no days."""
        return replace(self, frame=self.frame.assign(**{self.DAY: "" if day is None else str(day)}))

    @property
    def days(self) -> pd.Series[str]:
        """The as-of day of each row (the day of a log, or of entering a pilot); "" without one."""
        import pandas as pd

        return self.frame[self.DAY] if self.DAY in self.frame else pd.Series("", self.frame.index, object)

    @property
    def day_and_unit(self) -> pd.Series[str]:
        """Key of a row in a log or among exposures."""
        return self.frame[self.DAY] + " " + self.units

    def place(self, rule: str) -> pd.Series[str]:
        return self.frame[place_column(rule)]

    def value(self, name: str) -> Array:
        return self.frame[name].to_numpy(float)

    def with_value(self, name: str, values: Array) -> Self:
        """Replace a measured value."""
        return replace(self, frame=self.frame.assign(**{name: values}))

    def text(self, name: str) -> pd.Series[str]:
        """A measured text or time."""
        return self.frame[name]

    def where(self, rows: Mask | pd.Series[bool]) -> Self:
        return replace(self, frame=self.frame[rows])

    def known(self, name: str) -> Self:
        """Keep customers with a known value."""
        return replace(self, frame=self.frame[self.frame[name].notna()])

    def inside(self, rules: Iterable[str]) -> Self:
        """Keep customers inside all the segmentations."""
        return replace(self, frame=self.frame.dropna(subset=[place_column(r) for r in rules]))

    def in_order(self) -> Self:
        """Sort by key."""
        return replace(self, frame=self.frame.sort_values(self.UNIT))

    def among(self, units: Sequence[str]) -> Self:
        """Keep the given units."""
        return self.where(self.units.isin(units))


@dataclass(frozen=True)
class Entrants(Customers):
    """Customers in all arms of a pilot, with values measured as of the day of entering."""

    ARM: ClassVar[str] = "?arm of"
    DIFFERS: ClassVar[str] = "?differs by one"
    UNTIL: ClassVar[str] = "?until"
    BLOCK: ClassVar[str] = "?block"
    WEEK: ClassVar[str] = "?week"
    MEASURED: ClassVar[str] = "?there"

    @staticmethod
    def from_exposures(
        rules: Sequence[str], exposures: Sequence[Exposure], week_of: Callable[[dt.date], str], measured: Customers
    ) -> Entrants:
        """Join exposures to measured values; a customer without a measurement has missing values."""
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
        entered = pd.DataFrame(texts, dtype=object)  # works for no exposures too
        entered[Entrants.DIFFERS] = np.array([x.differs for x in exposures], bool)
        entered[Entrants.MEASURED] = entered[Customers.UNIT].isin(measured.units)
        values = measured.frame.drop(columns=Customers.CLUSTER)
        return Entrants(entered.merge(values, on=Customers.UNIT, how="left"))

    @property
    def arms(self) -> pd.Series[str]:
        """The segmentation whose plays each customer gets."""
        return self.frame[self.ARM]

    @property
    def differ(self) -> pd.Series[bool]:
        """Whether at least one candidate gave the customer another play on the day of entering."""
        return self.frame[self.DIFFERS]

    @property
    def is_measured(self) -> Mask:
        """Whether the customer was in the data on the day of entering."""
        return self.frame[self.MEASURED].to_numpy(bool)

    @property
    def blocks(self) -> pd.Series[str]:
        """Stratum within which the arm was drawn."""
        return self.frame[self.BLOCK]

    @property
    def weeks(self) -> pd.Series[str]:
        """Week of entering; "" where all enter at once."""
        return self.frame[self.WEEK]

    def play(self, rule: str) -> pd.Series[str]:
        return self.frame[play_column(rule)]

    def ripe(self, day: dt.date) -> Entrants:
        """Keep customers whose outcome windows have closed by `day`."""
        return self.where(self.frame[self.UNTIL] <= day)


@dataclass(frozen=True)
class TwoArms(Customers):
    """Customers inside both segmentations: in the incumbent's arm, one candidate's arm, or neither."""

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
        """Add the columns of a comparison; each argument is one value, or an array with one value a customer.

        `arms`: INCUMBENT, CANDIDATE or NEITHER.
        `strata`: blocks of the randomisation; `weeks`, where given, subdivide each.
        `costs`: cost of the candidate's play minus the incumbent's.
        """
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
        """Whether the customer's play differs between the two."""
        return self.frame[self.DIFFERS].to_numpy(bool)

    @property
    def blocks(self) -> Texts:
        """Strata without the weeks."""
        return self.frame[self.STRATUM].to_numpy(object)

    @property
    def strata(self) -> Texts:
        """Strata, with each week of entering a stratum apart."""
        weeks = self.frame[self.WEEK].to_numpy(object)
        return np.where(weeks == "", self.blocks, self.blocks + ", " + weeks).astype(object)

    @property
    def cells(self) -> Texts:
        """Pair of places, as a label."""
        return self.frame[self.CELL].to_numpy(object)

    @property
    def costs(self) -> Array:
        return self.frame[self.COST].to_numpy(float)

    def mean_by_cell(self, name: str) -> tuple[tuple[str, float], ...]:
        """Mean of a value in each cell, sorted by the cell's name."""
        return tuple((str(cell), float(rows[name].mean())) for cell, rows in self.frame.groupby(self.CELL))


@dataclass(frozen=True)
class PlayLog(Customers):
    """Customers in a replay's log, one row a customer and day: the logged play, its probability, and the plays of both
    rules.
    """

    ACTUAL: ClassVar[str] = "?given"
    CHANCE: ClassVar[str] = "?chance"
    FIRST: ClassVar[str] = "?first"
    SECOND: ClassVar[str] = "?second"
    CELL: ClassVar[str] = "?cell"
    FOLD: ClassVar[str] = "?fold"

    @staticmethod
    def from_customers(
        customers: Customers, *, actual: Any, chances: Any, first: Any, second: Any, folds: Any, cells: Any = ""
    ) -> PlayLog:
        """Add the columns of a log; each argument is one value, or an array with one value a customer and day.

        `actual`: the logged play, by name.
        `chances`: probability of the logged play.
        `first`, `second`: plays of the incumbent and the candidate, by name.
        `folds`: the customer's fold.
        """
        columns = {
            PlayLog.ACTUAL: actual,
            PlayLog.CHANCE: chances,
            PlayLog.FIRST: first,
            PlayLog.SECOND: second,
            PlayLog.CELL: cells,
            PlayLog.FOLD: folds,
        }
        return PlayLog(customers.frame.assign(**columns))

    @property
    def actual(self) -> Texts:
        return self.frame[self.ACTUAL].to_numpy(object)

    @property
    def chances(self) -> Array:
        return self.frame[self.CHANCE].to_numpy(float)

    @property
    def plays(self) -> tuple[Texts, Texts]:
        """Plays by the first rule and by the second."""
        return self.frame[self.FIRST].to_numpy(object), self.frame[self.SECOND].to_numpy(object)

    @property
    def cells(self) -> Texts:
        return self.frame[self.CELL].to_numpy(object)

    @property
    def folds(self) -> npt.NDArray[np.int64]:
        return self.frame[self.FOLD].to_numpy(np.int64)

    def differing(self) -> PlayLog:
        """Keep rows where the two rules give different plays."""
        first, second = self.plays
        return self.where(first != second)

    def chances_by_play(self) -> pd.DataFrame:
        """For each logged play: `count`, and `min` and `max` of its probability."""
        return self.frame.groupby(self.ACTUAL)[self.CHANCE].agg(["count", "min", "max"])
