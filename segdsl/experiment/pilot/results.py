"""Effect of a pilot's plays, checks, and verdict.

Only customers whose play differs (D) can be affected: the effect is estimated among them, and on the whole base it is d
times as large, d being their share (D. Simester, A. Timoshenko, S. I. Zoumpoulis, Management Science 66, 2020). The
others are the placebo: nothing may differ between their arms. Everybody counts for the assigned arm, whatever was
delivered (intention to treat).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import hypot, sqrt
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from scipy import stats

from segdsl.experiment.pilot.by_cell import ByCell, by_cell
from segdsl.experiment.pilot.draw_checks import on_same_days, srm
from segdsl.experiment.pilot.effect import (
    FEW_EVENTS,
    LEAST_CHANCE,
    SCORE,
    Array,
    Effect,
    Units,
    drawn_alike,
    effect,
    interval,
    winsorised,
)
from segdsl.experiment.shared.customers import CANDIDATE, INCUMBENT, TwoArms
from segdsl.experiment.shared.decide import Check, Evidence, Facts, Verdict, decide
from segdsl.experiment.shared.decide import outcomes as known
from segdsl.model.experiment import Measure, Size

SRM_P = 0.001
UNUSUAL_P = 0.01
Needed = tuple[tuple[str, bool], ...]  # further requirements, each with whether it is met


@dataclass(frozen=True)
class Settings:
    """Settings of one analysis.

    `binary`: outcomes that are a yes or no.
    `share`: planned share of the candidate's arm.
    `alpha`: two-sided error of this look.
    `adjust`, `delivery`: names of the covariate and of the delivery's column.
    `winsorise`: quantile at which amounts are clipped.
    `seed`: start of a randomisation test's draws.
    """

    primary: Measure
    guardrails: Sequence[Measure] = ()
    binary: frozenset[str] = frozenset()
    share: float = 0.5
    alpha: float = 0.05
    adjust: str | None = None
    winsorise: float | None = None
    delivery: str | None = None
    seed: int = 0


@dataclass(frozen=True)
class MarginResult:
    """Non-inferiority of a guardrail, or of the primary.

    `margin`: largest allowed deterioration in D.
    `beyond`: the effect counted from the margin, above 0 where less was lost.
    `harmed`: the outcome is shown to be worse at all.
    `can_fail`: D has more of the outcome than the margin.
    """

    measure: Measure
    effect: Effect
    margin: float
    beyond: Effect
    harmed: bool
    can_fail: bool = True

    @property
    def holds(self) -> bool:
        """Whether the outcome is shown not to be worse by the margin."""
        return self.beyond.good(self.measure.better)[1] > 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """Share of each arm to whom the candidate's play was delivered.

    `effect`: complier average causal effect (J. D. Angrist, G. W. Imbens, D. B. Rubin, JASA 91, 1996), where delivery
        differs; descriptive.
    """

    incumbent: float
    candidate: float
    by_cell: tuple[tuple[str, float], ...]
    effect: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Worth:
    """Worth of the effect per customer of D.

    `each`: worth of one unit of the outcome.
    `gained`: worth of the change, with its interval.
    `cost`: additional cost of the plays.
    `break_even`: worth of one unit that pays for the plays; None where the candidate is no better.
    """

    currency: str
    each: float
    gained: tuple[float, float, float]
    cost: float
    break_even: float | None

    @property
    def net(self) -> tuple[float, float, float]:
        """`gained` minus `cost`: estimate, low and high."""
        estimate, low, high = self.gained
        return estimate - self.cost, low - self.cost, high - self.cost


@dataclass(frozen=True)
class PilotJudgement:
    """Result of a pilot or replay; `primary` is None where a check fails.

    `customers`, `differ`: customers inside both segmentations, and those in D.
    `detect`: registered effect in D.
    `no_worse`: the primary against its margin, where the declaration requires non-inferiority.
    `needed`: further requirements, each with whether it is met.
    `alpha`: two-sided error of this look.
    `notes`: sentences on declarations without an effect.
    """

    verdict: Verdict
    checks: tuple[Check, ...]
    customers: int
    differ: int
    primary: Effect | None
    detect: float | None
    guardrails: tuple[MarginResult, ...] = ()
    no_worse: MarginResult | None = None
    needed: tuple[tuple[str, bool], ...] = ()
    alpha: float = 0.05
    delivered: Delivery | None = None
    worth: Worth | None = None
    cells: ByCell | None = None
    notes: tuple[str, ...] = ()

    @property
    def d(self) -> float:
        return self.differ / self.customers if self.customers else 0.0


class Between(Protocol):
    """Comparison of two rules' plays: what a pilot and a replay have in common.

    `customers`, `differ`: customers inside both segmentations, and those with another play.
    """

    @property
    def evidence(self) -> Evidence: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def customers(self) -> int: ...
    @property
    def differ(self) -> int: ...

    def effect(self, m: Measure, scale: float = 1.0) -> Effect:
        """Estimate mean_B - `scale` * mean_A."""

    def others(self, m: Measure) -> tuple[float, float] | None:
        """Return (mean, standard error) among customers with the same play by both; None where too few are known."""

    def needed(self, main: Effect) -> Needed:
        """Further requirements, given the effect on the primary."""

    def worth(self, main: Effect) -> Worth | None:
        """Worth of the effect and cost of the plays; None without a declared worth."""


def judge(
    customers: TwoArms,
    settings: Settings,
    totals: tuple[int, int] | None = None,
    checks: tuple[Check, ...] = (),
    looks_left: int = 0,
) -> PilotJudgement:
    """Judge a pilot.

    `totals`: (all customers, those in D), where `customers` is a part of them.
    `checks`: results of earlier checks.
    """
    total, differ = totals if totals is not None else (len(customers), int(customers.differ.sum()))
    drawn = _Customers(customers, settings, total, differ)
    c = replace(drawn, settings=replace(settings, primary=with_margin_in_units(settings.primary, drawn.saved)))
    result = conclude(c, (*checks, *_checks(drawn)), looks_left)
    if result.primary is None:
        return result
    notes = (*result.notes, *_adjusting(c, result.primary))
    return replace(result, delivered=_delivered(c, result.primary), cells=_cells(c), notes=notes)


def conclude(between: Between, checks: tuple[Check, ...], looks_left: int = 0) -> PilotJudgement:
    """Reach the verdict from effects on all outcomes; no estimate where a check fails."""
    settings, customers, differ = between.settings, between.customers, between.differ
    if not all(c.ok for c in checks):
        return _without_estimate(between, checks)
    d = differ / customers
    no_worse = None if settings.primary.margin is None else against_margin(settings.primary, between, d)
    if no_worse is not None and (problem := _means_nothing(no_worse)):
        return _without_estimate(between, (*checks, Check("margin", False, problem)))
    main = between.effect(settings.primary) if no_worse is None else no_worse.effect
    detect = None
    if settings.primary.detect is not None:
        detect = in_absolute(
            settings.primary.detect, main.incumbent.mean, _of_base(main, between.others(settings.primary), d), d
        )
    guardrails = tuple(against_margin(m, between, d) for m in settings.guardrails)
    estimate, low, high = (main if no_worse is None else no_worse.beyond).good(settings.primary.better)
    needed = between.needed(main) if low > 0 else ()
    worth = between.worth(main)
    loses = worth is not None and worth.net[2] < 0
    verdict = decide(
        Facts(
            between.evidence,
            checks,
            estimate,
            low,
            high,
            detect or 0.0,
            needed,
            guardrails=[g.holds for g in guardrails],
            harmed=any(g.harmed for g in guardrails),
            loses=loses,
            looks_left=looks_left,
        )
    )
    notes = tuple(problem for g in guardrails if (problem := _means_nothing(g)))
    return PilotJudgement(
        verdict,
        checks,
        customers,
        differ,
        main,
        detect,
        guardrails,
        no_worse,
        needed,
        settings.alpha,
        worth=worth,
        notes=notes,
    )


def _without_estimate(between: Between, checks: tuple[Check, ...]) -> PilotJudgement:
    """Result without an estimate, where a check fails."""
    failed = Verdict("INVALID", ", ".join(c.name for c in checks if not c.ok))
    return PilotJudgement(failed, checks, between.customers, between.differ, None, None, alpha=between.settings.alpha)


def effect_on(customers: TwoArms, settings: Settings, m: Measure) -> Effect:
    """Effect on one outcome in D, without checks or verdict."""
    return _Customers(customers, settings, len(customers), int(customers.differ.sum())).effect(m)


def in_absolute(size: Size, of_d: float, of_base: float, d: float) -> float:
    """Convert a registered size to an absolute one in D.

    `of_d`, `of_base`: the incumbent's mean in D and on the whole base. A size of the whole base is relative to the
        base's mean, a size in D to D's.
    """
    if size.in_d:
        return float(size.value) * (abs(of_d) if size.unit == "share" else 1.0)
    return float(size.value) * (abs(of_base) if size.unit == "share" else 1.0) / d


def with_margin_in_units(m: Measure, saved: float) -> Measure:
    """Convert a margin in saved costs to a number of the outcome: as much as `saved` per customer pays for."""
    if m.margin is None or m.margin.unit != "cost saved":
        return m
    assert m.worth is not None, "what is saved is counted in what the outcome is worth"
    return replace(m, margin=Size(m.margin.value * Fraction(saved) / m.worth[0], "units", in_d=True))


def against_margin(m: Measure, between: Between, d: float) -> MarginResult:
    """Non-inferiority by the margin, one-sided at alpha / 2; harm at the level shared by all guardrails.

    For a share s of the incumbent's mean in D, mean_B - (1 -+ s) mean_A lies above or below 0. For a share of the whole
    base's mean, d mean_A + (1 - d) mean_O with mean_O of the others: mean_B - (1 -+ s) mean_A +- s (1 - d) / d mean_O,
    combining the two parts' errors (G. Y. Zou, A. Donner, Statistics in Medicine 27, 2008, equation 4).
    """
    assert m.margin is not None, "what may not get worse has a margin"
    result, others, alpha = between.effect(m), between.others(m), between.settings.alpha
    harmed = result.good(m.better)[2] < 0 and result.p < alpha / max(1, len(between.settings.guardrails))
    mean = result.incumbent.mean
    margin = in_absolute(m.margin, mean, _of_base(result, others, d), d)
    most = mean if m.better == "higher" else 1 - mean if result.is_share else float("inf")
    can_fail = most <= 0 or margin < most
    sign, share = 1 if m.better == "higher" else -1, float(m.margin.value)
    if m.margin.unit != "share":
        return MarginResult(m, result, margin, _moved(result, sign * margin), harmed, can_fail)
    shifted = between.effect(m, 1 - sign * share)
    if not m.margin.in_d and others is not None and d < 1:
        more = share * (1 - d) / d
        error = more * others[1] * float(stats.norm.isf(alpha / 2))
        shifted = replace(
            shifted,
            low=shifted.estimate + sign * more * others[0] - hypot(shifted.estimate - shifted.low, error),
            high=shifted.estimate + sign * more * others[0] + hypot(shifted.high - shifted.estimate, error),
        )
    return MarginResult(m, result, margin, shifted, harmed, can_fail)


def _moved(e: Effect, by: float) -> Effect:
    return replace(e, estimate=e.estimate + by, low=e.low + by, high=e.high + by)


def _of_base(result: Effect, others: tuple[float, float] | None, d: float) -> float:
    """The incumbent's mean on the whole base, as far as the others' mean is known."""
    return result.incumbent.mean if others is None else d * result.incumbent.mean + (1 - d) * others[0]


# -- parts -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Customers:
    """Customers as arrays; clusters and strata are numbered. The table may be part of all `customers`."""

    table: TwoArms
    settings: Settings
    customers: int
    differ: int
    evidence: Evidence = "pilot"

    @cached_property
    def arm(self) -> npt.NDArray[np.int64]:
        """0 for the incumbent's arm, 1 for the candidate's, -1 for neither."""
        named = self.table.arms
        return np.where(named == CANDIDATE, 1, np.where(named == INCUMBENT, 0, -1))

    @cached_property
    def differs(self) -> npt.NDArray[np.bool_]:
        return self.table.differ

    @cached_property
    def cluster(self) -> npt.NDArray[np.int64]:
        return _numbered(self.table.clusters.to_numpy())[0]

    @cached_property
    def _strata(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.object_]]:
        return _numbered(self.table.strata, sort=True)

    @property
    def stratum(self) -> npt.NDArray[np.int64]:
        return self._strata[0]

    @cached_property
    def block(self) -> npt.NDArray[np.int64]:
        """Stratum without the week."""
        return _numbered(self.table.blocks, sort=True)[0]

    @property
    def strata(self) -> npt.NDArray[np.object_]:
        """Names of the strata, by number."""
        return self._strata[1]

    @cached_property
    def both(self) -> npt.NDArray[np.bool_]:
        return self.arm >= 0

    @cached_property
    def in_d(self) -> npt.NDArray[np.bool_]:
        """Customers of the two arms whose play differs."""
        return self.both & self.differs

    def effect(self, m: Measure, scale: float = 1.0) -> Effect:
        settings = self.settings
        result = replace(
            effect(self.units(self.in_d, m, settings), settings.alpha, scale, settings.seed),
            is_share=m.outcome in settings.binary and m.per is None,
        )
        if settings.winsorise is None or m.outcome in settings.binary or scale != 1:
            return result
        uncut = self.units(self.in_d, m, replace(settings, winsorise=None))
        return replace(result, plain=effect(uncut, settings.alpha, 1.0, settings.seed))

    def others(self, m: Measure) -> tuple[float, float] | None:
        outside = self.both & ~self.differs
        if not outside.any():
            return None
        units = self.units(outside, m, replace(self.settings, adjust=None), stratified=False)
        if units.n < 2 or not units.x.sum():
            return None
        mean = float(units.y.sum() / units.x.sum())
        return mean, float(np.std(units.y - mean * units.x, ddof=1)) / sqrt(units.n) / float(units.x.mean())

    def needed(self, main: Effect) -> Needed:
        return _needed(self, main)

    def worth(self, main: Effect) -> Worth | None:
        return _worth(self, main)

    @property
    def saved(self) -> float:
        """Saving in play costs per customer of D."""
        return -float(self.table.costs[self.in_d].mean()) if self.in_d.any() else 0.0

    @cached_property
    def is_clustered(self) -> bool:
        return len(self.cluster) > 0 and int(self.cluster.max()) + 1 < len(self.cluster)

    def values(self, name: str) -> Array:
        return self.table.value(name)

    def with_value(self, name: str, values: Array) -> _Customers:
        """Replace a measured value."""
        return replace(self, table=self.table.with_value(name, values))

    def sizes(self, mask: npt.NDArray[np.bool_]) -> tuple[int, int]:
        """Randomised units of each arm."""
        if not self.is_clustered:
            counts = np.bincount(self.arm[mask], minlength=2)
            return int(counts[0]), int(counts[1])
        return len(np.unique(self.cluster[mask & (self.arm == 0)])), len(
            np.unique(self.cluster[mask & (self.arm == 1)])
        )

    def split(self, mask: npt.NDArray[np.bool_]) -> int:
        """Count clusters that are in both arms."""
        if not self.is_clustered:
            return 0
        return len(np.intersect1d(self.cluster[mask & (self.arm == 0)], self.cluster[mask & (self.arm == 1)]))

    def units(
        self,
        mask: npt.NDArray[np.bool_],
        m: Measure,
        settings: Settings,
        y: Array | None = None,
        stratified: bool = True,
    ) -> Units:
        """Randomised units with a known outcome (or known `y` in its place)."""
        values = self.values(m.outcome) if y is None else y
        per = None if m.per is None else self.values(m.per)
        is_known = mask & ~np.isnan(values)
        if per is not None:
            is_known &= ~np.isnan(per)
        outcome, n = values[is_known], int(np.count_nonzero(is_known))
        is_number = m.outcome not in settings.binary
        if settings.winsorise is not None and is_number:
            outcome = winsorised(outcome, settings.winsorise)
        x = np.ones(n) if per is None else per[is_known]
        stratum, cell = (part[is_known] if stratified else np.zeros(n, np.int64) for part in (self.stratum, self.block))
        covariate = None if settings.adjust is None else _filled(self.values(settings.adjust)[is_known])
        arm = self.arm[is_known] == 1
        if not self.is_clustered:
            return Units(
                arm, outcome, x, stratum, np.ones(n), covariate, not is_number and per is None and y is None, cell
            )
        _, first, unit_of = np.unique(self.cluster[is_known], return_index=True, return_inverse=True)

        def total(v: Array) -> Array:
            return np.bincount(unit_of, v, len(first)).astype(np.float64)

        sums = None if covariate is None else total(covariate)
        return Units(arm[first], total(outcome), total(x), stratum[first], total(np.ones(n)), sums, cell=cell[first])


def _numbered(names: Any, sort: bool = False) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.object_]]:
    import pandas as pd

    codes, names_in_order = pd.factorize(names, sort=sort)
    return codes, np.asarray(names_in_order, object)


def _filled(covariate: Array) -> Array:
    """Replace unknown covariates by the mean, which favours neither arm."""
    unknown = np.isnan(covariate)
    return np.where(unknown, 0.0 if unknown.all() else np.nanmean(covariate), covariate)


def _needed(c: _Customers, main: Effect) -> Needed:
    settings, m, requirements = c.settings, c.settings.primary, []
    if main.chance is not None and m.margin is None:
        requirements.append(
            ("a difference that chance alone hardly draws", main.chance < max(settings.alpha, LEAST_CHANCE))
        )
    y = c.values(m.outcome)
    if m.outcome in settings.binary and np.isnan(y[c.in_d]).any():
        bad = 0.0 if m.better == "higher" else 1.0
        worst = c.with_value(m.outcome, np.where(np.isnan(y), np.where(c.arm == 1, bad, 1 - bad), y))
        low = (
            worst.effect(m).good(m.better)[1] > 0
            if m.margin is None
            else against_margin(m, worst, c.differ / c.customers).holds
        )
        requirements.append(("whatever became of those who aren't known", low))
    return tuple(requirements)


def _checks(c: _Customers) -> Iterator[Check]:
    settings, differ, in_d = c.settings, c.differ, c.in_d
    yield Check.of(
        "difference",
        differ > 0,
        f"{differ:,} customers have another play",
        "nobody has another play: there is nothing that could have changed",
    )
    if settings.primary.margin is not None and settings.primary.margin.unit == "cost saved":
        yield saving(c.saved)
    sizes = dict(zip((INCUMBENT, CANDIDATE), c.sizes(in_d)))
    empty = [arm for arm, n in sizes.items() if n < 2]
    message = _too_few(sizes) or "both arms have customers"
    if split := c.split(in_d):
        message = f"{split:,} clusters are in both arms: each is one unit, and gets one set of plays"
    yield Check("arms", not empty and not split, message)
    what = "clusters" if c.is_clustered else "customers"
    for name, part in (("srm", c.both), ("srm in D", in_d)):
        a, b = c.sizes(part)
        p = srm(a, b, settings.share)
        message = f"{a:,} and {b:,} {what}, {1 - settings.share:.0%} and {settings.share:.0%} planned"
        problem = f"{message}: chance hardly gives that, so something else chose the arms"
        yield Check.of(name, p >= SRM_P, message, problem, p)
    if len(np.unique(c.stratum[in_d])) > 1:
        yield _srm_per_cell(c)
    yield from _same_days(c)
    y = c.values(settings.primary.outcome)[in_d]
    yield known(int(np.isnan(y).sum()), len(y))
    for m in settings.guardrails:
        lost = known(int(np.isnan(c.values(m.outcome)[in_d]).sum()), len(y))
        if not lost.ok:
            yield replace(lost, name=f"outcomes of {m.outcome}")
    if empty or split:
        return
    seen = y[~np.isnan(y)]
    if len(seen):
        varies = bool(seen.min() < seen.max())
        message = "the outcome varies" if varies else "the outcome is the same for everybody: nothing can be seen"
        yield Check("variance", varies, message)
    for m in (settings.primary, *settings.guardrails):
        if m.per is not None and any(not np.nansum(c.values(m.per)[in_d & (c.arm == side)]) > 0 for side in (0, 1)):
            yield Check(f"per {m.per}", False, f"`{m.per}` adds up to nothing in an arm: nothing can be counted per it")
    yield from _placebo(c)
    yield from _balance(c)


def saving(saved: float) -> Check:
    """Check that the candidate's plays cost less; `saved` is per customer of D."""
    return Check.of(
        "cost saved",
        saved > 0,
        f"the candidate's plays cost {saved:,.2f} less per customer whose play differs",
        "the candidate's plays cost no less: nothing is saved that would pay for a loss",
    )


