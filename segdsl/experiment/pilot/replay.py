"""Replay: off-policy evaluation of two rules on a log of randomised plays.

Only customers to whom the two rules give different plays can show a difference. There, each rule's mean outcome is that
of the customers who happened to get its play, weighted by 1 / probability (self-normalised inverse propensity scores:
A. Swaminathan, T. Joachims, The Self-Normalized Estimator for Counterfactual Learning, 2015, equation 3). A doubly
robust estimate, cross-fitted over folds, accompanies it (M. Dudik, J. Langford, L. Li, Doubly Robust Policy Evaluation
and Learning, 2011, equation 2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy import stats

from segdsl.experiment.pilot.effect import Arm, Array, Effect, interval
from segdsl.experiment.pilot.results import SRM_P, Needed, PilotJudgement, Settings, conclude
from segdsl.experiment.shared import gain
from segdsl.experiment.shared.customers import PlayLog
from segdsl.experiment.shared.decide import Check, Evidence
from segdsl.experiment.shared.decide import outcomes as known
from segdsl.model.experiment import Measure

Codes = npt.NDArray[np.int64]
LEAST_ESS = 100
LEAST_EVENTS = 20

NO_PLAY = "none"


@dataclass(frozen=True)
class Policy:
    """Customers who happened to get a rule's play.

    `rows`: rows of the log.
    `mean`: weighted mean outcome, and its `variance`.
    `ess`: effective sample size, (sum w)^2 / sum w^2 (L. Kish, Survey Sampling, 1965).
    `events`: sum of the outcome.
    `most`: largest weight.
    """

    rows: int
    mean: float
    variance: float
    ess: float
    events: float
    most: float


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Point of the uplift curve.

    `cell`: the cell that enters here.
    `share`: share of D in the cells so far.
    `estimate`: change per customer of D if only these cells got the candidate's plays, with its interval.
    """

    cell: str
    share: float
    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class ReplayJudgement:
    """Result of a replay.

    `robust`: doubly robust estimate.
    `curve`: cells ordered by one half of the customers, measured on the other.
    """

    piloted: PilotJudgement
    robust: Effect | None
    curve: tuple[CurvePoint, ...] = ()


def judge(log: PlayLog, settings: Settings, checks: tuple[Check, ...] = ()) -> ReplayJudgement:
    """Judge a replay; plays are names, `NO_PLAY` for none.

    A customer without a play by a rule is compared with those for whom the log has no play.
    """
    r = _Replay(log, settings)
    result = conclude(r, (*checks, *_checks(r)))
    if result.primary is None:
        return ReplayJudgement(result, None)
    return ReplayJudgement(result, r.robust, curve(r.in_d, settings.primary, settings.alpha))


def snips(in_d: PlayLog, outcome: str, alpha: float, scale: float = 1.0) -> Effect:
    """Difference of the two weighted means, mean_B - scale * mean_A; rows of one cluster share their error."""
    d = _Rows.of(in_d, outcome)
    a, b = (d.policy(side) for side in (0, 1))
    influence = d.influence(1, b.mean) - scale * d.influence(0, a.mean)
    estimate, se = b.mean - scale * a.mean, d.error(influence)
    parts = [p.variance * (scale**2 if p is a else 1.0) for p in (a, b)]
    dof = float("inf")
    if sum(parts):
        dof = sum(parts) ** 2 / sum(v**2 / (max(2.0, p.ess) - 1) for v, p in zip(parts, (a, b)))
    low, high, p_of_none = interval(estimate, se, dof, alpha)
    arms = [Arm(max(2, round(p.ess)), p.mean, p.variance * max(2.0, p.ess), p.rows) for p in (a, b)]
    return Effect(arms[0], arms[1], estimate, low, high, p_of_none, "self-normalised inverse propensities", se, dof)


def doubly_robust(in_d: PlayLog, outcome: str, alpha: float) -> Effect:
    """Doubly robust estimate: mu(second) - mu(first), plus the residual over the probability where the logged play is
    one of the two.
    """
    d = _Rows.of(in_d, outcome)
    scores = d.scores()
    estimate = float(scores.mean())
    clusters = int(d.cluster.max()) + 1
    se = d.error((scores - estimate) / len(scores))
    low, high, p = interval(estimate, se, clusters - 1, alpha)
    arms = [Arm(len(scores), float(m.mean()), 0.0) for m in d.fitted()]
    return Effect(arms[0], arms[1], estimate, low, high, p, "doubly robust", se, clusters - 1)


