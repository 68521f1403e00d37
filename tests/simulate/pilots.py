"""Pilots and replays whose truth is known -> what is said of them: customers are drawn anew, arms too, in blocks where it says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from segdsl.experiment.pilot import looks, replay, results
from segdsl.experiment.pilot.effect import Units, effect
from segdsl.experiment.pilot.randomise import PER_BLOCK, in_blocks
from segdsl.experiment.pilot.results import Settings
from segdsl.experiment.shared.customers import CANDIDATE, INCUMBENT, Customers, PlayLog, TwoArms
from segdsl.experiment.shared.sample_size import units_per_arm
from segdsl.model.experiment import Measure, Size
from tests.simulate.worlds import Rng, Said

Once = Callable[[Rng], Said]
YES = Settings(Measure("y", "higher"), binary=frozenset({"y"}))
NUMBER = Settings(Measure("y", "higher"))


def blocks(rng: Rng, strata: Any) -> Any:
    """Permuted blocks within strata, as `randomise.in_blocks` fills them, but without a hash for each; `by_the_command` calls that one."""
    arm = np.empty(len(strata), bool)
    for s in np.unique(strata):
        own = np.flatnonzero(strata == s)
        size = 2 * PER_BLOCK
        slots = np.concatenate([rng.permutation(np.arange(size) % 2 == 1) for _ in range(-(-len(own) // size))])
        arm[rng.permutation(own)] = slots[: len(own)]
    return arm


def table(
    y: Any, arm: Any, *, stratum: Any = "", cluster: Any = None, differs: Any = True, cell: Any = "", **more: Any
) -> TwoArms:
    clusters = np.arange(len(y)) if cluster is None else cluster
    return TwoArms.from_customers(
        Customers.of(pd.DataFrame({"y": y, **more}), clusters=clusters),
        arms=np.where(arm, CANDIDATE, INCUMBENT), differ=differs, strata=stratum, cells=cell,
    )  # fmt: skip


def judged(customers: TwoArms, asked: Settings, truth: float, rng: Rng, designed: float = 0.0) -> Said:
    found = results.judge(customers, replace(asked, seed=int(rng.integers(2**31))))
    return said(found, truth, designed)


def said(found: results.PilotJudgement, truth: float, designed: float = 0.0) -> Said:
    e = found.primary
    if e is None:
        return Said(str(found.verdict), False, 1.0, 0.0, truth, designed)
    return Said(str(found.verdict), bool(e.low <= truth <= e.high), e.p, e.estimate, truth, designed)


def plain(e: Any, truth: float, designed: float = 0.0) -> Said:
    """Of an effect alone."""
    word = "PROMOTE" if e.low > 0 else "KEEP"
    return Said(word, bool(e.low <= truth <= e.high), e.p, e.estimate, truth, designed)


def units(y: Any, arm: Any, **more: Any) -> Units:
    given = {"x": np.ones(len(y)), "stratum": np.zeros(len(y), np.int64), "customers": np.ones(len(y))}
    return Units(arm, y.astype(float), **(given | more))


# -- shares ----------------------------------------------------------------------------


def shares(n: int, rate: float, lift: float = 0.0, designed: bool = False) -> Once:
    """A yes or no, `n` an arm."""

    def once(rng: Rng) -> Said:
        arm = blocks(rng, np.zeros(2 * n))
        y = (rng.random(2 * n) < rate + lift * arm).astype(float)
        power = (
            stats.norm.cdf(lift / np.sqrt((rate * (1 - rate) + (rate + lift) * (1 - rate - lift)) / n) - 1.959964)
            if designed
            else 0.0
        )
        return judged(table(y, arm), YES, lift, rng, float(power))

    return once


def by_the_command(n: int = 100, lift: float = 0.0) -> Once:
    """Arms as the command draws them, by the hash of seed and customer, in two cells."""

    def once(rng: Rng) -> Said:
        seed, cells = str(rng.integers(2**63)), rng.integers(0, 2, 2 * n)
        arm_of: dict[str, str] = {}
        for c in (0, 1):
            arm_of |= in_blocks(seed, str(c), [f"u{i}" for i in np.flatnonzero(cells == c)], {}, (INCUMBENT, CANDIDATE))
        arm = np.array([arm_of[f"u{i}"] == CANDIDATE for i in range(2 * n)])
        y = (rng.random(2 * n) < np.array([0.2, 0.5])[cells] + lift * arm).astype(float)
        return judged(table(y, arm, stratum=cells.astype(str)), YES, lift, rng)

    return once


def few(n: int, rate: float, times: float = 4.5, welch: bool = False) -> Once:
    """So few that Welch's interval is too short."""

    def once(rng: Rng) -> Said:
        arm = blocks(rng, np.zeros(2 * n))
        y = (rng.random(2 * n) < np.where(arm, times * rate, rate)).astype(float)
        return plain(effect(units(y, arm, is_share=not welch), 0.05, tested=False), (times - 1) * rate)

    return once


