"""Rates of places among customers that neither search nor decision has seen, and how many times the others' rate they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, inf, sqrt

import numpy as np
from scipy import optimize, special

from segdsl.discover.rows import Rows, RuleList, Truths

LEVEL = 0.95
_WIDEST = 25.0  # of the logarithm of a ratio


@dataclass(frozen=True)
class Held:
    """A place's held-out figures: rate and interval, and the ratio to the rate of all others with its interval.

    `rows`, `customers`: a customer may have a row at each origin.
    """

    rows: int
    customers: int
    events: int
    rate: float
    low: float
    high: float
    times: float
    times_low: float
    times_high: float


def held_out(rule: RuleList, rows: Rows, level: float = LEVEL) -> list[Held]:
    """Return the figures of each place: of the arms in order, `otherwise` and `undecided`."""
    places = rule.places(rows)
    return [estimate(places == place, rows, level) for place in range(len(rule.arms) + 2)]


def estimate(inside: Truths, rows: Rows, level: float = LEVEL) -> Held:
    """Estimate the rate inside, and its ratio to the rate outside."""
    y, z = rows.outcome.astype(float), float(special.ndtri((1 + level) / 2))
    nan = float("nan")
    n, k = int(inside.sum()), float(y[inside].sum())
    if not n:
        return Held(0, 0, 0, nan, 0.0, 1.0, nan, 0.0, inf)
    here = n / _inflation(inside, rows)
    low, high = wilson(k / n, here, z)
    m, others = int((~inside).sum()), float(y[~inside].sum())
    times, times_low, times_high = nan, 0.0, inf
    if m and others + k:
        there = m / _inflation(~inside, rows)
        times = (k / n) / (others / m) if others else inf
        times_low, times_high = ratio(k / n, here, others / m, there, z)
    return Held(n, len(np.unique(rows.customers[inside])), int(k), k / n, low, high, times, times_low, times_high)


def wilson(rate: float, n: float, z: float) -> tuple[float, float]:
    """Interval of a rate by E. B. Wilson (1927)."""
    centre = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return max(0.0, centre - half) if rate > 0 else 0.0, min(1.0, centre + half) if rate < 1 else 1.0


def ratio(p: float, n: float, q: float, m: float, z: float) -> tuple[float, float]:
    """Interval of p / q by the score test (O. Miettinen, M. Nurminen, Statistics in Medicine 4, 1985, equation 8 and appendix II)."""

    def score(phi: float) -> float:
        """Standardised p - phi q, at the rates that are likeliest of those whose ratio is phi."""
        a, c = (n + m) * phi, n * p + m * q
        b = n * phi + n * p + m + m * q * phi
        q0 = 2 * c / (b + sqrt(max(b * b - 4 * a * c, 0.0)))
        q0 = min(max(q0, 0.0), 1.0)
        p0 = min(q0 * phi, 1.0)
        variance = (p0 * (1 - p0) / n + phi * phi * q0 * (1 - q0) / m) * (n + m) / (n + m - 1)
        return (p - phi * q) / sqrt(variance) if variance > 0 else 0.0

    low = 0.0 if p == 0 else _ratio_at(score, z, 0.0)
    return low, inf if q == 0 else _ratio_at(score, -z, inf)


def _ratio_at(score: Callable[[float], float], wanted: float, otherwise: float) -> float:
    """Return the ratio with a score, which falls as the ratio grows; `otherwise` where it never gets there."""

    def apart(log_ratio: float) -> float:
        return score(exp(log_ratio)) - wanted

    if apart(-_WIDEST) <= 0 or apart(_WIDEST) >= 0:
        return otherwise
    return exp(float(optimize.brentq(apart, -_WIDEST, _WIDEST)))


def _inflation(inside: Truths, rows: Rows) -> float:
    """Variance of the rate with customers as units, over that of independent rows (Kish's design effect); at least 1."""
    customers, index = np.unique(rows.customers[inside], return_inverse=True)
    counts = np.bincount(index)
    if counts.max() == 1 or len(customers) < 2:
        return 1.0
    y = rows.outcome[inside].astype(float)
    rate, n, units = y.mean(), len(y), len(customers)
    if rate in (0.0, 1.0):
        return float(n / units)
    apart = np.bincount(index, y) - rate * counts
    variance = units / (units - 1) * float((apart**2).sum()) / n**2
    return max(1.0, float(variance / (rate * (1 - rate) / n)))
