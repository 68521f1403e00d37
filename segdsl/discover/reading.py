"""Reads features and outcomes of customers as of a day, and makes columns of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlglot import exp

from segdsl.discover import alias, learn, origins
from segdsl.discover.incumbent import Incumbent
from segdsl.discover.rows import Categories, Numbers, Rows
from segdsl.discover.rows import Feature as Column
from segdsl.engines import Engine
from segdsl.experiment.shared.cells import number
from segdsl.features.reads import reads
from segdsl.features.recipe import Feature
from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.segment import Metric, Model
from segdsl.sql import spell as s
from segdsl.sql.plan import condition

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 400_000  # of each role, above which customers are sampled
MOST_LOOKED_AT = 50_000  # customers by whom a field of the end is known
_KEY, _OUTCOME, _IN, _PART = "key", "outcome", "in", "part"


@dataclass(frozen=True)
class Counted:
    """Customers of a role, its rows and those with the outcome."""

    customers: int
    rows: int
    events: int


@dataclass(frozen=True)
class Reader:
    """Reads features and outcomes of customers as of a day, one query each time."""

    model: Model
    engine: Engine
    outcome: Metric
    population: Sequence[k.Expr]
    features: tuple[Feature, ...]
    seed: int
    incumbent: Incumbent | None = None

    @property
    def _columns(self) -> tuple[Feature, ...]:
        """Features, and what the incumbent's arms read."""
        return self.features if self.incumbent is None else (*self.features, *self.incumbent.columns)

    @property
    def hidden(self) -> Sequence[str]:
        """Features, by text, that the incumbent's arms read and that nothing new may."""
        return () if self.incumbent is None else self.incumbent.hidden

    @property
    def _part(self) -> k.Expr:
        relation = self.model.schema.relations[self.outcome.entity]
        key = relation.key or ""
        return k.Split(f"discover {self.seed}", k.Column(k.This(), relation.name, key, relation.fields[key].type))

    def sampled(self, clock: Clock, searched: int, reported: int) -> float:
        """The share of customers to read so that no role has many more than `MOST_ROWS` rows."""
        each = condition(self.model, self.outcome.entity, {_PART: self._part}, clock).query
        each.set("order", None)
        counting = exp.Select(expressions=[exp.Count(this=exp.Star())]).from_(each.subquery(s.name("r")))
        ((customers,),) = self.engine.rows(counting)
        report = 1 - origins.SEARCHED - origins.VALIDATION
        largest = customers * max(origins.SEARCHED * searched, origins.VALIDATION, report * reported)
        return min(1.0, MOST_ROWS / largest) if largest else 1.0

    def frame(self, clock: Clock, low: float, high: float) -> pd.DataFrame:
        """One row for each customer of the population whose split lies in [low, high): key, outcome and features by number."""
        values = {f"f{i}": f.expr for i, f in enumerate(self._columns)}
        asked: dict[str, k.Expr] = {_OUTCOME: self.outcome.body, _PART: self._part, **values}
        if self.population:
            asked[_IN] = self.population[0]
        each = condition(self.model, self.outcome.entity, asked, clock).query
        each.set("order", None)
        part = s.column("r", _PART)
        columns = {
            _KEY: exp.Cast(this=s.column("r", "entity_id"), to=exp.DataType.build("text")),
            _OUTCOME: number(s.column("r", _OUTCOME), self.outcome.body),
            **{n: _plain(s.column("r", n), e) for n, e in values.items()},
        }
        query = exp.Select(expressions=[s.named(sql, name) for name, sql in columns.items()]).from_(
            each.subquery(s.name("r"))
        )
        query = query.where(exp.GTE(this=part, expression=s.real(low))).where(
            exp.LT(this=part.copy(), expression=s.real(high))
        )
        if self.population:
            query = query.where(s.column("r", _IN))
        return self.engine.frame(query)

    def groups(self, frames: Mapping[str, Sequence[pd.DataFrame]]) -> tuple[learn.Groups, int]:
        """The rows of each role whose outcome is known, and how many aren't; features that say nothing are left out."""
        import pandas as pd

        whole = pd.concat([f.assign(role=role) for role, parts in frames.items() for f in parts], ignore_index=True)
        known = whole[_OUTCOME].notna()
        rows = whole[known].sort_values(["role", _KEY], kind="stable")
        columns: dict[str, Column] = {}
        for i, feature in enumerate(self._columns):
            column = column_of(rows[f"f{i}"], feature)
            if i >= len(self.features) or not says_nothing(column):
                columns[feature.text] = column
        customers = pd.factorize(rows[_KEY])[0].astype(np.int64)
        everything = Rows(columns, rows[_OUTCOME].to_numpy(float) == 1.0, customers)
        if self.incumbent is not None:
            everything = self.incumbent.signed(everything)
        by_role = {role: everything.at(np.flatnonzero((rows["role"] == role).to_numpy())) for role in frames}
        return learn.Groups(**by_role), int((~known).sum())