def curve(in_d: PlayLog, primary: Measure, alpha: float) -> tuple[CurvePoint, ...]:
    """Uplift curve: whole cells in the order of their gain in the other half.

    Qini curve without the line of chance: N. J. Radcliffe, Using Control Groups to Target on Predicted Lift, 2007.
    """
    d = _Rows.of(in_d, primary.outcome)
    scores = d.scores() * (1 if primary.better == "higher" else -1)
    cells, where = d.cells, d.cell
    learn = d.fold % 2 == 0
    if len(cells) < 2 or not learn.any() or learn.all():
        return ()
    seen = np.bincount(where[learn], scores[learn], len(cells)) / np.maximum(
        1, np.bincount(where[learn], minlength=len(cells))
    )
    rest, cell_of = scores[~learn], where[~learn]
    cluster = np.unique(d.cluster[~learn], return_inverse=True)[1]
    points, inside = [], np.zeros(len(rest), bool)
    for c in np.argsort(-seen, kind="stable"):
        inside |= cell_of == c
        part = np.where(inside, rest, 0.0)
        estimate = float(part.mean())
        se = _clustered((part - estimate) / len(part), cluster)
        low, high, _ = interval(estimate, se, max(1, int(cluster.max())), alpha)
        points.append(CurvePoint(str(cells[c]), float(inside.mean()), estimate, low, high))
    return tuple(points)


def plays_p(log: PlayLog) -> float | None:
    """p of the logged plays matching their probabilities, by Pearson's chi-square.

    None where a play's probability varies, or the probabilities don't add up to 1.
    """
    by_play = log.chances_by_play()
    if len(by_play) < 2 or (by_play["max"] - by_play["min"]).max() > 1e-9 or abs(by_play["max"].sum() - 1) > 1e-6:
        return None
    expected = by_play["max"] / by_play["max"].sum() * by_play["count"].sum()
    return float(stats.chisquare(by_play["count"], expected).pvalue)


# -- parts -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Replay:
    """Comparison of two rules over the rows where their plays differ."""

    log: PlayLog
    settings: Settings
    evidence: Evidence = "replay"

    @cached_property
    def in_d(self) -> PlayLog:
        return self.log.differing()

    @property
    def customers(self) -> int:
        return len(self.log)

    @property
    def differ(self) -> int:
        return len(self.in_d)

    @cached_property
    def robust(self) -> Effect:
        return doubly_robust(self.in_d, self.settings.primary.outcome, self.settings.alpha)

    def effect(self, m: Measure, scale: float = 1.0) -> Effect:
        result = snips(self.in_d, m.outcome, self.settings.alpha, scale)
        return replace(result, is_share=m.outcome in self.settings.binary)

    def others(self, m: Measure) -> tuple[float, float] | None:
        first, second = self.log.plays
        alike = self.log.where((first == second) & (self.log.actual == first))
        if not len(alike.known(m.outcome)):
            return None
        rows = _Rows.of(alike, m.outcome)
        policy = rows.policy(0)
        return policy.mean, rows.error(rows.influence(0, policy.mean))

    def worth(self, main: Effect) -> None:
        """Return None: a log says nothing of costs."""

    def needed(self, main: Effect) -> Needed:
        better = self.robust.good(self.settings.primary.better)[1] > 0
        return (("a difference by the doubly robust estimate, too", better),)


@dataclass(frozen=True)
class _Rows:
    """Rows of D with a known outcome, as arrays of one length; plays, cells and clusters are numbers.

    `weight[side]`: 1 / probability where the logged play is that rule's, otherwise 0.
    """

    y: Array
    weight: tuple[Array, Array]
    plays: tuple[Codes, Codes]
    actual: Codes
    cell: Codes
    cells: Sequence[str]
    fold: Codes
    cluster: Codes

    @staticmethod
    def of(in_d: PlayLog, outcome: str) -> _Rows:
        import pandas as pd

        y = in_d.value(outcome)
        known = in_d.where(~np.isnan(y))
        names = np.concatenate([known.actual, *known.plays])
        actual, a, b = np.split(pd.factorize(names)[0], 3)
        chance = known.chances
        first, second = (np.where(actual == p, 1 / chance, 0.0) for p in (a, b))
        cell, cells = pd.factorize(known.cells, sort=True)
        return _Rows(
            known.value(outcome),
            (first, second),
            (a, b),
            actual,
            cell,
            [str(c) for c in cells],
            known.folds,
            pd.factorize(known.clusters.to_numpy())[0],
        )

    def policy(self, side: int) -> Policy:
        """Summary for the incumbent (0) or the candidate (1)."""
        w = self.weight[side]
        total = float(w.sum())
        if not total:
            return Policy(0, 0.0, 0.0, 0.0, 0.0, 0.0)
        mean, squares = float((w * self.y).sum()) / total, float(np.square(w).sum())
        spread = float((np.square(w) * np.square(self.y - mean)).sum()) / total**2
        return Policy(
            int(np.count_nonzero(w)), mean, spread, total**2 / squares, float(self.y[w > 0].sum()), float(w.max())
        )

    def influence(self, side: int, mean: float) -> Array:
        w = self.weight[side]
        return np.asarray(w * (self.y - mean) / w.sum())

    def error(self, influence: Array) -> float:
        return _clustered(influence, self.cluster)

    def fitted(self) -> tuple[Array, Array]:
        """Predicted outcome of each rule's play in each row's cell, from the other folds, shrunk to the play's mean by
        20 customers.
        """
        first, second = np.empty(len(self.y)), np.empty(len(self.y))
        cells, cell, actual, (a, b) = len(self.cells), self.cell, self.actual, self.plays
        names = int(max(actual.max(), a.max(), b.max())) + 1
        for fold in np.unique(self.fold):
            away, here = self.fold != fold, self.fold == fold
            if not away.any():
                away = here
            overall = float(self.y[away].mean())
            n = np.bincount(actual[away], minlength=names)
            of_play = np.where(n > 0, np.bincount(actual[away], self.y[away], names) / np.maximum(n, 1), overall)
            key = actual[away] * cells + cell[away]
            size = names * cells
            counts, sums = np.bincount(key, minlength=size), np.bincount(key, self.y[away], size)
            table = (sums + gain.SHRINK * np.repeat(of_play, cells)) / (counts + gain.SHRINK)
            first[here], second[here] = (
                table[a[here] * cells + cell[here]],
                table[b[here] * cells + cell[here]],
            )
        return first, second

    def scores(self) -> Array:
        first, second = self.fitted()
        return second - first + self.weight[1] * (self.y - second) - self.weight[0] * (self.y - first)