def _too_few(sizes: Mapping[str, int]) -> str:
    """Sentence on arms with fewer than two units; "" where none has."""
    few = [f"the {arm}'s arm {'has one customer' if n else 'is empty'}" for arm, n in sizes.items() if n < 2]
    return f"{' and '.join(few)}: at least two of each are needed to see how much they differ" if few else ""


def _means_nothing(g: MarginResult) -> str:
    """Reason why a margin constrains nothing; "" where it does.

    A margin larger than the outcome must be shown by the incumbent's arm at the level of all checks, since few events
    among few customers may be chance.
    """
    if not g.can_fail:
        return (
            f"`{g.measure.outcome}` can't get worse by its margin: those with another play have too little of it, "
            "whatever their plays do. A margin `in D` is about them alone"
        )
    arm = g.effect.incumbent
    bad, what = (arm.mean, "have") if g.measure.better == "lower" else (1 - arm.mean, "be without")
    if g.effect.is_share and float(stats.binom.cdf(round(bad * arm.n), arm.n, min(g.margin, 1.0))) < SRM_P:
        return (
            f"the margin of `{g.measure.outcome}` is larger than what it is about: more than twice as many could "
            f"{what} it, {bad + g.margin:.1%} instead of {bad:.1%}, and it would be kept"
        )
    return ""


