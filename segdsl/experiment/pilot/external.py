"""Judge a pilot that another tool assigned, or a replay log, as of the data's day or the days in the rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from segdsl.data.examples import many
from segdsl.engines import Engine
from segdsl.experiment.pilot import reconcile, replay, results
from segdsl.experiment.pilot.log_rows import LogRows, day_of, of_no_arm
from segdsl.experiment.pilot.measures import Result, attach_data, before, closing_day, more_cost, settings_of, values_of
from segdsl.experiment.pilot.randomise import drawn, is_half
from segdsl.experiment.pilot.reconcile import (
    ABSENT,
    AFTER,
    AGREED,
    COMPARED,
    MISSING,
    NO_PLAY,
    NOT_LOOKED_AT,
    OTHER_DAY,
    OTHER_HALF,
    OTHER_PLAY,
    OUTSIDE,
    PLAY_CASE,
    SAME_PLAY,
    TWICE,
    TWO_ARMS,
    UNDATED,
    UNNAMED,
    Account,
    Case,
    Ending,
)
from segdsl.experiment.shared.cells import FOLDS, UNKNOWN
from segdsl.experiment.shared.context import Context
from segdsl.experiment.shared.customer_rows import rows
from segdsl.experiment.shared.customers import (
    CANDIDATE,
    INCUMBENT,
    NEITHER,
    Customers,
    Mask,
    PlayLog,
    TwoArms,
    cells_of,
)
from segdsl.experiment.shared.decide import Check, Verdict, population
from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.model.experiment import ArmRows, External, Measure, Replay
from segdsl.model.segment import Model, Segmentation
from segdsl.words.plural import plural

if TYPE_CHECKING:
    import pandas as pd

# columns of the design, next to the outcomes; no outcome or metric can have these names
_IN_INCUMBENT, _IN_CANDIDATE, _SINCE = "?in incumbent", "?in candidate", "?since"
_PLAY, _PROBABILITY, _ROWS = "?play", "?probability", "?rows"


def judge_external(context: Context, design: External) -> Result:
    """Judge a pilot with external arms: as of each customer's day of entering if known, otherwise as of the data's day."""
    e = context.experiment
    values = {**values_of(context), _IN_INCUMBENT: design.incumbent, _IN_CANDIDATE: design.candidate}
    checks, measured = list(before(context)), list(values.values())
    context.report_progress(f"reading {design.rows.table}")
    log_rows = LogRows.read(context, design.rows.table, design.rows.arm, design.rows.since, measured)
    nobodys = of_no_arm(log_rows, design.rows)
    if not len(log_rows) or any(c.rows.any() for c in nobodys if c.ending in (UNNAMED, TWO_ARMS, TWICE)):
        return _uncountable(
            context, design, _account(log_rows, design.rows, nobodys, NOT_LOOKED_AT, e.cluster is not None)
        )
    if design.at is None:
        help = "`at: COLUMN`, since when each was in its arm"
        checks = [_survivors(context, help), _selection(context, measured), *checks]
    engine = attach_data(context, [*measured, *([design.at] if design.at is not None else [])], context.rules)
    context.report_progress(f"counting {', '.join(context.outcomes)}")
    waiting: list[str] = []
    if design.at is not None:
        customers, waiting, matured = _since(context, design.at, engine, values)
        checks.append(matured)
    else:
        customers = rows(context, engine, context.clock, context.rules, values, clustered=True)
    inside, both = _inside_both(context, customers)
    first, second = context.rules
    plays = [_plays(inside, rule, "") for rule in (first, second)]
    cells = cells_of(inside.place(first.name), inside.place(second.name))
    table = TwoArms.from_customers(
        inside,
        arms=np.select(
            [inside.value(_IN_INCUMBENT) == 1, inside.value(_IN_CANDIDATE) == 1], [INCUMBENT, CANDIDATE], NEITHER
        ),
        differ=(plays[0] != plays[1]).to_numpy(bool),
        strata=cells,
        weeks=inside.days.map(_week) if design.at is not None else "",
        cells=cells,
        costs=more_cost(context.model, *plays),
    )
    settings = replace(settings_of(context, float(e.alpha)), share=float(design.share))
    undated = [Case(UNDATED, log_rows.when.isna().to_numpy(bool))] if design.at is not None else []
    ends = (
        *nobodys,
        *undated,
        Case(AFTER, log_rows.of(waiting)),
        *_of_customers(log_rows, customers, table, e.primary),
    )
    account = _account(log_rows, design.rows, ends, COMPARED, e.cluster is not None)
    judged = results.judge(table, settings, None, (reconcile.check(account), *checks, both))
    return Result(e, design, e.candidates[0], context.clock, judged, account=account)


def judge_replay(context: Context, design: Replay) -> Result:
    """Judge a replay log: as of the log's days if declared, otherwise as of the data's day."""
    e = context.experiment
    values = {**values_of(context), _PLAY: design.play, _PROBABILITY: design.probability}
    if design.rows is not None:
        values[_ROWS] = design.rows
    checks, measured = list(before(context)), list(values.values())
    context.report_progress(f"reading {design.table}")
    log_rows = LogRows.read(
        context, design.table, design.column, context.model.schema.relations[design.table].at, measured
    )
    strays = _strays(context, design, log_rows)
    if not design.days and (not len(log_rows) or any(c.rows.any() for c in strays if c.ending in (UNNAMED, TWICE))):
        return _uncountable(context, design, _log_account(context, log_rows, strays, NOT_LOOKED_AT, tested=False))
    if not design.days:
        checks = [
            _survivors(context, "the days of the log, `as of 2026-02-01, …`"),
            _selection(context, measured),
            *checks,
        ]
    engine = attach_data(context, measured, context.rules)
    context.report_progress(f"counting {', '.join(context.outcomes)}")
    if design.days:
        checks.append(_matured(context, design.days))
    parts = []
    for day in design.days or (None,):
        clock = context.clock if day is None else context.clock_on(day)
        context.report_progress(f"the log as of {clock.today}")
        parts.append(rows(context, engine, clock, context.rules, values).on(day))
    customers = Customers.together(parts)
    inside, both = _inside_both(context, customers)
    log, log_checks = _log(context, design, inside)
    ends = (*strays, *_of_log(context, log_rows, customers, inside, log))
    account = _log_account(context, log_rows, ends, COMPARED, tested=replay.plays_p(log) is not None)
    settings = settings_of(context, float(e.alpha))
    replayed = replay.judge(log, settings, (reconcile.check(account), *checks, both, *log_checks))
    return Result(e, design, e.candidates[0], context.clock, replayed.piloted, replayed=replayed, account=account)


def without_lifetime(context: Context) -> Context:
    """Return the context with an entity that has no lifetime, so that customers who have left are included."""
    schema, entity = context.model.schema, context.experiment.entity
    relation = replace(schema.relations[entity], lives_from=None, lives_to=None)
    lifeless = replace(schema, relations={**schema.relations, entity: relation})
    return replace(context, model=replace(context.model, schema=lifeless))


# -- parts -----------------------------------------------------------------------------


def _inside_both(context: Context, customers: Customers) -> tuple[Customers, Check]:
    """Customers inside both rules, and the check that nobody is inside one alone."""
    first, second = (customers.place(r.name).isna() for r in context.rules)
    return customers.inside([r.name for r in context.rules]), population(int((first != second).sum()))


def _week(day: str) -> str:
    """Label of a day's week: its Monday."""
    date = dt.date.fromisoformat(day)
    return f"week of {date - dt.timedelta(days=date.weekday())}"