def _clustered(influence: Array, cluster: Codes) -> float:
    return sqrt(float(np.square(np.bincount(cluster, influence)).sum()))


def _checks(r: _Replay) -> Iterator[Check]:
    log, in_d, differ, primary = r.log, r.in_d, r.differ, r.settings.primary
    yield Check.of(
        "difference",
        differ > 0,
        f"{differ:,} customers would get another play",
        "nobody would get another play: there is nothing that could have changed",
    )
    chance = log.chances
    wrong = np.isnan(chance) | (chance <= 0) | (chance > 1)
    odd = sorted({"missing" if np.isnan(c) else str(c) for c in chance[wrong]})
    yield Check.of(
        "probabilities",
        not odd,
        "every probability lies above 0, up to 1",
        f"a probability is {', '.join(odd[:5])}: each lies above 0, up to 1",
    )
    if not differ or odd:
        return
    p = plays_p(log)
    if p is not None:
        yield Check.of(
            "srm",
            p >= SRM_P,
            "plays were given as often as their probabilities say",
            "plays were given more or less often than their probabilities say",
            p,
        )
    lacking = sorted({*chain(*in_d.plays)} - {*log.actual})
    if lacking:
        yield Check("support", False, f"the log has nobody who got {', '.join(f'`{p}`' for p in lacking)}")
        return
    yield from _support(in_d)
    yield known(int(np.isnan(in_d.value(primary.outcome)).sum()), differ)
    d = _Rows.of(in_d, primary.outcome)
    both = [d.policy(side) for side in (0, 1)]
    least = min(p.ess for p in both)
    sizes, largest = " and ".join(f"{round(p.ess):,}" for p in both), max(p.most for p in both)
    yield Check.of(
        "effective size",
        least >= LEAST_ESS,
        f"{sizes} effective customers, weights up to {largest:.3g}",
        f"{round(least):,} effective customers for one of the two; at least {LEAST_ESS} are needed",
    )
    if primary.outcome in r.settings.binary:
        events = min(min(p.events, p.rows - p.events) for p in both)
        yield Check.of(
            "events",
            events >= LEAST_EVENTS,
            f"at least {events:,.0f} events of each kind",
            f"{events:,.0f} events for one of the two; at least {LEAST_EVENTS} are needed",
        )


def _support(in_d: PlayLog) -> Iterator[Check]:
    """Check that every play could have been given: weights average 1, less the share of customers with probability 0."""
    import pandas as pd

    actual, chance = in_d.actual, in_d.chances
    cluster = pd.factorize(in_d.clusters.to_numpy())[0]
    worst: Check | None = None
    for plays in in_d.plays:
        for play in pd.unique(plays):
            mask = plays == play
            w = np.where(actual[mask] == play, 1 / chance[mask], 0.0)
            mean, n = float(w.mean()), int(mask.sum())
            se = _clustered((w - mean) / n, cluster[mask])
            p = float(stats.norm.cdf((mean - 1) / se)) if se > 0 else (1.0 if mean >= 1 else 0.0)
            if worst is None or p < (worst.p or 0.0):
                problem = (
                    f"about {max(0.0, 1 - mean):.0%} of those who would get `{play}` could not have got it: "
                    "their chance was 0, and the log says nothing of them"
                )
                worst = Check.of("support", p >= SRM_P, "whoever would get a play could have got it", problem, p)
    if worst is not None:
        yield worst
