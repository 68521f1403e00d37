"""Customers in two arms by chance, and what happened to them -> what the candidate's plays did, and whether it can be believed.

Only those whose play differs can be changed by it: the effect is asked among them (D), and on the whole base it is d times
as large, d being their share (D. Simester, A. Timoshenko, S. I. Zoumpoulis, Management Science 66, 2020). The others are the
placebo: between their arms nothing may differ. Everybody counts for the arm drawn, whatever arrived (intention to treat).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import stats

from segdsl.experiment.by_cell import ByCell, by_cell
from segdsl.experiment.decide import Check, Evidence, Facts, Verdict, decide
from segdsl.experiment.decide import outcomes as known
from segdsl.experiment.effect import Array, Effect, Units, effect, interval, winsorised
from segdsl.model.experiment import Measure, Size

if TYPE_CHECKING:
    import pandas as pd

SRM_P = 0.001
EXACT = 1_000  # units below which the test of the arms' sizes is exact
INCUMBENT, CANDIDATE = "incumbent", "candidate"
# columns of the customers beside their outcomes; no rule is called so
ARM, DIFFERS, CLUSTER, STRATUM, CELL, COST = "?arm", "?differs", "?cluster", "?stratum", "?cell", "?cost"


@dataclass(frozen=True)
class Asked:
    """What is judged, and how: `binary` are the outcomes that are a yes or no, `share` of the units in both arms the candidate's was to
    have, `alpha` the two-sided error of this look. `adjust` and `delivery` name columns. Draws of a randomisation test begin
    at `seed`."""

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
class Guarded:
    """A guardrail: what happened to it, the most it may be worse by among those who differ, whether it is shown not to be worse
    by as much, and whether it is shown to be worse at all."""

    measure: Measure
    effect: Effect
    margin: float
    holds: bool
    harmed: bool


@dataclass(frozen=True, slots=True)
class Delivered:
    """To which share of each arm the candidate's play arrived; and, where it makes a difference, the effect on those to whom it did so because
    of their arm (complier average causal effect: J. D. Angrist, G. W. Imbens, D. B. Rubin, JASA 91, 1996): description."""

    incumbent: float
    candidate: float
    by_cell: tuple[tuple[str, float], ...]
    effect: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Worth:
    """Per customer whose play differs: what the change is worth (estimate and interval), what its plays cost more, and how much one unit of
    the outcome has to be worth to pay for them; None where it is no better."""

    currency: str
    each: float
    gained: tuple[float, float, float]
    cost: float
    break_even: float | None


@dataclass(frozen=True)
class Piloted:
    """`customers` are all who are inside of both, `differ` those with another play; the primary and guardrails are None where a
    check fails. `detect` is the registered effect among those who differ, where there is one; `needed` what a better candidate
    has to show beside, `alpha` the two-sided error that this look had."""

    verdict: Verdict
    checks: tuple[Check, ...]
    customers: int
    differ: int
    primary: Effect | None
    detect: float | None
    guardrails: tuple[Guarded, ...] = ()
    needed: tuple[tuple[str, bool], ...] = ()
    alpha: float = 0.05
    delivered: Delivered | None = None
    worth: Worth | None = None
    cells: ByCell | None = None

    @property
    def d(self) -> float:
        return self.differ / self.customers if self.customers else 0.0


def judge(
    customers: pd.DataFrame,
    asked: Asked,
    of: tuple[int, int] | None = None,
    checks: tuple[Check, ...] = (),
    looks_left: int = 0,
) -> Piloted:
    """`customers` have a row each, of the two arms and of neither, inside of both rules. `of` are all customers and those who differ, where
    these aren't all. Checks that failed before are in `checks`."""
    in_d = customers[customers[DIFFERS].to_numpy(bool) & customers[ARM].isin([INCUMBENT, CANDIDATE]).to_numpy()]
    total, differ = of if of is not None else (len(customers), int(customers[DIFFERS].sum()))
    checks = (*checks, *_checks(customers, in_d, asked, differ))
    found = concluded(
        "pilot", checks, total, differ, asked.primary, asked.guardrails, asked.alpha,
        lambda m, scale: _effect(in_d, m, asked, scale), looks_left,
        lambda main: _needed(in_d, asked, main),
    )  # fmt: skip
    if found.primary is None:
        return found
    return replace(
        found, delivered=_delivered(in_d, asked, found.primary), worth=_worth(in_d, asked.primary, found.primary),
        cells=by_cell(_of_cells(in_d, asked), asked.alpha),
    )  # fmt: skip


