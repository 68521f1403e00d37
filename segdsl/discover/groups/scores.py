"""Customers at one as-of -> numbers that compare, and facts that the numbers are judged beside.

Groups are made of numbers. Each number, in units of its median absolute deviation, is bent by the power that makes it likest to a
normal distribution (I.-K. Yeo, R. A. Johnson, Biometrika 87, 2000), and what lies beyond three standard deviations is drawn in to
there. So neither a heavy tail nor the unit of a field makes a group; ranks would do the same, but would also close the gaps between groups.

What divides customers by its nature would be a group in any data: a yes or no, a short list, that a count is zero, that a value is
missing. These are facts. They are in no distance, and whether there are groups is asked beside them: of the numbers, less what
the facts explain of them (`Scores.residuals`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from segdsl.discover.rows import Categories, Feature, Floats, Ints, Numbers, Truths

FEWEST_VALUES = 10
"""Different values of a number, below which it is a fact."""
ATOM = 0.1
"""Share of the customers that have one and the same number, above which that is a fact."""
MOST_MISSING = 0.5
MOST_ATOM = 0.3
"""Share of missing values, and of one value, above which a number is no more than a fact."""
MOST_VALUES = 12
"""Values of a text up to which it is a fact; of others, nothing is used."""
ALIKE = 0.8
"""Rank correlation from which the later of two numbers says nearly what the earlier says."""
MOST_NUMBERS = 24
MOST_FACTS = 24
_FAR = 3.0  # standard deviations, beyond which scores are drawn in
_WIDEST = 1e4  # units, beyond which values are drawn in before they are bent


@dataclass(frozen=True)
class Scores:
    """`numbers`: customers by numbers, mean 0 and variance about 1. `facts`: customers by facts, centred.

    `own`: customers by numbers, whether the number is neither missing nor its atom, so that its size says something.
    """

    numbers: Floats
    facts: Floats
    own: Truths

    def __len__(self) -> int:
        return len(self.numbers)

    def at(self, rows: Ints | Truths) -> Scores:
        return Scores(self.numbers[rows], self.facts[rows], self.own[rows])

    def means(self) -> Floats:
        """What the facts explain of the numbers: least squares over all customers."""
        if not self.facts.shape[1]:
            return np.zeros_like(self.numbers)
        gram = self.facts.T @ self.facts
        gram[np.diag_indices_from(gram)] += 1e-6 * len(self)
        return np.asarray(self.facts @ np.linalg.solve(gram, self.facts.T @ self.numbers))

    def residuals(self) -> Floats:
        return np.asarray(self.numbers - self.means())


@dataclass(frozen=True)
class Scorer:
    """How features become scores: learned of some customers, applied to others.

    `bent`: by number, its scale. `atoms`: by number, the value that many have.
    `levels`: by text, and by number of few values, the places or values that are facts.
    """

    bent: Mapping[str, Bent]
    atoms: Mapping[str, float]
    levels: Mapping[str, tuple[float, ...]]
    missing: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The numbers."""
        return tuple(self.bent)

    @property
    def facts(self) -> tuple[str, ...]:
        return tuple(self.levels)

    def scores(self, features: Mapping[str, Feature]) -> Scores:
        columns, own, facts = [], [], []
        for name, bent in self.bent.items():
            column = features[name]
            assert isinstance(column, Numbers)
            gap = column.missing
            columns.append(np.where(gap, 0.0, bent.scores(np.where(gap, bent.middle, column.values))))
            is_atom = column.values == self.atoms[name] if name in self.atoms else np.zeros(len(gap), np.bool_)
            own.append(~gap & ~is_atom)
            facts += [is_atom] if name in self.atoms else []
        for name in self.missing:
            facts.append(features[name].missing)
        for name, levels in self.levels.items():
            column = features[name]
            codes = column.codes if isinstance(column, Categories) else np.nan_to_num(column.values, nan=-1e9)
            facts += [codes == level for level in levels]
        n = len(own[0])
        together = np.column_stack(facts).astype(float) if facts else np.zeros((n, 0))
        return Scores(np.column_stack(columns), together - together.mean(0), np.column_stack(own))


@dataclass(frozen=True)
class Bent:
    """A number's scale, `(value - middle) / unit`, its power, and mean and standard deviation of what comes of it."""

    middle: float
    unit: float
    power: float
    mean: float
    spread: float

    @staticmethod
    def of(known: Floats) -> Bent:
        """Fit to known values, of which there are at least two different ones."""
        middle = float(np.median(known))
        unit = float(np.median(np.abs(known - middle))) or float(known.std())
        within = np.clip((known - middle) / unit, -_WIDEST, _WIDEST)
        bent, power = stats.yeojohnson(within)
        drawn_in = np.clip(bent, *np.quantile(bent, [0.01, 0.99]))
        return Bent(middle, unit, float(power), float(drawn_in.mean()), float(drawn_in.std()) or 1.0)

    def scores(self, values: Floats) -> Floats:
        within = np.clip((values - self.middle) / self.unit, -_WIDEST, _WIDEST)
        return np.asarray(np.clip((stats.yeojohnson(within, self.power) - self.mean) / self.spread, -_FAR, _FAR))