def _plays(customers: Customers, rule: Segmentation, none: str) -> pd.Series[str]:
    """Play that a rule gives each customer."""
    return customers.place(rule.name).map({**{a.name: a.play or none for a in rule.all_arms}, UNKNOWN: none})


def _matured(context: Context, days: Sequence[dt.date]) -> Check:
    """Check that all outcome windows of a log's days have closed."""
    today = context.clock.today
    late = [f"{day}" for day in days if closing_day(context, context.clock_on(day)) > today]
    problem = f"what is waited for as of {', '.join(late)} hasn't all happened on {today}: leave that day out"
    return Check("maturity", not late, problem if late else "every outcome has had its time")


def _account(w: LogRows, arms: ArmRows, ends: Sequence[Case], rest: Ending, clustered: bool) -> Account:
    return reconcile.account(w.table, (arms.incumbent, arms.candidate), w.treatments, ends, rest, w.data, not clustered)


def _uncountable(context: Context, design: External | Replay, account: Account) -> Result:
    """Result without looking at customers: their arms aren't known."""
    e, failed = context.experiment, reconcile.check(account)
    judged = results.PilotJudgement(Verdict("INVALID", failed.name), (failed,), 0, 0, None, None)
    return Result(e, design, e.candidates[0], context.clock, judged, account=account)