def concluded(
    evidence: Evidence,
    checks: tuple[Check, ...],
    customers: int,
    differ: int,
    primary: Measure,
    guardrails: Sequence[Measure],
    alpha: float,
    effect_of: Callable[[Measure, float], Effect],
    looks_left: int = 0,
    needed_of: Callable[[Effect], tuple[tuple[str, bool], ...]] = lambda _: (),
) -> Piloted:
    """The verdict by the effect on each outcome (the incumbent's mean taken times a scale); without a figure where a check fails."""
    if not all(c.ok for c in checks):
        failed = ", ".join(c.name for c in checks if not c.ok)
        return Piloted(Verdict("INVALID", failed), checks, customers, differ, None, None, alpha=alpha)
    d, main = differ / customers, effect_of(primary, 1.0)
    detect = None if primary.detect is None else in_absolute(primary.detect, main, d)
    held = tuple(guarded(m, effect_of, d) for m in guardrails)
    estimate, low, high = main.good(primary.better)
    needed = needed_of(main) if low > 0 else ()
    verdict = decide(Facts(
        evidence, checks, estimate, low, high, detect or 0.0, needed, guardrails=[g.holds for g in held], harmed=any(g.harmed for g in held),
        looks_left=looks_left,
    ))  # fmt: skip
    return Piloted(verdict, checks, customers, differ, main, detect, held, needed, alpha)


def srm(incumbent: int, candidate: int, share: float) -> float:
    """p of a sample ratio mismatch: the arms' sizes against the share that the candidate's was to have. Exact below `EXACT` units,
    else Pearson's chi-square (A. Fabijan et al., Diagnosing Sample Ratio Mismatch, KDD 2019)."""
    n = incumbent + candidate
    if n < EXACT:
        return float(stats.binomtest(candidate, n, share).pvalue) if n else 1.0
    return float(stats.chisquare([incumbent, candidate], [n * (1 - share), n * share]).pvalue)


def in_absolute(size: Size, effect: Effect, d: float) -> float:
    """A registered size as an absolute one among those who differ: what is said of the whole base is theirs alone."""
    value = float(size.value) * (abs(effect.incumbent.mean) if size.unit == "share" else 1.0)
    return value if size.in_d else value / d


def guarded(m: Measure, effect_of: Callable[[Measure, float], Effect], d: float) -> Guarded:
    """Not worse by the margin, one-sided at alpha / 2: by a share of the incumbent's it is mean_B - (1 -+ share) mean_A."""
    found = effect_of(m, 1.0)
    _, low, high = found.good(m.better)
    assert m.margin is not None, "a guardrail has a margin"
    if m.margin.unit == "share":
        sign: Literal[1, -1] = 1 if m.better == "higher" else -1
        share = float(m.margin.value) / (1 if m.margin.in_d else d)
        shifted = effect_of(m, 1 - sign * share)
        holds = shifted.low > 0 if sign > 0 else shifted.high < 0
        return Guarded(m, found, share * abs(found.incumbent.mean), holds, high < 0)
    margin = in_absolute(m.margin, found, d)
    return Guarded(m, found, margin, low > -margin, high < 0)


