"""Are there groups, and how many? A valley between them that chance and one group with the same correlations would not show.

What a group is. Every method of clustering divides whatever it is given: k-means cuts one cloud of customers along its longest axis,
and finds the same cut again in other customers, so that stability alone proves nothing. Groups are meant here as a person means
them: between two groups there are fewer customers than in either. So customers are divided in two. The first part is
clustered. On the line from the centre of one cluster to that of another, the second part is counted in three bands as wide as a third
of the way: about either centre, and halfway. In one group, of whatever skew and correlation, no band lies lower than both
of its neighbours: the projection of a log-concave distribution on a line, and of what a convex tube about the line holds of it, is
log-concave (A. Prekopa, 1973), so it has one peak. The valley of two clusters is the excess of the smaller band over
the middle one, by the sign test; of more clusters, the shallowest of all pairs. The tube leaves out who is far from the line, such
as a third group.

Two nulls, and both must be refuted at 2.5 %, each for all looks together:

1. One peak. The deepest valley of all looks (two to five clusters) by
   the exact sign test, times the number of looks (Bonferroni). Nothing is assumed of the correlations.
2. One group with the same correlations and the same values. Numbers that are whole or rounded have gaps of their own, and facts
   such as a zero shift many numbers at once. So the facts of each customer stay as they are, and what the numbers are beyond
   them is drawn from a normal copula with the observed rank correlations, with the values that each number has. In each draw
   it is found anew how much likelier each number of groups is than one, and the best of them counts (C. Hennig, C.-J. Lin, Flexible
   parametric bootstrap for testing homogeneity against clustering, Statistics and Computing 25, 2015; Y. Liu et al., SigClust,
   JASA 103, 2008, with one normal distribution). Permuted columns would ask only whether the numbers have to do with each
   other. Draws end when enough of them are as good (J. Besag, P. Clifford, Biometrika 78, 1991).

Of the looks that pass, those count whose groups come back in halves of the customers: the mean adjusted Rand index of
clusterings of two halves, on all customers, is at least 0.8. Of these, the most groups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf, sqrt

import numpy as np
from scipy import stats

from segdsl.discover.groups.clusters import FEWEST, SMALLEST, Clustering, clustered
from segdsl.discover.groups.scores import Scores
from segdsl.discover.rows import Floats, Ints

LEVEL = 0.025
MOST_GROUPS = 5
DRAWS = 199
"""Most draws of the null; p is at least 1 / 200."""
STABLE = 0.8
_TUBE = 0.8  # of the two clusters' customers are in the tube about the line
_HALVES = 20
_BATCH = 20


LOOKS = tuple(range(2, MOST_GROUPS + 1))
"""Numbers of groups."""


@dataclass(frozen=True)
class Valley:
    """The shallowest valley of a look: customers in the smaller of the bands about the centres, and in the band halfway.

    No valley where a cluster is too small: (0, 0).
    """

    centre: int = 0
    halfway: int = 0

    @property
    def depth(self) -> float:
        """Excess of the smaller band in standard errors; 0 is flat."""
        both = self.centre + self.halfway
        return (self.centre - self.halfway) / sqrt(both) if both else -inf

    @property
    def p(self) -> float:
        """Of the sign test, exact, one-sided: of one peak."""
        return float(stats.binom.cdf(self.halfway, self.centre + self.halfway, 0.5)) if self.centre else 1.0


@dataclass(frozen=True)
class Decision:
    """`clustering`: of all customers that decided; None where no groups were found.

    `p`: the larger of the two nulls'.
    `one_peak`, `one_group`: of the nulls; the second is None where the first wasn't refuted.
    `stability`: mean adjusted Rand index of halves, of those that passed the nulls the largest where nothing was found.
    """

    clustering: Clustering | None
    one_peak: float
    one_group: float | None
    stability: float | None
    level: float = LEVEL

    @property
    def p(self) -> float:
        return max(self.one_peak, 0.0 if self.one_group is None else self.one_group)


def decide(
    first: Scores, second: Scores, rng: np.random.Generator, report_progress: Callable[[str], None] = lambda _: None
) -> Decision:
    """Decide on groups by two parts of the customers."""
    if min(len(first), len(second)) < 2 * FEWEST:
        return Decision(None, 1.0, None, None)
    valleys = valleys_of(first, second, rng)
    one_peak = min(1.0, len(LOOKS) * min(v.p for v in valleys.values()))
    if one_peak > LEVEL:
        return Decision(None, one_peak, None, None)
    both = together(first, second)
    gains = [_gains(both, rng)]
    allowed = int(LEVEL * (DRAWS + 1)) - 1  # draws as good, with which p is still small enough
    for one in one_groups(both, rng, DRAWS):
        gains.append(_gains(one, rng))
        if len(gains) % _BATCH == 0:
            report_progress(f"compared with {len(gains)} of {DRAWS} draws of one group")
            if (as_good := _as_good(gains)) > allowed:
                return Decision(None, one_peak, as_good / (len(gains) - 1), None)
    one_group = (1 + _as_good(gains)) / (DRAWS + 1)
    if one_group > LEVEL:
        return Decision(None, one_peak, one_group, None)
    apart = _standardised(gains)
    critical = float(np.quantile(apart[1:].max(1), 1 - LEVEL, method="higher"))
    beyond = {look for look, z in zip(LOOKS, apart[0], strict=True) if z > critical}
    report_progress("looking whether the groups come back in halves of the customers")
    passing = [k for k, v in valleys.items() if len(LOOKS) * v.p <= LEVEL and k in beyond]
    stability = {look: _stability(both, look, rng) for look in passing}
    stable = [look for look in passing if stability[look] >= STABLE]
    clustering = clustered(both.numbers, [max(stable)], rng, starts=5)[max(stable)] if stable else None
    shown = stability[max(stable)] if stable else max(stability.values(), default=0.0)
    return Decision(clustering, one_peak, one_group, shown)


def _gains(scores: Scores, rng: np.random.Generator) -> list[float]:
    """How much likelier each number of groups is than one; no likelier where some group is too small."""
    return [0.0 if c is None else c.gain for c in clustered(scores.numbers, LOOKS, rng).values()]


def _standardised(gains: Sequence[Sequence[float]]) -> Floats:
    """Gains by rows and looks, each look in its own units over all rows, so that no look drowns the others (Westfall, Young, 1993)."""
    table = np.array(gains)
    middle = np.median(table, 0)
    return np.asarray((table - middle) / (np.median(np.abs(table - middle), 0) + 1e-9))


def _as_good(gains: Sequence[Sequence[float]]) -> int:
    """Rows after the first whose best look is as good as the first's."""
    best = _standardised(gains).max(1)
    return int((best[1:] >= best[0]).sum())


