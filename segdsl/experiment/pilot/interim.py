"""A pilot that segdsl has assigned -> its looks, one after the other, until one decides.

It is looked at as of the days that were registered, whenever it is asked: each customer with what had been known of it as of the
day it entered, and of those alone whose outcomes had all happened by then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from segdsl.data.examples import many
from segdsl.experiment.pilot import exposures, holdouts, looks, randomise, reconcile, results
from segdsl.experiment.pilot.assign import otherwise_drawn
from segdsl.experiment.pilot.holdouts import HeldOut
from segdsl.experiment.pilot.measures import Look, Result, asked_of, attached, before, more_cost, seed_of, values_of
from segdsl.experiment.pilot.reconcile import (
    AFTER,
    ANOTHER_CANDIDATE,
    COMPARED,
    GONE,
    HELD_OUT,
    IN_ANOTHER,
    LATER,
    MISSING,
    NO_ROOM,
    OTHER_ARM,
    SAME_PLAY,
    SINCE,
    TOGETHER,
    Account,
    Case,
)
from segdsl.experiment.shared import exposure, gain
from segdsl.experiment.shared.context import Context
from segdsl.experiment.shared.customer_rows import rows
from segdsl.experiment.shared.customers import (
    CANDIDATE,
    INCUMBENT,
    NEITHER,
    Customers,
    Entrants,
    Mask,
    TwoArms,
    cells_of,
)
from segdsl.experiment.shared.decide import Check, Verdict
from segdsl.experiment.shared.exposure import OUTSIDE, Exposure
from segdsl.model import dependencies
from segdsl.model.experiment import Assigned, Experiment

if TYPE_CHECKING:
    pass


def looked_at(context: Context, design: Assigned, there: Sequence[Exposure]) -> list[Result]:
    """A result for each candidate; `there` is whoever has entered, one customer at least."""
    e, p = context.experiment, _Pilot(context, design, there)
    alpha = float(e.alpha)
    if len(p.days) > 1 or design.any_day or e.primary.margin is not None:
        # the error is shared out beforehand: which candidate ends when isn't known, nor has Holm's order the p of no difference where there is a margin
        return [_looked(p, c, alpha / len(e.candidates)) for c in e.candidates]
    first = {c: _looked(p, c, alpha) for c in e.candidates}
    levels = gain.holm({c: r.piloted.primary.p if r.piloted.primary else 1.0 for c, r in first.items()}, alpha)
    return [r if levels[c] == alpha else _looked(p, c, levels[c]) for c, r in first.items()]


# -- parts -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pilot:
    """What all candidates of a pilot share."""

    context: Context
    design: Assigned
    there: Sequence[Exposure]

    @cached_property
    def days(self) -> list[dt.date]:
        """When it is looked at: on the days registered, today, or once when the outcomes of all have happened."""
        if self.design.any_day:
            return [self.context.clock.today]
        if self.design.looks:
            return list(self.design.looks)
        horizon = max(x.until - x.entered for x in self.there)
        inside = [x.until for x in self.there if x.differs and x.arm not in OUTSIDE]
        return [max([*inside, self.design.until + horizon])]

    @property
    def past_days(self) -> list[dt.date]:
        return [d for d in self.days if d <= self.context.clock.today]

    @property
    def next_day(self) -> dt.date | None:
        return next((d for d in self.days if d > self.context.clock.today), None)

    @cached_property
    def customers(self) -> Entrants | None:
        """Those whose outcomes have happened by the last look that is made; None before the first."""
        return _followed(self, self.past_days[-1]) if self.past_days else None

    @cached_property
    def as_drawn(self) -> Check:
        moved = otherwise_drawn(self.context.experiment, self.design, self.there)
        shown = ", ".join(f"`{u}`" for u in moved[:3])
        who = many(len(moved), self.context.experiment.entity)
        said = f"{who} in another arm than drawn for, as {shown}: the file of exposures was changed"
        return Check("as drawn", not moved, said if moved else "everybody is in the arm drawn")

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        return (*before(self.context), self.as_drawn)

    @cached_property
    def held_out(self) -> HeldOut | None:
        """What all rules' plays do against none, once the pilot has ended; None where nobody was to be held out."""
        return None if self.design.holdout is None else _held_out(self, *self.design.holdout)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        return tuple(_warnings(self))

    def differs(self, x: Exposure, candidate: str) -> bool:
        """Whether the candidate gave a customer another play when it entered."""
        return x.plays[candidate] != x.plays[self.context.experiment.incumbent]

    def entered(self, candidate: str) -> int:
        """How many of the candidate's arm and of the incumbent's got another play by the candidate."""
        arms = (self.context.experiment.incumbent, candidate)
        return sum(x.differs and x.arm in arms and self.differs(x, candidate) for x in self.there)

    def planned(self, candidate: str, day: dt.date) -> int:
        """The customers that the two arms will have, as far as it is known on that day; where any day may be one, those registered."""
        e = self.context.experiment
        if (self.design.any_day or day <= self.design.until) and e.at_most_units is not None:
            return max(1, round(e.at_most_units * 2 / len(e.arms)))
        return max(1, self.entered(candidate))