def units(in_d: pd.DataFrame, m: Measure, asked: Asked) -> Units:
    """Of those whose outcome is known: what was randomised, each once."""
    per = m.per
    frame = in_d[in_d[m.outcome].notna() & (in_d[per].notna() if per else True)]
    y = frame[m.outcome].to_numpy(float)
    is_number = m.outcome not in asked.binary
    if asked.winsorise is not None and is_number:
        y = winsorised(y, asked.winsorise)
    x = frame[per].to_numpy(float) if per else np.ones(len(frame))
    arm = (frame[ARM] == CANDIDATE).to_numpy()
    stratum = np.unique(frame[STRATUM].to_numpy(str), return_inverse=True)[1]
    covariate = None
    if asked.adjust is not None:
        c = frame[asked.adjust].to_numpy(float)
        covariate = np.where(np.isnan(c), np.nanmean(c) if not np.isnan(c).all() else 0.0, c)
    _, own = np.unique(frame[CLUSTER].to_numpy(str), return_inverse=True)
    count = int(own.max()) + 1 if len(own) else 0
    if count == len(frame):
        return Units(arm, y, x, stratum, np.ones(len(frame)), covariate, not is_number and per is None)
    first = np.unique(own, return_index=True)[1]

    def total(v: Array) -> Array:
        return np.bincount(own, v, count).astype(np.float64)

    return Units(
        arm[first], total(y), total(x), stratum[first], total(np.ones(len(frame))), None if covariate is None else total(covariate)
    )  # fmt: skip


# -- parts -----------------------------------------------------------------------------


def _effect(in_d: pd.DataFrame, m: Measure, asked: Asked, scale: float) -> Effect:
    found = effect(units(in_d, m, asked), asked.alpha, scale, asked.seed)
    if asked.winsorise is None or m.outcome in asked.binary or scale != 1:
        return found
    return replace(found, plain=effect(units(in_d, m, replace(asked, winsorise=None)), asked.alpha, 1.0, asked.seed))


def _needed(in_d: pd.DataFrame, asked: Asked, main: Effect) -> tuple[tuple[str, bool], ...]:
    """What a better candidate has to show beside its interval."""
    found = []
    if main.chance is not None:
        found.append(("a difference that chance alone hardly draws", main.chance < asked.alpha))
    y = in_d[asked.primary.outcome]
    if asked.primary.outcome in asked.binary and y.isna().any():
        bad = 0.0 if asked.primary.better == "higher" else 1.0
        worst = y.where(y.notna(), np.where(in_d[ARM] == CANDIDATE, bad, 1 - bad))
        low = _effect(in_d.assign(**{asked.primary.outcome: worst}), asked.primary, asked, 1.0).good(
            asked.primary.better
        )[1]
        found.append(("whatever became of those who aren't known", low > 0))
    return tuple(found)


def _checks(customers: pd.DataFrame, in_d: pd.DataFrame, asked: Asked, differ: int) -> Iterator[Check]:
    yield Check(
        "difference",
        differ > 0,
        f"{differ:,} customers have another play"
        if differ
        else "nobody has another play: there is nothing that could have changed",
    )
    both = customers[customers[ARM].isin([INCUMBENT, CANDIDATE])]
    sizes = {arm: in_d[in_d[ARM] == arm][CLUSTER].nunique() for arm in (INCUMBENT, CANDIDATE)}
    empty = [arm for arm, n in sizes.items() if n < 2]
    said = f"the {' and the '.join(empty)}'s arm is empty" if empty else "both arms have customers"
    split = int((in_d.groupby(CLUSTER)[ARM].nunique() > 1).sum())
    if split:
        said = f"{split:,} clusters are in both arms: each is one unit, and gets one set of plays"
    yield Check("arms", not empty and not split, said)
    what = "customers" if not _is_clustered(both) else "clusters"
    for name, part in (("srm", both), ("srm in D", in_d)):
        a, b = (part[part[ARM] == arm][CLUSTER].nunique() for arm in (INCUMBENT, CANDIDATE))
        p = srm(a, b, asked.share)
        said = f"{a:,} and {b:,} {what}, {1 - asked.share:.0%} and {asked.share:.0%} planned"
        yield Check(
            name,
            p >= SRM_P,
            said if p >= SRM_P else f"{said}: chance hardly gives that, so something else chose the arms",
            p,
        )
    if in_d[STRATUM].nunique() > 1:
        yield _srm_per_cell(in_d, asked.share)
    y = in_d[asked.primary.outcome]
    yield known(int(y.isna().sum()), len(in_d))
    for m in asked.guardrails:
        lost = known(int(in_d[m.outcome].isna().sum()), len(in_d))
        if not lost.ok:
            yield replace(lost, name=f"outcomes of {m.outcome}")
    if empty or split:
        return
    varies = y.nunique() > 1
    yield Check(
        "variance",
        varies,
        "the outcome varies" if varies else "the outcome is the same for everybody: nothing can be seen",
    )
    for m in (asked.primary, *asked.guardrails):
        if m.per is not None and not (in_d[m.per].dropna() > 0).any():
            yield Check(f"per {m.per}", False, f"`{m.per}` is 0 for everybody: nothing can be counted per it")
    outside = both[~both[DIFFERS].to_numpy(bool)]
    placebo = units(outside.assign(**{STRATUM: ""}), replace(asked.primary, per=None), replace(asked, adjust=None))
    if min(np.count_nonzero(placebo.arm), np.count_nonzero(~placebo.arm)) > 1:
        found = effect(placebo, 0.05)
        p = found.p
        yield Check(
            "placebo",
            p >= SRM_P,
            "those with the same play fare alike in both arms"
            if p >= SRM_P
            else "those with the same play fare differently in the two arms: something else differs",
            p,
        )