def together(first: Scores, second: Scores) -> Scores:
    return Scores(
        *(np.concatenate([getattr(s, name) for s in (first, second)]) for name in ("numbers", "facts", "own"))
    )


# -- valleys ------------------------------------------------------------------------------


def valleys_of(first: Scores, second: Scores, rng: np.random.Generator) -> dict[int, Valley]:
    """Cluster the first part in each look, and count the second."""
    beyond, others = first.residuals(), second.residuals()
    found = {}
    for look, clustering in clustered(first.numbers, LOOKS, rng).items():
        found[look] = Valley() if clustering is None else _shallowest(clustering, first, beyond, second, others)
    return found


def _shallowest(clustering: Clustering, first: Scores, beyond: Floats, second: Scores, others: Floats) -> Valley:
    """The shallowest valley between two clusters, of what the numbers are beyond the facts."""
    mine, theirs = clustering.groups(first.numbers), clustering.groups(second.numbers)
    n = len(clustering.centres)
    if any(np.bincount(g, minlength=n).min() < max(FEWEST, SMALLEST * len(g)) for g in (mine, theirs)):
        return Valley()
    x, y = beyond @ clustering.transform, others @ clustering.transform
    centres = np.stack([x[mine == g].mean(0) for g in range(n)])
    valleys = []
    for a, b in combinations(range(n), 2):
        axis = centres[b] - centres[a]
        length = float(axis @ axis)
        if length <= 0:
            return Valley()
        places, apart = _along(x[(mine == a) | (mine == b)] - centres[a], axis, length)
        radius = np.quantile(apart, _TUBE)
        places, apart = _along(y - centres[a], axis, length)
        places = places[apart <= radius]
        low, middle, high = (int((np.abs(places - at) < 1 / 6).sum()) for at in (0, 0.5, 1))
        valleys.append(Valley(min(low, high), middle))
    return min(valleys, key=lambda v: v.depth)


