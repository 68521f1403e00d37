"""Search for rule lists: ordered arms of one to three clauses, each the best over all pairs of conditions.

A greedy tree splits on one condition at a time and misses an interaction whose parts say nothing by themselves; an optimal
tree or rule list (CORELS, Angelino et al. 2018; GOSDT, Lin et al. 2020) takes hours on columns with many values. In between:
write the conditions as a matrix C of rows by conditions; then C'C counts the rows of every pair of conditions, and C'diag(y)C
their events. Two products of matrices so judge a million pairs exactly. The best pairs are extended by a third clause the
same way. An arm is taken, its rows are removed, and the search goes on in the rest; then each border is set anew on all
values, the others as they are.

What is optimised is G = 2 (l(inside) + l(outside) - l(all)), l the log-likelihood at the own rate. The best of m noise
conditions has G of about 2 ln m, so each clause costs 2 ln m.

Why not scikit-learn's trees: they have no windows, no sets of values and no missing values in our sense (unknown is neither
true nor false), and a tree's leaves share their first clauses, which makes longer rules. Not pysubgroup and imodels: both
search pairs in Python, and need the same cuts and the same three truths around them as this file has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import log, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from segdsl.discover.rows import (
    Arm,
    AtLeast,
    Below,
    Clause,
    Counts,
    Floats,
    Missing,
    Numbers,
    OneOf,
    Rows,
    RuleList,
    Truths,
    likelihood,
)

MOST_ARMS = 5
MOST_CLAUSES = 3
MOST_VALUES = 5  # of a category that one clause names
SEARCHED = 20_000  # rows that the search for arms reads; borders are set on more
REFINED = 200_000  # rows on which borders are set
_RARE = 4  # of so many rows drawn, up to one has the rarer outcome
FEWEST = 15  # rows of an arm
SMALLEST = 0.02  # share of the rows that an arm has at least
# (most clauses of an arm, what a clause costs, most arms): lists of single clauses, of dear clauses, and an arm of cheap ones
_KINDS = ((1, 1.0, MOST_ARMS), (MOST_CLAUSES, 1.0, MOST_ARMS), (MOST_CLAUSES, 0.5, 1))
_CONDITIONS = 2_000  # most conditions in the matrix
_FEATURES = 300  # most features whose pairs are searched; the best by themselves
_PROMISING = 500  # pairs, by chi-square, whose G is reckoned
_BEAM = 30  # pairs that are extended by a third clause
_ROUNDS = 3
PLAUSIBLE = 200  # arms that the test looks at beside the lists

_Matrix = npt.NDArray[np.float32]
_Sums = npt.NDArray[np.floating[Any]]


def rule_lists(rows: Rows, rng: np.random.Generator) -> list[RuleList]:
    """Return rule lists of one arm, of two, and so on, and their first arms with fewer clauses; none where no arm is possible."""
    rows = drawn(rows, REFINED, rng)
    few = drawn(rows, SEARCHED, rng)
    conditions = conditions_of(few)
    if not conditions:
        return []
    matrix = _matrix(conditions, few)
    cost = 2 * log(len(conditions))
    lists: list[RuleList] = []
    for clauses, charged, most in _KINDS:
        arms: list[Arm] = []
        left = np.ones(len(few), np.bool_)
        while len(arms) < most:
            arm, worth = best_arm(conditions, matrix[left], few.outcome[left], _fewest(few), charged * cost, clauses)
            if arm is None or (arms and worth < cost / 2):
                break
            arms.append(arm)
            left &= ~arm.true(few)
            lists.append(refined(RuleList(tuple(arms)), rows, charged * cost))
    return list(dict.fromkeys(lists))


def plausible(lists: Sequence[RuleList], rows: Rows, rng: np.random.Generator) -> list[tuple[RuleList, float]]:
    """Return (list, worth) of the lists of a search, and of the single arms of one clause or two that are worth most, without refinement.

    Where a pattern is weak, what was planted is seldom what is worth most, but mostly among these.
    """
    few = drawn(rows, SEARCHED, rng)
    conditions = conditions_of(few)
    if not conditions:
        return []
    cost = 2 * log(len(conditions))
    arms = _arms(_matrix(conditions, few), few.outcome, _fewest(few), cost, 2)
    arms = sorted((arm for arm in arms if np.isfinite(arm[0])), key=lambda arm: -arm[0])[:PLAUSIBLE]
    nothing = Counts.of(RuleList(()), few).likelihood
    worths = {rule: 2 * (Counts.of(rule, few).likelihood - nothing) - cost * rule.clauses for rule in lists}
    for worth, places in arms:
        worths.setdefault(RuleList((simplified(Arm(tuple(conditions[i] for i in places))),)), worth)
    return list(worths.items())


def cost_of_a_clause(rows: Rows, rng: np.random.Generator) -> float:
    """Return what the best of the conditions of a search explains of nothing: 2 ln of how many there are."""
    return 2 * log(max(1, len(conditions_of(drawn(rows, SEARCHED, rng)))))


def single_arms(rows: Rows, most: int, rng: np.random.Generator) -> list[RuleList]:
    """Return up to `most` arms by themselves, of which each tells most beyond those before: rows of an arm count half from then on.

    Arms may overlap (weighted covering: N. Lavrac et al., Subgroup discovery with CN2-SD, JMLR 5, 2004, without weights for rows
    that no arm takes twice).
    """
    few = drawn(rows, SEARCHED, rng)
    conditions = conditions_of(few)
    if not conditions:
        return []
    matrix = _matrix(conditions, few)
    cost = 2 * log(len(conditions))
    arms: dict[Arm, None] = {}
    left = np.ones(len(few), np.bool_)
    for _ in range(most):
        arm, worth = best_arm(conditions, matrix[left], few.outcome[left], _fewest(few), cost)
        if arm is None or arm in arms or (arms and worth < -cost / 2):
            break
        arms[arm] = None
        inside = np.flatnonzero(arm.true(few) & left)
        left[rng.permutation(inside)[: len(inside) // 2]] = False
    return [RuleList((arm,)) for arm in arms]


def drawn(rows: Rows, most: int, rng: np.random.Generator) -> Rows:
    """Return `most` rows at random, in their order; all if there are no more.

    Rows with the rarer outcome say most, so all of them are drawn, up to a quarter of `most`: of 400,000 rows 0.25 % have the outcome
    1,000 times, and 20,000 of them without choice only 50 times. How likely an outcome is beside another place is the same in such
    a sample (cases and controls: J. Cornfield, Journal of the National Cancer Institute 11, 1951), so what is sought is; a rate isn't.
    """
    if len(rows) <= most:
        return rows
    cases, controls = (np.flatnonzero(rows.outcome == value) for value in (True, False))
    if len(cases) > len(controls):
        cases, controls = controls, cases
    share = round(most * len(cases) / len(rows))  # as a draw without choice has them
    wanted = min(len(cases), max(share, most // _RARE))
    parts = [rng.choice(cases, wanted, replace=False), rng.choice(controls, most - wanted, replace=False)]
    return rows.at(np.sort(np.concatenate(parts)))


def _fewest(rows: Rows) -> float:
    return max(FEWEST, SMALLEST * len(rows))


# -- conditions ----------------------------------------------------------------------------


def conditions_of(rows: Rows) -> list[Clause]:
    """Return the conditions that clauses are made of: borders at quantiles, and sets of values by their rate.

    With many features each has fewer borders, and only the best features by themselves are searched in pairs.
    """
    features = list(rows.features)
    if len(features) > _FEATURES:
        alone = {name: _alone(rows, name) for name in features}
        features = sorted(features, key=lambda name: -alone[name])[:_FEATURES]
    borders = int(np.clip(min(_CONDITIONS / 2 / max(len(features), 1), sqrt(len(rows))), 5, 40))
    return [c for name in features for c in _conditions(rows, name, borders)]


def _alone(rows: Rows, name: str) -> float:
    """Return the best G of a condition on one feature."""
    conditions = list(_conditions(rows, name, 5))
    if not conditions:
        return 0.0
    return best_gain(conditions, rows)


def _conditions(rows: Rows, name: str, borders: int) -> Iterator[Clause]:
    column, fewest = rows.features[name], _fewest(rows)
    if fewest <= column.missing.sum() <= len(rows) - fewest:
        yield Missing(name)
        yield Missing(name, is_missing=False)
    if isinstance(column, Numbers):
        for border in borders_of(column, borders, fewest):
            yield AtLeast(name, border)
            yield Below(name, border)
        return
    codes = column.codes
    known = codes >= 0
    sizes = np.bincount(codes[known], minlength=len(column.names)).astype(float)
    events = np.bincount(codes[known], rows.outcome[known].astype(float), minlength=len(column.names))
    usual = [i for i in range(len(column.names)) if sizes[i] >= fewest]
    rates = {i: events[i] / sizes[i] for i in usual}
    ordered = sorted(usual, key=lambda i: (rates[i], i))
    sets: dict[tuple[str, ...], None] = {}
    for order in (ordered, ordered[::-1]):
        for length in range(1, min(MOST_VALUES, len(order)) + 1):
            chosen = order[:length]
            if sizes[chosen].sum() <= known.sum() - fewest:
                sets[tuple(sorted(column.names[i] for i in chosen))] = None
    for i in usual:
        sets[(column.names[i],)] = None
    for values in sets:
        yield OneOf(name, values)


def borders_of(column: Numbers, most: int, fewest: float) -> list[float]:
    """Return up to `most` borders at quantiles with `fewest` rows on either side, each the smallest value of its side."""
    values = np.sort(column.values[~np.isnan(column.values)])
    if len(values) < 2 * fewest:
        return []
    places = np.unique(np.linspace(fewest, len(values) - fewest, most).astype(int))
    borders = np.unique(values[np.clip(places, 1, len(values) - 1)])
    return [float(b) for b in borders if b > values[0]]


def _matrix(conditions: Sequence[Clause], rows: Rows) -> _Matrix:
    return np.column_stack([c.true(rows) for c in conditions]).astype(np.float32)


# -- one arm ------------------------------------------------------------------------------


def best_arm(
    conditions: Sequence[Clause], matrix: _Matrix, outcome: Truths, fewest: float, cost: float, most: int = MOST_CLAUSES
) -> tuple[Arm | None, float]:
    """Return the arm with the largest G less the cost of its clauses, and that; None where no arm is large enough."""
    worth, places = max(_arms(matrix, outcome, fewest, cost, most), key=lambda arm: arm[0], default=(-np.inf, ()))
    if not np.isfinite(worth):
        return None, 0.0
    return simplified(Arm(tuple(conditions[i] for i in places))), worth


def _arms(
    matrix: _Matrix, outcome: Truths, fewest: float, cost: float, most: int
) -> list[tuple[float, tuple[int, ...]]]:
    """Return (worth, places of its conditions) of each single condition, of the most promising pairs, and of the best three."""
    n, total = len(outcome), int(outcome.sum())
    if n < 2 * fewest or total in (0, n):
        return []
    inside, events = matrix.sum(0, dtype=float), matrix[outcome].sum(0, dtype=float)
    arms: list[tuple[float, tuple[int, ...]]] = [
        (float(w) - cost, (i,)) for i, w in enumerate(_worth(inside, events, n, total, fewest))
    ]
    if most > 1:
        pairs, pair_events = matrix.T @ matrix, matrix[outcome].T @ matrix[outcome]
        promising = np.triu(_scores(pairs, pair_events, n, total, fewest), 1)
        firsts, seconds = np.unravel_index(_largest(promising), promising.shape)
        worth = _worth(pairs[firsts, seconds], pair_events[firsts, seconds], n, total, fewest) - 2 * cost
        arms += [(float(w), (int(i), int(j))) for i, j, w in zip(firsts, seconds, worth, strict=True)]
        if most > 2:
            beam = np.argsort(-worth, kind="stable")[:_BEAM]
            firsts, seconds = firsts[beam], seconds[beam]
            both = matrix[:, firsts] * matrix[:, seconds]
            thirds, third_events = both.T @ matrix, both[outcome].T @ matrix[outcome]
            worth = _worth(thirds, third_events, n, total, fewest) - 3 * cost
            k, third = np.unravel_index(int(worth.argmax()), worth.shape)
            arms.append((float(worth[k, third]), (int(firsts[k]), int(seconds[k]), int(third))))
    return arms


def best_gain(conditions: Sequence[Clause], rows: Rows) -> float:
    """Return the largest G of one condition on rows of which some, but not all, have the outcome."""
    matrix = _matrix(conditions, rows)
    inside, events = matrix.sum(0, dtype=float), matrix[rows.outcome].sum(0, dtype=float)
    return float(_gains(inside, events, len(rows), rows.events).max())


def _worth(inside: _Sums, events: _Sums, n: int, total: int, fewest: float) -> Floats:
    """G of each arm, minus infinity where it is too small or leaves too few; of two sides the one with the higher rate."""
    gains = _gains(inside, events, n, total) + 1e-6 * (events * n > total * inside)
    return np.asarray(np.where((inside >= fewest) & (inside <= n - fewest), gains, -np.inf))


def _scores(inside: _Matrix, events: _Matrix, n: int, total: int, fewest: float) -> _Matrix:
    """Chi-square of each arm, 0 where it is too small or leaves too few: nearly G, without logarithms of a million pairs."""
    rate = total / n
    apart = events - np.float32(rate) * inside
    apart *= apart
    room = inside * (1 - inside / np.float32(n))
    np.maximum(room, np.float32(1e-6), out=room)
    apart /= room
    apart[(inside < fewest) | (inside > n - fewest)] = 0
    return np.asarray(apart / np.float32(rate * (1 - rate)))


def _largest(scores: _Matrix) -> npt.NDArray[np.int64]:
    """Return the places of the largest scores, of which G is reckoned exactly.

    Where as many rows as places are wanted have a largest score of some size, no smaller score is among them. Most scores of a
    million pairs are smaller, and half are zeros, over which a partition of them all is slow.
    """
    flat = scores.ravel()
    if flat.size <= _PROMISING:
        return np.arange(flat.size)
    places = np.arange(flat.size)
    if len(scores) > _PROMISING:
        of_rows = scores.max(axis=1)
        places = np.flatnonzero(flat >= np.partition(of_rows, -_PROMISING)[-_PROMISING])
    if len(places) <= _PROMISING:
        return places
    return np.asarray(places[np.argpartition(flat[places], -_PROMISING)[-_PROMISING:]])


def _gains(inside: _Sums, events: _Sums, n: int, total: int) -> Floats:
    # the counts come in single precision, which holds them exactly; their logarithms need double
    rows_in, events_in = inside.astype(np.float64), events.astype(np.float64)
    everything = float(likelihood(np.array([float(n)]), np.array([float(total)]))[0])
    both = likelihood(rows_in, events_in) + likelihood(n - rows_in, total - events_in)
    return np.asarray(2 * (both - everything))


def simplified(arm: Arm) -> Arm:
    """Keep of several borders in one direction on one feature the strictest; clauses of one feature stand together."""
    kept: dict[tuple[str, type], Clause] = {}
    for clause in arm.clauses:
        key = (clause.feature, type(clause))
        other = kept.get(key)
        if isinstance(clause, AtLeast) and isinstance(other, AtLeast):
            clause = max(clause, other, key=lambda c: c.border)
        elif isinstance(clause, Below) and isinstance(other, Below):
            clause = min(clause, other, key=lambda c: c.border)
        elif isinstance(clause, OneOf) and isinstance(other, OneOf):
            clause = replace(clause, values=tuple(v for v in clause.values if v in other.values))
        kept[key] = clause
    order = {f: i for i, f in reversed(list(enumerate(c.feature for c in arm.clauses)))}
    return Arm(tuple(sorted(kept.values(), key=lambda c: (order[c.feature], isinstance(c, Below)))))


# -- borders set anew -----------------------------------------------------------------------


def refined(rule: RuleList, rows: Rows, cost: float) -> RuleList:
    """Set each border at the value that makes the outcomes likeliest, the others as they are, and drop clauses that say too little."""
    for _ in range(_ROUNDS):
        before = rule
        for number, arm in enumerate(rule.arms):
            rule = _with_fewer_clauses(rule, number, rows, cost)
            arm = rule.arms[number]
            for place, clause in enumerate(arm.clauses):
                if isinstance(clause, AtLeast | Below):
                    border = best_border(rule, number, place, rows)
                    rule = with_clause(rule, number, place, replace(clause, border=border))
        if rule == before:
            break
    return rule


def with_best_borders(rule: RuleList, rows: Rows) -> RuleList:
    """Set each border of a list at the value that makes the outcomes likeliest; no clause is dropped."""
    return refined(rule, rows, cost=-np.inf)


def with_clause(rule: RuleList, arm: int, place: int, clause: Clause) -> RuleList:
    clauses = list(rule.arms[arm].clauses)
    clauses[place] = clause
    return RuleList((*rule.arms[:arm], Arm(tuple(clauses)), *rule.arms[arm + 1 :]))


def _with_fewer_clauses(rule: RuleList, number: int, rows: Rows, cost: float) -> RuleList:
    arm = rule.arms[number]
    if len(arm.clauses) < 2:
        return rule
    whole = Counts.of(rule, rows).likelihood
    for place in range(len(arm.clauses)):
        shorter = Arm((*arm.clauses[:place], *arm.clauses[place + 1 :]))
        other = RuleList((*rule.arms[:number], shorter, *rule.arms[number + 1 :]))
        if 2 * (whole - Counts.of(other, rows).likelihood) < cost:
            return other
    return rule


def likelihoods_by_border(rule: RuleList, number: int, place: int, rows: Rows) -> tuple[Floats, Floats]:
    """Return (values, log-likelihood of the list with the border at each value) for one clause of one arm.

    Only the rows that no earlier arm takes and of which the arm's other clauses are true can move: into the arm, or to
    the place they have without it. Sorted by the feature, cumulative counts give every border at once.
    """
    arm = rule.arms[number]
    clause = arm.clauses[place]
    assert isinstance(clause, AtLeast | Below)
    values = rows.features[clause.feature]
    assert isinstance(values, Numbers)
    places = rule.places(rows)
    without = RuleList((*rule.arms[:number], *rule.arms[number + 1 :])).places(rows)
    fallen = np.where(without >= number, without + 1, without)
    others = Arm((*arm.clauses[:place], *arm.clauses[place + 1 :]))
    movable = others.true(rows) & ~values.missing
    for earlier in rule.arms[:number]:
        movable &= ~earlier.true(rows)
    order = np.flatnonzero(movable)[np.argsort(values.values[movable], kind="stable")]
    x, y, away = values.values[order], rows.outcome[order].astype(float), fallen[order]
    width = len(rule.arms) + 2
    fixed = ~movable
    fixed_rows = np.bincount(places[fixed], minlength=width).astype(float)
    fixed_events = np.bincount(places[fixed], rows.outcome[fixed].astype(float), minlength=width)
    starts = np.flatnonzero(np.diff(x, prepend=-np.inf) > 0)
    total = np.zeros(len(starts))
    arm_rows, arm_events = np.zeros(len(starts)), np.zeros(len(starts))
    is_lower = isinstance(clause, Below)
    for group in np.unique([*away, *np.flatnonzero(fixed_rows)]).astype(int):
        here = (away == group).astype(float)
        lower_rows = np.concatenate([[0.0], np.cumsum(here)])[starts]
        lower_events = np.concatenate([[0.0], np.cumsum(here * y)])[starts]
        upper_rows, upper_events = here.sum() - lower_rows, (here * y).sum() - lower_events
        taken = (lower_rows, lower_events) if is_lower else (upper_rows, upper_events)
        rest = (upper_rows, upper_events) if is_lower else (lower_rows, lower_events)
        arm_rows, arm_events = arm_rows + taken[0], arm_events + taken[1]
        if group != number:
            total += likelihood(fixed_rows[group] + rest[0], fixed_events[group] + rest[1])
    total += likelihood(fixed_rows[number] + arm_rows, fixed_events[number] + arm_events)
    return x[starts], np.where(arm_rows >= _fewest(rows), total, -np.inf)


def best_border(rule: RuleList, number: int, place: int, rows: Rows) -> float:
    """Return the border of a clause that makes the outcomes likeliest; the one it has where no other is better."""
    clause = rule.arms[number].clauses[place]
    assert isinstance(clause, AtLeast | Below)
    values, total = likelihoods_by_border(rule, number, place, rows)
    if not len(values) or not np.isfinite(total).any():
        return clause.border
    at = int(total.argmax())
    now = Counts.of(rule, rows).likelihood
    return float(values[at]) if total[at] > now + 1e-9 else clause.border
