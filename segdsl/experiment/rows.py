"""Segmentations and values as of a day -> a row a customer: for pilots, which have few, and need each one's strata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from segdsl.engines import Engine
from segdsl.experiment.cells import cluster_of, number, place
from segdsl.experiment.pilot import CLUSTER
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Segmentation
from segdsl.sql import spell as s
from segdsl.sql.plan import assignment
from segdsl.sql.spell import Sql

if TYPE_CHECKING:
    import pandas as pd


UNIT = "?unit"  # a column, as `CLUSTER` is; no rule or metric is called so


def rows(
    engine: Engine,
    model: Model,
    entity: str,
    rules: Sequence[Segmentation],
    clock: Clock,
    beside: Mapping[str, k.Expr],
    cluster: k.Expr | None = None,
) -> pd.DataFrame:
    """Columns: `UNIT` and `CLUSTER` (texts), each rule's place (unknown too; None outside), and the values: numbers and truths as
    doubles, NaN where unknown, texts as they are, times as texts."""
    asked = {f"?{name}": e for name, e in beside.items()} | ({"?cluster": cluster} if cluster is not None else {})
    each = assignment(model, entity, list(rules), clock, asked).query
    each.set("order", None)
    own = exp.Cast(this=s.column("r", "entity_id"), to=exp.DataType.build("text"))
    columns = {
        UNIT: own, CLUSTER: cluster_of(own, s.column("r", "?cluster"), cluster, entity),
        **{rule.name: place("r", rule) for rule in rules}, **{f"={name}": _value(s.column("r", f"?{name}"), e) for name, e in beside.items()},
    }  # fmt: skip
    query = exp.Select(expressions=[s.named(sql, name) for name, sql in columns.items()]).from_(
        each.subquery(s.name("r"))
    )
    found = engine.frame(query)
    for name, e in beside.items():
        if not ty.is_textual(e.type) and not ty.is_time(e.type):
            found[f"={name}"] = found[f"={name}"].astype(float)
    return found.rename(columns={f"={name}": name for name in beside})


def _value(sql: Sql, e: k.Expr) -> Sql:
    if ty.is_time(e.type):
        return exp.Cast(this=sql, to=exp.DataType.build("text"))
    return sql if ty.is_textual(e.type) else number(sql, e)