def strata(
    n: int = 600, rates: Sequence[float] = (0.02, 0.1, 0.3, 0.6), lift: float = 0.0, pooled: bool = False
) -> Once:
    """Cells that differ much, arms drawn within each. `pooled` forgets the cells: Welch of all."""

    def once(rng: Rng) -> Said:
        s = rng.integers(0, len(rates), n)
        arm = blocks(rng, s)
        y = (rng.random(n) < np.array(rates)[s] + lift * arm).astype(float)
        own = np.zeros(n, np.int64) if pooled else s
        return (
            plain(effect(units(y, arm, stratum=own), 0.05), lift)
            if pooled
            else judged(table(y, arm, stratum=s.astype(str)), YES, lift, rng)
        )

    return once


def rerandomised(n: int = 400) -> Once:
    """The same customers with the same two outcomes, arms drawn anew: those who respond vary, so intervals cover more."""
    fixed = np.random.default_rng(0)
    before = fixed.normal(0, 1, n)
    after = before + fixed.normal(0.2, 1, n)

    def once(rng: Rng) -> Said:
        arm = blocks(rng, np.zeros(n))
        return judged(table(np.where(arm, after, before), arm), NUMBER, float((after - before).mean()), rng)

    return once


def simpson(n: int = 2_000, kept: bool = True) -> Once:
    """Half of the base gets the candidate with one in four, half with three in four; nothing helps. Forgotten, the halves pass for an effect."""

    def once(rng: Rng) -> Said:
        half = np.arange(n) % 2
        arm = rng.random(n) < np.where(half, 0.75, 0.25)
        y = (rng.random(n) < np.where(half, 0.4, 0.2)).astype(float)
        return plain(effect(units(y, arm, stratum=half if kept else np.zeros(n, np.int64)), 0.05), 0.0)

    return once


# -- numbers ---------------------------------------------------------------------------


def money(n: int, lift: float = 0.0, winsorise: float | None = 0.99) -> Once:
    """Most spend nothing, few much."""

    def once(rng: Rng) -> Said:
        arm = blocks(rng, np.zeros(2 * n))
        y = (rng.random(2 * n) < 0.4) * rng.lognormal(3, 1.2, 2 * n) * (1 + lift * arm)
        return judged(table(y, arm), replace(NUMBER, winsorise=winsorise), 0.0, rng)

    return once


def outlier(n: int = 400, winsorise: float | None = 0.99) -> Once:
    """A gain that is there, and one customer a thousand times the others in the incumbent's arm."""

    def once(rng: Rng) -> Said:
        arm = blocks(rng, np.zeros(2 * n))
        y = rng.normal(10 + 0.6 * arm, 2, 2 * n)
        y[np.flatnonzero(~arm)[0]] = 10_000
        return judged(table(y, arm), replace(NUMBER, winsorise=winsorise), 0.6, rng)

    return once


