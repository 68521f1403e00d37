"""Customers in two arms by chance, and what happened to them -> what the candidate's plays did, and whether it can be believed.

Only those whose play differs can be changed by it: the effect is asked among them (D), and on the whole base it is d times
as large, d being their share (D. Simester, A. Timoshenko, S. I. Zoumpoulis, Management Science 66, 2020). Each customer's arm
is a draw of its own, so arms are compared by Welch's test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from scipy import stats

from segdsl.experiment.cells import Cell, Cells
from segdsl.experiment.decide import Check, Evidence, Facts, Verdict, decide, population
from segdsl.experiment.decide import outcomes as known
from segdsl.experiment.judge import spread
from segdsl.model.experiment import Measure, Size

SRM_P = 0.001
EXACT = 1_000  # units below which the test of the arms' sizes is exact
FEW = 30  # with fewer of either kind in an arm, shares have Newcombe's interval


@dataclass(frozen=True, slots=True)
class Arm:
    """Customers with a known outcome, its mean, and its variance (divided by n - 1)."""

    n: int
    mean: float
    variance: float


@dataclass(frozen=True, slots=True)
class Effect:
    """Candidate's mean less the incumbent's, in the outcome's own direction, among those who differ. `good` is the same with the
    sign that makes more better. `p` is of there being no difference."""

    incumbent: Arm
    candidate: Arm
    estimate: float
    low: float
    high: float
    p: float
    method: str

    def good(self, better: Literal["higher", "lower"]) -> tuple[float, float, float]:
        """Estimate, lowest and highest, where more is better."""
        return (self.estimate, self.low, self.high) if better == "higher" else (-self.estimate, -self.high, -self.low)


@dataclass(frozen=True)
class Guarded:
    """A guardrail: what happened to it, the most it may be worse by among those who differ, whether it is shown not to be worse
    by as much, and whether it is shown to be worse at all."""

    measure: Measure
    effect: Effect
    margin: float
    holds: bool
    harmed: bool


@dataclass(frozen=True)
class Piloted:
    """`customers` are all who are inside of both, `differ` those with another play; the primary and guardrails are None where a
    check fails. `detect` is the registered effect among those who differ, where there is one."""

    verdict: Verdict
    checks: tuple[Check, ...]
    customers: int
    differ: int
    primary: Effect | None
    detect: float | None
    guardrails: tuple[Guarded, ...] = ()

    @property
    def d(self) -> float:
        return self.differ / self.customers if self.customers else 0.0


Arms = Mapping[str, Cells]
"""Cells of those in the incumbent's arm, in the candidate's, and in neither, of one outcome."""
INCUMBENT, CANDIDATE = "incumbent", "candidate"


def judge(
    outcomes: Mapping[str, Arms],
    primary: Measure,
    guardrails: Sequence[Measure],
    differ: Mapping[tuple[str, str], bool],
    share: float,
    alpha: float,
    binary: Mapping[str, bool],
    checks: tuple[Check, ...] = (),
) -> Piloted:
    """`outcomes` by name; `differ` tells for a pair of places whether the play does, `share` of the candidate's arm was planned."""
    arms = outcomes[primary.outcome]
    inside = {arm: {p: c for p, c in cells.items() if None not in p} for arm, cells in arms.items()}
    in_d = {arm: {p: c for p, c in cells.items() if _differs(differ, p)} for arm, cells in inside.items()}
    customers = sum(c.n for cells in inside.values() for c in cells.values())
    differing = sum(c.n for cells in in_d.values() for c in cells.values())
    checks = (*checks, *_checks(arms, inside, in_d, share, differing))
    return concluded(
        "pilot", checks, customers, differing, primary, guardrails, alpha,
        lambda name: _effect(outcomes[name], differ, alpha, binary[name]),
    )  # fmt: skip


