"""Evaluate tests on an engine: the same expectations, answered by the engine's queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from segdsl.closing import close_at_the_end
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.schema import Field, Relation, Schema
from segdsl.model.segment import Metric, Model, Segment, Segmentation
from segdsl.reference.evaluate import Evaluator, Outcome, Result, Unknown
from segdsl.reference.quantity import Quantity
from segdsl.reference.world import Row, Value, World
from segdsl.testing.run.evaluator import GivenMetrics
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    from sqlglot import exp

_OPEN = (k.And, k.Or, k.Not, k.Named)


Load = Callable[[Schema, Mapping[str, list[dict[str, Any]]]], None]
"""Loads rows in canonical form to where queries find them."""
Ask = Callable[["exp.Query"], list[tuple[Any, ...]]]
"""Runs a query and returns its rows."""


def on_engine(load: Load, ask: Ask) -> Callable[[Model, World, GivenMetrics], Evaluator]:
    """Factory of evaluators that query an engine."""
    return partial(_evaluator_on_engine, load, ask)


def on_duckdb(workspace: Workspace) -> Callable[[Model, World, GivenMetrics], Evaluator]:
    """Factory of evaluators that query DuckDB, over one connection for all tests."""
    import duckdb

    from segdsl.engines.canonical import load
    from segdsl.sql import dialect

    con = duckdb.connect()
    close_at_the_end(con)
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET threads = 1")
    con.execute("SET enable_external_access = false")
    return on_engine(partial(load, con), lambda query: con.execute(dialect.duckdb(query)).fetchall())


def _evaluator_on_engine(load: Load, ask: Ask, model: Model, world: World, metrics: GivenMetrics) -> Evaluator:
    model_of_engine, rows = _with_given(model, world.data, metrics)
    load(model_of_engine.schema, rows)
    return _OnEngine(model, world, metrics, ask=ask, model_of_engine=model_of_engine.with_rules_by_data())


@dataclass
class _OnEngine(Evaluator):
    """Evaluator whose rules and single-customer conditions are answered by the engine; the reference gives the reasons."""

    ask: Ask = field(default=None)  # type: ignore[assignment]
    model_of_engine: Model = field(default=None)  # type: ignore[assignment]
    _answers: dict[object, dict[object, tuple[Any, ...]]] = field(default_factory=dict)

    def outcome(self, rule: Segmentation, row: Row) -> Outcome:
        reference = super().outcome(rule, row)
        arm, status, *_ = self._of(self.model_of_engine.segmentations[rule.name], row)
        return Outcome(status, arm, reference.reasons or _unexplained(status == "unknown"))

    def in_segment(self, rule: Segment, row: Row) -> bool | Unknown:
        (answer,) = self._of(self.model_of_engine.segments[rule.name], row)
        return answer if isinstance(answer, bool) else _unknown(super().in_segment(rule, row))

    def truth(self, e: k.Expr, row: Row) -> bool | Unknown:
        customers = {r for r in k.rows_of(e) if isinstance(r, k.Given)}
        if row or isinstance(e, _OPEN) or len(customers) != 1 or any(isinstance(n, k.Tally) for n in k.walk(e)):
            return super().truth(e, row)
        (customer,) = customers
        of = self.world.by_key(customer.entity, customer.key)
        if of is None:
            return super().truth(e, row)
        answer = self._condition(customer.entity, k.replace_rows(e, lambda r: k.This() if r == customer else r), of)
        return answer if isinstance(answer, bool) else _unknown(super().truth(e, row))

    def _of(self, rule: Segment | Segmentation, row: Row) -> tuple[Any, ...]:
        from segdsl.sql.plan import assignment

        if rule.name not in self._answers:
            self._answers[rule.name] = self._rows(
                assignment(self.model_of_engine, rule.entity, [rule], self.world.clock).query
            )
        return self._answers[rule.name][self._key(rule.entity, row)]

    def _condition(self, entity: str, e: k.Expr, row: Row) -> Any:
        from segdsl.sql.plan import condition

        if (entity, e) not in self._answers:
            self._answers[entity, e] = self._rows(
                condition(self.model_of_engine, entity, {"held": e}, self.world.clock).query
            )
        return self._answers[entity, e][self._key(entity, row)][0]

    def _rows(self, query: Any) -> dict[object, tuple[Any, ...]]:
        return {row[0]: row[1:] for row in self.ask(query)}

    def _key(self, entity: str, row: Row) -> object:
        return row.get(self.model.schema.relations[entity].key or "")


def _unknown(result: Result) -> Unknown:
    return result if isinstance(result, Unknown) else Unknown(_unexplained(True))


def _unexplained(unknown: bool) -> tuple[str, ...]:
    return ("the engine finds it unknown",) if unknown else ()


# -- metrics that a test gives ----------------------------------------------------------------


def _with_given(
    model: Model, rows: Mapping[str, Any], metrics: GivenMetrics
) -> tuple[Model, dict[str, list[dict[str, Value | None]]]]:
    """Redefine each given metric as `if it is given then the given value else its definition`."""
    filled = {name: [dict(r) for r in rows.get(name, ())] for name in model.schema.relations}
    for entity, name in dict.fromkeys((entity, name) for entity, _, name in metrics):
        relation, metric = model.schema.relations[entity], model.metrics[name]
        is_given, stands_for = f"{name} is given", f"{name} as given"
        typed = ty.NUMBER if metric.type == ty.CONSTANT else metric.type
        fields = {
            is_given: Field(is_given, ty.BOOLEAN, relation.span),
            stands_for: Field(stands_for, typed, relation.span),
        }
        model = _redefined(model, relation, fields, metric)
        for row in filled[entity]:
            value = metrics.get((entity, str(row.get(relation.key or "")), name))
            row[is_given] = value is not None
            row[stands_for] = _canonical(value, typed)
    return model, filled


def _redefined(model: Model, relation: Relation, fields: Mapping[str, Field], metric: Metric) -> Model:
    is_given, stands_for = (k.Column(k.This(), relation.name, n, f.type) for n, f in fields.items())
    body = k.If(is_given, stands_for, metric.body, metric.type)
    relations = {**model.schema.relations, relation.name: replace(relation, fields={**relation.fields, **fields})}
    metrics = {**model.metrics, metric.name: replace(metric, body=body)}
    return replace(model, schema=replace(model.schema, relations=relations), metrics=metrics)


def _canonical(value: Result | None, typed: ty.Type) -> Value | None:
    if value is None or isinstance(value, Unknown):
        return None
    if not isinstance(value, Quantity):
        return value
    if typed == ty.REAL or value.pair is None:
        return value.double
    scale = ty.scale(typed)
    return round(value.pair[0] * scale / value.pair[1]) if scale == 1 else value.pair[0] * scale // value.pair[1]