def _along(x: Floats, axis: Floats, length: float) -> tuple[Floats, Floats]:
    """Return (place on the axis from 0 to 1, squared distance from it) of each row."""
    places = x @ axis / length
    return places, np.einsum("ij,ij->i", x, x) - places**2 * length


def _stability(scores: Scores, look: int, rng: np.random.Generator) -> float:
    """Mean adjusted Rand index, on all customers, of clusterings of two halves."""
    agreed = []
    for _ in range(_HALVES):
        order = rng.permutation(len(scores))
        halves = [clustered(scores.numbers[rows], [look], rng)[look] for rows in np.array_split(order, 2)]
        labels = [h.groups(scores.numbers) for h in halves if h is not None]
        agreed.append(adjusted_rand(*labels) if len(labels) == 2 else 0.0)
    return float(np.mean(agreed))


def adjusted_rand(a: Ints, b: Ints) -> float:
    """L. Hubert, P. Arabie, Comparing partitions, 1985: 1 for the same groups, 0 on average by chance."""
    table = np.zeros((int(a.max()) + 1, int(b.max()) + 1))
    np.add.at(table, (a, b), 1)

    def pairs(counts: Floats) -> float:
        return float((counts * (counts - 1) / 2).sum())

    both, first, second, all_ = pairs(table), pairs(table.sum(1)), pairs(table.sum(0)), pairs(np.array([table.sum()]))
    expected = first * second / all_
    most = (first + second) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


# -- one group ----------------------------------------------------------------------------


def one_groups(scores: Scores, rng: np.random.Generator, draws: int) -> Iterator[Scores]:
    """Yield draws of one group: facts as they are, the same values of each number, and the same rank correlations beyond the facts."""
    means = scores.means()
    beyond = scores.numbers - means
    n, d = beyond.shape
    own = scores.own
    ranks = np.zeros((n, d))
    for j in range(d):
        ranks[own[:, j], j] = stats.rankdata(beyond[own[:, j], j]) / own[:, j].sum() - 0.5
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt((ranks.T**2) @ own)  # of each number among those who have both
        spearman = np.clip(np.nan_to_num(ranks.T @ ranks / (spread * spread.T)), -1, 1)
    correlation = 2 * np.sin(
        np.pi / 6 * spearman
    )  # K. Pearson, 1907: of a normal distribution with these rank correlations
    np.fill_diagonal(correlation, 1.0)
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 1e-6))
    places = [np.flatnonzero(own[:, j]) for j in range(d)]
    sizes = [np.sort(beyond[p, j]) for j, p in enumerate(places)]
    known = [np.sort(scores.numbers[p, j]) for j, p in enumerate(places)]
    for _ in range(draws):
        drawn = rng.standard_normal((n, d)) @ root.T
        numbers = scores.numbers.copy()
        for j, p in enumerate(places):
            size = sizes[j][_ranks(drawn[p, j])]
            numbers[p, j] = known[j][_ranks(means[p, j] + size)]
        yield Scores(numbers, scores.facts, own)


def _ranks(values: Floats) -> Ints:
    ranks = np.empty(len(values), np.int64)
    ranks[np.argsort(values, kind="stable")] = np.arange(len(values))
    return ranks