def concluded(
    evidence: Evidence,
    checks: tuple[Check, ...],
    customers: int,
    differ: int,
    primary: Measure,
    guardrails: Sequence[Measure],
    alpha: float,
    effect_of: Callable[[str], Effect],
) -> Piloted:
    """The verdict by the effect on each outcome; without a figure where a check fails."""  # fmt: skip
    if not all(c.ok for c in checks):
        failed = ", ".join(c.name for c in checks if not c.ok)
        return Piloted(Verdict("INVALID", failed), checks, customers, differ, None, None)
    d, main = differ / customers, effect_of(primary.outcome)
    detect = None if primary.detect is None else in_absolute(primary.detect, main, d)
    held = tuple(guarded(m, effect_of(m.outcome), d, alpha) for m in guardrails)
    estimate, low, high = main.good(primary.better)
    verdict = decide(Facts(
        evidence, checks, estimate, low, high, detect or 0.0, guardrails=[g.holds for g in held], harmed=any(g.harmed for g in held),
    ))  # fmt: skip
    return Piloted(verdict, checks, customers, differ, main, detect, held)


def srm(incumbent: int, candidate: int, share: float) -> float:
    """p of a sample ratio mismatch: the arms' sizes against the share that the candidate's was to have. Exact below `EXACT` units,
    else Pearson's chi-square (A. Fabijan et al., Diagnosing Sample Ratio Mismatch, KDD 2019)."""
    n = incumbent + candidate
    if n < EXACT:
        return float(stats.binomtest(candidate, n, share).pvalue) if n else 1.0
    return float(stats.chisquare([incumbent, candidate], [n * (1 - share), n * share]).pvalue)


def welch(a: Arm, b: Arm, alpha: float, scale: float = 1.0) -> tuple[float, float, float, float]:
    """(mean_b - scale * mean_a, its interval, p of it being 0) by B. L. Welch, Biometrika 34 (1947)."""
    difference = b.mean - scale * a.mean
    va, vb = scale**2 * a.variance / a.n, b.variance / b.n
    se = sqrt(va + vb)
    if se == 0:
        return difference, difference, difference, 1.0 if difference == 0 else 0.0
    dof = (va + vb) ** 2 / (va**2 / (a.n - 1) + vb**2 / (b.n - 1))
    half = float(stats.t.ppf(1 - alpha / 2, dof)) * se
    return difference, difference - half, difference + half, float(2 * stats.t.sf(abs(difference / se), dof))


def newcombe(a: Arm, b: Arm, alpha: float) -> tuple[float, float]:
    """Interval of share_b - share_a from Wilson's of each (R. G. Newcombe, Statistics in Medicine 17, 1998, method 10): it holds
    where there are few, 0 of 40 too."""
    (low_a, high_a), (low_b, high_b) = (_wilson(x.mean, x.n, alpha) for x in (a, b))
    difference = b.mean - a.mean
    below = sqrt((b.mean - low_b) ** 2 + (high_a - a.mean) ** 2)
    above = sqrt((high_b - b.mean) ** 2 + (a.mean - low_a) ** 2)
    return difference - below, difference + above


# -- parts -----------------------------------------------------------------------------


def _wilson(share: float, n: int, alpha: float) -> tuple[float, float]:
    interval = stats.binomtest(round(share * n), n).proportion_ci(1 - alpha, "wilson")
    return float(interval.low), float(interval.high)


