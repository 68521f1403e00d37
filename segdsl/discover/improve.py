"""What an incumbent misses within its arms: the smallest change of it that holds up, or that nothing was found.

A change is a number of the incumbent that moves, a clause that an arm gets, or an arm that falls in two. The search is that of
`search.py` among the customers of each arm, at the early origins. Which changes count is decided at the validation origin by
the test of `decide.py`, within the incumbent's places: if its arms say all there is to say, then among the customers of one
place the outcome has nothing to do with what a change reads, so outcomes are drawn anew within each place. A change that only
repeats what the incumbent knows gains nothing. Of those that count the smallest is taken that is as good as the best. The
report's customers say what it is worth: how the customers whom it moves differ from those who stay where they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Literal

import numpy as np

from segdsl.discover import search
from segdsl.discover.decide import Decision, decide, learned_rates, smallest_lift
from segdsl.discover.estimate import Held, estimate, held_out
from segdsl.discover.learn import Groups
from segdsl.discover.rounding import rounded
from segdsl.discover.rows import Arm, AtLeast, Below, Clause, Counts, Ints, Rows, RuleList, Truths, likelihood, together
from segdsl.experiment.shared.gain import paired

Kind = Literal["border", "clause", "split"]
_EACH = 2  # changes of a kind and size that are decided on
_TRIED = 5  # clauses of an arm whose worth is reckoned exactly
_ROUNDS = 3
_BETTER = 2.0  # standard errors by which a larger change has to be better than a smaller one


@dataclass(frozen=True)
class Change:
    """A change of an incumbent.

    `arm`: which of the incumbent's; as many as it has arms for `otherwise`.
    `rule`: the list with the change. What changed is in its arm of the same number, which for a split is the new one.
    `clauses`: places in that arm of the clauses that are new or have another border.
    """

    kind: Kind
    arm: int
    incumbent: RuleList
    rule: RuleList
    clauses: tuple[int, ...]

    @property
    def size(self) -> int:
        """How much there is to read: a border is less than a clause, and a clause less than an arm of its own."""
        return {"border": 1, "clause": 2, "split": 2 + len(self.clauses)}[self.kind]

    @property
    def home(self) -> Ints:
        """The place in `rule` that each place of the incumbent has if a customer stays."""
        places = np.arange(len(self.incumbent.arms) + 2)
        return places + (places >= self.arm) if self.kind == "split" else places

    def moved(self, rows: Rows) -> Truths:
        """Whom the change puts elsewhere, but for those of `unclear`."""
        return np.asarray(self._elsewhere(rows) & (self.rule.places(rows) != self.rule.undecided))

    def unclear(self, rows: Rows) -> Truths:
        """Of whom the change makes it unknown where they belong."""
        return np.asarray(self._elsewhere(rows) & (self.rule.places(rows) == self.rule.undecided))

    def _elsewhere(self, rows: Rows) -> Truths:
        return np.asarray(self.rule.places(rows) != self.home[self.incumbent.places(rows)])


@dataclass(frozen=True)
class Gain:
    """How much better squared errors are with the candidate's rates than with the incumbent's, as a share of the outcome's variance."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Improved:
    """`change`: what was found, with rounded borders; None if nothing was.

    `cost`: share of what the list explains that rounding gave up.
    `held`: held-out figures of each place of the changed list.
    `moved`: of the customers whom the change moves, their ratio being to those who stay in the places that these leave.
    `unclear`: of those who become undecided by it, since what it reads is missing.
    `gain`: with rates as learned, for customers of the report; None where they are too few.
    `smallest`: where nothing was found, how many times the others' rate a fifth of the place `of` would have needed at least.
    """

    decision: Decision
    change: Change | None
    cost: float
    held: tuple[Held, ...]
    moved: Held | None
    unclear: Held | None
    gain: Gain | None
    smallest: float | None
    of: int

    @property
    def is_borne_out(self) -> bool:
        """Whether the report's customers, too, say that the change gains: some are moved, and the gain's whole interval is above 0."""
        return bool(self.moved and self.moved.rows and self.gain and self.gain.low > 0)


