"""Verdict of a backtest: counts at each origin -> gain, requirements, verdict. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from segdsl.experiment.history.describe import Description, Group, describe
from segdsl.experiment.shared import gain
from segdsl.experiment.shared.cells import Cell, Cells, Rates, Totals
from segdsl.experiment.shared.decide import Check, Evidence, Facts, Verdict, decide, outcomes, population

if TYPE_CHECKING:
    from segdsl.experiment.history.expected import Expected


@dataclass(frozen=True)
class Origin:
    """Counts of one origin.

    `learned`: cells of the window where the rates were learned, by fold (fold 0 alone unless cross-fitted).
    `scored`: cells of the customers as of `as_of`, with their later outcomes, by fold.
    `rates`: rates of the incumbent and the candidate by fold, at the usual shrinkage.
    `totals`: gains by cluster.
    """

    as_of: dt.date
    learned: Mapping[int, Cells]
    scored: Mapping[int, Cells]
    rates: Mapping[int, tuple[Rates, Rates]]
    totals: Totals


@dataclass(frozen=True, slots=True)
class AtOrigin:
    """Result at one origin.

    `differ`: customers whose play differs.
    `observed`: mean outcome.
    `expected`: mean outcome predicted by the incumbent and by the candidate.
    `gain`: mean gain of a customer, with its standard error and interval.
    `missing`: customers without a known outcome.
    """

    as_of: dt.date
    customers: int
    differ: int
    observed: float
    expected: tuple[float, float]
    gain: float
    se: float
    low: float
    high: float
    missing: int


@dataclass(frozen=True, slots=True)
class Segment:
    """One arm of one segmentation over all origins: the predicted outcome, and the observed outcome with its interval."""

    rule: str
    place: str
    customers: int
    expected: float
    observed: float
    low: float
    high: float


@dataclass(frozen=True)
class BacktestJudgement:
    """Result of a backtest.

    `variance`: variance of the outcome in the windows where the rates were learned. A gain divided by it is in skill:
        the share of what no segmentation could have predicted there.
    `detect`: the registered gain, in the outcome's squared unit.
    `customers`: customers over all origins, each counted once an origin.
    `d`: share of customers whose play differs.
    `by_shrink`: the gain for each shrinkage m.
    `recalibrated`: the gain left when both segmentations are right on average at each origin.
    `needed`: further requirements, each with whether it is met.
    `expected`: the power estimated beforehand.
    """

    verdict: Verdict
    estimate: gain.Estimate
    variance: float
    detect: float
    customers: int
    d: float
    alpha: float
    origins: tuple[AtOrigin, ...]
    segments: tuple[Segment, ...]
    by_shrink: Mapping[float, float]
    recalibrated: float
    needed: tuple[tuple[str, bool], ...]
    checks: tuple[Check, ...]
    expected: Expected | None = None

    @property
    def is_shown(self) -> bool:
        """Whether there is an estimate: data that can't answer the question show none."""
        return self.verdict.word not in ("INVALID", "NOT ANSWERABLE")

    @property
    def skill(self) -> tuple[float, float, float]:
        """Estimate, low and high in skill."""
        e = self.estimate
        return (e.estimate / self.variance, e.low / self.variance, e.high / self.variance)


def rates_of(cells: Cells, m: float = gain.SHRINK) -> tuple[Rates, Rates]:
    """Learn the rates of the incumbent's and the candidate's arms at shrinkage `m`; key "" is the rate of an empty arm."""
    return _side(cells, 0, m), _side(cells, 1, m)


def rate_of(rates: Rates, place: str | None) -> float:
    """Return the rate of an arm; the overall rate if the arm was empty."""
    return rates.get(place or "", rates[""])


def _side(cells: Cells, side: int, m: float) -> dict[str, float]:
    n: dict[str, float] = {}
    total: dict[str, float] = {}
    for place, cell in cells.items():
        name = place[side]
        if name is not None:
            n[name] = n.get(name, 0.0) + cell.known
            total[name] = total.get(name, 0.0) + cell.known * cell.mean
    everybody = sum(n.values())
    if not everybody:
        return {"": 0.0}
    overall = sum(total.values()) / everybody
    cells_of = {name: (n[name], total[name] / n[name] if n[name] else 0.0) for name in n}
    return {**gain.learn_rates(cells_of, m), "": overall}