def _looked(p: _Pilot, candidate: str, alpha: float) -> Result:
    """Look after look, until one ends it."""
    result = _open(p, candidate)
    if p.customers is None:
        return result
    entered, of = result.entered, (result.piloted.customers, result.piloted.differ)
    sizes, fractions, borders = list[float](), list[float](), list[float]()
    for day in p.past_days:
        ripe = _of_pair(p, p.customers.ripe(day), candidate)
        size = int((ripe.differ & (ripe.arms != NEITHER)).sum())
        planned = p.planned(candidate, day)
        is_over = day > p.design.until and size >= entered
        is_last = is_over or (not p.design.any_day and day == p.days[-1])
        if ((sizes and size <= sizes[-1]) or size < 4) and not is_last:
            continue  # nobody is new
        if sizes and size <= sizes[-1]:
            for kept in (sizes, fractions, borders):
                kept.pop()  # the last look decides on the same outcomes in the place of the one before
        sizes.append(max(1, size))
        fractions.append(1.0 if is_last else size / planned)
        border = (
            looks.always(size, planned, alpha)
            if p.design.any_day
            else looks.boundaries(tuple(sizes), tuple(fractions), alpha)[-1]
        )
        borders.append(border)
        left = 0 if is_last else 1
        asked = replace(asked_of(p.context, looks.level(border)), seed=seed_of(p.design.seed))
        counted = _account(p, candidate, (day, p.customers.ripe(day), ripe))
        found = results.judge(ripe, asked, of, (*p.checks, reconcile.check(counted)), left)
        one = Look(day, size, min(1.0, size / planned), border, found.primary, found.verdict)
        unbiased = None
        if found.primary is not None and len(sizes) > 1 and not p.design.any_day:
            beyond = found.primary if found.no_worse is None else found.no_worse.beyond
            apart = (
                beyond.estimate - found.primary.estimate
            )  # the borders are those of the distance to the margin, where there is one
            unbiased = looks.median_unbiased(sizes, borders, beyond.estimate, beyond.se) - apart
        result = replace(result, piloted=found, account=counted, looks=(*result.looks, one), unbiased=unbiased)
        if found.verdict.word not in ("CONTINUE", "INVALID"):
            return replace(result, next_look=None, held_out=p.held_out)
    return result


def _open(p: _Pilot, candidate: str) -> Result:
    """Before the first look: how many there are, and no figure of what happened to them."""
    units = {x.unit: p.differs(x, candidate) for x in p.there}
    verdict = Verdict("CONTINUE") if p.as_drawn.ok else Verdict("INVALID", p.as_drawn.name)
    return Result(
        p.context.experiment,
        p.design,
        candidate,
        p.context.clock,
        results.Piloted(verdict, (p.as_drawn,), len(units), sum(units.values()), None, None),
        next_look=p.next_day,
        entered=p.entered(candidate),
        warned=p.warnings,
        account=_account(p, candidate),
    )