def _adjusting(c: _Customers, main: Effect) -> Iterator[str]:
    """Notes where the covariate does less than declared."""
    name = c.settings.adjust
    if name is None:
        return
    values = c.values(name)[c.in_d]
    unknown = float(np.isnan(values).mean())
    if unknown == 1:
        yield f"`{name}` is known of nobody: nothing is adjusted for"
    elif main.method.startswith(SCORE):
        yield (
            f"nothing is adjusted for `{name}`: "
            f"an arm has fewer than {FEW_EVENTS} events of a kind, and their test takes no covariate"
        )
    elif np.nanmin(values) == np.nanmax(values):
        yield f"`{name}` is the same for everybody: nothing is adjusted for"
    elif unknown:
        yield (
            f"`{name}` isn't known of {unknown:.1%} of those with another play: "
            "they count as average ones, and less is gained by adjusting"
        )


def _placebo(c: _Customers) -> Iterator[Check]:
    """Check the customers whose play is the same in both arms."""
    primary, settings = replace(c.settings.primary, per=None), replace(c.settings, adjust=None)
    units = c.units(c.both & ~c.differs, primary, settings, stratified=False)
    good = "those with the same play fare alike in both arms"
    bad = "those with the same play fare differently in the two arms: something else differs"
    yield from _check_alike(c, "placebo", units, good, bad)