def adjusted(n: int, rho: float = 0.7, lift: float = 0.0, designed: bool = False) -> Once:
    """Before and after go together by rho; the power is that of `design` for it."""

    def once(rng: Rng) -> Said:
        arm = blocks(rng, np.zeros(2 * n))
        before = rng.normal(0, 1, 2 * n)
        y = rho * before + np.sqrt(1 - rho**2) * rng.normal(0, 1, 2 * n) + lift * arm
        power = stats.norm.cdf(lift / np.sqrt(2 * (1 - rho**2) / n) - 1.959964) if designed else 0.0
        return judged(table(y, arm, before=before), replace(NUMBER, adjust="before"), lift, rng, float(power))

    return once


def ratio(n: int = 300, lift: float = 0.0) -> Once:
    """Net revenue per starting revenue: sizes that differ much, and big customers change less."""

    def once(rng: Rng) -> Said:
        arm = blocks(rng, np.zeros(2 * n))
        x = rng.lognormal(3, 1, 2 * n)
        y = x * (1 + rng.normal(lift * arm, 0.3)) + rng.normal(0, 2, 2 * n)
        return judged(table(y, arm, x=x), replace(NUMBER, primary=Measure("y", "higher", per="x")), lift, rng)

    return once


def regression_to_the_mean(n: int = 300) -> Once:
    """Those whose last quarter was the worst: all do better later, in both arms. Before and after is never an effect."""

    def once(rng: Rng) -> Said:
        usual = rng.normal(0, 1, 8 * n)
        before = usual + rng.normal(0, 1, 8 * n)
        worst = np.argsort(before)[: 2 * n]
        arm = blocks(rng, np.zeros(2 * n))
        y = usual[worst] + rng.normal(0, 1, 2 * n)
        assert y.mean() > before[worst].mean()
        return judged(table(y, arm, before=before[worst]), replace(NUMBER, adjust="before"), 0.0, rng)

    return once


# -- clusters --------------------------------------------------------------------------


def families(parents: int = 60, m: int = 10, icc: float = 0.1, ignored: bool = False, lift: float = 0.0) -> Once:
    """Parents are drawn, accounts of one hang together."""

    def once(rng: Rng) -> Said:
        mine = np.repeat(np.arange(parents), m)
        drawn = blocks(rng, np.zeros(parents))
        y = (
            rng.normal(0, np.sqrt(icc), parents)[mine]
            + rng.normal(0, np.sqrt(1 - icc), parents * m)
            + lift * drawn[mine]
        )
        return judged(table(y, drawn[mine], cluster=None if ignored else mine), NUMBER, lift, rng)

    return once


def unequal(parents: int = 80) -> Once:
    """Parents of 1 to 30 accounts, in strata by size, the large ones with another mean."""

    def once(rng: Rng) -> Said:
        sizes = np.clip(rng.geometric(0.15, parents), 1, 30)
        band = np.floor(np.log2(sizes)).astype(int)
        drawn = blocks(rng, band)
        mine = np.repeat(np.arange(parents), sizes)
        y = 0.05 * sizes[mine] + rng.normal(0, 0.4, parents)[mine] + rng.normal(0, 1, len(mine))
        return judged(table(y, drawn[mine], cluster=mine, stratum=band[mine].astype(str)), NUMBER, 0.0, rng)

    return once


# -- dilution --------------------------------------------------------------------------

LIFT_IN_D, D = 0.05, 0.2


def of_those_who_differ(whole: bool) -> Once:
    """A tenth stays; among the fifth whose play differs it is five points more. The whole base needs 28,256 customers for the power that
    a 25th of them has (d^2), drawn from those who differ."""
    n = units_per_arm(LIFT_IN_D * D, 0.09, 0.09) if whole else units_per_arm(LIFT_IN_D, 0.09, 0.09)

    def once(rng: Rng) -> Said:
        differs = rng.random(2 * n) < D if whole else np.ones(2 * n, bool)
        arm = np.arange(2 * n) % 2 == 1
        y = rng.normal(0.1 + LIFT_IN_D * (arm & differs), 0.3)  # as wide as a tenth's yes or no, in both arms
        return plain(effect(units(y, arm), 0.05), LIFT_IN_D * (D if whole else 1), 0.8)

    return once


