"""Interim analyses of a pilot: run each registered look in order, stop at the first that decides.

A look's as-of is the registered day, whenever it is run. Each customer is measured as of its day of entering, and
counted once its outcome windows have closed.
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
from segdsl.experiment.pilot.assign import tampered_units
from segdsl.experiment.pilot.holdouts import HeldOut
from segdsl.experiment.pilot.measures import (
    Look,
    Result,
    attach_data,
    before,
    more_cost,
    seed_of,
    settings_of,
    values_of,
)
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


def run_looks(context: Context, design: Assigned, entries: Sequence[Exposure]) -> list[Result]:
    """Run the looks for each candidate; `entries` has one exposure at least."""
    e, p = context.experiment, _Pilot(context, design, entries)
    alpha = float(e.alpha)
    if len(p.days) > 1 or design.any_day or e.primary.margin is not None:
        # Share the error out beforehand: the order in which candidates end isn't known, and Holm's procedure
        # orders by p-values of no difference, which a margin doesn't have.
        return [_run_looks(p, c, alpha / len(e.candidates)) for c in e.candidates]
    first = {c: _run_looks(p, c, alpha) for c in e.candidates}
    levels = gain.holm({c: r.piloted.primary.p if r.piloted.primary else 1.0 for c, r in first.items()}, alpha)
    return [r if levels[c] == alpha else _run_looks(p, c, levels[c]) for c, r in first.items()]


# -- parts -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pilot:
    """State that all candidates of a pilot share."""

    context: Context
    design: Assigned
    entries: Sequence[Exposure]

    @cached_property
    def days(self) -> list[dt.date]:
        """Days of the looks: those registered, today, or one day when the outcomes of all entrants have happened."""
        if self.design.any_day:
            return [self.context.clock.today]
        if self.design.looks:
            return list(self.design.looks)
        horizon = max(x.until - x.entered for x in self.entries)
        inside = [x.until for x in self.entries if x.differs and x.arm not in OUTSIDE]
        return [max([*inside, self.design.until + horizon])]

    @property
    def past_days(self) -> list[dt.date]:
        return [d for d in self.days if d <= self.context.clock.today]

    @property
    def next_day(self) -> dt.date | None:
        return next((d for d in self.days if d > self.context.clock.today), None)

    @cached_property
    def customers(self) -> Entrants | None:
        """Customers with closed outcome windows by the latest look so far; None before the first look."""
        return _followed(self, self.past_days[-1]) if self.past_days else None

    @cached_property
    def as_drawn(self) -> Check:
        tampered = tampered_units(self.context.experiment, self.design, self.entries)
        shown = ", ".join(f"`{u}`" for u in tampered[:3])
        who = many(len(tampered), self.context.experiment.entity)
        problem = f"{who} in another arm than drawn for, as {shown}: the file of exposures was changed"
        return Check("as drawn", not tampered, problem if tampered else "everybody is in the arm drawn")

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        return (*before(self.context), self.as_drawn)

    @cached_property
    def held_out(self) -> HeldOut | None:
        """The holdout's result after the pilot has ended; None where none was declared."""
        return None if self.design.holdout is None else _held_out(self, *self.design.holdout)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        return tuple(_warnings(self))

    def differs(self, x: Exposure, candidate: str) -> bool:
        """Whether the candidate gave the customer another play on entering."""
        return x.plays[candidate] != x.plays[self.context.experiment.incumbent]

    def entered(self, candidate: str) -> int:
        """Number of entrants in the incumbent's and the candidate's arm to whom the candidate gives another play."""
        arms = (self.context.experiment.incumbent, candidate)
        return sum(x.differs and x.arm in arms and self.differs(x, candidate) for x in self.entries)

    def planned(self, candidate: str, day: dt.date) -> int:
        """Planned customers of the two arms, as known on `day`; the registered number where any day may be a look."""
        e = self.context.experiment
        if (self.design.any_day or day <= self.design.until) and e.at_most_units is not None:
            return max(1, round(e.at_most_units * 2 / len(e.arms)))
        return max(1, self.entered(candidate))