def spread(cells: Iterable[Cell]) -> tuple[int, float, float]:
    """Return (n, mean, variance) of the known outcomes over cells; the variance divides by n.

    T. F. Chan, G. H. Golub, R. J. LeVeque, Updating Formulae and a Pairwise Algorithm for Computing Sample Variances
    (1979), equation 2.1.
    """
    every = [c for c in cells if c.known]
    n = sum(c.known for c in every)
    if not n:
        return 0, 0.0, 0.0
    mean = sum(c.known * c.mean for c in every) / n
    return n, mean, sum(c.m2 + c.known * (c.mean - mean) ** 2 for c in every) / n


def without(parts: Mapping[int, Cells], fold: int) -> Cells:
    """Merge the cells of all folds but one."""
    merged: dict[tuple[str | None, str | None], Cell] = {}
    for place in dict.fromkeys(p for other, part in parts.items() if other != fold for p in part):
        parts_of_place = [part[place] for other, part in parts.items() if other != fold and place in part]
        known, mean, variance = spread(parts_of_place)
        merged[place] = Cell(sum(c.n for c in parts_of_place), known, mean, variance * known)
    return merged


def learners(cells: Cells) -> tuple[int, int | None]:
    """Return (customers with a known outcome, events of the rarer kind); None for events unless the outcome is a yes or
    no.
    """
    n, mean, variance = spread(cells.values())
    is_yes_no = n > 0 and 0 <= mean <= 1 and abs(variance - mean * (1 - mean)) < 1e-9
    return n, round(n * min(mean, 1 - mean)) if is_yes_no else None


def has_taught(cells: Cells) -> bool:
    """Whether a window has enough customers and events to learn rates from."""
    n, events = learners(cells)
    return n >= gain.LEARNERS and (events is None or events >= gain.LEARNED_EVENTS)


def judge(
    origins: Sequence[Origin],
    pooled: Totals,
    detect_skill: float,
    differ: Mapping[tuple[str, str], bool],
    *,
    names: tuple[str, str] = ("incumbent", "candidate"),
    alpha: float = 0.05,
    evidence: Evidence = "backtest",
    checks: Sequence[Check] = (),
    expected: Expected | None = None,
) -> BacktestJudgement:
    """Judge a candidate by squared error; yes/no outcomes, counts and amounts alike.

    `pooled`: gains of clusters over all origins, of which each cluster counts once.
    `detect_skill`: the registered gain, in skill.
    `differ`: whether the play differs, by pair of places.
    `expected`: the power estimated in the window before the first origin.
    """
    sizes = [sum(_known(o)) for o in origins]
    variance = float(np.average([spread(_all(o.learned))[2] for o in origins], weights=np.maximum(sizes, 1)))
    checks = (*checks, *_checks(origins, pooled.clusters, variance))
    if not all(c.ok for c in checks):
        return without_estimate(checks, alpha, origins, variance, detect_skill * variance)
    estimate = gain.paired(pooled.gains, pooled.sizes, alpha, pooled.counts)
    each = tuple(_at(o, differ, alpha) for o in origins)
    by_shrink = {m: _gain(origins, m) for m in (gain.OTHER_SHRINKS[0], gain.SHRINK, gain.OTHER_SHRINKS[1])}
    recalibrated = _gain(origins, gain.SHRINK, recalibrate=True)
    detect = detect_skill * variance
    requirements = gain.requirements(
        np.array([o.gain for o in each]),
        np.array([o.se for o in each]),
        np.array(list(by_shrink.values())),
        np.array(recalibrated),
        alpha,
    )
    needed = tuple((name, bool(is_met)) for name, is_met in requirements)
    customers = sum(o.customers for o in each)
    treats = any(o.differ for o in each)
    power = None if expected is None else expected.answerable
    bounds = (estimate.estimate, estimate.low, estimate.high)
    return BacktestJudgement(
        verdict=decide(Facts(evidence, checks, *bounds, detect, needed, treats=treats, power=power)),
        estimate=estimate,
        variance=variance,
        detect=detect,
        customers=customers,
        d=sum(o.differ for o in each) / customers if customers else 0.0,
        alpha=alpha,
        origins=each,
        segments=_segments(origins, pooled, names, alpha),
        by_shrink=by_shrink,
        recalibrated=recalibrated,
        needed=needed,
        checks=checks,
        expected=expected,
    )


# -- parts ---------------------------------------------------------------------------