# -- looks -----------------------------------------------------------------------------


def looked(count: int, kind: str, n: int = 50, lift: float = 0.0) -> Once:
    """`n` an arm more at each look. `kind`: registered, unregistered or any day; what crosses first ends it."""
    sizes = tuple(float(2 * n * (i + 1)) for i in range(count))
    asked = {
        "registered": looks.boundaries(sizes, tuple(s / sizes[-1] for s in sizes)), "unregistered": (1.959964,) * count,
        "any day": tuple(looks.always(s, sizes[-1]) for s in sizes),
    }[kind]  # fmt: skip

    def once(rng: Rng) -> Said:
        arm = np.concatenate([blocks(rng, np.zeros(2 * n)) for _ in range(count)])
        y = rng.normal(lift * arm, 1)
        covers, word, estimate, p = True, "KEEP", 0.0, 1.0
        for size, z in zip(sizes, asked):
            e = effect(units(y[: int(size)], arm[: int(size)]), looks.level(z), tested=False)
            covers, estimate = covers and e.low <= lift <= e.high, e.estimate
            if e.low > 0 or e.high < 0:
                word, p = ("PROMOTE" if e.low > 0 else "KEEP"), 0.0
                break
        return Said(word, bool(covers), p, estimate, lift, 0.8 if lift else 0.0)

    return once


def planned(count: int, kind: str) -> Once:
    """As many as the design asks for, its inflation in: the power is 80 %."""
    lift = 0.2
    single = units_per_arm(lift, 1.0, 1.0)
    factor = (
        looks.inflation([(i + 1) / count for i in range(count)], 0.05, 0.8)
        if kind == "registered"
        else looks.inflation_always(0.05, 0.8)
    )
    return looked(count, kind, int(np.ceil(single * factor / count)), lift)


# -- what arrives, what is lost, what is asked beside ----------------------------------


def half_delivered(n: int = 1_000, complier: bool = False) -> Once:
    """Six in ten get the call; it helps them by .3. By the arm drawn that is .18; among those reached .3."""

    def once(rng: Rng) -> Said:
        arm = blocks(rng, np.zeros(2 * n))
        would = rng.random(2 * n) < 0.6
        got = (arm & would).astype(float)
        y = rng.normal(0.5 * would + 0.3 * got, 1)
        found = results.judge(table(y, arm, got=got), replace(NUMBER, delivery="got"))
        if not complier:
            return said(found, 0.18)
        assert found.delivered is not None and found.primary is not None and found.delivered.effect is not None
        late, low, high = found.delivered.effect
        return Said(str(found.verdict), bool(low <= 0.3 <= high), found.primary.p, late, 0.3)

    return once


def lost(n: int = 2_000, share: float = 0.25, as_zero: bool = False) -> Once:
    """Of those who fare badly with the candidate some vanish, rows and all: then sizes don't fit. Or their outcome alone is missing: taken for
    a no that didn't happen, it would be a gain."""

    def once(rng: Rng) -> Said:
        arm = blocks(rng, np.zeros(2 * n))
        y = (rng.random(2 * n) < 0.3).astype(float)
        gone = arm & (y == 0) & (rng.random(2 * n) < share)
        if as_zero:
            return judged(table(np.where(gone, np.nan, y), arm), YES, 0.0, rng)
        return judged(table(y[~gone], arm[~gone]), YES, 0.0, rng)

    return once


def few_lost(n: int = 2_000) -> Once:
    """Fewer than one in a hundred is missing, all of them bad ones of the candidate's arm: it has to stand whatever became of them."""

    def once(rng: Rng) -> Said:
        arm = blocks(rng, np.zeros(2 * n))
        y = (rng.random(2 * n) < 0.04).astype(float)
        bad = np.flatnonzero(arm & (y == 1))
        y[rng.permutation(bad)[: int(0.009 * 2 * n)]] = np.nan
        return judged(table(y, arm), replace(YES, primary=Measure("y", "lower")), 0.0, rng)

    return once


