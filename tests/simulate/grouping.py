"""`discover --groups` in worlds whose truth is known: how often it finds groups in one group, and how well it tells those that were planted.

`python -m tests.simulate.grouping [worlds] [nothing|planted]` writes what `grouping.txt` holds. Worlds have 300 to 1,000 customers, drawn for each
world, unless their name says how many. In one group the numbers go together, strongly (three common causes); planted groups differ in
four numbers of twelve, in a direction drawn for each world, the others go together as in one group. A separation is the distance of two centres
in standard deviations within a group.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np

from segdsl.discover.groups.decide import adjusted_rand
from segdsl.discover.groups.learn import FIRST, SECOND, Learned, learn
from segdsl.discover.rows import Categories, Feature, Floats, Ints, Numbers

Features = dict[str, Feature]
Rng = np.random.Generator
INFORMATIVE = 4


def common(rng: Rng, n: int, fields: int = 12) -> Floats:
    """Numbers that go together by three common causes; mean 0, variance 1."""
    x = 0.7 * rng.normal(size=(n, 3)) @ rng.normal(size=(3, fields)) + rng.normal(size=(n, fields))
    return np.asarray((x - x.mean(0)) / x.std(0))


def _numbers(columns: Floats, whole: bool = False) -> Features:
    return {f"x{i}": Numbers(c, whole) for i, c in enumerate(columns.T)}


def _correlated(rng: Rng, n: int) -> Features:
    return _numbers(common(rng, n))


def _skewed(rng: Rng, n: int) -> Features:
    return _numbers(np.exp(1.5 * common(rng, n)))


def _heavy(rng: Rng, n: int) -> Features:
    """Student's t with 3 degrees of freedom, all numbers at once: who is extreme in one is extreme in all."""
    return _numbers(common(rng, n) / np.sqrt(rng.chisquare(3, n) / 3)[:, None])


def _peaks(rng: Rng, n: int) -> Features:
    """A normal copula of numbers half of which have two peaks: the gaps are of single numbers, and only the second test can know."""
    x = common(rng, n)
    x[:, ::2] += 1.5 * np.sign(x[:, ::2])
    return _numbers(x)


def _zeros(rng: Rng, n: int) -> Features:
    x = common(rng, n)
    borders = np.quantile(x, rng.uniform(0.05, 0.7, x.shape[1]), axis=0).diagonal()
    return _numbers(np.where(x < borders, 0.0, np.ceil(np.exp(x - borders) * 8)), whole=True)


def _mixed(rng: Rng, n: int, x: Floats | None = None) -> Features:
    """Plain, skewed, whole with zeros, missing, small whole numbers, a yes or no and a text, by turns."""
    x = common(rng, n, 16) if x is None else x
    features: Features = {}
    for i, v in enumerate(x.T):
        match i % 7:
            case 0:
                f: Feature = Numbers(v)
            case 1:
                f = Numbers(np.exp(1.5 * v))
            case 2:
                f = Numbers(np.where(v < -0.8, 0.0, np.round(np.exp(v) * 10)), whole=True)
            case 3:
                f = Numbers(np.where(rng.random(n) < 0.1, np.nan, v))
            case 4:
                f = Numbers(np.floor(np.exp(v) * 4), whole=True)
            case 5:
                f = Categories((v > 0.7).astype(np.int64), ("false", "true"))
            case _:
                f = Categories(np.searchsorted([-1.0, 0.0, 1.0], v), ("a", "b", "c", "d"))
        features[f"x{i}"] = f
    return features


def _events(rng: Rng, n: int) -> Features:
    """What the recipe writes of three tables whose rows a customer has more or fewer of, all from how active the customer is."""
    active = rng.normal(size=n)
    features: Features = {"age": Numbers(np.floor(rng.gamma(2, 300, n)), whole=True)}
    features["plan"] = Categories(np.searchsorted([-0.5, 0.8], active + rng.normal(size=n)), ("free", "team", "firm"))
    for table, rate in (("logins", 12.0), ("tickets", 1.0), ("orders", 4.0)):
        monthly = rng.poisson((rate * np.exp(0.7 * active + 0.5 * rng.normal(size=n)))[:, None], (n, 12))
        for months in (1, 3, 12):
            features[f"{table} {months}"] = Numbers(monthly[:, :months].sum(1).astype(float), whole=True)
        last = np.where(monthly.any(1), (monthly > 0).argmax(1), -1)
        days = np.floor(30 * (last + rng.beta(1, 1 + monthly[np.arange(n), last])))
        features[f"{table} last"] = Numbers(np.where(last < 0, np.nan, days), whole=True)
        features[f"{table} trend"] = Numbers((monthly[:, 0] - monthly[:, 1]).astype(float), whole=True)
        value = np.exp(rng.normal(size=n)) * 20
        total = np.where(monthly.any(1), np.round(value * monthly.sum(1) * rng.uniform(0.8, 1.2, n), 2), 0.0)
        features[f"{table} sum"] = Numbers(total)
        features[f"{table} average"] = Numbers(np.where(monthly.any(1), np.round(value, 2), np.nan))
    return features