def improve(groups: Groups, incumbent: RuleList, hidden: Sequence[str], rng: np.random.Generator) -> Improved:
    """Search, decide, set the changed borders on all that decided, round them, and estimate.

    `hidden`: the columns that the incumbent reads, of which no new clause is made.
    """
    searched, validation = groups.searched, groups.validation
    found = changes(incumbent, searched, hidden, rng)
    within = incumbent.places(validation)
    decision = decide(
        [c.rule for c in found],
        searched,
        validation,
        rng,
        within=within,
        sizes=[c.size for c in found],
        indistinguishable=_BETTER,
    )
    if decision.chosen is None:
        of = int(np.bincount(incumbent.places(searched)).argmax())
        arm = [r.without(hidden).at(incumbent.places(r) == of) for r in (searched, validation)]
        smallest = smallest_lift(arm[0], arm[1], decision.critical, rng)
        return Improved(decision, None, 0.0, (), None, None, None, smallest, of)
    change = next(c for c in found if c.rule == decision.chosen)
    learned = together(searched, validation)
    both = search.drawn(learned, search.REFINED, rng)
    change = with_best_borders(change, both)
    final = rounded(change.rule, both, {(change.arm, place) for place in change.clauses})
    change = replace(change, rule=final.rule)
    held = tuple(held_out(change.rule, groups.report))
    return Improved(
        decision,
        change,
        final.cost,
        held,
        contrast(change, groups.report),
        estimate(change.unclear(groups.report), groups.report),
        _gain(change, learned, groups.report),
        None,
        0,
    )


def contrast(change: Change, rows: Rows) -> Held:
    """Those whom a change moves, beside those who stay in the places that these leave."""
    moved, places = change.moved(rows), change.incumbent.places(rows)
    left = np.isin(places, places[moved]) & ~change.unclear(rows)
    return estimate(moved[left], rows.at(left))


def _gain(change: Change, learned: Rows, rows: Rows) -> Gain | None:
    """The measure of a backtest (`experiment/shared/gain.py`)."""
    customers, index = np.unique(rows.customers, return_inverse=True)
    rate = learned.outcome.mean()
    if len(customers) < 2 or rate in (0.0, 1.0):
        return None
    y = rows.outcome.astype(float)
    errors = [(y - learned_rates(r, learned)[r.places(rows)]) ** 2 for r in (change.incumbent, change.rule)]
    gain = paired(np.bincount(index, errors[0] - errors[1]).astype(float), np.bincount(index).astype(float))
    variance = float(rate * (1 - rate))
    return Gain(gain.estimate / variance, gain.low / variance, gain.high / variance)


# -- the search ------------------------------------------------------------------------------


def changes(incumbent: RuleList, rows: Rows, hidden: Sequence[str], rng: np.random.Generator) -> list[Change]:
    """Return the best changes of each kind and size; none where no change is possible."""
    rows = search.drawn(rows, search.REFINED, rng)
    few = search.drawn(rows, search.SEARCHED, rng)
    conditions = search.conditions_of(few.without(hidden))
    before = Counts.of(incumbent, few).likelihood
    tried = [*_borders(incumbent, few)]
    if conditions:
        tried += [*_clauses(incumbent, conditions, few), *_splits(incumbent, conditions, few)]
    by_size: dict[int, list[tuple[float, Change]]] = {}
    for change in tried:
        worth = Counts.of(change.rule, few).likelihood - before
        if worth > 0:
            by_size.setdefault(change.size, []).append((worth, change))
    best = [c for size in sorted(by_size) for _, c in sorted(by_size[size], key=lambda x: -x[0])[:_EACH]]
    return list({c.rule: c for c in (with_best_borders(c, rows) for c in best)}.values())