def _checks(arms: Arms, inside: Arms, in_d: Arms, share: float, differing: int) -> Iterator[Check]:
    sizes, sizes_d = ({arm: sum(c.n for c in cells.values()) for arm, cells in x.items()} for x in (inside, in_d))
    one = sum(c.n for cells in arms.values() for p, c in cells.items() if None in p)
    yield population(one)
    yield Check(
        "difference",
        differing > 0,
        f"{differing:,} customers have another play"
        if differing
        else "nobody has another play: there is nothing that could have changed",
    )
    empty = [arm for arm in (INCUMBENT, CANDIDATE) if sizes_d.get(arm, 0) < 2]
    yield Check(
        "arms", not empty, "both arms have customers" if not empty else f"the {' and the '.join(empty)}'s arm is empty"
    )
    for name, counted in (("srm", sizes), ("srm in D", sizes_d)):
        a, b = counted.get(INCUMBENT, 0), counted.get(CANDIDATE, 0)
        p = srm(a, b, share)
        said = f"{a:,} and {b:,} customers, {1 - share:.0%} and {share:.0%} planned"
        yield Check(
            name,
            p >= SRM_P,
            said if p >= SRM_P else f"{said}: chance hardly gives that, so something else chose the arms",
            p,
        )
    exposed = [c for arm in (INCUMBENT, CANDIDATE) for c in in_d.get(arm, {}).values()]
    missing, n = sum(c.n - c.known for c in exposed), sum(c.n for c in exposed)
    yield known(missing, n)
    if not empty:
        varies = spread(exposed)[2] > 0
        yield Check(
            "variance",
            varies,
            "the outcome varies" if varies else "the outcome is the same for everybody: nothing can be seen",
        )
        outside = {
            arm: [c for p, c in inside.get(arm, {}).items() if p not in in_d.get(arm, {})]
            for arm in (INCUMBENT, CANDIDATE)
        }
        a_out, b_out = (_arm(outside[arm]) for arm in (INCUMBENT, CANDIDATE))
        if a_out.n > 1 and b_out.n > 1:
            p = welch(a_out, b_out, 0.05)[3]
            yield Check(
                "placebo",
                p >= SRM_P,
                "those with the same play fare alike in both arms"
                if p >= SRM_P
                else "those with the same play fare differently in the two arms: something else differs",
                p,
            )


def _differs(differ: Mapping[tuple[str, str], bool], place: tuple[str | None, str | None]) -> bool:
    return place[0] is not None and place[1] is not None and differ.get((place[0], place[1]), place[0] != place[1])


def _arm(cells: Sequence[Cell]) -> Arm:
    n, mean, variance = spread(cells)
    return Arm(n, mean, variance * n / (n - 1) if n > 1 else 0.0)


def _effect(arms: Arms, differ: Mapping[tuple[str, str], bool], alpha: float, binary: bool) -> Effect:
    a, b = (
        _arm([c for p, c in arms.get(arm, {}).items() if None not in p and _differs(differ, p)])
        for arm in (INCUMBENT, CANDIDATE)
    )
    estimate, low, high, p = welch(a, b, alpha)
    if binary and any(min(x.mean, 1 - x.mean) * x.n < FEW for x in (a, b)):
        low, high = newcombe(a, b, alpha)
        table = [[round(x.mean * x.n), x.n - round(x.mean * x.n)] for x in (a, b)]
        return Effect(a, b, estimate, low, high, float(stats.fisher_exact(table).pvalue), "Newcombe, Fisher")
    return Effect(a, b, estimate, low, high, p, "Welch")


def in_absolute(size: Size, effect: Effect, d: float) -> float:
    """A registered size as an absolute one among those who differ: what is said of the whole base is theirs alone."""
    value = float(size.value) * (abs(effect.incumbent.mean) if size.unit == "share" else 1.0)
    return value if size.in_d else value / d


def guarded(m: Measure, effect: Effect, d: float, alpha: float) -> Guarded:
    """Not worse by the margin, one-sided at alpha / 2: by a share of the incumbent's it is mean_B - (1 -+ share) mean_A."""
    _, low, high = effect.good(m.better)
    assert m.margin is not None, "a guardrail has a margin"
    if m.margin.unit == "share":
        sign, share = (1 if m.better == "higher" else -1), float(m.margin.value) / (1 if m.margin.in_d else d)
        _, least, most, _ = welch(effect.incumbent, effect.candidate, alpha, 1 - sign * share)
        holds = least > 0 if sign > 0 else most < 0
        return Guarded(m, effect, share * abs(effect.incumbent.mean), holds, high < 0)
    margin = in_absolute(m.margin, effect, d)
    return Guarded(m, effect, margin, low > -margin, high < 0)