def guarded(n: int = 2_000, relative: bool = False) -> Once:
    """The primary is better, the guardrail worse by just its margin: letting it pass is the error."""
    margin = Size(value=_fraction(0.1), unit="share") if relative else Size(value=_fraction(0.02), unit="points")
    asked = replace(YES, binary=frozenset({"y", "g"}), guardrails=(Measure("g", "higher", margin=margin),))

    def once(rng: Rng) -> Said:
        arm = blocks(rng, np.zeros(2 * n))
        y = (rng.random(2 * n) < 0.2 + 0.1 * arm).astype(float)
        worse = 0.2 * (0.9 if relative else 1.0) - (0.0 if relative else 0.02)
        g = (rng.random(2 * n) < np.where(arm, worse, 0.2)).astype(float)
        found = results.judge(table(y, arm, g=g), asked)
        held = bool(found.guardrails and found.guardrails[0].holds)
        return Said("PROMOTE" if held else "KEEP", True, 1.0, 0.0, 0.0)

    return once


def near_zero(n: int = 2_000) -> Once:
    """A relative margin on a base near 0: its own error is in it."""
    asked = replace(
        YES, binary=frozenset({"y", "g"}), guardrails=(Measure("g", "lower", margin=Size(_fraction(0.5), "share")),)
    )

    def once(rng: Rng) -> Said:
        arm = blocks(rng, np.zeros(2 * n))
        y = (rng.random(2 * n) < 0.2).astype(float)
        g = (rng.random(2 * n) < np.where(arm, 0.006, 0.004)).astype(float)
        found = results.judge(table(y, arm, g=g), asked)
        return Said("PROMOTE" if found.guardrails and found.guardrails[0].holds else "KEEP", True, 1.0, 0.0, 0.0)

    return once


def sign(n: int = 300, after: bool = False) -> Once:
    """Nothing helps. `after`: whoever picks the good side once the data is seen is right twice as often."""

    def once(rng: Rng) -> Said:
        arm = blocks(rng, np.zeros(2 * n))
        y = rng.normal(0, 1, 2 * n)
        better = "higher" if not after or y[arm].mean() > y[~arm].mean() else "lower"
        return judged(table(y, arm), replace(NUMBER, primary=Measure("y", better)), 0.0, rng)  # type: ignore[arg-type]

    return once


def selected(n: int = 1_000, when: str = "before") -> Once:
    """A play brings more of the weak to stay and to answer, and does nothing to what anybody spends. Whom to count is known `before`; those who
    answered, or are still there `after`, are others in the two arms."""

    def once(rng: Rng) -> Said:
        arm = blocks(rng, np.zeros(2 * n))
        strength = rng.normal(0, 1, 2 * n)
        y = strength + rng.normal(0, 1, 2 * n)
        cut = {"before": strength, "answered": strength + 0.7 * arm, "stayed": strength + 0.7 * arm + 1.0}[when]
        counted = cut + rng.normal(0, 0.5, 2 * n) > 0.5
        e = effect(units(y[counted], arm[counted]), 0.05)
        return plain(e, 0.0)

    return once


def overlapping(n: int = 400, shared: bool = False) -> Once:
    """Another pilot helps those in its arm by .5. With arms of its own it is noise; with the same seed it passes for this one's effect."""

    def once(rng: Rng) -> Said:
        arm = blocks(rng, np.zeros(2 * n))
        other = arm if shared else blocks(rng, np.zeros(2 * n))
        return judged(table(rng.normal(0.5 * other, 1), arm), NUMBER, 0.0, rng)

    return once


def many_cells(n: int = 1_200, cells: int = 20) -> Once:
    """Nothing helps anybody; of twenty cells one may seem to differ. Counted: whether one is called so."""

    def once(rng: Rng) -> Said:
        cell = rng.integers(0, cells, n)
        arm = blocks(rng, cell)
        found = results.judge(table(rng.normal(0, 1, n), arm, stratum=cell.astype(str), cell=cell.astype(str)), NUMBER)
        called = found.cells is not None and any(c.is_significant for c in found.cells.cells)
        return Said(str(found.verdict), True, 0.0 if called else 1.0, 0.0, 0.0)

    return once