def _of_customers(w: LogRows, customers: Customers, inside: TwoArms, primary: Measure) -> tuple[Case, ...]:
    """Cases of rows whose customers aren't compared."""
    known = [inside.value(n) for n in (primary.outcome, primary.per) if n is not None]
    unknown = np.asarray(np.isnan(known).any(axis=0), bool)
    return (
        Case(ABSENT, ~w.of(customers.units)),
        Case(OUTSIDE, ~w.of(inside.units)),
        Case(MISSING, w.of(inside.where(unknown).units)),
        Case(SAME_PLAY, w.of(inside.where(~inside.differ).units)),
    )


def _strays(context: Context, design: Replay, w: LogRows) -> tuple[Case, ...]:
    """Cases of log rows that say nothing of a customer on a day in question."""
    days, treatments = w.days(context), w.treatments
    log_days = [str(day) for day in design.days]
    late = [str(day) for day in design.days if closing_day(context, context.clock_on(day)) > context.clock.today]
    dated = bool(design.days)
    known = _play_names(context.model)
    folded = {n.casefold() for n in known}
    cases = [
        w.without_customer,
        w.of_nobody,
        Case(UNDATED, ((days == "") & dated).to_numpy(bool)),
        Case(OTHER_DAY, (~days.isin(log_days) & dated).to_numpy(bool)),
        Case(TWICE, (days + " " + w.units.fillna("")).duplicated(keep=False).to_numpy(bool), w.shown_units),
        Case(AFTER, days.isin(late).to_numpy(bool)),
        Case(NO_PLAY, np.array([g is None for g in treatments], bool)),
        Case(
            PLAY_CASE,
            np.array([g is not None and g not in known and g.strip().casefold() in folded for g in treatments], bool),
            treatments,
        ),
    ]
    if design.chosen_on is not None:
        seed = design.chosen_on
        cases.append(Case(OTHER_HALF, np.array([u is not None and is_half(seed, u) for u in w.units], bool)))
    return tuple(cases)


def _of_log(context: Context, w: LogRows, customers: Customers, inside: Customers, log: PlayLog) -> tuple[Case, ...]:
    """Cases of log rows by which the two rules aren't compared."""
    keys, d = w.days(context) + " " + w.units.fillna(""), log.differing()
    outcome = log.value(context.experiment.primary.outcome)
    first, second = d.plays
    other = (d.actual != first) & (d.actual != second)

    def of(customers_of_day: Customers) -> Mask:
        return keys.isin(customers_of_day.day_and_unit).to_numpy(bool)

    return (
        Case(ABSENT, ~of(customers)),
        Case(OUTSIDE, ~of(inside)),
        Case(MISSING, of(log.where(np.isnan(outcome)))),
        Case(AGREED, ~of(d)),
        Case(OTHER_PLAY, of(d.where(other)), w.treatments),
    )


def _log_account(context: Context, w: LogRows, ends: Sequence[Case], rest: Ending, tested: bool) -> Account:
    names = _play_names(context.model)
    plays = np.array([names.get(g, "") for g in w.treatments], object)
    groups = [n for n in dict.fromkeys(names.values()) if (plays == n).any()]
    return reconcile.account(w.table, groups, plays, ends, rest, w.data, tested)


def _survivors(context: Context, how: str) -> Check:
    """Check for survivorship: as of a single day, customers who left earlier are missing, possibly because of the
    plays.
    """
    entity = context.experiment.entity
    ends = context.model.schema.relations[entity].lives_to
    problem = f"{plural(entity)} that have left (`{ends}`) aren't there any more: say {how}"
    return Check("survivorship", ends is None, f"{plural(entity)} don't leave" if ends is None else problem)


