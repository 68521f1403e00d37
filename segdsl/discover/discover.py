"""`discover`: a workspace and an outcome -> segments that its history bears out, or that nothing was found."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlglot import exp

from segdsl import engines
from segdsl.analyse.admissible import Leak, leaks_of, unclosed
from segdsl.diagnostics import Diagnostic, Refusal
from segdsl.discover import alias, edit, learn, origins
from segdsl.discover.decide import smallest_lift
from segdsl.discover.improve import Improved, improve
from segdsl.discover.incumbent import Incumbent, read_incumbent
from segdsl.discover.rows import Categories, Numbers, Rows
from segdsl.discover.rows import Feature as Column
from segdsl.engines import Engine
from segdsl.experiment.shared.cells import number
from segdsl.features.reads import reads
from segdsl.features.recipe import Feature, LeftOut, features
from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.ahead import closes
from segdsl.model.clock import Clock
from segdsl.model.segment import Metric, Model, Segmentation
from segdsl.resolve.declare import BASES, basis_of
from segdsl.resolve.problems import nearest_help
from segdsl.run.data_day import OLD, Dated, clock_to_look
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import source_config
from segdsl.run.newest import newest_row
from segdsl.run.recorded import with_recorded_runs
from segdsl.sql import spell as s
from segdsl.sql.plan import condition
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 400_000  # of each role, above which customers are sampled
_GRACE = dt.timedelta(days=30)  # a table's first row may come that much after its beginning
_SAYS_THE_END = "says who has left by now, so it isn't as it was"
_OF_ANOTHER_BASIS, _NO_ROWS, _TOO_SHORT = " basis", "reads", "looks back further than"
_HISTORY = dt.timedelta(days=60)  # of rows before the first origin


class TooLittle(Refusal):
    """The data can't bear a search at all. Exit code 3."""

    exit_code = 3


@dataclass(frozen=True)
class Request:
    """What is asked: `basis` and `assume_fixed` are names as written; `top` asks for that many groups instead of a list.

    `improve`: instead of new groups, the smallest change of that segmentation.
    """

    outcome: str
    basis: tuple[str, ...] = ()
    assume_fixed: tuple[str, ...] = ()
    candidate_of: str | None = None
    top: int | None = None
    seed: int = 0
    improve: str | None = None

    @property
    def incumbent(self) -> str | None:
        """The segmentation whose customers are searched, and with which the experiment compares."""
        return self.improve or self.candidate_of


@dataclass(frozen=True)
class Excluded:
    """A field that no feature may read: `line` is its declaration as it would be admitted; "" where none would do."""

    name: str
    because: str
    line: str = ""


@dataclass(frozen=True)
class Counted:
    """Customers of a role, its rows and those with the outcome."""

    customers: int
    rows: int
    events: int


@dataclass(frozen=True)
class Discovery:
    """What was found, or not.

    `read`: the features that were searched, by their text.
    `suspicious`: features that are the outcome under another name, by text.
    `left_out`: what no feature reads, by reason; `excluded`: what wasn't known at the origins.
    `unknown`: rows left out since their outcome is unknown.
    `p`: of the best that was looked at, one-sided, over all.
    `adds_undecided`: whether the improved incumbent has an arm more, for those of whom the change may be unknown.
    `sampled`: the share of the customers that was read; 1 for all.
    """

    request: Request
    entity: str
    clock: Clock
    because: str
    origins: origins.Origins
    counted: Mapping[str, Counted]
    read: Mapping[str, Feature]
    suspicious: Mapping[str, alias.Alias]
    left_out: tuple[LeftOut, ...]
    excluded: tuple[Excluded, ...]
    unknown: int
    sampled: float
    p: float
    learned: learn.Learned | None
    subgroups: tuple[learn.Subgroup, ...]
    smallest: float | None
    leavers_missing: bool
    incumbent: Incumbent | None = None
    improved: Improved | None = None
    adds_undecided: bool = False

    @property
    def as_of(self) -> dt.date:
        return self.clock.today

    @property
    def exploratory(self) -> bool:
        """Whether fields were assumed to be as they are now."""
        return bool(self.request.assume_fixed)

    @property
    def is_found(self) -> bool:
        changed = self.improved is not None and self.improved.change is not None
        return changed or bool(self.subgroups) or (self.learned is not None and self.learned.rule is not None)


