"""Mistakes of a test: a missing field that its rules need, a missing as-of, or a play that never goes to whom it is asked of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from segdsl.diagnostics import Diagnostic, series
from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.play import Gets, Play
from segdsl.model.segment import Model, Test

_WALKS = 3  # passes over the nodes of a test's rules


def mistakes(test: Test, model: Model) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each needed field that is left out, for a missing as-of, and for each play that can't be got."""
    conditions = [e.condition for e in test.expectations]
    conditions += [place for g in test.gets for place in model.places_of(g.play)]
    conditions += [e for g in test.gets for use in model.plays[g.play].used_for.values() for e in use.of_one]
    yield from (d for g in test.gets if (d := _never(g, model)) is not None)
    others = [p.name for p in model.plays.values() if any(_may_come_first(p, model.plays[g.play]) for g in test.gets)]
    timed = [*conditions, *(e for name in others for e in model.definition_of_play(name))]
    for _ in model.work.each(dependencies.everything(model, timed), _WALKS):
        pass  # pay for all passes beforehand
    read = dependencies.columns(model, conditions)
    has_past = bool(test.gets) and any(model.schema.relations[row.relation].at is not None for row in test.rows)
    read_before = dependencies.columns(model, timed) if others else read
    if test.as_of is None and (has_past or _depends_on_time(test, model, timed, read_before)):
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


def _may_come_first(other: Play, play: Play) -> bool:
    return other.channel is not None and other.channel == play.channel and bool({*other.used_for} & {*play.used_for})


def _never(g: Gets, model: Model) -> Diagnostic | None:
    """A diagnostic of an expectation that a play is got by somebody to whom it can never go."""
    uses = model.plays[g.play].used_for
    givers = {p.entity for p in model.places_of(g.play)}
    who = list(dict.fromkeys(e for of in uses if of in givers for e in (of, uses[of].recipient)))
    if g.entity in who:
        return None
    if not who:
        message = f"nobody gets `{g.play}`: no segment and no arm names it"
        help = f"write it in one, as in `segment … {{ when … play {g.play} }}`"
    else:
        message = f"`{g.play}` goes to {series([f'`{e}`' for e in who])}, and never to `{g.key}`, of `{g.entity}`"
        help = "ask it of one to whom the play goes"
    return Diagnostic("SEG0516", message, g.span, help=help)


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