def _run_looks(p: _Pilot, candidate: str, alpha: float) -> Result:
    """Run look after look until one decides."""
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
            continue  # no new outcomes since the last look
        if sizes and size <= sizes[-1]:
            for series in (sizes, fractions, borders):
                series.pop()  # the last look replaces an earlier one with equal outcomes
        sizes.append(max(1, size))
        fractions.append(1.0 if is_last else size / planned)
        border = (
            looks.always(size, planned, alpha)
            if p.design.any_day
            else looks.boundaries(tuple(sizes), tuple(fractions), alpha)[-1]
        )
        borders.append(border)
        looks_left = 0 if is_last else 1
        settings = replace(settings_of(p.context, looks.level(border)), seed=seed_of(p.design.seed))
        account = _account(p, candidate, (day, p.customers.ripe(day), ripe))
        judgement = results.judge(ripe, settings, of, (*p.checks, reconcile.check(account)), looks_left)
        look = Look(day, size, min(1.0, size / planned), border, judgement.primary, judgement.verdict)
        unbiased = None
        if judgement.primary is not None and len(sizes) > 1 and not p.design.any_day:
            beyond = judgement.primary if judgement.no_worse is None else judgement.no_worse.beyond
            apart = beyond.estimate - judgement.primary.estimate  # with a margin, borders apply to the distance from it
            unbiased = looks.median_unbiased(sizes, borders, beyond.estimate, beyond.se) - apart
        result = replace(result, piloted=judgement, account=account, looks=(*result.looks, look), unbiased=unbiased)
        if judgement.verdict.word not in ("CONTINUE", "INVALID"):
            return replace(result, next_look=None, held_out=p.held_out)
    return result


def _open(p: _Pilot, candidate: str) -> Result:
    """Result before the first look: counts only, no outcomes."""
    units = {x.unit: p.differs(x, candidate) for x in p.entries}
    verdict = Verdict("CONTINUE") if p.as_drawn.ok else Verdict("INVALID", p.as_drawn.name)
    return Result(
        p.context.experiment,
        p.design,
        candidate,
        p.context.clock,
        results.PilotJudgement(verdict, (p.as_drawn,), len(units), sum(units.values()), None, None),
        next_look=p.next_day,
        entered=p.entered(candidate),
        warned=p.warnings,
        account=_account(p, candidate),
    )


def _account(p: _Pilot, candidate: str, look: tuple[dt.date, Entrants, TwoArms] | None = None) -> Account:
    """Account of the exposure file for one candidate.

    `look`: its day, the customers with closed outcome windows, and their two arms; None before the first look.
    """
    e, entries = p.context.experiment, p.entries
    arms = np.array([x.arm for x in entries], object)
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
        Case(AFTER, np.array([x.until > day for x in entries], bool)),
        Case(LATER, ~_rows_of(entries, followed)),
        *_lost(e, entries, followed),
        Case(SAME_PLAY, ~_rows_of(entries, pair.where(pair.differ))),
    ]
    return reconcile.account(table, groups, arms, cases, COMPARED, tested=e.cluster is None)


def _followed(p: _Pilot, until: dt.date) -> Entrants:
    """Entrants whose outcome windows have closed by `until`, measured as of their day of entering."""
    context, e, entries = p.context, p.context.experiment, p.entries
    values = values_of(context)
    engine = attach_data(context, list(values.values()))
    inside = [x for x in entries if x.arm not in OUTSIDE and x.until <= until]
    in_d = {x.cluster: x.arm for x in entries if x.differs and x.arm not in OUTSIDE}
    compared = [x for x in inside if x.differs or in_d.get(x.cluster, x.arm) == x.arm]
    differing_units = {x.unit for x in compared if x.differs}
    compared = [x for x in compared if x.differs or x.unit not in differing_units]
    days = sorted({x.entered for x in compared})

    def entrants(entered: Sequence[Exposure], measured: Customers) -> Entrants:
        return Entrants.from_exposures(e.arms, entered, lambda day: _week(p.design, day), measured)

    parts = []
    for number, day in enumerate(days, 1):
        context.report_progress(f"what became of those who entered on {day} ({number} of {len(days)})")
        measured = rows(context, engine, context.clock_on(day), [], values)
        parts.append(entrants([x for x in compared if x.entered == day], measured))
    return Entrants.together(parts) if parts else entrants([], Customers.nobody(values))


def _week(design: Assigned, entered: dt.date) -> str:
    """Week of a rolling enrolment; "" where all enter at once."""
    if design.until == design.starts:
        return ""
    return f"week {(entered - design.starts).days // 7 + 1}"


