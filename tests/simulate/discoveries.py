"""Simulated customers for `discover`: worlds with nothing in them and worlds with a planted group, through the function that the command calls.

`python -m tests.simulate.discoveries [WORLDS] [PART]` prints the tables of `discoveries.txt`: those parts alone that are named, of nothing, planted, signal and improve.

A customer has a lasting propensity that no field holds, fields that last (region, tenure), counts and amounts that drift from
origin to origin, most of them skewed, some zero in half of the rows, some correlated, some missing. Truth is the rate of a
place among 400,000 customers of the same world.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from math import sqrt

import numpy as np
import numpy.typing as npt

from segdsl.discover import improve, learn, search
from segdsl.discover.decide import LEVEL, is_anything
from segdsl.discover.origins import SEARCHED, VALIDATION
from segdsl.discover.rows import (
    Arm,
    AtLeast,
    Below,
    Categories,
    Clause,
    Counts,
    Feature,
    Floats,
    Numbers,
    OneOf,
    Rows,
    RuleList,
    Truths,
    together,
)

POPULATION = 400_000
REGIONS = tuple("abcdefgh")
SHAPES = {
    "threshold": (Below("spend", 20.0),),
    "interaction": (Below("logins", 3.0), AtLeast("tenure", 12.0)),
    "window": (AtLeast("tenure", 10.0), Below("tenure", 22.0)),
    "ratio": (Below("ratio", 0.25),),
    "categories": (OneOf("region", ("b", "e")),),
}


@dataclass(frozen=True)
class World:
    """`shape`: of the planted group; "" for none. `base`: rate of the outcome outside, `inside` in the group.

    `lasting`: standard deviation of the propensity, on the logistic scale. `searched`: origins that are searched.
    """

    customers: int = 1_000
    shape: str = ""
    base: float = 0.05
    inside: float = 0.05
    noise: int = 20
    lasting: float = 0.0
    searched: int = 1
    reported: int = 1


def drawn(world: World, rng: np.random.Generator, customers: int, origins: int, first: int = 0) -> Rows:
    """Rows of customers at several origins."""
    region = rng.choice(len(REGIONS), customers, p=np.array([30, 15, 10, 10, 12, 8, 8, 7]) / 100)
    tenure = rng.gamma(2, 12, customers)
    propensity = rng.normal(0, world.lasting, customers) if world.lasting else np.zeros(customers)
    level = rng.normal(size=(customers, world.noise))
    common = rng.normal(size=(customers, 1))
    parts: list[tuple[dict[str, Feature], Truths]] = []
    for origin in range(origins):
        age = np.floor(tenure + 3 * origin)
        logins = rng.poisson(rng.gamma(1.2, 5, customers)).astype(float)
        spend = np.round(rng.gamma(1.5, 40, customers), 2)
        before = rng.poisson(10, customers) + 1.0
        recent = rng.binomial(before.astype(int), rng.beta(2, 2.5, customers))
        features: dict[str, Feature] = {
            "region": Categories(np.where(rng.random(customers) < 0.02, -1, region), REGIONS),
            "tenure": Numbers(age, whole=True),
            "logins": Numbers(logins, whole=True),
            "spend": Numbers(_with_gaps(rng, spend, 0.05)),
            "ratio": Numbers(recent / before),
        }
        now = 0.8 * level + 0.6 * rng.normal(size=level.shape)
        for i in range(world.noise):
            features[f"noise{i}"] = _noise(rng, i, now[:, i], common[:, 0])
        rows = Rows(features, np.zeros(customers, np.bool_), np.arange(customers))
        rate = np.full(customers, world.base)
        if world.shape:
            rate[Arm(SHAPES[world.shape]).true(rows)] = world.inside
        odds = np.log(rate / (1 - rate)) + propensity
        parts.append((features, rng.random(customers) < 1 / (1 + np.exp(-odds))))
    stacked = {name: _stacked([f[name] for f, _ in parts]) for name in parts[0][0]}
    numbers = np.tile(np.arange(customers), origins) + first
    return Rows(stacked, np.concatenate([y for _, y in parts]), numbers)


def _noise(rng: np.random.Generator, i: int, values: Floats, common: Floats) -> Feature:
    """Normal, skewed, zero in half of the rows, correlated, whole, a yes or no, and a text of many values, by turns."""
    match i % 7:
        case 0:
            return Numbers(values)
        case 1:
            return Numbers(np.exp(1.5 * values))
        case 2:
            return Numbers(np.where(rng.random(len(values)) < 0.5, 0.0, np.round(np.exp(values) * 10)), whole=True)
        case 3:
            return Numbers(_with_gaps(rng, 0.5 * values + common, 0.1))
        case 4:
            return Numbers(np.floor(np.abs(values) * 3), whole=True)
        case 5:
            return Categories((values > 0.7).astype(np.int64), ("false", "true"))
        case _:
            return Categories(np.floor(np.abs(values) * 9).astype(np.int64) % 25, tuple(f"v{j}" for j in range(25)))


def _with_gaps(rng: np.random.Generator, values: Floats, share: float) -> Floats:
    return np.where(rng.random(len(values)) < share, np.nan, values)


def _stacked(features: Sequence[Feature]) -> Feature:
    first = features[0]
    if isinstance(first, Numbers):
        return Numbers(np.concatenate([f.values for f in features if isinstance(f, Numbers)]), first.whole)
    return Categories(np.concatenate([f.codes for f in features if isinstance(f, Categories)]), first.names)


def groups(world: World, rng: np.random.Generator) -> learn.Groups:
    """Three disjoint groups of customers, as the command divides them."""
    sizes = np.round(world.customers * np.array([SEARCHED, VALIDATION, 1 - SEARCHED - VALIDATION])).astype(int)
    return learn.Groups(
        drawn(world, rng, sizes[0], world.searched),
        drawn(world, rng, sizes[1], 1, sizes[0]),
        drawn(world, rng, sizes[2], world.reported, sizes[0] + sizes[1]),
    )


@cache
def population(world: World) -> Rows:
    """Customers of a world from whom the truth is counted; the rates don't depend on how many customers there are."""
    return drawn(replace(world, noise=0), np.random.default_rng(1), POPULATION, 1)


