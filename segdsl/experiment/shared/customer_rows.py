"""Customer rows: segmentations and values as of a day, one row a customer. Pilots are small, and stratify by customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from segdsl.engines import Engine
from segdsl.experiment.shared.cells import as_text, cluster_of, number, place
from segdsl.experiment.shared.context import Context
from segdsl.experiment.shared.customers import Customers, place_column
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.segment import Segmentation
from segdsl.sql import spell as s
from segdsl.sql.plan import assignment
from segdsl.sql.spell import Sql


def rows(
    context: Context,
    engine: Engine,
    clock: Clock,
    rules: Sequence[Segmentation],
    values: Mapping[str, k.Expr],
    *,
    clustered: bool = False,
) -> Customers:
    """Evaluate `rules` and `values` for each customer as of `clock`.

    Places include "unknown"; None means outside. Texts stay texts, times become texts, numbers and truths doubles. Each
    customer is a cluster alone unless `clustered`.
    """
    entity, cluster = context.experiment.entity, context.experiment.cluster if clustered else None
    columns_to_compute = {f"?{name}": e for name, e in values.items()} | (
        {Customers.CLUSTER: cluster} if cluster is not None else {}
    )
    each = assignment(context.model, entity, list(rules), clock, columns_to_compute, in_order=False).query
    key = s.column("r", "entity_id")
    columns = {
        Customers.UNIT: as_text(key),
        Customers.CLUSTER: as_text(cluster_of(key, s.column("r", Customers.CLUSTER), cluster, entity)),
        **{rule.name: place("r", rule) for rule in rules},
        **{f"={name}": _value(s.column("r", f"?{name}"), e) for name, e in values.items()},
    }
    query = exp.Select(expressions=[s.named(sql, name) for name, sql in columns.items()]).from_(
        each.subquery(s.name("r"))
    )
    frame = engine.frame(query)
    for name, e in values.items():
        if not ty.is_textual(e.type) and not ty.is_time(e.type):
            frame[f"={name}"] = frame[f"={name}"].astype(float)
    # renamed here and not in the query: PostgreSQL cuts names of more than 63 octets
    names = {rule.name: place_column(rule.name) for rule in rules} | {f"={name}": name for name in values}
    return Customers(frame.rename(columns=names))


def _value(sql: Sql, e: k.Expr) -> Sql:
    if ty.is_time(e.type):
        return as_text(sql)
    return sql if ty.is_textual(e.type) else number(sql, e)