def _all(parts: Mapping[int, Cells]) -> list[Cell]:
    return [c for cells in parts.values() for c in cells.values()]


def _known(o: Origin) -> list[int]:
    return [c.known for cells in o.scored.values() for place, c in cells.items() if None not in place]


def _checks(origins: Sequence[Origin], clusters: int, variance: float) -> list[Check]:
    """Check the counts themselves."""
    one = sum(c.n for o in origins for cells in o.scored.values() for place, c in cells.items() if None in place)
    missing = sum(c.n - c.known for o in origins for cells in o.scored.values() for c in cells.values())
    everybody = sum(c.n for o in origins for cells in o.scored.values() for c in cells.values())
    unlearned = [_unlearned(o) for o in origins if not all(_is_enough(o, cells) for cells in o.learned.values())]
    empty = [str(o.as_of) for o in origins if not sum(_known(o))]
    pairs = {place for o in origins for cells in o.scored.values() for place, c in cells.items() if c.n}
    same = len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})
    varies = Check.of(
        "variance",
        variance > 0,
        "the outcome varies",
        "the outcome was the same for everybody before: there is nothing to predict",
    )
    return [
        population(one),
        Check.of(
            "customers",
            not empty,
            "there are customers at every origin",
            f"nobody is inside as of {', '.join(empty)}",
        ),
        Check.of(
            "learning",
            not unlearned,
            "rates were learned before each origin",
            f"too little to learn from: {'; '.join(unlearned)}; at least {gain.LEARNERS} customers and "
            f"{gain.LEARNED_EVENTS} of either outcome are asked for. Leave that origin out",
        ),
        outcomes(missing, everybody),
        *([] if unlearned else [varies]),
        Check.of(
            "difference",
            not same,
            "the two divide customers differently",
            "both divide customers in the same way: what happens can't tell them apart",
        ),
        Check.of(
            "clusters",
            clusters >= gain.FEWEST,
            f"{clusters:,} independent units",
            f"{clusters} independent units; at least {gain.FEWEST} are needed",
        ),
    ]


def _is_enough(o: Origin, learned: Cells) -> bool:
    """Whether a window can teach rates; a cross-fitted window promotes nothing, so any customer is enough."""
    return has_taught(learned) if len(o.learned) == 1 else spread(learned.values())[0] > 0


def _unlearned(o: Origin) -> str:
    customers, events = learners(next(iter(o.learned.values()), {}))
    few = "" if events is None else f", {events:,} with the rarer outcome"
    return f"{customers:,} customers{few} before {o.as_of}"


def without_estimate(
    checks: tuple[Check, ...], alpha: float, origins: Sequence[Origin] = (), variance: float = 0.0, detect: float = 0.0
) -> BacktestJudgement:
    """A verdict without an estimate: NOT ANSWERABLE with too few clusters or learners, INVALID for any other failed
    check.
    """
    nan = float("nan")
    failed = [c.name for c in checks if not c.ok]
    few = set(failed) <= {"clusters", "learning"}
    verdict = Verdict("NOT ANSWERABLE" if few else "INVALID", ", ".join(failed))
    estimate = gain.Estimate(nan, nan, nan, nan, nan, 0, "")
    customers = sum(sum(_known(o)) for o in origins)
    return BacktestJudgement(
        verdict, estimate, variance or nan, detect, customers, nan, alpha, (), (), {}, nan, (), checks
    )


def _error(cell: Cell, rate: float) -> float:
    """Squared error of a rate over a cell, without the within-cell part that every rate shares."""
    return cell.known * (cell.mean - rate) ** 2


def _gain(origins: Sequence[Origin], m: float, recalibrate: bool = False) -> float:
    """Mean gain at shrinkage `m`; `recalibrate` shifts the rates of each origin to be right on average first."""
    total, customers = 0.0, 0
    for o in origins:
        for fold, cells in o.scored.items():
            rates = rates_of(o.learned[fold], m)
            inside = {place: c for place, c in cells.items() if None not in place}
            n = sum(c.known for c in inside.values())
            shift = [0.0, 0.0]
            if recalibrate and n:
                shift = [
                    sum(c.known * (c.mean - rate_of(rates[i], place[i])) for place, c in inside.items()) / n
                    for i in (0, 1)
                ]
            for place, c in inside.items():
                first, second = (rate_of(rates[i], place[i]) + shift[i] for i in (0, 1))
                total += _error(c, first) - _error(c, second)
            customers += n
    return total / customers if customers else 0.0