def discover(
    workspace: Workspace,
    request: Request,
    as_of: str | None,
    source: str | None,
    report_progress: Callable[[str], None],
) -> Discovery:
    """Look for segments. Raises `UsageError` for unknown names, `TooLittle` and `DataError`."""
    model = workspace.model
    outcome = _outcome(model, request.outcome)
    request = replace(request, basis=bases(request.basis))
    named = _incumbent(model, request.incumbent, outcome.entity)
    _refuse_candidate(request, named)
    said = read_incumbent(workspace, named) if request.improve is not None and named is not None else None
    dated = clock_to_look(workspace, as_of, source)
    workspace = with_recorded_runs(workspace, source, dated.clock)
    model = workspace.model
    relation = model.schema.relations[outcome.entity]
    if relation.lives_from is None:
        raise TooLittle(
            Diagnostic(
                "SEG0741",
                f"it isn't known which {outcome.entity} was there on an earlier day, so those who have left would be left out",
                help=f"say since when and until when one is there: entity {outcome.entity} from created_at to ended_at {{ … }}",
            )
        )
    _refuse_open_outcome(model, outcome)
    recipe = features(model, outcome.entity, workspace.files)
    chosen, excluded, left_out = admissible(model, recipe.features, request.basis, request.assume_fixed)
    population = [] if named is None or named.where is None else [named.where]
    _refuse_leaking_population(model, request, named, population)
    columns = () if said is None else said.columns
    if said is not None:
        _refuse_leaking_arms(model, request, said)

    roots = [outcome.body, *population, *(f.expr for f in (*chosen, *columns))]
    needed = dependencies.of_condition(model, outcome.entity, k.And(tuple(roots)))
    assumable = _assumable(model, recipe.features, excluded)
    also = dependencies.columns(model, [f.expr for f in assumable.values()])
    config = source_config(workspace, source)
    engine = engines.attach(model.schema, needed, config, workspace.root, None, dated.clock, also, to_look=True)

    def at(day: dt.date) -> Clock:
        return Clock.at(day, workspace.zone)

    def end(day: dt.date) -> dt.date:
        closing = closes(model, [outcome.body], at(day))
        if closing is None:
            raise TooLittle(
                Diagnostic(
                    "SEG0742",
                    f"`{outcome.name}` looks at no later time, so it isn't known when it has come about",
                    help=f"say until when, as in: outcome {outcome.name} of {outcome.entity} = any(… in next 90 days)",
                )
            )
        return closing

    begins = _beginnings(model, engine, [*chosen, *columns])
    today = dated.clock.today
    # what most tables have: one that goes back further holds no more than a part of the history
    first = (
        sorted(begins.values())[len(begins) // 2] + _HISTORY
        if begins
        else _first_customer(engine, model, outcome.entity, dated.clock)
    )
    days = origins.closed(end, today, first) if first is not None else []
    divided = origins.roles(days, today)
    if divided is None:
        window = (end(today) - today).days
        raise TooLittle(
            Diagnostic(
                "SEG0742",
                f"the history is too short: {len(days)} window{'' if len(days) == 1 else 's'} of `{outcome.name}` "
                f"({window} days each) {'has' if len(days) == 1 else 'have'} closed, and {origins.FEWEST} are needed: "
                "one to search, one to decide and one to report",
                help=f"wait, or look for an outcome of fewer days: an outcome of {max(window // 3, 1)} days takes a third of the history",
            )
        )
    ends = _ends(model, engine, outcome.entity, assumable, at(divided.first), dated.clock)
    excluded = tuple(replace(e, because=_SAYS_THE_END, line="") if e.name in ends else e for e in excluded)
    _refuse_after_the_data(model, engine, begins, divided, dated.clock)
    chosen, short = _within_the_history(model, chosen, begins, at(divided.first))
    left_out = (*recipe.left_out, *left_out, *short)
    if not chosen:
        raise _no_feature(outcome.entity, request, excluded, left_out)
    if said is not None:
        _refuse_short_arms(model, said, begins, at(divided.first))
    reader = _Reader(model, engine, outcome, population, tuple(chosen), request.seed, said)
    return _found(reader, request, dated, divided, at, excluded, left_out, report_progress, relation.lives_to is None)


def _found(
    reader: _Reader,
    request: Request,
    dated: Dated,
    divided: origins.Origins,
    at: Callable[[dt.date], Clock],
    excluded: tuple[Excluded, ...],
    left_out: tuple[LeftOut, ...],
    report_progress: Callable[[str], None],
    leavers_missing: bool,
) -> Discovery:
    report_progress("counting customers")
    sampled = reader.sampled(at(divided.validation), len(divided.searched), len(divided.report))
    border = origins.SEARCHED + origins.VALIDATION
    parts = {
        "searched": (divided.searched, 0.0, origins.SEARCHED),
        "validation": ((divided.validation,), origins.SEARCHED, border),
        "report": (divided.report, border, 1.0),
    }
    frames: dict[str, list[pd.DataFrame]] = {}
    started, done, of = time.monotonic(), 0, sum(len(days) for days, _, _ in parts.values())
    for role, (days, low, high) in parts.items():
        for day in days:
            left = in_words(time.monotonic() - started, done, of)
            report_progress(f"what was known on {day}, and what came of it: {done + 1} of {of} days{left}")
            done += 1
            frames.setdefault(role, []).append(reader.frame(at(day), low, low + (high - low) * sampled))
    groups, unknown = reader.groups(frames)
    counted = {
        role: Counted(len(np.unique(rows.customers)), len(rows), rows.events)
        for role, rows in (("searched", groups.searched), ("validation", groups.validation), ("report", groups.report))
    }
    hidden = () if reader.incumbent is None else reader.incumbent.hidden
    suspicious = alias.aliases(groups.searched.without(hidden))
    if suspicious:
        tainted = _of_the_same_source(reader.model, reader.features, list(suspicious))
        groups = learn.Groups(*(rows.without(tainted) for rows in (groups.searched, groups.validation, groups.report)))
        left_out = (
            *left_out,
            *(LeftOut(t, "reads what a suspicious feature reads") for t in tainted if t not in suspicious),
        )
        if groups.searched.features.keys() <= set(hidden):
            raise _all_suspicious(reader.outcome.entity, suspicious)
    _refuse_constant(reader.outcome, counted)
    report_progress(
        f"searching {len(groups.searched.features) - len(hidden):,} features of {len(groups.searched):,} rows"
    )
    rng = np.random.default_rng([20_261_101, request.seed])
    learned: learn.Learned | None = None
    found: list[learn.Subgroup] = []
    smallest: float | None = None
    improved: Improved | None = None
    adds_undecided = False
    if reader.incumbent is not None:
        improved = improve(groups, reader.incumbent.arms, hidden, rng)
        smallest, p = improved.smallest, improved.decision.p
        if improved.change is not None:
            by_text = {f.text: f for f in reader.features}
            adds_undecided = edit.adds_undecided(reader.incumbent, improved.change, by_text, reader.model)
    elif request.top is None:
        learned = learn.learn(groups, rng)
        smallest, p = learned.smallest, learned.decision.p
    else:
        found, decision = learn.subgroups(groups, request.top, rng)
        p = decision.p
        if not found:
            smallest = smallest_lift(groups.searched, groups.validation, decision.critical, rng)
    read = {f.text: f for f in reader.features if f.text in groups.searched.features}
    return Discovery(
        request,
        reader.outcome.entity,
        dated.clock,
        dated.because,
        divided,
        counted,
        read,
        suspicious,
        left_out,
        excluded,
        unknown,
        sampled,
        p,
        learned,
        tuple(found),
        smallest,
        leavers_missing,
        reader.incumbent,
        improved,
        adds_undecided,
    )


def in_words(seconds: float, done: int, of: int) -> str:
    """How long the rest takes at the pace of the days that are done, as in `, about 2 minutes left`; "" before the first is done."""
    if not done:
        return ""
    left = max(round(seconds / done * (of - done)), 1)
    number, unit = (round(left / 60), "minute") if left >= 90 else (left, "second")
    return f", about {number} {unit}{'' if number == 1 else 's'} left"


# -- names ---------------------------------------------------------------------------------


def _outcome(model: Model, name: str) -> Metric:
    known = {n: m for n, m in model.metrics.items() if m.outcome}
    if name not in known:
        example = "declare one, as in: outcome churned_90d of account = ended_at in next 90 days"
        help = nearest_help(name, known, f"outcomes are {', '.join(known)}" if known else example)
        raise UsageError(Diagnostic("SEG0606", f"no outcome `{name}`", help=help))
    if known[name].type != ty.BOOLEAN:
        raise UsageError(
            Diagnostic(
                "SEG0606",
                f"`{name}` is no yes or no, and segments are looked for by how many have the outcome",
                help=f"say from when on it counts, as in: outcome high_{name} of {known[name].entity} = {name} > 100",
            )
        )
    return known[name]


def bases(names: Sequence[str]) -> tuple[str, ...]:
    """The bases that are named, in the spelling of features; raises `UsageError` for one that there isn't."""
    spelt = tuple(basis_of(n) for n in names)
    for name in spelt:
        if name not in BASES:
            help = nearest_help(name, BASES, f"bases are {', '.join(BASES)}")
            raise UsageError(Diagnostic("SEG0606", f"--basis: there is no basis `{name}`", help=help))
    return spelt


def _incumbent(model: Model, name: str | None, entity: str) -> Segmentation | None:
    if name is None:
        return None
    of_entity = {n: r for n, r in model.segmentations.items() if r.entity == entity}
    if name not in of_entity:
        help = nearest_help(name, of_entity, f"segmentations of {entity} are {', '.join(of_entity) or 'none'}")
        raise UsageError(Diagnostic("SEG0606", f"no segmentation `{name}` of {entity}", help=help))
    return of_entity[name]


def _refuse_candidate(request: Request, named: Segmentation | None) -> None:
    if request.candidate_of is not None and named is not None and named.candidate_of is not None:
        help = f"--candidate-of {named.candidate_of} compares with what is run; --improve {named.name} changes this candidate"
        raise UsageError(Diagnostic("SEG0606", f"`{named.name}` is itself a candidate", help=help))


def _refuse_open_outcome(model: Model, outcome: Metric) -> None:
    if open_ := unclosed(model, outcome.name):
        raise TooLittle(
            Diagnostic(
                "SEG0743",
                f"`{outcome.name}` reads how things are now, not what happened: {'; '.join(map(str, open_))}",
                help="make it of rows that happened, or of a time that is known, as in: ended_at in next 90 days",
            )
        )


def _refuse_leaking_population(
    model: Model, request: Request, incumbent: Segmentation | None, population: Sequence[k.Expr]
) -> None:
    assumed = set(request.assume_fixed)
    leaking = [x for x in leaks_of(model, population) if _written(model, x) not in assumed]
    if incumbent is not None and leaking:
        raise TooLittle(
            Diagnostic(
                "SEG0743",
                f"whom `{incumbent.name}` was about on an earlier day isn't known: {'; '.join(map(str, leaking))}",
                help=f"--assume-fixed {', '.join(_written(model, x) for x in leaking)} takes it as it is now, to explore",
            )
        )


def _refuse_leaking_arms(model: Model, request: Request, said: Incumbent) -> None:
    leaking = [
        x for x in leaks_of(model, [f.expr for f in said.columns]) if _written(model, x) not in request.assume_fixed
    ]
    if leaking:
        raise TooLittle(
            Diagnostic(
                "SEG0743",
                f"which arm of `{said.rule.name}` a customer was in on an earlier day isn't known: {'; '.join(map(str, leaking))}",
                help=f"--assume-fixed {', '.join(_written(model, x) for x in leaking)} takes it as it is now, to explore",
            )
        )


def _refuse_short_arms(model: Model, said: Incumbent, begins: Mapping[str, dt.date], first: Clock) -> None:
    for column in said.columns:
        for table, day in _windows(model, column.expr, first):
            if table in begins and begins[table] - _GRACE > day:
                raise TooLittle(
                    Diagnostic(
                        "SEG0742",
                        f"`{said.rule.name}` looks back further than `{table}` goes: its rows begin on {begins[table]}, "
                        f"and on {first.today} the rule looks back to {day}",
                        help="wait until there is more history",
                    )
                )


def _refuse_constant(outcome: Metric, counted: Mapping[str, Counted]) -> None:
    rows, events = (sum(getattr(c, name) for c in counted.values()) for name in ("rows", "events"))
    if events in (0, rows):
        who = "nobody" if events == 0 else "everybody"
        raise TooLittle(
            Diagnostic(
                "SEG0742",
                f"`{outcome.name}` is true of {who} at every origin ({rows:,} customers and days), so nothing tells customers apart",
                help="look for an outcome that is true of some customers and not of others",
            )
        )


def _no_feature(entity: str, request: Request, excluded: Sequence[Excluded], left_out: Sequence[LeftOut]) -> TooLittle:
    """Why nothing is left to search, which isn't always the past."""
    line = next((e for e in excluded if e.line), None)
    message = f"nothing is known of an earlier day about {entity}, so there is nothing to search"
    help = "declare tables of what happened, fields that never change as `fixed`, or keep their history"
    if line is not None:
        help = f"if `{line.name}` never changes, say so: {line.line}"
    if request.basis and any(x.because.endswith(_OF_ANOTHER_BASIS) for x in left_out):
        message = f"no feature of {entity} that is known of an earlier day is of the basis {' or '.join(request.basis)}"
        help = "leave --basis out for all"
    elif short := [x for x in left_out if x.because.startswith((_NO_ROWS, _TOO_SHORT))]:
        message = f"what is known of {entity} doesn't go back far enough: `{short[0].name}` {short[0].because}"
        help = "wait until there is more history, or look at a later day"
    return TooLittle(Diagnostic("SEG0743", message, help=help))


def _all_suspicious(entity: str, suspicious: Iterable[str]) -> TooLittle:
    names = ", ".join(f"`{n}`" for n in suspicious)
    message = f"all that is known of an earlier day about {entity} is the outcome under another name, or made of the same: {names}"
    return TooLittle(Diagnostic("SEG0743", message, help="look at when that is written, and under which day"))


# -- features ------------------------------------------------------------------------------


def admissible(
    model: Model, candidates: Sequence[Feature], basis: Sequence[str], assume_fixed: Sequence[str]
) -> tuple[list[Feature], tuple[Excluded, ...], tuple[LeftOut, ...]]:
    """Features whose value at an origin is known, or assumed; the fields that exclude others; features of other bases."""
    assumed = set(assume_fixed)
    chosen: list[Feature] = []
    excluded: dict[str, Excluded] = {}
    other: dict[str, LeftOut] = {}
    used: set[str] = set()
    for feature in candidates:
        if isinstance(feature.expr.type, ty.Version):
            continue
        leaking = {_written(model, x): x for x in leaks_of(model, [feature.expr])}
        used |= assumed & leaking.keys()
        if left := [x for name, x in leaking.items() if name not in assumed]:
            for x in left:
                excluded.setdefault(
                    _written(model, x), Excluded(_written(model, x), x.because, admitting_line(model, x))
                )
        elif basis and feature.basis not in basis:
            other.setdefault(feature.family, of_other_basis(feature))
        else:
            chosen.append(feature)
    for name in assume_fixed:
        if name not in used:
            help = nearest_help(
                name, excluded, f"fields that aren't known as they were: {', '.join(excluded) or 'none'}"
            )
            raise UsageError(
                Diagnostic("SEG0606", f"--assume-fixed: `{name}` is no field that is left out for its past", help=help)
            )
    return chosen, tuple(excluded.values()), tuple(other.values())


def of_other_basis(feature: Feature) -> LeftOut:
    return LeftOut(feature.text, f"is of {feature.basis or 'no'}{_OF_ANOTHER_BASIS}")


def _written(model: Model, leak: Leak) -> str:
    """A leak's field as a person writes it: `industry` of the customer itself, `billing.autopay` of others."""
    entity = model.schema.relations[leak.relation].kind == "entity" and model.schema.relations[leak.relation].of is None
    return leak.field if entity and leak.field else f"{leak.relation}.{leak.field}" if leak.field else leak.relation


def admitting_line(model: Model, leak: Leak) -> str:
    """Return the declaration of a field with `fixed`; "" for what no declaration of the field alone would admit."""
    relation = model.schema.relations[leak.relation]
    if not leak.field or leak.field not in relation.fields:
        return ""
    if leak.because != "is overwritten":
        return ""
    span = relation.fields[leak.field].span
    line = span.source.line_text(span.source.position(span.start)[0])
    name, colon, rest = line.partition(":")
    if name.strip() != leak.field or not colon:
        return f"{leak.field}: … fixed"
    typed = rest.split('"')[0].rstrip(" ,{}") if "(" not in rest else rest[: rest.rindex(")") + 1]
    flags = rest[len(typed) :].split('"')[0].strip(" ,{}") if "(" in rest else ""
    return " ".join(f"{leak.field}: {typed.strip()} {flags} fixed".split())


def _assumable(model: Model, candidates: Sequence[Feature], excluded: Sequence[Excluded]) -> dict[str, Feature]:
    """By name of each excluded field that a declaration would admit, a feature that reads no other of them."""
    wanted, assumable = {e.name for e in excluded if e.line}, dict[str, Feature]()
    for feature in candidates:
        names = {_written(model, x) for x in leaks_of(model, [feature.expr])}
        if len(names) == 1 and names <= wanted and not isinstance(feature.expr.type, ty.Version):
            assumable.setdefault(names.pop(), feature)
    return assumable


def _ends(
    model: Model, engine: Engine, entity: str, assumable: Mapping[str, Feature], clock: Clock, now: Clock
) -> set[str]:
    """Those fields that say of the customers of an earlier day whether they have left by now: no field that never changes."""
    relation = model.schema.relations[entity]
    there = {
        n: f
        for n, f in assumable.items()
        if all(engine.has(r, c) for r, cs in dependencies.columns(model, [f.expr]).items() for c in cs)
    }
    if relation.lives_to is None or not there:
        return set()
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
    rows = Rows(
        {n: column_of(frame[f"f{i}"], f) for i, (n, f) in enumerate(there.items())},
        frame[_OUTCOME].eq(True).fillna(False).to_numpy(bool),
        np.arange(len(frame)),
    )
    return set(alias.aliases(rows))


def _plain(sql: s.Sql, value: k.Expr) -> s.Sql:
    """A value as text, or as a number."""
    return sql if ty.is_textual(value.type) else number(sql, value)


def _beginnings(model: Model, engine: Engine, chosen: Sequence[Feature]) -> dict[str, dt.date]:
    """The day of the first row of each table that features read and that has rows."""
    tables = {
        n: r.at
        for n in dependencies.columns(model, [f.expr for f in chosen])
        if (r := model.schema.relations[n]).kind == "table" and r.at is not None
    }
    firsts = {}
    for name, at in tables.items():
        ((first,),) = engine.rows(exp.Select(expressions=[exp.Min(this=s.column("t", at))]).from_(s.table(name, "t")))
        if first is not None:
            firsts[name] = first.date() if isinstance(first, dt.datetime) else first
    return firsts


def _refuse_after_the_data(
    model: Model, engine: Engine, tables: Iterable[str], divided: origins.Origins, clock: Clock
) -> None:
    """Raise `TooLittle` where the figures would be of a day after the newest row of every table: nothing happens there."""
    newest = {n: last for n in tables if (last := newest_row(engine, n, model.schema.relations[n].at or "", clock))}
    if newest and max(newest.values()) + OLD < divided.report[-1]:
        name, last = max(newest.items(), key=lambda row: row[1])
        message = f"the data ends on {last}, with the newest row of `{name}`, before the last day to report on, {divided.report[-1]}"
        raise TooLittle(
            Diagnostic("SEG0742", message, help=f"--as-of {last + dt.timedelta(days=1)} is the day after the data")
        )


def _first_customer(engine: Engine, model: Model, entity: str, clock: Clock) -> dt.date | None:
    """The day of the first customer: the beginning of the history where no table has a time."""
    at = model.schema.relations[entity].lives_from
    assert at is not None
    ((first,),) = engine.rows(exp.Select(expressions=[exp.Min(this=s.column("t", at))]).from_(s.table(entity, "t")))
    return clock.date_of(first) if isinstance(first, dt.datetime) else first


def _of_the_same_source(model: Model, read: Sequence[Feature], suspicious: Sequence[str]) -> list[str]:
    """Features that read a table, or a field of the customer, of one of the suspicious: a leak is in all that is made of it."""

    def sources(feature: Feature) -> frozenset[tuple[str, str]]:
        return frozenset(
            (name, "" if model.schema.relations[name].kind == "table" else field)
            for name, field in reads(model, [feature.expr])
        )

    tainted = frozenset[tuple[str, str]]().union(*(sources(f) for f in read if f.text in suspicious))
    return [f.text for f in read if sources(f) & tainted]


def _within_the_history(
    model: Model, chosen: Sequence[Feature], begins: Mapping[str, dt.date], first: Clock
) -> tuple[list[Feature], tuple[LeftOut, ...]]:
    """Features whose windows lie within the history at the first origin: a longer one would count less there than later."""
    kept, left = [], []
    for feature in chosen:
        short = [t for t, day in _windows(model, feature.expr, first) if t in begins and begins[t] - _GRACE > day]
        empty = [
            t
            for t in dependencies.columns(model, [feature.expr])
            if model.schema.relations[t].kind == "table" and t not in begins
        ]
        if empty:
            left.append(LeftOut(feature.text, f"{_NO_ROWS} `{empty[0]}`, which has no rows"))
        elif short:
            left.append(
                LeftOut(
                    feature.text,
                    f"{_TOO_SHORT} `{short[0]}` goes at the first origin: its rows begin on {begins[short[0]]}",
                )
            )
        else:
            kept.append(feature)
    return kept, tuple(left)


def _windows(model: Model, root: k.Expr, clock: Clock) -> Iterable[tuple[str, dt.date]]:
    """(table, day on which the window begins) of each window over rows."""
    for node in dependencies.everything(model, [root]):
        if isinstance(node, k.Aggregate) and node.rows.window is not None and node.rows.window.start is not None:
            start = clock.constant(node.rows.window.start)
            if start is not None:
                yield node.rows.relation, clock.date_of(start) if isinstance(start, dt.datetime) else start


# -- reading -------------------------------------------------------------------------------

_KEY, _OUTCOME, _IN, _PART = "key", "outcome", "in", "part"


@dataclass(frozen=True)
class _Reader:
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