@dataclass(frozen=True)
class Chosen:
    """`scorer`: None where fewer than two numbers say anything. `left_out`: features that aren't used, by name, with the reason."""

    scorer: Scorer | None
    left_out: Mapping[str, str]


def choose(features: Mapping[str, Feature], families: Mapping[str, str], most: int = MOST_NUMBERS) -> Chosen:
    """Choose up to `most` numbers that make groups, and the facts. `families`: features of one family say nearly the same."""
    left_out: dict[str, str] = {}
    numbers: dict[str, Numbers] = {}
    levels: dict[str, tuple[float, ...]] = {}
    seen: dict[str, str] = {}
    for name, column in features.items():
        n = len(column.missing)
        gap = float(column.missing.mean()) if n else 1.0
        if gap == 1.0:
            left_out[name] = "is missing of everybody"
        elif isinstance(column, Categories):
            used = np.unique(column.codes[~column.missing])
            if len(used) > MOST_VALUES:
                left_out[name] = f"has more than {MOST_VALUES} different values"
            elif len(used) < 2 and not gap:
                left_out[name] = "is the same of everybody who makes groups"
            else:
                levels[name] = tuple(float(u) for u in used[1:])
        else:
            values, sizes = np.unique(column.values[~column.missing], return_counts=True)
            if len(values) == 1 and not gap:
                left_out[name] = "is the same of everybody who makes groups"
            elif gap > MOST_MISSING:
                left_out[name] = "is missing of more than half"
            elif sizes.max() > MOST_ATOM * n:
                levels[name] = (float(values[sizes.argmax()]),)
            elif len(values) < FEWEST_VALUES:
                levels[name] = tuple(values[1:].tolist())
            elif families.get(name, name) in seen:
                left_out[name] = f"says nearly what `{seen[families.get(name, name)]}` says"
            else:
                seen[families.get(name, name)] = name
                numbers[name] = column
    apart = _apart(numbers, left_out, most)
    if len(apart) < 2:
        return Chosen(None, left_out)
    bent = {name: Bent.of(numbers[name].values[~numbers[name].missing]) for name in apart}
    atoms = {name: atom for name in apart if (atom := _atom(numbers[name])) is not None}
    gaps = tuple(name for name in apart if numbers[name].missing.any())
    facts = _few(levels, MOST_FACTS - len(atoms) - len(gaps))
    left_out |= {name: "has too few values, or one too often, to make groups" for name in levels if name not in facts}
    scorer = Scorer(bent, atoms, facts, gaps)
    return Chosen(scorer, left_out)


def _apart(numbers: Mapping[str, Numbers], left_out: dict[str, str], most: int) -> list[str]:
    """Leave out numbers that order customers as an earlier one does, and those beyond the most that go least with others."""
    if not numbers:
        return []
    names = list(numbers)
    ranks = np.column_stack([_ranks(c) for c in numbers.values()])
    with np.errstate(divide="ignore", invalid="ignore"):
        alike = np.nan_to_num(np.abs(np.corrcoef(ranks, rowvar=False).reshape(len(names), len(names))))
    taken: list[int] = []
    for i in range(len(names)):
        like = [j for j in taken if alike[i, j] >= ALIKE]
        if like:
            left_out[names[i]] = f"says nearly what `{names[like[0]]}` says"
        else:
            taken.append(i)
    if len(taken) > most:
        company = {i: float(np.sort(alike[i, taken])[-4:-1].sum()) for i in taken}
        first = set(sorted(taken, key=lambda i: (-round(company[i], 9), i))[:most])
        for i in taken:
            if i not in first:
                left_out[names[i]] = f"goes less with others than the {most} numbers that are used"
        taken = [i for i in taken if i in first]
    return [names[i] for i in taken]


def _ranks(column: Numbers) -> Floats:
    ranks = np.zeros(len(column.values))
    here = ~column.missing
    ranks[here] = stats.rankdata(column.values[here])
    ranks[~here] = ranks[here].mean() if here.any() else 0.0
    return ranks


def _atom(column: Numbers) -> float | None:
    values, sizes = np.unique(column.values[~column.missing], return_counts=True)
    return float(values[sizes.argmax()]) if sizes.max() > ATOM * len(column.values) else None


def _few(levels: Mapping[str, tuple[float, ...]], most: int) -> dict[str, tuple[float, ...]]:
    chosen: dict[str, tuple[float, ...]] = {}
    for name, values in sorted(levels.items(), key=lambda x: len(x[1])):
        if sum(map(len, chosen.values())) + len(values) <= most:
            chosen[name] = values
    return chosen
