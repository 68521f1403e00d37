"""Was anything found? Decided on customers whom the search hasn't seen, at a later origin than it read.

Why other customers, and not only a later origin: customers recur. Whoever stayed away last quarter stays away this quarter
more often than others, for reasons that no field holds; and a field such as the region is the same in both quarters. In data
where no field says anything, a search finds the regions of those who happened to stay away, and finds them again in every
later quarter, since they are the same customers: at a nominal 2.5 % in about a fifth of such worlds
(`tests/simulate/discoveries.txt`). So three groups, drawn by a hash of the key: one is searched at the early origins, one
decides at the validation origin, one is counted at the report's origins. What happens to the report's customers is then
independent of what was searched and of what was decided, and their rates and intervals mean what they say also given that
something was found (sample splitting: D. R. Cox, Biometrika 62, 1975; "honest" trees: S. Athey, G. Imbens, PNAS 113, 2016).
The origins are apart as well, so that a single odd quarter isn't taken for a pattern.

The tests. Under the hypothesis that fields and outcome have nothing to do with each other, every assignment of the outcomes to
the validation customers is equally likely, and a statistic's distribution is drawn from such assignments; no large sample is
needed. Both tests are one-sided: a list counts only if what it learned comes true.

Is there anything (`is_anything`)? Where a pattern is weak, the search's best list is often a wrong one, and the right one is among the
next 200. So all of these are plausible, each with a prior: what it explains of the searched customers, its clauses charged. The
statistic is the mean, by these priors, of how much likelier each list makes it that just these validation customers have the
outcome. No other statistic of what was searched is more powerful if the priors are right (J. Neyman, E. S. Pearson, 1933, of the
mixture), and the level holds if they are wrong. Where the best lists alone found 44 % of groups of 3 times the rate, it finds 60 %
(2,000 customers, discoveries.txt). Of the lists that the search handed over the simplest that is as good as the best is then taken.

Which of several changes or single groups (`decide`)? The statistic is the largest, over the lists, of the standardised sum of the
learned rates of those with the outcome, drawn for all lists together, so that looking at several costs nothing in validity and
little in power (P. H. Westfall, S. S. Young, Resampling-Based Multiple Testing, 1993). Outcomes of permuted customers are, by cell
of all lists' places, a draw of the multivariate hypergeometric distribution, which takes no longer for a million customers than
for a hundred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import special

from segdsl.discover import search
from segdsl.discover.rows import Counts, Floats, Ints, Rows, RuleList

LEVEL = 0.025  # one-sided
POWER = 0.8
SHARE = 0.2  # of the customers, in the group whose smallest lift is stated
_DRAWS = 19_999
_WEIGHED = 1_999  # assignments of the weighted evidence
_AT_ONCE = 4_000_000  # outcomes in memory
_SHRINK = 20.0  # pseudo-rows of average outcome that each place's rate gets
_NOISE = 5  # searches of permuted outcomes for `smallest_lift`


@dataclass(frozen=True)
class Decision:
    """`chosen`: the list that was found; None if nothing was.

    `p`: of the best list, one-sided, with all lists that were looked at.
    `ps`: of each list, the same way.
    `critical`: the standardised sum from which a list counts.
    """

    chosen: RuleList | None
    p: float
    ps: tuple[float, ...]
    critical: float
    level: float = LEVEL


def decide(
    lists: Sequence[RuleList],
    searched: Rows,
    validation: Rows,
    rng: np.random.Generator,
    level: float = LEVEL,
    within: Ints | None = None,
    sizes: Sequence[int] | None = None,
    indistinguishable: float = 1.0,
) -> Decision:
    """Choose among lists that were learned on `searched`, by `validation`, if any passes.

    Of lists of one size the best is taken, since the search has charged each clause already; of these the smallest that is as
    good as the best of all, which is up to so many standard errors worse. `sizes` are the numbers of arms, unless others are given.
    `within`: a place of each validation row, such as an incumbent's arm. Then the hypothesis is that fields say nothing of the
    outcome within a place, and outcomes are assigned anew within each place alone; what tells places apart counts for nothing.
    """
    places = [rule.places(validation) for rule in lists]
    rates = [learned_rates(rule, searched) for rule in lists]
    scores = [r[p] for r, p in zip(rates, places, strict=True)]
    sizes = [len(rule.arms) for rule in lists] if sizes is None else sizes
    strata = np.zeros(len(validation), np.int64) if within is None else within
    varying = [i for i, s in enumerate(scores) if _varies(s, strata, validation)]
    if not varying:
        return Decision(None, 1.0, (1.0,) * len(lists), float("inf"), level)
    cells, first, cell = np.unique(
        np.column_stack([strata, *(places[i] for i in varying)]), axis=0, return_index=True, return_inverse=True
    )
    counts = np.bincount(cell.ravel(), minlength=len(cells))
    seen = np.bincount(cell.ravel(), validation.outcome.astype(float), minlength=len(cells))
    values = np.column_stack([scores[i][first] for i in varying])  # cells by lists
    sums, variances, observed = np.zeros((_DRAWS, len(varying))), np.zeros(len(varying)), np.zeros(len(varying))
    for stratum in np.unique(cells[:, 0]):
        here = cells[:, 0] == stratum
        n, events = int(counts[here].sum()), int(seen[here].sum())
        if events in (0, n):
            continue
        centred = values[here] - counts[here] @ values[here] / n
        variances += events * (n - events) / (n * (n - 1)) * (counts[here] @ centred**2)
        sums += rng.multivariate_hypergeometric(counts[here], events, size=_DRAWS, method="marginals") @ centred
        observed += seen[here] @ centred
    spread = np.sqrt(variances)
    largest = np.asarray(sums / spread).max(axis=1)
    p_of = [(1 + int((largest >= s - 1e-9).sum())) / (_DRAWS + 1) for s in observed / spread]
    ps = [1.0] * len(lists)
    for i, p in zip(varying, p_of, strict=True):
        ps[i] = p
    critical = float(np.quantile(largest, 1 - level))
    passing = [i for i in varying if ps[i] <= level]
    if not passing:
        return Decision(None, min(ps), tuple(ps), critical, level)
    chosen = _simplest(passing, scores, validation, sizes, indistinguishable)
    return Decision(lists[chosen], min(ps), tuple(ps), critical, level)


def simplest(lists: Sequence[RuleList], searched: Rows, validation: Rows) -> RuleList:
    """Return the list of the fewest arms that is as good at the validation origin as the best, learned rates being given."""
    scores = [learned_rates(rule, searched)[rule.places(validation)] for rule in lists]
    sizes = [len(rule.arms) for rule in lists]
    return lists[_simplest(range(len(lists)), scores, validation, sizes, 1.0)]


def _simplest(
    passing: Sequence[int], scores: Sequence[Floats], validation: Rows, sizes: Sequence[int], within: float
) -> int:
    """Of lists of one size the best; of these the smallest that is up to so many standard errors worse than the best of all."""
    errors = {i: _squared_errors(scores[i], validation) for i in passing}
    best_of = {
        size: min((i for i in passing if sizes[i] == size), key=lambda i: float(errors[i].mean()))
        for size in {sizes[i] for i in passing}
    }
    best = min(best_of.values(), key=lambda i: float(errors[i].mean()))
    return best_of[min(size for size, i in best_of.items() if _is_as_good(errors[i], errors[best], within))]


def is_anything(
    plausible: Sequence[tuple[RuleList, float]], searched: Rows, validation: Rows, rng: np.random.Generator
) -> float:
    """Return the p, one-sided, that nothing tells the outcome, by the weighted evidence for lists, each (list, worth in the search).

    Of more than `SEARCHED` rows a sample is read that has the rarer outcome more often. Only differences of log-odds within a list
    matter, which such a sample doesn't change; so doesn't a different level of the outcome at the validation origin.
    """
    validation, searched = (search.drawn(rows, search.SEARCHED, rng) for rows in (validation, searched))
    y, n, events = validation.outcome.astype(float), len(validation), validation.events
    if not plausible or events in (0, n):
        return 1.0
    scores = np.column_stack(
        [special.logit(learned_rates(rule, searched))[rule.places(validation)] for rule, _ in plausible]
    )
    scores -= scores.mean(0)
    # of the conditional likelihood of who has the outcome, given how many have: its mean over all assignments is about 1
    variances = events * (n - events) / (n * (n - 1)) * (scores**2).sum(0)
    weights = np.array([worth / 2 for _, worth in plausible]) - variances / 2

    def evidence(outcomes: Floats) -> Floats:
        return np.asarray(special.logsumexp(outcomes @ scores + weights, axis=1))

    seen = float(evidence(y[None, :])[0])
    at_once = max(1, _AT_ONCE // n)
    reached = 0
    for start in range(0, _WEIGHED, at_once):
        assigned = np.broadcast_to(y, (min(at_once, _WEIGHED - start), n))
        reached += int((evidence(rng.permuted(assigned, axis=1)) >= seen - 1e-9).sum())
    return (1 + reached) / (_WEIGHED + 1)


def _varies(scores: Floats, strata: Ints, rows: Rows) -> bool:
    """Whether scores differ within a stratum of which some rows, but not all, have the outcome."""
    for stratum in np.unique(strata):
        here = strata == stratum
        if 0 < rows.outcome[here].sum() < here.sum() and scores[here].max() > scores[here].min():
            return True
    return False


def learned_rates(rule: RuleList, rows: Rows) -> Floats:
    """Return the rate of each place, shrunk towards the overall rate."""
    counts = Counts.of(rule, rows)
    return np.asarray((counts.events + _SHRINK * counts.overall) / (counts.rows + _SHRINK))


def _squared_errors(scores: Floats, rows: Rows) -> Floats:
    """Squared errors of rates that are right on average: a different level at the validation origin isn't held against a list."""
    return np.asarray((rows.outcome - (scores - scores.mean() + rows.outcome.mean())) ** 2)