def _srm_per_cell(in_d: pd.DataFrame, share: float) -> Check:
    """The worst of all, its p times their number (Bonferroni)."""
    worst, least = "", 1.0
    cells = in_d.drop_duplicates(CLUSTER).groupby(STRATUM)[ARM].value_counts().unstack(fill_value=0)
    for stratum, row in cells.iterrows():
        p = srm(int(row.get(INCUMBENT, 0)), int(row.get(CANDIDATE, 0)), share) * len(cells)
        if p < least:
            worst, least = f"{stratum}: {int(row.get(INCUMBENT, 0)):,} and {int(row.get(CANDIDATE, 0)):,}", p
    said = f"in each of {len(cells)} cells the arms are as large as planned"
    if least < SRM_P:
        said = f"in the cell {worst}: chance hardly gives that, so something else chose the arms"
    return Check("srm per cell", least >= SRM_P, said, least)


def _is_clustered(customers: pd.DataFrame) -> bool:
    return bool(customers[CLUSTER].nunique() < len(customers))


def _delivered(in_d: pd.DataFrame, asked: Asked, main: Effect) -> Delivered | None:
    if asked.delivery is None:
        return None
    arrived = Measure(asked.delivery, "higher")
    plain = replace(asked, adjust=None, winsorise=None)
    if in_d[asked.delivery].isna().all():
        return None
    own = units(in_d, arrived, plain)
    taken = effect(own, asked.alpha)
    treated = in_d[in_d[ARM] == CANDIDATE]
    cells = tuple((str(cell), float(rows[asked.delivery].mean())) for cell, rows in treated.groupby(CELL))
    ratio = None
    if abs(taken.estimate) > 2 * taken.se and taken.estimate:
        late = main.estimate / taken.estimate
        both = in_d[in_d[asked.delivery].notna()]
        shifted = both.assign(**{asked.primary.outcome: both[asked.primary.outcome] - late * both[asked.delivery]})
        found = effect(units(shifted, asked.primary, replace(asked, binary=frozenset())), asked.alpha)
        low, high, _ = interval(late, found.se / abs(taken.estimate), found.dof, asked.alpha)
        ratio = (late, low, high)
    return Delivered(taken.incumbent.mean, taken.candidate.mean, cells, ratio)


def _worth(in_d: pd.DataFrame, primary: Measure, main: Effect) -> Worth | None:
    if primary.worth is None:
        return None
    each, currency = float(primary.worth[0]), primary.worth[1]
    estimate, low, high = main.good(primary.better)
    cost = float(in_d[COST].mean()) if COST in in_d else 0.0
    break_even = cost / estimate if estimate > 0 else None
    return Worth(currency, each, (each * estimate, each * low, each * high), cost, break_even)


def _of_cells(in_d: pd.DataFrame, asked: Asked) -> list[tuple[str, Units]]:
    return [(str(cell), units(rows.assign(**{STRATUM: ""}), asked.primary, asked)) for cell, rows in in_d.groupby(CELL)]