def _balance(c: _Customers) -> Iterator[Check]:
    """Check the covariate, which was measured before entering."""
    name = c.settings.adjust
    if name is None or c.split(c.both):
        return
    units = c.units(c.both, Measure(name, "higher"), replace(c.settings, adjust=None))
    bad = (
        f"`{name}` differs between the arms already before their plays: "
        "chance hardly gives that, so something else chose the arms"
    )
    yield from _check_alike(c, "balance", units, f"both arms had alike of `{name}` before", bad)


def _check_alike(c: _Customers, name: str, units: Units, good: str, bad: str) -> Iterator[Check]:
    """Check that a value no play can have changed is distributed alike; nothing where an arm has fewer than two units."""
    if min(np.count_nonzero(units.arm), np.count_nonzero(~units.arm)) >= 2:
        p = drawn_alike(units, c.settings.seed)
        yield Check(name, p >= SRM_P, good if p >= SRM_P else bad, p)


def _srm_per_cell(c: _Customers) -> Check:
    """Worst sample ratio mismatch over cells and their weeks, with Bonferroni."""
    parts = {str(name): c.table.blocks == name for name in np.unique(c.table.blocks[c.in_d])}
    parts |= {str(name): c.table.strata == name for name in np.unique(c.table.strata[c.in_d])}
    sizes = {name: c.sizes(c.in_d & part) for name, part in parts.items()}
    worst = min(sizes, key=lambda name: srm(*sizes[name], c.settings.share))
    p = min(1.0, srm(*sizes[worst], c.settings.share) * len(sizes))
    what = "cells" if set(c.table.strata) == set(c.table.blocks) else "cells and weeks of cells"
    message = f"in each of {len(sizes)} {what} the arms are as large as planned"
    if p < SRM_P:
        a, b = sizes[worst]
        message = f"{a:,} and {b:,} in the cell {worst}: chance hardly gives that, so something else chose the arms"
    return Check("srm per cell", p >= SRM_P, message, p)


