"""`keep until …`, `keep for …`, `stay at least …`: an arm keeps those who were in it, by the recorded runs of its rule."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import day
from segdsl.model.schema import ToMany
from segdsl.ops.phrase import Phrase


@dataclass(frozen=True, slots=True)
class Runs:
    """The recorded runs of `rule` as rows of a customer, from the day `starting` on.

    `at` is the as-of of a run, `arm` where it placed the customer, and `by_data` where the data of that run alone would have.
    """

    rule: str
    starting: dt.date
    hop: ToMany
    at: k.Column
    arm: k.Column
    by_data: k.Column

    @property
    def start(self) -> k.Expr:
        return k.StartOfDay(k.Literal_(self.starting, ty.DATE))


_NOW = k.AsOf(ty.TIMESTAMP)


def until(runs: Runs, arm: str, condition: k.Expr) -> k.Expr:
    """Builds `keep until CONDITION`: kept while that is false."""
    return _kept(runs, arm, k.Not(condition), (("until", condition),))


def after_data(runs: Runs, arm: str, moment: k.Expr, how_long: str) -> k.Expr:
    """Builds `keep for …` and `keep until end of …`: kept if a run at `moment` or later had the customer in the arm by its data."""
    is_early = k.Compare("<", moment, runs.start)
    by_data = _is(runs.by_data, arm)
    since_start, since = (_any(runs, k.Window(start, _NOW), by_data) for start in (runs.start, moment))
    said = k.If(is_early, _if_read(runs, since_start), since, ty.BOOLEAN)
    return _kept(runs, arm, said, (("after data", how_long),))


def stay(runs: Runs, arm: str, moment: k.Expr, how_long: str) -> k.Expr:
    """Builds `stay at least …`: kept unless the present stay began at `moment` or before.

    It did if the last run until then had the customer in the arm, and none since has the customer anywhere else.
    """
    until_then = k.Rows(k.This(), (runs.hop,), k.Window(runs.start, _NOW), k.Compare("<=", runs.at, moment), latest=1)
    was_there = k.Aggregate(k.Function.ANY, until_then, _is(runs.arm, arm), ty.BOOLEAN)
    elsewhere_since = _any(runs, k.Window(moment, _NOW), k.Not(_is(runs.arm, arm)))
    long_enough = k.And((was_there, k.Not(elsewhere_since)))
    return _kept(runs, arm, k.Not(long_enough), (("at least", how_long),))


def _kept(runs: Runs, arm: str, still: k.Expr, words: tuple[tuple[str, k.Expr | str], ...]) -> k.Expr:
    """Builds the condition that the last run had the customer in the arm, and that the clause still keeps it there."""
    last_run = k.Rows(k.This(), (runs.hop,), k.Window(runs.start, _NOW), latest=1)
    was_in = k.Aggregate(k.Function.ANY, last_run, _is(runs.arm, arm), ty.BOOLEAN)
    return k.Named("keep", k.And((_if_read(runs, was_in), still)), (("arm", arm), *words))


def _if_read(runs: Runs, of_runs: k.Expr) -> k.Expr:
    """Builds a condition over all runs; missing as of a day before the starting day, when none are read."""
    unread = k.Missing(f"runs of `{runs.rule}` are read from {day(runs.starting)} on", ty.BOOLEAN)
    return k.If(k.Compare("<", _NOW, runs.start), unread, of_runs, ty.BOOLEAN)


def _any(runs: Runs, window: k.Window, condition: k.Expr) -> k.Expr:
    return k.Aggregate(k.Function.ANY, k.Rows(k.This(), (runs.hop,), window, condition), None, ty.BOOLEAN)


def _is(place: k.Column, arm: str) -> k.Expr:
    """Builds the condition that a place is the arm; false where the place is missing."""
    return k.And((k.Not(k.IsMissing(place)), k.Compare("=", place, k.Literal_(arm, ty.TEXT))))


PHRASE = Phrase(
    name="keep",
    signature="keep until CONDITION, keep for DURATION, keep until end of [this|next] calendar|fiscal PERIOD, stay at least DURATION",
    english="it was {arm} at the run before, and is kept {kept}",
    meaning="In an arm: whoever the last recorded run had in it is kept, where its `when` is no longer true, until the condition is true; "
    "or for as long after the last run by whose data it was in the arm (that long is still in); or until the end of the period of that "
    "run, with `next` of the period after it; or until its stay, which began at its first run without another place since, is that long. "
    "Of several clauses one is enough.",
    lower=until,
    examples="""
table plan_runs of account from runs of plans starting 2026-10-01
segmentation plans of account {
  segment warm {
    when seats > 50
    keep until seats < 40
    stay at least 14 days
  }
  otherwise cold
}
test "warm from above 50 until below 40, and for two weeks" as of 2026-11-01 {
  account new { seats: 45 }
  account midway { seats: 45 }
  plan_runs of midway { at: 2026-10-31, arm: "warm", by_data: "warm" }
  account shrunk { seats: 39 }
  plan_runs of shrunk { at: 2026-10-18, arm: "warm", by_data: "warm" }
  plan_runs of shrunk { at: 2026-10-31, arm: "warm", by_data: "warm" }
  account lately { seats: 39 }
  plan_runs of lately { at: 2026-10-18, arm: "cold", by_data: "cold" }
  plan_runs of lately { at: 2026-10-31, arm: "warm", by_data: "warm" }
  expect new in plans.cold
  expect midway in plans.warm
  expect shrunk in plans.cold
  expect lately in plans.warm
}
""",
)