def _account(p: _Pilot, candidate: str, look: tuple[dt.date, Entrants, TwoArms] | None = None) -> Account:
    """Where each row of the file of exposures ended, for one candidate: `look` has its day, those whose outcomes had happened by then, and the same as
    the candidate's pilot has them; None before the first."""
    e, there = p.context.experiment, p.there
    arms = np.array([x.arm for x in there], object)
    cases = [
        Case(HELD_OUT, arms == exposure.HOLDOUT),
        Case(NO_ROOM, arms == exposure.NO_ROOM),
        Case(OTHER_ARM, ~np.isin(arms.astype(str), e.arms), arms),
        Case(ANOTHER_CANDIDATE, ~np.isin(arms.astype(str), [e.incumbent, candidate])),
    ]
    table, groups = f"{exposures.FOLDER}/{e.name}.csv", (e.incumbent, candidate)
    if look is None:
        return reconcile.account(table, groups, arms, cases, AFTER)
    day, followed, pair = look
    cases += [
        Case(AFTER, np.array([x.until > day for x in there], bool)),
        Case(LATER, ~_rows_of(there, followed)),
        *_lost(e, there, followed),
        Case(SAME_PLAY, ~_rows_of(there, pair.where(pair.differ))),
    ]
    return reconcile.account(table, groups, arms, cases, COMPARED, tested=e.cluster is None)


def _followed(p: _Pilot, until: dt.date) -> Entrants:
    """Whoever has entered and whose outcomes have happened, with what was measured as of the day of entering."""
    context, e, there = p.context, p.context.experiment, p.there
    values = values_of(context)
    engine = attached(context, list(values.values()))
    inside = [x for x in there if x.arm not in OUTSIDE and x.until <= until]
    in_d = {x.cluster: x.arm for x in there if x.differs and x.arm not in OUTSIDE}
    kept = [x for x in inside if x.differs or in_d.get(x.cluster, x.arm) == x.arm]
    seen = {x.unit for x in kept if x.differs}
    kept = [x for x in kept if x.differs or x.unit not in seen]
    days = sorted({x.entered for x in kept})

    def entrants(own: Sequence[Exposure], measured: Customers) -> Entrants:
        return Entrants.from_exposures(e.arms, own, lambda day: _week(p.design, day), measured)

    parts = []
    for number, day in enumerate(days, 1):
        context.report_progress(f"what became of those who entered on {day} ({number} of {len(days)})")
        measured = rows(context, engine, context.clock_on(day), [], values)
        parts.append(entrants([x for x in kept if x.entered == day], measured))
    return Entrants.together(parts) if parts else entrants([], Customers.nobody(values))


def _week(design: Assigned, entered: dt.date) -> str:
    """Which week of a rolling enrolment it was; nothing where all enter at once."""
    if design.until == design.starts:
        return ""
    return f"week {(entered - design.starts).days // 7 + 1}"


def _of_pair(p: _Pilot, customers: Entrants, candidate: str) -> TwoArms:
    """Arms and differences of one candidate; who is in the placebo of one arm and later in another is in neither's."""
    incumbent = p.context.experiment.incumbent
    plays = customers.play(incumbent), customers.play(candidate)
    is_stratified = p.design.hashed_like is None
    return TwoArms.from_customers(
        customers,
        arms=customers.arms.map({incumbent: INCUMBENT, candidate: CANDIDATE}).fillna(NEITHER),
        differ=((plays[0] != plays[1]) & customers.differ).to_numpy(bool),
        strata=customers.blocks if is_stratified else "",
        weeks=customers.weeks if is_stratified else "",
        cells=cells_of(customers.place(incumbent), customers.place(candidate)),
        costs=more_cost(p.context.model, *plays),
    )


