"""Worlds of which it is known whether the candidate foretells better -> what a backtest says of them.

A world draws, for each origin, who is in which segment of the two, which cluster each belongs to, and each one's chance of
the outcome; the outcome is drawn from that. What is known only here, the true gain of the frozen rates, is returned beside
the verdict.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from segdsl.experiment.history import judge
from segdsl.experiment.history.power import expected
from segdsl.experiment.shared.cells import FOLDS, Cell, Cells, Totals

Rng = np.random.Generator


@dataclass(frozen=True)
class Drawn:
    """One look at the customers: places of the two (whole numbers), cluster, mean of the outcome, and the outcome."""

    a: Any
    b: Any
    cluster: Any
    mean: Any
    y: Any


@dataclass(frozen=True)
class Said:
    """The verdict of one run, whether the interval has the true gain in it, and the estimate's two-sided p.

    `designed` is the power that was to be expected for the gain there truly is; 0 where it wasn't asked for.
    """

    verdict: str
    covers: bool
    p: float
    estimate: float
    truth: float
    designed: float = 0.0


World = Callable[[Rng], Callable[[int], Drawn]]
"""One history: the customers as of the n-th look. -1 lies before the first origin, then there is one for each, which learns from the
look before it; or, where a quarter is a world of its own (`apart`), from another look at the same quarter."""


def cells(d: Drawn, mask: Any = None) -> Cells:
    """As the engine counts them."""
    a, b, y = (d.a, d.b, d.y) if mask is None else (d.a[mask], d.b[mask], d.y[mask])
    wide = int(d.b.max()) + 1
    code = a * wide + b
    n = np.bincount(code)
    total, squares = np.bincount(code, y), np.bincount(code, y * y)
    found: dict[tuple[str | None, str | None], Cell] = {}
    for c in np.flatnonzero(n):
        mean = total[c] / n[c]
        found[f"a{c // wide}", f"b{c % wide}"] = Cell(
            int(n[c]), int(n[c]), float(mean), float(max(0.0, squares[c] - n[c] * mean * mean))
        )
    return found


def _rates(d: Drawn, rates: tuple[Mapping[str, float], Mapping[str, float]]) -> tuple[Any, Any]:
    both = []
    for own, place, prefix in ((rates[0], d.a, "a"), (rates[1], d.b, "b")):
        table = np.array([own.get(f"{prefix}{i}", own[""]) for i in range(int(place.max()) + 1)])
        both.append(table[place])
    return both[0], both[1]


@dataclass(frozen=True)
class Origin(judge.Origin):
    """An origin, and the key of each cluster in the order of `totals`."""

    who: Any


def pooled(origins: Sequence[Origin]) -> Totals:
    """As the engine pools them: a cluster at several origins counts once."""
    who, index = np.unique(np.concatenate([o.who for o in origins]), return_inverse=True)
    sizes, gains = (np.concatenate([getattr(o.totals, name) for o in origins]) for name in ("sizes", "gains"))
    return Totals(np.bincount(index, sizes), np.bincount(index, gains), np.ones(len(who)))


def totals(d: Drawn, first: Any, second: Any, clustered: bool = True) -> tuple[Totals, Any]:
    """Gains by cluster, and the key of each."""
    gains = np.square(d.y - first) - np.square(d.y - second)
    cluster = d.cluster if clustered else np.arange(len(d.y))
    who, index = np.unique(cluster, return_inverse=True)
    return Totals(np.bincount(index).astype(float), np.bincount(index, gains), np.ones(len(who))), who


def origin(now: Drawn, before: Drawn, n: int, clustered: bool = True) -> tuple[Origin, float, int]:
    """An origin as the engine would count it; the sum of true gains of its customers, and how many they are."""
    learned = {0: cells(before)}
    rates = judge.rates_of(learned[0])
    first, second = _rates(now, rates)
    # the spread of y is the same for both sets of rates, so it cancels
    truth = np.square(now.mean - first) - np.square(now.mean - second)
    day = dt.date(2025, 1, 1) + dt.timedelta(days=90 * n)
    return (
        Origin(day, learned, {0: cells(now)}, {0: rates}, *totals(now, first, second, clustered)),
        float(truth.sum()),
        len(now.y),
    )


def distance(o: judge.Origin, d: Drawn) -> float:
    """The sum of (r_B - r_A)^2 over the customers of an origin."""
    first, second = _rates(d, o.rates[0])
    return float(np.square(second - first).sum())


def crossfitted(d: Drawn, clustered: bool = True) -> Origin:
    """One look, each fold of the clusters by rates of the others."""
    fold = d.cluster % FOLDS
    scored = {f: cells(d, fold == f) for f in range(FOLDS)}
    learned = {f: cells(d, fold != f) for f in range(FOLDS)}
    rates = {f: judge.rates_of(learned[f]) for f in range(FOLDS)}
    first, second = np.empty(len(d.y)), np.empty(len(d.y))
    for f in range(FOLDS):
        mine = fold == f
        part = replace(d, a=d.a[mine], b=d.b[mine], y=d.y[mine], mean=d.mean[mine], cluster=d.cluster[mine])
        first[mine], second[mine] = _rates(part, rates[f])
    return Origin(dt.date(2025, 1, 1), learned, scored, rates, *totals(d, first, second, clustered))


def backtest(
    world: World,
    rng: Rng,
    origins: int,
    detect: float,
    *,
    clustered: bool = True,
    plan: bool = True,
    apart: bool = False,
    alpha: float = 0.05,
) -> Said:
    """What the command would say of a world."""
    look = world(rng)
    looks = [look(n) for n in range(-1, origins)]
    pairs = [(look(n), look(n)) for n in range(origins)] if apart else list(pairwise(looks))
    made = [origin(now, before, n, clustered) for n, (before, now) in enumerate(pairs)]
    customers = [n for _, _, n in made]
    foreseen = expected(crossfitted(looks[0], clustered), customers, detect, alpha) if plan else None
    looked = [o for o, _, _ in made]
    found = judge.judge(looked, pooled(looked), detect, {}, expected=foreseen, alpha=alpha)
    truth = sum(t for _, t, _ in made) / sum(customers)
    e = found.estimate
    designed = foreseen.power(truth / found.variance) if foreseen is not None else 0.0
    return Said(str(found.verdict), bool(e.low <= truth <= e.high), e.p, e.estimate, truth, designed)


# -- worlds ----------------------------------------------------------------------------


def customers(n: int, clusters: int | None = None) -> Any:
    return np.arange(n) % clusters if clusters else np.arange(n)


def binary(rng: Rng, mean: Any) -> Any:
    return (rng.random(len(mean)) < mean).astype(float)


def drawn(rng: Rng, a: Any, b: Any, mean: Any, cluster: Any = None) -> Drawn:
    return Drawn(a, b, customers(len(a)) if cluster is None else cluster, mean, binary(rng, mean))


def noise(n: int = 2_000, rate: float = 0.1, places: int = 4) -> World:
    """Neither says anything: both are places by chance."""
    return lambda rng: lambda _: drawn(rng, rng.integers(0, places, n), rng.integers(0, places, n), np.full(n, rate))


def sliced(n: int = 2_000, places: int = 4, parts: int = 15) -> World:
    """The candidate is the incumbent's segments, each cut into many at random."""

    def look(rng: Rng) -> Drawn:
        a = rng.integers(0, places, n)
        return drawn(rng, a, a * parts + rng.integers(0, parts, n), np.array([0.05, 0.1, 0.15, 0.3])[a])

    return lambda rng: lambda _: look(rng)


