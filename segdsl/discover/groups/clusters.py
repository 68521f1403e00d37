"""Scores of customers -> so many clusters of one shape: a mixture of normal distributions with the same covariance, by likelihood.

K-means takes the widest direction of the data for the one that matters. Customers differ most in how much they do of everything,
and are divided into those who do much and little, whatever groups there are. A mixture in which all groups have one covariance
(the model EEE of C. Fraley, A. E. Raftery, JASA 97, 2002) takes the correlations within groups out of the distances, and is the
same whatever straight combinations of the numbers are given. Its likelihood has many peaks, so it is begun at k-means of the
numbers as they are, of the numbers without their correlations, and of the directions in which the data has the least and the most
kurtosis, where groups show most (D. Pena, F. J. Prieto, Cluster identification using projections, JASA 96, 2001). Of all ends, that
with the largest likelihood counts of those whose groups are all large enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import log

import numpy as np
from scipy.cluster.vq import ClusterError, kmeans2

from segdsl.discover.rows import Floats, Ints

SMALLEST = 0.05
FEWEST = 15
"""Share and number of the customers of a part that a group has at least."""
_STEPS = 8  # of k-means
_FIRST, _MORE, _LEFT = 8, 25, 2  # steps of the likelihood: of all starts; of the best so many
_DIRECTIONS, _PURSUED = 24, 12  # random directions, and steps in which each seeks extreme kurtosis
_SHRINK = 0.05  # of the covariance within groups towards that of all, without correlations


@dataclass(frozen=True)
class Clustering:
    """`transform`: takes the covariance within groups out of scores.
    `centres`: groups by numbers, transformed. `shares`: of the groups.

    `gain`: twice the logarithm of how much likelier the data is than with one group, less what Schwarz's criterion charges (BIC).
    """

    transform: Floats
    centres: Floats
    shares: Floats
    gain: float

    def groups(self, numbers: Floats) -> Ints:
        """Return the likeliest group of each customer."""
        return np.asarray(_scores(numbers @ self.transform, self.centres, self.shares).argmax(1))


def _scores(x: Floats, centres: Floats, shares: Floats) -> Floats:
    return np.asarray(x @ centres.T - (centres**2).sum(1) / 2 + np.log(shares))


def clustered(
    numbers: Floats, looks: Sequence[int], rng: np.random.Generator, starts: int = 1
) -> dict[int, Clustering | None]:
    """Return the likeliest clustering of customers by numbers into each number of groups; None where no start leads to groups that are
    large enough."""
    middle = numbers.mean(0)
    sphere = _sphere(numbers)
    x = (numbers - middle) @ sphere
    directions = _extreme(x, rng)
    found: dict[int, Clustering | None] = {}
    for groups in looks:
        spaces = [numbers, x, *(x @ directions[:, :q] for q in range(1, groups)), x @ directions[:, [0, -1]]]
        begun = list(_starts(spaces, groups, rng, starts))
        found[groups] = None
        if not begun:
            continue
        weights, likelihoods = _climbed(x, np.eye(groups)[:, np.stack(begun)].swapaxes(0, 1).copy(), _FIRST)
        best = np.argsort(-likelihoods, kind="stable")[:_LEFT]
        weights, likelihoods = _climbed(x, weights[best], _MORE)
        for i in np.argsort(-likelihoods, kind="stable"):
            clustering = _clustering(x, weights[i], middle, sphere, float(likelihoods[i]))
            if np.bincount(clustering.groups(numbers), minlength=groups).min() >= max(FEWEST, SMALLEST * len(x)):
                found[groups] = clustering
                break
    return found


def _clustering(x: Floats, weights: Floats, middle: Floats, sphere: Floats, likelihood: float) -> Clustering:
    n, d = x.shape
    shares = weights.mean(1)
    centres = weights @ x / n / shares[:, None]
    root = _root(np.eye(d) - (centres.T * shares) @ centres, -0.5)
    transform = sphere @ root
    gain = likelihood + n * d / 2
    return Clustering(
        transform, centres @ root + middle @ transform, shares, 2 * gain - (len(shares) - 1) * (d + 1) * log(n)
    )


def _climbed(x: Floats, weights: Floats, steps: int) -> tuple[Floats, Floats]:
    """Climb so many steps of the likelihood (EM) from each start: weights by starts, groups and customers, and likelihoods by starts.

    `x` has no correlations, so the covariance within groups is I less that of the centres.
    """
    starts, _, n = weights.shape
    d = x.shape[1]
    unit, turned = np.eye(d), np.ascontiguousarray(x.T)
    logs = top = sums = np.zeros(0)
    within = inverse = unit
    for _ in range(steps):
        shares = np.maximum(weights.mean(2), 1e-9)
        centres = weights @ x / n / shares[..., None]
        within = unit - np.swapaxes(centres * shares[..., None], 1, 2) @ centres
        within = (1 - _SHRINK) * within + _SHRINK * unit
        inverse = np.linalg.inv(within)
        slopes = centres @ inverse
        logs = slopes @ turned
        logs += (np.log(shares) - (slopes * centres).sum(2) / 2)[..., None]
        top = logs.max(1, keepdims=True)
        logs -= top
        weights = np.exp(logs, out=logs)
        sums = weights.sum(1, keepdims=True)
        weights /= sums
    squares = n * (inverse * (turned @ x / n)).sum((1, 2))
    likelihoods = (np.log(sums) + top).sum((1, 2)) - squares / 2 - n / 2 * np.linalg.slogdet(within)[1]
    return weights, likelihoods.reshape(starts)


def _sphere(numbers: Floats) -> Floats:
    covariance = np.cov(numbers, rowvar=False, bias=True).reshape(numbers.shape[1], -1)
    return _root(covariance, -0.5)


def _root(matrix: Floats, power: float) -> Floats:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 1e-3) ** power) @ vectors.T)


def _starts(spaces: Sequence[Floats], groups: int, rng: np.random.Generator, starts: int) -> Iterator[Ints]:
    for space in spaces:
        for _ in range(starts):
            with suppress(ClusterError):
                yield kmeans2(space, groups, iter=_STEPS, minit="++", missing="raise", rng=rng)[1]


def _extreme(x: Floats, rng: np.random.Generator) -> Floats:
    """Return directions in which uncorrelated data has extreme kurtosis, at right angles, as columns: least first (FastICA's steps)."""
    d = x.shape[1]
    w = rng.standard_normal((d, _DIRECTIONS))
    w /= np.linalg.norm(w, axis=0)
    for _ in range(_PURSUED):
        along = x @ w
        w = x.T @ (along * along * along) / len(x) - 3 * w
        w /= np.maximum(np.linalg.norm(w, axis=0), 1e-12)
    squares = (x @ w) ** 2
    kurtosis = (squares * squares).mean(0)
    ordered = w[:, np.argsort(kurtosis, kind="stable")]
    chosen: list[Floats] = []
    for column in ordered.T:
        rest = column - sum((c * (c @ column) for c in chosen), np.zeros(d))
        size = np.linalg.norm(rest)
        if size > 0.5:
            chosen.append(rest / size)
    return np.column_stack(chosen)