def _since(
    context: Context, at: k.Expr, engine: Engine, values: dict[str, k.Expr]
) -> tuple[Customers, list[str], Check]:
    """Evaluate each customer as of its day of entering.

    Returns the customers with closed outcome windows, the keys of those still waiting, and the check of maturity.
    """
    entity, clock = context.experiment.entity, context.clock
    arrived = rows(without_lifetime(context), engine, clock, [], {_SINCE: at}).known(_SINCE)
    by_day: dict[dt.date, list[str]] = {}
    for unit, moment in zip(arrived.units, arrived.text(_SINCE)):
        by_day.setdefault(day_of(context, moment), []).append(unit)
    parts, waiting = [], list[str]()
    for day, units in sorted(by_day.items()):
        then = context.clock_on(day)
        if closing_day(context, then) > clock.today:
            waiting += units
            continue
        context.report_progress(f"those who came into their arms on {day}")
        parts.append(rows(context, engine, then, context.rules, values, clustered=True).among(units).on(day))
    n_compared = sum(map(len, parts))
    notes = (
        [f"{len(waiting):,} of {len(arrived):,} {plural(entity)} came too late: their outcomes haven't all happened"]
        if waiting
        else []
    )
    if n_compared + len(waiting) < len(arrived):
        notes.append(
            f"{len(arrived) - n_compared - len(waiting):,} weren't there on the day they came into an arm, and are left out"
        )
    matured = Check("maturity", bool(parts), "; ".join(notes) or "every outcome has had its time")
    if not parts:
        return rows(context, engine, clock, context.rules, values, clustered=True).among([]), waiting, matured
    return Customers.together(parts), waiting, matured


def _log(context: Context, design: Replay, inside: Customers) -> tuple[PlayLog, list[Check]]:
    """Customers of the log, or of its judging half, with checks of the log."""
    model, entity = context.model, context.experiment.entity
    customers = inside.known(_PLAY)
    message = f"{len(customers):,} of {len(inside):,} {plural(entity)} are in the log"
    checks = [Check("log", len(customers) > 0, message if len(customers) else "nobody of these rules is in the log")]
    if design.rows is not None:
        several = int((customers.value(_ROWS) > 1).sum())
        message = f"{many(several, entity)} with several rows on one day: which play was given isn't known"
        checks.append(Check("one play", not several, message if several else "one play for each, each day"))
    if design.chosen_on is not None:
        seed = design.chosen_on
        customers = customers.where(np.array([not is_half(seed, u) for u in customers.units], bool))
        message = f"the candidate was chosen on one half; {len(customers):,} {plural(entity)} of the other judge it"
        checks.append(Check("other half", True, message))
    first, second = context.rules
    log = PlayLog.from_customers(
        customers,
        actual=_actual_plays(model, customers),
        chances=customers.value(_PROBABILITY),
        first=_plays(customers, first, replay.NO_PLAY),
        second=_plays(customers, second, replay.NO_PLAY),
        cells=cells_of(customers.place(first.name), customers.place(second.name)),
        folds=[drawn("fold", u) % FOLDS for u in customers.units],
    )
    return log, checks


def _actual_plays(model: Model, customers: Customers) -> pd.Series[str]:
    """Name of the play that each customer got; "?" for an unknown play."""
    return customers.text(_PLAY).map(_play_names(model)).fillna("?")


def _play_names(model: Model) -> dict[str, str]:
    """Names of the plays by all spellings that a log may use."""
    return {p.title: n for n, p in model.plays.items() if p.title} | {n: n for n in [*model.plays, replay.NO_PLAY]}


def _selection(context: Context, measures: Sequence[k.Expr]) -> Check:
    """Check that plays can't influence who is in D: no rule reads what the outcomes or arms are made of."""
    model = context.model
    before = [model.metrics[n].body for n in context.experiment.metrics_before]
    after = [a for a in measures if all(a is not b for b in before)]
    rules = [part for name in context.experiment.arms for part in model.definition(name)]
    read, measured = (
        {(c.relation, c.name) for c in dependencies.everything(model, roots) if isinstance(c, k.Column)}
        for roots in (rules, after)
    )
    both = ", ".join(f"`{relation}.{name}`" for relation, name in sorted(read & measured))
    good = "the rules don't read what is measured"
    return Check("selection", not both, f"the rules read what came after the plays: {both}" if both else good)