def _many(rng: Rng, n: int) -> Features:
    return _mixed(rng, n, common(rng, n, 60))


NOTHING: Mapping[str, Callable[[Rng, int], Features]] = {
    "correlated": _correlated,
    "skewed": _skewed,
    "extreme together": _heavy,
    "zero-inflated": _zeros,
    "mixed types": _mixed,
    "events by the recipe": _events,
    "60 fields, mixed": _many,
    "two peaks in half of the numbers": _peaks,
}


@dataclass(frozen=True)
class Planted:
    groups: int
    apart: float
    customers: int = 1_000
    mixed: bool = False

    @property
    def name(self) -> str:
        kind = ", mixed types" if self.mixed else ""
        return f"{self.groups} groups, {self.apart:.0f} apart, {self.customers:,}{kind}"

    def drawn(self, rng: Rng) -> tuple[Features, Ints]:
        """(features, the group of each customer)."""
        groups = rng.integers(0, self.groups, self.customers)
        x = common(rng, self.customers, 14 if self.mixed else 12)
        turned = np.linalg.qr(rng.normal(size=(INFORMATIVE, INFORMATIVE)))[0][: self.groups]
        told = list(range(INFORMATIVE)) if not self.mixed else [0, 1, 3, 4]
        x[:, told] = rng.normal(size=(self.customers, INFORMATIVE)) + self.apart / sqrt(2) * turned[groups]
        if self.mixed:
            x[:, told] /= sqrt(1 + self.apart**2 / 16)
            return _mixed(rng, self.customers, x), groups
        return _numbers(x), groups


PLANTED = (
    *(Planted(k, apart) for apart in (4.0, 5.0, 6.0, 8.0) for k in (2, 3, 4)),
    Planted(2, 6.0, 300),
    Planted(3, 6.0, 300),
    Planted(3, 5.0, 3_000),
    *(Planted(k, 8.0, mixed=True) for k in (2, 3)),
)


def parts(rng: Rng, n: int) -> Ints:
    """Parts 0, 1 and 2 of the customers, as the command divides them."""
    return np.searchsorted([FIRST, FIRST + SECOND], rng.random(n), side="right")


def nothing(kind: str, world: int) -> Learned:
    rng = np.random.default_rng([11, world, len(kind)])
    n = int(rng.integers(300, 1_001))
    return learn(NOTHING[kind](rng, n), parts(rng, n), {}, rng)


def planted(kind: Planted, world: int) -> tuple[Learned, float]:
    """What is learned, and the adjusted Rand index of the rules, by customers who aren't among those of whom they were learned."""
    rng = np.random.default_rng([12, world, kind.customers, kind.groups, round(kind.apart)])
    features, groups = kind.drawn(rng)
    part = parts(rng, kind.customers)
    learned = learn(features, part, {}, rng)
    if learned.rules is None:
        return learned, float("nan")
    by_rules = learned.rules.groups(features, kind.customers) + 1
    return learned, adjusted_rand(by_rules[part == 2], groups[part == 2])


def main(worlds: int, part: str) -> None:
    started = time.monotonic()
    total = [0, 0]
    for kind in NOTHING if part != "planted" else ():
        found = peaks = 0
        for world in range(worlds):
            learned = nothing(kind, world)
            found += learned.decision is not None and learned.decision.clustering is not None
            peaks += learned.decision is not None and learned.decision.one_group is not None
        total = [total[0] + found, total[1] + worlds]
        print(f"  {kind:34} {found / worlds:7.2%} of {worlds}   past the first test: {peaks / worlds:.2%}", flush=True)
    if total[1]:
        print(
            f"  {'together':34} {total[0] / total[1]:7.2%} of {total[1]}   {time.monotonic() - started:.0f} s",
            flush=True,
        )
    for planted_ in PLANTED if part != "nothing" else ():
        outcomes = [planted(planted_, world) for world in range(worlds)]
        told = [(x, rand) for x, rand in outcomes if x.rules is not None and x.fidelity is not None]
        right = sum(len(x.groups) == planted_.groups for x, _ in told)
        rand = np.mean([r for _, r in told]) if told else float("nan")
        same = np.mean([x.fidelity.share for x, _ in told if x.fidelity is not None]) if told else float("nan")
        clauses = np.mean([x.rules.rule.clauses for x, _ in told if x.rules is not None]) if told else float("nan")
        print(
            f"  {planted_.name:34} {len(told) / worlds:7.0%} of {worlds}   {right / worlds:4.0%} as many groups"
            f"   Rand {rand:.3f}   same by rules {same:6.1%}   clauses {clauses:.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 150, sys.argv[2] if len(sys.argv) > 2 else "")
