"""`discover --groups`: a workspace and an entity -> groups of its customers as rules, or that none were found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlglot import exp

from segdsl import engines
from segdsl.diagnostics import Diagnostic
from segdsl.discover.admissible import Excluded, admissible, of_other_basis
from segdsl.discover.groups import learn
from segdsl.discover.reading import column_of, says_nothing
from segdsl.discover.refusals import TooLittle
from segdsl.discover.request import bases
from segdsl.discover.rows import Feature as Column
from segdsl.discover.rows import Ints
from segdsl.engines import Engine
from segdsl.experiment.shared.cells import number
from segdsl.features.recipe import Feature, LeftOut, features
from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.segment import Model
from segdsl.resolve.problems import nearest_help
from segdsl.run.data_day import clock_to_look
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import source_config
from segdsl.run.recorded import with_recorded_runs
from segdsl.sql import spell as s
from segdsl.sql.plan import condition
from segdsl.workspace.load import Workspace

MOST_CUSTOMERS = 4_000
"""Customers above which a sample is drawn: groups that take more to be seen are of no use to a person."""
FEWEST_CUSTOMERS = 100
_KEY, _PART = "key", "part"


@dataclass(frozen=True)
class Request:
    """What is asked. `entity`: "" for the only one."""

    entity: str = ""
    basis: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True)
class Grouping:
    """What was found, or not.

    `counted`: customers that were clustered, that decided, and that estimate.
    `read`: the features that numbers and facts are, by text.
    `left_out`: what isn't used, with the reason; `excluded`: what isn't known of an earlier as-of.
    `sampled`: share of the customers that was read.
    """

    request: Request
    entity: str
    clock: Clock
    because: str
    counted: tuple[int, int, int]
    read: Mapping[str, Feature]
    left_out: tuple[LeftOut, ...]
    excluded: tuple[Excluded, ...]
    sampled: float
    learned: learn.Learned

    @property
    def as_of(self) -> dt.date:
        return self.clock.today

    @property
    def is_found(self) -> bool:
        return self.learned.rules is not None


def discover_groups(
    workspace: Workspace,
    request: Request,
    as_of: str | None,
    source: str | None,
    report_progress: Callable[[str], None],
) -> Grouping:
    """Look for groups. Raises `UsageError` for unknown names, `TooLittle` and `DataError`."""
    entity = _entity(workspace.model, request.entity)
    request = replace(request, basis=bases(request.basis))
    dated = clock_to_look(workspace, as_of, source)
    is_past = as_of is not None and dated.clock.today < clock_to_look(workspace, None, source).clock.today
    workspace = with_recorded_runs(workspace, source, dated.clock)
    model = workspace.model
    recipe = features(model, entity, workspace.files)
    chosen, excluded, other = _known(model, recipe.features, request.basis, is_past)
    if not chosen:
        raise _no_number(entity, request, excluded)
    needed = dependencies.of_condition(model, entity, k.And(tuple(f.expr for f in chosen)))
    engine = engines.attach(
        model.schema, needed, source_config(workspace, source), workspace.root, None, dated.clock, to_look=True
    )
    report_progress("counting customers")
    part = _part(model, entity, request.seed)
    customers = _count(engine, model, entity, part, dated.clock)
    sampled = min(1.0, MOST_CUSTOMERS / customers) if customers else 1.0
    report_progress(f"reading {len(chosen):,} features")
    columns, parts = _read(engine, model, entity, part, chosen, dated.clock, sampled)
    left_out = [*recipe.left_out, *other]
    left_out += [LeftOut(f.text, "is missing or the same of everybody") for f in chosen if f.text not in columns]
    families = {f.text: f.family for f in chosen}
    rng = np.random.default_rng([20_261_129, request.seed])
    learned = learn.learn(columns, parts, families, rng, report_progress)
    if learned.decision is None and len(parts) >= FEWEST_CUSTOMERS:
        raise _no_number(entity, request, excluded, learned.left_out)
    if len(parts) >= FEWEST_CUSTOMERS:  # of fewer, a part says nothing of a feature
        left_out += [LeftOut(name, because) for name, because in learned.left_out.items()]
    used = {*learned.numbers, *learned.facts}
    return Grouping(
        request,
        entity,
        dated.clock,
        dated.because,
        (int((parts == 0).sum()), int((parts == 1).sum()), int((parts == 2).sum())),
        {f.text: f for f in chosen if f.text in used},
        tuple(left_out),
        excluded,
        sampled,
        learned,
    )


def _entity(model: Model, name: str) -> str:
    known = {n: r for n, r in model.schema.relations.items() if r.kind == "entity"}
    if not name and len(known) == 1:
        return next(iter(known))
    if name in known:
        return name
    if not name:
        names = list(known)
        help = f"name one, as in --groups {names[0]}" if names else "declare one, as in: entity account { … }"
        message = f"groups of which: {', '.join(names)}?" if names else "there is no entity to look for groups of"
        raise UsageError(Diagnostic("SEG0606", message, help=help))
    help = nearest_help(name, known, f"entities are {', '.join(known)}" if known else "there are none")
    raise UsageError(Diagnostic("SEG0606", f"no entity `{name}`", help=help))


def _known(
    model: Model, candidates: Sequence[Feature], basis: Sequence[str], is_past: bool
) -> tuple[list[Feature], tuple[Excluded, ...], tuple[LeftOut, ...]]:
    """Features to read: of today all, of an earlier day those that are known as they were."""
    if is_past:
        return admissible(model, candidates, basis, ())
    comparable = [f for f in candidates if not isinstance(f.expr.type, ty.Version)]
    chosen = [f for f in comparable if not basis or f.basis in basis]
    others = {f.family: of_other_basis(f) for f in reversed(comparable) if basis and f.basis not in basis}
    return chosen, (), tuple(reversed(others.values()))


def _no_number(
    entity: str, request: Request, excluded: Sequence[Excluded], left_out: Mapping[str, str] | None = None
) -> TooLittle:
    help = "groups are made of at least two numbers that differ between customers, such as amounts, counts and ages"
    if request.basis:
        help += f"; of the basis {', '.join(request.basis)} there are fewer: leave --basis out for all"
    elif excluded:
        help += f"; {excluded[0].name} {excluded[0].because}, so it isn't known as of an earlier day: leave --as-of out"
    elif left_out:
        name, because = next(iter(left_out.items()))
        help += f"; `{name}`, for one, {because}"
    return TooLittle(Diagnostic("SEG0744", f"too little is known about {entity} to look for groups", help=help))


# -- reading -------------------------------------------------------------------------------


def _part(model: Model, entity: str, seed: int) -> k.Expr:
    relation = model.schema.relations[entity]
    key = relation.key or ""
    return k.Split(f"groups {seed}", k.Column(k.This(), relation.name, key, relation.fields[key].type))


def _count(engine: Engine, model: Model, entity: str, part: k.Expr, clock: Clock) -> int:
    each = condition(model, entity, {_PART: part}, clock).query
    each.set("order", None)
    ((customers,),) = engine.rows(
        exp.Select(expressions=[exp.Count(this=exp.Star())]).from_(each.subquery(s.name("r")))
    )
    return int(customers)


def _read(
    engine: Engine,
    model: Model,
    entity: str,
    part: k.Expr,
    chosen: Sequence[Feature],
    clock: Clock,
    sampled: float,
) -> tuple[dict[str, Column], Ints]:
    """Return the features that say anything, by text, and the part of each customer, in the order of their keys."""
    values = {f"f{i}": f.expr for i, f in enumerate(chosen)}
    each = condition(model, entity, {_PART: part, **values}, clock).query
    each.set("order", None)
    columns = {
        _KEY: exp.Cast(this=s.column("r", "entity_id"), to=exp.DataType.build("text")),
        _PART: s.column("r", _PART),
        **{n: s.column("r", n) if ty.is_textual(e.type) else number(s.column("r", n), e) for n, e in values.items()},
    }
    query = exp.Select(expressions=[s.named(sql, name) for name, sql in columns.items()]).from_(
        each.subquery(s.name("r"))
    )
    query = query.where(exp.LT(this=s.column("r", _PART), expression=s.real(sampled)))
    rows = engine.frame(query).sort_values(_KEY, kind="stable")
    borders = sampled * np.cumsum([learn.FIRST, learn.SECOND])
    parts = np.searchsorted(borders, rows[_PART].to_numpy(float), side="right")
    every = {f.text: column_of(rows[f"f{i}"], f) for i, f in enumerate(chosen)}
    return {text: column for text, column in every.items() if not says_nothing(column)}, parts.astype(np.int64)