def _held_out(p: _Pilot, share: Fraction, seed: str) -> HeldOut:
    """Those in an arm against those held out, of whoever was there on the first day: everybody was drawn then. Later only those enter whose play
    has come to differ, and plays change who that is.

    Within pairs of places, or clusters with another play and without: `at most` leaves out a part of those whose play differs, by chance.
    """
    context, e, there, first = p.context, p.context.experiment, p.there, p.there[0].entered
    that_day, elsewhere = [x for x in there if x.entered == first], _elsewhere(p, first)
    roomless = {x.cluster for x in that_day if x.arm == exposure.NO_ROOM}
    own = [x for x in that_day if x.cluster not in roomless and x.unit not in elsewhere]
    values = values_of(context)
    context.report_progress("what became of those held out")
    measured = rows(context, attached(context, list(values.values())), context.clock_on(first), [], values)
    entrants = Entrants.from_exposures(e.arms, own, lambda _: "", measured)
    differing = {x.cluster for x in own if x.differs}
    strata = {
        x.cluster: " \u2192 ".join(x.places.values()) if e.cluster is None else str(x.cluster in differing) for x in own
    }
    customers = TwoArms.from_customers(
        entrants,
        arms=np.where(entrants.arms == exposure.HOLDOUT, INCUMBENT, CANDIDATE),
        differ=True,
        strata=entrants.clusters.map(strata),
    )
    moved = sum(randomise.is_held_out(seed, x.cluster, float(share)) != (x.arm == exposure.HOLDOUT) for x in there)
    said = f"{many(moved, e.entity)} held out, or not, otherwise than drawn: the declaration or the file of exposures was changed"
    as_drawn = Check("held out as drawn", not moved, said if moved else "those are held out who were drawn")
    asked = replace(asked_of(context, float(e.alpha)), seed=seed_of(p.design.seed))
    outside = [
        Case(SINCE, np.array([x.entered != first for x in there], bool)),
        Case(NO_ROOM, np.array([x.cluster in roomless for x in there], bool)),
        Case(IN_ANOTHER, np.array([x.unit in elsewhere for x in there], bool)),
    ]
    counted = _account_of_held_out(p, outside, entrants)
    return holdouts.against_none(customers, asked, float(e.power), first, counted, as_drawn)


def _elsewhere(p: _Pilot, day: dt.date) -> set[str]:
    """Who was in another pilot of the layer on a day, or would have been had it not been held out of that one too: the former can't be in an arm of
    this one."""
    return {
        x.unit
        for others in exposures.others(p.context.workspace, p.context.experiment).values()
        for x in others
        if x.differs and x.arm != exposure.NO_ROOM and x.layer == p.design.layer and x.entered <= day < x.until
    }


def _account_of_held_out(p: _Pilot, outside: Sequence[Case], entrants: Entrants) -> Account:
    """Where each row of the file of exposures ended, for the comparison with those held out."""
    e, there = p.context.experiment, p.there
    held, inside = groups = "held out", "in an arm"
    sides = {exposure.HOLDOUT: held, exposure.NO_ROOM: ""}
    arms = np.array([sides.get(x.arm, inside) for x in there], object)
    cases, table = [*outside, *_lost(e, there, entrants)], f"{exposures.FOLDER}/{e.name}.csv"
    return reconcile.account(table, groups, arms, cases, TOGETHER, tested=e.cluster is None)


def _lost(e: Experiment, there: Sequence[Exposure], followed: Entrants) -> list[Case]:
    """Those of whom nothing is known."""
    return [
        Case(GONE, _rows_of(there, followed.where(~followed.there))),
        Case(MISSING, _rows_of(there, followed.where(np.isnan(followed.value(e.primary.outcome))))),
    ]


def _rows_of(there: Sequence[Exposure], found: Customers) -> Mask:
    """Which exposures are of these customers, as of the day of entering."""
    keys = np.array([f"{x.entered} {x.unit}" for x in there], object)
    return np.isin(keys.astype(str), found.day_and_unit.to_numpy(str))


def _warnings(p: _Pilot) -> Iterator[str]:
    """Of the plays that some would get and others not: those that have little room, and those that write what is measured."""
    model = p.context.model
    given = {play for x in p.there if x.differs for play in x.plays.values() if play in model.plays}
    read = set(dependencies.columns(model, list(p.context.outcomes.values())))
    for name in sorted(given):
        settings = model.plays[name].settings
        if settings.get("capacity"):
            yield (
                f"`{name}` has room for {settings['capacity']} at a time: who gets it in one arm leaves less for the other, so that the arms aren't independent. "
                "Let those who share it be one unit (`cluster by`)."
            )
        for table in str(settings.get("writes", "")).replace(",", " ").split():
            if table in read:
                yield f"`{name}` writes `{table}`, and the outcome reads it: giving the play alone may look like an effect."