def with_best_borders(change: Change, rows: Rows) -> Change:
    """Set each changed border at the value that makes the outcomes likeliest; the incumbent's others stay."""
    rule = change.rule
    for _ in range(_ROUNDS):
        before = rule
        for place in change.clauses:
            clause = rule.arms[change.arm].clauses[place]
            if isinstance(clause, AtLeast | Below):
                border = search.best_border(rule, change.arm, place, rows)
                rule = search.with_clause(rule, change.arm, place, replace(clause, border=border))
        if rule == before:
            break
    return replace(change, rule=rule)


def _borders(incumbent: RuleList, rows: Rows) -> Iterator[Change]:
    for number, arm in enumerate(incumbent.arms):
        for place, clause in enumerate(arm.clauses):
            if isinstance(clause, AtLeast | Below):
                border = search.best_border(incumbent, number, place, rows)
                if border != clause.border:
                    rule = search.with_clause(incumbent, number, place, replace(clause, border=border))
                    yield Change("border", number, incumbent, rule, (place,))


def _clauses(incumbent: RuleList, conditions: Sequence[Clause], rows: Rows) -> Iterator[Change]:
    """Each arm with the few clauses that are worth most, where those who fail one go on to the arms after it."""
    places = incumbent.places(rows)
    counts = Counts.of(incumbent, rows)
    for number, arm in enumerate(incumbent.arms):
        inside = places == number
        if inside.sum() < 2 * _fewest(inside):
            continue
        here = rows.at(inside)
        true = np.column_stack([c.true(here) for c in conditions]).astype(np.float64)
        rest = RuleList((*incumbent.arms[:number], *incumbent.arms[number + 1 :])).places(here)
        to = np.where(rest >= number, rest + 1, rest)
        kept, kept_events = true.sum(0), true[here.outcome].sum(0)
        worth = likelihood(kept, kept_events)
        for place in np.unique(to):
            of = to == place
            gone = of.sum() - true[of].sum(0)
            gone_events = here.outcome[of].sum() - true[of & here.outcome].sum(0)
            worth = worth + likelihood(counts.rows[place] + gone, counts.events[place] + gone_events)
            worth = worth - likelihood(counts.rows[place : place + 1], counts.events[place : place + 1])
        fewest = _fewest(inside)
        worth = np.where((kept >= fewest) & (kept <= len(here) - fewest), worth, -np.inf)
        for at in np.argsort(-worth, kind="stable")[:_TRIED]:
            if np.isfinite(worth[at]):
                arms = (*incumbent.arms[:number], Arm((*arm.clauses, conditions[at])), *incumbent.arms[number + 1 :])
                yield Change("clause", number, incumbent, RuleList(arms), (len(arm.clauses),))


def _splits(incumbent: RuleList, conditions: Sequence[Clause], rows: Rows) -> Iterator[Change]:
    """Each arm, and `otherwise`, with a group of one clause or two that is taken out in front of it."""
    places = incumbent.places(rows)
    cost = 2 * log(len(conditions))
    for number in range(len(incumbent.arms) + 1):
        inside = places == number
        here = rows.at(inside)
        if not inside.any():
            continue
        matrix = np.column_stack([c.true(here) for c in conditions]).astype(np.float32)
        before = incumbent.arms[number].clauses if number < len(incumbent.arms) else ()
        for most, charged in ((1, cost), (2, cost), (2, 0.0)):
            group, _ = search.best_arm(conditions, matrix, here.outcome, _fewest(inside), charged, most)
            if group is not None:
                arm = Arm((*before, *group.clauses))
                rule = RuleList((*incumbent.arms[:number], arm, *incumbent.arms[number:]))
                yield Change("split", number, incumbent, rule, tuple(range(len(before), len(arm.clauses))))


def _fewest(inside: Truths) -> float:
    return max(search.FEWEST, search.SMALLEST * float(inside.sum()))
