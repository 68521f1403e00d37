"""What the recorded runs say of a customer whom an arm keeps: the run before, since when it is kept, and until when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.segment import Rule, Segmentation
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.world import Row
from segdsl.words import values


@dataclass(frozen=True, slots=True)
class _Run:
    """As of when a run was, where it had the customer, and where its data alone would have.

    `former` is the arm where it had the customer, if the rule no longer has that arm.
    """

    at: dt.datetime
    arm: object
    by_data: object
    former: str = ""


def facts(evaluator: Evaluator, clause: k.Named, row: Row) -> Iterator[str]:
    """Says where the run before had the customer, and how long this clause keeps it there; nothing where runs may be lacking."""
    clock, args = evaluator.world.clock, dict(clause.args)
    assert isinstance(clause.body, k.And), "whoever was in the arm, and whom the clause still keeps"
    was_in, still = clause.body.items
    runs = _runs(evaluator, clause, row)
    if not runs:
        if evaluator.truth(was_in, row) is False:
            yield "no run before"
        return
    last = runs[-1]
    rule = evaluator.model.schema.relations[_last_run(clause).rows.relation].runs_of
    where = f"{last.former}, which `{rule}` no longer has," if last.former else last.arm or "nowhere"
    yield f"{where} at the run of {_day(last.at, clock)}"
    if last.arm != args["arm"]:
        return
    if "after data" in args and isinstance(still, k.If):
        said = [r.at for r in runs if r.by_data == args["arm"]]
        if not said:
            yield "at no run by its data"
            return
        until = _last_day(still.otherwise, said[-1], clock)
        yield f"by its data last at that of {_day(said[-1], clock)}, so up to and with {until}"
    if "at least" in args and isinstance(still, k.Not):
        began = _stay(runs)[0].at
        yield f"since that of {_day(began, clock)}, so it can leave from {_end_of_stay(still.item, began, clock)} on"


def columns(rule: Rule) -> dict[str, set[str]]:
    """Returns what is said of runs beyond what clauses read, by table."""
    keeps = [clause for arm in rule.arms for clause in arm.keeps] if isinstance(rule, Segmentation) else []
    return {_last_run(clause).rows.relation: {"arm", "by_data"} for clause in keeps}


def since(evaluator: Evaluator, clause: k.Named, row: Row) -> str:
    """Returns the day of the first run from which on the customer has been kept without its data saying so; "" if it is the next,
    and where no run before says so otherwise, since earlier ones or their data may be lacking.
    """
    first = ""
    for run in reversed(_runs(evaluator, clause, row)):
        if run.arm != dict(clause.args)["arm"] or run.by_data == run.arm:
            return first
        first = _day(run.at, evaluator.world.clock)
    return ""


def _runs(evaluator: Evaluator, clause: k.Named, row: Row) -> list[_Run]:
    """Returns the runs that the clause reads, in their order."""
    last_run = _last_run(clause)
    rows = evaluator.rows(last_run.rows, row)
    relation = evaluator.model.schema.relations[last_run.rows.relation]
    found = [] if isinstance(rows, Unknown) else rows[0]
    former = evaluator.world.unread
    every = [
        _Run(at, r.get("arm"), r.get("by_data"), former(relation.name, r, "arm") if r.get("arm") is None else "")
        for r in found
        if isinstance(at := r.get(relation.at or ""), dt.datetime)
    ]
    return sorted(every, key=lambda r: r.at)


def _last_run(clause: k.Named) -> k.Aggregate:
    return next(n for n in k.walk(clause) if isinstance(n, k.Aggregate) and n.rows.latest == 1)


def _stay(runs: list[_Run]) -> list[_Run]:
    """Returns the runs of the present stay: the last ones that agree on the arm."""
    first = next((i for i in range(len(runs) - 1, -1, -1) if runs[i].arm != runs[-1].arm), -1)
    return runs[first + 1 :]


def _last_day(since_moment: k.Expr, said: dt.datetime, clock: Clock) -> str:
    """Returns the last day on which a run at `said` still keeps: the bound of the window, seen from that run."""
    assert isinstance(since_moment, k.Aggregate) and since_moment.rows.window is not None
    start = since_moment.rows.window.start
    if isinstance(start, k.Shift):
        return _day(clock.shift(said, -start.count, start.unit), clock)
    assert isinstance(start, k.StartOfDay) and isinstance(start.date, k.StartOf)
    of = start.date
    day_after = Clock(said, clock.zone).start_of(of.period, 1 - of.offset, of.first_month)
    return values.day(day_after - dt.timedelta(days=1))


def _end_of_stay(long_enough: k.Expr, began: dt.datetime, clock: Clock) -> str:
    shift = next(n for n in k.deep(long_enough) if isinstance(n, k.Shift))
    return _day(clock.shift(began, -shift.count, shift.unit), clock)


def _day(at: dt.date, clock: Clock) -> str:
    """Writes a day, with the time of day where it isn't midnight."""
    if isinstance(at, dt.datetime) and at != clock.start_of_day(clock.date_of(at)):
        return values.instant(at, clock)
    return values.day(clock.date_of(at) if isinstance(at, dt.datetime) else at)
