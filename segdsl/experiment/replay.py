"""Plays that customers once got by chance, and what happened to them -> what other plays would have done to them.

Where the two rules give a customer the same play there is no difference to estimate. Among the others each rule's mean outcome
is that of the customers who happened to get the play it gives, weighted by 1 / probability (self-normalised inverse propensity
scores: A. Swaminathan, T. Joachims, The Self-Normalized Estimator for Counterfactual Learning, 2015, equation 3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scipy import stats

from segdsl.experiment.cells import Cells
from segdsl.experiment.decide import Check, population
from segdsl.experiment.decide import outcomes as known
from segdsl.experiment.effect import Arm, Effect, welch
from segdsl.experiment.pilot import SRM_P, Piloted, concluded
from segdsl.model.experiment import Measure

LEAST_ESS = 100
LEAST_EVENTS = 20

NO_PLAY = "none"
Log = Sequence[tuple[str | None, float | None, Cells]]
"""Cells of one outcome with the play that was given (missing where the log has something else) and its probability."""
Plays = Mapping[tuple[str | None, str | None], tuple[str, str]]
"""By a pair of places the plays that the two rules give there, `NO_PLAY` for none."""


@dataclass(frozen=True)
class Policy:
    """The customers who happened to get what a rule gives: rows, the weighted mean, its variance, and how many customers of one
    weight they are worth (L. Kish, Survey Sampling, 1965): (sum w)^2 / sum w^2."""

    rows: int
    mean: float
    variance: float
    ess: float
    events: float
    most: float


def judge(
    outcomes: Mapping[str, Log],
    primary: Measure,
    guardrails: Sequence[Measure],
    plays: Plays,
    alpha: float,
    binary: frozenset[str],
    checks: tuple[Check, ...] = (),
) -> Piloted:
    """`outcomes` by name. Whoever gets no play by a rule is looked for among those whom the log says to have got none."""
    log = outcomes[primary.outcome]
    everybody = sum(c.n for _, _, cells in log for p, c in cells.items() if None not in p)
    differ = sum(c.n for _, _, cells in log for p, c in cells.items() if _differs(plays, p))
    checks = (*checks, *_checks(log, plays, differ, primary.outcome in binary))
    return concluded(
        "replay", checks, everybody, differ, primary, guardrails, alpha, lambda m, scale: _effect(outcomes[m.outcome], plays, alpha, scale)
    )  # fmt: skip


def srm(log: Log) -> float | None:
    """p of the plays having been given as often as the log says they should: Pearson's chi-square. None where a probability isn't
    the same for all who got a play, or they don't add up to 1."""
    given: dict[str | None, tuple[int, float]] = {}
    for play, chance, cells in log:
        if chance is None or (play in given and abs(given[play][1] - chance) > 1e-9):
            return None
        given[play] = (given.get(play, (0, 0.0))[0] + sum(c.n for c in cells.values()), chance)
    if len(given) < 2 or abs(sum(chance for _, chance in given.values()) - 1) > 1e-6:
        return None
    n = sum(count for count, _ in given.values())
    total = sum(chance for _, chance in given.values())
    return float(
        stats.chisquare(
            [count for count, _ in given.values()], [n * chance / total for _, chance in given.values()]
        ).pvalue
    )


def policy(log: Log, plays: Plays, side: int) -> Policy:
    """Of the incumbent (0) or the candidate (1), among those whose play differs."""
    matched = [
        (1 / chance, c)
        for play, chance, cells in log
        if chance is not None and 0 < chance <= 1
        for place, c in cells.items()
        if _differs(plays, place) and plays[place][side] == play and c.known
    ]
    total = sum(w * c.known for w, c in matched)
    if not total:
        return Policy(0, 0.0, 0.0, 0.0, 0.0, 0.0)
    squares = sum(w * w * c.known for w, c in matched)
    mean = sum(w * c.known * c.mean for w, c in matched) / total
    spread = sum(w * w * (c.m2 + c.known * (c.mean - mean) ** 2) for w, c in matched)
    rows = sum(c.known for _, c in matched)
    events = sum(c.known * c.mean for _, c in matched)
    return Policy(rows, mean, spread / total**2, total**2 / squares, events, max(w for w, _ in matched))


# -- parts -----------------------------------------------------------------------------


def _differs(plays: Plays, place: tuple[str | None, str | None]) -> bool:
    return place in plays and plays[place][0] != plays[place][1]


def _effect(log: Log, plays: Plays, alpha: float, scale: float) -> Effect:
    a, b = (policy(log, plays, side) for side in (0, 1))
    first, second = (Arm(max(2, round(p.ess)), p.mean, p.variance * max(2, round(p.ess))) for p in (a, b))
    estimate, low, high, p_of_none = welch(first, second, alpha, scale)
    return Effect(first, second, estimate, low, high, p_of_none, "self-normalised inverse propensities")


def _checks(log: Log, plays: Plays, differ: int, binary: bool) -> Iterator[Check]:
    one = sum(c.n for _, _, cells in log for p, c in cells.items() if None in p)
    yield population(one)
    yield Check(
        "difference",
        differ > 0,
        f"{differ:,} customers would get another play"
        if differ
        else "nobody would get another play: there is nothing that could have changed",
    )
    odd = sorted({str(chance) for _, chance, _ in log if chance is None or not 0 < chance <= 1})
    yield Check(
        "probabilities",
        not odd,
        "every probability lies above 0, up to 1"
        if not odd
        else f"a probability is {', '.join('missing' if o == 'None' else o for o in odd)}: each lies above 0, up to 1",
    )
    if not differ or odd:
        return
    p = srm(log)
    if p is not None:
        yield Check(
            "srm",
            p >= SRM_P,
            "plays were given as often as their probabilities say"
            if p >= SRM_P
            else "plays were given more or less often than their probabilities say",
            p,
        )
    given = {play for play, _, _ in log}
    lacking = sorted(
        {
            str(p)
            for place, pair in plays.items()
            if _differs(plays, place) and _is_there(log, place)
            for p in pair
            if p not in given
        }
    )
    yield Check(
        "support",
        not lacking,
        "every play that is needed was given to some"
        if not lacking
        else f"the log has nobody who got {', '.join(f'`{p}`' for p in lacking)}",
    )
    exposed = [c for _, _, cells in log for p, c in cells.items() if _differs(plays, p)]
    missing, n = sum(c.n - c.known for c in exposed), sum(c.n for c in exposed)
    yield known(missing, n)
    both = [policy(log, plays, side) for side in (0, 1)]
    least = min(p.ess for p in both)
    yield Check(
        "effective size",
        least >= LEAST_ESS,
        f"{round(both[0].ess):,} and {round(both[1].ess):,} effective customers, weights up to {max(p.most for p in both):.3g}"
        if least >= LEAST_ESS
        else f"{round(least):,} effective customers for one of the two; at least {LEAST_ESS} are needed",
    )
    if binary:
        events = min(min(p.events, p.rows - p.events) for p in both)
        yield Check(
            "events",
            events >= LEAST_EVENTS,
            f"at least {events:,.0f} events of each kind"
            if events >= LEAST_EVENTS
            else f"{events:,.0f} events for one of the two; at least {LEAST_EVENTS} are needed",
        )


def _is_there(log: Log, place: tuple[str | None, str | None]) -> bool:
    return any(place in cells for _, _, cells in log)