def _same_days(c: _Customers) -> Iterator[Check]:
    """Check that units entered both arms on the same days, each by its first; nothing where an arm is empty or days are
    unknown.
    """
    import pandas as pd

    is_dated = c.both & (c.table.days.to_numpy(object) != "")
    days = [date.fromisoformat(day).toordinal() for day in c.table.days[is_dated]]
    came = pd.DataFrame({"day": days, "unit": c.cluster[is_dated], "arm": c.arm[is_dated]})
    firsts = came.groupby(["arm", "unit"])["day"].min()
    day, arm = firsts.to_numpy(np.int64), firsts.index.get_level_values("arm").to_numpy() == 1
    if not arm.any() or arm.all():
        return
    p = on_same_days(day, arm)
    message = "customers came into both arms on the same days"
    if p < SRM_P:
        message = (
            f"the arms ran at different times: the incumbent's {_when(day[~arm])}; the candidate's {_when(day[arm])}. "
            "What else changed then can't be told from what the plays did: compare days on which chance put customers "
            "into both arms by one share, each row with the day its customer really came in"
        )
    yield Check("same days", p >= SRM_P, message, p)


def _when(days: npt.NDArray[np.int64]) -> str:
    """Words for first day, last day and median day."""
    first, half, last = (date.fromordinal(int(d)) for d in np.quantile(days, [0, 0.5, 1], method="higher"))
    return f"all on {first}" if first == last else f"from {first} to {last}, half of it by {half}"


