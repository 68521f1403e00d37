"""Rules evaluated as frames: assignments by entity, and customers' worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Rule

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Money:
    """A field of money."""

    field: str
    currency: str
    column: k.Expr

    @property
    def heading(self) -> str:
        return heading(self.field, self.currency)


@dataclass(frozen=True)
class Amounts:
    """An amount of money for each row of a frame."""

    field: str
    currency: str
    values: pd.Series[float]

    @property
    def heading(self) -> str:
        return heading(self.field, self.currency)

    def total(self, mask: pd.Series[bool]) -> str:
        """Sum over some rows, in whole units."""
        return f"{self.values[mask.to_numpy()].sum():,.0f}"


def heading(field: str, currency: str) -> str:
    """How a column of money is called."""
    return f"{field}, {currency}"


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
