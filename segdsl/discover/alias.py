"""Features that are the outcome under another name: alone they tell nearly every event from every other row, or bound all events.

A field that says how things ended, such as a status with the value `churned`, is no perfect order: whoever leaves next year has
that value today as well. But nobody outside it has the outcome. What is only strong has exceptions on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from segdsl.discover.rows import Categories, Feature, Ints, Numbers, Rows, Truths

NEARLY_ALL = 0.98  # of all pairs of a row with and one without the outcome
FEWEST = 5  # events below which a perfect order may be chance


CHANCE = 0.001  # of no event, or of events alone, in a half of the customers where the other half had the same
MOST_VALUES = 50


Bounds = Literal["nobody", "everybody", "left", ""]


@dataclass(frozen=True)
class Alias:
    """Why a feature is suspicious: it tells `apart` this share of the pairs with and without the outcome (AUC), or it `bounds` the
    outcome: "nobody" has it with the values that most rows have, or "everybody" with some; "left": it tells who has left by now.
    """

    apart: float
    bounds: Bounds


def aliases(rows: Rows) -> dict[str, Alias]:
    """Return the features that order rows almost as the outcome does, or bound it, by name."""
    if min(rows.events, len(rows) - rows.events) < FEWEST:
        return {}
    found = {n: Alias(told_apart(f, rows.outcome), bounds(f, rows)) for n, f in rows.features.items()}
    return {name: a for name, a in found.items() if a.apart >= NEARLY_ALL or a.bounds}


def bounds(feature: Feature, rows: Rows) -> Bounds:
    """Whether all events lie within values of fewer than half the rows, or some values hold events alone.

    Which values these are is learned from half of the customers and holds of the others, who would have exceptions if it were chance.
    """
    values = _values(feature)
    if values is None:
        return ""
    learns = rows.customers % 2 == 0
    sides: tuple[tuple[Bounds, Truths, float], ...] = (("nobody", rows.outcome, 0.5), ("everybody", ~rows.outcome, 0.0))
    for who, outcome, least in sides:
        sizes = np.bincount(values[learns], minlength=values.max() + 1)
        events = np.bincount(values[learns], outcome[learns].astype(float), minlength=values.max() + 1)
        without = ((sizes > 0) & (events == 0))[values] & ~learns
        n, has = int(without.sum()), int(outcome[~learns].sum())
        if n <= least * (~learns).sum() or outcome[without].any():
            continue
        if stats.hypergeom.pmf(0, int((~learns).sum()), has, n) <= CHANCE:
            return who
    return ""


def _values(feature: Feature) -> Ints | None:
    """A number for each of a few values, 0 for missing; of numbers only whether they are missing, unless they have two values."""
    match feature:
        case Categories(codes=codes, names=names):
            return codes + 1 if len(names) <= MOST_VALUES else None
        case Numbers(values=values):
            known = np.unique(values[~feature.missing])
            if len(known) <= 2:
                return np.where(feature.missing, 0, np.searchsorted(known, values) + 1)
            return np.where(feature.missing, 0, 1)


def told_apart(feature: Feature, outcome: Truths) -> float:
    """Return the area under the ROC curve, in the better direction, of a feature's values, and of whether it is missing."""
    gap = feature.missing
    shares = [_area(gap.astype(float), outcome)]
    match feature:
        case Numbers(values=values):
            low, high = (np.where(gap, end, values) for end in (-np.inf, np.inf))
            shares += [_area(low, outcome), _area(high, outcome)]
        case Categories(codes=codes, names=names):
            # held out by turns, since a rate of one row is its own outcome
            half = np.arange(len(codes)) % 2 == 0
            scores = np.zeros(len(codes))
            for learns in (half, ~half):
                sizes = np.bincount(codes[learns] + 1, minlength=len(names) + 1)
                events = np.bincount(codes[learns] + 1, outcome[learns].astype(float), minlength=len(names) + 1)
                rates = (events + outcome[learns].mean()) / (sizes + 1)
                scores[~learns] = rates[codes[~learns] + 1]
            shares.append(_area(scores, outcome))
    return max(max(s, 1 - s) for s in shares)


def _area(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], outcome: Truths) -> float:
    ranks = stats.rankdata(values)
    n, m = int(outcome.sum()), int((~outcome).sum())
    return float((ranks[outcome].sum() - n * (n + 1) / 2) / (n * m))