def shocks(n: int = 5_000, size: float = 0.03, rate: float = 0.1, lasting: float = 0.0, places: int = 4) -> World:
    """In each quarter something happens to some segments of either, up or down alike, so that neither is better on average.

    What happened in the last quarter goes on as far as `lasting` says.
    """

    def world(rng: Rng) -> Callable[[int], Drawn]:
        happened: dict[int, tuple[Any, Any]] = {}

        def effect(n_th: int, side: int) -> Any:
            if n_th not in happened:
                new = rng.normal(0, size, places), rng.normal(0, size, places)
                last = happened.get(n_th - 1, new)
                keep, add = lasting, np.sqrt(1 - lasting**2)
                happened[n_th] = new if last is new else (keep * last[0] + add * new[0], keep * last[1] + add * new[1])
            return happened[n_th][side]

        def look(n_th: int) -> Drawn:
            a, b = rng.integers(0, places, n), rng.integers(0, places, n)
            return drawn(rng, a, b, np.clip(rate + effect(n_th, 0)[a] + effect(n_th, 1)[b], 0.005, 0.95))

        return look

    return world


def better(n: int = 2_000, low: float = 0.05, high: float = 0.25) -> World:
    """The candidate finds the fifth that is at risk, the incumbent finds it half of the time."""

    def look(rng: Rng) -> Drawn:
        risk = rng.random(n) < 0.2
        a = np.where(rng.random(n) < 0.5, risk, rng.random(n) < 0.2).astype(int)
        b = np.where(rng.random(n) < 0.9, risk, rng.random(n) < 0.2).astype(int)
        return drawn(rng, a, b, np.where(risk, high, low))

    return lambda rng: lambda _: look(rng)


