"""Typical customers of a group: the medoids of a sample, by their likeness over all features.

A medoid is a customer who is there, unlike an average, which nobody is. The three of them are those for whom the sum of each
customer's distance to the nearest is least (L. Kaufman, P. J. Rousseeuw, Finding Groups in Data, 1990: PAM, BUILD and SWAP). Distances
are J. C. Gower's (Biometrics 27, 1971): the mean over features of 0 to 1, of numbers in units of the span from the first to the last tenth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[np.float64]
MOST = 3
"""Typical customers of a group."""
ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Medoid:
    """`row` is the place of the customer in the sample, `share` the part of the sample to which no other medoid is nearer."""

    row: int
    share: float


def medoids(sample: pd.DataFrame, numbers: Sequence[str], texts: Sequence[str], most: int = MOST) -> list[Medoid]:
    """Returns typical rows of a sample by the columns named, the one with the largest share first."""
    distances = _distances(sample, numbers, texts)
    if not len(distances):
        return []
    chosen = _swap(distances, _build(distances, min(most, len(distances))))
    nearest = np.argmin(distances[:, chosen], axis=1)
    shares = np.bincount(nearest, minlength=len(chosen)) / len(distances)
    found = [Medoid(int(row), float(share)) for row, share in zip(chosen, shares)]
    return sorted(found, key=lambda m: (-m.share, m.row))


def _distances(sample: pd.DataFrame, numbers: Sequence[str], texts: Sequence[str]) -> Array:
    n = len(sample)
    total: Array = np.zeros((n, n))
    for name in numbers:
        values = sample[name].to_numpy(float)
        known = values[~np.isnan(values)]
        span = float(np.subtract(*np.quantile(known, [0.9, 0.1]))) if len(known) else 0.0
        span = span or (float(np.ptp(known)) if len(known) else 0.0)
        if span:
            apart = np.minimum(np.abs(values[:, None] - values[None, :]) / span, 1.0)
            total += np.where(np.isnan(apart), _one_missing(np.isnan(values)), apart)
    for name in texts:
        codes = sample[name].astype("category").cat.codes.to_numpy()
        total += codes[:, None] != codes[None, :]
    return total / max(1, len(numbers) + len(texts))


def _one_missing(missing: npt.NDArray[np.bool_]) -> Array:
    return np.asarray(missing[:, None] != missing[None, :], np.float64)


def _build(distances: Array, most: int) -> list[int]:
    """Choose the most central row, then each time the row that brings the others nearest; fewer where rows are alike."""
    chosen = [int(np.argmin(distances.sum(axis=0)))]
    nearest = distances[:, chosen[0]]
    while len(chosen) < most:
        costs = np.minimum(nearest[:, None], distances).sum(axis=0)
        best = int(np.argmin(costs))
        if costs[best] >= nearest.sum():
            break
        chosen.append(best)
        nearest = np.minimum(nearest, distances[:, best])
    return chosen


def _swap(distances: Array, chosen: list[int]) -> list[int]:
    """Exchange a medoid for another row while that lowers the sum of distances."""
    cost = distances[:, chosen].min(axis=1).sum()
    for _ in range(ROUNDS):
        best: tuple[float, list[int]] = (cost, chosen)
        for i in range(len(chosen)):
            others = chosen[:i] + chosen[i + 1 :]
            kept = distances[:, others].min(axis=1) if others else np.full(len(distances), np.inf)
            costs = np.minimum(kept[:, None], distances).sum(axis=0)
            row = int(np.argmin(costs))
            if costs[row] < best[0] - 1e-12:
                best = (float(costs[row]), [*others[:i], row, *others[i:]])
        if best[1] is chosen:
            break
        cost, chosen = best
    return chosen
