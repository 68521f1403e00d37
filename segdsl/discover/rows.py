"""Customers at origins, as arrays: features, an outcome, and clauses that are true, false or unknown of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Numbers:
    """A number of each row; NaN is missing. `whole` says that values are whole numbers."""

    values: Floats
    whole: bool = False

    def at(self, rows: Truths | Ints) -> Numbers:
        return Numbers(self.values[rows], self.whole)

    @property
    def missing(self) -> Truths:
        return np.isnan(self.values)


@dataclass(frozen=True)
class Categories:
    """A value of each row, as its place in `names`; -1 is missing."""

    codes: Ints
    names: tuple[str, ...]

    def at(self, rows: Truths | Ints) -> Categories:
        return Categories(self.codes[rows], self.names)

    @property
    def missing(self) -> Truths:
        return self.codes < 0


Feature = Numbers | Categories


@dataclass(frozen=True)
class Rows:
    """Customers at origins, one row for each customer and origin.

    `features`: by name, each as long as `outcome`.
    `customers`: a number for each customer; rows of one customer have the same.
    """

    features: Mapping[str, Feature]
    outcome: Truths
    customers: Ints

    def __len__(self) -> int:
        return len(self.outcome)

    def at(self, rows: Truths | Ints) -> Rows:
        features = {name: f.at(rows) for name, f in self.features.items()}
        return Rows(features, self.outcome[rows], self.customers[rows])

    def without(self, names: Sequence[str]) -> Rows:
        left = {name: f for name, f in self.features.items() if name not in names}
        return Rows(left, self.outcome, self.customers)

    @property
    def events(self) -> int:
        return int(self.outcome.sum())


def together(first: Rows, second: Rows) -> Rows:
    """Return the rows of both, which have the same features; customers are numbered alike in both."""
    features: dict[str, Feature] = {}
    for name, a in first.features.items():
        b = second.features[name]
        if isinstance(a, Numbers) and isinstance(b, Numbers):
            features[name] = Numbers(np.concatenate([a.values, b.values]), a.whole and b.whole)
        else:
            assert isinstance(a, Categories) and isinstance(b, Categories) and a.names == b.names
            features[name] = Categories(np.concatenate([a.codes, b.codes]), a.names)
    outcome, customers = ((getattr(first, n), getattr(second, n)) for n in ("outcome", "customers"))
    return Rows(features, np.concatenate(outcome), np.concatenate(customers))


@dataclass(frozen=True)
class AtLeast:
    """feature >= border."""

    feature: str
    border: float

    def true(self, rows: Rows) -> Truths:
        return np.asarray(_numbers(rows, self.feature) >= self.border)


@dataclass(frozen=True)
class Below:
    """feature < border."""

    feature: str
    border: float

    def true(self, rows: Rows) -> Truths:
        return np.asarray(_numbers(rows, self.feature) < self.border)


@dataclass(frozen=True)
class OneOf:
    """feature in (values)."""

    feature: str
    values: tuple[str, ...]

    def true(self, rows: Rows) -> Truths:
        column = rows.features[self.feature]
        assert isinstance(column, Categories)
        inside = np.array([name in self.values for name in (*column.names, "")])
        inside[-1] = False
        return np.asarray(inside[column.codes])


@dataclass(frozen=True)
class Missing:
    """feature is missing, or is not missing; never unknown."""

    feature: str
    is_missing: bool = True

    def true(self, rows: Rows) -> Truths:
        return np.asarray(rows.features[self.feature].missing == self.is_missing)


Clause = AtLeast | Below | OneOf | Missing


def _numbers(rows: Rows, name: str) -> Floats:
    column = rows.features[name]
    assert isinstance(column, Numbers)
    return column.values


@dataclass(frozen=True)
class Arm:
    """All clauses hold."""

    clauses: tuple[Clause, ...]

    def true(self, rows: Rows) -> Truths:
        held = np.ones(len(rows), np.bool_)
        for clause in self.clauses:
            held &= clause.true(rows)
        return held

    def unknown(self, rows: Rows) -> Truths:
        """No clause is false and one is unknown, since its feature is missing (Kleene's `and`)."""
        false, missing = np.zeros(len(rows), np.bool_), np.zeros(len(rows), np.bool_)
        for clause in self.clauses:
            if isinstance(clause, Missing):
                false |= ~clause.true(rows)
                continue
            gap = rows.features[clause.feature].missing
            missing |= gap
            false |= ~gap & ~clause.true(rows)
        return missing & ~false


@dataclass(frozen=True)
class RuleList:
    """Arms in their order: a row is in the first arm that is true of it; else `undecided` if one is unknown, else `otherwise`."""

    arms: tuple[Arm, ...]

    @property
    def otherwise(self) -> int:
        return len(self.arms)

    @property
    def undecided(self) -> int:
        return len(self.arms) + 1

    @cached_property
    def clauses(self) -> int:
        return sum(len(a.clauses) for a in self.arms)

    def places(self, rows: Rows) -> Ints:
        """Return the place of each row: the number of an arm, `otherwise` or `undecided`."""
        places = np.full(len(rows), self.otherwise)
        for arm in self.arms:
            places[arm.unknown(rows)] = self.undecided
        for number, arm in reversed(list(enumerate(self.arms))):
            places[arm.true(rows)] = number
        return places


@dataclass(frozen=True)
class Counts:
    """Rows and events of each place of a rule list."""

    rows: Floats
    events: Floats
    overall: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "overall", float(self.events.sum() / max(self.rows.sum(), 1.0)))

    @staticmethod
    def of(rule: RuleList, rows: Rows) -> Counts:
        places, width = rule.places(rows), len(rule.arms) + 2
        return Counts(
            np.bincount(places, minlength=width).astype(float),
            np.bincount(places, rows.outcome.astype(float), minlength=width).astype(float),
        )

    @property
    def likelihood(self) -> float:
        """Return the log-likelihood of the outcomes, each place with its own rate."""
        return float(likelihood(self.rows, self.events).sum())


def likelihood(rows: Floats, events: Floats) -> Floats:
    """Log-likelihood of `events` among `rows` at their own rate; 0 where all or none have one."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = events / rows
        both = events * np.log(rate) + (rows - events) * np.log1p(-rate)
    return np.asarray(np.where((events > 0) & (events < rows), both, 0.0))
