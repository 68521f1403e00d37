"""Results of evaluating rules: assignments by entity, customers' worth, and the state of the data."""

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
    """An amount of money for each row of a frame."""

    field: str
    currency: str
    values: pd.Series[float]

    @property
    def heading(self) -> str:
        return f"{self.field}, {self.currency}"

    def total(self, mask: pd.Series[bool]) -> str:
        """Sum over some rows, in whole units."""
        return f"{self.values[mask.to_numpy()].sum():,.0f}"


@dataclass(frozen=True)
class Evaluation:
    """Rules evaluated on an attached engine, which can answer further queries; `notes` are warnings about the data."""

    model: Model
    rules: Sequence[Rule]
    engine: Engine
    clock: Clock
    frames: Mapping[str, pd.DataFrame]
    amounts: Mapping[str, Amounts]
    notes: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True)
class Result:
    """Assignments by entity.

    `frames`: `entity_id`, then the columns of each rule.
    `amounts`: the first required money field, for entities that have one.
    `tables`: reports on the tables read.
    """

    clock: Clock
    frames: Mapping[str, pd.DataFrame]
    amounts: Mapping[str, Amounts]
    tables: tuple[TableReport, ...]
    warnings: tuple[Diagnostic, ...]