def candidates(count: int = 3, n: int = 200, together: bool = True) -> Once:
    """Several candidates of nothing against one incumbent, by Holm or each alone: whether one is promoted."""
    from segdsl.experiment.shared import gain

    def once(rng: Rng) -> Said:
        arm = rng.permutation(np.arange((count + 1) * n) % (count + 1))
        y = rng.normal(0, 1, len(arm))
        pairs = {str(k): (y[(arm == 0) | (arm == k)], arm[(arm == 0) | (arm == k)] == k) for k in range(1, count + 1)}
        first = {k: effect(units(*pair), 0.05) for k, pair in pairs.items()}
        levels = gain.holm({k: e.p for k, e in first.items()}, 0.05) if together else dict.fromkeys(pairs, 0.05)
        best = any(levels[k] > 0 and effect(units(*pair), levels[k]).low > 0 for k, pair in pairs.items())
        return Said("PROMOTE" if best else "KEEP", True, 1.0, 0.0, 0.0)

    return once


# -- replay ----------------------------------------------------------------------------


def play_log(y: Any, got: Any, chances: Any, folds: Any, cells: Any = "") -> PlayLog:
    """All differ; each customer is in it once."""
    return PlayLog.from_customers(
        Customers.of(pd.DataFrame({"y": y}), clusters=np.arange(len(y))),
        actual=np.where(got, "new", "old"), chances=chances, first="old", second="new", cells=cells, folds=folds,
    )  # fmt: skip


def replayed(n: int, chance: float, lift: float = 0.0, rate: float = 0.3, robust: bool = False) -> Once:
    """A log in which the candidate's play was given with `chance`, the incumbent's otherwise; all differ, in five places that
    matter."""

    def once(rng: Rng) -> Said:
        place = rng.integers(0, 5, n)
        base = rate + 0.1 * (place - 2) / 2
        got = rng.random(n) < chance
        y = (rng.random(n) < base + lift * got).astype(float)
        found = replay.judge(
            play_log(y, got, np.where(got, chance, 1 - chance), rng.integers(0, 5, n), place.astype(str)), YES
        )
        e = found.robust if robust else found.piloted.primary
        if e is None:
            return said(found.piloted, lift)
        return Said(str(found.piloted.verdict), bool(e.low <= lift <= e.high), e.p, e.estimate, lift)

    return once


def _fraction(value: float) -> Any:
    from fractions import Fraction

    return Fraction(str(value))


def chosen(n: int = 4_000, count: int = 10, honest: bool = True) -> Once:
    """Ten candidates of nothing, the best of them on one half of the log; judged by the other half, or by the same."""

    def once(rng: Rng) -> Said:
        got = rng.random(n) < 0.5
        y = (rng.random(n) < 0.3).astype(float)
        half = rng.random(n) < 0.5
        learn, judge = (half, ~half) if honest else (half, half)
        member = rng.random((count, n)) < 0.3
        best = max(range(count), key=lambda c: y[learn & member[c] & got].mean() - y[learn & member[c] & ~got].mean())
        own = judge & member[best]
        log = play_log(y[own], got[own], 0.5, rng.integers(0, 5, int(own.sum())))
        return said(replay.judge(log, YES).piloted, 0.0)

    return once


def days(n: int = 600, count: int = 3) -> Once:
    """The same customers on several days of a log, and what becomes of one hangs together: each is one unit."""

    def once(rng: Rng) -> Said:
        usual = rng.normal(0, 1, n)
        logs = []
        for _ in range(count):
            got = rng.random(n) < 0.5
            logs.append(play_log(usual + rng.normal(0, 1, n), got, 0.5, np.arange(n) % 5))
        return said(replay.judge(PlayLog.together(logs), NUMBER).piloted, 0.0)

    return once
