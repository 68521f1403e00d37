"""Rules evaluated over data: assignments by entity, what customers are worth, and what the data was like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segdsl.data.contract import TableReport
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Rule

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Amounts:
    """One amount of money for each row of a frame: what a person asks for first beside a count."""

    field: str
    currency: str
    values: pd.Series[float]

    @property
    def heading(self) -> str:
        return f"{self.field}, {self.currency}"

    def total(self, mask: pd.Series[bool]) -> str:
        """The sum over some rows, in whole units."""
        return f"{self.values[mask.to_numpy()].sum():,.0f}"


@dataclass(frozen=True)
class Evaluated:
    """Rules evaluated over data that is still open to questions; `notes` are warnings about the data."""

    model: Model
    rules: Sequence[Rule]
    engine: Engine
    clock: Clock
    frames: Mapping[str, pd.DataFrame]
    amounts: Mapping[str, Amounts]
    notes: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True)
class Result:
    """Assignments by entity: `entity_id`, then the columns of the contract; and how the data was read.

    `amounts` has the first required money field of an entity that has one.
    """

    clock: Clock
    frames: Mapping[str, pd.DataFrame]
    amounts: Mapping[str, Amounts]
    tables: tuple[TableReport, ...]
    warnings: tuple[Diagnostic, ...]
