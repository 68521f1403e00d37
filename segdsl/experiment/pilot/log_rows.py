"""Raw rows of an exposure table or log, before they are joined to customers or rejected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from sqlglot import exp

from segdsl import engines
from segdsl.data.examples import shown
from segdsl.data.findings import Finding, Kind
from segdsl.experiment.pilot.reconcile import NO_ARM, NOBODY, OTHER_ARM, OTHER_CASE, TWICE, TWO_ARMS, UNNAMED, Case
from segdsl.experiment.shared.context import Context
from segdsl.experiment.shared.customers import Mask, Texts
from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.model.experiment import ArmRows
from segdsl.sql import spell as s

if TYPE_CHECKING:
    import pandas as pd

_REPORTED_KINDS: frozenset[Kind] = frozenset(
    {"unreadable", "not one of", "out of range", "rounded", "empty", "missing word", "no time"}
)
"""Findings on cells that the account doesn't cover itself."""


@dataclass(frozen=True)
class LogRows:
    """Raw rows, as texts.

    `frame`: `unit` (key of the customer), `given` (arm or play), and `when` if the table has a time; None for missing.
    `customers`: keys of all customers in the data.
    `data`: findings of the data contract on the table's cells.
    `personal`: keys are personal data and must not be shown.
    """

    table: str
    frame: pd.DataFrame
    customers: pd.Series[str]
    data: tuple[str, ...]
    personal: bool = False

    @staticmethod
    def read(context: Context, table: str, treatment: str, when: str | None, measured: Sequence[k.Expr]) -> LogRows:
        """Read the rows of `table`; `measured` are expressions that may read further columns of it. Raises `DataError`."""
        schema = context.model.schema
        entity, rows = schema.relations[context.experiment.entity], schema.relations[table]
        assert entity.key is not None and rows.by is not None, "customers have keys, and each row is of one"
        # rows without a key, or with a duplicate, are counted here, and are no error
        schema_without_key = replace(schema, relations={**schema.relations, table: replace(rows, key=None)})
        columns = [c for c in (treatment, when) if c is not None]
        other_columns = dependencies.columns(context.model, measured).get(table, set())
        engine = engines.attach(
            schema_without_key,
            dependencies.Needed({table: {rows.by, *columns}, entity.name: {entity.key}}),
            context.config,
            context.workspace.root,
            None,
            context.clock,
            {table: other_columns},
        )
        frame = engine.frame(_texts(table, [rows.by, *columns]))
        frame.columns = ["unit", "given", *(["when"] if when is not None else [])]
        customers = engine.frame(_texts(entity.name, [entity.key]))
        problems = [
            _sentence(f)
            for t in engine.report(context.clock)
            if t.name == table
            for f in t.findings
            if f.kind in _REPORTED_KINDS
        ]
        frame = frame.sort_values(list(frame.columns), ignore_index=True)
        texts = frame.astype(object).where(frame.notna(), None)
        personal = schema.is_personal(entity, entity.key)
        return LogRows(table, texts, customers.iloc[:, 0].dropna(), tuple(problems), personal)

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def units(self) -> pd.Series[str]:
        return self.frame["unit"]

    @property
    def shown_units(self) -> Texts | None:
        return None if self.personal else self.units.to_numpy(object)

    @property
    def treatments(self) -> Texts:
        return self.frame["given"].to_numpy(object)

    @property
    def when(self) -> pd.Series[str]:
        return self.frame["when"]

    def of(self, units: Sequence[str] | pd.Index[str] | pd.Series[str]) -> Mask:
        """Mask of the rows of some customers."""
        return self.units.isin(np.asarray(units, object)).to_numpy(
            bool
        )  # texts of pandas are looked up ten times slower

    def days(self, context: Context) -> pd.Series[str]:
        """Day of each row in the workspace's time zone; "" where unknown."""
        import pandas as pd

        if "when" not in self.frame:
            return pd.Series("", self.frame.index, dtype=object)
        return self.when.map(lambda t: "" if t is None else str(day_of(context, t)))

    @property
    def without_customer(self) -> Case:
        return Case(UNNAMED, self.units.isna().to_numpy(bool))

    @property
    def of_nobody(self) -> Case:
        return Case(NOBODY, ~self.of(self.customers), self.shown_units)


def of_no_arm(w: LogRows, rows: ArmRows) -> tuple[Case, ...]:
    """Cases of rows that put nobody into one of the two arms."""
    from pandas import factorize

    repeated = (w.units.duplicated(keep=False) & w.units.notna()).to_numpy(bool)
    arms = w.frame[repeated].groupby("unit")["given"].nunique(dropna=False)
    which, names = factorize(w.treatments)  # -1 is missing, for which the last item of what is said of names stands
    known = [rows.incumbent, rows.candidate]
    folded = {n.casefold() for n in known}
    is_other = np.array([*(n not in known for n in names), True], bool)
    is_other_case = np.array([*(n not in known and n.strip().casefold() in folded for n in names), False], bool)
    return (
        w.without_customer,
        w.of_nobody,
        Case(TWO_ARMS, w.of(arms.index[arms > 1]), w.shown_units),
        Case(TWICE, repeated, w.shown_units),
        Case(NO_ARM, which < 0),
        Case(OTHER_CASE, is_other_case[which], w.treatments),
        Case(OTHER_ARM, is_other[which], w.treatments),
    )


def day_of(context: Context, moment: str) -> dt.date:
    """Day of a date or of a naive UTC timestamp, in the engine's format."""
    when = dt.datetime.fromisoformat(moment)
    return when.date() if len(moment) == len("2026-01-01") else context.clock.date_of(when)


# -- parts -----------------------------------------------------------------------------


def _texts(table: str, columns: Sequence[str]) -> exp.Select:
    text = exp.DataType.build("text")
    return exp.Select(
        expressions=[s.named(exp.Cast(this=s.column("r", c), to=text), f"{i} {c}") for i, c in enumerate(columns)]
    ).from_(s.table(table, "r"))


def _sentence(f: Finding) -> str:
    like = f": {shown(f.examples)}" if f.examples else ""
    return f"{f.message}{like}" + (f" ({f.help})" if f.help else "")