def staying(n: int = 1_000, own: float = 0.01, skill: float = 0.05, rate: float = 0.1, moves: float = 0.3) -> World:
    """Accounts stay until they leave, a tenth a quarter, and somebody new comes in their place; some change segments. The incumbent's two
    segments are worth `own` of skill, the candidate's four `skill`, and neither knows what the other does: the gain is the
    difference, less what is learned wrongly."""
    v = rate * (1 - rate)
    first = np.sqrt(own * v) * np.array([-1, 1])
    second = np.sqrt(skill * v / 5) * np.array([-3, -1, 1, 3])

    def world(rng: Rng) -> Callable[[int], Drawn]:
        a, b, who = rng.integers(0, 2, n), rng.integers(0, 4, n), np.arange(n)
        gone = np.zeros(n, bool)

        def look(_: int) -> Drawn:
            nonlocal a, b, who, gone
            who = np.where(gone, who.max() + np.cumsum(gone), who)
            a = np.where(gone | (rng.random(n) < moves), rng.integers(0, 2, n), a)
            b = np.where(gone | (rng.random(n) < moves), rng.integers(0, 4, n), b)
            d = drawn(rng, a, b, np.clip(rate + first[a] + second[b], 0.001, 0.999), who)
            gone = d.y > 0
            return d

        return look

    return world


def families(parents: int = 60, size: int = 10, icc: float = 0.1, rate: float = 0.2) -> World:
    """Accounts of one parent share their places and, as far as `icc` goes, what happens to them; nothing is foretold."""
    between = icc * rate * (1 - rate)
    shape = rate * (rate * (1 - rate) / between - 1)

    def look(rng: Rng) -> Drawn:
        own = np.repeat(np.arange(parents), size)
        chance = rng.beta(shape, shape * (1 - rate) / rate, parents)[own]
        a, b = rng.integers(0, 2, parents)[own], rng.integers(0, 2, parents)[own]
        d = drawn(rng, a, b, chance, own)
        return replace(d, mean=np.full(len(own), rate))  # for whom the parent is drawn too, that is the chance

    return lambda rng: lambda _: look(rng)


def amounts(n: int = 2_000, spenders: float = 0.2) -> World:
    """Money that most don't spend and few spend much of; nothing is foretold."""

    def look(rng: Rng) -> Drawn:
        y = np.where(rng.random(n) < spenders, rng.lognormal(3, 1, n), 0.0)
        mean = np.full(n, spenders * np.exp(3.5))
        return Drawn(rng.integers(0, 3, n), rng.integers(0, 3, n), customers(n), mean, y)

    return lambda rng: lambda _: look(rng)


def candidates(rng: Rng, count: int = 5, origins: int = 3, n: int = 2_000) -> list[tuple[list[Origin], float]]:
    """The origins of several candidates of nothing, each against the same incumbent of nothing, and the true gains of their rates."""
    looks = []
    for _ in range(origins + 1):
        mean = np.full(n, 0.1)
        looks.append((rng.integers(0, 4, n), [rng.integers(0, 4, n) for _ in range(count)], mean, binary(rng, mean)))
    found = []
    for c in range(count):
        own = [Drawn(a, bs[c], customers(n), mean, y) for a, bs, mean, y in looks]
        made = [origin(now, before, i) for i, (before, now) in enumerate(pairwise(own))]
        found.append(([o for o, _, _ in made], sum(truth for _, truth, _ in made) / sum(n for _, _, n in made)))
    return found
