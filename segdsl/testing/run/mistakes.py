"""Mistakes of a test: a missing field that its rules need, or a missing as-of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from segdsl.diagnostics import Diagnostic
from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.segment import Model, Test

_WALKS = 3  # passes over the nodes of a test's rules


def mistakes(test: Test, model: Model) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each needed field that is left out, and for a missing as-of."""
    conditions = [e.condition for e in test.expectations]
    conditions += [e for g in test.gets for e in model.definition_of_play(g.play)]
    for _ in model.work.each(dependencies.everything(model, conditions), _WALKS):
        pass  # pay for all passes beforehand
    read = dependencies.columns(model, conditions)
    has_past = bool(test.gets) and any(model.schema.relations[row.relation].at is not None for row in test.rows)
    if test.as_of is None and (has_past or _depends_on_time(test, model, conditions, read)):
        help = 'as in `test "…" as of 2026-11-01 {`'
        yield Diagnostic("SEG0503", "this test's rules depend on time, so it must say `as of`", test.span, help=help)
    replaced = {name for row in test.rows for name in row.metrics}
    still_read = _still_read(model, conditions, replaced)
    needed = {
        relation: [
            n for n, f in model.schema.relations[relation].fields.items() if n in read and f.required and not f.key
        ]
        for relation, read in still_read.items()
    }
    for row in test.rows:
        for name in model.work.each(needed.get(row.relation, ())):
            if name not in row.cells:
                yield Diagnostic(
                    "SEG0504",
                    f"`{name}` is left out: the rule reads it, and the model declares it `required`",
                    row.span,
                    help=f"give it, or say `{name}: missing`",
                )


def _still_read(model: Model, conditions: list[k.Expr], replaced: set[str]) -> dict[str, set[str]]:
    """Columns that the conditions read, given that some metrics are replaced."""
    metrics_with_rule = {n: m for n, m in model.metrics.items() if n not in replaced}
    stubs = {n: _stub(model.metrics[n].type) for n in replaced if n in model.metrics}
    metrics = {**metrics_with_rule, **{n: replace(model.metrics[n], body=body) for n, body in stubs.items()}}
    return dependencies.columns(replace(model, metrics=metrics), conditions)


def _stub(typed: ty.Type) -> k.Expr:
    return k.Missing("given", typed)


def _depends_on_time(test: Test, model: Model, conditions: list[k.Expr], read: Mapping[str, set[str]]) -> bool:
    for node in dependencies.everything(model, conditions):
        if isinstance(node, k.AsOf | k.StartOf):
            return True
    for name in read:
        relation = model.schema.relations[name]
        if relation.at is not None or any(relation.life & set(r.cells) for r in test.rows if r.relation == name):
            return True
    return False