def _delivered(c: _Customers, main: Effect) -> Delivery | None:
    settings, in_d = c.settings, c.in_d
    if settings.delivery is None or np.isnan(c.values(settings.delivery)[in_d]).all():
        return None
    plain = replace(settings, adjust=None, winsorise=None)
    uptake = effect(c.units(in_d, Measure(settings.delivery, "higher"), plain), settings.alpha, tested=False)
    cells = c.table.where(in_d & (c.arm == 1)).mean_by_cell(settings.delivery)
    ratio = None
    if uptake.estimate and abs(uptake.estimate) > 2 * uptake.se:
        late = main.estimate / uptake.estimate
        shifted = c.values(settings.primary.outcome) - late * c.values(settings.delivery)
        residual = effect(c.units(in_d, settings.primary, settings, shifted), settings.alpha, tested=False)
        low, high, _ = interval(late, residual.se / abs(uptake.estimate), residual.dof, settings.alpha)
        ratio = (late, low, high)
    return Delivery(uptake.incumbent.mean, uptake.candidate.mean, cells, ratio)


def _worth(c: _Customers, main: Effect) -> Worth | None:
    """Worth of one unit times the change per customer; for a ratio the numerator, not the ratio."""
    primary = c.settings.primary
    if primary.worth is None:
        return None
    each, currency = float(primary.worth[0]), primary.worth[1]
    if primary.per is not None:
        main = c.effect(replace(primary, per=None))
    estimate, low, high = main.good(primary.better)
    cost = float(c.table.costs[c.in_d].mean())
    break_even = cost / estimate if estimate > 0 else None
    return Worth(currency, each, (each * estimate, each * low, each * high), cost, break_even)


def _cells(c: _Customers) -> ByCell | None:
    cell_of, names = _numbered(c.table.cells, sort=True)
    if len(names) < 2:
        return None
    primary, settings = c.settings.primary, c.settings
    units_by_cell = [
        (str(n), c.units(c.in_d & (cell_of == i), primary, settings, stratified=False)) for i, n in enumerate(names)
    ]
    return by_cell(units_by_cell, settings.alpha)