def _at(o: Origin, differ: Mapping[tuple[str, str], bool], alpha: float) -> AtOrigin:
    known = other = customers = missing = 0
    observed, expected = 0.0, [0.0, 0.0]
    for fold, cells in o.scored.items():
        for place, c in cells.items():
            if place[0] is None or place[1] is None:
                continue
            customers, missing, known = customers + c.n, missing + c.n - c.known, known + c.known
            observed += c.known * c.mean
            for i in (0, 1):
                expected[i] += c.known * rate_of(o.rates[fold][i], place[i])
            if differ.get((place[0], place[1]), place[0] != place[1]):
                other += c.n
    n = max(known, 1)
    estimate = gain.paired(o.totals.gains, o.totals.sizes, alpha, o.totals.counts)
    return AtOrigin(
        as_of=o.as_of,
        customers=customers,
        differ=other,
        observed=observed / n,
        expected=(expected[0] / n, expected[1] / n),
        gain=estimate.estimate,
        se=estimate.se,
        low=estimate.low,
        high=estimate.high,
        missing=missing,
    )


def _segments(origins: Sequence[Origin], pooled: Totals, names: tuple[str, str], alpha: float) -> tuple[Segment, ...]:
    """Predicted and observed outcome of each arm over all origins.

    Intervals are E. B. Wilson's (1927) with n / DEFF customers; DEFF is Kish's design effect for clusters whose members
    are alike.
    """
    segments = []
    effective = _shrinkage_of_n(pooled, len(origins))
    for side, rule in enumerate(names):
        sums: dict[str, list[float]] = {}
        for o in origins:
            for fold, cells in o.scored.items():
                for place, c in cells.items():
                    name = place[side]
                    if name is not None and None not in place:
                        row = sums.setdefault(name, [0.0, 0.0, 0.0, 0.0])
                        row[0] += c.known
                        row[1] += c.known * rate_of(o.rates[fold][side], name)
                        row[2] += c.known * c.mean
                        row[3] += c.m2 + c.known * c.mean**2
        for name, (n, expected, total, squares) in sums.items():
            if n:
                mean = total / n
                low, high = _interval(mean, squares / n - mean**2, n * effective, alpha)
                segments.append(Segment(rule, name, int(n), expected / n, mean, low, high))
    return tuple(segments)


def _shrinkage_of_n(pooled: Totals, origins: int) -> float:
    """Independent units per customer: 1 / DEFF (Kish), with customers of one cluster assumed alike."""
    return pooled.clusters / pooled.customers if pooled.sizes.max() > origins else 1.0


def describe_both(origins: Sequence[Origin], alpha: float) -> tuple[Description, ...]:
    """Descriptive figures of the incumbent and of the candidate, over all origins."""
    descriptions = []
    for side in (0, 1):
        groups: dict[tuple[int, int, str, float], list[Cell]] = {}
        for number, o in enumerate(origins):
            for fold, cells in o.scored.items():
                for place, c in cells.items():
                    arm = place[side]
                    if arm is not None and None not in place and c.known:
                        groups.setdefault((number, fold, arm, rate_of(o.rates[fold][side], arm)), []).append(c)
        occupied = [Group(name, rate, *_whole(alike), day) for (day, _, name, rate), alike in groups.items()]
        n = sum(g.n for g in occupied)
        mean = sum(g.n * g.mean for g in occupied) / n
        spread_ = sum(g.m2 + g.n * (g.mean - mean) ** 2 for g in occupied) / n
        descriptions.append(describe(occupied, abs(spread_ - mean * (1 - mean)) < 1e-9, alpha))
    return tuple(descriptions)


def _whole(cells: Sequence[Cell]) -> tuple[int, float, float]:
    n, mean, variance = spread(cells)
    return n, mean, variance * n


def _interval(mean: float, variance: float, n: float, alpha: float) -> tuple[float, float]:
    """Wilson's interval for a share; mean and standard error for any other outcome."""
    z = float(special.ndtri(1 - alpha / 2))
    if 0 <= mean <= 1 and abs(variance - mean * (1 - mean)) < 1e-9:
        centre = (mean + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * sqrt(mean * (1 - mean) / n + z * z / (4 * n * n))
        return max(0.0, centre - half), min(1.0, centre + half)
    half = z * sqrt(max(variance, 0.0) / n)
    return mean - half, mean + half