def _of_pair(p: _Pilot, customers: Entrants, candidate: str) -> TwoArms:
    """Two arms of one candidate; a customer in the placebo of one arm and later in another arm belongs to neither."""
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
    """Compare the holdout of the first day with all arms.

    Everybody was drawn on that day; later entrants are those whose play has come to differ, which plays influence.
    Strata are pairs of places, or clusters with and without another play. A cap (`at most`) leaves out some of those
    whose play differs, at random.
    """
    context, e, entries, first = p.context, p.context.experiment, p.entries, p.entries[0].entered
    that_day, in_other_pilots = [x for x in entries if x.entered == first], _elsewhere(p, first)
    roomless = {x.cluster for x in that_day if x.arm == exposure.NO_ROOM}
    compared = [x for x in that_day if x.cluster not in roomless and x.unit not in in_other_pilots]
    values = values_of(context)
    context.report_progress("what became of those held out")
    measured = rows(context, attach_data(context, list(values.values())), context.clock_on(first), [], values)
    entrants = Entrants.from_exposures(e.arms, compared, lambda _: "", measured)
    differing = {x.cluster for x in compared if x.differs}
    strata = {
        x.cluster: " \u2192 ".join(x.places.values()) if e.cluster is None else str(x.cluster in differing)
        for x in compared
    }
    customers = TwoArms.from_customers(
        entrants,
        arms=np.where(entrants.arms == exposure.HOLDOUT, INCUMBENT, CANDIDATE),
        differ=True,
        strata=entrants.clusters.map(strata),
    )
    tampered = sum(randomise.is_held_out(seed, x.cluster, float(share)) != (x.arm == exposure.HOLDOUT) for x in entries)
    as_drawn = Check.of(
        "held out as drawn",
        not tampered,
        "those are held out who were drawn",
        f"{many(tampered, e.entity)} held out, or not, otherwise than drawn: "
        "the declaration or the file of exposures was changed",
    )
    settings = replace(settings_of(context, float(e.alpha)), seed=seed_of(p.design.seed))
    outside = [
        Case(SINCE, np.array([x.entered != first for x in entries], bool)),
        Case(NO_ROOM, np.array([x.cluster in roomless for x in entries], bool)),
        Case(IN_ANOTHER, np.array([x.unit in in_other_pilots for x in entries], bool)),
    ]
    account = _account_of_held_out(p, outside, entrants)
    return holdouts.against_none(customers, settings, float(e.power), first, account, as_drawn)


def _elsewhere(p: _Pilot, day: dt.date) -> set[str]:
    """Customers in another pilot of the layer on `day`, or held out of it: had they been in its arm, they couldn't be
    in an arm here.
    """
    return {
        x.unit
        for others in exposures.others(p.context.workspace, p.context.experiment).values()
        for x in others
        if x.differs and x.arm != exposure.NO_ROOM and x.layer == p.design.layer and x.entered <= day < x.until
    }


def _account_of_held_out(p: _Pilot, outside: Sequence[Case], entrants: Entrants) -> Account:
    """Account of the exposure file for the holdout's comparison."""
    e, entries = p.context.experiment, p.entries
    holdout, in_arm = groups = "held out", "in an arm"
    sides = {exposure.HOLDOUT: holdout, exposure.NO_ROOM: ""}
    arms = np.array([sides.get(x.arm, in_arm) for x in entries], object)
    cases, table = [*outside, *_lost(e, entries, entrants)], f"{exposures.FOLDER}/{e.name}.csv"
    return reconcile.account(table, groups, arms, cases, TOGETHER, tested=e.cluster is None)


def _lost(e: Experiment, entries: Sequence[Exposure], followed: Entrants) -> list[Case]:
    """Cases of customers who are gone or have no known outcome."""
    return [
        Case(GONE, _rows_of(entries, followed.where(~followed.is_measured))),
        Case(MISSING, _rows_of(entries, followed.where(np.isnan(followed.value(e.primary.outcome))))),
    ]


def _rows_of(entries: Sequence[Exposure], customers: Customers) -> Mask:
    """Mask of the exposures of these customers, by day of entering."""
    keys = np.array([f"{x.entered} {x.unit}" for x in entries], object)
    return np.isin(keys.astype(str), customers.day_and_unit.to_numpy(str))


def _warnings(p: _Pilot) -> Iterator[str]:
    """Warnings about plays with limited capacity, and plays that write the data that outcomes read."""
    model = p.context.model
    plays = {play for x in p.entries if x.differs for play in x.plays.values() if play in model.plays}
    read = set(dependencies.columns(model, list(p.context.outcomes.values())))
    for name in sorted(plays):
        settings = model.plays[name].settings
        if settings.get("capacity"):
            yield (
                f"`{name}` has room for {settings['capacity']} at a time: who gets it in one arm leaves less for the "
                "other, so that the arms aren't independent. Let those who share it be one unit (`cluster by`)."
            )
        for table in str(settings.get("writes", "")).replace(",", " ").split():
            if table in read:
                yield (
                    f"`{name}` writes `{table}`, and the outcome reads it: "
                    "giving the play alone may look like an effect."
                )