def _is_as_good(errors: Floats, best: Floats, within: float) -> bool:
    """Within so many standard errors of the best (one: Breiman et al. 1984, section 3.4.3), of the paired difference."""
    apart = errors - best
    return bool(apart.mean() <= within * apart.std() / sqrt(len(apart)))


def smallest_lift(searched: Rows, validation: Rows, critical: float, rng: np.random.Generator) -> float | None:
    """Return how many times the others' rate a fifth of the customers needs at least to be found with a chance of 80 %; None if
    no rate would do.

    Such a group has to beat the best noise of the search (outcomes shuffled, the best of one condition), and then the
    critical value at the validation origin; both statistics are normal about what is expected of the group. It is a lower bound:
    the search also competes with pairs of conditions, and has to place the borders. Of 2,000 customers of whom 6 % have the
    outcome it is about 3.2, where 60 % of groups of 3 times the rate are found (discoveries.txt).
    """
    bound = critical if np.isfinite(critical) else float(special.ndtri(1 - LEVEL))
    few = search.drawn(searched, search.SEARCHED, rng)
    noise = _noise(few, rng)
    if noise is None or any(r.events in (0, len(r)) for r in (searched, validation)):
        return None

    def power(times: float) -> float:
        chances = 1.0
        for rows, read, border in ((searched, few, noise), (validation, validation, bound)):
            rate = rows.outcome.mean()
            others = rate / (1 + SHARE * (times - 1))
            apart = others * (times - 1) if others * times <= 1 else 0.0
            of_rows = (
                read.events * (len(read) - read.events) / len(read)
            )  # rows x rate x (1 - rate), of those that are read
            signal = apart / (rate * (1 - rate)) * sqrt(of_rows * SHARE * (1 - SHARE))
            chances *= float(special.ndtr(signal - border))
        return chances

    grid = np.concatenate([np.arange(1.05, 5.0, 0.05), np.arange(5.0, 50.0, 0.5)])
    return next((float(times) for times in grid if power(float(times)) >= POWER), None)


def _noise(rows: Rows, rng: np.random.Generator) -> float | None:
    """Return the root of the best G of one condition where the outcome says nothing: the mean of a few shuffles."""
    roots = []
    for _ in range(_NOISE):
        shuffled = Rows(rows.features, rng.permutation(rows.outcome), rows.customers)
        conditions = search.conditions_of(shuffled)
        if not conditions:
            return None
        roots.append(search.best_gain(conditions, shuffled))
    return float(np.sqrt(np.mean(roots)))