def column_of(values: pd.Series[Any], feature: Feature) -> Column:
    """A column of a feature."""
    import pandas as pd

    if feature.kind == "number":
        numbers = pd.to_numeric(values).to_numpy(float, na_value=np.nan)
        known = numbers[np.isfinite(numbers)]
        return Numbers(np.where(np.isfinite(numbers), numbers, np.nan), bool((known == np.round(known)).all()))
    texts = values.map({1.0: "true", 0.0: "false"}) if feature.kind == "yes or no" else values
    codes, names = pd.factorize(texts, sort=True)
    return Categories(codes.astype(np.int64), tuple(map(str, names)))


def says_nothing(column: Column) -> bool:
    """All values are missing, or the same and none is missing."""
    if isinstance(column, Numbers):
        known = column.values[~column.missing]
        return not len(known) or (len(known) == len(column.values) and bool(known.min() == known.max()))
    return not column.names or (len(column.names) == 1 and not column.missing.any())


def fields_of_the_end(
    model: Model, engine: Engine, entity: str, assumable: Mapping[str, Feature], clock: Clock, now: Clock
) -> dict[str, alias.Alias]:
    """Those fields that say of the customers of an earlier day whether they have left by now: no field that never changes."""
    relation = model.schema.relations[entity]
    there = {
        n: f
        for n, f in assumable.items()
        if all(engine.has(r, c) for r, cs in dependencies.columns(model, [f.expr]).items() for c in cs)
    }
    if relation.lives_to is None or not there:
        return {}
    end = k.Column(k.This(), entity, relation.lives_to, relation.fields[relation.lives_to].type)
    values = {f"f{i}": f.expr for i, f in enumerate(there.values())}
    each = condition(model, entity, {_OUTCOME: end, **values}, clock).query
    columns = [s.named(_plain(s.column("r", name), value), name) for name, value in values.items()]
    at = exp.Cast(this=s.column("r", _OUTCOME), to=exp.DataType.build("TIMESTAMP"))
    ended = exp.LT(this=at, expression=s.moment(now.now))
    key = exp.Cast(this=s.column("r", "entity_id"), to=exp.DataType.build("text"))
    named = [s.named(key, _KEY), s.named(ended, _OUTCOME), *columns]
    frame = engine.frame(exp.Select(expressions=named).from_(each.subquery(s.name("r")))).sort_values(
        _KEY, kind="stable"
    )
    if len(frame) > MOST_LOOKED_AT:
        frame = frame.sample(MOST_LOOKED_AT, random_state=0)
    rows = Rows(
        {n: column_of(frame[f"f{i}"], f) for i, (n, f) in enumerate(there.items())},
        frame[_OUTCOME].eq(True).fillna(False).to_numpy(bool),
        np.arange(len(frame)),
    )
    return alias.aliases(rows)


def fixed_that_tell_the_end(
    model: Model, engine: Engine, entity: str, chosen: Sequence[Feature], clock: Clock, now: Clock
) -> dict[str, alias.Alias]:
    """Features of what is declared `fixed` that say of the customers of a late day who has left by now.

    Such a field is written when somebody leaves, whatever its declaration says; a backtest refuses it too. Since when a customer is
    there is known at once, so that may say it.
    """
    relation = model.schema.relations[entity]
    fixed = {}
    for feature in chosen:
        read = reads(model, [feature.expr])
        if (entity, relation.lives_from) not in read and all(
            model.schema.relations[name].kind != "table" for name, _ in read
        ):
            fixed[feature.text] = feature
    found = fields_of_the_end(model, engine, entity, fixed, clock, now)
    return {name: alias.Alias(a.apart, "left") for name, a in found.items()}


def _plain(sql: s.Sql, value: k.Expr) -> s.Sql:
    """A value as text, or as a number."""
    return sql if ty.is_textual(value.type) else number(sql, value)
