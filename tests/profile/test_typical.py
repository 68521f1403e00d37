"""Medoids beside a search of all subsets, on small samples."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from segdsl.profile.typical import _distances, medoids


def sample(seed: int, n: int = 25) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    centre = rng.integers(0, 3, n)
    frame = pd.DataFrame(
        {"x": centre * 10 + rng.normal(size=n), "y": rng.normal(size=n), "t": np.array(["a", "b", "c"])[centre]}
    )
    frame.loc[rng.uniform(size=n) < 0.2, "y"] = np.nan
    frame.loc[rng.uniform(size=n) < 0.2, "t"] = None
    return frame


@pytest.mark.parametrize("seed", range(6))
def test_the_sum_of_distances_is_the_least_or_near_it(seed: int) -> None:
    """PAM finds a local least; on samples with three clumps that is the least of all."""
    rows = sample(seed)
    distances = _distances(rows, ["x", "y"], ["t"])
    found = medoids(rows, ["x", "y"], ["t"])

    def cost(chosen: tuple[int, ...]) -> float:
        return float(distances[:, list(chosen)].min(axis=1).sum())

    best = min(map(cost, combinations(range(len(rows)), 3)))
    assert cost(tuple(m.row for m in found)) == pytest.approx(best)
    assert sum(m.share for m in found) == pytest.approx(1)


def test_distances_by_hand() -> None:
    rows = pd.DataFrame({"x": [0.0, 5.0, 10.0, np.nan], "t": ["a", "a", None, None]})
    rows = pd.concat([rows] * 3, ignore_index=True)  # quantiles 0.1 and 0.9 are 0 and 10
    found = _distances(rows, ["x"], ["t"])[:4, :4]
    assert found.tolist() == [[0, 0.25, 1, 1], [0.25, 0, 0.75, 1], [1, 0.75, 0, 0.5], [1, 1, 0.5, 0]]


@pytest.mark.parametrize(("n", "found"), [(0, 0), (1, 1), (2, 2), (9, 1)])
def test_few_rows_and_rows_that_are_alike(n: int, found: int) -> None:
    rows = pd.DataFrame({"x": np.zeros(n) if n == 9 else np.arange(n, dtype=float), "t": ["a"] * n})
    assert len(medoids(rows, ["x"], ["t"])) == found