@lru_cache(1)
def _population_with_noise(world: World) -> Rows:
    return drawn(world, np.random.default_rng(1), POPULATION // 4, 1)


def truth(world: World, rule: RuleList) -> tuple[Floats, Floats]:
    """(rate of each place, ratio to the rate of all others); NaN for a place without customers."""
    rows = _population_with_noise(world) if _reads_noise(rule) else population(world)
    places, width = rule.places(rows), len(rule.arms) + 2
    sizes = np.bincount(places, minlength=width).astype(float)
    events = np.bincount(places, rows.outcome.astype(float), minlength=width)
    with np.errstate(divide="ignore", invalid="ignore"):
        others = (events.sum() - events) / (sizes.sum() - sizes)
        rates = events / sizes
        return rates, rates / others


def _reads_noise(rule: RuleList) -> bool:
    return any(c.feature.startswith("noise") for a in rule.arms for c in a.clauses)


@dataclass
class Tally:
    """Worlds, those in which something was found, and of places' rates and ratios: how many, and how many their intervals cover."""

    worlds: int = 0
    found: int = 0
    rates: int = 0
    rates_covered: int = 0
    ratios: int = 0
    ratios_covered: int = 0
    rand: float = 0.0
    oracle: float = 0.0
    clauses: int = 0

    def add(self, world: World, learned: learn.Learned, both: Rows) -> None:
        self.worlds += 1
        if learned.rule is None:
            return
        self.found += 1
        self.clauses += learned.rule.clauses
        rates, ratios = truth(world, learned.rule)
        for place, held in enumerate(learned.held):
            if held.rows and np.isfinite(rates[place]):
                self.rates += 1
                self.rates_covered += bool(held.low <= rates[place] <= held.high)
                self.ratios += 1
                self.ratios_covered += bool(held.times_low <= ratios[place] <= held.times_high)
        if world.shape:
            planted = RuleList((Arm(SHAPES[world.shape]),))
            self.rand += adjusted_rand(learned.rule, planted, world)
            self.oracle += adjusted_rand(search.with_best_borders(planted, both), planted, world)


@lru_cache(1)
def _to_compare(world: World) -> Rows:
    return drawn(world, np.random.default_rng(2), 20_000, 1)


def adjusted_rand(rule: RuleList, planted: RuleList, world: World) -> float:
    """L. Hubert, P. Arabie (1985), of the places of 20,000 customers; a place without its planted condition known counts as outside."""
    rows = _to_compare(world)
    a, b = rule.places(rows), planted.places(rows)
    known = b != planted.undecided
    table = np.zeros((len(rule.arms) + 2, 2))
    np.add.at(table, (a[known], (b[known] == 0).astype(int)), 1)

    def pairs(counts: Floats) -> float:
        return float((counts * (counts - 1) / 2).sum())

    together, first, second = pairs(table), pairs(table.sum(1)), pairs(table.sum(0))
    expected = first * second / pairs(np.array([table.sum()]))
    return (together - expected) / ((first + second) / 2 - expected)


def run(world: World, worlds: int, seed: int = 0) -> Tally:
    """Learn in as many worlds."""
    tally = Tally()
    for i in range(worlds):
        rng = np.random.default_rng([seed, i, world.customers])
        g = groups(world, rng)
        tally.add(world, learn.learn(g, rng), together(g.searched, g.validation))
    return tally


def same_customers_decide(world: World, worlds: int) -> float:
    """How often something is found if the customers that were searched decide, at a later origin of theirs: what we don't do."""
    found = 0
    for i in range(worlds):
        rng = np.random.default_rng([7, i])
        rows = drawn(world, rng, round(world.customers * (SEARCHED + VALIDATION)), world.searched + 1)
        n = len(rows) // (world.searched + 1) * world.searched
        searched, validation = rows.at(np.arange(n)), rows.at(np.arange(n, len(rows)))
        lists = search.rule_lists(searched, rng)
        found += is_anything(search.plausible(lists, searched, rng), searched, validation, rng) <= LEVEL
    return found / worlds


NOTHING: Mapping[str, World] = {
    "1,000 customers, 5%": World(),
    "300 customers, 5%": World(customers=300),
    "5,000 customers, 2%": World(customers=5_000, base=0.02),
    "1,000, 200 fields": World(noise=200),
    "1,000, lasting propensity, 3 origins": World(base=0.15, lasting=1.5, searched=3),
}
PLANTED: Mapping[str, World] = {
    **{f"{shape}, 1,000": World(shape=shape, base=0.03, inside=0.3) for shape in SHAPES},
    **{f"{shape}, 5,000": World(5_000, shape, base=0.03, inside=0.2) for shape in SHAPES},
    **{
        f"threshold, 2,000, {p:.0%} against 4%": World(2_000, "threshold", 0.04, p)
        for p in (0.06, 0.08, 0.12, 0.16, 0.24)
    },
    "threshold, 2,000, lasting, 3 + 2 origins": World(
        2_000, "threshold", 0.08, 0.3, lasting=1.0, searched=3, reported=2
    ),
}


SIZES = ((300, 20), (1_000, 20), (1_000, 200), (5_000, 20))  # (customers, fields that say nothing)
SIGNALS = (0.09, 0.15, 0.24, 0.36, 0.48)  # rates inside, against 3%


def main(worlds: int, parts: Sequence[str]) -> None:
    if "nothing" in parts:
        nothing(worlds)
    if "planted" in parts:
        planted(worlds)
    if "signal" in parts:
        signal(max(worlds // 10, 2))
    if "improve" in parts:
        improvements(worlds)


def nothing(worlds: int) -> None:
    print("nothing planted: found (nominal 2.5%)", flush=True)
    found = 0
    for name, world in NOTHING.items():
        t = run(world, worlds)
        found += t.found
        same = (
            f"   if the same customers decided: {same_customers_decide(world, max(worlds // 10, 20)):.1%}"
            if world.lasting
            else ""
        )
        print(f"  {name:40} {t.found / t.worlds:7.2%} of {t.worlds}{same}", flush=True)
    print(f"  {'together':40} {found / worlds / len(NOTHING):7.2%} of {worlds * len(NOTHING):,}\n", flush=True)


def planted(worlds: int) -> None:
    print(
        f"{'planted':42} {'found':>7} {'rates covered':>22} {'ratios covered':>22} {'Rand':>6} {'oracle':>7} {'clauses':>8}",
        flush=True,
    )
    total = Tally()
    for name, world in PLANTED.items():
        t = run(world, worlds, 1)
        n = max(t.found, 1)
        print(
            f"  {name:40} {t.found / t.worlds:7.1%} {_share(t.rates_covered, t.rates):>22} {_share(t.ratios_covered, t.ratios):>22} "
            f"{t.rand / n:6.3f} {t.oracle / n:7.3f} {t.clauses / n:8.2f}",
            flush=True,
        )
        for field in ("rates", "rates_covered", "ratios", "ratios_covered", "worlds", "found"):
            setattr(total, field, getattr(total, field) + getattr(t, field))
    print(
        f"  {f'together, of {total.worlds:,} worlds':40} {total.found / total.worlds:7.1%} {_share(total.rates_covered, total.rates):>22} "
        f"{_share(total.ratios_covered, total.ratios):>22}\n",
        flush=True,
    )


def signal(worlds: int) -> None:
    """Adjusted Rand against signal, each cell: worlds in which a group was found / in which the gate lets the planted clauses pass, and Rand of what was found / of the oracle.

    The oracle knows the planted clauses and fits their borders on all that is searched and decides; it passes no gate. `pass` is what the
    gate can see at all: the planted clauses, their borders fitted on what is searched, put before it as the only list. `told` is what a search
    can see at all: among all that is searched and decides, no list of the search explains more, its clauses charged, than the planted clauses.
    """
    print(
        "found / planted clauses pass the gate / told from other clauses, and adjusted Rand: what was found / oracle, in all worlds; by the rate inside, against 3%"
    )
    print(f"{'customers, fields without meaning':34}" + "".join(f"{inside:>32.0%}" for inside in SIGNALS), flush=True)
    cells_of_all: list[Signal] = []
    for shape in SHAPES:
        for customers, noise in SIZES:
            cells = [_signal(World(customers, shape, 0.03, inside, noise), worlds) for inside in SIGNALS]
            cells_of_all += cells
            print(f"  {f'{shape}, {customers:,}, {noise}':32}" + "".join(f"{c.text:>32}" for c in cells), flush=True)
    clear = [c for c in cells_of_all if c.oracle >= 0.95]
    visible = [c for c in clear if c.passes >= 0.95]
    told = [c for c in visible if c.told >= 0.95]
    print(f"of {len(cells_of_all)} cells, {worlds} worlds each:", flush=True)
    for what, cells in (
        ("the oracle reaches 0.95", clear),
        ("and the gate lets the planted clauses pass in 95% of worlds", visible),
        ("and in 95% no other clauses explain more", told),
    ):
        good = sum(c.found > 0 and c.rand >= 0.9 for c in cells)
        of_all = sum(c.found * c.rand >= 0.9 for c in cells)
        print(
            f"  {what}: {len(cells)}; Rand of what was found at least 0.9 in {good}, and in {of_all} if nothing found counts as 0",
            flush=True,
        )


@dataclass(frozen=True)
class Signal:
    """Shares of worlds in which a list was found, in which the planted clauses pass the gate, and in which no other clauses explain more; mean adjusted Rand where one was found (0 where none was), and of the oracle."""

    found: float
    passes: float
    told: float
    rand: float
    oracle: float

    @property
    def text(self) -> str:
        """The cell of the table."""
        rand = f"{self.rand:.2f}" if self.found else "-"
        return f"{self.found:.0%} /{self.passes:>4.0%} /{self.told:>4.0%}  {rand:>4} / {self.oracle:.2f}"


def _signal(world: World, worlds: int) -> Signal:
    """Learn in as many worlds, and compare with the planted group."""
    planted = RuleList((Arm(SHAPES[world.shape]),))
    of_found, of_oracle, passes, told = [], [], 0, 0
    for i in range(worlds):
        rng = np.random.default_rng([2, i, world.customers])
        g = groups(world, rng)
        rule = learn.learn(g, rng).rule
        if rule is not None:
            of_found.append(adjusted_rand(rule, planted, world))
        fitted = search.with_best_borders(planted, g.searched)
        passes += is_anything([(fitted, 0.0)], g.searched, g.validation, rng) <= LEVEL
        both = together(g.searched, g.validation)
        oracle = search.with_best_borders(planted, both)
        of_oracle.append(adjusted_rand(oracle, planted, world))
        cost = search.cost_of_a_clause(both, rng)
        others = [worth for _, worth in search.plausible(search.rule_lists(both, rng), both, rng)]
        explained = 2 * (Counts.of(oracle, both).likelihood - Counts.of(RuleList(()), both).likelihood)
        told += explained - cost * oracle.clauses >= max(others, default=0.0) - 1e-6
    rand = float(np.mean(of_found)) if of_found else 0.0
    return Signal(len(of_found) / worlds, passes / worlds, told / worlds, rand, float(np.mean(of_oracle)))


@dataclass(frozen=True)
class Missed:
    """A world and an incumbent, of clauses on the fields of the world."""

    world: World
    arms: tuple[Arm, ...]

    @property
    def hidden(self) -> tuple[str, ...]:
        return tuple(f"?{c.feature}" for a in self.arms for c in a.clauses)

    @property
    def incumbent(self) -> RuleList:
        return RuleList(tuple(Arm(tuple(replace(c, feature=f"?{c.feature}") for c in a.clauses)) for a in self.arms))

    def seen(self, rows: Rows) -> Rows:
        """Rows with the columns that the incumbent reads."""
        return replace(rows, features={**rows.features, **{name: rows.features[name[1:]] for name in self.hidden}})


def arm(*clauses: Clause) -> Arm:
    return Arm(clauses)


COMPLETE: Mapping[str, Missed] = {
    "nothing planted, one arm, 1,000": Missed(World(), (arm(Below("spend", 20.0)),)),
    "all said, threshold, 1,000": Missed(World(1_000, "threshold", 0.05, 0.25), (arm(Below("spend", 20.0)),)),
    "all said, interaction, 2,000": Missed(
        World(2_000, "interaction", 0.05, 0.3), (arm(Below("logins", 3.0), AtLeast("tenure", 12.0)),)
    ),
    "all said, and an arm too many, 5,000": Missed(
        World(5_000, "categories", 0.03, 0.2), (arm(OneOf("region", ("b", "e"))), arm(AtLeast("tenure", 30.0)))
    ),
    "all said, lasting, 3 origins, 1,000": Missed(
        World(1_000, "threshold", 0.1, 0.3, lasting=1.5, searched=3), (arm(Below("spend", 20.0)),)
    ),
}
MISSED: Mapping[str, Missed] = {
    "a border at 8, not 20, 1,000": Missed(World(1_000, "threshold", 0.05, 0.3), (arm(Below("spend", 8.0)),)),
    "a border at 50, not 20, 2,000": Missed(World(2_000, "threshold", 0.05, 0.3), (arm(Below("spend", 50.0)),)),
    "a clause, 2,000": Missed(World(2_000, "interaction", 0.05, 0.3), (arm(Below("logins", 3.0)),)),
    "a clause, 5,000": Missed(World(5_000, "interaction", 0.05, 0.2), (arm(Below("logins", 3.0)),)),
    "a group across two arms, 2,000": Missed(World(2_000, "window", 0.05, 0.3), (arm(Below("logins", 3.0)),)),
    "a group across two arms, lasting, 3 + 2 origins": Missed(
        World(2_000, "threshold", 0.08, 0.3, lasting=1.0, searched=3, reported=2), (arm(Below("logins", 3.0)),)
    ),
}


def improved(missed: Missed, rng: np.random.Generator) -> improve.Improved:
    g = groups(missed.world, rng)
    seen = learn.Groups(*map(missed.seen, (g.searched, g.validation, g.report)))
    return improve.improve(seen, missed.incumbent, missed.hidden, rng)


def improvements(worlds: int) -> None:
    print("\nan incumbent that says all there is: a change found (nominal 2.5%)", flush=True)
    found = 0
    for name, missed in COMPLETE.items():
        n = sum(improved(missed, np.random.default_rng([3, i])).change is not None for i in range(worlds))
        found += n
        print(f"  {name:50} {n / worlds:7.2%} of {worlds}", flush=True)
    print(f"  {'together':50} {found / worlds / len(COMPLETE):7.2%} of {worlds * len(COMPLETE):,}\n", flush=True)
    print(
        f"{'an incumbent that misses':52} {'found':>7} {'kinds':>28} {'rates covered':>22} {'ratios covered':>22}",
        flush=True,
    )
    total = np.zeros(3, np.int64)
    for name, missed in MISSED.items():
        kinds, covered = improved_often(missed, worlds)
        total += covered
        n = sum(kinds.values())
        shown = ", ".join(f"{kinds[kind]} {kind}" for kind in ("border", "clause", "split") if kinds[kind])
        print(
            f"  {name:50} {n / worlds:7.1%} {shown:>28} {_share(covered[1], covered[0]):>22} {_share(covered[2], covered[0]):>22}",
            flush=True,
        )
    print(
        f"  {'together':50} {'':7} {'':28} {_share(total[1], total[0]):>22} {_share(total[2], total[0]):>22}",
        flush=True,
    )


def improved_often(missed: Missed, worlds: int) -> tuple[Counter[str], npt.NDArray[np.int64]]:
    """Changes by kind, and (changes that moved anybody, of these whose rate, whose ratio is covered)."""
    kinds: Counter[str] = Counter()
    covered = np.zeros(3, np.int64)
    for i in range(worlds):
        found = improved(missed, np.random.default_rng([4, i]))
        if found.change is None:
            continue
        kinds[found.change.kind] += 1
        reads_noise = _reads_noise(found.change.rule)
        rows = _population_with_noise(missed.world) if reads_noise else population(missed.world)
        true = improve.contrast(found.change, missed.seen(rows))
        held = found.moved
        if held is not None and held.rows and true.rows:
            covered += [
                1,
                held.low <= true.rate <= held.high,
                held.times_low <= true.times <= held.times_high,
            ]
    return kinds, covered


def _mean(values: Floats) -> str:
    return f"{values.mean():.2f}" if len(values) else ""


def _share(covered: int, n: int) -> str:
    if not n:
        return ""
    share = covered / n
    return f"{share:.1%} ± {3 * sqrt(share * (1 - share) / n):.1%} of {n:,}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200, sys.argv[2:] or ("nothing", "planted", "signal", "improve"))
